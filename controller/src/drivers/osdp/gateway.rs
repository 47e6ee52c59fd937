//! A serial gateway: raw bytes over TCP.
//!
//! Decides how long a connection may take to be made and how soon a dead one is noticed. It does not decide when a new one
//! is tried (`osdp.rs`). The gateway's own speed is set at the gateway: RFC 2217 is not spoken.

use std::io;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::TcpStream;

/// How long a gateway has to take a connection. More would keep a bus with a dead gateway from noticing its return.
const CONNECT_LIMIT_SECS: u64 = 3;

/// Bytes that nobody confirms for so long mean that the connection is dead: as long as a device may be silent.
const UNCONFIRMED_LIMIT_MILLIS: u32 = 8_000;

/// When nothing is under way the other end is asked after this silence, and again at this pace, so often.
const ASK_AFTER_SECS: u64 = 3;
const ASK_PAUSE_SECS: u64 = 1;
const ASK_LIMIT_TIMES: u32 = 5;

/// Connects; every frame leaves at once and a dead connection is noticed within eight seconds.
pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let limit = Duration::from_secs(CONNECT_LIMIT_SECS);
    let stream = tokio::time::timeout(limit, TcpStream::connect((host, port)))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the gateway does not take the connection"))??;
    // A poll is smaller than a segment; gathering would hold it back for the answer that it shall bring.
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, Duration::from_secs(ASK_AFTER_SECS))?;
    sockopt::set_tcp_keepintvl(&stream, Duration::from_secs(ASK_PAUSE_SECS))?;
    sockopt::set_tcp_keepcnt(&stream, ASK_LIMIT_TIMES)?;
    sockopt::set_tcp_user_timeout(&stream, UNCONFIRMED_LIMIT_MILLIS)?;
    Ok(stream)
}
