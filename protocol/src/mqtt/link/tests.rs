//! Stories of one link: what a device says over births, losses, doubles and replays, and what the daemon makes of it.

use super::*;
use crate::mqtt::message::{Keypad, SelfTest, UpBody};
use alloc::string::String;
use proptest::prelude::*;

fn up(boot: u64, number: u32, body: UpBody) -> (UpLeaf, alloc::vec::Vec<u8>) {
    let stamp = Stamp { boot: Boot(boot), sequence: Sequence::new(number).unwrap() };
    (body.leaf(), Up { stamp, body }.encode().unwrap())
}

fn birth_body() -> Birth {
    Birth {
        model: String::from("SH-1"),
        serial: String::from("0001"),
        firmware: String::from("1.0.0"),
        self_test: SelfTest::Passed,
    }
}

/// What happens in a story, and what the link must make of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Birth,
    State,
    Keys,
    Gone,
}

#[derive(Debug, PartialEq)]
enum Made {
    News,
    Quiet,
    Left,
    After(u32),
    Bad(Trouble),
}

const LIVE: bool = false;
const KEPT: bool = true;

fn tell(link: &mut Link, boot: u64, number: u32, said: Said, retained: bool) -> Made {
    let body = match said {
        Said::Birth => UpBody::Birth(birth_body()),
        Said::State => UpBody::State(State::default()),
        Said::Keys => UpBody::Event(Event::Keypad(Keypad::new("1").unwrap())),
        Said::Gone => UpBody::Gone,
    };
    let (leaf, payload) = up(boot, number, body);
    match link.receive(leaf, retained, &payload) {
        Reception { trouble: None, event: Some(LinkEvent::Gone) } => Made::Left,
        Reception { trouble: None, event: Some(_) } => Made::News,
        Reception { trouble: None, event: None } => Made::Quiet,
        Reception { trouble: Some(Trouble::Lost { missing }), event: Some(_) } => Made::After(missing),
        Reception { trouble: Some(trouble), event: None } => Made::Bad(trouble),
        other => panic!("{other:?}"),
    }
}

fn check(story: &[(u64, u32, Said, bool, Made)]) {
    let mut link = Link::new();
    for (step, (boot, number, said, retained, expect)) in story.iter().enumerate() {
        assert_eq!(tell(&mut link, *boot, *number, *said, *retained), *expect, "step {step}: {said:?} {boot}/{number}");
    }
}

use Made::{After, Bad, Left, News, Quiet};
use Said::{Birth as B, Gone as G, Keys as K, State as S};

#[test]
fn a_device_is_born_speaks_and_goes() {
    check(&[(1, 1, B, LIVE, News), (1, 2, S, LIVE, News), (1, 3, K, LIVE, News), (1, 1, G, LIVE, Left)]);
}

#[test]
fn lost_messages_are_counted_and_the_message_after_them_is_kept() {
    check(&[(1, 1, B, LIVE, News), (1, 4, K, LIVE, After(2)), (1, 5, K, LIVE, News)]);
}

#[test]
fn doubles_and_old_messages_are_refused() {
    check(&[
        (1, 1, B, LIVE, News),
        (1, 2, K, LIVE, News),
        (1, 2, K, LIVE, Bad(Trouble::Duplicate)),
        (1, 5, K, LIVE, After(2)),
        (1, 3, K, LIVE, Bad(Trouble::Replay)),
        (1, 200, K, LIVE, After(194)),
        (1, 5, K, LIVE, Bad(Trouble::Replay)),
        (1, 1, B, LIVE, Bad(Trouble::Duplicate)),
    ]);
}

#[test]
fn a_former_boot_never_speaks_again() {
    check(&[
        (1, 1, B, LIVE, News),
        (2, 1, B, LIVE, News),
        (1, 2, K, LIVE, Bad(Trouble::Replay)),
        (1, 9, B, LIVE, Bad(Trouble::Replay)),
        (1, 9, S, KEPT, Bad(Trouble::Replay)),
        (2, 2, K, LIVE, News),
    ]);
}

