//! Grants: everything a wish can be refused for, every arrow between the states, approvals, ends, tickets, emergencies.

use std::time::Duration;

use super::{
    MARY, MARY_RACK, PLANT, ROYAL, STREET, VAULT, admin, agreement, ask, asked, check, check_as, check_replay, desk,
    hours, later, member, profile,
};
use crate::site::{Desk, MONDAY_NINE, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::GrantWish;
use rackward_core::id::{DoorId, GrantId, PersonId, ProfileId, ScheduleId};
use rackward_core::people::{EndCause, GrantRight, GrantState, PersonStatus, Uses, Validity, When};
use rackward_core::{Command, Entry, Reply, Wall};

const YEAR_DAYS: u64 = 366;

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

fn approve(grant: GrantId) -> Command {
    Command::ApproveGrant { grant, reason: reason("fine") }
}

fn deny(grant: GrantId) -> Command {
    Command::DenyGrant { grant, reason: reason("not now") }
}

fn revoke(grant: GrantId) -> Command {
    Command::RevokeGrant { grant, reason: reason("done") }
}

fn end_at(grant: GrantId, to: Wall) -> Command {
    Command::ChangeGrantEnd { grant, to, reason: reason("longer job") }
}

fn close(ticket: &str) -> Command {
    Command::CloseTicket { ticket: reason(ticket), reason: reason("done") }
}

fn state(desk: &Desk, grant: GrantId) -> GrantState {
    desk.engine.records().grants[&grant].state
}

#[test]
fn a_wish_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let ours = member(&mut desk, "lon1");
    let mary = member(&mut desk, "st-marys");
    let left = member(&mut desk, "lon1");
    desk.command(Command::SetPersonStatus { person: left, status: PersonStatus::Left, reason: reason("left") })
        .unwrap();
    let now = MONDAY_NINE;
    let base = ask(&desk, ours, &[STREET]);
    let mut row = |change: &dyn Fn(&Desk, &mut GrantWish), expect: &str| {
        let mut wish = base.clone();
        change(&desk, &mut wish);
        drop(check(&mut desk, Command::CreateGrant(wish), expect));
    };
    let until = |to| Validity { from: now, to };
    let named = |doors: &[u32]| GrantRight::Doors {
        doors: doors.iter().copied().map(DoorId::new).collect(),
        when: When::Schedule(ScheduleId::new(1)),
    };
    row(&|_, wish| wish.person = PersonId::new(99), "invalid 1 person: p-99 does not exist");
    row(&|_, wish| wish.person = left, "invalid 1 person: & has left");
    row(&|_, wish| wish.right = named(&[]), "invalid 1 doors: name at least one door");
    row(&|_, wish| wish.right = named(&[1, 77, 78]), "invalid 2 doors: door-77 & door-78");
    row(
        &|_, wish| {
            wish.right = GrantRight::Doors { doors: [DoorId::new(1)].into(), when: When::Schedule(ScheduleId::new(9)) }
        },
        "invalid 1 schedule: sch-9 does not exist",
    );
    row(&|_, wish| wish.right = GrantRight::Member(ProfileId::new(3)), "invalid 1 profile: prof-3 does not exist");
    row(&|_, wish| wish.uses = Uses::Left(0), "invalid 1 uses: it could never be used");
    row(&|_, wish| wish.validity = until(now), "invalid 1 to_at: it ends before it begins");
    row(
        &|_, wish| wish.validity = Validity { from: Wall::from_seconds(0), to: now },
        "invalid 1 to_at: it is over before it is made",
    );
    row(
        &|_, wish| wish.validity = until(now.after(days(YEAR_DAYS) + Duration::from_secs(1))),
        "invalid 1 to_at: a grant lasts 366",
    );
    row(
        &|desk, wish| {
            wish.right = super::doors(desk, &[VAULT]);
            wish.ticket = None;
        },
        "invalid 1 ticket: lon1/hall/mary/vault/front lies in lon1/hall/mary/vault, whose policy",
    );
    row(
        &|desk, wish| {
            wish.person = mary;
            wish.right = super::doors(desk, &[ROYAL, STREET, MARY]);
        },
        "invalid 1 doors: lon1/royal belongs to the-royal, which shares it with st-marys by no agreement",
    );
    row(
        &|_, wish| {
            wish.person = left;
            wish.right = named(&[77]);
            wish.uses = Uses::Left(0);
            wish.validity = until(now);
        },
        "invalid 4 doors: & person: & uses: & to_at:",
    );
    row(&|_, wish| wish.right = named(&[1, 1]), "ok");
    row(&|_, wish| wish.uses = Uses::Left(1), "ok");
    row(&|_, wish| wish.validity = until(now.after(days(YEAR_DAYS))), "ok");
    row(&|desk, wish| wish.right = super::doors(desk, &[PLANT, STREET]), "ok, waits for 1");
    row(&|desk, wish| wish.right = super::doors(desk, &[PLANT, VAULT]), "ok, waits for 2");
    row(&|desk, wish| wish.right = super::doors(desk, &[ROYAL]), "ok");
}

