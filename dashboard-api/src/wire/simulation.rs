//! What new rules would have made of what happened, line by line, as the API tells it.

use rackward_core::Site;
use rackward_core::engine::past::{Difference as CoreDifference, Simulated, Treatment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::grant::Named;
use super::names::Places;

/// The form of these lines.
pub const SCHEMA: &str = "1.0";

/// One line of a simulation. One that ends without `end` or `failed` was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SimulationLine {
    /// The first line: in which form the others are.
    Version {
        /// Its number.
        schema: String,
    },
    /// How far it is.
    Progress {
        /// Passages that were decided.
        passages: u64,
        /// How much of what is to be read was.
        percent: u8,
    },
    /// Somebody at a point who would be treated differently; the most frequent first.
    Difference(Box<Difference>),
    /// It is over, and all of it was told.
    End {
        /// Passages that were decided.
        passages: u64,
        /// Those that would be decided differently.
        different: u64,
        /// Those that the rules as they are decide otherwise than it was decided then: rights have changed since, or it was for
        /// reasons of the moment.
        otherwise_then: u64,
        /// Those whose differences are too many to be told apart.
        untold: u64,
    },
    /// It could not be brought to its end.
    Failed {
        /// Why.
        detail: String,
    },
}

/// Somebody at a point whom new rules treat differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// Who.
    pub person: Named,
    /// Path of where.
    pub point: String,
    /// How the rules as they are treat them.
    pub before: Treated,
    /// How the new ones do.
    pub after: Treated,
    /// How often they stood there.
    pub times: u32,
    /// How often in each hour of the local day, midnight first.
    pub hours: Vec<u32>,
    /// When first.
    pub first_at: At,
    /// When last.
    pub last_at: At,
    /// The journal's number of the last time.
    pub example: u64,
}

/// How somebody is treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Treated {
    /// `admitted`, `escorted` or `refused`.
    pub treatment: String,
    /// By which grant, where they are let through.
    pub grant: Option<String>,
    /// Why, such as `not_permitted_at_this_time`, where they are refused.
    pub reason: Option<String>,
}

impl SimulationLine {
    /// What came of a simulation, person by person, and the end; `name` says what somebody is called.
    pub(crate) fn of(simulated: &Simulated, site: &Site, name: impl Fn(&CoreDifference) -> Named) -> Vec<Self> {
        let mut lines: Vec<Self> = simulated
            .differences
            .iter()
            .map(|told| {
                Self::Difference(Box::new(Difference {
                    person: name(told),
                    point: Places(site).point(told.point),
                    before: Treated::of(told.before),
                    after: Treated::of(told.after),
                    times: told.times,
                    hours: told.hours.to_vec(),
                    first_at: At(told.first),
                    last_at: At(told.last),
                    example: told.example.get(),
                }))
            })
            .collect();
        let Simulated { passages, different, otherwise_then, untold, differences: _ } = *simulated;
        lines.push(Self::End { passages, different, otherwise_then, untold });
        lines
    }

    /// The line with its line feed.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

impl Treated {
    fn of(treatment: Treatment) -> Self {
        let (word, grant, reason) = match treatment {
            Treatment::Admitted(grant) => ("admitted", Some(grant), None),
            Treatment::Escorted(grant) => ("escorted", Some(grant), None),
            Treatment::Refused(reason) => ("refused", None, Some(reason)),
        };
        let (grant, reason) = (grant.map(|grant| grant.to_string()), reason.map(|reason| reason.word().to_owned()));
        Self { treatment: word.to_owned(), grant, reason }
    }
}
