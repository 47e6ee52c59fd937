//! The simulated site in virtual time: people's hands, hardware, lines, broker and disk around the shipped daemon, with one
//! seed and one clock and without a thread. After every moment all checkers look; a violation panics and names the seed.
//!
//! Decides nothing about access; it only lets time pass and things fail. What may never happen is in `checkers`; what
//! people and fate do at random is `mischief`.
//!
//! Vocabulary: a *hand* does something to the hardware, as `sim` commands do; a *doom* is a crash to come.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a simulated site says what went wrong by failing")]

pub mod broker;
pub mod daemon;
pub mod dice;
pub mod disk;
pub mod line;
mod look;
pub mod mischief;
pub mod premises;

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::engine::command::{GrantWish, PersonName, PinHash, PinPurpose, Scope};
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::ReasonText;
use rackward_core::id::{DeviceId, DoorId, PersonId};
use rackward_core::people::{EscortNeed, GrantRight, PersonStatus, Uses, Validity, When};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Caller, Command, CommandError, Monotonic, Now, Reply, Site, Stamped, Wall};
use rackward_firmware_sim::config::Mischief;
use rackward_firmware_sim::hands::{Refused, Request, perform};
use rackward_firmware_sim::{Installation, Moment, TICK};
use rackward_protocol::mqtt::{UnixMillis, UpBody};
use rackward_protocol::osdp::{Baud, Micros};

use crate::checkers::{self, Checker};
use broker::Broker;
use daemon::{Daemon, Doom, Life, Sent};
use dice::Dice;
use disk::Disk;
use line::{Adapter, SerialLine};

/// The finest step of time. Finer changes nothing that anybody could see, coarser delays frames.
const GRAIN: Duration = Duration::from_micros(200);

/// The simulation begins on a Wednesday at noon.
const BEGIN: Wall = Wall::from_seconds(1_784_721_600);

/// Whose broker it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerPlace {
    /// Inside the daemon: it dies with it.
    Embedded,
    /// Somebody else's: it keeps messages while the daemon is away.
    External,
}

/// What is drawn once for a run, and printed before it begins.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Where all chance comes from.
    pub seed: u64,
    /// The speed of the lines.
    pub baud: Baud,
    /// Whose broker it is.
    pub broker: BrokerPlace,
}

impl Parameters {
    /// What this seed draws.
    pub fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            seed,
            baud: *dice.pick(&[Baud::B9600, Baud::B9600, Baud::B38400]),
            broker: *dice.pick(&[BrokerPlace::Embedded, BrokerPlace::External]),
        }
    }
}

/// What was seen of a handle that decides by itself.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    is_motor_on: bool,
    is_by_list: bool,
    /// How often it began to unlock by its list.
    count: u64,
}

/// The whole site.
pub struct World {
    parameters: Parameters,
    dice: Dice,
    now: Now,
    tick_at: Monotonic,
    installation: Installation,
    lines: Vec<SerialLine>,
    /// When each line is due, as far as is known; a tick looks at all of them.
    line_due: Vec<Option<Monotonic>>,
    broker: Broker,
    disk: Disk,
    site: Site,
    daemon: Option<Daemon>,
    doom: Doom,
    sent: Vec<Sent>,
    pressed: Vec<DoorId>,
    presented: Vec<(DoorId, PersonId)>,
    listed: BTreeMap<DoorId, Listed>,
    checkers: Vec<Box<dyn Checker>>,
    looked_at: usize,
}

impl World {
    /// The site of this seed, with its devices online and its people enrolled.
    pub fn begin(seed: u64) -> Self {
        Self::with(Parameters::draw(seed))
    }

    /// The same with parameters of one's own.
    pub fn with(parameters: Parameters) -> Self {
        Self::with_mischief(parameters, &[])
    }

