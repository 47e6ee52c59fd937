//! The journal as a whole, in memory: every entry is looked at, which is what a search means.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rackward_core::engine::past::{Past, Replay, Simulation};
use rackward_core::id::{PointId, Seq};
use rackward_core::journal::{Chain, Link, canonical};
use rackward_core::{Caller, Command, Entry, Site, Stamped, Wall};
use rackward_dashboard::archive::{Archive, Bars, ChainHead, Check, DENIED, Outcome, RAISED, Scale};
use rackward_dashboard::past::{SimulationNews, SimulationRefused};
use rackward_dashboard::plan::{Drawings, digest_of};
use rackward_dashboard::query::{Found, Order, Search, SearchRefused, Total};
use rackward_dashboard::wire::event::CloudEvent;
use rackward_dashboard::{Backend as _, Pending, Unavailable};
use tokio::sync::mpsc;

use super::SiteInMemory;

impl SiteInMemory {
    /// The hash over the journal as it stands.
    pub(crate) async fn backend_head(&self) -> ChainHead {
        self.archive().chain_head().await.unwrap()
    }

    pub(crate) fn point(&self, path: &str) -> PointId {
        self.site.find_point(path).unwrap_or_else(|paths| panic!("{path}: {paths:?}")).id
    }
}

/// The entries of a moment.
pub(super) struct Kept {
    pub(super) journal: Vec<Stamped>,
    pub(super) site: Arc<Site>,
}

/// The drawings of floor plans.
#[derive(Default)]
pub(super) struct Sheets(Mutex<BTreeMap<[u8; 32], String>>);

impl Drawings for Sheets {
    fn keep(&self, svg: String, _in_use: Vec<[u8; 32]>) -> Pending<Result<(), Unavailable>> {
        self.0.lock().unwrap().insert(digest_of(&svg), svg);
        Box::pin(async { Ok(()) })
    }

    fn load(&self, digest: [u8; 32]) -> Pending<Result<Option<Vec<u8>>, Unavailable>> {
        let kept = self.0.lock().unwrap().get(&digest).map(|svg| svg.clone().into_bytes());
        Box::pin(async move { Ok(kept) })
    }
}

/// The site as its records were after the last entry at or before `at`.
pub(super) fn past(journal: &[Stamped], site: &Site, at: Wall) -> Past {
    let mut replay = Replay::default();
    let last = journal.iter().rposition(|stamped| stamped.at <= at).map_or(0, |place| place + 1);
    journal[..last].iter().for_each(|stamped| replay.take(stamped));
    Past::of(site.clone(), replay.into_records())
}

/// What a command would have made of the passages since `since`: one word of how far it is, and the end.
pub(super) fn simulated(
    journal: &[Stamped],
    site: &Site,
    now: Wall,
    since: Wall,
    caller: Caller,
    command: Command,
) -> Result<mpsc::Receiver<SimulationNews>, SimulationRefused> {
    let mut new = past(journal, site, now);
    new.carry_out(now, caller, command)?;
    let mut simulation = Simulation::of(Arc::new(past(journal, site, now)), new, caller.scope);
    journal.iter().filter(|entry| entry.at >= since).for_each(|entry| simulation.try_on(entry));
    let (sender, receiver) = mpsc::channel(2);
    let progress = SimulationNews::Progress { passages: simulation.passages(), percent: 100 };
    sender.try_send(progress).unwrap();
    sender.try_send(SimulationNews::Done(Box::new(simulation.finish()))).unwrap();
    Ok(receiver)
}

/// The page of a search.
pub(super) fn found(journal: &[Stamped], search: &Search, site: &Site) -> Found {
    let mut all: Vec<Stamped> = meant(journal, search, site).cloned().collect();
    let past = search.past;
    match search.order {
        Order::OldestFirst => all.retain(|stamped| past.is_none_or(|past| stamped.seq > past)),
        Order::NewestFirst => {
            all.reverse();
            all.retain(|stamped| past.is_none_or(|past| stamped.seq < past));
        }
    }
    let total = Total::Counted(all.len() as u64);
    let entries: Vec<Stamped> = all.iter().take(usize::from(search.limit)).cloned().collect();
    let next = entries.last().map(|last| last.seq).filter(|_| all.len() > entries.len());
    Found { entries, next, total }
}

fn meant<'a>(journal: &'a [Stamped], search: &'a Search, site: &'a Site) -> impl Iterator<Item = &'a Stamped> {
    let is_meant = |stamped: &&Stamped| {
        let marks = CloudEvent::marks(stamped, site);
        search.matches(stamped.seq, stamped.at, &marks)
    };
    journal.iter().filter(is_meant)
}

impl Kept {
    fn chain(&self) -> Vec<Link> {
        let mut chain = Chain::new(Chain::GENESIS);
        let link = |stamped: &Stamped| {
            let (before, bytes) = (chain.head(), canonical::encode(stamped));
            Link { seq: stamped.seq, after: chain.extend(&bytes), bytes, before }
        };
        self.journal.iter().map(link).collect()
    }
}

impl Archive for Kept {
    fn bars(&self, search: Search, scale: Scale) -> Pending<Result<Bars, SearchRefused>> {
        let mut bars = Bars::none(&scale);
        for stamped in meant(&self.journal, &search, &self.site) {
            let is = |name: &str| u64::from(Entry::event_name(&stamped.entry) == name);
            if let Some(bar) = scale.bar_of(stamped.at) {
                bars.add(bar, 1, is(RAISED), is(DENIED));
            }
        }
        Box::pin(async move { Ok(bars) })
    }

    fn chain_head(&self) -> Pending<Result<ChainHead, Unavailable>> {
        let last = self.chain().pop();
        let none = ChainHead { seq: Seq::new(0), hash: Chain::GENESIS };
        let head = last.map_or(none, |link| ChainHead { seq: link.seq, hash: link.after });
        Box::pin(async move { Ok(head) })
    }

    fn links(&self, of: Vec<Seq>) -> Pending<Result<Vec<Link>, Unavailable>> {
        let links = self.chain().into_iter().filter(|link| of.contains(&link.seq)).collect();
        Box::pin(async move { Ok(links) })
    }

    /// Over as soon as it is asked for; there is none before.
    fn check(&self, since: Option<Wall>) -> Option<Check> {
        let head = self.chain().pop().map(|link| ChainHead { seq: link.seq, hash: link.after });
        since.zip(head).map(|(at, head)| Check { begun: at, over: Some((at, Outcome::Whole(head))) })
    }

    /// Says that it was signed; the daemon's own tests check signatures.
    fn sign(&self, text: &str) -> Option<String> {
        Some(format!("{text}\n\u{2014} in-memory AAAAAA==\n"))
    }

    fn verifier_key(&self) -> Option<String> {
        Some("in-memory+00000000+AQ==".to_owned())
    }
}
