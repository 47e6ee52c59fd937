//! Stories over one OSDP bus in virtual time: hands on one end, the panel's end of the protocol on the other.

use std::time::Duration;

use rackward_firmware_sim::hands::{Picture, Refused, Request, perform};
use rackward_firmware_sim::wiring::osdp::Line;
use rackward_firmware_sim::world::Impossible;
use rackward_firmware_sim::{Installation, Moment, TICK, WorldConfig};
use rackward_protocol::mqtt::UnixMillis;
use rackward_protocol::osdp::{
    Address, Baud, Bus, BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceRole, LedColour, LedPermanent, LedRecord,
    LedTemporary, Micros, OfflineCause, OutputAction, PanelCommand, Rhythm, Scbk, Ticks, Urgency,
};

pub(crate) const WORLD: &str = include_str!("../world.toml");

const READER: u8 = 1;
const LOCK: u8 = 2;
const MODULE: u8 = 3;
const HANDLE: u8 = 4;

/// Different bytes at every call, the same in every run.
pub(crate) fn entropy(mut state: u8) -> impl FnMut(&mut [u8]) -> Result<(), rackward_protocol::osdp::NoEntropy> {
    move |out| {
        for byte in out {
            state = state.wrapping_mul(5).wrapping_add(17);
            *byte = state;
        }
        state = state.wrapping_add(1);
        Ok(())
    }
}

struct Story {
    site: Installation,
    line: Line,
    bus: Bus,
    now: Moment,
    events: Vec<(u8, BusEvent)>,
}

impl Story {
    fn begin() -> Self {
        let config = WorldConfig::parse(WORLD).unwrap();
        let now = Moment::start(UnixMillis(1_784_901_802_417)).after(Duration::from_millis(1));
        let mut bus = Bus::new(BusConfig::new(Baud::B115200), entropy(1));
        let roles = [DeviceRole::Reader, DeviceRole::Lock, DeviceRole::Lock, DeviceRole::Handle];
        for (number, role) in (1..).zip(roles) {
            let first = [0x00, 0x10, 0x20, 0x40][usize::from(number) - 1];
            let key = Scbk::parse(std::array::from_fn(|i| first + i as u8)).unwrap();
            bus.add(now.uptime, Address::parse(number).unwrap(), DeviceConfig::new(key, role));
        }
        let mut seed = 10;
        let line = Line::new(&config, "perimeter", || {
            seed += 1;
            entropy(seed)
        });
        let mut story = Self { site: Installation::new(&config, now).unwrap(), line, bus, now, events: Vec::new() };
        story.run(2_000);
        story
    }

    /// Lets so many milliseconds pass.
    fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now = self.now.after(Duration::from_millis(1));
            if (self.now.uptime.0 / 1_000).is_multiple_of(TICK.as_millis() as u64) {
                self.site.tick(self.now);
            }
            self.exchange();
        }
    }

    fn exchange(&mut self) {
        let at = self.now.uptime;
        self.bus.handle_timeout(at);
        if let Some(bytes) = self.bus.poll_transmit(at) {
            self.line.receive(at, &bytes, &self.site);
        }
        self.line.turn(at, &mut self.site);
        let bytes = self.line.transmit(at, &self.site);
        if !bytes.is_empty() {
            self.bus.handle_bytes(at, &bytes);
        }
        while let Some((address, event)) = self.bus.poll_event() {
            self.events.push((address.number(), event));
        }
    }

    fn hand(&mut self, verb: &str, args: &[&str]) -> Result<String, Refused> {
        perform(&mut self.site, &Request::new(verb, args.iter().copied())).map(|answer| answer.text)
    }

    fn tell(&mut self, address: u8, command: PanelCommand) {
        let to = Address::parse(address).unwrap();
        self.bus.send(self.now.uptime, to, command, CommandTag(7), Urgency::Normal, None).unwrap();
    }

    fn release(&mut self, address: u8, seconds: u64) {
        let action = OutputAction::OnFor(Ticks::covering(Duration::from_secs(seconds)));
        self.tell(address, PanelCommand::Output { index: 0, action });
    }

    /// The last inputs a device told since they were last asked for.
    fn inputs(&mut self, address: u8) -> Option<Vec<u8>> {
        let found = self.events.iter().rev().find_map(|(from, event)| match event {
            BusEvent::Inputs(bytes) if *from == address => Some(bytes.clone()),
            _ => None,
        });
        self.events.clear();
        found
    }

    fn door(&self, path: &str) -> (&'static str, &'static str) {
        let picture = Picture::of(&self.site);
        let door = picture.doors.into_iter().find(|door| door.path == path).unwrap();
        (door.leaf, door.bolt)
    }
}

