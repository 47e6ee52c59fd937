//! Support bundles: what one would hold, and one as a file. Each part is asked for by itself and waited for only so long: a
//! bundle is wanted when something does not answer, and tells of the rest then. Whoever takes one takes it out of the site,
//! which is `manage_devices`: the widest right over the site's machines, an admin's alone and with a fresh proof. What a part
//! tells beyond that takes what seeing it on a screen does; without it the part says so.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use data_encoding::HEXLOWER;
use rackward_core::permission::{may, may_know_of};
use rackward_core::{Answer, Caller, Query};
use serde::Serialize;
use serde_json::json;

use super::evidence::{pretty, put_manifest};
use super::export::{file, file_part, stamp};
use super::{Api, devices, receipts, status, wrong_shape};
use crate::archive::{ChainHead, Outcome};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::support::{
    BUSES, CERTIFICATES, CONFIGURATION, DAEMON, DEVICES, HEALTH, JOURNAL, LOG, METRICS, NEVER, PROBLEMS, Piece,
    RECEIPTS, STORAGE, Subject, put, told,
};
use crate::wire::at::At;
use crate::wire::bus::Bus;
use crate::wire::device::Device;
use crate::wire::export::VERSION;
use crate::wire::note::head_json;
use crate::wire::status::{Status, journal_word};
use crate::wire::support::{
    Account, Certificates, DeviceCertificate, DeviceFacts, JournalFacts, OpenProblem, REDACTED, SupportBundle,
    port_told,
};
use crate::zip::Zip;

/// How long one part may take to answer. Longer is no use to whoever waits in front of a screen, and a part that is stuck never
/// answers.
const PART_TIME: Duration = Duration::from_secs(5);

/// `GET /api/v1/support-bundle`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<SupportBundle>, Refusal> {
    Params::of(&uri, &[])?;
    let files: Vec<_> = gathered(&api, asking.caller).await.iter().map(Piece::listed).collect();
    Ok(Json(SupportBundle {
        site: api.backend.site().name().to_owned(),
        made_at: At(api.backend.now().wall),
        bytes: files.iter().map(|file| file.bytes).sum(),
        redacted: files.iter().map(|file| file.redacted).sum(),
        files,
        never: NEVER.map(str::to_owned).into(),
    }))
}

/// `GET /api/v1/support-bundle/download`
pub(super) async fn download(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let pieces = gathered(&api, asking.caller).await;
    let (site, now) = (api.backend.site(), api.backend.now().wall);
    let (mut zip, mut out) = (Zip::new(now, site.local_time()), Vec::new());
    put(&pieces, &mut zip, &mut out);
    zip.end_file(&mut out);
    let head = head(&api).await;
    let manifest = json!({
        "what": "support bundle",
        "site": site.name(),
        "made_at": At(now),
        "made_by": format!("rackward {VERSION}"),
        "never": NEVER,
        "chain_head": head.as_ref().map(head_json),
        "files": told(&pieces, zip.files()),
    });
    match head {
        Some(head) => put_manifest(&api, &mut zip, manifest, "support bundle", now, &head, &mut out),
        // Without the journal's head there is nothing to sign beside it.
        None => zip.file("manifest.json", &pretty(&manifest), &mut out),
    }
    zip.finish(&mut out);
    tracing::info!(bytes = out.len(), "a support bundle was taken");
    file(&format!("rackward-{}-support-{}.zip", file_part(site.name()), stamp(now)), Body::from(out))
}

/// Every part, each as far as it can be told now. They are asked at once, so that together they take as long as one may.
async fn gathered(api: &Api, caller: Caller) -> Vec<Piece> {
    let account = async { Ok(api.backend.account().await?) };
    let metrics = async { Ok(api.backend.metrics().await?) };
    let (account, metrics, status, devices, receipts, journal, problems) = tokio::join!(
        in_time::<Account>(account),
        in_time(metrics),
        in_time(status::current(api, caller)),
        in_time(devices::current(api, caller)),
        in_time(receipts::current(api, caller, None)),
        in_time(journal(api)),
        in_time(problems(api, caller)),
    );
    let receipts = receipts.map(|receipts| receipts::told(api, &receipts, None, usize::MAX));
    // Under which name the console is reached is not told in the configuration either.
    let status = status.map(|status| Status { http: REDACTED.to_owned(), ..status });
    let certificates = certificates(account.as_ref(), devices.as_ref());
    let facts = devices.map(|all| all.into_iter().map(DeviceFacts::of).collect::<Vec<_>>());
    let own = |subject, document: fn(&Account) -> Piece| match &account {
        Ok(account) => document(account),
        Err(why) => Piece::untold(subject, why),
    };
    vec![
        own(DAEMON, |account| Piece::document(DAEMON, &account.running)),
        own(CONFIGURATION, |account| Piece::document(CONFIGURATION, &account.configuration)),
        piece(HEALTH, caller, status.as_ref()),
        kept_back(METRICS, caller).unwrap_or_else(|| match metrics {
            Ok(text) => Piece::text(METRICS, &text),
            Err(why) => Piece::untold(METRICS, why),
        }),
        piece(BUSES, caller, Ok(&buses(api))),
        piece(DEVICES, caller, facts.as_ref()),
        piece(RECEIPTS, caller, receipts.as_ref()),
        Piece::document(CERTIFICATES, &certificates),
        piece(JOURNAL, caller, journal.as_ref()),
        own(STORAGE, |account| Piece::document(STORAGE, &account.storage)),
        own(LOG, |account| Piece::log(&account.log)),
        piece(PROBLEMS, caller, problems.as_ref()),
    ]
}

