//! What a device should hold, and what a change of rights makes of that: what it takes away, what it gives, and which entry
//! says so.

use core::time::Duration;

use super::listing::{Moments, second};
use super::{Change, Stage, Unapplied, Urgency};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::devices::Presence;
use crate::entry::OfflineEntry;
use crate::id::{DeviceId, DoorId};
use crate::people::{CredentialKey, ExtendedTime};
use crate::rights_list::coverage::{gains, lost};
use crate::rights_list::{LONGEST_LIFE, ListedCard, MAX_CARDS};
use crate::time::{Now, Wall};

/// Bytes of a list at most, without head and signature: what a handle takes in one message.
const LIST_MAX_BYTES: usize = 130_000;

/// Devices that one entry names at most as narrowed or widened: what its form has room for.
const CHANGED_MAX_DEVICES: usize = u16::MAX as usize;

/// Changes that a device has not applied and that are told apart. More in between are counted with the newest: nobody waits
/// for each of so many.
const UNAPPLIED_MAX_CHANGES: usize = 32;

impl Engine {
    /// Looks at what marked devices should hold, and records what changed for them.
    pub(super) fn review_marked(&mut self, now: Now, moments: &mut Moments) {
        let devices = self.offline.take_marked();
        let (mut narrowed, mut widened) = (Vec::new(), Vec::new());
        for device in devices {
            match self.review_wanted(now, device, moments) {
                Some(Change::Narrowed) => narrowed.push(device),
                Some(Change::Widened) => widened.push(device),
                None => {}
            }
        }
        if narrowed.is_empty() && widened.is_empty() {
            return;
        }
        // A mode, a lock-out or a lockdown is no new generation by itself: without one of its own, a list from before it
        // would seem to be made after it.
        let is_counted = Some(self.records.generation) > self.offline.last_change;
        let generation = if is_counted { self.records.generation } else { self.records.generation.next() };
        self.offline.last_change = Some(generation);
        let changed = [(&narrowed, Change::Narrowed), (&widened, Change::Widened)];
        for (device, what) in changed.into_iter().flat_map(|(devices, what)| devices.iter().map(move |d| (*d, what))) {
            self.await_receipt(device, Unapplied { generation, first: generation, at: now.wall, what });
        }
        for (narrowed, widened) in portions(&narrowed, &widened) {
            let (narrowed, widened) = (narrowed.into(), widened.into());
            self.record(now, OfflineEntry::RightsChanged { generation, narrowed, widened });
        }
        narrowed.into_iter().chain(widened).for_each(|device| self.plan(now, device));
    }

    fn await_receipt(&mut self, device: DeviceId, change: Unapplied) {
        let Some(holder) = self.offline.holders.get_mut(&device) else { return };
        if holder.unapplied.len() < UNAPPLIED_MAX_CHANGES {
            holder.unapplied.push(change);
        } else if let Some(last) = holder.unapplied.last_mut() {
            let was_narrowed = last.what == Change::Narrowed;
            let what = if was_narrowed { Change::Narrowed } else { change.what };
            *last = Unapplied { generation: change.generation, what, ..*last };
        }
    }

    /// Looks at what one device should hold; tells what changed for it, if anything did.
    fn review_wanted(&mut self, now: Now, device: DeviceId, moments: &mut Moments) -> Option<Change> {
        let (cards, until, release_time) = self.wanted(now, device, moments);
        let reached = self.presence_of(device) == Presence::Online;
        let may_hold = self.may_hold_list(now, device);
        let holder = self.offline.holders.get_mut(&device)?;
        let from = second(now.wall);
        let mut taken = lost(&holder.held, &holder.desired, &cards, from);
        if let Stage::Sent(sent) | Stage::Waiting(Some(sent)) = &holder.stage {
            taken.extend(lost(&sent.list.cards, &holder.desired, &cards, from));
        }
        let span = from..second(holder.desired_until.min(until));
        let given = gains(&holder.desired, &cards, span.clone());
        let differs = given || gains(&cards, &holder.desired, span) || release_time != holder.release_time;
        holder.trail.note_lost(&taken, &cards, now.wall);
        (holder.desired, holder.desired_until, holder.release_time) = (cards, until, release_time);
        let urgency = if taken.is_empty() { Urgency::Calm } else { Urgency::Urgent };
        if differs || !taken.is_empty() {
            self.want_list(device, urgency);
        }
        match (urgency, given) {
            (Urgency::Urgent, _) => Some(Change::Narrowed),
            // What a device lacks that holds nothing and is away, it gets when it comes back.
            (Urgency::Calm, true) if reached || may_hold => Some(Change::Widened),
            (Urgency::Calm, _) => None,
        }
    }

