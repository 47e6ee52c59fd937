//! The form of every value an entry can hold. A list of numbers here is the journal's dictionary: add at the end, never
//! change.

use core::time::Duration;

use super::{Bytes, DecodeError, Field};
use crate::alarm::{Acknowledged, AlarmKind, AlarmSource, Condition};
use crate::certificate::{Certificate, CertificateRecord, CertificateSerial, EnrolmentOffer, IssueCause, OfferEnd};
use crate::device::{Accepted, DeviceRecord, JobRecord, Trust};
use crate::door::{Cause, DoorRecord, Passage};
use crate::engine::input::{FailureCause, Identity, InputFault, LineFault, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::entry::{Denial, FirmwareCause, Inspected, ModeCause, PlaceKind, ReasonText, WithheldCause, ZoneState};
use crate::facts::{Contact, Facts, HandlePosition, Key, Latch, Lock};
use crate::feedback::PatternId;
use crate::id::{
    AgreementId, AlarmId, AlertId, AreaId, AssetId, CalendarId, CameraId, CommandId, CredentialId, DeviceId, DoorId,
    Generation, GrantId, LineId, MusterId, OperatorId, OrganisationId, PersonId, PlanId, PointId, ProfileId,
    ProposalId, ReviewId, ScheduleId, Seq, SessionId, TokenId, VisitorId, ZoneId,
};
use crate::inventory::{BootCause, CanaryAnswer, TrustGrade, UnlockCause};
use crate::job::{DeviceTask, FirstKey, JobOutcome};
use crate::mode::{BaseMode, Hold, ModeRecord, SetBy};
use crate::people::{
    Agreement, Approval, BreakGlassReview, CredentialKey, CredentialState, EndCause, EscortNeed, ExtendedTime, Grant,
    GrantKind, GrantRight, GrantState, ManagedBy, Person, PersonDetails, PersonStatus, PinStatus, Place, Policy,
    Profile, ThreatLevel, Uses, Validity, When, Whereabouts,
};
use crate::permission::Actor;
use crate::records::FireState;
use crate::rights_list::{HeldList, ListDigest, ListNumber, ListRefusal, Logged, RightsChange, RightsRecord};
use crate::site::schedule::Weekly;
use crate::site::schedule::calendar::{Calendar, Date};
use crate::site::schedule::{DayWindows, Schedule, SpecialDays};
use crate::time::Wall;

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Field for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                bytes.array().map(Self::from_be_bytes)
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i16, i64);

macro_rules! ids {
    ($($id:ty: $number:ty),* $(,)?) => {$(
        impl Field for $id {
            fn put(&self, out: &mut Vec<u8>) {
                self.get().put(out);
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                <$number>::take(bytes).map(Self::new)
            }
        }
    )*};
}

ids! {
    DoorId: u32, PointId: u32, DeviceId: u32, ZoneId: u32, PersonId: u32, CredentialId: u32, GrantId: u32,
    AlarmId: u32, CommandId: u64, Seq: u64, Generation: u64, AreaId: u32, ScheduleId: u32, CalendarId: u32,
    ProfileId: u32, OrganisationId: u32, AgreementId: u32, OperatorId: u32, TokenId: u32, SessionId: u32, ProposalId: u32,
 LineId: u32, MusterId: u32, VisitorId: u32, PlanId: u32, AssetId: u32, ReviewId: u32, AlertId: u32, CameraId: u32,
}

/// Enums without data: one byte each, by the number written here.
macro_rules! words {
    ($($name:ident { $($number:literal => $variant:ident),* $(,)? })*) => {$(
        impl Field for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number),* });
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                match u8::take(bytes)? {
                    $($number => Ok(Self::$variant),)*
                    other => Err(DecodeError::UnknownNumber { of: stringify!($name), number: other.into() }),
                }
            }
        }
    )*};
}

