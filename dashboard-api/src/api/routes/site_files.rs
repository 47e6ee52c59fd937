//! The routes about site files.

use rackward_core::permission::Permission::{SetSchedules, ViewJournal};

use crate::api::site_files as handlers;
use crate::openapi::table::{Routes, get, post};
use crate::site_files::MAX_FILES_BYTES;

pub(super) fn of_site_files() -> Routes {
    Routes::about("site-files", "Who may pass where and when, as files say it: planned, applied, undone.")
        .at(
            "/api/v1/site-files",
            [get(handlers::export, "What is there, as site files would say it").takes(ViewJournal)],
        )
        .at(
            "/api/v1/site-files/schema",
            [get(handlers::schema, "The form of site files, as JSON Schema").takes(ViewJournal).document()],
        )
        .at(
            "/api/v1/site-files/plan",
            [post(handlers::plan, "What would come of site files").takes(SetSchedules).large_body(MAX_FILES_BYTES)],
        )
        .at(
            "/api/v1/site-files/apply",
            [post(handlers::apply, "Make what is there what site files say")
                .takes(SetSchedules)
                .large_body(MAX_FILES_BYTES)],
        )
        .at("/api/v1/site-files/undo", [post(handlers::undo, "Undo the last apply").takes(SetSchedules)])
        .at(
            "/api/v1/site-files/drift",
            [get(handlers::drift, "What differs from what site files said").takes(ViewJournal).query(handlers::DRIFT)],
        )
}
