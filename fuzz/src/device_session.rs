//! A device and the daemon with a broker between that loses, doubles, delays, reorders and keeps what it must not: nothing is
//! news twice, nobody is let in by a card that comes late, no command is done twice or after its time, and when the broker is
//! sound again the device is heard.

use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Capabilities, Command, CommandId, CommandKind, DeviceSession, Down, DownLeaf, Event,
    Keypad, Legend, Link, LinkEvent, LogRecord, Logbook, Logged, Outcome, Received, Reception, RightsOutcome,
    RightsReport, SelfTest, State, Trouble, UnixMillis, Up, UpBody, UpLeaf,
};

use crate::draw::Draw;

/// Starts of the device in one run; fewer than are remembered, so that each message counts once.
const MOST_BOOTS: u64 = 12;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    match draw.below(3) {
        0 => commands(&mut draw),
        1 => log(&mut draw),
        _ => heard(&mut draw),
    }
}

/// The daemon's end, and what it has made of each message.
struct Daemon {
    link: Link,
    counted: Vec<(u64, u32)>,
    newest: [u32; MOST_BOOTS as usize + 2],
}

impl Daemon {
    fn new() -> Self {
        Self { link: Link::new(), counted: Vec::new(), newest: [0; MOST_BOOTS as usize + 2] }
    }

    fn hear(&mut self, up: &Up, retained: bool) -> Reception {
        let was_live = self.link.is_live();
        let leaf = up.body.leaf();
        let payload = up.encode().expect("a device says what may be said");
        let reception = self.link.receive(leaf, retained, &payload);
        let Reception { at, trouble, event } = &reception;
        let is_counted = matches!(trouble, None | Some(Trouble::Lost { .. } | Trouble::Reordered));
        assert!(event.is_none() || is_counted, "both refused and news: {reception:?}");
        assert!(trouble.is_none_or(|trouble| !matches!(trouble, Trouble::Malformed(_))), "{reception:?}");
        assert!(at.is_none_or(|at| at == up.at && !retained), "{reception:?}");
        if let Some(event) = event {
            self.news(up, retained, was_live, event);
        }
        reception
    }

    fn news(&mut self, up: &Up, retained: bool, was_live: bool, event: &LinkEvent) {
        let (boot, number) = (up.stamp.boot.0, up.stamp.sequence.number());
        let is_birth = up.body.leaf() == UpLeaf::Birth;
        if *event == LinkEvent::Gone {
            assert!(is_birth || was_live, "a connection ends twice");
            assert!(!self.link.is_live());
            return;
        }
        assert!(!self.counted.contains(&(boot, number)), "{boot}/{number} is news twice");
        self.counted.push((boot, number));
        let (is_live, newest) = (self.link.is_live(), &mut self.newest[boot as usize]);
        if matches!(event, LinkEvent::Card(_) | LinkEvent::Keypad(_)) {
            assert!(is_live && !retained && number > *newest, "somebody is let in late");
        }
        *newest = number.max(*newest);
    }
}

/// The device's end: what it says, and what of it is on its way.
struct Device {
    session: DeviceSession,
    boot: u64,
    now: u64,
    records: u64,
    said: Vec<Up>,
}

impl Device {
    fn new() -> Self {
        Self { session: DeviceSession::new(Boot(0)), boot: 0, now: 1_000, records: 0, said: Vec::new() }
    }

    fn restart(&mut self) {
        if self.boot < MOST_BOOTS {
            self.boot += 1;
            self.session = DeviceSession::new(Boot(self.boot));
        }
    }

    fn say(&mut self, body: UpBody) -> Up {
        self.now += 1;
        let up = self.session.stamp(UnixMillis(self.now), body).expect("numbers enough");
        self.said.push(up.clone());
        up
    }

    fn connect(&mut self) -> Up {
        let will = self.session.will(UnixMillis(self.now)).expect("numbers enough");
        let birth = self.say(UpBody::Birth(birth()));
        assert_eq!(birth.stamp, will.stamp, "a will is of the birth that follows it");
        self.said.push(will);
        birth
    }

    fn body(&mut self, kind: u8) -> UpBody {
        self.records += 1;
        let at = UnixMillis(self.now);
        match kind {
            0 => UpBody::State(State::default()),
            1 | 2 => UpBody::Event(Event::Keypad(Keypad::new("1").expect("keys"))),
            3 => UpBody::Ack(Ack { command: CommandId(self.records), outcome: Outcome::Done, at }),
            4 => UpBody::Rights(RightsReport { held: None, outcome: RightsOutcome::Holding }),
            _ => UpBody::Log(LogRecord { number: self.records, at, what: Logged::Opened }),
        }
    }
}

fn birth() -> Birth {
    Birth {
        model: "m".into(),
        serial: "s".into(),
        firmware: "f".into(),
        self_test: SelfTest::PASSED,
        cause: BootCause::PowerOn,
        capabilities: Capabilities::default(),
        legend: Legend::Full,
        heartbeat_secs: 60,
        held: None,
    }
}

