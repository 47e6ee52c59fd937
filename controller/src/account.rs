//! What the daemon says of itself for a support bundle: program, machine, site file, disk, certificates of its own. It is
//! gathered without the engine, on a thread that may block, because it is wanted when something is stuck. What may be said at
//! all is the types of `wire/support.rs` in the dashboard; here they are filled, the site file in `account/site_file.rs`.

mod site_file;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rackward_core::{Monotonic, Now, Wall};
use rackward_dashboard::Unavailable;
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::support::{Account, Certificates, Configuration, Program, Running, Storage, StoredFile};
use rustix::fs::statvfs;
use x509_parser::pem::parse_x509_pem;

use crate::config::{Config, ConsoleTls};
use crate::log;
use crate::metrics::COMMIT;
use crate::pki::Authority;

/// Names that files of the storage directory begin with where the daemon made them. Of any other file nobody knows what its name
/// says.
const OUR_FILES: [&str; 12] = [
    "api.",
    "authority.",
    "device-keys",
    "evidence.key",
    "firmware",
    "journal.db",
    "list.key",
    "operators.key",
    "paging.key",
    "past.sqlite",
    "search.sqlite",
    "vault.key",
];
/// How many files are looked at: more than the daemon ever makes.
const LOOKED_MAX_FILES: usize = 10_000;
/// The largest certificate file that is read.
const CERTIFICATE_MAX_BYTES: u64 = 1 << 20;

/// Gives accounts of a daemon.
#[derive(Debug, Clone)]
pub(crate) struct Accounts(Arc<Known>);

/// What does not change while it runs.
#[derive(Debug)]
struct Known {
    configuration: Configuration,
    dir: PathBuf,
    started: Wall,
    begun: Monotonic,
    authority_until: Option<Wall>,
    certificate: Option<PathBuf>,
}

impl Accounts {
    /// Of a daemon that starts now by this configuration.
    pub(crate) fn of(config: &Config, authority: Option<&Authority>) -> Self {
        let certificate = match &config.console.tls {
            ConsoleTls::Given { certificate, .. } => Some(certificate.clone()),
            ConsoleTls::None | ConsoleTls::Own => None,
        };
        let now = crate::clock::now();
        Self(Arc::new(Known {
            configuration: site_file::understood(config),
            dir: config.dir.clone(),
            started: now.wall,
            begun: now.monotonic,
            authority_until: authority.map(|authority| authority.until),
            certificate,
        }))
    }

    /// The disk and the daemon's own certificates, as they are now.
    ///
    /// # Errors
    /// The daemon is stopping.
    pub(crate) async fn upkeep(&self) -> Result<(Storage, Certificates), Unavailable> {
        let known = Arc::clone(&self.0);
        let look = move || (storage(&known.dir), known.certificates());
        tokio::task::spawn_blocking(look).await.map_err(|_| Unavailable)
    }

    /// As it is now, `verified` being when the journal was found whole last.
    ///
    /// # Errors
    /// The daemon is stopping.
    pub(crate) async fn now(&self, now: Now, verified: Option<Wall>) -> Result<Account, Unavailable> {
        let known = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || known.account(now, verified)).await.map_err(|_| Unavailable)
    }
}

impl Known {
    fn account(&self, now: Now, verified: Option<Wall>) -> Account {
        Account {
            running: Running {
                program: program(),
                now_at: At(now.wall),
                started_at: At(self.started),
                up_s: now.monotonic.since(self.begun).as_secs(),
                time_zone: self.configuration.time_zone.clone(),
                verified_at: verified.map(At),
            },
            configuration: self.configuration.clone(),
            storage: storage(&self.dir),
            certificates: self.certificates(),
            log: log::tail(),
        }
    }

    fn certificates(&self) -> Certificates {
        Certificates {
            authority_until_at: self.authority_until.map(At),
            console_until_at: self.certificate.as_deref().and_then(end_of).map(At),
            devices: Vec::new(),
        }
    }
}

/// This program and the machine it runs on. Blocks on files of the kernel's.
pub(crate) fn program() -> Program {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    Program {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: COMMIT.to_owned(),
        optimised: !cfg!(debug_assertions),
        system: std::env::consts::OS.to_owned(),
        kernel: kernel.map(|release| release.trim().to_owned()),
        machine: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism().ok().map(std::num::NonZero::get),
        memory_kb: fs::read_to_string("/proc/self/status").ok().as_deref().and_then(resident),
    }
}

/// The resident memory of a process, as proc(5) tells it.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What lies in the storage directory, by size, and the room that is left there. What cannot be read is not told.
pub(crate) fn storage(dir: &Path) -> Storage {
    let room = statvfs(dir).ok();
    let bytes = |blocks: u64, size: u64| blocks.saturating_mul(size);
    let mut storage = Storage {
        free_bytes: room.as_ref().map(|room| bytes(room.f_bavail, room.f_frsize)),
        size_bytes: room.as_ref().map(|room| bytes(room.f_blocks, room.f_frsize)),
        ..Storage::default()
    };
    for entry in fs::read_dir(dir).into_iter().flatten().flatten().take(LOOKED_MAX_FILES) {
        let Ok(about) = entry.metadata() else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        if OUR_FILES.iter().any(|ours| name.starts_with(ours)) {
            storage.files.push(StoredFile { name, bytes: about.len() });
        } else if about.is_file() {
            storage.other_files += 1;
            storage.other_bytes = storage.other_bytes.saturating_add(about.len());
        }
    }
    storage.files.sort_by(|one, other| one.name.cmp(&other.name));
    storage
}

/// When the first certificate of a PEM file is over.
fn end_of(file: &Path) -> Option<Wall> {
    use std::io::Read as _;
    let mut text = Vec::new();
    fs::File::open(file).ok()?.take(CERTIFICATE_MAX_BYTES).read_to_end(&mut text).ok()?;
    let (_, pem) = parse_x509_pem(&text).ok()?;
    Some(Wall::from_seconds(pem.parse_x509().ok()?.validity().not_after.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_told_without_its_name() {
        let program = program();
        assert_eq!(
            (program.version.as_str(), program.system.as_str()),
            (env!("CARGO_PKG_VERSION"), std::env::consts::OS)
        );
        assert_eq!(resident("Name:\trackward\nVmRSS:\t   51200 kB\nThreads:\t4\n"), Some(51_200));
        assert_eq!(resident("Name:\trackward\n"), None);
    }

    #[test]
    fn of_files_that_are_not_ours_the_name_is_not_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("journal.db"), [0; 7]).unwrap();
        fs::write(dir.path().join("Bo Byrne's notes.txt"), [0; 5]).unwrap();
        let storage = storage(dir.path());
        assert_eq!(storage.files, [StoredFile { name: "journal.db".to_owned(), bytes: 7 }]);
        assert_eq!((storage.other_files, storage.other_bytes), (1, 5));
        assert!(storage.free_bytes <= storage.size_bytes && storage.size_bytes > Some(0));
    }
}
