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
        WebhookVerb::List(part) => {
            list(session, Target::new(&["webhooks"]), part, "WebhookList", WEBHOOKS, "no webhooks").await
        }
        WebhookVerb::Show { webhook } => one(session, webhook).await.map(|document| single("Webhook", document, shown)),
        WebhookVerb::Failures { webhook, part } => {
            let target = Target::new(&["webhooks", webhook, "failures"]);
            let empty = "no message was given up";
            list(session, target, part, "WebhookFailureList", GIVEN_UP, empty).await.map_err(unknown)
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
    let messages = |pointer: &str| counted(number(document, pointer), "message");
    let area = match document.get("area").and_then(Value::as_str) {
        Some(area) => format!("in {}", safe(area)),
        None => "everywhere".to_owned(),
    };
    let ever = |time: &str, otherwise: String| match document.get(time) {
        Some(Value::String(_)) => otherwise,
        _ => String::new(),
    };
    let last_failure =
        ever("last_failure_at", format!(", last {}: {}", time("last_failure_at"), word(document, "last_failure")));
    let lines = [
        format!("{} at {}, {}", word(document, "name"), word(document, "origin"), standing(document, screen)),
        format!("wants       {} {area}, {} messages", texts("events"), word(document, "content")),
        format!(
            "waiting     {}, {} not looked at",
            messages("/waiting"),
            counted_entries(number(document, "/behind_entries"))
        ),
        format!("given up    {}", messages("/failures")),
        format!(
            "delivered   {} since the daemon's start{}",
            messages("/delivered"),
            ever("last_delivery_at", format!(", last {}", time("last_delivery_at")))
        ),
        format!("failed      {}{last_failure}", counted(number(document, "/failed_attempts"), "attempt")),
        format!(
            "check with  {}",
            if texts("public_keys").is_empty() { "its shared secret".to_owned() } else { texts("public_keys") }
        ),
    ];
    lines.join("\n")
}

/// Whether it takes messages, and what to do where it does not.
fn standing(document: &Value, screen: &Screen) -> String {
    match document.get("state").and_then(Value::as_str) {
        Some("disabled") => {
            let since = document.get("disabled_at").and_then(Value::as_str).unwrap_or_default();
            let name = word(document, "name");
            format!("disabled {}; resume with: rackward webhook enable {name}", screen.calendar.show_text(since))
        }
        _ => word(document, "state"),
    }
}

fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn counted_entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn replayed(document: &Value, _: &Screen) -> String {
    let sent = match number(document, "/replayed") {
        0 => return "Nothing was given up there".to_owned(),
        1 => "1 message is sent again".to_owned(),
        count => format!("{count} messages are sent again"),
    };
    match number(document, "/left") {
        0 => sent,
        left => format!("{sent}; {left} more do not fit beside what waits: replay again when it was taken"),
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

/// What [`keygen`] would do.
///
/// # Errors
/// The file is there already, or could not be made.
pub(crate) fn keygen_tried(file: &Path) -> Result<Report, Failure> {
    let refused = |why: String| Failure::new(Exit::Invalid, "webhook-secret", "no secret would be made", why, "");
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if file.symlink_metadata().is_ok() {
        return Err(refused(format!("{} is there already", file.display())));
    }
    if !folder.is_dir() {
        return Err(refused(format!("{} is no directory", folder.display())));
    }
    let document = json!({ "secret_file": file.display().to_string() });
    let text = |document: &Value, _: &Screen| {
        format!("Nothing was done. A secret would be written to {}", word(document, "secret_file"))
    };
    Ok(Report::Single { kind: "Rehearsal", document, text, exit: Exit::Done })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::cli::arguments::{Form, TimeStyle};
    use crate::cli::output::{Headings, Paint};
    use crate::cli::when::Calendar;

    fn check(show: fn(&Value, &Screen) -> String, document: &Value, expect: &str) {
        let now = "2026-07-24T12:00:00Z".parse().unwrap();
        let calendar = Calendar { now, style: TimeStyle::Relative, zone: TimeZone::UTC };
        let screen =
            Screen { form: Form::Table, calendar, paint: Paint::Plain, width_columns: None, headings: Headings::Shown };
        assert_eq!(show(document, &screen), expect);
    }

    #[test]
    fn a_replay_says_how_many_are_sent_and_how_many_are_left() {
        let check = |sent, left, expect| check(replayed, &json!({ "replayed": sent, "left": left }), expect);
        check(0, 0, "Nothing was given up there");
        check(1, 0, "1 message is sent again");
        check(3, 0, "3 messages are sent again");
        let left = "1000 messages are sent again; 2 more do not fit beside what waits: replay again when it was taken";
        check(1000, 2, left);
    }

    #[test]
    fn a_webhook_says_what_is_known_and_nothing_of_what_never_was() {
        let mut document = json!({
            "name": "desk", "origin": "https://desk.example:443", "events": ["alarm.*"], "area": null, "content": "thin",
            "public_keys": [], "state": "open", "disabled_at": null, "waiting": 1, "behind_entries": 0, "failures": 0,
            "delivered": 0, "failed_attempts": 0, "last_delivery_at": null, "last_failure_at": null, "last_failure": null,
        });
        let quiet = "desk at https://desk.example:443, open\nwants       alarm.* everywhere, thin messages\n\
                     waiting     1 message, 0 entries not looked at\ngiven up    0 messages\n\
                     delivered   0 messages since the daemon's start\nfailed      0 attempts\n\
                     check with  its shared secret";
        check(shown, &document, quiet);
        document["state"] = json!("disabled");
        document["disabled_at"] = json!("2026-07-24T11:00:00Z");
        document["area"] = json!("lon1/hall-a");
        document["delivered"] = json!(2);
        document["last_delivery_at"] = json!("2026-07-24T10:00:00Z");
        document["failed_attempts"] = json!(1);
        document["last_failure_at"] = json!("2026-07-24T11:00:00Z");
        document["last_failure"] = json!("answered 410: it wants no more");
        let gone = "desk at https://desk.example:443, disabled 60 min ago; resume with: rackward webhook enable desk\n\
                    wants       alarm.* in lon1/hall-a, thin messages\n\
                    waiting     1 message, 0 entries not looked at\ngiven up    0 messages\n\
                    delivered   2 messages since the daemon's start, last 2 h ago\n\
                    failed      1 attempt, last 60 min ago: answered 410: it wants no more\n\
                    check with  its shared secret";
        check(shown, &document, gone);
    }

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
    #[test]
    fn a_rehearsal_makes_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("desk.whsec");
        assert!(keygen_tried(&file).is_ok());
        assert!(!file.exists());
        keygen(&file, false).unwrap();
        assert_eq!(keygen_tried(&file).unwrap_err().exit, Exit::Invalid);
        assert_eq!(keygen_tried(&dir.path().join("no/such")).unwrap_err().exit, Exit::Invalid);
    }
}
