//! Sets of changes: all or nothing, told at once. Random sets beside the same changes given one by one, and beside nothing at
//! all; a seed that fails is printed.

use rackward_core::engine::command::{ChangeSet, Expectation, GrantWish, RightsTest, Scope, SetDone, SetMode, made_by};
use rackward_core::id::{DoorId, Generation, GrantId, PersonId, PointId, ProfileId, ScheduleId};
use rackward_core::people::{GrantRight, PersonDetails, PersonStatus, Policy, Validity, When};
use rackward_core::permission::OperatorRole;
use rackward_core::site::draft::{CalendarDraft, ScheduleDraft};
use rackward_core::site::schedule::calendar::Date;
use rackward_core::{Caller, Command, CommandError, Query, Records, Reply};

use super::{
    MARY, MARY_RACK, PLANT, ROYAL, STREET, admin, agreement, ask, asked, create, desk, hours, later, member, office,
    organisation, profile, set_profile,
};
use crate::reference::chance::Chance;
use crate::site::{Desk, reason, usual_details};

fn set(changes: Vec<Command>) -> ChangeSet {
    ChangeSet { base: None, reason: reason("a list"), changes: changes.into(), tests: Box::default(), files: None }
}

fn give(desk: &mut Desk, set: ChangeSet) -> Result<SetDone, CommandError> {
    match desk.command(set.into()) {
        Ok(Reply::Set(done)) => Ok(*done),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    }
}

/// A site with a history: people of all three organisations, profiles, members, an agreement.
fn lived_in() -> Desk {
    let mut desk = desk();
    for name in ["lon1", "lon1", "st-marys", "the-royal", "st-marys"] {
        member(&mut desk, name);
    }
    let shared = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 500));
    desk.command(shared).unwrap();
    desk.command(Command::SetSchedule { draft: office("shift", "Mon-Wed"), mode: SetMode::Create }).unwrap();
    let team = profile(&mut desk, "team", "lon1", &[STREET, MARY]);
    for person in 1..=2 {
        let right = GrantRight::Member(team);
        let wish = GrantWish { right, ..ask(&desk, PersonId::new(person), &[STREET]) };
        desk.command(Command::CreateGrant(wish)).unwrap();
    }
    asked(&mut desk, PersonId::new(3), &[MARY, MARY_RACK]);
    asked(&mut desk, PersonId::new(1), &[PLANT]);
    desk
}

/// One change, of what there may be and what there may not.
fn change(desk: &Desk, chance: &mut Chance, index: u32) -> Command {
    let person = PersonId::new(chance.below(8) as u32);
    let earlier = |chance: &mut Chance| made_by(chance.below(index.max(1) as usize) as u32);
    let why = reason("as listed");
    match chance.below(14) {
        0 => create(PersonStatus::Enabled, usual_details()),
        1 => create(
            PersonStatus::Expected,
            PersonDetails { organisation: organisation(desk, "st-marys"), ..usual_details() },
        ),
        2 => Command::SetPersonStatus { person, status: PersonStatus::Suspended, reason: why },
        3 => Command::SetPersonStatus { person, status: PersonStatus::Left, reason: why },
        4 => Command::SetPersonStatus { person, status: PersonStatus::Enabled, reason: why },
        5 => {
            let details = PersonDetails { organisation: organisation(desk, "the-royal"), ..usual_details() };
            Command::ChangePersonDetails { person, details, reason: why }
        }
        6 => Command::CreateGrant(ask(desk, person, &[[STREET, MARY, ROYAL][chance.below(3)]])),
        7 => Command::CreateGrant(ask(desk, PersonId::new(earlier(chance)), &[STREET])),
        8 => Command::RevokeGrant { grant: GrantId::new(chance.below(6) as u32), reason: why },
        9 => {
            let to = later(desk, 2 + chance.below(40) as u64);
            Command::ChangeGrantEnd { grant: GrantId::new(chance.below(6) as u32), to, reason: why }
        }
        10 => {
            let doors = [&[STREET][..], &[STREET, MARY], &[ROYAL, STREET], &[MARY]];
            set_profile(desk, "team", "lon1", doors[chance.below(4)], true)
        }
        11 => {
            let days = ["Mon-Fri", "Mon", "Sat,Sun"][chance.below(3)];
            let mode = if chance.below(2) == 0 { SetMode::Edit } else { SetMode::Create };
            Command::SetSchedule { draft: office("shift", days), mode }
        }
        12 => Command::RemoveProfile { profile: ProfileId::new(chance.below(3) as u32), reason: why },
        _ => {
            let days = vec![Date::new(2027, 1, 1 + chance.below(20) as i8).unwrap()];
            Command::SetCalendar { draft: CalendarDraft { name: "bank days".into(), days }, mode: SetMode::Create }
        }
    }
}

