//! Sends one message to one target and says what came of it. It resolves the target's name once, has every address checked
//! (`address.rs`) and connects to one that was, so that no second lookup can lead elsewhere. It follows no redirect, reads of
//! an answer no more than its head, and gives up after [`ATTEMPT_LIMIT`] whatever the other side does. When to try again is
//! `retries.rs`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rackward_core::Wall;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::address::{Checked, Guard};
use super::message::Message;
use super::retries::{Failure, Outcome};
use super::signing::Signer;

/// How long an attempt may take in all, from the lookup of the name to the head of the answer (Standard Webhooks 1.0,
/// "Deliverability and reliability": 15 to 30 s).
pub(super) const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);

/// The same for a message that somebody waits for: shorter than a request over the API may take, so that they are told what
/// the target did, and not that nothing is known.
pub(super) const TEST_LIMIT: Duration = Duration::from_secs(10);

/// How long is waited for one address to accept a connection: whoever is there does so within a second.
const ADDRESS_LIMIT: Duration = Duration::from_secs(4);

/// How long is waited for all of a name's addresses together. The rest of [`ATTEMPT_LIMIT`] is for the message.
const CONNECTING_LIMIT: Duration = Duration::from_secs(10);

/// How many of a name's addresses are tried in one attempt. Resolvers give them in changing order, so that a later attempt
/// tries others.
const ADDRESSES_LIMIT: usize = 10;

/// How much of an answer's head is read.
const HEAD_MAX_BYTES: usize = 16 * 1024;

/// How many header lines an answer may have.
const HEAD_MAX_LINES: usize = 64;

/// Where a target is.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    /// Path and query.
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Https,
    /// Only towards internal addresses that the site file names.
    Http,
}

/// Why a text is no target's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEndpoint {
    /// It is no URL.
    #[error("it is no URL")]
    Malformed,
    /// Its scheme is another one.
    #[error("it begins neither with https:// nor with http://")]
    Scheme,
    /// It holds a user name.
    #[error("it holds a login")]
    Login,
    /// Messages would go over a network in the clear.
    #[error("messages would go out unencrypted")]
    Plain,
}

impl Endpoint {
    /// Takes a URL. Without TLS it must name an address that `guard` lets in by name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str, guard: &Guard) -> Result<Self, NoEndpoint> {
        let uri: Uri = url.parse().map_err(|_| NoEndpoint::Malformed)?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            Some(_) | None => return Err(NoEndpoint::Scheme),
        };
        let authority = uri.authority().ok_or(NoEndpoint::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(NoEndpoint::Login);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let usual_port = if scheme == Scheme::Https { 443 } else { 80 };
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with(']') => authority.port_u16().ok_or(NoEndpoint::Malformed)?,
            Some(_) | None => usual_port,
        };
        if host.is_empty() || port == 0 || ServerName::try_from(host.as_str()).is_err() {
            return Err(NoEndpoint::Malformed);
        }
        let is_named_inside = || host.parse::<IpAddr>().is_ok_and(|address| guard.allows(address));
        if scheme == Scheme::Http && !is_named_inside() {
            return Err(NoEndpoint::Plain);
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { scheme, host, port, path })
    }

    /// Where it is, without path and query: those may hold a token of the receiver's.
    pub fn origin(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        format!("{scheme}://{}", self.authority())
    }

    /// The path below which it is, without a slash at its end.
    pub(crate) fn below(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether what is said to it is encrypted.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> String {
        let is_v6 = self.host.contains(':');
        if is_v6 { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }

    /// A connection to the first of its addresses that accepts one. Every address is checked before.
    pub(crate) async fn connect(&self, guard: &Guard, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, Failure> {
        let addresses = self.resolve(guard).await?;
        let connect = |address: &Checked| TcpStream::connect(SocketAddr::new(address.address(), self.port));
        let stream = first_of(&addresses, connect).await?;
        // Where it fails the other side is gone already.
        let _ = stream.set_nodelay(true);
        if self.scheme == Scheme::Http {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|_| Failure::Tls)?;
        let connector = TlsConnector::from(Arc::clone(tls));
        Ok(Box::new(connector.connect(name, stream).await.map_err(|_| Failure::Tls)?))
    }

    /// The name's addresses, all of them checked.
    async fn resolve(&self, guard: &Guard) -> Result<Vec<Checked>, Failure> {
        let found: Vec<IpAddr> = match self.host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
                found.map_err(|_| Failure::Nameless)?.map(|address| address.ip()).collect()
            }
        };
        let checked = guard.check(&found).map_err(Failure::Internal)?;
        if checked.is_empty() { Err(Failure::Nameless) } else { Ok(checked) }
    }
}

