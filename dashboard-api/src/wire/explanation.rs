//! Why somebody would or would not pass, as the API shows it. The steps are the core's, in the order the rules ran.

use rackward_core::Site;
use rackward_core::decide::explain::{Explanation as CoreExplanation, Finding, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::Places;

/// A decision with its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Who.
    pub person: String,
    /// Path of where.
    pub point: String,
    /// For which moment.
    pub at: At,
    /// `granted` or `denied`.
    pub outcome: String,
    /// The grant that allows it, when granted.
    pub grant: Option<String>,
    /// The reason, such as `not_permitted_at_this_time`, when denied.
    pub reason: Option<String>,
    /// Its class and number, such as `W12`, when denied.
    pub code: Option<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The next moment at which the point would let the person in, if a week's search finds one.
    pub next_permitted_at: Option<At>,
    /// What is not known of the moment, and was therefore not asked; nothing where it is now.
    pub not_known: Vec<String>,
}

/// One rule's finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// The rule.
    pub rule: String,
    /// `ok` or `fail`.
    pub result: String,
    /// The reason it objects with, when it fails.
    pub reason: Option<String>,
    /// What it found, in a few words.
    pub detail: String,
}

impl Explanation {
    /// An explanation of the core.
    pub fn of(explanation: &CoreExplanation, site: &Site) -> Self {
        let (outcome, grant, denial) = match explanation.outcome {
            Outcome::Granted(grant) => ("granted", Some(grant), None),
            Outcome::Denied(denial) => ("denied", None, Some(denial)),
        };
        let steps = explanation.steps.iter().map(|step| {
            let (result, reason, detail) = match &step.finding {
                Finding::Passed(detail) => ("ok", None, detail),
                Finding::Objected(denial, detail) => ("fail", Some(denial.word().to_owned()), detail),
            };
            Step { rule: step.rule.to_owned(), result: result.to_owned(), reason, detail: detail.clone() }
        });
        Self {
            person: explanation.person.to_string(),
            point: Places(site).point(explanation.point),
            at: At(explanation.at),
            outcome: outcome.to_owned(),
            grant: grant.map(|grant| grant.to_string()),
            reason: denial.map(|denial| denial.word().to_owned()),
            code: denial.map(|denial| denial.code().to_owned()),
            steps: steps.collect(),
            next_permitted_at: explanation.next_permitted.map(At),
            not_known: explanation.known.missing().iter().map(|&what| what.to_owned()).collect(),
        }
    }
}
