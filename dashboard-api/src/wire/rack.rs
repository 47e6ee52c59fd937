//! Racks as an asset register has them, as the API shows them, and what came of taking them over.

use rackward_core::Site;
use rackward_core::asset::RackAsset;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;

/// A rack as an asset register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rack {
    /// Its number in the register, such as `nb-17`.
    pub id: String,
    /// The path of the rack of this site that it is; null where it is none.
    pub rack: Option<String>,
    /// What it is called in the register.
    pub name: String,
    /// What the building's owner calls it.
    pub facility_id: String,
    /// In which of the register's sites it stands.
    pub site: String,
    /// Where there.
    pub location: String,
    /// What for.
    pub role: String,
    /// How it is, such as `active`.
    pub status: String,
    /// Whose equipment it holds.
    pub tenant: String,
    /// How many units high it is; 0 where that is not said.
    pub u_height: u16,
    /// Its serial number.
    pub serial: String,
    /// Its tag.
    pub asset_tag: String,
    /// When this was taken over.
    pub taken_at: At,
    /// Since when the register no longer has it; null while it does. It stays here until somebody sees to it.
    pub gone_at: Option<At>,
}

impl Rack {
    /// A rack of the core.
    pub fn of(row: &RackAsset, site: &Site) -> Self {
        let facts = row.facts.clone();
        Self {
            id: facts.id.to_string(),
            rack: row.rack.and_then(|rack| site.area(rack)).map(|area| area.path.clone()),
            name: facts.name,
            facility_id: facts.facility_id,
            site: facts.site,
            location: facts.location,
            role: facts.role,
            status: facts.status,
            tenant: facts.tenant,
            u_height: facts.u_height,
            serial: facts.serial,
            asset_tag: facts.asset_tag,
            taken_at: At(row.taken),
            gone_at: row.gone.map(At),
        }
    }
}

/// What came of taking racks over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RacksTaken {
    /// How many racks the list had.
    pub racks: u32,
    /// How many of them were new or otherwise than before.
    pub taken: u32,
    /// How many that were there before are gone from the register, and flagged.
    pub gone: u32,
    /// How many were as before.
    pub unchanged: u32,
}
