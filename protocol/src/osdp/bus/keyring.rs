//! The keys one device may prove, and which of them it is asked to prove next.
//!
//! Decides the order of the keys and when all of them have failed. It does not decide when a handshake is made (`device`)
//! or whether a proof is right (`secure`). The published key is among them in a commissioning job only.
//!
//! Vocabulary: the *lead* is the key that is tried first; a key is *disproved* when the device failed it beyond doubt.

use crate::osdp::bus::event::{DeviceKeys, ProvenKey, SecurityTrouble};
use crate::osdp::key::{PublishedKey, Scbk};
use crate::osdp::secure::{Offer, Unproven};

/// Doubt at which a key is disproved.
const DISPROVED_DOUBT: u8 = 3;

/// One of the places for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The key proven last.
    Active,
    /// The key that KEYSET gave, or was about to give.
    Pending,
    /// What a device that is being commissioned knows already.
    First,
}

/// The first key of a device that is being commissioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum First {
    Published(PublishedKey),
    Given(Scbk),
}

/// How a device failed a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Its proof was wrong, though it may have been the late answer to an earlier nonce.
    WrongAndPerhapsLate,
    Wrong,
    /// It refused the challenge (NAK 5 or 6), as it may do for other reasons; so it must say so often.
    Refused,
    /// It offered the published key instead.
    OffersPublished,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is certain; try again after a pause.
    Again,
    /// The other key has not been tried; try it now.
    TryOther,
    /// All keys are disproved, and nobody has been told.
    AllFailed(SecurityTrouble),
    /// All keys are disproved, as was told before.
    StillFailing,
}

/// The keys of one device.
#[derive(Clone, Debug)]
pub(super) struct KeyRing {
    active: Option<Scbk>,
    pending: Option<Scbk>,
    first: Option<First>,
    lead: Slot,
    next: Slot,
    doubts: Doubts,
    told: Told,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Doubts {
    active: u8,
    pending: u8,
    first: u8,
}

/// Whether the driver knows that no key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

impl Evidence {
    pub(super) fn of(unproven: Unproven, could_be_late: bool) -> Self {
        match unproven {
            Unproven::OffersPublished => Self::OffersPublished,
            Unproven::Wrong if could_be_late => Self::WrongAndPerhapsLate,
            Unproven::Wrong => Self::Wrong,
        }
    }

    fn doubt(self) -> u8 {
        match self {
            Self::Wrong | Self::OffersPublished => DISPROVED_DOUBT,
            Self::WrongAndPerhapsLate => DISPROVED_DOUBT - 1,
            Self::Refused => 1,
        }
    }

    fn trouble(self) -> SecurityTrouble {
        match self {
            Self::Wrong | Self::WrongAndPerhapsLate => SecurityTrouble::WrongKey,
            Self::Refused | Self::OffersPublished => SecurityTrouble::DefaultKey,
        }
    }
}

impl KeyRing {
    pub(super) fn new(keys: DeviceKeys) -> Self {
        let lead = if keys.active.is_some() { Slot::Active } else { Slot::Pending };
        let DeviceKeys { active, pending } = keys;
        Self { active, pending, first: None, lead, next: lead, doubts: Doubts::default(), told: Told::No }
    }

    /// True when the device can be asked to prove something.
    pub(super) fn has_key(&self) -> bool {
        self.offer().is_some()
    }

    /// True when `key` is one of the site's keys of this device.
    pub(super) fn uses(&self, key: &Scbk) -> bool {
        self.active.as_ref() == Some(key) || self.pending.as_ref() == Some(key)
    }

    /// True when `key` is the one the device proves now.
    pub(super) fn is_active(&self, key: &Scbk) -> bool {
        self.active.as_ref() == Some(key)
    }

    /// The key to try now.
    pub(super) fn offer(&self) -> Option<(Slot, Offer<'_>)> {
        let offer = match self.next {
            Slot::Active => Offer::Own(self.active.as_ref()?),
            Slot::Pending => Offer::Own(self.pending.as_ref()?),
            Slot::First => match self.first.as_ref()? {
                First::Published(key) => Offer::Published(key),
                First::Given(key) => Offer::Own(key),
            },
        };
        Some((self.next, offer))
    }

    /// The device failed the key in `slot`.
    pub(super) fn failed(&mut self, slot: Slot, evidence: Evidence) -> Verdict {
        // While a key is being given, a single wrong frame, which anybody can send, must not make it seem to have failed.
        let most = if self.lead == Slot::Active { DISPROVED_DOUBT } else { DISPROVED_DOUBT - 1 };
        let doubt = self.doubt(slot);
        *doubt = doubt.saturating_add(evidence.doubt().min(most));
        if *doubt < DISPROVED_DOUBT {
            return Verdict::Again;
        }
        let other = self.other();
        let all_disproved = other.is_none_or(|other| *self.doubt(other) >= DISPROVED_DOUBT);
        self.next = match other {
            Some(other) if slot == self.lead => other,
            _ => self.lead,
        };
        match (self.next != slot && slot == self.lead, all_disproved, self.told) {
            (true, _, _) => Verdict::TryOther,
            (false, false, _) => Verdict::Again,
            (false, true, Told::Yes) => Verdict::StillFailing,
            (false, true, Told::No) => {
                self.told = Told::Yes;
                Verdict::AllFailed(evidence.trouble())
            }
        }
    }

