//! Takes connections and hands them to the router: HTTP/1.1, over TLS HTTP/2 as well, with bounds on everything a stranger
//! controls, from how many connect to how long a handshake or a header may take. Nothing is awaited between two accepts that
//! a client could delay. On closing, streams end, other requests get a moment to finish.
//!
//! Which protocol is spoken is agreed in the TLS handshake (RFC 7301) and never guessed from what a client sends first.

mod guests;
mod sending;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::signin::LocalPeer;
use crate::write_limit::WriteLimited;
use guests::{Guests, Place};
use sending::Sending;

/// How many connections are served at once on one listener. Further ones wait in the kernel's queue; each console holds
/// up to six, each program that follows the stream one; a thousand of those are served. Too few, and a crowded control room
/// waits; too many, and a flood takes the daemon's memory.
const MAX_CONNECTIONS: usize = 1_280;

/// The part of the open files that the process may have which the connections of one listener take at most: one in so many.
/// The journal, the buses, the broker and the other listener need theirs whoever comes.
const PART_OF_FILES: u64 = 4;

/// How long a client may take to send the head of a request, idle time between two requests included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How many header lines a request may have.
const MAX_HEADER_LINES: usize = 64;

/// How many bytes of a connection are held while a request is read: bounds its head.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests may be under way on one connection of HTTP/2: a console's stream, its pictures and a few questions.
const MAX_CONCURRENT_STREAMS: u32 = 64;

/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long requests may go on after the daemon was told to stop.
const CLOSING_GRACE: Duration = Duration::from_secs(2);

/// Pause after a failed accept: the process is out of descriptors, and trying at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The address at the other end of a connection over TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// The certificate that a client has shown in the TLS handshake, with those behind it (DER); it has the key of the first.
/// Nothing else is known of them.
#[derive(Debug, Clone)]
pub(crate) struct PeerCertificates(pub(crate) Arc<[Vec<u8>]>);

/// Told to requests that never end by themselves.
#[derive(Debug, Clone)]
pub(crate) struct Closing(pub(crate) CancellationToken);

/// Serves the console and API on a TCP listener until `closing` is cancelled. Plain HTTP: the caller answers for the
/// listener's address being a loopback one.
///
/// # Errors
/// None of a single connection's; the listener itself is kept through failures to accept.
pub async fn serve_tcp(listener: TcpListener, router: Router, closing: CancellationToken) -> io::Result<()> {
    let accept = async move || listener.accept().await.map(known);
    serve(router, closing, accept, |stream| async { Ok((stream, Protocol::Http1, None)) }).await
}

/// Serves the console and API over TLS until `closing` is cancelled: HTTP/2 or HTTP/1.1, as the client asks for.
///
/// # Errors
/// None of a single connection's; the listener itself is kept through failures to accept.
pub async fn serve_tls(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    closing: CancellationToken,
) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(tls);
    let accept = async move || listener.accept().await.map(known);
    serve(router, closing, accept, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let shaken = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
            let stream = shaken.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            let agreed =
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Http1 };
            let shown = stream.get_ref().1.peer_certificates();
            let shown = shown.map(|chain| PeerCertificates(chain.iter().map(|der| der.to_vec()).collect()));
            Ok((stream, agreed, shown))
        }
    })
    .await
}

/// Serves the API on a Unix socket until `closing` is cancelled; each request learns which user is at the other end.
///
/// # Errors
/// None of a single connection's; the listener itself is kept through failures to accept.
pub async fn serve_unix(listener: UnixListener, router: Router, closing: CancellationToken) -> io::Result<()> {
    let accept = async move || {
        let (stream, _) = listener.accept().await?;
        let mut extensions = Extensions::new();
        // A peer whom the kernel does not name is nobody, and is refused where sign-in is required.
        if let Ok(peer) = stream.peer_cred() {
            extensions.insert(LocalPeer { uid: peer.uid() });
        }
        Ok((stream, extensions))
    };
    serve(router, closing, accept, |stream| async { Ok((stream, Protocol::Http1, None)) }).await
}

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

fn known((stream, address): (TcpStream, SocketAddr)) -> (TcpStream, Extensions) {
    // Without it a small answer waits up to 40 ms for an acknowledgement; where it fails the client is gone already.
    let _ = stream.set_nodelay(true);
    let mut extensions = Extensions::new();
    extensions.insert(PeerAddress(address.ip()));
    (stream, extensions)
}

