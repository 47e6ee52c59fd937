//! What the engine remembers of operators beside the records: which names are taken, which state of each factor's secret is
//! the newest, and failures to sign in, from which waits and lock-outs follow; and what needs both them and the records: whose
//! something is, and who is somebody else. A lock-out itself is in the records, so a restart does not end it; the count towards
//! the next one starts anew.

use core::time::Duration;
use std::collections::BTreeMap;

use super::Engine;
use crate::engine::command::{Command, OperatorCommand, OperatorName};
use crate::id::OperatorId;
use crate::operator::{Factor, OperatorState, SecretVersion};
use crate::permission::{Actor, Permission, permission};
use crate::records::RecordChange;
use crate::time::Wall;

/// So many failures in a row lock an operator out.
const FAILURES_MAX: u8 = 5;

/// The first lock-out; each further one lasts twice as long.
const FIRST_LOCKOUT: Duration = Duration::from_secs(5 * 60);

/// The longest lock-out. More would let anybody who knows a name keep its bearer out for a shift.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(3600);

/// Failures longer ago than this are forgotten.
const FAILURES_COUNT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Failures recorded in a minute. More are counted towards lock-outs and not written, so that nobody can fill the journal
/// from the sign-in page.
const RECORDED_PER_MINUTE: u16 = 60;

/// What the engine remembers of operators beside the records.
#[derive(Debug, Clone, Default)]
pub(super) struct Operators {
    names: BTreeMap<OperatorId, OperatorName>,
    failures: BTreeMap<OperatorId, Failures>,
    /// The newest state of secrets that changed since the start, by kind of factor. Whoever checks proofs counts the same.
    versions: BTreeMap<(OperatorId, Factor), SecretVersion>,
    recorded: Recorded,
}

/// Failures of late to sign in as one operator.
#[derive(Debug, Clone, Copy)]
struct Failures {
    /// Since the last lock-out.
    in_a_row: u8,
    /// Lock-outs in a row.
    lockouts: u8,
    last: Wall,
}

/// How many failures were recorded in one minute of the wall clock.
#[derive(Debug, Clone, Copy, Default)]
struct Recorded {
    minute: i64,
    count: u16,
}

impl Engine {
    /// Tells which operator has which name; they are kept outside the records, in a table that can be erased. Before the first
    /// command, so that no name is given twice.
    pub fn know_operator_names(&mut self, names: impl IntoIterator<Item = (OperatorId, OperatorName)>) {
        self.operators.names.extend(names);
    }

    /// What a command takes of whoever gives it. One's own password, keys and tokens take no more than being signed in;
    /// another's take what changing operators takes.
    pub(super) fn takes(&self, by: Actor, command: &Command) -> Permission {
        let Command::Operator(about) = command else { return permission(command) };
        match self.whose(about) {
            Some(whose) if by != Actor::Operator(whose) => Permission::ManageOperators,
            Some(_) | None => permission(command),
        }
    }

    /// Whose own matter a command is.
    fn whose(&self, command: &OperatorCommand) -> Option<OperatorId> {
        match command {
            OperatorCommand::SetFactor { operator, .. } | OperatorCommand::RemoveFactor { operator, .. } => {
                Some(*operator)
            }
            OperatorCommand::IssueToken { owner, .. } | OperatorCommand::SignInByToken { owner, .. } => Some(*owner),
            OperatorCommand::RevokeToken { token, .. } => self.records.tokens.get(token).map(|row| row.owner),
            // Whose session may be ended by whom is looked at there; that of a thief waits for no second operator.
            OperatorCommand::RevokeSession { .. } => None,
            OperatorCommand::Create { .. }
            | OperatorCommand::SetUp { .. }
            | OperatorCommand::Change { .. }
            | OperatorCommand::SetState { .. }
            | OperatorCommand::Reset { .. }
            | OperatorCommand::BindProvider { .. }
            | OperatorCommand::BindCertificate { .. }
            | OperatorCommand::UnbindCertificate { .. }
            | OperatorCommand::ReturnToken { .. }
            | OperatorCommand::LinkPerson { .. }
            | OperatorCommand::UseRecoveryCode { .. }
            | OperatorCommand::KeepSecret { .. }
            | OperatorCommand::EndLockout { .. }
            | OperatorCommand::NoteLink { .. }
            | OperatorCommand::NoteSignIn { .. }
            | OperatorCommand::NoteSignInFailure { .. }
            | OperatorCommand::NoteStepUp { .. }
            | OperatorCommand::NoteSessionEnd { .. }
            | OperatorCommand::NoteSessions { .. }
            | OperatorCommand::Confirm { .. }
            | OperatorCommand::Drop { .. }
            | OperatorCommand::Reveal { .. } => None,
        }
    }

