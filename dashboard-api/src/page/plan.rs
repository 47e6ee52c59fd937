//! The site plan: a tile for each perimeter zone and each door, and a cabinet for each rack, row by row, with its front
//! below and its rear above as in a floor plan. Built from paths alone, so that a plan always exists.

use std::collections::BTreeMap;

use rackward_core::Site;

use crate::wire::place::Door;

/// What the plan draws.
pub(super) struct Plan {
    /// Perimeter zones: their paths and labels.
    pub(super) zones: Vec<(String, String)>,
    /// Doors that are not rack doors.
    pub(super) doors: Vec<Tile>,
    /// Rows of racks, in order of path.
    pub(super) rows: Vec<Row>,
}

/// One door.
pub(super) struct Tile {
    pub(super) path: String,
    pub(super) label: String,
    pub(super) kind: String,
    pub(super) glyph: String,
    pub(super) words: String,
}

/// A row of racks.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) racks: Vec<Rack>,
}

/// A cabinet with its doors, rear first, as they are drawn from top to bottom.
pub(super) struct Rack {
    pub(super) label: String,
    pub(super) rear: Option<Tile>,
    pub(super) front: Option<Tile>,
}

impl Plan {
    /// The plan of these doors.
    pub(super) fn of(site: &Site, doors: &[Door]) -> Self {
        let (racks, others): (Vec<&Door>, Vec<&Door>) = doors.iter().partition(|door| door.kind == "rack_door");
        Self {
            zones: site.zones().map(|zone| (zone.path.clone(), label(&zone.path))).collect(),
            doors: others.into_iter().map(|door| Tile::of(door, label(&door.path))).collect(),
            rows: rows(&racks),
        }
    }
}

fn rows(doors: &[&Door]) -> Vec<Row> {
    let mut rows: BTreeMap<&str, BTreeMap<&str, Rack>> = BTreeMap::new();
    for door in doors {
        let (rack, face) = door.path.rsplit_once('/').unwrap_or(("", &door.path));
        let (row, name) = rack.rsplit_once('/').unwrap_or(("", rack));
        let rack = rows.entry(row).or_default().entry(name).or_insert_with(|| Rack {
            label: name.to_owned(),
            rear: None,
            front: None,
        });
        let tile = Some(Tile::of(door, format!("{name} {face}")));
        if face == "rear" { rack.rear = tile } else { rack.front = tile }
    }
    let drawn = rows.into_iter().map(|(row, racks)| Row { label: label(row), racks: racks.into_values().collect() });
    drawn.collect()
}

/// A path without the site's name, which stands in the header.
fn label(path: &str) -> String {
    path.split_once('/').map_or(path, |(_, rest)| rest).to_owned()
}

impl Tile {
    fn of(door: &Door, label: String) -> Self {
        Self {
            path: door.path.clone(),
            label,
            kind: door.kind.clone(),
            glyph: door.glyph.clone(),
            words: door.words.clone(),
        }
    }
}
