//! Answering alarms: by keyboard alone, beside somebody else who answers the same one, in a list that others make longer, and
//! with the button that goes back.

use rackward_tests::browser::{Browser, Holder, Key, Settings, key_digest};
use serde_json::{Value, json};

use super::super::site::{Plan, Site, free_port};
use super::{Desk, eventually, id, row};

const NOTE: &str = "Guard sent to the rack, stays there";

/// From making a passkey to the verdict, and no mouse anywhere.
#[test]
fn a_forced_handle_is_answered_from_sign_in_to_verdict_by_keyboard_alone() {
    let port = free_port();
    let console = format!("listen = \"127.0.0.1:{port}\"\nnames = [\"localhost\"]\n");
    let site = Site::lay_out(&Plan { console: console.leak(), ..Plan::default() });
    let daemon = site.daemon();
    let hardware = site.hardware();
    daemon.whole(&mut daemon.stream());
    let authority = std::fs::read(site.path("state/authority.pem")).unwrap();
    let browser = Browser::start(&[&key_digest(&authority)]);
    browser.add_authenticator(Holder::Verified);

    let link = site.cli(&["console", "login", "-o", "json"]).json()["login"].as_str().unwrap().to_owned();
    make_passkey(&browser, &link);

    // Signed out at an address, and back there by the passkey.
    browser.forget_cookies();
    browser.open(&format!("https://localhost:{port}/alarms?view=active"));
    press(&browser, "[data-passkey='sign-in']");
    browser.wait_for_path("/alarms?view=active");
    browser.find("#bar .link[data-state=live]");

    hardware.hands.act("force", &["lon1/hall/r01/c01/front"]);
    let alarms = || daemon.api.whole_list("/api/v1/alarms");
    let forced = || alarms().as_array().unwrap().iter().find(|alarm| alarm["kind"] == "handle_forced").cloned();
    let alarm = browser.until(forced).unwrap();
    browser.find(&row(&alarm));

    // Down to it and open it; acknowledge it with a note.
    to_row(&browser, id(&alarm));
    browser.press(Key::Enter);
    browser.find(&format!("#detail [data-alarm='{}']", id(&alarm)));
    browser.press(Key::Char('a'));
    fill(&browser, NOTE);
    browser.until(|| forced().filter(|alarm| !alarm["acked"].is_null())).unwrap();
    assert_eq!(forced().unwrap()["acked"]["note"], NOTE);
    // The first step of what to do, once it is seen that this is done.
    let says = "return document.querySelector('#detail').textContent.includes('Acknowledged');";
    eventually(&browser, "the alarm beside the list is acknowledged", says);
    to_row(&browser, id(&alarm));
    browser.press(Key::Char('1'));
    browser
        .until(|| {
            daemon.api.document(&format!("/api/v1/alarms/{}", id(&alarm)))["steps"][0]["done"]
                .as_bool()
                .filter(|done| *done)
        })
        .unwrap();

    // Put right, and closed with a verdict.
    hardware.hands.act("close", &["lon1/hall/r01/c01/front"]);
    let says = "return document.querySelector(arguments[0])?.textContent.includes('to be judged') ?? false;";
    browser.until(|| (browser.run(says, &json!([row(&alarm)])) == json!(true)).then_some(())).unwrap();
    to_row(&browser, id(&alarm));
    browser.press(Key::Char('v'));
    browser.find("dialog[open] select[name=verdict]");
    browser.type_choice("dialog[open] select[name=verdict]", "2");
    press(&browser, "dialog[open] button[type=submit]");
    browser.until(|| forced().is_none().then_some(())).unwrap();
    let closed = daemon.api.document("/api/v1/alarms?view=closed_today");
    assert_eq!(closed["items"][0]["judgement"]["verdict"], "true_positive", "{closed:#}");
    browser.until(|| browser.find_now("dialog[open]").is_none().then_some(())).unwrap();
    drop(browser);
    hardware.program.interrupt();
    daemon.program.interrupt();
}

/// Becomes the first admin by a link, with a passkey.
#[track_caller]
fn make_passkey(browser: &Browser, link: &str) {
    browser.open(link);
    press(browser, "form[action='/login'] button");
    browser.tab_to("input[name=name]");
    browser.type_text("m.rossi");
    press(browser, "[data-passkey=make]");
    press(browser, "main a.button");
    browser.wait_for_path("/shift");
}

/// Goes on to something by Tab and presses it.
#[track_caller]
fn press(browser: &Browser, selector: &str) {
    browser.tab_to(selector);
    browser.press(Key::Enter);
}

/// Writes what a dialog asks for, and sends it.
#[track_caller]
fn fill(browser: &Browser, text: &str) {
    browser.tab_to("dialog[open] textarea[name=reason]");
    browser.type_text(text);
    press(browser, "dialog[open] button[type=submit]");
}

