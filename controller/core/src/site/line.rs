//! Lines: what devices hang on together, and what is therefore lost together. Which device is on which is in `site.rs`.

use crate::id::LineId;

/// A line that devices are on: an OSDP bus, or MQTT as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which line.
    pub id: LineId,
    /// Its name, such as `bus/north` or `mqtt`.
    pub name: String,
}
