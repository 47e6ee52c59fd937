//! What a device holds and whom it admits, over lists that come, go, come again and come spoilt.

use super::*;
use crate::mqtt::rights::{MAX_LIFE_MS, RightsEntry, RightsList, SIGNATURE_BYTES, Window};
use crate::mqtt::topic::{DeviceId, SiteId};
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

const ISSUED_MS: u64 = 1_784_901_802_417;
const ROOM_CARDS: u16 = 4;

fn card(number: u8) -> CardHash {
    CardHash([number; 16])
}

fn site() -> SiteId {
    SiteId::parse("lon1").unwrap()
}

fn device() -> DeviceId {
    DeviceId::parse("r01-front").unwrap()
}

/// Seconds after the second in which the first list was issued, rounded up.
fn window(from: u32, to: u32) -> Window {
    let base = u32::try_from(ISSUED_MS / 1_000 + 1).unwrap();
    Window { from: base + from, to: base + to }
}

fn list(number: u64, cards: &[(u8, &[Window])]) -> RightsList {
    let entries = cards.iter().map(|(n, windows)| RightsEntry { card: card(*n), windows: windows.to_vec() }).collect();
    RightsList {
        site: site(),
        device: device(),
        number: ListNumber(number),
        generation: number + 100,
        issued: UnixMillis(ISSUED_MS),
        expires: UnixMillis(ISSUED_MS + 3_600_000),
        release_ms: 5_000,
        entries,
    }
}

/// A signature that anyone could make; what matters here is what is asked of the one that checks it.
fn seal(text: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let digest = RightsList::digest(text);
    core::array::from_fn(|at| digest[at % 32])
}

fn bytes(list: &RightsList) -> Vec<u8> {
    RightsList::sign(list.body().unwrap(), seal)
}

fn open(bytes: &[u8]) -> Result<SignedList, RightsRefusal> {
    SignedList::open(bytes, &site(), &device(), |text, signature| seal(text) == *signature)
}

fn at(millis_after_issue: u64) -> UnixMillis {
    UnixMillis(ISSUED_MS + millis_after_issue)
}

fn keeper_with(list: &RightsList) -> Keeper {
    let mut keeper = Keeper::new(ROOM_CARDS, None);
    assert_eq!(keeper.put(at(0), open(&bytes(list))).outcome, RightsOutcome::Applied);
    keeper
}

fn admits(keeper: &Keeper, now: UnixMillis, number: u8) -> bool {
    match keeper.decide(now, card(number)) {
        Decision::Admit { .. } => true,
        Decision::Refuse => false,
    }
}

#[test]
fn a_card_opens_within_its_windows_and_nowhere_else() {
    let keeper = keeper_with(&list(1, &[(1, &[window(0, 60), window(120, 180)]), (3, &[window(60, 7_200)])]));
    let second = (ISSUED_MS / 1_000 + 1) * 1_000 - ISSUED_MS;
    let rows = [
        (1, 0, false, "before its first window"),
        (1, second - 1, false, "the millisecond before"),
        (1, second, true, "its first moment"),
        (1, second + 59_999, true, "the last moment of the first window"),
        (1, second + 60_000, false, "between two windows"),
        (1, second + 120_000, true, "the second window"),
        (1, second + 180_000, false, "after it"),
        (2, second, false, "a card that is not on the list"),
        (3, second + 59_999, false, "another card's window"),
        (3, second + 60_000, true, "its own"),
        (3, 3_599_999, true, "the last moment of the list"),
        (3, 3_600_000, false, "the list is over, its window is not"),
    ];
    for (number, after, expect, why) in rows {
        assert_eq!(admits(&keeper, at(after), number), expect, "{why}");
    }
    let admitted = keeper.decide(at(second), card(1));
    assert_eq!(admitted, Decision::Admit { list: ListNumber(1), release_ms: 5_000 });
}

#[test]
fn a_clock_before_the_issue_admits_nobody() {
    let early = Window { from: 0, to: u32::MAX };
    let keeper = keeper_with(&list(1, &[(1, &[early])]));
    for (now, expect) in [(ISSUED_MS - 1, false), (ISSUED_MS, true), (0, false), (u64::MAX, false)] {
        assert_eq!(admits(&keeper, UnixMillis(now), 1), expect, "{now}");
    }
}

