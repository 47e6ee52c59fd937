//! What is seen on a screen and on paper, by whoever sees it: nothing flashes faster than anybody bears, what is printed can be read
//! without colours, and what is not known is drawn as not known.

use rackward_tests::browser::Settings;
use serde_json::{Value, json};

use super::screens::{COUNT, addresses, settled};
use super::{Desk, eventually, id};

/// How often something may flash in a second at most (console.md B.0; WCAG 2.3.1 allows three).
const MAX_FLASHES_PER_S: f64 = 2.5;

/// What of a text and its ground has to differ at least (WCAG 1.4.3), as grey as on paper.
const MIN_CONTRAST: f64 = 4.5;

/// Every animation that goes on, by its name, with how often in a second it flashes: two changes of what it animates are a flash.
const FLASHES: &str = "const told = {};
    for (const moving of document.getAnimations()) {
        const { target, pseudoElement } = moving.effect ?? {};
        if (!target || moving.effect.getComputedTiming().iterations <= 1) continue;
        const seen = ['fill', 'stroke', 'color', 'background-color', 'border-color', 'outline-color', 'opacity', 'visibility', 'transform', 'box-shadow'];
        const styles = [getComputedStyle(target, pseudoElement), ...[...target.children].map((one) => getComputedStyle(one))];
        const look = () => styles.map((style) => seen.map((name) => style.getPropertyValue(name)).join()).join();
        const [seconds, step] = [4, 10];
        let changes = 0;
        moving.pause();
        for (let at = 0, before = null; at < seconds * 1000; at += step) {
            moving.currentTime = at;
            const now = look();
            if (before !== null && now !== before) changes += 1;
            before = now;
        }
        moving.play();
        const name = moving.animationName ?? moving.id ?? 'unnamed';
        told[name] = Math.max(told[name] ?? 0, changes / 2 / seconds);
    }
    for (const moving of document.querySelectorAll('animate, animateTransform, animateMotion, set, marquee')) told[moving.tagName] = 1000;
    return told;";

/// What still moves where somebody wants nothing to, and what blinks elsewhere without the border that stands for it.
const STILL: &str = "const wrong = document.getAnimations().map((moving) => `${moving.animationName ?? 'something'} moves`);
    for (const blinking of document.querySelectorAll('.shape.unacked')) {
        if (!blinking.checkVisibility() || blinking.closest('.stage, .wall-marks')) continue;
        if (parseFloat(getComputedStyle(blinking).outlineWidth) < 3) wrong.push(`no border around ${blinking.outerHTML.slice(0, 80)}`);
    }
    return [wrong, document.querySelectorAll('.shape.unacked').length];";

