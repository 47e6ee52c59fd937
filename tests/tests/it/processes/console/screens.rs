//! What holds for every screen: it is where its address says, and there again when the page is loaded anew; nobody outside is
//! asked for anything; nothing goes wrong unseen; and axe-core finds nothing that keeps anybody from using it.

use std::path::PathBuf;

use rackward_tests::browser::Settings;
use serde_json::{Value, json};

use super::{Desk, id};

/// Every name but the console's own leads nowhere, as on a site without an uplink.
const NOWHERE: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/// The screens, each with what its address can hold.
pub(super) fn addresses(desk: &Desk) -> Vec<String> {
    let alarm = desk.force("mantrap-outer");
    let alarm = id(&alarm);
    [
        &format!("/alarms?view=active&prio=1,2&sel={alarm}"),
        "/alarms?view=shelved",
        &format!("/alarms/{alarm}"),
        "/wall",
        "/shift",
        "/map",
        "/map/lon1.hall-a?layers=doors,rows",
        "/rows",
        "/rows/lon1/hall-a/r01",
        "/racks/lon1/hall-a/r01/c03?face=front",
        "/events?from=-2h&q=type:alarm.raised",
        "/people",
        "/people/p-1",
        "/requests",
        "/explain?person=p-1&point=lon1/main-entrance/in",
        "/inside",
        "/muster",
        "/health",
        "/shelved",
        "/audit",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Under every page: counts the questions to the API that are not answered yet, but for the stream, which has no end.
pub(super) const COUNT: &str = "window.waiting = 0;
    const ask = window.fetch;
    window.fetch = async (what, ...more) => {
        if (String(what?.url ?? what).includes('/stream')) return ask(what, ...more);
        window.waiting += 1;
        try {
            const answer = await ask(what, ...more);
            await answer.clone().arrayBuffer();
            return answer;
        } finally {
            window.waiting -= 1;
        }
    };";

/// Waits until a screen has all that it asks for: every question is answered and painted, and none came of it.
pub(super) fn settled(desk: &Desk) {
    desk.browser.find("#nav a, body.wall main#pane > *");
    desk.browser.find("main#pane h1, main#pane h2, body.wall main#pane > *");
    super::eventually(
        &desk.browser,
        "the screen comes to rest",
        "for (let paints = 0; paints < 5; paints += 1) {
            if (window.waiting > 0 || document.querySelector('[aria-busy=true], .skeleton')) return false;
            await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
        }
        return true;",
    );
}

/// What a view is: where it stands, what it is called, what is chosen and what is typed in.
const VIEW: &str = "const text = (one) => one.textContent.trim().replace(/\\s+/g, ' ');
    const of = (selector, what) => [...document.querySelectorAll(selector)].map(what);
    return {
        address: location.pathname + location.search,
        titles: of('main h1, main h2, #detail h2', text),
        chosen: of('main [aria-selected=true], main [aria-pressed=true], main [aria-current]:not(tr)', text),
        rows: of('main tr[aria-current=true], main tr.marked', (row) => row.dataset.id),
        typed: of('main input:not([type=hidden]), main select, main textarea',
            (one) => [one.name || one.id, one.type === 'checkbox' || one.type === 'radio' ? one.checked : one.value])
            .filter(([name]) => name && !/^f-|^dlg-/.test(name)),
        beside: document.querySelector('#detail:not([hidden]) [data-alarm]')?.dataset.alarm ?? null,
    };";

#[test]
fn every_address_is_the_same_view_when_it_is_loaded_again_and_asks_nobody_else() {
    let desk = Desk::open_with(&Settings { arguments: &[NOWHERE], notes: true, ..Settings::default() }, |browser| {
        browser.lay_under(COUNT);
    });
    let addresses = addresses(&desk);
    desk.sign_in("/alarms");
    let mut wrong = Vec::new();
    for address in &addresses {
        desk.browser.open(&format!("{}{address}", desk.origin));
        settled(&desk);
        let before = desk.ask(VIEW);
        desk.browser.reload();
        settled(&desk);
        let after = desk.ask(VIEW);
        if before != after {
            wrong.push(format!("{address}: {before:#} became {after:#}"));
        }
        // By a link inside the console, without loading the page, it is the same again.
        desk.browser.open(&format!("{}/shift", desk.origin));
        settled(&desk);
        let by_link = "const link = document.createElement('a'); link.href = arguments[0];
            document.querySelector('main').append(link); link.click(); link.remove(); return null;";
        desk.browser.run(by_link, &json!([before["address"]]));
        let same = |one: &Value| one["address"] == before["address"] && one["titles"] == before["titles"];
        if desk.browser.until(|| same(&desk.ask(VIEW)).then_some(())).is_none() {
            wrong.push(format!("{address}: by a link it is {:#}", desk.ask(VIEW)));
        }
        wrong.extend(desk.browser.errors().into_iter().map(|error| format!("{address}: {error}")));
    }
    let asked = desk.browser.asked();
    assert!(asked.len() > addresses.len(), "what is asked for is noted");
    // What is inside the page is asked of nobody; the page that a browser begins with is made of its own parts.
    let own = |address: &str| {
        address.starts_with(&format!("{}/", desk.origin))
            || ["blob:", "chrome://", "data:"].iter().any(|of| address.starts_with(of))
    };
    wrong
        .extend(asked.into_iter().filter(|asked| !own(&asked.address)).map(|asked| format!("asked {}", asked.address)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    desk.close();
}

#[test]
fn the_journal_is_verified_by_a_button_and_its_head_is_named() {
    let desk = Desk::open();
    desk.sign_in("/audit");
    desk.browser.click("details:has(.hl-check) > summary");
    let button = "const all = [...document.querySelectorAll('main button')];
        const button = all.find((one) => one.textContent === 'Verify now');
        if (!button || button.disabled) return false;
        button.click();
        return true;";
    super::eventually(&desk.browser, "the journal can be verified", button);
    super::eventually(
        &desk.browser,
        "the journal is found whole",
        "const told = document.querySelector('.hl-check').textContent;
        return told.includes('none missing, none altered') && /Chain head [0-9a-f]{64}/.test(told);",
    );
    assert!(desk.browser.errors().is_empty());
    desk.close();
}

/// The tool that `scripts/axe.sh` has put into the build's directory.
fn axe() -> String {
    let program = std::env::current_exe().unwrap();
    let places: Vec<PathBuf> = program.ancestors().skip(1).map(|folder| folder.join("axe")).collect();
    let kept = places.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().map_while(Result::ok);
    let tool = kept.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(".min.js"));
    std::fs::read_to_string(tool.expect("axe-core is not there; run scripts/axe.sh")).unwrap()
}

#[test]
fn nothing_serious_keeps_anybody_from_using_any_screen() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    let tool = axe();
    let addresses = addresses(&desk);
    desk.browser.open(&format!("{}/login", desk.origin));
    let mut found = problems(&desk, &tool, "/login");
    desk.sign_in("/alarms");
    for address in &addresses {
        desk.browser.open(&format!("{}{address}", desk.origin));
        settled(&desk);
        found.extend(problems(&desk, &tool, address));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    desk.close();
}

/// What axe-core calls serious or critical on the page (WCAG 2.2, levels A and AA).
fn problems(desk: &Desk, tool: &str, address: &str) -> Vec<String> {
    desk.browser.run(&format!("{tool}\nwindow.axe = axe; return null;"), &Value::Null);
    let found = desk.ask(
        "const told = await window.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'],
        });
        return told.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
            .map((one) => `${one.impact} ${one.id}: ${one.help}: ${one.nodes.slice(0, 4).map((node) => node.html.slice(0, 200)).join(' | ')}`);",
    );
    let found: Vec<String> = serde_json::from_value(found).unwrap();
    found.into_iter().map(|problem| format!("{address}: {problem}")).collect()
}
