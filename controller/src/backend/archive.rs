//! The journal as a whole as the API sees it: the index counts, the store reads the chain, the site's key signs what is
//! said of it. It decides nothing.

use std::path::Path;
use std::sync::Arc;

use rackward_core::Wall;
use rackward_core::id::Seq;
use rackward_core::journal::Link;
use rackward_dashboard::archive::{Archive, Bars, ChainHead, Check, Scale};
use rackward_dashboard::backend::{Pending, Unavailable};
use rackward_dashboard::query::{Search, SearchRefused};
use tokio::sync::watch;

use super::DaemonBackend;
use super::checking::Checks;
use crate::note::NoteKey;
use crate::search::Searcher;
use crate::store::{Reader, StoreError};

/// The daemon's [`Archive`].
#[derive(Debug)]
pub(super) struct Shelves {
    searcher: Searcher,
    reader: Reader,
    head: watch::Receiver<Seq>,
    attestation: Attestation,
}

/// How the journal is checked, and what is said of it signed.
#[derive(Debug, Clone)]
pub(crate) struct Attestation {
    /// Checks of the whole journal.
    checks: Checks,
    /// What evidence is signed with. No door waits for it: where it cannot be used, evidence is not signed.
    note_key: Option<Arc<NoteKey>>,
}

impl Attestation {
    /// With the site's key in `dir`, made there on first start. Blocks on the disk: call it before the runtime is busy.
    pub(crate) fn open(dir: &Path, site: &str) -> Self {
        let note_key = NoteKey::open(dir, site).inspect_err(|error| tracing::error!(%error, "evidence is not signed"));
        Self { checks: Checks::default(), note_key: note_key.ok().map(Arc::new) }
    }
}

impl Shelves {
    pub(super) fn of(backend: &DaemonBackend) -> Self {
        let head = backend.published.head.subscribe();
        let (searcher, reader, attestation) =
            (backend.searcher.clone(), backend.reader.clone(), backend.attestation.clone());
        Self { searcher, reader, head, attestation }
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
        self.attestation.checks.newest(&self.reader, since)
    }

    fn sign(&self, text: &str) -> Option<String> {
        self.attestation.note_key.as_ref().map(|key| key.sign(text))
    }

    fn verifier_key(&self) -> Option<String> {
        self.attestation.note_key.as_ref().map(|key| key.verifier().to_string())
    }
}

fn unread(error: StoreError) -> Unavailable {
    tracing::error!(%error, "the journal could not be read");
    Unavailable
}
