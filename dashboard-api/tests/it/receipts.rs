//! Receipts through the API: a change of rights, the handle that must hold it, and what is told until it does.

use axum::http::Request;
use rackward_dashboard::Backend as _;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request};

const ROOT: Who = Who::Socket(0);
const HANDLE: &str = "r01-c01-front";

/// A site with one handle that keeps lists, which holds a right of p-1 until four and has acknowledged it.
async fn site_with_a_right() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.keep_lists(HANDLE);
    for (path, body) in [
        ("people", json!({ "name": "Ada Byrne" })),
        ("credentials", json!({ "person": "p-1", "card": "26:1:5" })),
        (
            "grants",
            json!({ "person": "p-1", "doors": ["r01/c01/front"], "to_at": "2026-07-24T16:00:00Z",
                           "ticket": "CHG-1", "reason": "x" }),
        ),
    ] {
        let answered = desk.post(&ROOT, &format!("/api/v1/{path}"), body).await;
        assert!(answered.status.is_success(), "{path}: {}", answered.text());
    }
    desk.site.acknowledge(HANDLE);
    desk
}

async fn receipts(desk: &Desk) -> Value {
    desk.get(&ROOT, "/api/v1/receipts").await.json()
}

/// Takes the right back and waits for receipts so many seconds.
async fn revoke(desk: &Desk, wait: &str) -> Answered {
    let mut request = json_request("POST", "/api/v1/grants/g-1/revoke", &json!({ "reason": "over" }));
    request.headers_mut().insert("prefer", format!("wait={wait}").parse().unwrap());
    desk.send(ROOT, request).await
}

