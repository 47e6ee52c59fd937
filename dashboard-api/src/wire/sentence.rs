//! The words of sentences about entries. Ids, never names of people; paths as they are written on the doors. The same
//! sentence stands in the stream, the console's feed and the command line. Which words make up which sentence is
//! `event/table.rs`.

pub(super) mod inside;
pub(super) mod remote;
pub(super) mod reviews;

use core::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::Wall;
use rackward_core::engine::input::{FailureCause, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::{Denial, ModeCause, ReasonText, WithheldCause, ZoneState};
use rackward_core::facts::{Facts, HandlePosition, Key, Word};
use rackward_core::id::{AlarmId, AreaId, DoorId, PersonId, Seq};
use rackward_core::mode::{BaseMode, Hold, ModeRecord};
use rackward_core::people::{Agreement, EndCause, Grant, GrantKind, GrantRight, PersonDetails, Place};
use rackward_core::permission::Actor;
use rackward_core::records::FireState;

use super::at::At;
use super::names::{Places, is_extended};

/// A grant that counts from now on.
pub(super) fn granted_words(grant: &Grant, by: Actor, places: Places<'_>) -> String {
    let (id, person, right) = (grant.id, grant.person, right_words(&grant.right, places));
    let (ticket, reason) = (ticket_words(grant.ticket.as_deref()), &grant.reason);
    match grant.kind {
        GrantKind::Ordinary => format!("{} granted {person} {right} by {id}{ticket}: {reason}", who(by)),
        GrantKind::BreakGlass(_) => format!("{} broke glass for {person}: {right} by {id}: {reason}", who(by)),
    }
}

/// A grant that waits for approval.
pub(super) fn requested_words(grant: &Grant, by: Actor, places: Places<'_>) -> String {
    let (id, person, right) = (grant.id, grant.person, right_words(&grant.right, places));
    format!(
        "{} asked for {right} for {person} by {id}{}: {}",
        who(by),
        ticket_words(grant.ticket.as_deref()),
        grant.reason
    )
}

/// Between which entries.
pub(super) fn stretch_words(from: Seq, to: Option<Seq>) -> String {
    match (from.get(), to) {
        (0 | 1, None) => "about any entry".to_owned(),
        (_, None) => format!("about entry {from} and later"),
        (_, Some(to)) => format!("about entries {from} to {to}"),
    }
}

fn right_words(right: &GrantRight, places: Places<'_>) -> String {
    match right {
        GrantRight::Doors { doors, .. } => door_words(doors, places),
        GrantRight::Member(profile) => format!("membership of {profile}"),
    }
}

fn door_words(doors: &[DoorId], places: Places<'_>) -> String {
    match doors {
        [door] => places.door(*door),
        doors => counted(doors.len(), "door"),
    }
}

pub(super) const fn end_words(cause: EndCause) -> &'static str {
    match cause {
        EndCause::TicketClosed => "its ticket was closed",
        EndCause::PersonLeft => "its holder left",
        EndCause::PersonMoved => "its holder moved to another organisation",
        EndCause::AgreementEnded => "the agreement it rested on ended",
        EndCause::ProfileRemoved => "its profile was removed",
    }
}

pub(super) fn details_words(details: PersonDetails, places: Places<'_>) -> String {
    let organisation = places.organisation(details.organisation);
    let longer = if is_extended(details.extended_time) { ", longer times at doors" } else { "" };
    format!("organisation {organisation}, clearance {}{longer}", details.clearance.word())
}

pub(super) fn agreement_words(agreement: &Agreement, by: Actor, places: Places<'_>) -> String {
    let areas = match &*agreement.areas {
        [area] => places.area(*area),
        areas => counted(areas.len(), "area"),
    };
    let (owner, guest) = (places.organisation(agreement.owner), places.organisation(agreement.guest));
    let (to, reason) = (at(agreement.validity.to), agreement.reason.as_str());
    format!("{} shared {areas} of {owner} with {guest} until {to} by {}: {reason}", who(by), agreement.id)
}

/// Where somebody is.
pub(super) fn place_words(place: Place, places: Places<'_>) -> String {
    match place {
        Place::Inside(area) => format!("in {}", places.area(area)),
        Place::Outside => "outside".to_owned(),
    }
}

/// A number of things.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Whose whereabouts, and where.
pub(super) fn whom(person: Option<PersonId>, area: Option<AreaId>, places: Places<'_>) -> String {
    let person = person.map_or_else(|| "everybody".to_owned(), |person| person.to_string());
    let area = area.map(|area| format!(" inside {}", places.area(area))).unwrap_or_default();
    format!("{person}{area} is")
}

