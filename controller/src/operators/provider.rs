//! The outside provider (OpenID Connect Core 1.0): the code flow with PKCE (RFC 7636, S256) and a nonce. Whom a subject
//! stands for is said beforehand, by the site file. Nothing is asked of the provider before somebody wants to sign in, and
//! every wait is bounded, so that a provider that is away keeps nobody else out.
//!
//! Built without the feature `oidc` there is no provider, and a site file that names one is refused by `config`.

#[cfg(feature = "oidc")]
mod openid;

use std::path::PathBuf;
#[cfg(feature = "oidc")]
use std::sync::Arc;

use rackward_core::Monotonic;
use rackward_core::id::OperatorId;
use rackward_dashboard::backend::Pending;
use rackward_dashboard::proofs::{Begun, Proofs as _, Typed};

use super::Operators;
use crate::config::Secret;

/// What the site file says of the provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its issuer, an address that begins with `https://`.
    pub issuer: String,
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
}

/// Who the provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    subject: String,
}

/// Why it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// It cannot be reached.
    Away,
    /// What came back is not of a journey that was begun here, or not signed by the provider.
    NotTheirs,
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

    pub(super) fn begin(&self, now: Monotonic) -> Pending<Option<Begun<String>>> {
        match self {
            Self::None => {
                let _ = now;
                Box::pin(async { None })
            }
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => {
                let provider = Arc::clone(provider);
                Box::pin(async move { provider.begin(now).await })
            }
        }
    }

    pub(super) fn finish(&self, handle: String, code: Typed, now: Monotonic) -> Pending<Result<Identity, Failed>> {
        match self {
            Self::None => {
                drop((handle, code, now));
                Box::pin(async { Err(Failed::NotTheirs) })
            }
            #[cfg(feature = "oidc")]
            Self::OpenId(provider) => {
                let provider = Arc::clone(provider);
                Box::pin(async move { provider.finish(&handle, &code, now).await })
            }
        }
    }
}

impl Operators {
    /// Which operator the provider vouches for.
    pub(super) fn vouched(&self, identity: &Identity) -> Option<OperatorId> {
        match &self.0.provider {
            Provider::None => {
                let _ = &identity.subject;
                None
            }
            #[cfg(feature = "oidc")]
            Provider::OpenId(provider) => {
                let mut subjects = provider.settings.subjects.iter();
                let (_, name) = subjects.find(|(subject, _)| *subject == identity.subject)?;
                self.named(name)
            }
        }
    }
}
