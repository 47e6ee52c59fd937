//! What the console has recorded about who looked at whom. Showing and hiding is the shell's, once it is recorded.

use crate::entry::ReasonText;
use crate::id::{PersonId, SessionId};

/// Something about who sees what of persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivacyCommand {
    /// Somebody looks at a person's record.
    Look {
        /// Whose.
        person: PersonId,
        /// Why, where that was stated.
        reason: Option<ReasonText>,
    },
    /// Shows names in a session for a while.
    ShowNames {
        /// In which.
        session: SessionId,
        /// Why.
        reason: ReasonText,
        /// The ticket it is for.
        ticket: Option<ReasonText>,
    },
    /// Shows them no more.
    HideNames {
        /// In which session.
        session: SessionId,
    },
}

impl PrivacyCommand {
    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::ShowNames { reason, .. } => Some(reason),
            Self::Look { .. } | Self::HideNames { .. } => None,
        }
    }
}
