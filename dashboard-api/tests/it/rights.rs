//! Grants in every state, tickets, emergencies and profiles, through the API: how each is asked for, shown and refused.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use rackward_core::engine::command::Scope;
use rackward_core::entry::ReasonText;
use rackward_core::id::GrantId;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command};
use serde_json::{Value, json};

use crate::asking::{Desk, Who, pointers};

const ROOT: Who = Who::Socket(0);
const TO: &str = "2026-07-24T17:00:00Z";

async fn with_people() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    for name in ["Ada Byrne", "Bruno Costa"] {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name })).await;
    }
    desk
}

async fn post(desk: &Desk, path: &str, body: Value, expect: u16) -> Value {
    let answered = desk.post(&ROOT, &format!("/api/v1{path}"), body).await;
    assert_eq!(answered.status.as_u16(), expect, "{path}: {}", answered.text());
    answered.json()
}

async fn get(desk: &Desk, path: &str) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1{path}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

/// Somebody else at the machine gives a command.
fn colleague(desk: &Desk, command: Command) {
    let caller = Caller::new(Actor::LocalUser(4711), OperatorRole::Admin, Scope::Site);
    desk.site.command(caller, command).unwrap();
}

#[tokio::test]
async fn a_request_waits_until_somebody_else_approves_it() {
    let desk = with_people().await;
    let wish = json!({ "person": "ada", "doors": ["plant-room"], "to_at": TO, "reason": "Filters" });
    let asked = post(&desk, "/grants", wish, 202).await;
    let told = [&asked["state"], &asked["standing"], &asked["approvals_wanted"], &asked["generation"]];
    assert_eq!(told, [&json!("requested"), &json!("requested"), &json!(1), &Value::Null], "{asked}");
    assert_eq!(get(&desk, "/status").await["requests_waiting"], 1);
    let waiting = get(&desk, "/grants?state=requested").await;
    assert_eq!(waiting["items"][0]["id"], "g-1");

    let own = post(&desk, "/grants/g-1/approve", json!({ "reason": "fine" }), 409).await;
    assert!(own["detail"].as_str().unwrap().contains("somebody else"), "{own}");
    // A session by a link of the machine's may be anybody, whoever asked included.
    let link = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    let refused = desk.post(&link, "/api/v1/grants/g-1/approve", json!({ "reason": "fine" })).await;
    assert_eq!(refused.status.as_u16(), 409, "{}", refused.text());
    assert!(refused.text().contains("nobody can tell whether you are whoever asked for g-1"), "{}", refused.text());
    let other = link;
    colleague(&desk, Command::ApproveGrant { grant: GrantId::new(1), reason: ReasonText::parse("fine").unwrap() });
    let approved = get(&desk, "/grants/g-1").await;
    assert_eq!((&approved["state"], &approved["approved_by"]), (&json!("active"), &json!(["uid:4711"])), "{approved}");
    let again = desk.post(&other, "/api/v1/grants/g-1/deny", json!({ "reason": "no" })).await;
    assert_eq!(again.status.as_u16(), 409);

    let wish = json!({ "person": "ada", "doors": ["plant-room"], "to_at": TO, "reason": "Filters" });
    post(&desk, "/grants", wish, 202).await;
    let denied = desk.post(&other, "/api/v1/grants/g-2/deny", json!({ "reason": "no need" })).await.json();
    assert_eq!((&denied["state"], &denied["standing"]), (&json!("denied"), &json!("denied")));
    assert_eq!(get(&desk, "/status").await["requests_waiting"], 0);
}

#[tokio::test]
async fn a_grant_says_how_often_by_which_schedule_and_with_whom() {
    let desk = with_people().await;
    let wish = json!({
        "person": "p-1", "doors": ["main-entrance"], "schedule": "Office hours", "uses": 3, "escort": true,
        "from_at": "2026-07-25T08:00:00Z", "to_at": "2026-07-26T08:00:00Z", "reason": "Audit",
    });
    let grant = post(&desk, "/grants", wish, 201).await;
    let told = [&grant["schedule"], &grant["uses_left"], &grant["escort"], &grant["standing"], &grant["kind"]];
    assert_eq!(told, [&json!("Office hours"), &json!(3), &json!(true), &json!("not_begun"), &json!("ordinary")]);
    assert_eq!((&grant["requested_by"], &grant["weekly"]), (&json!("uid:0"), &json!([])));
    desk.site.pass(Duration::from_secs(3 * 86_400));
    assert_eq!(get(&desk, "/grants/g-1").await["standing"], "over");
    assert_eq!(desk.get(&ROOT, "/api/v1/grants/g-2").await.status.as_u16(), 404);

    let wrong = json!({ "person": "p-1", "doors": ["main-entrance"], "uses": 0, "to_at": TO, "reason": "Audit" });
    assert_eq!(pointers(&post(&desk, "/grants", wrong, 422).await), ["/uses", "/to_at"]);
    let unknown =
        json!({ "person": "p-1", "doors": ["main-entrance"], "schedule": "Nights", "to_at": TO, "reason": "A" });
    assert_eq!(pointers(&post(&desk, "/grants", unknown, 422).await), ["/schedule"]);
    let both = json!({
        "person": "p-1", "rack": "r01/c01", "profile": "Staff", "schedule": "Office hours", "to_at": TO, "reason": "",
    });
    assert_eq!(pointers(&post(&desk, "/grants", both, 422).await), ["/profile", "/schedule", "/reason"]);
}

