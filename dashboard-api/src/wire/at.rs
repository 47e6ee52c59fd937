//! Instants on the wire: RFC 3339 in UTC with milliseconds. Arithmetic and local time are the core's.

use core::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rackward_core::Wall;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// The longest span that anything takes.
const LONGEST_SPAN: Duration = Duration::from_secs(10 * 366 * 86_400);

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

/// How long something is to last, as ISO 8601-1 writes it: hours, minutes and seconds, such as `PT4H` or `PT90M`; at most ten
/// years.
pub fn parse_span(text: &str) -> Option<Duration> {
    let span = text.strip_prefix("PT").and_then(|_| text.parse::<SignedDuration>().ok())?;
    Duration::try_from(span).ok().filter(|span| (Duration::from_millis(1)..=LONGEST_SPAN).contains(span))
}

/// The text of [`parse_span`].
pub fn span_text(span: Duration) -> String {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX).to_string()
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
    fn spans_are_written_as_the_standard_has_them() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(parse_span(text), expect.map(Duration::from_millis), "{text}");
        };
        check("PT4H", Some(4 * 3_600_000));
        check("PT90M", Some(90 * 60_000));
        check("PT1H30M", Some(90 * 60_000));
        check("PT0.5S", Some(500));
        for wrong in ["", "P", "PT", "4h", "-PT4H", "PT-4H", "PT0S", "P1Y", "P1M", "PT1000000H", "2026-07-24T14:03:22Z"]
        {
            check(wrong, None);
        }
        for millis in [1, 500, 1_000, 90 * 60_000, 30 * 86_400_000] {
            let span = Duration::from_millis(millis);
            assert_eq!(parse_span(&span_text(span)), Some(span), "{millis}");
        }
    }

    #[test]
    fn an_instant_beyond_the_calendar_still_prints() {
        assert!(At(Wall::from_micros(i64::MAX)).to_string().starts_with("9999-12-"));
    }
}
