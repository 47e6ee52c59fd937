//! What a change would come to (`?dry_run=true`). The engine rehearses the command in the turn in which it would have carried
//! it out (`engine/rehearsal.rs` of the core); nothing is stored, nothing is sent. The handler goes on as if it had been done:
//! what it asks of the engine is answered with the rows that would be there ([`Foretold`]), and beside its answer stands what
//! would be recorded, as events. Where more than a command belongs to a change (a secret, a message to somebody, a look at a
//! bus), the handler is left at the command and what would be recorded is all there is to say; which routes these are says
//! `writes.rs`.

use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::query::{AlertStatus, ReviewStatus};
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::entry::OperatorEntry;
use rackward_core::id::DoorId;
use rackward_core::mode::DoorMode;
use rackward_core::records::RecordChange;
use rackward_core::{Answer, Entry, Query, Reply, Site, Stamped, Wall};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Components, Wire};
use crate::refusal::Refusal;
use crate::wire::Places;
use crate::wire::event::CloudEvent;
use crate::wire::problem::ProblemKind;

/// Said in the answer to a rehearsal, so that nobody takes it for the real thing.
pub(crate) const RACKWARD_DRY_RUN: HeaderName = HeaderName::from_static("rackward-dry-run");

/// The member with what would be recorded, beside what a change answers.
const WOULD: &str = "would";

/// The member with the devices that it would not reach now.
const UNREACHED: &str = "unreached";

/// What a change would come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rehearsed {
    /// What would be recorded, in order, as events of the stream. Their numbers are those that would come next.
    pub would: Vec<CloudEvent>,
    /// The devices that may have to learn of it and do not answer now, by name: until they do, the change does not reach them.
    pub unreached: Vec<String>,
}

impl Rehearsed {
    /// Adds what the engine found of one more command of the same request.
    pub(crate) fn add(&mut self, rehearsal: &Rehearsal, site: &Site) {
        for device in &rehearsal.unreached {
            let name = Places(site).device(*device);
            if !self.unreached.contains(&name) {
                self.unreached.push(name);
            }
        }
        for stamped in &rehearsal.entries {
            let behind = (0..self.would.len()).fold(stamped.seq, |seq, _| seq.next());
            self.would.push(CloudEvent::of(&Stamped { seq: behind, ..stamped.clone() }, site));
        }
    }

    /// What the change would have answered, with what would be recorded beside it.
    pub(crate) async fn beside(self, response: Response) -> Response {
        if !response.status().is_success() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        let Ok(Value::Object(mut answer)) = serde_json::from_slice(&bytes) else {
            return Refusal::new(ProblemKind::Internal, "the answer could not be read again").into_response();
        };
        answer.insert(WOULD.to_owned(), json!(self.would));
        answer.insert(UNREACHED.to_owned(), json!(self.unreached));
        parts.headers.remove(CONTENT_LENGTH);
        told(Response::from_parts(parts, Body::from(Value::Object(answer).to_string())))
    }
}

impl IntoResponse for Rehearsed {
    fn into_response(self) -> Response {
        told(Json(self).into_response())
    }
}

fn told(mut response: Response) -> Response {
    response.headers_mut().insert(RACKWARD_DRY_RUN, HeaderValue::from_static("true"));
    response
}

/// The schema of an answer that may have been tried only.
pub(crate) fn with_what_would_be(answer: Value, components: &mut Components) -> Value {
    let would = json!({
        "type": "array",
        "items": <CloudEvent as Wire>::schema(components),
        "description": "What would be recorded; only there where the change was only tried",
    });
    let unreached = json!({
        "type": "array",
        "items": { "type": "string" },
        "description": "Devices that may have to learn of it and do not answer now; only there where the change was only tried",
    });
    json!({ "allOf": [answer, { "type": "object", "properties": { WOULD: would, UNREACHED: unreached } }] })
}

/// What would be there if what was rehearsed had been done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Foretold {
    rows: Vec<RecordChange>,
    modes: Vec<(DoorId, DoorMode)>,
    /// Until when a proposal would wait, where one would be made.
    waits_until: Option<Wall>,
}

impl Foretold {
    /// Adds what one more command would make of the records.
    pub(crate) fn add(&mut self, rehearsal: &Rehearsal) {
        self.rows.extend_from_slice(&rehearsal.rows);
        self.modes.extend_from_slice(&rehearsal.modes);
        let proposed = rehearsal.entries.iter().find_map(|stamped| match &stamped.entry {
            Entry::Operator(OperatorEntry::Proposed { until, .. }) => Some(*until),
            _ => None,
        });
        self.waits_until = proposed.or(self.waits_until);
    }

