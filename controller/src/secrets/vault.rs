//! The vault: the Secure Channel keys of all devices at rest, in one file that only the vault's own key opens. A file that
//! was sealed under the site's key for cards is opened with that once and sealed anew at once.
//!
//! Decides which keys a device may know, and sees to it that this is on the disk before the device is told. A fresh key is
//! *pending* until the device has proven it; then it is *active* and the former one is forgotten. At a power cut between
//! any two steps, whichever key the device knows is in the vault. When keys are drawn and settled is the driver's business
//! (`drivers/osdp/jobs.rs`), how the file looks is `sealed.rs`'s.
//!
//! ```text
//!              draw                        promote
//! {active A} ---------> {active A, pending P} ---------> {active P}
//!      ^                      |        |
//!      |  discard: A proven   |        |  withdraw: P was never sent
//!      +----------------------+--------+
//! ```
//!
//! Vocabulary: a pending key that nobody proved is *displaced* when a person says that the device was reset and another one
//! is drawn; should that one never be sent, the displaced one is pending again.
//!
//! A vault that cannot be read is *closed*: no key of it is used, nothing is written over it, and the devices stay offline.
//! That the whole file was exchanged for an older one cannot be seen here; devices whose key is newer refuse it, which
//! is alarmed as a wrong key.

mod sealed;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rackward_core::Wall;
use rackward_protocol::osdp::{DeviceKeys, KeyRefused};
use zeroize::Zeroizing;

use super::SiteKey;
use super::device_key::{DEVICE_KEY_BYTES, DeviceKey};
use super::private_file::{PrivateFileError, WriteStep, read_private_up_to, replace_private};
use super::vault_key::{VAULT_KEY_FILE, VaultKey, VaultKeyError};
use crate::clock;
use sealed::{Form, Unsealable};

/// The vault's file name inside the storage directory.
pub const DEVICE_KEYS_FILE: &str = "device-keys";

/// The largest vault that is read: some hundred thousand devices. Larger means that a wrong file lies there.
const VAULT_MAX_BYTES: u64 = 32 << 20;

/// Who may know what, by device name.
type Contents = BTreeMap<String, Slots>;

/// The keys of one device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Slots {
    active: Option<DeviceKey>,
    /// When the device proved the active key as a fresh one; not known of keys of key files and of older vaults.
    active_since: Option<Wall>,
    pending: Option<DeviceKey>,
    displaced: Option<DeviceKey>,
}

/// What becomes of a pending key that nobody has proven when another one is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// It stays, and no key is drawn: the device may know it.
    Stays,
    /// It is displaced: a person says that the device was reset.
    IsDisplaced,
}

/// The keys of a site's devices. Every method that changes them blocks on the disk; one change is made at a time.
pub struct Vault {
    path: PathBuf,
    /// None while the vault is closed for want of it.
    key: Option<VaultKey>,
    /// The system's random source, and what is told each step of a write: nothing, but for a test that cuts the power.
    random: fn(&mut [u8]) -> Result<(), getrandom::Error>,
    clock: fn() -> Wall,
    after_step: fn(WriteStep) -> io::Result<()>,
    state: Mutex<State>,
}

/// What the vault knows.
enum State {
    Open {
        contents: Contents,
        /// Keys that stand in key files, by device: nobody else may be given them.
        in_files: BTreeMap<String, DeviceKey>,
    },
    Closed(VaultError),
}

