//! Answers about who is inside, about musters and about what a shift takes over.

use crate::headcount::{Confidence, Grounds};
use crate::id::{AreaId, DeviceId, DoorId, OrganisationId, PersonId, PointId};
use crate::muster::{Muster, MusterCounts, Somebody};
use crate::people::PersonStatus;
use crate::shift::Shift;
use crate::time::Wall;
use crate::visitor::Visitor;

use super::{AlarmStatus, DoorStatus};

/// Somebody who is inside, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insider {
    /// Who.
    pub who: Somebody,
    /// Of which organisation; a visitor is of that of their host.
    pub organisation: Option<OrganisationId>,
    /// The innermost area.
    pub area: AreaId,
    /// Since when.
    pub since: Wall,
    /// How they came in.
    pub entered: Entered,
    /// Where they were seen last, and when.
    pub last_seen: Option<(SeenAt, Wall)>,
    /// How sure it is that they are there.
    pub grounds: Grounds,
    /// Who answers for them.
    pub escort: Option<PersonId>,
    /// What keeps them from passing anywhere; they are inside all the same.
    pub stopped: Option<Stopped>,
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// By a card of theirs.
    Card,
    /// With somebody who answers for them.
    Escort,
    /// Somebody entered them by hand.
    Hand,
    /// Nobody knows.
    Unknown,
}

/// Where somebody was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenAt {
    /// Admitted at this point.
    Point(PointId),
    /// Entering this area.
    Area(AreaId),
    /// Leaving the site.
    Outside,
}

/// Why somebody passes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The person is not enabled.
    Person(PersonStatus),
    /// No card of theirs counts.
    NoCard,
}

/// How many are in an area, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headcount {
    /// Which area.
    pub area: AreaId,
    /// The area around it.
    pub parent: Option<AreaId>,
    /// How many are in it or in an area within it, visitors among them.
    pub count: u32,
    /// How sure.
    pub confidence: Confidence,
    /// Why so.
    pub grounds: Grounds,
    /// Since when, and by what, it may be wrong.
    pub doubt: Option<(Wall, Doubt)>,
}

/// What makes a count doubtful at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A reader or lock of a way out does not answer.
    DeviceAway(DeviceId),
    /// A way out stands unlocked, so people pass without a card.
    DoorUnlocked(DoorId),
}

/// A muster with what is known around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusterView {
    /// The muster, its list as far as whoever asks may see it.
    pub muster: Muster,
    /// How many are what.
    pub counts: MusterCounts,
    /// Everybody on the list, in its order.
    pub people: Vec<Insider>,
    /// Each area in which somebody was, and the area of the muster itself.
    pub areas: Vec<MusterArea>,
    /// The readers on whose word the list rests, and whether each answers; `None` where it has not said yet.
    pub readers: Vec<(DeviceId, DoorId, Option<bool>)>,
}

/// One area of a muster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MusterArea {
    /// Which area.
    pub area: AreaId,
    /// How many of those who were in it are what.
    pub counts: MusterCounts,
    /// Since when, and by what, the list may be wrong there.
    pub doubt: Option<(Wall, Doubt)>,
}

/// What whoever comes takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftStatus {
    /// The last hand-over.
    pub shift: Shift,
    /// Alarms that want attention.
    pub alarms: Vec<AlarmStatus>,
    /// Alarms that are put aside.
    pub aside: Vec<AlarmStatus>,
    /// Doors that are in another mode than by themselves.
    pub doors: Vec<DoorStatus>,
    /// Visitors who are inside.
    pub visitors: Vec<Visitor>,
}
