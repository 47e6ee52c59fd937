//! The form of every value an entry can hold. A list of numbers here is the journal's dictionary: add at the end, never
//! change.

use core::time::Duration;

use super::{Bytes, DecodeError, Field};
use crate::alarm::{Acknowledged, Alarm, AlarmKind, AlarmSource, Condition};
use crate::door::{Cause, DoorRecord, Passage};
use crate::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::entry::{Denial, PlaceKind, ReasonText, WithheldCause, ZoneState};
use crate::facts::{Contact, Facts, HandlePosition, Key, Lock};
use crate::id::{
    AlarmId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PersonId, PointId, Seq, ZoneId,
};
use crate::people::{CredentialKey, CredentialState, Grant, GrantState, PersonStatus, Validity};
use crate::permission::Actor;
use crate::site::schedule::Weekly;
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

numbers!(u8, u16, u32, u64, i64);

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
    AlarmId: u32, CommandId: u64, Seq: u64, Generation: u64,
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
    PersonStatus { 0 => Enabled, 1 => Disabled }
    CredentialState { 0 => Enabled, 1 => Disabled, 2 => Lost, 3 => Stolen, 4 => Damaged, 5 => Returned }
    GrantState { 0 => Active, 1 => Revoked }
    PlaceKind { 0 => Area, 1 => Door, 2 => Point, 3 => Device, 4 => Zone }
    ZoneState { 0 => Quiet, 1 => Crossed }
    WithheldCause { 0 => NotDurable, 1 => Interlock, 2 => DeviceFailed }
    OfflineCause { 0 => Silent, 1 => ConnectionLost, 2 => LinkDown, 3 => NotTrusted }
    FailureCause { 0 => Offline, 1 => Expired, 2 => Refused, 3 => Overload }
    SecurityTrouble { 0 => WrongKey, 1 => BadAuthentication, 2 => Plaintext, 3 => Replaced, 4 => Replay }
    Denial {
        0 => CredentialUnknown, 1 => CredentialDisabled, 2 => CredentialLost, 3 => CredentialStolen,
        4 => CredentialDamaged, 5 => CredentialUnassigned, 6 => PersonDisabled, 7 => PinWrong, 8 => FactorTimeout,
        9 => NotAuthorisedPoint, 10 => CredentialNotYetValid, 11 => CredentialExpired, 12 => NotPermittedAtThisTime,
        13 => Interlock, 14 => NoDecision,
    }
    AlarmKind {
        0 => DoorForced, 1 => HandleForced, 2 => HeldPreAlarm, 3 => HeldOpen, 4 => KeyOverride, 5 => NotLatched,
        6 => LatchTamper, 7 => FailedToLock, 8 => FailedToUnlock, 9 => Tamper, 10 => DeviceOffline, 11 => PowerFault,
        12 => DeviceSecurity, 13 => Intrusion, 14 => StolenCredential, 15 => JournalUnwritable,
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
    Facts { contact, lock, handle, key }
    Identity { model, serial, firmware }
    Validity { from, to }
    Grant { id, person, doors, weekly, validity, reason, ticket, state }
    Alarm { id, kind, source, raised_at, raised_by, condition, acknowledged }
    DoorRecord { facts, passage }
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
    Actor { 0 => System, 1 => LocalUser(uid), 2 => Session(number) }
    AlarmSource { 0 => Site, 1 => Door(door), 2 => Device(device), 3 => Zone(zone) }
    Condition { 0 => Active, 1 => Returned(at) }
    Acknowledged { 0 => No, 1 => Yes { at, by, note } }
    LinkTrouble { 0 => Lost(count), 1 => Duplicate, 2 => Malformed }
    Cause { 0 => Person(person), 1 => Exit, 2 => Operator, 3 => Key }
    Passage { 0 => Idle, 1 => Released { cause, until }, 2 => Open { cause, since }, 3 => Suspect { since }, 4 => Forced { since } }
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
        Self::parse(&String::take(bytes)?).ok_or(DecodeError::BadText)
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

impl Field for Box<[DoorId]> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u16).put(out);
        self.iter().for_each(|door| door.put(out));
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let length = u16::take(bytes)?;
        (0..length).map(|_| DoorId::take(bytes)).collect()
    }
}

impl Field for Weekly {
    fn put(&self, out: &mut Vec<u8>) {
        (self.stretches().len() as u16).put(out);
        for (from, to) in self.stretches() {
            from.put(out);
            to.put(out);
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let length = u16::take(bytes)?;
        let stretches: Result<Vec<_>, _> = (0..length).map(|_| Ok((u16::take(bytes)?, u16::take(bytes)?))).collect();
        Self::from_stretches(stretches?).map_err(|_| DecodeError::OutOfRange)
    }
}
