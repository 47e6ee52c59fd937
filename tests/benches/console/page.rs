//! The console in a real browser, and what it is asked: when which row was painted, what the first view weighed, what the heap
//! holds, how long frames took while the map moved.

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use rackward_tests::bench::Rounds;
use rackward_tests::browser::Browser;
use serde_json::{Value, json};

use super::rig::Rig;

/// Watches the table of events: every row that enters the document is noted with the time of the frame after the one that
/// painted it, on the clock that everybody on this machine shares. What is noted stands outside the heap that is measured.
const WATCH: &str = "
    window.painted = { rows: new Float64Array(2 * arguments[0]), count: 0, newest: 0 };
    const rowsOf = (node) => node.nodeType !== 1 ? [] : node.matches('[data-seq]') ? [node] : [...node.querySelectorAll('[data-seq]')];
    new MutationObserver((changes) => {
        const seqs = changes.flatMap((change) => [...change.addedNodes]).flatMap(rowsOf).map((row) => Number(row.dataset.seq));
        if (seqs.length === 0) return;
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const at = performance.timeOrigin + performance.now();
            for (const seq of seqs) {
                window.painted.rows.set([seq, at], 2 * window.painted.count++);
                window.painted.newest = Math.max(window.painted.newest, seq);
            }
        }));
    }).observe(document.querySelector('main'), { childList: true, subtree: true });";

/// What the page and everything it loaded weighed, and when the list of alarms stood.
const FIRST_VIEW: &str = "
    const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const own = loaded.filter((one) => !one.name.includes('/api/v1/stream'));
    const drawn = Math.max(...own.map((one) => one.responseEnd));
    return { bytes: own.reduce((sum, one) => sum + one.encodedBodySize, 0), requests: own.length, drawn };";

/// Drags the map for four seconds and notes the time between frames.
const PAN: &str = "
    const map = document.querySelector(arguments[0]);
    const box = map.getBoundingClientRect();
    const at = (type, x, y) => map.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, button: 0, buttons: type === 'pointerup' ? 0 : 1,
        clientX: box.left + box.width / 2 + x, clientY: box.top + box.height / 2 + y }));
    at('pointerdown', 0, 0);
    const frames = [];
    let before = await new Promise(requestAnimationFrame);
    const begun = before;
    while (before - begun < 4000) {
        const turn = (before - begun) / 400;
        at('pointermove', 200 * Math.sin(turn), 120 * Math.cos(turn));
        const now = await new Promise(requestAnimationFrame);
        frames.push(now - before);
        before = now;
    }
    at('pointerup', 0, 0);
    return frames;";

/// The canvas of the map.
const MAP: &str = "main .map-frame";

/// A console that somebody looks at.
pub(crate) struct Page {
    browser: Browser,
    origin: String,
}

/// What opening the console cost.
pub(crate) struct FirstView {
    pub(crate) kilobytes: f64,
    pub(crate) requests: u64,
    pub(crate) drawn_ms: f64,
}

impl Page {
    /// Signs a browser in with a link of the machine's own.
    pub(crate) fn open(rig: &Rig) -> Result<Self, Box<dyn Error>> {
        let made = rig.post("/sessions/link", &json!({ "role": "security" }))?;
        let link = made["login"].as_str().ok_or("no link")?;
        let browser = Browser::start(&[]);
        browser.open(link);
        browser.click("form button");
        browser.wait_for_path("/shift");
        let origin = link.split("/login").next().unwrap_or_default().to_owned();
        Ok(Self { browser, origin })
    }

    /// Opens the alarm desk with nothing kept from before.
    pub(crate) fn first_view(&self) -> Result<FirstView, Box<dyn Error>> {
        self.browser.cdp("Network.clearBrowserCache", &json!({}));
        self.browser.open(&format!("{}/alarms", self.origin));
        self.browser.find("main table, main .empty");
        let told = self.browser.run(FIRST_VIEW, &Value::Null);
        let figure = |name: &str| told[name].as_f64().ok_or_else(|| format!("no {name} in {told}"));
        Ok(FirstView {
            kilobytes: figure("bytes")? / 1_000.0,
            requests: told["requests"].as_u64().unwrap_or_default(),
            drawn_ms: figure("drawn")?,
        })
    }

    /// Opens the events and notes what is painted from now on, so many rows at most.
    pub(crate) fn watch_events(&self, rows: u64) {
        self.browser.open(&format!("{}/events", self.origin));
        self.browser.find("main [data-seq]");
        // A list under the pointer keeps its rows where they are.
        self.browser.hover_nothing();
        self.browser.run(WATCH, &json!([rows]));
    }

    /// When each row was painted, in milliseconds since 1970, once that of `head` was.
    pub(crate) fn painted_up_to(&self, head: u64, limit: Duration) -> Result<HashMap<u64, f64>, Box<dyn Error>> {
        let began = Instant::now();
        loop {
            let newest = self.browser.run("return window.painted.newest;", &Value::Null);
            if newest.as_u64().is_some_and(|newest| newest >= head) {
                break;
            }
            if began.elapsed() > limit {
                return Err(format!("the newest row is {newest}, the journal's head {head}").into());
            }
        }
        let noted = "const { rows, count } = window.painted; return [...rows.subarray(0, 2 * count)];";
        let rows = self.browser.run(noted, &Value::Null);
        let mut painted = HashMap::new();
        for row in rows.as_array().map(Vec::as_slice).unwrap_or_default().chunks_exact(2) {
            if let (Some(seq), Some(at)) = (row[0].as_f64(), row[1].as_f64()) {
                painted.entry(seq as u64).or_insert(at);
            }
        }
        Ok(painted)
    }

    /// What the page's objects take after a collection, in megabytes.
    pub(crate) fn heap_megabytes(&self) -> f64 {
        self.browser.cdp("HeapProfiler.collectGarbage", &json!({}));
        let used = self.browser.cdp("Runtime.getHeapUsage", &json!({}));
        used["usedSize"].as_f64().unwrap_or_default() / 1e6
    }

    /// Times between frames while the map is dragged, and when it was drawn, in milliseconds.
    pub(crate) fn pan_map(&self) -> Result<(Rounds, f64), Box<dyn Error>> {
        let began = Instant::now();
        self.browser.open(&format!("{}/map", self.origin));
        self.browser.find(MAP);
        let drawn_ms = began.elapsed().as_secs_f64() * 1_000.0;
        let told = self.browser.run(PAN, &json!([MAP]));
        let mut frames = Rounds::default();
        for frame in told.as_array().ok_or("no frames")?.iter().filter_map(Value::as_f64) {
            frames.add(frame);
        }
        Ok((frames, drawn_ms))
    }
}

/// The time so long from now, as the API reads it.
pub(crate) fn rfc3339_in(span: Duration) -> String {
    let at = rackward::clock::now().wall.after(span);
    chrono::DateTime::from_timestamp_micros(at.as_micros()).map(|at| at.to_rfc3339()).unwrap_or_default()
}
