//! Outputs and their timers.
//!
//! Decides an output's level at any time, so that a lock that was released for a while locks again by itself, whatever
//! becomes of the panel, the line or the session. It does not decide what the output drives.

use alloc::vec::Vec;

use crate::osdp::line::Micros;
use crate::osdp::message::{NakCode, OutputAction, OutputRecord, Refusal};

/// One output's state: what it shows now, and what it shows when its timer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Steady(bool),
    Timed { on: bool, until: Micros, then: bool },
}

/// All outputs of a device.
#[derive(Clone, Debug)]
pub(super) struct Outputs(Vec<Output>);

/// An output's number and its new level.
pub(super) type Change = (u8, bool);

impl Outputs {
    pub(super) fn new(count: u8) -> Self {
        Self(alloc::vec![Output::Steady(false); usize::from(count)])
    }

    /// Levels as `osdp_OSTATR` wants them.
    pub(super) fn levels(&self) -> Vec<u8> {
        self.0.iter().map(|output| u8::from(output.level())).collect()
    }

    /// Carries out all records, or none if one is impossible.
    pub(super) fn drive(&mut self, now: Micros, records: &[OutputRecord]) -> Result<Vec<Change>, Refusal> {
        if records.iter().any(|record| usize::from(record.index) >= self.0.len()) {
            return Err(Refusal(NakCode::RECORD));
        }
        let before = self.levels();
        for record in records {
            if let Some(output) = self.0.get_mut(usize::from(record.index)) {
                *output = output.driven(now, record.action);
            }
        }
        Ok(self.changes(&before))
    }

    /// Ends timers whose time has come.
    pub(super) fn expire(&mut self, now: Micros) -> Vec<Change> {
        let before = self.levels();
        for output in &mut self.0 {
            if let Output::Timed { until, then, .. } = *output
                && now >= until
            {
                *output = Output::Steady(then);
            }
        }
        self.changes(&before)
    }

    /// When the next timer ends.
    pub(super) fn deadline(&self) -> Option<Micros> {
        let ends = self.0.iter().filter_map(|output| match output {
            Output::Timed { until, .. } => Some(*until),
            Output::Steady(_) => None,
        });
        ends.min()
    }

    pub(super) fn all_off(&mut self) -> Vec<Change> {
        let before = self.levels();
        self.0.fill(Output::Steady(false));
        self.changes(&before)
    }

    fn changes(&self, before: &[u8]) -> Vec<Change> {
        let pairs = before.iter().zip(self.levels()).enumerate();
        pairs.filter(|(_, (old, new))| *old != new).map(|(index, (_, new))| (index as u8, new == 1)).collect()
    }
}

impl Output {
    fn level(self) -> bool {
        match self {
            Self::Steady(on) | Self::Timed { on, .. } => on,
        }
    }

    /// The level to return to when a timer ends.
    fn base(self) -> bool {
        match self {
            Self::Steady(on) => on,
            Self::Timed { then, .. } => then,
        }
    }

    /// Control codes of OSDP 2.2, Table 14.
    fn driven(self, now: Micros, action: OutputAction) -> Self {
        match action {
            OutputAction::Nothing => self,
            OutputAction::Off => Self::Steady(false),
            OutputAction::On => Self::Steady(true),
            OutputAction::OffAfterTimer => self.then(false),
            OutputAction::OnAfterTimer => self.then(true),
            OutputAction::OnFor(ticks) => Self::Timed { on: true, until: now + ticks.duration(), then: self.base() },
            OutputAction::OffFor(ticks) => Self::Timed { on: false, until: now + ticks.duration(), then: self.base() },
        }
    }

    /// Another level once the running timer has ended; at once when none runs.
    fn then(self, then: bool) -> Self {
        match self {
            Self::Timed { on, until, .. } => Self::Timed { on, until, then },
            Self::Steady(_) => Self::Steady(then),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::message::Ticks;
    use alloc::vec;

    fn at(millis: u64) -> Micros {
        Micros::from_millis(millis)
    }

    fn drive(outputs: &mut Outputs, now: Micros, action: OutputAction) -> Vec<Change> {
        outputs.drive(now, &[OutputRecord { index: 0, action }]).unwrap()
    }

    fn pulse(ticks: u16) -> OutputAction {
        OutputAction::OnFor(Ticks::parse(ticks).unwrap())
    }

    #[test]
    fn a_pulse_ends_by_itself_and_a_second_one_prolongs_it() {
        let mut outputs = Outputs::new(1);
        assert_eq!(drive(&mut outputs, at(0), pulse(50)), vec![(0, true)]);
        assert_eq!(drive(&mut outputs, at(3_000), pulse(50)), vec![]);
        assert_eq!(outputs.expire(at(5_000)), vec![]);
        assert_eq!(outputs.deadline(), Some(at(8_000)));
        assert_eq!(outputs.expire(at(8_000)), vec![(0, false)]);
        assert_eq!(outputs.deadline(), None);
    }

    #[test]
    fn off_ends_a_pulse_at_once_and_off_later_lets_it_end() {
        let mut outputs = Outputs::new(1);
        drive(&mut outputs, at(0), pulse(50));
        assert_eq!(drive(&mut outputs, at(1_000), OutputAction::Off), vec![(0, false)]);
        assert_eq!(outputs.deadline(), None);
        drive(&mut outputs, at(2_000), OutputAction::On);
        drive(&mut outputs, at(2_000), pulse(10));
        assert_eq!(drive(&mut outputs, at(2_500), OutputAction::OffAfterTimer), vec![]);
        assert_eq!(outputs.expire(at(3_000)), vec![(0, false)]);
    }

    #[test]
    fn one_impossible_record_stops_all() {
        let mut outputs = Outputs::new(1);
        let records =
            [OutputRecord { index: 0, action: OutputAction::On }, OutputRecord { index: 1, action: OutputAction::On }];
        assert_eq!(outputs.drive(at(0), &records), Err(Refusal(NakCode::RECORD)));
        assert_eq!(outputs.levels(), vec![0]);
    }
}
