//! Tells a supervisor such as systemd how the daemon is (sd_notify(3)): that it is ready, that the loop that decides still
//! turns, that it stops. A loop that no longer turns says nothing, and the supervisor starts the daemon anew. It decides
//! nothing; when to speak is `daemon.rs` and `run.rs`.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;

/// The variable that names the supervisor's socket.
const SOCKET_VARIABLE: &str = "NOTIFY_SOCKET";

/// The supervisor, if there is one.
#[derive(Debug, Clone, Default)]
pub struct Supervisor(Option<Arc<UnixDatagram>>);

impl Supervisor {
    /// The supervisor that the environment names; nobody where it names none or one that cannot be spoken to.
    pub fn of_environment() -> Self {
        let Some(address) = std::env::var_os(SOCKET_VARIABLE) else { return Self::default() };
        match connect(&address) {
            Ok(socket) => Self(Some(Arc::new(socket))),
            Err(error) => {
                tracing::warn!(%error, "the supervisor named by {SOCKET_VARIABLE} cannot be spoken to");
                Self::default()
            }
        }
    }

    /// The daemon serves.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The loop has turned.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The daemon stops because it was told to.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, state: &str) {
        if let Some(socket) = &self.0 {
            // A supervisor that does not read must not hold up a door; what it misses, the next turn says again.
            let _ = socket.send(state.as_bytes());
        }
    }
}

/// A path, or a name in the abstract space when it begins with `@`.
fn connect(address: &OsStr) -> std::io::Result<UnixDatagram> {
    let address = match address.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(address)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives_and_a_full_queue_holds_nothing_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        let supervisor = Supervisor(Some(Arc::new(connect(path.as_os_str()).unwrap())));
        supervisor.ready();
        // More than any queue holds: a send that waited would never come back.
        (0..100_000).for_each(|_| supervisor.alive());
        supervisor.stopping();
        let mut heard = [0; 64];
        let length = listening.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        let length = listening.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"WATCHDOG=1");
    }

    #[test]
    fn nobody_needs_to_listen() {
        Supervisor::default().alive();
        assert!(connect(OsStr::new("/nonexistent/notify")).is_err());
    }
}
