//! Who looked at whom, and names that are hidden until somebody says why.

use std::time::Duration;

use rackward_core::permission::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};
use crate::routes::prepared;

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

async fn get(desk: &Desk, who: &Who, path: &str) -> Value {
    let answered = desk.get(who, path).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

async fn guard(desk: &Desk) -> Who {
    Who::Session(desk.sign_in(OperatorRole::Security).await)
}

/// Half an hour and more passes, while somebody works in the session, so that it does not idle.
async fn work_half_an_hour(desk: &Desk, who: &Who) {
    for _ in 0..4 {
        desk.site.pass(Duration::from_secs(8 * 60));
        get(desk, who, "/api/v1/doors").await;
    }
}

#[tokio::test]
async fn names_are_hidden_at_the_console_until_somebody_says_why() {
    let desk = prepared().await;
    let guard = guard(&desk).await;
    let name = async |who: &Who, id: &str| get(&desk, who, &format!("/api/v1/people/{id}")).await["name"].clone();
    assert_eq!(name(&guard, "p-2").await, "person p-2");
    assert_eq!(name(&ROOT, "p-2").await, "Roy Other");
    let listed = get(&desk, &guard, "/api/v1/people").await.to_string();
    assert!(!listed.contains("Roy") && listed.contains("person p-2"), "{listed}");
    let found = get(&desk, &guard, "/api/v1/people?name=roy").await;
    assert_eq!(found["items"], json!([]), "a name that is hidden finds nobody");
    let guessed = desk.get(&guard, "/api/v1/explain?person=Roy&point=main-entrance").await;
    assert!(!guessed.text().contains("Other"), "{}", guessed.text());

    let names = "/api/v1/sessions/names";
    let hidden = json!({ "shown": false, "until_at": null, "reason": null });
    assert_eq!(get(&desk, &guard, names).await, hidden);
    let refused = desk.post(&guard, names, json!({ "reason": " " })).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    let shown = desk.post(&guard, names, json!({ "reason": "lost card", "ticket": "CHG-7" })).await.json();
    assert_eq!((&shown["shown"], &shown["reason"]), (&json!(true), &json!("lost card")));
    assert_eq!(name(&guard, "p-2").await, "Roy Other");
    let other = self::guard(&desk).await;
    assert_eq!(name(&other, "p-2").await, "person p-2", "another session has stated nothing");
    work_half_an_hour(&desk, &guard).await;
    assert_eq!(name(&guard, "p-2").await, "person p-2");
    desk.post(&guard, names, json!({ "reason": "again" })).await;
    assert_eq!(desk.delete(&guard, names, json!({})).await.json(), hidden);
    assert_eq!(name(&guard, "p-2").await, "person p-2");
    let told = get(&desk, &ROOT, "/api/v1/events?filter=type:session.names-*&fields=type").await;
    let told: Vec<&str> = told["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    let expect = ["shown", "shown", "hidden"].map(|what| format!("rackward.session.names-{what}.v1"));
    assert_eq!(told, expect);
    assert_eq!(desk.post(&ROOT, names, json!({ "reason": "x" })).await.status.as_u16(), 409);
    assert_eq!(get(&desk, &ROOT, names).await["shown"], true);
}

#[tokio::test]
async fn whoever_is_about_an_alarm_is_named() {
    let desk = prepared().await;
    // An emergency right that nobody has reviewed is an alarm about its holder.
    desk.site.pass(Duration::from_secs(3 * 24 * 3_600));
    let guard = guard(&desk).await;
    let alarms = get(&desk, &ROOT, "/api/v1/alarms").await;
    let is_about = alarms["items"].as_array().unwrap().iter().any(|alarm| alarm["source_kind"] == "grant");
    let name = get(&desk, &guard, "/api/v1/people/p-1").await["name"].clone();
    assert_eq!(name == "Mary Own", is_about, "{name} {alarms}");
    assert_eq!(get(&desk, &guard, "/api/v1/people/p-2").await["name"], "person p-2");
}

#[tokio::test]
async fn every_look_is_on_the_record_once_in_a_while() {
    let desk = prepared().await;
    let guard = guard(&desk).await;
    let views = async || get(&desk, &ROOT, "/api/v1/people/p-1/views").await["items"].as_array().unwrap().clone();
    get(&desk, &ROOT, "/api/v1/people/p-1").await;
    assert_eq!(views().await.len(), 0, "whoever is at the machine could read the database itself");
    get(&desk, &guard, "/api/v1/people/p-1").await;
    get(&desk, &guard, "/api/v1/people/p-1").await;
    get(&desk, &guard, "/api/v1/people/p-1/credentials").await;
    assert_eq!(views().await.len(), 1);
    work_half_an_hour(&desk, &guard).await;
    desk.post(&guard, "/api/v1/sessions/names", json!({ "reason": "lost card" })).await;
    get(&desk, &guard, "/api/v1/people/p-1/credentials").await;
    let views = views().await;
    assert_eq!((views.len(), &views[0]["reason"], &views[1]["reason"]), (2, &json!("lost card"), &Value::Null));
    assert_eq!((&views[0]["what"], views[0]["by"].as_str().unwrap().is_empty()), (&json!("viewed"), false));
}
