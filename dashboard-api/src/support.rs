//! Support bundles as archives: which files there are, what each of them is and leaves out, and how they are put together. What
//! may stand in a file is decided by the types of `wire/support.rs`; who may take one, and whom it is asked of, is
//! `api/support.rs`. The command line makes one of these as well, where no daemon answers.
//!
//! Vocabulary: a *subject* is what a file is about, a *piece* a file with its bytes.

use data_encoding::HEXLOWER;
use rackward_core::Wall;
use rackward_core::permission::Permission;
use rackward_core::site::local_time::LocalTime;
use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::at::At;
use crate::wire::support::{LogTail, REDACTED, SupportFile};
use crate::zip::{Filed, Zip};

/// What no support bundle holds.
pub const NEVER: [&str; 6] = [
    "names of persons, operators, visitors and organisations",
    "card numbers, and what is kept instead of them",
    "PINs, passwords, codes and what they are kept as",
    "tokens, sign-in links, cookies and keys of any kind",
    "what happened: entries of the journal, notes and reasons",
    "floor plans",
];

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The file's name.
    pub file: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What it has no place for, although it is known where the bundle is made.
    pub left_out: &'static [&'static str],
    /// What its reader must be allowed to see, beside the bundle itself.
    pub takes: Option<Permission>,
}

const fn subject(
    file: &'static str,
    what: &'static str,
    left_out: &'static [&'static str],
    takes: Option<Permission>,
) -> Subject {
    Subject { file, what, left_out, takes }
}

/// The program, the machine, the clock.
pub const DAEMON: Subject =
    subject("daemon.json", "version, build, platform, uptime, clock", &["the machine's name", "its users"], None);
/// The site file.
pub const CONFIGURATION: Subject = subject(
    "configuration.json",
    "the site file as the daemon understood it",
    &["card formats, schedules and calendars but for their number", "policies of areas"],
    None,
);
/// The status.
pub const HEALTH: Subject = subject(
    "health.json",
    "the status: journal, doors, devices, parts of the daemon",
    &["alarms but for their number"],
    Some(Permission::ViewHealth),
);
/// Measurements.
pub const METRICS: Subject =
    subject("metrics.txt", "measurements, as Prometheus reads them", &[], Some(Permission::ViewMetrics));
/// Serial buses.
pub const BUSES: Subject =
    subject("buses.json", "serial buses with their counters", &["frames"], Some(Permission::ViewHealth));
/// Devices.
pub const DEVICES: Subject = subject(
    "devices.json",
    "devices as they stand",
    &["their keys", "the rights they hold", "who accepted them"],
    Some(Permission::ViewHealth),
);
/// Receipts.
pub const RECEIPTS: Subject = subject(
    "receipts.json",
    "devices that do not know every change of rights yet",
    &["whose rights"],
    Some(Permission::ViewSite),
);
/// Certificates.
pub const CERTIFICATES: Subject =
    subject("certificates.json", "until when certificates are good", &["the certificates", "their keys"], None);
/// The journal.
pub const JOURNAL: Subject = subject(
    "journal.json",
    "the journal's length, head and last check",
    &["its entries"],
    Some(Permission::ViewJournal),
);
/// The disk.
pub const STORAGE: Subject =
    subject("storage.json", "sizes of what is kept, and room that is left", &["what is in any file"], None);
/// The log.
pub const LOG: Subject = subject(
    "log.ndjson",
    "what the daemon logged last",
    &["lines of libraries", "fields that are not known to name no person"],
    None,
);
/// Open alarms.
pub const PROBLEMS: Subject =
    subject("problems.json", "alarms that are open", &["notes", "who answers them"], Some(Permission::ViewAlarms));
/// What `rackward doctor` found, where no daemon answers.
pub const CHECKS: Subject =
    subject("checks.json", "what was checked from the command line", &["addresses", "tokens and sessions"], None);

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    subject: Subject,
    bytes: Vec<u8>,
    redacted: u64,
    untold: Option<String>,
}

impl Piece {
    /// A file with one document.
    pub fn document(subject: Subject, document: &impl Serialize) -> Self {
        match serde_json::to_value(document) {
            Ok(value) => Self::of(subject, &value, serde_json::to_vec_pretty(&value).unwrap_or_default()),
            Err(_) => Self::untold(subject, "it cannot be written down; please report it"),
        }
    }

    /// The log.
    pub fn log(tail: &LogTail) -> Self {
        let lines: Vec<Value> =
            tail.lines.iter().map(|line| serde_json::to_value(line).unwrap_or(Value::Null)).collect();
        let first = json!({ "kept": lines.len(), "gone": tail.gone });
        let text: String = std::iter::once(&first).chain(&lines).map(|line| format!("{line}\n")).collect();
        Self::of(LOG, &Value::Array(lines), text.into_bytes())
    }

