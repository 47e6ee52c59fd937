//! What a support bundle holds: what somebody outside needs to find a fault, and nothing that is a person's or opens anything.
//! What may leave the site is decided here, by what there are members for: every document in a bundle is made of the types of
//! this file and of nothing else, and what is set but not told has the type [`Redacted`], which holds nothing. Texts of others
//! are in the log's lines alone, and of those [`LogLine`] keeps the fields that are known to name no person.
//!
//! Vocabulary: something is *redacted* where its place in a document says that it is there and not what it is; it is *left out*
//! where no document has a place for it.

use rackward_core::Site;
use rackward_core::alarm::{Acknowledged, AlarmSource, Condition};
use rackward_core::engine::query::AlarmStatus;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::at::At;
use super::device::{Device, DeviceLine};
use super::inventory::{Description, Measurements};
use super::names::{Places, source_word};

/// What stands where something is set and not told.
pub const REDACTED: &str = "[redacted]";

/// Something that is set and not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redacted;

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl Redacted {
    /// In the place of something that may not be set at all.
    pub fn of<T>(value: Option<&T>) -> Option<Self> {
        value.map(|_| Self)
    }

    /// In the place of each of several.
    pub fn each<T>(values: &[T]) -> Vec<Self> {
        values.iter().map(|_| Self).collect()
    }
}

/// A serial port as it may leave the site: a device file of the system's by name, anything else redacted. Another path can have
/// a user's name in it, and a gateway has an address.
pub fn port_told(port: &str) -> String {
    if port.starts_with("/dev/") { port.to_owned() } else { REDACTED.to_owned() }
}

/// What a support bundle would hold now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SupportBundle {
    /// The site's short name.
    pub site: String,
    /// When this was looked at. A bundle that is taken later tells of that moment, so its sizes differ a little.
    pub made_at: At,
    /// Its files, in their order.
    pub files: Vec<SupportFile>,
    /// How long they are together, in bytes; the archive adds a manifest, and its signature.
    pub bytes: u64,
    /// In how many places of all of them something is set and not told.
    pub redacted: u64,
    /// What no support bundle holds.
    pub never: Vec<String>,
}

/// One file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SupportFile {
    /// Its name in the archive.
    pub name: String,
    /// What it is.
    pub what: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// In how many of its places something is set and not told: each says `[redacted]`.
    pub redacted: u64,
    /// What it has no place for, although it is known here.
    pub left_out: Vec<String>,
    /// Why it could not be told; null where it could.
    pub untold: Option<String>,
}

/// The program and the machine it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// The commit it was built from, `unknown` where the build did not say.
    pub commit: String,
    /// Whether it was built for speed.
    pub optimised: bool,
    /// The system, such as `linux`.
    pub system: String,
    /// The kernel's release; null where the system does not say.
    pub kernel: Option<String>,
    /// The processor's kind, such as `x86_64`.
    pub machine: String,
    /// How many processors it may use.
    pub processors: Option<usize>,
    /// How much memory it takes, in kilobytes; null where the system does not say.
    pub memory_kb: Option<u64>,
}

/// The daemon as it runs, and its clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Running {
    /// What runs.
    #[serde(flatten)]
    pub program: Program,
    /// Its time of day.
    pub now_at: At,
    /// When it was started, by the same clock.
    pub started_at: At,
    /// For how long it has run, in seconds, by a clock that nobody sets.
    pub up_s: u64,
    /// The site's time zone.
    pub time_zone: String,
    /// When the whole journal was found unbroken last since the daemon was started; null where it was not.
    pub verified_at: Option<At>,
}

/// The site file as the daemon understood it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Configuration {
    /// The site's short name.
    pub site: String,
    /// Its time zone.
    pub time_zone: String,
    /// Where everything is kept: a path can have a user's name in it.
    pub storage_dir: Redacted,
    /// The console.
    pub console: ConsoleSettings,
    /// The outside provider that vouches for operators.
    pub provider: Option<ProviderSettings>,
    /// How MQTT devices are reached.
    pub mqtt: Option<MqttSettings>,
    /// Serial buses, with the devices on them.
    pub buses: Vec<BusSettings>,
    /// Devices that come by MQTT.
    pub mqtt_devices: Vec<DeviceSettings>,
    /// Who is told over HTTP.
    pub webhooks: Vec<WebhookSettings>,
    /// Keys of those whose firmware is taken.
    pub firmware_keys: Vec<Redacted>,
    /// Doors with what times them.
    pub doors: Vec<DoorSettings>,
    /// Organisations beside whoever runs the site.
    pub organisations: Vec<Redacted>,
    /// How many areas there are.
    pub areas: usize,
    /// How many calendars the site file has.
    pub calendars: usize,
    /// How many schedules the site file has.
    pub schedules: usize,
    /// How many card formats there are beside the built-in ones.
    pub card_formats: usize,
}

