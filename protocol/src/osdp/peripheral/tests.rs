//! The device alone, asked frame by frame by a panel that does exactly what a test says.

mod any;
mod files;
mod install;
mod refusals;

use super::*;
use crate::osdp::key::{MayUsePublishedKey, PublishedKey};
use crate::osdp::message::{NakCode, NamePlate, Reply, code};
use crate::osdp::transaction::Sequence;
use crate::osdp::wire::{self, Direction, Envelope, Frame, OpenSession, PanelChallenge, block};
use alloc::vec;

struct TestPanel;
impl MayUsePublishedKey for TestPanel {}

const HERE: u8 = 5;

fn key(number: u8) -> Scbk {
    Scbk::parse(core::array::from_fn(|at| number ^ (at as u8).wrapping_mul(29) ^ 0x3C)).unwrap()
}

fn config(key: impl Into<PeripheralKey>) -> PeripheralConfig {
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [7, 8, 9] };
    PeripheralConfig::new(Address::parse(HERE).unwrap(), key, identity, 3, 2, 1)
}

fn device(config: PeripheralConfig) -> Peripheral {
    let mut count = 0;
    Peripheral::new(config, move |out: &mut [u8]| {
        count += 1;
        out.fill(count);
        Ok(())
    })
}

/// A panel and the device it talks to.
struct Table {
    device: Peripheral,
    session: Option<OpenSession>,
    sequence: Sequence,
    now: Micros,
}

impl Table {
    fn new(device: Peripheral) -> Self {
        Self { device, session: None, sequence: Sequence::START, now: Micros::from_secs(1) }
    }

    /// A device with its own key, in session.
    fn in_session() -> Self {
        let mut table = Self::new(device(config(key(1))));
        assert!(table.connect(&key(1), block::OWN_KEY));
        table.actions();
        table
    }

    /// A device in install mode, in session.
    fn in_install_session() -> Self {
        let mut table = Self::new(device(config(PeripheralKey::Install)));
        assert!(table.connect_published());
        table.actions();
        table
    }

    fn connect_published(&mut self) -> bool {
        self.connect(PublishedKey::with(&TestPanel).for_cipher(), block::PUBLISHED_KEY)
    }

    /// The handshake; tells whether it came about.
    fn connect(&mut self, key: &Scbk, key_byte: u8) -> bool {
        self.session = None;
        self.sequence = Sequence::START;
        let nonce = [self.now.0 as u8, 1, 2, 3, 4, 5, 6, 7];
        let challenge = wire::handshake(self.envelope(), block::CHALLENGE, key_byte, code::CHLNG, &nonce);
        let answer = self.exchange(&challenge).unwrap();
        if answer.block != Some((block::CHALLENGE_REPLY, vec![key_byte])) {
            return false;
        }
        let Ok(proof) = PanelChallenge::new(key, nonce).verify(&answer.data) else { return false };
        self.sequence = self.sequence.next();
        let bytes = wire::handshake(self.envelope(), block::PROOF, key_byte, code::SCRYPT, &proof.proof());
        let answer = self.exchange(&bytes).unwrap();
        self.session = proof.verify(&answer.data).ok();
        self.session.is_some()
    }

    fn envelope(&self) -> Envelope {
        let address = self.device.address().number();
        Envelope { address, direction: Direction::ToDevice, sequence: self.sequence.number() }
    }

    /// Gives the device bytes and takes its reply.
    fn exchange(&mut self, bytes: &[u8]) -> Option<Frame> {
        self.now = self.now + Duration::from_millis(10);
        self.device.handle_bytes(self.now, bytes);
        self.device.poll_transmit(self.now).map(|reply| wire::parse(&reply).unwrap())
    }

    /// The bytes of the next command of the session.
    fn sealed(&mut self, code: u8, data: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.next();
        let envelope = self.envelope();
        self.session.as_mut().unwrap().seal(envelope, code, data)
    }

    fn open(&mut self, frame: &Frame) -> Reply {
        let data = self.session.as_mut().unwrap().open(frame).unwrap();
        Reply::decode(frame.code, &data)
    }

    /// A command in the session, and its reply.
    fn ask(&mut self, code: u8, data: &[u8]) -> Reply {
        let bytes = self.sealed(code, data);
        let frame = self.exchange(&bytes).unwrap();
        assert_eq!(frame.envelope.sequence, self.sequence.number());
        self.open(&frame)
    }

    fn poll(&mut self) -> Reply {
        self.ask(code::POLL, &[])
    }

