//! Grants: asked for, changed, ended, and taken in an emergency. Those that wait for approval are in `requests.rs`.

use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::request;
use serde_json::Value;

use super::moments::{list_then, moment, told_then};
use super::{Session, differences, list, named, places, screens, single, with};
use crate::cli::arguments::{
    BreakGlassOpen, BreakGlassVerb, GrantChange, GrantCreate, GrantEnd, GrantVerb, TicketVerb,
};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{GRANTS, UNREVIEWED};

/// Grants.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn grant(session: &Session, verb: &GrantVerb) -> Result<Report, Failure> {
    match verb {
        GrantVerb::List { person, part } => {
            let target = Target::new(&["grants"]).maybe("person", person.as_deref());
            list_then(session, target, part, "GrantList", GRANTS, "no grants").await
        }
        GrantVerb::Show { grant, past } => {
            let at = moment(session, past.at.as_deref()).await?;
            let target = Target::new(&["grants", grant]).maybe("at", at.as_deref());
            let document = told_then(session, at.as_deref(), session.get(target)).await.map_err(listed)?;
            Ok(single("Grant", document, screens::grant_whole))
        }
        GrantVerb::Diff(args) => differences::grants(session, args).await,
        GrantVerb::Create(args) => create(session, args).await,
        GrantVerb::Extend(args) => change_end(session, args, Direction::Later).await,
        GrantVerb::Shorten(args) => change_end(session, args, Direction::Earlier).await,
        GrantVerb::Revoke(args) => {
            let document = settle(session, args, "revoke").await?;
            Ok(single("Grant", document, screens::grant_changed))
        }
    }
}

/// A grant as it stands.
pub(super) async fn show(session: &Session, grant: &str, kind: &'static str) -> Result<Report, Failure> {
    Ok(single(kind, found(session, grant).await?, screens::grant_whole))
}

/// The document of a grant.
pub(super) async fn found(session: &Session, grant: &str) -> Result<Value, Failure> {
    session.get(Target::new(&["grants", grant])).await.map_err(listed)
}

fn listed(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "list them with: rackward grant list")
}

/// Gives a right, or asks for it where a policy wants an approval.
pub(super) async fn create(session: &Session, args: &GrantCreate) -> Result<Report, Failure> {
    let body = new_grant(session, args).await?;
    let made = session.post(&["grants"], &body).await;
    let again = session.again(&["--ticket", "CHG-..."]);
    let made = made.map_err(|failure| failure.advise("ticket", &again))?;
    // A grant that waits for approval was accepted, but nobody passes on it yet.
    match made.get("state").and_then(Value::as_str) {
        Some("requested") => {
            let report = Report::Single {
                kind: "GrantRequest",
                document: made,
                text: screens::grant_requested,
                exit: Exit::Waiting,
            };
            Ok(report)
        }
        Some(_) | None => Ok(single("Grant", made, screens::grant)),
    }
}

/// The grant as typed. A span counts from the start of the grant, so `--from tomorrow --for 4h` is four hours of tomorrow.
async fn new_grant(session: &Session, args: &GrantCreate) -> Result<request::CreateGrant, Failure> {
    let from_at = session.maybe_instant("--from", args.from.as_deref()).await?;
    let to_at = session.end(from_at, args.lasting, args.to.as_deref()).await?;
    let (rack, doors) = match (args.rack.as_slice(), args.row.as_slice(), args.door.as_slice()) {
        ([rack], [], _) => (Some(rack.clone()), None),
        ([], [], []) => (None, None),
        ([], [], doors) => (None, Some(doors.to_vec())),
        (racks, rows, _) => (None, Some(places::doors_of_racks(session, racks, rows).await?)),
    };
    Ok(request::CreateGrant {
        person: args.person.clone(),
        rack,
        doors,
        profile: args.profile.clone(),
        from_at,
        to_at,
        schedule: args.schedule.clone(),
        days: args.days.clone(),
        between: args.between.clone(),
        uses: args.uses,
        escort: args.escort.then_some(true),
        reason: args.reason.clone(),
        ticket: args.ticket.clone(),
    })
}

