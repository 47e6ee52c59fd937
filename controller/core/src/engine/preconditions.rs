//! What a command rests on: a revision of the thing that it changes, and a moment after which it must do nothing. Both go
//! with the command and are looked at in the turn in which it is carried out, so nothing can come in between. A revision is
//! made from the record's canonical bytes, so it is the same after a restart and needs no place of its own; alarms count
//! theirs.
//!
//! What a command is about is said by one `match` over all of them. Who may give it is `permission.rs`.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest as _, Sha256};

use super::Engine;
use super::commands::Order;
use super::reach::Reach;
use crate::alarm::AlarmSource;
use crate::engine::command::{Command, CommandError, DeskCommand, OperatorCommand, Problem, RegisterCommand, SetMode};
use crate::entry::OperatorEntry;
use crate::id::{
    AgreementId, AlarmId, AlertId, AreaId, CalendarId, CredentialId, DeviceId, DoorId, GrantId, MusterId, OperatorId,
    PersonId, PlanId, ProfileId, ReviewId, ScheduleId, TokenId, VisitorId,
};
use crate::journal::canonical::{Field, record_bytes};
use crate::permission::Actor;
use crate::time::Wall;

/// Of how many things it is remembered who changed them last; after a restart, and beyond this, nobody is named.
const REMEMBERED_CHANGES: usize = 4_096;

/// How far ahead the moment may lie after which an order must do nothing. It trades clocks that differ against an order that
/// lies somewhere for hours and then opens a door.
const LONGEST_WAY: Duration = Duration::from_secs(10 * 60);

/// Something that can be read, changed and looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person, without name and whereabouts.
    Person(PersonId),
    /// A credential.
    Credential(CredentialId),
    /// A grant.
    Grant(GrantId),
    /// An access profile.
    Profile(ProfileId),
    /// A schedule.
    Schedule(ScheduleId),
    /// A calendar of special days.
    Calendar(CalendarId),
    /// An agreement.
    Agreement(AgreementId),
    /// An alarm.
    Alarm(AlarmId),
    /// The mode of a door.
    Door(DoorId),
    /// Whether an area is locked down.
    Area(AreaId),
    /// How threatened the site is.
    ThreatLevel,
    /// Who a device is known to be, its certificates and its job.
    Device(DeviceId),
    /// An operator.
    Operator(OperatorId),
    /// A token of a program.
    Token(TokenId),
    /// A muster.
    Muster(MusterId),
    /// A visitor, without name.
    Visitor(VisitorId),
    /// The hand-over of the desk.
    Shift,
    /// A floor plan.
    Plan(PlanId),
    /// An access review.
    Review(ReviewId),
    /// An alert.
    Alert(AlertId),
}

/// Which state of a thing somebody has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// The first bytes of SHA-256 over the record: two states that anybody compares differ in them.
    Digest([u8; 8]),
    /// The thing counts its changes itself.
    Count(u32),
}

impl Revision {
    /// The revision that this text stands for: sixteen hexadecimal digits, or a count.
    pub fn parse(text: &str) -> Option<Self> {
        const DIGITS: usize = 16;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match text.len() {
            DIGITS if plain(text) => {
                u64::from_str_radix(text, 16).ok().map(|number| Self::Digest(number.to_be_bytes()))
            }
            1..DIGITS if !text.starts_with('+') => text.parse().ok().map(Self::Count),
            _ => None,
        }
    }

    fn of(kind: u8, parts: &[&[u8]]) -> Self {
        let hash = parts.iter().fold(Sha256::new().chain_update([kind]), |hash, part| hash.chain_update(part));
        let digest: [u8; 32] = hash.finalize().into();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self::Digest(first)
    }
}

impl core::fmt::Display for Revision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Digest(bytes) => write!(f, "{:016x}", u64::from_be_bytes(*bytes)),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

/// What a command needs to find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Nothing special.
    #[default]
    Anything,
    /// That the thing exists, in whatever state.
    Existing,
    /// That the thing does not exist yet.
    Absent,
    /// The thing in one of these states.
    OneOf(Box<[Revision]>),
}

/// What a command rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// In which state it must find what it changes.
    pub expected: Expected,
    /// After this instant it must do nothing.
    pub not_after: Option<Wall>,
}

