//! What goes on at doors and readers: cards and PINs presented, second persons waited for, doors opened and shut, orders,
//! fire and lockdowns, and what time alone brings about.

use std::time::Duration;

use rackward_core::Wall;
use rackward_core::site::{Egress, FirstPerson};

use super::grounds::{DOORS, Grounds, POINTS, is_rack, threat};
use super::rules::{Asked, Passing, Verdict};
use super::world::{Said, World};

/// How long after a release's own time the lock may still be on its way: three seconds for the command to get there, one
/// for the report to come back.
const STILL_RELEASED: Duration = Duration::from_secs(4);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Locked,
    Unlocked,
    Blocked,
    DoubleLocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Nothing,
    Down,
    Open,
}

/// The mode in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Base(Base),
    LockedDown,
    LockedOpen,
}

impl Mode {
    /// The code with which it refuses everybody.
    pub(crate) fn refuses(self) -> Option<&'static str> {
        match self {
            Self::Base(Base::Blocked | Base::DoubleLocked) => Some("P02"),
            Self::LockedDown => Some("P03"),
            Self::Base(Base::Locked | Base::Unlocked) | Self::LockedOpen => None,
        }
    }

    pub(crate) fn is_unlocked(self) -> bool {
        matches!(self, Self::Base(Base::Unlocked) | Self::LockedOpen)
    }
}

/// How far somebody's passing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    Idle,
    /// Until when the lock counts as released.
    Released(Wall),
    Open,
    /// Opened without right, since when.
    Unasked(Wall),
}

/// Somebody admitted who has not opened yet: where to, and until when it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admission {
    pub(crate) person: u32,
    pub(crate) point: usize,
    pub(crate) until: Wall,
}

#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) base: Base,
    pub(crate) hold: Hold,
    /// Whether an order settled the base since the last start or end of its schedule.
    pub(crate) ordered: bool,
    pub(crate) online: bool,
    /// Whether it is known to be closed and locked.
    pub(crate) shut: bool,
    pub(crate) passage: Passage,
    pub(crate) released_at: Wall,
    pub(crate) release_time: Duration,
    /// Whether it was released anew while an earlier release ran.
    pub(crate) released_again: bool,
    pub(crate) admissions: Vec<Admission>,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            base: Base::Locked,
            hold: Hold::Nothing,
            ordered: false,
            online: false,
            shut: false,
            passage: Passage::Idle,
            released_at: Wall::from_seconds(0),
            release_time: Duration::ZERO,
            released_again: false,
            admissions: Vec::new(),
        }
    }
}

impl Door {
    pub(crate) fn is_known_shut_and_idle(&self) -> bool {
        self.shut && self.passage == Passage::Idle
    }
}

/// Somebody of whom a PIN is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typing {
    pub(crate) point: usize,
    pub(crate) person: u32,
    pub(crate) card: u32,
    pub(crate) until: Wall,
}

/// Somebody who waits for a second person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) point: usize,
    pub(crate) person: u32,
    pub(crate) card: u32,
    pub(crate) until: Wall,
    pub(crate) pin_given: bool,
    /// Whether the right by which the person would enter needs an escort.
    pub(crate) escort: bool,
}

/// What was found of a typed PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    Right,
    Duress,
    Wrong,
    Unavailable,
}

impl World {
    pub(crate) fn badge(&mut self, key: u8, point: usize) {
        self.typing.retain(|typing| typing.point != point);
        match self.card_with(key).map(|card| card.id) {
            Some(card) => self.decide(card, point, false),
            None => self.said.push(Said::Refused { point, person: None, code: "N01" }),
        }
    }

    fn refuse(&mut self, point: usize, person: u32, code: &'static str) {
        self.said.push(Said::Refused { point, person: Some(person), code });
    }

    fn judge_card(&self, card: u32, point: usize, pin_given: bool, first: Option<u32>) -> (u32, Verdict) {
        let card = self.cards.iter().find(|known| known.id == card).unwrap();
        (card.person, self.judge(Asked { card, point, pin_given, first }))
    }

