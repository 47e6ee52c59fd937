//! Whatever arrives, both ends survive it and go on.

use std::time::Duration;

use proptest::prelude::*;
use rackward_protocol::osdp::{Baud, Bus, BusConfig, DeviceConfig, DeviceRole, Micros, Peripheral, PeripheralConfig};

use super::line::{Dice, Line, address, identity, key};

/// Bytes that look a little like frames: a start, the right address, a plausible length.
fn nearly_frames() -> impl Strategy<Value = Vec<u8>> {
    let frame = (0_u8..4, any::<bool>(), 6_u8..40, any::<u8>(), prop::collection::vec(any::<u8>(), 0..40));
    frame.prop_map(|(number, reply, length, control, rest)| {
        let mut bytes = vec![0x53, number | if reply { 0x80 } else { 0 }, length, 0, control & 0x0F];
        bytes.extend(rest);
        bytes.truncate(usize::from(length).saturating_sub(1));
        let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(sum.wrapping_neg());
        bytes
    })
}

fn traffic() -> impl Strategy<Value = Vec<(u32, Vec<u8>)>> {
    let bytes = prop_oneof![prop::collection::vec(any::<u8>(), 0..60), nearly_frames()];
    prop::collection::vec((0_u32..300_000, bytes), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_bus_survives_any_bytes(traffic in traffic()) {
        let mut bus = Bus::new(BusConfig::new(Baud::B38400), Dice(1).entropy());
        let mut now = Micros::from_secs(1);
        for number in 0..4 {
            bus.add(now, address(number), DeviceConfig::new(key(number), DeviceRole::Lock));
        }
        for (gap, bytes) in traffic {
            now = now + Duration::from_micros(u64::from(gap));
            bus.handle_timeout(now);
            while bus.poll_transmit(now).is_some() {}
            bus.handle_bytes(now, &bytes);
            while let Some((_, event)) = bus.poll_event() {
                let online = matches!(event, rackward_protocol::osdp::BusEvent::Online { .. });
                prop_assert!(!online, "nobody proved a key");
            }
        }
    }

    #[test]
    fn a_device_survives_any_bytes_and_does_nothing(traffic in traffic()) {
        let config = PeripheralConfig::new(address(1), key(1), identity(1), 2, 2, 1);
        let mut device = Peripheral::new(config, Dice(2).entropy());
        let mut now = Micros::from_secs(1);
        for (gap, bytes) in traffic {
            now = now + Duration::from_micros(u64::from(gap));
            device.handle_bytes(now, &bytes);
            device.handle_timeout(now);
            while device.poll_transmit(now).is_some() {}
            prop_assert_eq!(device.poll_action(), None);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_any_noise_a_line_comes_back(noise in traffic(), seed in any::<u64>()) {
        let mut line = Line::with_readers(Baud::B9600, seed, 2);
        for (gap, bytes) in noise {
            line.inject(bytes);
            line.run(Duration::from_micros(u64::from(gap)));
        }
        line.run(Duration::from_secs(20));
        prop_assert!(line.is_online(1) && line.is_online(2));
        line.forget();
        line.card(1, &super::line::CARD);
        line.run(Duration::from_secs(2));
        prop_assert_eq!(super::line::cards(&line.events_of(1)).len(), 1);
    }
}
