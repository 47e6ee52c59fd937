//! Device work at the command line: what is asked, how a job is followed to its end, what a look at a bus brings.

use super::*;

const DEVICES: &str = r#"{"items":[{"id":"dev-3","name":"lobby-reader","role":"reader","state":"online","trust":"accepted",
    "model":"ca-fe-01 model 4","serial":"7","firmware":"1.2.0","accepted":{"model":"ca-fe-01 model 4","serial":"7",
    "firmware":"1.2.0","by":"uid:0","accepted_at":"2026-07-24T12:00:00.000Z"},
    "line":{"bus":"lobby","address":5,"baud":115200,"has_key":true,"key_since_at":"2026-03-01T09:30:00.000Z"},
    "job":{"id":"cmd-9","task":"send_firmware","by":"uid:0","since_at":"2026-07-24T12:00:00.000Z",
    "transfer":{"sent_bytes":50,"total_bytes":200}}}],"next_cursor":null}"#;

const STARTED: &str = r#"{"id":"cmd-9","device":"dev-3","name":"lobby-reader","head":"41"}"#;

fn told(job: &str, outcome: &str) -> String {
    let data = json!({ "time": "2026-07-24T12:00:01Z", "data": {
        "command_id": job, "outcome": outcome, "sentence": format!("{job} ended: {outcome}"),
    } });
    format!("id: 43\nevent: device.job-ended\ndata: {data}\n\n")
}

#[tokio::test]
async fn verbs_about_devices_ask_their_routes() {
    for (line, expect) in [
        ("device list", "GET /api/v1/devices"),
        ("device roll-key lobby-reader --no-wait --reason x", "POST /api/v1/devices/lobby-reader/job"),
        ("device line r --address 3 --baud 9600 --no-wait --reason x", "POST /api/v1/devices/r/job"),
        ("device accept lobby-reader --reason x", "POST /api/v1/devices/lobby-reader/accept"),
        ("device stop dev-3 --reason x", "DELETE /api/v1/devices/dev-3/job"),
        ("bus list", "GET /api/v1/buses"),
    ] {
        asks(line, expect).await;
    }
}

#[tokio::test]
async fn a_job_is_wished_as_it_was_typed() {
    let check = async |line: &str, expect: Value| {
        let far = FarEnd::answering(&[answer(202, STARTED)]);
        ask(&far.session(), line).await.unwrap();
        assert_eq!(body(&far.asked().await[0]), expect, "{line}");
    };
    check("device roll-key r --no-wait --reason yearly", json!({"task": "roll-key", "reason": "yearly"})).await;
    check(
        "device line r --address 3 --baud 9600 --no-wait --reason x",
        json!({"task": "line", "address": 3, "baud": 9600, "reason": "x"}),
    )
    .await;
    check("device stop r --reason wrong", json!({"reason": "wrong"})).await;
    check("device accept r --reason ours", json!({"reason": "ours"})).await;
}

#[tokio::test]
async fn a_job_is_followed_until_its_own_end() {
    let other = told("cmd-8", "refused");
    let events = format!("event: journal\ndata: {{\"journal\":\"writable\"}}\n\n{other}{}", told("cmd-9", "done"));
    let far = FarEnd::answering(&[answer(202, STARTED), stream(&events)]);
    let report = ask(&far.session(), "device roll-key lobby-reader --reason x").await.unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), "cmd-9 with lobby-reader is done\n");
    let document: Value = serde_json::from_str(&report.render(&plain(Form::Json))).unwrap();
    assert_eq!([&document["kind"], &document["outcome"], &document["id"]], ["DeviceJob", "done", "cmd-9"]);
    let asked = far.asked().await;
    assert!(asked[1].starts_with("GET /api/v1/stream?after=41 "), "{}", asked[1]);
}

#[tokio::test]
async fn how_a_job_ended_is_how_the_program_ends() {
    let check = async |outcome: &str, exit: Exit, help: &str| {
        let far = FarEnd::answering(&[answer(202, STARTED), stream(&told("cmd-9", outcome))]);
        let failure = ask(&far.session(), "device roll-key lobby-reader --reason x").await.unwrap_err();
        assert_eq!(failure.exit, exit, "{outcome}");
        assert!(failure.text().contains(help) && failure.text().contains(outcome), "{}", failure.text());
    };
    check("not_in_install_mode", Exit::Conflict, "put the device into install mode").await;
    check("timed_out", Exit::Unreachable, "rackward device show lobby-reader").await;
    check("stopped", Exit::Cancelled, "rackward device show lobby-reader").await;
    check("not_proven", Exit::Failed, "rackward device show lobby-reader").await;
}

