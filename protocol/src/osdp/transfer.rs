//! The panel's side of a file on its way to a device (`osdp_FILETRANSFER`, OSDP 2.2, 6.26).
//!
//! Decides which stretch of the file is sent next, how long it may be, when it may go and when the transfer is over. A
//! stretch counts as taken only by the device's own word; after a lost session the transfer goes on behind the last one
//! taken. It does not decide which file a device should get (that is the operator's) nor how a frame is repeated (`bus`).
//!
//! ```text
//! Sending ── all taken ──> done, or Finishing while the device works ── processed, rebooting ──> done
//!    └────── refused, ended early, works for too long ──────────────────────────────────────> failed
//! ```
//!
//! Vocabulary: as in `message::file`: a *fragment* is a stretch of the file, an *idle* one only asks how things stand.

use alloc::sync::Arc;
use core::time::Duration;

use super::line::{Baud, Micros};
use super::message::{FRAGMENT_HEAD_BYTES, FileDetail, FileFragment, FileStatus, Sensitive};
use super::wire::{LONGEST_FRAME_BYTES, longest_secured_data};

/// The frame every device must take (OSDP 2.2, 5.6); used until it says that it takes more.
const USUAL_FRAME_BYTES: u16 = 128;
/// The shortest frame with room for some of a file. A device that names less is not taken at its word.
const SHORTEST_FRAME_BYTES: u16 = 30;
/// How long one fragment may hold the line: longer sends files faster, shorter lets a release go sooner.
const FRAGMENT_LIMIT_MILLIS: u64 = 50;
/// Ten bits for a character, a thousand milliseconds for a second.
const BIT_MILLIS_PER_CHARACTER: u64 = 10_000;
/// How long a device may work on a file it has whole. Writing flash takes seconds to minutes; a device that is still at
/// it after this long has hung.
const FINISHING_LIMIT_SECS: u64 = 600;
/// A device's number for a transfer that it does not know (any more).
const ABORTED: i16 = -1;
/// Least time between two idle fragments, unless the device names a longer one: its work does not go faster by asking.
const IDLE_MILLIS: u64 = 100;

/// A file on its way.
#[derive(Clone, Debug)]
pub(crate) struct FileSender {
    kind: u8,
    contents: Arc<[u8]>,
    baud: Baud,
    /// Longest frame the device takes, as far as it said.
    device_limit: u16,
    /// Bytes that the device has said it took.
    taken: u32,
    flight: Flight,
    /// The device asked not to be sent anything before.
    ready_at: Micros,
    /// Since when the device has worked without taking anything.
    working_since: Option<Micros>,
    /// The next fragment is the first since a session was lost: a device that cannot resume will refuse it.
    resumed: Resumed,
}

/// What is on its way and not yet answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flight {
    None,
    Fragment { bytes: u32 },
}

/// Whether starting over may still help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resumed {
    No,
    Now,
    /// It was refused before, so the file was begun anew. That is done once.
    FromStart,
}

/// How a transfer ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileEnd {
    /// The device has the whole file and said nothing more about it.
    Taken,
    /// The device has dealt with it.
    Processed,
    /// The device has dealt with it and restarts: its session ends now.
    Rebooting,
}

/// What follows from a device's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Ask for the next fragment at [`FileSender::ready_at`].
    GoOn,
    Done(FileEnd),
    /// The device gave up, with its own negative number.
    Aborted(i16),
    /// The device said it was done before it had the whole file.
    EndedEarly,
    /// The device has worked on the file for too long.
    NeverFinished,
}

/// A file that cannot be sent: empty, or more than four gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoFile;

impl FileSender {
    /// A transfer that has not begun. `device_limit` is the device's receive buffer in bytes, if it named one.
    pub(crate) fn new(kind: u8, contents: Arc<[u8]>, device_limit: Option<u16>, baud: Baud) -> Result<Self, NoFile> {
        if contents.is_empty() || u32::try_from(contents.len()).is_err() {
            return Err(NoFile);
        }
        Ok(Self {
            kind,
            contents,
            baud,
            device_limit: device_limit.filter(|limit| *limit > 0).unwrap_or(USUAL_FRAME_BYTES),
            taken: 0,
            flight: Flight::None,
            ready_at: Micros::default(),
            working_since: None,
            resumed: Resumed::No,
        })
    }

    /// Bytes the device has taken.
    pub(crate) fn taken(&self) -> u32 {
        self.taken
    }

