//! Every route by every kind of caller, as a matrix. A route that is missing here fails the last test.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::permission::OperatorRole;

use crate::asking::{Desk, Who};

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
    ("GET", "/login", Door::Open),
    ("POST", "/login", Door::Open),
    ("GET", "/assets/{name}", Door::Open),
    ("GET", "/", Door::Page),
    ("GET", "/api/v1/status", Door::SignIn),
    ("GET", "/api/v1/doors", Door::SignIn),
    ("POST", "/api/v1/doors/open", Door::SignIn),
    ("GET", "/api/v1/devices", Door::SignIn),
    ("GET", "/api/v1/points", Door::SignIn),
    ("GET", "/api/v1/alarms", Door::SignIn),
    ("POST", "/api/v1/alarms/{id}/acknowledge", Door::SignIn),
    ("GET", "/api/v1/people", Door::SignIn),
    ("POST", "/api/v1/people", Door::SignIn),
    ("PUT", "/api/v1/people/{id}/pin", Door::SignIn),
    ("POST", "/api/v1/people/{id}/disable", Door::SignIn),
    ("POST", "/api/v1/people/{id}/enable", Door::SignIn),
    ("GET", "/api/v1/people/{id}/credentials", Door::SignIn),
    ("POST", "/api/v1/credentials", Door::SignIn),
    ("GET", "/api/v1/card-formats", Door::SignIn),
    ("POST", "/api/v1/credentials/{id}/state", Door::SignIn),
    ("GET", "/api/v1/grants", Door::SignIn),
    ("POST", "/api/v1/grants", Door::SignIn),
    ("POST", "/api/v1/grants/{id}/revoke", Door::SignIn),
    ("GET", "/api/v1/explain", Door::SignIn),
    ("GET", "/api/v1/events", Door::SignIn),
    ("GET", "/api/v1/stream", Door::SignIn),
    ("POST", "/api/v1/sessions/link", Door::SignIn),
    // Last, because it ends the session that the others are asked with.
    ("POST", "/logout", Door::Open),
];

async fn status(desk: &Desk, who: &Who, method: &str, path: &str) -> StatusCode {
    let path = path.replace("{id}", "p-1").replace("{name}", "console.css");
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    // The stream's body never ends, so only the head of the answer is looked at.
    desk.respond(who.clone(), request).await.status()
}

#[tokio::test]
async fn nobody_gets_past_the_door_without_signing_in() {
    let desk = Desk::open();
    let session = Who::Session(desk.sign_in(OperatorRole::Auditor).await);
    let me = rustix::process::geteuid().as_raw();
    let columns = [
        Who::Nobody,
        Who::Session("made-up".to_owned()),
        session,
        Who::Socket(me),
        Who::Socket(me + 4711),
        Who::Nameless,
    ];
    println!("{:6} {:36} nobody forged session socket stranger nameless", "", "");
    for (method, path, door) in ROUTES {
        let mut row = Vec::new();
        for who in &columns {
            row.push(status(&desk, who, method, path).await);
        }
        let shown: Vec<String> = row.iter().map(|status| status.as_u16().to_string()).collect();
        println!("{method:6} {path:36} {}", shown.join("    "));
        let refused = match door {
            Door::Open => continue,
            Door::SignIn => StatusCode::UNAUTHORIZED,
            Door::Page => StatusCode::SEE_OTHER,
        };
        let expect = [true, true, false, false, true, true];
        for ((status, expect), who) in row.iter().zip(expect).zip(&columns) {
            assert_eq!(*status == refused, expect, "{method} {path} as {who:?}: {status}");
        }
    }
}

#[tokio::test]
async fn what_a_role_may_not_do_is_refused_by_the_core() {
    let desk = Desk::open();
    let check = async |role: OperatorRole, path: &str, body: serde_json::Value, expect: u16| {
        let who = Who::Session(desk.sign_in(role).await);
        let answered = desk.post(&who, path, body.clone()).await;
        assert_eq!(answered.status.as_u16(), expect, "{role:?} {path}: {}", answered.text());
    };
    let person = serde_json::json!({ "name": "Ada Byrne" });
    check(OperatorRole::Auditor, "/api/v1/people", person.clone(), 403).await;
    check(OperatorRole::Security, "/api/v1/people", person.clone(), 403).await;
    check(OperatorRole::Admin, "/api/v1/people", person, 201).await;
    check(OperatorRole::Admin, "/api/v1/sessions/link", serde_json::json!({}), 403).await;
}

#[test]
fn the_matrix_knows_every_route() {
    let sources = [include_str!("../../src/api.rs"), include_str!("../../src/router.rs")];
    let mut count = 0;
    for path in sources.iter().flat_map(|source| source.split(".route(\"").skip(1)) {
        let path = path.split('"').next().unwrap();
        assert!(ROUTES.iter().any(|(_, known, _)| *known == path), "{path} is not in the matrix");
        count += 1;
    }
    assert!(count >= 24, "the sources were not read: {count}");
}
