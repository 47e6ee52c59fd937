//! Why a command was not carried out, for whoever gave it.

use crate::engine::command::{Refused, TestFinding};
use crate::permission::{Actor, Denied};
use crate::site::SitePolicy;

/// Why a command was not carried out; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The caller's role has no right to it.
    #[error("your role does not allow this; ask an admin")]
    Forbidden,
    /// The token was not made for it, or they must prove themselves again first.
    #[error("{}", denied_words(*.0))]
    Denied(Denied),
    /// It takes two operators, and whoever gives it may be anybody.
    #[error("this takes two operators, and nobody knows who you are; sign in as one of them")]
    TakesTwo,
    /// It was changed by somebody else since the caller has seen it.
    #[error("{what} was changed meanwhile; look again and repeat it if it is still right")]
    Stale {
        /// What, as its id prints.
        what: String,
        /// Its revision now.
        revision: u32,
        /// Who changed it last.
        by: Option<Actor>,
    },
    /// It is in another state than the caller has seen.
    #[error("{what} was changed meanwhile; look again and repeat it if it is still right")]
    Changed {
        /// What, as its id prints.
        what: String,
        /// Who changed it last, where that is known.
        by: Option<Actor>,
    },
    /// Too much is wanted at once, or the daemon stops: nothing was done.
    #[error("the daemon is stopping or overloaded; nothing was done, try again in a few seconds")]
    Overloaded,
    /// The daemon stopped while the command was on its way.
    #[error("the daemon stopped meanwhile, so whether this was done is not known; look before you try again")]
    Unanswered,
    /// Something named does not exist.
    #[error("{what} does not exist")]
    NotFound {
        /// What was named, as its id prints.
        what: String,
    },
    /// The input is not acceptable; all problems are listed.
    #[error("{}", .0.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// The state of the thing does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// It is about the caller's own access, of which somebody else decides.
    #[error("{0}")]
    OwnAccess(String),
    /// A lockdown does not allow it.
    #[error("{0}")]
    LockedDown(String),
    /// The command's own `not_after` had passed.
    #[error("the command came after its own time limit and did nothing")]
    TooLate,
    /// The journal failed just then: the change is kept and becomes durable when it can be written again.
    #[error(
        "the journal could not be written: the change is kept in memory and stored when it can be written again; look again then"
    )]
    NotYetDurable,
    /// Changes of a set are refused, each for its own reason, so none was carried out.
    #[error("{} of the changes cannot be carried out, so none was", .0.len())]
    SetRefused(Vec<Refused>),
    /// What a set says must hold would not, so none of its changes was carried out.
    #[error("{} of {} tests do not hold, so nothing was changed", .0.iter().filter(|test| !test.holds).count(), .0.len())]
    TestsFailed(Vec<TestFinding>),
    /// A set widens who may pass by more than one operator may do alone.
    #[error(
        "this lets people through {person_doors} more doors, counted one by one; more than {limit} take two operators"
    )]
    Widens {
        /// By how many people at how many doors.
        person_doors: u64,
        /// Up to how many one operator may.
        limit: u64,
    },
    /// The journal cannot be written, so nothing may change.
    #[error("the journal cannot be written, so nothing was changed; free disk space and try again")]
    JournalUnwritable,
}

fn denied_words(denied: Denied) -> String {
    match denied {
        Denied::Role(permission) | Denied::WholeSite(permission) => {
            format!("your role does not allow this ({}); ask an admin", permission.word())
        }
        Denied::Token(permission) => format!("the token was not made for this; it lacks {}", permission.word()),
        Denied::StepUp(_) => "prove yourself again for this; then repeat it within five minutes".to_owned(),
    }
}

/// One thing wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which member, as the API names it.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Which policy of the site file says so, if one does.
    pub policy: Option<SitePolicy>,
}
