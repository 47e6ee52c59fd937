//! Runs a history on engine and model side by side and compares, after each step, what both say and know. How a step is
//! given to both is `steps.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rackward_core::engine::output::ReleaseCause;
use rackward_core::id::{AreaId, DoorId, PersonId, PointId};
use rackward_core::mode::{self, BaseMode};
use rackward_core::people::{GrantState, Place, Uses};
use rackward_core::{Entry, Monotonic, Now, Output, Records, Wall};

use super::doors::{Base, Hold};
use super::grounds::{AREAS, DOORS, Feature, Grounds, POINTS, door_path, is_rack, lock_of};
use super::history::Step;
use super::world::{Said, State, World};
use crate::site::Desk;

/// Engine and model side by side.
pub(crate) struct Both {
    pub(crate) desk: Desk,
    pub(crate) world: World,
    pub(crate) doors: Vec<DoorId>,
    pub(crate) points: Vec<PointId>,
    pub(crate) areas: Vec<AreaId>,
    /// Whether the last step was at a reader: others send releases that hold a lock unlocked.
    pub(crate) at_reader: bool,
}

/// How often each thing was said.
pub(crate) type Tally = BTreeMap<&'static str, u32>;

/// Runs a history; how often each thing was said, or what differs at which step.
pub(crate) fn run(features: &[Feature], start: Wall, history: &[Step]) -> Result<Tally, String> {
    let mut both = Both::open(features, start);
    let mut tally = Tally::new();
    both.compare().map_err(|difference| format!("at the start: {difference}"))?;
    for (place, step) in history.iter().enumerate() {
        both.take(step)
            .and_then(|()| both.compare())
            .map_err(|difference| format!("at step {place}, {step:?}: {difference}"))?;
        both.world.said.iter().for_each(|said| *tally.entry(said.word()).or_default() += 1);
    }
    Ok(tally)
}

impl Both {
    pub(crate) fn open(features: &[Feature], start: Wall) -> Self {
        let grounds = Grounds::with(features);
        let now = Now { monotonic: Monotonic::from_micros(0), wall: start };
        let mut desk = Desk::restart_of(&grounds.draft, Records::default(), now);
        desk.all_online();
        let mut world = World::of(&grounds, start);
        all_online(&mut world);
        let doors = (0..DOORS.len()).map(|door| desk.door(&door_path(door))).collect();
        let points = POINTS.iter().map(|(door, inwards)| match (is_rack(*door), inwards) {
            (true, _) => desk.point(&door_path(*door)),
            (false, true) => desk.point(&format!("{}/in", door_path(*door))),
            (false, false) => desk.point(&format!("{}/out", door_path(*door))),
        });
        let areas = AREAS.iter().map(|area| desk.engine.site().areas().find(|row| row.path == area.0).unwrap().id);
        let (points, areas) = (points.collect(), areas.collect());
        Self { desk, world, doors, points, areas, at_reader: false }
    }

    fn point(&self, id: PointId) -> usize {
        self.points.iter().position(|known| *known == id).unwrap()
    }

    fn area(&self, id: AreaId) -> usize {
        self.areas.iter().position(|known| *known == id).unwrap()
    }

    /// What differs between what the two say and know, if anything.
    pub(crate) fn compare(&self) -> Result<(), String> {
        let (mut says, mut expected) = (self.said_by_engine(), self.world.said.clone());
        says.sort();
        expected.sort();
        differ("said", &says, &expected)?;
        if self.at_reader {
            differ("releases", &self.releases_sent(), &self.releases_expected())?;
        }
        self.compare_places()?;
        self.compare_rights()
    }

    pub(crate) fn said_by_engine(&self) -> Vec<Said> {
        let said = self.desk.journal.iter().filter_map(|stamped| match &stamped.entry {
            Entry::AccessGranted { point, person, grant, .. } => {
                Some(Said::Admitted { point: self.point(*point), person: person.get(), grant: grant.get() })
            }
            Entry::CompanionAdmitted { point, person, grant, with, .. } => Some(Said::Along {
                point: self.point(*point),
                person: person.get(),
                grant: grant.get(),
                with: with.get(),
            }),
            Entry::AccessDenied { point, person, reason, .. } => Some(Said::Refused {
                point: self.point(*point),
                person: person.map(PersonId::get),
                code: reason.code(),
            }),
            Entry::FactorAwaited { point, person } => {
                Some(Said::AskedForPin { point: self.point(*point), person: person.get() })
            }
            Entry::CompanionAwaited { point, person } => {
                Some(Said::AskedForSecond { point: self.point(*point), person: person.get() })
            }
            Entry::PassbackViolated { point, person } => {
                Some(Said::Violated { point: self.point(*point), person: person.get() })
            }
            Entry::PresenceChanged { person, place } => {
                Some(Said::Moved { person: person.get(), area: self.place(*place) })
            }
            Entry::CredentialLockedOut { credential, .. } => Some(Said::LockedOut { card: credential.get() }),
            _ => None,
        });
        said.collect()
    }

