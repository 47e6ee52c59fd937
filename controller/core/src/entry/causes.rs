//! Small words that entries use: what was named, what a zone says, why a release was withheld, who put a door in a mode,
//! who changed firmware, what was looked at.

use super::ReasonText;
use crate::id::{DeviceId, PersonId};
use crate::permission::Actor;

/// By whom or what a door or area was put in another mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModeCause {
    /// An operator, with a reason.
    Operator {
        /// Who.
        by: Actor,
        /// Why.
        reason: ReasonText,
    },
    /// Its schedule.
    Schedule,
    /// Its schedule, once this person had passed.
    FirstPerson(PersonId),
    /// An input of this device.
    Input(DeviceId),
}

/// What kind of place has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// An area.
    Area,
    /// A door.
    Door,
    /// An access point.
    Point,
    /// A device.
    Device,
    /// A perimeter zone.
    Zone,
    /// An organisation besides the operator.
    Organisation,
    /// A line that devices are on.
    Line,
    /// A camera.
    Camera,
}

/// Whether a zone is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneState {
    /// Nothing there.
    Quiet,
    /// Something crossed it.
    Crossed,
}

/// Why a release was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithheldCause {
    /// Its entry did not become durable in time.
    NotDurable,
    /// Another door of the interlock was not closed and locked.
    Interlock,
    /// The command did not reach the lock, or the lock did not take it.
    DeviceFailed,
}

/// Who changed a device's firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirmwareCause {
    /// A job of ours sent this version.
    Job,
    /// Nobody known.
    Unasked,
}

/// What an operator wanted to see of a bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspected {
    /// Its frames as they pass.
    Trace,
    /// Who answers at addresses that no device of the bus has.
    Scan,
}
