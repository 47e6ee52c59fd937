//! Stories of rows and entries that are not what was written: the start works, names what is damaged and nothing else, keeps
//! the rest, and the audit goes on failing until a backup is restored.

use std::os::unix::fs::FileExt;

use rackward_core::RecordChange;
use rackward_core::engine::command::{PinHash, PinPurpose};
use rackward_core::entry::{Entry, PlaceKind, Stamped};
use rackward_core::id::{
    AgreementId, AreaId, AssetId, CalendarId, CredentialId, DeviceId, DoorId, Generation, GrantId, PlanId, ProfileId,
    ReviewId, ScheduleId, TokenId, VisitorId,
};
use rackward_core::operator::Factor;
use rackward_core::permission::Actor;
use rackward_core::shift::Shift;
use rackward_core::time::Wall;
use sqlx::Row;
use sqlx::sqlite::SqliteArguments;

use super::author::{self, HASH};
use super::*;
use crate::store::table::Table;

/// A closed store with a row in every table, and what it holds.
struct Closed {
    dir: TempDir,
    author: Author,
    head: Head,
}

impl Closed {
    async fn new() -> Self {
        let (dir, mut store, mut author) = fresh().await;
        store.commit(&author.a_first_day()).await.unwrap();
        store.commit(&author.a_second_day()).await.unwrap();
        let head = store.head();
        store.close().await.unwrap();
        Self { dir, author, head }
    }

    fn database(dir: &TempDir) -> PathBuf {
        dir.path().join(DATABASE_FILE)
    }

    /// The same, to be damaged.
    fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(Self::database(&self.dir), Self::database(&copy)).unwrap();
        copy
    }

    /// Runs a statement on a copy, with no rules of the schema in its way, and loads it.
    async fn damaged(&self, sql: &str, values: SqliteArguments) -> (TempDir, Loaded) {
        let copy = self.copy();
        damage(&Self::database(&copy), sql, values).await;
        let loaded =
            prepare::check_and_load(&Self::database(&copy)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        (copy, loaded)
    }
}

/// Takes every rule off a database that would keep nonsense out, then runs a statement.
async fn damage(database: &Path, sql: &str, values: SqliteArguments) {
    let mut hands = prepare::options(database).connect().await.unwrap();
    let lift = "PRAGMA writable_schema = ON; \
        UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), ' NOT NULL', '') WHERE type = 'table'; \
        PRAGMA writable_schema = RESET";
    sqlx::raw_sql(lift).execute(&mut hands).await.unwrap();
    sqlx::query_with(AssertSqlSafe(sql.to_owned()), values)
        .execute(&mut hands)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    hands.close().await.unwrap();
}

fn nothing() -> SqliteArguments {
    SqliteArguments::default()
}

fn bytes(bytes: &[u8]) -> SqliteArguments {
    use sqlx::Arguments;
    let mut values = SqliteArguments::default();
    values.add(bytes.to_vec()).unwrap();
    values
}

/// The key of the one row that the story writes to a table; of places, there are two.
fn key(table: Table) -> i64 {
    match table {
        Table::Place => rows::place_key(PlaceKind::Door, 1),
        Table::Device | Table::DeviceRights | Table::Certificates => 3,
        Table::OperatorSecret => rows::secret_key(OperatorId::new(1), Factor::Password),
        Table::ClosedAlarm => 2,
        Table::RackAsset => 17,
        Table::ReviewLine => rows::line_key(ReviewId::new(1), 1),
        _ => 1,
    }
}

