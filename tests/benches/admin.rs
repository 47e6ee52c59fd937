//! What admins wait for at a large site: what a change of fifty lines would do, who could pass at a moment of the past, and whom new
//! rules would treat differently. Each part says on which site; `-- small` is a tenth of the past's, for trying.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

#[path = "admin/past.rs"]
mod past;
#[path = "admin/plan.rs"]
mod plan;

use rackward_tests::bench::build_dir;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let is_small = std::env::args().any(|argument| argument == "small");
    let dir = tempfile::Builder::new().prefix("bench-admin-").tempdir_in(build_dir())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(past::measure(dir.path(), is_small))?;
    plan::run()
}
