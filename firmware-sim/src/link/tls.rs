//! TLS between a handle and its broker: mutual, version 1.3, under the site's own authority and no other.
//!
//! Decided here: that the broker's certificate must end in the site's authority and name the host that was asked for, and that
//! nothing is resumed, so that every connection shows the certificate it rests on.

use std::io;
use std::sync::Arc;

use rumqttc::{NetworkOptions, default_socket_connect};
use rustls::client::Resumption;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::LinkError;
use crate::identity::Certified;

/// What all devices of a site have in common for TLS; one for many saves most of the memory of each.
#[derive(Clone, Debug)]
pub struct SiteTls {
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl SiteTls {
    /// Trusts this authority (DER) and no other.
    pub fn new(authority: &[u8]) -> Result<Self, LinkError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.to_vec()))?;
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        Ok(Self { provider, verifier: builder.build().map_err(|_| LinkError::Authority)? })
    }

    /// The settings of one device.
    pub fn client(&self, certified: &Certified) -> Result<Arc<ClientConfig>, LinkError> {
        let chain = vec![CertificateDer::from(certified.certificate().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.key().to_vec()));
        let builder =
            ClientConfig::builder_with_provider(self.provider.clone()).with_safe_default_protocol_versions()?;
        let mut config = builder.with_webpki_verifier(self.verifier.clone()).with_client_auth_cert(chain, key)?;
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

/// Makes the TCP connection and the handshake over it.
pub(crate) async fn connect(
    config: Arc<ClientConfig>,
    host: String,
    address: String,
    network: NetworkOptions,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let stream = default_socket_connect(address, network).await?;
    TlsConnector::from(config).connect(name, stream).await
}
