//! Patterns that an operator has shown, in virtual time: where that may be, what ends them, what they leave behind.

use rackward_core::engine::input::Identity;
use rackward_core::entry::DeviceEntry;
use rackward_core::feedback::policy::LightOwner;
use rackward_core::feedback::{PatternId, row_of};
use rackward_core::mode::ModeOrder;
use rackward_core::site::draft::DeviceFeedbackDraft;
use rackward_core::{Command, CommandError, DeviceReport, Entry, Feedback, Output, Reply};

use crate::site::{Desk, FRONT, card, draft, open, reason};

const READER: &str = "street-reader";

fn pattern(id: &str) -> PatternId {
    PatternId::named(id).unwrap()
}

fn try_at(desk: &mut Desk, device: &str, id: &str) -> Result<Reply, CommandError> {
    let device = desk.device(device);
    desk.command(Command::TryPattern { device, pattern: pattern(id) })
}

/// What a device was told to show since the last look: trials as `try:` and the row's id, results as theirs.
fn shown(desk: &mut Desk, device: &str) -> Vec<String> {
    let device = desk.device(device);
    let word = |feedback: &Feedback| match feedback {
        Feedback::Trial(row) => format!("try:{}", row.id),
        Feedback::Cancel => "end".to_owned(),
        other => row_of(*other).map_or_else(String::new, |row| row.id.to_owned()),
    };
    let told = desk.outputs.iter().filter_map(|output| match output {
        Output::Feedback { device: at, feedback } if *at == device => Some(word(feedback)),
        _ => None,
    });
    let told = told.collect();
    desk.outputs.clear();
    told
}

/// A site at which everything was shown that is shown at the start.
fn quiet(mut desk: Desk) -> Desk {
    desk.wait_secs(60);
    desk.outputs.clear();
    desk
}

fn staffed() -> Desk {
    let mut desk = Desk::open();
    for number in 1..=2 {
        let person = desk.person(number);
        desk.grant(person, &["lon1/street", "lon1/plant"]);
    }
    quiet(desk)
}

/// Why nothing is shown.
#[track_caller]
fn refused(desk: &mut Desk, device: &str, part: &str) {
    let (entries, before) = (desk.journal.len(), desk.outputs.len());
    let Err(CommandError::Conflict(words)) = try_at(desk, device, "T6") else { panic!("{device} was tried") };
    assert!(words.starts_with(device) && words.contains(part), "{words}");
    assert_eq!(desk.journal.len(), entries, "nothing is recorded");
    let shows = |output: &Output| matches!(output, Output::Feedback { .. });
    assert!(!desk.outputs[before..].iter().any(shows), "nothing is shown");
}

#[test]
fn a_pattern_is_recorded_shown_once_and_over_by_itself() {
    let mut desk = staffed();
    for id in PatternId::all().map(PatternId::id) {
        let Ok(Reply::Shown(span)) = try_at(&mut desk, READER, id) else { panic!("{id}") };
        let expect = DeviceEntry::PatternTried {
            device: desk.device(READER),
            pattern: pattern(id),
            by: rackward_core::permission::Actor::LocalUser(0),
        };
        assert_eq!(desk.last(), &Entry::from(expect));
        let row = if id == "T12" { "T2" } else { id };
        assert_eq!(shown(&mut desk, READER), [format!("try:{row}")], "{id}");
        desk.wait(span);
        assert_eq!(shown(&mut desk, READER), [""; 0], "{id}: the device's own timer ends it");
    }
    assert_eq!(try_at(&mut desk, "c1-front", "S2").map(drop), Ok(()), "handles have lamps as well");
    assert_eq!(shown(&mut desk, "c1-front"), ["try:S2"]);
}

#[test]
fn another_trial_takes_the_place_of_one() {
    let mut desk = staffed();
    try_at(&mut desk, READER, "T11").unwrap();
    desk.wait_secs(1);
    try_at(&mut desk, READER, "T6").unwrap();
    assert_eq!(shown(&mut desk, READER), ["try:T11", "end", "try:T6"]);
}