#[tokio::test]
async fn a_grant_ends_earlier_later_or_with_its_ticket() {
    let desk = with_people().await;
    for person in ["p-1", "p-2"] {
        let wish = json!({ "person": person, "rack": "r01/c01", "to_at": TO, "reason": "Swap", "ticket": "CHG-7" });
        post(&desk, "/grants", wish, 201).await;
    }
    let end = |at: &str| json!({ "to_at": at, "reason": "Done early" });
    let sooner = post(&desk, "/grants/g-1/end", end("2026-07-24T15:00:00Z"), 200).await;
    assert_eq!(sooner["to_at"], "2026-07-24T15:00:00.000Z");
    let past = post(&desk, "/grants/g-1/end", end("2026-07-24T12:00:00Z"), 422).await;
    assert_eq!(pointers(&past), ["/to_at"]);
    post(&desk, "/grants/g-1/revoke", json!({ "reason": "Not needed" }), 200).await;

    let nobody = post(&desk, "/tickets/close", json!({ "ticket": "CHG-8", "reason": "Done" }), 409).await;
    assert!(nobody["detail"].as_str().unwrap().contains("no live grant"), "{nobody}");
    assert_eq!(pointers(&post(&desk, "/tickets/close", json!({ "ticket": "", "reason": "" }), 422).await).len(), 2);
    let closed = post(&desk, "/tickets/close", json!({ "ticket": "CHG-7", "reason": "Done" }), 200).await;
    assert_eq!(closed["ended"], json!(["g-2"]), "the revoked one had ended already");
    let ended = get(&desk, "/grants/g-2").await;
    assert_eq!((&ended["state"], &ended["standing"]), (&json!("ended"), &json!("ended:ticket_closed")));
}

#[tokio::test]
async fn an_emergency_right_is_taken_at_once_and_reviewed() {
    let desk = with_people().await;
    let taken =
        post(&desk, "/break-glass", json!({ "person": "p-1", "rack": "r01/c01", "reason": "Smoke" }), 201).await;
    assert_eq!((&taken["kind"], &taken["review"]["state"]), (&json!("break_glass"), &json!("due")), "{taken}");
    assert_eq!(taken["to_at"], "2026-07-24T14:03:22.000Z", "an hour when nobody says");
    assert_eq!(get(&desk, "/grants?state=unreviewed").await["items"][0]["id"], "g-1");
    let alarm = get(&desk, "/alarms").await["items"][0].clone();
    assert_eq!(
        (&alarm["kind"], &alarm["source_kind"], &alarm["source"]),
        (&json!("break_glass"), &json!("grant"), &json!("g-1"))
    );

    let own = post(&desk, "/grants/g-1/review", json!({ "note": "It was me" }), 409).await;
    assert!(own["detail"].as_str().unwrap().contains("somebody else"), "{own}");
    let guard = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let early = desk.post(&guard, "/api/v1/grants/g-1/review", json!({ "note": "Smoke it was" })).await;
    assert_eq!(early.status.as_u16(), 403, "{}", early.text());
    let note = ReasonText::parse("Smoke it was").unwrap();
    colleague(&desk, Command::ReviewBreakGlass { grant: GrantId::new(1), note });
    let reviewed = get(&desk, "/grants/g-1").await;
    assert_eq!(reviewed["review"], json!({ "state": "done", "due_at": null, "by": "uid:4711" }), "{reviewed}");

    let long =
        json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": "2026-07-25T13:00:00Z", "reason": "Smoke" });
    assert_eq!(pointers(&post(&desk, "/break-glass", long, 422).await), ["/to_at"]);
    let nowhere = json!({ "person": "p-1", "reason": "Smoke" });
    assert_eq!(pointers(&post(&desk, "/break-glass", nowhere, 422).await), ["/doors"]);
}