    fn decide(&mut self, card: u32, point: usize, pin_given: bool) {
        let first = self.waiting.iter().find(|waiting| waiting.point == point).copied();
        let (person, verdict) = self.judge_card(card, point, pin_given, first.map(|first| first.person));
        match verdict {
            Verdict::Refused(code) => self.refuse(point, person, code),
            Verdict::AsksPin => {
                self.typing.push(Typing { point, person, card, until: self.now.after(Duration::from_secs(10)) });
                self.said.push(Said::AskedForPin { point, person });
            }
            Verdict::Passes(passing) => {
                let (until, escort) = (self.now.after(Duration::from_secs(15)), self.needs_escort(&passing));
                let second = Waiting { point, person, card, until, pin_given, escort };
                match first {
                    Some(first) if first.person == person && passing.wants_second => self.refuse(point, person, "N25"),
                    Some(first) if first.person != person => self.come_along(first, second, &passing),
                    Some(_) | None => self.come_alone(second, &passing),
                }
            }
        }
    }

    fn come_alone(&mut self, who: Waiting, passing: &Passing) {
        if passing.wants_second {
            self.waiting.retain(|waiting| waiting.point != who.point);
            self.waiting.push(who);
            self.said.push(Said::AskedForSecond { point: who.point, person: who.person });
            return;
        }
        self.waiting.retain(|waiting| waiting.point != who.point || waiting.person != who.person);
        self.admit(who, passing);
        self.said.push(Said::Admitted { point: who.point, person: who.person, grant: passing.grant });
        self.release(who.point, &[who.person]);
    }

    /// A second person to whom no rule objects has come: the first is looked at anew.
    fn come_along(&mut self, first: Waiting, second: Waiting, passing: &Passing) {
        if first.escort && passing.wants_escort {
            self.refuse(second.point, second.person, "N25");
            return;
        }
        let key = self.cards.iter().find(|known| known.id == first.card).unwrap().key;
        let now = self.card_with(key).unwrap();
        let (holder, card) = (now.person, now.id);
        let verdict = match self.judge_card(card, first.point, first.pin_given, None) {
            // The card is in other hands by now.
            _ if holder != first.person => Verdict::Refused("N07"),
            (_, verdict) => verdict,
        };
        match verdict {
            Verdict::Refused(code) => {
                self.waiting.retain(|waiting| waiting.point != first.point);
                self.refuse(first.point, first.person, code);
                self.come_alone(second, passing);
            }
            // The point asks for more now than when the first person came.
            Verdict::AsksPin => {
                self.waiting.retain(|waiting| waiting.point != first.point);
                self.refuse(first.point, first.person, "F07");
                self.come_alone(second, passing);
            }
            Verdict::Passes(firsts) if firsts.wants_escort && second.escort => {
                self.waiting.retain(|waiting| waiting.point != first.point);
                self.refuse(first.point, first.person, "N25");
                self.come_alone(second, passing);
            }
            Verdict::Passes(firsts) => {
                self.waiting.retain(|waiting| waiting.point != first.point);
                let (point, with) = (first.point, second.person);
                self.admit(first, &firsts);
                self.said.push(Said::Along { point, person: first.person, grant: firsts.grant, with });
                self.admit(second, passing);
                self.said.push(Said::Admitted { point, person: with, grant: passing.grant });
                self.release(point, &[first.person, with]);
            }
        }
    }

    fn needs_escort(&self, passing: &Passing) -> bool {
        self.grants.iter().any(|grant| grant.id == passing.grant && grant.escort)
    }

    /// What an admission leaves behind: a use, an end of the series of wrong PINs, a note of a soft violation.
    fn admit(&mut self, who: Waiting, passing: &Passing) {
        let grant = self.grant_mut(passing.grant);
        grant.uses = grant.uses.map(|left| left.saturating_sub(1));
        self.tries.retain(|tries| tries.0 != who.card);
        if passing.violates {
            self.said.push(Said::Violated { point: who.point, person: who.person });
        }
    }

    /// How long the lock is released for these people together.
    pub(crate) fn release_time(&self, door: usize, people: &[u32]) -> Duration {
        let timings = &self.grounds.draft.doors[door].timings;
        let longer = people.iter().any(|person| self.person(*person).longer);
        if longer { timings.extended_release_time } else { timings.release_time }
    }

    fn release(&mut self, point: usize, people: &[u32]) {
        let door = POINTS[point].0;
        let time = self.release_time(door, people);
        let until = self.now.after(time).after(STILL_RELEASED);
        for person in people {
            self.doors[door].admissions.retain(|admission| admission.person != *person);
            self.doors[door].admissions.push(Admission { person: *person, point, until });
        }
        self.released(door, time);
    }

