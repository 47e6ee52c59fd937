//! The engine's way into `rackward_fuzz::framing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::framing::run(data));
