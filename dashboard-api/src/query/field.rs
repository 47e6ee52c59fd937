//! What entries can be searched by. The words are those of the query language; the numbers are the search index's, and stay
//! what they are.

/// What an entry can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The event's name, such as `access.denied`.
    Type,
    /// A person the entry is about.
    Person,
    /// A credential.
    Credential,
    /// A grant.
    Grant,
    /// An alarm.
    Alarm,
    /// A door, also that of a point or of a device.
    Door,
    /// An access point.
    Point,
    /// A device.
    Device,
    /// A perimeter zone.
    Zone,
    /// An area, also the one behind a door, and every area around it.
    Area,
    /// Who did it: `opr-3`, `uid:1000`, `system`.
    By,
    /// Why somebody was refused (`pin_wrong`, `n12`), or the reason that an operator gave.
    Reason,
    /// The change ticket.
    Ticket,
    /// Other words of the entry: notes, names of profiles and places.
    Note,
    /// The condition that an alarm stands for, such as `door_forced_open`.
    Kind,
    /// The words of the entry's sentence that are the same for all like it (`wording.rs`). No word of the language: texts
    /// without a field are looked for in it.
    Wording,
}

impl Field {
    /// Every field that a query can name, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::Type,
        Self::Person,
        Self::Credential,
        Self::Grant,
        Self::Alarm,
        Self::Kind,
        Self::Door,
        Self::Point,
        Self::Device,
        Self::Zone,
        Self::Area,
        Self::By,
        Self::Reason,
        Self::Ticket,
        Self::Note,
    ];

    /// The fields that hold what somebody wrote.
    pub(super) const SAID: [Self; 3] = [Self::Reason, Self::Ticket, Self::Note];

    /// The fields in which a text without a field is looked for.
    pub const TEXTS: [Self; 4] = [Self::Reason, Self::Ticket, Self::Note, Self::Wording];

    /// The word in the query language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Person => "person",
            Self::Credential => "credential",
            Self::Grant => "grant",
            Self::Alarm => "alarm",
            Self::Door => "door",
            Self::Point => "point",
            Self::Device => "device",
            Self::Zone => "zone",
            Self::Area => "area",
            Self::By => "by",
            Self::Reason => "reason",
            Self::Ticket => "ticket",
            Self::Note => "note",
            Self::Kind => "kind",
            Self::Wording => "wording",
        }
    }

    /// The number in the search index, from 1; numbers are never given out again.
    pub const fn number(self) -> u8 {
        match self {
            Self::Type => 1,
            Self::Person => 2,
            Self::Credential => 3,
            Self::Grant => 4,
            Self::Alarm => 5,
            Self::Door => 6,
            Self::Point => 7,
            Self::Device => 8,
            Self::Zone => 9,
            Self::Area => 10,
            Self::By => 11,
            Self::Reason => 12,
            Self::Ticket => 13,
            Self::Note => 14,
            Self::Kind => 15,
            Self::Wording => 16,
        }
    }
}
