//! Webhooks: how each target is, what was given up, and what operators do about it. Targets themselves stand in the site file.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::id::Seq;
use rackward_core::permission::{Permission, may};
use rackward_core::{Caller, CommandError};

use super::{Api, LIMIT, Paging, wrong_shape};
use crate::body::Read;
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::webhook::{WebhookAnswer, WebhookRefused, WebhookWish};
use crate::wire::List;
use crate::wire::problem::ProblemKind;
use crate::wire::request::Nothing;
use crate::wire::webhook::{GivenUp, ReplayWebhook, Replayed, Tested, Webhook};

/// What `GET /api/v1/webhooks/{name}/failures` takes.
pub(super) const FAILURES: &[Parameter] =
    &[Parameter::optional("after", Holds::Seq, "About entries after this one"), LIMIT];

/// `GET /api/v1/webhooks`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<List<Webhook>>, Refusal> {
    allowed(asking.caller, Permission::ViewMetrics)?;
    Params::of(&uri, &[])?;
    let WebhookAnswer::Targets(targets) = api.backend.webhook(WebhookWish::List).await? else {
        return Err(wrong_shape());
    };
    Ok(Json(List::whole(targets.iter().map(Webhook::of).collect())))
}

/// `GET /api/v1/webhooks/{name}/failures`
pub(super) async fn failures(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Json<List<GivenUp>>, Refusal> {
    allowed(asking.caller, Permission::ManageWebhooks)?;
    let params = Params::declared(&uri, FAILURES)?;
    let (paging, after) = (Paging::of(&params)?, params.seq("after")?.unwrap_or(Seq::new(0)));
    let wish = WebhookWish::Failures { name, after, limit: paging.asked().into() };
    let WebhookAnswer::Failures(found) = api.backend.webhook(wish).await? else { return Err(wrong_shape()) };
    let next_cursor = paging.next(&found, |one| one.seq.to_string());
    let items = found.iter().take(paging.limit()).map(GivenUp::of).collect();
    Ok(Json(List { items, next_cursor }))
}

/// `POST /api/v1/webhooks/{name}/replay`
pub(super) async fn replay(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    Read(wanted): Read<ReplayWebhook>,
) -> Result<Json<Replayed>, Refusal> {
    allowed(asking.caller, Permission::ManageWebhooks)?;
    let from = Seq::new(wanted.from.unwrap_or(0).into());
    let to = Seq::new(wanted.to.map_or(u64::MAX, u64::from));
    let WebhookAnswer::Replayed { count } = api.backend.webhook(WebhookWish::Replay { name, from, to }).await? else {
        return Err(wrong_shape());
    };
    Ok(Json(Replayed { replayed: count }))
}

/// `POST /api/v1/webhooks/{name}/test`
pub(super) async fn test(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Tested>, Refusal> {
    allowed(asking.caller, Permission::ManageWebhooks)?;
    let WebhookAnswer::Tested(taken) = api.backend.webhook(WebhookWish::Test { name }).await? else {
        return Err(wrong_shape());
    };
    Ok(Json(Tested { taken: taken.is_ok(), cause: taken.err() }))
}

/// `POST /api/v1/webhooks/{name}/enable`
pub(super) async fn enable(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Nothing>, Refusal> {
    allowed(asking.caller, Permission::ManageWebhooks)?;
    match api.backend.webhook(WebhookWish::Enable { name }).await? {
        WebhookAnswer::Enabled => Ok(Json(Nothing {})),
        _ => Err(wrong_shape()),
    }
}

fn allowed(caller: Caller, permission: Permission) -> Result<(), Refusal> {
    may(&caller, permission).map_err(|denied| CommandError::Denied(denied).into())
}

impl From<WebhookRefused> for Refusal {
    fn from(refused: WebhookRefused) -> Self {
        let kind = match refused {
            WebhookRefused::Unknown => ProblemKind::NotFound,
            WebhookRefused::Unavailable => ProblemKind::Unavailable,
        };
        Self::new(kind, refused.to_string())
    }
}