/// What can be spoken over: a connection, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.origin())
    }
}

/// What it takes to send.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) endpoint: Endpoint,
    pub(super) guard: Arc<Guard>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) signer: Arc<Signer>,
}

impl Post {
    /// Sends a message now.
    pub(super) async fn send(&self, message: &Message, now: Wall) -> Outcome {
        in_time(ATTEMPT_LIMIT, self.attempt(message, now)).await
    }

    /// Sends a message that somebody waits for.
    pub(super) async fn try_out(&self, message: &Message, now: Wall) -> Outcome {
        in_time(TEST_LIMIT, self.attempt(message, now)).await
    }

    /// The same over a connection that is there.
    #[cfg(test)]
    pub(super) async fn send_over<S>(&self, stream: S, message: &Message, now: Wall) -> Outcome
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        in_time(ATTEMPT_LIMIT, self.talk(stream, message, now)).await
    }

    async fn attempt(&self, message: &Message, now: Wall) -> Result<u16, Failure> {
        let stream = self.endpoint.connect(&self.guard, &self.tls).await?;
        self.talk(stream, message, now).await
    }

    /// Asks, and reads the head of the answer.
    async fn talk<S>(&self, stream: S, message: &Message, now: Wall) -> Result<u16, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, _connection) = shake_hands(stream).await.map_err(|_| Failure::Broken)?;
        let answer = sender.send_request(self.request(message, now)?).await.map_err(|_| Failure::Broken)?;
        Ok(answer.status().as_u16())
    }

    /// Standard Webhooks 1.0, "Webhook metadata". The time is that of the attempt, so that a receiver may refuse old ones.
    fn request(&self, message: &Message, now: Wall) -> Result<Request<Full<Bytes>>, Failure> {
        let timestamp = now.as_seconds();
        Request::post(&self.endpoint.path)
            .header(HOST, self.endpoint.authority())
            .header(USER_AGENT, concat!("rackward/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header(CONNECTION, "close")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.signer.sign(&message.id, timestamp, &message.body))
            .body(Full::new(Bytes::from(message.body.clone())))
            .map_err(|_| Failure::Broken)
    }
}

/// Begins to speak HTTP/1.1 over a connection, of which no more than a bounded head is read. Dropping the tasks ends it, whatever
/// is still coming.
///
/// # Errors
/// The connection is gone already.
pub(crate) async fn shake_hands<S>(stream: S) -> hyper::Result<(http1::SendRequest<Full<Bytes>>, JoinSet<()>)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut client = http1::Builder::new();
    client.max_buf_size(HEAD_MAX_BYTES).max_headers(HEAD_MAX_LINES);
    let (sender, connection) = client.handshake(TokioIo::new(stream)).await?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // An error of the connection is seen as an error of the request it carries.
        let _ = connection.await;
    });
    Ok((sender, tasks))
}

/// A connection to the first address that accepts one. Each is given its share of the time, so that one that is dead leaves
/// enough for the others.
async fn first_of<T, C>(addresses: &[Checked], connect: impl Fn(&Checked) -> C) -> Result<T, Failure>
where
    C: Future<Output = std::io::Result<T>>,
{
    let tried = addresses.len().min(ADDRESSES_LIMIT);
    let share = CONNECTING_LIMIT / u32::try_from(tried.max(1)).unwrap_or(u32::MAX);
    for address in addresses.iter().take(tried) {
        if let Ok(Ok(connected)) = timeout(share.min(ADDRESS_LIMIT), connect(address)).await {
            return Ok(connected);
        }
    }
    Err(Failure::Unreachable)
}

