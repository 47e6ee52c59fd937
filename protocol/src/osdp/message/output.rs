//! Outputs: the record of `osdp_OUT` (OSDP 2.2, 6.9).
//!
//! Decides its layout and that no temporary state is without an end: a lock must not stay released by mistake. When an
//! output changes is decided by `peripheral`, what it drives by the device.

use super::device::Refusal;
use super::{NakCode, Ticks};

/// Size of one output's record (OSDP 2.2, Table 14).
pub(super) const OUT_RECORD_BYTES: usize = 4;

/// What an output shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputAction {
    /// Nothing at all (control code 0).
    Nothing,
    /// Off now and until told otherwise; ends a running timer (control code 1).
    Off,
    /// On now and until told otherwise (control code 2). Only for outputs that may stay on; a lock is never driven so.
    On,
    /// Off when the running timer ends (control code 3).
    OffAfterTimer,
    /// On when the running timer ends (control code 4).
    OnAfterTimer,
    /// On for so long, then as before, by the device's own timer even if this panel is gone (control code 5).
    OnFor(Ticks),
    /// Off for so long, then as before (control code 6).
    OffFor(Ticks),
}

impl OutputAction {
    pub(super) fn encode(self, index: u8) -> [u8; OUT_RECORD_BYTES] {
        let (control, timer) = match self {
            Self::Nothing => (0, 0),
            Self::Off => (1, 0),
            Self::On => (2, 0),
            Self::OffAfterTimer => (3, 0),
            Self::OnAfterTimer => (4, 0),
            Self::OnFor(ticks) => (5, ticks.get()),
            Self::OffFor(ticks) => (6, ticks.get()),
        };
        let [low, high] = u16::to_le_bytes(timer);
        [index, control, low, high]
    }
}

/// One output instruction, as a device reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputRecord {
    pub(crate) index: u8,
    pub(crate) action: OutputAction,
}

impl OutputRecord {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let [index, control, low, high] = *bytes else {
            return Err(Refusal(NakCode::LENGTH));
        };
        let action = match (control, Ticks::parse(u16::from_le_bytes([low, high]))) {
            (0, _) => OutputAction::Nothing,
            (1, _) => OutputAction::Off,
            (2, _) => OutputAction::On,
            (3, _) => OutputAction::OffAfterTimer,
            (4, _) => OutputAction::OnAfterTimer,
            (5, Some(ticks)) => OutputAction::OnFor(ticks),
            (6, Some(ticks)) => OutputAction::OffFor(ticks),
            // A temporary state without an end would be a permanent one.
            _ => return Err(Refusal(NakCode::RECORD)),
        };
        Ok(Self { index, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_survives_the_wire() {
        let ticks = Ticks::parse(0x0132).unwrap();
        let check = |action: OutputAction, control, low, high| {
            assert_eq!(action.encode(2), [2, control, low, high]);
            assert_eq!(OutputRecord::decode(&[2, control, low, high]), Ok(OutputRecord { index: 2, action }));
        };
        check(OutputAction::Nothing, 0, 0, 0);
        check(OutputAction::Off, 1, 0, 0);
        check(OutputAction::On, 2, 0, 0);
        check(OutputAction::OffAfterTimer, 3, 0, 0);
        check(OutputAction::OnAfterTimer, 4, 0, 0);
        check(OutputAction::OnFor(ticks), 5, 0x32, 0x01);
        check(OutputAction::OffFor(ticks), 6, 0x32, 0x01);
    }
}
