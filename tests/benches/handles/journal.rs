//! What the journal has of what the handles told, counted when the daemon has stopped.

use std::error::Error;
use std::path::Path;

use rackward::store::{ENTRIES_MAX_ROWS, Store};
use rackward_core::entry::{Denial, Entry, OfflineEntry};
use rackward_core::id::Seq;

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Cards that nobody has, refused.
    pub(crate) unknown_cards: u64,
    /// Records of handles that were on their own.
    pub(crate) records: u64,
    /// Records that came twice or out of order.
    pub(crate) misplaced: u64,
    /// All entries.
    pub(crate) entries: u64,
}

/// Counts the whole journal below `state`.
pub(crate) fn count(state: &Path) -> Result<Counted, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (store, _) = Store::open(state).await?;
        let reader = store.reader();
        let (mut counted, mut after) = (Counted::default(), Seq::new(0));
        let mut last = std::collections::BTreeMap::new();
        loop {
            let entries = reader.entries_after(after, ENTRIES_MAX_ROWS).await?;
            let Some(newest) = entries.last() else { return Ok(counted) };
            after = newest.seq;
            for stamped in &entries {
                counted.entries += 1;
                match &stamped.entry {
                    Entry::AccessDenied { reason: Denial::CredentialUnknown, .. } => counted.unknown_cards += 1,
                    Entry::Offline(OfflineEntry::Logged { device, number, .. }) => {
                        counted.records += 1;
                        let before: u64 = last.insert(*device, *number).unwrap_or_default();
                        counted.misplaced += u64::from(*number != before + 1);
                    }
                    _ => {}
                }
            }
        }
    })
}