    /// Bytes in all.
    pub(crate) fn total(&self) -> u32 {
        u32::try_from(self.contents.len()).unwrap_or(u32::MAX)
    }

    /// Not before then.
    pub(crate) fn ready_at(&self) -> Micros {
        self.ready_at
    }

    /// The fragment to send at `now`; none while one is unanswered or the device wants to be left alone.
    pub(crate) fn next(&mut self, now: Micros) -> Option<FileFragment> {
        if self.flight != Flight::None || now < self.ready_at {
            return None;
        }
        let data = if self.working_since.is_some() { &[][..] } else { self.stretch() };
        let fragment = FileFragment {
            kind: self.kind,
            total: self.total(),
            offset: self.taken,
            data: Sensitive::new(data.to_vec()),
        };
        self.flight = Flight::Fragment { bytes: data.len() as u32 };
        Some(fragment)
    }

    /// The device's answer to the fragment, as heard at `now`.
    pub(crate) fn answered(&mut self, now: Micros, status: FileStatus) -> Verdict {
        let Flight::Fragment { bytes } = self.flight else { return Verdict::GoOn };
        self.flight = Flight::None;
        self.ready_at = now + status.delay;
        if status.longest_message > 0 {
            self.device_limit = status.longest_message;
        }
        if let FileDetail::Refused(number) = status.detail {
            return self.refused(number);
        }
        self.took(bytes);
        match status.detail {
            FileDetail::Processed => self.ended(FileEnd::Processed),
            FileDetail::Rebooting => self.ended(FileEnd::Rebooting),
            FileDetail::Finishing => self.wait(now),
            FileDetail::Proceed | FileDetail::Unknown(_) | FileDetail::Refused(_) => self.proceed(),
        }
    }

    /// The session was lost: what is on its way counts as not taken. Sending it twice is harmless, skipping it is not.
    pub(crate) fn interrupted(&mut self) {
        self.flight = Flight::None;
        self.ready_at = Micros::default();
        if self.resumed == Resumed::No && self.taken > 0 {
            self.resumed = Resumed::Now;
        }
    }

    /// The line runs at another speed from now on, which changes how much fits into its patience.
    pub(crate) fn set_baud(&mut self, baud: Baud) {
        self.baud = baud;
    }

    fn has_all(&self) -> bool {
        self.taken == self.total()
    }

    fn took(&mut self, bytes: u32) {
        self.taken = self.taken.saturating_add(bytes).min(self.total());
        if self.resumed == Resumed::Now && bytes > 0 {
            self.resumed = Resumed::No;
        }
    }

    fn ended(&self, end: FileEnd) -> Verdict {
        if self.has_all() { Verdict::Done(end) } else { Verdict::EndedEarly }
    }

    fn proceed(&mut self) -> Verdict {
        self.working_since = None;
        if self.has_all() { Verdict::Done(FileEnd::Taken) } else { Verdict::GoOn }
    }

    /// A device without a memory of the file refuses its middle. Then the whole file is sent again, once. One that had
    /// the whole file, went away while at work on it and now knows nothing of it has restarted with it.
    fn refused(&mut self, number: i16) -> Verdict {
        if self.resumed != Resumed::Now {
            return Verdict::Aborted(number);
        }
        if self.has_all() && number == ABORTED {
            return Verdict::Done(FileEnd::Taken);
        }
        self.resumed = Resumed::FromStart;
        self.taken = 0;
        self.working_since = None;
        Verdict::GoOn
    }

    fn wait(&mut self, now: Micros) -> Verdict {
        self.ready_at = self.ready_at.max(now + Duration::from_millis(IDLE_MILLIS));
        let since = *self.working_since.get_or_insert(now);
        let too_long = now.since(since) >= Duration::from_secs(FINISHING_LIMIT_SECS);
        if too_long { Verdict::NeverFinished } else { Verdict::GoOn }
    }

    /// The next stretch, as long as device and line bear.
    fn stretch(&self) -> &[u8] {
        let rest = self.contents.get(self.taken as usize..).unwrap_or_default();
        rest.get(..self.room()).unwrap_or(rest)
    }

