//! Which certificates of MQTT devices count just now, and which connections rest on them. The engine says which count; whoever
//! accepts connections asks here, and connections whose certificate counts no more are cut from here.
//!
//! Decides nothing: it keeps what the engine decided where a handshake can look at it without waiting for the engine. Who
//! comes is told on a bounded channel as an [`Arrival`].
//!
//! Asking and entering are one step under one lock, so no connection can slip in between a revocation and its cut. The lock
//! is held for a look into a table, never across a wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rackward_core::certificate::CertificateSerial;
use rackward_core::engine::input::SecurityTrouble;
use tokio::sync::{broadcast, mpsc};

/// Arrivals that wait to be told to the engine. Who was let in waits for room; refusals beyond it are only counted, so that
/// nobody can fill the daemon by being refused.
const WAITING_LIMIT_ARRIVALS: usize = 1_024;

/// Connections that rest on the certificates of one device. It has one, and for a moment two while it reconnects; the oldest
/// beyond these is cut.
const CONNECTION_LIMIT_CONNECTIONS: usize = 4;

/// What happened at the listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A device was let in on this certificate.
    Shown {
        /// Its name in the site file.
        device: String,
        /// Which certificate.
        serial: CertificateSerial,
    },
    /// Somebody was refused.
    Refused {
        /// As whom, when the site has such a device.
        device: Option<String>,
        /// Why.
        trouble: SecurityTrouble,
    },
}

/// Which certificates count, and which connections rest on them.
#[derive(Debug)]
pub struct Admissions {
    members: Mutex<BTreeMap<String, Member>>,
    arrivals: mpsc::Sender<Arrival>,
    refusals: AtomicU64,
    next_connection: AtomicU64,
}

/// One device.
#[derive(Debug, Default)]
struct Member {
    counting: Vec<CertificateSerial>,
    connections: Vec<Connection>,
}

/// One connection of a device. It ends when told to.
#[derive(Debug)]
struct Connection {
    number: u64,
    serial: CertificateSerial,
    end: broadcast::Sender<()>,
}

/// A connection that was let in; dropping it says that it is over.
#[derive(Debug)]
pub struct Entered {
    admissions: Arc<Admissions>,
    device: String,
    number: u64,
}

/// Why a certificate lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// The site has no such device.
    Unknown,
    /// The certificate does not count, or no more.
    NotCounting,
}

impl Admissions {
    /// Knows these devices, of which no certificate counts yet. What happens at the listener comes out of the receiver.
    pub fn new(devices: impl IntoIterator<Item = String>) -> (Arc<Self>, mpsc::Receiver<Arrival>) {
        let (arrivals, told) = mpsc::channel(WAITING_LIMIT_ARRIVALS);
        let members = devices.into_iter().map(|name| (name, Member::default())).collect();
        let admissions = Self {
            members: Mutex::new(members),
            arrivals,
            refusals: AtomicU64::new(0),
            next_connection: AtomicU64::new(0),
        };
        (Arc::new(admissions), told)
    }

    /// Lets only these certificates of a device count from now on and cuts connections that rest on another. A device that
    /// the site does not have is passed over.
    pub fn set(&self, device: &str, counting: &[CertificateSerial]) {
        let mut members = self.lock();
        let Some(member) = members.get_mut(device) else { return };
        member.counting = counting.to_vec();
        let rests = |connection: &Connection| counting.contains(&connection.serial);
        for cut in member.connections.extract_if(.., |connection| !rests(connection)) {
            // Nobody listens any more when the connection is ending by itself.
            let _ = cut.end.send(());
        }
    }

    /// Whether the site has this device.
    pub fn knows(&self, device: &str) -> bool {
        self.lock().contains_key(device)
    }

    /// Whether a certificate of a device counts.
    ///
    /// # Errors
    /// Why it does not.
    pub fn look(&self, device: &str, serial: CertificateSerial) -> Result<(), NotAdmitted> {
        let members = self.lock();
        let member = members.get(device).ok_or(NotAdmitted::Unknown)?;
        if member.counting.contains(&serial) { Ok(()) } else { Err(NotAdmitted::NotCounting) }
    }

    /// Whether a certificate of a device counts.
    pub fn is_counting(&self, device: &str, serial: CertificateSerial) -> bool {
        self.look(device, serial).is_ok()
    }

    /// Lets a connection in that rests on this certificate; the receiver hears when the connection must end.
    ///
    /// # Errors
    /// The certificate does not count.
    pub fn enter(
        self: &Arc<Self>,
        device: &str,
        serial: CertificateSerial,
    ) -> Result<(Entered, broadcast::Receiver<()>), NotAdmitted> {
        let mut members = self.lock();
        let member = members.get_mut(device).ok_or(NotAdmitted::Unknown)?;
        if !member.counting.contains(&serial) {
            return Err(NotAdmitted::NotCounting);
        }
        if member.connections.len() >= CONNECTION_LIMIT_CONNECTIONS {
            let _ = member.connections.remove(0).end.send(());
        }
        let number = self.next_connection.fetch_add(1, Ordering::Relaxed);
        let (end, ended) = broadcast::channel(1);
        member.connections.push(Connection { number, serial, end });
        drop(members);
        Ok((Entered { admissions: Arc::clone(self), device: device.to_owned(), number }, ended))
    }

