//! What a point asks for by time names a schedule; deciding wants its place in the index of people. Looked up whenever schedules
//! or the index are made anew.

use crate::people::index::{People, ScheduleSlot};
use crate::records::Records;
use crate::site::Site;

/// Writes into every way at which times its point asks for another level.
pub(super) fn resolve(site: &mut Site, records: &Records, people: &People) {
    for (point, way) in site.points.iter().zip(&mut site.ways) {
        let level = point.as_ref().and_then(|point| point.level_by_time.as_ref());
        if let (Some(way), Some((name, level))) = (way, level) {
            way.level_by_time = Some((slot_named(records, people, name), *level));
        }
    }
}

/// The place of a schedule in the index, by name; a name that is not known never holds.
fn slot_named(records: &Records, people: &People, name: &str) -> ScheduleSlot {
    let named = records.schedules.values().find(|(schedule, _)| schedule.name == name);
    named.and_then(|(schedule, _)| people.slot_of(schedule.id)).unwrap_or(ScheduleSlot::NEVER)
}
