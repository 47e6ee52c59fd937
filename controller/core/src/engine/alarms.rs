//! Beginning and ending alarms, and what follows of either by itself: what is put aside comes back when its time is over, what
//! nobody answers is carried up, what another alarm explains is counted behind it. A condition is at most one active alarm at
//! its source; beginning it again changes nothing. What operators order is `engine/commands/alarms.rs`.

mod denials;
mod expiring;
mod lines;
mod people;
mod roll;
mod site_clock;
mod staff;
mod storage;
mod supply;
mod unlocks;
mod visits;

use super::{Engine, TimerKey};
use crate::alarm::life::{DesignRule, ShelfKind, Suppression, UnshelveCause};
use crate::alarm::{Alarm, AlarmKind, AlarmSource};
use crate::entry::{AlarmEntry, Entry};
use crate::id::AlarmId;
use crate::nuisance::{Labelling, can_be_labelled};
use crate::permission::Actor;
use crate::site::{DoorKind, Egress};
use crate::time::Now;

pub(super) use denials::Denials;
pub(super) use expiring::Expiring;
use lines::LINE_SETTLES;
pub(super) use lines::Lines;
pub(super) use roll::Roll;
pub(super) use site_clock::SiteClock;
pub(super) use staff::Staff;
pub(super) use unlocks::{Unlocks, unlocked_by_order};

impl Engine {
    pub(super) fn is_active(&self, kind: AlarmKind, source: AlarmSource) -> bool {
        self.active_alarms.contains_key(&(source, kind))
    }

