//! The authority's files: how they are made at first start, read again, and what about them is refused.
//!
//! Decides what a whole authority is: a P-256 key, its own certificate for this site, and the seed of the list key. How a
//! private file gets to the disk is `secrets/private_file.rs`'s.
//!
//! The key is written before the certificate. A power cut between the two leaves a key without a certificate, which nobody
//! can have seen, so the certificate is made again.

use std::path::Path;
use std::time::Duration;

use rackward_core::Wall;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SanType, SerialNumber,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::{Authority, AuthorityError, draft, set_times};
use crate::secrets::{KeyBytes, create_private, draw_key, read_private};

/// The authority's key, PEM (PKCS #8, RFC 5958), inside the storage directory.
pub const AUTHORITY_KEY_FILE: &str = "authority.key";
/// The authority's certificate, PEM, inside the storage directory.
pub const AUTHORITY_CERTIFICATE_FILE: &str = "authority.pem";
/// The key under which rights lists are signed: the 32 bytes of an Ed25519 seed (RFC 8032, 5.1.5).
pub const LIST_KEY_FILE: &str = "list.key";

/// How long the authority's own certificate is good. Every device must be enrolled anew when it ends, so it outlives what
/// it is used with.
const AUTHORITY_LIFE: Duration = Duration::from_secs(25 * 365 * 86_400);
/// How long before it was made the certificate begins to be good: a device whose clock stands still has a date of its own.
const BACKDATED: Duration = Duration::from_secs(2 * 86_400);
/// Under which label a certificate stands in a PEM file (RFC 7468, clause 5).
const PEM_LABEL: &str = "CERTIFICATE";

/// What makes an authority.
pub(super) struct Found {
    pub(super) key: KeyPair,
    pub(super) certificate: Vec<u8>,
    pub(super) list: Zeroizing<[u8; 32]>,
}

/// Reads the authority in `dir`, or makes what is not there as long as nobody rests on it.
pub(super) fn open(dir: &Path, site: &str, enrolled: usize, now: Wall) -> Result<Found, AuthorityError> {
    let certificate_path = dir.join(AUTHORITY_CERTIFICATE_FILE);
    let kept = read(&certificate_path)?;
    let rests_on = if kept.is_some() { enrolled.max(1) } else { enrolled };
    let key = open_key(&dir.join(AUTHORITY_KEY_FILE), rests_on)?;
    let certificate = match kept {
        Some(pem) => from_pem(&pem, &certificate_path)?,
        None if enrolled > 0 => return Err(AuthorityError::Lost { path: certificate_path, enrolled }),
        None => {
            let certificate = make_certificate(&key, site, now)?;
            create_private(&certificate_path, pem_of(&certificate).as_bytes())?;
            certificate
        }
    };
    let list = open_list_key(&dir.join(LIST_KEY_FILE), enrolled)?;
    Ok(Found { key, certificate, list })
}