words! {
    Contact { 0 => Unknown, 1 => Closed, 2 => Open, 3 => Fault }
    Lock { 0 => Unknown, 1 => Locked, 2 => Unlocked, 3 => Fault }
    HandlePosition { 0 => Unknown, 1 => Closed, 2 => Open, 3 => Fault }
    Key { 0 => Unknown, 1 => Home, 2 => Turned }
    Latch { 0 => Unknown, 1 => Latched, 2 => Unlatched, 3 => Fault }
    UnlockCause { 0 => Command, 1 => RightsList, 2 => Key, 3 => Unexplained }
    PersonStatus { 0 => Enabled, 1 => Suspended, 2 => Expected, 3 => Left }
    CredentialState { 0 => Enabled, 1 => Disabled, 2 => Lost, 3 => Stolen, 4 => Damaged, 5 => Returned, 6 => Destroyed }
    PlaceKind { 0 => Area, 1 => Door, 2 => Point, 3 => Device, 4 => Zone, 5 => Organisation, 6 => Line, 7 => Camera }
    ZoneState { 0 => Quiet, 1 => Crossed }
    WithheldCause { 0 => NotDurable, 1 => Interlock, 2 => DeviceFailed }
    OfflineCause { 0 => Silent, 1 => ConnectionLost, 2 => LinkDown, 3 => NotTrusted }
    FailureCause { 0 => Offline, 1 => Expired, 2 => Refused, 3 => Overload }
    SecurityTrouble { 0 => WrongKey, 1 => BadAuthentication, 2 => Plaintext, 3 => Replaced, 4 => Replay, 5 => DefaultKey, 6 => Twin, 7 => ForeignTopic,
        8 => CertificateExpired, 9 => CertificateRevoked, 10 => CertificateForeign }
    Denial {
        0 => CredentialUnknown, 1 => CredentialDisabled, 2 => CredentialLost, 3 => CredentialStolen,
        4 => CredentialDamaged, 5 => CredentialUnassigned, 6 => PersonDisabled, 7 => PinWrong, 8 => FactorTimeout,
        9 => NotAuthorisedPoint, 10 => CredentialNotYetValid, 11 => CredentialExpired, 12 => NotPermittedAtThisTime,
        13 => Interlock, 14 => NoDecision, 15 => CredentialDestroyed, 16 => CredentialLockedOut,
        17 => NotAuthorisedArea, 18 => Passback, 19 => SecondPersonMissing, 20 => SecondPersonWrong,
        21 => GrantNotApproved, 22 => UsesExhausted, 23 => PointDisabled, 24 => Blocked, 25 => LockedDown,
        26 => OccupancyLimit, 27 => DeviceUntrusted,
    }
    PinStatus { 0 => Unset, 1 => Set }
    ExtendedTime { 0 => No, 1 => Yes }
    ThreatLevel { 0 => Normal, 1 => Guarded, 2 => High, 3 => Severe }
    EscortNeed { 0 => No, 1 => Required }
    Approval { 0 => None, 1 => One, 2 => Two }
    EndCause { 0 => TicketClosed, 1 => PersonLeft, 2 => PersonMoved, 3 => AgreementEnded, 4 => ProfileRemoved }
    ManagedBy { 0 => File, 1 => Operator }
    BaseMode { 0 => Locked, 1 => Unlocked, 2 => Blocked, 3 => DoubleLocked }
    Hold { 0 => None, 1 => LockedDown, 2 => LockedOpen }
    FireState { 0 => Quiet, 1 => Released }
    AlarmKind {
        0 => DoorForced, 1 => HandleForced, 2 => HeldPreAlarm, 3 => HeldOpen, 4 => KeyOverride, 5 => NotLatched,
        6 => LatchTamper, 7 => FailedToLock, 8 => FailedToUnlock, 9 => Tamper, 10 => DeviceOffline, 11 => PowerFault,
        12 => DeviceSecurity, 13 => Intrusion, 14 => StolenCredential, 15 => JournalUnwritable, 16 => Duress,
        17 => Lockout, 18 => PassbackViolation, 19 => ImpossiblePassage, 20 => TwoPersonViolation,
        21 => InterlockViolation, 22 => FireRelease, 23 => Lockdown, 24 => BreakGlass, 25 => ReviewOverdue,
        26 => RecordDamaged, 27 => OpenPastGrant, 28 => DeviceReplaced, 29 => FirmwareChanged, 30 => Commissioning,
        31 => InputFault, 32 => LineTrouble,
        33 => RevocationPending, 34 => RightsDrift, 35 => CanaryFailed, 36 => RevokedUse, 37 => ClockDrift, 38 => CertificateExpiring, 39 => SelfTestFailed, 40 => SlideStalled, 41 => SlideSlow, 42 => ClimateFault, 43 => NotOpenedAgain, 44 => WrongSide, 45 => EnrolmentGuessed, 46 => UnexplainedReboots, 47 => GradeTooLow, 48 => RightsTooMany,
        49 => LineLost, 50 => RepeatedDenials, 51 => OperatorLockedOut, 52 => SinkFailing, 53 => EmergencySignIn,
        54 => SessionMoved, 55 => SiteClockOff, 56 => SupplyFailing, 57 => AreaOverfull, 58 => MassUnlock, 59 => RightsRaised,
        60 => CredentialExpiring, 61 => StorageFilling, 62 => Muster, 63 => VisitorOverdue,
        64 => ReviewEnding, 65 => AlertHigh, 66 => AlertMedium, 67 => AlertLow, 68 => AlertOverRate, 69 => AlertEnding, 70 => AlertVoid,
        71 => EvidenceCameraLost, 72 => CameraLost,
    }
    FirmwareCause { 0 => Job, 1 => Unasked }
    Inspected { 0 => Trace, 1 => Scan }
    LineFault { 0 => Short, 1 => Cut, 2 => OffBand, 3 => Unspecified }
    FirstKey { 0 => Published, 1 => FromFile }
    BootCause { 0 => Unknown, 1 => PowerOn, 2 => Commanded, 3 => Update, 4 => Watchdog, 5 => Brownout }
    TrustGrade { 0 => A, 1 => B, 2 => C, 3 => D }
    CanaryAnswer { 0 => WouldRefuse, 1 => WouldAdmit, 2 => NoAnswer }
    IssueCause { 0 => Enrolled, 1 => Renewed }
    OfferEnd { 0 => Expired, 1 => Guessed, 2 => Replaced }
    ListRefusal {
        0 => Malformed, 1 => Signature, 2 => Site, 3 => Device, 4 => Replayed, 5 => Expired, 6 => TooLong, 7 => NotKept,
    }
    JobOutcome {
        0 => Done, 1 => TimedOut, 2 => NotInInstallMode, 3 => Refused, 4 => Lost, 5 => NotProven, 6 => Stopped,
        7 => Interrupted,
    }
}