/// What is left of what was written without the row of a table; what is taken from the journal stays.
fn without(author: &Author, table: Table) -> Author {
    let mut left = author.clone();
    let (records, person) = (&mut left.records, PersonId::new(1));
    match table {
        Table::Counters | Table::Standing | Table::Place | Table::LastSession | Table::LastProposal => {}
        Table::Person => drop(records.persons.remove(&person)),
        Table::Credential => drop(records.credentials.remove(&CredentialId::new(1))),
        Table::Grant => drop(records.grants.remove(&GrantId::new(1))),
        // The journal knows it.
        Table::Alarm | Table::Muster | Table::Visitor | Table::Review | Table::ReviewLine | Table::Alert => {}
        Table::ClosedAlarm => records.closed.clear(),
        Table::Door => drop(records.doors.remove(&DoorId::new(1))),
        Table::Device => drop(records.devices.remove(&DeviceId::new(3))),
        Table::DeviceRights => drop(records.rights.remove(&DeviceId::new(3))),
        Table::Certificates => drop(records.certificates.remove(&DeviceId::new(3))),
        Table::Mode => drop(records.modes.remove(&DoorId::new(1))),
        Table::Profile => drop(records.profiles.remove(&ProfileId::new(1))),
        Table::Schedule => drop(records.schedules.remove(&ScheduleId::new(1))),
        Table::Calendar => drop(records.calendars.remove(&CalendarId::new(1))),
        Table::Agreement => drop(records.agreements.remove(&AgreementId::new(1))),
        Table::Plan => drop(records.plans.remove(&PlanId::new(1))),
        Table::FileClaim => records.files.claims.clear(),
        Table::FilesApplied => records.files.last = None,
        Table::Presence => drop(records.presence.remove(&person)),
        Table::Lockout => drop(records.lockouts.remove(&CredentialId::new(1))),
        Table::Lockdown => drop(records.lockdowns.remove(&AreaId::new(1))),
        Table::PersonName => drop(left.names.remove(&person)),
        Table::PersonKey => drop(records.person_keys.remove(&person)),
        Table::PersonKeyText => drop(left.person_keys.remove(&person)),
        Table::RackAsset => drop(records.racks.remove(&AssetId::new(17))),
        Table::Pin => left.pins = keep_pin(&left, PinPurpose::Duress),
        Table::DuressPin => left.pins = keep_pin(&left, PinPurpose::Usual),
        Table::Operator => drop(records.operators.remove(&OperatorId::new(1))),
        Table::Token => drop(records.tokens.remove(&TokenId::new(1))),
        Table::VisitorName => drop(left.visitor_names.remove(&VisitorId::new(1))),
        Table::Shift => records.shift = Shift::default(),
        Table::OperatorName => drop(left.operator_names.remove(&OperatorId::new(1))),
        Table::OperatorSecret => drop(left.secrets.remove(&(OperatorId::new(1), Factor::Password))),
    }
    left
}

fn keep_pin(author: &Author, purpose: PinPurpose) -> BTreeMap<PersonId, PinHashes> {
    let mut kept = PinHashes::default();
    kept.set(purpose, author.pins[&PersonId::new(1)].of(purpose).unwrap().clone());
    BTreeMap::from([(PersonId::new(1), kept)])
}

fn named(table: Table, key: i64) -> Vec<DamagedRow> {
    vec![DamagedRow { table: table.name().to_owned(), key: key.cast_unsigned() }]
}

fn check_loaded(loaded: &Loaded, expect: &Author, damaged: &[DamagedRow], why: &str) {
    assert_eq!(loaded.damaged, damaged, "{why}");
    assert_eq!(loaded.records, expect.records, "{why}");
    assert_eq!(loaded.names, expect.names, "{why}");
    assert_eq!(loaded.visitor_names, expect.visitor_names, "{why}");
    assert_eq!(loaded.person_keys, expect.person_keys, "{why}");
    assert_eq!(loaded.pins, expect.pins, "{why}");
    assert_eq!(loaded.operator_names, expect.operator_names, "{why}");
    assert_eq!(loaded.secrets, expect.secrets, "{why}");
}

