//! Which events a reader of the stream wants (`topics`, `area`), and how much of each it is shown. Decides by a topic that
//! every event is given once, when it is encoded. Which reader may follow at all, and whether persons are shown, is asked in
//! `stream.rs`.

use serde_json::Value;

use crate::wire::names::names_a_person;

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
            "access" | "presence" => Self::Access,
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
    pub(crate) const fn without(self, topic: Topic) -> Self {
        Self(self.0 & !topic.bit())
    }

    /// Those that are in both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
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
        assert!(!Topics::ALL.and(Topics::WITHOUT_PERSONS).has(Topic::Access));
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
