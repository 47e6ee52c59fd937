//! The engine's way into `rackward_fuzz::bus`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::bus::run(data));
