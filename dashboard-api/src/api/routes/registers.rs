//! The routes about what asset registers say of racks.

use rackward_core::permission::Permission::{ManageDevices, ViewSite};

use crate::api::racks;
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_racks() -> Routes {
    Routes::about(
        "racks",
        "Racks as an asset register has them, matched to those of the site; nothing here says who may pass.",
    )
    .at(
        "/api/v1/racks",
        [get(racks::list, "Racks, as an asset register has them").takes(ViewSite).lists(&resources::RACKS)],
    )
    .at(
        "/api/v1/racks/import",
        [post(racks::take, "Take over what an asset register says of racks").takes(ManageDevices)],
    )
}
