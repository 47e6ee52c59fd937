//! Where whoever stands at a reader has been let in already: the area in front of its point is of protection class 2 or
//! higher (EN 50600-2-5: class 1 is public or semi-public). Only there may a reader say more than a stranger should know.

use crate::site::draft::Side;
use crate::site::{Area, ProtectionClass, Role, Site};

/// Whether people who stand in an area of this class have been let in by somebody.
pub(crate) const fn is_secured(class: ProtectionClass) -> bool {
    match class {
        ProtectionClass::One => false,
        ProtectionClass::Two | ProtectionClass::Three | ProtectionClass::Four => true,
    }
}

impl Site {
    /// Whether whoever stands at a device of this role stands in a secured area.
    pub(crate) fn stands_secured(&self, role: &Role) -> bool {
        let point = match role {
            Role::Reader { point } | Role::Handle { point, .. } => self.point(*point),
            Role::Lock { .. } | Role::Inputs { .. } => None,
        };
        point.and_then(|point| self.front_of(point.door, point.side)).is_some_and(|area| is_secured(area.class))
    }

    fn front_of(&self, door: crate::id::DoorId, side: Side) -> Option<&Area> {
        let door = self.door(door)?;
        let area = match side {
            Side::In => door.from?,
            Side::Out => door.area,
        };
        self.area(area)
    }
}
