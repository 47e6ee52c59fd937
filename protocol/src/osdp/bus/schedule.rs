//! Whose turn it is.
//!
//! Decides the order on the line: releases, other commands, devices that have not been asked for too long, handshakes,
//! devices with more to say, work of jobs, probes of dead devices, then the round of polls. In the round a reader is
//! polled four times as often as a rack handle and a lock twice as often, and whoever was just used more often still. The
//! round never pauses on a line that runs at its stated speed, and keeps the stated pace on one that is faster, such as a
//! pseudo-terminal. After a run of commands a due poll goes first, or a flood to one device would let the others' sessions
//! die. It does not decide what a device says when its turn comes (`device`).
//!
//! Vocabulary: a *slot* is the line time of one empty poll; *weight* is a device's share of the slots; a *pass* counts the
//! slots a device has had in units of its weight, and the device with the least pass is next; a *probe* asks somebody who
//! will probably not answer.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::device::{Device, Kind, Turn};
use super::event::{BusConfig, Sharing};
use crate::osdp::line::{Address, Baud, Micros};

/// Characters of an empty poll and its answer.
const POLL_CHARACTERS: usize = 14;
/// A poll, its answer, and the silence before each of them.
const SLOT_CHARACTERS: usize = 2 * (POLL_CHARACTERS + 2);

/// What a poll adds to the pass of a device of weight one. Weights are 1 to 16, so that all shares are whole numbers.
const PASS_UNIT: u64 = 1 << 16;
/// The golden ratio's fraction of 2^16: the turns of devices with addresses in a row are spread evenly by it, so that a
/// reader does not wait for a crowd of handles.
const SPREAD: u64 = 40_503;

/// A live device is asked at least so often, unless the round takes longer by itself.
const ASKED_WITHIN_MILLIS: u64 = 2_000;
/// It must be asked within this in any case: its session ends after eight seconds.
const ASKED_AT_LATEST_MILLIS: u64 = 5_000;

/// Commands in a row after which a due poll or handshake goes first. More would starve the polls of a full bus during a
/// flood; fewer would slow a lockdown of many doors.
const COMMAND_RUN_LIMIT_FRAMES: u32 = 4;

/// After a card no poll begins for so long: the release it brings about goes next instead of waiting out a slot.
const CARD_HOLD_MICROS: u64 = 2_000;

/// After a probe that nobody answered, the line is the live devices' for so many times the time it took.
const PROBE_REST_FACTOR: u32 = 3;

/// Pacing of one bus.
#[derive(Debug)]
pub(crate) struct Schedule {
    poll_floor: Duration,
    sharing: Sharing,
    /// Commands since the last poll or handshake.
    command_run: u32,
    /// No poll begins before: the stated pace, or the hold after a card.
    polls_from: Micros,
    /// No probe begins before, while there are live devices.
    probes_from: Micros,
    /// What a poll takes on this line, as a moving mean.
    slot: Duration,
    /// The pass of the round as a whole.
    virtual_pass: u64,
    /// Weights of all live devices when the last frame was sent.
    live_weight: u32,
}

/// Who goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Device(Address, Kind),
    /// The search for strangers.
    Search,
}

/// Place in the order on the line; less goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Release(Micros),
    Command(Micros),
    Overdue(Micros),
    /// A handshake or survey that has begun: a device that was challenged does not wait long for its proof.
    Finishing(Micros),
    Handshake(Micros),
    MoreToSay,
    Work(Micros),
    Probe(Micros),
    Search,
    Round(u64),
    PassedOver(Kind, Micros),
}

impl Schedule {
    pub(crate) fn new(config: BusConfig) -> Self {
        Self {
            poll_floor: config.poll_floor,
            sharing: config.sharing,
            command_run: 0,
            polls_from: Micros::default(),
            probes_from: Micros::default(),
            slot: config.baud.wire_time(SLOT_CHARACTERS),
            virtual_pass: 0,
            live_weight: 0,
        }
    }

    /// Who goes next, if anybody is due.
    pub(crate) fn choose(
        &self,
        now: Micros,
        devices: &BTreeMap<Address, Device>,
        search: Option<Micros>,
    ) -> Option<Choice> {
        let asked_within = self.asked_within();
        let due = devices.iter().filter_map(|(address, device)| {
            let turn = self.paced(device.turn()?);
            let rank = self.rank(now, turn, device, asked_within);
            (turn.at <= now).then_some((rank, Choice::Device(*address, turn.kind)))
        });
        let search = search.filter(|at| self.probe_at(*at) <= now).map(|_| (Rank::Search, Choice::Search));
        due.chain(search).min_by_key(|(rank, _)| *rank).map(|(_, choice)| choice)
    }

