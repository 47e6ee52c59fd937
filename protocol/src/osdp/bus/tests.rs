//! The panel alone, answered frame by frame by a device that says exactly what a test wants.

use alloc::boxed::Box;
use alloc::vec;

use super::*;
use crate::osdp::message::{DeviceIdentity, NakCode, OutputAction, Reply, Ticks, code, reply_code};
use crate::osdp::wire::{self, DeviceChallenge, Direction, Envelope, OpenSession, block};

const HERE: Address = match Address::parse(5) {
    Ok(address) => address,
    Err(_) => panic!("an address"),
};
const TAG: CommandTag = CommandTag(7);

fn key() -> Scbk {
    Scbk::parse(core::array::from_fn(|at| (at as u8).wrapping_mul(29) ^ 0x3C)).unwrap()
}

/// A panel with one device, and that device's end of the session.
struct Table {
    bus: Bus,
    session: Option<OpenSession>,
    now: Micros,
}

impl Table {
    fn new() -> Self {
        let mut count = 0;
        let entropy = move |out: &mut [u8]| {
            count += 1;
            out.fill(count);
            Ok(())
        };
        let now = Micros::from_secs(1);
        let mut bus = Bus::new(BusConfig::new(Baud::B38400), Box::new(entropy));
        bus.add(now, HERE, DeviceConfig::new(key(), DeviceRole::Lock));
        Self { bus, session: None, now }
    }

    /// A device in session, surveyed, with one output; nothing of that is left to tell.
    fn online() -> Self {
        let mut table = Self::new();
        table.connect();
        let command = table.next();
        assert_eq!(command.code, code::POLL);
        table.reply(&command, Reply::Ack);
        table.events();
        table
    }

    fn connect(&mut self) {
        let command = self.handshake();
        let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [7, 8, 9] };
        self.reply(&command, Reply::Identity(identity));
        let refused = || Reply::Nak(NakCode::UNKNOWN_COMMAND, Vec::new());
        for answer in [refused(), refused(), Reply::Outputs(vec![0]), refused()] {
            let command = self.next();
            self.reply(&command, answer);
        }
    }

    /// The handshake; gives the first command behind it.
    fn handshake(&mut self) -> Frame {
        let challenge = self.next();
        assert_eq!(challenge.code, code::CHLNG);
        let nonce = challenge.data.as_slice().try_into().unwrap();
        let (device, ccrypt) = DeviceChallenge::answer(&key(), nonce, [0; 8], [5; 8]).unwrap();
        self.hear(&wire::handshake(
            envelope(&challenge),
            block::CHALLENGE_REPLY,
            block::OWN_KEY,
            reply_code::CCRYPT,
            &ccrypt,
        ));
        let proof = self.next();
        let (session, seed) = device.verify(&proof.data).unwrap();
        self.session = Some(session);
        self.hear(&wire::handshake(envelope(&proof), block::PROOF_REPLY, block::ACCEPTED, reply_code::RMAC_I, &seed));
        self.next()
    }

    /// Runs until the panel speaks.
    fn next(&mut self) -> Frame {
        for _ in 0..1_000 {
            if let Some(bytes) = self.bus.poll_transmit(self.now) {
                return wire::parse(&bytes).unwrap();
            }
            self.now = self.bus.next_deadline().unwrap().max(Micros(self.now.0 + 1));
            self.bus.handle_timeout(self.now);
        }
        panic!("the panel has nothing to say");
    }

    /// The next command that is no poll; polls are answered by ACK.
    fn next_but_polls(&mut self) -> Frame {
        loop {
            let command = self.next();
            if command.code != code::POLL {
                return command;
            }
            self.reply(&command, Reply::Ack);
        }
    }

    /// Bytes arrive, two milliseconds later.
    fn hear(&mut self, bytes: &[u8]) {
        self.now = self.now + Duration::from_millis(2);
        self.bus.handle_bytes(self.now, bytes);
    }

    /// The device's believed answer, as bytes. It must not be made twice.
    fn sealed(&mut self, command: &Frame, code: u8, data: &[u8]) -> Vec<u8> {
        let session = self.session.as_mut().unwrap();
        session.open(command).unwrap();
        session.seal(envelope(command), code, data)
    }

    fn reply(&mut self, command: &Frame, reply: Reply) {
        let (code, data) = reply.encode();
        let bytes = self.sealed(command, code, &data);
        self.hear(&bytes);
    }

    fn release(&mut self) -> Frame {
        let action = OutputAction::OnFor(Ticks::parse(30).unwrap());
        let command = PanelCommand::Output { index: 0, action };
        self.bus.send(self.now, HERE, command, TAG, Urgency::Release, None).unwrap();
        let command = self.next_but_polls();
        assert_eq!(command.code, code::OUT);
        command
    }

    fn events(&mut self) -> Vec<BusEvent> {
        core::iter::from_fn(|| self.bus.poll_event()).map(|(_, event)| event).collect()
    }

    /// The session still stands: the command that is owed an answer is answered, and so is the next one.
    fn goes_on(&mut self, command: &Frame) {
        self.reply(command, Reply::Ack);
        let next = self.next();
        assert_eq!((next.code, next.envelope.sequence), (code::POLL, command.envelope.sequence % 3 + 1));
        self.reply(&next, Reply::Ack);
    }
}

