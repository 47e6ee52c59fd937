//! What is checked, one function each, and what a finding is. None of them changes anything.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::account;
use crate::cli::connection;
use crate::cli::failure::Failure;
use crate::cli::place;
use crate::cli::settings::{Layer, Remote, Way};

/// How far two clocks may be apart. Beyond it the site raises an alarm of its own clock (`console.md` B.2).
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(5);
/// How long before its end a certificate is told, as the site itself does.
const CERTIFICATE_SOON: SignedDuration = SignedDuration::from_hours(21 * 24);
/// Of the disk, the share that should be left, in hundredths, and how much is enough whatever share that is; as the site's own
/// alarm has it.
const ROOM_LEAST_PERCENT: u128 = 20;
const ROOM_ENOUGH_BYTES: u64 = 64 << 30;

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// It is as it should be.
    Well,
    /// It works, and will not for ever.
    Doubtful,
    /// It does not work.
    Wrong,
    /// It could not be looked at.
    Skipped,
}

impl Finding {
    /// The word in JSON.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Doubtful => "warning",
            Self::Wrong => "wrong",
            Self::Skipped => "skipped",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) finding: Finding,
    /// What was found.
    words: String,
    /// What to do about it.
    help: String,
}

impl Check {
    fn new(name: &'static str, finding: Finding, words: impl Into<String>, help: &str) -> Self {
        Self { name, finding, words: words.into(), help: help.to_owned() }
    }

    /// It is as it should be.
    pub(super) fn well(name: &'static str, words: &str) -> Self {
        Self::new(name, Finding::Well, words, "")
    }

    /// It fails, as the failure says.
    pub(super) fn failed(name: &'static str, failure: &Failure) -> Self {
        Self::of(name, Finding::Wrong, failure)
    }

    /// It could not be looked at, as the failure says.
    pub(super) fn skipped(name: &'static str, failure: &Failure) -> Self {
        Self::of(name, Finding::Skipped, failure)
    }

    fn of(name: &'static str, finding: Finding, failure: &Failure) -> Self {
        let member = |of: &str| failure.document().get(of).and_then(Value::as_str).unwrap_or_default();
        let words = [member("title"), member("detail")].into_iter().filter(|text| !text.is_empty());
        Self::new(name, finding, words.collect::<Vec<_>>().join(": "), member("help"))
    }

    /// It as a document.
    pub(super) fn document(&self) -> Value {
        json!({ "name": self.name, "state": self.finding.word(), "words": self.words, "help": self.help })
    }

    /// It as it may leave the site: words of others can have an address or a path in them.
    pub(super) fn outcome(&self) -> Value {
        json!({ "name": self.name, "state": self.finding.word() })
    }
}

/// Which daemon is asked, and why.
pub(super) fn daemon(way: &Result<(Way, Layer), Failure>) -> Check {
    match way {
        Ok((Way::Local(dir), layer)) => {
            Check::well("daemon", &format!("this machine's, in {}, because of {layer}", dir.display()))
        }
        Ok((Way::Remote(remote), layer)) => {
            Check::well("daemon", &format!("at {}, because of {layer}", remote.address))
        }
        Err(failure) => Check::failed("daemon", failure),
    }
}

/// Until when the console's certificate is good. Whether it is the right one, reaching the console has shown.
pub(super) async fn certificate(remote: &Remote, now: Timestamp) -> Check {
    match connection::certificates_of(&remote.address).await {
        Ok(shown) => shown.first().map_or_else(
            || Check::new("certificate", Finding::Skipped, "the server shows none", ""),
            |own| certificate_end(own, now),
        ),
        Err(failure) => Check::skipped("certificate", &failure),
    }
}

fn certificate_end(der: &[u8], now: Timestamp) -> Check {
    let parsed =
        X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate.validity().not_after.timestamp());
    let Some(end) = parsed.and_then(|seconds| Timestamp::from_second(seconds).ok()) else {
        return Check::new("certificate", Finding::Wrong, "it cannot be read", "give the console another certificate");
    };
    let left = end.duration_since(now);
    let words = format!("the console's is good until {end}");
    if left <= SignedDuration::ZERO {
        let help = "renew it; one of the site's own authority is renewed when the daemon is started again";
        return Check::new("certificate", Finding::Wrong, format!("the console's was good until {end}"), help);
    }
    let finding = if left < CERTIFICATE_SOON { Finding::Doubtful } else { Finding::Well };
    let help = if finding == Finding::Well { "" } else { "renew it, unless it is of the site's own authority" };
    Check::new("certificate", finding, words, help)
}

/// Whether the server's clock is this machine's. It was read somewhere between `before` and `after`, so only what lies outside
/// of both is a difference.
pub(super) fn clock(status: &Value, before: Timestamp, after: Timestamp) -> Check {
    let told = status.get("at").and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
    let Some(at) = told else {
        return Check::new("clock", Finding::Skipped, "the server does not say what time it is", "");
    };
    let apart =
        if at < before { before.duration_since(at) } else { at.duration_since(after).max(SignedDuration::ZERO) };
    if apart <= CLOCKS_APART {
        return Check::well("clock", "the server's time is this machine's");
    }
    let (seconds, side) = (apart.as_secs(), if at < before { "behind" } else { "ahead of" });
    let words = format!("the server's clock is {seconds} s {side} this machine's");
    Check::new("clock", Finding::Wrong, words, "see which of the two is right, and that both follow a time server")
}

