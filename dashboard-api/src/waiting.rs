//! What became of an order that nobody gives alone: it was proposed, nothing was done, and the answer is 202 with where the
//! proposal is. Which orders take two operators is the core's (`engine/proposals.rs`). A handler is left at the command that
//! was proposed, so that none can go on as if it had been carried out; one whose answer has a place for a proposal says so
//! itself (`Api::submit_or_propose`).

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rackward_core::id::ProposalId;
use rackward_core::{Answer, Caller, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::idempotency::Keeping;
use crate::preconditions::Terms;
use crate::wire::at::At;

/// Something that waits for a second operator, as its first one is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waits {
    /// The proposal that another operator confirms, such as `prp-4`.
    pub proposal: String,
    /// Until when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_at: Option<At>,
    /// A token's secret or an enrolment code, which is shown this once and counts when it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl core::fmt::Debug for Waits {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Waits({})", self.proposal)
    }
}

/// What waits, and who tells it.
pub(crate) enum Waiting {
    /// The handler was left; this is the answer.
    Left(Waits),
    /// The handler went on knowing it; its own answer stands.
    Told(ProposalId),
}

impl Waiting {
    /// What is known of a proposal that `caller` has just made.
    pub(crate) async fn of(api: &Api, caller: Caller, id: ProposalId) -> Self {
        let proposals = match api.ask(caller, Query::Proposals).await {
            Ok(Answer::Proposals(rows)) => rows,
            // It waits all the same.
            Ok(_) | Err(_) => Vec::new(),
        };
        let until = proposals.iter().find(|row| row.id == id).map(|row| row.until);
        // What is only tried would wait as long.
        let until_at = until.or_else(|| Terms::foretold()?.waits_until()).map(At);
        Self::Left(Waits { proposal: id.to_string(), until_at, secret: None })
    }

    /// The secret of what is proposed, which only its first operator is ever told.
    pub(crate) fn hold(&mut self, secret: String) {
        match self {
            Self::Left(waits) => waits.secret = Some(secret),
            Self::Told(_) => {}
        }
    }

    /// How the answer may be kept: without a secret it says nothing that is not on the list of proposals.
    pub(crate) const fn keeping(&self, usual: Keeping) -> Keeping {
        match self {
            Self::Left(Waits { secret: None, .. }) => Keeping::Whole,
            Self::Left(_) => Keeping::Secret,
            Self::Told(_) => usual,
        }
    }

    /// The answer to the request; `answered` is what its handler said.
    pub(crate) fn answer(self, answered: Response) -> Response {
        let (proposal, mut response) = match self {
            Self::Left(waits) => (waits.proposal.clone(), (StatusCode::ACCEPTED, Json(waits)).into_response()),
            Self::Told(id) => (id.to_string(), answered),
        };
        if let Ok(place) = HeaderValue::try_from(format!("/api/v1/proposals/{proposal}")) {
            response.headers_mut().insert(LOCATION, place);
        }
        response
    }
}
