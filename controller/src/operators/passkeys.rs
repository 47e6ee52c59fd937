//! Passkeys (WebAuthn Level 3). User verification is required and the key must be discoverable, so that a passkey is two
//! factors at once and nobody has to say who they are before. A counter that does not go up is refused (clause 7.2, step 22).
//! Ceremonies that have begun are kept in memory, a bounded number for a bounded time, and each is answered once.
//!
//! What is kept of a passkey is the length of its credential's id, the id, and the public key with its state in JSON.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use rackward_core::Monotonic;
use rackward_core::engine::command::SealedSecret;
use rackward_core::operator::SignInFailure;
use rackward_dashboard::backend::Unavailable;
use rackward_dashboard::proofs::{Begun, FactorRefused};
use serde_json::Value;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};

/// How long somebody may take to touch a key (clause 15.1 recommends five to ten minutes).
const CEREMONY_LIFE: Duration = Duration::from_secs(5 * 60);

/// Ceremonies under way. Anybody can begin one, so more would let a stranger take memory; the oldest makes room.
const MAX_CEREMONIES: usize = 256;

/// The longest answer that is looked at, in bytes: an attestation with a chain of certificates has less.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// Why there are no passkeys here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeysOff {
    /// The console is reached by an address, and passkeys belong to a host name.
    NoHostName,
}

/// Makes and checks passkeys of one console.
pub(super) struct Passkeys {
    webauthn: Result<Webauthn, PasskeysOff>,
    under_way: Mutex<HashMap<String, (Monotonic, Ceremony)>>,
}

enum Ceremony {
    Making(PasskeyRegistration),
    Asking(DiscoverableAuthentication),
}

/// A new passkey.
pub(super) struct Made {
    pub(super) id: Vec<u8>,
    pub(super) secret: SealedSecret,
}

impl Passkeys {
    pub(super) fn new(console: &str, site: &str) -> Self {
        Self { webauthn: set_up(console, site).ok_or(PasskeysOff::NoHostName), under_way: Mutex::default() }
    }

    pub(super) const fn work(&self) -> bool {
        self.webauthn.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Monotonic, Ceremony)>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn webauthn(&self) -> Result<&Webauthn, FactorRefused> {
        self.webauthn.as_ref().map_err(|PasskeysOff::NoHostName| FactorRefused::NoPasskeys)
    }

