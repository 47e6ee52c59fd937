//! How much happened when, and what of it: the histogram and the facets beside a list of events.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use crate::archive::{Bars, Check, Outcome, Scale};

/// How much happened when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Histogram {
    /// The first moment that is told of.
    pub from_at: At,
    /// The first moment that is no longer told of.
    pub to_at: At,
    /// How long each stretch is, in seconds.
    pub bucket_s: u64,
    /// Whether everything was counted; otherwise the newest events were, and older stretches are too low.
    pub complete: bool,
    /// The stretches, the oldest first, empty ones as well.
    pub items: Vec<Bucket>,
}

/// How much happened in one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bucket {
    /// When it begins.
    pub at: At,
    /// Events.
    pub count: u64,
    /// Alarms that were raised among them.
    pub alarms: u64,
    /// Refusals among them.
    pub denied: u64,
}

impl Histogram {
    /// Bars over a scale; none over no time.
    pub fn of(from_at: At, to_at: At, counted: Option<(Scale, Bars)>) -> Self {
        let Some((scale, bars)) = counted else {
            return Self { from_at, to_at, bucket_s: 1, complete: true, items: Vec::new() };
        };
        let bucket = |(place, bar): (usize, &crate::archive::Bar)| Bucket {
            at: At(scale.begin_of(place)),
            count: bar.count,
            alarms: bar.alarms,
            denied: bar.denied,
        };
        let bucket_s = scale.width().max(Duration::from_secs(1)).as_secs();
        let items = bars.bars.iter().enumerate().map(bucket).collect();
        Self { from_at, to_at, bucket_s, complete: bars.complete, items }
    }
}

/// Which values events have most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Facets {
    /// Whether every event was counted; otherwise the newest were.
    pub complete: bool,
    /// How many were.
    pub counted: u64,
    /// By field of the query language (`type`, `reason`, `area`, `person`, `device`) its most frequent values.
    pub facets: BTreeMap<String, Vec<Facet>>,
}

/// One value, and how many events have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Facet {
    /// As a query names it.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// The newest check of the whole journal: every hash computed again, every entry replayed, the tables compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalCheck {
    /// `never` since the daemon started, `running`, `whole`, `damaged`, or `failed` where the journal could not be read.
    pub state: String,
    /// When it began.
    pub begun_at: Option<At>,
    /// When it was over.
    pub ended_at: Option<At>,
    /// The newest entry that was checked, where all is whole.
    pub entries: Option<u64>,
    /// The hash after it, in hexadecimal digits.
    pub chain_head: Option<String>,
    /// What is not as it was written.
    pub findings: Option<String>,
}

/// By what the site's signatures under evidence are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditKey {
    /// A verifier key as signed notes (C2SP) write it: `rackward/SITE+ID+KEY`, Ed25519.
    pub verifier_key: String,
}

impl JournalCheck {
    /// A check as it is told.
    pub fn of(check: Option<Check>) -> Self {
        let begun_at = check.as_ref().map(|check| At(check.begun));
        let over = check.and_then(|check| check.over);
        let ended_at = over.as_ref().map(|(at, _)| At(*at));
        let (state, head, findings) = match over.map(|(_, outcome)| outcome) {
            None => (if begun_at.is_some() { "running" } else { "never" }, None, None),
            Some(Outcome::Whole(head)) => ("whole", Some(head), None),
            Some(Outcome::Damaged(findings)) => ("damaged", None, Some(findings)),
            Some(Outcome::Failed) => ("failed", None, None),
        };
        let (entries, chain_head) = head.map(|head| (head.seq.get(), HEXLOWER.encode(&head.hash))).unzip();
        Self { state: state.to_owned(), begun_at, ended_at, entries, chain_head, findings }
    }
}
