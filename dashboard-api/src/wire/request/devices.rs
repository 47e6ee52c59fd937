//! Bodies about devices and buses: jobs, looks, enrolment, handles that show where they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/devices/{device}/job`. Members that belong to another task are refused.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct StartJob {
    /// `commission`, `roll-key`, `line` or `firmware`.
    pub task: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// With `commission`, what the device knows now: `published` (the default key, it is in install mode) or `from_file`
    /// (the key in its `key_file`); `published` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_key: Option<String>,
    /// With `commission`, after how many seconds it fails, 10 to 600; 60 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<u32>,
    /// With `line`, the address it shall have, 0 to 126.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u32>,
    /// With `line`, the speed it shall have, in bits per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// With `firmware`, the image: what `PUT /api/v1/firmware` answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// With `firmware`, whether it may be no newer than what the device has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_downgrade: Option<bool>,
}

/// The answer to `POST /api/v1/devices/{device}/job`: the job was begun, its end is told as an event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct JobStarted {
    /// Its id, such as `cmd-9`: the `command_id` of the event that tells its end.
    pub id: String,
    /// The device's id.
    pub device: String,
    /// The device's name.
    pub name: String,
    /// The newest entry before the job: events after it tell how it goes.
    pub head: String,
}

/// `POST /api/v1/buses/{bus}/scan`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScanBus {
    /// At these speeds, in bits per second; at all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speeds: Option<Vec<u32>>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/buses/{bus}/trace`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceBus {
    /// For how many seconds, 1 to 3600; 60 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<u32>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// The answer to `POST /api/v1/devices/{device}/enrol`. The code is a secret until it is redeemed, so there is no `Debug`.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Enrolment {
    /// The device's id.
    pub device: String,
    /// The device's name: what it says when it redeems the code.
    pub name: String,
    /// The site's short name: what it says as well.
    pub site: String,
    /// The code, in groups of four. It is good once.
    pub code: String,
    /// The first instant at which it is void.
    pub until_at: At,
    /// Where the device redeems it, `host:port`.
    pub address: String,
    /// What a broker that is not the daemon's own must be told before the device redeems it: `rules` (`/api/v1/mqtt/acl`, or
    /// its first words are lost), or `restart` (that, `/api/v1/mqtt/crl`, and to end the connection that the device has: it
    /// was enrolled before, and whoever holds that connection would be heard as the device again). Null where there is nothing
    /// to tell.
    #[serde(default)]
    pub broker: Option<String>,
}

/// `POST /api/v1/locate`: one of `rack`, `door`, `grant` and `ticket`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Locate {
    /// The handles of a rack, by path or the end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// The handle of a door, by path or the end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// Those that a grant covers now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Those that the grants of a change ticket cover now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// For how many seconds they blink; 30 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<u32>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/devices/{device}/pattern`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TryPattern {
    /// Which, such as `T6`: `GET /api/v1/feedback/patterns` tells them all.
    pub pattern: String,
}

/// The answer to `POST /api/v1/canaries`: what comes of it is told by events.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CanariesBegun {}

/// The answer to `POST /api/v1/locate`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Located {
    /// The devices that blink, by name.
    pub devices: Vec<String>,
    /// For how many seconds.
    pub for_s: u64,
}
