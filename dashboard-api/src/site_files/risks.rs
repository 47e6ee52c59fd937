//! What a plan puts at risk, a sentence for each: whom it lets through more doors, whom through fewer, which doors nobody opens
//! any more, which schedules open on days on which they did not, what files no longer say.

use std::collections::BTreeMap;

use rackward_core::Site;
use rackward_core::engine::command::{Command, SetDone};
use rackward_core::id::DoorId;
use rackward_core::site::Door;
use rackward_core::site::schedule::{Day, Weekly};

use super::{Current, Planned};
use crate::plan::{rack_of, row_of};

const DAY_MINUTES: u16 = 24 * 60;

/// How many rows and doors are named that nobody opens any more; the rest is counted.
const NAMED_MAX_COUNT: usize = 20;

/// The sentences.
pub(crate) fn risks(current: &Current<'_>, planned: &Planned, changes: &[Command], done: &SetDone) -> Vec<String> {
    let mut risks = Vec::new();
    let at_most = |exact: bool| if exact { "" } else { "at most " };
    let gained = &done.widening;
    if gained.person_doors > 0 {
        risks.push(format!(
            "{}{} {} ({})",
            at_most(gained.exact),
            counted(gained.people.into(), "person gains", "people gain"),
            counted(gained.doors.into(), "door", "doors"),
            counted(gained.person_doors, "person-door", "person-doors"),
        ));
    }
    let lost = &done.narrowing;
    risks.push(match lost.person_doors {
        0 => "nobody loses access".to_owned(),
        count => format!(
            "{}{} {} ({})",
            at_most(lost.exact),
            counted(lost.people.into(), "person loses", "people lose"),
            counted(lost.doors.into(), "door", "doors"),
            counted(count, "person-door", "person-doors"),
        ),
    });
    if lost.person_doors > 0 {
        risks.extend(left_to_nobody(current.site, &lost.opened_by_nobody));
    }
    risks.extend(changes.iter().filter_map(|change| new_days(current, change)));
    if planned.deletes > 0 {
        risks.push(format!(
            "{} deleted",
            counted(planned.deletes.into(), "right or object is", "rights or objects are")
        ));
    }
    if !planned.left.is_empty() {
        let count = planned.left.len() as u64;
        risks.push(format!(
            "{} in the files; --prune removes what is not",
            counted(count, "object is no longer", "objects are no longer")
        ));
    }
    if done.takes_two {
        risks.push("it widens access by more than one operator may alone: a second one must confirm it".to_owned());
    }
    risks
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// That a schedule holds on days on which it did not.
fn new_days(current: &Current<'_>, change: &Command) -> Option<String> {
    let Command::SetSchedule { draft, .. } = change else { return None };
    let (before, _) = current.schedules.get(draft.name.as_str())?;
    let days = |weekly: Option<&Weekly>| -> Vec<Day> {
        let stretches = weekly.map_or(&[][..], Weekly::stretches);
        let on = |day: &Day| {
            let (from, to) = (*day as u16 * DAY_MINUTES, (*day as u16 + 1) * DAY_MINUTES);
            stretches.iter().any(|(begin, end)| *begin < to && from < *end)
        };
        Day::ALL.into_iter().filter(on).collect()
    };
    let (old, new) = (days(before.weekly.as_ref()), days(draft.weekly.as_ref()));
    let more: Vec<&str> = new.iter().filter(|day| !old.contains(day)).map(|day| day.word()).collect();
    (!more.is_empty()).then(|| format!("schedule {} now includes {}", draft.name, more.join(", ")))
}

/// Which doors nobody opens any more, the racks' by row.
fn left_to_nobody(site: &Site, doors: &[DoorId]) -> Vec<String> {
    if doors.is_empty() {
        return vec!["nobody loses last access to a door".to_owned()];
    }
    let of = |door: &Door| match rack_of(door).and_then(|facing| row_of(&facing.rack).map(str::to_owned)) {
        Some(row) => (true, row),
        None => (false, door.path.clone()),
    };
    let mut places: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for door in doors.iter().filter_map(|id| site.door(*id)) {
        *places.entry(of(door)).or_default() += 1;
    }
    let all = |row: &(bool, String)| site.doors().filter(|door| of(door) == *row).count();
    let told = |(place, count): (&(bool, String), &usize)| match place {
        (false, path) => format!("door {path} is left with nobody who may open it"),
        (true, path) => match all(place) {
            all if all == *count => format!(
                "row {path} is left with nobody who may open any of its {}",
                counted(all as u64, "door", "doors")
            ),
            all => format!(
                "row {path} is left with nobody who may open {count} of its {}",
                counted(all as u64, "door", "doors")
            ),
        },
    };
    let mut risks: Vec<String> = places.iter().take(NAMED_MAX_COUNT).map(told).collect();
    if let Some(more) = places.len().checked_sub(NAMED_MAX_COUNT).filter(|more| *more > 0) {
        risks.push(format!("{more} more rows and doors are left with nobody"));
    }
    risks
}
