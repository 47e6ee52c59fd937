//! Stories of a rack handle at the broker in virtual time: hands on one end, the daemon's end of the session on the other.

use std::time::Duration;

use rackward_firmware_sim::config::DeviceConfig;
use rackward_firmware_sim::hands::{Request, perform};
use rackward_firmware_sim::wiring::mqtt::{Client, Step};
use rackward_firmware_sim::{Installation, Moment, TICK, WorldConfig};
use rackward_protocol::mqtt::{
    Ack, Boot, Command, CommandId, CommandKind, Down, Link, LinkEvent, Outcome, Reading, Reception, Trouble,
    UnixMillis, UpLeaf,
};

use crate::site_on_bus::WORLD;

pub(crate) struct Story {
    pub(crate) site: Installation,
    pub(crate) client: Client,
    pub(crate) link: Link,
    pub(crate) now: Moment,
    pub(crate) will: Option<Vec<u8>>,
    pub(crate) events: Vec<LinkEvent>,
    pub(crate) troubles: Vec<Trouble>,
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self::with(|_| ())
    }

    /// With a handle at the broker that is configured otherwise.
    pub(crate) fn with(change: impl FnOnce(&mut DeviceConfig)) -> Self {
        let mut config = WorldConfig::parse(WORLD).unwrap();
        change(config.devices.iter_mut().find(|device| device.mqtt.is_some()).unwrap());
        let now = Moment::start(UnixMillis(1_784_901_802_417));
        let site = Installation::new(&config, now).unwrap();
        let client = Client::new(site.device_named("r2-c1-front").unwrap(), Boot(99));
        let (events, troubles) = (Vec::new(), Vec::new());
        Self { site, client, link: Link::new(), now, will: None, events, troubles }
    }

    /// Lets so many milliseconds pass, with a broker that accepts every connection at once.
    pub(crate) fn run(&mut self, millis: u64) {
        for _ in 0..millis / TICK.as_millis() as u64 {
            self.now = self.now.after(TICK);
            self.site.tick(self.now);
            self.client.turn(self.now, &mut self.site);
            while let Some(step) = self.client.poll_step() {
                self.carry(step);
            }
        }
    }

    fn carry(&mut self, step: Step) {
        match step {
            Step::Connect { will } => {
                self.will = Some(will);
                self.client.connected(self.now, &mut self.site);
            }
            Step::Publish { leaf, payload } => self.hear(leaf, &payload),
            Step::Cut => {
                let will = self.will.take().unwrap();
                self.hear(UpLeaf::Gone, &will);
            }
        }
    }

    fn hear(&mut self, leaf: UpLeaf, payload: &[u8]) {
        let Reception { at: _, trouble, event } = self.link.receive(leaf, false, payload);
        self.troubles.extend(trouble);
        self.events.extend(event);
    }

    pub(crate) fn hand(&mut self, verb: &str, args: &[&str]) {
        perform(&mut self.site, &Request::new(verb, args.iter().copied())).unwrap();
    }

    pub(crate) fn command(&mut self, id: u64, kind: CommandKind) {
        let down = Down::Command(Command { id: CommandId(id), kind });
        let payload = down.encode().unwrap();
        self.client.receive(self.now, (down.leaf(), false), &payload, &mut self.site);
    }

    /// Gives the handle whatever the daemon has for it.
    pub(crate) fn give(&mut self, down: &Down) {
        self.client.receive(self.now, (down.leaf(), false), &down.encode().unwrap(), &mut self.site);
    }

    pub(crate) fn release(&mut self, id: u64, not_after_ms: i64) {
        let not_after = UnixMillis(self.now.wall.0.saturating_add_signed(not_after_ms));
        self.command(id, CommandKind::Release { duration_ms: 5_000, not_after });
    }

    pub(crate) fn last_state(&self) -> (Reading, Reading, Reading) {
        let state = self.events.iter().rev().find_map(|event| match event {
            LinkEvent::State(state) => Some(state),
            _ => None,
        });
        state.map(|state| (state.closed, state.locked, state.handle_home)).unwrap()
    }

    pub(crate) fn acks(&self) -> Vec<(u64, Outcome)> {
        let ack = |event: &LinkEvent| match event {
            LinkEvent::Acked(Ack { command, outcome, .. }) => Some((command.0, *outcome)),
            _ => None,
        };
        self.events.iter().filter_map(ack).collect()
    }
}

