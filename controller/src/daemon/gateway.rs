//! The console's listener: where it listens, what proves it to browsers, and whose certificates clients may show there.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use rustls::ServerConfig;

use crate::clock;
use crate::config::{ClientAuthority, Config, ConsoleTls};
use crate::pki::{Authority, ClientAuthorities, GivenCertificate, OwnCertificate, Purpose, given_tls};

/// Who signs the certificates that operators' programs may show. Where that cannot be read nobody signs in by one, and
/// whatever else the daemon does goes on.
pub(super) fn client_authorities(
    config: &Config,
    authority: Option<&Arc<Authority>>,
) -> Option<Arc<ClientAuthorities>> {
    let read = match (config.console.client_authority.as_ref()?, authority) {
        (ClientAuthority::File(path), _) => ClientAuthorities::read(path),
        (ClientAuthority::Site, Some(authority)) => ClientAuthorities::of_site(authority),
        (ClientAuthority::Site, None) => return None,
    };
    read.map(Arc::new)
        .map_err(|error| tracing::error!(error = format!("{error:#}"), "nobody signs in by a certificate"))
        .ok()
}

/// The console's listener, bound, with the address that browsers write.
pub(super) struct Gateway {
    pub(super) listener: std::net::TcpListener,
    pub(super) bound: SocketAddr,
    pub(super) address: String,
}

impl Gateway {
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        let listen = config.console.listen;
        let listener = std::net::TcpListener::bind(listen)
            .with_context(|| format!("cannot listen on {listen}; choose another address in [console]"))?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok(Self { listener, bound, address: config.console.address(bound) })
    }

    /// What proves the console to browsers.
    pub(super) fn tls(
        &self,
        config: &Config,
        authority: Option<&Arc<Authority>>,
        clients: Option<&Arc<ClientAuthorities>>,
    ) -> anyhow::Result<Tls> {
        match (&config.console.tls, authority) {
            (ConsoleTls::Given { certificate, key }, _) => {
                let given = Arc::new(GivenCertificate::open(certificate.clone(), key.clone()));
                Ok(Tls::Given(given_tls(Arc::clone(&given), clients)?, given))
            }
            (ConsoleTls::Own, Some(authority)) => {
                let addresses = if self.bound.ip().is_unspecified() { Vec::new() } else { vec![self.bound.ip()] };
                let names = config.console.names.clone();
                let purpose = Purpose::Listener { addresses, names };
                let own = OwnCertificate::new(Arc::clone(authority), purpose, clock::now)?;
                Ok(Tls::Own(Authority::console_tls(Arc::new(own), clients)?))
            }
            (ConsoleTls::None | ConsoleTls::Own, _) => Ok(Tls::None),
        }
    }
}

/// How the console is proven.
pub(super) enum Tls {
    None,
    Own(Arc<ServerConfig>),
    Given(Arc<ServerConfig>, Arc<GivenCertificate>),
}
