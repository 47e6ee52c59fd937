//! The lists of who is inside, of visitors and of musters. Names can be erased, so no order goes by them: it would stand in
//! cursors.

use super::{Key, flag, number, text, word};
use crate::api::INSIDE_PARAMETERS;
use crate::lists::{By, Listed, Member, Nature, Resource, Sort, Way};
use crate::wire::inside::{AreaCount, Insider, Visitor};
use crate::wire::muster::MusterSummary;

known_by! {
    AreaCount: count => Key::Text(count.area.clone());
    // A person and a visitor can have the same number.
    Insider: insider => Key::Text(insider.id.clone());
    MusterSummary: muster => Key::of_id(&muster.id);
    Visitor: visitor => Key::of_id(&visitor.id);
}

/// The latest first.
const LATEST: &[Sort] = &[Sort::by_key("-id", Way::Down), Sort::by_key("id", Way::Up)];

/// Who is inside.
pub(crate) static INSIDERS: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        text("company"),
        word("kind"),
        text("organisation"),
        Member::new("area", Nature::Area),
        word("entered_by"),
        word("confidence"),
        Member::lying("escort", "escort/id", Nature::Word),
        flag("disabled"),
    ],
    time: Some("since_at"),
    sorts: &[
        Sort::by("area", &[By::value("area", Way::Up)], Way::Up),
        Sort::by_key("id", Way::Up),
        Sort::by_key("-id", Way::Down),
        Sort::by("since_at", &[By::value("since_at", Way::Up)], Way::Up),
        Sort::by("-since_at", &[By::value("since_at", Way::Down)], Way::Down),
    ],
    own: INSIDE_PARAMETERS,
    example: "kind:visitor -confidence:a",
};

/// How many are in each area.
pub(crate) static AREA_COUNTS: Resource = Resource {
    members: &[
        Member::new("area", Nature::Area),
        text("name"),
        number("count"),
        word("confidence"),
        text("wrong_words"),
    ],
    time: None,
    sorts: &[Sort::by_key("area", Way::Up), Sort::by_key("-area", Way::Down)],
    own: &[],
    example: "area:hall-a -confidence:a",
};

/// Visitors.
pub(crate) static VISITORS: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        text("company"),
        Member::lying("host", "host/id", Nature::Word),
        Member::new("area", Nature::Area),
        text("reason"),
        word("muster"),
        flag("inside"),
    ],
    time: Some("since_at"),
    sorts: LATEST,
    own: &[],
    example: "inside:yes area:hall-a",
};

/// Musters.
pub(crate) static MUSTERS: Resource = Resource {
    members: &[word("id"), word("kind"), Member::new("area", Nature::Area), text("reason"), word("state")],
    time: Some("started_at"),
    sorts: LATEST,
    own: &[],
    example: "kind:real state:running",
};
