//! Events as a file: everything that a query means up to the moment it was asked, however much that is. The archive is written
//! while it is sent, page by page; one that breaks off has no directory, so that no program takes it for whole. How an event
//! is written is `wire/export.rs`, the archive itself `zip.rs`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRAILER};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use rackward_core::Wall;
use rackward_core::id::Seq;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::buses::Watch;
use super::evidence::put_manifest;
use super::{Api, events};
use crate::archive::ChainHead;
use crate::paging::MAX_PAGE_ITEMS;
use crate::params::{Holds, Parameter, Params};
use crate::query::{Found, Search};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::actor_words;
use crate::wire::at::At;
use crate::wire::event::CloudEvent;
use crate::wire::export::{Format, VERSION};
use crate::wire::note::head_json;
use crate::zip::{Filed, Zip};

/// What `GET /api/v1/events/export` takes.
pub(super) const EXPORT: &[Parameter] = &[
    Parameter::optional("q", Holds::Text, "A query, such as type:access.denied door:hall-a/* from:-24h"),
    Parameter::optional("from", Holds::Text, "At or after: RFC 3339, -24h, today 14:00"),
    Parameter::optional("to", Holds::Text, "Before: RFC 3339, -1h, now"),
    Parameter::optional("format", Holds::OneOf(&Format::WORDS), "How events are written; ndjson if left out"),
];

/// How long one page may take: a reader that stands still is not waited for here but by the listener.
const PAGE_TIME: Duration = Duration::from_secs(30);

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What keeps an export from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the export broke off")]
pub(crate) struct BrokenOff;

/// `GET /api/v1/events/export?q=&from=&to=&format=ndjson`
pub(super) async fn events(
    State(api): State<Api>,
    asking: Asking,
    watch: Watch,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::declared(&uri, EXPORT)?;
    let format = match params.text("format") {
        None => Format::Ndjson,
        Some(word) => Format::named(word)
            .ok_or_else(|| params.refused("format", format!("must be one of {}", Format::WORDS.join(", "))))?,
    };
    let search = events::wanted(&api, &params, "q", MAX_PAGE_ITEMS)?;
    let head = api.backend.archive().chain_head().await?;
    // What cannot be found at all is refused before anything is sent.
    let first = events::find(&api, search.clone()).await?;
    let (site, now) = (api.backend.site(), api.backend.now().wall);
    let told = Told {
        query: params.text("q").unwrap_or_default().to_owned(),
        format,
        operator: actor_words(asking.caller.actor),
        site: site.name().to_owned(),
        made_at: now,
        from: search.from,
        to: search.to,
        head,
    };
    let name = format!("rackward-{}-events-{}.zip", file_part(site.name()), stamp(now));
    let zip = Zip::new(now, site.local_time());
    let stage = Stage::Begin(first);
    let export = Export { api, watch, search, told, zip, count: 0, last: None, hash: Sha256::new(), stage };
    let frames = stream::unfold(Some(export), async |export| {
        let export = export?;
        match export.next().await {
            Ok((frame, rest)) => Some((Ok(frame), rest)),
            Err(broken) => Some((Err(broken), None)),
        }
    });
    let mut response = file(&name, Body::new(StreamBody::new(frames)))?;
    response.headers_mut().insert(TRAILER, HeaderValue::from_static("content-digest"));
    Ok(response)
}

