//! Access reviews through the API: from the list to the file that proves what was decided; who is named, who may not decide, and
//! every mistake with its member.

use rackward_core::operator::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const TO: &str = "2027-03-01T00:00:00Z";

async fn get(desk: &Desk, path: &str) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1{path}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

async fn post(desk: &Desk, who: &Who, path: &str, body: Value) -> Answered {
    desk.post(who, &format!("/api/v1{path}"), body).await
}

#[track_caller]
fn check(answered: &Answered, expect: u16) -> Value {
    assert_eq!(answered.status.as_u16(), expect, "{}", answered.text());
    answered.json()
}

/// Three people who may pass the main entrance for months, and a profile of which one of them is a member.
async fn site() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    let policies = json!([{ "door": "main-entrance" }]);
    let made = post(&desk, &ROOT, "/profiles", json!({ "name": "Staff", "policies": policies, "reason": "x" })).await;
    check(&made, 201);
    for (person, right) in
        [("Ada Byrne", json!(["main-entrance"])), ("Ben Cole", json!(["main-entrance"])), ("Cat Dean", Value::Null)]
    {
        check(&post(&desk, &ROOT, "/people", json!({ "name": person })).await, 201);
        let mut wish = json!({ "person": person, "to_at": TO, "reason": "Shift work", "ticket": "CHG-7" });
        match right {
            Value::Null => wish["profile"] = json!("Staff"),
            doors => wish["doors"] = doors,
        }
        check(&post(&desk, &ROOT, "/grants", wish).await, 201);
    }
    desk
}

fn asked() -> Value {
    json!({ "scope": ["lobby/*"], "due_at": "PT336H", "reason": "Quarterly" })
}

fn decided(line: u32, decision: &str) -> Value {
    json!({ "decisions": [{ "line": line, "decision": decision }], "note": "Seen with the owner" })
}

#[tokio::test]
async fn from_the_list_to_the_evidence() {
    let desk = site().await;
    let opened = post(&desk, &ROOT, "/reviews", asked()).await;
    let review = check(&opened, 201);
    assert_eq!(opened.header("location"), "/api/v1/reviews/rv-1");
    assert_eq!(
        (&review["state"], &review["undecided"], &review["counts"]["lines"]),
        (&json!("running"), &json!("revoke"), &json!(3))
    );
    let lines = get(&desk, "/reviews/rv-1/lines").await;
    let row = &lines["items"][2];
    assert_eq!(
        (&row["person"]["name"], &row["profile"], &row["reason"]),
        (&json!("Cat Dean"), &json!("Staff"), &json!("Shift work"))
    );
    assert_eq!(
        (&row["ticket"], &row["used_at"], &row["since_last"]),
        (&json!("CHG-7"), &Value::Null, &json!("new")),
        "{row}"
    );

    let generation = get(&desk, "/status").await["generation"].clone();
    let kept = check(&post(&desk, &ROOT, "/reviews/rv-1/decisions", decided(1, "keep")).await, 200);
    assert_eq!(kept["generation"], generation, "who may pass is as before");
    let revoked = check(&post(&desk, &ROOT, "/reviews/rv-1/decisions", decided(3, "revoke")).await, 200);
    assert_eq!(revoked["generation"].as_u64(), generation.as_u64().map(|before| before + 1), "{revoked}");
    let until = json!({ "decisions": [{ "line": 2, "decision": "shorten", "until_at": "2026-08-01T00:00:00Z" }], "note": "Leaves" });
    check(&post(&desk, &ROOT, "/reviews/rv-1/decisions", until).await, 200);
    assert_eq!(get(&desk, "/grants/g-3").await["state"], "revoked", "the membership is taken off the person");
    assert_eq!(get(&desk, "/grants/g-2").await["to_at"], "2026-08-01T00:00:00.000Z");
    let open = get(&desk, "/reviews/rv-1/lines?filter=state:undecided").await;
    assert_eq!(open["items"], json!([]));
    check(&post(&desk, &ROOT, "/reviews/rv-1/close", json!({ "reason": "All seen" })).await, 200);

    let (files, text) = evidence(&desk).await;
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = records.iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(&kinds[..5], ["version", "review", "line", "line", "line"]);
    let entries: Vec<&Value> = records.iter().filter(|record| record["type"] == "entry").collect();
    let proven = |sequence: &Value| entries.iter().any(|entry| entry["sequence"] == *sequence);
    for line in &records[2..5] {
        assert!(proven(&line["decided"]["sequence"]), "{line}");
        assert!(line["decided"]["effect_sequence"].is_null() || proven(&line["decided"]["effect_sequence"]), "{line}");
    }
    assert!(proven(&records[1]["sequence"]), "the list itself is proven");
    let head = desk.site.backend_head().await;
    let end = records.last().unwrap();
    assert_eq!(
        (&end["type"], &end["lines"], end["chain_head"]["sequence"].as_u64()),
        (&json!("end"), &json!(3), Some(head.seq.get()))
    );
    let (before, _) = text.trim_end().rsplit_once('\n').unwrap();
    let note = crate::history::signed(end["note"].as_str().unwrap(), format!("{before}\n").as_bytes());
    assert_eq!((note.of.as_str(), note.head.seq), ("access-review rv-1", head.seq));
    let (again, _) = evidence(&desk).await;
    check_archive(&files, &again, &records[0]);
}

