//! The log of a device: what happened while it was on its own, until the daemon has it.
//!
//! Decided here: how records are numbered, which of them are still to be told, what becomes of those that find no room, and the
//! bytes of it all in a memory that outlasts a power cut. Not decided here: what is worth a record (the firmware) and what it
//! means (the core).
//!
//! A full log drops what is new, not what is old: somebody who holds up wrong cards until the log is full cannot push out what
//! they did before. Every record that finds no room takes a number all the same, and one last record, of the highest of them,
//! says how many they are.
//!
//! ```text
//! bytes  = "RWLG" 01 | next number u64 | records u16 | records x record | first 8 bytes of the SHA-256 of what precedes
//! record = number u64 | at u64 | 0 hash 16 bytes, list u64 | 1 hash 16 bytes | 2 | 3 | 4 | 5 | 6 lost u32
//! ```
//! Numbers are big-endian; what a record's leading number stands for is [`Logged`]'s order.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::message::{LogRecord, Logged, MAX_UNIX_MS, UnixMillis};
use super::rights::{CardHash, ListNumber};

/// Most records that are kept, the one that counts those without room among them: a handle used by twenty people an hour fills
/// it in a day, and it takes 40 KiB of a handle's memory.
pub const LOG_LIMIT_RECORDS: usize = 1_024;

const MAGIC: &[u8; 4] = b"RWLG";
const VERSION: u8 = 1;
const CHECK_BYTES: usize = 8;

/// Why bytes are no log. Whoever reads them begins a new one with [`Logbook::resumed`] and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogbookError {
    /// Not of the one version known here.
    #[error(
        "the kept log has version {found}, this firmware knows only {VERSION}; let the firmware that wrote it empty it"
    )]
    Version {
        /// The version it claims.
        found: u8,
    },
    /// Cut short, spoilt, or never a log.
    #[error("the kept log is spoilt; begin a new one and report the records as lost")]
    Spoilt,
}

/// The log of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logbook {
    next: u64,
    told: u64,
    records: VecDeque<LogRecord>,
}

impl Default for Logbook {
    fn default() -> Self {
        Self::new()
    }
}

impl Logbook {
    /// The log of a device that never had one.
    pub fn new() -> Self {
        Self::resumed(1)
    }

    /// An empty log whose first record has this number, or 1 for 0: where the one before was spoilt, a number that it cannot
    /// have reached, because the daemon takes each number once.
    pub fn resumed(next: u64) -> Self {
        Self { next: next.max(1), told: 0, records: VecDeque::new() }
    }

    /// Notes what happened at `at` by the device's clock, and gives its number.
    pub fn note_down(&mut self, at: UnixMillis, what: Logged) -> u64 {
        let number = self.next;
        // A record a second for all the years there will be does not get there.
        self.next = self.next.saturating_add(1);
        let at = UnixMillis(at.0.min(MAX_UNIX_MS));
        if self.records.len() < LOG_LIMIT_RECORDS - 1 {
            self.records.push_back(LogRecord { number, at, what });
        } else {
            self.overflow(number, at);
        }
        number
    }

    fn overflow(&mut self, number: u64, at: UnixMillis) {
        let before = match self.records.back() {
            Some(LogRecord { what: Logged::Overflowed { lost }, .. }) => *lost,
            Some(_) | None => 0,
        };
        if before > 0 {
            self.records.pop_back();
        }
        let what = Logged::Overflowed { lost: before.saturating_add(1) };
        self.records.push_back(LogRecord { number, at, what });
    }

    /// A connection is open: everything that was not noted is told again.
    pub fn connected(&mut self) {
        self.told = 0;
    }

    /// The next record to tell in this connection, oldest first; it counts as told.
    pub fn next_unsent(&mut self) -> Option<LogRecord> {
        let at = self.records.partition_point(|record| record.number <= self.told);
        let record = self.records.get(at).copied()?;
        self.told = record.number;
        Some(record)
    }

    /// Every record that the daemon has not noted, oldest first.
    pub fn unsent(&self) -> impl Iterator<Item = &LogRecord> {
        self.records.iter()
    }

