//! The table of every entry: which place or thing it is about, and the sentence that tells it. One row for each kind, so
//! that no kind can be left out; the data are the row's fields, each written as its kind is (`parts.rs`). The words are
//! `sentence.rs`.

use rackward_core::engine::input::SinkHealth;
use rackward_core::entry::{
    AlarmEntry, AlertEntry, CameraEntry, DeskEntry, DeviceEntry, FilesEntry, OfflineEntry, OperatorEntry, PlanEntry,
    ReasonText, RegisterEntry, ReviewEntry, WebhookEntry,
};
use rackward_core::permission::Actor;
use rackward_core::shift::ShiftAnswer;
use rackward_core::{Entry, Site, Stamped};
use serde_json::{Map, Value};

use super::parts::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};
use crate::wire::desk::{
    assignee_words, both_words, factor_words, failure_words as sign_in_failure_words, label_words, level_words,
    method_words, proposed_words, reach_words, session_end_words, state_word, token_sign_in_words, unshelve_words,
    verdict_words,
};
use crate::wire::job::{
    expected_words, fault_words, firmware_cause_words, identity_words, inspected_words, outcome_words, task_words,
};
use crate::wire::names::{Places, credential_state_word, person_status_word, place_kind_word};
use crate::wire::rights::{
    boot_words, canary_words, grade_means, issue_words, list_refusal_words, offer_end_words, unlock_words,
};
use crate::wire::sentence::inside::{
    first_line, found_words, listed_words, marks_words, missing_words, muster_kind_words, people_words,
};
use crate::wire::sentence::remote::{
    counted_devices, handles_words, held_words, list_words, logged_words, offset_words, rights_changed_words,
    self_test_words,
};
use crate::wire::sentence::reviews::{decisions_words, end_cause_words};
use crate::wire::sentence::{
    agreement_words, at, by_person, cause_words, counted, denied_words, details_words, end_words, facts_words,
    failure_words, fire_words, for_words, granted_words, link_words, lost_words, note_words, offline_words,
    ordered_words, place_words, requested_words, seconds, security_words, sha256_words, stretch_words, ticket_words,
    who, whom, why_words, withheld_words, zone_words,
};

/// What an event says of an entry.
pub(super) struct Told {
    /// Path of the place it is about, or the id of the thing where it has no place.
    pub(super) subject: String,
    /// What the entry says.
    pub(super) members: Map<String, Value>,
    /// The same as one sentence, without a full stop.
    pub(super) sentence: String,
}

macro_rules! table {
    ($row:ident, $marks:ident($entry:ident), $places:ident, $context:ident:
     $(@$nested:ident => $nested_row:ident, $nested_marks:ident;)*
     $($variant:ident { $($field:ident),* } $subject:expr => $sentence:expr;)*) => {
        fn $row(entry: &$entry, $context: Context<'_>) -> Told {
            let $places = Places($context.site);
            let mut members = Members::default();
            let (subject, sentence) = match entry {
                $($entry::$nested(entry) => return $nested_row(entry, $context),)*
                $($entry::$variant { $($field),* } => {
                    $($field.put(stringify!($field), $context, &mut members);)*
                    ($subject.to_string(), $sentence.to_string())
                })*
            };
            Told { subject, members: members.0, sentence }
        }

        fn $marks(entry: &$entry, context: Context<'_>, marks: &mut Marks) {
            match entry {
                $($entry::$nested(entry) => $nested_marks(entry, context, marks),)*
                $($entry::$variant { $($field),* } => {
                    $($field.mark(stringify!($field), context, marks);)*
                })*
            }
        }
    };
}

/// An entry as an event tells it.
pub(super) fn told(stamped: &Stamped, site: &Site) -> Told {
    row(&stamped.entry, Context { site, at: stamped.at })
}

