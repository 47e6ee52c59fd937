//! Hand-over at the desk: whoever goes leaves a note, whoever comes says that they have taken over, or why not. What else there
//! is to take over (open alarms, doors not in their normal mode, visitors) is what the records say at that moment
//! (`engine/answers/desk.rs`).

use crate::entry::{LongText, ReasonText};
use crate::permission::Actor;
use crate::time::Wall;

/// How the desk was handed over last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shift {
    /// Counts what was recorded of it.
    pub revision: u32,
    /// What whoever goes has to say.
    pub note: Option<HandOver>,
    /// What whoever comes said to it; nothing yet since the note was left.
    pub taken: Option<TakeOver>,
}

/// A note for whoever comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// What it says.
    pub text: LongText,
    /// When it was left.
    pub at: Wall,
    /// By whom.
    pub by: Actor,
}

/// Somebody took the desk over, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOver {
    /// Which of both.
    pub answer: ShiftAnswer,
    /// When.
    pub at: Wall,
    /// Who.
    pub by: Actor,
}

/// What whoever comes says to a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShiftAnswer {
    /// The desk is theirs.
    Accepted,
    /// It is not, because of this.
    Rejected(ReasonText),
}
