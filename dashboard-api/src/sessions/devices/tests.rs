//! Codes, their ends and whoever guesses them, in virtual time.

use super::*;

const ANNA: OperatorId = OperatorId::new(1);
const BEN: OperatorId = OperatorId::new(2);

fn at(seconds: u64) -> Monotonic {
    Monotonic::from_micros(seconds * 1_000_000)
}

fn asks(address: &str) -> Asks {
    Asks::of("rackward on build7", address.parse().ok())
}

fn issued(id: u32) -> Issued {
    Issued { id: TokenId::new(id), secret: Token::draw().unwrap(), lasts: Duration::from_secs(3600) }
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let check = |typed: &str, expect: Option<&str>| assert_eq!(as_drawn(typed).as_deref(), expect, "{typed:?}");
    check("BCDF-GHJK", Some("BCDFGHJK"));
    check("bcdfghjk", Some("BCDFGHJK"));
    check(" bcdf ghjk ", Some("BCDFGHJK"));
    check("BCDF.GHJK", Some("BCDFGHJK"));
    check("BCDF-GHJ", None);
    check("BCDF-GHJKL", None);
    check("BCDF-GHJ1", None);
    check("BCDF-GHJK1", None);
    check("", None);
    check(&"B".repeat(10_000), None);
}

#[test]
fn a_code_has_letters_that_nobody_mistakes_and_none_is_likelier() {
    let mut seen: HashMap<char, u32> = HashMap::new();
    for _ in 0..5_000 {
        let letters = draw_letters().unwrap();
        assert_eq!(letters.len(), CODE_CHARS);
        letters.chars().for_each(|letter| *seen.entry(letter).or_default() += 1);
    }
    assert_eq!(seen.len(), LETTERS.len());
    assert!(seen.keys().all(|letter| !"AEIOU0158".contains(*letter)));
    // 40,000 letters, 2,000 of each on average; 300 off is more than six standard deviations.
    assert!(seen.values().all(|count| (1_700..2_300).contains(count)), "{seen:?}");
}

#[test]
fn whoever_was_let_in_fetches_the_token_once() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    assert!(matches!(devices.fetch(begun.device.reveal(), at(5)), Fetched::Waits));
    let typed = begun.user.to_lowercase().replace('-', " ");
    let (code, left) = (begun.user.clone(), Duration::from_secs(594));
    assert_eq!(devices.look(ANNA, &typed, at(6)), Looked::Waits { code, asks: asks("192.0.2.7"), left });
    assert!(devices.begin_to_let_in(&begun.user, at(7)));
    assert!(!devices.begin_to_let_in(&begun.user, at(7)) && !devices.refuse(&begun.user, at(7)), "one decides");
    devices.let_in(&begun.user, issued(3));
    assert!(matches!(devices.fetch(begun.device.reveal(), at(10)), Fetched::LetIn(issued) if issued.id.get() == 3));
    assert!(matches!(devices.fetch(begun.device.reveal(), at(15)), Fetched::Twice(id) if id.get() == 3));
    assert_eq!(devices.look(BEN, &begun.user, at(20)), Looked::Nobody, "a code that was used is none");
    assert_eq!(devices.lapsed(at(700)), []);
    assert!(matches!(devices.fetch(begun.device.reveal(), at(701)), Fetched::Unknown));
}

#[test]
fn what_came_to_nothing_can_be_decided_again() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    assert!(devices.begin_to_let_in(&begun.user, at(1)));
    devices.put_back(&begun.user);
    assert!(devices.refuse(&begun.user, at(2)));
    devices.put_back(&begun.user);
    assert!(matches!(devices.fetch(begun.device.reveal(), at(5)), Fetched::Refused), "a no stays a no");
}

#[test]
fn whoever_asks_too_often_waits_longer_each_time() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    let fetch = |seconds| devices.fetch(begun.device.reveal(), at(seconds));
    assert!(matches!(fetch(1), Fetched::Waits));
    assert!(matches!(fetch(2), Fetched::TooSoon(every) if every.as_secs() == 10));
    assert!(matches!(fetch(8), Fetched::TooSoon(every) if every.as_secs() == 15));
    assert!(matches!(fetch(23), Fetched::Waits));
    assert!(matches!(fetch(33), Fetched::TooSoon(_)), "what was slow once stays slow");
}

