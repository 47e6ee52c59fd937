//! Ends of sessions that wait to be recorded. Each waits until the journal has it; whoever records them is woken at once. What
//! is recorded of them, and by whom, is `signin/ends.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::SessionEnd;
use tokio::sync::Notify;

/// How many ends wait. They are recorded at once; more only while the journal cannot be written, and then the oldest are lost:
/// four times as many as there are sessions.
pub(super) const MAX_ENDED: usize = 1024;

/// A session that is over, to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) id: SessionId,
    pub(crate) operator: Option<OperatorId>,
    pub(crate) cause: SessionEnd,
}

#[derive(Debug, Default)]
pub(super) struct Ends {
    waiting: VecDeque<Ended>,
    news: Arc<Notify>,
}

impl Ends {
    pub(super) fn add(&mut self, ended: Ended) {
        if self.waiting.len() >= MAX_ENDED {
            tracing::warn!("the end of a session was lost: more wait to be recorded than are kept");
            self.waiting.pop_front();
        }
        self.waiting.push_back(ended);
        self.news.notify_one();
    }

    pub(super) fn first(&self) -> Option<Ended> {
        self.waiting.front().copied()
    }

    pub(super) fn forget(&mut self, ended: Ended) {
        self.waiting.retain(|other| *other != ended);
    }

    /// All that wait, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = Ended> {
        self.waiting.iter().copied()
    }

    pub(super) fn news(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }
}
