//! What no line of a log says: names of persons, card numbers, PINs, passwords, tokens, cookies, links and keys. Everything
//! the daemon logs at its most talkative is read while every route of its own document is asked with all of that in every
//! place, and while the command line does its usual work with it.

use std::fs;

use serde_json::{Map, Value, json};

use super::http::Api;
use super::site::{Plan, Site};

/// What is logged: everything of ours, of libraries what they say when asked to tell what they do.
pub(super) const TALKATIVE: &str =
    "debug,rackward=trace,rackward_core=trace,rackward_dashboard=trace,rackward_protocol=trace";

/// What must not be told, each in a form that stands nowhere by chance.
const NAME: &str = "Zerubbabel Quillfeather";
const CARD: &str = "26:251:64937";
const NUMBER: &str = "64937";
const PIN: &str = "90715368";
const DURESS_PIN: &str = "26480917";
const PASSWORD: &str = "marmalade-hurdy-gurdy";
const TOKEN: &str = "rwt_Vm9sdGFpcmUtd2FzLWhlcmUtMTc3OC1hbmQtbGVmdC4";
const COOKIE: &str = "Q29va2llcy1hcmUtbm90LWZvci1sb2ctZmlsZXMtMTIz";
const LINK: &str = "TGlua3Mtd29yay1vbmNlLWFuZC1mb3Itb25lLTk4NzY1";

/// Every member of a body that a route may take something secret by, and some beside it that they come with.
fn secrets() -> Map<String, Value> {
    let members = json!({
        "name": NAME, "display_name": NAME, "employee_number": NAME, "note": NAME, "card": CARD, "number": CARD,
        "pin": PIN, "new_pin": PIN, "duress_pin": DURESS_PIN, "password": PASSWORD, "code": PIN, "token": TOKEN,
        "secret": TOKEN, "ticket": LINK, "subject": NAME, "email": NAME, "details": { "name": NAME }, "person": NAME,
        "operator": NAME, "credential": CARD,
    });
    members.as_object().unwrap().clone()
}

/// Every route of the document, with its method and where it is.
fn routes(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods: Vec<String> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

/// Asks for a route as somebody would who puts what is secret wherever something can be put.
fn ask(api: &Api, method: &str, path: &str, number: usize) {
    let inside = ["{id}", "{name}", "{device}", "{bus}", "{seq}", "{slug}"].iter();
    let path = inside.fold(path.to_owned(), |path, part| path.replace(part, CARD));
    let query =
        if method == "GET" { format!("?card={CARD}&pin={PIN}&token={TOKEN}&name={PASSWORD}") } else { String::new() };
    let headers = format!(
        "content-type: application/json\r\nif-match: \"{TOKEN}\"\r\nidempotency-key: \"{LINK}-{number}\"\r\n\
         authorization: Bearer {TOKEN}\r\ncookie: rackward_session={COOKIE}\r\nreferer: http://x/login?token={LINK}\r\n\
         user-agent: {PASSWORD}\r\ntracestate: a={COOKIE}\r\n"
    );
    let body = Value::Object(secrets()).to_string();
    // The live stream and looks at a bus have no end: their beginning is enough.
    let answer = api.send(method, &format!("{path}{query}"), &headers, if method == "GET" { "" } else { &body });
    assert!((200..500).contains(&answer.status) || answer.status == 503, "{method} {path}: {}", answer.status);
}

/// What a line says beside when it was said, whose digits are anything.
fn without_time(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, rest)| rest)
}

/// Fails where a line says what it must not.
#[track_caller]
pub(super) fn check_silent(what: &str, log: &str, secrets: &[String]) {
    assert!(!secrets.is_empty() && secrets.iter().all(|secret| secret.len() > 4), "{secrets:?}");
    for line in log.lines().map(without_time) {
        for secret in secrets {
            assert!(!line.contains(secret.as_str()), "{what} tells {secret}: {line}");
        }
    }
}

