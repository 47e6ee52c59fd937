//! Sessions for one organisation: what they see of people and places, and what they are not told exists.

use serde_json::{Value, json};

use crate::asking::{Desk, Who};

const ROOT: Who = Who::Socket(0);

async fn shared_house() -> (Desk, Who) {
    let desk = Desk::open();
    desk.site.all_quiet();
    for (name, organisation) in [("Khan Mary", "st-marys"), ("Khan Royal", "the-royal"), ("Khan Ours", "lon1")] {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name, "organisation": organisation })).await;
    }
    let mary = desk.sign_in_for("st-marys", "admin").await;
    desk.asks_for_names(&mary).await;
    (desk, mary)
}

async fn items(desk: &Desk, who: &Who, path: &str, member: &str) -> Vec<String> {
    let answered = desk.get(who, &format!("/api/v1/{path}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()["items"].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_hold_what_is_ones_own() {
    let (desk, mary) = shared_house().await;
    assert_eq!(items(&desk, &mary, "people", "id").await, ["p-1"]);
    assert_eq!(items(&desk, &mary, "people?name=khan", "id").await, ["p-1"]);
    let faces = ["lon1/hall-a/r02/c01/front", "lon1/hall-a/r02/c01/rear"];
    assert_eq!(items(&desk, &mary, "doors", "path").await, faces);
    assert_eq!(items(&desk, &mary, "points", "path").await, faces);
    assert_eq!(items(&desk, &mary, "areas", "path").await, ["lon1/hall-a/r02/c01"]);
    assert_eq!(items(&desk, &mary, "organisations", "name").await, ["lon1", "st-marys"]);
    assert_eq!(items(&desk, &mary, "schedules", "name").await, ["Office hours"]);
    let person = desk.post(&mary, "/api/v1/people", json!({ "name": "New One" })).await.json();
    assert_eq!(person["organisation"], "st-marys", "people of an organisation belong to it");
}

#[tokio::test]
async fn names_of_others_are_not_told() {
    let (desk, mary) = shared_house().await;
    let credential = |person: &str| json!({ "person": person, "card": "26:1:5" });
    let own = desk.post(&mary, "/api/v1/credentials", credential("khan")).await;
    assert_eq!((own.status.as_u16(), &own.json()["person"]), (201, &json!("p-1")), "the only Khan there is");
    let other = desk.post(&mary, "/api/v1/credentials", credential("royal")).await;
    assert_eq!((other.status.as_u16(), other.json()["candidates"].clone()), (422, Value::Null), "{}", other.text());
    let both = desk.post(&ROOT, "/api/v1/credentials", credential("khan")).await;
    assert_eq!(both.json()["candidates"].as_array().unwrap().len(), 3);

    let open = |door: &str| json!({ "door": door, "reason": "x", "not_after_at": "2026-07-24T13:04:00Z" });
    let front = desk.post(&mary, "/api/v1/doors/open", open("front")).await;
    assert_eq!(front.status.as_u16(), 200, "the only front there is: {}", front.text());
    let hidden = desk.post(&mary, "/api/v1/doors/open", open("lon1/hall-a/r02/c02/front")).await;
    let nothing = desk.post(&mary, "/api/v1/doors/open", open("lon1/hall-a/r09/c09/front")).await;
    assert_eq!(hidden.json()["detail"], nothing.json()["detail"], "a door of others is no door");
    for path in ["people/p-2", "people/p-9", "people/p-2/credentials"] {
        let answered = desk.get(&mary, &format!("/api/v1/{path}")).await;
        assert_eq!((answered.status.as_u16(), &answered.json()["code"]), (404, &json!("RW-H001")), "{path}");
    }
}

#[tokio::test]
async fn the_whole_site_is_refused_with_what_may_be_asked() {
    let (desk, mary) = shared_house().await;
    for path in ["status", "devices", "buses", "events", "stream"] {
        let refused = desk.get(&mary, &format!("/api/v1/{path}")).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("RW-A006")), "{path}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("people, credentials, grants"), "{path}");
    }
    let page = desk.get(&mary, "/alarms").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("data-scope=\"st-marys\""), "{}", page.text());
    assert!(page.text().contains("data-head=\"0\""), "how much happens at the site is not theirs to know");
}

#[tokio::test]
async fn an_agreement_opens_an_area_to_a_guest_for_a_time() {
    let (desk, mary) = shared_house().await;
    let royal = desk.sign_in_for("the-royal", "admin").await;
    let wish = json!({
        "person": "p-2", "rack": "r02/c01", "to_at": "2026-07-24T15:00:00Z", "reason": "Shared work", "ticket": "CHG-1",
    });
    let before = desk.post(&royal, "/api/v1/grants", wish.clone()).await;
    assert_eq!((before.status.as_u16(), before.pointers()), (422, vec!["/rack".to_owned()]), "{}", before.text());
    let agreement = json!({
        "owner": "st-marys", "guest": "the-royal", "areas": ["r02/c01"], "to_at": "2026-07-24T16:00:00Z", "reason": "Move",
    });
    let made = desk.post(&mary, "/api/v1/agreements", agreement.clone()).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let told = made.json();
    assert_eq!((&told["id"], &told["areas"]), (&json!("agr-1"), &json!(["lon1/hall-a/r02/c01"])));
    assert_eq!(items(&desk, &royal, "agreements", "id").await, ["agr-1"]);
    let granted = desk.post(&royal, "/api/v1/grants", wish).await;
    assert_eq!(granted.status.as_u16(), 201, "{}", granted.text());

    let backward = json!({
        "owner": "st-marys", "guest": "st-marys", "areas": ["r02/c01"], "to_at": "2026-07-24T12:00:00Z", "reason": "x",
    });
    let wrong = desk.post(&ROOT, "/api/v1/agreements", backward).await;
    assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/guest".to_owned(), "/to_at".to_owned()]));
    let end = json!({ "reason": "Moved" });
    assert_eq!(desk.post(&royal, "/api/v1/agreements/agr-1/end", end.clone()).await.status.as_u16(), 403);
    let ended = desk.post(&mary, "/api/v1/agreements/agr-1/end", end.clone()).await;
    assert_eq!(ended.status.as_u16(), 200, "{}", ended.text());
    let grant = desk.get(&royal, "/api/v1/grants/g-1").await.json();
    assert_eq!(grant["standing"], "ended:agreement_ended");
    assert_eq!(desk.post(&mary, "/api/v1/agreements/agr-7/end", end).await.status.as_u16(), 404);
}
