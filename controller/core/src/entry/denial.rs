//! Why a person was refused: every reason with its word, its code and its class. Which rule gives which is in `decide/`;
//! what a reader shows for a class is `feedback.md`.

/// Why a person was refused, in the words of `vocabulary.md` E.2 as far as rules for them exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// N01: nobody holds this credential.
    CredentialUnknown,
    /// N02: switched off.
    CredentialDisabled,
    /// N03: reported lost.
    CredentialLost,
    /// N04: reported stolen.
    CredentialStolen,
    /// N05: reported damaged.
    CredentialDamaged,
    /// N07: handed back.
    CredentialUnassigned,
    /// N11: the person may pass nowhere.
    PersonDisabled,
    /// N12: not the person's PIN, or the person has none.
    PinWrong,
    /// N14: the second factor did not come in time.
    FactorTimeout,
    /// N21: no grant names this door.
    NotAuthorisedPoint,
    /// W10: the credential does not count yet.
    CredentialNotYetValid,
    /// W11: the credential no longer counts.
    CredentialExpired,
    /// W12: a grant names this door, but not now.
    NotPermittedAtThisTime,
    /// P04: another door of the interlock is not closed and locked.
    Interlock,
    /// F07: no decision is possible: journal unwritable or lock away.
    NoDecision,
    /// N06: destroyed.
    CredentialDestroyed,
    /// N09: locked out after wrong tries.
    CredentialLockedOut,
    /// N22: not known to be in the area around this one.
    NotAuthorisedArea,
    /// N23: has not left before entering again, or was never inside.
    Passback,
    /// N24: a second person or escort did not come.
    SecondPersonMissing,
    /// N25: the second person is not one who counts.
    SecondPersonWrong,
    /// W13: the grant waits for approval.
    GrantNotApproved,
    /// W14: the grant is used up.
    UsesExhausted,
    /// P01: the record of this door is damaged, so it is closed.
    PointDisabled,
    /// P02: the door is blocked or double locked.
    Blocked,
    /// P03: locked down, or closed by the threat level.
    LockedDown,
    /// P05: the area is full.
    OccupancyLimit,
    /// P06: the reader or lock is trusted too little to open this door alone.
    DeviceUntrusted,
}

/// The class of a refusal, which settles what the person is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialClass {
    /// Who or where.
    N,
    /// When.
    W,
    /// This place, to everyone.
    P,
    /// A fault of ours.
    F,
}

impl Denial {
    /// Every reason, in the order of the journal's numbers.
    pub const ALL: [Self; 28] = [
        Self::CredentialUnknown,
        Self::CredentialDisabled,
        Self::CredentialLost,
        Self::CredentialStolen,
        Self::CredentialDamaged,
        Self::CredentialUnassigned,
        Self::PersonDisabled,
        Self::PinWrong,
        Self::FactorTimeout,
        Self::NotAuthorisedPoint,
        Self::CredentialNotYetValid,
        Self::CredentialExpired,
        Self::NotPermittedAtThisTime,
        Self::Interlock,
        Self::NoDecision,
        Self::CredentialDestroyed,
        Self::CredentialLockedOut,
        Self::NotAuthorisedArea,
        Self::Passback,
        Self::SecondPersonMissing,
        Self::SecondPersonWrong,
        Self::GrantNotApproved,
        Self::UsesExhausted,
        Self::PointDisabled,
        Self::Blocked,
        Self::LockedDown,
        Self::OccupancyLimit,
        Self::DeviceUntrusted,
    ];

    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CredentialUnknown => "credential_unknown",
            Self::CredentialDisabled => "credential_disabled",
            Self::CredentialLost => "credential_lost",
            Self::CredentialStolen => "credential_stolen",
            Self::CredentialDamaged => "credential_damaged",
            Self::CredentialUnassigned => "credential_unassigned",
            Self::PersonDisabled => "person_disabled",
            Self::PinWrong => "pin_wrong",
            Self::FactorTimeout => "factor_timeout",
            Self::NotAuthorisedPoint => "not_authorised_point",
            Self::CredentialNotYetValid => "credential_not_yet_valid",
            Self::CredentialExpired => "credential_expired",
            Self::NotPermittedAtThisTime => "not_permitted_at_this_time",
            Self::Interlock => "interlock",
            Self::NoDecision => "no_decision",
            Self::CredentialDestroyed => "credential_destroyed",
            Self::CredentialLockedOut => "credential_locked_out",
            Self::NotAuthorisedArea => "not_authorised_area",
            Self::Passback => "passback",
            Self::SecondPersonMissing => "second_person_missing",
            Self::SecondPersonWrong => "second_person_wrong",
            Self::GrantNotApproved => "grant_not_approved",
            Self::UsesExhausted => "uses_exhausted",
            Self::PointDisabled => "point_disabled",
            Self::Blocked => "blocked",
            Self::LockedDown => "locked_down",
            Self::OccupancyLimit => "occupancy_limit",
            Self::DeviceUntrusted => "device_untrusted",
        }
    }

    /// Class and number, such as `W12`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CredentialUnknown => "N01",
            Self::CredentialDisabled => "N02",
            Self::CredentialLost => "N03",
            Self::CredentialStolen => "N04",
            Self::CredentialDamaged => "N05",
            Self::CredentialUnassigned => "N07",
            Self::PersonDisabled => "N11",
            Self::PinWrong => "N12",
            Self::FactorTimeout => "N14",
            Self::NotAuthorisedPoint => "N21",
            Self::CredentialNotYetValid => "W10",
            Self::CredentialExpired => "W11",
            Self::NotPermittedAtThisTime => "W12",
            Self::Interlock => "P04",
            Self::NoDecision => "F07",
            Self::CredentialDestroyed => "N06",
            Self::CredentialLockedOut => "N09",
            Self::NotAuthorisedArea => "N22",
            Self::Passback => "N23",
            Self::SecondPersonMissing => "N24",
            Self::SecondPersonWrong => "N25",
            Self::GrantNotApproved => "W13",
            Self::UsesExhausted => "W14",
            Self::PointDisabled => "P01",
            Self::Blocked => "P02",
            Self::LockedDown => "P03",
            Self::OccupancyLimit => "P05",
            Self::DeviceUntrusted => "P06",
        }
    }

    /// The class.
    pub const fn class(self) -> DenialClass {
        match self {
            Self::CredentialUnknown
            | Self::CredentialDisabled
            | Self::CredentialLost
            | Self::CredentialStolen
            | Self::CredentialDamaged
            | Self::CredentialUnassigned
            | Self::PersonDisabled
            | Self::PinWrong
            | Self::FactorTimeout
            | Self::NotAuthorisedPoint
            | Self::CredentialDestroyed
            | Self::CredentialLockedOut
            | Self::NotAuthorisedArea
            | Self::Passback
            | Self::SecondPersonMissing
            | Self::SecondPersonWrong => DenialClass::N,
            Self::CredentialNotYetValid
            | Self::CredentialExpired
            | Self::NotPermittedAtThisTime
            | Self::GrantNotApproved
            | Self::UsesExhausted => DenialClass::W,
            Self::Interlock
            | Self::PointDisabled
            | Self::Blocked
            | Self::LockedDown
            | Self::OccupancyLimit
            | Self::DeviceUntrusted => DenialClass::P,
            Self::NoDecision => DenialClass::F,
        }
    }
}
