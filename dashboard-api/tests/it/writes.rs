//! Writes that are safe to repeat, to race and to try: keys, revisions, rehearsals, allowances, traces, and bodies of every
//! wrong shape.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::permission::OperatorRole;
use rackward_dashboard::{Origin, PeerAddress};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::asking::{Answered, Desk, Who, json_request, new_key};
use crate::routes::{address, every_route, prepared};

const ROOT: Who = Who::Socket(0);
const PEOPLE: &str = "/api/v1/people";

/// A request with exactly these fields.
fn request(method: &str, path: &str, fields: &[(&str, &str)], body: &Value) -> Request<Body> {
    let start = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = fields.iter().fold(start, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.to_string())).unwrap()
}

async fn keyed(desk: &Desk, key: &str, path: &str, body: &Value) -> Answered {
    desk.send(ROOT, request("POST", path, &[("idempotency-key", key)], body)).await
}

fn code(answered: &Answered) -> (u16, String) {
    let code = answered.json()["code"].as_str().unwrap_or_default().to_owned();
    (answered.status.as_u16(), code)
}

#[tokio::test]
async fn the_same_request_twice_has_one_effect() {
    let desk = Desk::open();
    let ada = json!({ "name": "Ada Byrne" });
    let first = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (StatusCode::CREATED, ""));
    let head = desk.site.head_now();
    let again = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(desk.site.head_now(), head);
    let other = keyed(&desk, "\"k1\"", PEOPLE, &json!({ "name": "Bo Lind" })).await;
    assert_eq!(code(&other), (422, "RW-I002".into()));
    assert_eq!(desk.site.head_now(), head);
    let another = desk.send(Who::Socket(rustix::process::geteuid().as_raw()), json_request("POST", PEOPLE, &ada)).await;
    assert_eq!(another.status, StatusCode::CREATED, "another key is another request");
}

/// Names lie where they can be erased, and an answer that is kept for a day is no such place.
#[tokio::test]
async fn no_name_lies_in_an_answer_that_is_kept() {
    let desk = Desk::open();
    let ada = json!({ "name": "Ada Byrne" });
    let first = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Lovelace" })).await;
    let vague = json!({ "person": "ada", "doors": ["main-entrance"], "to_at": "2026-07-24T16:00:00Z", "reason": "x" });
    let several = keyed(&desk, "\"k2\"", "/api/v1/grants", &vague).await;
    assert_eq!(code(&several), (422, "RW-V002".into()));
    assert_eq!(several.json()["candidates"][1]["name"], "Ada Lovelace");
    let kept = desk.site.kept_answers();
    assert!(kept.contains("p-1") && kept.contains("RW-V002"), "{kept}");
    assert!(!kept.contains("Ada") && !kept.contains("Byrne") && !kept.contains("Lovelace"), "{kept}");
    let again = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    desk.site.erase_names();
    let head = desk.site.head_now();
    let later = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    assert_eq!((later.status, &later.json()["name"]), (StatusCode::CREATED, &Value::Null), "{}", later.text());
    assert_eq!(desk.site.head_now(), head, "it was not done again");
}

#[tokio::test]
async fn a_refusal_is_the_same_the_second_time() {
    let desk = Desk::open();
    let nobody = json!({ "name": "" });
    let first = keyed(&desk, "\"k1\"", PEOPLE, &nobody).await;
    let again = keyed(&desk, "\"k1\"", PEOPLE, &nobody).await;
    assert_eq!((code(&first), first.pointers()), (code(&again), again.pointers()));
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (422, "true"));
}

#[tokio::test]
async fn after_a_crash_nothing_is_done_twice() {
    let desk = Desk::open();
    let ada = json!({ "name": "Ada Byrne" });
    keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    desk.site.lose_answers();
    let head = desk.site.head_now();
    let again = keyed(&desk, "\"k1\"", PEOPLE, &ada).await;
    assert_eq!(code(&again), (409, "RW-I004".into()));
    assert!(again.json()["detail"].as_str().unwrap().contains("/api/v1/events"), "{}", again.text());
    assert_eq!(desk.site.head_now(), head);
}