/// What an attempt comes to, within its time.
async fn in_time(limit: Duration, attempt: impl Future<Output = Result<u16, Failure>>) -> Outcome {
    match timeout(limit, attempt).await {
        Ok(Ok(status)) => verdict(status),
        Ok(Err(failure)) => Outcome::Failed(failure),
        Err(_) => Outcome::Failed(Failure::TimedOut),
    }
}

/// What an answer means ("Deliverability and reliability"): 2xx alone is success, 410 asks for no more.
fn verdict(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        300..=399 => Outcome::Failed(Failure::Redirected(status)),
        410 => Outcome::Gone,
        status => Outcome::Failed(Failure::Answered(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_urls_without_logins_and_encrypted_unless_named_inside() {
        let guard = Guard::new(vec!["10.0.0.5/32".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let check = |url: &str, expect: Result<&str, NoEndpoint>| {
            let got = Endpoint::parse(url, &guard).map(|endpoint| endpoint.origin() + &endpoint.path);
            assert_eq!(got.as_deref(), expect.as_ref().map(|url| *url), "{url}");
        };
        check("https://desk.example/hook?t=1", Ok("https://desk.example:443/hook?t=1"));
        check("https://desk.example:8443", Ok("https://desk.example:8443/"));
        check("https://[2606:4700::1111]/x", Ok("https://[2606:4700::1111]:443/x"));
        check("http://10.0.0.5:8080/x", Ok("http://10.0.0.5:8080/x"));
        check("http://[fd00::1]/x", Ok("http://[fd00::1]:80/x"));
        check("http://10.0.0.6/x", Err(NoEndpoint::Plain));
        check("http://localhost/x", Err(NoEndpoint::Plain));
        check("https://me:secret@desk.example/", Err(NoEndpoint::Login));
        check("ftp://desk.example/", Err(NoEndpoint::Scheme));
        check("desk.example", Err(NoEndpoint::Scheme));
        check("https://desk.example:0/", Err(NoEndpoint::Malformed));
        check("https://desk.example:99999/", Err(NoEndpoint::Malformed));
        check("https:///x", Err(NoEndpoint::Malformed));
        check("", Err(NoEndpoint::Malformed));
    }

    /// Which of some addresses is connected to, where the dead ones never answer, and after how many seconds.
    async fn connected(addresses: usize, alive: &[usize]) -> (Option<usize>, u64) {
        let all: Vec<IpAddr> =
            (1..=addresses).map(|last| IpAddr::from([198, 18, 0, u8::try_from(last).unwrap()])).collect();
        let checked = Guard::new(vec!["198.18.0.0/24".parse().unwrap()]).check(&all).unwrap();
        let began = tokio::time::Instant::now();
        let connect = async |address: IpAddr| {
            let place = all.iter().position(|one| *one == address).unwrap();
            if alive.contains(&place) { Ok(place) } else { std::future::pending().await }
        };
        let found = first_of(&checked, |address| connect(address.address())).await;
        (found.ok(), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_address_leaves_time_for_the_others() {
        assert_eq!(connected(2, &[0, 1]).await, (Some(0), 0));
        assert_eq!(connected(2, &[1]).await, (Some(1), 4));
        assert_eq!(connected(8, &[7]).await, (Some(7), 8));
        let (found, waited) = connected(40, &[]).await;
        assert!(found.is_none() && waited <= 10, "{waited} s of {ATTEMPT_LIMIT:?}");
    }

    #[test]
    fn only_2xx_is_success_and_410_the_end() {
        assert_eq!([200, 204, 299].map(verdict), [Outcome::Delivered, Outcome::Delivered, Outcome::Delivered]);
        assert_eq!(verdict(302), Outcome::Failed(Failure::Redirected(302)));
        assert_eq!(verdict(410), Outcome::Gone);
        assert_eq!(verdict(404), Outcome::Failed(Failure::Answered(404)));
    }
}
