//! Which areas one organisation lets another's people into. The operator of the site needs no agreement and nobody needs one
//! with it, because everybody's way in leads through its doors; between tenants an agreement must be in force. Which
//! grants that allows is checked in `engine/commands/terms.rs`; what an operator of a tenant sees, in `engine/reach.rs`.

use std::collections::BTreeMap;

use crate::id::{AgreementId, AreaId, OrganisationId};
use crate::people::Agreement;
use crate::site::{OPERATOR, Site};
use crate::time::Wall;

/// The agreements in force at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sharing<'a> {
    pub(super) site: &'a Site,
    pub(super) agreements: &'a BTreeMap<AgreementId, Agreement>,
    pub(super) at: Wall,
}

/// How an organisation's people come to pass into an area.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shared<'a> {
    /// It is their own, or the operator is on one of the sides.
    Freely,
    /// By the agreement in force that lasts longest.
    By(&'a Agreement),
    /// Not at all.
    No,
}

impl<'a> Sharing<'a> {
    /// How people of `guest` come to pass into `area`.
    pub(super) fn of(&self, guest: OrganisationId, area: AreaId) -> Shared<'a> {
        let owner = self.site.area(area).map_or(OPERATOR, |area| area.owner);
        if owner == guest || owner == OPERATOR || guest == OPERATOR {
            return Shared::Freely;
        }
        self.agreement(guest, area).map_or(Shared::No, Shared::By)
    }

    /// The agreement in force that shares `area` with `guest`, the one that lasts longest. It reaches what its owner owns:
    /// a tenant's rack is not shared because the hall around it is.
    pub(super) fn agreement(&self, guest: OrganisationId, area: AreaId) -> Option<&'a Agreement> {
        let owner = self.site.area(area)?.owner;
        let of_both = self.agreements.values().filter(|agreement| agreement.owner == owner && agreement.guest == guest);
        of_both
            .filter(|agreement| agreement.validity.contains(self.at))
            .filter(|agreement| agreement.areas.iter().any(|shared| self.site.lies_in(area, *shared)))
            .max_by_key(|agreement| agreement.validity.to)
    }
}
