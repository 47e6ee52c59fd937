//! The engine's way into `rackward_fuzz::round_trip`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::round_trip::run(data));
