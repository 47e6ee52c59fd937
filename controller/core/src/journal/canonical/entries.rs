//! The number and field order of every kind of entry. Add at the end, never change: old journals are read by this.

use super::{Bytes, DecodeError, Field};
use crate::entry::Entry;

macro_rules! entries {
    ($($number:literal => $variant:ident { $($field:ident),* })*) => {
        impl Field for Entry {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        ($number as u16).put(out);
                        $($field.put(out);)*
                    })*
                }
            }

            fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
                match u16::take(bytes)? {
                    $($number => Ok(Self::$variant { $($field: Field::take(bytes)?),* }),)*
                    other => Err(DecodeError::UnknownNumber { of: "kind of entry", number: other }),
                }
            }
        }
    };
}

entries! {
    1 => Started { version }
    2 => Stopped {}
    3 => PlaceNamed { kind, number, path }
    4 => PersonCreated { person, by }
    5 => PersonStatusChanged { person, status, reason, by, generation }
    6 => PinChanged { person, by }
    7 => CredentialAssigned { credential, person, key, validity, by, generation }
    8 => CredentialStateChanged { credential, state, reason, by, generation }
    9 => GrantCreated { grant, by, generation }
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
}
