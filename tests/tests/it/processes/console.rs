//! The console in a real browser, at a real daemon over simulated hardware: what an operator sees and does there, by the pages
//! themselves. How alarms are answered is in `answering`, what a broken line does in `line`, what is said of orders in `orders`,
//! what holds for every screen in `screens`, how things look in `seen`, a muster without network in `tablet`.

mod answering;
mod line;
mod orders;
mod screens;
mod seen;
mod tablet;

use rackward_tests::browser::{Browser, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::demo::Demo;
use super::http::Api;
use super::program::Said;
use super::site::cli;

/// Whoever is at the desk.
const OPERATOR: &str = "m.rossi";

/// A demo whose people stand still, with operators, and a browser at its console.
struct Desk {
    // The browser goes first, so that it never looks at a console that is gone.
    browser: Browser,
    demo: Demo,
    /// Where the browser finds the console.
    origin: String,
    dir: TempDir,
}

impl Desk {
    #[track_caller]
    fn open() -> Self {
        Self::open_with(&Settings { notes: true, ..Settings::default() }, |_| ())
    }

    /// The same with another browser, which is prepared before it opens anything.
    #[track_caller]
    fn open_with(settings: &Settings<'_>, prepare: impl FnOnce(&Browser)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let demo = Demo::start(dir.path(), &["--still"]);
        let browser = Browser::start_with(settings);
        prepare(&browser);
        let desk = Self { browser, origin: demo.http.clone(), demo, dir };
        desk.cli(&["operator", "create", "boss", "--role", "admin"]).json();
        desk.cli(&["operator", "create", OPERATOR, "--role", "security-supervisor"]).json();
        desk
    }

    fn cli(&self, args: &[&str]) -> Said {
        cli(self.dir.path(), &[args, &["-o", "json"]].concat())
    }

    /// A sign-in link's secret for an operator.
    #[track_caller]
    fn token(&self, operator: &str) -> String {
        let link = self.cli(&["console", "login", "--operator", operator]).json();
        link["login"].as_str().unwrap().split_once("token=").unwrap().1.to_owned()
    }

    /// Signs the operator in at the browser and goes to an address.
    #[track_caller]
    fn sign_in(&self, address: &str) {
        self.browser.open(&format!("{}/login?token={}", self.origin, self.token(OPERATOR)));
        self.browser.click("form[action='/login'] button");
        self.browser.wait_for_path("/shift");
        self.go(address);
    }

    #[track_caller]
    fn go(&self, address: &str) {
        self.browser.open(&format!("{}{address}", self.origin));
        self.live();
    }

    /// Waits until the page follows the stream.
    #[track_caller]
    fn live(&self) {
        self.browser.find("#bar .link[data-state=live]");
    }

    /// Another operator, who asks by the API with a session of their own.
    #[track_caller]
    fn another(&self, operator: &str) -> Api {
        let stranger = Api::console(&self.demo.http);
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let signed_in = stranger.send("POST", "/login", form, &format!("token={}", self.token(operator)));
        let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Api::Console { address: self.demo.http.strip_prefix("http://").unwrap().to_owned(), cookie: Some(cookie) }
    }

    /// The alarm of this kind at this place, once there is one.
    #[track_caller]
    fn alarm(&self, kind: &str, place: &str) -> Value {
        let found = self.browser.until(|| {
            let alarms = self.demo.api.whole_list("/api/v1/alarms");
            let at = |alarm: &&Value| {
                ["source", "door"].iter().any(|of| alarm[of].as_str().is_some_and(|it| it.ends_with(place)))
            };
            alarms.as_array()?.iter().filter(|alarm| alarm["kind"] == kind).find(at).cloned()
        });
        found.unwrap_or_else(|| panic!("no {kind} at {place}"))
    }

    /// Forces a door open and gives its alarm.
    #[track_caller]
    fn force(&self, door: &str) -> Value {
        self.demo.hands.act("force", &[door]);
        self.alarm("door_forced_open", door)
    }

    /// How often the journal has this text in what it says of events.
    fn told(&self, text: &str) -> usize {
        let events = self.demo.api.whole_list("/api/v1/events");
        events.as_array().unwrap().iter().filter(|event| event["data"].to_string().contains(text)).count()
    }

    /// What a script of the page's gives.
    #[track_caller]
    fn ask(&self, script: &str) -> Value {
        self.browser.run(script, &Value::Null)
    }

    #[track_caller]
    fn close(self) {
        let Self { browser, demo, .. } = self;
        drop(browser);
        demo.program.interrupt();
    }
}

/// The row of an alarm.
fn row(alarm: &Value) -> String {
    format!("tr[data-id='{}']", id(alarm))
}

fn id(alarm: &Value) -> &str {
    alarm["id"].as_str().unwrap()
}

/// Follows the page's own stream: `window.heard` has the number of every entry that it hands on.
const LISTEN: &str = "const main = document.querySelector('script[type=module]').src;
    const { stream } = await import(main.replace('main.js', 'stream.js'));
    window.heard = []; window.pageStream = stream; stream.on('*', (event) => { if (event.id) window.heard.push(event.seq); });
    return stream.head();";

/// Waits until a script of the page's gives `true`.
#[track_caller]
fn eventually(browser: &Browser, what: &str, script: &str) {
    let found = browser.until(|| (browser.run(script, &Value::Null) == json!(true)).then_some(()));
    assert!(found.is_some(), "{what}: {}", browser.text("body"));
}
