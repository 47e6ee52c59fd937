//! Times as people type and read them: spans (`4h`), instants (`tomorrow 08:00`, RFC 3339) and how an instant is shown.
//! An instant without an offset is local time at the site. A local time that a change of summer time leaves out or repeats
//! is refused here, because a right that starts an hour off is worse than a question back.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::arguments::TimeStyle;

/// Why a span of time was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no span of time; write 30s, 90m, 4h, 2d, 1w or a row of them such as 1h30m, up to ten years")]
pub(crate) struct SpanError(String);

/// The longest span: what is longer is a slip of the finger, not a time box.
const MAX_SPAN_S: u64 = 10 * 366 * 86_400;

/// Reads a span such as `90m`, `4h` or `1h30m`.
///
/// # Errors
/// Anything else, an empty span, or one above ten years.
pub(crate) fn parse_span(text: &str) -> Result<Duration, SpanError> {
    let refuse = || SpanError(text.to_owned());
    let (mut total_ms, mut rest) = (0u64, text.trim());
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, next) = tail.split_at(letters);
        let number: u64 = number.parse().map_err(|_| refuse())?;
        let part = number.checked_mul(unit_ms(unit).ok_or_else(refuse)?).ok_or_else(refuse)?;
        total_ms = total_ms.checked_add(part).ok_or_else(refuse)?;
        rest = next;
    }
    let fits = (1..=MAX_SPAN_S * 1000).contains(&total_ms);
    if fits { Ok(Duration::from_millis(total_ms)) } else { Err(refuse()) }
}

fn unit_ms(unit: &str) -> Option<u64> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" | "min" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        "w" => Some(7 * 86_400_000),
        _ => None,
    }
}

/// Why an instant was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InstantError {
    /// No form of time that is known here.
    #[error("\"{0}\" is no time; write 14:03, tomorrow 08:00, 2026-08-03 09:00, +4h, -24h or RFC 3339")]
    Unknown(String),
    /// The clocks skip it or show it twice.
    #[error(
        "{0} happens twice or never in {1}, because the clocks change; add the offset, such as 2026-10-25T01:30+01:00"
    )]
    Ambiguous(String, String),
}

/// Whether reading `text` needs the site's time zone.
pub(crate) fn needs_zone(text: &str) -> bool {
    let text = text.trim();
    text != "now" && !text.starts_with(['+', '-']) && text.parse::<Timestamp>().is_err()
}

/// Reads an instant: `now`, `+4h`, `-24h`, RFC 3339, or a time or date in `zone`.
///
/// # Errors
/// It has no known form, or the clocks of `zone` skip or repeat it.
pub(crate) fn parse_instant(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, InstantError> {
    let text = text.trim();
    let unknown = || InstantError::Unknown(text.to_owned());
    if text == "now" {
        return Ok(now);
    }
    if let Some(span) = text.strip_prefix('+') {
        return later(now, parse_span(span).map_err(|_| unknown())?).ok_or_else(unknown);
    }
    if let Some(span) = text.strip_prefix('-') {
        let span = parse_span(span).ok().and_then(|span| SignedDuration::try_from(span).ok());
        return span.and_then(|span| now.checked_sub(span).ok()).ok_or_else(unknown);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let civil = civil(text, now.to_zoned(zone.clone()).date()).ok_or_else(unknown)?;
    let name = || zone.iana_name().unwrap_or("the site's time zone").to_owned();
    zone.to_ambiguous_timestamp(civil).unambiguous().map_err(|_| InstantError::Ambiguous(civil.to_string(), name()))
}

/// `span` after `now`, unless that is past the end of the calendar.
pub(crate) fn later(now: Timestamp, span: Duration) -> Option<Timestamp> {
    now.checked_add(SignedDuration::try_from(span).ok()?).ok()
}

fn civil(text: &str, today: Date) -> Option<DateTime> {
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, Some(time)),
        None if text.contains(':') => ("today", Some(text)),
        None => (text, None),
    };
    let date = match day {
        "today" => today,
        "tomorrow" => today.checked_add(1.day()).ok()?,
        "yesterday" => today.checked_sub(1.day()).ok()?,
        _ => day.parse().ok()?,
    };
    let time = match time {
        Some(time) => time.trim().parse().ok()?,
        None => Time::midnight(),
    };
    Some(date.to_datetime(time))
}

/// How a moment is written in a zone.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S %Z";

/// How instants are shown on one screen.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    /// The moment that relative times count from.
    pub(crate) now: Timestamp,
    /// The way they are shown.
    pub(crate) style: TimeStyle,
    /// The zone for [`TimeStyle::Site`] and [`TimeStyle::Local`].
    pub(crate) zone: TimeZone,
}

impl Calendar {
    /// `instant` as this screen shows it.
    pub(crate) fn show(&self, instant: Timestamp) -> String {
        match self.style {
            TimeStyle::Utc => format!("{instant:.3}"),
            TimeStyle::Site | TimeStyle::Local => instant.to_zoned(self.zone.clone()).strftime(MOMENT).to_string(),
            TimeStyle::Relative => relative(instant, self.now),
        }
    }

    /// A text that the API gave as an instant; shown as it came when it is none.
    pub(crate) fn show_text(&self, text: &str) -> String {
        text.parse().map_or_else(|_| text.to_owned(), |instant| self.show(instant))
    }

