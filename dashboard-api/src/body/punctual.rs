//! Bodies that come in time: whoever sends one byte a minute is told so, and not that the daemon was slow.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a body may take. Shorter than any request may, so that something can still be said; a firmware image of the largest
/// size is through in this time at ten megabits a second.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(13);

/// Gives the request's body its time.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(Punctual { body, over: Box::pin(sleep(BODY_TIME)) }))).await
}

/// It did not.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
struct Late;

struct Punctual {
    body: Body,
    over: Pin<Box<Sleep>>,
}

impl HttpBody for Punctual {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => self.over.as_mut().poll(context).map(|()| Some(Err(axum::Error::new(Late)))),
            ready => ready,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
