//! What becomes of alarms when operators come, go and fail to: what was given to somebody who is not there any more goes back
//! to the desk at once, and what happens around signing in is an alarm itself (`alarms.md` 25). Who may sign in is
//! `engine/commands/operators.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::life::Assignee;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::command::Scope;
use crate::engine::input::SinkHealth;
use crate::entry::{AlarmEntry, Entry, OperatorEntry, WebhookEntry};
use crate::id::{AlarmId, OperatorId, SessionId};
use crate::operator::{OperatorState, SessionEnd, SignInMethod};
use crate::permission::{Actor, Assurance, Permission, may};
use crate::time::Now;

/// The most targets whose trouble is told apart; beyond them they count as one.
const FAILING_MAX_SINKS: usize = 64;

/// Who is there, as far as is known, and what does not get out of the site.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Staff {
    /// Sessions that last: those that began since the start, and those of before once the shell has told them.
    sessions: BTreeMap<SessionId, OperatorId>,
    /// Targets that nothing reaches.
    failing_sinks: BTreeSet<String>,
}

impl Engine {
    /// What follows of an entry about operators that was just recorded.
    pub(in crate::engine) fn follow_staff(&mut self, now: Now, entry: &OperatorEntry) {
        match entry {
            OperatorEntry::SignedIn { operator: Some(operator), session, .. } => {
                self.staff.sessions.insert(*session, *operator);
            }
            OperatorEntry::SignedIn { operator: None, method: SignInMethod::Link, .. } => {
                let mut operators = self.records.operators.values();
                if operators.any(|row| row.state == OperatorState::Enabled) {
                    self.flash_alarm(now, AlarmKind::EmergencySignIn, AlarmSource::Site);
                }
            }
            OperatorEntry::SessionEnded { session, operator, cause } => {
                self.staff.sessions.remove(session);
                let Some(operator) = *operator else { return };
                if *cause == SessionEnd::Moved {
                    self.flash_alarm(now, AlarmKind::SessionMoved, AlarmSource::Operator(operator));
                }
                if !self.staff.sessions.values().any(|other| *other == operator) {
                    self.give_back(now, operator);
                }
            }
            OperatorEntry::StateChanged { operator, state: OperatorState::Disabled, .. } => {
                self.staff.sessions.retain(|_, other| other != operator);
                self.give_back(now, *operator);
            }
            OperatorEntry::Reset { operator, .. } => {
                self.staff.sessions.retain(|_, other| other != operator);
                self.give_back(now, *operator);
            }
            OperatorEntry::Changed { operator, .. } if !self.answers_alarms(*operator) => {
                self.give_back(now, *operator);
            }
            OperatorEntry::LockedOut { operator, .. } => {
                self.begin_alarm(now, AlarmKind::OperatorLockedOut, AlarmSource::Operator(*operator));
            }
            OperatorEntry::LockoutEnded { operator, .. } => {
                self.end_alarm(now, AlarmKind::OperatorLockedOut, AlarmSource::Operator(*operator));
            }
            OperatorEntry::SignedIn { .. }
            | OperatorEntry::StateChanged { .. }
            | OperatorEntry::Created { .. }
            | OperatorEntry::Changed { .. }
            | OperatorEntry::FactorSet { .. }
            | OperatorEntry::ProviderBound { .. }
            | OperatorEntry::PersonLinked { .. }
            | OperatorEntry::FactorRemoved { .. }
            | OperatorEntry::RecoveryCodeUsed { .. }
            | OperatorEntry::LinkMade { .. }
            | OperatorEntry::SignInFailed { .. }
            | OperatorEntry::SteppedUp { .. }
            | OperatorEntry::SessionRevoked { .. }
            | OperatorEntry::CameTooLate { .. }
            | OperatorEntry::TokenIssued { .. }
            | OperatorEntry::TokenRevoked { .. }
            | OperatorEntry::TokenSignedIn { .. }
            | OperatorEntry::CertificateBound { .. }
            | OperatorEntry::CertificateUnbound { .. }
            | OperatorEntry::Proposed { .. }
            | OperatorEntry::Confirmed { .. }
            | OperatorEntry::Dropped { .. }
            | OperatorEntry::Revealed { .. }
            | OperatorEntry::Viewed { .. }
            | OperatorEntry::NamesShown { .. }
            | OperatorEntry::NamesHidden { .. } => {}
        }
    }

