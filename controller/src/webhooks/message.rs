//! What a target is told of an entry: whether it wants it at all, and the body of the message (Standard Webhooks 1.0,
//! "Payload structure"). A thin body names the event and leaves the rest to the API, where rights are asked for; a full one
//! carries what the entry says. How an entry reads is `rackward-dashboard`'s; this file chooses from it.

use rackward_core::{Site, Stamped};
use rackward_dashboard::wire::event::CloudEvent;
use serde_json::{Map, Value, json};

/// The largest body (Standard Webhooks 1.0, "Payload size"). A full one that is larger is sent thin.
const BODY_MAX_BYTES: usize = 20_000;

/// Members of an entry's data that a thin body has too: they name things, none a person.
const THIN_MEMBERS: [&str; 5] = ["alarm_id", "kind", "level", "priority", "source"];

/// How much a body says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Content {
    /// What it is about and where to ask.
    #[default]
    Thin,
    /// All that the entry says.
    Full,
}

/// Which events a target wants: a name such as `alarm.raised`, a family such as `alarm.*`, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPattern(String);

impl EventPattern {
    /// Takes a pattern; `None` where no event could ever have such a name.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let fits = match text.split_once('.') {
            None => text == "*",
            Some((family, name)) => word(family) && (name == "*" || word(name)),
        };
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether an event of this name is wanted.
    pub fn fits(&self, event_name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(family) => event_name.starts_with(family),
            None => event_name == self.0,
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One message, to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its id: the same at every attempt, so that a receiver can tell a repetition.
    pub(super) id: String,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Message {
    /// What a target is told of an entry. The id names the site, the place in the journal and the entry's time: a journal
    /// that was brought back from a backup has other entries at the same places.
    pub(super) fn of(stamped: &Stamped, site: &Site, content: Content) -> Self {
        let event = CloudEvent::of(stamped, site);
        let id = format!("msg_{}-{}-{}", site.name(), stamped.seq, stamped.at.as_micros());
        let full = || body(stamped, &event, event.data.clone());
        let thin = || {
            let kept = event.data.iter().filter(|(name, _)| THIN_MEMBERS.contains(&name.as_str()));
            body(stamped, &event, kept.map(|(name, value)| (name.clone(), value.clone())).collect())
        };
        let body = match content {
            Content::Full => Some(full()).filter(|body| body.len() < BODY_MAX_BYTES).unwrap_or_else(thin),
            Content::Thin => thin(),
        };
        Self { id, body }
    }

    /// A message that says nothing but that messages arrive.
    pub(super) fn test(site: &Site, at: rackward_core::Wall) -> Self {
        let id = format!("msg_{}-test-{}", site.name(), at.as_micros());
        let time = rackward_dashboard::wire::at::At(at).to_string();
        let document = json!({ "type": "webhook.test", "timestamp": time, "data": { "id": id } });
        Self { id, body: document.to_string().into_bytes() }
    }
}

fn body(stamped: &Stamped, event: &CloudEvent, mut data: Map<String, Value>) -> Vec<u8> {
    data.insert("id".to_owned(), event.id.as_str().into());
    data.insert("site".to_owned(), event.source.as_str().into());
    data.insert("subject".to_owned(), event.subject.as_str().into());
    let document = json!({ "type": stamped.entry.event_name(), "timestamp": event.time, "data": data });
    document.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose_by_family_and_name() {
        let check = |pattern: &str, name: &str, expect: bool| {
            assert_eq!(EventPattern::parse(pattern).unwrap().fits(name), expect, "{pattern} {name}");
        };
        check("*", "alarm.raised", true);
        check("alarm.*", "alarm.raised", true);
        check("alarm.*", "alarms.raised", false);
        check("alarm.raised", "alarm.raised", true);
        check("alarm.raised", "alarm.raised-again", false);
        check("person.status-changed", "person.status-changed", true);
        for wrong in
            ["", "alarm", "alarm.", ".raised", "al*", "alarm.ra*", "Alarm.raised", "alarm.raised.v1", "**", "a b.c"]
        {
            assert_eq!(EventPattern::parse(wrong), None, "{wrong}");
        }
    }
}
