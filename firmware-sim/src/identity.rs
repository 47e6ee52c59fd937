//! The identity of a handle at its broker: key, certificate, the site's authority, and the keys the site gave it.
//!
//! Decided here: the files in the device's own directory, and that a new certificate stands beside the old one until it has been
//! seen to connect. How an identity is come by is in `link::enrol`, when it is renewed in `link::mqtt`.
//!
//! ```text
//! identity.pem    private key and certificate, together so that they can never be of two different keys
//! candidate.pem   the same, of a certificate that has not connected yet
//! authority.pem   the certificate that signed it, and that signs the broker's
//! site.toml       list_key and card_key, in hex
//! flash           what the handle keeps over a power cut
//! ```

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rackward_protocol::mqtt::SiteId;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::card::bytes_from_hex;
use crate::config::Secret;
use crate::private_file;
use crate::wiring::mqtt::{Flash, SiteKeys};

/// Longest file of an identity, in bytes; a whole one is a quarter of it.
const FILE_LIMIT_BYTES: u64 = 16_384;
/// Longest flash, in bytes: the longest rights list and a full log.
const FLASH_LIMIT_BYTES: u64 = 262_144;
/// Characters in a line of a PEM file (RFC 7468, section 2).
const PEM_LINE_CHARS: usize = 64;

/// Why an identity cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// A file cannot be read or written.
    #[error("the identity at {} cannot be used: {source}; check the directory `identity_dir` of the world file", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is missing or not what it should be. What it says is not shown: it may hold a key.
    #[error("the identity at {} is not understood; remove the directory and enrol the device again", path.display())]
    Content {
        /// The file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error("no key can be made: {0}; the system may have no random numbers")]
    Key(#[from] rcgen::Error),
}

/// A key and the certificate for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certified {
    /// The private key, PKCS #8.
    key: Vec<u8>,
    /// The certificate, DER.
    certificate: Vec<u8>,
}

impl fmt::Debug for Certified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certified(redacted)")
    }
}

impl Certified {
    /// A key (PKCS #8) with its certificate (DER).
    pub fn new(key: Vec<u8>, certificate: Vec<u8>) -> Self {
        Self { key, certificate }
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The private key, PKCS #8.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// From and to when the certificate is valid, in seconds since 1970; `None` when it is none.
    pub fn validity(&self) -> Option<(i64, i64)> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.certificate).ok()?;
        let validity = certificate.validity();
        Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
    }

    fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key) + &pem("CERTIFICATE", &self.certificate)
    }

    fn from_pem(text: &[u8]) -> Option<Self> {
        let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(text).ok()? else { return None };
        let certificate = CertificateDer::from_pem_slice(text).ok()?;
        Some(Self::new(key.secret_pkcs8_der().to_vec(), certificate.to_vec()))
    }
}

/// A key that has no certificate yet, and the request for one.
pub struct Applicant {
    key: KeyPair,
    /// The request, PKCS #10, DER.
    pub request: Vec<u8>,
}

impl fmt::Debug for Applicant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Applicant(redacted)")
    }
}

impl Applicant {
    /// A new P-256 key for the device of this name.
    pub fn new(device: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, device);
        let request = params.serialize_request(&key)?.der().to_vec();
        Ok(Self { key, request })
    }

    /// With the certificate that was given for it.
    pub fn certified(&self, certificate: &[u8]) -> Certified {
        Certified::new(self.key.serialize_der(), certificate.to_vec())
    }
}

/// Everything a handle has from its site.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its key and certificate.
    pub certified: Certified,
    /// The authority's certificate, DER.
    pub authority: Vec<u8>,
    /// The site's Ed25519 public key for rights lists.
    pub list_key: [u8; 32],
    /// The key under which cards are hashed, for a handle that decides by itself.
    pub card_key: Option<[u8; 32]>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    list_key: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_key: Option<Secret>,
}