#[test]
fn a_token_that_nobody_fetches_is_given_back() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    devices.begin_to_let_in(&begun.user, at(500));
    assert_eq!(devices.lapsed(at(601)), [], "somebody is letting it in");
    devices.let_in(&begun.user, issued(9));
    assert!(matches!(devices.fetch(begun.device.reveal(), at(602)), Fetched::Lapsed));
    assert_eq!(devices.lapsed(at(603)), [(TokenId::new(9), TokenReturn::NotFetched)]);
    assert_eq!(devices.lapsed(at(604)), [], "once");
}

#[test]
fn a_code_ends_after_ten_minutes() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    assert!(matches!(devices.look(ANNA, &begun.user, at(599)), Looked::Waits { .. }));
    assert_eq!(devices.look(ANNA, &begun.user, at(600)), Looked::Nobody);
    assert!(!devices.begin_to_let_in(&begun.user, at(600)));
    assert!(matches!(devices.fetch(begun.device.reveal(), at(600)), Fetched::Lapsed));
}

#[test]
fn guessing_codes_stops_longer_each_time_and_stops_nobody_else() {
    let devices = Devices::default();
    let begun = devices.begin(asks("192.0.2.7"), at(0)).unwrap();
    let wrong = |seconds| devices.look(ANNA, "ZZZZ-ZZZZ", at(seconds));
    for seconds in 1..=5 {
        assert_eq!(wrong(seconds), Looked::Nobody);
    }
    assert_eq!(wrong(6), Looked::Paused(Duration::from_secs(299)));
    assert_eq!(devices.look(ANNA, &begun.user, at(7)), Looked::Paused(Duration::from_secs(298)), "the right one too");
    assert!(matches!(devices.look(BEN, &begun.user, at(8)), Looked::Waits { .. }));
    assert!(matches!(devices.look(ANNA, &begun.user, at(305)), Looked::Waits { .. }));
    for seconds in 306..=310 {
        assert_eq!(wrong(seconds), Looked::Nobody);
    }
    assert_eq!(wrong(310), Looked::Paused(Duration::from_secs(600)), "a right one between makes no difference");
    // In a day of trying nobody gets further than a few hundred codes of 25,600,000,000.
    let tried = (1_000..87_400).filter(|seconds| wrong(*seconds) == Looked::Nobody).count();
    assert!(tried < 150, "{tried}");
}

#[test]
fn one_network_does_not_take_every_place() {
    let devices = Devices::default();
    for host in 0..FROM_ONE_NETWORK_MAX_REQUESTS {
        devices.begin(asks(&format!("2001:db8::{host}")), at(0)).unwrap();
    }
    assert_eq!(devices.begin(asks("2001:db8::ffff"), at(1)).unwrap_err(), NotBegun::Crowded);
    assert!(devices.begin(asks("2001:db8:0:1::1"), at(1)).is_ok());
    assert!(devices.begin(asks("2001:db8::ffff"), at(600)).is_ok(), "what is lapsed makes room");
    let devices = Devices::default();
    let begin = |number: usize| devices.begin(asks(&format!("10.0.{}.{}", number / 250, number % 250)), at(0));
    (0..MAX_REQUESTS).for_each(|number| drop(begin(number).unwrap()));
    assert_eq!(begin(MAX_REQUESTS).unwrap_err(), NotBegun::Crowded);
}

#[test]
fn a_name_shows_no_more_than_letters() {
    let named = |name: &str| Asks::of(name, None).name;
    assert_eq!(named("  rackward on build7\n"), "rackward on build7");
    assert_eq!(named("a\u{202e}b\u{1b}[31m"), "ab[31m");
    assert_eq!(named(&"x".repeat(500)).len(), NAME_CHARS);
}
