//! What TLS at the console is made of: a certificate of the daemon's own, made anew in time, or one from elsewhere, read
//! again when its file changes. TLS 1.3 alone is spoken, HTTP/2 is preferred to HTTP/1.1 (RFC 7301).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;

use super::{Authority, ClientAuthorities, OwnCertificate};
use crate::secrets::read_private_up_to;

/// How often a certificate from elsewhere is looked at. Whoever renews it waits no longer; a look costs two file times.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The largest file of a certificate or key that is read.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// A certificate from elsewhere.
pub struct GivenCertificate {
    certificate: PathBuf,
    key: PathBuf,
    /// None until the files could be read. Held for the exchange alone: every handshake waits for it.
    current: RwLock<Option<Arc<CertifiedKey>>>,
    looked: Mutex<Looked>,
}

/// When the files in use were written.
type Times = [Option<SystemTime>; 2];

/// What the last look came to.
#[derive(Default)]
struct Looked {
    /// The times of the files that are in use; of files that could not be used nothing is remembered, so they are read again.
    used: Option<Times>,
    /// What was wrong, so that it is told once.
    wrong: Option<String>,
}

impl GivenCertificate {
    /// Reads it for the first time. Blocks on the disk. Without one that can be used no browser gets in, and whatever else
    /// the daemon does goes on; the files are looked at again like those in use.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Self {
        let given = Self { certificate, key, current: RwLock::default(), looked: Mutex::default() };
        given.look();
        given
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