#[test]
fn nothing_flashes_fast_and_a_border_stands_for_it_where_nothing_is_to_move() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    let addresses = addresses(&desk);
    desk.sign_in("/alarms");
    let mut wrong = Vec::new();
    let (mut flashing, mut bordered) = (0, 0);
    for address in &addresses {
        desk.browser.open(&format!("{}{address}", desk.origin));
        settled(&desk);
        for (name, rate) in desk.ask(FLASHES).as_object().unwrap() {
            let rate = rate.as_f64().unwrap();
            flashing += usize::from(rate > 0.0);
            if rate > MAX_FLASHES_PER_S {
                wrong.push(format!("{address}: {name} flashes {rate} times a second"));
            }
        }
        let calm = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        desk.browser.cdp("Emulation.setEmulatedMedia", &calm);
        let still = desk.ask(STILL);
        wrong.extend(still[0].as_array().unwrap().iter().map(|one| format!("{address}, reduced: {one}")));
        bordered += still[1].as_u64().unwrap();
        desk.browser.cdp("Emulation.setEmulatedMedia", &json!({ "features": [] }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(flashing > 0 && bordered > 0, "an alarm that nobody has acknowledged does blink");
    desk.close();
}

/// Every text of the page that is hard to read in grey on paper. Grounds are not printed but where a rule asks for it.
const FAINT: &str = r#"const parts = (colour) => {
        const found = /^rgba?\(([^)]+)\)$/.exec(colour);
        if (!found) throw new Error(`what is ${colour}?`);
        const [r, g, b, a = 1] = found[1].split(/[,/ ]+/).filter(Boolean).map(Number);
        return { rgb: [r, g, b], a };
    };
    const over = (top, below) => top.rgb.map((one, at) => one * top.a + below[at] * (1 - top.a));
    const grey = (rgb) => {
        const [r, g, b] = rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (node) => {
        const layers = [];
        for (let at = node; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (style.printColorAdjust === 'exact') layers.unshift(parts(style.backgroundColor));
        }
        return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
    };
    const faint = [];
    let read = 0;
    const check = (node, colour, words) => {
        const ground = groundOf(node);
        const [light, dark] = [grey(over(parts(colour), ground)), grey(ground)].sort((one, other) => other - one);
        const contrast = (light + 0.05) / (dark + 0.05);
        read += 1;
        if (contrast < arguments[0]) faint.push(`${contrast.toFixed(2)} ${node.tagName}.${node.getAttribute('class') ?? ''}: ${words}`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        const words = walker.currentNode.textContent.trim();
        if (!words || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || node.closest('.unseen')) continue;
        const style = getComputedStyle(node);
        if (parseFloat(style.fontSize) > 0) check(node, node.closest('svg') ? style.fill : style.color, words.slice(0, 60));
        const after = getComputedStyle(node, '::after');
        if (after.content !== 'none' && after.content !== 'normal') check(node, after.color, after.content);
    }
    return [faint, read];"#;

/// The shapes that are shown on paper: each with its number, and with lines that are dark on white.
const SHAPES: &str =
    "return [...document.querySelectorAll('svg.shape')].filter((one) => one.checkVisibility()).map((one) => {
        const { fill, stroke } = getComputedStyle(one.querySelector('.body'));
        return [one.querySelector('text').textContent, fill, stroke];
    });";

#[track_caller]
fn on_paper(desk: &Desk, address: &str, words: &[&str]) {
    desk.go(address);
    settled(desk);
    for word in words {
        eventually(
            &desk.browser,
            &format!("{address} has {word}"),
            &format!("return document.body.textContent.includes({word:?});"),
        );
    }
    desk.browser.cdp("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    let read = desk.browser.run(FAINT, &json!([MIN_CONTRAST]));
    let faint: Vec<String> = serde_json::from_value(read[0].clone()).unwrap();
    assert!(faint.is_empty(), "{address} on paper:\n{}", faint.join("\n"));
    let sheet = desk.browser.text("body");
    for word in words.iter().chain(&["Printed", "chain head", "Filter"]) {
        assert!(sheet.contains(word), "{address}: no {word:?} on paper: {sheet}");
    }
    assert!(read[1].as_u64().unwrap() > 10, "there is something to read");
}

#[track_caller]
fn shapes_remain(desk: &Desk, number: &str) {
    let shapes = desk.ask(SHAPES);
    let shapes = shapes.as_array().unwrap();
    assert!(shapes.iter().any(|shape| shape[0] == number), "a shape with {number}: {shapes:?}");
    for shape in shapes {
        assert_eq!(shape[1], "rgb(255, 255, 255)", "no colour means anything: {shape}");
        assert_ne!(shape[2], "none", "its outline is drawn: {shape}");
    }
}

#[test]
fn an_alarm_a_muster_and_events_are_read_from_paper_without_colours() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    let alarm = desk.force("mantrap-outer");
    desk.cli(&["visitor", "enter", "Vera Berg", "--host", "p-1", "--area", "lobby", "--for", "4h", "--reason", "fans"])
        .json();
    desk.cli(&["muster", "start", "lobby", "--kind", "drill", "--reason", "yearly"]).json();
    desk.sign_in("/alarms");

    on_paper(
        &desk,
        &format!("/alarms/{}", id(&alarm)),
        &["Door forced open", "CRITICAL", "What to do", "open, locked"],
    );
    shapes_remain(&desk, "1");
    desk.browser.cdp("Emulation.setEmulatedMedia", &json!({ "media": "" }));

    on_paper(&desk, "/muster/mus-1", &["Muster drill", "Stands", "missing", "lon1/lobby"]);
    desk.browser.cdp("Emulation.setEmulatedMedia", &json!({ "media": "" }));

    on_paper(&desk, "/events?from=-2h&q=type:alarm.raised", &["type:alarm.raised", "P1 alarm: door forced open"]);
    shapes_remain(&desk, "1");
    desk.close();
}

