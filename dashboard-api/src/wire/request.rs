//! Bodies of requests, as a client writes them and the server reads them. Here they are texts; turning them into commands,
//! with every problem named, is `api/`. Bodies that hold a name, card number or PIN have no `Debug`.

use serde::{Deserialize, Serialize};

use super::at::At;

/// A body of a request: its members, so that a server can say at once all that is wrong with one.
pub trait Body: serde::de::DeserializeOwned {
    /// Every member it may have.
    const MEMBERS: &'static [Member];
}

/// One member of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be left out.
    pub presence: Presence,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A time, RFC 3339.
    Time,
    /// A list of texts.
    Texts,
}

/// Whether a member may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be left out or null.
    Optional,
}

macro_rules! bodies {
    ($($body:ident { $($presence:ident $name:ident: $shape:ident,)* })*) => {$(
        impl Body for $body {
            const MEMBERS: &'static [Member] = &[$(
                Member { name: stringify!($name), shape: Shape::$shape, presence: Presence::$presence },
            )*];
        }
    )*};
}

bodies! {
    CreatePerson { Required name: Text, Optional pin: Text, }
    SetPin { Required pin: Text, }
    Reason { Required reason: Text, }
    AssignCredential {
        Required person: Text, Required card: Text, Optional valid_from_at: Time, Optional valid_to_at: Time,
    }
    SetCredentialState { Required state: Text, Required reason: Text, }
    CreateGrant {
        Required person: Text, Optional rack: Text, Optional doors: Texts, Optional from_at: Time, Required to_at: Time,
        Optional days: Text, Optional between: Text, Required reason: Text, Optional ticket: Text,
    }
    OpenDoor { Required door: Text, Required reason: Text, Required not_after_at: Time, }
    Acknowledge { Required note: Text, }
    NewLink { Optional role: Text, }
}

/// `POST /api/v1/people`
#[derive(Serialize, Deserialize)]
pub struct CreatePerson {
    /// The name, 1 to 64 characters.
    pub name: String,
    /// The PIN, if one is set at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// `PUT /api/v1/people/{id}/pin`
#[derive(Serialize, Deserialize)]
pub struct SetPin {
    /// The PIN, 4 to 8 digits.
    pub pin: String,
}

/// `POST /api/v1/people/{id}/disable`, `.../enable`, `/api/v1/grants/{id}/revoke`
#[derive(Debug, Serialize, Deserialize)]
pub struct Reason {
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/credentials`
#[derive(Serialize, Deserialize)]
pub struct AssignCredential {
    /// Id or a part of the name that only one person has.
    pub person: String,
    /// `26:FACILITY:NUMBER` or `raw:BITS:HEX`.
    pub card: String,
    /// First instant at which it counts; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from_at: Option<At>,
    /// First instant at which it no longer counts; two years after the first if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to_at: Option<At>,
}

/// `POST /api/v1/credentials/{id}/state`
#[derive(Debug, Serialize, Deserialize)]
pub struct SetCredentialState {
    /// `enabled`, `disabled`, `lost`, `stolen`, `damaged` or `returned`.
    pub state: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/grants`
#[derive(Serialize, Deserialize)]
pub struct CreateGrant {
    /// Id or a part of the name that only one person has.
    pub person: String,
    /// A rack: both of its doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Paths of doors, or ends of paths that only one door has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doors: Option<Vec<String>>,
    /// First instant at which it counts; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// Days of the week, such as `Mon-Fri`; every day if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// Time of day, such as `08:00-18:00`, over midnight when it ends before it begins; all day if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// The change ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// `POST /api/v1/doors/open`
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenDoor {
    /// Path of the door, or the end of a path that only one door has.
    pub door: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// After this instant the command does nothing.
    pub not_after_at: At,
}

/// `POST /api/v1/alarms/{id}/acknowledge`
#[derive(Debug, Serialize, Deserialize)]
pub struct Acknowledge {
    /// What the operator notes.
    pub note: String,
}

/// `POST /api/v1/sessions/link`
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct NewLink {
    /// `admin`, `security` or `auditor`; `admin` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// The answer to `POST /api/v1/sessions/link`; the link is a secret until it is used.
#[derive(Serialize, Deserialize)]
pub struct Link {
    /// The address to open, once, within a quarter of an hour.
    pub login: String,
}

/// An answer that says only that it was done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Done {
    /// What it was done to.
    pub id: String,
}
