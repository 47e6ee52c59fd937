//! Bodies about persons and what they present. Those with a name, card number or PIN have no `Debug`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/people`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CreatePerson {
    /// The name, 1 to 64 characters.
    pub name: String,
    /// What another register knows the person by, such as a personnel number, 1 to 64 characters: one person's alone in an
    /// organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The PIN, if one is set at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// `enabled` or `expected`; `enabled` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The organisation the person belongs to, by name; the caller's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The highest threat level at which the person is still admitted everywhere; `normal` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearance: Option<String>,
    /// Whether the person needs longer at doors; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_time: Option<bool>,
}

/// `POST /api/v1/people/{id}/status`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SetPersonStatus {
    /// `enabled`, `suspended`, `expected` or `left`.
    pub status: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `PUT /api/v1/people/{id}/details`; what is left out stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangePersonDetails {
    /// The organisation the person belongs to, by name; another than before ends the rights given in the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The highest threat level at which the person is still admitted everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearance: Option<String>,
    /// Whether the person needs longer at doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_time: Option<bool>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `PATCH /api/v1/people/{id}`: what is left out stays as it is. It has no `Debug`: it may hold a name.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PatchPerson {
    /// The name, 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What another register knows the person by; null takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The organisation the person belongs to, by name; another than before ends the rights given in the old one, and null
    /// is the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The highest threat level at which the person is still admitted everywhere; null is `normal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearance: Option<String>,
    /// Whether the person needs longer at doors; null is no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_time: Option<bool>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `PUT /api/v1/people/{id}/name`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RenamePerson {
    /// The name, 1 to 64 characters.
    pub name: String,
}

/// `PUT /api/v1/people/{id}/external-id`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SetExternalId {
    /// What another register knows the person by; nothing if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// `PUT /api/v1/people/{id}/pin`, `.../duress-pin`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SetPin {
    /// The PIN: digits, at least four.
    pub pin: String,
}

/// `POST /api/v1/credentials`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct AssignCredential {
    /// Id or a part of the name that only one person has.
    pub person: String,
    /// `26:FACILITY:NUMBER` or `raw:BITS:HEX`; with a `format` beside it the bits are checked against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The name of a card format, for a card that is given by its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The facility code: decimal digits, or hexadecimal ones after `0x`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facility: Option<String>,
    /// The issue, for the few formats that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// The number on the card. A text like the others: serial numbers grow past what JSON's readers keep exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// First instant at which it counts; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from_at: Option<At>,
    /// First instant at which it no longer counts; two years after the first if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to_at: Option<At>,
}

/// `POST /api/v1/credentials/{id}/state`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SetCredentialState {
    /// `enabled`, `disabled`, `lost`, `stolen`, `damaged`, `returned` or `destroyed`.
    pub state: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}
