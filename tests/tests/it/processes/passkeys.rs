//! Passkeys on the console's real pages in a real browser, whose security key is the browser's own imitation: the first admin
//! makes one, signs in with it and proves themselves again; without their finger nobody does.

use rackward_tests::browser::{Browser, Holder, key_digest};
use serde_json::{Value, json};

use super::site::{Plan, Site, free_port};
use super::visitor::of_kind;

/// Who is signed in, as the page itself would ask.
fn who(browser: &Browser) -> Value {
    browser.run("return await (await fetch('/api/v1/sessions/current')).json();", &Value::Null)
}

#[test]
fn a_passkey_signs_in_and_steps_up_on_the_real_pages() {
    let port = free_port();
    let console = format!("listen = \"127.0.0.1:{port}\"\nnames = [\"localhost\"]\n");
    let site = Site::lay_out(&Plan { console: console.leak(), ..Plan::default() });
    let daemon = site.daemon();
    let authority = std::fs::read(site.path("state/authority.pem")).unwrap();
    let browser = Browser::start(&[&key_digest(&authority)]);
    let key = browser.add_authenticator(Holder::Verified);
    let origin = format!("https://localhost:{port}");

    // The first sign-in link leads to a passkey.
    let link = site.cli(&["console", "login", "-o", "json"]).json()["login"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&origin), "{link}");
    browser.open(&link);
    browser.click("form[action='/login'] button");
    browser.fill("input[name=name]", "m.rossi");
    browser.click("[data-passkey=make]");
    browser.find("ol.codes li");
    assert_eq!(browser.count("ol.codes li"), 10);
    let kept = browser.passkeys(&key);
    assert_eq!(
        (kept.len(), &kept[0]["rpId"], &kept[0]["isResidentCredential"]),
        (1, &json!("localhost"), &json!(true))
    );
    browser.click("main a.button");
    browser.wait_for_path("/shift");
    assert!(browser.text("#bar .who button").contains("m.rossi"), "{}", browser.text("#bar"));

    // Out, and in again by it.
    let sign_out = |at: &str| {
        browser.click("#bar .who button");
        browser.click("form[action='/logout'] button");
        browser.wait_for_path(&format!("/login?back={at}"));
    };
    sign_out("/shift");
    browser.click("[data-passkey='sign-in']");
    browser.wait_for_path("/shift");
    let me = who(&browser);
    assert_eq!((&me["name"], &me["role"], &me["fresh"]), (&json!("m.rossi"), &json!("admin"), &json!(true)), "{me}");

    // Over a restart they stay, and prove themselves again before what cannot be taken back.
    daemon.program.interrupt();
    let daemon = site.daemon();
    browser.open(&format!("{origin}/account/prove"));
    assert_eq!(who(&browser)["fresh"], json!(false));
    browser.click("[data-passkey=again]");
    browser.wait_for_path("/alarms");
    assert_eq!(who(&browser)["fresh"], json!(true));
    let again = of_kind(&daemon.api, "operator.stepped-up");
    assert_eq!((again.len(), &again[0]["method"]), (1, &json!("passkey")), "{again:?}");

    // Whoever has the key and not the finger gets nowhere, and neither does who has no key.
    sign_out("/alarms");
    let signed_in = of_kind(&daemon.api, "operator.signed-in").len();
    browser.set_holder(&key, Holder::NotVerified);
    browser.click("[data-passkey='sign-in']");
    assert!(browser.text("[data-passkey-note]").contains("was not used"), "{}", browser.text("[data-passkey-note]"));
    browser.wait_for_path("/login?back=/alarms");
    assert_eq!(of_kind(&daemon.api, "operator.signed-in").len(), signed_in);
    browser.set_holder(&key, Holder::Verified);
    browser.click("[data-passkey='sign-in']");
    browser.wait_for_path("/alarms");
    assert!(browser.text("#bar .who button").contains("m.rossi"), "{}", browser.text("#bar"));
    daemon.program.interrupt();
}
