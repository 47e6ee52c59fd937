//! Access reviews as the API shows them: what each is about and how far it is, and its lines, each a right as it was when the review was
//! made with what was decided of it.

use rackward_core::Site;
use rackward_core::engine::query::{LineState, ReviewCounts as CoreCounts, ReviewLineStatus, ReviewStatus};
use rackward_core::people::{Grant, GrantRight};
use rackward_core::review::{Decided, Settled};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::grant::Named;
use super::names::{Names, Places, actor_words};

/// So many doors of a right are named; of a larger one it is said how many there are.
const NAMED_MAX_DOORS: usize = 20;

/// An access review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessReview {
    /// The id, such as `rv-1`.
    pub id: String,
    /// `running` or `closed`.
    pub state: String,
    /// Paths of the areas that it is about, with what lies in them.
    pub scope: Vec<String>,
    /// Only rights that were not used for so many days; null for all.
    pub unused_days: Option<u16>,
    /// What becomes of what nobody decided: `revoke` or `keep`.
    pub undecided: String,
    /// What for.
    pub reason: String,
    /// When it was made.
    pub opened_at: At,
    /// Who made it.
    pub opened_by: String,
    /// When it is to be done.
    pub due_at: At,
    /// When it warned that lines are undecided; null where it has not.
    pub warned_at: Option<At>,
    /// When it was closed; null while it runs.
    pub closed_at: Option<At>,
    /// Who closed it; null while it runs.
    pub closed_by: Option<String>,
    /// `finished`, `due` or `abandoned`; null while it runs.
    pub closed_as: Option<String>,
    /// How many lines are what.
    pub counts: ReviewCounts,
    /// The entry of the journal that made it, with every line.
    pub sequence: u64,
}

/// How many lines of a review are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewCounts {
    /// All of them.
    pub lines: u32,
    /// Nobody has decided.
    pub undecided: u32,
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

/// An access review after a change, with the generation of rights now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewChanged {
    /// The review.
    #[serde(flatten)]
    pub review: AccessReview,
    /// The generation of rights now.
    pub generation: u64,
}

/// One line of an access review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewLine {
    /// Its number, from 1.
    pub line: u32,
    /// `undecided`, `kept`, `revoked`, `shortened`, `lapsed` (nobody decided, so it was revoked) or `over` (it ended before).
    pub state: String,
    /// Whose right it is.
    pub person: Named,
    /// The grant.
    pub grant: String,
    /// The access profile that it is a membership of, by name; null where it names doors.
    pub profile: Option<String>,
    /// Paths of its doors, at most 20; empty for a membership.
    pub doors: Vec<String>,
    /// At how many doors that the review is about.
    pub door_count: u32,
    /// Who looks after it: `operator` or `files`.
    pub given_by: String,
    /// Why it was given.
    pub reason: Option<String>,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Since when it counts.
    pub from_at: Option<At>,
    /// When it was to end when the review was made.
    pub to_at: At,
    /// When it was used last; null where the journal knows of no use.
    pub used_at: Option<At>,
    /// How it differs from what an earlier review showed of it: `new`, `same`, `end`, `doors` or `end_and_doors`.
    pub since_last: String,
    /// That earlier review; null where there is none.
    pub last_review: Option<String>,
    /// Who is to decide; null for anybody who may.
    pub reviewer: Option<String>,
    /// What was decided; null while nobody has.
    pub decided: Option<ReviewDecision>,
}

/// A line as evidence has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProvenLine {
    /// The line.
    #[serde(flatten)]
    pub line: ReviewLine,
    /// Which person whoever decided is now; null where nobody is on record as theirs, or nobody decided.
    pub reviewer_person: Option<String>,
    /// What that person is called, as whoever asks is shown it.
    pub reviewer_name: Option<String>,
}