    /// The same with devices at the broker that misbehave.
    pub fn with_mischief(parameters: Parameters, mischief: &[(&str, Mischief)]) -> Self {
        println!("{parameters:?} {mischief:?}");
        let mut dice = Dice::new(parameters.seed ^ 0x5EED);
        let now = Now { monotonic: Monotonic::from_micros(1_000_000), wall: BEGIN };
        let config = premises::hardware(parameters.baud, mischief);
        let installation = Installation::new(&config, moment(now)).unwrap();
        let line = |name: &&'static str| SerialLine::new(&config, name, parameters.baud, &mut dice);
        let lines = premises::BUSES.iter().map(line).collect();
        let broker = Broker::new(&installation, &mut dice);
        let disk = Disk::default();
        let site = premises::draft().build(&disk.tables().places).unwrap();
        let mut world = Self {
            parameters,
            dice,
            now,
            tick_at: now.monotonic,
            installation,
            lines,
            line_due: vec![None; premises::BUSES.len()],
            broker,
            disk,
            site,
            daemon: None,
            doom: Doom::None,
            sent: Vec::new(),
            pressed: Vec::new(),
            presented: Vec::new(),
            listed: BTreeMap::new(),
            checkers: checkers::all(),
            looked_at: 0,
        };
        world.start();
        world.until("all devices to come up", 20, |world| {
            let mut sights = world.device_sights().into_iter().zip(world.site.devices());
            let is_honest = |name: &str| !mischief.iter().any(|(device, _)| *device == name);
            sights.all(|(sight, device)| sight.is_believed_online || !is_honest(&device.name))
        });
        world.enrol();
        world
    }

    /// Creates everybody of [`premises::PEOPLE`] with card, PIN and grant.
    fn enrol(&mut self) {
        for (index, (name, _, pin, doors)) in premises::PEOPLE.iter().enumerate() {
            let (name, status) = (PersonName::parse(name).unwrap(), PersonStatus::Enabled);
            let created = self.command(Command::CreatePerson { name, status, details: premises::USUAL, key: None });
            let Ok(Reply::Person(person)) = created else { panic!("{created:?}") };
            let hash = PinHash::from_phc((*pin).to_owned());
            self.command(Command::SetPin { person, purpose: PinPurpose::Usual, hash, digits: 4 }).unwrap();
            let (key, validity) = (premises::credential_key(index), self.a_month());
            self.command(Command::AssignCredential { person, key, validity }).unwrap();
            if !doors.is_empty() {
                self.grant(person, doors).unwrap();
            }
        }
    }

    fn a_month(&self) -> Validity {
        Validity { from: self.now.wall, to: self.now.wall.after(Duration::from_secs(30 * 24 * 3_600)) }
    }

