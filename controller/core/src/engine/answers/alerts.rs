//! What is told of alerts: to the site all, to an organisation its own.

use crate::alarm::{Alarm, AlarmSource};
use crate::alert::AlertTerms;
use crate::engine::Engine;
use crate::engine::query::AlertStatus;
use crate::engine::reach::Reach;

impl Engine {
    /// Alerts on record, the latest first.
    pub(super) fn alerts(&self, reach: &Reach<'_>) -> Vec<AlertStatus> {
        let seen = self.records.alerts.values().rev().filter(|row| reach.sees_alert(row));
        seen.map(|row| AlertStatus { alert: row.clone(), is_over_rate: self.is_over_rate(row.id) }).collect()
    }

    /// The alert that an alarm comes of, as long as it is on record.
    pub(super) fn terms_of(&self, alarm: &Alarm) -> Option<Box<AlertTerms>> {
        let AlarmSource::Alert { alert, .. } = alarm.source else { return None };
        self.records.alerts.get(&alert).map(|row| Box::new(row.terms.clone()))
    }
}
