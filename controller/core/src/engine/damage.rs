//! Stored rows that could not be read: each is named in the journal, alarmed, and closes what it governed and nothing else.
//! A person, credential, grant, profile or schedule that is missing admits nobody by itself; what would open by being
//! missing is closed here. Somebody whose whereabouts are lost is nowhere: a path is refused, nothing is held against them.

use super::Engine;
use super::access::LOCKED_OUT_FOR;
use crate::alarm::life::UnshelveCause;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::entry::{AlarmEntry, DeviceEntry, Entry, ModeCause, OfflineEntry, ReasonText};
use crate::id::{AlarmId, AreaId, CredentialId, DeviceId, DoorId};
use crate::permission::Actor;
use crate::records::{DamagedRow, Removable};
use crate::time::Now;

/// Damaged rows named in the journal at one start; the log names all. More would let a broken disk fill the journal, start
/// by start.
const NAMED_MAX_ROWS: usize = 100;

impl Engine {
    pub(super) fn close_damaged(&mut self, now: Now, damaged: &[DamagedRow]) {
        for row in damaged.iter().take(NAMED_MAX_ROWS) {
            self.record(now, Entry::RowDamaged { table: row.table.clone(), key: row.key });
        }
        for row in damaged {
            if let Ok(number) = u32::try_from(row.key) {
                self.lost_numbers.insert((row.table.clone(), number));
                self.close(now, &row.table, number);
            }
        }
        if damaged.is_empty() {
            self.end_alarm(now, AlarmKind::RecordDamaged, AlarmSource::Site);
        } else {
            self.begin_alarm(now, AlarmKind::RecordDamaged, AlarmSource::Site);
        }
    }

    fn close(&mut self, now: Now, table: &str, number: u32) {
        match table {
            "door" | "mode" => drop(self.damaged_doors.insert(DoorId::new(number))),
            "device" => drop(self.damaged_devices.insert(DeviceId::new(number))),
            "device_rights" => self.suspect_rights(now, DeviceId::new(number)),
            "certificates" => self.void_certificates(now, DeviceId::new(number)),
            "lockdown" => self.keep_locked_down(now, AreaId::new(number)),
            "alarm" => self.unshelve_damaged(now, AlarmId::new(number)),
            // It may have begun just now, so it lasts as long as any.
            "lockout" => {
                let until = now.wall.after(LOCKED_OUT_FOR);
                self.record(now, Entry::CredentialLockedOut { credential: CredentialId::new(number), until });
            }
            _ => {}
        }
    }

    /// Until when the alarm was put aside, nobody vouches for: it is not put aside any more. What it was is taken from the
    /// journal; where that cannot tell either, whatever of it still holds is raised anew as soon as it is seen.
    fn unshelve_damaged(&mut self, now: Now, alarm: AlarmId) {
        self.record(now, AlarmEntry::Unshelved { alarm, cause: UnshelveCause::Damaged });
    }

    /// The first number after `last` that no damaged row of the table has: such a number stays given, though no record has
    /// it, because somebody's rights may hang on it. `None` when numbers have run out.
    pub(super) fn next_number(&self, table: &str, last: Option<u32>) -> Option<u32> {
        let mut next = last.unwrap_or(0).checked_add(1)?;
        while self.lost_numbers.contains(&(table.to_owned(), next)) {
            next = next.checked_add(1)?;
        }
        Some(next)
    }

    /// The same for records that can be removed.
    pub(super) fn next_removable(&self, kind: Removable) -> Option<u32> {
        self.next_number(kind.table(), Some(self.records.standing.last_number(kind)))
    }

    /// What a device may open by itself nobody knows: it may be anybody who ever had a right there, until it acknowledges a
    /// new list or none that it can hold is good any more.
    fn suspect_rights(&mut self, now: Now, device: DeviceId) {
        let generation = self.records.generation.next();
        let (narrowed, widened) = ([device].into(), [].into());
        self.record(now, OfflineEntry::ListDrifted { device, held: None });
        self.record(now, OfflineEntry::RightsChanged { generation, narrowed, widened });
    }

    /// Which certificates of a device count cannot be read: none does, until it is enrolled anew.
    fn void_certificates(&mut self, now: Now, device: DeviceId) {
        if let Some(reason) = ReasonText::parse("the record of its certificates was damaged") {
            self.record(now, DeviceEntry::CertificatesRevoked { device, reason, by: Actor::System });
        }
    }

    /// An area whose lockdown cannot be read stays locked down until an operator releases it.
    fn keep_locked_down(&mut self, now: Now, area: AreaId) {
        if let Some(reason) = ReasonText::parse("the record of this area was damaged") {
            self.record(now, Entry::AreaLockedDown { area, cause: ModeCause::Operator { by: Actor::System, reason } });
        }
    }
}
