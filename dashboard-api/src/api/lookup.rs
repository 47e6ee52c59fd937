//! From what a request names to ids: a person by id, by another register's key or by a part of the name, a place by path or by its end, what operators
//! make by its name. A name that fits more than one is never guessed at; the answer lists what it could mean. What lies
//! outside the caller's scope is not among it: the engine says what the caller may see.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use rackward_core::engine::command::Scope;
use rackward_core::id::{AreaId, DeviceId, DoorId, OrganisationId, PersonId, PointId, ProfileId, ScheduleId};
use rackward_core::people::Person;
use rackward_core::site::{OPERATOR, Role};
use rackward_core::{Answer, Caller, Query, Site};

use super::{Api, wrong_shape};
use crate::past::Moment;
use crate::refusal::Refusal;
use crate::wire::Names;
use crate::wire::at::At;
use crate::wire::problem::{Candidate, Problem, ProblemKind};

/// How many candidates an answer lists: enough to see what went wrong.
const MAX_CANDIDATES: usize = 20;

/// How many persons the engine is asked about at once: a part of a common name may fit a hundred thousand.
const ASKED_PERSONS: usize = 1000;

/// The person that `text` names.
pub(super) async fn person(api: &Api, caller: Caller, pointer: &str, text: &str) -> Result<PersonId, Refusal> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    // Every name contains the empty text, so it would list the whole site.
    let text = text.trim();
    // A key of another register says exactly who is meant, and goes before a part of somebody's name.
    let keyed = seen_of(api, caller, &api.people_keyed(text), MAX_CANDIDATES).await?;
    if let [(id, _)] = keyed.as_slice() {
        return Ok(*id);
    }
    let mut named = if text.is_empty() { Vec::new() } else { api.people_named(text) };
    named.extend(keyed);
    let whole: Vec<(PersonId, String)> = named.iter().filter(|(_, name)| same_name(name, text)).cloned().collect();
    let whole = seen_of(api, caller, &whole, 2).await?;
    let named = seen_of(api, caller, &named, MAX_CANDIDATES).await?;
    match (named.as_slice(), whole.as_slice()) {
        ([(id, _)], _) | (_, [(id, _)]) => Ok(*id),
        _ => {
            let candidate =
                |(id, name): &(PersonId, String)| Candidate { id: id.to_string(), name: Some(name.clone()) };
            Err(Problem::unknown_name(pointer, "person", named.iter().map(candidate).collect()).into())
        }
    }
}

fn same_name(name: &str, text: &str) -> bool {
    name.to_lowercase() == text.to_lowercase()
}

/// The first `most` of these whom the caller may see.
async fn seen_of(
    api: &Api,
    caller: Caller,
    named: &[(PersonId, String)],
    most: usize,
) -> Result<Vec<(PersonId, String)>, Refusal> {
    let mut seen = Vec::new();
    for some in named.chunks(ASKED_PERSONS) {
        let people = people(api, caller, some.iter().map(|(id, _)| *id).collect()).await?;
        let ids: BTreeSet<PersonId> = people.iter().map(|person| person.id).collect();
        seen.extend(some.iter().filter(|(id, _)| ids.contains(id)).cloned());
        if seen.len() >= most {
            break;
        }
    }
    seen.truncate(most);
    Ok(seen)
}

/// Those of these persons whom the caller may see.
pub(super) async fn people(api: &Api, caller: Caller, ids: Vec<PersonId>) -> Result<Vec<Person>, Refusal> {
    people_at(api, caller, Moment::Now, ids).await
}

/// The same as of a moment.
pub(super) async fn people_at(
    api: &Api,
    caller: Caller,
    moment: Moment,
    ids: Vec<PersonId>,
) -> Result<Vec<Person>, Refusal> {
    match api.ask_at(caller, moment, Query::PeopleOf(ids)).await? {
        Answer::People(people) => Ok(people),
        _ => Err(wrong_shape()),
    }
}

/// The person with this id, if the caller may see them.
pub(super) async fn known(api: &Api, caller: Caller, id: PersonId) -> Result<Person, Refusal> {
    known_at(api, caller, Moment::Now, id).await
}

/// The person who has this id, or had it then.
pub(super) async fn known_at(api: &Api, caller: Caller, moment: Moment, id: PersonId) -> Result<Person, Refusal> {
    let person = people_at(api, caller, moment, vec![id]).await?.pop();
    person.ok_or_else(|| absent_at(id, moment))
}

/// The places that a caller sees, for finding them by name.
pub(super) struct Sight {
    site: Arc<Site>,
    /// Doors and areas; everything if `None`.
    seen: Option<(BTreeSet<DoorId>, BTreeSet<AreaId>)>,
}

