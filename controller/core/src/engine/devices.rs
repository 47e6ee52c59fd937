//! What devices say that is not about a person: coming and going, tamper, supply, zones. What a lost device means for its
//! door is that nothing is known of it. Whether a device is the one it should be is `engine/trust.rs`'s, what its line and
//! inputs are like `engine/line.rs`'s.

use core::time::Duration;
use std::collections::BTreeMap;

use super::inventory::Health;
use super::jobs::Stage;
use super::line::LineWatch;
use super::slide::SlideWatch;
use super::trust::KeptStates;
use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::certificate::CertificateSerial;
use crate::engine::input::{DeviceReport, Identity, OfflineCause};
use crate::entry::{Entry, ZoneState};
use crate::id::{DeviceId, ZoneId};
use crate::inventory::{Description, Measurements, SlideReport};
use crate::site::{InputUse, Role};
use crate::time::{Now, Wall};

/// A device that has not answered this long after the start is offline: longer than any link takes to come up.
const FIRST_CONTACT: Duration = Duration::from_secs(20);

/// What is known of a device while the daemon runs.
#[derive(Debug, Clone, Default)]
pub(super) struct DeviceRuntime {
    pub(super) presence: Presence,
    /// Since when it does not answer, or another one in its place; within this run of the daemon.
    pub(super) away_since: Option<Wall>,
    /// What whoever answers says of itself.
    pub(super) identity: Option<Identity>,
    pub(super) line: LineWatch,
    pub(super) stage: Stage,
    /// What was said of its state while it was not believed.
    pub(super) kept: KeptStates,
    /// What it can do and how it stands.
    pub(super) description: Description,
    /// What its slide did last.
    pub(super) slide: Option<SlideReport>,
    /// What it measures.
    pub(super) measurements: Measurements,
    /// By how much its clock is ahead of ours.
    pub(super) clock_offset_ms: Option<i64>,
    pub(super) health: Health,
    pub(super) slide_watch: SlideWatch,
    /// Wrong codes since the last one was offered.
    pub(super) wrong_codes: u8,
    /// The certificates that the shell was last told to count; `None` before it was told any.
    pub(super) told_certificates: Option<Vec<CertificateSerial>>,
}

