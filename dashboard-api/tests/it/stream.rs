//! The stream: every durable entry once, in order, whatever the order of hints, the speed of the reader and the number of
//! times it comes back.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use proptest::prelude::*;
use rackward_core::engine::query::JournalHealth;
use rackward_core::{DeviceReport, Entry};
use rackward_dashboard::wire::event::CloudEvent;

use crate::asking::{Desk, Who};
use crate::site_in_memory::Telling;

/// A reader of the stream, as a browser is one.
struct Reader {
    body: Body,
    text: String,
    seen: Vec<u64>,
    named: Vec<String>,
    pings: u32,
    ended: bool,
}

impl Reader {
    async fn open(desk: &Desk, last: Option<u64>) -> Self {
        let mut request = Request::get("/api/v1/stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = desk.respond(Who::Socket(0), request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body();
        Self { body, text: String::new(), seen: Vec::new(), named: Vec::new(), pings: 0, ended: false }
    }

    /// Reads one piece of the body, which may hold any number of events.
    async fn read(&mut self) {
        let Some(frame) = self.body.frame().await else {
            self.ended = true;
            return;
        };
        self.text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        while let Some(end) = self.text.find("\n\n") {
            let frame: String = self.text.drain(..end + 2).collect();
            self.take(&frame);
        }
    }

    fn take(&mut self, frame: &str) {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        self.pings += u32::from(frame.starts_with(": ping"));
        self.named.extend(field("event: "));
        if let Some(id) = field("id: ") {
            let event: CloudEvent = serde_json::from_str(&field("data: ").unwrap()).unwrap();
            assert_eq!(event.id, id);
            self.seen.push(id.parse().unwrap());
        }
    }

    /// Reads until nothing has come for a while.
    async fn read_all(&mut self) {
        let mut quiet = 0;
        while quiet < 2 && !self.ended {
            let (seen, pings) = (self.seen.len(), self.pings);
            self.read().await;
            quiet = if self.seen.len() > seen { 0 } else { quiet + self.pings - pings };
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Telling>),
    Read(u8),
    ComeBack,
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![
        Just(Telling::HeadThenLive),
        Just(Telling::LiveThenHead),
        Just(Telling::HeadAlone),
        Just(Telling::LiveTwice),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => proptest::collection::vec(telling(), 1..24).prop_map(Step::Append),
        3 => (1u8..12).prop_map(Step::Read),
        1 => Just(Step::ComeBack),
    ]
}

async fn follow(steps: Vec<Step>) {
    let desk = Desk::open();
    let start = desk.site.head_now().get();
    let mut reader = Reader::open(&desk, Some(start)).await;
    let mut seen = Vec::new();
    for step in steps {
        match step {
            Step::Append(tellings) => {
                for telling in tellings {
                    desk.site.append(Entry::Stopped, telling);
                }
            }
            Step::Read(count) => {
                for _ in 0..count {
                    reader.read().await;
                }
            }
            Step::ComeBack => {
                seen.append(&mut reader.seen);
                reader = Reader::open(&desk, Some(seen.last().copied().unwrap_or(start))).await;
            }
        }
    }
    reader.read_all().await;
    seen.append(&mut reader.seen);
    let expect: Vec<u64> = (start + 1..=desk.site.head_now().get()).collect();
    assert_eq!(seen, expect);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_entry_comes_once_and_in_order(steps in proptest::collection::vec(step(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(follow(steps));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_says_nothing_starts_now() {
    let desk = Desk::open();
    let mut reader = Reader::open(&desk, None).await;
    reader.read().await;
    let head = desk.site.head_now().get();
    desk.site.report("plant-room-lock", DeviceReport::Tamper(true));
    reader.read_all().await;
    assert_eq!(reader.seen.first(), Some(&(head + 1)));
    assert!(reader.named.contains(&"alarm.raised".to_owned()), "{:?}", reader.named);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_catches_up_at_once() {
    let desk = Desk::open();
    let mut reader = Reader::open(&desk, None).await;
    reader.read().await;
    let began = tokio::time::Instant::now();
    let head = desk.site.head_now().get();
    // More than the ring holds, so that what is missing can only come from the journal.
    for _ in 0..40 {
        desk.site.append(Entry::Stopped, Telling::HeadThenLive);
    }
    while reader.seen.len() < 40 {
        reader.read().await;
    }
    assert_eq!(reader.seen, (head + 1..=head + 40).collect::<Vec<u64>>());
    assert_eq!(began.elapsed(), Duration::ZERO, "it did not wait for a heartbeat");
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_every_ten_seconds() {
    let desk = Desk::open();
    let mut reader = Reader::open(&desk, None).await;
    reader.read().await;
    // How far receipts are is told once.
    reader.read().await;
    let began = tokio::time::Instant::now();
    for _ in 0..3 {
        reader.read().await;
    }
    assert_eq!((reader.pings, began.elapsed()), (3, Duration::from_secs(30)));
}

#[tokio::test(start_paused = true)]
async fn the_stream_begins_with_how_to_come_back_and_the_journals_health() {
    let desk = Desk::open();
    let mut body =
        desk.respond(Who::Socket(0), Request::get("/api/v1/stream").body(Body::empty()).unwrap()).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"retry: 2000\n\nevent: journal\ndata: {\"journal\":\"writable\"}\n\n");
    desk.site.set_health(JournalHealth::Unwritable);
    let next = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&next[..], b"event: journal\ndata: {\"journal\":\"unwritable\"}\n\n", "it has no id: it is no entry");
}

#[tokio::test(start_paused = true)]
async fn a_reader_from_another_journal_is_told_to_start_over() {
    let desk = Desk::open();
    let mut reader = Reader::open(&desk, Some(1_000_000)).await;
    reader.read().await;
    reader.read().await;
    assert_eq!(reader.named, ["journal", "reset"]);
    let seq = desk.site.append(Entry::Stopped, Telling::HeadThenLive);
    reader.read_all().await;
    assert_eq!(reader.seen, [seq.get()]);
}

#[tokio::test(start_paused = true)]
async fn the_address_can_say_where_to_start_too() {
    let desk = Desk::open();
    let head = desk.site.head_now().get();
    let request = Request::get("/api/v1/stream?after=0").body(Body::empty()).unwrap();
    let body = desk.respond(Who::Socket(0), request).await.into_body();
    let mut reader = Reader { body, text: String::new(), seen: Vec::new(), named: Vec::new(), pings: 0, ended: false };
    reader.read_all().await;
    assert_eq!(reader.seen, (1..=head).collect::<Vec<u64>>());
}

#[tokio::test]
async fn an_event_stays_on_one_line_whatever_somebody_wrote() {
    let desk = Desk::open();
    let site = rackward_dashboard::Backend::site(&*desk.site);
    let entry = Entry::Started { version: "1\n\ndata: forged\r\nid: 9\u{2028}".to_owned() };
    let stamped = rackward_core::Stamped { seq: desk.site.head_now(), at: rackward_core::Wall::from_seconds(0), entry };
    let event = rackward_dashboard::StreamEvent::encode(&stamped, &site);
    let text = String::from_utf8(event.frame.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 4, "id, event, data, empty line: {text}");
    assert!(!text.contains('\r'));
}