    /// Whether a second actor certainly is another person than the first, where a rule asks for two. Whoever signed in as an
    /// operator is somebody. What a token asked for first was asked by its owner, and as well by the operator who made it.
    /// Users of the machine are told apart among themselves only, and only while nobody can sign in: any of them may be an
    /// operator as well, and who may be any user of the machine may be two. Who came by a link, or holds a token, never is
    /// the second.
    pub(super) fn is_somebody_else(&self, second: Actor, first: Actor) -> bool {
        let differs = |first: Actor| match (second, first) {
            (Actor::LocalUser(one), Actor::LocalUser(other)) => one != other && !self.somebody_can_sign_in(),
            (Actor::Operator(_) | Actor::LocalUser(_), Actor::System) => true,
            _ => second.is_another_person_than(first),
        };
        self.people_behind(first).into_iter().all(differs)
    }

    /// As whose an act counts. Of a token that was made at the machine its owner alone is known: whoever is root there can
    /// sign in as anybody.
    pub(super) fn people_behind(&self, actor: Actor) -> [Actor; 2] {
        let Actor::Token(token) = actor else { return [actor; 2] };
        let Some(row) = self.records.tokens.get(&token) else { return [actor; 2] };
        let owner = Actor::Operator(row.owner);
        match row.maker {
            maker @ Actor::Operator(_) => [owner, maker],
            Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_) => [owner; 2],
        }
    }

    pub(super) fn somebody_can_sign_in(&self) -> bool {
        let mut operators = self.records.operators.values();
        operators.any(|row| row.state == OperatorState::Enabled && row.factors.can_sign_in())
    }

    /// Until when nothing that can be guessed is to be tried for an operator: a lock-out, or the wait after a failure. `None`
    /// when it may be tried now; whoever is disabled is barred for good.
    pub(super) fn sign_in_bar(&self, operator: OperatorId, at: Wall) -> Option<Wall> {
        let row = self.records.operators.get(&operator)?;
        let locked = row.locked_until.filter(|until| *until > at);
        let waiting = self.operators.failures.get(&operator).map(Failures::wait).filter(|until| *until > at);
        match row.state {
            OperatorState::Enabled => locked.max(waiting),
            OperatorState::Disabled => Some(Wall::from_micros(i64::MAX)),
        }
    }
}

impl Operators {
    pub(super) fn has_name(&self, name: &OperatorName) -> bool {
        self.names.values().any(|taken| taken == name)
    }

    pub(super) fn learn_name(&mut self, operator: OperatorId, name: OperatorName) {
        self.names.insert(operator, name);
    }

    /// Counts which factors have another secret now, or none: whatever command it was of, it is among the changes.
    pub(super) fn count_secrets(&mut self, changes: &[RecordChange]) {
        for (operator, factor) in changes.iter().filter_map(secret_set_anew) {
            let version = self.versions.entry((operator, factor)).or_default();
            *version = version.set_anew();
        }
    }

    /// Takes a later state of a factor's secret, beside changes that are not counted yet; whether it is one.
    pub(super) fn take_used_secret(
        &mut self,
        operator: OperatorId,
        factor: Factor,
        version: SecretVersion,
        uncounted: &[RecordChange],
    ) -> bool {
        let place = (operator, factor.kind());
        let newest = self.versions.get(&place).copied().unwrap_or_default();
        let is_taken = version.follows(newest) && !uncounted.iter().filter_map(secret_set_anew).any(|set| set == place);
        if is_taken {
            self.versions.insert(place, version);
        }
        is_taken
    }

    pub(super) fn forget_failures(&mut self, operator: OperatorId) {
        self.failures.remove(&operator);
    }

    /// Whether one more failure is written down.
    pub(super) fn has_room_for_failure(&mut self, at: Wall) -> bool {
        let minute = at.as_seconds().div_euclid(60);
        if self.recorded.minute != minute {
            self.recorded = Recorded { minute, count: 0 };
        }
        self.recorded.count = self.recorded.count.saturating_add(1);
        self.recorded.count <= RECORDED_PER_MINUTE
    }

    /// Counts a failure; says for how long the operator is locked out if it was one too many.
    pub(super) fn count_failure(&mut self, operator: OperatorId, at: Wall) -> Option<Duration> {
        let none = Failures { in_a_row: 0, lockouts: 0, last: at };
        let failures = self.failures.entry(operator).or_insert(none);
        if at.since(failures.last) > FAILURES_COUNT_FOR {
            *failures = none;
        }
        failures.in_a_row += 1;
        failures.last = at;
        if failures.in_a_row < FAILURES_MAX {
            return None;
        }
        let lasting = FIRST_LOCKOUT.saturating_mul(1 << failures.lockouts.min(8)).min(LONGEST_LOCKOUT);
        failures.in_a_row = 0;
        failures.lockouts = failures.lockouts.saturating_add(1);
        Some(lasting)
    }
}

impl Failures {
    /// Until when the next try waits: one second after the first failure, then twice as long each time.
    fn wait(&self) -> Wall {
        let seconds = match self.in_a_row.checked_sub(1) {
            Some(doublings) => 1 << doublings.min(8),
            None => 0,
        };
        self.last.after(Duration::from_secs(seconds))
    }
}

/// Whose factor of which kind a change sets anew or takes away.
fn secret_set_anew(change: &RecordChange) -> Option<(OperatorId, Factor)> {
    let RecordChange::OperatorSecret(operator, factor, _) = change else { return None };
    Some((*operator, factor.kind()))
}
