//! Showing a certificate that an admin has bound to an operator. The TLS handshake proves that its key is here; what comes of
//! it is a token that lasts an hour, for what asks for no fresh proof. What the certificate is worth the daemon says.

use std::path::PathBuf;
use std::sync::Arc;

use rackward_dashboard::wire::request::Nothing;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::client::{Client, Narration, Target};
use crate::cli::connection::caller::Caller;
use crate::cli::connection::{Link, Server, trust};
use crate::cli::failure::Failure;
use crate::cli::prompt::Prompting;
use crate::cli::settings::{Remote, unclear};

/// Shows it; gives the token.
///
/// # Errors
/// No certificate was named or it cannot be used, the daemon does not answer, or it does not take it.
pub(super) async fn show(
    remote: &Remote,
    identity: Option<&(PathBuf, PathBuf)>,
    narration: Narration,
) -> Result<Zeroizing<String>, Failure> {
    let Some((certificate, key)) = identity else {
        let detail = "neither the line nor the context names a certificate";
        return Err(unclear("it was not said which one to show", detail, "add --certificate PEM and --key PEM"));
    };
    if !remote.address.is_over_tls() {
        let detail = format!("{} is plain HTTP, over which no certificate is shown", remote.address);
        return Err(unclear("no certificate can be shown there", detail, "name the console by https://"));
    }
    let found = remote.ca_file.as_deref().map(trust::authorities_in).transpose()?;
    let tls = Some(trust::trusting_as(found.as_deref(), certificate, key)?);
    let server = Server { address: remote.address.clone(), tls, sign_in: remote.sign_in() };
    let client = Client::at(Link::Server(Arc::new(server)), Caller::Unnamed, Prompting::Forbidden, narration);
    let told = client.question(&Target::new(&["sessions", "certificate"]), &Nothing {}).await.map_err(|failure| {
        let help =
            "an admin binds it: rackward operator bind-certificate NAME --certificate PEM --for 90d --reason TEXT";
        failure.helped_with("certificate-refused", help).helped_instead("not-found", "this daemon is too old for it")
    })?;
    let token = told.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.map(|token| Zeroizing::new(token.to_owned()));
    token.ok_or_else(|| client.unreachable("it took the certificate and gave no token"))
}
