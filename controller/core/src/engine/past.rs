//! The site as it was at a moment of the past: its records rebuilt from entries by the code that replays the journal, asked by
//! the code that answers for today, decided by the rules of the doors. Nothing is guessed: what no entry says of a moment is
//! left out, and an explanation names it. The site's own plan (which areas, which doors) is that of today.
//!
//! Which entries matter is `past/selection.rs`; where they are kept for quick reading is the shell's.

mod selection;
mod simulation;

pub use selection::{Selection, is_passage};
pub use simulation::{Difference, Simulated, Simulation, Treatment};

use super::command::{Caller, Command, CommandError, Reply, Scope};
use super::commands::Order;
use super::query::{Answer, Query};
use super::{Engine, levels};
use crate::entry::Stamped;
use crate::id::{PersonId, PointId, Seq};
use crate::permission::Actor;
use crate::presence::Presence;
use crate::records::{RecordChange, Records};
use crate::site::Site;
use crate::time::{Monotonic, Now, Wall};

/// Records on their way from the first entry to a moment.
#[derive(Debug, Default)]
pub struct Replay {
    records: Records,
    changes: Vec<RecordChange>,
}

impl Replay {
    /// Goes on from records as they were.
    pub fn from(records: Records) -> Self {
        Self { records, changes: Vec::new() }
    }

    /// Takes the next entry; entries that say nothing of rights may be left out.
    pub fn take(&mut self, stamped: &Stamped) {
        self.records.apply(stamped, &mut self.changes);
        self.changes.clear();
    }

    /// The newest entry that was taken.
    pub const fn head(&self) -> Seq {
        self.records.head
    }

    /// The records as they are by now.
    pub fn into_records(self) -> Records {
        self.records
    }
}

/// The site as its records were.
#[derive(Debug)]
pub struct Past(Engine);

impl Past {
    /// A site of today's plan with records of the past.
    pub fn of(site: Site, records: Records) -> Self {
        let mut engine = Engine::compile(site, records, at_moment(Wall::from_micros(0)));
        engine.presence = Presence::unrecorded();
        levels::resolve(&mut engine.site, &engine.records, &engine.people);
        engine.recall_fire();
        engine.recompute_modes();
        Self(engine)
    }

    /// Answers a question as of `at`, for somebody whose rights reached `scope` then.
    pub fn answer(&self, at: Wall, scope: Scope, query: &Query) -> Answer {
        self.0.answer(at_moment(at), scope, query)
    }

    /// Carries out what somebody may do who may change rights, as if it had been asked for at `at`; nothing but these records
    /// changes by it, and a right that would wait for approval waits here as well.
    ///
    /// # Errors
    /// The command does not fit the records, or is not within reach of whoever gives it.
    pub fn carry_out(&mut self, at: Wall, caller: Caller, command: Command) -> Result<Reply, CommandError> {
        let now = at_moment(at);
        self.0.people.refresh(&mut self.0.open, at);
        self.0.reach(at, caller.scope).check(&command)?;
        // What would wait for a second operator is tried as if one had confirmed it.
        let order = Order { second: Some(Actor::System), ..Order::of(now, caller) };
        let reply = self.0.do_at_once(order, command);
        // What would be told or written is nobody's.
        self.0.outputs.clear();
        drop(self.0.take_batch());
        reply
    }

    /// Whether somebody at a point was to be seen within a scope at `at`.
    fn sees(&self, at: Wall, scope: Scope, person: PersonId, point: PointId) -> bool {
        let reach = self.0.reach(at, scope);
        reach.sees_person(person) && self.0.site.point(point).is_some_and(|point| reach.sees_door(point.door))
    }

    /// The records.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    /// The records alone, to go on from.
    pub fn into_records(self) -> Records {
        self.0.records
    }
}

fn at_moment(wall: Wall) -> Now {
    Now { monotonic: Monotonic::from_micros(0), wall }
}
