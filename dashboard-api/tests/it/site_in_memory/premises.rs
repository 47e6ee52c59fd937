//! What there is in the site in memory: a data centre, its buses, and webhooks.

use core::time::Duration;

use rackward_core::Wall;
use rackward_core::id::{DeviceId, Seq};
use rackward_core::people::{Approval, CredentialKey};
use rackward_core::site::draft::{
    AreaDraft, DeviceDraft, DoorDraft, InputDraft, RoleDraft, ScheduleDraft, ScheduleDrafts, Side, SiteDraft,
};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{AreaKind, DoorKind, Level, SitePolicy, TicketPolicy};
use rackward_dashboard::CardBits;
use rackward_dashboard::bus::{BusDeviceStatus, BusFinding, BusInspection, BusStatus, FirmwareImage};
use rackward_dashboard::webhook::{
    WebhookAnswer, WebhookFailure, WebhookRefused, WebhookState, WebhookStatus, WebhookWish,
};
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::support::{
    Account, Certificates, Configuration, ConsoleSettings, LogTail, Program, Redacted, Running, Storage,
};

/// The one firmware image there is.
pub(crate) const FIRMWARE: FirmwareImage =
    FirmwareImage { digest: [0xab; 32], oui: [0xca, 0xfe, 0x01], model: 4, version: [1, 3, 0] };

/// The one frame that passes on every bus here.
pub(crate) const FRAME: &str = r#"{"timeSec":"1","timeNano":"2","io":"input","data":"53-80"}"#;

/// A data centre from the fence to two rows of six racks, two of which belong to tenants. The plant room wants an approval,
/// the hall a ticket.
pub(super) fn draft() -> SiteDraft {
    let tenant = |rack: &str, owner: &str| AreaDraft {
        inside: Some("lon1/hall-a".to_owned()),
        owner: Some(owner.to_owned()),
        ..AreaDraft::new(rack, AreaKind::Rack)
    };
    let zones = ["lon1/fence-north", "lon1/fence-south"].map(|zone| InputDraft::Zone(zone.to_owned()));
    let fence = DeviceDraft { name: "fence-inputs".to_owned(), role: RoleDraft::Inputs { uses: zones.into() } };
    let mut draft = SiteDraft {
        name: "lon1".to_owned(),
        time_zone: "Europe/London".to_owned(),
        organisations: vec!["st-marys".to_owned(), "the-royal".to_owned()],
        schedules: ScheduleDrafts { calendars: Vec::new(), schedules: vec![office_hours()] },
        areas: vec![
            AreaDraft::new("lon1/yard", AreaKind::Perimeter),
            AreaDraft::new("lon1/lobby", AreaKind::Hall),
            AreaDraft { approval: Some(Approval::One), ..AreaDraft::new("lon1/plant", AreaKind::Hall) },
            AreaDraft { ticket: Some(TicketPolicy::Required), ..AreaDraft::new("lon1/hall-a", AreaKind::Hall) },
            tenant("lon1/hall-a/r02/c01", "st-marys"),
            tenant("lon1/hall-a/r02/c02", "the-royal"),
        ],
        devices: vec![fence],
        written: [
            (SitePolicy::TwoOperators, "site.toml:3".to_owned()),
            (SitePolicy::Ticket("lon1/hall-a".to_owned()), "site.toml:12".to_owned()),
        ]
        .into(),
        ..SiteDraft::default()
    };
    door(&mut draft, "vehicle-gate", DoorKind::Gate, "lon1/yard", None);
    door(&mut draft, "main-entrance", DoorKind::Door, "lon1/lobby", None);
    door(&mut draft, "mantrap-outer", DoorKind::Door, "lon1/lobby", Some("mantrap"));
    door(&mut draft, "mantrap-inner", DoorKind::Door, "lon1/lobby", Some("mantrap"));
    door(&mut draft, "plant-room", DoorKind::Door, "lon1/plant", None);
    door(&mut draft, "data-hall", DoorKind::Door, "lon1/hall-a", None);
    for row in 1..=2 {
        for column in 1..=6 {
            for face in ["front", "rear"] {
                rack_door(&mut draft, &format!("lon1/hall-a/r{row:02}/c{column:02}"), face);
            }
        }
    }
    draft
}

