//! Moments as people write them in a query: `-24h`, `today 14:00`, `2026-07-24`, RFC 3339. A moment without an offset is
//! local time at the site; where the clocks show it twice the first is meant, where they skip it the one behind the gap,
//! because a range that is an hour longer misses nothing.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rackward_core::Wall;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// The moment that a text stands for at `now` in `zone`.
///
/// # Errors
/// What forms there are.
pub fn moment(text: &str, now: Wall, zone: &TimeZone) -> Result<Wall, String> {
    let text = text.trim();
    let found = if text == "now" {
        Some(now)
    } else if let Some(span) = text.strip_prefix('-') {
        span_micros(span).and_then(|span| now.as_micros().checked_sub(span)).map(Wall::from_micros)
    } else if let Ok(instant) = text.parse::<Timestamp>() {
        Some(wall(instant))
    } else {
        local(text, now, zone)
    };
    found.ok_or_else(|| {
        format!(
            "\"{text}\" is no time; write -24h, today 14:00, 2026-07-24 14:00 or RFC 3339 such as 2026-07-24T14:03:22Z"
        )
    })
}

fn local(text: &str, now: Wall, zone: &TimeZone) -> Option<Wall> {
    let today = Timestamp::from_microsecond(now.as_micros()).ok()?.to_zoned(zone.clone()).date();
    let civil = civil(text, today)?;
    Some(wall(zone.to_ambiguous_timestamp(civil).compatible().ok()?))
}

fn wall(instant: Timestamp) -> Wall {
    Wall::from_micros(instant.as_microsecond())
}

fn civil(text: &str, today: Date) -> Option<DateTime> {
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, Some(time)),
        None if text.contains(':') => ("today", Some(text)),
        None => (text, None),
    };
    let date = match day {
        "today" => today,
        "yesterday" => today.checked_sub(1.day()).ok()?,
        _ => day.parse().ok()?,
    };
    let time: Time = match time {
        Some(time) => time.trim().parse().ok()?,
        None => Time::midnight(),
    };
    Some(date.to_datetime(time))
}

/// A span such as `24h` or `1h30m`, in microseconds.
fn span_micros(text: &str) -> Option<i64> {
    let (mut total, mut number) = (0_i64, None::<i64>);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
            continue;
        }
        let seconds = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(seconds * MICROS_PER_SECOND)?)?;
    }
    (number.is_none() && total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/London").unwrap();
        let at = |text: &str| wall(text.parse::<Timestamp>().unwrap());
        let now = at("2026-07-24T14:03:22Z");
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(moment(text, now, &zone).ok(), expect.map(at), "{text}");
        };
        check("now", Some("2026-07-24T14:03:22Z"));
        check("-24h", Some("2026-07-23T14:03:22Z"));
        check("-1h30m", Some("2026-07-24T12:33:22Z"));
        check("-1w", Some("2026-07-17T14:03:22Z"));
        check("today", Some("2026-07-23T23:00:00Z"));
        check("today 14:00", Some("2026-07-24T13:00:00Z"));
        check("14:00", Some("2026-07-24T13:00:00Z"));
        check("yesterday 08:15", Some("2026-07-23T07:15:00Z"));
        check("2026-01-05", Some("2026-01-05T00:00:00Z"));
        check("2026-01-05T10:00:05", Some("2026-01-05T10:00:05Z"));
        check("2026-07-24T14:03:22.417+02:00", Some("2026-07-24T12:03:22.417Z"));
        // The clocks skip 01:30 on this day, and show it twice on that.
        check("2026-03-29 01:30", Some("2026-03-29T01:30:00Z"));
        check("2026-10-25 01:30", Some("2026-10-25T00:30:00Z"));
        for wrong in ["", "-", "-0s", "-h", "-24", "-9223372036854775807w", "soon", "today 25:00", "2026-13-01", "+1h"]
        {
            check(wrong, None);
        }
    }
}
