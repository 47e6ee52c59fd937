//! One bus as the engine sees it: bus events become reports, orders become bus commands. Pure; the port is `osdp.rs`'s.
//!
//! Decides which output, light and buzzer an order drives and how a device's state is put together from its answers. It
//! does not decide when a frame is sent or a device is lost (`rackward_protocol::osdp::Bus`).
//!
//! Vocabulary: a *seat* is one device of the bus with all the driver keeps of it, its *desk* what it keeps of its keys and
//! its job.

mod look;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::input::{self, FailureCause, Identity, InputFault, LinkTrouble};
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::job::{maker_and_model, version_text};
use rackward_core::{DeviceReport, Monotonic};
use rackward_protocol::osdp::{
    Address, Bus, BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceIdentity, Entropy, Failure, LedRecord, Micros,
    OfflineCause, OutputAction, PanelCommand, SecurityTrouble, SendRefused, Ticks, Urgency,
};

use super::PortName;
use super::jobs::Desk;
use super::show;
use crate::drivers::feedback::{Face, Pattern};
use crate::drivers::keypad::Keypad;
use crate::drivers::order::{Order, Task};
use crate::drivers::profile::ExitButton;
use crate::drivers::reading;
use crate::drivers::wiring::{Display, Local};
use crate::drivers::{BusDevice, BusSettings, CardKey, DriverError, Profile, Wiring};

/// The tag of commands whose fate nobody waits to hear: lights, sounds, texts. The engine counts its commands from 1.
const UNWATCHED: CommandTag = CommandTag(u64::MAX);

/// How long a result may wait for the line. A device that misses polls gets it late or never: longer, and whoever stands
/// there by then takes it for theirs; shorter, and a slow bus with many devices would show nothing.
const RESULT_GOOD_FOR_MILLIS: u64 = 1_000;

/// One bus with its devices.
#[derive(Debug)]
pub struct Panel {
    bus: Bus,
    seats: BTreeMap<Address, Seat>,
    addresses: BTreeMap<DeviceId, Address>,
    reports: VecDeque<(DeviceId, DeviceReport)>,
    card_key: Hasher,
    releases_waiting: BTreeMap<CommandTag, DeviceId>,
    /// Whether some seat may have an errand for the shell.
    has_errand: bool,
}

struct Hasher(CardKey);

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

/// One device.
#[derive(Debug)]
struct Seat {
    device: DeviceId,
    name: String,
    config: DeviceConfig,
    desk: Desk,
    /// Who it said it was when it came online last.
    identity: Option<DeviceIdentity>,
    profile: Profile,
    wiring: Arc<Wiring>,
    face: Face,
    keypad: Keypad,
    exit: ExitButton,
    covers: Covers,
    supply: Supply,
    /// The inputs at fault, as the engine was told last.
    faults: Vec<InputFault>,
    has_display: bool,
    /// A lasting pattern that found the queue full; it must not be lost, so it is tried again.
    unsent: Option<Pattern>,
}

/// The ways a device says that somebody is at its inside: its own cover, its reader heads, a contact on an input.
#[derive(Debug, Default)]
struct Covers {
    own_open: bool,
    reader_open: bool,
    contact_open: bool,
}

/// The ways a device says that its supply fails: its own state, and inputs.
#[derive(Debug, Default)]
struct Supply {
    own_fails: bool,
    input_fails: bool,
}

impl Panel {
    /// A bus with the devices of `settings`, none of them heard yet. `entropy` must be the operating system's random source
    /// or as good.
    ///
    /// # Errors
    /// Two devices have the same address.
    pub fn new(
        settings: BusSettings,
        now: Monotonic,
        entropy: impl Entropy + Send + 'static,
        card_key: CardKey,
    ) -> Result<Self, DriverError> {
        let mut panel = Self {
            bus: Bus::new(bus_config(&settings), entropy),
            seats: BTreeMap::new(),
            addresses: BTreeMap::new(),
            reports: VecDeque::new(),
            card_key: Hasher(card_key),
            releases_waiting: BTreeMap::new(),
            has_errand: false,
        };
        for device in settings.devices {
            panel.seat(&settings.name, device)?;
        }
        panel.restart(now);
        panel.name_keyless();
        Ok(panel)
    }