/// What an entry can be found by.
pub(super) fn marks(stamped: &Stamped, site: &Site) -> Marks {
    let mut marks = Marks::default();
    marks.add(Mark::word(Field::Type, stamped.entry.event_name()), site);
    row_marks(&stamped.entry, Context { site, at: stamped.at }, &mut marks);
    marks.add_sentence(&told(stamped, site).sentence, site);
    marks
}

table! { row, row_marks(Entry), places, context:
    @Device => device_row, device_marks;
    @Offline => offline_row, offline_marks;
    @Alarm => alarm_row, alarm_marks;
    @Operator => operator_row, operator_marks;
    @Webhook => webhook_row, webhook_marks;
    @Desk => desk_row, desk_marks;
    @Plan => plan_row, plan_marks;
    @Register => register_row, register_marks;
    @Files => files_row, files_marks;
    @Review => review_row, review_marks;
    @Alert => alert_row, alert_marks;
    @Camera => camera_row, camera_marks;
    Started { version } places.0.name() => format!("Rackward {version} started");
    Stopped {} places.0.name() => "Rackward stopped in good order";
    PlaceNamed { kind, number, path } path => format!("New {}: {path}, number {number}", place_kind_word(*kind));
    PersonCreated { person, by } person => format!("{} added {person}", who(*by));
    PersonStatusChanged { person, status, reason, by, generation } person
        => format!("{person} is now {} by {}: {}", person_status_word(*status), who(*by), reason.as_str());
    PinChanged { person, by } person => format!("{} set the PIN of {person}", who(*by));
    CredentialAssigned { credential, person, key, validity, by, generation } credential
        => format!("{} gave {credential} to {person}", who(*by));
    CredentialStateChanged { credential, state, reason, by, generation } credential
        => format!("{credential} is now {} by {}: {}", credential_state_word(*state), who(*by), reason.as_str());
    GrantCreated { grant, by, generation } grant.id => granted_words(grant, *by, places);
    GrantRevoked { grant, reason, by, generation } grant
        => format!("{} revoked {grant}: {}", who(*by), reason.as_str());
    AccessGranted { point, door, person, credential, grant, release_time, command } places.point(*point)
        => format!("Access granted: {person} at {} by {grant}", places.point(*point));
    AccessDenied { point, person, credential, reason } places.point(*point)
        => denied_words(*person, &places.point(*point), *reason);
    FactorAwaited { point, person } places.point(*point)
        => format!("PIN asked of {person} at {}", places.point(*point));
    AccessTaken { door, person } places.door(*door)
        => format!("{} opened{}", places.door(*door), by_person(*person));
    AccessNotTaken { door, person } places.door(*door)
        => format!("{} was released but not opened{}", places.door(*door), by_person(*person));
    ExitReleased { door, command, release_time } places.door(*door)
        => format!("Exit button: {} released for {}", places.door(*door), seconds(*release_time));
    OperatorReleased { door, by, reason, release_time, command } places.door(*door) => format!(
        "{} released {} for {}: {}", who(*by), places.door(*door), seconds(*release_time), reason.as_str()
    );
    ReleaseWithheld { door, cause } places.door(*door)
        => format!("{} stayed locked: {}", places.door(*door), withheld_words(*cause));
    DoorChanged { door, facts } places.door(*door)
        => format!("{} is {}", places.door(*door), facts_words(*facts));
    CommandDone { device, command } places.device_place(*device)
        => format!("{} carried out {command}", places.device(*device));
    CommandFailed { device, command, cause } places.device_place(*device)
        => format!("{} did not carry out {command}: {}", places.device(*device), failure_words(*cause));
    DeviceOnline { device, identity } places.device_place(*device)
        => format!("{} answers: {} {}", places.device(*device), identity.model, identity.firmware);
    DeviceOffline { device, cause } places.device_place(*device)
        => format!("{} is offline: {}", places.device(*device), offline_words(*cause));
    SecurityTroubleSeen { device, trouble } places.device_place(*device)
        => format!("{} {}", places.device(*device), security_words(*trouble));
    LinkTroubleSeen { device, trouble } places.device_place(*device)
        => format!("{}: {}", places.device(*device), link_words(*trouble));
    ZoneChanged { zone, state } places.zone(*zone)
        => format!("{} {}", places.zone(*zone), zone_words(*state));
    AlarmRaised { alarm, kind, source } places.source(*source) => format!(
        "P{} alarm: {} at {}", kind.priority().number(), kind.words(), places.source(*source)
    );
    AlarmReturned { alarm, kind, source } places.source(*source)
        => format!("{alarm} is over: {} at {}", kind.words(), places.source(*source));
    AlarmAcknowledged { alarm, kind, source, by, note } places.source(*source) => format!(
        "{} acknowledged {alarm}, {} at {}{}", who(*by), kind.words(), places.source(*source),
        note_words(note)
    );
    JournalRecovered { unwritable_since, dropped } places.0.name()
        => format!("The journal can be written again, {}", lost_words(*dropped));
    GrantRequested { grant, by, generation } grant.id => requested_words(grant, *by, places);
    GrantApproved { grant, reason, by, generation } grant
        => format!("{} approved {grant}: {}", who(*by), reason.as_str());
    GrantDenied { grant, reason, by, generation } grant
        => format!("{} denied {grant}: {}", who(*by), reason.as_str());
    GrantEndChanged { grant, to, reason, by, generation } grant
        => format!("{} set the end of {grant} to {}: {}", who(*by), at(*to), reason.as_str());
    GrantEnded { grant, cause, generation } grant => format!("{grant} ended: {}", end_words(*cause));
    TicketClosed { ticket, reason, by } ticket.as_str()
        => format!("{} closed ticket {}: {}", who(*by), ticket.as_str(), reason.as_str());
    BreakGlassReviewed { grant, note, by } grant
        => format!("{} reviewed the emergency right {grant}: {}", who(*by), note.as_str());
    PersonDetailsChanged { person, details, reason, by, generation } person
        => format!("{person} now has {} by {}: {}", details_words(*details, places), who(*by), reason.as_str());
    DuressPinChanged { person, by } person => format!("{} set the duress PIN of {person}", who(*by));
    CredentialLockedOut { credential, until } credential
        => format!("{credential} is locked out until {} after wrong tries", at(*until));
    LockoutEnded { credential, by } credential => format!("{} ended the lock-out of {credential}", who(*by));
    ScheduleSet { schedule, managed, by, generation } schedule.id
        => format!("{} set schedule {}, {}", who(*by), schedule.id, schedule.name);
    ScheduleRemoved { schedule, by, generation } schedule => format!("{} removed schedule {schedule}", who(*by));
    CalendarSet { calendar, managed, by, generation } calendar.id => format!(
        "{} set calendar {}, {}, with {}", who(*by), calendar.id, calendar.name, counted(calendar.days.len(), "day")
    );
    CalendarRemoved { calendar, by, generation } calendar => format!("{} removed calendar {calendar}", who(*by));
    ProfileSet { profile, reason, by, generation } profile.id => format!(
        "{} set profile {}, {}, with {}: {}",
        who(*by), profile.id, profile.name, counted(profile.policies.len(), "door"), reason.as_str()
    );
    ProfileRemoved { profile, reason, by, generation } profile
        => format!("{} removed profile {profile}: {}", who(*by), reason.as_str());
    AgreementMade { agreement, by, generation } agreement.id => agreement_words(agreement, *by, places);
    AgreementEnded { agreement, reason, by, generation } agreement
        => format!("{} ended {agreement}: {}", who(*by), reason.as_str());
    PresenceChanged { person, place } person => format!("{person} is now {}", place_words(*place, places));
    PresenceForgiven { person, area, reason, by } person.map_or_else(|| places.0.name().to_owned(), |id| id.to_string())
        => format!("{} forgot where {}: {}", who(*by), whom(*person, *area, places), reason.as_str());
    PassbackViolated { point, person } places.point(*point)
        => format!("{person} entered again at {} without having left", places.point(*point));
    DuressSignalled { point, person } places.point(*point)
        => format!("{person} was admitted under duress at {}", places.point(*point));
    CompanionAwaited { point, person } places.point(*point)
        => format!("A second person is wanted beside {person} at {}", places.point(*point));
    CompanionAdmitted { point, person, credential, grant, with } places.point(*point)
        => format!("Access granted: {person} at {} by {grant}, together with {with}", places.point(*point));
    DoorModeChanged { door, mode, cause } places.door(*door)
        => format!("{} is now {}{}", places.door(*door), ordered_words(*mode), cause_words(cause, places));
    AreaLockedDown { area, cause } places.area(*area)
        => format!("{} is locked down{}", places.area(*area), cause_words(cause, places));
    AreaReleased { area, cause } places.area(*area)
        => format!("{} is released from its lockdown{}", places.area(*area), cause_words(cause, places));
    FireChanged { device, state } device.map_or_else(|| places.0.name().to_owned(), |id| places.device(id))
        => fire_words(*state);
    ThreatLevelChanged { level, reason, by } places.0.name()
        => format!("The threat level is now {} by {}: {}", level.word(), who(*by), reason.as_str());
    OpenUnlocked { door } places.door(*door)
        => format!("{} stands open while its mode holds it unlocked", places.door(*door));
    RowDamaged { table, key } places.0.name()
        => format!("A stored record could not be read: {table} {key}; what it governs is closed");
}

