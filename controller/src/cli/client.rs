//! The daemon's API: one connection per request, JSON in both directions, every wait bounded. How it is reached and as whom
//! is `connection.rs`'s; over the local socket the daemon learns it from the socket itself, and nothing secret is sent.
//! Signing in, and proving oneself again where a change asks for it, is `client/sign_in.rs`. The live stream is read in
//! `watch.rs`.

mod sign_in;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::connection::Link;
use super::connection::caller::{AGENT, Caller};
use super::failure::{Exit, Failure};
use super::output::safe;
use super::prompt::Prompting;

/// How long an answer may take. A command waits for the disk, and a sick disk takes its time before it is given up.
const ANSWER_TIMEOUT_S: u64 = 30;
/// The longest answer taken: hundreds of thousands of rows. Beyond it the caller would run out of memory, not of patience.
const MAX_ANSWER_BYTES: usize = 256 << 20;

/// A daemon.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    link: Link,
    caller: Arc<Caller>,
    /// Whether whoever signed in may be asked to prove themselves again.
    prompting: Prompting,
    narration: Narration,
    intent: Intent,
    /// The key of the first change, as the caller chose it or as it was drawn. Further ones are numbered, so that the whole
    /// verb can be repeated under it.
    key: Arc<OnceLock<Key>>,
    /// How many changes were sent.
    changes: Arc<AtomicU32>,
    /// What a rehearsal came to.
    rehearsed: Arc<OnceLock<Value>>,
    /// What waits for a second operator.
    waiting: Arc<OnceLock<Value>>,
}

/// Whether changes are to have an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// They are.
    CarryOut,
    /// Only what would come of the first one is wanted.
    Rehearse,
}

/// The key of a change, under which it is done once at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// The longest key the daemon takes, less what numbers the changes of one verb.
    const MAX_CHARS: usize = 120;

    /// Takes a key as typed.
    ///
    /// # Errors
    /// It is empty, too long or holds what a header cannot.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let plain = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
        let fits = (1..=Self::MAX_CHARS).contains(&text.len()) && text.chars().all(plain);
        let wrong = || format!("a key has 1 to {} plain characters without quotes", Self::MAX_CHARS);
        if fits { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }

    fn draw() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        let no_entropy = |error: getrandom::Error| {
            Failure::new(Exit::Failed, "no-entropy", "no key could be made", error.to_string(), "")
        };
        getrandom::fill(&mut bytes).map_err(no_entropy)?;
        Ok(Self(data_encoding::HEXLOWER.encode(&bytes)))
    }
}

/// Whether requests are told on the error stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narration {
    /// They are not.
    Silent,
    /// One line each: method, path, status. Bodies are not shown, because they may hold a PIN or card number.
    Told,
    /// The same with how long the answer took, how long it is and how the daemon's log names it.
    Whole,
}

/// An answer whose body is still coming, with the connection it comes on.
pub(crate) struct Opened {
    method: Method,
    response: Response<Incoming>,
    /// Drives the connection; dropping it ends it.
    _connection: JoinSet<()>,
}

/// A path of the API with its query, percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(String);

impl Target {
    /// `/api/v1` and these segments below it, each encoded as a whole, so that a name with a slash stays one segment.
    pub(crate) fn new(segments: &[&str]) -> Self {
        Self(segments.iter().fold("/api/v1".to_owned(), |path, segment| path + "/" + &percent(segment)))
    }

    /// The same with one more member in its query.
    pub(crate) fn query(self, name: &str, value: &str) -> Self {
        let mark = if self.0.contains('?') { '&' } else { '?' };
        Self(format!("{}{mark}{name}={}", self.0, percent(value)))
    }

    /// What a change of this target rests on: the person, schedule, alarm and so on that it is about; `None` for what is
    /// not looked at first. Which that is, the API itself says.
    fn resource(&self, method: &Method) -> Option<Self> {
        let path = self.0.split('?').next()?;
        rackward_dashboard::seen_first(method, path).map(|path| Self(path.to_owned()))
    }

    /// The same with one more member in its query, if there is a value for it.
    pub(crate) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }
}

/// Whether nothing was done yet, because it waits for a second operator.
fn waits<T>(response: &Response<T>) -> bool {
    let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    response.status() == hyper::StatusCode::ACCEPTED && place.is_some_and(|place| place.contains("/proposals/"))
}