/// Which way the end of a grant is meant to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Later,
    Earlier,
}

/// Moves a grant's end. A slip of the finger that would move it the other way is refused here, before anything changes.
async fn change_end(session: &Session, args: &GrantEnd, direction: Direction) -> Result<Report, Failure> {
    let to_at = session.end(None, args.lasting, args.to.as_deref()).await?;
    let grant = found(session, &args.grant).await?;
    let now_until = grant.get("to_at").and_then(Value::as_str).unwrap_or_default();
    if let Some(until) = At::parse(now_until) {
        let (moves, verb, other, way) = match direction {
            Direction::Later => (to_at.0 > until.0, "extend", "shorten", "later"),
            Direction::Earlier => (to_at.0 < until.0, "shorten", "extend", "earlier"),
        };
        if !moves {
            let title = format!("{verb} would not let {} end {way}", args.grant);
            let detail = format!("it ends at {until}, and {to_at} is not {way}");
            let help = format!("name a time that is, or use: rackward grant {other} {}", args.grant);
            return Err(Failure::new(Exit::Invalid, "wrong-direction", &title, detail, help));
        }
    }
    let body = request::ChangeGrantEnd { to_at, reason: args.reason.clone() };
    let document = session.post(&["grants", &args.grant, "end"], &body).await?;
    Ok(single("Grant", named(document, &args.grant), screens::grant))
}

/// Approves, denies or revokes.
pub(super) async fn settle(session: &Session, args: &GrantChange, action: &str) -> Result<Value, Failure> {
    let body = request::Reason { reason: args.reason.clone() };
    let document = session.post(&["grants", &args.grant, action], &body).await;
    let document = document.map_err(|failure| {
        let shown = format!("see how it stands: rackward grant show {}", args.grant);
        failure.advise_on(Exit::NotFound, "list them with: rackward grant list").advise_on(Exit::Conflict, &shown)
    })?;
    Ok(named(document, &args.grant))
}

/// Change tickets.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn ticket(session: &Session, verb: &TicketVerb) -> Result<Report, Failure> {
    let TicketVerb::Close { ticket, reason } = verb;
    let body = request::CloseTicket { ticket: ticket.clone(), reason: reason.clone() };
    let document = session.post(&["tickets", "close"], &body).await?;
    Ok(single("TicketClosed", with(document, "ticket", ticket.as_str().into()), screens::ticket_closed))
}

/// Emergency rights.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn break_glass(session: &Session, verb: &BreakGlassVerb) -> Result<Report, Failure> {
    match verb {
        BreakGlassVerb::Open(args) => open(session, args).await,
        BreakGlassVerb::List(part) => {
            let target = Target::new(&["grants"]).query("state", "unreviewed");
            list(session, target, part, "BreakGlassList", UNREVIEWED, "no emergency right waits for a review").await
        }
        BreakGlassVerb::Review { grant, note } => {
            let body = request::Review { note: note.clone() };
            let document = session.post(&["grants", grant, "review"], &body).await;
            let help = "list what waits for a review with: rackward breakglass list";
            let document = document.map_err(|failure| failure.advise_on(Exit::NotFound, help))?;
            Ok(single("Grant", named(document, grant), screens::reviewed))
        }
    }
}

async fn open(session: &Session, args: &BreakGlassOpen) -> Result<Report, Failure> {
    let body = request::BreakGlass {
        person: args.person.clone(),
        rack: args.rack.clone(),
        doors: (!args.door.is_empty()).then(|| args.door.clone()),
        to_at: args.lasting.map(|lasting| session.lasting("--for", lasting)).transpose()?,
        reason: args.reason.clone(),
    };
    let document = session.post(&["break-glass"], &body).await?;
    Ok(single("Grant", document, screens::break_glass))
}
