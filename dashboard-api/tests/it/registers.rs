//! What other registers say, over the API: keys and names of persons, one by one and in sets, and racks of an asset register.

use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

fn check(answered: &Answered, status: u16) {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
}

#[tokio::test]
async fn a_key_names_a_person_and_is_in_no_entry() {
    let desk = Desk::open();
    let made = desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne", "external_id": "E-4711" })).await;
    check(&made, 201);
    assert_eq!(made.json()["external_id"], "E-4711");
    check(&desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ben", "external_id": "E-4711" })).await, 422);
    check(&desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ben", "external_id": " " })).await, 422);
    assert_eq!(desk.get(&ROOT, "/api/v1/people/E-4711").await.json()["id"], "p-1", "a key says who is meant");
    check(&desk.put(&ROOT, "/api/v1/people/p-1/name", json!({ "name": "Ada King" })).await, 200);
    check(&desk.put(&ROOT, "/api/v1/people/p-1/name", json!({ "name": "" })).await, 422);
    check(&desk.put(&ROOT, "/api/v1/people/p-1/external-id", json!({ "external_id": "E-4712" })).await, 200);
    let shown = desk.get(&ROOT, "/api/v1/people/p-1").await.json();
    assert_eq!((&shown["name"], &shown["external_id"]), (&json!("Ada King"), &json!("E-4712")));
    check(&desk.put(&ROOT, "/api/v1/people/p-1/external-id", json!({})).await, 200);
    assert_eq!(desk.get(&ROOT, "/api/v1/people/p-1").await.json()["external_id"], Value::Null);
    let journal = desk.site.journal_text();
    assert!(!journal.contains("471") && !journal.contains("King"), "{journal}");
}

#[tokio::test]
async fn names_and_keys_are_changes_of_sets() {
    let desk = Desk::open();
    let set = json!({ "reason": "the list of personnel", "changes": [
        { "do": "create_person", "name": "Ada", "external_id": "E1", "as": "ada" },
        { "do": "create_person", "name": "Ben", "external_id": "E2" },
        { "do": "rename_person", "person": "@ada", "name": "Ada King" },
        { "do": "set_external_id", "person": "@ada", "external_id": "E3" },
    ]});
    let done = desk.post(&ROOT, "/api/v1/changes", set).await;
    check(&done, 200);
    let shown = desk.get(&ROOT, "/api/v1/people/E3").await.json();
    assert_eq!((&shown["id"], &shown["name"]), (&json!("p-1"), &json!("Ada King")));
    // One that is refused takes the others with it, and every one that is refused is named.
    let set = json!({ "reason": "x", "changes": [
        { "do": "set_external_id", "person": "p-1", "external_id": "E7" },
        { "do": "create_person", "name": "Cat", "external_id": "E2" },
        { "do": "rename_person", "person": "p-99", "name": "Zoe" },
    ]});
    let refused = desk.post(&ROOT, "/api/v1/changes", set).await;
    check(&refused, 422);
    assert!(refused.text().contains("/changes/1") && refused.text().contains("/changes/2"), "{}", refused.text());
    assert_eq!(desk.get(&ROOT, "/api/v1/people/p-1").await.json()["external_id"], "E3", "nothing was changed");
    let free = json!({ "reason": "x", "changes": [{ "do": "create_person", "name": "Dan", "external_id": "E7" }] });
    check(&desk.post(&ROOT, "/api/v1/changes", free).await, 200);
}

#[tokio::test]
async fn racks_are_taken_over_whole() {
    let desk = Desk::open();
    let rack =
        |id: u32, path: Option<&str>| json!({ "id": id, "name": format!("C{id}"), "site": "lon1", "rack": path });
    let taken = json!({ "racks": [rack(1, Some("lon1/hall-a/r02/c01")), rack(2, None)] });
    let done = desk.post(&ROOT, "/api/v1/racks/import", taken.clone()).await;
    check(&done, 200);
    assert_eq!(done.json(), json!({ "racks": 2, "taken": 2, "gone": 0, "unchanged": 0 }));
    let again = desk.post(&ROOT, "/api/v1/racks/import", taken).await.json();
    assert_eq!(again, json!({ "racks": 2, "taken": 0, "gone": 0, "unchanged": 2 }));
    let less = desk.post(&ROOT, "/api/v1/racks/import", json!({ "racks": [rack(2, None)] })).await.json();
    assert_eq!((&less["gone"], &less["unchanged"]), (&json!(1), &json!(1)));
    let list = desk.get(&ROOT, "/api/v1/racks").await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!((&items[0]["rack"], items[0]["gone_at"].is_string()), (&json!("lon1/hall-a/r02/c01"), true), "{list:#}");
    let nowhere = desk.post(&ROOT, "/api/v1/racks/import", json!({ "racks": [rack(3, Some("lon1/moon"))] })).await;
    assert_eq!(nowhere.pointers(), ["/racks/0/rack"]);
    check(&desk.post(&ROOT, "/api/v1/racks/import", json!({ "racks": [] })).await, 422);
}
