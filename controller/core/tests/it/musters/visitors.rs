//! Visitors: who lets them in and out, what is on record of them, and what becomes of their names.

use super::*;
use rackward_core::RecordChange;
use rackward_core::alarm::AlarmSource;

#[test]
fn a_visitor_comes_is_counted_and_leaves() {
    let mut desk = house();
    assert_eq!(enter(&mut desk, 1, "lon1/house", 60), Ok(Reply::Visitor(VisitorId::new(1))));
    assert_eq!(headcount(&desk, "lon1/house").count, 1);
    assert_eq!(given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(1) }), Ok(Reply::Done));
    assert_eq!(headcount(&desk, "lon1/house").count, 0);
    let again = given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(1) });
    assert!(matches!(again, Err(CommandError::Conflict(_))), "{again:?}");
    let nobody = given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(9) });
    assert!(matches!(nobody, Err(CommandError::NotFound { .. })), "{nobody:?}");
    assert_eq!(enter(&mut desk, 1, "lon1/house", 60), Ok(Reply::Visitor(VisitorId::new(2))));
    check_replay(&desk);
}

#[test]
fn everything_wrong_with_a_visit_is_told_at_once() {
    let mut desk = house();
    let rack = area(&desk, "lon1/house/hall/c1");
    let (name, until) = (called("Vera"), desk.now.wall);
    let wrong = DeskCommand::EnterVisitor { name, host: PersonId::new(99), area: rack, reason: reason("x"), until };
    let Err(CommandError::Invalid(problems)) = given(&mut desk, wrong) else { panic!() };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["area", "host", "until_at"]);
    let long = enter(&mut desk, 1, "lon1/house", 60 * 24 * 8);
    assert!(matches!(&long, Err(CommandError::Invalid(all)) if all[0].field == "until_at"), "{long:?}");
    let suspended = rackward_core::people::PersonStatus::Suspended;
    let stop = Command::SetPersonStatus { person: PersonId::new(1), status: suspended, reason: reason("x") };
    desk.command(stop).unwrap();
    let host = enter(&mut desk, 1, "lon1/house", 60);
    assert!(matches!(&host, Err(CommandError::Invalid(all)) if all[0].field == "host"), "{host:?}");
}

#[test]
fn a_visitor_who_should_have_left_is_an_alarm_of_their_area() {
    let mut desk = house();
    enter(&mut desk, 1, "lon1/house/hall", 60).unwrap();
    desk.wait(Duration::from_secs(74 * 60));
    assert!(!desk.active(AlarmKind::VisitorOverdue));
    desk.wait(Duration::from_secs(2 * 60));
    assert!(desk.active(AlarmKind::VisitorOverdue));
    let alarm = desk.engine.records().alarms.values().find(|row| row.kind == AlarmKind::VisitorOverdue).unwrap();
    assert_eq!(alarm.source, AlarmSource::Area(area(&desk, "lon1/house/hall")));
    let after = restarted(&desk);
    assert!(after.active(AlarmKind::VisitorOverdue));
    given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(1) }).unwrap();
    assert!(!desk.active(AlarmKind::VisitorOverdue));
}

#[test]
fn a_visitor_whose_host_went_home_is_one_as_well() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    enter(&mut desk, 1, "lon1/house", 600).unwrap();
    desk.wait(Duration::from_secs(20 * 60));
    assert!(!desk.active(AlarmKind::VisitorOverdue), "the host is here");
    pass(&mut desk, "front-out", 1);
    desk.wait(Duration::from_secs(14 * 60));
    assert!(!desk.active(AlarmKind::VisitorOverdue));
    desk.wait(Duration::from_secs(2 * 60));
    assert!(desk.active(AlarmKind::VisitorOverdue));
    pass(&mut desk, "front-in", 1);
    desk.wait(Duration::from_secs(60));
    assert!(!desk.active(AlarmKind::VisitorOverdue), "they came back");
}

#[test]
fn names_of_those_who_left_long_ago_are_erased() {
    let mut desk = house();
    enter(&mut desk, 1, "lon1/house", 60).unwrap();
    given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(1) }).unwrap();
    desk.wait(Duration::from_secs(31 * 86_400));
    assert_eq!(desk.engine.records().visitors.len(), 1, "the latest number stays given");
    let mut records = desk.engine.records().clone();
    enter(&mut desk, 1, "lon1/house", 60).unwrap();
    assert_eq!(desk.engine.records().visitors.keys().copied().collect::<Vec<_>>(), [VisitorId::new(2)]);
    let mut changes = Vec::new();
    records.apply(desk.journal.last().unwrap(), &mut changes);
    assert!(changes.contains(&RecordChange::VisitorName(VisitorId::new(1), None)), "{changes:?}");
    check_replay(&desk);
}

#[test]
fn a_tenant_sees_the_visitors_of_its_own_hosts() {
    use rackward_core::people::PersonDetails;
    let mut desk = house();
    let organisation = desk.engine.site().organisations().iter().find(|row| row.name == "st-marys").unwrap().id;
    let details = PersonDetails { organisation, ..crate::site::usual_details() };
    desk.command(Command::ChangePersonDetails { person: PersonId::new(2), details, reason: reason("moved") }).unwrap();
    enter(&mut desk, 1, "lon1/house", 60).unwrap();
    enter(&mut desk, 2, "lon1/house", 60).unwrap();
    let seen = |scope| {
        let Answer::Visitors(rows) = desk.engine.answer(desk.now, scope, &Query::Visitors) else { panic!() };
        rows.iter().map(|row| row.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(seen(Scope::Organisation(organisation)), [2]);
    assert_eq!(seen(Scope::Site), [2, 1]);
}

#[test]
fn a_visitors_name_is_never_printed() {
    assert_eq!(format!("{:?}", called("Vera")), "VisitorName(..)");
    let name = |company: &str| VisitorName::parse(PersonName::parse("Vera").unwrap(), company);
    assert_eq!(name("  ").unwrap().company(), None);
    assert_eq!(name(" Fans Ltd ").unwrap().company(), Some("Fans Ltd"));
    assert!(name("a\u{202e}b").is_none() && name(&"x".repeat(65)).is_none());
}
