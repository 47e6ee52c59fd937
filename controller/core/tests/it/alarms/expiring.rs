//! Credentials that come to their end while their holders still come and go: looked at once a day, told as one.

use std::time::Duration;

use super::{acknowledged, check_replay, letter, minutes, of_kind, on_list};
use crate::site::{Desk, card, reason};
use rackward_core::alarm::AlarmKind::CredentialExpiring;
use rackward_core::alarm::AlarmSource;
use rackward_core::id::{CredentialId, PersonId};
use rackward_core::people::{CredentialState, Place, Validity, Whereabouts};
use rackward_core::{Command, Records};

const DAY: u64 = 86_400;

fn days(count: u64) -> Duration {
    Duration::from_secs(count * DAY)
}

/// A person with a card that ends so long after now, who was last seen so long before.
fn holder(desk: &mut Desk, number: u8, ends: Duration, seen: Option<Duration>) -> PersonId {
    let person = desk.person(number);
    let old = desk.engine.records().credentials.values().find(|row| row.person == person).unwrap().id;
    let destroyed = CredentialState::Destroyed;
    desk.command(Command::SetCredentialState { credential: old, state: destroyed, reason: reason("x") }).unwrap();
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(ends) };
    desk.command(Command::AssignCredential { person, key: card(100 + number), validity }).unwrap();
    if let Some(ago) = seen {
        let since = rackward_core::Wall::from_micros(desk.now.wall.as_micros() - ago.as_micros() as i64);
        let mut records: Records = desk.engine.records().clone();
        records.presence.insert(person, Whereabouts { place: Place::Outside, since });
        *desk = Desk::restart(records, desk.now);
        desk.all_online();
    }
    person
}

fn counted(desk: &Desk) -> Vec<CredentialId> {
    let alarms = desk.engine.records().alarms.values().filter(|row| row.is_active());
    let credential = |source| if let AlarmSource::Credential(credential) = source { Some(credential) } else { None };
    alarms.filter_map(|row| credential(row.source)).collect()
}

#[test]
fn who_is_told_of() {
    let check = |ends: Duration, seen: Option<Duration>, expect: bool| {
        let mut desk = Desk::open();
        holder(&mut desk, 1, ends, seen);
        desk.wait(days(1) + minutes(1));
        assert_eq!(desk.active(CredentialExpiring), expect, "{ends:?} {seen:?}");
    };
    check(days(8), Some(days(1)), true);
    check(days(8) + minutes(2), Some(days(1)), false);
    check(days(3), Some(days(12)), true);
    check(days(3), Some(days(14)), true);
    check(days(3), Some(days(14) + minutes(1)), false);
    check(days(3), None, false);
    check(days(1), Some(days(1)), false);
}

#[test]
fn all_of_them_are_one_alarm_that_ends_with_the_last() {
    let mut desk = Desk::open();
    for number in 1..=3 {
        holder(&mut desk, number, days(5) + minutes(number.into()), Some(days(1)));
    }
    desk.wait(days(1) + minutes(1));
    let [whole] = on_list(&desk).try_into().unwrap();
    assert_eq!((whole.alarm.source, whole.behind), (AlarmSource::Site, 3));
    // A new card, a card taken back, and one that simply ends.
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(days(100)) };
    desk.command(Command::AssignCredential { person: PersonId::new(1), key: card(77), validity }).unwrap();
    desk.wait(minutes(1));
    assert_eq!(counted(&desk).len(), 2);
    let credential = counted(&desk)[0];
    let returned = CredentialState::Returned;
    desk.command(Command::SetCredentialState { credential, state: returned, reason: reason("left") }).unwrap();
    desk.wait(minutes(1));
    assert_eq!(counted(&desk).len(), 1);
    desk.wait(days(4));
    assert_eq!(counted(&desk), []);
    assert_eq!(letter(&desk, whole.alarm.id), 'D');
}

#[test]
fn whoever_has_seen_it_is_told_of_others_anew() {
    let mut desk = Desk::open();
    holder(&mut desk, 1, days(5), Some(days(1)));
    holder(&mut desk, 2, days(9), Some(days(1)));
    desk.wait(days(1));
    let whole = of_kind(&desk, CredentialExpiring);
    acknowledged(&mut desk, whole).unwrap();
    desk.wait(days(1) + minutes(1));
    let [again] = on_list(&desk).try_into().unwrap();
    assert_eq!((again.alarm.source, again.behind), (AlarmSource::Site, 2));
    assert!(again.alarm.id > whole && letter(&desk, again.alarm.id) == 'B');
}

#[test]
fn a_restart_tells_of_nobody_twice() {
    let mut desk = Desk::open();
    holder(&mut desk, 1, days(5), Some(days(1)));
    desk.wait(minutes(1));
    let whole = of_kind(&desk, CredentialExpiring);
    let mut again = Desk::restart(desk.engine.records().clone(), desk.now.after(minutes(10)));
    again.all_online();
    assert_eq!(again.raised(CredentialExpiring), 0);
    assert_eq!((on_list(&again).len(), letter(&again, whole)), (1, 'B'));
}

#[test]
fn at_most_a_hundred_are_counted_those_first_that_end_first() {
    let mut desk = Desk::open();
    let mut records: Records = desk.engine.records().clone();
    let person = desk.person(1);
    let (row, credential) = {
        let now = desk.engine.records();
        (now.persons[&person].clone(), now.credentials.values().next().unwrap().clone())
    };
    for number in 1..=120_u32 {
        let person = PersonId::new(number);
        records.persons.insert(person, rackward_core::people::Person { id: person, ..row.clone() });
        let mut card = credential.clone();
        let mut hash = [7; 16];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        (card.id, card.person) = (CredentialId::new(number), person);
        card.key = rackward_core::people::CredentialKey::from_keyed_hash(hash);
        card.validity.to = desk.now.wall.after(days(6) - minutes(number.into()));
        records.credentials.insert(card.id, card);
        records.presence.insert(person, Whereabouts { place: Place::Outside, since: desk.now.wall });
    }
    let desk = Desk::restart(records, desk.now);
    let expected: Vec<CredentialId> = (21..=120).rev().map(CredentialId::new).collect();
    assert_eq!(counted(&desk), expected, "in the order in which they end");
    let [whole] = on_list(&desk).try_into().unwrap();
    assert_eq!((whole.alarm.source, whole.behind), (AlarmSource::Site, 100));
    check_replay(&desk);
}