#[test]
fn a_membership_takes_what_the_doors_of_the_profile_ask_for() {
    let mut desk = desk();
    let person = member(&mut desk, "the-royal");
    let open = profile(&mut desk, "open", "lon1", &[STREET, PLANT]);
    let vault = profile(&mut desk, "vault", "lon1", &[VAULT]);
    let wish = |profile, ticket: Option<&str>, desk: &Desk| GrantWish {
        right: GrantRight::Member(profile),
        ticket: ticket.map(reason),
        ..ask(desk, person, &[STREET])
    };
    let (first, second) = (wish(open, None, &desk), wish(vault, None, &desk));
    check(&mut desk, Command::CreateGrant(first), "ok, waits for 1").unwrap();
    check(&mut desk, Command::CreateGrant(second), "invalid 2 doors: & the-royal by no agreement & ticket:")
        .unwrap_err();
}

type Made = fn(&mut Desk, PersonId) -> GrantId;

/// A grant in each state.
fn made() -> [(&'static str, Made); 7] {
    [
        ("requested", |desk, person| asked(desk, person, &[PLANT])),
        ("active", |desk, person| asked(desk, person, &[STREET])),
        ("revoked", |desk, person| {
            let grant = asked(desk, person, &[STREET]);
            desk.command(revoke(grant)).unwrap();
            grant
        }),
        ("denied", |desk, person| {
            let grant = asked(desk, person, &[PLANT]);
            desk.command(deny(grant)).unwrap();
            grant
        }),
        ("ended", |desk, person| {
            let grant = asked(desk, person, &[STREET]);
            desk.command(close("CHG-1")).unwrap();
            grant
        }),
        ("over", |desk, person| {
            let grant = asked(desk, person, &[STREET]);
            desk.wait_secs(3600);
            grant
        }),
        ("over while it waits", |desk, person| {
            let grant = asked(desk, person, &[PLANT]);
            desk.wait_secs(3600);
            grant
        }),
    ]
}

#[test]
fn every_arrow_between_the_states_of_a_grant_and_no_other() {
    let gone = "conflict: g-1 was & ask for a new grant";
    let nothing = "conflict: g-1 & there is nothing to revoke";
    let over = "conflict: g-1 is over";
    // By the column: approved, denied, revoked, made shorter, made longer.
    let expect: [(&str, [&str; 5]); 7] = [
        ("requested", ["ok", "ok", "ok", "ok", "ok"]),
        ("active", ["conflict: g-1 counts already", "conflict: g-1 counts already", "ok", "ok", "ok"]),
        ("revoked", [gone, gone, nothing, gone, gone]),
        ("denied", [gone, gone, nothing, gone, gone]),
        (
            "ended",
            [
                "conflict: g-1 ended with its ticket",
                "conflict: g-1 ended with its ticket",
                nothing,
                "conflict: g-1 ended with its ticket",
                "conflict: g-1 ended with its ticket",
            ],
        ),
        ("over", ["conflict: g-1 counts already", "conflict: g-1 counts already", "ok", over, over]),
        ("over while it waits", [over, "ok", "ok", over, over]),
    ];
    let command = |column: usize, grant| match column {
        0 => approve(grant),
        1 => deny(grant),
        2 => revoke(grant),
        3 => end_at(grant, MONDAY_NINE.after(Duration::from_secs(1800))),
        _ => end_at(grant, MONDAY_NINE.after(Duration::from_secs(7200))),
    };
    for ((name, make), (row, columns)) in made().iter().zip(expect) {
        assert_eq!(*name, row);
        for (column, expect) in columns.into_iter().enumerate() {
            let mut desk = desk();
            let person = member(&mut desk, "lon1");
            let grant = make(&mut desk, person);
            drop(check_as(&mut desk, admin(1), command(column, grant), expect));
        }
    }
    for column in 0..5 {
        check(&mut desk(), command(column, GrantId::new(5)), "not found: g-5").unwrap_err();
    }
}

#[test]
fn approval_takes_other_people() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let one = asked(&mut desk, person, &[PLANT]);
    check_as(&mut desk, admin(0), approve(one), "conflict: you asked for g-1 yourself").unwrap_err();
    check_as(&mut desk, admin(1), approve(one), "ok").unwrap();
    assert_eq!(state(&desk, one), GrantState::Active);
    let two = asked(&mut desk, person, &[VAULT]);
    check_as(&mut desk, admin(1), approve(two), "ok, waits for 1").unwrap();
    assert_eq!(state(&desk, two), GrantState::Requested);
    check_as(&mut desk, admin(1), approve(two), "conflict: you approved g-2 yourself").unwrap_err();
    check_as(&mut desk, admin(0), approve(two), "conflict: you asked for g-2").unwrap_err();
    assert!(matches!(check_as(&mut desk, admin(2), approve(two), "ok"), Ok(Reply::Grant(..))));
    assert_eq!(state(&desk, two), GrantState::Active);
}

