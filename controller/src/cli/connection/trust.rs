//! Whose certificate counts: that of the authority which a context keeps, or of a public one where it keeps none. Nothing
//! else is ever accepted. To find out which authority a site has, its certificate is looked at in a handshake that is always
//! broken off ([`presented`]); whether it is the right one is said by whoever compares its fingerprint.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest as _, Sha256};

use super::address::ServerAddress;
use crate::cli::failure::{Exit, Failure};
use crate::pki::{Authority, Trust};
use crate::secrets::read_private_up_to;

/// HTTP/1.1 alone is spoken (RFC 7301): each request has a connection of its own.
const PROTOCOL: &[u8] = b"http/1.1";

/// The SHA-256 of a certificate, as `openssl x509 -fingerprint -sha256` prints it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of a certificate in DER.
    pub(crate) fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }

    /// Takes one as typed: 64 hexadecimal digits, with colons, blanks and `SHA256:` or not.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.split_once("SHA256:").filter(|(before, _)| before.is_empty()).map_or(text, |(_, rest)| rest);
        let digits: String = digits.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| "a fingerprint is SHA-256: 32 pairs of hexadecimal digits".to_owned())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        f.write_str(&pairs.join(":"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// TLS that trusts `authorities` (DER) or, where it says nothing, the public ones.
///
/// # Errors
/// One of them is no certificate that can sign.
pub(crate) fn trusting(authorities: Option<&[Vec<u8>]>) -> Result<Arc<ClientConfig>, Failure> {
    let trust = Trust::in_authorities(authorities).map_err(|refused| unusable(refused.to_string()))?;
    Ok(speaking_http(ClientConfig::clone(&trust.client())))
}

/// The same for a client that shows a certificate, with its key.
///
/// # Errors
/// A file cannot be read, holds something else, or the key is open to others or of another certificate.
pub(crate) fn trusting_as(
    authorities: Option<&[Vec<u8>]>,
    certificate: &Path,
    key: &Path,
) -> Result<Arc<ClientConfig>, Failure> {
    let wrong = |path: &Path, why: &dyn Display| {
        let help = "name the certificate with --certificate and its key with --key, both PEM; the key is yours alone (chmod 600)";
        let detail = format!("{}: {why}", path.display());
        Failure::new(Exit::NotSignedIn, "certificate", "the certificate cannot be shown", detail, help)
    };
    let pem = std::fs::read(certificate).map_err(|error| wrong(certificate, &error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| wrong(certificate, &error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, &"it holds no certificate"));
    }
    let secret = read_private_up_to(key, MAX_KEY_BYTES).map_err(|error| wrong(key, &error))?;
    let private = PrivateKeyDer::from_pem_slice(&secret).map_err(|error| wrong(key, &error))?;
    let certified = CertifiedKey::from_der(chain, private, &ring::default_provider());
    let certified = certified.map_err(|error| wrong(key, &error))?;
    let trusted = trusting(authorities)?;
    let mut config = ClientConfig::clone(trusted.as_ref());
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified));
    Ok(Arc::new(config))
}

/// The longest key that is read.
const MAX_KEY_BYTES: u64 = 1 << 16;

fn speaking_http(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Arc::new(config)
}

/// The certificates in a PEM file.
///
/// # Errors
/// It cannot be read, or holds something else.
pub(crate) fn authorities_in(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let wrong = |why: String| {
        let help = "name a file with the certificate of the site's authority (authority.pem of the storage directory)";
        Failure::new(Exit::Invalid, "ca-file", "the authority's certificate cannot be used", why, help)
    };
    let pem = std::fs::read(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
    let found = Authority::certificates_in(&pem).map_err(|why| wrong(format!("{}: {why}", path.display())))?;
    // Here, so that the file is named if one of them cannot sign.
    trusting(Some(&found)).map_err(|failure| failure.with("file", path.display().to_string().into()))?;
    Ok(found)
}

fn unusable(why: String) -> Failure {
    let title = "the authority's certificate cannot be used";
    Failure::new(Exit::Invalid, "ca-file", title, why, "name a file with an authority's certificate")
}

/// What a look at a server has seen: the certificates that it shows, its own first.
#[derive(Debug, Default)]
pub(crate) struct Presented(Mutex<Vec<Vec<u8>>>);

impl Presented {
    /// What was shown until now.
    pub(crate) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// TLS that notes what a server shows and then always breaks off, so that nothing is ever said over it.
///
/// # Errors
/// TLS cannot be set up.
pub(crate) fn looking(presented: Arc<Presented>) -> Result<Arc<ClientConfig>, Failure> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| unusable(error.to_string()))?;
    let look = Arc::new(Look { presented, provider });
    Ok(speaking_http(builder.dangerous().with_custom_certificate_verifier(look).with_no_client_auth()))
}