/// What was decided of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewDecision {
    /// Who decided.
    pub by: String,
    /// When.
    pub at: At,
    /// Why; null where nobody decided.
    pub note: Option<String>,
    /// When the right ends now; null where it was not shortened.
    pub until_at: Option<At>,
    /// The entry of the journal that says so.
    pub sequence: u64,
    /// The entry by which the right ended or was shortened; null where it stayed.
    pub effect_sequence: Option<u64>,
}

impl From<CoreCounts> for ReviewCounts {
    fn from(counts: CoreCounts) -> Self {
        let CoreCounts { lines, undecided, kept, revoked, shortened, lapsed, over } = counts;
        Self { lines, undecided, kept, revoked, shortened, lapsed, over }
    }
}

impl AccessReview {
    /// A review of the core.
    pub fn of(status: &ReviewStatus, site: &Site) -> Self {
        let (row, end) = (&status.review, status.review.end.as_ref());
        Self {
            id: row.id.to_string(),
            state: if row.is_running() { "running" } else { "closed" }.to_owned(),
            scope: row.scope.iter().map(|area| Places(site).area(*area)).collect(),
            unused_days: row.unused_days,
            undecided: row.undecided.word().to_owned(),
            reason: row.reason.as_str().to_owned(),
            opened_at: At(row.opened),
            opened_by: actor_words(row.by),
            due_at: At(row.due),
            warned_at: row.warned.map(At),
            closed_at: end.map(|end| At(end.at)),
            closed_by: end.map(|end| actor_words(end.by)),
            closed_as: end.map(|end| end.cause.word().to_owned()),
            counts: status.counts.into(),
            sequence: row.proof.get(),
        }
    }
}

impl ReviewLine {
    /// A line of the core, of somebody under a name.
    pub fn of(status: &ReviewLineStatus, name: Option<String>, names: &Names, site: &Site) -> Self {
        let (line, frozen, grant) = (&status.line, &status.line.frozen, status.grant.as_ref());
        Self {
            line: status.number,
            state: state_word(status.state).to_owned(),
            person: Named { id: frozen.person.to_string(), name },
            grant: frozen.grant.to_string(),
            profile: grant.and_then(|grant| match &grant.right {
                GrantRight::Doors { .. } => None,
                GrantRight::Member(profile) => Some(names.profile(*profile)),
            }),
            doors: grant.map(|grant| doors_of(grant, site)).unwrap_or_default(),
            door_count: frozen.doors,
            given_by: frozen.given_by.word().to_owned(),
            reason: grant.map(|grant| grant.reason.clone()),
            ticket: grant.and_then(|grant| grant.ticket.clone()),
            from_at: grant.map(|grant| At(grant.validity.from)),
            to_at: At(frozen.to),
            used_at: frozen.used.map(At),
            since_last: frozen.since_last.word().to_owned(),
            last_review: frozen.since_last.review().map(|review| review.to_string()),
            reviewer: line.reviewer.map(|reviewer| reviewer.to_string()),
            decided: line.decided.as_ref().map(ReviewDecision::of),
        }
    }
}

impl ReviewDecision {
    fn of(decided: &Decided) -> Self {
        Self {
            by: actor_words(decided.by),
            at: At(decided.at),
            note: decided.note.as_ref().map(|note| note.as_str().to_owned()),
            until_at: match decided.what {
                Settled::Shortened(to) => Some(At(to)),
                Settled::Kept | Settled::Revoked | Settled::Lapsed | Settled::Over => None,
            },
            sequence: decided.proof.get(),
            effect_sequence: decided.effect.map(rackward_core::id::Seq::get),
        }
    }
}

fn doors_of(grant: &Grant, site: &Site) -> Vec<String> {
    match &grant.right {
        GrantRight::Doors { doors, .. } => {
            doors.iter().take(NAMED_MAX_DOORS).map(|door| Places(site).door(*door)).collect()
        }
        GrantRight::Member(_) => Vec::new(),
    }
}

const fn state_word(state: LineState) -> &'static str {
    match state {
        LineState::Undecided => "undecided",
        LineState::Over => "over",
        LineState::Settled(settled) => settled.word(),
    }
}
