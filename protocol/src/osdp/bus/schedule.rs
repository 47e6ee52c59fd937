//! Whose turn it is.
//!
//! Decides the order on the line: releases, other commands, handshakes, then polls and probes by earliest due time. A
//! reader is polled four times as often as a rack handle and a lock twice as often, and whoever was just used more often
//! still; the interval grows with the number of devices so that the order stays fair when the bus is full. After a run of
//! commands a due poll goes first, or a flood to one device would let the others' sessions die. It does not decide what
//! a device says when its turn comes (`device`).
//!
//! Vocabulary: a *slot* is the line time of one empty poll; *weight* is a device's share of the slots.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::device::{Device, Kind, Turn};
use super::event::BusConfig;
use crate::osdp::line::{Address, Micros};

/// Characters of an empty poll and its answer, with the silence between.
const POLL_CHARACTERS: usize = 14;
const SLOT_CHARACTERS: usize = POLL_CHARACTERS + POLL_CHARACTERS + 2;
/// What a typical device takes to answer.
const TYPICAL_TURN_MICROS: u64 = 1_000;

/// No live device waits longer than this for a poll, however full the bus. Eight times as long would end its session.
const LONGEST_POLL_INTERVAL_MILLIS: u64 = 1_000;

/// Commands in a row after which a due poll or handshake goes first. More would starve the polls of a full bus during a
/// flood; fewer would slow a lockdown of many doors.
const COMMAND_RUN_LIMIT_FRAMES: u32 = 4;

/// Pacing of one bus.
#[derive(Debug)]
pub(crate) struct Schedule {
    config: BusConfig,
    /// Commands since the last poll or handshake.
    command_run: u32,
}

impl Schedule {
    pub(crate) fn new(config: BusConfig) -> Self {
        Self { config, command_run: 0 }
    }

    /// Who goes next, if anybody is due.
    pub(crate) fn choose(&self, now: Micros, devices: &BTreeMap<Address, Device>) -> Option<Address> {
        let due = devices.iter().map(|(address, device)| (device.turn(), *address));
        let due = due.filter(|(turn, _)| turn.at <= now);
        let rank = |turn: &Turn| (self.is_passed_over(turn.kind), turn.kind, turn.at);
        due.min_by_key(|(turn, address)| (rank(turn), *address)).map(|(_, address)| address)
    }

    /// When somebody is due next, leaving the line's own silence aside.
    pub(crate) fn next_turn(&self, devices: &BTreeMap<Address, Device>) -> Option<Micros> {
        devices.values().map(|device| device.turn().at).min()
    }

    /// Books a frame that was handed to the line.
    pub(crate) fn sent(&mut self, now: Micros, devices: &mut BTreeMap<Address, Device>, address: Address) {
        let weights = devices.values().map(|device| device.weight(now)).sum();
        let Some(device) = devices.get_mut(&address) else { return };
        self.command_run = match device.awaits_command() {
            true => self.command_run.saturating_add(1),
            false => 0,
        };
        device.poll_again_at(now + self.poll_interval(device.weight(now), weights));
    }

    fn is_passed_over(&self, kind: Kind) -> bool {
        let is_command = match kind {
            Kind::Release | Kind::Command => true,
            Kind::Handshake | Kind::Poll => false,
        };
        is_command && self.command_run >= COMMAND_RUN_LIMIT_FRAMES
    }

    /// A device's share of the line: all weights together take one slot each of their cycle. A link that is faster than
    /// its stated speed, such as a pseudo-terminal, is therefore polled at the stated pace and not without pause.
    fn poll_interval(&self, weight: u32, weights: u32) -> Duration {
        let slot = self.config.baud.wire_time(SLOT_CHARACTERS) + Duration::from_micros(TYPICAL_TURN_MICROS);
        let share = slot * weights / weight.max(1);
        share.max(self.config.poll_floor).min(Duration::from_millis(LONGEST_POLL_INTERVAL_MILLIS))
    }
}
