//! Signing out of the context that verbs ask: what was signed in there ends at the daemon, and what is kept of it here is
//! deleted, whatever the daemon says.

use hyper::Method;
use serde_json::{Value, json};

use crate::cli::client::{Client, Narration, Target};
use crate::cli::connection::caller::Caller;
use crate::cli::contexts::screens;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::prompt::Prompting;
use crate::cli::settings::{Remote, Settings, Way, unclear};

/// Signs out.
///
/// # Errors
/// Nobody is signed in, the daemon does not answer, or a file cannot be deleted.
pub(crate) async fn logout(settings: &Settings, narration: Narration) -> Result<Report, Failure> {
    let (way, _) = settings.way()?;
    let Way::Remote(Remote { name: Some(name), .. }) = &way else {
        let help = "name a context with --context; rackward context list shows them";
        return Err(unclear("it was not said where to sign out", "no context is asked", help));
    };
    let memory = settings.memory()?;
    let document = |ended: &str| json!({ "context": name, "ended": ended });
    let report =
        |document: Value| Report::Single { kind: "SignedOut", document, text: screens::signed_out, exit: Exit::Done };
    if memory.login(name).exists() {
        give_back(settings, &way, name, narration).await?;
        return Ok(report(document("login")));
    }
    let session = Caller::with_session(&memory.session(name))?;
    let had_session = session.is_signed_in();
    if had_session {
        let (link, _) = settings.connection(&without_token(&way))?;
        let client = Client::at(link, session, Prompting::Forbidden, narration);
        client.sign_out().await.map_err(|failure| {
            let help =
                "it is forgotten here; there it ends by itself after its idle time, or with: rackward session revoke";
            failure.with("help", json!(help))
        })?;
    }
    let had_token = memory.forget_token(name)?;
    if !had_session && !had_token {
        let detail = format!("neither a session nor a token is kept here for {name}");
        let help = format!("sign in with: rackward login --context {name}");
        return Err(Failure::new(Exit::NotSignedIn, "not-signed-in", "nobody is signed in", detail, help));
    }
    Ok(report(document(if had_session { "session" } else { "token" })))
}

/// Gives back the token that came of signing in: the daemon revokes it. One that counts no more there is given back already.
async fn give_back(settings: &Settings, way: &Way, name: &str, narration: Narration) -> Result<(), Failure> {
    let memory = settings.memory()?;
    let given = async {
        let caller = Caller::signed_in(&memory.login(name))?;
        let (link, _) = settings.connection(&without_token(way))?;
        let client = Client::at(link, caller, Prompting::Forbidden, narration);
        client.change(Method::DELETE, &Target::new(&["sessions", "current"]), &json!({})).await
    };
    let given = given.await;
    memory.forget_login(name)?;
    match given {
        Ok(_) => Ok(()),
        Err(failure) if failure.is("sign-in-required") => Ok(()),
        Err(failure) => {
            let help = "it is deleted here; there it counts until its end, or until an operator takes it back: rackward token \
                        list, rackward token revoke";
            Err(failure.with("help", json!(help)))
        }
    }
}

/// The same way, as it is for whoever has a session.
fn without_token(way: &Way) -> Way {
    match way {
        Way::Local(dir) => Way::Local(dir.clone()),
        Way::Remote(remote) => Way::Remote(Remote { token_file: None, ..remote.clone() }),
    }
}
