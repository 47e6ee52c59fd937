//! A leaf: open or closed, and what becomes of an open one when nobody holds it.

use core::time::Duration;

use rackward_protocol::osdp::Micros;

use super::Impossible;

/// What a hand does after it has opened a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// Holds it until it is closed by hand.
    Hold,
    /// Lets go, so that a closer may shut it.
    LetGo,
}

/// Where a leaf is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafPosition {
    /// In its frame.
    Closed,
    /// Open, and stays so.
    Open,
    /// Open, and a closer has it shut at this moment.
    Closing {
        /// When it will be closed.
        at: Micros,
    },
}

/// One leaf.
#[derive(Clone, Debug)]
pub struct Leaf {
    position: LeafPosition,
    closer: Option<Duration>,
}

impl Leaf {
    /// A closed leaf; `closer` is how long it takes to shut by itself, if it does.
    pub fn new(closer: Option<Duration>) -> Self {
        Self { position: LeafPosition::Closed, closer }
    }

    /// Opens it; whoever calls has checked that nothing holds it.
    pub(super) fn open(&mut self, now: Micros, grip: Grip) -> Result<(), Impossible> {
        if !self.is_closed() {
            return Err(Impossible::AlreadyOpen);
        }
        self.position = match (grip, self.closer) {
            (Grip::LetGo, Some(closer)) => LeafPosition::Closing { at: now + closer },
            (Grip::LetGo, None) | (Grip::Hold, _) => LeafPosition::Open,
        };
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Impossible> {
        if self.is_closed() {
            return Err(Impossible::AlreadyClosed);
        }
        self.position = LeafPosition::Closed;
        Ok(())
    }

    pub(super) fn tick(&mut self, now: Micros) {
        if let LeafPosition::Closing { at } = self.position
            && now >= at
        {
            self.position = LeafPosition::Closed;
        }
    }

    /// Whether it is in its frame.
    pub fn is_closed(&self) -> bool {
        self.position == LeafPosition::Closed
    }

    /// Where it is.
    pub fn position(&self) -> LeafPosition {
        self.position
    }
}
