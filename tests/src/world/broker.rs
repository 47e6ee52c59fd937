//! The MQTT broker and network in virtual time: what it keeps, when wills speak, and messages that come twice, late, never
//! or again. The shipped fleet is on one side, simulated devices on the other; what a message means is decided there.
//!
//! A message that is lost takes its connection with it, and one that is late holds up those behind it, as on TCP. What comes
//! twice comes the second time at any later moment, so old messages do arrive behind new ones. A broker may do worse than
//! the standard allows: let single messages fall behind others, or keep what it was not asked to keep (`Keeping`). And
//! whoever has a device's key may say anything in its name (`lies`).

pub mod lies;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rackward::drivers::{Fleet, Message};
use rackward_core::{Monotonic, Now, Wall};
use rackward_firmware_sim::wiring::mqtt::{Client, Step};
use rackward_firmware_sim::{Installation, Moment};
use rackward_protocol::mqtt::{
    Boot, Command, CommandKind, DeviceId, DeviceSession, Down, DownLeaf, HeldRights, Leaf, RightsReport, SiteId, Stamp,
    Topic, Up, UpBody, UpLeaf,
};

use super::dice::Dice;
use super::premises;

/// How long the broker waits before it takes a silent connection for gone and lets its will speak.
const WILL_AFTER: Duration = Duration::from_secs(3);
/// How long a message takes at most when nothing is wrong, in milliseconds.
const CALM_MILLIS: u64 = 5;
/// How long one may take that is late or comes again, in milliseconds.
const LATE_MILLIS: u64 = 400;
/// How long after it was told to release a handle's motor may start: a turn of its firmware or two.
const RELEASE_TO_MOTOR: Duration = Duration::from_millis(100);
/// Old messages kept for somebody who replays them.
const RECORDED_LIMIT_MESSAGES: usize = 32;

/// What the network does to messages: each once in so many, never when 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Delivered twice.
    pub twice_one_in: u64,
    /// Held up, with all that follow.
    pub late_one_in: u64,
    /// Lost, and their connection with them.
    pub lost_one_in: u64,
    /// Falling behind others, as no broker may let them.
    pub behind_one_in: u64,
}

/// What the broker keeps for later subscribers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// What it was asked to.
    #[default]
    AsAsked,
    /// The last message of every topic.
    Everything,
}

#[derive(Clone, Debug)]
struct Parcel {
    arrives: Monotonic,
    topic: String,
    retained: bool,
    payload: Vec<u8>,
    turn: Turn,
}

/// Whether a parcel keeps its place among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    InOrder,
    Any,
}

#[derive(Debug)]
struct Member {
    name: DeviceId,
    client: Client,
    /// The will of its connection, and when it speaks if that broke.
    will: Option<(Vec<u8>, Option<Monotonic>)>,
    /// The stamp of what was last said in its name.
    last: Option<Stamp>,
    /// The rights list that it said last that it holds.
    held: Option<HeldRights>,
    /// When it was last told to release.
    released_at: Option<Monotonic>,
    /// Another one with its key.
    twin: Option<DeviceSession>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Uplink {
    Down,
    Up,
}

/// Broker, network and the devices on it.
#[derive(Debug)]
pub struct Broker {
    site: SiteId,
    members: Vec<Member>,
    kept: BTreeMap<String, Vec<u8>>,
    uplink: Uplink,
    up: VecDeque<Parcel>,
    down: VecDeque<Parcel>,
    recorded: VecDeque<Parcel>,
    weather: Weather,
    keeping: Keeping,
    disturbed_at: Monotonic,
}

impl Broker {
    /// A broker without connections; every device on the network is powered.
    pub fn new(installation: &Installation, dice: &mut Dice) -> Self {
        let mut client = |name: &str| {
            let mut client = Client::new(installation.device_named(name).unwrap(), Boot(dice.roll()));
            client.equip(installation, premises::site_keys());
            client
        };
        let member = |name: &str| Member {
            name: DeviceId::parse(name).unwrap(),
            client: client(name),
            will: None,
            last: None,
            held: None,
            released_at: None,
            twin: None,
        };
        Self {
            site: SiteId::parse(premises::SITE).unwrap(),
            members: premises::network_devices().map(member).collect(),
            kept: BTreeMap::new(),
            uplink: Uplink::Down,
            up: VecDeque::new(),
            down: VecDeque::new(),
            recorded: VecDeque::new(),
            weather: Weather::default(),
            keeping: Keeping::default(),
            disturbed_at: Monotonic::default(),
        }
    }

    /// When a fault last touched it.
    pub fn disturbed_at(&self) -> Monotonic {
        self.disturbed_at
    }

