//! New rules tried on what happened, as a stream of lines (NDJSON) with how far it is. Nothing is changed by it. Whose rights the
//! changes are within, and what they make of them, is the core's (`engine/past.rs` there); who may ask for them at all, the
//! table's.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use rackward_core::engine::command::ChangeSet;
use rackward_core::id::PersonId;
use rackward_core::{Caller, Site, Wall};
use tokio::sync::mpsc;

use super::buses::Watch;
use super::{Api, changes, site_files};
use crate::body::Read;
use crate::names::{Names, pseudonym};
use crate::past::{SimulationNews, SimulationRefused};
use crate::preconditions::Terms;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::site_files::Manner;
use crate::wire::grant::Named;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};
use crate::wire::request::{CarryOutChanges, TryChanges};
use crate::wire::simulation::{SCHEMA, SimulationLine};

/// How far back is looked where nobody says.
const USUAL_SPAN_MICROS: i64 = 30 * 86_400 * 1_000_000;

/// How many lines are written at once.
const LINES_TOGETHER: usize = 256;

/// `POST /api/v1/simulations`
pub(super) async fn run(
    State(api): State<Api>,
    asking: Asking,
    watch: Watch,
    Read(wanted): Read<TryChanges>,
) -> Result<Response, Refusal> {
    let now = api.backend.now().wall;
    let usual = Wall::from_micros(now.as_micros().saturating_sub(USUAL_SPAN_MICROS));
    let since = wanted.from_at.map_or(usual, |from| from.0);
    let set = set_of(&api, asking.caller, wanted).await?;
    let news = api.backend.simulate(since, asking.caller, set.into()).await?;
    let site = api.backend.site();
    let first = VecDeque::from([SimulationLine::Version { schema: SCHEMA.to_owned() }]);
    let telling = Telling { api, names: Terms::names(), site, watch, news: Some(news), waiting: first };
    let body = stream::unfold(telling, async |mut telling| {
        let bytes = telling.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), telling))
    });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(body)).into_response())
}

/// What is to be tried: changes, or what site files come to.
async fn set_of(api: &Api, caller: Caller, wanted: TryChanges) -> Result<ChangeSet, Refusal> {
    let TryChanges { reason, changes, objects, prune, adopt, .. } = wanted;
    match (changes, objects) {
        (Some(changes), None) => {
            let reason = reason.unwrap_or_else(|| "Simulation".to_owned());
            changes::read(api, caller, CarryOutChanges { reason, base_generation: None, changes }).await
        }
        (None, Some(objects)) => site_files::set_of(api, caller, objects, Manner::of(prune, adopt)).await,
        (Some(_), Some(_)) | (None, None) => {
            Err(FieldProblem::of("changes", "give changes, or the objects of site files, and not both").into())
        }
    }
}

/// A simulation that is being told.
struct Telling {
    api: Api,
    /// What whoever asked is shown of names: the answer goes on after their request is over.
    names: Names,
    site: Arc<Site>,
    watch: Watch,
    news: Option<mpsc::Receiver<SimulationNews>>,
    waiting: VecDeque<SimulationLine>,
}

impl Telling {
    /// The next lines; `None` ends the answer. One that is cut off has neither `end` nor `failed`.
    async fn next(&mut self) -> Option<Bytes> {
        if self.waiting.is_empty() {
            let news = self.news.as_mut()?;
            let told = tokio::select! {
                biased;
                () = self.watch.over() => None,
                told = news.recv() => told,
            };
            self.take(told?);
        }
        let together = self.waiting.len().min(LINES_TOGETHER);
        Some(Bytes::from(self.waiting.drain(..together).map(|line| line.json()).collect::<String>()))
    }

    fn take(&mut self, told: SimulationNews) {
        match told {
            SimulationNews::Progress { passages, percent } => {
                self.waiting.push_back(SimulationLine::Progress { passages, percent });
            }
            SimulationNews::Done(simulated) => {
                self.news = None;
                let named = |person: PersonId| Named { id: person.to_string(), name: self.name_of(person) };
                let lines = SimulationLine::of(&simulated, &self.site, |told| named(told.person));
                self.waiting = lines.into();
            }
            SimulationNews::Failed(refused) => {
                self.news = None;
                self.waiting.push_back(SimulationLine::Failed { detail: refused.to_string() });
            }
        }
    }

    fn name_of(&self, person: PersonId) -> Option<String> {
        let name = self.api.backend.person_name(person)?;
        Some(if self.names.has(person) { name } else { pseudonym(person) })
    }
}

impl From<SimulationRefused> for Problem {
    fn from(refused: SimulationRefused) -> Self {
        match refused {
            SimulationRefused::Past(refused) => refused.into(),
            SimulationRefused::Change(error) => error.into(),
            SimulationRefused::Busy => Self::new(ProblemKind::Unavailable, refused.to_string()),
        }
    }
}
