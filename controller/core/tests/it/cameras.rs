//! Stories of cameras: which alarm wants stills of which camera and of which moments, what is recorded of them, and when a camera
//! that does not answer is an alarm.

use std::time::Duration;

use rackward_core::alarm::life::Suppression;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::command::{Scope, StillCommand};
use rackward_core::entry::CameraEntry;
use rackward_core::id::{AlarmId, CameraId, OperatorId};
use rackward_core::permission::{Actor, OperatorRole, tells_of_duress};
use rackward_core::site::camera::{AlsoWanted, Evidence};
use rackward_core::site::draft::{CameraDraft, SiteDraft};
use rackward_core::still::{
    CameraHealth, StillDigest, StillFacts, StillFor, StillForm, StillMissing, StillOrder, StillOutcome,
};
use rackward_core::{Caller, Command, CommandError, DeviceReport, Entry, Input, Output};

use crate::site::{Desk, card, draft, open};

const RECORDER: &str = "cameras/10.0.8.2:5000";

fn camera(name: &str, covers: &[&str]) -> CameraDraft {
    let covers = covers.iter().map(|path| (*path).to_owned()).collect();
    CameraDraft { name: name.into(), covers, ..CameraDraft::default() }
}

/// The small site: one camera of evidence at the street door, one over the hall that wants everything, both behind one recorder,
/// and one at the fence.
fn watched() -> SiteDraft {
    let everything = AlsoWanted { minor_alarms: true, openings: true, denials: true };
    let line = Some(RECORDER.to_owned());
    let cameras = vec![
        CameraDraft { evidence: Evidence::Yes, line: line.clone(), ..camera("street", &["lon1/street"]) },
        CameraDraft { also: everything, line, ..camera("hall", &["lon1/hall"]) },
        camera("fence", &["lon1/fence-north"]),
    ];
    SiteDraft { cameras, ..draft() }
}

fn desk() -> Desk {
    let mut desk = Desk::of(&watched());
    desk.outputs.clear();
    desk
}

fn id(desk: &Desk, name: &str) -> CameraId {
    desk.engine.site().camera_named(name).unwrap().id
}

/// The stills that were ordered since the last look: of which camera, how many milliseconds after the entry that wanted them.
fn ordered(desk: &mut Desk) -> Vec<(String, i64)> {
    let orders: Vec<StillOrder> = orders(desk);
    let told = |order: &StillOrder| {
        let entry = desk.journal.iter().find(|stamped| stamped.seq == order.belongs.entry).unwrap();
        let camera = desk.engine.site().camera(order.camera).unwrap();
        (camera.name.clone(), (order.shows.as_micros() - entry.at.as_micros()) / 1_000)
    };
    orders.iter().map(told).collect()
}

fn orders(desk: &mut Desk) -> Vec<StillOrder> {
    let orders = std::mem::take(&mut desk.outputs).into_iter().filter_map(|output| match output {
        Output::TakeStill(order) => Some(order),
        _ => None,
    });
    orders.collect()
}

fn around(camera: &str) -> Vec<(String, i64)> {
    [-5_000, 0, 5_000].map(|millis| (camera.to_owned(), millis)).into()
}

fn force(desk: &mut Desk) {
    desk.facts("street-lock", open(false));
    desk.wait_secs(1);
}

#[test]
fn an_urgent_alarm_wants_stills_of_before_now_and_after_from_the_cameras_of_its_place() {
    let mut desk = desk();
    force(&mut desk);
    let raised = desk.journal.iter().rev().find_map(|stamped| match stamped.entry {
        Entry::AlarmRaised { alarm, kind: AlarmKind::DoorForced, .. } => Some((stamped.seq, alarm)),
        _ => None,
    });
    let (entry, alarm) = raised.unwrap();
    let first = desk.outputs.iter().find_map(|output| match output {
        Output::TakeStill(order) => Some(order.belongs),
        _ => None,
    });
    assert_eq!(first, Some(StillFor { entry, alarm: Some(alarm) }));
    assert_eq!(ordered(&mut desk), around("street"));
}

