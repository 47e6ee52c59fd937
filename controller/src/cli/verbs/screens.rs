//! Single answers as a few lines for people. Each takes the daemon's document and leaves out what it does not find, so
//! that an older or newer daemon still reads well.

mod alarms;
mod alerts;
mod audit;
mod cameras;
mod desk;
mod devices;
mod figures;
mod files;
mod handles;
mod operators;
mod people;
mod places;
mod registers;
mod reviews;
mod rights;
mod rules;

use anstyle::AnsiColor;
use serde_json::Value;

use crate::cli::output::column::{ALARMS, Column, DEVICES, DOORS};
use crate::cli::output::{Screen, rows, safe};

pub(super) use alarms::{alarm, alarm_line, alarm_ordered};
pub(super) use alerts::alert;
pub(super) use audit::exported as audit_exported;
pub(super) use cameras::{camera, stills};
pub(super) use desk::{
    muster, muster_ended, muster_marked, muster_started, shift, shift_changed, visitor, visitor_left,
};
pub(super) use devices::{device, device_accepted, job_begun, job_done, job_stopped};
pub(super) use figures::{PROPOSALS, figures};
pub(super) use files::{applied, drift, exported, exported_text, plan, plan_whole, schema, tests};
pub(super) use handles::{canaries_tried, certificates_revoked, enrolment, exposure, file, located, pattern_shown};
pub(super) use operators::{
    operator, operator_invited, proposal, proposal_confirmed, proposal_dropped, token_made, token_revoked,
};
pub(super) use people::{duress_pin_set, lockout_ended, person, person_changed, person_whole, pin_set, rights_changed};
pub(super) use places::{area, area_released, door, forgiven, locked_down, ordered, released, threat_level};
pub(super) use registers::{rack, racks_taken, renamed, roster};
pub(super) use reviews::{review, review_evidence};
pub(super) use rights::{
    break_glass, credential_replaced, credential_whole, grant, grant_changed, grant_differences, grant_requested,
    grant_whole, reviewed, ticket_closed,
};
pub(super) use rules::{agreement, agreement_ended, calendar, icalendar, made, profile, removed, schedule};

/// How many lines of one kind a screen shows before it only counts the rest.
const MAX_ROWS_LINES: usize = 10;

fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(document: &Value, pointer: &str) -> u64 {
    document.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn items<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// One thing with what a list shows of it, a line for each: its heading is the first column.
fn sheet(what: &str, document: &Value, columns: &[Column], screen: &Screen) -> String {
    let mut cells = columns.iter().map(|column| (column.head, column.text(document, &screen.calendar)));
    let mut lines = vec![format!("{what} {}", cells.next().map(|(_, name)| name).unwrap_or_default())];
    lines.extend(cells.map(|(head, cell)| format!("  {:<17} {cell}", head.to_lowercase())));
    lines.join("\n")
}

/// `  (generation gen-12)`, for answers that changed who may pass.
fn generation(document: &Value) -> String {
    document.get("generation").and_then(Value::as_u64).map(|g| format!("  (generation gen-{g})")).unwrap_or_default()
}

/// Who did something: the daemon's word for it.
fn actor(by: &Value) -> String {
    by.as_str().map_or_else(|| by.to_string(), str::to_owned)
}

/// The state of everything: counts, then what is not as it should be.
pub(super) fn status(document: &Value, screen: &Screen) -> String {
    let mut lines = vec![headline(document, screen), alarm_counts(document, screen)];
    let count = |pointer: &str| number(document, pointer);
    let (secured, unsecured, unknown) = (count("/doors/secured"), count("/doors/unsecured"), count("/doors/unknown"));
    lines.push(format!("doors    {secured} secured, {unsecured} not secured, {unknown} unknown"));
    lines.push(format!("devices  {} online, {} offline", count("/devices/online"), count("/devices/offline")));
    lines.extend(receipts(document, screen));
    lines.extend(items(document, "parts").iter().filter_map(|part| part_line(part, screen)));
    if !text(document, "http").is_empty() {
        lines.push(format!("console  {}", safe(text(document, "http"))));
    }
    match text(document, "threat_level") {
        "" | "normal" => {}
        level => lines.push(screen.paint.colour(AnsiColor::Red, &format!("threat   {}", safe(level)))),
    }
    let shut: Vec<String> = items(document, "locked_down").iter().filter_map(Value::as_str).map(safe).collect();
    if !shut.is_empty() {
        lines.push(screen.paint.colour(AnsiColor::Red, &format!("lockdown {}", shut.join(", "))));
    }
    match number(document, "/requests_waiting") {
        0 => {}
        1 => lines.push("requests 1 waits for approval: rackward request list".to_owned()),
        waiting => lines.push(format!("requests {waiting} wait for approval: rackward request list")),
    }
    lines.extend(section("open alarms", items(document, "open_alarms"), &[0, 1, 2, 3, 4, 5], ALARMS, screen));
    lines.extend(section(
        "doors not secured",
        items(document, "doors_not_secured"),
        &[0, 3, 4, 5, 6, 7],
        DOORS,
        screen,
    ));
    lines.extend(section("devices not online", items(document, "devices_not_online"), &[0, 1, 2, 4], DEVICES, screen));
    lines.join("\n")
}

/// A part of the daemon that is not as it should be.
fn part_line(part: &Value, screen: &Screen) -> Option<String> {
    let name = [text(part, "part").replace('_', " "), text(part, "name").to_owned()].join(" ");
    let behind = match part.get("behind_entries").and_then(Value::as_u64) {
        None | Some(0) => String::new(),
        Some(count) => format!(", {count} entries behind"),
    };
    match text(part, "state") {
        "failing" => Some(screen.paint.colour(AnsiColor::Red, &format!("failing  {}{behind}", safe(name.trim())))),
        "catching_up" => Some(format!("building {}{behind}", safe(name.trim()))),
        _ => None,
    }
}

/// How far receipts are, in the colour of an alarm while one is pending.
fn receipts(document: &Value, screen: &Screen) -> Option<String> {
    let receipts = document.get("receipts")?;
    let words = safe(text(receipts, "sentence"));
    let line = format!("receipts {words}");
    Some(if number(receipts, "/pending") > 0 { screen.paint.colour(AnsiColor::Red, &line) } else { line })
}

fn headline(document: &Value, screen: &Screen) -> String {
    let journal = match text(document, "journal") {
        "unwritable" => screen.paint.colour(AnsiColor::Red, "UNWRITABLE: nobody is admitted"),
        other => safe(other),
    };
    let (head, rights) = (number(document, "/head"), number(document, "/generation"));
    format!("{}  journal {journal}, {head} entries, rights gen-{rights}", safe(text(document, "site")))
}

fn alarm_counts(document: &Value, screen: &Screen) -> String {
    let counts = (1..=4).map(|priority| {
        let total = number(document, &format!("/alarms/p{priority}/total"));
        let new = number(document, &format!("/alarms/p{priority}/unacknowledged"));
        let words = match new {
            0 => format!("P{priority} {total}"),
            new => format!("P{priority} {total} ({new} not acknowledged)"),
        };
        if priority == 1 && total > 0 { screen.paint.colour(AnsiColor::Red, &words) } else { words }
    });
    format!("alarms   {}", counts.collect::<Vec<_>>().join("  "))
}

/// A heading and the first rows of what is not as it should be; nothing when all is well.
fn section(title: &str, items: &[Value], shown: &[usize], columns: &[Column], screen: &Screen) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let columns: Vec<Column> = shown.iter().filter_map(|index| columns.get(*index).copied()).collect();
    let head = &items[..items.len().min(MAX_ROWS_LINES)];
    let mut lines = vec![String::new(), title.to_owned()];
    lines.extend(rows(head, &columns, screen).lines().map(|line| format!("  {line}")));
    if items.len() > head.len() {
        lines.push(format!("  and {} more", items.len() - head.len()));
    }
    lines
}

