//! Who decides of what: nobody of their own access, what is assigned only by whom it is assigned to; what can be decided in which
//! state, as a table; all of it or none.

use super::{about, assign, check, close, days, decide, lines, link, open, site, states, supervisor, wish};
use crate::operators::{SYSTEM, id, operator};
use rackward_core::Caller;
use rackward_core::engine::command::Scope;
use rackward_core::engine::query::{LineFilter, LineState};
use rackward_core::id::{PersonId, ReviewId};
use rackward_core::operator::OperatorRole;
use rackward_core::permission::{Actor, Assurance};
use rackward_core::review::{Closing, Decision, Settled};

#[test]
fn nobody_reviews_their_own_access() {
    let (mut desk, persons) = site(3);
    let (rossi, rossis) = supervisor(&mut desk, "m.rossi");
    let (adeyemi, adeyemis) = supervisor(&mut desk, "j.adeyemi");
    let admin = operator(&mut desk, "admin", OperatorRole::Admin);
    check(&mut desk, Some(admin), link(rossis, Some(persons[0])), "ok");
    check(&mut desk, Some(admin), link(rossis, Some(persons[0])), "conflict: that is on record");
    check(&mut desk, Some(admin), link(rossis, Some(PersonId::new(99))), "p-99 does not exist");
    check(&mut desk, Some(admin), link(id(&admin), Some(persons[1])), "conflict: nobody says of themselves");
    check(&mut desk, Some(adeyemi), link(rossis, None), "your role does not allow this");
    let review = about(&mut desk, "lon1/lobby");

    let own = "own: nobody reviews their own access, and it is yours in line 1";
    for decision in [Decision::Keep, Decision::Revoke, Decision::Shorten(desk.now.wall.after(days(1)))] {
        check(&mut desk, Some(rossi), decide(review, &[(2, Decision::Keep), (1, decision)]), own);
    }
    assert_eq!(states(&desk, review), [LineState::Undecided; 3], "all or nothing");
    check(
        &mut desk,
        Some(rossi),
        assign(review, Some(&[1]), rossis),
        "own: nobody reviews their own access, and it is",
    );
    check(&mut desk, Some(rossi), assign(review, None, rossis), "own: nobody reviews their own access, and it is");
    check(&mut desk, Some(adeyemi), decide(review, &[(1, Decision::Reassign(rossis))]), "own: ");
    // Whoever is at the machine may be anybody by now, and so may a user of a link.
    for actor in [Actor::LocalUser(0), Actor::Session(3)] {
        let caller = Caller::new(actor, OperatorRole::Admin, Scope::Site);
        check(&mut desk, Some(caller), decide(review, &[(2, Decision::Keep)]), "own: nobody can tell");
    }
    check(&mut desk, Some(rossi), decide(review, &[(2, Decision::Keep)]), "ok");
    check(&mut desk, Some(adeyemi), decide(review, &[(1, Decision::Keep)]), "ok");
    // One who is nobody's on record decides, and the evidence says so.
    check(&mut desk, Some(admin), decide(review, &[(3, Decision::Revoke)]), "ok");
    assert_eq!(lines(&desk, review, LineFilter::Undecided), []);
    check(&mut desk, Some(admin), link(rossis, None), "ok");
    check(&mut desk, Some(rossi), assign(review, Some(&[1]), adeyemis), "ok");
}

#[test]
fn a_token_is_its_owner() {
    let (mut desk, persons) = site(1);
    let (rossi, rossis) = supervisor(&mut desk, "m.rossi");
    desk.command(link(rossis, Some(persons[0]))).unwrap();
    let review = about(&mut desk, "lon1/lobby");
    let token = crate::operators::token_of(&mut desk, &rossi);
    check(&mut desk, Some(token), decide(review, &[(1, Decision::Keep)]), "own: nobody reviews their own access");
}