#[test]
fn an_end_moves_as_far_as_the_right_itself_could_go() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let plain = asked(&mut desk, person, &[STREET]);
    let (one, two) = (asked(&mut desk, person, &[PLANT]), asked(&mut desk, person, &[VAULT]));
    desk.command_of(admin(1), approve(one)).unwrap();
    let earlier = MONDAY_NINE.after(Duration::from_secs(1800));
    let longer = MONDAY_NINE.after(Duration::from_secs(7200));
    let unchanged = MONDAY_NINE.after(Duration::from_secs(3600));
    let at = |grant, to| end_at(grant, to);
    check(&mut desk, at(plain, MONDAY_NINE), "invalid 1 to_at: & revoke the grant instead").unwrap_err();
    check(&mut desk, at(plain, unchanged), "conflict: g-1 ends at 2026-08-03T09:00:00Z already").unwrap_err();
    check(&mut desk, at(plain, MONDAY_NINE.after(days(367))), "invalid 1 to_at: a grant lasts 366").unwrap_err();
    check(&mut desk, at(plain, longer), "ok").unwrap();
    check(&mut desk, at(plain, earlier), "ok").unwrap();
    check_as(&mut desk, admin(0), at(one, longer), "conflict: you asked for this grant yourself").unwrap_err();
    check_as(&mut desk, admin(0), at(one, earlier), "ok").unwrap();
    check_as(&mut desk, admin(2), at(one, longer), "ok").unwrap();
    check_as(&mut desk, admin(2), at(two, longer), "conflict: two people must approve").unwrap_err();
    check_as(&mut desk, admin(2), at(two, earlier), "ok").unwrap();
    let validity = Validity { from: MONDAY_NINE.after(days(2)), to: MONDAY_NINE.after(days(3)) };
    let wish = GrantWish { validity, ..ask(&desk, person, &[STREET]) };
    let Ok(Reply::Grant(future, _)) = desk.command(Command::CreateGrant(wish)) else { panic!() };
    check(&mut desk, at(future, MONDAY_NINE.after(days(1))), "invalid 1 to_at: it ends before it begins").unwrap_err();
}

#[test]
fn an_end_never_passes_that_of_the_agreement_it_rests_on() {
    let mut desk = desk();
    let guest = member(&mut desk, "the-royal");
    let shared = hours(&desk, 2);
    let share = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary/r1"], shared);
    desk.command(share).unwrap();
    let grant = asked(&mut desk, guest, &[MARY_RACK]);
    check(&mut desk, end_at(grant, shared.to), "ok").unwrap();
    let beyond = shared.to.after(Duration::from_secs(1));
    check(&mut desk, end_at(grant, beyond), "invalid 1 to_at: & agr-1 until 2026-08-03T10:00:00Z").unwrap_err();
}

