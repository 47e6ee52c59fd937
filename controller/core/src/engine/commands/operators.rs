//! What is wanted of operators, and what the shell tells of those who sign in. Here it is decided whose word each takes
//! beside the permission (`permission.rs`): what was proven to the shell only the shell may tell, what is one's own everybody
//! may change, and what makes somebody an operator takes a person, never a token. Tokens are `tokens.rs`, certificates
//! `certificates.rs`, signing in is `sign_in.rs`, what waits for a second operator is `engine/proposals.rs`.
//!
//! Once somebody can sign in as an admin of the whole site, somebody always can: the last one is neither disabled, changed
//! nor reset, and nobody takes away what they sign in with. Whoever is at the machine can make a link for a new one, so a
//! site whose admin lost a key is not lost.

mod certificates;
mod sessions;
mod set_up;
mod sign_in;
mod tokens;

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, refused};
use crate::engine::Engine;
use crate::engine::command::{CommandError, OperatorCommand, OperatorName, Reply, Scope, SealedSecret};
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, PersonId};
use crate::operator::{Factor, Operator, OperatorRole, OperatorState, SecretVersion, TokenSignIn};
use crate::permission::{Actor, Assurance, Denied, Permission, may};
use crate::records::RecordChange;
use sessions::may_end;

/// Operators ever made. Everybody at the console is one; more would be people who only pass doors.
const OPERATORS_MAX: usize = 10_000;

impl Engine {
    pub(super) fn operator_command(&mut self, order: Order, command: OperatorCommand) -> Outcome {
        self.check_whose(&order, &command)?;
        match command {
            OperatorCommand::Create { name, role, scope } => self.create_operator(order, name, role, scope),
            OperatorCommand::Change { operator, role, scope, reason } => {
                self.change_operator(order, operator, role, scope, reason)
            }
            OperatorCommand::SetState { operator, state, reason } => {
                self.set_operator_state(order, operator, state, reason)
            }
            OperatorCommand::SetUp { whom, made } => self.set_up(order, whom, made),
            OperatorCommand::RevokeSession { session, operator, reason } => {
                self.revoke_session(order, session, operator, reason)
            }
            OperatorCommand::SetFactor { operator, factor, secret } => self.set_factor(order, operator, factor, secret),
            OperatorCommand::BindProvider { operator, account, reason } => {
                self.bind_provider(order, operator, account, reason)
            }
            OperatorCommand::BindCertificate { operator, number, until, certificate, reason } => {
                self.bind_certificate(order, operator, (number, certificate), until, reason)
            }
            OperatorCommand::UnbindCertificate { operator, number, reason } => {
                self.unbind_certificate(order, operator, number, reason)
            }
            OperatorCommand::LinkPerson { operator, person, reason } => {
                self.link_person(order, operator, person, reason)
            }
            OperatorCommand::RemoveFactor { operator, factor, reason } => {
                self.remove_factor(order, operator, factor, reason)
            }
            OperatorCommand::Reset { operator, reason } => self.reset_operator(order, operator, reason),
            OperatorCommand::UseRecoveryCode { operator, left, version, secret } => {
                self.use_recovery_code(order, operator, left, version, secret)
            }
            OperatorCommand::KeepSecret { operator, factor, version, secret } => {
                self.keep_secret(operator, factor, version, secret)
            }
            OperatorCommand::EndLockout { operator } => self.end_operator_lockout(order, operator),
            OperatorCommand::NoteLink { operator } => self.note_link(order, operator),
            OperatorCommand::NoteSignIn { operator, method } => self.note_sign_in(order, operator, method),
            OperatorCommand::NoteSignInFailure { operator, cause } => self.note_sign_in_failure(order, operator, cause),
            OperatorCommand::NoteStepUp { session, operator, method } => {
                self.note_step_up(order, session, operator, method)
            }
            OperatorCommand::NoteSessionEnd { session, operator, cause } => {
                self.record(order.now, OperatorEntry::SessionEnded { session, operator, cause });
                Ok(Reply::Done)
            }
            OperatorCommand::NoteSessions { lasting } => {
                self.know_sessions(order.now, &lasting);
                Ok(Reply::Done)
            }
            OperatorCommand::IssueToken { owner, limits, validity, digest, reason } => {
                self.issue_token(order, owner, limits, validity, digest, reason)
            }
            OperatorCommand::SignInByToken { owner, limits, validity, digest, by } => {
                self.sign_in_by_token(order, owner, limits, validity, digest, by)
            }
            OperatorCommand::ReturnToken { token, why } => self.return_token(order, token, why),
            OperatorCommand::RevokeToken { token, reason } => self.revoke_token(order, token, reason),
            OperatorCommand::Confirm { proposal } => self.confirm(order, proposal),
            OperatorCommand::Drop { proposal } => self.drop_proposal(order, proposal),
            OperatorCommand::Reveal { person, reason } => self.reveal(order, person, reason),
        }
    }

