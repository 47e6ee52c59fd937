//! How sure a count is, and what makes it doubtful.

use super::*;
use rackward_core::engine::query::{Doubt, Entered, SeenAt};
use rackward_core::headcount::{Confidence, Grounds};
use rackward_core::mode::ModeOrder;

#[test]
fn a_count_is_as_sure_as_the_ways_out_are_read() {
    let desk = house();
    let sure = |path| (headcount(&desk, path).confidence, headcount(&desk, path).grounds);
    assert_eq!(sure("lon1/house/hall"), (Confidence::A, Grounds::ControlledExit));
    assert_eq!(sure("lon1/house"), (Confidence::B, Grounds::FreeExit { ways: 1 }));
    let Answer::Headcounts(rows) = desk.engine.answer(desk.now, Scope::Site, &Query::Headcounts) else { panic!() };
    assert_eq!(rows.len(), 3, "nobody is in a rack");
}

#[test]
fn whoever_was_long_unseen_or_entered_by_hand_is_only_believed_to_be_there() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    pass(&mut desk, "hall-in", 1);
    let row = &insiders(&desk, Scope::Site, "lon1/house")[0];
    assert_eq!((row.grounds.confidence(), row.entered), (Confidence::A, Entered::Card));
    assert_eq!(row.area, area(&desk, "lon1/house/hall"));
    enter(&mut desk, 1, "lon1/house/hall", 600).unwrap();
    let rows = insiders(&desk, Scope::Site, "lon1/house/hall");
    assert_eq!((rows[1].who, rows[1].grounds, rows[1].entered), (visitor(1), Grounds::ByHand, Entered::Escort));
    assert_eq!(rows[1].escort, Some(PersonId::new(1)));
    let hall = headcount(&desk, "lon1/house/hall");
    assert_eq!((hall.count, hall.grounds), (2, Grounds::Among { people: 1 }));
    desk.wait(Duration::from_secs(13 * 3_600));
    let rows = insiders(&desk, Scope::Site, "lon1/house/hall");
    assert_eq!(rows[0].grounds, Grounds::Old);
    assert_eq!(headcount(&desk, "lon1/house").grounds, Grounds::Among { people: 2 });
}

#[test]
fn a_reader_that_is_away_makes_its_area_doubtful_since_then_over_a_restart_as_well() {
    let mut desk = house();
    desk.wait_secs(100);
    let since = desk.now.wall;
    let reader = desk.device("hall-out");
    desk.cut("hall-out");
    desk.wait_secs(60);
    assert_eq!(headcount(&desk, "lon1/house/hall").doubt, Some((since, Doubt::DeviceAway(reader))));
    assert_eq!(headcount(&desk, "lon1/house").doubt, None, "its own ways out are read");
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house/hall");
    let seen = view(&desk, muster);
    assert_eq!(seen.areas[0].doubt, Some((since, Doubt::DeviceAway(reader))));
    let state = |device: &str| seen.readers.iter().find(|row| row.0 == desk.device(device)).map(|row| row.2);
    assert_eq!((state("hall-out"), state("hall-in")), (Some(Some(false)), Some(Some(true))));
    assert_eq!(state("front-in"), None, "people pass the hall's door alone");
    let later = desk.now.after(Duration::from_secs(600));
    let mut after = Desk::restart_of(&building(), desk.engine.records().clone(), later);
    after.wait_secs(60);
    let (known, _) = headcount(&after, "lon1/house/hall").doubt.unwrap();
    assert!(known < later.wall, "the alarm says that it was away before");
    after.all_online();
    assert_eq!(headcount(&after, "lon1/house/hall").doubt, None);
}

#[test]
fn a_way_out_that_stands_unlocked_makes_its_area_doubtful() {
    let mut desk = house();
    let (door, since) = (desk.door("lon1/front"), desk.now.wall);
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Unlock, reason: reason("open day") }).unwrap();
    desk.wait_secs(60);
    assert_eq!(headcount(&desk, "lon1/house").doubt, Some((since, Doubt::DoorUnlocked(door))));
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Lock, reason: reason("over") }).unwrap();
    assert_eq!(headcount(&desk, "lon1/house").doubt, None);
}

#[test]
fn whoever_leaves_is_seen_leaving() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let point = desk.point("lon1/front/in");
    let at = desk.now.wall;
    assert_eq!(insiders(&desk, Scope::Site, "lon1/house")[0].last_seen, Some((SeenAt::Point(point), at)));
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    desk.wait_secs(30);
    pass(&mut desk, "front-out", 1);
    let row = &view(&desk, muster).people[0];
    assert_eq!(row.last_seen, Some((SeenAt::Outside, desk.now.wall)));
    assert_eq!(view(&desk, muster).counts.missing, 1, "who left is not yet who was seen at the assembly point");
    assert_eq!(insiders(&desk, Scope::Site, "lon1/house"), []);
    let mut desk = restarted(&desk);
    pass(&mut desk, "front-in", 2);
    let desk = restarted(&desk);
    let house = area(&desk, "lon1/house");
    assert_eq!(insiders(&desk, Scope::Site, "lon1/house")[0].last_seen.unwrap().0, SeenAt::Area(house));
}