    fn actions(&mut self) -> Vec<Action> {
        core::iter::from_fn(|| self.device.poll_action()).collect()
    }
}

fn nak(code: NakCode) -> Reply {
    Reply::Nak(code, Vec::new())
}

#[test]
fn questions_get_their_answers() {
    let mut table = Table::in_session();
    table.device.set_input(1, 1);
    table.device.set_input(2, 0x84);
    table.device.set_local(true, false);
    table.device.set_reader(0, 2);
    let check = |table: &mut Table, code, expect: Reply| assert_eq!(table.ask(code, &[]), expect);
    check(&mut table, code::LSTAT, Reply::Local { tamper: 1, power: 0 });
    check(&mut table, code::ISTAT, Reply::Inputs(vec![0, 1, 0x84]));
    check(&mut table, code::OSTAT, Reply::Outputs(vec![0, 0]));
    check(&mut table, code::RSTAT, Reply::Readers(vec![2]));
    check(&mut table, code::KEEPACTIVE, nak(NakCode::LENGTH));
    assert_eq!(table.ask(code::KEEPACTIVE, &[0xE8, 0x03]), Reply::Ack);
    assert_eq!(table.actions(), [Action::KeepActive(Duration::from_secs(1))]);
}

#[test]
fn every_poll_tells_one_event_and_the_last_one_none() {
    let mut table = Table::in_session();
    table.device.set_input(0, 1);
    table.device.card(0, 26, &[1, 2, 3, 0x40]).unwrap();
    table.device.set_local(true, false);
    let told: Vec<Reply> = (0..4).map(|_| table.poll()).collect();
    assert!(
        matches!(&told[..], [Reply::Inputs(_), Reply::Card { .. }, Reply::Local { tamper: 1, .. }, Reply::Ack]),
        "{told:?}"
    );
}

#[test]
fn the_same_bytes_get_the_same_reply_and_are_carried_out_once() {
    let mut table = Table::in_session();
    let bytes = table.sealed(code::OUT, &[0, 5, 50, 0]);
    let first = table.exchange(&bytes).unwrap();
    let second = table.exchange(&bytes).unwrap();
    assert_eq!(first.bytes(), second.bytes());
    assert_eq!(table.actions(), [Action::Output { index: 0, on: true }]);
    assert_eq!(table.open(&first), Reply::Ack);
    assert!(matches!(table.poll(), Reply::Outputs(_)), "the session goes on");
}

#[test]
fn a_restart_of_the_sequence_is_always_carried_out() {
    let mut table = Table::new(device(config(key(1))));
    let own = |code| wire::plain(Envelope { address: HERE, direction: Direction::ToDevice, sequence: 0 }, code, &[0]);
    assert_eq!(table.exchange(&own(code::ID)).unwrap().code, 0x45);
    assert_eq!(table.exchange(&own(code::CAP)).unwrap().code, 0x46);
    assert_eq!(table.exchange(&own(code::CAP)).unwrap().code, 0x46);
}

#[test]
fn several_lights_come_out_in_order_or_not_at_all() {
    let mut table = Table::in_session();
    let record = |reader| [reader, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 2, 0];
    assert_eq!(table.ask(code::LED, &[record(0), record(0)].concat()), Reply::Ack);
    assert_eq!(table.actions().len(), 2);
    assert_eq!(table.ask(code::LED, &[record(0), record(1)].concat()), nak(NakCode::RECORD));
    assert_eq!(table.actions(), []);
}

#[test]
fn a_reply_is_never_longer_than_the_panel_takes() {
    let mut table = Table::in_session();
    assert_eq!(table.ask(code::ACURXSIZE, &[29, 0]), nak(NakCode::RECORD));
    assert_eq!(table.ask(code::ACURXSIZE, &[30, 0]), Reply::Ack);
    assert_eq!(table.ask(code::CAP, &[0]), nak(NakCode::RECORD), "twelve lines do not fit");
    assert_eq!(table.ask(code::ISTAT, &[]), Reply::Inputs(vec![0; 3]), "short ones do");
    assert!(table.connect(&key(1), block::OWN_KEY));
    assert!(matches!(table.ask(code::CAP, &[0]), Reply::Capabilities(_)), "a new session begins without a limit");
}

