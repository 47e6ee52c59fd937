//! What entries about alarms change. Nothing here looks at priorities or limits: what an entry does is the same for ever, so that
//! a journal gives the same tables whatever those become.

use core::time::Duration;

use crate::alarm::life::{Assignee, Closing, EscalationLevel, Judgement, Shelf, Suppression, UnshelveCause};
use crate::alarm::{Acknowledged, Alarm, AlarmKind, AlarmLife, AlarmSource, Condition};
use crate::door::Passage;
use crate::entry::{AlarmEntry, Stamped};
use crate::id::AlarmId;
use crate::permission::Actor;
use crate::records::{RecordChange, Records};
use crate::time::Wall;

/// So long after an alarm began last, one that nobody has seen although everybody was called is another occurrence: whoever
/// comes back after a quarter of an hour is not the one of whom they were told. Within it, what chatters calls nobody twice.
const ANOTHER_OCCURRENCE: Duration = Duration::from_secs(15 * 60);

/// So many alarms that were put away stay on record; it trades memory and disk (some 300 bytes each) against how far back a bad
/// day can be looked at without searching the journal. It and [`CLOSED_KEPT_FOR`] are part of what a journal replays to: a
/// program that has others must carry the tables over.
const CLOSED_KEPT_ALARMS: usize = 2_000;

/// For so long they stay, counted when another one is put away.
pub(in crate::engine) const CLOSED_KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

impl Records {
    pub(super) fn raise(
        &mut self,
        id: AlarmId,
        kind: AlarmKind,
        source: AlarmSource,
        stamped: &Stamped,
        changes: &mut Vec<RecordChange>,
    ) {
        let alarm = match self.alarms.remove(&id) {
            Some(before) => raised_again(before, stamped),
            None => Alarm {
                id,
                kind,
                source,
                raised_at: stamped.at,
                raised_by: stamped.seq,
                condition: Condition::Active,
                acknowledged: Acknowledged::No,
                life: AlarmLife::begin(stamped.at),
            },
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
        self.change_alarm(id, at, changes, |alarm| alarm.condition = Condition::Returned(at));
    }

    /// Whoever acknowledges an alarm takes it, where that is somebody whom the site knows.
    pub(super) fn acknowledge(
        &mut self,
        id: AlarmId,
        by: Actor,
        note: &str,
        at: Wall,
        changes: &mut Vec<RecordChange>,
    ) {
        self.change_alarm(id, at, changes, |alarm| {
            alarm.acknowledged = Acknowledged::Yes { at, by, note: note.to_owned() };
            alarm.life.waiting_since = at;
            if let Actor::Operator(operator) = by {
                alarm.life.assignee = Assignee::Operator(operator);
            }
            touch(alarm, by);
        });
    }

    pub(super) fn apply_to_alarm(&mut self, entry: &AlarmEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        self.change_alarm(entry.alarm(), at, changes, |alarm| match entry {
            AlarmEntry::Noted { by, .. } => touch(alarm, *by),
            AlarmEntry::Assigned { to, by, .. } => {
                alarm.life.assignee = *to;
                touch(alarm, *by);
            }
            AlarmEntry::Escalated { level, by, .. } => {
                alarm.life.level = *level;
                touch(alarm, *by);
            }
            AlarmEntry::Closed { verdict, note, by, .. } => {
                if alarm.acknowledged == Acknowledged::No {
                    alarm.acknowledged = Acknowledged::Yes { at, by: *by, note: note.clone() };
                }
                alarm.life.judgement = Some(Judgement { verdict: *verdict, at, by: *by });
                touch(alarm, *by);
            }
            AlarmEntry::Labelled { label, .. } => alarm.life.label = Some(*label),
            AlarmEntry::StepDone { step, by, .. } => {
                let bit = step.checked_sub(1).and_then(|bit| 1_u32.checked_shl(bit.into()));
                alarm.life.steps_done |= bit.unwrap_or(0);
                touch(alarm, *by);
            }
            AlarmEntry::VerdictAwaited { .. } => alarm.life.closing = Closing::ByVerdict,
            AlarmEntry::Shelved { .. }
            | AlarmEntry::Unshelved { .. }
            | AlarmEntry::SuppressedByDesign { .. }
            | AlarmEntry::Unsuppressed { .. }
            | AlarmEntry::TakenOutOfService { .. }
            | AlarmEntry::ReturnedToService { .. } => suppress(alarm, entry, at),
        });
    }

    /// Changes an alarm's row. One that need not be kept any more leaves the list, its last state listed before.
    fn change_alarm(
        &mut self,
        id: AlarmId,
        at: Wall,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut Alarm),
    ) {
        let Some(alarm) = self.alarms.get_mut(&id) else { return };
        change(alarm);
        changes.push(RecordChange::Alarm(alarm.clone()));
        if alarm.is_open() {
            return;
        }
        changes.push(RecordChange::AlarmClosed(id));
        if let Some(alarm) = self.alarms.remove(&id) {
            self.keep_closed(alarm, at, changes);
        }
    }

