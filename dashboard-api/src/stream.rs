//! The live stream (`api.md` D.6): every durable entry that a reader wants, once, in order, as server-sent events. An event's
//! id says the entry's time, in microseconds, and its place in the journal; a reader that comes back with it is known to have
//! read this journal and not one that was replaced since. Who is too far behind, or has read another journal, is told to
//! start over and given the state as it is.
//!
//! The journal is the truth, the broadcast only a hint that spares reading it: a reader subscribes first, reads the journal
//! up to its end, then follows the broadcast as long as each event is the next one. A gap, or a reader that was too slow,
//! sends it back to the journal. So nobody misses an entry or sees one twice, and a stalled browser holds no more memory
//! than the broadcast's ring. What an entry looks like on the wire is `wire/event.rs`; which of them a reader wants is
//! `stream/selection.rs`; a reader that takes nothing any more is cut off by `write_limit.rs`.
//!
//! Besides entries the stream tells, without an id, how the journal is and how far receipts are.

mod selection;
mod snapshot;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream;
use rackward_core::engine::query::{JournalHealth, ReceiptSummary};
use rackward_core::id::{Seq, SessionId};
use rackward_core::permission::tells_of_duress;
use rackward_core::{Caller, Site, Stamped, Wall};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::openapi::operation::{HeaderParameter, Part};
use crate::params::{Holds, Parameter, Params};
use crate::receipt_board::MAX_AGE;
use crate::refusal::Refusal;
use crate::serve::Closing;
use crate::sessions::Lease;
use crate::signin::{Asking, SignedIn};
use crate::wire::event::CloudEvent;
use crate::wire::problem::ProblemKind;
use crate::wire::receipt;
use crate::wire::status::journal_word;
use selection::Selection;
#[cfg(test)]
pub(crate) use selection::Topics;
pub(crate) use selection::{Persons, WITHOUT_THE_JOURNAL, without_persons};
pub use selection::{PlacePattern, Topic};

/// After this much silence a comment line says that the line is alive.
const HEARTBEAT_AFTER: Duration = Duration::from_secs(10);

/// How many entries a reader takes from the journal at once: enough to catch up fast, few enough that one reader neither
/// holds much memory nor keeps the store from the next.
const PAGE_ENTRIES: u32 = 256;

/// After this long it is looked how far receipts are, although no entry said that they moved: the end of a list that nobody
/// acknowledged is no entry.
const RECEIPTS_AFTER: Duration = Duration::from_secs(10);

/// How far behind a reader may come back and still be given what it missed; one further behind gets the state instead. It
/// trades what a console reads through after a holiday for how complete its list is.
const RESUME_LIMIT_ENTRIES: u64 = 100_000;

/// One entry as the stream carries it, encoded once for all readers.
#[derive(Debug, Clone)]
pub struct StreamEvent {
    /// Its place in the journal.
    pub seq: Seq,
    /// When the engine settled it.
    pub at: Wall,
    /// Its name, such as `access.denied`.
    pub event_name: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// Path of the place it is about, or the id of the thing where it has no place.
    pub subject: String,
    /// The whole frame: id, event, data and the empty line.
    pub frame: Bytes,
    /// Who is shown no persons is not told that it happened.
    is_withheld: bool,
    /// The frame without what names a person; made when the first reader needs it.
    impersonal: OnceLock<Bytes>,
}

impl StreamEvent {
    /// Encodes an entry.
    pub fn encode(stamped: &Stamped, site: &Site) -> Self {
        let event_name = stamped.entry.event_name();
        let event = CloudEvent::of(stamped, site);
        // JSON escapes every line break inside a text, so the event stays on one line whatever somebody wrote in a reason.
        let json = serde_json::to_vec(&event).unwrap_or_else(|_| b"{}".to_vec());
        let frame = frame(stamped.seq, stamped.at, event_name, &json);
        let (seq, at, topic) = (stamped.seq, stamped.at, Topic::of(event_name));
        let (subject, is_withheld) = (event.subject, tells_of_duress(&stamped.entry));
        Self { seq, at, event_name, topic, subject, frame, is_withheld, impersonal: OnceLock::new() }
    }

    /// The frame for a reader who is not shown persons.
    fn impersonal(&self) -> &Bytes {
        self.impersonal.get_or_init(|| {
            let data = self.frame.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"data: "));
            let mut event = data.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
            without_persons(&mut event);
            frame(self.seq, self.at, self.event_name, event.to_string().as_bytes())
        })
    }
}

