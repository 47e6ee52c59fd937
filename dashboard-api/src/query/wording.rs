//! The wording of an entry: what is left of its sentence without what differs from entry to entry. A site has a few hundred
//! wordings, however long its journal is; so a word of a sentence can be searched for at the cost of one more number for each
//! entry. What was left out is found otherwise: reasons, tickets and notes by themselves, ids and places by what they stand
//! for (`meaning.rs`).

use rackward_core::Site;
use rackward_core::id::{AreaId, DeviceId, DoorId, PointId, ZoneId};

use super::Field;
use super::marks::{Marks, Value};

/// The longest wording; what comes behind it is in no sentence of ours.
const MAX_CHARS: usize = 200;

/// What is left of `sentence`, told of an entry with these marks at `site`; none where nothing is left.
pub(super) fn wording(sentence: &str, marks: &Marks, site: &Site) -> Option<String> {
    let mut rest = sentence.to_lowercase();
    for mark in marks.iter() {
        match &mark.value {
            Value::Word(text) if Field::SAID.contains(&mark.field) => rest = without(&rest, text),
            Value::Word(_) => {}
            Value::Id(number) => {
                if let Some(name) = name(mark.field, *number, site) {
                    rest = without(&rest, &name.to_lowercase());
                }
            }
        }
    }
    let mut words = String::new();
    for word in rest.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())) {
        // Ids, paths, times and names of devices have something in them that no word of ours has.
        if word.is_empty() || !word.chars().all(|c| c.is_alphabetic() || c == '\'') {
            continue;
        }
        if words.len() + word.len() > MAX_CHARS {
            break;
        }
        let space = if words.is_empty() { "" } else { " " };
        words.extend([space, word]);
    }
    (!words.is_empty()).then_some(words)
}

/// What a place or device is called in sentences.
fn name(field: Field, number: u32, site: &Site) -> Option<&str> {
    match field {
        Field::Door => site.door(DoorId::new(number)).map(|door| &*door.path),
        Field::Point => site.point(PointId::new(number)).map(|point| &*point.path),
        Field::Device => site.device(DeviceId::new(number)).map(|device| &*device.name),
        Field::Zone => site.zone(ZoneId::new(number)).map(|zone| &*zone.path),
        Field::Area => site.area(AreaId::new(number)).map(|area| &*area.path),
        Field::Type
        | Field::Person
        | Field::Credential
        | Field::Grant
        | Field::Alarm
        | Field::Kind
        | Field::By
        | Field::Reason
        | Field::Ticket
        | Field::Note
        | Field::Wording => None,
    }
}

/// `text` without the last place at which `part` stands in it by itself: what somebody wrote comes at the end.
fn without(text: &str, part: &str) -> String {
    // What is a part of an id, a path or a longer name is not by itself.
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-_/".contains(c));
    let alone = |at: &usize| {
        let (before, behind) = (text.get(..*at), text.get(at + part.len()..));
        !touches(before.and_then(|text| text.chars().next_back()))
            && !touches(behind.and_then(|text| text.chars().next()))
    };
    let part_is_there = !part.is_empty();
    match text.rmatch_indices(part).map(|(at, _)| at).find(alone).filter(|_| part_is_there) {
        Some(at) => {
            format!("{}{}", text.get(..at).unwrap_or_default(), text.get(at + part.len()..).unwrap_or_default())
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_taken_out_once_and_whole() {
        let check = |text: &str, part: &str, expect: &str| assert_eq!(without(text, part), expect, "{part}");
        check("opened by hand: open", "open", "opened by hand: ");
        check("e is now left: e", "e", "e is now left: ");
        check("opened", "open", "opened");
        check("door, door-3", "door", ", door-3");
        check("a", "", "a");
        check("été: é", "é", "été: ");
    }
}
