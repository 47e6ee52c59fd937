//! Events as other programs read them: one line of text for each event, in one of four formats. `ndjson` is what the API
//! itself says; the others are the same in the words of spreadsheets (`csv.rs`), of OCSF (`ocsf.rs`) and of CEF (`cef.rs`).
//! Which events are exported is decided elsewhere (`api/export.rs`).

mod cef;
mod csv;
mod ocsf;

use super::event::CloudEvent;

/// The name of the product where a format asks for one.
pub(crate) const PRODUCT: &str = "rackward";
/// Whose product that is.
pub(crate) const VENDOR: &str = "Rackward";
/// Its version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// CloudEvents, one JSON document a line.
    Ndjson,
    /// Comma-separated values (RFC 4180) with a head line.
    Csv,
    /// OCSF events, one JSON document a line.
    Ocsf,
    /// ArcSight Common Event Format, one event a line.
    Cef,
}

impl Format {
    /// Their words, in the order of [`Format::ALL`].
    pub(crate) const WORDS: [&'static str; 4] = ["ndjson", "csv", "ocsf", "cef"];

    /// All of them.
    const ALL: [Self; 4] = [Self::Ndjson, Self::Csv, Self::Ocsf, Self::Cef];

    /// The one whose word this is.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let place = Self::WORDS.iter().position(|known| *known == word)?;
        Self::ALL.get(place).copied()
    }

    /// Its word.
    pub(crate) const fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// What the file with the events is called.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Ndjson => "events.ndjson",
            Self::Csv => "events.csv",
            Self::Ocsf => "events.ocsf.ndjson",
            Self::Cef => "events.cef",
        }
    }

    /// What stands before the first event.
    pub(crate) fn head(self) -> String {
        match self {
            Self::Csv => csv::head(),
            Self::Ndjson | Self::Ocsf | Self::Cef => String::new(),
        }
    }

    /// One event with its line's end.
    pub(crate) fn line(self, event: &CloudEvent) -> String {
        match self {
            Self::Ndjson => json_line(event),
            Self::Csv => csv::row(event),
            Self::Ocsf => json_line(&ocsf::event(event)),
            Self::Cef => cef::Cef::of(event).to_string() + "\n",
        }
    }
}

/// What derives `Serialize` for JSON always can be written.
fn json_line(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// A member of an event's data, where it is a text that says something.
fn text<'a>(event: &'a CloudEvent, name: &str) -> Option<&'a str> {
    event.data.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty())
}

/// The event's name, such as `access.denied`.
fn name_of(event: &CloudEvent) -> &str {
    let kind = event.kind.strip_prefix("rackward.").unwrap_or(&event.kind);
    kind.strip_suffix(".v1").unwrap_or(kind)
}

/// The priority of the alarm it is about, 1 to 4.
fn priority(event: &CloudEvent) -> Option<u64> {
    event.data.get("priority").and_then(serde_json::Value::as_u64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::event::every_cloud_event;

    #[test]
    fn every_event_is_one_line_in_every_format() {
        for event in every_cloud_event() {
            for format in Format::ALL {
                let line = format.line(&event);
                let breaks = line.matches('\n').count();
                assert!(breaks == 1 && line.ends_with('\n'), "{format:?} {line}");
                if matches!(format, Format::Ndjson | Format::Ocsf) {
                    serde_json::from_str::<Value>(&line).unwrap();
                }
            }
        }
        for word in Format::WORDS {
            assert_eq!(Format::named(word).unwrap().word(), word);
        }
        assert_eq!(Format::named("xml"), None);
    }

    #[test]
    fn what_is_missing_is_not_made_up() {
        let mut event = every_cloud_event().into_iter().next().unwrap();
        event.data = json!({ "a": "", "b": 7, "c": null, "d": "x" }).as_object().unwrap().clone();
        let told: Vec<Option<&str>> = ["a", "b", "c", "d", "e"].map(|name| text(&event, name)).to_vec();
        assert_eq!(told, [None, None, None, Some("x"), None]);
        assert_eq!(priority(&event), None);
    }
}
