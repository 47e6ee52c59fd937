//! Events by the API: searched, page by page in both orders, with cursors that nobody can make up, one by one, by member.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::asking::{Desk, Who};

const ROOT: Who = Who::Socket(0);

/// A desk with seven people in its journal.
async fn seven_people() -> Desk {
    let desk = Desk::open();
    for number in 1..=7 {
        let answered = desk.post(&ROOT, "/api/v1/people", json!({ "name": format!("Person {number}") })).await;
        assert_eq!(answered.status.as_u16(), 201, "{}", answered.text());
    }
    desk
}

async fn page(desk: &Desk, query: &str) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1/events?{query}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{query}: {}", answered.text());
    answered.json()
}

/// Ids of everything behind a query, page after page.
async fn all(desk: &Desk, query: &str) -> Vec<u64> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(desk, &format!("{query}&limit=3{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().parse::<u64>().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn a_query_finds_what_it_means_in_both_orders() {
    let desk = seven_people().await;
    let made = all(&desk, "filter=type:person.created").await;
    assert_eq!(made.len(), 7);
    let mut backwards = all(&desk, "filter=type:person.*&sort=-at").await;
    backwards.reverse();
    assert_eq!(backwards, made);
    assert_eq!(all(&desk, "filter=person:p-3").await, [made[2]]);
    assert_eq!(all(&desk, "filter=type:person.created%20-person:p-1,p-2,p-3").await, made[3..]);
    assert_eq!(all(&desk, "filter=type:person.created%20from:2030-01-01").await, [0; 0]);
    assert_eq!(all(&desk, &format!("filter=type:person.created&after={}", made[4])).await, made[5..]);
}

#[tokio::test]
async fn everything_comes_in_pages_without_gap_or_double() {
    let desk = seven_people().await;
    let head = desk.site.head_now().get();
    assert_eq!(all(&desk, "sort=at").await, (1..=head).collect::<Vec<_>>());
    assert_eq!(all(&desk, "sort=-at").await, (1..=head).rev().collect::<Vec<_>>());
    assert_eq!(all(&desk, &format!("sort=-at&after={}", head - 2)).await, [head, head - 1]);
    assert_eq!(all(&desk, "sort=-at&before=3").await, [2, 1], "a place is good for ever, as a cursor is not");
    assert_eq!(all(&desk, &format!("sort=-at&before={}&after={}", head, head - 3)).await, [head - 1, head - 2]);
    let made = all(&desk, "filter=type:person.created").await;
    let people = format!("filter=type:person.created&sort=-at&before={}", made[2]);
    assert_eq!(all(&desk, &people).await, [made[1], made[0]]);
    assert!(page(&desk, "sort=-at&before=3").await["total_estimate"].is_null());
    let refused = desk.get(&ROOT, "/api/v1/events?before=3").await;
    assert_eq!((refused.status.as_u16(), refused.pointers()), (400, vec!["?before".to_owned()]));
    assert_eq!(all(&desk, &format!("after={head}")).await, [0; 0]);
    let first = page(&desk, "limit=1").await;
    assert_eq!((&first["total_estimate"], &first["total_counted"]), (&json!(head), &json!(head)));
}

#[tokio::test]
async fn a_page_means_the_same_while_the_journal_grows() {
    let desk = seven_people().await;
    let query = "filter=type:person.created&sort=-at&limit=2";
    let first = page(&desk, query).await;
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "Latecomer" })).await;
    let second = page(&desk, &format!("{query}&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    let people = |page: &Value| {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["data"]["person_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((people(&first), people(&second)), (vec!["p-7".into(), "p-6".into()], vec!["p-5".into(), "p-4".into()]));
    assert_eq!(second["total_estimate"], Value::Null);
}

#[tokio::test]
async fn the_next_page_stands_in_a_header_too() {
    let desk = seven_people().await;
    let answered = desk.get(&ROOT, "/api/v1/events?limit=2&fields=id,data.sentence").await;
    let link = answered.headers["link"].to_str().unwrap().to_owned();
    let document = answered.json();
    let cursor = document["next_cursor"].as_str().unwrap();
    assert_eq!(link, format!("</api/v1/events?limit=2&fields=id,data.sentence&cursor={cursor}>; rel=\"next\""));
    let members: BTreeSet<&str> = document["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["data", "id"]), "{document}");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_its_column() {
    let desk = seven_people().await;
    let check = async |query: &str, pointer: &str, said: &str| {
        let answered = desk.get(&ROOT, &format!("/api/v1/events?{query}")).await;
        assert_eq!(answered.status.as_u16(), 400, "{query}: {}", answered.text());
        let problem = answered.json();
        let errors = problem["errors"].as_array().unwrap();
        let found =
            errors.iter().any(|error| error["pointer"] == pointer && error["detail"].as_str().unwrap().contains(said));
        assert!(found, "{query}: {problem}");
    };
    check("filter=colour:red", "?filter", "column 1: no field is called \"colour\"").await;
    check("filter=x%20door:nowhere", "?filter", "column 3: no door is called \"nowhere\"").await;
    check("filter=from:soon%20colour:red", "?filter", "column 11:").await;
    check("filter=colour:red&from=soon", "?from", "is no time").await;
    check("filter=colour:red&from=soon", "?filter", "column 1:").await;
    check("sort=seq", "?sort", "at or -at").await;
    check("cursor=AAAA", "?cursor", "leave it out").await;
    let other = page(&desk, "limit=1&sort=-at").await;
    let cursor = other["next_cursor"].as_str().unwrap();
    check(&format!("limit=1&sort=at&cursor={cursor}"), "?cursor", "leave it out").await;
}

#[tokio::test]
async fn one_entry_is_shown_by_its_number() {
    let desk = seven_people().await;
    let one = desk.get(&ROOT, "/api/v1/events/2").await;
    assert_eq!(one.json()["id"], "2", "{}", one.text());
    for missing in ["0", "999999", "x", "18446744073709551615"] {
        let answered = desk.get(&ROOT, &format!("/api/v1/events/{missing}")).await;
        assert_eq!(answered.status.as_u16(), 404, "{missing}: {}", answered.text());
    }
}
