//! Support bundles of a running daemon that knows secrets of every kind: each of them is looked for in every byte of the archive
//! and of its list. Files stand in it as they are, so what is in one is in the archive. And the command line that writes it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::http::Api;
use super::site::{Plan, Site, write_private};

const NAME: &str = "Zerubbabel Quillfeather";
const COMPANY: &str = "marmalade-lifts";
const VISITOR: &str = "Ottoline Birdwhistle";
const OPERATOR: &str = "z.quillfeather";
const CARD: &str = "26:251:64937";
const NUMBER: &str = "64937";
const PIN: &str = "90715368";
const DURESS_PIN: &str = "26480917";
const REASON: &str = "because the heron said so";
const BROKER_PASSWORD: &str = "marmalade-hurdy-gurdy";
const HOOK: &str = "tangerine-hook";
/// What the daemon would be called from outside.
const HOST: &str = "console.heronry.example";

/// A site whose file has secrets, with a daemon that is about to know more.
fn site() -> Site {
    let more = "[webhooks]\nallow_internal = [\"127.0.0.1/32\"]\n[[webhook]]\nname = \"desk\"\nsecret_file = \"keys/desk\"\n\
                url = \"http://127.0.0.1:9/hook?token=tangerine-hook\"\nevents = [\"*\"]\n\
                [[organisation]]\nname = \"marmalade-lifts\"\n";
    let console = "listen = \"127.0.0.1:0\"\nnames = [\"console.heronry.example\"]";
    let mqtt = "observer = \"watcher\"\nobserver_password_file = \"keys/watcher\"\n";
    let site = Site::lay_out(&Plan { more, mqtt, console, ..Plan::default() });
    write_private(&site.path("keys/watcher"), BROKER_PASSWORD);
    site.cli(&["webhook", "keygen", site.path("keys/desk").to_str().unwrap(), "--json"]).json();
    site
}

/// Lets the daemon know somebody with everything that is secret of them; gives what it made itself.
fn told(site: &Site, api: &Api) -> Vec<String> {
    let run = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    let person = run(&["person", "create", NAME])["id"].as_str().unwrap().to_owned();
    run(&["credential", "assign", "--person", &person, "--card", CARD]);
    let grant = ["grant", "create", "--person", &person, "--door", "lon1/main", "--for", "4h", "--reason", REASON];
    run(&grant);
    for (what, digits) in [("pin", PIN), ("duress-pin", DURESS_PIN)] {
        let headers = "content-type: application/json\r\nif-match: *\r\n";
        let body = json!({ "pin": digits }).to_string();
        let set = api.send("PUT", &format!("/api/v1/people/{person}/{what}"), headers, &body);
        assert!(set.status == 200 || set.status == 204, "{what}: {}", set.text());
    }
    run(&["visitor", "enter", VISITOR, "--host", &person, "--area", "lon1/lobby", "--for", "4h", "--reason", REASON]);
    run(&["operator", "create", OPERATOR, "--role", "auditor"]);
    let token =
        ["token", "create", "--owner", OPERATOR, "--permission", "view_journal", "--for", "4h", "--reason", REASON];
    let token = run(&token)["token"].as_str().unwrap().to_owned();
    let link = run(&["console", "login", "--operator", OPERATOR])["login"].as_str().unwrap().to_owned();
    let code = run(&["device", "enrol", "r02-handle", "--reason", REASON])["code"].as_str().unwrap().to_owned();
    vec![token, link.split_once("token=").unwrap().1.to_owned(), code]
}

/// Secrets that stand in files beside the site file, and those of the daemon's own.
fn on_disk(site: &Site) -> Vec<Vec<u8>> {
    let key = fs::read_to_string(site.path("keys/main-reader")).unwrap().trim().to_owned();
    let hook = fs::read_to_string(site.path("keys/desk")).unwrap().trim().to_owned();
    let mut secrets = vec![key.to_uppercase().into_bytes(), key.into_bytes()];
    secrets.push(hook.trim_start_matches("whsec_").as_bytes().to_vec());
    for name in ["site.key", "vault.key", "operators.key", "evidence.key", "list.key", "paging.key"] {
        let raw = fs::read(site.path("state").join(name)).unwrap();
        assert!(raw.len() >= 32, "{name}");
        let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
        secrets.extend([hex.into_bytes(), raw]);
    }
    secrets
}

