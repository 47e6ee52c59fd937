//! How refusals of several changes are told: all at once, each with the number of its change and the member that is wrong.

use rackward_core::CommandError;
use rackward_core::engine::command::{Refused, TestFinding};

use crate::wire::sentence::denial_words;

use super::{FieldProblem, Problem, ProblemKind, RefusingPolicy};

impl Problem {
    /// Refusals of changes of a set. What one of them is not allowed is not allowed at all.
    pub(super) fn of_set(refused: Vec<Refused>, said: String) -> Self {
        let denied = refused.iter().find_map(|one| match &one.error {
            CommandError::Forbidden => Some((ProblemKind::Forbidden, None)),
            CommandError::Denied(denied) => {
                let kind = Self::from(CommandError::Denied(*denied)).kind;
                let kind = if kind == ProblemKind::StepUpRequired.type_uri() {
                    ProblemKind::StepUpRequired
                } else {
                    ProblemKind::Forbidden
                };
                Some((kind, Some(RefusingPolicy::of_permission(*denied))))
            }
            _ => None,
        });
        let (kind, policy) = denied.unwrap_or((ProblemKind::Invalid, None));
        let errors = refused.into_iter().flat_map(one_change).collect();
        Self { errors, policy, ..Self::new(kind, said) }
    }

    /// Tests that do not hold.
    pub(super) fn of_tests(tests: &[TestFinding], said: String) -> Self {
        let failed = tests.iter().filter(|test| !test.holds);
        let told = |test: &TestFinding| FieldProblem {
            pointer: format!("/tests/{}", test.test),
            detail: match &test.outcome {
                None => "nobody has this id".to_owned(),
                Some(Ok(grant)) => format!("it would open, by {grant}"),
                Some(Err(denial)) => format!("it would not open: {}", denial_words(*denial)),
            },
        };
        Self { errors: failed.map(told).collect(), ..Self::new(ProblemKind::TestsFailed, said) }
    }
}

/// What is wrong with one change, as a member of the whole body.
fn one_change(refused: Refused) -> Vec<FieldProblem> {
    let at = format!("/changes/{}", refused.change);
    match refused.error {
        CommandError::Invalid(problems) => {
            let told = |field: &str, detail| FieldProblem { pointer: format!("{at}/{}", member(field)), detail };
            problems.into_iter().map(|problem| told(problem.field, problem.message)).collect()
        }
        other => vec![FieldProblem { pointer: at, detail: other.to_string() }],
    }
}

/// What the body calls what the engine calls so.
fn member(field: &str) -> &str {
    match field {
        "weekly" => "windows",
        "valid_to_at" => "to_at",
        other => other,
    }
}
