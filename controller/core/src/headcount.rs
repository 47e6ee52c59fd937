//! How sure it is who is in an area (`console.md`, screen 8). A count is as good as the ways out that are read: where every way
//! out has a reader on its inner side, nobody leaves unseen by leaving as they should; where one has not, somebody may. Whoever
//! was entered by hand, or has been somewhere for longer than people stay, is only believed to be there. Who is where is
//! `presence.rs`; what makes a count doubtful at the moment, the engine knows (`engine/answers/inside.rs`).

use core::time::Duration;

use crate::id::AreaId;
use crate::site::{AreaKind, Door, DoorKind, Site};

/// Nobody stays for longer without having been seen again; whoever seems to is rather gone.
pub const SURE_FOR: Duration = Duration::from_secs(12 * 3_600);

/// How sure it is that somebody is where they are known to be; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Every way out is read.
    A,
    /// There is a way out that is not.
    B,
    /// It is inferred, or old.
    C,
}

impl Confidence {
    /// The letter in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        }
    }
}

/// What makes it so sure, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// Every way out is read.
    ControlledExit,
    /// So many ways out are not.
    FreeExit {
        /// How many.
        ways: u32,
    },
    /// No door leads in or out, so nobody is ever recorded there.
    NoDoor,
    /// Somebody said so, no card did.
    ByHand,
    /// It is longer ago than [`SURE_FOR`].
    Old,
    /// That holds for so many of those counted.
    Among {
        /// How many.
        people: u32,
    },
}

impl Grounds {
    /// How sure that is.
    pub const fn confidence(self) -> Confidence {
        match self {
            Self::ControlledExit => Confidence::A,
            Self::FreeExit { .. } => Confidence::B,
            Self::NoDoor | Self::ByHand | Self::Old | Self::Among { .. } => Confidence::C,
        }
    }
}

/// The doors between an area, with all inside it, and what is around it. Nobody steps into a rack, so its doors are none.
pub fn ways_out(site: &Site, area: AreaId) -> impl Iterator<Item = &Door> {
    let leads_out = move |door: &&Door| {
        door.kind != DoorKind::RackDoor
            && site.lies_in(door.area, area)
            && !door.from.is_some_and(|from| site.lies_in(from, area))
    };
    site.doors().filter(leads_out)
}

/// Whether somebody can be in an area of this kind.
pub const fn holds_people(kind: AreaKind) -> bool {
    match kind {
        AreaKind::Perimeter | AreaKind::Building | AreaKind::Hall | AreaKind::Cage => true,
        AreaKind::Rack => false,
    }
}

/// How far the ways out of an area are read; `is_read` says whether a door has a reader for those who leave.
pub fn grounds(site: &Site, area: AreaId, is_read: impl Fn(&Door) -> bool) -> Grounds {
    let (mut doors, mut free) = (0_u32, 0_u32);
    for door in ways_out(site, area) {
        doors += 1;
        free += u32::from(!is_read(door));
    }
    match (doors, free) {
        (0, _) => Grounds::NoDoor,
        (_, 0) => Grounds::ControlledExit,
        (_, ways) => Grounds::FreeExit { ways },
    }
}
