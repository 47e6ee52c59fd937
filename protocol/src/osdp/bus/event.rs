//! What goes into a bus and what comes out of it: configuration, events, failures.
//!
//! Decides nothing; it is the vocabulary that the bus and its driver share. What an event means for a door is decided by
//! the device profile and the core.
//!
//! Vocabulary: a *tag* is the caller's own number for a command, given back exactly once, in [`BusEvent::Done`] or
//! [`BusEvent::Failed`].

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use thiserror::Error;

use crate::osdp::key::Scbk;
use crate::osdp::line::{Address, Baud, Micros};
use crate::osdp::message::{Capability, CardFormat, DeviceIdentity, NakCode, Sensitive};

/// How one bus is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusConfig {
    /// Line speed of all devices that have none of their own.
    pub baud: Baud,
    /// Least time between two polls of the same device. Lower finds cards sooner on a bus with few devices; higher saves
    /// processor time. Commands never wait for it.
    pub poll_floor: Duration,
    /// How the line is shared among live devices.
    pub sharing: Sharing,
    /// The driver cannot change the port's speed, as behind a gateway. Devices are then not looked for at other speeds.
    pub speed_is_fixed: bool,
}

impl BusConfig {
    /// A bus at `baud` that polls as often as the line at that speed allows.
    pub const fn new(baud: Baud) -> Self {
        Self { baud, poll_floor: Duration::ZERO, sharing: Sharing::ByUse, speed_is_fixed: false }
    }
}

/// How devices share the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Readers most, and whoever was just used more: role and recent use count.
    #[default]
    ByUse,
    /// All alike, whatever they are and whoever was used.
    Equal,
}

/// One device of a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// What it must prove to be listened to. Without a key it is left alone until it is commissioned.
    pub keys: DeviceKeys,
    /// What it is for; sets how often it is polled.
    pub role: DeviceRole,
    /// Who it must say it is. Without it, the first identity seen is held against all later ones.
    pub expected: Option<DeviceIdentity>,
    /// Its own line speed; without one, that of the bus. Each change of speed on a line costs a silence of 25 ms.
    pub baud: Option<Baud>,
}

impl DeviceConfig {
    /// A device that has proven its key before, or was given it on the bench.
    pub fn new(key: Scbk, role: DeviceRole) -> Self {
        Self { keys: DeviceKeys { active: Some(key), pending: None }, role, expected: None, baud: None }
    }
}

/// The Secure Channel base keys one device may prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceKeys {
    /// The key it proved last.
    pub active: Option<Scbk>,
    /// A key that was, or was about to be, given to it by KEYSET; whether it arrived is not known until one of the two is
    /// proven.
    pub pending: Option<Scbk>,
}

/// Which of a device's keys was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvenKey {
    /// The active one: KEYSET of a pending one never took effect.
    Active,
    /// The pending one, which is the active one from now on.
    Pending,
}

/// A longer piece of work with one device, on an operator's word; one at a time for each device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Give a device its first key of this site: a session under `first`, then KEYSET, then the proof of `fresh`. The only
    /// place where the published key is ever used. `fresh` must be stored durably as pending before this is begun.
    Commission {
        /// What the device knows now.
        first: FirstKey,
        /// What it shall know.
        fresh: Scbk,
        /// The job fails then, wherever it stands.
        until: Micros,
    },
    /// Give a device that is online a new key. `fresh` must be stored durably as pending before this is begun.
    RollKey {
        /// What it shall know.
        fresh: Scbk,
    },
    /// Give a device another address, speed or both (COMSET), follow what it answers and prove that it is there.
    SetLine {
        /// The address it shall have.
        address: Address,
        /// The speed it shall have.
        baud: Baud,
    },
    /// Send a file (`osdp_FILETRANSFER`), such as firmware.
    SendFile {
        /// The file's type, 1 for firmware by custom.
        kind: u8,
        /// Its bytes.
        contents: Arc<[u8]>,
    },
}

/// What a device that is to be commissioned knows now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstKey {
    /// The published default key: the device is in install mode.
    Published,
    /// A key its maker or the bench gave it.
    Given(Scbk),
}

