//! Access reviews: a list of rights, frozen when it is made, of which somebody says of each whether it is still needed. What is
//! frozen is who holds which right and how it was used; why it was given stands with the grant, which never changes. What a
//! decision does to the right is done by the commands for grants (`engine/commands/reviews.rs`); what is left undecided ends as the
//! review says (`engine/reviews.rs`).
//!
//! ```text
//!               keep, shorten: may be decided again
//!  Undecided ───────────────────────────────────────▶ Kept, Shortened ──▶ Revoked
//!      │  │ revoke                                                            ▲
//!      │  └───────────────────────────────────────────────────────────────────┘
//!      └──── nobody decided until the review was due, and it ends such rights ──▶ Lapsed
//! ```
//! Revoked and lapsed are for good. A right that ended for another reason needs no decision.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::entry::{Entry, OfflineEntry, ReasonText, Stamped};
use crate::id::{AreaId, DoorId, GrantId, OperatorId, PersonId, ReviewId, Seq};
use crate::permission::Actor;
use crate::rights_list::Logged;
use crate::time::Wall;

/// The most lines of one review. It bounds what one entry says and one turn ends; nobody judges more with care.
pub const REVIEW_MAX_LINES: usize = 10_000;

/// The most reviews that run at once.
pub const REVIEWS_MAX_RUNNING: usize = 16;

/// The most areas that one review is about.
pub const REVIEW_MAX_AREAS: usize = 256;

/// The longest that a review may run.
pub const REVIEW_LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

/// So long before its end a review warns of what is undecided; a short one in its last quarter.
pub const REVIEW_WARNS_AHEAD: Duration = Duration::from_secs(3 * 24 * 3_600);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What becomes of a right of which nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Undecided {
    /// It is revoked.
    Revoke,
    /// It stays.
    Keep,
}

impl Undecided {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Revoke, Self::Keep];

    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Keep => "keep",
        }
    }
}

/// Who gave a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GivenBy {
    /// Somebody at a console, the command line or the API.
    Hand,
    /// Site files look after it.
    Files,
}

impl GivenBy {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hand => "operator",
            Self::Files => "files",
        }
    }
}

/// How a right differs from what the last review that is over showed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SinceLast {
    /// No review that is on record showed it.
    New,
    /// As it was then.
    Same(ReviewId),
    /// It ends at another time.
    End(ReviewId),
    /// It is for other doors or times: its profile was changed.
    Doors(ReviewId),
    /// Both.
    EndAndDoors(ReviewId),
}

impl SinceLast {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same(_) => "same",
            Self::End(_) => "end",
            Self::Doors(_) => "doors",
            Self::EndAndDoors(_) => "end_and_doors",
        }
    }

    /// The review that it is compared with.
    pub const fn review(self) -> Option<ReviewId> {
        match self {
            Self::New => None,
            Self::Same(review) | Self::End(review) | Self::Doors(review) | Self::EndAndDoors(review) => Some(review),
        }
    }
}

/// A right as it was when a review was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenRight {
    /// Which grant it is: of doors, or of membership in a profile.
    pub grant: GrantId,
    /// Whose.
    pub person: PersonId,
    /// When it was to end.
    pub to: Wall,
    /// At how many doors that the review is about.
    pub doors: u32,
    /// The first bytes of SHA-256 over the doors and times of the whole right.
    pub extent: [u8; 8],
    /// When it was used last, as far as the journal knows.
    pub used: Option<Wall>,
    /// Who looks after it.
    pub given_by: GivenBy,
    /// How it differs from before.
    pub since_last: SinceLast,
}

/// What a reviewer decides of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The right stays as it is.
    Keep,
    /// It is revoked.
    Revoke,
    /// It ends then.
    Shorten(Wall),
    /// Somebody else decides.
    Reassign(OperatorId),
}

/// A decision of one line, and the entry by which its right ended or was shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineDecision {
    /// Which line.
    pub line: u32,
    /// What was decided.
    pub decision: Decision,
    /// The entry that carried it out, where the right changed.
    pub effect: Option<Seq>,
}

/// A right that ended because nobody decided, and the entry that ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapse {
    /// Which line.
    pub line: u32,
    /// The entry that revoked it.
    pub effect: Seq,
}

/// What counts of what was decided of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// The right stayed.
    Kept,
    /// It was revoked.
    Revoked,
    /// It ends then.
    Shortened(Wall),
    /// Nobody decided, so it was revoked.
    Lapsed,
    /// It ended before anybody decided.
    Over,
}

impl Settled {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Revoked => "revoked",
            Self::Shortened(_) => "shortened",
            Self::Lapsed => "lapsed",
            Self::Over => "over",
        }
    }

    /// Whether it can be decided again.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Revoked | Self::Lapsed | Self::Over => true,
            Self::Kept | Self::Shortened(_) => false,
        }
    }
}

/// The decision that counts for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub what: Settled,
    /// Why, in the reviewer's words; the review's own rule has none.
    pub note: Option<ReasonText>,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Wall,
    /// The entry that says so.
    pub proof: Seq,
    /// The entry that carried it out, where the right changed.
    pub effect: Option<Seq>,
}

/// One right under review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// The right as it was.
    pub frozen: FrozenRight,
    /// Who is to decide; anybody who may if `None`.
    pub reviewer: Option<OperatorId>,
    /// What was decided.
    pub decided: Option<Decided>,
}

