//! Cameras and stills over the API: what is told of them, who may look, that looks are recorded before anything is shown, and
//! that the pictures are in the evidence of an alarm, under what the site signs.

use std::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::DeviceReport;
use rackward_core::facts::Lock;
use rackward_core::id::{AlarmId, Seq};
use rackward_core::still::StillFor;
use rackward_dashboard::Backend as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::asking::Desk;
use crate::history::{file, manifest, unzipped};
use crate::site_in_memory::stills::PICTURE;
use crate::site_in_memory::{SiteInMemory, open};

/// A watched site whose main entrance was forced: the desk, the alarm, and what its stills belong to.
fn forced() -> (Desk, String, StillFor) {
    let desk = Desk::of(SiteInMemory::start_watched());
    desk.site.all_quiet();
    desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let raised = desk.site.entries().into_iter().rev().find_map(|stamped| match stamped.entry {
        rackward_core::Entry::AlarmRaised { alarm, .. } => Some((stamped.seq, alarm)),
        _ => None,
    });
    let (entry, alarm): (Seq, AlarmId) = raised.unwrap();
    (desk, alarm.to_string(), StillFor { entry, alarm: Some(alarm) })
}

fn names(desk: &Desk) -> Vec<&'static str> {
    desk.site.entries().iter().map(|stamped| stamped.entry.event_name()).collect()
}

fn looks(desk: &Desk) -> usize {
    names(desk).iter().filter(|name| **name == "camera.viewed").count()
}

