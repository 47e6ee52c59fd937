//! Flags of every verb that lists: which items, in which order, how many, and what of each. What can be asked of which list is
//! the daemon's to say; a mistake is answered with what there is.

use clap::Args;

/// Which part of a list.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListArgs {
    /// Only what this means, such as "hall-a -secured:secured"; a mistake is answered with the fields there are.
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) filter: Option<String>,
    /// In this order, such as name or -name; a mistake is answered with the orders there are.
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// How many at most; all if left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
}

/// A moment of the past, for what the journal tells of it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PastArgs {
    /// As it was at this moment of the past; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
}

/// Which part of a list, as it is or was.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PastListArgs {
    #[command(flatten)]
    pub(crate) past: PastArgs,
    #[command(flatten)]
    pub(crate) part: ListArgs,
}
