//! The routes about who is inside: counts, visitors, musters, and the hand-over of the desk.

use rackward_core::permission::Permission::{AnswerAlarms, RunMusters, ViewAlarms, ViewPeople, ViewSite};

use crate::api::{inside, musters, shift};
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_those_inside() -> Routes {
    Routes::about("inside", "Who is inside, how sure that is, and counting them at a safe place.")
        .at("/api/v1/inside", [get(inside::list, "Who is inside").takes(ViewPeople).lists(&resources::INSIDERS)])
        .at(
            "/api/v1/inside/areas",
            [get(inside::areas, "How many are in each area, naming nobody")
                .takes(ViewSite)
                .lists(&resources::AREA_COUNTS)],
        )
        .at(
            "/api/v1/visitors",
            [
                get(inside::visitors, "Visitors who are inside or left of late")
                    .takes(ViewPeople)
                    .lists(&resources::VISITORS),
                post(inside::enter, "Enter a visitor by hand").takes(RunMusters).makes(),
            ],
        )
        .at("/api/v1/visitors/{id}", [get(inside::visitor, "One visitor").takes(ViewPeople)])
        .at("/api/v1/visitors/{id}/leave", [post(inside::leave, "Say that a visitor has left").takes(RunMusters)])
        .at(
            "/api/v1/musters",
            [
                get(musters::list, "Musters that run and those that ended last")
                    .takes(ViewPeople)
                    .lists(&resources::MUSTERS),
                post(musters::start, "Start a muster").takes(RunMusters).makes(),
            ],
        )
        .at("/api/v1/musters/{id}", [get(musters::show, "One muster with everybody on its list").takes(ViewPeople)])
        .at(
            "/api/v1/musters/{id}/marks",
            [post(musters::mark, "Say how people on the list of a muster are").takes(RunMusters)],
        )
        .at(
            "/api/v1/musters/{id}/visitors",
            [post(musters::find_visitor, "Put somebody on the list whom the site does not know")
                .takes(RunMusters)
                .makes()],
        )
        .at("/api/v1/musters/{id}/end", [post(musters::end, "End a muster with a report").takes(RunMusters)])
}

pub(super) fn of_the_shift() -> Routes {
    Routes::about("shift", "What one shift hands over to the next.")
        .at("/api/v1/shift", [get(shift::show, "What there is to take over").takes(ViewAlarms)])
        .at("/api/v1/shift/note", [post(shift::note, "Leave a note for whoever comes").takes(AnswerAlarms)])
        .at("/api/v1/shift/accept", [post(shift::accept, "Take the desk over").takes(AnswerAlarms)])
        .at("/api/v1/shift/reject", [post(shift::reject, "Say why the desk is not taken over").takes(AnswerAlarms)])
}
