//! The engine's way into `rackward_fuzz::topics`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::topics::run(data));
