//! Requests that cannot be accepted: each gets problem details that name everything wrong, and changes nothing.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::engine::query::JournalHealth;
use rackward_core::id::Seq;
use rackward_dashboard::backend::{Part, PartState, PartVitals, Vitals};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request, new_key};

const ROOT: Who = Who::Socket(0);

fn assert_problem(answered: &Answered, status: u16, code: &str) {
    let json = answered.json();
    assert_eq!((answered.status.as_u16(), json["code"].as_str()), (status, Some(code)), "{json}");
    assert_eq!(answered.header("content-type"), "application/problem+json");
    assert_eq!(json["status"], status);
    for member in ["type", "title", "detail", "instance"] {
        assert!(json[member].is_string(), "{member} is missing: {json}");
    }
}

/// A site with one person, p-1, and how its journal stood before anything was refused.
struct Refusing {
    desk: Desk,
    head: Seq,
}

impl Refusing {
    async fn open() -> Self {
        let desk = Desk::open();
        desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await;
        let head = desk.site.head_now();
        Self { desk, head }
    }

    async fn check(&self, path: &str, body: Value, status: u16, pointers: &[&str]) {
        let answered = self.desk.post(&ROOT, path, body.clone()).await;
        assert_eq!(answered.status.as_u16(), status, "{path} {body}: {}", answered.text());
        assert_eq!(answered.pointers(), pointers, "{path} {body}: {}", answered.text());
        assert_eq!(self.desk.site.head_now(), self.head, "{path} {body} changed something");
    }
}

#[tokio::test]
async fn everything_wrong_with_a_person_is_named() {
    let site = Refusing::open().await;
    let people = "/api/v1/people";
    site.check(people, json!({}), 422, &["/name"]).await;
    site.check(people, json!({ "name": "A", "nick": "B", "age": 3 }), 422, &["/age", "/nick"]).await;
    site.check(people, json!({ "name": 7 }), 422, &["/name"]).await;
    site.check(people, json!({ "name": "" }), 422, &["/name"]).await;
    site.check(people, json!({ "name": "A\u{202e}dmin" }), 422, &["/name"]).await;
    site.check(people, json!({ "name": "A", "pin": "12" }), 422, &["/pin"]).await;
    site.check(people, json!({ "name": "A", "pin": "12a4" }), 422, &["/pin"]).await;
    let all = json!({ "name": "", "pin": "1", "status": "gone", "clearance": "top" });
    site.check(people, all, 422, &["/name", "/status", "/clearance", "/pin"]).await;
    site.check(people, json!({ "name": "A", "status": "left" }), 422, &["/status"]).await;
    site.check(people, json!({ "name": "A", "organisation": "nobody" }), 422, &["/organisation"]).await;
    site.check(people, json!({ "name": "A", "extended_time": "yes" }), 422, &["/extended_time"]).await;
    site.check("/api/v1/people/p-1/status", json!({ "status": "gone", "reason": "" }), 422, &["/status", "/reason"])
        .await;
    site.check("/api/v1/people/p-9/status", json!({ "status": "left", "reason": "x" }), 404, &[]).await;
    site.check("/api/v1/people/p-1/enable", json!({ "reason": "x" }), 409, &[]).await;
    site.check(people, json!([1]), 400, &[]).await;
}