/// How somebody ends a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Closing {
    /// Everything is decided.
    Finish,
    /// It is given up: what is undecided stays as it is.
    Abandon,
}

/// Why a review is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewEndCause {
    /// Everything was decided.
    Finished,
    /// Its time was over.
    Due,
    /// Somebody gave it up.
    Abandoned,
}

impl ReviewEndCause {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Due => "due",
            Self::Abandoned => "abandoned",
        }
    }
}

/// How a review ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewEnd {
    /// When.
    pub at: Wall,
    /// Why.
    pub cause: ReviewEndCause,
    /// What whoever ended it says.
    pub reason: Option<ReasonText>,
    /// Who.
    pub by: Actor,
    /// The entry that says so.
    pub proof: Seq,
}

/// How many lines of a review are settled, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The right stayed.
    pub kept: u32,
    /// It was revoked.
    pub revoked: u32,
    /// It ends earlier.
    pub shortened: u32,
    /// Nobody decided, so it was revoked.
    pub lapsed: u32,
    /// It ended before anybody decided.
    pub over: u32,
}

impl Tally {
    /// Counts a line that was settled, where it may have been settled otherwise before.
    pub fn settle(&mut self, before: Option<Settled>, what: Settled) {
        if let Some(before) = before {
            let count = self.of(before);
            *count = count.saturating_sub(1);
        }
        let count = self.of(what);
        *count = count.saturating_add(1);
    }

    const fn of(&mut self, what: Settled) -> &mut u32 {
        match what {
            Settled::Kept => &mut self.kept,
            Settled::Revoked => &mut self.revoked,
            Settled::Shortened(_) => &mut self.shortened,
            Settled::Lapsed => &mut self.lapsed,
            Settled::Over => &mut self.over,
        }
    }
}

/// One review; its lines are rows of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// About rights at doors into these areas and what lies in them.
    pub scope: Box<[AreaId]>,
    /// Only rights that were not used for so many days.
    pub unused_days: Option<u16>,
    /// When it was made.
    pub opened: Wall,
    /// When it is to be done.
    pub due: Wall,
    /// What becomes of the rest then.
    pub undecided: Undecided,
    /// What for.
    pub reason: ReasonText,
    /// Who made it.
    pub by: Actor,
    /// The entry that says so, with every line.
    pub proof: Seq,
    /// Counts what was recorded of it.
    pub revision: u32,
    /// How many lines it has.
    pub lines: u32,
    /// How many of them are settled, and how.
    pub tally: Tally,
    /// When it warned that lines are undecided.
    pub warned: Option<Wall>,
    /// How it ended; `None` while it runs.
    pub end: Option<ReviewEnd>,
}

impl Review {
    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// When it warns of what is undecided.
    pub fn warns_at(&self) -> Wall {
        let ahead = REVIEW_WARNS_AHEAD.min(self.due.since(self.opened) / 4);
        let micros = i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX);
        Wall::from_micros(self.due.as_micros().saturating_sub(micros))
    }
}

/// When rights were used last, from what the journal tells of doors. A swinghandle that decided by itself does not know by which
/// grant it let somebody pass: that counts for each of their rights at that door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastUses {
    grants: BTreeMap<GrantId, Wall>,
    handles: BTreeMap<(PersonId, DoorId), Wall>,
}

impl LastUses {
    /// Whether an entry tells of a use.
    pub const fn matters(entry: &Entry) -> bool {
        match entry {
            Entry::AccessGranted { .. } | Entry::CompanionAdmitted { .. } => true,
            Entry::Offline(OfflineEntry::Logged { what: Logged::Admitted { .. }, person, .. }) => person.is_some(),
            _ => false,
        }
    }

    /// Takes the next entry.
    pub fn take(&mut self, stamped: &Stamped) {
        match &stamped.entry {
            Entry::AccessGranted { grant, .. } | Entry::CompanionAdmitted { grant, .. } => {
                latest(self.grants.entry(*grant).or_insert(stamped.at), stamped.at);
            }
            Entry::Offline(OfflineEntry::Logged {
                what: Logged::Admitted { .. },
                person: Some(person),
                door,
                happened,
                ..
            }) => {
                // A clock that is ahead says nothing of the time to come.
                let at = (*happened).min(stamped.at);
                latest(self.handles.entry((*person, *door)).or_insert(at), at);
            }
            _ => {}
        }
    }

    /// When a right was used last, whose doors are these.
    pub fn of(&self, grant: GrantId, person: PersonId, doors: impl Iterator<Item = DoorId>) -> Option<Wall> {
        let at_handles = self.handles.range((person, DoorId::new(0))..=(person, DoorId::new(u32::MAX)));
        let mut last = self.grants.get(&grant).copied();
        if at_handles.clone().next().is_some() {
            let there = doors.filter_map(|door| self.handles.get(&(person, door)).copied()).max();
            last = last.max(there);
        }
        last
    }
}

fn latest(known: &mut Wall, at: Wall) {
    *known = (*known).max(at);
}

/// Whether a right that began `from` and was used last at `used` was not used for so many days.
pub fn is_unused(from: Wall, used: Option<Wall>, days: u16, at: Wall) -> bool {
    let since = used.map_or(from, |used| used.max(from));
    at.since(since) >= DAY.saturating_mul(days.into())
}
