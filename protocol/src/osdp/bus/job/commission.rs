//! Giving a device its first key of this site.
//!
//! Decides the steps: a session under what the device knows now, its identity, KEYSET with the new key, then the proof of
//! the new key in another session. The published key is used here and nowhere else: [`Permit`] is the right to it, and
//! only this file can make one. Whether and for how long a person allows this is decided by the core.
//!
//! ```text
//!  Identify ──answered──> SetKey ──sent──> proof of the new key ──> done
//!     ^                                         │
//!     └──────────── proves the first key again ─┘
//! ```

use super::{ActiveJob, JobFrame};
use crate::osdp::bus::device::{About, Device, Events, Outstanding, Presence};
use crate::osdp::bus::event::{FirstKey, JobFailure, OfflineCause, ProvenKey};
use crate::osdp::bus::keyring::{First, KeyRing};
use crate::osdp::bus::place::Place;
use crate::osdp::key::{MayUsePublishedKey, PublishedKey, Scbk};
use crate::osdp::line::Micros;
use crate::osdp::message::{code, encode_key};

/// Somebody stands beside the device, so it is asked at least so often.
pub(super) const LONGEST_PAUSE_MILLIS: u64 = 1_000;

/// The panel's right to use the published key.
struct Permit(());

impl MayUsePublishedKey for Permit {}

/// A commissioning under way.
#[derive(Debug)]
pub(in crate::osdp::bus) struct Commission {
    fresh: Scbk,
    until: Micros,
    stage: Stage,
    /// The keys that count again if nothing comes of it.
    before: KeyRing,
    given: Given,
    answer: Answer,
}

/// What the device said to the first key so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    None,
    /// It did not prove it. The person beside it may still be about to put it into install mode.
    NotInInstallMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Identify,
    SetKey,
}

/// Whether KEYSET was ever on the line, so that the device may have the new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    No,
    Perhaps,
}

impl Commission {
    pub(super) fn until(&self) -> Micros {
        self.until
    }

    pub(super) fn was_given(&self) -> bool {
        self.given == Given::Perhaps
    }

    /// Why nothing came of it by the end of its time.
    pub(super) fn over_because(&self) -> JobFailure {
        match self.answer {
            Answer::None => JobFailure::TimedOut,
            Answer::NotInInstallMode => JobFailure::NotInInstallMode,
        }
    }
}

impl Device {
    pub(super) fn begin_commission(
        &mut self,
        now: Micros,
        first: FirstKey,
        fresh: Scbk,
        until: Micros,
        events: &mut Events,
    ) {
        if self.presence == Presence::Online {
            self.go_offline(now, OfflineCause::NoSession, events);
        }
        self.close(now, events);
        let first = match first {
            FirstKey::Published => First::Published(PublishedKey::with(&Permit(()))),
            FirstKey::Given(key) => First::Given(key),
        };
        let before = core::mem::replace(&mut self.keys, KeyRing::commission(first, fresh.clone()));
        self.job = Some(ActiveJob::Commission(Commission {
            fresh,
            until,
            stage: Stage::Identify,
            before,
            given: Given::No,
            answer: Answer::None,
        }));
        self.place = Place::new(self.address, self.home);
        (self.misses, self.losses) = (0, 0);
        self.ready_at = now;
    }

    /// What a session under the first key is used for.
    pub(super) fn compose_commission(&mut self) -> Option<Outstanding> {
        let Some(ActiveJob::Commission(job)) = &mut self.job else { return None };
        match job.stage {
            Stage::Identify => self.seal(code::ID, &[0], About::Job(JobFrame::Identify)),
            Stage::SetKey => {
                job.given = Given::Perhaps;
                let data = encode_key(&job.fresh);
                let fresh = job.fresh.clone();
                let frame = self.seal(code::KEYSET, &data, About::Job(JobFrame::SetKey));
                self.keys.given(fresh);
                frame
            }
        }
    }

    /// The device said who it is, in the session: there is somebody to give a key to.
    pub(super) fn identified(&mut self) {
        if let Some(ActiveJob::Commission(job)) = &mut self.job {
            job.stage = Stage::SetKey;
        }
    }

    pub(super) fn commission_after_proof(&mut self, now: Micros, proven: Option<ProvenKey>, events: &mut Events) {
        let Some(ActiveJob::Commission(job)) = &mut self.job else { return };
        match proven {
            // The first key; perhaps again, since KEYSET was lost.
            None => (job.stage, job.answer) = (Stage::Identify, Answer::None),
            Some(ProvenKey::Pending | ProvenKey::Active) => {
                // Whoever now has the site's key is the device of this place, whoever was there before.
                self.pinned = None;
                self.heard_at = now;
                self.finish_job(events);
            }
        }
    }

    /// The device proved neither key. Somebody may be on the way to it, so it is asked again until the time is over.
    pub(super) fn note_no_install_mode(&mut self) {
        if let Some(ActiveJob::Commission(job)) = &mut self.job {
            job.answer = Answer::NotInInstallMode;
        }
    }

    /// Back to what was before.
    pub(super) fn abandon_commission(&mut self, now: Micros, job: Commission, events: &mut Events) {
        let Commission { fresh, before, given, .. } = job;
        let perhaps = (given == Given::Perhaps).then_some(fresh);
        self.keys = before.after_commission(perhaps);
        self.close(now, events);
        self.losses = 0;
        self.ready_at = now;
    }

    /// The device refused the new key in its session: it certainly does not have it.
    pub(super) fn key_not_taken(&mut self) {
        self.keys.not_taken();
        if let Some(ActiveJob::Commission(job)) = &mut self.job {
            job.given = Given::No;
        }
    }
}