    /// The lock is released, by a card or the exit button.
    pub(crate) fn released(&mut self, door: usize, time: Duration) {
        let until = self.now.after(time).after(STILL_RELEASED);
        let unlocked = self.standing(door).is_unlocked();
        let now = self.now;
        let state = &mut self.doors[door];
        (state.released_at, state.release_time) = (now, time);
        state.released_again = matches!(state.passage, Passage::Released(_));
        match state.passage {
            Passage::Idle | Passage::Released(_) => {
                state.passage = Passage::Released(until);
                state.admissions.iter_mut().for_each(|admission| admission.until = until);
            }
            // A card does not explain how a forced door was opened, nor who went through it.
            Passage::Unasked(since) if now >= since.after(Duration::from_secs(1)) && !unlocked => {
                state.admissions.clear();
            }
            Passage::Open | Passage::Unasked(_) => {
                state.passage = Passage::Open;
                self.confirm(door);
            }
        }
    }

    /// The door was opened after admissions: everybody admitted has passed.
    fn confirm(&mut self, door: usize) {
        for admission in core::mem::take(&mut self.doors[door].admissions) {
            if self.now < admission.until {
                self.has_passed(admission);
            }
        }
    }

    fn has_passed(&mut self, Admission { person, point, .. }: Admission) {
        let (door, inwards) = POINTS[point];
        if !is_rack(door) {
            let area = if inwards { Some(DOORS[door].1) } else { self.grounds.front(door) };
            self.presence.retain(|known| known.0 != person);
            self.presence.push((person, area, self.now));
            self.said.push(Said::Moved { person, area });
        }
        if inwards {
            self.first_person_passed(door);
        }
    }

    pub(crate) fn opened(&mut self, door: usize) {
        let now = self.now;
        let unlocked = self.standing(door).is_unlocked();
        let state = &mut self.doors[door];
        state.shut = false;
        match state.passage {
            Passage::Released(_) => {
                state.passage = Passage::Open;
                self.confirm(door);
            }
            Passage::Idle if unlocked => state.passage = Passage::Open,
            Passage::Idle => state.passage = Passage::Unasked(now),
            Passage::Open | Passage::Unasked(_) => {}
        }
    }

    pub(crate) fn shut(&mut self, door: usize) {
        let state = &mut self.doors[door];
        state.shut = true;
        if !matches!(state.passage, Passage::Released(_)) {
            // The lock is told to close, and with it ends whatever release there was.
            state.passage = Passage::Idle;
            state.admissions.clear();
        }
    }

    pub(crate) fn lock_offline(&mut self, door: usize) {
        self.doors[door].online = false;
        self.doors[door].shut = false;
    }

    /// A PIN was typed and compared.
    pub(crate) fn typed(&mut self, point: usize, typed: Typed) {
        let Some(place) = self.typing.iter().position(|typing| typing.point == point) else { return };
        let Typing { person, card, .. } = self.typing.remove(place);
        // The card as it is now: it may be in other hands.
        let key = self.cards.iter().find(|known| known.id == card).unwrap().key;
        let now = self.card_with(key).unwrap();
        let (holder, card) = (now.person, now.id);
        if holder != person {
            return self.refuse(point, person, "N07");
        }
        match typed {
            Typed::Right | Typed::Duress => self.decide(card, point, true),
            Typed::Unavailable => self.refuse(point, person, "F07"),
            Typed::Wrong => {
                self.refuse(point, person, "N12");
                self.wrong_pin(card);
            }
        }
    }

    fn wrong_pin(&mut self, card: u32) {
        let (now, minute) = (self.now, Duration::from_secs(60));
        let mut series = self.tries.iter().find(|tries| tries.0 == card).copied().unwrap_or((card, now, 0));
        if now >= series.1.after(minute) {
            series = (card, now, 0);
        }
        series.2 += 1;
        self.tries.retain(|tries| tries.0 != card);
        if series.2 < 5 {
            self.tries.push(series);
        } else {
            self.lockouts.retain(|lockout| lockout.0 != card);
            self.lockouts.push((card, now.after(minute)));
            self.said.push(Said::LockedOut { card });
        }
    }

    /// The mode in force at a door.
    pub(crate) fn standing(&self, door: usize) -> Mode {
        let state = &self.doors[door];
        let sides = self.grounds.front(door).into_iter().chain([DOORS[door].1]);
        let locked_down = sides.flat_map(Grounds::around).any(|area| self.lockdowns.contains(&area));
        let way_out = self.grounds.draft.doors[door].egress == Egress::Yes && !is_rack(door);
        match state.hold {
            _ if self.fire && way_out => Mode::LockedOpen,
            _ if locked_down => Mode::LockedDown,
            Hold::Down => Mode::LockedDown,
            Hold::Open => Mode::LockedOpen,
            Hold::Nothing if state.base == Base::Unlocked && self.is_closed_by_threat(door) => Mode::Base(Base::Locked),
            Hold::Nothing => Mode::Base(state.base),
        }
    }

