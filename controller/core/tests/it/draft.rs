//! Drafts with everything wrong: all problems at once, each in its place, each with what to do; and what a draft leaves open
//! is settled from the area around it.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::entry::PlaceKind;
use rackward_core::inventory::TrustGrade;
use rackward_core::people::{Approval, ThreatLevel};
use rackward_core::site::draft::remote::RemoteDraft;
use rackward_core::site::draft::{
    AreaDraft, CalendarDraft, DeviceDraft, DoorDraft, DraftProblem, InputDraft, LevelDraft, OUTSIDE, RoleDraft,
    ScheduleDraft, Side, SiteDraft,
};
use rackward_core::site::remote::FirmwareFloor;
use rackward_core::site::schedule::{Date, DayWindows, Weekly};
use rackward_core::site::{
    AreaKind, Company, DoorKind, Egress, FirstPerson, InputUse, Level, OPERATOR, Opening, Passback, PathProof,
    ProtectionClass, Role, TicketPolicy, TwoPerson,
};

const RACK: &str = "lon1/hall/r1/c1";
const FRONT: &str = "lon1/hall/r1/c1/front";

// Places in the lists of [`draft`].
const YARD: usize = 0;
const BUILDING: usize = 1;
const LOBBY: usize = 2;
const HALL: usize = 3;
const CAGE: usize = 4;
const IN_RACK: usize = 5;
const GATE: usize = 0;
const STREET: usize = 1;
const OUTER: usize = 2;
const INNER: usize = 3;
const RACK_FRONT: usize = 5;
const INPUTS: usize = 13;

fn reader(door: &str, side: Side) -> RoleDraft {
    RoleDraft::Reader { door: door.into(), side, level: Level::Card.into() }
}

fn opening(schedule: &str, first_person: FirstPerson) -> Option<Opening> {
    Some(Opening { schedule: schedule.into(), first_person })
}

/// A gate, a building with a lobby, a mantrap of two doors into the hall, a cage with one rack. Every door but the gate has a
/// reader on both sides.
fn draft() -> SiteDraft {
    let inside = |path: &str, kind, outer: &str| AreaDraft { inside: Some(outer.into()), ..AreaDraft::new(path, kind) };
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        organisations: vec!["st-marys".into(), "guys".into()],
        ..SiteDraft::default()
    };
    draft.areas = vec![
        AreaDraft::new("lon1/yard", AreaKind::Perimeter),
        inside("lon1/building", AreaKind::Building, "lon1/yard"),
        inside("lon1/lobby", AreaKind::Hall, "lon1/building"),
        inside("lon1/hall", AreaKind::Hall, "lon1/building"),
        inside("lon1/hall/r1", AreaKind::Cage, "lon1/hall"),
        inside(RACK, AreaKind::Rack, "lon1/hall/r1"),
    ];
    draft.doors = vec![
        DoorDraft::new("lon1/gate", DoorKind::Gate, "lon1/yard"),
        DoorDraft { egress: Egress::Yes, ..DoorDraft::new("lon1/street", DoorKind::Door, "lon1/lobby") },
        DoorDraft::new("lon1/outer", DoorKind::Door, "lon1/hall"),
        DoorDraft::new("lon1/inner", DoorKind::Turnstile, "lon1/hall"),
        DoorDraft::new("lon1/cage", DoorKind::Door, "lon1/hall/r1"),
        DoorDraft::new(FRONT, DoorKind::RackDoor, RACK),
    ];
    for door in ["lon1/outer", "lon1/inner"] {
        let door = draft.doors.iter_mut().find(|other| other.path == door).unwrap();
        (door.from, door.interlock) = (Some("lon1/lobby".into()), Some("mantrap".into()));
    }
    let mut device = |name: &str, role| draft.devices.push(DeviceDraft { name: name.into(), role });
    for door in ["gate", "street", "outer", "inner", "cage"] {
        let path = format!("lon1/{door}");
        device(&format!("{door}-lock"), RoleDraft::Lock { door: path.clone() });
        device(&format!("{door}-in"), reader(&path, Side::In));
        if door != "gate" && door != "cage" {
            device(&format!("{door}-out"), reader(&path, Side::Out));
        }
    }
    let uses = vec![InputDraft::Zone("lon1/fence".into()), InputDraft::Fire, InputDraft::Lockdown("lon1/hall".into())];
    device("inputs", RoleDraft::Inputs { uses });
    device("front", RoleDraft::Handle { door: FRONT.into(), level: Level::CardAndPin.into() });
    draft.schedules.calendars.push(CalendarDraft { name: "holidays".into(), days: vec![day("2026-12-25")] });
    draft.schedules.schedules.push(ScheduleDraft {
        name: "office".into(),
        time_zone: None,
        weekly: Some(Weekly::always()),
        special: vec![("holidays".into(), DayWindows::closed())],
    });
    draft
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// What is said about the draft after a change; nothing when it is good.
#[track_caller]
fn said(change: impl FnOnce(&mut SiteDraft)) -> Vec<DraftProblem> {
    let mut draft = draft();
    change(&mut draft);
    let problems = draft.build(&BTreeMap::new()).err().unwrap_or_default();
    for problem in &problems {
        assert!(!problem.message.is_empty() && !problem.help.is_empty(), "{problem:?}");
    }
    problems
}

