//! Reviews from their list to their end: what is decided is carried out by the usual commands, and what nobody decides ends as the
//! review said, after a warning that is always given in full.

use super::{about, check, close, days, decide, lasting, lines, open, site, states, status, wish};
use crate::commands::check_replay;
use crate::site::{Desk, card};
use rackward_core::Entry;
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::query::{LineFilter, LineState};
use rackward_core::entry::ReviewEntry;
use rackward_core::id::Seq;
use rackward_core::people::GrantState;
use rackward_core::permission::Actor;
use rackward_core::review::{Closing, Decision, ReviewEndCause, Settled, Undecided};

fn entry(desk: &Desk, seq: Seq) -> Entry {
    desk.journal.iter().find(|stamped| stamped.seq == seq).unwrap().entry.clone()
}

/// The daemon starts again on what survived; the journal goes on.
fn restarted(desk: Desk) -> Desk {
    let mut again = Desk::restart(desk.engine.records().clone(), desk.now);
    again.journal.splice(..0, desk.journal);
    again.all_online();
    again
}

#[test]
fn from_the_list_to_the_end() {
    for restarts in [false, true] {
        let (mut desk, persons) = site(4);
        desk.badge("street-reader", card(1));
        let review = about(&mut desk, "lon1/lobby");
        let rows = lines(&desk, review, LineFilter::All);
        assert_eq!(rows.iter().map(|row| row.line.frozen.person).collect::<Vec<_>>(), persons);
        assert!(rows[0].line.frozen.used.is_some() && rows[1].line.frozen.used.is_none());
        let generation = desk.engine.records().generation;

        let shorter = desk.now.wall.after(days(30));
        check(&mut desk, None, decide(review, &[(1, Decision::Keep)]), "ok");
        check(&mut desk, None, decide(review, &[(2, Decision::Revoke), (3, Decision::Shorten(shorter))]), "ok");
        assert_eq!(desk.engine.records().generation, generation.next().next(), "receipts follow each of both");
        let rows = lines(&desk, review, LineFilter::All);
        let decided = |line: usize| rows[line - 1].line.decided.clone().unwrap();
        assert_eq!((decided(1).what, decided(1).effect), (Settled::Kept, None));
        let revoked = rows[1].line.frozen.grant;
        assert!(
            matches!(entry(&desk, decided(2).effect.unwrap()), Entry::GrantRevoked { grant, .. } if grant == revoked)
        );
        assert!(matches!(entry(&desk, decided(3).effect.unwrap()), Entry::GrantEndChanged { to, .. } if to == shorter));
        assert!(matches!(entry(&desk, decided(3).proof), Entry::Review(ReviewEntry::Decided { .. })));
        check(&mut desk, None, close(review, Closing::Finish), "conflict: 1 lines of rv-1 are undecided");

        desk.wait(days(10));
        assert!(status(&desk, review).review.warned.is_none() && !desk.active(AlarmKind::ReviewEnding));
        desk = if restarts { restarted(desk) } else { desk };
        desk.wait(days(1));
        assert!(status(&desk, review).review.warned.is_some() && desk.active(AlarmKind::ReviewEnding));
        desk = if restarts { restarted(desk) } else { desk };
        assert!(desk.active(AlarmKind::ReviewEnding));
        desk.wait(days(3) - std::time::Duration::from_secs(60));
        assert!(status(&desk, review).review.is_running());
        desk.wait_secs(60);

        let end = status(&desk, review).review.end.unwrap();
        assert_eq!((end.cause, end.by), (ReviewEndCause::Due, Actor::System));
        let expect = [Settled::Kept, Settled::Revoked, Settled::Shortened(shorter), Settled::Lapsed];
        assert_eq!(states(&desk, review), expect.map(LineState::Settled));
        let lapsed = lines(&desk, review, LineFilter::All).pop().unwrap();
        assert_eq!(lapsed.grant.unwrap().state, GrantState::Revoked);
        let effect = lapsed.line.decided.unwrap().effect.unwrap();
        assert!(matches!(entry(&desk, effect), Entry::GrantRevoked { by: Actor::System, .. }));
        assert!(!desk.active(AlarmKind::ReviewEnding));
        assert_eq!(desk.raised(AlarmKind::ReviewEnding), 1);
        check_replay(&desk);
    }
}