#[tokio::test]
async fn everything_wrong_with_a_card_is_named() {
    let site = Refusing::open().await;
    let credentials = "/api/v1/credentials";
    site.check(credentials, json!({ "person": "p-1", "card": "34567" }), 422, &["/card"]).await;
    site.check(
        credentials,
        json!({ "person": "p-1", "card": "26:1:5", "valid_to_at": "soon" }),
        422,
        &["/valid_to_at"],
    )
    .await;
    site.check(credentials, json!({ "person": "nobody of this name", "card": "26:1:5" }), 422, &["/person"]).await;
    site.check(credentials, json!({ "person": "", "card": "26:1:5" }), 422, &["/person"]).await;
    let numbered = |mut body: Value| {
        body["person"] = json!("p-1");
        body
    };
    site.check(credentials, numbered(json!({})), 422, &["/card"]).await;
    site.check(credentials, numbered(json!({ "number": "5" })), 422, &["/format"]).await;
    site.check(credentials, numbered(json!({ "format": "h10301" })), 422, &["/number", "/facility"]).await;
    let large = json!({ "format": "H10301", "facility": "256", "issue": "1", "number": "65536" });
    site.check(credentials, numbered(large), 422, &["/facility", "/issue", "/number"]).await;
    let unread = json!({ "format": "h10301", "facility": "-1", "number": "5x" });
    site.check(credentials, numbered(unread), 422, &["/facility", "/number"]).await;
    site.check(
        credentials,
        numbered(json!({ "format": "h10301", "facility": 1, "number": 5 })),
        422,
        &["/facility", "/number"],
    )
    .await;
    site.check(credentials, numbered(json!({ "format": "felica", "number": "5" })), 422, &["/format"]).await;
    site.check(credentials, numbered(json!({ "card": "26:1:5", "number": "5" })), 422, &["/number"]).await;
    site.check(credentials, numbered(json!({ "card": "raw:26:86438380", "format": "h10301" })), 422, &["/card"]).await;
    site.check(credentials, numbered(json!({ "card": "26:1:5", "format": "h10302" })), 422, &["/card"]).await;
    site.check("/api/v1/credentials/cred-1/state", json!({ "state": "gone", "reason": "x" }), 422, &["/state"]).await;
    site.check("/api/v1/credentials/cred-1/state", json!({ "state": "lost", "reason": "x" }), 404, &[]).await;
    site.check("/api/v1/credentials/p-1/state", json!({ "state": "lost", "reason": "x" }), 404, &[]).await;
}

#[tokio::test]
async fn everything_wrong_with_a_grant_or_an_order_is_named() {
    let site = Refusing::open().await;
    let grants = "/api/v1/grants";
    let to = "2026-07-24T18:00:00Z";
    site.check(grants, json!({ "person": "p-1", "to_at": to, "reason": "x" }), 422, &["/doors"]).await;
    site.check(grants, json!({ "person": "p-1", "rack": "r99", "to_at": to, "reason": "x" }), 422, &["/rack"]).await;
    let doors = json!({ "person": "p-1", "doors": ["main-entrance", "no-such"], "to_at": to, "reason": "x" });
    site.check(grants, doors, 422, &["/doors/1"]).await;
    let words = json!({
        "person": "p-1", "doors": ["main-entrance"], "to_at": to, "reason": " ", "days": "Weekdays", "ticket": "\n",
    });
    site.check(grants, words, 422, &["/days", "/reason", "/ticket"]).await;
    site.check("/api/v1/grants/g-9/revoke", json!({ "reason": "x" }), 404, &[]).await;

    let open = json!({ "door": "front", "reason": "x", "not_after_at": "2026-07-24T13:10:00Z" });
    site.check("/api/v1/doors/open", open, 422, &["/door"]).await;
    site.check("/api/v1/alarms/alm-9/acknowledge", json!({ "note": "seen by guard" }), 404, &[]).await;
}

