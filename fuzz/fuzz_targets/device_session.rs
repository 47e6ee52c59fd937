//! The engine's way into `rackward_fuzz::device_session`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::device_session::run(data));