/// One event: what it says, and every member of its data.
pub(super) fn event(document: &Value, screen: &Screen) -> String {
    let time = screen.calendar.show_text(text(document, "time"));
    let sentence = text(document.get("data").unwrap_or(&Value::Null), "sentence");
    let head = format!("{}  {time}  {}", safe(text(document, "id")), safe(text(document, "type")));
    let mut lines = vec![head, safe(sentence)];
    let members = document.get("data").and_then(Value::as_object);
    for (name, value) in members.into_iter().flatten().filter(|(name, _)| *name != "sentence") {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(format!("  {}: {}", safe(name), safe(&value)));
    }
    lines.join("\n")
}

/// Why somebody would or would not pass.
pub(super) fn explanation(document: &Value, screen: &Screen) -> String {
    let granted = text(document, "outcome") == "granted";
    let (person, point) = (safe(text(document, "person")), safe(text(document, "point")));
    let verdict = if granted {
        let word = screen.paint.colour(AnsiColor::Green, "GRANTED");
        format!("{word}  by {}  {person} at {point}", safe(text(document, "grant")))
    } else {
        let word = screen.paint.colour(AnsiColor::Red, "DENIED");
        let reason = text(document, "reason").replace('_', "-");
        format!("{word}  {} {}  {person} at {point}", safe(text(document, "code")), safe(&reason))
    };
    let mut lines = vec![verdict];
    lines.extend(items(document, "steps").iter().map(|step| step_line(step, screen)));
    let unknown = items(document, "not_known").iter().filter_map(Value::as_str);
    lines.extend(unknown.map(|what| format!(" --   not known: {}", safe(what))));
    let next = text(document, "next_permitted_at");
    if !next.is_empty() && !granted {
        lines.push(format!("Would be granted from: {}", safe(&screen.calendar.show_text(next))));
    }
    lines.join("\n")
}

fn step_line(step: &Value, screen: &Screen) -> String {
    let mark = match text(step, "result") {
        "ok" => " ok  ".to_owned(),
        "fail" => screen.paint.colour(AnsiColor::Red, " FAIL"),
        _ => " --  ".to_owned(),
    };
    format!("{mark} {}: {}", safe(text(step, "rule")), safe(text(step, "detail")))
}

/// A new credential. Its number is masked by the daemon and shown this once.
pub(super) fn credential(document: &Value, screen: &Screen) -> String {
    let until = safe(&screen.calendar.show_text(text(document, "valid_to_at")));
    let card = match text(document, "card") {
        "" => String::new(),
        card => format!(" (card {})", safe(card)),
    };
    format!("Credential {}{card} is with {}, until {until}", safe(text(document, "id")), safe(text(document, "person")))
}

const fn answer_not(count: usize) -> &'static str {
    if count == 1 { "does not answer now" } else { "do not answer now" }
}

/// What a change would come to: a line for each event that would be recorded.
pub(super) fn rehearsed(document: &Value, _: &Screen) -> String {
    let events = document.get("would").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sentence = |event: &Value| event.pointer("/data/sentence").and_then(Value::as_str).map(str::to_owned);
    let mut lines: Vec<String> =
        events.iter().filter_map(sentence).map(|sentence| format!("would record: {}", safe(&sentence))).collect();
    if lines.is_empty() {
        lines.push("would change nothing that is recorded".to_owned());
    }
    match text(document, "proposal") {
        "" => {}
        proposal => lines.push(format!("would wait for a second operator as {}", safe(proposal))),
    }
    let unreached = document.get("unreached").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let unreached: Vec<String> = unreached.iter().filter_map(Value::as_str).map(safe).collect();
    if !unreached.is_empty() {
        let count = unreached.len();
        lines.push(format!("would not reach {count} that {}: {}", answer_not(count), unreached.join(", ")));
    }
    lines.push("nothing was done".to_owned());
    lines.join("\n")
}

