//! The engine's way into `rackward_fuzz::middle`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::middle::run(data));
