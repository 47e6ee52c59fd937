//! Bodies of what is ordered about alarms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// "Seen, mine."
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Acknowledge {
    /// What was found or will be done; urgent alarms want at least ten characters.
    pub note: String,
}

/// A note for the record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AlarmNote {
    /// What.
    pub note: String,
}

/// Puts an alarm aside for a while.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ShelveAlarm {
    /// Until when at most.
    pub until_at: At,
    /// Whether the end of its condition brings it back as well; false if left out.
    pub one_shot: Option<bool>,
    /// Why.
    pub reason: String,
}

/// Takes what an alarm is about out of service.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TakeOutOfService {
    /// Until when at most.
    pub until_at: At,
    /// The work order.
    pub work_order: String,
}

/// Gives an alarm to somebody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignAlarm {
    /// An operator's id or name, `me`, or `desk`.
    pub to: String,
}

/// Carries an alarm up.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EscalateAlarm {
    /// `second_desk`, `duty_manager`, `external` or `supervisor`; the next level if left out.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

/// A step of the procedure was done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FinishStep {
    /// Which, from 1.
    pub step: u16,
}

/// Says what an alarm was and puts it away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CloseAlarm {
    /// `false_positive`, `true_positive`, `disregard`, `suspicious`, `benign`, `test`, `insufficient_data`, `security_risk`,
    /// `managed_externally` or `duplicate`.
    pub verdict: String,
    /// What was found.
    pub note: Option<String>,
}
