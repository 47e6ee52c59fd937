//! The routes about alerts.

use rackward_core::permission::Permission::{SetAlerts, ViewAlarms};

use crate::api::alerts;
use crate::lists::resources;
use crate::openapi::table::{Routes, delete, get, post};

pub(super) fn of_alerts() -> Routes {
    Routes::about("alerts", "Alerts: queries over the journal that raise an alarm for what they match from then on.")
        .at(
            "/api/v1/alerts",
            [
                get(alerts::list, "Alerts in force and those that ended last")
                    .lists(&resources::ALERTS)
                    .takes(ViewAlarms),
                post(alerts::create, "Leave a query standing as an alert").takes(SetAlerts).makes(),
            ],
        )
        .at(
            "/api/v1/alerts/{id}",
            [
                get(alerts::show, "One alert, and how often it matched").takes(ViewAlarms),
                delete(alerts::end, "End an alert before its time").takes(SetAlerts),
            ],
        )
}
