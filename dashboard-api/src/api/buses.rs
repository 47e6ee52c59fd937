//! Buses: how they are, and looks at them as a stream of lines (NDJSON). A look is recorded before it begins, with who
//! wanted it and why; it ends with its time, its session or the daemon, and a bounded channel lies between bus and reader,
//! so that a slow reader loses lines and the bus nothing.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use rackward_core::engine::command::BusName;
use rackward_core::entry::{Inspected, ReasonText};
use rackward_core::job::LINE_SPEEDS;
use rackward_core::{Caller, Command};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::devices::speeds_to_choose;
use super::{Api, Page, lookup, reason};
use crate::body::Read;
use crate::bus::{BusFinding, BusInspection, InspectionRefused};
use crate::lists::{Asked, resources};
use crate::openapi::operation::Part;
use crate::refusal::Refusal;
use crate::serve::Closing;
use crate::sessions::Lease;
use crate::signin::{Asking, SignedIn};
use crate::wire::bus::{Bus, InspectionLine};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{ScanBus, TraceBus};

/// How long a bus is traced when nobody says.
const USUAL_TRACE_S: u32 = 60;

/// The longest trace: one that was forgotten ends by itself.
const LONGEST_TRACE_S: u32 = 3_600;

/// `GET /api/v1/buses`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Bus> {
    let asked = Asked::of::<Bus>(&api, &asking, &uri, &resources::BUSES)?;
    let site = api.backend.site();
    Ok(asked.page(api.backend.buses().iter().map(|bus| Bus::of(bus, &site)).collect()))
}

/// `POST /api/v1/buses/{bus}/scan`
pub(super) async fn scan(
    State(api): State<Api>,
    asking: Asking,
    Path(bus): Path<String>,
    watch: Watch,
    Read(wanted): Read<ScanBus>,
) -> Result<Response, Refusal> {
    let speeds = match wanted.speeds {
        None => Ok(LINE_SPEEDS.to_vec()),
        Some(speeds) if !speeds.is_empty() && speeds.iter().all(|speed| LINE_SPEEDS.contains(speed)) => Ok(speeds),
        Some(_) => Err(FieldProblem::of("speeds", speeds_to_choose("each of speeds"))),
    };
    let wanted = both(speeds.map(|speeds| BusInspection::Scan { speeds }), reason("reason", &wanted.reason))?;
    look(&api, asking.caller, watch, &bus, wanted).await
}

/// `POST /api/v1/buses/{bus}/trace`
pub(super) async fn trace(
    State(api): State<Api>,
    asking: Asking,
    Path(bus): Path<String>,
    watch: Watch,
    Read(wanted): Read<TraceBus>,
) -> Result<Response, Refusal> {
    let seconds = wanted.for_s.unwrap_or(USUAL_TRACE_S);
    let fits = (1..=LONGEST_TRACE_S).contains(&seconds);
    let span = Duration::from_secs(seconds.into());
    let wrong = || FieldProblem::of("for_s", format!("for_s must be 1 to {LONGEST_TRACE_S}"));
    let inspection = if fits { Ok(BusInspection::Trace { span }) } else { Err(wrong()) };
    let wanted = both(inspection, reason("reason", &wanted.reason))?;
    look(&api, asking.caller, watch, &bus, wanted).await
}

type Wanted = (BusInspection, ReasonText);

fn both(
    inspection: Result<BusInspection, FieldProblem>,
    reason: Result<ReasonText, FieldProblem>,
) -> Result<Wanted, Refusal> {
    match (inspection, reason) {
        (Ok(inspection), Ok(reason)) => Ok((inspection, reason)),
        (inspection, reason) => Err(Refusal::invalid([inspection.err(), reason.err()].into_iter().flatten().collect())),
    }
}

/// Records the look, begins it and streams what it brings.
async fn look(api: &Api, caller: Caller, watch: Watch, bus: &str, wanted: Wanted) -> Result<Response, Refusal> {
    let (inspection, reason) = wanted;
    let buses = api.backend.buses();
    let known = buses.iter().find(|known| known.name == bus).ok_or_else(|| lookup::missing("bus"))?;
    let name = BusName::parse(&known.name).ok_or_else(|| lookup::missing("bus"))?;
    if !known.is_up {
        return Err(InspectionRefused::Away.into());
    }
    let what = match &inspection {
        BusInspection::Trace { .. } => Inspected::Trace,
        BusInspection::Scan { .. } => Inspected::Scan,
    };
    api.submit(caller, Command::InspectBus { bus: name, what, reason }).await?;
    let findings = api.backend.inspect(bus, inspection)?;
    let body = Body::from_stream(stream::unfold((watch, Stage::Open(findings)), async |(watch, stage)| {
        let (line, stage) = watch.next(stage).await?;
        Some((Ok::<_, std::convert::Infallible>(line), (watch, stage)))
    }));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// How far the lines are.
enum Stage {
    /// More may come.
    Open(mpsc::Receiver<BusFinding>),
    /// The last line was written.
    Ended,
}

/// What ends a look before its time: the session, the daemon.
pub(super) struct Watch {
    lease: Lease,
    lease_ends: Option<Instant>,
    closing: CancellationToken,
}

impl Part for Watch {}

impl axum::extract::FromRequestParts<Api> for Watch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _api: &Api) -> Result<Self, Self::Rejection> {
        let lease = match parts.extensions.get::<SignedIn>() {
            Some(signed_in) => signed_in.lease.clone(),
            None => Lease::over(),
        };
        let closing = parts.extensions.get::<Closing>().map(|closing| closing.0.clone()).unwrap_or_default();
        Ok(Self { lease_ends: lease.remaining().map(|remaining| Instant::now() + remaining), lease, closing })
    }
}

impl Watch {
    /// Waits until whoever looks may look no longer.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.closing.cancelled() => {}
            () = self.lease.ended() => {}
            () = crate::stream::until(self.lease_ends) => {}
        }
    }

    /// The next line with its line feed; `None` ends the answer. One that is cut off has no `end`.
    async fn next(&self, stage: Stage) -> Option<(Bytes, Stage)> {
        let Stage::Open(mut findings) = stage else { return None };
        let finding = tokio::select! {
            biased;
            () = self.closing.cancelled() => return None,
            () = self.lease.ended() => return None,
            () = crate::stream::until(self.lease_ends) => return None,
            finding = findings.recv() => finding,
        };
        let (mut line, stage) = match finding {
            Some(finding) => (InspectionLine::write(finding), Stage::Open(findings)),
            None => (InspectionLine::End.json(), Stage::Ended),
        };
        line.push('\n');
        Some((Bytes::from(line), stage))
    }
}

impl From<InspectionRefused> for Refusal {
    fn from(refused: InspectionRefused) -> Self {
        match refused {
            InspectionRefused::UnknownBus => lookup::missing("bus"),
            InspectionRefused::Busy | InspectionRefused::Away => Self::new(ProblemKind::Conflict, refused.to_string()),
        }
    }
}
