//! Jobs on one bus: orders become bus jobs, and the shell is asked for what must be on the disk before.
//!
//! Decides nothing about keys and order (`jobs.rs`); it connects each device's desk with the bus and the engine.

use rackward_core::engine::input::LinkTrouble;
use rackward_core::id::CommandId;
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_core::{DeviceReport, Monotonic};
use rackward_protocol::osdp::{Address, Baud, BusEvent, JobEvent, JobFailure, LineTrouble, ProvenKey};

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
            let Some(seat) = self.seats.get_mut(&address) else { return };
            if let Err(refused) = &begun {
                tracing::warn!(device = %seat.name, error = %refused, "the job was not begun");
            }
            step = seat.desk.begun(begun);
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
        // What the bus calls pending must be what is kept as pending, or a proof of the one would make the other active.
        // Added anew, the device is asked for both keys, and says which it has.
        let is_unsettled = seat.desk.is_idle() && seat.desk.keys().pending.is_some();
        if is_unsettled && outcome != JobOutcome::Done {
            self.bus.add(micros(now), address, seat.config.clone());
        }
    }

    /// How the bus gets on with a job.
    pub(super) fn job_event(&mut self, now: Monotonic, address: Address, event: JobEvent) {
        let is_moving = self.seats.get(&address).is_some_and(|seat| seat.desk.is_moving());
        let at = match event {
            JobEvent::Done { address: new, baud } if is_moving => self.move_seat(address, new, baud),
            JobEvent::Done { .. } | JobEvent::Progress { .. } | JobEvent::KeyNotSent | JobEvent::Failed(_) => address,
        };
        let Some(seat) = self.seats.get_mut(&at) else { return };
        if let JobEvent::Failed(failure) = &event {
            tracing::warn!(device = %seat.name, ?failure, "the job failed");
        }
        let step = seat.desk.told(event);
        self.follow(now, at, step);
    }

    /// The device is known under its new address and speed from now on; the site file should say so too. Gives the address
    /// under which it is found here.
    fn move_seat(&mut self, from: Address, to: Address, baud: Baud) -> Address {
        // The bus takes no address that is taken.
        let at = if self.seats.contains_key(&to) { from } else { to };
        let Some(mut seat) = self.seats.remove(&from) else { return from };
        seat.config.baud = Some(baud);
        tracing::warn!(
            device = %seat.name, address = to.number(), baud = baud.bits_per_second(),
            "the device has a new place on its line; write it into the site file before the daemon is started again"
        );
        self.addresses.insert(seat.device, at);
        self.seats.insert(at, seat);
        at
    }

    /// The device proved a key while more than one was possible.
    pub(super) fn key_proven(&mut self, address: Address, proven: ProvenKey) {
        if let Some(seat) = self.seats.get_mut(&address) {
            seat.desk.proven(proven);
            self.has_errand = true;
        }
    }

    /// Every job ends with the line. The bus says of each whether its key was sent.
    pub(super) fn end_jobs(&mut self, now: Monotonic) {
        self.seats.keys().for_each(|address| self.bus.stop_job(micros(now), *address));
        while let Some((address, event)) = self.bus.poll_event() {
            let event = match event {
                // Nobody stopped it.
                BusEvent::Job(JobEvent::Failed(JobFailure::Stopped)) => {
                    BusEvent::Job(JobEvent::Failed(JobFailure::Lost))
                }
                other => other,
            };
            self.translate(now, address, event);
        }
        let addresses: Vec<Address> = self.seats.keys().copied().collect();
        for address in addresses {
            let step = self.seats.get_mut(&address).and_then(|seat| seat.desk.line_lost());
            self.follow(now, address, step);
        }
    }

    /// Devices without a key are left alone by the bus, which says that they are offline and no more.
    pub(super) fn name_keyless(&self) {
        for seat in self.seats.values().filter(|seat| !seat.desk.has_key()) {
            tracing::warn!(
                device = %seat.name,
                "the device has no key of this site and stays offline; commission it with `rackward device commission`"
            );
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
