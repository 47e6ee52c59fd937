//! What rehearsing a door's past with other timings shows, and whether that is enough to propose one. The smallest change is
//! proposed that would have spared the desk most of what was nothing; never one that would have kept a breach from it, and
//! none where too little is known. It is for somebody to read and to put into the site file; nothing changes by itself.

use super::change::Change;
use crate::alarm::AlarmKind;
use crate::id::DoorId;

/// Fewer alarms than this of one kind at one door say nothing about its timing.
const ALARMS_MIN: u32 = 10;

/// They must have come on so many days: one bad day has a cause of its own.
const DAYS_MIN: u32 = 3;

/// Of a hundred recorded alarms and rehearsed ones, so many may differ: beyond, the timings or the daemon were other than
/// they are now, and what a rehearsal says is of another door.
const DIFFERENT_MAX_PERCENT: u32 = 5;

/// Of a hundred alarms, so many must have been judged, or have a probable cause.
const JUDGED_MIN_PERCENT: u32 = 50;

/// A change that spares so many of a hundred is enough: a larger one is not proposed.
const SPARED_ENOUGH_PERCENT: u32 = 80;

/// A change that spares less than this of a hundred is none.
const SPARED_MIN_PERCENT: u32 = 50;

/// The alarms of one kind at one door in the period, and what other timings would have done to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which door.
    pub door: DoorId,
    /// Which alarm.
    pub kind: AlarmKind,
    /// How many were raised that were over by the end of the period.
    pub recorded: u32,
    /// How many of them were a breach: judged so, or forced openings that nothing ordinary explains and nobody judged.
    pub breaches: u32,
    /// How many were nothing: judged so, or with a probable cause and not judged.
    pub nuisances: u32,
    /// On how many days they came.
    pub days: u32,
    /// How many recorded alarms a rehearsal with the present timings does not give, and how many it gives beside them.
    pub different: u32,
    /// What each change that was tried would have done, smallest change first.
    pub effects: Vec<Effect>,
    /// What follows.
    pub outcome: Outcome,
}

/// What one change would have done to the recorded alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The change.
    pub change: Change,
    /// How many alarms would not have been raised.
    pub spared: u32,
    /// How many of those were nothing.
    pub spared_nuisances: u32,
    /// How many of those were a breach.
    pub lost_breaches: u32,
    /// How many alarms would have been raised that were not.
    pub added: u32,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This change is proposed.
    Propose(Effect),
    /// None is.
    Nothing(NoProposal),
}

/// Why no change is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProposal {
    /// Too few alarms: ten at least.
    TooFew,
    /// They came on too few days: three at least.
    TooFewDays,
    /// The present timings do not explain what was recorded: they, or the people who need longer, were others.
    NotReproduced,
    /// Too few were judged: half of them at least.
    TooFewJudged,
    /// What spares most of them would have kept a breach from the desk.
    WouldLoseBreach,
    /// No change within what is tried spares half of them.
    NothingHelps,
}

impl NoProposal {
    /// The word for it in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooFew => "too_few_alarms",
            Self::TooFewDays => "too_few_days",
            Self::NotReproduced => "not_reproduced",
            Self::TooFewJudged => "too_few_judged",
            Self::WouldLoseBreach => "would_lose_breach",
            Self::NothingHelps => "nothing_helps",
        }
    }
}

impl Finding {
    /// Settles what follows from the counts.
    #[must_use]
    pub(super) fn settled(self) -> Self {
        let outcome = match self.lacking() {
            Some(reason) => Outcome::Nothing(reason),
            None => self.choose(),
        };
        Self { outcome, ..self }
    }

    /// What is missing for saying anything.
    fn lacking(&self) -> Option<NoProposal> {
        let judged = self.breaches + self.nuisances;
        if self.recorded < ALARMS_MIN {
            Some(NoProposal::TooFew)
        } else if self.days < DAYS_MIN {
            Some(NoProposal::TooFewDays)
        } else if is_over(self.different, self.recorded, DIFFERENT_MAX_PERCENT) {
            Some(NoProposal::NotReproduced)
        } else if !reaches(judged, self.recorded, JUDGED_MIN_PERCENT) {
            Some(NoProposal::TooFewJudged)
        } else {
            None
        }
    }

