//! OpenID Connect, spoken: discovery, the way to the provider, the exchange of the code, the check of the ID token. Keys and
//! addresses of the provider are asked for at each journey's beginning, so that a key that was changed there is known here.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    TokenResponse as _,
};
use rackward_core::Monotonic;
use rackward_dashboard::proofs::{Begun, Typed};

use super::{Failed, Identity, ProviderSettings};
use crate::pki::Authority;

/// How long the provider may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer taken, in bytes.
const ANSWER_MAX_BYTES: usize = 256 * 1024;

/// How long somebody may be at the provider.
const JOURNEY_LIFE: Duration = Duration::from_secs(10 * 60);

/// Journeys under way; anybody can begin one, and the oldest makes room.
const MAX_JOURNEYS: usize = 256;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider.
pub struct OpenId {
    pub(super) settings: ProviderSettings,
    issuer: IssuerUrl,
    back: RedirectUrl,
    http: Asker,
    journeys: Mutex<HashMap<String, Journey>>,
}

struct Journey {
    begun: Monotonic,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    client: Client,
}

/// The provider gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("the provider cannot be reached: {0}")]
    Away(#[from] reqwest::Error),
    #[error("the provider's answer is longer than any that is of use")]
    TooLong,
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(#[from] openidconnect::http::Error),
}

impl OpenId {
    pub(super) fn new(settings: ProviderSettings, console: &str) -> anyhow::Result<Self> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).context("oidc.issuer is no address")?;
        let back = RedirectUrl::new(format!("{}/login/provider/back", console.trim_end_matches('/')))?;
        let http = reqwest::Client::builder()
            // A provider that sends us elsewhere could send us to an address inside.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIMEOUT)
            .tls_backend_preconfigured(tls(&settings)?)
            .build()
            .context("the client for the outside provider could not be made")?;
        Ok(Self { settings, issuer, back, http: Asker(http), journeys: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Journey>> {
        self.journeys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn discovered(&self) -> Option<Client> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let metadata =
            metadata.map_err(|error| tracing::warn!(%error, "the outside provider was asked in vain")).ok()?;
        let secret = self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned()));
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(self.settings.client_id.clone()), secret);
        Some(client.set_redirect_uri(self.back.clone()))
    }

    pub(super) async fn begin(&self, now: Monotonic) -> Option<Begun<String>> {
        let client = self.discovered().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let asked = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (address, state, nonce) = asked.set_pkce_challenge(challenge).url();
        let handle = state.secret().clone();
        let mut journeys = self.lock();
        journeys.retain(|_, journey| now.since(journey.begun) < JOURNEY_LIFE);
        if journeys.len() >= MAX_JOURNEYS {
            let oldest = journeys.iter().min_by_key(|(_, journey)| journey.begun).map(|(handle, _)| handle.clone());
            oldest.and_then(|oldest| journeys.remove(&oldest));
        }
        journeys.insert(handle.clone(), Journey { begun: now, nonce, verifier, client });
        Some(Begun { out: address.to_string(), handle })
    }

    pub(super) async fn finish(&self, handle: &str, code: &Typed, now: Monotonic) -> Result<Identity, Failed> {
        // Taken out before anything is asked: a code that comes a second time finds nothing.
        let journey = self.lock().remove(handle).ok_or(Failed::NotTheirs)?;
        if now.since(journey.begun) >= JOURNEY_LIFE {
            return Err(Failed::NotTheirs);
        }
        let exchange = journey.client.exchange_code(AuthorizationCode::new(code.reveal().to_owned()));
        let exchange = exchange.map_err(|_| Failed::NotTheirs)?.set_pkce_verifier(journey.verifier);
        let answered = exchange.request_async(&self.http).await.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(_) => Failed::Away,
            _ => Failed::NotTheirs,
        })?;
        let token = answered.id_token().ok_or(Failed::NotTheirs)?;
        let claims = token.claims(&journey.client.id_token_verifier(), &journey.nonce);
        let claims = claims.map_err(|_| Failed::NotTheirs)?;
        Ok(Identity { subject: claims.subject().as_str().to_owned() })
    }
}

/// Asks the provider, within bounds of time and size.
#[derive(Debug, Clone)]
struct Asker(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Asker {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Asker {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let mut response = self.0.execute(request.try_into()?).await?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_MAX_BYTES {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }
}

/// TLS towards the provider: the authorities named, or none; there are no built-in ones, since a site says whom it trusts.
fn tls(settings: &ProviderSettings) -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = &settings.authority {
        let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let found = Authority::certificates_in(&pem);
        for der in found.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))? {
            roots.add(der.into()).with_context(|| format!("{} holds what is no authority", path.display()))?;
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
