//! Operators: those who run the site at the console, the command line and the API, and the programs that ask in their name.
//! What each may do is `permission.rs`; how they prove who they are is the shell's to check and `engine/operators.rs`'s to
//! judge. Passwords, keys and names are not here: only whether there are any.

use crate::engine::command::{Caller, Scope};
use crate::id::{AlarmId, OperatorId, PersonId, SessionId, TokenId};
use crate::people::Validity;
use crate::permission::{Actor, Assurance, PermissionSet};
use crate::time::Wall;

/// What an operator is at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorRole {
    /// A screen on a wall: sees doors and alarms, no people, does nothing.
    WallScreen,
    /// Sees and reads everything, does nothing.
    Auditor,
    /// Looks after doors and racks: sees the site, answers what needs a hand, finds racks.
    Facilities,
    /// Answers alarms, opens doors, orders modes, stops people and cards; does not give rights.
    Security,
    /// As security, and reviews emergencies, takes things out of service, sees what is hidden.
    SecuritySupervisor,
    /// Gives rights, looks after devices and operators.
    Admin,
}

impl OperatorRole {
    /// Every role, the narrowest first.
    pub const ALL: [Self; 6] =
        [Self::WallScreen, Self::Auditor, Self::Facilities, Self::Security, Self::SecuritySupervisor, Self::Admin];

    /// The word for it in the API, on the command line and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WallScreen => "wall_screen",
            Self::Auditor => "auditor",
            Self::Facilities => "facilities",
            Self::Security => "security",
            Self::SecuritySupervisor => "security_supervisor",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who runs the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// With which role.
    pub role: OperatorRole,
    /// Over what.
    pub scope: Scope,
    /// Whether they may sign in.
    pub state: OperatorState,
    /// With what they can prove themselves.
    pub factors: Factors,
    /// Until when nobody can sign in as them, after too many failures.
    pub locked_until: Option<Wall>,
    /// Their sessions up to this number count no more: they were disabled, changed or reset since.
    pub sessions_void_to: SessionId,
    /// Which person they are, where that is known: nobody reviews their own access.
    pub person: Option<PersonId>,
    /// The certificates by which their programs sign in.
    pub certificates: BoundCertificates,
}

/// Whether an operator may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorState {
    /// Yes.
    Enabled,
    /// No; sessions and tokens are void.
    Disabled,
}

/// With what an operator can prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    /// How many passwords: none or one.
    pub passwords: u8,
    /// How many authenticator apps: none or one.
    pub totp: u8,
    /// Which passkeys.
    pub passkeys: Passkeys,
    /// How many recovery codes are left.
    pub recovery_codes: u8,
    /// How many identities of an outside provider: none or one.
    pub provider: u8,
}

/// The most passkeys of one operator.
pub const PASSKEYS_MAX: u8 = 8;

/// Which of an operator's passkeys there are, by number from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passkeys(u8);

impl Passkeys {
    /// Those whose bits are set, as the journal has them.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// A bit for each.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Their numbers.
    pub fn numbers(self) -> impl Iterator<Item = u8> {
        (0..PASSKEYS_MAX).filter(move |number| self.0 & 1 << number != 0)
    }

    /// The lowest number that is free; `None` when there are as many as can be.
    pub fn free(self) -> Option<u8> {
        (0..PASSKEYS_MAX).find(|number| self.0 & 1 << number == 0)
    }

    /// The bit of a number; none for one that cannot be.
    const fn bit(number: u8) -> u8 {
        if number < PASSKEYS_MAX { 1 << number } else { 0 }
    }
}

/// The most certificates of one operator.
pub const CERTIFICATES_MAX: u8 = 8;

/// The certificates that are bound to an operator, by number from 0, each with the first instant at which it counts no more.
/// Which certificate a number stands for is among the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoundCertificates([Option<Wall>; CERTIFICATES_MAX as usize]);

impl BoundCertificates {
    /// Each, with its end.
    pub fn all(self) -> impl Iterator<Item = (u8, Wall)> {
        (0..CERTIFICATES_MAX).zip(self.0).filter_map(|(number, until)| Some((number, until?)))
    }

    /// Until when one is bound; `None` where there is none.
    pub fn until(self, number: u8) -> Option<Wall> {
        self.0.get(usize::from(number)).copied().flatten()
    }

