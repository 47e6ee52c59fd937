//! Databases as earlier versions of the tables left them, opened by this program.

use rackward_core::alarm::{Alarm, AlarmLife};
use rackward_core::engine::command::{PinHash, PinPurpose};
use rackward_core::entry::{Entry, Stamped};
use rackward_core::id::{AlarmId, Generation};
use rackward_core::journal::canonical::{self, record_bytes};
use rackward_core::people::{GrantRight, When};
use rackward_core::permission::Actor;

use super::author::{self, HASH};
use super::*;
use crate::store::table::Table;

/// The number that entries of created grants had then; they had no profiles, uses or approvals.
const EARLY_GRANT_CREATED: u16 = 9;

/// Makes the database of an early day: the journal, a name and a PIN; the tables of records hold what nobody should read.
async fn early(dir: &TempDir, spoil: &str) -> Author {
    let database = dir.path().join(DATABASE_FILE);
    let options = prepare::options(&database).create_if_missing(true);
    let mut hands = options.connect().await.unwrap();
    prepare::migrator_to(1).run(&mut hands).await.unwrap();
    let mut author = Author::default();
    let batch = author.write(author::first_day());
    let mut chain = Chain::new(Chain::GENESIS);
    for stamped in &batch.entries {
        let bytes = early_bytes(stamped);
        sqlx::query("INSERT INTO entry (seq, at, kind, bytes, chain) VALUES (?,?,?,?,?)")
            .bind(stamped.seq.get() as i64)
            .bind(stamped.at.as_micros())
            .bind(stamped.entry.event_name())
            .bind(bytes.clone())
            .bind(chain.extend(&bytes).to_vec())
            .execute(&mut hands)
            .await
            .unwrap();
    }
    let rows = format!(
        "INSERT INTO person VALUES (1, 0, 1), (77, 0, 0); INSERT INTO grants VALUES (1, 1, x'00'); \
         INSERT INTO counters VALUES (1, 99, 99); INSERT INTO person_name VALUES (1, 'Åsa Lindqvist'); \
         INSERT INTO pin VALUES (1, '{HASH}'); {spoil}"
    );
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(&mut hands).await.unwrap();
    hands.close().await.unwrap();
    author.names.insert(PersonId::new(1), PersonName::parse("Åsa Lindqvist").unwrap());
    author.pins.entry(PersonId::new(1)).or_default().set(PinPurpose::Usual, PinHash::from_phc(HASH.to_owned()));
    author
}

fn early_bytes(stamped: &Stamped) -> Vec<u8> {
    let Entry::GrantCreated { grant, by, generation } = stamped.entry.clone() else {
        return canonical::encode(stamped);
    };
    let GrantRight::Doors { doors, when: When::Weekly(weekly) } = &grant.right else { panic!("an early grant") };
    let mut bytes = vec![1];
    bytes.extend(record_bytes(&stamped.seq));
    bytes.extend(record_bytes(&stamped.at));
    bytes.extend(record_bytes(&EARLY_GRANT_CREATED));
    bytes.extend(record_bytes(&grant.id));
    bytes.extend(record_bytes(&grant.person));
    bytes.extend(record_bytes(doors));
    bytes.extend(record_bytes(weekly));
    bytes.extend(record_bytes(&grant.validity));
    bytes.extend(record_bytes(&grant.reason));
    bytes.extend(record_bytes(&grant.ticket));
    bytes.extend(record_bytes(&grant.state));
    bytes.extend(record_bytes(&by));
    bytes.extend(record_bytes(&generation));
    bytes
}

#[tokio::test]
async fn records_are_replayed_and_names_and_pins_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut author = early(&dir, "").await;
    let mut store = reopened(&dir, &author).await;
    let (by, generation) = (Actor::System, Generation::new(7));
    store.commit(&author.write([Entry::GrantCreated { grant: author::grant(2, 1), by, generation }])).await.unwrap();
    drop(store);
    reopened(&dir, &author).await;
}

#[tokio::test]
async fn an_audit_of_a_database_not_yet_carried_over_says_so() {
    let dir = tempfile::tempdir().unwrap();
    early(&dir, "").await;
    let refused = verify::journal(dir.path()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Older { .. }), "{refused}");
}

#[tokio::test]
async fn a_name_or_pin_that_could_not_be_read_is_named_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let author = early(&dir, "INSERT INTO person_name VALUES (5, char(7)); INSERT INTO pin VALUES (6, '4711')").await;
    let (_store, loaded) = Store::open(dir.path()).await.unwrap();
    let damaged: Vec<_> = loaded.damaged.iter().map(|row| (row.table.as_str(), row.key)).collect();
    assert_eq!(damaged, [("person_name", 5), ("pin", 6)]);
    assert_eq!((loaded.records, loaded.names, loaded.pins), (author.records, author.names, author.pins));
}

