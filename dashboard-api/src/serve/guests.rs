//! How many connections may come from one address, so that nobody who has one takes the places of all. Which addresses count
//! as one is `limits.rs`'s.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::whole_network;

/// So many connections from one address. A browser needs one over HTTP/2 and six over HTTP/1.1; a control room behind an
/// address translator may have dozens of browsers. Fewer would keep such a room out, more lets twenty addresses fill the house.
pub(super) const MAX_FROM_ONE_ADDRESS: usize = 64;

/// Who is connected, by address.
#[derive(Debug, Clone, Default)]
pub(super) struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    guests: Guests,
    /// Nothing where it is not counted.
    counted: Option<IpAddr>,
}

impl Guests {
    /// A place for a connection from `address`, unless there are as many as may be. Programs of this machine are not counted:
    /// all of them have one address, and whoever runs there may stop the daemon as well. Nor is a listener without addresses.
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Option<Place> {
        let counted = address.filter(|address| !address.to_canonical().is_loopback()).map(whole_network);
        if let Some(address) = counted {
            let mut guests = self.lock();
            let count = guests.entry(address).or_default();
            if *count >= MAX_FROM_ONE_ADDRESS {
                return None;
            }
            *count += 1;
        }
        Some(Place { guests: self.clone(), counted })
    }

    /// A panic while it was locked cannot leave it half changed.
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.counted else { return };
        let mut guests = self.guests.lock();
        let left = guests.get(&address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            guests.remove(&address);
        } else {
            guests.insert(address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_places_and_gets_them_back() {
        let guests = Guests::default();
        let enter = |address: &str| guests.enter(address.parse().ok());
        let mut one: Vec<Place> = (0..MAX_FROM_ONE_ADDRESS).map(|_| enter("192.0.2.7").unwrap()).collect();
        assert!(enter("192.0.2.7").is_none());
        assert!(enter("::ffff:192.0.2.7").is_none(), "the same address in another dress");
        assert!(enter("192.0.2.8").is_some(), "the neighbour is not kept out");
        one.pop();
        one.push(enter("192.0.2.7").unwrap());
        assert!(enter("192.0.2.7").is_none());
        drop(one);
        assert!(guests.lock().is_empty(), "nobody is remembered who is gone");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_the_machine_itself_is_not_counted() {
        let guests = Guests::default();
        let network: Vec<Place> =
            (0..64).map(|host| guests.enter(format!("2001:db8::{host:x}").parse().ok()).unwrap()).collect();
        assert!(guests.enter("2001:db8::ffff".parse().ok()).is_none());
        drop(network);
        for own in ["127.0.0.1", "::1", "no address"] {
            let many: Vec<Option<Place>> = (0..1_000).map(|_| guests.enter(own.parse().ok())).collect();
            assert!(many.iter().all(Option::is_some), "{own}");
        }
    }
}
