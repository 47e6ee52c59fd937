//! What entries about alarms change.

use crate::alarm::{Acknowledged, Alarm, AlarmKind, AlarmLife, AlarmSource, Condition};
use crate::door::Passage;
use crate::entry::{AlarmEntry, Stamped};
use crate::id::AlarmId;
use crate::permission::Actor;
use crate::records::{RecordChange, Records};
use crate::time::Wall;

impl Records {
    pub(super) fn raise(
        &mut self,
        id: AlarmId,
        kind: AlarmKind,
        source: AlarmSource,
        stamped: &Stamped,
        changes: &mut Vec<RecordChange>,
    ) {
        let alarm = Alarm {
            id,
            kind,
            source,
            raised_at: stamped.at,
            raised_by: stamped.seq,
            condition: Condition::Active,
            acknowledged: Acknowledged::No,
            life: AlarmLife::default(),
        };
        self.last_alarm = self.last_alarm.max(id);
        self.alarms.insert(id, alarm.clone());
        changes.push(RecordChange::Alarm(alarm));
        changes.push(self.counters());
        if let (AlarmKind::DoorForced | AlarmKind::HandleForced, AlarmSource::Door(door)) = (kind, source) {
            self.move_passage(door, changes, Passage::after_forced);
        }
    }

    pub(super) fn return_alarm(&mut self, id: AlarmId, at: Wall, changes: &mut Vec<RecordChange>) {
        if let Some(alarm) = self.alarms.get_mut(&id) {
            alarm.condition = Condition::Returned(at);
            self.keep_while_open(id, changes);
        }
    }

    pub(super) fn acknowledge(
        &mut self,
        id: AlarmId,
        by: Actor,
        note: &str,
        at: Wall,
        changes: &mut Vec<RecordChange>,
    ) {
        if let Some(alarm) = self.alarms.get_mut(&id) {
            alarm.acknowledged = Acknowledged::Yes { at, by, note: note.to_owned() };
            self.keep_while_open(id, changes);
        }
    }

    /// An alarm that is over and seen leaves the records; the journal keeps it for ever.
    fn keep_while_open(&mut self, id: AlarmId, changes: &mut Vec<RecordChange>) {
        match self.alarms.get(&id) {
            Some(alarm) if alarm.is_open() => changes.push(RecordChange::Alarm(alarm.clone())),
            Some(_) | None => {
                self.alarms.remove(&id);
                changes.push(RecordChange::AlarmClosed(id));
            }
        }
    }

    pub(super) fn apply_to_alarm(&mut self, _entry: &AlarmEntry, _at: Wall, _changes: &mut Vec<RecordChange>) {}
}