#[test]
fn what_is_assigned_is_decided_by_whom_it_is_assigned_to() {
    let (mut desk, _) = site(3);
    let (rossi, rossis) = supervisor(&mut desk, "m.rossi");
    let (adeyemi, adeyemis) = supervisor(&mut desk, "j.adeyemi");
    let guard = operator(&mut desk, "guard", OperatorRole::Security);
    let review = about(&mut desk, "lon1/lobby");
    check(&mut desk, Some(rossi), assign(review, Some(&[1, 2]), adeyemis), "ok");
    check(&mut desk, Some(rossi), decide(review, &[(1, Decision::Keep)]), "conflict: line 1 is opr-2's to decide");
    check(&mut desk, Some(rossi), decide(review, &[(1, Decision::Reassign(rossis))]), "ok");
    check(&mut desk, Some(rossi), decide(review, &[(1, Decision::Keep), (3, Decision::Keep)]), "ok");
    check(&mut desk, Some(adeyemi), decide(review, &[(2, Decision::Keep)]), "ok");
    check(&mut desk, Some(rossi), assign(review, Some(&[1]), id(&guard)), "conflict: opr-3 may not decide");
    check(&mut desk, Some(guard), decide(review, &[(1, Decision::Keep)]), "your role does not allow this");
    let standing = Caller { assurance: Assurance::Standing, ..rossi };
    check(&mut desk, Some(standing), decide(review, &[(1, Decision::Keep)]), "prove yourself again");
    check(&mut desk, Some(rossi), close(review, Closing::Finish), "ok");
    check(&mut desk, Some(rossi), decide(review, &[(1, Decision::Revoke)]), "conflict: rv-1 is over");
    check(&mut desk, Some(SYSTEM), close(ReviewId::new(9), Closing::Finish), "rv-9 does not exist");
}

#[test]
fn what_is_wrong_with_lines_is_told_of_all() {
    let (mut desk, _) = site(2);
    let review = about(&mut desk, "lon1/lobby");
    let at = desk.now.wall;
    let bad = [(1, Decision::Keep), (1, Decision::Revoke), (7, Decision::Keep), (8, Decision::Keep)];
    let told = "invalid: lines: line 1 is named twice & lines: rv-1 has no line 7 & lines: rv-1 has no line 8";
    check(&mut desk, None, decide(review, &bad), told);
    check(&mut desk, None, decide(review, &[]), "invalid: lines: name at least one line");
    let bad = [(1, Decision::Shorten(at)), (2, Decision::Shorten(at.after(days(180))))];
    let told = "invalid: until: line 1: that is not in the future; revoke it instead & until: line 2: it ends at ";
    check(&mut desk, None, decide(review, &bad), told);
}

/// Every state of a line, every decision, and the state after it; `None` where it is refused.
#[test]
fn the_states_of_a_line() {
    let (mut desk, _) = site(1);
    desk.rehearse_no_more();
    let (_, rossis) = supervisor(&mut desk, "m.rossi");
    let (adeyemi, _) = supervisor(&mut desk, "j.adeyemi");
    let (soon, sooner) = (desk.now.wall.after(days(60)), desk.now.wall.after(days(30)));
    let (keep, revoke, shorten) = (Decision::Keep, Decision::Revoke, Decision::Shorten(sooner));
    let reassign = Decision::Reassign(rossis);
    let settled = |what| Some(LineState::Settled(what));
    let (kept, revoked, shortened) = (Settled::Kept, Settled::Revoked, Settled::Shortened(sooner));
    let table: [(&[Decision], Decision, Option<LineState>); 16] = [
        (&[], keep, settled(kept)),
        (&[], revoke, settled(revoked)),
        (&[], shorten, settled(shortened)),
        (&[], reassign, Some(LineState::Undecided)),
        (&[keep], keep, settled(kept)),
        (&[keep], revoke, settled(revoked)),
        (&[keep], shorten, settled(shortened)),
        (&[keep], reassign, settled(kept)),
        (&[Decision::Shorten(soon)], keep, settled(kept)),
        (&[Decision::Shorten(soon)], revoke, settled(revoked)),
        (&[Decision::Shorten(soon)], shorten, settled(shortened)),
        (&[shorten], Decision::Shorten(soon), None),
        (&[revoke], keep, None),
        (&[revoke], revoke, None),
        (&[revoke], shorten, None),
        (&[revoke], reassign, None),
    ];
    for (before, decision, expect) in table {
        let (desk, _) = (&mut desk, ());
        let person = desk.engine.records().persons.keys().next().copied().unwrap();
        super::lasting(desk, person, &["lon1/plant"]);
        let asked = wish(desk, "lon1/lobby");
        let review = open(desk, asked);
        let line = u32::try_from(lines(desk, review, LineFilter::All).len()).unwrap();
        for decision in before {
            check(desk, Some(adeyemi), decide(review, &[(line, *decision)]), "ok");
        }
        let was = *states(desk, review).last().unwrap();
        let result = desk.command_of(adeyemi, decide(review, &[(line, decision)]));
        let is = *states(desk, review).last().unwrap();
        assert_eq!(result.is_ok(), expect.is_some(), "{before:?} then {decision:?}: {result:?}");
        assert_eq!(is, expect.unwrap_or(was), "{before:?} then {decision:?}");
        super::status(desk, review);
        check(desk, Some(adeyemi), close(review, Closing::Abandon), "ok");
    }
}
