//! The engine's way into `rackward_fuzz::rights_list`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::rights_list::run(data));
