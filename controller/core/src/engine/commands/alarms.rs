//! What operators do with alarms: each order is checked against the alarm as it stands, recorded, and changes nothing else.

use super::{Order, Outcome, conflict, invalid, not_found, problem};
use crate::alarm::{Acknowledged, Condition};
use crate::engine::Engine;
use crate::engine::command::{AlarmCommand, AlarmOrder, CommandError, Reply, disguises};
use crate::entry::{Entry, ReasonText};
use crate::id::AlarmId;

/// The fewest characters of a note on an urgent alarm (`console.md` B.2).
const SHORTEST_NOTE_CHARS: usize = 10;

impl Engine {
    pub(super) fn alarm_command(&mut self, order: Order, command: AlarmCommand) -> Outcome {
        let AlarmCommand { alarm, seen, order: wanted } = command;
        let row = self.records.alarms.get(&alarm).ok_or_else(|| not_found(alarm))?;
        if seen.is_some_and(|seen| seen != row.life.revision) {
            let (revision, by) = (row.life.revision, row.life.touched_by);
            return Err(CommandError::Stale { what: alarm.to_string(), revision, by });
        }
        match wanted {
            AlarmOrder::Acknowledge { note } => self.acknowledge_alarm(order, alarm, &note),
            AlarmOrder::Note { .. }
            | AlarmOrder::Shelve { .. }
            | AlarmOrder::Unshelve { .. }
            | AlarmOrder::TakeOutOfService { .. }
            | AlarmOrder::ReturnToService
            | AlarmOrder::Assign { .. }
            | AlarmOrder::Escalate { .. }
            | AlarmOrder::FinishStep { .. }
            | AlarmOrder::Close { .. } => Err(conflict("not there yet")),
        }
    }

    fn alarm_reply(&self, alarm: AlarmId) -> Reply {
        let row = self.records.alarms.get(&alarm);
        Reply::Alarm {
            revision: row.map_or(0, |row| row.life.revision),
            active: row.is_some_and(|row| row.condition == Condition::Active),
        }
    }

    fn acknowledge_alarm(&mut self, order: Order, alarm: AlarmId, note: &str) -> Outcome {
        let row = self.records.alarms.get(&alarm).ok_or_else(|| not_found(alarm))?;
        let (kind, source) = (row.kind, row.source);
        if let Acknowledged::Yes { .. } = row.acknowledged {
            return Err(conflict(format!("{alarm} is already acknowledged")));
        }
        let note = note.trim();
        let length = note.chars().count();
        let mut problems = Vec::new();
        if kind.priority().number() <= 2 && length < SHORTEST_NOTE_CHARS {
            let message = "an urgent alarm needs a note of at least 10 characters: what did you find or do?";
            problems.push(problem("note", message));
        }
        if length > ReasonText::MAX_CHARS || note.chars().any(disguises) {
            problems.push(problem("note", "a note has at most 256 characters and no control characters"));
        }
        invalid(problems)?;
        let (by, note) = (order.by, note.to_owned());
        self.record(order.now, Entry::AlarmAcknowledged { alarm, kind, source, by, note });
        Ok(self.alarm_reply(alarm))
    }
}
