//! The outside provider (OpenID Connect Core 1.0): the code flow with PKCE (RFC 7636, S256) and a nonce. Whom a subject
//! stands for is said beforehand, by the site file or by an admin; what the provider says of the second factor is weighed
//! here, and where it says nothing a code of the operator's own is asked for, or nobody signs in, as the site file has it.
//! Nothing is asked of the provider before somebody wants to sign in, and every wait is bounded, so that a provider that is
//! away keeps nobody else out. How it is spoken to is `provider/openid.rs`.
//!
//! Built without the feature `oidc` there is no provider, and a site file that names one is refused by `config`.
//!
//! Vocabulary: an *account* is a subject of this provider; a *journey* is one visit to it; who is *half-way* has its word
//! by one factor.

mod account;
#[cfg(feature = "oidc")]
mod asker;
#[cfg(feature = "oidc")]
mod half_way;
#[cfg(feature = "oidc")]
mod openid;
#[cfg(feature = "oidc")]
mod weigh;

use std::path::PathBuf;
#[cfg(feature = "oidc")]
use std::sync::Arc;

use rackward_core::Now;
use rackward_core::id::OperatorId;
use rackward_core::operator::SignInFailure;
use rackward_dashboard::backend::Pending;
use rackward_dashboard::proofs::{Begun, Brought, Errand, NoJourney, Tried, Typed, Vouched};

use super::Operators;
use crate::config::Secret;

/// What the site file says of the provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its issuer, an address that begins with `https://`.
    pub issuer: String,
    /// Other hosts that it may send us to for its keys and tokens, each with its port where that is not 443.
    pub hosts: Vec<String>,
    /// What we are called there.
    pub client_id: String,
    /// What we prove that by.
    pub client_secret: Option<Secret>,
    /// What the button says.
    pub button: String,
    /// Which of its subjects are which operators, by name.
    pub subjects: Vec<(String, String)>,
    /// Certificates of authorities that its own is from, where it is not of the public web.
    pub authority: Option<PathBuf>,
    /// What of its word is a second factor.
    pub second_factor: SecondFactor,
}

/// What of a provider's word is a second factor, and what becomes of whoever comes without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Ways of signing in (`amr`, RFC 8176), each of which is one.
    pub methods: Vec<String>,
    /// Classes of signing in (`acr`), each of which is one; they are asked for as well.
    pub classes: Vec<String>,
    /// What becomes of others.
    pub missing: MissingFactor,
}

/// What becomes of somebody for whom a provider names no second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFactor {
    /// A code of their own is asked for: of the authenticator app, or a recovery code.
    Ask,
    /// They are not signed in.
    Refuse,
    /// They are signed in: the site vouches that its provider always asks for a second factor.
    Accept,
}

/// The provider, if there is one.
#[derive(Clone)]
pub enum Provider {
    /// There is none.
    None,
    /// It is asked by OpenID Connect.
    #[cfg(feature = "oidc")]
    OpenId(Arc<openid::OpenId>),
}

impl Provider {
    /// A provider as the site file has it; `console` is where the browser comes back to.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: Option<ProviderSettings>, console: &str) -> anyhow::Result<Self> {
        match settings {
            None => Ok(Self::None),
            #[cfg(feature = "oidc")]
            Some(settings) => Ok(Self::OpenId(Arc::new(openid::OpenId::new(settings, console)?))),
            #[cfg(not(feature = "oidc"))]
            Some(_) => anyhow::bail!("[oidc] is in the site file, but this program was built without it ({console})"),
        }
    }

    pub(super) fn button(&self) -> Option<String> {
        match self {
            Self::None => None,
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => Some(provider.settings.button.clone()),
        }
    }

    /// Whose accounts there are here.
    fn issuer(&self) -> Option<&str> {
        match self {
            Self::None => None,
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => Some(&provider.settings.issuer),
        }
    }

    /// Which of its subjects are which operators by the site file.
    fn subjects(&self) -> &[(String, String)] {
        match self {
            Self::None => &[],
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => &provider.settings.subjects,
        }
    }

    pub(super) fn begin(&self, errand: Errand, now: Now) -> Pending<Result<Begun<String>, NoJourney>> {
        match self {
            Self::None => {
                let _ = (errand, now);
                Box::pin(async { Err(NoJourney::NoProvider) })
            }
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => {
                let provider = Arc::clone(provider);
                Box::pin(async move { provider.begin(errand, now).await })
            }
        }
    }
}

impl Operators {
    /// What a journey's end comes to.
    pub(super) async fn finish(self, brought: Brought, now: Now) -> Vouched {
        match &self.0.provider {
            Provider::None => {
                drop(brought);
                let _ = now;
                Vouched::Stray
            }
            #[cfg(feature = "oidc")]
            Provider::OpenId(provider) => {
                let came = provider.finish(brought, now).await;
                self.weigh(provider, came, (self.0.clock)())
            }
        }
    }

    pub(super) fn is_half_way(&self, handle: &str, now: Now) -> Option<OperatorId> {
        match &self.0.provider {
            Provider::None => {
                let _ = (handle, now);
                None
            }
            #[cfg(feature = "oidc")]
            Provider::OpenId(provider) => provider.half_way.try_one(handle, now.monotonic),
        }
    }

    pub(super) fn end_half_way(&self, handle: &str, operator: OperatorId, code: &Typed) -> Tried {
        match &self.0.provider {
            Provider::None => {
                let _ = (handle, operator, code);
                Tried::Failed(SignInFailure::Wrong)
            }
            #[cfg(feature = "oidc")]
            Provider::OpenId(provider) => self.second_factor(provider, handle, operator, code),
        }
    }
}
