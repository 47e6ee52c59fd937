//! Alerts as the API shows them: what each waits for, whose it is, until when, and how often it matched; and how often one would
//! have matched lately.

use rackward_core::Site;
use rackward_core::alert::{FORECAST_MAX_MATCHES, FORECAST_WITHIN, Forecast, RATE_MATCHES};
use rackward_core::engine::query::AlertStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, SOMEBODY, actor_words, names_a_person};

/// A query left standing: each entry of the journal that it matches raises an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// The id, such as `alr-2`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The query, in the language of `GET /api/v1/events`; nothing for whoever may not see persons.
    pub query: String,
    /// How urgent its alarms are: 2 (high) to 4 (low).
    pub priority: u8,
    /// What whoever answers one has to do; nothing for whoever may not see persons.
    pub response: String,
    /// What it is for; nothing for whoever may not see persons.
    pub reason: String,
    /// Who answers for it; `somebody` for whoever may not see persons.
    pub owner: String,
    /// The organisation whose it is; null for the site's own.
    pub organisation: Option<String>,
    /// When it is over.
    pub until_at: At,
    /// `in_force`, `over_rate` while its matches are only counted, or `ended`.
    pub state: String,
    /// When it was made.
    pub created_at: At,
    /// Who made it.
    pub created_by: String,
    /// How many entries it matched.
    pub matches: u64,
    /// Of these, how many raised no alarm, because it was over its rate.
    pub withheld: u64,
    /// When it raised an alarm last; null where it never has.
    pub matched_at: Option<At>,
    /// When it ended; null while it is in force.
    pub ended_at: Option<At>,
    /// Who ended it; null while it is in force.
    pub ended_by: Option<String>,
    /// Why somebody ended it; null while it is in force, and where its time was over.
    pub end_reason: Option<String>,
}

/// How often an alert would have matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertForecast {
    /// In how many days before now.
    pub days: u64,
    /// How many entries.
    pub matches: u32,
    /// Whether all were counted; if not, there are at least so many.
    pub counted_all: bool,
    /// The most within ten minutes.
    pub most_in_10_min: u32,
    /// Whether that is a flood: more are within ten minutes than an alert may raise alarms for.
    pub flood: bool,
    /// How many may be within ten minutes.
    pub rate_limit: u32,
}

/// An alert that was made, with its forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertMade {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// How often it would have matched.
    pub forecast: AlertForecast,
}

impl Alert {
    /// An alert of the core.
    pub fn of(status: &AlertStatus, site: &Site) -> Self {
        let AlertStatus { alert, is_over_rate } = status;
        let (terms, end) = (&alert.terms, alert.end.as_ref());
        let state = match (end, is_over_rate) {
            (Some(_), _) => "ended",
            (None, true) => "over_rate",
            (None, false) => "in_force",
        };
        Self {
            id: alert.id.to_string(),
            name: terms.name.clone(),
            query: terms.query.clone(),
            priority: terms.priority.kind().priority().number(),
            response: terms.response.as_str().to_owned(),
            reason: terms.reason.as_str().to_owned(),
            owner: actor_words(terms.owner),
            organisation: terms.organisation.map(|organisation| Places(site).organisation(organisation)),
            until_at: At(terms.until),
            state: state.to_owned(),
            created_at: At(alert.made),
            created_by: actor_words(alert.by),
            matches: alert.matches,
            withheld: alert.withheld,
            matched_at: alert.matched.map(At),
            ended_at: end.map(|end| At(end.at)),
            ended_by: end.map(|end| actor_words(end.by)),
            end_reason: end.and_then(|end| end.reason.as_ref()).map(|reason| reason.as_str().to_owned()),
        }
    }

    /// The same for whoever may not see persons: that there is one and how it does, not whose or of whom.
    pub(crate) fn without_persons(self) -> Self {
        let hidden = |text: String| if names_a_person(&text) { SOMEBODY.to_owned() } else { text };
        let nothing = String::new;
        Self {
            query: nothing(),
            response: nothing(),
            reason: nothing(),
            owner: hidden(self.owner),
            created_by: hidden(self.created_by),
            ended_by: self.ended_by.map(hidden),
            end_reason: self.end_reason.map(|_| nothing()),
            ..self
        }
    }
}

impl AlertForecast {
    /// A forecast of the core.
    pub fn of(forecast: Forecast) -> Self {
        Self {
            days: FORECAST_WITHIN.as_secs() / 86_400,
            matches: forecast.matches,
            counted_all: (forecast.matches as usize) < FORECAST_MAX_MATCHES,
            most_in_10_min: forecast.busiest,
            flood: forecast.is_flood(),
            rate_limit: u32::try_from(RATE_MATCHES).unwrap_or(u32::MAX),
        }
    }
}