#[test]
fn only_a_newer_list_replaces_one() {
    let first = list(5, &[(1, &[window(0, 60)])]);
    for (number, expect) in [(4, RightsRefusal::Replayed), (5, RightsRefusal::Replayed)] {
        let mut keeper = keeper_with(&first);
        let report = keeper.put(at(0), open(&bytes(&list(number, &[(2, &[window(0, 60)])]))));
        assert_eq!(report.outcome, RightsOutcome::Refused(expect), "{number}");
        assert_eq!(report.held.map(|held| held.number), Some(ListNumber(5)));
    }
    let mut keeper = keeper_with(&first);
    let report = keeper.put(at(0), open(&bytes(&list(6, &[(2, &[window(0, 60)])]))));
    assert_eq!((report.outcome, report.held.unwrap().generation), (RightsOutcome::Applied, 106));
    assert!(admits(&keeper, at(1_000), 2) && !admits(&keeper, at(1_000), 1));
}

#[test]
fn a_list_delivered_twice_is_acknowledged_twice() {
    let first = list(5, &[(1, &[window(0, 60)])]);
    let mut keeper = keeper_with(&first);
    let again = keeper.put(at(10), open(&bytes(&first)));
    assert_eq!((again.outcome, again.held), (RightsOutcome::Applied, keeper.held()));
}

#[test]
fn a_newer_list_that_cannot_come_into_force_ends_the_one_before() {
    let everybody: Vec<(u8, &[Window])> = vec![(1, &[]); 0];
    let mut over = list(6, &everybody);
    (over.issued, over.expires) = (UnixMillis(ISSUED_MS - 10), UnixMillis(ISSUED_MS));
    let all = [window(0, 60)];
    let long = list(6, &[(1, &all), (2, &all), (3, &all), (4, &all), (5, &all)]);
    for (newer, expect) in [(over, RightsRefusal::Expired), (long, RightsRefusal::TooLong)] {
        let mut keeper = keeper_with(&list(5, &[(1, &all)]));
        let report = keeper.put(at(1_000), open(&bytes(&newer)));
        assert_eq!((report.outcome, report.held), (RightsOutcome::Refused(expect), None));
        assert!(!admits(&keeper, at(1_000), 1), "{expect:?}");
        assert_eq!(keeper.highest(), Some(ListNumber(6)));
    }
}

#[test]
fn told_to_decide_online_only_it_waits_for_a_newer_list() {
    let first = list(5, &[(1, &[window(0, 60)])]);
    let mut keeper = keeper_with(&first);
    assert_eq!(keeper.forget(), RightsReport { held: None, outcome: RightsOutcome::Holding });
    assert!(!admits(&keeper, at(1_000), 1));
    let again = keeper.put(at(0), open(&bytes(&first)));
    assert_eq!((again.outcome, again.held), (RightsOutcome::Refused(RightsRefusal::Replayed), None));
    let newer = keeper.put(at(0), open(&bytes(&list(6, &[(1, &[window(0, 60)])]))));
    assert_eq!(newer.outcome, RightsOutcome::Applied);
}

#[test]
fn the_number_outlasts_the_power_before_the_list_is_in_force() {
    let (old, new) = (list(5, &[(1, &[window(0, 60)])]), list(6, &[(2, &[window(0, 60)])]));
    let kept = |list: &RightsList| Some(open(&bytes(list)).unwrap());
    let rows = [
        ("nothing was kept", None, None, None),
        ("the old list and its number", Some(5), kept(&old), Some(5)),
        ("the new number, and still the old list", Some(6), kept(&old), None),
        ("the new number and its list", Some(6), kept(&new), Some(6)),
        ("the new number, and the list was wiped", Some(6), None, None),
        ("a list whose number was never kept", Some(5), kept(&new), None),
        ("a list, and no number", None, kept(&old), None),
    ];
    for (when, highest, list, expect) in rows {
        let mut keeper = Keeper::restored(ROOM_CARDS, highest.map(ListNumber), list);
        assert_eq!(keeper.held().map(|held| held.number.0), expect, "{when}");
        let replayed = keeper.put(at(0), open(&bytes(&old))).outcome;
        let is_free = highest.is_none() || expect == Some(5);
        assert_eq!(replayed == RightsOutcome::Applied, is_free, "{when}");
    }
    assert_eq!(Keeper::restored(0, Some(ListNumber(5)), kept(&old)).held(), None, "its room has shrunk");
}

