//! What is typed to see why something does not work.

use std::path::PathBuf;

use clap::Args;

/// What is looked at, and whether it is written down.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Writes a support bundle as well: what somebody outside needs to find a fault, listed before it is written. A file that is
    /// there is left as it is.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
}