/// Fails where bytes hold what they must not.
#[track_caller]
fn check_silent(what: &str, bytes: &[u8], secrets: &[Vec<u8>]) {
    for secret in secrets {
        assert!(secret.len() > 4, "{secret:?} stands everywhere by chance");
        let found = bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret));
        assert!(!found, "{what} holds {}", String::from_utf8_lossy(secret));
    }
}

#[test]
fn a_bundle_holds_nothing_that_is_somebodys_or_opens_anything() {
    let site = site();
    let daemon = site.daemon();
    let hardware = site.hardware();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    let mut secrets: Vec<Vec<u8>> = told(&site, &daemon.api).into_iter().map(String::into_bytes).collect();
    hardware.hands.badge("stranger", "main/in");
    stream.find(0, "a badge", |event| event.is("access.denied", "main/in"));

    let known =
        [NAME, "Quillfeather", COMPANY, VISITOR, OPERATOR, CARD, PIN, DURESS_PIN, REASON, BROKER_PASSWORD, HOOK, HOST];
    secrets.extend(known.map(|text| text.as_bytes().to_vec()));
    secrets.extend(on_disk(&site));
    let listed = daemon.api.get("/api/v1/support-bundle");
    assert_eq!(listed.status, 200);
    check_silent("the list", listed.text().as_bytes(), &secrets);

    let file = site.path("support.zip");
    let path = file.to_str().unwrap();
    let refused = site.cli(&["doctor", "--bundle", path]);
    assert_eq!(refused.code, Some(2), "nobody said yes: {refused:?}");
    assert!(refused.err.contains("configuration.json") && refused.err.contains("floor plans"), "{}", refused.err);
    assert!(!file.exists());
    let written = site.cli(&["doctor", "--bundle", path, "-y", "-o", "json"]);
    let document = written.json();
    assert_eq!(document["bundle"]["of"], "daemon", "{document}");
    let checks = document["checks"].as_array().unwrap();
    let state = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap()["state"].clone();
    assert_eq!([state("reachability"), state("clock"), state("version"), state("journal")], ["ok"; 4].map(Value::from));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let archive = fs::read(&file).unwrap();
    check_silent("the bundle", &archive, &secrets);
    let text = String::from_utf8_lossy(&archive);
    // By itself it is too short to be looked for inside of digests.
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(!words.any(|word| word == NUMBER), "the bundle holds the number of a card");
    for part in
        ["main-reader", "rackward_build_info", "manifest.note", "[redacted]", "\"message\":\"ready\"", "journal.db"]
    {
        assert!(text.contains(part), "the bundle says nothing of {part}");
    }

    let again = site.cli(&["doctor", "--bundle", path, "-y"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert_eq!(fs::read(&file).unwrap(), archive, "what was there is there");
    let tried = site.cli(&["doctor", "-n"]);
    assert_eq!(tried.code, Some(2), "{tried:?}");
    hardware.program.interrupt();
    daemon.program.interrupt();

    let alone = site.path("alone.zip");
    let told = site.cli(&["doctor", "--bundle", alone.to_str().unwrap(), "-y", "-o", "json"]);
    assert_eq!(told.code, Some(11), "{told:?}");
    let archive = fs::read(&alone).unwrap();
    check_silent("the bundle without a daemon", &archive, &secrets);
    let text = String::from_utf8_lossy(&archive);
    assert!(text.contains("reachability") && text.contains("\"wrong\""), "{text}");
    assert!(!text.contains(site.path("state").to_str().unwrap()), "a path can have a user's name in it");
}

#[test]
#[should_panic(expected = "holds 90715368")]
fn a_bundle_that_tells_a_pin_is_noticed() {
    check_silent("the bundle", b"PK\x03\x04 {\"pin\":\"90715368\"}", &[PIN.as_bytes().to_vec()]);
}