    /// The device proved the key in `slot`. Tells which, when more than one was in question.
    pub(super) fn proven(&mut self, slot: Slot) -> Option<ProvenKey> {
        self.doubts = Doubts::default();
        self.told = Told::No;
        match slot {
            // The published key proves nothing about who the device is.
            Slot::First => None,
            Slot::Active => {
                self.lead_with(Slot::Active);
                self.pending.take().map(|_| ProvenKey::Active)
            }
            Slot::Pending => {
                self.active = self.pending.take();
                self.first = None;
                self.lead_with(Slot::Active);
                Some(ProvenKey::Pending)
            }
        }
    }

    /// KEYSET with this key goes out: from now on the device may know either key, this one more likely.
    pub(super) fn given(&mut self, fresh: Scbk) {
        self.pending = Some(fresh);
        self.doubts.pending = 0;
        self.lead_with(Slot::Pending);
    }

    /// KEYSET was refused inside the session: the device has the key it had.
    pub(super) fn not_taken(&mut self) {
        self.pending = None;
        self.lead_with(Slot::Active);
    }

    /// Only `first` and the key that will be given count until the commissioning ends.
    pub(super) fn commission(first: First, fresh: Scbk) -> Self {
        let mut ring = Self::new(DeviceKeys { active: None, pending: Some(fresh) });
        ring.first = Some(first);
        ring.lead_with(Slot::First);
        ring
    }

    /// A commissioning without success ends with the keys of before, `self`. If the new key may have arrived it is kept
    /// as pending.
    pub(super) fn after_commission(mut self, perhaps_given: Option<Scbk>) -> Self {
        self.doubts = Doubts::default();
        self.told = Told::No;
        self.pending = perhaps_given.or(self.pending);
        self.lead_with(if self.active.is_some() { Slot::Active } else { Slot::Pending });
        self
    }

    fn lead_with(&mut self, slot: Slot) {
        self.lead = slot;
        self.next = slot;
    }

    /// The candidate beside the lead, if there is one.
    fn other(&self) -> Option<Slot> {
        let (first, active, pending) = (self.first.is_some(), self.active.is_some(), self.pending.is_some());
        match self.lead {
            Slot::First | Slot::Active => pending.then_some(Slot::Pending),
            Slot::Pending if first => Some(Slot::First),
            Slot::Pending => active.then_some(Slot::Active),
        }
    }

    fn doubt(&mut self, slot: Slot) -> &mut u8 {
        match slot {
            Slot::Active => &mut self.doubts.active,
            Slot::Pending => &mut self.doubts.pending,
            Slot::First => &mut self.doubts.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Evidence::{OffersPublished, Refused, Wrong, WrongAndPerhapsLate};
    use Verdict::{Again, AllFailed, StillFailing, TryOther};

    fn key(number: u8) -> Scbk {
        Scbk::parse(core::array::from_fn(|i| number + i as u8)).unwrap()
    }

    fn ring(active: Option<u8>, pending: Option<u8>) -> KeyRing {
        KeyRing::new(DeviceKeys { active: active.map(key), pending: pending.map(key) })
    }

    /// Lets each key offered fail so; tells what followed.
    fn check(mut ring: KeyRing, failures: &[Evidence], expect: &[(Slot, Verdict)]) {
        let mut followed = alloc::vec::Vec::new();
        for evidence in failures {
            let slot = ring.offer().map(|(slot, _)| slot).unwrap();
            followed.push((slot, ring.failed(slot, *evidence)));
        }
        assert_eq!(followed, expect, "{failures:?}");
    }

    #[test]
    fn all_keys_are_tried_before_anything_is_said_and_it_is_said_once() {
        let (active, pending) = (Slot::Active, Slot::Pending);
        let wrong = AllFailed(SecurityTrouble::WrongKey);
        let reset = AllFailed(SecurityTrouble::DefaultKey);
        check(ring(Some(1), None), &[Wrong; 2], &[(active, wrong), (active, StillFailing)]);
        check(ring(None, Some(2)), &[Wrong; 2], &[(pending, Again), (pending, wrong)]);
        let both = ring(Some(1), Some(2));
        let expect = [(active, TryOther), (pending, wrong), (active, TryOther), (pending, StillFailing)];
        check(both.clone(), &[Wrong; 4], &expect);
        check(both, &[OffersPublished; 2], &[(active, TryOther), (pending, reset)]);
        check(ring(Some(1), None), &[WrongAndPerhapsLate, Wrong], &[(active, Again), (active, wrong)]);
        check(ring(Some(1), None), &[Refused; 3], &[(active, Again), (active, Again), (active, reset)]);
    }

    #[test]
    fn the_proven_key_is_the_active_one_and_there_is_no_pending_one_any_more() {
        let check = |slot, expect, active| {
            let mut ring = ring(Some(1), Some(2));
            assert_eq!(ring.proven(slot), expect);
            assert!(ring.is_active(&key(active)) && ring.pending.is_none());
        };
        check(Slot::Active, Some(ProvenKey::Active), 1);
        check(Slot::Pending, Some(ProvenKey::Pending), 2);
        assert_eq!(ring(Some(1), None).proven(Slot::Active), None);
        assert!(!ring(None, None).has_key());
    }

    #[test]
    fn after_keyset_the_new_key_is_tried_first() {
        let mut ring = ring(Some(1), None);
        ring.given(key(2));
        check(ring.clone(), &[Wrong; 2], &[(Slot::Pending, Again), (Slot::Pending, TryOther)]);
        ring.not_taken();
        assert!(!ring.uses(&key(2)));
    }

    #[test]
    fn a_commissioning_that_failed_leaves_the_keys_of_before() {
        let before = ring(Some(1), None);
        let same = before.clone().after_commission(None);
        assert!(same.uses(&key(1)) && !same.uses(&key(2)));
        let both = before.after_commission(Some(key(2)));
        assert!(both.uses(&key(1)) && both.uses(&key(2)));
    }
}
