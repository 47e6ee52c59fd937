//! Operators as the daemon knows them beside the engine: their names, and what their factors are checked by. It is filled
//! from the store and follows every durable change ([`Operators::apply`]), so what is compared here is what the journal
//! counts with; only what was used up is known here first, so that nothing works twice in between. It checks; whether
//! somebody may sign in, and after how many failures nobody may, is the core's (`engine/operators.rs`), and sessions are
//! `dashboard-api`'s.
//!
//! Vocabulary: a factor's *secret* is what is kept to check it by; what is kept of secrets that must be had back is *sealed*
//! under the operators' key. A secret's *version* says how often the factor was set anew and used since the start; the engine
//! counts the same and takes nothing that was checked against an older one.

mod app;
mod certificate;
mod key;
mod passkeys;
mod password;
mod provider;
mod recovery;
mod secrets;
mod session_file;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rackward_core::engine::command::{OperatorCommand, OperatorName, SealedSecret};
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::{ApiToken, Factor, Operator, SignInFailure, SignInMethod, TokenState};
use rackward_core::{Now, RecordChange, Records};
use rackward_dashboard::backend::{Pending, Unavailable};
use rackward_dashboard::proofs::{
    Begun, BindRefused, BoundTo, Brought, Errand, FactorRefused, NoJourney, Proofs, ShownCertificate, Tried, Typed,
    Vouched, Ways,
};
use serde_json::Value;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::pki::ClientAuthorities;

pub use key::{OPERATORS_KEY_FILE, OperatorsKey, OperatorsKeyError};
pub use passkeys::PasskeysOff;
pub use provider::{MissingFactor, Provider, ProviderSettings, SecondFactor};
pub use session_file::{SESSIONS_FILE, SessionFile};

use app::AppSecret;
use passkeys::Passkeys;
use password::PasswordWorker;
use secrets::{Kept, Secrets};

/// What is known of operators, shared between the loop, which learns of changes, and the API, which asks; cheap to clone.
#[derive(Clone)]
pub struct Operators(Arc<Inner>);

struct Inner {
    known: RwLock<Known>,
    changes: watch::Sender<u64>,
    key: Option<OperatorsKey>,
    passwords: PasswordWorker,
    passkeys: Passkeys,
    provider: Provider,
    clients: Option<Arc<ClientAuthorities>>,
    clock: fn() -> Now,
}

#[derive(Default)]
struct Known {
    operators: BTreeMap<OperatorId, Operator>,
    names: HashMap<OperatorId, OperatorName>,
    by_name: HashMap<String, OperatorId>,
    secrets: Secrets,
    tokens: BTreeMap<TokenId, ApiToken>,
    by_digest: HashMap<[u8; 32], TokenId>,
}

/// A passkey, whose it is, and which of theirs.
struct Found {
    operator: OperatorId,
    number: u8,
    kept: Kept,
}

/// How operators prove themselves at this site.
pub struct Means {
    /// The key that secrets are sealed under; without it those factors do not work.
    pub key: Option<OperatorsKey>,
    /// The console's address, as browsers write it.
    pub console: String,
    /// The site's name, which passkeys and apps show.
    pub site: String,
    /// The outside provider.
    pub provider: Provider,
    /// Who signs the certificates that operators' programs may show.
    pub clients: Option<Arc<ClientAuthorities>>,
}

impl Operators {
    /// Operators as the store has them. `secrets` is what their factors are checked by.
    pub fn new(
        records: &Records,
        names: impl IntoIterator<Item = (OperatorId, OperatorName)>,
        secrets: impl IntoIterator<Item = ((OperatorId, Factor), SealedSecret)>,
        means: Means,
        clock: fn() -> Now,
    ) -> Self {
        let mut known = Known { operators: records.operators.clone(), ..Known::default() };
        names.into_iter().for_each(|(operator, name)| known.name(operator, name));
        known.secrets = secrets.into_iter().collect();
        records.tokens.values().cloned().for_each(|token| known.token(token));
        Self(Arc::new(Inner {
            known: RwLock::new(known),
            changes: watch::Sender::new(0),
            key: means.key,
            passwords: PasswordWorker::new(),
            passkeys: Passkeys::new(&means.console, &means.site),
            provider: means.provider,
            clients: means.clients,
            clock,
        }))
    }

