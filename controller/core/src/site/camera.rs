//! Cameras: which places each one shows, and what a still of it is wanted for. How a camera is reached is the shell's alone
//! (`cameras.rs` of the daemon); here it is a name with places.
//!
//! A camera that covers an area covers what lies in it and the doors that lead into it: whoever puts a camera over a hall writes
//! the hall, not its forty racks.

use crate::alarm::AlarmSource;
use crate::id::{AreaId, CameraId, DoorId, LineId, ZoneId};
use crate::site::{Door, Role, Site};

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Which camera.
    pub id: CameraId,
    /// Its name, such as `hall-a-1`.
    pub name: String,
    /// The doors it shows by themselves.
    pub doors: Vec<DoorId>,
    /// The areas it shows, with what lies in them and the doors into them.
    pub areas: Vec<AreaId>,
    /// The perimeter zones it shows.
    pub zones: Vec<ZoneId>,
    /// Whether a case would rest on its pictures, so that losing it is urgent.
    pub evidence: Evidence,
    /// Of what stills are wanted besides of urgent alarms.
    pub also: AlsoWanted,
    /// What several cameras are reached by together, and are therefore lost together.
    pub line: Option<LineId>,
}

/// Whether a case would rest on what a camera shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Evidence {
    /// It would not.
    #[default]
    No,
    /// It would.
    Yes,
}

/// Of what stills are wanted besides of alarms of P1 and P2, of which they always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlsoWanted {
    /// Of alarms of P3 and P4.
    pub minor_alarms: bool,
    /// Of doors that somebody opened by right.
    pub openings: bool,
    /// Of refusals.
    pub denials: bool,
}

impl Site {
    /// Every camera, in order of id.
    pub fn cameras(&self) -> impl Iterator<Item = &Camera> {
        self.cameras.iter().flatten()
    }

    /// The camera with this id, if the site still has it.
    pub fn camera(&self, id: CameraId) -> Option<&Camera> {
        self.cameras.get(id.get() as usize)?.as_ref()
    }

    /// The camera called `name`.
    pub fn camera_named(&self, name: &str) -> Option<&Camera> {
        self.cameras().find(|camera| camera.name == name)
    }

    /// The cameras that show a door, in order of id.
    pub fn cameras_at_door(&self, door: DoorId) -> impl Iterator<Item = &Camera> {
        self.cameras().filter(move |camera| self.covers_door(camera, door))
    }

    /// The cameras that show where an alarm is, in order of id; none for what is at no place.
    pub fn cameras_at(&self, source: AlarmSource) -> Vec<&Camera> {
        match source {
            AlarmSource::Door(door) => self.cameras_at_door(door).collect(),
            AlarmSource::Point(point) => {
                self.point(point).map_or_else(Vec::new, |point| self.cameras_at_door(point.door).collect())
            }
            AlarmSource::Device(device) => match self.device(device).map(|device| &device.role) {
                Some(Role::Lock { door } | Role::Handle { door, .. }) => self.cameras_at_door(*door).collect(),
                Some(Role::Reader { point }) => self.cameras_at(AlarmSource::Point(*point)),
                Some(Role::Inputs { .. }) | None => Vec::new(),
            },
            AlarmSource::Area(area) => self.cameras().filter(|camera| self.covers_area(camera, area)).collect(),
            AlarmSource::Zone(zone) => self.cameras().filter(|camera| camera.zones.contains(&zone)).collect(),
            AlarmSource::Alert { place, .. } => self.cameras_at(place.source()),
            AlarmSource::Site
            | AlarmSource::Grant(_)
            | AlarmSource::Credential(_)
            | AlarmSource::Line(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Camera(_) => Vec::new(),
        }
    }

    /// The doors that a camera shows, in order of id.
    pub fn doors_of_camera<'s>(&'s self, camera: &'s Camera) -> impl Iterator<Item = &'s Door> {
        self.doors().filter(|door| self.covers_door(camera, door.id))
    }

    /// The doors that no camera shows, in order of id. Every door can be forced, which is P1.
    pub fn doors_without_camera(&self) -> impl Iterator<Item = &Door> {
        self.doors().filter(|door| self.cameras_at_door(door.id).next().is_none())
    }

    fn covers_door(&self, camera: &Camera, door: DoorId) -> bool {
        camera.doors.contains(&door)
            || self.door(door).is_some_and(|door| camera.areas.iter().any(|area| self.lies_in(door.area, *area)))
    }

    fn covers_area(&self, camera: &Camera, area: AreaId) -> bool {
        camera.areas.iter().any(|covered| self.lies_in(area, *covered))
    }
}
