//! The engine's way into `rackward_fuzz::mqtt_messages`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::mqtt_messages::run(data));
