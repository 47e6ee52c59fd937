//! The live stream (`api.md` D.6): every durable entry, once, in order, as server-sent events whose id is the sequence.
//!
//! The journal is the truth, the broadcast only a hint that spares reading it: a reader subscribes first, reads the journal
//! up to its end, then follows the broadcast as long as each event is the next one. A gap, or a reader that was too slow,
//! sends it back to the journal. So nobody misses an entry or sees one twice, and a stalled browser holds no more memory
//! than the broadcast's ring. What an entry looks like on the wire is `wire/event.rs`.
//!
//! Besides entries the stream tells, without an id, how the journal is and how far receipts are.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use rackward_core::engine::query::{JournalHealth, ReceiptSummary};
use rackward_core::id::Seq;
use rackward_core::{Site, Stamped, Wall};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::{Api, whole_site};
use crate::backend::Backend;
use crate::openapi::operation::{HeaderParameter, Part};
use crate::params::{Holds, Parameter, Params};
use crate::receipt_board::{MAX_AGE, ReceiptBoard};
use crate::refusal::Refusal;
use crate::serve::Closing;
use crate::sessions::Lease;
use crate::signin::{Asking, SignedIn};
use crate::wire::event::CloudEvent;
use crate::wire::problem::ProblemKind;
use crate::wire::receipt;
use crate::wire::status::journal_word;

/// After this much silence a comment line says that the line is alive.
const HEARTBEAT_AFTER: Duration = Duration::from_secs(10);

/// How many entries a reader takes from the journal at once: enough to catch up fast, few enough that one reader neither
/// holds much memory nor keeps the store from the next.
const PAGE_ENTRIES: u32 = 256;

/// After this long it is looked how far receipts are, although no entry said that they moved: the end of a list that nobody
/// acknowledged is no entry.
const RECEIPTS_AFTER: Duration = Duration::from_secs(10);

/// One entry as the stream carries it, encoded once for all readers.
#[derive(Debug, Clone)]
pub struct StreamEvent {
    /// Its place in the journal, which is the event's id.
    pub seq: Seq,
    /// Its name, such as `access.denied`.
    pub event_name: &'static str,
    /// The whole frame: id, event, data and the empty line.
    pub frame: Bytes,
}

impl StreamEvent {
    /// Encodes an entry.
    pub fn encode(stamped: &Stamped, site: &Site) -> Self {
        let event_name = stamped.entry.event_name();
        let mut frame = BytesMut::with_capacity(512);
        frame.put_slice(format!("id: {}\nevent: {event_name}\ndata: ", stamped.seq).as_bytes());
        // JSON escapes every line break inside a text, so the event stays on one line whatever somebody wrote in a reason.
        let json = serde_json::to_vec(&CloudEvent::of(stamped, site)).unwrap_or_else(|_| b"{}".to_vec());
        frame.put_slice(&json);
        frame.put_slice(b"\n\n");
        Self { seq: stamped.seq, event_name, frame: frame.freeze() }
    }
}

/// What `GET /api/v1/stream` takes.
pub(crate) const FOLLOW: &[Parameter] =
    &[Parameter::optional("after", Holds::Seq, "Go on after this entry; only what is new if left out")];

/// The header by which a browser goes on where it was cut off.
pub(crate) const LAST_EVENT_ID: HeaderParameter =
    HeaderParameter { name: "Last-Event-ID", words: "Go on after this event; wins over `after`", required: false };

/// `GET /api/v1/stream`
pub(crate) async fn follow(State(api): State<Api>, asking: Asking, request: Request) -> Result<Response, Refusal> {
    whole_site(asking.caller)?;
    let params = Params::declared(request.uri(), FOLLOW)?;
    let after = last_event_id(&request)?.or(params.seq("after")?);
    let reader = Reader::open(&api, after, &request);
    let body = Body::from_stream(stream::unfold(reader, async |mut reader| {
        let chunk = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), reader))
    }));
    Ok(([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], body).into_response())
}

impl Part for Request {}

/// The id of the last event a returning reader has seen; its header wins over the address, which it cannot change.
fn last_event_id(request: &Request) -> Result<Option<Seq>, Refusal> {
    let Some(header) = request.headers().get("last-event-id") else {
        return Ok(None);
    };
    match header.to_str().ok().map(str::parse) {
        Some(Ok(seq)) => Ok(Some(seq)),
        Some(Err(_)) | None => {
            let detail = "Last-Event-ID must be a sequence number; leave it out to start now";
            Err(Refusal::new(ProblemKind::Malformed, detail))
        }
    }
}

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was sent yet.
    Opening,
    /// It claims to have seen what the journal never held.
    FromElsewhere,
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
    backend: Arc<dyn Backend>,
    site: Arc<Site>,
    live: broadcast::Receiver<Arc<StreamEvent>>,
    head: watch::Receiver<Seq>,
    health: watch::Receiver<JournalHealth>,
    lease: Lease,
    lease_ends: Option<Instant>,
    closing: CancellationToken,
    stage: Stage,
    last: Seq,
    board: Arc<ReceiptBoard>,
    /// The receipts as they were told last.
    receipts: Option<ReceiptSummary>,
    /// When they were looked at, and when they are looked at next.
    looked: Instant,
    look_at: Instant,
    /// When the silence has lasted long enough.
    beat_at: Instant,
}

