//! The engine's way into `rackward_fuzz::peripheral`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::peripheral::run(data));
