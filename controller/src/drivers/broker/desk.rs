//! The desk where a device enrols: it shows its code and a request for a certificate, the engine says yes or no, and only
//! what the journal holds is signed.
//!
//! Decides how many may come at once and how fast; which code is good for which device is the engine's
//! (`engine/certificates.rs`). One request per connection. A device whose code was taken and that did not get the answer
//! needs a new code: to answer twice would be to trust whoever asks twice.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rackward_core::certificate::Certificate;
use rackward_core::engine::command::Scope;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::id::DeviceId;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command, CommandError, Monotonic, Now, Reply};
use rackward_protocol::mqtt::SiteId;
use rackward_protocol::mqtt::enrolment::{Answer, Enrolled, EnrolmentRefusal, Request, body_length};
use rackward_protocol::mqtt::message::Der;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::drivers::{Alone, DriverError, MqttSettings};
use crate::pki::{Authority, CsrRefused};
use crate::run::Wanted;

/// Devices at the desk at once. Each waits for the journal once; more would crowd operators out of the engine's queue.
const AT_ONCE_LIMIT_DEVICES: usize = 16;
/// Requests per second over time, and at once after a rest: enough for a hall that is enrolled by a script, and too few to
/// keep the engine busy with guesses.
const PACE_PER_SECOND: u64 = 64;
const BURST_LIMIT_REQUESTS: u64 = 64;
/// How long a device may take for its request, and how long the engine may take for its answer.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
const DECISION_LIMIT: Duration = Duration::from_secs(10);

/// The desk.
pub(super) struct Desk {
    site: SiteId,
    devices: BTreeMap<String, (DeviceId, Alone)>,
    authority: Arc<Authority>,
    engine: mpsc::Sender<Wanted>,
    life: Duration,
    card_key: Zeroizing<[u8; 32]>,
    clock: fn() -> Now,
    at_once: Semaphore,
    pace: Mutex<Pace>,
}

/// How many requests may still come, in microseconds' worth of them.
#[derive(Debug, Clone, Copy)]
struct Pace {
    saved: u64,
    at: Monotonic,
}

impl Pace {
    const EACH_MICROS: u64 = 1_000_000 / PACE_PER_SECOND;
    const MOST: u64 = BURST_LIMIT_REQUESTS * Self::EACH_MICROS;

    fn new(now: Monotonic) -> Self {
        Self { saved: Self::MOST, at: now }
    }

    /// Takes one request, if there is one to take.
    fn take(&mut self, now: Monotonic) -> bool {
        let passed = u64::try_from(now.since(self.at).as_micros()).unwrap_or(u64::MAX);
        self.at = now;
        self.saved = self.saved.saturating_add(passed).min(Self::MOST);
        let left = self.saved.checked_sub(Self::EACH_MICROS);
        self.saved = left.unwrap_or(self.saved);
        left.is_some()
    }
}

impl Desk {
    /// A desk for the devices of the settings.
    pub(super) fn new(settings: &MqttSettings, clock: fn() -> Now) -> Result<Self, DriverError> {
        let identity = &settings.identity;
        let site = SiteId::parse(&settings.site).map_err(|_| DriverError::TopicName { name: settings.site.clone() })?;
        let known = |device: &crate::drivers::MqttDevice| (device.name.clone(), (device.device, device.alone));
        Ok(Self {
            site,
            devices: settings.devices.iter().map(known).collect(),
            authority: Arc::clone(&identity.authority),
            engine: identity.engine.clone(),
            life: identity.certificate_life,
            card_key: identity.card_key.clone(),
            clock,
            at_once: Semaphore::new(AT_ONCE_LIMIT_DEVICES),
            pace: Mutex::new(Pace::new(clock().monotonic)),
        })
    }

