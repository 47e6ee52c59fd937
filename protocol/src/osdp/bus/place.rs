//! Where on a line a device is spoken to, and where else it may be looked for.
//!
//! Decides in which order speeds are tried. It does not decide when (`loss`, `job::relocate`, `scan`).
//!
//! Vocabulary: a *place* is an address at a speed; a device's *home* is where it belongs.

use crate::osdp::line::{Address, Baud};

/// An address at a speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: Address,
    pub(crate) baud: Baud,
}

impl Place {
    pub(crate) const fn new(address: Address, baud: Baud) -> Self {
        Self { address, baud }
    }
}

/// The speed to look for a device of `home` at, at the `turn`th try elsewhere: every other time the speed that a device
/// leaves the factory with, and the others by and by.
pub(crate) fn speed_elsewhere(home: Baud, turn: u32) -> Baud {
    let others = || Baud::ALL.into_iter().filter(move |baud| *baud != home);
    let factory = Some(Baud::B9600).filter(|baud| *baud != home);
    let rotating = |turn: u32| {
        let count = others().filter(|baud| Some(*baud) != factory).count().max(1);
        others().filter(|baud| Some(*baud) != factory).nth(turn as usize % count)
    };
    match factory {
        Some(factory) if turn.is_multiple_of(2) => factory,
        Some(_) => rotating(turn / 2).unwrap_or(home),
        None => rotating(turn).unwrap_or(home),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_other_speed_is_tried_and_the_factorys_most_often() {
        for home in Baud::ALL {
            let tried: Vec<Baud> = (0..10).map(|turn| speed_elsewhere(home, turn)).collect();
            assert!(!tried.contains(&home));
            for other in Baud::ALL.into_iter().filter(|baud| *baud != home) {
                assert!(tried.contains(&other), "{other:?} is not tried from {home:?}");
            }
            if home != Baud::B9600 {
                assert_eq!(tried.iter().filter(|baud| **baud == Baud::B9600).count(), 5);
            }
        }
    }
}
