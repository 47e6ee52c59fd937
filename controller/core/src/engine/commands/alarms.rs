//! What operators do with alarms: each order is checked against the alarm as it stands, recorded, and changes nothing else.
//! Nothing here ends a condition: an alarm is active for as long as what it stands for is so.

use super::{Order, Outcome, conflict, instant, invalid, not_found, problem};
use crate::alarm::life::{Assignee, EscalationLevel, ShelfKind, Suppression, UnshelveCause, Verdict};
use crate::alarm::shelving::{OUT_OF_SERVICE_AT_MOST, Shelving};
use crate::alarm::{Acknowledged, Alarm, Priority};
use crate::engine::Engine;
use crate::engine::command::{AlarmCommand, AlarmOrder, CommandError, Problem, Reply, disguises};
use crate::entry::{AlarmEntry, Entry, ReasonText};
use crate::id::{AlarmId, OperatorId};
use crate::operator::Proposed;
use crate::permission::Actor;
use crate::time::Wall;

/// The fewest characters of a note on an urgent alarm (`console.md` B.2).
const SHORTEST_NOTE_CHARS: usize = 10;

impl Engine {
    /// Does what is ordered with an alarm; an order given on an older state than the alarm has by now is refused.
    pub(super) fn alarm_command(&mut self, order: Order, command: AlarmCommand) -> Outcome {
        let AlarmCommand { alarm: id, seen, order: wanted } = command;
        let alarm = self.alarm_on_record(id)?;
        if seen.is_some_and(|seen| seen != alarm.life.revision) {
            let (revision, by) = (alarm.life.revision, alarm.life.touched_by);
            return Err(CommandError::Stale { what: id.to_string(), revision, by });
        }
        let entry = match wanted {
            AlarmOrder::Acknowledge { note } => return self.acknowledge_alarm(order, &alarm, &note),
            AlarmOrder::Shelve { until, kind, reason } => {
                return self.shelve_alarm(order, &alarm, (until, kind), reason);
            }
            AlarmOrder::Note { note } => Ok(AlarmEntry::Noted { alarm: id, note, by: order.by }),
            AlarmOrder::Unshelve { reason } => {
                check_shelved(&alarm)?;
                self.record(order.now, AlarmEntry::Noted { alarm: id, note: reason, by: order.by });
                Ok(AlarmEntry::Unshelved { alarm: id, cause: UnshelveCause::Operator(order.by) })
            }
            AlarmOrder::TakeOutOfService { until, work_order } => out_of_service(order, &alarm, until, work_order),
            AlarmOrder::ReturnToService => returned_to_service(order, &alarm),
            AlarmOrder::Assign { to } => self.assigned(order, &alarm, to),
            AlarmOrder::Escalate { to, reason } => {
                let entry = escalated(order, &alarm, to)?;
                self.record(order.now, AlarmEntry::Noted { alarm: id, note: reason, by: order.by });
                Ok(entry)
            }
            AlarmOrder::FinishStep { step } => step_done(order, &alarm, step),
            AlarmOrder::Close { verdict, note } => closed(order, &alarm, verdict, &note),
        }?;
        let is_back = matches!(entry, AlarmEntry::Unshelved { .. } | AlarmEntry::ReturnedToService { .. });
        self.record(order.now, entry);
        if is_back {
            self.stands_again(order.now, id);
        }
        Ok(self.alarm_reply(&alarm))
    }

    /// As what an order is proposed that puts a critical alarm aside, which nobody does alone.
    pub(in crate::engine) fn puts_critical_aside(&self, command: &AlarmCommand) -> Option<Proposed> {
        let alarm = self.records.alarms.get(&command.alarm)?;
        let proposed = match command.order {
            AlarmOrder::Shelve { .. } => Proposed::Shelve(alarm.id),
            AlarmOrder::TakeOutOfService { .. } => Proposed::TakeOutOfService(alarm.id),
            AlarmOrder::Acknowledge { .. }
            | AlarmOrder::Note { .. }
            | AlarmOrder::Unshelve { .. }
            | AlarmOrder::ReturnToService
            | AlarmOrder::Assign { .. }
            | AlarmOrder::Escalate { .. }
            | AlarmOrder::FinishStep { .. }
            | AlarmOrder::Close { .. } => return None,
        };
        matches!(alarm.kind.shelving(), Shelving::ByTwo(_)).then_some(proposed)
    }

    fn alarm_on_record(&self, id: AlarmId) -> Result<Alarm, CommandError> {
        match self.records.alarms.get(&id) {
            Some(alarm) => Ok(alarm.clone()),
            None if self.records.closed.keys().any(|(_, closed)| *closed == id) => {
                Err(conflict(format!("{id} was put away already; nothing can be done with it any more")))
            }
            None => Err(not_found(id)),
        }
    }

