//! The verbs that change or show who may pass: people, credentials, grants. A PIN is read from standard input only, because
//! an argument would show in the list of processes and in the shell's history.

use std::io::BufRead as _;

use hyper::Method;
use rackward_dashboard::wire::request;

use super::{Prompting, Session, list, named, screens, single};
use crate::cli::arguments::{CredentialChange, CredentialVerb, GrantCreate, GrantVerb, PersonStatus, PersonVerb};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{CREDENTIALS, GRANTS, PEOPLE};

/// The longest line taken as a PIN, far above any PIN, so that a wrong file fed in does not fill memory.
const MAX_PIN_LINE_BYTES: u64 = 256;

/// People.
///
/// # Errors
/// The daemon does not answer or says no, or no PIN could be read.
pub(super) async fn person(session: &Session, verb: &PersonVerb) -> Result<Report, Failure> {
    match verb {
        PersonVerb::List { name } => {
            let target = Target::new(&["people"]).maybe("name", name.as_deref());
            list(session, target, "PersonList", PEOPLE, "no people").await
        }
        PersonVerb::Create(args) => {
            let pin = if args.pin_stdin { Some(read_pin(session.prompting)?) } else { None };
            let body = request::CreatePerson { name: args.given_name().to_owned(), pin };
            Ok(single("Person", session.post(&["people"], &body).await?, screens::person))
        }
        PersonVerb::Edit { person, pin_stdin: _ } => {
            let body = request::SetPin { pin: read_pin(session.prompting)? };
            let target = Target::new(&["people", person, "pin"]);
            let document = session.client.change(Method::PUT, &target, &body).await?;
            Ok(single("Person", named(document, person), screens::pin_set))
        }
        PersonVerb::Disable(args) => person_status(session, args, "disable").await,
        PersonVerb::Enable(args) => person_status(session, args, "enable").await,
    }
}

async fn person_status(session: &Session, args: &PersonStatus, action: &str) -> Result<Report, Failure> {
    let body = request::Reason { reason: args.reason.clone() };
    let document = session.post(&["people", &args.person, action], &body).await?;
    Ok(single("RightsChange", named(document, &args.person), screens::rights_changed))
}

/// One line of standard input, without its end.
fn read_pin(prompting: Prompting) -> Result<String, Failure> {
    use std::io::IsTerminal as _;
    let input = std::io::stdin();
    match (input.is_terminal(), prompting) {
        (true, Prompting::Forbidden) => {
            let detail = "standard input is a terminal, and nothing may be asked";
            return Err(Failure::new(Exit::Usage, "no-input", "the PIN is missing", detail, "pipe the PIN in"));
        }
        (true, Prompting::Allowed) => eprint!("PIN: "),
        (false, Prompting::Allowed | Prompting::Forbidden) => {}
    }
    let mut line = String::new();
    let read = std::io::Read::take(input.lock(), MAX_PIN_LINE_BYTES).read_line(&mut line);
    read.map_err(|error| Failure::usage("the PIN", &error))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Credentials.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn credential(session: &Session, verb: &CredentialVerb) -> Result<Report, Failure> {
    match verb {
        CredentialVerb::List { person } => {
            let target = Target::new(&["people", person, "credentials"]);
            list(session, target, "CredentialList", CREDENTIALS, "no credentials").await
        }
        CredentialVerb::Assign { person, card, valid_from, valid_to } => {
            let body = request::AssignCredential {
                person: person.clone(),
                card: card.clone(),
                valid_from_at: session.maybe_instant("--valid-from", valid_from.as_deref()).await?,
                valid_to_at: session.maybe_instant("--valid-to", valid_to.as_deref()).await?,
            };
            Ok(single("Credential", session.post(&["credentials"], &body).await?, screens::credential))
        }
        CredentialVerb::Lost(change) => credential_state(session, change, "lost").await,
        CredentialVerb::Stolen(change) => credential_state(session, change, "stolen").await,
        CredentialVerb::Damaged(change) => credential_state(session, change, "damaged").await,
        CredentialVerb::Return(change) => credential_state(session, change, "returned").await,
        CredentialVerb::Disable(change) => credential_state(session, change, "disabled").await,
        CredentialVerb::Enable(change) => credential_state(session, change, "enabled").await,
    }
}

async fn credential_state(session: &Session, change: &CredentialChange, state: &str) -> Result<Report, Failure> {
    let body = request::SetCredentialState { state: state.to_owned(), reason: change.reason.clone() };
    let document = session.post(&["credentials", &change.credential, "state"], &body).await?;
    Ok(single("RightsChange", named(document, &change.credential), screens::rights_changed))
}

/// Grants.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn grant(session: &Session, verb: &GrantVerb) -> Result<Report, Failure> {
    match verb {
        GrantVerb::List { person } => {
            let target = Target::new(&["grants"]).maybe("person", person.as_deref());
            list(session, target, "GrantList", GRANTS, "no grants").await
        }
        GrantVerb::Create(args) => {
            let body = new_grant(session, args).await?;
            let made = session.post(&["grants"], &body).await;
            let made =
                made.map_err(|failure| failure.advise("ticket", "name the change that needs it: --ticket CHG-..."))?;
            Ok(single("Grant", made, screens::grant))
        }
        GrantVerb::Revoke { grant, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.post(&["grants", grant, "revoke"], &body).await?;
            Ok(single("Grant", named(document, grant), screens::grant))
        }
    }
}

/// The grant as typed. A span counts from the start of the grant, so `--from tomorrow --for 4h` is four hours of tomorrow.
async fn new_grant(session: &Session, args: &GrantCreate) -> Result<request::CreateGrant, Failure> {
    let from_at = session.maybe_instant("--from", args.from.as_deref()).await?;
    let to_at = match (args.lasting, args.to.as_deref(), from_at) {
        (Some(span), _, None) => session.after("--for", span)?,
        (Some(span), _, Some(from)) => rackward_dashboard::wire::at::At(from.0.after(span)),
        (None, to, _) => session.instant("--to", to.unwrap_or_default()).await?,
    };
    Ok(request::CreateGrant {
        person: args.person.clone(),
        rack: args.rack.clone(),
        doors: (!args.door.is_empty()).then(|| args.door.clone()),
        from_at,
        to_at,
        days: args.days.clone(),
        between: args.between.clone(),
        reason: args.reason.clone(),
        ticket: args.ticket.clone(),
    })
}
