//! Who may pass at a moment that is over or to come, through the API: who is named, what is not known, and who may ask.

use std::time::Duration;

use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};

const ROOT: Who = Who::Socket(0);
const TO: &str = "2026-07-24T17:00:00Z";
const CARD: &str = "26:12:34567";

async fn get(desk: &Desk, path: &str, expect: u16) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1{path}")).await;
    assert_eq!(answered.status.as_u16(), expect, "{path}: {}", answered.text());
    answered.json()
}

async fn post(desk: &Desk, path: &str, body: Value) -> Value {
    let answered = desk.post(&ROOT, &format!("/api/v1{path}"), body).await;
    assert!(answered.status.is_success(), "{path}: {}", answered.text());
    answered.json()
}

/// Ada may pass the main entrance from the second hour to the third; when each began.
async fn a_right_that_came_and_went() -> (Desk, [String; 3]) {
    let desk = Desk::open();
    desk.site.all_quiet();
    let mut moments = Vec::new();
    let mut note = |desk: &Desk| {
        moments.push(rackward_dashboard::wire::at::At(rackward_dashboard::Backend::now(&*desk.site).wall).to_string());
        desk.site.pass(Duration::from_secs(3_600));
    };
    post(&desk, "/people", json!({ "name": "Ada Byrne" })).await;
    post(&desk, "/credentials", json!({ "person": "p-1", "card": CARD })).await;
    note(&desk);
    let wish =
        json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": TO, "reason": "Filters", "ticket": "CHG-7" });
    post(&desk, "/grants", wish).await;
    note(&desk);
    post(&desk, "/grants/g-1/revoke", json!({ "reason": "Done" })).await;
    note(&desk);
    (desk, moments.try_into().unwrap())
}

#[tokio::test]
async fn a_right_that_is_gone_is_told_of_the_time_when_it_was_there() {
    let (desk, [before, during, after]) = a_right_that_came_and_went().await;
    for (at, expect) in [(&before, 0), (&during, 1), (&after, 0)] {
        for place in ["/points/main-entrance%2Fin/who", "/doors/main-entrance/who", "/people/p-1/points"] {
            let list = get(&desk, &format!("{place}?at={at}"), 200).await;
            assert_eq!(list["items"].as_array().unwrap().len(), expect, "{place} at {at}: {list}");
        }
    }
    let who = get(&desk, &format!("/points/main-entrance%2Fin/who?at={during}"), 200).await;
    let row = &who["items"][0];
    assert_eq!(
        (&row["person"]["name"], &row["grant"], &row["ticket"]),
        (&json!("Ada Byrne"), &json!("g-1"), &json!("CHG-7"))
    );
    let points = get(&desk, &format!("/people/ada/points?at={during}&filter=point:main-entrance/in"), 200).await;
    assert_eq!(points["items"][0]["reason"], "Filters", "{points}");
    assert_eq!(get(&desk, "/points/main-entrance%2Fin/who", 200).await["items"], json!([]), "now nobody may");
}

#[tokio::test]
async fn an_explanation_says_what_is_not_known_of_its_moment() {
    let (desk, [_, during, after]) = a_right_that_came_and_went().await;
    let explained = async |at: &str| get(&desk, &format!("/explain?person=p-1&point=main-entrance/in{at}"), 200).await;
    let then = explained(&format!("&at={during}")).await;
    assert_eq!((&then["outcome"], &then["grant"]), (&json!("granted"), &json!("g-1")), "{then}");
    assert_eq!(then["not_known"].as_array().unwrap().len(), 3, "{then}");
    let gone = explained(&format!("&at={after}")).await;
    assert_eq!((&gone["outcome"], &gone["reason"]), (&json!("denied"), &json!("not_authorised_point")), "{gone}");
    assert_eq!(explained("").await["not_known"], json!([]), "of now everything is known");
    let to_come = explained("&at=2027-01-01T00:00:00Z").await;
    assert_eq!(to_come["not_known"].as_array().unwrap().len(), 4, "{to_come}");
}