/// Structs: their fields in the order written here.
macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl Field for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Field::take(bytes)?),* })
            }
        }
    )*};
}

structs! {
    Identity { model, serial, firmware }
    Validity { from, to }
    Grant {
        id, person, right, validity, reason, ticket, uses, escort, kind, state, requested_by, approval, approved_by,
    }
    Person { id, status, pin, duress_pin, details }
    PersonDetails { organisation, clearance, extended_time }
    Policy { door, schedule }
    Agreement { id, owner, guest, areas, validity, reason }
    Whereabouts { place, since }
    ModeRecord { base, hold, set_by }
    SpecialDays { calendar, windows }
    DoorRecord { facts, passage }
    InputFault { input, fault }
    Accepted { identity, by, at }
    JobRecord { command, task, by, since }
    HeldList { number, generation, digest, expires }
    RightsChange { generation, at }
    RightsRecord { changed, narrowed, issued, applied, honoured_until, logged_through }
    Certificate { serial, key, from, until }
    EnrolmentOffer { code, until }
    CertificateRecord { offer, current, former }
}

/// Enums with data: the number, then the fields in the order written here.
macro_rules! choices {
    ($($name:ident { $($number:literal => $variant:ident $({ $($field:ident),* })? $(( $inner:ident ))?),* $(,)? })*) => {$(
        impl Field for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(( $inner ))? => {
                        out.push($number);
                        $($($field.put(out);)*)?
                        $($inner.put(out);)?
                    })*
                }
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                match u8::take(bytes)? {
                    $($number => Ok(Self::$variant
                        $({ $($field: Field::take(bytes)?),* })?
                        $(({ let $inner = Field::take(bytes)?; $inner }))?),)*
                    other => Err(DecodeError::UnknownNumber { of: stringify!($name), number: other.into() }),
                }
            }
        }
    )*};
}

