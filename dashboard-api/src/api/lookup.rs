//! From what a request names to ids: a person by id or by a part of the name, a place by path or by its end. A name that
//! fits more than one is never guessed at; the answer lists what it could mean.

use std::str::FromStr;

use rackward_core::Site;
use rackward_core::id::{DoorId, PersonId, PointId};

use super::Api;
use crate::refusal::Refusal;
use crate::wire::problem::{Candidate, Problem, ProblemKind};

/// How many candidates an answer lists: enough to see what went wrong.
const MAX_CANDIDATES: usize = 20;

/// The person that `text` names.
pub(super) fn person(api: &Api, pointer: &str, text: &str) -> Result<PersonId, Refusal> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    // Every name contains the empty text, so it would list the whole site.
    let text = text.trim();
    let named = if text.is_empty() { Vec::new() } else { api.backend.people_named(text) };
    let whole: Vec<&(PersonId, String)> = named.iter().filter(|(_, name)| same_name(name, text)).collect();
    match (named.as_slice(), whole.as_slice()) {
        ([(id, _)], _) | (_, [(id, _)]) => Ok(*id),
        _ => {
            let candidate =
                |(id, name): &(PersonId, String)| Candidate { id: id.to_string(), name: Some(name.clone()) };
            let candidates = named.iter().take(MAX_CANDIDATES).map(candidate).collect();
            Err(Problem::unknown_name(pointer, "person", candidates).into())
        }
    }
}

fn same_name(name: &str, text: &str) -> bool {
    name.to_lowercase() == text.to_lowercase()
}

/// The door that `text` names.
pub(super) fn door(site: &Site, pointer: &str, text: &str) -> Result<DoorId, Refusal> {
    site.find_door(text).map(|door| door.id).map_err(|paths| unknown_place(pointer, "door", paths))
}

/// The access point that `text` names.
pub(super) fn point(site: &Site, pointer: &str, text: &str) -> Result<PointId, Refusal> {
    site.find_point(text).map(|point| point.id).map_err(|paths| unknown_place(pointer, "access point", paths))
}

/// The doors of the rack that `text` names.
pub(super) fn rack(site: &Site, pointer: &str, text: &str) -> Result<Vec<DoorId>, Refusal> {
    let doors: Vec<DoorId> =
        if text.is_empty() { Vec::new() } else { site.rack_doors(text).iter().map(|door| door.id).collect() };
    if doors.is_empty() { Err(unknown_place(pointer, "rack", Vec::new())) } else { Ok(doors) }
}

/// An id in a path.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, Refusal>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Refusal::new(ProblemKind::NotFound, error.to_string()))
}

fn unknown_place(pointer: &str, what: &str, paths: Vec<String>) -> Refusal {
    let candidates = paths.into_iter().take(MAX_CANDIDATES).map(|id| Candidate { id, name: None }).collect();
    Problem::unknown_name(pointer, what, candidates).into()
}
