//! A file as a device takes it (`osdp_FILETRANSFER`, OSDP 2.2, 6.26).
//!
//! Decides which fragment fits what is held, and what the panel is told. Fragments may come again, and a transfer may go on
//! in another session, but none may be left out. Whether the content is any good is decided by the firmware.
//!
//! ```text
//! Nothing ── first fragment ──> Receiving ── last byte ──> Judging ── firmware's verdict ──> Judged ── told ──> Nothing
//! ```

use alloc::vec::Vec;

use super::config::FileIntake;
use crate::osdp::message::{FileDetail, FileFragment, FileStatus, Sensitive};

/// Refused: the transfer is not known here, or does not go on where it stopped.
const ABORTED: FileDetail = FileDetail::Refused(-1);
/// Refused: the sizes do not fit each other or the device.
const UNACCEPTABLE: FileDetail = FileDetail::Refused(-3);

/// What the firmware makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileVerdict {
    /// It has been put to use.
    Processed,
    /// It will be put to use by the restart that follows ([`super::Action::Restart`]).
    Restarting,
    /// It is no file for this device.
    Refused,
}

impl FileVerdict {
    fn detail(self) -> FileDetail {
        match self {
            Self::Processed => FileDetail::Processed,
            Self::Restarting => FileDetail::Rebooting,
            Self::Refused => FileDetail::Refused(-2),
        }
    }
}

/// A file on its way in.
#[derive(Clone, Debug)]
pub(super) enum Intake {
    Nothing,
    Receiving { kind: u8, total: u32, held: Vec<u8> },
    Judging,
    Judged(FileVerdict),
}

/// What a fragment led to.
pub(super) struct Taken {
    pub(super) status: FileStatus,
    pub(super) then: Next,
}

/// What the device does because of a fragment.
pub(super) enum Next {
    Nothing,
    /// The file is whole: show it to the firmware.
    Judge {
        kind: u8,
        contents: Sensitive,
    },
    /// The panel has been told that the device restarts.
    Restart,
}

impl Intake {
    /// Takes a fragment under the rules of `intake`.
    pub(super) fn take(&mut self, intake: FileIntake, fragment: &FileFragment) -> Taken {
        let (detail, then) = match core::mem::replace(self, Self::Nothing) {
            Self::Judging => {
                *self = Self::Judging;
                (FileDetail::Finishing, Next::Nothing)
            }
            Self::Judged(verdict) => {
                let restarts = verdict == FileVerdict::Restarting;
                (verdict.detail(), if restarts { Next::Restart } else { Next::Nothing })
            }
            Self::Receiving { kind, total, held } if kind == fragment.kind && total == fragment.total => {
                self.append(fragment, held)
            }
            Self::Receiving { .. } | Self::Nothing => self.begin(intake, fragment),
        };
        let delay = intake.delay;
        Taken { status: FileStatus { delay, ..FileStatus::new(detail) }, then }
    }

    /// Gives up what is held.
    pub(super) fn abort(&mut self) {
        *self = Self::Nothing;
    }

    /// The firmware's word on the file it was shown.
    pub(super) fn judge(&mut self, verdict: FileVerdict) {
        if matches!(self, Self::Judging) {
            *self = Self::Judged(verdict);
        }
    }

    fn begin(&mut self, intake: FileIntake, fragment: &FileFragment) -> (FileDetail, Next) {
        if fragment.offset != 0 || fragment.data.expose().is_empty() {
            return (ABORTED, Next::Nothing);
        }
        if fragment.total > intake.limit_bytes {
            return (UNACCEPTABLE, Next::Nothing);
        }
        self.append(fragment, Vec::new())
    }

