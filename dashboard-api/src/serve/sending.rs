//! Answers that are on their way over one connection of HTTP/2. There a client says for each answer how much of it may be sent
//! (RFC 9113, clause 5.2): one that says nothing holds its answer, and with it the connection, without a byte waiting to be
//! written. So it is watched for how long what is ready to be sent is not asked for.
//!
//! What is handed over is out of sight, so an answer is handed over in small pieces, each of which is asked for only when the
//! client has made room for all before it, and the last byte of what is known to end is a piece of its own: such an answer is
//! under way until the client has made room for the whole of it. However many a client leaves lying, of each no more than a
//! piece waits.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::write_limit::WRITE_LIMIT;

/// The largest piece of an answer: what the usual frame holds (RFC 9113, clause 6.5.2). A larger one would have to be taken
/// in the same time over the slowest line.
const PIECE_BYTES: usize = 16 * 1024;

/// What is under way on one connection.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    under_way: watch::Sender<usize>,
    /// Answers of which a piece is ready and nobody asks for it, by number, and since when.
    held: Arc<Mutex<BTreeMap<u64, Instant>>>,
}

impl Sending {
    pub(super) fn new() -> Self {
        Self { under_way: watch::Sender::new(0), held: Arc::default() }
    }

    /// How many requests are under way, from the head of each to the end of its answer.
    pub(super) fn count(&self) -> watch::Receiver<usize> {
        self.under_way.subscribe()
    }

    /// Counts a request; `number` is no other's on this connection.
    pub(super) fn begin(&self, number: u64) -> UnderWay {
        self.under_way.send_modify(|count| *count += 1);
        UnderWay { number, sending: self.clone() }
    }

    /// Waits until a client has not asked for what is ready for as long as it may take on any connection. Looked at from time
    /// to time only, so that the pieces themselves wake nobody.
    pub(super) async fn is_held(&self) {
        loop {
            tokio::time::sleep(WRITE_LIMIT / 2).await;
            let now = Instant::now();
            if self.lock().values().any(|since| now.duration_since(*since) >= WRITE_LIMIT) {
                return;
            }
        }
    }

    /// A panic while it was locked cannot leave it half changed.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Instant>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, until its answer is sent.
#[derive(Debug)]
pub(super) struct UnderWay {
    number: u64,
    sending: Sending,
}

impl UnderWay {
    /// The answer's body, watched from now on.
    pub(super) fn until_sent(self, body: Body) -> Body {
        self.is_ready();
        Body::new(Watched { body, rest: Bytes::new(), under_way: self })
    }

    fn is_ready(&self) {
        self.sending.lock().insert(self.number, Instant::now());
    }

    fn is_asked_for(&self) {
        self.sending.lock().remove(&self.number);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.is_asked_for();
        self.sending.under_way.send_modify(|count| *count = count.saturating_sub(1));
    }
}

struct Watched {
    body: Body,
    /// What was taken of the body and not handed over yet.
    rest: Bytes,
    under_way: UnderWay,
}

impl Watched {
    /// The next piece of what is left. Before the end of all it is all but the last byte, as far as it fits, and then that.
    fn next_piece(&mut self) -> Bytes {
        let left = self.rest.len();
        let kept_back = usize::from(left > 1 && self.body.is_end_stream());
        self.rest.split_to((left - kept_back).min(PIECE_BYTES))
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.under_way.is_asked_for();
        let polled = if self.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.rest = data;
                        Some(Ok(Frame::data(self.next_piece())))
                    }
                    Err(trailers) => Some(Ok(trailers)),
                },
                other => other,
            }
        } else {
            Some(Ok(Frame::data(self.next_piece())))
        };
        // The client has asked for this piece, and has to take it before it asks for the next one.
        self.under_way.is_ready();
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}
