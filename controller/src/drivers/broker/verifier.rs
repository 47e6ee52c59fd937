//! Looks at the certificate that a device shows to the embedded broker.
//!
//! Decides between a certificate that lets its device in and one that is over, revoked or not of this site, and tells each
//! by its name: to the client by a TLS alert (RFC 8446, 6.2), to the engine through [`Admissions`]. A device is named to
//! the engine only where the authority's signature says that it is that device's certificate: what anybody can write is no
//! reason for an alarm at a door. Which certificates count is the engine's to say.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::Wall;
use rackward_core::engine::input::SecurityTrouble;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::drivers::{Admissions, NotAdmitted};
use crate::pki::{Authority, Holder, HolderKind, TlsRefused};

/// The verifier of one site.
#[derive(Debug)]
pub(super) struct Verifier {
    site: String,
    inner: Arc<dyn ClientCertVerifier>,
    admissions: Arc<Admissions>,
    without: Without,
}

/// What becomes of a client that shows no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// It is refused.
    Refused,
    /// It may sign in as the observer, by password.
    MayObserve,
}

impl Verifier {
    /// Certificates of this authority, as far as they count.
    pub(super) fn new(
        authority: &Authority,
        admissions: Arc<Admissions>,
        without: Without,
    ) -> Result<Arc<Self>, TlsRefused> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let inner = WebPkiClientVerifier::builder_with_provider(authority.roots()?, provider).build();
        let inner = inner.map_err(|error| TlsRefused::Library(error.to_string()))?;
        Ok(Arc::new(Self { site: authority.site().to_owned(), inner, admissions, without }))
    }

    fn is_ours_otherwise(&self, shown: &CertificateDer<'_>, rest: &[CertificateDer<'_>], holder: &Holder) -> bool {
        // The library looks at the time before the signature; asked for the last second of the certificate, it looks at the
        // signature.
        let last = u64::try_from(holder.until.as_seconds()).unwrap_or_default().saturating_sub(1);
        let last = UnixTime::since_unix_epoch(Duration::from_secs(last));
        self.inner.verify_client_cert(shown, rest, last).is_ok()
    }

    /// Somebody whose certificate the library refuses.
    fn refused(&self, error: Error, shown: &CertificateDer<'_>, rest: &[CertificateDer<'_>], now: UnixTime) -> Error {
        let holder = Holder::of(shown, &self.site);
        let is_over = |holder: &Holder| holder.until <= wall(now);
        match holder {
            Some(holder) if is_over(&holder) && self.is_ours_otherwise(shown, rest, &holder) => {
                self.admissions.refused(Some(&holder.name), SecurityTrouble::CertificateExpired);
                Error::InvalidCertificate(CertificateError::Expired)
            }
            Some(_) | None => {
                self.admissions.refused(None, SecurityTrouble::CertificateForeign);
                error
            }
        }
    }
}

fn wall(now: UnixTime) -> Wall {
    Wall::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        self.without == Without::Refused
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = match self.inner.verify_client_cert(shown, rest, now) {
            Ok(verified) => verified,
            Err(error) => return Err(self.refused(error, shown, rest, now)),
        };
        let unknown = Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        let Some(holder) = Holder::of(shown, &self.site).filter(|holder| holder.kind == HolderKind::Device) else {
            return Err(unknown);
        };
        match self.admissions.look(&holder.name, holder.serial) {
            Ok(()) => Ok(verified),
            Err(NotAdmitted::NotCounting) => {
                self.admissions.refused(Some(&holder.name), SecurityTrouble::CertificateRevoked);
                Err(Error::InvalidCertificate(CertificateError::Revoked))
            }
            Err(NotAdmitted::Unknown) => Err(unknown),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, shown, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
