//! Sending lists: whose turn it is, what becomes of a list that is not answered, when one is renewed, and what follows when a
//! device does not acknowledge a revocation in time.

use core::time::Duration;

use super::{Change, Holder, Moments, Offline, Sent, Stage, Urgency};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::devices::Presence;
use crate::engine::output::Output;
use crate::engine::{Engine, Journal, TimerKey};
use crate::entry::OfflineEntry;
use crate::id::DeviceId;
use crate::rights_list::coverage::joined;
use crate::rights_list::{HeldList, ListedCard, RightsList, Window};
use crate::time::{Monotonic, Now, Wall};

/// Lists on their way at once: more would fill queues of the broker, fewer would make a large site wait for answers.
const UNDER_WAY_MAX_LISTS: usize = 128;

/// How long an answer may take before a list is sent again: longer than a busy broker needs, short beside the limit of a
/// receipt.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// How long a device that did not take a list, or holds another than it should again, is left alone.
pub(super) const REST: Duration = Duration::from_secs(60);

/// Lists of one device that were sent and not acknowledged, of which the answers are known when they come: as many as changes
/// follow each other faster than the device answers. That of an older one is taken for drift, and the newest sent again.
const ISSUED_REMEMBERED_LISTS: usize = 32;

/// What is due and could not be done is looked at again after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Holder {
    /// The list under way, or to be sent again.
    pub(super) fn sent(&self) -> Option<&Sent> {
        match &self.stage {
            Stage::Sent(sent) | Stage::Waiting(Some(sent)) => Some(sent),
            Stage::Waiting(None) | Stage::Settled | Stage::Resting { .. } => None,
        }
    }

    /// Another list than the one under way will be sent. The device may hold that one all the same.
    fn drop_sent(&mut self) {
        if let Some(sent) = self.sent() {
            self.held = joined(&self.held, &sent.list.cards);
        }
    }
}

impl Offline {
    /// Moves a device on; every change of a stage goes through here, because lists under way are counted.
    pub(super) fn set_stage(&mut self, device: DeviceId, stage: Stage) -> Option<Stage> {
        let holder = self.holders.get_mut(&device)?;
        self.under_way += usize::from(matches!(stage, Stage::Sent(_)));
        let before = core::mem::replace(&mut holder.stage, stage);
        self.under_way -= usize::from(matches!(before, Stage::Sent(_)));
        Some(before)
    }

    /// The device goes by the list under way, and by no other any more.
    pub(super) fn settle(&mut self, device: DeviceId) {
        let before = self.set_stage(device, Stage::Settled);
        let Some(Stage::Sent(sent) | Stage::Waiting(Some(sent))) = before else { return };
        if let Some(holder) = self.holders.get_mut(&device) {
            holder.held = sent.list.cards;
        }
    }

    /// A list was issued: the device may hold it until it acknowledges it or a later one.
    fn note_issued(&mut self, device: DeviceId, list: HeldList) {
        let Some(holder) = self.holders.get_mut(&device) else { return };
        if holder.issued.len() == ISSUED_REMEMBERED_LISTS {
            holder.issued.pop_front();
        }
        holder.issued.push_back(list);
    }

    /// The list under way is to be sent again when it is the device's turn.
    fn send_again(&mut self, device: DeviceId) {
        match self.set_stage(device, Stage::Waiting(None)) {
            Some(Stage::Sent(sent)) => drop(self.set_stage(device, Stage::Waiting(Some(sent)))),
            Some(other) => drop(self.set_stage(device, other)),
            None => {}
        }
    }

    fn enqueue(&mut self, device: DeviceId) {
        let Some(holder) = self.holders.get_mut(&device) else { return };
        let urgency = if holder.narrowed_since().is_some() { Urgency::Urgent } else { Urgency::Calm };
        self.enqueue_as(device, urgency);
    }