#[tokio::test]
async fn a_refused_job_says_why_and_where_to_look() {
    let check = async |status: u16, exit: Exit, help: &str| {
        let problem = json!({"title": "no", "detail": "because"}).to_string();
        let far = FarEnd::answering(&[answer(status, &problem)]);
        let failure = ask(&far.session(), "device roll-key r --reason x").await.unwrap_err();
        assert_eq!(failure.exit, exit, "{status}");
        assert!(failure.text().contains(help), "{}", failure.text());
    };
    check(404, Exit::NotFound, "help: see what there is with: rackward device list").await;
    check(409, Exit::Conflict, "help: see who answers with: rackward device show NAME").await;
    check(403, Exit::Refused, "because").await;
}

#[tokio::test]
async fn a_commissioning_is_confirmed_by_name() {
    let far = FarEnd::answering(&[answer(200, DEVICES), answer(202, STARTED)]);
    let line = "device commission dev-3 --confirm lobby-reader --for 30s --from-file --no-wait --reason new";
    ask(&far.session(), line).await.unwrap();
    let expect = json!({"task": "commission", "for_s": 30, "first_key": "from_file", "reason": "new"});
    assert_eq!(body(&far.asked().await[1]), expect);
    for (more, exit) in [("--confirm other-reader", Exit::Cancelled), ("", Exit::Usage)] {
        let far = FarEnd::answering(&[answer(200, DEVICES)]);
        let line = format!("device commission lobby-reader {more} --reason new");
        let failure = ask(&far.session(), &line).await.unwrap_err();
        assert_eq!(failure.exit, exit, "{line}");
        assert!(failure.text().ends_with("help: add --confirm lobby-reader"), "{}", failure.text());
    }
    let far = FarEnd::answering(&[answer(200, DEVICES)]);
    let nobody = ask(&far.session(), "device commission moon --confirm moon --reason new").await.unwrap_err();
    assert_eq!(nobody.exit, Exit::NotFound);
}

#[tokio::test]
async fn firmware_is_sent_before_its_job_and_an_older_one_only_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("image");
    std::fs::write(&image, b"IMAGE").unwrap();
    let line = format!("device update r --image {} --reason cve", image.display());
    let kept = answer(201, r#"{"image":"abcd","model":"m","version":"1.3.0"}"#);
    let far = FarEnd::answering(&[kept.clone(), answer(202, STARTED), stream(&told("cmd-9", "done"))]);
    ask(&far.session(), &line).await.unwrap();
    let asked = far.asked().await;
    assert!(asked[0].starts_with("PUT /api/v1/firmware ") && asked[0].ends_with("\r\n\r\nIMAGE"), "{}", asked[0]);
    assert!(asked[0].contains("content-type: application/octet-stream"), "{}", asked[0]);
    assert_eq!(body(&asked[1]), json!({"task": "firmware", "image": "abcd", "reason": "cve"}));
    let older = json!({"title": "no", "errors": [{"pointer": "/allow_downgrade", "detail": "it is older"}]});
    let far = FarEnd::answering(&[kept, answer(422, &older.to_string())]);
    let failure = ask(&far.session(), &line).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Invalid);
    assert!(failure.text().ends_with("help: add --allow-downgrade"), "{}", failure.text());
    let far = FarEnd::answering(&[]);
    let missing = ask(&far.session(), "device update r --image /nowhere --reason x").await.unwrap_err();
    assert_eq!(missing.exit, Exit::Invalid);
}

#[tokio::test]
async fn a_device_is_shown_with_what_can_be_done_about_it() {
    let far = FarEnd::answering(&[answer(200, DEVICES)]);
    let shown = ask(&far.session(), "device show dev-3").await.unwrap().render(&plain(Form::Plain));
    for part in [
        "lobby-reader dev-3, reader",
        "ca-fe-01 model 4, serial number 7, firmware 1.2.0",
        "lobby address 5 at 115200 bit/s, with a key of this site since 2026-03-01",
        "cmd-9 send firmware by uid:0",
        "next: rackward device stop lobby-reader",
    ] {
        assert!(shown.contains(part), "{part} is missing:\n{shown}");
    }
    let ageless = DEVICES.replace("\"2026-03-01T09:30:00.000Z\"", "null");
    let far = FarEnd::answering(&[answer(200, &ageless)]);
    let shown = ask(&far.session(), "device show dev-3").await.unwrap().render(&plain(Form::Plain));
    assert!(shown.contains("with a key of this site; since when is not known"), "{shown}");
    let replaced = DEVICES.replace("accepted\",\n", "replaced\",\n");
    let far = FarEnd::answering(&[answer(200, &replaced)]);
    let shown = ask(&far.session(), "device show lobby-reader").await.unwrap().render(&plain(Form::Plain));
    assert!(shown.contains("next: rackward device accept lobby-reader"), "{shown}");
    let far = FarEnd::answering(&[answer(200, DEVICES)]);
    assert_eq!(ask(&far.session(), "device show moon").await.unwrap_err().exit, Exit::NotFound);
}

