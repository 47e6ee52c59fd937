//! Connections in virtual time: how many one address may have, and what a client of HTTP/2 can hold. What it sends is written
//! frame by frame (RFC 9113), since no client library is as rude.

use std::collections::BTreeMap;

use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::guests::MAX_FROM_ONE_ADDRESS;
use super::*;

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;

/// An answer of several pieces.
fn long() -> &'static str {
    "x".repeat(100_000).leak()
}

/// Longer than any connection may be held.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

fn slot() -> Slot {
    let of_all = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    Slot { _of_all: of_all, _of_address: Guests::default().enter(None).unwrap() }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A client that lets so many bytes of each answer come, and otherwise is as polite as can be.
struct Client(DuplexStream);

impl Client {
    /// Connects and asks for `/` once.
    async fn ask(router: Router, window_bytes: u32) -> Self {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(converse_http2(ours, router, Extensions::new(), CancellationToken::new(), slot()));
        let window = [&4_u16.to_be_bytes()[..], &window_bytes.to_be_bytes()].concat();
        theirs.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        theirs.write_all(&frame(SETTINGS, 0, 0, &window)).await.unwrap();
        let mut client = Self(theirs);
        assert!(client.ask_again(1).await);
        client
    }

    /// Asks for `/` once more, as the stream with this number; whether the connection still takes it.
    async fn ask_again(&mut self, stream: u32) -> bool {
        // :method GET, :scheme https, :path / by their places in the static table of HPACK, and the :authority.
        let head = [&[0x82, 0x87, 0x84, 0x41, 4][..], b"lon1"].concat();
        self.0.write_all(&frame(HEADERS, 0x5, stream, &head)).await.is_ok()
    }

    /// Lets more of one answer come, or of all where `stream` is 0.
    async fn make_room(&mut self, stream: u32, bytes: u32) -> bool {
        self.0.write_all(&frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())).await.is_ok()
    }

    /// The next frame, pings and settings being answered; `None` when the connection is over.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        self.next_with_flags().await.map(|(kind, _, payload)| (kind, payload))
    }

    async fn next_with_flags(&mut self) -> Option<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        let (kind, flags) = (head[3], head[4]);
        if flags & ACK == 0 && matches!(kind, SETTINGS | PING) {
            let said = if kind == PING { payload.clone() } else { Vec::new() };
            // Whoever is told that it is over need not be answered.
            let _ = self.0.write_all(&frame(kind, ACK, 0, &said)).await;
        }
        Some((kind, flags, payload))
    }

    /// What comes until the connection is over, by kind of frame.
    async fn all(mut self) -> BTreeMap<u8, usize> {
        let mut seen = BTreeMap::new();
        while let Some((kind, _)) = self.next().await {
            *seen.entry(kind).or_default() += 1;
        }
        seen
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    let began = Instant::now();
    let router = Router::new().route("/", get(|| async { "sign in here" }));
    let client = Client::ask(router, 0).await;
    let seen = tokio::time::timeout(FOR_EVER, client.all()).await.expect("it holds its connection for ever");
    assert!(seen.contains_key(&HEADERS) && !seen.contains_key(&DATA), "{seen:?}");
    assert!(began.elapsed() <= Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_stops_taking_a_stream_is_cut_off() {
    let began = Instant::now();
    let endless = || async {
        Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Some((Ok::<_, Infallible>("eight by"), ()))
        }))
    };
    // Room for twenty pieces and a half.
    let client = Client::ask(Router::new().route("/", get(endless)), 164).await;
    let seen = tokio::time::timeout(FOR_EVER, client.all()).await.expect("it holds its connection for ever");
    assert!(seen[&DATA] >= 20, "a quarter of a minute of silence is nothing to wonder at: {seen:?}");
    assert!(began.elapsed() <= Duration::from_secs(210 + 60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_answer_that_is_left_lying_ends_a_connection_however_busy_it_is_otherwise() {
    let check = async |answer: &'static str, room: u32| {
        let began = Instant::now();
        let router = Router::new().route("/", get(move || async move { answer }));
        let mut client = Client::ask(router, room).await;
        let busy = async {
            // One answer after another is asked for and taken, and the first one never.
            for stream in (3..).step_by(2) {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let room = u32::try_from(answer.len()).unwrap();
                let asked = client.ask_again(stream).await && client.make_room(stream, room).await;
                if !asked || !client.make_room(0, room).await {
                    return stream;
                }
                while let Ok(next) = tokio::time::timeout(Duration::from_millis(10), client.next()).await {
                    if next.is_none() {
                        return stream;
                    }
                }
            }
            unreachable!("streams have no end")
        };
        let last = tokio::time::timeout(FOR_EVER, busy).await.expect("it holds its connection for ever");
        assert!(last > 3, "the others are served");
        assert!(began.elapsed() <= Duration::from_secs(60), "{} bytes, {room}: {:?}", answer.len(), began.elapsed());
    };
    check("sign in here", 0).await;
    check("sign in here", 1).await;
    check("sign in here", 11).await;
    check(long(), 20_000).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_whole_by_however_small_steps_it_is_let_in() {
    let check = async |answer: &'static str, step: u32| {
        let router = Router::new().route("/", get(move || async move { answer }));
        let mut client = Client::ask(router, step).await;
        let (mut came, mut is_over) = (Vec::new(), false);
        while !is_over {
            let (kind, flags, payload) = client.next_with_flags().await.expect("it is not cut off while it is taken");
            if kind != DATA {
                continue;
            }
            is_over = flags & END_STREAM != 0;
            came.extend_from_slice(&payload);
            // Slowly, but never as slowly as may be: the whole takes far longer than one piece of it may.
            tokio::time::sleep(Duration::from_secs(2)).await;
            client.make_room(0, step).await;
            client.make_room(1, step).await;
        }
        assert_eq!(came.len(), answer.len());
        assert!(came == answer.as_bytes(), "{step}");
    };
    check("x", 1).await;
    check("sign in here", 1).await;
    check(long(), 4_000).await;
    check(long(), 65_535).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_for_long_is_not_cut_off() {
    let late = || async {
        Body::from_stream(stream::once(async {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            Ok::<_, Infallible>("at last")
        }))
    };
    let mut client = Client::ask(Router::new().route("/", get(late)), 65_535).await;
    loop {
        if let (DATA, payload) = client.next().await.expect("the connection lasts as long as its answer") {
            break assert_eq!(payload, b"at last");
        }
    }
}

/// Who comes to the door.
type Arrivals = mpsc::Sender<(DuplexStream, Extensions)>;

async fn knock(door: &Arrivals, address: &str) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(4096);
    let mut extensions = Extensions::new();
    extensions.insert(PeerAddress(address.parse().unwrap()));
    door.send((ours, extensions)).await.unwrap();
    theirs
}

/// Whether somebody who asks is answered; they stay connected.
async fn is_served(visitor: &mut DuplexStream) -> bool {
    if visitor.write_all(b"GET / HTTP/1.1\r\nHost: lon1\r\n\r\n").await.is_err() {
        return false;
    }
    let mut answer = [0; 12];
    visitor.read_exact(&mut answer).await.is_ok() && &answer == b"HTTP/1.1 200"
}

#[tokio::test(start_paused = true)]
async fn one_address_does_not_take_the_places_of_the_others() {
    let (door, mut arriving) = mpsc::channel(8);
    let router = Router::new().route("/", get(|| async { "x" }));
    let accept = async || match arriving.recv().await {
        Some(arrived) => Ok(arrived),
        None => std::future::pending().await,
    };
    let begin = |stream| async { Ok((stream, Protocol::Http1, None)) };
    let visits = async {
        let mut crowd = Vec::new();
        for _ in 0..MAX_FROM_ONE_ADDRESS {
            let mut visitor = knock(&door, "192.0.2.7").await;
            assert!(is_served(&mut visitor).await);
            crowd.push(visitor);
        }
        assert!(!is_served(&mut knock(&door, "192.0.2.7").await).await, "one more is closed at once");
        assert!(is_served(&mut knock(&door, "192.0.2.8").await).await, "another address is served");
        assert!(is_served(&mut knock(&door, "127.0.0.1").await).await);
    };
    tokio::select! {
        ended = serve(router, CancellationToken::new(), accept, begin) => panic!("nobody told it to end: {ended:?}"),
        () = visits => {}
    }
}