    /// Serves one device to its end.
    pub(super) async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin + Send, from: SocketAddr) {
        let served = async {
            let request = timeout(REQUEST_LIMIT, read(&mut stream)).await??;
            let answer = self.answer(&request).await;
            if let Answer::Refused(why) = &answer {
                tracing::warn!(%from, device = %request.device, %why, "a device was not enrolled");
            }
            timeout(REQUEST_LIMIT, write(&mut stream, &answer)).await?
        };
        if let Err(error) = served.await {
            tracing::debug!(%from, %error, "a device did not end its enrolment");
        }
    }

    async fn answer(&self, request: &Request) -> Answer {
        let Ok(_place) = self.at_once.try_acquire() else { return Answer::Refused(EnrolmentRefusal::Busy) };
        if !self.pace.lock().unwrap_or_else(PoisonError::into_inner).take((self.clock)().monotonic) {
            return Answer::Refused(EnrolmentRefusal::Busy);
        }
        match self.enrol(request).await {
            Ok(enrolled) => Answer::Enrolled(enrolled),
            Err(refusal) => Answer::Refused(refusal),
        }
    }

    async fn enrol(&self, request: &Request) -> Result<Enrolled, EnrolmentRefusal> {
        if request.site != self.site {
            return Err(EnrolmentRefusal::Site);
        }
        let name = request.device.as_str();
        let (device, alone) = *self.devices.get(name).ok_or(EnrolmentRefusal::Device)?;
        let now = (self.clock)().wall;
        let draft = self.authority.draft(request.csr.bytes(), name, self.life, now).map_err(refusal_of)?;
        self.decide(device, Sha256::digest(request.secret).into(), draft.certificate).await?;
        // The journal holds it from here on, so it may be signed.
        let unavailable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a device's certificate was not made; make another code for it");
            EnrolmentRefusal::Unavailable
        };
        let certificate = self.authority.issue(&draft).map_err(|error| unavailable(&error))?;
        let der = |bytes: &[u8]| Der::new(bytes).map_err(|error| unavailable(&error));
        Ok(Enrolled {
            certificate: der(&certificate)?,
            authority: der(self.authority.certificate_der())?,
            list_key: self.authority.list_key(),
            card_key: match alone {
                Alone::Decides => Some(*self.card_key),
                Alone::Waits => None,
            },
        })
    }

    /// Asks the engine; its yes is durable when it comes.
    async fn decide(&self, device: DeviceId, code: [u8; 32], certificate: Certificate) -> Result<(), EnrolmentRefusal> {
        let (reply, answer) = oneshot::channel();
        let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        let command = Command::RedeemEnrolment { device, code, certificate };
        let wanted = Wanted::Command { caller, command, preconditions: Preconditions::default(), reply };
        self.engine.try_send(wanted).map_err(|_| EnrolmentRefusal::Busy)?;
        let answered = timeout(DECISION_LIMIT, answer).await.map_err(|_| EnrolmentRefusal::Unavailable)?;
        allowed(answered.map_err(|_| EnrolmentRefusal::Unavailable)?)
    }
}

fn allowed(answer: Result<Reply, CommandError>) -> Result<(), EnrolmentRefusal> {
    match answer {
        Ok(_) => Ok(()),
        Err(
            CommandError::NotYetDurable
            | CommandError::JournalUnwritable
            | CommandError::Overloaded
            | CommandError::Unanswered,
        ) => Err(EnrolmentRefusal::Unavailable),
        // Which of them it is would tell somebody who guesses how far he has come.
        Err(
            CommandError::Conflict(_)
            | CommandError::OwnAccess(_)
            | CommandError::LockedDown(_)
            | CommandError::NotFound { .. }
            | CommandError::Invalid(_)
            | CommandError::Forbidden
            | CommandError::TakesTwo
            | CommandError::Denied(_)
            | CommandError::Stale { .. }
            | CommandError::Changed { .. }
            | CommandError::SetRefused(_)
            | CommandError::TestsFailed(_)
            | CommandError::Widens { .. }
            | CommandError::TooLate,
        ) => Err(EnrolmentRefusal::Code),
    }
}

fn refusal_of(refused: CsrRefused) -> EnrolmentRefusal {
    match refused {
        CsrRefused::Unsound | CsrRefused::Key => EnrolmentRefusal::Csr,
        CsrRefused::Name | CsrRefused::Over | CsrRefused::NoEntropy => {
            tracing::error!(error = %refused, "no device can be enrolled");
            EnrolmentRefusal::Unavailable
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut prefix = [0; 2];
    stream.read_exact(&mut prefix).await?;
    let mut body = Zeroizing::new(vec![0; body_length(prefix).map_err(invalid)?]);
    stream.read_exact(&mut body).await?;
    Request::decode(&body).map_err(invalid)
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), answer: &Answer) -> io::Result<()> {
    let frame = Zeroizing::new(answer.to_frame());
    stream.write_all(&frame).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_served_and_then_so_many_a_second() {
        let at = |millis: u64| Monotonic::from_micros(millis * 1_000);
        let mut pace = Pace::new(at(0));
        let served = |pace: &mut Pace, now| (0..1_000).filter(|_| pace.take(now)).count() as u64;
        assert_eq!(served(&mut pace, at(0)), BURST_LIMIT_REQUESTS);
        assert_eq!(served(&mut pace, at(500)), PACE_PER_SECOND / 2);
        assert_eq!(served(&mut pace, at(3_600_000)), BURST_LIMIT_REQUESTS);
    }
}
