//! Carries out what operators ask for: here each command finds the file of its subject. Who may ask is `permission.rs` and,
//! for an organisation's operators, `reach.rs`; in the files below a command is checked against the records, all its
//! problems at once, and recorded. Nothing is changed by a command that answers with an error.

mod agreements;
mod alarms;
mod alerts;
mod approval;
mod credentials;
mod desk;
mod devices;
mod emergency;
mod ending;
mod enrolment;
mod grants;
mod hand_over;
mod musters;
mod operators;
mod people;
mod plans;
mod privacy;
mod profiles;
mod register;
mod reviews;
mod schedules;
mod terms;
mod visitors;
mod webhooks;

pub(super) use privacy::Looks;
pub(super) use register::KeyIndex;

use super::{Engine, Journal};
use crate::engine::command::{Caller, Command, CommandError, CommandTicket, DeskCommand, Problem, Reply, Scope};
use crate::engine::output::Output;
use crate::engine::preconditions::Preconditions;
use crate::id::Generation;
use crate::operator::Proposed;
use crate::people::Validity;
use crate::permission::{Actor, AuthorisedCommand, Denied, Permission, authorise};
use crate::time::{Now, Wall};

pub(super) type Outcome = Result<Reply, CommandError>;

/// When a command is carried out, for whom, and over what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) now: Now,
    pub(super) by: Actor,
    pub(super) scope: Scope,
    /// Who gives it, with all that they may.
    pub(super) caller: Caller,
    /// The second operator, who confirmed it; nobody where one was enough.
    pub(super) second: Option<Actor>,
}

impl Order {
    /// One that somebody gives alone.
    pub(super) const fn of(now: Now, caller: Caller) -> Self {
        Self { now, by: caller.actor, scope: caller.scope, caller, second: None }
    }
}

impl Engine {
    pub(super) fn command(
        &mut self,
        now: Now,
        ticket: CommandTicket,
        caller: Caller,
        command: Command,
        preconditions: &Preconditions,
    ) {
        let result = self.obey(now, caller, command, preconditions);
        if result.is_ok() {
            self.review_overstays(now);
        }
        self.outputs.push_back(Output::Reply { ticket, result });
    }

    /// Carries a command out, if its caller may give it.
    pub(super) fn obey(
        &mut self,
        now: Now,
        caller: Caller,
        command: Command,
        preconditions: &Preconditions,
    ) -> Outcome {
        match (self.journal, authorise(caller, command)) {
            (_, Err(denied)) => Err(refused(denied)),
            (Journal::Unwritable { .. }, Ok(_)) => Err(CommandError::JournalUnwritable),
            (Journal::Writable, Ok(authorised)) => self.carry_out(now, authorised, preconditions),
        }
    }

    fn carry_out(&mut self, now: Now, authorised: AuthorisedCommand, preconditions: &Preconditions) -> Outcome {
        let AuthorisedCommand { caller, command } = authorised;
        self.still_counts(&caller, now.wall)?;
        self.reach(now.wall, caller.scope).check(&command)?;
        let order = Order::of(now, caller);
        self.check_preconditions(order, &command, preconditions)?;
        match self.takes_two(&caller, &command) {
            Some(what) => match self.confirmed(order.by, &command) {
                Some((id, second)) => self.take_up(order, id, second, command),
                None => self.propose(order, what, command, preconditions.expected.clone()),
            },
            None => match (self.do_at_once(order, command.clone()), command) {
                (Err(CommandError::Widens { .. }), command) => {
                    let what = Proposed::Command(Permission::ApplyWide as u8);
                    self.propose(order, what, command, preconditions.expected.clone())
                }
                (outcome, _) => outcome,
            },
        }
    }

    /// Carries out what is authorised, within reach, and takes no other operator any more; remembers whose change it was.
    pub(super) fn do_at_once(&mut self, order: Order, command: Command) -> Outcome {
        let subject = self.subject(&command);
        let before = subject.and_then(|subject| self.revision(subject));
        let reply = self.give(order, command)?;
        if let Some(subject) = subject
            && let Some(revision) = self.revision(subject).filter(|revision| Some(*revision) != before)
        {
            self.last_changes.note(subject, order.by, revision);
        }
        Ok(reply)
    }

