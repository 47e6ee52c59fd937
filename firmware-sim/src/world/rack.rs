//! A rack door: a leaf that a seated handle latches, a handle that a slide blocks, and a key that frees the handle.

use core::time::Duration;

use rackward_protocol::osdp::Micros;

use super::bolt::{Run, Way};
use super::{Bolt, Grip, Impossible, Leaf};
use crate::board::{Gauge, Wire};

/// The wires between a rack door and its swinghandle.
#[derive(Clone, Debug, Default)]
pub struct RackWires {
    /// The leaf is closed.
    pub closed: Wire,
    /// The slide is locked.
    pub locked: Wire,
    /// The handle is seated.
    pub handle_home: Wire,
    /// The latch holds the leaf.
    pub latched: Wire,
    /// The key has released the handle.
    pub key_turned: Wire,
    /// The motor drives the slide to unlocked.
    pub motor: Wire,
    /// What the motor draws, in milliamperes.
    pub motor_ma: Gauge,
    /// The supply is gone: no motor runs and no sensor is read.
    pub dark: Wire,
}

/// Where a handle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlePosition {
    /// Seated in its dish.
    Home,
    /// Out of it.
    Lifted,
}

/// Where a key cylinder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPosition {
    /// The slide alone decides.
    Home,
    /// The handle is free whatever the slide does.
    Turned,
}

/// One rack door.
#[derive(Debug)]
pub struct Rack {
    leaf: Leaf,
    slide: Bolt,
    handle: HandlePosition,
    key: KeyPosition,
    wires: RackWires,
}

impl Rack {
    /// A closed, latched and locked rack door.
    pub fn new(closer: Option<Duration>, travel: Duration, wires: RackWires) -> Self {
        let (handle, key) = (HandlePosition::Home, KeyPosition::Home);
        let rack = Self { leaf: Leaf::new(closer), slide: Bolt::new(travel), handle, key, wires };
        rack.drive_sensors();
        rack
    }

    pub(super) fn open(&mut self, now: Micros, grip: Grip) -> Result<(), Impossible> {
        if self.leaf.is_closed() && self.handle == HandlePosition::Home {
            return Err(Impossible::HandleHolds);
        }
        self.leaf.open(now, grip)
    }

    pub(super) fn lift(&mut self) -> Result<(), Impossible> {
        match (self.handle, self.key) {
            (HandlePosition::Lifted, _) => Err(Impossible::AlreadyLifted),
            (HandlePosition::Home, KeyPosition::Home) if self.slide.holds() => Err(Impossible::SlideHolds),
            (HandlePosition::Home, KeyPosition::Home | KeyPosition::Turned) => {
                self.handle = HandlePosition::Lifted;
                Ok(())
            }
        }
    }

    pub(super) fn seat(&mut self) -> Result<(), Impossible> {
        match self.handle {
            HandlePosition::Home => Err(Impossible::AlreadySeated),
            HandlePosition::Lifted if !self.leaf.is_closed() => Err(Impossible::LeafOpen),
            HandlePosition::Lifted => {
                self.handle = HandlePosition::Home;
                Ok(())
            }
        }
    }

    pub(super) fn turn_key(&mut self) -> KeyPosition {
        self.key = match self.key {
            KeyPosition::Home => KeyPosition::Turned,
            KeyPosition::Turned => KeyPosition::Home,
        };
        self.key
    }

    pub(super) fn tick(&mut self, now: Micros) {
        self.leaf.tick(now);
        let way = match self.handle {
            HandlePosition::Home => Way::Free,
            HandlePosition::Lifted => Way::Blocked,
        };
        if self.wires.dark.is_high() {
            self.slide.rest(now);
        } else {
            self.slide.tick(now, self.wires.motor.is_high(), way);
        }
        self.drive_sensors();
    }

    fn drive_sensors(&self) {
        let home = self.handle == HandlePosition::Home;
        self.wires.closed.set(self.leaf.is_closed());
        self.wires.locked.set(self.slide.holds());
        self.wires.handle_home.set(home);
        self.wires.latched.set(home && self.leaf.is_closed());
        self.wires.key_turned.set(self.key == KeyPosition::Turned);
        self.wires.motor_ma.set(self.slide.motor_ma());
    }

    /// Where the handle is.
    pub fn handle(&self) -> HandlePosition {
        self.handle
    }

    /// Where the key cylinder is.
    pub fn key(&self) -> KeyPosition {
        self.key
    }

    pub(super) fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    pub(super) fn leaf_mut(&mut self) -> &mut Leaf {
        &mut self.leaf
    }

    pub(super) fn set_slide(&mut self, run: Run) {
        self.slide.set_run(run);
    }

    pub(super) fn set_slide_travel(&mut self, travel: Duration) {
        self.slide.set_travel(travel);
    }

    pub(super) fn slide(&self) -> &Bolt {
        &self.slide
    }
}