/// Why a device has no key, or a key was not kept. Never says what a key is.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VaultError {
    /// The file cannot be read.
    #[error("{0}; until it can be read, every device on a bus stays offline")]
    Unreadable(String),
    /// The file is not what this site wrote.
    #[error(
        "the keys in {path} cannot be used: {why}; every device on a bus stays offline. Restore the newest backup of it together with its {VAULT_KEY_FILE}, or move it away and commission every device anew"
    )]
    Damaged {
        /// The vault.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        why: Unsealable,
    },
    /// There is no key to open it with.
    #[error("{0}; until it is there, every device on a bus stays offline")]
    NoKey(String),
    /// The system refused to write.
    #[error("the keys of device \"{device}\" were not changed: {why}; see to the disk and try again")]
    NotWritten {
        /// Which device.
        device: String,
        /// What the system said.
        why: String,
    },
    /// The system has no random bytes.
    #[error("no key was drawn for device \"{device}\": the system gave no random bytes: {why}")]
    NoEntropy {
        /// Which device.
        device: String,
        /// What the system said.
        why: String,
    },
    /// The random source is broken.
    #[error(
        "no key was drawn for device \"{device}\": the system's random source gave a weak key ({why}); it must be mended before any key is made"
    )]
    Weak {
        /// Which device.
        device: String,
        /// What is weak about it.
        #[source]
        why: KeyRefused,
    },
    /// Two devices would have one key.
    #[error(
        "device \"{device}\" was given no key: device \"{other}\" has the same one, and a key proves one device only if no other has it; give it a key of its own, or its old name back if it was called \"{other}\" before"
    )]
    Duplicate {
        /// Which device.
        device: String,
        /// Who has it.
        other: String,
    },
    /// An earlier key is still pending.
    #[error(
        "no key was drawn for device \"{device}\": it has not proven yet whether it took the last one; wait until it is online, or commission it anew"
    )]
    Unsettled {
        /// Which device.
        device: String,
    },
}

impl Vault {
    /// Opens the vault in `dir`; a site that has none gets one with its first key. A vault that cannot be read is closed,
    /// which [`Vault::trouble`] tells. `site_key` opens a vault of the older form. Blocks on the disk.
    pub fn open(dir: &Path, site_key: &SiteKey) -> Self {
        let path = dir.join(DEVICE_KEYS_FILE);
        let (key, state) = match Self::read(dir, &path, site_key) {
            Ok((key, contents, form)) => {
                let vault = Self::with(path, Some(key), State::Open { contents, in_files: BTreeMap::new() });
                if form == Some(Form::UnderSiteKey) {
                    vault.seal_anew();
                }
                return vault;
            }
            Err(trouble) => (None, State::Closed(trouble)),
        };
        Self::with(path, key, state)
    }

    fn with(path: PathBuf, key: Option<VaultKey>, state: State) -> Self {
        let clock = || clock::now().wall;
        Self { path, key, random: getrandom::fill, clock, after_step: |_| Ok(()), state: Mutex::new(state) }
    }

    fn read(dir: &Path, path: &Path, site_key: &SiteKey) -> Result<(VaultKey, Contents, Option<Form>), VaultError> {
        let damaged = |why| VaultError::Damaged { path: path.to_owned(), why };
        let file = match read_private_up_to(path, VAULT_MAX_BYTES) {
            Ok(file) => Some(file),
            Err(error) if error.is_missing() => None,
            Err(error) => return Err(VaultError::Unreadable(error.to_string())),
        };
        let form = file.as_deref().map(|file| Form::of(file)).transpose().map_err(damaged)?;
        let rests_on = matches!(form, Some(Form::UnderVaultKey | Form::WithAges));
        let key = VaultKey::open(dir, rests_on).map_err(|error: VaultKeyError| VaultError::NoKey(error.to_string()))?;
        let contents = match (&file, form) {
            (Some(file), Some(Form::UnderVaultKey | Form::WithAges)) => sealed::open(&key, file).map_err(damaged)?,
            (Some(file), Some(Form::UnderSiteKey)) => {
                sealed::open(&VaultKey::of_site_key(site_key), file).map_err(damaged)?
            }
            (None, _) | (_, None) => Contents::new(),
        };
        Ok((key, contents, form))
    }

    /// Seals what was sealed under the site's key. Should the disk refuse, the next change of a key does it.
    fn seal_anew(&self) {
        let State::Open { contents, .. } = &*self.lock() else { return };
        match self.write(contents) {
            Ok(()) => {
                tracing::info!(path = %self.path.display(), "the devices' keys are sealed under their own key now")
            }
            Err(error) => tracing::error!(%error, "the devices' keys are still sealed under the site's key for cards"),
        }
    }

    /// Why the vault is closed, if it is.
    pub fn trouble(&self) -> Option<VaultError> {
        match &*self.lock() {
            State::Open { .. } => None,
            State::Closed(trouble) => Some(trouble.clone()),
        }
    }

    /// What the device may know now; nothing while the vault is closed.
    pub fn keys_of(&self, device: &str) -> DeviceKeys {
        match &*self.lock() {
            State::Open { contents, .. } => contents.get(device).map(Slots::keys).unwrap_or_default(),
            State::Closed(_) => DeviceKeys::default(),
        }
    }

