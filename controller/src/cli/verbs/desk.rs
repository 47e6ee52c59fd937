//! Who is inside, visitors, musters and the hand-over of the desk. What each order does, and who may give it, is the daemon's to
//! say. Marks are sent as they are typed: two of the same person come together by their times.

use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, list, screens, single, with};
use crate::cli::arguments::{InsideArgs, MusterMarkArgs, MusterVerb, ShiftVerb, VisitorEnter, VisitorVerb};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{AREA_COUNTS, INSIDERS, MUSTERS, VISITORS};

/// Who is inside, or how many in each area.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn inside(session: &Session, args: &InsideArgs) -> Result<Report, Failure> {
    if args.areas {
        let target = Target::new(&["inside", "areas"]);
        return list(session, target, &args.part, "AreaCountList", AREA_COUNTS, "no areas").await;
    }
    let target = Target::new(&["inside"]).maybe("area", args.area.as_deref());
    list(session, target, &args.part, "InsiderList", INSIDERS, "nobody recorded inside").await
}

/// Visitors.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(super) async fn visitor(session: &Session, verb: &VisitorVerb) -> Result<Report, Failure> {
    match verb {
        VisitorVerb::List(part) => {
            list(session, Target::new(&["visitors"]), part, "VisitorList", VISITORS, "no visitors").await
        }
        VisitorVerb::Enter(args) => enter(session, args).await,
        VisitorVerb::Leave { visitor } => {
            let document = session.post(&["visitors", visitor, "leave"], &request::Nothing {}).await;
            let help = "see who is here with: rackward visitor list --filter inside:yes";
            let document = document.map_err(|failure| failure.advise_on(Exit::NotFound, help))?;
            Ok(single("VisitorLeft", document, screens::visitor_left))
        }
    }
}

async fn enter(session: &Session, args: &VisitorEnter) -> Result<Report, Failure> {
    let body = request::EnterVisitor {
        name: args.name.clone(),
        company: args.company.clone(),
        host: args.host.clone(),
        area: args.area.clone(),
        reason: args.reason.clone(),
        until_at: session.end(None, args.lasting, args.to.as_deref()).await?,
    };
    let document = session.post(&["visitors"], &body).await?;
    Ok(single("Visitor", document, screens::visitor))
}

/// Musters.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(super) async fn muster(session: &Session, verb: &MusterVerb) -> Result<Report, Failure> {
    match verb {
        MusterVerb::Start { area, kind, reason } => {
            let kind = kind.word().to_owned();
            let body = request::StartMuster { kind, area: area.clone(), reason: reason.clone() };
            let document = session.post(&["musters"], &body).await?;
            Ok(single("Muster", document, screens::muster_started))
        }
        MusterVerb::List(part) => {
            list(session, Target::new(&["musters"]), part, "MusterList", MUSTERS, "no musters on record").await
        }
        MusterVerb::Show { muster } => {
            let document = session.get(Target::new(&["musters", muster])).await.map_err(unknown)?;
            Ok(single("Muster", document, screens::muster))
        }
        MusterVerb::Mark(args) => mark(session, args).await,
        MusterVerb::Visitor { muster, name, company, area } => {
            let (name, company, area) = (name.clone(), company.clone(), area.clone());
            let body = request::FindVisitor { name, company, area };
            let document = session.post(&["musters", muster, "visitors"], &body).await.map_err(unknown)?;
            Ok(single("Visitor", document, screens::visitor))
        }
        MusterVerb::End { muster, report } => {
            let body = request::EndMuster { report: report.clone() };
            let document = session.post(&["musters", muster, "end"], &body).await.map_err(unknown)?;
            Ok(single("Muster", document, screens::muster_ended))
        }
    }
}

async fn mark(session: &Session, args: &MusterMarkArgs) -> Result<Report, Failure> {
    let at = session.maybe_instant("--at", args.at.as_deref()).await?;
    let mark = |who: &String| request::MusterMark {
        person: who.clone(),
        status: args.status.word().to_owned(),
        r#where: args.r#where.clone(),
        note: args.note.clone(),
        at,
    };
    let body = request::MarkMuster { marks: args.who.iter().map(mark).collect() };
    let document = session.post(&["musters", &args.muster, "marks"], &body).await.map_err(unknown)?;
    let document = with(document, "marked", json!(args.who));
    Ok(single("Muster", with(document, "marked_as", Value::from(args.status.word())), screens::muster_marked))
}

fn unknown(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "see which there are with: rackward muster list")
}

/// The hand-over of the desk.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn shift(session: &Session, verb: &ShiftVerb) -> Result<Report, Failure> {
    let document = match verb {
        ShiftVerb::Show => {
            let document = session.get(Target::new(&["shift"])).await?;
            return Ok(single("Shift", document, screens::shift));
        }
        ShiftVerb::Note { note } => {
            session.post(&["shift", "note"], &request::NoteShift { note: note.clone() }).await?
        }
        ShiftVerb::Accept => session.post(&["shift", "accept"], &request::Nothing {}).await?,
        ShiftVerb::Reject { note } => {
            session.post(&["shift", "reject"], &request::RejectShift { note: note.clone() }).await?
        }
    };
    Ok(single("Shift", document, screens::shift_changed))
}
