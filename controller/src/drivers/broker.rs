//! Which broker carries the messages of the MQTT devices, how the daemon signs in to it, and where devices enrol.
//!
//! Decides between ours (`embedded`, a cargo feature) and somebody else's. Who is let in at a listener of ours is `front`'s
//! and `verifier`'s, who gets a certificate the engine's (`desk` asks it). What goes over a broker is `mqtt`'s.

mod desk;
#[cfg(feature = "embedded-broker")]
mod embedded;
mod front;
#[cfg(feature = "embedded-broker")]
mod gate;
#[cfg(feature = "embedded-broker")]
mod verifier;

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::{BrokerLogin, BrokerSettings, DriverError, MqttSettings, Surroundings, TlsListener};
use crate::pki::{OwnCertificate, Purpose, client_tls};

/// A broker that can be connected to, and as whom.
pub(super) struct Reached {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) client_id: String,
    /// Name and password; none where a certificate says who the daemon is.
    pub(super) login: Option<(String, Zeroizing<String>)>,
    /// How the connection is encrypted; none on loopback.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// Where our own listener is, if there is one.
    pub(super) listener: Option<SocketAddr>,
}

/// Starts the embedded broker, or names the external one and starts the listener for enrolment.
pub(super) async fn reach(
    settings: &MqttSettings,
    around: &Surroundings,
    tasks: &TaskTracker,
) -> Result<Reached, DriverError> {
    match &settings.broker {
        BrokerSettings::External { host, port, login, enrol } => {
            let listener = match enrol {
                Some(listener) => Some(enrol_only(listener, settings, around, tasks)?),
                None => None,
            };
            external((host, *port), login, listener, settings, around)
        }
        BrokerSettings::Embedded(listener) => embed(listener, settings, around, tasks).await,
    }
}

/// The daemon's client id, and its name in its certificate. No device can have it, since no device's name has a dot.
pub(crate) fn daemon_id(site: &str) -> String {
    format!("rackward.{site}")
}

fn external(
    (host, port): (&str, u16),
    login: &BrokerLogin,
    listener: Option<SocketAddr>,
    settings: &MqttSettings,
    around: &Surroundings,
) -> Result<Reached, DriverError> {
    let client_id = daemon_id(&settings.site);
    let authority = &settings.identity.authority;
    let ours = [authority.certificate_der().to_vec()];
    let trusted = |authorities: &'_ [Vec<u8>]| {
        if authorities.is_empty() { ours.to_vec() } else { authorities.to_vec() }
    };
    let (login, tls) = match login {
        BrokerLogin::Plain(login) => (Some(login), None),
        BrokerLogin::Password { authorities, login } => (Some(login), Some(client_tls(&trusted(authorities), None)?)),
        BrokerLogin::Certificate { authorities } => {
            let purpose = Purpose::Client { name: client_id.clone() };
            let own = Arc::new(OwnCertificate::new(Arc::clone(authority), purpose, around.clock)?);
            (None, Some(client_tls(&trusted(authorities), Some(own))?))
        }
    };
    let login = login.map(|login| (login.username.clone(), login.password.clone()));
    Ok(Reached { host: host.to_owned(), port, client_id, login, tls, listener })
}

/// A listener where devices enrol and do nothing else.
fn enrol_only(
    listener: &TlsListener,
    settings: &MqttSettings,
    around: &Surroundings,
    tasks: &TaskTracker,
) -> Result<SocketAddr, DriverError> {
    let failed = |source| DriverError::Listen { listen: listener.listen, source };
    let bound = front::bind(listener.listen).map_err(failed)?;
    let address = bound.local_addr().map_err(failed)?;
    let desk = Arc::new(desk::Desk::new(settings, around.clock)?);
    let enrol = front::enrolment_tls(listener, &settings.identity.authority, around.clock)?;
    let front = front::Front { enrol, desk, broker: front::NoBroker, shutdown: around.shutdown.clone() };
    let bound = tokio::net::TcpListener::from_std(bound).map_err(failed)?;
    tasks.spawn(front.run(bound, tasks.clone()));
    Ok(address)
}

#[cfg(feature = "embedded-broker")]
async fn embed(
    listener: &TlsListener,
    settings: &MqttSettings,
    around: &Surroundings,
    tasks: &TaskTracker,
) -> Result<Reached, DriverError> {
    let client_id = daemon_id(&settings.site);
    let started = embedded::start(listener, &client_id, settings, around, tasks).await?;
    Ok(Reached {
        host: started.inside.ip().to_string(),
        port: started.inside.port(),
        login: Some((client_id.clone(), started.password)),
        client_id,
        tls: None,
        listener: Some(started.outside),
    })
}

#[cfg(not(feature = "embedded-broker"))]
#[expect(clippy::unused_async, reason = "the same signature as with the broker")]
async fn embed(_: &TlsListener, _: &MqttSettings, _: &Surroundings, _: &TaskTracker) -> Result<Reached, DriverError> {
    Err(DriverError::NoEmbeddedBroker)
}
