//! Conversations with a daemon at the other end of a socket: what is asked, what comes of each answer, and how the stream
//! is taken up again.

mod answering;
mod audit;
mod desk;
mod devices;
mod doubts;
mod exits;
mod proposals;
mod receipts;
mod remote;
mod rights;

use std::path::PathBuf;

use super::super::arguments::Form;
use super::super::output::{Audience, Headings};
use super::super::{watch, when::Calendar};
use super::*;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// The other end: it answers one connection after the other with the given bytes, and keeps what it was asked.
struct FarEnd {
    dir: tempfile::TempDir,
    asked: JoinHandle<Vec<String>>,
}

impl FarEnd {
    fn answering(answers: &[String]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("rackward.sock")).unwrap();
        let answers = answers.to_vec();
        let asked = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let mut stream = loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    let wanted = request(&mut stream).await;
                    if !wanted.starts_with("HEAD ") {
                        asked.push(wanted);
                        break stream;
                    }
                    // What a change rests on.
                    let seen = "HTTP/1.1 200 OK\r\netag: \"0123456789abcdef\"\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(seen.as_bytes()).await;
                };
                // The reader may have seen enough and gone.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            asked
        });
        Self { dir, asked }
    }

    fn session(&self) -> Session {
        let client = Client::new(self.dir.path().join("rackward.sock"), Narration::Silent);
        Session::new(client, "2026-07-24T12:00:00Z".parse().unwrap(), Prompting::Forbidden, &[])
    }

    async fn asked(self) -> Vec<String> {
        self.asked.await.unwrap()
    }
}

/// One request, head and body.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 1024];
        let count = stream.read(&mut part).await.unwrap();
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if count == 0 || body.len() >= length.parse::<usize>().unwrap() {
            return text;
        }
    }
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn stream(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
}

fn noun(line: &str) -> Noun {
    parse(line).unwrap().noun.unwrap()
}

fn plain(form: Form) -> Screen {
    let calendar = Calendar { now: Timestamp::UNIX_EPOCH, style: TimeStyle::Utc, zone: TimeZone::UTC };
    Screen { form, calendar, paint: Paint::Plain, width_columns: None, headings: Headings::Shown }
}

async fn ask(session: &Session, line: &str) -> Result<Report, Failure> {
    verbs::ask(session, &noun(line), Form::Plain).await.unwrap()
}

