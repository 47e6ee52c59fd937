//! Handles: their identity, for whom they open by themselves, letting them show where they are and readers what they can, the
//! canary, and what an external broker must know.

use rackward_dashboard::wire::request;
use serde_json::json;

use super::devices::{reason, unknown};
use super::{Session, screens, single};
use crate::cli::arguments::{CanaryVerb, DeviceChange, LocateArgs, MqttVerb, RackLocate, ReaderVerb, TestPattern};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;

/// Makes a code with which a device is enrolled once.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn enrol(session: &Session, args: &DeviceChange) -> Result<Report, Failure> {
    let document = session.post(&["devices", &args.device, "enrol"], &reason(args)).await.map_err(unknown)?;
    Ok(single("Enrolment", document, screens::enrolment))
}

/// Takes every certificate and code of a device out of use.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn revoke_certificate(session: &Session, args: &DeviceChange) -> Result<Report, Failure> {
    let target = ["devices", args.device.as_str(), "certificates", "revoke"];
    let document = session.post(&target, &reason(args)).await.map_err(unknown)?;
    Ok(single("CertificatesRevoked", super::with(document, "name", json!(args.device)), screens::certificates_revoked))
}

/// For whom a device opens by itself if its link dies now.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn exposure(session: &Session, device: &str) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["devices", device, "exposure"])).await.map_err(unknown)?;
    Ok(single("Exposure", document, screens::exposure))
}

/// Lets the handles of a rack show where they are.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn locate_rack(session: &Session, args: &RackLocate) -> Result<Report, Failure> {
    let body = request::Locate { rack: Some(args.rack.clone()), ..wish(&args.how) };
    located(session, &body).await
}

/// Lets the handles that a grant or ticket covers show where they are.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn locate(session: &Session, args: &LocateArgs) -> Result<Report, Failure> {
    let body = request::Locate {
        grant: args.grant.clone(),
        ticket: args.ticket.clone(),
        door: args.door.clone(),
        ..wish(&args.how)
    };
    located(session, &body).await
}

fn wish(how: &crate::cli::arguments::LocateHow) -> request::Locate {
    let seconds = u32::try_from(how.lasting.as_secs()).unwrap_or(u32::MAX);
    request::Locate { for_s: Some(seconds), reason: how.reason.clone(), ..request::Locate::default() }
}

async fn located(session: &Session, body: &request::Locate) -> Result<Report, Failure> {
    let document = session.post(&["locate"], body).await;
    let document =
        document.map_err(|failure| failure.advise_on(Exit::NotFound, "list them with: rackward grant list"))?;
    Ok(single("Located", document, screens::located))
}

/// A reader or handle shows what it can.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn reader(session: &Session, verb: &ReaderVerb) -> Result<Report, Failure> {
    let ReaderVerb::TestPattern(TestPattern { device, pattern }) = verb;
    let body = request::TryPattern { pattern: pattern.clone() };
    let document = session.post(&["devices", device, "pattern"], &body).await.map_err(unknown)?;
    Ok(single("PatternShown", document, screens::pattern_shown))
}

/// The canary.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn canary(session: &Session, verb: &CanaryVerb) -> Result<Report, Failure> {
    let CanaryVerb::Run { reason } = verb;
    let document = session.post(&["canaries"], &request::Reason { reason: reason.clone() }).await?;
    Ok(single("CanaryRun", document, screens::canaries_tried))
}

/// What an external broker must know.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn mqtt(session: &Session, verb: &MqttVerb) -> Result<Report, Failure> {
    let (file, kind) = match verb {
        MqttVerb::Acl => ("acl", "MqttAcl"),
        MqttVerb::Authority => ("authority", "MqttAuthority"),
        MqttVerb::Crl => ("crl", "MqttCrl"),
    };
    let text = session.client.get_text(&Target::new(&["mqtt", file])).await?;
    Ok(single(kind, json!({ "text": text }), screens::file))
}
