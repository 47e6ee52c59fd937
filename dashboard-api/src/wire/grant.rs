//! Grants as the API shows them. A weekly schedule is a list of stretches in the site's time zone, each from a day and a
//! minute to a day and a minute, because that is what was granted, whatever short form it was written in. How a grant
//! stands at a moment is said in one word here; whether it lets somebody pass is the core's (`decide/entitlement.rs`).

use rackward_core::people::{
    BreakGlassReview, EscortNeed, Grant as CoreGrant, GrantKind, GrantRight, GrantState, Uses, When,
};
use rackward_core::site::schedule::{Day, WEEK_MINUTES, Weekly};
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Names, Places, actor_words, end_cause_word};

/// A time-boxed right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// The id, such as `g-88`.
    pub id: String,
    /// Who may pass.
    pub person: String,
    /// Paths of the doors; empty for a membership.
    pub doors: Vec<String>,
    /// The access profile of a membership, by name; null for doors.
    #[serde(default)]
    pub profile: Option<String>,
    /// First instant at which it counts.
    pub from_at: At,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// The schedule by which it counts, by name; null where `weekly` or the profile says it.
    #[serde(default)]
    pub schedule: Option<String>,
    /// When in the week it counts, in the site's time zone; empty means always, or as the schedule or profile says.
    pub weekly: Vec<Stretch>,
    /// Why.
    pub reason: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// How often it may still be used; null without limit.
    #[serde(default)]
    pub uses_left: Option<u16>,
    /// Whether the holder must be escorted.
    #[serde(default)]
    pub escort: bool,
    /// `ordinary` or `break_glass`.
    #[serde(default)]
    pub kind: String,
    /// Of an emergency right: whether somebody reviewed it.
    #[serde(default)]
    pub review: Option<Review>,
    /// Who asked for it.
    #[serde(default)]
    pub requested_by: String,
    /// How many others must approve it.
    #[serde(default)]
    pub approvals_wanted: u8,
    /// Who has approved it.
    #[serde(default)]
    pub approved_by: Vec<String>,
    /// `requested`, `active`, `revoked`, `denied` or `ended`.
    pub state: String,
    /// How it stands now: `requested`, `not_begun`, `active`, `over`, `used_up`, `revoked`, `denied` or `ended:` and why.
    #[serde(default)]
    pub standing: String,
}

/// Whether somebody reviewed an emergency right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// `due` or `done`.
    pub state: String,
    /// Until when it is to be reviewed; null once it was.
    pub due_at: Option<At>,
    /// Who reviewed it; null while nobody has.
    pub by: Option<String>,
}

/// A stretch of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stretch {
    /// Its first minute, such as `Mon 08:00`.
    pub from: String,
    /// The minute after its last, such as `Mon 18:00`.
    pub to: String,
}

/// A grant after a change, with the generation of rights it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantChanged {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// The generation of rights this made; null for a change that made none.
    pub generation: Option<u64>,
}

/// What ended with a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ended {
    /// The grants that ended.
    pub ended: Vec<String>,
    /// The generation of rights this made.
    pub generation: u64,
}

/// Somebody who may open a door now, by rights, cards and times; a lockdown or a dead reader may still keep them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MayOpen {
    /// Who.
    pub person: Named,
    /// The grant that lets them through.
    pub grant: String,
    /// The access profile it is a membership of, by name; null where it names the door.
    pub profile: Option<String>,
    /// First instant at which it no longer counts.
    pub until_at: At,
    /// Why it was given.
    pub reason: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Whether somebody must come along.
    pub escort: bool,
}

/// A person by id and name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The id, such as `p-3`.
    pub id: String,
    /// The name; null where it was erased, or where the person is none of the caller's.
    pub name: Option<String>,
}

/// Without the name: what is printed so may stand in a log.
impl core::fmt::Debug for Named {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Named").field("id", &self.id).finish_non_exhaustive()
    }
}

impl MayOpen {
    /// The holder of a grant, under a name.
    pub fn of(grant: &CoreGrant, name: Option<String>, names: &Names) -> Self {
        let profile = match &grant.right {
            GrantRight::Doors { .. } => None,
            GrantRight::Member(profile) => Some(names.profile(*profile)),
        };
        Self {
            person: Named { id: grant.person.to_string(), name },
            grant: grant.id.to_string(),
            profile,
            until_at: At(grant.validity.to),
            reason: grant.reason.clone(),
            ticket: grant.ticket.clone(),
            escort: grant.escort == EscortNeed::Required,
        }
    }
}

impl Grant {
    /// A grant of the core as it stands at `at`.
    pub fn of(grant: &CoreGrant, site: &Site, names: &Names, at: Wall) -> Self {
        let (doors, profile, when) = match &grant.right {
            GrantRight::Doors { doors, when } => {
                (doors.iter().map(|door| Places(site).door(*door)).collect(), None, Some(when))
            }
            GrantRight::Member(profile) => (Vec::new(), Some(names.profile(*profile)), None),
        };
        let (schedule, weekly) = match when {
            Some(When::Weekly(weekly)) => (None, stretches(weekly)),
            Some(When::Schedule(schedule)) => (Some(names.schedule(*schedule)), Vec::new()),
            None => (None, Vec::new()),
        };
        let (kind, review) = kind_and_review(grant.kind);
        Self {
            id: grant.id.to_string(),
            person: grant.person.to_string(),
            doors,
            profile,
            from_at: At(grant.validity.from),
            to_at: At(grant.validity.to),
            schedule,
            weekly,
            reason: grant.reason.clone(),
            ticket: grant.ticket.clone(),
            uses_left: match grant.uses {
                Uses::Unlimited => None,
                Uses::Left(left) => Some(left),
            },
            escort: grant.escort == EscortNeed::Required,
            kind: kind.to_owned(),
            review,
            requested_by: actor_words(grant.requested_by),
            approvals_wanted: u8::try_from(grant.approval.count()).unwrap_or(u8::MAX),
            approved_by: grant.approved_by.iter().map(|by| actor_words(*by)).collect(),
            state: state_word(grant.state).to_owned(),
            standing: standing(grant, at),
        }
    }
}