/// How a door is drawn on the page: the glyphs that its place has, and what is said of it.
const DRAWN: &str = "const of = [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility());
    return [of.flatMap((one) => [one, ...one.querySelectorAll('.glyph')]).filter((one) => one.matches('.glyph')).map((one) => one.getAttribute('class')),
        of.map((one) => one.textContent).join(' ')];";

#[test]
fn what_is_not_known_any_more_is_never_drawn_as_it_was() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    desk.sign_in("/racks/lon1/hall-a/r01/c03?face=front");
    // Each screen with where this door is drawn on it.
    let screens = [
        ("/racks/lon1/hall-a/r01/c03?face=front", ".door-panel.current .door-state"),
        ("/rows/lon1/hall-a/r01?face=front", ".rack-door[data-id='lon1/hall-a/r01/c03']"),
        ("/map?view=list", "tr[data-id='lon1/hall-a/r01/c03/front'] td.state"),
    ];
    let drawn = |at: &str| desk.browser.run(DRAWN, &json!([at]));
    let glyphs = |told: &Value| serde_json::from_value::<Vec<String>>(told[0].clone()).unwrap();
    for (address, at) in screens {
        desk.go(address);
        let known =
            desk.browser.until(|| glyphs(&drawn(at)).first().is_some_and(|one| one.contains("g-locked")).then_some(()));
        assert!(known.is_some(), "{address}: it is known at first: {}", drawn(at));
    }
    // The page stands open while the device goes, and is not loaded again.
    desk.go(screens[0].0);
    desk.browser.find(screens[0].1);
    desk.demo.hands.act("cut", &["r01-c03-front"]);
    let unknown = |at: &str| {
        let told = drawn(at);
        let all = glyphs(&told);
        (!all.is_empty() && all.iter().all(|one| one.contains("g-unknown"))).then_some(told)
    };
    let seen = desk.browser.until(|| unknown(screens[0].1));
    assert!(seen.is_some(), "the open page says so: {}", drawn(screens[0].1));
    for (address, at) in screens {
        desk.go(address);
        let told = desk.browser.until(|| unknown(at)).unwrap_or_else(|| panic!("{address}: {}", drawn(at)));
        let words = told[1].as_str().unwrap().to_lowercase();
        assert!(words.contains("unknown") || words.contains("offline"), "{address} says so in words: {words}");
        assert!(!words.contains("closed") && !words.contains("seated"), "{address}: nothing of how it was: {words}");
    }
    // What its device measured is not what is so now.
    desk.go(screens[0].0);
    let facts = "const told = document.querySelector('.door-panel.current .device-facts')?.textContent ?? '';
        return /offline/.test(told) && /Coverunknown/.test(told) && !/°C|%| V/.test(told);";
    eventually(&desk.browser, "the device's facts are not known", facts);
    desk.go(screens[1].0);
    eventually(
        &desk.browser,
        "its neighbours are as warm as they say, and it says nothing",
        "const of = (rack) => document.querySelector(`.rack-door[data-id='lon1/hall-a/r01/${rack}']`)?.textContent ?? '';
        return of('c02').includes('°C') && !of('c03').includes('°C');",
    );
    // On the plan and on the wall its edge is dashed.
    desk.go("/map/lon1.hall-a?layers=doors,rows");
    let on_plan = "return [...document.querySelectorAll('.stage .s-unknown')].length > 0;";
    eventually(&desk.browser, "the plan draws it as unknown", on_plan);
    desk.browser.open(&format!("{}/wall", desk.origin));
    let on_wall = "return [...document.querySelectorAll('.wall-drawing .is-unknown')]
        .some((one) => getComputedStyle(one).strokeDasharray !== 'none');";
    eventually(&desk.browser, "the wall draws it as unknown", on_wall);
    desk.close();
}