#[test]
fn what_stays_stays_where_the_review_says_so() {
    let (mut desk, _) = site(2);
    let asked = wish(&desk, "lon1/lobby");
    let review = open(&mut desk, rackward_core::engine::command::ReviewWish { undecided: Undecided::Keep, ..asked });
    let generation = desk.engine.records().generation;
    desk.wait(days(14));
    assert_eq!(status(&desk, review).review.end.unwrap().cause, ReviewEndCause::Due);
    assert_eq!(states(&desk, review), [LineState::Undecided; 2]);
    assert_eq!(desk.engine.records().generation, generation);
}

#[test]
fn a_daemon_that_was_down_warns_first() {
    let (mut desk, _) = site(1);
    let review = about(&mut desk, "lon1/lobby");
    // Down from the start to two days after the end.
    let later = desk.now.after(days(16));
    let mut desk = Desk::restart(desk.engine.records().clone(), later);
    desk.all_online();
    desk.wait(days(1));
    assert!(status(&desk, review).review.is_running() && desk.active(AlarmKind::ReviewEnding));
    desk.wait(days(3));
    assert_eq!(states(&desk, review), [LineState::Settled(Settled::Lapsed)]);
}

#[test]
fn a_right_that_ended_by_itself_is_over_and_not_lapsed() {
    let (mut desk, persons) = site(2);
    let review = about(&mut desk, "lon1/lobby");
    let grant = lines(&desk, review, LineFilter::All)[0].line.frozen.grant;
    let reason = crate::site::reason("left the project");
    desk.command(rackward_core::Command::RevokeGrant { grant, reason }).unwrap();
    assert_eq!(states(&desk, review), [LineState::Over, LineState::Undecided]);
    check(&mut desk, None, decide(review, &[(1, Decision::Keep)]), "conflict: the right of line 1 is over");
    check(&mut desk, None, decide(review, &[(2, Decision::Keep)]), "ok");
    check(&mut desk, None, close(review, Closing::Finish), "ok");
    assert_eq!(states(&desk, review), [LineState::Over, LineState::Settled(Settled::Kept)]);
    // What becomes of a right afterwards says nothing of the review.
    lasting(&mut desk, persons[0], &["lon1/street"]);
    assert_eq!(status(&desk, review).counts.over, 1);
    check(&mut desk, None, close(review, Closing::Finish), "conflict: rv-1 is over since");
}

#[test]
fn one_that_is_given_up_leaves_everything() {
    let (mut desk, _) = site(3);
    let review = about(&mut desk, "lon1/lobby");
    check(&mut desk, None, decide(review, &[(1, Decision::Revoke)]), "ok");
    let generation = desk.engine.records().generation;
    check(&mut desk, None, close(review, Closing::Abandon), "ok");
    desk.wait(days(15));
    assert_eq!(desk.engine.records().generation, generation);
    assert_eq!(status(&desk, review).review.end.unwrap().cause, ReviewEndCause::Abandoned);
    check_replay(&desk);
}

#[test]
fn reviews_that_are_over_are_forgotten_in_time_and_no_number_comes_again() {
    let (mut desk, _) = site(1);
    desk.rehearse_no_more();
    for _ in 0..40 {
        let review = about(&mut desk, "lon1/lobby");
        check(&mut desk, None, close(review, Closing::Abandon), "ok");
    }
    let records = desk.engine.records();
    assert_eq!((records.reviews.len(), records.review_lines.len()), (32, 32));
    assert_eq!(records.reviews.last_key_value().unwrap().0.get(), 40);
    check_replay(&desk);
}
