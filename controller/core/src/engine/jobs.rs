//! Jobs with devices while they run: begun once their entry is durable, watched, ended by the driver's report or by their
//! time. Who may order one, and when, is `engine/commands/devices.rs`'s; how it is carried out is the drivers'.
//!
//! A job outlives the daemon: a new key and firmware are ordered anew when the device is back, because the driver goes on
//! where it was; a commissioning and a change of the line need somebody who looks, and end.

use core::time::Duration;

use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::device::JobRecord;
use crate::engine::input::Identity;
use crate::engine::output::Output;
use crate::entry::DeviceEntry;
use crate::id::{CommandId, DeviceId};
use crate::job::{DeviceTask, JobOutcome, firmware_version};
use crate::time::Now;

/// What a driver has beyond a job's own time to tell its end: the worst bus finishes an exchange in less.
const REPORT_PATIENCE: Duration = Duration::from_secs(15);

/// How long a new key or another place on the bus may take: every speed tried, at the slowest.
const SHORT_JOB: Duration = Duration::from_secs(300);

/// How long firmware may take: the largest image at the slowest speed.
const LONG_JOB: Duration = Duration::from_secs(12 * 3_600);

/// How long a job of before a restart waits for its device. Longer, and a device that comes back after weeks would be
/// changed on the word of somebody who has forgotten it.
const WAIT_FOR_DEVICE: Duration = Duration::from_secs(3_600);

/// How far a job is, while the daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Stage {
    /// The driver was told, or there is no job.
    #[default]
    Ordered,
    /// It was under way when the daemon ended, and is ordered anew when the device is there.
    Waiting,
}

/// How long a task may take at the most.
fn longest(task: DeviceTask) -> Duration {
    match task {
        DeviceTask::Commission { limit, .. } => limit,
        DeviceTask::RollKey | DeviceTask::SetLine { .. } => SHORT_JOB,
        DeviceTask::SendFirmware { .. } => LONG_JOB,
    }
}

impl Engine {
    fn job_of(&self, device: DeviceId) -> Option<JobRecord> {
        self.records.devices.get(&device).and_then(|row| row.job)
    }

    /// Jobs of before the start.
    pub(super) fn begin_jobs(&mut self, now: Now) {
        let under_way = |(device, row): (&DeviceId, &crate::device::DeviceRecord)| Some((*device, row.job?));
        let jobs: Vec<(DeviceId, JobRecord)> = self.records.devices.iter().filter_map(under_way).collect();
        for (device, job) in jobs {
            match (job.task, self.devices.get_mut(&device)) {
                (DeviceTask::RollKey | DeviceTask::SendFirmware { .. }, Some(runtime)) => {
                    runtime.stage = Stage::Waiting;
                    self.timers.set(TimerKey::Job(device), now.monotonic.after(WAIT_FOR_DEVICE));
                }
                (
                    DeviceTask::RollKey
                    | DeviceTask::SendFirmware { .. }
                    | DeviceTask::Commission { .. }
                    | DeviceTask::SetLine { .. },
                    _,
                ) => self.job_over(now, device, job.command, JobOutcome::Interrupted),
            }
        }
    }

    /// Orders the job that was just recorded, or was under way before a restart.
    pub(super) fn begin_job(&mut self, now: Now, device: DeviceId) {
        let Some(job) = self.job_of(device) else { return };
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.stage = Stage::Ordered;
        }
        let over = now.monotonic.after(longest(job.task)).after(REPORT_PATIENCE);
        self.timers.set(TimerKey::Job(device), over);
        if matches!(job.task, DeviceTask::Commission { .. }) {
            self.begin_alarm(now, AlarmKind::Commissioning, AlarmSource::Device(device));
        }
        self.outputs.push_back(Output::StartJob { device, command: job.command, task: job.task });
    }

    /// The device is there: a job that waited for it goes on, or turns out to be done.
    pub(super) fn resume_job(&mut self, now: Now, device: DeviceId, identity: &Identity) {
        let waits = self.devices.get(&device).is_some_and(|runtime| runtime.stage == Stage::Waiting);
        let Some(job) = self.job_of(device).filter(|_| waits) else { return };
        match job.task {
            DeviceTask::SendFirmware { version, .. } if firmware_version(&identity.firmware) == Some(version) => {
                self.job_over(now, device, job.command, JobOutcome::Done);
            }
            DeviceTask::SendFirmware { .. }
            | DeviceTask::RollKey
            | DeviceTask::SetLine { .. }
            | DeviceTask::Commission { .. } => self.begin_job(now, device),
        }
    }

    /// Tells the driver to stop. One that never reports the end is not waited for.
    pub(super) fn order_stop(&mut self, now: Now, device: DeviceId, command: CommandId) {
        match self.devices.get(&device).map(|runtime| runtime.stage) {
            Some(Stage::Ordered) => {
                self.timers.set(TimerKey::Job(device), now.monotonic.after(REPORT_PATIENCE));
                self.outputs.push_back(Output::StopJob { device, command });
            }
            Some(Stage::Waiting) | None => self.job_over(now, device, command, JobOutcome::Stopped),
        }
    }

    /// A job ended; another number than that of the one under way is an answer that came too late.
    pub(super) fn job_over(&mut self, now: Now, device: DeviceId, command: CommandId, outcome: JobOutcome) {
        if self.job_of(device).is_none_or(|job| job.command != command) {
            return;
        }
        self.record(now, DeviceEntry::JobEnded { device, command, outcome });
        self.timers.cancel(TimerKey::Job(device));
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.stage = Stage::Ordered;
        }
        self.end_alarm(now, AlarmKind::Commissioning, AlarmSource::Device(device));
    }

    /// The end of a job was never reported, or its device did not come back.
    pub(super) fn job_timeout(&mut self, now: Now, device: DeviceId) {
        let Some(job) = self.job_of(device) else { return };
        match self.devices.get(&device).map(|runtime| runtime.stage) {
            Some(Stage::Ordered) | None => {
                self.outputs.push_back(Output::StopJob { device, command: job.command });
                self.job_over(now, device, job.command, JobOutcome::TimedOut);
            }
            Some(Stage::Waiting) => self.job_over(now, device, job.command, JobOutcome::Lost),
        }
    }

    /// The order of a job was dropped because its entry was not durable: the driver knows nothing of it.
    pub(super) fn job_withheld(&mut self, now: Now, device: DeviceId) {
        if let Some(job) = self.job_of(device) {
            self.job_over(now, device, job.command, JobOutcome::Interrupted);
        }
    }
}