/// Table, index, field and a part of the message or help of each problem.
type Expected = (&'static str, usize, &'static str, &'static str);

#[track_caller]
fn check(expect: &[Expected], change: impl FnOnce(&mut SiteDraft)) {
    let got = said(change);
    let fits = |(problem, (table, index, field, part)): (&DraftProblem, &Expected)| {
        let place = (problem.table, problem.index, problem.field) == (*table, *index, *field);
        place && format!("{}; {}", problem.message, problem.help).contains(part)
    };
    assert!(got.len() == expect.len() && got.iter().zip(expect).all(fits), "{got:#?}");
}

#[test]
fn a_whole_draft_is_built() {
    check(&[], |_| {});
}

#[test]
fn all_problems_are_found_at_once() {
    let expect: &[Expected] = &[
        ("organisation", 1, "name", "organisation number 1"),
        ("calendar", 0, "days", "lists no date"),
        ("schedule", 0, "special", "\"hollidays\""),
        ("area", LOBBY, "path", "another building"),
        ("area", HALL, "inside", "circle"),
        ("door", GATE, "path", "0 devices"),
        ("door", GATE, "area", "does not exist"),
        ("door", STREET, "release_time", "outside 3s to 60s"),
        ("door", INNER, "interlock", "only this door"),
        ("device", 0, "door", "does not exist"),
        ("device", 9, "role", "does not fit"),
        ("device", 10, "name", "device number 10"),
    ];
    let got = said(|draft| {
        draft.organisations[1] = "st-marys".into();
        draft.schedules.calendars[0].days.clear();
        draft.schedules.schedules[0].special[0].0 = "hollidays".into();
        draft.areas[LOBBY].path = "lon1/building".into();
        draft.areas[HALL].inside = Some("lon1/hall/r1".into());
        draft.doors[GATE].area = "lon1/nowhere".into();
        draft.doors[STREET].timings.release_time = Duration::from_secs(1);
        draft.doors[OUTER].interlock = None;
        draft.devices[0].role = RoleDraft::Lock { door: "lon1/ghost".into() };
        draft.devices[9].role = RoleDraft::Lock { door: FRONT.into() };
        draft.devices[10].name = draft.devices[9].name.clone();
    });
    for (table, index, field, part) in expect {
        let there = got.iter().any(|p| {
            (p.table, p.index, p.field) == (*table, *index, *field)
                && format!("{}; {}", p.message, p.help).contains(part)
        });
        assert!(there, "{table} {index} {field} {part}: {got:#?}");
    }
    let order = |table: &str| {
        ["organisation", "calendar", "schedule", "area", "door", "device"].iter().position(|t| *t == table)
    };
    assert!(got.is_sorted_by_key(|problem| (order(problem.table), problem.index)), "{got:#?}");
}

#[test]
fn areas_nest_inwards_and_never_fall() {
    check(&[("area", HALL, "inside", "circle: \"lon1/hall\" in \"lon1/hall/r1\" in \"lon1/hall\"")], |draft| {
        draft.areas[HALL].inside = Some("lon1/hall/r1".into());
        draft.areas[HALL].kind = AreaKind::Cage;
    });
    check(&[("area", YARD, "inside", "\"lon1/yard\" lies in itself")], |draft| {
        draft.areas[YARD].inside = Some("lon1/yard".into());
    });
    check(&[("area", HALL, "inside", "did you mean \"lon1/building\"")], |draft| {
        draft.areas[HALL].inside = Some("lon1/bulding".into());
    });
    check(&[("area", HALL, "inside", "add an [[area]]")], |draft| {
        draft.areas[HALL].inside = Some("lon1/elsewhere".into());
    });
    check(&[("area", HALL, "inside", "a building cannot lie in a hall")], |draft| {
        draft.areas[HALL].kind = AreaKind::Building;
        draft.areas[HALL].inside = Some("lon1/lobby".into());
    });
    check(&[("area", IN_RACK, "inside", "a rack cannot lie in a rack")], |draft| {
        draft.areas.push(AreaDraft { inside: None, ..AreaDraft::new("lon1/box", AreaKind::Rack) });
        draft.areas[IN_RACK].inside = Some("lon1/box".into());
    });
    // A hall may lie in a hall, and steps may be left out.
    check(&[], |draft| {
        draft.areas[HALL].inside = Some("lon1/lobby".into());
        draft.areas[IN_RACK].inside = Some("lon1/building".into());
    });
    check(&[("area", 6 + 15, "inside", "the 17th area")], |draft| {
        for step in 0..20 {
            let inside = (step > 0).then(|| format!("lon1/deep-{}", step - 1)).or(Some("lon1/yard".into()));
            draft.areas.push(AreaDraft { inside, ..AreaDraft::new(format!("lon1/deep-{step}"), AreaKind::Hall) });
        }
    });
}

#[test]
fn protection_does_not_fall_on_the_way_in() {
    let classes = |building: ProtectionClass, rack: ProtectionClass| {
        said(|draft| {
            draft.areas[BUILDING].class = Some(building);
            draft.areas[IN_RACK].class = Some(rack);
        })
    };
    let got = classes(ProtectionClass::Three, ProtectionClass::Two);
    assert_eq!(got.iter().map(|p| (p.table, p.index, p.field)).collect::<Vec<_>>(), [("area", IN_RACK, "class")]);
    assert!(got[0].message.contains("class 2") && got[0].message.contains("class 3 of \"lon1/building\""), "{got:?}");
    assert_eq!(classes(ProtectionClass::Three, ProtectionClass::Three), []);
    assert_eq!(classes(ProtectionClass::One, ProtectionClass::Four), []);
}

#[test]
fn owners_are_organisations_of_the_site() {
    check(&[("area", CAGE, "owner", "did you mean \"st-marys\"")], |d| d.areas[CAGE].owner = Some("st-mary".into()));
    check(&[("area", CAGE, "owner", "add an [[organisation]]")], |d| d.areas[CAGE].owner = Some("nobody".into()));
    check(&[("organisation", 0, "name", "not a name")], |d| d.organisations[0] = "St Mary's".into());
    check(&[("organisation", 1, "name", "the site's own name")], |d| d.organisations[1] = "lon1".into());
    check(&[], |draft| draft.areas[CAGE].owner = Some("lon1".into()));
}

#[test]
fn nobody_is_counted_who_could_not_leave() {
    // The cage's door has no reader on the way out.
    let no_way_out: &[Expected] = &[("area", CAGE, "max_occupancy", "no reader on the way out")];
    check(no_way_out, |draft| draft.areas[CAGE].max_occupancy = Some(4));
    check(&[("area", CAGE, "company", "side = \"out\"")], |draft| draft.areas[CAGE].company = Company::Required);
    check(&[("area", CAGE, "passback", "\"lon1/cage\"")], |draft| draft.areas[CAGE].passback = Passback::Hard);
    for passback in [Passback::Soft, Passback::Timed(Duration::from_secs(600))] {
        check(&[], |draft| draft.areas[CAGE].passback = passback);
    }
    check(&[], |draft| {
        draft.areas[CAGE].max_occupancy = Some(4);
        draft.devices.push(DeviceDraft { name: "cage-out".into(), role: reader("lon1/cage", Side::Out) });
    });
    // A door that only leads out of the area in its way in needs a reader there, and one without any reader needs none.
    check(&[("area", LOBBY, "max_occupancy", "side = \"in\"")], |draft| {
        draft.areas[LOBBY].max_occupancy = Some(9);
        draft.devices.retain(|device| device.name != "outer-in");
    });
    check(&[], |draft| {
        draft.areas[HALL].max_occupancy = Some(9);
        draft.devices.retain(|device| !["outer-in", "outer-out"].contains(&device.name.as_str()));
    });
    check(&[("door", STREET, "opening", "uncounted")], |draft| {
        draft.areas[LOBBY].max_occupancy = Some(9);
        draft.doors[STREET].opening = opening("office", FirstPerson::NotNeeded);
    });
}

#[test]
fn rules_of_areas_leave_somebody_able_to_enter() {
    check(&[("area", LOBBY, "max_occupancy", "lets nobody in")], |d| d.areas[LOBBY].max_occupancy = Some(0));
    check(&[("area", LOBBY, "max_occupancy", "nobody could enter")], |draft| {
        (draft.areas[LOBBY].max_occupancy, draft.areas[LOBBY].company) = (Some(1), Company::Required);
    });
    for seconds in [0, 24 * 3600 + 1] {
        check(&[("area", LOBBY, "passback", "outside 1s to 24h")], |draft| {
            draft.areas[LOBBY].passback = Passback::Timed(Duration::from_secs(seconds));
        });
    }
    for field in ["passback", "max_occupancy", "company"] {
        check(&[("area", IN_RACK, field, "nobody is ever inside")], |draft| match field {
            "passback" => draft.areas[IN_RACK].passback = Passback::Soft,
            "company" => draft.areas[IN_RACK].company = Company::Required,
            _ => draft.areas[IN_RACK].max_occupancy = Some(2),
        });
    }
}

#[test]
fn path_proof_leaves_a_way_in() {
    // It holds for all inside: the hall wants its people in the building, the cage in the hall, the rack in the cage.
    check(&[], |draft| draft.areas[HALL].path_proof = PathProof::Required);
    check(&[], |draft| draft.areas[IN_RACK].path_proof = PathProof::Required);
    check(
        &[("area", HALL, "path_proof", "out of \"lon1/hall/r1/c1\": no reader leads into \"lon1/hall/r1\"")],
        |draft| {
            draft.areas[HALL].path_proof = PathProof::Required;
            draft.devices.retain(|device| device.name != "cage-in");
        },
    );
    // Who comes from the yard into the lobby is not known to be in the building around it.
    let led_past = "\"lon1/building\" around it, and this door leads in from \"lon1/yard\"";
    check(&[("door", STREET, "from", led_past)], |draft| {
        draft.areas[BUILDING].path_proof = PathProof::Required;
        draft.doors[STREET].from = Some("lon1/yard".into());
    });
    check(&[("door", STREET, "from", "leads in from \"outside\"")], |draft| {
        draft.areas[LOBBY].path_proof = PathProof::Required;
        draft.doors[STREET].from = Some(OUTSIDE.into());
    });
}

#[test]
fn doors_lead_from_one_place_to_another() {
    check(&[("door", 6, "path", "in two places: at \"lon1/lobby\" and at \"lon1/hall\"")], |draft| {
        draft.doors.push(DoorDraft::new("lon1/street", DoorKind::Door, "lon1/hall"));
    });
    check(&[("door", 6, "path", "door number 2")], |draft| draft.doors.push(draft.doors[STREET].clone()));
    check(&[("door", STREET, "from", "into itself")], |d| d.doors[STREET].from = Some("lon1/lobby".into()));
    check(&[("door", GATE, "from", "write area = \"lon1/lobby\", from = \"lon1/yard\"")], |draft| {
        draft.doors[GATE].from = Some("lon1/lobby".into());
    });
    check(&[("door", OUTER, "from", "did you mean \"lon1/lobby\"")], |d| {
        d.doors[OUTER].from = Some("lon1/loby".into())
    });
    check(&[("door", STREET, "area", "this is no rack door")], |d| d.doors[STREET].area = RACK.into());
    check(&[("door", STREET, "area", "did you mean \"lon1/lobby\"")], |d| d.doors[STREET].area = "lon1/lobyb".into());
}

#[test]
fn doors_are_asked_only_for_what_they_can_do() {
    let office = |draft: &mut SiteDraft, door: usize| {
        draft.doors[door].opening = opening("office", FirstPerson::Required);
    };
    check(&[("door", RACK_FRONT, "egress", "no way out")], |d| d.doors[RACK_FRONT].egress = Egress::Yes);
    check(&[("door", INNER, "two_person", "one person")], |d| d.doors[INNER].two_person = TwoPerson::Required);
    check(&[], |draft| draft.doors[RACK_FRONT].two_person = TwoPerson::Required);
    check(&[], |draft| office(draft, STREET));
    check(&[("door", RACK_FRONT, "opening", "racks open by card")], |draft| office(draft, RACK_FRONT));
    check(&[("door", OUTER, "opening", "keep interlock")], |draft| office(draft, OUTER));
    check(&[("door", STREET, "opening", "two people")], |draft| {
        office(draft, STREET);
        draft.doors[STREET].two_person = TwoPerson::Required;
    });
    check(&[("door", GATE, "opening", "has no reader")], |draft| {
        office(draft, GATE);
        draft.devices.retain(|device| device.name != "gate-in");
    });
    check(&[("door", STREET, "opening", "did you mean \"office\"")], |draft| {
        draft.doors[STREET].opening = opening("ofice", FirstPerson::NotNeeded);
    });
    let alone: &[Expected] = &[("door", INNER, "interlock", "only this door")];
    check(alone, |draft| draft.doors[OUTER].interlock = None);
}

#[test]
fn times_stay_within_their_bounds() {
    let seconds = Duration::from_secs;
    check(&[("door", STREET, "extended_release_time", "shorter than release_time")], |draft| {
        draft.doors[STREET].timings.extended_release_time = seconds(4);
    });
    check(&[("door", STREET, "extended_release_time", "outside 3s to 180s")], |draft| {
        draft.doors[STREET].timings.extended_release_time = seconds(181);
    });
    check(&[("door", STREET, "extended_open_time", "shorter than open_time")], |draft| {
        draft.doors[STREET].timings.extended_open_time = seconds(29);
    });
    // What is longer than a wrong time is judged once that is right.
    check(&[("door", STREET, "release_time", "outside 3s to 60s")], |draft| {
        draft.doors[STREET].timings.release_time = seconds(61);
    });
    check(&[("door", STREET, "pre_alarm_time", "not shorter than open_time")], |draft| {
        draft.doors[STREET].timings.pre_alarm_time = seconds(30);
    });
}

#[test]
fn by_time_less_may_be_asked_never_more() {
    let level = |draft: &mut SiteDraft, level: Level, schedule: &str, by_time: Level| {
        let level = LevelDraft { level, by_time: Some((schedule.to_owned(), by_time)) };
        draft.devices[1].role = RoleDraft::Reader { door: "lon1/gate".into(), side: Side::In, level };
    };
    check(&[], |draft| level(draft, Level::CardAndPin, "office", Level::Card));
    for (usual, by_time) in [(Level::Card, Level::CardAndPin), (Level::Card, Level::Card)] {
        check(&[("device", 1, "level_by_time", "no less than level")], |draft| level(draft, usual, "office", by_time));
    }
    check(&[("device", 1, "level_by_time", "did you mean \"office\"")], |draft| {
        level(draft, Level::CardAndPin, "ofice", Level::Card);
    });
}

#[test]
fn inputs_mean_something_that_exists() {
    let input = |draft: &mut SiteDraft, input| match &mut draft.devices[INPUTS].role {
        RoleDraft::Inputs { uses } => uses.push(input),
        _ => unreachable!(),
    };
    check(&[], |draft| input(draft, InputDraft::Fire));
    check(&[("device", INPUTS, "inputs", "not a path")], |draft| input(draft, InputDraft::Zone("fence".into())));
    check(&[("device", INPUTS, "inputs", "already taken")], |d| input(d, InputDraft::Zone("lon1/fence".into())));
    check(&[("device", INPUTS, "inputs", "did you mean \"lon1/hall\"")], |draft| {
        input(draft, InputDraft::Lockdown("lon1/hal".into()));
    });
    check(&[("device", INPUTS, "inputs", "no door is a way out")], |d| d.doors[STREET].egress = Egress::No);
}

#[test]
fn schedules_open_at_some_time_in_a_zone_on_days_that_are_known() {
    check(&[("schedule", 0, "windows", "never opens")], |draft| draft.schedules.schedules[0].weekly = None);
    check(&[("schedule", 0, "time_zone", "IANA")], |draft| {
        draft.schedules.schedules[0].time_zone = Some("Europe/Atlantis".into());
    });
    check(&[("schedule", 0, "special", "did you mean \"holidays\"")], |draft| {
        draft.schedules.schedules[0].special[0].0 = "hollidays".into();
    });
    check(&[("schedule", 0, "special", "more than once")], |draft| {
        draft.schedules.schedules[0].special.push(("holidays".into(), DayWindows::closed()));
    });
    check(&[("schedule", 1, "name", "schedule number 1")], |draft| {
        draft.schedules.schedules.push(draft.schedules.schedules[0].clone());
    });
    check(&[("schedule", 0, "name", "64 printable")], |draft| {
        draft.schedules.schedules[0].name = "o\nffice".into();
    });
    check(&[("calendar", 0, "days", "lists no date")], |draft| draft.schedules.calendars[0].days.clear());
    check(&[("calendar", 0, "days", "2026-12-25 stands")], |draft| {
        draft.schedules.calendars[0].days.extend([day("2026-12-26"), day("2026-12-25"), day("2026-12-25")]);
    });
    check(&[("calendar", 1, "name", "calendar number 1")], |draft| {
        draft.schedules.calendars.push(draft.schedules.calendars[0].clone());
    });
}

#[test]
fn hostile_names_are_refused() {
    for name in ["", "Lon1", "lon 1", "lon1/x", "../etc", "a\u{202e}b"] {
        assert!(!said(|draft| draft.name = name.into()).is_empty(), "{name:?}");
    }
    assert_eq!(said(|draft| draft.time_zone = "Mars/Base".into())[0].field, "time_zone");
}

#[test]
fn what_an_area_leaves_open_holds_as_around_it() {
    let mut draft = draft();
    draft.areas[BUILDING].class = Some(ProtectionClass::Two);
    draft.areas[HALL].ticket = Some(TicketPolicy::Required);
    draft.areas[HALL].approval = Some(Approval::One);
    draft.areas[HALL].threat_limit = Some(ThreatLevel::High);
    draft.areas[CAGE].owner = Some("guys".into());
    draft.areas[IN_RACK].class = Some(ProtectionClass::Four);
    draft.areas[CAGE].path_proof = PathProof::Required;
    let site = draft.build(&BTreeMap::new()).unwrap();
    let area = |path: &str| site.find_area(path).unwrap();
    let guys = site.organisations().iter().find(|organisation| organisation.name == "guys").unwrap().id;
    let settled = |path: &str| {
        let area = area(path);
        (area.class, area.owner, area.policy.ticket, area.policy.approval, area.policy.threat_limit)
    };
    let (one, none, required) = (Approval::One, Approval::None, TicketPolicy::Required);
    assert_eq!(settled(RACK), (ProtectionClass::Four, guys, required, one, ThreatLevel::High));
    assert_eq!(settled("lon1/hall"), (ProtectionClass::Two, OPERATOR, required, one, ThreatLevel::High));
    let open = (ProtectionClass::Two, OPERATOR, TicketPolicy::Optional, none, ThreatLevel::Severe);
    assert_eq!(settled("lon1/lobby"), open);
    let path_proof = |path: &str| area(path).policy.path;
    assert_eq!((path_proof(RACK), path_proof("lon1/hall")), (PathProof::Required, PathProof::Off));
    assert_eq!(area(RACK).inside, Some(area("lon1/hall/r1").id));
    assert!(site.lies_in(area(RACK).id, area("lon1/yard").id));
    assert_eq!(site.owner_of(site.find_door(FRONT).unwrap().id), guys);
}

#[test]
fn doors_lead_from_where_they_say() {
    let mut draft = draft();
    draft.doors[STREET].from = Some(OUTSIDE.into());
    let site = draft.build(&BTreeMap::new()).unwrap();
    let from = |door: &str| site.find_door(door).unwrap().from.map(|area| site.area(area).unwrap().path.as_str());
    assert_eq!(from("lon1/gate"), None, "nothing is around the yard");
    assert_eq!(from("lon1/street"), None);
    assert_eq!(from("lon1/outer"), Some("lon1/lobby"));
    assert_eq!(from("lon1/cage"), Some("lon1/hall"), "the area around");
    assert_eq!(from(FRONT), Some("lon1/hall/r1"));
    let outer = site.find_door("lon1/outer").unwrap();
    assert_eq!(outer.interlocked_with, [site.find_door("lon1/inner").unwrap().id]);
    let Role::Inputs { uses } = &site.device_named("inputs").unwrap().role else { panic!() };
    assert_eq!(uses[1..], [InputUse::Fire, InputUse::Lockdown(site.find_area("lon1/hall").unwrap().id)]);
}

#[test]
fn a_place_keeps_its_number_for_ever() {
    let first = draft().build(&BTreeMap::new()).unwrap();
    let number = first.find_door(FRONT).unwrap().id;
    let mut places: BTreeMap<(PlaceKind, u32), String> =
        first.doors().map(|door| ((PlaceKind::Door, door.id.get()), door.path.clone())).collect();
    places.insert((PlaceKind::Door, 40), "lon1/long-gone".into());
    let mut changed = draft();
    changed.doors[RACK_FRONT].path = "lon1/renamed".into();
    changed.doors.reverse();
    let handle = changed.devices.iter_mut().find(|device| device.name == "front").unwrap();
    handle.role = RoleDraft::Handle { door: "lon1/renamed".into(), level: Level::Card.into() };
    let second = changed.build(&places).unwrap();
    assert_eq!(second.find_door("lon1/street").unwrap().id, first.find_door("lon1/street").unwrap().id);
    assert_eq!(second.find_door("lon1/renamed").unwrap().id.get(), 41);
    assert_ne!(second.find_door("lon1/renamed").unwrap().id, number);
}

#[test]
fn places_are_found_by_path_and_by_unique_suffix() {
    let site = draft().build(&BTreeMap::new()).unwrap();
    assert_eq!(site.find_door("street").unwrap().path, "lon1/street");
    assert_eq!(site.find_point("street").unwrap().path, "lon1/street/in");
    assert_eq!(site.find_point(FRONT).unwrap().path, FRONT);
    assert_eq!(site.find_point("in").unwrap_err().len(), 5);
    assert_eq!(site.find_door("reet").unwrap_err(), Vec::<String>::new());
    assert_eq!(site.find_door("").unwrap_err(), Vec::<String>::new());
    assert_eq!(site.rack_doors("r1/c1").len(), 1);
    assert_eq!(site.rack_doors("c9").len(), 0);
}

#[test]
fn what_is_written_about_devices_on_their_own_is_settled() {
    let mut draft = draft();
    draft.remote.offline_time = Some(Duration::from_secs(3_600));
    draft.remote.offline_times.insert("front".into(), Duration::ZERO);
    draft.areas[HALL].class = Some(ProtectionClass::Three);
    draft.areas[CAGE].class = Some(ProtectionClass::Four);
    draft.remote.lowest_grades.insert("lon1/hall".into(), TrustGrade::D);
    draft.remote.lowest_grades.insert(RACK.into(), TrustGrade::A);
    let site = draft.build(&BTreeMap::new()).unwrap();
    let grade = |path: &str| {
        let area = site.find_area(path).unwrap();
        site.remote().lowest_grade(area.id, area.class)
    };
    assert_eq!(grade("lon1/hall"), TrustGrade::D, "its own word");
    assert_eq!(grade("lon1/hall/r1"), TrustGrade::C, "around it less is asked, its class asks for more");
    assert_eq!((grade(RACK), grade("lon1/lobby")), (TrustGrade::A, TrustGrade::D));
    let time = |name: &str| site.remote().offline_time_of(site.device_named(name).unwrap().id);
    assert_eq!(time("front"), Duration::ZERO);
    assert_eq!(site.remote().offline_time, Duration::from_secs(3_600));
    assert_eq!(site.remote().receipt_limit, Duration::from_secs(60), "what is left open is as usual");
}

#[test]
fn what_is_wrong_about_devices_on_their_own_is_told_all_at_once() {
    let mut draft = draft();
    draft.remote = RemoteDraft {
        offline_time: Some(Duration::from_secs(25 * 3_600)),
        offline_times: BTreeMap::from([
            ("frnt".into(), Duration::ZERO),
            ("front".into(), Duration::from_secs(90_000)),
            ("inputs".into(), Duration::ZERO),
        ]),
        receipt_limit: Some(Duration::from_secs(9)),
        canary_every: Some(Duration::from_secs(59)),
        clock_limit: Some(Duration::from_secs(601)),
        lowest_grades: BTreeMap::from([("lon1/hal".into(), TrustGrade::A)]),
        firmware: vec![FirmwareFloor { model: String::new(), version: [1, 0, 0] }],
    };
    let problems = draft.build(&BTreeMap::new()).unwrap_err();
    let places: Vec<(&str, &str)> = problems.iter().map(|problem| (problem.table, problem.field)).collect();
    assert_eq!(places.len(), 9, "{problems:?}");
    for place in [
        ("offline", "hours"),
        ("offline", "receipt_limit_seconds"),
        ("offline", "canary_minutes"),
        ("offline", "clock_limit_seconds"),
        ("offline", "offline_hours"),
        ("offline", "lowest_grade"),
        ("device", "offline_hours"),
        ("firmware_floor", "model"),
    ] {
        assert!(places.contains(&place), "{place:?} in {places:?}");
    }
    draft.remote = RemoteDraft { canary_every: Some(Duration::ZERO), ..RemoteDraft::default() };
    assert!(draft.build(&BTreeMap::new()).is_ok(), "never is a choice");
}