/// The body of a request as JSON.
fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn verbs_ask_the_routes_of_the_api() {
    let check = async |line: &str, expect: &str| {
        let far = FarEnd::answering(&[answer(200, "{\"items\":[]}")]);
        let report = ask(&far.session(), line).await;
        assert!(report.is_ok(), "{line}: {report:?}");
        let asked = far.asked().await;
        assert!(asked[0].starts_with(&format!("{expect} HTTP/1.1\r\n")), "{line}: {}", asked[0]);
    };
    check("alarm list", "GET /api/v1/alarms").await;
    check("alarm list --view out-of-service --prio 1,2", "GET /api/v1/alarms?view=out_of_service&prio=1%2C2").await;
    check("alarm show alm-7", "GET /api/v1/alarms/alm-7").await;
    check("door list", "GET /api/v1/doors").await;
    check("device list", "GET /api/v1/devices").await;
    check("person list --name kh", "GET /api/v1/people?name=kh").await;
    check("credential list --person p-2", "GET /api/v1/people/p-2/credentials").await;
    check("credential formats", "GET /api/v1/card-formats").await;
    check("grant list", "GET /api/v1/grants").await;
    check("grant list --person khan", "GET /api/v1/grants?person=khan").await;
    check("event list --after 7 --limit 3", "GET /api/v1/events?after=7&limit=3").await;
    check(
        "event search -type:access.* --from -24h",
        "GET /api/v1/events?filter=-type%3Aaccess.%2A&from=-24h&sort=-at&limit=50",
    )
    .await;
    check("event show 12", "GET /api/v1/events/12").await;
    check("explain --person p-1 --point a/in", "GET /api/v1/explain?person=p-1&point=a%2Fin").await;
    check(
        "explain --person p-1 --point a --at 2026-08-03T09:00+01:00",
        "GET /api/v1/explain?person=p-1&point=a&at=2026-08-03T08%3A00%3A00.000Z",
    )
    .await;
    check("who-can a/in", "GET /api/v1/points/a%2Fin/who").await;
    check("who-can a --at 2026-08-03T09:00+01:00", "GET /api/v1/points/a/who?at=2026-08-03T08%3A00%3A00.000Z").await;
    check("what-can khan", "GET /api/v1/people/khan/points").await;
    check("console login", "POST /api/v1/sessions/link").await;
    check("person disable p-3 --reason left", "POST /api/v1/people/p-3/disable").await;
    check("person enable p-3 --reason back", "POST /api/v1/people/p-3/enable").await;
    check("credential lost cred-2 --reason x", "POST /api/v1/credentials/cred-2/state").await;
    check("grant revoke g-3 --reason done", "POST /api/v1/grants/g-3/revoke").await;
    check("door open main-entrance --reason x", "POST /api/v1/doors/open").await;
    check("alarm ack alm-7 --note seen --revision 4", "POST /api/v1/alarms/alm-7/acknowledge").await;
    check("alarm shelve alm-7 --for 20m --reason wind", "POST /api/v1/alarms/alm-7/shelve").await;
    check("alarm out-of-service alm-7 --for 3d --work-order WO-1", "POST /api/v1/alarms/alm-7/out-of-service").await;
    check("alarm return alm-7", "POST /api/v1/alarms/alm-7/return-to-service").await;
    check("alarm step alm-7 2", "POST /api/v1/alarms/alm-7/steps").await;
}

#[tokio::test]
async fn verbs_about_rights_ask_their_routes() {
    for (line, expect) in [
        ("person show khan", "GET /api/v1/people/khan"),
        ("person leave p-3 --reason x", "POST /api/v1/people/p-3/status"),
        ("person edit p-3 --organisation hosp --reason x", "PUT /api/v1/people/p-3/details"),
        ("credential unlock cred-2", "POST /api/v1/credentials/cred-2/end-lockout"),
        ("grant show g-3", "GET /api/v1/grants/g-3"),
        ("request list", "GET /api/v1/grants?state=requested"),
        ("request show g-3", "GET /api/v1/grants/g-3"),
        ("request approve g-3 --reason x", "POST /api/v1/grants/g-3/approve"),
        ("request deny g-3 --reason x", "POST /api/v1/grants/g-3/deny"),
        ("request cancel g-3 --reason x", "POST /api/v1/grants/g-3/revoke"),
        ("ticket close CHG-1 --reason x", "POST /api/v1/tickets/close"),
        ("breakglass open --person p-3 --rack r --reason x", "POST /api/v1/break-glass"),
        ("breakglass list", "GET /api/v1/grants?state=unreviewed"),
        ("breakglass review g-3 --note x", "POST /api/v1/grants/g-3/review"),
        ("organisation list", "GET /api/v1/organisations"),
        ("agreement list", "GET /api/v1/agreements"),
        ("agreement create --owner a --guest b --area h --for 1d --reason x", "POST /api/v1/agreements"),
        ("agreement end agr-1 --reason x", "POST /api/v1/agreements/agr-1/end"),
    ] {
        asks(line, expect).await;
    }
}