#[test]
fn a_name_plate_comes_in_parts() {
    let plate = NamePlate(vec![
        (crate::osdp::PlateLine::Manufacturer, "Rackward".into()),
        (crate::osdp::PlateLine::Product, "A simulated reader with a long name that needs more than one part".into()),
    ]);
    let mut table = Table::new(device(PeripheralConfig { name_plate: plate.clone(), ..config(key(1)) }));
    assert!(table.connect(&key(1), block::OWN_KEY));
    table.ask(code::ACURXSIZE, &[64, 0]);
    let mut assembly = crate::osdp::Assembly::default();
    let mut reply = table.ask(code::ID, &[1]);
    let whole = loop {
        let Reply::NamePlate(part) = &reply else { panic!("{reply:?}") };
        if let Some(whole) = assembly.take(part) {
            break whole;
        }
        reply = table.poll();
    };
    assert_eq!(NamePlate::decode(&whole), plate);
    assert_eq!(table.poll(), Reply::Ack);
    let mut bare = Table::in_session();
    assert_eq!(bare.ask(code::ID, &[1]), nak(NakCode::UNKNOWN_COMMAND));
}

#[test]
fn a_makers_own_message_is_taken_only_where_it_is_known() {
    let mut table = Table::in_session();
    assert_eq!(table.ask(code::MFG, &[1, 2, 3, 9]), nak(NakCode::UNKNOWN_COMMAND));
    let manufacturer_messages = ManufacturerMessages::Taken;
    let mut table = Table::new(device(PeripheralConfig { manufacturer_messages, ..config(key(1)) }));
    assert!(table.connect(&key(1), block::OWN_KEY));
    table.actions();
    assert_eq!(table.ask(code::MFG, &[1, 2, 4, 9]), nak(NakCode::UNKNOWN_COMMAND), "another maker's");
    assert_eq!(table.ask(code::MFG, &[1, 2, 3, 9]), Reply::Ack);
    assert_eq!(table.actions(), [Action::Manufacturer(Sensitive::new(vec![9]))]);
    table.device.manufacturer_reply(&[8]).unwrap();
    assert_eq!(table.poll(), Reply::Manufacturer { oui: [1, 2, 3], data: Sensitive::new(vec![8]) });
}

#[test]
fn a_move_happens_after_its_answer_and_keeps_the_session() {
    let mut table = Table::in_session();
    let reply = table.ask(code::COMSET, &[9, 0x00, 0x96, 0x00, 0x00]);
    assert_eq!(reply, Reply::Line(crate::osdp::message::LineSettings { address: 9, baud: 38_400 }));
    assert_eq!((table.device.address().number(), table.device.baud().bits_per_second()), (9, 38_400));
    let moved = Action::LineChanged { address: Address::parse(9).unwrap(), baud: Baud::B38400 };
    assert_eq!(table.actions(), [moved]);
    assert_eq!(table.poll(), Reply::Ack, "a panel that goes on is answered at the new place");
    assert!(table.connect(&key(1), block::OWN_KEY), "and one that begins anew as well");
}

#[test]
fn a_move_is_made_though_its_command_came_twice_before_the_answer_was_out() {
    let mut table = Table::in_session();
    table.device.config.turnaround = Duration::from_millis(300);
    let bytes = table.sealed(code::COMSET, &[9, 0x00, 0x96, 0x00, 0x00]);
    assert!(table.exchange(&bytes).is_none());
    assert!(table.exchange(&bytes).is_none());
    assert!(table.device.poll_transmit(table.now + Duration::from_millis(300)).is_some());
    assert_eq!(table.device.address().number(), 9);
}

#[test]
fn a_place_that_cannot_be_is_not_taken() {
    let check = |data: [u8; 5], address, baud| {
        let mut table = Table::in_session();
        let reply = table.ask(code::COMSET, &data);
        assert_eq!(reply, Reply::Line(crate::osdp::message::LineSettings { address, baud }), "{data:?}");
        (table.device.address().number(), table.device.baud().bits_per_second())
    };
    assert_eq!(check([0x7F, 0x80, 0x25, 0, 0], HERE, 9_600), (HERE, 9_600));
    assert_eq!(check([7, 1, 2, 3, 4], 7, 9_600), (7, 9_600));
    assert_eq!(check([HERE, 0x80, 0x25, 0, 0], HERE, 9_600), (HERE, 9_600));
}

#[test]
fn a_move_that_changes_nothing_keeps_the_session() {
    let mut table = Table::in_session();
    table.ask(code::COMSET, &[HERE, 0x80, 0x25, 0, 0]);
    assert_eq!(table.actions(), []);
    assert_eq!(table.poll(), Reply::Ack);
}
