//! Somebody in the middle of the line, who sees every frame and decides what of it arrives, when, how often and how
//! spoilt. They can delay and destroy, but nothing is told that was not shown, nothing is carried out that was not
//! commanded, nothing is called done that was not carried out; and when they leave, the line recovers.

use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, BusEvent, CommandTag, Micros, OutputAction, PanelCommand, Ticks, Urgency};

use crate::draw::Draw;
use crate::ends::address;
use crate::frames::{Parts, Way, mend};
use crate::pair::{From, NUMBER, Pair};
use crate::round_trip::is_online;

/// Frames that the middle remembers.
const TAPE_LIMIT_FRAMES: usize = 64;

/// What really happened, to compare what was told with.
#[derive(Default)]
struct Truth {
    /// Each card shown is another one.
    shown: u8,
    releases: u64,
    tape: Vec<(From, Vec<u8>)>,
}

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut pair = Pair::new(Baud::B38400);
    let mut truth = Truth::default();
    if draw.coin() {
        pair.until("the session", Duration::from_secs(5), |pair| is_online(&pair.line.events));
    }
    while !draw.is_empty() {
        do_something(&mut draw, &mut pair, &mut truth);
        let patience = pair.now + Duration::from_millis(u64::from(draw.byte()) * 8);
        if let Some((from, bytes)) = pair.next_frame(patience) {
            pass_on(&mut draw, &mut pair, &mut truth, from, bytes);
        }
        check(&pair, &truth);
    }
    recover(&mut pair);
    check(&pair, &truth);
}

/// People and the panel's owner go on with their work.
fn do_something(draw: &mut Draw<'_>, pair: &mut Pair, truth: &mut Truth) {
    match draw.below(8) {
        0 => {
            let bits = [truth.shown + 1, 0xA5, 0x5A, 0x40];
            if truth.shown < 100 && pair.device.card(0, 26, &bits).is_ok() {
                truth.shown += 1;
            }
        }
        1 => {
            let action = OutputAction::OnFor(Ticks::parse(10).expect("not zero"));
            let (command, tag) = (PanelCommand::Output { index: 0, action }, CommandTag(truth.releases));
            let until = pair.now + Duration::from_secs(2);
            if pair.line.bus.send(pair.now, address(NUMBER), command, tag, Urgency::Release, Some(until)).is_ok() {
                truth.releases += 1;
            }
        }
        2 => pair.device.set_input(0, draw.byte() & 1),
        _ => {}
    }
}

fn pass_on(draw: &mut Draw<'_>, pair: &mut Pair, truth: &mut Truth, from: From, mut bytes: Vec<u8>) {
    if truth.tape.len() < TAPE_LIMIT_FRAMES {
        truth.tape.push((from, bytes.clone()));
    }
    match draw.below(10) {
        0 => {}
        1 => {
            pair.deliver(from, &bytes);
            pair.deliver(from, &bytes);
        }
        2 => {
            let at = usize::from(draw.byte()) % bytes.len();
            bytes[at] ^= draw.byte();
            if draw.coin() {
                mend(&mut bytes);
            }
            pair.deliver(from, &bytes);
        }
        3 => {
            let at = usize::from(draw.byte()) % truth.tape.len();
            let (from, old) = truth.tape[at].clone();
            pair.deliver(from, &old);
        }
        4 => {
            let way = if from == From::Device { Way::ToPanel } else { Way::ToDevice };
            let mut forged = Parts::drawn(draw, way, NUMBER);
            if draw.coin()
                && let Some(true_one) = Parts::read(&bytes)
            {
                (forged.sequence, forged.block) = (true_one.sequence, true_one.block);
            }
            pair.deliver(from, &forged.bytes());
            pair.deliver(from, &bytes);
        }
        5 => {
            bytes.truncate(usize::from(draw.byte()) % bytes.len());
            pair.deliver(from, &bytes);
        }
        6 => {
            pair.now = pair.now + Duration::from_millis(u64::from(draw.byte()) * 4);
            pair.deliver(from, &bytes);
        }
        7 => {
            bytes[1] ^= 1 << draw.below(8);
            mend(&mut bytes);
            pair.deliver(from, &bytes);
        }
        _ => pair.deliver(from, &bytes),
    }
}

