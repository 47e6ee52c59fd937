//! The list of racks, as an asset register has them.

use super::{BY_ID_OR_NAME, place, text, word};
use crate::lists::Resource;

/// Racks, as an asset register has them.
pub(crate) static RACKS: Resource = Resource {
    members: &[
        word("id"),
        place("rack"),
        text("name"),
        text("facility_id"),
        word("site"),
        text("location"),
        word("role"),
        word("status"),
        text("tenant"),
        text("serial"),
        text("asset_tag"),
    ],
    time: Some("taken_at"),
    sorts: BY_ID_OR_NAME,
    own: &[],
    example: "site:lon1 -status:active",
};