/// Goes down the list, and up again, until the row has the focus.
#[track_caller]
fn to_row(browser: &Browser, id: &str) {
    let is_there = || {
        let here = "return document.activeElement?.closest('tr[data-id]')?.dataset.id === arguments[0];";
        browser.run(here, &json!([id])) == json!(true)
    };
    let rows = browser.count("table.live tr[data-id]");
    for key in ['j', 'k'].iter().flat_map(|key| std::iter::repeat_n(Key::Char(*key), rows + 1)) {
        if is_there() {
            return;
        }
        browser.press(key);
    }
    assert!(is_there(), "the row of {id} is not reached: {}", browser.text("main"));
}

#[test]
fn of_two_who_acknowledge_at_once_the_second_is_told_who_was_first() {
    let desk = Desk::open();
    let alarm = desk.force("mantrap-outer");
    desk.sign_in(&format!("/alarms?sel={}", id(&alarm)));
    let (browser, path) = (&desk.browser, format!("/api/v1/alarms/{}", id(&alarm)));
    browser.click("#detail button[data-order=acknowledge]");
    browser.fill("dialog[open] textarea[name=reason]", "Seen on the desk's own screen");

    // The other is faster, on the very revision that stands on the screen.
    let boss = desk.another("boss");
    let seen = boss.document(&path)["revision"].as_u64().unwrap();
    let headers = format!("content-type: application/json\r\nif-match: \"{seen}\"\r\nidempotency-key: \"first\"\r\n");
    let first = boss.send(
        "POST",
        &format!("{path}/acknowledge"),
        &headers,
        &json!({ "note": "I am on my way there" }).to_string(),
    );
    let status = first.status;
    assert_eq!(status, 200, "{}", first.text());

    browser.click("dialog[open] button[type=submit]");
    let told = browser.text("dialog[open] .errors");
    assert!(told.contains("boss") && told.contains("first"), "{told}");
    assert!(browser.find_now("dialog[open] button[type=submit]").is_none(), "it cannot be sent again on what was seen");
    browser.press(Key::Escape);
    let acked = desk.demo.api.document(&path)["acked"].clone();
    assert_eq!(acked["note"], "I am on my way there", "the first stands: {acked}");
    assert_eq!(desk.told("Seen on the desk's own screen"), 0);
    // The row says it as well.
    eventually(
        browser,
        "the row tells who",
        &format!("return /by boss/.test(document.querySelector(\"{}\").textContent);", row(&alarm)),
    );
    desk.close();
}

#[test]
fn a_row_under_the_pointer_stays_while_fifty_arrive() {
    let desk = Desk::open();
    let alarm = desk.force("mantrap-outer");
    desk.sign_in("/alarms");
    let browser = &desk.browser;
    let cell = format!("{} td.what", row(&alarm));
    browser.hover(&cell);
    let place = || {
        desk.browser.run(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();
        const under = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return [Math.round(box.top), under?.closest('tr')?.dataset.id ?? null];",
            &json!([cell]),
        )
    };
    let before = place();
    assert_eq!(before[1], id(&alarm), "the pointer is on it");
    let shown = browser.count("table.live tr[data-id]");

    let state = desk.demo.hands.state();
    let names = |list: &str, of: &str| -> Vec<String> {
        state[list].as_array().unwrap().iter().map(|one| one[of].as_str().unwrap().to_owned()).collect()
    };
    for device in names("devices", "name") {
        desk.demo.hands.act("tamper", &[&device]);
    }
    for door in names("doors", "path").iter().filter(|path| path.ends_with("/front") || path.ends_with("/rear")) {
        desk.demo.hands.act("key", &[door]);
    }
    let waiting = browser.until(|| {
        let words = browser.find_now("table.live, .arrivals button.new").map(|_| {
            browser.run(
                "return document.querySelector('.arrivals button.new:not([hidden])')?.textContent ?? '';",
                &Value::Null,
            )
        })?;
        let count: usize = words.as_str()?.split(' ').next()?.parse().ok()?;
        (count >= 50).then_some((count, words))
    });
    let (count, words) = waiting.unwrap_or_else(|| panic!("no fifty wait: {}", browser.text("main")));
    assert!(words.as_str().unwrap().contains("critical"), "how many of them are critical is said: {words}");
    assert_eq!(place(), before, "the row is where it was");
    assert_eq!(browser.count("table.live tr[data-id]"), shown, "and nothing came between");

    // The order may have changed meanwhile, which is said in the same place; and what comes behind these waits to be asked for anew.
    let script = format!(
        "const more = document.querySelector('.arrivals button.new');
        const waits = !more.hidden && /^[0-9]/.test(more.textContent);
        return document.querySelectorAll('table.live tr[data-id]').length >= {} && !waits;",
        shown + count
    );
    let come = browser.until(|| {
        browser.press(Key::Char('N'));
        (browser.run(&script, &Value::Null) == json!(true)).then_some(())
    });
    assert!(come.is_some(), "they come when they are asked for: {}", browser.text("body"));
    desk.close();
}

