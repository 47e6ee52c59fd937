//! The form of what is recorded of alarms, operators and webhooks. The rules of `fields.rs` hold: add at the end, never change.

use crate::alarm::life::{
    Assignee, CauseLabel, Closing, DesignRule, EscalationLevel, Judgement, Shelf, ShelfKind, Suppression,
    UnshelveCause, Verdict,
};
use crate::alarm::{Alarm, AlarmLife};
use crate::engine::command::Scope;
use crate::engine::input::SinkHealth;
use crate::id::SessionId;
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::operator::{
    ApiToken, BoundCertificates, CertificateFault, Factor, Factors, IssuedToken, Operator, OperatorRole, OperatorState,
    Passkeys, Proposed, ProviderFault, SessionEnd, SignInFailure, SignInMethod, TokenSignIn, TokenState,
};
use crate::permission::{Actor, PermissionSet};
use crate::time::Wall;

words! {
    Closing { 0 => ByItself, 1 => ByVerdict }
    ShelfKind { 0 => OneShot, 1 => Timed }
    DesignRule { 0 => LineLost, 1 => Lockdown, 2 => FireRelease, 3 => SiteClock, 4 => Worsened, 5 => Together }
    EscalationLevel { 0 => Desk, 1 => SecondDesk, 2 => DutyManager, 3 => External, 4 => Supervisor }
    Verdict {
        1 => FalsePositive, 2 => TruePositive, 3 => Disregard, 4 => Suspicious, 5 => Benign, 6 => Test,
        7 => InsufficientData, 8 => SecurityRisk, 9 => ManagedExternally, 10 => Duplicate,
    }
    CauseLabel { 0 => LateExit, 1 => Bounce, 2 => MisfitLatch, 3 => LateRelock, 4 => Unexplained }
    OperatorRole {
        0 => Admin, 1 => Security, 2 => Auditor, 3 => SecuritySupervisor, 4 => Facilities, 5 => WallScreen,
    }
    OperatorState { 0 => Enabled, 1 => Disabled }
    SignInMethod { 0 => Link, 1 => PasswordTotp, 2 => Passkey, 3 => RecoveryCode, 4 => Provider, 5 => Certificate }
    ProviderFault {
        0 => Away, 1 => Answer, 2 => Journey, 3 => Denied, 4 => Code, 5 => Issuer, 6 => Audience, 7 => Nonce, 8 => Expired,
        9 => Signature, 10 => Key, 11 => SecondFactor, 12 => Stale, 13 => SomebodyElse,
    }
    CertificateFault {
        0 => Foreign, 1 => Expired, 2 => Unbound, 3 => BindingOver, 4 => Ambiguous, 5 => Unfit,
    }
    SessionEnd {
        0 => SignedOut, 1 => Idle, 2 => TimeOver, 3 => Revoked, 4 => Moved, 5 => Disabled, 6 => Crowded,
        7 => Lost,
    }
    TokenState { 0 => Issued, 1 => Revoked }
    SinkHealth { 0 => Delivering, 1 => Failing }
}

structs! {
    Shelf { until, kind, reason, by, second }
    Judgement { verdict, at, by }
    Factors { passwords, totp, passkeys, recovery_codes, provider }
    IssuedToken { id, owner, limits, validity, digest, state }
}

choices! {
    UnshelveCause { 0 => TimeOver, 1 => Returned, 2 => Operator(by), 3 => Damaged }
    Assignee { 0 => Desk, 1 => Operator(operator) }
    Factor {
        0 => Password, 1 => Totp, 2 => Passkey(number), 3 => RecoveryCodes(count), 4 => Provider, 5 => Certificate(number),
    }
    TokenSignIn { 0 => Device, 1 => Certificate(number) }
    SignInFailure {
        0 => Wrong, 1 => Disabled, 2 => LockedOut, 3 => Replayed, 4 => Link, 5 => Provider, 6 => ProviderFault(fault),
        7 => DeviceCode, 8 => Certificate(fault),
    }
    Scope { 0 => Site, 1 => Organisation(organisation) }
    Proposed { 0 => Shelve(alarm), 1 => Command(number), 2 => TakeOutOfService(alarm) }
}

/// What one operator took out of service alone has a number of its own: it is older than the second operator.
impl Field for Suppression {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => out.push(0),
            Self::Shelved(shelf) => {
                out.push(1);
                shelf.put(out);
            }
            Self::ByDesign { rule, behind } => {
                out.push(2);
                rule.put(out);
                behind.put(out);
            }
            Self::OutOfService { until, work_order, by, second } => {
                out.push(if second.is_none() { 3 } else { 4 });
                until.put(out);
                work_order.put(out);
                by.put(out);
                second.iter().for_each(|second| second.put(out));
            }
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        match u8::take(bytes)? {
            0 => Ok(Self::None),
            1 => Field::take(bytes).map(Self::Shelved),
            2 => Ok(Self::ByDesign { rule: Field::take(bytes)?, behind: Field::take(bytes)? }),
            number @ (3 | 4) => {
                let (until, work_order, by) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
                let second = if number == 4 { Some(Field::take(bytes)?) } else { None };
                Ok(Self::OutOfService { until, work_order, by, second })
            }
            other => Err(DecodeError::UnknownNumber { of: "Suppression", number: other.into() }),
        }
    }
}