pub(super) fn denied_words(person: Option<PersonId>, point: &str, reason: Denial) -> String {
    let person = person.map_or_else(|| "unknown card".to_owned(), |person| person.to_string());
    format!("Access denied: {person} at {point}, {} ({})", denial_words(reason), reason.code())
}

pub(super) const fn withheld_words(cause: WithheldCause) -> &'static str {
    match cause {
        WithheldCause::NotDurable => "it could not be recorded in time",
        WithheldCause::Interlock => "another door of the interlock is open",
        WithheldCause::DeviceFailed => "its lock did not take the command",
    }
}

/// The mode a door was put in.
pub(super) const fn ordered_words(mode: ModeRecord) -> &'static str {
    match (mode.hold, mode.base) {
        (Hold::LockedDown, _) => "locked down",
        (Hold::LockedOpen, _) => "locked open",
        (Hold::None, BaseMode::Locked) => "locked",
        (Hold::None, BaseMode::Unlocked) => "unlocked",
        (Hold::None, BaseMode::Blocked) => "blocked",
        (Hold::None, BaseMode::DoubleLocked) => "double locked",
    }
}

/// By whom or what a mode was ordered, for the end of a sentence.
pub(super) fn cause_words(cause: &ModeCause, places: Places<'_>) -> String {
    match cause {
        ModeCause::Operator { by, reason } => format!(" by {}: {}", who(*by), reason.as_str()),
        ModeCause::Schedule => " by its schedule".to_owned(),
        ModeCause::FirstPerson(person) => format!(" by its schedule, after {person} had passed"),
        ModeCause::Input(device) => format!(" by an input of {}", places.device(*device)),
    }
}

pub(super) const fn fire_words(state: FireState) -> &'static str {
    match state {
        FireState::Released => "Fire: the egress doors are released",
        FireState::Quiet => "The fire input is quiet again",
    }
}

pub(super) const fn failure_words(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Offline => "it is away",
        FailureCause::Expired => "its time was over",
        FailureCause::Refused => "it refused",
        FailureCause::Overload => "too many commands were waiting",
    }
}

pub(super) const fn offline_words(cause: OfflineCause) -> &'static str {
    match cause {
        OfflineCause::Silent => "no answer",
        OfflineCause::ConnectionLost => "its connection broke",
        OfflineCause::LinkDown => "bus or broker is away",
        OfflineCause::NotTrusted => "it could not prove its key",
    }
}

pub(super) const fn security_words(trouble: SecurityTrouble) -> &'static str {
    match trouble {
        SecurityTrouble::WrongKey => "does not know its key",
        SecurityTrouble::BadAuthentication => "sent a wrong authentication code",
        SecurityTrouble::Plaintext => "spoke without encryption",
        SecurityTrouble::Replaced => "was answered for by another device",
        SecurityTrouble::Replay => "sent old messages again",
        SecurityTrouble::DefaultKey => "offers the published default key",
        SecurityTrouble::Twin => "speaks under a name that another device has too",
        SecurityTrouble::ForeignTopic => "tried a topic that is not its own",
        SecurityTrouble::CertificateExpired => "was asked for with a certificate that is over",
        SecurityTrouble::CertificateRevoked => "was asked for with a certificate that was revoked",
        SecurityTrouble::CertificateForeign => "came with the certificate of another device",
    }
}

pub(super) fn link_words(trouble: LinkTrouble) -> String {
    match trouble {
        LinkTrouble::Lost(1) => "a message was lost".to_owned(),
        LinkTrouble::Lost(count) => format!("{count} messages were lost"),
        LinkTrouble::Duplicate => "a message came twice".to_owned(),
        LinkTrouble::Malformed => "a message could not be read".to_owned(),
        LinkTrouble::Noise => "there is noise on the line".to_owned(),
        LinkTrouble::Babble => "the line is never silent".to_owned(),
        LinkTrouble::Echo => "the line echoes what is sent".to_owned(),
        LinkTrouble::Late => "answers come too late".to_owned(),
        LinkTrouble::Busy => "the device keeps saying that it is busy".to_owned(),
    }
}

pub(super) const fn zone_words(state: ZoneState) -> &'static str {
    match state {
        ZoneState::Quiet => "is quiet",
        ZoneState::Crossed => "was crossed",
    }
}

pub(super) fn lost_words(dropped: u64) -> String {
    match dropped {
        0 => "nothing was lost".to_owned(),
        dropped => format!("{dropped} entries had to be dropped"),
    }
}

