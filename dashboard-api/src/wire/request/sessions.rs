//! Bodies about signing in. What is in them is secret, so none but the one for a new link has `Debug`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /api/v1/sessions/link`
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct NewLink {
    /// `admin`, `security` or `auditor`, for whoever is at the machine; `admin` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The organisation whose people and places the session is for, by name; the whole site if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The operator whom the link signs in, by name or id; without one the session is nobody's, and that alarms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

/// The answer to `POST /api/v1/sessions/link`; the link is a secret until it is used.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// The address to open, once, within a quarter of an hour.
    pub login: String,
}

/// `POST /api/v1/sessions`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// The operator's name.
    pub name: String,
    /// The password.
    pub password: String,
    /// A code of the authenticator app, or a recovery code.
    pub code: String,
}

/// `POST /api/v1/sessions/step-up`: a code of the app, the password, or a passkey's answer.
#[derive(Default, Serialize, Deserialize, ToSchema)]
pub struct StepUp {
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A code of the authenticator app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What came with the challenge to the passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The passkey's answer, JSON of WebAuthn Level 3, clause 5.1, as a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// `POST /login/passkey/finish` and `POST /api/v1/account/factors/passkeys/finish`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PasskeyAnswer {
    /// What came with the challenge.
    pub handle: String,
    /// The passkey's answer, JSON of WebAuthn Level 3, clause 5.1, as a text.
    pub answer: String,
}

/// `POST /setup/passkey`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SetupBegin {
    /// The page's ticket.
    pub ticket: String,
    /// The first admin's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `POST /setup/passkey/finish`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SetupAnswer {
    /// The page's ticket.
    pub ticket: String,
    /// The first admin's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What came with the challenge.
    pub handle: String,
    /// The new passkey, JSON of WebAuthn Level 3, clause 5.1, as a text.
    pub answer: String,
}

/// `PUT /api/v1/account/factors/password`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct OwnPassword {
    /// The new password: at least twelve characters, and not the name.
    pub password: String,
}

/// `POST /api/v1/account/factors/app/confirm`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct OwnCode {
    /// What the app shows now.
    pub code: String,
}

/// `POST /api/v1/sessions/names`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ShowNames {
    /// Why names are needed, 1 to 256 characters.
    pub reason: String,
    /// The ticket it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// `POST /api/v1/sessions/device`
#[derive(Default, Serialize, Deserialize, ToSchema)]
pub struct BeginDevice {
    /// How the command line calls itself, such as `rackward on build7`; what exceeds 64 characters is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Where the operator goes: `console`, by whichever way of signing in, or `provider`, straight to the outside provider;
    /// `console` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
}

/// `POST /api/v1/sessions/device/token`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct FetchDevice {
    /// What `POST /api/v1/sessions/device` gave.
    pub device_code: String,
    /// `urn:ietf:params:oauth:grant-type:device_code`; may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
}
