//! The handlers of `/api/v1`: they read a request, give the engine a command or ask it a question, and write the answer
//! down. No rule about who may pass, or which operator may do or see what, is here; all of them are the core's. What a
//! route takes stands in the table here and is looked at before its handler (`permit.rs`); a session for one organisation
//! asks with its scope.

mod alarm_actions;
mod alarms;
mod alerts;
mod areas;
mod buses;
mod calendars;
mod changes;
mod credentials;
mod devices;
mod doors;
mod emergency;
mod enrolment;
mod entitled;
mod events;
mod evidence;
mod explain;
mod export;
mod figures;
mod grants;
mod health;
mod history;
mod inside;
mod locate;
mod lookup;
mod meanwhile;
mod metrics;
mod musters;
mod operators;
mod organisations;
mod patches;
mod patterns;
mod people;
mod plans;
mod profiles;
mod proposals;
mod racks;
pub(crate) mod receipts;
mod review_evidence;
mod reviews;
mod rights;
mod routes;
pub(crate) mod schedules;
mod shift;
mod simulations;
mod singles;
mod site_files;
mod status;
mod stills;
mod support;
mod tokens;
mod views;
mod webhooks;

use std::sync::Arc;

use axum::http::StatusCode;
use rackward_core::entry::ReasonText;
use rackward_core::id::{PersonId, ProposalId};
use rackward_core::permission::Actor;
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply, Wall};

use crate::backend::Backend;
use crate::idempotency::Running;
use crate::limits::RateLimits;
use crate::names::{Statements, pseudonym};
use crate::paging::Paged;
use crate::preconditions::{Intent, Terms};
use crate::proofs::Proofs;
use crate::receipt_board::ReceiptBoard;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::sessions::Sessions;
use crate::signin::Turns;
use crate::waiting::Waiting;
use crate::wire::List;
use crate::wire::problem::{FieldProblem, ProblemKind};

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) board: Arc<ReceiptBoard>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) origin: Origin,
    pub(crate) limits: Arc<RateLimits>,
    pub(crate) running: Arc<Running>,
    /// Whose turn it is to guess.
    pub(crate) turns: Arc<Turns>,
    /// Who checks the proofs of operators.
    pub(crate) proofs: Option<Arc<dyn Proofs>>,
    /// In which sessions names are shown.
    pub(crate) statements: Arc<Statements>,
}

pub(crate) use alarms::OWN as ALARM_PARAMETERS;
pub(crate) use alarms::current as current_alarms;
pub(crate) use areas::OCCUPANCY as OCCUPANCY_PARAMETERS;
pub(crate) use doors::current as current_doors;
pub(crate) use entitled::OWN as MOMENT_PARAMETERS;
pub(crate) use grants::OWN as GRANT_PARAMETERS;
pub(crate) use inside::INSIDE as INSIDE_PARAMETERS;
pub(crate) use people::OWN as PEOPLE_PARAMETERS;
pub(crate) use routes::table;

impl Api {
    /// What the handlers of one kind of listener need.
    pub(crate) fn new(backend: Arc<dyn Backend>, sessions: Arc<Sessions>, origin: Origin) -> Self {
        let (board, limits, running, turns) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let proofs = backend.proofs();
        let statements = Arc::default();
        Self { backend, board, sessions, origin, limits, running, turns, proofs, statements }
    }

    /// What a person is called, as whoever asks is shown it; `None` where the name was erased.
    pub(crate) fn person_name(&self, person: PersonId) -> Option<String> {
        let name = self.backend.person_name(person)?;
        Some(if Terms::names().has(person) { name } else { pseudonym(person) })
    }

    /// What another register knows a person by, as whoever asks is shown it: with the name, and hidden with it.
    pub(crate) fn person_key(&self, person: PersonId) -> Option<String> {
        self.backend.person_key(person).filter(|_| Terms::names().has(person))
    }

    /// Whom another register knows by exactly this, of those whose names whoever asks is shown.
    pub(crate) fn people_keyed(&self, key: &str) -> Vec<(PersonId, String)> {
        let mut found = self.backend.people_keyed(key);
        found.retain(|person| Terms::names().has(*person));
        found.into_iter().map(|person| (person, self.backend.person_name(person).unwrap_or_default())).collect()
    }

    /// Persons whose name contains `part`, of those whose names whoever asks is shown.
    pub(crate) fn people_named(&self, part: &str) -> Vec<(PersonId, String)> {
        let names = Terms::names();
        let mut found = self.backend.people_named(part);
        found.retain(|(person, _)| names.has(*person));
        found
    }

    /// Gives a command as `caller`, on the terms of the request. That it waits for a second operator the handler is told like
    /// a refusal, so that it goes no further; that it was only rehearsed, as was wanted, where more than a command belongs to
    /// the change.
    pub(crate) async fn submit(&self, caller: Caller, command: Command) -> Result<Reply, Refusal> {
        self.submit_by(caller, command, None).await.map_err(Refusal::from)
    }

    /// The same for an order that must do nothing after a moment.
    pub(crate) async fn submit_before(
        &self,
        not_after: Wall,
        caller: Caller,
        command: Command,
    ) -> Result<Reply, Refusal> {
        self.submit_by(caller, command, Some(not_after)).await.map_err(Refusal::from)
    }

