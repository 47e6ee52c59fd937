//! The routes about patterns of light, sound and text.

use rackward_core::permission::Permission::{Locate, ViewSite};

use crate::api::patterns;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_patterns() -> Routes {
    Routes::about("patterns", "What readers and handles show, and how it is tried.")
        .at(
            "/api/v1/feedback/patterns",
            [get(patterns::list, "What readers and handles of this site can show").takes(ViewSite)],
        )
        .at(
            "/api/v1/devices/{device}/pattern",
            [post(patterns::show, "Show a pattern at a reader or handle for some seconds, to see it").takes(Locate)],
        )
}