#[test]
fn whoever_comes_ends_a_trial_before_they_are_answered() {
    let mut desk = staffed();
    try_at(&mut desk, READER, "T2").unwrap();
    desk.badge(READER, card(1));
    assert_eq!(shown(&mut desk, READER), ["try:T2", "end", "T2"]);
    // Nobody who is refused has seen green for a moment longer than it takes to end it.
    let mut desk = staffed();
    try_at(&mut desk, READER, "T2").unwrap();
    desk.badge(READER, card(9));
    assert_eq!(shown(&mut desk, READER), ["try:T2", "end"]);
    desk.wait_secs(1);
    assert_eq!(shown(&mut desk, READER), ["T6"]);
}

#[test]
fn what_else_is_to_be_shown_ends_a_trial() {
    let mut desk = staffed();
    try_at(&mut desk, READER, "S2").unwrap();
    let (door, not_after) = (desk.door("lon1/street"), desk.now.wall);
    desk.command(Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after }).unwrap();
    assert_eq!(shown(&mut desk, READER)[..2], ["try:S2", "end"]);
    let mut desk = staffed();
    try_at(&mut desk, READER, "S2").unwrap();
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason("paint") }).unwrap();
    assert_eq!(shown(&mut desk, READER), ["try:S2", "end", "S3"]);
    // What comes after it has ended has nothing to end.
    let mut desk = staffed();
    let Ok(Reply::Shown(span)) = try_at(&mut desk, READER, "T6") else { panic!() };
    desk.wait(span);
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason("paint") }).unwrap();
    assert_eq!(shown(&mut desk, READER), ["try:T6", "S3"]);
}

#[test]
fn nobody_is_shown_a_trial_for_an_answer() {
    let mut desk = staffed();
    desk.badge(READER, card(9));
    refused(&mut desk, READER, "somebody in front");
    desk.wait_secs(9);
    refused(&mut desk, READER, "somebody in front");
    desk.wait_secs(2);
    try_at(&mut desk, READER, "T6").unwrap();

    let mut desk = staffed();
    desk.badge("plant-reader", card(1));
    desk.wait_secs(9);
    refused(&mut desk, "plant-reader", "somebody in front");

    let mut desk = staffed();
    desk.badge(READER, card(1));
    desk.facts("street-lock", open(false));
    desk.wait_secs(11);
    refused(&mut desk, READER, "released or open");
}

#[test]
fn a_door_that_says_something_people_must_know_goes_on_saying_it() {
    let mut desk = staffed();
    let area = desk.engine.site().find_area("lon1/lobby").unwrap().id;
    desk.command(Command::LockDownArea { area, reason: reason("drill") }).unwrap();
    desk.wait_secs(60);
    refused(&mut desk, READER, "locked down");
    let mut desk = staffed();
    let door = desk.door(FRONT);
    let what = rackward_core::engine::command::LocateWish::Door(door);
    let duration = core::time::Duration::from_secs(60);
    desk.command(Command::Locate { what, duration, reason: reason("where") }).unwrap();
    refused(&mut desk, "c1-front", "where it is");
}

#[test]
fn devices_without_lamps_away_or_not_believed_show_nothing() {
    let mut desk = staffed();
    refused(&mut desk, "street-lock", "has no lamps: patterns are shown at readers and handles");
    refused(&mut desk, "fence", "has no lamps");
    desk.cut(READER);
    refused(&mut desk, READER, "does not answer");
    let reader = desk.device(READER);
    let other = Identity { model: "m".into(), serial: "another".into(), firmware: "1".into() };
    desk.report(reader, DeviceReport::Online(other));
    refused(&mut desk, READER, "is not believed");
    for (lights, part) in [(LightOwner::Dark, "stay dark"), (LightOwner::Native(None), "its maker's legend")] {
        let mut site = draft();
        let own = DeviceFeedbackDraft { lights: Some(lights), ..DeviceFeedbackDraft::default() };
        site.feedback.devices.insert("c1-front".into(), own);
        refused(&mut quiet(Desk::of(&site)), "c1-front", part);
    }
    let gone = Command::TryPattern { device: rackward_core::id::DeviceId::new(99), pattern: pattern("T6") };
    assert!(matches!(desk.command(gone), Err(CommandError::NotFound { .. })));
}

#[test]
fn a_trial_goes_with_the_connection_and_what_lasts_comes_first_again() {
    let mut desk = staffed();
    try_at(&mut desk, READER, "T15").unwrap();
    desk.cut(READER);
    let (reader, identity) =
        (desk.device(READER), Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() });
    desk.outputs.clear();
    desk.report(reader, DeviceReport::Online(identity));
    assert_eq!(shown(&mut desk, READER), ["S1"]);
}