    fn seat(&mut self, bus: &str, given: BusDevice) -> Result<(), DriverError> {
        let address = given.address;
        if let Some(first) = self.seats.get(&address) {
            let (bus, first) = (bus.to_owned(), first.name.clone());
            return Err(DriverError::AddressTaken { bus, first, second: given.name });
        }
        self.addresses.insert(given.device, address);
        self.seats.insert(address, Seat::new(given));
        Ok(())
    }

    /// The devices on this bus.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.addresses.keys().copied()
    }

    /// The line is there, perhaps again: all devices are new to it, and jobs begun without it come to nothing.
    pub fn restart(&mut self, now: Monotonic) {
        self.end_jobs(now);
        for (address, seat) in &mut self.seats {
            seat.forget();
            self.bus.add(micros(now), *address, seat.config.clone());
        }
    }

    /// The line is away: says so once for each device, and fails what waits.
    pub fn line_lost(&mut self, now: Monotonic) {
        self.restart(now);
        while let Some((address, event)) = self.bus.poll_event() {
            self.translate(now, address, event);
        }
        // Whatever the bus no longer knows of, nobody will ever answer for.
        for (tag, device) in std::mem::take(&mut self.releases_waiting) {
            let failed = DeviceReport::Failed(CommandId::new(tag.0), FailureCause::Offline);
            self.reports.push_back((device, failed));
        }
        let lost = DeviceReport::Offline(input::OfflineCause::LinkDown);
        self.reports.extend(self.seats.values().map(|seat| (seat.device, lost.clone())));
    }

    /// Takes bytes that arrived at `now`, in pieces of any size.
    pub fn handle_bytes(&mut self, now: Monotonic, bytes: &[u8]) {
        self.bus.handle_bytes(micros(now), bytes);
    }

    /// Does what is due at `now`; early or often is harmless.
    pub fn handle_timeout(&mut self, now: Monotonic) {
        self.bus.handle_timeout(micros(now));
        self.show_overdue(now);
    }

    /// The next frame to write, if the line is free and something is due.
    pub fn poll_transmit(&mut self, now: Monotonic) -> Option<Vec<u8>> {
        self.bus.poll_transmit(micros(now))
    }

    /// When [`Self::handle_timeout`] and [`Self::poll_transmit`] are wanted again, if nothing arrives before.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let answers = self.seats.values().filter_map(|seat| seat.face.deadline());
        self.bus.next_deadline().map(|at| Monotonic::from_micros(at.0)).into_iter().chain(answers).min()
    }

    /// Whether a report waits, without taking it. Bus events are taken one at a time, so that a slow engine makes the bus wait
    /// instead of piling up reports here.
    pub fn has_report(&mut self, now: Monotonic) -> bool {
        while self.reports.is_empty() {
            let Some((address, event)) = self.bus.poll_event() else { return false };
            self.translate(now, address, event);
        }
        true
    }

    /// The next report for the engine, once [`Self::has_report`] says so.
    pub fn take_report(&mut self) -> Option<(DeviceId, DeviceReport)> {
        self.reports.pop_front()
    }

    /// Carries out an order, or reports at once that it cannot be.
    pub fn order(&mut self, now: Monotonic, order: Order) {
        let Some(address) = self.addresses.get(&order.device).copied() else { return };
        match order.task {
            Task::Release { command, duration, not_after } => {
                self.drive(now, address, command, Some(duration), Some(not_after));
            }
            Task::Relock { command } => self.drive(now, address, command, None, None),
            Task::StartJob { command, task } => self.start_job(now, address, command, task),
            Task::StopJob { command } => {
                let step = self.seats.get_mut(&address).and_then(|seat| seat.desk.stop(command));
                self.follow(now, address, step);
            }
            // A device on a bus asks; it decides nothing by itself, and has a key instead of a certificate.
            Task::PutRights(_)
            | Task::DecideOnline { .. }
            | Task::NoteLog { .. }
            | Task::TryCanary { .. }
            | Task::Certificates { .. }
            | Task::IssueCertificate { .. } => {
                self.reports.extend(order.failed(FailureCause::Refused).map(|report| (order.device, report)))
            }
            Task::Show(feedback) => {
                let Some(seat) = self.seats.get_mut(&address).filter(|seat| seat.profile.has_face()) else { return };
                let pattern = seat.face.show(feedback);
                self.show(now, address, pattern);
            }
        }
    }

    /// Releases the lock for a pulse, or locks it.
    fn drive(
        &mut self,
        now: Monotonic,
        address: Address,
        command: CommandId,
        pulse: Option<Duration>,
        not_after: Option<Monotonic>,
    ) {
        let Some(seat) = self.seats.get(&address) else { return };
        let device = seat.device;
        let tag = CommandTag(command.get());
        let sent = match seat.wiring.release {
            Some(release) => {
                let covering = |pulse: Duration| OutputAction::OnFor(Ticks::covering(pulse.min(release.longest)));
                let output =
                    PanelCommand::Output { index: release.output, action: pulse.map_or(OutputAction::Off, covering) };
                self.bus.send(micros(now), address, output, tag, Urgency::Release, not_after.map(micros))
            }
            None => Err(SendRefused::UnknownAddress),
        };
        match sent {
            Ok(()) => {
                self.releases_waiting.insert(tag, device);
            }
            Err(refused) => {
                let cause = match refused {
                    SendRefused::QueueFull => FailureCause::Overload,
                    SendRefused::UnknownAddress => FailureCause::Refused,
                };
                self.reports.push_back((device, DeviceReport::Failed(command, cause)));
            }
        }
    }

    /// Light, sound and text, in that order (`feedback.md`, rule 4). A result that finds the queue full is dropped: shown
    /// later it would be shown to somebody else. A lasting state is kept for when there is room.
    fn show(&mut self, now: Monotonic, address: Address, pattern: Pattern) {
        let Some(seat) = self.seats.get_mut(&address) else { return };
        let lasting = pattern.is_lasting();
        if lasting {
            seat.unsent = None;
        }
        let good_for = Duration::from_millis(RESULT_GOOD_FOR_MILLIS);
        let not_after = pattern.is_momentary().then(|| micros(now.after(good_for)));
        let commands = show::commands(&pattern, seat.has_display);
        for command in commands.into_iter().flat_map(|command| on_each_light(command, seat.wiring.lights)) {
            if self.bus.send(micros(now), address, command, UNWATCHED, Urgency::Normal, not_after).is_err() {
                tracing::debug!(device = %seat.name, "feedback found the device's queue full");
                seat.unsent = if lasting { Some(pattern) } else { seat.unsent.take() };
                return;
            }
        }
    }

    /// Somebody waits longer for an answer than people expect.
    fn show_overdue(&mut self, now: Monotonic) {
        let overdue = |(address, seat): (&Address, &mut Seat)| Some((*address, seat.face.overdue(now)?));
        let patterns: Vec<_> = self.seats.iter_mut().filter_map(overdue).collect();
        patterns.into_iter().for_each(|(address, pattern)| self.show(now, address, pattern));
    }

    fn translate(&mut self, now: Monotonic, address: Address, event: BusEvent) {
        match event {
            BusEvent::Job(event) => return self.job_event(now, address, event),
            BusEvent::KeyProven(proven) => return self.key_proven(address, proven),
            _ => {}
        }
        let Some(seat) = self.seats.get_mut(&address) else { return };
        let device = seat.device;
        let fate = match &event {
            BusEvent::Done { tag } | BusEvent::Failed { tag, .. } => Some(*tag),
            _ => None,
        };
        if let Some(tag) = fate {
            self.releases_waiting.remove(&tag);
        }
        let reports = seat.reports(now, event, &self.card_key.0);
        reports.iter().for_each(|report| seat.face.hear(now, report));
        let retry = if fate.is_some() { seat.unsent.take() } else { None };
        self.reports.extend(reports.into_iter().map(|report| (device, report)));
        if let Some(pattern) = retry {
            self.show(now, address, pattern);
        }
    }
}

