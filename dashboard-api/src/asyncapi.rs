//! What goes over MQTT, as a document (AsyncAPI 3.0): the topics between devices and the daemon, and what the daemon tells
//! everybody. Topics are spelt by those who use them (`protocol/src/mqtt/topic.rs`, and `drivers/publications/topics.rs` of
//! the daemon), which this crate does not know; a test of the daemon compares them with this document.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// The version of the specification that the document follows.
const ASYNCAPI_VERSION: &str = "3.0.0";

/// The version of the MQTT binding.
const BINDING_VERSION: &str = "0.2.0";

/// After so many seconds a broker drops what a device did not take (`api.md` D.10).
const EXPIRES_SECONDS: u32 = 10;

/// Which way a message goes, seen from the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Receive,
    Send,
}

/// Whether a broker keeps the last message of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Retained,
    /// Dropped once everybody who listens has it.
    Passing,
    /// The same, and dropped as well if nobody takes it in [`EXPIRES_SECONDS`].
    Expiring,
}

/// What a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload {
    /// A CBOR array of version 2.
    Cbor,
    /// How a door stands, as a CloudEvent.
    DoorState,
    /// What happened at a door, as a CloudEvent.
    DoorEvent,
    /// One of these words.
    Words(&'static [&'static str]),
    /// What Home Assistant reads.
    Discovery,
}

/// One topic, and the operation on it.
struct Channel {
    operation: &'static str,
    action: Action,
    address: &'static str,
    says: &'static str,
    kept: Kept,
    payload: Payload,
}

const fn up(operation: &'static str, address: &'static str, kept: Kept, says: &'static str) -> Channel {
    Channel { operation, action: Action::Receive, address, says, kept, payload: Payload::Cbor }
}

const fn down(operation: &'static str, address: &'static str, says: &'static str) -> Channel {
    Channel { operation, action: Action::Send, address, says, kept: Kept::Expiring, payload: Payload::Cbor }
}

/// Where a door's state is.
const DOOR_STATE: &str = "rackward/v1/{site}/door/{path}/state";

/// Where it is said whether the daemon is there.
const AVAILABILITY: &str = "rackward/v1/{site}/server/main/availability";

const CHANNELS: [Channel; 17] = [
    up("hearBirth", "rackward/v1/{site}/dev/{device}/up/birth", Kept::Retained, "Who a device is and what it can do"),
    up("hearState", "rackward/v1/{site}/dev/{device}/up/state", Kept::Retained, "What its sensors read"),
    up("hearGone", "rackward/v1/{site}/dev/{device}/up/gone", Kept::Retained, "Its connection is over"),
    up("hearEvent", "rackward/v1/{site}/dev/{device}/up/event", Kept::Passing, "A card, or key presses"),
    up("hearAck", "rackward/v1/{site}/dev/{device}/up/ack", Kept::Passing, "What became of a command"),
    up("hearRights", "rackward/v1/{site}/dev/{device}/up/rights", Kept::Passing, "Which rights list it holds"),
    up("hearLog", "rackward/v1/{site}/dev/{device}/up/log", Kept::Passing, "What happened while it was on its own"),
    up("hearCsr", "rackward/v1/{site}/dev/{device}/up/csr", Kept::Passing, "A request for its next certificate"),
    down("tellCommand", "rackward/v1/{site}/dev/{device}/down/cmd", "A command, each carried out once"),
    down("tellFeedback", "rackward/v1/{site}/dev/{device}/down/feedback", "Light and sound"),
    down("tellRights", "rackward/v1/{site}/dev/{device}/down/rights", "A signed rights list"),
    down("tellCertificate", "rackward/v1/{site}/dev/{device}/down/cert", "The certificate it asked for"),
    Channel {
        operation: "tellDoorState",
        action: Action::Send,
        address: DOOR_STATE,
        says: "How a door stands",
        kept: Kept::Retained,
        payload: Payload::DoorState,
    },
    Channel {
        operation: "tellDoorEvent",
        action: Action::Send,
        address: "rackward/v1/{site}/door/{path}/event",
        says: "What happened at a door; never who it was",
        kept: Kept::Passing,
        payload: Payload::DoorEvent,
    },
    Channel {
        operation: "tellAvailability",
        action: Action::Send,
        address: AVAILABILITY,
        says: "Whether the daemon is there",
        kept: Kept::Retained,
        payload: Payload::Words(&["online", "stopped", "offline"]),
    },
    Channel {
        operation: "announceDoor",
        action: Action::Send,
        address: "homeassistant/device/{id}/config",
        says: "A door, as Home Assistant discovers it",
        kept: Kept::Retained,
        payload: Payload::Discovery,
    },
    Channel {
        operation: "hearHomeAssistant",
        action: Action::Receive,
        address: "homeassistant/status",
        says: "Home Assistant has started, and is told everything again",
        kept: Kept::Passing,
        payload: Payload::Words(&["online", "offline"]),
    },
];

