//! What is told of rights on devices: which device has not applied what it should hold, and what a device opens by itself if
//! its link dies now. Told from what a device may hold, not from what it should.

use super::{Change, Holder, Unapplied, second};
use crate::engine::Engine;
use crate::engine::command::Scope;
use crate::engine::devices::Presence;
use crate::engine::query::{Behind, ExposedCard, Exposure, ReceiptSummary, Receipts};
use crate::engine::reach::Reach;
use crate::id::{DeviceId, Generation};
use crate::records::RecordChange;
use crate::rights_list::coverage::joined;
use crate::rights_list::{ListedCard, Window};
use crate::time::{Now, Wall};

impl Engine {
    pub(in crate::engine) fn receipts(&self, now: Now, reach: &Reach<'_>, through: Option<Generation>) -> Receipts {
        let behind: Vec<Behind> = self.departed(now, reach).collect();
        let mut receipts = Receipts { total: u32::try_from(behind.len()).unwrap_or(u32::MAX), behind };
        for (device, holder) in self.holders_seen(reach) {
            receipts.total += 1;
            let asked = |change: &&Unapplied| through.is_none_or(|through| change.first <= through);
            let mut open = holder.unapplied.iter().filter(asked).peekable();
            let Some(oldest) = open.peek().map(|change| **change) else { continue };
            let narrowed = open.any(|change| change.what == Change::Narrowed);
            let honours_until = self.records.rights.get(&device).and_then(|record| record.honoured_until);
            receipts.behind.push(Behind {
                device,
                generation: oldest.generation,
                since: oldest.at,
                honours_until: honours_until.filter(|_| narrowed),
            });
        }
        receipts
    }

    /// The devices that may have to learn of these rows if they are written, that may hold a list and do not answer now. Which
    /// devices may be concerned is told from the places that rights name, so a device may be among them for which nothing
    /// changes in the end.
    pub(in crate::engine) fn unreached_by(&mut self, now: Now, scope: Scope, rows: &[RecordChange]) -> Vec<DeviceId> {
        let concerned = self.offline.concerned(&self.records, &self.grants_of, rows);
        let is_away =
            |device: &DeviceId| self.presence_of(*device) != Presence::Online && self.may_hold_list(now, *device);
        let away: Vec<DeviceId> = concerned.into_iter().filter(is_away).collect();
        let reach = self.reach(now.wall, scope);
        away.into_iter().filter(|device| reach.sees_device(*device)).collect()
    }

    pub(in crate::engine) fn receipt_summary(&self, now: Now, reach: &Reach<'_>) -> ReceiptSummary {
        let mut summary = ReceiptSummary::default();
        for departed in self.departed(now, reach) {
            summary.total += 1;
            summary.pending += 1;
            summary.oldest = Some(summary.oldest.map_or(departed.since, |other: Wall| other.min(departed.since)));
        }
        for (_, holder) in self.holders_seen(reach) {
            summary.total += 1;
            if let Some(oldest) = holder.unapplied.first() {
                summary.pending += 1;
                summary.oldest = Some(summary.oldest.map_or(oldest.at, |other: Wall| other.min(oldest.at)));
            }
        }
        summary
    }

    /// Devices that the site file no longer has, or has under another name, and that may still hold a list. Nobody can take
    /// anything from them any more, so whatever was taken away counts as honoured until their lists are over.
    fn departed(&self, now: Now, reach: &Reach<'_>) -> impl Iterator<Item = Behind> {
        let is_seen = reach.sees_departed();
        let rows =
            self.records.rights.iter().filter(move |(device, _)| is_seen && self.site.device(**device).is_none());
        rows.filter_map(move |(device, record)| {
            let until = record.honoured_until.filter(|until| now.wall < *until)?;
            let last = record.applied.or(record.issued)?;
            let (generation, since) = (last.generation, self.offline.began);
            Some(Behind { device: *device, generation, since, honours_until: Some(until) })
        })
    }

    /// The devices that should or may hold rights, of those that the scope sees.
    fn holders_seen(&self, reach: &Reach<'_>) -> impl Iterator<Item = (DeviceId, &Holder)> {
        let all = self.offline.holders.iter().map(|(device, holder)| (*device, holder));
        let holds = |holder: &Holder| holder.room.is_some() || !holder.unapplied.is_empty() || !holder.held.is_empty();
        all.filter(move |(device, holder)| holds(holder) && reach.sees_device(*device))
    }

    pub(in crate::engine) fn exposure(&self, now: Now, device: DeviceId) -> Option<Exposure> {
        let honoured = self.records.rights.get(&device)?.honoured_until.filter(|until| now.wall < *until);
        let none = Exposure { cards: Vec::new(), until: now.wall };
        let (Some(until), Some(holder)) = (honoured, self.offline.holders.get(&device)) else { return Some(none) };
        let under_way = holder.sent().map_or(&[][..], |sent| &sent.list.cards);
        let (from, to) = (second(now.wall), second(until));
        let may_hold = joined(&holder.held, under_way);
        let cards: Vec<ExposedCard> = may_hold.iter().filter_map(|listed| self.exposed(listed, from, to)).collect();
        let ends = cards.iter().filter_map(|card| card.windows.last()).map(|window| window.to);
        let until = ends.max().map_or(now.wall, |end| Wall::from_seconds(end.into()));
        Some(Exposure { cards, until })
    }

    /// A card as it opens from now on; one whose bearer nobody knows any more opens in nobody's name.
    fn exposed(&self, listed: &ListedCard, from: u32, to: u32) -> Option<ExposedCard> {
        let row = self.people.bearer(&listed.card)?;
        let ahead = listed.windows.iter().map(|window| Window { from: window.from.max(from), to: window.to.min(to) });
        let windows: Box<[Window]> = ahead.filter(|window| window.from < window.to).collect();
        (!windows.is_empty()).then(|| ExposedCard { person: row.person(), credential: row.credential(), windows })
    }
}
