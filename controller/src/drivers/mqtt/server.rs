//! The server: owns the sessions of all devices, hands their reports to the engine, publishes what it wants said, and has
//! certificates made.
//!
//! Decides in which order messages go to the broker: what somebody at a door waits for, then upkeep of devices, then what is
//! published for others. Which certificates count is the engine's word, kept in `admissions`.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rackward_core::certificate::CertificateSerial;
use rackward_core::id::DeviceId;
use rackward_core::{DeviceReport, Now};
use rackward_protocol::mqtt::{self, Der};
use rumqttc::{AsyncClient, PublishOptions, PublishProperties};
use tokio::sync::mpsc;

use super::SAYING_LIMIT_MESSAGES;
use super::ear::Heard;
use super::fleet::{Fleet, Message};
use crate::drivers::admissions::Arrival;
use crate::drivers::order::{Order, Task};
use crate::drivers::publications::{Availability, Publication, Spout, availability, is_home_assistant_birth};
use crate::drivers::{MqttIdentity, Surroundings};
use crate::pki::Draft;

/// Of the messages that the client library holds, so many may be such as can wait.
const BULK_LIMIT_MESSAGES: usize = SAYING_LIMIT_MESSAGES / 2;
/// How long the last word to the broker may take; the ear stays a while longer, so that it is sent.
const FAREWELL_LIMIT_MILLIS: u64 = 500;
/// When the client takes no more, what can wait is put again after this long.
const RETRY_MILLIS: u64 = 5;

/// Owns the sessions.
pub(super) struct Server {
    fleet: Fleet,
    client: AsyncClient,
    identity: MqttIdentity,
    /// Certificates that the engine was asked for, the newest of each device.
    drafts: BTreeMap<DeviceId, Draft>,
    spout: Option<Spout>,
    is_connected: bool,
    unsent: Arc<AtomicUsize>,
    around: Surroundings,
}

/// What woke the serving task.
enum Woken {
    Heard(Option<Heard>),
    Order(Option<Order>),
    Arrival(Arrival),
    Publication(Publication),
    Room,
    Deadline,
    Shutdown,
}

impl Server {
    pub(super) fn new(
        fleet: Fleet,
        client: AsyncClient,
        identity: MqttIdentity,
        spout: Option<Spout>,
        unsent: Arc<AtomicUsize>,
        around: Surroundings,
    ) -> Self {
        Self { fleet, client, identity, drafts: BTreeMap::new(), spout, is_connected: false, unsent, around }
    }

    pub(super) async fn serve(mut self, mut heard: mpsc::Receiver<Heard>, mut orders: mpsc::Receiver<Order>) {
        loop {
            let has_left = self.publish();
            match self.wait(&mut heard, &mut orders, has_left).await {
                Woken::Heard(Some(heard)) => self.hear(heard),
                Woken::Order(Some(order)) => self.order(order),
                Woken::Arrival(arrival) => self.arrived(arrival),
                Woken::Publication(publication) => self.publish_for_others(publication),
                Woken::Room | Woken::Deadline => {}
                Woken::Heard(None) | Woken::Order(None) | Woken::Shutdown => return self.farewell().await,
            }
            self.fleet.handle_timeout(self.now().monotonic);
        }
    }

    /// Waits for whatever comes next. While a report waits for the engine, nothing more is taken from the broker.
    async fn wait(
        &mut self,
        heard: &mut mpsc::Receiver<Heard>,
        orders: &mut mpsc::Receiver<Order>,
        has_left: bool,
    ) -> Woken {
        let has_report = self.fleet.has_report();
        let is_congested = self.unsent.load(Ordering::Relaxed) >= BULK_LIMIT_MESSAGES;
        let retries = has_left || is_congested && self.spout.is_some();
        let retry = retries.then(|| Duration::from_millis(RETRY_MILLIS));
        let due = self.fleet.next_deadline().map(|at| at.since(self.now().monotonic));
        let pause = [retry, due].into_iter().flatten().min();
        let takes_publications = self.is_connected && !has_left && !is_congested;
        tokio::select! {
            () = self.around.shutdown.cancelled() => Woken::Shutdown,
            room = self.around.inputs.reserve(), if has_report => match room {
                Ok(room) => {
                    if let Some((device, report)) = self.fleet.take_report() {
                        room.send(((self.around.clock)(), device, report));
                    }
                    Woken::Room
                }
                // The engine is gone; there is nothing left to drive.
                Err(_) => Woken::Shutdown,
            },
            order = orders.recv() => Woken::Order(order),
            Some(arrival) = self.identity.arrivals.recv(), if !has_report => Woken::Arrival(arrival),
            Some(publication) = next_publication(&mut self.spout), if takes_publications => Woken::Publication(publication),
            heard = heard.recv(), if !has_report => Woken::Heard(heard),
            () = rest(pause) => Woken::Deadline,
        }
    }

    fn hear(&mut self, heard: Heard) {
        let now = self.now();
        match heard {
            Heard::Connected => {
                self.is_connected = true;
                self.fleet.connected(now.monotonic);
                self.announce();
            }
            Heard::Lost => {
                self.is_connected = false;
                self.fleet.lost();
            }
            Heard::Message { topic, retained, payload } => {
                let topic = std::str::from_utf8(&topic).unwrap_or_default();
                match &self.spout {
                    Some(spout) if is_home_assistant_birth(topic, &payload) => spout.say_all_again(),
                    Some(_) | None => self.fleet.heard(now, topic, retained, &payload),
                }
                self.draft_certificates();
            }
        }
    }