#[tokio::test]
async fn verbs_about_rules_and_places_ask_their_routes() {
    for (line, expect) in [
        ("schedule list", "GET /api/v1/schedules"),
        ("schedule create nights", "POST /api/v1/schedules"),
        ("schedule delete nights", "DELETE /api/v1/schedules/nights"),
        ("calendar list", "GET /api/v1/calendars"),
        ("calendar create holidays --day 2026-12-25", "POST /api/v1/calendars"),
        ("calendar edit holidays --day 2026-12-25", "PUT /api/v1/calendars/holidays"),
        ("calendar delete holidays", "DELETE /api/v1/calendars/holidays"),
        ("profile list", "GET /api/v1/profiles"),
        ("profile create p --door d --reason x", "POST /api/v1/profiles"),
        ("profile edit p --door d --reason x", "PUT /api/v1/profiles/p"),
        ("profile delete p --reason x", "DELETE /api/v1/profiles/p"),
        ("area list", "GET /api/v1/areas"),
        ("area occupancy hall-a", "GET /api/v1/areas/occupancy?area=hall-a"),
        ("area lockdown hall-a --reason x", "POST /api/v1/areas/lockdown"),
        ("area release hall-a --reason x", "POST /api/v1/areas/release"),
        ("point list", "GET /api/v1/points"),
        ("door lock a --reason x", "POST /api/v1/doors/mode"),
        ("site threat-level high --reason x", "POST /api/v1/threat-level"),
        ("presence forgive --everybody --reason x", "POST /api/v1/presence/forgive"),
        ("console link --role auditor", "POST /api/v1/sessions/link"),
    ] {
        asks(line, expect).await;
    }
}

async fn asks(line: &str, expect: &str) {
    let far = FarEnd::answering(&[answer(200, "{\"items\":[]}")]);
    let report = ask(&far.session(), line).await;
    assert!(report.is_ok(), "{line}: {report:?}");
    let asked = far.asked().await;
    assert!(asked[0].starts_with(&format!("{expect} HTTP/1.1\r\n")), "{line}: {}", asked[0]);
}

#[tokio::test]
async fn changes_say_what_was_typed() {
    let check = async |line: &str, expect: Value| {
        let far = FarEnd::answering(&[answer(201, "{}")]);
        ask(&far.session(), line).await.unwrap();
        assert_eq!(body(&far.asked().await[0]), expect, "{line}");
    };
    check("person create Ann", json!({"name": "Ann"})).await;
    check("credential stolen cred-2 --reason x", json!({"state": "stolen", "reason": "x"})).await;
    check("credential return cred-2 --reason x", json!({"state": "returned", "reason": "x"})).await;
    check(
        "credential assign --person p-2 --card 26:12:34567 --valid-to +2d",
        json!({"person": "p-2", "card": "26:12:34567", "valid_to_at": "2026-07-26T12:00:00.000Z"}),
    )
    .await;
    check(
        "credential assign --person p-2 --format h10301 --facility 12 --number 34567",
        json!({"person": "p-2", "format": "h10301", "facility": "12", "number": "34567"}),
    )
    .await;
    check(
        "grant create --person p-2 --rack r01/c01 --for 4h --ticket CHG-1 --reason psu",
        json!({"person": "p-2", "rack": "r01/c01", "to_at": "PT4H", "reason": "psu", "ticket": "CHG-1"}),
    )
    .await;
    check(
        "grant create --person p-2 --door a --door b --from +1d --for 4h --days Mon-Fri --between 08:00-18:00 --reason x",
        json!({"person": "p-2", "doors": ["a", "b"], "from_at": "2026-07-25T12:00:00.000Z",
               "to_at": "2026-07-25T16:00:00.000Z", "days": "Mon-Fri", "between": "08:00-18:00", "reason": "x"}),
    )
    .await;
    check(
        "door open main-entrance --reason visitor",
        json!({"door": "main-entrance", "reason": "visitor", "not_after_at": "2026-07-24T12:00:10.000Z"}),
    )
    .await;
    check(
        "door open main-entrance --for 12s --reason trolley",
        json!({"door": "main-entrance", "for_s": 12, "reason": "trolley", "not_after_at": "2026-07-24T12:00:10.000Z"}),
    )
    .await;
    check("alarm ack alm-7 --revision 4", json!({"note": ""})).await;
    check("alarm assign alm-7 --to desk", json!({"to": "desk"})).await;
    check("alarm escalate alm-7 --to duty-manager --reason x", json!({"to": "duty_manager", "reason": "x"})).await;
    check(
        "alarm close alm-7 --verdict false-positive --revision 4",
        json!({"verdict": "false_positive", "note": null}),
    )
    .await;
}

