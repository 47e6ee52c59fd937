//! The file of the past beside the journal it is made of: whatever moment is asked for, in whatever order, the records are those
//! that replaying every entry gives.

use std::collections::BTreeMap;

use rackward_core::engine::past::Replay;
use rackward_core::entry::Entry;
use rackward_core::facts::{Contact, Facts};
use rackward_core::id::{CommandId, CredentialId, DoorId, Generation, GrantId, PersonId, PointId};
use rackward_core::people::{Approval, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, Validity, When};
use rackward_core::permission::Actor;
use rackward_core::site::draft::SiteDraft;
use rackward_core::site::schedule::Weekly;
use rackward_core::{Records, Stamped};

use super::*;
use crate::cursor::Consumer as _;

const PEOPLE: u32 = 300;

fn site() -> Arc<Site> {
    let draft = SiteDraft { name: "lon1".into(), time_zone: "Europe/London".into(), ..SiteDraft::default() };
    Arc::new(draft.build(&BTreeMap::new()).unwrap())
}

fn grant(number: u32, uses: Uses) -> Grant {
    Grant {
        id: GrantId::new(number),
        person: PersonId::new(number),
        right: GrantRight::Doors { doors: Box::new([DoorId::new(1)]), when: When::Weekly(Weekly::always()) },
        validity: Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(1_000_000) },
        reason: "shift ".repeat(20),
        ticket: None,
        uses,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: Actor::LocalUser(0),
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

/// People who are given rights and use them, every third a limited number of times. Halfway the clock is set back an hour.
fn journal() -> Vec<Stamped> {
    let mut journal = Vec::new();
    for number in 1..=PEOPLE {
        let (person, by) = (PersonId::new(number), Actor::LocalUser(0));
        let uses = if number % 3 == 0 { Uses::Left(3) } else { Uses::Unlimited };
        let used = GrantId::new(number.div_ceil(2));
        let used_by = PersonId::new(number.div_ceil(2));
        let facts = Facts { contact: Contact::Open, ..Facts::default() };
        let entries = [
            Entry::PersonCreated { person, by },
            Entry::GrantCreated { grant: grant(number, uses), by, generation: Generation::new(number.into()) },
            Entry::DoorChanged { door: DoorId::new(1), facts },
            Entry::AccessGranted {
                point: PointId::new(1),
                door: DoorId::new(1),
                person: used_by,
                credential: CredentialId::new(1),
                grant: used,
                release_time: Duration::from_secs(5),
                command: CommandId::new(1),
            },
        ];
        let set_back = if number > PEOPLE / 2 { 3_600 } else { 0 };
        for entry in entries {
            let at = Wall::from_seconds(10_000 + i64::from(number) * 60 - set_back);
            journal.push(Stamped { seq: Seq::new(journal.len() as u64 + 1), at, entry });
        }
    }
    journal
}

/// What replaying everything up to a moment gives.
fn expected(journal: &[Stamped], at: Wall) -> Records {
    let last = journal.iter().rposition(|entry| entry.at <= at).map_or(0, |place| place + 1);
    let mut replay = Replay::default();
    journal[..last].iter().for_each(|entry| replay.take(entry));
    replay.into_records()
}

async fn filled(dir: &Path, journal: &[Stamped], batches: &[usize]) -> PastFile {
    let file = PastFile::in_dir(dir);
    let mut filler = file.filler();
    filler.own_position().await.unwrap();
    filler.begun();
    let mut rest = journal;
    for size in batches.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (batch, behind) = rest.split_at((*size).min(rest.len()));
        assert_eq!(filler.take(batch).await.unwrap(), batch.last().unwrap().seq);
        rest = behind;
    }
    file
}

async fn check(historian: &Historian, journal: &[Stamped], minutes: &[i64]) {
    let head = journal.last().unwrap().seq;
    for minute in minutes {
        let at = Wall::from_seconds(10_000 + minute * 60);
        let past = historian.at(at, head).await.unwrap();
        let expect = expected(journal, at);
        assert_eq!(past.records().grants, expect.grants, "minute {minute}");
        assert_eq!(past.records().persons, expect.persons, "minute {minute}");
    }
}

#[tokio::test]
async fn every_moment_is_as_replaying_everything_gives_it() {
    let journal = journal();
    for batches in [&[1_200][..], &[1], &[7, 100, 1]] {
        let dir = tempfile::tempdir().unwrap();
        let file = filled(dir.path(), &journal, batches).await;
        let historian = Historian::new(file, site(), None);
        // Backwards, onwards, the same twice, before the first, where the clock was set back, behind the last.
        check(&historian, &journal, &[200, 10, 11, 11, 150, 0, -5, 91, 100, 149, 151, 240, 9_999]).await;
    }
}

#[tokio::test]
async fn uses_go_on_being_counted_after_a_restart() {
    let (journal, dir) = (journal(), tempfile::tempdir().unwrap());
    let (before, after) = journal.split_at(journal.len() / 2);
    filled(dir.path(), before, &[64]).await;
    let file = PastFile::in_dir(dir.path());
    let mut filler = file.filler();
    let position = filler.own_position().await.unwrap().unwrap();
    assert_eq!(position.seq, before.last().unwrap().seq);
    filler.begun();
    filler.take(after).await.unwrap();
    check(&Historian::new(file, site(), None), &journal, &[9_999, 120]).await;
}

#[tokio::test]
async fn what_nobody_fills_yet_is_not_answered_from() {
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path(), &journal(), &[50]).await;
    let pool = file.pool().await.unwrap();
    let historian = Historian::new(file.clone(), site(), None);
    sqlx::query("UPDATE rights SET entries = x'00000009ff'").execute(&pool).await.unwrap();
    let at = Wall::from_seconds(20_000);
    let refused = historian.at(at, Seq::new(9)).await.unwrap_err();
    assert_eq!(refused, PastRefused::Unavailable(Unavailable), "nonsense is not answered from");
    let refused = historian.at(at, Seq::new(9)).await.unwrap_err();
    assert!(matches!(refused, PastRefused::Building { .. }), "begun anew, and empty: {refused}");
}
