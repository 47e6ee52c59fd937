//! The devices that somebody should see to: those that do not answer and those that are trusted less than A. The module
//! (`assets/console.js`) sorts and words them the same way when it fetches the list.

use crate::wire::device::Device;

/// How many devices are drawn; more are only counted.
const MAX_ROWS: usize = 50;

/// What the page says of devices.
pub(super) struct Inventory {
    /// How many there are of each grade.
    pub(super) counts: String,
    /// Those to see to, the least trusted first.
    pub(super) rows: Vec<Row>,
}

/// One device to see to.
pub(super) struct Row {
    pub(super) grade: String,
    pub(super) state: String,
    pub(super) name: String,
    pub(super) words: String,
}

impl Inventory {
    /// Of every device.
    pub(super) fn of(devices: &[Device]) -> Self {
        let of_grade =
            |grade: &str| devices.iter().filter(|device| device.inventory.grade.as_deref() == Some(grade)).count();
        let counts = ["A", "B", "C", "D"].map(|grade| format!("{} {grade}", of_grade(grade))).join(", ");
        let mut wanting: Vec<&Device> = devices.iter().filter(|device| wants_somebody(device)).collect();
        wanting.sort_by(|a, b| b.inventory.grade.cmp(&a.inventory.grade).then_with(|| a.name.cmp(&b.name)));
        Self { counts, rows: wanting.into_iter().take(MAX_ROWS).map(Row::of).collect() }
    }
}

fn wants_somebody(device: &Device) -> bool {
    device.inventory.grade.as_deref() != Some("A") || device.state != "online"
}

impl Row {
    fn of(device: &Device) -> Self {
        let words = device.inventory.grade_words.as_deref().unwrap_or_default();
        let because = words.split_once(": ").map(|(_, because)| because);
        let state = (device.state != "online").then_some(device.state.as_str());
        let words: Vec<&str> = state.into_iter().chain(because).collect();
        Self {
            grade: device.inventory.grade.clone().unwrap_or_else(|| "?".to_owned()),
            state: device.state.clone(),
            name: device.name.clone(),
            words: words.join(", "),
        }
    }
}
