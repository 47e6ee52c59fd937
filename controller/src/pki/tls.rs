//! What TLS is made of, on our own listener and towards somebody else's broker: certificates of the daemon itself, whom it
//! trusts, which versions it speaks.
//!
//! The daemon's own certificates are kept nowhere: each start makes a key and certifies it, and so does a running daemon
//! when two thirds of the certificate's life are over. Only TLS 1.3 (RFC 8446) is spoken: a device's certificate stays
//! unseen on the wire. Sessions are not resumed, because a resumed one would rest on a certificate that was looked at
//! earlier and may have been revoked since.
//!
//! Decides nothing about clients: that is `drivers/broker`'s.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rackward_core::{Now, Wall};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WantsServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion, WantsVerifier,
};

use super::draft::{client_names, random_serial};
use super::holder::HolderKind;
use super::{Authority, set_times};

/// How long a certificate of the daemon itself is good.
const OWN_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// After how much of it another one takes its place.
const OWN_RENEWED: Duration = Duration::from_secs(20 * 86_400);
/// How long before it was made it begins to be good, for devices whose clocks are behind.
const OWN_BACKDATED: Duration = Duration::from_secs(2 * 86_400);

static VERSIONS: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

/// Why TLS could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsRefused {
    /// A name under which the listener is reached cannot stand in a certificate.
    #[error("\"{name}\" cannot stand in a certificate; write a host name or an address in mqtt.names")]
    Name {
        /// The name.
        name: String,
    },
    /// The library says no.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
}

/// What a certificate of the daemon itself is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Our own listener, reached under these.
    Listener {
        /// Addresses.
        addresses: Vec<IpAddr>,
        /// Host names.
        names: Vec<String>,
    },
    /// A client of somebody else's broker, by this name.
    Client {
        /// The daemon's client id and user name there.
        name: String,
    },
}

/// A certificate of the daemon itself, made anew in time.
pub struct OwnCertificate {
    authority: Arc<Authority>,
    purpose: Purpose,
    clock: fn() -> Now,
    current: Mutex<(Arc<CertifiedKey>, Wall)>,
}

impl OwnCertificate {
    /// Makes the first one.
    ///
    /// # Errors
    /// A name that no certificate can hold, or no random bytes.
    pub fn new(authority: Arc<Authority>, purpose: Purpose, clock: fn() -> Now) -> Result<Self, TlsRefused> {
        let now = clock().wall;
        let first = make(&authority, &purpose, now)?;
        Ok(Self { authority, purpose, clock, current: Mutex::new((first, now)) })
    }

    /// The one to show now. One that is too old is replaced; if that fails it is shown as long as it is good.
    fn current(&self) -> Arc<CertifiedKey> {
        let now = (self.clock)().wall;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, made) = *current;
        // A clock that was set back would otherwise keep a certificate of the future.
        if now >= made.after(OWN_RENEWED) || now < made {
            match make(&self.authority, &self.purpose, now) {
                Ok(next) => *current = (next, now),
                Err(error) => tracing::error!(%error, "the daemon's own certificate was not renewed"),
            }
        }
        Arc::clone(&current.0)
    }
}

impl std::fmt::Debug for OwnCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnCertificate({:?})", self.purpose)
    }
}

impl ResolvesServerCert for OwnCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl ResolvesClientCert for OwnCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A key and a certificate for it. The authority's certificate goes with it, so that a device that enrols can compare it
/// with what its code names.
fn make(authority: &Authority, purpose: &Purpose, now: Wall) -> Result<Arc<CertifiedKey>, TlsRefused> {
    let failed = |error: rcgen::Error| TlsRefused::Library(error.to_string());
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let mut params = params_of(authority, purpose)?;
    let serial = random_serial().map_err(|error| TlsRefused::Library(error.to_string()))?;
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    let from = Wall::from_seconds(now.as_seconds().saturating_sub_unsigned(OWN_BACKDATED.as_secs()));
    set_times(&mut params, from, now.after(OWN_LIFE).min(authority.until));
    let certificate = params.signed_by(&key, &authority.issuer).map_err(failed)?;
    let chain = vec![certificate.der().clone(), CertificateDer::from(authority.certificate.clone())];
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::ring::sign::any_supported_type(&private);
    let key = key.map_err(|error| TlsRefused::Library(error.to_string()))?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

fn params_of(authority: &Authority, purpose: &Purpose) -> Result<CertificateParams, TlsRefused> {
    match purpose {
        Purpose::Listener { addresses, names } => {
            if let Some(name) = names.iter().find(|name| !is_host_name(name)) {
                return Err(TlsRefused::Name { name: name.clone() });
            }
            let written: Vec<_> = addresses.iter().map(IpAddr::to_string).chain(names.iter().cloned()).collect();
            let mut params = CertificateParams::new(written).map_err(|error| TlsRefused::Library(error.to_string()))?;
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, format!("Rackward {}", authority.site));
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            Ok(params)
        }
        Purpose::Client { name } => {
            let mut params = CertificateParams::default();
            client_names(&mut params, HolderKind::Daemon, &authority.site, name)
                .map_err(|_| TlsRefused::Name { name: name.clone() })?;
            Ok(params)
        }
    }
}

/// Whether a text can be a host's name (RFC 1123, 2.1) or an address.
pub(crate) fn is_host_name(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || rustls::pki_types::DnsName::try_from(text).is_ok()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl Authority {
    /// Whom certificates must come from: this authority alone.
    ///
    /// # Errors
    /// The library does not take the authority's certificate.
    pub fn roots(&self) -> Result<Arc<RootCertStore>, TlsRefused> {
        roots_of(std::slice::from_ref(&self.certificate))
    }

    /// How our listener begins its TLS; what is asked of clients comes next.
    ///
    /// # Errors
    /// The library does not speak TLS 1.3.
    pub fn server_tls() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsRefused> {
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&VERSIONS);
        builder.map_err(|error| TlsRefused::Library(error.to_string()))
    }

    /// How our listener ends its TLS: with a certificate of the daemon itself, and no session ever resumed.
    pub fn finish_server_tls(
        builder: ConfigBuilder<ServerConfig, WantsServerCert>,
        own: Arc<OwnCertificate>,
        protocol: &[u8],
    ) -> Arc<ServerConfig> {
        let mut config = builder.with_cert_resolver(own);
        config.alpn_protocols = vec![protocol.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Arc::new(config)
    }
}

/// How the daemon speaks to a broker whose certificate one of `authorities` (DER) signed; with `own` it shows a certificate
/// itself.
///
/// # Errors
/// A certificate that the library does not take.
pub(crate) fn client_tls(
    authorities: &[Vec<u8>],
    own: Option<Arc<OwnCertificate>>,
) -> Result<Arc<ClientConfig>, TlsRefused> {
    let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&VERSIONS);
    let builder = builder.map_err(|error| TlsRefused::Library(error.to_string()))?;
    let builder = builder.with_root_certificates(roots_of(authorities)?);
    Ok(Arc::new(match own {
        Some(own) => builder.with_client_cert_resolver(own),
        None => builder.with_no_client_auth(),
    }))
}

fn roots_of(authorities: &[Vec<u8>]) -> Result<Arc<RootCertStore>, TlsRefused> {
    let mut roots = RootCertStore::empty();
    for der in authorities {
        let added = roots.add(CertificateDer::from(der.clone()));
        added.map_err(|error| TlsRefused::Library(error.to_string()))?;
    }
    Ok(Arc::new(roots))
}
