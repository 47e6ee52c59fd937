//! Longer pieces of work with one device: giving it a key, another place on the line, or a file.
//!
//! Decides what a job asks of the device's link at each of its turns, and how it ends; each kind of job has a file of its
//! own. It does not decide who may start a job (the core) nor where keys are kept (the driver, durably, before a job that
//! gives one is begun).
//!
//! Vocabulary: a job is *begun* by the driver and *ends* exactly once, in [`JobEvent::Done`] or [`JobEvent::Failed`]; only
//! the return of a stray device to its own speed is begun by the bus itself and told to nobody.

mod commission;
mod line;
mod roll;
mod sending;

use core::time::Duration;

use super::device::{About, Device, Events, Link, Outstanding, Presence};
use super::event::{BusEvent, Job, JobEvent, JobFailure, JobRefused, ProvenKey};
use crate::osdp::line::{Address, Micros};
use crate::osdp::message::Reply;

use commission::Commission;
use line::Relocation;
use roll::Roll;
use sending::Sending;

/// A job under way.
#[derive(Debug)]
pub(super) enum ActiveJob {
    Commission(Commission),
    Roll(Roll),
    Relocation(Relocation),
    Sending(Sending),
}

/// What a job's frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobFrame {
    Identify,
    SetKey,
    SetLine,
    Fragment,
}

impl ActiveJob {
    /// When the job's next frame wants an open session's line; never, while it waits for something else.
    pub(super) fn wants_line_at(&self) -> Option<Micros> {
        match self {
            Self::Commission(_) => None,
            Self::Roll(job) => job.wants_line_at(),
            Self::Relocation(job) => job.wants_line_at(),
            Self::Sending(job) => Some(job.wants_line_at()),
        }
    }

    /// The device asked for nothing but the job's frames.
    pub(super) fn wants_to_be_alone(&self) -> bool {
        match self {
            Self::Sending(job) => job.wants_to_be_alone(),
            Self::Commission(_) | Self::Roll(_) | Self::Relocation(_) => false,
        }
    }

    /// When the job's time is over.
    pub(super) fn deadline(&self) -> Option<Micros> {
        match self {
            Self::Commission(job) => Some(job.until()),
            Self::Roll(job) => Some(job.until()),
            Self::Relocation(job) => Some(job.until()),
            Self::Sending(job) => job.until(),
        }
    }

    /// Bytes taken and bytes in all of a file.
    pub(super) fn transfer(&self) -> Option<(u32, u32)> {
        match self {
            Self::Sending(job) => Some(job.progress()),
            Self::Commission(_) | Self::Roll(_) | Self::Relocation(_) => None,
        }
    }

    /// Whether it was to give a key and KEYSET was never on the line.
    fn never_sent_its_key(&self) -> bool {
        match self {
            Self::Commission(job) => !job.was_given(),
            Self::Roll(job) => job.is_waiting(),
            Self::Relocation(_) | Self::Sending(_) => false,
        }
    }

    /// The address the device shall have, if the job gives it another.
    pub(super) fn new_address(&self) -> Option<Address> {
        match self {
            Self::Relocation(job) => Some(job.wanted().address),
            Self::Commission(_) | Self::Roll(_) | Self::Sending(_) => None,
        }
    }
}

impl Device {
    /// Begins a job. The bus has checked what concerns other devices: that keys and addresses are free.
    pub(super) fn begin_job(&mut self, now: Micros, job: Job, events: &mut Events) -> Result<(), JobRefused> {
        if matches!(&self.job, Some(ActiveJob::Relocation(homing)) if !homing.is_told()) {
            self.job = None;
        }
        if self.job.is_some() {
            return Err(JobRefused::Busy);
        }
        match job {
            Job::Commission { first, fresh, until } => self.begin_commission(now, first, fresh, until, events),
            Job::RollKey { .. } | Job::SetLine { .. } | Job::SendFile { .. } if self.presence != Presence::Online => {
                return Err(JobRefused::Offline);
            }
            Job::RollKey { fresh } => self.begin_roll(now, fresh),
            Job::SetLine { address, baud } => self.begin_relocation(now, address, baud),
            Job::SendFile { kind, contents } => self.begin_sending(now, kind, contents, events),
        }
        Ok(())
    }

    /// Stops the job, if there is one.
    pub(super) fn stop_job(&mut self, now: Micros, events: &mut Events) {
        self.fail_job(now, JobFailure::Stopped, events);
    }

    /// The job's next frame, if it has one.
    pub(super) fn compose_work(&mut self, now: Micros, events: &mut Events) -> Option<Outstanding> {
        match &self.job {
            Some(ActiveJob::Commission(_)) => self.compose_commission(),
            Some(ActiveJob::Roll(_)) => self.compose_roll(),
            Some(ActiveJob::Relocation(_)) => self.compose_relocation(),
            Some(ActiveJob::Sending(_)) => self.compose_fragment(now),
            None => {
                // A session under a first key has no business without its job.
                if matches!(self.link, Link::Provisioning(_)) {
                    self.lose_session(now, events);
                }
                None
            }
        }
    }