    fn choose(&self) -> Outcome {
        // What was no breach is what could be spared.
        let sparable = self.recorded - self.breaches.min(self.recorded);
        let helps =
            |effect: &Effect| effect.spared > effect.added && reaches(effect.spared, sparable, SPARED_MIN_PERCENT);
        let safe = || self.effects.iter().filter(|effect| effect.lost_breaches == 0 && helps(effect));
        let most = safe().map(|effect| effect.spared).max();
        let enough = safe().find(|effect| reaches(effect.spared, sparable, SPARED_ENOUGH_PERCENT));
        match enough.or_else(|| safe().find(|effect| Some(effect.spared) == most)) {
            Some(effect) => Outcome::Propose(*effect),
            None if self.effects.iter().any(helps) => Outcome::Nothing(NoProposal::WouldLoseBreach),
            None => Outcome::Nothing(NoProposal::NothingHelps),
        }
    }
}

/// Whether `part` is at least `percent` of a `whole` that is something.
fn reaches(part: u32, whole: u32, percent: u32) -> bool {
    whole > 0 && u64::from(part) * 100 >= u64::from(whole) * u64::from(percent)
}

/// Whether `part` is more than `percent` of `whole`.
fn is_over(part: u32, whole: u32, percent: u32) -> bool {
    u64::from(part) * 100 > u64::from(whole) * u64::from(percent)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::nuisance::Setting;

    fn effect(to: u64, spared: u32, lost_breaches: u32) -> Effect {
        let change = Change { setting: Setting::OpenTime, from: Duration::from_secs(20), to: Duration::from_secs(to) };
        Effect { change, spared, spared_nuisances: spared - lost_breaches, lost_breaches, added: 0 }
    }

    fn finding(recorded: u32, breaches: u32, nuisances: u32, effects: Vec<Effect>) -> Finding {
        Finding {
            door: DoorId::new(1),
            kind: AlarmKind::HeldOpen,
            recorded,
            breaches,
            nuisances,
            days: 5,
            different: 0,
            effects,
            outcome: Outcome::Nothing(NoProposal::NothingHelps),
        }
    }

    #[test]
    fn the_smallest_change_that_spares_most_and_no_breach_is_proposed() {
        let check = |finding: Finding, expect: Result<u64, NoProposal>| {
            let got = match finding.clone().settled().outcome {
                Outcome::Propose(effect) => Ok(effect.change.to.as_secs()),
                Outcome::Nothing(reason) => Err(reason),
            };
            assert_eq!(got, expect, "{finding:?}");
        };
        let usual = || vec![effect(25, 92, 0), effect(30, 95, 0), effect(40, 97, 2)];
        check(finding(97, 2, 80, usual()), Ok(25));
        check(finding(97, 2, 80, vec![effect(25, 70, 0), effect(30, 92, 0)]), Ok(30));
        check(finding(97, 2, 80, vec![effect(25, 60, 0), effect(30, 70, 0), effect(40, 70, 0)]), Ok(30));
        check(finding(97, 2, 80, vec![effect(25, 40, 0), effect(30, 92, 1)]), Err(NoProposal::WouldLoseBreach));
        check(finding(97, 2, 80, vec![effect(25, 40, 0)]), Err(NoProposal::NothingHelps));
        check(finding(97, 2, 80, vec![]), Err(NoProposal::NothingHelps));
        check(finding(97, 2, 46, usual()), Err(NoProposal::TooFewJudged));
        check(finding(9, 0, 9, vec![effect(25, 9, 0)]), Err(NoProposal::TooFew));
        check(finding(0, 0, 0, vec![]), Err(NoProposal::TooFew));
        check(Finding { days: 2, ..finding(97, 2, 80, usual()) }, Err(NoProposal::TooFewDays));
        check(Finding { different: 4, ..finding(97, 2, 80, usual()) }, Ok(25));
        check(Finding { different: 5, ..finding(97, 2, 80, usual()) }, Err(NoProposal::NotReproduced));
        check(finding(20, 20, 0, vec![effect(25, 0, 0)]), Err(NoProposal::NothingHelps));
        let worse = Effect { added: 95, ..effect(25, 92, 0) };
        check(finding(97, 2, 80, vec![worse]), Err(NoProposal::NothingHelps));
    }
}