/// The records without what follows by itself after each command: lists for devices, and the numbers of entries.
fn of_people(records: &Records) -> Records {
    let rows = records.clone();
    Records {
        persons: rows.persons,
        grants: rows.grants,
        credentials: rows.credentials,
        profiles: rows.profiles,
        schedules: rows.schedules,
        calendars: rows.calendars,
        agreements: rows.agreements,
        presence: rows.presence,
        standing: rows.standing,
        ..Records::default()
    }
}

/// Whom the doors would let pass, and what lists tell: what is compiled from the records, asked in every way there is.
fn decisions(desk: &mut Desk) -> String {
    let mut said = String::new();
    let points: Vec<PointId> = desk.engine.site().points().map(|point| point.id).collect();
    for person in (0..14).map(PersonId::new) {
        for point in &points {
            for at in [None, Some(later(desk, 1)), Some(later(desk, 5 * 24))] {
                let query = Query::Explain { person, point: *point, at };
                said.push_str(&format!("{:?}\n", desk.engine.answer(desk.now, Scope::Site, &query)));
            }
        }
    }
    let mary = Scope::Organisation(organisation(desk, "st-marys"));
    for query in [Query::PeopleCount, Query::Profiles, Query::Schedules, Query::Names, Query::LeastPinDigits] {
        said.push_str(&format!("{:?}\n", desk.engine.answer(desk.now, mary, &query)));
    }
    said
}

#[test]
fn a_refused_or_tried_set_leaves_everything_as_it_was() {
    for seed in 0..60 {
        let mut chance = Chance::of(seed);
        let (mut touched, mut untouched) = (lived_in(), lived_in());
        let count = 1 + chance.below(12) as u32;
        let changes: Vec<Command> = (0..count).map(|index| change(&touched, &mut chance, index)).collect();
        let poison = Command::RevokeGrant { grant: GrantId::new(4_000), reason: reason("nobody's") };
        let poisoned: Vec<Command> = changes.iter().cloned().chain([poison]).collect();
        assert!(give(&mut touched, set(poisoned)).is_err(), "seed {seed}");
        let tried = touched.engine.rehearse(touched.now, admin(0), set(changes.clone()).into(), &Default::default());
        assert!(touched.engine.records() == untouched.engine.records(), "seed {seed}: records differ, {changes:?}");
        assert!(touched.engine.take_batch().is_empty() && touched.engine.poll().is_none(), "seed {seed}");
        assert_eq!(touched.engine.next_deadline(), untouched.engine.next_deadline(), "seed {seed}");
        assert_eq!(decisions(&mut touched), decisions(&mut untouched), "seed {seed}: {changes:?}");
        let (one, other) = (give(&mut touched, set(changes.clone())), give(&mut untouched, set(changes.clone())));
        assert_eq!(one, other, "seed {seed}: it comes to the same afterwards");
        assert_eq!(tried.is_ok(), one.is_ok(), "seed {seed}: trying it says what comes, {tried:?}");
        assert!(touched.engine.records() == untouched.engine.records(), "seed {seed}: {changes:?}");
        assert_eq!(decisions(&mut touched), decisions(&mut untouched), "seed {seed}: {changes:?}");
        super::check_replay(&touched);
    }
}

