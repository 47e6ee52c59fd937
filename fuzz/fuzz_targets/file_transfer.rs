//! The engine's way into `rackward_fuzz::file_transfer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::file_transfer::run(data));
