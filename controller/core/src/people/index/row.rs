//! The row of one credential: 116 bytes with all that deciding needs of it, of its holder and of the holder's rights. Where
//! rows lie and how they are found is in `cards.rs`; what a right's target leads to is in `doors.rs`.

use crate::id::{CredentialId, DoorId, GrantId, PersonId, ProfileId};
use crate::people::index::{RightStanding, ScheduleSlot};
use crate::people::{
    Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Person, PersonStatus, PinStatus, ThreatLevel,
    Validity,
};
use crate::time::Wall;

/// Rights in the row itself, the last of which gives way to a link to the spill when there are more. Most people are in the
/// profile of everybody and in a few others; one right more than this costs those who have it another wait for memory, and
/// one place more here would cost everybody 16 bytes.
pub(super) const INLINE_RIGHTS: usize = 5;

/// One credential, its holder and the holder's rights.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct CardRow {
    pub(super) key: CredentialKey,
    pub(super) credential: CredentialId,
    pub(super) person: PersonId,
    pub(super) facts: Facts,
    targets: [Target; INLINE_RIGHTS],
    pub(super) validity: SecondStretch,
    validities: [SecondStretch; INLINE_RIGHTS],
    grants: [GrantId; INLINE_RIGHTS],
}

/// What has only a few values, of the credential, its holder and the rights, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts(u32);

/// What a right opens: a door at the times of a schedule, a profile, or a set of doors; or where more rights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target(u32);

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Door(ScheduleSlot),
    Profile(u32),
    Set(u32),
    Spill(SpillNumber),
    Empty,
}

/// Everything else about a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detail {
    pub(super) grant: GrantId,
    pub(super) validity: SecondStretch,
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

/// The place of a spill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpillNumber(pub(super) u32);

impl CardRow {
    /// A person of whom nothing is known yet, who therefore passes nowhere, with a good credential of no number.
    pub(super) const fn unknown(person: PersonId) -> Self {
        Self {
            key: CredentialKey::from_keyed_hash([0; 16]),
            credential: CredentialId::new(0),
            person,
            facts: Facts::UNKNOWN,
            targets: [Target::EMPTY; INLINE_RIGHTS],
            validity: SecondStretch { from: 0, to: u32::MAX },
            validities: [SecondStretch { from: 0, to: 0 }; INLINE_RIGHTS],
            grants: [GrantId::new(0); INLINE_RIGHTS],
        }
    }

    pub(super) fn put_credential(&mut self, credential: &Credential) {
        self.key = credential.key;
        self.credential = credential.id;
        self.facts.put_state(credential.state);
        self.validity = seconds_of(credential.validity);
    }

    /// Takes over what is settled about the person of another row, and that person's rights.
    pub(super) fn put_person_of(&mut self, other: &Self) {
        let Self { key, credential, validity, .. } = *self;
        let state = self.facts.state();
        *self = Self { key, credential, validity, ..*other };
        self.facts.put_state(state);
    }

    /// Sets the rights, of which there is room for [`INLINE_RIGHTS`], or one fewer and a spill with the rest.
    pub(super) fn put_rights(&mut self, inline: &[(Target, Detail)], spill: Option<SpillNumber>) {
        self.targets = [Target::EMPTY; INLINE_RIGHTS];
        for (at, (target, detail)) in inline.iter().enumerate().take(INLINE_RIGHTS) {
            (self.targets[at], self.grants[at], self.validities[at]) = (*target, detail.grant, detail.validity);
            self.facts.put_marks(at, detail.standing, detail.escort);
        }
        if let Some(spill) = spill {
            self.targets[INLINE_RIGHTS - 1] = Target::spill(spill);
        }
    }

    /// Those of the rights here that may open a door. All are compared before any is looked at: which of them it is cannot be
    /// foreseen, and a processor that guesses wrong waits for memory again.
    #[inline]
    pub(super) fn may_open(
        &self,
        door: Option<Target>,
        signature: u64,
    ) -> impl Iterator<Item = (Target, Detail)> + use<'_> {
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

    /// Where more rights are.
    #[inline]
    pub(super) fn spill(&self) -> Option<SpillNumber> {
        match self.targets[INLINE_RIGHTS - 1].kind() {
            Kind::Spill(number) => Some(number),
            Kind::Door(_) | Kind::Profile(_) | Kind::Set(_) | Kind::Empty => None,
        }
    }