    /// Whose word a command takes, beside the permission.
    fn check_whose(&self, order: &Order, command: &OperatorCommand) -> Result<(), CommandError> {
        match command {
            // What somebody has proven, and what became of a session, the shell alone has seen.
            OperatorCommand::SetUp { .. }
            | OperatorCommand::NoteSignIn { .. }
            | OperatorCommand::NoteSignInFailure { .. }
            | OperatorCommand::NoteStepUp { .. }
            | OperatorCommand::NoteSessionEnd { .. }
            | OperatorCommand::NoteSessions { .. }
            | OperatorCommand::SignInByToken { by: TokenSignIn::Certificate(_), .. }
            | OperatorCommand::ReturnToken { .. }
            | OperatorCommand::UseRecoveryCode { .. }
            | OperatorCommand::KeepSecret { .. } => told_by_the_shell(order),
            OperatorCommand::Create { .. }
            | OperatorCommand::Change { .. }
            | OperatorCommand::SetState { .. }
            | OperatorCommand::Reset { .. }
            | OperatorCommand::BindProvider { .. }
            | OperatorCommand::BindCertificate { .. }
            | OperatorCommand::UnbindCertificate { .. }
            | OperatorCommand::LinkPerson { .. }
            | OperatorCommand::EndLockout { .. }
            | OperatorCommand::NoteLink { .. }
            | OperatorCommand::Confirm { .. }
            | OperatorCommand::Drop { .. } => in_person(order),
            OperatorCommand::SetFactor { operator, .. } | OperatorCommand::RemoveFactor { operator, .. } => {
                self.own_or_managed(order, *operator)
            }
            OperatorCommand::RevokeSession { session, operator, .. } => may_end(order, *session, *operator),
            OperatorCommand::IssueToken { owner, .. } => self.own_or_managed(order, *owner),
            OperatorCommand::SignInByToken { owner, by: TokenSignIn::Device, .. } => {
                // Nobody lets a machine in under another's name, whatever they look after.
                if order.by == Actor::Operator(*owner) {
                    self.own_or_managed(order, *owner)
                } else {
                    Err(CommandError::Forbidden)
                }
            }
            OperatorCommand::RevokeToken { token, .. } => {
                let owner = self.records.tokens.get(token).map(|row| row.owner).ok_or_else(|| not_found(token))?;
                self.own_or_managed(order, owner)
            }
            OperatorCommand::Reveal { .. } => Ok(()),
        }
    }

