//! `[webhooks]` and `[[webhook]]`: who is told over HTTP what happens, of what, signed with which secret.
//!
//! Decides what would be unsafe: a target inside the network that nobody named, messages in the clear, a secret that others can
//! read. Whether a name leads inside is found out at every message, not here.

use std::path::Path;
use std::sync::Arc;

use rackward_dashboard::PlacePattern;

use super::mqtt::read_authorities;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};
use crate::pki::Trust;
use crate::secrets::read_private;
use crate::webhooks::{
    Content, Endpoint, EventPattern, Guard, Network, Signer, TargetSettings, WebhookSettings, is_target_name,
};

/// How many targets there may be. Each follows the journal by itself; more than these are served by one that passes on.
const TARGETS_LIMIT: usize = 32;
/// How many patterns of events one target may have.
const PATTERNS_LIMIT: usize = 64;
/// How many internal networks may be named.
const NETWORKS_LIMIT: usize = 64;

/// Reads both tables; none of them is needed.
pub(super) fn read(root: &Root<'_>, base: &Path, problems: &mut Problems) -> WebhookSettings {
    let guard = Arc::new(Guard::new(read_allowed(root, problems)));
    let mut targets: Vec<TargetSettings> = Vec::new();
    for (place, table) in root.list("webhook").into_iter().enumerate() {
        if place == TARGETS_LIMIT {
            problems.add(table.header(), format!("more than {TARGETS_LIMIT} webhooks"), "let one of them pass on");
        }
        let span = table.span_of("name");
        let Some(target) = read_target(table, base, &guard, problems) else { continue };
        if targets.iter().any(|other| other.name == target.name) {
            let message = format!("webhook \"{}\" stands twice", shown(&target.name));
            problems.add(span, message, "give one of them another name");
        }
        targets.push(target);
    }
    WebhookSettings { guard, targets }
}

fn read_allowed(root: &Root<'_>, problems: &mut Problems) -> Vec<Network> {
    let Some(mut table) = root.section("webhooks") else { return Vec::new() };
    let networks = read_networks(&mut table, "allow_internal", problems);
    table.finish(problems);
    networks
}

/// A list of networks.
pub(super) fn read_networks(table: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> Vec<Network> {
    let written = table.texts_or_none(key, problems).unwrap_or_default();
    if written.len() > NETWORKS_LIMIT {
        let message = format!("more than {NETWORKS_LIMIT} networks are allowed");
        problems.add(table.span_of(key), message, "name the addresses that are meant");
    }
    let mut networks = Vec::new();
    for text in written {
        match text.value.parse::<Network>() {
            Ok(network) => networks.push(network),
            Err(refused) => {
                problems.add(text.span, format!("\"{}\" is no network", shown(text.value)), refused.to_string());
            }
        }
    }
    networks
}

/// One target. All members are read, so that each wrong one is found.
fn read_target(mut table: Table<'_>, base: &Path, guard: &Guard, problems: &mut Problems) -> Option<TargetSettings> {
    let name = table.required("name", problems).and_then(|name| read_name(&name, problems));
    let endpoint = table.required("url", problems).and_then(|url| read_url(&url, guard, problems));
    let signer = table.required("secret_file", problems).and_then(|file| read_secret(&file, base, problems));
    let events = read_events(&mut table, problems);
    let area = table.text("area", problems).map(|area| read_area(&area, problems));
    let content = table.choice("content", &[("thin", Content::Thin), ("full", Content::Full)], problems);
    let trust = read_trust(&mut table, base, "the target's", problems);
    table.finish(problems);
    Some(TargetSettings {
        name: name?,
        endpoint: endpoint?,
        signer: Arc::new(signer?),
        events: events?,
        area: area.unwrap_or_default(),
        content: content.map_or(Content::default(), |content| content.value),
        trust: trust?,
    })
}

/// Which authorities are believed about the other end, `whose` certificate it is. A certificate that cannot sign is found here, not when
/// the first message fails.
pub(super) fn read_trust(table: &mut Table<'_>, base: &Path, whose: &str, problems: &mut Problems) -> Option<Trust> {
    let file = table.text("ca_file", problems);
    let authorities = file.as_ref().map(|file| read_authorities(file, base, problems));
    let refused = match Trust::in_authorities(authorities.as_deref()) {
        Ok(trust) => return Some(trust),
        Err(refused) => refused,
    };
    let span = file.map_or_else(|| table.header(), |file| file.span);
    let help = format!("name the PEM file with the certificate that {whose} own is signed by");
    problems.add(span, refused.to_string(), help);
    None
}

fn read_name(name: &Member<&str>, problems: &mut Problems) -> Option<String> {
    if !is_target_name(name.value) {
        let message = format!("\"{}\" is no name of a webhook", shown(name.value));
        problems.add(name.span.clone(), message, "use up to 56 lower-case letters, digits and -");
        return None;
    }
    Some(name.value.to_owned())
}

/// The URL is never repeated: its path may hold a token of the receiver's.
fn read_url(url: &Member<&str>, guard: &Guard, problems: &mut Problems) -> Option<Endpoint> {
    let help = "write url = \"https://host/path\"; http:// is for addresses that webhooks.allow_internal names";
    let endpoint = Endpoint::parse(url.value, guard);
    let refused = |problems: &mut Problems, refused| {
        problems.add(url.span.clone(), format!("the url of the webhook cannot be used: {refused}"), help);
    };
    endpoint.map_err(|why| refused(problems, why)).ok()
}

fn read_secret(file: &Member<&str>, base: &Path, problems: &mut Problems) -> Option<Signer> {
    let path = base.join(file.value);
    let help = format!("make one with: rackward webhook keygen {}", path.display());
    let bytes = match read_private(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let help = if error.is_missing() { help } else { "the secret must be the daemon's alone".to_owned() };
            problems.add(file.span.clone(), format!("the secret file cannot be used: {error}"), help);
            return None;
        }
    };
    Signer::from_text(&bytes).map_err(|refused| problems.add(file.span.clone(), refused.to_string(), help)).ok()
}

fn read_events(table: &mut Table<'_>, problems: &mut Problems) -> Option<Vec<EventPattern>> {
    if !table.has("events") {
        table.pass_over(&["events"]);
        let message = "the webhook says of no event that it wants it";
        problems.add(table.header(), message, "add events = [\"alarm.*\"], or [\"*\"] for everything");
        return None;
    }
    let written = table.texts("events", problems)?;
    if written.len() > PATTERNS_LIMIT {
        let message = format!("the webhook names more than {PATTERNS_LIMIT} events");
        problems.add(table.span_of("events"), message, "name families, such as \"alarm.*\"");
    }
    let mut events = Vec::new();
    for text in written {
        match EventPattern::parse(text.value) {
            Some(pattern) => events.push(pattern),
            None => {
                let message = format!("\"{}\" is no name of an event", shown(text.value));
                problems.add(text.span, message, "write one such as \"alarm.raised\", \"alarm.*\" or \"*\"");
            }
        }
    }
    Some(events)
}

fn read_area(area: &Member<&str>, problems: &mut Problems) -> Option<PlacePattern> {
    let pattern = PlacePattern::parse(area.value);
    if pattern.is_none() {
        let message = format!("\"{}\" is no path of a place", shown(area.value));
        problems.add(area.span.clone(), message, "write one such as \"lon1/hall-a\"");
    }
    pattern
}