    /// Reads the files if they are not those in use. Their times are taken before: what is written meanwhile is read at the
    /// next look.
    fn look(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let now = times(&self.certificate, &self.key);
        if looked.used == Some(now) {
            return;
        }
        match read(&self.certificate, &self.key) {
            Ok(next) => {
                let before = self.current.write().unwrap_or_else(PoisonError::into_inner).replace(next);
                if before.is_some() {
                    tracing::info!("the console shows its new certificate");
                }
                *looked = Looked { used: Some(now), wrong: None };
            }
            Err(error) => {
                let error = format!("{error:#}");
                if looked.wrong.as_ref() != Some(&error) {
                    tracing::error!(
                        error,
                        "the console's certificate cannot be used; one that was in use before stays"
                    );
                    looked.wrong = Some(error);
                }
            }
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
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn times(certificate: &Path, key: &Path) -> Times {
    [certificate, key].map(|path| fs::metadata(path).and_then(|found| found.modified()).ok())
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
    let chain = chain.with_context(|| format!("{} is no PEM", certificate.display()))?;
    anyhow::ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let private = PrivateKeyDer::from_pem_slice(&read_private_up_to(key, FILE_MAX_BYTES)?)
        .with_context(|| format!("{} holds no key", key.display()))?;
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
    /// TLS of the console, with a certificate of the daemon's own; clients may show one of these authorities.
    ///
    /// # Errors
    /// The library does not speak TLS 1.3.
    pub fn console_tls(
        own: Arc<OwnCertificate>,
        clients: Option<&Arc<ClientAuthorities>>,
    ) -> anyhow::Result<Arc<ServerConfig>> {
        console_tls(own, clients)
    }
}

/// TLS of the console, with a certificate from elsewhere; clients may show one of these authorities.
///
/// # Errors
/// The library does not speak TLS 1.3.
pub fn given_tls(
    given: Arc<GivenCertificate>,
    clients: Option<&Arc<ClientAuthorities>>,
) -> anyhow::Result<Arc<ServerConfig>> {
    console_tls(given, clients)
}

fn console_tls(
    certificate: Arc<dyn ResolvesServerCert>,
    clients: Option<&Arc<ClientAuthorities>>,
) -> anyhow::Result<Arc<ServerConfig>> {
    let builder = Authority::server_tls()?;
    let mut config = match clients {
        None => builder.with_no_client_auth().with_cert_resolver(certificate),
        Some(clients) => {
            let mut config = builder.with_client_cert_verifier(clients.asking()).with_cert_resolver(certificate);
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            config
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rcgen::{CertificateParams, KeyPair};
    use tempfile::TempDir;

    use super::*;

    /// A new certificate with its key, both PEM.
    fn pair() -> (String, String) {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = CertificateParams::new(["console.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    struct Files {
        dir: TempDir,
        written: u64,
    }

    impl Files {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap(), written: 0 }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        /// Writes a file as if at another second each time.
        fn write(&mut self, name: &str, text: &str, mode: u32) {
            let path = self.path(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            self.written += 1;
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_898_202 + self.written);
            fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        }

        fn both(&mut self, (certificate, key): &(String, String)) {
            self.write("console.pem", certificate, 0o644);
            self.write("console.key", key, 0o600);
        }

        fn open(&self) -> GivenCertificate {
            GivenCertificate::open(self.path("console.pem"), self.path("console.key"))
        }
    }

    fn shown(given: &GivenCertificate) -> Option<Vec<u8>> {
        given.current.read().unwrap().as_ref().map(|current| current.cert[0].to_vec())
    }

    fn wrong(given: &GivenCertificate) -> Option<String> {
        given.looked.lock().unwrap().wrong.clone()
    }

    fn der(pair: &(String, String)) -> Option<Vec<u8>> {
        Some(CertificateDer::from_pem_slice(pair.0.as_bytes()).unwrap().to_vec())
    }

    #[test]
    fn a_certificate_that_changes_is_shown_from_the_next_look_on() {
        let (mut files, first, second) = (Files::new(), pair(), pair());
        files.both(&first);
        let given = files.open();
        assert_eq!(shown(&given), der(&first));
        // Renewing writes one file after the other.
        files.write("console.pem", &second.0, 0o644);
        given.look();
        assert_eq!(shown(&given), der(&first), "half of it is none");
        files.write("console.key", &second.1, 0o600);
        given.look();
        assert_eq!((shown(&given), wrong(&given)), (der(&second), None));
    }

    #[test]
    fn what_could_not_be_read_once_is_read_again_though_its_times_stay() {
        let (mut files, first, second) = (Files::new(), pair(), pair());
        files.both(&first);
        let given = files.open();
        files.both(&second);
        // As when the process has no more descriptors: the file is there with its time, and cannot be opened.
        let (key, away) = (files.path("console.key"), files.path("elsewhere"));
        let at = fs::metadata(&key).unwrap().modified().unwrap();
        fs::rename(&key, &away).unwrap();
        fs::create_dir(&key).unwrap();
        fs::File::open(&key).unwrap().set_modified(at).unwrap();
        given.look();
        assert_eq!(shown(&given), der(&first));
        assert!(wrong(&given).is_some());
        fs::remove_dir(&key).unwrap();
        fs::rename(&away, &key).unwrap();
        given.look();
        assert_eq!((shown(&given), wrong(&given)), (der(&second), None));
    }

    #[test]
    fn a_key_that_everybody_can_read_proves_nothing() {
        let (mut files, pair) = (Files::new(), pair());
        files.both(&pair);
        files.write("console.key", &pair.1, 0o644);
        let given = files.open();
        assert_eq!(shown(&given), None);
        assert!(wrong(&given).unwrap().contains("chmod 600"), "{:?}", wrong(&given));
        fs::set_permissions(files.path("console.key"), fs::Permissions::from_mode(0o640)).unwrap();
        given.look();
        assert_eq!(shown(&given), der(&pair), "mended without a restart");
    }

    #[test]
    fn handshakes_do_not_wait_for_the_disk() {
        let (mut files, first, second) = (Files::new(), pair(), pair());
        files.both(&first);
        let given = Arc::new(files.open());
        files.write("console.pem", &second.0, 0o644);
        let key = files.path("console.key");
        fs::remove_file(&key).unwrap();
        // A pipe is a file that takes as long to read as somebody likes.
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&key).status().unwrap();
        assert!(made.success());
        let looking = std::thread::spawn({
            let given = Arc::clone(&given);
            move || given.look()
        });
        // Opening the other end waits for the one who reads.
        let mut pipe = fs::File::options().write(true).open(&key).unwrap();
        let current = given.current.try_read().expect("nobody holds it while the disk is read");
        assert_eq!(current.as_ref().map(|current| current.cert[0].to_vec()), der(&first));
        drop(current);
        std::io::Write::write_all(&mut pipe, second.1.as_bytes()).unwrap();
        drop(pipe);
        looking.join().unwrap();
        assert_eq!(shown(&given), der(&second));
    }

    #[test]
    fn without_files_nobody_is_let_in_until_there_are_some() {
        let (mut files, pair) = (Files::new(), pair());
        let given = files.open();
        assert!(shown(&given).is_none() && wrong(&given).is_some());
        files.both(&pair);
        given.look();
        assert_eq!(shown(&given), der(&pair));
    }
}