#[tokio::test]
async fn a_damaged_row_is_left_out_and_named_whatever_the_damage() {
    let closed = Closed::new().await;
    for table in Table::ALL {
        let name = table.name();
        for wrong in [
            "NULL",
            "'text'",
            "7",
            "1.5",
            "x''",
            "x'00'",
            "zeroblob(100000)",
            "substr(record, 2)",
            "substr(record, 1, length(record) - 1)",
            "CAST(record || x'00' AS BLOB)",
        ] {
            let sql = format!("UPDATE {name} SET record = {wrong} WHERE id = {}", key(*table));
            let (dir, loaded) = closed.damaged(&sql, nothing()).await;
            check_loaded(&loaded, &without(&closed.author, *table), &named(*table, key(*table)), &sql);
            let audit = verify::journal(dir.path()).await.unwrap_err().to_string();
            assert!(audit.contains(&format!("row {} of table \"{name}\" is damaged", key(*table))), "{sql}: {audit}");
        }
    }
}

#[tokio::test]
async fn every_flipped_bit_of_a_row_is_noticed() {
    let closed = Closed::new().await;
    for table in Table::ALL {
        let mut hands = prepare::options(&Closed::database(&closed.dir)).connect().await.unwrap();
        let row = sqlx::query(table.select_one()).bind(key(*table)).fetch_one(&mut hands).await.unwrap();
        let record: Vec<u8> = row.get(1);
        hands.close().await.unwrap();
        // `sealed.rs` tries every bit; here some go all the way through a file.
        for bit in [0, record.len() * 4 + 3, record.len() * 8 - 1] {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let sql = format!("UPDATE {} SET record = ? WHERE id = {}", table.name(), key(*table));
            let (_dir, loaded) = closed.damaged(&sql, bytes(&flipped)).await;
            let why = format!("bit {bit}: {sql}");
            check_loaded(&loaded, &without(&closed.author, *table), &named(*table, key(*table)), &why);
        }
    }
}

#[tokio::test]
async fn a_row_under_another_key_is_damaged() {
    let closed = Closed::new().await;
    for table in Table::ALL {
        for moved in [key(*table) + 1_000, -5, i64::MAX, i64::MIN, 1 << 40] {
            let sql = format!("UPDATE {} SET id = {moved} WHERE id = {}", table.name(), key(*table));
            let (_dir, loaded) = closed.damaged(&sql, nothing()).await;
            let mut expect = without(&closed.author, *table);
            if let (Table::Place, Ok(place)) = (table, rows::place_of(moved)) {
                // Nobody knows its name, and nobody may get its number.
                expect.records.places.insert(place, format!("?{}", place.1));
            }
            check_loaded(&loaded, &expect, &named(*table, moved), &sql);
        }
    }
}

#[tokio::test]
async fn a_damaged_row_stays_as_it_stands_until_it_is_written_anew() {
    let closed = Closed::new().await;
    let mut again = Author::default();
    let (first, second) = (again.a_first_day(), again.a_second_day());
    for table in Table::ALL {
        let name = table.name();
        let (dir, _) = closed.damaged(&format!("UPDATE {name} SET record = x'2a'"), nothing()).await;
        let (mut store, loaded) = Store::open(dir.path()).await.unwrap();
        assert!(loaded.damaged.iter().all(|row| row.table == name) && !loaded.damaged.is_empty(), "{name}");
        let still = prepare::options(&Closed::database(&dir)).connect().await;
        let mut hands = still.unwrap();
        let row = sqlx::query(table.select_one()).bind(key(*table)).fetch_one(&mut hands).await.unwrap();
        assert_eq!(row.get::<&[u8], _>(1), [0x2a], "{name}");
        hands.close().await.unwrap();
        let of_table = |change: &&RecordChange| rows::row_of(change).0 == *table;
        let changes: Vec<_> = first.changes.iter().chain(&second.changes).filter(of_table).cloned().collect();
        store.commit(&Batch { entries: Vec::new(), changes }).await.unwrap();
        drop(store);
        reopened(&dir, &closed.author).await;
    }
}

