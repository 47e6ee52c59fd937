//! OpenID Connect, spoken: discovery, the way to the provider, the exchange of the code, the check of the ID token. What the
//! provider says of itself is asked for when it is wanted and kept for a minute, so that nobody makes us ask more often by
//! wanting to sign in; a token by a key that is not known yet makes us ask again at once. What its word comes to is
//! `weigh.rs`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError, TokenResponse as _,
};
use rackward_core::operator::ProviderFault;
use rackward_core::{Monotonic, Now, Wall};
use rackward_dashboard::proofs::{Begun, Brought, Errand, NoJourney, Typed};
use subtle::ConstantTimeEq as _;

use super::asker::{Asker, Unanswered};
use super::half_way::HalfWay;
use super::{ProviderSettings, SecondFactor};

/// How long somebody may be at the provider.
const JOURNEY_LIFE: Duration = Duration::from_secs(10 * 60);

/// Journeys that are remembered; anybody can begin one, and the oldest makes room.
const MAX_JOURNEYS: usize = 1024;

/// How long what the provider says of itself is believed without asking again.
const DISCOVERY_LIFE: Duration = Duration::from_secs(60);

/// How long a provider that was asked in vain is let alone.
const LET_ALONE: Duration = Duration::from_secs(5);

/// Signatures that count. Those by a shared secret do not (RFC 8725, clause 2.1): whoever knows ours could vouch for all.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider.
pub struct OpenId {
    pub(super) settings: ProviderSettings,
    pub(super) half_way: HalfWay,
    issuer: IssuerUrl,
    back: RedirectUrl,
    asker: Asker,
    /// Held while the provider is asked, so that many who want to sign in are one who asks.
    known: tokio::sync::Mutex<Discovery>,
    journeys: Mutex<HashMap<String, Journey>>,
}

/// What the provider has said of itself.
enum Discovery {
    Nothing,
    Found { client: Box<Client>, at: Monotonic },
    InVain { at: Monotonic },
}

/// A journey that was begun here.
struct Journey {
    begun: Now,
    state: JourneyState,
}

enum JourneyState {
    UnderWay(Box<UnderWay>),
    /// Its end was seen; what comes once more is a repetition.
    Over,
}

struct UnderWay {
    errand: Errand,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    client: Client,
    found: Monotonic,
}

/// Who came back.
pub(super) enum Came {
    /// Nobody who ever left.
    Stray,
    /// Somebody with what does not count.
    Refused(Option<Errand>, ProviderFault),
    /// Somebody with the provider's word.
    Vouched {
        /// What for.
        errand: Errand,
        /// When they left.
        begun: Now,
        /// The word.
        word: Word,
    },
}

/// The provider's word for somebody.
pub(super) struct Word {
    pub(super) subject: String,
    /// When they proved themselves there (`auth_time`), as far as it says.
    pub(super) authenticated: Option<Wall>,
    methods: Vec<String>,
    class: Option<String>,
}

impl Word {
    /// Whether it names a second factor.
    pub(super) fn by_two_factors(&self, wanted: &SecondFactor) -> bool {
        let by_method = self.methods.iter().any(|method| wanted.methods.contains(method));
        by_method || self.class.as_ref().is_some_and(|class| wanted.classes.contains(class))
    }
}

impl From<&CoreIdTokenClaims> for Word {
    fn from(claims: &CoreIdTokenClaims) -> Self {
        let methods = claims.auth_method_refs().into_iter().flatten().map(|method| method.as_str().to_owned());
        Self {
            subject: claims.subject().as_str().to_owned(),
            authenticated: claims.auth_time().map(|at| Wall::from_seconds(at.timestamp())),
            methods: methods.collect(),
            class: claims.auth_context_ref().map(|class| class.as_str().to_owned()),
        }
    }
}