/// What an operator noted, for the end of a sentence.
pub(super) fn note_words(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(": {note}") }
}

/// A reason for refusal in words.
pub const fn denial_words(denial: Denial) -> &'static str {
    match denial {
        Denial::CredentialUnknown => "nobody holds it",
        Denial::CredentialDisabled => "credential is switched off",
        Denial::CredentialLost => "credential was reported lost",
        Denial::CredentialStolen => "credential was reported stolen",
        Denial::CredentialDamaged => "credential was reported damaged",
        Denial::CredentialUnassigned => "credential was handed back",
        Denial::PersonDisabled => "person is not enabled",
        Denial::PinWrong => "wrong PIN",
        Denial::FactorTimeout => "no PIN in time",
        Denial::NotAuthorisedPoint => "no grant for this door",
        Denial::CredentialNotYetValid => "credential does not count yet",
        Denial::CredentialExpired => "credential or grant is over",
        Denial::NotPermittedAtThisTime => "not at this time",
        Denial::Interlock => "another door of the interlock is open",
        Denial::NoDecision => "no decision is possible",
        Denial::CredentialDestroyed => "credential was destroyed",
        Denial::CredentialLockedOut => "credential is locked out after wrong tries",
        Denial::NotAuthorisedArea => "not known to be in the area around this one",
        Denial::Passback => "has not left before entering again",
        Denial::SecondPersonMissing => "no second person came",
        Denial::SecondPersonWrong => "the second person does not count",
        Denial::GrantNotApproved => "the grant waits for approval",
        Denial::UsesExhausted => "the grant is used up",
        Denial::PointDisabled => "the record of this door is damaged",
        Denial::Blocked => "the door is blocked or double locked",
        Denial::LockedDown => "locked down or closed by the threat level",
        Denial::OccupancyLimit => "the area is full",
        Denial::DeviceUntrusted => "the reader or lock is trusted too little",
    }
}

/// The facts of a door in words, such as `closed, locked, handle closed`.
pub fn facts_words(facts: Facts) -> String {
    let mut words =
        format!("{}, {}", sensor_words("contact", facts.contact.word()), sensor_words("lock", facts.lock.word()));
    match facts.handle {
        None => {}
        Some(HandlePosition::Open) => words.push_str(", handle lifted"),
        Some(HandlePosition::Closed) => words.push_str(", handle seated"),
        Some(handle @ (HandlePosition::Unknown | HandlePosition::Fault)) => {
            words.push_str(", ");
            words.push_str(&sensor_words("handle", handle.word()));
        }
    }
    if facts.key == Some(Key::Turned) {
        words.push_str(", key turned");
    }
    words
}

/// `closed` speaks for itself; `unknown` and `fault` need to say of what.
fn sensor_words(sensor: &str, word: &str) -> String {
    match word {
        "unknown" | "fault" => format!("{sensor} {word}"),
        plain => plain.to_owned(),
    }
}

pub(super) fn by_person(person: Option<PersonId>) -> String {
    person.map(|person| format!(" by {person}")).unwrap_or_default()
}

pub(super) fn who(actor: Actor) -> String {
    match actor {
        Actor::System => "Rackward".to_owned(),
        Actor::LocalUser(uid) => format!("Local user {uid}"),
        Actor::Session(number) => format!("Session {number}"),
        Actor::Operator(operator) => operator.to_string(),
        Actor::Token(token) => token.to_string(),
    }
}

/// Why, where that was said.
pub(super) fn why_words(reason: Option<&ReasonText>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {}", reason.as_str()))
}

/// The ticket, where there is one.
pub(super) fn ticket_words(ticket: Option<&str>) -> String {
    ticket.map(|ticket| format!(", {ticket}")).unwrap_or_default()
}

/// A digest as it is told.
pub(super) fn sha256_words(digest: &[u8; 32]) -> String {
    format!("SHA-256 {}", HEXLOWER.encode(digest))
}

/// What stills belong to: the alarm, or the entry where there is none.
pub(super) fn for_words(entry: Seq, alarm: Option<AlarmId>) -> String {
    alarm.map_or_else(|| format!("entry {entry}"), |alarm| alarm.to_string())
}

pub(super) fn at(instant: Wall) -> At {
    At(instant)
}

pub(super) fn seconds(span: Duration) -> String {
    let millis = span.as_millis();
    if millis.is_multiple_of(1000) { format!("{} s", millis / 1000) } else { format!("{millis} ms") }
}