#[tokio::test]
async fn numbers_never_go_back_when_their_row_is_lost() {
    let closed = Closed::new().await;
    let check = async |sql: &str, expect: &[(&str, u64)]| {
        let (_dir, loaded) = closed.damaged(sql, nothing()).await;
        let damaged: Vec<_> = loaded.damaged.iter().map(|row| (row.table.as_str(), row.key)).collect();
        assert_eq!(damaged, expect, "{sql}");
        assert_eq!(loaded.records.generation, closed.author.records.generation, "{sql}");
        assert_eq!(loaded.records.last_alarm, closed.author.records.last_alarm, "{sql}");
        assert_eq!(loaded.records.last_session, closed.author.records.last_session, "{sql}");
        assert_eq!(loaded.records.last_proposal, closed.author.records.last_proposal, "{sql}");
        assert_eq!(loaded.records.places, closed.author.records.places, "{sql}");
    };
    check("UPDATE counters SET record = x''", &[("counters", 1)]).await;
    check("DELETE FROM counters", &[("counters", 1)]).await;
    let (door, point) = (rows::place_key(PlaceKind::Door, 1), rows::place_key(PlaceKind::Point, 1));
    let both = [("place", door.cast_unsigned()), ("place", point.cast_unsigned())];
    check("UPDATE place SET record = x''", &both).await;
    check("UPDATE last_session SET record = x''", &[("last_session", 1)]).await;
    check("UPDATE last_proposal SET record = x''", &[("last_proposal", 1)]).await;
}

#[tokio::test]
async fn a_hash_that_nothing_can_be_compared_with_does_not_count() {
    let closed = Closed::new().await;
    for hash in ["$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAA", "4711", ""] {
        let change = RecordChange::Pin(PersonId::new(1), PinPurpose::Usual, PinHash::from_phc(hash.to_owned()));
        let record = sealed::seal(Table::Pin, 1, rows::bytes_of(&change).unwrap());
        let (_dir, loaded) = closed.damaged("UPDATE pin SET record = ?", bytes(&record)).await;
        check_loaded(&loaded, &without(&closed.author, Table::Pin), &named(Table::Pin, 1), hash);
    }
}

#[tokio::test]
async fn what_other_hands_changed_is_found_by_replay() {
    let closed = Closed::new().await;
    let check = async |sql: &str, record: Option<Vec<u8>>, expect: &str| {
        let values = record.map_or_else(nothing, |record| bytes(&record));
        let (dir, loaded) = closed.damaged(sql, values).await;
        assert_eq!(loaded.damaged, [], "{sql}");
        let audit = verify::journal(dir.path()).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(audit.contains(expect) && audit.is_empty() == expect.is_empty(), "{sql}\n  {audit}\n  {expect}");
    };
    let mut grant = author::grant(1, 1);
    grant.validity.to = Wall::from_seconds(4_000_000_001);
    let longer = sealed::seal(Table::Grant, 1, rows::bytes_of(&RecordChange::Grant(grant)).unwrap());
    check("UPDATE grants SET record = ?", Some(longer), "give table grants;").await;
    for (table, expect) in [
        ("person", "table person"),
        ("grants", "table grants"),
        ("credential", "table credential"),
        ("alarm", "table alarm"),
        ("door", "table door"),
        ("mode", "table mode"),
        ("profile", "table profile"),
        ("schedule", "table schedule"),
        ("calendar", "table calendar"),
        ("agreement", "table agreement"),
        ("presence", "table presence"),
        ("lockout", "table lockout"),
        ("lockdown", "table lockdown"),
        ("standing", "table standing"),
        ("place", "table place"),
        ("pin", "table pin"),
        ("duress_pin", "table duress_pin"),
        ("person_name", ""),
        ("operator", "table operator"),
        ("token", "table token"),
        ("last_session", "table last_session"),
        ("last_proposal", "table last_proposal"),
        ("muster", "table muster"),
        ("visitor", "table visitor"),
        ("shift", "table shift"),
        ("operator_secret", "table operator_secret"),
        ("operator_name", ""),
    ] {
        check(&format!("DELETE FROM {table}"), None, expect).await;
    }
    check("SELECT 1", None, "").await;
}

