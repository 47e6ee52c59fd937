//! Stories of one link: what a device says over births, losses, doubles, late comers, replays and a twin, and what the daemon
//! makes of it.

use super::*;
use crate::mqtt::message::{
    BootCause, Capabilities, CommandId, Keypad, Legend, Logged, Outcome, RightsOutcome, SelfTest, UpBody,
};
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Every message of boot 1 is said at its number, those of boot 2 at 1000 more, and so on: a device that starts anew goes on in
/// time.
fn moment(boot: u64, number: u32) -> UnixMillis {
    UnixMillis(boot * 1_000 + u64::from(number))
}

fn up(boot: u64, number: u32, at: UnixMillis, body: UpBody) -> (UpLeaf, Vec<u8>) {
    let stamp = Stamp { boot: Boot(boot), sequence: Sequence::new(number).unwrap() };
    (body.leaf(), Up { stamp, at, body }.encode().unwrap())
}

fn birth_body() -> Birth {
    Birth {
        model: String::from("SH-1"),
        serial: String::from("0001"),
        firmware: String::from("1.0.0"),
        self_test: SelfTest::PASSED,
        cause: BootCause::PowerOn,
        capabilities: Capabilities::default(),
        legend: Legend::Full,
        heartbeat_secs: 60,
        held: None,
    }
}

/// What happens in a story, and what the link must make of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Birth,
    State,
    Keys,
    Ack,
    Rights,
    Log,
    Csr,
    Gone,
}

#[derive(Debug, PartialEq)]
enum Made {
    News,
    Quiet,
    Left,
    After(u32),
    Late,
    Bad(Trouble),
}

const LIVE: bool = false;
const KEPT: bool = true;

fn body(number: u32, said: Said) -> UpBody {
    let at = UnixMillis(5);
    match said {
        Said::Birth => UpBody::Birth(birth_body()),
        Said::State => UpBody::State(State::default()),
        Said::Keys => UpBody::Event(Event::Keypad(Keypad::new("1").unwrap())),
        Said::Ack => UpBody::Ack(Ack { command: CommandId(1), outcome: Outcome::Done, at }),
        Said::Rights => UpBody::Rights(RightsReport { held: None, outcome: RightsOutcome::Holding }),
        Said::Log => UpBody::Log(LogRecord { number: u64::from(number), at, what: Logged::Opened }),
        Said::Csr => UpBody::Csr(Der::new(&[0x30]).unwrap()),
        Said::Gone => UpBody::Gone,
    }
}

fn tell(link: &mut Link, boot: u64, number: u32, said: Said, retained: bool) -> Made {
    tell_at(link, boot, number, moment(boot, number), said, retained)
}

fn tell_at(link: &mut Link, boot: u64, number: u32, at: UnixMillis, said: Said, retained: bool) -> Made {
    let (leaf, payload) = up(boot, number, at, body(number, said));
    let Reception { at: told_at, trouble, event } = link.receive(leaf, retained, &payload);
    let is_timely = event.as_ref().is_some_and(|event| *event != LinkEvent::Gone)
        && !retained
        && trouble != Some(Trouble::Reordered);
    assert_eq!(told_at, is_timely.then_some(at));
    match (trouble, event) {
        (None, Some(LinkEvent::Gone)) => Made::Left,
        (None, Some(_)) => Made::News,
        (None, None) => Made::Quiet,
        (Some(Trouble::Lost { missing }), Some(_)) => Made::After(missing),
        (Some(Trouble::Reordered), Some(_)) => Made::Late,
        (Some(trouble), None) => Made::Bad(trouble),
        other => panic!("{other:?}"),
    }
}

fn check(story: &[(u64, u32, Said, bool, Made)]) {
    let mut link = Link::new();
    for (step, (boot, number, said, retained, expect)) in story.iter().enumerate() {
        assert_eq!(tell(&mut link, *boot, *number, *said, *retained), *expect, "step {step}: {said:?} {boot}/{number}");
    }
}

use Made::{After, Bad, Late, Left, News, Quiet};
use Said::{Ack as A, Birth as B, Csr as C, Gone as G, Keys as K, Log as L, Rights as R, State as S};
use Trouble::{Duplicate, Reordered, Replay, Twin, Unborn};

