//! Rights: a card in the place of another, the racks of a row, and a request that somebody waits for.

use super::*;

const OLD: &str = r#"{"id":"cred-2","person":"p-3","state":"enabled","valid_from_at":"2026-01-01T00:00:00.000Z",
    "valid_to_at":"2027-01-01T00:00:00.000Z"}"#;
const NEW: &str =
    r#"{"id":"cred-9","person":"p-3","card":"26:**:***67","valid_to_at":"2027-01-01T00:00:00.000Z","generation":12}"#;
const REPLACE: &str = "credential replace cred-2 --card 26:12:34567 --old lost --reason bent";

#[tokio::test]
async fn a_card_takes_the_place_of_another_after_that_is_out_of_use() {
    let far = FarEnd::answering(&[answer(200, OLD), answer(200, "{}"), answer(200, "{}"), answer(201, NEW)]);
    let report = ask(&far.session(), REPLACE).await.unwrap();
    let text = report.render(&plain(Form::Plain));
    assert!(text.contains("cred-9") && text.ends_with("It replaces cred-2, which is lost\n"), "{text}");
    let asked = far.asked().await;
    let lines: Vec<&str> = asked.iter().map(|asked| asked.split(" HTTP").next().unwrap()).collect();
    let expect = [
        "GET /api/v1/credentials/cred-2",
        "POST /api/v1/credentials?dry_run=true",
        "POST /api/v1/credentials/cred-2/state",
        "POST /api/v1/credentials",
    ];
    assert_eq!(lines, expect);
    assert_eq!(body(&asked[2]), json!({"state": "lost", "reason": "bent"}));
    let given = json!({"person": "p-3", "card": "26:12:34567", "valid_to_at": "2027-01-01T00:00:00.000Z"});
    assert_eq!(body(&asked[3]), given, "for the same person and time");
}

#[tokio::test]
async fn a_card_that_cannot_be_assigned_leaves_the_old_one_as_it_is() {
    let wrong = json!({"title": "no", "status": 422, "errors": [{"pointer": "/card", "detail": "parity"}]});
    let far = FarEnd::answering(&[answer(200, OLD), answer(422, &wrong.to_string())]);
    assert_eq!(ask(&far.session(), REPLACE).await.unwrap_err().exit, Exit::Invalid);
    assert_eq!(far.asked().await.len(), 2);
    let taken = answer(409, r#"{"title":"taken","status":409}"#);
    let far = FarEnd::answering(&[answer(200, OLD), answer(200, "{}"), answer(200, "{}"), taken]);
    let failure = ask(&far.session(), REPLACE).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Conflict);
    assert!(failure.text().contains("cred-2 is lost; taken"), "what was done is told: {}", failure.text());
}

fn of_racks() -> [String; 2] {
    let rack = |path: &str| json!({"path": path, "kind": "rack"});
    let areas = json!({"items": [rack("l/a/r01/c01"), rack("l/a/r01/c02"), rack("l/a/r02/c01"), rack("l/b/r02/c01"),
                                 {"path": "l/a", "kind": "hall"}], "next_cursor": null});
    let door = |path: &str| json!({"path": format!("{path}/front"), "area": path});
    let doors = json!({"items": [door("l/a/r01/c01"), door("l/a/r01/c02"), door("l/a/r02/c01"), door("l/b/r02/c01")],
                       "next_cursor": null});
    [answer(200, &areas.to_string()), answer(200, &doors.to_string())]
}

#[tokio::test]
async fn racks_and_rows_become_their_doors() {
    let check = async |flags: &str, expect: Value| {
        let far = FarEnd::answering(&[&of_racks()[..], &[answer(201, "{}")]].concat());
        ask(&far.session(), &format!("grant create --person p {flags} --for 4h --reason x")).await.unwrap();
        let asked = far.asked().await;
        let sent = body(&asked[2]);
        assert_eq!((&sent["doors"], sent.get("rack")), (&expect, None), "{flags}");
    };
    check("--row r01", json!(["l/a/r01/c01/front", "l/a/r01/c02/front"])).await;
    check("--row a/r02", json!(["l/a/r02/c01/front"])).await;
    check("--rack r01/c02 --rack b/r02/c01", json!(["l/a/r01/c02/front", "l/b/r02/c01/front"])).await;
    check("--rack r01/c02 --row l/a/r01", json!(["l/a/r01/c02/front", "l/a/r01/c01/front"])).await;
    let far = FarEnd::answering(&[answer(201, "{}")]);
    ask(&far.session(), "grant create --person p --rack r01/c02 --for 4h --reason x").await.unwrap();
    assert_eq!(body(&far.asked().await[0])["rack"], "r01/c02", "a single one is the daemon's to find");
}

#[tokio::test]
async fn a_row_that_is_none_or_several_is_told() {
    for (row, exit, said) in [
        ("r09", Exit::NotFound, "no rack stands in r09"),
        ("r02", Exit::Invalid, "r02 could be l/a/r02 or l/b/r02"),
        ("c01", Exit::NotFound, "no rack stands in c01"),
    ] {
        let far = FarEnd::answering(&of_racks());
        let failure = ask(&far.session(), &format!("grant create --person p --row {row} --for 4h --reason x")).await;
        let failure = failure.unwrap_err();
        assert!(failure.exit == exit && failure.text().contains(said), "{row}: {}", failure.text());
    }
}

fn grant(state: &str) -> String {
    answer(
        200,
        &json!({"id": "g-3", "person": "p-1", "doors": ["l/gate"], "state": state, "approvals_wanted": 1}).to_string(),
    )
}

