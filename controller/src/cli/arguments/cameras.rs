//! Lines about cameras and their stills.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ListArgs;

/// What can be asked about cameras.
#[derive(Debug, Subcommand)]
pub(crate) enum CameraVerb {
    /// Lists every camera, and whether it answers.
    List(ListArgs),
    /// Shows one camera: what it covers, and how it is.
    Show {
        /// The camera, by name or id.
        camera: String,
    },
}

/// Stills of what happened.
#[derive(Debug, Args)]
pub(crate) struct EventStills {
    /// The event by its number in the journal, or an alarm by its id.
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// The directory to write the pictures into; files that are there are not written over.
    #[arg(short, long = "directory", value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