    /// What belongs to an operator changes by their own hand, lately proven to be theirs, or by whoever looks after
    /// operators.
    fn own_or_managed(&self, order: &Order, operator: OperatorId) -> Result<(), CommandError> {
        in_person(order)?;
        match order.by {
            Actor::System => Ok(()),
            Actor::Operator(own) if own == operator => {
                // Whoever begins by a link has the shell set the first factor; a session that has none left is not theirs
                // to be sure.
                match order.caller.assurance {
                    Assurance::Idle | Assurance::Standing => Err(refused(Denied::StepUp(Permission::ManageSelf))),
                    Assurance::Fresh => Ok(()),
                }
            }
            Actor::Operator(_) | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_) => {
                may(&order.caller, Permission::ManageOperators).map_err(refused)
            }
        }
    }

    fn create_operator(&mut self, order: Order, name: OperatorName, role: OperatorRole, scope: Scope) -> Outcome {
        let Order { now, by, .. } = order;
        if self.records.operators.len() >= OPERATORS_MAX {
            return Err(conflict("there are 10,000 operators; enable one who was disabled"));
        }
        let mut problems = Vec::new();
        if self.operators.has_name(&name) {
            problems.push(problem("name", "an operator has this name already; choose another"));
        }
        problems.extend(self.scope_problem(scope));
        invalid(problems)?;
        let last = self.records.operators.last_key_value().map(|(id, _)| id.get());
        let operator = OperatorId::new(numbered(self.next_number("operator", last))?);
        self.record(now, OperatorEntry::Created { operator, role, scope, by });
        self.operators.learn_name(operator, name.clone());
        self.batch.changes.push(RecordChange::OperatorName(operator, name));
        Ok(Reply::Operator(operator))
    }

    fn scope_problem(&self, scope: Scope) -> Option<crate::engine::command::Problem> {
        match scope {
            Scope::Site => None,
            Scope::Organisation(organisation) => self.organisation_problem("organisation", organisation),
        }
    }

    fn change_operator(
        &mut self,
        order: Order,
        operator: OperatorId,
        role: OperatorRole,
        scope: Scope,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let row = self.known_operator(operator)?;
        if by == Actor::Operator(operator) {
            return Err(conflict("nobody changes what they may do themselves; ask another admin"));
        }
        if (row.role, row.scope) == (role, scope) {
            return Err(conflict(format!("{operator} has this role already; nothing was changed")));
        }
        invalid(self.scope_problem(scope).into_iter().collect())?;
        if (role, scope) != (OperatorRole::Admin, Scope::Site) {
            self.keep_an_admin(operator)?;
        }
        self.record(now, OperatorEntry::Changed { operator, role, scope, reason, by });
        self.end_everything_of(order, operator, ReasonText::ours("what its owner may do was changed"));
        Ok(Reply::Operator(operator))
    }

    fn set_operator_state(
        &mut self,
        order: Order,
        operator: OperatorId,
        state: OperatorState,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let before = self.known_operator(operator)?.state;
        match (before, state) {
            (OperatorState::Enabled, OperatorState::Enabled) => {
                return Err(conflict(format!("{operator} is enabled already")));
            }
            (OperatorState::Disabled, OperatorState::Disabled) => {
                return Err(conflict(format!("{operator} is disabled already")));
            }
            (OperatorState::Enabled, OperatorState::Disabled) => self.keep_an_admin(operator)?,
            (OperatorState::Disabled, OperatorState::Enabled) => {}
        }
        self.record(now, OperatorEntry::StateChanged { operator, state, reason, by });
        if state == OperatorState::Disabled {
            self.end_everything_of(order, operator, ReasonText::ours("its owner was disabled"));
        }
        Ok(Reply::Operator(operator))
    }

    /// Refuses what would leave nobody who can sign in as an admin of the site.
    fn keep_an_admin(&self, operator: OperatorId) -> Result<(), CommandError> {
        let is_admin = |row: &&Operator| {
            (row.role, row.scope, row.state) == (OperatorRole::Admin, Scope::Site, OperatorState::Enabled)
                && row.factors.can_sign_in()
        };
        let admins: Vec<OperatorId> = self.records.operators.values().filter(is_admin).map(|row| row.id).collect();
        if admins == [operator] {
            let message = format!("{operator} is the last admin who can sign in; have another one sign in first");
            return Err(conflict(message));
        }
        Ok(())
    }

    /// Tokens of a role that is gone, and what was proposed with it, count no more. Sessions the shell ends, which sees up to
    /// which number the operator's row says that they are void.
    fn end_everything_of(&mut self, order: Order, operator: OperatorId, reason: ReasonText) {
        self.revoke_tokens_of(order, operator, &reason);
        self.drop_proposals_of(order, operator);
    }

    fn set_factor(&mut self, order: Order, operator: OperatorId, factor: Factor, secret: SealedSecret) -> Outcome {
        self.known_operator(operator)?;
        if let Factor::Passkey(number) = factor
            && number >= crate::operator::PASSKEYS_MAX
        {
            let message = "an operator has 8 passkeys at most, numbered from 0; remove one first";
            return invalid(vec![problem("passkey", message)]).map(|()| Reply::Done);
        }
        self.put_factor(order, operator, factor, secret);
        Ok(Reply::Done)
    }

    fn put_factor(&mut self, order: Order, operator: OperatorId, factor: Factor, secret: SealedSecret) {
        self.record(order.now, OperatorEntry::FactorSet { operator, factor, by: order.by });
        self.batch.changes.push(RecordChange::OperatorSecret(operator, factor, Some(secret)));
    }

    /// That no other operator has the account, the shell knows, which keeps it; one that two had would sign in nobody.
    fn bind_provider(
        &mut self,
        order: Order,
        operator: OperatorId,
        account: SealedSecret,
        reason: ReasonText,
    ) -> Outcome {
        self.known_operator(operator)?;
        self.record(order.now, OperatorEntry::ProviderBound { operator, reason, by: order.by });
        self.batch.changes.push(RecordChange::OperatorSecret(operator, Factor::Provider, Some(account)));
        Ok(Reply::Operator(operator))
    }

    /// Which person an operator is decides whose access they may review, so nobody says it of themselves.
    fn link_person(
        &mut self,
        order: Order,
        operator: OperatorId,
        person: Option<PersonId>,
        reason: ReasonText,
    ) -> Outcome {
        let before = self.known_operator(operator)?.person;
        if let Some(person) = person.filter(|person| !self.records.persons.contains_key(person)) {
            return Err(not_found(person));
        }
        if self.people_behind(order.by).contains(&Actor::Operator(operator)) {
            return Err(conflict("nobody says of themselves which person they are; somebody else must"));
        }
        if before == person {
            return Err(conflict(format!("that is on record of {operator} already; nothing was changed")));
        }
        self.record(order.now, OperatorEntry::PersonLinked { operator, person, reason, by: order.by });
        Ok(Reply::Operator(operator))
    }

    fn remove_factor(&mut self, order: Order, operator: OperatorId, factor: Factor, reason: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        let before = self.known_operator(operator)?.factors;
        let after = before.without(factor);
        if after == before {
            return Err(conflict(format!("{operator} has no such factor; nothing was changed")));
        }
        if by == Actor::Operator(operator) && !after.can_sign_in() {
            return Err(conflict("you could not sign in any more; set another factor first"));
        }
        if !after.can_sign_in() {
            self.keep_an_admin(operator)?;
        }
        self.record(now, OperatorEntry::FactorRemoved { operator, factor, reason, by });
        self.batch.changes.push(RecordChange::OperatorSecret(operator, factor, None));
        Ok(Reply::Done)
    }

    /// Takes everything away with which somebody proves themselves or acts in that name, all at once: whoever has their phone
    /// may have their session as well.
    fn reset_operator(&mut self, order: Order, operator: OperatorId, reason: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        let Operator { factors, certificates, .. } = *self.known_operator(operator)?;
        if by == Actor::Operator(operator) {
            return Err(conflict("nobody resets themselves; set what is new first, then remove what is old"));
        }
        self.keep_an_admin(operator)?;
        self.record(now, OperatorEntry::Reset { operator, reason, by });
        let bound = certificates.all().map(|(number, _)| Factor::Certificate(number));
        let gone = factors.all().chain(bound).map(|factor| RecordChange::OperatorSecret(operator, factor, None));
        self.batch.changes.extend(gone);
        self.end_everything_of(order, operator, ReasonText::ours("its owner begins anew"));
        Ok(Reply::Operator(operator))
    }

    fn use_recovery_code(
        &mut self,
        order: Order,
        operator: OperatorId,
        left: u8,
        version: SecretVersion,
        secret: SealedSecret,
    ) -> Outcome {
        let before = self.known_operator(operator)?.factors.recovery_codes;
        if left >= before {
            return Err(conflict(format!("{operator} has {before} recovery codes left; one was used twice")));
        }
        let factor = Factor::RecoveryCodes(left);
        self.take_used_secret(operator, factor, version)?;
        self.record(order.now, OperatorEntry::RecoveryCodeUsed { operator, left });
        self.batch.changes.push(RecordChange::OperatorSecretUsed(operator, factor, secret));
        Ok(Reply::Done)
    }

    /// A counter moved on; that somebody signed in is told by itself.
    fn keep_secret(
        &mut self,
        operator: OperatorId,
        factor: Factor,
        version: SecretVersion,
        secret: SealedSecret,
    ) -> Outcome {
        let factors = self.known_operator(operator)?.factors;
        if factors.without(factor) == factors {
            return Err(conflict(format!("{operator} has no such factor; set it first")));
        }
        self.take_used_secret(operator, factor, version)?;
        self.batch.changes.push(RecordChange::OperatorSecretUsed(operator, factor, secret));
        Ok(Reply::Done)
    }

    /// Refuses what was checked against a secret that is not the newest: the factor was set anew meanwhile, or a later proof
    /// came first.
    fn take_used_secret(
        &mut self,
        operator: OperatorId,
        factor: Factor,
        version: SecretVersion,
    ) -> Result<(), CommandError> {
        if self.operators.take_used_secret(operator, factor, version, &self.batch.changes) {
            return Ok(());
        }
        Err(conflict(format!(
            "{operator} proved themselves otherwise or was given another factor meanwhile; sign in again"
        )))
    }

    fn note_link(&mut self, order: Order, operator: Option<OperatorId>) -> Outcome {
        if let Some(operator) = operator {
            self.known_operator(operator)?;
        }
        self.record(order.now, OperatorEntry::LinkMade { operator, by: order.by });
        Ok(Reply::Done)
    }

    fn reveal(&mut self, order: Order, person: PersonId, reason: ReasonText) -> Outcome {
        self.known_person(person)?;
        self.record(order.now, OperatorEntry::Revealed { person, reason, by: order.by });
        Ok(Reply::Done)
    }

    pub(super) fn known_operator(&self, operator: OperatorId) -> Result<&Operator, CommandError> {
        self.records.operators.get(&operator).ok_or_else(|| not_found(operator))
    }
}

/// What only the shell has seen.
fn told_by_the_shell(order: &Order) -> Result<(), CommandError> {
    if order.by == Actor::System { Ok(()) } else { Err(CommandError::Forbidden) }
}

/// What a program never does, whatever its token was made for: it would outlive the token.
fn in_person(order: &Order) -> Result<(), CommandError> {
    match order.by {
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Operator(_) => Ok(()),
        Actor::Token(_) => Err(refused(Denied::Token(Permission::ManageSelf))),
    }
}