    /// Learns of a durable change; others than those about operators are none of its business.
    pub fn apply(&self, change: &RecordChange) {
        let mut known = self.write();
        match change {
            RecordChange::Operator(operator) => {
                known.operators.insert(operator.id, operator.clone());
            }
            RecordChange::OperatorName(operator, name) => known.name(*operator, name.clone()),
            RecordChange::OperatorSecret(operator, factor, secret) => {
                known.secrets.set(*operator, *factor, secret.clone());
            }
            RecordChange::Token(token) => known.token(token.clone()),
            _ => return,
        }
        drop(known);
        self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn password_of(&self, operator: OperatorId) -> Option<SealedSecret> {
        self.read().secrets.of(operator, Factor::Password).map(|kept| kept.secret.clone())
    }

    /// Checks a code of the app, and takes none of its step again.
    fn check_app(&self, operator: OperatorId, code: &Typed) -> Result<OperatorCommand, SignInFailure> {
        let key = self.0.key.as_ref().ok_or(SignInFailure::Wrong)?;
        let (now, factor) = ((self.0.clock)().wall, Factor::Totp);
        // Held from reading to writing: of two who come with one code at once, one is too late.
        let mut known = self.write();
        let kept = known.secrets.of(operator, factor).ok_or(SignInFailure::Wrong)?;
        let (read, app) = (kept.version, AppSecret::open(key, &kept.secret).ok_or(SignInFailure::Wrong)?);
        let secret = app.check(code, now)?.seal(key).ok_or(SignInFailure::Wrong)?;
        let version = known.secrets.used(operator, factor, read, secret.clone()).ok_or(SignInFailure::Replayed)?;
        Ok(OperatorCommand::KeepSecret { operator, factor, version, secret })
    }

    /// Checks a recovery code, and takes it out of those that are left.
    fn check_recovery(&self, operator: OperatorId, code: &Typed) -> Option<OperatorCommand> {
        let key = self.0.key.as_ref()?;
        let mut known = self.write();
        let kept = known.secrets.of(operator, recovery::FACTOR)?;
        let (read, (left, secret)) = (kept.version, recovery::without(key, &kept.secret, code)?);
        let version = known.secrets.used(operator, recovery::FACTOR, read, secret.clone())?;
        Some(OperatorCommand::UseRecoveryCode { operator, left, version, secret })
    }

    /// Takes the state of a passkey after it was used; `None` where another proof or a new passkey came first.
    fn passkey_used(&self, found: &Found, secret: SealedSecret) -> Option<OperatorCommand> {
        let (operator, factor) = (found.operator, Factor::Passkey(found.number));
        let version = self.write().secrets.used(operator, factor, found.kept.version, secret.clone())?;
        Some(OperatorCommand::KeepSecret { operator, factor, version, secret })
    }

    /// What a code beside a password that is right comes to.
    fn second(&self, operator: OperatorId, code: &Typed) -> Tried {
        let method = SignInMethod::PasswordTotp;
        if app::looks_like_a_code(code) {
            match self.check_app(operator, code) {
                Ok(first) => Tried::Right { method, first: Some(first) },
                Err(cause) => Tried::Failed(cause),
            }
        } else {
            match self.check_recovery(operator, code) {
                Some(first) => Tried::Right { method: SignInMethod::RecoveryCode, first: Some(first) },
                None => Tried::Failed(SignInFailure::Wrong),
            }
        }
    }

    async fn password_and_code(
        &self,
        operator: Option<OperatorId>,
        password: Typed,
        code: Typed,
    ) -> Result<Tried, Unavailable> {
        let kept = operator.and_then(|operator| self.password_of(operator));
        // Whoever has passkeys alone has no password: then a recovery code stands for itself.
        let has_none = kept.is_none() && password.reveal().is_empty();
        let right = self.0.passwords.is_right(kept, password).await?;
        Ok(match operator {
            Some(operator) if right => self.second(operator, &code),
            Some(operator) if has_none && !app::looks_like_a_code(&code) => self.second(operator, &code),
            Some(_) | None => Tried::Failed(SignInFailure::Wrong),
        })
    }

    async fn one_factor(
        &self,
        operator: OperatorId,
        password: Option<Typed>,
        code: Option<Typed>,
    ) -> Result<Tried, Unavailable> {
        let method = SignInMethod::PasswordTotp;
        if let Some(code) = code {
            return Ok(match self.check_app(operator, &code) {
                Ok(first) => Tried::Right { method, first: Some(first) },
                Err(cause) => Tried::Failed(cause),
            });
        }
        let Some(password) = password else { return Ok(Tried::Failed(SignInFailure::Wrong)) };
        let right = self.0.passwords.is_right(self.password_of(operator), password).await?;
        Ok(if right { Tried::Right { method, first: None } } else { Tried::Failed(SignInFailure::Wrong) })
    }

    /// Whose passkey has this id, and which of theirs it is.
    fn passkey_with(&self, credential: &[u8]) -> Option<Found> {
        let known = self.read();
        let mut passkeys = known.secrets.passkeys();
        let found = passkeys.find(|(_, _, kept)| passkeys::has_id(&kept.secret, credential));
        found.map(|(operator, number, kept)| Found { operator, number, kept: kept.clone() })
    }
}

impl Known {
    fn name(&mut self, operator: OperatorId, name: OperatorName) {
        if let Some(before) = self.names.insert(operator, name.clone()) {
            self.by_name.remove(before.reveal());
        }
        self.by_name.insert(name.reveal().to_owned(), operator);
    }

