//! The lists of access reviews and of their lines.

use super::{Key, text, word};
use crate::lists::{By, Listed, Member, Nature, Resource, Sort, Way};
use crate::wire::review::{AccessReview, ReviewLine};

known_by! {
    AccessReview: review => Key::of_id(&review.id);
    ReviewLine: row => Key::Number(row.line.into());
}

/// Access reviews.
pub(crate) static REVIEWS: Resource = Resource {
    members: &[word("id"), word("state"), word("undecided"), text("reason")],
    time: Some("opened_at"),
    sorts: &[Sort::by_key("-id", Way::Down), Sort::by_key("id", Way::Up)],
    own: &[],
    example: "state:running",
};

/// The lines of an access review.
pub(crate) static REVIEW_LINES: Resource = Resource {
    members: &[
        word("state"),
        Member::lying("person", "person/id", Nature::Word),
        word("grant"),
        text("profile"),
        word("given_by"),
        text("reason"),
        text("ticket"),
        word("since_last"),
        word("reviewer"),
    ],
    time: None,
    sorts: &[
        Sort::by_key("line", Way::Up),
        Sort::by_key("-line", Way::Down),
        Sort::by("used_at", &[By::value("used_at", Way::Up)], Way::Up),
    ],
    own: &[],
    example: "state:undecided reviewer:opr-4",
};
