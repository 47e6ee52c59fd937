//! The journal as a whole as the API sees it: the index counts, the store reads the chain. It decides nothing.

use rackward_core::Wall;
use rackward_core::id::Seq;
use rackward_core::journal::Link;
use rackward_dashboard::archive::{Archive, Bars, ChainHead, Check, Scale};
use rackward_dashboard::backend::{Pending, Unavailable};
use rackward_dashboard::query::{Search, SearchRefused};
use tokio::sync::watch;

use super::DaemonBackend;
use super::checking::Checks;
use crate::search::Searcher;
use crate::store::{Reader, StoreError};

/// The daemon's [`Archive`].
#[derive(Debug)]
pub(super) struct Shelves {
    searcher: Searcher,
    reader: Reader,
    head: watch::Receiver<Seq>,
    checks: Checks,
}

impl Shelves {
    pub(super) fn of(backend: &DaemonBackend) -> Self {
        let head = backend.published.head.subscribe();
        let (searcher, reader, checks) = (backend.searcher.clone(), backend.reader.clone(), backend.checks.clone());
        Self { searcher, reader, head, checks }
    }
}

impl Archive for Shelves {
    fn bars(&self, search: Search, scale: Scale) -> Pending<Result<Bars, SearchRefused>> {
        let (searcher, head) = (self.searcher.clone(), *self.head.borrow());
        Box::pin(async move { searcher.bars(&search, &scale, head).await })
    }

    fn chain_head(&self) -> Pending<Result<ChainHead, Unavailable>> {
        let reader = self.reader.clone();
        Box::pin(async move {
            let head = reader.head().await.map_err(unread)?;
            Ok(ChainHead { seq: head.seq, hash: head.chain })
        })
    }

    fn links(&self, of: Vec<Seq>) -> Pending<Result<Vec<Link>, Unavailable>> {
        let reader = self.reader.clone();
        Box::pin(async move { reader.links(&of).await.map_err(unread) })
    }

    fn check(&self, since: Option<Wall>) -> Option<Check> {
        self.checks.newest(&self.reader, since)
    }
}

fn unread(error: StoreError) -> Unavailable {
    tracing::error!(%error, "the journal could not be read");
    Unavailable
}
