//! One entry as a CloudEvent 1.0 (structured JSON), which is what the stream, the event list and webhooks carry. `data`
//! says what the entry says, under the member names of `formats.md` F.5, and adds the sentence. Which entry is about what,
//! and how it reads, is one table (`event/table.rs`); how each kind of value is written is `event/parts.rs`.

mod parts;
mod table;

use rackward_core::{Site, Stamped};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use self::table::{Told, marks, told};
use super::at::At;
use crate::query::Marks;

/// One entry as a CloudEvent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// The entry's sequence number; with `source` it names the event for ever.
    pub id: String,
    /// The site, such as `urn:rackward:lon1`.
    pub source: String,
    /// The event's name with its version, such as `rackward.access.denied.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path of the place it is about, or the id of the thing where it has no place.
    pub subject: String,
    /// When the engine settled it.
    pub time: At,
    /// `application/json`.
    pub datacontenttype: String,
    /// The sequence number as twenty digits, which sort as text.
    pub sequence: String,
    /// What the entry says.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl CloudEvent {
    /// An entry of the journal.
    pub fn of(stamped: &Stamped, site: &Site) -> Self {
        let Told { subject, mut members, sentence } = told(stamped, site);
        members.insert("sentence".to_owned(), sentence.into());
        Self {
            specversion: "1.0".to_owned(),
            id: stamped.seq.to_string(),
            source: format!("urn:rackward:{}", site.name()),
            kind: format!("rackward.{}.v1", stamped.entry.event_name()),
            subject,
            time: At(stamped.at),
            datacontenttype: "application/json".to_owned(),
            sequence: format!("{:020}", stamped.seq.get()),
            data: members,
        }
    }

    /// What an entry of the journal can be found by.
    pub fn marks(stamped: &Stamped, site: &Site) -> Marks {
        marks(stamped, site)
    }

    /// The sequence number; `None` when the id is not one.
    pub fn seq(&self) -> Option<u64> {
        self.id.parse().ok()
    }

    /// The sentence in its data; empty when it has none.
    pub fn sentence(&self) -> &str {
        self.data.get("sentence").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events.
    pub items: Vec<CloudEvent>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
    /// How many there are from the first page on; told on the first page.
    pub total_estimate: Option<u64>,
    /// How many of them were counted; where it is less, the rest is judged by them.
    pub total_counted: Option<u64>,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{every_cloud_event, every_event};
