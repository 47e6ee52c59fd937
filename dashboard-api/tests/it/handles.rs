//! Handles through the API: their identity, their inventory, letting them blink, the canary, and what a broker must know.

use rackward_core::DeviceReport;
use rackward_core::inventory::{BootCause, Description, Measurements, SlideReport, Stall, UnlockCause};
use serde_json::{Value, json};

use crate::asking::{Desk, Who};

const ROOT: Who = Who::Socket(0);
const HANDLE: &str = "r01-c01-front";

fn quiet() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk
}

async fn row(desk: &Desk, name: &str) -> Value {
    let listed = desk.get(&ROOT, "/api/v1/devices").await.json();
    listed["items"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_code_is_in_one_answer_and_nowhere_else() {
    let desk = quiet();
    let answered = desk.post(&ROOT, &format!("/api/v1/devices/{HANDLE}/enrol"), json!({ "reason": "New" })).await;
    assert_eq!((answered.status.as_u16(), answered.header("cache-control")), (201, "no-store"));
    let told = answered.json();
    let code = told["code"].as_str().unwrap();
    assert_eq!([&told["name"], &told["site"], &told["address"]], [HANDLE, "lon1", "127.0.0.1:8883"]);
    assert_eq!(told["broker"], "restart", "what the broker must be told is told with it");
    assert!(!desk.site.journal_text().contains(code), "the journal holds the code");
    let head = desk.site.head_now().get();
    let events = desk.get(&ROOT, &format!("/api/v1/events?after={}", head - 1)).await.text();
    assert!(!events.contains(code) && events.contains("device.enrolment-offered"), "{events}");
    let device = row(&desk, HANDLE).await;
    assert_eq!(device["enrolment"], "code_waits");
    assert!(device["enrolment_until_at"].is_string() && !device.to_string().contains(code), "{device}");
}

#[tokio::test]
async fn what_is_wrong_with_an_enrolment_is_said() {
    let desk = quiet();
    let check = async |path: &str, body: Value, status: u16| {
        let answered = desk.post(&ROOT, &format!("/api/v1/devices/{path}"), body).await;
        assert_eq!(answered.status.as_u16(), status, "{path}: {}", answered.text());
        assert_eq!(answered.header("content-type"), "application/problem+json");
    };
    check("moon/enrol", json!({ "reason": "x" }), 404).await;
    check(&format!("{HANDLE}/enrol"), json!({}), 422).await;
    check(&format!("{HANDLE}/enrol"), json!({ "reason": "" }), 422).await;
    check("moon/certificates/revoke", json!({ "reason": "x" }), 404).await;
    check(&format!("{HANDLE}/certificates/revoke"), json!({ "reason": "x", "all": true }), 422).await;
}

#[tokio::test]
async fn a_device_shows_what_it_said_of_itself() {
    let desk = quiet();
    let boot = Some(BootCause::Watchdog);
    desk.site
        .report(HANDLE, DeviceReport::Described(Description { list_room: Some(40), boot, ..Description::default() }));
    let slide = SlideReport {
        travel: Some(std::time::Duration::from_millis(640)),
        stalled: Stall::Unknown,
        unlocked_by: Some(UnlockCause::Command),
    };
    desk.site.report(HANDLE, DeviceReport::Slide(slide));
    let measured = Measurements { supply_mv: Some(11_950), temperature_c10: Some(-35), ..Measurements::default() };
    desk.site.report(HANDLE, DeviceReport::Measured(measured));
    let told = row(&desk, HANDLE).await;
    assert_eq!(told["slide"], json!({ "travel_ms": 640, "stalled": null, "unlocked_by": "command" }));
    assert_eq!((&told["measurements"]["supply_mv"], &told["measurements"]["motor_ma"]), (&json!(11_950), &Value::Null));
    assert_eq!((&told["description"]["list_room"], &told["description"]["boot"]), (&json!(40), &json!("watchdog")));
    assert!(["A", "B", "C", "D"].contains(&told["grade"].as_str().unwrap()), "{told}");
    assert!(told["grade_words"].as_str().unwrap().starts_with(told["grade"].as_str().unwrap()), "{told}");
    let lock = row(&desk, "plant-room-lock").await;
    assert_eq!((&lock["rights"], &lock["enrolment"]), (&Value::Null, &Value::Null), "a bus needs no certificate");
}

#[tokio::test]
async fn a_device_that_never_came_has_no_grade() {
    let desk = Desk::open();
    let told = row(&desk, HANDLE).await;
    let null = &Value::Null;
    assert_eq!((&told["trust"], &told["grade"], &told["grade_words"]), (&json!("awaited"), null, null));
    desk.site.all_quiet();
    assert_eq!(row(&desk, HANDLE).await["grade"], "A");
}

#[tokio::test]
async fn handles_blink_where_they_are_looked_for() {
    let desk = quiet();
    let check = async |wanted: Value, expect: &[&str]| {
        let answered = desk.post(&ROOT, "/api/v1/locate", wanted.clone()).await;
        assert_eq!(answered.json()["devices"], json!(expect), "{wanted}");
    };
    check(json!({ "rack": "r01/c01", "reason": "x" }), &["r01-c01-front", "r01-c01-rear"]).await;
    check(json!({ "rack": "r02/c01", "reason": "x" }), &["r02-c01-front", "r02-c01-rear"]).await;
    check(json!({ "door": "r01/c02/rear", "reason": "x", "for_s": 60 }), &["r01-c02-rear"]).await;
}

#[tokio::test]
async fn what_shall_blink_is_said_once() {
    let desk = quiet();
    let check = async |wanted: Value, pointers: &[&str]| {
        let answered = desk.post(&ROOT, "/api/v1/locate", wanted.clone()).await;
        assert_eq!(
            (answered.status.as_u16(), answered.pointers()),
            (422, pointers.iter().map(|at| (*at).to_owned()).collect()),
            "{wanted}"
        );
    };
    check(json!({ "reason": "x" }), &["/rack"]).await;
    check(json!({ "rack": "r01/c01", "grant": "g-1", "reason": "x" }), &["/rack"]).await;
    check(json!({ "rack": "moon", "reason": "" }), &["/rack", "/reason"]).await;
    check(json!({ "ticket": "", "reason": "x" }), &["/ticket"]).await;
}

#[tokio::test]
async fn the_canary_is_tried_on_demand() {
    let desk = quiet();
    desk.site.keep_lists(HANDLE);
    let answered = desk.post(&ROOT, "/api/v1/canaries", json!({ "reason": "after the update" })).await;
    assert_eq!(answered.status.as_u16(), 202, "{}", answered.text());
}

#[tokio::test]
async fn a_broker_gets_its_files_as_they_are() {
    let desk = quiet();
    for (file, text) in [("acl", "acl"), ("authority", "ca"), ("crl", "crl")] {
        let answered = desk.get(&ROOT, &format!("/api/v1/mqtt/{file}")).await;
        assert_eq!((answered.status.as_u16(), answered.text().as_str()), (200, text), "{file}");
    }
}
