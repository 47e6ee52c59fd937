//! Signing in to a daemon elsewhere, signing out, and proving oneself again at the terminal. Which proofs count, and for how
//! long, is the daemon's to say; what is typed goes to it and nowhere else.

use bytes::Bytes;
use hyper::{Method, StatusCode, header};
use rackward_dashboard::wire::request::{SignIn, StepUp};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Client, Link, Target};
use crate::cli::connection::caller::Caller;
use crate::cli::failure::{Exit, Failure};
use crate::cli::prompt;

impl Client {
    /// Signs in; the session is the caller's from then on.
    ///
    /// # Errors
    /// The daemon does not answer, or what was given is not right.
    pub(crate) async fn sign_in(&self, given: &SignIn) -> Result<(), Failure> {
        self.say(&Target::new(&["sessions"]), given).await
    }

    /// Ends the session at the daemon, and forgets it here whatever the daemon says.
    ///
    /// # Errors
    /// The daemon does not answer or says no, or the session's file cannot be deleted.
    pub(crate) async fn sign_out(&self) -> Result<(), Failure> {
        let asked = self.send_once(Method::POST, &Target("/logout".to_owned()), &[], Bytes::new()).await;
        self.caller.forget()?;
        let opened = asked?;
        match opened.response.status() {
            // It shows the way to the page for signing in.
            StatusCode::SEE_OTHER => Ok(()),
            _ => self.bytes(opened).await.map(drop),
        }
    }

    /// Whether somebody can be asked to prove themselves again.
    pub(super) fn may_prove(&self) -> bool {
        self.caller.is_signed_in() && self.prompting.reaches_somebody()
    }

    /// Has whoever signed in prove themselves again, as `refused` asks for.
    ///
    /// # Errors
    /// The proof is not right, or none was given.
    pub(super) async fn prove(&self, refused: &Failure) -> Result<(), Failure> {
        eprintln!("{}", refused.headline().trim_start_matches("error: "));
        let typed = |text: Zeroizing<String>| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let code = typed(prompt::secret("Code of your app (nothing for the password instead): ").await?);
        let password = match code {
            Some(_) => None,
            None => Some(prompt::secret("Password: ").await?.to_string()).filter(|text| !text.is_empty()),
        };
        if code.is_none() && password.is_none() {
            return Err(Failure::new(Exit::Cancelled, "cancelled", "nothing was done", "no proof was given", ""));
        }
        self.say(&Target::new(&["sessions", "step-up"]), &StepUp { password, code, handle: None, answer: None }).await
    }

    /// Sends what is not sent twice, and is good for nothing a second time.
    async fn say(&self, target: &Target, body: &impl Serialize) -> Result<(), Failure> {
        let body = Zeroizing::new(serde_json::to_vec(body).map_err(|error| Failure::usage("the input", &error))?);
        let headers = [(header::CONTENT_TYPE.as_str(), "application/json")];
        let opened = self.send_once(Method::POST, target, &headers, Bytes::copy_from_slice(&body)).await?;
        self.bytes(opened).await.map(drop)
    }

    /// A refusal with what somebody who asks from elsewhere can do about it.
    pub(super) fn advised(&self, failure: Failure) -> Failure {
        let Link::Server(server) = &self.link else { return failure };
        let sign_in = match &*self.caller {
            Caller::Token(_) => "the token does not count there: it was revoked, is over, or is another site's; make \
                                 another with: rackward token create"
                .to_owned(),
            Caller::SignedIn(_) => {
                format!(
                    "you are signed in there no more: it is over or was taken back; sign in again with: {}",
                    server.sign_in
                )
            }
            Caller::Unnamed | Caller::Session(_) => format!("sign in with: {}", server.sign_in),
        };
        let prove = "run it at a terminal to be asked for a code, or show a token that was made for it";
        let failed = "look at the name, the password and the code; after a failure the next try must wait some seconds";
        let not_chosen =
            format!("whoever let this program in chose what it may do; sign in again with: {}", server.sign_in);
        let failure = match &*self.caller {
            Caller::SignedIn(_) => failure.helped_with("forbidden", &not_chosen),
            Caller::Unnamed | Caller::Token(_) | Caller::Session(_) => failure,
        };
        failure
            .helped_instead("sign-in-required", &sign_in)
            .helped_instead("step-up-required", prove)
            .helped_instead("sign-in-failed", failed)
    }
}
