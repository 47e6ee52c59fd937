//! Forms of answers, as tables of what goes in and what is printed.

use super::*;
use crate::cli::arguments::TimeStyle;
use crate::cli::output::column::{ALARMS, GRANTS, PEOPLE};
use jiff::tz::TimeZone;

fn screen(form: Form, paint: Paint) -> Screen {
    let now = "2026-07-24T12:00:00Z".parse().unwrap();
    let style = if form == Form::Table { TimeStyle::Relative } else { TimeStyle::Utc };
    let calendar = Calendar { now, style, zone: TimeZone::UTC };
    Screen { form, calendar, paint, width_columns: Some(90), headings: Headings::Shown }
}

fn people() -> Report {
    let document = json!({"items": [
        {"id": "p-1", "name": "Amina", "status": "enabled", "pin_set": true, "added_later": 1},
        {"id": "p-2", "name": null, "status": "disabled", "pin_set": false},
    ], "next_cursor": null});
    Report::List { kind: "PersonList", document, columns: PEOPLE, empty: "no people" }
}

fn alarms() -> Report {
    let document = json!({"items": [
        {"id": "alm-1", "priority": 1, "raised_at": "2026-07-24T11:58:00.000Z", "kind": "door_forced_open",
         "source": "lon1/main-entrance", "active": false, "acked": {"acked_by": "uid:0"}, "revision": 4},
    ], "next_cursor": null});
    Report::List { kind: "AlarmList", document, columns: ALARMS, empty: "no open alarms" }
}

fn single() -> Report {
    let document = json!({"id": "alm-1", "kind": "tamper", "login": "x"});
    Report::Single {
        kind: "Alarm",
        document,
        text: |document, _| format!("alarm {}", document["id"]),
        exit: Exit::Done,
    }
}

#[test]
fn lists_print_in_every_form() {
    let check = |form: Form, expect: &str| assert_eq!(people().render(&screen(form, Paint::Plain)), expect, "{form:?}");
    check(
        Form::Table,
        "ID   NAME   STATUS    PIN      ORGANISATION  PLACE  SINCE\n\
         p-1  Amina  enabled   set      -             -      -\n\
         p-2  -      disabled  not set  -             -      -\n",
    );
    check(Form::Plain, "p-1\tAmina\tenabled\tset\t-\t-\t-\np-2\t-\tdisabled\tnot set\t-\t-\t-\n");
    check(Form::Name, "p-1\np-2\n");
    check(
        Form::Csv,
        "id,name,status,pin_set,organisation,place,since_at\np-1,Amina,enabled,set,,,\np-2,,disabled,not set,,,\n",
    );
    check(
        Form::Yaml,
        "api_version: rackward/v1\nkind: PersonList\nitems:\n- id: p-1\n  name: Amina\n  status: enabled\n  pin_set: true\n\
         \x20 added_later: 1\n- id: p-2\n  name: null\n  status: disabled\n  pin_set: false\nnext_cursor: null\n",
    );
    let lines = people().render(&screen(Form::Ndjson, Paint::Plain));
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
}

#[test]
fn json_keeps_the_contract_and_what_is_new() {
    let check = |report: &Report, member: &str, expect: Value| {
        let document: Value = serde_json::from_str(&report.render(&screen(Form::Json, Paint::Plain))).unwrap();
        assert_eq!(document.pointer(member), Some(&expect), "{member}");
    };
    check(&people(), "/api_version", json!("rackward/v1"));
    check(&people(), "/kind", json!("PersonList"));
    check(&people(), "/next_cursor", Value::Null);
    check(&people(), "/items/0/added_later", json!(1));
    check(&single(), "/kind", json!("Alarm"));
    check(&single(), "/api_version", json!("rackward/v1"));
    check(&single(), "/id", json!("alm-1"));
}

#[test]
fn times_are_relative_in_tables_and_whole_otherwise() {
    assert!(alarms().render(&screen(Form::Table, Paint::Plain)).contains("2 min ago"));
    assert_eq!(
        alarms().render(&screen(Form::Plain, Paint::Plain)),
        "alm-1\tP1\t2026-07-24T11:58:00.000Z\tdoor_forced_open\tlon1/main-entrance\treturned\tuid:0\t4\n"
    );
}