/// Who changed what of late, and to which revision: where that is not in force any more, something else has changed it
/// since, and nobody is named.
#[derive(Debug, Clone, Default)]
pub(super) struct LastChanges {
    by: BTreeMap<Subject, (Actor, Revision)>,
    order: VecDeque<Subject>,
}

impl LastChanges {
    /// Remembers a change, and forgets the oldest where there are too many.
    pub(super) fn note(&mut self, subject: Subject, by: Actor, to: Revision) {
        if self.by.insert(subject, (by, to)).is_none() {
            self.order.push_back(subject);
        }
        if self.order.len() > REMEMBERED_CHANGES
            && let Some(oldest) = self.order.pop_front()
        {
            self.by.remove(&oldest);
        }
    }
}

impl Engine {
    /// Looks whether a command finds what it rests on.
    ///
    /// # Errors
    /// It came too late, or the thing is in another state.
    pub(super) fn check_preconditions(
        &mut self,
        order: Order,
        command: &Command,
        preconditions: &Preconditions,
    ) -> Result<(), CommandError> {
        let limits = [preconditions.not_after, own_limit(command)].into_iter().flatten();
        if let Some(not_after) = limits.min() {
            if order.now.wall > not_after {
                self.note_too_late(order, command, not_after);
                return Err(CommandError::TooLate);
            }
            if not_after > order.now.wall.after(LONGEST_WAY) {
                let message =
                    "an order is good for 10 minutes at most; choose an earlier moment, or look at the clocks";
                let problem = Problem { field: "not_after_at", message: message.into(), policy: None };
                return Err(CommandError::Invalid(vec![problem]));
            }
        }
        self.check_expected(command, &preconditions.expected)
    }

    /// Looks whether a command finds the state that it wants to find.
    ///
    /// # Errors
    /// The thing is in another one.
    pub(super) fn check_expected(&self, command: &Command, expected: &Expected) -> Result<(), CommandError> {
        let accepted = match expected {
            Expected::Anything | Expected::Existing => return Ok(()),
            Expected::Absent => return self.check_absent(command),
            Expected::OneOf(revisions) => revisions,
        };
        let Some(subject) = self.subject(command) else {
            let what = "this makes something new or is about several things, and rests on no revision; it".to_owned();
            return Err(CommandError::Changed { what, by: None });
        };
        match self.revision(subject) {
            Some(revision) if !accepted.contains(&revision) => {
                Err(CommandError::Changed { what: self.name_of(subject), by: self.changed_by(subject) })
            }
            // What does not exist, the command says better.
            Some(_) | None => Ok(()),
        }
    }

    fn check_absent(&self, command: &Command) -> Result<(), CommandError> {
        match self.subject(command).filter(|subject| self.revision(*subject).is_some()) {
            Some(subject) => Err(CommandError::Changed { what: self.name_of(subject), by: self.changed_by(subject) }),
            None => Ok(()),
        }
    }

    /// An order for a lock that came too late did nothing, and somebody may wonder why.
    fn note_too_late(&mut self, order: Order, command: &Command, not_after: Wall) {
        let source = match self.subject(self.meant(command)) {
            Some(Subject::Door(door)) => AlarmSource::Door(door),
            Some(Subject::Area(area)) => AlarmSource::Area(area),
            Some(Subject::Device(device)) => AlarmSource::Device(device),
            Some(_) | None => AlarmSource::Site,
        };
        self.record(order.now, OperatorEntry::CameTooLate { source, until: not_after, by: order.by });
    }

    fn changed_by(&self, subject: Subject) -> Option<Actor> {
        if let Subject::Alarm(alarm) = subject {
            return self.records.alarms.get(&alarm).and_then(|alarm| alarm.life.touched_by);
        }
        let (by, to) = self.last_changes.by.get(&subject)?;
        (self.revision(subject) == Some(*to)).then_some(*by)
    }