#[tokio::test]
async fn a_damaged_entry_is_named_and_the_journal_goes_on() {
    let closed = Closed::new().await;
    let newest = closed.head.seq.get();
    let check = async |sql: &str, keys: &[u64], audit: &str| {
        let (dir, loaded) = closed.damaged(sql, nothing()).await;
        let damaged: Vec<_> = loaded.damaged.iter().map(|row| (row.table.as_str(), row.key)).collect();
        assert_eq!(damaged, keys.iter().map(|key| ("entry", *key)).collect::<Vec<_>>(), "{sql}");
        let mut life = closed.author.clone();
        life.records.head = loaded.head.seq;
        assert_eq!(loaded.records, life.records, "{sql}");
        // Two lives more: what is written behind the damage is in its chain.
        for _ in 0..2 {
            let (mut store, _) = Store::open(dir.path()).await.unwrap();
            store.commit(&life.denials(3)).await.unwrap();
            store.close().await.unwrap();
        }
        let again = prepare::check_and_load(&Closed::database(&dir)).await.unwrap();
        assert_eq!(again.damaged, loaded.damaged, "{sql}");
        assert_eq!(again.head.seq.get(), loaded.head.seq.get() + 6, "{sql}");
        let said = verify::journal(dir.path()).await.unwrap_err().to_string();
        assert!(said.contains(audit), "{sql}\n  {said}\n  {audit}");
    };
    check("UPDATE entry SET bytes = zeroblob(9) WHERE seq = 3", &[3], "journal entry 3 does not fit the hash chain")
        .await;
    check("UPDATE entry SET bytes = NULL WHERE seq = 3", &[3], "entry 3 is damaged: column \"bytes\" cannot be read")
        .await;
    check("UPDATE entry SET bytes = 'text' WHERE seq = 3", &[3], "entry 3 does not fit").await;
    check("UPDATE entry SET chain = zeroblob(32) WHERE seq = 4", &[4], "entry 4 does not fit the hash chain").await;
    check("UPDATE entry SET chain = x'00' WHERE seq = 4", &[4], "entry 4 is damaged: column \"chain\"").await;
    check("UPDATE entry SET at = at + 1 WHERE seq = 5", &[5], "column \"at\" contradicts").await;
    check("UPDATE entry SET at = 'noon' WHERE seq = 5", &[5], "column \"at\" contradicts").await;
    check("UPDATE entry SET kind = 'access.granted' WHERE seq = 13", &[13], "column \"kind\" contradicts").await;
    check("DELETE FROM entry WHERE seq = 6", &[6], "no entry 6 (the next one is 7)").await;
    check("DELETE FROM entry WHERE seq BETWEEN 6 AND 9", &[6], "no entry 6 (the next one is 10)").await;
    check("DELETE FROM entry WHERE seq = 1", &[1], "no entry 1 (the next one is 2)").await;
    check("INSERT INTO entry VALUES (-1, 0, '', x'', x'')", &[-1_i64 as u64], "row -1 of table \"entry\"").await;
    check("INSERT INTO entry VALUES (9223372036854775807, 0, '', x'', x'')", &[i64::MAX as u64], "is no entry").await;
    check("UPDATE entry SET bytes = x'', chain = zeroblob(32) WHERE seq IN (2, 8)", &[2, 3, 8, 9], "entry 8").await;
    let newest_only = |set: &str| format!("UPDATE entry SET {set} WHERE seq = {newest}");
    check(&newest_only("bytes = x'00'"), &[newest], &format!("entry {newest} does not fit")).await;
    check(&newest_only("chain = zeroblob(32)"), &[newest], &format!("entry {newest} does not fit")).await;
    check(&newest_only("chain = NULL"), &[newest], &format!("entry {newest} is damaged: column \"chain\"")).await;
    check(&newest_only("chain = NULL, bytes = NULL"), &[newest], &format!("entry {newest} is damaged")).await;
    check(&newest_only("seq = 90"), &[newest, 90], "entry 90 is damaged").await;
}

