//! Access reviews as stories in virtual time and as tables: what is frozen, what is decided, what nobody decides. Here are the
//! words; the stories are by subject.

mod deciding;
mod ending;
mod frozen;

use std::sync::Arc;
use std::time::Duration;

use crate::operators::operator;
use crate::site::{Desk, reason};
use rackward_core::engine::command::{OperatorCommand, ReviewCommand, ReviewWish, Scope};
use rackward_core::engine::query::{LineFilter, LineState, Page, ReviewLineStatus, ReviewStatus};
use rackward_core::id::{GrantId, OperatorId, PersonId, ReviewId};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::review::{Closing, Decision, LastUses, Settled, Undecided};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply};

const DAY: Duration = Duration::from_secs(86_400);

fn days(count: u32) -> Duration {
    DAY.saturating_mul(count)
}

/// People with a right at the street door and one at the rack for half a year, by number from 1.
fn site(people: u8) -> (Desk, Vec<PersonId>) {
    let mut desk = Desk::open();
    let persons: Vec<PersonId> = (1..=people).map(|number| desk.person(number)).collect();
    for person in &persons {
        lasting(&mut desk, *person, &["lon1/street"]);
    }
    (desk, persons)
}

/// A grant for half a year.
fn lasting(desk: &mut Desk, person: PersonId, doors: &[&str]) -> GrantId {
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(days(180)) };
    desk.grant_when(person, doors, Weekly::always(), validity)
}

fn wish(desk: &Desk, area: &str) -> ReviewWish {
    let mut uses = LastUses::default();
    desk.journal.iter().for_each(|stamped| uses.take(stamped));
    ReviewWish {
        scope: vec![desk.engine.site().find_area(area).unwrap().id],
        due: desk.now.wall.after(days(14)),
        unused_days: None,
        undecided: Undecided::Revoke,
        reason: reason("Quarterly"),
        uses: Arc::new(uses),
    }
}

fn opened(wish: ReviewWish) -> Command {
    Command::Review(ReviewCommand::Open(Box::new(wish)))
}

fn open(desk: &mut Desk, wish: ReviewWish) -> ReviewId {
    match desk.command(opened(wish)) {
        Ok(Reply::Review(review, _)) => review,
        other => panic!("{other:?}"),
    }
}

/// A review of an area in the usual way.
fn about(desk: &mut Desk, area: &str) -> ReviewId {
    let asked = wish(desk, area);
    open(desk, asked)
}

fn decide(review: ReviewId, decisions: &[(u32, Decision)]) -> Command {
    Command::Review(ReviewCommand::Decide {
        review,
        decisions: decisions.to_vec(),
        note: reason("seen with the owner"),
    })
}

fn assign(review: ReviewId, lines: Option<&[u32]>, reviewer: OperatorId) -> Command {
    Command::Review(ReviewCommand::Assign { review, lines: lines.map(<[u32]>::to_vec), reviewer })
}

fn close(review: ReviewId, closing: Closing) -> Command {
    Command::Review(ReviewCommand::Close { review, closing, reason: reason("all seen") })
}

fn link(operator: OperatorId, person: Option<PersonId>) -> Command {
    Command::Operator(OperatorCommand::LinkPerson { operator, person, reason: reason("HR says so") })
}

fn lines(desk: &Desk, review: ReviewId, only: LineFilter) -> Vec<ReviewLineStatus> {
    let query = Query::ReviewLines { review, only, page: Page { after: None, limit: 1_000 } };
    let Answer::ReviewLines(rows) = desk.engine.answer(desk.now, Scope::Site, &query) else { panic!() };
    rows
}

fn states(desk: &Desk, review: ReviewId) -> Vec<LineState> {
    lines(desk, review, LineFilter::All).iter().map(|line| line.state).collect()
}

fn status(desk: &Desk, review: ReviewId) -> ReviewStatus {
    let Answer::Reviews(rows) = desk.engine.answer(desk.now, Scope::Site, &Query::Review(review)) else { panic!() };
    let status = rows.into_iter().next().unwrap();
    // The review counts as its lines do, one by one.
    let of = |is: fn(&LineState) -> bool| u32::try_from(states(desk, review).iter().filter(|state| is(state)).count());
    let counts = status.counts;
    assert_eq!(of(|state| *state == LineState::Undecided), Ok(counts.undecided));
    assert_eq!(of(|state| *state == LineState::Over), Ok(counts.over));
    assert_eq!(of(|state| *state == LineState::Settled(Settled::Kept)), Ok(counts.kept));
    assert_eq!(of(|state| *state == LineState::Settled(Settled::Revoked)), Ok(counts.revoked));
    assert_eq!(of(|state| *state == LineState::Settled(Settled::Lapsed)), Ok(counts.lapsed));
    assert_eq!(of(|state| matches!(state, LineState::Settled(Settled::Shortened(_)))), Ok(counts.shortened));
    status
}

/// A supervisor who signs in.
fn supervisor(desk: &mut Desk, name: &str) -> (Caller, OperatorId) {
    let caller = operator(desk, name, OperatorRole::SecuritySupervisor);
    let Actor::Operator(id) = caller.actor else { panic!() };
    (caller, id)
}

/// What came of a command: the words of a refusal, behind what kind of refusal it is.
fn said(result: &Result<Reply, CommandError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(CommandError::OwnAccess(words)) => format!("own: {words}"),
        Err(CommandError::Conflict(words)) => format!("conflict: {words}"),
        Err(CommandError::Invalid(problems)) => {
            let told: Vec<String> = problems.iter().map(|told| format!("{}: {}", told.field, told.message)).collect();
            format!("invalid: {}", told.join(" & "))
        }
        Err(other) => format!("{other}"),
    }
}

#[track_caller]
fn check(desk: &mut Desk, caller: Option<Caller>, command: Command, expect: &str) {
    let before = desk.engine.records().clone();
    let result = match caller {
        Some(caller) => desk.command_of(caller, command),
        None => desk.command(command),
    };
    let said = said(&result);
    assert!(said.starts_with(expect), "{said}, not {expect}");
    if result.is_err() {
        assert!(*desk.engine.records() == before, "what is refused changes nothing");
    }
}
