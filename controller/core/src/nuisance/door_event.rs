//! What an entry says about the passage of one door, in the few words that labels and rehearsals need. How a passage moves is
//! `door.rs`; which entry moves it is settled in `engine/apply.rs`, and the two must agree.

use core::time::Duration;

use crate::door::{Cause, Passage};
use crate::entry::{Entry, WithheldCause};
use crate::facts::Facts;
use crate::id::DoorId;
use crate::time::Wall;

/// What happened at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DoorEvent {
    /// Its lock was released.
    Released { cause: Cause, lasting: Duration },
    /// A release ended unused, or was never sent.
    ReleaseOver,
    /// Somebody wanted to leave, and another door of the interlock held the release back.
    ExitHeldBack,
    /// Its sensors spoke.
    Facts(Facts),
    /// It stands open because its mode holds, or held, it unlocked.
    OpenUnlocked,
}

impl DoorEvent {
    /// What `entry` says about a door, if it says anything about one.
    pub(super) fn of(entry: &Entry) -> Option<(DoorId, Self)> {
        let released = |cause, lasting: &Duration| Self::Released { cause, lasting: *lasting };
        Some(match entry {
            Entry::AccessGranted { door, person, release_time, .. } => {
                (*door, released(Cause::Person(*person), release_time))
            }
            Entry::ExitReleased { door, release_time, .. } => (*door, released(Cause::Exit, release_time)),
            Entry::OperatorReleased { door, release_time, .. } => (*door, released(Cause::Operator, release_time)),
            Entry::ReleaseWithheld { door, cause: WithheldCause::Interlock } => (*door, Self::ExitHeldBack),
            Entry::AccessNotTaken { door, .. }
            | Entry::ReleaseWithheld { door, cause: WithheldCause::NotDurable | WithheldCause::DeviceFailed } => {
                (*door, Self::ReleaseOver)
            }
            Entry::DoorChanged { door, facts } => (*door, Self::Facts(*facts)),
            Entry::OpenUnlocked { door } => (*door, Self::OpenUnlocked),
            // Nothing else moves a passage: the tests hold this against the engine itself.
            _ => return None,
        })
    }

    /// The passage after this happened at `at`.
    pub(super) fn moves(&self, passage: Passage, at: Wall) -> Passage {
        match self {
            Self::Released { cause, lasting } => passage.after_release(*cause, at.after(*lasting), at),
            Self::ReleaseOver => passage.after_release_over(),
            Self::ExitHeldBack => passage,
            Self::Facts(facts) => passage.after_facts(facts, at),
            Self::OpenUnlocked => passage.after_unlocked(at),
        }
    }
}
