//! Areas with too few or too many people in them, whatever let them in.

use std::time::Duration;

use super::{check_replay, letter, of_kind, on_list};
use crate::site::{Desk, card, closed, open, reader, reason};
use rackward_core::alarm::AlarmKind::{AreaOverfull, DoorForced, TwoPersonViolation};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, Company, DoorKind, Level};
use rackward_core::{Command, Records};

/// A hall with two doors, whose area is changed where a test cares.
fn hall(change: impl FnOnce(&mut AreaDraft)) -> SiteDraft {
    let mut area = AreaDraft::new("lon1/hall", AreaKind::Hall);
    change(&mut area);
    let mut draft =
        SiteDraft { name: "lon1".into(), time_zone: "Europe/London".into(), areas: vec![area], ..SiteDraft::default() };
    for door in ["east", "west"] {
        let path = format!("lon1/{door}");
        let device = |name: String, role| DeviceDraft { name, role };
        draft.doors.push(DoorDraft::new(path.clone(), DoorKind::Door, "lon1/hall"));
        draft.devices.push(device(format!("{door}-in"), reader(&path, Side::In, Level::Card)));
        draft.devices.push(device(format!("{door}-out"), reader(&path, Side::Out, Level::Card)));
        draft.devices.push(device(format!("{door}-lock"), RoleDraft::Lock { door: path }));
    }
    draft
}

fn peopled(draft: &SiteDraft) -> Desk {
    let mut desk = Desk::of(draft);
    for number in 1..=4 {
        let person = desk.person(number);
        desk.grant(person, &["lon1/east", "lon1/west"]);
    }
    desk
}

fn walk(desk: &mut Desk, door: &str) {
    desk.facts(&format!("{door}-lock"), open(false));
    desk.facts(&format!("{door}-lock"), closed(false));
}

fn pass(desk: &mut Desk, reader: &str, number: u8) {
    desk.badge(reader, card(number));
    walk(desk, reader.split('-').next().unwrap());
}

#[test]
fn two_who_are_admitted_at_two_doors_at_once_can_be_one_too_many() {
    let mut desk = peopled(&hall(|area| area.max_occupancy = Some(2)));
    pass(&mut desk, "east-in", 1);
    desk.badge("east-in", card(2));
    desk.badge("west-in", card(3));
    assert_eq!(desk.releases("east-lock") + desk.releases("west-lock"), 3, "the rule saw one inside, twice");
    walk(&mut desk, "east");
    assert!(!desk.active(AreaOverfull), "two may be");
    walk(&mut desk, "west");
    assert!(desk.active(AreaOverfull));
    check_replay(&desk);
    let alarm = of_kind(&desk, AreaOverfull);
    pass(&mut desk, "west-out", 2);
    assert_eq!(letter(&desk, alarm), 'D');
    check_replay(&desk);
}

#[test]
fn a_limit_that_was_lowered_or_lifted_counts_from_the_next_start() {
    let limited = |limit| hall(move |area| area.max_occupancy = limit);
    let mut desk = peopled(&limited(Some(3)));
    (1..=3).for_each(|number| pass(&mut desk, "east-in", number));
    assert!(!desk.active(AreaOverfull));
    let restart = |desk: &Desk, draft: &SiteDraft| {
        let records: Records = desk.engine.records().clone();
        Desk::restart_of(draft, records, desk.now.after(Duration::from_secs(60)))
    };
    let lowered = restart(&desk, &limited(Some(2)));
    assert!(lowered.active(AreaOverfull));
    let lifted = restart(&lowered, &limited(None));
    assert!(!lifted.active(AreaOverfull));
}

#[test]
fn somebody_alone_has_half_a_minute_to_follow() {
    let mut desk = peopled(&hall(|area| area.company = Company::Required));
    let forget = |desk: &mut Desk, number: u32| {
        let person = Some(rackward_core::id::PersonId::new(number));
        desk.command(Command::ForgivePassback { person, area: None, reason: reason("left unseen") }).unwrap();
    };
    desk.badge("east-in", card(1));
    desk.badge("east-in", card(2));
    walk(&mut desk, "east");
    forget(&mut desk, 2);
    desk.wait_secs(29);
    forget(&mut desk, 1);
    desk.wait_secs(60);
    assert_eq!(desk.raised(TwoPersonViolation), 0, "nobody is there");

    desk.badge("east-in", card(1));
    desk.badge("east-in", card(2));
    walk(&mut desk, "east");
    forget(&mut desk, 2);
    desk.wait_secs(20);
    let again = desk.engine.records().clone();
    let now = desk.now.after(Duration::from_secs(5));
    let mut again = Desk::restart_of(&hall(|area| area.company = Company::Required), again, now);
    again.wait_secs(29);
    assert!(!again.active(TwoPersonViolation), "nobody knows since the start for how long");
    again.wait_secs(1);
    assert!(again.active(TwoPersonViolation));
    desk.wait_secs(9);
    assert!(!desk.active(TwoPersonViolation));
    desk.wait_secs(1);
    assert!(desk.active(TwoPersonViolation));
    check_replay(&desk);
}

/// Why a second entry on one grant has no kind of its own (`alarms.md` 16): it is worse.
#[test]
fn a_second_opening_on_one_release_is_a_forced_door() {
    let mut desk = peopled(&hall(|_| {}));
    pass(&mut desk, "east-in", 1);
    // The lock has not followed yet: it still reads released, within the time of the release.
    desk.facts("east-lock", open(false));
    desk.wait_secs(1);
    assert!(desk.active(DoorForced));
    assert_eq!(on_list(&desk).len(), 1);
}