#[tokio::test]
async fn what_was_left_out_is_left_to_the_daemon() {
    let check = async |line: &str, expect: Value| {
        let far = FarEnd::answering(&[answer(201, "{}")]);
        ask(&far.session(), line).await.unwrap();
        assert_eq!(body(&far.asked().await[0]), expect, "{line}");
    };
    check(
        "person create Ann --status expected --organisation hosp --clearance high --extended-time",
        json!({"name": "Ann", "status": "expected", "organisation": "hosp", "clearance": "high", "extended_time": true}),
    )
    .await;
    check("person edit p-3 --no-extended-time --reason x", json!({"extended_time": false, "reason": "x"})).await;
    check("person expect p-3 --reason x", json!({"status": "expected", "reason": "x"})).await;
    check(
        "grant create --person p-2 --profile power --for 4h --uses 3 --escort --reason x",
        json!({"person": "p-2", "profile": "power", "to_at": "PT4H", "uses": 3, "escort": true,
               "reason": "x"}),
    )
    .await;
    check(
        "breakglass open --person p-2 --door a --reason fire",
        json!({"person": "p-2", "doors": ["a"], "reason": "fire"}),
    )
    .await;
    check(
        "schedule create days --window Mon-Fri --special holidays= --special eve=09:00-12:00,13:00-14:00",
        json!({"name": "days", "windows": ["Mon-Fri"],
               "special": [{"calendar": "holidays", "windows": []},
                           {"calendar": "eve", "windows": ["09:00-12:00", "13:00-14:00"]}]}),
    )
    .await;
    check(
        "profile create power --door a --door b=nights --rack r --area h=always-on --schedule days --reason x",
        json!({"name": "power", "reason": "x", "policies": [
            {"door": "a", "schedule": "days"}, {"door": "b", "schedule": "nights"}, {"rack": "r", "schedule": "days"},
            {"area": "h", "schedule": "always-on"}]}),
    )
    .await;
    check(
        "door unblock a --reason x",
        json!({"door": "a", "order": "lock", "reason": "x", "not_after_at": "2026-07-24T12:00:10.000Z"}),
    )
    .await;
    check("presence forgive --area hall --reason x", json!({"area": "hall", "reason": "x"})).await;
    check("console link --organisation hosp", json!({"organisation": "hosp"})).await;
}

#[tokio::test]
async fn a_list_is_whole_however_many_pages_it_comes_in() {
    let page = |id: &str, next: Value| answer(200, &json!({"items": [{"id": id}], "next_cursor": next}).to_string());
    let far = FarEnd::answering(&[page("g-1", json!("g-1")), page("g-2", json!("g-2")), page("g-3", Value::Null)]);
    let report = ask(&far.session(), "grant list --person p-2").await.unwrap();
    assert_eq!(report.render(&plain(Form::Name)), "g-1\ng-2\ng-3\n");
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!(document["next_cursor"], Value::Null);
    let asked = far.asked().await;
    assert!(asked[2].starts_with("GET /api/v1/grants?person=p-2&limit=1000&cursor=g-2 "), "{}", asked[2]);
    let narrow = |id: &str, next: Value| {
        let items = json!([{"id": id, "person": null, "approved_by": null}]);
        answer(200, &json!({"items": items, "next_cursor": next}).to_string())
    };
    let part = FarEnd::answering(&[narrow("g-1", json!("c-1")), narrow("g-2", json!("c-2"))]);
    let mut session = part.session();
    let fields = "id,person,approved_by";
    session.fields = Some(fields.to_owned());
    let report = ask(&session, "grant list --filter -state:revoked --sort -id --limit 2").await.unwrap();
    let report = report.only(fields).unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), "g-1\t-\t-\ng-2\t-\t-\n", "the members that were asked for");
    let asked = part.asked().await;
    let wanted = "GET /api/v1/grants?filter=-state%3Arevoked&sort=-id&fields=id%2Cperson%2Capproved_by";
    assert!(asked[0].starts_with(&format!("{wanted}&limit=2 ")), "{}", asked[0]);
    assert!(asked[1].starts_with(&format!("{wanted}&limit=1&cursor=c-1 ")), "{}", asked[1]);
    assert_eq!(asked.len(), 2, "what comes after is not wanted");
    let stuck = FarEnd::answering(&[page("g-1", json!("g-1")), page("g-1", json!("g-1"))]);
    assert_eq!(ask(&stuck.session(), "grant list").await.unwrap_err().exit, Exit::Unreachable);
}

