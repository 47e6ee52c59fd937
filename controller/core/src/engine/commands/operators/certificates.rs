//! Certificates by which an operator's programs sign in: bound and unbound by whoever looks after operators, always with an
//! end. Whether a certificate that was shown is the one of a number the shell knows, which keeps them; whether its number
//! counts is decided here and in `tokens.rs`.

use super::super::{Order, Outcome, conflict, instant, invalid, not_found, problem, whole_second};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply, SealedSecret};
use crate::engine::commands::terms::LONGEST_GRANT;
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, TokenId};
use crate::operator::{CERTIFICATES_MAX, Factor, TokenSignIn};
use crate::records::RecordChange;
use crate::time::Wall;

impl Engine {
    /// That no other operator has the certificate, the shell knows, which keeps it; one that two had would sign in nobody.
    pub(super) fn bind_certificate(
        &mut self,
        order: Order,
        operator: OperatorId,
        (number, certificate): (u8, SealedSecret),
        until: Wall,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let until = whole_second(until);
        let bound = self.known_operator(operator)?.certificates;
        let mut problems = Vec::new();
        if until <= now.wall {
            problems.push(problem("to_at", "it is over before it is bound; choose an end in the future"));
        } else if until.since(now.wall) > LONGEST_GRANT {
            problems.push(problem("to_at", "a certificate is bound for 366 days at most; bind it again then"));
        }
        invalid(problems)?;
        if number >= CERTIFICATES_MAX {
            return Err(conflict(format!("{operator} has {CERTIFICATES_MAX} certificates; unbind one first")));
        }
        if bound.until(number).is_some() {
            return Err(conflict(format!("{operator} was given a certificate meanwhile; look again")));
        }
        self.record(now, OperatorEntry::CertificateBound { operator, number, until, reason, by });
        let kept = RecordChange::OperatorSecret(operator, Factor::Certificate(number), Some(certificate));
        self.batch.changes.push(kept);
        Ok(Reply::Operator(operator))
    }

    /// Takes it away at once, with every token that came of it.
    pub(super) fn unbind_certificate(
        &mut self,
        order: Order,
        operator: OperatorId,
        number: u8,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        if self.known_operator(operator)?.certificates.until(number).is_none() {
            return Err(not_found(format_args!("certificate {number} of {operator}")));
        }
        self.record(now, OperatorEntry::CertificateUnbound { operator, number, reason, by });
        self.batch.changes.push(RecordChange::OperatorSecret(operator, Factor::Certificate(number), None));
        let why = ReasonText::ours("the certificate by which its holder signed in was taken away");
        for token in self.tokens_by_certificate(operator, number, now.wall) {
            self.record(now, OperatorEntry::TokenRevoked { token, reason: why.clone(), by });
        }
        Ok(Reply::Operator(operator))
    }

    /// Refuses a certificate that is not bound now.
    pub(super) fn check_certificate(&self, operator: OperatorId, number: u8, at: Wall) -> Result<Wall, CommandError> {
        match self.known_operator(operator)?.certificates.until(number) {
            None => Err(conflict(format!("certificate {number} of {operator} is bound no more"))),
            Some(until) if until <= at => {
                Err(conflict(format!("certificate {number} of {operator} was bound until {}", instant(until))))
            }
            Some(until) => Ok(until),
        }
    }

    /// Tokens that count and came of one certificate, the one that ends first at the front.
    pub(super) fn tokens_by_certificate(&self, operator: OperatorId, number: u8, at: Wall) -> Vec<TokenId> {
        let by = Some(TokenSignIn::Certificate(number));
        let mut tokens: Vec<_> = self.tokens_of(operator, at).filter(|token| token.sign_in == by).collect();
        tokens.sort_by_key(|token| (token.validity.to, token.id));
        tokens.into_iter().map(|token| token.id).collect()
    }
}
