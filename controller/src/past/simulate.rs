//! Tries new rules on the passages that the file of the past keeps. Reading and deciding go on at the same time, off the
//! engine's thread; whoever asked is told how far it is, and their going away ends it.

use std::sync::Arc;

use rackward_core::engine::past::{Past, Simulated, Simulation};
use rackward_core::id::Seq;
use rackward_core::{Caller, Command, Wall};
use rackward_dashboard::Unavailable;
use rackward_dashboard::past::{PastRefused, SimulationNews, SimulationRefused};
use tokio::sync::mpsc;

use super::blocks::{self, Bounds, Series};
use super::{Historian, PastError, READ_AHEAD_BLOCKS};

/// News that may wait for whoever reads them: progress, and the end.
const NEWS_WAITING: usize = 8;

impl Historian {
    /// Tries what a command would make of the rules on the passages since `since`, while `head` is the newest durable entry.
    ///
    /// # Errors
    /// The command does not fit the rules as they are, or what is kept of the past is not there.
    pub async fn simulate(
        &self,
        now: Wall,
        since: Wall,
        caller: Caller,
        command: Command,
        head: Seq,
    ) -> Result<mpsc::Receiver<SimulationNews>, SimulationRefused> {
        let turn = Arc::clone(&self.simulating).try_acquire_owned().map_err(|_| SimulationRefused::Busy)?;
        let current = self.at(now, head).await?;
        let site = Arc::clone(&self.site);
        let prepared = tokio::task::spawn_blocking(move || -> Result<Box<Simulation>, SimulationRefused> {
            let mut new = Past::of((*site).clone(), current.records().clone());
            new.carry_out(now, caller, command)?;
            Ok(Box::new(Simulation::of(current, new, caller.scope)))
        });
        let simulation = prepared.await.map_err(|_| PastRefused::Unavailable(Unavailable))??;
        let (news, reading) = mpsc::channel(NEWS_WAITING);
        let historian = self.clone();
        tokio::spawn(async move {
            historian.run(simulation, since, head, news).await;
            drop(turn);
        });
        Ok(reading)
    }

    async fn run(&self, simulation: Box<Simulation>, since: Wall, head: Seq, news: mpsc::Sender<SimulationNews>) {
        let told = match self.run_to_end(simulation, since, head, &news).await {
            Ok(simulated) => SimulationNews::Done(Box::new(simulated)),
            Err(error) => {
                tracing::error!(%error, "a simulation failed");
                SimulationNews::Failed(PastRefused::Unavailable(Unavailable))
            }
        };
        // Whoever went away does not miss it.
        let _ = news.send(told).await;
    }

    async fn run_to_end(
        &self,
        simulation: Box<Simulation>,
        since: Wall,
        head: Seq,
        news: &mpsc::Sender<SimulationNews>,
    ) -> Result<Simulated, PastError> {
        let pool = self.file.filled_pool().await?;
        let bounds = Bounds { after: Seq::new(0), upto: head, since };
        let blocks = self.file.blocks(&pool, Series::Passages, &bounds).await?;
        let (sender, arriving) = mpsc::channel(READ_AHEAD_BLOCKS);
        let (told, total) = (news.clone(), blocks.len());
        let deciding = tokio::task::spawn_blocking(move || try_on_all(simulation, &bounds, total, arriving, &told));
        self.file.send(&pool, Series::Passages, &blocks, sender).await?;
        let tried = deciding.await.map_err(|_| PastError::Stopping)?;
        tried.map_err(|ended| match ended {
            Ended::Nonsense => self.file.nonsense(),
            Ended::Unwanted => PastError::Stopping,
        })
    }
}

/// Why a simulation ended before its end.
enum Ended {
    Nonsense,
    Unwanted,
}

fn try_on_all(
    mut simulation: Box<Simulation>,
    bounds: &Bounds,
    total: usize,
    mut blocks: mpsc::Receiver<Vec<u8>>,
    news: &mpsc::Sender<SimulationNews>,
) -> Result<Simulated, Ended> {
    let mut done = 0;
    while let Some(block) = blocks.blocking_recv() {
        for entry in blocks::entries(&block) {
            let entry = entry.ok_or(Ended::Nonsense)?;
            if bounds.hold(&entry) {
                simulation.try_on(&entry);
            }
        }
        done += 1;
        let percent = u8::try_from(done * 100 / total.max(1)).unwrap_or(100);
        match news.try_send(SimulationNews::Progress { passages: simulation.passages(), percent }) {
            // Whoever reads slowly is told less often.
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Ended::Unwanted),
        }
    }
    Ok(simulation.finish())
}
