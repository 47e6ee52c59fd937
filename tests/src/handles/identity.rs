//! What makes a handle this handle: a key that it keeps, the certificate for it, and how it gets that against a one-time code.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rackward_protocol::mqtt::enrolment::{ALPN, Answer, Code, EnrolmentRefusal, Request, body_length};
use rackward_protocol::mqtt::message::Der;
use rackward_protocol::mqtt::{DeviceId, SiteId};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The authority of a site, as everybody who trusts it shares it.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

/// A key and the certificate for it.
#[derive(Debug)]
pub struct Identity {
    /// Whose.
    pub device: DeviceId,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Trust {
    /// Trust in the authority with this certificate (DER).
    ///
    /// # Panics
    /// It is no certificate.
    pub fn new(authority: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.to_vec())).expect("the certificate of an authority");
        Self { roots: Arc::new(roots), provider: Arc::new(rustls::crypto::ring::default_provider()) }
    }

    fn config(&self) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(self.roots.clone())
    }

    /// How this identity connects. Every handshake is a whole one, as after a restart of the broker.
    ///
    /// # Errors
    /// Key and certificate do not fit.
    pub fn connector(&self, identity: &Identity) -> Result<TlsConnector, rustls::Error> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.clone()));
        let mut config = self.config().with_client_auth_cert(vec![identity.certificate.clone()], key)?;
        config.resumption = Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

/// Opens a TLS connection without a pause between small messages.
///
/// # Errors
/// The network, or TLS.
pub async fn dial(address: SocketAddr, connector: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    connector.connect(ServerName::IpAddress(address.ip().into()), stream).await
}

/// Why a handle could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    /// The network, or TLS.
    #[error("no connection for the enrolment: {0}")]
    Connection(#[from] io::Error),
    /// The daemon says no.
    #[error("the daemon refuses: {0}")]
    Refused(#[from] EnrolmentRefusal),
    /// Key or request could not be made.
    #[error("no key or request: {0}")]
    Key(#[from] rcgen::Error),
    /// The code, or the answer, is none.
    #[error("{0}")]
    Form(String),
}

impl Identity {
    /// Redeems a one-time code at the daemon's enrolment endpoint.
    ///
    /// # Errors
    /// [`NotEnrolled`] says which step failed.
    pub async fn enrol(
        address: SocketAddr,
        trust: &Trust,
        site: &SiteId,
        device: &DeviceId,
        code: &str,
    ) -> Result<Self, NotEnrolled> {
        let form = |error: &dyn std::fmt::Display| NotEnrolled::Form(error.to_string());
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, device.as_str());
        let csr = params.serialize_request(&key)?;
        let request = Request {
            site: site.clone(),
            device: device.clone(),
            secret: Code::parse(code).map_err(|error| form(&error))?.secret,
            csr: Der::new(csr.der()).map_err(|error| form(&error))?,
        };
        let mut config = trust.config().with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        let mut stream = dial(address, &TlsConnector::from(Arc::new(config))).await?;
        stream.write_all(&request.to_frame()).await?;
        stream.flush().await?;
        let mut prefix = [0; 2];
        stream.read_exact(&mut prefix).await?;
        let mut body = vec![0; body_length(prefix).map_err(|error| form(&error))?];
        stream.read_exact(&mut body).await?;
        match Answer::decode(&body).map_err(|error| form(&error))? {
            Answer::Enrolled(enrolled) => {
                let certificate = CertificateDer::from(enrolled.certificate.bytes().to_vec());
                Ok(Self { device: device.clone(), certificate, key: key.serialize_der() })
            }
            Answer::Refused(refusal) => Err(refusal.into()),
        }
    }
}