/// The envelope of an answer to `command`.
fn envelope(command: &Frame) -> Envelope {
    Envelope { direction: Direction::ToPanel, ..command.envelope }
}

fn refusal(command: &Frame, code: NakCode) -> Vec<u8> {
    wire::plain(envelope(command), reply_code::NAK, &[code.0])
}

#[test]
fn an_answer_that_nobody_knows_is_told_by_its_code_and_the_bus_goes_on() {
    let mut table = Table::online();
    let command = table.next();
    let bytes = table.sealed(&command, 0xEE, &[1, 2, 3]);
    table.hear(&bytes);
    assert_eq!(table.events(), [BusEvent::Unreadable { code: 0xEE }]);
    let command = table.next();
    table.goes_on(&command);
    assert_eq!(table.events(), []);
}

#[test]
fn what_stands_before_an_answer_costs_nothing() {
    let mut table = Table::online();
    for row in 0..8 {
        let command = table.next();
        let bytes = table.sealed(&command, reply_code::ACK, &[]);
        let mut damaged = bytes.clone();
        damaged[7] ^= 0x20;
        let other = Envelope { address: 6, ..envelope(&command) };
        let before = match row {
            0 => vec![0xFF; 40],
            1 => vec![0x53, 0x85, 0xFF, 0xFF, 0x04],
            2 => vec![0x53, 0x85, 0x06, 0x00, 0x04],
            3 => vec![0x53, 0x85, 0x08, 0x00, 0xF4],
            4 => bytes[..9].to_vec(),
            5 => damaged,
            6 => command.bytes().to_vec(),
            _ => wire::plain(other, reply_code::ACK, &[]),
        };
        table.hear(&before);
        table.now = table.now + Duration::from_millis(25);
        table.bus.handle_timeout(table.now);
        table.hear(&bytes);
        let troubles = [
            BusEvent::Line(LineTrouble::Echo),
            BusEvent::Line(LineTrouble::Noise),
            BusEvent::Security(SecurityTrouble::ForeignAddress { from: Address::parse(6).unwrap() }),
        ];
        let events = table.events();
        assert!(events.iter().all(|event| troubles.contains(event)), "row {row}: {events:?}");
        let next = table.next();
        assert_ne!(next.envelope.sequence, command.envelope.sequence, "row {row}: the answer was taken");
        table.goes_on(&next);
    }
}

#[test]
fn answers_of_a_handshake_mean_nothing_in_a_session() {
    let mut table = Table::online();
    let rows = [(block::CHALLENGE_REPLY, reply_code::CCRYPT, 32), (block::PROOF_REPLY, reply_code::RMAC_I, 16)];
    for (kind, code, bytes) in rows {
        let command = table.next();
        table.hear(&wire::handshake(envelope(&command), kind, 1, code, &vec![9; bytes]));
        table.goes_on(&command);
    }
    assert_eq!(table.events(), []);
}

#[test]
fn the_state_of_the_outputs_confirms_a_release() {
    let mut table = Table::online();
    let command = table.release();
    table.reply(&command, Reply::Outputs(vec![1]));
    assert_eq!(table.events(), [BusEvent::Outputs(vec![1]), BusEvent::Done { tag: TAG }]);
}

#[test]
fn inputs_are_told_byte_by_byte_as_they_came() {
    let mut table = Table::online();
    let command = table.next();
    table.reply(&command, Reply::Inputs(vec![0, 1, 2, 0x84, 0xFF]));
    assert_eq!(table.events(), [BusEvent::Inputs(vec![0, 1, 2, 0x84, 0xFF])]);
}

#[test]
fn an_answer_in_the_last_moment_counts_however_often_the_clock_is_read() {
    let mut table = Table::online();
    let command = table.next();
    let begun_by = table.now + Baud::B38400.wire_time(command.bytes().len()) + Duration::from_millis(199);
    while table.now < begun_by {
        table.now = table.now + Duration::from_micros(100);
        table.bus.handle_bytes(table.now, &[]);
        table.bus.handle_timeout(table.now);
        assert!(table.bus.poll_transmit(table.now).is_none(), "nobody is asked meanwhile");
    }
    table.goes_on(&command);
}

#[test]
fn a_command_without_an_answer_is_repeated_unchanged_when_its_time_is_over() {
    let mut table = Table::online();
    let command = table.release();
    let began = table.now;
    let again = table.next();
    assert_eq!(again.bytes(), command.bytes());
    let waited = table.now.since(began);
    assert!((Duration::from_millis(200)..Duration::from_millis(220)).contains(&waited), "{waited:?}");
    table.reply(&again, Reply::Ack);
    assert_eq!(table.events(), [BusEvent::Done { tag: TAG }]);
}

