//! Persons, their credentials, grants, access profiles and the agreements between organisations, as records. Who may pass
//! is compiled from them in `people/index.rs` and decided in `decide.rs`. Names are not here: they live in a table of their
//! own that can be erased.

pub mod grant;
pub mod index;
pub mod roster;

pub use grant::{
    Approval, BreakGlassReview, EndCause, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, When,
};

use crate::entry::ReasonText;
use crate::id::{AgreementId, AreaId, CredentialId, DoorId, OrganisationId, PersonId, ProfileId, ScheduleId};
use crate::time::Wall;

/// A stretch of time: from its first instant to, exclusive, its last (ONVIF ValidFrom/ValidTo).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First instant at which it holds.
    pub from: Wall,
    /// First instant at which it no longer holds.
    pub to: Wall,
}

impl Validity {
    /// Whether it holds at `at`.
    pub fn contains(&self, at: Wall) -> bool {
        self.from <= at && at < self.to
    }
}

/// A person, by number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// Where in the life cycle: whether the person may pass anywhere at all.
    pub status: PersonStatus,
    /// Whether a PIN has been set; its hash lives in the store.
    pub pin: PinStatus,
    /// Whether a duress PIN has been set.
    pub duress_pin: PinStatus,
    /// What is settled about the person besides.
    pub details: PersonDetails,
}

/// What is settled about a person besides status and secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonDetails {
    /// The organisation the person belongs to.
    pub organisation: OrganisationId,
    /// The highest threat level at which the person is still admitted everywhere.
    pub clearance: ThreatLevel,
    /// Whether the person needs longer at doors.
    pub extended_time: ExtendedTime,
}

/// Where a person is in the life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonStatus {
    /// Rights count.
    Enabled,
    /// Nobody passes on this person's rights until enabled again.
    Suspended,
    /// Will join: rights may be prepared and do not count yet.
    Expected,
    /// Has left: every right was ended and every credential taken out of use.
    Left,
}

/// Whether a person needs longer at doors (ONVIF UseExtendedTime).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtendedTime {
    /// The usual times.
    No,
    /// The door's extended times.
    Yes,
}

/// How threatened the site is (BACnet threat level); higher closes more areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThreatLevel {
    /// As every day.
    Normal,
    /// Watchful.
    Guarded,
    /// An attack is likely.
    High,
    /// An attack is under way.
    Severe,
}

impl ThreatLevel {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Guarded => "guarded",
            Self::High => "high",
            Self::Severe => "severe",
        }
    }
}

/// Whether a person has a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinStatus {
    /// No PIN: points that ask for one refuse.
    Unset,
    /// A PIN is set.
    Set,
}

/// The keyed hash of a card number: the first 128 bits of HMAC-SHA256 under the site's key. The number itself never
/// reaches the core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialKey([u8; 16]);

impl CredentialKey {
    /// Wraps a keyed hash made by the shell that holds the site's key.
    pub const fn from_keyed_hash(hash: [u8; 16]) -> Self {
        Self(hash)
    }

    /// The hash, for storing and looking up.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The keyed hash of what another register knows a person by, such as a personnel number: the first 128 bits of HMAC-SHA256
/// under the site's key. The number itself lies in a table that can be erased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKeyHash([u8; 16]);

impl PersonKeyHash {
    /// Wraps a keyed hash made by the shell that holds the site's key.
    pub const fn from_keyed_hash(hash: [u8; 16]) -> Self {
        Self(hash)
    }

    /// The hash, for storing and looking up.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl core::fmt::Debug for PersonKeyHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PersonKeyHash(..)")
    }
}

impl core::fmt::Debug for CredentialKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CredentialKey(..)")
    }
}

/// What a person presents at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Which credential.
    pub id: CredentialId,
    /// Who holds it.
    pub person: PersonId,
    /// What the reader's bytes hash to.
    pub key: CredentialKey,
    /// Whether it counts, and if not why.
    pub state: CredentialState,
    /// When it counts.
    pub validity: Validity,
}

/// Whether a credential counts, and if not why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Counts within its validity.
    Enabled,
    /// Switched off by an operator.
    Disabled,
    /// Reported lost.
    Lost,
    /// Reported stolen; its use is an alarm.
    Stolen,
    /// Reported damaged.
    Damaged,
    /// Handed back.
    Returned,
    /// Destroyed; never counts again.
    Destroyed,
}

/// Doors with schedules, given to many (ONVIF AccessProfile). Membership is a grant of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which profile.
    pub id: ProfileId,
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// Who it belongs to; admins of this organisation may change it.
    pub owner: OrganisationId,
    /// Which doors when; sorted by door, one policy for each door.
    pub policies: Box<[Policy]>,
}

/// One door and when (ONVIF AccessPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The door.
    pub door: DoorId,
    /// When; always if `None`.
    pub schedule: Option<ScheduleId>,
}

/// An agreement by which one organisation lets another's people into its areas, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Which agreement.
    pub id: AgreementId,
    /// Who shares.
    pub owner: OrganisationId,
    /// With whom.
    pub guest: OrganisationId,
    /// Which areas, with all inside them; sorted, never empty.
    pub areas: Box<[AreaId]>,
    /// From when to when.
    pub validity: Validity,
    /// Why.
    pub reason: ReasonText,
}

/// Where a person is known to be. No record at all means that nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whereabouts {
    /// The innermost area entered, or outside.
    pub place: Place,
    /// Since when.
    pub since: Wall,
}

/// Inside an area or outside all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In this area.
    Inside(AreaId),
    /// Out of the site.
    Outside,
}

/// Who looks after a record that both the site file and operators may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagedBy {
    /// The site file; commands do not change it.
    File,
    /// Operators.
    Operator,
}