#[tokio::test]
async fn a_grant_that_waits_ends_with_a_code_of_its_own() {
    let check = async |state: &str, exit: Exit, kind: &str| {
        let far = FarEnd::answering(&[answer(202, &json!({"id": "g-3", "state": state}).to_string())]);
        let report = ask(&far.session(), "grant create --person p --door d --for 4h --reason x").await.unwrap();
        let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
        assert_eq!((report.exit(), &document["kind"]), (exit, &json!(kind)), "{state}");
    };
    check("requested", Exit::Waiting, "GrantRequest").await;
    check("active", Exit::Done, "Grant").await;
}

#[tokio::test]
async fn a_missing_ticket_comes_with_the_line_to_type_next() {
    let problem = json!({"title": "no", "errors": [{"pointer": "/ticket", "detail": "this area asks for a ticket"}]});
    let far = FarEnd::answering(&[answer(422, &problem.to_string())]);
    let line =
        ["rackward", "grant", "create", "--person", "p-2", "--rack", "r", "--for", "4h", "--reason", "Swap a fan"];
    let client = Client::new(far.dir.path().join("rackward.sock"), Narration::Silent);
    let typed: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    let session = Session::new(client, Timestamp::UNIX_EPOCH, Prompting::Forbidden, &typed);
    let wanted = CommandLine::try_parse_from(line).unwrap().noun.unwrap();
    let failure = verbs::ask(&session, &wanted, Form::Plain).await.unwrap().unwrap_err();
    let help = "help: rackward grant create --person p-2 --rack r --for 4h --reason 'Swap a fan' --ticket CHG-...";
    assert_eq!((failure.exit, failure.text().lines().last()), (Exit::Invalid, Some(help)));
}

#[tokio::test]
async fn an_end_moves_the_way_the_verb_says() {
    let grant = json!({"id": "g-3", "to_at": "2026-07-24T14:00:00Z"}).to_string();
    let check = async |line: &str, asked: usize, ended: Result<(), Exit>| {
        let far = FarEnd::answering(&[answer(200, &grant), answer(200, &grant)][..asked]);
        let report = ask(&far.session(), line).await.map(|_| ()).map_err(|failure| failure.exit);
        assert_eq!(report, ended, "{line}");
        far.asked().await
    };
    let asked = check("grant extend g-3 --for 4h --reason x", 2, Ok(())).await;
    assert!(asked[1].starts_with("POST /api/v1/grants/g-3/end "), "{}", asked[1]);
    assert_eq!(body(&asked[1]), json!({"to_at": "PT4H", "reason": "x"}));
    check("grant extend g-3 --for 1h --reason x", 1, Err(Exit::Invalid)).await;
    check("grant shorten g-3 --for 1h --reason x", 2, Ok(())).await;
    check("grant shorten g-3 --for 4h --reason x", 1, Err(Exit::Invalid)).await;
}