#[tokio::test]
async fn a_card_is_named_by_format_and_numbers() {
    let desk = Desk::open();
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await;
    let assign = async |body: Value| {
        let mut body = body;
        body["person"] = json!("p-1");
        let answered = desk.post(&ROOT, "/api/v1/credentials", body).await;
        (answered.status.as_u16(), answered.json())
    };
    let (status, first) = assign(json!({ "format": "H10301", "facility": "12", "number": "34567" })).await;
    assert_eq!((status, &first["card"]), (201, &json!("**567")), "{first}");
    let (status, again) = assign(json!({ "card": "26:12:34567" })).await;
    assert_eq!(status, 409, "the same card in another form is the same card: {again}");
    let (status, serial) = assign(json!({ "format": "csn-7", "number": "0x04A2245A913C80" })).await;
    assert_eq!((status, &serial["card"]), (201, &json!("**80")), "{serial}");
    let (status, checked) = assign(json!({ "card": "raw:35:94e4021660", "format": "c1000-35" })).await;
    assert_eq!((status, &checked["card"]), (201, &json!("**137")), "{checked}");
    let (_, unknown) = assign(json!({ "format": "wiegand-37", "number": "271828" })).await;
    let detail = unknown["detail"].as_str().unwrap();
    assert!(detail.contains("did you mean h10302 or h10304?") && detail.contains("csn-10"), "{detail}");
    let (_, parity) = assign(json!({ "card": "raw:26:86438380", "format": "h10301" })).await;
    let detail = parity["detail"].as_str().unwrap();
    assert_eq!(detail, "h10301: the odd parity bit at 26 does not hold; read the card again or choose another format");
    for answered in [&unknown, &parity] {
        assert!(!answered.to_string().contains("271828") && !answered.to_string().contains("86438380"), "{answered}");
    }
}

#[tokio::test]
async fn card_formats_are_listed_with_what_they_hold() {
    let desk = Desk::open();
    let formats = desk.get(&ROOT, "/api/v1/card-formats").await.json();
    let formats = formats["items"].as_array().unwrap();
    let row = |name: &str| formats.iter().find(|format| format["name"] == name).unwrap().clone();
    let expect = json!({
        "name": "h10301", "bits": 26, "facility": "0-255", "issue": null, "number": "0-65535", "defined": "built_in",
    });
    assert_eq!(row("h10301"), expect);
    assert_eq!(formats.len(), 10);
}