#[tokio::test]
async fn a_reader_is_told_of_damaged_entries_in_their_place() {
    let closed = Closed::new().await;
    let sql = "UPDATE entry SET bytes = x'00' WHERE seq = 3; DELETE FROM entry WHERE seq BETWEEN 5 AND 7";
    let (dir, _) = closed.damaged(sql, nothing()).await;
    let reader = Reader::open(dir.path()).await.unwrap();
    let seqs = |entries: &[Stamped]| entries.iter().map(|stamped| stamped.seq.get()).collect::<Vec<_>>();
    let entries = reader.entries_after(Seq::new(0), 10).await.unwrap();
    assert_eq!(seqs(&entries), (1..=10).collect::<Vec<_>>());
    for stamped in &entries {
        let is_damaged =
            matches!(&stamped.entry, Entry::RowDamaged { table, key } if table == "entry" && *key == stamped.seq.get());
        assert_eq!(is_damaged, [3, 5, 6, 7].contains(&stamped.seq.get()), "{}", stamped.seq);
    }
    assert_eq!(seqs(&reader.entries_after(Seq::new(4), 2).await.unwrap()), [5, 6]);
    reader.close().await;
}

/// Breaks a leaf of a table's tree in the file, the first or the last.
async fn break_leaf(dir: &TempDir, table: &str, first: bool) {
    const PAGE_BYTES: usize = 4_096;
    let mut hands = prepare::options(&Closed::database(dir)).connect().await.unwrap();
    let row = sqlx::query("SELECT rootpage FROM sqlite_schema WHERE name = ?").bind(table).fetch_one(&mut hands).await;
    let root: i64 = row.unwrap().get(0);
    hands.close().await.unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(Closed::database(dir)).unwrap();
    let offset = |page: u32| u64::from(page - 1) * PAGE_BYTES as u64;
    let mut page = [0; PAGE_BYTES];
    file.read_exact_at(&mut page, offset(root as u32)).unwrap();
    // sqlite.org/fileformat2.html §1.6: 5 is an interior page of a table; its cells begin with their child's number.
    assert_eq!(page[0], 5, "{table} has more than one page");
    let cell = usize::from(u16::from_be_bytes([page[12], page[13]]));
    let child = if first { &page[cell..cell + 4] } else { &page[8..12] };
    let child = u32::from_be_bytes(child.try_into().unwrap());
    file.write_all_at(&[0xff; PAGE_BYTES], offset(child)).unwrap();
}

#[tokio::test]
async fn a_broken_page_costs_the_rows_on_it_and_no_others() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let by = Actor::System;
    let many = (2..400).map(|number| Entry::GrantCreated {
        grant: author::grant(number, 1),
        by,
        generation: Generation::new(number.into()),
    });
    store.commit(&author.write(many)).await.unwrap();
    store.close().await.unwrap();
    break_leaf(&dir, "grants", true).await;
    let (mut store, loaded) = Store::open(dir.path()).await.unwrap();
    let lost: Vec<_> = loaded.damaged.iter().map(|row| u32::try_from(row.key).unwrap()).collect();
    assert!(lost.len() > 10 && lost.len() < 200, "{lost:?}");
    assert_eq!(lost, (1..=lost.len() as u32).collect::<Vec<_>>());
    assert_eq!(loaded.records.grants.len() + lost.len(), author.records.grants.len());
    assert!(loaded.records.grants.iter().all(|(id, grant)| author.records.grants.get(id) == Some(grant)));
    store.commit(&author.denials(1)).await.unwrap();
    drop(store);
    let audit = verify::journal(dir.path()).await.unwrap_err().to_string();
    assert!(audit.contains("row 1 of table \"grants\" is damaged: the page"), "{audit}");
}