    /// The operator who is given rights by an entry that is about to be applied: another role or reach with something in it that
    /// they did not have; or somebody new who may make operators, where there are others (`alarms.md` 25).
    pub(in crate::engine) fn raised_by(&self, entry: &Entry) -> Option<OperatorId> {
        let Entry::Operator(entry) = entry else { return None };
        if let OperatorEntry::Created { operator, role, .. } = entry {
            let others = self.records.operators.values().any(|row| row.state == OperatorState::Enabled);
            return (others && Permission::ManageOperators.roles().contains(role)).then_some(*operator);
        }
        let OperatorEntry::Changed { operator, role, scope, .. } = entry else { return None };
        let before = self.records.operators.get(operator)?;
        let gains = |right: &Permission| right.roles().contains(role) && !right.roles().contains(&before.role);
        let reaches_further = before.scope != Scope::Site && before.scope != *scope;
        (reaches_further || Permission::ALL.iter().any(gains)).then_some(*operator)
    }

    /// Which sessions outlived a restart. What was given to an operator who has none of them, and did not sign in since, goes
    /// back to the desk: they may have gone while nothing ran.
    pub(in crate::engine) fn know_sessions(&mut self, now: Now, lasting: &[(SessionId, OperatorId)]) {
        self.staff.sessions.extend(lasting.iter().copied());
        let there: BTreeSet<OperatorId> = self.staff.sessions.values().copied().collect();
        let given = self.records.alarms.values().filter_map(|row| match row.life.assignee {
            Assignee::Operator(operator) if !there.contains(&operator) => Some(operator),
            Assignee::Operator(_) | Assignee::Desk => None,
        });
        for operator in given.collect::<BTreeSet<OperatorId>>() {
            self.give_back(now, operator);
        }
    }

    /// Whether an operator is somebody who may answer alarms.
    pub(in crate::engine) fn answers_alarms(&self, operator: OperatorId) -> bool {
        let caller = self.records.operators.get(&operator).and_then(|row| row.caller(Assurance::Standing));
        caller.is_some_and(|caller| may(&caller, Permission::AnswerAlarms).is_ok())
    }

    /// What an operator was to answer goes back to the desk.
    fn give_back(&mut self, now: Now, operator: OperatorId) {
        let theirs = Assignee::Operator(operator);
        let alarms = self.records.alarms.values().filter(|row| row.life.assignee == theirs);
        let alarms: Vec<AlarmId> = alarms.map(|row| row.id).collect();
        for alarm in alarms {
            self.record(now, AlarmEntry::Assigned { alarm, to: Assignee::Desk, by: Actor::System });
        }
    }

    /// Ends alarms of lock-outs whose time is over.
    pub(super) fn review_operator_lockouts(&mut self, now: Now) {
        let over = |(source, kind): &(AlarmSource, AlarmKind)| match (source, kind) {
            (AlarmSource::Operator(operator), AlarmKind::OperatorLockedOut) => {
                let until = self.records.operators.get(operator).and_then(|row| row.locked_until);
                until.is_none_or(|until| until <= now.wall)
            }
            _ => false,
        };
        let over: Vec<AlarmSource> =
            self.active_alarms.keys().filter(|key| over(key)).map(|(source, _)| *source).collect();
        for source in over {
            self.end_alarm(now, AlarmKind::OperatorLockedOut, source);
        }
    }

    /// Whether what is sent to `name` arrives: one alarm for all targets, until everything arrives again.
    pub(in crate::engine) fn sink_said(&mut self, now: Now, webhook: String, health: SinkHealth) {
        let is_news = match health {
            SinkHealth::Failing if self.staff.failing_sinks.len() < FAILING_MAX_SINKS => {
                self.staff.failing_sinks.insert(webhook.clone())
            }
            SinkHealth::Failing => false,
            SinkHealth::Delivering => self.staff.failing_sinks.remove(&webhook),
        };
        // The alarm is of all of them; which one it was is said here.
        if is_news {
            self.record(now, WebhookEntry::HealthChanged { webhook, health });
        }
        if self.staff.failing_sinks.is_empty() {
            self.end_alarm(now, AlarmKind::SinkFailing, AlarmSource::Site);
        } else {
            self.begin_alarm(now, AlarmKind::SinkFailing, AlarmSource::Site);
        }
    }
}
