//! The drawing that an area has without anybody's: its rows as bars of racks, each with its front and rear edge, its other doors
//! along the wall, and what lies in it as boxes. It says where things are in relation to each other and not where they stand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rackward_core::Site;
use rackward_core::id::AreaId;
use rackward_core::site::{Area, AreaKind, Door, DoorKind};

use super::drawing::is_place;

/// Lengths, in the drawing's own units.
const MARGIN: usize = 24;
const RACK_WIDTH: usize = 28;
const RACK_DEPTH: usize = 48;
const EDGE: usize = 8;
const ROW_GAP: usize = 40;
const DOOR_WIDTH: usize = 90;
const DOOR_HEIGHT: usize = 22;
const LABEL: usize = 90;
const DOORS_BESIDE: usize = 8;

/// One side of a rack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facing {
    /// The rack's path.
    pub rack: String,
    /// `front`, `rear` or what the site file calls it.
    pub face: String,
}

/// The rack that a door belongs to, and which side of it the door is: the last part of its path.
pub fn rack_of(door: &Door) -> Option<Facing> {
    let (rack, face) = door.path.rsplit_once('/').filter(|_| door.kind == DoorKind::RackDoor)?;
    Some(Facing { rack: rack.to_owned(), face: face.to_owned() })
}

/// The row that a rack stands in: the path around it.
pub fn row_of(rack: &str) -> Option<&str> {
    rack.rsplit_once('/').map(|(row, _)| row)
}

/// Racks of a row by path, with the sides that have a door.
type Row = BTreeMap<String, Vec<String>>;

/// Whether an area is drawn as a part of the one around it: a rack of somebody's own is one.
pub fn is_part(area: &Area) -> bool {
    area.kind == AreaKind::Rack
}

/// The area on whose drawing the doors of an area are.
pub fn home_of(site: &Site, area: AreaId) -> AreaId {
    let parts = site.around(area).take_while(|around| is_part(around));
    parts.filter_map(|part| part.inside).last().unwrap_or(area)
}

/// What is drawn of an area.
struct Sheet<'a> {
    rows: BTreeMap<String, Row>,
    doors: Vec<&'a Door>,
    areas: Vec<&'a Area>,
}

impl<'a> Sheet<'a> {
    fn of(site: &'a Site, area: &Area, sees: &dyn Fn(&Door) -> bool) -> Self {
        let is_here = |door: &&Door| (door.area == area.id || home_of(site, door.area) == area.id) && sees(door);
        let mut sheet = Self { rows: BTreeMap::new(), doors: Vec::new(), areas: Vec::new() };
        for door in site.doors().filter(is_here) {
            match rack_of(door).and_then(|facing| Some((row_of(&facing.rack)?.to_owned(), facing))) {
                Some((row, Facing { rack, face })) => {
                    sheet.rows.entry(row).or_default().entry(rack).or_default().push(face);
                }
                None => sheet.doors.push(door),
            }
        }
        let has_doors = |inner: &&Area| site.doors().any(|door| site.lies_in(door.area, inner.id) && sees(door));
        let inside = site.areas().filter(|inner| inner.inside == Some(area.id) && !is_part(inner));
        sheet.areas = inside.filter(has_doors).collect();
        sheet
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.doors.is_empty() && self.areas.is_empty()
    }

    /// Width and height.
    fn size(&self) -> (usize, usize) {
        let racks = self.rows.values().map(BTreeMap::len).max().unwrap_or_default();
        let boxes = (self.doors.len().max(self.areas.len())).min(DOORS_BESIDE);
        let width = (LABEL + racks * RACK_WIDTH).max(boxes * (DOOR_WIDTH + EDGE));
        let lines = |count: usize| count.div_ceil(DOORS_BESIDE) * (DOOR_HEIGHT + EDGE);
        let height = self.rows.len() * (RACK_DEPTH + ROW_GAP) + lines(self.doors.len()) + lines(self.areas.len());
        (width + 2 * MARGIN, height + 2 * MARGIN)
    }
}