    fn enqueue_as(&mut self, device: DeviceId, urgency: Urgency) {
        let Some(holder) = self.holders.get_mut(&device) else { return };
        match (holder.queued, urgency) {
            (Some(Urgency::Urgent), _) | (Some(Urgency::Calm), Urgency::Calm) => {}
            (None | Some(Urgency::Calm), Urgency::Urgent) => {
                holder.queued = Some(urgency);
                self.urgent.push_back(device);
            }
            (None, Urgency::Calm) => {
                holder.queued = Some(urgency);
                self.calm.push_back(device);
            }
        }
    }

    /// The next device in turn that waits for a list.
    fn next_in_turn(&mut self) -> Option<DeviceId> {
        loop {
            let (device, queue) = match self.urgent.pop_front() {
                Some(device) => (device, Urgency::Urgent),
                None => (self.calm.pop_front()?, Urgency::Calm),
            };
            let Some(holder) = self.holders.get_mut(&device) else { continue };
            // One that moved to the urgent queue stands in the calm one still.
            if holder.queued == Some(queue) {
                holder.queued = None;
                if matches!(holder.stage, Stage::Waiting(_)) {
                    return Some(device);
                }
            }
        }
    }

    fn set_deadline(&mut self, device: DeviceId, deadline: Option<Monotonic>) {
        let Some(holder) = self.holders.get_mut(&device) else { return };
        let before = core::mem::replace(&mut holder.deadline, deadline);
        if let Some(before) = before {
            self.deadlines.remove(&(before, device));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, device));
        }
    }
}

