//! A query that is left standing as an alert: what it may not say, and where an entry was that it matched. What its words mean is
//! `meaning.rs`, as for every other query, and whether an entry is meant [`Search::matches`].

use rackward_core::alert::AlertPlace;
use rackward_core::id::{AreaId, DeviceId, DoorId, PersonId, ZoneId};
use rackward_core::{Site, Stamped, Wall};

use super::{Field, Given, Marks, Meaning, Mistake, Query, Search, Value, What, meant};
use crate::wire::event::CloudEvent;

/// The search that a standing query means at a site: of everything, whenever it happens.
///
/// # Errors
/// All mistakes, in order of column; never none. A query that asks for nothing, or for a stretch of time, is one, and so is one
/// that calls a person by name: it is kept in the journal, which holds no names.
pub fn standing(text: &str, site: &Site) -> Result<Search, Vec<Mistake>> {
    let (query, mut mistakes) = Query::read(text);
    for term in &query.terms {
        let wrong = match &term.what {
            What::From(_) | What::To(_) => {
                Some("an alert matches what happens from now on; leave from: and to: out and say when it ends")
            }
            What::Field(Field::Person, values) if !values.iter().all(is_person_id) => {
                Some("an alert is kept in the journal, which holds no names; write the id of a person, such as p-1042")
            }
            What::Field(..) | What::Text(_) | What::During(_) => None,
        };
        mistakes.extend(wrong.map(|detail| Mistake { column: term.column, detail: detail.to_owned() }));
    }
    if query.terms.is_empty() && mistakes.is_empty() {
        let detail = "say what it is to match, such as type:access.denied door:hall-a/*".to_owned();
        mistakes.push(Mistake { column: 1, detail });
    }
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|mistake| mistake.column);
        return Err(mistakes);
    }
    let nobody = |_: &str| Vec::new();
    meant(text, &Meaning { site, now: Wall::from_seconds(0), people: &nobody }, 0)
}

fn is_person_id(given: &Given) -> bool {
    match given {
        Given::Exact(text) => text.parse::<PersonId>().is_ok(),
        Given::Wild(_) => false,
    }
}

/// Those of these standing queries that mean an entry, and where that was.
pub fn matched<'s, Key>(
    searches: impl IntoIterator<Item = (Key, &'s Search)>,
    stamped: &Stamped,
    site: &Site,
) -> Vec<(Key, AlertPlace)> {
    let marks = CloudEvent::marks(stamped, site);
    let meant = searches.into_iter().filter(|(_, search)| search.matches(stamped.seq, stamped.at, &marks));
    meant.map(|(key, _)| (key, place_of(&marks))).collect()
}

/// The place of what has these marks: its door before what is around it.
fn place_of(marks: &Marks) -> AlertPlace {
    let number = |field: Field| {
        marks.iter().find_map(|mark| match mark.value {
            Value::Id(number) if mark.field == field => Some(number),
            Value::Id(_) | Value::Word(_) => None,
        })
    };
    let door = number(Field::Door).map(|door| AlertPlace::Door(DoorId::new(door)));
    let zone = || number(Field::Zone).map(|zone| AlertPlace::Zone(ZoneId::new(zone)));
    let device = || number(Field::Device).map(|device| AlertPlace::Device(DeviceId::new(device)));
    let area = || number(Field::Area).map(|area| AlertPlace::Area(AreaId::new(area)));
    door.or_else(zone).or_else(device).or_else(area).unwrap_or(AlertPlace::Site)
}
