//! The physics of the simulated site: leaves, bolts, slides, handles, keys, closers, exit buttons and fence zones.
//!
//! Decided here: what hands can do and cannot, and how the mechanics move with time. A bolt that holds, holds; only `force`
//! moves a leaf against it. Not decided here: when a motor runs (the firmware), who does what (`scenario`, `hands`).
//! Nothing but the wires of the board connects this with the firmware. Deterministic: time is an argument, nothing is drawn.
//!
//! Vocabulary: see the head of [`crate::firmware::swinghandle`]; a *bolt* is whatever the motor moves, strike or slide.

pub mod bolt;
pub mod door;
pub mod leaf;
pub mod rack;
pub mod zone;

use core::time::Duration;

use rackward_protocol::osdp::Micros;
use thiserror::Error;

pub use bolt::{Bolt, BoltPosition, Run};
pub use door::{Door, DoorWires};
pub use leaf::{Grip, Leaf, LeafPosition};
pub use rack::{HandlePosition, KeyPosition, Rack, RackWires};
pub use zone::Zone;

/// What cannot be done with one's hands, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Impossible {
    /// Opening what is open.
    #[error("the leaf is open already")]
    AlreadyOpen,
    /// Closing what is closed.
    #[error("the leaf is closed already")]
    AlreadyClosed,
    /// Opening a door against its bolt.
    #[error("the bolt holds the leaf; it opens after a release, or by `force`")]
    BoltHolds,
    /// Opening a rack door whose handle is seated.
    #[error("the seated handle holds the leaf; `lift` it first, or use `force`")]
    HandleHolds,
    /// Lifting a handle against its slide.
    #[error("the slide holds the handle; it lifts after a release, or when the `key` is turned")]
    SlideHolds,
    /// Lifting what is lifted.
    #[error("the handle is lifted already")]
    AlreadyLifted,
    /// Seating what is seated.
    #[error("the handle is seated already")]
    AlreadySeated,
    /// Seating a handle while the leaf is open.
    #[error("a handle cannot seat on an open door; `close` it first")]
    LeafOpen,
    /// Lifting, seating or turning where there is no handle.
    #[error("this door has no handle; only rack doors do")]
    NoHandle,
    /// Pressing an exit button that does not exist.
    #[error("this door has no exit button; rack doors have none")]
    NoExitButton,
}

/// Something that restricts passage.
#[derive(Debug)]
pub enum Barrier {
    /// A door or gate with a bolt.
    Door(Door),
    /// A rack door with a swinghandle.
    Rack(Rack),
}

impl Barrier {
    /// Opens the leaf by hand, as far as nothing holds it.
    pub fn open(&mut self, now: Micros, grip: Grip) -> Result<(), Impossible> {
        match self {
            Self::Door(door) => door.open(now, grip),
            Self::Rack(rack) => rack.open(now, grip),
        }
    }

    /// Closes the leaf by hand.
    pub fn close(&mut self) -> Result<(), Impossible> {
        self.leaf_mut().close()
    }

    /// Moves the leaf open although whatever holds it holds.
    pub fn force(&mut self, now: Micros) -> Result<(), Impossible> {
        self.leaf_mut().open(now, Grip::Hold)
    }

    /// Lifts the handle.
    pub fn lift(&mut self) -> Result<(), Impossible> {
        self.rack_mut()?.lift()
    }

    /// Seats the handle.
    pub fn seat(&mut self) -> Result<(), Impossible> {
        self.rack_mut()?.seat()
    }

    /// Turns the key, or turns it back; says where it is then.
    pub fn turn_key(&mut self) -> Result<KeyPosition, Impossible> {
        Ok(self.rack_mut()?.turn_key())
    }

    /// Jams the slide of a rack door, or frees it.
    pub fn set_slide(&mut self, run: Run) -> Result<(), Impossible> {
        self.rack_mut()?.set_slide(run);
        Ok(())
    }

    /// Changes how long the slide of a rack door travels; from its next move on.
    pub fn set_slide_travel(&mut self, travel: Duration) -> Result<(), Impossible> {
        self.rack_mut()?.set_slide_travel(travel);
        Ok(())
    }

    /// Presses the exit button for a moment.
    pub fn press_exit(&mut self, now: Micros) -> Result<(), Impossible> {
        match self {
            Self::Door(door) => {
                door.press_exit(now);
                Ok(())
            }
            Self::Rack(_) => Err(Impossible::NoExitButton),
        }
    }

    /// Lets the mechanics move up to `now` and drives the wires of the sensors.
    pub fn tick(&mut self, now: Micros) {
        match self {
            Self::Door(door) => door.tick(now),
            Self::Rack(rack) => rack.tick(now),
        }
    }

    /// Where the leaf is.
    pub fn leaf(&self) -> &Leaf {
        match self {
            Self::Door(door) => door.leaf(),
            Self::Rack(rack) => rack.leaf(),
        }
    }

    /// Where bolt or slide is.
    pub fn bolt(&self) -> &Bolt {
        match self {
            Self::Door(door) => door.bolt(),
            Self::Rack(rack) => rack.slide(),
        }
    }

    fn leaf_mut(&mut self) -> &mut Leaf {
        match self {
            Self::Door(door) => door.leaf_mut(),
            Self::Rack(rack) => rack.leaf_mut(),
        }
    }

    fn rack_mut(&mut self) -> Result<&mut Rack, Impossible> {
        match self {
            Self::Rack(rack) => Ok(rack),
            Self::Door(_) => Err(Impossible::NoHandle),
        }
    }
}

#[cfg(test)]
mod tests;
