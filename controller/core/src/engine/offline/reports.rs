//! What a device says of the list it holds, and what follows: a receipt, a list that it did not take, one that we did not
//! give it, or none.

use super::sending::REST;
use super::{Change, Stage, Unapplied, Urgency};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::input::{RightsOutcome, RightsReport};
use crate::entry::OfflineEntry;
use crate::id::DeviceId;
use crate::rights_list::{HeldList, ListRefusal};
use crate::time::Now;

impl Engine {
    /// A device says which list it holds.
    pub(in crate::engine) fn rights_report(&mut self, now: Now, device: DeviceId, report: RightsReport) {
        let is_known = self.offline.holders.contains_key(&device);
        if !is_known && (report.held.is_none() || !self.add_holder(device)) {
            return;
        }
        let record = self.records.rights.get(&device).cloned().unwrap_or_default();
        // One that is over opens for nobody, whichever it was.
        match report.held.filter(|held| now.wall < held.expires) {
            // A list that came twice is refused the second time, and held. One that a newer one follows already was ours too.
            Some(held) if record.issued == Some(held) || self.is_issued(device, held) => {
                self.list_applied(now, device, held);
            }
            Some(held) if record.applied == Some(held) => {}
            Some(held) => self.list_drifted(now, device, held),
            None => self.list_cleared(now, device),
        }
        match report.outcome {
            RightsOutcome::Refused(cause) if record.issued.is_none() || report.held != record.issued => {
                self.list_refused(now, device, cause);
            }
            RightsOutcome::Refused(_) | RightsOutcome::Holding | RightsOutcome::Applied => {}
        }
        self.review_receipt(now, device);
        self.plan(now, device);
    }

    fn is_issued(&self, device: DeviceId, list: HeldList) -> bool {
        self.offline.holders.get(&device).is_some_and(|holder| holder.issued.contains(&list))
    }

    /// The receipt: the device goes by this list, and will take none before it any more.
    fn list_applied(&mut self, now: Now, device: DeviceId, list: HeldList) {
        if self.records.rights.get(&device).and_then(|record| record.applied) != Some(list) {
            self.record(now, OfflineEntry::ListApplied { device, list });
        }
        let Some(holder) = self.offline.holders.get_mut(&device) else { return };
        holder.unapplied.retain(|change| change.generation > list.generation);
        holder.issued.retain(|issued| issued.number > list.number);
        if holder.sent().is_some_and(|sent| sent.held == list) {
            self.offline.settle(device);
        }
        self.end_alarm(now, AlarmKind::RightsDrift, AlarmSource::Device(device));
    }

    /// The device did not take the list under way.
    fn list_refused(&mut self, now: Now, device: DeviceId, cause: ListRefusal) {
        let sent = self.offline.holders.get(&device).and_then(|holder| holder.sent());
        let Some(number) = sent.map(|sent| sent.held.number) else { return };
        self.record(now, OfflineEntry::ListRefused { device, number, cause });
        if cause == ListRefusal::Replayed && !self.was_corrected(now, device) {
            // It took the list and lost it: another number is another list.
            self.want_list(device, Urgency::Urgent);
            return;
        }
        let kind = match cause {
            ListRefusal::TooLong => AlarmKind::RightsTooMany,
            ListRefusal::Malformed
            | ListRefusal::Signature
            | ListRefusal::Site
            | ListRefusal::Device
            | ListRefusal::Replayed
            | ListRefusal::Expired
            | ListRefusal::NotKept => AlarmKind::RightsDrift,
        };
        self.begin_alarm(now, kind, AlarmSource::Device(device));
        self.offline.set_stage(device, Stage::Resting { until: now.monotonic.after(REST) });
    }

    /// The device holds a list that it should not: it gets the right one at once, and later if that does not help.
    fn list_drifted(&mut self, now: Now, device: DeviceId, held: HeldList) {
        let (kind, source) = (AlarmKind::RightsDrift, AlarmSource::Device(device));
        if !self.is_active(kind, source) {
            self.record(now, OfflineEntry::ListDrifted { device, held: Some(held) });
            self.begin_alarm(now, kind, source);
        }
        let narrowed = self.records.rights.get(&device).and_then(|record| record.narrowed);
        let Some(holder) = self.offline.holders.get_mut(&device) else { return };
        // Nobody knows who is on it: whatever was ever taken away may be there again.
        if let Some(change) = narrowed.filter(|_| holder.narrowed_since().is_none()) {
            let what = Change::Narrowed;
            let (generation, first) = (change.generation, change.generation);
            holder.unapplied.push(Unapplied { generation, first, at: now.wall, what });
        }
        let (has_room, is_busy) =
            (holder.room.is_some(), matches!(holder.stage, Stage::Sent(_) | Stage::Resting { .. }));
        // The answer to what is under way settles it.
        if is_busy {
            return;
        }
        match (has_room, self.was_corrected(now, device)) {
            (false, false) => self.order_online_only(now, device),
            (false, true) => {}
            (true, false) => self.want_list(device, Urgency::Urgent),
            (true, true) => {
                let until = now.monotonic.after(REST);
                self.offline.set_stage(device, Stage::Resting { until });
            }
        }
    }

    /// Whether a device was given the right list at once a moment ago, and needs it again already; else it is so now.
    fn was_corrected(&mut self, now: Now, device: DeviceId) -> bool {
        let Some(holder) = self.offline.holders.get_mut(&device) else { return true };
        let was = holder.corrected_at.is_some_and(|at| now.monotonic < at.after(REST));
        if !was {
            holder.corrected_at = Some(now.monotonic);
        }
        was
    }

    /// The device holds nothing. A list under way may still come to it, and so may those before it that it has not acknowledged.
    fn list_cleared(&mut self, now: Now, device: DeviceId) {
        let record = self.records.rights.get(&device).cloned().unwrap_or_default();
        let Some(holder) = self.offline.holders.get_mut(&device) else { return };
        let coming = record.issued.filter(|_| holder.sent().is_some());
        if holder.issued.iter().all(|list| Some(*list) == coming) {
            holder.held = Box::default();
            holder.unapplied.retain(|change| match change.what {
                Change::Widened => true,
                Change::Narrowed => coming.is_some_and(|list| list.generation < change.generation),
            });
        }
        let is_settled = matches!(holder.stage, Stage::Settled);
        let has_room = holder.room.is_some();
        if record.applied.is_some() {
            self.record(now, OfflineEntry::ListCleared { device });
        }
        if is_settled && has_room && !self.is_wanted_empty(device) {
            self.want_list(device, Urgency::Calm);
        }
        if !has_room {
            self.end_alarm(now, AlarmKind::RightsDrift, AlarmSource::Device(device));
        }
    }

    fn is_wanted_empty(&self, device: DeviceId) -> bool {
        self.offline.holders.get(&device).is_none_or(|holder| holder.desired.is_empty())
    }
}
