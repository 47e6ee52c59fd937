//! The routes about support from outside.

use rackward_core::permission::Permission::ManageDevices;

use crate::api::support;
use crate::openapi::operation::ZIP;
use crate::openapi::table::{Routes, get};

pub(super) fn of_support() -> Routes {
    Routes::about("support", "What somebody outside needs to find a fault: nothing of persons, and nothing secret.")
        .at(
            "/api/v1/support-bundle",
            [get(support::show, "What a support bundle would hold, and what it leaves out").takes(ManageDevices)],
        )
        .at(
            "/api/v1/support-bundle/download",
            [get(support::download, "A support bundle, as a file").exports().takes(ManageDevices).media(ZIP)],
        )
}