    fn give(&mut self, order: Order, command: Command) -> Outcome {
        let Order { now, by, .. } = order;
        match command {
            Command::CreatePerson { name, status, details, key } => {
                self.create_person(order, name, status, details, key)
            }
            Command::SetPersonStatus { person, status, reason } => {
                self.set_person_status(order, person, status, &reason)
            }
            Command::ChangePersonDetails { person, details, reason } => {
                self.change_person_details(order, person, details, reason)
            }
            Command::SetPin { person, purpose, hash, digits } => self.set_pin(order, person, purpose, hash, digits),
            Command::AssignCredential { person, key, validity } => self.assign(order, person, key, validity),
            Command::SetCredentialState { credential, state, reason } => {
                self.set_credential_state(order, credential, state, reason)
            }
            Command::EndLockout { credential } => self.forgive_lockout(order, credential),
            Command::CreateGrant(wish) => self.create_grant(order, wish),
            Command::ApproveGrant { grant, reason } => self.approve_grant(order, grant, reason),
            Command::DenyGrant { grant, reason } => self.deny_grant(order, grant, reason),
            Command::RevokeGrant { grant, reason } => self.revoke_grant(order, grant, reason),
            Command::ChangeGrantEnd { grant, to, reason } => self.change_grant_end(order, grant, to, reason),
            Command::CloseTicket { ticket, reason } => self.close_ticket(order, ticket, reason),
            Command::BreakGlass { person, doors, to, reason } => self.break_glass(order, person, doors, to, &reason),
            Command::ReviewBreakGlass { grant, note } => self.review_break_glass(order, grant, note),
            Command::SetSchedule { draft, mode } => self.set_schedule(order, &draft, mode),
            Command::RemoveSchedule { schedule } => self.remove_schedule(order, schedule),
            Command::SetCalendar { draft, mode } => self.set_calendar(order, draft, mode),
            Command::RemoveCalendar { calendar } => self.remove_calendar(order, calendar),
            Command::SetProfile { name, owner, policies, reason, mode } => {
                self.set_profile(order, &name, owner, policies, reason, mode)
            }
            Command::RemoveProfile { profile, reason } => self.remove_profile(order, profile, reason),
            Command::MakeAgreement { owner, guest, areas, validity, reason } => {
                self.make_agreement(order, owner, guest, areas, validity, reason)
            }
            Command::EndAgreement { agreement, reason } => self.end_agreement(order, agreement, reason),
            Command::ForgivePassback { person, area, reason } => self.forgive_passback(order, person, area, reason),
            Command::OpenDoor { door, lasting, reason, not_after: _ } => self.open_door(order, door, lasting, reason),
            Command::SetDoorMode { door, order: mode, reason } => self.order_mode(now, by, door, mode, reason),
            Command::LockDownArea { area, reason } => self.lock_down_area(now, by, area, reason),
            Command::ReleaseArea { area, reason } => self.release_area(now, by, area, reason),
            Command::SetThreatLevel { level, reason } => self.set_threat_level(now, by, level, reason),
            Command::Alarm(command) => self.alarm_command(order, command),
            Command::Operator(command) => self.operator_command(order, command),
            Command::AcceptDevice { device, reason } => self.accept_device(order, device, reason),
            Command::StartJob { device, job, reason } => self.start_job(order, device, job, reason),
            Command::StopJob { device, reason } => self.stop_job(order, device, reason),
            Command::OfferEnrolment { device, code, reason } => self.offer_enrolment(order, device, code, reason),
            Command::RedeemEnrolment { device, code, certificate } => {
                self.redeem_enrolment(order, device, code, certificate)
            }
            Command::RevokeCertificates { device, reason } => self.revoke_certificates(order, device, reason),
            Command::Locate { what, duration, reason } => self.locate(order, &what, duration, reason),
            Command::TryPattern { device, pattern } => self.try_pattern(order, device, pattern),
            Command::TryCanaries { reason } => self.try_canaries(order, &reason),
            Command::InspectBus { bus, what, reason } => self.inspect_bus(order, &bus, what, reason),
            Command::Webhook(command) => self.order_webhook(order, &command),
            Command::Desk(command) => self.desk_command(order, command),
            Command::Plan(command) => self.plan_command(order, command),
            Command::Privacy(command) => self.privacy_command(order, command),
            Command::Register(command) => self.register_command(order, command),
            Command::Review(command) => self.review_command(order, command),
            Command::Alert(command) => self.alert_command(order, command),
            Command::Still(command) => self.still_command(now, by, command),
            Command::ChangeSet(set) => self.change_set(order, &set),
        }
    }