/// Accepts nothing whatsoever.
#[derive(Debug)]
struct Look {
    presented: Arc<Presented>,
    provider: Arc<CryptoProvider>,
}

/// What breaks the handshake off.
fn only_looked() -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

impl ServerCertVerifier for Look {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = std::iter::once(end_entity).chain(intermediates).map(|certificate| certificate.to_vec());
        *self.presented.0.lock().unwrap_or_else(PoisonError::into_inner) = shown.collect();
        Err(only_looked())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(only_looked())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(only_looked())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A handshake with `address` that came to nothing: which certificate was wrong, in which way, and what to do.
pub(crate) fn no_handshake(address: &ServerAddress, again: &str, error: &std::io::Error) -> Failure {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (slug, title, detail, help) = match cause {
        Some(rustls::Error::InvalidCertificate(why)) => {
            let (what, help) = wrong_certificate(why, again);
            ("wrong-certificate", "the server's certificate is not the right one", what, help)
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            let help = "a console with neither `names` nor a certificate serves plain HTTP to its own machine only";
            ("no-tls", "the server speaks no TLS", "what it says is none".to_owned(), help.to_owned())
        }
        _ => {
            let help = "try again; if it stays so, look into the daemon's log".to_owned();
            ("no-tls", "TLS with the server did not come about", error.to_string(), help)
        }
    };
    Failure::new(Exit::Unreachable, slug, title, format!("{address}: {detail}"), help)
}

/// What is wrong with a certificate, and what to do about it. Nothing of it is ever overlooked.
fn wrong_certificate(why: &CertificateError, again: &str) -> (String, String) {
    let clock = "look at this machine's clock; if it is right, the certificate of the console must be renewed";
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let help = format!(
                "compare the fingerprint of the site's authority and sign in with: {again}; if you did so before and \
                 nobody has replaced the authority, somebody else answers in its place"
            );
            ("it is of another authority than those that are trusted here".to_owned(), help)
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("it is over".to_owned(), clock.to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("it does not count yet".to_owned(), clock.to_owned())
        }
        CertificateError::NotValidForName => {
            ("it is for another name".to_owned(), "ask by a name that stands in `names` of [console]".to_owned())
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(String::as_str).take(8).collect();
            let help = "ask by a name that stands in `names` of [console]".to_owned();
            (format!("it is for other names: {}", names.join(", ")), help)
        }
        other => (other.to_string(), "whoever looks after the daemon must give its console another one".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_they_are_shown_anywhere() {
        let digest = Fingerprint::of(b"certificate");
        let shown = digest.to_string();
        assert_eq!((shown.len(), shown.matches(':').count()), (95, 31));
        let bare = shown.replace(':', "").to_lowercase();
        for text in [shown.clone(), bare.clone(), format!("SHA256:{bare}"), format!(" {} ", shown.replace(':', " "))] {
            assert_eq!(Fingerprint::parse(&text), Ok(digest), "{text}");
        }
        for text in ["", "AB:CD", &bare[1..], &format!("{bare}00"), &format!("zz{}", &bare[2..])] {
            assert!(Fingerprint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_wrong_certificate_is_told_and_exits_11() {
        let address = ServerAddress::parse("https://console.example:8443").unwrap();
        let check = |why: CertificateError, detail: &str, help: &str| {
            let error = std::io::Error::other(rustls::Error::InvalidCertificate(why));
            let text = no_handshake(&address, "rackward login --context lon1", &error);
            assert_eq!(text.exit, Exit::Unreachable);
            let text = text.text();
            assert!(text.contains("https://console.example:8443: ") && text.contains(detail), "{text}");
            assert!(text.lines().last().unwrap().contains(help), "{text}");
        };
        check(CertificateError::UnknownIssuer, "another authority", "rackward login --context lon1");
        check(CertificateError::Expired, "it is over", "clock");
        check(CertificateError::NotValidYet, "does not count yet", "clock");
        check(CertificateError::NotValidForName, "another name", "`names`");
        check(CertificateError::BadEncoding, "", "another one");
    }
}
