//! What the API needs of the daemon to give MQTT devices their identity. Keys, certificates and codes are made by the daemon;
//! this file says only what is asked and answered.

use rackward_core::id::ProposalId;
use rackward_core::{CommandError, Wall};

use crate::backend::Unavailable;

/// A code with which a device can be enrolled once. It is shown to the operator and kept nowhere.
#[derive(Clone)]
pub struct EnrolmentCode {
    /// The code, in groups of four; it also names the site's authority, so that the device knows whom it talks to.
    pub code: String,
    /// The first instant at which it is void.
    pub until: Wall,
    /// Where the device redeems it, `host:port`.
    pub address: String,
    /// What a broker that is not ours must be told first.
    pub broker: BrokerDuty,
}

/// What a broker must be told before a device enrols. The daemon speaks to somebody else's broker as a guest: it can neither
/// change its rules nor end a connection there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerDuty {
    /// Nothing: the broker is the daemon's own.
    None,
    /// The rules with the new device in them; without them its first words are lost.
    Rules,
    /// The rules, the list of revoked certificates, and to end the connection that the device has: it was enrolled before, and
    /// whoever is connected with its old certificate would be heard again under its name.
    Restart,
}

impl BrokerDuty {
    /// The word for it in the API.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Rules => Some("rules"),
            Self::Restart => Some("restart"),
        }
    }
}

impl core::fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "EnrolmentCode({} until {:?})", self.address, self.until)
    }
}

/// What came of asking for a code.
#[derive(Debug, Clone)]
pub enum Offered {
    /// It can be used.
    Made(EnrolmentCode),
    /// It counts for nothing until a second operator has confirmed it.
    Waits {
        /// What they confirm.
        proposal: ProposalId,
        /// The code.
        code: HiddenCode,
    },
}

/// A code that no log shows.
#[derive(Clone)]
pub struct HiddenCode(pub String);

impl core::fmt::Debug for HiddenCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HiddenCode(..)")
    }
}

/// Why there is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefused {
    /// The device does not come by MQTT.
    #[error("{device} is on a bus; it gets a key by `rackward device commission`, not a certificate")]
    NotMqtt {
        /// Which device.
        device: String,
    },
    /// The site has no MQTT side.
    #[error("the site file has no [mqtt]; add it, with the address the devices reach, and start the daemon again")]
    NoMqtt,
    /// The engine refused.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The daemon cannot answer now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a code; its random source must work")]
    NoEntropy,
}

/// What an external broker must know of the site's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerFiles {
    /// Topic rules in the form of Mosquitto's `acl_file`.
    pub acl: String,
    /// The site authority's certificate, PEM.
    pub authority: String,
    /// Certificates that no longer count, PEM (RFC 5280, clause 5).
    pub revoked: String,
}
