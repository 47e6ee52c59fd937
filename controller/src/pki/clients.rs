//! Certificates that clients of the console show: who may have signed them, and whether one is sound. A handshake takes every
//! certificate whose key the client has, since a refusal in it would tell nobody why and could not be recorded; what it is
//! worth is settled where somebody signs in with it. Whose it is, `operators/certificate.rs` says.
//!
//! Sessions of TLS are not resumed where clients may show one: a resumed one would rest on a proof of earlier.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rackward_core::Wall;
use rackward_core::operator::CertificateFault;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Authority, holder};

/// The largest file of authorities that is read.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// One authority.
#[derive(Debug)]
struct Signer {
    /// SHA-256 of its certificate.
    digest: [u8; 32],
    verifier: Arc<dyn ClientCertVerifier>,
}

/// Whose certificates clients may show.
#[derive(Debug)]
pub struct ClientAuthorities {
    signers: Vec<Signer>,
    all: Arc<dyn ClientCertVerifier>,
    /// The site whose devices have certificates that sign in nobody, where it is its authority.
    site: Option<String>,
}

/// A certificate that is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundCertificate {
    /// Its SHA-256.
    pub fingerprint: [u8; 32],
    /// Its subject, as RFC 4514 writes it, in the order of the certificate.
    pub subject: String,
    /// SHA-256 of the certificate of the authority that signed it.
    pub authority: [u8; 32],
}

impl ClientAuthorities {
    /// The site's own authority.
    ///
    /// # Errors
    /// The library does not take its certificate.
    pub fn of_site(authority: &Authority) -> anyhow::Result<Self> {
        let site = Some(authority.site().to_owned());
        Ok(Self { site, ..Self::of(&[authority.certificate_der().to_vec()])? })
    }

    /// Those in a file of PEM. Blocks on the disk.
    ///
    /// # Errors
    /// It cannot be read, holds no certificate, or one that cannot sign.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        use std::io::Read as _;
        let mut pem = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(FILE_MAX_BYTES).read_to_end(&mut pem));
        read.with_context(|| format!("cannot read {}", path.display()))?;
        let found = Authority::certificates_in(&pem);
        let found = found.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
        Self::of(&found).with_context(|| format!("{} cannot be used", path.display()))
    }

    fn of(certificates: &[Vec<u8>]) -> anyhow::Result<Self> {
        let signer = |der: &Vec<u8>| {
            let verifier = verifier(std::slice::from_ref(der))?;
            anyhow::Ok(Signer { digest: Sha256::digest(der).into(), verifier })
        };
        let signers = certificates.iter().map(signer).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { signers, all: verifier(certificates)?, site: None })
    }

    /// The SHA-256 of each authority's certificate.
    pub fn digests(&self) -> impl Iterator<Item = [u8; 32]> {
        self.signers.iter().map(|signer| signer.digest)
    }

    /// What asks for a certificate in the handshake, requires none, and takes each whose key the client proves to have.
    pub(super) fn asking(self: &Arc<Self>) -> Arc<dyn ClientCertVerifier> {
        Arc::new(Asking(Arc::clone(self)))
    }

    /// Whether a certificate, with those that were shown behind it, is sound at a moment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge(&self, shown: &[Vec<u8>], now: Wall) -> Result<SoundCertificate, CertificateFault> {
        let chain: Vec<CertificateDer<'_>> = shown.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let (first, rest) = chain.split_first().ok_or(CertificateFault::Unfit)?;
        let (_, parsed) = X509Certificate::from_der(first).map_err(|_| CertificateFault::Unfit)?;
        let mut fault = CertificateFault::Foreign;
        for signer in &self.signers {
            let verified = signer.verifier.verify_client_cert(first, rest, unix(now));
            match verified.map_err(|error| signer.fault(&error, first, rest, &parsed)) {
                Ok(_) if self.is_of_the_site(first) => return Err(CertificateFault::Unfit),
                Ok(_) => {
                    return Ok(SoundCertificate {
                        fingerprint: Sha256::digest(first).into(),
                        subject: parsed.subject().to_string(),
                        authority: signer.digest,
                    });
                }
                Err(CertificateFault::Foreign) => {}
                Err(other) => fault = other,
            }
        }
        Err(fault)
    }

    /// What the daemon gave to a device, or to itself, proves who that is and no operator.
    fn is_of_the_site(&self, shown: &CertificateDer<'_>) -> bool {
        // By its name alone: whatever else is odd about it, it is no operator's.
        let named =
            |site: &String| X509Certificate::from_der(shown).is_ok_and(|(_, parsed)| holder::is_named(&parsed, site));
        self.site.as_ref().is_some_and(named)
    }
}