#[test]
fn every_device_comes_up_closed_and_locked() {
    let mut story = Story::begin();
    let online =
        |address| story.events.iter().any(|(from, e)| *from == address && matches!(e, BusEvent::Online { .. }));
    assert_eq!([READER, LOCK, MODULE, HANDLE].map(online), [true; 4]);
    let events = story.events.clone();
    let mut inputs = |address| {
        story.events = events.clone();
        story.inputs(address)
    };
    assert_eq!(inputs(LOCK), Some(vec![1, 1, 0]));
    assert_eq!(inputs(MODULE), Some(vec![0, 0]));
    assert_eq!(inputs(HANDLE), Some(vec![1, 1, 1, 0]));
}

#[test]
fn a_badge_reaches_the_panel_and_the_door_opens_only_while_it_is_released() {
    let mut story = Story::begin();
    story.hand("badge", &["p-1", "main-entrance/in"]).unwrap();
    story.run(100);
    let card = story.events.iter().find_map(|(from, event)| match event {
        BusEvent::Card { bit_count, data, .. } => Some((*from, *bit_count, data.expose().to_vec())),
        _ => None,
    });
    assert_eq!(card, Some((READER, 26, vec![0x86, 0x43, 0x83, 0xC0])));
    let path = "lon1/main-entrance";
    let refused = story.hand("open", &[path]).unwrap_err();
    assert!(matches!(refused, Refused::Impossible { why: Impossible::BoltHolds, .. }), "{refused}");
    story.release(LOCK, 5);
    story.run(200);
    assert_eq!(story.inputs(LOCK), Some(vec![1, 0, 0]), "unlocked, still closed");
    story.hand("open", &[path]).unwrap();
    story.run(100);
    assert_eq!(story.inputs(LOCK), Some(vec![0, 0, 0]));
    story.run(5_000);
    assert_eq!(story.inputs(LOCK), Some(vec![0, 1, 0]), "the lock locks by itself although the door is open");
    story.hand("close", &[path]).unwrap();
    story.run(100);
    assert_eq!(story.inputs(LOCK), Some(vec![1, 1, 0]));
}

#[test]
fn a_released_lock_locks_by_itself_although_the_panel_has_gone() {
    let mut story = Story::begin();
    story.release(LOCK, 5);
    story.run(200);
    assert_eq!(story.door("lon1/main-entrance"), ("closed", "unlocked"));
    story.hand("cut", &["main-lock"]).unwrap();
    story.run(5_000);
    assert_eq!(story.door("lon1/main-entrance"), ("closed", "locked"));
}

#[test]
fn a_forced_door_and_an_exit_button_are_told() {
    let mut story = Story::begin();
    story.hand("force", &["main-entrance"]).unwrap();
    story.run(100);
    assert_eq!(story.inputs(LOCK), Some(vec![0, 1, 0]));
    story.hand("close", &["main-entrance"]).unwrap();
    story.run(100);
    story.hand("rex", &["main-entrance"]).unwrap();
    story.run(100);
    assert_eq!(story.inputs(LOCK), Some(vec![1, 1, 1]));
    story.run(500);
    assert_eq!(story.inputs(LOCK), Some(vec![1, 1, 0]));
}

#[test]
fn a_rack_is_released_opened_closed_and_seated() {
    let mut story = Story::begin();
    let rack = ["r1/c1/front"];
    assert!(matches!(story.hand("lift", &rack), Err(Refused::Impossible { why: Impossible::SlideHolds, .. })));
    story.release(HANDLE, 10);
    story.run(900);
    assert_eq!(story.inputs(HANDLE), Some(vec![1, 0, 1, 0]));
    story.hand("lift", &rack).unwrap();
    story.hand("open", &rack).unwrap();
    story.run(100);
    assert_eq!(story.inputs(HANDLE), Some(vec![0, 0, 0, 0]));
    assert!(matches!(story.hand("seat", &rack), Err(Refused::Impossible { why: Impossible::LeafOpen, .. })));
    story.run(11_000);
    assert_eq!(story.inputs(HANDLE), None, "the slide waits for the handle, so nothing changes at relock");
    story.hand("close", &rack).unwrap();
    story.run(100);
    assert_eq!(story.inputs(HANDLE), Some(vec![1, 0, 0, 0]), "closed, not latched");
    story.hand("seat", &rack).unwrap();
    story.run(1_000);
    assert_eq!(story.inputs(HANDLE), Some(vec![1, 1, 1, 0]));
    story.hand("key", &rack).unwrap();
    story.run(100);
    assert_eq!(story.inputs(HANDLE), Some(vec![1, 1, 1, 1]));
}

