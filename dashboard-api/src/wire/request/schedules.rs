//! Bodies about schedules and their calendars of special days. How windows are written is `wire/schedule.rs`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What holds on the dates of a calendar instead of the ordinary week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpecialDays {
    /// The calendar, by name.
    pub calendar: String,
    /// Windows of the day such as `09:00-12:00`; none at all means closed.
    pub windows: Vec<String>,
}

/// `POST /api/v1/schedules`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateSchedule {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// IANA zone; the site's if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Windows of the week such as `Mon-Fri 08:00-18:00`; none if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<String>>,
    /// Calendars with windows of their own; where two list a date, the first one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<Vec<SpecialDays>>,
}

/// `PUT /api/v1/schedules/{name}`; what is left out stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ChangeSchedule {
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Windows of the week, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<String>>,
    /// Calendars with windows of their own, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<Vec<SpecialDays>>,
}

/// `POST /api/v1/calendars`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateCalendar {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// Dates such as `2026-12-25`.
    pub days: Vec<String>,
}

/// `PUT /api/v1/calendars/{name}`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeCalendar {
    /// Dates such as `2026-12-25`, all of them.
    pub days: Vec<String>,
}
