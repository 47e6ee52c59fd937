//! The listener that devices come to: TLS for everybody, and behind it either the broker or the desk where devices enrol.
//!
//! A device says in its first message which of the two it wants (ALPN, RFC 7301). Handshakes run beside the accepting, each
//! within a time and all within a number, so whoever connects and says nothing holds a slot for some seconds and nobody
//! else up. Decides nothing about certificates: that is `verifier`'s.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rackward_core::Now;
use rackward_protocol::mqtt::enrolment::ALPN;
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::Desk;
use crate::drivers::{DriverError, TlsListener};
use crate::pki::{Authority, OwnCertificate, Purpose};

/// Handshakes under way. More would let a crowd that says nothing take all descriptors; fewer would make ten thousand
/// devices that come back at once wait for each other.
const HANDSHAKE_LIMIT_CONNECTIONS: usize = 1_024;
/// How long a client may take for its first message. It is on the way with the connection, so this is for bad networks.
const HELLO_LIMIT: Duration = Duration::from_secs(4);
/// How long a client may take for the rest of the handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long accepting rests after the system refused a connection, for want of descriptors mostly.
const REFUSED_REST: Duration = Duration::from_millis(100);
/// Connections that wait for being accepted in the kernel: ten thousand devices come back within a second or two.
const BACKLOG_CONNECTIONS: i32 = 4_096;

/// What is behind the listener for those who do not enrol.
pub(super) trait Behind: Clone + Send + Sync + 'static {
    /// How those are spoken to; `None` where there is nothing for them.
    fn tls(&self) -> Option<Arc<ServerConfig>>;
    /// Serves one of them to its end.
    fn serve(self, stream: TlsStream<TcpStream>, from: SocketAddr) -> impl Future<Output = ()> + Send;
}

/// Nothing is behind the listener: devices enrol at it and go.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoBroker;

impl Behind for NoBroker {
    fn tls(&self) -> Option<Arc<ServerConfig>> {
        None
    }

    async fn serve(self, _: TlsStream<TcpStream>, _: SocketAddr) {}
}

/// The listener's other side.
pub(super) struct Front<B> {
    pub(super) enrol: Arc<ServerConfig>,
    pub(super) desk: Arc<Desk>,
    pub(super) broker: B,
    pub(super) shutdown: CancellationToken,
}

/// Binds with room for everybody who comes back at once, and so that a restart finds its port free.
pub(super) fn bind(listen: SocketAddr) -> io::Result<std::net::TcpListener> {
    use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
    let family = if listen.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    net::bind(&socket, &listen)?;
    net::listen(&socket, BACKLOG_CONNECTIONS)?;
    Ok(std::net::TcpListener::from(socket))
}

/// The certificate of a listener: for the address it listens on, the names of the site file, and this machine itself.
pub(super) fn own_certificate(
    listener: &TlsListener,
    authority: &Arc<Authority>,
    clock: fn() -> Now,
) -> Result<Arc<OwnCertificate>, DriverError> {
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    if !listener.listen.ip().is_unspecified() && !listener.listen.ip().is_loopback() {
        addresses.push(listener.listen.ip());
    }
    let names = std::iter::once("localhost".to_owned()).chain(listener.names.iter().cloned()).collect();
    let purpose = Purpose::Listener { addresses, names };
    Ok(Arc::new(OwnCertificate::new(Arc::clone(authority), purpose, clock)?))
}

/// How those are spoken to who enrol: they have no certificate yet, and prove themselves by their code.
pub(super) fn enrolment_tls(
    listener: &TlsListener,
    authority: &Arc<Authority>,
    clock: fn() -> Now,
) -> Result<Arc<ServerConfig>, DriverError> {
    let own = own_certificate(listener, authority, clock)?;
    Ok(Authority::finish_server_tls(Authority::server_tls()?.with_no_client_auth(), own, ALPN))
}

impl<B: Behind> Front<B> {
    /// Accepts until shutdown.
    pub(super) async fn run(self, listener: TcpListener, tasks: TaskTracker) {
        let front = Arc::new(self);
        let slots = Arc::new(Semaphore::new(HANDSHAKE_LIMIT_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = front.shutdown.cancelled() => return,
                accepted = accept(&listener, &slots) => accepted,
            };
            match accepted {
                Ok((stream, from, slot)) => {
                    let front = Arc::clone(&front);
                    tasks.spawn(async move {
                        let shutdown = front.shutdown.clone();
                        tokio::select! {
                            () = shutdown.cancelled() => {}
                            () = front.receive(stream, from, slot) => {}
                        }
                    });
                }
                Err(error) => {
                    tracing::error!(%error, "a device's connection was not accepted; raise the limit of open files if it is that");
                    tokio::time::sleep(REFUSED_REST).await;
                }
            }
        }
    }

    /// One connection from its first byte to its last. The slot is given back with the end of the handshake.
    async fn receive(self: Arc<Self>, stream: TcpStream, from: SocketAddr, slot: tokio::sync::OwnedSemaphorePermit) {
        let shaken = self.shake_hands(stream).await;
        drop(slot);
        match shaken {
            Ok(Shaken::Device(stream)) => self.broker.clone().serve(*stream, from).await,
            Ok(Shaken::Enrolling(stream)) => self.desk.serve(*stream, from).await,
            Err(why) => tell_refusal(from, &why),
        }
    }

    async fn shake_hands(&self, stream: TcpStream) -> io::Result<Shaken> {
        // Without it, a small message waits up to 40 ms for company.
        stream.set_nodelay(true)?;
        let start = in_time(HELLO_LIMIT, LazyConfigAcceptor::new(Acceptor::default(), stream)).await?;
        let enrols = start.client_hello().alpn().is_some_and(|mut wanted| wanted.any(|protocol| protocol == ALPN));
        let (config, enrols) = match self.broker.tls() {
            Some(devices) if !enrols => (devices, false),
            // Where there is no broker, whoever does not enrol is told so by the missing protocol.
            Some(_) | None => (Arc::clone(&self.enrol), true),
        };
        let stream = Box::new(in_time(HANDSHAKE_LIMIT, start.into_stream(config)).await?);
        Ok(if enrols { Shaken::Enrolling(stream) } else { Shaken::Device(stream) })
    }
}

/// Who has come.
enum Shaken {
    Device(Box<TlsStream<TcpStream>>),
    Enrolling(Box<TlsStream<TcpStream>>),
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<Accepted> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    Ok((stream, from, slot))
}

async fn in_time<T>(limit: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, step).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Counted, and said at 1, 2, 4, 8 and so on, so that somebody who keeps trying does not flood the log.
fn tell_refusal(from: SocketAddr, why: &io::Error) {
    static REFUSALS: AtomicU64 = AtomicU64::new(0);
    let count = REFUSALS.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    if count.is_power_of_two() {
        tracing::warn!(%from, count, %why, "a connection of a device was refused at its handshake");
    }
}
