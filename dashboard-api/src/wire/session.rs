//! Sessions and signing in, as JSON.

use core::fmt;

use rackward_core::operator::{Operator, TokenSignIn};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::at::At;
pub use super::desk::method_word;
use super::desk::token_sign_in_word;

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id, such as `ses-12`.
    pub id: String,
    /// Whose; missing for that of a link of the machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The operator's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With which role.
    pub role: String,
    /// The organisation it reaches; missing for the whole site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// How they signed in.
    pub method: String,
    /// From which network, such as `192.0.2.0/24`.
    pub network: String,
    /// How the browser calls itself.
    pub agent: String,
    /// When it was opened.
    pub began_at: At,
    /// When it was last used.
    pub used_at: At,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The answer to `GET /api/v1/sessions/current`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoAmI {
    /// Who, as the journal names them.
    pub actor: String,
    /// The operator, where it is one or a program of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The operator's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With which role.
    pub role: String,
    /// The organisation they reach; missing for the whole site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The session, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The token, where a program asks with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<AskingToken>,
    /// How they signed in: as a session's `method`, `device` or `certificate` at a command line, `token` for a program;
    /// missing for whom the socket names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Until when that lasts at most; missing for whom the socket names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_at: Option<At>,
    /// Whether they have just proven who they are, so that nothing more is asked now.
    pub fresh: bool,
    /// What they may do, some of it after proving themselves again.
    pub rights: Vec<String>,
}

/// The token with which a program asks; what it may do is among the caller's rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskingToken {
    /// Its id, such as `tok-3`.
    pub id: String,
    /// Who made it.
    pub made_by: String,
    /// First instant at which it no longer counts.
    pub to_at: At,
}

/// How the holder of a token came by it, in one word.
pub(crate) fn token_method(sign_in: Option<TokenSignIn>) -> &'static str {
    sign_in.map_or("token", token_sign_in_word)
}

/// The codes with which a command line waits to be let in (RFC 8628, clause 3.2). It has no `Debug`: they are secrets.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DeviceCode {
    /// What the token is fetched with.
    pub device_code: String,
    /// What an operator types, in two halves of four letters.
    pub user_code: String,
    /// Where they type it.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: String,
    /// For how many seconds the codes count.
    pub expires_in: u32,
    /// How many seconds have to pass between two questions.
    pub interval: u32,
}

/// The token of whoever signed in at a command line (RFC 6749, clause 5.1), told once. It has no `Debug`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DeviceToken {
    /// What the program shows: `Authorization: Bearer` and this.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// For how many seconds it counts from when it was issued.
    pub expires_in: u32,
    /// Its id, such as `tok-3`.
    pub id: String,
}

/// An answer that says that somebody is signed in; the cookie beside it is the session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedInNow {}

/// The answer to `POST /api/v1/sessions/step-up`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SteppedUp {
    /// For how many seconds nothing more is asked.
    pub good_for_s: u32,
}

/// A challenge to a passkey. It has no `Debug`: its handle is a secret of the browser's.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Ceremony {
    /// Goes back with the answer.
    pub handle: String,
    /// The options for `navigator.credentials` (WebAuthn Level 3, clause 5.1), in JSON.
    pub options: Value,
}

/// A new operator's recovery codes, shown this once. It has no `Debug`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes; each works once.
    pub codes: Vec<String>,
}

/// What an operator signs in with, for themselves. No secret is in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnFactors {
    /// The operator, such as `opr-4`.
    pub id: String,
    /// The name to sign in with; null when it was erased.
    pub name: Option<String>,
    /// Whether a password is set.
    pub password: bool,
    /// Whether an authenticator app is set up.
    pub app: bool,
    /// Which passkeys there are, by number from 0 to 7.
    pub passkeys: Vec<u8>,
    /// How many recovery codes are left.
    pub recovery_codes: u8,
    /// Whether an outside provider knows them; an admin says so.
    pub provider: bool,
    /// Whether all of it is enough to sign in with.
    pub complete: bool,
}

impl fmt::Debug for OwnFactors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnFactors").field("id", &self.id).finish_non_exhaustive()
    }
}

impl OwnFactors {
    /// What an operator of the core has, under this name.
    pub fn of(operator: &Operator, name: Option<String>) -> Self {
        let factors = operator.factors;
        Self {
            id: operator.id.to_string(),
            name,
            password: factors.passwords != 0,
            app: factors.totp != 0,
            passkeys: factors.passkeys.numbers().collect(),
            recovery_codes: factors.recovery_codes,
            provider: factors.provider != 0,
            complete: factors.can_sign_in(),
        }
    }
}

/// What an authenticator app is given, once. It has no `Debug`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AppOffered {
    /// The secret, in base32.
    pub secret: String,
    /// The same as the address that such apps read from a picture.
    pub uri: String,
}
