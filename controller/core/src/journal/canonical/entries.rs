//! The number and field order of every kind of entry. Add at the end, never change: old journals are read by this.

use super::{Bytes, DecodeError, Field};
use crate::entry::{
    AlarmEntry, AlertEntry, CameraEntry, DeskEntry, DeviceEntry, Entry, FilesEntry, OfflineEntry, OperatorEntry,
    PlanEntry, RegisterEntry, ReviewEntry, WebhookEntry,
};
use crate::id::{DoorId, Generation, GrantId, PersonId};
use crate::people::{Approval, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, When};
use crate::permission::Actor;
use crate::site::schedule::Weekly;

/// The number of grants created before they had profiles, uses and approvals. Read, no longer written.
const EARLY_GRANT_CREATED: u16 = 9;

fn early_grant_created(bytes: &mut Bytes<'_>) -> Result<Entry, DecodeError> {
    let (id, person): (GrantId, PersonId) = (Field::take(bytes)?, Field::take(bytes)?);
    let (doors, weekly): (Box<[DoorId]>, Weekly) = (Field::take(bytes)?, Field::take(bytes)?);
    let (validity, reason, ticket) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
    let (state, by, generation): (GrantState, Actor, Generation) =
        (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
    let grant = Grant {
        id,
        person,
        right: GrantRight::Doors { doors, when: When::Weekly(weekly) },
        validity,
        reason,
        ticket,
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state,
        requested_by: by,
        approval: Approval::None,
        approved_by: Vec::new(),
    };
    Ok(Entry::GrantCreated { grant, by, generation })
}

/// The number of what one operator took out of service alone: such entries have no second operator.
const OUT_OF_SERVICE_BY_ONE: u16 = 143;

fn out_of_service_by_one(bytes: &mut Bytes<'_>) -> Result<Entry, DecodeError> {
    let (alarm, until) = (Field::take(bytes)?, Field::take(bytes)?);
    let (work_order, by) = (Field::take(bytes)?, Field::take(bytes)?);
    Ok(AlarmEntry::TakenOutOfService { alarm, until, work_order, by, second: None }.into())
}

macro_rules! kinds {
    ($entry:ident { $($number:literal => $variant:ident { $($field:ident),* })* } $($nested:ident($inner:ident))*) => {
        impl $entry {
            fn put_kind(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        ($number as u16).put(out);
                        $($field.put(out);)*
                    })*
                    $(Self::$nested(inner) => inner.put_kind(out),)*
                }
            }

            fn take_kind(number: u16, bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                match number {
                    $($number => Ok(Self::$variant { $($field: Field::take(bytes)?),* }),)*
                    $(number if $inner::HAS.contains(&number) => $inner::take_kind(number, bytes).map(Self::$nested),)*
                    number => Err(DecodeError::UnknownNumber { of: "kind of entry", number }),
                }
            }
        }
    };
}

impl Field for Entry {
    fn put(&self, out: &mut Vec<u8>) {
        let Self::Alarm(AlarmEntry::TakenOutOfService { alarm, until, work_order, by, second: None }) = self else {
            return self.put_kind(out);
        };
        OUT_OF_SERVICE_BY_ONE.put(out);
        alarm.put(out);
        until.put(out);
        work_order.put(out);
        by.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let entry = match u16::take(bytes)? {
            EARLY_GRANT_CREATED => return early_grant_created(bytes),
            OUT_OF_SERVICE_BY_ONE => return out_of_service_by_one(bytes),
            number => Self::take_kind(number, bytes)?,
        };
        match entry {
            // That has a number of its own, and every entry one form.
            Self::Alarm(AlarmEntry::TakenOutOfService { second: None, .. }) => Err(DecodeError::OutOfRange),
            entry => Ok(entry),
        }
    }
}

/// Numbers that were not given in one go.
struct Numbers(&'static [core::ops::RangeInclusive<u16>]);

impl Numbers {
    fn contains(&self, number: &u16) -> bool {
        self.0.iter().any(|range| range.contains(number))
    }
}

impl DeviceEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 64..=83;
}

impl OfflineEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 128..=137;
}

impl AlarmEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 138..=151;
}

impl OperatorEntry {
    /// The numbers below.
    const HAS: Numbers = Numbers(&[160..=179, 185..=185, 190..=190, 195..=195, 233..=235, 255..=255, 264..=266]);
}

impl WebhookEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 180..=184;
}

impl DeskEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 210..=217;
}

impl RegisterEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 245..=248;
}

impl ReviewEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 250..=254;
}

impl AlertEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 256..=259;
}

impl CameraEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 260..=263;
}

impl PlanEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 230..=232;
}

impl FilesEntry {
    /// The numbers below.
    const HAS: core::ops::RangeInclusive<u16> = 240..=240;
}