#[tokio::test]
async fn a_bus_shows_its_devices() {
    let buses = json!({"items": [{"name": "lobby", "devices": [
        {"address": 5, "name": "lobby-reader", "online": true, "has_key": true, "baud": 9600, "answer_us": 900,
         "failures": 2, "transfer": null}]}], "next_cursor": null})
    .to_string();
    let far = FarEnd::answering(&[answer(200, &buses)]);
    let shown = ask(&far.session(), "bus show lobby").await.unwrap().render(&plain(Form::Plain));
    assert_eq!(shown, "5\tlobby-reader\tonline\tyes\t9600\t900\t2\t-\t-\n");
    let far = FarEnd::answering(&[answer(200, &buses)]);
    assert_eq!(ask(&far.session(), "bus show yard").await.unwrap_err().exit, Exit::NotFound);
}

/// An answer of lines that ends with its connection.
fn lines(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn a_search_lists_whom_it_found_or_says_that_it_was_cut_off() {
    let found = "{\"kind\":\"progress\",\"tried\":1,\"total\":2}\n{\"kind\":\"found\",\"address\":9,\"baud\":9600,\
                 \"identity\":\"x\\u001b\"}\n";
    let far = FarEnd::answering(&[lines(&format!("{found}{{\"kind\":\"end\"}}\n"))]);
    let report = ask(&far.session(), "bus scan lobby --speeds 9600,115200 --reason new").await.unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), "9\t9600\tx\\u{1b}\n");
    let asked = far.asked().await;
    assert!(asked[0].starts_with("POST /api/v1/buses/lobby/scan "), "{}", asked[0]);
    assert_eq!(body(&asked[0]), json!({"speeds": [9600, 115_200], "reason": "new"}));
    let cut = FarEnd::answering(&[lines(found)]);
    let failure = ask(&cut.session(), "bus scan lobby --reason new").await.unwrap_err();
    assert_eq!(failure.exit, Exit::Unreachable);
    let none = FarEnd::answering(&[answer(404, "{}")]);
    let failure = ask(&none.session(), "bus scan moon --reason new").await.unwrap_err();
    assert_eq!(failure.exit, Exit::NotFound);
    assert!(failure.text().contains("rackward bus list"), "{}", failure.text());
}

#[tokio::test]
async fn a_trace_is_frames_alone_and_ends_as_it_should() {
    let frame = "{\"timeSec\":\"1\",\"data\":\"53-80\"}\n";
    let check = async |body: &str, expect: Result<Exit, Exit>, notes: usize| {
        let far = FarEnd::answering(&[lines(body)]);
        let (mut shown, mut told) = (String::new(), Vec::new());
        let mut show = |text: &str| {
            shown.push_str(text);
            Ok(Audience::Listening)
        };
        let mut tell = |note: &str| told.push(note.to_owned());
        let mut voice = watch::Voice { show: &mut show, tell: &mut tell };
        let Noun::Bus(verb) = noun("bus trace lobby --for 5s --reason noise") else { panic!("a bus") };
        let ended = verbs::trace(&far.session(), &verb, &mut voice).await;
        assert_eq!(ended.map_err(|failure| failure.exit), expect, "{body}");
        assert_eq!((shown.as_str(), told.len()), (frame, notes));
        assert_eq!(super::body(&far.asked().await[0]), json!({"for_s": 5, "reason": "noise"}));
    };
    check(&format!("{frame}{{\"kind\":\"end\"}}\n"), Ok(Exit::Done), 0).await;
    check(&format!("{frame}{{\"kind\":\"missed\",\"frames\":3}}\n{{\"kind\":\"end\"}}\n"), Ok(Exit::Done), 1).await;
    check(frame, Err(Exit::Unreachable), 0).await;
}

#[tokio::test]
async fn a_cover_that_nobody_can_see_is_not_called_closed() {
    let check = async |tamper: Value, expect: &str| {
        let mut devices: Value = serde_json::from_str(DEVICES).unwrap();
        devices["items"][0]["tamper"] = tamper.clone();
        let far = FarEnd::answering(&[answer(200, &devices.to_string())]);
        let report = ask(&far.session(), "device list").await.unwrap().render(&plain(Form::Plain));
        assert_eq!(report.split('\t').nth(3), Some(expect), "{tamper}: {report}");
    };
    check(json!(true), "open").await;
    check(json!(false), "closed").await;
    check(Value::Null, "-").await;
}