#[tokio::test]
async fn a_name_that_is_not_there_is_told_with_where_to_look() {
    let known = json!({"items": [{"name": "nights"}], "next_cursor": null}).to_string();
    let check = async |line: &str, status: u16, body: &str, help: &str| {
        let far = FarEnd::answering(&[answer(status, body)]);
        let failure = ask(&far.session(), line).await.unwrap_err();
        assert_eq!((failure.exit, failure.text().lines().last()), (Exit::NotFound, Some(help)), "{line}");
    };
    let schedules = "help: list them with: rackward schedule list";
    check("schedule show days", 200, &known, schedules).await;
    check("schedule delete days", 404, "{\"title\":\"No such thing\"}", schedules).await;
    check("profile show x", 200, &known, "help: list them with: rackward profile list").await;
    check("request approve g-9 --reason x", 404, "{\"title\":\"x\"}", "help: list them with: rackward grant list")
        .await;
}

#[tokio::test]
async fn a_preview_shows_the_clocks_change() {
    let part = |at: &str, local: &str, next: Value| {
        let item = json!({"at": at, "local": local, "change": "opens"});
        answer(200, &json!({"items": [item], "next_cursor": next}).to_string())
    };
    let first = part("2026-03-28T09:00:00Z", "2026-03-28T09:00:00+00:00", json!("2026-03-28T09:00:00.000Z"));
    let far = FarEnd::answering(&[first, part("2026-03-29T08:00:00Z", "2026-03-29T09:00:00+01:00", Value::Null)]);
    let line = "schedule preview days --from 2026-03-28T00:00Z --to 2026-03-30T00:00Z";
    let report = ask(&far.session(), line).await.unwrap();
    let expect = "Sat 2026-03-28 09:00 +00:00\topens\t2026-03-28T09:00:00.000Z\n\
                  Sun 2026-03-29 09:00 +01:00\topens\t2026-03-29T08:00:00.000Z\n";
    assert_eq!(report.render(&plain(Form::Plain)), expect);
    let asked = far.asked().await;
    let target =
        "GET /api/v1/schedules/days/preview?from_at=2026-03-28T00%3A00%3A00.000Z&to_at=2026-03-30T00%3A00%3A00.000Z ";
    assert!(asked[0].starts_with(target), "{}", asked[0]);
    assert!(asked[1].contains("preview?from_at=2026-03-28T09%3A00%3A00.000Z&to_at="), "{}", asked[1]);
}

#[tokio::test]
async fn calendar_files_go_in_and_out_as_they_are() {
    let file = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    let far = FarEnd::answering(&[answer(200, file)]);
    let report = ask(&far.session(), "schedule export nights").await.unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), file);
    assert!(far.asked().await[0].starts_with("GET /api/v1/schedules/nights/ical "));

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("holidays.ics");
    std::fs::write(&path, file).unwrap();
    let far = FarEnd::answering(&[answer(200, "{\"generation\":3}")]);
    let report = ask(&far.session(), &format!("calendar import {}", path.display())).await.unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), "holidays is in force  (generation gen-3)\n");
    let asked = far.asked().await;
    assert!(asked[0].starts_with("PUT /api/v1/calendars/holidays/ical "), "{}", asked[0]);
    assert!(asked[0].contains("content-type: text/calendar") && asked[0].ends_with(file), "{}", asked[0]);
    let far = FarEnd::answering(&[]);
    let missing = ask(&far.session(), "calendar import /nonexistent/x.ics").await.unwrap_err();
    assert_eq!(missing.exit, Exit::NotFound);
}

