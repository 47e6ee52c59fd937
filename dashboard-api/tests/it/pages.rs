//! The console's pages: what they show, what they must not let through, where they may not reach.

use std::time::Duration;

use rackward_core::DeviceReport;
use rackward_core::facts::Lock;
use rackward_core::permission::OperatorRole;
use serde_json::json;

use crate::asking::{Desk, Who};
use crate::site_in_memory::open;

async fn page(desk: &Desk) -> String {
    let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let answered = desk.get(&who, "/").await;
    assert_eq!(answered.status.as_u16(), 200, "{}", answered.text());
    assert_eq!(answered.header("content-type"), "text/html; charset=utf-8");
    answered.text()
}

#[tokio::test]
async fn a_quiet_site_says_so() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let page = page(&desk).await;
    assert!(page.contains("No active alarms."), "{page}");
    assert!(page.contains("All 30 doors are closed and locked."));
    assert!(page.contains("37 devices answer, 0 do not"));
    assert!(page.contains(r##"data-place="lon1/hall-a/r02/c06/rear""##));
}

#[tokio::test]
async fn an_alarm_is_drawn_with_its_number_words_and_place() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let page = page(&desk).await;
    for part in [
        r##"<use href="#p1">"##,
        "door forced open",
        "Look at the door now",
        "active, unacked",
        "P1 alarm: door forced open at lon1/plant-room",
        "1 of 30 doors",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[tokio::test]
async fn what_people_write_is_shown_as_they_wrote_it() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let root = Who::Socket(0);
    desk.post(&root, "/api/v1/people", json!({ "name": hostile })).await;
    let disabled = desk.post(&root, "/api/v1/people/p-1/disable", json!({ "reason": hostile })).await;
    assert_eq!(disabled.status.as_u16(), 200, "{}", disabled.text());
    let page = page(&desk).await;
    assert!(!page.contains("<img src=x"), "a reason became markup");
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;"), "the reason is there, escaped");
    let token = desk.get(&Who::Nobody, "/login?token=%22%3E%3Cscript%3E").await.text();
    assert!(!token.contains("<script>"), "{token}");
}

#[tokio::test]
async fn no_names_are_shown() {
    let desk = Desk::open();
    desk.post(&Who::Socket(0), "/api/v1/people", json!({ "name": "Zebediah Quux" })).await;
    let page = page(&desk).await;
    assert!(page.contains("added p-1"));
    assert!(!page.contains("Zebediah"));
}

#[tokio::test]
async fn nothing_is_fetched_from_elsewhere_or_run_inline() {
    let desk = Desk::open();
    let page = page(&desk).await;
    assert_eq!(page.matches("<script").count(), 1);
    for inline in [" style=", " onclick=", " onload=", "<style"] {
        assert!(!page.contains(inline), "{inline}");
    }
    for asset in ["console.css", "console.js", "icon.svg"] {
        let answered = desk.get(&Who::Nobody, &format!("/assets/{asset}")).await;
        assert_eq!(answered.status.as_u16(), 200);
        assert!(answered.header("cache-control").contains("immutable"));
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        // The name of SVG's own language is an identifier, nothing that is fetched.
        let text = answered.text().replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("url("), "{asset}");
        assert!(page.contains(&format!("/assets/{asset}?v=")), "{asset} is not on the page");
    }
}

#[tokio::test]
async fn the_content_policy_is_the_one_that_was_promised() {
    let desk = Desk::open();
    let answered = desk.get(&Who::Nobody, "/login").await;
    assert_eq!(
        answered.header("content-security-policy"),
        "default-src 'self'; img-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    );
    assert_eq!(answered.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(answered.header("referrer-policy"), "same-origin");
}

/// Relative luminance of `#rrggbb` (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let channel = |place: usize| {
        let value = f64::from(u8::from_str_radix(&colour[place..place + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_colour_can_be_read() {
    let css = include_str!("../../assets/console.css");
    let colour = |name: &str| {
        let rest = css.split(&format!("--{name}: ")).nth(1).unwrap();
        rest.split(';').next().unwrap().to_owned()
    };
    let check = |what: &str, one: &str, other: &str, least: f64| {
        let got = contrast(one, other);
        println!("{what:34} {got:5.1}");
        assert!(got >= least, "{what}: {got:.2} is less than {least}");
    };
    let (desk, sheet, ink) = (colour("desk"), colour("sheet"), colour("ink"));
    assert_eq!(desk, "#e6e8ea");
    for surface in [&desk, &sheet, &"#ffffff".to_owned()] {
        check(&format!("text on {surface}"), &ink, surface, 7.0);
        check(&format!("soft text on {surface}"), &colour("soft"), surface, 4.5);
        check(&format!("glyphs on {surface}"), &colour("normal"), surface, 3.0);
        check(&format!("focus ring on {surface}"), &colour("focus"), surface, 3.0);
    }
    check("number on P1", "#ffffff", &colour("p1"), 4.5);
    check("number on P2", "#000000", &colour("p2"), 4.5);
    check("number on P3", "#ffffff", &colour("p3"), 4.5);
    check("number on P4", "#000000", &colour("p4"), 4.5);
}