/// `accept` gives raw connections one by one; `begin` makes one ready to speak, in the connection's own task.
async fn serve<R, S, F>(
    router: Router,
    closing: CancellationToken,
    mut accept: impl AsyncFnMut() -> io::Result<(R, Extensions)>,
    begin: impl Fn(R) -> F,
) -> io::Result<()>
where
    R: Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<(S, Protocol, Option<PeerCertificates>)>> + Send + 'static,
{
    let (slots, guests) = (Arc::new(Semaphore::new(most_connections())), Guests::default());
    let connections = TaskTracker::new();
    loop {
        let slot = tokio::select! {
            () = closing.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot.map_err(io::Error::other)?,
        };
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = accept() => accepted,
        };
        match accepted {
            Ok((raw, mut extensions)) => {
                let address = extensions.get::<PeerAddress>().map(|PeerAddress(address)| *address);
                let Some(place) = guests.enter(address) else {
                    // Closed at once: what it waits for would be somebody else's place.
                    tracing::debug!("a connection more than one address may have was closed");
                    continue;
                };
                let slot = Slot { _of_all: slot, _of_address: place };
                extensions.insert(Closing(closing.clone()));
                let (begun, router, closing) = (begin(raw), router.clone(), closing.clone());
                connections.spawn(async move {
                    let (stream, agreed, shown) = match begun.await {
                        Ok(begun) => begun,
                        Err(error) => return tracing::debug!(%error, "a connection did not begin"),
                    };
                    if let Some(shown) = shown {
                        extensions.insert(shown);
                    }
                    match agreed {
                        Protocol::Http1 => converse(stream, router, extensions, closing, slot).await,
                        Protocol::Http2 => converse_http2(stream, router, extensions, closing, slot).await,
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    connections.close();
    // Whoever has not finished by then is cut off: their tasks end with the runtime.
    let _ = tokio::time::timeout(CLOSING_GRACE, connections.wait()).await;
    Ok(())
}

/// How many connections are served at once on one listener: fewer where the process may not open many files, since a daemon
/// without one left can neither write its journal nor open a bus.
fn most_connections() -> usize {
    match getrlimit(Resource::Nofile).current.map(|files| usize::try_from(files / PART_OF_FILES)) {
        Some(Ok(part)) if part < MAX_CONNECTIONS => {
            tracing::warn!(
                connections = part,
                "few files may be open, so few connections are served; raise LimitNOFILE"
            );
            part.max(1)
        }
        Some(_) | None => MAX_CONNECTIONS,
    }
}

/// What a connection takes of the daemon, for as long as it lasts.
struct Slot {
    _of_all: OwnedSemaphorePermit,
    _of_address: Place,
}

/// One connection of HTTP/1.1, to its end.
async fn converse<S>(stream: S, router: Router, extensions: Extensions, closing: CancellationToken, slot: Slot)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| answer(request, router.clone(), extensions.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADER_LINES)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(WriteLimited::new(stream)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    tell_end(ended);
    drop(slot);
}

/// One connection of HTTP/2, to its end. It knows no time for a head, so a connection on which no request is under way for
/// as long as a head may take is closed; one whose client does not take what it asked for is cut off.
async fn converse_http2<S>(stream: S, router: Router, extensions: Extensions, closing: CancellationToken, slot: Slot)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sending, numbers) = (Sending::new(), AtomicU64::new(0));
    let (mut idle, watched) = (sending.count(), sending.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = sending.begin(numbers.fetch_add(1, Ordering::Relaxed));
        let (router, extensions) = (router.clone(), extensions.clone());
        async move {
            let response = answer(request, router, extensions).await;
            // The body of a stream goes on long after its head.
            response.map(|response| response.map(|body| under_way.until_sent(body)))
        }
    });
    let head_bytes = u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(head_bytes)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .serve_connection(TokioIo::new(WriteLimited::new(stream)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = watched.is_held() => {
            // Not with grace: it would wait for the very answer that is not taken.
            tracing::debug!("a connection was cut off that does not take what it asked for");
            Ok(())
        }
        () = unused(&mut idle) => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(CLOSING_GRACE, connection).await.unwrap_or(Ok(()))
        }
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    tell_end(ended);
    drop(slot);
}

/// Waits until no request has been under way for as long as a head may take.
async fn unused(under_way: &mut watch::Receiver<usize>) {
    loop {
        if under_way.wait_for(|count| *count == 0).await.is_err() {
            return;
        }
        if tokio::time::timeout(HEAD_TIMEOUT, under_way.wait_for(|count| *count > 0)).await.is_err() {
            return;
        }
    }
}

fn tell_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        // Clients go away all the time; the error names the kind of break, never what was sent.
        tracing::debug!(%error, "a connection broke");
    }
}

async fn answer(
    request: Request<Incoming>,
    router: Router,
    extensions: Extensions,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().extend(extensions);
    router.oneshot(request).await
}

#[cfg(test)]
mod tests;