    /// An alarm of the same condition that is still on the list begins again under its number, so that open alarms are at most
    /// one for each condition and place, however often it comes and goes.
    pub(super) fn begin_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        if self.is_active(kind, source) {
            return;
        }
        let waiting = self.roll.open(kind, source);
        let alarm = waiting.unwrap_or(AlarmId::new(self.records.last_alarm.get() + 1));
        self.record(now, Entry::AlarmRaised { alarm, kind, source });
        if let Some((rule, behind)) = self.explained(kind, source) {
            self.count_behind(now, alarm, rule, behind);
        }
        if can_be_labelled(kind) {
            self.label_alarm(now, alarm);
        }
    }

    /// Says why an alarm of a door probably came, once the facts that tell are there or can come no more.
    pub(super) fn label_alarm(&mut self, now: Now, alarm: AlarmId) {
        let Some(row) = self.records.alarms.get(&alarm).filter(|row| row.life.label.is_none()) else { return };
        let AlarmSource::Door(door) = row.source else { return };
        match self.trails.label(door, row.raised_at, now.wall) {
            Labelling::Settled(label) => self.record(now, AlarmEntry::Labelled { alarm, label }),
            Labelling::NotYet(until) => {
                self.timers.set(TimerKey::Label(alarm), now.monotonic.after(until.since(now.wall)));
            }
        }
    }

    pub(super) fn end_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        let Some(alarm) = self.active_alarms.get(&(source, kind)).copied() else { return };
        self.record(now, Entry::AlarmReturned { alarm, kind, source });
        match self.records.alarms.get(&alarm).map(|row| &row.life.suppression) {
            Some(Suppression::Shelved(shelf)) if shelf.kind == ShelfKind::OneShot => {
                self.record(now, AlarmEntry::Unshelved { alarm, cause: UnshelveCause::Returned });
            }
            // Still on record, so somebody had taken it before another alarm explained it.
            Some(Suppression::ByDesign { .. }) => self.record(now, AlarmEntry::Unsuppressed { alarm }),
            Some(Suppression::None | Suppression::Shelved(_) | Suppression::OutOfService { .. }) | None => {}
        }
        if let AlarmSource::Line(line) = source {
            // Its devices have some seconds to answer one after the other before they stand for themselves.
            self.timers.set(TimerKey::LineBack(line), now.monotonic.after(LINE_SETTLES));
        } else {
            self.stand_for_themselves(now, alarm);
        }
    }

    /// An alarm for something that happened in one moment: over at once, open until somebody has seen it.
    pub(super) fn flash_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        self.begin_alarm(now, kind, source);
        self.end_alarm(now, kind, source);
    }

    /// Takes up what the records say at a start: every clock runs on from its recorded time, and what came to its end meanwhile
    /// ends now.
    pub(super) fn begin_alarms(&mut self, now: Now) {
        self.end_orphaned_alarms(now);
        // An alarm whose record was damaged is raised anew where what it stood for is still recorded.
        for area in self.records.lockdowns.clone() {
            self.begin_alarm(now, AlarmKind::Lockdown, AlarmSource::Area(area));
        }
        self.begin_denials(now);
        self.begin_site_clock(now);
        self.begin_supplies(now);
        let all: Vec<AlarmId> = self.records.alarms.keys().copied().collect();
        for alarm in all {
            self.release_if_unexplained(now, alarm);
            while self.carry_alarm_on(now, alarm) {}
            if self.records.alarms.get(&alarm).is_some_and(|row| can_be_labelled(row.kind)) {
                self.label_alarm(now, alarm);
            }
        }
        self.time_alarms(now);
    }

    /// Ends what was active at places that the site no longer has: nobody could ever report the end.
    fn end_orphaned_alarms(&mut self, now: Now) {
        let active = self.active_alarms.keys().copied();
        let orphaned: Vec<_> = active.filter(|(source, _)| !self.source_exists(*source)).collect();
        for (source, kind) in orphaned {
            self.end_alarm(now, kind, source);
        }
    }

    fn source_exists(&self, source: AlarmSource) -> bool {
        match source {
            AlarmSource::Site => true,
            AlarmSource::Door(door) => self.site.door(door).is_some(),
            AlarmSource::Device(device) => self.site.device(device).is_some(),
            AlarmSource::Zone(zone) => self.site.zone(zone).is_some(),
            AlarmSource::Area(area) => self.site.area(area).is_some(),
            AlarmSource::Line(line) => self.lines.can_be_lost(line) || self.can_lose_cameras_of(line),
            AlarmSource::Camera(camera) => self.site.camera(camera).is_some(),
            AlarmSource::Point(point) => self.site.point(point).is_some(),
            AlarmSource::Grant(_) | AlarmSource::Credential(_) | AlarmSource::Operator(_) => true,
            AlarmSource::Alert { alert, .. } => self.records.alerts.contains_key(&alert),
        }
    }

    /// The alarm that explains another one, if one does that holds.
    fn explained(&self, kind: AlarmKind, source: AlarmSource) -> Option<(DesignRule, AlarmId)> {
        let active = |kind, source| self.active_alarms.get(&(source, kind)).copied();
        if let (AlarmKind::DeviceOffline | AlarmKind::RevocationPending, AlarmSource::Device(device)) = (kind, source) {
            let line = AlarmSource::Line(self.site.device(device)?.line?);
            // A right that may still open is more urgent than a line that is lost, so it is not behind that.
            let cause = if kind == AlarmKind::DeviceOffline { AlarmKind::LineLost } else { kind };
            return Some((DesignRule::LineLost, active(cause, line)?));
        }
        match (kind, source) {
            (AlarmKind::EvidenceCameraLost | AlarmKind::CameraLost, AlarmSource::Camera(camera)) => {
                let line = AlarmSource::Line(self.site.camera(camera)?.line?);
                return Some((DesignRule::LineLost, active(AlarmKind::LineLost, line)?));
            }
            (AlarmKind::ClockDrift, AlarmSource::Device(_)) => {
                return Some((DesignRule::SiteClock, active(AlarmKind::SiteClockOff, AlarmSource::Site)?));
            }
            (AlarmKind::PowerFault, AlarmSource::Device(_)) => {
                return Some((DesignRule::Worsened, active(AlarmKind::SupplyFailing, source)?));
            }
            (AlarmKind::CredentialExpiring, AlarmSource::Credential(_)) => {
                return Some((DesignRule::Together, active(kind, AlarmSource::Site)?));
            }
            _ => {}
        }
        // Whoever leaves a building that burns leaves others alone, and doors open behind them.
        if let (AlarmKind::TwoPersonViolation | AlarmKind::InterlockViolation, AlarmSource::Door(door)) = (kind, source)
        {
            let door = self.site.door(door)?;
            let released = door.egress == Egress::Yes && door.kind != DoorKind::RackDoor;
            let fire = active(AlarmKind::FireRelease, AlarmSource::Site).filter(|_| released)?;
            return Some((DesignRule::FireRelease, fire));
        }
        // Everybody is refused at a door that is locked down.
        if let (AlarmKind::RepeatedDenials, AlarmSource::Point(point)) = (kind, source) {
            let door = self.site.door(self.site.point(point)?.door)?;
            let areas = [Some(door.area), door.from].into_iter().flatten().flat_map(|side| self.site.around(side));
            let mut lockdowns = areas.filter_map(|area| active(AlarmKind::Lockdown, AlarmSource::Area(area.id)));
            return Some((DesignRule::Lockdown, lockdowns.next()?));
        }
        None
    }

    /// An alarm is back from the shelf or the workshop. Where another one explains it meanwhile, it is counted behind that one:
    /// one cause is one alarm.
    pub(super) fn stands_again(&mut self, now: Now, alarm: AlarmId) {
        let Some(row) = self.records.alarms.get(&alarm).filter(|row| row.is_active()) else { return };
        if let Some((rule, behind)) = self.explained(row.kind, row.source) {
            self.count_behind(now, alarm, rule, behind);
        }
    }

    /// Counts an alarm behind the one that explains it; what an operator put aside stays as they said.
    pub(super) fn count_behind(&mut self, now: Now, alarm: AlarmId, rule: DesignRule, behind: AlarmId) {
        let is_free = |row: &Alarm| match row.life.suppression {
            Suppression::None => true,
            Suppression::ByDesign { behind: before, .. } => before != behind,
            Suppression::Shelved(_) | Suppression::OutOfService { .. } => false,
        };
        if self.records.alarms.get(&alarm).is_some_and(is_free) {
            self.record(now, AlarmEntry::SuppressedByDesign { alarm, rule, behind });
        }
    }

    /// What was counted behind `cause` and still holds stands for itself again.
    fn stand_for_themselves(&mut self, now: Now, cause: AlarmId) {
        for alarm in self.roll.behind(cause) {
            self.record(now, AlarmEntry::Unsuppressed { alarm });
        }
    }

    /// After a start: an alarm behind one that does not hold any more stands for itself.
    fn release_if_unexplained(&mut self, now: Now, alarm: AlarmId) {
        let Some(row) = self.records.alarms.get(&alarm) else { return };
        let Suppression::ByDesign { behind, rule } = row.life.suppression else { return };
        let device = if let AlarmSource::Device(device) = row.source { self.site.device(device) } else { None };
        let line = device.and_then(|device| device.line).filter(|_| rule == DesignRule::LineLost);
        match (self.explained(row.kind, row.source), line) {
            (Some((_, holds)), _) if holds == behind => {}
            (_, Some(line)) => self.timers.set(TimerKey::LineBack(line), now.monotonic.after(LINE_SETTLES)),
            (_, None) => self.record(now, AlarmEntry::Unsuppressed { alarm }),
        }
    }

    /// Does what is due with an alarm; whether anything was.
    fn carry_alarm_on(&mut self, now: Now, alarm: AlarmId) -> bool {
        let Some(row) = self.records.alarms.get(&alarm) else { return false };
        if row.next_due().is_none_or(|due| due > now.wall) {
            return false;
        }
        let entry = match (&row.life.suppression, row.next_escalation()) {
            (Suppression::Shelved(_), _) => AlarmEntry::Unshelved { alarm, cause: UnshelveCause::TimeOver },
            (Suppression::OutOfService { .. }, _) => AlarmEntry::ReturnedToService { alarm, by: Actor::System },
            (Suppression::None, Some((_, level))) => AlarmEntry::Escalated { alarm, level, by: Actor::System },
            (Suppression::None, None) | (Suppression::ByDesign { .. }, _) => return false,
        };
        let before = self.records.head;
        let is_back = matches!(entry, AlarmEntry::Unshelved { .. } | AlarmEntry::ReturnedToService { .. });
        self.record(now, entry);
        if is_back {
            self.stands_again(now, alarm);
        }
        // What could not be recorded did not happen, and is tried again in a minute.
        self.records.head != before
    }

    /// The clock of an alarm has come to its end, or the wall clock went back meanwhile. What could not be recorded is not
    /// timed again here but in the next minute, so that a journal that takes nothing more is not asked for ever.
    pub(super) fn alarm_due(&mut self, now: Now, alarm: AlarmId) {
        let due = self.records.alarms.get(&alarm).and_then(Alarm::next_due);
        if due.is_some_and(|due| due <= now.wall) {
            self.carry_alarm_on(now, alarm);
        } else {
            self.time_alarm(now, alarm);
        }
    }

    /// Sets the clocks of all alarms that changed.
    pub(super) fn time_alarms(&mut self, now: Now) {
        for alarm in self.roll.take_changed() {
            self.time_alarm(now, alarm);
        }
    }

    /// Sets the clocks of all alarms: the wall clock may have jumped.
    pub(super) fn review_alarms(&mut self, now: Now) {
        self.review_operator_lockouts(now);
        self.review_supplies(now);
        self.review_expiring(now);
        self.review_visits(now);
        let all: Vec<AlarmId> = self.records.alarms.keys().copied().collect();
        all.into_iter().for_each(|alarm| self.time_alarm(now, alarm));
    }

    fn time_alarm(&mut self, now: Now, alarm: AlarmId) {
        match self.records.alarms.get(&alarm).and_then(Alarm::next_due) {
            Some(due) => self.timers.set(TimerKey::Alarm(alarm), now.monotonic.after(due.since(now.wall))),
            None => self.timers.cancel(TimerKey::Alarm(alarm)),
        }
    }
}