    /// Changes what the network does to messages.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// Changes what the broker keeps; what it kept wrongly goes with the wrong.
    pub fn set_keeping(&mut self, keeping: Keeping) {
        self.keeping = keeping;
        if keeping == Keeping::AsAsked {
            self.kept.retain(|topic, _| is_to_keep(topic));
        }
    }

    /// The rights list that a device said last that it holds, whether or not anybody heard; `None` too for devices that are
    /// not on the network.
    pub fn held(&self, name: &str) -> Option<HeldRights> {
        self.members.iter().find(|member| member.name.as_str() == name)?.held
    }

    /// Whether a device was told to release a moment ago; `None` for devices that are not on the network.
    pub fn was_told_to_release(&self, name: &str, now: Monotonic) -> Option<bool> {
        let member = self.members.iter().find(|member| member.name.as_str() == name)?;
        Some(member.released_at.is_some_and(|at| now.since(at) <= RELEASE_TO_MOTOR))
    }

    /// The daemon has connected and subscribed: it hears what is kept, then what comes.
    pub fn connect_daemon(&mut self, now: Monotonic, fleet: &mut Fleet) {
        self.uplink = Uplink::Up;
        fleet.connected(now);
        let is_up = |topic: &str| matches!(Topic::parse(topic), Ok(Topic { leaf: Leaf::Up(_), .. }));
        for (topic, payload) in self.kept.clone().into_iter().filter(|(topic, _)| is_up(topic)) {
            let arrives = now.after(Duration::from_millis(CALM_MILLIS));
            self.up.push_back(Parcel { arrives, topic, retained: true, payload, turn: Turn::InOrder });
        }
    }

    /// Forgets what devices said, as far as somebody recorded it: a daemon that has just started remembers no former boot,
    /// so only the broker's own rules about who may publish keep recordings from before away from it.
    pub fn forget_recordings(&mut self) {
        self.recorded.retain(|parcel| matches!(Topic::parse(&parcel.topic), Ok(Topic { leaf: Leaf::Down(_), .. })));
    }

    /// The daemon's connection broke; it has noticed if it still runs.
    pub fn disconnect_daemon(&mut self, now: Monotonic, fleet: Option<&mut Fleet>) {
        self.uplink = Uplink::Down;
        self.disturbed_at = now;
        self.up.clear();
        if let Some(fleet) = fleet {
            fleet.lost();
        }
    }

    /// The broker itself stops and starts: it forgets everything, and every device must connect anew.
    pub fn restart(&mut self, now: Moment, fleet: Option<&mut Fleet>, installation: &mut Installation) {
        self.disconnect_daemon(Monotonic::from_micros(now.uptime.0), fleet);
        self.kept.clear();
        self.down.clear();
        for member in &mut self.members {
            member.will = None;
            member.client.lost(now, installation);
        }
    }

    /// Sends something again that was sent before, by somebody who recorded it; false when nothing was.
    pub fn replay(&mut self, now: Monotonic, dice: &mut Dice) -> bool {
        if self.recorded.is_empty() {
            return false;
        }
        let at = dice.between(0, self.recorded.len() as u64 - 1) as usize;
        self.replay_at(now, at)
    }

    /// Sends the newest recorded message of this leaf again; false when there is none.
    pub fn replay_last(&mut self, now: Monotonic, leaf: Leaf) -> bool {
        let is_leaf = |parcel: &Parcel| Topic::parse(&parcel.topic).is_ok_and(|topic| topic.leaf == leaf);
        match self.recorded.iter().rposition(is_leaf) {
            Some(at) => self.replay_at(now, at),
            None => false,
        }
    }

    fn replay_at(&mut self, now: Monotonic, at: usize) -> bool {
        let parcel = Parcel { arrives: now, turn: Turn::Any, ..self.recorded[at].clone() };
        self.disturbed_at = now;
        match Topic::parse(&parcel.topic).unwrap().leaf {
            // Without a subscriber nobody hears it.
            Leaf::Up(_) if self.uplink == Uplink::Down => return false,
            Leaf::Up(_) => self.up.push_back(parcel),
            Leaf::Down(_) => self.down.push_back(parcel),
        }
        true
    }