#[tokio::test]
async fn a_change_without_a_key_is_refused_for_everybody() {
    let desk = Desk::open();
    let session = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    let head = desk.site.head_now();
    for who in [ROOT, session] {
        let answered = desk.send(who, request("POST", PEOPLE, &[], &json!({ "name": "Ada" }))).await;
        assert_eq!(code(&answered), (400, "RW-I001".into()));
    }
    for wrong in ["k1", "\"\"", "\"a\", \"b\""] {
        assert_eq!(
            code(&keyed(&desk, wrong, PEOPLE, &json!({ "name": "Ada" })).await),
            (400, "RW-H005".into()),
            "{wrong}"
        );
    }
    assert_eq!(desk.site.head_now(), head);
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let desk = Desk::open();
    let (path, why) = ("/api/v1/devices/r02-c01-front/enrol", json!({ "reason": "new handle" }));
    let first = keyed(&desk, "\"k1\"", path, &why).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = keyed(&desk, "\"k1\"", path, &why).await;
    assert_eq!(code(&again), (409, "RW-I005".into()));
    assert!(!again.text().contains("AAAA-"), "{}", again.text());
    assert_eq!(again.header("idempotency-replayed"), "true");
}

/// Whatever is shown once is shown once: the second answer holds nothing, and nothing happens for it.
#[tokio::test]
async fn no_answer_with_a_secret_is_kept() {
    let desk = prepared().await;
    desk.site.know_operators();
    let desk = Desk::of(desk.site);
    let why = json!({ "reason": "x" });
    let until = "2026-07-24T16:00:00Z";
    let token = json!({ "owner": "m.rossi", "permissions": ["view_site"], "to_at": until, "reason": "x" });
    for (path, body) in [
        ("/tokens", token),
        ("/operators", json!({ "name": "new", "role": "security" })),
        ("/operators/opr-1/reset", why.clone()),
        ("/people/p-1/reveal", why),
        ("/sessions/link", json!({})),
    ] {
        let path = address(path);
        let first = keyed(&desk, &format!("\"{path}\""), &path, &body).await;
        assert!(first.status.is_success(), "{path}: {}", first.text());
        let head = desk.site.head_now();
        let again = keyed(&desk, &format!("\"{path}\""), &path, &body).await;
        assert_eq!(code(&again), (409, "RW-I005".into()), "{path}: {}", again.text());
        assert_eq!(desk.site.head_now(), head, "{path}");
    }
}

#[tokio::test]
async fn who_may_not_yet_may_later_under_the_same_key() {
    let desk = Desk::open();
    desk.site.know_operators();
    let desk = Desk::of(desk.site);
    let ann = desk.site.operator("ann", OperatorRole::Admin);
    let (late, ada) = (desk.sign_in_as(ann).await, json!({ "name": "Ada Byrne" }));
    desk.site.pass(Duration::from_secs(6 * 60));
    let send =
        async |who: &Who| desk.send(who.clone(), request("POST", PEOPLE, &[("idempotency-key", "\"k1\"")], &ada)).await;
    assert_eq!(code(&send(&late).await), (403, "RW-A010".into()));
    let proven = desk.sign_in_as(ann).await;
    let made = send(&proven).await;
    assert_eq!((made.status, made.header("idempotency-replayed")), (StatusCode::CREATED, ""), "{}", made.text());
}

#[tokio::test]
async fn what_was_stale_is_sent_again_with_what_is_fresh() {
    let desk = Desk::open();
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    let (path, body) = ("/api/v1/people/p-1/details", json!({ "clearance": "high", "reason": "moved" }));
    let put = async |tag: &str| {
        desk.send(ROOT, request("PUT", path, &[("if-match", tag), ("idempotency-key", "\"k1\"")], &body)).await
    };
    assert_eq!(code(&put("\"0123456789abcdef\"").await), (412, "RW-C012".into()));
    let tag = desk.get(&ROOT, "/api/v1/people/p-1").await.header("etag").to_owned();
    let done = put(&tag).await;
    assert_eq!((done.status, done.header("idempotency-replayed")), (StatusCode::OK, ""), "{}", done.text());
}

