//! The engine's way into `rackward_fuzz::enrolment`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::enrolment::run(data));
