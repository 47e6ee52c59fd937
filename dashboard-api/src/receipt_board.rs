//! The receipts in one line, for all readers of the stream together: however many follow, the engine is asked at most twice a
//! second. Which devices are behind is the core's to say, when a reader looks is `stream.rs`'s.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rackward_core::engine::command::Scope;
use rackward_core::engine::query::ReceiptSummary;
use rackward_core::{Answer, Query};
use tokio::time::Instant;

use crate::backend::Backend;
use crate::wire::receipt::summary;

/// How old a summary may be. It trades how soon a console sees a receipt for how often the engine, which decides at doors
/// meanwhile, counts all devices.
pub(crate) const MAX_AGE: Duration = Duration::from_millis(500);

/// The newest summary and when it was asked for.
#[derive(Default)]
pub(crate) struct ReceiptBoard(Mutex<Option<(Instant, ReceiptSummary)>>);

impl ReceiptBoard {
    /// The receipts now, or as they were half a second ago at most, and when that was; `None` where the daemon cannot answer.
    pub(crate) async fn summary(&self, backend: &dyn Backend) -> Option<(Instant, ReceiptSummary)> {
        let now = Instant::now();
        if let Some((asked, known)) = *self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && now.duration_since(asked) < MAX_AGE
        {
            return Some((asked, known));
        }
        let Ok(Answer::Receipts(receipts)) = backend.ask(Scope::Site, Query::Receipts { through: None }).await else {
            return None;
        };
        let known = summary(&receipts);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, known));
        Some((now, known))
    }
}