#[test]
fn a_fence_a_cover_and_a_cut_cable_are_told() {
    let mut story = Story::begin();
    story.hand("fence", &["fence-south"]).unwrap();
    story.hand("tamper", &["main-in"]).unwrap();
    story.run(200);
    assert_eq!(
        story
            .events
            .iter()
            .filter(|(from, e)| *from == READER && matches!(e, BusEvent::Local { tamper: true, .. }))
            .count(),
        1
    );
    assert_eq!(story.inputs(MODULE), Some(vec![0, 1]));
    story.hand("cut", &["main-in"]).unwrap();
    story.run(12_000);
    let offline = BusEvent::Offline { cause: OfflineCause::NoAnswer };
    assert!(story.events.contains(&(READER, offline)), "{:?}", story.events);
    let answer = story.hand("badge", &["p-1", "main-entrance"]).unwrap();
    assert!(answer.contains("nobody hears"), "{answer}");
    story.hand("restore", &["main-in"]).unwrap();
    story.events.clear();
    story.run(20_000);
    assert!(story.events.iter().any(|(from, e)| *from == READER && matches!(e, BusEvent::Online { .. })));
    assert!(
        !story.events.iter().any(|(_, e)| matches!(e, BusEvent::Card { .. })),
        "a card nobody heard is not told later"
    );
}

#[test]
fn light_and_sound_are_seen_at_the_reader() {
    let mut story = Story::begin();
    let rhythm = |on, off, on_colour| Rhythm { on, off, on_colour, off_colour: LedColour::Off };
    let blip = LedPermanent::Show(rhythm(1, 49, LedColour::Blue));
    let refused = LedTemporary::Show { rhythm: rhythm(2, 2, LedColour::Red), timer: Ticks::parse(18).unwrap() };
    story.tell(READER, PanelCommand::Led(LedRecord { reader: 0, led: 0, temporary: refused, permanent: blip }));
    story.run(100);
    let light = |story: &Story| {
        Picture::of(&story.site).devices.into_iter().find(|d| d.name == "main-in").unwrap().light.unwrap()
    };
    let shown = light(&story);
    assert_eq!((shown.now, shown.result_shows), ("red", true));
    story.run(2_000);
    let shown = light(&story);
    assert_eq!((shown.now, shown.result_shows), ("off", false));
    assert_eq!(shown.permanent.map(|pattern| (pattern.on, pattern.off, pattern.on_colour)), Some((1, 49, "blue")));
    assert_eq!(shown.last_result.map(|pattern| pattern.on_colour), Some("red"));
}

#[test]
fn a_pin_is_pressed_key_by_key() {
    let mut story = Story::begin();
    story.hand("pin", &["Moreau", "main-entrance"]).unwrap();
    story.run(100);
    let keys = story.events.iter().find_map(|(_, event)| match event {
        BusEvent::Keypad { digits, .. } => Some(digits.expose().to_vec()),
        _ => None,
    });
    assert_eq!(keys, Some(b"4711\x0D".to_vec()));
}

#[test]
fn names_that_fit_nothing_or_too_much_list_what_there_is() {
    let mut story = Story::begin();
    let rows: [(&str, &[&str], &str); 9] = [
        ("badge", &["p-9", "main-entrance/in"], "one of: p-1 (Ada Moreau), p-2 (Ben Okafor)"),
        ("badge", &["a", "main-entrance/in"], "one of: p-1 (Ada Moreau), p-2 (Ben Okafor)"),
        ("badge", &["Ada", "nowhere"], "one of: lon1/main-entrance/in, lon1/hall/r1/c1/front, lon1/hall/r2/c1/front"),
        ("open", &["c1/front"], "one of: lon1/hall/r1/c1/front, lon1/hall/r2/c1/front"),
        ("open", &["main"], "one of: lon1/main-entrance"),
        ("cut", &["c1-front"], "one of: r1-c1-front, r2-c1-front"),
        ("pin", &["p-2", "main-entrance"], "`people` shows who carries what"),
        ("lift", &[], "usage: lift RACKDOOR"),
        ("dance", &[], "verbs: people"),
    ];
    for (verb, args, help) in rows {
        let refused = story.hand(verb, args).unwrap_err();
        assert!(refused.help().starts_with(help), "{verb} {args:?}: {}", refused.help());
    }
}

/// The clock of the stories is only as good as this.
#[test]
fn virtual_time_runs_on_both_clocks() {
    let start = Moment::start(UnixMillis(1_000));
    let later = start.after(Duration::from_millis(1_500));
    assert_eq!((later.uptime, later.wall), (Micros::from_millis(1_500), UnixMillis(2_500)));
}