/// Somebody with a card and PINs, an operator with a token and a link, by the command line; what it was given and has given
/// out that is secret.
fn work(site: &Site, said: &mut String) -> Vec<String> {
    let mut run = |args: &[&str]| {
        let done = site.cli(&[args, &["-v", "-o", "json"]].concat());
        said.push_str(&done.err);
        assert_eq!(done.code, Some(0), "{args:?}: {done:?}");
        done.json()
    };
    let person = run(&["person", "create", NAME])["id"].as_str().unwrap().to_owned();
    run(&["credential", "assign", "--person", &person, "--card", CARD]);
    run(&["grant", "create", "--person", &person, "--door", "lon1/main", "--for", "4h", "--reason", "a fan"]);
    run(&["operator", "create", "m.rossi", "--role", "auditor"]);
    let wanted = ["token", "create", "--owner", "m.rossi", "--permission", "view_journal", "--for", "4h"];
    let token = run(&[wanted.as_slice(), &["--reason", "a display"]].concat())["token"].as_str().unwrap().to_owned();
    let link = run(&["console", "login"])["login"].as_str().unwrap().to_owned();
    let enrolment = run(&["device", "enrol", "r02-handle", "--reason", "mounted"])["code"].as_str().unwrap().to_owned();
    run(&["event", "search", "person"]);
    run(&["webhook", "show", "desk"]);
    vec![token, link.split_once("token=").unwrap().1.to_owned(), enrolment]
}

#[test]
fn no_line_of_a_log_says_what_is_secret_whatever_is_asked() {
    let more = "[webhooks]\nallow_internal = [\"127.0.0.1/32\"]\n[[webhook]]\nname = \"desk\"\nsecret_file = \"keys/desk\"\n\
                url = \"http://127.0.0.1:9/hook?token=tangerine-hook\"\nevents = [\"*\"]\n";
    let site = Site::lay_out(&Plan { more, ..Plan::default() });
    let key = site.path("keys/desk");
    site.cli(&["webhook", "keygen", key.to_str().unwrap(), "--json"]).json();
    let whsec = fs::read_to_string(&key).unwrap().trim().to_owned();
    let mut command = site.daemon_command();
    command.env("RACKWARD_LOG", TALKATIVE);
    let daemon = site.daemon_by(command);
    let hardware = site.hardware();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);

    let mut said = String::new();
    let mut secrets = work(&site, &mut said);
    let pins = [("pin", PIN), ("duress-pin", DURESS_PIN)];
    for (what, digits) in pins {
        let headers = "content-type: application/json\r\nif-match: *\r\n";
        let body = json!({ "pin": digits }).to_string();
        let set = daemon.api.send("PUT", &format!("/api/v1/people/p-1/{what}"), headers, &body);
        assert!(set.status == 200 || set.status == 204, "{what}: {}", set.text());
    }
    // Somebody signs in by a link, and follows by a token.
    let status = daemon.api.document("/api/v1/status");
    let console = Api::console(status["http"].as_str().unwrap());
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let signed_in = console.send("POST", "/login", form, &format!("token={}", secrets[1]));
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    secrets.push(cookie.split_once('=').unwrap().1.to_owned());
    console.send("POST", "/login/password", form, &format!("name=m.rossi&password={PASSWORD}&code={PIN}"));
    let program = daemon.api.with_token(&secrets[0]);
    assert_eq!(program.get("/api/v1/events").status, 200);

    let document = daemon.api.document("/api/v1/openapi.json");
    let routes = routes(&document);
    assert!(routes.len() > 100, "{routes:?}");
    for (number, (method, path)) in routes.iter().enumerate() {
        for api in [&daemon.api, &program, &console] {
            ask(api, method, path, number);
        }
    }
    hardware.hands.badge("stranger", "main/in");
    stream.find(0, "a badge", |event| event.is("access.denied", "main/in"));
    daemon.program.interrupt_and_hear(|log| {
        assert!(log.contains("DEBUG") && log.contains("rackward::"), "it is not talkative: {log}");
        secrets
            .extend([NAME, CARD, PIN, DURESS_PIN, PASSWORD, TOKEN, COOKIE, LINK, "tangerine-hook"].map(str::to_owned));
        secrets.push(NUMBER.to_owned());
        secrets.extend([whsec.trim_start_matches("whsec_").to_owned(), "Quillfeather".to_owned()]);
        check_silent("the daemon", log, &secrets);
    });
    // The command line may say to whoever typed it what they typed, not what they did not.
    let given: Vec<String> =
        secrets.iter().filter(|secret| ![NAME, "Quillfeather", CARD].contains(&secret.as_str())).cloned().collect();
    check_silent("the command line", &said, &given);
}

#[test]
#[should_panic(expected = "tells 90715368")]
fn a_line_that_tells_a_pin_is_noticed() {
    check_silent("the daemon", "2026-07-24T13:00:00.907153Z INFO pin=90715368", &[PIN.to_owned()]);
}