#[tokio::test]
async fn what_a_cache_holds_lets_nobody_change_what_they_have_not_seen() {
    let desk = prepared().await;
    let before = desk.site.records_text();
    let own = json!({ "policies": [{ "door": "r02/c01/front" }], "reason": "x" });
    let seen = json!({ "note": "Seen by the guard" });
    let check = async |method: &str, path: &str, body: &Value, field: (&str, &str), status: u16| {
        let fields = [("idempotency-key", new_key()), (field.0, field.1.to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answered = desk.send(ROOT, request(method, &address(path), &fields, body)).await;
        assert_eq!(answered.status.as_u16(), status, "{method} {path} {field:?}: {}", answered.text());
    };
    for tags in ["\"x\"", "W/\"x\"", "\"x\", *"] {
        check("PUT", "/profiles/Own", &own, ("if-none-match", tags), 428).await;
        check("POST", "/alarms/alm-1/acknowledge", &seen, ("if-none-match", tags), 428).await;
        check("POST", "/people", &json!({ "name": "Bo Lind" }), ("if-none-match", tags), 400).await;
    }
    check("PUT", "/profiles/Own", &own, ("if-none-match", "*"), 412).await;
    check("POST", "/alarms/alm-1/acknowledge", &seen, ("if-none-match", "*"), 412).await;
    check("POST", "/alarms/alm-1/acknowledge", &seen, ("if-match", "*"), 428).await;
    assert!(before == desk.site.records_text(), "something was changed");
    let tag = desk.get(&ROOT, "/api/v1/alarms/alm-1").await.header("etag").to_owned();
    check("POST", "/alarms/alm-1/acknowledge", &seen, ("if-match", &tag), 200).await;
}

/// Every route that changes something, tried: it says what would be, or that it cannot be tried, and does nothing.
#[tokio::test]
async fn no_route_does_anything_where_it_is_only_tried() {
    let mut tried = 0;
    for (method, path, body, _) in every_route().into_iter().filter(|(method, ..)| *method != "GET") {
        let desk = prepared().await;
        let (engine, journal) = (desk.site.engine_text(), desk.site.journal_text());
        let of_type = match &body {
            Value::String(_) if path.ends_with("/firmware") => "application/octet-stream",
            Value::String(_) => "text/calendar",
            _ => "application/json",
        };
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let rests_on = if path.starts_with("/alarms/") {
            let alarm = path.split('/').take(3).collect::<Vec<_>>().join("/");
            desk.get(&ROOT, &address(&alarm)).await.header("etag").to_owned()
        } else {
            "*".to_owned()
        };
        let start = Request::builder().method(method).uri(format!("{}?dry_run=true", address(path)));
        let start = start.header("content-type", of_type).header("if-match", rests_on);
        let start = start.header("idempotency-key", new_key());
        let answered = desk.send(ROOT, start.body(Body::from(body)).unwrap()).await;
        let told = answered.header("rackward-dry-run") == "true";
        let refused = answered.status.is_client_error();
        assert!(told || refused, "{method} {path}: {} {}", answered.status, answered.text());
        assert!(desk.site.inspections().is_empty(), "{method} {path} looked at a bus");
        assert!(engine == desk.site.engine_text() && journal == desk.site.journal_text(), "{method} {path} did it");
        tried += usize::from(told);
    }
    assert!(tried > 50, "only {tried}");
}

#[tokio::test]
async fn a_read_is_tagged_and_not_sent_twice() {
    let desk = Desk::open();
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    desk.post(&ROOT, "/api/v1/schedules", json!({ "name": "Nights", "windows": ["Mon 20:00-22:00"] })).await;
    for path in
        ["people/p-1", "schedules/Nights", "doors", "doors/main-entrance", "devices/main-entrance-lock", "status"]
    {
        let path = format!("/api/v1/{path}");
        let tag = desk.get(&ROOT, &path).await.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{path}: {tag}");
        let fields = [("if-none-match", format!("\"x\", W/{tag}"))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let again = desk.send(ROOT, request("GET", &path, &fields, &Value::Null)).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
    }
}

#[tokio::test]
async fn of_two_changes_of_what_was_seen_once_the_second_is_refused() {
    let desk = Desk::open();
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    let path = "/api/v1/people/p-1/details";
    let change = |clearance: &str| json!({ "clearance": clearance, "reason": "moved" });
    let missing = desk.send(ROOT, request("PUT", path, &[], &change("high"))).await;
    assert_eq!(code(&missing), (428, "RW-C003".into()));
    let tag = desk.get(&ROOT, "/api/v1/people/p-1").await.header("etag").to_owned();
    let put =
        async |clearance: &str| desk.send(ROOT, request("PUT", path, &[("if-match", &tag)], &change(clearance))).await;
    assert_eq!(put("high").await.status, StatusCode::OK);
    let head = desk.site.head_now();
    let second = put("severe").await;
    assert_eq!(code(&second), (412, "RW-C012".into()));
    let detail = second.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("p-1") && detail.contains("Local user 0 changed it last"), "{detail}");
    assert_eq!(desk.site.head_now(), head);
}

#[tokio::test]
async fn something_new_is_made_only_where_nothing_is() {
    let desk = Desk::open();
    let calendar = |day: &str| {
        let event =
            format!("BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT");
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\nEND:VCALENDAR\r\n")
    };
    let put = async |day: &str| {
        let start = Request::put("/api/v1/calendars/Holidays/ical").header("content-type", "text/calendar");
        desk.send(ROOT, start.header("if-none-match", "*").body(Body::from(calendar(day))).unwrap()).await
    };
    let start = Request::put("/api/v1/calendars/Holidays/ical").header("content-type", "text/calendar");
    let there = start.header("if-match", "*").body(Body::from(calendar("20261224"))).unwrap();
    assert_eq!(code(&desk.send(ROOT, there).await), (412, "RW-C012".into()), "there is nothing to change");
    let made = put("20261225").await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!(code(&put("20261226").await), (412, "RW-C012".into()));
}

#[tokio::test]
async fn a_rehearsal_says_what_would_happen_and_changes_nothing() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    let (engine, journal) = (desk.site.engine_text(), desk.site.journal_text());
    let soon = "2026-07-24T13:10:00Z";
    let check = async |method: &str, path: &str, body: Value, event: &str| {
        let fields = [("idempotency-key", "\"same\""), ("if-match", "*")];
        let answered = desk.send(ROOT, request(method, &format!("/api/v1{path}?dry_run=true"), &fields, &body)).await;
        assert!(answered.status.is_success(), "{path}: {}", answered.text());
        assert_eq!(answered.header("rackward-dry-run"), "true", "{path}");
        let kinds: Vec<String> =
            answered.json()["would"].as_array().unwrap().iter().map(|event| event["type"].to_string()).collect();
        assert!(kinds.iter().any(|kind| kind.contains(event)), "{path}: {kinds:?}");
        assert!(engine == desk.site.engine_text() && journal == desk.site.journal_text(), "{path} changed something");
    };
    check("POST", "/people", json!({ "name": "Bo Lind", "pin": "471199" }), "person.created").await;
    check("PUT", "/people/p-1/pin", json!({ "pin": "471199" }), "person.pin-changed").await;
    check("PUT", "/people/p-1/details", json!({ "clearance": "high", "reason": "x" }), "person.details-changed").await;
    let open = json!({ "door": "main-entrance", "reason": "x", "not_after_at": soon });
    check("POST", "/doors/open", open, "door.operator-released").await;
    let block = json!({ "door": "main-entrance", "order": "block", "reason": "x", "not_after_at": soon });
    check("POST", "/doors/mode", block, "door.mode-changed").await;
    let lockdown = json!({ "area": "lon1/plant", "reason": "x", "not_after_at": soon });
    check("POST", "/areas/lockdown", lockdown, "area.locked-down").await;
    check("POST", "/schedules", json!({ "name": "New", "windows": ["Mon 08:00-09:00"] }), "schedule.set").await;
    let grant = json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": soon, "reason": "x" });
    check("POST", "/grants", grant, "grant.created").await;
    check("POST", "/locate", json!({ "rack": "r02/c01", "reason": "x" }), "device.locate-ordered").await;
}

#[tokio::test]
async fn a_rehearsal_is_refused_as_the_real_thing_would_be() {
    let desk = Desk::open();
    let auditor = Who::Session(desk.sign_in(OperatorRole::Auditor).await);
    let check = async |who: &Who, path: &str, body: Value, status: u16| {
        let answered = desk.send(who.clone(), json_request("POST", path, &body)).await;
        assert_eq!(answered.status.as_u16(), status, "{path}: {}", answered.text());
    };
    check(&auditor, "/api/v1/people?dry_run=true", json!({ "name": "Bo" }), 403).await;
    check(&ROOT, "/api/v1/people?dry_run=true", json!({ "name": "" }), 422).await;
    check(&ROOT, "/api/v1/people?dry_run=yes", json!({ "name": "Bo" }), 400).await;
    check(&ROOT, "/api/v1/people?dryrun=true", json!({ "name": "Bo" }), 400).await;
    check(&ROOT, "/api/v1/sessions/link?dry_run=true", json!({}), 400).await;
    check(&ROOT, "/api/v1/devices/r02-c01-front/enrol?dry_run=true", json!({ "reason": "x" }), 400).await;
    let late = json!({ "door": "main-entrance", "reason": "x", "not_after_at": "2026-07-24T13:00:00Z" });
    check(&ROOT, "/api/v1/doors/open?dry_run=true", late.clone(), 409).await;
    assert!(!desk.site.journal_text().contains("CameTooLate"));
    check(&ROOT, "/api/v1/doors/open", late, 409).await;
    assert!(desk.site.journal_text().contains("CameTooLate"));
}

#[tokio::test]
async fn a_flood_from_one_address_does_not_reach_the_engine() {
    const REQUESTS: u64 = 20_000;
    let desk = Desk::open();
    let cookie = format!("rackward_session={}", desk.sign_in(OperatorRole::Admin).await);
    let before = desk.site.turns();
    let router = desk.router(Origin::Browser);
    let mut refused = 0;
    for _ in 0..REQUESTS {
        let request = Request::get("/api/v1/doors").header("cookie", &cookie).header("host", "localhost");
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(PeerAddress(IpAddr::from([192, 0, 2, 7])));
        let response = router.clone().oneshot(request).await.unwrap();
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
            let headers = response.headers();
            assert!(headers.contains_key("retry-after") && headers.contains_key("ratelimit"), "{headers:?}");
        }
    }
    let turns = desk.site.turns() - before;
    // Where names are hidden, it is asked besides who is named because of an alarm.
    assert_eq!((turns, refused), (2 * 600, REQUESTS - 600), "the engine is asked as often as one caller may ask");
    desk.site.pass(Duration::from_secs(60));
    let who = Who::Session(cookie.split_once('=').unwrap().1.to_owned());
    let answered = desk.get(&who, "/api/v1/doors").await;
    assert_eq!(answered.header("ratelimit-policy"), "\"default\";q=600;w=60");
    assert_eq!((answered.status, answered.header("ratelimit")), (StatusCode::OK, "\"default\";r=599;t=1"));
    assert_eq!(desk.get(&ROOT, "/api/v1/doors").await.header("ratelimit"), "", "the local socket has no limit");
}