#[test]
fn a_busy_device_is_asked_again_under_the_same_number() {
    let mut table = Table::online();
    let command = table.release();
    for _ in 0..3 {
        table.hear(&wire::plain(Envelope { sequence: 0, ..envelope(&command) }, reply_code::BUSY, &[]));
        assert_eq!(table.next().bytes(), command.bytes());
    }
    table.goes_on(&command);
    assert_eq!(table.events(), [BusEvent::Done { tag: TAG }]);
}

#[test]
fn a_complaint_about_the_check_changes_nothing_about_it() {
    let mut table = Table::online();
    let command = table.release();
    table.hear(&refusal(&command, NakCode::CHECK));
    let again = table.next();
    assert_eq!(again.bytes(), command.bytes());
    const CRC_BIT: u8 = 0x04;
    assert_ne!(again.bytes()[4] & CRC_BIT, 0);
    table.goes_on(&again);
    assert_eq!(table.events(), [BusEvent::Done { tag: TAG }]);
}

/// A release that is refused in the clear; what the device says of its output in the new session, and when.
fn refused_release(outputs: Reply, later: Duration) -> (Vec<BusEvent>, u8) {
    let mut table = Table::online();
    let command = table.release();
    table.hear(&refusal(&command, NakCode::SECURITY_CONDITION));
    table.now = table.now + later;
    let command = table.handshake();
    assert_eq!(command.code, code::ID, "nothing is repeated before the states are known");
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [7, 8, 9] };
    table.reply(&command, Reply::Identity(identity));
    let refused = || Reply::Nak(NakCode::UNKNOWN_COMMAND, Vec::new());
    for answer in [refused(), refused(), outputs, refused()] {
        let command = table.next();
        table.reply(&command, answer);
    }
    let failures = table.events().into_iter().filter(|event| matches!(event, BusEvent::Failed { .. })).collect();
    (failures, table.next().code)
}

#[test]
fn a_refusal_that_anybody_could_have_sent_never_makes_a_release_happen_twice() {
    let unconfirmed = vec![BusEvent::Failed { tag: TAG, why: Failure::Unconfirmed }];
    let now = Duration::ZERO;
    assert_eq!(refused_release(Reply::Outputs(vec![0]), now), (vec![], code::OUT), "the device has restarted");
    assert_eq!(refused_release(Reply::Outputs(vec![1]), now), (unconfirmed.clone(), code::POLL), "it was carried out");
    assert_eq!(refused_release(Reply::Outputs(vec![]), now), (unconfirmed.clone(), code::POLL), "nobody knows");
    let over = Duration::from_secs(3);
    assert_eq!(refused_release(Reply::Outputs(vec![0]), over), (unconfirmed, code::POLL), "it may be over already");
}

#[test]
fn nobody_claims_that_a_release_was_not_sent_which_was() {
    // A release with this much time, refused in the clear; then nobody answers any more.
    let check = |seconds| {
        let mut table = Table::online();
        let action = OutputAction::OnFor(Ticks::parse(30).unwrap());
        let command = PanelCommand::Output { index: 0, action };
        let not_after = Some(table.now + Duration::from_secs(seconds));
        table.bus.send(table.now, HERE, command, TAG, Urgency::Release, not_after).unwrap();
        let command = table.next_but_polls();
        table.hear(&refusal(&command, NakCode::SECURITY_CONDITION));
        let end = table.now + Duration::from_secs(20);
        while table.now < end {
            table.next();
        }
        let told = table.events();
        let failures: Vec<&BusEvent> = told.iter().filter(|event| matches!(event, BusEvent::Failed { .. })).collect();
        assert_eq!(failures, [&BusEvent::Failed { tag: TAG, why: Failure::Unconfirmed }], "{told:?}");
    };
    check(2);
    check(60);
}

#[test]
fn what_is_wrong_with_the_line_is_told_once_however_many_devices_it_has() {
    let mut table = Table::online();
    for number in 10..20 {
        let address = Address::parse(number).unwrap();
        table.bus.add(table.now, address, DeviceConfig::new(key(), DeviceRole::Lock));
    }
    let mut told = Vec::new();
    for _ in 0..100 {
        let command = table.next();
        table.hear(command.bytes());
        if command.envelope.address == HERE.number() && table.session.is_some() && command.code == code::POLL {
            table.reply(&command, Reply::Ack);
        }
        told.extend(
            core::iter::from_fn(|| table.bus.poll_event()).filter(|(_, event)| matches!(event, BusEvent::Line(_))),
        );
    }
    assert_eq!(told, [(HERE, BusEvent::Line(LineTrouble::Echo))]);
}