#[test]
fn going_back_in_the_middle_of_an_order_gives_it_never_or_once() {
    let desk = Desk::open();
    let rack = "/racks/lon1/hall-a/r01/c03?face=front";
    desk.sign_in(rack);
    let browser = &desk.browser;
    let open = |reason: &str| {
        browser.find("main h1");
        browser.find("button[data-order=open], main button");
        browser.press(Key::Char('o'));
        browser.fill("dialog[open] textarea[name=reason]", reason);
    };
    // Before it is sent: nothing.
    open("Never sent, gone back before");
    browser.back();
    browser.until(|| browser.find_now("dialog[open]").is_none().then_some(())).unwrap();
    browser.wait_for_path(rack);
    // Forward again leads to no half of it.
    desk.ask("history.forward(); return null;");
    browser.find("main h1");
    assert!(browser.find_now("dialog[open]").is_none());
    // As it is sent: once.
    open("Sent once, gone back at once");
    desk.ask("document.querySelector('dialog[open] form').requestSubmit(); history.back(); return null;");
    browser.until(|| (desk.told("Sent once, gone back at once") > 0).then_some(())).unwrap();
    browser.until(|| browser.find_now("dialog[open]").is_none().then_some(())).unwrap();
    browser.reload();
    desk.live();
    assert_eq!(desk.told("Sent once, gone back at once"), 1);
    assert_eq!(desk.told("Never sent, gone back before"), 0);
    desk.close();
}

#[test]
fn a_browser_that_blocks_sound_says_so_until_somebody_touches_it() {
    let arguments = ["--autoplay-policy=document-user-activation-required"];
    let desk = Desk::open_with(&Settings { arguments: &arguments, ..Settings::default() }, |_| ());
    desk.sign_in("/alarms");
    let browser = &desk.browser;
    assert!(browser.text("#sound-state[data-state=blocked]").contains("blocked"), "the header says it");
    assert!(browser.text("tr[data-id='this-desk-sound']").contains("cannot sound"), "and it is an alarm of this desk");
    browser.find("tr[data-id='this-desk-sound'] .shape.p3");
    // Any touch counts; this one is no list's, where rows stay while somebody is at them.
    browser.press(Key::Char('S'));
    browser.find("#sound-state[data-state=on]");
    browser.until(|| browser.find_now("tr[data-id='this-desk-sound']").is_none().then_some(())).unwrap();
    desk.close();
}

/// Whoever speaks to their computer says letters all the time (WCAG 2.1.4).
#[test]
fn single_letters_do_nothing_once_they_are_switched_off_nor_where_somebody_types() {
    let desk = Desk::open();
    let alarm = desk.force("mantrap-outer");
    desk.sign_in("/alarms");
    let browser = &desk.browser;
    let dialog = || browser.find_now("dialog[open]").is_some();
    let switch = |on: bool| {
        browser.click("#menu-button");
        browser.click("#single-keys");
        browser.press(Key::Escape);
        eventually(
            browser,
            "it is kept",
            &format!("return (localStorage.getItem('rackward.keys') ?? 'on') === '{}';", if on { "on" } else { "off" }),
        );
    };
    switch(false);
    browser.tab_to(&row(&alarm));
    for key in ['a', 'n', 's', 'e', '?', 'S', 'l', 'x', 'm'] {
        browser.press(Key::Char(key));
        assert!(!dialog() && browser.address().ends_with("/alarms"), "{key} does nothing: {}", browser.address());
    }
    // It is of this desk, whatever page comes next; and everything else goes by keys as before.
    browser.reload();
    desk.live();
    browser.tab_to(&row(&alarm));
    browser.press(Key::Char('a'));
    assert!(!dialog());
    browser.press(Key::Enter);
    browser.find(&format!("#detail [data-alarm='{}']", id(&alarm)));

    switch(true);
    // In a field a letter is a letter, in the header it is nobody's.
    browser.click("#search");
    browser.type_text("a");
    assert!(!dialog());
    browser.press(Key::Escape);
    browser.tab_to("#menu-button");
    browser.press(Key::Char('a'));
    assert!(!dialog(), "no list has the focus");
    browser.tab_to(&row(&alarm));
    browser.press(Key::Char('a'));
    browser.find("dialog[open] textarea[name=reason]");
    desk.close();
}