    /// Grants a person a month at these doors.
    ///
    /// # Errors
    /// Whatever the engine objects.
    pub fn grant(&mut self, person: PersonId, doors: &[&str]) -> Result<Reply, CommandError> {
        let doors = doors.iter().map(|door| self.door(door)).collect();
        self.command(Command::CreateGrant(GrantWish {
            person,
            right: GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) },
            validity: self.a_month(),
            reason: reason("works here"),
            ticket: None,
            uses: Uses::Unlimited,
            escort: EscortNeed::No,
        }))
    }

    /// What was drawn for this run.
    pub fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// The present.
    pub fn now(&self) -> Now {
        self.now
    }

    /// What exists.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The hardware, to look at.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The disk, to fill it.
    pub fn disk_mut(&mut self) -> &mut Disk {
        &mut self.disk
    }

    /// The daemon, while it lives.
    pub fn daemon(&self) -> Option<&Daemon> {
        self.daemon.as_ref()
    }

    /// Broker and network.
    pub fn broker_mut(&mut self) -> &mut Broker {
        &mut self.broker
    }

    /// The door whose path ends with `text`.
    ///
    /// # Panics
    /// There is none, or more than one.
    pub fn door(&self, text: &str) -> DoorId {
        self.site.find_door(text).unwrap().id
    }

    /// The device called `name`.
    ///
    /// # Panics
    /// There is none.
    pub fn device(&self, name: &str) -> DeviceId {
        self.site.device_named(name).unwrap().id
    }

    /// Lets a hand do something, as `sim` commands do.
    ///
    /// # Errors
    /// Physics, or names nobody has.
    pub fn hand(&mut self, verb: &str, args: &[&str]) -> Result<String, Refused> {
        let done = perform(&mut self.installation, &Request::new(verb, args.iter().copied()))?;
        match (verb, args) {
            ("rex", [door]) => self.pressed.push(self.door(door)),
            // Only a handle's own reader is named by its door.
            ("badge", [person, point]) => {
                let door = self.site.find_door(point).ok().map(|door| door.id);
                self.presented.extend(door.zip(person.parse().ok()));
            }
            _ => {}
        }
        Ok(done.text)
    }

    /// Gives a command as an administrator, and waits for its answer.
    ///
    /// # Errors
    /// Whatever the engine objects; [`CommandError::NotYetDurable`] when the daemon dies of it.
    ///
    /// # Panics
    /// The daemon is dead already.
    pub fn command(&mut self, command: Command) -> Result<Reply, CommandError> {
        let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
        let daemon = self.daemon.as_mut().expect("a command needs a daemon");
        let ticket = daemon.command(self.now, caller, command);
        self.turn();
        self.look();
        // A daemon that dies of the command answers nobody; whoever asked learns of no change.
        let reply = self.daemon.as_mut().and_then(|daemon| daemon.take_reply(ticket));
        reply.unwrap_or(Err(CommandError::NotYetDurable))
    }

    /// Kills the daemon this way from now on; with the broker, if that is its own.
    pub fn doom(&mut self, doom: Doom) {
        self.doom = doom;
        if let Some(daemon) = &mut self.daemon {
            daemon.doom(doom);
        }
    }

    /// Kills the daemon now.
    pub fn kill(&mut self) {
        self.daemon = None;
        self.doom = Doom::None;
        self.broker.forget_recordings();
        match self.parameters.broker {
            BrokerPlace::Embedded => self.broker.restart(moment(self.now), None, &mut self.installation),
            BrokerPlace::External => self.broker.disconnect_daemon(self.now.monotonic, None),
        }
    }

    /// Starts the daemon from what the disk holds, if it is dead.
    pub fn start(&mut self) {
        if self.daemon.is_some() {
            return;
        }
        let mut daemon = Daemon::start(&self.disk, self.now, self.parameters.baud, &mut self.dice);
        self.broker.connect_daemon(self.now.monotonic, daemon.fleet_mut());
        self.site = daemon.engine().site().clone();
        daemon.doom(self.doom);
        self.daemon = Some(daemon);
        self.turn();
    }

    /// Stops and starts the broker; the daemon finds its way back at once.
    pub fn restart_broker(&mut self) {
        let mut fleet = self.daemon.as_mut().map(Daemon::fleet_mut);
        self.broker.restart(moment(self.now), fleet.as_deref_mut(), &mut self.installation);
        if let Some(fleet) = fleet {
            self.broker.connect_daemon(self.now.monotonic, fleet);
        }
    }

    /// Cuts the daemon off the broker for an instant.
    pub fn reconnect_daemon(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            self.broker.disconnect_daemon(self.now.monotonic, Some(daemon.fleet_mut()));
            self.broker.connect_daemon(self.now.monotonic, daemon.fleet_mut());
        }
    }

    /// A second device with the identity of this one connects and says something, until the first one is back.
    pub fn twin(&mut self, name: &str, says: Vec<UpBody>) {
        let now = (self.now.monotonic, moment(self.now));
        self.broker.twin(now, name, says, &mut self.installation, &mut self.dice);
    }

    /// One line, to disturb it.
    pub fn line_mut(&mut self, bus: usize) -> &mut SerialLine {
        &mut self.lines[bus]
    }

    /// Pulls a line out of the machine, or puts it back.
    pub fn set_adapter(&mut self, bus: usize, adapter: Adapter) {
        let panel = self.daemon.as_mut().and_then(|daemon| daemon.panel_mut(bus));
        self.lines[bus].set_adapter(self.now.monotonic, adapter, panel);
    }

    /// Lets so much time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now.monotonic.after(span);
        while self.now.monotonic < end {
            self.step(end);
        }
    }

    /// Lets so many seconds pass.
    pub fn run_secs(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// Lets time pass until `is_so`.
    ///
    /// # Panics
    /// It is not so within `limit` seconds.
    pub fn until(&mut self, what: &str, limit: u64, is_so: impl Fn(&Self) -> bool) {
        let end = self.now.monotonic.after(Duration::from_secs(limit));
        while !is_so(self) {
            assert!(self.now.monotonic < end, "waited {limit} s in vain for {what}; {}", self.tail());
            self.step(end);
        }
    }

    /// Every durable entry since the first `count`.
    pub fn entries_since(&self, count: usize) -> &[Stamped] {
        self.disk.journal().get(count..).unwrap_or_default()
    }

    fn step(&mut self, end: Monotonic) {
        let at = self.next_moment(end);
        self.now = self.now.after(at.since(self.now.monotonic));
        let is_tick = at >= self.tick_at;
        if is_tick {
            self.tick_at = at.after(TICK);
            self.installation.tick(moment(self.now));
        }
        for bus in 0..self.lines.len() {
            if is_tick || self.line_due[bus].is_some_and(|due| due <= at) {
                self.step_line(at, bus);
            }
        }
        let fleet = self.daemon.as_mut().map(Daemon::fleet_mut);
        if is_tick || self.broker.next_deadline(fleet.as_deref()).is_some_and(|due| due <= at) {
            let moment = (at, moment(self.now));
            self.broker.step(moment, fleet, &mut self.installation, &mut self.dice);
        }
        self.turn();
        if is_tick || self.looked_at != self.disk.journal().len() || !self.sent.is_empty() {
            self.look();
        }
    }

    fn step_line(&mut self, at: Monotonic, bus: usize) {
        let mut panel = self.daemon.as_mut().and_then(|daemon| daemon.panel_mut(bus));
        self.lines[bus].step(at, panel.as_deref_mut(), &mut self.installation, &mut self.dice);
        self.line_due[bus] = self.lines[bus].next_deadline(panel.as_deref());
    }

    /// The next moment at which anything happens, at the latest `end` or the next tick.
    fn next_moment(&self, end: Monotonic) -> Monotonic {
        let daemon = self.daemon.as_ref();
        let lines = self.line_due.iter().copied().flatten();
        let broker = self.broker.next_deadline(daemon.map(Daemon::fleet));
        let due = lines.chain(broker).chain(daemon.and_then(Daemon::next_deadline)).min();
        let next = due.unwrap_or(end).min(self.tick_at).min(end);
        next.max(self.now.monotonic.after(GRAIN))
    }

    fn turn(&mut self) {
        let Some(daemon) = &mut self.daemon else { return };
        let orders = daemon.orders();
        if daemon.turn(self.now, &mut self.disk, &mut self.sent) == Life::Killed {
            self.kill();
        } else if daemon.orders() != orders {
            // Who was told something may have something to send at once.
            self.line_due.fill(Some(self.now.monotonic));
        }
    }

    /// Whether the daemon can write, as it says; `None` without one.
    pub fn health(&self) -> Option<JournalHealth> {
        self.daemon.as_ref().map(Daemon::health)
    }
}

/// A reason in words.
pub fn reason(text: &str) -> ReasonText {
    ReasonText::parse(text).unwrap()
}

fn moment(now: Now) -> Moment {
    let wall = UnixMillis(now.wall.as_micros().unsigned_abs() / 1_000);
    Moment { uptime: Micros(now.monotonic.as_micros()), wall }
}
