//! What can be typed, as tables: which lines are understood, and as what.

mod conversation;
mod every_verb;

use super::*;
use crate::demo::options::Lifetime;
use arguments::{GrantVerb, PersonVerb};
use clap::CommandFactory as _;
use std::time::Duration;

fn parse(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(std::iter::once("rackward").chain(line.split_whitespace()))
}

#[test]
fn the_tree_of_verbs_is_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn the_greeting_is_ten_lines() {
    assert_eq!(arguments::GREETING.lines().count(), 10);
    assert!(matches!(parse(""), Ok(CommandLine { noun: None, .. })));
}

/// One line at least for each verb, as people type them.
const LINES: &[&str] = &[
    "status",
    "doctor",
    "doctor --bundle rackward-support.zip -y",
    "event watch",
    "event watch --json --after 12",
    "--json event watch",
    "event list --limit 10",
    "alarm list -o plain",
    "alarm ack alm-3 --note seen",
    "alarm ack alm-3",
    "alarm ack alm-3 --revision 4",
    "alarm list --view closed-today --prio 1,2 --area hall-a",
    "alarm show alm-3",
    "alarm note alm-3 --note called",
    "alarm note alm-3 called",
    "alarm assign alm-3 --to me",
    "alarm escalate alm-3 --reason more --to duty-manager",
    "alarm shelve alm-3 --for 20m --reason wind --one-shot",
    "alarm unshelve alm-3 --reason mended",
    "alarm out-of-service alm-3 --for 3d --work-order WO-17",
    "alarm return alm-3",
    "alarm step alm-3 --step 1",
    "alarm step alm-3 1",
    "alarm close alm-3 --verdict benign --note electrician",
    "alarm close alm-3 --verdict benign --revision 7",
    "alarm watch --after 12",
    "alarm figures",
    "alarm figures --from -24h --to -1h",
    "alarm figures --last 30d --door main-entrance --operator uid:0",
    "alarm figures --area hall-a --to now",
    "alarm proposals --from 2026-07-01 --to now",
    "inside",
    "inside hall-a -o json",
    "inside --areas",
    "visitor list --filter inside:yes",
    "visitor enter Vera --company Fans --host ann --area hall-a --for 4h --reason fans",
    "visitor enter Vera --host p-1 --area hall-a --to 18:00 --reason fans",
    "visitor leave vis-3",
    "muster start lon1 --kind drill --reason yearly",
    "muster list",
    "muster show mus-4",
    "muster mark mus-4 p-7 vis-2 --status not-on-site --where gate --note called --at -5m",
    "muster visitor mus-4 Vera --company Fans --area hall-a",
    "muster end mus-4 --report out",
    "review create --scope area=lon1/* --due 14d --unused-for 90d --undecided keep --reason quarterly",
    "review list --filter state:running",
    "alert list --filter state:in_force",
    "alert show alr-2",
    "alert create type:access.denied --name refused --priority 3 --until 30d --response look --reason tried --owner m.rossi --organisation st-marys --accept-flood",
    "alert delete alr-2 --reason done",
    "review show rv-1 --detailed-exitcode --filter state:undecided",
    "review assign rv-1 --reviewer m.rossi --lines 1-20,25",
    "review decide rv-1 --lines 1-3 --decision keep --note seen",
    "review decide rv-1 --lines 4 --decision shorten --until 2026-12-01T00:00:00Z --note x",
    "review decide rv-1 1-3 keep --note seen",
    "review decide rv-1 4 shorten --until 2026-12-01T00:00:00Z --note x",
    "review decide rv-1 5 reassign --to m.rossi --note x",
    "review decide rv-1 6 revoke --note gone",
    "review close rv-1 --abandon --reason x",
    "review evidence rv-1 -f rv-1.zip",
    "operator link m.rossi --person p-3 --reason x",
    "operator link m.rossi --none --reason x",
    "shift show",
    "shift note quiet",
    "shift accept",
    "shift reject --note why",
    "person create --name Ann",
    "person create Ann --pin-stdin",
    "person list --name an",
    "p list",
    "person disable p-3 --reason left",
    "person create Ann --status expected --organisation hosp --clearance high --extended-time",
    "person edit p-3 --organisation hosp --reason moved",
    "person edit p-3 --no-extended-time --clearance normal --reason x",
    "person pin p-3 --pin-stdin",
    "person pin p-3 --duress --pin-stdin",
    "person show p-3",
    "person show p-3 --at yesterday",
    "p list --at -30d --name kh",
    "person leave p-3 --reason left",
    "person expect p-3 --reason joins",
    "credential assign --person p-3 --card 26:12:34567",
    "credential assign --person p-3 --card raw:32:0a0b0c0d --valid-from now --valid-to +2d",
    "credential assign --person p-3 --format h10301 --facility 12 --number 34567",
    "credential assign --person p-3 --format csn-7 --number 0x04A2245A913C80",
    "credential assign --person p-3 --card raw:26:864383c0 --format h10301",
    "credential formats -o json",
    "credential lost cred-2 --reason lost",
    "credential return cred-2 --reason left",
    "credential destroy cred-2 --reason shredded",
    "credential unlock cred-2",
    "credential stolen cred-2 --reason stolen",
    "credential damaged cred-2 --reason bent",
    "credential disable cred-2 --reason x",
    "credential enable cred-2 --reason x",
    "person enable p-3 --reason x",
    "credential list --person p-3",
    "credential list --person p-3 --at -1h",
    "credential show cred-2",
    "credential replace cred-2 --card 26:12:34567 --reason bent",
    "credential replace cred-2 --format h10301 --facility 12 --number 34567 --old lost --reason lost",
    "grant create --person p-3 --rack lon1/hall-a/r01/c01 --for 4h --ticket CHG-1 --reason psu",
    "grant create --person p-3 --rack r01/c01 --rack r01/c02 --row hall-a/r02 --for 4h --reason psu",
    "grant create --person p-3 --door a --door b --from 08:00 --to 18:00 --days Mon-Fri --between 08:00-18:00 --reason x",
    "g list --person p-3",
    "grant create --person p-3 --profile power-team --to +2d --uses 3 --escort --reason x",
    "grant create --person p-3 --door a --schedule nights --for 4h --reason x",
    "grant show g-3",
    "grant show g-3 --at -1d",
    "grant list --at 2026-07-01 --filter person:khan",
    "grant diff --from -7d",
    "grant diff --from -7d --to yesterday --person p-3 --detailed-exitcode",
    "grant extend g-3 --for 4h --reason late",
    "grant shorten g-3 --to 18:00 --reason early",
    "grant revoke g-3 --reason done",
    "request create --person p-3 --rack lon1/hall-a/r01/c01 --for 4h --ticket CHG-1 --reason psu",
    "request watch g-3 --for 2h",
    "request list",
    "request show g-3",
    "request approve g-3 --reason fine",
    "request deny g-3 --reason no",
    "request cancel g-3 --reason wrong",
    "ticket close CHG-1 --reason done",
    "breakglass open --person p-3 --rack r --reason fire",
    "breakglass open --person p-3 --door a --door b --for 30m --reason fire",
    "breakglass list",
    "breakglass review g-3 --note fine",
    "schedule list",
    "schedule show nights",
    "schedule list --at -1d",
    "schedule show nights --at -1d",
    "schedule create nights --time-zone Europe/London --window Mon-Fri_22:00-06:00 --special holidays=",
    "schedule create days --window Sat_09:00-12:00 --special holidays=09:00-12:00,13:00-14:00",
    "schedule edit nights --window Mon_08:00-09:00",
    "schedule preview nights --from 2026-03-28 --to 2026-03-30",
    "schedule import nights.ics",
    "schedule import - --name nights",
    "schedule export nights",
    "schedule delete nights",
    "calendar create holidays --day 2026-12-25 --day 2026-12-26",
    "calendar edit holidays --day 2026-12-25",
    "calendar list",
    "calendar show holidays",
    "calendar show holidays --at -1d",
    "calendar import bank-holidays.ics --name holidays",
    "calendar export holidays",
    "calendar delete holidays",
    "profile list",
    "profile show power-team",
    "profile list --at -1d",
    "profile show power-team --at -1d",
    "profile create power-team --door a --rack r=nights --area hall --schedule days --organisation hosp --reason x",
    "profile edit power-team --door a --reason x",
    "profile delete power-team --reason x",
    "organisation list",
    "agreement list",
    "agreement list --at -1d",
    "operator list",
    "operator show opr-1",
    "operator create m.rossi --role security-supervisor --organisation hosp",
    "operator edit m.rossi --role admin --reason x",
    "operator disable opr-1 --reason x",
    "operator enable opr-1 --reason x",
    "operator reset opr-1 --reason x",
    "operator end-lockout opr-1",
    "operator bind opr-1 --subject 248289761001 --reason x",
    "operator unbind opr-1 --reason x",
    "session list",
    "session revoke ses-3 --reason x",
    "event search type:access.denied",
    "event show 12",
    "event stills 12 -d pictures",
    "event stills alm-7 --directory pictures",
    "camera list",
    "camera show entrance",
    "webhook list",
    "webhook show desk",
    "webhook enable desk",
    "webhook test desk",
    "webhook failures desk",
    "webhook replay desk --from 3 --to 9",
    "webhook keygen key",
    "token list",
    "token create --owner m.rossi --permission view_site --permission view_alarms --for 30d --reason x",
    "token revoke tok-1 --reason x",
    "proposal list",
    "proposal show prp-1",
    "proposal confirm prp-1",
    "proposal drop prp-1",
    "permission list",
    "agreement create --owner lon1 --guest hosp --area hall --for 30d --reason x",
    "agreement end agr-1 --reason x",
    "area list",
    "area show hall-a",
    "door show main-entrance",
    "area occupancy hall-a",
    "area lockdown hall-a --reason x",
    "area release hall-a --reason x",
    "rack list",
    "rack who r01/c01",
    "rack who r01/c01 --at 14:03",
    "rack list --register",
    "rack show r01/c01",
    "rack import netbox racks.json --site lon1 --map map.toml --site-lines lines.toml --apply",
    "rack import netbox --url https://netbox.example/nb --netbox-token-file t --ca-file ca.pem --status active",
    "person import people.csv",
    "person import people.csv --map map.toml --key external_id --mode sync --max-disable 3 --apply -y",
    "person rename p-3 --name Anna",
    "person create Ann --external-id E17",
    "completion bash",
    "man -d /usr/share/man",
    "door list -o wide --no-headers --fields path,mode --api-version rackward/v1",
    "door list -o csv",
    "door list -o yaml",
    "point list",
    "door lock a --reason x",
    "door unlock a --reason x",
    "door block a --reason x",
    "door unblock a --reason x",
    "door double-lock a --reason x",
    "door lockdown a --reason x",
    "door lockdown-release a --reason x",
    "door lock-open a --reason x",
    "door lock-open-release a --reason x",
    "site threat-level severe --reason x",
    "presence forgive --person p-3 --reason x",
    "presence forgive --everybody --reason x",
    "console link --role security --organisation hosp",
    "console link --role security-supervisor",
    "explain --person p-3 --point hall-a --at 14:03",
    "who-can hall-a --at -30d --filter profile:night",
    "what-can p-3 --at 14:03 --limit 3 -o json",
    "simulate -f week31.json --replay 7d",
    "simulate -f site --prune --adopt",
    "door list --dir /tmp/x",
    "door open main-entrance --reason visitor",
    "door open main-entrance --for 10s --reason visitor",
    "device list",
    "device show lobby-reader",
    "device commission lobby-reader --reason new",
    "device commission lobby-reader --for 30s --from-file --confirm lobby-reader --no-wait --reason new",
    "device roll-key lobby-reader --reason yearly",
    "device line lobby-reader --address 5 --baud 115200 --reason faster",
    "device update lobby-reader --image r20-1.3.0.rwf --allow-downgrade --reason CVE",
    "device accept lobby-reader --reason exchanged",
    "device stop lobby-reader --reason wrong",
    "device enrol r01-c01-front --reason new",
    "device revoke-certificate r01-c01-front --reason stolen",
    "device exposure r01-c01-front -o json",
    "reader test-pattern lobby-reader T6",
    "reader test-pattern r01-c01-front s2 -o json",
    "rack locate r01/c01",
    "rack locate r01/c01 --for 2m --reason visitor",
    "locate --grant g-3",
    "locate --ticket CHG-1 --for 1m",
    "locate --door r01/c01/front --reason lost",
    "canary run --reason monthly",
    "mqtt acl",
    "mqtt authority",
    "mqtt crl",
    "receipt list",
    "receipt list --through gen-12",
    "grant revoke g-3 --reason done --wait",
    "grant revoke g-3 --reason done --wait --timeout 2m",
    "--wait person disable p-3 --reason left",
    "grant revoke g-3 --reason done --wait=all-controllers --debug",
    "credential lost cred-2 --reason lost --wait --timeout 10s",
    "bus list",
    "bus show lobby",
    "bus scan lobby --speeds 9600,115200 --reason new",
    "bus trace lobby --for 10m --reason noise",
    "firmware keygen signing.key",
    "firmware sign r20.bin --key signing.key --maker ca-fe-01 --model 4 --version 1.3.0 --out r20.rwf",
    "firmware show r20.rwf -o json",
    "sim reset lobby-reader",
    "sim replace lobby-reader",
    "sim input lobby-lock 0 cut",
    "console login",
    "login --server https://console.example:8443 --context lon1 --name m.rossi",
    "login --server https://console.example --token-file ci.token --ca-file authority.pem --no-input",
    "login --device --server https://console.example:8443 --timeout 5m",
    "login --sso --context lon1",
    "login --password --server https://console.example",
    "login --pki --server https://console.example --certificate build7.pem --key build7.key",
    "login --pki --context lon1",
    "operator bind-certificate build --certificate build7.pem --for 90d --reason x",
    "operator unbind-certificate build 0 --reason x",
    "logout --context lon1",
    "context list -o json",
    "context use lon1",
    "context show",
    "context show lon1",
    "whoami",
    "whoami --rights --context lon1",
    "--server https://console.example door list --token-file ci.token",
    "audit verify --config /etc/rackward/rackward.toml",
    "audit verify --evidence rv-1.zip --key PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "audit list type:access.denied --from -24h --limit 9",
    "audit show 12",
    "audit export",
    "audit export type:access.denied --format cef --from -24h --to now -f denied.cef",
    "audit export --format ocsf --sign -f july.zip",
    "audit key",
    "plan -f site",
    "plan -f - --out week31.plan --detailed-exitcode --prune --adopt --show-unchanged -o json",
    "apply week31.plan --max-deletes 9 --confirm lon1 --reason CHG-1 --wait",
    "apply -f site --prune --adopt -n",
    "undo --reason wrong",
    "test -f site",
    "drift --detailed-exitcode",
    "export site -f site",
    "export site",
    "schema -o json",
    "sim people",
    "sim --dir /tmp/x badge p-1 main-entrance",
    "sim pin p-1 plant-room 4711 --json",
    "run --config rackward.toml",
    "demo --dir /tmp/x --http 127.0.0.1:0 --quiet --still --for 60s --seed 7",
    "version -o json",
    "exit-codes",
    "status --time site --no-color -v --no-input",
];

