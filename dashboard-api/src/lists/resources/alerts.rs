//! The list of alerts.

use super::{Key, text, word};
use crate::lists::{Listed, Resource, Sort, Way};
use crate::wire::alert::Alert;

known_by! {
    Alert: alert => Key::of_id(&alert.id);
}

/// Alerts.
pub(crate) static ALERTS: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        word("state"),
        text("query"),
        text("reason"),
        word("owner"),
        text("organisation"),
    ],
    time: Some("created_at"),
    sorts: &[Sort::by_key("-id", Way::Down), Sort::by_key("id", Way::Up)],
    own: &[],
    example: "state:in_force",
};
