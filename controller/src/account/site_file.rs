//! The site file as the daemon understood it, in the form in which it may leave the site. Every member is named here: one that
//! the site file gets later is told when somebody has put it here, and not before.

use std::time::Duration;

use rackward_core::site::draft::{DoorDraft, RoleDraft};
use rackward_dashboard::wire::door_kind_word;
use rackward_dashboard::wire::support::{
    BusSettings, Configuration, ConsoleSettings, DeviceSettings, DoorSettings, MqttSettings, ProviderSettings,
    Redacted, WebhookSettings, port_told,
};

use crate::config::{BusConfig, Config, ConsoleConfig, ConsoleTls, MqttBroker, MqttConfig};
use crate::drivers::Publications;
use crate::webhooks::TargetSettings;

/// What was understood, without what is secret or somebody's.
pub(super) fn understood(config: &Config) -> Configuration {
    let draft = &config.draft;
    Configuration {
        site: draft.name.clone(),
        time_zone: draft.time_zone.clone(),
        storage_dir: Redacted,
        console: console(&config.console),
        provider: config.provider.as_ref().map(|provider| ProviderSettings {
            issuer: Redacted,
            hosts: Redacted::each(&provider.hosts),
            client_id: Redacted,
            client_secret: Redacted::of(provider.client_secret.as_ref()),
            subjects: Redacted::each(&provider.subjects),
        }),
        mqtt: config.mqtt.as_ref().map(mqtt),
        buses: config.buses.iter().map(bus).collect(),
        mqtt_devices: config.mqtt_devices.iter().map(|of| device(&of.name, &of.role)).collect(),
        webhooks: config.webhooks.targets.iter().map(webhook).collect(),
        firmware_keys: Redacted::each(&config.trusted_keys),
        doors: draft.doors.iter().map(door).collect(),
        organisations: Redacted::each(&draft.organisations),
        areas: draft.areas.len(),
        calendars: draft.schedules.calendars.len(),
        schedules: draft.schedules.schedules.len(),
        card_formats: draft.card_formats.len(),
    }
}

fn console(console: &ConsoleConfig) -> ConsoleSettings {
    let (tls, files) = match &console.tls {
        ConsoleTls::None => ("none", None),
        ConsoleTls::Own => ("own", None),
        ConsoleTls::Given { .. } => ("given", Some(Redacted)),
    };
    ConsoleSettings {
        listen: console.listen.to_string(),
        names: Redacted::each(&console.names),
        tls: tls.to_owned(),
        certificate: files,
        key: files,
        idle_s: console.idle_time.as_secs(),
    }
}

fn mqtt(mqtt: &MqttConfig) -> MqttSettings {
    let publications = match mqtt.publications {
        Publications::None => "none",
        Publications::Published => "published",
        Publications::HomeAssistant => "home_assistant",
    };
    let told = MqttSettings {
        broker: "embedded".to_owned(),
        listen: None,
        host: None,
        port: None,
        tls: true,
        login: None,
        observer: Redacted::of(mqtt.observer.as_ref()),
        certificate_days: mqtt.certificate_life.as_secs() / 86_400,
        publications: publications.to_owned(),
    };
    match &mqtt.broker {
        MqttBroker::Embedded(listener) => MqttSettings { listen: Some(listener.listen.to_string()), ..told },
        MqttBroker::External { port, tls, login, enrol, host: _ } => MqttSettings {
            broker: "external".to_owned(),
            listen: enrol.as_ref().map(|listener| listener.listen.to_string()),
            host: Some(Redacted),
            port: Some(*port),
            tls: tls.is_some(),
            login: Redacted::of(login.as_ref()),
            ..told
        },
    }
}

fn bus(bus: &BusConfig) -> BusSettings {
    let seat = |seat: &crate::config::BusDevice| DeviceSettings {
        address: Some(seat.address.number()),
        key: Redacted::of(seat.key.as_ref()),
        ..device(&seat.name, &seat.role)
    };
    BusSettings {
        name: bus.name.clone(),
        port: port_told(&bus.port.to_string_lossy()),
        baud: bus.baud.bits_per_second(),
        devices: bus.devices.iter().map(seat).collect(),
    }
}

fn device(name: &str, role: &RoleDraft) -> DeviceSettings {
    let role = match role {
        RoleDraft::Reader { .. } => "reader",
        RoleDraft::Lock { .. } => "lock",
        RoleDraft::Handle { .. } => "handle",
        RoleDraft::Inputs { .. } => "inputs",
    };
    DeviceSettings { name: name.to_owned(), address: None, role: role.to_owned(), key: None }
}

fn webhook(target: &TargetSettings) -> WebhookSettings {
    let events = target.events.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    WebhookSettings { name: target.name.clone(), url: Redacted, secret: Redacted, events }
}

fn door(door: &DoorDraft) -> DoorSettings {
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    DoorSettings {
        path: door.path.clone(),
        kind: door_kind_word(door.kind).to_owned(),
        release_ms: millis(door.timings.release_time),
        open_ms: millis(door.timings.open_time),
        pre_alarm_ms: millis(door.timings.pre_alarm_time),
        travel_ms: millis(door.timings.travel_time),
    }
}
