//! What entries about a device do to its record. Which entry asks for what is in `apply.rs`.

use crate::device::{Accepted, DeviceRecord, JobRecord, Trust};
use crate::engine::input::Identity;
use crate::entry::{DeviceEntry, FirmwareCause};
use crate::id::{CommandId, DeviceId};
use crate::job::{DeviceTask, JobOutcome};
use crate::permission::Actor;
use crate::records::{RecordChange, Records};
use crate::time::Wall;

impl Records {
    pub(super) fn apply_to_device(&mut self, entry: &DeviceEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        match entry {
            DeviceEntry::Replaced { device, found, .. } => {
                self.change_device(*device, changes, |row| {
                    let accepted = row.accepted().cloned();
                    row.trust = Trust::Replaced { accepted, found: found.clone() };
                });
            }
            DeviceEntry::Accepted { device, identity, by, .. } => {
                let accepted = Accepted { identity: identity.clone(), by: *by, at };
                self.change_device(*device, changes, |row| {
                    row.trust = Trust::Accepted(accepted);
                    // What another slide usually did says nothing about this one.
                    row.usual_travel = None;
                });
                self.begin_log_anew(*device, changes);
            }
            DeviceEntry::FirmwareChanged { device, after, cause, .. } => {
                self.change_firmware(*device, after, *cause, changes);
            }
            DeviceEntry::JobStarted { device, command, task, by, .. } => {
                let job = JobRecord { command: *command, task: *task, by: *by, since: at };
                self.begin_job(*device, job, changes);
            }
            DeviceEntry::JobEnded { device, command, outcome } => {
                self.end_job(*device, *command, *outcome, changes);
            }
            DeviceEntry::EnrolmentOffered { .. }
            | DeviceEntry::EnrolmentEnded { .. }
            | DeviceEntry::CertificateIssued { .. }
            | DeviceEntry::CertificateTaken { .. }
            | DeviceEntry::CertificatesRevoked { .. } => self.apply_to_certificates(entry, changes),
            DeviceEntry::TravelLearned { device, travel } => {
                self.change_device(*device, changes, |row| row.usual_travel = Some(*travel));
            }
            DeviceEntry::Booted { .. }
            | DeviceEntry::ClockOff { .. }
            | DeviceEntry::GradeChanged { .. }
            | DeviceEntry::LocateOrdered { .. }
            | DeviceEntry::PatternTried { .. }
            | DeviceEntry::Unlocked { .. }
            | DeviceEntry::JobStopOrdered { .. }
            | DeviceEntry::InputFaults { .. }
            | DeviceEntry::BusInspected { .. } => {}
        }
    }

    /// Changes a device's record, and lists it where that made a difference: devices come and go all the time.
    pub(super) fn change_device(
        &mut self,
        device: DeviceId,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut DeviceRecord),
    ) {
        let row = self.devices.entry(device).or_default();
        let before = row.clone();
        change(row);
        if *row != before {
            changes.push(RecordChange::Device(device, row.clone()));
        }
    }

    /// A device is journalled as online only when it is believed: it is who it was, or was accepted with this entry. Journals
    /// of before devices had records accepted whoever answered, and are read so.
    pub(super) fn meet_device(
        &mut self,
        device: DeviceId,
        identity: &Identity,
        at: Wall,
        changes: &mut Vec<RecordChange>,
    ) {
        self.change_device(device, changes, |row| {
            let by = row.job.filter(|_| row.is_commissioned_now()).map(|job| job.by);
            let known = row.accepted().filter(|known| by.is_none() && known.identity.is_same_device(identity));
            let accepted = match known {
                Some(known) => Accepted { identity: identity.clone(), ..known.clone() },
                None => Accepted { identity: identity.clone(), by: by.unwrap_or(Actor::System), at },
            };
            row.trust = Trust::Accepted(accepted);
        });
    }

    fn change_firmware(
        &mut self,
        device: DeviceId,
        after: &str,
        cause: FirmwareCause,
        changes: &mut Vec<RecordChange>,
    ) {
        self.change_device(device, changes, |row| {
            if let Trust::Accepted(accepted) | Trust::Replaced { accepted: Some(accepted), .. } = &mut row.trust {
                after.clone_into(&mut accepted.identity.firmware);
            }
            match cause {
                FirmwareCause::Job => row.awaited_firmware = None,
                FirmwareCause::Unasked => {}
            }
        });
    }

    fn begin_job(&mut self, device: DeviceId, job: JobRecord, changes: &mut Vec<RecordChange>) {
        self.change_device(device, changes, |row| {
            if let DeviceTask::SendFirmware { version, .. } = job.task {
                row.awaited_firmware = Some(version);
            }
            row.job = Some(job);
        });
    }

    /// A device that was commissioned and has not answered since the job began is accepted when it does.
    fn end_job(&mut self, device: DeviceId, command: CommandId, outcome: JobOutcome, changes: &mut Vec<RecordChange>) {
        let Some(job) = self.devices.get(&device).and_then(|row| row.job).filter(|job| job.command == command) else {
            return;
        };
        let is_commissioned = matches!(job.task, DeviceTask::Commission { .. }) && outcome == JobOutcome::Done;
        self.change_device(device, changes, |row| {
            row.job = None;
            if is_commissioned && row.accepted().is_none_or(|accepted| accepted.at < job.since) {
                row.trust = Trust::Awaited;
            }
        });
    }
}
