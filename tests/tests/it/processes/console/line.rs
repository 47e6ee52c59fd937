//! The line between the console and the daemon: pulled for longer than anybody believes in it, cut by a restart, and seen from
//! a computer whose clock is wrong. Whatever happened meanwhile is on the page afterwards, once.

use std::collections::BTreeSet;

use rackward_tests::browser::{Browser, Settings};
use serde_json::{Value, json};

use super::super::cable::Cable;
use super::super::http::Api;
use super::super::site::{Plan, Site, free_port};
use super::{Desk, LISTEN, eventually, row};

/// The longest that a page may take a silent line for a live one, in milliseconds.
const BELIEVED_MS: u64 = 20_000;

/// The numbers of everything after `first` that the journal tells on the stream, and those that the page has heard: the same, and
/// each once.
#[track_caller]
fn check_heard(browser: &Browser, api: &Api, first: u64) {
    let head = api.head();
    let caught_up = format!("return window.pageStream.head() >= {head};");
    eventually(browser, "the page catches up", &caught_up);
    let heard: Vec<u64> = serde_json::from_value(browser.run("return window.heard;", &Value::Null)).unwrap();
    let told: BTreeSet<u64> = api
        .whole_list("/api/v1/events")
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["sequence"].as_str()?.parse().ok())
        .filter(|seq| (first + 1..=head).contains(seq))
        .collect();
    let once: BTreeSet<u64> = heard.iter().copied().collect();
    assert_eq!(once.len(), heard.len(), "something came twice: {heard:?}");
    let missing: Vec<u64> = told.iter().copied().filter(|seq| !once.contains(seq)).collect();
    assert_eq!(missing, Vec::<u64>::new(), "of {first} to {head}");
    assert!(!told.is_empty(), "something happened");
}

#[test]
fn a_pulled_cable_is_seen_within_twenty_seconds_and_nothing_is_lost_or_doubled() {
    let mut desk = Desk::open();
    let cable = Cable::to(&desk.demo.http);
    desk.origin = cable.address();
    let known = desk.force("mantrap-outer");
    desk.sign_in("/alarms");
    let browser = &desk.browser;
    browser.find(&row(&known));
    let first = desk.ask(LISTEN).as_u64().unwrap();
    desk.ask(
        "new MutationObserver(() => {
            if (document.body.classList.contains('stale')) window.believedMs ??= Date.now() - window.pageStream.lastByteAt;
        }).observe(document.body, { attributes: true }); return null;",
    );
    desk.demo.hands.act("tamper", &["main-entrance-reader-in"]);
    browser.find(&row(&desk.alarm("tamper", "main-entrance-reader-in")));

    cable.pull();
    // What happens while nobody sees it: more than one of a kind, and one that is over before the line is back.
    desk.demo.hands.act("close", &["mantrap-outer"]);
    let missed = desk.force("plant-room");
    browser.find("body.stale #band-lost");
    let believed = desk.ask("return window.believedMs;").as_u64().unwrap();
    assert!(believed <= BELIEVED_MS, "{believed} ms");
    let said = browser.text("#band-lost");
    assert!(said.contains("LINK LOST") && said.contains("showing data as of"), "{said}");
    assert!(browser.text("#bar .link").starts_with("link lost"), "{}", browser.text("#bar .link"));
    browser.click(&row(&known));
    assert!(browser.find_now(&row(&missed)).is_none(), "what the page does not know it does not show");
    let may_act = "return [...document.querySelectorAll('#detail button[data-order]')]
        .filter((one) => ['acknowledge', 'note', 'escalate', 'shelve', 'lockdown'].includes(one.dataset.order) && !one.disabled).length;";
    assert_eq!(desk.ask(may_act), json!(0), "nothing can be ordered on what may be old");

    cable.plug_in();
    desk.live();
    browser.until(|| browser.find_now("body:not(.stale)").map(|_| ())).unwrap();
    assert!(browser.find_now("#band-lost").is_none());
    check_heard(browser, &desk.demo.api, first);
    eventually(
        browser,
        "the alarm that came meanwhile is there, once",
        &format!(
            "const bar = document.querySelector('.arrivals button.new'); if (!bar.hidden) bar.click();
            return document.querySelectorAll(\"{}\").length === 1;",
            row(&missed)
        ),
    );
    desk.close();
}

