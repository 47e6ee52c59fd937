//! Words for the core's values that have no word of their own there, and paths for its ids. A place that the site file no
//! longer has prints as its id, so that old entries stay readable.

use rackward_core::Site;
use rackward_core::alarm::AlarmSource;
use rackward_core::entry::PlaceKind;
use rackward_core::id::{DeviceId, DoorId, PointId, ZoneId};
use rackward_core::people::{CredentialState, PersonStatus};
use rackward_core::permission::Actor;
use rackward_core::site::{DoorKind, Level, Role};

/// Paths and names of a site's places, by id.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a>(pub(crate) &'a Site);

impl Places<'_> {
    pub(crate) fn door(self, id: DoorId) -> String {
        self.0.door(id).map_or_else(|| id.to_string(), |door| door.path.clone())
    }

    pub(crate) fn point(self, id: PointId) -> String {
        self.0.point(id).map_or_else(|| id.to_string(), |point| point.path.clone())
    }

    pub(crate) fn device(self, id: DeviceId) -> String {
        self.0.device(id).map_or_else(|| id.to_string(), |device| device.name.clone())
    }

    pub(crate) fn zone(self, id: ZoneId) -> String {
        self.0.zone(id).map_or_else(|| id.to_string(), |zone| zone.path.clone())
    }

    /// The place a device works at, which is what an operator looks for: its door, or its own name.
    pub(crate) fn device_place(self, id: DeviceId) -> String {
        let Some(device) = self.0.device(id) else {
            return id.to_string();
        };
        match &device.role {
            Role::Reader { point } => self.point(*point),
            Role::Lock { door } | Role::Handle { door, .. } => self.door(*door),
            Role::Inputs { .. } => device.name.clone(),
        }
    }

    /// The door that an alarm concerns: itself, or the one its device works at.
    pub(crate) fn door_of(self, source: AlarmSource) -> Option<String> {
        let device = match source {
            AlarmSource::Site | AlarmSource::Zone(_) => return None,
            AlarmSource::Door(door) => return Some(self.door(door)),
            AlarmSource::Device(device) => self.0.device(device)?,
        };
        match &device.role {
            Role::Reader { point } => Some(self.door(self.0.point(*point)?.door)),
            Role::Lock { door } | Role::Handle { door, .. } => Some(self.door(*door)),
            Role::Inputs { .. } => None,
        }
    }

    /// What an alarm is about.
    pub(crate) fn source(self, source: AlarmSource) -> String {
        match source {
            AlarmSource::Site => self.0.name().to_owned(),
            AlarmSource::Door(door) => self.door(door),
            AlarmSource::Device(device) => self.device(device),
            AlarmSource::Zone(zone) => self.zone(zone),
        }
    }
}

/// Who did something: `system`, `uid:1000` or `session:3`.
pub fn actor_words(actor: Actor) -> String {
    match actor {
        Actor::System => "system".to_owned(),
        Actor::LocalUser(uid) => format!("uid:{uid}"),
        Actor::Session(number) => format!("session:{number}"),
    }
}

/// The word for what a door is.
pub const fn door_kind_word(kind: DoorKind) -> &'static str {
    match kind {
        DoorKind::Gate => "gate",
        DoorKind::Barrier => "barrier",
        DoorKind::Turnstile => "turnstile",
        DoorKind::Door => "door",
        DoorKind::RackDoor => "rack_door",
    }
}

/// The word for whether a person may pass anywhere at all.
pub const fn person_status_word(status: PersonStatus) -> &'static str {
    match status {
        PersonStatus::Enabled => "enabled",
        PersonStatus::Disabled => "disabled",
    }
}

/// The word for whether a credential counts, and if not why.
pub const fn credential_state_word(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Enabled => "enabled",
        CredentialState::Disabled => "disabled",
        CredentialState::Lost => "lost",
        CredentialState::Stolen => "stolen",
        CredentialState::Damaged => "damaged",
        CredentialState::Returned => "returned",
    }
}

pub(crate) const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Card => "card",
        Level::CardAndPin => "card+pin",
    }
}

pub(crate) const fn role_word(role: &Role) -> &'static str {
    match role {
        Role::Reader { .. } => "reader",
        Role::Lock { .. } => "lock",
        Role::Handle { .. } => "handle",
        Role::Inputs { .. } => "inputs",
    }
}

pub(crate) const fn place_kind_word(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Area => "area",
        PlaceKind::Door => "door",
        PlaceKind::Point => "point",
        PlaceKind::Device => "device",
        PlaceKind::Zone => "zone",
    }
}

pub(crate) const fn source_word(source: AlarmSource) -> &'static str {
    match source {
        AlarmSource::Site => "site",
        AlarmSource::Door(_) => "door",
        AlarmSource::Device(_) => "device",
        AlarmSource::Zone(_) => "zone",
    }
}