kinds! { Entry {
    1 => Started { version }
    2 => Stopped {}
    3 => PlaceNamed { kind, number, path }
    4 => PersonCreated { person, by }
    5 => PersonStatusChanged { person, status, reason, by, generation }
    6 => PinChanged { person, by }
    7 => CredentialAssigned { credential, person, key, validity, by, generation }
    8 => CredentialStateChanged { credential, state, reason, by, generation }
    10 => GrantRevoked { grant, reason, by, generation }
    11 => AccessGranted { point, door, person, credential, grant, release_time, command }
    12 => AccessDenied { point, person, credential, reason }
    13 => FactorAwaited { point, person }
    14 => AccessTaken { door, person }
    15 => AccessNotTaken { door, person }
    16 => ExitReleased { door, command, release_time }
    17 => OperatorReleased { door, by, reason, release_time, command }
    18 => ReleaseWithheld { door, cause }
    19 => DoorChanged { door, facts }
    20 => CommandDone { device, command }
    21 => CommandFailed { device, command, cause }
    22 => DeviceOnline { device, identity }
    23 => DeviceOffline { device, cause }
    24 => SecurityTroubleSeen { device, trouble }
    25 => LinkTroubleSeen { device, trouble }
    26 => ZoneChanged { zone, state }
    27 => AlarmRaised { alarm, kind, source }
    28 => AlarmReturned { alarm, kind, source }
    29 => AlarmAcknowledged { alarm, kind, source, by, note }
    30 => JournalRecovered { unwritable_since, dropped }
    31 => GrantCreated { grant, by, generation }
    32 => GrantRequested { grant, by, generation }
    33 => GrantApproved { grant, reason, by, generation }
    34 => GrantDenied { grant, reason, by, generation }
    35 => GrantEndChanged { grant, to, reason, by, generation }
    36 => GrantEnded { grant, cause, generation }
    37 => TicketClosed { ticket, reason, by }
    38 => BreakGlassReviewed { grant, note, by }
    39 => PersonDetailsChanged { person, details, reason, by, generation }
    40 => DuressPinChanged { person, by }
    41 => CredentialLockedOut { credential, until }
    42 => LockoutEnded { credential, by }
    43 => ScheduleSet { schedule, managed, by, generation }
    44 => ScheduleRemoved { schedule, by, generation }
    45 => CalendarSet { calendar, managed, by, generation }
    46 => CalendarRemoved { calendar, by, generation }
    47 => ProfileSet { profile, reason, by, generation }
    48 => ProfileRemoved { profile, reason, by, generation }
    49 => AgreementMade { agreement, by, generation }
    50 => AgreementEnded { agreement, reason, by, generation }
    51 => PresenceChanged { person, place }
    52 => PresenceForgiven { person, area, reason, by }
    53 => PassbackViolated { point, person }
    54 => DuressSignalled { point, person }
    55 => CompanionAwaited { point, person }
    56 => CompanionAdmitted { point, person, credential, grant, with }
    57 => DoorModeChanged { door, mode, cause }
    58 => AreaLockedDown { area, cause }
    59 => AreaReleased { area, cause }
    60 => FireChanged { device, state }
    61 => ThreatLevelChanged { level, reason, by }
    62 => RowDamaged { table, key }
    63 => OpenUnlocked { door }
} Device(DeviceEntry) Offline(OfflineEntry) Alarm(AlarmEntry) Operator(OperatorEntry) Webhook(WebhookEntry) Desk(DeskEntry) Plan(PlanEntry) Files(FilesEntry) Register(RegisterEntry) Review(ReviewEntry) Alert(AlertEntry) Camera(CameraEntry) }

kinds! { DeviceEntry {
    64 => Replaced { device, expected, found }
    65 => Accepted { device, identity, reason, by }
    66 => FirmwareChanged { device, before, after, cause }
    67 => JobStarted { device, command, task, reason, by }
    68 => JobStopOrdered { device, command, reason, by }
    69 => JobEnded { device, command, outcome }
    70 => InputFaults { device, faults }
    71 => BusInspected { bus, what, reason, by }
    72 => EnrolmentOffered { device, code, until, reason, by }
    73 => EnrolmentEnded { device, cause }
    74 => CertificateIssued { device, certificate, cause }
    75 => CertificateTaken { device }
    76 => CertificatesRevoked { device, reason, by }
    77 => Booted { device, cause, self_test }
    78 => ClockOff { device, offset_ms }
    79 => GradeChanged { device, grade }
    80 => LocateOrdered { devices, reason, by }
    81 => Unlocked { device, cause }
    82 => TravelLearned { device, travel }
    83 => PatternTried { device, pattern, by }
} }

