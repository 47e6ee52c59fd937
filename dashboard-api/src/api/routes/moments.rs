//! The routes about who may pass at any moment, and what changes would have made of what happened. Who may open a door is beside
//! the other routes of doors.

use rackward_core::permission::Permission::{GiveRights, ViewPeople};

use crate::api::{entitled, simulations};
use crate::body::MAX_CHANGES_BYTES;
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_moments() -> Routes {
    Routes::about("moments", "Who may pass at any moment, and what changes would have made of what happened.")
        .at(
            "/api/v1/points/{id}/who",
            [get(entitled::at_point, "Who may pass a point").lists(&resources::MAY_OPEN).takes(ViewPeople)],
        )
        .at(
            "/api/v1/people/{id}/points",
            [get(entitled::points, "Where a person may pass").lists(&resources::MAY_PASS).takes(ViewPeople)],
        )
        .at(
            "/api/v1/simulations",
            [post(simulations::run, "Try changes on what happened, line by line")
                .takes(GiveRights)
                .large_body(MAX_CHANGES_BYTES)
                .media("application/x-ndjson")],
        )
}
