//! Fire panels and lockdown buttons. Fire is life safety: it acts first and is recorded next, also when nothing can be
//! recorded at all. Losing the device of an input changes nothing: it neither releases nor locks, and a fire goes on until
//! its input says that it is over. A lockdown button only ever closes; an operator releases.

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::entry::{Entry, ModeCause};
use crate::id::{AreaId, DeviceId};
use crate::records::FireState;
use crate::site::{InputUse, Role};
use crate::time::Now;

impl Engine {
    /// A fire that was on when the daemon stopped is on until every fire input has said that it is over.
    pub(in crate::engine) fn begin_inputs(&mut self, now: Now) {
        if self.recall_fire() == FireState::Released {
            // Where the site file no longer has a fire input, nobody could ever say that it is over.
            self.record_fire(now);
        }
    }

    /// Takes every fire input for active where the records say that fire has released the doors.
    pub(in crate::engine) fn recall_fire(&mut self) -> FireState {
        let state = self.records.standing.fire;
        if state == FireState::Released {
            let watches_fire = |role: &Role| matches!(role, Role::Inputs { uses } if uses.contains(&InputUse::Fire));
            let devices = self.site.devices().filter(|device| watches_fire(&device.role)).map(|device| device.id);
            self.modes.fire = devices.collect();
        }
        state
    }

    /// The fire input of a device, at every report.
    pub(in crate::engine) fn fire_input(&mut self, now: Now, device: DeviceId, active: bool) {
        let before = self.fire();
        if active {
            self.modes.fire.insert(device);
        } else {
            self.modes.fire.remove(&device);
        }
        let after = self.fire();
        if before == after {
            return;
        }
        self.modes.last_fire = Some(device);
        match after {
            FireState::Released => {
                self.recompute_modes();
                self.carry_modes_out(now);
                self.record_fire(now);
            }
            FireState::Quiet => {
                self.record_fire(now);
                self.recompute_modes();
                self.carry_modes_out(now);
            }
        }
    }

    fn fire(&self) -> FireState {
        if self.modes.fire.is_empty() { FireState::Quiet } else { FireState::Released }
    }

    /// Brings records and alarm in line with the inputs; nothing happens where they are.
    pub(in crate::engine) fn record_fire(&mut self, now: Now) {
        let state = self.fire();
        if self.records.standing.fire != state {
            self.record(now, Entry::FireChanged { device: self.modes.last_fire, state });
        }
        match state {
            FireState::Released => self.begin_alarm(now, AlarmKind::FireRelease, AlarmSource::Site),
            FireState::Quiet => self.end_alarm(now, AlarmKind::FireRelease, AlarmSource::Site),
        }
    }

    /// A lockdown button of an area, at every report. Only the moment of pressing counts, so that a button that latches
    /// does not undo an operator's release; one found pressed at the first report counts as pressed just then.
    pub(in crate::engine) fn lockdown_input(&mut self, now: Now, device: DeviceId, area: AreaId, pressed: bool) {
        if !pressed {
            self.modes.pressed.remove(&(device, area));
            return;
        }
        if self.modes.pressed.contains(&(device, area)) {
            return;
        }
        if !self.records.lockdowns.contains(&area) {
            self.record(now, Entry::AreaLockedDown { area, cause: ModeCause::Input(device) });
        }
        // What could not be recorded is tried again at the next report.
        if self.records.lockdowns.contains(&area) {
            self.modes.pressed.insert((device, area));
            self.begin_alarm(now, AlarmKind::Lockdown, AlarmSource::Area(area));
        }
    }
}