    /// The rights that are here.
    pub(super) fn inline(&self) -> impl Iterator<Item = (Target, Detail)> {
        let rights = (0..INLINE_RIGHTS).filter_map(|at| self.right(at));
        rights.filter(|(target, _)| !matches!(target.kind(), Kind::Empty | Kind::Spill(_)))
    }

    #[inline]
    fn right(&self, at: usize) -> Option<(Target, Detail)> {
        let detail = Detail {
            grant: *self.grants.get(at)?,
            validity: *self.validities.get(at)?,
            standing: self.facts.standing(at),
            escort: self.facts.escort(at),
        };
        Some((*self.targets.get(at)?, detail))
    }
}

/// From the lowest bit: three of the credential's state, two of the person's status, two of the clearance, one each of PIN,
/// duress PIN and extended time, and of each right two of its standing and one of its escort.
impl Facts {
    const STATE: u32 = 0b111;
    const STATUS_SHIFT: u32 = 3;
    const CLEARANCE_SHIFT: u32 = 5;
    const PIN: u32 = 1 << 7;
    const DURESS_PIN: u32 = 1 << 8;
    const EXTENDED_TIME: u32 = 1 << 9;
    const MARKS_SHIFT: usize = 10;
    const MARKS_BITS: usize = 3;
    const MARKS: u32 = 0b111;
    const ESCORT: u32 = 0b100;
    /// Everything of a person but the marks of the rights.
    const PERSON: u32 = 0b11_1111_1000;

    /// A credential that counts, of somebody of whom there is no record and who therefore passes nowhere.
    const UNKNOWN: Self = Self(CredentialState::Enabled as u32 | (PersonStatus::Left as u32) << Self::STATUS_SHIFT);

    pub(super) const fn state(self) -> CredentialState {
        match self.0 & Self::STATE {
            0 => CredentialState::Enabled,
            1 => CredentialState::Disabled,
            2 => CredentialState::Lost,
            3 => CredentialState::Stolen,
            4 => CredentialState::Damaged,
            5 => CredentialState::Returned,
            _ => CredentialState::Destroyed,
        }
    }

    const fn put_state(&mut self, state: CredentialState) {
        self.0 = self.0 & !Self::STATE | state as u32;
    }

    pub(super) fn put_person(&mut self, person: &Person) {
        let flag = |is: bool, bit: u32| if is { bit } else { 0 };
        self.0 = self.0 & !Self::PERSON
            | (person.status as u32) << Self::STATUS_SHIFT
            | (person.details.clearance as u32) << Self::CLEARANCE_SHIFT
            | flag(person.pin == PinStatus::Set, Self::PIN)
            | flag(person.duress_pin == PinStatus::Set, Self::DURESS_PIN)
            | flag(person.details.extended_time == ExtendedTime::Yes, Self::EXTENDED_TIME);
    }

    pub(super) const fn status(self) -> PersonStatus {
        match self.0 >> Self::STATUS_SHIFT & 0b11 {
            0 => PersonStatus::Enabled,
            1 => PersonStatus::Suspended,
            2 => PersonStatus::Expected,
            _ => PersonStatus::Left,
        }
    }

    pub(super) const fn clearance(self) -> ThreatLevel {
        match self.0 >> Self::CLEARANCE_SHIFT & 0b11 {
            0 => ThreatLevel::Normal,
            1 => ThreatLevel::Guarded,
            2 => ThreatLevel::High,
            _ => ThreatLevel::Severe,
        }
    }

    pub(super) const fn pin(self) -> PinStatus {
        if self.0 & Self::PIN == 0 { PinStatus::Unset } else { PinStatus::Set }
    }

    pub(super) const fn duress_pin(self) -> PinStatus {
        if self.0 & Self::DURESS_PIN == 0 { PinStatus::Unset } else { PinStatus::Set }
    }

    pub(super) const fn extended_time(self) -> ExtendedTime {
        if self.0 & Self::EXTENDED_TIME == 0 { ExtendedTime::No } else { ExtendedTime::Yes }
    }