/// The schedule of the site file.
fn office_hours() -> ScheduleDraft {
    let days = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
    let weekly = Some(Weekly::on_days(&days, 8 * 60, 18 * 60).unwrap());
    ScheduleDraft { name: "Office hours".to_owned(), time_zone: None, weekly, special: Vec::new() }
}

fn door(draft: &mut SiteDraft, name: &str, kind: DoorKind, area: &str, interlock: Option<&str>) {
    let path = format!("lon1/{name}");
    let level = if name == "plant-room" { Level::CardAndPin } else { Level::Card };
    draft.devices.extend([
        DeviceDraft {
            name: format!("{name}-reader-in"),
            role: RoleDraft::Reader { door: path.clone(), side: Side::In, level: level.into() },
        },
        DeviceDraft { name: format!("{name}-lock"), role: RoleDraft::Lock { door: path.clone() } },
    ]);
    let interlock = interlock.map(str::to_owned);
    draft.doors.push(DoorDraft { interlock, ..DoorDraft::new(path, kind, area) });
}

fn rack_door(draft: &mut SiteDraft, rack: &str, face: &str) {
    let path = format!("{rack}/{face}");
    let name = path.trim_start_matches("lon1/hall-a/").replace('/', "-");
    let own = draft.areas.iter().any(|area| area.path == rack);
    let area = if own { rack } else { "lon1/hall-a" };
    draft.devices.push(DeviceDraft { name, role: RoleDraft::Handle { door: path.clone(), level: Level::Card.into() } });
    draft.doors.push(DoorDraft::new(path, DoorKind::RackDoor, area));
}

/// What a daemon would say of itself that was started a minute ago.
pub(super) fn account(now: Wall) -> Account {
    let program = Program {
        version: "0.0.0".to_owned(),
        commit: "unknown".to_owned(),
        optimised: false,
        system: "linux".to_owned(),
        kernel: None,
        machine: "none".to_owned(),
        processors: None,
        memory_kb: None,
    };
    let started_at = At(Wall::from_seconds(now.as_seconds() - 60));
    let time_zone = "Europe/London".to_owned();
    Account {
        running: Running { program, now_at: At(now), started_at, up_s: 60, time_zone, verified_at: None },
        configuration: configuration(),
        storage: Storage::default(),
        certificates: Certificates { authority_until_at: Some(At(now)), ..Certificates::default() },
        log: LogTail { lines: Vec::new(), gone: 7 },
    }
}

/// A site file with two names of the console that are not told.
fn configuration() -> Configuration {
    let console = ConsoleSettings {
        listen: "127.0.0.1:8080".to_owned(),
        names: vec![Redacted, Redacted],
        tls: "own".to_owned(),
        certificate: None,
        key: None,
        idle_s: 900,
    };
    Configuration {
        site: "lon1".to_owned(),
        time_zone: "Europe/London".to_owned(),
        storage_dir: Redacted,
        console,
        provider: None,
        mqtt: None,
        buses: Vec::new(),
        mqtt_devices: Vec::new(),
        webhooks: Vec::new(),
        firmware_keys: Vec::new(),
        doors: Vec::new(),
        organisations: Vec::new(),
        areas: 0,
        calendars: 0,
        schedules: 0,
        card_formats: 0,
    }
}

