//! The engine's way into `rackward_fuzz::card_formats`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::card_formats::run(data));
