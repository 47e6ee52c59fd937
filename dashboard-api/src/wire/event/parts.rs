//! How each kind of value in an entry is written into an event's data. The member's name follows from the field's: an id
//! adds `_id`, an instant `_at`, a duration its unit; a value with several sides gives each a member.

mod cameras;
mod files;
mod plans;
mod register;

use core::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::{
    Assignee, CauseLabel, DesignRule, EscalationLevel, ShelfKind, UnshelveCause, Verdict,
};
use rackward_core::certificate::{Certificate, IssueCause, OfferEnd};
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{
    FailureCause, Identity, InputFault, LinkTrouble, OfflineCause, SecurityTrouble, SinkHealth,
};
use rackward_core::entry::{
    Denial, FirmwareCause, Inspected, ModeCause, PlaceKind, ReasonText, WithheldCause, ZoneState,
};
use rackward_core::facts::{Facts, Word};
use rackward_core::feedback::PatternId;
use rackward_core::id::{
    AgreementId, AlarmId, AreaId, CalendarId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId,
    OperatorId, PersonId, PointId, ProfileId, ProposalId, ScheduleId, Seq, SessionId, TokenId, ZoneId,
};
use rackward_core::inventory::{BootCause, CanaryAnswer, TrustGrade, UnlockCause};
use rackward_core::job::{DeviceTask, JobOutcome, version_text};
use rackward_core::mode::{BaseMode, Hold, ModeRecord};
use rackward_core::operator::{
    Factor, IssuedToken, OperatorRole, OperatorState, Proposed, SessionEnd, SignInFailure, SignInMethod, TokenSignIn,
};
use rackward_core::people::{
    Agreement, CredentialKey, CredentialState, EndCause, Grant, ManagedBy, PersonDetails, PersonStatus, Place, Profile,
    ThreatLevel, Validity,
};
use rackward_core::permission::Actor;
use rackward_core::records::FireState;
use rackward_core::rights_list::{HeldList, ListDigest, ListNumber, ListRefusal, Logged};
use rackward_core::site::schedule::{Calendar, Schedule};
use rackward_core::{Site, Wall};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::query::{Field, Mark, Marks};
use crate::wire::at::At;
use crate::wire::desk;
use crate::wire::job::{firmware_cause_word, first_key_word, inspected_word, line_fault_word, outcome_word, task_word};
use crate::wire::names::{
    Names, Places, actor_words, credential_state_word, end_cause_word, fire_word, is_extended, managed_word,
    person_status_word, place_kind_word,
};
use crate::wire::rights::{
    boot_word, canary_word, grade_word, issue_word, list_refusal_word, logged_word, offer_end_word,
};
use crate::wire::{grant, organisation, schedule};

/// What a value may look at to say what it is: the site, and when the entry was settled.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) site: &'a Site,
    pub(super) at: Wall,
}

/// The members of an event's data as they are written.
#[derive(Default)]
pub(super) struct Members(pub(super) Map<String, Value>);

impl Members {
    fn add(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// A value whose JSON is its own wire form.
    fn add_form(&mut self, name: &str, value: &impl Serialize) {
        self.add(name, serde_json::to_value(value).unwrap_or_default());
    }
}

/// A value of an entry that knows how it is written.
pub(super) trait Part {
    /// Writes it under the field's name.
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members);