/// The types of events that are published.
const EVENT_TYPES: [&str; 11] = [
    "rackward.access.granted.v1",
    "rackward.access.denied.v1",
    "rackward.access.taken.v1",
    "rackward.access.not-taken.v1",
    "rackward.access.offline.v1",
    "rackward.door.exit-released.v1",
    "rackward.door.operator-released.v1",
    "rackward.door.release-withheld.v1",
    "rackward.door.mode-changed.v1",
    "rackward.alarm.raised.v1",
    "rackward.alarm.returned.v1",
];

/// `GET /api/v1/asyncapi.json`
pub(crate) async fn show() -> Response {
    ([(CONTENT_TYPE, "application/json")], document().to_string()).into_response()
}

/// The whole document.
pub fn document() -> Value {
    let channels: Map<String, Value> =
        CHANNELS.iter().map(|channel| (key(channel.address), channel_json(channel))).collect();
    let operations: Map<String, Value> =
        CHANNELS.iter().map(|channel| (channel.operation.to_owned(), operation_json(channel))).collect();
    json!({
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Rackward over MQTT",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Operations are the daemon's: it receives what devices say and sends what they are told. A \
                            type, member or word that is not known is to be read as any other.",
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "defaultContentType": "application/json",
        "servers": { "broker": broker() },
        "channels": channels,
        "operations": operations,
        "components": { "schemas": { "door-state": door_state(), "door-event": door_event() } },
    })
}

fn broker() -> Value {
    let will = json!({ "topic": AVAILABILITY, "qos": 1, "retain": true, "message": "offline" });
    json!({
        "host": "{host}",
        "protocol": "mqtts",
        "protocolVersion": "5",
        "description": "The broker inside the daemon, or one of the site's own",
        "variables": { "host": { "description": "Name and port, as the site file's [mqtt] has them" } },
        "bindings": { "mqtt": { "lastWill": will, "bindingVersion": BINDING_VERSION } },
    })
}

/// A channel's name in the document: letters, digits and hyphens, of its address without the names in braces.
fn key(address: &str) -> String {
    let parts = address.split('/').filter(|part| !part.starts_with('{') && *part != "rackward" && *part != "v1");
    parts.collect::<Vec<_>>().join("-")
}

fn channel_json(channel: &Channel) -> Value {
    let names = channel.address.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Map<String, Value> =
        names.map(|name| (name.to_owned(), json!({ "description": parameter_words(name) }))).collect();
    json!({
        "address": channel.address,
        "description": channel.says,
        "parameters": parameters,
        "messages": { "message": message(channel) },
    })
}

fn parameter_words(name: &str) -> &'static str {
    match name {
        "site" => "The site: 1 to 64 of a-z, 0-9 and '-'",
        "device" => "The device, which is also its client id: 1 to 64 of a-z, 0-9 and '-'",
        "path" => "The door's path without the site, over as many levels as it has",
        _ => "The door's number, as rackward-<site>-door-<number>",
    }
}