/// How a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEvent {
    /// So much of a file has been taken by the device.
    Progress {
        /// Bytes taken.
        sent: u32,
        /// Bytes in all.
        total: u32,
    },
    /// It is done and proven. After [`Job::SetLine`] the device is known under `address` and `baud` from now on; this event
    /// itself still comes under the address of before. After [`Job::Commission`] whoever the device now says it is counts
    /// as the right one.
    Done {
        /// Its address.
        address: Address,
        /// Its speed.
        baud: Baud,
    },
    /// The key that was to be given was never on the line; [`Self::Failed`] follows at once. The bus goes on with the keys
    /// of before the job.
    KeyNotSent,
    /// It did not come about. Unless [`Self::KeyNotSent`] came before, the key that was to be given may be with the device,
    /// so both must be kept until [`BusEvent::KeyProven`] says which it has.
    Failed(JobFailure),
}

/// Why a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// Its time ran out.
    TimedOut,
    /// The device proved neither the first key nor the fresh one: it is not in install mode, or has another key.
    NotInInstallMode,
    /// The device refused it.
    Refused(NakCode),
    /// The device went away and did not come back in time.
    Lost,
    /// The device took it but then did not prove what it must: the new key, or that it is at the new address.
    NotProven,
    /// The device gave up a file, with its own (negative) number.
    Aborted(i16),
    /// It was stopped on an operator's word.
    Stopped,
}

/// Why a job was not begun; no event follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JobRefused {
    /// No such device was added to this bus.
    #[error("no device with this address is on the bus; add it first")]
    UnknownAddress,
    /// Another job with the device is under way.
    #[error("another job with this device is under way; wait for its end or stop it")]
    Busy,
    /// The device is not online, which the job needs.
    #[error("the device is not online; a job needs its secure session")]
    Offline,
    /// The new address belongs to another device of the bus.
    #[error("another device of the bus has this address; choose a free one")]
    AddressTaken,
    /// The port's speed cannot be changed from here, so the device could not be followed.
    #[error("the speed of this bus cannot be changed from here; keep the device at it, or set the gateway first")]
    SpeedFixed,
    /// The fresh key is one that this bus uses already.
    #[error("the new key is in use by a device of this bus; draw another one")]
    DuplicateKey,
}

/// What the bus knows of one device now, for a status page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// It is in a secure session and has been surveyed.
    pub is_online: bool,
    /// A key of it is known; without one it is left alone.
    pub has_key: bool,
    /// The speed at which it is spoken to.
    pub baud: Baud,
    /// The address at which it is spoken to.
    pub address: Address,
    /// How long it takes to begin an answer, as a moving mean; none before the first answer.
    pub answer_time: Option<Duration>,
    /// Answers that did not come or were not believed, since it was added.
    pub failures: u64,
    /// Bytes taken and bytes in all of a file on its way.
    pub transfer: Option<(u32, u32)>,
}

/// Something wrong with the line that is no attack by itself; told at most once in ten seconds for each device and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineTrouble {
    /// Bytes that are no frames, or frames whose check is wrong: noise, a wrong speed, two devices at once.
    Noise,
    /// The line is never silent. It concerns the line as a whole and is told of its lowest address only.
    Babble,
    /// The panel hears its own commands. It concerns the line as a whole and is told of its lowest address only.
    Echo,
    /// The device's answers come after their time.
    Late,
    /// The device keeps saying that it is busy.
    Busy,
}

/// What a search for devices finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanEvent {
    /// So many of all addresses and speeds have been tried.
    Progress {
        /// Tried.
        tried: u32,
        /// In all.
        total: u32,
    },
    /// Somebody answers there. Nothing of it is proven.
    Found {
        /// At this address.
        address: Address,
        /// At this speed.
        baud: Baud,
        /// Who it says it is, if it says so outside a session.
        identity: Option<DeviceIdentity>,
    },
    /// The search is over.
    Done,
}

/// Why a search was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScanRefused {
    /// One is under way.
    #[error("a search of this bus is under way; wait for its end")]
    Busy,
}

/// What a device is for. Readers are polled four times as often as rack handles, locks twice as often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceRole {
    /// A card reader: somebody waits for its answer.
    Reader,
    /// A door's lock and contacts: a forced door must be noticed quickly.
    Lock,
    /// A rack handle; there are many of them.
    Handle,
}

/// The caller's number for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandTag(pub u64);

/// Which queue a command joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A lock release, or a relock: goes before everything else on the bus.
    Release,
    /// Lights, sounds, text, questions.
    Normal,
}