/// What one operator does not do alone. A secret in it is shown this once.
pub(super) fn waiting(document: &Value, _: &Screen) -> String {
    let proposal = safe(text(document, "proposal"));
    let secret = match text(document, "secret") {
        "" => String::new(),
        secret => format!("\nIts secret, which is not shown again and counts when it is confirmed: {}", safe(secret)),
    };
    format!(
        "{proposal} waits for a second operator; nothing was done{secret}\nnext: rackward proposal confirm {proposal}"
    )
}

/// A session that was ended.
pub(super) fn session_revoked(document: &Value, _: &Screen) -> String {
    format!("{} is ended", safe(text(document, "id")))
}

/// Who is asking.
pub(super) fn whoami(document: &Value, screen: &Screen) -> String {
    let reach = match text(document, "organisation") {
        "" => "the whole site".to_owned(),
        organisation => safe(organisation),
    };
    let name = match text(document, "name") {
        "" => safe(text(document, "actor")),
        name => format!("{} ({})", safe(name), safe(text(document, "operator"))),
    };
    let (role, place) = (safe(text(document, "role")), safe(text(document, "daemon")));
    let told = format!("{name}\nrole    {role}\nover    {reach}\nat      {place}");
    let by = match text(document, "method") {
        "" => return told,
        "device" => "a code that was typed at the console",
        "certificate" => "a certificate",
        "token" => "a token that was made for a program",
        "password_totp" => "password and code",
        "recovery_code" => "password and recovery code",
        "passkey" => "a passkey",
        "provider" => "the outside provider",
        "link" => "a link",
        other => other,
    };
    let until = safe(&screen.calendar.show_text(text(document, "to_at")));
    format!("{told}\nby      {}\nuntil   {until}", safe(by))
}

/// Who is asking, and everything that they may do.
pub(super) fn whoami_with_rights(document: &Value, screen: &Screen) -> String {
    let rights = document["rights"].as_array().into_iter().flatten().filter_map(Value::as_str);
    rights.fold(whoami(document, screen), |told, right| format!("{told}\nmay     {}", safe(right)))
}

