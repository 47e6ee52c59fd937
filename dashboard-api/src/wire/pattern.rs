//! Patterns of light, sound and text as the API shows them, one by one. What each looks like is the core's table
//! (`feedback/table.rs` there), of which the legend page is made as well.

use rackward_core::feedback::PatternId;
use rackward_core::feedback::policy::FeedbackPolicy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every pattern, in the order of the specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Patterns {
    /// The patterns.
    pub patterns: Vec<Pattern>,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pattern {
    /// Its id, such as `T6`.
    pub id: String,
    /// What it stands for.
    pub outcome: String,
    /// What it looks and sounds like.
    pub looks: String,
    /// What it means to whoever stands there.
    pub means: String,
    /// For how many milliseconds it is shown as a test.
    pub test_ms: u64,
}

impl Pattern {
    /// A pattern as readers of a site with this policy show it; `None` where nothing does.
    pub fn of(pattern: PatternId, policy: &FeedbackPolicy) -> Option<Self> {
        let row = pattern.row(policy)?;
        Some(Self {
            id: pattern.id().to_owned(),
            outcome: if row.id == pattern.id() { row.outcome.to_owned() } else { format!("shown as {}", row.id) },
            looks: row.looks.to_owned(),
            means: row.means.to_owned(),
            test_ms: u64::try_from(row.trial_time().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// The answer to `POST /api/v1/devices/{device}/pattern`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PatternShown {
    /// The device's name.
    pub device: String,
    /// Which pattern.
    pub pattern: String,
    /// What it looks and sounds like.
    pub looks: String,
    /// For how many milliseconds it is shown, unless somebody comes.
    pub for_ms: u64,
}
