//! `context list|use|show`: which daemons can be asked, which one is, and why. It reads and writes what is remembered on this
//! machine and asks no daemon anything.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::arguments::ContextVerb;
use super::connection::trust::{self, Fingerprint};
use super::failure::{Exit, Failure};
use super::output::Report;
use super::output::column::CONTEXTS;
use super::settings::{Context, LOCAL, Layer, Remote, Settings, Way};

/// What a verb about contexts finds or does.
///
/// # Errors
/// A context is unknown, or a file cannot be used.
pub(crate) fn context(settings: &Settings, verb: &ContextVerb) -> Result<Report, Failure> {
    match verb {
        ContextVerb::List => list(settings),
        ContextVerb::Use { name } => choose(settings, name),
        ContextVerb::Show { name } => show(settings, name.as_deref()),
    }
}

fn list(settings: &Settings) -> Result<Report, Failure> {
    let (way, _) = settings.way()?;
    let current = name_of(&way);
    let local = json!({
        "name": LOCAL, "current": current == Some(LOCAL), "server": Value::Null, "signed_in_by": "socket",
    });
    let mut items = vec![local];
    for (name, context) in settings.contexts() {
        items.push(json!({
            "name": name, "current": current == Some(name.as_str()), "server": context.address.to_string(),
            "signed_in_by": signed_in_by(settings, name, context)?,
        }));
    }
    let document = json!({ "items": items, "next_cursor": null });
    Ok(Report::List { kind: "ContextList", document, columns: CONTEXTS, empty: "no contexts" })
}

/// What a way is called.
fn name_of(way: &Way) -> Option<&str> {
    match way {
        Way::Local(_) => Some(LOCAL),
        Way::Remote(remote) => remote.name.as_deref(),
    }
}

/// By what somebody is known there, if they are.
fn signed_in_by(settings: &Settings, name: &str, context: &Context) -> Result<Option<&'static str>, Failure> {
    if context.token_file.is_some() {
        return Ok(Some("token"));
    }
    let memory = settings.memory()?;
    let kept = [("login", memory.login(name)), ("session", memory.session(name))];
    Ok(kept.into_iter().find(|(_, file)| file.exists()).map(|(word, _)| word))
}

fn choose(settings: &Settings, name: &str) -> Result<Report, Failure> {
    if name != LOCAL {
        settings.known(name)?;
    }
    if let Some(layer) = settings.named_above_memory() {
        let detail = format!("{layer} names another one, which goes before what is remembered");
        let help = "change it there, or give --context";
        return Err(Failure::new(Exit::Conflict, "context-named", "nothing was changed", detail, help));
    }
    settings.memory()?.choose(name)?;
    let document = json!({ "name": name });
    Ok(Report::Single { kind: "ContextChosen", document, text: screens::chosen, exit: Exit::Done })
}

fn show(settings: &Settings, name: Option<&str>) -> Result<Report, Failure> {
    let (way, layer) = match name {
        None => settings.way()?,
        Some(LOCAL) => (Way::Local(settings.default_dir().to_owned()), Layer::Nothing),
        Some(name) => {
            let context = settings.known(name)?;
            (Way::Remote(context.remote(name)), context.layer)
        }
    };
    let mut document = match &way {
        Way::Local(dir) => json!({ "name": LOCAL, "dir": dir.display().to_string() }),
        Way::Remote(remote) => of_remote(settings, remote)?,
    };
    if let (None, Some(members)) = (name, document.as_object_mut()) {
        members.insert("settled_by".to_owned(), json!(layer.to_string()));
    }
    Ok(Report::Single { kind: "Context", document, text: screens::context, exit: Exit::Done })
}

fn of_remote(settings: &Settings, remote: &Remote) -> Result<Value, Failure> {
    let fingerprint = match &remote.ca_file {
        Some(file) => trust::authorities_in(file)?.first().map(|der| Fingerprint::of(der).to_string()),
        None => None,
    };
    let (session, login) = match &remote.name {
        Some(name) => {
            let memory = settings.memory()?;
            let kept = |path: PathBuf| Some(path).filter(|path| path.exists());
            (kept(memory.session(name)), kept(memory.login(name)))
        }
        None => (None, None),
    };
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    Ok(json!({
        "name": remote.name, "server": remote.address.to_string(), "ca_file": path(&remote.ca_file),
        "fingerprint": fingerprint, "token_file": path(&remote.token_file), "session_file": path(&session), "login_file": path(&login),
    }))
}

/// What people see of it.
pub(super) mod screens {
    use serde_json::Value;

    use crate::cli::output::{Screen, safe};

    fn text<'d>(document: &'d Value, pointer: &str) -> &'d str {
        document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Somebody signed in.
    pub(in crate::cli) fn signed_in(document: &Value, screen: &Screen) -> String {
        let who = match (text(document, "/who/name"), text(document, "/who/actor")) {
            ("", actor) => safe(actor),
            (name, _) => safe(name),
        };
        let (role, context) = (safe(text(document, "/who/role")), safe(text(document, "/context")));
        let server = safe(text(document, "/server"));
        let until = match text(document, "/who/to_at") {
            "" => String::new(),
            until => format!(", until {}", safe(&screen.calendar.show_text(until))),
        };
        let told = format!("{who}, {role}, at {server}{until}");
        match text(document, "/named_by") {
            "" => format!("{told}\nverbs ask {context} from now on; --context local is this machine's daemon"),
            layer => format!("{told}\nask it with --context {context}: {} names the usual one", safe(layer)),
        }
    }

    /// Somebody signed out.
    pub(in crate::cli) fn signed_out(document: &Value, _: &Screen) -> String {
        let context = safe(text(document, "/context"));
        match text(document, "/ended") {
            "token" => format!(
                "the token for {context} was deleted here; it counts until its end, or until: rackward token revoke"
            ),
            "login" => format!("signed out at {context}: the token that you were given there counts no more"),
            _ => format!("the session at {context} is over"),
        }
    }

    /// Another context was chosen.
    pub(in crate::cli) fn chosen(document: &Value, _: &Screen) -> String {
        format!("verbs ask {} from now on", safe(text(document, "/name")))
    }

    /// One context.
    pub(in crate::cli) fn context(document: &Value, _: &Screen) -> String {
        let name = match text(document, "/name") {
            "" => "no context".to_owned(),
            name => safe(name),
        };
        let facts = [
            ("directory", "/dir"),
            ("server", "/server"),
            ("authority", "/ca_file"),
            ("fingerprint", "/fingerprint"),
            ("token", "/token_file"),
            ("session", "/session_file"),
            ("login", "/login_file"),
            ("because of", "/settled_by"),
        ];
        let facts = facts.into_iter().map(|(name, pointer)| (name, text(document, pointer)));
        let lines = facts.filter(|(_, fact)| !fact.is_empty());
        lines.fold(name, |told, (name, fact)| format!("{told}\n  {name:<12} {}", safe(fact)))
    }
}
