//! What a change would come to (`?dry_run=true`). The engine rehearses the command in the turn in which it would have carried
//! it out (`engine/rehearsal.rs` of the core), and what it would have recorded is told as events; nothing is stored, nothing
//! is sent. A handler is left at its first command: what comes after that would rest on what was not done.

use axum::Json;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::{Reply, Site};
use serde::{Deserialize, Serialize};

use crate::wire::event::CloudEvent;

/// Said in the answer to a rehearsal, so that nobody takes it for the real thing.
pub(crate) const RACKWARD_DRY_RUN: HeaderName = HeaderName::from_static("rackward-dry-run");

/// What a change would come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// Always true: nothing was done.
    pub dry_run: bool,
    /// What would be made, if it is one thing with a number. Somebody else may take the number first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What would be recorded, in order, as events of the stream. Their numbers are those that would come next.
    pub would: Vec<CloudEvent>,
}

impl Rehearsed {
    /// What the engine found.
    pub(crate) fn of(rehearsal: &Rehearsal, site: &Site) -> Self {
        let would = rehearsal.entries.iter().map(|stamped| CloudEvent::of(stamped, site)).collect();
        Self { dry_run: true, id: recorded(&rehearsal.reply), would }
    }
}

impl IntoResponse for Rehearsed {
    fn into_response(self) -> Response {
        let mut response = Json(self).into_response();
        response.headers_mut().insert(RACKWARD_DRY_RUN, HeaderValue::from_static("true"));
        response
    }
}

/// The number of a record that a command made, or would make.
pub(crate) fn recorded(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Person(id) => Some(id.to_string()),
        Reply::Credential(id) => Some(id.to_string()),
        Reply::Grant(id, _) | Reply::Requested(id, _) => Some(id.to_string()),
        Reply::Schedule(id, _) => Some(id.to_string()),
        Reply::Calendar(id, _) => Some(id.to_string()),
        Reply::Profile(id, _) => Some(id.to_string()),
        Reply::Agreement(id, _) => Some(id.to_string()),
        _ => None,
    }
}
