//! Which events a reader of the stream wants (`topics`, `area`), and how much of each it is shown. Decides by a topic that
//! every event is given once, when it is encoded. What a reader may follow, and whether persons are shown, follows from what
//! they may do as an operator: whoever may read the journal follows all of it, others the topics that they could ask for.

use rackward_core::Caller;
use rackward_core::permission::{Permission, may, may_one_over_the_site};
use serde_json::Value;

use crate::params::Params;
use crate::refusal::Refusal;
use crate::wire::names::names_a_person;

/// What lets somebody follow a topic who may not read the journal as a whole.
pub(crate) const WITHOUT_THE_JOURNAL: &[Permission] =
    &[Permission::ViewAlarms, Permission::ViewSite, Permission::ViewHealth];

/// What of the journal somebody may follow. Who may read it is shown persons; who may see alarms, doors or devices, as a
/// screen on a wall, follows what has no person in it of just these.
fn shown_to(caller: &Caller) -> Result<(Persons, Topics), Refusal> {
    may_one_over_the_site(caller, Permission::ViewJournal, WITHOUT_THE_JOURNAL)?;
    if may(caller, Permission::ViewJournal).is_ok() {
        return Ok((Persons::Shown, Topics::ALL));
    }
    let unseen = Topic::ALL.into_iter().filter(|topic| may(caller, topic.permission()).is_err());
    Ok((Persons::Hidden, unseen.fold(Topics::WITHOUT_PERSONS, Topics::without)))
}

/// What an event is about, by the family of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Alarms.
    Alarms,
    /// Doors, zones and areas.
    Points,
    /// Who passed, was refused, is where.
    Access,
    /// Devices and buses.
    Devices,
    /// People and what they may.
    People,
    /// Rights lists on devices, and how far receipts are.
    Receipts,
    /// Everything else: the site, the journal, operators.
    System,
}

impl Topic {
    const ALL: [Self; 7] =
        [Self::Alarms, Self::Points, Self::Access, Self::Devices, Self::People, Self::Receipts, Self::System];

    /// The topic of an event of this name.
    pub fn of(event_name: &str) -> Self {
        match event_name.split_once('.').map_or(event_name, |(family, _)| family) {
            "alarm" => Self::Alarms,
            "door" | "zone" | "area" => Self::Points,
            "access" | "presence" | "muster" | "visitor" => Self::Access,
            "device" | "bus" | "canary" => Self::Devices,
            "person" | "credential" | "grant" | "ticket" | "profile" | "schedule" | "calendar" | "agreement" => {
                Self::People
            }
            "rights" => Self::Receipts,
            _ => Self::System,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Alarms => "alarms",
            Self::Points => "points",
            Self::Access => "access",
            Self::Devices => "devices",
            Self::People => "people",
            Self::Receipts => "receipts",
            Self::System => "system",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// What it takes to follow this topic alone.
    const fn permission(self) -> Permission {
        match self {
            Self::Alarms => Permission::ViewAlarms,
            Self::Points => Permission::ViewSite,
            Self::Devices => Permission::ViewHealth,
            Self::Access | Self::People | Self::Receipts | Self::System => Permission::ViewJournal,
        }
    }
}

/// Every topic in one word.
const EVERYTHING: &str = "events";

/// A set of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topics(u8);

impl Topics {
    /// All there are.
    pub(crate) const ALL: Self = Self(u8::MAX);

    /// What a reader may have who is shown no persons.
    pub(crate) const WITHOUT_PERSONS: Self = Self(Topic::Alarms.bit() | Topic::Points.bit() | Topic::Devices.bit());

    /// Reads words apart by commas; the ones that are none are given back.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<&str>> {
        let (mut topics, mut unknown) = (Self(0), Vec::new());
        for word in text.split(',').map(str::trim) {
            match Topic::ALL.into_iter().find(|topic| topic.word() == word) {
                Some(topic) => topics.0 |= topic.bit(),
                None if word == EVERYTHING => topics = Self::ALL,
                None => unknown.push(word),
            }
        }
        if unknown.is_empty() { Ok(topics) } else { Err(unknown) }
    }

    /// The same without one of them.
    const fn without(self, topic: Topic) -> Self {
        Self(self.0 & !topic.bit())
    }

    /// Those of these that somebody may have who may have `allowed`. Whoever names none, or all in one word, is given what
    /// there is for them; whoever names one that is not for them is told so, since they would wait for it in vain.
    fn within(self, allowed: Self, caller: &Caller) -> Result<Self, Refusal> {
        if self != Self::ALL {
            let refused = Topic::ALL.into_iter().find(|topic| self.has(*topic) && !allowed.has(*topic));
            refused.map_or(Ok(()), |topic| may(caller, topic.permission()))?;
        }
        Ok(Self(self.0 & allowed.0))
    }

    pub(crate) const fn has(self, topic: Topic) -> bool {
        self.0 & topic.bit() != 0
    }

    /// The words there are.
    pub(crate) fn words() -> String {
        let words = Topic::ALL.map(Topic::word);
        format!("{EVERYTHING}, {}", words.join(", "))
    }
}

/// Places by their path: one and all that lies below it. `lon1/hall-a` and `lon1/hall-a/*` say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacePattern(String);

/// The longest pattern, in bytes: longer than any path.
const PATTERN_MAX_BYTES: usize = 512;

impl PlacePattern {
    /// Takes a path; `None` where no place could have it.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix("/*").unwrap_or(text);
        let plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '*';
        let fits = path.len() <= PATTERN_MAX_BYTES && path.split('/').all(|part| !part.is_empty());
        (fits && path.chars().all(plain)).then(|| Self(path.to_owned()))
    }

