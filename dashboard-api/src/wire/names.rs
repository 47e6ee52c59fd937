//! Words for the core's values that have no word of their own there, and paths for its ids. A place that the site file no
//! longer has prints as its id, so that old entries stay readable.

use std::collections::BTreeMap;

use rackward_core::Site;
use rackward_core::alarm::AlarmSource;
use rackward_core::alert::AlertPlace;
use rackward_core::entry::PlaceKind;
use rackward_core::id::{
    AreaId, CameraId, CredentialId, DeviceId, DoorId, GrantId, LineId, OperatorId, OrganisationId, PersonId, PointId,
    ProfileId, ProposalId, ScheduleId, SessionId, TokenId, VisitorId, ZoneId,
};
use rackward_core::people::{
    CredentialState, EndCause, ExtendedTime, ManagedBy, PersonStatus, PinStatus, Place, ThreatLevel,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::records::FireState;
use rackward_core::site::{AreaKind, DoorKind, Level, Role};

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

    pub(crate) fn area(self, id: AreaId) -> String {
        self.0.area(id).map_or_else(|| id.to_string(), |area| area.path.clone())
    }

    /// A line that devices are on.
    pub(crate) fn line(self, id: LineId) -> String {
        self.0.line(id).map_or_else(|| id.to_string(), |line| line.name.clone())
    }

    pub(crate) fn camera(self, id: CameraId) -> String {
        self.0.camera(id).map_or_else(|| id.to_string(), |camera| camera.name.clone())
    }

    pub(crate) fn organisation(self, id: OrganisationId) -> String {
        self.0.organisation(id).map_or_else(|| id.to_string(), |organisation| organisation.name.clone())
    }

    /// Where somebody is: the path of the area, or `outside`.
    pub(crate) fn whereabouts(self, place: Place) -> String {
        match place {
            Place::Inside(area) => self.area(area),
            Place::Outside => "outside".to_owned(),
        }
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
            AlarmSource::Site
            | AlarmSource::Zone(_)
            | AlarmSource::Area(_)
            | AlarmSource::Grant(_)
            | AlarmSource::Credential(_)
            | AlarmSource::Line(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Camera(_) => return None,
            AlarmSource::Alert { place, .. } => return self.door_of(place.source()),
            AlarmSource::Point(point) => return Some(self.door(self.0.point(point)?.door)),
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
            AlarmSource::Area(area) => self.area(area),
            AlarmSource::Grant(grant) => grant.to_string(),
            AlarmSource::Credential(credential) => credential.to_string(),
            AlarmSource::Line(line) => self.line(line),
            AlarmSource::Point(point) => self.point(point),
            AlarmSource::Operator(operator) => operator.to_string(),
            AlarmSource::Alert { alert, place: AlertPlace::Site } => alert.to_string(),
            AlarmSource::Alert { place, .. } => self.source(place.source()),
            AlarmSource::Camera(camera) => self.camera(camera),
        }
    }
}

/// Names of what operators make, by id. What is not in it prints as its id: events keep ids for ever, names may change.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Of schedules.
    pub schedules: BTreeMap<ScheduleId, String>,
    /// Of access profiles.
    pub profiles: BTreeMap<ProfileId, String>,
}

