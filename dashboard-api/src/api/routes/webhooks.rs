//! The routes about what other programs are told.

use rackward_core::permission::Permission::{ManageWebhooks, ViewMetrics};

use crate::api::webhooks;
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_webhooks() -> Routes {
    Routes::about("webhooks", "What other programs are told, and what they did not take.")
        .at(
            "/api/v1/webhooks",
            [get(webhooks::list, "Webhooks, and how they are").lists(&resources::WEBHOOKS).takes(ViewMetrics)],
        )
        .at(
            "/api/v1/webhooks/{name}/failures",
            [get(webhooks::failures, "Messages that were given up, page by page")
                .lists(&resources::FAILURES)
                .takes(ManageWebhooks)],
        )
        .at(
            "/api/v1/webhooks/{name}/replay",
            [post(webhooks::replay, "Send messages again that were given up").takes(ManageWebhooks)],
        )
        .at(
            "/api/v1/webhooks/{name}/test",
            [post(webhooks::test, "Send a message that says nothing, once").takes(ManageWebhooks)],
        )
        .at(
            "/api/v1/webhooks/{name}/enable",
            [post(webhooks::enable, "Send messages again to a target that wanted none").takes(ManageWebhooks)],
        )
}