/// The drawing of an area with the doors that are seen; `None` where there is nothing to draw.
pub fn generated(site: &Site, area: &Area, sees: &dyn Fn(&Door) -> bool) -> Option<String> {
    let sheet = Sheet::of(site, area, sees);
    if sheet.is_empty() {
        return None;
    }
    let (width, height) = sheet.size();
    let mut out = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">");
    text(&mut out, "title", "", &area.path);
    let mut at = MARGIN;
    for (path, doors) in [
        (true, sheet.doors.iter().map(|door| &door.path).collect::<Vec<_>>()),
        (false, sheet.areas.iter().map(|area| &area.path).collect()),
    ] {
        for (place, path_of) in doors.iter().enumerate() {
            let (x, y) =
                (MARGIN + place % DOORS_BESIDE * (DOOR_WIDTH + EDGE), at + place / DOORS_BESIDE * (DOOR_HEIGHT + EDGE));
            boxed(&mut out, path_of, (x, y), path);
        }
        at += doors.len().div_ceil(DOORS_BESIDE) * (DOOR_HEIGHT + EDGE);
    }
    for (path, racks) in &sheet.rows {
        row(&mut out, path, racks, at);
        at += RACK_DEPTH + ROW_GAP;
    }
    out.push_str("</svg>");
    Some(out)
}

/// A door along the wall, or an area inside.
fn boxed(out: &mut String, path: &str, (x, y): (usize, usize), is_door: bool) {
    let round = if is_door { "" } else { " rx=\"4\"" };
    shape(out, path, "", &format!("x=\"{x}\" y=\"{y}\" width=\"{DOOR_WIDTH}\" height=\"{DOOR_HEIGHT}\"{round}"));
    let (x, y) = (x + 4, y + DOOR_HEIGHT - 7);
    text(out, "text", &format!(" x=\"{x}\" y=\"{y}\" font-size=\"10\""), last(path));
}

/// A row as a bar of racks, the front edges below.
fn row(out: &mut String, path: &str, racks: &Row, y: usize) {
    let (x, width) = (MARGIN + LABEL, racks.len() * RACK_WIDTH);
    out.push_str("<g>");
    let label = y + RACK_DEPTH / 2 + 4;
    text(out, "text", &format!(" x=\"{MARGIN}\" y=\"{label}\" font-size=\"14\""), last(path));
    shape(out, path, "", &format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{RACK_DEPTH}\""));
    for (place, (rack, faces)) in racks.iter().enumerate() {
        let x = x + place * RACK_WIDTH;
        let (inner, depth) = (y + EDGE, RACK_DEPTH - 2 * EDGE);
        shape(out, rack, "", &format!("x=\"{x}\" y=\"{inner}\" width=\"{RACK_WIDTH}\" height=\"{depth}\""));
        for (face, y) in [("rear", y), ("front", y + RACK_DEPTH - EDGE)] {
            if faces.iter().any(|known| known == face) {
                let box_of = format!("x=\"{x}\" y=\"{y}\" width=\"{RACK_WIDTH}\" height=\"{EDGE}\"");
                shape(out, rack, &format!(" data-face=\"{face}\""), &box_of);
            }
        }
        let (middle, base) = (x + RACK_WIDTH / 2, y + RACK_DEPTH / 2 + 3);
        text(out, "text", &format!(" x=\"{middle}\" y=\"{base}\" font-size=\"9\" text-anchor=\"middle\""), last(rack));
    }
    out.push_str("</g>");
}

/// What shows a place. A path that no attribute could hold is left out, and so is its shape.
fn shape(out: &mut String, path: &str, face: &str, box_of: &str) {
    if is_place(path) {
        // Writing into a string cannot fail.
        let _ = write!(out, "<rect data-rackward=\"{path}\"{face} {box_of} fill=\"none\" stroke=\"currentColor\"/>");
    }
}

fn text(out: &mut String, element: &str, attributes: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = write!(out, "<{element}{attributes}>{words}</{element}>");
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
