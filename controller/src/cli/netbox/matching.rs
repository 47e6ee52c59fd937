//! Which rack of this site a rack of NetBox is: the one that it was taken for before, by NetBox's number; else the one at the path
//! that a map gives it. A rack that the site file lacks is told of, with the lines that the file would need.

use std::collections::BTreeMap;
use std::path::Path;

use rackward_dashboard::wire::request::RackOfRegister;
use serde::Deserialize;
use serde_json::Value;

use crate::cli::failure::{Exit, Failure};
use crate::cli::verbs::read_file;

/// The longest map that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// How a path is made where nothing else is said.
const USUAL_PATH: &str = "{site}/{location}/{name}";

/// What NetBox's places are called at this site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RackMap {
    /// How a path is made, of {site}, {location}, {name}, `{facility_id}` and {tenant}.
    #[serde(default)]
    path: Option<String>,
    /// NetBox's sites, by slug, and what they are called here.
    #[serde(default)]
    sites: BTreeMap<String, String>,
    /// NetBox's locations, by slug, and what they are called here.
    #[serde(default)]
    locations: BTreeMap<String, String>,
    /// Single racks, by NetBox's number, and their paths here.
    #[serde(default)]
    racks: BTreeMap<String, String>,
}

impl RackMap {
    /// Reads a map.
    ///
    /// # Errors
    /// It cannot be read, or says something that is not known.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read_file(path, "--map", MAX_FILE_BYTES)?;
        let wrong = |why: String| {
            let help = "it has path = \"{site}/{location}/{name}\", and [sites], [locations] and [racks]";
            Failure::new(Exit::Invalid, "map", "the map cannot be used", format!("{}: {why}", path.display()), help)
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
        let map: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        match map.racks.keys().find(|number| number.parse::<u32>().is_err()) {
            Some(odd) => Err(wrong(format!("[racks] is by NetBox's number, and \"{odd}\" is none"))),
            None => Ok(map),
        }
    }

    /// The path that a rack would have at this site.
    pub(crate) fn path_of(&self, rack: &RackOfRegister) -> String {
        if let Some(path) = self.racks.get(&rack.id.to_string()) {
            return path.clone();
        }
        let named =
            |names: &BTreeMap<String, String>, text: &str| names.get(text).cloned().unwrap_or_else(|| word(text));
        let part = |text: &Option<String>| text.as_deref().map(word).unwrap_or_default();
        let location = rack.location.as_deref().map(|text| named(&self.locations, text)).unwrap_or_default();
        let path = self.path.as_deref().unwrap_or(USUAL_PATH);
        let path = path
            .replace("{site}", &named(&self.sites, &rack.site))
            .replace("{location}", &location)
            .replace("{name}", &word(&rack.name))
            .replace("{facility_id}", &part(&rack.facility_id))
            .replace("{tenant}", &part(&rack.tenant));
        path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}

/// A text as a part of a path: small letters, digits and dashes.
fn word(text: &str) -> String {
    let plain = text.to_lowercase().replace(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '/', "-");
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// What this site knows: its areas, and which racks of NetBox were taken for which.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Paths of areas, with their kinds.
    areas: BTreeMap<String, String>,
    /// Paths of racks, by NetBox's number.
    taken: BTreeMap<String, String>,
}

impl Known {
    /// Of the daemon's lists of areas and of racks.
    pub(crate) fn of(areas: &Value, racks: &Value) -> Self {
        let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let items = |list: &Value| list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let areas = items(areas).iter().filter_map(|area| Some((text(area, "path")?, text(area, "kind")?))).collect();
        let taken = items(racks).iter().filter_map(|rack| Some((text(rack, "id")?, text(rack, "rack")?))).collect();
        Self { areas, taken }
    }

    /// Says of each rack which one of this site it is; gives those that are none, with the paths that they would have.
    pub(crate) fn fit(&self, racks: &mut [RackOfRegister], map: &RackMap) -> Vec<(RackOfRegister, String)> {
        let mut strangers = Vec::new();
        for rack in racks {
            let before =
                self.taken.get(&format!("nb-{}", rack.id)).filter(|_| !map.racks.contains_key(&rack.id.to_string()));
            let path = before.cloned().unwrap_or_else(|| map.path_of(rack));
            if self.areas.get(&path).is_some_and(|kind| kind == "rack") {
                rack.rack = Some(path);
            } else {
                strangers.push((rack.clone(), path));
            }
        }
        strangers
    }

    /// The innermost area that a rack of this path would stand in.
    fn around<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut path = path;
        while let Some((outer, _)) = path.rsplit_once('/') {
            if self.areas.get(outer).is_some_and(|kind| kind != "rack") {
                return Some(outer);
            }
            path = outer;
        }
        None
    }
}

/// The lines that the site file would need for racks that it lacks.
pub(crate) fn site_lines(strangers: &[(RackOfRegister, String)], known: &Known) -> String {
    let mut text =
        "# Racks that NetBox has and the site file lacks. Look at each: its faces, its area, its owner.\n".to_owned();
    for (rack, path) in strangers {
        // A name of somewhere else stands in a comment, so nothing in it may end the line.
        let name: String = rack.name.chars().filter(|c| !c.is_control()).collect();
        text += &format!("\n# NetBox {}: {name}\n[[rack]]\npath = {}\n", rack.id, quoted(path));
        match known.around(path) {
            Some(area) => text += &format!("area = {}\n", quoted(area)),
            None => text += "# area = \"...\"                   # no area of this site begins its path\n",
        }
        text += "faces = [\"front\", \"rear\"]\n";
    }
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
