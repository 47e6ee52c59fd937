//! The site's authority: the key with which devices get their certificates, the key with which rights lists are signed, and
//! what TLS at our own listener is made of.
//!
//! Decides what a certificate of this site looks like and which requests for one are sound. It does not decide who gets one
//! or which certificates count: that is the engine's (`rackward_core::certificate`). Who is let in on a certificate is
//! `drivers/admissions.rs`'s.
//!
//! Certificates are X.509 version 3 (RFC 5280): ECDSA P-256 for the authority, P-256 or Ed25519 for devices. The subject's
//! common name is the device's name, so that a broker that takes the name from the certificate knows the device by it; the
//! name that we ourselves go by is the URI `urn:rackward:<site>:dev:<name>` among the alternative names.
//!
//! Vocabulary: a *draft* is a certificate that is settled but not signed; a *counting* certificate is one that the engine
//! lets count.

mod clients;
mod console;
mod draft;
mod files;
mod holder;
mod tls;
mod trust;

use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::Wall;
use rackward_core::certificate::CertificateSerial;
use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::secrets::PrivateFileError;

pub use clients::{ClientAuthorities, SoundCertificate};
pub use console::{GivenCertificate, given_tls};
pub use draft::{CsrRefused, Draft};
pub(crate) use files::pem_of;
pub use files::{AUTHORITY_CERTIFICATE_FILE, AUTHORITY_KEY_FILE, LIST_KEY_FILE};
pub use holder::{Holder, HolderKind};
pub use tls::{OwnCertificate, Purpose, TlsRefused};
pub(crate) use tls::{client_tls, is_host_name};
pub use trust::{Trust, TrustRefused};

/// For how long a list of revoked certificates says that it is good. A broker that gets no newer one keeps the old one; a
/// short time would turn a forgotten list into an outage of every device.
const REVOCATIONS_GOOD: Duration = Duration::from_secs(30 * 86_400);

/// The site's authority. It is read once and shared; its keys are wiped when it goes and never printed.
pub struct Authority {
    site: String,
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
    pem: String,
    /// The first instant at which the authority's own certificate is over.
    pub(crate) until: Wall,
    list: Ed25519KeyPair,
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// A file holds something else.
    #[error("{path} is damaged: {why}; restore it from a backup")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Devices hold certificates of an authority that is gone.
    #[error(
        "{path} is missing, but {enrolled} devices hold certificates of this site; restore it from a backup, a new authority would know none of them"
    )]
    Lost {
        /// Which file.
        path: PathBuf,
        /// How many devices would have to be enrolled anew.
        enrolled: usize,
    },
    /// The authority is another site's.
    #[error("{path} is of site \"{found}\", not of \"{site}\"; put the files of this site back from its backup")]
    OtherSite {
        /// Which file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        site: String,
    },
    /// The certificate of the authority has come to its end.
    #[error(
        "{path} has come to its end; move it and authority.key away and enrol every device anew, or set the clock right if it is wrong"
    )]
    Over {
        /// Which file.
        path: PathBuf,
    },
    /// The system has no random bytes, or the key cannot be used.
    #[error("no authority could be made: {0}; the system's random source must work")]
    NotMade(String),
}

/// A signature or a certificate could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the site's authority could not sign: {0}; the system's random source must work")]
pub struct NotSigned(String);

impl Authority {
    /// Reads the authority in `dir`, or makes it there on first start. `enrolled` is how many devices hold a certificate,
    /// because a new authority is right only when none does. Blocks on the disk: call it before the runtime is busy.
    ///
    /// # Errors
    /// A file is unreadable, open to others, damaged, lost, another site's or over.
    pub fn open(dir: &Path, site: &str, enrolled: usize, now: Wall) -> Result<Self, AuthorityError> {
        let files::Found { key, certificate, list } = files::open(dir, site, enrolled, now)?;
        let path = dir.join(AUTHORITY_CERTIFICATE_FILE);
        let authority = Self::assemble(site, key, certificate, &list, &path)?;
        if now >= authority.until { Err(AuthorityError::Over { path }) } else { Ok(authority) }
    }