#[test]
fn a_device_is_born_speaks_and_goes() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 2, S, LIVE, News),
        (1, 3, K, LIVE, News),
        (1, 4, R, LIVE, News),
        (1, 5, L, LIVE, News),
        (1, 6, A, LIVE, News),
        (1, 7, C, LIVE, News),
        (1, 1, G, LIVE, Left),
    ]);
}

#[test]
fn lost_messages_are_counted_and_the_message_after_them_is_kept() {
    check(&[(1, 1, B, LIVE, News), (1, 4, K, LIVE, After(2)), (1, 5, K, LIVE, News)]);
    check(&[(1, 1, B, LIVE, News), (1, 6, B, LIVE, After(4)), (1, 8, B, LIVE, After(1))]);
    check(&[(1, 1, B, LIVE, News), (2, 4, B, LIVE, After(3)), (2, 5, K, LIVE, News)]);
}

#[test]
fn doubles_and_old_messages_are_refused() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 2, K, LIVE, News),
        (1, 2, K, LIVE, Bad(Duplicate)),
        (1, 5, K, LIVE, After(2)),
        (1, 2, K, LIVE, Bad(Duplicate)),
        (1, 1, B, LIVE, Bad(Duplicate)),
        (1, 200, K, LIVE, After(194)),
        (1, 5, K, LIVE, Bad(Replay)),
        (1, 1, B, LIVE, Bad(Duplicate)),
        (1, 137, L, LIVE, Late),
        (1, 137, L, LIVE, Bad(Duplicate)),
        (1, 136, L, LIVE, Bad(Replay)),
    ]);
}

#[test]
fn what_is_overtaken_counts_once_if_it_still_says_something() {
    // The first two overtake the third, of each kind that comes after them.
    for (said, expect) in [(K, Bad(Reordered)), (A, Late), (L, Late), (S, Late), (R, Late), (C, Late), (B, Late)] {
        check(&[
            (1, 1, B, LIVE, News),
            (1, 4, K, LIVE, After(2)),
            (1, 3, said, LIVE, expect),
            (1, 3, said, LIVE, Bad(Duplicate)),
            (1, 5, K, LIVE, News),
        ]);
    }
    // Of these only the newest of its kind says how it stands.
    for said in [S, R, C, B] {
        check(&[
            (1, 1, B, LIVE, News),
            (1, 4, said, LIVE, After(2)),
            (1, 3, said, LIVE, Bad(Reordered)),
            (1, 3, said, LIVE, Bad(Duplicate)),
        ]);
    }
    // And these speak for themselves.
    for said in [A, L] {
        check(&[(1, 1, B, LIVE, News), (1, 4, said, LIVE, After(2)), (1, 3, said, LIVE, Late)]);
    }
}

#[test]
fn a_birth_that_is_overtaken_by_its_own_connection_still_opens_it() {
    // Boot 1 comes back: its state is here before its birth, and the will of the connection before comes last.
    check(&[
        (1, 1, B, LIVE, News),
        (1, 3, S, LIVE, After(1)),
        (1, 2, B, LIVE, Late),
        (1, 1, G, LIVE, Quiet),
        (1, 4, K, LIVE, News),
        (1, 2, G, LIVE, Left),
    ]);
    // The will of the connection before comes in between.
    check(&[
        (1, 1, B, LIVE, News),
        (1, 1, G, LIVE, Left),
        (1, 3, S, LIVE, Bad(Unborn)),
        (1, 4, L, LIVE, After(2)),
        (1, 2, B, LIVE, Late),
        (1, 5, K, LIVE, News),
    ]);
}

#[test]
fn what_lasts_counts_after_the_will_and_a_card_does_not() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 1, G, LIVE, Left),
        (1, 2, A, LIVE, News),
        (1, 3, L, LIVE, News),
        (1, 3, L, LIVE, Bad(Duplicate)),
        (1, 4, K, LIVE, Bad(Unborn)),
        (1, 5, S, LIVE, Bad(Unborn)),
        (1, 6, R, LIVE, Bad(Unborn)),
        (1, 7, B, LIVE, After(3)),
    ]);
}

