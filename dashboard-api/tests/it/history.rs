//! The journal over time and as a file: histogram, facets, export, evidence, who may open a door.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use rackward_core::entry::Denial;
use rackward_core::id::{PersonId, Seq};
use rackward_core::journal::{Link, canonical};
use rackward_core::{DeviceReport, Entry};
use rackward_dashboard::wire::note::EvidenceNote;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::asking::{Answered, Desk, Who};
use crate::routes::prepared;
use crate::site_in_memory::{Telling, open};

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

/// A site at which nothing goes on, so that entries made behind the engine's back stay the newest.
fn quiet() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk
}

/// A site at which three badges were refused, one minute apart, the last of them twice.
fn refused() -> Desk {
    let desk = quiet();
    let point = desk.site.point("main-entrance/in");
    let denied = |person: u32, reason| Entry::AccessDenied {
        point,
        person: Some(PersonId::new(person)),
        credential: None,
        reason,
    };
    for (person, reason) in [(1, Denial::PinWrong), (1, Denial::PinWrong), (2, Denial::CredentialExpired)] {
        desk.site.pass(Duration::from_secs(60));
        desk.site.append(denied(person, reason), Telling::HeadThenLive);
    }
    desk.site.append(denied(3, Denial::PinWrong), Telling::HeadThenLive);
    desk
}

async fn get(desk: &Desk, path: &str) -> Answered {
    let answered = desk.get(&ROOT, path).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered
}

/// The files of an archive, as its directory has them.
pub(crate) fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let short = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let wide = |at: usize| usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap();
    let end = bytes.len() - 22;
    assert_eq!((long(end), long(end - 20)), (0x0605_4b50, 0x0706_4b50));
    let end_64 = wide(end - 12);
    let (count, mut at) = (wide(end_64 + 32), wide(end_64 + 48));
    let mut files = Vec::new();
    for _ in 0..count {
        let name = usize::from(short(at + 28));
        let extra = at + 46 + name;
        let (size, offset) = (wide(extra + 4), wide(extra + 20));
        let data = offset + 30 + usize::from(short(offset + 26)) + usize::from(short(offset + 28));
        let text = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        files.push((text, bytes[data..data + size].to_vec()));
        at = extra + usize::from(short(at + 30));
    }
    files
}

pub(crate) fn file<'a>(files: &'a [(String, Vec<u8>)], name: &str) -> &'a [u8] {
    &files.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// What a note says that is of these bytes.
#[track_caller]
pub(crate) fn signed(note: &str, bytes: &[u8]) -> EvidenceNote {
    let (text, signature) = note.split_once("\n\n").unwrap_or_else(|| panic!("no note: {note}"));
    assert!(signature.starts_with('\u{2014}'), "{note}");
    let note: EvidenceNote = format!("{text}\n").parse().unwrap_or_else(|_| panic!("{text}"));
    assert_eq!((note.site.as_str(), note.sha256), ("lon1", Sha256::digest(bytes).into()));
    note
}

/// The manifest, whose digests are those of the other files.
pub(crate) fn manifest(files: &[(String, Vec<u8>)]) -> Value {
    let manifest: Value = serde_json::from_slice(file(files, "manifest.json")).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len() + 2, files.len(), "{manifest}");
    let head = &manifest["chain_head"];
    let note = signed(std::str::from_utf8(file(files, "manifest.note")).unwrap(), file(files, "manifest.json"));
    assert_eq!(
        (Some(note.head.seq.get()), note.made_at.to_string().into()),
        (head["sequence"].as_u64(), manifest["made_at"].clone())
    );
    assert_eq!(head["hash"], HEXLOWER.encode(&note.head.hash));
    for row in listed {
        let bytes = file(files, row["name"].as_str().unwrap());
        assert_eq!(row["sha256"], HEXLOWER.encode(&Sha256::digest(bytes)), "{row}");
        assert_eq!(row["bytes"], bytes.len());
    }
    manifest
}

