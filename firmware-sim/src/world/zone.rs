//! A fence zone: someone who climbs it disturbs it for a moment.

use core::time::Duration;

use rackward_protocol::osdp::Micros;

use crate::board::Wire;

/// How long a climber shakes the fence.
pub const CLIMB: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wires {
    Still,
    Shaken { until: Micros },
}

/// One fence zone.
#[derive(Debug)]
pub struct Zone {
    state: Wires,
    crossed: Wire,
}

impl Zone {
    /// A quiet zone; `crossed` is the wire to the input module.
    pub fn new(crossed: Wire) -> Self {
        Self { state: Wires::Still, crossed }
    }

    /// Someone climbs here.
    pub fn cross(&mut self, now: Micros) {
        self.state = Wires::Shaken { until: now + CLIMB };
        self.crossed.set(true);
    }

    /// Lets the fence come to rest.
    pub fn tick(&mut self, now: Micros) {
        self.state = match self.state {
            Wires::Shaken { until } if now >= until => Wires::Still,
            Wires::Shaken { .. } | Wires::Still => self.state,
        };
        self.crossed.set(self.is_crossed());
    }

    /// Whether someone is at it.
    pub fn is_crossed(&self) -> bool {
        self.state != Wires::Still
    }
}