    fn desk_command(&mut self, order: Order, command: DeskCommand) -> Outcome {
        match command {
            DeskCommand::StartMuster { kind, area, reason } => self.start_muster(order, kind, area, reason),
            DeskCommand::Mark { muster, marks } => self.mark_muster(order, muster, &marks),
            DeskCommand::EndMuster { muster, report } => self.end_muster(order, muster, report),
            DeskCommand::FindVisitor { muster, name, area } => self.find_visitor(order, muster, name, area),
            DeskCommand::EnterVisitor { name, host, area, reason, until } => {
                self.enter_visitor(order, name, (host, area), reason, until)
            }
            DeskCommand::LetVisitorGo { visitor } => self.let_visitor_go(order, visitor),
            DeskCommand::NoteShift { note } => self.note_shift(order, note),
            DeskCommand::AnswerShift { answer } => self.answer_shift(order, answer),
        }
    }

    fn next_generation(&self) -> Generation {
        self.records.generation.next()
    }
}

/// What somebody is told who may not. Whether it was their role or their reach is not: neither is theirs to change.
pub(super) fn refused(denied: Denied) -> CommandError {
    match denied {
        Denied::Role(_) | Denied::WholeSite(_) => CommandError::Forbidden,
        Denied::Token(_) | Denied::StepUp(_) => CommandError::Denied(denied),
    }
}

/// The number after the highest one given.
pub(super) fn numbered(next: Option<u32>) -> Result<u32, CommandError> {
    let none_left = || CommandError::Conflict("all numbers of this kind are given out; nothing can be added".into());
    next.ok_or_else(none_left)
}

/// Credentials, grants and agreements begin and end on whole seconds, which is what people say and what the index keeps.
fn whole_seconds(validity: Validity) -> Validity {
    Validity { from: whole_second(validity.from), to: whole_second(validity.to) }
}

const fn whole_second(at: Wall) -> Wall {
    Wall::from_seconds(at.as_seconds())
}

pub(super) fn not_found(id: impl core::fmt::Display) -> CommandError {
    CommandError::NotFound { what: id.to_string() }
}

pub(super) fn conflict(message: impl Into<String>) -> CommandError {
    CommandError::Conflict(message.into())
}

/// Why `by` is not the second person whom something takes that `first` has done.
fn not_a_second(by: Actor, first: Actor, done: &str, wanted: &str) -> String {
    if by == first {
        format!("you {done} yourself; somebody else must {wanted}")
    } else {
        format!(
            "nobody can tell whether you are whoever {done}; an operator who signed in as somebody else must {wanted}"
        )
    }
}

pub(super) fn problem(field: &'static str, message: impl Into<String>) -> Problem {
    Problem { field, message: message.into(), policy: None }
}

fn invalid(problems: Vec<Problem>) -> Result<(), CommandError> {
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Invalid(problems)) }
}

/// A change that has no place in a set.
pub(super) fn invalid_set(message: impl Into<String>) -> CommandError {
    CommandError::Invalid(vec![problem("do", message)])
}

fn validity_problem(field: &'static str, validity: Validity, now: Now) -> Option<Problem> {
    if validity.to <= validity.from {
        Some(problem(field, "it ends before it begins; choose a later end"))
    } else if validity.to <= now.wall {
        Some(problem(field, "it is over before it is made; choose an end in the future"))
    } else {
        None
    }
}

/// An instant as a sentence has it, such as `2026-08-03T08:00:00Z`.
fn instant(at: Wall) -> String {
    jiff::Timestamp::from_second(at.as_seconds()).map_or_else(|_| "the end of time".into(), |at| at.to_string())
}
