//! The access model in a site file: everything that can be written about organisations, schedules, areas, doors and inputs,
//! and what is said where it is wrong.

use rackward_core::people::{Approval, ThreatLevel};
use rackward_core::site::draft::{InputDraft, LevelDraft, OUTSIDE};
use rackward_core::site::schedule::{DayWindows, Weekly};
use rackward_core::site::{
    AreaKind, Company, Egress, FirstPerson, Opening, Passback, PathProof, ProtectionClass, Site, TwoPerson,
};

use super::*;

/// A site file that says everything there is to say. Beside it lie `holidays.ics`, `nights.ics` and `bad.ics`.
const MODEL: &str = r#"[site]
name = "lon1"
time_zone = "Europe/London"

[[organisation]]
name = "st-marys"

[[calendar]]
name = "uk-holidays"
days = ["2026-12-25", "2026-12-28"]

[[calendar]]
name = "maintenance"
ical = "holidays.ics"

[[schedule]]
name = "office"
windows = ["Mon-Fri 08:00-18:00", "Sat 09:00-12:00"]
special = [{ calendar = "uk-holidays", windows = [] }, { calendar = "maintenance", windows = ["10:00-14:00"] }]

[[schedule]]
name = "nights"
ical = "nights.ics"

[[area]]
path = "lon1/yard"
kind = "perimeter"
class = 1

[[area]]
path = "lon1/building"
kind = "building"
class = 2
inside = "lon1/yard"

[[area]]
path = "lon1/building/hall-a"
class = 3
ticket = "required"
approval = "two"
passback = "hard"
max_occupancy = 12
company = "required"
threat_limit = "guarded"

[[area]]
path = "lon1/building/hall-a/cage-1"
kind = "cage"
owner = "st-marys"
passback_time = "10m"

[[area]]
path = "lon1/vault"
inside = "lon1/building"
path_proof = true

[[door]]
path = "lon1/gate"
kind = "gate"
area = "lon1/yard"
from = "outside"
opening = { schedule = "office", first_person = true }

[[door]]
path = "lon1/hall-door"
kind = "door"
area = "lon1/building/hall-a"
two_person = true
egress = true
extended_release_time = "20s"
open_time = "1m"

[[rack]]
path = "lon1/building/hall-a/cage-1/r01"
area = "lon1/building/hall-a/cage-1"
faces = ["front"]
class = 4
two_person = true

[[bus]]
name = "line"
port = "/dev/ttyUSB0"

[[device]]
name = "gate-reader"
role = "reader"
door = "lon1/gate"
bus = "line"
address = 1
key_file = "keys/1.key"

[[device]]
name = "gate-lock"
role = "lock"
door = "lon1/gate"
bus = "line"
address = 2
key_file = "keys/2.key"

[[device]]
name = "hall-reader-in"
role = "reader"
door = "lon1/hall-door"
level = "card+pin"
level_by_time = { schedule = "office", level = "card" }
bus = "line"
address = 3
key_file = "keys/3.key"

[[device]]
name = "hall-reader-out"
role = "reader"
door = "lon1/hall-door"
side = "out"
bus = "line"
address = 4
key_file = "keys/4.key"

[[device]]
name = "hall-lock"
role = "lock"
door = "lon1/hall-door"
bus = "line"
address = 5
key_file = "keys/5.key"

[[device]]
name = "r01-front"
role = "handle"
door = "lon1/building/hall-a/cage-1/r01/front"
bus = "line"
address = 6
key_file = "keys/6.key"

[[device]]
name = "inputs"
role = "inputs"
inputs = ["zone:lon1/fence-north", "fire", "lockdown:lon1/building/hall-a"]
bus = "line"
address = 7
key_file = "keys/7.key"
"#;

const HOLIDAYS_ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rackward//EN\r\nBEGIN:VEVENT\r\nUID:1@lon1\r\n\
    DTSTART;VALUE=DATE:20270104\r\nDTEND;VALUE=DATE:20270106\r\nSUMMARY:Maintenance\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const NIGHTS_ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rackward//EN\r\nBEGIN:VEVENT\r\nUID:2@lon1\r\n\
    DTSTART;TZID=Europe/Dublin:20260105T220000\r\nDTEND;TZID=Europe/Dublin:20260106T060000\r\n\
    RRULE:FREQ=WEEKLY;BYDAY=MO\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A directory with everything that the file names.
