//! The lists of where somebody may pass, and of who may open a door.

use super::{Key, flag, text, word};
use crate::api::MOMENT_PARAMETERS;
use crate::lists::{By, Listed, Member, Nature, Resource, Sort, Way};
use crate::wire::past::MayPass;

known_by! {
    MayPass: row => Key::of_id(&row.id);
}

/// Where somebody may pass.
pub(crate) static MAY_PASS: Resource = Resource {
    members: &[
        word("id"),
        Member::new("point", Nature::Place),
        word("grant"),
        text("profile"),
        text("reason"),
        text("ticket"),
        flag("escort"),
    ],
    time: None,
    sorts: &[
        Sort::by_key("id", Way::Up),
        Sort::by_key("-id", Way::Down),
        Sort::by("point", &[By::value("point", Way::Up)], Way::Up),
        Sort::by("until_at", &[By::value("until_at", Way::Up)], Way::Up),
        Sort::by("-until_at", &[By::value("until_at", Way::Down)], Way::Down),
    ],
    own: MOMENT_PARAMETERS,
    example: "ticket:CHG-48213",
};

/// Who may open a door.
pub(crate) static MAY_OPEN: Resource = Resource {
    members: &[
        Member::lying("person", "person/id", Nature::Person),
        Member::lying("name", "person/name", Nature::Text),
        word("grant"),
        text("profile"),
        text("reason"),
        text("ticket"),
        flag("escort"),
    ],
    time: None,
    sorts: &[
        Sort::by_key("grant", Way::Up),
        Sort::by_key("-grant", Way::Down),
        Sort::by("until_at", &[By::value("until_at", Way::Up)], Way::Up),
        Sort::by("-until_at", &[By::value("until_at", Way::Down)], Way::Down),
    ],
    own: MOMENT_PARAMETERS,
    example: "ticket:CHG-48213",
};
