//! Our own decision, with every rule on: what `settle` of the core does at a door, given the same site. Everything that
//! touches the core is here and below. The rules that nobody else has find nothing to object in the trace, so answers can
//! be compared, but they look: everybody is known to be in the building and wants into the hall, where anti-passback,
//! proof of the path, a limit of people and a rule against being alone hold; every tenth door is in an interlock; the
//! threat level, modes of doors and lock-outs are asked for.

mod building;
mod records;
pub mod stored;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use rackward_core::Wall;
use rackward_core::decide::{
    NoTrace, PinEvidence, Presented, Refusal, Request as Wish, Situation, Verdict, View, settle,
};
use rackward_core::door::DoorRecord;
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::Denial;
use rackward_core::id::{CredentialId, DoorId, PersonId, PointId};
use rackward_core::mode::DoorMode;
use rackward_core::people::index::{OpenSchedules, People};
use rackward_core::people::{Grant, Policy, ThreatLevel};
use rackward_core::presence::Presence;
use rackward_core::site::Site as Building;
use rackward_core::site::local_time::LocalTime;

pub use records::records;

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{EVERYBODY, FRONT_GATE, Request, Site, TIME_ZONE};

/// Credentials that were locked out a while ago; it happens a few times a day.
const PAST_LOCKOUTS: u32 = 3;

/// The core with a site loaded.
#[derive(Debug)]
pub struct Ours {
    building: Building,
    people: People,
    open: OpenSchedules,
    doors: BTreeMap<DoorId, DoorRecord>,
    modes: Vec<DoorMode>,
    online: Vec<bool>,
    presence: Presence,
    lockouts: BTreeMap<CredentialId, Wall>,
    /// The point outside each door, by the site's number of the door.
    points: Vec<PointId>,
}

/// The rights of one person after a change.
#[derive(Debug)]
pub struct PersonChange {
    person: PersonId,
    grants: Vec<Grant>,
}

/// The doors of everybody's profile after a change.
#[derive(Debug)]
pub struct EverybodyChange(Vec<Policy>);

impl Ours {
    /// Loads the site.
    ///
    /// # Errors
    /// The core refuses the site.
    pub fn load(site: &Site) -> Result<Self> {
        let building = building::build(site.doors)?;
        let points = building::points(&building, site.doors)?;
        let people = compile(&records(site)?)?;
        let presence = Presence::compile(&building, &building::whereabouts(&building, site)?);
        let doors = building.doors().map(|door| (door.id, building::at_rest())).collect();
        let modes = vec![DoorMode::Locked; site.doors as usize + 1];
        let devices = building.devices().map(|device| device.id.get() as usize).max().unwrap_or(0);
        let lockouts = (1..=PAST_LOCKOUTS).map(|n| (CredentialId::new(n), Wall::from_seconds(0))).collect();
        let (open, online) = (OpenSchedules::default(), vec![true; devices + 1]);
        Ok(Self { building, people, open, doors, modes, online, presence, lockouts, points })
    }

    /// Makes a change to one person's rights visible to the next badge.
    pub fn change_person(&mut self, change: &PersonChange) {
        self.people.put_grants(change.person, change.grants.iter());
    }

    /// Makes a change to the doors of everybody visible to the next badge.
    pub fn change_everybody(&mut self, change: &EverybodyChange) {
        self.people.put_profile(records::profile_id(EVERYBODY), &change.0);
    }
}

impl Decider for Ours {
    fn detail(&self) -> Detail {
        Detail::Reasons
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        let at = Wall::from_seconds(request.at);
        self.people.refresh(&mut self.open, at);
        let situation = Situation {
            doors: &self.doors,
            modes: &self.modes,
            online: &self.online,
            untrusted: &[],
            untrusted: &[],
            journal: JournalHealth::Writable,
            threat: ThreatLevel::Normal,
            presence: &self.presence,
            lockouts: &self.lockouts,
        };
        let (site, people, open) = (&self.building, &self.people, &self.open);
        let view = View { site, people, open, situation: Some(situation), at };
        let point = self.points.get(request.door as usize).copied().context("find the point of the door")?;
        let presented = Presented::Card(records::key(request.card));
        let wish = Wish { point, presented, pin: PinEvidence::Missing, companion: None };
        match settle(&view, &wish, &mut NoTrace) {
            Ok(Verdict::Admit(_)) => Ok(Answer::Admit),
            Ok(Verdict::AwaitPin { .. } | Verdict::AwaitCompanion(_)) => bail!("a rule asks for more than a card"),
            Err(Refusal { reason, .. }) => answer(reason),
        }
    }
}

fn answer(reason: Denial) -> Result<Answer> {
    match reason {
        Denial::CredentialUnknown => Ok(Answer::UnknownCard),
        Denial::CredentialLost | Denial::PersonDisabled => Ok(Answer::Disabled),
        Denial::NotAuthorisedPoint => Ok(Answer::NoRight),
        Denial::NotPermittedAtThisTime => Ok(Answer::NotNow),
        other => bail!("a rule objects that has nothing to object here: {other:?}"),
    }
}

/// Compiles the decision's index from records.
///
/// # Errors
/// The site's zone is not in the database of zones.
pub fn compile(records: &rackward_core::Records) -> Result<People> {
    let local_time = LocalTime::named(TIME_ZONE).context("look up the site's time zone")?;
    Ok(People::compile(records, &local_time))
}

/// `count` changes to people spread over the site: each holds other profiles than before.
pub fn person_changes(site: &Site, round: u32, count: u32) -> Vec<PersonChange> {
    let people = site.people.len() as u32;
    let profiles = site.profiles.len() as u32 - 1;
    let change = |n: u32| {
        let number = n.wrapping_mul(7919).wrapping_add(round) % people;
        let mut person = site.people[number as usize].clone();
        for membership in person.memberships.iter_mut().filter(|membership| membership.profile != EVERYBODY) {
            membership.profile = 1 + (membership.profile + n + round) % profiles;
        }
        PersonChange { person: PersonId::new(number + 1), grants: records::grants(number + 1, &person).collect() }
    };
    (0..count).map(change).collect()
}

/// `count` changes to what everybody may pass: the gate alone, and the gate with a second door, in turns.
pub fn everybody_changes(site: &Site, count: u32) -> Vec<EverybodyChange> {
    let doors = |n: u32| if n.is_multiple_of(2) { FRONT_GATE..FRONT_GATE + 1 } else { FRONT_GATE..FRONT_GATE + 2 };
    let policy = |door: u32| Policy { door: DoorId::new(door.min(site.doors)), schedule: None };
    (0..count).map(|n| EverybodyChange(doors(n).map(policy).collect())).collect()
}