fn frame(seq: Seq, at: Wall, event_name: &str, json: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(json.len() + 96);
    frame.put_slice(format!("id: {}-{seq}\nevent: {event_name}\ndata: ", at.as_micros()).as_bytes());
    frame.put_slice(json);
    frame.put_slice(b"\n\n");
    frame.freeze()
}

/// What `GET /api/v1/stream` takes.
pub(crate) const FOLLOW: &[Parameter] = &[
    Parameter::optional("after", Holds::Seq, "Go on after this entry; only what is new if left out"),
    Parameter::optional("topics", Holds::Text, "Topics apart by commas, such as alarms,points; all if left out"),
    Parameter::optional("area", Holds::Text, "Places below this path only, such as lon1/hall-a/*"),
];

/// The header by which a browser goes on where it was cut off.
pub(crate) const LAST_EVENT_ID: HeaderParameter =
    HeaderParameter { name: "Last-Event-ID", words: "Go on after this event; wins over `after`", required: false };

/// `GET /api/v1/stream`
pub(crate) async fn follow(State(api): State<Api>, asking: Asking, request: Request) -> Result<Response, Refusal> {
    let params = Params::declared(request.uri(), FOLLOW)?;
    let returning = params.seq("after")?.map(|seq| Seen { seq, at: None });
    let after = last_event_id(&request)?.or(returning);
    let selection = Selection::asked(&params, &asking.caller)?;
    let reader = Reader::open(api, asking.caller, after, selection, &request);
    let body = Body::from_stream(stream::unfold(reader, async |mut reader| {
        let chunk = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), reader))
    }));
    Ok(([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], body).into_response())
}

impl Part for Request {}

/// The last event that a returning reader has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    seq: Seq,
    /// When the entry there was settled, if the reader knows: it tells journals apart.
    at: Option<Wall>,
}

impl Seen {
    /// Reads an id of ours, or a bare place in the journal.
    fn parse(text: &str) -> Option<Self> {
        // A time before 1970 begins with a minus as well.
        let Some((at, seq)) = text.rsplit_once('-') else { return Some(Self { seq: text.parse().ok()?, at: None }) };
        Some(Self { seq: seq.parse().ok()?, at: Some(Wall::from_micros(at.parse().ok()?)) })
    }
}

/// The id of the last event a returning reader has seen; its header wins over the address, which it cannot change.
fn last_event_id(request: &Request) -> Result<Option<Seen>, Refusal> {
    let Some(header) = request.headers().get("last-event-id") else {
        return Ok(None);
    };
    match header.to_str().ok().and_then(Seen::parse) {
        Some(seen) => Ok(Some(seen)),
        None => {
            let detail = "Last-Event-ID must be the id of an event or a sequence number; leave it out to start now";
            Err(Refusal::new(ProblemKind::Malformed, detail))
        }
    }
}

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was sent yet; this is how the journal was when it asked.
    Opening(JournalHealth),
    /// It is found out whether it has read this journal, and not too long ago.
    Returning,
    /// It has to start over: it read another journal, or is too far behind.
    StartingOver,
    /// It is given the state, one topic after another.
    BeingToldAll,
    /// It reads the journal.
    CatchingUp,
    /// It follows the broadcast.
    Following,
}

/// What a reader does next.
enum Step {
    Send(Bytes),
    Go(Stage),
    End,
}

/// One reader of the stream.
struct Reader {
    api: Api,
    caller: Caller,
    selection: Selection,
    site: Arc<Site>,
    live: broadcast::Receiver<Arc<StreamEvent>>,
    head: watch::Receiver<Seq>,
    lease: Lease,
    /// The session that is used by reading, and when that is noted next.
    session: Option<SessionId>,
    note_use_at: Instant,
    closing: CancellationToken,
    /// Ready when the daemon closes, or the session ends.
    ending: BoxFuture<'static, ()>,
    /// Ready when the journal became well or ill.
    health_news: HealthNews,
    stage: Stage,
    /// The newest entry that was given or passed over.
    last: Seen,
    /// Entries after the last event that was sent were passed over.
    has_passed_over: bool,
    /// What is left to tell of the state.
    untold: Vec<Bytes>,
    /// The receipts as they were told last.
    receipts: Option<ReceiptSummary>,
    /// When they were looked at, and when they are looked at next.
    looked: Instant,
    look_at: Instant,
    /// When the silence has lasted long enough.
    beat_at: Instant,
    /// Wakes at the latest when one of the two moments has come. It may be early: a moment that moved on is found then.
    due: Pin<Box<Sleep>>,
}