#[test]
fn lines_people_type_are_understood() {
    for line in LINES {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

/// Lines that name no verb, lack what a verb needs, or say two things at once.
const SENSELESS: &[&str] = &[
    "dance",
    "event",
    "event watch --after x",
    "event list --limit 0",
    "event list --limit 1001",
    "person create",
    "person create Ann --name Bob",
    "person edit p-3",
    "person edit p-3 --reason x",
    "person edit p-3 --extended-time --no-extended-time --reason x",
    "person create Ann --status left",
    "person create Ann --clearance 3",
    "person pin p-3",
    "grant create --person p-3 --profile p --door d --for 4h --reason x",
    "grant create --person p-3 --profile p --days Mon --for 4h --reason x",
    "grant create --person p-3 --door d --schedule s --between 08:00-09:00 --for 4h --reason x",
    "grant create --person p-3 --door d --uses 0 --for 4h --reason x",
    "grant extend g-3 --reason x",
    "request approve g-3",
    "breakglass open --person p-3 --reason x",
    "breakglass review g-3",
    "schedule create nights --special holidays",
    "schedule create nights --special =09:00-12:00",
    "calendar create holidays",
    "profile create power-team --reason x",
    "agreement create --owner a --guest b --for 30d --reason x",
    "site threat-level purple --reason x",
    "presence forgive --reason x",
    "presence forgive --everybody --area hall --reason x",
    "console link --role king",
    "door lockdown a",
    "reader test-pattern lobby-reader",
    "reader test-pattern lobby-reader T16",
    "locate --for 30s",
    "locate --grant g-3 --ticket CHG-1",
    "canary run",
    "device enrol r",
    "mqtt",
    "grant revoke g-3 --reason x --wait --timeout soon",
    "grant revoke g-3 --reason x --wait=nobody",
    "alarm note alm-3",
    "alarm note alm-3 called --note called",
    "alarm step alm-3",
    "review decide rv-1 --note x",
    "review decide rv-1 --lines 1 --note x",
    "review decide rv-1 1 keep --decision revoke --note x",
    "review decide rv-1 --lines 1 --decision shorten --note x",
    "person disable p-3",
    "pers list",
    "status --token rwt_abc",
    "login --fingerprint AB:CD",
    "login --password secret",
    "login --device --sso",
    "login --certificate build7.pem --key build7.key",
    "login --pki --certificate build7.pem",
    "operator bind-certificate build --for 90d --reason x",
    "login --device --name m.rossi",
    "context use",
    "credential assign --person p-3",
    "credential assign --person p-3 --format h10301",
    "credential assign --person p-3 --facility 12 --number 34567",
    "credential assign --person p-3 --card 26:12:34567 --number 34567",
    "credential lost cred-2",
    "grant create --person p-3 --for 4h --reason x",
    "grant create --person p-3 --row r --door d --for 4h --reason x",
    "grant create --person p-3 --row r --profile p --for 4h --reason x",
    "credential replace cred-2 --reason x",
    "credential replace cred-2 --card 26:12:34567 --old eaten --reason x",
    "audit export --sign",
    "audit export --format pdf",
    "request watch",
    "grant create --person p-3 --rack r --door d --for 4h --reason x",
    "grant create --person p-3 --rack r --reason x",
    "grant create --person p-3 --rack r --for 4h --to 18:00 --reason x",
    "grant create --person p-3 --rack r --for 4 --reason x",
    "grant create --person p-3 --rack r --for 4h",
    "explain --person p-3",
    "door open --reason x",
    "door open main-entrance --for 10 --reason x",
    "door list --at -1d",
    "grant diff",
    "device commission lobby-reader",
    "device commission lobby-reader --for 5 --reason x",
    "device line lobby-reader --address 127 --baud 9600 --reason x",
    "device line lobby-reader --address 5 --reason x",
    "device update lobby-reader --reason x",
    "bus scan lobby",
    "bus trace lobby --for never --reason x",
    "firmware sign r20.bin --key k --maker cafe01 --model 4 --version 1.3.0 --out o",
    "firmware sign r20.bin --key k --maker ca-fe-01 --model 4 --version 1.3 --out o",
    "firmware sign r20.bin --key k --maker ca-fe-01 --model 400 --version 1.3.0 --out o",
    "plan",
    "apply",
    "apply week31.plan -f site",
    "apply week31.plan --prune",
    "undo",
    "test",
    "export",
    "sim",
    "demo --http nowhere",
    "demo --for 0s",
    "status --time mars",
    "status -o yaml2",
    "status --api-version rackward/v2",
    "person import",
    "person import a.csv --mode replace",
    "rack import netbox",
    "rack import netbox racks.json --url https://netbox.example --netbox-token-file t",
    "completion tcsh",
];

#[test]
fn lines_that_make_no_sense_are_usage_errors() {
    for line in SENSELESS {
        let error = parse(line).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn flags_count_before_and_after_the_verb() {
    for line in ["--json status", "status --json", "status -o json", "-o json status"] {
        assert_eq!(parse(line).unwrap().global.form(), Some(Form::Json), "{line}");
    }
    for line in ["--dir /d grant list", "grant --dir /d list", "grant list --dir /d"] {
        assert_eq!(parse(line).unwrap().global.dir, Some(PathBuf::from("/d")), "{line}");
    }
}

#[test]
fn waiting_takes_a_word_or_none() {
    let check = |line: &str, expect: Option<WaitFor>, timeout_s: Option<u64>| {
        let global = parse(line).unwrap().global;
        assert_eq!((global.wait, global.timeout), (expect, timeout_s.map(Duration::from_secs)), "{line}");
    };
    check("grant revoke g-3 --reason x", None, None);
    check("grant revoke --wait g-3 --reason x", Some(WaitFor::AllControllers), None);
    check("--wait=all-controllers grant revoke g-3 --reason x --timeout 2m", Some(WaitFor::AllControllers), Some(120));
}

#[test]
fn flags_that_could_only_be_ignored_are_refused() {
    let check = |line: &str, expect: bool| {
        let line_of = parse(line).unwrap();
        assert_eq!(sensible(&line_of.global, &line_of.noun.unwrap()).is_ok(), expect, "{line}");
    };
    check("door list --server https://a.example", true);
    check("sim people --server https://a.example", false);
    check("audit verify --context a", false);
    check("demo --token-file t", false);
    check("login -n --server https://a.example", false);
    check("context use a -n", false);
    check("context list -n", true);
}

#[test]
fn a_demo_is_what_was_asked_for() {
    let options = |line: &str| {
        let line = parse(line).unwrap();
        match line.noun {
            Some(Noun::Demo(args)) => demo_options(&line.global, &args),
            other => panic!("{other:?}"),
        }
    };
    let full = options("demo --dir /d --http 127.0.0.1:0 -q --still --for 60s --seed 7");
    assert_eq!(full.place, Place::Kept(PathBuf::from("/d")));
    assert_eq!((full.banner, full.walking), (Banner::OneLine, Walking::Still));
    assert_eq!((full.lifetime, full.seed), (Lifetime::Span(Duration::from_secs(60)), Some(7)));
    assert_eq!(full.http.port(), 0);
    let plain = options("demo --dir /d");
    assert_eq!((plain.banner, plain.walking, plain.lifetime), (Banner::Full, Walking::Alive, Lifetime::UntilStopped));
}

#[test]
fn a_name_is_taken_from_either_place() {
    for line in ["person create Ann", "person create --name Ann"] {
        match parse(line).unwrap().noun {
            Some(Noun::Person(PersonVerb::Create(args))) => assert_eq!(args.given_name(), "Ann"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn doors_of_a_grant_add_up() {
    match parse("grant create --person p --door a --door b --for 1h30m --reason x").unwrap().noun {
        Some(Noun::Grant(GrantVerb::Create(args))) => {
            assert_eq!(args.door, ["a", "b"]);
            assert_eq!(args.lasting, Some(Duration::from_secs(5400)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wish_for_json_is_seen_in_a_line_that_is_not_understood() {
    let wanted = |line: &str, environment: Option<&str>, files: Option<Form>| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        form_wanted(&words, environment, || files)
    };
    let check = |line: &str, expect: Option<Form>| assert_eq!(wanted(line, None, None), expect, "{line}");
    check("rackward dance --json", Some(Form::Json));
    check("rackward -o json dance", Some(Form::Json));
    check("rackward -o=json dance", Some(Form::Json));
    check("rackward -ojson dance", Some(Form::Json));
    check("rackward --output=json dance", Some(Form::Json));
    check("rackward --output yaml dance", Some(Form::Yaml));
    check("rackward dance json", None);
    check("rackward dance -o", None);
    check("rackward dance -o jsn", None);
    check("rackward", None);
    let dance = "rackward dance";
    assert_eq!(wanted(dance, Some("json"), Some(Form::Table)), Some(Form::Json), "the environment goes before files");
    assert_eq!(wanted("rackward dance -o table", Some("json"), None), Some(Form::Table), "a flag before both");
    assert_eq!(wanted(dance, Some("jsn"), Some(Form::Ndjson)), Some(Form::Ndjson));
}

#[test]
fn what_keeps_a_program_from_starting_has_a_code() {
    let check = |error: anyhow::Error, expect: Exit| assert_eq!(exit_of(&error, Exit::Failed), expect, "{error}");
    let gone = || std::io::Error::from(ErrorKind::NotFound);
    check(ConfigError::Unreadable { path: PathBuf::from("/x"), cause: gone() }.into(), Exit::Invalid);
    check(anyhow::Error::from(std::io::Error::from(ErrorKind::AddrInUse)).context("cannot listen"), Exit::Unreachable);
    let broker = DriverError::Broker { listen: ([127, 0, 0, 1], 1883).into(), why: "taken".to_owned() };
    check(anyhow::Error::from(broker).context("cannot start"), Exit::Unreachable);
    check(gone().into(), Exit::Failed);
}

#[test]
fn causes_are_told_once() {
    let error = anyhow::anyhow!("no such file").context("cannot read a.toml: no such file").context("cannot start");
    assert_eq!(told_once(&error), "cannot start: cannot read a.toml: no such file");
    assert_eq!(told_once(&anyhow::anyhow!("alone")), "alone");
}

#[test]
fn a_line_that_was_not_understood_is_a_whole_problem() {
    let check = |line: &str, detail: &[&str], values: bool| {
        let failure = usage_failure(&parse(line).unwrap_err());
        let document = failure.document();
        let said = document["detail"].as_str().unwrap();
        assert!(detail.iter().all(|part| said.contains(part)), "{line}: {said}");
        let help = document["help"].as_str().unwrap();
        assert!(help.starts_with("usage: rackward") || help == "see: rackward help", "{document}");
        assert!(!said.contains("--help"), "{said}");
        assert_eq!((&document["status"], &document["code"]), (&serde_json::json!(400), &serde_json::json!("RW-L002")));
        assert_eq!(document["possible_values"].is_array(), values, "{line}: {document}");
    };
    check("grant revoke g-3", &["--reason"], false);
    check("alarm close alm-3 --verdict fine", &["fine", "false-positive"], true);
    check("alarm shelve alm-3 --reason x", &["--for", "--to"], false);
}

#[test]
fn exit_codes_are_a_document_too() {
    let Report::Single { document, .. } = exit_codes() else { panic!("not one thing") };
    let codes: Vec<u64> =
        document["exit_codes"].as_array().unwrap().iter().map(|row| row["code"].as_u64().unwrap()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 130]);
    let means = "verification failed (audit verify), or a test of site files does not hold";
    assert_eq!(document["exit_codes"][13]["means"], means);
}

/// A moment that is named to a verb which tells of now alone is never passed over, and the answer says why.
#[test]
fn a_moment_is_refused_where_it_cannot_be_told() {
    for line in ["door list --at -1d", "alarm list --at yesterday", "area list --at 08:00"] {
        let told = explained(parse(line).unwrap_err()).render().to_string();
        for part in ["unexpected argument '--at'", "this verb tells of now alone", "who-can"] {
            assert!(told.contains(part), "{line}: {part}: {told}");
        }
    }
    let other = explained(parse("door list --bogus").unwrap_err()).render().to_string();
    assert!(!other.contains("of now alone"), "{other}");
}
