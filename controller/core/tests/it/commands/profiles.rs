//! Access profiles: what they may name, what an edit may not bring to those who hold them, and their end.

use super::{
    MARY, MARY_RACK, PLANT, ROYAL, STREET, VAULT, agreement, ask, check, check_replay, desk, hours, later, member,
    organisation, policies, profile, set_profile,
};
use crate::site::{Desk, reason};
use rackward_core::engine::command::{GrantWish, SetMode};
use rackward_core::id::{DoorId, GrantId, OrganisationId, PersonId, ProfileId, ScheduleId};
use rackward_core::people::{EndCause, GrantRight, GrantState, Policy, Validity};
use rackward_core::{Command, Reply};

fn join(desk: &mut Desk, person: PersonId, profile: ProfileId, hours: u64) -> GrantId {
    let validity = Validity { from: desk.now.wall, to: later(desk, hours) };
    let wish = GrantWish { validity, right: GrantRight::Member(profile), ..ask(desk, person, &[STREET]) };
    match desk.command(Command::CreateGrant(wish)) {
        Ok(Reply::Grant(grant, _) | Reply::Requested(grant, _)) => grant,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_profile_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let mary = organisation(&desk, "st-marys");
    let good = policies(&desk, &[MARY, MARY_RACK]);
    let mut row = |name: &str, owner: OrganisationId, policies: Vec<Policy>, expect: &str| {
        let command =
            Command::SetProfile { name: name.into(), owner, policies, reason: reason("team"), mode: SetMode::Create };
        drop(check(&mut desk, command, expect));
    };
    let policy =
        |door, schedule: Option<u32>| Policy { door: DoorId::new(door), schedule: schedule.map(ScheduleId::new) };
    row(" ", mary, good.clone(), "invalid 1 name:");
    row(&"n".repeat(65), mary, good.clone(), "invalid 1 name:");
    row("line\nfeed", mary, good.clone(), "invalid 1 name:");
    row(
        "cage",
        OrganisationId::new(9),
        vec![policy(1, None)],
        "invalid 2 owner: org-9 & policies: lon1/street neither",
    );
    row("cage", mary, vec![], "invalid 1 policies: name at least one");
    row("cage", mary, vec![policy(77, None)], "invalid 1 policies: door-77 does not exist");
    row("cage", mary, vec![policy(3, Some(9))], "invalid 1 policies: sch-9 does not exist");
    row("cage", mary, vec![policy(3, None), policy(3, Some(1))], "invalid 1 policies: lon1/mary stands here twice");
    row(
        "cage",
        mary,
        vec![policy(6, None), policy(3, None)],
        "invalid 1 policies: lon1/royal neither belongs to st-marys",
    );
    row("", mary, vec![policy(77, Some(9)), policy(6, None)], "invalid 4 name: & door-77 & sch-9 & lon1/royal");
    row(" cage ", mary, good.clone(), "ok");
    row("cage", mary, good, "conflict: prof-1 has this name already");
}

#[test]
fn the_operators_profiles_name_any_door_and_guests_those_shared_with_them() {
    let mut desk = desk();
    profile(&mut desk, "all", "lon1", &[STREET, MARY, ROYAL]);
    let guests = |desk: &Desk| set_profile(desk, "guests", "the-royal", &[MARY_RACK, ROYAL], false);
    let command = guests(&desk);
    check(&mut desk, command, "invalid 1 policies: lon1/hall/mary/r1/front neither").unwrap_err();
    let share = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 1));
    desk.command(share).unwrap();
    let command = guests(&desk);
    check(&mut desk, command, "ok").unwrap();
}

#[test]
fn an_edit_replaces_and_needs_something_to_edit() {
    let mut desk = desk();
    let command = set_profile(&desk, "cage", "st-marys", &[MARY], true);
    check(&mut desk, command, "not found: a profile of this name").unwrap_err();
    let id = profile(&mut desk, "cage", "st-marys", &[MARY]);
    let command = set_profile(&desk, "cage", "lon1", &[STREET, MARY_RACK], true);
    check(&mut desk, command, "ok").unwrap();
    let row = &desk.engine.records().profiles[&id];
    assert_eq!((row.owner, row.policies.len()), (organisation(&desk, "lon1"), 2));
    check(&mut desk, Command::RemoveProfile { profile: id, reason: reason("unused") }, "ok").unwrap();
    let again = profile(&mut desk, "cage", "st-marys", &[MARY]);
    assert_ne!(again, id, "a number is never given twice");
}

#[test]
fn an_edit_brings_members_nothing_they_could_not_have_asked_for() {
    let mut desk = desk();
    let id = profile(&mut desk, "team", "lon1", &[STREET]);
    let edit = |desk: &mut Desk, paths: &[&str], expect: &str| {
        let command = set_profile(desk, "team", "lon1", paths, true);
        drop(check(desk, command, expect));
    };
    edit(&mut desk, &[STREET, PLANT], "ok");
    edit(&mut desk, &[STREET], "ok");
    let person = member(&mut desk, "lon1");
    let grant = join(&mut desk, person, id, 3);
    edit(&mut desk, &[STREET, PLANT], "invalid 1 policies: the area of lon1/plant asks for approval or a ticket");
    edit(&mut desk, &[STREET, VAULT], "invalid 1 policies: the area of lon1/hall/mary/vault/front asks");
    edit(&mut desk, &[STREET, MARY], "ok");
    let royal = member(&mut desk, "the-royal");
    edit(&mut desk, &[STREET], "ok");
    join(&mut desk, royal, id, 3);
    edit(
        &mut desk,
        &[STREET, MARY],
        "invalid 1 policies: lon1/mary belongs to st-marys, which shares it with the-royal by no",
    );
    let short = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 2));
    desk.command(short).unwrap();
    edit(&mut desk, &[STREET, MARY], "invalid 1 policies: lon1/mary is shared by agr-1 until");
    let long = agreement(&desk, "st-marys", "the-royal", &["lon1/hall"], hours(&desk, 3));
    check(&mut desk, long, "invalid 1 areas: lon1/hall belongs to lon1").unwrap_err();
    let long = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 3));
    desk.command(long).unwrap();
    edit(&mut desk, &[STREET, MARY], "ok");
    let mut desk = Desk::restart_of(&super::tenants(), desk.engine.records().clone(), desk.now);
    edit(&mut desk, &[STREET, PLANT], "invalid 1 policies: the area of lon1/plant");
    desk.wait_secs(3 * 3600);
    edit(&mut desk, &[STREET, PLANT], "ok");
    assert_eq!(desk.engine.records().grants[&grant].state, GrantState::Active);
}

#[test]
fn the_end_of_a_profile_ends_its_memberships() {
    let mut desk = desk();
    let id = profile(&mut desk, "team", "lon1", &[STREET]);
    let waits = profile(&mut desk, "plant", "lon1", &[PLANT]);
    let person = member(&mut desk, "lon1");
    let (ended, other) = (join(&mut desk, person, id, 3), join(&mut desk, person, waits, 3));
    check(&mut desk, Command::RemoveProfile { profile: ProfileId::new(9), reason: reason("x") }, "not found: prof-9")
        .unwrap_err();
    let mark = desk.journal.len();
    check(&mut desk, Command::RemoveProfile { profile: id, reason: reason("team is gone") }, "ok").unwrap();
    assert_eq!(desk.since(mark), ["profile.removed", "grant.ended"]);
    let state = |grant: GrantId| desk.engine.records().grants[&grant].state;
    assert_eq!((state(ended), state(other)), (GrantState::Ended(EndCause::ProfileRemoved), GrantState::Requested));
    check_replay(&desk);
}
