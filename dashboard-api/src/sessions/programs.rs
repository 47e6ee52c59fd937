//! Programs that come with a token: whether it counts, and that what they have started ends with it. That a token ends when
//! its owner is changed, the core sees to.

use std::collections::HashMap;

use rackward_core::engine::command::Scope;
use rackward_core::id::TokenId;
use rackward_core::operator::{ApiToken, OperatorState, TokenState};
use rackward_core::permission::{Actor, Assurance, OperatorRole};
use rackward_core::{Caller, Wall};
use tokio_util::sync::CancellationToken;

use super::{Found, Lease, TOKEN_PREFIX, digest};
use crate::proofs::Proofs;

/// Tokens with which something was started, each with what ends that.
#[derive(Debug, Default)]
pub(super) struct Programs(HashMap<TokenId, CancellationToken>);

impl Programs {
    /// Who comes with this secret, if it counts.
    pub(super) fn find(&mut self, secret: &str, proofs: &dyn Proofs, now: Wall) -> Option<Found> {
        let token = proofs.token(&digest(secret.strip_prefix(TOKEN_PREFIX)?))?;
        let (role, scope) = standing(&token, proofs, now)?;
        let ended = self.0.entry(token.id).or_default().clone();
        let caller =
            Caller { actor: Actor::Token(token.id), role, scope, limits: token.limits, assurance: Assurance::Fresh };
        let remaining = Some(token.validity.to.since(now));
        Some(Found { caller, lease: Lease { ended, remaining }, session: None })
    }

    /// Ends what was started with tokens that do not count any more.
    pub(super) fn review(&mut self, proofs: &dyn Proofs, now: Wall) {
        self.0.retain(|id, ended| {
            let stays = counts(*id, proofs, now);
            if !stays {
                ended.cancel();
            }
            stays
        });
    }
}

/// Whether what a caller came with still counts. Whoever came by another way than with a token is not a program.
pub(super) fn still_counts(caller: &Caller, proofs: &dyn Proofs, now: Wall) -> bool {
    match caller.actor {
        Actor::Token(id) => counts(id, proofs, now),
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Operator(_) => true,
    }
}

fn counts(id: TokenId, proofs: &dyn Proofs, now: Wall) -> bool {
    proofs.issued_token(id).is_some_and(|token| standing(&token, proofs, now).is_some())
}

/// What a token's owner is, as long as it counts.
fn standing(token: &ApiToken, proofs: &dyn Proofs, now: Wall) -> Option<(OperatorRole, Scope)> {
    let owner = proofs.operator(token.owner).filter(|owner| owner.state == OperatorState::Enabled)?;
    let counts = token.state == TokenState::Issued && now >= token.validity.from && now < token.validity.to;
    counts.then_some((owner.role, owner.scope))
}
