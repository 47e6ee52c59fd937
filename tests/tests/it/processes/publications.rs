//! What the daemon publishes for others than devices, as a program reads it at either broker: how doors stand, what happened at
//! them, whether the daemon is there, and the doors as Home Assistant wants them told. Nobody's name or card is in any of it.

use std::fs;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rumqttc::mqttbytes::v5::PubAckReason;
use serde_json::Value;

use super::guest::{Guest, Message};
use super::outside::{Mosquitto, authority};
use super::site::{Broker, DOORS, Plan, Site, write_private};

const PUBLISHED: &str = "publish = true\nhome_assistant = true\n";
const OBSERVED: &str =
    "publish = true\nhome_assistant = true\nobserver = \"dashboards\"\nobserver_password_file = \"observer\"\n";
const AVAILABILITY: &str = "rackward/v1/lon1/server/main/availability";

fn state_of(door: &str) -> String {
    format!("rackward/v1/lon1/door/{door}/state")
}

fn json(message: &Message) -> Value {
    serde_json::from_str(&message.payload).unwrap_or_else(|error| panic!("{error}: {message:?}"))
}

fn is(topic: &str, part: &str) -> impl Fn(&Message) -> bool {
    move |message| message.topic == topic && message.payload.contains(part)
}

fn listen(guest: &mut Guest) {
    ["rackward/v1/lon1/door/#", "rackward/v1/lon1/server/#", "homeassistant/device/#"]
        .into_iter()
        .for_each(|filter| guest.subscribe(filter));
}

/// Every door is announced, as things to look at and nothing to order.
#[track_caller]
fn check_announced(guest: &mut Guest) {
    for _ in DOORS {
        let announced = guest.find("a door is announced", |message| message.topic.starts_with("homeassistant/device/"));
        let parts = json(&announced)["cmps"].as_object().unwrap().clone();
        assert!(!parts.is_empty());
        for part in parts.values() {
            assert!(["binary_sensor", "event"].contains(&part["p"].as_str().unwrap()), "{announced:?}");
            assert!(part.get("command_topic").is_none(), "{announced:?}");
        }
    }
}

#[test]
fn an_observer_sees_doors_and_nobody() {
    let site = Site::lay_out(&Plan { mqtt: OBSERVED, ..Plan::default() });
    write_private(&site.path("observer"), "only for looking\n");
    let daemon = site.daemon();
    let hardware = site.hardware();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    let authority = site.cli(&["mqtt", "authority"]).out;
    assert!(Guest::observe(site.broker_port, &authority, "dashboards", "guessed").is_err());
    let mut guest = Guest::observe(site.broker_port, &authority, "dashboards", "only for looking").unwrap();
    guest.subscribe("rackward/v1/lon1/door/#");
    guest.subscribe("rackward/v1/lon1/server/#");
    let there = guest.find("that the daemon is there", is(AVAILABILITY, ""));
    assert_eq!((there.payload.as_str(), there.is_kept), ("online", true));

    let since = daemon.api.head();
    hardware.hands.badge("p-1", "lon1/main/in");
    stream.find(since, "the badge is granted", |event| event.is("access.granted", "lon1/main/in"));
    let granted = guest.find("the event", is("rackward/v1/lon1/door/main/event", "rackward.access.granted.v1"));
    assert!(!granted.is_kept);
    let unlocked = guest.find("the state", is(&state_of("main"), "\"lock\":\"unlocked\""));
    assert_eq!(json(&unlocked)["data"]["contact"], "closed", "{unlocked:?}");
    for message in [&granted, &unlocked] {
        for secret in ["p-1", "cred-", "g-", "person", "\"7\""] {
            assert!(!message.payload.contains(secret), "{secret} in {message:?}");
        }
    }
    let said = stream.find(since, "it is locked again", |event| event.is("door.changed", "lon1/main"));
    assert!(said.id.is_some());
    guest.find("the state after it", is(&state_of("main"), "\"lock\":\"locked\""));

    // Home Assistant has started: it is told everything once more, and nothing else can be said by an observer.
    guest.subscribe("homeassistant/device/#");
    check_announced(&mut guest);
    assert_eq!(guest.publish_this("homeassistant/status", b"online"), PubAckReason::Success);
    check_announced(&mut guest);
    assert_ne!(guest.publish_this(&state_of("main"), b"{}"), PubAckReason::Success);
    daemon.program.interrupt();
}

/// A program with a certificate of its own at a broker that is not ours.
fn dashboard(site: &Site) -> Guest {
    let pem = site.cli(&["mqtt", "authority"]).out;
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "dashboards");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &authority(&pem, site)).unwrap().pem();
    let mut guest =
        Guest::connect(site.broker_port, &pem, Some(&(key.serialize_pem() + &certificate)), "dashboards").unwrap();
    listen(&mut guest);
    guest
}

#[test]
fn another_broker_keeps_what_is_published_and_says_when_the_daemon_is_gone() {
    let site = Site::lay_out(&Plan { broker: Broker::Outside, mqtt: PUBLISHED, ..Plan::default() });
    let daemon = site.daemon();
    let broker = Mosquitto::for_the_handle_of(&site);
    broker.also_let("user dashboards\ntopic read rackward/v1/lon1/#\ntopic readwrite homeassistant/#");
    let mut guest = dashboard(&site);
    guest.find("that the daemon is there", is(AVAILABILITY, "online"));
    check_announced(&mut guest);
    // Killed, it says nothing more itself.
    daemon.program.kill();
    guest.find("the last will", is(AVAILABILITY, "offline"));

    // A door gets another path: the old one is taken away from everybody who keeps it.
    let text = fs::read_to_string(site.file()).unwrap();
    fs::write(site.file(), text.replace("lon1/side", "lon1/flank")).unwrap();
    let daemon = site.daemon();
    guest.find("that the daemon is back", is(AVAILABILITY, "online"));
    guest.find("that the old door is gone", |message| message.topic == state_of("side") && message.payload.is_empty());
    guest.find("that the new one is there", is(&state_of("flank"), "\"secured\""));
    drop(guest);
    let mut late = dashboard(&site);
    late.ping();
    let kept: Vec<String> = late.overheard.clone();
    assert!(kept.contains(&state_of("flank")) && !kept.contains(&state_of("side")), "{kept:?}");
    daemon.program.interrupt();
    late.find("that it was stopped", is(AVAILABILITY, "stopped"));
}
