//! Words for access reviews.

use rackward_core::review::{Decision, LineDecision, ReviewEndCause};

use super::{at, counted};

/// What was decided of how many lines.
pub(in crate::wire) fn decisions_words(decisions: &[LineDecision]) -> String {
    if let [one] = decisions {
        let line = one.line;
        return match one.decision {
            Decision::Keep => format!("keep line {line}"),
            Decision::Revoke => format!("revoke line {line}"),
            Decision::Shorten(to) => format!("let line {line} end at {}", at(to)),
            Decision::Reassign(reviewer) => format!("give line {line} to {reviewer}"),
        };
    }
    let count = |is: fn(&Decision) -> bool| decisions.iter().filter(|decided| is(&decided.decision)).count();
    let parts = [
        ("keep", count(|decision| *decision == Decision::Keep)),
        ("revoke", count(|decision| *decision == Decision::Revoke)),
        ("shorten", count(|decision| matches!(decision, Decision::Shorten(_)))),
        ("reassign", count(|decision| matches!(decision, Decision::Reassign(_)))),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, of)| format!("{word} {}", counted(*of, "line")))
        .collect();
    told.join(", ")
}

/// Why a review is over.
pub(in crate::wire) const fn end_cause_words(cause: ReviewEndCause) -> &'static str {
    match cause {
        ReviewEndCause::Finished => "everything is decided",
        ReviewEndCause::Due => "its time is over",
        ReviewEndCause::Abandoned => "it is given up",
    }
}
