//! A door or gate: a leaf, a bolt, and an exit button beside it.

use core::time::Duration;

use rackward_protocol::osdp::Micros;

use super::bolt::Way;
use super::{Bolt, Grip, Impossible, Leaf};
use crate::board::Wire;

/// How long a finger stays on the exit button.
pub const PRESS: Duration = Duration::from_millis(400);

/// The wires between a door and its lock.
#[derive(Clone, Debug, Default)]
pub struct DoorWires {
    /// The leaf is closed.
    pub closed: Wire,
    /// The bolt is locked.
    pub locked: Wire,
    /// The exit button is pressed.
    pub exit: Wire,
    /// The motor runs to unlocked.
    pub motor: Wire,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Button {
    Free,
    Pressed { until: Micros },
}

/// One door.
#[derive(Debug)]
pub struct Door {
    leaf: Leaf,
    bolt: Bolt,
    button: Button,
    wires: DoorWires,
}

impl Door {
    /// A closed and locked door.
    pub fn new(closer: Option<Duration>, travel: Duration, wires: DoorWires) -> Self {
        let door = Self { leaf: Leaf::new(closer), bolt: Bolt::new(travel), button: Button::Free, wires };
        door.drive_sensors();
        door
    }

    pub(super) fn open(&mut self, now: Micros, grip: Grip) -> Result<(), Impossible> {
        if self.leaf.is_closed() && self.bolt.holds() {
            return Err(Impossible::BoltHolds);
        }
        self.leaf.open(now, grip)
    }

    pub(super) fn press_exit(&mut self, now: Micros) {
        self.button = Button::Pressed { until: now + PRESS };
    }

    pub(super) fn tick(&mut self, now: Micros) {
        self.leaf.tick(now);
        self.bolt.tick(now, self.wires.motor.is_high(), Way::Free);
        self.button = match self.button {
            Button::Pressed { until } if now >= until => Button::Free,
            Button::Pressed { .. } | Button::Free => self.button,
        };
        self.drive_sensors();
    }

    fn drive_sensors(&self) {
        self.wires.closed.set(self.leaf.is_closed());
        self.wires.locked.set(self.bolt.holds());
        self.wires.exit.set(self.button != Button::Free);
    }

    pub(super) fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    pub(super) fn leaf_mut(&mut self) -> &mut Leaf {
        &mut self.leaf
    }

    pub(super) fn bolt(&self) -> &Bolt {
        &self.bolt
    }
}
