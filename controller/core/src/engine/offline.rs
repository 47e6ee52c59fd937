//! Rights on devices: which list each handle should hold, when it is sent, and what its answers mean. Who is on a list
//! follows from the rules (`offline/listing.rs`), how a list looks is `rights_list.rs`'s, what happened while a handle was on
//! its own `offline/log.rs`'s, and what is told of all this `offline/receipts.rs`'s.
//!
//! ```text
//!            differs or half of its life is over         room among those under way
//!  Settled ──────────────────────────────────▶ Waiting ─────────────────────────────▶ Sent
//!     ▲                                         ▲  ▲   no answer, or rights changed     │ │
//!     │                                         │  └────────────────────────────────────┘ │
//!     │                              rested  Resting ◀──────────── refused ───────────────┤
//!     └──────────────────────────────── acknowledged ─────────────────────────────────────┘
//! ```
//! What a device *may hold* is what any list allows that was sent and is not replaced by an acknowledged one. A change that
//! takes something of that away *narrows*; one that only gives *widens*. A change is *applied* by a device once it
//! acknowledged a list that was made after it, or once no list that it may hold is good any more. A device that is not in the
//! site file any more is nobody's to reach: its record stays and counts again if it comes back, and its lists end by
//! themselves. After a start every handle gets a new list when it first answers, because the site file may be another.

mod changes;
mod index;
mod listing;
mod log;
mod marks;
mod receipts;
mod reports;
mod sending;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::id::{DeviceId, DoorId, Generation, PointId};
use crate::inventory::Description;
use crate::people::ThreatLevel;
use crate::rights_list::{HeldList, ListedCard, RightsList, RightsRecord};
use crate::site::Role;
use crate::time::{Monotonic, Now, Wall};
use index::DoorRights;
use listing::{Moments, second};
use log::LogTrail;
use marks::Marked;
pub(super) use marks::Marks;

/// A clock that moved by more than this between two inputs was set.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// Everything about rights on devices while the daemon runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Offline {
    holders: BTreeMap<DeviceId, Holder>,
    index: DoorRights,
    marked: Marked,
    /// Devices whose turn it is next, those that must lose something first.
    urgent: VecDeque<DeviceId>,
    calm: VecDeque<DeviceId>,
    /// Lists that were sent and not answered.
    under_way: usize,
    /// When each device is to be looked at again.
    deadlines: BTreeSet<(Monotonic, DeviceId)>,
    /// Devices that are to be told how far their log is in the journal, and whether they are to tell the rest again.
    notes: BTreeMap<DeviceId, bool>,
    /// Every device as if it answered: what deciding looks at for a device on its own.
    answering: Vec<bool>,
    threat: Option<ThreatLevel>,
    /// The last generation that was recorded as a change for devices, or that a list was made from.
    last_change: Option<Generation>,
    /// When the site file was read that holds now.
    began: Wall,
    clocks: Option<Now>,
    /// For when the timer is set.
    armed: Option<Monotonic>,
}

/// A device that holds rights or may.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    door: DoorId,
    point: PointId,
    /// Cards it has room for; `None` where it shall hold no list.
    room: Option<u16>,
    /// What it should hold, by what was last looked at.
    desired: Box<[ListedCard]>,
    /// Until when that was looked at.
    desired_until: Wall,
    /// For how long it should release.
    release_time: Duration,
    /// What it may hold, without the list under way.
    held: Box<[ListedCard]>,
    stage: Stage,
    /// When its list is to be renewed.
    renew_at: Option<Wall>,
    /// Lists that were issued to it and that neither it nor a later one acknowledged, oldest first.
    issued: VecDeque<HeldList>,
    /// Changes it has not applied, oldest first.
    unapplied: Vec<Unapplied>,
    deadline: Option<Monotonic>,
    /// In which queue it stands.
    queued: Option<Urgency>,
    /// When it was last given the right list at once.
    corrected_at: Option<Monotonic>,
    trail: LogTrail,
}

/// How far a device is on the way to what it should hold.
#[derive(Debug, Clone)]
enum Stage {
    /// It holds that, or nothing is to be sent.
    Settled,
    /// A list is to be sent; one that was sent already is sent again unless rights have changed.
    Waiting(Option<Box<Sent>>),
    /// A list is under way.
    Sent(Box<Sent>),
    /// It did not take a list: another is sent later.
    Resting { until: Monotonic },
}

/// A list that was issued.
#[derive(Debug, Clone)]
struct Sent {
    list: RightsList,
    held: HeldList,
    since: Monotonic,
}

/// A change that a device has not applied.
#[derive(Debug, Clone, Copy)]
struct Unapplied {
    /// The generation of the change, and of the last one that is counted with it.
    generation: Generation,
    /// The first generation that is counted with it.
    first: Generation,
    at: Wall,
    what: Change,
}

/// What a change does to what a device may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Narrowed,
    Widened,
}

/// How soon a list is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Urgent,
    Calm,
}

impl Holder {
    fn new(door: DoorId, point: PointId) -> Self {
        Self {
            door,
            point,
            room: None,
            desired: Box::default(),
            desired_until: Wall::from_seconds(0),
            release_time: Duration::ZERO,
            held: Box::default(),
            stage: Stage::Settled,
            renew_at: None,
            issued: VecDeque::new(),
            unapplied: Vec::new(),
            deadline: None,
            queued: None,
            corrected_at: None,
            trail: LogTrail::default(),
        }
    }

    /// When the oldest change that takes something away was made, of those not applied.
    fn narrowed_since(&self) -> Option<Wall> {
        self.unapplied.iter().find(|change| change.what == Change::Narrowed).map(|change| change.at)
    }
}