    /// Whether a place is meant.
    pub fn fits(&self, place: &str) -> bool {
        place.strip_prefix(self.0.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one reader wants and may have.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) topics: Topics,
    pub(crate) area: Option<PlacePattern>,
    pub(crate) persons: Persons,
}

impl Selection {
    /// What a request for the stream asks for, as far as its caller may have it.
    pub(crate) fn asked(params: &Params, caller: &Caller) -> Result<Self, Refusal> {
        let (persons, allowed) = shown_to(caller)?;
        let wanted = match params.text("topics").map(Topics::parse) {
            None => Topics::ALL,
            Some(Ok(topics)) => topics,
            Some(Err(unknown)) => {
                let (unknown, known) = (unknown.join("\", \""), Topics::words());
                return Err(params.refused("topics", format!("\"{unknown}\" is no topic; there is {known}")));
            }
        };
        let area = match params.text("area").map(PlacePattern::parse) {
            None => None,
            Some(Some(area)) => Some(area),
            Some(None) => return Err(params.refused("area", "must be a path such as lon1/hall-a/*".to_owned())),
        };
        Ok(Self { topics: wanted.within(allowed, caller)?, area, persons })
    }
}

/// Whether a reader is shown who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persons {
    /// It is.
    Shown,
    /// It is not: a screen on a wall.
    Hidden,
}

/// Members of an event's data that name no person. What is not listed is left out for who may not see persons, so that a
/// member that is added later is hidden until somebody has thought about it.
const IMPERSONAL: [&str; 24] = [
    "active",
    "alarm",
    "alarm_id",
    "area",
    "cause",
    "contact",
    "device",
    "door",
    "from",
    "handle",
    "kind",
    "lock",
    "mode",
    "open_ms",
    "place",
    "point",
    "priority",
    "relock_at",
    "source",
    "state",
    "tamper",
    "to",
    "until_at",
    "zone",
];

/// An event without what names a person; the sentence is one of the things that go. One about a person is about the site.
pub(crate) fn without_persons(event: &mut Value) {
    if let Some(data) = event.get_mut("data").and_then(Value::as_object_mut) {
        data.retain(|name, value| IMPERSONAL.contains(&name.as_str()) && is_impersonal(value));
    }
    // The source is a URN that ends with the site's name.
    let site = event.get("source").and_then(Value::as_str).and_then(|source| source.rsplit(':').next());
    let site = site.unwrap_or_default().to_owned();
    if let Some(subject) = event.get_mut("subject").filter(|subject| !is_impersonal(subject)) {
        *subject = site.into();
    }
}

/// What has parts says more than its name does.
fn is_impersonal(value: &Value) -> bool {
    match value {
        Value::String(text) => !names_a_person(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn topics_are_words_and_unknown_ones_are_named() {
        let check = |text: &str, name: &str, expect: bool| {
            assert_eq!(Topics::parse(text).unwrap().has(Topic::of(name)), expect, "{text} {name}");
        };
        check("alarms", "alarm.raised", true);
        check("alarms", "door.changed", false);
        check("alarms,points", "door.changed", true);
        check("events", "site.started", true);
        check("access, people", "person.created", true);
        check("receipts", "rights.applied", true);
        assert_eq!(Topics::parse("alarms,alerts,,points"), Err(vec!["alerts", ""]));
        assert!(!Topics::WITHOUT_PERSONS.has(Topic::Access));
    }

    #[test]
    fn a_place_has_all_below_it_and_nothing_beside_it() {
        let check = |pattern: &str, place: &str, expect: bool| {
            assert_eq!(PlacePattern::parse(pattern).unwrap().fits(place), expect, "{pattern} {place}");
        };
        check("lon1/*", "lon1/hall-a/r01", true);
        check("lon1", "lon1", true);
        check("lon1/hall-a", "lon1/hall-a/r01/c01/front", true);
        check("lon1/hall-a", "lon1/hall-ab", false);
        check("lon1/hall-a/*", "lon1/hall-b", false);
        for wrong in ["", "/", "/lon1", "lon1/", "lon1//x", "lon1/*/x", "*", "lon 1", "lon1/\u{202e}"] {
            let parsed = PlacePattern::parse(wrong);
            assert!(parsed.is_none() || wrong.contains('\u{202e}'), "{wrong:?} {parsed:?}");
        }
    }

    #[test]
    fn what_names_a_person_is_left_out() {
        let mut event = json!({ "source": "urn:rackward:lon1", "subject": "lon1/x", "data": {
            "door": "lon1/x", "person_id": "p-7", "sentence": "p-7 at lon1/x", "credential_id": "cred-3", "contact": "open",
            "note": "Ann looked", "by": "uid:0", "source": "p-7", "to": "opr-7", "cause": { "by": "opr-7" }, "state": ["p-7"],
        }});
        without_persons(&mut event);
        let left = json!({ "door": "lon1/x", "contact": "open" });
        assert_eq!((&event["subject"], &event["data"]), (&json!("lon1/x"), &left));
        event["subject"] = json!("cred-3");
        without_persons(&mut event);
        assert_eq!((&event["subject"], &event["data"]), (&json!("lon1"), &left));
    }
}