/// The next news of the journal's health, `None` where there will be none, and whom to ask for more.
type HealthNews = BoxFuture<'static, (watch::Receiver<JournalHealth>, Option<JournalHealth>)>;

fn news_of(mut health: watch::Receiver<JournalHealth>) -> HealthNews {
    Box::pin(async move {
        let news = health.changed().await.ok().map(|()| *health.borrow_and_update());
        (health, news)
    })
}

/// Waits until the daemon closes, or the session is ended or over.
async fn ended(closing: CancellationToken, lease: Lease) {
    let remaining = lease.remaining().map(|remaining| Instant::now() + remaining);
    tokio::select! {
        () = closing.cancelled() => {}
        () = lease.ended() => {}
        () = until(remaining) => {}
    }
}

impl Reader {
    fn open(api: Api, caller: Caller, after: Option<Seen>, selection: Selection, request: &Request) -> Self {
        // The subscription comes before the look at the head, so that nothing can fall between the two.
        let live = api.backend.live();
        let head = api.backend.head();
        let newest = *head.borrow();
        let signed_in = request.extensions().get::<SignedIn>();
        let lease = signed_in.map_or_else(Lease::over, |signed_in| signed_in.lease.clone());
        let session = signed_in.and_then(|signed_in| signed_in.session);
        let closing = request.extensions().get::<Closing>().map(|closing| closing.0.clone()).unwrap_or_default();
        let mut health = api.backend.journal_health();
        let stage = Stage::Opening(*health.borrow_and_update());
        let now = Instant::now();
        Self {
            site: api.backend.site(),
            api,
            caller,
            selection,
            live,
            head,
            ending: Box::pin(ended(closing.clone(), lease.clone())),
            health_news: news_of(health),
            lease,
            session,
            note_use_at: now + HEARTBEAT_AFTER,
            closing,
            stage,
            last: after.unwrap_or(Seen { seq: newest, at: None }),
            has_passed_over: false,
            untold: Vec::new(),
            receipts: None,
            looked: now,
            look_at: now,
            beat_at: now,
            due: Box::pin(sleep_until(now)),
        }
    }