impl Sight {
    /// What `caller` sees.
    pub(super) async fn of(api: &Api, caller: Caller) -> Result<Self, Refusal> {
        let site = api.backend.site();
        let seen = match caller.scope {
            Scope::Site => None,
            Scope::Organisation(_) => {
                let Answer::Doors(doors) = api.ask(caller, Query::Doors).await? else { return Err(wrong_shape()) };
                let Answer::Areas(areas) = api.ask(caller, Query::Areas).await? else { return Err(wrong_shape()) };
                let doors = doors.into_iter().map(|status| status.door).collect();
                Some((doors, areas.into_iter().map(|status| status.area.id).collect()))
            }
        };
        Ok(Self { site, seen })
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn sees_door(&self, door: DoorId) -> bool {
        self.seen.as_ref().is_none_or(|(doors, _)| doors.contains(&door))
    }

    /// Whether the door that a device works at is seen; of one that works at none, only the whole site knows.
    pub(super) fn sees_device(&self, device: DeviceId) -> bool {
        let door = self.site.device(device).and_then(|device| match &device.role {
            Role::Reader { point } => Some(self.site.point(*point)?.door),
            Role::Lock { door } | Role::Handle { door, .. } => Some(*door),
            Role::Inputs { .. } => None,
        });
        door.map_or(self.seen.is_none(), |door| self.sees_door(door))
    }

    pub(super) fn sees_area(&self, area: AreaId) -> bool {
        self.seen.as_ref().is_none_or(|(_, areas)| areas.contains(&area))
    }

    /// The door that `text` names.
    pub(super) fn door(&self, pointer: &str, text: &str) -> Result<DoorId, Refusal> {
        let find = |text: &str| self.site.find_door(text).map(|door| door.id);
        seen_one(find, |door| self.sees_door(door), text).map_err(|paths| unknown_place(pointer, "door", paths))
    }

    /// The area that `text` names.
    pub(super) fn area(&self, pointer: &str, text: &str) -> Result<AreaId, Refusal> {
        let find = |text: &str| self.site.find_area(text).map(|area| area.id);
        seen_one(find, |area| self.sees_area(area), text).map_err(|paths| unknown_place(pointer, "area", paths))
    }

    /// The access point that `text` names.
    pub(super) fn point(&self, pointer: &str, text: &str) -> Result<PointId, Refusal> {
        let find = |text: &str| self.site.find_point(text).map(|point| point.id);
        let sees = |point| self.site.point(point).is_some_and(|point| self.sees_door(point.door));
        seen_one(find, sees, text).map_err(|paths| unknown_place(pointer, "access point", paths))
    }

    /// The doors of the rack that `text` names.
    pub(super) fn rack(&self, pointer: &str, text: &str) -> Result<Vec<DoorId>, Refusal> {
        let doors = if text.is_empty() { Vec::new() } else { self.site.rack_doors(text) };
        let doors: Vec<DoorId> = doors.iter().map(|door| door.id).filter(|door| self.sees_door(*door)).collect();
        if doors.is_empty() { Err(unknown_place(pointer, "rack", Vec::new())) } else { Ok(doors) }
    }

    /// Every door into the area that `text` names, and inside it.
    pub(super) fn doors_of_area(&self, pointer: &str, text: &str) -> Result<Vec<DoorId>, Refusal> {
        let area = self.area(pointer, text)?;
        let inside = self.site.doors().filter(|door| self.site.lies_in(door.area, area));
        Ok(inside.map(|door| door.id).filter(|door| self.sees_door(*door)).collect())
    }

    /// The doors that a request names by a rack, by paths or by both.
    pub(super) fn doors(&self, rack: Option<&str>, doors: Option<&[String]>) -> Result<Vec<DoorId>, Refusal> {
        let mut found = match rack {
            Some(rack) => self.rack("/rack", rack)?,
            None => Vec::new(),
        };
        for (place, text) in doors.unwrap_or_default().iter().enumerate() {
            found.push(self.door(&format!("/doors/{place}"), text)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// The one thing of those that `text` could mean which is seen; otherwise the paths of those that are.
fn seen_one<Id: Copy>(
    find: impl Fn(&str) -> Result<Id, Vec<String>>,
    sees: impl Fn(Id) -> bool,
    text: &str,
) -> Result<Id, Vec<String>> {
    let paths = match find(text) {
        Ok(id) if sees(id) => return Ok(id),
        Ok(_) => Vec::new(),
        Err(paths) => paths,
    };
    let seen: Vec<(Id, String)> =
        paths.into_iter().filter_map(|path| Some((find(&path).ok().filter(|id| sees(*id))?, path))).collect();
    match seen.as_slice() {
        [(id, _)] => Ok(*id),
        _ => Err(seen.into_iter().map(|(_, path)| path).collect()),
    }
}

fn unknown_place(pointer: &str, what: &str, paths: Vec<String>) -> Refusal {
    let candidates = paths.into_iter().take(MAX_CANDIDATES).map(|id| Candidate { id, name: None }).collect();
    Problem::unknown_name(pointer, what, candidates).into()
}

/// An id in a path.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, Refusal>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Refusal::new(ProblemKind::NotFound, error.to_string()))
}

/// What schedules and profiles are called, as far as the caller sees them.
pub(super) async fn names(api: &Api, caller: Caller) -> Result<Names, Refusal> {
    names_at(api, caller, Moment::Now).await
}

/// What schedules and profiles are, were or will be called.
pub(super) async fn names_at(api: &Api, caller: Caller, moment: Moment) -> Result<Names, Refusal> {
    let Answer::Names(names) = api.ask_at(caller, moment, Query::Names).await? else { return Err(wrong_shape()) };
    Ok(Names { schedules: names.schedules.into_iter().collect(), profiles: names.profiles.into_iter().collect() })
}

impl Names {
    /// The schedule that `text` names in a body.
    pub(super) fn schedule_named(&self, pointer: &str, text: &str) -> Result<ScheduleId, Refusal> {
        let found = named(self.schedules.iter().map(|(id, name)| (*id, name.as_str())), text);
        found.ok_or_else(|| unknown_place(pointer, "schedule", Vec::new()))
    }

    /// The profile that `text` names in a body.
    pub(super) fn profile_named(&self, pointer: &str, text: &str) -> Result<ProfileId, Refusal> {
        let found = named(self.profiles.iter().map(|(id, name)| (*id, name.as_str())), text);
        found.ok_or_else(|| unknown_place(pointer, "profile", Vec::new()))
    }
}

/// The organisation that `text` names.
pub(super) async fn organisation(
    api: &Api,
    caller: Caller,
    pointer: &str,
    text: &str,
) -> Result<OrganisationId, Refusal> {
    let Answer::Organisations(rows) = api.ask(caller, Query::Organisations).await? else { return Err(wrong_shape()) };
    let found = named(rows.iter().map(|row| (row.id, row.name.as_str())), text);
    found.ok_or_else(|| unknown_place(pointer, "organisation", Vec::new()))
}

/// The organisation whose people and places are meant when nobody says: the caller's own.
pub(super) const fn own_organisation(caller: Caller) -> OrganisationId {
    match caller.scope {
        Scope::Site => OPERATOR,
        Scope::Organisation(own) => own,
    }
}

/// The one of these that `text` is the name or the id of. Names are unique; they are compared as they were written.
pub(super) fn named<'a, Id: Copy + FromStr + PartialEq>(
    rows: impl Iterator<Item = (Id, &'a str)>,
    text: &str,
) -> Option<Id> {
    let (text, id) = (text.trim(), text.trim().parse::<Id>().ok());
    let mut by_id = None;
    for (row, name) in rows {
        if name == text {
            return Some(row);
        }
        if Some(row) == id {
            by_id = id;
        }
    }
    by_id
}

/// The device with this id or name, in a path.
pub(super) fn device(api: &Api, text: &str) -> Result<DeviceId, Refusal> {
    let site = api.backend.site();
    let found = site.device_named(text).map(|device| device.id);
    let by_id = || text.parse().ok().filter(|id| site.device(*id).is_some());
    found.or_else(by_id).ok_or_else(|| missing("device"))
}

/// Nothing is called so, in a path.
pub(super) fn missing(what: &str) -> Refusal {
    Refusal::new(ProblemKind::NotFound, format!("no {what} is called so; list them to see their names"))
}

/// Nothing has this id.
pub(super) fn absent(id: impl core::fmt::Display) -> Refusal {
    Refusal::new(ProblemKind::NotFound, format!("{id} does not exist"))
}

/// Nothing has this id, or had it then.
pub(super) fn absent_at(id: impl core::fmt::Display, moment: Moment) -> Refusal {
    match moment {
        Moment::Past(then) => Refusal::new(ProblemKind::NotFound, format!("{id} did not exist at {}", At(then))),
        Moment::Now | Moment::ToCome(_) => absent(id),
    }
}

/// The organisation that `text` names, whether or not the caller has to do with it yet.
pub(super) fn any_organisation(api: &Api, pointer: &str, text: &str) -> Result<OrganisationId, Refusal> {
    let site = api.backend.site();
    let found = named(site.organisations().iter().map(|row| (row.id, row.name.as_str())), text);
    found.ok_or_else(|| unknown_place(pointer, "organisation", Vec::new()))
}
