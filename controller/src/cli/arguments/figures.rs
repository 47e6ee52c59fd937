//! What is typed to see how alarms are answered, and which timings would have spared some.

use std::time::Duration;

use clap::Args;

use crate::cli::when::parse_span;

/// A stretch of time.
#[derive(Debug, Args)]
pub(crate) struct PeriodArgs {
    /// From when; a week before the end for figures and 30 days for proposals if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// The time up to now that is this long, such as 30d.
    #[arg(long, value_name = "SPAN", value_parser = parse_span, conflicts_with_all = ["from", "to"])]
    pub(crate) last: Option<Duration>,
}

/// Which figures.
#[derive(Debug, Args)]
pub(crate) struct FiguresArgs {
    #[command(flatten)]
    pub(crate) period: PeriodArgs,
    /// Only alarms about this area, its doors and their devices.
    #[arg(long, value_name = "AREA")]
    pub(crate) area: Option<String>,
    /// Only alarms about this door and its devices.
    #[arg(long, value_name = "DOOR")]
    pub(crate) door: Option<String>,
    /// Of operators, only this one, by id or name or as events name them, such as uid:0.
    #[arg(long, value_name = "OPERATOR")]
    pub(crate) operator: Option<String>,
}