#[tokio::test]
async fn a_histogram_has_every_event_of_a_query_once() {
    let desk = refused();
    let whole = get(&desk, "/api/v1/events/histogram").await.json();
    let sum = |told: &Value, member: &str| {
        told["items"].as_array().unwrap().iter().map(|bar| bar[member].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(sum(&whole, "count"), desk.site.head_now().get());
    assert_eq!((sum(&whole, "denied"), whole["complete"].clone()), (4, json!(true)));
    let of_one =
        get(&desk, "/api/v1/events/histogram?q=person:p-1%20type:access.denied&from=-150s&buckets=3").await.json();
    let counts: Vec<u64> =
        of_one["items"].as_array().unwrap().iter().map(|bar| bar["count"].as_u64().unwrap()).collect();
    assert_eq!((counts, of_one["bucket_s"].clone()), (vec![1, 1, 0], json!(51)));
    let none = get(&desk, "/api/v1/events/histogram?from=-1h&to=-2h").await.json();
    assert_eq!(none["items"], json!([]));
    let wrong = desk.get(&ROOT, "/api/v1/events/histogram?q=colour:red&buckets=5000&from=soon").await;
    assert_eq!(wrong.status.as_u16(), 400);
}

#[tokio::test]
async fn facets_tell_what_is_frequent() {
    let desk = refused();
    let told = get(&desk, "/api/v1/events/facets?q=type:access.denied").await.json();
    assert_eq!((&told["complete"], &told["counted"]), (&json!(true), &json!(4)));
    assert_eq!(told["facets"]["reason"][0], json!({ "value": "pin_wrong", "count": 3 }));
    assert_eq!(told["facets"]["reason"][1], json!({ "value": "credential_expired", "count": 1 }));
    assert_eq!(told["facets"]["person"][0], json!({ "value": "p-1", "count": 2 }));
    assert_eq!(told["facets"]["type"], json!([{ "value": "access.denied", "count": 4 }]));
    for values in told["facets"].as_object().unwrap().values() {
        for value in values.as_array().unwrap() {
            let (field, value) = ("q", value["value"].as_str().unwrap());
            assert!(!value.is_empty(), "{field}");
        }
    }
}

#[tokio::test]
async fn an_export_is_whole_and_says_what_it_is() {
    let desk = refused();
    for (format, name) in
        [("ndjson", "events.ndjson"), ("csv", "events.csv"), ("ocsf", "events.ocsf.ndjson"), ("cef", "events.cef")]
    {
        let answered = get(&desk, &format!("/api/v1/events/export?q=type:access.denied&format={format}")).await;
        assert_eq!(answered.header("content-type"), "application/zip");
        let disposition = answered.header("content-disposition").to_owned();
        assert!(disposition.starts_with("attachment; filename=\"rackward-lon1-events-2026"), "{disposition}");
        let files = unzipped(&answered.body);
        let manifest = manifest(&files);
        assert_eq!((&manifest["events"], &manifest["query"]), (&json!(4), &json!("type:access.denied")));
        assert_eq!(manifest["operator"], "uid:0");
        let head = desk.site.backend_head().await;
        assert_eq!(manifest["chain_head"]["hash"], HEXLOWER.encode(&head.hash));
        let lines = String::from_utf8(file(&files, name).to_vec()).unwrap();
        assert_eq!(lines.lines().count(), if format == "csv" { 5 } else { 4 }, "{lines}");
    }
    let all = unzipped(&get(&desk, "/api/v1/events/export").await.body);
    assert_eq!(manifest(&all)["events"], json!(desk.site.head_now().get()));
    assert_eq!(manifest(&all)["words"], "every event");
    assert_eq!(desk.get(&ROOT, "/api/v1/events/export?format=xml").await.status.as_u16(), 400);
}

#[tokio::test]
async fn an_export_ends_with_the_digest_of_all_of_it() {
    use http_body_util::BodyExt as _;
    let desk = refused();
    let request = axum::http::Request::get("/api/v1/events/export").body(axum::body::Body::empty()).unwrap();
    let response = desk.respond(ROOT, request).await;
    assert_eq!(response.headers()["trailer"], "content-digest");
    let collected = response.into_body().collect().await.unwrap();
    let digest = collected.trailers().unwrap()["content-digest"].to_str().unwrap().to_owned();
    assert_eq!(digest, format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(collected.to_bytes()))));
}