impl Signer {
    /// What the library's refusal means.
    fn fault(
        &self,
        error: &Error,
        shown: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        parsed: &X509Certificate<'_>,
    ) -> CertificateFault {
        let Error::InvalidCertificate(why) = error else { return CertificateFault::Unfit };
        match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::Foreign,
            // The library looks at the time before the signature: asked for a second in which the certificate was good, it
            // looks at the signature.
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                let good = Wall::from_seconds(parsed.validity().not_before.timestamp());
                match self.verifier.verify_client_cert(shown, rest, unix(good)) {
                    Ok(_) => CertificateFault::Expired,
                    Err(_) => CertificateFault::Foreign,
                }
            }
            _ => CertificateFault::Unfit,
        }
    }
}

fn verifier(certificates: &[Vec<u8>]) -> anyhow::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for der in certificates {
        roots.add(CertificateDer::from(der.clone()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    Ok(builder.allow_unauthenticated().build()?)
}

fn unix(at: Wall) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_seconds()).unwrap_or_default()))
}

/// Asks, and leaves the judging to whoever signs somebody in.
#[derive(Debug)]
struct Asking(Arc<ClientAuthorities>);

impl ClientCertVerifier for Asking {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.all.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.all.verify_tls12_signature(message, shown, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.all.verify_tls13_signature(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.all.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
        KeyUsagePurpose, date_time_ymd,
    };

    use super::*;

    /// An authority, its certificate and what signs.
    fn authority() -> (Vec<u8>, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Staff authority");
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        (certificate, Issuer::new(params, key))
    }

    fn client(issuer: &Issuer<'static, KeyPair>, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, "build7");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
        change(&mut params);
        params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
    }

    const NOW: Wall = Wall::from_seconds(1_784_901_600);

    #[test]
    fn each_certificate_is_refused_for_what_is_wrong_with_it() {
        let (own, issuer) = authority();
        let (_, other) = authority();
        let authorities = ClientAuthorities::of(std::slice::from_ref(&own)).unwrap();
        let check = |shown: &[Vec<u8>], expect: Result<(), CertificateFault>| {
            assert_eq!(authorities.judge(shown, NOW).map(drop), expect);
        };
        let over = |params: &mut CertificateParams| params.not_after = date_time_ymd(2026, 2, 1);
        let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2026, 12, 1);
        let server = |params: &mut CertificateParams| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        };
        check(&[client(&issuer, |_| {})], Ok(()));
        check(&[client(&issuer, over)], Err(CertificateFault::Expired));
        check(&[client(&issuer, early)], Err(CertificateFault::Expired));
        check(&[client(&issuer, server)], Err(CertificateFault::Unfit));
        check(&[client(&other, |_| {})], Err(CertificateFault::Foreign));
        check(&[client(&other, over)], Err(CertificateFault::Foreign));
        check(&[], Err(CertificateFault::Unfit));
        check(&[b"no certificate".to_vec()], Err(CertificateFault::Unfit));
    }

    #[test]
    fn a_sound_one_says_whose_it_is_and_who_signed_it() {
        let ((first, _), (second, issuer)) = (authority(), authority());
        let authorities = ClientAuthorities::of(&[first, second.clone()]).unwrap();
        let shown = client(&issuer, |_| {});
        let sound = authorities.judge(std::slice::from_ref(&shown), NOW).unwrap();
        assert_eq!(sound.subject, "O=Example, CN=build7");
        assert_eq!(sound.authority, <[u8; 32]>::from(Sha256::digest(&second)));
        assert_eq!(sound.fingerprint, <[u8; 32]>::from(Sha256::digest(&shown)));
    }

    #[test]
    fn a_device_of_the_site_is_no_operator() {
        let dir = tempfile::tempdir().unwrap();
        let own = Authority::open(dir.path(), "lon1", 0, NOW).unwrap();
        let authorities = ClientAuthorities::of_site(&own).unwrap();
        let issuer = &own.issuer;
        let named = |params: &mut CertificateParams| {
            let urn = "urn:rackward:lon1:dev:r01-front".try_into().unwrap();
            params.subject_alt_names = vec![rcgen::SanType::URI(urn)];
        };
        assert_eq!(authorities.judge(&[client(issuer, named)], NOW).map(drop), Err(CertificateFault::Unfit));
        assert_eq!(authorities.judge(&[client(issuer, |_| {})], NOW).map(drop), Ok(()));
    }
}