#[tokio::test]
async fn a_damaged_journal_is_not_carried_over_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let author = early(&dir, "UPDATE entry SET bytes = x'00' WHERE seq = 7").await;
    for _ in 0..2 {
        let refused = Store::open(dir.path()).await.map(drop).unwrap_err().to_string();
        assert!(refused.contains("journal entry 7 does not fit the hash chain"), "{refused}");
    }
    let Entry::GrantCreated { .. } = &author::first_day()[6] else { panic!("entry 7 is the grant") };
    let mut hands = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    assert_eq!(prepare::version(&mut hands).await.unwrap(), Some(1));
    drop(author);
}

/// What a database of version 7 did not have.
const OF_VERSION_7: &str = "DROP TABLE muster; DROP TABLE visitor; DROP TABLE visitor_name; DROP TABLE shift; DROP TABLE plan; \
    DROP TABLE file_claim; DROP TABLE files_applied; DROP TABLE person_key; DROP TABLE person_key_text; DROP TABLE rack_asset; DROP TABLE review; \
    DROP TABLE review_line; DROP TABLE alert; \
    DELETE FROM _sqlx_migrations WHERE version >= 8";

/// What a database of version 6 did not have besides.
const OF_VERSION_6: &str = "DROP TABLE closed_alarm; DELETE FROM _sqlx_migrations WHERE version = 7";

/// What a database of version 4 did not have besides.
const OF_VERSION_4: &str = "DROP TABLE operator; DROP TABLE operator_name; DROP TABLE operator_secret; DROP TABLE token; \
    DROP TABLE last_session; DROP TABLE last_proposal; DELETE FROM _sqlx_migrations WHERE version IN (5, 6)";

/// What a database of version 3 did not have besides.
const OF_VERSION_3: &str =
    "DROP TABLE device_rights; DROP TABLE certificates; DELETE FROM _sqlx_migrations WHERE version = 4";

/// What one of version 2 did not have besides.
const OF_VERSION_2: &str = "DROP TABLE device; DELETE FROM _sqlx_migrations WHERE version = 3";

/// A closed database of two early days, taken back by these statements to a version.
async fn taken_back(statements: &[&str], version: i64) -> (TempDir, Author) {
    let dir = tempfile::tempdir().unwrap();
    let mut author = Author::default();
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.an_early_second_day()).await.unwrap();
    store.close().await.unwrap();
    let mut hands = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements.join(";"))).execute(&mut hands).await.unwrap();
    for alarm in author.records.alarms.values() {
        sqlx::query(Table::Alarm.put())
            .bind(i64::from(alarm.id.get()))
            .bind(early_alarm(alarm))
            .execute(&mut hands)
            .await
            .unwrap();
    }
    assert_eq!(prepare::version(&mut hands).await.unwrap(), Some(version));
    hands.close().await.unwrap();
    (dir, author)
}

/// The row of an alarm before there was a life in it.
fn early_alarm(alarm: &Alarm) -> Vec<u8> {
    let (mut bytes, life) = (record_bytes(alarm), record_bytes(&alarm.life));
    assert!(bytes.ends_with(&life));
    bytes.truncate(bytes.len() - life.len());
    sealed::seal(Table::Alarm, alarm.id.get().into(), bytes)
}

#[tokio::test]
async fn who_devices_are_is_replayed_where_there_was_no_table_of_them() {
    let (dir, author) = taken_back(&[OF_VERSION_7, OF_VERSION_6, OF_VERSION_4, OF_VERSION_3, OF_VERSION_2], 2).await;
    assert_eq!(author.records.devices.len(), 1, "there is something to carry over");
    drop(reopened(&dir, &author).await);
}

#[tokio::test]
async fn a_database_of_before_certificates_and_rights_on_devices_goes_on() {
    let (dir, mut author) = taken_back(&[OF_VERSION_7, OF_VERSION_6, OF_VERSION_4, OF_VERSION_3], 3).await;
    let mut store = reopened(&dir, &author).await;
    store.commit(&author.a_second_day()).await.unwrap();
    drop(store);
    let store = reopened(&dir, &author).await;
    assert_eq!((author.records.certificates.len(), author.records.rights.len()), (1, 1));
    drop(store);
}