#[test]
fn a_former_boot_never_speaks_again() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 2, K, LIVE, News),
        (2, 1, B, LIVE, News),
        (1, 2, K, LIVE, Bad(Replay)),
        (1, 1, B, LIVE, Bad(Replay)),
        (1, 9, S, KEPT, Quiet),
        (1, 9, B, KEPT, Quiet),
        (2, 2, K, LIVE, News),
    ]);
}

#[test]
fn what_was_said_before_the_device_started_anew_may_come_after_it() {
    check(&[
        (1, 1, B, LIVE, News),
        (2, 1, B, LIVE, News),
        (1, 3, K, LIVE, Bad(Reordered)),
        (1, 3, K, LIVE, Bad(Replay)),
        (1, 2, K, LIVE, Bad(Replay)),
        (2, 2, K, LIVE, News),
    ]);
}

#[test]
fn two_devices_with_one_identity_are_told() {
    // Each takes the connection from the other, as a broker does it for two clients of one name (MQTT 5, 3.1.4).
    check(&[
        (1, 1, B, LIVE, News),
        (1, 2, S, LIVE, News),
        (2, 1, B, LIVE, News),
        (1, 1, G, LIVE, Quiet),
        (1, 3, B, LIVE, Bad(Twin)),
        (1, 3, B, LIVE, Bad(Replay)),
        (1, 4, S, LIVE, Bad(Reordered)),
        (2, 2, K, LIVE, News),
    ]);
    let mut link = Link::new();
    assert_eq!(tell(&mut link, 1, 1, B, LIVE), News);
    assert_eq!(tell(&mut link, 2, 1, B, LIVE), News);
    let later = moment(2, 1);
    assert_eq!(tell_at(&mut link, 1, 2, later, K, LIVE), Bad(Twin), "it speaks after the other's birth");
    assert_eq!(tell_at(&mut link, 1, 2, later, K, LIVE), Bad(Replay), "told once");
    let before = UnixMillis(later.0 - 1);
    assert_eq!(tell_at(&mut link, 1, 3, before, K, LIVE), Bad(Reordered));
    assert_eq!(tell_at(&mut link, 1, 4, before, B, LIVE), Bad(Twin), "a connection is never opened by a former boot");
}

#[test]
fn nobody_presents_a_card_before_birth_or_after_the_will() {
    check(&[
        (1, 5, K, LIVE, Bad(Unborn)),
        (1, 6, B, LIVE, News),
        (9, 7, K, LIVE, Bad(Unborn)),
        (1, 6, G, LIVE, Left),
        (1, 7, K, LIVE, Bad(Unborn)),
        (1, 8, B, LIVE, After(1)),
    ]);
    check(&[(1, 5, S, LIVE, News), (1, 6, K, LIVE, Bad(Unborn)), (1, 7, R, LIVE, Bad(Unborn)), (1, 6, L, LIVE, News)]);
}

#[test]
fn retained_messages_come_in_any_order_and_lose_nothing() {
    check(&[(1, 55, S, KEPT, News), (1, 50, B, KEPT, News), (1, 60, K, LIVE, News), (1, 62, K, LIVE, After(1))]);
    check(&[(1, 50, B, KEPT, News), (1, 55, S, KEPT, News), (1, 55, S, KEPT, Quiet), (1, 50, B, KEPT, Quiet)]);
    check(&[(1, 50, G, KEPT, Quiet), (1, 55, S, KEPT, News), (1, 50, B, KEPT, Left), (1, 55, S, KEPT, Quiet)]);
    check(&[(1, 50, G, KEPT, Quiet), (1, 80, B, KEPT, News)]);
    check(&[(1, 900, S, KEPT, News), (1, 50, B, KEPT, News), (1, 901, K, LIVE, News)]);
    check(&[(1, 55, S, KEPT, News), (1, 60, K, LIVE, Bad(Unborn)), (1, 50, B, KEPT, News), (1, 61, K, LIVE, News)]);
}

