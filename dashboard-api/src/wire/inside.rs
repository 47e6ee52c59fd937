//! Who is inside, as the API shows it, and how sure that is; visitors. Names are personal data: what has one has no `Debug` that
//! prints it, and where it was erased the id stands alone.

use core::fmt;

use rackward_core::Site;
use rackward_core::engine::query::{Doubt, Entered, Headcount, Insider as CoreInsider, SeenAt, Stopped};
use rackward_core::headcount::Grounds;
use rackward_core::id::{AreaId, PersonId};
use rackward_core::muster::Somebody;
use rackward_core::visitor::Visitor as CoreVisitor;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, actor_words, area_kind_word, person_status_word};

/// What somebody is called, as far as whoever asks may know.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// The name.
    pub name: Option<String>,
    /// For whom they work, where they are a visitor.
    pub company: Option<String>,
}

/// Names, by whom they are.
pub trait CallBook {
    /// What somebody is called.
    fn called(&self, who: Somebody) -> Called;

    /// The name of a person.
    fn person(&self, person: PersonId) -> Option<String> {
        self.called(Somebody::Person(person)).name
    }
}

/// Somebody who is known to be inside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Insider {
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
    /// Path of the innermost area they are in.
    pub area: String,
    /// The same in words, such as `hall-a (hall)`.
    pub area_words: String,
    /// Since when.
    pub since_at: At,
    /// How they came in: `card`, `escort`, `hand` or `unknown`.
    pub entered_by: String,
    /// Where they were seen last; null where nobody has seen them.
    pub last_seen: Option<LastSeen>,
    /// How sure it is that they are there: `a` every way out is read, `b` one is not, `c` it is inferred or old.
    pub confidence: String,
    /// Why so, in words.
    pub confidence_words: String,
    /// Who answers for them; null where nobody does.
    pub escort: Option<Escort>,
    /// Whether they pass nowhere now; they are inside all the same.
    pub disabled: bool,
    /// What keeps them from passing, in words; null where nothing does.
    pub disabled_words: Option<String>,
}

/// Where somebody was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastSeen {
    /// Path of the point or area; `outside` for whoever left the site.
    pub place: String,
    /// When.
    pub at: At,
}

/// Who answers for somebody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Escort {
    /// The id.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
}

impl Insider {
    /// Somebody inside, under their names.
    pub fn of(row: &CoreInsider, book: &dyn CallBook, site: &Site) -> Self {
        let places = Places(site);
        let Called { name, company } = book.called(row.who);
        Self {
            id: row.who.to_string(),
            name,
            company,
            kind: kind_word(row.who).to_owned(),
            organisation: row.organisation.map(|id| places.organisation(id)),
            area: places.area(row.area),
            area_words: area_words(row.area, site),
            since_at: At(row.since),
            entered_by: entered_word(row.entered).to_owned(),
            last_seen: row.last_seen.map(|(seen, at)| LastSeen { place: seen_words(seen, places), at: At(at) }),
            confidence: row.grounds.confidence().word().to_owned(),
            confidence_words: grounds_words(row.grounds),
            escort: row.escort.map(|person| Escort { id: person.to_string(), name: book.person(person) }),
            disabled: row.stopped.is_some(),
            disabled_words: row.stopped.map(|stopped| stopped_words(stopped).to_owned()),
        }
    }
}

impl fmt::Debug for Insider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insider").field("id", &self.id).field("area", &self.area).finish_non_exhaustive()
    }
}

impl fmt::Debug for Escort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Escort").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How many are in an area. It names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaCount {
    /// Its path.
    pub area: String,
    /// The last part of its path.
    pub name: String,
    /// Path of the area around it; null for the outermost.
    pub parent: Option<String>,
    /// How many are known to be in it or in an area within it, visitors among them.
    pub count: u32,
    /// How sure that is: `a`, `b` or `c`.
    pub confidence: String,
    /// Why so, in words.
    pub confidence_words: String,
    /// Since when the count may be wrong; null while nothing says so.
    pub wrong_since_at: Option<At>,
    /// What makes it so, in words.
    pub wrong_words: Option<String>,
}

