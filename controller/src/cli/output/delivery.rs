//! How far the receipts of a change are, below whatever the change came to: in one line where every device has it, device by
//! device where one still honours what was taken away, with who passes by it and what could be locked down.

use serde_json::Value;

use super::column::BEHIND;
use super::{Screen, rows, safe};

/// How many cards of a device are named in its line.
const CARDS_SHOWN: usize = 5;

/// What is still valid, and where, a line for each device that could be asked; then what to lock down.
fn still_valid(delivered: &Value, honouring: usize, screen: &Screen) -> String {
    let list = |name: &str| delivered.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let words = |texts: &[Value]| texts.iter().filter_map(Value::as_str).map(safe).collect::<Vec<_>>().join(", ");
    let taken = match words(list("taken_away")) {
        words if words.is_empty() => "what was taken away".to_owned(),
        words => words,
    };
    let mut text = String::new();
    for device in list("still_honoured") {
        let part = |name: &str| device.get(name).and_then(Value::as_str).unwrap_or_default();
        let (name, place, until) =
            (safe(part("device")), safe(part("place")), screen.calendar.show_text(part("until_at")));
        let by = match device.get("cards").and_then(Value::as_array) {
            Some(cards) if cards.is_empty() => ", for no card at this moment".to_owned(),
            Some(cards) => format!(", for {}", card_words(cards)),
            None => format!("; for whom is told by: rackward device exposure {name}"),
        };
        text += &format!("warning: STILL VALID on {name} ({place}) until {}: {taken}{by}\n", safe(&until));
    }
    let asked = list("still_honoured").len();
    if asked > 0 && asked < honouring {
        text += &format!("warning: STILL VALID on {} more of these devices\n", honouring - asked);
    }
    for area in list("areas_around").iter().filter_map(Value::as_str) {
        text += &format!("To stop them now: rackward area lockdown {} --reason \"...\"\n", safe(area));
    }
    text
}

/// Cards by whose they are; the last words say how many more there are.
fn card_words(cards: &[Value]) -> String {
    let part = |card: &Value, name: &str| safe(card.get(name).and_then(Value::as_str).unwrap_or_default());
    let shown =
        cards.iter().take(CARDS_SHOWN).map(|card| format!("{} ({})", part(card, "person"), part(card, "credential")));
    let words = shown.collect::<Vec<_>>().join(", ");
    match cards.len().saturating_sub(CARDS_SHOWN) {
        0 => words,
        more => format!("{words} and {more} more"),
    }
}

/// The lines below a change whose receipts were waited for; nothing below any other.
pub(super) fn lines(document: &Value, screen: &Screen) -> String {
    let Some(delivered) = document.get("delivered").filter(|delivered| delivered.is_object()) else {
        return String::new();
    };
    let number = |name: &str| delivered.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (total, pending, done) = (number("total"), number("pending"), number("done"));
    match (total, pending) {
        (0, 0) => return "\nNo device holds rights of its own".to_owned(),
        (1, 0) => return "\nAcknowledged by the one device that holds rights".to_owned(),
        (total, 0) => return format!("\nAcknowledged by all {total} devices"),
        _ => {}
    }
    let behind = delivered.get("behind").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let honouring = behind.iter().filter(|device| device.get("honours_until_at").is_some_and(Value::is_string)).count();
    let mut text = format!("\nwarning: {done} of {total} acknowledged; not yet:\n");
    for line in rows(behind, BEHIND, screen).lines() {
        text += &format!("  {line}\n");
    }
    let ask = delivered.get("through").and_then(Value::as_u64).map(|through| format!(" --through gen-{through}"));
    if honouring > 0 {
        text += "Until then these open by themselves for what was taken away. Guard them, or bring their links back.\n";
        text += &still_valid(delivered, honouring, screen);
    }
    text + &format!("next: rackward receipt list{}", safe(&ask.unwrap_or_default()))
}