#[tokio::test]
async fn a_profile_holds_doors_racks_and_areas() {
    let desk = with_people().await;
    let policies = json!([
        { "door": "main-entrance", "schedule": "Office hours" }, { "rack": "r01/c01" }, { "area": "lon1/hall-a/r02/c01" },
    ]);
    let made =
        post(&desk, "/profiles", json!({ "name": "Staff", "policies": policies, "reason": "New team" }), 201).await;
    assert_eq!((&made["organisation"], made["policies"].as_array().unwrap().len()), (&json!("lon1"), 5), "{made}");
    let entrance = json!({ "door": "lon1/main-entrance", "schedule": "Office hours" });
    assert!(made["policies"].as_array().unwrap().contains(&entrance), "{made}");

    let wish = json!({ "person": "p-1", "profile": "Staff", "to_at": TO, "reason": "Joins", "ticket": "CHG-1" });
    let member = post(&desk, "/grants", wish, 201).await;
    assert_eq!((&member["profile"], &member["doors"]), (&json!("Staff"), &json!([])));
    let fewer = json!({ "policies": [{ "door": "main-entrance" }], "reason": "Less" });
    let changed = desk.put(&ROOT, "/api/v1/profiles/Staff", fewer.clone()).await.json();
    assert_eq!(changed["policies"], json!([{ "door": "lon1/main-entrance", "schedule": null }]));
    assert_eq!(get(&desk, "/profiles").await["items"][0]["id"], "prof-1");

    assert_eq!(desk.put(&ROOT, "/api/v1/profiles/Nobody", fewer).await.status.as_u16(), 404);
    let twice = json!([{ "door": "main-entrance" }, { "door": "main-entrance" }]);
    let twice = post(&desk, "/profiles", json!({ "name": "Twice", "policies": twice, "reason": "x" }), 422).await;
    assert_eq!(pointers(&twice), ["/policies"]);
    let vague = json!([{ "door": "main-entrance", "area": "lon1/lobby" }]);
    let vague = post(&desk, "/profiles", json!({ "name": "Vague", "policies": vague, "reason": "x" }), 422).await;
    assert_eq!(pointers(&vague), ["/policies/0"]);
    let unknown = json!([{ "door": "main-entrance" }, { "door": "main-entrance", "schedule": "Never" }]);
    let unknown = post(&desk, "/profiles", json!({ "name": "Other", "policies": unknown, "reason": "x" }), 422).await;
    assert_eq!(pointers(&unknown), ["/policies/1/schedule"]);
    let foreign = json!({
        "name": "Foreign", "organisation": "st-marys", "policies": [{ "rack": "r02/c02" }], "reason": "x",
    });
    assert_eq!(pointers(&post(&desk, "/profiles", foreign, 422).await), ["/policies", "/policies"]);

    let gone = desk.delete(&ROOT, "/api/v1/profiles/Staff", json!({ "reason": "Team gone" })).await.json();
    assert_eq!(gone["state"], "removed", "{gone}");
    assert_eq!(get(&desk, "/grants/g-1").await["standing"], "ended:profile_removed");
}

#[tokio::test]
async fn long_lists_come_page_by_page() {
    let desk = with_people().await;
    for number in 0..5 {
        let wish =
            json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": TO, "reason": format!("Day {number}") });
        post(&desk, "/grants", wish, 201).await;
    }
    let mut seen = Vec::new();
    let mut path = "/grants?limit=2".to_owned();
    loop {
        let page = get(&desk, &path).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/grants?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["g-1", "g-2", "g-3", "g-4", "g-5"]);
    let people = get(&desk, "/people?limit=1").await;
    assert_eq!((&people["items"][0]["id"], &people["total_estimate"]), (&json!("p-1"), &json!(2)));
    let next = people["next_cursor"].as_str().unwrap();
    let rest = get(&desk, &format!("/people?limit=1&cursor={next}")).await;
    assert_eq!((&rest["items"][0]["id"], &rest["next_cursor"]), (&json!("p-2"), &Value::Null));
    let named = get(&desk, "/people?name=b&limit=1").await;
    assert_eq!((&named["items"][0]["name"], named["next_cursor"].is_string()), (&json!("Ada Byrne"), true));
    for wrong in
        ["/grants?after=g-1", "/grants?limit=0", "/people?limit=1001", "/grants?state=gone", "/people?cursor=p-1"]
    {
        let answered = desk.get(&ROOT, &format!("/api/v1{wrong}")).await;
        assert_eq!(answered.status.as_u16(), 400, "{wrong}");
    }
    let typed = Request::get("/api/v1/people?name=").body(Body::empty()).unwrap();
    assert_eq!(desk.send(ROOT, typed).await.json()["items"].as_array().unwrap().len(), 2);
}