    fn token(&mut self, token: ApiToken) {
        self.by_digest.insert(token.digest, token.id);
        self.tokens.insert(token.id, token);
    }

    fn passkeys_of(&self, operator: OperatorId) -> Vec<SealedSecret> {
        let own = self.secrets.passkeys().filter(|(holder, _, _)| *holder == operator);
        own.map(|(_, _, kept)| kept.secret.clone()).collect()
    }
}

impl Proofs for Operators {
    fn operator(&self, operator: OperatorId) -> Option<Operator> {
        self.read().operators.get(&operator).cloned()
    }

    fn operators(&self) -> Vec<Operator> {
        self.read().operators.values().cloned().collect()
    }

    fn name_of(&self, operator: OperatorId) -> Option<String> {
        self.read().names.get(&operator).map(|name| name.reveal().to_owned())
    }

    fn named(&self, name: &str) -> Option<OperatorId> {
        self.read().by_name.get(name).copied()
    }

    fn token(&self, digest: &[u8; 32]) -> Option<ApiToken> {
        let known = self.read();
        known.by_digest.get(digest).and_then(|token| known.tokens.get(token)).cloned()
    }

    fn issued_token(&self, token: TokenId) -> Option<ApiToken> {
        self.read().tokens.get(&token).filter(|token| token.state == TokenState::Issued).cloned()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn ways(&self) -> Ways {
        Ways {
            passkeys: self.0.passkeys.work(),
            provider: self.0.provider.button(),
            certificates: self.0.clients.is_some(),
        }
    }

    fn try_password(
        &self,
        operator: Option<OperatorId>,
        password: Typed,
        code: Typed,
    ) -> Pending<Result<Tried, Unavailable>> {
        let this = self.clone();
        Box::pin(async move { this.password_and_code(operator, password, code).await })
    }

    fn try_again(
        &self,
        operator: OperatorId,
        password: Option<Typed>,
        code: Option<Typed>,
    ) -> Pending<Result<Tried, Unavailable>> {
        let this = self.clone();
        Box::pin(async move { this.one_factor(operator, password, code).await })
    }

    fn new_password(&self, password: Typed) -> Pending<Result<SealedSecret, Unavailable>> {
        let passwords = self.0.passwords.clone();
        Box::pin(async move { passwords.hash(password).await })
    }

    fn draw_app_secret(&self) -> Result<Zeroizing<String>, Unavailable> {
        app::draw()
    }

    fn accept_app(&self, secret: &str, code: &Typed) -> Option<SealedSecret> {
        let app = AppSecret::of_base32(secret)?;
        app.check(code, (self.0.clock)().wall).ok()?.seal(self.0.key.as_ref()?)
    }

    fn draw_recovery_codes(&self) -> Result<(Vec<String>, SealedSecret), Unavailable> {
        recovery::draw(self.0.key.as_ref().ok_or(Unavailable)?)
    }

    fn begin_passkey(&self, operator: Option<OperatorId>, name: &str) -> Result<Begun<Value>, FactorRefused> {
        let had = operator.map(|operator| self.read().passkeys_of(operator)).unwrap_or_default();
        self.0.passkeys.begin(name, &had, (self.0.clock)().monotonic)
    }

    fn finish_passkey(
        &self,
        operator: Option<OperatorId>,
        handle: &str,
        answer: &str,
    ) -> Result<(Factor, SealedSecret), FactorRefused> {
        let made = self.0.passkeys.finish(handle, answer, (self.0.clock)().monotonic)?;
        // One that is somebody's already would sign in whoever is found first.
        if self.passkey_with(&made.id).is_some() {
            return Err(FactorRefused::Ceremony);
        }
        let had = operator.and_then(|operator| self.operator(operator)).map(|operator| operator.factors.passkeys);
        let number = had.unwrap_or_default().free().ok_or(FactorRefused::TooMany)?;
        Ok((Factor::Passkey(number), made.secret))
    }

    fn begin_sign_in(&self) -> Result<Begun<Value>, FactorRefused> {
        self.0.passkeys.ask((self.0.clock)().monotonic)
    }

    fn finish_sign_in(&self, handle: &str, answer: &str) -> (Option<OperatorId>, Tried) {
        let wrong = Tried::Failed(SignInFailure::Wrong);
        let Some(id) = passkeys::credential_of(answer) else { return (None, wrong) };
        let found = self.passkey_with(&id);
        let kept = found.as_ref().map(|found| &found.kept.secret);
        let moved = self.0.passkeys.check(handle, answer, kept, (self.0.clock)().monotonic);
        let Some(found) = found else { return (None, wrong) };
        let right = |first| Tried::Right { method: SignInMethod::Passkey, first };
        let tried = match moved {
            Err(cause) => Tried::Failed(cause),
            Ok(None) => right(None),
            Ok(Some(secret)) => match self.passkey_used(&found, secret) {
                Some(first) => right(Some(first)),
                None => Tried::Failed(SignInFailure::Replayed),
            },
        };
        (Some(found.operator), tried)
    }

    fn begin_journey(&self, errand: Errand) -> Pending<Result<Begun<String>, NoJourney>> {
        self.0.provider.begin(errand, (self.0.clock)())
    }

    fn finish_journey(&self, brought: Brought) -> Pending<Vouched> {
        Box::pin(self.clone().finish(brought, (self.0.clock)()))
    }

    fn half_way(&self, handle: &str) -> Option<OperatorId> {
        self.is_half_way(handle, (self.0.clock)())
    }

    fn finish_half_way(&self, handle: &str, operator: OperatorId, code: &Typed) -> Tried {
        self.end_half_way(handle, operator, code)
    }

    fn provider_account(&self, operator: OperatorId, subject: &str) -> Result<SealedSecret, BindRefused> {
        self.new_account(operator, subject)
    }

    fn provider_subject(&self, operator: OperatorId) -> Option<String> {
        self.account_of(operator)
    }

    fn certificate(&self, shown: &[Vec<u8>]) -> ShownCertificate {
        self.holder_of(shown)
    }

    fn new_certificate(&self, operator: OperatorId, to: &BoundTo) -> Result<(u8, SealedSecret), BindRefused> {
        self.bind_to(operator, to)
    }

    fn bound_certificate(&self, operator: OperatorId, number: u8) -> Option<BoundTo> {
        self.bound_to(operator, number)
    }
}

impl Default for Operators {
    /// Nobody.
    fn default() -> Self {
        let (console, site, provider) = (String::new(), String::new(), Provider::None);
        let means = Means { key: None, console, site, provider, clients: None };
        Self::new(&Records::default(), [], [], means, crate::clock::now)
    }
}

impl std::fmt::Debug for Operators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operators({})", self.read().operators.len())
    }
}

#[cfg(feature = "oidc")]
#[cfg(test)]
mod tests;
