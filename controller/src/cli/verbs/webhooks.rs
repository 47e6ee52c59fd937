//! Webhooks: how they are, what was given up, and what is done about it. Their secrets are made here, on this machine and
//! without the daemon; targets stand in the site file.

use std::path::Path;

use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, list, named, number, pages, single, with};
use crate::cli::arguments::WebhookVerb;
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::column::{GIVEN_UP, WEBHOOKS};
use crate::cli::output::{Report, Screen, safe};
use crate::secrets::create_private;
use crate::webhooks::{SecretKind, Signer, draw};

const SEE_WEBHOOKS: &str = "see which there are with: rackward webhook list";

/// Webhooks; `None` for what the daemon does not answer.
///
/// # Errors
/// The daemon does not answer or says no, or a test message was not taken.
pub(super) async fn webhook(session: &Session, verb: &WebhookVerb) -> Option<Result<Report, Failure>> {
    let unknown = |failure: Failure| failure.advise_on(Exit::NotFound, SEE_WEBHOOKS);
    Some(match verb {
        WebhookVerb::List => list(session, Target::new(&["webhooks"]), "WebhookList", WEBHOOKS, "no webhooks").await,
        WebhookVerb::Show { webhook } => one(session, webhook).await.map(|document| single("Webhook", document, shown)),
        WebhookVerb::Failures { webhook } => {
            let target = Target::new(&["webhooks", webhook, "failures"]);
            let empty = "no message was given up";
            list(session, target, "WebhookFailureList", GIVEN_UP, empty).await.map_err(unknown)
        }
        WebhookVerb::Replay { webhook, from, to } => {
            let body = request::ReplayWebhook { from: *from, to: *to };
            let document = session.post(&["webhooks", webhook, "replay"], &body).await.map_err(unknown);
            document.map(|document| single("WebhookReplay", named(document, webhook), replayed))
        }
        WebhookVerb::Test { webhook } => {
            let document = session.post(&["webhooks", webhook, "test"], &json!({})).await.map_err(unknown);
            document.and_then(|document| tested(with(document, "name", json!(webhook))))
        }
        WebhookVerb::Enable { webhook } => {
            let document = session.post(&["webhooks", webhook, "enable"], &json!({})).await.map_err(unknown);
            let text = |document: &Value, _: &Screen| format!("{} is sent messages again", word(document, "name"));
            document.map(|document| single("WebhookEnabled", with(document, "name", json!(webhook)), text))
        }
        WebhookVerb::Keygen { .. } => return None,
    })
}

async fn one(session: &Session, name: &str) -> Result<Value, Failure> {
    let mut document = pages(session, Target::new(&["webhooks"])).await?;
    let items = document.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let found = items.into_iter().find(|item| item.get("name").and_then(Value::as_str) == Some(name));
    found.ok_or_else(|| {
        let detail = format!("no webhook is called \"{}\"", safe(name));
        Failure::new(Exit::NotFound, "not-found", "there is no such webhook", detail, SEE_WEBHOOKS)
    })
}

fn word(document: &Value, name: &str) -> String {
    safe(document.get(name).and_then(Value::as_str).unwrap_or("-"))
}

fn shown(document: &Value, screen: &Screen) -> String {
    let texts = |name: &str| {
        let items = document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(safe).collect::<Vec<_>>().join(", ")
    };
    let time = |name: &str| match document.get(name).and_then(Value::as_str) {
        Some(time) => screen.calendar.show_text(time),
        None => "-".to_owned(),
    };
    let lines = [
        format!("{} at {}, {}", word(document, "name"), word(document, "origin"), word(document, "state")),
        format!("wants       {} ({}) of {}", texts("events"), word(document, "content"), word(document, "area")),
        format!(
            "waiting     {} messages, {} entries not looked at",
            number(document, "/waiting"),
            number(document, "/behind_entries")
        ),
        format!("given up    {} messages", number(document, "/failures")),
        format!(
            "delivered   {} since the daemon's start, last {}",
            number(document, "/delivered"),
            time("last_delivery_at")
        ),
        format!(
            "failed      {} attempts, last {}: {}",
            number(document, "/failed_attempts"),
            time("last_failure_at"),
            word(document, "last_failure")
        ),
        format!(
            "check with  {}",
            if texts("public_keys").is_empty() { "its shared secret".to_owned() } else { texts("public_keys") }
        ),
    ];
    lines.join("\n")
}

fn replayed(document: &Value, _: &Screen) -> String {
    match number(document, "/replayed") {
        0 => "Nothing was given up there".to_owned(),
        1 => "1 message is sent again".to_owned(),
        count => format!("{count} messages are sent again"),
    }
}

fn tested(document: Value) -> Result<Report, Failure> {
    if document.get("taken").and_then(Value::as_bool) == Some(true) {
        let text = |document: &Value, _: &Screen| format!("{} took a message", word(document, "name"));
        return Ok(single("WebhookTest", document, text));
    }
    let (detail, help) = (word(&document, "cause"), "see to the receiver, or correct the webhook in the site file");
    Err(Failure::new(Exit::Unreachable, "webhook-not-taken", "the message was not taken", detail, help))
}

/// Makes a secret in a new private file.
///
/// # Errors
/// The file is there already or cannot be made.
pub(crate) fn keygen(file: &Path, key_pair: bool) -> Result<Report, Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Invalid, "webhook-secret", "no secret was made", error.to_string(), "")
    };
    let kind = if key_pair { SecretKind::KeyPair } else { SecretKind::Shared };
    let line = draw(kind).map_err(|error| refused(&error))?;
    let signer = Signer::from_text(line.as_bytes()).map_err(|error| refused(&error))?;
    create_private(file, line.as_bytes()).map_err(|error| refused(&error))?;
    let public = signer.public_keys().into_iter().next();
    let document = json!({ "secret_file": file.display().to_string(), "public_key": public });
    let text = |document: &Value, _: &Screen| {
        let file = word(document, "secret_file");
        match document.get("public_key").and_then(Value::as_str) {
            Some(public) => format!("The key is in {file}; the receiver checks with\n{}", safe(public)),
            None => format!("The secret is in {file}; give the receiver a copy over a safe way"),
        }
    };
    Ok(Report::Single { kind: "WebhookSecret", document, text, exit: Exit::Done })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("desk.whsec");
        let Report::Single { document, .. } = keygen(&file, false).unwrap() else { panic!("not one thing") };
        assert_eq!(document["public_key"], Value::Null);
        let secret = std::fs::read_to_string(&file).unwrap();
        assert!(secret.starts_with("whsec_") && !document.to_string().contains(secret.trim()));
        assert_eq!(keygen(&file, false).unwrap_err().exit, Exit::Invalid);
        let Report::Single { document, .. } = keygen(&dir.path().join("pair"), true).unwrap() else {
            panic!("not one thing")
        };
        assert!(document["public_key"].as_str().unwrap().starts_with("whpk_"));
    }
}
