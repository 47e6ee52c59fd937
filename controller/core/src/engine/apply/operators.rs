//! What entries about operators change. Secrets and names are in tables of their own, which no replay can give back.

use crate::engine::command::Scope;
use crate::entry::OperatorEntry;
use crate::id::{OperatorId, SessionId, TokenId};
use crate::operator::{
    ApiToken, BoundCertificates, Factor, Factors, Operator, OperatorRole, OperatorState, TokenState,
};
use crate::permission::Actor;
use crate::records::{RecordChange, Records};

impl Records {
    pub(super) fn apply_to_operators(&mut self, entry: &OperatorEntry, changes: &mut Vec<RecordChange>) {
        let until_now = self.last_session;
        match entry {
            OperatorEntry::Created { operator, role, scope, .. } => {
                self.create_operator(*operator, *role, *scope, changes)
            }
            OperatorEntry::Changed { operator, role, scope, .. } => {
                self.change_operator(*operator, changes, |row| {
                    (row.role, row.scope, row.sessions_void_to) = (*role, *scope, until_now);
                });
            }
            OperatorEntry::StateChanged { operator, state, .. } => {
                self.change_operator(*operator, changes, |row| (row.state, row.sessions_void_to) = (*state, until_now));
            }
            OperatorEntry::Reset { operator, .. } => {
                self.change_operator(*operator, changes, |row| {
                    (row.factors, row.sessions_void_to) = (Factors::default(), until_now);
                    row.certificates = BoundCertificates::default();
                });
            }
            OperatorEntry::FactorSet { operator, factor, .. } => {
                self.change_operator(*operator, changes, |row| row.factors = row.factors.with(*factor));
            }
            OperatorEntry::ProviderBound { operator, .. } => {
                self.change_operator(*operator, changes, |row| row.factors = row.factors.with(Factor::Provider));
            }
            OperatorEntry::PersonLinked { operator, person, .. } => {
                self.change_operator(*operator, changes, |row| row.person = *person);
            }
            OperatorEntry::FactorRemoved { operator, factor, by, .. } => {
                self.remove_factor(*operator, *factor, *by, changes);
            }
            OperatorEntry::RecoveryCodeUsed { operator, left } => {
                self.change_operator(*operator, changes, |row| row.factors.recovery_codes = *left);
            }
            OperatorEntry::LockedOut { operator, until } => {
                self.change_operator(*operator, changes, |row| row.locked_until = Some(*until));
            }
            OperatorEntry::LockoutEnded { operator, .. } => {
                self.change_operator(*operator, changes, |row| row.locked_until = None);
            }
            OperatorEntry::SignedIn { session, .. } => {
                self.last_session = self.last_session.max(*session);
                changes.push(RecordChange::LastSession(self.last_session));
            }
            OperatorEntry::TokenIssued { token, by, .. } => self.keep_token(token.clone().made_by(*by), changes),
            OperatorEntry::TokenSignedIn { token, method, .. } => {
                self.keep_token(token.clone().signed_in_by(*method), changes);
            }
            OperatorEntry::CertificateBound { operator, number, until, .. } => {
                self.change_operator(*operator, changes, |row| {
                    row.certificates = row.certificates.with(*number, *until);
                });
            }
            // Whoever has the key may have opened a session with it.
            OperatorEntry::CertificateUnbound { operator, number, .. } => {
                self.change_operator(*operator, changes, |row| {
                    row.certificates = row.certificates.without(*number);
                    row.sessions_void_to = until_now;
                });
            }
            OperatorEntry::TokenRevoked { token, .. } => self.revoke_token(*token, changes),
            OperatorEntry::Proposed { proposal, .. } => {
                self.last_proposal = self.last_proposal.max(*proposal);
                changes.push(RecordChange::LastProposal(self.last_proposal));
            }
            OperatorEntry::LinkMade { .. }
            | OperatorEntry::SignInFailed { .. }
            | OperatorEntry::SteppedUp { .. }
            | OperatorEntry::SessionEnded { .. }
            | OperatorEntry::SessionRevoked { .. }
            | OperatorEntry::Confirmed { .. }
            | OperatorEntry::Dropped { .. }
            | OperatorEntry::CameTooLate { .. }
            | OperatorEntry::Revealed { .. }
            | OperatorEntry::Viewed { .. }
            | OperatorEntry::NamesShown { .. }
            | OperatorEntry::NamesHidden { .. } => {}
        }
    }

    /// What somebody else takes away may be in wrong hands: what was opened with it ends.
    fn remove_factor(&mut self, id: OperatorId, factor: Factor, by: Actor, changes: &mut Vec<RecordChange>) {
        let until_now = (by != Actor::Operator(id)).then_some(self.last_session);
        self.change_operator(id, changes, |row| {
            row.factors = row.factors.without(factor);
            row.sessions_void_to = until_now.unwrap_or(row.sessions_void_to);
        });
    }

    fn create_operator(&mut self, id: OperatorId, role: OperatorRole, scope: Scope, changes: &mut Vec<RecordChange>) {
        let (state, factors) = (OperatorState::Enabled, Factors::default());
        let (locked_until, person, sessions_void_to) = (None, None, SessionId::new(0));
        let certificates = BoundCertificates::default();
        let row = Operator { id, role, scope, state, factors, locked_until, sessions_void_to, person, certificates };
        self.operators.insert(row.id, row.clone());
        changes.push(RecordChange::Operator(row));
    }

    fn change_operator(&mut self, id: OperatorId, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut Operator)) {
        if let Some(row) = self.operators.get_mut(&id) {
            change(row);
            changes.push(RecordChange::Operator(row.clone()));
        }
    }

    fn keep_token(&mut self, token: ApiToken, changes: &mut Vec<RecordChange>) {
        self.tokens.insert(token.id, token.clone());
        changes.push(RecordChange::Token(token));
    }

    fn revoke_token(&mut self, id: TokenId, changes: &mut Vec<RecordChange>) {
        if let Some(row) = self.tokens.get_mut(&id) {
            row.state = TokenState::Revoked;
            changes.push(RecordChange::Token(row.clone()));
        }
    }
}
