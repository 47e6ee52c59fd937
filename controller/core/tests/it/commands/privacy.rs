//! Who looked at whom: recorded once in a while for each, refused like anything else, and by whom it is not.

use std::time::Duration;

use rackward_core::engine::command::PrivacyCommand;
use rackward_core::entry::OperatorEntry;
use rackward_core::id::{PersonId, SessionId};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command, Entry};

use super::{check_as, desk, member, organisation};
use crate::site::{Desk, reason};
use rackward_core::engine::command::Scope;

fn session(number: u32) -> Caller {
    Caller::new(Actor::Session(number), OperatorRole::Security, Scope::Site)
}

fn look(person: u32) -> Command {
    Command::Privacy(PrivacyCommand::Look { person: PersonId::new(person), reason: None })
}

fn looks(desk: &Desk) -> Vec<(PersonId, Actor)> {
    let look = |entry: &Entry| match entry {
        Entry::Operator(OperatorEntry::Viewed { person, by, .. }) => Some((*person, *by)),
        _ => None,
    };
    desk.journal.iter().filter_map(|stamped| look(&stamped.entry)).collect()
}

#[test]
fn a_look_is_recorded_once_in_half_an_hour_for_each() {
    let mut desk = desk();
    let (one, other) = (member(&mut desk, "st-marys"), member(&mut desk, "lon1"));
    let mut by = |caller: Caller, person: PersonId, expect: usize| {
        check_as(&mut desk, caller, look(person.get()), "ok").unwrap();
        assert_eq!(looks(&desk).len(), expect);
    };
    by(session(1), one, 1);
    by(session(1), one, 1);
    by(session(2), one, 2);
    by(session(1), other, 3);
    let local = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
    by(local, one, 3);
    desk.wait_secs(29 * 60);
    check_as(&mut desk, session(1), look(one.get()), "ok").unwrap();
    assert_eq!(looks(&desk).len(), 3);
    desk.wait_secs(Duration::from_secs(61).as_secs());
    check_as(&mut desk, session(1), look(one.get()), "ok").unwrap();
    assert_eq!(looks(&desk)[3], (one, Actor::Session(1)));
}

#[test]
fn nobody_looks_at_whom_they_do_not_see() {
    let mut desk = desk();
    let theirs = member(&mut desk, "the-royal");
    let own = Caller { scope: Scope::Organisation(organisation(&desk, "st-marys")), ..session(1) };
    check_as(&mut desk, own, look(theirs.get()), "not found").unwrap_err();
    check_as(&mut desk, session(1), look(99), "not found: p-99").unwrap_err();
    let wall = Caller::new(Actor::Session(4), OperatorRole::WallScreen, Scope::Site);
    check_as(&mut desk, wall, look(theirs.get()), "forbidden").unwrap_err();
}

#[test]
fn names_are_shown_on_the_record() {
    let mut desk = desk();
    let id = SessionId::new(3);
    let ticket = Some(reason("CHG-7"));
    let show = Command::Privacy(PrivacyCommand::ShowNames { session: id, reason: reason("lost card"), ticket });
    check_as(&mut desk, session(3), show, "ok").unwrap();
    let until = desk.now.wall.after(rackward_core::privacy::NAMES_SHOWN_FOR);
    let last = |desk: &Desk| desk.journal.last().unwrap().entry.clone();
    let Entry::Operator(OperatorEntry::NamesShown { until: told, session: of, .. }) = last(&desk) else { panic!() };
    assert_eq!((told, of), (until, id));
    check_as(&mut desk, session(3), Command::Privacy(PrivacyCommand::HideNames { session: id }), "ok").unwrap();
    assert!(matches!(last(&desk), Entry::Operator(OperatorEntry::NamesHidden { .. })));
}