/// The archive names its files and its key, and the sheet is the same whenever it is drawn of the same.
#[track_caller]
fn check_archive(files: &[(String, Vec<u8>)], again: &[(String, Vec<u8>)], version: &Value) {
    let manifest = crate::history::manifest(files);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["review.ndjson", "review.pdf", "manifest.json", "manifest.note"]);
    assert_eq!((&manifest["review"], &manifest["signed_by"]), (&json!("rv-1"), &json!("in-memory+00000000")));
    assert_eq!((&manifest["lines"], version["signed_by"].as_str()), (&json!(3), Some("in-memory+00000000")));
    let sheet = crate::history::file(files, "review.pdf");
    assert!(sheet.starts_with(b"%PDF-1.") && manifest["pages"].as_u64() >= Some(1), "{manifest}");
    assert_eq!(crate::history::file(again, "review.pdf"), sheet, "the same moment, the same bytes");
}

/// The files of the evidence, and the records among them.
async fn evidence(desk: &Desk) -> (Vec<(String, Vec<u8>)>, String) {
    let told = desk.get(&ROOT, "/api/v1/reviews/rv-1/evidence").await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, "application/zip"), "{}", told.text());
    let files = crate::history::unzipped(&told.body);
    let records = String::from_utf8(crate::history::file(&files, "review.ndjson").to_vec()).unwrap();
    (files, records)
}

#[tokio::test]
async fn nobody_decides_of_their_own_access() {
    let first = site().await;
    first.site.know_operators();
    let rossi = first.site.set_up("m.rossi", OperatorRole::SecuritySupervisor);
    let desk = Desk::of(first.site);
    let signed_in = desk.sign_in_as(rossi).await;
    let link = json!({ "person": "Ada Byrne", "reason": "HR says so" });
    let request = crate::asking::json_request("PUT", "/api/v1/operators/m.rossi/person", &link);
    let linked = check(&desk.send(ROOT, request).await, 200);
    assert_eq!(linked["person"], "p-1");
    check(&post(&desk, &ROOT, "/reviews", asked()).await, 201);
    let own = post(&desk, &signed_in, "/reviews/rv-1/decisions", decided(1, "keep")).await;
    let problem = check(&own, 403);
    assert_eq!(problem["code"], "RW-A012", "{problem}");
    check(&post(&desk, &ROOT, "/reviews/rv-1/assign", json!({ "lines": [1], "reviewer": "m.rossi" })).await, 403);
    check(&post(&desk, &ROOT, "/reviews/rv-1/assign", json!({ "lines": [2, 3], "reviewer": "m.rossi" })).await, 200);
    check(&post(&desk, &signed_in, "/reviews/rv-1/decisions", decided(2, "keep")).await, 200);
    let (_, text) = evidence(&desk).await;
    let line = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|line| line["line"] == 2);
    let line = line.unwrap();
    assert_eq!((&line["reviewer_person"], &line["reviewer_name"]), (&json!("p-1"), &json!("Ada Byrne")));
    // Whoever has not said why sees a pseudonym, here as everywhere.
    let hidden = desk.get(&signed_in, "/api/v1/reviews/rv-1/lines").await;
    assert!(hidden.status.is_success() && !hidden.text().contains("Ada Byrne"), "{}", hidden.text());
}

#[tokio::test]
async fn every_mistake_is_named() {
    let desk = site().await;
    let wrong = json!({ "scope": ["moon", "lobby/*/in"], "due_at": "PT336H", "undecided": "x", "reason": "" });
    assert_eq!(
        post(&desk, &ROOT, "/reviews", wrong).await.pointers(),
        ["/scope/0", "/scope/1", "/undecided", "/reason"]
    );
    let wrong = json!({ "scope": [], "due_at": "2020-01-01T00:00:00Z", "unused_days": 0, "reason": "x" });
    assert_eq!(post(&desk, &ROOT, "/reviews", wrong).await.pointers(), ["/scope", "/due_at", "/unused_days"]);
    check(&post(&desk, &ROOT, "/reviews?dry_run=true", asked()).await, 201);
    assert_eq!(get(&desk, "/reviews").await["items"], json!([]), "it was only tried");
    // The whole site by its name.
    check(&post(&desk, &ROOT, "/reviews", json!({ "scope": ["lon1/*"], "due_at": "PT24H", "reason": "x" })).await, 201);
    let wrong = json!({ "decisions": [
        { "line": 1, "decision": "burn" }, { "line": 1, "decision": "shorten" }, { "line": 1, "decision": "keep", "to": "x" },
        { "line": 1, "decision": "reassign", "to": "nobody" },
    ], "note": "" });
    let told = post(&desk, &ROOT, "/reviews/rv-1/decisions", wrong).await;
    let expect = ["/note", "/decisions/0/decision", "/decisions/1/until_at", "/decisions/2/to", "/decisions/3/to"];
    assert_eq!(told.pointers(), expect);
    let twice =
        json!({ "decisions": [{ "line": 1, "decision": "keep" }, { "line": 9, "decision": "keep" }], "note": "x" });
    check(&post(&desk, &ROOT, "/reviews/rv-1/decisions", twice).await, 422);
    assert_eq!(get(&desk, "/reviews/rv-1").await["counts"]["undecided"], 3, "all or nothing");
    check(&post(&desk, &ROOT, "/reviews/rv-1/close", json!({ "reason": "x" })).await, 409);
    check(&desk.get(&ROOT, "/api/v1/reviews/rv-9").await, 404);
    check(&desk.get(&ROOT, "/api/v1/reviews/rv-9/evidence").await, 404);
    check(&post(&desk, &ROOT, "/reviews/rv-1/assign", json!({ "reviewer": "nobody" })).await, 404);
}
