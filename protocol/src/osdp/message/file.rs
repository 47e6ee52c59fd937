//! File transfer on the wire: `osdp_FILETRANSFER` and `osdp_FTSTAT` (OSDP 2.2, 6.26 and 7.19).
//!
//! Decides the DATA layout of a fragment and of a device's word on it. It does not decide which fragment goes next
//! (`transfer`) or what the device does with the file (`peripheral`).
//!
//! Vocabulary: a *fragment* is a stretch of the file; an *idle* fragment has none of it and only asks how things stand.

use alloc::vec::Vec;
use core::time::Duration;

use super::device::Refusal;
use super::{NakCode, Sensitive};

/// Type, total size, offset and length before the data of a fragment.
pub(crate) const FRAGMENT_HEAD_BYTES: usize = 11;

/// A stretch of a file on its way to a device. Files may hold what is no business of a log, so `Debug` counts the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFragment {
    /// The file's type; 1 is firmware by custom.
    pub(crate) kind: u8,
    /// Bytes of the whole file.
    pub(crate) total: u32,
    /// Where in the file this stretch begins.
    pub(crate) offset: u32,
    pub(crate) data: Sensitive,
}

impl FileFragment {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let data = self.data.expose();
        let mut out = Vec::with_capacity(FRAGMENT_HEAD_BYTES + data.len());
        out.push(self.kind);
        out.extend_from_slice(&self.total.to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(data);
        out
    }

    /// Strict about lengths: a fragment that is longer or shorter than it says would put bytes where they do not belong.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let Some(([kind, t1, t2, t3, t4, o1, o2, o3, o4, low, high], data)) =
            bytes.split_first_chunk::<FRAGMENT_HEAD_BYTES>()
        else {
            return Err(Refusal(NakCode::LENGTH));
        };
        if data.len() != usize::from(u16::from_le_bytes([*low, *high])) {
            return Err(Refusal(NakCode::LENGTH));
        }
        Ok(Self {
            kind: *kind,
            total: u32::from_le_bytes([*t1, *t2, *t3, *t4]),
            offset: u32::from_le_bytes([*o1, *o2, *o3, *o4]),
            data: Sensitive::new(data.to_vec()),
        })
    }
}

/// What a device makes of the file so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileDetail {
    /// 0: the fragment was taken, go on.
    Proceed,
    /// 1: the whole file has been dealt with.
    Processed,
    /// 2: dealt with, and the device restarts now.
    Rebooting,
    /// 3: the device works on it; ask again with idle fragments.
    Finishing,
    /// Below zero: given up. -1 aborted, -2 content not recognised, -3 content malformed, others the maker's own.
    Refused(i16),
    /// Above 3: not of the standard.
    Unknown(i16),
}

impl FileDetail {
    pub(crate) fn from_number(number: i16) -> Self {
        match number {
            0 => Self::Proceed,
            1 => Self::Processed,
            2 => Self::Rebooting,
            3 => Self::Finishing,
            ..0 => Self::Refused(number),
            4.. => Self::Unknown(number),
        }
    }

    fn number(self) -> i16 {
        match self {
            Self::Proceed => 0,
            Self::Processed => 1,
            Self::Rebooting => 2,
            Self::Finishing => 3,
            Self::Refused(number) | Self::Unknown(number) => number,
        }
    }
}

/// A device's word on a fragment (`osdp_FTSTAT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileStatus {
    /// Bits: 1 other traffic may go between, 2 leave the secure channel (never obeyed), 4 a poll has an answer waiting.
    pub(crate) action: u8,
    /// Wait so long before the next fragment.
    pub(crate) delay: Duration,
    pub(crate) detail: FileDetail,
    /// New longest message, in bytes; zero changes nothing.
    pub(crate) longest_message: u16,
}

impl FileStatus {
    /// Other traffic with this device may go between the fragments.
    const INTERLEAVE: u8 = 0b001;
    /// A poll would be answered by an event.
    const POLL_WAITING: u8 = 0b100;
    const BYTES: usize = 7;

    /// The usual answer to a fragment: taken, go on, with other traffic between.
    pub(crate) const fn new(detail: FileDetail) -> Self {
        Self { action: Self::INTERLEAVE, delay: Duration::ZERO, detail, longest_message: 0 }
    }

