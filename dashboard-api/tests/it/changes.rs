//! Several changes over the API: carried out together, tried, refused with everything that is wrong.

use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const TO: &str = "2026-07-24T17:00:00Z";

async fn give(desk: &Desk, address: &str, changes: Value) -> Answered {
    let body = json!({ "reason": "HR list", "changes": changes });
    desk.post(&ROOT, &format!("/api/v1/changes{address}"), body).await
}

/// A person with a schedule, a profile and a right, each resting on the one before.
fn newcomer() -> Value {
    json!([
        { "do": "create_person", "as": "ada", "name": "Ada Byrne" },
        { "do": "set_schedule", "name": "nights", "windows": ["Mon-Fri 22:00-06:00"] },
        { "do": "set_profile", "as": "crew", "name": "Crew", "policies": [{ "door": "plant-room", "schedule": "nights" }] },
        { "do": "create_grant", "person": "@ada", "doors": ["main-entrance"], "to_at": TO, "reason": "first day" },
    ])
}

#[tokio::test]
async fn changes_that_rest_on_each_other_are_carried_out_together() {
    let desk = Desk::open();
    let before = desk.site.records_text();
    let tried = give(&desk, "?dry_run=true", newcomer()).await;
    assert_eq!((tried.status.as_u16(), tried.header("rackward-dry-run")), (200, "true"), "{}", tried.text());
    assert_eq!(tried.json()["would"].as_array().unwrap().len(), 4, "{}", tried.text());
    assert!(before == desk.site.records_text(), "it was only tried");
    let done = give(&desk, "", newcomer()).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text());
    let done = done.json();
    let ids: Vec<&str> = done["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "{done}");
    assert_eq!(done["items"][3]["do"], "create_grant");
    assert_eq!(done["widening"], json!({ "person_doors": 1, "people": 1, "doors": 1, "exact": true }));
    assert_eq!(done["takes_two"], false);
    let grant = desk.get(&ROOT, &format!("/api/v1/grants/{}", ids[3])).await.json();
    assert_eq!((&grant["person"], &grant["reason"]), (&json!(ids[0]), &json!("first day")), "{grant}");
    assert_eq!(tried.json()["items"], done["items"], "what was tried came so");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_done() {
    let desk = Desk::open();
    let before = desk.site.records_text();
    let check = async |changes: Value, expect: &[&str]| {
        let refused = give(&desk, "", changes).await;
        assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
        assert_eq!(refused.pointers(), expect, "{}", refused.text());
    };
    check(
        json!([
            { "do": "create_person", "name": "" },
            { "do": "dance" },
            { "do": "create_grant", "person": "@nobody", "doors": ["main-entrance"], "to_at": TO },
            { "do": "set_profile", "name": "x", "policies": [{ "door": "moon" }], "colour": 1 },
            { "do": "create_person", "as": "Ä", "name": "Ada" },
        ]),
        &["/changes/0/name", "/changes/1/do", "/changes/2/person", "/changes/3/colour", "/changes/4/as"],
    )
    .await;
    // What only the engine can tell is told as well, and what rests on it.
    check(
        json!([
            { "do": "create_person", "as": "ada", "name": "Ada", "status": "left" },
            { "do": "create_grant", "person": "@ada", "doors": ["main-entrance"], "to_at": TO },
            { "do": "create_person", "name": "Ben" },
            { "do": "revoke_grant", "grant": "g-99" },
        ]),
        &["/changes/0/status", "/changes/1/do", "/changes/3"],
    )
    .await;
    check(json!([]), &["/changes"]).await;
    assert!(before == desk.site.records_text(), "all or nothing");
}

#[tokio::test]
async fn a_set_rests_on_the_generation_that_its_sender_saw() {
    let desk = Desk::open();
    let generation = desk.get(&ROOT, "/api/v1/status").await.json()["generation"].clone();
    let body = |base: &Value| json!({ "reason": "x", "base_generation": base, "changes": newcomer() });
    let first = desk.post(&ROOT, "/api/v1/changes", body(&generation)).await;
    assert_eq!(first.status.as_u16(), 200, "{}", first.text());
    let stale = desk.post(&ROOT, "/api/v1/changes", body(&generation)).await;
    assert_eq!((stale.status.as_u16(), &stale.json()["code"]), (412, &json!("RW-C012")), "{}", stale.text());
}

#[tokio::test]
async fn ten_thousand_changes_are_taken_and_no_more() {
    let desk = Desk::open();
    let people = |count: usize| {
        let one = |number: usize| json!({ "do": "create_person", "name": format!("Person {number}") });
        Value::Array((0..count).map(one).collect())
    };
    let done = give(&desk, "?dry_run=true", people(10_000)).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text().chars().take(300).collect::<String>());
    let many = give(&desk, "", people(10_001)).await;
    assert_eq!((many.status.as_u16(), many.pointers()), (422, vec!["/changes".to_owned()]));
}