table! { device_row, device_marks(DeviceEntry), places, context:
    Replaced { device, expected, found } places.device_place(*device) => format!(
        "{} is answered for by another device, {}, instead of {}",
        places.device(*device), identity_words(found), expected_words(expected.as_ref())
    );
    Accepted { device, identity, reason, by } places.device_place(*device) => format!(
        "{} accepted {} as {}: {}", who(*by), identity_words(identity), places.device(*device), reason.as_str()
    );
    FirmwareChanged { device, before, after, cause } places.device_place(*device) => format!(
        "{} has firmware {after} instead of {before}, {}", places.device(*device), firmware_cause_words(*cause)
    );
    JobStarted { device, command, task, reason, by } places.device_place(*device) => format!(
        "{} ordered {command} for {}, {}: {}", who(*by), places.device(*device), task_words(*task), reason.as_str()
    );
    JobStopOrdered { device, command, reason, by } places.device_place(*device) => format!(
        "{} ordered {command} for {} to stop: {}", who(*by), places.device(*device), reason.as_str()
    );
    JobEnded { device, command, outcome } places.device_place(*device)
        => format!("{command} for {} ended: {}", places.device(*device), outcome_words(*outcome));
    InputFaults { device, faults } places.device_place(*device)
        => format!("{}: {}", places.device(*device), fault_words(faults));
    BusInspected { bus, what, reason, by } bus
        => format!("{} {} bus {bus}: {}", who(*by), inspected_words(*what), reason.as_str());
    EnrolmentOffered { device, code, until, reason, by } places.device_place(*device) => format!(
        "{} made a code with which {} can be enrolled until {}: {}",
        who(*by), places.device(*device), at(*until), reason.as_str()
    );
    EnrolmentEnded { device, cause } places.device_place(*device)
        => format!("The code to enrol {} is void: {}", places.device(*device), offer_end_words(*cause));
    CertificateIssued { device, certificate, cause } places.device_place(*device) => format!(
        "A certificate until {} was issued to {}, {}",
        at(certificate.until), places.device(*device), issue_words(*cause)
    );
    CertificateTaken { device } places.device_place(*device)
        => format!("{} goes by its new certificate; the one before is void", places.device(*device));
    CertificatesRevoked { device, reason, by } places.device_place(*device)
        => format!("{} revoked the certificates of {}: {}", who(*by), places.device(*device), reason.as_str());
    Booted { device, cause, self_test } places.device_place(*device)
        => format!("{} started: {}{}", places.device(*device), boot_words(*cause), self_test_words(*self_test));
    ClockOff { device, offset_ms } places.device_place(*device)
        => format!("The clock of {} is {}", places.device(*device), offset_words(*offset_ms));
    GradeChanged { device, grade } places.device_place(*device)
        => format!("{} is now trusted with grade {}", places.device(*device), grade_means(*grade));
    LocateOrdered { devices, reason, by } places.0.name()
        => format!("{} let {} blink: {}", who(*by), handles_words(devices, places), reason.as_str());
    PatternTried { device, pattern, by } places.device_place(*device)
        => format!("{} had pattern {} shown at {}, to see it", who(*by), pattern.id(), places.device(*device));
    Unlocked { device, cause } places.device_place(*device)
        => format!("{} was unlocked {}", places.device(*device), unlock_words(*cause));
    TravelLearned { device, travel } places.device_place(*device)
        => format!("The slide of {} usually travels {}", places.device(*device), seconds(*travel));
}