    fn room(&self) -> usize {
        let patience = u64::from(self.baud.bits_per_second()) * FRAGMENT_LIMIT_MILLIS / BIT_MILLIS_PER_CHARACTER;
        let line_limit = (patience as usize).max(usize::from(USUAL_FRAME_BYTES));
        let limit = usize::from(self.device_limit.max(SHORTEST_FRAME_BYTES)).min(line_limit).min(LONGEST_FRAME_BYTES);
        longest_secured_data(limit).saturating_sub(FRAGMENT_HEAD_BYTES).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn file(bytes: usize) -> Arc<[u8]> {
        (0..bytes).map(|at| (at * 7) as u8).collect()
    }

    fn sender(bytes: usize, limit: Option<u16>) -> FileSender {
        FileSender::new(1, file(bytes), limit, Baud::B115200).unwrap()
    }

    fn status(detail: FileDetail) -> FileStatus {
        FileStatus::new(detail)
    }

    /// Offset and length of the next fragment.
    fn next(sender: &mut FileSender, now: Micros) -> Option<(u32, usize)> {
        sender.next(now).map(|fragment| (fragment.offset, fragment.data.expose().len()))
    }

    const NOW: Micros = Micros::from_secs(1);

    #[test]
    fn a_fragment_fits_the_device_and_the_lines_patience() {
        let check = |limit, baud: u32, expect| {
            let mut sender = FileSender::new(1, file(5_000), limit, Baud::parse(baud).unwrap()).unwrap();
            assert_eq!(next(&mut sender, NOW), Some((0, expect)), "{limit:?} at {baud}");
        };
        check(None, 115_200, 100);
        check(Some(0), 115_200, 100);
        check(Some(128), 115_200, 100);
        check(Some(256), 115_200, 228);
        check(Some(1_440), 115_200, 548);
        check(Some(1_440), 9_600, 100);
        check(Some(u16::MAX), 230_400, 1_124);
        check(Some(5), 115_200, 4);
    }

    #[test]
    fn a_file_goes_in_order_and_ends_with_the_devices_word() {
        let mut sender = sender(250, None);
        assert_eq!(next(&mut sender, NOW), Some((0, 100)));
        assert_eq!(next(&mut sender, NOW), None, "one at a time");
        assert_eq!(sender.answered(NOW, status(FileDetail::Proceed)), Verdict::GoOn);
        assert_eq!(sender.answered(NOW, status(FileDetail::Proceed)), Verdict::GoOn, "an answer to nothing is nothing");
        assert_eq!((sender.taken(), sender.total()), (100, 250));
        assert_eq!(next(&mut sender, NOW), Some((100, 100)));
        sender.answered(NOW, status(FileDetail::Proceed));
        assert_eq!(next(&mut sender, NOW), Some((200, 50)));
        assert_eq!(sender.answered(NOW, status(FileDetail::Processed)), Verdict::Done(FileEnd::Processed));
    }

    #[test]
    fn the_device_sets_the_pace_and_the_size() {
        let mut sender = sender(1_000, Some(256));
        next(&mut sender, NOW);
        let slow = FileStatus { delay: Duration::from_millis(700), longest_message: 64, ..status(FileDetail::Proceed) };
        sender.answered(NOW, slow);
        assert_eq!(sender.ready_at(), Micros::from_millis(1_700));
        assert_eq!(next(&mut sender, Micros::from_millis(1_699)), None);
        assert_eq!(next(&mut sender, Micros::from_millis(1_700)), Some((228, 36)));
    }

    #[test]
    fn a_device_at_work_is_asked_with_empty_fragments_and_not_for_ever() {
        let mut sender = sender(50, None);
        next(&mut sender, NOW);
        assert_eq!(sender.answered(NOW, status(FileDetail::Finishing)), Verdict::GoOn);
        assert_eq!(next(&mut sender, NOW), None, "its work needs time");
        let later = NOW + Duration::from_millis(100);
        assert_eq!(next(&mut sender, later), Some((50, 0)));
        assert_eq!(sender.answered(later, status(FileDetail::Finishing)), Verdict::GoOn);
        let much_later = NOW + Duration::from_secs(600);
        assert_eq!(next(&mut sender, much_later), Some((50, 0)));
        let mut patient = sender.clone();
        assert_eq!(patient.answered(much_later, status(FileDetail::Rebooting)), Verdict::Done(FileEnd::Rebooting));
        assert_eq!(sender.answered(much_later, status(FileDetail::Finishing)), Verdict::NeverFinished);
    }

    #[test]
    fn a_device_that_gives_up_or_ends_early_has_not_got_the_file() {
        let check = |detail, expect| {
            let mut sender = sender(500, None);
            next(&mut sender, NOW);
            assert_eq!(sender.answered(NOW, status(detail)), expect);
        };
        check(FileDetail::Refused(-3), Verdict::Aborted(-3));
        check(FileDetail::Processed, Verdict::EndedEarly);
        check(FileDetail::Rebooting, Verdict::EndedEarly);
        check(FileDetail::Unknown(9), Verdict::GoOn);
    }

    #[test]
    fn a_lost_session_costs_one_fragment_and_a_forgetful_device_one_start() {
        let mut sender = sender(300, None);
        next(&mut sender, NOW);
        sender.answered(NOW, status(FileDetail::Proceed));
        next(&mut sender, NOW);
        sender.interrupted();
        assert_eq!(next(&mut sender, NOW), Some((100, 100)), "what was not answered goes again");
        assert_eq!(sender.answered(NOW, status(FileDetail::Refused(-1))), Verdict::GoOn);
        assert_eq!(next(&mut sender, NOW), Some((0, 100)));
        sender.answered(NOW, status(FileDetail::Proceed));
        sender.interrupted();
        assert_eq!(next(&mut sender, NOW), Some((100, 100)));
        assert_eq!(sender.answered(NOW, status(FileDetail::Refused(-1))), Verdict::Aborted(-1));
    }

    #[test]
    fn a_device_that_restarts_at_its_work_has_the_file() {
        let check = |number, expect| {
            let mut sender = sender(50, None);
            next(&mut sender, NOW);
            sender.answered(NOW, status(FileDetail::Finishing));
            sender.interrupted();
            assert_eq!(next(&mut sender, NOW), Some((50, 0)));
            assert_eq!(sender.answered(NOW, status(FileDetail::Refused(number))), expect);
        };
        check(-1, Verdict::Done(FileEnd::Taken));
        check(-3, Verdict::GoOn);
    }

    #[test]
    fn nothing_is_no_file() {
        assert!(FileSender::new(1, file(0), None, Baud::B9600).is_err());
    }

    /// One thing that can happen to a transfer.
    #[derive(Clone, Debug)]
    enum Word {
        Status(i16, u16, u16),
        Interrupted,
    }

    fn word() -> impl Strategy<Value = Word> {
        prop_oneof![
            6 => (prop_oneof![6 => Just(0_i16), 1 => -3..=5_i16], 0..2_000_u16, 0..400_u16)
                .prop_map(|(detail, delay, limit)| Word::Status(detail, delay, limit)),
            1 => Just(Word::Interrupted),
        ]
    }

    proptest! {
        /// Whatever the device says: no byte beyond the file, none skipped, none before the device's own time, and a good
        /// end only when the device has said "taken" to all of it.
        #[test]
        fn no_byte_is_skipped_or_invented(bytes in 1..3_000_usize, limit in prop::option::of(any::<u16>()), words in prop::collection::vec(word(), 0..200)) {
            let contents = file(bytes);
            let mut sender = FileSender::new(1, contents.clone(), limit, Baud::B38400).unwrap();
            let mut now = NOW;
            let mut held: Vec<u8> = Vec::new();
            for word in words {
                now = now.max(sender.ready_at());
                let fragment = sender.next(now).expect("an open transfer always has something to send");
                let (offset, data) = (fragment.offset as usize, fragment.data.expose());
                prop_assert!(offset <= held.len(), "nothing is skipped");
                prop_assert!(offset + data.len() <= bytes, "nothing is invented");
                prop_assert_eq!(fragment.total as usize, bytes);
                let Word::Status(detail, delay, longest_message) = word else {
                    sender.interrupted();
                    continue;
                };
                let delay = Duration::from_millis(u64::from(delay));
                let detail = FileDetail::from_number(detail);
                let status = FileStatus { action: 1, delay, detail, longest_message };
                if !matches!(detail, FileDetail::Refused(_)) {
                    held.truncate(offset);
                    held.extend_from_slice(data);
                }
                match sender.answered(now, status) {
                    Verdict::GoOn => prop_assert!(delay.is_zero() || sender.clone().next(now).is_none(), "its delay is kept"),
                    Verdict::Done(_) => {
                        prop_assert_eq!(&held[..], &contents[..]);
                        return Ok(());
                    }
                    Verdict::Aborted(_) | Verdict::EndedEarly | Verdict::NeverFinished => return Ok(()),
                }
            }
        }
    }
}
