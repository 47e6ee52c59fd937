//! New rules tried on what happened: whoever stood at a door is decided twice, by the rules as they are and by the new ones, each
//! at the moment at which they stood there, and who would be treated differently is counted by person and point. Both sides are
//! decided without what only the moment knew (where people were, whether devices answered), so that nothing else makes them
//! differ. That the rules of that day were others, or that somebody was refused for the moment's reasons, is counted apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Past;
use crate::decide::credential::best_of;
use crate::decide::{NoTrace, PinEvidence, Presented, Request, Verdict, View, settle};
use crate::engine::command::Scope;
use crate::entry::{Denial, Entry, Stamped};
use crate::id::{CredentialId, GrantId, PersonId, PointId, Seq};
use crate::people::EscortNeed;
use crate::people::index::OpenSchedules;
use crate::time::Wall;

/// How many persons at points are told apart; those beyond are counted together. A report with more is read by nobody.
const DIFFERENCES_MAX: usize = 20_000;

/// How somebody at a point is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Let through by this grant.
    Admitted(GrantId),
    /// Let through by this grant, with somebody along.
    Escorted(GrantId),
    /// Refused.
    Refused(Denial),
}

impl Treatment {
    /// Whether somebody is treated alike: by which right, or for which reason, makes no difference to them.
    pub const fn is_alike(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Admitted(_), Self::Admitted(_))
                | (Self::Escorted(_), Self::Escorted(_))
                | (Self::Refused(_), Self::Refused(_))
        )
    }
}

/// Somebody at a point whom the new rules treat differently, how often and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub point: PointId,
    /// How the rules as they are treat them, the last time.
    pub before: Treatment,
    /// How the new ones do.
    pub after: Treatment,
    /// How often.
    pub times: u32,
    /// How often in each hour of the local day.
    pub hours: [u32; 24],
    /// When first.
    pub first: Wall,
    /// When last.
    pub last: Wall,
    /// The entry of the last time.
    pub example: Seq,
}

/// What came of trying new rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// How many passages were looked at.
    pub passages: u64,
    /// How many of them would be decided differently.
    pub different: u64,
    /// How many of them the rules as they are decide otherwise than it was decided then.
    pub otherwise_then: u64,
    /// Who, where, the most frequent first.
    pub differences: Vec<Difference>,
    /// How many passages belong to differences that are not told apart.
    pub untold: u64,
}

/// Rules as they are and new ones, side by side.
#[derive(Debug)]
pub struct Simulation {
    now: Arc<Past>,
    new: Past,
    scope: Scope,
    open_now: OpenSchedules,
    open_new: OpenSchedules,
    told: BTreeMap<(PersonId, PointId, Kind), Difference>,
    sum: Simulated,
}

/// What a difference is told apart by besides person and point: the two treatments, without their grants and reasons.
type Kind = (u8, u8);

impl Simulation {
    /// The rules as they are beside the new ones, for somebody whose rights reach `scope`.
    pub fn of(now: Arc<Past>, new: Past, scope: Scope) -> Self {
        Self {
            now,
            new,
            scope,
            open_now: OpenSchedules::default(),
            open_new: OpenSchedules::default(),
            told: BTreeMap::new(),
            sum: Simulated::default(),
        }
    }

    /// Decides a recorded passage twice; other entries are no passages.
    pub fn try_on(&mut self, stamped: &Stamped) {
        let Some((person, point, credential, was_admitted)) = passage(&stamped.entry) else { return };
        if !self.now.sees(stamped.at, self.scope, person, point) {
            return;
        }
        let Some(before) = treat(&self.now, &mut self.open_now, person, point, credential, stamped.at) else { return };
        let Some(after) = treat(&self.new, &mut self.open_new, person, point, credential, stamped.at) else { return };
        self.sum.passages += 1;
        self.sum.otherwise_then += u64::from(was_admitted == matches!(before, Treatment::Refused(_)));
        if before.is_alike(after) {
            return;
        }
        self.sum.different += 1;
        let hour = self.now.0.site.local_time().local_second(stamped.at).day_minute() / 60;
        let key = (person, point, (before.kind(), after.kind()));
        if self.told.len() >= DIFFERENCES_MAX && !self.told.contains_key(&key) {
            self.sum.untold += 1;
            return;
        }
        let (at, example) = (stamped.at, stamped.seq);
        let fresh =
            || Difference { person, point, before, after, times: 0, hours: [0; 24], first: at, last: at, example };
        let told = self.told.entry(key).or_insert_with(fresh);
        (told.before, told.after, told.last, told.example) = (before, after, at, example);
        told.times += 1;
        if let Some(count) = told.hours.get_mut(usize::from(hour)) {
            *count += 1;
        }
    }

    /// How many passages were looked at so far.
    pub const fn passages(&self) -> u64 {
        self.sum.passages
    }

    /// What came of it.
    pub fn finish(mut self) -> Simulated {
        self.sum.differences = self.told.into_values().collect();
        self.sum.differences.sort_by_key(|told| (core::cmp::Reverse(told.times), told.person, told.point));
        self.sum
    }
}

impl Treatment {
    const fn kind(self) -> u8 {
        match self {
            Self::Admitted(_) => 0,
            Self::Escorted(_) => 1,
            Self::Refused(_) => 2,
        }
    }
}

/// Who stood where, with which card, and whether they were let through.
fn passage(entry: &Entry) -> Option<(PersonId, PointId, Option<CredentialId>, bool)> {
    match entry {
        Entry::AccessGranted { person, point, credential, .. }
        | Entry::CompanionAdmitted { person, point, credential, .. } => {
            Some((*person, *point, Some(*credential), true))
        }
        Entry::AccessDenied { person: Some(person), point, credential, .. } => {
            Some((*person, *point, *credential, false))
        }
        _ => None,
    }
}

/// How somebody with a card, or with their best one where it is gone, is treated by rules; `None` where these know nobody so.
fn treat(
    past: &Past,
    open: &mut OpenSchedules,
    person: PersonId,
    point: PointId,
    credential: Option<CredentialId>,
    at: Wall,
) -> Option<Treatment> {
    let engine = &past.0;
    let people = &engine.people;
    people.refresh(open, at);
    let shown = people.bearers_of(person).find(|row| Some(row.credential()) == credential);
    let row = shown.or_else(|| best_of(people.bearers_of(person), at)).or_else(|| people.assumed(person))?;
    let view = View { site: &engine.site, people, open, situation: None, at };
    let request = Request { point, presented: Presented::Nothing(row), pin: PinEvidence::Missing, companion: None };
    Some(match settle(&view, &request, &mut NoTrace) {
        Ok(Verdict::Admit(admission) | Verdict::AwaitCompanion(admission)) => match admission.escort {
            EscortNeed::No => Treatment::Admitted(admission.grant),
            EscortNeed::Required => Treatment::Escorted(admission.grant),
        },
        // Nothing was presented, so `factors` assumes the PIN and never awaits it.
        Ok(Verdict::AwaitPin { .. }) => Treatment::Refused(Denial::NoDecision),
        Err(refusal) => Treatment::Refused(refusal.reason),
    })
}
