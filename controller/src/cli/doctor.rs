//! `doctor`: looks why something does not work, from where one types, and says what to do. Each check stands for itself, so that
//! what fails first does not hide the rest; without a daemon everything is checked that needs none. With `--bundle` it writes what
//! somebody outside needs: the daemon's own bundle where one answers, and what was found here where none does. What may stand in
//! either is decided in the dashboard (`wire/support.rs` there); how the findings read is `doctor/screens.rs`.

mod bundle;
mod checks;
mod screens;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::DoctorArgs;
use super::client::{Client, Narration, Target};
use super::failure::{Exit, Failure};
use super::output::Report;
use super::prompt::Prompting;
use super::settings::{Settings, Way};
use super::verbs::Consent;
use checks::{Check, Finding};

/// How it is gone about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Whether somebody may be asked.
    pub(crate) prompting: Prompting,
    /// Whether requests are told.
    pub(crate) narration: Narration,
    /// Whether what is asked before something is written is answered already.
    pub(crate) consent: Consent,
}

/// Checks everything that can be checked from here, and writes a bundle if one is wanted.
///
/// # Errors
/// A bundle is wanted and cannot be written, or was not agreed to. What is wrong with the site is no error but a finding.
pub(crate) async fn doctor(settings: &Settings, args: &DoctorArgs, manner: Manner) -> Result<Report, Failure> {
    if let Some(file) = &args.bundle {
        bundle::refuse_to_overwrite(file)?;
    }
    let way = settings.way();
    let mut found = vec![checks::daemon(&way)];
    let client = way.as_ref().map_err(Failure::clone).and_then(|(way, _)| client(settings, way, manner));
    let answering = match &client {
        Ok(client) => answers(client, &mut found).await,
        Err(failure) => {
            found.push(Check::failed("reachability", failure));
            false
        }
    };
    if let Ok((Way::Remote(remote), _)) = &way {
        found.push(checks::certificate(remote, Timestamp::now()).await);
    }
    if let (Ok(client), true) = (&client, answering) {
        tell_of_site(client, &mut found).await;
    }
    if let Ok((Way::Local(dir), _)) = &way {
        found.push(checks::storage(dir));
    }
    let exit = exit_of(&found);
    let asked = client.as_ref().ok().filter(|_| answering);
    let written = match &args.bundle {
        Some(file) => Some(bundle::write(file, asked, &found, manner).await?),
        None => None,
    };
    let checks: Vec<Value> = found.iter().map(Check::document).collect();
    let document = json!({ "checks": checks, "well": exit == Exit::Done, "bundle": written });
    Ok(Report::Single { kind: "Doctor", document, text: screens::findings, exit })
}

fn client(settings: &Settings, way: &Way, manner: Manner) -> Result<Client, Failure> {
    let (link, caller) = settings.connection(way)?;
    Ok(Client::at(link, caller, manner.prompting, manner.narration))
}

/// Whether the daemon answers, and whether it knows who asks. Only what answers can be asked more.
async fn answers(client: &Client, found: &mut Vec<Check>) -> bool {
    let failure = match client.get(&Target::new(&["sessions", "current"])).await {
        Ok(who) => {
            let role = who.get("role").and_then(Value::as_str).unwrap_or("somebody");
            found.push(Check::well("reachability", "the daemon answers"));
            found.push(Check::well("sign-in", &format!("you are known there, as {role}")));
            return true;
        }
        Err(failure) => failure,
    };
    if matches!(failure.exit, Exit::Unreachable | Exit::Failed) {
        found.push(Check::failed("reachability", &failure));
        return false;
    }
    found.push(Check::well("reachability", "the daemon answers"));
    found.push(Check::failed("sign-in", &failure));
    true
}

/// Clock, versions and state, each if whoever asks may see it.
async fn tell_of_site(client: &Client, found: &mut Vec<Check>) {
    let before = Timestamp::now();
    match client.get(&Target::new(&["status"])).await {
        Ok(status) => {
            found.push(checks::clock(&status, before, Timestamp::now()));
            found.extend(checks::state(&status));
        }
        Err(failure) => found.extend([Check::skipped("clock", &failure), Check::skipped("state", &failure)]),
    }
    // Everybody may read the API's own description, and it says by which version it was made.
    found.push(match client.get(&Target::new(&["openapi.json"])).await {
        Ok(document) => checks::version(&document),
        Err(failure) => Check::skipped("version", &failure),
    });
}

/// How the program ends: nobody there goes before whatever else is wrong.
fn exit_of(found: &[Check]) -> Exit {
    let wrong = |name: &str| found.iter().any(|check| check.name == name && check.finding == Finding::Wrong);
    if wrong("reachability") {
        return Exit::Unreachable;
    }
    if wrong("sign-in") {
        return Exit::NotSignedIn;
    }
    if found.iter().any(|check| check.finding == Finding::Wrong) { Exit::Failed } else { Exit::Done }
}