/// A ZIP archive that is saved under a name. The name is of letters, digits, `-` and `.`.
pub(super) fn file(name: &str, body: Body) -> Result<Response, Refusal> {
    let unsaid =
        |_| Refusal::new(crate::wire::problem::ProblemKind::Internal, "the file has no name; please report it");
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(unsaid)?;
    let mut response = ([(CONTENT_TYPE, "application/zip")], body).into_response();
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// What of a text can stand in a file's name.
pub(super) fn file_part(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect()
}

/// A moment as names of files have it.
pub(super) fn stamp(at: Wall) -> String {
    At(Wall::from_seconds(at.as_seconds())).to_string().replace(".000", "").replace([':', '-'], "")
}

/// What the manifest says of an export before any event is read.
struct Told {
    query: String,
    format: Format,
    operator: String,
    site: String,
    made_at: Wall,
    from: Option<Wall>,
    to: Option<Wall>,
    head: ChainHead,
}

/// How far an export is.
enum Stage {
    /// Nothing was sent; the first page is there.
    Begin(Found),
    /// The next page begins behind this entry.
    Behind(Seq),
    /// Every event was sent.
    Events,
    /// Everything was.
    All,
}

/// An export under way.
struct Export {
    api: Api,
    watch: Watch,
    search: Search,
    told: Told,
    zip: Zip,
    count: u64,
    last: Option<Seq>,
    hash: Sha256,
    stage: Stage,
}

impl Export {
    /// The next piece, and what comes behind it.
    async fn next(mut self) -> Result<(Frame<Bytes>, Option<Self>), BrokenOff> {
        let mut out = Vec::new();
        self.stage = match std::mem::replace(&mut self.stage, Stage::All) {
            Stage::Begin(found) => {
                self.zip.begin(self.told.format.file(), &mut out);
                self.zip.add(self.told.format.head().as_bytes(), &mut out);
                self.write(&found, &mut out)
            }
            Stage::Behind(past) => {
                self.search.past = Some(past);
                let found = self.page().await?;
                self.write(&found, &mut out)
            }
            Stage::Events => {
                self.zip.end_file(&mut out);
                let manifest = self.told.manifest(self.count, self.last, self.zip.files());
                let (zip, told) = (&mut self.zip, &self.told);
                put_manifest(&self.api, zip, manifest, "events", told.made_at, &told.head, &mut out);
                self.zip.finish(&mut out);
                Stage::All
            }
            Stage::All => {
                let digest = format!("sha-256=:{}:", BASE64.encode(&self.hash.finalize()));
                let digest = HeaderValue::try_from(digest).map_err(|_| BrokenOff)?;
                return Ok((Frame::trailers(HeaderMap::from_iter([(CONTENT_DIGEST, digest)])), None));
            }
        };
        self.hash.update(&out);
        Ok((Frame::data(Bytes::from(out)), Some(self)))
    }

    /// The next page, unless whoever asked may ask no longer.
    async fn page(&self) -> Result<Found, BrokenOff> {
        tokio::select! {
            biased;
            () = self.watch.over() => Err(BrokenOff),
            found = tokio::time::timeout(PAGE_TIME, events::find(&self.api, self.search.clone())) => {
                found.ok().and_then(Result::ok).ok_or(BrokenOff)
            }
        }
    }

    /// Writes the events of a page that were there when the export was asked for.
    fn write(&mut self, found: &Found, out: &mut Vec<u8>) -> Stage {
        let site = self.api.backend.site();
        for stamped in found.entries.iter().filter(|stamped| stamped.seq <= self.told.head.seq) {
            let line = self.told.format.line(&CloudEvent::of(stamped, &site));
            self.zip.add(line.as_bytes(), out);
            self.count += 1;
            self.last = Some(stamped.seq);
        }
        found.next.filter(|next| *next < self.told.head.seq).map_or(Stage::Events, Stage::Behind)
    }
}

impl Told {
    fn manifest(&self, count: u64, last: Option<Seq>, files: &[Filed]) -> Value {
        let at = |at: Option<Wall>| at.map(|at| At(at).to_string());
        json!({
            "what": "events",
            "site": self.site,
            "query": self.query,
            "words": self.words(),
            "from_at": at(self.from),
            "to_at": at(self.to),
            "format": self.format.word(),
            "operator": self.operator,
            "made_at": At(self.made_at).to_string(),
            "made_by": format!("rackward {VERSION}"),
            "events": count,
            "last_sequence": last.map(Seq::get),
            "chain_head": head_json(&self.head),
            "files": files_json(files),
        })
    }

    /// What was wanted, for people.
    fn words(&self) -> String {
        let mut words = match self.query.as_str() {
            "" => "every event".to_owned(),
            query => format!("events that mean: {query}"),
        };
        words.extend(self.from.map(|from| format!(", from {}", At(from))));
        words.extend(self.to.map(|to| format!(", before {}", At(to))));
        words
    }
}

/// The files of an archive with what they are known by again.
pub(super) fn files_json(files: &[Filed]) -> Value {
    let file =
        |file: &Filed| json!({ "name": file.name, "bytes": file.bytes, "sha256": HEXLOWER.encode(&file.sha256) });
    files.iter().map(file).collect()
}
