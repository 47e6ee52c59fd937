//! Whether the items of a world fit together; every problem is one sentence that names the item and what to write instead.

use std::collections::BTreeSet;

use rackward_protocol::mqtt::enrolment::Code;
use rackward_protocol::mqtt::message::HEARTBEAT_SECS;
use rackward_protocol::mqtt::{DeviceId, SiteId};
use rackward_protocol::osdp::{Address, Baud, Scbk};

use super::{BusConfig, DeviceConfig, DeviceKind, DoorKind, Mischief, MqttDeviceConfig, PersonConfig, WorldConfig};
use crate::card::bytes_from_hex;

/// Longest travel of a bolt or slide, in milliseconds; firmware calls a slower one stuck.
const MAX_TRAVEL_MS: u16 = 1_000;
/// Most inputs of one module.
const MAX_MODULE_INPUTS: u8 = 32;

pub(super) fn problems(config: &WorldConfig) -> Vec<String> {
    let mut found = Vec::new();
    unique(&mut found, "person", config.people.iter().map(|p| p.id.as_str()));
    unique(&mut found, "door", config.doors.iter().map(|d| d.path.as_str()));
    unique(&mut found, "bus", config.buses.iter().map(|b| b.name.as_str()));
    unique(&mut found, "device", config.devices.iter().map(|d| d.name.as_str()));
    unique(&mut found, "zone", config.zones.iter().map(|z| z.name.as_str()));
    for person in &config.people {
        check_person(&mut found, config, person);
    }
    for door in config.doors.iter().filter(|d| d.travel_ms.is_some_and(|ms| ms > MAX_TRAVEL_MS)) {
        found.push(format!("door `{}`: `travel_ms` is above {MAX_TRAVEL_MS}", door.path));
    }
    for bus in &config.buses {
        check_bus(&mut found, bus);
    }
    for device in &config.devices {
        check_device(&mut found, config, device);
    }
    check_addresses(&mut found, config);
    check_zones(&mut found, config);
    check_broker(&mut found, config);
    found
}

fn unique<'a>(found: &mut Vec<String>, kind: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() {
            found.push(format!("a {kind} has no name"));
        } else if !seen.insert(name) {
            found.push(format!("{kind} `{name}` stands here twice; names must be unique"));
        }
    }
}

fn check_person(found: &mut Vec<String>, config: &WorldConfig, person: &PersonConfig) {
    if person.card.as_ref().is_some_and(|card| card.read().is_err()) {
        found.push(format!(
            "person `{}`: `card` must be bits = 26 with facility and number, or bits with raw hex digits",
            person.id
        ));
    }
    for point in person.habits.iter().filter(|point| !config.has_point(point)) {
        found.push(format!("person `{}`: habit `{point}` is served by no reader or handle", person.id));
    }
}

fn check_bus(found: &mut Vec<String>, bus: &BusConfig) {
    if bus.path.is_some() == bus.port.is_some() {
        found.push(format!("bus `{}`: give either `path` (a pseudo-terminal to make) or `port`", bus.name));
    }
    if let Err(refused) = Baud::parse(bus.baud) {
        found.push(format!("bus `{}`: {refused}", bus.name));
    }
}

fn check_device(found: &mut Vec<String>, config: &WorldConfig, device: &DeviceConfig) {
    let mut say = |what: String| found.push(format!("device `{}`: {what}", device.name));
    match (&device.bus, &device.mqtt) {
        (Some(bus), None) => {
            if !config.buses.iter().any(|b| b.name == *bus) {
                say(format!("bus `{bus}` does not exist"));
            }
            if device.address.is_none_or(|address| Address::parse(address).is_err()) {
                say("a device on a bus needs an `address` from 0 to 126".into());
            }
            if let Some(problem) = key_problem(device) {
                say(problem);
            }
            if let Some(Err(refused)) = device.factory_baud.map(Baud::parse) {
                say(format!("`factory_baud`: {refused}"));
            }
        }
        (None, Some(mqtt)) => {
            mqtt_problems(config, mqtt).into_iter().for_each(&mut say);
            if DeviceId::parse(&device.name).is_err() {
                say("a device at the broker needs a name of 1 to 64 of a-z, 0-9 and '-'".into());
            }
            if device.kind != DeviceKind::Handle {
                say("only a handle speaks MQTT; put other devices on a bus".into());
            }
            let of_bus = device.address.is_some() || device.key.is_some() || device.install;
            if of_bus || device.factory_baud.is_some() {
                say("`address`, `key`, `install` and `factory_baud` belong to a device on a bus".into());
            }
        }
        (Some(_), Some(_)) | (None, None) => say("give either `bus`, `address` and `key`, or `mqtt`".into()),
    }
    if device.model.is_some() && device.kind != DeviceKind::Handle {
        say("only a handle has a `model`".into());
    }
    if let Some(problem) = serves_problem(config, device) {
        say(problem);
    }
}

