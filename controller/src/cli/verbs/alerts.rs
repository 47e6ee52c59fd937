//! Alerts: what a query means, how often it would have matched and what becomes of a match is the daemon's.

use hyper::Method;
use rackward_dashboard::wire::request;

use super::{Session, list, screens, single};
use crate::cli::arguments::{AlertCreate, AlertVerb};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::ALERTS;
use crate::cli::when;

/// Alerts.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(super) async fn alert(session: &Session, verb: &AlertVerb) -> Result<Report, Failure> {
    match verb {
        AlertVerb::List(part) => {
            list(session, Target::new(&["alerts"]), part, "AlertList", ALERTS, "no alerts on record").await
        }
        AlertVerb::Show { alert } => {
            let document = session.get(Target::new(&["alerts", alert])).await.map_err(unknown)?;
            Ok(single("Alert", document, screens::alert))
        }
        AlertVerb::Create(args) => create(session, args).await,
        AlertVerb::Delete { alert, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.change(Method::DELETE, &["alerts", alert], &body).await.map_err(unknown)?;
            Ok(single("Alert", document, screens::alert))
        }
    }
}

async fn create(session: &Session, args: &AlertCreate) -> Result<Report, Failure> {
    let until_at = match when::parse_span(&args.until) {
        Ok(span) => session.lasting("--until", span)?,
        Err(_) => session.instant("--until", &args.until).await?,
    };
    let body = request::CreateAlert {
        name: args.name.clone(),
        query: args.query.clone(),
        priority: args.priority,
        response: args.response.clone(),
        reason: args.reason.clone(),
        until_at,
        owner: args.owner.clone(),
        organisation: args.organisation.clone(),
        accept_flood: args.accept_flood.then_some(true),
    };
    let document = session.post(&["alerts"], &body).await?;
    Ok(single("Alert", document, screens::alert))
}

fn unknown(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "list them with: rackward alert list")
}