    /// Adds what the entry can be found by because of it: ids and words, never what is secret or only a number.
    fn mark(&self, _field: &str, _context: Context<'_>, _marks: &mut Marks) {}
}

/// Kinds of value that are one member, whose name and value are each an expression of the field and the context. What can
/// be searched for gives a mark, too.
macro_rules! parts {
    ($($kind:ty: ($value:ident, $field:ident, $context:ident) => $name:expr, $json:expr $(=> $mark:expr)?;)*) => {$(
        impl Part for $kind {
            fn put(&self, $field: &str, $context: Context<'_>, members: &mut Members) {
                let $value = self;
                members.add($name, $json);
            }

            $(fn mark(&self, $field: &str, context: Context<'_>, marks: &mut Marks) {
                let ($value, _) = (self, $field);
                let mark: Option<Mark> = $mark;
                mark.into_iter().for_each(|mark| marks.add(mark, context.site));
            })?
        }
    )*};
}

mod alerts;
mod inside;
mod reviews;

parts! {
    String: (value, field, _context) => field, value.as_str()
        => Some(Mark::word(Field::Note, value)).filter(|_| !value.is_empty());
    u32: (value, field, _context) => field, *value;
    u64: (value, field, _context) => field, *value;
    i64: (value, field, _context) => field, *value;
    ListNumber: (value, field, _context) => field, value.0;
    ListDigest: (value, field, _context) => field, value.to_string();
    ListRefusal: (value, field, _context) => field, list_refusal_word(*value);
    CanaryAnswer: (value, field, _context) => field, canary_word(*value);
    BootCause: (value, field, _context) => field, boot_word(*value);
    UnlockCause: (value, field, _context) => field, value.word();
    TrustGrade: (value, field, _context) => field, grade_word(*value);
    PatternId: (value, field, _context) => field, value.id();
    IssueCause: (value, field, _context) => field, issue_word(*value);
    OfferEnd: (value, field, _context) => field, offer_end_word(*value);
    ReasonText: (value, field, _context) => field, value.as_str()
        => Some(Mark::word(if field == "ticket" { Field::Ticket } else { Field::Reason }, value.as_str()));
    Actor: (value, field, _context) => field, actor_words(*value)
        => Some(Mark::word(Field::By, &actor_words(*value)));
    Generation: (value, field, _context) => field, value.get();
    Duration: (value, field, _context) => format!("{field}_ms"), millis(*value);
    Wall: (value, field, _context) => format!("{field}_at"), At(*value).to_string();
    PersonId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::id(Field::Person, value.get()));
    Option<PersonId>: (value, field, _context) => format!("{field}_id"), value.map(|id| id.to_string())
        => value.map(|id| Mark::id(Field::Person, id.get()));
    CredentialId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::id(Field::Credential, value.get()));
    Option<CredentialId>: (value, field, _context) => format!("{field}_id"), value.map(|id| id.to_string())
        => value.map(|id| Mark::id(Field::Credential, id.get()));
    GrantId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::id(Field::Grant, value.get()));
    AlarmId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::id(Field::Alarm, value.get()));
    CommandId: (value, field, _context) => format!("{field}_id"), value.to_string();
    ScheduleId: (value, field, _context) => format!("{field}_id"), value.to_string();
    CalendarId: (value, field, _context) => format!("{field}_id"), value.to_string();
    ProfileId: (value, field, _context) => format!("{field}_id"), value.to_string();
    AgreementId: (value, field, _context) => format!("{field}_id"), value.to_string();
    PointId: (value, field, context) => field, Places(context.site).point(*value)
        => Some(Mark::id(Field::Point, value.get()));
    DoorId: (value, field, context) => field, Places(context.site).door(*value)
        => Some(Mark::id(Field::Door, value.get()));
    DeviceId: (value, field, context) => field, Places(context.site).device(*value)
        => Some(Mark::id(Field::Device, value.get()));
    Option<DeviceId>: (value, field, context) => field, value.map(|id| Places(context.site).device(id))
        => value.map(|id| Mark::id(Field::Device, id.get()));
    ZoneId: (value, field, context) => field, Places(context.site).zone(*value)
        => Some(Mark::id(Field::Zone, value.get()));
    AreaId: (value, field, context) => field, Places(context.site).area(*value)
        => Some(Mark::id(Field::Area, value.get()));
    Option<AreaId>: (value, field, context) => field, value.map(|id| Places(context.site).area(id))
        => value.map(|id| Mark::id(Field::Area, id.get()));
    Place: (value, field, context) => field, Places(context.site).whereabouts(*value)
        => match value {
            Place::Inside(area) => Some(Mark::id(Field::Area, area.get())),
            Place::Outside => None,
        };
    PlaceKind: (value, field, _context) => field, place_kind_word(*value);
    PersonStatus: (value, field, _context) => field, person_status_word(*value);
    CredentialState: (value, field, _context) => field, credential_state_word(*value);
    ManagedBy: (value, field, _context) => field, managed_word(*value);
    ThreatLevel: (value, field, _context) => field, value.word();
    FireState: (value, field, _context) => field, fire_word(*value);
    EndCause: (value, field, _context) => field, end_cause_word(*value);
    WithheldCause: (value, field, _context) => field, withheld_word(*value);
    FailureCause: (value, field, _context) => field, failure_word(*value);
    OfflineCause: (value, field, _context) => field, offline_word(*value);
    SecurityTrouble: (value, field, _context) => field, security_word(*value);
    ZoneState: (value, field, _context) => field, zone_word(*value);
    FirmwareCause: (value, field, _context) => field, firmware_cause_word(*value);
    JobOutcome: (value, field, _context) => field, outcome_word(*value);
    Inspected: (value, field, _context) => field, inspected_word(*value);
    u8: (value, field, _context) => field, *value;
    Seq: (value, field, _context) => field, value.get();
    Option<Seq>: (value, field, _context) => field, value.map(Seq::get);
    SinkHealth: (value, field, _context) => field, desk::sink_health_word(*value);
    Option<Actor>: (value, field, _context) => field, value.map(actor_words)
        => value.map(|actor| Mark::word(Field::By, &actor_words(actor)));
    OperatorId: (value, field, _context) => format!("{field}_id"), value.to_string();
    Option<OperatorId>: (value, field, _context) => format!("{field}_id"), value.map(|id| id.to_string());
    SessionId: (value, field, _context) => format!("{field}_id"), value.to_string();
    TokenId: (value, field, _context) => format!("{field}_id"), value.to_string();
    ProposalId: (value, field, _context) => format!("{field}_id"), value.to_string();
    ShelfKind: (value, field, _context) => field, desk::shelf_word(*value);
    UnshelveCause: (value, field, _context) => field, desk::unshelve_word(*value);
    DesignRule: (value, field, _context) => field, desk::rule_word(*value);
    Assignee: (value, field, _context) => field, desk::assignee_words(*value);
    EscalationLevel: (value, field, _context) => field, desk::level_word(*value);
    CauseLabel: (value, field, _context) => field, value.word()
        => Some(Mark::word(Field::Reason, value.word()));
    OperatorRole: (value, field, _context) => field, value.word();
    OperatorState: (value, field, _context) => field, desk::state_word(*value);
    Factor: (value, field, _context) => field, desk::factor_word(*value);
    SignInMethod: (value, field, _context) => field, desk::method_word(*value);
    TokenSignIn: (value, field, _context) => field, desk::token_sign_in_word(*value);
    SignInFailure: (value, field, _context) => field, desk::failure_word(*value);
    SessionEnd: (value, field, _context) => field, desk::session_end_word(*value);
    Proposed: (value, field, _context) => field, desk::proposed_word(*value);
    Scope: (value, field, context) => field, desk::reach_words(*value, Places(context.site));
}

