//! The console's style, module and icon, inside the binary. Their address carries a hash of their content, so a browser
//! keeps them for good and a new version is never mixed with an old one.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use rust_embed::Embed;

use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// `GET /assets/{name}`
pub(crate) async fn show(Path(name): Path<String>) -> Result<Response, Refusal> {
    let asset = Assets::get(&name).ok_or_else(|| Refusal::new(ProblemKind::NotFound, "no asset is called so"))?;
    let headers = [(CONTENT_TYPE, content_type(&name)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.data.into_owned()).into_response())
}

/// An asset's address.
pub(crate) fn address(name: &str) -> String {
    /// Enough of the hash to tell versions apart.
    const SHOWN_BYTES: usize = 6;
    match Assets::get(name) {
        Some(asset) => {
            let hash = asset.metadata.sha256_hash();
            let shown = hash.get(..SHOWN_BYTES).unwrap_or_default();
            format!("/assets/{name}?v={}", HEXLOWER.encode(shown))
        }
        None => format!("/assets/{name}"),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