impl Reader {
    fn open(api: &Api, after: Option<Seq>, request: &Request) -> Self {
        // The subscription comes before the look at the head, so that nothing can fall between the two.
        let live = api.backend.live();
        let head = api.backend.head();
        let newest = *head.borrow();
        let lease = match request.extensions().get::<SignedIn>() {
            Some(signed_in) => signed_in.lease.clone(),
            None => Lease::over(),
        };
        let closing = request.extensions().get::<Closing>().map(|closing| closing.0.clone()).unwrap_or_default();
        Self {
            site: api.backend.site(),
            health: api.backend.journal_health(),
            backend: Arc::clone(&api.backend),
            live,
            head,
            lease_ends: lease.remaining().map(|remaining| Instant::now() + remaining),
            lease,
            closing,
            stage: Stage::Opening,
            last: after.unwrap_or(newest),
            board: Arc::clone(&api.board),
            receipts: None,
            looked: Instant::now(),
            look_at: Instant::now(),
            beat_at: Instant::now(),
        }
    }

    /// The next piece of the stream; `None` ends it.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let step = match self.stage {
                Stage::Opening => self.greet(),
                Stage::FromElsewhere => self.start_over(),
                Stage::CatchingUp => self.read_journal().await,
                Stage::Following => self.follow().await,
            };
            match step {
                Step::Send(chunk) => {
                    self.beat_at = Instant::now() + HEARTBEAT_AFTER;
                    return Some(chunk);
                }
                Step::Go(stage) => self.stage = stage,
                Step::End => return None,
            }
        }
    }

    fn greet(&mut self) -> Step {
        let newest = *self.head.borrow();
        self.stage = if self.last > newest { Stage::FromElsewhere } else { Stage::CatchingUp };
        let health = *self.health.borrow_and_update();
        Step::Send(Bytes::from(format!("retry: 2000\n\n{}", journal_frame(health))))
    }

    /// A reader from another journal (the state directory was replaced) is told to load everything anew.
    fn start_over(&mut self) -> Step {
        self.last = *self.head.borrow();
        self.stage = Stage::CatchingUp;
        Step::Send(Bytes::from(format!("event: reset\ndata: {{\"head\":{}}}\n\n", self.last)))
    }

    async fn read_journal(&mut self) -> Step {
        if self.closing.is_cancelled() || self.lease.is_over() {
            return Step::End;
        }
        if self.last >= *self.head.borrow() {
            return Step::Go(Stage::Following);
        }
        let Ok(entries) = self.backend.entries_after(self.last, PAGE_ENTRIES).await else {
            return Step::End;
        };
        let mut chunk = BytesMut::new();
        // What is caught up with may have moved receipts, so they are looked at after it.
        self.look_at = Instant::now();
        for stamped in &entries {
            chunk.put_slice(&StreamEvent::encode(stamped, &self.site).frame);
        }
        match entries.last() {
            Some(newest) => {
                self.last = newest.seq;
                Step::Send(chunk.freeze())
            }
            // The head is ahead of what can be read: rather end, and let the reader come back, than spin.
            None => Step::End,
        }
    }

    async fn follow(&mut self) -> Step {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Step::End,
            () = self.lease.ended() => Step::End,
            () = until(self.lease_ends) => Step::End,
            changed = self.health.changed() => match changed {
                Ok(()) => Step::Send(Bytes::from(journal_frame(*self.health.borrow_and_update()))),
                Err(_) => Step::End,
            },
            () = tokio::time::sleep_until(self.look_at) => self.look().await,
            event = self.live.recv() => self.take(event),
            () = tokio::time::sleep_until(self.beat_at) => self.beat(),
        }
    }

    fn take(&mut self, event: Result<Arc<StreamEvent>, RecvError>) -> Step {
        match event {
            Ok(event) if event.seq <= self.last => Step::Go(Stage::Following),
            Ok(event) if event.seq == self.last.next() => {
                self.last = event.seq;
                if event.event_name.starts_with("rights.") {
                    self.look_at = self.look_at.min(self.looked + MAX_AGE);
                }
                Step::Send(event.frame.clone())
            }
            Ok(_) | Err(RecvError::Lagged(_)) => Step::Go(Stage::CatchingUp),
            Err(RecvError::Closed) => Step::End,
        }
    }

    /// Tells how far receipts are, where that is news.
    async fn look(&mut self) -> Step {
        let begun = Instant::now();
        let found = self.board.summary(self.backend.as_ref()).await;
        self.looked = Instant::now();
        // What another reader asked for a moment ago may be older than what this one wants to tell.
        self.look_at = match found {
            Some((asked, _)) if asked < begun => asked + MAX_AGE,
            Some(_) | None => self.looked + RECEIPTS_AFTER,
        };
        match found.map(|(_, summary)| summary) {
            Some(summary) if self.receipts != Some(summary) => {
                self.receipts = Some(summary);
                Step::Send(Bytes::from(receipts_frame(&summary, self.backend.now().wall)))
            }
            Some(_) | None => Step::Go(Stage::Following),
        }
    }

    /// Silence: says that the line is alive, and looks whether the journal has grown without a word.
    fn beat(&mut self) -> Step {
        if self.last < *self.head.borrow() {
            return Step::Go(Stage::CatchingUp);
        }
        Step::Send(Bytes::from_static(b": ping\n\n"))
    }
}

/// Waits until `moment`; for ever without one.
pub(crate) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
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
