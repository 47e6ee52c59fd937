//! The engine's way into `rackward_fuzz::plan_svg`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rackward_fuzz::plan_svg::run(data));