#[test]
fn a_kept_message_of_another_boot_gives_way_to_whoever_speaks() {
    // Another broker has an old birth of this device; the device itself goes on.
    check(&[
        (5, 1, B, LIVE, News),
        (5, 2, S, LIVE, News),
        (3, 70, B, KEPT, News),
        (3, 71, S, KEPT, News),
        (5, 3, B, LIVE, News),
        (5, 4, K, LIVE, News),
        (3, 72, K, LIVE, Bad(Reordered)),
        (3, 70, B, KEPT, Quiet),
    ]);
    // The device has started anew while the daemon was away from the broker.
    check(&[
        (5, 1, B, LIVE, News),
        (6, 1, B, KEPT, News),
        (6, 2, S, KEPT, News),
        (6, 3, K, LIVE, News),
        (5, 1, B, LIVE, Bad(Replay)),
        (5, 2, B, LIVE, Bad(Twin)),
        (6, 4, K, LIVE, News),
    ]);
    // What was said before is no sign of life of either.
    check(&[
        (5, 1, B, LIVE, News),
        (5, 2, K, LIVE, News),
        (3, 1, B, KEPT, News),
        (5, 2, K, LIVE, Bad(Replay)),
        (5, 1, B, KEPT, Quiet),
        (4, 1, B, KEPT, News),
        (3, 9, B, LIVE, Bad(Twin)),
        (5, 3, K, LIVE, News),
    ]);
}

#[test]
fn births_of_two_boots_that_change_places_shut_nobody_out() {
    // Boot 1 was over before it was heard of: its birth comes after that of boot 2.
    check(&[
        (2, 1, B, LIVE, News),
        (1, 1, B, LIVE, News),
        (2, 2, S, LIVE, News),
        (1, 2, K, LIVE, Bad(Reordered)),
        (2, 3, K, LIVE, News),
    ]);
    // The device has lost its clock when it started anew.
    check(&[
        (5, 1, B, LIVE, News),
        (5, 2, K, LIVE, News),
        (3, 1, B, LIVE, News),
        (3, 2, K, LIVE, News),
        (5, 2, K, LIVE, Bad(Replay)),
        (5, 3, K, LIVE, Bad(Twin)),
        (3, 3, K, LIVE, News),
    ]);
    // What boot 5 had said before boot 6 was born is no sign that it lives.
    check(&[(5, 1, B, LIVE, News), (6, 1, B, KEPT, News), (5, 2, S, LIVE, Bad(Replay)), (6, 2, K, LIVE, News)]);
}

#[test]
fn a_will_of_an_earlier_connection_changes_nothing() {
    check(&[(1, 1, B, LIVE, News), (1, 5, B, LIVE, After(3)), (1, 1, G, LIVE, Quiet), (1, 6, K, LIVE, News)]);
    check(&[(1, 1, B, LIVE, News), (2, 1, B, LIVE, News), (1, 1, G, LIVE, Quiet), (2, 2, K, LIVE, News)]);
}

#[test]
fn a_will_that_overtakes_its_birth_ends_it_whatever_else_comes() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 3, G, LIVE, Quiet),
        (1, 1, G, LIVE, Left),
        (1, 3, B, LIVE, After(1)),
        (1, 4, K, LIVE, Bad(Unborn)),
    ]);
}

#[test]
fn a_farewell_is_a_will() {
    let mut device = crate::mqtt::DeviceSession::new(Boot(7));
    let mut link = Link::new();
    let now = UnixMillis(1_000);
    assert_eq!(device.farewell(now), None);
    for body in [UpBody::Birth(birth_body()), UpBody::State(State::default())] {
        let up = device.stamp(now, body).unwrap();
        assert!(link.receive(up.body.leaf(), LIVE, &up.encode().unwrap()).event.is_some());
    }
    assert!(link.is_live());
    let farewell = device.farewell(now).unwrap();
    let ended = link.receive(UpLeaf::Gone, LIVE, &farewell.encode().unwrap());
    assert_eq!(ended, Reception::news(LinkEvent::Gone));
    assert!(!link.is_live());
    assert_eq!(link.receive(UpLeaf::Gone, KEPT, &farewell.encode().unwrap()), Reception::nothing());
}