#[tokio::test]
async fn a_rack_is_shown_with_the_doors_that_lead_into_it() {
    let area = |path: &str, kind: &str| json!({"path": path, "kind": kind, "owner": "hosp", "locked_down": false});
    let areas = json!({"items": [area("l/hall", "hall"), area("l/hall/r1", "rack"), area("l/hall/r2", "rack")]});
    let door = |path: &str, area: &str, secured: &str| json!({"path": path, "area": area, "secured": secured});
    let doors = json!({"items": [door("l/main", "l/hall", "secured"), door("l/hall/r1/front", "l/hall/r1", "secured"),
                                 door("l/hall/r1/rear", "l/hall/r1", "unknown"), door("l/hall/r2/front", "l/hall/r2", "secured")]});
    let places = [answer(200, &areas.to_string()), answer(200, &doors.to_string())];
    let far = FarEnd::answering(&places);
    let report = ask(&far.session(), "rack list").await.unwrap();
    let expect = "l/hall/r1\thosp\tl/hall/r1/front+rear\tunknown\tno\nl/hall/r2\thosp\tl/hall/r2/front\tsecured\tno\n";
    assert_eq!(report.render(&plain(Form::Plain)), expect);

    let profiles = json!({"items": [{"name": "power", "policies": [{"door": "l/hall/r1/rear"}]}]}).to_string();
    let grant = |id: &str, standing: &str, doors: Value, profile: Value| json!({"id": id, "standing": standing, "doors": doors, "profile": profile});
    let grants = json!({"items": [
        grant("g-1", "active", json!(["l/hall/r1/front"]), Value::Null),
        grant("g-2", "revoked", json!(["l/hall/r1/front"]), Value::Null),
        grant("g-3", "active", json!(["l/hall/r2/front"]), Value::Null),
        grant("g-4", "not_begun", json!([]), json!("power"))]});
    let rights = [answer(200, &profiles), answer(200, &grants.to_string())];
    let far = FarEnd::answering(&[places.as_slice(), rights.as_slice()].concat());
    let report = ask(&far.session(), "rack who r1").await.unwrap();
    assert_eq!(report.render(&plain(Form::Name)), "g-1\ng-4\n");
    let check = async |rack: &str, exit: Exit| {
        let far = FarEnd::answering(&places);
        assert_eq!(ask(&far.session(), &format!("rack who {rack}")).await.unwrap_err().exit, exit, "{rack}");
    };
    check("r9", Exit::NotFound).await;
    check("all/r1", Exit::NotFound).await;
}

#[tokio::test]
async fn local_times_are_read_in_the_site_zone() {
    let far = FarEnd::answering(&[answer(200, "{\"time_zone\":\"Europe/London\"}"), answer(201, "{}")]);
    ask(&far.session(), "grant create --person p-2 --door a --from 14:00 --to 15:30 --reason x").await.unwrap();
    let grant = body(&far.asked().await[1]);
    assert_eq!(
        (&grant["from_at"], &grant["to_at"]),
        (&json!("2026-07-24T13:00:00.000Z"), &json!("2026-07-24T14:30:00.000Z"))
    );
}

#[tokio::test]
async fn refusals_end_with_the_code_of_their_kind() {
    let check = async |status: u16, exit: Exit| {
        let far = FarEnd::answering(&[answer(status, "{\"title\":\"no\",\"detail\":\"because\"}")]);
        let failure = ask(&far.session(), "person disable p-3 --reason x").await.unwrap_err();
        assert_eq!((failure.exit, failure.text().as_str()), (exit, "error: no\n  because"), "{status}");
    };
    check(400, Exit::Invalid).await;
    check(401, Exit::NotSignedIn).await;
    check(403, Exit::Refused).await;
    check(404, Exit::NotFound).await;
    check(409, Exit::Conflict).await;
    check(422, Exit::Invalid).await;
    check(503, Exit::Unreachable).await;
    check(500, Exit::Failed).await;
}