/// One part, or why it is not told.
async fn in_time<T>(asked: impl Future<Output = Result<T, Refusal>>) -> Result<T, String> {
    match tokio::time::timeout(PART_TIME, asked).await {
        Ok(Ok(told)) => Ok(told),
        Ok(Err(_)) => Err("the daemon could not tell it".to_owned()),
        Err(_) => Err(format!("it was not told within {} s", PART_TIME.as_secs())),
    }
}

/// One part as a file, if its reader may see it.
fn piece<T: Serialize>(subject: Subject, caller: Caller, told: Result<&T, &String>) -> Piece {
    kept_back(subject, caller).unwrap_or_else(|| match told {
        Ok(document) => Piece::document(subject, document),
        Err(why) => Piece::untold(subject, why),
    })
}

/// In the place of a part that its reader may not see.
fn kept_back(subject: Subject, caller: Caller) -> Option<Piece> {
    let takes = subject.takes.filter(|takes| may(&caller, *takes).is_err())?;
    Some(Piece::untold(subject, format!("it takes {}, which whoever asked does not have", takes.word())))
}

fn buses(api: &Api) -> Vec<Bus> {
    let site = api.backend.site();
    let told = |bus: Bus| Bus { port: port_told(&bus.port), ..bus };
    api.backend.buses().iter().map(|bus| told(Bus::of(bus, &site))).collect()
}

/// Until when certificates are good: those of devices come from the engine, the others from the daemon.
fn certificates(account: Result<&Account, &String>, devices: Result<&Vec<Device>, &String>) -> Certificates {
    let of_device = |device: &Device| {
        let held = device.inventory.certificate.as_ref()?;
        Some(DeviceCertificate { device: device.name.clone(), until_at: held.until_at })
    };
    let own = account.map(|account| account.certificates.clone()).unwrap_or_default();
    Certificates { devices: devices.into_iter().flatten().filter_map(of_device).collect(), ..own }
}

async fn head(api: &Api) -> Option<ChainHead> {
    let archive = api.backend.archive();
    in_time(async { Ok(archive.chain_head().await?) }).await.ok()
}

async fn journal(api: &Api) -> Result<JournalFacts, Refusal> {
    let archive = api.backend.archive();
    let head = archive.chain_head().await?;
    let check = archive.check(None);
    let over = check.as_ref().and_then(|check| check.over.as_ref());
    let outcome = match over {
        Some((_, Outcome::Whole(_))) => "whole",
        Some((_, Outcome::Damaged(_))) => "damaged",
        Some((_, Outcome::Failed)) => "failed",
        None => "running",
    };
    Ok(JournalFacts {
        entries: head.seq.get(),
        head_hash: HEXLOWER.encode(&head.hash),
        state: journal_word(*api.backend.journal_health().borrow()).to_owned(),
        checked_at: over.map(|(at, _)| At(*at)),
        outcome: check.as_ref().map(|_| outcome),
    })
}

async fn problems(api: &Api, caller: Caller) -> Result<Vec<OpenProblem>, Refusal> {
    let Answer::Alarms(open) = api.ask(caller, Query::OpenAlarms).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    let known = open.iter().filter(|status| may_know_of(&caller, status.alarm.kind));
    Ok(known.map(|status| OpenProblem::of(status, &site)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_stuck_is_not_waited_for() {
        let stuck = in_time(std::future::pending::<Result<(), Refusal>>()).await;
        assert_eq!(stuck, Err("it was not told within 5 s".to_owned()));
    }
}
