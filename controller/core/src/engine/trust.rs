//! Whether a device that proves its key is the one it should be (`osdp.md`, "device swap"). Of one that is not, nothing is
//! believed: no card, no sensor, no input; its door is unknown and nobody is admitted there. Two things still count: its
//! request to exit, because whoever holds a lock's controller can release that lock anyway and people must get out, and
//! what it takes away from trust (broken rules, a bad line). What it says of its state meanwhile is kept, and believed once
//! an operator accepts it.
//!
//! ```text
//!             first online                 another identity
//!   Awaited ───────────────▶ Accepted ────────────────────────▶ Replaced
//!      ▲                        ▲  ▲    the old one is back        │ │
//!      │ commissioned           │  └───────────────────────────────┘ │
//!      └──── (any state) ───────┘◀──────────── an operator accepts ──┘
//! ```

use super::Engine;
use super::devices::Presence;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::device::{DeviceRecord, Trust};
use crate::engine::input::{DeviceReport, Identity};
use crate::entry::{DeviceEntry, Entry, FirmwareCause};
use crate::id::DeviceId;
use crate::job::firmware_version;
use crate::time::Now;

/// What a distrusted device last said of its state, one of each kind; bounded by the kinds there are.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptStates(Vec<DeviceReport>);

impl KeptStates {
    fn keep(&mut self, report: DeviceReport) {
        let kind = core::mem::discriminant(&report);
        self.0.retain(|kept| core::mem::discriminant(kept) != kind);
        self.0.push(report);
    }
}

impl Engine {
    pub(super) fn device_record(&self, device: DeviceId) -> DeviceRecord {
        self.records.devices.get(&device).cloned().unwrap_or_default()
    }

    /// A device proved its key and says who it is.
    pub(super) fn device_online(&mut self, now: Now, device: DeviceId, identity: Identity) {
        let record = self.device_record(device);
        let is_believed = match &record.trust {
            _ if record.is_commissioned_now() => true,
            Trust::Awaited => !self.damaged_devices.contains(&device),
            Trust::Accepted(known) => known.identity.is_same_device(&identity),
            Trust::Replaced { accepted, .. } => {
                accepted.as_ref().is_some_and(|known| known.identity.is_same_device(&identity))
            }
        };
        if is_believed {
            self.follow_firmware(now, device, &record, &identity);
            self.believe(now, device, identity);
        } else {
            self.distrust(now, device, &record, identity);
        }
    }

    /// The device is who it should be, from now on or as before.
    fn believe(&mut self, now: Now, device: DeviceId, identity: Identity) {
        self.record(now, Entry::DeviceOnline { device, identity: identity.clone() });
        self.damaged_devices.remove(&device);
        self.come_online(now, device, identity);
        self.end_alarm(now, AlarmKind::DeviceReplaced, AlarmSource::Device(device));
    }

    fn distrust(&mut self, now: Now, device: DeviceId, record: &DeviceRecord, found: Identity) {
        let known = matches!(&record.trust, Trust::Replaced { found: before, .. } if *before == found);
        let is_news = !known || self.presence_of(device) != Presence::Distrusted;
        if is_news {
            let expected = record.accepted().map(|accepted| accepted.identity.clone());
            self.record(now, DeviceEntry::Replaced { device, expected, found: found.clone() });
        }
        self.set_presence(now, device, Presence::Distrusted);
        self.find_device(now, device);
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.identity = Some(found);
            runtime.kept = KeptStates::default();
        }
        if is_news {
            self.withdraw_list(now, device);
        }
        self.begin_alarm(now, AlarmKind::DeviceReplaced, AlarmSource::Device(device));
        self.no_longer_missed(now, device);
        self.forget_device(now, device);
    }

    /// An operator accepted the device. If it answers, it is there from now on, and what it last said of its state holds.
    pub(super) fn believe_accepted(&mut self, now: Now, device: DeviceId) {
        self.end_alarm(now, AlarmKind::DeviceReplaced, AlarmSource::Device(device));
        if self.presence_of(device) != Presence::Distrusted {
            return;
        }
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        let kept = core::mem::take(&mut runtime.kept);
        if let Some(identity) = runtime.identity.clone() {
            self.believe(now, device, identity);
            kept.0.into_iter().for_each(|report| self.device_report(now, device, report));
        }
    }

    /// What a device says that is not believed. Of one whose certificates were taken, nothing counts but what its line does; of
    /// a distrusted one what the file's head names goes on, of the rest the state alone is kept.
    pub(super) fn believable(&mut self, device: DeviceId, report: DeviceReport) -> Option<DeviceReport> {
        let lacks_certificate = self.lacks_certificate(device);
        let runtime = self.devices.get_mut(&device)?;
        match runtime.presence {
            Presence::Distrusted => {}
            Presence::Unknown | Presence::Online | Presence::Offline if lacks_certificate => {
                return matches!(report, DeviceReport::Offline(_) | DeviceReport::Security(_)).then_some(report);
            }
            Presence::Unknown | Presence::Online | Presence::Offline => return Some(report),
        }
        match &report {
            DeviceReport::Online(_)
            | DeviceReport::Offline(_)
            | DeviceReport::ExitRequested
            | DeviceReport::Done(_)
            | DeviceReport::Failed(..)
            | DeviceReport::JobEnded(..)
            | DeviceReport::Security(_)
            | DeviceReport::Link(_)
            | DeviceReport::CertificateShown(_) => Some(report),
            DeviceReport::Facts(_)
            | DeviceReport::Tamper(_)
            | DeviceReport::PowerFault(_)
            | DeviceReport::Inputs(_)
            | DeviceReport::Supervision(_)
            | DeviceReport::Described(_)
            | DeviceReport::Slide(_)
            | DeviceReport::Measured(_)
            | DeviceReport::Rights(_)
            | DeviceReport::Clock { .. } => {
                runtime.kept.keep(report);
                None
            }
            DeviceReport::Card(_)
            | DeviceReport::DoubtfulCard(_)
            | DeviceReport::BadRead
            | DeviceReport::Pin(_)
            | DeviceReport::Logged(_)
            | DeviceReport::Canary(..)
            | DeviceReport::CertificateWanted(_) => None,
        }
    }

    /// Firmware that changed without a job of ours is a matter for somebody to look at.
    fn follow_firmware(&mut self, now: Now, device: DeviceId, record: &DeviceRecord, identity: &Identity) {
        let known = record.accepted().map(|accepted| &accepted.identity).filter(|known| known.is_same_device(identity));
        let Some(known) = known.filter(|known| known.firmware != identity.firmware) else { return };
        let (before, after) = (known.firmware.clone(), identity.firmware.clone());
        let is_ours = record.awaited_firmware.is_some_and(|awaited| firmware_version(&after) == Some(awaited));
        let cause = if is_ours { FirmwareCause::Job } else { FirmwareCause::Unasked };
        self.record(now, DeviceEntry::FirmwareChanged { device, before, after, cause });
        match cause {
            FirmwareCause::Job => {}
            FirmwareCause::Unasked => {
                self.flash_alarm(now, AlarmKind::FirmwareChanged, AlarmSource::Device(device));
            }
        }
    }
}
