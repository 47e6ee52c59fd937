//! What admins wait for. Each part is a file; `plan` compares files with a large site.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

mod plan;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    plan::run()
}