/// `[console]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsoleSettings {
    /// Where it listens.
    pub listen: String,
    /// Host names and addresses under which it is reached.
    pub names: Vec<Redacted>,
    /// What proves it: `none`, `own` or `given`.
    pub tls: String,
    /// The file of a given certificate.
    pub certificate: Option<Redacted>,
    /// The file of its key.
    pub key: Option<Redacted>,
    /// After how many seconds without a request a session ends.
    pub idle_s: u64,
}

/// `[oidc]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderSettings {
    /// Its address.
    pub issuer: Redacted,
    /// Other hosts of it.
    pub hosts: Vec<Redacted>,
    /// What we are called there.
    pub client_id: Redacted,
    /// What we prove that by.
    pub client_secret: Option<Redacted>,
    /// Which of its subjects are which operators.
    pub subjects: Vec<Redacted>,
}

/// `[mqtt]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MqttSettings {
    /// `embedded` or `external`.
    pub broker: String,
    /// Where the embedded broker listens; null for another's.
    pub listen: Option<String>,
    /// The name or address of another's broker.
    pub host: Option<Redacted>,
    /// Its port.
    pub port: Option<u16>,
    /// Whether it is spoken to inside TLS.
    pub tls: bool,
    /// Name and password of the daemon there.
    pub login: Option<Redacted>,
    /// Name and password of a program that may read at the embedded broker.
    pub observer: Option<Redacted>,
    /// For how many days a device's certificate is good.
    pub certificate_days: u64,
    /// What is published for others: `none`, `published` or `home_assistant`.
    pub publications: String,
}

/// A serial bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BusSettings {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: String,
    /// Its speed in bits per second.
    pub baud: u32,
    /// Its devices.
    pub devices: Vec<DeviceSettings>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceSettings {
    /// Its name.
    pub name: String,
    /// Its address on its bus.
    pub address: Option<u8>,
    /// `reader`, `lock`, `handle` or `inputs`.
    pub role: String,
    /// The key in its key file.
    pub key: Option<Redacted>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookSettings {
    /// Its name.
    pub name: String,
    /// Where messages go: an address can be a secret in itself.
    pub url: Redacted,
    /// What signs them.
    pub secret: Redacted,
    /// Which events it wants.
    pub events: Vec<String>,
}

/// A door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoorSettings {
    /// Its path.
    pub path: String,
    /// What it is: `gate`, `barrier`, `turnstile`, `door` or `rack_door`.
    pub kind: String,
    /// How long it is released, in milliseconds.
    pub release_ms: u64,
    /// How long it may stay open, in milliseconds.
    pub open_ms: u64,
    /// How long before that it warns, in milliseconds.
    pub pre_alarm_ms: u64,
    /// How long its lock may take to follow, in milliseconds.
    pub travel_ms: u64,
}

/// What is kept on the disk, and how much room is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// How much room is left, in bytes; null where the system does not say.
    pub free_bytes: Option<u64>,
    /// How much there is, in bytes.
    pub size_bytes: Option<u64>,
    /// The files that the daemon makes, by name.
    pub files: Vec<StoredFile>,
    /// How many others lie there.
    pub other_files: u64,
    /// How long those are together, in bytes.
    pub other_bytes: u64,
}

/// A file that the daemon keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// Its name.
    pub name: String,
    /// How long it is, in bytes.
    pub bytes: u64,
}

/// Until when certificates are good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Certificates {
    /// Of the site's own authority; null where there is none.
    pub authority_until_at: Option<At>,
    /// Of a console whose certificate is from elsewhere; null where it is not, and where it cannot be read. One of the site's
    /// own authority is renewed by itself.
    pub console_until_at: Option<At>,
    /// Of devices.
    pub devices: Vec<DeviceCertificate>,
}

/// Until when a device's certificate is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceCertificate {
    /// The device's name.
    pub device: String,
    /// The first instant at which it no longer counts.
    pub until_at: At,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalFacts {
    /// The newest durable entry, which is also how many there are.
    pub entries: u64,
    /// The hash that stands for all of them, in hexadecimal.
    pub head_hash: String,
    /// `writable` or `unwritable`.
    pub state: String,
    /// When somebody had it checked last since the daemon was started; null where nobody did.
    pub checked_at: Option<At>,
    /// What came of that: `whole`, `damaged`, `failed` or `running`.
    pub outcome: Option<&'static str>,
}