/// Whether a device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Presence {
    /// It has not yet done or failed to.
    #[default]
    Unknown,
    Online,
    Offline,
    /// Another device answers in its place.
    Distrusted,
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
        let Some(report) = self.believable(device, report) else { return };
        match report {
            DeviceReport::Online(identity) => {
                self.key_proven(now, device);
                self.device_online(now, device, identity);
            }
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
            DeviceReport::DoubtfulCard(key) => self.doubtful_card(now, device, key),
            DeviceReport::BadRead => self.bad_read(now, device),
            DeviceReport::Pin(digits) => self.pin(now, device, digits),
            DeviceReport::Tamper(opened) => self.device_condition(now, device, AlarmKind::Tamper, opened),
            DeviceReport::PowerFault(fault) => self.supply_said(now, device, fault),
            DeviceReport::Inputs(inputs) => self.inputs(now, device, &inputs),
            DeviceReport::Done(command) => self.command_done(now, device, command),
            DeviceReport::Failed(command, cause) => {
                if !self.canary_not_asked(now, device, command) {
                    self.command_failed(now, device, command, cause);
                }
            }
            DeviceReport::Supervision(faults) => self.supervision(now, device, faults),
            DeviceReport::JobEnded(command, outcome) => self.job_over(now, device, command, outcome),
            DeviceReport::Security(trouble) => self.security_trouble(now, device, trouble),
            DeviceReport::Link(trouble) => self.link_trouble(now, device, trouble),
            DeviceReport::Described(description) => {
                self.described(now, device, description);
                self.device_can_hold(now, device, &description);
            }
            DeviceReport::Slide(slide) => self.slide_moved(now, device, slide),
            DeviceReport::Measured(measurements) => self.measured(now, device, measurements),
            DeviceReport::Rights(report) => self.rights_report(now, device, report),
            DeviceReport::Logged(record) => self.logged(now, device, record),
            DeviceReport::Canary(command, answer) => self.canary_answer(now, device, command, answer),
            DeviceReport::Clock { offset_ms } => self.clock_heard(now, device, offset_ms),
            DeviceReport::CertificateWanted(certificate) => self.certificate_wanted(now, device, certificate),
            DeviceReport::CertificateShown(serial) => self.certificate_shown(now, device, serial),
        }
    }

    /// A device that is believed answers.
    pub(super) fn come_online(&mut self, now: Now, device: DeviceId, identity: Identity) {
        self.set_presence(now, device, Presence::Online);
        self.find_device(now, device);
        self.no_longer_missed(now, device);
        // Whatever is at fault now, it says next.
        self.supervision(now, device, Vec::new());
        self.show_state_at(device);
        self.hold_again(now, device);
        self.resume_job(now, device, &identity);
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.identity = Some(identity);
        }
        self.regrade(now, device);
    }

    fn device_offline(&mut self, now: Now, device: DeviceId, cause: OfflineCause) {
        match self.devices.get(&device).map(|runtime| runtime.presence) {
            None => return,
            // It may not have been believed before, and now nothing answers at all, or the other way round.
            Some(Presence::Offline) => return self.judge_line(now, device, cause),
            // Links need some seconds after a start; whoever has not answered by `FIRST_CONTACT` is offline then.
            Some(Presence::Unknown)
                if self.timers.is_set(TimerKey::FirstContact(device)) && cause != OfflineCause::NotTrusted =>
            {
                return;
            }
            Some(Presence::Unknown | Presence::Online | Presence::Distrusted) => {}
        }
        self.go_offline(now, device, cause);
    }

    /// A device is not reached any more because it is not believed any more.
    pub(super) fn put_offline(&mut self, now: Now, device: DeviceId) {
        self.go_offline(now, device, OfflineCause::NotTrusted);
    }

    fn go_offline(&mut self, now: Now, device: DeviceId, cause: OfflineCause) {
        self.record(now, Entry::DeviceOffline { device, cause });
        self.set_presence(now, device, Presence::Offline);
        self.judge_line(now, device, cause);
        match cause {
            OfflineCause::Silent | OfflineCause::ConnectionLost | OfflineCause::LinkDown => self.miss(now, device),
            OfflineCause::NotTrusted => self.raise_offline(now, device),
        }
        self.forget_device(now, device);
    }

    /// What the state of one device says of its line.
    fn judge_line(&mut self, now: Now, device: DeviceId, cause: OfflineCause) {
        match cause {
            OfflineCause::Silent | OfflineCause::ConnectionLost | OfflineCause::LinkDown => {
                self.lose_device(now, device);
            }
            // Somebody answers, so the line works.
            OfflineCause::NotTrusted => self.find_device(now, device),
        }
    }

    /// Nothing is known of what a device watches.
    pub(super) fn forget_device(&mut self, now: Now, device: DeviceId) {
        self.forget_awaiting(device);
        self.rights_holder_gone(device);
        self.forget_refusal(device);
        self.timers.cancel(TimerKey::Inputs(device));
        if let Some(door) = self.door_of(device) {
            let forgotten = self.door_record(door).facts.forgotten();
            self.door_facts(now, door, forgotten);
        }
    }

    pub(super) fn no_first_contact(&mut self, now: Now, device: DeviceId) {
        self.device_offline(now, device, OfflineCause::Silent);
    }

    pub(super) fn presence_of(&self, device: DeviceId) -> Presence {
        self.devices.get(&device).map_or(Presence::Unknown, |runtime| runtime.presence)
    }

    pub(super) fn set_presence(&mut self, now: Now, device: DeviceId, presence: Presence) {
        self.timers.cancel(TimerKey::FirstContact(device));
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.presence = presence;
            runtime.away_since = match presence {
                Presence::Online | Presence::Unknown => None,
                Presence::Offline | Presence::Distrusted => runtime.away_since.or(Some(now.wall)),
            };
        }
        if let Some(online) = self.online.get_mut(device.get() as usize) {
            *online = presence == Presence::Online;
        }
    }

    pub(super) fn device_condition(&mut self, now: Now, device: DeviceId, kind: AlarmKind, holds: bool) {
        let source = AlarmSource::Device(device);
        if holds {
            self.begin_alarm(now, kind, source)
        } else {
            self.end_alarm(now, kind, source)
        }
        if let Some(door) = self.door_at(device) {
            self.show_state(door);
        }
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
}