    /// The daemon has the records up to this number: they need not be kept. Of what was not told in this connection nothing is
    /// let go, whatever the number.
    pub fn note(&mut self, through: u64) {
        let through = through.min(self.told);
        while self.records.front().is_some_and(|record| record.number <= through) {
            self.records.pop_front();
        }
        // Of the records without room the daemon knows those up to the number it names.
        if let Some(LogRecord { number, what: Logged::Overflowed { lost }, .. }) = self.records.front_mut() {
            let unknown = u32::try_from(number.saturating_sub(through)).unwrap_or(u32::MAX);
            *lost = (*lost).min(unknown);
        }
    }

    /// The bytes to keep over a power cut.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.next.to_be_bytes());
        let records = u16::try_from(self.records.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&records.to_be_bytes());
        self.records.iter().for_each(|record| write(&mut bytes, record));
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// The log that was kept so.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogbookError> {
        let (body, check) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(LogbookError::Spoilt)?;
        if *check != check_of(body) {
            return Err(LogbookError::Spoilt);
        }
        let mut rest = body.strip_prefix(MAGIC).ok_or(LogbookError::Spoilt)?;
        let [found] = take(&mut rest).ok_or(LogbookError::Spoilt)?;
        if found != VERSION {
            return Err(LogbookError::Version { found });
        }
        read(rest).ok_or(LogbookError::Spoilt)
    }
}

/// A write that the power cut short, or a worn cell of the memory, does not pass for a log.
fn check_of(body: &[u8]) -> [u8; CHECK_BYTES] {
    let digest: [u8; 32] = Sha256::digest(body).into();
    core::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}

fn write(bytes: &mut Vec<u8>, LogRecord { number, at, what }: &LogRecord) {
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes.extend_from_slice(&at.0.to_be_bytes());
    match what {
        Logged::Admitted { card, list } => {
            bytes.push(0);
            bytes.extend_from_slice(&card.0);
            bytes.extend_from_slice(&list.0.to_be_bytes());
        }
        Logged::Refused { card } => {
            bytes.push(1);
            bytes.extend_from_slice(&card.0);
        }
        Logged::Opened => bytes.push(2),
        Logged::Closed => bytes.push(3),
        Logged::KeyTurned => bytes.push(4),
        Logged::Tampered => bytes.push(5),
        Logged::Overflowed { lost } => {
            bytes.push(6);
            bytes.extend_from_slice(&lost.to_be_bytes());
        }
    }
}

fn read(mut rest: &[u8]) -> Option<Logbook> {
    let next = u64::from_be_bytes(take(&mut rest)?);
    let count = usize::from(u16::from_be_bytes(take(&mut rest)?));
    let mut records = VecDeque::new();
    let mut last = 0;
    for _ in 0..count {
        let record = read_record(&mut rest)?;
        if record.number <= last || record.at.0 > MAX_UNIX_MS {
            return None;
        }
        last = record.number;
        records.push_back(record);
    }
    let is_sound = rest.is_empty() && last < next && count <= LOG_LIMIT_RECORDS;
    is_sound.then_some(Logbook { next, told: 0, records })
}

fn read_record(rest: &mut &[u8]) -> Option<LogRecord> {
    let number = u64::from_be_bytes(take(rest)?);
    let at = UnixMillis(u64::from_be_bytes(take(rest)?));
    let [kind] = take(rest)?;
    let what = match kind {
        0 => {
            let card = CardHash(take(rest)?);
            Logged::Admitted { card, list: ListNumber(u64::from_be_bytes(take(rest)?)) }
        }
        1 => Logged::Refused { card: CardHash(take(rest)?) },
        2 => Logged::Opened,
        3 => Logged::Closed,
        4 => Logged::KeyTurned,
        5 => Logged::Tampered,
        6 => Logged::Overflowed { lost: u32::from_be_bytes(take(rest)?) },
        _ => return None,
    };
    Some(LogRecord { number, at, what })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests;