const YES: Reading = Reading::Yes;
const NO: Reading = Reading::No;

#[test]
fn a_handle_is_born_and_says_how_it_stands() {
    let mut story = Story::begin();
    story.run(100);
    assert!(matches!(story.events.first(), Some(LinkEvent::Born(Boot(99), _))), "{:?}", story.events);
    assert_eq!(story.last_state(), (YES, YES, YES));
    let so_far = story.events.len();
    story.run(29_000);
    assert_eq!(story.events.len(), so_far, "a handle at rest says nothing before its heartbeat is due");
    story.run(61_000);
    assert_eq!(story.events.len(), so_far + 3, "and its state every thirty seconds");
}

#[test]
fn a_card_goes_up_and_a_release_is_answered_when_the_slide_has_arrived() {
    let mut story = Story::begin();
    story.run(100);
    story.hand("badge", &["p-1", "r2/c1/front"]);
    story.run(10);
    assert!(matches!(story.events.last(), Some(LinkEvent::Card(card)) if card.bit_count() == 26));
    story.release(1, 2_000);
    story.run(500);
    assert_eq!(story.acks(), []);
    story.run(500);
    assert_eq!(story.acks(), [(1, Outcome::Done)]);
    story.hand("lift", &["r2/c1/front"]);
    story.hand("open", &["r2/c1/front"]);
    story.run(50);
    assert_eq!(story.last_state(), (NO, NO, NO));
    story.hand("close", &["r2/c1/front"]);
    story.hand("seat", &["r2/c1/front"]);
    story.run(6_000);
    assert_eq!(story.last_state(), (YES, YES, YES));
    assert_eq!(story.troubles, []);
}

#[test]
fn a_release_that_is_late_or_a_repeat_moves_nothing() {
    let mut story = Story::begin();
    story.run(100);
    story.release(1, 0);
    story.run(1_500);
    assert_eq!((story.acks(), story.last_state().1), (vec![(1, Outcome::Expired)], YES));
    story.release(2, 1_000);
    story.run(6_500);
    assert_eq!(story.last_state().1, YES, "locked again by itself");
    story.command(2, CommandKind::Release { duration_ms: 5_000, not_after: UnixMillis(u64::MAX >> 20) });
    story.run(1_500);
    assert_eq!(story.last_state().1, YES, "a repeat is not carried out");
    assert_eq!(story.acks(), [(1, Outcome::Expired), (2, Outcome::Done), (2, Outcome::Done)]);
}

#[test]
fn relock_and_read_state_are_done_at_once() {
    let mut story = Story::begin();
    story.run(100);
    story.release(1, 1_000);
    story.run(900);
    story.command(2, CommandKind::Relock);
    story.run(900);
    assert_eq!(story.last_state().1, YES);
    story.events.clear();
    story.command(3, CommandKind::ReadState);
    story.run(10);
    assert_eq!((story.last_state(), story.acks()), ((YES, YES, YES), vec![(3, Outcome::Done)]));
}

#[test]
fn a_cut_network_lets_the_will_speak_and_what_happened_meanwhile_is_seen_after() {
    let mut story = Story::begin();
    story.run(100);
    story.hand("cut", &["r2-c1-front"]);
    story.run(100);
    assert_eq!(story.events.last(), Some(&LinkEvent::Gone));
    story.hand("force", &["r2/c1/front"]);
    story.hand("badge", &["p-1", "r2/c1/front"]);
    story.run(5_000);
    assert_eq!(story.events.last(), Some(&LinkEvent::Gone), "nothing is heard over a cut network");
    story.hand("restore", &["r2-c1-front"]);
    story.run(2_000);
    assert_eq!(story.last_state(), (NO, YES, YES));
    assert_eq!(story.troubles, [], "nothing was numbered that was never sent");
    assert!(!story.events.iter().any(|event| matches!(event, LinkEvent::Card(_))));
}

#[test]
fn a_lost_connection_is_made_anew_after_a_while() {
    let mut story = Story::begin();
    story.run(100);
    story.client.lost(story.now, &mut story.site);
    let so_far = story.events.len();
    story.run(900);
    assert_eq!(story.events.len(), so_far);
    story.run(200);
    let born = story.events[so_far..].iter().filter(|event| matches!(event, LinkEvent::Born(..))).count();
    assert_eq!(born, 1);
    assert!(Duration::from_millis(900) < rackward_firmware_sim::wiring::mqtt::RETRY);
}
