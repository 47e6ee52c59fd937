//! A year of site life in seconds: a person comes every workday through the street door to the rack and leaves, over both
//! changes of summer time, and nothing is forgotten, alarmed or let in outside the schedule.

use std::time::Duration;

use crate::site::{Desk, FRONT, MONDAY_NINE, card, closed, open};
use rackward_core::alarm::AlarmKind;
use rackward_core::people::Validity;
use rackward_core::site::schedule::{Day, Weekly};

#[test]
fn a_year_of_workdays() {
    let mut desk = Desk::open();
    let person = desk.person(1);
    let workdays = Weekly::on_days(&[Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri], 8 * 60, 18 * 60).unwrap();
    let validity = Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(366 * 86_400)) };
    desk.grant_when(person, &["lon1/street", FRONT], workdays, validity);
    for day in 1..=365 {
        for _ in 0..20 {
            visit(&mut desk, "street-reader", "street-lock", false);
            visit(&mut desk, "c1-front", "c1-front", true);
        }
        desk.outputs.clear();
        let next_morning = MONDAY_NINE.after(Duration::from_secs(day * 86_400));
        desk.wait(next_morning.since(desk.now.wall));
    }
    let granted = desk.names().into_iter().filter(|name| *name == "access.granted").count();
    assert_eq!(desk.raised(AlarmKind::DoorForced) + desk.raised(AlarmKind::HandleForced), 0);
    assert!((260 * 40..=262 * 40).contains(&granted), "{granted} admissions in 261 workdays");
    assert!(desk.journal.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq));
}

/// One badge; the door is opened and closed when it was released.
fn visit(desk: &mut Desk, reader: &str, lock: &str, rack: bool) {
    let mark = desk.journal.len();
    desk.badge(reader, card(1));
    if desk.since(mark) == ["access.granted"] {
        desk.wait_secs(1);
        desk.facts(lock, open(rack));
        desk.wait_secs(5);
        desk.facts(lock, closed(rack));
    }
    desk.wait_secs(60);
}