fn mqtt_problems(config: &WorldConfig, mqtt: &MqttDeviceConfig) -> Vec<String> {
    let mut found = Vec::new();
    let has_dir = config.mqtt.as_ref().is_some_and(|broker| broker.identity_dir.is_some());
    match (&mqtt.password, &mqtt.enrolment_code) {
        (Some(_), Some(_)) => found.push("give either `password` (no TLS) or `enrolment_code`".into()),
        (Some(_), None) if mqtt.renew_now => found.push("`renew_now` needs a certificate, not a `password`".into()),
        (None, Some(code)) => {
            if let Err(refused) = Code::parse(code.expose()) {
                found.push(format!("`enrolment_code`: {refused}"));
            }
        }
        (Some(_) | None, None) => {}
    }
    if mqtt.password.is_none() && !has_dir {
        found.push("without a `password` it needs an identity: give `identity_dir` in [mqtt]".into());
    }
    if mqtt.heartbeat_secs.is_some_and(|secs| !HEARTBEAT_SECS.contains(&secs)) {
        let (least, most) = HEARTBEAT_SECS.into_inner();
        found.push(format!("`heartbeat_secs` must be {least} to {most}"));
    }
    if let Some(Mischief::Neighbour(name) | Mischief::Clone(name)) = &mqtt.mischief
        && DeviceId::parse(name).is_err()
    {
        found.push(format!("`mischief`: `{name}` is no device name"));
    }
    found
}

fn key_problem(device: &DeviceConfig) -> Option<String> {
    let key = match (&device.key, device.install) {
        (Some(key), false) => key,
        (None, true) => return None,
        (Some(_), true) => return Some("a device in install mode has no `key` yet; leave one of the two out".into()),
        (None, false) => {
            return Some("a device on a bus needs a `key` of 32 hex digits, or `install = true`".into());
        }
    };
    let bytes = bytes_from_hex(key.expose()).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    match bytes.map(Scbk::parse) {
        None => Some("`key` must be 32 hex digits".into()),
        Some(Err(refused)) => Some(refused.to_string()),
        Some(Ok(_)) => None,
    }
}

fn serves_problem(config: &WorldConfig, device: &DeviceConfig) -> Option<String> {
    let door = |path: &str| config.doors.iter().find(|d| d.path == path).map(|d| d.kind);
    let Some(serves) = device.serves.as_deref() else {
        return (device.kind != DeviceKind::Input).then(|| "`serves` must name its point or door".into());
    };
    let fits = match device.kind {
        DeviceKind::Reader => serves.rsplit_once('/').is_some_and(|(path, _)| door(path).is_some()),
        DeviceKind::Lock => matches!(door(serves), Some(DoorKind::Door | DoorKind::Gate)),
        DeviceKind::Handle => door(serves) == Some(DoorKind::Rack),
        DeviceKind::Input => false,
    };
    let wanted = match device.kind {
        DeviceKind::Reader => "a point, which is a door's path and one more part such as `/in`",
        DeviceKind::Lock => "a door or gate",
        DeviceKind::Handle => "a rack door",
        DeviceKind::Input => "nothing; zones name the module they are wired to",
    };
    (!fits).then(|| format!("serves `{serves}`, but must serve {wanted}"))
}

fn check_addresses(found: &mut Vec<String>, config: &WorldConfig) {
    let mut taken = BTreeSet::new();
    let mut served = BTreeSet::new();
    for device in &config.devices {
        if let (Some(bus), Some(address)) = (&device.bus, device.address)
            && !taken.insert((bus, address))
        {
            found.push(format!("device `{}`: address {address} on bus `{bus}` is taken", device.name));
        }
        if let Some(serves) = &device.serves
            && !served.insert(serves)
        {
            found.push(format!("device `{}`: `{serves}` is served by another device already", device.name));
        }
    }
}

fn check_zones(found: &mut Vec<String>, config: &WorldConfig) {
    let mut taken = BTreeSet::new();
    for zone in &config.zones {
        let module = config.devices.iter().find(|d| d.name == zone.device);
        if module.is_none_or(|device| device.kind != DeviceKind::Input) {
            found.push(format!("zone `{}`: device `{}` is no input module", zone.name, zone.device));
        }
        if zone.input >= MAX_MODULE_INPUTS {
            found.push(format!("zone `{}`: `input` must be below {MAX_MODULE_INPUTS}", zone.name));
        }
        if !taken.insert((&zone.device, zone.input)) {
            found.push(format!("zone `{}`: input {} of `{}` is taken", zone.name, zone.input, zone.device));
        }
    }
}

fn check_broker(found: &mut Vec<String>, config: &WorldConfig) {
    let wanted = config.devices.iter().any(|device| device.mqtt.is_some());
    match &config.mqtt {
        None if wanted => found.push("a device has `mqtt`, but there is no [mqtt] with `host` and `site`".into()),
        Some(mqtt) if SiteId::parse(&mqtt.site).is_err() => {
            found.push(format!("[mqtt]: site `{}` must be 1 to 64 of a-z, 0-9 and '-'", mqtt.site));
        }
        Some(_) | None => {}
    }
}

impl WorldConfig {
    fn has_point(&self, point: &str) -> bool {
        let reads = |device: &DeviceConfig| matches!(device.kind, DeviceKind::Reader | DeviceKind::Handle);
        self.devices.iter().any(|device| reads(device) && device.serves.as_deref() == Some(point))
    }
}