    /// A fragment that begins where, or before, what is held ends replaces what lies behind its beginning.
    fn append(&mut self, fragment: &FileFragment, mut held: Vec<u8>) -> (FileDetail, Next) {
        let FileFragment { kind, total, offset, data } = fragment;
        let offset = *offset as usize;
        if offset > held.len() {
            return (ABORTED, Next::Nothing);
        }
        if offset.saturating_add(data.expose().len()) > *total as usize {
            return (UNACCEPTABLE, Next::Nothing);
        }
        if !data.expose().is_empty() {
            held.truncate(offset);
            held.extend_from_slice(data.expose());
        }
        if held.len() == *total as usize {
            *self = Self::Judging;
            return (FileDetail::Finishing, Next::Judge { kind: *kind, contents: Sensitive::new(held) });
        }
        *self = Self::Receiving { kind: *kind, total: *total, held };
        (FileDetail::Proceed, Next::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use proptest::prelude::*;

    const INTAKE: FileIntake = FileIntake { limit_bytes: 1_000, delay: Duration::from_millis(5) };

    fn fragment(total: u32, offset: u32, data: &[u8]) -> FileFragment {
        FileFragment { kind: 1, total, offset, data: Sensitive::new(data.to_vec()) }
    }

    fn take(intake: &mut Intake, total: u32, offset: u32, data: &[u8]) -> FileDetail {
        intake.take(INTAKE, &fragment(total, offset, data)).status.detail
    }

    #[test]
    fn a_file_is_taken_in_order_and_judged() {
        let mut intake = Intake::Nothing;
        assert_eq!(take(&mut intake, 4, 0, &[1, 2]), FileDetail::Proceed);
        let last = intake.take(INTAKE, &fragment(4, 2, &[3, 4]));
        assert_eq!((last.status.detail, last.status.delay), (FileDetail::Finishing, INTAKE.delay));
        assert!(matches!(last.then, Next::Judge { kind: 1, contents } if contents.expose() == [1, 2, 3, 4]));
        assert_eq!(take(&mut intake, 4, 4, &[]), FileDetail::Finishing);
        intake.judge(FileVerdict::Restarting);
        let told = intake.take(INTAKE, &fragment(4, 4, &[]));
        assert!(matches!((told.status.detail, told.then), (FileDetail::Rebooting, Next::Restart)));
        assert_eq!(take(&mut intake, 4, 4, &[]), ABORTED, "told once");
    }

    #[test]
    fn what_does_not_follow_is_refused() {
        let check = |total, offset, data: &[u8], expect| {
            let mut intake = Intake::Nothing;
            take(&mut intake, 10, 0, &[1, 2, 3]);
            assert_eq!(take(&mut intake, total, offset, data), expect, "{total} {offset}");
        };
        check(10, 3, &[4], FileDetail::Proceed);
        check(10, 1, &[2, 3, 4], FileDetail::Proceed);
        check(10, 3, &[], FileDetail::Proceed);
        check(10, 4, &[5], ABORTED);
        check(10, 3, &[0; 8], UNACCEPTABLE);
        check(11, 3, &[4], ABORTED);
        check(1_001, 0, &[4], UNACCEPTABLE);
        check(11, 0, &[4], FileDetail::Proceed);
    }

    #[test]
    fn a_verdict_without_a_file_is_none() {
        let mut intake = Intake::Nothing;
        intake.judge(FileVerdict::Processed);
        assert_eq!(take(&mut intake, 4, 4, &[]), ABORTED);
    }

    proptest! {
        /// Whatever comes: what the firmware is shown has the announced length, and memory stays below the limit.
        #[test]
        fn any_fragments_are_survived(fragments in prop::collection::vec((0..40_u32, 0..40_u32, prop::collection::vec(any::<u8>(), 0..20)), 0..100)) {
            let mut intake = Intake::Nothing;
            for (total, offset, data) in fragments {
                let taken = intake.take(INTAKE, &fragment(total, offset, &data));
                if let Next::Judge { contents, .. } = taken.then {
                    prop_assert_eq!(contents.expose().len() as u32, total);
                    intake.judge(FileVerdict::Refused);
                }
                if let Intake::Receiving { held, total, .. } = &intake {
                    prop_assert!(held.len() < *total as usize && *total <= INTAKE.limit_bytes);
                }
            }
        }
    }
}
