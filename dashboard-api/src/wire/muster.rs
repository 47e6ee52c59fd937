//! Musters as the API shows them: who is on the list, what was said of each, and how sure the list is.

use core::fmt;

use rackward_core::Site;
use rackward_core::engine::query::{MusterArea as CoreArea, MusterView};
use rackward_core::muster::{Muster as CoreMuster, MusterCounts as CoreCounts, OnRoll, Said as CoreSaid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::inside::{CallBook, Escort, Insider, LastSeen, doubt_words, last_part};
use super::names::{Places, actor_words};

/// A muster without the people on its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterSummary {
    /// The id, such as `mus-4`.
    pub id: String,
    /// `drill` or `real`.
    pub kind: String,
    /// Path of the area.
    pub area: String,
    /// Why it was started.
    pub reason: String,
    /// `running` or `ended`.
    pub state: String,
    /// When it started.
    pub started_at: At,
    /// Who started it.
    pub started_by: String,
    /// When it ended; null while it runs.
    pub ended_at: Option<At>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// What they reported.
    pub report: Option<String>,
    /// Who was missing or unsure when it ended, by id; null while it runs.
    pub missing_at_end: Option<Vec<String>>,
    /// Counts what was recorded of it.
    pub revision: u32,
    /// How many on its list are what.
    pub counts: MusterCounts,
}

/// How many people are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterCounts {
    /// Nobody has seen them.
    pub missing: u32,
    /// Seen and well.
    pub safe: u32,
    /// Something was said that is not enough.
    pub unsure: u32,
    /// Not on the site.
    pub not_on_site: u32,
}

/// A muster with everybody on its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Muster {
    /// What it is.
    #[serde(flatten)]
    pub summary: MusterSummary,
    /// Each area in which somebody was, and the area of the muster itself.
    pub areas: Vec<MusterArea>,
    /// Everybody on the list.
    pub persons: Vec<MusterPerson>,
    /// The readers on whose word the list rests.
    pub readers: Vec<MusterReader>,
}

/// An area of a muster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterArea {
    /// Its path.
    pub area: String,
    /// The last part of its path.
    pub name: String,
    /// How many of those who were in it nobody has seen.
    pub missing: u32,
    /// How many are safe.
    pub safe: u32,
    /// Of how many something was said that is not enough.
    pub unsure: u32,
    /// How many are not on the site.
    pub not_on_site: u32,
    /// Since when the list may be wrong there; null while nothing says so.
    pub wrong_since_at: Option<At>,
    /// What makes it so, in words.
    pub wrong_words: Option<String>,
}

/// Somebody on the list of a muster.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterPerson {
    /// The id, such as `p-7` or `vis-3`.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// For whom a visitor works; null for persons.
    pub company: Option<String>,
    /// `person` or `visitor`.
    pub kind: String,
    /// The organisation they belong to, or their host; null where nobody knows.
    pub organisation: Option<String>,
    /// Path of the area they were in.
    pub area: String,
    /// Since when.
    pub since_at: At,
    /// When they came on the list; null for whoever was on it from the start.
    pub joined_at: Option<At>,
    /// How sure it was that they were there: `a`, `b` or `c`.
    pub confidence: String,
    /// Why so, in words.
    pub confidence_words: String,
    /// Where they were seen last; null where nobody has seen them.
    pub last_seen: Option<LastSeen>,
    /// Whether they pass nowhere now; they count all the same.
    pub disabled: bool,
    /// Who answers for them; null where nobody does.
    pub escort: Option<Escort>,
    /// `missing`, `safe`, `unsure` or `not_on_site`.
    pub status: String,
    /// What was said of them last; null while nobody has said anything.
    pub said: Option<MusterSaid>,
}

/// What somebody said of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterSaid {
    /// Who.
    pub by: String,
    /// Where they were seen; null where nobody said.
    pub r#where: Option<String>,
    /// When it was true.
    pub at: At,
    /// What else there is to say.
    pub note: Option<String>,
}

