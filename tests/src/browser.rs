//! A real browser, Chromium without a window, spoken to by WebDriver (W3C WebDriver Level 2) with the virtual authenticator of
//! Web Authentication (Level 3, clause 11). It has a profile of its own in a temporary directory and ends with the value,
//! by its process's number; a test that fails leaves a picture of what it saw. It knows nothing of the daemon.
//!
//! There is no waiting by the clock here: whatever is looked for is looked for until it is there, as a person would, and
//! patience has one bound.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a browser says what went wrong by failing the test"
)]

mod act;
mod noted;
mod wire;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use ring::digest::{SHA256, digest};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use x509_parser::pem::parse_x509_pem;

pub use act::Key;
pub use noted::Asked;
use wire::Wire;
pub use wire::WireError;

/// Nothing that is looked for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// How many drivers may find their port taken, one after the other.
const DRIVER_TRIES: usize = 5;

/// How a browser names an element in JSON (WebDriver, clause 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    wire: Wire,
    session: String,
    driver: Child,
    /// The browser itself, which its driver has started.
    pid: Option<Pid>,
    pictures: PathBuf,
    /// Goes last, when nobody writes into it any more.
    _profile: TempDir,
}

/// What a browser does beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'s> {
    /// The keys that it trusts ([`key_digest`]) besides those of the public web.
    pub trusted: &'s [&'s str],
    /// More arguments of its command line.
    pub arguments: &'s [&'s str],
    /// Whether it notes what it asks for, and what goes wrong on its pages.
    pub notes: bool,
}

/// Something on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element(String);

/// A security key that the browser believes is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator(String);

/// Whether whoever holds the key shows that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// They do: a finger, a PIN.
    Verified,
    /// They do not.
    NotVerified,
}

/// The digest by which a browser can be told to trust whoever shows a certificate of this authority (PEM) beside their own.
///
/// # Panics
/// It is no certificate.
pub fn key_digest(authority: &[u8]) -> String {
    let (_, pem) = parse_x509_pem(authority).unwrap();
    let certificate = pem.parse_x509().unwrap();
    BASE64.encode(digest(&SHA256, certificate.public_key().raw).as_ref())
}

impl Browser {
    /// Starts one that trusts these keys ([`key_digest`]) besides those of the public web.
    ///
    /// # Panics
    /// Chromium or its driver is missing, or does not start.
    pub fn start(trusted: &[&str]) -> Self {
        Self::start_with(&Settings { trusted, ..Settings::default() })
    }

    /// Starts one with these settings.
    ///
    /// # Panics
    /// Chromium or its driver is missing, or does not start.
    pub fn start_with(settings: &Settings<'_>) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (driver, port) = start_driver(profile.path());
        let wire = Wire::to(port);
        let mut arguments = vec![
            "--headless=new".to_owned(),
            // As root there is no sandbox, and the pages are our own.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", profile.path().join("profile").display()),
        ];
        arguments.extend(settings.arguments.iter().map(|argument| (*argument).to_owned()));
        if !settings.trusted.is_empty() {
            arguments.push(format!("--ignore-certificate-errors-spki-list={}", settings.trusted.join(",")));
        }
        let mut capabilities = json!({
            "browserName": "chrome", "goog:chromeOptions": { "args": arguments },
            "webauthn:virtualAuthenticators": true,
        });
        if settings.notes {
            capabilities["goog:loggingPrefs"] = json!({ "performance": "ALL", "browser": "ALL" });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let begun = wire.post("/session", &wanted).unwrap_or_else(|error| panic!("no browser: {error}"));
        let session = begun["sessionId"].as_str().unwrap().to_owned();
        let pid =
            begun["capabilities"]["goog:processID"].as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        Self { wire, session, driver, pid, pictures: pictures(), _profile: profile }
    }

    /// Opens a page and waits until it is loaded.
    #[track_caller]
    pub fn open(&self, address: &str) {
        self.post("/url", &json!({ "url": address }));
    }

    /// The address of the page.
    #[track_caller]
    pub fn address(&self) -> String {
        self.get("/url").as_str().unwrap().to_owned()
    }

    /// Waits until the page is at a path.
    #[track_caller]
    pub fn wait_for_path(&self, path: &str) {
        let found = self.until(|| {
            let address = self.address();
            let there = address.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
            there.filter(|(_, rest)| format!("/{rest}") == path).map(|_| ())
        });
        assert!(found.is_some(), "the page is {}, not at {path}", self.address());
    }

    /// Waits until there is an element that this CSS selector finds and that is shown.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element {
        let found = self.until(|| self.find_now(selector));
        found.unwrap_or_else(|| panic!("nothing on {} fits {selector}", self.address()))
    }

    /// The first element that is shown now and fits, if any.
    pub fn find_now(&self, selector: &str) -> Option<Element> {
        let path = format!("/session/{}/elements", self.session);
        let found = self.wire.post(&path, &json!({ "using": "css selector", "value": selector })).ok()?;
        let ids = found.as_array()?.iter().filter_map(|one| Some(Element(one[ELEMENT].as_str()?.to_owned())));
        ids.into_iter().find(|element| self.is_shown(element))
    }

    /// How many elements fit, shown or not.
    #[track_caller]
    pub fn count(&self, selector: &str) -> usize {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": selector }));
        found.as_array().unwrap().len()
    }

    fn is_shown(&self, element: &Element) -> bool {
        let path = format!("/session/{}/element/{}/displayed", self.session, element.0);
        // One that has gone meanwhile is not shown.
        self.wire.get(&path).is_ok_and(|shown| shown == json!(true))
    }