    /// When something ends, as a moment and as how far that is from now: `2026-07-24 15:00:00 BST (in 2 h)`. Whoever puts
    /// something aside wants both.
    pub(crate) fn show_end(&self, text: &str) -> String {
        let Ok(instant) = text.parse::<Timestamp>() else { return text.to_owned() };
        let moment = match self.style {
            TimeStyle::Utc | TimeStyle::Site | TimeStyle::Local => self.show(instant),
            TimeStyle::Relative => instant.to_zoned(self.zone.clone()).strftime(MOMENT).to_string(),
        };
        format!("{moment} ({})", relative(instant, self.now))
    }

    /// `instant` as a row of a live list shows it: never relative, because a row that was printed does not age.
    pub(crate) fn show_row(&self, text: &str) -> String {
        let Ok(instant) = text.parse::<Timestamp>() else { return text.to_owned() };
        match self.style {
            TimeStyle::Utc => self.show(instant),
            TimeStyle::Site | TimeStyle::Local | TimeStyle::Relative => {
                instant.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
            }
        }
    }
}

/// `instant` before or after `now`, in the largest unit of which two have passed: `in 4 h`, `90 s ago`.
fn relative(instant: Timestamp, now: Timestamp) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let seconds = instant.as_second() - now.as_second();
    let away = seconds.unsigned_abs();
    let (count, unit) = UNITS
        .into_iter()
        .find(|(size, _)| away >= 2 * size)
        .map_or((away, "s"), |(size, unit)| ((away + size / 2) / size, unit));
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {count} {unit}"),
        _ => format!("{count} {unit} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-07-24T12:00:00Z".parse().unwrap()
    }

    fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    #[test]
    fn spans_read_as_typed() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(parse_span(text).ok(), expect.map(Duration::from_millis), "{text}");
        };
        check("4h", Some(4 * 3_600_000));
        check("90m", Some(90 * 60_000));
        check("1h30m", Some(90 * 60_000));
        check("60s", Some(60_000));
        check("500ms", Some(500));
        check("2d", Some(2 * 86_400_000));
        check("1w", Some(7 * 86_400_000));
        check(" 5min ", Some(300_000));
        check("0s", None);
        check("", None);
        check("4", None);
        check("h", None);
        check("4H", None);
        check("-4h", None);
        check("4 h", None);
        check("4h!", None);
        check("4.5h", None);
        check("11w600d6000d", None);
        check("99999999999999999999h", None);
        check("18446744073709551615w", None);
    }

    #[test]
    fn instants_read_as_typed_in_the_site_zone() {
        let check = |text: &str, expect: &str| {
            let got = parse_instant(text, now(), &london()).map(|instant| instant.to_string());
            assert_eq!(got.as_deref(), Ok(expect), "{text}");
        };
        check("now", "2026-07-24T12:00:00Z");
        check("+90m", "2026-07-24T13:30:00Z");
        check("-24h", "2026-07-23T12:00:00Z");
        check("2026-08-03T09:00:00Z", "2026-08-03T09:00:00Z");
        check("2026-08-03T09:00+02:00", "2026-08-03T07:00:00Z");
        check("14:03", "2026-07-24T13:03:00Z");
        check("today 14:03", "2026-07-24T13:03:00Z");
        check("tomorrow 08:00", "2026-07-25T07:00:00Z");
        check("tomorrow", "2026-07-24T23:00:00Z");
        check("yesterday 08:00", "2026-07-23T07:00:00Z");
        check("2026-12-03 09:00", "2026-12-03T09:00:00Z");
        check("2026-08-03T09:00", "2026-08-03T08:00:00Z");
        check("2026-08-03", "2026-08-02T23:00:00Z");
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in
            ["", "soon", "25:00", "2026-13-01", "2026-02-30 08:00", "+", "+4", "9am", "tomorrow tomorrow", "\u{0}"]
        {
            let got = parse_instant(text, now(), &london());
            assert_eq!(got, Err(InstantError::Unknown(text.to_owned())), "{text}");
        }
        for text in ["2026-03-29 01:30", "2026-10-25 01:30"] {
            let got = parse_instant(text, now(), &london());
            assert!(matches!(got, Err(InstantError::Ambiguous(..))), "{text}: {got:?}");
        }
    }

    #[test]
    fn only_local_times_need_the_zone() {
        for (text, expect) in
            [("now", false), ("+4h", false), ("2026-08-03T09:00Z", false), ("14:03", true), ("2026-08-03", true)]
        {
            assert_eq!(needs_zone(text), expect, "{text}");
        }
    }

    #[test]
    fn instants_show_in_every_style() {
        let check = |style: TimeStyle, text: &str, expect: &str| {
            let calendar = Calendar { now: now(), style, zone: london() };
            assert_eq!(calendar.show_text(text), expect, "{style:?} {text}");
        };
        check(TimeStyle::Utc, "2026-07-24T14:03:22.417Z", "2026-07-24T14:03:22.417Z");
        check(TimeStyle::Site, "2026-07-24T14:03:22.417Z", "2026-07-24 15:03:22 BST");
        check(TimeStyle::Relative, "2026-07-24T12:00:00Z", "now");
        check(TimeStyle::Relative, "2026-07-24T12:01:30Z", "in 90 s");
        check(TimeStyle::Relative, "2026-07-24T11:58:00Z", "2 min ago");
        check(TimeStyle::Relative, "2026-07-24T16:00:00Z", "in 4 h");
        check(TimeStyle::Relative, "2026-07-14T12:00:00Z", "10 d ago");
        check(TimeStyle::Relative, "never", "never");
    }
}
