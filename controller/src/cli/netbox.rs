//! Racks from NetBox: asked of its API page by page (`netbox/pages.rs`) or read from a file that it exported, as JSON or CSV
//! (`netbox/file.rs`), and matched to the racks of this site by a map (`netbox/matching.rs`). Nothing is taken of a list that is
//! not whole: a rack that a broken answer left out would be flagged as gone.

mod file;
mod matching;
mod pages;
#[cfg(test)]
pub(crate) mod simulated;

use rackward_dashboard::wire::request::RackOfRegister;
use serde_json::Value;

use super::failure::{Exit, Failure};

pub(crate) use file::read;
pub(crate) use matching::{Known, RackMap, site_lines};
pub(crate) use pages::{Source, fetch};

/// How many racks are taken at most: as many as the daemon takes at once.
pub(crate) const RACKS_MAX_COUNT: usize = 20_000;

/// A rack as NetBox describes it, as far as it is kept; what is missing or of another kind is named.
fn rack_of(item: &Value, place: usize) -> Result<RackOfRegister, Failure> {
    let wrong = |what: &str| odd(format!("rack number {} of the list: {what}", place + 1));
    let number = item.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let id = number.ok_or_else(|| wrong("it has no id"))?;
    let name = text(item.get("name")).ok_or_else(|| wrong("it has no name"))?;
    let site = text(item.get("site")).ok_or_else(|| wrong("it is at no site"))?;
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
