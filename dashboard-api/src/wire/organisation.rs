//! Organisations, what they share by agreement, and access profiles, as the API shows them.

use rackward_core::Site;
use rackward_core::people::{Agreement as CoreAgreement, Profile as CoreProfile};
use rackward_core::site::Organisation as CoreOrganisation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Names, Places};

/// Somebody who owns areas and racks and to whom people belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    /// The id, such as `org-2`; `org-0` runs the site.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Organisation {
    /// An organisation of the core.
    pub fn of(organisation: &CoreOrganisation) -> Self {
        Self { id: organisation.id.to_string(), name: organisation.name.clone() }
    }
}

/// An agreement by which one organisation lets another's people into its areas, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// The id, such as `agr-5`.
    pub id: String,
    /// Who shares, by name.
    pub owner: String,
    /// With whom, by name.
    pub guest: String,
    /// Paths of the areas, each with all inside it.
    pub areas: Vec<String>,
    /// First instant at which it holds.
    pub from_at: At,
    /// First instant at which it no longer holds.
    pub to_at: At,
    /// Why.
    pub reason: String,
}

impl Agreement {
    /// An agreement of the core.
    pub fn of(agreement: &CoreAgreement, site: &Site) -> Self {
        let places = Places(site);
        Self {
            id: agreement.id.to_string(),
            owner: places.organisation(agreement.owner),
            guest: places.organisation(agreement.guest),
            areas: agreement.areas.iter().map(|area| places.area(*area)).collect(),
            from_at: At(agreement.validity.from),
            to_at: At(agreement.validity.to),
            reason: agreement.reason.as_str().to_owned(),
        }
    }
}

/// Doors with schedules, given to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// The id, such as `prof-9`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who it belongs to, by name.
    pub organisation: String,
    /// Which doors when.
    pub policies: Vec<Policy>,
}

/// One door, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// Path of the door.
    pub door: String,
    /// The schedule by name; null is always.
    pub schedule: Option<String>,
}

impl Profile {
    /// A profile of the core.
    pub fn of(profile: &CoreProfile, site: &Site, names: &Names) -> Self {
        let policies = profile.policies.iter().map(|policy| Policy {
            door: Places(site).door(policy.door),
            schedule: policy.schedule.map(|schedule| names.schedule(schedule)),
        });
        Self {
            id: profile.id.to_string(),
            name: profile.name.clone(),
            organisation: Places(site).organisation(profile.owner),
            policies: policies.collect(),
        }
    }
}