    /// The next piece of the stream; `None` ends it.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let step = match self.stage {
                Stage::Opening(health) => self.greet(health),
                Stage::Returning => self.recognise().await,
                Stage::StartingOver => self.start_over(),
                Stage::BeingToldAll => self.tell_all().await,
                Stage::CatchingUp => self.read_journal().await,
                Stage::Following => self.follow().await,
            };
            match step {
                Step::Send(chunk) => {
                    let now = Instant::now();
                    self.note_use(now);
                    self.beat_at = now + HEARTBEAT_AFTER;
                    return Some(chunk);
                }
                Step::Go(stage) => self.stage = stage,
                Step::End => return None,
            }
        }
    }

    /// Whoever takes what the stream says is there, however quiet the night; a browser that has stopped reading is not. Not for
    /// every piece, because a thousand readers share the table of sessions.
    fn note_use(&mut self, now: Instant) {
        if let Some(session) = self.session.filter(|_| now >= self.note_use_at) {
            self.api.sessions.touch(session, self.api.backend.now());
            self.note_use_at = now + HEARTBEAT_AFTER;
        }
    }

    fn greet(&mut self, health: JournalHealth) -> Step {
        self.stage = Stage::Returning;
        Step::Send(Bytes::from(format!("retry: 2000\n\n{}", journal_frame(health))))
    }

    /// A reader from another journal (the state directory was replaced, a backup was brought back) cannot go on, nor one that
    /// is so far behind that it would read for minutes.
    async fn recognise(&mut self) -> Step {
        let newest = *self.head.borrow();
        let behind = newest.get().checked_sub(self.last.seq.get());
        let is_known = match (behind, self.last.at) {
            (None, _) => false,
            (Some(behind), _) if behind > RESUME_LIMIT_ENTRIES => false,
            (Some(_), None) => true,
            (Some(_), Some(at)) => match entry_time(&self.api, self.last.seq).await {
                Ok(found) => found == Some(at),
                Err(()) => return Step::End,
            },
        };
        Step::Go(if is_known { Stage::CatchingUp } else { Stage::StartingOver })
    }

    fn start_over(&mut self) -> Step {
        let head = *self.head.borrow();
        self.last = Seen { seq: head, at: None };
        self.stage = Stage::BeingToldAll;
        Step::Send(Bytes::from(format!("event: reset\ndata: {{\"head\":{head}}}\n\n")))
    }

    /// Gives the state as it is, then goes on from the entry that it was told to start at: what happens meanwhile is told
    /// twice rather than not at all.
    async fn tell_all(&mut self) -> Step {
        if self.untold.is_empty() {
            let Ok(pieces) = snapshot::frames(&self.api, self.caller, &self.selection).await else { return Step::End };
            self.untold = pieces;
            self.untold.reverse();
        }
        let Some(piece) = self.untold.pop() else { return Step::Go(Stage::CatchingUp) };
        if self.untold.is_empty() {
            self.stage = Stage::CatchingUp;
        }
        Step::Send(piece)
    }

    async fn read_journal(&mut self) -> Step {
        if self.closing.is_cancelled() || self.lease.is_over() {
            return Step::End;
        }
        if self.last.seq >= *self.head.borrow() {
            return Step::Go(Stage::Following);
        }
        let Ok(entries) = self.api.backend.entries_after(self.last.seq, PAGE_ENTRIES).await else {
            return Step::End;
        };
        if !self.still_counts() {
            return Step::End;
        }
        let mut chunk = BytesMut::new();
        // What is caught up with may have moved receipts, so they are looked at after it.
        self.look_by(Instant::now());
        for stamped in &entries {
            if let Some(frame) = self.pass(&StreamEvent::encode(stamped, &self.site)) {
                chunk.put_slice(&frame);
            }
        }
        match entries.is_empty() {
            false if chunk.is_empty() => Step::Go(Stage::CatchingUp),
            false => Step::Send(chunk.freeze()),
            // The head is ahead of what can be read: rather end, and let the reader come back, than spin.
            true => Step::End,
        }
    }

    /// Goes past the next event; what is sent of it, if it is wanted.
    fn pass(&mut self, event: &StreamEvent) -> Option<Bytes> {
        self.last = Seen { seq: event.seq, at: Some(event.at) };
        let is_wanted = !(event.is_withheld && self.selection.persons == Persons::Hidden)
            && self.selection.topics.has(event.topic)
            && self.selection.area.as_ref().is_none_or(|area| area.fits(&event.subject));
        self.has_passed_over = !is_wanted;
        is_wanted.then(|| match self.selection.persons {
            Persons::Shown => event.frame.clone(),
            Persons::Hidden => event.impersonal().clone(),
        })
    }

    /// Waits for the next entry first: everything else was asked for once and is only looked at again, so that an entry
    /// costs a reader no registration but its own.
    async fn follow(&mut self) -> Step {
        tokio::select! {
            biased;
            event = self.live.recv() => self.take(event),
            () = self.ending.as_mut() => Step::End,
            (health, changed) = self.health_news.as_mut() => {
                self.health_news = news_of(health);
                match changed {
                    Some(now) => Step::Send(Bytes::from(journal_frame(now))),
                    None => Step::End,
                }
            }
            () = self.due.as_mut() => self.on_time().await,
        }
    }

    /// Looks at the receipts at this moment, if not earlier.
    fn look_by(&mut self, moment: Instant) {
        self.look_at = self.look_at.min(moment);
        if self.look_at < self.due.deadline() {
            self.due.as_mut().reset(self.look_at);
        }
    }

    /// The moment has come at which something was due when it was looked last.
    async fn on_time(&mut self) -> Step {
        let now = Instant::now();
        let step = if self.look_at <= now {
            self.look().await
        } else if self.beat_at <= now {
            self.beat()
        } else {
            Step::Go(Stage::Following)
        };
        self.due.as_mut().reset(self.look_at.min(self.beat_at));
        step
    }

    fn take(&mut self, event: Result<Arc<StreamEvent>, RecvError>) -> Step {
        match event {
            // A session that has ended is shown nothing more, not even what came before its end was noticed.
            Ok(_) if self.lease.is_over() => Step::End,
            Ok(event) if is_about_callers(event.event_name) && !self.still_counts() => Step::End,
            Ok(event) if event.seq <= self.last.seq => Step::Go(Stage::Following),
            Ok(event) if event.seq == self.last.seq.next() => {
                if event.topic == Topic::Receipts {
                    self.look_by(self.looked + MAX_AGE);
                }
                self.pass(&event).map_or(Step::Go(Stage::Following), Step::Send)
            }
            Ok(_) | Err(RecvError::Lagged(_)) => Step::Go(Stage::CatchingUp),
            Err(RecvError::Closed) => Step::End,
        }
    }

    /// Whether its caller is still who asked. What takes a right away is durable before the lease is ended, and what comes
    /// after it is for others.
    fn still_counts(&self) -> bool {
        let proofs = self.api.proofs.as_deref();
        proofs.is_none_or(|proofs| {
            self.api.sessions.still_count(&self.caller, self.session, proofs, self.api.backend.now())
        })
    }

    /// Tells how far receipts are, where that is news.
    async fn look(&mut self) -> Step {
        let begun = Instant::now();
        if !self.selection.topics.has(Topic::Receipts) {
            self.look_at = begun + RECEIPTS_AFTER;
            return Step::Go(Stage::Following);
        }
        let found = self.api.board.summary(self.api.backend.as_ref()).await;
        self.looked = Instant::now();
        // What another reader asked for a moment ago may be older than what this one wants to tell.
        self.look_at = match found {
            Some((asked, _)) if asked < begun => asked + MAX_AGE,
            Some(_) | None => self.looked + RECEIPTS_AFTER,
        };
        match found.map(|(_, summary)| summary) {
            Some(summary) if self.receipts != Some(summary) => {
                self.receipts = Some(summary);
                Step::Send(Bytes::from(receipts_frame(&summary, self.api.backend.now().wall)))
            }
            Some(_) | None => Step::Go(Stage::Following),
        }
    }

    /// Silence: says that the line is alive, and looks whether the journal has grown without a word. Where entries were
    /// passed over, an id without data moves the place at which the reader comes back (WHATWG HTML, 9.2.6).
    fn beat(&mut self) -> Step {
        if self.last.seq < *self.head.borrow() {
            return Step::Go(Stage::CatchingUp);
        }
        match (std::mem::take(&mut self.has_passed_over), self.last.at) {
            (true, Some(at)) => {
                Step::Send(Bytes::from(format!(": ping\nid: {}-{}\n\n", at.as_micros(), self.last.seq)))
            }
            (true, None) | (false, _) => Step::Send(Bytes::from_static(b": ping\n\n")),
        }
    }
}