impl Identity {
    /// What it decides with by itself.
    pub fn site_keys(&self, site: &SiteId) -> SiteKeys {
        SiteKeys { site: site.clone(), list_key: self.list_key, card_key: self.card_key }
    }
}

/// The directory of one device.
#[derive(Clone, Debug)]
pub struct IdentityDir(PathBuf);

impl IdentityDir {
    /// The directory at this path; made when something is kept in it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is kept there; nothing for a device that has never enrolled. Blocking.
    pub fn load(&self) -> Result<Option<Identity>, IdentityError> {
        let path = self.0.join("identity.pem");
        let Some(certified) = self.certified(&path)? else { return Ok(None) };
        let path = self.0.join("authority.pem");
        let authority = self.read(&path, FILE_LIMIT_BYTES)?.unwrap_or_default();
        let Ok(authority) = CertificateDer::from_pem_slice(&authority) else {
            return Err(IdentityError::Content { path });
        };
        let path = self.0.join("site.toml");
        let text = self.read(&path, FILE_LIMIT_BYTES)?.unwrap_or_default();
        let Some((list_key, card_key)) = site_file(&text) else { return Err(IdentityError::Content { path }) };
        Ok(Some(Identity { certified, authority: authority.to_vec(), list_key, card_key }))
    }

    /// Keeps an identity, in place of what was kept before. Blocking.
    pub fn store(&self, identity: &Identity) -> Result<(), IdentityError> {
        let keys = SiteFile { list_key: hex(&identity.list_key), card_key: identity.card_key.map(|key| hex(&key)) };
        // Two texts of digits, which TOML can always hold.
        let keys = toml::to_string(&keys).unwrap_or_default();
        self.write("site.toml", keys.as_bytes())?;
        self.write("authority.pem", pem("CERTIFICATE", &identity.authority).as_bytes())?;
        self.remove("candidate.pem")?;
        // Last: a directory with this file is whole.
        self.write("identity.pem", identity.certified.to_pem().as_bytes())
    }

    /// The certificate that has not been seen to connect yet. Blocking.
    pub fn candidate(&self) -> Result<Option<Certified>, IdentityError> {
        self.certified(&self.0.join("candidate.pem"))
    }

    /// Keeps a certificate that has not connected yet, before it is tried: once it was shown, the daemon may take no other.
    /// Blocking.
    pub fn store_candidate(&self, certified: &Certified) -> Result<(), IdentityError> {
        self.write("candidate.pem", certified.to_pem().as_bytes())
    }

    /// The candidate has connected, and takes the place of the one before it. Blocking.
    pub fn adopt_candidate(&self) -> Result<(), IdentityError> {
        let path = self.0.join("candidate.pem");
        std::fs::rename(&path, self.0.join("identity.pem")).map_err(|source| IdentityError::Io { path, source })
    }

    /// The candidate is of no use. Blocking.
    pub fn drop_candidate(&self) -> Result<(), IdentityError> {
        self.remove("candidate.pem")
    }

    /// What the handle kept over a power cut; nothing when there is nothing that can be read. Blocking.
    pub fn flash(&self) -> Result<Option<Flash>, IdentityError> {
        let bytes = self.read(&self.0.join("flash"), FLASH_LIMIT_BYTES)?;
        Ok(bytes.and_then(|bytes| Flash::from_bytes(&bytes)))
    }

    /// Keeps it. Blocking.
    pub fn store_flash(&self, flash: &Flash) -> Result<(), IdentityError> {
        self.write("flash", &flash.to_bytes())
    }

    fn certified(&self, path: &Path) -> Result<Option<Certified>, IdentityError> {
        let Some(text) = self.read(path, FILE_LIMIT_BYTES)? else { return Ok(None) };
        Certified::from_pem(&text).map(Some).ok_or_else(|| IdentityError::Content { path: path.to_owned() })
    }