#[test]
fn an_empty_list_says_so_to_people_only() {
    let document = json!({"items": [], "next_cursor": null});
    let report = Report::List { kind: "GrantList", document, columns: GRANTS, empty: "no grants" };
    assert_eq!(report.render(&screen(Form::Table, Paint::Plain)), "no grants\n");
    assert_eq!(report.render(&screen(Form::Plain, Paint::Plain)), "");
    assert_eq!(report.render(&screen(Form::Name, Paint::Plain)), "");
}

#[test]
fn no_form_holds_escape_bytes_without_paint() {
    let document = json!({"items": [{"id": "p-1", "name": "\u{1b}[31mred\u{7}\ttab\nline", "status": "offline"}]});
    let report = Report::List { kind: "PersonList", document, columns: PEOPLE, empty: "" };
    for form in [Form::Table, Form::Wide, Form::Plain, Form::Name, Form::Json, Form::Ndjson, Form::Yaml, Form::Csv] {
        for report in [&report, &alarms(), &people(), &single()] {
            let text = report.render(&screen(form, Paint::Plain));
            assert!(text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{form:?}: {text:?}");
        }
    }
    assert!(alarms().render(&screen(Form::Table, Paint::Coloured)).contains('\u{1b}'), "colours can be on");
}

#[test]
fn long_cells_are_cut_on_a_terminal_and_whole_in_plain() {
    let doors: Vec<String> = (1..40).map(|rack| format!("lon1/hall-a/r01/c{rack:02}/front")).collect();
    let document = json!({"items": [{"id": "g-1", "doors": doors, "weekly": []}]});
    let report = Report::List { kind: "GrantList", document, columns: GRANTS, empty: "" };
    let table = report.render(&screen(Form::Table, Paint::Plain));
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains('…') && table.lines().all(|line| line.chars().count() <= 90), "{table}");
    assert!(report.render(&screen(Form::Plain, Paint::Plain)).contains("c39"));
}

#[test]
fn wide_cuts_nothing_and_headings_can_be_left_out() {
    let door = "lon1/hall-a/r01/".repeat(20);
    let document = json!({"items": [{"id": "p-1", "name": door, "status": "enabled"}]});
    let report = Report::List { kind: "PersonList", document, columns: PEOPLE, empty: "" };
    assert!(report.render(&screen(Form::Wide, Paint::Plain)).contains(&door));
    for form in [Form::Table, Form::Wide, Form::Csv] {
        let bare = Screen { headings: Headings::Hidden, ..screen(form, Paint::Plain) };
        let (with, without) = (people().render(&screen(form, Paint::Plain)), people().render(&bare));
        assert_eq!((with.lines().count(), without.lines().count()), (3, 2), "{form:?}");
    }
}

#[test]
fn fields_are_all_that_is_left() {
    let check = |report: Report, fields: &str, form: Form, expect: &str| {
        assert_eq!(report.only(fields).unwrap().render(&screen(form, Paint::Plain)), expect, "{fields} {form:?}");
    };
    check(people(), "name,id", Form::Plain, "Amina\tp-1\n-\tp-2\n");
    check(people(), "id, added_later", Form::Csv, "id,added_later\np-1,1\np-2,\n");
    check(single(), "login", Form::Plain, "login: x\n");
    check(
        single(),
        "login",
        Form::Json,
        "{\n  \"api_version\": \"rackward/v1\",\n  \"kind\": \"Alarm\",\n  \"login\": \"x\"\n}\n",
    );
    let failure = people().only("colour").unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.text().ends_with("help: there is added_later, id, name, pin_set, status"), "{}", failure.text());
}

#[test]
fn a_whole_is_called_by_what_is_in_it() {
    let check = |document: Value, expect: &str| {
        let whole = Report::Single { kind: "Plan", document, text: |_, _| String::new(), exit: Exit::Done };
        assert_eq!(whole.render(&screen(Form::Name, Paint::Plain)), expect);
    };
    check(json!({"items": [{"mark": "+", "name": "crew"}, {"name": "days"}]}), "crew\ndays\n");
    check(json!({"items": []}), "");
    check(json!({"outcome": "denied", "person": "p-2", "point": "lon1/a/in"}), "lon1/a/in\n");
    check(json!({"person": {"id": "p-2", "name": "Ann"}}), "p-2\n");
    check(json!({"id": "x-1", "items": [{"id": "y-1"}]}), "x-1\n");
}