impl Engine {
    /// Another list than before is to be sent to a device.
    pub(super) fn want_list(&mut self, device: DeviceId, urgency: Urgency) {
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            holder.drop_sent();
        }
        self.offline.set_stage(device, Stage::Waiting(None));
        if self.takes_lists(device) {
            self.offline.enqueue_as(device, urgency);
        }
    }

    /// A device is reached: if a list waits for it, it is its turn soon.
    pub(super) fn queue_if_waiting(&mut self, device: DeviceId) {
        let waits = self.offline.holders.get(&device).is_some_and(|row| matches!(row.stage, Stage::Waiting(_)));
        if waits && self.takes_lists(device) {
            self.offline.enqueue(device);
        }
    }

    fn takes_lists(&self, device: DeviceId) -> bool {
        let has_room = self.offline.holders.get(&device).is_some_and(|holder| holder.room.is_some());
        has_room && self.presence_of(device) == Presence::Online
    }

    /// Sends lists while there is room among those under way. Nothing goes while its entry could not be durable.
    pub(super) fn send_lists(&mut self, now: Now, moments: &mut Moments) {
        while self.journal == Journal::Writable && self.offline.under_way < UNDER_WAY_MAX_LISTS {
            let Some(device) = self.offline.next_in_turn() else { return };
            if self.takes_lists(device) {
                self.send_list(now, device, moments);
            }
        }
    }

    fn send_list(&mut self, now: Now, device: DeviceId, moments: &mut Moments) {
        let Some(Stage::Waiting(again)) = self.offline.set_stage(device, Stage::Waiting(None)) else { return };
        let fresh = again.filter(|sent| now.wall < self.renewal_of(device, sent.list.issued));
        let sent = match fresh {
            Some(sent) => Some(Sent { since: now.monotonic, ..*sent }),
            None => self.issue(now, device, moments),
        };
        match sent {
            Some(sent) => {
                self.outputs.push_back(Output::PutRights { device, list: Box::new(sent.list.clone()) });
                self.offline.set_stage(device, Stage::Sent(Box::new(sent)));
            }
            None => {
                self.offline.set_stage(device, Stage::Settled);
                // It holds nothing and should not: whatever it did not take before, it needs no longer.
                self.end_alarm(now, AlarmKind::RightsDrift, AlarmSource::Device(device));
            }
        }
        self.plan(now, device);
    }

    /// Makes the list that a device should hold, and records it; `None` where it holds nothing and should not.
    fn issue(&mut self, now: Now, device: DeviceId, moments: &mut Moments) -> Option<Sent> {
        let (cards, until, release_time) = self.wanted(now, device, moments);
        let life = self.site.remote.offline_time_of(device);
        let expires = Wall::from_seconds(now.wall.after(life).as_seconds());
        let may_hold = self.may_hold_list(now, device);
        let issued = Wall::from_micros(now.wall.as_micros().div_euclid(1_000).saturating_mul(1_000));
        let renew_at = Some(self.renewal_of(device, issued));
        let holder = self.offline.holders.get_mut(&device)?;
        (holder.desired, holder.desired_until, holder.release_time) = (cards, until, release_time);
        // One that opens for nobody is looked at as often: somebody's right may begin.
        holder.renew_at = renew_at;
        if holder.desired.is_empty() && !may_hold {
            holder.unapplied.clear();
            return None;
        }
        let number = self.records.rights.get(&device).cloned().unwrap_or_default().next_number(now.wall);
        let cards = ending(&holder.desired, expires);
        let list = RightsList { number, generation: self.records.generation, issued, expires, release_time, cards };
        let name = self.site.device(device).map(|device| device.name.clone())?;
        let held = list.held(self.site.name(), &name);
        let cards = u32::try_from(list.cards.len()).unwrap_or(u32::MAX);
        let (generation, digest) = (held.generation, held.digest);
        self.record(now, OfflineEntry::ListIssued { device, generation, digest, expires, cards });
        // What changes from here on is after this list, also where no generation of its own says so.
        self.offline.last_change = self.offline.last_change.max(Some(generation));
        self.offline.note_issued(device, held);
        Some(Sent { list, held, since: now.monotonic })
    }

    fn renewal_of(&self, device: DeviceId, issued: Wall) -> Wall {
        issued.after(self.site.remote.offline_time_of(device) / 2)
    }

    /// What became due at a device: an answer that did not come, a list that is over or to be renewed, a receipt that is late.
    pub(super) fn review_holder(&mut self, now: Now, device: DeviceId) {
        self.review_stage(now, device);
        self.forget_over(now, device);
        self.review_receipt(now, device);
        self.review_log(now, device);
        self.plan(now, device);
    }

    pub(super) fn review_stage(&mut self, now: Now, device: DeviceId) {
        let takes_lists = self.takes_lists(device);
        let Some(holder) = self.offline.holders.get(&device) else { return };
        match &holder.stage {
            Stage::Sent(sent) if sent.since.after(ANSWER_PATIENCE) <= now.monotonic => {
                self.offline.send_again(device);
                self.queue_if_waiting(device);
            }
            Stage::Resting { until } if *until <= now.monotonic => self.want_list(device, Urgency::Calm),
            Stage::Settled if takes_lists && holder.renew_at.is_some_and(|at| at <= now.wall) => {
                self.want_list(device, Urgency::Calm);
            }
            Stage::Settled | Stage::Sent(_) | Stage::Resting { .. } | Stage::Waiting(_) => {}
        }
    }

    /// Nothing that a device may hold is good any more: what it had not applied, it needs no longer. Only one that is
    /// reached still waits for what it was given.
    fn forget_over(&mut self, now: Now, device: DeviceId) {
        if self.may_hold_list(now, device) {
            return;
        }
        let reached = self.takes_lists(device);
        if let Some(holder) = self.offline.holders.get_mut(&device) {
            holder.held = Box::default();
            holder.issued.clear();
            holder.unapplied.retain(|change| reached && change.what == Change::Widened);
        }
    }

    /// Raises or ends the alarm of a revocation that a device has not acknowledged.
    pub(super) fn review_receipt(&mut self, now: Now, device: DeviceId) {
        let (kind, source) = (AlarmKind::RevocationPending, AlarmSource::Device(device));
        let since = self.offline.holders.get(&device).and_then(Holder::narrowed_since);
        match since {
            None => self.end_revocation_pending(now, device),
            Some(since) if since.after(self.site.remote.receipt_limit) > now.wall || self.is_active(kind, source) => {}
            Some(_) => {
                self.raise_revocation_pending(now, device);
                self.order_online_only(now, device);
            }
        }
    }

    /// Whoever answers in a device's place shall open for nobody by itself, whatever it says it holds.
    pub(in crate::engine) fn withdraw_list(&mut self, now: Now, device: DeviceId) {
        if self.may_hold_list(now, device) {
            self.order_online_only(now, device);
        }
    }

    /// Tells a device, if it is reached, to forget its list.
    pub(super) fn order_online_only(&mut self, now: Now, device: DeviceId) {
        if matches!(self.presence_of(device), Presence::Online | Presence::Distrusted) {
            let command = self.new_command();
            self.record(now, OfflineEntry::OnlineOnlyOrdered { device });
            self.outputs.push_back(Output::DecideOnline { device, command });
            // A list that it took and forgot it does not take again.
            if self.offline.holders.get(&device).is_some_and(|holder| holder.sent().is_some()) {
                self.want_list(device, Urgency::Urgent);
            }
        }
    }

    /// Settles when a device is to be looked at next.
    pub(super) fn plan(&mut self, now: Now, device: DeviceId) {
        let Some(holder) = self.offline.holders.get(&device) else { return };
        let moment = |wall: Wall| now.monotonic.after(wall.since(now.wall));
        let stage = match &holder.stage {
            Stage::Sent(sent) => Some(sent.since.after(ANSWER_PATIENCE)),
            Stage::Resting { until } => Some(*until),
            Stage::Settled => holder.renew_at.filter(|_| self.takes_lists(device)).map(moment),
            Stage::Waiting(_) => None,
        };
        let is_alarmed = self.is_active(AlarmKind::RevocationPending, AlarmSource::Device(device));
        let late = holder.narrowed_since().filter(|_| !is_alarmed);
        let late = late.map(|since| moment(since.after(self.site.remote.receipt_limit)));
        let over = self.records.rights.get(&device).and_then(|record| record.honoured_until);
        let over = over.filter(|until| now.wall < *until).map(moment);
        let next = stage.into_iter().chain(late).chain(over).chain(holder.trail.due()).min();
        let deadline = next.map(|next| if next > now.monotonic { next } else { now.monotonic.after(LOOK_AGAIN) });
        self.offline.set_deadline(device, deadline);
    }

    /// Something at a device is due.
    pub(in crate::engine) fn offline_due(&mut self, now: Now) {
        self.offline.armed = None;
        while let Some((due, device)) = self.offline.deadlines.first().copied() {
            if due > now.monotonic {
                return;
            }
            self.offline.set_deadline(device, None);
            self.review_holder(now, device);
        }
    }

    /// Sets the timer for the device that is due first.
    pub(super) fn arm_offline(&mut self) {
        let first = self.offline.deadlines.first().map(|(due, _)| *due);
        if first == self.offline.armed {
            return;
        }
        match first {
            Some(first) => self.timers.set(TimerKey::Offline, first),
            None => self.timers.cancel(TimerKey::Offline),
        }
        self.offline.armed = first;
    }

    /// A device is no longer reached: the list under way may have come to it or not.
    pub(in crate::engine) fn rights_holder_gone(&mut self, device: DeviceId) {
        self.offline.send_again(device);
        self.forget_held_back(device);
        if let Some(now) = self.offline.clocks {
            self.review_holder(now, device);
        }
    }

    /// The journal failed: lists whose entry is not durable were not sent, and no other is until it can be written again.
    pub(in crate::engine) fn rights_withheld(&mut self) {
        let devices: Vec<DeviceId> = self.offline.holders.keys().copied().collect();
        for device in devices {
            self.offline.send_again(device);
            self.queue_if_waiting(device);
            if self.records.rights.get(&device).is_some_and(|record| record.logged_through > 0) {
                self.offline.note(device, false);
            }
        }
    }
}

/// The cards as far as they open before a list is over.
fn ending(cards: &[ListedCard], expires: Wall) -> Box<[ListedCard]> {
    let end = super::second(expires);
    let clip = |listed: &ListedCard| {
        let windows = listed.windows.iter().filter(|window| window.from < end);
        let windows: Box<[_]> = windows.map(|w| Window { from: w.from, to: w.to.min(end) }).collect();
        (!windows.is_empty()).then_some(ListedCard { card: listed.card, windows })
    };
    cards.iter().filter_map(clip).collect()
}