    /// Whether the area behind a door is closed to those without clearance.
    fn is_closed_by_threat(&self, door: usize) -> bool {
        let mut limits =
            Grounds::around(DOORS[door].1).into_iter().filter_map(|area| self.grounds.draft.areas[area].threat_limit);
        limits.next().is_some_and(|limit| limit < threat(self.threat))
    }

    pub(crate) fn order_base(&mut self, door: usize, base: Base) {
        (self.doors[door].base, self.doors[door].ordered) = (base, true);
        self.modes_changed();
    }

    /// After any mode changed: whoever stands in a door that is unlocked now stands there by right.
    pub(crate) fn modes_changed(&mut self) {
        for door in 0..DOORS.len() {
            let unlocked = self.standing(door).is_unlocked();
            let state = &mut self.doors[door];
            if unlocked && matches!(state.passage, Passage::Unasked(_)) {
                state.passage = Passage::Open;
            }
        }
    }

    fn opening_holds(&self, door: usize, at: Wall) -> Option<(bool, bool)> {
        let opening = self.grounds.draft.doors[door].opening.as_ref()?;
        Some((self.schedule_holds(&opening.schedule, at), opening.first_person == FirstPerson::Required))
    }

    /// A start or end of a door's own schedule.
    fn opening_changes(&mut self, door: usize, starts: bool, waits: bool) {
        let state = &mut self.doors[door];
        state.ordered = false;
        if matches!(state.base, Base::Locked | Base::Unlocked) {
            state.base = if starts && !waits { Base::Unlocked } else { Base::Locked };
        }
        self.modes_changed();
    }

    pub(crate) fn openings_at_start(&mut self) {
        for door in 0..DOORS.len() {
            if let Some((true, waits)) = self.opening_holds(door, self.now) {
                self.opening_changes(door, true, waits);
            }
        }
    }

    fn first_person_passed(&mut self, door: usize) {
        let holds = self.opening_holds(door, self.now);
        let state = &mut self.doors[door];
        if holds == Some((true, true)) && state.base == Base::Locked && !state.ordered {
            state.base = Base::Unlocked;
            self.modes_changed();
        }
    }

    /// Lets time pass.
    pub(crate) fn wait_until(&mut self, end: Wall) {
        self.openings_until(end);
        self.now = end;
        for typing in self.typing.clone().iter().filter(|typing| typing.until <= end) {
            self.refuse(typing.point, typing.person, "N14");
        }
        self.typing.retain(|typing| typing.until > end);
        for waiting in self.waiting.clone().iter().filter(|waiting| waiting.until <= end) {
            self.refuse(waiting.point, waiting.person, "N24");
        }
        self.waiting.retain(|waiting| waiting.until > end);
        for door in &mut self.doors {
            if matches!(door.passage, Passage::Released(until) if until <= end) {
                door.passage = Passage::Idle;
                door.admissions.clear();
            }
        }
    }

    /// Schedules start and end at quarters of an hour here, in every zone.
    fn openings_until(&mut self, end: Wall) {
        const QUARTER: i64 = 900;
        let mut at = self.now.as_seconds().div_euclid(QUARTER) * QUARTER + QUARTER;
        while at <= end.as_seconds() {
            for door in 0..DOORS.len() {
                let before = self.opening_holds(door, Wall::from_seconds(at - QUARTER));
                let after = self.opening_holds(door, Wall::from_seconds(at));
                if let (Some((before, _)), Some((after, waits))) = (before, after)
                    && before != after
                {
                    self.opening_changes(door, after, waits);
                }
            }
            at += QUARTER;
        }
    }

    /// The engine is started anew on what is durable.
    pub(crate) fn restarted_at(&mut self, at: Wall) {
        self.openings_until(at);
        self.now = at;
        self.typing.clear();
        self.waiting.clear();
        self.tries.clear();
        self.button = false;
        for door in 0..DOORS.len() {
            let usual = self.grounds.draft.doors[door].timings.release_time.saturating_add(STILL_RELEASED);
            let now = self.now;
            let state = &mut self.doors[door];
            state.admissions.clear();
            (state.online, state.shut) = (false, false);
            if let Passage::Released(_) = state.passage {
                let left = state.released_at.after(state.release_time).after(STILL_RELEASED).since(now).min(usual);
                state.passage = Passage::Released(now.after(left.max(Duration::from_secs(15))));
            }
        }
    }
}
