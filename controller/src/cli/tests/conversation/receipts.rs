//! Handles and receipts: what is asked, how long it is waited for, and how it ends.

use super::*;

const REVOKED: &str = r#"{"id":"g-3","person":"p-1","doors":["l/r01/c01/front"],"state":"revoked","generation":12}"#;

/// Receipts of which so many have come.
fn receipts(done: u64, total: u64) -> String {
    let behind: Vec<Value> = (done..total)
        .map(|number| {
            let honours = (number == done).then_some("2026-07-24T18:00:00.000Z");
            json!({"device": format!("h{number}"), "place": format!("l/r{number}/front"), "generation": 12,
                   "since_at": "2026-07-24T11:59:00.000Z", "honours_until_at": honours})
        })
        .collect();
    let told = json!({"total": total, "done": done, "pending": total - done, "through": 12, "behind": behind,
                      "sentence": format!("{} of {total} pending", total - done)});
    answer(200, &told.to_string())
}

/// Revokes a grant and waits so long for receipts.
async fn revoke(far: &FarEnd, limit_s: u64) -> Result<Report, Failure> {
    let mut session = far.session();
    session.patience = Some(Duration::from_secs(limit_s));
    ask(&session, "grant revoke g-3 --reason done").await
}

#[tokio::test]
async fn verbs_about_handles_ask_their_routes() {
    for (line, expect) in [
        ("device enrol r --reason x", "POST /api/v1/devices/r/enrol"),
        ("device revoke-certificate r --reason x", "POST /api/v1/devices/r/certificates/revoke"),
        ("device exposure r", "GET /api/v1/devices/r/exposure"),
        ("reader test-pattern r t6", "POST /api/v1/devices/r/pattern"),
        ("rack locate r01/c01", "POST /api/v1/locate"),
        ("locate --grant g-3", "POST /api/v1/locate"),
        ("canary run --reason x", "POST /api/v1/canaries"),
        ("mqtt acl", "GET /api/v1/mqtt/acl"),
        ("mqtt authority", "GET /api/v1/mqtt/authority"),
        ("mqtt crl", "GET /api/v1/mqtt/crl"),
        ("receipt list --through gen-12", "GET /api/v1/receipts?through=gen-12"),
    ] {
        asks(line, expect).await;
    }
}

#[tokio::test]
async fn what_blinks_is_said_as_it_was_typed() {
    let check = async |line: &str, expect: Value| {
        let far = FarEnd::answering(&[answer(200, "{}")]);
        ask(&far.session(), line).await.unwrap();
        assert_eq!(body(&far.asked().await[0]), expect, "{line}");
    };
    check("rack locate r01/c01 --for 2m --reason lost", json!({"rack": "r01/c01", "for_s": 120, "reason": "lost"}))
        .await;
    check("reader test-pattern r T12", json!({"pattern": "T12"})).await;
    check("locate --ticket CHG-1", json!({"ticket": "CHG-1", "for_s": 30, "reason": "somebody looks for it"})).await;
}

#[tokio::test]
async fn a_revocation_waits_until_the_last_device_has_acknowledged() {
    let far = FarEnd::answering(&[answer(200, REVOKED), receipts(211, 214), receipts(214, 214)]);
    let report = revoke(&far, 60).await.unwrap();
    let text = report.render(&plain(Form::Plain));
    assert_eq!((report.exit(), text.lines().last()), (Exit::Done, Some("Acknowledged by all 214 devices")), "{text}");
    let asked = far.asked().await;
    assert!(asked[1].starts_with("GET /api/v1/receipts?through=gen-12 "), "{}", asked[1]);
    assert!(asked[1].contains("prefer: wait=2"), "{}", asked[1]);
}