impl Engine {
    /// At the start: nothing that devices may hold is forgotten.
    pub(super) fn begin_offline(&mut self, now: Now) {
        self.offline.began = now.wall;
        self.offline.answering = vec![true; self.online.len()];
        self.offline.threat = Some(self.records.standing.threat);
        self.offline.last_change = Some(self.records.generation);
        let may_hold = |record: &RightsRecord| record.honoured_until.is_some_and(|until| now.wall < until);
        let rows = self.records.rights.iter().filter(|(_, record)| may_hold(record));
        let devices: Vec<DeviceId> = rows.map(|(device, _)| *device).collect();
        let mut moments = Moments::from(now.wall);
        for device in devices {
            self.resume_holder(now, device, &mut moments);
        }
    }

    /// A device that held a list before the start. All that was taken away before is recorded, so what it may hold besides
    /// is no more than what rights allow now.
    fn resume_holder(&mut self, now: Now, device: DeviceId, moments: &mut Moments) {
        if !self.add_holder(device) {
            return;
        }
        let record = self.records.rights.get(&device).cloned().unwrap_or_default();
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            // Only to look at what rights allow: what it has room for, it says when it answers.
            holder.room = Some(u16::MAX);
            holder.unapplied = unapplied_by(&record);
        }
        let (cards, until, release_time) = self.wanted(now, device, moments);
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            holder.held.clone_from(&cards);
            (holder.desired, holder.desired_until, holder.release_time) = (cards, until, release_time);
            holder.stage = Stage::Waiting(None);
        }
        self.plan(now, device);
    }

    /// After each input: what changed for devices is recorded, and what can be sent is.
    pub(super) fn carry_rights_out(&mut self, now: Now) {
        if self.offline.holders.is_empty() {
            return;
        }
        self.notice_clock_set(now);
        let mut moments = Moments::from(now.wall);
        self.review_marked(now, &mut moments);
        self.send_lists(now, &mut moments);
        self.note_logs();
        self.arm_offline();
    }

    /// Lists end by the wall clock: when that was set, every device is looked at again.
    fn notice_clock_set(&mut self, now: Now) {
        let Some(before) = self.offline.clocks.replace(now) else { return };
        let expected = before.wall.after(now.monotonic.since(before.monotonic));
        if expected.since(now.wall) > CLOCK_STEP {
            self.undo_ends(now);
        }
        if expected.since(now.wall) > CLOCK_STEP || now.wall.since(expected) > CLOCK_STEP {
            let devices: Vec<DeviceId> = self.offline.holders.keys().copied().collect();
            devices.into_iter().for_each(|device| self.review_holder(now, device));
            self.offline.marked = Marked::All;
        }
    }

    /// The clock was set back: what had ended by it may not be over yet, grants as well as lists.
    fn undo_ends(&mut self, now: Now) {
        self.offline.index = DoorRights::compile(&self.site, &self.records);
        for (device, holder) in self.offline.holders.iter_mut().filter(|(_, holder)| holder.unapplied.is_empty()) {
            let record = self.records.rights.get(device);
            let record = record.filter(|record| record.honoured_until.is_some_and(|until| now.wall < until));
            holder.unapplied = record.map(unapplied_by).unwrap_or_default();
        }
    }

    /// Whether some list that the device may hold is still good.
    fn may_hold_list(&self, now: Now, device: DeviceId) -> bool {
        let until = self.records.rights.get(&device).and_then(|record| record.honoured_until);
        until.is_some_and(|until| now.wall < until)
    }

    /// Makes a handle known as one that may hold lists; `false` for any other device.
    fn add_holder(&mut self, device: DeviceId) -> bool {
        let role = self.site.device(device).map(|device| &device.role);
        let Some(Role::Handle { door, point }) = role else { return false };
        let holder = Holder::new(*door, *point);
        if self.offline.holders.is_empty() {
            self.offline.index = DoorRights::compile(&self.site, &self.records);
        }
        self.offline.holders.entry(device).or_insert(holder);
        true
    }

    /// A device said what it can do: whether it keeps a list.
    pub(super) fn device_can_hold(&mut self, now: Now, device: DeviceId, description: &Description) {
        let life = self.site.remote.offline_time_of(device);
        let room = description.list_room.filter(|_| !life.is_zero());
        let is_known = self.offline.holders.contains_key(&device);
        if (room.is_none() && !is_known) || !self.add_holder(device) {
            return;
        }
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            if !is_known {
                holder.stage = Stage::Waiting(None);
            }
            holder.room = room;
        }
        self.offline.mark(device);
        let pending = self.is_active(AlarmKind::RevocationPending, AlarmSource::Device(device));
        if pending || (room.is_none() && self.may_hold_list(now, device)) {
            self.order_online_only(now, device);
        }
        self.review_stage(now, device);
        self.queue_if_waiting(device);
        self.plan(now, device);
    }
}

/// The changes that a device has not applied, as far as its record tells: the last of each kind stands for those before it too.
fn unapplied_by(record: &RightsRecord) -> Vec<Unapplied> {
    let held = record.applied.map_or(Generation::new(0), |list| list.generation);
    let widened = record.changed.filter(|_| record.changed != record.narrowed);
    let changes = [(record.narrowed, Change::Narrowed), (widened, Change::Widened)];
    let made = changes.into_iter().filter_map(|(change, what)| Some((change?, what)));
    let pending = made.filter(|(change, _)| change.generation > held);
    pending
        .map(|(change, what)| Unapplied { generation: change.generation, first: held.next(), at: change.at, what })
        .collect()
}