    /// Delivers what is due, lets every device act, and takes what the daemon wants said.
    pub fn step(
        &mut self,
        now: (Monotonic, Moment),
        mut fleet: Option<&mut Fleet>,
        installation: &mut Installation,
        dice: &mut Dice,
    ) {
        self.deliver_down(now, installation);
        if let Some(fleet) = fleet.as_deref_mut() {
            for parcel in due(&mut self.up, now.0) {
                fleet.heard(present(now), &parcel.topic, parcel.retained, &parcel.payload);
            }
        }
        self.speak_wills(now.0, dice);
        for at in 0..self.members.len() {
            self.members[at].client.turn(now.1, installation);
            while let Some(step) = self.members[at].client.poll_step() {
                self.carry(now, at, step, installation, dice);
            }
        }
        if let Some(fleet) = fleet {
            fleet.handle_timeout(now.0);
            while let Some(message) = fleet.next_message() {
                self.publish_down(now, message, installation, dice);
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self, fleet: Option<&Fleet>) -> Option<Monotonic> {
        let parcels = self.up.iter().chain(&self.down).map(|parcel| parcel.arrives);
        let wills = self.members.iter().filter_map(|member| member.will.as_ref()?.1);
        parcels.chain(wills).chain(fleet.and_then(Fleet::next_deadline)).min()
    }

    fn deliver_down(&mut self, now: (Monotonic, Moment), installation: &mut Installation) {
        for parcel in due(&mut self.down, now.0) {
            let topic = Topic::parse(&parcel.topic).unwrap();
            let Leaf::Down(leaf) = topic.leaf else { continue };
            let member = self.members.iter_mut().find(|member| member.name == topic.device);
            // A connection that broke has no subscription.
            if let Some(member) = member.filter(|member| matches!(member.will, Some((_, None)))) {
                if is_release(leaf, &parcel.payload) {
                    member.released_at = Some(now.0);
                }
                member.client.receive(now.1, (leaf, parcel.retained), &parcel.payload, installation);
            }
        }
    }

    fn speak_wills(&mut self, now: Monotonic, dice: &mut Dice) {
        for at in 0..self.members.len() {
            if let Some((_, Some(due))) = &self.members[at].will
                && *due <= now
            {
                self.speak_will(now, at, dice);
            }
        }
    }

    fn speak_will(&mut self, now: Monotonic, at: usize, dice: &mut Dice) {
        if let Some((will, _)) = self.members[at].will.take() {
            self.publish_up(now, at, UpLeaf::Gone, will, dice);
        }
    }

    fn carry(
        &mut self,
        now: (Monotonic, Moment),
        at: usize,
        step: Step,
        installation: &mut Installation,
        dice: &mut Dice,
    ) {
        match step {
            Step::Connect { will } => {
                // A second connection of the same client ends the first, and its will speaks (MQTT 5, 3.1.4).
                self.speak_will(now.0, at, dice);
                self.members[at].will = Some((will, None));
                self.members[at].client.connected(now.1, installation);
                self.hand_down_kept(now.0, at);
            }
            Step::Publish { leaf, payload } if dice.one_in(self.weather.lost_one_in) => {
                drop((leaf, payload));
                self.lose(now, at, installation);
            }
            Step::Publish { leaf, payload } => self.publish_up(now.0, at, leaf, payload, dice),
            Step::Cut => self.break_connection(now.0, at),
        }
    }

    /// A message was lost, so the connection is.
    fn lose(&mut self, now: (Monotonic, Moment), at: usize, installation: &mut Installation) {
        self.break_connection(now.0, at);
        self.members[at].client.lost(now.1, installation);
    }

    fn break_connection(&mut self, now: Monotonic, at: usize) {
        self.disturbed_at = now;
        if let Some((_, speaks)) = &mut self.members[at].will {
            *speaks = Some(now.after(WILL_AFTER));
        }
    }

    /// What was kept below the topics that a device subscribes to. Only a broker that keeps too much has any of it.
    fn hand_down_kept(&mut self, now: Monotonic, at: usize) {
        let name = &self.members[at].name;
        let is_its =
            |topic: &str| Topic::parse(topic).is_ok_and(|t| t.device == *name && matches!(t.leaf, Leaf::Down(_)));
        let kept = self.kept.iter().filter(|(topic, _)| is_its(topic));
        let parcel = |(topic, payload): (&String, &Vec<u8>)| Parcel {
            arrives: now.after(Duration::from_millis(CALM_MILLIS)),
            topic: topic.clone(),
            retained: true,
            payload: payload.clone(),
            turn: Turn::InOrder,
        };
        let parcels: Vec<Parcel> = kept.map(parcel).collect();
        self.down.extend(parcels);
    }

    fn keep(&mut self, topic: &str, payload: &[u8]) {
        if self.keeping == Keeping::Everything || is_to_keep(topic) {
            self.kept.insert(topic.to_owned(), payload.to_owned());
        }
    }

    fn publish_up(&mut self, now: Monotonic, at: usize, leaf: UpLeaf, payload: Vec<u8>, dice: &mut Dice) {
        if let Ok(up) = Up::decode(leaf, &payload) {
            self.members[at].note(&up);
        }
        let topic = Topic::new(&self.site, &self.members[at].name, Leaf::Up(leaf)).to_string();
        self.keep(&topic, &payload);
        let parcel = Parcel { arrives: now, topic, retained: false, payload, turn: Turn::InOrder };
        record(&mut self.recorded, &parcel);
        if self.uplink == Uplink::Up {
            self.disturbed_at = send(&mut self.up, parcel, self.weather, dice).unwrap_or(self.disturbed_at);
        }
    }

    fn publish_down(
        &mut self,
        now: (Monotonic, Moment),
        message: Message,
        installation: &mut Installation,
        dice: &mut Dice,
    ) {
        if self.uplink == Uplink::Down {
            return;
        }
        let (topic, payload) = (message.topic, message.payload);
        self.keep(&topic, &payload);
        let parcel = Parcel { arrives: now.0, topic, retained: false, payload, turn: Turn::InOrder };
        record(&mut self.recorded, &parcel);
        let device = Topic::parse(&parcel.topic).unwrap().device;
        let at = self.members.iter().position(|member| member.name == device);
        if let Some(at) = at.filter(|_| dice.one_in(self.weather.lost_one_in)) {
            self.lose(now, at, installation);
        } else {
            self.disturbed_at = send(&mut self.down, parcel, self.weather, dice).unwrap_or(self.disturbed_at);
        }
    }
}

impl Member {
    /// Remembers what the device itself says of itself; what comes from a twin is none of it.
    fn note(&mut self, up: &Up) {
        match &up.body {
            // A will carries the stamp of its birth.
            UpBody::Gone => return,
            UpBody::Birth(birth) => self.held = birth.held,
            UpBody::Rights(RightsReport { held, .. }) => self.held = *held,
            UpBody::State(_) | UpBody::Event(_) | UpBody::Ack(_) | UpBody::Log(_) | UpBody::Csr(_) => {}
        }
        self.last = Some(up.stamp);
    }
}

/// The daemon's present, whose wall clock is right.
fn present((monotonic, moment): (Monotonic, Moment)) -> Now {
    Now { monotonic, wall: Wall::from_micros(moment.wall.0 as i64 * 1_000) }
}

fn is_release(leaf: DownLeaf, payload: &[u8]) -> bool {
    let down = Down::decode(leaf, payload);
    matches!(down, Ok(Down::Command(Command { kind: CommandKind::Release { .. }, .. })))
}

/// Whether a broker is asked to keep the last message of a topic.
fn is_to_keep(topic: &str) -> bool {
    match Topic::parse(topic) {
        Ok(Topic { leaf: Leaf::Up(leaf), .. }) => leaf.retained(),
        Ok(Topic { leaf: Leaf::Down(_), .. }) | Err(_) => false,
    }
}

fn record(recorded: &mut VecDeque<Parcel>, parcel: &Parcel) {
    if recorded.len() == RECORDED_LIMIT_MESSAGES {
        recorded.pop_front();
    }
    recorded.push_back(parcel.clone());
}

/// Puts a parcel on its way; gives the time when it met bad weather.
fn send(queue: &mut VecDeque<Parcel>, parcel: Parcel, weather: Weather, dice: &mut Dice) -> Option<Monotonic> {
    let now = parcel.arrives;
    let later = |millis: u64| now.after(Duration::from_millis(millis));
    let in_order = queue.iter().filter(|queued| queued.turn == Turn::InOrder);
    let newest = in_order.map(|queued| queued.arrives).max().unwrap_or(now);
    let (is_late, is_twice) = (dice.one_in(weather.late_one_in), dice.one_in(weather.twice_one_in));
    let is_behind = dice.one_in(weather.behind_one_in);
    let longest = if is_late || is_behind { LATE_MILLIS } else { CALM_MILLIS };
    let arrives = later(dice.between(1, longest)).max(newest);
    let turn = if is_behind { Turn::Any } else { parcel.turn };
    if is_twice {
        let arrives = arrives.after(Duration::from_millis(dice.between(0, LATE_MILLIS)));
        queue.push_back(Parcel { arrives, turn: Turn::Any, ..parcel.clone() });
    }
    queue.push_back(Parcel { arrives, turn, ..parcel });
    (is_late || is_twice || is_behind).then(|| arrives.after(Duration::from_millis(LATE_MILLIS)))
}

/// Takes what has arrived, in order of arrival.
fn due(queue: &mut VecDeque<Parcel>, now: Monotonic) -> Vec<Parcel> {
    let (mut due, later): (Vec<Parcel>, VecDeque<Parcel>) = {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(queue).into_iter().partition(|p| p.arrives <= now);
        (due, later.into())
    };
    *queue = later;
    due.sort_by_key(|parcel| parcel.arrives);
    due
}
