//! Carries out what operators ask for. Who may ask is `permission.rs`; here a command is checked against the records, all
//! its problems at once, and recorded. Nothing is changed by a command that answers with an error.

use core::time::Duration;

use super::{Engine, Journal};
use crate::decide::interlock;
use crate::engine::command::{Caller, Command, CommandError, CommandTicket, Problem, Reply, disguises};
use crate::engine::output::Output;
use crate::entry::{Entry, ReasonText};
use crate::id::{AlarmId, CredentialId, DoorId, Generation, GrantId, PersonId};
use crate::people::{CredentialKey, CredentialState, Grant, GrantState, PersonStatus, Validity};
use crate::permission::{Actor, AuthorisedCommand, authorise};
use crate::records::RecordChange;
use crate::site::TicketPolicy;
use crate::site::schedule::Weekly;
use crate::time::{Now, Wall};

/// The longest a grant may last: a right that outlives a year's review is the field's most common finding.
const LONGEST_GRANT: Duration = Duration::from_secs(366 * 24 * 3600);

/// The fewest characters of a note on an urgent alarm (`console.md` B.2).
const SHORTEST_NOTE_CHARS: usize = 10;

type Outcome = Result<Reply, CommandError>;

/// A wish for a grant.
struct GrantDraft {
    person: PersonId,
    doors: Vec<DoorId>,
    weekly: Weekly,
    validity: Validity,
    reason: ReasonText,
    ticket: Option<ReasonText>,
}

impl Engine {
    pub(super) fn command(&mut self, now: Now, ticket: CommandTicket, caller: Caller, command: Command) {
        let result = match (self.journal, authorise(caller.actor, caller.role, command)) {
            (_, Err(_)) => Err(CommandError::Forbidden),
            (Journal::Unwritable { .. }, Ok(_)) => Err(CommandError::JournalUnwritable),
            (Journal::Writable, Ok(authorised)) => self.carry_out(now, authorised),
        };
        self.outputs.push_back(Output::Reply { ticket, result });
    }

    fn carry_out(&mut self, now: Now, authorised: AuthorisedCommand) -> Outcome {
        let AuthorisedCommand { by, command } = authorised;
        match command {
            Command::CreatePerson { name } => {
                let person = PersonId::new(self.records.persons.last_key_value().map_or(0, |(id, _)| id.get()) + 1);
                self.record(now, Entry::PersonCreated { person, by });
                self.batch.changes.push(RecordChange::PersonName(person, name));
                Ok(Reply::Person(person))
            }
            Command::SetPersonStatus { person, status, reason } => {
                self.set_person_status(now, by, person, status, reason)
            }
            Command::SetPin { person, hash } => {
                self.known_person(person)?;
                self.record(now, Entry::PinChanged { person, by });
                self.batch.changes.push(RecordChange::Pin(person, hash));
                Ok(Reply::Done)
            }
            Command::AssignCredential { person, key, validity } => self.assign(now, by, person, key, validity),
            Command::SetCredentialState { credential, state, reason } => {
                self.set_credential_state(now, by, credential, state, reason)
            }
            Command::CreateGrant { person, doors, weekly, validity, reason, ticket } => {
                self.create_grant(now, by, GrantDraft { person, doors, weekly, validity, reason, ticket })
            }
            Command::RevokeGrant { grant, reason } => self.revoke_grant(now, by, grant, reason),
            Command::OpenDoor { door, reason, not_after } => self.open_door(now, by, door, reason, not_after),
            Command::AcknowledgeAlarm { alarm, note } => self.acknowledge_alarm(now, by, alarm, note),
        }
    }

    fn next_generation(&self) -> Generation {
        self.records.generation.next()
    }

    fn known_person(&self, person: PersonId) -> Result<(), CommandError> {
        if self.records.persons.contains_key(&person) { Ok(()) } else { Err(not_found(person)) }
    }

