//! People and their credentials. A PIN is read from standard input only, because an argument would show in the list of
//! processes and in the shell's history.

use hyper::Method;
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::moments::{list_then, moment, told_then};
use super::{Session, at, list, named, roster, screens, single, with};
use crate::cli::arguments::{
    CredentialAssign, CredentialChange, CredentialReplace, CredentialVerb, Joining, ListArgs, PersonChange,
    PersonCreate, PersonEdit, PersonVerb,
};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{CARD_FORMATS, CREDENTIALS, PEOPLE};
use crate::cli::prompt::{self, Prompting};

/// The longest line taken as a PIN, far above any PIN, so that a wrong file fed in does not fill memory.
const MAX_PIN_LINE_BYTES: u64 = 256;

/// People.
///
/// # Errors
/// The daemon does not answer or says no, or no PIN could be read.
pub(super) async fn person(session: &Session, verb: &PersonVerb) -> Result<Report, Failure> {
    match verb {
        PersonVerb::List { name, part } => {
            let target = Target::new(&["people"]).maybe("name", name.as_deref());
            list_then(session, target, part, "PersonList", PEOPLE, "no people").await
        }
        PersonVerb::Show { person, past } => {
            let at = moment(session, past.at.as_deref()).await?;
            let target = Target::new(&["people", person]).maybe("at", at.as_deref());
            let document = told_then(session, at.as_deref(), session.get(target)).await;
            let help = "list them with: rackward person list";
            let document = document.map_err(|failure| failure.advise_on(Exit::NotFound, help))?;
            Ok(single("Person", document, screens::person_whole))
        }
        PersonVerb::Create(args) => create(session, args).await,
        PersonVerb::Edit(args) => edit(session, args).await,
        PersonVerb::Pin { person, duress, pin_stdin: _ } => {
            let body = request::SetPin { pin: read_pin(session.prompting).await? };
            let (route, text): (_, super::Text) = match duress {
                true => ("duress-pin", screens::duress_pin_set),
                false => ("pin", screens::pin_set),
            };
            let document = session.change(Method::PUT, &["people", person, route], &body).await?;
            Ok(single("Person", named(document, person), text))
        }
        PersonVerb::Disable(args) => status(session, args, "disable").await,
        PersonVerb::Enable(args) => status(session, args, "enable").await,
        PersonVerb::Leave(args) => life_cycle(session, args, "left").await,
        PersonVerb::Expect(args) => life_cycle(session, args, "expected").await,
        PersonVerb::Rename { person, name } => {
            let body = request::RenamePerson { name: name.clone() };
            let document = session.change(Method::PUT, &["people", person, "name"], &body).await?;
            Ok(single("Person", named(document, person), screens::renamed))
        }
        PersonVerb::Import(args) => roster::import(session, args).await,
    }
}

async fn create(session: &Session, args: &PersonCreate) -> Result<Report, Failure> {
    let pin = if args.pin_stdin { Some(read_pin(session.prompting).await?) } else { None };
    let status = args.status.map(|status| match status {
        Joining::Enabled => "enabled",
        Joining::Expected => "expected",
    });
    let body = request::CreatePerson {
        name: args.given_name().to_owned(),
        external_id: args.external_id.clone(),
        pin,
        status: status.map(str::to_owned),
        organisation: args.organisation.clone(),
        clearance: args.clearance.map(|clearance| clearance.word().to_owned()),
        extended_time: args.extended_time.then_some(true),
    };
    Ok(single("Person", session.post(&["people"], &body).await?, screens::person))
}

async fn edit(session: &Session, args: &PersonEdit) -> Result<Report, Failure> {
    let body = request::ChangePersonDetails {
        organisation: args.organisation.clone(),
        clearance: args.clearance.map(|clearance| clearance.word().to_owned()),
        extended_time: args.extended_time(),
        reason: args.reason.clone(),
    };
    let document = session.change(Method::PUT, &["people", &args.person, "details"], &body).await?;
    Ok(single("RightsChange", named(document, &args.person), screens::person_changed))
}

async fn status(session: &Session, args: &PersonChange, action: &str) -> Result<Report, Failure> {
    let body = request::Reason { reason: args.reason.clone() };
    let document = session.post(&["people", &args.person, action], &body).await?;
    Ok(single("RightsChange", named(document, &args.person), screens::rights_changed))
}

async fn life_cycle(session: &Session, args: &PersonChange, status: &str) -> Result<Report, Failure> {
    let body = request::SetPersonStatus { status: status.to_owned(), reason: args.reason.clone() };
    let document = session.post(&["people", &args.person, "status"], &body).await?;
    Ok(single("RightsChange", named(document, &args.person), screens::rights_changed))
}

/// One line of standard input, without its end; typed without echo.
async fn read_pin(prompting: Prompting) -> Result<String, Failure> {
    use std::io::IsTerminal as _;
    match (std::io::stdin().is_terminal(), prompting) {
        (true, Prompting::Forbidden) => {
            let detail = "standard input is a terminal, and nothing may be asked";
            return Err(Failure::new(Exit::Usage, "no-input", "the PIN is missing", detail, "pipe the PIN in"));
        }
        (true, Prompting::Allowed) => return prompt::secret("PIN: ").await.map(|pin| pin.to_string()),
        (false, Prompting::Allowed | Prompting::Forbidden) => {}
    }
    let line = prompt::piped(MAX_PIN_LINE_BYTES).await.map_err(|error| Failure::usage("the PIN", &error))?;
    Ok(line.to_string())
}

