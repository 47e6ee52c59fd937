//! Sending a file to a device, while it and the others are served.
//!
//! Decides when the next fragment may take the line and how long a device may be away. What a fragment holds and what a
//! device's word on it means is in `transfer`.

use alloc::sync::Arc;
use core::time::Duration;

use super::{ActiveJob, JobFrame};
use crate::osdp::bus::device::{About, Device, Events, Outstanding};
use crate::osdp::bus::event::{BusEvent, JobEvent, JobFailure};
use crate::osdp::line::Micros;
use crate::osdp::message::{FileDetail, FileStatus, Reply, code};
use crate::osdp::transfer::{FileSender, Verdict};

/// After a fragment the line is the others' for so many times the time it took: releases and cards wait for a file no
/// longer than for one fragment.
const REST_FACTOR: u32 = 2;

/// A device that has been away for so long does not get the rest of its file.
const AWAY_LIMIT_SECS: u64 = 600;

/// Words on the progress of a file, about.
const PROGRESS_WORDS: u32 = 20;

/// FTSTAT action bit: other traffic may go between fragments (OSDP 2.2, 7.19).
const OTHERS_ALLOWED: u8 = 0b001;

/// The number told for a file that cannot be sent at all, as a device would for content it does not recognise (OSDP 2.2,
/// 7.19).
const NO_CONTENT: i16 = -2;

/// A file on its way.
#[derive(Debug)]
pub(in crate::osdp::bus) struct Sending {
    sender: FileSender,
    /// The bus has no line for the next fragment before.
    rested_at: Micros,
    /// Bytes taken when the driver was told last.
    told: u32,
    away_since: Option<Micros>,
    /// The device wants no other traffic between fragments.
    wants_to_be_alone: bool,
}

impl Sending {
    pub(super) fn wants_line_at(&self) -> Micros {
        self.rested_at.max(self.sender.ready_at())
    }

    pub(super) fn wants_to_be_alone(&self) -> bool {
        self.wants_to_be_alone
    }

    pub(super) fn until(&self) -> Option<Micros> {
        self.away_since.map(|since| since + Duration::from_secs(AWAY_LIMIT_SECS))
    }

    /// Only a device that is away runs out of time here.
    pub(super) fn over_because(&self) -> JobFailure {
        JobFailure::Lost
    }

    pub(super) fn progress(&self) -> (u32, u32) {
        (self.sender.taken(), self.sender.total())
    }

    pub(super) fn lost_session(&mut self, now: Micros) {
        self.sender.interrupted();
        self.away_since.get_or_insert(now);
    }

    /// The progress to tell, about every twentieth of the file.
    fn word(&mut self) -> Option<JobEvent> {
        let (sent, total) = self.progress();
        let is_due = sent.saturating_sub(self.told) >= (total / PROGRESS_WORDS).max(1) || sent == total;
        if !is_due || sent == self.told {
            return None;
        }
        self.told = sent;
        Some(JobEvent::Progress { sent, total })
    }
}

impl Device {
    pub(super) fn begin_sending(&mut self, now: Micros, kind: u8, contents: Arc<[u8]>, events: &mut Events) {
        match FileSender::new(kind, contents, self.frame_limit, self.place.baud) {
            Ok(sender) => {
                let sending = Sending { sender, rested_at: now, told: 0, away_since: None, wants_to_be_alone: false };
                self.job = Some(ActiveJob::Sending(sending));
            }
            Err(_) => self.tell(BusEvent::Job(JobEvent::Failed(JobFailure::Aborted(NO_CONTENT))), events),
        }
    }

    pub(super) fn compose_fragment(&mut self, now: Micros) -> Option<Outstanding> {
        let baud = self.place.baud;
        let Some(ActiveJob::Sending(job)) = &mut self.job else { return None };
        job.sender.set_baud(baud);
        let data = job.sender.next(now)?.encode();
        job.away_since = None;
        job.rested_at = now + baud.wire_time(data.len()) * (REST_FACTOR + 1);
        self.seal(code::FILETRANSFER, &data, About::Job(JobFrame::Fragment))
    }

    /// The device's word on a fragment. A bare ACK is taken as "go on".
    pub(super) fn fragment_answered(&mut self, now: Micros, reply: &Reply, events: &mut Events) {
        let told = if let Reply::FileStatus(status) = reply { Some(*status) } else { None };
        let status = told.unwrap_or(FileStatus::new(FileDetail::Proceed));
        let Some(ActiveJob::Sending(job)) = &mut self.job else { return };
        job.wants_to_be_alone = status.action & OTHERS_ALLOWED == 0;
        let verdict = job.sender.answered(now, status);
        if let Some(word) = job.word() {
            self.tell(BusEvent::Job(word), events);
        }
        if status.has_event() {
            self.drained = self.drained.max(1);
        }
        match verdict {
            Verdict::GoOn => {}
            Verdict::Done(_) => self.finish_job(events),
            Verdict::Aborted(number) => self.fail_job(now, JobFailure::Aborted(number), events),
            Verdict::EndedEarly => self.fail_job(now, JobFailure::Aborted(0), events),
            Verdict::NeverFinished => self.fail_job(now, JobFailure::TimedOut, events),
        }
    }
}