    /// The revision of a thing, as far as somebody with this reach may see it; `None` where there is none.
    pub(super) fn revision_seen(&self, reach: &Reach<'_>, subject: Subject) -> Option<Revision> {
        let seen = match subject {
            Subject::Person(person) => reach.sees_person(person),
            Subject::Credential(credential) => reach.sees_credential(credential),
            Subject::Grant(grant) => reach.sees_grant(grant),
            Subject::Profile(profile) => {
                self.records.profiles.get(&profile).is_some_and(|profile| reach.sees_profile(profile))
            }
            Subject::Alarm(alarm) => {
                self.records.alarms.get(&alarm).is_some_and(|alarm| reach.sees_source(alarm.source))
            }
            Subject::Door(door) => reach.sees_door(door),
            Subject::Device(device) => reach.sees_device(device),
            Subject::Visitor(id) => self.records.visitors.get(&id).is_some_and(|row| reach.sees_visitor(row)),
            // Everybody may know when things open and whether something changed; what it is, its own route says.
            Subject::Schedule(_)
            | Subject::Calendar(_)
            | Subject::Agreement(_)
            | Subject::Area(_)
            | Subject::ThreatLevel
            | Subject::Operator(_)
            | Subject::Token(_)
            | Subject::Muster(_)
            | Subject::Shift
            | Subject::Plan(_)
            | Subject::Review(_) => true,
            Subject::Alert(alert) => self.records.alerts.get(&alert).is_some_and(|row| reach.sees_alert(row)),
        };
        if seen { self.revision(subject) } else { None }
    }

    /// The revision of a thing; `None` where there is none.
    pub(super) fn revision(&self, subject: Subject) -> Option<Revision> {
        let rows = &self.records;
        Some(match subject {
            Subject::Person(id) => of_record(0, rows.persons.get(&id)?),
            Subject::Credential(id) => {
                let row = rows.credentials.get(&id)?;
                let (owner, state, validity) =
                    (record_bytes(&row.person), record_bytes(&row.state), record_bytes(&row.validity));
                Revision::of(1, &[&owner, &state, &validity])
            }
            Subject::Grant(id) => of_record(2, rows.grants.get(&id)?),
            Subject::Profile(id) => of_record(3, rows.profiles.get(&id)?),
            Subject::Schedule(id) => of_record(4, &rows.schedules.get(&id)?.0),
            Subject::Calendar(id) => of_record(5, &rows.calendars.get(&id)?.0),
            Subject::Agreement(id) => of_record(6, rows.agreements.get(&id)?),
            Subject::Alarm(id) => Revision::Count(rows.alarms.get(&id)?.life.revision),
            Subject::Door(id) => {
                self.site.door(id)?;
                of_record(7, &rows.modes.get(&id).copied().unwrap_or_default())
            }
            Subject::Area(id) => {
                self.site.area(id)?;
                Revision::of(8, &[&[u8::from(rows.lockdowns.contains(&id))]])
            }
            Subject::ThreatLevel => of_record(9, &rows.standing.threat),
            Subject::Device(id) => {
                self.site.device(id)?;
                let certificates = rows.certificates.get(&id).copied().unwrap_or_default();
                Revision::of(10, &[&record_bytes(&self.device_record(id)), &record_bytes(&certificates)])
            }
            Subject::Operator(id) => of_record(11, rows.operators.get(&id)?),
            Subject::Token(id) => of_record(12, rows.tokens.get(&id)?),
            Subject::Muster(id) => Revision::Count(rows.musters.get(&id)?.revision),
            Subject::Visitor(id) => of_record(13, rows.visitors.get(&id)?),
            Subject::Shift => Revision::Count(rows.shift.revision),
            Subject::Plan(id) => of_record(14, rows.plans.get(&id)?),
            Subject::Review(id) => Revision::Count(rows.reviews.get(&id)?.revision),
            Subject::Alert(id) => Revision::Count(rows.alerts.get(&id)?.revision),
        })
    }

