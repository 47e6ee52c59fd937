//! Takes connections and hands them to the router: HTTP/1.1 with bounds on everything a stranger controls, from how many
//! connect to how long a header may take. Nothing is awaited between two accepts that a client could delay. On closing,
//! streams end, other requests get a moment to finish.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::signin::LocalPeer;

/// How many connections are served at once on one listener. Further ones wait in the kernel's queue; each console holds
/// up to six. Too few, and a crowded control room waits; too many, and a flood takes the daemon's memory.
const MAX_CONNECTIONS: usize = 256;

/// How long a client may take to send the head of a request, idle time between two requests included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How many header lines a request may have.
const MAX_HEADER_LINES: usize = 64;

/// How many bytes of a connection are held while a request is read: bounds its head.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How long requests may go on after the daemon was told to stop.
const CLOSING_GRACE: Duration = Duration::from_secs(2);

/// Pause after a failed accept: the process is out of descriptors, and trying at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Told to requests that never end by themselves.
#[derive(Debug, Clone)]
pub(crate) struct Closing(pub(crate) CancellationToken);

/// Serves the console and API on a TCP listener until `closing` is cancelled. Plain HTTP: the caller answers for the
/// listener's address being a loopback one.
///
/// # Errors
/// None of a single connection's; the listener itself is kept through failures to accept.
pub async fn serve_tcp(listener: TcpListener, router: Router, closing: CancellationToken) -> io::Result<()> {
    serve(router, closing, async move || {
        let (stream, _) = listener.accept().await?;
        // Without it a small answer waits up to 40 ms for an acknowledgement; where it fails the client is gone already.
        let _ = stream.set_nodelay(true);
        Ok((stream, Extensions::new()))
    })
    .await
}

/// Serves the API on a Unix socket until `closing` is cancelled; each request learns which user is at the other end.
///
/// # Errors
/// None of a single connection's; the listener itself is kept through failures to accept.
pub async fn serve_unix(listener: UnixListener, router: Router, closing: CancellationToken) -> io::Result<()> {
    serve(router, closing, async move || {
        let (stream, _) = listener.accept().await?;
        let mut extensions = Extensions::new();
        // A peer whom the kernel does not name is nobody, and is refused where sign-in is required.
        if let Ok(peer) = stream.peer_cred() {
            extensions.insert(LocalPeer { uid: peer.uid() });
        }
        Ok((stream, extensions))
    })
    .await
}

async fn serve<S>(
    router: Router,
    closing: CancellationToken,
    mut accept: impl AsyncFnMut() -> io::Result<(S, Extensions)>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
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
            Ok((stream, mut extensions)) => {
                extensions.insert(Closing(closing.clone()));
                connections.spawn(converse(stream, router.clone(), extensions, closing.clone(), slot));
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

/// One connection, to its end.
async fn converse<S>(
    stream: S,
    router: Router,
    extensions: Extensions,
    closing: CancellationToken,
    slot: OwnedSemaphorePermit,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| answer(request, router.clone(), extensions.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADER_LINES)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients go away all the time; the error names the kind of break, never what was sent.
        tracing::debug!(%error, "a connection broke");
    }
    drop(slot);
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
