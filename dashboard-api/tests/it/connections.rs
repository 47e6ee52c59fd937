//! Listeners with real sockets: who is at the other end, what a stranger can hold, how they close.

use std::time::Duration;

use rackward_core::permission::OperatorRole;
use rackward_dashboard::{Origin, serve_tcp, serve_unix};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::asking::Desk;

async fn ask(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), head: &str) -> String {
    stream.write_all(format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_local_socket_knows_its_peer_and_tcp_does_not() {
    let desk = Desk::open();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rackward.sock");
    let closing = CancellationToken::new();
    let unix = UnixListener::bind(&path).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let on_unix = tokio::spawn(serve_unix(unix, desk.router(Origin::LocalSocket), closing.clone()));
    let on_tcp = tokio::spawn(serve_tcp(tcp, desk.router(Origin::Browser), closing.clone()));

    let local = ask(&mut UnixStream::connect(&path).await.unwrap(), "GET /api/v1/status HTTP/1.1").await;
    assert!(local.starts_with("HTTP/1.1 200 OK\r\n"), "{local}");
    let remote = ask(&mut TcpStream::connect(address).await.unwrap(), "GET /api/v1/status HTTP/1.1").await;
    assert!(remote.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{remote}");
    let nonsense = ask(&mut TcpStream::connect(address).await.unwrap(), "\u{1}\u{2}").await;
    assert!(nonsense.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{nonsense}");
    let long = format!("GET /{} HTTP/1.1", "x".repeat(100_000));
    let long = ask_reset(&mut TcpStream::connect(address).await.unwrap(), &long).await;
    assert!(long.is_empty() || long.starts_with("HTTP/1.1 4"), "{long}");

    closing.cancel();
    on_unix.await.unwrap().unwrap();
    on_tcp.await.unwrap().unwrap();
}

/// Like [`ask`], but the server may close before everything was written or read.
async fn ask_reset(stream: &mut TcpStream, head: &str) -> String {
    let _ = stream.write_all(format!("{head}\r\nHost: localhost\r\n\r\n").as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn whoever_asks_says_once_for_whom_and_means_us() {
    let desk = Desk::open();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let closing = CancellationToken::new();
    tokio::spawn(serve_tcp(tcp, desk.router(Origin::Browser), closing.clone()));
    let check = async |hosts: &str, expect: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET /healthz HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expect} ")), "{hosts}: {answer}");
    };
    check("Host: 127.0.0.1:8080\r\n", "200").await;
    check("Host: LocalHost\r\n", "200").await;
    check("", "400").await;
    check("Host: localhost\r\nHost: localhost\r\n", "400").await;
    check("Host: a b\r\n", "400").await;
    check("Host: evil.example\r\n", "421").await;
    closing.cancel();
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed_and_delays_nobody() {
    let desk = Desk::open();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let closing = CancellationToken::new();
    tokio::spawn(serve_tcp(tcp, desk.router(Origin::Browser), closing.clone()));
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").await.unwrap();
    let answered = ask(&mut TcpStream::connect(address).await.unwrap(), "GET /healthz HTTP/1.1").await;
    assert!(answered.contains(r#"{"status":"ok""#), "{answered}");
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty(), "nothing was asked, nothing is said");
    half.read_to_end(&mut rest).await.unwrap();
    closing.cancel();
}

#[tokio::test]
async fn closing_ends_streams_and_frees_the_listener() {
    let desk = Desk::open();
    let cookie = desk.sign_in(OperatorRole::Auditor).await;
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let closing = CancellationToken::new();
    let serving = tokio::spawn(serve_tcp(tcp, desk.router(Origin::Browser), closing.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nCookie: rackward_session={cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 4096];
    while !answer.contains("event: journal") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    closing.cancel();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the stream ends as a whole answer: {rest}");
    tokio::time::timeout(Duration::from_secs(30), serving).await.unwrap().unwrap().unwrap();
    assert!(TcpListener::bind(address).await.is_ok(), "the address is free again");
}
