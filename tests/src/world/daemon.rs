//! The daemon without threads, ports and disk: the shipped engine, gate, panels and fleet, put together as `run.rs` puts
//! them together. It dies whole: nothing in here survives a crash.
//!
//! Vocabulary: a *crash point* is a place in the gate where the process may be killed.

use std::collections::{BTreeMap, HashMap, VecDeque};

use rackward::drivers::{Fleet, Order, Panel};
use rackward::gate::{Gate, Written};
use rackward_core::engine::command::PinHash;
use rackward_core::engine::input::{Digits, PinOutcome};
use rackward_core::engine::output::ReleaseCause;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::JournalHealth;
use rackward_core::id::{CommandId, DeviceId, PersonId};
use rackward_core::{
    Caller, Command, CommandError, CommandTicket, Engine, Entry, Input, Monotonic, Now, Output, Reply,
};
use rackward_protocol::osdp::Baud;

use super::dice::Dice;
use super::disk::Disk;
use super::premises;

/// Where the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// Decided, not yet written.
    BeforeCommit,
    /// Written, nothing sent.
    AfterCommit,
    /// Written, and the first so many outputs handed to the links.
    AfterOutputs(usize),
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// Not by us.
    None,
    /// As soon as anything is written.
    NextLoad(CrashPoint),
    /// As soon as a release is written.
    NextRelease(CrashPoint),
}

/// Whether the process still lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Alive,
    /// It was killed.
    Killed,
}

/// A release that left the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When.
    pub at: Monotonic,
    /// To which lock.
    pub device: DeviceId,
    /// Under which number.
    pub command: CommandId,
    /// Why.
    pub cause: ReleaseCause,
}

/// One life of the daemon.
pub struct Daemon {
    engine: Engine,
    gate: Gate,
    panels: Vec<Panel>,
    fleet: Fleet,
    pins: BTreeMap<PersonId, PinHash>,
    compared: VecDeque<Input>,
    replies: HashMap<CommandTicket, Result<Reply, CommandError>>,
    last_ticket: u64,
    doom: Doom,
    orders: u64,
}

impl Daemon {
    /// Starts at `now` from what the disk holds.
    pub fn start(disk: &Disk, now: Now, baud: Baud, dice: &mut Dice) -> Self {
        let site = premises::draft().build(&disk.tables().places).unwrap();
        let panel = |settings| Panel::new(settings, now.monotonic, dice.entropy(), premises::card_key()).unwrap();
        let panels = premises::buses(&site, baud).into_iter().map(panel).collect();
        let fleet = Fleet::new(&premises::mqtt(&site), now.wall, premises::card_key()).unwrap();
        Self {
            engine: Engine::new(site, disk.tables().clone(), &[], "simulated", now),
            gate: Gate::default(),
            panels,
            fleet,
            pins: disk.pins().clone(),
            compared: VecDeque::new(),
            replies: HashMap::new(),
            last_ticket: 0,
            doom: Doom::None,
            orders: 0,
        }
    }

    /// Its engine, to look at.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether it can write its journal, as the last try showed.
    pub fn health(&self) -> JournalHealth {
        self.gate.health()
    }

    /// The panel of the bus at this place in [`premises::BUSES`].
    pub fn panel_mut(&mut self, bus: usize) -> Option<&mut Panel> {
        self.panels.get_mut(bus)
    }

    /// The same, to ask when it is due.
    pub fn panel(&self, bus: usize) -> Option<&Panel> {
        self.panels.get(bus)
    }

    /// Its MQTT side.
    pub fn fleet_mut(&mut self) -> &mut Fleet {
        &mut self.fleet
    }

    /// The same, to ask when it is due.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// How many orders it has given to its links; more than before means that a link may be due earlier.
    pub fn orders(&self) -> u64 {
        self.orders
    }

    /// Decides when it is killed.
    pub fn doom(&mut self, doom: Doom) {
        self.doom = doom;
    }

