//! What is a list for this handle, and what is none: every field out of its range, every byte cut off or changed.

use super::*;
use alloc::format;
use alloc::vec;
use core::cell::Cell;
use proptest::prelude::*;

fn site(text: &str) -> SiteId {
    SiteId::parse(text).unwrap()
}

fn device(text: &str) -> DeviceId {
    DeviceId::parse(text).unwrap()
}

fn entry(card: u8, windows: &[(u32, u32)]) -> RightsEntry {
    let windows = windows.iter().map(|(from, to)| Window { from: *from, to: *to }).collect();
    RightsEntry { card: CardHash([card; 16]), windows }
}

fn list() -> RightsList {
    RightsList {
        site: site("lon1"),
        device: device("r01"),
        number: ListNumber(258),
        generation: 7,
        issued: UnixMillis(1_784_901_802_417),
        expires: UnixMillis(1_784_930_602_417),
        release_ms: 5_000,
        entries: vec![entry(1, &[(10, 20), (21, 30)]), entry(2, &[(0, u32::MAX)])],
    }
}

/// A signature that anyone could make; what matters here is that it is asked for, and of which text.
fn seal(text: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let digest = RightsList::digest(text);
    core::array::from_fn(|at| digest[at % 32])
}

fn signed(body: Vec<u8>) -> Vec<u8> {
    RightsList::sign(body, seal)
}

fn open(bytes: &[u8]) -> Result<SignedList, RightsRefusal> {
    SignedList::open(bytes, &site("lon1"), &device("r01"), |text, signature| seal(text) == *signature)
}

#[test]
fn the_bytes_stay_as_they_are() {
    let body = list().body().unwrap();
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    let head = "5257524c01046c6f6e3103723031000000000000010200000000000000070000019f947019b10000019f96278db1";
    let hash = |card: &str| card.repeat(16);
    let first = format!("{}020000000a00000014000000150000001e", hash("01"));
    let second = format!("{}0100000000ffffffff", hash("02"));
    assert_eq!(hex, format!("{head}0000138800000002{first}{second}"));
    assert_eq!(SIGNED_TEXT, b"rackward rights list 1\0");
    let list = signed(body.clone());
    assert_eq!(list.len(), body.len() + 64);
    assert_eq!(list[body.len()..], seal(&[SIGNED_TEXT, body.as_slice()].concat()));
}

#[test]
fn a_list_comes_back_as_it_went_and_is_named_by_its_digest() {
    let body = list().body().unwrap();
    let opened = open(&signed(body.clone())).unwrap();
    assert_eq!(*opened.list(), list());
    let held = HeldRights {
        number: ListNumber(258),
        generation: 7,
        digest: RightsList::digest(&body),
        expires: list().expires,
    };
    assert_eq!(opened.held(), held);
}

/// A list with something changed, and whether it is still one.
fn check(change: impl FnOnce(&mut RightsList), expect: Result<(), RightsRefusal>, why: &str) {
    let mut list = list();
    change(&mut list);
    assert_eq!(list.body().map(|_| ()), expect, "{why}");
}