    /// What was put away can be read for a while; the journal keeps it for ever. One that another alarm explained was never on
    /// anybody's list.
    fn keep_closed(&mut self, alarm: Alarm, at: Wall, changes: &mut Vec<RecordChange>) {
        if let Suppression::ByDesign { .. } = alarm.life.suppression {
            return;
        }
        changes.push(RecordChange::ClosedAlarm(at, alarm.clone()));
        self.closed.insert((at, alarm.id), alarm);
        while let Some(oldest) = self.closed.first_entry() {
            let (closed_at, id) = *oldest.key();
            if self.closed.len() <= CLOSED_KEPT_ALARMS && at.since(closed_at) < CLOSED_KEPT_FOR {
                break;
            }
            self.closed.pop_first();
            changes.push(RecordChange::ClosedAlarmGone(closed_at, id));
        }
    }
}

/// The condition of an alarm that is still on the list began again. It waits on if nobody has seen it, so that what comes and
/// goes is carried up all the same, and everybody is called again where they had been called long ago; it has to be seen
/// again if somebody had. A shelf or a work order goes on.
fn raised_again(mut alarm: Alarm, stamped: &Stamped) -> Alarm {
    let since_last = stamped.at.since(alarm.raised_at);
    alarm.condition = Condition::Active;
    (alarm.raised_at, alarm.raised_by) = (stamped.at, stamped.seq);
    let life = &mut alarm.life;
    life.raised_times = life.raised_times.saturating_add(1);
    life.revision = life.revision.saturating_add(1);
    life.touched_by = None;
    life.label = None;
    let everybody_was_called = life.level >= EscalationLevel::DutyManager && since_last >= ANOTHER_OCCURRENCE;
    if alarm.acknowledged != Acknowledged::No || everybody_was_called {
        life.waiting_since = stamped.at;
        life.level = EscalationLevel::Desk;
    }
    if alarm.acknowledged != Acknowledged::No {
        alarm.acknowledged = Acknowledged::No;
        life.closing = Closing::ByItself;
        life.judgement = None;
        life.steps_done = 0;
    }
    alarm
}

/// What puts an alarm aside, and what brings it back.
fn suppress(alarm: &mut Alarm, entry: &AlarmEntry, at: Wall) {
    match entry {
        AlarmEntry::Shelved { until, kind, reason, by, second, .. } => {
            let reason = reason.as_str().to_owned();
            alarm.life.suppression =
                Suppression::Shelved(Shelf { until: *until, kind: *kind, reason, by: *by, second: *second });
            alarm.life.shelved_since.get_or_insert(at);
            touch(alarm, *by);
        }
        AlarmEntry::Unshelved { cause, .. } => {
            stand_again(alarm, at);
            match cause {
                // Whoever takes it down could put it back at once; nobody else would have seen it.
                UnshelveCause::Operator(by) => touch(alarm, *by),
                UnshelveCause::TimeOver | UnshelveCause::Returned | UnshelveCause::Damaged => {
                    alarm.life.shelved_since = None;
                }
            }
        }
        AlarmEntry::SuppressedByDesign { rule, behind, .. } => {
            alarm.life.suppression = Suppression::ByDesign { rule: *rule, behind: *behind };
        }
        AlarmEntry::Unsuppressed { .. } => stand_again(alarm, at),
        AlarmEntry::TakenOutOfService { until, work_order, by, second, .. } => {
            let work_order = work_order.as_str().to_owned();
            let (until, by, second) = (*until, *by, *second);
            alarm.life.suppression = Suppression::OutOfService { until, work_order, by, second };
            touch(alarm, by);
        }
        AlarmEntry::ReturnedToService { by, .. } => {
            stand_again(alarm, at);
            touch(alarm, *by);
        }
        AlarmEntry::Noted { .. }
        | AlarmEntry::Assigned { .. }
        | AlarmEntry::Escalated { .. }
        | AlarmEntry::Closed { .. }
        | AlarmEntry::Labelled { .. }
        | AlarmEntry::StepDone { .. }
        | AlarmEntry::VerdictAwaited { .. } => {}
    }
}

/// The alarm is back on the list, and waits from now on: whoever was called before it was put aside has been told since
/// that nobody need come, and is called again.
fn stand_again(alarm: &mut Alarm, at: Wall) {
    alarm.life.suppression = Suppression::None;
    alarm.life.waiting_since = at;
    alarm.life.level = EscalationLevel::Desk;
}

/// Somebody changed the alarm; what the daemon does by itself is no change of that kind.
fn touch(alarm: &mut Alarm, by: Actor) {
    if by != Actor::System {
        alarm.life.revision = alarm.life.revision.saturating_add(1);
        alarm.life.touched_by = Some(by);
    }
}