    /// An authenticated answer to a job's frame.
    pub(super) fn job_answered(&mut self, now: Micros, frame: JobFrame, reply: Reply, events: &mut Events) {
        if let Reply::Nak(code, _) = reply {
            if frame == JobFrame::SetKey {
                self.key_not_taken();
            }
            return self.fail_job(now, JobFailure::Refused(code), events);
        }
        match frame {
            JobFrame::Identify => self.identified(),
            JobFrame::SetKey => self.start_proof(now, events),
            JobFrame::SetLine => self.line_answered(now, &reply, events),
            JobFrame::Fragment => self.fragment_answered(now, &reply, events),
        }
    }

    /// A session was made; `proven` tells the key, if more than one was in question.
    pub(super) fn job_after_proof(&mut self, now: Micros, proven: Option<ProvenKey>, events: &mut Events) {
        match &self.job {
            Some(ActiveJob::Commission(_)) => self.commission_after_proof(now, proven, events),
            Some(ActiveJob::Roll(_)) => self.roll_after_proof(now, proven, events),
            Some(ActiveJob::Relocation(_)) => self.relocation_after_proof(now, events),
            Some(ActiveJob::Sending(_)) | None => {}
        }
    }

    /// The device proves none of the keys. True when its job says so, now or at its end.
    pub(super) fn job_without_key(&mut self, now: Micros, events: &mut Events) -> bool {
        match &self.job {
            Some(ActiveJob::Commission(job)) if job.was_given() => {
                self.fail_job(now, JobFailure::NotProven, events);
                true
            }
            Some(ActiveJob::Commission(_)) => {
                self.note_no_install_mode();
                true
            }
            Some(ActiveJob::Roll(_)) => {
                self.fail_job(now, JobFailure::NotProven, events);
                false
            }
            Some(ActiveJob::Relocation(_) | ActiveJob::Sending(_)) | None => false,
        }
    }

    /// The session ended while `about` was under way.
    pub(super) fn job_lost_session(&mut self, now: Micros, about: Option<&About>) {
        match &mut self.job {
            Some(ActiveJob::Sending(job)) => job.lost_session(now),
            Some(ActiveJob::Relocation(_)) if about == Some(&About::Job(JobFrame::SetLine)) => self.seek(now, None),
            Some(ActiveJob::Relocation(_) | ActiveJob::Commission(_) | ActiveJob::Roll(_)) | None => {}
        }
    }

    /// A job's frame was not answered.
    pub(super) fn job_unanswered(&mut self, now: Micros, events: &mut Events) {
        let is_about_line = matches!(&self.outstanding, Some(Outstanding { about: About::Job(JobFrame::SetLine), .. }));
        if is_about_line && self.misses >= line::ASKED_LIMIT_TIMES {
            self.lose_session(now, events);
        }
    }

    /// The pause before a silent device is asked again: shorter while somebody stands beside it and waits.
    pub(super) fn job_pause(&self, usual: Duration) -> Duration {
        match &self.job {
            Some(ActiveJob::Commission(_) | ActiveJob::Roll(_)) => {
                usual.min(Duration::from_millis(commission::LONGEST_PAUSE_MILLIS))
            }
            Some(ActiveJob::Relocation(_) | ActiveJob::Sending(_)) | None => usual,
        }
    }

    /// Ends a job whose time is over.
    pub(super) fn check_job_clock(&mut self, now: Micros, events: &mut Events) {
        let why = match &self.job {
            Some(ActiveJob::Commission(job)) => job.over_because(),
            Some(ActiveJob::Roll(_) | ActiveJob::Relocation(_)) => JobFailure::Lost,
            Some(ActiveJob::Sending(job)) => job.over_because(),
            None => return,
        };
        if self.job.as_ref().and_then(ActiveJob::deadline).is_some_and(|until| now >= until) {
            self.fail_job(now, why, events);
        }
    }

    pub(super) fn finish_job(&mut self, events: &mut Events) {
        if self.job.take().is_some() {
            self.tell_done(events);
        }
    }

    fn tell_done(&self, events: &mut Events) {
        let done = JobEvent::Done { address: self.place.address, baud: self.place.baud };
        self.tell(BusEvent::Job(done), events);
    }

    pub(super) fn fail_job(&mut self, now: Micros, why: JobFailure, events: &mut Events) {
        let Some(job) = self.job.take() else { return };
        let is_told = match &job {
            ActiveJob::Relocation(job) => job.is_told(),
            ActiveJob::Commission(_) | ActiveJob::Roll(_) | ActiveJob::Sending(_) => true,
        };
        if job.never_sent_its_key() && !matches!(why, JobFailure::Refused(_)) {
            self.tell(BusEvent::Job(JobEvent::KeyNotSent), events);
        }
        match job {
            ActiveJob::Commission(job) => self.abandon_commission(now, job, events),
            ActiveJob::Relocation(job) => self.abandon_relocation(&job),
            ActiveJob::Roll(_) | ActiveJob::Sending(_) => {}
        }
        if is_told {
            self.tell(BusEvent::Job(JobEvent::Failed(why)), events);
        }
    }
}
