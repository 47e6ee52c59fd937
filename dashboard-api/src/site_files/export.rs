//! What there is, written down as objects: what files would have to say so that nothing changes. Records that no files look
//! after get the name that they have, or their id.

use std::collections::BTreeMap;

use rackward_core::id::{DoorId, ScheduleId};
use rackward_core::people::{Agreement, EscortNeed, Grant, GrantRight, Policy, Profile, When};
use rackward_core::site::schedule::{Calendar, Schedule, Weekly};
use rackward_core::site_files::FileRecord;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Current;
use super::current::kind_of;
use crate::wire::at::At;
use crate::wire::request::SpecialDays;
use crate::wire::site_file::{
    API_VERSION, AgreementSpec, CalendarSpec, GrantSpec, MembershipSpec, Metadata, Object, PolicySpec, ProfileSpec,
    ScheduleSpec, Terms,
};
use crate::wire::windows::{day_texts, week_texts};

/// Every object that says what is there, in the order of kinds.
pub(crate) fn objects(current: &Current<'_>) -> Vec<Object> {
    let rows = current.governed;
    let mut objects: Vec<Object> = Vec::new();
    // What the site file of the daemon says is not said twice.
    let operators = |managed: rackward_core::people::ManagedBy| managed == rackward_core::people::ManagedBy::Operator;
    objects.extend(rows.calendars.iter().filter(|(_, by)| operators(*by)).map(|(row, _)| calendar(row)));
    objects.extend(rows.schedules.iter().filter(|(_, by)| operators(*by)).map(|(row, _)| schedule(current, row)));
    objects.extend(rows.agreements.iter().map(|row| agreement(current, &agreement_name(current, row), row)));
    objects.extend(rows.profiles.iter().map(|row| profile(current, row)));
    let mut memberships: BTreeMap<String, Vec<&Grant>> = BTreeMap::new();
    let mut grants: Vec<Object> = Vec::new();
    for row in &rows.grants {
        let name = grant_name(current, row);
        match kind_of(&row.right) {
            "Membership" => memberships.entry(name).or_default().push(row),
            _ => grants.push(grant(current, &name, row)),
        }
    }
    objects.extend(memberships.iter().filter_map(|(name, rows)| membership(current, name, rows)));
    objects.extend(grants);
    objects
}

fn agreement_name(current: &Current<'_>, row: &Agreement) -> String {
    let claim = current.governed.files.claims.get(&FileRecord::Agreement(row.id));
    claim.map_or_else(|| row.id.to_string(), |(name, _)| name.clone())
}

/// Members whom no files look after are written down together, under the name of their profile.
fn grant_name(current: &Current<'_>, row: &Grant) -> String {
    let claim = current.governed.files.claims.get(&FileRecord::Grant(row.id));
    claim.map(|(name, _)| name.clone()).unwrap_or_else(|| match &row.right {
        GrantRight::Member(profile) => format!("members of {}", current.profile_name(*profile)),
        GrantRight::Doors { .. } => row.id.to_string(),
    })
}

fn object(kind: &str, name: &str, spec: &impl Serialize) -> Object {
    let spec = match serde_json::to_value(spec) {
        Ok(Value::Object(spec)) => spec,
        Ok(_) | Err(_) => Map::new(),
    };
    let (api_version, kind) = (API_VERSION.to_owned(), kind.to_owned());
    Object { api_version, kind, metadata: Metadata { name: name.to_owned() }, spec, tests: Vec::new() }
}

pub(super) fn calendar(row: &Calendar) -> Object {
    object("Calendar", &row.name, &CalendarSpec { days: row.days.iter().map(ToString::to_string).collect() })
}

pub(super) fn schedule(current: &Current<'_>, row: &Schedule) -> Object {
    let special = row.special.iter().map(|special| SpecialDays {
        calendar: current.calendar_name(special.calendar),
        windows: day_texts(&special.windows),
    });
    let spec = ScheduleSpec {
        time_zone: Some(row.zone.clone()),
        windows: row.weekly.as_ref().map(week_texts).unwrap_or_default(),
        special: special.collect(),
    };
    object("Schedule", &row.name, &spec)
}

pub(super) fn agreement(current: &Current<'_>, name: &str, row: &Agreement) -> Object {
    let organisation = |id| current.site.organisation(id).map_or_else(|| format!("{id}"), |row| row.name.clone());
    let area =
        |id: &rackward_core::id::AreaId| current.site.area(*id).map_or_else(|| id.to_string(), |row| row.path.clone());
    let spec = AgreementSpec {
        owner: organisation(row.owner),
        guest: organisation(row.guest),
        areas: row.areas.iter().map(area).collect(),
        from_at: Some(At(row.validity.from)),
        to_at: At(row.validity.to),
        reason: row.reason.as_str().to_owned(),
    };
    object("Agreement", name, &spec)
}

pub(super) fn profile(current: &Current<'_>, row: &Profile) -> Object {
    let mut by_schedule: BTreeMap<Option<ScheduleId>, Vec<String>> = BTreeMap::new();
    for Policy { door, schedule } in &row.policies {
        by_schedule.entry(*schedule).or_default().push(path(current, *door));
    }
    let policy = |(schedule, points): (Option<ScheduleId>, Vec<String>)| PolicySpec {
        points,
        schedule: schedule.map(|id| current.schedule_name(id)),
    };
    let policies: Vec<PolicySpec> = by_schedule.into_iter().map(policy).collect();
    let organisation = current.site.organisation(row.owner).map(|row| row.name.clone());
    let spec = match <[PolicySpec; 1]>::try_from(policies) {
        Ok([PolicySpec { points, schedule }]) => ProfileSpec { organisation, points, schedule, policies: Vec::new() },
        Err(policies) => ProfileSpec { organisation, points: Vec::new(), schedule: None, policies },
    };
    object("AccessProfile", &row.name, &spec)
}

fn path(current: &Current<'_>, door: DoorId) -> String {
    current.site.door(door).map_or_else(|| door.to_string(), |row| row.path.clone())
}

fn terms(row: &Grant) -> Terms {
    Terms {
        person: row.person.to_string(),
        from_at: Some(At(row.validity.from)),
        to_at: At(row.validity.to),
        reason: row.reason.clone(),
        ticket: row.ticket.clone(),
        escort: row.escort == EscortNeed::Required,
    }
}

pub(super) fn membership(current: &Current<'_>, name: &str, rows: &[&Grant]) -> Option<Object> {
    let GrantRight::Member(profile) = &rows.first()?.right else { return None };
    let spec = MembershipSpec {
        profile: current.profile_name(*profile),
        members: rows.iter().map(|row| terms(row)).collect(),
    };
    Some(object("Membership", name, &spec))
}

pub(super) fn grant(current: &Current<'_>, name: &str, row: &Grant) -> Object {
    let GrantRight::Doors { doors, when } = &row.right else { return object("Grant", name, &terms(row)) };
    let (schedule, windows) = match when {
        When::Schedule(id) => (Some(current.schedule_name(*id)), Vec::new()),
        When::Weekly(weekly) if *weekly == Weekly::always() => (None, Vec::new()),
        When::Weekly(weekly) => (None, week_texts(weekly)),
    };
    let points = doors.iter().map(|door| path(current, *door)).collect();
    object("Grant", name, &GrantSpec { points, schedule, windows, terms: terms(row) })
}
