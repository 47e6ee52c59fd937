//! The stream: every durable entry once, in order, whatever the order of hints, the speed of the reader and the number of
//! times it comes back.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use proptest::prelude::*;
use rackward_core::engine::query::JournalHealth;
use rackward_core::facts::Lock;
use rackward_core::{DeviceReport, Entry};
use rackward_dashboard::wire::event::CloudEvent;
use serde_json::Value;

use crate::asking::{Desk, Who};
use crate::site_in_memory::{Telling, open};

/// A reader of the stream, as a browser is one.
pub(crate) struct Reader {
    body: Body,
    /// Everything that came.
    pub(crate) heard: String,
    text: String,
    seen: Vec<u64>,
    named: Vec<String>,
    pings: u32,
    ended: bool,
    /// What the reader comes back with.
    last_id: Option<String>,
    /// What events are about.
    subjects: Vec<String>,
    /// The data of what is no entry.
    pub(crate) other: Vec<(String, Value)>,
}

impl Reader {
    async fn open(desk: &Desk, last: Option<u64>) -> Self {
        Self::open_at(desk, "/api/v1/stream", last.map(|last| last.to_string())).await
    }

    async fn open_at(desk: &Desk, path: &str, last: Option<String>) -> Self {
        let mut request = Request::get(path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = desk.respond(Who::Socket(0), request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body();
        Self::of(body)
    }

    pub(crate) fn of(body: Body) -> Self {
        let (seen, named, other, subjects) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let heard = String::new();
        Self { body, heard, text: String::new(), seen, named, pings: 0, ended: false, last_id: None, subjects, other }
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
            self.heard.push_str(&frame);
        }
    }

    fn take(&mut self, frame: &str) {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        self.pings += u32::from(frame.starts_with(": ping"));
        self.named.extend(field("event: "));
        self.last_id = field("id: ").or(self.last_id.take());
        if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
            let event: CloudEvent = serde_json::from_str(&data).unwrap();
            let (at, seq) = id.rsplit_once('-').unwrap();
            assert_eq!(event.id, seq);
            let at: i64 = at.parse().unwrap();
            assert_eq!(event.time.0.as_micros() / 1000, at / 1000, "the event is told in milliseconds");
            self.seen.push(seq.parse().unwrap());
            self.subjects.push(event.subject);
        } else if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
            self.other.push((name, serde_json::from_str(&data).unwrap()));
        }
    }

    /// Reads until nothing has come for a while.
    pub(crate) async fn read_all(&mut self) {
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
    reader.read_all().await;
    assert_eq!(reader.named, ["journal", "reset", "snapshot", "snapshot", "receipts"]);
    let seq = desk.site.append(Entry::Stopped, Telling::HeadThenLive);
    reader.read_all().await;
    assert_eq!(reader.seen, [seq.get()]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_a_journal_that_was_replaced_is_told_to_start_over_however_short_it_was() {
    let desk = Desk::open();
    let mut reader = Reader::open(&desk, Some(1)).await;
    reader.read_all().await;
    let known = reader.last_id.take().unwrap();
    let mut back = Reader::open_at(&desk, "/api/v1/stream", Some(known.clone())).await;
    back.read_all().await;
    assert!(!back.named.contains(&"reset".to_owned()), "{:?}", back.named);
    let (at, seq) = known.rsplit_once('-').unwrap();
    let of_another = format!("{}-{seq}", at.parse::<i64>().unwrap() - 1);
    let mut back = Reader::open_at(&desk, "/api/v1/stream", Some(of_another)).await;
    back.read_all().await;
    assert!(back.named.contains(&"reset".to_owned()), "{:?}", back.named);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_too_far_behind_is_given_the_state_instead() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let start = desk.site.head_now().get();
    for _ in 0..100_001 {
        desk.site.append(Entry::Stopped, Telling::HeadAlone);
    }
    let mut near = Reader::open(&desk, Some(start + 1)).await;
    near.read().await;
    near.read().await;
    assert_eq!(near.seen.first(), Some(&(start + 2)), "so much is read through");
    let mut far = Reader::open(&desk, Some(start)).await;
    far.read_all().await;
    assert_eq!((far.seen.as_slice(), &far.named[..2]), (&[][..], &["journal".to_owned(), "reset".to_owned()][..]));
    let items = |topic: &str| {
        let told = far.other.iter().filter(|(name, data)| name == "snapshot" && data["topic"] == topic);
        told.flat_map(|(_, data)| data["items"].as_array().unwrap().clone()).collect::<Vec<_>>()
    };
    let alarms = desk.get(&Who::Socket(0), "/api/v1/alarms").await.json();
    assert_eq!(&Value::from(items("alarms")), &alarms["items"]);
    assert_ne!(alarms["items"], serde_json::json!([]));
    let doors = desk.get(&Who::Socket(0), "/api/v1/doors").await.json();
    assert_eq!(&Value::from(items("points")), &doors["items"]);
    let seq = desk.site.append(Entry::Stopped, Telling::HeadThenLive);
    far.read_all().await;
    assert_eq!(far.seen, [seq.get()], "it goes on from there");
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_given_what_it_wants_and_comes_back_behind_what_it_does_not() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let path = "/api/v1/stream?topics=alarms,points&area=lon1/plant-room/*";
    let mut reader = Reader::open_at(&desk, path, None).await;
    reader.read().await;
    for lock in ["main-entrance-lock", "plant-room-lock"] {
        desk.site.report(lock, DeviceReport::Facts(open(None, Lock::Locked)));
    }
    desk.site.pass(Duration::from_secs(2));
    for _ in 0..20 {
        desk.site.append(Entry::Stopped, Telling::HeadThenLive);
    }
    let head = desk.site.head_now().get();
    reader.read_all().await;
    assert_eq!(reader.named[..2], ["journal", "door.changed"]);
    assert!(reader.named.contains(&"alarm.raised".to_owned()), "{:?}", reader.named);
    assert!(reader.other.iter().all(|(name, _)| name == "journal"), "{:?}", reader.other);
    assert!(reader.subjects.iter().all(|place| place == "lon1/plant-room"), "{:?}", reader.subjects);
    let back = reader.last_id.clone().unwrap();
    assert!(back.ends_with(&format!("-{head}")), "{back} is not behind {head}");
    let mut again = Reader::open_at(&desk, path, Some(back)).await;
    again.read_all().await;
    assert_eq!(again.seen, [] as [u64; 0]);
}

#[tokio::test]
async fn what_is_no_topic_or_place_is_named() {
    let desk = Desk::open();
    let check = async |query: &str, pointer: &str, word: &str| {
        let answer = desk.get(&Who::Socket(0), &format!("/api/v1/stream?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (400, vec![pointer.to_owned()]), "{query}");
        assert!(answer.text().contains(word), "{query}: {}", answer.text());
    };
    check("topics=alarms,alerts,doors", "?topics", "alerts\\\", \\\"doors").await;
    check("topics=", "?topics", "events, alarms, points").await;
    check("area=/lon1", "?area", "lon1/hall-a").await;
    check("topic=alarms", "?topic", "topics").await;
}

/// Two hundred events a second for ten minutes, and a line that breaks every now and then.
#[tokio::test(start_paused = true)]
async fn ten_busy_minutes_with_a_line_that_breaks_lose_and_double_nothing() {
    let desk = Desk::open();
    let start = desk.site.head_now().get();
    let mut reader = Reader::open(&desk, Some(start)).await;
    let (mut seen, mut last) = (Vec::new(), None);
    for second in 0..600_u32 {
        for _ in 0..200 {
            desk.site.append(Entry::Stopped, Telling::HeadThenLive);
        }
        if second % 7 == 3 {
            seen.append(&mut reader.seen);
            last = reader.last_id.take().or(last);
            let known = last.clone().unwrap_or(start.to_string());
            reader = Reader::open_at(&desk, "/api/v1/stream", Some(known)).await;
        } else {
            reader.read().await;
        }
    }
    reader.read_all().await;
    seen.append(&mut reader.seen);
    assert!(!reader.named.contains(&"reset".to_owned()));
    let expect: Vec<u64> = (start + 1..=start + 120_000).collect();
    assert!(seen == expect, "{} of {}", seen.len(), expect.len());
}

#[tokio::test(start_paused = true)]
async fn the_address_can_say_where_to_start_too() {
    let desk = Desk::open();
    let head = desk.site.head_now().get();
    let request = Request::get("/api/v1/stream?after=0").body(Body::empty()).unwrap();
    let body = desk.respond(Who::Socket(0), request).await.into_body();
    let mut reader = Reader::of(body);
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
