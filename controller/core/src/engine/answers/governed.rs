//! What site files can look after, as it is: for comparing files with it, and for writing it down as files.

use crate::engine::Engine;
use crate::engine::command::Scope;
use crate::engine::query::Governed;
use crate::people::GrantKind;
use crate::time::Now;

impl Engine {
    pub(super) fn governed(&self, now: Now, scope: Scope) -> Governed {
        let rows = &self.records;
        if scope != Scope::Site {
            return Governed { generation: rows.generation, ..Governed::default() };
        }
        let moved = |(record, (_, revision)): (&crate::site_files::FileRecord, &(String, Option<_>))| {
            (self.revision(record.subject()) != *revision).then_some(*record)
        };
        let usual = rows.grants.values().filter(|grant| grant.is_live(now.wall) && grant.kind == GrantKind::Ordinary);
        let agreements = rows.agreements.values().filter(|row| now.wall < row.validity.to);
        Governed {
            generation: rows.generation,
            files: rows.files.clone(),
            drifted: rows.files.claims.iter().filter_map(moved).collect(),
            schedules: rows.schedules.values().cloned().collect(),
            calendars: rows.calendars.values().cloned().collect(),
            profiles: rows.profiles.values().cloned().collect(),
            grants: usual.cloned().collect(),
            agreements: agreements.cloned().collect(),
        }
    }
}
