//! The identity of MQTT devices: a code with which one is enrolled, taking its certificates out of use, and what an external
//! broker must know. Codes, keys and certificates are the daemon's; who may have one made, the core says.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rackward_core::permission::may_send_firmware;
use rackward_core::{Command, CommandError};

use super::{Api, CREATED, lookup, reason};
use crate::body::Read;
use crate::enrolment::{BrokerFiles, EnrolmentRefused, Offered};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::at::At;
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Done, Enrolment, Reason};

/// `POST /api/v1/devices/{device}/enrol`: the code is in this answer and nowhere else.
pub(super) async fn enrol(
    State(api): State<Api>,
    asking: Asking,
    Path(device): Path<String>,
    Read(wanted): Read<Reason>,
) -> Result<(StatusCode, Json<Enrolment>), Refusal> {
    let device = lookup::device(&api, &device)?;
    let reason = reason("reason", &wanted.reason)?;
    let made = match api.backend.offer_enrolment(asking.caller, device, reason).await? {
        Offered::Made(made) => made,
        Offered::Waits { proposal, code } => return Err(api.left_waiting(asking.caller, proposal, &code.0).await),
    };
    let site = api.backend.site();
    let name = site.device(device).map_or_else(|| device.to_string(), |device| device.name.clone());
    let enrolment = Enrolment {
        device: device.to_string(),
        name,
        site: site.name().to_owned(),
        code: made.code,
        until_at: At(made.until),
        address: made.address,
        broker: made.broker.word().map(str::to_owned),
    };
    Ok((CREATED, Json(enrolment)))
}

/// `POST /api/v1/devices/{device}/certificates/revoke`
pub(super) async fn revoke(
    State(api): State<Api>,
    asking: Asking,
    Path(device): Path<String>,
    Read(wanted): Read<Reason>,
) -> Result<Json<Done>, Refusal> {
    let device = lookup::device(&api, &device)?;
    let reason = reason("reason", &wanted.reason)?;
    api.submit(asking.caller, Command::RevokeCertificates { device, reason }).await?;
    Ok(Json(Done { id: device.to_string() }))
}

/// `GET /api/v1/mqtt/acl`: topic rules for Mosquitto's `acl_file`.
pub(super) async fn acl(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    Ok(as_text("text/plain; charset=utf-8", files(&api, &asking, &uri).await?.acl))
}

/// `GET /api/v1/mqtt/authority`: the certificate of the site's authority.
pub(super) async fn authority(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    // RFC 8555, clause 9.1: certificates as PEM.
    Ok(as_text("application/pem-certificate-chain", files(&api, &asking, &uri).await?.authority))
}

/// `GET /api/v1/mqtt/crl`: the certificates that no longer count.
pub(super) async fn crl(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    Ok(as_text("application/x-pem-file", files(&api, &asking, &uri).await?.revoked))
}

fn as_text(kind: &'static str, text: String) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

/// What an external broker must know, for those who set up devices: whoever may enrol one may also begin a job with one.
async fn files(api: &Api, asking: &SignedIn, uri: &Uri) -> Result<BrokerFiles, Refusal> {
    Params::of(uri, &[])?;
    if !may_send_firmware(asking.caller) {
        return Err(CommandError::Forbidden.into());
    }
    api.backend.broker_files().await?.ok_or_else(|| EnrolmentRefused::NoMqtt.into())
}

impl From<EnrolmentRefused> for Refusal {
    fn from(refused: EnrolmentRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            EnrolmentRefused::NotMqtt { .. } | EnrolmentRefused::NoMqtt => Self::new(ProblemKind::Conflict, detail),
            EnrolmentRefused::Command(error) => error.into(),
            EnrolmentRefused::Unavailable(error) => error.into(),
            EnrolmentRefused::NoEntropy => Self::new(ProblemKind::Unavailable, detail),
        }
    }
}