impl Seat {
    fn new(given: BusDevice) -> Self {
        let BusDevice { device, name, address: _, keys, key_since, first_key, profile, wiring } = given;
        let config = DeviceConfig { keys: keys.clone(), role: wiring.poll, expected: None, baud: None };
        Self {
            device,
            name,
            config,
            desk: Desk::new(keys, key_since, first_key),
            identity: None,
            profile,
            wiring,
            face: Face::default(),
            keypad: Keypad::default(),
            exit: ExitButton::default(),
            covers: Covers::default(),
            supply: Supply::default(),
            faults: Vec::new(),
            has_display: false,
            unsent: None,
        }
    }

    /// The device may have restarted: what it was told and what it said no longer counts.
    fn forget(&mut self) {
        self.face.forget();
        self.keypad.clear();
        self.exit.forget();
        self.covers = Covers::default();
        self.supply = Supply::default();
        self.faults.clear();
        self.unsent = None;
    }

    fn reports(&mut self, now: Monotonic, event: BusEvent, card_key: &CardKey) -> Vec<DeviceReport> {
        match event {
            BusEvent::Online { identity, capabilities } => {
                self.forget();
                self.face.appear(show::palette(&capabilities));
                self.has_display = match self.wiring.display {
                    Display::AsItSays => show::has_display(&capabilities),
                    Display::Yes => true,
                    Display::No => false,
                };
                self.identity = Some(identity);
                vec![DeviceReport::Online(identity_of(&identity))]
            }
            BusEvent::Offline { cause } => {
                self.forget();
                vec![DeviceReport::Offline(offline_cause(cause))]
            }
            BusEvent::Card { bit_count, data, reader: _, format: _ } => {
                vec![reading::card(card_key, bit_count, data.expose())]
            }
            BusEvent::Keypad { digits, reader: _ } => {
                self.keypad.press(now, digits.expose()).into_iter().map(DeviceReport::Pin).collect()
            }
            BusEvent::Inputs(inputs) => self.inputs(&inputs),
            BusEvent::Outputs(_) => Vec::new(),
            BusEvent::Readers(readers) => {
                // 1 is a head that was torn off, 2 one that was opened (OSDP 2.2, 7.8).
                self.covers.reader_open = readers.iter().any(|state| *state != 0);
                vec![self.covers.report()]
            }
            BusEvent::Local { tamper, power_failed } => {
                self.covers.own_open = tamper && self.wiring.local_tamper == Local::Counts;
                self.supply.own_fails = power_failed && self.wiring.local_power == Local::Counts;
                vec![self.covers.report(), self.supply.report()]
            }
            BusEvent::Done { tag: UNWATCHED } => Vec::new(),
            BusEvent::Done { tag } => vec![DeviceReport::Done(CommandId::new(tag.0))],
            BusEvent::Failed { tag, why } => self.failed(tag, why),
            BusEvent::Unreadable { code: _ } => vec![DeviceReport::Link(LinkTrouble::Malformed)],
            BusEvent::Security(trouble) => self.security(trouble),
            BusEvent::Line(trouble) => vec![DeviceReport::Link(work::link_trouble(trouble))],
            BusEvent::KeyProven(_) | BusEvent::Job(_) => Vec::new(),
        }
    }

