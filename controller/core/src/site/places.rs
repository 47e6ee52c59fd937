//! Everything at a site that has a path or a name of its own, and what lies around it: what an element of a plan can stand for.

use std::collections::BTreeSet;

use super::Site;

impl Site {
    /// Every path of a door, an access point, an area or a zone, every part of one that ends where a name does (a rack, a row),
    /// and every device's name.
    pub fn known_places(&self) -> BTreeSet<&str> {
        let mut places = BTreeSet::new();
        let doors = self.doors().map(|door| &door.path);
        let points = self.points().map(|point| &point.path);
        let areas = self.areas().map(|area| &area.path);
        for path in doors.chain(points).chain(areas).chain(self.zones().map(|zone| &zone.path)) {
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            places.extend(ends.filter_map(|end| path.get(..end)));
        }
        places.extend(self.devices().map(|device| device.name.as_str()));
        places
    }
}