    /// What a command changes; `None` where it makes something new, or is about several things.
    pub(super) fn subject(&self, command: &Command) -> Option<Subject> {
        match command {
            Command::SetPersonStatus { person, .. }
            | Command::ChangePersonDetails { person, .. }
            | Command::SetPin { person, .. }
            | Command::Register(RegisterCommand::Rename { person, .. } | RegisterCommand::SetKey { person, .. }) => {
                Some(Subject::Person(*person))
            }
            Command::SetCredentialState { credential, .. } | Command::EndLockout { credential } => {
                Some(Subject::Credential(*credential))
            }
            Command::ApproveGrant { grant, .. }
            | Command::DenyGrant { grant, .. }
            | Command::RevokeGrant { grant, .. }
            | Command::ChangeGrantEnd { grant, .. }
            | Command::ReviewBreakGlass { grant, .. } => Some(Subject::Grant(*grant)),
            Command::SetSchedule { draft, mode: SetMode::Edit } => self.schedule_called(&draft.name),
            Command::SetCalendar { draft, mode: SetMode::Edit } => self.calendar_called(&draft.name),
            Command::SetProfile { name, mode: SetMode::Edit, .. } => {
                self.profile_named(name.trim()).map(|profile| Subject::Profile(profile.id))
            }
            Command::RemoveSchedule { schedule } => Some(Subject::Schedule(*schedule)),
            Command::RemoveCalendar { calendar } => Some(Subject::Calendar(*calendar)),
            Command::RemoveProfile { profile, .. } => Some(Subject::Profile(*profile)),
            Command::EndAgreement { agreement, .. } => Some(Subject::Agreement(*agreement)),
            Command::OpenDoor { door, .. } | Command::SetDoorMode { door, .. } => Some(Subject::Door(*door)),
            Command::LockDownArea { area, .. } | Command::ReleaseArea { area, .. } => Some(Subject::Area(*area)),
            Command::SetThreatLevel { .. } => Some(Subject::ThreatLevel),
            Command::Alarm(command) => Some(Subject::Alarm(command.alarm)),
            Command::AcceptDevice { device, .. }
            | Command::StartJob { device, .. }
            | Command::StopJob { device, .. }
            | Command::OfferEnrolment { device, .. }
            | Command::RedeemEnrolment { device, .. }
            | Command::RevokeCertificates { device, .. } => Some(Subject::Device(*device)),
            Command::Operator(command) => subject_of_operator(command),
            Command::Desk(command) => subject_of_desk(command),
            Command::Plan(command) => self.plan_called(command.slug()).map(|plan| Subject::Plan(plan.id)),
            Command::CreatePerson { .. }
            | Command::AssignCredential { .. }
            | Command::CreateGrant(_)
            | Command::CloseTicket { .. }
            | Command::BreakGlass { .. }
            | Command::SetSchedule { mode: SetMode::Create, .. }
            | Command::SetCalendar { mode: SetMode::Create, .. }
            | Command::SetProfile { mode: SetMode::Create, .. }
            | Command::MakeAgreement { .. }
            | Command::ForgivePassback { .. }
            | Command::Locate { .. }
            | Command::TryPattern { .. }
            | Command::TryCanaries { .. }
            | Command::InspectBus { .. }
            | Command::Webhook(_)
            | Command::Register(RegisterCommand::TakeRacks { .. })
            | Command::Still(_)
            | Command::Privacy(_) => None,
            Command::ChangeSet(set) => self.subject_of_all(&set.changes),
            Command::Review(command) => command.review().map(Subject::Review),
            Command::Alert(command) => command.alert().map(Subject::Alert),
        }
    }

    /// The one thing that all of these change, if there is one.
    fn subject_of_all(&self, commands: &[Command]) -> Option<Subject> {
        let first = self.subject(commands.first()?)?;
        commands.iter().all(|command| self.subject(command) == Some(first)).then_some(first)
    }

    fn schedule_called(&self, name: &str) -> Option<Subject> {
        let mut rows = self.records.schedules.values();
        rows.find(|(row, _)| row.name == name.trim()).map(|(row, _)| Subject::Schedule(row.id))
    }

    fn calendar_called(&self, name: &str) -> Option<Subject> {
        let mut rows = self.records.calendars.values();
        rows.find(|(row, _)| row.name == name.trim()).map(|(row, _)| Subject::Calendar(row.id))
    }

    /// What a refusal calls a thing.
    fn name_of(&self, subject: Subject) -> String {
        match subject {
            Subject::Person(id) => id.to_string(),
            Subject::Credential(id) => id.to_string(),
            Subject::Grant(id) => id.to_string(),
            Subject::Profile(id) => id.to_string(),
            Subject::Schedule(id) => id.to_string(),
            Subject::Calendar(id) => id.to_string(),
            Subject::Agreement(id) => id.to_string(),
            Subject::Alarm(id) => id.to_string(),
            Subject::Door(id) => self.site.door(id).map_or_else(|| id.to_string(), |door| door.path.clone()),
            Subject::Area(id) => self.site.area(id).map_or_else(|| id.to_string(), |area| area.path.clone()),
            Subject::ThreatLevel => "the threat level".to_owned(),
            Subject::Device(id) => self.site.device(id).map_or_else(|| id.to_string(), |device| device.name.clone()),
            Subject::Operator(id) => id.to_string(),
            Subject::Token(id) => id.to_string(),
            Subject::Muster(id) => id.to_string(),
            Subject::Visitor(id) => id.to_string(),
            Subject::Review(id) => id.to_string(),
            Subject::Alert(id) => id.to_string(),
            Subject::Shift => "the hand-over".to_owned(),
            Subject::Plan(id) => {
                self.records.plans.get(&id).map_or_else(|| id.to_string(), |plan| plan.slug.to_string())
            }
        }
    }
}