#[test]
fn a_set_comes_to_what_its_changes_come_to_one_by_one() {
    let mut carried_out = 0;
    for seed in 100..260 {
        let mut chance = Chance::of(seed);
        let (mut at_once, mut one_by_one) = (lived_in(), lived_in());
        let count = 1 + chance.below(5) as u32;
        let changes: Vec<Command> = (0..count).map(|index| change(&at_once, &mut chance, index)).collect();
        let refers = |command: &Command| matches!(command, Command::CreateGrant(wish) if wish.person.get() > 1_000);
        if changes.iter().any(refers) {
            continue;
        }
        let result = give(&mut at_once, set(changes.clone()));
        let all: Vec<bool> = changes.iter().map(|change| one_by_one.command(change.clone()).is_ok()).collect();
        if result.is_err() {
            continue;
        }
        carried_out += 1;
        assert!(all.iter().all(|done| *done), "seed {seed}: {all:?} of {changes:?}");
        let (one, other) = (of_people(at_once.engine.records()), of_people(one_by_one.engine.records()));
        assert!(one == other, "seed {seed}: {changes:?}");
        assert_eq!(decisions(&mut at_once), decisions(&mut one_by_one), "seed {seed}: {changes:?}");
    }
    assert!(carried_out > 20, "only {carried_out} sets were carried out: the others show nothing");
}

#[test]
fn a_change_refers_to_what_an_earlier_one_makes() {
    let mut desk = desk();
    let person = PersonId::new(made_by(0));
    let policies = vec![Policy { door: desk.door(STREET), schedule: Some(ScheduleId::new(made_by(1))) }];
    let owner = organisation(&desk, "lon1");
    let night = ScheduleDraft { name: "night".into(), ..office("night", "Mon-Sun") };
    let right = GrantRight::Member(ProfileId::new(made_by(2)));
    let wish = GrantWish { right, ..ask(&desk, person, &[STREET]) };
    let done = give(
        &mut desk,
        set(vec![
            create(PersonStatus::Enabled, usual_details()),
            Command::SetSchedule { draft: night, mode: SetMode::Create },
            Command::SetProfile { name: "crew".into(), owner, policies, reason: reason("crew"), mode: SetMode::Create },
            Command::CreateGrant(wish),
        ]),
    )
    .unwrap();
    let rows = desk.engine.records();
    let Reply::Person(person) = done.replies[0] else { panic!("{done:?}") };
    let Reply::Schedule(schedule, _) = done.replies[1] else { panic!("{done:?}") };
    let Reply::Profile(profile, _) = done.replies[2] else { panic!("{done:?}") };
    assert_eq!(rows.profiles[&profile].policies[0].schedule, Some(schedule));
    let grant = rows.grants.values().find(|grant| grant.person == person).unwrap();
    assert_eq!(grant.right, GrantRight::Member(profile));
    assert_eq!((done.widening.person_doors, done.widening.exact), (1, true));
    assert_eq!(done.narrowing.person_doors, 0);
    assert_eq!(done.generation, rows.generation);
}

#[test]
fn every_refusal_is_told_and_what_rests_on_one_says_so() {
    let mut desk = desk();
    let nobody = PersonId::new(made_by(0));
    let left = create(PersonStatus::Left, usual_details());
    let orphan = Command::CreateGrant(ask(&desk, nobody, &[STREET]));
    let alone =
        Command::OpenDoor { lasting: None, door: DoorId::new(1), reason: reason("x"), not_after: later(&desk, 0) };
    let error = give(&mut desk, set(vec![left, orphan, alone])).unwrap_err();
    let CommandError::SetRefused(refused) = error else { panic!("{error:?}") };
    let told: Vec<(u32, String)> = refused.iter().map(|one| (one.change, one.error.to_string())).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].1.contains("enabled or expected"), "{told:?}");
    assert!(told[1].1.contains("refers to change 0"), "{told:?}");
    assert!(told[2].1.contains("by itself"), "{told:?}");
}

