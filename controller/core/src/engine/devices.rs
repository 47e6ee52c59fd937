//! What devices say that is not about a person: coming and going, tamper, supply, zones, broken rules. What a lost device
//! means for its door is that nothing is known of it.

use core::time::Duration;
use std::collections::BTreeMap;

use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::input::{DeviceReport, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::entry::{Entry, ZoneState};
use crate::id::{DeviceId, ZoneId};
use crate::site::{InputUse, Role};
use crate::time::{Monotonic, Now};

/// A device that has not answered this long after the start is offline: longer than any link takes to come up.
const FIRST_CONTACT: Duration = Duration::from_secs(20);

/// The same trouble of the same device is journalled once in this time, so that a flood on a line cannot fill the journal.
const SAME_TROUBLE: Duration = Duration::from_secs(10);

/// What is known of a device while the daemon runs.
#[derive(Debug, Default)]
pub(super) struct DeviceRuntime {
    pub(super) presence: Presence,
    pub(super) identity: Option<Identity>,
    last_security: Option<(SecurityTrouble, Monotonic)>,
    last_link: Option<(core::mem::Discriminant<LinkTrouble>, Monotonic)>,
}

/// Whether a device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Presence {
    /// It has not yet done or failed to.
    #[default]
    Unknown,
    Online,
    Offline,
}

impl Engine {
    pub(super) fn begin_devices(&mut self, now: Now) {
        let devices: Vec<DeviceId> = self.site.devices().map(|device| device.id).collect();
        let highest = devices.iter().map(|device| device.get() as usize).max().unwrap_or(0);
        self.online = vec![false; highest + 1];
        for device in devices {
            self.devices.insert(device, DeviceRuntime::default());
            self.timers.set(TimerKey::FirstContact(device), now.monotonic.after(FIRST_CONTACT));
        }
        for device in self.site.devices() {
            let door = match device.role {
                Role::Reader { point } => self.site.point(point).map(|point| point.door),
                Role::Handle { door, .. } => Some(door),
                Role::Lock { .. } | Role::Inputs { .. } => None,
            };
            if let Some(door) = door {
                self.readers.entry(door).or_default().push(device.id);
            }
        }
    }

    pub(super) fn device_report(&mut self, now: Now, device: DeviceId, report: DeviceReport) {
        if !self.devices.contains_key(&device) {
            return;
        }
        match report {
            DeviceReport::Online(identity) => self.device_online(now, device, identity),
            DeviceReport::Offline(cause) => self.device_offline(now, device, cause),
            DeviceReport::Facts(facts) => {
                if let Some(door) = self.door_of(device) {
                    self.door_facts(now, door, facts);
                }
            }
            DeviceReport::ExitRequested => {
                if let Some(door) = self.door_of(device) {
                    self.exit_requested(now, door);
                }
            }
            DeviceReport::Card(key) => self.card(now, device, key),
            DeviceReport::Pin(digits) => self.pin(device, digits),
            DeviceReport::Tamper(opened) => self.device_condition(now, device, AlarmKind::Tamper, opened),
            DeviceReport::PowerFault(fault) => self.device_condition(now, device, AlarmKind::PowerFault, fault),
            DeviceReport::Inputs(inputs) => self.inputs(now, device, &inputs),
            DeviceReport::Done(command) => self.command_done(now, device, command),
            DeviceReport::Failed(command, cause) => self.command_failed(now, device, command, cause),
            DeviceReport::Supervision(_) | DeviceReport::JobEnded(..) => {}
            DeviceReport::Security(trouble) => self.security_trouble(now, device, trouble),
            DeviceReport::Link(trouble) => self.link_trouble(now, device, trouble),
        }
    }