/// A sign-in link: the bare link, so that it can be piped to a browser.
pub(super) fn sign_in_link(document: &Value, _: &Screen) -> String {
    safe(text(document, "login"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Form, TimeStyle};
    use crate::cli::output::{Headings, Paint};
    use crate::cli::when::Calendar;
    use jiff::tz::TimeZone;
    use serde_json::json;

    fn check(show: fn(&Value, &Screen) -> String, document: Value, expect: &str) {
        let now = "2026-07-24T12:00:00Z".parse().unwrap();
        let calendar = Calendar { now, style: TimeStyle::Relative, zone: TimeZone::UTC };
        let screen =
            Screen { form: Form::Table, calendar, paint: Paint::Plain, width_columns: None, headings: Headings::Shown };
        assert_eq!(show(&document, &screen), expect);
    }

    #[test]
    fn a_refusal_is_explained_step_by_step() {
        let document = json!({
            "person": "p-2", "point": "lon1/main-entrance/in", "outcome": "denied", "code": "W12",
            "reason": "not_permitted_at_this_time", "next_permitted_at": "2026-07-24T16:00:00Z",
            "steps": [{"rule": "credential", "result": "ok", "detail": "cred-2 counts"},
                      {"rule": "entitlement", "result": "fail", "detail": "g-2 opens at 17:00"}],
        });
        let expect = "DENIED  W12 not-permitted-at-this-time  p-2 at lon1/main-entrance/in\n ok   credential: cred-2 counts\n \
                      FAIL entitlement: g-2 opens at 17:00\nWould be granted from: in 4 h";
        check(explanation, document, expect);
    }

    #[test]
    fn an_admission_names_its_grant() {
        let document = json!({"person": "p-1", "point": "l/m/in", "outcome": "granted", "grant": "g-1", "steps": []});
        check(explanation, document, "GRANTED  by g-1  p-1 at l/m/in");
    }

    #[test]
    fn what_was_only_tried_says_what_it_would_come_to() {
        let would = |sentence: &str| json!({ "data": { "sentence": sentence } });
        let document = json!({ "id": "g-3", "state": "active", "would": [would("Local user 0 granted p-1 g-3")] });
        check(rehearsed, document, "would record: Local user 0 granted p-1 g-3\nnothing was done");
        let document = json!({ "proposal": "prp-4", "would": [would("Local user 0 asked for something")] });
        let expect = "would record: Local user 0 asked for something\nwould wait for a second operator as prp-4\n\
                      nothing was done";
        check(rehearsed, document, expect);
        let document = json!({ "would": [would("x")], "unreached": ["r07-c03", "r07-c04"] });
        let expect = "would record: x\nwould not reach 2 that do not answer now: r07-c03, r07-c04\nnothing was done";
        check(rehearsed, document, expect);
        check(rehearsed, json!({ "would": [] }), "would change nothing that is recorded\nnothing was done");
    }

    #[test]
    fn grants_read_as_sentences() {
        let mut document = json!({
            "id": "g-3", "person": "p-3", "doors": ["l/r01/c01/front", "l/r01/c01/rear"], "state": "active",
            "from_at": "2026-07-24T12:00:00Z", "to_at": "2026-07-24T16:00:00Z", "weekly": [], "ticket": "CHG-1",
            "reason": "swap PSU", "generation": 9,
        });
        let expect = "Grant g-3: p-3 may pass l/r01/c01/front+rear  (generation gen-9)\n  from now, until in 4 h, always\n  \
                      ticket CHG-1, reason: swap PSU";
        check(grant, document.clone(), expect);
        document["state"] = json!("revoked");
        check(
            grant_changed,
            document,
            "Grant g-3 is revoked: p-3 no longer passes l/r01/c01/front+rear by it  (generation gen-9)",
        );
    }

    #[test]
    fn requests_say_what_they_wait_for() {
        let mut document = json!({
            "id": "g-4", "person": "p-3", "profile": "power-team", "state": "requested", "approvals_wanted": 2,
            "from_at": "2026-07-24T12:00:00Z", "to_at": "2026-07-24T16:00:00Z", "ticket": "CHG-1", "approved_by": ["uid:0"],
        });
        let sent = "Request g-4 sent: p-3, profile power-team, from now, until in 4 h, as the profile says, CHG-1\n\
                    Needs 2 approvals by others; nobody passes on it before.\nnext: rackward request watch g-4";
        check(grant_requested, document.clone(), sent);
        let half = "Grant g-4 has 1 of 2 approvals: p-3 does not pass profile power-team by it yet";
        check(grant_changed, document.clone(), half);
        document["state"] = json!("denied");
        check(grant_changed, document, "Grant g-4 is denied: p-3 will not pass profile power-team by it");
    }

    #[test]
    fn a_grant_is_shown_with_all_that_is_known_of_it() {
        let document = json!({
            "id": "g-5", "person": "p-1", "doors": ["l/r01/c01/front"], "schedule": "nights", "state": "active",
            "standing": "not_begun", "from_at": "2026-07-24T16:00:00Z", "to_at": "2026-07-24T18:00:00Z", "uses_left": 1,
            "escort": true, "reason": "fire", "requested_by": "uid:0", "approvals_wanted": 0, "approved_by": [],
            "review": {"due_at": "2026-07-25T12:00:00Z"},
        });
        let expect = "Grant g-5\n  person    p-1\n  may pass  l/r01/c01/front\n  state     not begun\n  from      in 4 h\n  \
                      until     in 6 h\n  times     nights\n  limits    1 use left, needs an escort\n  ticket    none\n  \
                      reason    fire\n  asked by  uid:0\n  approved  not asked for\n  emergency review due in 24 h";
        check(grant_whole, document, expect);
    }

    #[test]
    fn a_person_is_shown_with_all_that_is_known_of_them() {
        let document = json!({"id": "p-1", "name": "Ann", "status": "enabled", "organisation": "hosp", "clearance": "high",
                              "extended_time": true, "pin_set": true, "place": "l/hall",
                              "since_at": "2026-07-24T11:58:00Z"});
        let expect = "Person p-1\n  name         Ann\n  status       enabled\n  organisation hosp\n  \
                      clearance    high\n  times        extended\n  PIN          set\n  \
                      place        l/hall, since 2 min ago";
        check(person_whole, document, expect);
    }

    #[test]
    fn an_order_says_how_the_door_stands_now() {
        let document = json!({"path": "l/main", "order": "lock", "mode": "locked_down"});
        check(ordered, document, "l/main took the order lock; it is locked down");
    }

    #[test]
    fn a_closed_ticket_names_what_ended_with_it() {
        let check =
            |ended: Value, expect: &str| check(ticket_closed, json!({"ticket": "CHG-1", "ended": ended}), expect);
        check(json!([]), "CHG-1 is closed; no grant named it");
        check(json!(["g-1"]), "CHG-1 is closed; grant g-1 has ended");
        check(json!(["g-1", "g-2"]), "CHG-1 is closed; 2 grants have ended: g-1 g-2");
    }

    #[test]
    fn schedules_and_profiles_read_as_they_were_written() {
        let document = json!({"name": "office-hours", "time_zone": "Europe/London", "windows": ["Mon-Fri 08:00-18:00"],
                              "special": [{"calendar": "holidays", "windows": []},
                                          {"calendar": "half-days", "windows": ["08:00-12:00"]}], "managed": "file"});
        let expect = "Schedule office-hours\n  zone      Europe/London\n  window    Mon-Fri 08:00-18:00\n  \
                      special   holidays closed\n  special   half-days 08:00-12:00\n  \
                      managed   by the site file; change it there";
        check(schedule, document, expect);
        let document = json!({"name": "power-team", "organisation": "lon1",
                              "policies": [{"door": "l/a", "schedule": null}, {"door": "l/b", "schedule": "nights"}]});
        check(profile, document, "Profile power-team of lon1\n  l/a  always\n  l/b  nights");
    }

    #[test]
    fn a_calendar_file_keeps_its_line_ends_and_loses_what_steers() {
        let document = json!({"text": "BEGIN:VCALENDAR\r\nX:\u{1b}[2J\r\nEND:VCALENDAR\r\n"});
        check(icalendar, document, "BEGIN:VCALENDAR\r\nX:\\u{1b}[2J\r\nEND:VCALENDAR\r");
    }

    #[test]
    fn a_status_shows_what_is_not_as_it_should_be() {
        let document = json!({
            "site": "lon1", "journal": "writable", "head": 42, "generation": 7, "http": "http://127.0.0.1:8080",
            "alarms": {"p1": {"unacknowledged": 1, "total": 2}, "p2": {"unacknowledged": 0, "total": 1}},
            "doors": {"secured": 28, "unsecured": 1, "unknown": 0}, "devices": {"online": 39, "offline": 1},
            "parts": [{"part": "mqtt_broker", "name": "external", "state": "failing"},
                      {"part": "search_index", "state": "catching_up", "behind_entries": 70000},
                      {"part": "webhook", "name": "desk", "state": "working", "behind_entries": 0}],
            "doors_not_secured": [{"path": "lon1/main-entrance", "mode": "locked", "contact": "open", "lock": "locked",
                                   "handle": null, "alarm": "forced_open"}],
        });
        let expect = "lon1  journal writable, 42 entries, rights gen-7\n\
            alarms   P1 2 (1 not acknowledged)  P2 1  P3 0  P4 0\n\
            doors    28 secured, 1 not secured, 0 unknown\n\
            devices  39 online, 1 offline\n\
            failing  mqtt broker external\n\
            building search index, 70000 entries behind\n\
            console  http://127.0.0.1:8080\n\n\
            doors not secured\n  \
            DOOR                MODE    CONTACT  LOCK    HANDLE  ALARM\n  \
            lon1/main-entrance  locked  open     locked  -       forced_open";
        check(status, document, expect);
    }

    #[test]
    fn an_order_about_an_alarm_says_what_was_done_and_until_when() {
        let ordered = |ordered: Value, expect: &str| {
            check(alarm_ordered, json!({"id": "alm-7", "active": true, "ordered": ordered}), expect);
        };
        let holds = "; its condition still holds and ends by itself";
        let until = "2026-07-24T14:00:00Z";
        ordered(
            json!({"order": "shelve", "until_at": until, "reason": "wind"}),
            &format!("alm-7 is shelved until 2026-07-24 14:00:00 UTC (in 2 h): wind{holds}"),
        );
        ordered(
            json!({"order": "out-of-service", "until_at": until, "work_order": "WO-17"}),
            &format!(
                "alm-7 is out of service, and what it is about, until 2026-07-24 14:00:00 UTC (in 2 h): WO-17{holds}"
            ),
        );
        ordered(json!({"order": "assign", "to": "opr-2"}), &format!("alm-7 is given to opr-2{holds}"));
        ordered(
            json!({"order": "escalate", "to": "duty_manager"}),
            &format!("alm-7 is carried up to the duty manager{holds}"),
        );
        ordered(json!({"order": "steps", "step": 2}), &format!("alm-7 has step 2 done{holds}"));
        let waits = json!({"id": "alm-7", "active": true, "proposal": "prp-3", "ordered": {"order": "shelve"}});
        let confirm = "alm-7 waits for a second operator; they confirm with: rackward proposal confirm prp-3";
        check(alarm_ordered, waits, confirm);
    }

    #[test]
    fn an_alarm_reads_as_a_guard_needs_it() {
        let mut document = json!({
            "id": "alm-7", "priority": 1, "words": "door forced open", "source": "lon1/main", "state": "active, unacked",
            "isa_state": "B", "raised_at": "2026-07-24T11:58:00Z", "raised_times": 1, "revision": 1, "assignee": "desk",
            "level": "second_desk", "next_escalation": {"at": "2026-07-24T12:01:00Z", "level": "duty_manager"},
            "steps": [{"step": 1, "words": "Look at the door.", "done": true}],
        });
        let expect = "alm-7  P1  door forced open at lon1/main\nstate     active, unacked (B), revision 1\n\
                      raised    2 min ago\nwith      desk, called so far: second desk\n\
                      next      duty manager is called 2026-07-24 12:01:00 UTC (in 60 s)\n[x] 1. Look at the door.";
        check(alarm, document.clone(), expect);
        document["raised_times"] = json!(3);
        document["next_escalation"] = Value::Null;
        document["acked"] = json!({"acked_at": "2026-07-24T11:59:00Z", "acked_by": "opr-2", "note": ""});
        document["suppression"] = json!({"kind": "shelved", "until_at": "2026-07-24T14:00:00Z", "reason": "wind",
                                         "by": "opr-2", "second": "opr-3"});
        let expect = "alm-7  P1  door forced open at lon1/main\nstate     active, unacked (B), revision 1\n\
                      raised    2 min ago, 3 times since it came first\nwith      desk, called so far: second desk\n\
                      aside     shelved until 2026-07-24 14:00:00 UTC (in 2 h) by opr-2 and opr-3: wind\n\
                      seen      by opr-2, 60 s ago\n[x] 1. Look at the door.";
        check(alarm, document, expect);
    }

    #[test]
    fn documents_without_their_members_still_read() {
        check(person, json!({}), "Person : ");
        check(
            status,
            Value::Null,
            "  journal , 0 entries, rights gen-0\nalarms   P1 0  P2 0  P3 0  P4 0\n\
            doors    0 secured, 0 not secured, 0 unknown\ndevices  0 online, 0 offline",
        );
    }
}