#[tokio::test]
async fn lists_and_things_are_told_as_they_were() {
    let (desk, [before, during, after]) = a_right_that_came_and_went().await;
    post(&desk, "/schedules", json!({ "name": "Nights", "windows": ["Mon-Fri 22:00-06:00"] })).await;
    let policies = json!([{ "door": "main-entrance", "schedule": "Nights" }]);
    post(&desk, "/profiles", json!({ "name": "crew", "policies": policies, "reason": "x" })).await;
    post(&desk, "/people/p-1/status", json!({ "status": "suspended", "reason": "away" })).await;
    for (at, expect) in [(&before, json!([])), (&during, json!(["active"])), (&after, json!(["revoked"]))] {
        let grants = get(&desk, &format!("/grants?at={at}&limit=10"), 200).await;
        let standing: Vec<&Value> = grants["items"].as_array().unwrap().iter().map(|one| &one["standing"]).collect();
        assert_eq!(json!(standing), expect, "at {at}: {grants}");
        assert_eq!(grants["total_estimate"], standing.len(), "{grants}");
    }
    assert_eq!(get(&desk, &format!("/grants/g-1?at={during}"), 200).await["standing"], "active");
    let gone = get(&desk, &format!("/grants/g-1?at={before}"), 404).await;
    assert!(gone["detail"].as_str().unwrap().starts_with("g-1 did not exist at 2026-"), "{gone}");
    let then = get(&desk, &format!("/people/p-1?at={during}"), 200).await;
    assert_eq!(
        (&then["status"], &then["name"], &then["place"]),
        (&json!("enabled"), &json!("Ada Byrne"), &json!(null))
    );
    assert_eq!(get(&desk, "/people/p-1", 200).await["status"], "suspended");
    let names = async |path: &str| -> Vec<String> {
        let list = get(&desk, path, 200).await;
        let names = list["items"].as_array().unwrap().iter();
        names.filter_map(|one| one["name"].as_str().or(one["id"].as_str()).map(str::to_owned)).collect()
    };
    assert_eq!(names(&format!("/profiles?at={during}")).await, [""; 0]);
    assert_eq!(names("/profiles").await, ["crew"]);
    assert!(!names(&format!("/schedules?at={during}")).await.contains(&"Nights".to_owned()));
    assert!(names("/schedules").await.contains(&"Nights".to_owned()));
    assert_eq!(names(&format!("/people/p-1/credentials?at={before}")).await, ["cred-1"]);
    assert_eq!(names("/people?at=2020-01-01T00:00:00Z").await, [""; 0]);
    for list in ["calendars", "agreements", "people"] {
        get(&desk, &format!("/{list}?at={before}"), 200).await;
    }
    for path in
        ["/grants", "/grants/g-1", "/people", "/people/p-1", "/profiles", "/schedules", "/calendars", "/agreements"]
    {
        let refused = get(&desk, &format!("{path}?at=2099-01-01T00:00:00Z"), 400).await;
        assert!(refused["detail"].as_str().unwrap().contains("a time to come"), "{path}: {refused}");
    }
    // What is known of now alone takes no moment.
    get(&desk, &format!("/doors?at={during}"), 400).await;
}

#[tokio::test]
async fn nobody_is_told_of_what_never_was() {
    let (desk, [before, ..]) = a_right_that_came_and_went().await;
    get(&desk, "/people/p-99/points", 404).await;
    get(&desk, &format!("/people/p-99/points?at={before}"), 404).await;
    get(&desk, "/points/pt-99/who", 404).await;
    get(&desk, "/points/nowhere/who", 422).await;
    get(&desk, "/points/main-entrance%2Fin/who?at=yesterday", 400).await;
    get(&desk, "/people/p-1/points?at=2020-01-01T00:00:00Z", 404).await;
}

#[tokio::test]
async fn changes_are_tried_on_what_happened_and_change_nothing() {
    let desk = Desk::open();
    desk.site.all_quiet();
    post(&desk, "/people", json!({ "name": "Ada Byrne" })).await;
    post(&desk, "/credentials", json!({ "person": "p-1", "card": CARD })).await;
    let wish = json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": TO, "reason": "Filters" });
    post(&desk, "/grants", wish).await;
    for _ in 0..3 {
        desk.site.badge("main-entrance-reader-in", &CardNumber::parse(CARD).unwrap().bits);
        desk.site.pass(Duration::from_secs(600));
    }
    let before = desk.site.journal_text();
    let lines = async |change: Value, expect: u16| {
        let body = json!({ "reason": "Too wide", "changes": [change] });
        let answered = desk.post(&ROOT, "/api/v1/simulations", body).await;
        assert_eq!(answered.status.as_u16(), expect, "{}", answered.text());
        answered.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let told = lines(json!({ "do": "revoke_grant", "grant": "g-1" }), 200).await;
    assert_eq!(told[0], json!({ "type": "version", "schema": "1.0" }));
    let [.., difference, end] = &told[..] else { panic!("{told:?}") };
    assert_eq!(difference["person"], json!({ "id": "p-1", "name": "Ada Byrne" }));
    let treated =
        [&difference["before"]["treatment"], &difference["after"]["treatment"], &difference["after"]["reason"]];
    assert_eq!(treated, ["admitted", "refused", "not_authorised_point"], "{difference}");
    assert_eq!((&difference["times"], &difference["point"]), (&json!(3), &json!("lon1/main-entrance/in")));
    assert_eq!(difference["hours"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), 3);
    let expect = json!({ "type": "end", "passages": 3, "different": 3, "otherwise_then": 0, "untold": 0 });
    assert_eq!(*end, expect);

    let longer = json!({ "do": "change_grant_end", "grant": "g-1", "to_at": "2026-07-25T17:00:00Z" });
    let same = lines(longer, 200).await;
    assert_eq!(same.last().unwrap()["different"], 0, "{same:?}");
    let refused = lines(json!({ "do": "revoke_grant", "grant": "g-99" }), 422).await;
    assert!(refused[0]["errors"][0]["pointer"].as_str().unwrap().starts_with("#/changes/0"), "{refused:?}");
    assert_eq!(desk.site.journal_text(), before, "nothing was recorded");
}