#[test]
fn nobody_presents_a_card_before_birth_or_after_the_will() {
    check(&[
        (1, 5, K, LIVE, Bad(Trouble::Unborn)),
        (1, 6, B, LIVE, News),
        (9, 7, K, LIVE, Bad(Trouble::Unborn)),
        (1, 6, G, LIVE, Left),
        (1, 7, K, LIVE, Bad(Trouble::Unborn)),
        (1, 8, B, LIVE, After(1)),
    ]);
}

#[test]
fn retained_messages_come_in_any_order_and_lose_nothing() {
    check(&[(1, 55, S, KEPT, News), (1, 50, B, KEPT, News), (1, 60, K, LIVE, News), (1, 62, K, LIVE, After(1))]);
    check(&[(1, 50, B, KEPT, News), (1, 55, S, KEPT, News), (1, 55, S, KEPT, Quiet), (1, 50, B, KEPT, Quiet)]);
    check(&[(1, 50, G, KEPT, Quiet), (1, 55, S, KEPT, News), (1, 50, B, KEPT, Left), (1, 55, S, KEPT, Quiet)]);
    check(&[(1, 50, G, KEPT, Quiet), (1, 80, B, KEPT, News)]);
}

#[test]
fn a_will_of_an_earlier_connection_changes_nothing() {
    check(&[(1, 1, B, LIVE, News), (1, 5, B, LIVE, After(3)), (1, 1, G, LIVE, Quiet), (1, 6, K, LIVE, News)]);
    check(&[(1, 1, B, LIVE, News), (2, 1, B, LIVE, News), (1, 1, G, LIVE, Quiet), (2, 2, K, LIVE, News)]);
}

#[test]
fn a_kept_event_is_trouble_before_it_is_read() {
    let mut link = Link::new();
    let refused = link.receive(UpLeaf::Event, true, &[0xFF]);
    assert_eq!(refused, Reception::trouble(Trouble::Retained));
    let malformed = link.receive(UpLeaf::Event, false, &[0xFF]);
    assert_eq!(malformed, Reception::trouble(Trouble::Malformed(MessageError::Malformed)));
}

#[test]
fn the_memory_of_former_boots_is_bounded() {
    let mut link = Link::new();
    for boot in 0..100 {
        assert_eq!(tell(&mut link, boot, 1, B, LIVE), News);
    }
    assert_eq!(link.former.len(), REMEMBERED_BOOTS);
    assert_eq!(tell(&mut link, 3, 2, K, LIVE), Bad(Trouble::Unborn));
    assert_eq!(tell(&mut link, 98, 2, K, LIVE), Bad(Trouble::Replay));
}

proptest! {
    /// However messages are dropped, doubled and swapped, none is news twice and every live gap is counted.
    #[test]
    fn no_live_message_is_news_twice(order in proptest::collection::vec(2u32..40, 0..120)) {
        let mut link = Link::new();
        tell(&mut link, 1, 1, B, LIVE);
        let (mut highest, mut news, mut missing) = (1, 0, 0);
        for number in order {
            match tell(&mut link, 1, number, K, LIVE) {
                News => { prop_assert_eq!(number, highest + 1); news += 1; highest = number; }
                After(lost) => { prop_assert!(number > highest); news += 1; missing += lost; highest = number; }
                Bad(Trouble::Duplicate | Trouble::Replay) => prop_assert!(number <= highest),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(news + missing, highest - 1);
    }

    #[test]
    fn arbitrary_payloads_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..80), retained: bool) {
        let mut link = Link::new();
        for leaf in [UpLeaf::Birth, UpLeaf::State, UpLeaf::Event, UpLeaf::Ack, UpLeaf::Gone] {
            link.receive(leaf, retained, &payload);
        }
    }
}