/// A device as it stands: no key of it, and nobody who accepted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceFacts {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Where it works.
    pub places: Vec<String>,
    /// Whether it answers.
    pub state: String,
    /// Whether its cover is open.
    pub tamper: Option<bool>,
    /// Whether it is believed.
    pub trust: String,
    /// Vendor and model, as it says.
    pub model: Option<String>,
    /// Serial number, as it says.
    pub serial: Option<String>,
    /// Firmware version, as it says.
    pub firmware: Option<String>,
    /// Where it hangs.
    pub line: Option<DeviceLine>,
    /// How far it is trusted.
    pub grade: Option<String>,
    /// What lowers that.
    pub misgivings: Vec<String>,
    /// How far its enrolment is.
    pub enrolment: Option<String>,
    /// By how many milliseconds its clock is ahead.
    pub clock_offset_ms: Option<i64>,
    /// What it measures.
    pub measurements: Measurements,
    /// What it can do, as it says.
    pub description: Description,
    /// The work under way with it.
    pub task: Option<String>,
}

impl DeviceFacts {
    /// What of a device may leave the site.
    pub fn of(device: Device) -> Self {
        let inventory = device.inventory;
        Self {
            name: device.name,
            role: device.role,
            places: device.places,
            state: device.state,
            tamper: device.tamper,
            trust: device.trust,
            model: device.model,
            serial: device.serial,
            firmware: device.firmware,
            line: device.line,
            grade: inventory.grade,
            misgivings: inventory.misgivings,
            enrolment: inventory.enrolment,
            clock_offset_ms: inventory.clock_offset_ms,
            measurements: inventory.measurements,
            description: inventory.description,
            task: device.job.map(|job| job.task),
        }
    }
}

/// An alarm that is open: no note of it, and nobody who touched it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenProblem {
    /// Its id.
    pub id: String,
    /// The condition.
    pub kind: &'static str,
    /// 1 (critical) to 4 (low).
    pub priority: u8,
    /// What kind of thing it is about.
    pub source_kind: &'static str,
    /// Path or name of a place or a device; redacted where it is about a person's card, right or account.
    pub source: String,
    /// When its condition began last.
    pub raised_at: At,
    /// How often it has begun.
    pub raised_times: u32,
    /// Whether the condition holds.
    pub active: bool,
    /// Whether somebody has seen it.
    pub acknowledged: bool,
}

impl OpenProblem {
    /// What of an alarm may leave the site.
    pub fn of(status: &AlarmStatus, site: &Site) -> Self {
        let alarm = &status.alarm;
        let source = match alarm.source {
            AlarmSource::Grant(_) | AlarmSource::Credential(_) | AlarmSource::Operator(_) => REDACTED.to_owned(),
            AlarmSource::Site
            | AlarmSource::Door(_)
            | AlarmSource::Device(_)
            | AlarmSource::Zone(_)
            | AlarmSource::Area(_)
            | AlarmSource::Line(_)
            | AlarmSource::Point(_)
            | AlarmSource::Camera(_)
            | AlarmSource::Alert { .. } => Places(site).source(alarm.source),
        };
        Self {
            id: alarm.id.to_string(),
            kind: alarm.kind.word(),
            priority: alarm.kind.priority().number(),
            source_kind: source_word(alarm.source),
            source,
            raised_at: At(alarm.raised_at),
            raised_times: alarm.life.raised_times,
            active: alarm.condition == Condition::Active,
            acknowledged: alarm.acknowledged != Acknowledged::No,
        }
    }
}

/// What the daemon logged last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogTail {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// How many came before those and are kept no longer.
    pub gone: u64,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// When.
    pub logged_at: At,
    /// `INFO`, `WARN` or `ERROR`.
    pub level: &'static str,
    /// The part of the program.
    pub target: String,
    /// What.
    pub message: String,
    /// What it was about: numbers, and texts of the fields that are known to name no person.
    pub fields: Map<String, Value>,
}

/// What the daemon says of itself, whatever its engine does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What runs.
    pub running: Running,
    /// The site file as it understood it.
    pub configuration: Configuration,
    /// What is kept on the disk.
    pub storage: Storage,
    /// Of the site's own authority and of the console's certificate; no device's.
    pub certificates: Certificates,
    /// What it logged last.
    pub log: LogTail,
}
