//! Every route by every kind of caller, as a matrix. A route that is missing here fails the last test.

mod asked;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::permission::{OperatorRole, Permission};
use serde_json::{Value, json};

use crate::asking::{Desk, Who, form, json_request};

/// How a route answers somebody who is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Anybody may ask.
    Open,
    /// Refused with 401.
    SignIn,
    /// Shown the way to sign in.
    Page,
}

const ROUTES: &[(&str, &str, Door)] = &[
    ("GET", "/healthz", Door::Open),
    ("GET", "/livez", Door::Open),
    ("GET", "/readyz", Door::Open),
    ("GET", "/api/v1/openapi.json", Door::Open),
    ("GET", "/api/v1/asyncapi.json", Door::Open),
    ("GET", "/help/api", Door::Open),
    ("GET", "/help/problems", Door::Open),
    ("GET", "/help/problems/{slug}", Door::Open),
    ("GET", "/login", Door::Open),
    ("POST", "/login", Door::Open),
    ("GET", "/assets/{*path}", Door::Open),
    ("GET", "/muster/sw.js", Door::Open),
    ("GET", "/", Door::Page),
    ("GET", "/help/feedback", Door::Page),
    ("GET", "/help/feedback.css", Door::Page),
    ("GET", "/metrics", Door::SignIn),
    ("GET", "/api/v1/webhooks", Door::SignIn),
    ("GET", "/api/v1/webhooks/{name}/failures", Door::SignIn),
    ("POST", "/api/v1/webhooks/{name}/replay", Door::SignIn),
    ("POST", "/api/v1/webhooks/{name}/test", Door::SignIn),
    ("POST", "/api/v1/webhooks/{name}/enable", Door::SignIn),
    ("GET", "/api/v1/status", Door::SignIn),
    ("GET", "/api/v1/receipts", Door::SignIn),
    ("GET", "/api/v1/operations/{id}", Door::SignIn),
    ("POST", "/api/v1/threat-level", Door::SignIn),
    ("GET", "/api/v1/doors", Door::SignIn),
    ("GET", "/api/v1/doors/{id}", Door::SignIn),
    ("GET", "/api/v1/doors/{id}/who", Door::SignIn),
    ("GET", "/api/v1/areas/{id}", Door::SignIn),
    ("GET", "/api/v1/devices/{device}", Door::SignIn),
    ("POST", "/api/v1/doors/open", Door::SignIn),
    ("POST", "/api/v1/doors/mode", Door::SignIn),
    ("GET", "/api/v1/devices", Door::SignIn),
    ("GET", "/api/v1/devices/{device}", Door::SignIn),
    ("POST", "/api/v1/devices/{device}/job", Door::SignIn),
    ("DELETE", "/api/v1/devices/{device}/job", Door::SignIn),
    ("POST", "/api/v1/devices/{device}/accept", Door::SignIn),
    ("POST", "/api/v1/devices/{device}/enrol", Door::SignIn),
    ("POST", "/api/v1/devices/{device}/certificates/revoke", Door::SignIn),
    ("GET", "/api/v1/devices/{device}/exposure", Door::SignIn),
    ("GET", "/api/v1/feedback/patterns", Door::SignIn),
    ("POST", "/api/v1/devices/{device}/pattern", Door::SignIn),
    ("POST", "/api/v1/locate", Door::SignIn),
    ("POST", "/api/v1/canaries", Door::SignIn),
    ("GET", "/api/v1/mqtt/acl", Door::SignIn),
    ("GET", "/api/v1/mqtt/authority", Door::SignIn),
    ("GET", "/api/v1/mqtt/crl", Door::SignIn),
    ("PUT", "/api/v1/firmware", Door::SignIn),
    ("GET", "/api/v1/support-bundle", Door::SignIn),
    ("GET", "/api/v1/support-bundle/download", Door::SignIn),
    ("GET", "/api/v1/buses", Door::SignIn),
    ("POST", "/api/v1/buses/{bus}/scan", Door::SignIn),
    ("POST", "/api/v1/buses/{bus}/trace", Door::SignIn),
    ("GET", "/api/v1/points", Door::SignIn),
    ("GET", "/api/v1/points/{id}/who", Door::SignIn),
    ("GET", "/api/v1/people/{id}/points", Door::SignIn),
    ("POST", "/api/v1/simulations", Door::SignIn),
    ("GET", "/api/v1/cameras", Door::SignIn),
    ("GET", "/api/v1/cameras/uncovered", Door::SignIn),
    ("GET", "/api/v1/cameras/{id}", Door::SignIn),
    ("GET", "/api/v1/cameras/{id}/live", Door::SignIn),
    ("GET", "/api/v1/stills", Door::SignIn),
    ("GET", "/api/v1/stills/{id}/picture", Door::SignIn),
    ("GET", "/api/v1/alarms/{id}/stills", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/stills", Door::SignIn),
    ("GET", "/api/v1/plans", Door::SignIn),
    ("GET", "/api/v1/plans/{id}", Door::SignIn),
    ("PUT", "/api/v1/plans/{id}", Door::SignIn),
    ("DELETE", "/api/v1/plans/{id}", Door::SignIn),
    ("GET", "/api/v1/plans/{id}/svg", Door::SignIn),
    ("PUT", "/api/v1/plans/{id}/bindings", Door::SignIn),
    ("POST", "/api/v1/changes", Door::SignIn),
    ("GET", "/api/v1/site-files", Door::SignIn),
    ("GET", "/api/v1/site-files/schema", Door::SignIn),
    ("GET", "/api/v1/site-files/drift", Door::SignIn),
    ("POST", "/api/v1/site-files/plan", Door::SignIn),
    ("POST", "/api/v1/site-files/apply", Door::SignIn),
    ("POST", "/api/v1/site-files/undo", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/name", Door::SignIn),
    ("PATCH", "/api/v1/people/{id}", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/external-id", Door::SignIn),
    ("GET", "/api/v1/racks", Door::SignIn),
    ("POST", "/api/v1/racks/import", Door::SignIn),
    ("GET", "/api/v1/areas", Door::SignIn),
    ("GET", "/api/v1/areas/occupancy", Door::SignIn),
    ("POST", "/api/v1/areas/lockdown", Door::SignIn),
    ("POST", "/api/v1/areas/release", Door::SignIn),
    ("POST", "/api/v1/presence/forgive", Door::SignIn),
    ("GET", "/api/v1/inside", Door::SignIn),
    ("GET", "/api/v1/inside/areas", Door::SignIn),
    ("GET", "/api/v1/alerts", Door::SignIn),
    ("POST", "/api/v1/alerts", Door::SignIn),
    ("GET", "/api/v1/alerts/{id}", Door::SignIn),
    ("DELETE", "/api/v1/alerts/{id}", Door::SignIn),
    ("GET", "/api/v1/reviews", Door::SignIn),
    ("POST", "/api/v1/reviews", Door::SignIn),
    ("GET", "/api/v1/reviews/{id}", Door::SignIn),
    ("GET", "/api/v1/reviews/{id}/lines", Door::SignIn),
    ("POST", "/api/v1/reviews/{id}/assign", Door::SignIn),
    ("POST", "/api/v1/reviews/{id}/decisions", Door::SignIn),
    ("POST", "/api/v1/reviews/{id}/close", Door::SignIn),
    ("GET", "/api/v1/reviews/{id}/evidence", Door::SignIn),
    ("GET", "/api/v1/musters", Door::SignIn),
    ("POST", "/api/v1/musters", Door::SignIn),
    ("GET", "/api/v1/musters/{id}", Door::SignIn),
    ("POST", "/api/v1/musters/{id}/end", Door::SignIn),
    ("POST", "/api/v1/musters/{id}/marks", Door::SignIn),
    ("POST", "/api/v1/musters/{id}/visitors", Door::SignIn),
    ("GET", "/api/v1/shift", Door::SignIn),
    ("POST", "/api/v1/shift/accept", Door::SignIn),
    ("POST", "/api/v1/shift/note", Door::SignIn),
    ("POST", "/api/v1/shift/reject", Door::SignIn),
    ("GET", "/api/v1/visitors", Door::SignIn),
    ("POST", "/api/v1/visitors", Door::SignIn),
    ("GET", "/api/v1/visitors/{id}", Door::SignIn),
    ("POST", "/api/v1/visitors/{id}/leave", Door::SignIn),
    ("GET", "/api/v1/alarms", Door::SignIn),
    ("GET", "/api/v1/alarms/counts", Door::SignIn),
    ("GET", "/api/v1/alarms/{id}", Door::SignIn),
    ("GET", "/api/v1/alarms/{id}/evidence", Door::SignIn),
    ("GET", "/api/v1/events/histogram", Door::SignIn),
    ("GET", "/api/v1/audit/check", Door::SignIn),
    ("GET", "/api/v1/audit/key", Door::SignIn),
    ("GET", "/api/v1/events/facets", Door::SignIn),
    ("GET", "/api/v1/events/export", Door::SignIn),
    ("GET", "/api/v1/alarms/figures", Door::SignIn),
    ("GET", "/api/v1/alarms/proposals", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/acknowledge", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/note", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/shelve", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/unshelve", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/out-of-service", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/return-to-service", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/assign", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/escalate", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/steps", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/close", Door::SignIn),
    ("GET", "/api/v1/people", Door::SignIn),
    ("POST", "/api/v1/people", Door::SignIn),
    ("GET", "/api/v1/people/{id}", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/pin", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/duress-pin", Door::SignIn),
    ("POST", "/api/v1/people/{id}/status", Door::SignIn),
    ("POST", "/api/v1/people/{id}/disable", Door::SignIn),
    ("POST", "/api/v1/people/{id}/enable", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/details", Door::SignIn),
    ("GET", "/api/v1/people/{id}/credentials", Door::SignIn),
    ("POST", "/api/v1/credentials", Door::SignIn),
    ("GET", "/api/v1/card-formats", Door::SignIn),
    ("POST", "/api/v1/credentials/{id}/state", Door::SignIn),
    ("POST", "/api/v1/credentials/{id}/end-lockout", Door::SignIn),
    ("GET", "/api/v1/organisations", Door::SignIn),
    ("GET", "/api/v1/agreements", Door::SignIn),
    ("GET", "/api/v1/agreements/{id}", Door::SignIn),
    ("POST", "/api/v1/agreements", Door::SignIn),
    ("POST", "/api/v1/agreements/{id}/end", Door::SignIn),
    ("GET", "/api/v1/grants", Door::SignIn),
    ("POST", "/api/v1/grants", Door::SignIn),
    ("GET", "/api/v1/grants/{id}", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/approve", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/deny", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/revoke", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/end", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/review", Door::SignIn),
    ("POST", "/api/v1/tickets/close", Door::SignIn),
    ("POST", "/api/v1/break-glass", Door::SignIn),
    ("GET", "/api/v1/profiles", Door::SignIn),
    ("GET", "/api/v1/profiles/{name}", Door::SignIn),
    ("POST", "/api/v1/profiles", Door::SignIn),
    ("PUT", "/api/v1/profiles/{name}", Door::SignIn),
    ("PATCH", "/api/v1/profiles/{name}", Door::SignIn),
    ("DELETE", "/api/v1/profiles/{name}", Door::SignIn),
    ("GET", "/api/v1/schedules", Door::SignIn),
    ("GET", "/api/v1/schedules/{name}", Door::SignIn),
    ("POST", "/api/v1/schedules", Door::SignIn),
    ("PUT", "/api/v1/schedules/{name}", Door::SignIn),
    ("PATCH", "/api/v1/schedules/{name}", Door::SignIn),
    ("DELETE", "/api/v1/schedules/{name}", Door::SignIn),
    ("GET", "/api/v1/schedules/{name}/preview", Door::SignIn),
    ("GET", "/api/v1/schedules/{name}/ical", Door::SignIn),
    ("PUT", "/api/v1/schedules/{name}/ical", Door::SignIn),
    ("GET", "/api/v1/calendars", Door::SignIn),
    ("GET", "/api/v1/calendars/{name}", Door::SignIn),
    ("POST", "/api/v1/calendars", Door::SignIn),
    ("PUT", "/api/v1/calendars/{name}", Door::SignIn),
    ("PATCH", "/api/v1/calendars/{name}", Door::SignIn),
    ("DELETE", "/api/v1/calendars/{name}", Door::SignIn),
    ("GET", "/api/v1/calendars/{name}/ical", Door::SignIn),
    ("PUT", "/api/v1/calendars/{name}/ical", Door::SignIn),
    ("GET", "/api/v1/explain", Door::SignIn),
    ("GET", "/api/v1/events", Door::SignIn),
    ("GET", "/api/v1/events/{seq}", Door::SignIn),
    ("GET", "/api/v1/stream", Door::SignIn),
    ("GET", "/api/v1/operators", Door::SignIn),
    ("POST", "/api/v1/operators", Door::SignIn),
    ("GET", "/api/v1/operators/{id}", Door::SignIn),
    ("PUT", "/api/v1/operators/{id}", Door::SignIn),
    ("PATCH", "/api/v1/operators/{id}", Door::SignIn),
    ("PUT", "/api/v1/operators/{id}/person", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/disable", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/enable", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/reset", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/bind", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/unbind", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/end-lockout", Door::SignIn),
    ("GET", "/api/v1/tokens", Door::SignIn),
    ("POST", "/api/v1/tokens", Door::SignIn),
    ("POST", "/api/v1/tokens/{id}/revoke", Door::SignIn),
    ("GET", "/api/v1/proposals", Door::SignIn),
    ("GET", "/api/v1/proposals/{id}", Door::SignIn),
    ("POST", "/api/v1/proposals/{id}/confirm", Door::SignIn),
    ("POST", "/api/v1/proposals/{id}/drop", Door::SignIn),
    ("POST", "/api/v1/people/{id}/reveal", Door::SignIn),
    ("GET", "/api/v1/permissions", Door::SignIn),
    ("GET", "/api/v1/tokens/{id}", Door::SignIn),
    ("GET", "/api/v1/credentials/{id}", Door::SignIn),
    ("GET", "/api/v1/account/factors", Door::SignIn),
    ("PUT", "/api/v1/account/factors/password", Door::SignIn),
    ("DELETE", "/api/v1/account/factors/password", Door::SignIn),
    ("POST", "/api/v1/account/factors/app", Door::SignIn),
    ("DELETE", "/api/v1/account/factors/app", Door::SignIn),
    ("POST", "/api/v1/account/factors/app/confirm", Door::SignIn),
    ("POST", "/api/v1/account/factors/passkeys", Door::SignIn),
    ("POST", "/api/v1/account/factors/passkeys/finish", Door::SignIn),
    ("DELETE", "/api/v1/account/factors/passkeys/{number}", Door::SignIn),
    ("POST", "/api/v1/account/factors/recovery-codes", Door::SignIn),
    ("DELETE", "/api/v1/account/factors/recovery-codes", Door::SignIn),
    ("POST", "/api/v1/sessions/link", Door::SignIn),
    ("GET", "/api/v1/sessions", Door::SignIn),
    ("POST", "/api/v1/sessions", Door::Open),
    ("GET", "/api/v1/sessions/current", Door::SignIn),
    ("DELETE", "/api/v1/sessions/current", Door::SignIn),
    ("POST", "/api/v1/sessions/device", Door::Open),
    ("POST", "/api/v1/sessions/certificate", Door::Open),
    ("POST", "/login/certificate", Door::Open),
    ("POST", "/api/v1/operators/{id}/certificates", Door::SignIn),
    ("POST", "/api/v1/operators/{id}/certificates/{number}/unbind", Door::SignIn),
    ("POST", "/api/v1/sessions/device/token", Door::Open),
    ("GET", "/account/device", Door::Page),
    ("POST", "/account/device", Door::Page),
    ("GET", "/api/v1/sessions/names", Door::SignIn),
    ("POST", "/api/v1/sessions/names", Door::SignIn),
    ("DELETE", "/api/v1/sessions/names", Door::SignIn),
    ("GET", "/api/v1/people/{id}/views", Door::SignIn),
    ("POST", "/api/v1/sessions/{id}/revoke", Door::SignIn),
    ("POST", "/api/v1/sessions/step-up", Door::SignIn),
    ("POST", "/api/v1/sessions/step-up/passkey", Door::SignIn),
    ("POST", "/login/password", Door::Open),
    ("POST", "/login/passkey", Door::Open),
    ("POST", "/login/passkey/finish", Door::Open),
    ("GET", "/login/provider", Door::Open),
    ("GET", "/login/provider/back", Door::Open),
    ("POST", "/login/provider/code", Door::Open),
    ("POST", "/setup", Door::Open),
    ("POST", "/setup/passkey", Door::Open),
    ("POST", "/setup/passkey/finish", Door::Open),
    ("POST", "/account/factors", Door::Page),
    ("GET", "/account/prove", Door::Page),
    ("POST", "/account/prove", Door::Page),
    ("GET", "/account/prove/provider", Door::Page),
    // Last, because it ends the session that the others are asked with.
    ("POST", "/logout", Door::Open),
];

/// What comes back, and whether it leads to where one signs in.
async fn answer(desk: &Desk, who: &Who, method: &str, path: &str) -> (StatusCode, bool) {
    let path = path.replace("{id}", "p-1").replace("{name}", "console.css").replace("{bus}", "yard");
    let path = path.replace("{device}", "main-entrance-lock").replace("{door}", "main-entrance");
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    // The stream's body never ends, so only the head of the answer is looked at.
    let response = desk.respond(who.clone(), request).await;
    let leads = response.headers().get("location").is_some_and(|to| to.to_str().unwrap().starts_with("/login"));
    (response.status(), leads)
}

#[tokio::test]
async fn nobody_gets_past_the_door_without_signing_in() {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    let owner = desk.site.operator("ben", OperatorRole::Admin);
    let program =
        Who::Program(desk.site.token(owner, &[Permission::ViewHealth, Permission::ViewAlarms, Permission::ViewSite]));
    let over = Who::Session(desk.sign_in(OperatorRole::Auditor).await);
    desk.send(over.clone(), form("/logout", "")).await;
    let session = Who::Session(desk.sign_in(OperatorRole::Auditor).await);
    let me = rustix::process::geteuid().as_raw();
    let columns = [
        Who::Nobody,
        Who::Session("made-up".to_owned()),
        session,
        Who::Socket(me),
        Who::Socket(me + 4711),
        Who::Nameless,
        program,
        Who::Program("Bearer rwt_made-up".to_owned()),
        Who::Program("Basic YW46YW4=".to_owned()),
        over,
    ];
    println!("{:6} {:36} nobody forged session socket stranger nameless token forged other over", "", "");
    for (method, path, door) in ROUTES {
        let mut row = Vec::new();
        for who in &columns {
            row.push(answer(&desk, who, method, path).await);
        }
        let shown: Vec<String> = row.iter().map(|(status, _)| status.as_u16().to_string()).collect();
        println!("{method:6} {path:36} {}", shown.join("    "));
        let refused = match door {
            Door::Open => continue,
            Door::SignIn => (StatusCode::UNAUTHORIZED, false),
            Door::Page => (StatusCode::SEE_OTHER, true),
        };
        let expect = [true, true, false, false, true, true, false, true, true, true];
        for ((got, expect), who) in row.iter().zip(expect).zip(&columns) {
            assert_eq!(*got == refused, expect, "{method} {path} as {who:?}: {}", got.0);
        }
    }
}

/// A site on which every route has something to do: people of st-marys (p-1), the-royal (p-2) and the operator (p-3), a card,
/// a PIN, grants of each kind, a profile, an agreement, a schedule and a calendar.
pub(crate) async fn prepared() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    let root = Who::Socket(0);
    let until = "2026-07-24T16:00:00Z";
    let wishes = [
        ("POST", "/people", json!({ "name": "Mary Own", "organisation": "st-marys", "pin": "4711" })),
        ("POST", "/people", json!({ "name": "Roy Other", "organisation": "the-royal" })),
        ("POST", "/people", json!({ "name": "Ada Byrne" })),
        ("POST", "/credentials", json!({ "person": "p-1", "card": "26:1:5" })),
        (
            "POST",
            "/grants",
            json!({ "person": "p-1", "rack": "r02/c01", "to_at": until, "reason": "x", "ticket": "CHG-1" }),
        ),
        ("POST", "/grants", json!({ "person": "p-1", "doors": ["plant-room"], "to_at": until, "reason": "x" })),
        ("POST", "/break-glass", json!({ "person": "p-1", "doors": ["main-entrance"], "reason": "x" })),
        ("POST", "/schedules", json!({ "name": "Nights", "windows": ["Mon-Fri 20:00-06:00"] })),
        ("POST", "/calendars", json!({ "name": "Holidays", "days": ["2026-12-25"] })),
        (
            "POST",
            "/profiles",
            json!({ "name": "Own", "organisation": "st-marys", "policies": [{ "rack": "r02/c01" }], "reason": "x" }),
        ),
        (
            "POST",
            "/agreements",
            json!({ "owner": "st-marys", "guest": "the-royal", "areas": ["r02/c01"], "to_at": until, "reason": "x" }),
        ),
        ("POST", "/operators", json!({ "name": "m.rossi", "role": "admin" })),
        (
            "POST",
            "/visitors",
            json!({ "name": "Vera", "host": "p-3", "area": "lobby", "reason": "x", "until_at": "PT1H" }),
        ),
        ("POST", "/musters", json!({ "kind": "drill", "area": "lobby", "reason": "x" })),
        ("POST", "/reviews", json!({ "scope": ["lobby"], "due_at": "PT336H", "reason": "x" })),
        (
            "POST",
            "/alerts",
            json!({
                "name": "Refused", "query": "type:access.denied", "priority": 3, "response": "Look.", "reason": "x",
                "until_at": "PT336H",
            }),
        ),
        ("POST", "/tokens", json!({ "owner": "m.rossi", "permissions": ["view_site"], "to_at": until, "reason": "x" })),
    ];
    for (method, path, body) in wishes {
        let answered = desk.send(root.clone(), json_request(method, &format!("/api/v1{path}"), &body)).await;
        assert!(answered.status.is_success(), "{path}: {}", answered.text());
    }
    desk
}

/// Sites for many requests: a fresh one whenever a request has changed the last.
struct Desks {
    desk: Desk,
    askers: Vec<Who>,
}

impl Desks {
    async fn open() -> Self {
        let desk = prepared().await;
        let mut askers = Vec::new();
        for who in ASKERS {
            let (organisation, role) = who.split_once('/').unwrap();
            let asker = desk.sign_in_for(organisation, role).await;
            desk.asks_for_names(&asker).await;
            askers.push(asker);
        }
        Self { desk, askers }
    }

    /// What came of a request: `y` it was carried out or refused for what it says, `F` forbidden, `N` no such thing.
    async fn outcome(&mut self, method: &str, path: &str, body: &Value, asker: usize) -> char {
        let request = match (method, body) {
            ("GET", _) => Request::get(path).body(Body::empty()).unwrap(),
            (_, Value::String(text)) if path.ends_with("/firmware") => {
                let request = Request::builder().method(method).uri(path);
                let request = request.header("content-type", "application/octet-stream");
                request.body(Body::from(text.clone())).unwrap()
            }
            (_, Value::String(text)) if text.starts_with("<svg") => {
                let request = Request::builder().method(method).uri(path).header("content-type", "image/svg+xml");
                request.header("if-none-match", "*").body(Body::from(text.clone())).unwrap()
            }
            (_, Value::String(text)) => {
                let request = Request::builder().method(method).uri(path).header("content-type", "text/calendar");
                let request = request.header("if-match", "*");
                request.body(Body::from(text.clone())).unwrap()
            }
            (_, body) => json_request(method, path, body),
        };
        let response = self.desk.respond(self.askers[asker].clone(), request).await;
        if method != "GET" && response.status().is_success() {
            *self = Self::open().await;
        }
        let status = response.status().as_u16();
        // A stream's answer has no end: only what refuses is read.
        let said = if matches!(status, 403 | 422) { text_of(response).await } else { String::new() };
        match status {
            // The role may; it takes another one beside it, and nobody of this machine is one.
            403 if said.contains("two operators") => 'y',
            403 => 'F',
            404 => 'N',
            422 if said.contains("RW-V002") => 'N',
            // What was sent rests on something else than what is there.
            200..=202 | 409 | 412 | 422 => 'y',
            other => panic!("{method} {path}: {other}"),
        }
    }
}

/// Where a route of the matrix is: all but the measurements are under the API's root.
pub(crate) fn address(path: &str) -> String {
    if path == "/metrics" { path.to_owned() } else { format!("/api/v1{path}") }
}

async fn text_of(response: axum::response::Response) -> String {
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

/// Who asks, in the order of the columns below: by role, for the whole site and for st-marys.
const ASKERS: [&str; 6] =
    ["lon1/admin", "lon1/security", "lon1/auditor", "st-marys/admin", "st-marys/security", "st-marys/auditor"];

/// One request: how it is asked, what for, with what, and what each of [`ASKERS`] gets.
pub(crate) type Asked = (&'static str, &'static str, Value, &'static str);

/// When rights and agreements end here.
const TO: &str = "2026-07-24T16:00:00Z";

/// By when an order for a lock must be carried out.
const SOON: &str = "2026-07-24T13:10:00Z";

fn why() -> Value {
    json!({ "reason": "x" })
}

/// One VEVENT in a VCALENDAR.
fn ical(event: &str) -> Value {
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n";
    json!(format!("{head}{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
}

pub(crate) fn every_route() -> Vec<Asked> {
    [
        asked::of_places(),
        asked::of_the_desk(),
        asked::of_site_files(),
        asked::of_alerts(),
        asked::of_reviews(),
        asked::of_cameras(),
        asked::of_those_inside(),
        asked::of_people(),
        asked::of_rights(),
        asked::of_moments(),
        asked::of_schedules(),
        asked::of_operators(),
    ]
    .concat()
}

#[tokio::test]
async fn every_role_and_scope_gets_what_the_core_gives_it() {
    println!("{:6} {:52} site: adm sec aud, st-marys: adm sec aud", "", "");
    let (mut wrong, mut desks) = (Vec::new(), Desks::open().await);
    for (method, path, body, expect) in every_route() {
        let mut row = String::new();
        for asker in 0..ASKERS.len() {
            row.push(desks.outcome(method, &address(path), &body, asker).await);
        }
        println!("{method:6} {path:52} {row}");
        if row != expect {
            wrong.push(format!("{method} {path}: {row}, not {expect}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_route_is_asked_by_every_role() {
    let asked = every_route();
    for (method, route, door) in ROUTES {
        let shape = |path: &str| path.split('?').next().unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
        let route_parts = shape(route.trim_start_matches("/api/v1"));
        let fits = |path: &str| {
            let parts = shape(path);
            let same = |(given, known): (&String, &String)| given == known || known.starts_with('{');
            parts.len() == route_parts.len() && parts.iter().zip(&route_parts).all(same)
        };
        let is_asked = asked.iter().any(|(asked, path, _, _)| asked == method && fits(path));
        assert!(is_asked || *door != Door::SignIn, "{method} {route} is asked by no role");
    }
}

#[tokio::test]
async fn the_matrix_knows_every_route() {
    let document = Desk::open().get(&Who::Nobody, "/api/v1/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let documented = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    let documented: Vec<(String, String)> = documented.collect();
    for (method, path) in &documented {
        assert!(
            ROUTES.iter().any(|(known, of, _)| known == method && of == path),
            "{method} {path} is not in the matrix"
        );
    }
    // Pages and signing in are no part of the API, so no document knows them.
    for path in include_str!("../../src/router.rs").split(".route(\"").skip(1) {
        let path = path.split('"').next().unwrap();
        assert!(ROUTES.iter().any(|(_, known, _)| *known == path), "{path} is not in the matrix");
    }
    for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| path.starts_with("/api/")) {
        let is_documented = documented.iter().any(|(known, of)| known == method && of == path);
        assert!(is_documented, "{method} {path} is in no document");
    }
}
