//! What a device gets when it asks for a certificate, settled before it is signed: the engine decides on the draft, and only
//! then is it signed.
//!
//! Decides which requests are sound. Of a request only the key is used: name, times and purposes are ours to say.

use std::time::Duration;

use rackward_core::Wall;
use rackward_core::certificate::{Certificate, CertificateSerial};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKey, PublicKeyData as _, SanType,
    SerialNumber,
};

use super::holder::HolderKind;
use super::{NotSigned, set_times};

/// How long before it is made a certificate begins to be good: clocks differ.
const BACKDATED: Duration = Duration::from_secs(300);

/// A certificate that is settled and not signed.
#[derive(Debug)]
pub struct Draft {
    /// The device whose it will be.
    pub device: String,
    /// What the engine must know to decide.
    pub certificate: Certificate,
    params: CertificateParams,
    key: PublicKey,
}

/// Why a request for a certificate was refused. Nothing of the request is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsrRefused {
    /// It is no request, or its signature does not fit its key.
    #[error("the device's request cannot be read or is not signed with its own key; have the device make a new one")]
    Unsound,
    /// Another kind of key.
    #[error("the device's key is neither P-256 nor Ed25519; have it make one of these")]
    Key,
    /// The device's name cannot stand in a certificate.
    #[error("the device's name cannot stand in a certificate")]
    Name,
    /// There is no time left for it.
    #[error("the site's authority comes to its end; no certificate is good any more")]
    Over,
    /// No random bytes for the serial number.
    #[error("the system gave no random bytes for a certificate; its random source must work")]
    NoEntropy,
}

/// A serial number that was never given before: 16 random bytes, the first of them neither zero nor negative, so that
/// every number is written in 16 bytes (RFC 5280, 4.1.2.2).
pub(super) fn random_serial() -> Result<CertificateSerial, getrandom::Error> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial)?;
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7F) | 0x40;
    }
    Ok(CertificateSerial(serial))
}

pub(super) fn draft(
    site: &str,
    authority_until: Wall,
    csr: &[u8],
    device: &str,
    lifetime: Duration,
    now: Wall,
) -> Result<Draft, CsrRefused> {
    let request = CertificateSigningRequestParams::from_der(&csr.into()).map_err(|_| CsrRefused::Unsound)?;
    let key = request.public_key;
    if !is_taken(&key) {
        return Err(CsrRefused::Key);
    }
    let from = Wall::from_seconds(now.as_seconds().saturating_sub_unsigned(BACKDATED.as_secs()));
    let until = Wall::from_seconds(now.after(lifetime).min(authority_until).as_seconds());
    if until <= now {
        return Err(CsrRefused::Over);
    }
    let serial = random_serial().map_err(|_| CsrRefused::NoEntropy)?;
    let mut params = CertificateParams::default();
    client_names(&mut params, HolderKind::Device, site, device)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    set_times(&mut params, from, until);
    let spki = key.subject_public_key_info();
    let digest = ring::digest::digest(&ring::digest::SHA256, &spki);
    let mut key_digest = [0; 32];
    key_digest.copy_from_slice(digest.as_ref());
    let certificate = Certificate { serial, key: key_digest, from, until };
    Ok(Draft { device: device.to_owned(), certificate, params, key })
}

/// Whether it is a key that we certify. Its length is looked at too, because a request names the kind of its signature and
/// not the curve: an uncompressed point on P-256 (SEC 1, 2.3.3), or a key of Ed25519.
fn is_taken(key: &PublicKey) -> bool {
    let bytes = key.der_bytes();
    if *key.algorithm() == PKCS_ECDSA_P256_SHA256 {
        bytes.len() == 65 && bytes.first() == Some(&0x04)
    } else {
        *key.algorithm() == PKCS_ED25519 && bytes.len() == 32
    }
}

/// Who a client is and that it may be a client and nothing else.
pub(super) fn client_names(
    params: &mut CertificateParams,
    kind: HolderKind,
    site: &str,
    name: &str,
) -> Result<(), CsrRefused> {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let urn = kind.urn(site, name).try_into().map_err(|_| CsrRefused::Name)?;
    params.subject_alt_names = vec![SanType::URI(urn)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(())
}

impl Draft {
    pub(super) fn signed_by(&self, issuer: &Issuer<'_, KeyPair>) -> Result<Vec<u8>, NotSigned> {
        let signed = self.params.signed_by(&self.key, issuer).map_err(|error| NotSigned(error.to_string()))?;
        Ok(signed.der().to_vec())
    }
}
