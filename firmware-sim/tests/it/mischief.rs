//! Handles that misbehave as they are told to, and what the daemon's end of the session makes of it.

use rackward_firmware_sim::config::{Mischief, MqttDeviceConfig};
use rackward_protocol::mqtt::{LinkEvent, MessageError, Trouble};

use crate::rack_at_broker::Story;

fn with(mischief: Mischief) -> Story {
    let mut story = Story::with(|device| {
        let mqtt = device.mqtt.clone().unwrap();
        device.mqtt = Some(MqttDeviceConfig { mischief: Some(mischief), heartbeat_secs: Some(5), ..mqtt });
    });
    story.run(120_000);
    story
}

#[test]
fn every_mischief_is_seen_at_the_other_end() {
    let honest = Story::with(|device| {
        let mqtt = device.mqtt.clone().unwrap();
        device.mqtt = Some(MqttDeviceConfig { heartbeat_secs: Some(5), ..mqtt });
    });
    assert_eq!(honest.troubles, []);
    assert!(with(Mischief::RepeatsSequence).troubles.contains(&Trouble::Duplicate));
    assert!(with(Mischief::SkipsSequence).troubles.contains(&Trouble::Lost { missing: 1 }));
    let oversize = with(Mischief::Oversize).troubles;
    let expect = Trouble::Malformed(MessageError::Oversize { bytes: 1_025, max: 1_024 });
    assert!(oversize.contains(&expect), "{oversize:?}");
    let silent = with(Mischief::Silent);
    assert_eq!((silent.events, silent.troubles), (vec![], vec![]));
    let serial = |story: &Story| match &story.events[0] {
        LinkEvent::Born(_, birth) => birth.serial.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(serial(&with(Mischief::OtherSerial("X-1".into()))), "X-1");
}

#[test]
fn a_wrong_clock_shows_in_what_it_says() {
    let mut story = with(Mischief::WrongClock(3_600));
    story.events.clear();
    story.release(1, 2_000);
    story.run(1_500);
    assert_eq!(story.acks(), [(1, rackward_protocol::mqtt::Outcome::Expired)], "to it, the release comes an hour late");
}
