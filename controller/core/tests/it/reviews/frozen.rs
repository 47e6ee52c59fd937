//! What a review lists: rights that count at doors in its scope, each with what is known of it; and what it cannot be about.

use super::{about, check, close, days, decide, lasting, lines, open, opened, site, wish};
use crate::site::{Desk, FRONT, card};
use rackward_core::engine::command::ReviewWish;
use rackward_core::engine::query::LineFilter;
use rackward_core::entry::{Entry, OfflineEntry};
use rackward_core::id::{AreaId, GrantId, ReviewId, Seq};
use rackward_core::review::{Closing, Decision, LastUses, REVIEW_MAX_LINES, SinceLast};
use rackward_core::rights_list::{ListNumber, Logged};
use rackward_core::{Records, Stamped};

fn grants(desk: &Desk, review: ReviewId) -> Vec<GrantId> {
    lines(desk, review, LineFilter::All).iter().map(|row| row.line.frozen.grant).collect()
}

#[test]
fn rights_in_the_scope_and_no_others() {
    let (mut desk, persons) = site(2);
    let rack = lasting(&mut desk, persons[0], &[FRONT]);
    let both = lasting(&mut desk, persons[1], &[FRONT, "lon1/street", "lon1/plant"]);
    let gone = lasting(&mut desk, persons[1], &[FRONT]);
    desk.command(rackward_core::Command::RevokeGrant { grant: gone, reason: crate::site::reason("done") }).unwrap();
    let hall = about(&mut desk, "lon1/hall");
    assert_eq!(grants(&desk, hall), [rack, both]);
    let lobby = about(&mut desk, "lon1/lobby");
    let rows = lines(&desk, lobby, LineFilter::All);
    let doors: Vec<(u32, u32)> = rows.iter().map(|row| (row.line.frozen.person.get(), row.line.frozen.doors)).collect();
    assert_eq!(doors, [(1, 1), (2, 1), (2, 2)]);
}

#[test]
fn only_what_was_not_used_for_so_long() {
    let (mut desk, persons) = site(3);
    desk.badge("street-reader", card(1));
    desk.wait(days(20));
    desk.badge("street-reader", card(2));
    desk.wait(days(15));
    let new = lasting(&mut desk, persons[2], &["lon1/plant"]);
    let unused = |desk: &Desk, days| ReviewWish { unused_days: Some(days), ..wish(desk, "lon1/lobby") };
    let asked = unused(&desk, 30);
    let review = open(&mut desk, asked);
    let found = grants(&desk, review);
    assert_eq!(found.len(), 2, "the second was used since, the new one is too young: {found:?}");
    assert!(!found.contains(&new));
    let asked = unused(&desk, 0);
    check(&mut desk, None, opened(asked), "invalid: unused_days: every right was unused for no days");
    let asked = unused(&desk, 36);
    check(&mut desk, None, opened(asked), "conflict: nobody has a right like this");
}

#[test]
fn a_handle_that_decided_by_itself_counts_as_a_use() {
    let (mut desk, persons) = site(1);
    let rack = lasting(&mut desk, persons[0], &[FRONT]);
    let mut uses = LastUses::default();
    let what = Logged::Admitted { card: card(1), list: ListNumber(1) };
    let (device, door, happened) = (desk.device("c1-front"), desk.door(FRONT), desk.now.wall);
    let credential = None;
    let logged = |person| OfflineEntry::Logged { device, door, number: 1, happened, what, credential, person };
    let (seq, at) = (Seq::new(1), desk.now.wall.after(days(1)));
    for person in [None, Some(persons[0])] {
        uses.take(&Stamped { seq, at, entry: Entry::Offline(logged(person)) });
    }
    let asked = ReviewWish { uses: uses.into(), ..wish(&desk, "lon1/hall") };
    let review = open(&mut desk, asked);
    let row = lines(&desk, review, LineFilter::All).remove(0).line.frozen;
    assert_eq!((row.grant, row.used), (rack, Some(happened)));
}

#[test]
fn what_changed_since_the_last_review() {
    let (mut desk, persons) = site(2);
    let first = about(&mut desk, "lon1/lobby");
    let sooner = desk.now.wall.after(days(90));
    check(&mut desk, None, decide(first, &[(1, Decision::Shorten(sooner)), (2, Decision::Keep)]), "ok");
    let second = about(&mut desk, "lon1/lobby");
    let since = |desk: &Desk, review| -> Vec<SinceLast> {
        lines(desk, review, LineFilter::All).iter().map(|row| row.line.frozen.since_last).collect()
    };
    assert_eq!(since(&desk, second), [SinceLast::New; 2], "one that still runs is no measure");
    check(&mut desk, None, close(first, Closing::Finish), "ok");
    lasting(&mut desk, persons[1], &["lon1/plant"]);
    let third = about(&mut desk, "lon1/lobby");
    assert_eq!(since(&desk, third), [SinceLast::End(first), SinceLast::Same(first), SinceLast::New]);
}

#[test]
fn what_a_review_cannot_be_about() {
    let (mut desk, _) = site(1);
    let (usual, at) = (wish(&desk, "lon1/lobby"), desk.now.wall);
    let wrong = ReviewWish { scope: Vec::new(), due: at, ..usual.clone() };
    check(
        &mut desk,
        None,
        opened(wrong),
        "invalid: scope: name 1 to 256 areas that it is about & due_at: it would be due",
    );
    let wrong = ReviewWish { scope: vec![AreaId::new(77)], due: at.after(days(367)), ..usual.clone() };
    check(&mut desk, None, opened(wrong), "invalid: scope: area-77 does not exist & due_at: a review runs 366 days");
    desk.rehearse_no_more();
    for _ in 0..16 {
        open(&mut desk, usual.clone());
    }
    check(&mut desk, None, opened(usual), "conflict: 16 reviews run already");
}

#[test]
fn a_list_that_is_too_long_says_how_long_it_is() {
    let (desk, _) = site(1);
    let mut records: Records = desk.engine.records().clone();
    let sample = records.grants.values().next().unwrap().clone();
    let count = REVIEW_MAX_LINES + 1;
    for number in 1..=u32::try_from(count).unwrap() {
        let grant = rackward_core::people::Grant { id: GrantId::new(number), ..sample.clone() };
        records.grants.insert(grant.id, grant);
    }
    let mut desk = Desk::restart(records, desk.now);
    desk.rehearse_no_more();
    let asked = wish(&desk, "lon1/lobby");
    check(
        &mut desk,
        None,
        opened(asked),
        "invalid: scope: 10001 rights are in this scope and a review has 10000 lines",
    );
}