/// Whether the daemon and this program are of the same version.
pub(super) fn version(openapi: &Value) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    match openapi.pointer("/info/version").and_then(Value::as_str) {
        Some(theirs) if theirs == own => Check::well("version", &format!("the daemon and this program are {own}")),
        Some(theirs) => {
            let words = format!("the daemon is {theirs}, this program {own}");
            Check::new("version", Finding::Doubtful, words, "install the same version here and there")
        }
        None => Check::new("version", Finding::Skipped, "the daemon does not say which version it is", ""),
    }
}

/// How the site says that it is.
pub(super) fn state(status: &Value) -> Vec<Check> {
    let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |pointer: &str| status.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let journal = if text("/journal") == "unwritable" {
        let help = "see to the disk of the daemon's machine: nobody is admitted until it can be written";
        Check::new("journal", Finding::Wrong, "it cannot be written", help)
    } else {
        Check::well("journal", "it can be written")
    };
    let offline = number("/devices/offline");
    let devices = match offline {
        0 => Check::well("devices", "every device answers"),
        _ => Check::new("devices", Finding::Doubtful, format!("{offline} do not answer"), "rackward device list"),
    };
    let receipts = match number("/receipts/pending") {
        0 => Check::well("receipts", "every device holds the rights it should"),
        _ => Check::new("receipts", Finding::Doubtful, text("/receipts/sentence"), "rackward receipt list"),
    };
    let parts = status.get("parts").and_then(Value::as_array).into_iter().flatten();
    let failing = parts.filter(|part| part.get("state").and_then(Value::as_str) == Some("failing"));
    let name = |part: &Value| {
        let word = |of: &str| part.get(of).and_then(Value::as_str);
        [word("part"), word("name")].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let failing: Vec<String> = failing.map(name).collect();
    let parts = match failing.as_slice() {
        [] => Check::well("parts", "none fails"),
        // None of them keeps a door from being decided.
        some => {
            let words = format!("failing: {}", some.join(", "));
            Check::new("parts", Finding::Doubtful, words, "the daemon's log says why")
        }
    };
    vec![journal, devices, receipts, parts]
}

/// Whether there is room where the daemon of this machine keeps its journal.
pub(super) fn storage(dir: &Path) -> Check {
    let kept = account::storage(&place::state_dir(dir));
    let (Some(free), Some(size)) = (kept.free_bytes, kept.size_bytes) else {
        return Check::new("storage", Finding::Skipped, "this machine keeps no state of a daemon there", "");
    };
    let words = format!("{} MB of {} MB are free", free >> 20, size >> 20);
    let is_little = u128::from(free) * 100 <= u128::from(size) * ROOM_LEAST_PERCENT;
    if is_little && free < ROOM_ENOUGH_BYTES {
        return Check::new("storage", Finding::Doubtful, words, "make room on that disk before it is full");
    }
    Check::well("storage", &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-07-24T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_are_compared_with_the_time_that_asking_took() {
        let check = |told: &str, expect: Finding, words: &str| {
            let found = clock(&json!({ "at": told }), at(NOW), at("2026-07-24T12:00:08Z"));
            assert_eq!((found.finding, found.words.contains(words)), (expect, true), "{told}: {found:?}");
        };
        check("2026-07-24T12:00:04Z", Finding::Well, "this machine's");
        check("2026-07-24T11:59:55Z", Finding::Well, "this machine's");
        check("2026-07-24T12:00:13Z", Finding::Well, "this machine's");
        check("2026-07-24T11:59:54Z", Finding::Wrong, "6 s behind");
        check("2026-07-24T13:00:08Z", Finding::Wrong, "3600 s ahead");
        check("soon", Finding::Skipped, "does not say");
    }

    #[test]
    fn versions_are_compared() {
        let check = |document: Value, expect: Finding| assert_eq!(version(&document).finding, expect, "{document}");
        check(json!({ "info": { "version": env!("CARGO_PKG_VERSION") } }), Finding::Well);
        check(json!({ "info": { "version": "99.0.0" } }), Finding::Doubtful);
        check(json!({}), Finding::Skipped);
    }

    #[test]
    fn the_state_is_told_check_by_check() {
        let status = json!({
            "journal": "unwritable", "devices": { "offline": 2 }, "receipts": { "pending": 1, "sentence": "1 of 9 pending" },
            "parts": [{ "part": "webhook", "name": "desk", "state": "failing" }, { "part": "search_index", "state": "working" }],
        });
        let found: Vec<_> = state(&status).into_iter().map(|check| (check.name, check.finding, check.words)).collect();
        let expect = [
            ("journal", Finding::Wrong, "it cannot be written"),
            ("devices", Finding::Doubtful, "2 do not answer"),
            ("receipts", Finding::Doubtful, "1 of 9 pending"),
            ("parts", Finding::Doubtful, "failing: webhook desk"),
        ];
        assert_eq!(found, expect.map(|(name, finding, words)| (name, finding, words.to_owned())));
        assert!(state(&json!({ "journal": "writable" })).iter().all(|check| check.finding == Finding::Well));
    }

    #[test]
    fn a_certificate_is_told_before_its_end() {
        let check = |days: i64, expect: Finding| {
            let mut params = rcgen::CertificateParams::new(vec!["console.example".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(2026, 7, 24) + std::time::Duration::from_secs(12 * 3600);
            let key = rcgen::KeyPair::generate().unwrap();
            let der = params.self_signed(&key).unwrap().der().to_vec();
            let now = at(NOW) - SignedDuration::from_hours(days * 24);
            assert_eq!(certificate_end(&der, now).finding, expect, "{days}");
        };
        check(22, Finding::Well);
        check(20, Finding::Doubtful);
        check(0, Finding::Wrong);
        check(-3, Finding::Wrong);
        assert_eq!(certificate_end(b"no certificate", at(NOW)).finding, Finding::Wrong);
    }
}
