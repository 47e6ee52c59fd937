//! What is still honoured although it was taken away: which cards the devices that are behind open for by themselves, and which
//! area could be locked down to keep people from them. It is the daemon's to say who may pass and for whom a device opens; here
//! the one is held against the other. Whatever cannot be asked is left out: the change stands, and that is told in any case.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Session, Target, pages};
use crate::cli::failure::{Exit, Failure};

/// Of how many devices it is asked for whom they open: more than anybody reads, few enough to be asked one by one.
const DEVICES_MAX_COUNT: usize = 10;

/// The same receipts with what was taken away, who still passes by it and where, and what to lock down.
pub(super) async fn told(session: &Session, change: &Value, mut receipts: Value) -> Value {
    let honours = |device: &&Value| device.get("honours_until_at").is_some_and(Value::is_string);
    let behind = receipts.get("behind").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let honouring: Vec<Value> = behind.iter().filter(honours).cloned().collect();
    if honouring.is_empty() {
        return receipts;
    }
    let mut still = Vec::new();
    for device in honouring.iter().take(DEVICES_MAX_COUNT) {
        let cards = cards_of(session, change, device).await;
        if cards.as_ref().is_err_and(|failure| failure.exit == Exit::Unreachable) {
            break;
        }
        let part = |name: &str| device.get(name).cloned().unwrap_or_default();
        still.push(json!({
            "device": part("device"), "place": part("place"), "until_at": part("honours_until_at"),
            "cards": cards.ok(),
        }));
    }
    let areas = areas_around(session, &honouring).await.unwrap_or_default();
    if let Some(members) = receipts.as_object_mut() {
        members.insert("taken_away".to_owned(), json!(taken_away(change)));
        members.insert("still_honoured".to_owned(), json!(still));
        members.insert("areas_around".to_owned(), json!(areas));
    }
    receipts
}

/// What a change took away, in words: the grant, credential or person that it is about, or the objects of site files.
fn taken_away(change: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text(change, "id");
    let of_id = [("g-", "grant "), ("cred-", "credential "), ("p-", "what was taken from ")];
    if let Some((_, words)) = of_id.into_iter().find(|(begin, _)| id.starts_with(begin)) {
        return vec![format!("{words}{id}")];
    }
    let narrows = |item: &&Value| {
        let widens = item.get("widens").and_then(Value::as_u64).unwrap_or_default();
        matches!((text(item, "mark").as_str(), widens), ("-", _) | ("~", 0))
    };
    let items = change.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter(narrows).map(|item| format!("{} {}", text(item, "kind"), text(item, "name"))).collect()
}

/// The cards that a device opens for by itself at this moment and should not.
async fn cards_of(session: &Session, change: &Value, device: &Value) -> Result<Vec<Value>, Failure> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let exposure = session.get(Target::new(&["devices", &text(device, "device"), "exposure"])).await?;
    let may = pages(session, Target::new(&["doors", &text(device, "place"), "who"])).await?;
    let may = may.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let may: BTreeSet<&str> = may.iter().filter_map(|row| row.pointer("/person/id").and_then(Value::as_str)).collect();
    let concerned = text(change, "id");
    let cards = exposure.get("cards").and_then(Value::as_array).cloned().unwrap_or_default();
    let honoured = |card: &Value| {
        let (person, credential) = (text(card, "person"), text(card, "credential"));
        let is_taken = !may.contains(person.as_str()) || concerned == person || concerned == credential;
        is_taken.then(|| json!({ "person": person, "credential": credential, "until_at": card.get("until_at") }))
    };
    Ok(cards.iter().filter_map(honoured).collect())
}

/// The nearest areas around what the devices work at that have doors of their own: a device that cannot be reached hears of no
/// lockdown, and the doors on the way to it do.
async fn areas_around(session: &Session, devices: &[Value]) -> Result<BTreeSet<String>, Failure> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let doors = pages(session, Target::new(&["doors"])).await?;
    let doors = doors.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let areas = pages(session, Target::new(&["areas"])).await?;
    let areas = areas.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let entered: BTreeSet<String> = doors.iter().map(|door| text(door, "area")).collect();
    let rooms = areas.iter().filter(|area| text(area, "kind") != "rack").map(|area| text(area, "path"));
    let rooms: Vec<String> = rooms.filter(|path| entered.contains(path)).collect();
    let around = |device: &Value| {
        let place = text(device, "place");
        let door = doors.iter().find(|door| text(door, "path") == place)?;
        let inside = text(door, "area");
        let holds = |room: &&String| inside.starts_with(&format!("{room}/"));
        rooms.iter().filter(holds).max_by_key(|room| room.len()).cloned()
    };
    Ok(devices.iter().filter_map(around).collect())
}
