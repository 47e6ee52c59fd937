//! From where a session is used: the network of the address and the browser's name. A cookie that comes from elsewhere was
//! stolen, or its owner has moved; either way the session is over.

use std::net::IpAddr;

use rackward_core::engine::command::Scope;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many characters of a browser's name are kept to show.
const AGENT_CHARS: usize = 120;

/// From where somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The network, such as `192.0.2.0/24`; nothing of a listener that has no addresses.
    pub(crate) network: String,
    agent_digest: [u8; 32],
    /// How the browser calls itself, cut, without what cannot be shown.
    pub(crate) agent: String,
}

impl Client {
    /// Somebody at `address` whose browser calls itself `agent`. Of an address counts the network that one line usually has:
    /// 24 bits of version 4, 64 bits of version 6, since the rest changes by itself (RFC 8981).
    pub fn of(address: Option<IpAddr>, agent: &str) -> Self {
        let plain = |c: &char| !c.is_control() && (' '..='~').contains(c);
        Self {
            network: address.map(network).unwrap_or_default(),
            agent_digest: Sha256::digest(agent.as_bytes()).into(),
            agent: agent.chars().filter(plain).take(AGENT_CHARS).collect(),
        }
    }

    /// Whether it is the same network and the same browser.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        // One that was opened by no network has none to hold to: there is none in a test that has no sockets.
        (self.network.is_empty() || self.network == other.network) && self.agent_digest == other.agent_digest
    }
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The reach of a session, as its file has it.
pub(super) fn organisation_of(scope: Scope) -> Option<u32> {
    match scope {
        Scope::Site => None,
        Scope::Organisation(organisation) => Some(organisation.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_line_has() {
        let check = |one: &str, other: &str, same: bool| {
            let of = |address: &str| Client::of(address.parse().ok(), "browser");
            assert_eq!(of(one).is_same(&of(other)), same, "{one} {other}");
        };
        check("192.0.2.7", "192.0.2.200", true);
        check("192.0.2.7", "192.0.3.7", false);
        check("192.0.2.7", "::ffff:192.0.2.9", true);
        check("2001:db8:1:2::7", "2001:db8:1:2:ffff::9", true);
        check("2001:db8:1:2::7", "2001:db8:1:3::7", false);
        check("no address", "192.0.2.7", true);
        check("192.0.2.7", "no address", false);
    }

    #[test]
    fn another_browser_is_somebody_else() {
        let of = |agent: &str| Client::of(None, agent);
        assert!(of("Firefox/1").is_same(&of("Firefox/1")));
        assert!(!of("Firefox/1").is_same(&of("Firefox/2")));
        let long = "x".repeat(500) + "\u{202e}";
        assert_eq!(of(&long).agent.len(), AGENT_CHARS);
        assert!(!of(&long).is_same(&of(&"x".repeat(500))), "what is not kept counts all the same");
    }
}
