//! The routes about access reviews, and about which person an operator is.

use rackward_core::permission::Permission::{ManageOperators, RunReviews, ViewJournal};

use super::ZIP;
use crate::api::{operators, review_evidence, reviews};
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post, put};

pub(super) fn of_reviews() -> Routes {
    Routes::about("reviews", "Access reviews: rights listed as they were, and decided one by one.")
        .at(
            "/api/v1/reviews",
            [
                get(reviews::list, "Access reviews that run and those that ended last")
                    .lists(&resources::REVIEWS)
                    .takes(ViewJournal),
                post(reviews::open, "Open an access review").takes(RunReviews).makes(),
            ],
        )
        .at("/api/v1/reviews/{id}", [get(reviews::show, "One access review, and how far it is").takes(ViewJournal)])
        .at(
            "/api/v1/reviews/{id}/lines",
            [get(reviews::lines, "The rights that an access review is about")
                .lists(&resources::REVIEW_LINES)
                .takes(ViewJournal)],
        )
        .at(
            "/api/v1/reviews/{id}/assign",
            [post(reviews::assign, "Say who is to decide of lines of an access review").takes(RunReviews)],
        )
        .at(
            "/api/v1/reviews/{id}/decisions",
            [post(reviews::decide, "Decide of lines of an access review, all of them or none").takes(RunReviews)],
        )
        .at("/api/v1/reviews/{id}/close", [post(reviews::close, "Close an access review").takes(RunReviews)])
        .at(
            "/api/v1/reviews/{id}/evidence",
            [get(
                review_evidence::show,
                "What was decided in an access review, as records, as a sheet to sign, and with what proves both",
            )
            .exports()
            .takes(ViewJournal)
            .media(ZIP)],
        )
}

/// Those of operators, and who they are: nobody reviews their own access.
pub(super) fn with_links(routes: Routes) -> Routes {
    routes.at(
        "/api/v1/operators/{id}/person",
        [put(operators::link_person, "Say which person an operator is").takes(ManageOperators)],
    )
}
