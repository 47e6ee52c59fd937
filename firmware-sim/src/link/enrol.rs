//! Enrolment: how a handle with nothing but a one-time code comes to its identity.
//!
//! Decided here: that the server is believed only when its chain holds the authority that the code names and a certificate of
//! that authority for the host that was asked for, before the secret half of the code is sent; and that what comes back is of the
//! same authority. The messages are in the protocol.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rackward_protocol::mqtt::enrolment::{
    ALPN, Answer, Code, Enrolled, EnrolmentError, EnrolmentRefusal, Request, body_length,
};
use rackward_protocol::mqtt::{Der, DeviceId, MessageError, SiteId};
use rumqttc::NetworkOptions;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::tls;
use crate::identity::{Applicant, Identity, IdentityError};

/// How long an enrolment may take in all.
const ENROL_LIMIT: Duration = Duration::from_secs(20);

/// Where one enrols, and as whom.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Host name or address of the daemon; its certificate must name it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The site.
    pub site: SiteId,
    /// The device.
    pub device: DeviceId,
}

/// Why a device is not enrolled.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// No connection, or not to whom the code names.
    #[error("no enrolment at {host}:{port}: {source}; check host, port and code")]
    Connect {
        /// Whom.
        host: String,
        /// Where.
        port: u16,
        /// What the system or the handshake says.
        source: io::Error,
    },
    /// It took too long.
    #[error("the site did not answer an enrolment within {} seconds; try again", ENROL_LIMIT.as_secs())]
    Late,
    /// What came back is no answer.
    #[error("the site's answer is not understood: {0}")]
    Answer(#[from] EnrolmentError),
    /// The site does not take it.
    #[error("the site refuses: {0}")]
    Refused(EnrolmentRefusal),
    /// What came back is of another authority than the code names.
    #[error("the site's answer is of another authority than the code; have a new code made")]
    Authority,
    /// No key or request could be made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The request is longer than the protocol takes.
    #[error("the request for a certificate does not fit a message: {0}")]
    Request(#[from] MessageError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl EnrolError {
    /// Whether the same code may be good later: a code that was refused is tried only once, because few tries void it.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused(EnrolmentRefusal::Busy | EnrolmentRefusal::Unavailable) => true,
            Self::Refused(
                EnrolmentRefusal::Code | EnrolmentRefusal::Device | EnrolmentRefusal::Site | EnrolmentRefusal::Csr,
            ) => false,
            Self::Connect { .. } | Self::Late => true,
            Self::Answer(_) | Self::Authority | Self::Identity(_) | Self::Request(_) | Self::Tls(_) => false,
        }
    }
}

/// Redeems a code, and gives the identity that is to be kept.
pub async fn enrol(desk: &Desk, code: &Code) -> Result<Identity, EnrolError> {
    tokio::time::timeout(ENROL_LIMIT, redeem(desk, code)).await.map_err(|_| EnrolError::Late)?
}

async fn redeem(desk: &Desk, code: &Code) -> Result<Identity, EnrolError> {
    let applicant = Applicant::new(desk.device.as_str())?;
    let request = Request {
        site: desk.site.clone(),
        device: desk.device.clone(),
        secret: code.secret,
        csr: Der::new(&applicant.request)?,
    };
    let config = config(code)?;
    let body = ask(desk, config, &request).await.map_err(|source| EnrolError::Connect {
        host: desk.host.clone(),
        port: desk.port,
        source,
    })?;
    match Answer::decode(&body)? {
        Answer::Refused(refusal) => Err(EnrolError::Refused(refusal)),
        Answer::Enrolled(Enrolled { certificate, authority, list_key, card_key }) => {
            if !code.names(authority.bytes()) {
                return Err(EnrolError::Authority);
            }
            let certified = applicant.certified(certificate.bytes());
            Ok(Identity { certified, authority: authority.bytes().to_vec(), list_key, card_key })
        }
    }
}

async fn ask(desk: &Desk, config: Arc<ClientConfig>, request: &Request) -> io::Result<Vec<u8>> {
    let address = address(&desk.host, desk.port);
    let mut stream = tls::connect(config, desk.host.clone(), address, NetworkOptions::new()).await?;
    stream.write_all(&request.to_frame()).await?;
    stream.flush().await?;
    let mut prefix = [0; 2];
    stream.read_exact(&mut prefix).await?;
    let length = body_length(prefix).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

/// An address as a socket takes it; an IPv6 address stands in brackets (RFC 3986, section 3.2.2).
pub(crate) fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn config(code: &Code) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(NamedAuthority { code: code.clone(), provider: provider.clone() });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// Takes a server whose chain holds the authority that a code names.
#[derive(Debug)]
struct NamedAuthority {
    code: Code,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for NamedAuthority {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let named = intermediates.iter().find(|certificate| self.code.names(certificate));
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let mut roots = RootCertStore::empty();
        roots.add(named.ok_or_else(unknown)?.clone().into_owned())?;
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone());
        let verifier = builder.build().map_err(|_| unknown())?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