    /// The lowest number that is free; `None` when there are as many as can be.
    pub fn free(self) -> Option<u8> {
        (0..CERTIFICATES_MAX).find(|number| self.until(*number).is_none())
    }

    /// The same with one more; a number that cannot be changes nothing.
    #[must_use]
    pub fn with(mut self, number: u8, until: Wall) -> Self {
        if let Some(place) = self.0.get_mut(usize::from(number)) {
            *place = Some(until);
        }
        self
    }

    /// The same without one.
    #[must_use]
    pub fn without(mut self, number: u8) -> Self {
        if let Some(place) = self.0.get_mut(usize::from(number)) {
            *place = None;
        }
        self
    }
}

impl Factors {
    /// The same with this one set. Certificates are kept beside the factors, since each has an end.
    #[must_use]
    pub const fn with(mut self, factor: Factor) -> Self {
        match factor {
            Factor::Password => self.passwords = 1,
            Factor::Totp => self.totp = 1,
            Factor::Passkey(number) => self.passkeys.0 |= Passkeys::bit(number),
            Factor::RecoveryCodes(count) => self.recovery_codes = count,
            Factor::Provider => self.provider = 1,
            Factor::Certificate(_) => {}
        }
        self
    }

    /// The same without this one; of recovery codes, without any.
    #[must_use]
    pub const fn without(mut self, factor: Factor) -> Self {
        match factor {
            Factor::Password => self.passwords = 0,
            Factor::Totp => self.totp = 0,
            Factor::Passkey(number) => self.passkeys.0 &= !Passkeys::bit(number),
            Factor::RecoveryCodes(_) => self.recovery_codes = 0,
            Factor::Provider => self.provider = 0,
            Factor::Certificate(_) => {}
        }
        self
    }

    /// Whether they are enough to sign in with: a password alone is not, nor are recovery codes, which end.
    pub const fn can_sign_in(self) -> bool {
        self.passkeys.0 != 0 || self.provider != 0 || (self.passwords != 0 && self.totp != 0)
    }

    /// Each of them.
    pub fn all(self) -> impl Iterator<Item = Factor> {
        let one = |count: u8, factor| (count != 0).then_some(factor);
        let others = [
            one(self.passwords, Factor::Password),
            one(self.totp, Factor::Totp),
            one(self.recovery_codes, Factor::RecoveryCodes(self.recovery_codes)),
            one(self.provider, Factor::Provider),
        ];
        others.into_iter().flatten().chain(self.passkeys.numbers().map(Factor::Passkey))
    }
}

impl Operator {
    /// The caller that a signed-in operator is; `None` for one who is disabled.
    pub const fn caller(&self, assurance: Assurance) -> Option<Caller> {
        match self.state {
            OperatorState::Enabled => {
                Some(Caller { assurance, ..Caller::new(Actor::Operator(self.id), self.role, self.scope) })
            }
            OperatorState::Disabled => None,
        }
    }

    /// Until when they are locked out, if they are at a moment.
    pub fn locked_until_after(&self, at: Wall) -> Option<Wall> {
        self.locked_until.filter(|until| *until > at)
    }

    /// Whether a caller is still what the record says.
    pub fn is_as(&self, caller: &Caller) -> bool {
        (self.state, self.role, self.scope) == (OperatorState::Enabled, caller.role, caller.scope)
    }
}

impl ApiToken {
    /// Whether it counts at a moment, as far as its owner is enabled.
    pub fn counts_at(&self, at: Wall) -> bool {
        self.state == TokenState::Issued && self.validity.contains(at)
    }

    /// The caller that a program with it is: its owner with less; `None` where it counts for nothing. It was made for what
    /// it may, so it needs no step-up.
    pub fn caller(&self, owner: &Operator, at: Wall) -> Option<Caller> {
        let caller = owner.caller(Assurance::Fresh).filter(|_| self.counts_at(at) && owner.id == self.owner)?;
        Some(Caller { actor: Actor::Token(self.id), limits: self.limits, ..caller })
    }
}