    /// Tells that a device was let in. Waits while the engine has no room: no arrival is lost.
    pub async fn shown(&self, device: &str, serial: CertificateSerial) {
        // Nobody is told when the daemon is ending.
        let _ = self.arrivals.send(Arrival::Shown { device: device.to_owned(), serial }).await;
    }

    /// Tells that somebody was refused, as one of the site's devices or as none; gives how many were so far.
    pub fn refused(&self, device: Option<&str>, trouble: SecurityTrouble) -> u64 {
        let device = device.filter(|name| self.knows(name)).map(str::to_owned);
        // A full channel loses the telling and not the refusal, which is counted all the same.
        let _ = self.arrivals.try_send(Arrival::Refused { device, trouble });
        self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    fn leave(&self, device: &str, number: u64) {
        if let Some(member) = self.lock().get_mut(device) {
            member.connections.retain(|connection| connection.number != number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        // Every change is one assignment, so nothing is ever half done.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entered {
    /// Ends the connection, as when its certificate counts no more.
    pub fn cut(&self) {
        let members = self.admissions.lock();
        let connections = members.get(&self.device).into_iter().flat_map(|member| &member.connections);
        for connection in connections.filter(|connection| connection.number == self.number) {
            let _ = connection.end.send(());
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.admissions.leave(&self.device, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: CertificateSerial = CertificateSerial([1; 16]);
    const NEW: CertificateSerial = CertificateSerial([2; 16]);

    fn admissions() -> (Arc<Admissions>, mpsc::Receiver<Arrival>) {
        Admissions::new(["front", "rear"].map(str::to_owned))
    }

    #[test]
    fn a_certificate_counts_for_its_device_and_only_while_it_is_said_to() {
        let (admissions, _told) = admissions();
        assert_eq!(admissions.look("front", OLD), Err(NotAdmitted::NotCounting));
        admissions.set("front", &[OLD, NEW]);
        assert!(admissions.is_counting("front", OLD) && admissions.is_counting("front", NEW));
        assert_eq!(admissions.look("rear", OLD), Err(NotAdmitted::NotCounting));
        assert_eq!(admissions.look("attic", OLD), Err(NotAdmitted::Unknown));
        admissions.set("front", &[NEW]);
        assert!(!admissions.is_counting("front", OLD) && admissions.is_counting("front", NEW));
        admissions.set("attic", &[OLD]);
        assert!(!admissions.knows("attic"));
    }

    #[test]
    fn what_rests_on_a_certificate_that_counts_no_more_is_cut_and_nothing_else() {
        let (admissions, _told) = admissions();
        admissions.set("front", &[OLD, NEW]);
        let (_old, mut old_ended) = admissions.enter("front", OLD).unwrap();
        let (_new, mut new_ended) = admissions.enter("front", NEW).unwrap();
        admissions.set("front", &[NEW]);
        assert!(old_ended.try_recv().is_ok());
        assert!(new_ended.try_recv().is_err());
        assert_eq!(admissions.enter("front", OLD).err(), Some(NotAdmitted::NotCounting));
        admissions.set("front", &[]);
        assert!(new_ended.try_recv().is_ok());
    }

    #[test]
    fn connections_of_one_device_are_bounded_and_those_that_ended_do_not_count() {
        let (admissions, _told) = admissions();
        admissions.set("front", &[OLD]);
        for _ in 0..3 * CONNECTION_LIMIT_CONNECTIONS {
            drop(admissions.enter("front", OLD).unwrap());
        }
        let entered = || admissions.enter("front", OLD).unwrap();
        let mut entered: Vec<_> = (0..=CONNECTION_LIMIT_CONNECTIONS).map(|_| entered()).collect();
        let cut: Vec<_> = entered.iter_mut().map(|(_, ended)| ended.try_recv().is_ok()).collect();
        assert!(cut[0] && !cut[1..].contains(&true), "the oldest makes room: {cut:?}");
        assert_eq!(admissions.lock()["front"].connections.len(), CONNECTION_LIMIT_CONNECTIONS);
        drop(entered);
        assert!(admissions.lock()["front"].connections.is_empty());
    }

    #[test]
    fn refusals_are_told_by_names_that_the_site_has_and_never_fill_the_daemon() {
        let (admissions, mut told) = admissions();
        admissions.refused(Some("front"), SecurityTrouble::CertificateExpired);
        admissions.refused(Some("attic"), SecurityTrouble::CertificateForeign);
        let refused = |device: Option<&str>, trouble| Arrival::Refused { device: device.map(str::to_owned), trouble };
        assert_eq!(told.try_recv(), Ok(refused(Some("front"), SecurityTrouble::CertificateExpired)));
        assert_eq!(told.try_recv(), Ok(refused(None, SecurityTrouble::CertificateForeign)));
        let refusals = (0..3 * WAITING_LIMIT_ARRIVALS).map(|_| admissions.refused(None, SecurityTrouble::WrongKey));
        assert_eq!(refusals.fold(0, |_, count| count), 3 * WAITING_LIMIT_ARRIVALS as u64 + 2);
        assert_eq!(std::iter::from_fn(|| told.try_recv().ok()).count(), WAITING_LIMIT_ARRIVALS);
    }
}