/// Three targets: the desk has given up on entries 3 and 5, one is gone, for one as many messages wait as may.
pub(super) fn webhook(wish: WebhookWish) -> Result<WebhookAnswer, WebhookRefused> {
    let given_up = |seq| WebhookFailure {
        seq: Seq::new(seq),
        given_up: Wall::from_seconds(super::START_SECONDS),
        attempts: 10,
        cause: "answered 500".to_owned(),
    };
    let gone = WebhookState::Disabled { since: Wall::from_seconds(super::START_SECONDS) };
    let name = match &wish {
        WebhookWish::List => "desk",
        WebhookWish::Failures { name, .. }
        | WebhookWish::Replay { name, .. }
        | WebhookWish::Test { name }
        | WebhookWish::Enable { name } => name,
    };
    if !["desk", "gone", "full"].contains(&name) {
        return Err(WebhookRefused::Unknown);
    }
    Ok(match wish {
        WebhookWish::List => WebhookAnswer::Targets(vec![
            target("desk", WebhookState::Away { attempts: 2 }, 998),
            target("gone", gone, 0),
            target("full", WebhookState::Open, 0),
        ]),
        WebhookWish::Failures { after, limit, .. } => {
            let all = [3, 5].map(given_up).into_iter().filter(|one| one.seq > after);
            WebhookAnswer::Failures(all.take(limit as usize).collect())
        }
        WebhookWish::Replay { from, to, .. } => {
            let count = [3, 5].into_iter().filter(|seq| (from..=to).contains(&Seq::new(*seq))).count();
            WebhookAnswer::Replayed { replayed: count as u64, left: 4 }
        }
        WebhookWish::Test { .. } => WebhookAnswer::Tested(Err("no connection".to_owned())),
        WebhookWish::Enable { .. } => WebhookAnswer::Enabled,
    })
}

/// What is found on every bus that is looked at.
pub(super) fn findings(inspection: &BusInspection) -> Vec<BusFinding> {
    match inspection {
        BusInspection::Trace { .. } => vec![BusFinding::TraceLine(FRAME.to_owned()), BusFinding::Missed(3)],
        BusInspection::Scan { speeds } => vec![
            BusFinding::Progress { tried: 1, total: 2 },
            BusFinding::Found { address: 9, baud: speeds[0], identity: Some("Sim R-20 0008".to_owned()) },
        ],
    }
}

/// The buses; of one that is away nothing can be seen.
pub(super) fn buses(device: impl Fn(&str) -> DeviceId) -> Vec<BusStatus> {
    let reader = BusDeviceStatus {
        device: device("main-entrance-reader-in"),
        address: 5,
        baud: 115_200,
        is_online: true,
        has_key: true,
        key_since: Some(Wall::from_seconds(1_784_800_000)),
        answer_time: Some(Duration::from_micros(1_250)),
        failures: 2,
        transfer: Some((4_096, 65_536)),
    };
    let device = device("plant-room-lock");
    let plant = BusDeviceStatus { device, address: 6, key_since: None, transfer: None, ..reader.clone() };
    let bus = |name: &str, is_up, devices| BusStatus {
        name: name.to_owned(),
        port: format!("/dev/{name}"),
        baud: 115_200,
        is_up,
        frames: 1_000,
        false_starts: 1,
        cut_off: 2,
        echoes: 3,
        devices,
    };
    let others = ["busy", "endless"].map(|name| bus(name, true, Vec::new()));
    [bus("lobby", true, vec![reader, plant]), bus("yard", false, Vec::new())].into_iter().chain(others).collect()
}

fn target(name: &str, state: WebhookState, room: u64) -> WebhookStatus {
    WebhookStatus {
        name: name.to_owned(),
        origin: "https://desk.example:443".to_owned(),
        events: vec!["alarm.*".to_owned()],
        area: Some("lon1/hall-a".to_owned()),
        is_full: false,
        public_keys: Vec::new(),
        state,
        waiting: 2,
        room,
        behind_entries: 7,
        failures: 2,
        delivered: 40,
        failed_attempts: 20,
        last_delivery: None,
        last_failure: Some((Wall::from_seconds(super::START_SECONDS), "answered 500".to_owned())),
    }
}

/// The key of a card, made up without a secret.
pub(super) fn key_of(bits: &CardBits) -> CredentialKey {
    let mut key = [0; 16];
    for (place, byte) in bits.data().iter().enumerate() {
        key[place % 16] ^= byte.rotate_left((place / 16) as u32);
    }
    CredentialKey::from_keyed_hash(key)
}
