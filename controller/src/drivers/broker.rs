//! Which broker carries the messages of the MQTT devices, and how the daemon signs in to it.
//!
//! Decides between ours (`embedded`, a cargo feature) and somebody else's. What goes over it is `mqtt`'s.

#[cfg(feature = "embedded-broker")]
mod embedded;

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::{BrokerSettings, DriverError, MqttSettings};

/// A broker that can be connected to, and as whom.
pub(super) struct Reached {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) client_id: String,
    pub(super) username: String,
    pub(super) password: Zeroizing<String>,
    /// Where ours listens, if it is ours.
    pub(super) embedded: Option<SocketAddr>,
}

/// Starts the embedded broker, or names the external one.
pub(super) async fn reach(
    settings: &MqttSettings,
    shutdown: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Reached, DriverError> {
    match &settings.broker {
        BrokerSettings::External { host, port, username, password } => Ok(Reached {
            host: host.clone(),
            port: *port,
            client_id: daemon_id(&settings.site),
            username: username.clone(),
            password: password.clone(),
            embedded: None,
        }),
        BrokerSettings::Embedded { listen } if !listen.ip().is_loopback() => {
            Err(DriverError::NotLoopback { listen: *listen })
        }
        BrokerSettings::Embedded { listen } => embed(*listen, settings, shutdown, tasks).await,
    }
}

/// The daemon's client id. No device can have it, since no device's name has a dot.
fn daemon_id(site: &str) -> String {
    format!("rackward.{site}")
}

#[cfg(feature = "embedded-broker")]
async fn embed(
    listen: SocketAddr,
    settings: &MqttSettings,
    shutdown: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Reached, DriverError> {
    let client_id = daemon_id(&settings.site);
    let (address, password) = embedded::start(listen, &client_id, settings, shutdown, tasks).await?;
    Ok(Reached {
        host: address.ip().to_string(),
        port: address.port(),
        username: client_id.clone(),
        client_id,
        password,
        embedded: Some(address),
    })
}

#[cfg(not(feature = "embedded-broker"))]
#[expect(clippy::unused_async, reason = "the same signature as with the broker")]
async fn embed(
    _: SocketAddr,
    _: &MqttSettings,
    _: &CancellationToken,
    _: &TaskTracker,
) -> Result<Reached, DriverError> {
    Err(DriverError::NoEmbeddedBroker)
}
