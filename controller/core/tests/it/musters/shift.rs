//! The hand-over of the desk: what is left, what is said to it, and what else there is to take over.

use super::*;
use rackward_core::alarm::life::ShelfKind;
use rackward_core::engine::command::AlarmOrder;
use rackward_core::engine::query::ShiftStatus;
use rackward_core::mode::ModeOrder;
use rackward_core::shift::ShiftAnswer;

fn status(desk: &Desk) -> ShiftStatus {
    let Answer::Shift(status) = desk.engine.answer(desk.now, Scope::Site, &Query::Shift) else { panic!() };
    *status
}

fn note(text: &str) -> DeskCommand {
    DeskCommand::NoteShift { note: LongText::parse(text).unwrap() }
}

const ACCEPT: DeskCommand = DeskCommand::AnswerShift { answer: ShiftAnswer::Accepted };

#[test]
fn a_note_is_left_rejected_and_then_accepted() {
    let mut desk = house();
    let (late, early) = (operator(1, OperatorRole::Security), operator(2, OperatorRole::Security));
    assert_eq!(status(&desk).shift.note, None, "nothing carried over");
    desk.command_of(late, Command::Desk(note("Gate 3 sticks.\nCall the smith."))).unwrap();
    let reject = DeskCommand::AnswerShift { answer: ShiftAnswer::Rejected(reason("which smith")) };
    desk.command_of(early, Command::Desk(reject)).unwrap();
    assert!(matches!(status(&desk).shift.taken.unwrap().answer, ShiftAnswer::Rejected(_)));
    desk.command_of(late, Command::Desk(note("Gate 3 sticks. Smith & Co."))).unwrap();
    assert_eq!(status(&desk).shift.taken, None, "a new note waits for a new answer");
    desk.command_of(early, Command::Desk(ACCEPT)).unwrap();
    let taken = status(&desk).shift;
    assert_eq!(taken.revision, 4);
    assert_eq!((taken.taken.as_ref().unwrap().by, taken.note.as_ref().unwrap().by), (early.actor, late.actor));
    let twice = desk.command_of(early, Command::Desk(ACCEPT));
    assert!(matches!(twice, Err(CommandError::Conflict(_))), "{twice:?}");
    desk.wait(Duration::from_secs(3_600));
    desk.command_of(early, Command::Desk(ACCEPT)).unwrap();
    let tenant = Scope::Organisation(OrganisationId::new(1));
    let Answer::Shift(seen) = desk.engine.answer(desk.now, tenant, &Query::Shift) else { panic!() };
    assert_eq!(seen.shift.note, None, "what the desk tells itself is no tenant's business");
    assert_eq!(restarted(&desk).engine.records().shift, desk.engine.records().shift);
    check_replay(&desk);
}

#[test]
fn what_is_taken_over_is_what_stands() {
    let mut desk = house();
    enter(&mut desk, 1, "lon1/house", 60).unwrap();
    let door = desk.door("lon1/front");
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason("broken") }).unwrap();
    let reader = desk.device("front-in");
    desk.report(reader, rackward_core::DeviceReport::PowerFault(true));
    desk.cut("hall-in");
    desk.wait_secs(30);
    let now = status(&desk);
    assert_eq!((now.alarms.len(), now.aside.len()), (2, 0));
    let alarm = now.alarms.iter().find(|row| row.alarm.kind == AlarmKind::PowerFault).unwrap().alarm.id;
    let until = desk.now.wall.after(Duration::from_secs(600));
    let shelve = AlarmOrder::Shelve { until, kind: ShelfKind::Timed, reason: reason("known") };
    desk.command(crate::site::order_of(alarm, shelve)).unwrap();
    let now = status(&desk);
    assert_eq!((now.alarms.len(), now.aside.len()), (1, 1));
    assert_eq!(now.doors.iter().map(|row| row.door).collect::<Vec<_>>(), [door]);
    assert_eq!(now.visitors.len(), 1);
    given(&mut desk, DeskCommand::LetVisitorGo { visitor: VisitorId::new(1) }).unwrap();
    assert_eq!(status(&desk).visitors.len(), 0);
}
