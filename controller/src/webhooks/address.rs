//! Which network addresses webhooks may go to: public ones, and internal ones that the site file names. Names are looked
//! up by `post.rs`, which connects to the very address that was checked here and to no other.
//!
//! What is no address of the public internet is internal: the registries of special-purpose addresses (RFC 6890 and its
//! updates at IANA) are taken whole, because what they set apart is either inside some network or nowhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: an address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an address with the number of bits that count, such as 10.0.0.5/32 or fd00:1::/64")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').ok_or(NoNetwork)?;
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let is_number = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let prefix_bits: u8 = bits.parse().ok().filter(|_| is_number).ok_or(NoNetwork)?;
        let network = Self { address, prefix_bits };
        // Bits after the prefix would say that somebody meant one address and wrote a network.
        if prefix_bits <= network.width() && network.contains_nothing_beyond_its_prefix() {
            Ok(network)
        } else {
            Err(NoNetwork)
        }
    }
}

impl Network {
    const fn width(&self) -> u8 {
        match self.address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        }
    }

    fn contains_nothing_beyond_its_prefix(&self) -> bool {
        leading_bits(self.address, self.prefix_bits) == whole_bits(self.address)
    }

    /// Whether an address is of this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && leading_bits(address, self.prefix_bits) == leading_bits(self.address, self.prefix_bits)
    }
}

/// The address as a number whose highest bit is its first, whatever its kind.
fn whole_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn leading_bits(address: IpAddr, count: u8) -> u128 {
    let mask = u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(count))).unwrap_or(0);
    whole_bits(address) & mask
}

/// Says which addresses may be connected to.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allowed: Vec<Network>,
    public: Public,
}

/// Whether addresses of the public internet are free to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Public {
    #[default]
    Free,
    /// Only those that lie in a network that is named.
    Named,
}

/// An address that was checked. Nothing else can be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checked(IpAddr);

impl Checked {
    /// The address.
    pub(super) fn address(self) -> IpAddr {
        self.0
    }
}

impl Guard {
    /// Public addresses, and these networks.
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed, public: Public::Free }
    }

    /// These networks and no other address, public ones neither.
    pub fn only(allowed: Vec<Network>) -> Self {
        Self { allowed, public: Public::Named }
    }

    /// Checks every address that a name stands for. One internal address among public ones refuses all of them: an honest
    /// name does not have both, one that is made to lead inside does.
    ///
    /// # Errors
    /// The first address that may not be connected to.
    pub(super) fn check(&self, addresses: &[IpAddr]) -> Result<Vec<Checked>, IpAddr> {
        let check = |address: &IpAddr| {
            let plain = address.to_canonical();
            if (self.public == Public::Free && is_public(plain)) || self.allows(plain) {
                Ok(Checked(plain))
            } else {
                Err(*address)
            }
        };
        addresses.iter().map(check).collect()
    }

    /// Whether the site file names this address, so that it may be spoken to inside.
    pub fn allows(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(plain))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and what is reserved above it.
fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u8); 15] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        (Ipv4Addr::new(224, 0, 0, 0), 4),
        (Ipv4Addr::new(240, 0, 0, 0), 4),
    ];
    let within = |(network, bits): &(Ipv4Addr, u8)| {
        Network { address: IpAddr::V4(*network), prefix_bits: *bits }.contains(IpAddr::V4(address))
    };
    !SPECIAL.iter().any(within)
}

/// Of IPv6 only global unicast (2000::/3) is public, without what is set apart in it: protocol assignments with Teredo,
/// documentation, and 6to4, which carries an IPv4 address that nobody checked.
fn is_public_v6(address: Ipv6Addr) -> bool {
    const GLOBAL: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    const SPECIAL: [(Ipv6Addr, u8); 4] = [
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
        (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    ];
    let within = |(network, bits): &(Ipv6Addr, u8)| {
        Network { address: IpAddr::V6(*network), prefix_bits: *bits }.contains(IpAddr::V6(address))
    };
    within(&GLOBAL) && !SPECIAL.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_free_to_all() {
        let check = |address: &str, expect: bool| {
            let got = Guard::default().check(&[address.parse().unwrap()]);
            assert_eq!(got.is_ok(), expect, "{address}");
        };
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a01:4f8::1",
            "::ffff:1.1.1.1",
        ] {
            check(public, true);
        }
        for internal in [
            "0.0.0.0",
            "10.0.0.5",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
        ] {
            check(internal, false);
        }
    }

    #[test]
    fn the_site_file_lets_single_networks_in() {
        let guard = Guard::new(vec!["10.0.0.5/32".parse().unwrap(), "fd00:1::/64".parse().unwrap()]);
        let check = |address: &str, expect: bool| {
            assert_eq!(guard.check(&[address.parse().unwrap()]).is_ok(), expect, "{address}")
        };
        check("10.0.0.5", true);
        check("::ffff:10.0.0.5", true);
        check("10.0.0.6", false);
        check("fd00:1::77", true);
        check("fd00:1:0:1::77", false);
        check("8.8.8.8", true);
    }

    #[test]
    fn where_only_networks_count_public_addresses_are_free_to_nobody() {
        let guard = Guard::only(vec!["10.0.8.0/24".parse().unwrap()]);
        let check = |address: &str, expect: bool| {
            assert_eq!(guard.check(&[address.parse().unwrap()]).is_ok(), expect, "{address}")
        };
        check("10.0.8.2", true);
        check("10.0.9.2", false);
        check("1.1.1.1", false);
    }

    #[test]
    fn one_internal_address_among_public_ones_refuses_the_name() {
        let mixed: Vec<IpAddr> = ["1.1.1.1", "127.0.0.1", "8.8.8.8"].map(|text| text.parse().unwrap()).into();
        assert_eq!(Guard::default().check(&mixed), Err("127.0.0.1".parse().unwrap()));
        assert_eq!(Guard::default().check(&[]), Ok(vec![]));
    }

    #[test]
    fn networks_are_written_exactly() {
        let check = |text: &str, expect: bool| assert_eq!(text.parse::<Network>().is_ok(), expect, "{text}");
        for right in ["10.0.0.5/32", "10.0.0.0/8", "0.0.0.0/0", "fd00::/8", "::1/128", "::/0"] {
            check(right, true);
        }
        for wrong in [
            "10.0.0.5",
            "10.0.0.5/",
            "10.0.0.5/33",
            "10.0.0.5/24",
            "10.0.0/8",
            "fd00::1/64",
            "::1/129",
            "/8",
            "a/8",
            "10.0.0.0/+8",
            "",
        ] {
            check(wrong, false);
        }
    }
}