#[tokio::test]
async fn an_ambiguous_name_lists_what_it_could_mean() {
    let desk = Desk::open();
    for name in ["Amir Khan", "Sara Khan", "Khan"] {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name })).await;
    }
    let credential = |person: &str| json!({ "person": person, "card": "26:1:5" });
    let answered = desk.post(&ROOT, "/api/v1/credentials", credential("han")).await;
    assert_problem(&answered, 422, "RW-V002");
    let ids: Vec<&str> = answered.json()["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| ["p-1", "p-2", "p-3"].into_iter().find(|id| candidate["id"] == **id).unwrap())
        .collect();
    assert_eq!(ids, ["p-1", "p-2", "p-3"]);
    let whole = desk.post(&ROOT, "/api/v1/credentials", credential("khan")).await;
    assert_eq!((whole.status.as_u16(), &whole.json()["person"]), (201, &json!("p-3")), "a whole name is not ambiguous");
    let door = desk.get(&ROOT, "/api/v1/explain?person=p-1&point=front").await;
    assert_eq!(door.json()["candidates"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn what_is_wrong_with_the_request_itself_has_a_status_of_its_own() {
    let desk = Desk::open();
    let large = "x".repeat(1100 * 1024);
    let typed = |media: &str, body: &'static str| {
        let request =
            Request::post("/api/v1/people").header("content-type", media).header("idempotency-key", new_key());
        request.body(Body::from(body)).unwrap()
    };
    let (text, broken) = (typed("text/plain", "{}"), typed("application/json", "{\"name\":"));
    let keyless = Request::post("/api/v1/people").body(Body::empty()).unwrap();
    let too_large = json_request("POST", "/api/v1/people", &json!({ "name": large }));
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let rows: Vec<(Request<Body>, u16, &str)> = vec![
        (keyless, 400, "RW-I001"),
        (text, 415, "RW-H004"),
        (broken, 400, "RW-H005"),
        (too_large, 413, "RW-H003"),
        (get("/api/v1/nothing"), 404, "RW-H001"),
        (get("/assets/..%2f..%2fCargo.toml"), 404, "RW-H001"),
        (Request::delete("/api/v1/people").body(Body::empty()).unwrap(), 405, "RW-H002"),
        (get("/api/v1/status?verbose=1"), 400, "RW-H005"),
        (get("/api/v1/events?limit=0"), 400, "RW-H005"),
        (get("/api/v1/events?limit=1001"), 400, "RW-H005"),
        (get("/api/v1/events?after=-1"), 400, "RW-H005"),
        (get("/api/v1/explain?person=p-1"), 400, "RW-H005"),
        (get("/api/v1/explain?person=p-1&point=main-entrance&at=noon"), 400, "RW-H005"),
        (get("/api/v1/explain?person=p-77&point=main-entrance"), 404, "RW-H001"),
        (get("/api/v1/stream?after=x"), 400, "RW-H005"),
        (Request::get("/api/v1/stream").header("last-event-id", "one").body(Body::empty()).unwrap(), 400, "RW-H005"),
    ];
    for (request, status, code) in rows {
        let shown = format!("{} {}", request.method(), request.uri());
        let answered = desk.send(ROOT, request).await;
        println!("{shown} {}", answered.status);
        assert_problem(&answered, status, code);
        assert_eq!(answered.header("cache-control"), "no-store");
        assert!(answered.header("content-security-policy").starts_with("default-src 'self'"), "{shown}");
    }
    let wrong_method = desk.send(ROOT, Request::delete("/api/v1/people").body(Body::empty()).unwrap()).await;
    assert_eq!(wrong_method.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn an_overloaded_daemon_says_when_to_come_back() {
    let desk = Desk::open();
    desk.site.set_unavailable(true);
    let answered = desk.get(&ROOT, "/api/v1/status").await;
    assert_problem(&answered, 503, "RW-S001");
    assert_eq!(answered.header("retry-after"), "5");
}

#[tokio::test]
async fn probes_tell_whether_the_daemon_lives_and_whether_it_can_work() {
    let desk = Desk::open();
    let check = async |path: &str, code: u16, expect: Value| {
        let answer = desk.get(&Who::Nobody, path).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (code, expect), "{path}");
    };
    let ready = |status: &str, journal: &str, decisions: &str, away: Value| json!({ "status": status, "journal": journal, "decisions": decisions, "away": away, "parts": [] });
    check("/healthz", 200, json!({ "status": "ok", "journal": "writable" })).await;
    check("/readyz", 200, ready("ready", "writable", "turning", json!([]))).await;
    let away = vec!["lobby".to_owned()];
    desk.site.set_vitals(Vitals { since_turn: Duration::from_secs(1), away, parts: Vec::new() });
    check("/readyz", 200, ready("ready", "writable", "turning", json!(["lobby"]))).await;
    desk.site.set_health(JournalHealth::Unwritable);
    check("/healthz", 200, json!({ "status": "ok", "journal": "unwritable" })).await;
    check("/readyz", 503, ready("not_ready", "unwritable", "turning", json!(["lobby"]))).await;
    desk.site.set_health(JournalHealth::Writable);
    desk.site.set_vitals(Vitals { since_turn: Duration::from_secs(11), ..Vitals::default() });
    check("/healthz", 503, json!({ "status": "stuck", "journal": "writable" })).await;
    check("/livez", 503, json!({ "status": "stuck", "journal": "writable" })).await;
    check("/readyz", 503, ready("not_ready", "writable", "stuck", json!([]))).await;
}

#[tokio::test]
async fn probes_and_the_status_tell_alike_of_what_keeps_nobody_from_work() {
    let desk = Desk::open();
    let part = |part, state, behind_entries| PartVitals { part, state, behind_entries };
    desk.site.set_vitals(Vitals {
        parts: vec![
            part(Part::ExternalBroker, PartState::Failing, None),
            part(Part::SearchIndex, PartState::CatchingUp, Some(70_000)),
            part(Part::Webhook("desk".to_owned()), PartState::Working, Some(0)),
        ],
        ..Vitals::default()
    });
    let expect = json!([
        { "part": "mqtt_broker", "name": "external", "state": "failing" },
        { "part": "search_index", "state": "catching_up", "behind_entries": 70_000 },
        { "part": "webhook", "name": "desk", "state": "working", "behind_entries": 0 },
    ]);
    let ready = desk.get(&Who::Nobody, "/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["parts"]), (200, &expect));
    assert_eq!(desk.get(&ROOT, "/api/v1/status").await.json()["parts"], expect);
}

#[tokio::test]
async fn webhooks_are_shown_replayed_tested_and_enabled() {
    let desk = Desk::open();
    let list = desk.get(&ROOT, "/api/v1/webhooks").await.json();
    let told = |index: usize| ["name", "content", "state", "disabled_at"].map(|name| &list["items"][index][name]);
    assert_eq!(told(0), [&json!("desk"), &json!("thin"), &json!("away"), &Value::Null]);
    assert_eq!(told(2), [&json!("gone"), &json!("thin"), &json!("disabled"), &json!("2026-07-24T13:03:22.000Z")]);
    let first = desk.get(&ROOT, "/api/v1/webhooks/desk/failures?limit=1").await.json();
    assert_eq!(first["items"][0]["seq"], 3);
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = desk.get(&ROOT, &format!("/api/v1/webhooks/desk/failures?limit=1&cursor={cursor}")).await.json();
    assert_eq!((&next["items"][0]["seq"], &next["next_cursor"]), (&json!(5), &Value::Null));
    let replayed = desk.post(&ROOT, "/api/v1/webhooks/desk/replay", json!({ "from": 4 })).await;
    assert_eq!(replayed.json(), json!({ "replayed": 1, "left": 4 }), "{}", replayed.text());
    let tested = desk.post(&ROOT, "/api/v1/webhooks/desk/test", json!({})).await;
    assert_eq!(tested.json(), json!({ "taken": false, "cause": "no connection" }), "{}", tested.text());
    assert_eq!(desk.post(&ROOT, "/api/v1/webhooks/desk/enable", json!({})).await.status, StatusCode::OK);
    assert_problem(&desk.post(&ROOT, "/api/v1/webhooks/other/enable", json!({})).await, 404, "RW-H001");
    for name in ["gone", "full"] {
        let refused = desk.post(&ROOT, &format!("/api/v1/webhooks/{name}/replay"), json!({})).await;
        assert_problem(&refused, 409, "RW-C001");
    }
}

#[tokio::test]
async fn an_order_about_a_webhook_is_recorded_before_it_is_done_and_a_rehearsal_does_nothing() {
    let desk = Desk::open();
    let told = || {
        let text = desk.site.journal_text();
        let facts = text.split("entry: Webhook(").skip(1).map(|rest| rest.split([' ', '{']).next().unwrap().to_owned());
        facts.collect::<Vec<_>>()
    };
    let orders = [("replay", json!({ "from": 4 })), ("test", json!({})), ("enable", json!({}))];
    for (order, body) in &orders {
        let path = format!("/api/v1/webhooks/desk/{order}?dry_run=true");
        let rehearsed = desk.post(&ROOT, &path, body.clone()).await;
        assert!(rehearsed.text().contains("rackward.webhook."), "{order}: {}", rehearsed.text());
    }
    assert_eq!(told(), [""; 0], "a rehearsal records nothing");
    for (order, body) in orders {
        desk.post(&ROOT, &format!("/api/v1/webhooks/desk/{order}"), body).await;
    }
    assert_eq!(told(), ["Replayed", "Tested", "Enabled"]);
    // What is known to do nothing is not recorded either.
    desk.post(&ROOT, "/api/v1/webhooks/gone/replay", json!({})).await;
    assert_eq!(told().len(), 3);
}

#[tokio::test]
async fn measurements_are_text_for_those_who_may_see_them() {
    let desk = Desk::open();
    let answer = desk.get(&ROOT, "/metrics").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "rackward_build_info 1\n"));
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(desk.get(&Who::Nobody, "/metrics").await.status.as_u16(), 401);
}