table! { offline_row, offline_marks(OfflineEntry), places, context:
    RightsChanged { generation, narrowed, widened } places.0.name()
        => rights_changed_words(*generation, narrowed.len(), widened.len());
    ListIssued { device, generation, digest, expires, cards } places.device_place(*device) => format!(
        "{} may open by itself for {} until {}, by the rights of {generation}",
        places.device(*device), counted(usize::try_from(*cards).unwrap_or(usize::MAX), "card"), at(*expires)
    );
    ListApplied { device, list } places.device_place(*device)
        => format!("{} acknowledged the rights of {}, {}", places.device(*device), list.generation, list_words(list));
    ListRefused { device, number, cause } places.device_place(*device)
        => format!("{} did not take its rights, list {}: {}", places.device(*device), number.0, list_refusal_words(*cause));
    ListDrifted { device, held } places.device_place(*device)
        => format!("{} holds other rights than it should: {}", places.device(*device), held_words(held.as_ref()));
    OnlineOnlyOrdered { device } places.device_place(*device)
        => format!("{} was told to forget its rights and open for nobody by itself", places.device(*device));
    ListCleared { device } places.device_place(*device)
        => format!("{} holds no rights any more and opens for nobody by itself", places.device(*device));
    Logged { device, door, number, happened, what, credential, person } places.door(*door)
        => logged_words(*what, *person, *credential, &places.door(*door), *happened);
    CanaryFailed { device, answer } places.device_place(*device)
        => format!("{} {}", places.device(*device), canary_words(*answer));
    CanaryRound { asked, refused } places.0.name()
        => format!("A card that nobody has was refused by {refused} of {}", counted_devices(*asked));
}

