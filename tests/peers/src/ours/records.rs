//! The generated people as records of ours: what the store hands to the daemon at its start.

use anyhow::{Context, Result, anyhow};
use rackward_core::id::{CredentialId, DoorId, GrantId, OrganisationId, PersonId, ProfileId, ScheduleId};
use rackward_core::people::{
    Approval, Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Grant, GrantKind, GrantRight,
    GrantState, ManagedBy, Person, PersonDetails, PersonStatus, PinStatus, Policy, Profile, ThreatLevel, Uses,
    Validity,
};
use rackward_core::permission::Actor;
use rackward_core::site::schedule::Weekly;
use rackward_core::site::schedule::named::Schedule;
use rackward_core::{Records, Wall};

use crate::site::{CardState, Membership, Numbers, Person as Holder, Site, Status, TIME_ZONE};

/// 2100-01-01T00:00:00Z: cards do not end in the trace, rights do.
const CARDS_END: i64 = 4_102_444_800;

/// All records of the site.
///
/// # Errors
/// The core refuses a schedule.
pub fn records(site: &Site) -> Result<Records> {
    let mut records = Records::default();
    for (windows, number) in site.schedules.iter().zip(0..).skip(1) {
        let schedule = schedule(number, windows)?;
        records.schedules.insert(schedule.id, (schedule, ManagedBy::Operator));
    }
    records.profiles = site.profiles.iter().zip(0..).map(|(doors, number)| profile(number, doors)).collect();
    let people = || site.people.iter().zip(1_u32..);
    records.persons = people().map(|(holder, number)| person(number, holder)).collect();
    records.credentials = people().map(|(holder, number)| credential(number, holder)).collect();
    let grants = people().flat_map(|(holder, number)| grants(number, holder));
    records.grants = grants.map(|grant| (grant.id, grant)).collect();
    Ok(records)
}

/// Ours are numbered from 1.
pub(super) const fn profile_id(number: u32) -> ProfileId {
    ProfileId::new(number + 1)
}

/// What the reader's bytes of a card hash to.
pub(super) const fn key(card: u64) -> CredentialKey {
    let (high, low) = (card.to_be_bytes(), Numbers::new(card).any().to_be_bytes());
    CredentialKey::from_keyed_hash([
        high[0], high[1], high[2], high[3], high[4], high[5], high[6], high[7], low[0], low[1], low[2], low[3], low[4],
        low[5], low[6], low[7],
    ])
}

/// A grant for each profile that a person holds.
pub(super) fn grants(number: u32, holder: &Holder) -> impl Iterator<Item = Grant> + '_ {
    let first = number * holder.memberships.len() as u32;
    holder.memberships.iter().zip(first..).map(move |(membership, id)| grant(id, number, membership))
}

fn grant(id: u32, person: u32, membership: &Membership) -> Grant {
    Grant {
        id: GrantId::new(id),
        person: PersonId::new(person),
        right: GrantRight::Member(profile_id(membership.profile)),
        validity: Validity { from: Wall::from_seconds(membership.from), to: Wall::from_seconds(membership.to) },
        reason: "works here".into(),
        ticket: None,
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: Actor::System,
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

fn schedule(number: u16, windows: &[(u16, u16)]) -> Result<Schedule> {
    let weekly = Weekly::from_stretches(windows.iter().copied()).context("make a weekly schedule")?;
    let id = ScheduleId::new(u32::from(number) + 1);
    Schedule::new(id, format!("schedule {number}"), TIME_ZONE, Some(weekly), [])
        .map_err(|problems| anyhow!("a generated schedule is refused: {:?}", problems.first()))
}

fn profile(number: u32, doors: &[(u32, u16)]) -> (ProfileId, Profile) {
    let policy = |(door, schedule): &(u32, u16)| {
        let schedule = (*schedule != 0).then(|| ScheduleId::new(u32::from(*schedule) + 1));
        Policy { door: DoorId::new(*door), schedule }
    };
    let (id, owner) = (profile_id(number), OrganisationId::new(1));
    (id, Profile { id, name: format!("profile {number}"), owner, policies: doors.iter().map(policy).collect() })
}

fn person(number: u32, holder: &Holder) -> (PersonId, Person) {
    let id = PersonId::new(number);
    let status = match holder.status {
        Status::Enabled => PersonStatus::Enabled,
        Status::Suspended => PersonStatus::Suspended,
    };
    let details = PersonDetails {
        organisation: OrganisationId::new(1),
        clearance: ThreatLevel::Normal,
        extended_time: ExtendedTime::No,
    };
    (id, Person { id, status, pin: PinStatus::Unset, duress_pin: PinStatus::Unset, details })
}

fn credential(number: u32, holder: &Holder) -> (CredentialId, Credential) {
    let id = CredentialId::new(number);
    let state = match holder.card_state {
        CardState::Usable => CredentialState::Enabled,
        CardState::Lost => CredentialState::Lost,
    };
    let validity = Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(CARDS_END) };
    (id, Credential { id, person: PersonId::new(number), key: key(holder.card), state, validity })
}