#[test]
fn every_place_has_the_cameras_that_the_site_file_gives_it() {
    let check = |cause: &dyn Fn(&mut Desk), expect: Vec<(String, i64)>| {
        let mut desk = desk();
        cause(&mut desk);
        assert_eq!(ordered(&mut desk), expect);
    };
    let tamper = |device: &'static str| {
        move |desk: &mut Desk| {
            let device = desk.device(device);
            desk.report(device, DeviceReport::Tamper(true));
        }
    };
    check(&tamper("street-reader"), around("street"));
    check(&tamper("c1-front"), around("hall"));
    check(&tamper("plant-lock"), Vec::new());
    let fence = |desk: &mut Desk| {
        let fence = desk.device("fence");
        desk.report(fence, DeviceReport::Inputs(vec![true]));
        desk.wait_secs(2);
    };
    check(&fence, around("fence"));
    let supply = |device: &'static str| {
        move |desk: &mut Desk| {
            let device = desk.device(device);
            desk.report(device, DeviceReport::PowerFault(true));
        }
    };
    check(&supply("street-lock"), Vec::new());
    check(&supply("c1-front"), around("hall"));
}

#[test]
fn passages_want_stills_where_the_site_file_says_so() {
    let mut desk = desk();
    desk.badge("street-reader", card(9));
    assert_eq!(ordered(&mut desk), []);
    desk.badge("c1-front", card(9));
    assert_eq!(ordered(&mut desk), [("hall".to_owned(), 0)]);
    let openings = AlsoWanted { openings: true, ..AlsoWanted::default() };
    let street = CameraDraft { also: openings, ..camera("street", &["lon1/lobby"]) };
    let mut desk = Desk::of(&SiteDraft { cameras: vec![street], ..draft() });
    let person = desk.person(1);
    desk.grant(person, &["lon1/street"]);
    desk.outputs.clear();
    desk.badge("street-reader", card(1));
    assert_eq!(ordered(&mut desk), []);
    desk.facts("street-lock", open(false));
    assert!(desk.names().contains(&"access.taken"));
    assert_eq!(ordered(&mut desk), [("street".to_owned(), 0)]);
}

#[test]
fn an_alarm_that_comes_again_at_once_wants_no_more_stills() {
    let mut desk = desk();
    let reader = desk.device("street-reader");
    let tamper = |desk: &mut Desk, on| desk.report(reader, DeviceReport::Tamper(on));
    tamper(&mut desk, true);
    assert_eq!(ordered(&mut desk), around("street"));
    for _ in 0..5 {
        tamper(&mut desk, false);
        tamper(&mut desk, true);
    }
    assert_eq!(ordered(&mut desk), []);
    tamper(&mut desk, false);
    desk.wait_secs(31);
    tamper(&mut desk, true);
    assert_eq!(ordered(&mut desk), around("street"));
}

#[test]
fn what_became_of_a_still_is_recorded_and_then_noted() {
    let mut desk = desk();
    force(&mut desk);
    let orders = orders(&mut desk);
    let facts = StillFacts {
        shows: orders[1].shows,
        taken: desk.now.wall,
        digest: StillDigest([7; 32]),
        bytes: 1_000,
        form: StillForm::Png,
    };
    desk.input(Input::Still { order: orders[1], outcome: StillOutcome::Kept(facts) });
    let noted = |desk: &Desk, order| matches!(desk.outputs.last(), Some(Output::NoteStill(noted)) if *noted == order);
    assert!(noted(&desk, orders[1]));
    let expect: Entry = CameraEntry::StillKept {
        camera: id(&desk, "street"),
        entry: orders[1].belongs.entry,
        alarm: orders[1].belongs.alarm,
        shows: facts.shows,
        taken: facts.taken,
        digest: facts.digest,
        bytes: 1_000,
        form: StillForm::Png,
    }
    .into();
    assert_eq!(desk.last(), &expect);
    assert!(tells_of_duress(desk.last()), "a still of an alarm would tell of it");
    desk.input(Input::Still { order: orders[0], outcome: StillOutcome::Missing(StillMissing::NoPast) });
    assert_eq!(desk.names().last(), Some(&"still.missing"));
    assert!(noted(&desk, orders[0]));
}