    /// Clicks the element that fits; one that was drawn anew since it was found is looked for again.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let clicked = self.until(|| {
            let path = format!("/session/{}/element/{}/click", self.session, self.find(selector).0);
            match self.wire.post(&path, &json!({})) {
                Err(WireError::Refused { error, .. }) if error == "stale element reference" => None,
                done => Some(done),
            }
        });
        let done = clicked.unwrap_or_else(|| panic!("{selector} is drawn anew all the time"));
        done.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Types into the element that fits.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{}/clear", element.0), &json!({}));
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// The text that is shown of the element that fits.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let element = self.find(selector);
        self.get(&format!("/element/{}/text", element.0)).as_str().unwrap().to_owned()
    }

    /// Runs a script in the page, as the body of an async function, and gives what it returns.
    #[track_caller]
    pub fn run(&self, script: &str, arguments: &Value) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then((value) => \
             done({{ value: value ?? null }}), (error) => done({{ error: String(error) }}));"
        );
        let given = match arguments {
            Value::Array(given) => given.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let came = self.post("/execute/async", &json!({ "script": script, "args": given }));
        assert!(came.get("error").is_none(), "the script failed: {}", came["error"]);
        came["value"].clone()
    }

    /// Asks the browser itself, by the protocol of its own developer tools.
    #[track_caller]
    pub fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Gives the browser a security key that is part of the device, keeps passkeys and knows its holder.
    #[track_caller]
    pub fn add_authenticator(&self, holder: Holder) -> Authenticator {
        let settings = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": holder == Holder::Verified,
        });
        Authenticator(self.post("/webauthn/authenticator", &settings).as_str().unwrap().to_owned())
    }

    /// Says whether whoever holds the key shows from now on that it is theirs.
    #[track_caller]
    pub fn set_holder(&self, key: &Authenticator, holder: Holder) {
        let verified = json!({ "isUserVerified": holder == Holder::Verified });
        self.post(&format!("/webauthn/authenticator/{}/uv", key.0), &verified);
    }

    /// The passkeys that a key keeps (`credentialId`, `rpId`, `signCount` and others each).
    #[track_caller]
    pub fn passkeys(&self, key: &Authenticator) -> Vec<Value> {
        self.get(&format!("/webauthn/authenticator/{}/credentials", key.0)).as_array().unwrap().clone()
    }

    /// Forgets every cookie of the page's site.
    #[track_caller]
    pub fn forget_cookies(&self) {
        let path = format!("/session/{}/cookie", self.session);
        self.wire.delete(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Puts a picture of the window beside the build's output, and says where.
    pub fn picture(&self, name: &str) -> Result<PathBuf, WireError> {
        let taken = self.wire.get(&format!("/session/{}/screenshot", self.session))?;
        let png = BASE64.decode(taken.as_str().unwrap_or_default().as_bytes()).map_err(|_| WireError::Unreadable)?;
        std::fs::create_dir_all(&self.pictures)?;
        let path = self.pictures.join(format!("{name}.png"));
        std::fs::write(&path, png)?;
        Ok(path)
    }

    /// Looks again and again until something is found, or patience ends. Each look is a question to the browser, which takes
    /// its time to answer.
    pub fn until<T>(&self, look: impl Fn() -> Option<T>) -> Option<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return Some(found);
            }
            if Instant::now() >= end {
                return None;
            }
        }
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        let path = format!("/session/{}{path}", self.session);
        self.wire.get(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        self.wire.post(&path, body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
            match self.picture(&format!("{name}-{}", self.driver.id())) {
                Ok(path) => eprintln!("--- what the browser showed at {:?}: {}", self.wire_address(), path.display()),
                Err(error) => eprintln!("--- no picture of the browser: {error}"),
            }
        }
        // It ends in good order if it can, and in any case.
        let _ = self.wire.delete(&format!("/session/{}", self.session));
        if let Some(pid) = self.pid.filter(|pid| test_kill_process(*pid).is_ok()) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    fn wire_address(&self) -> Option<String> {
        Some(self.wire.get(&format!("/session/{}/url", self.session)).ok()?.as_str()?.to_owned())
    }
}

/// The driver, which chooses its port itself and keeps everything it writes in the profile's directory.
fn driver_command(home: &Path) -> Command {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").arg(format!("--log-path={}", home.join("driver.log").display()));
    command.env("HOME", home).env("TMPDIR", home).env_remove("DISPLAY");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// A driver that listens, and where. It looks for a port that is free for both kinds of address, and gives up where somebody
/// else was given it meanwhile; then another one looks.
fn start_driver(home: &Path) -> (Child, u16) {
    let mut said = String::new();
    for _ in 0..DRIVER_TRIES {
        let mut driver = driver_command(home).spawn().unwrap_or_else(|error| {
            panic!(
                "chromedriver does not start: {error}; install chromium and chromium-driver, as scripts/test.sh does"
            )
        });
        match port_of(&mut driver) {
            Ok(port) => return (driver, port),
            Err(why) => said = why,
        }
        let _ = driver.wait();
    }
    panic!("chromedriver says no port:{said}")
}

/// The port on which a driver says that it listens, or what it says instead.
fn port_of(driver: &mut Child) -> Result<u16, String> {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = String::new();
    while let Some(line) = lines.next() {
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            let port = rest.trim_end_matches('.').parse().unwrap();
            // Whatever it says later is taken from it, so that it never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(port);
        }
        said = format!("{said}\n{line}");
    }
    Err(said)
}

/// Beside the program that runs, which is in the build's output.
fn pictures() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).map_or_else(|| PathBuf::from("pictures"), |target| target.join("pictures"))
}