    /// How the alarm is after an order; one that was put away by it is not active.
    fn alarm_reply(&self, before: &Alarm) -> Reply {
        match self.records.alarms.get(&before.id) {
            Some(row) => Reply::Alarm { revision: row.life.revision, active: row.is_active() },
            None => Reply::Alarm { revision: before.life.revision.saturating_add(1), active: false },
        }
    }

    fn acknowledge_alarm(&mut self, order: Order, alarm: &Alarm, note: &str) -> Outcome {
        let (id, kind, source) = (alarm.id, alarm.kind, alarm.source);
        if let Acknowledged::Yes { .. } = alarm.acknowledged {
            return Err(conflict(format!("{id} is already acknowledged; add a note to it instead")));
        }
        if let Suppression::ByDesign { behind, .. } = alarm.life.suppression {
            return Err(conflict(format!("{id} is counted behind {behind}; acknowledge that one")));
        }
        let note = checked_note(alarm, note)?;
        if is_urgent(alarm) {
            self.record(order.now, AlarmEntry::VerdictAwaited { alarm: id });
        }
        self.record(order.now, Entry::AlarmAcknowledged { alarm: id, kind, source, by: order.by, note });
        Ok(self.alarm_reply(alarm))
    }

    fn shelve_alarm(
        &mut self,
        order: Order,
        alarm: &Alarm,
        (until, kind): (Wall, ShelfKind),
        reason: ReasonText,
    ) -> Outcome {
        let id = alarm.id;
        match &alarm.life.suppression {
            Suppression::None | Suppression::Shelved(_) => {}
            Suppression::ByDesign { behind, .. } => {
                return Err(conflict(format!("{id} is counted behind {behind} already; shelve that one")));
            }
            Suppression::OutOfService { .. } => {
                return Err(conflict(format!("{id} is out of service already; return it to service first")));
            }
        }
        let (longest, second) = match alarm.kind.shelving() {
            Shelving::Never => {
                let word = alarm.kind.word();
                return Err(conflict(format!("{word} is never shelved: while it lasts, everybody must see it")));
            }
            Shelving::ByOne(longest) => (longest, None),
            Shelving::ByTwo(longest) => (longest, Some(with_second(order, alarm)?)),
        };
        // From the first time on: otherwise it could be kept there for ever, a little longer each time.
        let latest = alarm.life.shelved_since.unwrap_or(order.now.wall).after(longest);
        invalid(until_problem(order, until, latest).into_iter().collect())?;
        self.record(order.now, AlarmEntry::Shelved { alarm: id, until, kind, reason, by: order.by, second });
        Ok(self.alarm_reply(alarm))
    }

    fn assigned(&self, order: Order, alarm: &Alarm, to: Assignee) -> Result<AlarmEntry, CommandError> {
        if let Assignee::Operator(operator) = to {
            self.check_answers(operator)?;
        }
        if alarm.life.assignee == to {
            return Err(conflict(match to {
                Assignee::Desk => format!("{} is the desk's already", alarm.id),
                Assignee::Operator(operator) => format!("{} is given to {operator} already", alarm.id),
            }));
        }
        Ok(AlarmEntry::Assigned { alarm: alarm.id, to, by: order.by })
    }

    /// An alarm is given to nobody who may not answer it.
    fn check_answers(&self, operator: OperatorId) -> Result<(), CommandError> {
        self.known_operator(operator)?;
        if self.answers_alarms(operator) {
            return Ok(());
        }
        Err(conflict(format!("{operator} cannot answer alarms now; give it to somebody else, or to the desk")))
    }
}

/// The second operator, without whom a critical alarm is not put aside.
fn with_second(order: Order, alarm: &Alarm) -> Result<Actor, CommandError> {
    let alone = || conflict(format!("{} is critical: it takes two operators to put it aside", alarm.id));
    order.second.ok_or_else(alone)
}

fn check_shelved(alarm: &Alarm) -> Result<(), CommandError> {
    match alarm.life.suppression {
        Suppression::Shelved(_) => Ok(()),
        Suppression::None | Suppression::ByDesign { .. } | Suppression::OutOfService { .. } => {
            Err(conflict(format!("{} is not shelved", alarm.id)))
        }
    }
}

fn is_urgent(alarm: &Alarm) -> bool {
    alarm.kind.priority() <= Priority::P2
}