    fn read(&self, path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>, IdentityError> {
        private_file::read(path, limit_bytes).map_err(|source| IdentityError::Io { path: path.to_owned(), source })
    }

    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), IdentityError> {
        let path = self.0.join(file);
        private_file::write(&path, bytes).map_err(|source| IdentityError::Io { path, source })
    }

    fn remove(&self, file: &str) -> Result<(), IdentityError> {
        let path = self.0.join(file);
        private_file::remove(&path).map_err(|source| IdentityError::Io { path, source })
    }
}

fn site_file(text: &[u8]) -> Option<([u8; 32], Option<[u8; 32]>)> {
    let file: SiteFile = toml::from_str(std::str::from_utf8(text).ok()?).ok()?;
    let key = |hex: &Secret| bytes_from_hex(hex.expose())?.try_into().ok();
    let card_key = match &file.card_key {
        Some(hex) => Some(key(hex)?),
        None => None,
    };
    Some((key(&file.list_key)?, card_key))
}

fn hex(bytes: &[u8]) -> Secret {
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// One block of a PEM file (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let mut block = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(PEM_LINE_CHARS));
        block.push_str(line);
        block.push('\n');
        rest = tail;
    }
    block + &format!("-----END {label}-----\n")
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().chain(&[0; 2]).take(3).fold(0usize, |bits, byte| bits << 8 | usize::from(*byte));
        for at in 0..4 {
            let sign = ALPHABET.get(bits >> (18 - 6 * at) & 63).filter(|_| at <= three.len());
            text.push(sign.map_or('=', |sign| char::from(*sign)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn identity(card_key: Option<[u8; 32]>) -> Identity {
        let applicant = Applicant::new("r1-c1-front").unwrap();
        let mut params = CertificateParams::new(vec!["r1-c1-front".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = params.self_signed(&applicant.key).unwrap();
        let certified = applicant.certified(certificate.der());
        Identity { certified, authority: certificate.der().to_vec(), list_key: [7; 32], card_key }
    }

    #[test]
    fn an_identity_comes_back_and_belongs_to_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let home = IdentityDir::new(dir.path().join("r1"));
        assert_eq!(home.load().unwrap(), None);
        for card_key in [None, Some([9; 32])] {
            let identity = identity(card_key);
            home.store(&identity).unwrap();
            assert_eq!(home.load().unwrap(), Some(identity));
        }
        for file in std::fs::read_dir(home.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        }
    }

    #[test]
    fn a_candidate_stands_beside_until_it_is_adopted_or_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let home = IdentityDir::new(dir.path());
        let (old, new) = (identity(None), identity(None).certified);
        home.store(&old).unwrap();
        home.store_candidate(&new).unwrap();
        assert_eq!(home.load().unwrap(), Some(old.clone()));
        assert_eq!(home.candidate().unwrap(), Some(new.clone()));
        home.drop_candidate().unwrap();
        assert_eq!(home.candidate().unwrap(), None);
        home.store_candidate(&new).unwrap();
        home.adopt_candidate().unwrap();
        assert_eq!((home.load().unwrap().unwrap().certified, home.candidate().unwrap()), (new, None));
    }

    #[test]
    fn what_is_no_identity_is_named_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let home = IdentityDir::new(dir.path());
        home.store(&identity(None)).unwrap();
        std::fs::write(dir.path().join("site.toml"), "list_key = 'secret-words'").unwrap();
        let error = home.load().unwrap_err().to_string();
        assert!(error.contains("site.toml") && !error.contains("secret-words"), "{error}");
    }

    #[test]
    fn a_certificate_tells_its_years() {
        let year_2026 = (1_767_225_600, 1_798_761_600);
        assert_eq!(identity(None).certified.validity(), Some(year_2026));
        assert_eq!(Certified::new(Vec::new(), vec![1, 2]).validity(), None);
    }

    #[test]
    fn base64_is_the_one_of_the_standard() {
        // RFC 4648, section 10.
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
