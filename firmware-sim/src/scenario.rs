//! People who walk about and work by themselves, and now and then do what they should not.
//!
//! Decided here: who does what when, from a seed. They know no more than real people: they see lights, try doors, and give up
//! when nothing opens. They act through the same hands as everybody else.
//!
//! ```text
//!            due               released            walked          last stop
//!  Resting ──────> Presenting ──────────> Passing ────────> next ────────────> Working ──> leaving, stop by stop ──> Resting
//!     │                │  not released: once more, then give up and leave                         ^
//!     │ now and then   └──────────────────────────────────────────────────────────────────────────┘
//!     └──> a prank: a stranger's card, a forced door, a fence
//! ```

mod chance;
mod route;
mod walk;

use std::time::Duration;

use rackward_protocol::osdp::Micros;

use crate::device::Report;
use crate::installation::Installation;

pub use chance::Chance;
use route::Route;
use walk::Walker;

/// Shortest time between two pranks.
const PRANK_MIN: Duration = Duration::from_secs(45);
/// Longest time between two pranks.
const PRANK_MAX: Duration = Duration::from_secs(180);
/// How long a forced door stays open.
const FORCED_OPEN: Duration = Duration::from_secs(20);
/// Facility code of cards that nobody at this site carries.
const STRANGER_FACILITY: u8 = 250;

/// Everybody's plans.
#[derive(Debug)]
pub struct Scenario {
    chance: Chance,
    walkers: Vec<Walker>,
    prank_at: Micros,
    /// A door that was forced, and when someone shuts it again.
    forced: Option<(usize, Micros)>,
}

impl Scenario {
    /// Plans for everybody in `installation` who has habits; the same seed gives the same plans.
    pub fn new(installation: &Installation, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let now = installation.now().uptime;
        let mut walkers = Vec::new();
        for (index, person) in installation.people().iter().enumerate() {
            if let Some(route) = Route::of(installation, &person.habits) {
                let start = chance.between(Duration::from_secs(1), Duration::from_secs(60));
                walkers.push(Walker::new(index, route, now + start));
            }
        }
        let prank_at = now + chance.between(PRANK_MIN, PRANK_MAX);
        Self { chance, walkers, prank_at, forced: None }
    }

    /// Lets everybody do what is due at the moment of the installation's last tick.
    pub fn turn(&mut self, installation: &mut Installation) {
        for walker in &mut self.walkers {
            walker.turn(installation, &mut self.chance);
        }
        self.shut_forced(installation);
        if installation.now().uptime >= self.prank_at {
            self.prank_at = installation.now().uptime + self.chance.between(PRANK_MIN, PRANK_MAX);
            self.prank(installation);
        }
    }

    fn shut_forced(&mut self, installation: &mut Installation) {
        let now = installation.now().uptime;
        if let Some((at, _)) = self.forced.take_if(|(_, until)| now >= *until)
            && let Some(passage) = installation.passage_mut(at)
        {
            // Somebody may have shut it already.
            _ = passage.barrier.close();
        }
    }

    fn prank(&mut self, installation: &mut Installation) {
        match self.chance.below(4) {
            0 => self.force(installation),
            1 => self.climb(installation),
            _ => self.present_strange_card(installation),
        }
    }

    fn force(&mut self, installation: &mut Installation) {
        let now = installation.now().uptime;
        let at = self.chance.index(installation.passages().len());
        if let Some(passage) = installation.passage_mut(at)
            && passage.barrier.force(now).is_ok()
        {
            self.forced = Some((at, now + FORCED_OPEN));
        }
    }

    fn climb(&mut self, installation: &mut Installation) {
        let now = installation.now().uptime;
        let at = self.chance.index(installation.fences().len());
        if let Some(fence) = installation.fence_mut(at) {
            fence.zone.cross(now);
        }
    }

    fn present_strange_card(&mut self, installation: &mut Installation) {
        let readers = installation.devices().iter().filter(|device| device.reads_cards() && device.serves().is_some());
        let names: Vec<String> = readers.map(|device| device.name().to_owned()).collect();
        let number = u16::try_from(self.chance.below(u64::from(u16::MAX))).unwrap_or(1);
        let at = self.chance.index(names.len());
        let card = crate::card::wiegand_26(STRANGER_FACILITY, number);
        let reader = names.get(at).and_then(|name| installation.device_named(name));
        if let (Ok(card), Some(reader)) = (card, reader)
            && let Some(device) = installation.device_mut(reader)
        {
            device.report(Report::Card(card));
        }
    }
}
