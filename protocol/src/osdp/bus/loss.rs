//! What failure means for a device: silence, busyness, a lost session, a clock that ran out.
//!
//! Decides when a device is suspect, when it is offline, and what becomes of the command it owes an answer to. A command
//! that the device refused in the clear may be sent once more within its time: a device that restarted says so. The refusal
//! may be forged, so a release is sent again only after the device has said, in its new session, that its output is off. A
//! command whose fate is unknown for any other reason is never repeated under a new number. How long the pauses are is in
//! `backoff`.

use core::time::Duration;

use super::backoff;
use super::device::{About, Device, Events, Link, Outstanding, Presence};
use super::event::{BusEvent, Failure, LineTrouble, OfflineCause};
use super::job::ActiveJob;
use super::place::{Place, speed_elsewhere};
use crate::osdp::line::Micros;
use crate::osdp::message::Reply;
use crate::osdp::transaction::Sequence;

/// Silence after which a device is offline (OSDP 2.2, 5.7). The device ends its session after the same time.
const OFFLINE_AFTER_SECS: u64 = 8;

/// Lost sessions in a row after which eight seconds without one mean offline; the first is mended at once.
const OFFLINE_AFTER_LOSSES: u32 = 2;

/// "Busy" answers to one command before it is given up. They are not authenticated, so they must end; a slow device that
/// needs more time than these loses its session and is asked anew.
const BUSY_LIMIT_ANSWERS: u32 = 20;
/// Pause before a busy device is asked again; the bus serves the others meanwhile.
const BUSY_PAUSE_MILLIS: u64 = 50;

/// How often one command is handed to the line under a new number.
const ATTEMPT_LIMIT_TIMES: u8 = 2;

/// Pauses of a lost device of which one is used to look for it at another speed. Fewer would cost the live devices more
/// line; more would leave a device that was reset to the factory's speed lost for longer than a minute.
const SEARCH_EVERY_PAUSES: u32 = 3;

/// What becomes of an outstanding command when its session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Somebody says for the device, in the clear, that it was not executed: send it again in the next session, unless it
    /// was tried often enough.
    Retry,
    /// Report this.
    Report(Failure),
}

impl Device {
    /// The answer did not come.
    pub(crate) fn unanswered(&mut self, now: Micros, events: &mut Events) {
        self.failures = self.failures.saturating_add(1);
        self.misses = self.misses.saturating_add(1);
        self.missed_at = Some(now);
        if self.nobody_here(now, events) {
            return;
        }
        let is_handshake = matches!(self.outstanding, Some(Outstanding { about: About::Handshake, .. }));
        let is_hopeless = self.misses >= backoff::SUSPECT_AFTER_MISSES || self.presence == Presence::Offline;
        if is_handshake && is_hopeless {
            // Another try begins with a fresh nonce; repeating this one for ever would help whoever recorded it.
            self.close(now, events);
        }
        let pause = self.job_pause(backoff::after_silence(self.misses, self.address));
        self.ready_at = now + self.search(pause);
        self.job_unanswered(now, events);
    }

    /// In every third pause a device that stays silent is tried once at another speed, so that tries at its own come no
    /// later.
    fn search(&mut self, pause: Duration) -> Duration {
        let is_lost = self.presence == Presence::Offline && self.may_be_elsewhere && self.job.is_none();
        if !is_lost || self.outstanding.is_some() {
            return pause;
        }
        let home = Place::new(self.address, self.home);
        if self.place != home {
            self.place = home;
            return pause / 2;
        }
        self.searches = self.searches.saturating_add(1);
        if self.searches.is_multiple_of(SEARCH_EVERY_PAUSES) {
            let turn = self.searches / SEARCH_EVERY_PAUSES - 1;
            self.place = Place::new(self.address, speed_elsewhere(self.home, turn));
            return pause / 2;
        }
        pause
    }

    /// The device said "not now". Nothing was executed, and nothing about the device has been learnt.
    pub(crate) fn busy(&mut self, now: Micros, events: &mut Events) {
        let Some(outstanding) = &mut self.outstanding else { return };
        outstanding.busy += 1;
        if outstanding.busy > BUSY_LIMIT_ANSWERS {
            self.tell_trouble(now, LineTrouble::Busy, events);
            self.lose_session_with(now, Fate::Report(Failure::Busy), events);
        } else {
            self.ready_at = now + Duration::from_millis(BUSY_PAUSE_MILLIS);
        }
    }

    /// The session is over or did not come about.
    pub(super) fn lose_session(&mut self, now: Micros, events: &mut Events) {
        self.lose_session_with(now, Fate::Report(Failure::Unconfirmed), events);
    }

