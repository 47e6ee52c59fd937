//! The state as it is, for a reader that cannot be given what it missed: events named `snapshot`, each with its topic and some
//! of its items, in the form in which the API lists them. What a reader may see of a list is asked as for the list itself.

use bytes::Bytes;
use rackward_core::Caller;
use rackward_core::permission::{Permission, may};
use serde::Serialize;
use serde_json::{Value, json};

use super::selection::{Persons, Selection, Topic};
use crate::api::{Api, current_alarms, current_doors};
use crate::refusal::Refusal;
use crate::wire::alarm::Alarm;

/// How many items one event has at most: a few hundred kilobytes, below what readers take for one event.
const ITEMS_PER_EVENT: usize = 200;

/// Frames with everything that `selection` wants of the state.
pub(super) async fn frames(api: &Api, caller: Caller, selection: &Selection) -> Result<Vec<Bytes>, Refusal> {
    let mut frames = Vec::new();
    if is_shown(&caller, selection, Topic::Alarms, Permission::ViewAlarms) {
        let alarms = current_alarms(api, caller).await?.into_iter().map(|alarm| alarm_for(alarm, selection.persons));
        // As it is shown: a place that is hidden cannot be asked for.
        let alarms = alarms.filter(|alarm| selection.area.as_ref().is_none_or(|area| area.fits(&alarm.source)));
        frames.extend(pieces("alarms", alarms.map(item).collect()));
    }
    if is_shown(&caller, selection, Topic::Points, Permission::ViewSite) {
        let doors = current_doors(api, caller).await?.into_iter();
        let doors = doors.filter(|door| selection.area.as_ref().is_none_or(|area| area.fits(&door.path)));
        frames.extend(pieces("points", doors.map(item).collect()));
    }
    Ok(frames)
}

/// Whoever follows the journal may see a list of its own only where they could ask for it.
fn is_shown(caller: &Caller, selection: &Selection, topic: Topic, permission: Permission) -> bool {
    selection.topics.has(topic) && may(caller, permission).is_ok()
}

fn alarm_for(alarm: Alarm, persons: Persons) -> Alarm {
    match persons {
        Persons::Shown => alarm,
        Persons::Hidden => alarm.without_persons(),
    }
}

fn item(thing: impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
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