    /// What a device should hold from now on, until when that was looked at, and for how long it releases.
    pub(super) fn wanted(
        &mut self,
        now: Now,
        device: DeviceId,
        moments: &mut Moments,
    ) -> (Box<[ListedCard]>, Wall, Duration) {
        let honoured = self.records.rights.get(&device).and_then(|record| record.honoured_until);
        let longest = now.wall.after(LONGEST_LIFE);
        let life = self.site.remote.offline_time_of(device);
        let until = now.wall.after(life).max(honoured.unwrap_or(now.wall)).min(longest);
        let Some(holder) = self.offline.holders.get(&device) else { return (Box::default(), until, Duration::ZERO) };
        let door = holder.door;
        self.offline.index.forget_over(door, &self.records, now.wall);
        let Some(holder) = self.offline.holders.get(&device) else { return (Box::default(), until, Duration::ZERO) };
        let cards = self.listing(device, holder, until, moments);
        let room = usize::from(holder.room.unwrap_or(0)).min(MAX_CARDS);
        let bytes: usize = cards.iter().map(|listed| 17 + 8 * listed.windows.len()).sum();
        let fits = cards.len() <= room && bytes <= LIST_MAX_BYTES;
        self.device_lacks_room(now, device, !fits);
        let release_time = self.longest_release(door, &cards);
        // A list that is cut short would let in some and not others, and nobody would know whom: without room for all, the
        // device decides online only.
        (if fits { cards.into() } else { Box::default() }, until, release_time)
    }

    fn device_lacks_room(&mut self, now: Now, device: DeviceId, lacks: bool) {
        let (kind, source) = (AlarmKind::RightsTooMany, AlarmSource::Device(device));
        if lacks { self.begin_alarm(now, kind, source) } else { self.end_alarm(now, kind, source) }
    }

    /// The release time of a list is that of whoever on it needs longest: a door that is free a little longer harms less
    /// than one that closes on somebody.
    fn longest_release(&self, door: DoorId, cards: &[ListedCard]) -> Duration {
        let Some(timings) = self.site.door(door).map(|door| door.timings) else { return Duration::ZERO };
        let needs_longer = |card: &CredentialKey| {
            let row = self.people.bearer(card);
            row.is_some_and(|row| row.extended_time() == ExtendedTime::Yes)
        };
        let any = cards.iter().any(|listed| needs_longer(&listed.card));
        if any { timings.extended_release_time.max(timings.release_time) } else { timings.release_time }
    }
}

/// The devices of a change as entries name them; nearly always all of them are in one.
fn portions<'a>(
    narrowed: &'a [DeviceId],
    widened: &'a [DeviceId],
) -> impl Iterator<Item = (&'a [DeviceId], &'a [DeviceId])> {
    let count = narrowed.len().max(widened.len()).div_ceil(CHANGED_MAX_DEVICES);
    let portion = |devices: &'a [DeviceId], number| devices.chunks(CHANGED_MAX_DEVICES).nth(number).unwrap_or(&[]);
    (0..count).map(move |number| (portion(narrowed, number), portion(widened, number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_devices_than_an_entry_names_are_named_in_several() {
        let devices: Vec<DeviceId> = (0..140_000).map(DeviceId::new).collect();
        let sizes = |narrowed: usize, widened: usize| -> Vec<(usize, usize)> {
            let all: Vec<_> = portions(&devices[..narrowed], &devices[..widened]).collect();
            let [one, other] = [0, 1].map(|which| {
                all.iter().flat_map(|(n, w)| if which == 0 { *n } else { *w }).copied().collect::<Vec<_>>()
            });
            assert!(one == devices[..narrowed] && other == devices[..widened]);
            all.iter().map(|(narrowed, widened)| (narrowed.len(), widened.len())).collect()
        };
        assert_eq!(sizes(0, 0), []);
        assert_eq!(sizes(3, 2), [(3, 2)]);
        assert_eq!(sizes(65_535, 65_536), [(65_535, 65_535), (0, 1)]);
        assert_eq!(sizes(140_000, 0), [(65_535, 0), (65_535, 0), (8_930, 0)]);
    }
}
