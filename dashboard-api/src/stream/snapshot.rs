//! The state as it is, for a reader that cannot be given what it missed: events named `snapshot`, each with its topic and some
//! of its items, in the form in which the API lists them. What a reader may see of a list is asked as for the list itself.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::selection::{Persons, Selection, Topic};
use crate::api::{Api, current_alarms, current_doors};
use crate::refusal::Refusal;

/// How many items one event has at most: a few hundred kilobytes, below what readers take for one event.
const ITEMS_PER_EVENT: usize = 200;

/// Frames with everything that `selection` wants of the state.
pub(super) async fn frames(
    api: &Api,
    caller: rackward_core::Caller,
    selection: &Selection,
) -> Result<Vec<Bytes>, Refusal> {
    let mut frames = Vec::new();
    if selection.topics.has(Topic::Alarms) {
        let alarms = current_alarms(api, caller).await?;
        let alarms = alarms.iter().filter(|alarm| selection.area.as_ref().is_none_or(|area| area.fits(&alarm.source)));
        frames.extend(pieces("alarms", alarms.map(|alarm| item(alarm, selection.persons)).collect()));
    }
    if selection.topics.has(Topic::Points) {
        let doors = current_doors(api, caller).await?;
        let doors = doors.iter().filter(|door| selection.area.as_ref().is_none_or(|area| area.fits(&door.path)));
        frames.extend(pieces("points", doors.map(|door| item(door, selection.persons)).collect()));
    }
    Ok(frames)
}

/// An item of a list; without persons, an alarm without who did what with it.
fn item(thing: &impl Serialize, persons: Persons) -> Value {
    let mut item = serde_json::to_value(thing).unwrap_or_default();
    if let (Persons::Hidden, Some(members)) = (persons, item.as_object_mut()) {
        members.retain(|_, value| !value.is_object() && !value.is_array());
    }
    item
}

/// At least one frame, so that an empty list is told too.
fn pieces(topic: &str, items: Vec<Value>) -> Vec<Bytes> {
    let frame = |items: &[Value]| {
        let data = json!({ "topic": topic, "items": items });
        Bytes::from(format!("event: snapshot\ndata: {data}\n\n"))
    };
    if items.is_empty() {
        return vec![frame(&[])];
    }
    items.chunks(ITEMS_PER_EVENT).map(frame).collect()
}
