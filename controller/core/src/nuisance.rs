//! How well the alarms of a site are: why door alarms probably came ([`Trails`]), how many there are and how fast they are
//! answered ([`Recorder`], [`Figures`]), and which other timing of a door would have spared the desk how many of them
//! ([`Rehearsal`], [`Finding`]). All of it is a pure fold over entries of the journal, in order, with bounded memory; nothing
//! new is stored, nothing is decided and no alarm is put aside. What raises an alarm is `door.rs` and the engine; what
//! becomes of it is `alarm/life.rs`.
//!
//! Vocabulary: a *raise* is one beginning of a condition; the *lead-in* is a day of entries before the period, which is
//! read so that doors and alarms are known when it begins, and is not counted; to *rehearse* is to replay recorded facts
//! through the rules of `door.rs` with other timings; a *change* is one timing of one door put to another value.
//!
//! Why a forced door alarm probably came, first row that fits ([`CauseLabel`](crate::alarm::life::CauseLabel)):
//!
//! | label | recorded facts | why that says so |
//! |---|---|---|
//! | `late_exit` | the exit button or sensor spoke within 3 s after the opening | people who leave pass the sensor before it sees them; whoever breaks in is on the other side |
//! | `bounce` | closed again within 1 s, or opened three times within 10 s | a leaf that somebody passes stays open longer; a contact or a leaf in the wind does not |
//! | `late_relock` | opened within 3 s after a release ended: unused, or by closing while the lock never read locked again | the person was slower than the lock, or followed on its last moment |
//! | `misfit_latch` | opened within 3 s of closing, or within 10 s where it did so before in the last day, with the lock reading locked and no handle lifted | a leaf that nobody unlocked was never latched |
//! | `unexplained` | none of these | treat it as real |
//!
//! A label is a hint for whoever answers; it never puts an alarm aside.

mod change;
mod door_event;
mod figures;
mod finding;
mod label;
mod modes;
mod rate;
mod recorder;
mod rehearsal;
mod replay;
mod spread;
mod tally;

pub use change::{Change, Setting};
pub use figures::{DoorFigures, Figures, Mark, Measure, OperatorFigures, SourceFigures, StaleAlarm, Standing, Summary};
pub use finding::{Effect, Finding, NoProposal, Outcome};
pub use label::{Labelling, Trails, can_be_labelled};
pub use recorder::{Recorder, Wanted};
pub use rehearsal::{Rehearsal, alarms_with};

use core::time::Duration;

use crate::alarm::life::Verdict;
use crate::time::Wall;

/// How much of the journal before a period is read so that doors and alarms are known when it begins. A longer one knows more
/// of what stands for days, and takes longer.
pub const LEAD_IN: Duration = Duration::from_secs(24 * 3600);

/// A stretch of time: from its first instant to the first that is no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Wall,
    /// The first instant after it.
    pub to: Wall,
}

impl Period {
    /// Where reading begins.
    pub const fn lead_in_from(self) -> Wall {
        Wall::from_micros(self.from.as_micros().saturating_sub_unsigned(LEAD_IN.as_micros() as u64))
    }

    /// How long it is; nothing where it ends before it begins.
    pub const fn length(self) -> Duration {
        self.to.since(self.from)
    }

    fn contains(self, at: Wall) -> bool {
        self.from <= at && at < self.to
    }
}

/// What a verdict says about whether the alarm was worth raising.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// Something was wrong: such an alarm must never be lost.
    Breach,
    /// Nothing was.
    Nuisance,
    /// The verdict leaves it open.
    Open,
}

const fn worth(verdict: Verdict) -> Worth {
    match verdict {
        Verdict::TruePositive | Verdict::Suspicious | Verdict::SecurityRisk => Worth::Breach,
        Verdict::FalsePositive | Verdict::Disregard | Verdict::Benign | Verdict::Duplicate => Worth::Nuisance,
        // A test shows that the alarm works, somebody else's case may be anything: neither speaks for a change.
        Verdict::Test | Verdict::InsufficientData | Verdict::ManagedExternally => Worth::Open,
    }
}
