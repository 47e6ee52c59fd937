//! One handle of the fleet: its connection, its session, its rights, in one task.
//!
//! Decided here: what it says at a connect and what it answers. It keeps as little as it can: one connection at a time, small
//! queues, and nothing of a door.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rackward_protocol::mqtt::{
    Birth, Boot, BootCause, CardRead, Command, CommandId, CommandKind, DeviceId, DeviceSession, DownLeaf, Event, Leaf,
    Outcome, Reading, Received, RightsOutcome, RightsReport, SelfTest, State, Topic, UnixMillis, UpBody, UpLeaf,
};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{LastWill, Packet};
use rumqttc::{AsyncClient, Event as Polled, EventLoop, IncomingPacketSizeLimit, MqttOptions, PublishOptions};
use rustls::ClientConfig;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Common, Recruit, Slot};
use crate::firmware::HandleModel;
use crate::link::LinkError;
use crate::link::mqtt::{News, PACKET_LIMIT_BYTES, connect_over_tls, message, network, subscribe};
use crate::wiring::mqtt::Standalone;

/// Requests that wait for the socket: birth, state, rights, and a few answers.
const REQUEST_LIMIT_REQUESTS: usize = 24;
/// Messages sent and not yet confirmed by the broker.
const UNCONFIRMED_LIMIT_MESSAGES: u16 = 8;
/// Seconds after which the broker takes a silent device for gone. The heartbeat comes sooner and says more.
const KEEP_ALIVE_SECS: u16 = 75;
/// How long a connection may take to be made once it is its turn.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long after a lost connection the first handle tries again.
const RETRY: Duration = Duration::from_millis(200);
/// Over how many milliseconds the others follow, so that a restarted broker does not see all in one instant.
const RETRY_SPREAD_MS: u64 = 1_000;

pub(super) struct Handle {
    common: Arc<Common>,
    at: usize,
    device: DeviceId,
    tls: Arc<ClientConfig>,
    session: DeviceSession,
    standalone: Standalone,
}

impl Handle {
    pub(super) fn new(common: Arc<Common>, at: usize, recruit: Recruit) -> Result<Self, LinkError> {
        let Recruit { device, identity } = recruit;
        let tls = common.tls.client(&identity.certified)?;
        let mut standalone = Standalone::new(device.clone(), HandleModel::Full.capabilities().rights_cards);
        standalone.equip(identity.site_keys(&common.options.site));
        // A system without random numbers makes no TLS connection either, so this boot is never heard of then.
        let session = DeviceSession::new(Boot(getrandom::u64().unwrap_or_default()));
        Ok(Self { common, at, device, tls, session, standalone })
    }

    pub(super) async fn live(mut self, mut cards: mpsc::Receiver<CardRead>) {
        loop {
            self.connect(&mut cards).await;
            if let Some(slot) = self.slot() {
                slot.connected.store(false, Ordering::Relaxed);
            }
            let spread = u64::try_from(self.at).unwrap_or(0).wrapping_mul(7_919) % RETRY_SPREAD_MS;
            tokio::time::sleep(RETRY + Duration::from_millis(spread)).await;
        }
    }

    fn slot(&self) -> Option<&Slot> {
        self.common.slots.get(self.at)
    }

    fn count(&self, pick: fn(&Slot) -> &AtomicU64) {
        if let Some(slot) = self.slot() {
            pick(slot).fetch_add(1, Ordering::Relaxed);
        }
    }

