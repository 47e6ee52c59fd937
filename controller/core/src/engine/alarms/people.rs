//! Areas with the wrong number of people in them, whatever the rules let in: somebody alone where nobody may be (`alarms.md`
//! 17), and more than may be (15). Who may enter is `decide/{two_person,occupancy}.rs`'s to say; a count can be wrong all the
//! same where two are admitted before the first has passed, at two doors, or where an operator takes somebody off the list.

use core::time::Duration;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::{Engine, TimerKey};
use crate::id::AreaId;
use crate::site::Company;
use crate::time::Now;

/// For how long somebody may be alone before that is an alarm (`alarms.md` 17). The doors let nobody in or out who would leave
/// one alone, so one who is has stayed a moment behind others, and follows them or does not.
const ALONE_FOR: Duration = Duration::from_secs(30);

impl Engine {
    /// What the records say of where people are, beside what the site file asks by now.
    pub(in crate::engine) fn begin_people(&mut self, now: Now) {
        let areas: Vec<AreaId> = self.site.areas().map(|area| area.id).collect();
        areas.into_iter().for_each(|area| self.review_area(now, area));
    }

    /// Somebody entered or left an area, or is not known to be there any more.
    pub(in crate::engine) fn review_people_in(&mut self, now: Now, area: AreaId) {
        let around: Vec<AreaId> = self.site.around(area).map(|area| area.id).collect();
        around.into_iter().for_each(|area| self.review_area(now, area));
    }

    fn review_area(&mut self, now: Now, area: AreaId) {
        let Some(policy) = self.site.area(area).map(|area| area.policy) else { return };
        let (inside, source) = (self.presence.count_in(area), AlarmSource::Area(area));
        if policy.max_occupancy.is_some_and(|limit| inside > u32::from(limit)) {
            self.begin_alarm(now, AlarmKind::AreaOverfull, source);
        } else {
            self.end_alarm(now, AlarmKind::AreaOverfull, source);
        }
        let key = TimerKey::Alone(area);
        if policy.company != Company::Required || inside != 1 {
            self.timers.cancel(key);
            self.end_alarm(now, AlarmKind::TwoPersonViolation, source);
        } else if !self.is_active(AlarmKind::TwoPersonViolation, source) && !self.timers.is_set(key) {
            self.timers.set(key, now.monotonic.after(ALONE_FOR));
        }
    }

    /// Somebody has been alone for too long.
    pub(in crate::engine) fn still_alone(&mut self, now: Now, area: AreaId) {
        self.begin_alarm(now, AlarmKind::TwoPersonViolation, AlarmSource::Area(area));
    }
}
