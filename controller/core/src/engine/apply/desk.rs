//! What entries of the desk change: musters with their lists, visitors, the hand-over. Total, as all of `apply`: an entry about
//! a muster or visitor that is not on record changes nothing.

use core::time::Duration;

use crate::entry::DeskEntry;
use crate::id::{MusterId, VisitorId};
use crate::muster::{Listed, Muster, MusterEnd, OnRoll, ROLL_MAX_PEOPLE, Somebody};
use crate::records::{RecordChange, Records};
use crate::shift::{HandOver, TakeOver};
use crate::time::Wall;
use crate::visitor::{Departure, Visitor};

/// So many musters that ended stay on record; it trades memory and disk (some 100 bytes for each on a list) against how far
/// back they can be shown without searching the journal. It and the next two are part of what a journal replays to: a program
/// that has others must carry the tables over.
const ENDED_KEPT_MUSTERS: usize = 50;

/// So many visitors who left stay on record, with their names.
const LEFT_KEPT_VISITORS: usize = 2_000;

/// For so long they stay: long enough to ask who was here last month, and then nobody need know.
const LEFT_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

impl Records {
    pub(super) fn apply_to_desk(&mut self, entry: &DeskEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        match entry {
            DeskEntry::MusterStarted { muster, kind, area, roll, reason, by } => {
                let listed = |listed: &Listed| {
                    let Listed { who, area, since } = *listed;
                    (who, OnRoll { area, since, joined: None, said: None })
                };
                let row = Muster {
                    id: *muster,
                    kind: *kind,
                    area: *area,
                    reason: reason.clone(),
                    started: at,
                    by: *by,
                    revision: 1,
                    roll: roll.iter().take(ROLL_MAX_PEOPLE).map(listed).collect(),
                    end: None,
                };
                self.musters.insert(*muster, row.clone());
                changes.push(RecordChange::Muster(*muster, Some(row)));
                self.forget_musters(changes);
            }
            DeskEntry::MusterJoined { muster, roll } => {
                self.change_muster(*muster, changes, |row| roll.iter().for_each(|listed| row.join(*listed, at)));
            }
            DeskEntry::MusterMarked { muster, marks, by } => {
                self.change_muster(*muster, changes, |row| marks.iter().for_each(|mark| row.take(mark, *by)));
            }
            DeskEntry::MusterEnded { muster, missing, report, by } => {
                let end = MusterEnd { at, by: *by, report: report.clone(), missing: missing.clone() };
                self.change_muster(*muster, changes, |row| row.end = Some(end));
            }
            DeskEntry::VisitorCame { .. } | DeskEntry::VisitorLeft { .. } => self.apply_to_visitors(entry, at, changes),
            DeskEntry::ShiftNoted { note, by } => {
                self.shift.note = Some(HandOver { text: note.clone(), at, by: *by });
                self.shift.taken = None;
                self.shift_changed(changes);
            }
            DeskEntry::ShiftAnswered { answer, by } => {
                self.shift.taken = Some(TakeOver { answer: answer.clone(), at, by: *by });
                self.shift_changed(changes);
            }
        }
    }

    fn shift_changed(&mut self, changes: &mut Vec<RecordChange>) {
        self.shift.revision = self.shift.revision.saturating_add(1);
        changes.push(RecordChange::Shift(self.shift.clone()));
    }

    fn change_muster(&mut self, id: MusterId, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut Muster)) {
        let Some(row) = self.musters.get_mut(&id) else { return };
        change(row);
        row.revision = row.revision.saturating_add(1);
        changes.push(RecordChange::Muster(id, Some(row.clone())));
    }

    /// Those that ended longest ago go; the journal keeps them for ever. The latest stays, so no number is given twice.
    fn forget_musters(&mut self, changes: &mut Vec<RecordChange>) {
        let ended = || self.musters.values().filter(|row| !row.is_running()).map(|row| row.id);
        let too_many = ended().count().saturating_sub(ENDED_KEPT_MUSTERS);
        let gone: Vec<MusterId> = ended().take(too_many).collect();
        for id in gone {
            self.musters.remove(&id);
            changes.push(RecordChange::Muster(id, None));
        }
    }

    fn apply_to_visitors(&mut self, entry: &DeskEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        match entry {
            DeskEntry::VisitorCame { visitor, host, area, until, reason, muster, by } => {
                let (id, reason) = (*visitor, reason.clone());
                let (host, area, until, muster, by) = (*host, *area, *until, *muster, *by);
                let row = Visitor { id, host, area, since: at, until, reason, muster, by, left: None };
                self.visitors.insert(id, row.clone());
                changes.push(RecordChange::Visitor(id, Some(row)));
                if let Some(muster) = muster {
                    let listed = Listed { who: Somebody::Visitor(id), area, since: at };
                    self.change_muster(muster, changes, |row| row.join(listed, at));
                }
                self.forget_visitors(at, changes);
            }
            DeskEntry::VisitorLeft { visitor, by } => {
                let Some(row) = self.visitors.get_mut(visitor) else { return };
                row.left = Some(Departure { at, by: *by });
                changes.push(RecordChange::Visitor(*visitor, Some(row.clone())));
                self.forget_visitors(at, changes);
            }
            DeskEntry::MusterStarted { .. }
            | DeskEntry::MusterJoined { .. }
            | DeskEntry::MusterMarked { .. }
            | DeskEntry::MusterEnded { .. }
            | DeskEntry::ShiftNoted { .. }
            | DeskEntry::ShiftAnswered { .. } => {}
        }
    }

    /// Those who left go after a while, and their names with them. Whoever came last stays, so no number is given twice.
    fn forget_visitors(&mut self, at: Wall, changes: &mut Vec<RecordChange>) {
        let last = self.visitors.last_key_value().map(|(id, _)| *id);
        let departed = |row: &Visitor| row.left.map(|left| (left.at, row.id)).filter(|(_, id)| Some(*id) != last);
        let mut gone: Vec<(Wall, VisitorId)> = self.visitors.values().filter_map(departed).collect();
        gone.sort_unstable();
        let too_many = gone.len().saturating_sub(LEFT_KEPT_VISITORS);
        let is_old =
            |(index, (left, _)): &(usize, (Wall, VisitorId))| *index < too_many || at.since(*left) >= LEFT_KEPT_FOR;
        for (_, (_, id)) in gone.into_iter().enumerate().filter(is_old) {
            self.visitors.remove(&id);
            changes.push(RecordChange::Visitor(id, None));
            changes.push(RecordChange::VisitorName(id, None));
        }
    }
}
