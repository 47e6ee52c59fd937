//! Racks from NetBox: asked of its API page by page (`netbox/pages.rs`) or read from a file that it exported, as JSON or CSV
//! (`netbox/file.rs`), and matched to the racks of this site by a map (`netbox/matching.rs`). Nothing is taken of a list that is
//! not whole: a rack that a broken answer left out would be flagged as gone.

mod file;
mod matching;
mod pages;
#[cfg(test)]
pub(crate) mod simulated;

use rackward_dashboard::wire::request::RackOfRegister;
use serde_json::{Value, json};

use super::failure::{Exit, Failure};

pub(crate) use file::read;
pub(crate) use matching::{Known, RackMap, site_lines};
pub(crate) use pages::{Source, fetch};

/// How many racks are taken at most: as many as the daemon takes at once.
pub(crate) const RACKS_MAX_COUNT: usize = 20_000;

/// How many faults are listed at most: more would be read by nobody.
const LISTED_MAX_COUNT: usize = 1_000;

/// A list of racks as it is read: those that can be taken, and what is wrong with the others.
#[derive(Debug, Default)]
struct Racks {
    taken: Vec<RackOfRegister>,
    /// Where in the list, and what.
    faults: Vec<(String, String)>,
    /// How many were read, whether or not they can be taken.
    count: usize,
}

impl Racks {
    /// Takes a rack that stands at this place of the list.
    fn take(&mut self, place: String, item: &Value) {
        self.count += 1;
        match rack_of(item) {
            Ok(rack) => self.taken.push(rack),
            Err(wrong) => self.faults.extend(wrong.into_iter().map(|what| (place.clone(), what))),
        }
    }

    /// The same for the next rack of a list without lines.
    fn take_next(&mut self, item: &Value) {
        self.take(format!("rack number {}", self.count + 1), item);
    }

    /// The racks, if each can be taken.
    fn whole(self) -> Result<Vec<RackOfRegister>, Failure> {
        let listed: Vec<Value> = self
            .faults
            .iter()
            .take(LISTED_MAX_COUNT)
            .map(|(place, what)| json!({ "pointer": place, "detail": what }))
            .collect();
        let (count, more) = (self.faults.len(), self.faults.len() - listed.len());
        if count == 0 {
            return Ok(self.taken);
        }
        let title = format!(
            "{count} {} in the list of racks; nothing was changed",
            if count == 1 { "fault" } else { "faults" }
        );
        let help = match more {
            0 => "correct them in NetBox or in the file, and try again".to_owned(),
            more => format!("{more} more are not listed; correct them in NetBox or in the file, and try again"),
        };
        Err(Failure::new(Exit::Invalid, "netbox", &title, "", help).with("errors", json!(listed)))
    }
}

/// A rack as NetBox describes it, as far as it is kept; everything that is missing or of another kind is named.
fn rack_of(item: &Value) -> Result<RackOfRegister, Vec<String>> {
    let number = item.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let (name, site) = (text(item.get("name")), text(item.get("site")));
    let mut wrong = Vec::new();
    match item.get("id") {
        _ if number.is_some() => {}
        None | Some(Value::Null) => wrong.push("it has no id".to_owned()),
        Some(id) if id == "" => wrong.push("it has no id".to_owned()),
        Some(id) => wrong.push(format!("{id} is no id")),
    }
    if name.is_none() {
        wrong.push("it has no name".to_owned());
    }
    if site.is_none() {
        wrong.push("it is at no site".to_owned());
    }
    let (Some(id), Some(name), Some(site)) = (number, name, site) else { return Err(wrong) };
    let height = item.get("u_height").and_then(Value::as_f64).filter(|units| (0.0..=1000.0).contains(units));
    Ok(RackOfRegister {
        id,
        name,
        site,
        facility_id: text(item.get("facility_id")),
        location: text(item.get("location")),
        role: text(item.get("role")),
        status: text(item.get("status")),
        tenant: text(item.get("tenant")),
        // Half a unit is no unit of ours.
        u_height: height.map(|units| units as u16),
        serial: text(item.get("serial")),
        asset_tag: text(item.get("asset_tag")),
        rack: None,
    })
}

/// A text, or what an object is called: by its slug, which does not change with fashions, its value, or its name.
fn text(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let of_object = ["slug", "value", "name"].into_iter().find_map(|member| value.get(member)?.as_str());
    let text = value.as_str().or(of_object)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Something that is no list of racks.
fn odd(detail: impl Into<String>) -> Failure {
    let help = "look at what NetBox says at /api/dcim/racks/; nothing was changed";
    Failure::new(Exit::Invalid, "netbox", "this is no whole list of racks", detail, help)
}

#[cfg(test)]
mod tests;
