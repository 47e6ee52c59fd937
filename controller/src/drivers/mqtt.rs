//! The MQTT side of the daemon: one connection to the broker for all enrolled devices.
//!
//! Two tasks share the work, because a client that stops reading is taken for dead: `listen` keeps the connection and
//! passes on what comes; `serve` owns the sessions (`fleet`), hands reports to the engine and publishes what it wants said.
//! When the engine is slow, messages wait between the two and then at the broker; none is dropped.
//!
//! Decides when the broker counts as lost. It does not decide what a message means (`fleet`, `rackward_protocol::mqtt`).

mod fleet;
mod pace;

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use rackward_core::Now;
use rackward_core::id::DeviceId;
use rackward_protocol::mqtt::MAX_MESSAGE_BYTES;
use rumqttc::{
    AsyncClient, Broker, ConnectionError, Event, EventLoop, MqttOptions, NetworkOptions, Packet, Publish,
    PublishOptions, PublishProperties, QoS, SubscribeReasonCode,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::broker::Reached;
use super::order::Order;
use super::{DriverError, MqttSettings, Surroundings};
pub use fleet::{Fleet, Message};

/// Messages that wait for the engine inside the daemon; the rest waits at the broker.
const HEARD_LIMIT_MESSAGES: usize = 64;
/// Messages handed to the client library and not yet sent. One for each device of a large hall fits.
const SAYING_LIMIT_MESSAGES: usize = 256;
/// Messages sent and not yet confirmed by the broker.
const UNCONFIRMED_LIMIT_MESSAGES: u16 = 64;
/// After half as long again without a word the broker tells the devices' side that we are gone, and we notice that it is.
const KEEP_ALIVE_SECS: u16 = 15;
const CONNECT_LIMIT_SECS: u64 = 5;
/// Largest packet taken from the broker, which is told so and keeps larger ones to itself.
const PACKET_LIMIT_BYTES: u32 = 4 * MAX_MESSAGE_BYTES as u32;
/// First and longest wait before the broker is tried again. Devices are offline meanwhile, so the longest is short.
const RECONNECT_FIRST_MILLIS: u64 = 250;
const RECONNECT_LONGEST_MILLIS: u64 = 4_000;
/// When the client takes no more, questions are put again after this long.
const RETRY_MILLIS: u64 = 50;

/// The client, ready to start.
pub(super) struct Client {
    fleet: Fleet,
    client: AsyncClient,
    connection: EventLoop,
    around: Surroundings,
}

/// What comes from the broker.
enum Heard {
    Connected,
    Lost,
    Message { topic: Bytes, retained: bool, payload: Bytes },
}

/// What woke the serving task.
enum Woken {
    Heard(Option<Heard>),
    Order(Option<Order>),
    Room,
    Deadline,
    Shutdown,
}

/// Checks the settings and sets the client up; nothing is connected yet.
pub(super) fn prepare(settings: MqttSettings, broker: Reached, around: &Surroundings) -> Result<Client, DriverError> {
    let fleet = Fleet::new(settings, (around.clock)().wall, around.card_key.clone())?;
    let mut network = NetworkOptions::new();
    // Without it, a small message waits up to 40 ms for company.
    network.set_tcp_nodelay(true);
    let mut options = MqttOptions::new(broker.client_id, Broker::tcp(broker.host, broker.port));
    options
        .set_credentials(broker.username, broker.password.as_bytes().to_vec())
        .set_keep_alive(KEEP_ALIVE_SECS)
        .set_clean_start(true)
        .set_connect_timeout(Duration::from_secs(CONNECT_LIMIT_SECS))
        .set_outgoing_inflight_upper_limit(UNCONFIRMED_LIMIT_MESSAGES)
        .set_max_packet_size(Some(PACKET_LIMIT_BYTES))
        .set_network_options(network);
    let (client, connection) = AsyncClient::builder(options)
        .capacity(SAYING_LIMIT_MESSAGES)
        .try_build()
        .map_err(|error| DriverError::Client { why: error.to_string() })?;
    Ok(Client { fleet, client, connection, around: around.clone() })
}

impl Client {
    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.fleet.devices()
    }

    /// Starts both tasks; they end on shutdown, or when nobody can give orders any more.
    pub(super) fn start(self, orders: mpsc::Receiver<Order>, tasks: &TaskTracker) {
        let (tell, heard) = mpsc::channel(HEARD_LIMIT_MESSAGES);
        let ear = Ear {
            filter: self.fleet.filter(),
            client: self.client.clone(),
            tell,
            wait: Duration::from_millis(RECONNECT_FIRST_MILLIS),
        };
        let around = self.around.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = around.shutdown.cancelled() => {}
                () = ear.listen(self.connection) => {}
            }
        });
        tasks.spawn(Server { fleet: self.fleet, client: self.client, around: self.around }.serve(heard, orders));
    }
}