#[test]
fn a_closed_ticket_ends_what_names_it() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let (first, waiting) = (asked(&mut desk, person, &[STREET]), asked(&mut desk, person, &[PLANT]));
    let other = GrantWish { ticket: Some(reason("CHG-2")), ..ask(&desk, person, &[STREET]) };
    desk.command(Command::CreateGrant(other)).unwrap();
    check(&mut desk, close("chg-1"), "conflict: no live grant names this ticket; check its spelling").unwrap_err();
    let mark = desk.journal.len();
    check(&mut desk, close(" CHG-1 "), "ok").unwrap();
    assert_eq!(desk.since(mark), ["ticket.closed", "grant.ended", "grant.ended"]);
    for grant in [first, waiting] {
        assert_eq!(state(&desk, grant), GrantState::Ended(EndCause::TicketClosed));
    }
    assert_eq!(state(&desk, GrantId::new(3)), GrantState::Active);
    check(&mut desk, close("CHG-1"), "conflict: no live grant").unwrap_err();
}

#[test]
fn an_emergency_right_is_short_loud_and_reviewed_by_somebody_else() {
    let mut desk = desk();
    let (person, royal) = (member(&mut desk, "lon1"), member(&mut desk, "the-royal"));
    let suspended = member(&mut desk, "lon1");
    let stop = Command::SetPersonStatus { person: suspended, status: PersonStatus::Suspended, reason: reason("x") };
    desk.command(stop).unwrap();
    let door = desk.door(VAULT);
    let take =
        |person, doors: &[DoorId], to| Command::BreakGlass { person, doors: doors.into(), to, reason: reason("fire") };
    let four = later(&desk, 4);
    let beyond = four.after(Duration::from_secs(1));
    check(&mut desk, take(suspended, &[], MONDAY_NINE), "invalid 3 doors: & person: p-3 is suspended & to_at: it ends")
        .unwrap_err();
    check(
        &mut desk,
        take(PersonId::new(9), &[DoorId::new(99)], beyond),
        "invalid 3 doors: door-99 & person: p-9 & to_at: & 4 hours",
    )
    .unwrap_err();
    let mark = desk.journal.len();
    let Ok(Reply::Grant(grant, _)) = check(&mut desk, take(royal, &[door, door], four), "ok") else { panic!() };
    assert_eq!(desk.since(mark), ["grant.created", "alarm.raised"], "no ticket, no approval, no agreement");
    assert!(desk.active(AlarmKind::BreakGlass));
    let three = later(&desk, 3);
    check(&mut desk, end_at(grant, three), "ok").unwrap();
    check(&mut desk, end_at(grant, four), "conflict: g-1 is an emergency right").unwrap_err();
    let review = |grant| Command::ReviewBreakGlass { grant, note: reason("pump failed, seen on site") };
    let plain = asked(&mut desk, person, &[STREET]);
    check(&mut desk, review(plain), "conflict: g-2 is no emergency right").unwrap_err();
    check(&mut desk, review(GrantId::new(9)), "not found: g-9").unwrap_err();
    check_as(&mut desk, admin(0), review(grant), "conflict: you took g-1 yourself").unwrap_err();
    desk.wait(days(1) - Duration::from_secs(60));
    assert!(!desk.active(AlarmKind::ReviewOverdue));
    desk.wait_secs(60);
    assert!(desk.active(AlarmKind::ReviewOverdue));
    check_as(&mut desk, admin(1), review(grant), "ok").unwrap();
    assert!(!desk.active(AlarmKind::ReviewOverdue) && !desk.active(AlarmKind::BreakGlass));
    check_as(&mut desk, admin(2), review(grant), "conflict: g-1 was reviewed already").unwrap_err();
    desk.wait_secs(120);
    assert_eq!(desk.raised(AlarmKind::ReviewOverdue), 1);
    check_replay(&desk);
}

#[test]
fn a_review_stays_due_over_a_restart() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let (doors, to) = (vec![desk.door(STREET)], later(&desk, 1));
    desk.command(Command::BreakGlass { person, doors, to, reason: reason("flood") }).unwrap();
    let mut desk = Desk::restart_of(&super::tenants(), desk.engine.records().clone(), desk.now.after(days(2)));
    assert!(desk.active(AlarmKind::ReviewOverdue) && desk.active(AlarmKind::BreakGlass));
    let grant = GrantId::new(1);
    check_as(&mut desk, admin(1), Command::ReviewBreakGlass { grant, note: reason("seen") }, "ok").unwrap();
    assert!(matches!(desk.last(), Entry::AlarmReturned { .. }));
}
