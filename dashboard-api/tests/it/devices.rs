//! Devices and buses through the API: who answers, jobs, firmware, looks at a bus.

use axum::body::Body;
use axum::http::Request;
use rackward_core::DeviceReport;
use rackward_core::engine::input::Identity;
use rackward_core::job::JobOutcome;
use rackward_core::permission::OperatorRole;
use rackward_dashboard::bus::BusInspection;
use serde_json::{Value, json};
use std::time::Duration;

use crate::asking::{Answered, Desk, Who};
use crate::site_in_memory::premises::FRAME;

const ROOT: Who = Who::Socket(0);
const READER: &str = "main-entrance-reader-in";

fn quiet() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk
}

/// A desk whose reader was commissioned as one that firmware fits.
fn known() -> Desk {
    let desk = quiet();
    desk.site.know(READER, &identity("7"));
    desk
}

fn identity(serial: &str) -> Identity {
    Identity { model: "ca-fe-01 model 4 version 1".into(), serial: serial.into(), firmware: "1.2.0".into() }
}

async fn row(desk: &Desk, name: &str) -> Value {
    let listed = desk.get(&ROOT, "/api/v1/devices").await.json();
    listed["items"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
}

async fn job(desk: &Desk, body: Value) -> Answered {
    desk.post(&ROOT, &format!("/api/v1/devices/{READER}/job"), body).await
}

async fn firmware(desk: &Desk, image: &[u8]) -> Answered {
    let request = Request::put("/api/v1/firmware").header("content-type", "application/octet-stream");
    desk.send(ROOT, request.body(Body::from(image.to_vec())).unwrap()).await
}

#[tokio::test]
async fn a_device_shows_who_it_is_where_it_hangs_and_what_is_done_with_it() {
    let desk = known();
    let reader = row(&desk, READER).await;
    assert_eq!((&reader["state"], &reader["trust"]), (&json!("online"), &json!("accepted")));
    assert_eq!(reader["accepted"]["serial"], "7");
    let since = "2026-07-23T09:46:40.000Z";
    let line = json!({ "bus": "lobby", "address": 5, "baud": 115_200, "has_key": true, "key_since_at": since });
    assert_eq!(reader["line"], line);
    assert_eq!(reader["job"], Value::Null);
    let started = job(&desk, json!({ "task": "roll-key", "reason": "Yearly" })).await;
    assert_eq!(started.status.as_u16(), 202, "{}", started.text());
    let started = started.json();
    assert_eq!((&started["name"], &started["device"]), (&json!(READER), &reader["id"]));
    let running = &row(&desk, READER).await["job"];
    assert_eq!(
        (&running["id"], &running["task"], &running["by"]),
        (&started["id"], &json!("roll_key"), &json!("uid:0"))
    );
    assert_eq!(running["transfer"], json!({ "sent_bytes": 4_096, "total_bytes": 65_536 }));
    let lock = row(&desk, "main-entrance-lock").await;
    assert_eq!((&lock["line"], &lock["job"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn the_end_of_a_job_is_told_under_its_number() {
    let desk = known();
    let started = job(&desk, json!({ "task": "commission", "for_s": 30, "reason": "New" })).await.json();
    assert_eq!(job(&desk, json!({ "task": "roll-key", "reason": "x" })).await.status.as_u16(), 409);
    desk.site.end_job(READER, JobOutcome::NotInInstallMode);
    let after = format!("/api/v1/events?after={}", started["head"].as_str().unwrap());
    let events = desk.get(&ROOT, &after).await.json();
    let told: Vec<(&str, &Value)> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), &event["data"]))
        .filter(|(_, data)| data["command_id"] == started["id"])
        .collect();
    assert_eq!(told.len(), 2, "{events}");
    assert!(told[0].0.contains(".device.job-started.") && told[1].0.contains(".device.job-ended."), "{told:?}");
    assert_eq!((&told[0].1["task"], &told[0].1["limit_ms"]), (&json!("commission"), &json!(30_000)));
    assert_eq!(told[1].1["outcome"], "not_in_install_mode");
}

#[tokio::test]
async fn everything_wrong_with_a_job_is_named() {
    let desk = known();
    let check = async |body: Value, pointers: &[&str]| {
        let answered = job(&desk, body.clone()).await;
        assert_eq!(answered.status.as_u16(), 422, "{body}: {}", answered.text());
        assert_eq!(answered.pointers(), pointers, "{body}: {}", answered.text());
    };
    let head = desk.site.head_now();
    check(json!({}), &["/task", "/reason"]).await;
    check(json!({ "task": "paint", "reason": "" }), &["/task", "/reason"]).await;
    check(json!({ "task": "roll-key", "reason": "x", "address": 3, "for_s": 9 }), &["/for_s", "/address"]).await;
    check(json!({ "task": "line", "reason": "x" }), &["/address", "/baud"]).await;
    check(json!({ "task": "line", "reason": "", "address": 127, "baud": 300 }), &["/address", "/baud", "/reason"])
        .await;
    check(json!({ "task": "line", "reason": "x", "address": -1, "baud": "fast" }), &["/address", "/baud"]).await;
    check(json!({ "task": "commission", "reason": "x", "first_key": "1234" }), &["/first_key"]).await;
    check(json!({ "task": "commission", "reason": "x", "for_s": 601 }), &["/for_s"]).await;
    check(json!({ "task": "firmware", "reason": "x" }), &["/image"]).await;
    check(json!({ "task": "firmware", "reason": "x", "image": "abcd" }), &["/image"]).await;
    check(json!({ "task": "firmware", "reason": "x", "image": "00".repeat(32) }), &["/image"]).await;
    assert_eq!(desk.site.head_now(), head, "nothing was changed");
    for path in ["/api/v1/devices/moon/job", "/api/v1/devices/dev-99/job"] {
        let nowhere = desk.post(&ROOT, path, json!({ "task": "roll-key", "reason": "x" })).await;
        assert_eq!(nowhere.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_job_that_does_not_fit_the_line_is_refused_with_words() {
    let desk = known();
    let head = desk.site.head_now();
    let taken = job(&desk, json!({ "task": "line", "reason": "x", "address": 6, "baud": 9_600 })).await;
    assert_eq!((taken.status.as_u16(), taken.pointers()), (422, vec!["/address".to_owned()]), "{}", taken.text());
    assert!(taken.text().contains("plant-room-lock"), "{}", taken.text());
    let body = json!({ "task": "roll-key", "reason": "x" });
    let elsewhere = desk.post(&ROOT, "/api/v1/devices/main-entrance-lock/job", body).await;
    assert_eq!(elsewhere.status.as_u16(), 409, "{}", elsewhere.text());
    assert!(elsewhere.text().contains("no serial bus"), "{}", elsewhere.text());
    assert_eq!(desk.site.head_now(), head, "nothing was begun");
    let own = job(&desk, json!({ "task": "line", "reason": "x", "address": 5, "baud": 9_600 })).await;
    assert_eq!(own.status.as_u16(), 202, "{}", own.text());
}

#[tokio::test]
async fn firmware_is_kept_first_and_sent_by_its_digest() {
    let desk = known();
    let kept = firmware(&desk, b"FIRMWARE").await;
    assert_eq!(kept.status.as_u16(), 201, "{}", kept.text());
    let kept = kept.json();
    assert_eq!((&kept["model"], &kept["version"]), (&json!("ca-fe-01 model 4"), &json!("1.3.0")));
    let body = json!({ "task": "firmware", "reason": "CVE", "image": kept["image"] });
    assert_eq!(job(&desk, body).await.status.as_u16(), 202);
    desk.site.end_job(READER, JobOutcome::Done);
    desk.site.report(READER, DeviceReport::Online(Identity { firmware: "1.3.0".into(), ..identity("7") }));
    let again = job(&desk, json!({ "task": "firmware", "reason": "CVE", "image": kept["image"] })).await;
    assert_eq!(again.pointers(), ["/allow_downgrade"]);
    let body = json!({ "task": "firmware", "reason": "CVE", "image": kept["image"], "allow_downgrade": true });
    assert_eq!(job(&desk, body).await.status.as_u16(), 202);
}

#[tokio::test]
async fn only_signed_firmware_of_bearable_size_is_kept() {
    let desk = known();
    let check = async |image: &[u8], status: u16, said: &str| {
        let answered = firmware(&desk, image).await;
        assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
        assert!(answered.text().contains(said), "{}", answered.text());
    };
    check(b"Xsigned by nobody", 422, "no key of firmware.trusted_keys").await;
    check(b"", 422, "no signed firmware image").await;
    // Larger than any other body may be, and as large as one of these may.
    let mut largest = vec![b'F'; 16 << 20];
    check(&largest, 201, "1.3.0").await;
    largest.push(0);
    check(&largest, 413, "at most 16777216 bytes").await;
    let elsewhere = Request::put("/api/v1/schedules/x/ical").header("content-type", "text/calendar");
    let elsewhere = elsewhere.header("if-match", "*");
    let refused = desk.send(ROOT, elsewhere.body(Body::from(vec![b'F'; 8 << 20])).unwrap()).await;
    assert_eq!(refused.status.as_u16(), 413, "no other route takes as much");
    let json = desk.put(&ROOT, "/api/v1/firmware", json!({})).await;
    assert_eq!(json.status.as_u16(), 415);
}

#[tokio::test]
async fn a_job_is_stopped_with_a_reason() {
    let desk = known();
    let path = format!("/api/v1/devices/{READER}/job");
    let none = desk.delete(&ROOT, &path, json!({ "reason": "x" })).await;
    assert_eq!(none.status.as_u16(), 409, "{}", none.text());
    let started = job(&desk, json!({ "task": "roll-key", "reason": "x" })).await.json();
    assert_eq!(desk.delete(&ROOT, &path, json!({})).await.pointers(), ["/reason"]);
    let stopped = desk.delete(&ROOT, &path, json!({ "reason": "Wrong one" })).await;
    assert_eq!((stopped.status.as_u16(), &stopped.json()["id"]), (202, &started["id"]));
}

#[tokio::test]
async fn another_device_is_shown_as_distrusted_until_it_is_accepted() {
    let desk = known();
    desk.site.report(READER, DeviceReport::Online(identity("8")));
    let reader = row(&desk, READER).await;
    assert_eq!((&reader["state"], &reader["trust"]), (&json!("distrusted"), &json!("replaced")));
    assert_eq!((&reader["serial"], &reader["accepted"]["serial"]), (&json!("8"), &json!("7")));
    let path = format!("/api/v1/devices/{}/accept", reader["id"].as_str().unwrap());
    assert_eq!(desk.post(&ROOT, &path, json!({})).await.pointers(), ["/reason"]);
    let accepted = desk.post(&ROOT, &path, json!({ "reason": "Exchanged by us" })).await;
    assert_eq!((accepted.status.as_u16(), &accepted.json()["id"]), (200, &reader["id"]));
    assert_eq!(row(&desk, READER).await["state"], "online");
    assert_eq!(desk.post(&ROOT, &path, json!({ "reason": "x" })).await.status.as_u16(), 409);
}

#[tokio::test]
async fn a_bus_shows_how_it_is() {
    let desk = quiet();
    let buses = desk.get(&ROOT, "/api/v1/buses").await.json();
    let buses = buses["items"].as_array().unwrap();
    let named = |name: &str| buses.iter().find(|bus| bus["name"] == name).unwrap();
    let lobby = named("lobby");
    assert_eq!([&lobby["name"], &lobby["state"], &lobby["port"]], ["lobby", "up", "/dev/lobby"]);
    let device = &lobby["devices"][0];
    assert_eq!((&device["name"], &device["address"], &device["answer_us"]), (&json!(READER), &json!(5), &json!(1_250)));
    assert!(buses.iter().any(|bus| bus["state"] == "down"), "{buses:?}");
}

#[tokio::test]
async fn a_trace_and_a_scan_come_line_by_line_and_say_when_all_was_told() {
    let desk = quiet();
    let look = async |path: &str, body: Value| desk.post(&ROOT, &format!("/api/v1/buses/{path}"), body).await;
    let trace = look("lobby/trace", json!({ "for_s": 5, "reason": "Noise" })).await;
    assert_eq!((trace.status.as_u16(), trace.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(trace.text(), format!("{FRAME}\n{{\"kind\":\"missed\",\"frames\":3}}\n{{\"kind\":\"end\"}}\n"));
    let scan = look("lobby/scan", json!({ "speeds": [9_600], "reason": "New reader" })).await;
    let lines: Vec<Value> = scan.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1], json!({ "kind": "found", "address": 9, "baud": 9_600, "identity": "Sim R-20 0008" }));
    let asked = desk.site.inspections();
    assert_eq!(
        asked,
        [
            ("lobby".to_owned(), BusInspection::Trace { span: Duration::from_secs(5) }),
            ("lobby".to_owned(), BusInspection::Scan { speeds: vec![9_600] }),
        ]
    );
    let journal = desk.site.journal_text();
    assert_eq!(journal.matches("BusInspected").count(), 2, "each is recorded");
}

#[tokio::test]
async fn a_look_that_cannot_be_is_refused_and_names_all_that_is_wrong() {
    let desk = quiet();
    let check = async |path: &str, body: Value, status: u16, pointers: &[&str]| {
        let answered = desk.post(&ROOT, &format!("/api/v1/buses/{path}"), body).await;
        assert_eq!(answered.status.as_u16(), status, "{path}: {}", answered.text());
        assert_eq!(answered.pointers(), pointers, "{path}");
    };
    check("moon/scan", json!({ "reason": "x" }), 404, &[]).await;
    check("yard/trace", json!({ "reason": "x" }), 409, &[]).await;
    check("busy/trace", json!({ "reason": "x" }), 409, &[]).await;
    check("lobby/trace", json!({ "for_s": 0, "reason": "" }), 422, &["/for_s", "/reason"]).await;
    check("lobby/trace", json!({ "for_s": 3_601, "reason": "x" }), 422, &["/for_s"]).await;
    check("lobby/scan", json!({ "speeds": [300], "reason": "" }), 422, &["/speeds", "/reason"]).await;
    check("lobby/scan", json!({ "speeds": [], "reason": "x" }), 422, &["/speeds"]).await;
    check("lobby/scan", json!({ "speeds": "all", "reason": "x" }), 422, &["/speeds"]).await;
    assert_eq!(desk.site.inspections(), []);
    let auditor = Who::Session(desk.sign_in(OperatorRole::Auditor).await);
    let refused = desk.post(&auditor, "/api/v1/buses/lobby/trace", json!({ "reason": "x" })).await;
    assert_eq!(refused.status.as_u16(), 403);
    assert_eq!(desk.site.inspections(), [], "nothing is looked at for somebody who may not");
}

#[tokio::test]
async fn nobody_looks_at_a_bus_any_more_once_the_reader_is_gone() {
    let desk = quiet();
    let request = crate::asking::json_request("POST", "/api/v1/buses/endless/trace", &json!({ "reason": "x" }));
    let response = desk.respond(ROOT, request).await;
    assert!(desk.site.is_looked_at());
    drop(response);
    assert!(!desk.site.is_looked_at());
}