/// What happened on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusEvent {
    /// The device is (again) in a secure session and its identity, abilities, inputs, outputs and local state have been
    /// read; the events with those states follow directly. Comes again whenever a session was lost and re-made, since
    /// the device may have restarted: write its permanent lights anew.
    Online {
        /// Who it is.
        identity: DeviceIdentity,
        /// What it says it can do.
        capabilities: Vec<Capability>,
    },
    /// The device cannot be trusted to know or tell anything now. Queued commands have failed.
    Offline {
        /// Why.
        cause: OfflineCause,
    },
    /// A card was presented.
    Card {
        /// Reader number on the device.
        reader: u8,
        /// How the bits are framed.
        format: CardFormat,
        /// How many bits count.
        bit_count: u16,
        /// The bits, first bit in the highest bit of the first byte, unused bits zero.
        data: Sensitive,
    },
    /// Keys were pressed.
    Keypad {
        /// Reader number on the device.
        reader: u8,
        /// ASCII digits; `*` is 0x7F and `#` is 0x0D.
        digits: Sensitive,
    },
    /// All inputs, one raw byte each: 0 inactive, 1 active, others are supervision faults of the maker's numbering.
    Inputs(Vec<u8>),
    /// All outputs, one raw byte each.
    Outputs(Vec<u8>),
    /// The device's readers, one raw byte each: 0 normal, 1 not connected, 2 tampered with.
    Readers(Vec<u8>),
    /// The device's own state; `true` is trouble.
    Local {
        /// Its cover is open or it was moved.
        tamper: bool,
        /// Its supply is failing.
        power_failed: bool,
    },
    /// The device confirmed the command, in its secure session.
    Done {
        /// Which command.
        tag: CommandTag,
    },
    /// The command did not happen, or nobody can know whether it did.
    Failed {
        /// Which command.
        tag: CommandTag,
        /// Why.
        why: Failure,
    },
    /// A reply in the secure session that could not be read; its content is not shown.
    Unreadable {
        /// The reply code.
        code: u8,
    },
    /// Something that an attack, or a badly provisioned device, would cause.
    Security(SecurityTrouble),
    /// Something wrong with the line.
    Line(LineTrouble),
    /// Which key the device proved, told before [`BusEvent::Online`] whenever a pending one was known.
    KeyProven(ProvenKey),
    /// How the device's job goes on.
    Job(JobEvent),
}

/// Why a device is offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflineCause {
    /// No valid answer for eight seconds (OSDP 2.2, 5.7).
    NoAnswer,
    /// It answers, but no secure session can be made or kept for eight seconds.
    NoSession,
    /// It does not prove knowledge of its key.
    WrongKey,
}

/// Why a command failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The device is offline; nothing was sent.
    Offline,
    /// Its time was over before its turn came; nothing was sent.
    Expired,
    /// The device refused it, in its secure session.
    Refused(NakCode),
    /// The device kept saying that it is busy, and so that it did not execute the command. It says so in the clear.
    Busy,
    /// It was sent, but whether it was executed is not known.
    Unconfirmed,
}

/// What an attack would look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityTrouble {
    /// The device does not know any of its keys. Reported once until it does again.
    WrongKey,
    /// A frame in the session did not carry the right authentication code; the session was ended.
    MacFailure {
        /// How many times since the device was added.
        count: u32,
    },
    /// A plaintext answer where only a secured one is believed; it was dropped. Told at most once in ten seconds.
    PlaintextRefused,
    /// While the device was asked, an address that owes no answer spoke; it was not listened to. Told at most once in ten
    /// seconds.
    ForeignAddress {
        /// Who spoke; it may be nobody of this bus.
        from: Address,
    },
    /// The device proves the key but says it is another device.
    Replaced {
        /// Who it should be.
        expected: DeviceIdentity,
        /// Who it says it is.
        found: DeviceIdentity,
    },
    /// The device offers the published default key, or refuses its own: it was reset or replaced. Reported once until it
    /// proves its own again; only a new commissioning helps.
    DefaultKey,
    /// No random bytes were to be had, so no session was started.
    NoEntropy,
}

/// Why a command was not taken at all; no event will follow for its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendRefused {
    /// Too many commands wait for this device, or too many events wait to be taken from the bus.
    #[error("too many commands wait for the device, or events for the driver; take events, then try again")]
    QueueFull,
    /// No such device was added to this bus.
    #[error("no device with this address is on the bus; add it first")]
    UnknownAddress,
}
