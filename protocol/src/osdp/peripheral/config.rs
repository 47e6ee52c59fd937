//! What a device is: its place, its key, what it has and what it takes.
//!
//! Decides nothing at run time; a device that was given another key or place says so by an action, and its firmware keeps
//! it for the next start.

use alloc::vec::Vec;
use core::time::Duration;

use crate::osdp::key::{MayUsePublishedKey, PublishedKey, Scbk};
use crate::osdp::line::{Address, Baud};
use crate::osdp::message::{Capability, DeviceIdentity, NamePlate};
use crate::osdp::secure::ProvableKeys;

/// Longest frame a device of ours takes.
const RECEIVE_BUFFER_BYTES: u16 = 1_440;

/// Which keys a device accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeripheralKey {
    /// None of its own: it is in install mode and accepts the published one, until it is given its own.
    Install,
    /// Its own and nothing else: a device in service.
    Own(Scbk),
    /// Its own, and the published one because somebody has opened it and set it to install mode. Ends with the next key.
    Reinstall(Scbk),
}

impl From<Scbk> for PeripheralKey {
    fn from(key: Scbk) -> Self {
        Self::Own(key)
    }
}

/// The right of a device in install mode to use the published key; made by [`PeripheralKey::provable`] alone.
struct InstallMode;

impl MayUsePublishedKey for InstallMode {}

impl PeripheralKey {
    pub(super) fn provable(&self) -> ProvableKeys {
        let published = || Some(PublishedKey::with(&InstallMode));
        match self {
            Self::Install => ProvableKeys { own: None, published: published() },
            Self::Own(key) => ProvableKeys { own: Some(key.clone()), published: None },
            Self::Reinstall(key) => ProvableKeys { own: Some(key.clone()), published: published() },
        }
    }
}

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeripheralConfig {
    /// Its address on the line.
    pub address: Address,
    /// Its speed. The peripheral does not use it; it answers COMSET with it and says when it changes.
    pub baud: Baud,
    /// Its Secure Channel base key.
    pub key: PeripheralKey,
    /// Who it says it is.
    pub identity: DeviceIdentity,
    /// What it says of itself in words; a device without says nothing.
    pub name_plate: NamePlate,
    /// What it says it can do.
    pub capabilities: Vec<Capability>,
    /// Number of inputs.
    pub inputs: u8,
    /// Number of outputs.
    pub outputs: u8,
    /// Number of readers, each with light and buzzer; commands for others are refused.
    pub readers: u8,
    /// Time it takes to answer. At least two characters of the line's speed on a real line; the standard allows 200 ms.
    pub turnaround: Duration,
    /// Files it takes; none without.
    pub files: Option<FileIntake>,
    /// Takes messages of its maker's own when they are for the OUI of its identity.
    pub manufacturer_messages: ManufacturerMessages,
}

/// Whether a device knows messages of its maker's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManufacturerMessages {
    /// It refuses them as unknown.
    #[default]
    Refused,
    /// It takes those for its own OUI.
    Taken,
}

/// How a device takes files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIntake {
    /// Longest file in bytes; a longer one is refused with its first fragment.
    pub limit_bytes: u32,
    /// Wait it asks for between two fragments.
    pub delay: Duration,
}

impl PeripheralConfig {
    /// A device that says of itself what its numbers of inputs, outputs and readers imply, takes no files and answers at
    /// once. A bare [`Scbk`] is taken as its own key.
    pub fn new(
        address: Address,
        key: impl Into<PeripheralKey>,
        identity: DeviceIdentity,
        inputs: u8,
        outputs: u8,
        readers: u8,
    ) -> Self {
        let key = key.into();
        let capabilities = capabilities(&key, inputs, outputs, readers);
        Self {
            address,
            baud: Baud::B9600,
            key,
            identity,
            name_plate: NamePlate::default(),
            capabilities,
            inputs,
            outputs,
            readers,
            turnaround: Duration::ZERO,
            files: None,
            manufacturer_messages: ManufacturerMessages::Refused,
        }
    }
}

/// OSDP 2.2, Annex B: supervised contacts, outputs with timers, lights of three colours, sound, CRC, AES, whether the
/// published key is known, 1440-byte buffer, readers, version 2.2.
fn capabilities(key: &PeripheralKey, inputs: u8, outputs: u8, readers: u8) -> Vec<Capability> {
    let capability = |function, level, count| Capability { function, level, count };
    let knows_published = u8::from(!matches!(key, PeripheralKey::Own(_)));
    let list = [
        (inputs > 0).then(|| capability(Capability::INPUTS, 2, inputs)),
        (outputs > 0).then(|| capability(Capability::OUTPUTS, 4, outputs)),
        (readers > 0).then(|| capability(Capability::CARD_FORMAT, 1, 1)),
        (readers > 0).then(|| capability(Capability::LIGHTS, 4, 1)),
        (readers > 0).then(|| capability(Capability::BUZZER, 2, 1)),
        (readers > 0).then(|| capability(Capability::TEXT, 1, 1)),
        Some(capability(Capability::CRC, 1, 0)),
        Some(capability(Capability::SECURITY, 1, knows_published)),
        Some(Capability::of_size(Capability::RECEIVE_BUFFER, RECEIVE_BUFFER_BYTES)),
        (readers > 0).then(|| capability(Capability::READERS, 0, readers)),
        Some(capability(Capability::VERSION, 2, 0)),
    ];
    list.into_iter().flatten().collect()
}
