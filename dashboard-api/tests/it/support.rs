//! Support bundles: what is listed is what is in them, whatever does not answer, and to whom which part is told.

use std::collections::BTreeMap;

use rackward_core::engine::query::JournalHealth;
use rackward_core::permission::{OperatorRole, Permission};
use serde_json::Value;

use crate::asking::{Answered, Desk, Who};
use crate::history::{file, manifest, unzipped};
use crate::routes::prepared;

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

const FILES: [&str; 12] = [
    "daemon.json",
    "configuration.json",
    "health.json",
    "metrics.txt",
    "buses.json",
    "devices.json",
    "receipts.json",
    "certificates.json",
    "journal.json",
    "storage.json",
    "log.ndjson",
    "problems.json",
];

async fn get(desk: &Desk, who: &Who, path: &str) -> Answered {
    let answered = desk.get(who, path).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered
}

/// Why each part is not told, of those that are not.
fn untold(listed: &Value) -> BTreeMap<String, String> {
    let files = listed["files"].as_array().unwrap().iter();
    let told = files.filter_map(|file| Some((file["name"].as_str()?.to_owned(), file["untold"].as_str()?.to_owned())));
    told.collect()
}

#[tokio::test]
async fn what_is_listed_is_what_is_saved() {
    let desk = prepared().await;
    let listed = get(&desk, &ROOT, "/api/v1/support-bundle").await.json();
    let answered = get(&desk, &ROOT, "/api/v1/support-bundle/download").await;
    assert!(answered.header("content-disposition").starts_with("attachment; filename=\"rackward-lon1-support-2026"));
    assert!(answered.header("content-digest").starts_with("sha-256=:"), "it can be checked on its way");
    let files = unzipped(&answered.body);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..12], FILES);
    assert_eq!(names[12..], ["manifest.json", "manifest.note"]);
    let manifest = manifest(&files);
    for (row, told) in listed["files"].as_array().unwrap().iter().zip(manifest["files"].as_array().unwrap()) {
        for member in ["name", "what", "left_out", "redacted", "untold", "bytes"] {
            assert_eq!(row[member], told[member], "{row}");
        }
    }
    assert_eq!(untold(&listed), BTreeMap::new());
    let redacted: u64 = listed["files"].as_array().unwrap().iter().filter_map(|row| row["redacted"].as_u64()).sum();
    assert_eq!((&listed["redacted"], &listed["files"][1]["redacted"]), (&redacted.into(), &3.into()));
    assert_eq!(manifest["never"], listed["never"]);
    let text = |name: &str| String::from_utf8(file(&files, name).to_vec()).unwrap();
    assert_eq!(text("metrics.txt"), "rackward_build_info 1\n");
    let document = |name: &str| serde_json::from_str::<Value>(&text(name)).unwrap();
    assert_eq!(document("log.ndjson"), serde_json::json!({ "gone": 7, "kept": 0 }));
    assert_eq!(document("configuration.json")["console"]["names"], serde_json::json!(["[redacted]", "[redacted]"]));
    assert_eq!(document("journal.json")["entries"], desk.site.head_now().get());
    assert!(document("devices.json").as_array().unwrap().iter().any(|device| device["name"] == "main-entrance-lock"));
    let is_told = |device: &Value| device.get("description").is_some() && device.get("accepted").is_none();
    assert!(document("devices.json").as_array().unwrap().iter().all(is_told), "{}", text("devices.json"));
}

#[tokio::test]
async fn what_does_not_answer_keeps_nothing_else_from_being_told() {
    let desk = Desk::open();
    desk.site.set_health(JournalHealth::Unwritable);
    desk.site.set_unavailable(true);
    let listed = get(&desk, &ROOT, "/api/v1/support-bundle").await.json();
    let untold = untold(&listed);
    assert_eq!(untold["health.json"], "the daemon could not tell it");
    assert_eq!(untold["metrics.txt"], "the daemon could not tell it");
    assert!(!untold.contains_key("daemon.json") && !untold.contains_key("buses.json"), "{untold:?}");
    let files = unzipped(&get(&desk, &ROOT, "/api/v1/support-bundle/download").await.body);
    assert_eq!(files.iter().filter(|(name, _)| FILES.contains(&name.as_str())).count(), FILES.len());
}

#[tokio::test]
async fn a_program_is_told_the_parts_that_its_token_may_see() {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    desk.site.all_quiet();
    let owner = desk.site.operator("ben", OperatorRole::Admin);
    let only = Who::Program(desk.site.token(owner, &[Permission::ManageDevices]));
    let untold = untold(&get(&desk, &only, "/api/v1/support-bundle").await.json());
    assert_eq!(untold["metrics.txt"], "it takes view_metrics, which whoever asked does not have");
    assert_eq!(untold.len(), 7, "{untold:?}");
    let files = unzipped(&get(&desk, &only, "/api/v1/support-bundle/download").await.body);
    assert!(!String::from_utf8(file(&files, "devices.json").to_vec()).unwrap().contains("main-entrance"));
    let none = Who::Program(desk.site.token(owner, &[Permission::ViewHealth]));
    assert_eq!(desk.get(&none, "/api/v1/support-bundle").await.status.as_u16(), 403);
}
