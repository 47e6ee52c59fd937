//! What happened while a device was on its own: journalled in the order of the device's log, each record once, and judged
//! after the fact. What the log tells is over: the door stands as its sensors say now, presence does not change (nobody stands
//! in a rack), and every alarm is one of a moment, at the device.

use core::time::Duration;
use std::collections::BTreeMap;

use super::{Offline, second};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::unasked;
use crate::engine::devices::Presence;
use crate::engine::input::{LinkTrouble, LogRecord};
use crate::engine::output::Output;
use crate::engine::{Engine, Journal};
use crate::entry::OfflineEntry;
use crate::id::{DeviceId, DoorId};
use crate::people::{CredentialKey, Uses};
use crate::rights_list::coverage::allows;
use crate::rights_list::{ListedCard, Logged, MAX_CARDS};
use crate::time::{Monotonic, Now, Wall};

/// How long after the end of its release an opening may be noted that an admission explains.
const OPENING_LAG: Duration = Duration::from_secs(3);

/// For how long it is remembered when a card lost its right at a device: longer than a device is usually away.
const LOST_REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// How long a device may take to tell again what has not come.
const TOLD_AGAIN_WITHIN: Duration = Duration::from_secs(10);

/// How often a device is asked for records that have not come before they count as lost: a broker that is restarted, or a line
/// that drops much, swallows one question or two.
const ASKED_MAX_TIMES: u8 = 4;

/// Records that are held back until those before them come. A device tells everything again that was not noted, so more need
/// not be remembered.
const HELD_BACK_MAX_RECORDS: usize = 64;

/// What is known of a device's log and of what it must not have opened for.
#[derive(Debug, Clone, Default)]
pub(super) struct LogTrail {
    /// What explains an opening that is noted next.
    explained: Explained,
    /// When cards lost their right, of those that the device may have opened for later.
    lost: BTreeMap<CredentialKey, Wall>,
    /// Since when they are remembered.
    known_since: Option<Wall>,
    gap: Option<Gap>,
}

/// Records that have not come, though later ones have.
#[derive(Debug, Clone)]
struct Gap {
    /// The later ones, by number.
    held_back: BTreeMap<u64, LogRecord>,
    /// How often the device is still asked for what is missing.
    asks_left: u8,
    /// When it is asked again, or what is missing is given up.
    due: Monotonic,
}

/// What explains an opening.
#[derive(Debug, Clone, Default)]
enum Explained {
    /// Nothing.
    #[default]
    Not,
    /// An admission, until then.
    ByCard(Wall),
    /// The mechanical key, until the door is closed.
    ByKey,
}

impl LogTrail {
    /// When something is to be done about missing records.
    pub(super) fn due(&self) -> Option<Monotonic> {
        self.gap.as_ref().map(|gap| gap.due)
    }

    /// Holds a record back; whether the device is to be asked for those before it now.
    fn hold_back(&mut self, now: Monotonic, record: LogRecord) -> bool {
        let is_new = self.gap.is_none();
        let gap = self.gap.get_or_insert_with(|| Gap {
            held_back: BTreeMap::new(),
            asks_left: ASKED_MAX_TIMES - 1,
            due: now.after(TOLD_AGAIN_WITHIN),
        });
        if gap.held_back.len() < HELD_BACK_MAX_RECORDS {
            gap.held_back.insert(record.number, record);
        }
        is_new
    }

    /// The record that follows `through`, if it was held back.
    fn take_next(&mut self, through: u64) -> Option<LogRecord> {
        let gap = self.gap.as_mut()?;
        gap.held_back.retain(|number, _| *number > through);
        let next = through.checked_add(1).and_then(|next| gap.held_back.remove(&next));
        if gap.held_back.is_empty() {
            self.gap = None;
        }
        next
    }