/// Keeps the connection.
struct Ear {
    filter: String,
    client: AsyncClient,
    tell: mpsc::Sender<Heard>,
    wait: Duration,
}

impl Ear {
    /// Ends when nobody listens to it any more.
    async fn listen(mut self, mut connection: EventLoop) {
        loop {
            let told = match connection.poll().await {
                Ok(Event::Incoming(packet)) => self.take(packet).await,
                Ok(Event::Outgoing(_) | Event::Auth(_)) => Ok(()),
                Err(ConnectionError::RequestsDone) => return,
                Err(error) => self.lost(&error).await,
            };
            if told.is_err() {
                return;
            }
        }
    }

    async fn take(&mut self, packet: Packet) -> Result<(), mpsc::error::SendError<Heard>> {
        match packet {
            Packet::ConnAck(_) => {
                tracing::info!("connected to the MQTT broker");
                self.wait = Duration::from_millis(RECONNECT_FIRST_MILLIS);
                if let Err(error) = self.client.try_subscribe(self.filter.clone(), QoS::AtLeastOnce) {
                    tracing::error!(%error, "cannot ask the MQTT broker for the devices' messages");
                }
                Ok(())
            }
            // Only now does the broker pass on what devices answer.
            Packet::SubAck(ack) if ack.return_codes.iter().all(is_granted) => self.tell.send(Heard::Connected).await,
            Packet::SubAck(_) => {
                tracing::error!(
                    filter = %self.filter,
                    "the MQTT broker does not let the daemon hear its devices; grant its user read access to the filter"
                );
                self.tell.send(Heard::Lost).await
            }
            Packet::Publish(Publish { topic, retain: retained, payload, .. }) => {
                self.tell.send(Heard::Message { topic, retained, payload }).await
            }
            _ => Ok(()),
        }
    }

    async fn lost(&mut self, error: &ConnectionError) -> Result<(), mpsc::error::SendError<Heard>> {
        tracing::warn!(%error, wait = ?self.wait, "no connection to the MQTT broker; its devices are offline until there is");
        self.tell.send(Heard::Lost).await?;
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(Duration::from_millis(RECONNECT_LONGEST_MILLIS));
        Ok(())
    }
}

fn is_granted(code: &SubscribeReasonCode) -> bool {
    matches!(code, SubscribeReasonCode::Success(_))
}

/// Owns the sessions.
struct Server {
    fleet: Fleet,
    client: AsyncClient,
    around: Surroundings,
}

impl Server {
    async fn serve(mut self, mut heard: mpsc::Receiver<Heard>, mut orders: mpsc::Receiver<Order>) {
        loop {
            let is_full = self.publish();
            match self.wait(&mut heard, &mut orders, is_full).await {
                Woken::Heard(Some(heard)) => self.hear(heard),
                Woken::Order(Some(order)) => self.fleet.order(self.now(), order),
                Woken::Room | Woken::Deadline => {}
                Woken::Heard(None) | Woken::Order(None) | Woken::Shutdown => return,
            }
            self.fleet.handle_timeout(self.now().monotonic);
        }
    }

    /// Waits for whatever comes next. While a report waits for the engine, nothing more is taken from the broker.
    async fn wait(
        &mut self,
        heard: &mut mpsc::Receiver<Heard>,
        orders: &mut mpsc::Receiver<Order>,
        is_full: bool,
    ) -> Woken {
        let has_report = self.fleet.has_report();
        let retry = is_full.then(|| Duration::from_millis(RETRY_MILLIS));
        let due = self.fleet.next_deadline().map(|at| at.since(self.now().monotonic));
        let pause = [retry, due].into_iter().flatten().min();
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
            heard = heard.recv(), if !has_report => Woken::Heard(heard),
            () = rest(pause) => Woken::Deadline,
        }
    }

    fn hear(&mut self, heard: Heard) {
        let now = self.now();
        match heard {
            Heard::Connected => self.fleet.connected(),
            Heard::Lost => self.fleet.lost(),
            Heard::Message { topic, retained, payload } => {
                let topic = std::str::from_utf8(&topic).unwrap_or_default();
                self.fleet.heard(now.monotonic, topic, retained, &payload);
            }
        }
    }

    /// Hands over what is to be said; true when the client takes no more and something is left for later.
    fn publish(&mut self) -> bool {
        while let Some(message) = self.fleet.next_message() {
            let options = PublishOptions::at_least_once().properties(PublishProperties {
                message_expiry_interval: Some(message.expiry_seconds),
                ..PublishProperties::default()
            });
            let payload = Bytes::from(message.payload.clone());
            if self.client.try_publish(message.topic.clone(), payload, options).is_err() {
                return self.unsent(message);
            }
        }
        false
    }

    fn unsent(&mut self, message: Message) -> bool {
        tracing::warn!("the MQTT broker takes messages too slowly; a message to a device was not sent");
        self.fleet.unsent(message)
    }

    fn now(&self) -> Now {
        (self.around.clock)()
    }
}

async fn rest(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}
