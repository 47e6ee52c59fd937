//! One person on the way: present, watch, pass, work, and back again.

use std::time::Duration;

use rackward_protocol::mqtt::{Colour, Keypad};
use rackward_protocol::osdp::Micros;

use super::chance::Chance;
use super::route::{Purpose, Route, Stop};
use crate::device::{DeviceIndex, Report};
use crate::installation::Installation;
use crate::world::Grip;

/// How long one watches a door after presenting a card.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often one presents a card before giving up.
const ATTEMPTS: u8 = 2;
/// One person in so many holds a door open for long.
const HOLDS_ONE_IN: u64 = 25;
/// One person in so many forgets to seat a handle for a while.
const FORGETS_ONE_IN: u64 = 12;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Card,
    CardAndPin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Resting,
    Presenting {
        stop: usize,
        way: Way,
        attempt: u8,
    },
    Watching {
        stop: usize,
        way: Way,
        attempt: u8,
        until: Micros,
        shown: Shown,
    },
    /// Stands in the open door.
    Passing {
        stop: usize,
        way: Way,
    },
    /// The handle is up, the leaf not open yet.
    Lifted {
        stop: usize,
    },
    /// Works in the open rack.
    Working {
        stop: usize,
    },
    /// The leaf is closed, the handle not seated yet.
    Closed {
        stop: usize,
    },
}

/// One person who walks.
#[derive(Debug)]
pub(super) struct Walker {
    person: usize,
    route: Route,
    stage: Stage,
    due: Micros,
}

impl Walker {
    pub(super) fn new(person: usize, route: Route, start: Micros) -> Self {
        Self { person, route, stage: Stage::Resting, due: start }
    }

    /// Does what is due.
    pub(super) fn turn(&mut self, installation: &mut Installation, chance: &mut Chance) {
        let now = installation.now().uptime;
        if now < self.due {
            return;
        }
        let (stage, pause) = match self.stage {
            Stage::Resting => self.approach(0, Way::In, chance),
            Stage::Presenting { stop, way, attempt } => self.present(installation, stop, way, attempt),
            Stage::Watching { stop, way, attempt, until, shown } => {
                self.watch(installation, chance, (stop, way, attempt), (until, shown))
            }
            Stage::Passing { stop, way } => self.walk_on(installation, stop, way, chance),
            Stage::Lifted { stop } => self.open_rack(installation, stop, chance),
            Stage::Working { stop } => self.close_rack(installation, stop, chance),
            Stage::Closed { stop } => self.seat(installation, stop, chance),
        };
        (self.stage, self.due) = (stage, now + pause);
    }

    fn approach(&self, stop: usize, way: Way, chance: &mut Chance) -> (Stage, Duration) {
        match self.route.stop(stop) {
            Some(_) => (Stage::Presenting { stop, way, attempt: 1 }, chance.between(secs(2), secs(6))),
            None => (Stage::Resting, chance.between(secs(20), secs(120))),
        }
    }

    /// The next stop after this one has been passed, turned back from, or worked at.
    fn after(&self, stop: usize, way: Way, chance: &mut Chance) -> (Stage, Duration) {
        match way {
            Way::In if self.route.stop(stop + 1).is_some() => self.approach(stop + 1, way, chance),
            // The last stop is reached: back out by it, unless it was a rack.
            Way::In => self.leave(stop, chance),
            Way::Out => match stop.checked_sub(1) {
                Some(before) => self.leave(before, chance),
                None => (Stage::Resting, chance.between(secs(20), secs(120))),
            },
        }
    }

    /// Goes out by `stop`, or by the one before it when there is nothing to pass here.
    fn leave(&self, stop: usize, chance: &mut Chance) -> (Stage, Duration) {
        match self.route.stop(stop) {
            Some(Stop { purpose: Purpose::Pass, .. }) => self.approach(stop, Way::Out, chance),
            Some(Stop { purpose: Purpose::Work, .. }) | None => match stop.checked_sub(1) {
                Some(before) => self.leave(before, chance),
                None => (Stage::Resting, chance.between(secs(20), secs(120))),
            },
        }
    }

    /// Turned away: whoever is on the way in goes back out by what was passed already, whoever is on the way out waits.
    fn give_up(&self, stop: usize, way: Way, chance: &mut Chance) -> (Stage, Duration) {
        match (way, stop.checked_sub(1)) {
            // A rack that does not open is no reason not to try the next one.
            (Way::In, _) if self.at_rack(stop) => self.after(stop, way, chance),
            (Way::In, Some(before)) => self.leave(before, chance),
            (Way::In, None) => (Stage::Resting, chance.between(secs(30), secs(120))),
            (Way::Out, _) => (Stage::Presenting { stop, way, attempt: 1 }, secs(15)),
        }
    }

    fn at_rack(&self, stop: usize) -> bool {
        self.route.stop(stop).is_some_and(|stop| stop.purpose == Purpose::Work)
    }

    fn present(&self, installation: &mut Installation, at: usize, way: Way, attempt: u8) -> (Stage, Duration) {
        let now = installation.now().uptime;
        let Some(stop) = self.route.stop(at) else { return (Stage::Resting, secs(30)) };
        let reader = match way {
            Way::In => Some(stop.reader),
            Way::Out => stop.exit,
        };
        match reader {
            Some(reader) => self.show_card(installation, reader),
            None => {
                // Without an exit button either, one simply tries the door.
                _ = installation.passage_mut(stop.passage).map(|passage| passage.barrier.press_exit(now));
            }
        }
        let until = now + PATIENCE;
        (Stage::Watching { stop: at, way, attempt, until, shown: Shown::Card }, Duration::from_millis(300))
    }