    /// True when the device has something to say to a poll.
    pub(crate) const fn has_event(&self) -> bool {
        self.action & Self::POLL_WAITING != 0
    }

    /// The same, telling also whether a poll would be answered by an event.
    pub(crate) const fn with_event(mut self, waiting: bool) -> Self {
        if waiting {
            self.action |= Self::POLL_WAITING;
        }
        self
    }

    /// Delays above 65.535 s are held there.
    pub(super) fn encode(&self) -> Vec<u8> {
        let delay = u16::try_from(self.delay.as_millis()).unwrap_or(u16::MAX);
        let mut out = Vec::with_capacity(Self::BYTES);
        out.push(self.action);
        out.extend_from_slice(&delay.to_le_bytes());
        out.extend_from_slice(&self.detail.number().to_le_bytes());
        out.extend_from_slice(&self.longest_message.to_le_bytes());
        out
    }

    /// Lenient: bytes behind the last field are padding.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let [action, delay_low, delay_high, d1, d2, m1, m2] = *bytes.first_chunk::<{ Self::BYTES }>()?;
        Some(Self {
            action,
            delay: Duration::from_millis(u64::from(u16::from_le_bytes([delay_low, delay_high]))),
            detail: FileDetail::from_number(i16::from_le_bytes([d1, d2])),
            longest_message: u16::from_le_bytes([m1, m2]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn fragment(offset: u32, data: &[u8]) -> FileFragment {
        FileFragment { kind: 1, total: 0x0001_0203, offset, data: Sensitive::new(data.to_vec()) }
    }

    #[test]
    fn a_fragment_has_the_bytes_of_the_standard() {
        let bytes = vec![1, 0x03, 0x02, 0x01, 0, 0x10, 0, 0, 0, 2, 0, 0xAA, 0xBB];
        assert_eq!(fragment(16, &[0xAA, 0xBB]).encode(), bytes);
        assert_eq!(FileFragment::decode(&bytes), Ok(fragment(16, &[0xAA, 0xBB])));
        assert_eq!(FileFragment::decode(&bytes[..12]), Err(Refusal(NakCode::LENGTH)));
        assert_eq!(FileFragment::decode(&bytes[..10]), Err(Refusal(NakCode::LENGTH)));
        assert_eq!(FileFragment::decode(&[bytes, vec![0]].concat()), Err(Refusal(NakCode::LENGTH)));
    }

    #[test]
    fn a_status_has_the_bytes_of_the_standard() {
        let check = |bytes: &[u8], expect: Option<FileStatus>| assert_eq!(FileStatus::decode(bytes), expect);
        let status = |action, millis, detail, longest_message| {
            Some(FileStatus { action, delay: Duration::from_millis(millis), detail, longest_message })
        };
        check(&[1, 0, 0, 0, 0, 0, 0], status(1, 0, FileDetail::Proceed, 0));
        check(&[5, 0x64, 0, 3, 0, 0, 2], status(5, 100, FileDetail::Finishing, 512));
        check(&[0, 0, 0, 0xFD, 0xFF, 0, 0], status(0, 0, FileDetail::Refused(-3), 0));
        check(&[0, 0, 0, 4, 0, 0, 0, 9], status(0, 0, FileDetail::Unknown(4), 0));
        check(&[0, 0, 0, 1, 0, 0], None);
    }

    proptest! {
        #[test]
        fn a_status_survives_the_wire(action: u8, millis: u16, detail: i16, longest_message: u16) {
            let delay = Duration::from_millis(u64::from(millis));
            let status = FileStatus { action, delay, detail: FileDetail::from_number(detail), longest_message };
            prop_assert_eq!(FileStatus::decode(&status.encode()), Some(status));
        }

        #[test]
        fn a_fragment_survives_the_wire(kind: u8, total: u32, offset: u32, data in prop::collection::vec(any::<u8>(), 0..300)) {
            let fragment = FileFragment { kind, total, offset, data: Sensitive::new(data) };
            prop_assert_eq!(FileFragment::decode(&fragment.encode()), Ok(fragment));
        }
    }
}