impl Names {
    pub(crate) fn schedule(&self, id: ScheduleId) -> String {
        self.schedules.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    pub(crate) fn profile(&self, id: ProfileId) -> String {
        self.profiles.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// Who did something: `system`, `uid:1000` or `session:3`.
pub fn actor_words(actor: Actor) -> String {
    match actor {
        Actor::System => "system".to_owned(),
        Actor::LocalUser(uid) => format!("uid:{uid}"),
        Actor::Session(number) => format!("session:{number}"),
        Actor::Operator(operator) => operator.to_string(),
        Actor::Token(token) => token.to_string(),
    }
}

/// What stands where somebody is not named to whoever may not see persons.
pub(crate) const SOMEBODY: &str = "somebody";

/// Whether a text says who: an actor, or an id of or about one person, for those who can look it up.
pub(crate) fn names_a_person(text: &str) -> bool {
    let is_id_of = [
        reads::<PersonId>,
        reads::<CredentialId>,
        reads::<GrantId>,
        reads::<OperatorId>,
        reads::<TokenId>,
        reads::<SessionId>,
        reads::<ProposalId>,
        reads::<VisitorId>,
    ];
    is_id_of.iter().any(|is_id| is_id(text)) || ["uid:", "session:"].iter().any(|prefix| text.starts_with(prefix))
}

fn reads<T: core::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

/// The word for what an operator may do.
pub const fn operator_role_word(role: OperatorRole) -> &'static str {
    role.word()
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

/// The word for what kind of space an area is.
pub const fn area_kind_word(kind: AreaKind) -> &'static str {
    match kind {
        AreaKind::Perimeter => "perimeter",
        AreaKind::Building => "building",
        AreaKind::Hall => "hall",
        AreaKind::Cage => "cage",
        AreaKind::Rack => "rack",
    }
}

/// The word for where a person is in the life cycle.
pub const fn person_status_word(status: PersonStatus) -> &'static str {
    match status {
        PersonStatus::Enabled => "enabled",
        PersonStatus::Suspended => "suspended",
        PersonStatus::Expected => "expected",
        PersonStatus::Left => "left",
    }
}

/// Every status of a person.
pub(crate) const PERSON_STATUSES: [PersonStatus; 4] =
    [PersonStatus::Enabled, PersonStatus::Suspended, PersonStatus::Expected, PersonStatus::Left];

/// Every threat level, the quietest first.
pub(crate) const THREAT_LEVELS: [ThreatLevel; 4] =
    [ThreatLevel::Normal, ThreatLevel::Guarded, ThreatLevel::High, ThreatLevel::Severe];

/// The word for whether a credential counts, and if not why.
pub const fn credential_state_word(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Enabled => "enabled",
        CredentialState::Disabled => "disabled",
        CredentialState::Lost => "lost",
        CredentialState::Stolen => "stolen",
        CredentialState::Damaged => "damaged",
        CredentialState::Returned => "returned",
        CredentialState::Destroyed => "destroyed",
    }
}

/// Every state of a credential.
pub(crate) const CREDENTIAL_STATES: [CredentialState; 7] = [
    CredentialState::Enabled,
    CredentialState::Disabled,
    CredentialState::Lost,
    CredentialState::Stolen,
    CredentialState::Damaged,
    CredentialState::Returned,
    CredentialState::Destroyed,
];

/// The word for why a grant's need ended.
pub const fn end_cause_word(cause: EndCause) -> &'static str {
    match cause {
        EndCause::TicketClosed => "ticket_closed",
        EndCause::PersonLeft => "person_left",
        EndCause::PersonMoved => "person_moved",
        EndCause::AgreementEnded => "agreement_ended",
        EndCause::ProfileRemoved => "profile_removed",
    }
}

/// The word for who looks after a record that both the site file and operators may make.
pub(crate) const fn managed_word(managed: ManagedBy) -> &'static str {
    match managed {
        ManagedBy::File => "file",
        ManagedBy::Operator => "operator",
    }
}

pub(crate) const fn is_extended(time: ExtendedTime) -> bool {
    match time {
        ExtendedTime::Yes => true,
        ExtendedTime::No => false,
    }
}

pub(crate) const fn is_set(pin: PinStatus) -> bool {
    match pin {
        PinStatus::Set => true,
        PinStatus::Unset => false,
    }
}

pub(crate) const fn fire_word(state: FireState) -> &'static str {
    match state {
        FireState::Quiet => "quiet",
        FireState::Released => "released",
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
        PlaceKind::Organisation => "organisation",
        PlaceKind::Line => "line",
        PlaceKind::Camera => "camera",
    }
}

pub(crate) const fn source_word(source: AlarmSource) -> &'static str {
    match source {
        AlarmSource::Site => "site",
        AlarmSource::Door(_) => "door",
        AlarmSource::Device(_) => "device",
        AlarmSource::Zone(_) => "zone",
        AlarmSource::Area(_) => "area",
        AlarmSource::Grant(_) => "grant",
        AlarmSource::Credential(_) => "credential",
        AlarmSource::Line(_) => "line",
        AlarmSource::Point(_) => "point",
        AlarmSource::Operator(_) => "operator",
        AlarmSource::Alert { .. } => "alert",
        AlarmSource::Camera(_) => "camera",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_actor_but_the_daemon_is_somebody() {
        let check = |text: &str, expect: bool| assert_eq!(names_a_person(text), expect, "{text}");
        let (operator, token) = (Actor::Operator(OperatorId::new(7)), Actor::Token(TokenId::new(3)));
        for actor in [Actor::LocalUser(0), Actor::Session(3), operator, token] {
            check(&actor_words(actor), true);
        }
        check(&actor_words(Actor::System), false);
        for id in [PersonId::new(1).to_string(), CredentialId::new(3).to_string(), GrantId::new(9).to_string()] {
            check(&id, true);
        }
        for id in [SessionId::new(1).to_string(), ProposalId::new(4).to_string()] {
            check(&id, true);
        }
        for place in ["lon1", "g-hall/door", "p-", "opr-", "alm-7", "door-3", "desk", "schedule", "", "op-1"] {
            check(place, false);
        }
    }
}
