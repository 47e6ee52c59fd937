//! The row of one credential: two lines of the cache, the first with what is asked first, the second with all that is a
//! time. Both are needed at once to know whether the credential counts, so the processor waits for both together and never
//! for one after the other. How rows are stored and found is in `rows.rs` and `cards.rs`.

use crate::id::{CredentialId, DoorId, GrantId, PersonId, ProfileId};
use crate::people::index::{RightStanding, ScheduleSlot};
use crate::people::{
    Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Person, PersonStatus, PinStatus, ThreatLevel,
    Validity,
};
use crate::time::Wall;

/// Rights in the row itself. Four profiles are what most people have; one more costs those who have it one more miss of the
/// cache, and one more here would cost everybody a line of memory.
pub(super) const INLINE_RIGHTS: usize = 4;

/// One credential and its holder: first line, then second. Processors fetch lines in pairs that begin at multiples of 128.
#[derive(Debug, Clone)]
#[repr(C, align(128))]
pub(super) struct CardRow {
    pub(super) key: CredentialKey,
    pub(super) credential: CredentialId,
    pub(super) person: PersonId,
    targets: [Target; INLINE_RIGHTS],
    slots: [ScheduleSlot; INLINE_RIGHTS],
    marks: [Marks; INLINE_RIGHTS],
    pub(super) state: CredentialState,
    pub(super) standing: Standing,
    pub(super) validity: SecondStretch,
    validities: [SecondStretch; INLINE_RIGHTS],
    grants: [GrantId; INLINE_RIGHTS],
    /// The next row of the same person.
    pub(super) next: RowLink,
    pub(super) spill: SpillLink,
}

/// What is settled about a person, as a row keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) status: PersonStatus,
    pub(super) pin: PinStatus,
    pub(super) duress_pin: PinStatus,
    pub(super) clearance: ThreatLevel,
    pub(super) extended_time: ExtendedTime,
}

/// What a right opens: a door, a profile or a set of doors, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target(u32);

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Door,
    Profile(u32),
    Set(u32),
    Empty,
}

/// Everything else about a right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    pub(super) grant: GrantId,
    pub(super) validity: SecondStretch,
    pub(super) slot: ScheduleSlot,
    pub(super) marks: Marks,
}

/// What a grant says besides where and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub(super) standing: RightStanding,
    pub(super) escort: EscortNeed,
}

/// From when to when, in whole seconds since 2000-01-01T00:00:00Z, which reach to the year 2136. Exact for what the engine
/// makes, which is on whole seconds; anything else is cut to the seconds that lie inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SecondStretch {
    from: u32,
    to: u32,
}

/// The place of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowNumber(u32);

/// The place of a spill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpillNumber(u32);

/// A row or none, in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowLink(u32);

/// A spill or none, in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpillLink(u32);

const NONE: u32 = u32::MAX;

