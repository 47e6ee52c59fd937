//! Who reaches which route: every route of the document and the pages behind the sign-in, asked through the real router by
//! every role, by an admin of one organisation, by somebody who signed in a while ago, by programs with tokens, by whoever
//! has a session or token that does not count any more, and by nobody. What is expected follows from the core's table of
//! permissions; the whole is kept as text in `matrix.txt`, for those who review a change of it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::Caller;
use rackward_core::engine::command::Scope;
use rackward_core::id::OrganisationId;
use rackward_core::operator::OperatorState;
use rackward_core::permission::{
    Actor, Assurance, Denied, OperatorRole, Permission, PermissionSet, STEP_UP_GOOD_FOR, may, may_one_over_the_site,
};
use serde_json::Value;

use crate::asking::{Desk, Who, form};

const KEPT: &str = include_str!("matrix.txt");

/// One route: its method, its path and what it takes.
type Route = (String, String, Takes);

/// What a route takes of its caller.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Takes {
    Nothing,
    /// That they are signed in, as whomever.
    SignIn,
    /// The first, or any of the others.
    Permission(Permission, Vec<Permission>),
}

fn taken(operation: &Value) -> Takes {
    let known = |word: &str| Permission::from_word(word).unwrap_or_else(|| panic!("{word}"));
    let open = operation["security"].as_array().is_some_and(Vec::is_empty);
    let others = operation["x-rackward-permission-or"].as_array().cloned().unwrap_or_default();
    let others = others.iter().map(|word| known(word.as_str().unwrap())).collect();
    match operation["x-rackward-permission"].as_str().map(known) {
        Some(permission) => Takes::Permission(permission, others),
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
    let mut page = |method: &str, path: &str, permission| {
        routes.push((method.to_owned(), path.to_owned(), Takes::Permission(permission, Vec::new())));
    };
    page("POST", "/account/factors", Permission::ManageSelf);
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
    let is_page = route.1 == "/account/factors";
    if response.status() == StatusCode::UNAUTHORIZED || (is_page && response.status() == StatusCode::SEE_OTHER) {
        return '?';
    }
    if response.status() != StatusCode::FORBIDDEN {
        return 'y';
    }
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    match problem["code"].as_str().unwrap() {
        "RW-A003" => '-',
        "RW-A006" => 'w',
        "RW-A010" => 's',
        // Past the door, and refused for another cause, such as that only the machine itself may do this.
        _ => 'y',
    }
}

fn expected(caller: &Caller, permission: Permission, others: &[Permission]) -> char {
    let allowed = match others {
        [] => may(caller, permission),
        others => may_one_over_the_site(caller, permission, others),
    };
    match allowed {
        Ok(()) => 'y',
        Err(Denied::Role(_) | Denied::Token(_)) => '-',
        Err(Denied::WholeSite(_)) => 'w',
        Err(Denied::StepUp(_)) => 's',
    }
}

/// Who asks, and as whom the core should see them; nobody where it should not.
struct Asker(Who, Option<Caller>);

impl Asker {
    fn nobody(who: Who) -> Self {
        Self(who, None)
    }

    fn of(who: Who, role: OperatorRole, scope: Scope) -> Self {
        Self(who, Some(Caller::new(Actor::Session(0), role, scope)))
    }
}

/// A column of the matrix. Programs come with a token that is made for the route, or for all but it.
enum Column {
    One(Asker),
    For(fn(Permission) -> PermissionSet),
}

const fn just(permission: Permission) -> PermissionSet {
    PermissionSet::NONE.with(permission)
}

fn all_but(permission: Permission) -> PermissionSet {
    Permission::ALL
        .iter()
        .filter(|other| **other != permission)
        .fold(PermissionSet::NONE, |set, other| set.with(*other))
}

fn set_of(permissions: &[Permission]) -> PermissionSet {
    permissions.iter().fold(PermissionSet::NONE, |set, permission| set.with(*permission))
}

/// What a token can be made for of these. Where that is nothing it is made for something else.
fn tokens_for(wanted: PermissionSet) -> Vec<Permission> {
    let in_person = [Permission::ManageOperators, Permission::ManageSelf];
    let made_for: Vec<Permission> = wanted.iter().filter(|permission| !in_person.contains(permission)).collect();
    if made_for.is_empty() { vec![Permission::ViewMetrics] } else { made_for }
}

/// A site with operators, and everybody who asks there.
struct Crowd {
    desk: Desk,
    columns: Vec<(&'static str, Column)>,
    /// Tokens by what they are for.
    tokens: BTreeMap<u64, String>,
}

impl Crowd {
    async fn gather() -> Self {
        let first = Desk::open();
        first.site.know_operators();
        let desk = Desk::of(first.site);
        let (owner, left) =
            (desk.site.operator("ben", OperatorRole::Admin), desk.site.operator("eve", OperatorRole::Admin));
        let auditor = desk.site.operator("ann", OperatorRole::Auditor);
        let all = tokens_for(PermissionSet::ALL);
        let over = desk.site.token(owner, &all);
        // Longer than that token counts.
        desk.site.pass(Duration::from_secs(3_601));
        let revoked = desk.site.token(owner, &all);
        desk.site.revoke_last_token();
        let disabled = desk.site.token(left, &all);
        desk.site.set_state(left, OperatorState::Disabled);
        let late = desk.sign_in(OperatorRole::Admin).await;
        desk.site.pass(STEP_UP_GOOD_FOR);
        let ended = desk.sign_in(OperatorRole::Admin).await;
        desk.send(Who::Session(ended.clone()), form("/logout", "")).await;

        let nobody = |who| Column::One(Asker::nobody(who));
        let mut columns = vec![
            ("nobody", nobody(Who::Nobody)),
            ("a cookie that nobody was given", nobody(Who::Session("made-up".to_owned()))),
            ("a session that is over", nobody(Who::Session(ended))),
            ("a token that nobody was given", nobody(Who::Program("Bearer rwt_made-up".to_owned()))),
            ("a token that is over", nobody(Who::Program(over))),
            ("a revoked token", nobody(Who::Program(revoked))),
            ("a token of a disabled operator", nobody(Who::Program(disabled))),
        ];
        for role in OperatorRole::ALL {
            let who = Who::Session(desk.sign_in(role).await);
            columns.push((role.word(), Column::One(Asker::of(who, role, Scope::Site))));
        }
        let mut push = |name, asker| columns.push((name, Column::One(asker)));
        let tenant = Scope::Organisation(OrganisationId::new(1));
        let who = desk.sign_in_for("st-marys", "admin").await;
        push("admin of one organisation", Asker::of(who, OperatorRole::Admin, tenant));
        let mut standing = Asker::of(Who::Session(late), OperatorRole::Admin, Scope::Site);
        standing.1 = standing.1.map(|caller| Caller { assurance: Assurance::Standing, ..caller });
        push("admin who signed in a while ago", standing);
        let theirs: Vec<Permission> =
            all.iter().copied().filter(|permission| permission.roles().contains(&OperatorRole::Auditor)).collect();
        let who = Who::Program(desk.site.token(auditor, &theirs));
        let mut program = Asker::of(who, OperatorRole::Auditor, Scope::Site);
        program.1 = program.1.map(|caller| Caller { limits: set_of(&theirs), ..caller });
        push("an auditor's token for all it can be for", program);
        columns.push(("an admin's token for just this", Column::For(just)));
        columns.push(("an admin's token for all but this", Column::For(all_but)));
        Self { desk, columns, tokens: BTreeMap::new() }
    }

    /// Who asks for a route that takes this.
    fn asker(&mut self, column: usize, takes: &Takes) -> (Who, Option<Caller>) {
        let wanted = match (&self.columns[column].1, takes) {
            (Column::One(Asker(who, caller)), _) => return (who.clone(), *caller),
            (Column::For(limits), Takes::Permission(permission, _)) => limits(*permission),
            (Column::For(_), Takes::Nothing | Takes::SignIn) => PermissionSet::NONE.with(Permission::ViewMetrics),
        };
        let made_for = tokens_for(wanted);
        let limits = set_of(&made_for);
        // One operator has so many tokens and no more.
        let owner = format!("owner-{}", self.tokens.len());
        let issue = || self.desk.site.token(self.desk.site.operator(&owner, OperatorRole::Admin), &made_for);
        let token = self.tokens.entry(limits.bits()).or_insert_with(issue).clone();
        let caller = Caller::new(Actor::Session(0), OperatorRole::Admin, Scope::Site);
        (Who::Program(token), Some(Caller { limits, ..caller }))
    }
}

#[tokio::test]
async fn every_route_by_every_caller_is_as_the_table_says() {
    let mut crowd = Crowd::gather().await;
    let mut matrix = "Columns, from the left:\n".to_owned();
    for (name, _) in &crowd.columns {
        matrix.push_str(&format!("  {name}\n"));
    }
    matrix.push_str(
        "y may, - may not, w not for one organisation, s proves themselves again first, ? signs in first.\n\n",
    );
    let mut wrong = Vec::new();
    for route in routes(&crowd.desk).await {
        let mut row = String::new();
        for column in 0..crowd.columns.len() {
            let (who, caller) = crowd.asker(column, &route.2);
            let got = asked(&crowd.desk, &who, &route).await;
            let expect = match (caller, &route.2) {
                (_, Takes::Nothing) | (Some(_), Takes::SignIn) => 'y',
                (None, Takes::SignIn | Takes::Permission(..)) => '?',
                (Some(caller), Takes::Permission(permission, others)) => expected(&caller, *permission, others),
            };
            if got != expect {
                let name = crowd.columns[column].0;
                wrong.push(format!("{} {} as {name}: {got}, not {expect}", route.0, route.1));
            }
            row.push(got);
        }
        let words = match &route.2 {
            Takes::Nothing => "everybody".to_owned(),
            Takes::SignIn => "whoever signed in".to_owned(),
            Takes::Permission(permission, others) if others.is_empty() => permission.word().to_owned(),
            Takes::Permission(permission, _) => format!("{} or so", permission.word()),
        };
        matrix.push_str(&format!("{row} {words:20} {:6} {}\n", route.0, route.1));
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
    use rackward_core::permission::{PermissionReach, Proof};
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

#[test]
fn what_tells_of_the_whole_site_takes_one_of_several_and_no_organisation() {
    use Permission::{ViewAlarms, ViewJournal, ViewSite};
    let admin = Caller::new(Actor::Session(1), OperatorRole::Admin, Scope::Site);
    let tenant = Caller { scope: Scope::Organisation(OrganisationId::new(1)), ..admin };
    let wall = Caller { role: OperatorRole::WallScreen, ..admin };
    let check = |caller: Caller, limits: &[Permission], expect: Result<(), Denied>| {
        let limits = limits.iter().fold(PermissionSet::NONE, |set, permission| set.with(*permission));
        let got = may_one_over_the_site(&Caller { limits, ..caller }, ViewJournal, &[ViewAlarms, ViewSite]);
        assert_eq!(got, expect, "{caller:?} {limits:?}");
    };
    check(admin, &[ViewJournal], Ok(()));
    check(admin, &[ViewSite], Ok(()));
    check(admin, &[Permission::ViewPeople], Err(Denied::Token(ViewJournal)));
    check(wall, &[ViewJournal, ViewAlarms], Ok(()));
    check(wall, &[ViewJournal], Err(Denied::Role(ViewJournal)));
    check(tenant, &[ViewJournal, ViewAlarms], Err(Denied::WholeSite(ViewJournal)));
    check(tenant, &[ViewAlarms], Err(Denied::WholeSite(ViewJournal)));
}
