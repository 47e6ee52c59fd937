//! Events in ArcSight's Common Event Format (formats.md F.2): a head of seven parts and keys with values, one line each. The
//! name says what kind of event it is and nothing of this one.

use core::fmt;

use super::{PRODUCT, VENDOR, VERSION, name_of, priority, text};
use crate::wire::event::CloudEvent;

/// One event.
pub(super) struct Cef<'a> {
    vendor: &'a str,
    version: &'a str,
    class: &'a str,
    name: String,
    severity: u8,
    keys: Vec<(&'a str, String)>,
}

impl<'a> Cef<'a> {
    pub(super) fn of(event: &'a CloudEvent) -> Self {
        let class = name_of(event);
        let mut keys = vec![
            ("rt", (event.time.0.as_micros() / 1_000).to_string()),
            ("externalId", event.id.clone()),
            ("cat", "physical-access".to_owned()),
        ];
        let mut add = |key, value: Option<String>| keys.extend(value.map(|value| (key, value)));
        let (act, outcome) = act_of(class);
        add("act", act.map(str::to_owned));
        add("outcome", outcome.map(str::to_owned));
        let of = |name: &str| text(event, name).map(str::to_owned);
        add("reason", of("reason"));
        add("suid", of("by"));
        add("duid", of("person_id"));
        add("dvchost", event.source.rsplit(':').next().map(str::to_owned));
        add("deviceExternalId", of("device"));
        let labelled = [("accessPoint", Some(event.subject.clone())), ("ticket", of("ticket"))];
        for ((label, value), [name, key]) in labelled.into_iter().zip([["cs1Label", "cs1"], ["cs2Label", "cs2"]]) {
            if let Some(value) = value {
                add(name, Some(label.to_owned()));
                add(key, Some(value));
            }
        }
        if let Some(priority) = priority(event) {
            add("cn1Label", Some("alarmPriority".to_owned()));
            add("cn1", Some(priority.to_string()));
        }
        add("msg", Some(event.sentence().to_owned()));
        let severity = severity(priority(event));
        Self { vendor: VENDOR, version: VERSION, class, name: name_words(class), severity, keys }
    }
}

/// Our priorities on a scale from 0 to 10; what is no alarm is 1.
const fn severity(priority: Option<u64>) -> u8 {
    match priority {
        Some(1) => 9,
        Some(2) => 7,
        Some(3) => 5,
        Some(4) => 3,
        Some(_) | None => 1,
    }
}

/// What was done and how it ended, where the event's name says both.
fn act_of(class: &str) -> (Option<&'static str>, Option<&'static str>) {
    match class {
        "access.granted" => (Some("granted"), Some("success")),
        "access.denied" => (Some("denied"), Some("failure")),
        _ => (None, None),
    }
}

/// `door.forced-open` as `Door forced open`.
fn name_words(class: &str) -> String {
    let words = class.replace(['.', '-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

impl fmt::Display for Cef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [self.vendor, PRODUCT, self.version, self.class, &self.name].map(in_head);
        write!(f, "CEF:0|{}|{}|", head.join("|"), self.severity)?;
        let keys: Vec<String> = self.keys.iter().map(|(key, value)| format!("{key}={}", in_value(value))).collect();
        f.write_str(&keys.join(" "))
    }
}

/// The head's separator and the sign that escapes it; no line break may stand there.
fn in_head(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn in_value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_as_the_format_has_it() {
        let keys = [
            ("rt", "1784901802417"),
            ("externalId", "01K0X3V7C1M8Q3"),
            ("cat", "physical-access"),
            ("act", "none"),
            ("outcome", "failure"),
            ("reason", "no-grant-no-rex"),
            ("dvchost", "rw-lon1-a"),
            ("deviceExternalId", "ctl-07"),
            ("cs1Label", "accessPoint"),
            ("cs1", "lon1/hall-a/r07/c03/front"),
            ("cs2Label", "ticket"),
            ("cs2", "none"),
            ("cn1Label", "alarmPriority"),
            ("cn1", "1"),
            ("msg", "contact=open while lock=locked"),
        ];
        let class = "door.forced-open";
        let keys = keys.map(|(key, value)| (key, value.to_owned())).to_vec();
        let line = Cef {
            vendor: "Example",
            version: "1.0.0",
            class,
            name: name_words(class),
            severity: severity(Some(1)),
            keys,
        };
        assert_eq!(
            line.to_string(),
            "CEF:0|Example|rackward|1.0.0|door.forced-open|Door forced open|9|rt=1784901802417 \
             externalId=01K0X3V7C1M8Q3 cat=physical-access act=none outcome=failure reason=no-grant-no-rex \
             dvchost=rw-lon1-a deviceExternalId=ctl-07 cs1Label=accessPoint cs1=lon1/hall-a/r07/c03/front \
             cs2Label=ticket cs2=none cn1Label=alarmPriority cn1=1 msg=contact\\=open while lock\\=locked"
        );
    }

    #[test]
    fn nothing_in_a_value_ends_it() {
        assert_eq!(in_value("a=b\\c\nd\r|"), "a\\=b\\\\c\\nd\\r|");
        assert_eq!(in_head("a|b\\c\nd"), "a\\|b\\\\c d");
        assert_eq!([None, Some(1), Some(2), Some(3), Some(4), Some(9)].map(severity), [1, 9, 7, 5, 3, 1]);
    }
}
