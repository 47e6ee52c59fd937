//! Doors as Home Assistant discovers them: sensors and events of one device each, in the form
//! `homeassistant/device/<id>/config`.
//!
//! Decides that a door is never a lock there: an MQTT lock must take commands, and where it hears of no state it shows the
//! one that it asked for. So nobody opens anything from a house automation, and nobody sees a lock closed that is not.

use rackward_core::site::Door;
use serde_json::{Value, json};

use super::{topics, words};

/// What makes Home Assistant show a door.
pub(super) fn discovery(site: &str, door: &Door) -> Vec<u8> {
    let node = topics::node(site, door.id.get());
    let state = topics::door_state(site, &door.path);
    let sensor = |class: &str, name: &str, on: &str, off: &str| {
        json!({
            "p": "binary_sensor",
            "unique_id": format!("{node}-{class}"),
            "name": name,
            "device_class": class,
            "state_topic": state,
            // What is neither is not known, and Home Assistant shows it so.
            "value_template": format!("{{{{ 'ON' if {on} else 'OFF' if {off} else 'None' }}}}"),
        })
    };
    let data = "value_json.data";
    let config = json!({
        "dev": {"ids": [node.clone()], "name": door.path, "mf": "Rackward", "mdl": "door"},
        "o": {"name": "rackward", "sw": env!("CARGO_PKG_VERSION")},
        "availability": [{
            "topic": topics::availability(site),
            "value_template": "{{ 'online' if value == 'online' else 'offline' }}",
        }],
        "qos": 1,
        "cmps": {
            "door": sensor("door", "Door", &format!("{data}.contact == 'open'"), &format!("{data}.contact == 'closed'")),
            "lock": sensor("lock", "Lock", &format!("{data}.lock == 'unlocked'"), &format!("{data}.lock == 'locked'")),
            "tamper": sensor("tamper", "Tamper", &format!("{data}.tamper"), &format!("not {data}.tamper")),
            "problem": sensor("problem", "Problem", &format!("{data}.problem"), &format!("not {data}.problem")),
            "event": event(site, &node, door),
        },
    });
    serde_json::to_vec(&config).unwrap_or_default()
}

fn event(site: &str, node: &str, door: &Door) -> Value {
    json!({
        "p": "event",
        "unique_id": format!("{node}-event"),
        "name": "Event",
        "state_topic": topics::door_event(site, &door.path),
        "event_types": words::event_types().collect::<Vec<_>>(),
        "value_template": "{{ {'event_type': value_json.type} | tojson }}",
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rackward_core::id::{AreaId, DeviceId, DoorId};
    use rackward_core::site::{DoorKind, Egress, Timings, TwoPerson};

    use super::*;

    /// What a broker of ours keeps of one message at most.
    const RETAINED_LIMIT_BYTES: usize = 4_096;

    const SECOND: Duration = Duration::from_secs(1);
    const TIMINGS: Timings = Timings {
        release_time: SECOND,
        open_time: SECOND,
        pre_alarm_time: SECOND,
        forced_debounce: SECOND,
        latch_time: SECOND,
        travel_time: SECOND,
        extended_release_time: SECOND,
        extended_open_time: SECOND,
    };

    fn door() -> Door {
        Door {
            id: DoorId::new(3),
            path: format!("lon1/{}/front", "a".repeat(32)),
            kind: DoorKind::RackDoor,
            area: AreaId::new(1),
            from: None,
            two_person: TwoPerson::No,
            egress: Egress::No,
            opening: None,
            lock: DeviceId::new(9),
            points: Vec::new(),
            interlocked_with: Vec::new(),
            timings: TIMINGS,
        }
    }

    #[test]
    fn a_door_is_seen_and_never_commanded() {
        let payload = discovery("lon1", &door());
        assert!(payload.len() <= RETAINED_LIMIT_BYTES, "{} bytes", payload.len());
        let config: Value = serde_json::from_slice(&payload).unwrap();
        let platforms: Vec<_> = config["cmps"].as_object().unwrap().values().map(|part| part["p"].clone()).collect();
        assert!(platforms.iter().all(|platform| platform == "binary_sensor" || platform == "event"), "{platforms:?}");
        assert!(!String::from_utf8(payload).unwrap().contains("command"));
        assert_eq!(config["dev"]["ids"], json!(["rackward-lon1-door-3"]));
        assert_eq!(config["cmps"]["lock"]["device_class"], "lock");
        assert!(
            config["cmps"]["event"]["event_types"].as_array().unwrap().contains(&json!("rackward.access.denied.v1"))
        );
    }
}