impl OpenId {
    pub(super) fn new(settings: ProviderSettings, console: &str) -> anyhow::Result<Self> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).context("oidc.issuer is no address")?;
        let back = RedirectUrl::new(format!("{}/login/provider/back", console.trim_end_matches('/')))?;
        let asker = Asker::new(&settings)?;
        let known = tokio::sync::Mutex::new(Discovery::Nothing);
        Ok(Self { settings, half_way: HalfWay::default(), issuer, back, asker, known, journeys: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Journey>> {
        self.journeys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the provider says of itself, no older than a minute and newer than `than`.
    async fn discovered(&self, now: Monotonic, than: Option<Monotonic>) -> Result<(Client, Monotonic), NoJourney> {
        let mut known = self.known.lock().await;
        match &*known {
            Discovery::Found { client, at }
                if now.since(*at) < DISCOVERY_LIFE && than.is_none_or(|than| *at > than) =>
            {
                return Ok((Client::clone(client), *at));
            }
            Discovery::InVain { at } if now.since(*at) < LET_ALONE => return Err(NoJourney::NotAskedAgain),
            Discovery::Nothing | Discovery::Found { .. } | Discovery::InVain { .. } => {}
        }
        let asked = self.ask_itself().await;
        *known = match &asked {
            Ok(client) => Discovery::Found { client: Box::new(client.clone()), at: now },
            Err(_) => Discovery::InVain { at: now },
        };
        asked.map(|client| (client, now)).map_err(NoJourney::InVain)
    }

    async fn ask_itself(&self) -> Result<Client, ProviderFault> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.asker).await;
        let metadata = metadata.map_err(|error| {
            let (fault, error) = discovery_fault(&error);
            tracing::warn!(%error, "the outside provider was asked in vain");
            fault
        })?;
        let check = |address: &str| {
            self.asker.check(address).map_err(|error| {
                tracing::warn!(%error, "the outside provider sends elsewhere");
                error.fault()
            })
        };
        check(metadata.authorization_endpoint().as_str())?;
        let taken = metadata.token_endpoint_auth_methods_supported();
        let only_in_the_body = taken.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let secret = self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned()));
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(self.settings.client_id.clone()), secret);
        let client = client.set_redirect_uri(self.back.clone());
        Ok(if only_in_the_body { client.set_auth_type(AuthType::RequestBody) } else { client })
    }

    pub(super) async fn begin(&self, errand: Errand, now: Now) -> Result<Begun<String>, NoJourney> {
        let (client, found) = self.discovered(now.monotonic, None).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let asked = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let mut asked = asked.set_pkce_challenge(challenge);
        match errand {
            Errand::SignIn => {
                for class in &self.settings.second_factor.classes {
                    asked = asked.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
                }
            }
            // Whoever is known there is asked all the same (clause 3.1.2.1).
            Errand::StepUp { .. } => asked = asked.set_max_age(Duration::ZERO).add_prompt(CoreAuthPrompt::Login),
        }
        let (address, state, nonce) = asked.url();
        let handle = state.secret().clone();
        let under_way = UnderWay { errand, nonce, verifier, client, found };
        self.remember(handle.clone(), Journey { begun: now, state: JourneyState::UnderWay(Box::new(under_way)) });
        Ok(Begun { out: address.to_string(), handle })
    }

    fn remember(&self, handle: String, journey: Journey) {
        let now = journey.begun.monotonic;
        let mut journeys = self.lock();
        journeys.retain(|_, journey| now.since(journey.begun.monotonic) < JOURNEY_LIFE);
        if journeys.len() >= MAX_JOURNEYS {
            let oldest = journeys.iter().min_by_key(|(_, journey)| journey.begun.monotonic);
            let oldest = oldest.map(|(handle, _)| handle.clone());
            oldest.and_then(|oldest| journeys.remove(&oldest));
        }
        journeys.insert(handle, journey);
    }

    /// Takes out the journey that a browser is on and that the provider names, both the same. Whatever was brought, that
    /// journey is over then: a code that comes a second time, or from elsewhere, finds nothing.
    fn take(&self, brought: &Brought, now: Monotonic) -> Result<(Now, Box<UnderWay>), Came> {
        let mut journeys = self.lock();
        journeys.retain(|_, journey| now.since(journey.begun.monotonic) < JOURNEY_LIFE);
        let (left, state) = (brought.left.as_deref(), brought.state.as_deref());
        let Some(journey) = state.and_then(|state| journeys.get_mut(state)) else {
            // Of a browser that did leave it is told; a guess is not worth a line in the journal.
            let did_leave = left.is_some_and(|left| journeys.contains_key(left));
            return Err(if did_leave { Came::Refused(None, ProviderFault::Journey) } else { Came::Stray });
        };
        let same = left.zip(state).is_some_and(|(left, state)| left.as_bytes().ct_eq(state.as_bytes()).into());
        match std::mem::replace(&mut journey.state, JourneyState::Over) {
            JourneyState::UnderWay(under_way) if same => Ok((journey.begun, under_way)),
            JourneyState::UnderWay(_) | JourneyState::Over => Err(Came::Refused(None, ProviderFault::Journey)),
        }
    }

    pub(super) async fn finish(&self, brought: Brought, now: Now) -> Came {
        let (begun, journey) = match self.take(&brought, now.monotonic) {
            Ok(taken) => taken,
            Err(came) => return came,
        };
        let errand = journey.errand;
        match self.word(*journey, brought, now).await {
            Ok(word) => Came::Vouched { errand, begun, word },
            Err(fault) => Came::Refused(Some(errand), fault),
        }
    }

    async fn word(&self, journey: UnderWay, brought: Brought, now: Now) -> Result<Word, ProviderFault> {
        if brought.issuer.is_some_and(|issuer| issuer != self.settings.issuer) {
            return Err(ProviderFault::Issuer);
        }
        if brought.error.is_some() {
            return Err(ProviderFault::Denied);
        }
        let code = brought.code.ok_or(ProviderFault::Answer)?;
        let UnderWay { nonce, verifier, client, found, .. } = journey;
        let token = self.exchanged(&client, &code, verifier).await?;
        match self.checked(&client, &token, &nonce) {
            // Its keys have changed, perhaps; then it says so now.
            Err(ProviderFault::Key) => {
                let (client, _) = self.discovered(now.monotonic, Some(found)).await.map_err(|_| ProviderFault::Key)?;
                self.checked(&client, &token, &nonce)
            }
            checked => checked,
        }
    }

    async fn exchanged(
        &self,
        client: &Client,
        code: &Typed,
        verifier: PkceCodeVerifier,
    ) -> Result<CoreIdToken, ProviderFault> {
        let exchange = client.exchange_code(AuthorizationCode::new(code.reveal().to_owned()));
        let exchange = exchange.map_err(|_| ProviderFault::Answer)?.set_pkce_verifier(verifier);
        let answered = exchange.request_async(&self.asker).await.map_err(|error| match error {
            RequestTokenError::Request(error) => error.fault(),
            RequestTokenError::ServerResponse(_) => ProviderFault::Code,
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => ProviderFault::Answer,
        })?;
        answered.id_token().cloned().ok_or(ProviderFault::Answer)
    }

    fn checked(&self, client: &Client, token: &CoreIdToken, nonce: &Nonce) -> Result<Word, ProviderFault> {
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let claims = token.claims(&verifier, nonce).map_err(|error| {
            // The library's words name what the token says, never the token.
            tracing::warn!(%error, "the outside provider's token does not count");
            token_fault(&error)
        })?;
        // Whoever it was made for, where it says so, is us (clause 3.1.3.7, steps 4 and 5).
        let party = claims.authorized_party().map(|party| party.as_str());
        if party.is_some_and(|party| party != self.settings.client_id) {
            return Err(ProviderFault::Audience);
        }
        Ok(Word::from(claims))
    }
}

fn discovery_fault(error: &DiscoveryError<Unanswered>) -> (ProviderFault, String) {
    match error {
        DiscoveryError::Request(why) => (why.fault(), why.to_string()),
        _ => (ProviderFault::Answer, error.to_string()),
    }
}

fn token_fault(error: &ClaimsVerificationError) -> ProviderFault {
    match error {
        ClaimsVerificationError::Expired(_) => ProviderFault::Expired,
        ClaimsVerificationError::InvalidAudience(_) => ProviderFault::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => ProviderFault::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => ProviderFault::Nonce,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_),
        ) => ProviderFault::Key,
        ClaimsVerificationError::SignatureVerification(_) => ProviderFault::Signature,
        _ => ProviderFault::Answer,
    }
}