#[test]
fn a_camera_of_evidence_that_is_silent_for_a_minute_is_urgent() {
    let mut desk = desk();
    let (street, fence) = (id(&desk, "street"), id(&desk, "fence"));
    let say = |desk: &mut Desk, camera, health| desk.input(Input::Camera { camera, health });
    let kinds = |desk: &Desk| {
        [AlarmKind::EvidenceCameraLost, AlarmKind::CameraLost, AlarmKind::LineLost].map(|kind| desk.active(kind))
    };
    say(&mut desk, street, CameraHealth::Silent);
    desk.wait_secs(59);
    say(&mut desk, street, CameraHealth::Answering);
    desk.wait_secs(120);
    assert_eq!(kinds(&desk), [false, false, false], "it answered in time");
    say(&mut desk, street, CameraHealth::Silent);
    desk.wait_secs(30);
    say(&mut desk, street, CameraHealth::Silent);
    desk.wait_secs(30);
    assert_eq!(kinds(&desk), [true, false, false], "counted from the first silence");
    say(&mut desk, fence, CameraHealth::Silent);
    desk.wait_secs(60);
    assert_eq!(kinds(&desk), [true, true, false], "the fence is behind no recorder");
    say(&mut desk, street, CameraHealth::Answering);
    say(&mut desk, fence, CameraHealth::Answering);
    assert_eq!(kinds(&desk), [false, false, false]);
    assert!(ordered(&mut desk).is_empty(), "nobody looks at a camera with another one");
}

#[test]
fn a_recorder_that_is_away_is_one_alarm() {
    let mut desk = desk();
    let cameras = ["street", "hall"].map(|name| id(&desk, name));
    let say = |desk: &mut Desk, camera, health| desk.input(Input::Camera { camera, health });
    cameras.iter().for_each(|camera| say(&mut desk, *camera, CameraHealth::Silent));
    desk.wait_secs(61);
    let standing = |desk: &Desk| {
        let alarms = desk.engine.records().alarms.values().filter(|alarm| alarm.is_active());
        let free = alarms.filter(|alarm| alarm.life.suppression == Suppression::None);
        free.map(|alarm| alarm.kind).collect::<Vec<_>>()
    };
    assert_eq!(standing(&desk), [AlarmKind::LineLost]);
    let line = desk.engine.site().camera(cameras[0]).unwrap().line.unwrap();
    assert_eq!(desk.engine.site().line(line).unwrap().name, RECORDER);
    say(&mut desk, cameras[0], CameraHealth::Answering);
    assert!(!desk.active(AlarmKind::LineLost));
    desk.wait_secs(21);
    assert_eq!(standing(&desk), [AlarmKind::CameraLost], "the other one stands for itself");
}

#[test]
fn a_restart_keeps_the_alarm_of_a_camera_until_it_answers_or_is_gone() {
    let mut desk = desk();
    let fence = id(&desk, "fence");
    desk.input(Input::Camera { camera: fence, health: CameraHealth::Silent });
    desk.wait_secs(60);
    let start = |draft: &SiteDraft| {
        Desk::restart_of(draft, desk.engine.records().clone(), desk.now.after(Duration::from_secs(1)))
    };
    let mut again = start(&watched());
    assert!(again.active(AlarmKind::CameraLost));
    again.input(Input::Camera { camera: fence, health: CameraHealth::Answering });
    assert!(!again.active(AlarmKind::CameraLost));
    assert!(!start(&draft()).active(AlarmKind::CameraLost), "the site has it no more");
    let mut changed = watched();
    changed.cameras[2] = CameraDraft { evidence: Evidence::Yes, ..camera("fence", &["lon1/street"]) };
    assert!(!start(&changed).active(AlarmKind::CameraLost), "it would be the other kind now");
}

