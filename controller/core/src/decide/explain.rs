//! Why somebody would or would not pass, step by step. The steps are recorded while the rules of `decide.rs` run, the same
//! rules in the same order as at the door; this file only gives the steps their shape and looks ahead for "when".

use crate::entry::Denial;
use crate::id::{GrantId, PersonId, PointId};
use crate::time::Wall;

/// A decision with its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub point: PointId,
    /// For which moment.
    pub at: Wall,
    /// The steps that were taken, in order; the last one settled it.
    pub steps: Vec<Step>,
    /// What came of it.
    pub outcome: Outcome,
    /// The next moment within ten years at which one of the person's rights to the door holds, where it is the time that
    /// objects.
    pub next_permitted: Option<Wall>,
    /// How much was known of the moment.
    pub known: Known,
}

/// How much is known of the moment that a decision is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Everything: it is now.
    Everything,
    /// What the journal kept of it: it is past.
    Recorded,
    /// The rights as they are now: it is to come.
    Rights,
}

impl Known {
    /// What was not known and therefore not asked, in a few words each.
    pub fn missing(self) -> &'static [&'static str] {
        static OF_THE_MOMENT: [&str; 4] = [
            "where people are: paths, anti-passback, limits of people and the rule of two are not asked",
            "how other doors stand: interlocks are not asked",
            "whether the lock answers and how far its devices are trusted",
            "modes, lockdowns, lock-outs and the threat level of a time to come",
        ];
        match self {
            Self::Everything => &[],
            Self::Recorded => OF_THE_MOMENT.split_at(3).0,
            Self::Rights => &OF_THE_MOMENT,
        }
    }
}

/// What a decision came to, for somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Admitted by this grant; a PIN is still asked for where the point's level says so.
    Granted(GrantId),
    /// Refused.
    Denied(Denial),
}

/// One rule's finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The rule, by its name: `credential`, `entitlement`, `factors`, `interlock`, `door`.
    pub rule: &'static str,
    /// What it found.
    pub finding: Finding,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It does not object; why, in a few words.
    Passed(String),
    /// It objects; why, in a few words.
    Objected(Denial, String),
}