impl Field for Passkeys {
    fn put(&self, out: &mut Vec<u8>) {
        self.bits().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        u8::take(bytes).map(Self::from_bits)
    }
}

impl Field for PermissionSet {
    fn put(&self, out: &mut Vec<u8>) {
        self.bits().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        u64::take(bytes).map(Self::from_bits)
    }
}

/// An alarm of before alarms had a life beyond their condition ends where that begins.
impl Field for Alarm {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { id, kind, source, raised_at, raised_by, condition, acknowledged, life } = self;
        id.put(out);
        kind.put(out);
        source.put(out);
        raised_at.put(out);
        raised_by.put(out);
        condition.put(out);
        acknowledged.put(out);
        life.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (id, kind, source) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
        let (raised_at, raised_by) = (Field::take(bytes)?, Field::take(bytes)?);
        let (condition, acknowledged) = (Field::take(bytes)?, Field::take(bytes)?);
        let life = if bytes.is_at_end() { AlarmLife::begin(raised_at) } else { Field::take(bytes)? };
        Ok(Self { id, kind, source, raised_at, raised_by, condition, acknowledged, life })
    }
}

impl Field for BoundCertificates {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.all().fold(0, |count: u8, _| count.saturating_add(1)));
        for (number, until) in self.all() {
            number.put(out);
            until.put(out);
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let count = u8::take(bytes)?;
        (0..count).try_fold(Self::default(), |bound, _| Ok(bound.with(Field::take(bytes)?, Wall::take(bytes)?)))
    }
}

/// An operator of before sessions could be void has none that is; one of before persons were known is nobody's, and one of
/// before certificates were bound has none.
impl Field for Operator {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { id, role, scope, state, factors, locked_until, sessions_void_to, person, certificates } = self;
        id.put(out);
        role.put(out);
        scope.put(out);
        state.put(out);
        factors.put(out);
        locked_until.put(out);
        sessions_void_to.put(out);
        person.put(out);
        certificates.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (id, role, scope) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
        let (state, factors, locked_until) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
        let sessions_void_to = if bytes.is_at_end() { SessionId::new(0) } else { Field::take(bytes)? };
        let person = if bytes.is_at_end() { None } else { Field::take(bytes)? };
        let certificates = if bytes.is_at_end() { BoundCertificates::default() } else { Field::take(bytes)? };
        Ok(Self { id, role, scope, state, factors, locked_until, sessions_void_to, person, certificates })
    }
}

/// A life of before it was kept since when an alarm is shelved ends where that begins.
impl Field for AlarmLife {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { revision, touched_by, raised_times, suppression, assignee, level, .. } = self;
        revision.put(out);
        touched_by.put(out);
        raised_times.put(out);
        suppression.put(out);
        assignee.put(out);
        level.put(out);
        let Self { waiting_since, closing, judgement, label, steps_done, shelved_since, .. } = self;
        waiting_since.put(out);
        closing.put(out);
        judgement.put(out);
        label.put(out);
        steps_done.put(out);
        shelved_since.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            revision: Field::take(bytes)?,
            touched_by: Field::take(bytes)?,
            raised_times: Field::take(bytes)?,
            suppression: Field::take(bytes)?,
            assignee: Field::take(bytes)?,
            level: Field::take(bytes)?,
            waiting_since: Field::take(bytes)?,
            closing: Field::take(bytes)?,
            judgement: Field::take(bytes)?,
            label: Field::take(bytes)?,
            steps_done: Field::take(bytes)?,
            shelved_since: if bytes.is_at_end() { None } else { Field::take(bytes)? },
        })
    }
}

/// A token of before it was kept who made it ends where that begins, and counts as made by its owner; one of before anybody
/// signed in by one was made for a program.
impl Field for ApiToken {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { id, owner, limits, validity, digest, state, maker, sign_in } = self.clone();
        IssuedToken { id, owner, limits, validity, digest, state }.put(out);
        maker.put(out);
        sign_in.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let token = IssuedToken::take(bytes)?;
        let owner = Actor::Operator(token.owner);
        let maker = if bytes.is_at_end() { owner } else { Field::take(bytes)? };
        let sign_in = if bytes.is_at_end() { None } else { Field::take(bytes)? };
        Ok(ApiToken { sign_in, ..token.made_by(maker) })
    }
}
