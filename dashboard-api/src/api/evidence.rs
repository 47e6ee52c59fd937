//! An alarm as a file for those who look into it: the alarm as it stands, its entries, what else happened at its door about the
//! same time, and each of these entries between the two hashes of the journal's chain. And what the site signs of any file that
//! proves something.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use rackward_core::alarm::AlarmSource;
use rackward_core::id::{AlarmId, DoorId, Seq};
use rackward_core::permission::{Permission, may};
use rackward_core::{Answer, Caller, Query, Site, Stamped, Wall};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::export::{file, file_part, files_json, stamp};
use super::{Api, alarms, events, lookup, stills, wrong_shape};
use crate::archive::ChainHead;
use crate::paging::MAX_PAGE_ITEMS;
use crate::params::Params;
use crate::query::{Clause, Field, Order, Search, Sense, Test};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::still::{Still as KeptStill, StillState, StillsOf};
use crate::wire::at::At;
use crate::wire::event::CloudEvent;
use crate::wire::export::{Format, VERSION};
use crate::wire::note::{EvidenceNote, head_json, link_json};
use crate::wire::still::Still;
use crate::wire::{Places, actor_words};
use crate::zip::Zip;

/// How long before the alarm's first entry and after its last what happened at its door belongs to it.
const AROUND: Duration = Duration::from_secs(10 * 60);

/// The most entries of the alarm, and the most around it. An alarm that has more has them in the journal, and the manifest says
/// that they are not all here.
const ENTRIES_MAX_COUNT: u16 = MAX_PAGE_ITEMS;

/// The most pictures of one file, and how large they may be together: it is made in memory. An alarm that has more has them in the
/// daemon's store, and the manifest says that they are not all here.
const PICTURES_MAX_COUNT: usize = 96;
const PICTURES_MAX_BYTES: usize = 64 << 20;

/// `GET /api/v1/alarms/{id}/evidence`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id: AlarmId = lookup::id(&id)?;
    let Answer::Alarm(known) = api.ask(asking.caller, Query::Alarm(id)).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    let (own, all_own) = find(&api, Test::Ids(Field::Alarm, vec![id.get()]), None).await?;
    if known.is_none() && own.is_empty() {
        return Err(lookup::absent(id));
    }
    let source = known.as_ref().map(|status| status.alarm.source);
    let (around, all_around) = match source.and_then(|source| door_of(source, &site)) {
        Some(door) => find(&api, Test::Ids(Field::Door, vec![door.get()]), Some(&own)).await?,
        None => (Vec::new(), true),
    };
    let mut places: Vec<Seq> = own.iter().chain(&around).map(|stamped| stamped.seq).collect();
    places.sort_unstable();
    places.dedup();
    let archive = api.backend.archive();
    let head = archive.chain_head().await?;
    let links = archive.links(places).await?;
    let now = api.backend.now().wall;
    let (mut zip, mut out) = (Zip::new(now, site.local_time()), Vec::new());
    if let Some(status) = &known {
        let alarm = alarms::detail(&api, asking.caller, status).await?;
        zip.file("alarm.json", &pretty(&json!(alarm)), &mut out);
    }
    zip.file("events.ndjson", lines(&own, &site).as_bytes(), &mut out);
    zip.file("around.ndjson", lines(&around, &site).as_bytes(), &mut out);
    let (stills, all_stills) = put_stills(&api, asking.caller, id, &mut zip, &mut out).await?;
    let chain = json!({ "head": head_json(&head), "links": links.iter().map(link_json).collect::<Value>() });
    zip.file("chain.json", &pretty(&chain), &mut out);
    let manifest = json!({
        "what": "evidence",
        "site": site.name(),
        "alarm": id.to_string(),
        "operator": actor_words(asking.caller.actor),
        "made_at": At(now).to_string(),
        "made_by": format!("rackward {VERSION}"),
        "events": { "count": own.len(), "complete": all_own },
        "around": { "count": around.len(), "complete": all_around, "minutes": AROUND.as_secs() / 60 },
        "stills": stills,
        "stills_complete": all_stills,
        "chain_head": head_json(&head),
        "files": files_json(zip.files()),
    });
    put_manifest(&api, &mut zip, manifest, &format!("alarm {id}"), now, &head, &mut out);
    zip.finish(&mut out);
    let name = format!("rackward-{}-{id}-{}.zip", file_part(site.name()), stamp(now));
    file(&name, Body::from(out))
}