fn model_dir() -> TempDir {
    let dir = site_dir();
    for number in 1..=7 {
        let key = format!("00112233445566778899aabbccddff{number:02}");
        create_private(&dir.path().join(format!("keys/{number}.key")), key.as_bytes()).unwrap();
    }
    let files =
        [("holidays.ics", HOLIDAYS_ICS), ("nights.ics", NIGHTS_ICS), ("bad.ics", "BEGIN:VCALENDAR\r\nhello\r\n")];
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn read(text: &str) -> Config {
    let dir = model_dir();
    let read = Config::from_text(text, dir.path());
    read.unwrap_or_else(|problems| panic!("{}", problems.report(Path::new("rackward.toml"), text)))
}

fn area(site: &Site, path: &str) -> (AreaKind, ProtectionClass, Option<String>) {
    let area = site.find_area(path).unwrap();
    let around = area.inside.and_then(|around| site.area(around));
    (area.kind, area.class, around.map(|around| around.path.clone()))
}

#[test]
fn areas_nest_as_written_or_by_their_paths() {
    let site = read(MODEL).draft.build(&BTreeMap::new()).unwrap();
    let inside = |path: &str| Some(path.to_owned());
    assert_eq!(area(&site, "lon1/yard"), (AreaKind::Perimeter, ProtectionClass::One, None));
    assert_eq!(area(&site, "lon1/building"), (AreaKind::Building, ProtectionClass::Two, inside("lon1/yard")));
    assert_eq!(area(&site, "hall-a"), (AreaKind::Hall, ProtectionClass::Three, inside("lon1/building")));
    assert_eq!(area(&site, "cage-1"), (AreaKind::Cage, ProtectionClass::Three, inside("lon1/building/hall-a")));
    let rack = (AreaKind::Rack, ProtectionClass::Four, inside("lon1/building/hall-a/cage-1"));
    assert_eq!(area(&site, "r01"), rack);
    let hall = site.find_area("hall-a").unwrap().policy;
    assert_eq!((hall.ticket, hall.approval), (TicketPolicy::Required, Approval::Two));
    assert_eq!((hall.passback, hall.max_occupancy, hall.company), (Passback::Hard, Some(12), Company::Required));
    assert_eq!((hall.path, hall.threat_limit), (PathProof::Off, ThreatLevel::Guarded));
    assert_eq!(site.find_area("vault").unwrap().policy.path, PathProof::Required);
    assert_eq!(site.find_area("cage-1").unwrap().policy.passback, Passback::Timed(Duration::from_secs(600)));
    let owner = site.organisation(site.find_area("r01").unwrap().owner).unwrap();
    assert_eq!(owner.name, "st-marys", "a rack is its cage's owner's");
}

#[test]
fn doors_and_devices_do_as_written() {
    let config = read(MODEL);
    let [gate, hall, rack] = config.draft.doors.as_slice() else { panic!() };
    assert_eq!(gate.from.as_deref(), Some(OUTSIDE));
    let office = Opening { schedule: "office".into(), first_person: FirstPerson::Required };
    assert_eq!((gate.opening.as_ref(), gate.egress), (Some(&office), Egress::No));
    assert_eq!((hall.two_person, hall.egress, &hall.opening), (TwoPerson::Required, Egress::Yes, &None));
    assert_eq!(hall.timings.extended_release_time, Duration::from_secs(20));
    assert_eq!(hall.timings.extended_open_time, Duration::from_secs(90), "as much longer as by default");
    assert_eq!((rack.kind, rack.two_person), (DoorKind::RackDoor, TwoPerson::Required));
    assert_eq!(rack.area, "lon1/building/hall-a/cage-1/r01");
    let level = LevelDraft { level: Level::CardAndPin, by_time: Some(("office".into(), Level::Card)) };
    let RoleDraft::Reader { level: read, .. } = &config.draft.devices[2].role else { panic!() };
    assert_eq!(*read, level);
    let RoleDraft::Inputs { uses } = &config.draft.devices[6].role else { panic!() };
    let lockdown = InputDraft::Lockdown("lon1/building/hall-a".into());
    assert_eq!(*uses, [InputDraft::Zone("lon1/fence-north".into()), InputDraft::Fire, lockdown]);
}

#[test]
fn schedules_come_from_windows_and_from_icalendar() {
    let schedules = read(MODEL).draft.schedules;
    let dates =
        |index: usize| -> Vec<String> { schedules.calendars[index].days.iter().map(ToString::to_string).collect() };
    assert_eq!(dates(0), ["2026-12-25", "2026-12-28"]);
    assert_eq!(dates(1), ["2027-01-04", "2027-01-05"]);
    let [office, nights] = schedules.schedules.as_slice() else { panic!() };
    let weekdays = (0..5).map(|day| (day * 1440 + 480, day * 1440 + 1080));
    let weekly = Weekly::from_stretches(weekdays.chain([(5 * 1440 + 540, 5 * 1440 + 720)])).unwrap();
    assert_eq!((office.weekly.as_ref(), &office.time_zone), (Some(&weekly), &None));
    let special = [
        ("uk-holidays".to_owned(), DayWindows::closed()),
        ("maintenance".to_owned(), DayWindows::new([(600, 840)]).unwrap()),
    ];
    assert_eq!(office.special, special);
    assert_eq!(nights.weekly, Some(Weekly::from_stretches([(1320, 1800)]).unwrap()));
    assert_eq!(nights.time_zone.as_deref(), Some("Europe/Dublin"), "as the file says");
}

/// What is said after a passage is replaced, with line and column left out and each problem on a line of its own.
fn said_after(passage: &str, replacement: &str) -> Vec<String> {
    assert_eq!(MODEL.matches(passage).count(), 1, "{passage}");
    let text = MODEL.replace(passage, replacement);
    let dir = model_dir();
    let Err(problems) = Config::from_text(&text, dir.path()) else { return Vec::new() };
    let report = problems.report(Path::new("rackward.toml"), &text).to_string();
    let blocks = report.split("error: ").skip(1);
    let line = |block: &str| {
        let message = block.lines().next().unwrap_or_default().to_owned();
        let help = block.lines().find_map(|line| line.strip_prefix("help: ")).unwrap_or_default();
        let place = block.lines().find_map(|line| line.split_once("rackward.toml:")).map_or("", |(_, place)| place);
        let line: usize = place.split(':').next().and_then(|line| line.parse().ok()).unwrap_or(0);
        let source = text.lines().nth(line.wrapping_sub(1)).unwrap_or_default();
        format!("{source} | {message}; {help}").replace(dir.path().to_str().unwrap(), "DIR")
    };
    blocks.map(line).collect()
}

/// A passage, what stands there instead, and for each problem its line of the file and what is said.
type Mistake = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    // Organisations.
    (r#"name = "st-marys""#, r#"name = "St Mary's""#, &[r#"name = "St Mary's" | "St Mary's" is not a name of an organisation; use small letters, digits and dashes, up to 32"#, r#"owner = "st-marys" | organisation "st-marys" does not exist; add an [[organisation]] with this name, or name one that exists"#]),
    (r#"name = "st-marys""#, "nmae = 3", &[r#"[[organisation]] | [[organisation]] has no "name"; add name = "...""#, r#"nmae = 3 | unknown key "nmae" in [[organisation]]; did you mean "name"?"#]),
    (r#"owner = "st-marys""#, r#"owner = "st-mary""#, &[r#"owner = "st-mary" | organisation "st-mary" does not exist; did you mean "st-marys"?"#]),
    // Calendars.
    (r#"days = ["2026-12-25", "2026-12-28"]"#, r#"days = ["2026-02-30"]"#, &[r#"days = ["2026-02-30"] | "2026-02-30" is not a date of the years 2000 to 2100; write a date that exists, as year-month-day: "2026-12-25""#]),
    (r#"days = ["2026-12-25", "2026-12-28"]"#, r#"days = ["2026-12-25", "2026-12-25"]"#, &[r#"days = ["2026-12-25", "2026-12-25"] | 2026-12-25 stands in calendar "uk-holidays" more than once; remove one, or correct the date that was meant"#]),
    (r#"days = ["2026-12-25", "2026-12-28"]"#, "days = []", &[r#"days = [] | calendar "uk-holidays" lists no date; add its dates, such as days = ["2026-12-25"], or remove it"#]),
    (r#"days = ["2026-12-25", "2026-12-28"]"#, "days = [2026-12-25]", &[r#"days = [2026-12-25] | "days" is not a list of texts; write them in quotes between brackets: ["..."], or [] for none"#]),
    ("days = [\"2026-12-25\", \"2026-12-28\"]\n", "", &["[[calendar]] | neither days nor ical is written; add one of them; docs/site-file.md shows how"]),
    (r#"ical = "holidays.ics""#, r#"ical = "none.ics""#, &[r#"ical = "none.ics" | cannot read DIR/none.ics: No such file or directory (os error 2); name a text file of iCalendar (RFC 5545), from this file's directory"#]),
    // Schedules.
    (r#""Sat 09:00-12:00""#, r#""Sat 09:00-09:00""#, &[r#"windows = ["Mon-Fri 08:00-18:00", "Sat 09:00-09:00"] | the window "Sat 09:00-09:00" begins and ends at the same time; write 00:00-24:00 for the whole day, or another end"#]),
    (r#""Sat 09:00-12:00""#, r#""Saturday 9-12""#, &[r#"windows = ["Mon-Fri 08:00-18:00", "Saturday 9-12"] | "Saturday 9-12" is not a window of the week; write days and times: "Mon-Fri 08:00-18:00" or "Sat,Sun 22:00-06:00""#]),
    (r#""Sat 09:00-12:00""#, r#""Sat 22:00-06:00""#, &[]),
    ("name = \"office\"\nwindows = [\"Mon-Fri 08:00-18:00\", \"Sat 09:00-12:00\"]\nspecial = [{ calendar = \"uk-holidays\", windows = [] }, { calendar = \"maintenance\", windows = [\"10:00-14:00\"] }]", "name = \"office\"", &["[[schedule]] | neither windows nor ical is written; add one of them; docs/site-file.md shows how"]),
    ("windows = [\"Mon-Fri 08:00-18:00\", \"Sat 09:00-12:00\"]\nspecial = [{ calendar = \"uk-holidays\", windows = [] }, { calendar = \"maintenance\", windows = [\"10:00-14:00\"] }]", "special = [{ calendar = \"uk-holidays\", windows = [] }]", &["[[schedule]] | the schedule never opens: it has no weekly window and none on a special day; name at least one day and a time window longer than nothing"]),
    ("windows = [\"Mon-Fri 08:00-18:00\", \"Sat 09:00-12:00\"]\n", "", &[]),
    (r#"{ calendar = "uk-holidays", windows = [] }"#, r#"{ calendar = "us-holidays", windows = [] }"#, &[r#"special = [{ calendar = "us-holidays", windows = [] }, { calendar = "maintenance", windows = ["10:00-14:00"] }] | calendar "us-holidays" does not exist; did you mean "uk-holidays"?"#]),
    (r#"{ calendar = "uk-holidays", windows = [] }"#, r#"{ calendar = "maintenance", windows = [] }"#, &[r#"special = [{ calendar = "maintenance", windows = [] }, { calendar = "maintenance", windows = ["10:00-14:00"] }] | calendar "maintenance" is listed more than once; list it once, with all its windows"#]),
    (r#"windows = ["10:00-14:00"]"#, r#"windows = ["22:00-06:00"]"#, &[r#"special = [{ calendar = "uk-holidays", windows = [] }, { calendar = "maintenance", windows = ["22:00-06:00"] }] | the window 22:00 to 06:00 does not end after its start; end it at 24:00 at the latest, or list no window for a day that is closed"#]),
    (r#"{ calendar = "uk-holidays", windows = [] }"#, r#"{ calendar = "uk-holidays" }"#, &[r#"special = [{ calendar = "uk-holidays" }, { calendar = "maintenance", windows = ["10:00-14:00"] }] | the special days have no windows; add windows = ["10:00-14:00"], or windows = [] for closed"#]),
    (r#"ical = "nights.ics""#, "ical = \"nights.ics\"\ntime_zone = \"Europe/London\"", &[r#"time_zone = "Europe/London" | the file is in zone "Europe/Dublin", and time_zone is another; remove time_zone, or write the file's"#]),
    (r#"name = "nights""#, r#"name = "office""#, &[r#"name = "office" | "office" is already taken by schedule number 1; each may stand only once; rename or remove one"#]),
    ("name = \"nights\"\n", "name = \"nights\"\ntime_zone = \"Europe/Atlantis\"\nwindows = [\"Mon 08:00-09:00\"]\n", &[r#"time_zone = "Europe/Atlantis" | time zone "Europe/Atlantis" is not in the IANA database; use a name such as "Europe/London""#, "ical = \"nights.ics\" | windows and ical are both written; keep one of them"]),
    // Areas.
    (r#"kind = "perimeter""#, r#"kind = "rack""#, &[r#"kind = "rack" | "rack" is not a kind; it is one of "perimeter", "building", "hall", "cage""#]),
    ("class = 1\n", "class = 5\n", &["class = 5 | 5 is no protection class; use 1 to 4; 4 is for named staff with a proven need"]),
    ("class = 3\n", "class = 1\n", &[r#"class = 1 | class 1 of "lon1/building/hall-a" is lower than class 2 of "lon1/building" around it; protection does not fall on the way in: write class = 2 or higher, or lower it outside"#]),
    ("path_proof = true", "path_proof = 1", &[r#"path_proof = 1 | "path_proof" is a whole number, not true or false; write true or false without quotes"#]),
    (r#"inside = "lon1/yard""#, r#"inside = "lon1/yrad""#, &[r#"inside = "lon1/yrad" | area "lon1/yrad" does not exist; did you mean "lon1/yard"?"#]),
    ("kind = \"perimeter\"\n", "kind = \"perimeter\"\ninside = \"lon1/building\"\n", &[r#"inside = "lon1/building" | a perimeter cannot lie in a building, as "lon1/yard" in "lon1/building" would; areas nest as perimeter, building, hall, cage, rack; correct kind, or the area around it"#, r#"inside = "lon1/building" | areas lie in a circle: "lon1/yard" in "lon1/building" in "lon1/yard"; give each area the one around it, and the outermost none: change one of them"#]),
    (r#"approval = "two""#, r#"approval = 2"#, &[r#"approval = 2 | "approval" is a whole number, not a text; write it in quotes"#]),
    ("max_occupancy = 12", "max_occupancy = 0", &["max_occupancy = 0 | max_occupancy of 0 lets nobody in; write how many may be inside, or remove it; an area is closed by locking it down"]),
    ("max_occupancy = 12", "max_occupancy = 70000", &["max_occupancy = 70000 | 70000 is no number of people; use 1 to 65535, or remove max_occupancy"]),
    (r#"passback_time = "10m""#, "passback_time = \"10m\"\npassback = \"hard\"", &["passback_time = \"10m\" | passback and passback_time are both written"]),
    (r#"passback_time = "10m""#, "passback_time = \"0s\"", &["passback_time = \"0s\" | passback_time of 0ns is outside 1s to 24h; choose a time within these bounds"]),
    ("path = \"lon1/yard\"\n", "path = \"lon1/building\"\n", &[r#"path = "lon1/building" | "lon1/building" is already the path of another perimeter"#, r#"inside = "lon1/yard" | area "lon1/yard" does not exist"#, r#"area = "lon1/yard" | area "lon1/yard" does not exist"#]),
    // Doors.
    (r#"from = "outside""#, r#"from = "lon1/hall-door""#, &[r#"from = "lon1/hall-door" | area "lon1/hall-door" does not exist; add an [[area]] with this path, name one that exists, or write "outside""#]),
    (r#"opening = { schedule = "office", first_person = true }"#, r#"opening = "office""#, &[r#"opening = "office" | "opening" is a text, not a table; write it in braces: opening = { schedule = "..." }"#]),
    (r#"opening = { schedule = "office", first_person = true }"#, r#"opening = { shedule = "office" }"#, &[r#"opening = { shedule = "office" } | "opening" of [[door]] has no "schedule"; add schedule = "...""#, r#"opening = { shedule = "office" } | unknown key "shedule" in "opening" of [[door]]; did you mean "schedule"?"#]),
    (r#"opening = { schedule = "office", first_person = true }"#, r#"opening = { schedule = "ofice" }"#, &[r#"opening = { schedule = "ofice" } | schedule "ofice" does not exist; did you mean "office"?"#]),
    (r#"extended_release_time = "20s""#, r#"extended_release_time = "4s""#, &[r#"extended_release_time = "4s" | extended_release_time of 4s is shorter than release_time of 5s; those who need longer get at least the usual time; lengthen it"#]),
    ("open_time = \"1m\"", "release_time = \"5m\"", &["release_time = \"5m\" | release_time of 300s is outside 3s to 60s; choose a time within these bounds"]),
    ("two_person = true\negress = true", "two_person = 2\negress = true", &[r#"two_person = 2 | "two_person" is a whole number, not true or false; write true or false without quotes"#]),
    // Racks.
    ("area = \"lon1/building/hall-a/cage-1\"\nfaces", "area = \"lon1/building/hall-a/cage-2\"\nfaces", &[r#"area = "lon1/building/hall-a/cage-2" | area "lon1/building/hall-a/cage-2" does not exist; did you mean "lon1/building/hall-a/cage-1"?"#]),
    ("path = \"lon1/building/hall-a/cage-1/r01\"\n", "path = \"lon1/building/hall-a/cage-1\"\n", &["path = \"lon1/building/hall-a/cage-1\" | \"lon1/building/hall-a/cage-1\" is already the path of another cage", "door = \"lon1/building/hall-a/cage-1/r01/front\" | door \"lon1/building/hall-a/cage-1/r01/front\" does not exist"]),
    // Devices.
    (r#"level_by_time = { schedule = "office", level = "card" }"#, r#"level_by_time = { schedule = "ofice", level = "card" }"#, &[r#"level_by_time = { schedule = "ofice", level = "card" } | schedule "ofice" does not exist; did you mean "office"?"#]),
    ("level = \"card+pin\"\n", "", &[r#"level_by_time = { schedule = "office", level = "card" } | level_by_time asks for no less than level; write level = "card+pin", and level_by_time with level = "card" for when a card is enough"#]),
    (r#""fire""#, r#""smoke""#, &[r#"inputs = ["zone:lon1/fence-north", "smoke", "lockdown:lon1/building/hall-a"] | "smoke" is no meaning of an input; write "zone:PATH", "fire" or "lockdown:AREA""#]),
    ("egress = true\n", "", &[r#"inputs = ["zone:lon1/fence-north", "fire", "lockdown:lon1/building/hall-a"] | the fire input would release nothing: no door is a way out; write egress = true at the doors that people leave by"#]),
    (r#""lockdown:lon1/building/hall-a""#, r#""lockdown:lon1/building/hall-b""#, &[r#"inputs = ["zone:lon1/fence-north", "fire", "lockdown:lon1/building/hall-b"] | area "lon1/building/hall-b" does not exist; did you mean "lon1/building/hall-a"?"#]),
    ("inputs = [\"zone", "zones = [\"lon1/fence\"]\ninputs = [\"zone", &[r#"zones = ["lon1/fence"] | zones and inputs both say what the inputs mean; keep inputs, with each zone written as "zone:...""#]),
];

#[test]
fn each_mistake_in_the_model_is_named_once_with_what_to_do() {
    let mut unfit = Vec::new();
    for (passage, instead, expect) in MISTAKES {
        let got = said_after(passage, instead);
        let fits = got.len() == expect.len() && got.iter().zip(*expect).all(|(got, expect)| got.starts_with(expect));
        unfit.extend((!fits).then_some((instead, got)));
    }
    assert!(unfit.is_empty(), "{unfit:#?}");
}

#[test]
fn a_file_of_icalendar_is_refused_with_its_own_lines() {
    let got = said_after(r#"ical = "nights.ics""#, r#"ical = "bad.ics""#);
    assert!(!got.is_empty());
    assert!(got.iter().all(|problem| problem.contains("ical = \"bad.ics\" | bad.ics, line ")), "{got:#?}");
}