fn message(channel: &Channel) -> Value {
    let (content_type, payload) = match channel.payload {
        Payload::Cbor => ("application/cbor", json!({ "description": "A CBOR array of version 2" })),
        Payload::DoorState => ("application/json", json!({ "$ref": "#/components/schemas/door-state" })),
        Payload::DoorEvent => ("application/json", json!({ "$ref": "#/components/schemas/door-event" })),
        Payload::Words(words) => ("text/plain", json!({ "type": "string", "enum": words })),
        Payload::Discovery => ("application/json", json!({ "type": "object" })),
    };
    json!({ "contentType": content_type, "summary": channel.says, "payload": payload })
}

fn operation_json(channel: &Channel) -> Value {
    let action = match channel.action {
        Action::Receive => "receive",
        Action::Send => "send",
    };
    let mut binding = json!({ "qos": 1, "retain": channel.kept == Kept::Retained, "bindingVersion": BINDING_VERSION });
    if let (Kept::Expiring, Some(binding)) = (channel.kept, binding.as_object_mut()) {
        binding.insert("messageExpiryInterval".to_owned(), EXPIRES_SECONDS.into());
    }
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{}", key(channel.address)) },
        "summary": channel.says,
        "bindings": { "mqtt": binding },
    })
}

fn door_state() -> Value {
    let word = || json!({ "type": "string" });
    let maybe = || json!({ "type": ["string", "null"] });
    let flag = || json!({ "type": "boolean" });
    let data = json!({
        "type": "object",
        "required": ["contact", "lock", "mode", "secured", "alarm", "tamper", "problem"],
        "properties": {
            "contact": word(), "lock": word(), "handle": maybe(), "key": maybe(), "mode": word(), "secured": word(),
            "alarm": word(), "tamper": flag(), "problem": flag(),
        },
    });
    cloud_event(json!({ "const": "rackward.door.state.v1" }), data)
}

fn door_event() -> Value {
    let data = json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string" }, "mode": { "type": "string" }, "kind": { "type": "string" },
            "priority": { "type": "integer", "minimum": 1, "maximum": 4 },
        },
    });
    cloud_event(json!({ "type": "string", "examples": EVENT_TYPES }), data)
}

/// A CloudEvent 1.0 of some type.
fn cloud_event(kind: Value, data: Value) -> Value {
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string" },
            "source": { "type": "string", "description": "The site, such as urn:rackward:lon1" },
            "type": kind,
            "subject": { "type": "string", "description": "The door's path" },
            "time": { "type": "string", "format": "date-time" },
            "datacontenttype": { "const": "application/json" },
            "sequence": { "type": "string", "description": "Twenty digits, which sort as text" },
            "data": data,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_channel_and_operation_has_a_name_of_its_own() {
        let keys: BTreeSet<String> = CHANNELS.iter().map(|channel| key(channel.address)).collect();
        let operations: BTreeSet<&str> = CHANNELS.iter().map(|channel| channel.operation).collect();
        assert_eq!((keys.len(), operations.len()), (CHANNELS.len(), CHANNELS.len()), "{keys:?}");
        assert!(keys.contains("dev-up-birth") && keys.contains("door-state"), "{keys:?}");
    }

    #[test]
    fn an_operation_says_how_it_is_sent() {
        let document = document();
        let command = &document["operations"]["tellCommand"];
        assert_eq!(command["action"], "send");
        assert_eq!(command["bindings"]["mqtt"]["messageExpiryInterval"], 10);
        assert_eq!(command["bindings"]["mqtt"]["retain"], false);
        let channel = command["channel"]["$ref"].as_str().unwrap().trim_start_matches('#');
        assert_eq!(document.pointer(channel).unwrap()["address"], "rackward/v1/{site}/dev/{device}/down/cmd");
        assert_eq!(document["operations"]["hearBirth"]["bindings"]["mqtt"]["retain"], true);
    }
}