    fn device_online(&mut self, now: Now, device: DeviceId, identity: Identity) {
        self.record(now, Entry::DeviceOnline { device, identity: identity.clone() });
        self.set_presence(device, Presence::Online);
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.identity = Some(identity);
        }
        self.end_alarm(now, AlarmKind::DeviceOffline, AlarmSource::Device(device));
        self.end_alarm(now, AlarmKind::DeviceSecurity, AlarmSource::Device(device));
        self.show_state_at(device);
        self.hold_again(now, device);
    }

    fn device_offline(&mut self, now: Now, device: DeviceId, cause: OfflineCause) {
        match self.devices.get(&device).map(|runtime| runtime.presence) {
            None | Some(Presence::Offline) => return,
            // Links need some seconds after a start; whoever has not answered by `FIRST_CONTACT` is offline then.
            Some(Presence::Unknown)
                if self.timers.is_set(TimerKey::FirstContact(device)) && cause != OfflineCause::NotTrusted =>
            {
                return;
            }
            Some(Presence::Unknown | Presence::Online) => {}
        }
        self.record(now, Entry::DeviceOffline { device, cause });
        self.set_presence(device, Presence::Offline);
        self.begin_alarm(now, AlarmKind::DeviceOffline, AlarmSource::Device(device));
        self.forget_awaiting(device);
        if let Some(door) = self.door_of(device) {
            let forgotten = self.door_record(door).facts.forgotten();
            self.door_facts(now, door, forgotten);
        }
    }

    pub(super) fn no_first_contact(&mut self, now: Now, device: DeviceId) {
        self.device_offline(now, device, OfflineCause::Silent);
    }

    fn set_presence(&mut self, device: DeviceId, presence: Presence) {
        self.timers.cancel(TimerKey::FirstContact(device));
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.presence = presence;
        }
        if let Some(online) = self.online.get_mut(device.get() as usize) {
            *online = presence == Presence::Online;
        }
    }

    fn device_condition(&mut self, now: Now, device: DeviceId, kind: AlarmKind, holds: bool) {
        let source = AlarmSource::Device(device);
        if holds { self.begin_alarm(now, kind, source) } else { self.end_alarm(now, kind, source) }
    }

    fn inputs(&mut self, now: Now, device: DeviceId, inputs: &[bool]) {
        let Some(Role::Inputs { uses }) = self.site.device(device).map(|device| &device.role) else { return };
        // Two inputs of one meaning are one: either of them says it.
        let mut states: BTreeMap<InputUse, bool> = BTreeMap::new();
        uses.iter().zip(inputs).for_each(|(meaning, active)| *states.entry(*meaning).or_default() |= *active);
        for (meaning, active) in states {
            match meaning {
                InputUse::Fire => self.fire_input(now, device, active),
                InputUse::Lockdown(area) => self.lockdown_input(now, device, area, active),
                InputUse::Zone(zone) => {
                    self.zone_state(now, zone, if active { ZoneState::Crossed } else { ZoneState::Quiet });
                }
            }
        }
    }

    fn zone_state(&mut self, now: Now, zone: ZoneId, state: ZoneState) {
        let before = self.zones.insert(zone, state);
        if before != Some(state) && !(before.is_none() && state == ZoneState::Quiet) {
            self.record(now, Entry::ZoneChanged { zone, state });
        }
        match state {
            ZoneState::Crossed => self.begin_alarm(now, AlarmKind::Intrusion, AlarmSource::Zone(zone)),
            ZoneState::Quiet => self.end_alarm(now, AlarmKind::Intrusion, AlarmSource::Zone(zone)),
        }
    }

    fn security_trouble(&mut self, now: Now, device: DeviceId, trouble: SecurityTrouble) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        if !is_news(&mut runtime.last_security, trouble, now) {
            return;
        }
        let answers = runtime.presence == Presence::Online;
        self.record(now, Entry::SecurityTroubleSeen { device, trouble });
        let source = AlarmSource::Device(device);
        if answers {
            // The device itself still proves its key, so what broke the rule was one moment on its line.
            self.flash_alarm(now, AlarmKind::DeviceSecurity, source);
        } else {
            self.begin_alarm(now, AlarmKind::DeviceSecurity, source);
        }
    }

    fn link_trouble(&mut self, now: Now, device: DeviceId, trouble: LinkTrouble) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        // How many were lost changes all the time; that some were is said once.
        let kind = core::mem::discriminant(&trouble);
        if is_news(&mut runtime.last_link, kind, now) {
            self.record(now, Entry::LinkTroubleSeen { device, trouble });
        }
    }
}

/// Whether a trouble is another one than last time, or long enough after it to be said again.
fn is_news<T: Copy + PartialEq>(last: &mut Option<(T, Monotonic)>, trouble: T, now: Now) -> bool {
    let said = last.is_some_and(|(same, at)| same == trouble && now.monotonic.since(at) < SAME_TROUBLE);
    if !said {
        *last = Some((trouble, now.monotonic));
    }
    !said
}
