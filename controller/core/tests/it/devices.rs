//! Stories about devices: who answers, what is done with them, what their lines and inputs say. Here is the vocabulary; the
//! stories are by subject.

mod jobs;
mod lines;
mod trust;

use crate::site::{Desk, reason};
use rackward_core::engine::input::Identity;
use rackward_core::entry::DeviceEntry;
use rackward_core::job::{DeviceTask, FirstKey, JobOutcome, JobWish};
use rackward_core::{Answer, Command, CommandError, DeviceReport, Entry, Output, Query, Records, Reply};
use std::time::Duration;

pub(crate) const READER: &str = "street-reader";
pub(crate) const LOCK: &str = "street-lock";

/// A device of this serial number and firmware, of the usual model.
pub(crate) fn named(serial: &str, firmware: &str) -> Identity {
    Identity { model: "ca-fe-01 model 4 version 1".into(), serial: serial.into(), firmware: firmware.into() }
}

/// A desk whose street reader and lock are known as serial number 7 with firmware 1.2.0.
pub(crate) fn desk() -> Desk {
    let mut desk = Desk::open();
    for name in [READER, LOCK] {
        let device = desk.device(name);
        let command = Command::StartJob { device, job: commission(60), reason: reason("new") };
        desk.command(command).unwrap();
        online(&mut desk, name, named("7", "1.2.0"));
        end(&mut desk, name, JobOutcome::Done);
    }
    desk.facts(LOCK, crate::site::closed(false));
    desk.outputs.clear();
    desk
}

pub(crate) const fn commission(seconds: u64) -> JobWish {
    JobWish::Commission { first: FirstKey::Published, limit: Duration::from_secs(seconds) }
}

pub(crate) fn online(desk: &mut Desk, name: &str, identity: Identity) {
    let device = desk.device(name);
    desk.report(device, DeviceReport::Online(identity));
}

pub(crate) fn start(desk: &mut Desk, name: &str, job: JobWish) -> Result<Reply, CommandError> {
    let device = desk.device(name);
    desk.command(Command::StartJob { device, job, reason: reason("CHG-9") })
}

pub(crate) fn stop(desk: &mut Desk, name: &str) -> Result<Reply, CommandError> {
    let device = desk.device(name);
    desk.command(Command::StopJob { device, reason: reason("enough") })
}

/// The driver reports the end of the job under way.
pub(crate) fn end(desk: &mut Desk, name: &str, outcome: JobOutcome) {
    let device = desk.device(name);
    let command = desk.engine.records().devices[&device].job.unwrap().command;
    desk.report(device, DeviceReport::JobEnded(command, outcome));
}

/// How the jobs ended, in order.
pub(crate) fn outcomes(desk: &Desk) -> Vec<JobOutcome> {
    let ended = desk.journal.iter().filter_map(|stamped| match &stamped.entry {
        Entry::Device(DeviceEntry::JobEnded { outcome, .. }) => Some(*outcome),
        _ => None,
    });
    ended.collect()
}

/// What drivers were told to begin, and how often to stop.
pub(crate) fn ordered(desk: &Desk) -> (Vec<DeviceTask>, usize) {
    let started = desk.outputs.iter().filter_map(|output| match output {
        Output::StartJob { task, .. } => Some(*task),
        _ => None,
    });
    (started.collect(), desk.outputs.iter().filter(|output| matches!(output, Output::StopJob { .. })).count())
}

/// Whether the engine believes that a device answers.
pub(crate) fn believed(desk: &Desk, name: &str) -> Option<bool> {
    let scope = rackward_core::engine::command::Scope::Site;
    let Answer::Devices(devices) = desk.engine.answer(desk.now, scope, &Query::Devices) else { panic!() };
    devices.into_iter().find(|row| row.device == desk.device(name)).unwrap().online
}

/// The daemon started again on what survived.
pub(crate) fn restarted(desk: &Desk, after_secs: u64) -> Desk {
    Desk::restart(desk.engine.records().clone(), desk.now.after(Duration::from_secs(after_secs)))
}

/// Applying the whole journal anew gives the records as they are.
pub(crate) fn check_replay(desk: &Desk) {
    let mut records = Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    assert!(records == *desk.engine.records(), "replay differs");
}
