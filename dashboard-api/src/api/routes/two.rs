//! Routes about what waits for a second operator. It names persons and says why, so it is for those who may see persons, and not for
//! a screen on a wall.

use rackward_core::permission::Permission::{ManageSelf, ViewPeople};

use crate::api::proposals;
use crate::lists::resources::PROPOSALS;
use crate::openapi::table::{Routes, get, post};

pub(super) fn with_proposals(routes: Routes) -> Routes {
    routes
        .at(
            "/api/v1/proposals",
            [get(proposals::list, "Everything that waits for a second operator").lists(&PROPOSALS).takes(ViewPeople)],
        )
        .at("/api/v1/proposals/{id}", [get(proposals::show, "What waits for a second operator").takes(ViewPeople)])
        .at(
            "/api/v1/proposals/{id}/confirm",
            [post(proposals::confirm, "Confirm what another operator proposed").takes(ManageSelf).secret()],
        )
        .at("/api/v1/proposals/{id}/drop", [post(proposals::withdraw, "Drop a proposal").takes(ManageSelf)])
}