fn heard(draw: &mut Draw<'_>) {
    let (mut daemon, mut device) = (Daemon::new(), Device::new());
    while !draw.is_empty() {
        match draw.below(10) {
            0 => device.restart(),
            1 => {
                device.connect();
            }
            2 => device.said.extend(device.session.farewell(UnixMillis(device.now))),
            3 | 4 => {
                let body = device.body(draw.below(6));
                device.say(body);
            }
            5 => {
                let up = device.connect();
                daemon.hear(&up, false);
            }
            how => {
                // Any message that was ever said, mostly one of the last.
                let back = usize::from(if how < 8 { draw.below(4) } else { draw.byte() });
                let Some(up) = device.said.len().checked_sub(back + 1).and_then(|at| device.said.get(at)).cloned()
                else {
                    continue;
                };
                let retained = draw.below(4) == 0;
                let reception = daemon.hear(&up, retained);
                let must_not = retained && !up.body.leaf().retained();
                assert_eq!(must_not, reception.trouble == Some(Trouble::Retained), "what was kept");
            }
        }
    }
    recover(&mut daemon, &mut device);
}

/// The broker is sound again, and the device has started anew: everything it says is news.
fn recover(daemon: &mut Daemon, device: &mut Device) {
    device.boot = MOST_BOOTS + 1;
    device.session = DeviceSession::new(Boot(device.boot));
    let birth = device.connect();
    assert!(matches!(daemon.hear(&birth, false).event, Some(LinkEvent::Born(..))), "a birth is news");
    for kind in 0..6 {
        let body = device.body(kind);
        let up = device.say(body);
        let heard = daemon.hear(&up, false);
        assert!(heard.event.is_some() && heard.trouble.is_none(), "{heard:?}");
    }
    let farewell = device.session.farewell(UnixMillis(device.now)).expect("it was born");
    assert_eq!(daemon.hear(&farewell, false).event, Some(LinkEvent::Gone));
}

/// Commands on a broker that does anything with them.
fn commands(draw: &mut Draw<'_>) {
    let mut session = DeviceSession::new(Boot(7));
    let (mut now, mut sent, mut done, mut next) = (1_000u64, Vec::new(), Vec::new(), 0u64);
    while !draw.is_empty() {
        now += u64::from(draw.below(50));
        if draw.below(3) == 0 && next < 60 {
            next += 1;
            let not_after = UnixMillis(now + u64::from(draw.byte()));
            let kind = match draw.below(4) {
                0 => CommandKind::Relock,
                1 => CommandKind::NoteLog { through: u64::from(draw.byte()) },
                2 => CommandKind::DecideOnline,
                _ => CommandKind::Release { duration_ms: 5_000, not_after },
            };
            sent.push(Command { id: CommandId(next), kind });
            continue;
        }
        let Some(command) = sent.get(usize::from(draw.byte()) % sent.len().max(1)).cloned() else { continue };
        let payload = Down::Command(command.clone()).encode().expect("a command that may be said");
        let retained = draw.below(8) == 0;
        match session.receive(UnixMillis(now), DownLeaf::Cmd, retained, &payload) {
            Received::Execute(ordered) => {
                assert!(!retained && ordered == command && !done.contains(&ordered.id), "done twice, or what was kept");
                if let CommandKind::Release { not_after, .. } = ordered.kind {
                    assert!(now < not_after.0, "released after its time");
                }
                done.push(ordered.id);
                if draw.coin() {
                    session.completed(UnixMillis(now), ordered.id, Outcome::Done);
                }
            }
            Received::Answer(ack) => assert_eq!((ack.command, retained), (command.id, false)),
            Received::Pending => assert!(done.contains(&command.id) && !retained),
            Received::Stale => assert!(retained),
            other => panic!("a command is read as {other:?}"),
        }
    }
}

/// A log over connections that break, notes that come late and power cuts: the daemon has each number once in the end.
fn log(draw: &mut Draw<'_>) {
    let mut log = Logbook::new();
    let (mut last, mut through, mut known, mut lost) = (0, 0u64, 0u64, 0u64);
    let mut rest = 64;
    while rest > 0 {
        rest = if draw.is_empty() { 0 } else { rest - 1 };
        match draw.below(6) {
            0 | 1 => {
                for _ in 0..u16::from(draw.byte()) * 4 {
                    last = log.note_down(UnixMillis(1), Logged::Opened);
                }
            }
            2 => log.note(through),
            3 => log.note(u64::from(draw.short()).min(through)),
            4 => log = Logbook::from_bytes(&log.to_bytes()).expect("a log is read as it was written"),
            _ => log.connected(),
        }
        let told = if draw.is_empty() { usize::MAX } else { usize::from(draw.byte()) * 8 };
        for _ in 0..told {
            let Some(record) = log.next_unsent() else { break };
            if record.number <= through {
                continue;
            }
            match record.what {
                Logged::Overflowed { lost: count } => lost += u64::from(count).min(record.number - through),
                _ => known += 1,
            }
            through = record.number;
        }
    }
    assert_eq!(known + lost, last, "each number is told or counted as lost");
    let _ = Logbook::from_bytes(draw.bytes(u8::MAX));
}
