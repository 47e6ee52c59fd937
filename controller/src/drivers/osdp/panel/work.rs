//! Jobs on one bus: orders become bus jobs, and the shell is asked for what must be on the disk before.
//!
//! Decides nothing about keys and order (`jobs.rs`); it connects each device's desk with the bus and the engine.

use rackward_core::engine::input::{self, LinkTrouble};
use rackward_core::id::CommandId;
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_core::{DeviceReport, Monotonic};
use rackward_protocol::osdp::{Address, Baud, JobEvent, LineTrouble, ProvenKey};

use super::{Panel, micros};
use crate::drivers::osdp::jobs::Step;
use crate::drivers::osdp::need::{Met, Need};

impl Panel {
    /// What the shell shall do now, if anything. Each device has at most one need out, so there are never more than devices.
    pub fn poll_need(&mut self) -> Option<Need> {
        if !self.has_errand {
            return None;
        }
        for seat in self.seats.values_mut() {
            if let Some(errand) = seat.desk.take_errand() {
                return Some(Need { device: seat.device, name: seat.name.clone(), errand });
            }
        }
        self.has_errand = false;
        None
    }

    /// Takes what the shell brought for a need.
    pub fn met(&mut self, now: Monotonic, met: Met) {
        let Some(address) = self.addresses.get(&met.device).copied() else { return };
        let Some(seat) = self.seats.get_mut(&address) else { return };
        let step = seat.desk.met(met.brought, seat.identity.as_ref());
        seat.config.keys = seat.desk.keys().clone();
        self.follow(now, address, step);
    }

    pub(super) fn start_job(&mut self, now: Monotonic, address: Address, command: CommandId, task: DeviceTask) {
        let Some(seat) = self.seats.get_mut(&address) else { return };
        let step = seat.desk.start(micros(now), command, task);
        self.follow(now, address, step);
    }

    /// Does what a desk wants, which may want more when it has been done.
    pub(super) fn follow(&mut self, now: Monotonic, address: Address, mut step: Option<Step>) {
        self.has_errand = true;
        while let Some(Step::Begin(job)) = step {
            let begun = self.bus.begin_job(micros(now), address, job);
            step = self.seats.get_mut(&address).and_then(|seat| seat.desk.begun(begun));
        }
        match step {
            None | Some(Step::Begin(_)) => {}
            Some(Step::Stop) => self.bus.stop_job(micros(now), address),
            Some(Step::End(command, outcome)) => self.end_job(now, address, command, outcome),
        }
    }

    fn end_job(&mut self, now: Monotonic, address: Address, command: CommandId, outcome: JobOutcome) {
        let Some(seat) = self.seats.get(&address) else { return };
        self.reports.push_back((seat.device, DeviceReport::JobEnded(command, outcome)));
        // A refusal need not have been the device's own word. Added anew, it is asked for both keys, and says which it has.
        if outcome == JobOutcome::Refused && seat.desk.keys().pending.is_some() {
            self.bus.add(micros(now), address, seat.config.clone());
        }
    }

    /// How the bus gets on with a job.
    pub(super) fn job_event(&mut self, now: Monotonic, address: Address, event: JobEvent) {
        let mut at = address;
        if let JobEvent::Done { address: new, baud } = event {
            self.move_seat(address, new, baud);
            at = new;
        }
        let step = self.seats.get_mut(&at).and_then(|seat| seat.desk.told(event));
        self.follow(now, at, step);
    }

    /// The device is known under its new address from now on; the site file should say so too.
    fn move_seat(&mut self, from: Address, to: Address, baud: Baud) {
        if from == to || self.seats.contains_key(&to) {
            return;
        }
        let Some(seat) = self.seats.remove(&from) else { return };
        tracing::warn!(
            device = %seat.name, address = to.number(), baud = baud.bits_per_second(),
            "the device has a new address; write it into the site file before the daemon is started again"
        );
        self.addresses.insert(seat.device, to);
        self.seats.insert(to, seat);
    }

    /// The device proved a key while more than one was possible.
    pub(super) fn key_proven(&mut self, address: Address, proven: ProvenKey) {
        if let Some(seat) = self.seats.get_mut(&address) {
            seat.desk.proven(proven);
            self.has_errand = true;
        }
    }

    /// The bus has forgotten every job with the line.
    pub(super) fn jobs_lost(&mut self, now: Monotonic) {
        let addresses: Vec<Address> = self.seats.keys().copied().collect();
        for address in addresses {
            let step = self.seats.get_mut(&address).and_then(|seat| seat.desk.line_lost());
            self.follow(now, address, step);
        }
    }

    /// Devices without a key are left alone by the bus, so it never says that they are away.
    pub(super) fn report_keyless(&mut self) {
        for seat in self.seats.values().filter(|seat| !seat.desk.has_key()) {
            tracing::warn!(
                device = %seat.name,
                "the device has no key of this site and stays offline; commission it with `rackward device commission`"
            );
            self.reports.push_back((seat.device, DeviceReport::Offline(input::OfflineCause::NotTrusted)));
        }
    }
}

/// Something wrong with the line, as the core calls it.
pub(super) fn link_trouble(trouble: LineTrouble) -> LinkTrouble {
    match trouble {
        LineTrouble::Noise => LinkTrouble::Noise,
        LineTrouble::Babble => LinkTrouble::Babble,
        LineTrouble::Echo => LinkTrouble::Echo,
        LineTrouble::Late => LinkTrouble::Late,
        LineTrouble::Busy => LinkTrouble::Busy,
    }
}
