//! What one client of the embedded broker may do there, once TLS has said who it is.
//!
//! Decides that a device comes under its own name and touches its own topics only (`rackward_protocol::mqtt::topic` has the
//! rule), and that the daemon speaks down and hears up, and that an observer
//! hears publications. Each connection has a gate of its own, which holds who is behind it,
//! so nothing has to be looked up by an address or a name that the client gave.

use std::future::{Future, Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use rackward_core::engine::input::SecurityTrouble;
use rackward_protocol::mqtt::{DeviceId, Leaf, SiteId, Topic, may_publish, may_subscribe};
use zeroize::Zeroizing;

use crate::drivers::publications::topics;
use crate::drivers::{Admissions, Password};

/// What the library wants of a gate: an answer that is there at once, boxed.
type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    let at_once: Ready<T> = ready(value);
    Box::pin(at_once)
}

/// The gate of one device's connection.
pub(super) struct DeviceGate {
    pub(super) site: Arc<SiteId>,
    pub(super) device: DeviceId,
    pub(super) admissions: Arc<Admissions>,
}

impl DeviceGate {
    /// Whether the client comes under the name in its certificate. A user name is not needed, but may not contradict.
    fn admits(&self, client_id: &str, username: Option<&str>) -> bool {
        let own = self.device.as_str();
        client_id == own && username.is_none_or(|name| name == own)
    }

    fn tell_foreign_name(&self, client_id: &str, from: SocketAddr) {
        let count = self.admissions.refused(Some(client_id), SecurityTrouble::CertificateForeign);
        if count.is_power_of_two() {
            tracing::warn!(%from, count, certificate_of = %self.device, "a device came under a name that is not in its certificate");
        }
    }

    fn allow(&self, is_own: bool) -> bool {
        if !is_own {
            self.admissions.refused(Some(self.device.as_str()), SecurityTrouble::ForeignTopic);
        }
        is_own
    }
}

impl AuthProvider for DeviceGate {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        from: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        if self.admits(&connect.client_id, connect.username.as_deref()) {
            return answer(Ok(AuthResult::success_with_user(self.device.as_str())));
        }
        self.tell_foreign_name(&connect.client_id, from);
        answer(Ok(AuthResult::fail(ReasonCode::NotAuthorized)))
    }

    fn authorize_publish<'a>(&'a self, _: &str, _: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        answer(self.allow(may_publish(&self.site, &self.device, topic)))
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, _: Option<&'a str>, filter: &'a str) -> Answer<'a, bool> {
        answer(self.allow(may_subscribe(&self.site, &self.device, filter)))
    }
}

/// The gate of the loopback listener, which is the daemon's alone: its password is drawn at each start.
pub(super) struct DaemonGate {
    pub(super) site: Arc<SiteId>,
    pub(super) client_id: String,
    pub(super) password: Zeroizing<String>,
    pub(super) refusals: AtomicU64,
}

impl DaemonGate {
    fn admits(&self, client_id: &str, password: Option<&[u8]>) -> bool {
        same(password.unwrap_or_default(), self.password.as_bytes()) && client_id == self.client_id
    }

    /// What the daemon says: to its devices, and publications, which lie beside them.
    fn may_publish(&self, topic: &str) -> bool {
        match Topic::parse(topic) {
            Ok(Topic { site, device: _, leaf: Leaf::Down(_) }) => site == *self.site,
            Ok(Topic { leaf: Leaf::Up(_), .. }) => false,
            // No topic of a device: perhaps a publication.
            Err(_) => topics::daemon_may_publish(self.site.as_str(), topic),
        }
    }

    fn may_subscribe(&self, filter: &str) -> bool {
        filter == Topic::all_up(&self.site) || topics::daemon_may_subscribe(filter)
    }
}

impl AuthProvider for DaemonGate {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        from: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        if self.admits(&connect.client_id, connect.password.as_deref()) {
            return answer(Ok(AuthResult::success_with_user(self.client_id.clone())));
        }
        let count = self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if count.is_power_of_two() {
            tracing::warn!(%from, count, "somebody on this machine tried the daemon's own way to its broker");
        }
        answer(Ok(AuthResult::fail(ReasonCode::BadUsernameOrPassword)))
    }

    fn authorize_publish<'a>(&'a self, _: &str, _: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        answer(self.may_publish(topic))
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, _: Option<&'a str>, filter: &'a str) -> Answer<'a, bool> {
        answer(self.may_subscribe(filter))
    }
}

/// The gate of a program that reads publications. It has no certificate and comes with the password of the site file, under
/// any name that is nobody else's: a client that comes under the name of another takes over its session (MQTT 5, 3.1.4).
pub(super) struct ObserverGate {
    pub(super) site: Arc<SiteId>,
    pub(super) login: Password,
    pub(super) daemon_id: Arc<str>,
    pub(super) admissions: Arc<Admissions>,
}

