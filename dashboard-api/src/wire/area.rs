//! Areas as the API shows them: what they are, what holds for those who want to be in them, and who is inside. A person's
//! name is personal data: it has no `Debug`.

use core::fmt;
use core::time::Duration;

use rackward_core::Site;
use rackward_core::engine::query::AreaStatus;
use rackward_core::id::PersonId;
use rackward_core::mode::AreaHold;
use rackward_core::people::Whereabouts;
use rackward_core::site::{AreaPolicy, Company, Passback, PathProof, ProtectionClass, TicketPolicy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, area_kind_word};

/// A bounded protected space as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Area {
    /// The id, such as `area-3`.
    pub id: String,
    /// Its path.
    pub path: String,
    /// `perimeter`, `building`, `hall`, `cage` or `rack`.
    pub kind: String,
    /// Protection class, 1 to 4.
    pub class: u8,
    /// Who owns it, by name.
    pub owner: String,
    /// Path of the area around it; null for the outermost.
    pub inside: Option<String>,
    /// Whether a grant must name a change ticket.
    pub ticket_required: bool,
    /// How many others must approve a grant.
    pub approvals: u8,
    /// Anti-passback: `off`, `soft`, `hard` or `timed`.
    pub passback: String,
    /// How long entering again is refused, as `PT300S`; null unless anti-passback is timed.
    pub passback_time: Option<String>,
    /// Whether one must be known to be in the area around it.
    pub path_proof: bool,
    /// How many people may be inside; null without limit.
    pub max_occupancy: Option<u16>,
    /// Whether nobody may be inside alone.
    pub two_person: bool,
    /// The highest threat level at which everybody with a right is admitted.
    pub threat_limit: String,
    /// How many are known to be in it or in an area within it.
    pub occupancy: u32,
    /// Whether it, or an area around it, is locked down.
    pub locked_down: bool,
}

impl Area {
    /// An area as it stands.
    pub fn of(status: &AreaStatus, site: &Site) -> Self {
        let (area, places) = (&status.area, Places(site));
        let AreaPolicy { ticket, approval, passback, path, max_occupancy, company, threat_limit } = area.policy;
        Self {
            id: area.id.to_string(),
            path: area.path.clone(),
            kind: area_kind_word(area.kind).to_owned(),
            class: class_number(area.class),
            owner: places.organisation(area.owner),
            inside: area.inside.map(|around| places.area(around)),
            ticket_required: ticket == TicketPolicy::Required,
            approvals: u8::try_from(approval.count()).unwrap_or(u8::MAX),
            passback: passback_word(passback).to_owned(),
            passback_time: match passback {
                Passback::Timed(time) => Some(seconds(time)),
                Passback::Off | Passback::Soft | Passback::Hard => None,
            },
            path_proof: path == PathProof::Required,
            max_occupancy,
            two_person: company == Company::Required,
            threat_limit: threat_limit.word().to_owned(),
            occupancy: status.inside,
            locked_down: status.hold == AreaHold::LockedDown,
        }
    }
}

const fn class_number(class: ProtectionClass) -> u8 {
    match class {
        ProtectionClass::One => 1,
        ProtectionClass::Two => 2,
        ProtectionClass::Three => 3,
        ProtectionClass::Four => 4,
    }
}

const fn passback_word(passback: Passback) -> &'static str {
    match passback {
        Passback::Off => "off",
        Passback::Soft => "soft",
        Passback::Hard => "hard",
        Passback::Timed(_) => "timed",
    }
}

/// A duration as ISO 8601 has it, in whole seconds.
fn seconds(span: Duration) -> String {
    format!("PT{}S", span.as_secs())
}

/// Somebody who is known to be inside an area.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Occupant {
    /// Who.
    pub person: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// Path of the innermost area the person is in.
    pub place: String,
    /// Since when.
    pub since_at: At,
}

impl fmt::Debug for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occupant").field("person", &self.person).field("place", &self.place).finish_non_exhaustive()
    }
}

impl Occupant {
    /// Somebody under a name, and where.
    pub fn of(person: PersonId, name: Option<String>, whereabouts: Whereabouts, site: &Site) -> Self {
        Self {
            person: person.to_string(),
            name,
            place: Places(site).whereabouts(whereabouts.place),
            since_at: At(whereabouts.since),
        }
    }
}