#[tokio::test]
async fn a_broken_page_of_the_journal_costs_the_entries_on_it_and_no_others() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.denials(300)).await.unwrap();
    store.close().await.unwrap();
    break_leaf(&dir, "entry", true).await;
    let (mut store, loaded) = Store::open(dir.path()).await.unwrap();
    assert!(loaded.damaged.len() > 10 && loaded.damaged.iter().all(|row| row.table == "entry"), "{:?}", loaded.damaged);
    assert_eq!(loaded.records, author.records);
    store.commit(&author.denials(1)).await.unwrap();
}

#[tokio::test]
async fn without_tables_or_a_database_there_is_nothing_to_decide_with() {
    let closed = Closed::new().await;
    for table in Table::ALL.iter().map(|table| table.name()).chain(["entry"]) {
        let copy = closed.copy();
        damage(&Closed::database(&copy), &format!("DROP TABLE {table}"), nothing()).await;
        let refused = Store::open(copy.path()).await.map(drop).unwrap_err();
        assert!(matches!(refused, StoreError::Database { .. }), "{table}: {refused}");
    }
    let copy = closed.copy();
    std::fs::write(Closed::database(&copy), "this is a letter to my aunt, not a database".repeat(300)).unwrap();
    let refused = Store::open(copy.path()).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Database { .. }), "{refused}");
}

#[test]
fn no_finding_says_what_a_row_says() {
    let closed = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let closed = Closed::new().await;
        let (dir, _) = closed.damaged("UPDATE person_name SET record = 'Åsa'", nothing()).await;
        damage(&Closed::database(&dir), "UPDATE pin SET record = 'hash'", nothing()).await;
        verify::journal(dir.path()).await.unwrap_err()
    });
    let said = format!("{closed} {closed:?}");
    assert!(!said.contains("Åsa") && !said.contains("hash'") && !said.contains(HASH), "{said}");
}

/// What hands or a bad disk may do to a row.
#[derive(Debug, Clone)]
struct Blow {
    table: usize,
    column: usize,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

fn blows() -> impl Strategy<Value = Vec<Blow>> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        (-2..50_i64).prop_map(Value::Integer),
        ".{0,20}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..120).prop_map(Value::Blob),
    ];
    let blow = (0..=Table::ALL.len(), 0..5_usize, value);
    proptest::collection::vec(blow.prop_map(|(table, column, value)| Blow { table, column, value }), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_in_random_rows_never_keep_it_from_loading(blows in blows()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let closed = Closed::new().await;
            for Blow { table, column, value } in blows {
                let (name, columns): (&str, &[&str]) = match Table::ALL.get(table) {
                    Some(table) => (table.name(), &["id", "record"]),
                    None => ("entry", &["seq", "at", "kind", "bytes", "chain"]),
                };
                let column = columns[column % columns.len()];
                // One row, whichever comes first; a key that is taken, or no number, stays as it is.
                let sql = format!("UPDATE OR IGNORE {name} SET {column} = ? WHERE rowid = (SELECT min(rowid) FROM {name})");
                let mut hands = prepare::options(&Closed::database(&closed.dir)).connect().await.unwrap();
                let query = sqlx::query(AssertSqlSafe(sql));
                let query = match value {
                    Value::Null => query.bind(None::<i64>),
                    Value::Integer(number) => query.bind(number),
                    Value::Text(text) => query.bind(text),
                    Value::Blob(bytes) => query.bind(bytes),
                };
                drop(query.execute(&mut hands).await);
                hands.close().await.unwrap();
                damage(&Closed::database(&closed.dir), "SELECT 1", nothing()).await;
            }
            prepare::check_and_load(&Closed::database(&closed.dir)).await.unwrap();
        });
    }
}