    pub(super) fn lose_session_with(&mut self, now: Micros, fate: Fate, events: &mut Events) {
        self.close_with(now, fate, events);
        self.losses = self.losses.saturating_add(1);
        self.ready_at = now + backoff::after_loss(self.losses, self.address);
    }

    /// The session is over, and nobody knows what became of what was under way.
    pub(super) fn close(&mut self, now: Micros, events: &mut Events) {
        self.close_with(now, Fate::Report(Failure::Unconfirmed), events);
    }

    fn close_with(&mut self, now: Micros, fate: Fate, events: &mut Events) {
        self.link = Link::Closed;
        self.sequence = Sequence::START;
        self.drained = 0;
        let about = self.outstanding.take().map(|outstanding| outstanding.about);
        self.job_lost_session(now, about.as_ref());
        let Some(About::Command(command)) = about else { return };
        match fate {
            Fate::Retry if command.attempts < ATTEMPT_LIMIT_TIMES && !command.is_expired(now) => {
                self.queue.put_back(command);
            }
            Fate::Retry => self.fail(command.tag, Failure::Unconfirmed, events),
            Fate::Report(why) => self.fail(command.tag, why, events),
        }
    }

    /// Drops what must not be sent any more. An outstanding command whose time is over must not be repeated either; the
    /// device forgets it when the next handshake starts over at sequence 0.
    pub(super) fn drop_expired(&mut self, now: Micros, events: &mut Events) {
        self.drop_expired_queue(now, events);
        if let Some(Outstanding { about: About::Command(command), .. }) = &self.outstanding
            && command.is_expired(now)
        {
            self.lose_session(now, events);
        }
    }

    fn drop_expired_queue(&mut self, now: Micros, events: &mut Events) {
        for command in self.queue.take_expired(now) {
            self.fail(command.tag, command.why_not(Failure::Expired), events);
        }
    }

    /// Fails what would be carried out a second time, by the states that were read in the new session.
    pub(super) fn drop_done(&mut self, now: Micros, states: &[Reply], events: &mut Events) {
        let levels =
            states.iter().find_map(|state| if let Reply::Outputs(levels) = state { Some(levels) } else { None });
        for command in self.queue.take_done(now, levels.map_or(&[], |levels| levels)) {
            self.fail(command.tag, Failure::Unconfirmed, events);
        }
    }

    /// Does what the clock alone decides: commands run out of time, a silent device goes offline.
    pub(crate) fn check_clock(&mut self, now: Micros, events: &mut Events) {
        self.drop_expired_queue(now, events);
        self.check_job_clock(now, events);
        if self.offline_at().is_some_and(|at| now >= at) {
            let is_silent = self.misses >= backoff::SUSPECT_AFTER_MISSES;
            self.go_offline(now, if is_silent { OfflineCause::NoAnswer } else { OfflineCause::NoSession }, events);
        }
    }

    /// When [`Device::check_clock`] has something to do.
    pub(crate) fn clock_deadline(&self) -> Option<Micros> {
        let job = self.job.as_ref().and_then(ActiveJob::deadline);
        self.offline_at().into_iter().chain(self.queue.next_expiry()).chain(job).min()
    }

    /// Eight seconds count only against a device that was asked and failed, so that a paused program does not declare
    /// the whole bus dead.
    fn offline_at(&self) -> Option<Micros> {
        let has_session = matches!(self.link, Link::Open { .. } | Link::Surveying { .. } | Link::Provisioning(_));
        let has_failed =
            self.misses >= backoff::SUSPECT_AFTER_MISSES || (!has_session && self.losses >= OFFLINE_AFTER_LOSSES);
        let is_told = self.presence == Presence::Offline;
        (has_failed && !is_told).then(|| self.heard_at + Duration::from_secs(OFFLINE_AFTER_SECS))
    }

    /// From here on only a new session and a new survey make the device's word count again.
    pub(super) fn go_offline(&mut self, now: Micros, cause: OfflineCause, events: &mut Events) {
        self.close(now, events);
        if self.presence != Presence::Offline {
            self.presence = Presence::Offline;
            self.tell(BusEvent::Offline { cause }, events);
        }
        self.fail_queued(events);
    }

    /// The device is taken off the bus: nobody will hear what became of anything.
    pub(crate) fn dismiss(&mut self, events: &mut Events) {
        let never = Micros::default();
        self.close(never, events);
        self.fail_queued(events);
        self.stop_job(never, events);
    }

    /// Fails everything that waits.
    pub(crate) fn fail_queued(&mut self, events: &mut Events) {
        for command in self.queue.take_all() {
            self.fail(command.tag, command.why_not(Failure::Offline), events);
        }
    }
}