#[tokio::test]
async fn devices_that_still_honour_a_right_are_named_and_end_with_nine() {
    let far = FarEnd::answering(&[answer(200, REVOKED), receipts(1, 3), receipts(1, 3)]);
    let report = revoke(&far, 3).await.unwrap();
    assert_eq!(report.exit().code(), 9);
    let text = report.render(&plain(Form::Plain));
    for part in [
        "Grant g-3 is revoked",
        "warning: 1 of 3 acknowledged; not yet:",
        "h1",
        "l/r1/front",
        "2026-07-24T18:00:00.000Z",
        "h2",
        "next: rackward receipt list --through gen-12",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!((&document["kind"], &document["delivered"]["pending"]), (&json!("Grant"), &json!(2)));
    let asked = far.asked().await;
    assert_eq!((asked.len(), asked[2].contains("prefer: wait=1")), (3, true), "the rest of the time is waited for too");
}

/// A device that is behind and opens by itself for three cards: one of somebody whose right is gone, one of somebody who may
/// pass as before, and one that names nobody on record.
fn honouring() -> Vec<String> {
    let card = |person: &str, credential: &str| json!({"person": person, "credential": credential, "until_at": "2026-07-24T18:00:00.000Z", "windows": []});
    let exposure = json!({"device": "h1", "place": "l/r1/front", "cards": [card("p-1", "cred-1"), card("p-2", "cred-2"), card("p-9\u{1b}", "cred-9")]});
    let who = json!({"items": [{"person": {"id": "p-2", "name": "Ben"}, "grant": "g-7"}], "next_cursor": null});
    let doors = json!({"items": [{"path": "l/r1/front", "area": "l/hall/r1"}, {"path": "l/gate", "area": "l"},
                                 {"path": "l/hall/entrance", "area": "l/hall"}], "next_cursor": null});
    let areas = json!({"items": [{"path": "l", "kind": "site"}, {"path": "l/hall", "kind": "hall"},
                                 {"path": "l/hall/r1", "kind": "rack"}], "next_cursor": null});
    [exposure, who, doors, areas].map(|document| answer(200, &document.to_string())).to_vec()
}

async fn behind_after(change: &str, line: &str) -> (Report, Vec<String>) {
    let answers = [vec![answer(200, change), receipts(1, 2)], honouring()].concat();
    let far = FarEnd::answering(&answers);
    let mut session = far.session();
    session.patience = Some(Duration::from_secs(1));
    let report = ask(&session, line).await.unwrap();
    (report, far.asked().await)
}

#[tokio::test]
async fn what_is_still_valid_is_named_with_whose_it_is_and_what_to_lock_down() {
    let (report, asked) = behind_after(REVOKED, "grant revoke g-3 --reason done").await;
    assert_eq!(report.exit(), Exit::Behind);
    let text = report.render(&plain(Form::Plain));
    for part in [
        "warning: STILL VALID on h1 (l/r1/front) until 2026-07-24T18:00:00.000Z: grant g-3, for p-1 (cred-1), p-9\\u{1b} (cred-9)\n",
        "To stop them now: rackward area lockdown l/hall --reason \"...\"\n",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(!text.contains("p-2"), "whoever may pass is no danger:\n{text}");
    for (asked, path) in
        asked[2..].iter().zip(["/devices/h1/exposure", "/doors/l%2Fr1%2Ffront/who", "/doors", "/areas"])
    {
        assert!(asked.starts_with(&format!("GET /api/v1{path} ")), "{asked}");
    }
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!(document["delivered"]["taken_away"], json!(["grant g-3"]));
    assert_eq!(document["delivered"]["still_honoured"][0]["cards"][0]["person"], "p-1");
}

#[tokio::test]
async fn what_files_took_away_is_named_by_its_object() {
    let applied = json!({"generation": 12, "items": [
        {"mark": "-", "kind": "Grant", "name": "night watch", "what": "", "widens": 0},
        {"mark": "~", "kind": "AccessProfile", "name": "power", "what": "", "widens": 3},
        {"mark": "+", "kind": "Grant", "name": "new", "what": "", "widens": 1}]});
    let (report, _) = behind_after(&applied.to_string(), "undo --reason wrong").await;
    let text = report.render(&plain(Form::Plain));
    assert!(text.contains(": Grant night watch, for p-1 (cred-1)"), "{text}");
    assert_eq!(report.exit(), Exit::Behind);
}

#[tokio::test]
async fn a_card_that_was_reported_is_named_though_its_bearer_may_pass() {
    let reported = json!({"id": "cred-2", "generation": 12});
    let (report, _) = behind_after(&reported.to_string(), "credential lost cred-2 --reason lost").await;
    let text = report.render(&plain(Form::Plain));
    assert!(text.contains(": credential cred-2, for p-1 (cred-1), p-2 (cred-2)"), "{text}");
}

#[tokio::test]
async fn a_change_that_is_stored_is_never_told_as_one_that_failed() {
    let far = FarEnd::answering(&[answer(200, REVOKED), answer(503, "{\"title\":\"stopping\"}")]);
    let failure = revoke(&far, 60).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Behind);
    assert!(failure.text().contains("stored as gen-12"), "{}", failure.text());
}

#[tokio::test]
async fn what_changes_no_right_is_not_waited_for() {
    let far = FarEnd::answering(&[answer(200, "{}")]);
    let mut session = far.session();
    session.patience = Some(Duration::from_secs(60));
    let report = ask(&session, "alarm ack alm-7 --note seen --revision 4").await.unwrap();
    assert_eq!((report.exit(), far.asked().await.len()), (Exit::Done, 1));
}

#[tokio::test]
async fn nobody_waits_unless_it_was_asked_for() {
    let far = FarEnd::answering(&[answer(200, REVOKED)]);
    let report = ask(&far.session(), "grant revoke g-3 --reason done").await.unwrap();
    assert_eq!((report.exit(), far.asked().await.len()), (Exit::Done, 1));
}

#[tokio::test]
async fn a_code_comes_with_what_is_done_with_it() {
    let made = json!({"device": "dev-3", "name": "r01-front", "site": "lon1", "code": "AAAA-BBBB",
                      "until_at": "2026-07-24T13:00:00Z", "address": "10.0.0.5:8883"});
    let far = FarEnd::answering(&[answer(201, &made.to_string())]);
    let text = ask(&far.session(), "device enrol r01-front --reason new").await.unwrap().render(&plain(Form::Plain));
    for part in [
        "    AAAA-BBBB\n",
        "--code AAAA-BBBB --host 10.0.0.5 --port 8883 --site lon1 --device r01-front",
        "rackward device show r01-front",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[tokio::test]
async fn an_exposure_is_a_sentence_and_its_cards() {
    let told = json!({"device": "h1", "place": "l/r1/front", "sentence": "If the link dies now, this card works for 2 h",
                      "cards": [{"person": "p-1", "name": "Ann\u{1b}", "credential": "cred-1", "until_at": "2026-07-24T14:00:00Z",
                                 "windows": [{"from_at": "2026-07-24T12:00:00Z", "to_at": "2026-07-24T14:00:00Z"}]}]});
    let far = FarEnd::answering(&[answer(200, &told.to_string())]);
    let text = ask(&far.session(), "device exposure h1").await.unwrap().render(&plain(Form::Plain));
    assert!(text.starts_with("h1 at l/r1/front\nIf the link dies now, this card works for 2 h\n"), "{text}");
    assert!(text.contains("cred-1") && !text.contains('\u{1b}'), "{text}");
}

#[tokio::test]
async fn a_brokers_file_is_printed_as_it_is() {
    let far = FarEnd::answering(&[answer(200, "user a\ntopic read x\n")]);
    let text = ask(&far.session(), "mqtt acl").await.unwrap().render(&plain(Form::Plain));
    assert_eq!(text, "user a\ntopic read x\n");
}

#[tokio::test]
async fn a_brokers_file_has_no_name_but_itself() {
    let far = FarEnd::answering(&[answer(200, "user a\ntopic\u{1b} read x\n")]);
    let text = ask(&far.session(), "mqtt acl").await.unwrap().render(&plain(Form::Name));
    assert_eq!(text, "user a\ntopic\\u{1b} read x\n");
}

#[tokio::test]
async fn who_is_behind_is_listed_once_with_the_generation_as_it_is_typed() {
    let far = FarEnd::answering(&[receipts(1, 2)]);
    let report = ask(&far.session(), "receipt list").await.unwrap();
    let line = "h1\tl/r1/front\t2026-07-24T18:00:00.000Z\t2026-07-24T11:59:00.000Z\tgen-12\n";
    assert_eq!(report.render(&plain(Form::Plain)), line);
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!((document.get("behind"), &document["items"][0]["generation"]), (None, &json!(12)));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_told_as_unknown() {
    for (line, answers, help) in [
        (
            "grant revoke g-3 --reason done",
            vec![String::new()],
            "whether this was done is not known; repeated with --idempotency-key '",
        ),
        (
            "person edit p-3 --no-extended-time --reason x",
            vec![String::new()],
            "whether this was done is not known; look before you try again",
        ),
        ("receipt list", vec![String::new()], "start it with"),
    ] {
        let far = FarEnd::answering(&answers);
        let failure = ask(&far.session(), line).await.unwrap_err();
        assert_eq!(failure.exit, Exit::Unreachable, "{line}");
        assert!(failure.text().contains(help), "{line}: {}", failure.text());
    }
}

#[tokio::test]
async fn an_mqtt_device_is_never_sent_to_a_commissioning() {
    let check = async |enrolment: &str, expect: Option<&str>| {
        let device = json!({"items": [{"name": "h1", "role": "handle", "state": "offline", "trust": "awaited", "line": null,
            "enrolment": enrolment}], "next_cursor": null});
        let far = FarEnd::answering(&[answer(200, &device.to_string())]);
        let text = ask(&far.session(), "device show h1").await.unwrap().render(&plain(Form::Plain));
        assert_eq!(text.lines().find(|line| line.starts_with("next: ")), expect, "{enrolment}");
    };
    let enrol = Some("next: rackward device enrol h1 --reason \"...\"");
    check("not_enrolled", enrol).await;
    check("expired", enrol).await;
    check("code_waits", None).await;
    check("enrolled", None).await;
}

#[tokio::test]
async fn a_device_without_a_line_has_no_key_of_ours_and_an_identity() {
    let device = json!({"items": [{"name": "h1", "role": "handle", "state": "online", "line": null,
        "enrolment": "code_waits", "rights": {"held": {"generation": 12, "until_at": "2026-07-24T18:00:00Z"}}}],
        "next_cursor": null});
    let far = FarEnd::answering(&[answer(200, &device.to_string())]);
    let text = ask(&far.session(), "device list").await.unwrap().render(&plain(Form::Plain));
    let cells: Vec<&str> = text.trim_end().split('\t').collect();
    assert_eq!((cells[10], cells[16], cells.last()), ("-", "gen-12", Some(&"code_waits")), "{text}");
}

#[tokio::test]
async fn a_device_is_shown_with_its_inventory() {
    let device = json!({"items": [{"id": "dev-3", "name": "h1", "role": "handle", "state": "online", "trust": "accepted",
        "grade": "B", "grade_words": "B: its firmware is older than the site asks", "enrolment": "enrolled",
        "certificate": {"from_at": "2026-07-01T00:00:00Z", "until_at": "2027-07-01T00:00:00Z"},
        "rights": {"held": {"generation": 12, "until_at": "2026-07-24T18:00:00Z"}}, "clock_offset_ms": -250,
        "slide": {"travel_ms": 640, "stalled": true, "unlocked_by": "rights_list"},
        "measurements": {"supply_mv": 11950, "temperature_c10": -35}, "description": {"self_test": 4, "boot": "power_on"}}],
        "next_cursor": null});
    let far = FarEnd::answering(&[answer(200, &device.to_string())]);
    let text = ask(&far.session(), "device show h1").await.unwrap().render(&plain(Form::Plain));
    for part in [
        "grade     B: its firmware is older",
        "identity  enrolled",
        "certified until 2027-07-01",
        "rights    of gen-12, good until 2026-07-24T18",
        "clock     250 ms behind ours",
        "slide     travelled 640 ms, STALLED, unlocked by rights list",
        "measures  11950 mV, -3.5 C",
        "self-test failed, 0x4",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[tokio::test]
async fn rights_without_an_acknowledgement_are_not_told_as_none() {
    let check = async |rights: Value, expect: &str| {
        let device = json!({"items": [{"name": "h1", "rights": rights}], "next_cursor": null});
        let far = FarEnd::answering(&[answer(200, &device.to_string())]);
        let text = ask(&far.session(), "device show h1").await.unwrap().render(&plain(Form::Plain));
        assert_eq!(text.lines().find_map(|line| line.strip_prefix("rights    ")), Some(expect), "{text}");
    };
    let until = "2026-07-24T18:00:00.000Z";
    check(json!({"held": null, "honoured_until_at": null}), "none held").await;
    check(
        json!({"held": null, "honoured_until_at": until}),
        "none acknowledged; it may open until 2026-07-24T18:00:00.000Z",
    )
    .await;
}