    fn put_marks(&mut self, at: usize, standing: RightStanding, escort: EscortNeed) {
        let shift = Self::MARKS_SHIFT + at * Self::MARKS_BITS;
        let escort = if escort == EscortNeed::Required { Self::ESCORT } else { 0 };
        self.0 = self.0 & !(Self::MARKS << shift) | (standing as u32 | escort) << shift;
    }

    #[inline]
    const fn marks(self, at: usize) -> u32 {
        self.0 >> (Self::MARKS_SHIFT + at * Self::MARKS_BITS) & Self::MARKS
    }

    #[inline]
    const fn standing(self, at: usize) -> RightStanding {
        match self.marks(at) & !Self::ESCORT {
            0 => RightStanding::Counts,
            1 => RightStanding::NotApproved,
            _ => RightStanding::UsedUp,
        }
    }

    #[inline]
    const fn escort(self, at: usize) -> EscortNeed {
        if self.marks(at) & Self::ESCORT == 0 { EscortNeed::No } else { EscortNeed::Required }
    }
}

impl Target {
    pub(super) const EMPTY: Self = Self(0);
    /// The two highest bits are the kind.
    const KIND_SHIFT: u32 = 30;
    const DOOR: u32 = 1;
    const PROFILE: u32 = 2;
    const SET: u32 = 3;
    /// The lower bits are a number. Profiles are numbered from 1 by the engine, one by one; one numbered beyond these comes
    /// from a damaged row and opens nothing.
    const NUMBER_MASK: u32 = (1 << Self::KIND_SHIFT) - 1;
    /// Of a door the lowest bits are its schedule; doors and schedules with higher numbers are kept as sets.
    const SLOT_BITS: u32 = 10;

    /// A door at the times of a schedule, where both numbers are small enough.
    pub(super) fn door(door: DoorId, slot: ScheduleSlot) -> Option<Self> {
        let slot = u32::from(slot.get());
        if slot >> Self::SLOT_BITS != 0 || door.get() > Self::NUMBER_MASK >> Self::SLOT_BITS {
            return None;
        }
        Self::of(Self::DOOR, door.get() << Self::SLOT_BITS | slot)
    }

    pub(super) const fn profile(profile: ProfileId) -> Option<Self> {
        Self::of(Self::PROFILE, profile.get())
    }

    pub(super) const fn set(set: u32) -> Option<Self> {
        Self::of(Self::SET, set)
    }

    /// One more than the number, because 0 is [`Target::EMPTY`]; no machine holds so many spills that it would not fit.
    const fn spill(spill: SpillNumber) -> Self {
        Self((spill.0 + 1) & Self::NUMBER_MASK)
    }

    const fn of(kind: u32, number: u32) -> Option<Self> {
        if number > Self::NUMBER_MASK { None } else { Some(Self(kind << Self::KIND_SHIFT | number)) }
    }

    /// Whether it opens a door, at whatever times, or is a profile or set that may; `door` is the door at any schedule,
    /// `signature` that of its profiles.
    #[inline]
    pub(super) fn may_open(self, door: Option<Self>, signature: u64) -> bool {
        let kind = self.0 >> Self::KIND_SHIFT;
        let is_door = door.is_some_and(|door| (self.0 ^ door.0) >> Self::SLOT_BITS == 0);
        let is_profile = (kind == Self::PROFILE) & (signature & signature_of(self.0) != 0);
        is_door | is_profile | (kind == Self::SET)
    }

