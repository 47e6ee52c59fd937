//! What a provider's word comes to here: whose it is, whether it is by two factors, and whether it is fresh. Whether it is
//! the provider's at all was checked before (`openid.rs`); whether an operator may sign in is the core's to say.

use std::time::Duration;

use rackward_core::Now;
use rackward_core::id::OperatorId;
use rackward_core::operator::{ProviderFault, SignInFailure, SignInMethod};
use rackward_core::permission::{Assurance, STEP_UP_GOOD_FOR};
use rackward_dashboard::proofs::{Begun, Errand, Proofs as _, Tried, Typed, Vouched};

use super::openid::{Came, OpenId, Word};
use super::{MissingFactor, Operators};

/// How far the provider's clock may be behind ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

impl Operators {
    pub(super) fn weigh(&self, provider: &OpenId, came: Came, now: Now) -> Vouched {
        match came {
            Came::Stray => Vouched::Stray,
            Came::Refused(errand, fault) => {
                let operator = match errand {
                    Some(Errand::StepUp { operator, .. }) => Some(operator),
                    Some(Errand::SignIn) | None => None,
                };
                Vouched::Refused { operator, cause: SignInFailure::ProviderFault(fault) }
            }
            Came::Vouched { errand, begun, word } => {
                let holders = self.with_account(&word.subject);
                match (errand, holders.as_slice()) {
                    (Errand::SignIn, [operator]) => self.sign_in(provider, *operator, &word, now),
                    (Errand::StepUp { operator, .. }, [holder]) if *holder == operator => {
                        prove_again(errand, operator, &word, begun)
                    }
                    (Errand::StepUp { operator, .. }, _) => refused(operator, ProviderFault::SomebodyElse),
                    (Errand::SignIn, several) => {
                        if several.len() > 1 {
                            tracing::error!(
                                "an account at the outside provider is given to two operators, so it is nobody's"
                            );
                        }
                        Vouched::Refused { operator: None, cause: SignInFailure::Provider }
                    }
                }
            }
        }
    }

    fn sign_in(&self, provider: &OpenId, operator: OperatorId, word: &Word, now: Now) -> Vouched {
        let missing = provider.settings.second_factor.missing;
        match (word.by_two_factors(&provider.settings.second_factor), missing) {
            (true, _) | (false, MissingFactor::Accept) => {
                let known_since = word.authenticated.map(|at| now.wall.since(at));
                let assurance = match known_since {
                    Some(span) if span < STEP_UP_GOOD_FOR => Assurance::Fresh,
                    Some(_) | None => Assurance::Standing,
                };
                Vouched::For { operator, errand: Errand::SignIn, assurance }
            }
            (false, MissingFactor::Refuse) => refused(operator, ProviderFault::SecondFactor),
            (false, MissingFactor::Ask) => {
                let factors = self.operator(operator).map(|known| known.factors).unwrap_or_default();
                let can_answer = factors.totp != 0 || factors.recovery_codes != 0;
                match can_answer.then(|| provider.half_way.begin(operator, now.monotonic)).flatten() {
                    Some(handle) => Vouched::HalfWay(Begun { out: operator, handle }),
                    None => refused(operator, ProviderFault::SecondFactor),
                }
            }
        }
    }

    pub(super) fn second_factor(&self, provider: &OpenId, handle: &str, operator: OperatorId, code: &Typed) -> Tried {
        match self.second(operator, code) {
            Tried::Right { first, .. } => {
                provider.half_way.end(handle);
                Tried::Right { method: SignInMethod::Provider, first }
            }
            Tried::Failed(cause) => Tried::Failed(cause),
        }
    }
}

/// One factor is enough, because the session stands for the others; but it must be shown now (`auth_time`, OpenID Connect
/// Core 1.0, clause 3.1.3.7, step 13).
fn prove_again(errand: Errand, operator: OperatorId, word: &Word, begun: Now) -> Vouched {
    let anew = word.authenticated.is_some_and(|at| at.after(CLOCKS_DIFFER) >= begun.wall);
    if anew {
        Vouched::For { operator, errand, assurance: Assurance::Fresh }
    } else {
        refused(operator, ProviderFault::Stale)
    }
}

fn refused(operator: OperatorId, fault: ProviderFault) -> Vouched {
    Vouched::Refused { operator: Some(operator), cause: SignInFailure::ProviderFault(fault) }
}
