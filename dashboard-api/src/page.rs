//! The pages: the console's frame, the legend of lights and sounds, the API's reference and its problems. What each shows is
//! its module's; here is what they share.

pub(crate) mod console;
pub(crate) mod legend;
pub(crate) mod problems;
pub(crate) mod reference;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

/// The style of every page but the console's own.
pub(crate) const PAGES_STYLE: &str = "pages.css";

/// Draws a page.
pub(crate) fn draw(page: &impl Template, status: StatusCode) -> Result<Response, Refusal> {
    let drawn = page.render().map_err(|_| Refusal::new(ProblemKind::Internal, "the page could not be drawn"))?;
    Ok((status, Html(drawn)).into_response())
}
