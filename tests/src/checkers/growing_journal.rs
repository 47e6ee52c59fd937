//! What is durable stays: the journal only grows, its chain of hashes holds, and its replay gives the tables on disk, which
//! are what the daemon has in memory.

use rackward_core::journal::{Chain, canonical};
use rackward_core::{Records, Stamped};

use super::{Checker, Sight};

/// One in so many looks compares the tables although nothing was written.
const IDLE_LOOKS: u64 = 100;

/// See the file's head.
#[derive(Debug)]
pub struct GrowingJournal {
    count: usize,
    chain: Chain,
    replayed: Records,
    looks: u64,
}

impl Default for GrowingJournal {
    fn default() -> Self {
        Self { count: 0, chain: Chain::new(Chain::GENESIS), replayed: Records::default(), looks: 0 }
    }
}

impl GrowingJournal {
    fn replay(&mut self, bytes: &[u8]) -> Result<(), String> {
        let stamped: Stamped = canonical::decode(bytes).map_err(|error| format!("an entry cannot be read: {error}"))?;
        if stamped.seq != self.replayed.head.next() {
            return Err(format!("entry {} follows entry {}", stamped.seq, self.replayed.head));
        }
        self.chain.extend(bytes);
        self.replayed.apply(&stamped, &mut Vec::new());
        self.count += 1;
        Ok(())
    }
}

impl Checker for GrowingJournal {
    fn name(&self) -> &'static str {
        "growing journal"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        if sight.disk.head_after(self.count) != Some(self.chain.head()) {
            return Err(format!("the first {} entries are not what they were", self.count));
        }
        for bytes in &sight.disk.entries()[self.count..] {
            self.replay(bytes)?;
        }
        if sight.disk.head() != self.chain.head() {
            return Err("the chain of hashes is broken".into());
        }
        self.looks += 1;
        // Without a new entry nothing may change; that nothing did is looked at now and then, because it takes long.
        if sight.fresh.is_empty() && !self.looks.is_multiple_of(IDLE_LOOKS) {
            return Ok(());
        }
        if self.replayed != *sight.disk.tables() {
            return Err("the tables are not what the journal says".into());
        }
        match sight.daemon {
            Some(belief) if belief.is_writable && *belief.records != self.replayed => {
                Err("the daemon's memory is not what the journal says".into())
            }
            Some(_) | None => Ok(()),
        }
    }
}
