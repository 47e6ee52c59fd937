//! Giving a device another address or speed, and finding it again.
//!
//! Decides where the device is looked for after COMSET: where it said it would be, where it was, then at all speeds under
//! both addresses. It counts as found where it proves its key. A device that was found at another speed than its own is
//! sent back by the same steps, without anybody having asked for it. It does not decide which addresses are free (`bus`).
//!
//! ```text
//!  Asking ──COM, or no answer──> Seeking ──proof at a new place──> done
//!                                  │  └────proof where it was────> failed: not proven
//!                                  └───────found nowhere─────────> failed: lost
//! ```

use alloc::vec::Vec;
use core::time::Duration;

use super::{ActiveJob, JobFrame};
use crate::osdp::bus::device::{About, Device, Events, Link, Outstanding};
use crate::osdp::bus::event::JobFailure;
use crate::osdp::bus::place::Place;
use crate::osdp::line::{Address, Baud, Micros};
use crate::osdp::message::{LineSettings, Reply, code};

/// A device that has not answered COMSET so often may have moved without a word.
pub(super) const ASKED_LIMIT_TIMES: u32 = 3;

/// Tries at the place where the device should be, and at each of the others. Each costs the bus 200 ms.
const LIKELY_LIMIT_TRIES: u32 = 4;
const OTHER_LIMIT_TRIES: u32 = 2;

/// What a device may need to set up its port anew.
const MOVING_MILLIS: u64 = 50;

/// All places are tried within a few seconds; more means that the bus has no time.
const LIMIT_SECS: u64 = 120;

/// A move under way.
#[derive(Debug)]
pub(in crate::osdp::bus) struct Relocation {
    from: Place,
    wanted: Place,
    origin: Origin,
    stage: Stage,
    until: Micros,
}

/// Who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Driver,
    /// The device was found away from home.
    Bus,
}

#[derive(Debug)]
enum Stage {
    Asking {
        since: Micros,
    },
    /// Places not yet given up, the present one first.
    Seeking {
        places: Vec<Place>,
        tries: u32,
    },
}

impl Relocation {
    pub(super) fn until(&self) -> Micros {
        self.until
    }

    pub(super) fn wanted(&self) -> Place {
        self.wanted
    }

    pub(super) fn is_told(&self) -> bool {
        self.origin == Origin::Driver
    }

    pub(super) fn wants_line_at(&self) -> Option<Micros> {
        match &self.stage {
            Stage::Asking { since } => Some(*since),
            Stage::Seeking { .. } => None,
        }
    }

    /// Where to look, the likeliest first, without repetition.
    fn places(&self, answered: Option<Place>, may_be_elsewhere: bool) -> Vec<Place> {
        let everywhere = |address: Address| Baud::ALL.into_iter().map(move |baud| Place::new(address, baud));
        let known = [answered, Some(self.wanted), Some(self.from)].into_iter().flatten();
        let all = known.chain(everywhere(self.wanted.address)).chain(everywhere(self.from.address));
        let mut places: Vec<Place> = Vec::new();
        for place in all.filter(|place| may_be_elsewhere || place.baud == self.from.baud) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

impl Device {
    pub(super) fn begin_relocation(&mut self, now: Micros, address: Address, baud: Baud) {
        self.relocate(now, Place::new(address, baud), Origin::Driver);
    }

    fn relocate(&mut self, now: Micros, wanted: Place, origin: Origin) {
        self.job = Some(ActiveJob::Relocation(Relocation {
            from: self.place,
            wanted,
            origin,
            stage: Stage::Asking { since: now },
            until: now + Duration::from_secs(LIMIT_SECS),
        }));
        self.ready_at = self.ready_at.max(now);
    }

    /// A device that was found at another speed than its own is sent home, as soon as it has been surveyed.
    pub(in crate::osdp::bus) fn return_home(&mut self, now: Micros) {
        let home = Place::new(self.address, self.home);
        let is_stray = self.place != home && matches!(self.link, Link::Surveying { .. });
        if is_stray && self.job.is_none() {
            self.relocate(now, home, Origin::Bus);
        }
    }

    pub(super) fn compose_relocation(&mut self) -> Option<Outstanding> {
        let Some(ActiveJob::Relocation(job)) = &self.job else { return None };
        let settings = LineSettings { address: job.wanted.address.number(), baud: job.wanted.baud.bits_per_second() };
        self.seal(code::COMSET, &settings.encode(), About::Job(JobFrame::SetLine))
    }

    /// The device's word on COMSET: where it will really be.
    pub(super) fn line_answered(&mut self, now: Micros, reply: &Reply, events: &mut Events) {
        let answered = if let Reply::Line(settings) = reply { place_of(*settings) } else { None };
        self.close(now, events);
        self.seek(now, answered);
    }

    /// Looks for the device, first where it said it would be.
    pub(super) fn seek(&mut self, now: Micros, answered: Option<Place>) {
        let may_be_elsewhere = self.may_be_elsewhere;
        let Some(ActiveJob::Relocation(job)) = &mut self.job else { return };
        let places = job.places(answered, may_be_elsewhere);
        if let Some(first) = places.first() {
            self.place = *first;
        }
        job.stage = Stage::Seeking { places, tries: 0 };
        self.misses = 0;
        self.ready_at = now + Duration::from_millis(MOVING_MILLIS);
    }

    /// Nobody with this device's key is at the place where it is looked for. False when it is not being looked for.
    pub(in crate::osdp::bus) fn nobody_here(&mut self, now: Micros, events: &mut Events) -> bool {
        let Some(ActiveJob::Relocation(job)) = &mut self.job else { return false };
        let wanted = job.wanted;
        let Stage::Seeking { places, tries } = &mut job.stage else { return false };
        *tries += 1;
        let limit = if places.first() == Some(&wanted) { LIKELY_LIMIT_TRIES } else { OTHER_LIMIT_TRIES };
        if *tries >= limit {
            places.remove(0);
            *tries = 0;
        }
        let next = places.first().copied();
        self.close(now, events);
        self.misses = 0;
        self.ready_at = now;
        match next {
            Some(next) => self.place = next,
            None => self.fail_job(now, JobFailure::Lost, events),
        }
        true
    }

    pub(super) fn relocation_after_proof(&mut self, now: Micros, events: &mut Events) {
        let Some(ActiveJob::Relocation(job)) = &self.job else { return };
        if matches!(job.stage, Stage::Asking { .. }) {
            return;
        }
        let (has_moved, is_told) = (self.place != job.from || job.wanted == job.from, job.is_told());
        match (is_told, has_moved) {
            (false, _) => {
                // A device that cannot be brought home is served where it is.
                self.job = None;
                self.home = self.place.baud;
            }
            (true, true) => {
                self.finish_job(events);
                self.address = self.place.address;
                self.home = self.place.baud;
            }
            (true, false) => self.fail_job(now, JobFailure::NotProven, events),
        }
    }

    /// The device belongs where it was.
    pub(super) fn abandon_relocation(&mut self, job: &Relocation) {
        let has_session = matches!(self.link, Link::Surveying { .. } | Link::Open { .. });
        if !has_session {
            self.place = Place::new(self.address, self.home);
        } else if !job.is_told() {
            self.home = self.place.baud;
        }
    }
}

/// `None` for an address or a speed that no device can have.
fn place_of(settings: LineSettings) -> Option<Place> {
    Some(Place::new(Address::parse(settings.address).ok()?, Baud::parse(settings.baud).ok()?))
}
