//! Lines about what happened: lists, searches, what is shown as it happens.

use clap::{Args, Subcommand};

use super::EventStills;

/// What is searched for.
#[derive(Debug, Args)]
pub(crate) struct EventSearch {
    /// What must hold, such as type:access.denied person:p-7 -reason:n12 during:night "lost card"; everything if left out.
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) query: Option<String>,
    /// At or after this time: RFC 3339, -24h, "today 14:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// Which come first.
    #[arg(long, value_enum, default_value_t = EventOrder::Newest)]
    pub(crate) order: EventOrder,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// As many as there are.
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

/// Which events come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EventOrder {
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
}

/// What can be asked about events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventVerb {
    /// Shows entries of the journal as they happen, until Ctrl-C.
    Watch {
        /// Start after this journal sequence number instead of now.
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
    },
    /// Shows the newest entries, oldest first.
    List {
        /// Start after this journal sequence number instead of near the end.
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Searches the journal: fields, wildcards, times, words, such as type:access.denied door:hall-a/* from:-24h.
    Search(EventSearch),
    /// Writes the stills of an event or alarm into a directory.
    Stills(EventStills),
    /// Shows one entry.
    Show {
        /// Its journal sequence number.
        #[arg(value_name = "SEQ")]
        seq: u64,
    },
}