impl ObserverGate {
    fn admits(&self, client_id: &str, username: Option<&str>, password: Option<&[u8]>) -> bool {
        let is_known = same(password.unwrap_or_default(), self.login.password.as_bytes())
            && username == Some(self.login.username.as_str());
        is_known && client_id != &*self.daemon_id && !self.admissions.knows(client_id)
    }
}

impl AuthProvider for ObserverGate {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        from: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        if self.admits(&connect.client_id, connect.username.as_deref(), connect.password.as_deref()) {
            return answer(Ok(AuthResult::success_with_user(self.login.username.clone())));
        }
        let count = self.admissions.refused(None, SecurityTrouble::WrongKey);
        if count.is_power_of_two() {
            tracing::warn!(%from, count, "somebody without a certificate came to the broker with a wrong password or under another's name");
        }
        answer(Ok(AuthResult::fail(ReasonCode::BadUsernameOrPassword)))
    }

    fn authorize_publish<'a>(&'a self, _: &str, _: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        answer(topics::observer_may_publish(topic))
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, _: Option<&'a str>, filter: &'a str) -> Answer<'a, bool> {
        answer(topics::observer_may_subscribe(self.site.as_str(), filter))
    }
}

/// Whether two texts are the same, in a time that does not say where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    // Digests have one length and tell nothing of their texts.
    let digest = |text| ring::digest::digest(&ring::digest::SHA256, text);
    let (one, other) = (digest(one), digest(other));
    one.as_ref().iter().zip(other.as_ref()).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAEMON: &str = "rackward.lon1";

    fn site() -> Arc<SiteId> {
        Arc::new(SiteId::parse("lon1").unwrap())
    }

    fn front() -> DeviceGate {
        let (admissions, _) = Admissions::new(["r01-front", "r01-rear"].map(str::to_owned));
        DeviceGate { site: site(), device: DeviceId::parse("r01-front").unwrap(), admissions }
    }

    fn daemon() -> DaemonGate {
        let (client_id, password) = (DAEMON.to_owned(), Zeroizing::new("zero".to_owned()));
        DaemonGate { site: site(), client_id, password, refusals: AtomicU64::new(0) }
    }

    #[test]
    fn a_device_comes_under_the_name_in_its_certificate() {
        let check = |client_id: &str, username: Option<&str>, expect| {
            assert_eq!(front().admits(client_id, username), expect, "{client_id} {username:?}");
        };
        check("r01-front", None, true);
        check("r01-front", Some("r01-front"), true);
        check("r01-front", Some("r01-rear"), false);
        check("r01-rear", None, false);
        check("r01-rear", Some("r01-front"), false);
        check(DAEMON, None, false);
        check("", None, false);
    }

    #[test]
    fn the_daemon_comes_with_its_password() {
        let check = |client_id: &str, password: Option<&str>, expect| {
            assert_eq!(daemon().admits(client_id, password.map(str::as_bytes)), expect, "{client_id} {password:?}");
        };
        check(DAEMON, Some("zero"), true);
        check(DAEMON, Some("zer"), false);
        check(DAEMON, Some(""), false);
        check(DAEMON, None, false);
        check("r01-front", Some("zero"), false);
    }

    #[test]
    fn an_observer_comes_with_its_password_and_under_nobody_elses_name() {
        let (admissions, _) = Admissions::new(["r01-front".to_owned()]);
        let login = Password { username: "dash".to_owned(), password: Zeroizing::new("long enough".to_owned()) };
        let gate = ObserverGate { site: site(), login, daemon_id: DAEMON.into(), admissions };
        let check = |client_id: &str, username: Option<&str>, password: Option<&str>, expect| {
            let admitted = gate.admits(client_id, username, password.map(str::as_bytes));
            assert_eq!(admitted, expect, "{client_id} {username:?} {password:?}");
        };
        check("board-1", Some("dash"), Some("long enough"), true);
        check("board-1", Some("dash"), Some("long"), false);
        check("board-1", Some("dash"), None, false);
        check("board-1", None, Some("long enough"), false);
        check("r01-front", Some("dash"), Some("long enough"), false);
        check(DAEMON, Some("dash"), Some("long enough"), false);
    }

    #[test]
    fn the_daemon_speaks_down_and_beside_its_devices_and_hears_up() {
        let publish = |topic: &str, expect| assert_eq!(daemon().may_publish(topic), expect, "{topic}");
        publish("rackward/v1/lon1/dev/r01-front/down/cmd", true);
        publish("rackward/v1/lon1/dev/r01-front/up/event", false);
        publish("rackward/v1/ams2/dev/r01-front/down/cmd", false);
        publish("rackward/v1/lon1/dev/r01-front/side/cmd", false);
        publish("rackward/v1/lon1/door/hall/main/state", true);
        publish("rackward/v1/ams2/door/hall/main/state", false);
        publish("homeassistant/device/rackward-lon1-door-3/config", true);
        publish("homeassistant/device/hall/config", false);
        let hear = |filter: &str, expect| assert_eq!(daemon().may_subscribe(filter), expect, "{filter}");
        hear("rackward/v1/lon1/dev/+/up/+", true);
        hear("homeassistant/status", true);
        hear("#", false);
    }
}
