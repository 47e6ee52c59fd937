//! The list of cameras.

use super::{BY_ID_OR_NAME, flag, text, word};
use crate::lists::Resource;

/// Cameras.
pub(crate) static CAMERAS: Resource = Resource {
    members: &[word("id"), text("name"), flag("evidence"), word("health"), word("trouble"), word("past")],
    time: Some("last_picture_at"),
    sorts: BY_ID_OR_NAME,
    own: &[],
    example: "health:silent evidence:true",
};
