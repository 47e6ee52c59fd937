//! What is typed about what readers and handles show.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use rackward_core::feedback::PatternId;

/// What can be done with a reader or handle.
#[derive(Debug, Subcommand)]
pub(crate) enum ReaderVerb {
    /// Shows a pattern of light, sound and text for some seconds, to see it. Nothing is unlocked, nobody must be there, and what
    /// lasts comes back by itself.
    TestPattern(TestPattern),
}

/// What is shown where.
#[derive(Debug, Args)]
pub(crate) struct TestPattern {
    /// The reader or handle, by name or id.
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,
    /// The pattern, as the legend has it (docs/readers-and-handles.md).
    #[arg(value_name = "PATTERN", value_parser = PossibleValuesParser::new(PatternId::all().map(PatternId::id)), ignore_case = true)]
    pub(crate) pattern: String,
}