table! { alarm_row, alarm_marks(AlarmEntry), _places, context:
    Noted { alarm, note, by } alarm => format!("{} noted of {alarm}: {}", who(*by), note.as_str());
    Shelved { alarm, until, kind, reason, by, second } alarm
        => format!("{} put {alarm} aside until {}: {}", both_words(*by, *second), at(*until), reason.as_str());
    Unshelved { alarm, cause } alarm => format!("{alarm} is back from the shelf: {}", unshelve_words(*cause));
    SuppressedByDesign { alarm, rule, behind } alarm => format!("{alarm} is explained by {behind}");
    Unsuppressed { alarm } alarm => format!("{alarm} stands for itself again");
    TakenOutOfService { alarm, until, work_order, by, second } alarm => format!(
        "{} took what {alarm} is about out of service until {}: {}",
        both_words(*by, *second), at(*until), work_order.as_str()
    );
    ReturnedToService { alarm, by } alarm => format!("{} returned what {alarm} is about to service", who(*by));
    Assigned { alarm, to, by } alarm => format!("{} gave {alarm} to {}", who(*by), assignee_words(*to));
    Escalated { alarm, level, by } alarm => format!("{alarm} went to {}", level_words(*level));
    Closed { alarm, verdict, note, by } alarm
        => format!("{} closed {alarm}: {}{}", who(*by), verdict_words(*verdict), note_words(note));
    Labelled { alarm, label } alarm => format!("{alarm} probably is {}", label_words(*label));
    StepDone { alarm, step, by } alarm => format!("{} did step {step} of {alarm}", who(*by));
    VerdictAwaited { alarm } alarm => format!("{alarm} stays until somebody says what it was");
}