/// Percent-encodes everything but the unreserved characters (RFC 3986, 2.3).
pub(crate) fn percent(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
        encoded
    })
}

impl Client {
    /// The daemon at `socket`; nothing is sent yet.
    pub(crate) fn new(socket: PathBuf, narration: Narration) -> Self {
        let (key, changes, rehearsed, waiting) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let (link, caller) = (Link::Socket(socket), Arc::new(Caller::Unnamed));
        let (prompting, intent) = (Prompting::Forbidden, Intent::CarryOut);
        Self { link, caller, prompting, narration, intent, key, changes, rehearsed, waiting }
    }

    /// The daemon at the end of `link`, asked as `caller`.
    pub(crate) fn at(link: Link, caller: Caller, prompting: Prompting, narration: Narration) -> Self {
        Self { link, caller: Arc::new(caller), prompting, ..Self::new(PathBuf::new(), narration) }
    }

    /// The same, with changes meant like this and the first one under this key.
    pub(crate) fn with(self, intent: Intent, key: Option<Key>) -> Self {
        let key = Arc::new(key.map(OnceLock::from).unwrap_or_default());
        Self { intent, key, ..self }
    }

    /// The same for trying something out on the way: what comes of it is told to whoever asks, and to nobody else.
    pub(crate) fn rehearsing(&self) -> Self {
        let (changes, rehearsed) = (Arc::default(), Arc::default());
        Self { intent: Intent::Rehearse, key: Arc::default(), changes, rehearsed, ..self.clone() }
    }

    /// Whether changes are to have an effect.
    pub(crate) const fn intent(&self) -> Intent {
        self.intent
    }

    /// Where the daemon is, as people read it.
    pub(crate) fn place(&self) -> String {
        self.link.to_string()
    }

    /// What a rehearsal came to, if there was one.
    pub(crate) fn rehearsed(&self) -> Option<Value> {
        self.rehearsed.get().cloned()
    }

    /// What waits for a second operator, if something does.
    pub(crate) fn waiting(&self) -> Option<Value> {
        self.waiting.get().cloned()
    }

