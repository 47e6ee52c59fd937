//! One request to a camera or its recorder, within bounds: an address that the site file allows, [`REQUEST_LIMIT`] in all, no
//! redirect, a body that fits. What is asked is `lens.rs`'s, what becomes of a failure `worker.rs`'s.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Body as _;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use hyper::{Method, Request, Response};
use rackward_core::still::StillMissing;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::picture::PICTURE_MAX_BYTES;
use crate::webhooks::{Endpoint, Failure, Guard, shake_hands};

/// How long one request may take in all, from the lookup of the name to the last byte of the picture (`console.md` 3).
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(2);

/// What is asked.
#[derive(Debug, Default)]
pub(super) struct Ask<'a> {
    /// What is sent along; a request with something is a `POST`, one with nothing a `GET`.
    pub(super) json: Option<Zeroizing<String>>,
    /// Path and query.
    pub(super) path: &'a str,
    /// What proves who asks.
    pub(super) proof: Proof,
}

/// What proves who asks.
#[derive(Debug, Clone, Default)]
pub(super) enum Proof {
    /// Nothing.
    #[default]
    None,
    /// The line `Authorization`.
    Authorization(Zeroizing<String>),
    /// A cookie.
    Cookie(Zeroizing<String>),
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The cookie it set, without what limits it.
    pub(super) cookie: Option<Zeroizing<String>>,
    pub(super) body: Bytes,
}

/// Where is asked, and over what.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) endpoint: Endpoint,
    pub(super) guard: Arc<Guard>,
    pub(super) tls: Arc<ClientConfig>,
}

impl Asker {
    /// Asks once.
    ///
    /// # Errors
    /// Why there is no answer, as it is recorded of a still.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, StillMissing> {
        let asked = async {
            let connected = self.endpoint.connect(&self.guard, &self.tls).await;
            talk(connected.map_err(|failure| missing(&failure))?, &self.endpoint.authority(), ask).await
        };
        in_time(asked).await
    }
}

/// The same over a connection that is there.
#[cfg(test)]
pub(super) async fn ask_over<S>(stream: S, ask: &Ask<'_>) -> Result<Answer, StillMissing>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    in_time(talk(stream, "camera.example", ask)).await
}

async fn in_time(asked: impl Future<Output = Result<Answer, StillMissing>>) -> Result<Answer, StillMissing> {
    timeout(REQUEST_LIMIT, asked).await.unwrap_or(Err(StillMissing::TimedOut))
}

/// Asks, and reads the answer.
async fn talk<S>(stream: S, authority: &str, ask: &Ask<'_>) -> Result<Answer, StillMissing>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, _connection) = shake_hands(stream).await.map_err(|_| StillMissing::Unreachable)?;
    let request = request(authority, ask).ok_or(StillMissing::Refused)?;
    let answer = sender.send_request(request).await.map_err(|_| StillMissing::Refused)?;
    let (status, cookie) = (answer.status().as_u16(), cookie_of(&answer));
    if (300..=399).contains(&status) {
        return Err(StillMissing::NotAPicture);
    }
    if answer.body().size_hint().lower() > PICTURE_MAX_BYTES as u64 {
        return Err(StillMissing::TooLarge);
    }
    let body = Limited::new(answer.into_body(), PICTURE_MAX_BYTES).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => StillMissing::TooLarge,
        false => StillMissing::Refused,
    })?;
    Ok(Answer { status, cookie, body: body.to_bytes() })
}

fn request(authority: &str, ask: &Ask<'_>) -> Option<Request<Full<Bytes>>> {
    let method = if ask.json.is_some() { Method::POST } else { Method::GET };
    let request = Request::builder().method(method).uri(ask.path).header(HOST, authority);
    let request =
        request.header(USER_AGENT, concat!("rackward/", env!("CARGO_PKG_VERSION"))).header(CONNECTION, "close");
    let request = match &ask.proof {
        Proof::None => request,
        Proof::Authorization(line) => request.header(AUTHORIZATION, line.as_str()),
        Proof::Cookie(cookie) => request.header(COOKIE, cookie.as_str()),
    };
    let body = ask.json.as_ref().map_or_else(Bytes::new, |json| Bytes::copy_from_slice(json.as_bytes()));
    request.header(CONTENT_TYPE, "application/json").body(Full::new(body)).ok()
}

fn cookie_of<T>(answer: &Response<T>) -> Option<Zeroizing<String>> {
    let line = answer.headers().get(SET_COOKIE)?.to_str().ok()?;
    let pair = line.split(';').next()?.trim();
    pair.contains('=').then(|| Zeroizing::new(pair.to_owned()))
}

fn missing(failure: &Failure) -> StillMissing {
    match failure {
        Failure::TimedOut => StillMissing::TimedOut,
        Failure::Answered(_)
        | Failure::Redirected(_)
        | Failure::Internal(_)
        | Failure::Nameless
        | Failure::Unreachable
        | Failure::Tls
        | Failure::Broken
        | Failure::Unread => StillMissing::Unreachable,
    }
}
