//! Who is on a list: what the engine itself says at the door, asked for many moments of a list's life.

use std::time::Duration;

use proptest::prelude::*;

use super::{Hall, rack_path, racks};
use crate::site::{Desk, card, reason, wish};
use rackward_core::engine::command::{GrantWish, PinPurpose, SetMode};
use rackward_core::id::PersonId;
use rackward_core::mode::ModeOrder;
use rackward_core::people::{CredentialState, EscortNeed, GrantRight, PersonStatus, Policy, Uses, Validity, When};
use rackward_core::site::draft::{ScheduleDraft, ScheduleDrafts, SiteDraft};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{Level, OPERATOR, TwoPerson};
use rackward_core::{Command, Entry, Now, Wall};

const RACKS: usize = 3;
const CARDS: u8 = 5;
const LIFE_SECS: i64 = 8 * 3_600;

fn weekly(days: &str, from: u16, to: u16) -> Weekly {
    Weekly::on_days(&Day::parse_list(days).unwrap(), from, to).unwrap()
}

fn schedule(name: &str, weekly: Weekly) -> ScheduleDraft {
    ScheduleDraft { name: name.into(), time_zone: None, weekly: Some(weekly), special: Vec::new() }
}

/// Racks at a site with two schedules, the last rack under one of the features.
fn site(feature: u8) -> SiteDraft {
    let mut draft = racks(RACKS);
    let schedules =
        vec![schedule("early", weekly("Mon-Fri", 9 * 60, 11 * 60)), schedule("late", weekly("Mon", 12 * 60, 20 * 60))];
    draft.schedules = ScheduleDrafts { calendars: Vec::new(), schedules };
    match feature {
        1 => draft.doors[RACKS - 1].two_person = TwoPerson::Required,
        2 => draft.devices[RACKS - 1].role = handle(Level::CardAndPin),
        _ => {}
    }
    draft
}

fn handle(level: Level) -> rackward_core::site::draft::RoleDraft {
    rackward_core::site::draft::RoleDraft::Handle { door: rack_path(RACKS - 1), level: level.into() }
}

/// One thing that an operator does, in numbers.
type Step = (u8, u8, u8, u16, u16);

fn take(hall: &mut Hall, (what, who, rack, from, length): Step) {
    let now = hall.desk.now.wall;
    let person = PersonId::new(u32::from(who % CARDS) + 1);
    let start = now.after(Duration::from_secs(u64::from(from)));
    let validity = Validity { from: start, to: start.after(Duration::from_secs(u64::from(length) + 1)) };
    let door = hall.desk.door(&rack_path(usize::from(rack) % RACKS));
    let doors = Box::new([door]);
    let direct = |when| GrantRight::Doors { doors: doors.clone(), when };
    let grant = |right| GrantWish { validity, ..wish(person, right) };
    let why = || reason("because");
    let schedules: Vec<_> = hall.desk.engine.records().schedules.keys().copied().collect();
    let credential = hall.desk.engine.records().credentials.values().find(|row| row.person == person).unwrap().id;
    let command = match what % 12 {
        0 | 1 => Command::CreateGrant(grant(direct(When::Weekly(Weekly::always())))),
        2 => Command::CreateGrant(grant(direct(When::Weekly(weekly("Mon", 10 * 60, 10 * 60 + 90))))),
        3 => Command::CreateGrant(grant(direct(When::Schedule(schedules[usize::from(rack) % schedules.len()])))),
        4 => Command::CreateGrant(GrantWish { uses: Uses::Left(2), ..grant(direct(When::Weekly(Weekly::always()))) }),
        5 => Command::CreateGrant(GrantWish {
            escort: EscortNeed::Required,
            ..grant(direct(When::Weekly(Weekly::always())))
        }),
        6 => Command::SetPersonStatus {
            person,
            status: [PersonStatus::Suspended, PersonStatus::Enabled][usize::from(rack % 2)],
            reason: why(),
        },
        7 => {
            let state = [CredentialState::Disabled, CredentialState::Enabled][usize::from(rack % 2)];
            Command::SetCredentialState { credential, state, reason: why() }
        }
        8 => {
            let order = [ModeOrder::Block, ModeOrder::Lock, ModeOrder::Unlock][usize::from(who % 3)];
            Command::SetDoorMode { door, order, reason: why() }
        }
        9 => {
            let schedule = (who % 2 == 0).then(|| schedules[usize::from(from) % schedules.len()]);
            let policies = vec![Policy { door, schedule }];
            let is_new = hall.desk.engine.records().profiles.is_empty();
            let mode = if is_new { SetMode::Create } else { SetMode::Edit };
            Command::SetProfile { name: "team".into(), owner: OPERATOR, policies, reason: why(), mode }
        }
        10 => match hall.desk.engine.records().profiles.keys().next() {
            Some(profile) => Command::CreateGrant(grant(GrantRight::Member(*profile))),
            None => return,
        },
        _ => match hall.desk.engine.records().grants.keys().nth(usize::from(from) % 7) {
            Some(grant) => Command::RevokeGrant { grant: *grant, reason: why() },
            None => return,
        },
    };
    // What the rules of operators refuse changes nothing, which is a step as good as any.
    drop(hall.desk.command(command));
    hall.carry();
}

/// What the engine says to a card at a rack at another moment. Rights whose uses are counted are left out: nobody counts
/// them at a handle that is on its own.
fn at_the_door(hall: &Hall, draft: &SiteDraft, at: Wall) -> Vec<(usize, u8)> {
    let now = Now { monotonic: hall.desk.now.monotonic, wall: at };
    let mut records = hall.desk.engine.records().clone();
    records.grants.retain(|_, row| row.uses == Uses::Unlimited);
    let mut admitted = Vec::new();
    for number in 1..=CARDS {
        // A desk for each, so that nobody waits for company where another one stands.
        let mut desk = Desk::restart_of(draft, records.clone(), now);
        desk.all_online();
        for rack in 0..RACKS {
            let mark = desk.journal.len();
            desk.badge(&format!("h{rack}"), card(number));
            if desk.journal[mark..].iter().any(|stamped| matches!(stamped.entry, Entry::AccessGranted { .. })) {
                admitted.push((rack, number));
            }
        }
    }
    admitted.sort_unstable();
    admitted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_list_says_what_the_engine_says_at_the_door(
        feature in 0..3_u8,
        steps in proptest::collection::vec(
            (any::<u8>(), any::<u8>(), any::<u8>(), 0..20_000_u16, 0..30_000_u16), 1..25),
        moments in proptest::collection::vec(0..LIFE_SECS, 8),
    ) {
        let draft = site(feature);
        let mut hall = Hall::with(draft.clone());
        for number in 1..=CARDS {
            let person = hall.desk.person(number);
            hall.desk.set_pin(person, PinPurpose::Usual);
        }
        steps.into_iter().for_each(|step| take(&mut hall, step));
        let now = hall.desk.now.wall;
        for ahead in moments {
            let at = Wall::from_seconds(now.as_seconds() + ahead);
            let everywhere = (0..RACKS).flat_map(|rack| (1..=CARDS).map(move |number| (rack, number)));
            let listed: Vec<(usize, u8)> =
                everywhere.filter(|(rack, number)| hall.handle(*rack).opens(card(*number), at)).collect();
            prop_assert_eq!(listed, at_the_door(&hall, &draft, at), "after {} s", ahead);
        }
        prop_assert!(hall.behind().is_empty());
    }
}