    /// Remembers which cards lost their right at `at`, and forgets those that have one.
    pub(super) fn note_lost(&mut self, taken: &[CredentialKey], listed: &[ListedCard], at: Wall) {
        self.known_since.get_or_insert(at);
        if !self.lost.is_empty() {
            self.lost.retain(|card, since| !allows(listed, card, second(at)) && at.since(*since) < LOST_REMEMBERED);
        }
        for card in taken {
            // Beyond what a list can hold, older ones fall back to what the records say.
            if self.lost.len() < MAX_CARDS {
                self.lost.entry(*card).or_insert(at);
            }
        }
    }
}

impl Offline {
    /// A device is to be told how far its log is in the journal, and whether it is to tell the rest again.
    pub(super) fn note(&mut self, device: DeviceId, again: bool) {
        *self.notes.entry(device).or_default() |= again;
    }
}

impl Engine {
    /// A device tells one record of its log.
    pub(in crate::engine) fn logged(&mut self, now: Now, device: DeviceId, record: LogRecord) {
        let Some(door) = self.door_of(device).filter(|_| self.add_holder(device)) else { return };
        let through = self.logged_through(device);
        match record.number.saturating_sub(through) {
            0 => self.offline.note(device, false),
            1 => {
                self.take_log(now, device, door, record);
                self.take_held_back(now, device, door);
            }
            // Those before it were lost on the way, or come after it. The device has them until they are noted.
            _ => {
                let trail = self.offline.holders.get_mut(&device).map(|holder| &mut holder.trail);
                if trail.is_some_and(|trail| trail.hold_back(now.monotonic, record)) {
                    self.offline.note(device, true);
                }
            }
        }
        self.plan(now, device);
    }

    fn logged_through(&self, device: DeviceId) -> u64 {
        self.records.rights.get(&device).map_or(0, |record| record.logged_through)
    }

    fn take_log(&mut self, now: Now, device: DeviceId, door: DoorId, record: LogRecord) {
        self.journal_log(now, device, door, record);
        if self.logged_through(device) == record.number {
            self.offline.note(device, false);
        }
        self.judge(now, device, door, record);
    }

    fn take_held_back(&mut self, now: Now, device: DeviceId, door: DoorId) {
        loop {
            let through = self.logged_through(device);
            let trail = self.offline.holders.get_mut(&device).map(|holder| &mut holder.trail);
            let Some(next) = trail.and_then(|trail| trail.take_next(through)) else { return };
            self.take_log(now, device, door, next);
        }
    }

    /// What a device was asked for has not come: it is asked again, or has it no more.
    pub(super) fn review_log(&mut self, now: Now, device: DeviceId) {
        let is_writable = self.journal == Journal::Writable;
        let Some(door) = self.door_of(device) else { return };
        let Some(holder) = self.offline.holders.get_mut(&device) else { return };
        let Some(gap) = holder.trail.gap.as_mut().filter(|gap| gap.due <= now.monotonic) else { return };
        gap.due = now.monotonic.after(TOLD_AGAIN_WITHIN);
        // While nothing can be written, nothing is noted either, and nothing lost.
        if gap.asks_left > 0 || !is_writable {
            gap.asks_left = gap.asks_left.saturating_sub(1);
            return self.offline.note(device, true);
        }
        let first = gap.held_back.pop_first();
        let Some((number, record)) = first else { return };
        // Of a log that we did not know before, the beginning may be with somebody who did.
        let through = self.logged_through(device);
        if through > 0 {
            let missing = u32::try_from(number - through - 1).unwrap_or(u32::MAX);
            self.link_trouble(now, device, LinkTrouble::Lost(missing));
        }
        self.take_log(now, device, door, record);
        self.take_held_back(now, device, door);
    }

