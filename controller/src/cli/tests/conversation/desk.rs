//! Who is inside, musters and the hand-over: what is asked of the daemon, and what people see of its answers.

use super::*;

/// What a line sends: the first line of the request, and its body.
async fn sent(line: &str) -> (String, Value) {
    let far = FarEnd::answering(&[answer(200, "{\"items\":[]}")]);
    let report = ask(&far.session(), line).await;
    assert!(report.is_ok(), "{line}: {report:?}");
    let asked = far.asked().await;
    let (first, _) = asked[0].split_once(" HTTP/1.1").unwrap();
    let body = asked[0].split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    (first.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn each_verb_asks_its_route() {
    let check =
        async |line: &str, route: &str, body: Value| assert_eq!(sent(line).await, (route.to_owned(), body), "{line}");
    check("inside", "GET /api/v1/inside", Value::Null).await;
    check("inside hall-a", "GET /api/v1/inside?area=hall-a", Value::Null).await;
    check("inside --areas", "GET /api/v1/inside/areas", Value::Null).await;
    check("visitor list", "GET /api/v1/visitors", Value::Null).await;
    check("visitor leave vis-3", "POST /api/v1/visitors/vis-3/leave", json!({})).await;
    let visit = json!({ "name": "Vera", "host": "ann", "area": "hall-a", "reason": "fans", "until_at": "PT4H" });
    check("visitor enter Vera --host ann --area hall-a --for 4h --reason fans", "POST /api/v1/visitors", visit).await;
    check("muster list", "GET /api/v1/musters", Value::Null).await;
    check("muster show mus-4", "GET /api/v1/musters/mus-4", Value::Null).await;
    let begin = json!({ "kind": "real", "area": "lon1", "reason": "smoke" });
    check("muster start lon1 --kind real --reason smoke", "POST /api/v1/musters", begin).await;
    let at = "2026-07-24T11:55:00.000Z";
    let marks = json!({ "marks": [
        { "person": "p-7", "status": "not_on_site", "where": "gate", "at": at },
        { "person": "vis-2", "status": "not_on_site", "where": "gate", "at": at },
    ]});
    let line = "muster mark mus-4 p-7 vis-2 --status not-on-site --where gate --at -5m";
    check(line, "POST /api/v1/musters/mus-4/marks", marks).await;
    let found = json!({ "name": "Vera", "company": "Fans", "area": "hall-a" });
    check("muster visitor mus-4 Vera --company Fans --area hall-a", "POST /api/v1/musters/mus-4/visitors", found).await;
    check("muster end mus-4 --report out", "POST /api/v1/musters/mus-4/end", json!({ "report": "out" })).await;
    check("shift show", "GET /api/v1/shift", Value::Null).await;
    check("shift note quiet", "POST /api/v1/shift/note", json!({ "note": "quiet" })).await;
    check("shift accept", "POST /api/v1/shift/accept", json!({})).await;
    check("shift reject --note why", "POST /api/v1/shift/reject", json!({ "note": "why" })).await;
}

#[tokio::test]
async fn a_muster_shows_those_first_who_are_looked_for() {
    let person = |id: &str, status: &str| json!({ "id": id, "area": "lon1/hall", "status": status, "confidence": "a" });
    let muster = json!({
        "id": "mus-4", "kind": "real", "area": "lon1", "state": "running", "reason": "smoke",
        "started_at": "2026-07-24T11:00:00.000Z", "started_by": "opr-4",
        "counts": { "missing": 1, "safe": 1, "unsure": 0, "not_on_site": 0 },
        "areas": [{
            "area": "lon1/hall", "wrong_words": "hall-out does not answer", "wrong_since_at": "2026-07-24T10:00:00.000Z",
        }],
        "persons": [person("p-1", "safe"), person("p-2", "missing")],
        "readers": [{ "device": "hall-out", "place": "lon1/hall-door", "state": "offline" }],
    });
    let far = FarEnd::answering(&[answer(200, &muster.to_string())]);
    let shown = ask(&far.session(), "muster show mus-4").await.unwrap().render(&plain(Form::Table));
    let at = |part: &str| shown.find(part).unwrap_or_else(|| panic!("{part} is missing: {shown}"));
    assert!(at("mus-4  real in lon1, running: smoke") < at("1 missing, 0 unsure, 1 safe, 0 not on site"), "{shown}");
    assert!(at("may be wrong since 2026-07-24T10:00:00.000Z: hall-out does not answer") < at("p-2"), "{shown}");
    assert!(at("p-2") < at("p-1"), "{shown}");
}

#[tokio::test]
async fn a_hand_over_is_shown_with_all_that_is_taken_over() {
    let shift = json!({
        "revision": 2, "note": { "text": "Gate 3 sticks.\nCall.", "by": "opr-1", "at": "2026-07-24T06:00:00.000Z" },
        "taken": { "by": "opr-2", "at": "2026-07-24T06:05:00.000Z", "accepted": false, "note": "which gate" },
        "alarms": [], "shelved": [], "doors": [{ "path": "lon1/gate", "mode": "blocked", "words": "closed" }],
        "visitors": [],
    });
    let far = FarEnd::answering(&[answer(200, &shift.to_string())]);
    let shown = ask(&far.session(), "shift show").await.unwrap().render(&plain(Form::Table));
    for part in
        ["note      by opr-1", "Gate 3 sticks.", "Call.", "rejected  by opr-2", "which gate", "1 doors in another mode"]
    {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }
    let far = FarEnd::answering(&[answer(200, "{}")]);
    let empty = ask(&far.session(), "shift show").await.unwrap().render(&plain(Form::Table));
    assert!(empty.contains("nothing carried over"), "{empty}");
}