#[test]
fn a_restart_of_the_daemon_in_mid_stream_loses_and_doubles_nothing() {
    let port = free_port();
    let console = format!("listen = \"127.0.0.1:{port}\"\n");
    let site = Site::lay_out(&Plan { console: console.leak(), ..Plan::default() });
    let daemon = site.daemon();
    let hardware = site.hardware();
    daemon.whole(&mut daemon.stream());
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    json(&["operator", "create", "boss", "--role", "admin"]);
    let link = json(&["console", "login", "--operator", "boss"])["login"].as_str().unwrap().to_owned();
    let browser = Browser::start_with(&Settings { notes: true, ..Settings::default() });
    browser.open(&link);
    browser.click("form[action='/login'] button");
    browser.wait_for_path("/shift");
    browser.click("#nav a[href='/alarms']");
    browser.wait_for_path("/alarms");
    browser.find("#bar .link[data-state=live]");
    let first = browser.run(LISTEN, &Value::Null).as_u64().unwrap();
    hardware.hands.act("force", &["lon1/main"]);
    browser.find("table.live tr[data-id^='alm-']");

    daemon.program.interrupt();
    let daemon = site.daemon();
    let is_closed = || {
        let doors = daemon.api.whole_list("/api/v1/doors");
        let side = doors.as_array()?.iter().find(|door| door["path"] == "lon1/side")?.clone();
        (side["contact"] == "closed" && side["lock"] == "locked").then_some(())
    };
    browser.until(is_closed).unwrap();
    hardware.hands.act("force", &["lon1/side"]);
    let is_there = || {
        let alarms = daemon.api.whole_list("/api/v1/alarms");
        let forced = |alarm: &&Value| alarm["kind"] == "door_forced_open" && alarm["door"] == "lon1/side";
        alarms.as_array()?.iter().find(forced).cloned()
    };
    let alarm = browser.until(is_there).unwrap();
    browser.find(&row(&alarm));
    check_heard(&browser, &daemon.api, first);
    assert_eq!(browser.count(&row(&alarm)), 1);
    assert!(browser.address().ends_with("/alarms"), "nobody was sent to sign in again: {}", browser.address());
    drop(browser);
    hardware.program.interrupt();
    daemon.program.interrupt();
}

#[test]
fn a_clock_that_is_an_hour_off_is_said_and_changes_no_age() {
    // Under every page: the computer believes that it is an hour later.
    let ahead = "const real = Date; const ahead = 3600000;
        globalThis.Date = class extends real {
            constructor(...given) { if (given.length === 0) super(real.now() + ahead); else super(...given); }
            static now() { return real.now() + ahead; }
        };";
    let desk = Desk::open_with(&Settings { notes: true, ..Settings::default() }, |browser| browser.lay_under(ahead));
    desk.sign_in("/alarms");
    let browser = &desk.browser;
    assert!(browser.text("#skew").contains("ahead"), "the header says it: {}", browser.text("#bar"));
    let alarm = desk.force("mantrap-outer");
    let age = browser.text(&format!("{} td.age", row(&alarm)));
    assert!(age.contains('s') && !age.contains('h'), "it is seconds old: {age}");
    let (shown, server) = (browser.text("#clock"), desk.demo.api.document("/api/v1/status"));
    let local = |at: &str| at.get(14..16).map(str::to_owned);
    let minutes: Vec<Option<String>> = vec![shown.get(3..5).map(str::to_owned), local(server["at"].as_str().unwrap())];
    let apart = match minutes.as_slice() {
        [Some(one), Some(other)] => one.parse::<i32>().unwrap().abs_diff(other.parse::<i32>().unwrap()),
        _ => panic!("no time in {shown:?} or {server}"),
    };
    assert!(apart <= 1 || apart == 59, "the clock is the server's: {shown}, {}", server["at"]);
    desk.close();
}
