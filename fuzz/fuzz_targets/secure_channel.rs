//! The engine's way into `rackward_fuzz::secure_channel`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::secure_channel::run(data));