#[test]
fn who_looks_is_recorded_once_for_a_while_and_who_asks_again_is_served() {
    let mut desk = desk();
    force(&mut desk);
    let first = orders(&mut desk)[0];
    let (camera, alarm) = (first.camera, first.belongs.alarm.unwrap());
    let guard = Caller::new(Actor::Operator(OperatorId::new(1)), OperatorRole::Security, Scope::Site);
    let look = |entry| Command::Still(StillCommand::Look { camera, entry });
    let viewed = |desk: &Desk| desk.names().iter().filter(|name| **name == "camera.viewed").count();
    for expect in [1, 1] {
        desk.command_of(guard, look(Some(first.belongs.entry))).unwrap();
        assert_eq!(viewed(&desk), expect);
    }
    desk.command_of(guard, look(None)).unwrap();
    assert_eq!(viewed(&desk), 2, "what is now is another look");
    desk.wait_secs(31 * 60);
    desk.command_of(guard, look(None)).unwrap();
    assert_eq!(viewed(&desk), 3);
    let gone = Command::Still(StillCommand::Look { camera: CameraId::new(99), entry: None });
    assert!(matches!(desk.command_of(guard, gone), Err(CommandError::NotFound { .. })));
    let wall = Caller::new(Actor::Operator(OperatorId::new(2)), OperatorRole::WallScreen, Scope::Site);
    assert_eq!(desk.command_of(wall, look(None)), Err(CommandError::Forbidden));
    desk.outputs.clear();
    desk.command_of(guard, Command::Still(StillCommand::AskAgain { alarm })).unwrap();
    let again = |output: &Output| matches!(output, Output::TakeStillsAgain(belongs) if *belongs == first.belongs);
    assert!(desk.outputs.iter().any(again));
    let now: Vec<StillOrder> = orders(&mut desk);
    assert_eq!(now.iter().map(|order| (order.camera, order.shows)).collect::<Vec<_>>(), [(camera, desk.now.wall)]);
    let unknown = Command::Still(StillCommand::AskAgain { alarm: AlarmId::new(999) });
    assert!(matches!(desk.command_of(guard, unknown), Err(CommandError::NotFound { .. })));
}

#[test]
fn doors_without_a_camera_are_known() {
    let desk = desk();
    let bare: Vec<&str> = desk.engine.site().doors_without_camera().map(|door| door.path.as_str()).collect();
    assert_eq!(bare, ["lon1/outer", "lon1/inner", "lon1/plant"]);
    let at = |source| desk.engine.site().cameras_at(source).len();
    assert_eq!(at(AlarmSource::Point(desk.point("lon1/street"))), 1);
    assert_eq!(at(AlarmSource::Site), 0);
}

#[test]
fn what_is_wrong_with_cameras_is_told_all_at_once() {
    let mut draft = watched();
    draft.cameras.extend([
        camera("Street 2", &["lon1/stret"]),
        camera("hall", &[]),
        CameraDraft { evidence: Evidence::Yes, ..camera("garden", &["lon1/fence-north"]) },
    ]);
    let problems = draft.build(&std::collections::BTreeMap::new()).unwrap_err();
    let told: Vec<(usize, &str, &str)> =
        problems.iter().map(|problem| (problem.index, problem.field, problem.help.as_str())).collect();
    assert!(problems.iter().all(|problem| problem.table == "camera"));
    assert_eq!(
        told,
        [
            (3, "name", "use small letters, digits and dashes, up to 32"),
            (3, "covers", "did you mean \"lon1/street\"?"),
            (4, "name", "each may stand only once; rename or remove one"),
            (4, "covers", "name the doors, areas and zones that it shows"),
            (5, "evidence", "name a door or an area in covers, or remove evidence"),
        ]
    );
}
