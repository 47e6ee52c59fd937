//! What operators order about devices: to believe one that answers in another's place, to begin and stop jobs, to look at
//! a bus. What a job does while it runs is `engine/jobs.rs`'s, what follows from who answers `engine/trust.rs`'s.

use super::{Order, Outcome, conflict, invalid, not_found, problem};
use crate::device::{DeviceRecord, Trust};
use crate::engine::Engine;
use crate::engine::command::{BusName, CommandError, Problem, Reply};
use crate::entry::{DeviceEntry, Inspected, ReasonText};
use crate::id::DeviceId;
use crate::job::{
    COMMISSION_LIMIT, Downgrade, FirmwareImage, JobWish, LINE_SPEEDS, MAX_ADDRESS, firmware_version, version_text,
};

impl Engine {
    pub(super) fn accept_device(&mut self, order: Order, device: DeviceId, reason: ReasonText) -> Outcome {
        let name = self.device_name(device)?;
        let Trust::Replaced { found, .. } = self.device_record(device).trust else {
            return Err(conflict(format!("{name} is the one it should be; there is nothing to accept")));
        };
        let entry = DeviceEntry::Accepted { device, identity: found, reason, by: order.by };
        self.record(order.now, entry);
        self.believe_accepted(order.now, device);
        Ok(Reply::Done)
    }

    pub(super) fn start_job(&mut self, order: Order, device: DeviceId, job: JobWish, reason: ReasonText) -> Outcome {
        let name = self.device_name(device)?;
        let record = self.device_record(device);
        if record.job.is_some() {
            return Err(conflict(format!("a job with {name} is under way; wait for its end or stop it")));
        }
        match job {
            JobWish::Commission { limit, .. } => {
                self.check_no_commissioning()?;
                let fits = COMMISSION_LIMIT.contains(&limit);
                invalid(if fits { Vec::new() } else { vec![problem("for", "choose 10 seconds to 10 minutes")] })?;
            }
            JobWish::RollKey => known_device(&name, &record)?,
            JobWish::SetLine { address, baud } => {
                known_device(&name, &record)?;
                invalid(line_problems(address, baud))?;
            }
            JobWish::SendFirmware { image, downgrade } => {
                known_device(&name, &record)?;
                invalid(firmware_problems(&name, &record, &image, downgrade))?;
            }
        }
        let (command, task) = (self.new_command(), job.task());
        self.record(order.now, DeviceEntry::JobStarted { device, command, task, reason, by: order.by });
        self.begin_job(order.now, device);
        Ok(Reply::Job(command))
    }

    /// Two devices in install mode at once could not be told apart.
    fn check_no_commissioning(&self) -> Result<(), CommandError> {
        let other = self.records.devices.iter().find(|(_, row)| row.is_commissioned_now()).map(|(device, _)| *device);
        match other {
            Some(other) => {
                let other = self.site.device(other).map_or_else(|| other.to_string(), |device| device.name.clone());
                Err(conflict(format!("{other} is being commissioned, and it goes one by one; wait or stop that job")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn stop_job(&mut self, order: Order, device: DeviceId, reason: ReasonText) -> Outcome {
        let name = self.device_name(device)?;
        let Some(job) = self.device_record(device).job else {
            return Err(conflict(format!("no job with {name} is under way")));
        };
        let (command, by) = (job.command, order.by);
        self.record(order.now, DeviceEntry::JobStopOrdered { device, command, reason, by });
        self.order_stop(order.now, device, command);
        Ok(Reply::Job(command))
    }

    pub(super) fn inspect_bus(&mut self, order: Order, bus: &BusName, what: Inspected, reason: ReasonText) -> Outcome {
        let bus = bus.as_str().to_owned();
        self.record(order.now, DeviceEntry::BusInspected { bus, what, reason, by: order.by });
        Ok(Reply::Done)
    }

    fn device_name(&self, device: DeviceId) -> Result<String, CommandError> {
        self.site.device(device).map(|device| device.name.clone()).ok_or_else(|| not_found(device))
    }
}

/// What a device is told only when it is known who it is.
fn known_device(name: &str, record: &DeviceRecord) -> Result<(), CommandError> {
    match &record.trust {
        Trust::Accepted(_) => Ok(()),
        Trust::Awaited => {
            Err(conflict(format!("{name} has never answered with a key of this site; commission it first")))
        }
        Trust::Replaced { .. } => {
            Err(conflict(format!("another device answers for {name}; accept it or put the old one back first")))
        }
    }
}

fn line_problems(address: u8, baud: u32) -> Vec<Problem> {
    let far = (address > MAX_ADDRESS).then(|| problem("address", "an address is 0 to 126"));
    let odd = (!LINE_SPEEDS.contains(&baud)).then(|| {
        let speeds = LINE_SPEEDS.map(|speed| speed.to_string()).join(", ");
        problem("baud", format!("a speed is one of {speeds}"))
    });
    [far, odd].into_iter().flatten().collect()
}

/// Firmware for another model would not run; an older one may have holes that a newer one closed.
fn firmware_problems(name: &str, record: &DeviceRecord, image: &FirmwareImage, downgrade: Downgrade) -> Vec<Problem> {
    let Some(identity) = record.accepted().map(|accepted| &accepted.identity) else { return Vec::new() };
    let mut problems = Vec::new();
    if !image.is_for(identity) {
        let (wanted, is) = (image.maker_and_model(), &identity.model);
        problems
            .push(problem("image", format!("it is for {wanted}, and {name} is {is}; get the image for that model")));
    }
    let version = version_text(image.version);
    let hint = "set allow_downgrade if that is what you want";
    match (downgrade, firmware_version(&identity.firmware)) {
        (Downgrade::Allowed, _) => {}
        (Downgrade::Refused, Some(has)) if image.version > has => {}
        (Downgrade::Refused, Some(has)) if image.version == has => {
            problems.push(problem("allow_downgrade", format!("{name} has version {version} already; {hint}")));
        }
        (Downgrade::Refused, Some(has)) => {
            let has = version_text(has);
            problems.push(problem("allow_downgrade", format!("{version} is older than the {has} of {name}; {hint}")));
        }
        (Downgrade::Refused, None) => {
            let message = format!("whether {version} is newer than what {name} has cannot be told; {hint}");
            problems.push(problem("allow_downgrade", message));
        }
    }
    problems
}
