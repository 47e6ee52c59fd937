//! The facts of alerts: that one was left standing, what it matched, and that it ended. They name entries, persons and places by
//! number alone. What they change is `engine/apply/alerts.rs`.

use crate::alert::{AlertPlace, AlertTerms};
use crate::entry::ReasonText;
use crate::entry::event_name::event_names;
use crate::id::{AlertId, Seq};
use crate::permission::Actor;

/// One fact about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertEntry {
    /// An alert was made.
    Created {
        /// Which.
        alert: AlertId,
        /// What it is.
        terms: Box<AlertTerms>,
        /// Who made it.
        by: Actor,
    },
    /// An entry matched it; its alarm follows.
    Matched {
        /// Which alert.
        alert: AlertId,
        /// Which entry.
        matched: Seq,
        /// Where that was.
        place: AlertPlace,
    },
    /// Entries matched it while it was over its rate, so they raised nothing.
    Counted {
        /// Which alert.
        alert: AlertId,
        /// How many.
        matches: u32,
        /// The last of them.
        upto: Seq,
    },
    /// It is over.
    Ended {
        /// Which.
        alert: AlertId,
        /// Why, where somebody ended it; `None` where its time was over.
        reason: Option<ReasonText>,
        /// Who.
        by: Actor,
    },
}

impl AlertEntry {
    event_names! {
        Self::Created { .. } => "alert.created",
        Self::Matched { .. } => "alert.matched",
        Self::Counted { .. } => "alert.counted",
        Self::Ended { .. } => "alert.ended",
    }
}

impl From<AlertEntry> for crate::Entry {
    fn from(entry: AlertEntry) -> Self {
        Self::Alert(entry)
    }
}