    /// A file with a text that holds nothing redacted.
    pub fn text(subject: Subject, text: &str) -> Self {
        Self { subject, bytes: text.as_bytes().to_vec(), redacted: 0, untold: None }
    }

    /// A file whose subject could not be told: it says why.
    pub fn untold(subject: Subject, why: impl Into<String>) -> Self {
        let why = why.into();
        let bytes = json!({ "untold": why }).to_string().into_bytes();
        Self { subject, bytes, redacted: 0, untold: Some(why) }
    }

    fn of(subject: Subject, value: &Value, bytes: Vec<u8>) -> Self {
        Self { subject, bytes, redacted: redacted_in(value), untold: None }
    }

    /// What is said of it before the bundle is taken.
    pub fn listed(&self) -> SupportFile {
        SupportFile {
            name: self.subject.file.to_owned(),
            what: self.subject.what.to_owned(),
            bytes: u64::try_from(self.bytes.len()).unwrap_or(u64::MAX),
            redacted: self.redacted,
            left_out: self.subject.left_out.iter().map(|&what| what.to_owned()).collect(),
            untold: self.untold.clone(),
        }
    }
}

/// In how many places of a document something is redacted.
fn redacted_in(value: &Value) -> u64 {
    match value {
        Value::String(text) => u64::from(text == REDACTED),
        Value::Array(items) => items.iter().map(redacted_in).sum(),
        Value::Object(members) => members.values().map(redacted_in).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Puts the pieces into an archive, before its manifest.
pub(crate) fn put(pieces: &[Piece], zip: &mut Zip, out: &mut Vec<u8>) {
    for piece in pieces {
        zip.file(piece.subject.file, &piece.bytes, out);
    }
}

/// What the manifest says of the pieces: what each is, how long, what is left out, and by what it is known again.
pub(crate) fn told(pieces: &[Piece], filed: &[Filed]) -> Value {
    let one = |(piece, filed): (&Piece, &Filed)| {
        let mut told = json!(piece.listed());
        if let Some(members) = told.as_object_mut() {
            members.insert("sha256".to_owned(), json!(HEXLOWER.encode(&filed.sha256)));
        }
        told
    };
    pieces.iter().zip(filed).map(one).collect()
}

/// An archive that nobody signs, as of `at`; `None` where the program has no time zones.
pub fn unsigned(pieces: &[Piece], version: &str, at: Wall) -> Option<Vec<u8>> {
    let (mut zip, mut out) = (Zip::new(at, &LocalTime::named("UTC")?), Vec::new());
    put(pieces, &mut zip, &mut out);
    let manifest = json!({
        "what": "support bundle, made without a daemon",
        "made_at": At(at),
        "made_by": format!("rackward {version}"),
        "never": NEVER,
        "files": told(pieces, zip.files()),
    });
    zip.file("manifest.json", &serde_json::to_vec_pretty(&manifest).unwrap_or_default(), &mut out);
    zip.finish(&mut out);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::support::Redacted;
    use crate::zip::FILES_MAX_COUNT;

    #[test]
    fn what_is_redacted_is_counted_and_stands_nowhere() {
        let secret = "hunter2".to_owned();
        let document =
            json!({ "a": Redacted::of(Some(&secret)), "b": [Redacted, Redacted], "c": "[redacted] is a word" });
        let piece = Piece::document(CONFIGURATION, &document);
        assert_eq!(piece.listed().redacted, 3);
        assert!(!String::from_utf8(piece.bytes).unwrap().contains("hunter2"));
        assert_eq!(Redacted::of::<String>(None), None);
    }

    #[test]
    fn an_archive_has_room_for_every_subject_its_manifest_and_the_note() {
        let subjects = [
            DAEMON,
            CONFIGURATION,
            HEALTH,
            METRICS,
            BUSES,
            DEVICES,
            RECEIPTS,
            CERTIFICATES,
            JOURNAL,
            STORAGE,
            LOG,
            PROBLEMS,
        ];
        assert!(subjects.len() + 2 <= FILES_MAX_COUNT);
    }

    #[test]
    fn what_could_not_be_told_says_why() {
        let piece = Piece::untold(METRICS, "nobody answered");
        assert_eq!(piece.listed().untold.as_deref(), Some("nobody answered"));
        assert_eq!(piece.bytes, br#"{"untold":"nobody answered"}"#);
    }
}
