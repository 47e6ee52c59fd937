//! Alarms. Whoever acknowledges or closes one has seen it: by the revision they type, or by the line that is shown here before
//! it is done. Other orders rest on the revision that is read right before (`client.rs`). What an alarm takes as it stands is
//! the daemon's to say.

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, figures, list, named, screens, single, with};
use crate::cli::arguments::{AlarmVerb, OutOfServiceArgs, ShelveArgs};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::ALARMS;

/// Alarms; `None` for the verb that follows the stream.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(super) async fn alarm(session: &Session, verb: &AlarmVerb) -> Option<Result<Report, Failure>> {
    Some(match verb {
        AlarmVerb::Watch { .. } => return None,
        AlarmVerb::Figures(args) => figures::figures(session, args).await,
        AlarmVerb::Proposals(args) => figures::proposals(session, args).await,
        AlarmVerb::List { view, prio, area, part } => {
            let target = Target::new(&["alarms"]).maybe("view", view.map(|view| view.word()));
            let target = target.maybe("prio", prio.as_deref()).maybe("area", area.as_deref());
            list(session, target, part, "AlarmList", ALARMS, "no such alarms").await
        }
        AlarmVerb::Show { alarm } => show(session, alarm).await,
        AlarmVerb::Ack { alarm, note, revision } => {
            let body = request::Acknowledge { note: note.clone().unwrap_or_default() };
            answer(session, alarm, *revision, "acknowledge", &body).await
        }
        AlarmVerb::Note { alarm, note } => {
            order(session, alarm, "note", &request::AlarmNote { note: note.words().to_owned() }).await
        }
        AlarmVerb::Assign { alarm, to } => {
            order(session, alarm, "assign", &request::AssignAlarm { to: to.clone() }).await
        }
        AlarmVerb::Escalate { alarm, to, reason } => {
            let to = to.map(|to| to.word().to_owned());
            order(session, alarm, "escalate", &request::EscalateAlarm { to, reason: reason.clone() }).await
        }
        AlarmVerb::Shelve(args) => shelve(session, args).await,
        AlarmVerb::Unshelve { alarm, reason } => {
            order(session, alarm, "unshelve", &request::Reason { reason: reason.clone() }).await
        }
        AlarmVerb::OutOfService(args) => out_of_service(session, args).await,
        AlarmVerb::Return { alarm } => order(session, alarm, "return-to-service", &request::Nothing {}).await,
        AlarmVerb::Step { alarm, step } => {
            order(session, alarm, "steps", &request::FinishStep { step: step.number() }).await
        }
        AlarmVerb::Close { alarm, verdict, note, revision } => {
            let body = request::CloseAlarm { verdict: verdict.word().to_owned(), note: note.clone() };
            answer(session, alarm, *revision, "close", &body).await
        }
    })
}

async fn show(session: &Session, alarm: &str) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["alarms", alarm])).await.map_err(|failure| unknown(failure, alarm))?;
    Ok(single("Alarm", document, screens::alarm))
}

async fn order(
    session: &Session,
    alarm: &str,
    order: &'static str,
    body: &impl serde::Serialize,
) -> Result<Report, Failure> {
    let document = session.post(&["alarms", alarm, order], body).await.map_err(|failure| unknown(failure, alarm))?;
    Ok(ordered(document, alarm, order, body))
}

/// The daemon says how the alarm stands now; what was ordered of it is known here.
fn ordered(document: Value, alarm: &str, order: &'static str, body: &impl serde::Serialize) -> Report {
    let asked = with(serde_json::to_value(body).unwrap_or_default(), "order", json!(order));
    single("Alarm", with(named(document, alarm), "ordered", asked), screens::alarm_ordered)
}

/// An order that says "I have seen this": it rests on the revision that was seen, or on the one that is shown here.
async fn answer(
    session: &Session,
    alarm: &str,
    seen: Option<u32>,
    order: &'static str,
    body: &impl serde::Serialize,
) -> Result<Report, Failure> {
    let revision = match seen {
        Some(revision) => u64::from(revision),
        None => {
            let document =
                session.get(Target::new(&["alarms", alarm])).await.map_err(|failure| unknown(failure, alarm))?;
            session.tell(&screens::alarm_line(&document));
            let revision = document.get("revision").and_then(Value::as_u64);
            revision.ok_or_else(|| session.client.unreachable("the answer says no revision"))?
        }
    };
    let target = Target::new(&["alarms", alarm, order]);
    let done = session.client.change_seen(Method::POST, &target, revision, body).await;
    let document = done.map_err(|failure| changed(unknown(failure, alarm), alarm))?;
    Ok(ordered(document, alarm, order, body))
}

/// It is another revision now, which nobody has seen yet.
fn changed(failure: Failure, alarm: &str) -> Failure {
    failure.helped_with("stale", &format!("see what it is now with: rackward alarm show {alarm}"))
}

async fn shelve(session: &Session, args: &ShelveArgs) -> Result<Report, Failure> {
    let until_at = session.end(None, args.lasting, args.to.as_deref()).await?;
    let one_shot = Some(args.one_shot).filter(|one_shot| *one_shot);
    let body = request::ShelveAlarm { until_at, one_shot, reason: args.reason.clone() };
    order(session, &args.alarm, "shelve", &body).await
}

async fn out_of_service(session: &Session, args: &OutOfServiceArgs) -> Result<Report, Failure> {
    let until_at = session.end(None, args.lasting, args.to.as_deref()).await?;
    let body = request::TakeOutOfService { until_at, work_order: args.work_order.clone() };
    order(session, &args.alarm, "out-of-service", &body).await
}

/// What was put away more than a day ago is in the journal alone.
fn unknown(failure: Failure, alarm: &str) -> Failure {
    let help = format!(
        "see what there is with: rackward alarm list; one that was put away more than a day ago is in the journal: \
         rackward event search {}",
        super::shell_word(&format!("alarm:{alarm}"))
    );
    failure.advise_on(Exit::NotFound, &help)
}