    /// When somebody is due next, leaving the line's own silence aside.
    pub(crate) fn next_turn(&self, devices: &BTreeMap<Address, Device>, search: Option<Micros>) -> Option<Micros> {
        let devices = devices.values().filter_map(Device::turn).map(|turn| self.paced(turn).at);
        devices.chain(search.map(|at| self.probe_at(at))).min()
    }

    fn rank(&self, now: Micros, turn: Turn, device: &Device, asked_within: Duration) -> Rank {
        let is_passed_over = self.command_run >= COMMAND_RUN_LIMIT_FRAMES;
        match turn.kind {
            Kind::Release | Kind::Command if is_passed_over => Rank::PassedOver(turn.kind, turn.at),
            Kind::Release => Rank::Release(turn.at),
            Kind::Command => Rank::Command(turn.at),
            Kind::Poll if now.since(device.asked_at) >= asked_within => Rank::Overdue(device.asked_at),
            Kind::Handshake if device.is_half_connected() => Rank::Finishing(turn.at),
            Kind::Handshake => Rank::Handshake(turn.at),
            Kind::Work => Rank::Work(turn.at),
            Kind::Poll if device.drained > 0 => Rank::MoreToSay,
            Kind::Poll => Rank::Round(device.pass.unwrap_or_default()),
            Kind::Probe => Rank::Probe(turn.at),
        }
    }

    fn paced(&self, turn: Turn) -> Turn {
        match turn.kind {
            Kind::Poll => Turn { at: turn.at.max(self.polls_from), ..turn },
            Kind::Probe => Turn { at: self.probe_at(turn.at), ..turn },
            Kind::Release | Kind::Command | Kind::Handshake | Kind::Work => turn,
        }
    }

    fn probe_at(&self, at: Micros) -> Micros {
        if self.live_weight == 0 { at } else { at.max(self.probes_from) }
    }

    /// Somewhat more than a round of the least weight, so that only commands and handshakes make a device overdue.
    fn asked_within(&self) -> Duration {
        let round = self.slot * self.live_weight * 5 / 4;
        round.clamp(Duration::from_millis(ASKED_WITHIN_MILLIS), Duration::from_millis(ASKED_AT_LATEST_MILLIS))
    }

    /// Books a frame to a device that was handed to the line.
    pub(crate) fn sent(&mut self, now: Micros, devices: &mut BTreeMap<Address, Device>, address: Address) {
        let live = devices.values().filter(|device| device.is_live());
        self.live_weight = live.map(|device| self.weight(now, device)).sum();
        let Some(device) = devices.get_mut(&address) else { return };
        device.asked_at = now;
        let kind = device.outstanding_kind();
        self.command_run = match kind {
            Some(Kind::Release | Kind::Command) => self.command_run.saturating_add(1),
            Some(Kind::Handshake | Kind::Work | Kind::Poll | Kind::Probe) | None => 0,
        };
        if kind == Some(Kind::Poll) {
            self.polls_from = self.polls_from.max(now + slot(device.place.baud));
            device.ready_at = now + self.poll_floor;
            self.pass_on(now, device);
        }
    }

    fn weight(&self, now: Micros, device: &Device) -> u32 {
        match self.sharing {
            Sharing::ByUse => device.weight(now),
            Sharing::Equal => 1,
        }
    }

    /// Gives a device its next place in the round: the next of the places that are its own by its address and weight.
    /// Whoever was away does not catch up on what it missed.
    fn pass_on(&mut self, now: Micros, device: &mut Device) {
        let stride = PASS_UNIT / u64::from(self.weight(now, device).max(1));
        let phase = u64::from(device.address.number()).wrapping_mul(SPREAD) % PASS_UNIT * stride / PASS_UNIT;
        let reached = device.pass.unwrap_or_default().max(self.virtual_pass);
        self.virtual_pass = reached;
        let since_own_place = (reached + stride - phase) % stride;
        device.pass = Some(reached + stride - since_own_place);
    }

    /// A poll that began at `began` was answered, and the line is free again at `free_at`.
    pub(crate) fn poll_took(&mut self, began: Micros, free_at: Micros) {
        self.slot = (self.slot * 7 + free_at.since(began)) / 8;
    }

    /// Nobody answered a probe that began at `began`.
    pub(crate) fn probe_failed(&mut self, now: Micros, began: Micros) {
        self.probes_from = now + now.since(began) * PROBE_REST_FACTOR;
    }

    /// A search took the line for a while, whether or not somebody was found.
    pub(crate) fn searched(&mut self, now: Micros, began: Micros) {
        self.probes_from = self.probes_from.max(now + now.since(began));
        self.command_run = 0;
    }

    /// A card was presented: what it opens goes next.
    pub(crate) fn hold_polls(&mut self, now: Micros) {
        self.polls_from = self.polls_from.max(now + Duration::from_micros(CARD_HOLD_MICROS));
    }
}

fn slot(baud: Baud) -> Duration {
    baud.wire_time(SLOT_CHARACTERS)
}