    /// Reads.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn get(&self, target: &Target) -> Result<Value, Failure> {
        let opened = self.send(Method::GET, target, &[], Bytes::new()).await?;
        self.whole(opened).await
    }

    /// Reads, letting the daemon wait up to so many seconds for a better answer (`Prefer: wait`, RFC 7240 clause 4.3).
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn get_patiently(&self, target: &Target, seconds: u128) -> Result<Value, Failure> {
        let prefer = format!("wait={seconds}");
        let opened = self.send(Method::GET, target, &[("prefer", &prefer)], Bytes::new()).await?;
        self.whole(opened).await
    }

    /// Reads what is no JSON, such as a calendar file.
    ///
    /// # Errors
    /// The daemon does not answer, says no, or answers something that is no text.
    pub(crate) async fn get_text(&self, target: &Target) -> Result<String, Failure> {
        let opened = self.send(Method::GET, target, &[], Bytes::new()).await?;
        let body = self.bytes(opened).await?;
        String::from_utf8(body.into()).map_err(|_| self.unreachable("the answer is no text"))
    }

    /// Reads what is no text, such as a picture or an archive.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn get_bytes(&self, target: &Target) -> Result<Bytes, Failure> {
        let opened = self.send(Method::GET, target, &[], Bytes::new()).await?;
        self.bytes(opened).await
    }

    /// Puts what is no JSON at a place.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn put_text(&self, target: &Target, media_type: &str, body: String) -> Result<Value, Failure> {
        self.put_bytes(target, media_type, body.into()).await
    }

    /// The same for bytes.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn put_bytes(&self, target: &Target, media_type: &str, body: Bytes) -> Result<Value, Failure> {
        self.alter(Method::PUT, target, media_type, body).await
    }

    /// Reads what may be long, such as an export; its body is still to come.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn fetch(&self, target: &Target) -> Result<Opened, Failure> {
        let opened = self.send(Method::GET, target, &[], Bytes::new()).await?;
        if opened.response.status().is_success() {
            return Ok(opened);
        }
        self.whole(opened).await.and(Err(self.unreachable("the answer was refused")))
    }

    /// Asks for something whose answer goes on.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn open(&self, method: Method, target: &Target, body: &impl Serialize) -> Result<Opened, Failure> {
        if self.intent == Intent::Rehearse {
            return Err(self
                .change(method, target, body)
                .await
                .err()
                .unwrap_or_else(|| self.unreachable("no rehearsal")));
        }
        let body = serde_json::to_vec(body).map_err(|error| Failure::usage("the input", &error))?;
        let headers = [(header::CONTENT_TYPE.as_str(), "application/json")];
        let opened = self.send(method, target, &headers, body.into()).await?;
        if opened.response.status().is_success() && !waits(&opened.response) {
            return Ok(opened);
        }
        self.whole(opened).await.and(Err(self.unreachable("the answer was refused")))
    }

    /// Asks a question that is too long for an address. Nothing is changed by it, whatever is wanted of changes.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn question(&self, target: &Target, body: &impl Serialize) -> Result<Value, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::usage("the input", &error))?;
        let headers = [(header::CONTENT_TYPE.as_str(), "application/json")];
        self.whole(self.send(Method::POST, target, &headers, body.into()).await?).await
    }

    /// Changes something: `method` is POST, PUT or DELETE.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn change(
        &self,
        method: Method,
        target: &Target,
        body: &impl Serialize,
    ) -> Result<Value, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::usage("the input", &error))?;
        self.alter(method, target, "application/json", body.into()).await
    }

    /// Changes something as it stands now, once. What would come of it is told like a refusal, so that the verb goes no
    /// further, and kept for [`Self::rehearsed`].
    async fn alter(&self, method: Method, target: &Target, media_type: &str, body: Bytes) -> Result<Value, Failure> {
        let revision = match target.resource(&method) {
            Some(resource) => self.revision(&resource).await?,
            None => None,
        };
        self.alter_on(method, target, revision, media_type, body).await
    }

    /// Changes something as it stood when somebody saw it: only its own revision is in force, whoever else is faster.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn change_seen(
        &self,
        method: Method,
        target: &Target,
        revision: u64,
        body: &impl Serialize,
    ) -> Result<Value, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::usage("the input", &error))?;
        let revision = Some((header::IF_MATCH.as_str(), format!("\"{revision}\"")));
        self.alter_on(method, target, revision, "application/json", body.into()).await
    }

    async fn alter_on(
        &self,
        method: Method,
        target: &Target,
        revision: Option<(&'static str, String)>,
        media_type: &str,
        body: Bytes,
    ) -> Result<Value, Failure> {
        let key = if method == Method::POST { Some(self.next_key()?) } else { None };
        let mut headers = vec![(header::CONTENT_TYPE.as_str(), media_type)];
        headers.extend(revision.as_ref().map(|(name, value)| (*name, value.as_str())));
        let quoted = key.as_ref().map(|key| format!("\"{}\"", key.0));
        headers.extend(quoted.as_deref().map(|key| ("idempotency-key", key)));
        if self.intent == Intent::CarryOut {
            let done = async { self.whole(self.send(method, target, &headers, body).await?).await };
            return done.await.map_err(|failure| match self.key.get().filter(|_| key.is_some()) {
                Some(Key(first)) => failure.repeatable(first),
                None => failure,
            });
        }
        let opened = self.send(method, &target.clone().query("dry_run", "true"), &headers, body).await?;
        // What would wait for a second operator does not wait.
        let would = self.answer(opened).await?;
        // Only the first change is rehearsed: what comes after it would rest on what was not done.
        let _ = self.rehearsed.set(would);
        Err(Failure::new(Exit::Done, "rehearsed", "nothing was done", "this was a rehearsal", ""))
    }

    /// Which state of a thing is in force, as a header for its change.
    async fn revision(&self, resource: &Target) -> Result<Option<(&'static str, String)>, Failure> {
        let opened = self.send(Method::HEAD, resource, &[], Bytes::new()).await?;
        if opened.response.status() == hyper::StatusCode::NOT_FOUND {
            return Ok(Some((header::IF_NONE_MATCH.as_str(), "*".to_owned())));
        }
        let tag = opened.response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        Ok(tag.map(|tag| (header::IF_MATCH.as_str(), tag.to_owned())))
    }

    fn next_key(&self) -> Result<Key, Failure> {
        let first = match self.key.get() {
            Some(key) => key,
            None => {
                let drawn = Key::draw()?;
                self.key.get_or_init(|| drawn)
            }
        };
        Ok(match self.changes.fetch_add(1, Ordering::Relaxed) {
            0 => first.clone(),
            number => Key(format!("{} {}", first.0, number + 1)),
        })
    }

    /// Opens the live stream.
    ///
    /// # Errors
    /// The daemon does not answer, or says no.
    pub(crate) async fn stream(&self, target: &Target, last_id: Option<&str>) -> Result<Opened, Failure> {
        let resume = last_id.map(|id| ("last-event-id", id));
        let headers: Vec<_> = std::iter::once(("accept", "text/event-stream")).chain(resume).collect();
        let opened = self.send(Method::GET, target, &headers, Bytes::new()).await?;
        if opened.response.status().is_success() {
            return Ok(opened);
        }
        self.whole(opened).await.and(Err(self.unreachable("the stream was refused")))
    }

    /// Something went wrong between the daemon and here.
    pub(crate) fn unreachable(&self, cause: impl std::fmt::Display) -> Failure {
        self.link.unreachable(&cause)
    }

    /// A request went out and no answer came: what it was to change may be changed or not.
    fn unanswered(&self, method: &Method, cause: &dyn std::fmt::Display) -> Failure {
        if *method == Method::GET || *method == Method::HEAD {
            return self.unreachable(cause);
        }
        let detail = format!("{}: {cause}", self.link);
        let help = "whether this was done is not known; look before you try again";
        Failure::new(Exit::Unreachable, "unanswered", "the daemon did not answer", detail, help)
    }

    /// Sends a request. One that is refused because a session's cookie was changed by another run of this program goes out
    /// once more with the new one, and so does one that takes a fresh proof, once that was given.
    async fn send(
        &self,
        method: Method,
        target: &Target,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Opened, Failure> {
        // In boxes, because whoever waits for a verb would else hold the room of every attempt at once.
        let attempt = || Box::pin(self.send_once(method.clone(), target, headers, body.clone()));
        let mut opened = attempt().await?;
        if opened.response.status() == StatusCode::UNAUTHORIZED && self.caller.look_again() {
            opened = attempt().await?;
        }
        // An answer to HEAD has no body to say why; the change that it is asked for says it.
        let is_refused = opened.response.status() == StatusCode::FORBIDDEN && method != Method::HEAD;
        if !is_refused || !self.may_prove() {
            return Ok(opened);
        }
        let refused = match Box::pin(self.bytes(opened)).await {
            Ok(_) => self.unreachable("it refused without saying why"),
            Err(refused) => refused,
        };
        if !refused.is("step-up-required") {
            return Err(refused);
        }
        Box::pin(self.prove(&refused)).await?;
        attempt().await
    }

    async fn send_once(
        &self,
        method: Method,
        target: &Target,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Opened, Failure> {
        let mut request = Request::builder().method(method.clone()).uri(&target.0);
        request = request.header(header::HOST, self.link.host()).header(header::USER_AGENT, AGENT);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((name, value)) = self.caller.header() {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|error| Failure::usage("the input", &error))?;
        let began = Instant::now();
        let (mut sender, connection) = self.link.open().await?;
        let answer = timeout(Duration::from_secs(ANSWER_TIMEOUT_S), sender.send_request(request)).await;
        let response = answer
            .map_err(|_| self.unanswered(&method, &format_args!("no answer within {ANSWER_TIMEOUT_S} s")))?
            .map_err(|error| self.unanswered(&method, &error))?;
        self.narrate(&method, target, &response, began.elapsed());
        if let Err(failure) = self.caller.learn(response.headers()) {
            // What was asked for was answered all the same.
            eprintln!("{}", failure.text());
        }
        Ok(Opened { method, response, _connection: connection })
    }

    fn narrate(&self, method: &Method, target: &Target, response: &Response<Incoming>, took: Duration) {
        let line = format!("{method} {} {}", target.0, response.status().as_u16());
        match self.narration {
            Narration::Silent => {}
            Narration::Told => eprintln!("{line}"),
            Narration::Whole => {
                let told = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
                let (bytes, tag) = (told("content-length").unwrap_or("-"), told("etag").unwrap_or("-"));
                let trace = told("traceparent").unwrap_or("-");
                let took_ms = took.as_millis();
                eprintln!(
                    "debug: {}",
                    safe(&format!("{line} after {took_ms} ms, {bytes} bytes, revision {tag}, trace {trace}"))
                );
            }
        }
    }

    /// The whole body as JSON, when the status says that it was done. What waits for a second operator is told like a
    /// refusal, so that the verb goes no further, and kept for [`Self::waiting`].
    async fn whole(&self, opened: Opened) -> Result<Value, Failure> {
        let waits = waits(&opened.response);
        let answer = self.answer(opened).await?;
        if !waits {
            return Ok(answer);
        }
        let _ = self.waiting.set(answer);
        Err(Failure::new(Exit::Waiting, "waiting", "nothing was done", "this waits for a second operator", ""))
    }

    async fn answer(&self, opened: Opened) -> Result<Value, Failure> {
        let method = opened.method.clone();
        let body = self.bytes(opened).await?;
        if body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let no_json =
            |error: serde_json::Error| self.unanswered(&method, &format_args!("the answer is no JSON: {error}"));
        serde_json::from_slice(&body).map_err(no_json)
    }

    /// The whole body, when the status says that it was done. A refusal stays one though its reasons are lost on the way.
    async fn bytes(&self, opened: Opened) -> Result<Bytes, Failure> {
        let (method, status) = (opened.method, opened.response.status());
        let body = Limited::new(opened.response.into_body(), MAX_ANSWER_BYTES);
        let body = match timeout(Duration::from_secs(ANSWER_TIMEOUT_S), body.collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) | Err(_) if status.is_client_error() => Bytes::new(),
            Ok(Err(error)) => return Err(self.unanswered(&method, &error)),
            Err(_) => {
                return Err(self.unanswered(&method, &format_args!("no whole answer within {ANSWER_TIMEOUT_S} s")));
            }
        };
        if status.is_success() { Ok(body) } else { Err(self.advised(Failure::answered(status.as_u16(), &body))) }
    }
}

impl Opened {
    /// The next bytes of the body; `None` at its end.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn bytes(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.response.body_mut().frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_rests_on() {
        let check = |method: Method, segments: &[&str], expect: Option<&str>| {
            let resource = Target::new(segments).query("dry_run", "true").resource(&method);
            assert_eq!(resource, expect.map(|path| Target(path.to_owned())), "{segments:?}");
        };
        check(Method::PUT, &["people", "p-1", "details"], Some("/api/v1/people/p-1"));
        check(Method::PUT, &["operators", "guard"], Some("/api/v1/operators/guard"));
        check(Method::PUT, &["schedules", "Office hours", "ical"], Some("/api/v1/schedules/Office%20hours"));
        check(Method::POST, &["alarms", "alm-1", "acknowledge"], Some("/api/v1/alarms/alm-1"));
        check(Method::PUT, &["firmware"], None);
        check(Method::POST, &["devices", "dev-1", "job"], None);
        check(Method::POST, &["grants", "g-1", "revoke"], None);
    }

    #[test]
    fn keys_are_plain() {
        let check = |text: &str, fits: bool| assert_eq!(Key::parse(text).is_ok(), fits, "{text}");
        check("01K0X3V7C1M8Q2", true);
        check("", false);
        check("a\"b", false);
        check("a\\b", false);
        check("\u{e9}", false);
        check(&"k".repeat(121), false);
        assert_ne!(Key::draw().unwrap(), Key::draw().unwrap());
    }

    #[test]
    fn targets_encode_what_people_type() {
        let check = |target: Target, expect: &str| assert_eq!(target, Target(expect.to_owned()));
        check(Target::new(&["doors"]), "/api/v1/doors");
        check(Target::new(&["people", "Zoë a/b", "pin"]), "/api/v1/people/Zo%C3%AB%20a%2Fb/pin");
        check(Target::new(&["grants"]).maybe("person", None), "/api/v1/grants");
        check(
            Target::new(&["explain"]).query("person", "p-1").query("at", "2026-07-24T12:00:00+01:00"),
            "/api/v1/explain?person=p-1&at=2026-07-24T12%3A00%3A00%2B01%3A00",
        );
    }
}
