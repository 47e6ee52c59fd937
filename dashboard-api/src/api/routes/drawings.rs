//! The routes about floor plans.

use rackward_core::permission::Permission::{DrawPlans, ViewSite};

use crate::api::plans;
use crate::lists::resources;
use crate::openapi::table::{Routes, delete, get, put};
use crate::plan::PLAN_MAX_BYTES;

pub(super) fn of_plans() -> Routes {
    Routes::about("plans", "Floor plans: drawings of areas, on which elements stand for doors, racks and rows.")
        .at("/api/v1/plans", [get(plans::list, "Floor plans").lists(&resources::PLANS).takes(ViewSite)])
        .at(
            "/api/v1/plans/{id}",
            [
                get(plans::show, "One floor plan, with what stands on it").takes(ViewSite),
                put(plans::put, "Upload a floor plan as SVG")
                    .takes(DrawPlans)
                    .query(plans::PUT)
                    .also(201)
                    .body_bytes(PLAN_MAX_BYTES),
                delete(plans::remove, "Remove an uploaded floor plan").takes(DrawPlans),
            ],
        )
        .at(
            "/api/v1/plans/{id}/svg",
            [get(plans::svg, "The drawing of a floor plan").takes(ViewSite).media("image/svg+xml")],
        )
        .at(
            "/api/v1/plans/{id}/bindings",
            [put(plans::bind, "Say which elements stand for which places").takes(DrawPlans)],
        )
}
