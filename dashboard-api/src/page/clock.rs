//! Times as the page shows them: the site's local time, to the second. The calendar is jiff's, the offset the core's.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use rackward_core::{Site, Wall};

/// `14:03:22`
pub(super) fn time_of_day(site: &Site, at: Wall) -> String {
    local(site, at).strftime("%H:%M:%S").to_string()
}

/// `14:03:22`, with the day before it unless it is the day of `now`.
pub(super) fn date_and_time(site: &Site, at: Wall, now: Wall) -> String {
    let (then, today) = (local(site, at), local(site, now));
    let form = if then.date() == today.date() { "%H:%M:%S" } else { "%-d %b %H:%M:%S" };
    then.strftime(form).to_string()
}

fn local(site: &Site, at: Wall) -> DateTime {
    let instant = Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::MAX);
    let offset = Offset::from_seconds(site.local_time().offset_seconds(at)).unwrap_or(Offset::UTC);
    offset.to_datetime(instant)
}