    fn order(&mut self, order: Order) {
        match order.task {
            Task::Certificates { counting } => self.let_count(order.device, &counting),
            Task::IssueCertificate { serial } => self.issue(order.device, serial),
            Task::Release { .. }
            | Task::Relock { .. }
            | Task::StartJob { .. }
            | Task::StopJob { .. }
            | Task::Show(_)
            | Task::PutRights(_)
            | Task::DecideOnline { .. }
            | Task::NoteLog { .. }
            | Task::TryCanary { .. } => self.fleet.order(self.now(), order),
        }
    }

    fn let_count(&self, device: DeviceId, counting: &[CertificateSerial]) {
        if let Some(name) = self.fleet.name_of(device) {
            self.identity.admissions.set(name.as_str(), counting);
        }
    }

    /// Makes drafts of what was asked for; the engine says whether they are signed.
    fn draft_certificates(&mut self) {
        while let Some((device, request)) = self.fleet.take_request() {
            let Some(name) = self.fleet.name_of(device) else { continue };
            let life = self.identity.certificate_life;
            match self.identity.authority.draft(request.bytes(), name.as_str(), life, (self.around.clock)().wall) {
                Ok(draft) => {
                    self.fleet.report(device, DeviceReport::CertificateWanted(draft.certificate));
                    self.drafts.insert(device, draft);
                }
                Err(error) => {
                    tracing::warn!(device = %name, %error, "the device's request for a certificate was refused")
                }
            }
        }
    }

    fn issue(&mut self, device: DeviceId, serial: CertificateSerial) {
        let draft = self.drafts.remove(&device).filter(|draft| draft.certificate.serial == serial);
        let Some(draft) = draft else {
            tracing::warn!(%device, "the device has asked for another certificate meanwhile; it gets that one");
            return;
        };
        let signed = self.identity.authority.issue(&draft).map_err(|error| error.to_string());
        match signed.and_then(|der| Der::new(&der).map_err(|error| error.to_string())) {
            Ok(certificate) => self.fleet.give_certificate(device, certificate),
            Err(error) => tracing::error!(%device, %error, "the device's certificate was not made; it asks again"),
        }
    }

    fn arrived(&mut self, arrival: Arrival) {
        let (name, report) = match arrival {
            Arrival::Shown { device, serial } => (device, DeviceReport::CertificateShown(serial)),
            Arrival::Refused { device: Some(device), trouble } => (device, DeviceReport::Security(trouble)),
            // Nobody's; whoever keeps the door has counted it.
            Arrival::Refused { device: None, trouble: _ } => return,
        };
        let device = mqtt::DeviceId::parse(&name).ok().and_then(|name| self.fleet.device_named(&name));
        if let Some(device) = device {
            self.fleet.report(device, report);
        }
    }

    /// Hands over what is to be said; true when something is left for later.
    fn publish(&mut self) -> bool {
        let mut has_room = true;
        loop {
            has_room &= self.unsent.load(Ordering::Relaxed) < BULK_LIMIT_MESSAGES;
            let next = if has_room { self.fleet.next_message() } else { self.fleet.next_urgent_message() };
            let Some(message) = next else { return self.fleet.has_message() };
            if !self.hand_over(&message) {
                has_room = false;
                self.fleet.unsent(message);
            }
        }
    }

    fn hand_over(&self, message: &Message) -> bool {
        let options = PublishOptions::at_least_once().properties(PublishProperties {
            message_expiry_interval: Some(message.expiry_seconds),
            ..PublishProperties::default()
        });
        let payload = Bytes::from(message.payload.clone());
        let is_taken = self.client.try_publish(message.topic.clone(), payload, options).is_ok();
        self.count(is_taken)
    }

    fn count(&self, is_taken: bool) -> bool {
        if is_taken {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        }
        is_taken
    }

    /// One message that nobody waits for. Where the client takes no more, it goes: the next state of the same thing follows,
    /// and after a reconnect everything is said again.
    fn publish_for_others(&mut self, publication: Publication) {
        let Publication { topic, payload, is_retained } = publication;
        let options = PublishOptions::at_least_once().retain(is_retained);
        let is_taken = self.client.try_publish(topic, Bytes::from(payload), options).is_ok();
        if !self.count(is_taken)
            && let Some(spout) = &self.spout
        {
            spout.say_all_again();
        }
    }

    /// We are there; whatever was published before may be gone with a broker that keeps nothing.
    fn announce(&mut self) {
        let Some(spout) = &self.spout else { return };
        spout.say_all_again();
        let (topic, payload) = availability(self.fleet.site(), Availability::Online);
        self.publish_for_others(Publication { topic, payload, is_retained: true });
    }

    /// Says that the daemon was stopped, where that is of interest, and goes without waking the last will.
    async fn farewell(self) {
        if self.spout.is_some() && self.is_connected {
            let (topic, payload) = availability(self.fleet.site(), Availability::Stopped);
            let options = PublishOptions::at_least_once().retain(true);
            // A broker that takes no farewell says for us that we are gone.
            if let Ok(said) = self.client.try_publish_tracked(topic, Bytes::from(payload), options) {
                let limit = Duration::from_millis(FAREWELL_LIMIT_MILLIS);
                drop(tokio::time::timeout(limit, said.wait_completion_async()).await);
            }
        }
        if let Err(error) = self.client.try_disconnect() {
            tracing::debug!(%error, "the connection to the MQTT broker ends without a farewell");
        }
    }

    fn now(&self) -> Now {
        (self.around.clock)()
    }
}

async fn next_publication(spout: &mut Option<Spout>) -> Option<Publication> {
    match spout {
        Some(spout) => spout.next().await,
        None => pending().await,
    }
}

async fn rest(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}