table! { operator_row, operator_marks(OperatorEntry), places, context:
    Created { operator, role, scope, by } operator
        => format!("{} added operator {operator}, {}, for {}", who(*by), role.word(), reach_words(*scope, places));
    Changed { operator, role, scope, reason, by } operator => format!(
        "{} made {operator} {}, for {}: {}", who(*by), role.word(), reach_words(*scope, places), reason.as_str()
    );
    StateChanged { operator, state, reason, by } operator
        => format!("{} {} {operator}: {}", who(*by), state_word(*state), reason.as_str());
    FactorSet { operator, factor, by } operator
        => format!("{} set {} of {operator}", who(*by), factor_words(*factor));
    PersonLinked { operator, person, reason, by } operator => match person {
        Some(person) => format!("{} said that {operator} is {person}: {}", who(*by), reason.as_str()),
        None => format!("{} said that {operator} is no person on record: {}", who(*by), reason.as_str()),
    };
    ProviderBound { operator, reason, by } operator
        => format!("{} gave {operator} an account at the provider: {}", who(*by), reason.as_str());
    FactorRemoved { operator, factor, reason, by } operator
        => format!("{} removed {} of {operator}: {}", who(*by), factor_words(*factor), reason.as_str());
    RecoveryCodeUsed { operator, left } operator => format!("{operator} used a recovery code; {left} are left");
    LinkMade { operator, by } operator.map_or_else(|| places.0.name().to_owned(), |id| id.to_string())
        => format!("{} made a sign-in link", who(*by));
    SignedIn { operator, session, method } session => format!(
        "{} signed in by {}", operator.map_or_else(|| "Somebody".to_owned(), |id| id.to_string()), method_words(*method)
    );
    SignInFailed { operator, cause } operator.map_or_else(|| places.0.name().to_owned(), |id| id.to_string())
        => format!("A sign-in failed: {}", sign_in_failure_words(*cause));
    LockedOut { operator, until } operator => format!("{operator} is locked out until {} after failures", at(*until));
    LockoutEnded { operator, by } operator => format!("{} ended the lock-out of {operator}", who(*by));
    SteppedUp { session, operator, method } session
        => format!("{operator} proved themselves again by {}", method_words(*method));
    SessionEnded { session, operator, cause } session => format!("{session} ended: {}", session_end_words(*cause));
    SessionRevoked { session, operator, reason, by } session => format!(
        "{} ended {session}{}: {}",
        who(*by), operator.map_or_else(String::new, |id| format!(" of {id}")), reason.as_str()
    );
    TokenIssued { token, reason, by } token.id => format!(
        "{} issued {} in the name of {} until {}: {}",
        who(*by), token.id, token.owner, at(token.validity.to), reason.as_str()
    );
    TokenSignedIn { token, method, by } token.id => format!(
        "{} was signed in at a command line {} until {}, with {}{}",
        token.owner, token_sign_in_words(*method), at(token.validity.to), token.id,
        if *by == Actor::System { String::new() } else { format!("; {} let it in", who(*by)) }
    );
    CertificateBound { operator, number, until, reason, by } operator => format!(
        "{} bound certificate {number} to {operator} until {}: {}", who(*by), at(*until), reason.as_str()
    );
    CertificateUnbound { operator, number, reason, by } operator
        => format!("{} took certificate {number} of {operator} away: {}", who(*by), reason.as_str());
    TokenRevoked { token, reason, by } token => format!("{} revoked {token}: {}", who(*by), reason.as_str());
    Proposed { proposal, what, until, reason, by } proposal => format!(
        "{} asked for {}, which a second operator must confirm until {}: {}",
        who(*by), proposed_words(*what), at(*until), reason.as_str()
    );
    Confirmed { proposal, by } proposal => format!("{} confirmed {proposal}", who(*by));
    Dropped { proposal, by } proposal => format!("{} dropped {proposal}", who(*by));
    CameTooLate { source, until, by } places.source(*source)
        => format!("An order of {} came after {} and did nothing", who(*by), at(*until));
    Reset { operator, reason, by } operator
        => format!("{} took away all that {operator} signs in with: {}", who(*by), reason.as_str());
    Viewed { person, reason, by } person
        => format!("{} looked at the record of {person}{}", who(*by), why_words(reason.as_ref()));
    NamesShown { session, until, reason, ticket, by } session => format!(
        "Names are shown to {} until {}: {}{}", who(*by), at(*until), reason.as_str(), ticket_words(ticket.as_ref().map(ReasonText::as_str))
    );
    NamesHidden { session, by } session => format!("Names are hidden again from {}", who(*by));
    Revealed { person, reason, by } person => format!("Hidden data of {person} was shown to {}: {}", who(*by), reason.as_str());
}