    /// The facts go first, so that the exit button is judged by a core that knows the door's state.
    fn inputs(&mut self, inputs: &[u8]) -> Vec<DeviceReport> {
        let facts = self.wiring.facts(inputs).map(DeviceReport::Facts);
        let exit = self.wiring.exit_button(inputs).is_some_and(|button| self.exit.is_pressed(button));
        let exit = exit.then_some(DeviceReport::ExitRequested);
        let zones = self.zones(inputs).map(DeviceReport::Inputs);
        let tamper = self.wiring.tamper(inputs).map(|open| {
            self.covers.contact_open = open;
            self.covers.report()
        });
        let power = self.wiring.power_fault(inputs).map(|fails| {
            self.supply.input_fails = fails;
            self.supply.report()
        });
        [self.supervision(inputs), facts, exit, zones, tamper, power].into_iter().flatten().collect()
    }

    fn zones(&self, inputs: &[u8]) -> Option<Vec<bool>> {
        match self.profile {
            Profile::Inputs { zones } => Some(self.wiring.zones(inputs, zones)),
            Profile::Reader | Profile::Lock | Profile::Handle => None,
        }
    }

    /// The inputs at fault, when they are others than the engine knows of.
    fn supervision(&mut self, inputs: &[u8]) -> Option<DeviceReport> {
        let faults = self.wiring.faults(inputs);
        if faults == self.faults {
            return None;
        }
        self.faults.clone_from(&faults);
        Some(DeviceReport::Supervision(faults))
    }