kinds! { OfflineEntry {
    128 => RightsChanged { generation, narrowed, widened }
    129 => ListIssued { device, generation, digest, expires, cards }
    130 => ListApplied { device, list }
    131 => ListRefused { device, number, cause }
    132 => ListDrifted { device, held }
    133 => OnlineOnlyOrdered { device }
    134 => ListCleared { device }
    135 => Logged { device, door, number, happened, what, credential, person }
    136 => CanaryFailed { device, answer }
    137 => CanaryRound { asked, refused }
} }

kinds! { AlarmEntry {
    138 => Noted { alarm, note, by }
    139 => Shelved { alarm, until, kind, reason, by, second }
    140 => Unshelved { alarm, cause }
    141 => SuppressedByDesign { alarm, rule, behind }
    142 => Unsuppressed { alarm }
    144 => ReturnedToService { alarm, by }
    145 => Assigned { alarm, to, by }
    146 => Escalated { alarm, level, by }
    147 => Closed { alarm, verdict, note, by }
    148 => Labelled { alarm, label }
    149 => StepDone { alarm, step, by }
    150 => VerdictAwaited { alarm }
    151 => TakenOutOfService { alarm, until, work_order, by, second }
} }

kinds! { OperatorEntry {
    160 => Created { operator, role, scope, by }
    161 => Changed { operator, role, scope, reason, by }
    162 => StateChanged { operator, state, reason, by }
    163 => FactorSet { operator, factor, by }
    164 => FactorRemoved { operator, factor, reason, by }
    165 => RecoveryCodeUsed { operator, left }
    166 => LinkMade { operator, by }
    167 => SignedIn { operator, session, method }
    168 => SignInFailed { operator, cause }
    169 => LockedOut { operator, until }
    170 => LockoutEnded { operator, by }
    171 => SteppedUp { session, operator, method }
    172 => SessionEnded { session, operator, cause }
    173 => TokenIssued { token, reason, by }
    174 => TokenRevoked { token, reason, by }
    175 => Proposed { proposal, what, until, reason, by }
    176 => Confirmed { proposal, by }
    177 => Dropped { proposal, by }
    178 => Revealed { person, reason, by }
    179 => CameTooLate { source, until, by }
    185 => ProviderBound { operator, reason, by }
    190 => SessionRevoked { session, operator, reason, by }
    195 => Reset { operator, reason, by }
    233 => Viewed { person, reason, by }
    234 => NamesShown { session, until, reason, ticket, by }
    235 => NamesHidden { session, by }
    255 => PersonLinked { operator, person, reason, by }
    264 => TokenSignedIn { token, method, by }
    265 => CertificateBound { operator, number, until, reason, by }
    266 => CertificateUnbound { operator, number, reason, by }
} }

kinds! { WebhookEntry {
    180 => Replayed { webhook, from, to, by }
    181 => Tested { webhook, by }
    182 => Enabled { webhook, by }
    183 => Disabled { webhook, by }
    184 => HealthChanged { webhook, health }
} }

kinds! { DeskEntry {
    210 => MusterStarted { muster, kind, area, roll, reason, by }
    211 => MusterJoined { muster, roll }
    212 => MusterMarked { muster, marks, by }
    213 => MusterEnded { muster, missing, report, by }
    214 => VisitorCame { visitor, host, area, until, reason, muster, by }
    215 => VisitorLeft { visitor, by }
    216 => ShiftNoted { note, by }
    217 => ShiftAnswered { answer, by }
} }

kinds! { RegisterEntry {
    245 => PersonKeySet { person, key, by }
    246 => PersonRenamed { person, by }
    247 => RackTaken { facts, rack, by }
    248 => RackGone { asset, by }
} }

kinds! { PlanEntry {
    230 => Uploaded { plan, slug, name, area, floor, digest, bytes, by }
    231 => Bound { plan, bindings, by }
    232 => Removed { plan, by }
} }

kinds! { FilesEntry {
    240 => Applied { digest, changes, claims, released, before, generation, by, second }
} }

kinds! { ReviewEntry {
    250 => Opened { review, scope, unused_days, due, undecided, lines, reason, by }
    251 => Assigned { review, lines, reviewer, by }
    252 => Decided { review, decisions, note, by }
    253 => Warned { review, undecided }
    254 => Closed { review, cause, lapsed, over, reason, by }
} }

kinds! { AlertEntry {
    256 => Created { alert, terms, by }
    257 => Matched { alert, matched, place }
    258 => Counted { alert, matches, upto }
    259 => Ended { alert, reason, by }
} }

kinds! { CameraEntry {
    260 => StillKept { camera, entry, alarm, shows, taken, digest, bytes, form }
    261 => StillMissing { camera, entry, alarm, shows, cause }
    262 => StillsAsked { entry, alarm, by }
    263 => Viewed { camera, entry, by }
} }