table! { webhook_row, webhook_marks(WebhookEntry), _places, context:
    Replayed { webhook, from, to, by } webhook => format!(
        "{} had what webhook {webhook} did not take sent again, {}", who(*by), stretch_words(*from, *to)
    );
    Tested { webhook, by } webhook => format!("{} sent a test to webhook {webhook}", who(*by));
    Enabled { webhook, by } webhook => format!("{} enabled webhook {webhook}", who(*by));
    Disabled { webhook, by } webhook => match by {
        Actor::System => format!("Webhook {webhook} wants no more messages and is sent none"),
        Actor::LocalUser(_) | Actor::Session(_) | Actor::Operator(_) | Actor::Token(_) => {
            format!("{} disabled webhook {webhook}", who(*by))
        }
    };
    HealthChanged { webhook, health } webhook => match health {
        SinkHealth::Failing => format!("Messages to webhook {webhook} do not arrive"),
        SinkHealth::Delivering => format!("Messages to webhook {webhook} arrive again"),
    };
}

table! { desk_row, desk_marks(DeskEntry), places, context:
    MusterStarted { muster, kind, area, roll, reason, by } places.area(*area) => format!(
        "{} started {muster}, a {} in {}, with {} on the list: {}",
        who(*by), muster_kind_words(*kind), places.area(*area), people_words(roll.len()), reason.as_str()
    );
    MusterJoined { muster, roll } muster => format!("{} came on the list of {muster}", listed_words(roll));
    MusterMarked { muster, marks, by } muster => format!("{} said of {muster}: {}", who(*by), marks_words(marks));
    MusterEnded { muster, missing, report, by } muster => format!(
        "{} ended {muster}, {}: {}", who(*by), missing_words(missing), first_line(report)
    );
    VisitorCame { visitor, host, area, until, reason, muster, by } visitor => format!(
        "{} entered {visitor} in {}{}{}",
        who(*by), places.area(*area), found_words(*muster), why_words(reason.as_ref())
    );
    VisitorLeft { visitor, by } visitor => format!("{} let {visitor} go", who(*by));
    ShiftNoted { note, by } places.0.name() => format!("{} left a note for the next shift: {}", who(*by), first_line(note));
    ShiftAnswered { answer, by } places.0.name() => match answer {
        ShiftAnswer::Accepted => format!("{} took the desk over", who(*by)),
        ShiftAnswer::Rejected(why) => format!("{} did not take the desk over: {}", who(*by), why.as_str()),
    };
}

