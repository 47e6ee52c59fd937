//! What TLS at the console is made of: a certificate of the daemon's own, made anew in time, or one from elsewhere, read
//! again when its file changes. TLS 1.3 alone is spoken, HTTP/2 is preferred to HTTP/1.1 (RFC 7301).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;

use super::{Authority, OwnCertificate};

/// How often a certificate from elsewhere is looked at. Whoever renews it waits no longer; a look costs two file times.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The largest file of a certificate or key that is read.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// A certificate from elsewhere.
pub struct GivenCertificate {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<(Arc<CertifiedKey>, [Option<SystemTime>; 2])>,
}

impl GivenCertificate {
    /// Reads it for the first time. Blocks on the disk.
    ///
    /// # Errors
    /// A file cannot be read, or the key is not the certificate's.
    pub fn open(certificate: PathBuf, key: PathBuf) -> anyhow::Result<Self> {
        let times = times(&certificate, &key);
        let current = RwLock::new((read(&certificate, &key)?, times));
        Ok(Self { certificate, key, current })
    }

    /// Reads it again whenever a file has changed, until `closing`. One that cannot be used leaves the one before in use.
    pub async fn follow(self: Arc<Self>, closing: CancellationToken) {
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            let this = Arc::clone(&self);
            // A look that panicked has changed nothing.
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }

    fn look(&self) {
        let now = times(&self.certificate, &self.key);
        if self.current.read().unwrap_or_else(PoisonError::into_inner).1 == now {
            return;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.1 = now;
        match read(&self.certificate, &self.key) {
            Ok(next) => {
                current.0 = next;
                tracing::info!("the console shows its new certificate");
            }
            Err(error) => tracing::error!(error = format!("{error:#}"), "the console keeps its certificate of before"),
        }
    }
}

impl std::fmt::Debug for GivenCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GivenCertificate({})", self.certificate.display())
    }
}

impl ResolvesServerCert for GivenCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).0))
    }
}

fn times(certificate: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|path| fs::metadata(path).and_then(|found| found.modified()).ok())
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
    let chain = chain.with_context(|| format!("{} is no PEM", certificate.display()))?;
    anyhow::ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let private =
        PrivateKeyDer::from_pem_slice(&bytes(key)?).with_context(|| format!("{} holds no key", key.display()))?;
    let provider = rustls::crypto::ring::default_provider();
    let certified = CertifiedKey::from_der(chain, private, &provider);
    let words = || format!("{} is not the key of {}", key.display(), certificate.display());
    Ok(Arc::new(certified.with_context(words)?))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(FILE_MAX_BYTES).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

impl Authority {
    /// TLS of the console, with a certificate of the daemon's own.
    ///
    /// # Errors
    /// The library does not speak TLS 1.3.
    pub fn console_tls(own: Arc<OwnCertificate>) -> anyhow::Result<Arc<ServerConfig>> {
        console_tls(own)
    }
}

/// TLS of the console, with a certificate from elsewhere.
///
/// # Errors
/// The library does not speak TLS 1.3.
pub fn given_tls(given: Arc<GivenCertificate>) -> anyhow::Result<Arc<ServerConfig>> {
    console_tls(given)
}

fn console_tls(certificate: Arc<dyn ResolvesServerCert>) -> anyhow::Result<Arc<ServerConfig>> {
    let mut config = Authority::server_tls()?.with_no_client_auth().with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