impl Part for Verdict {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.word());
        members.add(format!("{field}_id"), self.ocsf_id());
    }
}

impl Part for IssuedToken {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        self.owner.put("owner", context, members);
        self.validity.put("validity", context, members);
        members.add("permissions", self.limits.iter().map(|one| one.word().into()).collect::<Vec<Value>>());
    }
}

impl Part for Box<[DeviceId]> {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        members.add(field, self.iter().map(|id| Places(context.site).device(*id).into()).collect::<Vec<Value>>());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().for_each(|id| id.mark("devices", context, marks));
    }
}

impl Part for HeldList {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.number.put(field, context, members);
        self.generation.put("generation", context, members);
        self.digest.put("digest", context, members);
        self.expires.put("expires", context, members);
    }
}

impl Part for Option<HeldList> {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        match self {
            Some(list) => list.put(field, context, members),
            None => members.add(field, Value::Null),
        }
    }
}

/// The hash of its key is for comparing, not for reading.
impl Part for Certificate {
    fn put(&self, _field: &str, context: Context<'_>, members: &mut Members) {
        members.add("serial", self.serial.to_string());
        self.from.put("valid_from", context, members);
        self.until.put("valid_to", context, members);
    }
}

/// A code's hash is nobody's business but the store's.
impl Part for [u8; 32] {
    fn put(&self, _field: &str, _context: Context<'_>, _members: &mut Members) {}
}

impl Part for Logged {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, logged_word(*self));
        match self {
            Self::Admitted { list, .. } => members.add("list", list.0),
            Self::Overflowed { lost } => members.add("lost", *lost),
            Self::Refused { .. } | Self::Opened | Self::Closed | Self::KeyTurned | Self::Tampered => {}
        }
    }
}