/// Credentials.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn credential(session: &Session, verb: &CredentialVerb) -> Result<Report, Failure> {
    match verb {
        CredentialVerb::List { person, part } => {
            let target = Target::new(&["people", person, "credentials"]);
            list_then(session, target, part, "CredentialList", CREDENTIALS, "no credentials").await
        }
        CredentialVerb::Show { credential } => {
            Ok(single("Credential", credential_found(session, credential).await?, screens::credential_whole))
        }
        CredentialVerb::Assign(args) => assign(session, args).await,
        CredentialVerb::Replace(args) => replace(session, args).await,
        CredentialVerb::Formats => {
            let target = Target::new(&["card-formats"]);
            list(session, target, &ListArgs::default(), "CardFormatList", CARD_FORMATS, "no card formats").await
        }
        CredentialVerb::Lost(change) => credential_state(session, change, "lost").await,
        CredentialVerb::Stolen(change) => credential_state(session, change, "stolen").await,
        CredentialVerb::Damaged(change) => credential_state(session, change, "damaged").await,
        CredentialVerb::Return(change) => credential_state(session, change, "returned").await,
        CredentialVerb::Destroy(change) => credential_state(session, change, "destroyed").await,
        CredentialVerb::Disable(change) => credential_state(session, change, "disabled").await,
        CredentialVerb::Enable(change) => credential_state(session, change, "enabled").await,
        CredentialVerb::Unlock { credential } => {
            let document = session.post(&["credentials", credential, "end-lockout"], &request::Nothing {}).await?;
            Ok(single("RightsChange", named(document, credential), screens::lockout_ended))
        }
    }
}

async fn assign(session: &Session, args: &CredentialAssign) -> Result<Report, Failure> {
    let body = request::AssignCredential {
        person: args.person.clone(),
        card: args.card.clone(),
        format: args.format.clone(),
        facility: args.facility.clone(),
        issue: args.issue.clone(),
        number: args.number.clone(),
        valid_from_at: session.maybe_instant("--valid-from", args.valid_from.as_deref()).await?,
        valid_to_at: session.maybe_instant("--valid-to", args.valid_to.as_deref()).await?,
    };
    let made = session.post(&["credentials"], &body).await;
    let made = made.map_err(|failure| failure.advise("format", "list them with: rackward credential formats"))?;
    Ok(single("Credential", made, screens::credential))
}

async fn credential_found(session: &Session, credential: &str) -> Result<Value, Failure> {
    let found = session.get(Target::new(&["credentials", credential])).await;
    let help = "list those of a person with: rackward credential list --person PERSON";
    found.map_err(|failure| failure.advise_on(Exit::NotFound, help))
}

/// Tries the new card first, so that nobody is left without one by a slip of the finger; then the old one goes out of use and
/// only after it the new one counts, so that never both do.
async fn replace(session: &Session, args: &CredentialReplace) -> Result<Report, Failure> {
    let old = credential_found(session, &args.credential).await?;
    let moment = |name: &str| old.get(name).and_then(Value::as_str).and_then(At::parse);
    let body = request::AssignCredential {
        person: old.get("person").and_then(Value::as_str).unwrap_or_default().to_owned(),
        card: args.card.clone(),
        format: args.format.clone(),
        facility: args.facility.clone(),
        issue: args.issue.clone(),
        number: args.number.clone(),
        valid_from_at: moment("valid_from_at").filter(|from| *from > at(session.now)),
        valid_to_at: moment("valid_to_at"),
    };
    let advised = |failure: Failure| failure.advise("format", "list them with: rackward credential formats");
    match session.client.rehearsing().change(Method::POST, &Target::new(&["credentials"]), &body).await {
        Err(failure) if failure.is("rehearsed") => {}
        Err(failure) => return Err(advised(failure)),
        Ok(_) => return Err(session.client.unreachable("it did not say that this was tried")),
    }
    let state = request::SetCredentialState { state: args.old.word().to_owned(), reason: args.reason.clone() };
    session.post(&["credentials", &args.credential, "state"], &state).await?;
    let made = session.post(&["credentials"], &body).await.map_err(|failure| half_done(advised(failure), args))?;
    let document = with(made, "replaces", json!({ "id": args.credential, "state": args.old.word() }));
    Ok(single("Credential", document, screens::credential_replaced))
}

/// The old card is out of use already, and whoever reads this must know that.
fn half_done(failure: Failure, args: &CredentialReplace) -> Failure {
    let (old, state) = (&args.credential, args.old.word());
    let detail = format!("{old} is {state}; {}", failure.headline().trim_start_matches("error: "));
    let help = "give the new card with: rackward credential assign --person PERSON";
    Failure::new(failure.exit, "half-replaced", "the new card was not assigned", detail, help)
}

async fn credential_state(session: &Session, change: &CredentialChange, state: &str) -> Result<Report, Failure> {
    let body = request::SetCredentialState { state: state.to_owned(), reason: change.reason.clone() };
    let document = session.post(&["credentials", &change.credential, "state"], &body).await?;
    Ok(single("RightsChange", named(document, &change.credential), screens::rights_changed))
}
