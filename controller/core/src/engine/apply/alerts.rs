//! What entries about alerts change. Alerts that ended long ago go; the journal keeps them for ever.

use crate::alert::{Alert, AlertEnd};
use crate::entry::AlertEntry;
use crate::id::{AlertId, Seq};
use crate::records::{RecordChange, Records};
use crate::time::Wall;

/// So many alerts that are over stay to be looked at: alarms that they raised may still want an answer.
const ENDED_KEPT_ALERTS: usize = 64;

impl Records {
    pub(super) fn apply_to_alerts(
        &mut self,
        entry: &AlertEntry,
        (at, seq): (Wall, Seq),
        changes: &mut Vec<RecordChange>,
    ) {
        match entry {
            AlertEntry::Created { alert, terms, by } => {
                let row = Alert {
                    id: *alert,
                    terms: (**terms).clone(),
                    made: at,
                    by: *by,
                    upto: seq,
                    matches: 0,
                    withheld: 0,
                    matched: None,
                    revision: 1,
                    end: None,
                };
                self.alerts.insert(*alert, row.clone());
                changes.push(RecordChange::Alert(*alert, Some(row)));
            }
            AlertEntry::Matched { alert, matched, .. } => self.change_alert(*alert, changes, |row| {
                row.upto = row.upto.max(*matched);
                row.matches = row.matches.saturating_add(1);
                row.matched = Some(at);
            }),
            AlertEntry::Counted { alert, matches, upto } => self.change_alert(*alert, changes, |row| {
                row.upto = row.upto.max(*upto);
                row.matches = row.matches.saturating_add((*matches).into());
                row.withheld = row.withheld.saturating_add((*matches).into());
            }),
            AlertEntry::Ended { alert, reason, by } => {
                self.change_alert(*alert, changes, |row| {
                    row.end = Some(AlertEnd { at, reason: reason.clone(), by: *by });
                    row.revision = row.revision.saturating_add(1);
                });
                self.forget_alerts(changes);
            }
        }
    }

    fn change_alert(&mut self, id: AlertId, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut Alert)) {
        if let Some(row) = self.alerts.get_mut(&id) {
            change(row);
            changes.push(RecordChange::Alert(id, Some(row.clone())));
        }
    }

    /// Of those that are over the oldest go. The latest of all stays, so no number is given twice.
    fn forget_alerts(&mut self, changes: &mut Vec<RecordChange>) {
        let last = self.alerts.last_key_value().map(|(id, _)| *id);
        let over = self.alerts.values().rev().filter(|row| !row.is_in_force()).map(|row| row.id);
        let gone: Vec<AlertId> = over.skip(ENDED_KEPT_ALERTS).filter(|id| Some(*id) != last).collect();
        for id in gone {
            self.alerts.remove(&id);
            changes.push(RecordChange::Alert(id, None));
        }
    }
}
