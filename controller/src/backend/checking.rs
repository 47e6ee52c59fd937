//! One check of the whole journal at a time, beside the daemon: every hash computed again, every entry replayed, the tables
//! compared, in one snapshot. What that finds is `store/verify.rs`; here it is known how far it is and what came of it. It is
//! computing that takes seconds to minutes, so it has a thread of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rackward_core::Wall;
use rackward_dashboard::archive::{ChainHead, Check, Outcome};

use crate::clock;
use crate::store::{Reader, StoreError, verify};

/// The newest check of the journal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks(Arc<Mutex<Option<Check>>>);

impl Checks {
    fn lock(&self) -> MutexGuard<'_, Option<Check>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest check, after a new one was begun where the newest began before `since` and is over.
    pub(super) fn newest(&self, reader: &Reader, since: Option<Wall>) -> Option<Check> {
        let mut newest = self.lock();
        let is_running = newest.as_ref().is_some_and(|check| check.over.is_none());
        let is_new = since.is_none_or(|since| newest.as_ref().is_some_and(|check| since <= check.begun));
        if !is_running && !is_new {
            *newest = Some(Check { begun: clock::now().wall, over: None });
            self.begin(reader.clone());
        }
        newest.clone()
    }

    fn begin(&self, reader: Reader) {
        let (checks, runtime) = (self.clone(), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || {
            let outcome = match runtime.block_on(verify::replay(&reader)) {
                Ok(head) => Outcome::Whole(ChainHead { seq: head.seq, hash: head.chain }),
                Err(error @ (StoreError::Damaged { .. } | StoreError::ReplayDiffers { .. })) => {
                    tracing::error!(%error, "the journal is not what was written");
                    Outcome::Damaged(error.to_string())
                }
                Err(error) => {
                    tracing::error!(%error, "the journal could not be checked");
                    Outcome::Failed
                }
            };
            if let Some(check) = checks.lock().as_mut() {
                check.over = Some((clock::now().wall, outcome));
            }
        });
    }
}