table! { plan_row, plan_marks(PlanEntry), places, context:
    Uploaded { plan, slug, name, area, floor, digest, bytes, by } places.area(*area) => format!(
        "{} uploaded floor plan {slug} of {}, {name}, {bytes} bytes, {}", who(*by), places.area(*area), sha256_words(digest)
    );
    Bound { plan, bindings, by } plan
        => format!("{} said what {} on {plan} stand for", who(*by), counted(bindings.len(), "element"));
    Removed { plan, by } plan => format!("{} removed {plan}", who(*by));
}

table! { register_row, register_marks(RegisterEntry), places, context:
    PersonKeySet { person, key, by } person => match key {
        Some(_) => format!("{} set what another register knows {person} by", who(*by)),
        None => format!("{} took away what another register knew {person} by", who(*by)),
    };
    PersonRenamed { person, by } person => format!("{} changed the name of {person}", who(*by));
    RackTaken { facts, rack, by } rack.map_or_else(|| facts.id.to_string(), |rack| places.area(rack)) => format!(
        "{} took over {} from the asset register, {} in {}", who(*by), facts.id, facts.name, facts.site
    );
    RackGone { asset, by } asset => format!("{asset} is gone from the asset register, as {} found", who(*by));
}

table! { files_row, files_marks(FilesEntry), places, context:
    Applied { digest, changes, claims, released, before, generation, by, second } places.0.name() => format!(
        "{} applied site files, {}", both_words(*by, *second), counted(*changes as usize, "change")
    );
}

table! { review_row, review_marks(ReviewEntry), _places, context:
    Opened { review, scope, unused_days, due, undecided, lines, reason, by } review => format!(
        "{} opened {review} of {}, due at {}: {}", who(*by), counted(lines.len(), "right"), at(*due), reason.as_str()
    );
    Assigned { review, lines, reviewer, by } review
        => format!("{} gave {} of {review} to {reviewer}", who(*by), counted(lines.len(), "line"));
    Decided { review, decisions, note, by } review
        => format!("{} decided of {review}, {}: {}", who(*by), decisions_words(decisions), note.as_str());
    Warned { review, undecided } review
        => format!("{review} is due soon and {} undecided", counted(*undecided as usize, "line"));
    Closed { review, cause, lapsed, over, reason, by } review => format!(
        "{} closed {review}, {}, {} ended undecided{}",
        who(*by), end_cause_words(*cause), counted(lapsed.len(), "right"), why_words(reason.as_ref())
    );
}

table! { alert_row, alert_marks(AlertEntry), places, context:
    Created { alert, terms, by } alert => format!(
        "{} left {alert} standing, {}, P{} until {}: {}",
        who(*by), terms.name, terms.priority.kind().priority().number(), at(terms.until), terms.reason.as_str()
    );
    Matched { alert, matched, place } places.source(place.source())
        => format!("{alert} matched entry {matched} at {}", places.source(place.source()));
    Counted { alert, matches, upto } alert
        => format!("{alert} is over its rate, {matches} of what it matched only counted");
    Ended { alert, reason, by } alert => format!("{} ended {alert}{}", who(*by), why_words(reason.as_ref()));
}

table! { camera_row, camera_marks(CameraEntry), places, context:
    StillKept { camera, entry, alarm, shows, taken, digest, bytes, form } places.camera(*camera) => format!(
        "Still of {} at {} kept for {}, {bytes} bytes, {}",
        places.camera(*camera), at(*shows), for_words(*entry, *alarm), sha256_words(&digest.0)
    );
    StillMissing { camera, entry, alarm, shows, cause } places.camera(*camera) => format!(
        "No still of {} at {} for {}: {}", places.camera(*camera), at(*shows), for_words(*entry, *alarm), cause.words()
    );
    StillsAsked { entry, alarm, by } for_words(*entry, *alarm)
        => format!("{} asked again for stills of {}", who(*by), for_words(*entry, *alarm));
    Viewed { camera, entry, by } places.camera(*camera) => match entry {
        Some(entry) => format!("{} looked at stills of {} of entry {entry}", who(*by), places.camera(*camera)),
        None => format!("{} looked through {}", who(*by), places.camera(*camera)),
    };
}
