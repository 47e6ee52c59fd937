//! The MQTT side of the daemon: one connection to the broker for all enrolled devices.
//!
//! Two tasks share the work, because a client that stops reading is taken for dead: `ear` keeps the connection and passes on
//! what comes; `server` owns the sessions (`fleet`), hands reports to the engine and publishes what it wants said. When the
//! engine is slow, messages wait between the two and then at the broker; none is dropped.
//!
//! Decides how the connection is made. It does not decide what a message means (`fleet`, `rackward_protocol::mqtt`), nor who
//! may connect (`broker`, `admissions`).

mod ear;
mod fleet;
mod pace;
mod server;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use rackward_core::id::DeviceId;
use rackward_protocol::mqtt::MAX_MESSAGE_BYTES;
use rumqttc::{AsyncClient, Broker, EventLoop, LastWill, LastWillProperties, MqttOptions, NetworkOptions, QoS};
use rustls::pki_types::ServerName;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsConnector;
use tokio_util::task::TaskTracker;

use super::broker::Reached;
use super::order::Order;
use super::publications::{self, Outlet};
use super::{DriverError, MqttIdentity, MqttSettings, Publications, Surroundings};
use ear::Ear;
pub use fleet::{Fleet, Message};
use server::Server;

/// Messages that wait for the engine inside the daemon; the rest waits at the broker.
const HEARD_LIMIT_MESSAGES: usize = 64;
/// Messages handed to the client library and not yet sent. What can wait uses half of them at most, so that a command always
/// finds room.
const SAYING_LIMIT_MESSAGES: usize = 256;
/// Messages sent and not yet confirmed by the broker.
const UNCONFIRMED_LIMIT_MESSAGES: u16 = 64;
/// After half as long again without a word the broker tells the devices' side that we are gone, and we notice that it is.
const KEEP_ALIVE_SECS: u16 = 15;
const CONNECT_LIMIT_SECS: u64 = 5;
/// Largest packet taken from the broker, which is told so and keeps larger ones to itself.
const PACKET_LIMIT_BYTES: u32 = 4 * MAX_MESSAGE_BYTES as u32;

/// The client, ready to start.
pub(super) struct Client {
    fleet: Fleet,
    client: AsyncClient,
    connection: EventLoop,
    identity: MqttIdentity,
    publications: Publications,
    link: watch::Sender<bool>,
    around: Surroundings,
}

/// Checks the settings and sets the client up; nothing is connected yet.
pub(super) fn prepare(settings: MqttSettings, broker: Reached, around: &Surroundings) -> Result<Client, DriverError> {
    let fleet = Fleet::new(&settings, (around.clock)().wall, around.card_key.clone())?;
    let MqttSettings { site, identity, publications, .. } = settings;
    let (client, connection) = AsyncClient::builder(options(&site, publications, broker)?)
        .capacity(SAYING_LIMIT_MESSAGES)
        .try_build()
        .map_err(|error| DriverError::Client { why: error.to_string() })?;
    let link = watch::Sender::new(false);
    Ok(Client { fleet, client, connection, identity, publications, link, around: around.clone() })
}

fn options(site: &str, publications: Publications, broker: Reached) -> Result<MqttOptions, DriverError> {
    let mut network = NetworkOptions::new();
    // Without it, a small message waits up to 40 ms for company.
    network.set_tcp_nodelay(true);
    let mut options = MqttOptions::new(broker.client_id, Broker::tcp(broker.host.clone(), broker.port));
    options
        .set_keep_alive(KEEP_ALIVE_SECS)
        .set_clean_start(true)
        .set_connect_timeout(Duration::from_secs(CONNECT_LIMIT_SECS))
        .set_outgoing_inflight_upper_limit(UNCONFIRMED_LIMIT_MESSAGES)
        .set_max_packet_size(Some(PACKET_LIMIT_BYTES))
        .set_network_options(network);
    if let Some((username, password)) = broker.login {
        options.set_credentials(username, password.as_bytes().to_vec());
    }
    if let Some(tls) = broker.tls {
        speak_tls(&mut options, broker.host, TlsConnector::from(tls))?;
    }
    match publications {
        Publications::None => {}
        Publications::Published | Publications::HomeAssistant => {
            options.set_last_will(last_will(site));
        }
    }
    Ok(options)
}

/// The library's own TLS is left out, because it would bring a second set of cryptography: the socket it gets is ours.
pub(super) fn speak_tls(options: &mut MqttOptions, host: String, tls: TlsConnector) -> Result<(), DriverError> {
    let unusable = |_| DriverError::Client { why: format!("\"{host}\" is no name that a certificate can hold") };
    let name = ServerName::try_from(host.clone()).map_err(unusable)?;
    options.set_socket_connector(move |address, network| {
        let (tls, name) = (tls.clone(), name.clone());
        async move {
            let socket = rumqttc::default_socket_connect(address, network).await?;
            tls.connect(name, socket).await
        }
    });
    Ok(())
}

/// What the broker says for us when we are gone without a word.
fn last_will(site: &str) -> LastWill {
    let (topic, payload) = publications::availability(site, publications::Availability::Offline);
    LastWill::new(topic, payload, QoS::AtLeastOnce, true, None::<LastWillProperties>)
}

impl Client {
    pub(super) fn devices(&self) -> impl ExactSizeIterator<Item = DeviceId> + '_ {
        self.fleet.devices()
    }

    /// Whether there is a connection over which devices are heard.
    pub(super) fn link(&self) -> watch::Receiver<bool> {
        self.link.subscribe()
    }

    /// Starts both tasks; they end on shutdown, or when nobody can give orders any more. Gives the outlet for publications,
    /// where the site wants any.
    pub(super) fn start(self, orders: mpsc::Receiver<Order>, tasks: &TaskTracker) -> Option<Outlet> {
        let (tell, heard) = mpsc::channel(HEARD_LIMIT_MESSAGES);
        let unsent = Arc::new(AtomicUsize::new(0));
        let ear = Ear::new(&self.fleet, self.client.clone(), tell, Arc::clone(&unsent), self.publications, self.link);
        tasks.spawn(ear.listen_until(self.connection, self.around.shutdown.clone()));
        let (outlet, spout) = match self.publications {
            Publications::None => (None, None),
            Publications::Published | Publications::HomeAssistant => {
                let (outlet, spout) = publications::outlet();
                (Some(outlet), Some(spout))
            }
        };
        let server = Server::new(self.fleet, self.client, self.identity, spout, unsent, self.around);
        tasks.spawn(server.serve(heard, orders));
        outlet
    }
}
