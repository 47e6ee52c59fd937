//! What an asset register (NetBox) says of racks: kept beside the racks of the site, matched to them, and without a word in who
//! may pass.

use crate::id::{AreaId, AssetId};
use crate::time::Wall;

/// The longest text of a rack's facts, in characters.
pub const TEXT_MAX_CHARS: usize = 100;

/// What is said of one rack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RackFacts {
    /// By what the register knows it.
    pub id: AssetId,
    /// What it is called there.
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
}

impl RackFacts {
    /// Every text, with its name.
    pub fn texts(&self) -> [(&'static str, &str); 9] {
        [
            ("name", &self.name),
            ("facility_id", &self.facility_id),
            ("site", &self.site),
            ("location", &self.location),
            ("role", &self.role),
            ("status", &self.status),
            ("tenant", &self.tenant),
            ("serial", &self.serial),
            ("asset_tag", &self.asset_tag),
        ]
    }
}

/// What of a register was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RackSource {
    /// One of its sites; all if `None`.
    pub site: Option<String>,
}

/// A rack as it was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RackAsset {
    /// What is said of it.
    pub facts: RackFacts,
    /// Which rack of this site it is, if one.
    pub rack: Option<AreaId>,
    /// When that was said.
    pub taken: Wall,
    /// Since when the register no longer says it.
    pub gone: Option<Wall>,
}