#[test]
fn a_kept_event_is_trouble_before_it_is_read() {
    let mut link = Link::new();
    for leaf in [UpLeaf::Event, UpLeaf::Ack, UpLeaf::Rights, UpLeaf::Log, UpLeaf::Csr] {
        assert_eq!(link.receive(leaf, KEPT, &[0xFF]), Reception::trouble(Trouble::Retained));
    }
    let malformed = link.receive(UpLeaf::Event, LIVE, &[0xFF]);
    assert_eq!(malformed, Reception::trouble(Trouble::Malformed(MessageError::Malformed)));
}

#[test]
fn the_memory_of_former_boots_is_bounded() {
    let mut link = Link::new();
    for boot in 0..100 {
        assert_eq!(tell(&mut link, boot, 1, B, LIVE), News);
    }
    assert_eq!(link.former.len(), REMEMBERED_BOOTS);
    assert_eq!(tell(&mut link, 3, 2, K, LIVE), Bad(Unborn));
    assert_eq!(tell(&mut link, 98, 1, K, LIVE), Bad(Replay));
    for boot in 100..200 {
        tell(&mut link, boot, 1, B, KEPT);
    }
    assert_eq!(link.former.len(), REMEMBERED_BOOTS);
}

/// One message as a broker may deliver it: which of a handful, and how.
fn any_delivery() -> impl Strategy<Value = (u64, u32, Said, bool)> {
    let said = prop_oneof![Just(B), Just(S), Just(K), Just(A), Just(R), Just(L), Just(C), Just(G)];
    (1u64..4, 1u32..90, said, prop::bool::weighted(0.2))
}

proptest! {
    /// However messages of one connection are dropped, doubled and swapped, none is news twice and every gap is counted.
    #[test]
    fn no_live_message_is_news_twice(order in proptest::collection::vec(2u32..40, 0..120)) {
        let mut link = Link::new();
        tell(&mut link, 1, 1, B, LIVE);
        let (mut highest, mut news, mut missing, mut late) = (1, 0, 0, 0);
        for number in order {
            match tell(&mut link, 1, number, L, LIVE) {
                News => { prop_assert_eq!(number, highest + 1); news += 1; highest = number; }
                After(lost) => { prop_assert!(number > highest); news += 1; missing += lost; highest = number; }
                Late => { prop_assert!(number < highest); late += 1; }
                Bad(Duplicate) => prop_assert!(number <= highest),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(news + missing, highest - 1);
        prop_assert!(late <= missing, "what is late was told as lost");
    }

    /// Whatever is delivered in whatever order, nothing but a birth and a state comes to anything twice, a card only from an
    /// open connection and never after what was said later, and nothing is both refused and news.
    #[test]
    fn any_deliveries_keep_the_promises(deliveries in proptest::collection::vec(any_delivery(), 0..150)) {
        let mut link = Link::new();
        let (mut counted, mut newest) = (Vec::new(), [0u32; 4]);
        for (boot, number, said, retained) in deliveries {
            let was_live = link.is_live();
            let made = tell(&mut link, boot, number, said, retained);
            if let (News | After(_) | Late, K | A | R | L | C) = (&made, said) {
                prop_assert!(!counted.contains(&(boot, number)), "{:?} {}/{} counts twice", said, boot, number);
                counted.push((boot, number));
            }
            let newest = &mut newest[usize::try_from(boot).unwrap()];
            if said == K && matches!(made, News | After(_) | Late) {
                prop_assert!(was_live && number > *newest, "a card out of its time");
            }
            if matches!(made, News | After(_) | Late) {
                *newest = number.max(*newest);
            }
        }
    }

    #[test]
    fn arbitrary_payloads_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..80), retained: bool) {
        let mut link = Link::new();
        for leaf in [UpLeaf::Birth, UpLeaf::State, UpLeaf::Event, UpLeaf::Ack, UpLeaf::Rights, UpLeaf::Log, UpLeaf::Gone] {
            link.receive(leaf, retained, &payload);
        }
    }
}