    fn show_card(&self, installation: &mut Installation, reader: DeviceIndex) {
        let card = installation.people().get(self.person).and_then(|person| person.card.clone());
        if let (Some(card), Some(device)) = (card, installation.device_mut(reader)) {
            device.report(Report::Card(card));
        }
    }

    fn watch(
        &self,
        installation: &mut Installation,
        chance: &mut Chance,
        (at, way, attempt): (usize, Way, u8),
        (until, shown): (Micros, Shown),
    ) -> (Stage, Duration) {
        let now = installation.now().uptime;
        let Some(stop) = self.route.stop(at) else { return (Stage::Resting, secs(30)) };
        // Whoever was not let in does not rattle at the door, though it may open to somebody else at that moment.
        let reader = if way == Way::In { Some(stop.reader) } else { stop.exit };
        let may_try = reader.is_none_or(|reader| self.reader_shows(installation, reader, Colour::Green));
        if may_try && let Some(next) = self.try_door(installation, chance, at, way) {
            return next;
        }
        if now >= until {
            let again = Stage::Presenting { stop: at, way, attempt: attempt + 1 };
            return if attempt < ATTEMPTS { (again, secs(4)) } else { self.give_up(at, way, chance) };
        }
        let wants_pin =
            way == Way::In && shown == Shown::Card && self.reader_shows(installation, stop.reader, Colour::Amber);
        let shown = if wants_pin { self.press_pin(installation, stop.reader) } else { shown };
        (Stage::Watching { stop: at, way, attempt, until, shown }, Duration::from_millis(200))
    }

    /// Opens the door, or lifts the handle, if it lets itself be.
    fn try_door(
        &self,
        installation: &mut Installation,
        chance: &mut Chance,
        at: usize,
        way: Way,
    ) -> Option<(Stage, Duration)> {
        let now = installation.now().uptime;
        let stop = self.route.stop(at)?;
        let barrier = &mut installation.passage_mut(stop.passage)?.barrier;
        match stop.purpose {
            Purpose::Work => {
                barrier.lift().ok()?;
                Some((Stage::Lifted { stop: at }, Duration::from_millis(800)))
            }
            Purpose::Pass => {
                let holds = chance.one_in(HOLDS_ONE_IN);
                barrier.open(now, if holds { Grip::Hold } else { Grip::LetGo }).ok()?;
                let stay = if holds { chance.between(secs(35), secs(60)) } else { chance.between(secs(2), secs(3)) };
                Some((Stage::Passing { stop: at, way }, stay))
            }
        }
    }

    /// Whether the reader shows a passing pattern in this colour: green for "go", amber for "the PIN, please".
    fn reader_shows(&self, installation: &Installation, reader: DeviceIndex, colour: Colour) -> bool {
        let now = installation.now().uptime;
        let light = installation.device(reader).and_then(|device| device.feedback()).map(|(light, _)| *light);
        let pattern = light.and_then(|light| light.temporary(now));
        pattern.is_some_and(|(rhythm, shows)| shows && rhythm.on_colour == colour && rhythm.off_colour != Colour::Red)
    }

    fn press_pin(&self, installation: &mut Installation, reader: DeviceIndex) -> Shown {
        let pin = installation.people().get(self.person).and_then(|person| person.pin.as_ref());
        let keys = pin.and_then(|pin| Keypad::new(&format!("{}#", pin.expose())).ok());
        if let (Some(keys), Some(device)) = (keys, installation.device_mut(reader)) {
            device.report(Report::Keys(keys));
        }
        Shown::CardAndPin
    }

    fn walk_on(&self, installation: &mut Installation, at: usize, way: Way, chance: &mut Chance) -> (Stage, Duration) {
        if let Some(passage) = self.route.stop(at).and_then(|stop| installation.passage_mut(stop.passage)) {
            // A closer may have shut it already.
            _ = passage.barrier.close();
        }
        self.after(at, way, chance)
    }

    fn open_rack(&self, installation: &mut Installation, at: usize, chance: &mut Chance) -> (Stage, Duration) {
        let now = installation.now().uptime;
        let passage = self.route.stop(at).and_then(|stop| installation.passage_mut(stop.passage));
        match passage.map(|passage| passage.barrier.open(now, Grip::Hold)) {
            Some(Ok(())) => (Stage::Working { stop: at }, chance.between(secs(15), secs(50))),
            Some(Err(_)) | None => (Stage::Closed { stop: at }, secs(1)),
        }
    }

    fn close_rack(&self, installation: &mut Installation, at: usize, chance: &mut Chance) -> (Stage, Duration) {
        if let Some(passage) = self.route.stop(at).and_then(|stop| installation.passage_mut(stop.passage)) {
            // Somebody else may have shut it already.
            _ = passage.barrier.close();
        }
        let forgets = chance.one_in(FORGETS_ONE_IN);
        (Stage::Closed { stop: at }, if forgets { secs(25) } else { secs(1) })
    }

    fn seat(&self, installation: &mut Installation, at: usize, chance: &mut Chance) -> (Stage, Duration) {
        if let Some(passage) = self.route.stop(at).and_then(|stop| installation.passage_mut(stop.passage)) {
            // Somebody else may have seated it already.
            _ = passage.barrier.seat();
        }
        self.after(at, Way::In, chance)
    }
}
