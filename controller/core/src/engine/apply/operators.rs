//! What entries about operators change.

use crate::entry::OperatorEntry;
use crate::records::{RecordChange, Records};

impl Records {
    pub(super) fn apply_to_operators(&mut self, _entry: &OperatorEntry, _changes: &mut Vec<RecordChange>) {}
}
