//! What is compiled from the alarms on record to be found at once: by what they are about, and by what explains them. It follows
//! the records (`engine.rs`, `follow`) and decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::life::Suppression;
use crate::alarm::{Alarm, AlarmKind, AlarmSource};
use crate::id::AlarmId;
use crate::records::Records;

/// The alarms on record, indexed.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Roll {
    open: BTreeMap<(AlarmSource, AlarmKind), AlarmId>,
    /// What is counted behind each alarm.
    behind: BTreeMap<AlarmId, BTreeSet<AlarmId>>,
    /// What each alarm is counted behind.
    cause: BTreeMap<AlarmId, AlarmId>,
    /// Whose clocks are to be set anew.
    changed: BTreeSet<AlarmId>,
}

impl Roll {
    pub(in crate::engine) fn compile(records: &Records) -> Self {
        let mut roll = Self::default();
        records.alarms.values().for_each(|alarm| roll.put(alarm));
        roll
    }

    /// An alarm as it is now.
    pub(in crate::engine) fn put(&mut self, alarm: &Alarm) {
        self.open.insert((alarm.source, alarm.kind), alarm.id);
        let cause = match alarm.life.suppression {
            Suppression::ByDesign { behind, .. } => Some(behind),
            Suppression::None | Suppression::Shelved(_) | Suppression::OutOfService { .. } => None,
        };
        self.set_cause(alarm.id, cause);
        self.changed.insert(alarm.id);
    }

    /// An alarm that was put away.
    pub(in crate::engine) fn forget(&mut self, alarm: AlarmId, place: (AlarmSource, AlarmKind)) {
        if self.open.get(&place) == Some(&alarm) {
            self.open.remove(&place);
        }
        self.set_cause(alarm, None);
        self.changed.insert(alarm);
    }

    fn set_cause(&mut self, alarm: AlarmId, cause: Option<AlarmId>) {
        let before = match cause {
            Some(cause) => self.cause.insert(alarm, cause),
            None => self.cause.remove(&alarm),
        };
        if before == cause {
            return;
        }
        if let Some(before) = before
            && let Some(others) = self.behind.get_mut(&before)
        {
            others.remove(&alarm);
            if others.is_empty() {
                self.behind.remove(&before);
            }
        }
        if let Some(cause) = cause {
            self.behind.entry(cause).or_default().insert(alarm);
        }
    }

    /// The alarm of this condition that is still on the list.
    pub(super) fn open(&self, kind: AlarmKind, source: AlarmSource) -> Option<AlarmId> {
        self.open.get(&(source, kind)).copied()
    }

    /// What is counted behind an alarm, in order of number.
    pub(in crate::engine) fn behind(&self, cause: AlarmId) -> Vec<AlarmId> {
        self.behind.get(&cause).into_iter().flatten().copied().collect()
    }

    pub(super) fn take_changed(&mut self) -> BTreeSet<AlarmId> {
        core::mem::take(&mut self.changed)
    }
}
