//! The way to work and back: which reader to go to and which barrier it opens, stop by stop.

use crate::config::DeviceKind;
use crate::device::DeviceIndex;
use crate::installation::Installation;

/// One stop on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Where to present the card on the way in.
    pub(super) reader: DeviceIndex,
    /// Where to present it on the way out; an exit button or nothing otherwise.
    pub(super) exit: Option<DeviceIndex>,
    /// What opens.
    pub(super) passage: usize,
    /// What one does there.
    pub(super) purpose: Purpose,
}

/// What one does at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Walks through.
    Pass,
    /// Works in a rack.
    Work,
}

/// All stops, in order.
#[derive(Clone, Debug)]
pub(super) struct Route {
    stops: Vec<Stop>,
}

impl Route {
    /// The route along these points; `None` when none of them leads anywhere.
    pub(super) fn of(installation: &Installation, points: &[String]) -> Option<Self> {
        let stops: Vec<Stop> = points.iter().filter_map(|point| stop(installation, point)).collect();
        (!stops.is_empty()).then_some(Self { stops })
    }

    pub(super) fn stop(&self, at: usize) -> Option<Stop> {
        self.stops.get(at).copied()
    }
}

fn stop(installation: &Installation, point: &str) -> Option<Stop> {
    let serving = |wanted: &str| {
        let found = installation.devices().iter().find(|d| d.reads_cards() && d.serves() == Some(wanted))?;
        installation.device_named(found.name())
    };
    let reader = serving(point)?;
    let is_handle = installation.device(reader)?.kind() == DeviceKind::Handle;
    let path = if is_handle { point } else { point.rsplit_once('/')?.0 };
    let passage = installation.passages().iter().position(|passage| passage.path == path)?;
    let purpose = if is_handle { Purpose::Work } else { Purpose::Pass };
    let exit = if is_handle { None } else { serving(&format!("{path}/out")).filter(|exit| *exit != reader) };
    Some(Stop { reader, exit, passage, purpose })
}
