//! The gate between what the engine settled and what may act on it: outputs wait until the entries of their batch are
//! durable, except those that act first. Decides which outputs go when, and what becomes of those that wait for a journal
//! that cannot be written: entries are kept and written later, releases are withheld, callers are told. Pure: whoever
//! holds the gate writes the batch, carries the outputs out and says what time it is (`run.rs`; the simulated site).
//!
//! ```text
//!            written                 failed                    written
//!  Writable ─────────▶ Writable ───────────────▶ Failing ──────────────────▶ Writable
//!                               StoreFailed        ▲ │ failed   StoreRecovered
//!                                                  └─┘
//! ```
//! Vocabulary: a *load* is what the engine settled since the last one, on its way through the gate.

use std::time::Duration;

use rackward_core::engine::query::JournalHealth;
use rackward_core::id::DeviceId;
use rackward_core::{Batch, CommandError, Engine, Feedback, Input, Monotonic, Output};

/// How often writing is tried again. Shorter would wear out a sick disk, longer keeps everybody out for as long.
const RETRY_MILLIS: u64 = 500;

/// The gate.
#[derive(Debug, Default)]
pub struct Gate {
    journal: Journal,
}

/// Whether the journal takes entries, and what waits if it does not.
#[derive(Debug, Default)]
enum Journal {
    #[default]
    Writable,
    Failing {
        backlog: Batch,
        retry_at: Monotonic,
    },
}

/// What the engine settled, on its way through the gate.
#[derive(Debug)]
pub struct Load {
    at_once: Vec<Output>,
    held: Vec<Output>,
    batch: Option<Batch>,
}

/// What became of a load's batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is on disk, or there was none to write.
    Durable,
    /// It is not.
    Failed,
}

/// What may happen now.
#[derive(Debug)]
pub struct Passed {
    /// To carry out, in order.
    pub outputs: Vec<Output>,
    /// What became durable, to be told to everybody.
    pub durable: Option<Batch>,
    /// What the engine must be told after the outputs are carried out.
    pub news: Option<Input>,
}

impl Load {
    /// What acts before anything is written: life safety. Empty the second time.
    pub fn take_first(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.at_once)
    }

    /// What must be written before [`Gate::pass`]; `None` when nothing is to be written now.
    pub fn batch(&self) -> Option<&Batch> {
        self.batch.as_ref()
    }
}

impl Gate {
    /// Whether the journal can be written, as far as the last try showed.
    pub fn health(&self) -> JournalHealth {
        match self.journal {
            Journal::Writable => JournalHealth::Writable,
            Journal::Failing { .. } => JournalHealth::Unwritable,
        }
    }

    /// When writing is tried again, if it failed.
    pub fn retry_at(&self) -> Option<Monotonic> {
        match &self.journal {
            Journal::Writable => None,
            Journal::Failing { retry_at, .. } => Some(*retry_at),
        }
    }

    /// Lets the next load be written at once, whenever the last try failed: there will be no later one.
    pub fn retry_now(&mut self) {
        if let Journal::Failing { retry_at, .. } = &mut self.journal {
            *retry_at = Monotonic::from_micros(0);
        }
    }

    /// Takes what the engine has settled; `None` when there is nothing to do at `now`.
    pub fn take(&mut self, engine: &mut Engine, now: Monotonic) -> Option<Load> {
        let (at_once, held): (Vec<_>, Vec<_>) = core::iter::from_fn(|| engine.poll()).partition(Output::acts_first);
        let batch = engine.take_batch();
        let is_idle = batch.is_empty() && at_once.is_empty() && held.is_empty();
        let batch = match &mut self.journal {
            Journal::Writable if is_idle => return None,
            Journal::Writable => (!batch.is_empty()).then_some(batch),
            Journal::Failing { backlog, retry_at } => {
                // Rows are whole and few, and the engine bounds how many entries it makes in this state.
                backlog.entries.extend(batch.entries);
                backlog.changes.extend(batch.changes);
                let is_due = now >= *retry_at;
                if is_idle && !is_due {
                    return None;
                }
                is_due.then(|| core::mem::take(backlog))
            }
        };
        Some(Load { at_once, held, batch })
    }

    /// Lets a load pass as far as `written`, the fate of its batch, allows.
    pub fn pass(&mut self, load: Load, written: Written, now: Monotonic) -> Passed {
        let Load { at_once: mut outputs, held, batch } = load;
        let Some(batch) = batch else {
            // Nothing waits for the journal: while it fails, the engine admits nobody, and the locks whose hold it renews are
            // held by entries that were durable before.
            outputs.extend(held);
            return Passed { outputs, durable: None, news: None };
        };
        let is_first = self.health() == JournalHealth::Writable;
        match written {
            Written::Durable => {
                self.journal = Journal::Writable;
                outputs.extend(held);
                let news = (!is_first).then_some(Input::StoreRecovered);
                Passed { outputs, durable: Some(batch), news }
            }
            Written::Failed => {
                let retry_at = now.after(Duration::from_millis(RETRY_MILLIS));
                self.journal = Journal::Failing { backlog: batch, retry_at };
                let news = if is_first {
                    Some(withhold(held, &mut outputs))
                } else {
                    outputs.extend(held);
                    None
                };
                Passed { outputs, durable: None, news }
            }
        }
    }
}

/// The journal failed with these outputs waiting for it: releases and jobs stay here, callers are told, the rest goes.
fn withhold(held: Vec<Output>, outputs: &mut Vec<Output>) -> Input {
    let (mut withheld, mut jobs): (Vec<DeviceId>, Vec<DeviceId>) = (Vec::new(), Vec::new());
    for output in held {
        match output {
            Output::Release { device, .. } => withheld.push(device),
            Output::Reply { ticket, result: Ok(_) } => {
                outputs.push(Output::Reply { ticket, result: Err(CommandError::NotYetDurable) });
            }
            Output::Feedback { feedback: Feedback::Granted { .. }, .. } => {}
            Output::StartJob { device, .. } => jobs.push(device),
            // A device never holds, and never forgets, what is not in the journal; the engine sends these again once it can be
            // written. A certificate that did not go is asked for again by its device.
            Output::PutRights { .. }
            | Output::NoteLog { .. }
            | Output::IssueCertificate { .. }
            | Output::NoteStill(_) => {}
            Output::Reply { .. }
            | Output::Feedback { .. }
            | Output::Relock { .. }
            | Output::StopJob { .. }
            | Output::DecideOnline { .. }
            | Output::TryCanary { .. }
            | Output::Certificates { .. }
            | Output::CheckPin { .. }
            // What a camera shows now it does not show later; its entry is kept like all others.
            | Output::TakeStill(_)
            | Output::TakeStillsAgain(_) => {
                outputs.push(output);
            }
        }
    }
    Input::StoreFailed { withheld, jobs }
}