/// What a finger has to hit, and misses: controls that are less than 44 px high or wide. A link within a text is as high as its text
/// (WCAG 2.5.8), and a box stands in its label.
const SMALL: &str = "const controls = 'button, summary, select, input:not([type=checkbox]):not([type=radio]), label.hit, #nav a, .tabs a, .tools a';
    return [...document.querySelectorAll(controls)].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.unseen'))
        .map((one) => [one.getBoundingClientRect(), one])
        .filter(([box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
        .map(([box, one]) => `${Math.round(box.width)} x ${Math.round(box.height)} ${one.outerHTML.slice(0, 90)}`);";

#[test]
fn on_a_tablet_everything_can_be_hit_with_a_finger() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    let addresses = addresses(&desk);
    desk.sign_in("/alarms");
    desk.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    let mut small = Vec::new();
    for address in addresses.iter().filter(|address| *address != "/wall") {
        desk.browser.open(&format!("{}{address}", desk.origin));
        settled(&desk);
        assert_eq!(desk.ask("return matchMedia('(pointer: coarse)').matches;"), json!(true), "it is a tablet");
        let found: Vec<String> = serde_json::from_value(desk.ask(SMALL)).unwrap();
        small.extend(found.into_iter().map(|one| format!("{address}: {one}")));
    }
    assert!(small.is_empty(), "{}", small.join("\n"));
    desk.close();
}

#[test]
fn how_long_ago_says_when_while_it_or_its_row_has_the_focus() {
    let desk = Desk::open();
    let alarm = desk.force("mantrap-outer");
    desk.sign_in("/alarms");
    let said = |of: &str| {
        let script =
            "const time = document.querySelector(arguments[0]); return getComputedStyle(time, '::after').content;";
        desk.browser.run(script, &json!([of])).as_str().unwrap().to_owned()
    };
    let age = format!("{} td.age time", super::row(&alarm));
    desk.browser.find(&age);
    assert_eq!(said(&age), "none", "the age alone, while nobody is there");
    desk.browser.tab_to(&super::row(&alarm));
    let day = alarm["raised_at"].as_str().unwrap().get(..4).unwrap().to_owned();
    assert!(said(&age).contains(&day), "its row has the focus: {}", said(&age));
    desk.go(&format!("/alarms/{}", id(&alarm)));
    let raised = ".alarm-state time[data-relative]";
    desk.browser.tab_to(raised);
    assert!(said(raised).contains(&day), "it has the focus itself: {}", said(raised));
    desk.close();
}

/// Cells of a row that lie on one another.
const OVERLAPS: &str = "const lies = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const wrong = [];
    for (const row of document.querySelectorAll('main tr')) {
        const cells = [...row.cells].filter((cell) => cell.checkVisibility({ visibilityProperty: true }) && cell.getBoundingClientRect().width > 1);
        cells.forEach((one, at) => cells.slice(at + 1).forEach((other) => {
            if (lies(one.getBoundingClientRect(), other.getBoundingClientRect())) wrong.push(`${one.className || one.textContent} on ${other.className || other.textContent}`);
        }));
    }
    return [...new Set(wrong)].slice(0, 5);";

#[test]
fn on_a_phone_no_cell_lies_on_another() {
    let desk = Desk::open_with(&Settings::default(), |browser| browser.lay_under(COUNT));
    let addresses = addresses(&desk);
    desk.sign_in("/alarms");
    let phone = json!({ "width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    desk.browser.cdp("Emulation.setDeviceMetricsOverride", &phone);
    let mut wrong = Vec::new();
    for address in addresses.iter().filter(|address| *address != "/wall") {
        desk.browser.open(&format!("{}{address}", desk.origin));
        settled(&desk);
        let found: Vec<String> = serde_json::from_value(desk.ask(OVERLAPS)).unwrap();
        wrong.extend(found.into_iter().map(|one| format!("{address}: {one}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    desk.close();
}