#[test]
fn a_set_on_what_has_moved_is_refused() {
    let mut desk = lived_in();
    let base = desk.engine.records().generation;
    let revoke = |grant| Command::RevokeGrant { grant: GrantId::new(grant), reason: reason("over") };
    let on = |base: Generation, changes| ChangeSet { base: Some(base), ..set(changes) };
    give(&mut desk, on(base, vec![revoke(1)])).unwrap();
    let stale = give(&mut desk, on(base, vec![revoke(2)])).unwrap_err();
    assert!(matches!(stale, CommandError::Changed { .. }), "{stale:?}");
    let base = desk.engine.records().generation;
    give(&mut desk, on(base, vec![revoke(2)])).unwrap();
}

#[test]
fn each_change_is_authorised_like_a_single_one() {
    let mut desk = lived_in();
    let own = organisation(&desk, "st-marys");
    let theirs =
        Caller::new(rackward_core::permission::Actor::LocalUser(7), OperatorRole::Admin, Scope::Organisation(own));
    let grant = |desk: &Desk, person| Command::CreateGrant(ask(desk, PersonId::new(person), &[MARY]));
    let (fine, foreign) = (grant(&desk, 3), grant(&desk, 1));
    let draft = office("shift", "Mon");
    let whole = Command::SetSchedule { draft, mode: SetMode::Edit };
    let error = desk.command_of(theirs, set(vec![fine.clone(), foreign, whole]).into()).unwrap_err();
    let CommandError::SetRefused(refused) = error else { panic!("{error:?}") };
    let told: Vec<(u32, &CommandError)> = refused.iter().map(|one| (one.change, &one.error)).collect();
    assert!(matches!(told[..], [(1, CommandError::NotFound { .. }), (2, CommandError::Forbidden)]), "{told:?}");
    desk.command_of(theirs, set(vec![fine]).into()).unwrap();
}

#[test]
fn what_a_set_says_must_hold_is_decided_as_at_the_door() {
    let mut desk = desk();
    let street = desk.engine.site().points().find(|point| point.path.contains("street")).unwrap().id;
    let person = PersonId::new(made_by(0));
    let at = desk.now.wall;
    let test = |expect, at| RightsTest { person, point: street, at, expect };
    let changes = || {
        vec![
            create(PersonStatus::Enabled, usual_details()),
            Command::CreateGrant(ask(&super::desk(), person, &[STREET])),
        ]
    };
    let with = |tests: Vec<RightsTest>| ChangeSet { tests: tests.into(), ..set(changes()) };
    let late = later(&desk, 3);
    // Tried, a test that fails is told beside everything else; carried out, it keeps the rest from happening.
    let failing = with(vec![test(Expectation::Open, late)]);
    let tried = desk.engine.rehearse(desk.now, admin(0), failing.into(), &Default::default()).unwrap();
    assert!(matches!(tried.reply, Reply::Set(done) if !done.tests[0].holds));
    desk.rehearse_no_more();
    let error = give(&mut desk, with(vec![test(Expectation::Open, at), test(Expectation::Open, late)])).unwrap_err();
    let CommandError::TestsFailed(found) = error else { panic!("{error:?}") };
    assert_eq!(found.iter().map(|one| one.holds).collect::<Vec<_>>(), [true, false]);
    assert!(desk.engine.records().persons.is_empty(), "a failing test keeps all of it");
    give(&mut desk, with(vec![test(Expectation::Open, at), test(Expectation::Denied, late)])).unwrap();
}

