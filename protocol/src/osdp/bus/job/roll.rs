//! Giving a device that is online a new key.
//!
//! Decides the steps: KEYSET in the session, then a handshake with the new key, which alone proves that it was taken. A
//! confirmation of KEYSET proves nothing: it may be in the clear, and the device may fail to keep the key. From the moment
//! KEYSET is on the line both keys are tried, the new one first.

use core::time::Duration;

use super::{ActiveJob, JobFrame};
use crate::osdp::bus::device::{About, Device, Events, Outstanding};
use crate::osdp::bus::event::{JobFailure, ProvenKey};
use crate::osdp::key::Scbk;
use crate::osdp::line::Micros;
use crate::osdp::message::{code, encode_key};

/// A roll-over takes a second; a device that has not proven either key by then is lost for this job.
const LIMIT_SECS: u64 = 60;

/// A roll-over under way.
#[derive(Debug)]
pub(in crate::osdp::bus) struct Roll {
    until: Micros,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Waiting { since: Micros, fresh: Scbk },
    Given,
}

impl Roll {
    pub(super) fn until(&self) -> Micros {
        self.until
    }

    /// Whether KEYSET has not been on the line.
    pub(super) fn is_waiting(&self) -> bool {
        match &self.stage {
            Stage::Waiting { .. } => true,
            Stage::Given => false,
        }
    }

    pub(super) fn wants_line_at(&self) -> Option<Micros> {
        match &self.stage {
            Stage::Waiting { since, .. } => Some(*since),
            Stage::Given => None,
        }
    }
}

impl Device {
    pub(super) fn begin_roll(&mut self, now: Micros, fresh: Scbk) {
        let until = now + Duration::from_secs(LIMIT_SECS);
        self.job = Some(ActiveJob::Roll(Roll { until, stage: Stage::Waiting { since: now, fresh } }));
        // Whoever rolls a key over waits for it: it goes before the next poll.
        self.ready_at = self.ready_at.max(now);
    }

    pub(super) fn compose_roll(&mut self) -> Option<Outstanding> {
        let Some(ActiveJob::Roll(job)) = &mut self.job else { return None };
        let Stage::Waiting { fresh, .. } = core::mem::replace(&mut job.stage, Stage::Given) else { return None };
        let frame = self.seal(code::KEYSET, &encode_key(&fresh), About::Job(JobFrame::SetKey));
        self.keys.given(fresh);
        frame
    }

    /// The old session is over; the next handshake tells which key the device has.
    pub(in crate::osdp::bus) fn start_proof(&mut self, now: Micros, events: &mut Events) {
        self.close(now, events);
        self.ready_at = now;
    }

    pub(super) fn roll_after_proof(&mut self, now: Micros, proven: Option<ProvenKey>, events: &mut Events) {
        match proven {
            // A session that was lost before KEYSET went out has been made anew.
            None => {}
            Some(ProvenKey::Pending) => self.finish_job(events),
            Some(ProvenKey::Active) => self.fail_job(now, JobFailure::NotProven, events),
        }
    }
}
