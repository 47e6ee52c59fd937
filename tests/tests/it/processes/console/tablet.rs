//! A muster on a tablet that has no network for half an hour, while somebody else marks at a desk: everything that anybody said is
//! on the list afterwards, once, and of two words about one person the later one counts.

use rackward_tests::browser::Settings;
use serde_json::{Value, json};

use super::super::cable::Cable;
use super::{Desk, OPERATOR, eventually};

/// Under every page: its computer's clock can be set on.
const CLOCK: &str = "const real = Date;
    window.laterMs = 0;
    globalThis.Date = class extends real {
        constructor(...given) { if (given.length === 0) super(real.now() + window.laterMs); else super(...given); }
        static now() { return real.now() + window.laterMs; }
    };";

const BOARD: &str = "/muster/mus-1?tablet=1";

/// Five visitors on the list of a muster, and a tablet at its board, behind a cable.
fn begin() -> (Desk, Cable) {
    let mut desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(CLOCK));
    let cable = Cable::to(&desk.demo.http);
    desk.origin = cable.address();
    for name in ["Ada", "Ben", "Cleo", "Dan", "Eve"] {
        desk.cli(&["visitor", "enter", name, "--host", "p-1", "--area", "lobby", "--for", "4h", "--reason", "tour"])
            .json();
    }
    desk.cli(&["muster", "start", "lobby", "--kind", "drill", "--reason", "yearly"]).json();
    desk.sign_in(BOARD);
    desk.browser.find("tr[data-id='vis-5']");
    (desk, cable)
}

/// Half an hour goes by on the tablet, which hears nothing all the while.
fn half_an_hour_later(desk: &Desk) {
    desk.ask("window.laterMs += 30 * 60 * 1000; return null;");
    desk.browser.find("body.stale");
    // It is drawn anew every second, so that an element of it may be gone by the time it is asked.
    let clock = desk.ask("return document.querySelector('.muster-clock').textContent;").as_str().unwrap().to_owned();
    let minutes: u64 = clock.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    assert!(minutes >= 30 && clock.contains("min"), "the board goes on: {clock}");
}

fn mark(desk: &Desk, who: &str, how: &str) {
    desk.browser.click(&format!("tr[data-id='{who}'] button.mark-{how}"));
}

/// What stands of each on the list, and who said it.
fn stands(desk: &Desk) -> Vec<(String, String)> {
    let muster = desk.demo.api.document("/api/v1/musters/mus-1");
    let persons = muster["persons"].as_array().unwrap().iter();
    let mut all: Vec<(String, String)> = persons
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one["status"].as_str().unwrap().to_owned()))
        .collect();
    all.sort();
    all
}

fn expected() -> Vec<(String, String)> {
    [("vis-1", "unsure"), ("vis-2", "safe"), ("vis-3", "safe"), ("vis-4", "safe"), ("vis-5", "missing")]
        .map(|(who, how)| (who.to_owned(), how.to_owned()))
        .to_vec()
}

/// How often the journal says something of each: marks that come again are recorded once.
fn marks_recorded(desk: &Desk) -> Vec<(String, usize)> {
    let events = desk.demo.api.document("/api/v1/events?filter=type:muster.marked&limit=1000");
    let marks: Vec<Value> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|event| event["data"]["marks"].as_array().cloned().unwrap_or_default())
        .collect();
    ["vis-1", "vis-2", "vis-3", "vis-4", "vis-5"]
        .map(|who| {
            (who.to_owned(), marks.iter().filter(|mark| mark.to_string().contains(&format!("\"{who}\""))).count())
        })
        .to_vec()
}

/// The tablet marks two without the link and one whom somebody else marks later; a desk marks one more.
fn both_mark(desk: &Desk, cable: &Cable) {
    cable.pull();
    // The tablet is not told at once that nobody hears it; what is marked then waits just as well.
    mark(desk, "vis-1", "safe");
    let boss = desk.another("boss");
    let marks = json!({ "marks": [
        { "person": "vis-1", "status": "unsure", "note": "not seen since" }, { "person": "vis-4", "status": "safe" },
    ]});
    let said =
        boss.send("POST", "/api/v1/musters/mus-1/marks", "content-type: application/json\r\n", &marks.to_string());
    let status = said.status;
    assert_eq!(status, 200, "{}", said.text());
    half_an_hour_later(desk);
    mark(desk, "vis-2", "safe");
    mark(desk, "vis-3", "safe");
    eventually(
        &desk.browser,
        "the tablet says how many wait",
        "return /3 marks wait for the link/.test(document.querySelector('.muster-waiting')?.textContent ?? '');",
    );
    let before =
        [("vis-1", "unsure"), ("vis-2", "missing"), ("vis-3", "missing"), ("vis-4", "safe"), ("vis-5", "missing")];
    assert_eq!(stands(desk), before.map(|(who, how)| (who.to_owned(), how.to_owned())).to_vec());
}

#[track_caller]
fn all_is_there_once(desk: &Desk) {
    let merged = desk.browser.until(|| (stands(desk) == expected()).then_some(()));
    assert!(merged.is_some(), "at the daemon: {:?}; at the tablet: {}", stands(desk), desk.browser.text("main"));
    eventually(
        &desk.browser,
        "the tablet shows the same, and nothing waits",
        "const counts = [...document.querySelectorAll('.muster-count b')].map((one) => one.textContent).join();
        return counts === '1,3,1,0' && !document.querySelector('.muster-waiting, .mark-waits');",
    );
    let recorded = marks_recorded(desk);
    assert!(
        recorded.iter().all(|(who, count)| *count == usize::from(who != "vis-5") + usize::from(who == "vis-1")),
        "{recorded:?}"
    );
}

#[test]
fn a_tablet_without_network_for_half_an_hour_loses_no_mark_and_doubles_none() {
    let (desk, cable) = begin();
    both_mark(&desk, &cable);
    cable.plug_in();
    all_is_there_once(&desk);
    desk.close();
}

/// A session ends that is idle for so long, and the marks wait for whoever made them.
#[test]
fn marks_of_a_tablet_outlive_its_session() {
    let (desk, cable) = begin();
    both_mark(&desk, &cable);
    desk.browser.forget_cookies();
    cable.plug_in();
    eventually(
        &desk.browser,
        "the tablet says that its session is over",
        "return (document.querySelector('#band-lost')?.textContent ?? '').includes('SIGNED OUT');",
    );
    assert_eq!(stands(&desk)[1].1, "missing", "nobody says anything without a session");
    desk.browser.open(&format!("{}/login?token={}", desk.origin, desk.token(OPERATOR)));
    desk.browser.click("form[action='/login'] button");
    desk.browser.wait_for_path("/shift");
    desk.go(BOARD);
    all_is_there_once(&desk);
    desk.close();
}
