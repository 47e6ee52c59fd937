//! How far the receipts of a change are, below whatever the change came to: in one line where every device has it, device by
//! device where one still honours what was taken away.

use serde_json::Value;

use super::column::BEHIND;
use super::{Screen, rows, safe};

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
    }
    text + &format!("next: rackward receipt list{}", safe(&ask.unwrap_or_default()))
}