    /// Until when a proposal would wait, where one would be made.
    pub(crate) const fn waits_until(&self) -> Option<Wall> {
        self.waits_until
    }

    /// Whether nothing would be otherwise.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.modes.is_empty() && self.waits_until.is_none()
    }

    /// What the engine would answer.
    pub(crate) fn over(&self, asked: &Query, mut answer: Answer) -> Answer {
        self.rows.iter().for_each(|row| put_over(asked, &mut answer, row));
        if let Answer::Doors(doors) = &mut answer {
            for (door, mode) in &self.modes {
                doors.iter_mut().filter(|status| status.door == *door).for_each(|status| status.mode = *mode);
            }
        }
        answer
    }
}

/// Puts one row over an answer that shows rows of its kind.
fn put_over(asked: &Query, answer: &mut Answer, row: &RecordChange) {
    match (asked, answer, row) {
        (Query::Grant(id), Answer::Grant(shown), RecordChange::Grant(row)) if row.id == *id => {
            *shown = Some(row.clone());
        }
        (Query::PeopleOf(ids), Answer::People(rows), RecordChange::Person(row)) if ids.contains(&row.id) => {
            put(rows, |shown| shown.id == row.id, Some(row.clone()));
        }
        (Query::Credentials(person), Answer::Credentials(rows), RecordChange::Credential(row))
            if row.person == *person =>
        {
            put(rows, |shown| shown.id == row.id, Some(row.clone()));
        }
        (_, Answer::Profiles(rows), RecordChange::Profile(id, row)) => {
            put(rows, |shown| shown.id == *id, row.clone());
        }
        (_, Answer::Schedules(rows), RecordChange::Schedule(id, row)) => {
            put(rows, |(shown, _)| shown.id == *id, row.clone());
        }
        (_, Answer::Calendars(rows), RecordChange::Calendar(id, row)) => {
            put(rows, |(shown, _)| shown.id == *id, row.clone());
        }
        (_, Answer::Agreements(rows), RecordChange::Agreement(id, row)) => {
            put(rows, |shown| shown.id == *id, row.clone());
        }
        (_, Answer::Operators(rows), RecordChange::Operator(row)) => {
            put(rows, |shown| shown.id == row.id, Some(row.clone()));
        }
        (_, Answer::Tokens(rows), RecordChange::Token(row)) => {
            put(rows, |shown| shown.id == row.id, Some(row.clone()));
        }
        (_, Answer::Alerts(rows), RecordChange::Alert(id, row)) => {
            let is_over_rate = rows.iter().any(|shown| shown.alert.id == *id && shown.is_over_rate);
            let row = row.clone().map(|alert| AlertStatus { alert, is_over_rate });
            put(rows, |shown| shown.alert.id == *id, row);
        }
        (Query::Review(id), Answer::Reviews(rows), RecordChange::Review(of, Some(row))) if id == of => {
            let over = rows.first().map_or(0, |known| known.counts.over);
            *rows = vec![ReviewStatus::of(row.clone(), over)];
        }
        (_, Answer::Status(status), RecordChange::Counters { generation, .. }) => status.generation = *generation,
        // Nothing else that is shown of a change lies in a row: ids and words come from the request and the reply.
        _ => {}
    }
}

fn put<T>(rows: &mut Vec<T>, is_it: impl Fn(&T) -> bool, row: Option<T>) {
    match (rows.iter().position(is_it), row) {
        (Some(place), Some(row)) => rows.splice(place..=place, [row]).for_each(drop),
        (Some(place), None) => drop(rows.remove(place)),
        (None, Some(row)) => rows.push(row),
        (None, None) => {}
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
        Reply::Plan(id) => Some(id.to_string()),
        Reply::Review(id, _) => Some(id.to_string()),
        Reply::Alert(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_the_place_of_the_one_it_replaces() {
        let check = |row: Option<(u32, &'static str)>, expect: &[(u32, &str)]| {
            let mut rows = vec![(1, "a"), (2, "b"), (3, "c")];
            put(&mut rows, |(id, _)| *id == row.map_or(2, |(id, _)| id), row);
            assert_eq!(rows, expect);
        };
        check(Some((2, "x")), &[(1, "a"), (2, "x"), (3, "c")]);
        check(Some((4, "x")), &[(1, "a"), (2, "b"), (3, "c"), (4, "x")]);
        check(None, &[(1, "a"), (3, "c")]);
    }
}