    /// An authority that is kept nowhere: for simulated sites and tests.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn ephemeral(site: &str, now: Wall) -> Result<Self, AuthorityError> {
        let files::Found { key, certificate, list } = files::fresh(site, now)?;
        Self::assemble(site, key, certificate, &list, Path::new(AUTHORITY_CERTIFICATE_FILE))
    }

    fn assemble(
        site: &str,
        key: KeyPair,
        certificate: Vec<u8>,
        list: &[u8; 32],
        path: &Path,
    ) -> Result<Self, AuthorityError> {
        let damaged = |why: String| AuthorityError::Damaged { path: path.to_owned(), why };
        let until = files::check_certificate(&certificate, &key, site, path)?;
        let issuer = Issuer::from_ca_cert_der(&certificate.as_slice().into(), key);
        let issuer = issuer.map_err(|error| damaged(error.to_string()))?;
        let list = Ed25519KeyPair::from_seed_unchecked(list).map_err(|error| damaged(error.to_string()))?;
        let pem = files::pem_of(&certificate);
        Ok(Self { site: site.to_owned(), issuer, certificate, pem, until, list })
    }

    /// The site that it is the authority of.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Its certificate, DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// Its certificate, PEM (RFC 7468).
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// Looks at a device's request for a certificate (PKCS #10, RFC 2986) and settles what it would get: a certificate for
    /// `device` that is good from five minutes before `now`, since clocks differ, for `lifetime`, or until the authority's
    /// own end. What else the request asks for is not granted.
    ///
    /// # Errors
    /// The request is no request, its signature does not fit its key, or its key is of another kind than P-256 or Ed25519.
    pub fn draft(&self, csr: &[u8], device: &str, lifetime: Duration, now: Wall) -> Result<Draft, CsrRefused> {
        draft::draft(&self.site, self.until, csr, device, lifetime, now)
    }

    /// Signs a draft. Only what the engine has allowed and the journal holds may be signed.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn issue(&self, draft: &Draft) -> Result<Vec<u8>, NotSigned> {
        draft.signed_by(&self.issuer)
    }

    /// The list of certificates that no longer count, PEM (RFC 5280, clause 5), for brokers that are not ours. Each newer
    /// list has a higher number, which is the second of `now`.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn crl(&self, revoked: &[CertificateSerial], now: Wall) -> Result<String, NotSigned> {
        let this_update = rcgen::date_time_ymd(1970, 1, 1) + since_1970(now);
        let of = |serial: &CertificateSerial| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&serial.0),
            revocation_time: this_update,
            reason_code: Some(RevocationReason::Superseded),
            invalidity_date: None,
        };
        let number = u64::try_from(now.as_seconds()).unwrap_or_default().to_be_bytes();
        let list = CertificateRevocationListParams {
            this_update,
            next_update: this_update + REVOCATIONS_GOOD,
            crl_number: SerialNumber::from_slice(&number),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(of).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let signed = list.signed_by(&self.issuer).map_err(|error| NotSigned(error.to_string()))?;
        signed.pem().map_err(|error| NotSigned(error.to_string()))
    }

    /// Signs the text of a rights list (Ed25519, RFC 8032).
    pub fn sign_list(&self, text: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        // An Ed25519 signature has 64 bytes; the library gives them without their number in the type.
        for (byte, signed) in signature.iter_mut().zip(self.list.sign(text).as_ref()) {
            *byte = *signed;
        }
        signature
    }

    /// The public key under which rights lists are signed.
    pub fn list_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        for (byte, public) in key.iter_mut().zip(self.list.public_key().as_ref()) {
            *byte = *public;
        }
        key
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.certificate);
        write!(f, "Authority({} {})", self.site, HEXLOWER.encode(digest.as_ref()))
    }
}

/// From when and until when a certificate is good.
fn set_times(params: &mut CertificateParams, from: Wall, until: Wall) {
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(until);
}

/// The whole second of `wall`, since 1970, before which there are no certificates. Added to the library's 1970 it is the
/// library's time.
fn since_1970(wall: Wall) -> Duration {
    Duration::from_secs(u64::try_from(wall.as_seconds()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