/// Puts the stills of an alarm into an archive, each under the name of its camera and the moment it shows, for those who may look
/// at them; who looked is recorded. What is told of each stands in the manifest, with the digest that the journal has.
async fn put_stills(
    api: &Api,
    caller: Caller,
    alarm: AlarmId,
    zip: &mut Zip,
    out: &mut Vec<u8>,
) -> Result<(Vec<Value>, bool), Refusal> {
    if may(&caller, Permission::ViewStills).is_err() {
        return Ok((Vec::new(), false));
    }
    let kept = stills::kept(api, StillsOf::Alarms(vec![alarm])).await?;
    let (site, mut told, mut complete, mut room) = (api.backend.site(), Vec::new(), true, PICTURES_MAX_BYTES);
    let mut pictures = 0;
    for still in &kept {
        let mut row = json!(Still::of(still, &site));
        if let (StillState::Kept(facts), Some(stills)) = (still.state, api.backend.stills()) {
            stills::look(api, caller, still.camera, Some(still.belongs.entry)).await?;
            let fits = pictures < PICTURES_MAX_COUNT && facts.bytes as usize <= room;
            let picture = if fits { stills.picture(still.id).await? } else { None };
            complete &= picture.is_some();
            if let Some(picture) = picture {
                let name = picture_name(still, &site, facts.form.extension());
                zip.file(&name, &picture.bytes, out);
                row["file"] = name.into();
                (pictures, room) = (pictures + 1, room.saturating_sub(picture.bytes.len()));
            }
        }
        told.push(row);
    }
    Ok((told, complete))
}

/// Such as `still-12-hall-a-1-20260803T081500Z.jpg`.
fn picture_name(still: &KeptStill, site: &Site, extension: &str) -> String {
    let camera = Places(site).camera(still.camera);
    format!("still-{}-{}-{}.{extension}", still.id, file_part(&camera), stamp(still.wanted))
}

/// Puts the manifest into an archive, and beside it what the site signs of it.
pub(super) fn put_manifest(
    api: &Api,
    zip: &mut Zip,
    mut manifest: Value,
    of: &str,
    made_at: Wall,
    head: &ChainHead,
    out: &mut Vec<u8>,
) {
    manifest["signed_by"] = signer(api).into();
    let manifest = pretty(&manifest);
    zip.file("manifest.json", &manifest, out);
    if let Some(note) = signed(api, of, made_at, Sha256::digest(&manifest).into(), head) {
        zip.file("manifest.note", note.as_bytes(), out);
    }
}

/// The key that signs, by its name and id; not the key itself, which comes to whoever checks by another way.
pub(super) fn signer(api: &Api) -> Option<String> {
    let key = api.backend.archive().verifier_key()?;
    let mut parts = key.splitn(3, '+');
    Some(format!("{}+{}", parts.next()?, parts.next()?))
}

/// The site's signature over what has this digest, as a note. Without its key there is none: what is not signed can still be read.
pub(super) fn signed(api: &Api, of: &str, made_at: Wall, sha256: [u8; 32], head: &ChainHead) -> Option<String> {
    let (site, of) = (api.backend.site().name().to_owned(), of.to_owned());
    let note = EvidenceNote { site, of, made_at: At(made_at), sha256, head: *head };
    api.backend.archive().sign(&note.to_string())
}

/// The entries that a test finds, the oldest first, and whether these are all; about the time of others where there are any.
async fn find(api: &Api, test: Test, about: Option<&[Stamped]>) -> Result<(Vec<Stamped>, bool), Refusal> {
    let clauses = vec![Clause { sense: Sense::With, any: vec![test] }];
    let (first, last) = (about.and_then(<[_]>::first), about.and_then(<[_]>::last));
    let search = Search {
        clauses,
        from: first.map(|stamped| before(stamped.at)),
        to: last.map(|stamped| stamped.at.after(AROUND)),
        during: Vec::new(),
        local: api.backend.site().local_time().clone(),
        after: Seq::new(0),
        order: Order::OldestFirst,
        past: None,
        limit: ENTRIES_MAX_COUNT,
    };
    let found = events::find(api, search).await?;
    Ok((found.entries, found.next.is_none()))
}

fn before(at: Wall) -> Wall {
    let span = i64::try_from(AROUND.as_micros()).unwrap_or(i64::MAX);
    Wall::from_micros(at.as_micros().saturating_sub(span))
}

/// The door that an alarm concerns.
fn door_of(source: AlarmSource, site: &Site) -> Option<DoorId> {
    let path = Places(site).door_of(source)?;
    site.find_door(&path).ok().map(|door| door.id)
}

fn lines(entries: &[Stamped], site: &Site) -> String {
    entries.iter().map(|stamped| Format::Ndjson.line(&CloudEvent::of(stamped, site))).collect()
}

pub(super) fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}
