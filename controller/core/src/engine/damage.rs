//! Stored rows that could not be read: each is named in the journal, alarmed, and closes what it governed and nothing else.
//! A person, credential, grant, profile or schedule that is missing admits nobody by itself; what would open by being
//! missing is closed here.

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::entry::{Entry, ModeCause, ReasonText};
use crate::id::{AreaId, DoorId};
use crate::permission::Actor;
use crate::records::DamagedRow;
use crate::time::Now;

impl Engine {
    pub(super) fn close_damaged(&mut self, now: Now, damaged: &[DamagedRow]) {
        for row in damaged {
            self.record(now, Entry::RowDamaged { table: row.table.clone(), key: row.key });
            let Ok(number) = u32::try_from(row.key) else { continue };
            let lost = self.lost_numbers.entry(row.table.clone()).or_default();
            *lost = number.max(*lost);
            match row.table.as_str() {
                "door" | "mode" => drop(self.damaged_doors.insert(DoorId::new(number))),
                "lockdown" => self.keep_locked_down(now, AreaId::new(number)),
                _ => {}
            }
        }
        if damaged.is_empty() {
            self.end_alarm(now, AlarmKind::RecordDamaged, AlarmSource::Site);
        } else {
            self.begin_alarm(now, AlarmKind::RecordDamaged, AlarmSource::Site);
        }
    }

    /// The highest number of a damaged row of a table: it stays given, though no record has it.
    pub(super) fn lost_number(&self, table: &str) -> Option<u32> {
        self.lost_numbers.get(table).copied()
    }

    /// An area whose lockdown cannot be read stays locked down until an operator releases it.
    fn keep_locked_down(&mut self, now: Now, area: AreaId) {
        if let Some(reason) = ReasonText::parse("the record of this area was damaged") {
            self.record(now, Entry::AreaLockedDown { area, cause: ModeCause::Operator { by: Actor::System, reason } });
        }
    }
}