/// A new authority, kept nowhere.
pub(super) fn fresh(site: &str, now: Wall) -> Result<Found, AuthorityError> {
    let key = make_key()?;
    let certificate = make_certificate(&key, site, now)?;
    Ok(Found { key, certificate, list: random_seed()? })
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, AuthorityError> {
    match read_private(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open_key(path: &Path, enrolled: usize) -> Result<KeyPair, AuthorityError> {
    let Some(bytes) = read(path)? else {
        if enrolled > 0 {
            return Err(AuthorityError::Lost { path: path.to_owned(), enrolled });
        }
        let key = make_key()?;
        create_private(path, Zeroizing::new(key.serialize_pem()).as_bytes())?;
        return Ok(key);
    };
    let damaged = |why: &str| AuthorityError::Damaged { path: path.to_owned(), why: why.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged("it is no text"))?;
    KeyPair::from_pkcs8_pem_and_sign_algo(text, &PKCS_ECDSA_P256_SHA256).map_err(|_| damaged("it holds no P-256 key"))
}

fn open_list_key(path: &Path, enrolled: usize) -> Result<Zeroizing<[u8; 32]>, AuthorityError> {
    let Some(bytes) = read(path)? else {
        if enrolled > 0 {
            return Err(AuthorityError::Lost { path: path.to_owned(), enrolled });
        }
        let seed = random_seed()?;
        create_private(path, seed.as_slice())?;
        return Ok(seed);
    };
    let why = || format!("it holds {} bytes where a key has 32", bytes.len());
    let seed = <[u8; 32]>::try_from(bytes.as_slice());
    seed.map(Zeroizing::new).map_err(|_| AuthorityError::Damaged { path: path.to_owned(), why: why() })
}

fn make_key() -> Result<KeyPair, AuthorityError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| AuthorityError::NotMade(error.to_string()))
}

fn random_seed() -> Result<KeyBytes, AuthorityError> {
    draw_key().map_err(|error| AuthorityError::NotMade(error.to_string()))
}

/// The authority's certificate: it signs devices and servers and no further authority (path length 0).
fn make_certificate(key: &KeyPair, site: &str, now: Wall) -> Result<Vec<u8>, AuthorityError> {
    let failed = |error: rcgen::Error| AuthorityError::NotMade(error.to_string());
    let serial = draft::random_serial().map_err(|error| AuthorityError::NotMade(error.to_string()))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Rackward {site} authority"));
    params.subject_alt_names = vec![SanType::URI(urn(site).try_into().map_err(failed)?)];
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    let from = Wall::from_seconds(now.as_seconds().saturating_sub_unsigned(BACKDATED.as_secs()));
    set_times(&mut params, from, now.after(AUTHORITY_LIFE));
    Ok(params.self_signed(key).map_err(failed)?.der().to_vec())
}

/// The name that the authority goes by.
fn urn(site: &str) -> String {
    format!("urn:rackward:{site}:authority")
}

/// Whether a certificate is that of this site's authority and of this key; gives the first instant at which it is over.
pub(super) fn check_certificate(der: &[u8], key: &KeyPair, site: &str, path: &Path) -> Result<Wall, AuthorityError> {
    let damaged = |why: &str| AuthorityError::Damaged { path: path.to_owned(), why: why.to_owned() };
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| damaged("it holds no certificate"))?;
    if !rest.is_empty() {
        return Err(damaged("something stands behind the certificate"));
    }
    if certificate.public_key().raw != key.subject_public_key_info() {
        return Err(damaged("it is not of the key in authority.key"));
    }
    let found = super::holder::uris(&certificate).into_iter().find_map(|uri| {
        uri.strip_prefix("urn:rackward:").and_then(|rest| rest.strip_suffix(":authority")).map(str::to_owned)
    });
    match found {
        Some(found) if found == site => Ok(Wall::from_seconds(certificate.validity().not_after.timestamp())),
        Some(found) => Err(AuthorityError::OtherSite { path: path.to_owned(), found, site: site.to_owned() }),
        None => Err(damaged("it is no authority's")),
    }
}

/// A certificate as PEM, in lines of 64 characters (RFC 7468, clause 2).
pub(crate) fn pem_of(der: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(der);
    let mut pem = format!("-----BEGIN {PEM_LABEL}-----\n");
    let mut rest = text.as_str();
    while let Some((line, behind)) = rest.split_at_checked(64) {
        pem.push_str(line);
        pem.push('\n');
        rest = behind;
    }
    if !rest.is_empty() {
        pem.push_str(rest);
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {PEM_LABEL}-----\n"));
    pem
}

fn from_pem(text: &[u8], path: &Path) -> Result<Vec<u8>, AuthorityError> {
    let read = x509_parser::pem::parse_x509_pem(text).ok().filter(|(_, pem)| pem.label == PEM_LABEL);
    let damaged = || AuthorityError::Damaged { path: path.to_owned(), why: "it holds no certificate".to_owned() };
    read.map(|(_, pem)| pem.contents).ok_or_else(damaged)
}

impl Authority {
    /// The certificates in a PEM file of somebody else, for a broker that ours did not issue a certificate.
    ///
    /// # Errors
    /// The text holds none, or something that is none, in words.
    pub fn certificates_in(pem: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
        let blocks = x509_parser::pem::Pem::iter_from_buffer(pem);
        let read: Result<Vec<_>, _> =
            blocks.map(|block| block.map(|pem| (pem.label == PEM_LABEL, pem.contents))).collect();
        let read = read.map_err(|_| "it is no PEM")?;
        let found: Vec<_> =
            read.into_iter().filter(|(is_certificate, _)| *is_certificate).map(|(_, der)| der).collect();
        if found.is_empty() { Err("it holds no certificate") } else { Ok(found) }
    }
}
