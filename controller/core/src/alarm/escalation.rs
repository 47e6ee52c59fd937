//! Who is called next, and when, while nobody answers an alarm, or nobody puts away one that was answered (`console.md` B.2,
//! "Escalation chain"). One table; the engine's timers follow it, and after a restart they begin anew from the recorded times.

use core::time::Duration;

use super::{Acknowledged, Alarm, Priority};
use crate::alarm::life::{EscalationLevel, Suppression};
use crate::time::Wall;

/// One step of a chain: after so long without an answer, this one is called too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How long after the alarm began to wait.
    pub after: Duration,
    /// Who is called.
    pub level: EscalationLevel,
}

/// How alarms of one priority are carried up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// While nobody has seen it, in order of time and of level.
    pub unseen: &'static [Step],
    /// Once it was seen and is not put away.
    pub unclosed: Option<Step>,
}

const fn step(seconds: u64, level: EscalationLevel) -> Step {
    Step { after: Duration::from_secs(seconds), level }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The chains of P1 to P4. The times of the first two are those of `console.md`; below them the desk has the time in which such
/// an alarm must be answered to be of use, and nobody outside is called.
const CHAINS: [Chain; 4] = {
    use EscalationLevel::{DutyManager, External, SecondDesk, Supervisor};
    [
        Chain {
            unseen: &[step(30, SecondDesk), step(60, DutyManager), step(120, External)],
            unclosed: Some(step(15 * MINUTE, Supervisor)),
        },
        Chain {
            unseen: &[step(5 * MINUTE, SecondDesk), step(15 * MINUTE, DutyManager)],
            unclosed: Some(step(60 * MINUTE, Supervisor)),
        },
        Chain { unseen: &[step(HOUR, SecondDesk), step(8 * HOUR, DutyManager)], unclosed: None },
        Chain { unseen: &[step(24 * HOUR, SecondDesk)], unclosed: None },
    ]
};

impl Priority {
    /// How alarms of this priority are carried up.
    pub const fn chain(self) -> Chain {
        CHAINS[self.number() as usize - 1]
    }
}

impl EscalationLevel {
    /// The level above; `None` at the top.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level > self)
    }
}

impl Alarm {
    /// When it is carried up next, and to whom; `None` while nothing is due. An alarm that is put aside waits for nobody.
    pub fn next_escalation(&self) -> Option<(Wall, EscalationLevel)> {
        let life = &self.life;
        let waits = life.suppression == Suppression::None && life.judgement.is_none() && self.is_open();
        let chain = self.kind.priority().chain();
        let next = match self.acknowledged {
            Acknowledged::No => chain.unseen.iter().find(|step| step.level > life.level).copied(),
            Acknowledged::Yes { .. } => chain.unclosed.filter(|step| step.level > life.level),
        };
        next.filter(|_| waits).map(|step| (life.waiting_since.after(step.after), step.level))
    }

    /// When something is due with it that nobody has to ask for: the end of a shelf or of a work order, an escalation.
    pub fn next_due(&self) -> Option<Wall> {
        match &self.life.suppression {
            Suppression::None => self.next_escalation().map(|(at, _)| at),
            Suppression::Shelved(shelf) => Some(shelf.until),
            Suppression::OutOfService { until, .. } => Some(*until),
            Suppression::ByDesign { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_go_up_in_time_and_level() {
        for priority in [Priority::P1, Priority::P2, Priority::P3, Priority::P4] {
            let chain = priority.chain();
            assert!(chain.unseen.is_sorted_by(|one, next| one.after < next.after && one.level < next.level));
            assert!(chain.unclosed.is_none_or(|step| step.level == EscalationLevel::Supervisor));
        }
    }

    #[test]
    fn every_level_but_the_last_has_one_above() {
        let mut level = EscalationLevel::Desk;
        for above in &EscalationLevel::ALL[1..] {
            assert_eq!(level.next(), Some(*above));
            level = *above;
        }
        assert_eq!(level.next(), None);
    }
}
