//! The routes about cameras and their stills.

use rackward_core::permission::Permission::{AnswerAlarms, ViewHealth, ViewStills};

use crate::api::stills;
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

/// A picture of any of the kinds that are taken.
const PICTURE: &str = "image/*";

pub(super) fn of_cameras() -> Routes {
    Routes::about("cameras", "Cameras, the stills that are kept of alarms and passages, and what a camera shows now.")
        .at(
            "/api/v1/cameras",
            [get(stills::cameras, "Cameras, and how they are").takes(ViewHealth).lists(&resources::CAMERAS)],
        )
        .at("/api/v1/cameras/uncovered", [get(stills::uncovered, "Doors that no camera shows").takes(ViewHealth)])
        .at("/api/v1/cameras/{id}", [get(stills::camera, "One camera, and how it is").takes(ViewHealth)])
        .at(
            "/api/v1/cameras/{id}/live",
            [get(stills::live, "What a camera shows now").takes(ViewStills).media(PICTURE).also(503)],
        )
        .at("/api/v1/stills", [get(stills::list, "Stills of alarms or events").takes(ViewStills).query(stills::OF)])
        .at(
            "/api/v1/stills/{id}/picture",
            [get(stills::picture, "The picture of a still").takes(ViewStills).media(PICTURE)],
        )
        .at(
            "/api/v1/alarms/{id}/stills",
            [
                get(stills::of_alarm, "The stills of an alarm, with the cameras that show its place").takes(ViewStills),
                post(stills::ask_again, "Ask again for stills of an alarm, and for one of now").takes(AnswerAlarms),
            ],
        )
}
