//! What the page says of orders and alarms that are not done with: one that waits for a second operator, a shift that is not
//! started, an alarm that nobody has heard since the page was loaded.

use rackward_tests::browser::{Browser, Key, Settings};
use serde_json::Value;

use super::super::site::{Plan, Site, free_port};
use super::{Desk, OPERATOR, eventually};

/// A rack of the small site.
const RACK: &str = "/racks/lon1/hall/r01/c01?face=front";

#[test]
fn an_order_that_waits_for_a_second_operator_is_not_called_done() {
    let console = format!("listen = \"127.0.0.1:{}\"\n", free_port());
    let more = "[operators]\ntwo_operators = [\"open_doors\"]\n";
    let site = Site::lay_out(&Plan { console: console.leak(), more, ..Plan::default() });
    let daemon = site.daemon();
    let hardware = site.hardware();
    daemon.whole(&mut daemon.stream());
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    json(&["operator", "create", "boss", "--role", "admin"]);
    json(&["operator", "create", OPERATOR, "--role", "security-supervisor"]);
    let link = json(&["console", "login", "--operator", OPERATOR])["login"].as_str().unwrap().to_owned();
    let (origin, _) = link.split_once("/login").unwrap();
    let browser = Browser::start_with(&Settings { notes: true, ..Settings::default() });

    // Led back to the rack, where the start of the shift is offered until it was seen.
    browser.open(&format!("{origin}{RACK}"));
    browser.open(&link);
    browser.click("form[action='/login'] button");
    browser.wait_for_path(RACK);
    browser.click("#band-shift a");
    browser.wait_for_path("/shift");
    browser.find("#sound-test");
    browser.open(&format!("{origin}{RACK}"));
    browser.find("#bar .link[data-state=live]");
    assert!(browser.find_now("#band-shift").is_none(), "once seen it is offered no more");

    browser.find(".door-panel.current");
    browser.press(Key::Char('o'));
    let effect = browser.text("dialog[open] .effect");
    assert!(effect.contains("before a second operator has confirmed it"), "it is said before: {effect}");
    browser.fill("dialog[open] textarea[name=reason]", "Disk is changed");
    browser.fill("dialog[open] input[name=ticket]", "CHG-4711");
    browser.click("dialog[open] button[type=submit]");
    let said = browser.text("dialog[open] .waits");
    assert!(said.contains("Nothing was done yet: prp-1 waits for a second operator, until "), "{said}");
    let waits = daemon.api.document("/api/v1/proposals")["items"][0].clone();
    assert_eq!(
        (&waits["id"], &waits["reason"]),
        (&"prp-1".into(), &"Ticket CHG-4711: Disk is changed".into()),
        "{waits}"
    );
    let panel = browser.text(".door-panel.current");
    assert!(!panel.contains("commanded"), "nothing was ordered of the lock: {panel}");
    assert!(browser.errors().is_empty());
    drop(browser);
    hardware.program.interrupt();
    daemon.program.interrupt();
}

#[test]
fn a_critical_alarm_that_stands_at_a_reload_rings() {
    let desk = Desk::open();
    desk.force("mantrap-outer");
    desk.sign_in("/alarms");
    let rings = "return document.querySelector('#bar button.silence')?.hidden === false;";
    let browser = &desk.browser;
    eventually(browser, "it rings, though it was raised before the page was opened", rings);
    browser.click("#bar button.silence");
    assert_eq!(browser.run(rings, &Value::Null), Value::Bool(false));
    browser.reload();
    desk.live();
    eventually(browser, "it rings again", rings);
    desk.close();
}