#[test]
fn only_what_is_a_list_is_written() {
    let bad = Err(RightsRefusal::Malformed);
    let windows = |count: u32| (0..count).map(|at| (at * 2, at * 2 + 1)).collect::<Vec<_>>();
    check(|l| l.entries.clear(), Ok(()), "nobody");
    check(|l| l.number = ListNumber(0), bad, "number 0");
    check(|l| l.expires = l.issued, bad, "over when it is issued");
    check(|l| l.expires = UnixMillis(l.issued.0 - 1), bad, "over before it is issued");
    check(|l| l.expires = UnixMillis(l.issued.0 + MAX_LIFE_MS), Ok(()), "a day");
    check(|l| l.expires = UnixMillis(l.issued.0 + MAX_LIFE_MS + 1), bad, "longer than a day");
    check(
        |l| (l.issued, l.expires) = (UnixMillis(MAX_UNIX_MS), UnixMillis(MAX_UNIX_MS + 1)),
        bad,
        "past the year 9999",
    );
    check(|l| l.release_ms = MIN_RELEASE_MS - 1, bad, "released too briefly");
    check(|l| l.release_ms = MAX_RELEASE_MS + 1, bad, "released too long");
    check(|l| l.entries.reverse(), bad, "cards out of order");
    check(|l| l.entries.push(entry(2, &[(1, 2)])), bad, "a card twice");
    check(|l| l.entries.push(entry(3, &[])), bad, "a card without a window");
    check(|l| l.entries.push(entry(3, &[(5, 5)])), bad, "an empty window");
    check(|l| l.entries.push(entry(3, &[(6, 5)])), bad, "a window that ends before it begins");
    check(|l| l.entries.push(entry(3, &[(1, 5), (4, 9)])), bad, "windows that overlap");
    check(|l| l.entries.push(entry(3, &[(1, 5), (5, 9)])), bad, "windows that are one");
    check(|l| l.entries.push(entry(3, &[(6, 9), (1, 5)])), bad, "windows out of order");
    check(|l| l.entries.push(entry(3, &windows(32))), Ok(()), "as many windows as may be");
    check(|l| l.entries.push(entry(3, &windows(33))), bad, "one window too many");
}

/// So many cards with one window each: 25 bytes a card.
fn crowd(cards: u32) -> RightsList {
    let hash = |at: u32| CardHash(core::array::from_fn(|byte| at.to_be_bytes().get(byte).copied().unwrap_or(0)));
    let entries = (0..cards).map(|at| RightsEntry { card: hash(at), windows: vec![Window { from: 1, to: 2 }] });
    RightsList { entries: entries.collect(), ..list() }
}

#[test]
fn a_list_is_as_long_as_may_be_and_no_longer() {
    let head = crowd(0).body().unwrap().len() + SIGNATURE_BYTES;
    let most = u32::try_from((MAX_LIST_BYTES - head) / 25).unwrap();
    assert!(most >= 4_000, "{most}");
    let longest = signed(crowd(most).body().unwrap());
    assert!(open(&longest).is_ok());
    assert_eq!(crowd(most + 1).body(), Err(RightsRefusal::TooLong));
    let asked = Cell::new(false);
    let longer = vec![0; MAX_LIST_BYTES + 1];
    let refused = SignedList::open(&longer, &site("lon1"), &device("r01"), |_, _| {
        asked.set(true);
        true
    });
    assert_eq!((refused, asked.get()), (Err(RightsRefusal::TooLong), false), "it is refused unread");
}

#[test]
fn a_list_for_somebody_else_is_refused() {
    let bytes = signed(list().body().unwrap());
    let rows = [
        ("lon1", "r01", true, Ok(())),
        ("lon1", "r01", false, Err(RightsRefusal::Signature)),
        ("ams2", "r01", true, Err(RightsRefusal::Site)),
        ("lon1", "r02", true, Err(RightsRefusal::Device)),
        ("lon", "r01", true, Err(RightsRefusal::Site)),
    ];
    for (of_site, of_device, is_signed, expect) in rows {
        let opened = SignedList::open(&bytes, &site(of_site), &device(of_device), |_, _| is_signed);
        assert_eq!(opened.map(|_| ()), expect, "{of_site} {of_device}");
    }
}

#[test]
fn a_list_cut_short_anywhere_is_refused() {
    let body = list().body().unwrap();
    let whole = signed(body.clone());
    for cut in 0..whole.len() {
        let expect = if cut < SIGNATURE_BYTES { RightsRefusal::Malformed } else { RightsRefusal::Signature };
        assert_eq!(open(&whole[..cut]), Err(expect), "cut at {cut}");
    }
    // And where somebody who may sign has signed what is left.
    for cut in 0..body.len() {
        assert_eq!(open(&signed(Vec::from(&body[..cut]))), Err(RightsRefusal::Malformed), "cut and signed at {cut}");
    }
    let longer = [body.as_slice(), &[0]].concat();
    assert_eq!(open(&signed(longer)), Err(RightsRefusal::Malformed));
}