/// After which a command itself says that it must do nothing.
const fn own_limit(command: &Command) -> Option<Wall> {
    if let Command::OpenDoor { not_after, .. } = command { Some(*not_after) } else { None }
}

fn of_record<T: Field>(kind: u8, record: &T) -> Revision {
    Revision::of(kind, &[&record_bytes(record)])
}

/// What is told of those who sign in rests on nothing.
fn subject_of_operator(command: &OperatorCommand) -> Option<Subject> {
    match command {
        OperatorCommand::Change { operator, .. }
        | OperatorCommand::SetState { operator, .. }
        | OperatorCommand::SetFactor { operator, .. }
        | OperatorCommand::BindProvider { operator, .. }
        | OperatorCommand::BindCertificate { operator, .. }
        | OperatorCommand::UnbindCertificate { operator, .. }
        | OperatorCommand::LinkPerson { operator, .. }
        | OperatorCommand::RemoveFactor { operator, .. }
        | OperatorCommand::Reset { operator, .. }
        | OperatorCommand::EndLockout { operator } => Some(Subject::Operator(*operator)),
        OperatorCommand::RevokeToken { token, .. } => Some(Subject::Token(*token)),
        OperatorCommand::Create { .. }
        | OperatorCommand::SetUp { .. }
        | OperatorCommand::RevokeSession { .. }
        | OperatorCommand::IssueToken { .. }
        | OperatorCommand::SignInByToken { .. }
        | OperatorCommand::ReturnToken { .. }
        | OperatorCommand::UseRecoveryCode { .. }
        | OperatorCommand::KeepSecret { .. }
        | OperatorCommand::NoteLink { .. }
        | OperatorCommand::NoteSignIn { .. }
        | OperatorCommand::NoteSignInFailure { .. }
        | OperatorCommand::NoteStepUp { .. }
        | OperatorCommand::NoteSessionEnd { .. }
        | OperatorCommand::NoteSessions { .. }
        | OperatorCommand::Confirm { .. }
        | OperatorCommand::Drop { .. }
        | OperatorCommand::Reveal { .. } => None,
    }
}

/// Marks rest on nothing: they come together in any order to the same.
const fn subject_of_desk(command: &DeskCommand) -> Option<Subject> {
    match command {
        DeskCommand::EndMuster { muster, .. } => Some(Subject::Muster(*muster)),
        DeskCommand::LetVisitorGo { visitor } => Some(Subject::Visitor(*visitor)),
        DeskCommand::NoteShift { .. } | DeskCommand::AnswerShift { .. } => Some(Subject::Shift),
        DeskCommand::StartMuster { .. }
        | DeskCommand::Mark { .. }
        | DeskCommand::FindVisitor { .. }
        | DeskCommand::EnterVisitor { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_reads_back_as_it_is_written() {
        for revision in [Revision::Digest([0, 1, 2, 3, 4, 5, 6, 0xff]), Revision::Count(0), Revision::Count(u32::MAX)] {
            assert_eq!(Revision::parse(&revision.to_string()), Some(revision));
        }
        for text in ["", "+1", "-1", "4294967296", "x", "0123456789ABCDEF", "0123456789abcdef0", "01234567 9abcdef"] {
            assert_eq!(Revision::parse(text), None, "{text}");
        }
    }

    #[test]
    fn who_changed_what_is_remembered_within_bounds() {
        let mut changes = LastChanges::default();
        for number in 0..=REMEMBERED_CHANGES {
            let number = u32::try_from(number).unwrap();
            changes.note(Subject::Person(PersonId::new(number)), Actor::LocalUser(number), Revision::Count(1));
        }
        assert_eq!((changes.by.len(), changes.order.len()), (REMEMBERED_CHANGES, REMEMBERED_CHANGES));
        assert_eq!(changes.by.get(&Subject::Person(PersonId::new(0))), None);
        let first = (Actor::LocalUser(1), Revision::Count(1));
        assert_eq!(changes.by.get(&Subject::Person(PersonId::new(1))), Some(&first));
    }
}