/// A keyed hash is nobody's business but the store's.
impl Part for CredentialKey {
    fn put(&self, _field: &str, _context: Context<'_>, _members: &mut Members) {}
}

impl Part for Denial {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.word());
        members.add("code", self.code());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Reason, self.word()), context.site);
        marks.add(Mark::word(Field::Reason, self.code()), context.site);
    }
}

impl Part for Validity {
    fn put(&self, _field: &str, _context: Context<'_>, members: &mut Members) {
        members.add_form("valid_from_at", &At(self.from));
        members.add_form("valid_to_at", &At(self.to));
    }
}

impl Part for Facts {
    fn put(&self, _field: &str, _context: Context<'_>, members: &mut Members) {
        members.add("contact", self.contact.word());
        members.add("lock", self.lock.word());
        members.add("handle", self.handle.map(Word::word));
        members.add("key", self.key.map(Word::word));
        members.add("latch", self.latch.map(Word::word));
        members.add("secured", self.secured().word());
    }
}

impl Part for Identity {
    fn put(&self, _field: &str, _context: Context<'_>, members: &mut Members) {
        members.add("model", self.model.as_str());
        members.add("serial", self.serial.as_str());
        members.add("firmware", self.firmware.as_str());
    }
}

/// Beside another identity, whose members stand alone.
impl Part for Option<Identity> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let form = self.as_ref().map(
            |identity| json!({ "model": identity.model, "serial": identity.serial, "firmware": identity.firmware }),
        );
        members.add(field, form);
    }
}

impl Part for DeviceTask {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        members.add(field, task_word(*self));
        match self {
            Self::Commission { first, limit } => {
                members.add("first_key", first_key_word(*first));
                limit.put("limit", context, members);
            }
            Self::RollKey => {}
            Self::SetLine { address, baud } => {
                members.add("address", *address);
                members.add("baud", *baud);
            }
            Self::SendFirmware { image, version } => {
                members.add("image", HEXLOWER.encode(image));
                members.add("version", version_text(*version));
            }
        }
    }
}

impl Part for Box<[InputFault]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let form = |fault: &InputFault| json!({ "input": fault.input, "fault": line_fault_word(fault.fault) });
        members.add(field, self.iter().map(form).collect::<Vec<Value>>());
    }
}

impl Part for LinkTrouble {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let (word, count) = match self {
            Self::Lost(count) => ("lost", *count),
            Self::Duplicate => ("duplicate", 1),
            Self::Malformed => ("malformed", 1),
            Self::Noise => ("noise", 1),
            Self::Babble => ("babble", 1),
            Self::Echo => ("echo", 1),
            Self::Late => ("late", 1),
            Self::Busy => ("busy", 1),
        };
        members.add(field, word);
        members.add("count", count);
    }
}

impl Part for AlarmKind {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.word());
        members.add("priority", self.priority().number());
        members.add("response", self.response());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Kind, self.word()), context.site);
    }
}

impl Part for PersonDetails {
    fn put(&self, _field: &str, context: Context<'_>, members: &mut Members) {
        members.add("organisation", Places(context.site).organisation(self.organisation));
        members.add("clearance", self.clearance.word());
        members.add("extended_time", is_extended(self.extended_time));
    }
}

impl Part for ModeRecord {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let hold = match self.hold {
            Hold::None => None,
            Hold::LockedDown => Some("locked_down"),
            Hold::LockedOpen => Some("locked_open"),
        };
        let base = match self.base {
            BaseMode::Locked => "locked",
            BaseMode::Unlocked => "unlocked",
            BaseMode::Blocked => "blocked",
            BaseMode::DoubleLocked => "double_locked",
        };
        members.add(field, hold.unwrap_or(base));
        members.add("base", base);
    }
}

