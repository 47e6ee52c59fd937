//! What was ordered of doors, areas and the site, as a line for people.

use serde_json::Value;

use super::{sheet, text};
use crate::cli::output::column::{AREAS, DOORS};
use crate::cli::output::{Screen, safe};

/// A door as it stands.
pub(in crate::cli::verbs) fn door(document: &Value, screen: &Screen) -> String {
    sheet("Door", document, DOORS, screen)
}

/// An area as it stands.
pub(in crate::cli::verbs) fn area(document: &Value, screen: &Screen) -> String {
    sheet("Area", document, AREAS, screen)
}

/// A door was released by an operator.
pub(in crate::cli::verbs) fn released(document: &Value, _: &Screen) -> String {
    format!("{} is released once", safe(text(document, "door")))
}

/// A door took an order: how it stands now, which is not the same where fire, a lockdown or somebody passing is laid over
/// what was ordered.
pub(in crate::cli::verbs) fn ordered(document: &Value, _: &Screen) -> String {
    let door = safe(text(document, "path"));
    format!(
        "{door} took the order {}; it is {}",
        safe(text(document, "order")),
        safe(&text(document, "mode").replace('_', " "))
    )
}

/// An area is locked down.
pub(in crate::cli::verbs) fn locked_down(document: &Value, _: &Screen) -> String {
    let area = safe(text(document, "area"));
    format!("{area} is locked down with all inside it\nnext: rackward area release {area} --reason \"...\"")
}

/// An area is released.
pub(in crate::cli::verbs) fn area_released(document: &Value, _: &Screen) -> String {
    format!("{} is released", safe(text(document, "area")))
}

/// How threatened the site is.
pub(in crate::cli::verbs) fn threat_level(document: &Value, _: &Screen) -> String {
    format!("The threat level is {}", safe(text(document, "level")))
}

/// Places are forgotten.
pub(in crate::cli::verbs) fn forgiven(_: &Value, _: &Screen) -> String {
    "Where they are is forgotten; their next passage starts anew".to_owned()
}