#[tokio::test]
async fn a_database_of_before_operators_goes_on_and_its_alarms_get_a_life() {
    let (dir, mut author) = taken_back(&[OF_VERSION_7, OF_VERSION_6, OF_VERSION_4], 4).await;
    let lives: Vec<_> = author.records.alarms.values().map(|alarm| (&alarm.life, alarm.raised_at)).collect();
    assert!(lives.iter().any(|(life, raised_at)| **life != AlarmLife::begin(*raised_at)), "{lives:?}");
    let mut store = reopened(&dir, &author).await;
    store.commit(&author.a_second_day()).await.unwrap();
    drop(store);
    let store = reopened(&dir, &author).await;
    assert_eq!((author.records.operators.len(), author.records.tokens.len()), (1, 1));
    drop(store);
}

#[tokio::test]
async fn an_alarm_of_which_a_damaged_journal_says_nothing_is_kept_as_it_was() {
    let (dir, author) = taken_back(
        &[OF_VERSION_7, OF_VERSION_6, OF_VERSION_4, "UPDATE entry SET bytes = x'00' WHERE kind = 'alarm.raised'"],
        4,
    )
    .await;
    let (_store, loaded) = Store::open(dir.path()).await.unwrap();
    let (kept, was) = (&loaded.records.alarms, &author.records.alarms);
    assert_eq!(kept.keys().collect::<Vec<_>>(), was.keys().collect::<Vec<_>>());
    for (alarm, was) in kept.values().zip(was.values()) {
        let begun = Alarm { life: AlarmLife::begin(was.raised_at), ..was.clone() };
        assert_eq!(*alarm, begun);
    }
    assert_eq!(loaded.damaged.len(), 1);
}

#[tokio::test]
async fn an_alarm_that_only_a_damaged_journal_still_has_is_not_raised_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut author = Author::default();
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    store.commit(&author.a_first_day()).await.unwrap();
    // The first is seen and over, so it is gone; of the second only the end cannot be read.
    let second_day = [author::noted(1, 8), author::returned(1), author::raised(2), author::returned(2)];
    store.commit(&author.write(second_day)).await.unwrap();
    assert_eq!(author.records.alarms.keys().copied().collect::<Vec<_>>(), [AlarmId::new(2)]);
    store.close().await.unwrap();
    let mut hands = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    let spoil = format!(
        "{OF_VERSION_7}; {OF_VERSION_6}; {OF_VERSION_4}; UPDATE entry SET bytes = x'00' WHERE kind = 'alarm.returned'"
    );
    sqlx::raw_sql(AssertSqlSafe(spoil)).execute(&mut hands).await.unwrap();
    for alarm in author.records.alarms.values() {
        sqlx::query(Table::Alarm.put())
            .bind(i64::from(alarm.id.get()))
            .bind(early_alarm(alarm))
            .execute(&mut hands)
            .await
            .unwrap();
    }
    hands.close().await.unwrap();
    let (_store, loaded) = Store::open(dir.path()).await.unwrap();
    let was = author.records.alarms.values().map(|was| Alarm { life: AlarmLife::begin(was.raised_at), ..was.clone() });
    assert_eq!(loaded.records.alarms.into_values().collect::<Vec<_>>(), was.collect::<Vec<_>>());
}

#[tokio::test]
async fn who_made_a_token_is_learnt_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut author = Author::default();
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.a_second_day_of_version_7()).await.unwrap();
    store.close().await.unwrap();
    let mut hands = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    let older = format!("{OF_VERSION_7}; {OF_VERSION_6}; DELETE FROM _sqlx_migrations WHERE version = 6");
    sqlx::raw_sql(sqlx::AssertSqlSafe(older)).execute(&mut hands).await.unwrap();
    for token in author.records.tokens.values() {
        assert_ne!(token.maker, Actor::Operator(token.owner), "there is something to learn");
        let (mut bytes, maker) = (record_bytes(token), record_bytes(&token.maker));
        bytes.truncate(bytes.len() - maker.len());
        let key = i64::from(token.id.get());
        let row = sealed::seal(Table::Token, key, bytes);
        sqlx::query(Table::Token.put()).bind(key).bind(row).execute(&mut hands).await.unwrap();
    }
    hands.close().await.unwrap();
    drop(reopened(&dir, &author).await);
}

#[tokio::test]
async fn what_was_put_away_of_late_is_learnt_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut author = Author::default();
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.write([author::noted(1, 8), author::returned(1)])).await.unwrap();
    assert_eq!(author.records.closed.len(), 1, "there is something to learn");
    store.close().await.unwrap();
    let mut hands = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    let older = format!("{OF_VERSION_7}; {OF_VERSION_6}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(older)).execute(&mut hands).await.unwrap();
    hands.close().await.unwrap();
    drop(reopened(&dir, &author).await);
}