/// Whether an event of this name may have taken somebody's session or token away.
fn is_about_callers(event_name: &str) -> bool {
    event_name.starts_with("operator.") || event_name.starts_with("token.")
}

/// When an entry was settled; `None` where there is none.
async fn entry_time(api: &Api, seq: Seq) -> Result<Option<Wall>, ()> {
    let Some(before) = seq.get().checked_sub(1) else { return Ok(None) };
    let found = api.backend.entries_after(Seq::new(before), 1).await.map_err(drop)?;
    Ok(found.first().filter(|entry| entry.seq == seq).map(|entry| entry.at))
}

/// Waits until `moment`; for ever without one.
pub(crate) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Whether the journal can be written, as an event without an id: it is no entry, because nothing can be written.
fn journal_frame(health: JournalHealth) -> String {
    format!("event: journal\ndata: {{\"journal\":\"{}\"}}\n\n", journal_word(health))
}

/// How far receipts are, as an event without an id: it is no entry, but what entries add up to.
fn receipts_frame(summary: &ReceiptSummary, now: Wall) -> String {
    let told = receipt::ReceiptSummary::of(summary, now);
    format!("event: receipts\ndata: {}\n\n", serde_json::to_string(&told).unwrap_or_else(|_| "{}".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_and_without_the_entrys_time() {
        let check = |text: &str, expect: Option<(u64, Option<i64>)>| {
            let expect = expect.map(|(seq, at)| Seen { seq: Seq::new(seq), at: at.map(Wall::from_micros) });
            assert_eq!(Seen::parse(text), expect, "{text}");
        };
        check("7", Some((7, None)));
        check("1784898202000000-7", Some((7, Some(1_784_898_202_000_000))));
        check("-5-7", Some((7, Some(-5))));
        for wrong in ["", "-", "-7", "7-", "a-7", "7-a", "1-2-3x", "99999999999999999999"] {
            check(wrong, None);
        }
    }
}
