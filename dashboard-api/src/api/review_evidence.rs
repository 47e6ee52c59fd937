//! The evidence of an access review: an archive with every line as a record, the same lines on a sheet to sign, and what the site
//! signs of both. Records and sheet are of one reading of the review, so neither says what the other does not. How the sheet
//! looks is `review_sheet.rs`'s, how evidence is checked the command line's.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use data_encoding::HEXLOWER;
use rackward_core::engine::query::{ReviewLineStatus, ReviewStatus};
use rackward_core::id::{OperatorId, PersonId, Seq};
use rackward_core::permission::Actor;
use rackward_core::{Answer, Caller, Query};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::evidence::{put_manifest, signed, signer};
use super::export::{file, file_part, files_json, stamp};
use super::reviews::{all_lines, names, one, shown};
use super::{Api, lookup, wrong_shape};
use crate::archive::ChainHead;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::review_sheet::ReviewSheet;
use crate::signin::Asking;
use crate::wire::actor_words;
use crate::wire::at::At;
use crate::wire::export::VERSION;
use crate::wire::note::{head_json, link_json};
use crate::wire::problem::ProblemKind;
use crate::wire::review::{AccessReview, ProvenLine};
use crate::zip::Zip;

/// The records and the sheet in the archive.
const RECORDS: &str = "review.ndjson";
const SHEET: &str = "review.pdf";

/// So many entries are read at once.
const PART_LINKS: usize = 500;

/// `GET /api/v1/reviews/{id}/evidence`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let caller = asking.caller;
    let status = one(&api, caller, lookup::id(&id)?).await?;
    let rows = all_lines(&api, caller, status.review.id).await?;
    let head = api.backend.archive().chain_head().await?;
    let (site, made_at) = (api.backend.site(), api.backend.now().wall);
    let mut sheet = ReviewSheet {
        site: site.name().to_owned(),
        local: site.local_time().clone(),
        operator: actor_words(caller.actor),
        made_at,
        head,
        signed_by: signer(&api),
        records: String::new(),
        review: AccessReview::of(&status, &site),
        lines: proven(&api, caller, &rows).await?,
    };
    let records = records(&api, &sheet, proofs_of(&status, &rows)).await?;
    sheet.records = HEXLOWER.encode(&Sha256::digest(&records));
    let (name, of) = (file_part(site.name()), format!("access-review {}", sheet.review.id));
    let (sheet, drawn) = tokio::task::spawn_blocking(move || {
        let drawn = sheet.pdf();
        (sheet, drawn)
    })
    .await
    .map_err(|_| undrawn())?;
    let (drawn, pages) = drawn.map_err(|_| undrawn())?;

    let (mut zip, mut out) = (Zip::new(made_at, site.local_time()), Vec::new());
    zip.file(RECORDS, records.as_bytes(), &mut out);
    zip.file(SHEET, &drawn, &mut out);
    let manifest = json!({
        "what": "access-review",
        "review": sheet.review.id,
        "site": sheet.site,
        "operator": sheet.operator,
        "made_at": At(made_at).to_string(),
        "made_by": format!("rackward {VERSION}"),
        "lines": sheet.lines.len(),
        "pages": pages,
        "chain_head": head_json(&head),
        "files": files_json(zip.files()),
    });
    put_manifest(&api, &mut zip, manifest, &of, made_at, &head, &mut out);
    zip.finish(&mut out);
    file(&format!("rackward-{name}-{}-{}.zip", sheet.review.id, stamp(made_at)), Body::from(out))
}

fn undrawn() -> Refusal {
    Refusal::new(ProblemKind::Internal, "the review cannot be drawn; please report it")
}

/// The lines, each with the person that whoever decided is.
async fn proven(api: &Api, caller: Caller, rows: &[ReviewLineStatus]) -> Result<Vec<ProvenLine>, Refusal> {
    let (names, persons) = (names(api, caller).await?, persons_of(api, caller).await?);
    let line = |row: &ReviewLineStatus| {
        let by = row.line.decided.as_ref().and_then(|decided| person_of(decided.by, &persons));
        ProvenLine {
            line: shown(api, row, &names),
            reviewer_person: by.map(|id| id.to_string()),
            reviewer_name: by.and_then(|id| api.person_name(id)),
        }
    };
    Ok(rows.iter().map(line).collect())
}

/// What is on the sheet, a record in each line, with the entries that prove it; signed in itself, so that it can be handed on alone.
async fn records(api: &Api, sheet: &ReviewSheet, proofs: Vec<Seq>) -> Result<String, Refusal> {
    let mut out = String::new();
    let mut add = |line: &Value| {
        out.push_str(&line.to_string());
        out.push('\n');
    };
    add(&json!({
        "type": "version", "schema": "1.1", "what": "access-review", "site": sheet.site, "operator": sheet.operator,
        "made_at": At(sheet.made_at).to_string(), "made_by": format!("rackward {VERSION}"), "signed_by": sheet.signed_by,
    }));
    add(&tagged("review", json!(sheet.review)));
    for line in &sheet.lines {
        add(&tagged("line", json!(line)));
    }
    for part in proofs.chunks(PART_LINKS) {
        for link in api.backend.archive().links(part.to_vec()).await? {
            add(&tagged("entry", link_json(&link)));
        }
    }
    let (of, head): (String, &ChainHead) = (format!("access-review {}", sheet.review.id), &sheet.head);
    let note = signed(api, &of, sheet.made_at, Sha256::digest(&out).into(), head);
    let end = json!({ "type": "end", "lines": sheet.lines.len(), "chain_head": head_json(head), "note": note });
    out.push_str(&format!("{end}\n"));
    Ok(out)
}

/// The entries that prove a review: that made it, every one that decided or carried something out, that closed it.
fn proofs_of(status: &ReviewStatus, rows: &[ReviewLineStatus]) -> Vec<Seq> {
    let decided = rows.iter().filter_map(|row| row.line.decided.as_ref());
    let mut all: Vec<Seq> = decided.flat_map(|decided| [Some(decided.proof), decided.effect]).flatten().collect();
    all.push(status.review.proof);
    all.extend(status.review.end.as_ref().map(|end| end.proof));
    all.sort_unstable();
    all.dedup();
    all
}

/// Which person each operator is on record as.
async fn persons_of(api: &Api, caller: Caller) -> Result<BTreeMap<OperatorId, PersonId>, Refusal> {
    let Answer::Operators(rows) = api.ask(caller, Query::Operators).await? else { return Err(wrong_shape()) };
    Ok(rows.iter().filter_map(|row| row.person.map(|person| (row.id, person))).collect())
}

fn person_of(by: Actor, persons: &BTreeMap<OperatorId, PersonId>) -> Option<PersonId> {
    match by {
        Actor::Operator(operator) => persons.get(&operator).copied(),
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_) => None,
    }
}

/// A value with what it is in front.
fn tagged(kind: &str, mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.insert("type".to_owned(), kind.into());
    }
    value
}
