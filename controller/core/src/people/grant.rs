//! What a grant is and the states it goes through. Who may ask for, approve or end one is checked in `engine/`; whether it
//! lets somebody pass is decided in `decide/entitlement.rs`.
//!
//! ```text
//!              approved (as often as the policy asks)
//!  Requested ─────────────────────────────────────────▶ Active ──▶ Revoked
//!      │ denied                                            │ person left or moved, ticket closed,
//!      └───────▶ Denied      (revoked: Revoked)            └──▶ Ended   agreement ended
//! ```
//! A grant is also over when its validity or its uses are, which is no change of state.

use crate::id::{DoorId, GrantId, PersonId, ProfileId, ScheduleId};
use crate::people::Validity;
use crate::permission::Actor;
use crate::site::schedule::Weekly;

/// A time-boxed right of one person to pass certain doors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which grant.
    pub id: GrantId,
    /// Who may pass.
    pub person: PersonId,
    /// What it allows.
    pub right: GrantRight,
    /// From when to when.
    pub validity: Validity,
    /// Why, in the words of who asked; never empty.
    pub reason: String,
    /// The change ticket, where one was given.
    pub ticket: Option<String>,
    /// How often it may still be used.
    pub uses: Uses,
    /// Whether the holder must be escorted.
    pub escort: EscortNeed,
    /// Whether it was made in an emergency.
    pub kind: GrantKind,
    /// Whether it counts.
    pub state: GrantState,
    /// Who asked for it.
    pub requested_by: Actor,
    /// Approvals that the policy asks for.
    pub approval: Approval,
    /// Who has approved it; no repeats, never the one who asked.
    pub approved_by: Vec<Actor>,
}

/// What a grant allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantRight {
    /// These doors.
    Doors {
        /// Which; never empty, sorted, without repeats.
        doors: Box<[DoorId]>,
        /// When.
        when: When,
    },
    /// Membership of an access profile: its doors, at its schedules, whatever they are at the time.
    Member(ProfileId),
}

/// At which times a grant holds, within its validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// At these times of the week, in the site's time zone.
    Weekly(Weekly),
    /// As this schedule says.
    Schedule(ScheduleId),
}

/// How often a grant may still be used. An admission is a use, opened or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uses {
    /// Without limit.
    Unlimited,
    /// This often.
    Left(u16),
}

/// Whether the holder of a grant must be escorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscortNeed {
    /// Alone is fine.
    No,
    /// Somebody who has the right without an escort must come along or be inside already.
    Required,
}

/// Whether a grant was made in an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// Made in the usual way.
    Ordinary,
    /// Made past the approval policy; somebody must review it.
    BreakGlass(BreakGlassReview),
}

/// Whether somebody has reviewed an emergency grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakGlassReview {
    /// Due at this instant.
    DueAt(crate::time::Wall),
    /// Reviewed by this operator.
    By(Actor),
}

/// Whether a grant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Counts within its validity, schedule and uses.
    Active,
    /// Taken back; never counts again.
    Revoked,
    /// Waits for approval.
    Requested,
    /// Refused by an approver.
    Denied,
    /// Ended because its need did.
    Ended(EndCause),
}

/// Why a grant's need ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndCause {
    /// Its change ticket was closed.
    TicketClosed,
    /// Its holder left.
    PersonLeft,
    /// Its holder moved to another organisation.
    PersonMoved,
    /// The agreement it rested on ended.
    AgreementEnded,
    /// Its profile was removed.
    ProfileRemoved,
}

/// How many people other than the requester must approve a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// None: it counts at once.
    None,
    /// One.
    One,
    /// Two.
    Two,
}

impl Approval {
    /// As a number.
    pub const fn count(self) -> usize {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl Grant {
    /// One more approval; with the last one that the policy asks for, the grant counts.
    pub fn approve(&mut self, by: Actor) {
        self.approved_by.push(by);
        if self.approved_by.len() >= self.approval.count() {
            self.state = GrantState::Active;
        }
    }

    /// Whether it may still let anybody pass at or after `at`: it counts or waits for approval, and is neither over nor
    /// used up.
    pub fn is_live(&self, at: crate::time::Wall) -> bool {
        let counts = match self.state {
            GrantState::Active | GrantState::Requested => true,
            GrantState::Revoked | GrantState::Denied | GrantState::Ended(_) => false,
        };
        counts && at < self.validity.to && self.uses != Uses::Left(0)
    }
}