    fn note(&self, pick: fn(&Slot) -> &AtomicU64) {
        let micros = u64::try_from(self.common.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Some(slot) = self.slot() {
            pick(slot).store(micros.max(1), Ordering::Release);
        }
    }

    /// One connection, from the handshake to its end.
    async fn connect(&mut self, cards: &mut mpsc::Receiver<CardRead>) {
        let common = self.common.clone();
        let Some(will) = self.session.will(wall()).and_then(|will| will.encode().ok()) else { return };
        let Ok(permit) = common.gate.acquire().await else { return };
        let (requests, mut events) = AsyncClient::builder(self.options(will)).capacity(REQUEST_LIMIT_REQUESTS).build();
        let mut permit = Some(permit);
        let mut beat_at = Instant::now() + self.common.options.heartbeat;
        loop {
            let Some(packet) = self.next_packet(&mut events, &requests, cards, &mut beat_at).await else { return };
            match packet {
                Packet::ConnAck(_) if self.subscribe(&requests).is_err() => return,
                Packet::ConnAck(_) => permit = None,
                Packet::SubAck(_) => {
                    drop(permit.take());
                    self.born(&requests);
                }
                Packet::Publish(publish) => {
                    if let Some(News::Message { leaf, retained, payload }) = message(&publish) {
                        self.receive(&requests, leaf, retained, &payload);
                    }
                }
                Packet::Disconnect(_) => return,
                _ => {}
            }
        }
    }

    fn subscribe(&self, requests: &AsyncClient) -> Result<(), rumqttc::ClientError> {
        subscribe(requests, &Topic::downs(&self.common.options.site, &self.device))
    }

    /// The next packet; meanwhile cards and heartbeats go out. The poll goes on where it was, as it must not be broken off.
    async fn next_packet(
        &mut self,
        events: &mut EventLoop,
        requests: &AsyncClient,
        cards: &mut mpsc::Receiver<CardRead>,
        beat_at: &mut Instant,
    ) -> Option<Packet> {
        let poll = events.poll();
        tokio::pin!(poll);
        loop {
            tokio::select! {
                polled = &mut poll => return match polled {
                    Ok(Polled::Incoming(packet)) => Some(packet),
                    Ok(_) => Some(Packet::PingReq),
                    Err(error) => {
                        tracing::debug!(at = self.at, %error, "a connection of the fleet ended");
                        None
                    }
                },
                Some(card) = cards.recv() => {
                    self.count(|slot| &slot.cards);
                    self.publish(requests, UpBody::Event(Event::Card(card)));
                }
                () = tokio::time::sleep_until(*beat_at) => {
                    self.publish(requests, UpBody::State(state()));
                    *beat_at = Instant::now() + self.common.options.heartbeat;
                }
            }
        }
    }

    fn options(&self, will: Vec<u8>) -> MqttOptions {
        let to = &self.common.options;
        let mut options = MqttOptions::new(self.device.as_str(), (to.host.as_str(), to.port));
        connect_over_tls(&mut options, self.tls.clone(), (&to.host, to.port));
        options.set_keep_alive(KEEP_ALIVE_SECS);
        options.set_clean_start(true);
        options.set_connect_timeout(CONNECT_LIMIT);
        options.set_incoming_packet_size_limit(IncomingPacketSizeLimit::Bytes(PACKET_LIMIT_BYTES));
        options.set_outgoing_inflight_upper_limit(UNCONFIRMED_LIMIT_MESSAGES);
        options.set_network_options(network());
        let leaf = UpLeaf::Gone;
        options.set_last_will(LastWill::new(self.topic(leaf), will, QoS::AtLeastOnce, leaf.retained(), None));
        options
    }

    fn topic(&self, leaf: UpLeaf) -> String {
        Topic::new(&self.common.options.site, &self.device, Leaf::Up(leaf)).to_string()
    }

    fn born(&mut self, requests: &AsyncClient) {
        let model = HandleModel::Full;
        let birth = Birth {
            model: model.name().into(),
            serial: format!("FLEET-{:05}", self.at + 1),
            firmware: env!("CARGO_PKG_VERSION").into(),
            self_test: SelfTest::PASSED,
            cause: BootCause::PowerOn,
            capabilities: model.capabilities(),
            legend: model.legend(),
            heartbeat_secs: u16::try_from(self.common.options.heartbeat.as_secs()).unwrap_or(u16::MAX),
            held: self.standalone.held(),
        };
        self.publish(requests, UpBody::Birth(birth));
        self.publish(requests, UpBody::State(state()));
        self.publish(requests, UpBody::Rights(self.standalone.report()));
        self.count(|slot| &slot.connects);
        if let Some(slot) = self.slot() {
            slot.connected.store(true, Ordering::Relaxed);
        }
    }

    fn receive(&mut self, requests: &AsyncClient, leaf: DownLeaf, retained: bool, payload: &[u8]) {
        match self.session.receive(wall(), leaf, retained, payload) {
            Received::Execute(command) => self.execute(requests, command),
            Received::Answer(ack) => self.publish(requests, UpBody::Ack(ack)),
            Received::Rights(list) => {
                let report = self.standalone.put(wall(), list);
                self.note_list(&report);
                self.publish(requests, UpBody::Rights(report));
            }
            Received::Show(_) => {
                self.count(|slot| &slot.orders);
                self.note(|slot| &slot.shown_at);
            }
            Received::Certificate(_) | Received::Pending | Received::Stale | Received::Malformed(_) => {}
        }
    }

    fn note_list(&self, report: &RightsReport) {
        let (RightsOutcome::Applied, Some(held), Some(slot)) = (report.outcome, report.held, self.slot()) else {
            self.count(|slot| &slot.refused_lists);
            return;
        };
        slot.list_number.store(held.number.0, Ordering::Relaxed);
        slot.list_generation.store(held.generation, Ordering::Relaxed);
        self.count(|slot| &slot.lists);
        self.note(|slot| &slot.list_at);
    }

    fn execute(&mut self, requests: &AsyncClient, command: Command) {
        let outcome = match command.kind {
            CommandKind::Release { .. } => {
                self.count(|slot| &slot.releases);
                self.note(|slot| &slot.released_at);
                Outcome::Done
            }
            CommandKind::Relock => Outcome::Done,
            CommandKind::ReadState => {
                self.publish(requests, UpBody::State(state()));
                self.publish(requests, UpBody::Rights(self.standalone.report()));
                Outcome::Done
            }
            CommandKind::DecideOnline => {
                let report = self.standalone.forget();
                self.publish(requests, UpBody::Rights(report));
                Outcome::Done
            }
            CommandKind::Canary { card } => self.standalone.canary(wall(), &card),
            CommandKind::NoteLog { through } => {
                self.standalone.noted(through);
                Outcome::Done
            }
        };
        self.count(|slot| &slot.orders);
        self.answer(requests, command.id, outcome);
    }

    fn answer(&mut self, requests: &AsyncClient, command: CommandId, outcome: Outcome) {
        let ack = self.session.completed(wall(), command, outcome);
        self.publish(requests, UpBody::Ack(ack));
    }

    fn publish(&mut self, requests: &AsyncClient, body: UpBody) {
        let leaf = body.leaf();
        let Some(payload) = self.session.stamp(wall(), body).and_then(|up| up.encode().ok()) else { return };
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(leaf.retained());
        // A queue that is full shows at the daemon as messages lost, which is what is counted there.
        if requests.try_publish(self.topic(leaf), payload, options).is_ok() {
            self.count(|slot| &slot.said);
        }
    }
}

/// A door that is closed, seated and locked, and stays so.
fn state() -> State {
    let yes = Reading::Yes;
    State {
        closed: yes,
        locked: yes,
        handle_home: yes,
        latched: Some(yes),
        key_turned: Reading::No,
        tampered: Reading::No,
        supply_mv: Some(24_000),
        temperature_c10: Some(240),
        humidity_percent: Some(45),
        slide_locked: Some(yes),
        ..State::default()
    }
}

fn wall() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(0))
}