macro_rules! links {
    ($($link:ident to $number:ident;)*) => {$(
        impl $number {
            /// The place `index`; none beyond four thousand million.
            pub(super) fn at(index: usize) -> Option<Self> {
                u32::try_from(index).ok().filter(|index| *index != NONE).map(Self)
            }

            pub(super) const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl $link {
            pub(super) const NOWHERE: Self = Self(NONE);

            pub(super) const fn get(self) -> Option<$number> {
                if self.0 == NONE { None } else { Some($number(self.0)) }
            }
        }

        impl From<Option<$number>> for $link {
            fn from(number: Option<$number>) -> Self {
                number.map_or(Self::NOWHERE, |number| Self(number.0))
            }
        }
    )*};
}

links! {
    RowLink to RowNumber;
    SpillLink to SpillNumber;
}

impl CardRow {
    /// A person of whom nothing is known yet, who therefore passes nowhere, with a good credential of no number.
    pub(super) fn unknown(person: PersonId) -> Self {
        Self {
            key: CredentialKey::from_keyed_hash([0; 16]),
            credential: CredentialId::new(0),
            person,
            targets: [Target::EMPTY; INLINE_RIGHTS],
            slots: [ScheduleSlot::NEVER; INLINE_RIGHTS],
            marks: [Marks { standing: RightStanding::UsedUp, escort: EscortNeed::Required }; INLINE_RIGHTS],
            state: CredentialState::Enabled,
            standing: Standing::UNKNOWN,
            validity: SecondStretch { from: 0, to: u32::MAX },
            validities: [SecondStretch { from: 0, to: 0 }; INLINE_RIGHTS],
            grants: [GrantId::new(0); INLINE_RIGHTS],
            next: RowLink::NOWHERE,
            spill: SpillLink::NOWHERE,
        }
    }

    pub(super) fn put_credential(&mut self, credential: &Credential) {
        self.key = credential.key;
        self.credential = credential.id;
        self.state = credential.state;
        self.validity = seconds_of(credential.validity);
    }

    /// Takes over what is settled about the person of another row, and that person's rights.
    pub(super) fn put_person_of(&mut self, other: &Self) {
        self.person = other.person;
        self.standing = other.standing;
        let rights: Vec<(Target, Detail)> = other.inline().collect();
        self.put_rights(&rights, other.spill);
    }

    /// Sets the rights: at most [`INLINE_RIGHTS`] here, the rest in the spill.
    pub(super) fn put_rights(&mut self, inline: &[(Target, Detail)], spill: SpillLink) {
        self.targets = [Target::EMPTY; INLINE_RIGHTS];
        for (at, (target, detail)) in inline.iter().enumerate().take(INLINE_RIGHTS) {
            self.targets[at] = *target;
            self.slots[at] = detail.slot;
            self.marks[at] = detail.marks;
            self.validities[at] = detail.validity;
            self.grants[at] = detail.grant;
        }
        self.spill = spill;
    }

    /// Those of the rights here that may open a door. All are compared before any is looked at: which of them it is cannot be
    /// foreseen, and a processor that guesses wrong waits for memory again.
    #[inline]
    pub(super) fn may_open(&self, door: Option<Target>, signature: u64) -> impl Iterator<Item = (Target, Detail)> {
        let mut left = 0_u32;
        for (at, target) in self.targets.iter().enumerate() {
            left |= u32::from(target.may_open(door, signature)) << at;
        }
        core::iter::from_fn(move || {
            let at = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            self.right(at)
        })
    }

    /// The rights that are here.
    pub(super) fn inline(&self) -> impl Iterator<Item = (Target, Detail)> {
        (0..INLINE_RIGHTS).map_while(|at| self.right(at)).take_while(|(target, _)| *target != Target::EMPTY)
    }

    #[inline]
    fn right(&self, at: usize) -> Option<(Target, Detail)> {
        let detail = Detail {
            grant: *self.grants.get(at)?,
            validity: *self.validities.get(at)?,
            slot: *self.slots.get(at)?,
            marks: *self.marks.get(at)?,
        };
        Some((*self.targets.get(at)?, detail))
    }
}

impl Standing {
    /// Nobody of whom there is no record passes.
    const UNKNOWN: Self = Self {
        status: PersonStatus::Left,
        pin: PinStatus::Unset,
        duress_pin: PinStatus::Unset,
        clearance: ThreatLevel::Normal,
        extended_time: ExtendedTime::No,
    };

    pub(super) fn of(person: &Person) -> Self {
        Self {
            status: person.status,
            pin: person.pin,
            duress_pin: person.duress_pin,
            clearance: person.details.clearance,
            extended_time: person.details.extended_time,
        }
    }
}

impl Target {
    pub(super) const EMPTY: Self = Self(0);
    const KIND_SHIFT: u32 = 30;
    /// The lower bits are the number. Doors and profiles are numbered from 1 by the engine, one by one; one numbered beyond
    /// these comes from a damaged row and opens nothing.
    const NUMBER_MASK: u32 = (1 << Self::KIND_SHIFT) - 1;

    pub(super) const fn door(door: DoorId) -> Option<Self> {
        Self::of(1, door.get())
    }

    pub(super) const fn profile(profile: ProfileId) -> Option<Self> {
        Self::of(2, profile.get())
    }

    pub(super) const fn set(set: u32) -> Option<Self> {
        Self::of(3, set)
    }

    const fn of(kind: u32, number: u32) -> Option<Self> {
        if number > Self::NUMBER_MASK { None } else { Some(Self(kind << Self::KIND_SHIFT | number)) }
    }

    /// Whether it opens `door` or a profile of that door, or may; `signature` is that of the door's profiles.
    #[inline]
    pub(super) fn may_open(self, door: Option<Self>, signature: u64) -> bool {
        let kind = self.0 >> Self::KIND_SHIFT;
        let is_profile = (kind == 2) & (signature & signature_of(self.0) != 0);
        (Some(self) == door) | is_profile | (kind == 3)
    }

    pub(super) const fn kind(self) -> Kind {
        let number = self.0 & Self::NUMBER_MASK;
        match self.0 >> Self::KIND_SHIFT {
            1 => Kind::Door,
            2 => Kind::Profile(number),
            3 => Kind::Set(number),
            _ => Kind::Empty,
        }
    }
}

/// The bit of a profile in the signature of its doors.
#[inline]
pub(super) const fn signature_of(profile: u32) -> u64 {
    1 << (profile % u64::BITS)
}

/// 2000-01-01T00:00:00Z.
const EPOCH: i64 = 946_684_800;

/// The whole seconds inside a validity: a part of a second is never more than was given.
pub(super) fn seconds_of(validity: Validity) -> SecondStretch {
    let clamp = |second: i64| u32::try_from(second.saturating_sub(EPOCH).max(0)).unwrap_or(u32::MAX);
    let begins = validity.from.as_seconds();
    let part = i64::from(Wall::from_seconds(begins) < validity.from);
    SecondStretch { from: clamp(begins.saturating_add(part)), to: clamp(validity.to.as_seconds()) }
}

impl SecondStretch {
    pub(super) fn wall(self) -> Validity {
        let wall = |second: u32| Wall::from_seconds(EPOCH + i64::from(second));
        Validity { from: wall(self.from), to: wall(self.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_two_lines_and_the_second_is_times() {
        assert_eq!(size_of::<CardRow>(), 128);
        assert_eq!(align_of::<CardRow>(), 128);
        assert_eq!(size_of::<Detail>(), 16);
        assert_eq!(core::mem::offset_of!(CardRow, validity), 64);
    }

    #[test]
    fn targets_keep_kind_and_number() {
        let check = |target: Option<Target>, expect: Option<Kind>| assert_eq!(target.map(Target::kind), expect);
        check(Target::door(DoorId::new(7)), Some(Kind::Door));
        check(Target::profile(ProfileId::new(7)), Some(Kind::Profile(7)));
        check(Target::set(0), Some(Kind::Set(0)));
        check(Target::door(DoorId::new(1 << 30)), None);
        check(Target::profile(ProfileId::new(u32::MAX)), None);
        assert_eq!(Target::EMPTY.kind(), Kind::Empty);
        assert_ne!(Target::door(DoorId::new(7)), Target::profile(ProfileId::new(7)));
    }

    #[test]
    fn validity_is_never_more_than_was_given() {
        let at = Wall::from_micros;
        let second = |second: i64| EPOCH * 1_000_000 + second * 1_000_000;
        let check = |from: i64, to: i64, expect: (i64, i64)| {
            let got = seconds_of(Validity { from: at(from), to: at(to) }).wall();
            assert_eq!((got.from, got.to), (at(expect.0), at(expect.1)));
        };
        check(second(5), second(9), (second(5), second(9)));
        check(second(5) + 1, second(9) + 999_999, (second(6), second(9)));
        check(i64::MIN, i64::MAX, (second(0), second(i64::from(u32::MAX))));
        check(i64::MAX, i64::MAX, (second(i64::from(u32::MAX)), second(i64::from(u32::MAX))));
        check(second(-20), second(-10), (second(0), second(0)));
    }
}
