//! The cards that the journal has, in its order, read when the daemon has stopped.

use std::error::Error;
use std::path::Path;

use rackward::store::{ENTRIES_MAX_ROWS, Store};
use rackward_core::entry::{Denial, Entry};
use rackward_core::id::Seq;

/// A card that nobody has, refused.
pub(crate) struct Card {
    /// The entry.
    pub(crate) seq: u64,
    /// The number of the handle it was shown to.
    pub(crate) handle: usize,
}

/// Every card of the journal below `state`. Points are numbered as the site's file names their handles.
pub(crate) fn cards(state: &Path, handles: usize) -> Result<Vec<Card>, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (store, _) = Store::open(state).await?;
        let reader = store.reader();
        let (mut found, mut after) = (Vec::new(), Seq::new(0));
        let mut points: Vec<u32> = Vec::new();
        loop {
            let entries = reader.entries_after(after, ENTRIES_MAX_ROWS).await?;
            let Some(newest) = entries.last() else { break };
            after = newest.seq;
            for stamped in &entries {
                if let Entry::AccessDenied { reason: Denial::CredentialUnknown, point, .. } = &stamped.entry {
                    points.push(point.get());
                    found.push((stamped.seq.get(), point.get()));
                }
            }
        }
        // A handle's point is the only one of its rack, so points stand in the order of the handles.
        points.sort_unstable();
        points.dedup();
        if points.len() != handles {
            return Err(format!("cards at {} of {handles} handles", points.len()).into());
        }
        let handle_of = |point: u32| points.binary_search(&point).unwrap_or_default();
        Ok(found.into_iter().map(|(seq, point)| Card { seq, handle: handle_of(point) }).collect())
    })
}
