//! An alarm as the API shows it: whether its condition holds and whether somebody acknowledged it, as two separate facts.
//! When one begins, ends and closes is the core's (`alarm.rs` there).

use rackward_core::Site;
use rackward_core::alarm::{Acknowledged, Alarm as CoreAlarm, Condition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, actor_words, source_word};
use super::sentence::alarm_words;

/// One occurrence of a condition that needs an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// Its id, such as `alm-7`.
    pub id: String,
    /// The condition, such as `door_forced_open`.
    pub kind: String,
    /// The condition in words, such as `door forced open`.
    pub words: String,
    /// 1 (critical) to 4 (low).
    pub priority: u8,
    /// What it is about: `site`, `door`, `device`, `zone`, `area`, `grant` or `credential`.
    pub source_kind: String,
    /// Path or name of what it is about.
    pub source: String,
    /// Path of the door it concerns; null when it concerns none.
    pub door: Option<String>,
    /// What to do about it.
    pub response: String,
    /// When it began.
    pub raised_at: At,
    /// The entry that raised it.
    pub raised_by: u64,
    /// Whether the condition holds.
    pub active: bool,
    /// When the condition ended; null while it holds.
    pub returned_at: Option<At>,
    /// Who has seen it; null while nobody has.
    pub acked: Option<Acknowledgement>,
}

/// "Seen, mine."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acknowledgement {
    /// When.
    pub acked_at: At,
    /// Who.
    pub acked_by: String,
    /// What they noted.
    pub note: String,
}

impl Alarm {
    /// An alarm of the core.
    pub fn of(alarm: &CoreAlarm, site: &Site) -> Self {
        let returned_at = match alarm.condition {
            Condition::Active => None,
            Condition::Returned(at) => Some(At(at)),
        };
        let acked = match &alarm.acknowledged {
            Acknowledged::No => None,
            Acknowledged::Yes { at, by, note } => {
                Some(Acknowledgement { acked_at: At(*at), acked_by: actor_words(*by), note: note.clone() })
            }
        };
        Self {
            id: alarm.id.to_string(),
            kind: alarm.kind.word().to_owned(),
            words: alarm_words(alarm.kind).to_owned(),
            priority: alarm.kind.priority().number(),
            source_kind: source_word(alarm.source).to_owned(),
            source: Places(site).source(alarm.source),
            door: Places(site).door_of(alarm.source),
            response: alarm.kind.response().to_owned(),
            raised_at: At(alarm.raised_at),
            raised_by: alarm.raised_by.get(),
            active: returned_at.is_none(),
            returned_at,
            acked,
        }
    }

    /// The state in words, as `console.md` B.2 names it.
    pub fn state_words(&self) -> &'static str {
        match (self.active, &self.acked) {
            (true, None) => "active, unacked",
            (true, Some(_)) => "active, acked",
            (false, None) => "returned, unacked",
            (false, Some(_)) => "closed",
        }
    }
}