#[tokio::test]
async fn a_request_is_waited_for_until_it_is_settled() {
    let check = async |state: &str, exit: Exit| {
        let head = answer(200, "{\"head\": 41}");
        let event = |name: &str| format!("event: {name}\ndata: {{}}\n\n");
        let told = stream(&(event("access.granted") + &event("grant.revoked")));
        let far = FarEnd::answering(&[head, grant("requested"), told, grant(state)]);
        let report = ask(&far.session(), "request watch g-3").await.unwrap();
        assert_eq!(report.exit(), exit, "{state}");
        let asked = far.asked().await;
        assert!(asked[2].starts_with("GET /api/v1/stream?after=41 "), "{}", asked[2]);
        assert!(asked[3].starts_with("GET /api/v1/grants/g-3 "), "{}", asked[3]);
    };
    check("active", Exit::Done).await;
    check("denied", Exit::Refused).await;
    check("revoked", Exit::Cancelled).await;
}

#[tokio::test]
async fn a_request_that_is_settled_is_not_waited_for() {
    let far = FarEnd::answering(&[answer(200, "{\"head\": 41}"), grant("active")]);
    assert_eq!(ask(&far.session(), "request watch g-3").await.unwrap().exit(), Exit::Done);
    assert_eq!(far.asked().await.len(), 2, "and no stream is opened");
}

/// On a clock that stands still but for waits, before a daemon that never answers.
#[tokio::test(start_paused = true)]
async fn waiting_for_a_request_ends_when_somebody_wants() {
    let dir = tempfile::tempdir().unwrap();
    let _silent = UnixListener::bind(dir.path().join("rackward.sock")).unwrap();
    let client = Client::new(dir.path().join("rackward.sock"), Narration::Silent);
    let session = Session::new(client, "2026-07-24T12:00:00Z".parse().unwrap(), Prompting::Forbidden, &[]);
    let failure = ask(&session, "request watch g-3 --for 1s").await.unwrap_err();
    assert_eq!(failure.exit, Exit::Cancelled, "{}", failure.text());
    assert!(failure.text().ends_with("help: wait on with: rackward request watch g-3"), "{}", failure.text());
}

#[tokio::test]
async fn one_door_area_or_credential_is_shown() {
    for (line, expect) in [
        ("door show main", "GET /api/v1/doors/main"),
        ("area show l/a", "GET /api/v1/areas/l%2Fa"),
        ("credential show cred-2", "GET /api/v1/credentials/cred-2"),
        ("request create --person p --door d --for 4h --reason x", "POST /api/v1/grants"),
    ] {
        asks(line, expect).await;
    }
    let far = FarEnd::answering(&[answer(200, r#"{"path":"l/gate\u001b","mode":"locked","secured":"secured"}"#)]);
    let text = ask(&far.session(), "door show gate").await.unwrap().render(&plain(Form::Plain));
    assert!(text.starts_with("Door l/gate\\u{1b}\n  kind              -\n  secured           secured\n"), "{text}");
}

#[tokio::test]
async fn two_moments_of_grants_are_laid_beside_one_another() {
    let grants = |standing: &str| {
        let grant = json!({"id": "g-3", "person": "p-2", "doors": ["lon1/a"], "standing": standing, "to_at": "T"});
        answer(200, &json!({"items": [grant], "next_cursor": null}).to_string())
    };
    let far = FarEnd::answering(&[grants("active"), grants("revoked")]);
    let report = ask(&far.session(), "grant diff --from -7d --person khan --detailed-exitcode").await.unwrap();
    assert_eq!(report.exit(), Exit::Differs);
    let expect = "- g-3  p-2  stands: active -> revoked  lon1/a\n\
                  + 0 given  - 1 no longer count  ~ 0 otherwise, between 2026-07-17T12:00:00.000Z and now\n";
    assert_eq!(report.render(&plain(Form::Plain)), expect);
    assert_eq!(report.render(&plain(Form::Name)), "g-3\n");
    let asked = far.asked().await;
    let lines: Vec<&str> = asked.iter().map(|asked| asked.split(" HTTP").next().unwrap()).collect();
    let expect = ["GET /api/v1/grants?person=khan&at=2026-07-17T12%3A00%3A00.000Z", "GET /api/v1/grants?person=khan"];
    assert_eq!(lines, expect);
    let far = FarEnd::answering(&[grants("active"), grants("active")]);
    let report = ask(&far.session(), "grant diff --from -7d --to -1d --detailed-exitcode").await.unwrap();
    assert_eq!(report.exit(), Exit::Done);
    assert!(report.render(&plain(Form::Plain)).starts_with("no grant differs between "));
    let far = FarEnd::answering(&[]);
    let failure = ask(&far.session(), "grant diff --from -1d --to -7d").await.unwrap_err();
    assert_eq!(failure.exit, Exit::Usage, "{}", failure.text());
}

#[tokio::test]
async fn lists_and_things_of_the_past_are_asked_for_by_their_moment() {
    let then = "at=2026-07-23T12%3A00%3A00.000Z";
    for (line, place) in [
        ("grant list", "grants"),
        ("grant show g-3", "grants/g-3"),
        ("person list", "people"),
        ("person show khan", "people/khan"),
        ("credential list --person p-2", "people/p-2/credentials"),
        ("profile list", "profiles"),
        ("schedule list", "schedules"),
        ("calendar list", "calendars"),
        ("agreement list", "agreements"),
    ] {
        let far = FarEnd::answering(&[answer(200, "{\"items\":[]}")]);
        ask(&far.session(), &format!("{line} --at -1d")).await.unwrap();
        let asked = far.asked().await;
        assert!(asked[0].starts_with(&format!("GET /api/v1/{place}?{then} HTTP")), "{line}: {}", asked[0]);
    }
}
