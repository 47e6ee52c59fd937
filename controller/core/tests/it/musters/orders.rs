//! What is refused, to whom and why; what nobody expected and is taken all the same.

use super::*;

fn refusal(result: Result<Reply, CommandError>) -> String {
    match result {
        Ok(reply) => format!("{reply:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let at = desk.now.wall;
    let rack = area(&desk, "lon1/house/hall/c1");
    let begin = |area| DeskCommand::StartMuster { kind: MusterKind::Drill, area, reason: reason("drill") };
    let marks = |muster, marks| DeskCommand::Mark { muster: MusterId::new(muster), marks };
    let safe = |who| mark(who, MusterStatus::Safe, at);
    assert!(refusal(given(&mut desk, begin(AreaId::new(99)))).contains("area-99 does not exist"));
    assert!(refusal(given(&mut desk, begin(rack))).contains("nobody is in a rack"));
    assert!(refusal(given(&mut desk, marks(9, vec![safe(person(1))]))).contains("mus-9 does not exist"));
    assert!(refusal(given(&mut desk, end(MusterId::new(9)))).contains("mus-9 does not exist"));
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    let house = area(&desk, "lon1/house");
    assert!(refusal(given(&mut desk, begin(house))).contains("mus-1 runs in lon1/house already"));
    assert!(refusal(given(&mut desk, marks(1, vec![]))).contains("1 to 2000 marks"));
    let unknown = vec![safe(person(1)), safe(person(77)), safe(visitor(5))];
    let told = refusal(given(&mut desk, marks(1, unknown)));
    assert!(told.contains("mark 1: p-77 does not exist") && told.contains("mark 2: vis-5 does not exist"), "{told}");
    assert_eq!(view(&desk, muster).counts.safe, 0, "all or nothing");
    given(&mut desk, end(muster)).unwrap();
    assert!(refusal(given(&mut desk, end(muster))).contains("has ended already"));
    let (name, area) = (called("Vera"), house);
    assert!(refusal(given(&mut desk, DeskCommand::FindVisitor { muster, name, area })).contains("mus-1 has ended"));
    check_replay(&desk);
}

#[test]
fn a_real_muster_keeps_a_drill_out_of_its_area() {
    let mut desk = house();
    start(&mut desk, MusterKind::Real, "lon1/house");
    let area = area(&desk, "lon1/house");
    let again = DeskCommand::StartMuster { kind: MusterKind::Drill, area, reason: reason("drill") };
    assert!(refusal(given(&mut desk, again)).contains("runs in lon1/house already"));
    start(&mut desk, MusterKind::Drill, "lon1/house/hall");
}

#[test]
fn only_those_who_count_people_run_musters() {
    use OperatorRole::{Admin, Auditor, Facilities, Security, SecuritySupervisor, WallScreen};
    for (role, may_run, may_hand_over) in [
        (WallScreen, false, false),
        (Auditor, false, false),
        (Facilities, false, true),
        (Security, true, true),
        (SecuritySupervisor, true, true),
        (Admin, true, true),
    ] {
        let mut desk = house();
        let area = area(&desk, "lon1/house");
        let begin = DeskCommand::StartMuster { kind: MusterKind::Drill, area, reason: reason("drill") };
        let note = DeskCommand::NoteShift { note: LongText::parse("quiet").unwrap() };
        let caller = operator(1, role);
        assert_eq!(desk.command_of(caller, Command::Desk(begin)).is_ok(), may_run, "{role:?}");
        assert_eq!(desk.command_of(caller, Command::Desk(note)).is_ok(), may_hand_over, "{role:?}");
    }
    let mut desk = house();
    let tenant = Caller::new(
        Actor::Operator(OperatorId::new(1)),
        OperatorRole::Admin,
        Scope::Organisation(OrganisationId::new(1)),
    );
    let area = area(&desk, "lon1/house");
    let begin = DeskCommand::StartMuster { kind: MusterKind::Drill, area, reason: reason("drill") };
    assert_eq!(desk.command_of(tenant, Command::Desk(begin)), Err(CommandError::Forbidden));
}

#[test]
fn somebody_whom_no_reader_saw_is_marked_all_the_same() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let muster = start(&mut desk, MusterKind::Real, "lon1/house");
    let at = desk.now.wall;
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(4), MusterStatus::Safe, at)] }).unwrap();
    let seen = view(&desk, muster);
    assert_eq!(who(&seen.people), [person(1), person(4)]);
    assert_eq!(seen.counts.safe, 1);
    let (name, area) = (called("Vera"), area(&desk, "lon1/house/hall"));
    given(&mut desk, DeskCommand::FindVisitor { muster, name, area }).unwrap();
    assert_eq!(who(&view(&desk, muster).people), [person(1), person(4), visitor(1)]);
    check_replay(&desk);
}

#[test]
fn the_end_rests_on_what_was_seen_and_marks_on_nothing() {
    use rackward_core::engine::preconditions::{Expected, Preconditions, Revision};
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    let at = desk.now.wall;
    let security = operator(1, OperatorRole::Security);
    let marks = DeskCommand::Mark { muster, marks: vec![mark(person(1), MusterStatus::Safe, at)] };
    desk.command_of(security, Command::Desk(marks)).unwrap();
    let seen = |count| Preconditions { expected: Expected::OneOf([Revision::Count(count)].into()), not_after: None };
    let early = desk.command_on(seen(1), security, Command::Desk(end(muster)));
    assert!(matches!(early, Err(CommandError::Changed { .. })), "{early:?}");
    desk.command_on(seen(2), security, Command::Desk(end(muster))).unwrap();
}

#[test]
fn old_musters_leave_the_record_and_no_number_is_given_twice() {
    let mut desk = house();
    for _ in 0..55 {
        let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
        given(&mut desk, end(muster)).unwrap();
    }
    let kept: Vec<u32> = desk.engine.records().musters.keys().map(|id| id.get()).collect();
    assert_eq!((kept.first(), kept.last(), kept.len()), (Some(&5), Some(&55), 51));
    assert_eq!(start(&mut desk, MusterKind::Drill, "lon1/house"), MusterId::new(56));
    check_replay(&desk);
}
