//! How things are named: in full, or by so much of the end of a path that only one fits.

use super::Refused;
use crate::device::{Device, DeviceIndex};
use crate::installation::{Installation, Person};

/// Most names an error lists; enough for a row of racks, short enough to read.
const CANDIDATE_LIMIT_NAMES: usize = 30;

pub(super) fn person<'a>(installation: &'a Installation, name: &str) -> Result<&'a Person, Refused> {
    let people = installation.people();
    if let Some(exact) = people.iter().find(|person| person.id == name) {
        return Ok(exact);
    }
    let wanted = name.to_lowercase();
    let fitting: Vec<&Person> = people.iter().filter(|person| person.name.to_lowercase().contains(&wanted)).collect();
    let shown = |people: &[&Person]| people.iter().map(|p| format!("{} ({})", p.id, p.name)).collect();
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => {
            let candidates = shown(&people.iter().collect::<Vec<_>>());
            Err(Refused::Unknown { kind: "person", name: name.to_owned(), candidates })
        }
        several => Err(Refused::Ambiguous { kind: "person", name: name.to_owned(), candidates: shown(several) }),
    }
}

pub(super) fn door(installation: &Installation, name: &str) -> Result<usize, Refused> {
    let paths: Vec<&str> = installation.passages().iter().map(|passage| passage.path.as_str()).collect();
    by_path("door", &paths, name)
}

pub(super) fn zone(installation: &Installation, name: &str) -> Result<usize, Refused> {
    let names: Vec<&str> = installation.fences().iter().map(|fence| fence.name.as_str()).collect();
    by_path("zone", &names, name)
}

pub(super) fn device(installation: &Installation, name: &str) -> Result<DeviceIndex, Refused> {
    let names: Vec<&str> = installation.devices().iter().map(Device::name).collect();
    by_path("device", &names, name).map(DeviceIndex)
}

/// The device that reads cards at a point; a door's path names its way in.
pub(super) fn reader(installation: &Installation, point: &str) -> Result<DeviceIndex, Refused> {
    let readers: Vec<(usize, &str)> = installation
        .devices()
        .iter()
        .enumerate()
        .filter(|(_, d)| d.reads_cards())
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|(index, device)| Some((index, device.serves()?)))
        .collect();
    let points: Vec<&str> = readers.iter().map(|(_, point)| *point).collect();
    let way_in = format!("{point}/in");
    let found =
        by_path("point", &points, point).or_else(|refused| by_path("point", &points, &way_in).map_err(|_| refused))?;
    let index = readers.get(found).map(|(index, _)| *index);
    index.map(DeviceIndex).ok_or(Refused::Unknown { kind: "point", name: point.to_owned(), candidates: Vec::new() })
}

fn by_path(kind: &'static str, paths: &[&str], name: &str) -> Result<usize, Refused> {
    if let Some(exact) = paths.iter().position(|path| *path == name) {
        return Ok(exact);
    }
    let suffix = format!("/{name}");
    let fitting: Vec<usize> = (0..).zip(paths).filter(|(_, path)| path.ends_with(&suffix)).map(|(at, _)| at).collect();
    let name = name.to_owned();
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => Err(Refused::Unknown { kind, candidates: candidates(paths, &name), name }),
        several => {
            let candidates = several.iter().filter_map(|at| paths.get(*at)).map(|path| (*path).to_owned()).collect();
            Err(Refused::Ambiguous { kind, name, candidates })
        }
    }
}

/// Those that hold the name somewhere, or else all.
fn candidates(paths: &[&str], name: &str) -> Vec<String> {
    let near: Vec<&str> = paths.iter().copied().filter(|path| path.contains(name)).collect();
    let listed = if near.is_empty() { paths } else { &near };
    let mut names: Vec<String> = listed.iter().take(CANDIDATE_LIMIT_NAMES).map(|path| (*path).to_owned()).collect();
    if listed.len() > CANDIDATE_LIMIT_NAMES {
        names.push(format!("and {} more", listed.len() - CANDIDATE_LIMIT_NAMES));
    }
    names
}