    /// Since when the device has had its active key; `None` where it has none, or where that is not known.
    pub fn active_since(&self, device: &str) -> Option<Wall> {
        match &*self.lock() {
            State::Open { contents, .. } => contents.get(device).and_then(|slots| slots.active_since),
            State::Closed(_) => None,
        }
    }

    /// Takes over the keys of key files: the key of a device that the vault does not know becomes its active one, a device
    /// that it knows keeps what it has, and no key of a file is ever given to another device. All of them are on the disk
    /// when this returns; who could not be taken over, and why, is in the list.
    pub fn import(&self, files: &[(&str, DeviceKey)]) -> Vec<VaultError> {
        let mut state = self.lock();
        let State::Open { contents, in_files } = &mut *state else { return Vec::new() };
        let mut changed = contents.clone();
        let (mut refused, mut taken) = (Vec::new(), Vec::new());
        for (device, key) in files {
            in_files.insert((*device).to_owned(), key.clone());
            if changed.contains_key(*device) {
                continue;
            }
            match holder(&changed, key) {
                Some(other) => {
                    refused.push(VaultError::Duplicate { device: (*device).to_owned(), other: other.to_owned() });
                }
                None => {
                    changed.insert((*device).to_owned(), Slots { active: Some(key.clone()), ..Slots::default() });
                    taken.push(*device);
                }
            }
        }
        if taken.is_empty() {
            return refused;
        }
        match self.write(&changed) {
            Ok(()) => *contents = changed,
            Err(why) => refused.extend(taken.into_iter().map(|device| not_written(device, &why))),
        }
        refused
    }

    /// Draws a fresh key for a device and keeps it as pending; it is on the disk when this returns the device's keys.
    ///
    /// # Errors
    /// No key can be drawn or kept; the device keeps what it has.
    pub fn draw_pending(&self, device: &str, unproven: Unproven) -> Result<DeviceKeys, VaultError> {
        let fresh = self.draw(device)?;
        self.change(device, |slots| {
            if slots.pending.is_some() && unproven == Unproven::Stays {
                return Err(VaultError::Unsettled { device: device.to_owned() });
            }
            slots.displaced = slots.pending.replace(fresh);
            Ok(())
        })
    }

    /// The device proved its pending key: it is the active one from now on.
    ///
    /// # Errors
    /// It could not be written; both keys are kept.
    pub fn promote(&self, device: &str) -> Result<DeviceKeys, VaultError> {
        self.change(device, |slots| {
            if let Some(pending) = slots.pending.take() {
                // To the second, as it is kept.
                let since = Wall::from_seconds((self.clock)().as_seconds());
                *slots = Slots { active: Some(pending), active_since: Some(since), ..Slots::default() };
            }
            Ok(())
        })
    }

    /// The device proved its active key: the pending one never arrived.
    ///
    /// # Errors
    /// It could not be written; both keys are kept.
    pub fn discard_pending(&self, device: &str) -> Result<DeviceKeys, VaultError> {
        self.change(device, |slots| {
            if slots.active.is_some() {
                (slots.pending, slots.displaced) = (None, None);
            }
            Ok(())
        })
    }

    /// The pending key was never sent to the device: it is as if it had not been drawn.
    ///
    /// # Errors
    /// It could not be written; both keys are kept.
    pub fn withdraw(&self, device: &str) -> Result<DeviceKeys, VaultError> {
        self.change(device, |slots| {
            slots.pending = slots.displaced.take();
            Ok(())
        })
    }

    /// A key that nobody else has.
    fn draw(&self, device: &str) -> Result<DeviceKey, VaultError> {
        let mut bytes = Zeroizing::new([0; DEVICE_KEY_BYTES]);
        (self.random)(bytes.as_mut_slice()).map_err(|why| no_entropy(device, why))?;
        let key = DeviceKey::parse(*bytes).map_err(|why| VaultError::Weak { device: device.to_owned(), why })?;
        match &*self.lock() {
            State::Closed(trouble) => Err(trouble.clone()),
            State::Open { contents, in_files } => {
                let in_file = in_files.iter().find(|(_, other)| **other == key).map(|(other, _)| other.as_str());
                match holder(contents, &key).or(in_file) {
                    Some(other) => Err(VaultError::Duplicate { device: device.to_owned(), other: other.to_owned() }),
                    None => Ok(key),
                }
            }
        }
    }

