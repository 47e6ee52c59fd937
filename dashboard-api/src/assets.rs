//! The console's modules, styles and icon, inside the binary. Their addresses begin with a hash over all of them, so a browser
//! keeps each for good, and no version of one is ever mixed with another version of its neighbours. What is asked for under
//! another hash is not given: the page that asks is of another version of the daemon and has to be loaded again.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use rust_embed::Embed;
use sha2::{Digest as _, Sha256};

use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// `GET /assets/{*path}`
pub(crate) async fn show(Path(path): Path<String>) -> Result<Response, Refusal> {
    let (version, name) = path.split_once('/').unwrap_or(("", &path));
    if version.strip_prefix("v-") != Some(VERSION.as_str()) {
        let detail = "this is of another version of the daemon, which has been replaced meanwhile; load the page again";
        return Err(Refusal::new(ProblemKind::NotFound, detail));
    }
    let asset = Assets::get(name).ok_or_else(|| Refusal::new(ProblemKind::NotFound, "no asset is called so"))?;
    let headers = [(CONTENT_TYPE, content_type(name)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.data.into_owned()).into_response())
}

/// `GET /muster/sw.js`: the worker that keeps the board of a muster on a tablet while the link is away. It stands at an address
/// of its own, because a worker serves what is beside and below it, and is asked for anew each time, because it stays behind
/// when its page has gone. It holds nothing of the site, so whoever asks gets it.
pub(crate) async fn show_muster_worker() -> Result<Response, Refusal> {
    let asset = Assets::get(MUSTER_WORKER);
    let asset = asset.ok_or_else(|| Refusal::new(ProblemKind::NotFound, "this version has no such worker"))?;
    let headers = [(CONTENT_TYPE, content_type(MUSTER_WORKER)), (CACHE_CONTROL, "no-cache")];
    Ok((headers, asset.data.into_owned()).into_response())
}

const MUSTER_WORKER: &str = "console/people/muster_worker.js";

/// The address below which all assets are.
pub(crate) fn base() -> String {
    format!("/assets/v-{}", *VERSION)
}

/// An asset's address.
pub(crate) fn address(name: &str) -> String {
    format!("{}/{name}", base())
}

/// Tells this set of assets from any other: a hash over their names and contents.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    /// Enough of the hash to tell versions apart.
    const SHOWN_BYTES: usize = 8;
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        if let Some(asset) = Assets::get(&name) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(asset.metadata.sha256_hash());
        }
    }
    HEXLOWER.encode(hash.finalize().get(..SHOWN_BYTES).unwrap_or_default())
});

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
