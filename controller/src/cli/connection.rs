//! How the daemon is reached: over the socket of this machine, or at its console over TLS. One connection per request, every
//! wait bounded. What cannot be reached, and why, is told here; who asks is `connection/caller.rs`, whose certificate counts
//! `connection/trust.rs`, where the console is `connection/address.rs`. Which of them a verb takes is `settings.rs`'s.

pub(crate) mod address;
pub(crate) mod caller;
pub(crate) mod trust;

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::failure::{Exit, Failure};
use address::ServerAddress;
use trust::Presented;

/// How long the socket may take to accept. A local socket answers at once or its daemon is stuck.
const SOCKET_TIMEOUT_S: u64 = 3;
/// How long it may take to find a server, reach it and agree on TLS: a bad line is slow, a dead one is not waited for.
const SERVER_TIMEOUT_S: u64 = 10;

/// Where the daemon is.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    /// At the socket of this machine.
    Socket(PathBuf),
    /// At its console.
    Server(Arc<Server>),
}

/// A daemon's console.
pub(crate) struct Server {
    /// Where it is.
    pub(crate) address: ServerAddress,
    /// Whom it must show a certificate of; `None` for plain HTTP to this machine.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// The line with which one signs in there.
    pub(crate) sign_in: String,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

/// A connection that is open, and what drives it: dropping that ends it.
pub(crate) type Wire = (http1::SendRequest<Full<Bytes>>, JoinSet<()>);

impl Link {
    /// Connects.
    ///
    /// # Errors
    /// Nobody is there, or the wrong one.
    pub(crate) async fn open(&self) -> Result<Wire, Failure> {
        match self {
            Self::Socket(path) => {
                let connecting = timeout(Duration::from_secs(SOCKET_TIMEOUT_S), UnixStream::connect(path)).await;
                let stream = connecting
                    .map_err(|_| self.unreachable(&format_args!("not accepted within {SOCKET_TIMEOUT_S} s")))?
                    .map_err(|error| self.refused(&error))?;
                self.shake_hands(stream).await
            }
            Self::Server(server) => {
                let opening = async {
                    let stream = dial(&server.address).await?;
                    match &server.tls {
                        None => self.shake_hands(stream).await,
                        Some(tls) => {
                            let stream = secure(&server.address, tls, stream).await;
                            let wrong = |error| trust::no_handshake(&server.address, &server.sign_in, &error);
                            self.shake_hands(stream.map_err(wrong)?).await
                        }
                    }
                };
                in_time(&server.address, opening).await
            }
        }
    }

    async fn shake_hands<S>(&self, stream: S) -> Result<Wire, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.unreachable(&error))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // An error of the connection is seen as an error of the request it carries.
            let _ = connection.await;
        });
        Ok((sender, tasks))
    }

    /// Whom a request is for (RFC 9110, 7.2).
    pub(super) fn host(&self) -> String {
        match self {
            Self::Socket(_) => "localhost".to_owned(),
            Self::Server(server) => server.address.authority(),
        }
    }

    /// Something went wrong between the daemon and here.
    pub(super) fn unreachable(&self, cause: &dyn fmt::Display) -> Failure {
        match self {
            Self::Socket(path) => Failure::unreachable(path, cause),
            Self::Server(server) => unreached(&server.address, cause),
        }
    }

    fn refused(&self, error: &std::io::Error) -> Failure {
        if error.kind() != ErrorKind::PermissionDenied {
            return self.unreachable(error);
        }
        let detail = format!("{self}: {error}");
        let help = "run this as root or as the user the daemon runs as, or sign in at its console with: rackward login \
                    --server URL";
        Failure::new(Exit::NotSignedIn, "not-signed-in", "you may not use the daemon's socket", detail, help)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "{}", path.display()),
            Self::Server(server) => write!(f, "{}", server.address),
        }
    }
}

/// The certificates that the console at `address` shows, its own first. Nothing is asked of it, and nothing is trusted.
///
/// # Errors
/// Nobody is there, or it speaks no TLS.
pub(super) async fn certificates_of(address: &ServerAddress) -> Result<Vec<Vec<u8>>, Failure> {
    let presented = Arc::new(Presented::default());
    let tls = trust::looking(Arc::clone(&presented))?;
    let looking = async {
        let stream = dial(address).await?;
        Ok(secure(address, &tls, stream).await.err())
    };
    let broken_off = in_time(address, looking).await?;
    match (presented.take(), broken_off) {
        (shown, _) if !shown.is_empty() => Ok(shown),
        (_, Some(error)) => Err(trust::no_handshake(address, "rackward login", &error)),
        (_, None) => Err(unreached(address, &"it shows no certificate")),
    }
}

/// Whether the console at `address` shows a certificate that counts for `tls`.
///
/// # Errors
/// Nobody is there, or the certificate does not count.
pub(super) async fn check_certificate(
    address: &ServerAddress,
    tls: &Arc<ClientConfig>,
    again: &str,
) -> Result<(), Failure> {
    let checking = async {
        let stream = dial(address).await?;
        secure(address, tls, stream).await.map_err(|error| trust::no_handshake(address, again, &error))
    };
    in_time(address, checking).await.map(drop)
}

async fn secure(
    address: &ServerAddress,
    tls: &Arc<ClientConfig>,
    stream: TcpStream,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(address.host().to_owned()).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::clone(tls)).connect(name, stream).await
}

/// A connection to the first of the host's addresses that takes one.
async fn dial(address: &ServerAddress) -> Result<TcpStream, Failure> {
    let nameless = |error: std::io::Error| {
        let detail = format!("{}: {error}", address.host());
        let help = "look at how the address is written, or ask by number where no name service is";
        Failure::new(Exit::Unreachable, "unknown-host", "the server's name stands for no address", detail, help)
    };
    let found = tokio::net::lookup_host((address.host(), address.port())).await.map_err(nameless)?;
    let mut last = std::io::Error::from(ErrorKind::AddrNotAvailable);
    for at in found {
        match TcpStream::connect(at).await {
            Ok(stream) => {
                // Where it fails the other side is gone already.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(unreached(address, &last))
}

async fn in_time<T>(address: &ServerAddress, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| unreached(address, &format_args!("not reached within {SERVER_TIMEOUT_S} s"));
    timeout(Duration::from_secs(SERVER_TIMEOUT_S), work).await.map_err(late)?
}

/// The console does not answer.
fn unreached(address: &ServerAddress, cause: &dyn fmt::Display) -> Failure {
    let help = "see that the daemon runs and that its console (`listen` of [console]) is reached from here; `rackward \
                context show` says who is asked and why";
    Failure::new(Exit::Unreachable, "unreachable", "the server does not answer", format!("{address}: {cause}"), help)
}