    /// A device is no longer reached. What it told and is not in the journal it tells again.
    pub(super) fn forget_held_back(&mut self, device: DeviceId) {
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            holder.trail.gap = None;
        }
    }

    fn journal_log(&mut self, now: Now, device: DeviceId, door: DoorId, record: LogRecord) {
        let LogRecord { number, at: happened, what } = record;
        let card = match what {
            Logged::Admitted { card, .. } | Logged::Refused { card } => Some(card),
            Logged::Opened | Logged::Closed | Logged::KeyTurned | Logged::Tampered | Logged::Overflowed { .. } => None,
        };
        let bearer = card.and_then(|card| self.people.bearer(&card));
        let (credential, person) = (bearer.map(|row| row.credential()), bearer.map(|row| row.person()));
        self.record(now, OfflineEntry::Logged { device, door, number, happened, what, credential, person });
    }

    /// What somebody must look at of what happened.
    fn judge(&mut self, now: Now, device: DeviceId, door: DoorId, record: LogRecord) {
        match record.what {
            Logged::Admitted { card, .. } => {
                if self.was_gone(device, card, record.at) {
                    self.alarm_of_log(now, device, AlarmKind::RevokedUse);
                }
                let release = self.site.door(door).map_or(Duration::ZERO, |door| door.timings.extended_release_time);
                let until = record.at.after(release).after(OPENING_LAG);
                self.explained_by(device, Explained::ByCard(until));
            }
            Logged::Opened => {
                let holder = self.offline.holders.get(&device);
                let explained = holder.is_some_and(|holder| match holder.trail.explained {
                    Explained::Not => false,
                    Explained::ByCard(until) => record.at <= until,
                    Explained::ByKey => true,
                });
                if !explained {
                    self.alarm_of_log(now, device, AlarmKind::HandleForced);
                }
            }
            Logged::Closed => self.explained_by(device, Explained::Not),
            Logged::KeyTurned => {
                self.alarm_of_log(now, device, AlarmKind::KeyOverride);
                self.explained_by(device, Explained::ByKey);
            }
            Logged::Tampered => self.alarm_of_log(now, device, AlarmKind::Tamper),
            Logged::Overflowed { lost } => self.link_trouble(now, device, LinkTrouble::Lost(lost)),
            Logged::Refused { .. } => {}
        }
    }

    fn explained_by(&mut self, device: DeviceId, by: Explained) {
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            holder.trail.explained = by;
        }
    }

    /// An alarm for something that is over; one of the same kind that holds now goes on.
    fn alarm_of_log(&mut self, now: Now, device: DeviceId, kind: AlarmKind) {
        let source = AlarmSource::Device(device);
        if !self.is_active(kind, source) {
            self.flash_alarm(now, kind, source);
        }
    }

    /// Whether a card had lost its right before a device opened for it. A right that ended later was still one, and a card
    /// that nobody has is nobody's right.
    fn was_gone(&self, device: DeviceId, card: CredentialKey, happened: Wall) -> bool {
        let Some(holder) = self.offline.holders.get(&device) else { return false };
        if self.people.bearer(&card).is_none() {
            return true;
        }
        let open = self.people.open_at(happened);
        let is_counted = |grant| self.records.grants.get(&grant).is_none_or(|row| row.uses != Uses::Unlimited);
        if unasked::admits(&self.view_alone(happened, &open), holder.point, card, is_counted) {
            return false;
        }
        match holder.trail.lost.get(&card) {
            Some(lost) => *lost < happened,
            // What was taken away before the start is known by its last moment alone.
            None => {
                let narrowed = self.records.rights.get(&device).and_then(|record| record.narrowed);
                let before = |at: Wall| holder.trail.known_since.is_none_or(|since| at < since);
                narrowed.is_some_and(|change| before(change.at) && change.at < happened)
            }
        }
    }

    /// Tells devices how far their log is in the journal, once what is there can become durable.
    pub(super) fn note_logs(&mut self) {
        if self.journal != Journal::Writable || self.offline.notes.is_empty() {
            return;
        }
        for (device, again) in core::mem::take(&mut self.offline.notes) {
            let through = self.logged_through(device);
            if self.presence_of(device) == Presence::Online {
                self.outputs.push_back(Output::NoteLog { device, through, again });
            }
        }
    }
}
