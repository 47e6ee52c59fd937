//! How long what somebody started may go on, such as a stream: no longer than what let them start it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long what a session started may go on: until the session ends, for those who have one.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(super) ended: CancellationToken,
    pub(super) remaining: Option<Duration>,
}

impl Lease {
    /// For a caller who has no session and needs none.
    pub(crate) fn unlimited() -> Self {
        Self { ended: CancellationToken::new(), remaining: None }
    }

    /// For nobody.
    pub(crate) fn over() -> Self {
        let ended = CancellationToken::new();
        ended.cancel();
        Self { ended, remaining: None }
    }

    /// Whether the session was ended.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Waits until the session is ended by somebody.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// How long the session could still last when it was found; `None` for a caller who has none.
    pub(crate) const fn remaining(&self) -> Option<Duration> {
        self.remaining
    }
}
