//! Proofs of who somebody is, as the API sees them: it hands over what was typed or signed and hears whether it is right.
//! Checking, hashing and sealing are the daemon's (`controller/src/operators.rs`); whether somebody may sign in at all, and
//! when they have failed too often, is the core's (`engine/operators.rs`). Nothing here prints a secret.
//!
//! Vocabulary: a *ceremony* is one exchange with a passkey, from the challenge to its answer (WebAuthn, clause 4); a
//! *journey* is one visit to an outside provider, from the redirect to the code it comes back with.

use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::id::{OperatorId, SessionId, TokenId};
use rackward_core::operator::{
    ApiToken, CertificateFault, Factor, Operator, ProviderFault, SignInFailure, SignInMethod,
};
use rackward_core::permission::Assurance;
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
    /// Whether operators may show a certificate.
    pub certificates: bool,
}

/// A ceremony or journey that has begun: what the browser gets, and under which name its answer is expected.
#[derive(Clone)]
pub struct Begun<T> {
    /// What the browser gets.
    pub out: T,
    /// The name, a secret of this browser's.
    pub handle: String,
}

/// What somebody goes to the outside provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// To sign in.
    SignIn,
    /// To prove themselves again.
    StepUp {
        /// Who.
        operator: OperatorId,
        /// For which session.
        session: SessionId,
    },
}

/// Why a journey did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoJourney {
    /// There is no provider here.
    NoProvider,
    /// The provider was asked where it is, in vain.
    InVain(ProviderFault),
    /// It was asked a moment ago, in vain, and is let alone for now.
    NotAskedAgain,
}

/// What a browser brought back from the provider. It has no `Debug`: all of it is secret.
#[derive(Clone, Default)]
pub struct Brought {
    /// The journey on which this browser left, by its cookie.
    pub left: Option<String>,
    /// The journey that the provider names (`state`).
    pub state: Option<String>,
    /// What the provider exchanges for its word (`code`).
    pub code: Option<Typed>,
    /// Why it gives none (`error`).
    pub error: Option<String>,
    /// Who it says it is (`iss`, RFC 9207).
    pub issuer: Option<String>,
}

/// What an outside provider's answer came to.
#[derive(Clone)]
pub enum Vouched {
    /// It is this operator.
    For {
        /// Who.
        operator: OperatorId,
        /// What they went for.
        errand: Errand,
        /// Whether they proved themselves to the provider just now, or were known to it.
        assurance: Assurance,
    },
    /// It is this operator by one factor; a code of their own is wanted beside it, under this name.
    HalfWay(Begun<OperatorId>),
    /// It is nobody, or does not count.
    Refused {
        /// Who, where that is known.
        operator: Option<OperatorId>,
        /// Why.
        cause: SignInFailure,
    },
    /// Nobody was on such a journey: a guess, or a page that was left open for long.
    Stray,
}

/// What a certificate is known by that is an operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundTo {
    /// Its SHA-256.
    Fingerprint([u8; 32]),
    /// The subject that the authority gives to its holder, whichever the certificate.
    Subject(String),
}

/// What a certificate came to that a client has shown, and whose key it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownCertificate {
    /// Whose it is, and which of theirs, where that is known.
    pub holder: Option<(OperatorId, u8)>,
    /// Why it signs in nobody, if it does not.
    pub fault: Option<CertificateFault>,
}

impl ShownCertificate {
    /// One that is nobody's.
    pub const fn refused(fault: CertificateFault) -> Self {
        Self { holder: None, fault: Some(fault) }
    }
}

/// Why an account at the provider, or a certificate, was not bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BindRefused {
    /// There is no provider here.
    #[error("this site has no outside provider; an admin sets one up in the site file, in [oidc]")]
    NoProvider,
    /// It is an operator's already.
    #[error("it is {0}'s already; take it from them first")]
    Taken(OperatorId),
    /// The site takes no certificates of clients.
    #[error(
        "this site takes no certificates of clients; an admin names who signs them in the site file, in [console] client_authority"
    )]
    NoAuthority,
    /// It is no subject of a certificate.
    #[error("a subject is written as in RFC 4514, such as O=Example, CN=build7, with at most 512 characters")]
    MalformedName,
    /// No provider has such an account (OpenID Connect Core 1.0, clause 2: at most 255 ASCII characters).
    #[error("a subject has 1 to 255 visible ASCII characters")]
    Malformed,
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
    fn begin_journey(&self, errand: Errand) -> Pending<Result<Begun<String>, NoJourney>>;

    /// Ends it with what the browser brought back.
    fn finish_journey(&self, brought: Brought) -> Pending<Vouched>;

    /// For whom the provider has given its word by one factor, under this name; counts a try.
    fn half_way(&self, handle: &str) -> Option<OperatorId>;

    /// Checks the code that is wanted beside it: of the app, or a recovery code. One that is right ends the wait.
    fn finish_half_way(&self, handle: &str, operator: OperatorId, code: &Typed) -> Tried;

    /// What is kept of an account at the provider that is to be this operator's.
    ///
    /// # Errors
    /// It cannot be theirs.
    fn provider_account(&self, operator: OperatorId, subject: &str) -> Result<SealedSecret, BindRefused>;

    /// The subject of the account at the provider that was bound to an operator.
    fn provider_subject(&self, operator: OperatorId) -> Option<String>;

    /// Whose a certificate is, the holder's own first and those that signed it behind it (DER).
    fn certificate(&self, shown: &[Vec<u8>]) -> ShownCertificate;

    /// What is kept of a certificate that is to be this operator's, and by which number.
    ///
    /// # Errors
    /// It cannot be theirs.
    fn new_certificate(&self, operator: OperatorId, to: &BoundTo) -> Result<(u8, SealedSecret), BindRefused>;

    /// What a certificate of an operator's was bound by.
    fn bound_certificate(&self, operator: OperatorId, number: u8) -> Option<BoundTo>;
}