    /// Changes the keys of one device: on the disk first, and only then here.
    fn change(
        &self,
        device: &str,
        alter: impl FnOnce(&mut Slots) -> Result<(), VaultError>,
    ) -> Result<DeviceKeys, VaultError> {
        let mut state = self.lock();
        let contents = match &mut *state {
            State::Open { contents, .. } => contents,
            State::Closed(trouble) => return Err(trouble.clone()),
        };
        let before = contents.get(device).cloned().unwrap_or_default();
        let mut slots = before.clone();
        alter(&mut slots)?;
        let keys = slots.keys();
        if slots == before {
            return Ok(keys);
        }
        let mut changed = contents.clone();
        match slots.present() {
            0 => changed.remove(device),
            _ => changed.insert(device.to_owned(), slots),
        };
        self.write(&changed).map_err(|why| not_written(device, &why))?;
        *contents = changed;
        Ok(keys)
    }

    fn write(&self, contents: &Contents) -> Result<(), PrivateFileError> {
        let failed = |cause| PrivateFileError::Io { doing: "seal", path: self.path.clone(), cause };
        let mut salt = [0; 32];
        (self.random)(&mut salt).map_err(|why| failed(io::Error::other(why.to_string())))?;
        let key = self.key.as_ref().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let file = sealed::seal(key, Form::WithAges, salt, contents)
            .filter(|file| file.len() as u64 <= VAULT_MAX_BYTES)
            .ok_or_else(|| failed(io::ErrorKind::FileTooLarge.into()))?;
        replace_private(&self.path, &file, &mut |step| (self.after_step)(step))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is ever left half changed: a change replaces the contents whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the vault at `path` can only be opened with the site's key.
pub(super) fn rests_on_site_key(path: &Path) -> bool {
    match read_private_up_to(path, VAULT_MAX_BYTES) {
        Ok(file) => Form::of(&file) == Ok(Form::UnderSiteKey),
        // Of a vault that cannot be read nobody knows; a new key would be wrong if it did.
        Err(error) => !error.is_missing(),
    }
}

/// Who has this key, active, pending or displaced.
fn holder<'c>(contents: &'c Contents, key: &DeviceKey) -> Option<&'c str> {
    let has = |slots: &Slots| slots.iter().any(|(_, other)| other == key);
    contents.iter().find(|(_, slots)| has(slots)).map(|(device, _)| device.as_str())
}

fn not_written(device: &str, why: &PrivateFileError) -> VaultError {
    VaultError::NotWritten { device: device.to_owned(), why: why.to_string() }
}

fn no_entropy(device: &str, why: getrandom::Error) -> VaultError {
    VaultError::NoEntropy { device: device.to_owned(), why: why.to_string() }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.path.display())
    }
}

impl Slots {
    /// The slots in the order of their numbers in the file.
    fn in_order(&self) -> [&Option<DeviceKey>; 3] {
        [&self.active, &self.pending, &self.displaced]
    }

    /// The keys that are there, with their slots' numbers.
    fn iter(&self) -> impl Iterator<Item = (u8, &DeviceKey)> {
        (0..).zip(self.in_order()).filter_map(|(slot, key)| Some((slot, key.as_ref()?)))
    }

    /// Which slots are there, one bit each.
    fn present(&self) -> u8 {
        self.iter().map(|(slot, _)| 1 << slot).sum()
    }

    /// The slots that a byte of [`Self::present`] names; `None` where it names others.
    fn named_by(present: u8) -> Option<impl Iterator<Item = u8>> {
        (present < 8).then(|| (0..3).filter(move |slot| present & (1 << slot) != 0))
    }

    fn slot_mut(&mut self, slot: u8) -> &mut Option<DeviceKey> {
        match slot {
            0 => &mut self.active,
            1 => &mut self.pending,
            _ => &mut self.displaced,
        }
    }

    /// The two keys that the device may prove.
    fn keys(&self) -> DeviceKeys {
        let scbk = |key: &Option<DeviceKey>| key.as_ref().map(DeviceKey::scbk);
        DeviceKeys { active: scbk(&self.active), pending: scbk(&self.pending) }
    }
}

#[cfg(test)]
mod tests;
