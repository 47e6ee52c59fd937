//! Verbs about site files, as people type them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What is planned.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The directory with the files, one file, or - for standard input.
    #[arg(short = 'f', long = "file", value_name = "DIR")]
    pub(crate) files: PathBuf,
    /// Keep the plan in a file, for `rackward apply FILE`.
    #[arg(long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// End with 10 where something would change.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Plan the end of what files look after and no longer say.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Take over what has a name that the files use.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Say how many objects stay as they are.
    #[arg(long)]
    pub(crate) show_unchanged: bool,
}

/// What is applied.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// A plan that `rackward plan --out` kept.
    #[arg(value_name = "PLAN", required_unless_present = "files", conflicts_with = "files")]
    pub(crate) plan: Option<PathBuf>,
    /// The directory with the files, one file, or - for standard input.
    #[arg(short = 'f', long = "file", value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    /// End what files look after and no longer say.
    #[arg(long, conflicts_with = "plan")]
    pub(crate) prune: bool,
    /// Take over what has a name that the files use.
    #[arg(long, conflicts_with = "plan")]
    pub(crate) adopt: bool,
    /// How many rights or objects may go.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(crate) max_deletes: u32,
    /// The name of the site: lets more go.
    #[arg(long, value_name = "SITE")]
    pub(crate) confirm: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "site files applied")]
    pub(crate) reason: String,
}

/// What is undone.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Whose tests are run.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The directory with the files, one file, or - for standard input.
    #[arg(short = 'f', long = "file", value_name = "DIR")]
    pub(crate) files: PathBuf,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// Only what became so after this moment.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// End with 10 where something differs.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// What is written down.
#[derive(Debug, Subcommand)]
pub(crate) enum ExportVerb {
    /// Schedules, calendars, access profiles, memberships, grants and agreements.
    Site {
        /// The directory to write to; standard output if left out.
        #[arg(short = 'f', long = "file", value_name = "DIR")]
        files: Option<PathBuf>,
    },
}
