//! Where somebody may pass, as the API shows it.

use rackward_core::Site;
use rackward_core::id::PointId;
use rackward_core::people::{EscortNeed, Grant, GrantRight};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Names;
use super::at::At;
use super::names::Places;

/// A point that somebody may pass, by rights, cards and times; a lockdown or a dead reader may still keep them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MayPass {
    /// The point's id, such as `pt-3`.
    pub id: String,
    /// Its path.
    pub point: String,
    /// The grant that lets the person through.
    pub grant: String,
    /// The access profile it is a membership of, by name; null where it names the door.
    pub profile: Option<String>,
    /// First instant at which it no longer counts.
    pub until_at: At,
    /// Why it was given.
    pub reason: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Whether somebody must come along.
    pub escort: bool,
}

impl MayPass {
    /// A point with the grant that opens it.
    pub(crate) fn of(point: PointId, grant: &Grant, site: &Site, names: &Names) -> Self {
        Self {
            id: point.to_string(),
            point: Places(site).point(point),
            grant: grant.id.to_string(),
            profile: match &grant.right {
                GrantRight::Doors { .. } => None,
                GrantRight::Member(profile) => Some(names.profile(*profile)),
            },
            until_at: At(grant.validity.to),
            reason: grant.reason.clone(),
            ticket: grant.ticket.clone(),
            escort: grant.escort == EscortNeed::Required,
        }
    }
}