#[tokio::test]
async fn an_alarm_tells_its_cameras_and_what_became_of_each_still() {
    let (desk, alarm, belongs) = forced();
    let guard = desk.sign_in_for("lon1", "security").await;
    let bare = desk.get(&guard, &format!("/api/v1/alarms/{alarm}/stills")).await.json();
    assert_eq!(bare["cameras"], json!([{ "id": "cam-1", "name": "entrance" }]));
    assert_eq!(bare["stills"], json!([]));
    let at = desk.site.now().wall;
    let (kept, missing) = (desk.site.stills.put(1, belongs, at, false), desk.site.stills.miss(1, belongs, at));
    let erased = desk.site.stills.put(1, belongs, at, true);
    let told = desk.get(&guard, &format!("/api/v1/stills?alarms={alarm}")).await.json();
    let states: Vec<&str> =
        told["stills"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["kept", "missing", "erased"]);
    let digest = HEXLOWER.encode(&Sha256::digest(PICTURE));
    assert_eq!((&told["stills"][0]["id"], &told["stills"][0]["sha256"]), (&json!(kept), &json!(digest)));
    assert_eq!(told["stills"][1]["cause"], "timed_out");
    assert_eq!(looks(&desk), 0, "nobody has looked yet");
    let shown = desk.get(&guard, &format!("/api/v1/stills/{kept}/picture")).await;
    assert_eq!((shown.status.as_u16(), &shown.body[..]), (200, PICTURE));
    assert_eq!((shown.header("content-type"), shown.header("cache-control")), ("image/png", "no-store"));
    assert_eq!(looks(&desk), 1);
    let gone = desk.get(&guard, &format!("/api/v1/stills/{erased}/picture")).await;
    assert_eq!(gone.status.as_u16(), 404);
    assert!(gone.text().contains("erased") && gone.text().contains(&digest), "{}", gone.text());
    assert_eq!(desk.get(&guard, &format!("/api/v1/stills/{missing}/picture")).await.status.as_u16(), 404);
    let by_event = desk.get(&guard, &format!("/api/v1/stills?events={}", belongs.entry)).await.json();
    assert_eq!(by_event["stills"].as_array().unwrap().len(), 3);
    for wrong in ["", "?alarms=x", "?events=alm-1", "?alarms=alm-1&events=1"] {
        assert_eq!(desk.get(&guard, &format!("/api/v1/stills{wrong}")).await.status.as_u16(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn whoever_may_not_look_sees_no_picture_and_a_camera_that_fails_says_why() {
    let (desk, alarm, belongs) = forced();
    let kept = desk.site.stills.put(1, belongs, desk.site.now().wall, false);
    let pictures = [format!("/api/v1/stills/{kept}/picture"), "/api/v1/cameras/entrance/live".to_owned()];
    for role in ["wall_screen", "facilities"] {
        let who = desk.sign_in_for("lon1", role).await;
        for path in &pictures {
            assert_eq!(desk.get(&who, path).await.status.as_u16(), 403, "{role}: {path}");
        }
        assert_eq!(desk.get(&who, "/api/v1/cameras").await.status.as_u16(), 200, "{role}");
    }
    assert_eq!(looks(&desk), 0);
    let guard = desk.sign_in_for("lon1", "security").await;
    let live = desk.get(&guard, "/api/v1/cameras/entrance/live").await;
    assert_eq!((live.status.as_u16(), &live.body[..]), (200, PICTURE));
    let silent = desk.get(&guard, "/api/v1/cameras/hall/live").await;
    assert_eq!(silent.status.as_u16(), 503);
    assert!(silent.text().contains("nothing came within 2 s"), "{}", silent.text());
    assert_eq!(looks(&desk), 2, "who tried is recorded too");
    let again = desk.post(&guard, &format!("/api/v1/alarms/{alarm}/stills"), json!({})).await;
    assert_eq!(again.json()["id"], alarm);
    assert_eq!(names(&desk).last(), Some(&"still.asked-again"));
    let auditor = desk.sign_in_for("lon1", "auditor").await;
    let refused = desk.post(&auditor, &format!("/api/v1/alarms/{alarm}/stills"), json!({})).await;
    assert_eq!(refused.status.as_u16(), 403);
}

#[tokio::test]
async fn doors_without_a_camera_are_a_finding() {
    let (desk, ..) = forced();
    let guard = desk.sign_in_for("lon1", "security").await;
    let bare = desk.get(&guard, "/api/v1/cameras/uncovered").await.json();
    let first: Vec<&str> = bare["first"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert!(first.contains(&"lon1/mantrap-outer") && !first.contains(&"lon1/main-entrance"), "{first:?}");
    assert!(bare["doors"].as_u64().unwrap() < bare["of_doors"].as_u64().unwrap());
    let cameras = desk.get(&guard, "/api/v1/cameras").await.json();
    assert_eq!(cameras["items"][1]["covers"], json!(["lon1/hall-a"]));
    assert_eq!(desk.get(&guard, "/api/v1/cameras/hall").await.json()["health"], "unknown");
}

#[tokio::test]
async fn evidence_has_the_pictures_under_what_the_site_signs() {
    let (desk, alarm, belongs) = forced();
    let at = desk.site.now().wall;
    let kept = desk.site.stills.put(1, belongs, at, false);
    desk.site.stills.miss(1, belongs, at);
    let guard = desk.sign_in_for("lon1", "security").await;
    let answered = desk.get(&guard, &format!("/api/v1/alarms/{alarm}/evidence")).await;
    let files = unzipped(&answered.body);
    let manifest = manifest(&files);
    let stills = manifest["stills"].as_array().unwrap();
    assert_eq!((stills.len(), &manifest["stills_complete"]), (2, &json!(true)));
    let name = stills[0]["file"].as_str().unwrap();
    assert!(name.starts_with(&format!("still-{kept}-entrance-")) && name.ends_with(".png"), "{name}");
    assert_eq!(file(&files, name), PICTURE);
    let listed = manifest["files"].as_array().unwrap().iter().find(|listed| listed["name"] == name).unwrap();
    assert_eq!((&listed["sha256"], &stills[0]["sha256"]), (&stills[0]["sha256"], &listed["sha256"]));
    assert!(!name.contains(['/', '\\']), "a name that leads elsewhere is no file of an archive of ours");
    assert_eq!((&stills[1]["state"], stills[1].get("file")), (&json!("missing"), None));
    assert_eq!(looks(&desk), 1);
}