    fn keep(&self, ceremony: Ceremony, now: Monotonic) -> Result<String, FactorRefused> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Unavailable)?;
        let handle = BASE64URL_NOPAD.encode(&bytes);
        let mut under_way = self.lock();
        under_way.retain(|_, (begun, _)| now.since(*begun) < CEREMONY_LIFE);
        if under_way.len() >= MAX_CEREMONIES {
            let oldest = under_way.iter().min_by_key(|(_, (begun, _))| *begun).map(|(handle, _)| handle.clone());
            oldest.and_then(|oldest| under_way.remove(&oldest));
        }
        under_way.insert(handle.clone(), (now, ceremony));
        Ok(handle)
    }

    fn take(&self, handle: &str, now: Monotonic) -> Option<Ceremony> {
        let (begun, ceremony) = self.lock().remove(handle)?;
        (now.since(begun) < CEREMONY_LIFE).then_some(ceremony)
    }

    /// Begins to make a passkey.
    pub(super) fn begin(
        &self,
        name: &str,
        had: &[SealedSecret],
        now: Monotonic,
    ) -> Result<Begun<Value>, FactorRefused> {
        // Drawn at random, since it is stored on devices and readable there (clause 14.6.1).
        let user = Uuid::new_v4();
        let had: Vec<CredentialID> = had.iter().filter_map(|kept| Some(read(kept)?.cred_id().clone())).collect();
        let begun = self.webauthn()?.start_passkey_registration(user, name, name, Some(had));
        let (challenge, state) = begun.map_err(|_| FactorRefused::Ceremony)?;
        let mut out = serde_json::to_value(&challenge).map_err(|_| FactorRefused::Ceremony)?;
        if let Some(selection) = out.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = "required".into();
            selection["requireResidentKey"] = true.into();
        }
        Ok(Begun { out, handle: self.keep(Ceremony::Making(state), now)? })
    }

    /// Takes a new passkey.
    pub(super) fn finish(&self, handle: &str, answer: &str, now: Monotonic) -> Result<Made, FactorRefused> {
        let Some(Ceremony::Making(state)) = self.take(handle, now) else { return Err(FactorRefused::Ceremony) };
        let answer: RegisterPublicKeyCredential = parsed(answer).ok_or(FactorRefused::Ceremony)?;
        let made = self.webauthn()?.finish_passkey_registration(&answer, &state);
        let made = made.map_err(|_| FactorRefused::Ceremony)?;
        let secret = written(&made).ok_or(FactorRefused::Ceremony)?;
        Ok(Made { id: made.cred_id().as_slice().to_vec(), secret })
    }

    /// Begins to ask for a passkey of whomever it is.
    pub(super) fn ask(&self, now: Monotonic) -> Result<Begun<Value>, FactorRefused> {
        let begun = self.webauthn()?.start_discoverable_authentication();
        let (challenge, state) = begun.map_err(|_| FactorRefused::Ceremony)?;
        let mut out = serde_json::to_value(&challenge).map_err(|_| FactorRefused::Ceremony)?;
        // It is asked for by a button, not while somebody types their name.
        out.as_object_mut().and_then(|out| out.remove("mediation"));
        Ok(Begun { out, handle: self.keep(Ceremony::Asking(state), now)? })
    }

    /// Checks an answer with the passkey it names; gives what is to be kept of that now, where anything has changed. The
    /// ceremony is over in any case.
    pub(super) fn check(
        &self,
        handle: &str,
        answer: &str,
        kept: Option<&SealedSecret>,
        now: Monotonic,
    ) -> Result<Option<SealedSecret>, SignInFailure> {
        let ceremony = self.take(handle, now);
        let Some(Ceremony::Asking(state)) = ceremony else { return Err(SignInFailure::Replayed) };
        let answer: PublicKeyCredential = parsed(answer).ok_or(SignInFailure::Wrong)?;
        let mut passkey = kept.and_then(read).ok_or(SignInFailure::Wrong)?;
        let webauthn = self.webauthn().map_err(|_| SignInFailure::Wrong)?;
        let key = DiscoverableKey::from(&passkey);
        let checked = webauthn.finish_discoverable_authentication_v2(&answer, state, &key);
        let checked = checked.map_err(|_| SignInFailure::Wrong)?;
        let verified = checked.user_verified();
        match (verified, passkey.update_credential(&checked)) {
            (true, Some(true)) => written(&passkey).map(Some).ok_or(SignInFailure::Wrong),
            (true, Some(false)) => Ok(None),
            (true, None) | (false, _) => Err(SignInFailure::Wrong),
        }
    }
}

fn set_up(console: &str, site: &str) -> Option<Webauthn> {
    let origin = Url::parse(console).ok()?;
    let host = origin.domain()?;
    WebauthnBuilder::new(host, &origin).ok()?.rp_name(site).timeout(CEREMONY_LIFE).build().ok()
}

fn parsed<T: serde::de::DeserializeOwned>(answer: &str) -> Option<T> {
    serde_json::from_str(Some(answer).filter(|answer| answer.len() <= ANSWER_MAX_BYTES)?).ok()
}

/// Which credential an answer says it is of.
pub(super) fn credential_of(answer: &str) -> Option<Vec<u8>> {
    parsed::<PublicKeyCredential>(answer).map(|answer| answer.get_credential_id().to_vec())
}

/// Whether what is kept is of this credential.
pub(super) fn has_id(kept: &SealedSecret, id: &[u8]) -> bool {
    split(kept).is_some_and(|(own, _)| own == id)
}

fn split(kept: &SealedSecret) -> Option<(&[u8], &[u8])> {
    let (length, rest) = kept.as_bytes().split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

fn read(kept: &SealedSecret) -> Option<Passkey> {
    serde_json::from_slice(split(kept)?.1).ok()
}

fn written(passkey: &Passkey) -> Option<SealedSecret> {
    let id = passkey.cred_id().as_slice();
    let length = u16::try_from(id.len()).ok()?.to_be_bytes();
    let json = serde_json::to_vec(passkey).ok()?;
    Some(SealedSecret::new(length.iter().chain(id).copied().chain(json).collect()))
}