#[tokio::test]
async fn a_daemon_that_is_away_or_talks_nonsense_is_unreachable() {
    let check = async |answers: &[String]| {
        let far = FarEnd::answering(answers);
        let failure = ask(&far.session(), "status").await.unwrap_err();
        assert_eq!(failure.exit, Exit::Unreachable, "{answers:?}");
        assert!(failure.text().contains("rackward.sock") && failure.text().contains("help: "), "{}", failure.text());
    };
    check(&["not http at all\r\n\r\n".to_owned()]).await;
    check(&[answer(200, "{half")]).await;
    check(&["HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort".to_owned()]).await;
    check(&[String::new()]).await;
    let nowhere = Client::new(PathBuf::from("/nonexistent/rackward.sock"), Narration::Silent);
    let session = Session::new(nowhere, Timestamp::UNIX_EPOCH, Prompting::Forbidden, &[]);
    assert_eq!(ask(&session, "alarm list").await.unwrap_err().exit, Exit::Unreachable);
}

#[tokio::test]
async fn a_status_holds_what_is_not_as_it_should_be() {
    let items = |items: Value| answer(200, &json!({ "items": items, "next_cursor": null }).to_string());
    let far = FarEnd::answering(&[
        answer(200, "{\"site\":\"lon1\",\"head\":4}"),
        items(json!([{"id": "alm-1"}])),
        items(json!([{"path": "a", "secured": "secured"}, {"path": "b", "secured": "unknown"}])),
        items(json!([{"name": "x", "state": "online"}, {"name": "y", "state": "offline"}])),
    ]);
    let report = ask(&far.session(), "status").await.unwrap();
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!(document["kind"], json!("Status"));
    assert_eq!(document["open_alarms"], json!([{"id": "alm-1"}]));
    assert_eq!(document["doors_not_secured"], json!([{"path": "b", "secured": "unknown"}]));
    assert_eq!(document["devices_not_online"], json!([{"name": "y", "state": "offline"}]));
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_stopped() {
    let event = |seq: u32| format!("id: {seq}\nevent: door.changed\ndata: {{\"id\":\"{seq}\",\"time\":\"\"}}\n\n");
    let far = FarEnd::answering(&[
        answer(200, "{\"head\":40}"),
        stream(&format!(
            "retry: 1\n\nevent: journal\ndata: {{\"journal\":\"writable\"}}\n\n{}: ping\n\n{}id: 43\ndata: cut o",
            event(41),
            event(42)
        )),
        String::new(),
        stream(&format!("{}{}", event(43), event(44))),
    ]);
    let mut lines = String::new();
    let mut show = |text: &str| {
        lines.push_str(text);
        Ok(if text.contains("44") { Audience::Gone } else { Audience::Listening })
    };
    let mut notes = Vec::new();
    let mut tell = |note: &str| notes.push(note.to_owned());
    let mut voice = Voice { show: &mut show, tell: &mut tell };
    let ended = watch::follow(&far.session().client, None, "", &plain(Form::Ndjson), &mut voice).await;
    assert_eq!(ended, Ok(Exit::Done));
    let head = "{\"type\":\"version\",\"schema\":\"1.0\"}\n";
    let expect: String = (41..=44).map(|seq| format!("{{\"id\":\"{seq}\",\"time\":\"\"}}\n")).collect();
    assert_eq!(lines, head.to_owned() + &expect);
    assert_eq!(
        notes,
        ["the stream stopped (the daemon closed it); waiting for the daemon", "the stream goes on after 42"]
    );
    let asked = far.asked().await;
    assert!(asked[1].starts_with("GET /api/v1/stream?after=40 "), "{}", asked[1]);
    for again in &asked[2..] {
        assert!(again.contains("last-event-id: 42\r\n"), "{again}");
    }
}

#[tokio::test]
async fn a_stream_that_is_refused_ends_the_watch() {
    let far = FarEnd::answering(&[answer(401, "{\"title\":\"Sign in first\"}")]);
    let mut voice = Voice { show: &mut |_| Ok(Audience::Listening), tell: &mut |_| {} };
    let ended = watch::follow(&far.session().client, Some(0), "", &plain(Form::Plain), &mut voice).await;
    assert_eq!(ended.map_err(|failure| failure.exit), Err(Exit::NotSignedIn));
}
