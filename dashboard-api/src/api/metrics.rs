//! Measurements for Prometheus. What is measured is the daemon's; who may read it, the core's.

use axum::extract::State;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use rackward_core::CommandError;
use rackward_core::permission::{Permission, may};

use super::Api;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;

/// `GET /metrics`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    may(&asking.caller, Permission::ViewMetrics).map_err(CommandError::Denied)?;
    Params::of(&uri, &[])?;
    let text = api.backend.metrics().await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.to_string()).into_response())
}
