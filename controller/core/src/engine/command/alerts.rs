//! What may be asked of alerts.

use crate::alert::{AlertMatch, AlertPriority, Forecast};
use crate::entry::{LongText, ReasonText};
use crate::id::{AlertId, OperatorId, OrganisationId};
use crate::time::Wall;

/// An order about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertCommand {
    /// Makes one.
    Create(Box<AlertWish>),
    /// Ends one before its time.
    End {
        /// Which.
        alert: AlertId,
        /// Why.
        reason: ReasonText,
    },
    /// Entries of the journal were held against every alert in force, in their order, and these match. Given by what follows the
    /// journal, and harmless twice.
    Matched(Box<[AlertMatch]>),
    /// The queries of all alerts in force were read, and these mean nothing at this site. Given by the same.
    Read {
        /// Which.
        void: Box<[AlertId]>,
    },
}

/// A wish for an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertWish {
    /// What people call it.
    pub name: String,
    /// The query, which the shell has read.
    pub query: String,
    /// How urgent its alarms are.
    pub priority: AlertPriority,
    /// What whoever answers one has to do.
    pub response: LongText,
    /// What it is for.
    pub reason: ReasonText,
    /// Who answers for it; whoever makes it if `None`.
    pub owner: Option<OperatorId>,
    /// Whose it is; the site's if `None`.
    pub organisation: Option<OrganisationId>,
    /// When it is over.
    pub until: Wall,
    /// How often it would have matched, as the shell read it from the journal.
    pub forecast: Forecast,
    /// Whether it is wanted although that was a flood.
    pub flood: FloodWish,
}

/// What becomes of an alert that would have been a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloodWish {
    /// It is refused.
    Refuse,
    /// Whoever makes it knows, and wants it.
    Accept,
}

impl AlertCommand {
    /// Which alert it is about; one that is made has no number yet, and matches may be of several.
    pub(in crate::engine) const fn alert(&self) -> Option<AlertId> {
        match self {
            Self::Create(_) | Self::Matched(_) | Self::Read { .. } => None,
            Self::End { alert, .. } => Some(*alert),
        }
    }

    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::Create(wish) => Some(&wish.reason),
            Self::End { reason, .. } => Some(reason),
            Self::Matched(_) | Self::Read { .. } => None,
        }
    }
}
