//! A sound line between our own ends: every command is carried out once and as given, every event is told once and as it
//! was, in order.

use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, BusEvent, CommandTag, Failure, NakCode, PanelCommand, Urgency};

use crate::commands::{drawn, is_carried_out_by};
use crate::draw::Draw;
use crate::ends::{address, identity};
use crate::pair::{NUMBER, Pair};

/// Lights that one command can show.
const LED_LIMIT_RECORDS: usize = 7;
/// The shortest reply that a panel may want: a frame with one block of data.
const LEAST_REPLY_BYTES: u16 = 30;

/// What was asked of the panel, in the order in which it must be carried out.
struct Asked {
    command: PanelCommand,
    tag: CommandTag,
}

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut pair = Pair::new(Baud::B115200);
    pair.until("the session", Duration::from_secs(5), |pair| is_online(&pair.line.events));
    pair.line.events.clear();
    pair.actions.clear();
    let (mut asked, mut cards, mut digits) = (Vec::new(), Vec::new(), Vec::new());
    while !draw.is_empty() && asked.len() < 12 && cards.len() < 8 {
        match draw.below(5) {
            0 | 1 => {
                let (command, tag) = (drawn(&mut draw), CommandTag(asked.len() as u64));
                let sent = pair.line.bus.send(pair.now, address(NUMBER), command.clone(), tag, Urgency::Normal, None);
                if sent.is_ok() {
                    asked.push(Asked { command, tag });
                }
            }
            2 => {
                let (bits, data) = (u16::from(draw.byte()), draw.bytes(32));
                if pair.device.card(0, bits, data).is_ok() {
                    cards.push((bits, data.to_vec()));
                }
            }
            3 => {
                let pressed = draw.bytes(40);
                if pair.device.keypad(0, pressed).is_ok() {
                    digits.push(pressed.to_vec());
                }
            }
            _ => pair.run(Duration::from_millis(u64::from(draw.byte()) / 4)),
        }
    }
    let is_over = |pair: &Pair| {
        let ended = |event: &BusEvent| matches!(event, BusEvent::Done { .. } | BusEvent::Failed { .. });
        let told = |event: &BusEvent| matches!(event, BusEvent::Card { .. } | BusEvent::Keypad { .. });
        let count = |what: fn(&BusEvent) -> bool| pair.line.events.iter().filter(|(_, event)| what(event)).count();
        count(ended) >= asked.len() && count(told) >= cards.len() + digits.len()
    };
    pair.until("everything to be done and told", Duration::from_secs(2), is_over);
    // Whatever comes too often comes now.
    pair.run(Duration::from_millis(40));
    check_commands(&asked, &pair);
    check_events(&cards, &digits, &pair);
}

pub(crate) fn is_online(events: &[(rackward_protocol::osdp::Address, BusEvent)]) -> bool {
    events.iter().any(|(_, event)| matches!(event, BusEvent::Online { .. }))
}

/// Each command ended once: done and carried out, or refused because the device has nothing of the kind.
fn check_commands(asked: &[Asked], pair: &Pair) {
    let mut actions = pair.actions.iter().filter(|action| !matches!(action, Action::Output { .. }));
    for Asked { command, tag } in asked {
        let mut ends = pair.line.events.iter().filter_map(|(_, event)| match event {
            BusEvent::Done { tag: ended } if ended == tag => Some(None),
            BusEvent::Failed { tag: ended, why } if ended == tag => Some(Some(*why)),
            _ => None,
        });
        let end = ends.next().expect("a command that never ends");
        assert_eq!(ends.next(), None, "a command ends once");
        let refusal = refusal_of(command);
        assert_eq!(end, refusal.map(Failure::Refused), "{command:?}");
        if refusal.is_none() {
            for part in parts_of(command) {
                let action = actions.next().expect("carried out");
                assert!(is_carried_out_by(&part, action), "{part:?} became {action:?}");
            }
        }
    }
    assert_eq!(actions.next(), None, "nothing that nobody asked for");
}

/// With what the device refuses a command, since it has nothing of the kind.
fn refusal_of(command: &PanelCommand) -> Option<NakCode> {
    let (is_there, refusal) = match command {
        PanelCommand::Output { index, .. } => (*index < 2, NakCode::RECORD),
        PanelCommand::Led(record) => (record.reader == 0, NakCode::RECORD),
        PanelCommand::Leds(records) if records.is_empty() => (false, NakCode::LENGTH),
        PanelCommand::Leds(records) => (records.iter().take(LED_LIMIT_RECORDS).all(|r| r.reader == 0), NakCode::RECORD),
        PanelCommand::Buzzer(record) => (record.reader == 0, NakCode::RECORD),
        PanelCommand::Text(record) => (record.reader == 0, NakCode::RECORD),
        PanelCommand::Manufacturer { oui, .. } => (*oui == identity(NUMBER).oui, NakCode::UNKNOWN_COMMAND),
        PanelCommand::SetReceiveSize(bytes) => (*bytes >= LEAST_REPLY_BYTES, NakCode::RECORD),
        PanelCommand::ReadInputs
        | PanelCommand::ReadOutputs
        | PanelCommand::ReadLocal
        | PanelCommand::ReadReaders
        | PanelCommand::KeepActive(_)
        | PanelCommand::Abort => (true, NakCode::RECORD),
    };
    (!is_there).then_some(refusal)
}

/// The commands that one stands for, each of which is one act.
fn parts_of(command: &PanelCommand) -> Vec<PanelCommand> {
    match command {
        PanelCommand::Leds(records) => records.iter().take(LED_LIMIT_RECORDS).copied().map(PanelCommand::Led).collect(),
        PanelCommand::Led(_)
        | PanelCommand::Buzzer(_)
        | PanelCommand::Text(_)
        | PanelCommand::KeepActive(_)
        | PanelCommand::Manufacturer { .. } => vec![command.clone()],
        PanelCommand::Output { .. }
        | PanelCommand::ReadInputs
        | PanelCommand::ReadOutputs
        | PanelCommand::ReadLocal
        | PanelCommand::ReadReaders
        | PanelCommand::SetReceiveSize(_)
        | PanelCommand::Abort => Vec::new(),
    }
}

fn check_events(cards: &[(u16, Vec<u8>)], digits: &[Vec<u8>], pair: &Pair) {
    let mut cards = cards.iter();
    let mut digits = digits.iter();
    for (_, event) in &pair.line.events {
        match event {
            BusEvent::Card { bit_count, data, .. } => {
                let (bits, shown) = cards.next().expect("no card that was not shown");
                assert_eq!(bits, bit_count);
                let told = data.expose();
                assert_eq!(told.len(), usize::from(*bits).div_ceil(8));
                let whole = usize::from(*bits) / 8;
                assert_eq!(told.get(..whole), shown.get(..whole));
            }
            BusEvent::Keypad { digits: told, .. } => assert_eq!(Some(told.expose()), digits.next().map(Vec::as_slice)),
            BusEvent::Offline { .. } | BusEvent::Security(_) | BusEvent::Unreadable { .. } | BusEvent::Line(_) => {
                panic!("{event:?} on a sound line")
            }
            _ => {}
        }
    }
    assert_eq!((cards.next(), digits.next()), (None, None), "nothing is lost");
}
