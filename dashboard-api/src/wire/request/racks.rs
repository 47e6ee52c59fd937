//! Bodies about racks of an asset register.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One rack of `POST /api/v1/racks/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RackOfRegister {
    /// Its number in the register.
    pub id: u32,
    /// What it is called there, at most 100 characters as every text here.
    pub name: String,
    /// What the building's owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facility_id: Option<String>,
    /// In which of the register's sites it stands.
    pub site: String,
    /// Where there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How it is, such as `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whose equipment it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// How many units high it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u_height: Option<u16>,
    /// Its serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_tag: Option<String>,
    /// The path of the rack of this site that it is, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
}

/// `POST /api/v1/racks/import`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakeRacks {
    /// The register's site whose racks these all are; all of its sites if left out. What lies within it and is not in the list is
    /// flagged as gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// All of its racks, 1 to 20,000.
    pub racks: Vec<RackOfRegister>,
}