    /// Gives a command whose parts are called otherwise in the body: from the engine's name to the member's.
    pub(crate) async fn submit_as(
        &self,
        caller: Caller,
        command: Command,
        members: &[(&str, &'static str)],
    ) -> Result<Reply, Refusal> {
        self.submit_by(caller, command, None).await.map_err(|refused| match refused {
            Ungiven::Refused(CommandError::Invalid(mut problems)) => {
                for problem in &mut problems {
                    let member = members.iter().find(|(name, _)| *name == problem.field);
                    problem.field = member.map_or(problem.field, |(_, member)| member);
                }
                CommandError::Invalid(problems).into()
            }
            other => other.into(),
        })
    }

    /// Gives a command for a handler that knows what to do with [`Reply::Proposed`].
    pub(crate) async fn submit_or_propose(&self, caller: Caller, command: Command) -> Result<Reply, Refusal> {
        let reply = self.give(caller, command, None).await?;
        if let Reply::Proposed(id) = &reply {
            Terms::wait(Waiting::Told(*id));
        }
        Ok(reply)
    }

    async fn submit_by(&self, caller: Caller, command: Command, not_after: Option<Wall>) -> Result<Reply, Ungiven> {
        match self.give(caller, command, not_after).await? {
            Reply::Proposed(id) => {
                Terms::wait(Waiting::of(self, caller, id).await);
                Err(Ungiven::Proposed)
            }
            reply => Ok(reply),
        }
    }

    /// What a handler gives up with whose command the daemon gave itself, and which waits for a second operator.
    pub(crate) async fn left_waiting(&self, caller: Caller, id: ProposalId, secret: &str) -> Refusal {
        Terms::wait(Waiting::of(self, caller, id).await);
        Terms::wait_with_secret(secret);
        Ungiven::Proposed.into()
    }

    async fn give(&self, caller: Caller, command: Command, not_after: Option<Wall>) -> Result<Reply, Ungiven> {
        // What the daemon itself notes rests on nothing and is never tried; what the request asks for may follow.
        if caller.actor == Actor::System {
            return self.backend.submit(caller, command).await.map_err(Ungiven::Refused);
        }
        let (intent, mut preconditions) = Terms::current().map_err(Ungiven::WithoutTerms)?;
        preconditions.not_after = not_after;
        match intent {
            Intent::CarryOut => self.backend.submit_on(preconditions, caller, command).await.map_err(Ungiven::Refused),
            Intent::Rehearse => {
                let rehearsal =
                    self.backend.rehearse(preconditions, caller, command).await.map_err(Ungiven::Refused)?;
                let goes_on = Terms::keep(&rehearsal, &self.backend.site());
                if goes_on { Ok(rehearsal.reply) } else { Err(Ungiven::Rehearsed) }
            }
        }
    }

    /// Asks a question, of which the answer holds what `caller` may see. After a rehearsal it is what would be answered.
    pub(crate) async fn ask(&self, caller: Caller, query: Query) -> Result<Answer, Refusal> {
        let foretold = Terms::foretold().map(|foretold| (foretold, query.clone()));
        let answer = self.backend.ask(caller.scope, query).await?;
        Ok(match foretold {
            Some((foretold, asked)) => foretold.over(&asked, answer),
            None => answer,
        })
    }
}

/// Why a command came to nothing.
enum Ungiven {
    Refused(CommandError),
    /// It was only rehearsed; what came of it is kept for whoever asked.
    Rehearsed,
    /// It waits for a second operator; which proposal it is, is kept for whoever asked.
    Proposed,
    WithoutTerms(Refusal),
}

impl From<Ungiven> for Refusal {
    fn from(ungiven: Ungiven) -> Self {
        match ungiven {
            Ungiven::Refused(error) => error.into(),
            Ungiven::Rehearsed => {
                Self::new(ProblemKind::Internal, "a rehearsal went on after its command; please report it")
            }
            Ungiven::Proposed => Self::new(
                ProblemKind::Internal,
                "this waits for a second operator, and its proposal was not told; please report it",
            ),
            Ungiven::WithoutTerms(refusal) => refusal,
        }
    }
}

/// The engine answered in another shape than it was asked in: a defect, not the caller's.
fn wrong_shape() -> Refusal {
    Refusal::new(ProblemKind::Internal, "the engine answered another question; please report it")
}

/// What an answer to a creation starts with.
const CREATED: StatusCode = StatusCode::CREATED;

/// A page of a list, or why there is none.
type Page<T> = Result<Paged<List<T>>, Refusal>;

/// A reason or ticket, or what is wrong with it.
pub(crate) fn reason(field: &'static str, text: &str) -> Result<ReasonText, FieldProblem> {
    ReasonText::parse(text).ok_or_else(|| {
        let longest = ReasonText::MAX_CHARS;
        FieldProblem::of(
            field,
            format!("{field} must have 1 to {longest} characters on one line, none that nobody sees"),
        )
    })
}

/// The one of `all` whose word this is, or what there is to choose from.
fn chosen<T: Copy, const N: usize>(
    field: &str,
    word: &str,
    all: [T; N],
    word_of: impl Fn(T) -> &'static str,
) -> Result<T, FieldProblem> {
    all.into_iter().find(|one| word_of(*one) == word).ok_or_else(|| {
        let words = all.map(&word_of);
        let (last, others) = words.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        FieldProblem::of(field, format!("{field} must be {} or {last}", others.join(", ")))
    })
}