    /// When engine or gate want a turn, if nothing is reported before.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let waiting = (!self.compared.is_empty()).then_some(Monotonic::default());
        [self.engine.next_deadline(), self.gate.retry_at(), waiting].into_iter().flatten().min()
    }

    /// Gives a command; its answer is there after the next turn.
    pub fn command(&mut self, now: Now, caller: Caller, command: Command) -> CommandTicket {
        self.last_ticket += 1;
        let ticket = CommandTicket(self.last_ticket);
        self.engine.handle(now, Input::Command { ticket, caller, command, preconditions: Preconditions::default() });
        ticket
    }

    /// The answer to a command, once.
    pub fn take_reply(&mut self, ticket: CommandTicket) -> Option<Result<Reply, CommandError>> {
        self.replies.remove(&ticket)
    }

    /// One turn of the loop: hears the links, lets the engine settle it, and what is durable act.
    pub fn turn(&mut self, now: Now, disk: &mut Disk, sent: &mut Vec<Sent>) -> Life {
        self.engine.handle(now, Input::Tick);
        for panel in &mut self.panels {
            while panel.has_report(now.monotonic) {
                let Some((device, report)) = panel.take_report() else { break };
                self.engine.handle(now, Input::Device { device, report });
            }
        }
        while let Some((device, report)) = self.fleet.take_report() {
            self.engine.handle(now, Input::Device { device, report });
        }
        while let Some(compared) = self.compared.pop_front() {
            self.engine.handle(now, compared);
        }
        self.settle(now, disk, sent)
    }

    fn settle(&mut self, now: Now, disk: &mut Disk, sent: &mut Vec<Sent>) -> Life {
        while let Some(mut load) = self.gate.take(&mut self.engine, now.monotonic) {
            load.take_first().into_iter().for_each(|output| self.carry_out(now, output, sent));
            let fatal = load.batch().and_then(|batch| self.fate(&batch.entries));
            if fatal == Some(CrashPoint::BeforeCommit) {
                return Life::Killed;
            }
            let written = load.batch().map_or(Written::Durable, |batch| disk.commit(batch));
            let passed = self.gate.pass(load, written, now.monotonic);
            let limit = match fatal {
                Some(CrashPoint::AfterCommit) => 0,
                Some(CrashPoint::AfterOutputs(count)) => count,
                Some(CrashPoint::BeforeCommit) | None => usize::MAX,
            };
            self.pins.clone_from(disk.pins());
            passed.outputs.into_iter().take(limit).for_each(|output| self.carry_out(now, output, sent));
            if fatal.is_some() {
                return Life::Killed;
            }
            if let Some(news) = passed.news {
                self.engine.handle(now, news);
            }
        }
        Life::Alive
    }

    fn fate(&self, entries: &[rackward_core::Stamped]) -> Option<CrashPoint> {
        let is_release = |entry: &Entry| {
            matches!(entry, Entry::AccessGranted { .. } | Entry::OperatorReleased { .. } | Entry::ExitReleased { .. })
        };
        match self.doom {
            Doom::None => None,
            Doom::NextLoad(point) => Some(point),
            Doom::NextRelease(point) => entries.iter().any(|stamped| is_release(&stamped.entry)).then_some(point),
        }
    }

    fn carry_out(&mut self, now: Now, output: Output, sent: &mut Vec<Sent>) {
        match output {
            Output::Reply { ticket, result } => _ = self.replies.insert(ticket, result),
            Output::CheckPin { person, device, digits } => {
                let outcome = compare(self.pins.get(&person), &digits);
                self.compared.push_back(Input::PinChecked { person, device, outcome });
            }
            Output::Release { device, command, cause, .. } => {
                sent.push(Sent { at: now.monotonic, device, command, cause });
                self.dispatch(now, output);
            }
            Output::Relock { .. }
            | Output::Feedback { .. }
            | Output::StartJob { .. }
            | Output::StopJob { .. }
            | Output::PutRights { .. }
            | Output::DecideOnline { .. }
            | Output::NoteLog { .. }
            | Output::TryCanary { .. }
            | Output::Certificates { .. }
            | Output::IssueCertificate { .. } => self.dispatch(now, output),
            Output::TakeStill(_) | Output::TakeStillsAgain(_) | Output::NoteStill(_) => {}
        }
    }

    fn dispatch(&mut self, now: Now, output: Output) {
        let Some(order) = Order::from_output(output) else { return };
        self.orders += 1;
        let panel = self.panels.iter_mut().find(|panel| panel.devices().any(|device| device == order.device));
        match panel {
            Some(panel) => panel.order(now.monotonic, order),
            None => self.fleet.order(now, order),
        }
    }
}

/// In this world a PIN's hash is the PIN.
fn compare(hash: Option<&PinHash>, digits: &Digits) -> PinOutcome {
    match hash {
        None => PinOutcome::Unavailable,
        Some(hash) if hash.as_phc() == digits.reveal() => PinOutcome::Right,
        Some(_) => PinOutcome::Wrong,
    }
}