#[tokio::test]
async fn tries_to_sign_in_are_few() {
    let desk = Desk::open();
    let router = desk.router(Origin::Browser);
    let mut statuses = Vec::new();
    for _ in 0..30 {
        let mut request = crate::asking::form("/login", "token=guess");
        request.headers_mut().insert("host", "localhost".parse().unwrap());
        request.extensions_mut().insert(PeerAddress(IpAddr::from([192, 0, 2, 7])));
        statuses.push(router.clone().oneshot(request).await.unwrap().status());
    }
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count(), 10);
}

#[tokio::test]
async fn a_trace_goes_in_and_out() {
    let desk = Desk::open();
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{id}-00f067aa0ba902b7-01");
    let fields = [("traceparent", parent.as_str()), ("tracestate", "vendor=1")];
    let answered = desk.send(ROOT, request("GET", "/api/v1/grants/g-7", &fields, &Value::Null)).await;
    assert_eq!((answered.status.as_u16(), answered.json()["trace_id"].as_str()), (404, Some(id)));
    let field = answered.header("traceparent");
    assert!(field.starts_with(&format!("00-{id}-")) && field.ends_with("-01") && field != parent, "{field}");
    assert_eq!(answered.header("tracestate"), "vendor=1");
    let fresh = desk.get(&ROOT, "/api/v1/grants/g-7").await;
    assert_eq!(fresh.json()["trace_id"].as_str(), fresh.header("traceparent").split('-').nth(1));
}

