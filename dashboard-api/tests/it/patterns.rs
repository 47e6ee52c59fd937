//! Patterns of light, sound and text: which there are, one shown at a device, and why one is not.

use rackward_core::permission::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

async fn show(desk: &Desk, device: &str, pattern: &str) -> (u16, Value) {
    let path = format!("/api/v1/devices/{device}/pattern");
    let answered = desk.post(&ROOT, &path, json!({ "pattern": pattern })).await;
    (answered.status.as_u16(), answered.json())
}

fn quiet() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk
}

#[tokio::test]
async fn every_pattern_that_is_told_can_be_shown() {
    let desk = quiet();
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let told = desk.get(&wall, "/api/v1/feedback/patterns").await.json();
    let patterns = told["patterns"].as_array().unwrap();
    assert_eq!(patterns.len(), 24);
    let duress = patterns.iter().find(|one| one["id"] == "T12").unwrap();
    assert_eq!(duress["outcome"], "shown as T2");
    for one in patterns {
        let (status, shown) = show(&desk, "main-entrance-reader-in", one["id"].as_str().unwrap()).await;
        assert_eq!(status, 200, "{shown}");
        assert_eq!(shown["pattern"], one["id"]);
        assert_eq!((&shown["looks"], &shown["for_ms"]), (&one["looks"], &one["test_ms"]));
        assert_eq!(shown["device"], "main-entrance-reader-in");
    }
    let newest = desk.get(&ROOT, "/api/v1/events?sort=-at&limit=1").await.json();
    assert_eq!(newest["items"][0]["data"]["pattern"], "T15", "{newest}");
    let words = "Local user 0 had pattern T15 shown at main-entrance-reader-in, to see it";
    assert_eq!(newest["items"][0]["data"]["sentence"], words, "{newest}");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once_and_what_there_is_with_it() {
    let desk = quiet();
    let (status, problem) = show(&desk, "main-entrance-reader-in", "green").await;
    assert_eq!(status, 422, "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("S1, S2") && detail.ends_with("or T15"), "{detail}");
    assert_eq!(problem["errors"][0]["pointer"], "#/pattern");
    let (status, problem) = show(&desk, "main-entrance-lock", "T6").await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("has no lamps"), "{problem}");
    assert_eq!(show(&desk, "nowhere", "T6").await.0, 404);
}
