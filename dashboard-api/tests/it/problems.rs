//! Refusals, whole, as they cross the wire (RFC 9457; `api.md` D.2): kept as text in `problems.txt`, for those who review a
//! change of them.

use axum::body::Body;
use axum::http::Request;
use rackward_core::permission::{OperatorRole, Permission, PermissionSet};
use rackward_dashboard::wire::problem::ProblemKind;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request, new_key};
use crate::routes::{address, prepared};

const ROOT: Who = Who::Socket(0);

const KEPT: &str = include_str!("problems.txt");

/// A trace that everything here belongs to.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn refused(desk: &Desk, who: &Who, mut request: Request<Body>) -> String {
    let (method, path) = (request.method().to_string(), request.uri().to_string());
    request.headers_mut().insert("traceparent", TRACE.parse().unwrap());
    let answered = desk.send(who.clone(), request).await;
    assert_eq!(answered.header("content-type"), "application/problem+json", "{method} {path}: {}", answered.text());
    check(&answered, path.split('?').next().unwrap());
    format!("{method} {path}\n{}\n", serde_json::to_string_pretty(&answered.json()).unwrap())
}

/// What holds of every refusal.
fn check(answered: &Answered, path: &str) {
    let problem = answered.json();
    let slug = problem["type"].as_str().unwrap().strip_prefix("https://rackward.invalid/problems/").unwrap();
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.facts().0 == slug).unwrap();
    let (_, title, status, code) = kind.facts();
    assert_eq!(
        (&problem["title"], &problem["status"], &problem["code"]),
        (&json!(title), &json!(status), &json!(code))
    );
    assert_eq!(answered.status.as_u16(), status);
    assert_eq!((&problem["instance"], &problem["trace_id"]), (&json!(path), &json!(&TRACE[3..35])));
    let seconds = problem.get("retry_after_s").map(Value::to_string).unwrap_or_default();
    assert_eq!(answered.header("retry-after"), seconds);
}

#[tokio::test]
async fn refusals_are_as_they_are_kept() {
    let desk = prepared().await;
    let session = async |role| Who::Session(desk.sign_in(role).await);
    let (auditor, admin) = (session(OperatorRole::Auditor).await, session(OperatorRole::Admin).await);
    let tenant = desk.sign_in_for("st-marys", "admin").await;
    let bare =
        |method: &str, path: &str| Request::builder().method(method).uri(address(path)).body(Body::empty()).unwrap();
    let ask = |method: &str, path: &str, body: Value| json_request(method, &address(path), &body);
    let keyed = |method: &str, path: &str, kind: &str, body: &str| {
        let request = Request::builder().method(method).uri(address(path)).header("idempotency-key", new_key());
        request.header("content-type", kind).body(Body::from(body.to_owned())).unwrap()
    };
    let to = "2026-07-24T16:00:00Z";
    let soon = "2026-07-24T13:10:00Z";
    let past = "2026-07-24T13:00:00Z";
    let grant = |rack: &str, to: &str| json!({ "person": "p-1", "rack": rack, "to_at": to, "reason": "x" });
    let cases = [
        (Who::Nobody, bare("GET", "/doors")),
        (auditor.clone(), ask("POST", "/people", json!({ "name": "Bo Lind" }))),
        (tenant, bare("GET", "/status")),
        (admin, ask("POST", "/sessions/link", json!({}))),
        (ROOT, bare("GET", "/schedules/Nights/preview?from_at=soon&colour=red")),
        (ROOT, bare("GET", "/grants/g-99")),
        (ROOT, bare("GET", "/nowhere")),
        (ROOT, bare("PATCH", "/grants/g-1")),
        (ROOT, keyed("POST", "/people", "text/plain", "Bo Lind")),
        (ROOT, keyed("POST", "/people", "application/json", "{\"name\":")),
        (ROOT, keyed("POST", "/people", "application/json", "{\"name\":\"A\",\"name\":\"B\",\"a b/c\":1}")),
        (ROOT, keyed("PUT", "/schedules/Nights", "application/json", "{}")),
        (ROOT, keyed("PUT", "/calendars/Holidays/ical", "text/calendar", "nonsense")),
        (ROOT, bare("POST", "/people")),
        (ROOT, ask("POST", "/people?dry_run=maybe", json!({ "name": "Bo Lind" }))),
        (ROOT, ask("POST", "/sessions/link?dry_run=true", json!({}))),
        (ROOT, ask("POST", "/people", json!({ "nam": "Bo Lind", "pin": 1 }))),
        (ROOT, ask("POST", "/grants", grant("r02/c01", to))),
        (ROOT, ask("POST", "/grants", grant("r09", to))),
        (ROOT, ask("POST", "/grants", json!({ "person": "r", "doors": ["nowhere"], "to_at": to, "reason": "" }))),
        (ROOT, ask("POST", "/profiles", json!({ "name": "New", "policies": [{ "door": "nowhere" }], "reason": "x" }))),
        (ROOT, ask("GET", "/people/nobody", Value::Null)),
        (ROOT, ask("POST", "/grants/g-2/approve", json!({ "reason": "x" }))),
        (ROOT, ask("POST", "/doors/open", json!({ "door": "main-entrance", "reason": "x", "not_after_at": past }))),
    ];
    let open = || ask("POST", "/doors/open", json!({ "door": "main-entrance", "reason": "x", "not_after_at": soon }));
    let mut told = String::new();
    for (who, request) in cases {
        told += &refused(&desk, &who, request).await;
    }
    let mut stale = ask("PUT", "/profiles/Own", json!({ "policies": [{ "door": "r02/c01/front" }], "reason": "x" }));
    stale.headers_mut().insert("if-match", "\"0123456789abcdef\"".parse().unwrap());
    told += &refused(&desk, &ROOT, stale).await;
    let down = json!({ "area": "lobby", "reason": "x", "not_after_at": soon });
    assert!(desk.send(ROOT, ask("POST", "/areas/lockdown", down)).await.status.is_success());
    told += &refused(&desk, &ROOT, open()).await;
    let alone = Desk::of(desk.site.where_two_confirm(PermissionSet::NONE.with(Permission::OpenDoors)));
    told += &refused(&alone, &ROOT, open()).await;
    println!("{told}");
    let new = format!("{}/problems.txt", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&new, &told).unwrap();
    assert!(told == KEPT, "refusals changed; compare tests/it/problems.txt with {new}, and keep it if it is meant so");
}