choices! {
    Actor { 0 => System, 1 => LocalUser(uid), 2 => Session(number), 3 => Operator(operator), 4 => Token(token) }
    AlarmSource { 0 => Site, 1 => Door(door), 2 => Device(device), 3 => Zone(zone), 4 => Area(area), 5 => Grant(grant), 6 => Credential(credential),
        7 => Line(line), 8 => Point(point), 9 => Operator(operator), 10 => Alert { alert, place }, 11 => Camera(camera) }
    Condition { 0 => Active, 1 => Returned(at) }
    Acknowledged { 0 => No, 1 => Yes { at, by, note } }
    GrantRight { 0 => Doors { doors, when }, 1 => Member(profile) }
    When { 0 => Weekly(weekly), 1 => Schedule(schedule) }
    Uses { 0 => Unlimited, 1 => Left(count) }
    GrantKind { 0 => Ordinary, 1 => BreakGlass(review) }
    BreakGlassReview { 0 => DueAt(at), 1 => By(actor) }
    GrantState { 0 => Active, 1 => Revoked, 2 => Requested, 3 => Denied, 4 => Ended(cause) }
    Place { 0 => Inside(area), 1 => Outside }
    ModeCause { 0 => Operator { by, reason }, 1 => Schedule, 2 => FirstPerson(person), 3 => Input(device) }
    LinkTrouble {
        0 => Lost(count), 1 => Duplicate, 2 => Malformed, 3 => Noise, 4 => Babble, 5 => Echo, 6 => Late, 7 => Busy,
    }
    Logged {
        0 => Admitted { card, list }, 1 => Refused { card }, 2 => Opened, 3 => Closed, 4 => KeyTurned, 5 => Tampered,
        6 => Overflowed { lost },
    }
    Trust { 0 => Awaited, 1 => Accepted(accepted), 2 => Replaced { accepted, found } }
    DeviceTask {
        0 => Commission { first, limit }, 1 => RollKey, 2 => SetLine { address, baud }, 3 => SendFirmware { image, version },
    }
    Cause { 0 => Person(person), 1 => Exit, 2 => Operator, 3 => Key, 4 => Mode }
    SetBy { 0 => Nobody, 1 => Order(at), 2 => Schedule(at) }
    Passage { 0 => Idle, 1 => Released { cause, until }, 2 => Open { cause, since }, 3 => Suspect { since }, 4 => Forced { since } }
}

/// Contact, lock, handle, key and latch. The byte that says whether there is a handle says by its second bit whether there is
/// a latch; facts without one are as they always were.
impl Field for Facts {
    fn put(&self, out: &mut Vec<u8>) {
        self.contact.put(out);
        self.lock.put(out);
        let handle = if self.handle.is_some() { WITH_HANDLE } else { 0 };
        out.push(handle | if self.latch.is_some() { WITH_LATCH } else { 0 });
        self.handle.iter().for_each(|handle| handle.put(out));
        self.key.put(out);
        self.latch.iter().for_each(|latch| latch.put(out));
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (contact, lock, shape) = (Field::take(bytes)?, Field::take(bytes)?, u8::take(bytes)?);
        if shape & !(WITH_HANDLE | WITH_LATCH) != 0 {
            return Err(DecodeError::UnknownNumber { of: "shape of facts", number: shape.into() });
        }
        let handle = if shape & WITH_HANDLE != 0 { Some(Field::take(bytes)?) } else { None };
        let key = Field::take(bytes)?;
        let latch = if shape & WITH_LATCH != 0 { Some(Field::take(bytes)?) } else { None };
        Ok(Self { contact, lock, handle, key, latch })
    }
}

/// Facts with a handle.
const WITH_HANDLE: u8 = 1;

/// Facts with a latch.
const WITH_LATCH: u8 = 2;

/// A row of before slides were timed ends after its job.
impl Field for DeviceRecord {
    fn put(&self, out: &mut Vec<u8>) {
        self.trust.put(out);
        self.awaited_firmware.put(out);
        self.job.put(out);
        self.usual_travel.iter().for_each(|travel| travel.put(out));
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (trust, awaited_firmware, job) = (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
        let usual_travel = if bytes.end().is_ok() { None } else { Some(Field::take(bytes)?) };
        Ok(Self { trust, awaited_firmware, job, usual_travel })
    }
}

impl Field for ListNumber {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        u64::take(bytes).map(Self)
    }
}

impl Field for ListDigest {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array().map(Self)
    }
}

impl Field for CertificateSerial {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array().map(Self)
    }
}

impl Field for Wall {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_micros().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        i64::take(bytes).map(Self::from_micros)
    }
}

/// Whole milliseconds in four bytes: up to 49 days, far above any release.
impl Field for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        u32::try_from(self.as_millis()).unwrap_or(u32::MAX).put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        u32::take(bytes).map(|millis| Self::from_millis(millis.into()))
    }
}

/// Texts are bounded where they are made; what is longer is cut at a character, so that encoding never fails.
impl Field for String {
    fn put(&self, out: &mut Vec<u8>) {
        let end = self.floor_char_boundary(u16::MAX.into());
        (end as u16).put(out);
        out.extend_from_slice(&self.as_bytes()[..end]);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let length = u16::take(bytes)?;
        let text = core::str::from_utf8(bytes.next(length.into())?).map_err(|_| DecodeError::BadText)?;
        Ok(text.to_owned())
    }
}

impl Field for ReasonText {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().to_owned().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::kept(&String::take(bytes)?).ok_or(DecodeError::BadText)
    }
}