#[test]
fn a_list_that_cannot_be_kept_is_not_in_force() {
    let mut keeper = keeper_with(&list(5, &[(1, &[window(0, 60)])]));
    let newer = open(&bytes(&list(6, &[(1, &[window(0, 60)])])));
    let mut asked = Vec::new();
    let report = keeper.put_kept(at(0), newer, |signed| {
        asked.push(signed.held().number);
        false
    });
    assert_eq!(asked, [ListNumber(6)]);
    assert_eq!((report.outcome, report.held), (RightsOutcome::Refused(RightsRefusal::NotKept), None));
}

#[test]
fn what_is_refused_is_not_kept() {
    let first = list(5, &[(1, &[window(0, 60)])]);
    let mut keeper = keeper_with(&first);
    for bytes in [bytes(&first), bytes(&list(4, &[])), vec![0; 200]] {
        keeper.put_kept(at(0), open(&bytes), |_| panic!("nothing is to be kept"));
    }
    assert_eq!(keeper.held().map(|held| held.number), Some(ListNumber(5)));
}

#[test]
fn an_empty_list_admits_nobody() {
    let keeper = keeper_with(&list(1, &[]));
    assert!((0..=255).all(|number| !admits(&keeper, at(1_000), number)));
}

/// One thing that happens to a keeper.
#[derive(Clone, Debug)]
enum Step {
    Put { number: u64, issued: u64, life: u64, cards: Vec<(u8, u32, u32)>, now: u64 },
    Forget,
    PowerCut,
    Ask { card: u8, now: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    let cards = proptest::collection::vec((0u8..6, 0u32..100, 1u32..100), 0..6);
    prop_oneof![
        4 => (1u64..12, 0u64..50_000, 1u64..100_000, cards, 0u64..200_000)
            .prop_map(|(number, issued, life, cards, now)| Step::Put { number, issued, life, cards, now }),
        1 => Just(Step::Forget),
        1 => Just(Step::PowerCut),
        8 => (0u8..6, 0u64..200_000).prop_map(|(card, now)| Step::Ask { card, now }),
    ]
}

fn drawn_list(number: u64, issued: u64, life: u64, cards: &[(u8, u32, u32)]) -> RightsList {
    let base = u32::try_from(ISSUED_MS / 1_000).unwrap();
    let mut entries: Vec<RightsEntry> = cards
        .iter()
        .map(|(n, from, length)| {
            let window = Window { from: base + from, to: base + from + length };
            RightsEntry { card: card(*n), windows: vec![window] }
        })
        .collect();
    entries.sort_by_key(|entry| entry.card);
    entries.dedup_by_key(|entry| entry.card);
    let (issued, expires) = (at(issued), at(issued + life.min(MAX_LIFE_MS)));
    RightsList { issued, expires, entries, ..list(number, &[]) }
}

proptest! {
    /// Whatever comes, a card is admitted only by the newest list that was ever accepted, and only within its window there.
    #[test]
    fn nobody_passes_but_by_the_newest_list_accepted(steps in proptest::collection::vec(any_step(), 0..40)) {
        let mut keeper = Keeper::new(ROOM_CARDS, None);
        let mut flash: Option<SignedList> = None;
        let mut in_force: Option<RightsList> = None;
        let mut highest = 0;
        for step in steps {
            match step {
                Step::Put { number, issued, life, cards, now } => {
                    let list = drawn_list(number, issued, life, &cards);
                    let opened = open(&bytes(&list));
                    let report = keeper.put_kept(at(now), opened, |signed| {
                        flash = Some(signed.clone());
                        true
                    });
                    if number > highest {
                        highest = number;
                        in_force = (report.outcome == RightsOutcome::Applied).then_some(list);
                    }
                }
                Step::Forget => {
                    keeper.forget();
                    (flash, in_force) = (None, None);
                }
                Step::PowerCut => keeper = Keeper::restored(ROOM_CARDS, keeper.highest(), flash.clone()),
                Step::Ask { card: number, now } => {
                    let expect = in_force.as_ref().is_some_and(|list| {
                        let second = at(now).0 / 1_000;
                        list.issued <= at(now) && at(now) < list.expires && list.entries.iter().any(|entry| {
                            entry.card == card(number) && entry.windows.iter().any(|window| {
                                (u64::from(window.from)..u64::from(window.to)).contains(&second)
                            })
                        })
                    });
                    prop_assert_eq!(admits(&keeper, at(now), number), expect);
                }
            }
            prop_assert_eq!(keeper.highest().map_or(0, |number| number.0), highest);
        }
    }
}