impl AreaCount {
    /// The count of an area.
    pub fn of(row: &Headcount, site: &Site) -> Self {
        let places = Places(site);
        let area = places.area(row.area);
        Self {
            name: last_part(&area).to_owned(),
            area,
            parent: row.parent.map(|around| places.area(around)),
            count: row.count,
            confidence: row.confidence.word().to_owned(),
            confidence_words: grounds_words(row.grounds),
            wrong_since_at: row.doubt.map(|(since, _)| At(since)),
            wrong_words: row.doubt.map(|(_, doubt)| doubt_words(doubt, places)),
        }
    }
}

/// A visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Visitor {
    /// The id, such as `vis-3`.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// For whom they work; null where nobody said.
    pub company: Option<String>,
    /// Who answers for them; null for whoever a muster found.
    pub host: Option<Escort>,
    /// Path of the area they are in.
    pub area: String,
    /// Since when.
    pub since_at: At,
    /// When they are to be gone; null where nobody said.
    pub until_at: Option<At>,
    /// Why they are here; null where nobody said.
    pub reason: Option<String>,
    /// The muster that found them; null where none did.
    pub muster: Option<String>,
    /// Who entered them.
    pub entered_by: String,
    /// When they left; null while they are inside.
    pub left_at: Option<At>,
    /// Who said so.
    pub left_by: Option<String>,
    /// Whether they are inside.
    pub inside: bool,
}

impl Visitor {
    /// A visit, under its names.
    pub fn of(row: &CoreVisitor, book: &dyn CallBook, site: &Site) -> Self {
        let Called { name, company } = book.called(Somebody::Visitor(row.id));
        Self {
            id: row.id.to_string(),
            name,
            company,
            host: row.host.map(|person| Escort { id: person.to_string(), name: book.person(person) }),
            area: Places(site).area(row.area),
            since_at: At(row.since),
            until_at: row.until.map(At),
            reason: row.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            muster: row.muster.map(|muster| muster.to_string()),
            entered_by: actor_words(row.by),
            left_at: row.left.map(|left| At(left.at)),
            left_by: row.left.map(|left| actor_words(left.by)),
            inside: row.is_inside(),
        }
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("id", &self.id).field("area", &self.area).finish_non_exhaustive()
    }
}

pub(super) const fn kind_word(who: Somebody) -> &'static str {
    match who {
        Somebody::Person(_) => "person",
        Somebody::Visitor(_) => "visitor",
    }
}

/// An area in words: the last part of its path and what it is.
fn area_words(area: AreaId, site: &Site) -> String {
    site.area(area)
        .map_or_else(|| area.to_string(), |row| format!("{} ({})", last_part(&row.path), area_kind_word(row.kind)))
}

/// The last part of a path.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

const fn entered_word(entered: Entered) -> &'static str {
    match entered {
        Entered::Card => "card",
        Entered::Escort => "escort",
        Entered::Hand => "hand",
        Entered::Unknown => "unknown",
    }
}

fn seen_words(seen: SeenAt, places: Places<'_>) -> String {
    match seen {
        SeenAt::Point(point) => places.point(point),
        SeenAt::Area(area) => places.area(area),
        SeenAt::Outside => "outside".to_owned(),
    }
}

const fn stopped_words(stopped: Stopped) -> &'static str {
    match stopped {
        Stopped::Person(status) => person_status_word(status),
        Stopped::NoCard => "no card that counts",
    }
}

fn grounds_words(grounds: Grounds) -> String {
    match grounds {
        Grounds::ControlledExit => "every way out is read".to_owned(),
        Grounds::FreeExit { ways: 1 } => "1 way out is not read".to_owned(),
        Grounds::FreeExit { ways } => format!("{ways} ways out are not read"),
        Grounds::NoDoor => "no door leads here, so nobody is recorded here".to_owned(),
        Grounds::ByHand => "entered by hand".to_owned(),
        Grounds::Old => "not seen for more than 12 hours".to_owned(),
        Grounds::Among { people } => format!("{people} of them entered by hand or not seen for more than 12 hours"),
    }
}

pub(super) fn doubt_words(doubt: Doubt, places: Places<'_>) -> String {
    match doubt {
        Doubt::DeviceAway(device) => format!("{} does not answer", places.device(device)),
        Doubt::DoorUnlocked(door) => format!("{} stands unlocked", places.door(door)),
    }
}