/// What was noted, without the spaces around it.
fn checked_note(alarm: &Alarm, note: &str) -> Result<String, CommandError> {
    let note = note.trim();
    let length = note.chars().count();
    let mut problems = Vec::new();
    if is_urgent(alarm) && length < SHORTEST_NOTE_CHARS {
        let message = "an urgent alarm needs a note of at least 10 characters: what did you find or do?";
        problems.push(problem("note", message));
    }
    if length > ReasonText::MAX_CHARS || disguises(note) {
        problems.push(problem("note", "a note has at most 256 characters, none that nobody sees"));
    }
    invalid(problems)?;
    Ok(note.to_owned())
}

/// What is put aside comes back: within the limit, and not in the past.
fn until_problem(order: Order, until: Wall, latest: Wall) -> Option<Problem> {
    if latest <= order.now.wall {
        let message = "it has been put aside for as long as it may be; it must stand on the list again first";
        Some(problem("until_at", message))
    } else if until <= order.now.wall {
        Some(problem("until_at", "it is over before it begins; choose an end in the future"))
    } else if until > latest {
        Some(problem("until_at", format!("it lasts too long; until {} is the most", instant(latest))))
    } else {
        None
    }
}

fn out_of_service(
    order: Order,
    alarm: &Alarm,
    until: Wall,
    work_order: ReasonText,
) -> Result<AlarmEntry, CommandError> {
    let second = match alarm.kind.shelving() {
        Shelving::Never => {
            let word = alarm.kind.word();
            return Err(conflict(format!("{word} is never out of service: while it lasts, everybody must see it")));
        }
        Shelving::ByOne(_) => None,
        Shelving::ByTwo(_) => Some(with_second(order, alarm)?),
    };
    if let Suppression::ByDesign { behind, .. } = alarm.life.suppression {
        return Err(conflict(format!("{} is counted behind {behind} already; order it for that one", alarm.id)));
    }
    let latest = order.now.wall.after(OUT_OF_SERVICE_AT_MOST);
    invalid(until_problem(order, until, latest).into_iter().collect())?;
    Ok(AlarmEntry::TakenOutOfService { alarm: alarm.id, until, work_order, by: order.by, second })
}

fn returned_to_service(order: Order, alarm: &Alarm) -> Result<AlarmEntry, CommandError> {
    match alarm.life.suppression {
        Suppression::OutOfService { .. } => Ok(AlarmEntry::ReturnedToService { alarm: alarm.id, by: order.by }),
        Suppression::None | Suppression::Shelved(_) | Suppression::ByDesign { .. } => {
            Err(conflict(format!("{} is not out of service", alarm.id)))
        }
    }
}

fn escalated(order: Order, alarm: &Alarm, to: Option<EscalationLevel>) -> Result<AlarmEntry, CommandError> {
    let (id, now) = (alarm.id, alarm.life.level);
    if alarm.life.suppression != Suppression::None {
        return Err(conflict(format!("{id} is put aside; bring it back before calling more people to it")));
    }
    match to.or_else(|| now.next()) {
        Some(level) if level > now => Ok(AlarmEntry::Escalated { alarm: id, level, by: order.by }),
        Some(_) | None => Err(conflict(format!("{id} is at level {} already; nobody above is called", now.word()))),
    }
}

fn step_done(order: Order, alarm: &Alarm, step: u8) -> Result<AlarmEntry, CommandError> {
    let steps = alarm.kind.steps().len();
    if step == 0 || usize::from(step) > steps {
        return Err(CommandError::Invalid(vec![problem("step", format!("its procedure has steps 1 to {steps}"))]));
    }
    if alarm.life.steps_done & (1 << (step - 1)) != 0 {
        return Err(conflict(format!("step {step} of {} is done already", alarm.id)));
    }
    Ok(AlarmEntry::StepDone { alarm: alarm.id, step, by: order.by })
}

/// Whoever says what an alarm was has seen it, so what a note needs holds for the first word on an urgent one.
fn closed(order: Order, alarm: &Alarm, verdict: Verdict, note: &str) -> Result<AlarmEntry, CommandError> {
    let id = alarm.id;
    if alarm.is_active() {
        let what = "its condition still holds; end that first, shelve it, or have it taken out of service";
        return Err(conflict(format!("{id} cannot be closed: {what}")));
    }
    let note = match alarm.acknowledged {
        Acknowledged::No => checked_note(alarm, note)?,
        Acknowledged::Yes { .. } if note.trim().is_empty() => String::new(),
        Acknowledged::Yes { .. } => {
            let reason = ReasonText::parse(note.trim());
            let message = "a note has at most 256 characters, none that nobody sees";
            let reason = reason.ok_or_else(|| CommandError::Invalid(vec![problem("note", message)]))?;
            reason.as_str().to_owned()
        }
    };
    Ok(AlarmEntry::Closed { alarm: id, verdict, note, by: order.by })
}
