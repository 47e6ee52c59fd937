//! Moments other than now, as the API sees them: what is asked of the past is answered from what the journal kept of it, what is
//! asked of a time to come from the rights as they are. Nothing is decided here; the core answers both.

use rackward_core::engine::past::Simulated;
use rackward_core::id::Seq;
use rackward_core::{Answer, Caller, CommandError, Query, Wall};

use crate::api::Api;
use crate::backend::Unavailable;
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::wire::at::At;
use crate::wire::problem::{Problem, ProblemKind};

/// The moment of the past of which a list or thing is told.
pub(crate) const AT: Parameter =
    Parameter::optional("at", Holds::Time, "As it was at this moment of the past; now if left out");

/// What is taken by lists and things that the journal tells of the past.
pub(crate) const PAST: &[Parameter] = &[AT];

/// Why a question about the past is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PastRefused {
    /// The daemon cannot answer now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// What is kept of the past is being made from the journal.
    #[error("what is kept of the past is being made from the journal, {} of {} entries so far; try again in a few seconds",
        reached.get(), head.get())]
    Building {
        /// The newest entry it has.
        reached: Seq,
        /// The newest durable entry.
        head: Seq,
    },
}

impl From<PastRefused> for Problem {
    fn from(refused: PastRefused) -> Self {
        match refused {
            PastRefused::Unavailable(unavailable) => unavailable.into(),
            PastRefused::Building { .. } => Self::new(ProblemKind::Unavailable, refused.to_string()),
        }
    }
}

/// Why new rules are not tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulationRefused {
    /// What is kept of the past is not there.
    #[error(transparent)]
    Past(#[from] PastRefused),
    /// What would be changed does not fit the rules as they are.
    #[error(transparent)]
    Change(#[from] CommandError),
    /// Another one runs, and two would take twice the memory.
    #[error("another simulation is running; try again when it is over")]
    Busy,
}

/// How far a simulation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimulationNews {
    /// It goes on.
    Progress {
        /// How many passages were decided.
        passages: u64,
        /// How much of what is to be read was.
        percent: u8,
    },
    /// What came of it.
    Done(Box<Simulated>),
    /// It could not be brought to its end.
    Failed(PastRefused),
}

/// The moment that a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Now.
    Now,
    /// One that is over.
    Past(Wall),
    /// One to come.
    ToCome(Wall),
}

impl Moment {
    /// The one that was named, if one was.
    pub(crate) fn of(api: &Api, at: Option<At>) -> Self {
        match at.map(|at| at.0) {
            None => Self::Now,
            Some(at) if at < api.backend.now().wall => Self::Past(at),
            Some(at) => Self::ToCome(at),
        }
    }

    /// The one of the past that `at` of a list or thing names. What is to come is not written yet.
    pub(crate) fn over(api: &Api, params: &Params) -> Result<Self, Refusal> {
        Self::named(api, params, "at")
    }

    /// The same of a parameter of another name.
    pub(crate) fn named(api: &Api, params: &Params, name: &str) -> Result<Self, Refusal> {
        match Self::of(api, params.time(name)?) {
            Self::ToCome(_) => {
                let detail = "of a time to come it is not known what there will be; leave it out for now, or ask who-can or \
                              explain, which answer by the rights as they are";
                Err(params.refused(name, detail.to_owned()))
            }
            told => Ok(told),
        }
    }

    /// It as a time.
    pub(crate) fn wall(self, api: &Api) -> Wall {
        match self {
            Self::Now => api.backend.now().wall,
            Self::Past(at) | Self::ToCome(at) => at,
        }
    }

    /// The time to come that it is, as the core's questions carry it.
    pub(crate) const fn to_come(self) -> Option<Wall> {
        match self {
            Self::ToCome(at) => Some(at),
            Self::Now | Self::Past(_) => None,
        }
    }
}

impl Api {
    /// Asks a question about a moment, of which the answer holds what `caller` may see, or could have seen then.
    pub(crate) async fn ask_at(&self, caller: Caller, moment: Moment, query: Query) -> Result<Answer, Refusal> {
        match moment {
            Moment::Past(at) => Ok(self.backend.ask_past(at, caller.scope, query).await?),
            Moment::Now | Moment::ToCome(_) => self.ask(caller, query).await,
        }
    }
}