/// One thing with which an operator proves themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// A password.
    Password,
    /// Codes of an authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn), by its number, from 0 to 7.
    Passkey(u8),
    /// Recovery codes; the number is how many were made.
    RecoveryCodes(u8),
    /// An identity of an outside provider (OpenID Connect).
    Provider,
    /// A certificate that was bound to the operator, by its number, from 0 to 7.
    Certificate(u8),
}

impl Factor {
    /// The factor without what changes of it: recovery codes are one, however many are left.
    #[must_use]
    pub const fn kind(self) -> Self {
        match self {
            Self::RecoveryCodes(_) => Self::RecoveryCodes(0),
            Self::Password | Self::Totp | Self::Passkey(_) | Self::Provider | Self::Certificate(_) => self,
        }
    }
}

/// Which of the secrets that one factor has had since the daemon started is meant: how often it was set anew, and how often
/// that one was used since. Whoever checks a proof says by it what was checked, so that what was read before the factor was
/// set anew never takes the place of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecretVersion {
    set: u64,
    used: u64,
}

impl SecretVersion {
    /// The version after the factor was set anew or taken away.
    #[must_use]
    pub const fn set_anew(self) -> Self {
        Self { set: self.set + 1, used: 0 }
    }

    /// The version after a use that changed what is kept.
    #[must_use]
    pub const fn used_once_more(self) -> Self {
        Self { used: self.used + 1, ..self }
    }

    /// Whether this is a later state of the same secret.
    pub const fn follows(self, before: Self) -> bool {
        self.set == before.set && self.used > before.used
    }
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// A one-time link made on the machine.
    Link,
    /// Password and authenticator app.
    PasswordTotp,
    /// A passkey.
    Passkey,
    /// Password and recovery code.
    RecoveryCode,
    /// An outside provider.
    Provider,
    /// A certificate in the TLS handshake.
    Certificate,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFailure {
    /// Nobody has this name, or the password or code was wrong: not told apart.
    Wrong,
    /// The operator is disabled.
    Disabled,
    /// The operator is locked out.
    LockedOut,
    /// The code was used before.
    Replayed,
    /// The link was used before, is too old or was never made.
    Link,
    /// The outside provider vouched for somebody who is no operator here.
    Provider,
    /// It did not come to that.
    ProviderFault(ProviderFault),
    /// Somebody who is signed in typed the code of a device sign-in that is none.
    DeviceCode,
    /// A certificate was shown that signs in nobody.
    Certificate(CertificateFault),
}

/// Why a certificate signs in nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateFault {
    /// None of the authorities that count here has signed it.
    Foreign,
    /// It is over, or not yet good.
    Expired,
    /// It is nobody's here: it was never bound, or is bound no more.
    Unbound,
    /// It was bound until an end that has passed.
    BindingOver,
    /// Two operators have it, so it is nobody's.
    Ambiguous,
    /// It is not for showing who a client is, or cannot be read.
    Unfit,
}

impl CertificateFault {
    /// Every one, in the order of the journal.
    pub const ALL: [Self; 6] =
        [Self::Foreign, Self::Expired, Self::Unbound, Self::BindingOver, Self::Ambiguous, Self::Unfit];

    /// The word for it in events.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Foreign => "certificate_foreign",
            Self::Expired => "certificate_expired",
            Self::Unbound => "certificate_unbound",
            Self::BindingOver => "certificate_binding_over",
            Self::Ambiguous => "certificate_ambiguous",
            Self::Unfit => "certificate_unfit",
        }
    }
}

/// Why an outside provider's word did not count (OpenID Connect Core 1.0, clauses 3.1.2.7 and 3.1.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProviderFault {
    /// It cannot be reached, or takes too long.
    Away,
    /// Its answer is none that can be used: not of the form, too long, or one that leads elsewhere.
    Answer,
    /// What a browser brought back is of no journey of this browser's, or of one that is over.
    Journey,
    /// The provider itself refused.
    Denied,
    /// It does not take the code: it was used before, or is not ours.
    Code,
    /// The token is another provider's.
    Issuer,
    /// The token is for another program.
    Audience,
    /// The token is of another journey.
    Nonce,
    /// The token's time is over.
    Expired,
    /// The token is not signed, or not in a way that counts.
    Signature,
    /// The token is signed by a key that is none of the provider's.
    Key,
    /// The provider does not say that a second factor was used, and the operator has none here.
    SecondFactor,
    /// Whoever is to prove themselves again has done so too long ago.
    Stale,
    /// Somebody else proved themselves than the session's operator.
    SomebodyElse,
}