    fn failed(&self, tag: CommandTag, why: Failure) -> Vec<DeviceReport> {
        if tag == UNWATCHED {
            tracing::debug!(device = %self.name, ?why, "feedback was not shown");
            return Vec::new();
        }
        let cause = match why {
            Failure::Offline | Failure::Unconfirmed => FailureCause::Offline,
            Failure::Expired => FailureCause::Expired,
            Failure::Refused(_) => FailureCause::Refused,
            Failure::Busy => FailureCause::Overload,
        };
        vec![DeviceReport::Failed(CommandId::new(tag.0), cause)]
    }

    fn security(&self, trouble: SecurityTrouble) -> Vec<DeviceReport> {
        let known = match trouble {
            SecurityTrouble::WrongKey => input::SecurityTrouble::WrongKey,
            SecurityTrouble::MacFailure { .. } => input::SecurityTrouble::BadAuthentication,
            SecurityTrouble::PlaintextRefused => input::SecurityTrouble::Plaintext,
            // Somebody who was not asked answers in the device's place.
            SecurityTrouble::ForeignAddress { .. } => input::SecurityTrouble::Replaced,
            // The identity that is reported with its coming online says it, and the core knows who was accepted.
            SecurityTrouble::Replaced { .. } => return Vec::new(),
            SecurityTrouble::DefaultKey => input::SecurityTrouble::DefaultKey,
            SecurityTrouble::NoEntropy => {
                tracing::error!(
                    device = %self.name,
                    "no session can be started: the system gives no random bytes; the device stays offline until it does"
                );
                return Vec::new();
            }
        };
        vec![DeviceReport::Security(known)]
    }
}

impl Covers {
    fn report(&self) -> DeviceReport {
        DeviceReport::Tamper(self.own_open || self.reader_open || self.contact_open)
    }
}

impl Supply {
    fn report(&self) -> DeviceReport {
        DeviceReport::PowerFault(self.own_fails || self.input_fails)
    }
}

/// How the bus is run. A gateway keeps the speed it was set to, so nobody is looked for at another one behind it.
fn bus_config(settings: &BusSettings) -> BusConfig {
    let port = settings.port.to_str().map(PortName::parse);
    let speed_is_fixed = matches!(port, Some(Ok(PortName::Gateway { .. })));
    BusConfig { speed_is_fixed, sharing: settings.sharing, ..BusConfig::new(settings.baud) }
}

/// A command for a light, once for each light of the device; others as they are.
fn on_each_light(command: PanelCommand, lights: u8) -> Vec<PanelCommand> {
    match command {
        PanelCommand::Led(record) => (0..lights).map(|led| PanelCommand::Led(LedRecord { led, ..record })).collect(),
        other => vec![other],
    }
}

fn offline_cause(cause: OfflineCause) -> input::OfflineCause {
    match cause {
        OfflineCause::NoAnswer => input::OfflineCause::Silent,
        OfflineCause::NoSession | OfflineCause::WrongKey => input::OfflineCause::NotTrusted,
    }
}

fn identity_of(identity: &DeviceIdentity) -> Identity {
    let maker_and_model = maker_and_model(identity.oui, identity.model);
    Identity {
        model: format!("{maker_and_model} version {}", identity.version),
        serial: format!("{:08x}", identity.serial),
        firmware: version_text(identity.firmware),
    }
}

/// The bus counts the same microseconds as the core.
fn micros(at: Monotonic) -> Micros {
    Micros(at.as_micros())
}

#[cfg(test)]
mod tests;