    fn set_person_status(
        &mut self,
        now: Now,
        by: Actor,
        person: PersonId,
        status: PersonStatus,
        reason: ReasonText,
    ) -> Outcome {
        self.known_person(person)?;
        let generation = self.next_generation();
        self.record(now, Entry::PersonStatusChanged { person, status, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    fn assign(&mut self, now: Now, by: Actor, person: PersonId, key: CredentialKey, validity: Validity) -> Outcome {
        self.known_person(person)?;
        if let Some(holder) = self.people.holder(&key).filter(|holder| holder.state != CredentialState::Returned) {
            let message = format!(
                "this card is already {} of {}; return it there first, or take another card",
                holder.credential, holder.person
            );
            return Err(CommandError::Conflict(message));
        }
        let validity = whole_seconds(validity);
        invalid(validity_problem("valid_to_at", validity, now).into_iter().collect())?;
        let credential = CredentialId::new(self.records.credentials.last_key_value().map_or(0, |(id, _)| id.get()) + 1);
        let generation = self.next_generation();
        self.record(now, Entry::CredentialAssigned { credential, person, key, validity, by, generation });
        Ok(Reply::Credential(credential))
    }

    fn set_credential_state(
        &mut self,
        now: Now,
        by: Actor,
        credential: CredentialId,
        state: CredentialState,
        reason: ReasonText,
    ) -> Outcome {
        let row = self.records.credentials.get(&credential).ok_or_else(|| not_found(credential))?;
        if row.state == CredentialState::Returned {
            let message = format!("{credential} was returned; assign the card anew instead");
            return Err(CommandError::Conflict(message));
        }
        let generation = self.next_generation();
        self.record(now, Entry::CredentialStateChanged { credential, state, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    fn create_grant(&mut self, now: Now, by: Actor, mut draft: GrantDraft) -> Outcome {
        draft.doors.sort_unstable();
        draft.doors.dedup();
        draft.validity = whole_seconds(draft.validity);
        invalid(self.grant_problems(now, &draft))?;
        let id = GrantId::new(self.records.grants.last_key_value().map_or(0, |(id, _)| id.get()) + 1);
        let grant = Grant {
            id,
            person: draft.person,
            doors: draft.doors.into_boxed_slice(),
            weekly: draft.weekly,
            validity: draft.validity,
            reason: draft.reason.as_str().to_owned(),
            ticket: draft.ticket.map(|ticket| ticket.as_str().to_owned()),
            state: GrantState::Active,
        };
        let generation = self.next_generation();
        self.record(now, Entry::GrantCreated { grant, by, generation });
        Ok(Reply::Grant(id, generation))
    }

    /// Everything wrong with a wish for a grant.
    fn grant_problems(&self, now: Now, draft: &GrantDraft) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field, message: String| problems.push(Problem { field, message });
        if !self.records.persons.contains_key(&draft.person) {
            add("person", format!("{} does not exist; create the person first", draft.person));
        }
        if draft.doors.is_empty() {
            add("doors", "a grant must name at least one door or rack".into());
        }
        for door in &draft.doors {
            match self.site.door(*door) {
                None => add("doors", format!("{door} does not exist")),
                Some(door) => {
                    let area = self.site.area(door.area);
                    if let Some(area) = area.filter(|a| a.ticket == TicketPolicy::Required && draft.ticket.is_none()) {
                        let message =
                            format!("{} lies in {}, whose policy asks for a change ticket", door.path, area.path);
                        add("ticket", message);
                    }
                }
            }
        }
        if let Some(problem) = validity_problem("to_at", draft.validity, now) {
            problems.push(problem);
        } else if draft.validity.to.since(draft.validity.from) > LONGEST_GRANT {
            let message = "a grant lasts 366 days at most; choose an earlier end and renew it after review".into();
            problems.push(Problem { field: "to_at", message });
        }
        problems
    }

    fn revoke_grant(&mut self, now: Now, by: Actor, grant: GrantId, reason: ReasonText) -> Outcome {
        let row = self.records.grants.get(&grant).ok_or_else(|| not_found(grant))?;
        if row.state == GrantState::Revoked {
            return Err(CommandError::Conflict(format!("{grant} is already revoked")));
        }
        let generation = self.next_generation();
        self.record(now, Entry::GrantRevoked { grant, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    fn open_door(&mut self, now: Now, by: Actor, door: DoorId, reason: ReasonText, not_after: Wall) -> Outcome {
        if now.wall > not_after {
            return Err(CommandError::TooLate);
        }
        let site_door = self.site.door(door).ok_or_else(|| not_found(door))?;
        if let Some(other) = interlock::blocking(site_door, &self.records.doors) {
            let other = self.site.door(other).map_or_else(|| other.to_string(), |door| door.path.clone());
            return Err(CommandError::Conflict(format!("interlock: {other} is not closed and locked; close it first")));
        }
        if !self.online.get(site_door.lock.get() as usize).copied().unwrap_or(false) {
            return Err(CommandError::Conflict(format!("the lock of {} does not answer", site_door.path)));
        }
        let release_time = site_door.timings.release_time;
        let entry = |command| Entry::OperatorReleased { door, by, reason, release_time, command };
        self.operator_release(now, entry, door, release_time);
        Ok(Reply::Done)
    }

    fn acknowledge_alarm(&mut self, now: Now, by: Actor, alarm: AlarmId, note: String) -> Outcome {
        let row = self.records.alarms.get(&alarm).ok_or_else(|| not_found(alarm))?;
        let (kind, source) = (row.kind, row.source);
        if let crate::alarm::Acknowledged::Yes { .. } = row.acknowledged {
            return Err(CommandError::Conflict(format!("{alarm} is already acknowledged")));
        }
        let length = note.trim().chars().count();
        let problem = |message: &str| vec![Problem { field: "note", message: message.to_owned() }];
        if kind.priority().number() <= 2 && length < SHORTEST_NOTE_CHARS {
            invalid(problem("an urgent alarm needs a note of at least 10 characters: what did you find or do?"))?;
        }
        if length > ReasonText::MAX_CHARS || note.chars().any(disguises) {
            invalid(problem("a note has at most 256 characters and no control characters"))?;
        }
        self.record(now, Entry::AlarmAcknowledged { alarm, kind, source, by, note: note.trim().to_owned() });
        Ok(Reply::Done)
    }
}

/// Credentials and grants begin and end on whole seconds, which is what people say and what the index keeps.
fn whole_seconds(validity: Validity) -> Validity {
    let floor = |at: Wall| Wall::from_seconds(at.as_seconds());
    Validity { from: floor(validity.from), to: floor(validity.to) }
}

fn not_found(id: impl core::fmt::Display) -> CommandError {
    CommandError::NotFound { what: id.to_string() }
}

fn invalid(problems: Vec<Problem>) -> Result<(), CommandError> {
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Invalid(problems)) }
}

fn validity_problem(field: &'static str, validity: Validity, now: Now) -> Option<Problem> {
    let message = if validity.to <= validity.from {
        "it ends before it begins; choose a later end"
    } else if validity.to <= now.wall {
        "it is over before it is made; choose an end in the future"
    } else {
        return None;
    };
    Some(Problem { field, message: message.to_owned() })
}