impl ProviderFault {
    /// Every one, in the order of the journal.
    pub const ALL: [Self; 14] = [
        Self::Away,
        Self::Answer,
        Self::Journey,
        Self::Denied,
        Self::Code,
        Self::Issuer,
        Self::Audience,
        Self::Nonce,
        Self::Expired,
        Self::Signature,
        Self::Key,
        Self::SecondFactor,
        Self::Stale,
        Self::SomebodyElse,
    ];

    /// The word for it in events.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Away => "provider_away",
            Self::Answer => "provider_answer",
            Self::Journey => "provider_journey",
            Self::Denied => "provider_denied",
            Self::Code => "provider_code",
            Self::Issuer => "provider_issuer",
            Self::Audience => "provider_audience",
            Self::Nonce => "provider_nonce",
            Self::Expired => "provider_expired",
            Self::Signature => "provider_signature",
            Self::Key => "provider_key",
            Self::SecondFactor => "provider_second_factor",
            Self::Stale => "provider_stale",
            Self::SomebodyElse => "provider_somebody_else",
        }
    }
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its holder left.
    SignedOut,
    /// Nobody used it for too long.
    Idle,
    /// Its longest time was over.
    TimeOver,
    /// An operator ended it.
    Revoked,
    /// It came from elsewhere than it was opened at.
    Moved,
    /// Its operator was disabled or changed.
    Disabled,
    /// Another session took its place.
    Crowded,
    /// What was kept of it over a restart cannot be read.
    Lost,
}

/// A token with which a program asks in an operator's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Which.
    pub id: TokenId,
    /// In whose name.
    pub owner: OperatorId,
    /// What it may do, at most what its owner may.
    pub limits: PermissionSet,
    /// From when until when; it always ends.
    pub validity: Validity,
    /// SHA-256 of its secret, which is 32 random bytes.
    pub digest: [u8; 32],
    /// Whether it still counts.
    pub state: TokenState,
    /// Who made it: whoever made one in another's name may hold it, so what it does counts as theirs as well where
    /// somebody else is asked.
    pub maker: Actor,
    /// How its holder signed in, where it came of that; `None` where it was made for a program.
    pub sign_in: Option<TokenSignIn>,
}

/// How the holder of a token signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenSignIn {
    /// An operator let it in at the console, by a code that it showed (RFC 8628).
    Device,
    /// By an operator's certificate with this number.
    Certificate(u8),
}

/// Why a token that came of signing in is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenReturn {
    /// Its holder signed out.
    SignedOut,
    /// Whoever it was made for never fetched it.
    NotFetched,
    /// What it was fetched with was shown again, so somebody else may hold it.
    FetchedTwice,
}

/// A token as it was issued; who made it stands beside it in the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// Which.
    pub id: TokenId,
    /// In whose name.
    pub owner: OperatorId,
    /// What it may do, at most what its owner may.
    pub limits: PermissionSet,
    /// From when until when.
    pub validity: Validity,
    /// SHA-256 of its secret.
    pub digest: [u8; 32],
    /// Whether it counts from the start.
    pub state: TokenState,
}

impl IssuedToken {
    /// The token as it is kept.
    pub fn made_by(self, maker: Actor) -> ApiToken {
        let Self { id, owner, limits, validity, digest, state } = self;
        ApiToken { id, owner, limits, validity, digest, state, maker, sign_in: None }
    }

    /// The token as it is kept whose holder signed in: what it does is its owner's, who alone can hold it.
    pub fn signed_in_by(self, sign_in: TokenSignIn) -> ApiToken {
        let owner = Actor::Operator(self.owner);
        ApiToken { sign_in: Some(sign_in), ..self.made_by(owner) }
    }
}

/// Whether a token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Within its validity.
    Issued,
    /// No more.
    Revoked,
}

/// What waits for a second operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposed {
    /// Shelving a critical alarm.
    Shelve(AlarmId),
    /// Another command that this site lets nobody give alone, by the number of its permission.
    Command(u8),
    /// Taking what a critical alarm is about out of service.
    TakeOutOfService(AlarmId),
}
