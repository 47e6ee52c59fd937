//! Webhooks: how each target is, what was given up, and what operators do about it, which is recorded before it is done.
//! Targets themselves stand in the site file.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{WebhookCommand, WebhookName, WebhookOrder};
use rackward_core::id::Seq;
use rackward_core::permission::{Permission, may};
use rackward_core::{Caller, Command, CommandError};

use super::{Api, Page, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, Looked, Walk, resources};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::webhook::{WebhookAnswer, WebhookRefused, WebhookState, WebhookStatus, WebhookWish};
use crate::wire::problem::ProblemKind;
use crate::wire::request::Nothing;
use crate::wire::webhook::{GivenUp, ReplayWebhook, Replayed, Tested, Webhook};

/// `GET /api/v1/webhooks`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Webhook> {
    allowed(asking.caller, Permission::ViewMetrics)?;
    let asked = Asked::of::<Webhook>(&api, &asking, &uri, &resources::WEBHOOKS)?;
    let WebhookAnswer::Targets(targets) = api.backend.webhook(WebhookWish::List).await? else {
        return Err(wrong_shape());
    };
    Ok(asked.page(targets.iter().map(Webhook::of).collect()))
}

/// `GET /api/v1/webhooks/{name}/failures`
pub(super) async fn failures(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    uri: Uri,
) -> Page<GivenUp> {
    // How many there are stands with the target.
    let total = target(&api, asking.caller, &name).await?.failures;
    let mut walk = Walk::new(Asked::of::<GivenUp>(&api, &asking, &uri, &resources::FAILURES)?);
    while let Some(part) = walk.next() {
        let after = Seq::new(part.after.unwrap_or(0));
        let wish = WebhookWish::Failures { name: name.clone(), after, limit: part.limit.into() };
        let WebhookAnswer::Failures(found) = api.backend.webhook(wish).await? else { return Err(wrong_shape()) };
        let found: Vec<GivenUp> = found.iter().map(GivenUp::of).collect();
        let looked = Looked::at(&found);
        walk.take(part, found, looked);
    }
    Ok(walk.page(Some(total)))
}

/// `POST /api/v1/webhooks/{name}/replay`
pub(super) async fn replay(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    Read(wanted): Read<ReplayWebhook>,
) -> Result<Json<Replayed>, Refusal> {
    let status = target(&api, asking.caller, &name).await?;
    // Nothing is recorded that is known to do nothing.
    if let WebhookState::Disabled { since: _ } = status.state {
        return Err(WebhookRefused::Disabled.into());
    }
    if status.room == 0 {
        return Err(WebhookRefused::Full.into());
    }
    let from = Seq::new(wanted.from.unwrap_or(0).into());
    let to = wanted.to.map(|to| Seq::new(to.into()));
    order(&api, asking.caller, &name, WebhookOrder::Replay { from, to }).await?;
    let wish = WebhookWish::Replay { name, from, to: to.unwrap_or(Seq::new(u64::MAX)) };
    let WebhookAnswer::Replayed { replayed, left } = api.backend.webhook(wish).await? else {
        return Err(wrong_shape());
    };
    Ok(Json(Replayed { replayed, left }))
}

/// `POST /api/v1/webhooks/{name}/test`
pub(super) async fn test(
    State(api): State<Api>,
    asking: Asking,
    Path(name): Path<String>,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Tested>, Refusal> {
    target(&api, asking.caller, &name).await?;
    order(&api, asking.caller, &name, WebhookOrder::Test).await?;
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
    target(&api, asking.caller, &name).await?;
    order(&api, asking.caller, &name, WebhookOrder::Enable).await?;
    match api.backend.webhook(WebhookWish::Enable { name }).await? {
        WebhookAnswer::Enabled => Ok(Json(Nothing {})),
        _ => Err(wrong_shape()),
    }
}

/// The target of an order, for those who may give one.
async fn target(api: &Api, caller: Caller, name: &str) -> Result<WebhookStatus, Refusal> {
    allowed(caller, Permission::ManageWebhooks)?;
    let WebhookAnswer::Targets(targets) = api.backend.webhook(WebhookWish::List).await? else {
        return Err(wrong_shape());
    };
    Ok(targets.into_iter().find(|target| target.name == name).ok_or(WebhookRefused::Unknown)?)
}

/// Records the order; a rehearsal ends here. What was ordered is done only after that.
async fn order(api: &Api, caller: Caller, name: &str, order: WebhookOrder) -> Result<(), Refusal> {
    let webhook = WebhookName::parse(name).ok_or(WebhookRefused::Unknown)?;
    api.submit(caller, Command::Webhook(WebhookCommand { webhook, order })).await.map(drop)
}

fn allowed(caller: Caller, permission: Permission) -> Result<(), Refusal> {
    may(&caller, permission).map_err(|denied| CommandError::Denied(denied).into())
}

impl From<WebhookRefused> for Refusal {
    fn from(refused: WebhookRefused) -> Self {
        let kind = match refused {
            WebhookRefused::Unknown => ProblemKind::NotFound,
            WebhookRefused::Disabled | WebhookRefused::Full => ProblemKind::Conflict,
            WebhookRefused::Unavailable => ProblemKind::Unavailable,
        };
        Self::new(kind, refused.to_string())
    }
}