#[tokio::test]
async fn evidence_of_an_alarm_holds_link_by_link() {
    let desk = quiet();
    desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, rackward_core::facts::Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let alarms = get(&desk, "/api/v1/alarms?filter=kind:door_forced_open").await.json();
    let id = alarms["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{alarms}")).to_owned();
    let answered = get(&desk, &format!("/api/v1/alarms/{id}/evidence")).await;
    assert!(answered.header("content-digest").starts_with("sha-256=:"), "{:?}", answered.headers);
    let files = unzipped(&answered.body);
    let manifest = manifest(&files);
    assert_eq!((&manifest["alarm"], &manifest["stills"]), (&json!(id), &json!([])));
    let note = signed(std::str::from_utf8(file(&files, "manifest.note")).unwrap(), file(&files, "manifest.json"));
    assert_eq!(note.of, format!("alarm {id}"));
    let alarm: Value = serde_json::from_slice(file(&files, "alarm.json")).unwrap();
    assert_eq!((&alarm["id"], &alarm["door"]), (&json!(id), &json!("lon1/main-entrance")));
    let lines = |name: &str| String::from_utf8(file(&files, name).to_vec()).unwrap();
    assert!(lines("events.ndjson").contains("alarm.raised"));
    assert!(lines("around.ndjson").contains("door.changed"));
    let chain: Value = serde_json::from_slice(file(&files, "chain.json")).unwrap();
    let links = chain["links"].as_array().unwrap();
    let hex = |value: &Value| HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
    for link in links {
        let seq = Seq::new(link["sequence"].as_u64().unwrap());
        let (before, after) = (hex(&link["before"]).try_into().unwrap(), hex(&link["after"]).try_into().unwrap());
        let link = Link { seq, bytes: hex(&link["bytes"]), before, after };
        assert!(link.holds(), "{seq}");
        assert_eq!(canonical::decode(&link.bytes).unwrap().seq, seq);
    }
    assert!(links.len() >= 2, "{chain}");
    assert_eq!(desk.get(&ROOT, "/api/v1/alarms/alm-999/evidence").await.status.as_u16(), 404);
}

#[tokio::test]
async fn who_may_open_a_door_is_who_would_be_let_in() {
    let desk = prepared().await;
    let who = async |door: &str| get(&desk, &format!("/api/v1/doors/{door}/who")).await.json();
    let doors = get(&desk, "/api/v1/doors").await.json();
    let mut seen = 0;
    for door in doors["items"].as_array().unwrap() {
        let listed = who(door["id"].as_str().unwrap()).await;
        let listed: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|row| row["person"]["id"].as_str().unwrap()).collect();
        for person in ["p-1", "p-2", "p-3"] {
            let mut may = false;
            for point in door["points"].as_array().unwrap() {
                // Of another moment only rights, cards and times are asked, as here.
                let at = "2026-07-24T13:03:30Z";
                let address = format!("/api/v1/explain?person={person}&point={}&at={at}", point.as_str().unwrap());
                may |= get(&desk, &address).await.json()["outcome"] == "granted";
            }
            // Whoever holds no card is explained as if with a good one, and is not listed.
            let expect = may && person == "p-1";
            assert_eq!(listed.contains(&person), expect, "{person} at {}", door["path"]);
            seen += usize::from(expect);
        }
    }
    assert!(seen >= 2, "only {seen}");
    let row = who("main-entrance").await["items"][0].clone();
    assert_eq!((&row["person"]["name"], &row["reason"]), (&json!("Mary Own"), &json!("x")));
    let tenant = desk.sign_in_for("the-royal", "admin").await;
    let hidden = desk.get(&tenant, "/api/v1/doors/plant-room/who").await;
    assert!(!hidden.text().contains("Mary"), "{}", hidden.text());
    assert_eq!(desk.get(&ROOT, "/api/v1/doors/nowhere/who").await.status.as_u16(), 422);
}

#[tokio::test]
async fn the_status_tells_the_hash_over_the_journal() {
    let desk = refused();
    let status = get(&desk, "/api/v1/status").await.json();
    let head = desk.site.backend_head().await;
    assert_eq!(status["head_hash"], HEXLOWER.encode(&head.hash));
    assert_eq!(status["head_hash_of"], head.seq.get());
}
