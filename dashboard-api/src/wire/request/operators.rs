//! Bodies about operators and tokens. A name is personal data, so what holds one has no `Debug`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/operators`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CreateOperator {
    /// The name to sign in with: up to 64 lower-case letters, digits, `.`, `-`, `_` and `@`.
    pub name: String,
    /// `wall_screen`, `auditor`, `facilities`, `security`, `security_supervisor` or `admin`.
    pub role: String,
    /// The organisation they are for, by name; the whole site if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

/// `PUT /api/v1/operators/{id}`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeOperator {
    /// The role; as it is if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The organisation they are for, by name, or the site's own name for the whole site; as it is if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/operators/{id}/bind`. It has no `Debug`: a subject may be a name.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BindProvider {
    /// What the provider calls the account (`sub` of its tokens): 1 to 255 visible ASCII characters.
    pub subject: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/operators/{id}/certificates`: either `fingerprint` or `subject`. It has no `Debug`: a subject may be a name.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BindCertificate {
    /// The SHA-256 of the certificate, in hexadecimal digits, with or without colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The subject, as RFC 4514 writes it: each certificate that an authority of the site gives to it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// First instant at which it no longer counts, at most 366 days from now.
    pub to_at: At,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/tokens`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateToken {
    /// In whose name, by id or name; the caller's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is for; see `/api/v1/permissions`.
    pub permissions: Vec<String>,
    /// First instant at which it counts; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer does, at most 366 days later.
    pub to_at: At,
    /// What it is for, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/proposals/{id}/confirm`
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Confirm {
    /// After this instant nothing is done; what takes `open_doors` or `guard_site` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after_at: Option<At>,
}
