//! Which role reaches which route: every route of the document and the pages behind the sign-in, asked through the real router by every role, by an admin of
//! one organisation, by somebody who signed in a while ago and by nobody. What is expected follows from the core's table of
//! permissions; the whole is kept as text in `matrix.txt`, for those who review a change of it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::Caller;
use rackward_core::engine::command::Scope;
use rackward_core::id::OrganisationId;
use rackward_core::permission::{Actor, Denied, OperatorRole, Permission, PermissionSet, may};
use serde_json::Value;

use crate::asking::{Desk, Who};

const KEPT: &str = include_str!("matrix.txt");

/// One route: its method, its path and what it takes.
type Route = (String, String, Takes);

/// What a route takes of its caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Takes {
    Nothing,
    /// That they are signed in, as whomever.
    SignIn,
    Permission(Permission),
}

fn taken(operation: &Value) -> Takes {
    let known = |word| Permission::from_word(word).unwrap_or_else(|| panic!("{word}"));
    let open = operation["security"].as_array().is_some_and(Vec::is_empty);
    match operation["x-rackward-permission"].as_str().map(known) {
        Some(permission) => Takes::Permission(permission),
        None if open => Takes::Nothing,
        None => Takes::SignIn,
    }
}

async fn routes(desk: &Desk) -> Vec<Route> {
    let document = desk.get(&Who::Nobody, "/api/v1/openapi.json").await.json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            routes.push((method.to_uppercase(), path.clone(), taken(operation)));
        }
    }
    // Pages are no part of the document.
    routes.push(("GET".to_owned(), "/".to_owned(), Takes::Permission(Permission::ViewHealth)));
    routes.push(("POST".to_owned(), "/account/factors".to_owned(), Takes::Permission(Permission::ManageSelf)));
    routes.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    routes
}

/// What came of asking with nothing in the body: `y` past the door, `-` may not, `w` not for one organisation, `s` prove
/// yourself again, `?` sign in first.
async fn asked(desk: &Desk, who: &Who, route: &Route) -> char {
    let path = route.1.replace("{id}", "p-1").replace("{name}", "console.css").replace("{bus}", "yard");
    let path = path.replace("{device}", "main-entrance-lock");
    let request = Request::builder().method(route.0.as_str()).uri(path).body(Body::empty()).unwrap();
    // A stream's body never ends, so only a refusal's is read.
    let response = desk.respond(who.clone(), request).await;
    // A page shows the way to sign in.
    let is_page = ["/", "/account/factors"].contains(&route.1.as_str());
    if response.status() == StatusCode::UNAUTHORIZED || (is_page && response.status() == StatusCode::SEE_OTHER) {
        return '?';
    }
    if response.status() != StatusCode::FORBIDDEN {
        return 'y';
    }
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    // The page itself tells an organisation's operators that it is not theirs.
    let Ok(problem) = serde_json::from_slice::<Value>(&body) else { return 'w' };
    match problem["code"].as_str().unwrap() {
        "RW-A003" => '-',
        "RW-A006" => 'w',
        "RW-A010" => 's',
        // Past the door, and refused for another cause, such as that only the machine itself may do this.
        _ => 'y',
    }
}

fn expected(caller: &Caller, permission: Permission) -> char {
    match may(caller, permission) {
        Ok(()) => 'y',
        Err(Denied::Role(_) | Denied::Token(_)) => '-',
        Err(Denied::WholeSite(_)) => 'w',
        Err(Denied::StepUp(_)) => 's',
    }
}

#[tokio::test]
async fn every_route_by_every_role_is_as_the_table_says() {
    let desk = Desk::open();
    let mut columns = vec![("nobody", Who::Nobody, None)];
    for role in OperatorRole::ALL {
        let who = Who::Session(desk.sign_in(role).await);
        columns.push((role.word(), who, Some(Caller::new(Actor::Session(0), role, Scope::Site))));
    }
    let tenant = Scope::Organisation(OrganisationId::new(1));
    let who = desk.sign_in_for("st-marys", "admin").await;
    columns.push(("admin of one organisation", who, Some(Caller::new(Actor::Session(0), OperatorRole::Admin, tenant))));
    let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let mut matrix =
        format!("Columns: {}.\ny may, - may not, w not for one organisation, ? signs in first.\n\n", names.join(", "));
    let mut wrong = Vec::new();
    for route in routes(&desk).await {
        let mut row = String::new();
        for (name, who, caller) in &columns {
            let got = asked(&desk, who, &route).await;
            let expect = match (caller, route.2) {
                (_, Takes::Nothing) | (Some(_), Takes::SignIn) => 'y',
                (None, Takes::SignIn | Takes::Permission(_)) => '?',
                (Some(caller), Takes::Permission(permission)) => expected(caller, permission),
            };
            if got != expect {
                wrong.push(format!("{} {} as {name}: {got}, not {expect}", route.0, route.1));
            }
            row.push(got);
        }
        let word = match route.2 {
            Takes::Nothing => "everybody",
            Takes::SignIn => "whoever signed in",
            Takes::Permission(permission) => permission.word(),
        };
        matrix.push_str(&format!("{row} {word:20} {:6} {}\n", route.0, route.1));
    }
    println!("{matrix}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let new = format!("{}/matrix.txt", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&new, &matrix).unwrap();
    assert!(
        matrix == KEPT,
        "the matrix changed; compare tests/it/matrix.txt with {new}, and keep it if it is meant so"
    );
}

#[tokio::test]
async fn whoever_must_sign_in_is_asked_what_they_may() {
    let desk = Desk::open();
    let document = desk.get(&Who::Nobody, "/api/v1/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let open = operation["security"].as_array().is_some_and(Vec::is_empty);
            let has = operation["x-rackward-permission"].is_string();
            // Who one is, one may always ask.
            let own = path == "/api/v1/sessions/current";
            assert_ne!(open || own, has, "{method} {path} names no permission, or is for everybody and names one");
        }
    }
}

/// The table itself, where a mistake would be every route's.
#[test]
fn what_keeps_somebody_away_is_told_apart() {
    use rackward_core::permission::{Assurance, PermissionReach, Proof};
    let admin = Caller::new(Actor::Session(1), OperatorRole::Admin, Scope::Site);
    for permission in Permission::ALL.iter().copied() {
        for role in OperatorRole::ALL {
            let holds = permission.roles().contains(&role);
            let own = Caller { role, ..admin };
            assert_eq!(may(&own, permission).is_ok(), holds, "{role:?} {permission:?}");
            let narrow = Caller { limits: PermissionSet::NONE, ..own };
            assert!(may(&narrow, permission).is_err(), "{role:?} {permission:?} by a token for nothing");
        }
        let only = Caller { limits: PermissionSet::NONE.with(permission), ..admin };
        assert_eq!(may(&only, permission), Ok(()));
        let tenant = Caller { scope: Scope::Organisation(OrganisationId::new(1)), ..admin };
        let whole = permission.reach() == PermissionReach::WholeSite;
        assert_eq!(may(&tenant, permission) == Err(Denied::WholeSite(permission)), whole);
        let late = Caller { assurance: Assurance::Standing, ..admin };
        assert_eq!(may(&late, permission) == Err(Denied::StepUp(permission)), permission.proof() == Proof::StepUp);
        assert!(permission.roles().contains(&OperatorRole::Admin), "an admin may do everything: {permission:?}");
    }
}
