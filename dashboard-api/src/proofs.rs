//! Proofs of who somebody is, as the API sees them: it hands over what was typed or signed and hears whether it is right.
//! Checking, hashing and sealing are the daemon's (`controller/src/operators.rs`); whether somebody may sign in at all, and
//! when they have failed too often, is the core's (`engine/operators.rs`). Nothing here prints a secret.
//!
//! Vocabulary: a *ceremony* is one exchange with a passkey, from the challenge to its answer (WebAuthn, clause 4); a
//! *journey* is one visit to an outside provider, from the redirect to the code it comes back with.

use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::{ApiToken, Factor, Operator, SignInFailure, SignInMethod};
use serde_json::Value;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::backend::{Pending, Unavailable};

/// Something typed that nobody else may see; wiped when dropped, never printed.
#[derive(Clone)]
pub struct Typed(Zeroizing<String>);

impl Typed {
    /// The longest that is looked at, in bytes; whatever is longer is none of our passwords or codes.
    pub const MAX_BYTES: usize = 1024;

    /// Takes what was typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for checking it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Typed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// What a try to prove oneself came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It is them.
    Right {
        /// How they proved it.
        method: SignInMethod,
        /// What must be recorded before it counts: a recovery code that is used up, a passkey's new counter.
        first: Option<OperatorCommand>,
    },
    /// It is not.
    Failed(SignInFailure),
}

/// Which ways of signing in there are at this site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ways {
    /// Whether passkeys work: they need a host name, which an address is not (WebAuthn, clause 5.1.2).
    pub passkeys: bool,
    /// What the button for the outside provider says, where there is one.
    pub provider: Option<String>,
}

/// A ceremony or journey that has begun: what the browser gets, and under which name its answer is expected.
#[derive(Clone)]
pub struct Begun<T> {
    /// What the browser gets.
    pub out: T,
    /// The name, a secret of this browser's.
    pub handle: String,
}

/// What an outside provider's answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// It is this operator.
    For(OperatorId),
    /// It is nobody known here, or the answer is not the provider's.
    ForNobody,
    /// The provider cannot be reached.
    Away,
}

/// Why a new factor was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactorRefused {
    /// The daemon cannot make it now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The answer does not fit the challenge, or the challenge is over.
    #[error("the passkey's answer does not fit; begin again")]
    Ceremony,
    /// The operator has as many as there can be.
    #[error("there are as many passkeys as one operator can have; have an admin take one away first")]
    TooMany,
    /// The console has no host name.
    #[error("passkeys need the console to have a host name; an admin sets it in the site file, in [console] names")]
    NoPasskeys,
}

/// Checks who somebody is.
pub trait Proofs: Send + Sync + 'static {
    /// An operator, as the journal has it now.
    fn operator(&self, operator: OperatorId) -> Option<Operator>;

    /// Everybody who may run the site, as the journal has it now.
    fn operators(&self) -> Vec<Operator>;

    /// The name an operator signs in with.
    fn name_of(&self, operator: OperatorId) -> Option<String>;

    /// Whose name this is.
    fn named(&self, name: &str) -> Option<OperatorId>;

    /// The token whose secret has this SHA-256.
    fn token(&self, digest: &[u8; 32]) -> Option<ApiToken>;

    /// A token by its number, unless it was revoked.
    fn issued_token(&self, token: TokenId) -> Option<ApiToken>;

    /// Moves on whenever an operator or token has changed.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Which ways there are.
    fn ways(&self) -> Ways;

    /// Checks a password with a code of the app or a recovery code. It takes as long for nobody as for somebody.
    fn try_password(
        &self,
        operator: Option<OperatorId>,
        password: Typed,
        code: Typed,
    ) -> Pending<Result<Tried, Unavailable>>;

    /// Checks one factor of somebody who is signed in: a code of the app where `code` is given, else the password.
    fn try_again(
        &self,
        operator: OperatorId,
        password: Option<Typed>,
        code: Option<Typed>,
    ) -> Pending<Result<Tried, Unavailable>>;

    /// Hashes a new password.
    fn new_password(&self, password: Typed) -> Pending<Result<SealedSecret, Unavailable>>;

    /// Draws the secret of an authenticator app: 160 bits in base32 (RFC 4226, clause 4).
    ///
    /// # Errors
    /// The system gives no random numbers.
    fn draw_app_secret(&self) -> Result<Zeroizing<String>, Unavailable>;

    /// Seals an app's secret, once the app has shown a code of it; that code is not taken again.
    fn accept_app(&self, secret: &str, code: &Typed) -> Option<SealedSecret>;

    /// Draws recovery codes.
    ///
    /// # Errors
    /// The system gives no random numbers.
    fn draw_recovery_codes(&self) -> Result<(Vec<String>, SealedSecret), Unavailable>;

    /// Begins to make a passkey for somebody with this name; those they have already are not made twice.
    ///
    /// # Errors
    /// There are no passkeys here.
    fn begin_passkey(&self, operator: Option<OperatorId>, name: &str) -> Result<Begun<Value>, FactorRefused>;

    /// Takes a new passkey, and says as which of the operator's it is to be kept.
    ///
    /// # Errors
    /// The answer does not fit.
    fn finish_passkey(
        &self,
        operator: Option<OperatorId>,
        handle: &str,
        answer: &str,
    ) -> Result<(Factor, SealedSecret), FactorRefused>;

    /// Begins to ask for a passkey, of whomever it is.
    ///
    /// # Errors
    /// There are no passkeys here.
    fn begin_sign_in(&self) -> Result<Begun<Value>, FactorRefused>;

    /// Whose passkey answered, and what that comes to.
    fn finish_sign_in(&self, handle: &str, answer: &str) -> (Option<OperatorId>, Tried);

    /// Begins a journey to the outside provider; what comes out is the address to go to.
    fn begin_journey(&self) -> Pending<Option<Begun<String>>>;

    /// Ends it with what the browser brought back.
    fn finish_journey(&self, handle: String, code: Typed) -> Pending<Vouched>;
}