/// Every card told was shown, in order, once for each session at most; every end is one; what is done was carried out.
fn check(pair: &Pair, truth: &Truth) {
    let (mut last, mut told, mut sessions) = (0, 0_u32, 1_u32);
    let mut ended = [0_u8; 256];
    let mut done = 0;
    for (_, event) in &pair.line.events {
        match event {
            BusEvent::Card { data, .. } => {
                let number = data.expose().first().copied().unwrap_or_default();
                assert!((1..=truth.shown).contains(&number), "a card that nobody showed");
                assert_eq!(data.expose().get(1..), Some([0xA5, 0x5A, 0x40].as_slice()));
                assert!(number >= last, "cards out of order");
                told = if number == last { told + 1 } else { 1 };
                assert!(told <= sessions, "one card told twice in one session");
                last = number;
            }
            BusEvent::Online { .. } => sessions += 1,
            BusEvent::Done { tag } => {
                done += 1;
                ended[tag.0 as usize & 255] += 1;
            }
            BusEvent::Failed { tag, .. } => ended[tag.0 as usize & 255] += 1,
            BusEvent::Inputs(bytes) => assert!(matches!(bytes.as_slice(), [0 | 1, 0]), "an input that was never so"),
            BusEvent::Outputs(bytes) => assert!(matches!(bytes.as_slice(), [0 | 1, 0]), "an output that was never so"),
            BusEvent::Unreadable { .. } => panic!("an authentic reply that nobody can read"),
            _ => {}
        }
    }
    let limit = truth.releases.min(256) as usize;
    assert!(truth.releases > 256 || ended.iter().all(|times| *times <= 1), "a command ended twice");
    assert!(ended.iter().skip(limit).all(|times| *times == 0), "the end of a command that nobody gave");
    let on = pair.actions.iter().filter(|action| matches!(action, Action::Output { index: 0, on: true })).count();
    // A refusal in the clear is believed as "not done", so a command that somebody refused in the device's place is sent a
    // second time, within its time; never a third.
    assert!(on as u64 <= 2 * truth.releases, "a lock released more often than anybody asked");
    assert!(done == 0 || on > 0, "done, but nothing was carried out");
    let strange =
        |action: &&Action| !matches!(action, Action::Output { index: 0, .. } | Action::SecureUp | Action::SecureDown);
    assert_eq!(pair.actions.iter().find(strange), None, "an act that nobody asked for");
}

/// The middle has left: a session is there again in time.
fn recover(pair: &mut Pair) {
    let since: Micros = pair.now;
    pair.line.feed(since, &[]);
    let seen = pair.line.events.len();
    let was_online = pair.line.events.iter().rev().find_map(|(_, event)| match event {
        BusEvent::Online { .. } => Some(true),
        BusEvent::Offline { .. } => Some(false),
        _ => None,
    });
    if was_online == Some(true) {
        // It may not have lost anything; a command that is done shows that the session is good.
        let tag = CommandTag(255);
        let sent = pair.line.bus.send(since, address(NUMBER), PanelCommand::ReadLocal, tag, Urgency::Normal, None);
        if sent.is_ok() {
            let is_over = |pair: &Pair| {
                pair.line.events[seen..].iter().any(|(_, event)| {
                    matches!(event, BusEvent::Done { tag: CommandTag(255) } | BusEvent::Online { .. })
                        || matches!(event, BusEvent::Failed { tag: CommandTag(255), .. })
                })
            };
            pair.until("the command to end", Duration::from_secs(20), is_over);
            pair.line.events.retain(|(_, event)| {
                !matches!(event, BusEvent::Done { tag } | BusEvent::Failed { tag, .. } if *tag == CommandTag(255))
            });
        }
        return;
    }
    pair.until("the line to recover", Duration::from_secs(20), |pair| is_online(&pair.line.events[seen..]));
}
