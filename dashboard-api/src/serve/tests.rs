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
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const ACK: u8 = 1;

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
        // :method GET, :scheme https, :path / by their places in the static table of HPACK, and the :authority.
        let head = [&[0x82, 0x87, 0x84, 0x41, 4][..], b"lon1"].concat();
        theirs.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        theirs.write_all(&frame(SETTINGS, 0, 0, &window)).await.unwrap();
        theirs.write_all(&frame(HEADERS, 0x5, 1, &head)).await.unwrap();
        Self(theirs)
    }

    /// The next frame, pings and settings being answered; `None` when the connection is over.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
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
        Some((kind, payload))
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
    let begin = |stream| async { Ok((stream, Protocol::Http1)) };
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
