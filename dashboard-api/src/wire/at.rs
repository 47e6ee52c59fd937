//! Instants on the wire: RFC 3339 in UTC with milliseconds. Arithmetic and local time are the core's.

use jiff::Timestamp;
use rackward_core::Wall;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// An instant, as RFC 3339 with milliseconds and `Z`; read with any offset, written in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(pub Wall);

impl At {
    /// Reads RFC 3339 with an offset or `Z`; `None` for anything else, because a time without one would be a guess.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: Timestamp = text.parse().ok()?;
        Some(Self(Wall::from_micros(instant.as_microsecond())))
    }
}

impl core::fmt::Display for At {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // An instant outside the calendar (years beyond 9999) prints as the calendar's end rather than failing.
        let instant = Timestamp::from_microsecond(self.0.as_micros()).unwrap_or(Timestamp::MAX);
        write!(f, "{instant:.3}")
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom("a time must be RFC 3339 with an offset, such as 2026-07-24T14:03:22Z")
        })
    }
}

impl PartialSchema for At {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let text = text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        text.description(Some("An instant, RFC 3339 in UTC with milliseconds")).into()
    }
}

impl ToSchema for At {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_in_utc_with_milliseconds() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(At::parse(text).map(|at| at.to_string()).as_deref(), expect, "{text}");
        };
        check("2026-07-24T14:03:22.417362Z", Some("2026-07-24T14:03:22.417Z"));
        check("2026-07-24T15:03:22+01:00", Some("2026-07-24T14:03:22.000Z"));
        check("2026-07-24T14:03:22", None);
        check("2026-07-24", None);
        check("today 14:00", None);
        check("", None);
    }

    #[test]
    fn an_instant_beyond_the_calendar_still_prints() {
        assert!(At(Wall::from_micros(i64::MAX)).to_string().starts_with("9999-12-"));
    }
}