#[test]
fn widening_counts_people_at_doors_that_they_could_not_pass() {
    let mut desk = lived_in();
    let check = |desk: &mut Desk, changes: Vec<Command>, gained: u64, lost: u64| {
        let shown = format!("{changes:?}");
        let done = give(desk, set(changes)).unwrap();
        assert_eq!((done.widening.person_doors, done.narrowing.person_doors), (gained, lost), "{shown}");
    };
    let edit = |desk: &Desk, doors: &[&str]| set_profile(desk, "team", "lon1", doors, true);
    let wider = edit(&desk, &[STREET, MARY, ROYAL]);
    check(&mut desk, vec![wider], 2, 0);
    // A right that they hold anyway is no more.
    let again = Command::CreateGrant(ask(&desk, PersonId::new(1), &[STREET]));
    check(&mut desk, vec![again], 0, 0);
    let longer = Validity { to: later(&desk, 90), ..hours(&desk, 1) };
    let long = GrantWish { validity: longer, ..ask(&desk, PersonId::new(1), &[STREET]) };
    check(&mut desk, vec![Command::CreateGrant(long)], 1, 0);
    let narrower = edit(&desk, &[STREET]);
    check(&mut desk, vec![narrower], 0, 4);
    let named = |desk: &Desk| GrantRight::Doors {
        doors: [desk.door(ROYAL)].into(),
        when: When::Schedule(super::schedule_named(desk, "shift")),
    };
    let right = named(&desk);
    let timed = GrantWish { right, ..ask(&desk, PersonId::new(2), &[STREET]) };
    check(&mut desk, vec![Command::CreateGrant(timed)], 1, 0);
    let more = Command::SetSchedule { draft: office("shift", "Mon-Fri"), mode: SetMode::Edit };
    check(&mut desk, vec![more], 1, 0);
    let less = Command::SetSchedule { draft: office("shift", "Mon"), mode: SetMode::Edit };
    check(&mut desk, vec![less], 0, 1);
    let stop = Command::SetPersonStatus {
        person: PersonId::new(3),
        status: PersonStatus::Suspended,
        reason: reason("on leave"),
    };
    check(&mut desk, vec![stop], 0, 2);
}

#[test]
fn a_door_that_nobody_opens_any_more_is_told() {
    let mut desk = desk();
    let [one, other] = [(); 2].map(|()| member(&mut desk, "lon1"));
    let team = profile(&mut desk, "team", "lon1", &[STREET, MARY, ROYAL]);
    for person in [one, other] {
        let wish = GrantWish { right: GrantRight::Member(team), ..ask(&desk, person, &[STREET]) };
        desk.command(Command::CreateGrant(wish)).unwrap();
    }
    let own = asked(&mut desk, one, &[ROYAL]);
    let check = |desk: &mut Desk, changes: Vec<Command>, lost: &[&str], gained: &[&str]| {
        let shown = format!("{changes:?}");
        let doors = |paths: &[&str]| {
            let mut doors: Vec<DoorId> = paths.iter().map(|path| desk.door(path)).collect();
            doors.sort_unstable();
            doors
        };
        let (lost, gained) = (doors(lost), doors(gained));
        let done = give(desk, set(changes)).unwrap();
        assert_eq!(done.narrowing.opened_by_nobody, lost, "{shown}");
        assert_eq!(done.widening.opened_by_nobody, gained, "{shown}");
    };
    // One of two loses everything: nobody's door. Then the profile leaves two doors, one of which somebody has anyway.
    let member_of = |desk: &Desk, person: PersonId| {
        let rows = desk.engine.records();
        let theirs =
            |row: &&rackward_core::people::Grant| row.person == person && row.right == GrantRight::Member(team);
        rows.grants.values().find(theirs).unwrap().id
    };
    let revoke = |grant| Command::RevokeGrant { grant, reason: reason("left the team") };
    let others = member_of(&desk, other);
    check(&mut desk, vec![revoke(others)], &[], &[]);
    let fewer = set_profile(&desk, "team", "lon1", &[STREET], true);
    check(&mut desk, vec![fewer], &[MARY], &[]);
    let back = set_profile(&desk, "team", "lon1", &[STREET, MARY], true);
    check(&mut desk, vec![back], &[], &[MARY]);
    check(&mut desk, vec![revoke(own)], &[ROYAL], &[]);
    // Whose rights do not count opens nothing.
    let stop = Command::SetPersonStatus { person: one, status: PersonStatus::Suspended, reason: reason("on leave") };
    check(&mut desk, vec![stop], &[STREET, MARY], &[]);
}
