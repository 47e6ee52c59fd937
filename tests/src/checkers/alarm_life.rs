//! An alarm is active from its beginning to its return and at no other time, whatever people do with it. What is put aside comes
//! back at its time at the latest, a critical one takes two people, and what everybody must see is never put aside. What
//! another alarm explains is behind one that is there.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::Entry;
use rackward_core::alarm::life::Suppression;
use rackward_core::alarm::shelving::Shelving;
use rackward_core::alarm::{Alarm, AlarmKind};
use rackward_core::entry::AlarmEntry;
use rackward_core::id::AlarmId;

use super::{Checker, Sight};

/// How late something may come back: a clock of the wall that jumps is looked at once in a minute, and a daemon that is being
/// started looks at nothing.
const LATE: Duration = Duration::from_secs(120);

/// See the file's head.
#[derive(Debug, Default)]
pub struct AlarmLife {
    /// Which alarms are active, as the journal says.
    active: BTreeMap<AlarmId, bool>,
    kinds: BTreeMap<AlarmId, AlarmKind>,
}

impl AlarmLife {
    fn take(&mut self, entry: &Entry) -> Result<(), String> {
        match entry {
            Entry::AlarmRaised { alarm, kind, .. } => {
                self.kinds.insert(*alarm, *kind);
                match self.active.insert(*alarm, true) {
                    Some(true) => Err(format!("{alarm} begins and is active already")),
                    Some(false) | None => Ok(()),
                }
            }
            Entry::AlarmReturned { alarm, .. } => match self.active.insert(*alarm, false) {
                Some(true) => Ok(()),
                Some(false) | None => Err(format!("{alarm} returns and is not active")),
            },
            Entry::Alarm(AlarmEntry::Closed { alarm, .. }) if self.active.get(alarm) == Some(&true) => {
                Err(format!("{alarm} is closed and active"))
            }
            Entry::Alarm(AlarmEntry::Shelved { alarm, by, second, .. }) => {
                let shelving = self.kinds.get(alarm).map(|kind| kind.shelving());
                let is_right = match shelving {
                    Some(Shelving::ByOne(_)) => true,
                    Some(Shelving::ByTwo(_)) => second.is_some_and(|second| second.is_another_person_than(*by)),
                    Some(Shelving::Never) | None => false,
                };
                if is_right { Ok(()) } else { Err(format!("{alarm} was put aside by {by:?} and {second:?}")) }
            }
            _ => Ok(()),
        }
    }

    fn check(&self, sight: &Sight<'_>, alarm: &Alarm) -> Result<(), String> {
        let id = alarm.id;
        if !alarm.is_open() {
            return Err(format!("{id} is kept and needs nobody"));
        }
        let until = match &alarm.life.suppression {
            Suppression::Shelved(shelf) => shelf.until,
            Suppression::OutOfService { until, .. } => *until,
            Suppression::None | Suppression::ByDesign { .. } => return Ok(()),
        };
        let is_late = sight.daemon.is_some_and(|belief| belief.is_writable) && sight.now.wall.since(until) > LATE;
        if is_late { Err(format!("{id} was to come back at {until:?}")) } else { Ok(()) }
    }
}

impl Checker for AlarmLife {
    fn name(&self) -> &'static str {
        "alarm life"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        sight.fresh.iter().try_for_each(|stamped| self.take(&stamped.entry))?;
        let alarms = &sight.disk.tables().alarms;
        for alarm in alarms.values() {
            if self.active.get(&alarm.id).is_some_and(|active| *active != alarm.is_active()) {
                return Err(format!("{} is active in the journal or in the tables and not in both", alarm.id));
            }
            self.check(sight, alarm)?;
        }
        Ok(())
    }
}