    fn place(&self, place: Place) -> Option<usize> {
        match place {
            Place::Inside(area) => Some(self.area(area)),
            Place::Outside => None,
        }
    }

    /// Releases for people, as they were sent to locks: which door, for how long.
    fn releases_sent(&self) -> BTreeSet<(usize, Duration)> {
        let sent = self.desk.outputs.iter().filter_map(|output| match output {
            Output::Release { device, duration, cause: ReleaseCause::Admitted, .. } => {
                let door = (0..DOORS.len()).find(|door| self.desk.device(&lock_of(*door)) == *device)?;
                (!self.world.standing(door).is_unlocked()).then_some((door, *duration))
            }
            _ => None,
        });
        sent.collect()
    }

    fn releases_expected(&self) -> BTreeSet<(usize, Duration)> {
        let admitted = |said: &Said| match *said {
            Said::Admitted { point, person, .. } => {
                let first = self.world.said.iter().find_map(|said| match *said {
                    Said::Along { person: first, with, .. } if with == person => Some(first),
                    _ => None,
                });
                let people: Vec<u32> = first.into_iter().chain([person]).collect();
                let door = POINTS[point].0;
                (!self.world.standing(door).is_unlocked()).then(|| (door, self.world.release_time(door, &people)))
            }
            _ => None,
        };
        self.world.said.iter().filter_map(admitted).collect()
    }

    fn compare_places(&self) -> Result<(), String> {
        let records = self.desk.engine.records();
        let known = records.presence.iter().map(|(person, at)| (person.get(), self.place(at.place), at.since));
        let mut expected = self.world.presence.clone();
        expected.sort_by_key(|known| known.0);
        differ("whereabouts", &known.collect::<Vec<_>>(), &expected)?;
        let now = self.world.now;
        let locked = |(card, until): (u32, Wall)| (now < until).then_some((card, until));
        let lockouts = records.lockouts.iter().map(|(card, until)| (card.get(), *until)).filter_map(locked);
        let expected: BTreeSet<(u32, Wall)> = self.world.lockouts.iter().copied().filter_map(locked).collect();
        differ("lock-outs", &lockouts.collect::<BTreeSet<_>>(), &expected)?;
        let lockdowns: BTreeSet<usize> = records.lockdowns.iter().map(|area| self.area(*area)).collect();
        differ("lockdowns", &lockdowns, &self.world.lockdowns.iter().copied().collect())?;
        for (door, state) in self.world.doors.iter().enumerate() {
            let row = records.modes.get(&self.doors[door]).copied().unwrap_or_default();
            differ(
                &format!("mode of {}", DOORS[door].0),
                &(base(row.base), hold(row.hold)),
                &(state.base, state.hold),
            )?;
        }
        Ok(())
    }

    fn compare_rights(&self) -> Result<(), String> {
        let grants = self.desk.engine.records().grants.values().map(|grant| {
            let state = match grant.state {
                GrantState::Active => State::Active,
                GrantState::Requested => State::Requested,
                GrantState::Revoked | GrantState::Denied | GrantState::Ended(_) => State::Over,
            };
            let uses = match grant.uses {
                Uses::Unlimited => None,
                Uses::Left(left) => Some(left),
            };
            (grant.id.get(), state, uses, grant.validity.to)
        });
        let expected = self.world.grants.iter().map(|grant| (grant.id, grant.state, grant.uses, grant.to));
        differ("grants", &grants.collect::<Vec<_>>(), &expected.collect::<Vec<_>>())
    }
}

fn differ<T: PartialEq + core::fmt::Debug>(what: &str, engine: &T, model: &T) -> Result<(), String> {
    if engine == model { Ok(()) } else { Err(format!("{what}\n  engine: {engine:?}\n  model:  {model:?}")) }
}

pub(crate) fn all_online(world: &mut World) {
    for door in 0..DOORS.len() {
        world.doors[door].online = true;
        world.shut(door);
    }
}

fn base(base: BaseMode) -> Base {
    match base {
        BaseMode::Locked => Base::Locked,
        BaseMode::Unlocked => Base::Unlocked,
        BaseMode::Blocked => Base::Blocked,
        BaseMode::DoubleLocked => Base::DoubleLocked,
    }
}

fn hold(hold: mode::Hold) -> Hold {
    match hold {
        mode::Hold::None => Hold::Nothing,
        mode::Hold::LockedDown => Hold::Down,
        mode::Hold::LockedOpen => Hold::Open,
    }
}
