//! How alarms are answered, and which timings of doors would have spared some. What is counted and proposed is the daemon's.

use std::time::Duration;

use jiff::Timestamp;
use rackward_core::Wall;
use rackward_dashboard::wire::at::At;
use serde_json::Value;

use super::{Session, screens, single, with};
use crate::cli::arguments::{FiguresArgs, PeriodArgs};
use crate::cli::client::Target;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::verbs::screens::PROPOSALS;

/// The figures of a period.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn figures(session: &Session, args: &FiguresArgs) -> Result<Report, Failure> {
    let target = within(session, Target::new(&["alarms", "figures"]), &args.period).await?;
    let target = target.maybe("area", args.area.as_deref()).maybe("door", args.door.as_deref());
    let document = session.get(target.maybe("operator", args.operator.as_deref())).await?;
    Ok(single("AlarmFigures", document, screens::figures))
}

/// What rehearsing a period proposes.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn proposals(session: &Session, args: &PeriodArgs) -> Result<Report, Failure> {
    let target = within(session, Target::new(&["alarms", "proposals"]), args).await?;
    let document = with(session.get(target).await?, "next_cursor", Value::Null);
    let empty = "no alarm came that a timing of its door decides about";
    Ok(Report::List { kind: "AlarmProposalList", document, columns: PROPOSALS, empty })
}

async fn within(session: &Session, target: Target, period: &PeriodArgs) -> Result<Target, Failure> {
    let from = match period.last {
        Some(span) => Some(earlier(session.now, span)),
        None => session.maybe_instant("--from", period.from.as_deref()).await?,
    };
    let from = from.map(|at| at.to_string());
    let to = session.maybe_instant("--to", period.to.as_deref()).await?.map(|at| at.to_string());
    Ok(target.maybe("from", from.as_deref()).maybe("to", to.as_deref()))
}

/// The moment `span` before `now`.
fn earlier(now: Timestamp, span: Duration) -> At {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    At(Wall::from_micros(now.as_microsecond().saturating_sub(micros)))
}