    #[inline]
    pub(super) const fn kind(self) -> Kind {
        let number = self.0 & Self::NUMBER_MASK;
        match self.0 >> Self::KIND_SHIFT {
            Self::DOOR => Kind::Door(ScheduleSlot::at((self.0 & ((1 << Self::SLOT_BITS) - 1)) as u16)),
            Self::PROFILE => Kind::Profile(number),
            Self::SET => Kind::Set(number),
            _ if number == 0 => Kind::Empty,
            _ => Kind::Spill(SpillNumber(number - 1)),
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
    #[inline]
    pub(super) fn wall(self) -> Validity {
        let wall = |second: u32| Wall::from_seconds(EPOCH + i64::from(second));
        Validity { from: wall(self.from), to: wall(self.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OrganisationId;
    use crate::people::PersonDetails;

    #[test]
    fn a_row_is_116_bytes() {
        assert_eq!(size_of::<CardRow>(), 36 + INLINE_RIGHTS * 16);
        assert_eq!(size_of::<Option<SpillNumber>>(), 8);
    }

    #[test]
    fn targets_keep_kind_and_number() {
        let (door, profile, slot) = (DoorId::new, ProfileId::new, ScheduleSlot::at);
        let check = |target: Option<Target>, expect: Option<Kind>| assert_eq!(target.map(Target::kind), expect);
        check(Target::door(door(7), slot(0)), Some(Kind::Door(slot(0))));
        check(Target::door(door((1 << 20) - 1), slot(1023)), Some(Kind::Door(slot(1023))));
        check(Target::door(door(1 << 20), slot(0)), None);
        check(Target::door(door(7), slot(1024)), None);
        check(Target::door(door(7), ScheduleSlot::NEVER), None);
        check(Target::profile(profile(7)), Some(Kind::Profile(7)));
        check(Target::profile(profile(u32::MAX)), None);
        check(Target::set(0), Some(Kind::Set(0)));
        check(Some(Target::spill(SpillNumber(0))), Some(Kind::Spill(SpillNumber(0))));
        check(Some(Target::EMPTY), Some(Kind::Empty));
    }

    #[test]
    fn targets_say_what_they_may_open() {
        let door = |number: u32, slot: u16| Target::door(DoorId::new(number), ScheduleSlot::at(slot));
        let check = |target: Option<Target>, signature: u64, expect: bool| {
            assert_eq!(target.unwrap().may_open(door(7, 0), signature), expect, "{target:?}");
            assert!(!Target::EMPTY.may_open(door(7, 0), signature));
        };
        check(door(7, 0), 0, true);
        check(door(7, 9), 0, true);
        check(door(8, 0), u64::MAX, false);
        check(Target::profile(ProfileId::new(7)), 1 << 7, true);
        check(Target::profile(ProfileId::new(71)), 1 << 7, true);
        check(Target::profile(ProfileId::new(8)), 1 << 7, false);
        check(Target::set(8), 0, true);
        check(Some(Target::spill(SpillNumber(7 << 10))), u64::MAX, false);
        assert!(!door(0, 0).unwrap().may_open(None, 0), "a door beyond all numbers is no door");
    }

    #[test]
    fn facts_keep_what_they_are_told() {
        use CredentialState::{Damaged, Destroyed, Disabled, Enabled, Lost, Returned, Stolen};
        use ThreatLevel::{Guarded, High, Normal, Severe};
        let mut facts = Facts::UNKNOWN;
        assert_eq!((facts.state(), facts.status()), (Enabled, PersonStatus::Left));
        for (at, standing) in
            [RightStanding::Counts, RightStanding::NotApproved, RightStanding::UsedUp].into_iter().enumerate()
        {
            facts.put_marks(at, standing, EscortNeed::No);
            facts.put_marks(at + 2, standing, EscortNeed::Required);
        }
        for state in [Enabled, Disabled, Lost, Stolen, Damaged, Returned, Destroyed] {
            facts.put_state(state);
            assert_eq!(facts.state(), state);
        }
        let statuses = [PersonStatus::Enabled, PersonStatus::Suspended, PersonStatus::Expected, PersonStatus::Left];
        for (status, clearance) in statuses.into_iter().zip([Severe, High, Guarded, Normal]) {
            for (pin, duress_pin, extended_time) in [
                (PinStatus::Set, PinStatus::Unset, ExtendedTime::No),
                (PinStatus::Unset, PinStatus::Set, ExtendedTime::No),
                (PinStatus::Unset, PinStatus::Unset, ExtendedTime::Yes),
            ] {
                let details = PersonDetails { organisation: OrganisationId::new(0), clearance, extended_time };
                facts.put_person(&Person { id: PersonId::new(1), status, pin, duress_pin, details });
                assert_eq!((facts.status(), facts.clearance()), (status, clearance));
                assert_eq!((facts.pin(), facts.duress_pin(), facts.extended_time()), (pin, duress_pin, extended_time));
            }
        }
        assert_eq!(facts.state(), Destroyed);
        assert_eq!((facts.standing(1), facts.escort(1)), (RightStanding::NotApproved, EscortNeed::No));
        assert_eq!((facts.standing(4), facts.escort(4)), (RightStanding::UsedUp, EscortNeed::Required));
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