#[tokio::test]
async fn exports_have_a_digest() {
    let desk = Desk::open();
    for path in ["mqtt/acl", "mqtt/crl", "events", "schedules/Office%20hours/ical"] {
        let answered = desk.get(&ROOT, &format!("/api/v1/{path}")).await;
        let digest = answered.header("content-digest");
        assert!(digest.starts_with("sha-256=:") && digest.ends_with("=:"), "{path}: {digest} {}", answered.status);
    }
}

#[tokio::test]
async fn an_operation_is_named_where_devices_are_behind() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.keep_lists("r01-c01-front");
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "p-1", "card": "26:1:5" })).await;
    let to = "2026-07-24T18:00:00Z";
    let grant = json!({ "person": "p-1", "rack": "r01/c01", "to_at": to, "reason": "x", "ticket": "CHG-1" });
    let granted = desk.post(&ROOT, "/api/v1/grants", grant).await;
    assert_eq!(granted.status, StatusCode::ACCEPTED, "{}", granted.text());
    let place = granted.header("location").to_owned();
    assert!(place.starts_with("/api/v1/operations/op-"), "{place}");
    let under_way = desk.get(&ROOT, &place).await.json();
    assert_eq!((&under_way["stored"], &under_way["delivered"]["behind"]), (&json!(true), &json!(["r01-c01-front"])));
    desk.site.acknowledge("r01-c01-front");
    let over = desk.get(&ROOT, &place).await.json();
    assert_eq!((&over["delivered"]["behind"], &over["delivered"]["done"]), (&json!([]), &over["delivered"]["total"]));
    for wrong in ["op-999999", "op-+1", "op-", "x"] {
        assert_eq!(desk.get(&ROOT, &format!("/api/v1/operations/{wrong}")).await.status.as_u16(), 404, "{wrong}");
    }
}

