//! Conversations with a daemon at the other end of a socket: what is asked, what comes of each answer, and how the stream
//! is taken up again.

use std::path::PathBuf;

use super::super::arguments::Form;
use super::super::output::Audience;
use super::super::{watch, when::Calendar};
use super::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
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
                let (mut stream, _) = listener.accept().await.unwrap();
                asked.push(request(&mut stream).await);
                // The reader may have seen enough and gone.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            asked
        });
        Self { dir, asked }
    }

    fn session(&self) -> Session {
        let client = Client::new(self.dir.path().join("rackward.sock"), Narration::Silent);
        Session::new(client, "2026-07-24T12:00:00Z".parse().unwrap(), Prompting::Forbidden)
    }

    async fn asked(self) -> Vec<String> {
        self.asked.await.unwrap()
    }
}

/// One request, head and body.
async fn request(stream: &mut UnixStream) -> String {
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
    Screen { form, calendar, paint: Paint::Plain, width_columns: None }
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
    check("door list", "GET /api/v1/doors").await;
    check("device list", "GET /api/v1/devices").await;
    check("person list --name kh", "GET /api/v1/people?name=kh").await;
    check("credential list --person p-2", "GET /api/v1/people/p-2/credentials").await;
    check("grant list", "GET /api/v1/grants").await;
    check("grant list --person khan", "GET /api/v1/grants?person=khan").await;
    check("event list --after 7 --limit 3", "GET /api/v1/events?after=7&limit=3").await;
    check("explain --person p-1 --point a/in", "GET /api/v1/explain?person=p-1&point=a%2Fin").await;
    check(
        "explain --person p-1 --point a --at 2026-08-03T09:00+01:00",
        "GET /api/v1/explain?person=p-1&point=a&at=2026-08-03T08%3A00%3A00.000Z",
    )
    .await;
    check("console login", "POST /api/v1/sessions/link").await;
    check("person disable p-3 --reason left", "POST /api/v1/people/p-3/disable").await;
    check("person enable p-3 --reason back", "POST /api/v1/people/p-3/enable").await;
    check("credential lost cred-2 --reason x", "POST /api/v1/credentials/cred-2/state").await;
    check("grant revoke g-3 --reason done", "POST /api/v1/grants/g-3/revoke").await;
    check("door open main-entrance --reason x", "POST /api/v1/doors/open").await;
    check("alarm ack alm-7 --note seen", "POST /api/v1/alarms/alm-7/acknowledge").await;
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
        "grant create --person p-2 --rack r01/c01 --for 4h --ticket CHG-1 --reason psu",
        json!({"person": "p-2", "rack": "r01/c01", "to_at": "2026-07-24T16:00:00.000Z", "reason": "psu", "ticket": "CHG-1"}),
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
    check("alarm ack alm-7", json!({"note": ""})).await;
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
        let failure = ask(&far.session(), "grant revoke g-3 --reason x").await.unwrap_err();
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
    let session = Session::new(nowhere, Timestamp::UNIX_EPOCH, Prompting::Forbidden);
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
    let ended = watch::follow(&far.session().client, None, &plain(Form::Ndjson), &mut voice).await;
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
    let ended = watch::follow(&far.session().client, Some(0), &plain(Form::Plain), &mut voice).await;
    assert_eq!(ended.map_err(|failure| failure.exit), Err(Exit::NotSignedIn));
}