/// A reader on whose word the list of a muster rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MusterReader {
    /// Its name.
    pub device: String,
    /// Path of its door.
    pub place: String,
    /// `online`, `offline` or `unknown`.
    pub state: String,
}

impl From<CoreCounts> for MusterCounts {
    fn from(counts: CoreCounts) -> Self {
        let CoreCounts { missing, safe, unsure, not_on_site } = counts;
        Self { missing, safe, unsure, not_on_site }
    }
}

impl MusterSummary {
    /// A muster.
    pub fn of(row: &CoreMuster, site: &Site) -> Self {
        let end = row.end.as_ref();
        Self {
            id: row.id.to_string(),
            kind: row.kind.word().to_owned(),
            area: Places(site).area(row.area),
            reason: row.reason.as_str().to_owned(),
            state: if row.is_running() { "running" } else { "ended" }.to_owned(),
            started_at: At(row.started),
            started_by: actor_words(row.by),
            ended_at: end.map(|end| At(end.at)),
            ended_by: end.map(|end| actor_words(end.by)),
            report: end.map(|end| end.report.as_str().to_owned()),
            missing_at_end: end.map(|end| end.missing.iter().map(ToString::to_string).collect()),
            revision: row.revision,
            counts: row.counts().into(),
        }
    }
}

impl Muster {
    /// A muster with its people, under their names.
    pub fn of(view: &MusterView, book: &dyn CallBook, site: &Site) -> Self {
        let places = Places(site);
        let rows = view.people.iter().filter_map(|row| Some((row, view.muster.roll.get(&row.who)?)));
        let state = |online: Option<bool>| match online {
            Some(true) => "online",
            Some(false) => "offline",
            None => "unknown",
        };
        Self {
            summary: MusterSummary::of(&view.muster, site),
            areas: view.areas.iter().map(|area| MusterArea::of(area, places)).collect(),
            persons: rows.map(|(row, on)| MusterPerson::of(Insider::of(row, book, site), on)).collect(),
            readers: view
                .readers
                .iter()
                .map(|(device, door, online)| MusterReader {
                    device: places.device(*device),
                    place: places.door(*door),
                    state: state(*online).to_owned(),
                })
                .collect(),
        }
    }
}

impl MusterArea {
    fn of(row: &CoreArea, places: Places<'_>) -> Self {
        let area = places.area(row.area);
        let MusterCounts { missing, safe, unsure, not_on_site } = row.counts.into();
        Self {
            name: last_part(&area).to_owned(),
            area,
            missing,
            safe,
            unsure,
            not_on_site,
            wrong_since_at: row.doubt.map(|(since, _)| At(since)),
            wrong_words: row.doubt.map(|(_, doubt)| doubt_words(doubt, places)),
        }
    }
}

impl MusterPerson {
    fn of(row: Insider, on: &OnRoll) -> Self {
        Self {
            id: row.id,
            name: row.name,
            company: row.company,
            kind: row.kind,
            organisation: row.organisation,
            area: row.area,
            since_at: row.since_at,
            joined_at: on.joined.map(At),
            confidence: row.confidence,
            confidence_words: row.confidence_words,
            last_seen: row.last_seen,
            disabled: row.disabled,
            escort: row.escort,
            status: on.status().word().to_owned(),
            said: on.said.as_ref().map(MusterSaid::of),
        }
    }
}

impl MusterSaid {
    fn of(said: &CoreSaid) -> Self {
        let text = |text: &rackward_core::entry::ReasonText| text.as_str().to_owned();
        Self {
            by: actor_words(said.by),
            r#where: said.mark.place.as_ref().map(text),
            at: At(said.mark.at),
            note: said.mark.note.as_ref().map(text),
        }
    }
}

impl fmt::Debug for MusterPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MusterPerson").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}