#[tokio::test]
async fn a_handle_is_behind_until_it_acknowledges() {
    let desk = site_with_a_right().await;
    let before = receipts(&desk).await;
    assert_eq!((&before["total"], &before["pending"], &before["behind"]), (&json!(1), &json!(0), &json!([])));
    let revoked = desk.post(&ROOT, "/api/v1/grants/g-1/revoke", json!({ "reason": "over" })).await;
    let generation = revoked.json()["generation"].as_u64().unwrap();
    assert_eq!(revoked.status.as_u16(), 202, "the handle does not know yet: {}", revoked.text());
    assert_eq!(revoked.header("location"), format!("/api/v1/operations/op-{generation}"));
    assert_eq!(revoked.header("link"), format!("</api/v1/receipts?through=gen-{generation}>; rel=\"receipts\""));
    assert_eq!(revoked.json()["delivered"]["pending"], 1);
    assert_eq!(revoked.header("preference-applied"), "", "nobody waits for it");
    desk.site.pass(std::time::Duration::from_secs(41));
    let during = receipts(&desk).await;
    assert_eq!(during["sentence"], "1 of 1 pending, oldest 41 s");
    let behind = &during["behind"][0];
    assert_eq!([&behind["device"], &behind["place"]], [HANDLE, "lon1/hall-a/r01/c01/front"]);
    assert_eq!(behind["generation"], generation);
    assert!(behind["honours_until_at"].is_string(), "{behind}");
    let earlier = desk.get(&ROOT, &format!("/api/v1/receipts?through=gen-{}", generation - 1)).await.json();
    assert_eq!((&earlier["pending"], &earlier["through"]), (&json!(0), &json!(generation - 1)));
    let status = desk.get(&ROOT, "/api/v1/status").await.json();
    assert_eq!(status["receipts"]["sentence"], during["sentence"]);
    desk.site.acknowledge(HANDLE);
    assert_eq!(receipts(&desk).await["done"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_is_waited_for_ends_with_its_last_receipt() {
    let desk = site_with_a_right().await;
    let began = tokio::time::Instant::now();
    let mut head = desk.site.head();
    let acknowledging = async {
        head.changed().await.unwrap();
        desk.site.acknowledge(HANDLE);
    };
    let (answered, ()) = tokio::join!(revoke(&desk, "10"), acknowledging);
    let told = answered.json();
    assert_eq!((answered.status.as_u16(), answered.header("preference-applied")), (200, "wait=10"));
    assert_eq!((&told["state"], &told["delivered"]["pending"]), (&json!("revoked"), &json!(0)));
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "it did not wait for the whole time");
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_is_not_acknowledged_names_who_still_honours_it() {
    let desk = site_with_a_right().await;
    let began = tokio::time::Instant::now();
    let answered = revoke(&desk, "3").await;
    let told = answered.json();
    assert_eq!(answered.status.as_u16(), 202, "{told}");
    assert_eq!(began.elapsed(), std::time::Duration::from_secs(3));
    let generation = told["generation"].as_u64().unwrap();
    assert_eq!(answered.header("location"), format!("/api/v1/operations/op-{generation}"));
    assert_eq!(answered.header("link"), format!("</api/v1/receipts?through=gen-{generation}>; rel=\"receipts\""));
    let behind = &told["delivered"]["behind"];
    assert_eq!((behind[0]["device"].as_str(), behind.as_array().map(Vec::len)), (Some(HANDLE), Some(1)));
    assert!(behind[0]["honours_until_at"].is_string(), "{behind}");
}

#[tokio::test]
async fn what_a_handle_opens_by_itself_is_told_card_by_card() {
    let desk = site_with_a_right().await;
    let path = format!("/api/v1/devices/{HANDLE}/exposure");
    let told = desk.get(&ROOT, &path).await.json();
    assert_eq!(told["sentence"], "If the link dies now, this card works for 2 h 56 min");
    let card = &told["cards"][0];
    assert_eq!([&card["person"], &card["name"], &card["credential"]], ["p-1", "Ada Byrne", "cred-1"]);
    assert_eq!(card["until_at"], "2026-07-24T16:00:00.000Z");
    let revoked = desk.post(&ROOT, "/api/v1/grants/g-1/revoke", json!({ "reason": "over" })).await;
    assert!(revoked.status.is_success());
    let still = desk.get(&ROOT, &path).await.json();
    assert_eq!(still["sentence"], told["sentence"], "what it may hold counts, not what it should");
    desk.site.acknowledge(HANDLE);
    let after = desk.get(&ROOT, &path).await.json();
    assert_eq!(
        (&after["sentence"], &after["until_at"]),
        (&json!("If the link dies now, it opens for nobody"), &Value::Null)
    );
    let none = desk.get(&ROOT, "/api/v1/devices/moon/exposure").await;
    assert_eq!(none.status.as_u16(), 404);
}

#[tokio::test]
async fn every_change_of_rights_names_its_generation_and_its_receipts() {
    let desk = site_with_a_right().await;
    let to = "2026-07-24T15:00:00Z";
    for (method, path, body) in [
        ("POST", "credentials", json!({ "person": "p-1", "card": "26:1:6" })),
        ("POST", "grants/g-1/end", json!({ "to_at": to, "reason": "x" })),
        ("PUT", "people/p-1/details", json!({ "extended_time": true, "reason": "x" })),
        ("POST", "people/p-1/status", json!({ "status": "suspended", "reason": "x" })),
        ("POST", "people/p-1/enable", json!({ "reason": "x" })),
        ("POST", "credentials/cred-1/state", json!({ "state": "lost", "reason": "x" })),
        ("POST", "schedules", json!({ "name": "Nights", "windows": ["Mon-Fri 20:00-06:00"] })),
        ("PUT", "schedules/Nights", json!({ "windows": ["Mon 20:00-06:00"] })),
        ("POST", "calendars", json!({ "name": "Holidays", "days": ["2026-12-25"] })),
        ("PUT", "calendars/Holidays", json!({ "days": ["2026-12-26"] })),
        ("DELETE", "calendars/Holidays", json!({})),
        ("POST", "profiles", json!({ "name": "Own", "policies": [{ "rack": "r02/c01" }], "reason": "x" })),
        ("PUT", "profiles/Own", json!({ "policies": [{ "door": "r02/c01/front" }], "reason": "x" })),
        ("DELETE", "profiles/Own", json!({ "reason": "x" })),
        ("DELETE", "schedules/Nights", json!({})),
        ("POST", "break-glass", json!({ "person": "p-1", "doors": ["main-entrance"], "reason": "x" })),
        ("POST", "tickets/close", json!({ "ticket": "CHG-1", "reason": "x" })),
    ] {
        let request = json_request(method, &format!("/api/v1/{path}"), &body);
        let answered = desk.send(ROOT, request).await;
        let told = answered.json();
        let generation = told["generation"].as_u64().unwrap_or_else(|| panic!("{method} {path}: {told}"));
        let link = format!("</api/v1/receipts?through=gen-{generation}>; rel=\"receipts\"");
        assert_eq!(answered.header("link"), link, "{method} {path}");
    }
}

#[tokio::test]
async fn a_question_for_receipts_is_read_strictly() {
    let desk = site_with_a_right().await;
    let check = async |query: &str, status: u16| {
        let answered = desk.get(&ROOT, &format!("/api/v1/receipts{query}")).await;
        assert_eq!(answered.status.as_u16(), status, "{query}: {}", answered.text());
    };
    check("?through=gen-1", 200).await;
    check("?through=1", 400).await;
    check("?through=", 400).await;
    check("?since=gen-1", 400).await;
}

#[tokio::test(start_paused = true)]
async fn the_stream_tells_how_far_receipts_are_whenever_that_changes() {
    let desk = site_with_a_right().await;
    let request = Request::get("/api/v1/stream").body(axum::body::Body::empty()).unwrap();
    let mut body = desk.respond(ROOT, request).await.into_body();
    let mut told = Vec::new();
    told.push(next_summary(&mut body).await);
    desk.post(&ROOT, "/api/v1/grants/g-1/revoke", json!({ "reason": "over" })).await;
    told.push(next_summary(&mut body).await);
    desk.site.acknowledge(HANDLE);
    told.push(next_summary(&mut body).await);
    let pending: Vec<Option<u64>> = told.iter().map(|summary| summary["pending"].as_u64()).collect();
    assert_eq!(pending, [Some(0), Some(1), Some(0)]);
    assert_eq!(told[1]["sentence"], "1 of 1 pending, oldest 0 s");
}

/// The next `receipts` event of a stream; it has no id, because it is no entry.
async fn next_summary(body: &mut axum::body::Body) -> Value {
    loop {
        let frame = http_body_util::BodyExt::frame(body).await.unwrap().unwrap().into_data().unwrap();
        if let Some(data) = std::str::from_utf8(&frame).unwrap().strip_prefix("event: receipts\ndata: ") {
            return serde_json::from_str(data).unwrap();
        }
    }
}