impl Part for ModeCause {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        match self {
            Self::Operator { by, reason } => {
                members.add(field, "operator");
                by.put("by", context, members);
                reason.put("reason", context, members);
            }
            Self::Schedule => members.add(field, "schedule"),
            Self::FirstPerson(person) => {
                members.add(field, "first_person");
                person.put("person", context, members);
            }
            Self::Input(device) => {
                members.add(field, "input");
                device.put("device", context, members);
            }
        }
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        match self {
            Self::Operator { by, reason } => {
                by.mark("by", context, marks);
                reason.mark("reason", context, marks);
            }
            Self::Schedule => {}
            Self::FirstPerson(person) => person.mark("person", context, marks),
            Self::Input(device) => device.mark("device", context, marks),
        }
    }
}

/// Names of schedules and profiles may change; an event names them by id for ever.
impl Part for Grant {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        self.person.put("person", context, members);
        members.add_form(field, &grant::Grant::of(self, context.site, &Names::default(), context.at));
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.id.mark("grant", context, marks);
        self.person.mark("person", context, marks);
        marks.add(Mark::word(Field::Reason, &self.reason), context.site);
        let ticket = self.ticket.as_deref();
        ticket.into_iter().for_each(|ticket| marks.add(Mark::word(Field::Ticket, ticket), context.site));
    }
}

/// The calendars it uses are there by id.
impl Part for Schedule {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        let form = schedule::Schedule::of(self, ManagedBy::Operator, &std::collections::BTreeMap::new());
        let (time_zone, windows, special) = (form.time_zone, form.windows, form.special);
        members.add("name", form.name);
        members.add(field, json!({ "time_zone": time_zone, "windows": windows, "special": special }));
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, &self.name.to_string()), context.site);
    }
}

/// Its dates may be thousands; an event says how many.
impl Part for Calendar {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        members.add("name", self.name.as_str());
        members.add("days", self.days.len());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, self.name.as_str()), context.site);
    }
}

/// Its policies may be thousands; an event says how many.
impl Part for Profile {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        members.add("name", self.name.as_str());
        members.add("organisation", Places(context.site).organisation(self.owner));
        members.add("policies", self.policies.len());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, self.name.as_str()), context.site);
    }
}

impl Part for Agreement {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        self.id.put(field, context, members);
        members.add_form(field, &organisation::Agreement::of(self, context.site));
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.areas.iter().for_each(|area| area.mark("areas", context, marks));
        self.reason.mark("reason", context, marks);
    }
}

const fn withheld_word(cause: WithheldCause) -> &'static str {
    match cause {
        WithheldCause::NotDurable => "not_durable",
        WithheldCause::Interlock => "interlock",
        WithheldCause::DeviceFailed => "device_failed",
    }
}

const fn failure_word(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Offline => "offline",
        FailureCause::Expired => "expired",
        FailureCause::Refused => "refused",
        FailureCause::Overload => "overload",
    }
}

const fn offline_word(cause: OfflineCause) -> &'static str {
    match cause {
        OfflineCause::Silent => "silent",
        OfflineCause::ConnectionLost => "connection_lost",
        OfflineCause::LinkDown => "link_down",
        OfflineCause::NotTrusted => "not_trusted",
    }
}

const fn security_word(trouble: SecurityTrouble) -> &'static str {
    match trouble {
        SecurityTrouble::WrongKey => "wrong_key",
        SecurityTrouble::BadAuthentication => "bad_authentication",
        SecurityTrouble::Plaintext => "plaintext",
        SecurityTrouble::Replaced => "replaced",
        SecurityTrouble::Replay => "replay",
        SecurityTrouble::DefaultKey => "default_key",
        SecurityTrouble::Twin => "twin",
        SecurityTrouble::ForeignTopic => "foreign_topic",
        SecurityTrouble::CertificateExpired => "certificate_expired",
        SecurityTrouble::CertificateRevoked => "certificate_revoked",
        SecurityTrouble::CertificateForeign => "certificate_foreign",
    }
}

const fn zone_word(state: ZoneState) -> &'static str {
    match state {
        ZoneState::Quiet => "quiet",
        ZoneState::Crossed => "crossed",
    }
}

/// Releases last seconds; a span past what a JSON number holds exactly does not occur, and would print as the largest.
fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
