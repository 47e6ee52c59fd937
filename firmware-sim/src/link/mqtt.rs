//! One device's connection to the broker, MQTT 5: client id and user are the device's name.
//!
//! It connects when told, with the will it was given, and never by itself: every connection needs a will of its own, which
//! only `wiring` can write.

use std::time::Duration;

use rackward_protocol::mqtt::{DeviceId, DownLeaf, Leaf, SiteId, Topic, UpLeaf};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{LastWill, Packet};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, PublishOptions};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::LinkError;
use crate::config::{MqttConfig, Secret};
use crate::wiring::mqtt::Step;

/// Steps that wait for the connection, and requests that wait for the socket. More than a device says in minutes.
pub(crate) const STEP_LIMIT_STEPS: usize = 128;
/// Messages sent and not yet confirmed by the broker. The library keeps room for all of them from the start: at the
/// protocol's own bound of 65,535 each simulated device would take 16 MB.
const UNCONFIRMED_LIMIT_MESSAGES: u16 = 32;
/// Seconds after which the broker takes a silent device for gone.
const KEEP_ALIVE_SECS: u16 = 5;
/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What came of the connection; the number is the client's place among the simulation's clients.
#[derive(Debug)]
pub(crate) struct FromBroker {
    pub(crate) client: usize,
    pub(crate) news: News,
}

/// News of one connection.
#[derive(Debug)]
pub(crate) enum News {
    Connected,
    Lost,
    Message { leaf: DownLeaf, retained: bool, payload: Vec<u8> },
}

/// Who connects, and whereto.
#[derive(Debug)]
pub(crate) struct Account {
    broker: (String, u16),
    site: SiteId,
    device: DeviceId,
    password: Secret,
}

impl Account {
    pub(crate) fn new(config: &MqttConfig, device: &str, password: &Secret) -> Result<Self, LinkError> {
        Ok(Self {
            broker: (config.host.clone(), config.port),
            site: SiteId::parse(&config.site)?,
            device: DeviceId::parse(device)?,
            password: password.clone(),
        })
    }

    fn topic(&self, leaf: UpLeaf) -> String {
        Topic::new(&self.site, &self.device, Leaf::Up(leaf)).to_string()
    }

    fn options(&self, will: Vec<u8>) -> MqttOptions {
        let mut options = MqttOptions::new(self.device.as_str(), (self.broker.0.as_str(), self.broker.1));
        options.set_credentials(self.device.as_str(), self.password.expose().to_owned());
        options.set_keep_alive(KEEP_ALIVE_SECS);
        options.set_clean_start(true);
        options.set_connect_timeout(CONNECT_LIMIT);
        options.set_outgoing_inflight_upper_limit(UNCONFIRMED_LIMIT_MESSAGES);
        // A card must not wait for more bytes to fill a packet.
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        let leaf = UpLeaf::Gone;
        options.set_last_will(LastWill::new(self.topic(leaf), will, QoS::AtLeastOnce, leaf.retained(), None));
        options
    }
}

/// Starts the task of one device; it does nothing until the first [`Step::Connect`].
pub(crate) fn start(
    tasks: &mut JoinSet<()>,
    client: usize,
    account: Account,
    news: mpsc::Sender<FromBroker>,
) -> mpsc::Sender<Step> {
    let (to_link, from_hub) = mpsc::channel(STEP_LIMIT_STEPS);
    tasks.spawn(serve(client, account, news, from_hub));
    to_link
}

async fn serve(client: usize, account: Account, news: mpsc::Sender<FromBroker>, mut from_hub: mpsc::Receiver<Step>) {
    // At most one connection; dropping it from the set drops the socket without a word, so that the will speaks.
    let mut connection: Option<(AsyncClient, JoinSet<()>)> = None;
    while let Some(step) = from_hub.recv().await {
        match step {
            Step::Connect { will } => {
                let (requests, events) = AsyncClient::builder(account.options(will)).capacity(STEP_LIMIT_STEPS).build();
                let filter = Topic::all_down(&account.site, &account.device);
                let mut pump_task = JoinSet::new();
                pump_task.spawn(pump(client, events, requests.clone(), filter, news.clone()));
                connection = Some((requests, pump_task));
            }
            Step::Publish { leaf, payload } => {
                let options = PublishOptions::new(QoS::AtLeastOnce).retain(leaf.retained());
                let sent = connection
                    .as_ref()
                    .map(|(requests, _)| requests.try_publish(account.topic(leaf), payload, options));
                if sent.is_some_and(|sent| sent.is_err()) {
                    // A connection that takes nothing any more is as good as lost; a new one begins with birth and state.
                    connection = None;
                    _ = news.send(FromBroker { client, news: News::Lost }).await;
                }
            }
            Step::Cut => connection = None,
        }
    }
}

/// Runs one connection until it ends, and tells what it brings.
async fn pump(
    client: usize,
    mut events: EventLoop,
    requests: AsyncClient,
    filter: String,
    news: mpsc::Sender<FromBroker>,
) {
    loop {
        let told = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                if requests.try_subscribe(filter.clone(), QoS::AtLeastOnce).is_ok() { None } else { Some(News::Lost) }
            }
            // Only with the subscription in place can a command follow the birth at once.
            Ok(Event::Incoming(Packet::SubAck(_))) => Some(News::Connected),
            Ok(Event::Incoming(Packet::Publish(publish))) => message(&publish),
            Ok(Event::Incoming(Packet::Disconnect(_))) => Some(News::Lost),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(client, %error, "the broker connection ended");
                Some(News::Lost)
            }
        };
        let Some(told) = told else { continue };
        let ended = matches!(told, News::Lost);
        if news.send(FromBroker { client, news: told }).await.is_err() || ended {
            return;
        }
    }
}

fn message(publish: &rumqttc::mqttbytes::v5::Publish) -> Option<News> {
    let topic = Topic::parse(std::str::from_utf8(&publish.topic).ok()?).ok()?;
    match topic.leaf {
        Leaf::Down(leaf) => Some(News::Message { leaf, retained: publish.retain, payload: publish.payload.to_vec() }),
        Leaf::Up(_) => None,
    }
}