fn kind_and_review(kind: GrantKind) -> (&'static str, Option<Review>) {
    let review = match kind {
        GrantKind::Ordinary => return ("ordinary", None),
        GrantKind::BreakGlass(BreakGlassReview::DueAt(due)) => {
            Review { state: "due".to_owned(), due_at: Some(At(due)), by: None }
        }
        GrantKind::BreakGlass(BreakGlassReview::By(by)) => {
            Review { state: "done".to_owned(), due_at: None, by: Some(actor_words(by)) }
        }
    };
    ("break_glass", Some(review))
}

const fn state_word(state: GrantState) -> &'static str {
    match state {
        GrantState::Active => "active",
        GrantState::Requested => "requested",
        GrantState::Revoked => "revoked",
        GrantState::Denied => "denied",
        GrantState::Ended(_) => "ended",
    }
}

/// How a grant stands: its state, or what time and use have made of it.
fn standing(grant: &CoreGrant, at: Wall) -> String {
    let worn = |fresh: &'static str| {
        if grant.validity.to <= at {
            "over"
        } else if grant.uses == Uses::Left(0) {
            "used_up"
        } else {
            fresh
        }
    };
    match grant.state {
        GrantState::Active if at < grant.validity.from => worn("not_begun").to_owned(),
        GrantState::Active => worn("active").to_owned(),
        GrantState::Requested => worn("requested").to_owned(),
        GrantState::Revoked | GrantState::Denied => state_word(grant.state).to_owned(),
        GrantState::Ended(cause) => format!("ended:{}", end_cause_word(cause)),
    }
}

fn stretches(weekly: &Weekly) -> Vec<Stretch> {
    match weekly.stretches() {
        [(0, WEEK_MINUTES)] => Vec::new(),
        some => some.iter().map(|(from, to)| Stretch { from: minute_words(*from), to: minute_words(*to) }).collect(),
    }
}

/// `Mon 08:00`; the end of the week is `Sun 24:00`, so that an end never looks like a beginning.
fn minute_words(minute: u16) -> String {
    const DAY: u16 = 24 * 60;
    let (day, in_day) = if minute == WEEK_MINUTES { (6, DAY) } else { (minute / DAY, minute % DAY) };
    let day = Day::ALL.get(usize::from(day)).map_or("?", |day| day.word());
    format!("{day} {:02}:{:02}", in_day / 60, in_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::id::{GrantId, PersonId, ProfileId};
    use rackward_core::people::{Approval, EndCause, Validity};
    use rackward_core::permission::Actor;

    #[test]
    fn a_schedule_reads_as_stretches_of_the_week() {
        let check = |weekly: &Weekly, expect: &[&str]| {
            let got: Vec<String> = stretches(weekly).iter().map(|s| format!("{}-{}", s.from, s.to)).collect();
            assert_eq!(got, expect);
        };
        check(&Weekly::always(), &[]);
        check(
            &Weekly::on_days(&[Day::Mon, Day::Fri], 480, 1080).unwrap(),
            &["Mon 08:00-Mon 18:00", "Fri 08:00-Fri 18:00"],
        );
        check(&Weekly::on_days(&[Day::Sun], 1320, 360).unwrap(), &["Mon 00:00-Mon 06:00", "Sun 22:00-Sun 24:00"]);
    }

    #[test]
    fn a_grant_stands_as_state_time_and_use_have_left_it() {
        let check = |state: GrantState, uses: Uses, at: i64, expect: &str| {
            let grant = CoreGrant {
                id: GrantId::new(1),
                person: PersonId::new(1),
                right: GrantRight::Member(ProfileId::new(1)),
                validity: Validity { from: Wall::from_seconds(10), to: Wall::from_seconds(20) },
                reason: "Work".to_owned(),
                ticket: None,
                uses,
                escort: EscortNeed::No,
                kind: GrantKind::Ordinary,
                state,
                requested_by: Actor::System,
                approval: Approval::None,
                approved_by: Vec::new(),
            };
            assert_eq!(standing(&grant, Wall::from_seconds(at)), expect, "{state:?} {uses:?} at {at}");
        };
        let (any, none) = (Uses::Unlimited, Uses::Left(0));
        check(GrantState::Active, any, 9, "not_begun");
        check(GrantState::Active, any, 10, "active");
        check(GrantState::Active, Uses::Left(1), 19, "active");
        check(GrantState::Active, any, 20, "over");
        check(GrantState::Active, none, 15, "used_up");
        check(GrantState::Active, none, 20, "over");
        check(GrantState::Requested, any, 9, "requested");
        check(GrantState::Requested, any, 20, "over");
        check(GrantState::Revoked, any, 15, "revoked");
        check(GrantState::Denied, none, 25, "denied");
        check(GrantState::Ended(EndCause::TicketClosed), any, 15, "ended:ticket_closed");
        check(GrantState::Ended(EndCause::PersonMoved), any, 30, "ended:person_moved");
    }
}