#[tokio::test]
async fn bodies_of_every_wrong_shape_are_refused_and_change_nothing() {
    let desk = Desk::open();
    let head = desk.site.head_now();
    let check = async |body: Vec<u8>, statuses: &[u16]| {
        let start =
            Request::post(PEOPLE).header("content-type", "application/json").header("idempotency-key", new_key());
        let shown = String::from_utf8_lossy(&body).chars().take(40).collect::<String>();
        let answered = desk.send(ROOT, start.body(Body::from(body)).unwrap()).await;
        assert!(statuses.contains(&answered.status.as_u16()), "{shown}: {} {}", answered.status, answered.text());
        assert_eq!(answered.header("content-type"), "application/problem+json", "{shown}");
        assert!(answered.body.len() < 4_096, "{shown}: what was sent is not repeated");
        assert_eq!(desk.site.head_now(), head, "{shown}");
    };
    for body in
        ["null", "true", "1e999", "\"x\"", "[]", "[{}]", "{", "{\"name\":}", "{}x", "\u{feff}{}", "NaN", "{'name':1}"]
    {
        check(body.as_bytes().to_vec(), &[400]).await;
    }
    for body in [
        "{}",
        "{\"name\":null}",
        "{\"name\":{}}",
        "{\"name\":[\"A\"]}",
        "{\"name\":1}",
        "{\"\":1}",
        "{\"name\":\"A\",\"x\":1}",
    ] {
        check(body.as_bytes().to_vec(), &[422]).await;
    }
    check(vec![0xff, 0xfe, 0x00], &[400]).await;
    check(b"{\"name\":\"\xc3\x28\"}".to_vec(), &[400]).await;
    check(["[".repeat(100_000), "]".repeat(100_000)].concat().into_bytes(), &[400, 413]).await;
    check([r#"{"name":"#.repeat(200), "}".repeat(200)].concat().into_bytes(), &[400]).await;
    check(format!("{{\"name\":\"{}\"}}", "A".repeat(10 << 20)).into_bytes(), &[413]).await;
    check(format!("{{\"name\":\"{}\"}}", "A".repeat(65)).into_bytes(), &[422]).await;
    for disguise in ["\\u0000", "\\u001b[2J", "\\n", "\\u202e", "\\u2066", "\\u2069", "\\u009b", "\\u007f"] {
        check(format!("{{\"name\":\"A{disguise}B\"}}").into_bytes(), &[422]).await;
    }
}

#[tokio::test]
async fn names_that_disguise_are_refused_wherever_a_name_is_taken() {
    let desk = Desk::open();
    desk.post(&ROOT, PEOPLE, json!({ "name": "Ada Byrne" })).await;
    let head = desk.site.head_now();
    let soon = "2026-07-24T13:10:00Z";
    for disguise in
        ["A\u{202e}B", "A\u{0}B", "A\u{1b}[2J", "A\u{2067}B", "A\nB", "\u{200b}", "A\u{3164}B", "A\u{feff}B"]
    {
        let bodies = [
            ("/people", json!({ "name": disguise })),
            ("/schedules", json!({ "name": disguise, "windows": ["Mon 08:00-09:00"] })),
            ("/calendars", json!({ "name": disguise, "days": ["2026-12-25"] })),
            ("/profiles", json!({ "name": disguise, "policies": [{ "door": "main-entrance" }], "reason": "x" })),
            ("/tickets/close", json!({ "ticket": disguise, "reason": "x" })),
            ("/people/p-1/disable", json!({ "reason": disguise })),
            ("/doors/open", json!({ "door": "main-entrance", "reason": disguise, "not_after_at": soon })),
            ("/threat-level", json!({ "level": "high", "reason": disguise })),
        ];
        for (path, body) in bodies {
            let answered = desk.post(&ROOT, &format!("/api/v1{path}"), body).await;
            assert_eq!(answered.status.as_u16(), 422, "{path} {disguise:?}: {}", answered.text());
        }
    }
    assert_eq!(desk.site.head_now(), head);
}

#[tokio::test]
async fn another_site_cannot_ask_in_somebodys_name() {
    let desk = Desk::open();
    let session = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    let head = desk.site.head_now();
    let check = async |fields: &[(&str, &str)], status: u16| {
        let key = new_key();
        let fields = [fields, &[("idempotency-key", key.as_str())]].concat();
        let answered = desk.send(session.clone(), request("POST", PEOPLE, &fields, &json!({ "name": "" }))).await;
        assert_eq!(answered.status.as_u16(), status, "{fields:?}: {}", answered.text());
    };
    check(&[("sec-fetch-site", "cross-site")], 403).await;
    check(&[("sec-fetch-site", "same-site")], 403).await;
    check(&[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")], 403).await;
    check(&[("origin", "null"), ("host", "127.0.0.1:8080")], 403).await;
    check(&[("sec-fetch-site", "same-origin")], 422).await;
    assert_eq!(desk.site.head_now(), head);
}