impl Field for CredentialKey {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array().map(Self::from_keyed_hash)
    }
}

/// Versions and digests: as many bytes as they have.
impl<const N: usize> Field for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array()
    }
}

impl<T: Field> Field for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.put(out);
            }
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        match u8::take(bytes)? {
            0 => Ok(None),
            1 => T::take(bytes).map(Some),
            other => Err(DecodeError::UnknownNumber { of: "Option", number: other.into() }),
        }
    }
}

/// Lists: their length in two bytes, then the items. What makes them bounds them far below.
fn put_list<T: Field>(items: &[T], out: &mut Vec<u8>) {
    let items = &items[..items.len().min(u16::MAX.into())];
    (items.len() as u16).put(out);
    items.iter().for_each(|item| item.put(out));
}

fn take_list<T: Field>(bytes: &mut Bytes<'_>) -> Result<Vec<T>, DecodeError> {
    let length = u16::take(bytes)?;
    (0..length).map(|_| T::take(bytes)).collect()
}

macro_rules! lists {
    ($($item:ty),*) => {$(
        impl Field for Box<[$item]> {
            fn put(&self, out: &mut Vec<u8>) {
                put_list(self, out);
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                take_list(bytes).map(Vec::into_boxed_slice)
            }
        }
    )*};
}

/// As what is in the box.
impl<T: Field> Field for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_ref().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        T::take(bytes).map(Self::new)
    }
}

lists!(DoorId, DeviceId, AreaId, Policy, SpecialDays, Date, InputFault);

/// Days since 1970-01-01.
impl Field for Date {
    fn put(&self, out: &mut Vec<u8>) {
        (self.days() as u32).put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let days = i32::try_from(u32::take(bytes)?).map_err(|_| DecodeError::OutOfRange)?;
        Self::from_days(days).ok_or(DecodeError::OutOfRange)
    }
}

impl Field for Calendar {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.name.put(out);
        self.days.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (id, name): (CalendarId, String) = (Field::take(bytes)?, Field::take(bytes)?);
        Self::new(id, name, take_list(bytes)?).map_err(|_| DecodeError::OutOfRange)
    }
}

impl Field for Schedule {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.name.put(out);
        self.zone.put(out);
        self.weekly.put(out);
        self.special.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (id, name, zone): (ScheduleId, String, String) =
            (Field::take(bytes)?, Field::take(bytes)?, Field::take(bytes)?);
        let (weekly, special): (Option<Weekly>, Vec<SpecialDays>) = (Field::take(bytes)?, take_list(bytes)?);
        Self::new(id, name, zone, weekly, special).map_err(|_| DecodeError::OutOfRange)
    }
}

impl Field for DayWindows {
    fn put(&self, out: &mut Vec<u8>) {
        put_stretches(self.stretches(), out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::new(take_stretches(bytes)?).map_err(|_| DecodeError::OutOfRange)
    }
}

impl Field for Vec<Actor> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        take_list(bytes)
    }
}

/// A profile whose policies are not in order is not one that was written.
impl Field for Profile {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.name.put(out);
        self.owner.put(out);
        self.policies.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let profile = Self {
            id: Field::take(bytes)?,
            name: Field::take(bytes)?,
            owner: Field::take(bytes)?,
            policies: Field::take(bytes)?,
        };
        let sorted = profile.policies.windows(2).all(|pair| pair[0].door < pair[1].door);
        if sorted { Ok(profile) } else { Err(DecodeError::OutOfRange) }
    }
}

impl Field for PatternId {
    fn put(&self, out: &mut Vec<u8>) {
        self.number().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::numbered(u8::take(bytes)?).ok_or(DecodeError::OutOfRange)
    }
}

impl Field for Weekly {
    fn put(&self, out: &mut Vec<u8>) {
        put_stretches(self.stretches(), out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::from_stretches(take_stretches(bytes)?).map_err(|_| DecodeError::OutOfRange)
    }
}

fn put_stretches(stretches: &[(u16, u16)], out: &mut Vec<u8>) {
    (stretches.len() as u16).put(out);
    for (from, to) in stretches {
        from.put(out);
        to.put(out);
    }
}

fn take_stretches(bytes: &mut Bytes<'_>) -> Result<Vec<(u16, u16)>, DecodeError> {
    let length = u16::take(bytes)?;
    (0..length).map(|_| Ok((u16::take(bytes)?, u16::take(bytes)?))).collect()
}

// Below the macros, which it uses.
mod alerts;
mod cameras;
mod desk;
mod files;
mod inside;
mod plans;
mod register;
mod reviews;
