//! Lines about alerts: leaving a query standing, looking at what it matched, ending it.

use clap::{Args, Subcommand};

use super::ListArgs;

/// What can be done with alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum AlertVerb {
    /// Lists alerts in force and those that ended last.
    List(ListArgs),
    /// Shows one alert, and how often it matched.
    Show {
        /// The alert, such as alr-2.
        alert: String,
    },
    /// Leaves a query standing: every entry that it matches from now on raises an alarm. With --dry-run: how often it would have.
    Create(AlertCreate),
    /// Ends an alert before its time.
    Delete {
        /// The alert, such as alr-2.
        alert: String,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// A new alert.
#[derive(Debug, Args)]
pub(crate) struct AlertCreate {
    /// What it waits for, in the language of event search, such as "type:access.denied door:hall-a/*".
    pub(crate) query: String,
    /// What people call it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// How urgent its alarms are: 2 (high), 3 (medium) or 4 (low).
    #[arg(long, value_name = "2|3|4", value_parser = clap::value_parser!(u16).range(2..=4))]
    pub(crate) priority: u16,
    /// When it is over: a span such as 30d, or a time; within 366 days.
    #[arg(long, value_name = "SPAN|TIME")]
    pub(crate) until: String,
    /// What whoever answers one of its alarms has to do.
    #[arg(long, value_name = "TEXT")]
    pub(crate) response: String,
    /// What it is for; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who answers for it, an operator by id or name; whoever makes it if left out.
    #[arg(long, value_name = "OPERATOR")]
    pub(crate) owner: Option<String>,
    /// The organisation whose it is: it matches only where that one may look, and is shown to it.
    #[arg(long, value_name = "ORGANISATION")]
    pub(crate) organisation: Option<String>,
    /// Make it although it would have been a flood: what is over its rate is only counted.
    #[arg(long)]
    pub(crate) accept_flood: bool,
}
