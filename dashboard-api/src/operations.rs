//! Operations: what a change of rights still has to do after it was stored, because devices hold rights of their own. An
//! operation is named after the generation of rights that the change made, and how far it is follows from the receipts, so
//! nothing is kept for it. Who is behind is the core's to say (`engine/offline.rs`).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::id::Generation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{Api, receipts};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::problem::ProblemKind;
use crate::wire::receipt::Receipts;

/// How far a change of rights is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Operation {
    /// Its name, such as `op-12`.
    pub id: String,
    /// Whether the change is in the journal; an operation begins with that.
    pub stored: bool,
    /// Which devices have acknowledged it.
    pub delivered: Delivered,
}

/// How many devices have acknowledged a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivered {
    /// Devices that hold what they should.
    pub done: u32,
    /// Devices that hold rights of their own.
    pub total: u32,
    /// Those that do not yet, by name, the one that waits longest first.
    pub behind: Vec<String>,
}

impl Operation {
    /// What the receipts say of the change that made a generation of rights.
    pub(crate) fn of(generation: Generation, receipts: &Receipts) -> Self {
        let behind = receipts.behind.iter().map(|behind| behind.device.clone()).collect();
        let delivered = Delivered { done: receipts.summary.done, total: receipts.summary.total, behind };
        Self { id: name(generation), stored: true, delivered }
    }
}

/// What an operation is called.
fn name(generation: Generation) -> String {
    format!("op-{}", generation.get())
}

/// Where an operation is.
pub(crate) fn place(generation: Generation) -> String {
    format!("/api/v1/operations/{}", name(generation))
}

/// `GET /api/v1/operations/{id}`; with `Prefer: wait` it answers when nobody is behind, or when the wait is over.
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Operation>, Refusal> {
    Params::of(&uri, &[])?;
    let missing =
        || Refusal::new(ProblemKind::NotFound, "no operation is called so; the answer to a change names its own");
    let number = id.strip_prefix("op-").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let generation = number.and_then(|number| number.parse().ok()).map(Generation::new).ok_or_else(missing)?;
    if generation > receipts::newest(&api, asking.caller).await? {
        return Err(missing());
    }
    let receipts = receipts::through(&api, &asking, generation).await?;
    Ok(Json(Operation::of(generation, &receipts)))
}