#[test]
fn a_list_with_any_bit_changed_is_refused() {
    let whole = signed(list().body().unwrap());
    for bit in 0..whole.len() * 8 {
        let mut spoilt = whole.clone();
        spoilt[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&spoilt), Err(RightsRefusal::Signature), "bit {bit}");
    }
}

#[test]
fn what_is_signed_and_no_list_is_refused() {
    let body = list().body().unwrap();
    // The count of cards stands behind head and release, before two entries of 33 and 25 bytes.
    let cards_at = body.len() - 58 - 4;
    let spoil = |at: usize, value: u8| {
        let mut body = body.clone();
        body[at] = value;
        open(&signed(body))
    };
    let rows = [
        ("another magic", 0, b'X'),
        ("another version", 4, 2),
        ("a site longer than the list", 5, 0xFF),
        ("a site that is no id", 6, b'/'),
        ("more cards than there are", cards_at, 0xFF),
        ("fewer cards than there are", cards_at + 3, 1),
        ("more windows than there are", cards_at + 4 + 16, 3),
    ];
    for (what, at, value) in rows {
        assert_eq!(spoil(at, value), Err(RightsRefusal::Malformed), "{what}");
    }
}

#[test]
fn every_refusal_has_a_number_of_its_own() {
    for (at, refusal) in RightsRefusal::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(refusal.code()), at);
        assert_eq!(RightsRefusal::from_code(refusal.code()), Some(refusal));
    }
    assert_eq!(RightsRefusal::from_code(8), None);
}

#[test]
fn cards_do_not_show_in_debug() {
    assert!(!format!("{:?}", entry(0xAB, &[(1, 2)])).contains("171"));
}

fn any_entries() -> impl Strategy<Value = Vec<RightsEntry>> {
    let edges = proptest::collection::btree_set(any::<u32>(), 2..12);
    proptest::collection::btree_map(any::<[u8; 16]>(), edges, 0..20).prop_map(|cards| {
        let windows = |edges: alloc::collections::BTreeSet<u32>| {
            let edges: Vec<u32> = edges.into_iter().collect();
            edges.chunks_exact(2).map(|pair| Window { from: pair[0], to: pair[1] }).collect()
        };
        cards.into_iter().map(|(card, edges)| RightsEntry { card: CardHash(card), windows: windows(edges) }).collect()
    })
}

proptest! {
    #[test]
    fn every_list_comes_back_as_it_went(
        entries in any_entries(),
        number in 1u64..,
        generation: u64,
        issued in 0..=MAX_UNIX_MS - MAX_LIFE_MS,
        life in 1..=MAX_LIFE_MS,
        release_ms in MIN_RELEASE_MS..=MAX_RELEASE_MS,
    ) {
        let (number, expires, issued) = (ListNumber(number), UnixMillis(issued + life), UnixMillis(issued));
        let list = RightsList { number, generation, issued, expires, release_ms, entries, ..list() };
        let body = list.body().unwrap();
        let opened = open(&signed(body.clone())).unwrap();
        prop_assert_eq!(opened.held().digest, RightsList::digest(&body));
        prop_assert_eq!(opened.list(), &list);
    }

    /// Whatever somebody signs, it is no list or it is exactly the bytes that the same list is written in.
    #[test]
    fn a_changed_and_signed_body_is_refused_or_another_list(at in 0usize..200, value: u8) {
        let mut body = list().body().unwrap();
        let at = at % body.len();
        body[at] = value;
        if let Ok(opened) = open(&signed(body.clone())) {
            prop_assert_eq!(opened.list().body(), Ok(body));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = open(&signed(bytes.clone()));
        let _ = SignedList::open(&bytes, &site("lon1"), &device("r01"), |_, _| true);
    }
}
