//! Who may pass, word by word from the prose of the rules, in its order; the first objection settles. Every question is
//! answered by looking through lists.

use rackward_core::Wall;
use rackward_core::people::Approval;
use rackward_core::site::{Company, Level, Passback, PathProof, TwoPerson};

use super::doors::Passage;
use super::grounds::{AREAS, DOORS, Grounds, POINTS, is_rack, threat};
use super::world::{Card, Grant, Right, State, Status, World};

/// What the rules say of one person at one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Refused(&'static str),
    AsksPin,
    Passes(Passing),
}

/// Somebody to whom no rule objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passing {
    pub(crate) grant: u32,
    /// Whether the softer anti-passback only notes it.
    pub(crate) violates: bool,
    /// Whether a second person must come, for whatever reason.
    pub(crate) wants_second: bool,
    /// Whether the right needs an escort and nobody inside answers for its holder.
    pub(crate) wants_escort: bool,
}

/// One question to the rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) card: &'a Card,
    pub(crate) point: usize,
    /// Whether the PIN was typed and right.
    pub(crate) pin_given: bool,
    /// Who waits at the point for a second person.
    pub(crate) first: Option<u32>,
}

/// Where a point leads.
struct Leads {
    door: usize,
    inwards: bool,
    /// The areas one comes to and all around, innermost first; none of them outside.
    to: Vec<usize>,
    /// The areas one leaves and all around.
    from: Vec<usize>,
}

impl Leads {
    /// The areas that are entered: on the way in all of them, for who knows how somebody came to the door; on the way out
    /// those that are not around where one comes from.
    fn entered(&self) -> Vec<usize> {
        self.to.iter().copied().filter(|area| self.inwards || !self.from.contains(area)).collect()
    }

    /// The areas that are left: those not around where one comes to.
    fn left(&self) -> Vec<usize> {
        self.from.iter().copied().filter(|area| !self.to.contains(area)).collect()
    }
}

impl World {
    fn leads(&self, point: usize) -> Leads {
        let (door, inwards) = POINTS[point];
        let behind = Grounds::around(DOORS[door].1);
        let front = self.grounds.front(door).map(Grounds::around).unwrap_or_default();
        let (to, from) = if inwards { (behind, front) } else { (front, behind) };
        Leads { door, inwards, to, from }
    }

    pub(crate) fn judge(&self, asked: Asked<'_>) -> Verdict {
        let leads = self.leads(asked.point);
        let person = asked.card.person;
        let before_right = self
            .credential(asked.card)
            .or_else(|| self.lock_out(asked.card))
            .or_else(|| self.door(&leads))
            .or_else(|| self.lockdown(person, &leads));
        if let Some(code) = before_right {
            return Verdict::Refused(code);
        }
        let (grant, escort) = match self.right_to(person, leads.door, self.now) {
            Ok(grant) => (grant.id, grant.escort),
            Err(code) => return Verdict::Refused(code),
        };
        let after_right = self
            .passback(person, &leads)
            .or_else(|| self.path(person, &leads))
            .or_else(|| self.occupancy(asked, &leads))
            .or_else(|| self.interlock(leads.door));
        if let Some(code) = after_right {
            return Verdict::Refused(code);
        }
        if !asked.pin_given && self.asks_pin(asked.point) {
            return if self.person(person).pin { Verdict::AsksPin } else { Verdict::Refused("N12") };
        }
        let wants_escort = leads.inwards && escort && !self.answered_for(person, leads.door);
        Verdict::Passes(Passing {
            grant,
            violates: self.passback_violated(person, &leads) == Some(Passback::Soft),
            wants_second: self.two_people(person, &leads) || wants_escort,
            wants_escort,
        })
    }

    /// What card, person, right and PIN say whatever the site is like: the grant, or the objection.
    pub(crate) fn judge_for_another_time(&self, card: &Card, point: usize) -> Result<u32, &'static str> {
        if let Some(code) = self.credential(card) {
            return Err(code);
        }
        let grant = self.right_to(card.person, POINTS[point].0, self.now)?;
        if self.asks_pin(point) && !self.person(card.person).pin { Err("N12") } else { Ok(grant.id) }
    }

    // 1
    fn credential(&self, card: &Card) -> Option<&'static str> {
        if card.state.is_some() {
            return card.state;
        }
        if self.now < card.from {
            return Some("W10");
        }
        if self.now >= card.to {
            return Some("W11");
        }
        (self.person(card.person).status != Status::Enabled).then_some("N11")
    }

    // 2
    fn lock_out(&self, card: &Card) -> Option<&'static str> {
        self.lockouts.iter().any(|(id, until)| *id == card.id && self.now < *until).then_some("N09")
    }

    // 3
    fn door(&self, leads: &Leads) -> Option<&'static str> {
        (!self.writable || !self.doors[leads.door].online).then_some("F07")
    }

    // 4
    fn lockdown(&self, person: u32, leads: &Leads) -> Option<&'static str> {
        let closed = self.standing(leads.door).refuses();
        if closed.is_some() {
            return closed;
        }
        let area = |area: &usize| self.grounds.draft.areas[*area].threat_limit;
        // Where the file says nothing at all, everybody with a right is admitted at any level.
        let limit = leads.to.iter().find_map(area).unwrap_or(threat(3));
        let level = threat(self.threat);
        (leads.inwards && limit < level && threat(self.person(person).clearance) < level).then_some("P03")
    }

    // 5
    pub(crate) fn right_to(&self, person: u32, door: usize, at: Wall) -> Result<&Grant, &'static str> {
        let mut holding: Vec<&Grant> = Vec::new();
        let (mut named, mut used_up, mut waits) = (false, false, false);
        for grant in self.grants.iter().filter(|grant| grant.person == person && grant.state != State::Over) {
            let Some(now) = self.names(grant, door, at) else { continue };
            named = true;
            if !now || at < grant.from || at >= grant.to {
                continue;
            }
            match (grant.state, grant.uses) {
                (State::Requested, _) => waits = true,
                (_, Some(0)) => used_up = true,
                _ => holding.push(grant),
            }
        }
        holding.sort_by_key(|grant| (grant.escort, grant.id));
        match (holding.first(), used_up, waits, named) {
            (Some(grant), ..) => Ok(grant),
            (None, true, ..) => Err("W14"),
            (None, false, true, _) => Err("W13"),
            (None, false, false, true) => Err("W12"),
            (None, false, false, false) => Err("N21"),
        }
    }

    /// Whether a grant names a door; if so, whether its schedule holds.
    fn names(&self, grant: &Grant, door: usize, at: Wall) -> Option<bool> {
        match &grant.right {
            Right::Always(doors) => doors.contains(&door).then_some(true),
            Right::Weekly(doors, times) => doors.contains(&door).then(|| times.hold(&[], at)),
            Right::Named(doors, schedule) => doors.contains(&door).then(|| self.schedule_holds(schedule, at)),
            Right::Member(profile) => {
                let policies = &self.profiles.iter().find(|known| known.0 == *profile)?.1;
                let policy = policies.iter().find(|policy| policy.0 == door)?;
                Some(policy.1.as_ref().is_none_or(|schedule| self.schedule_holds(schedule, at)))
            }
        }
    }

    // 6
    fn passback_violated(&self, person: u32, leads: &Leads) -> Option<Passback> {
        let area = DOORS[leads.door].1;
        let place = self.place(person)?;
        let inside = place.is_some_and(|place| Grounds::around(place).contains(&area));
        let violated = if leads.inwards { inside } else { !inside };
        violated.then_some(self.grounds.draft.areas[area].passback)
    }

    fn passback(&self, person: u32, leads: &Leads) -> Option<&'static str> {
        let refused = match self.passback_violated(person, leads)? {
            Passback::Off | Passback::Soft => false,
            Passback::Hard => true,
            Passback::Timed(time) => {
                let since = self.presence.iter().find(|known| known.0 == person).map(|known| known.2)?;
                leads.inwards && self.now < since.after(time)
            }
        };
        refused.then_some("N23")
    }

    // 7
    fn path(&self, person: u32, leads: &Leads) -> Option<&'static str> {
        let area = *leads.entered().first()?;
        let asked = leads.to.iter().any(|area| self.grounds.draft.areas[*area].path_proof == PathProof::Required);
        let around = AREAS[area].2?;
        (asked && !self.is_in(person, around)).then_some("N22")
    }

    // 8
    fn occupancy(&self, asked: Asked<'_>, leads: &Leads) -> Option<&'static str> {
        let person = asked.card.person;
        for area in leads.entered() {
            let Some(limit) = self.grounds.draft.areas[area].max_occupancy else { continue };
            if self.is_in(person, area) {
                continue;
            }
            let mut taken = self.all_in(area).len();
            if asked.first.is_some_and(|first| first != person && !self.is_in(first, area)) {
                taken += 1;
            }
            if taken >= usize::from(limit) {
                return Some("P05");
            }
        }
        None
    }

    /// The other doors of a door's interlock.
    fn interlocked_with(&self, door: usize) -> impl Iterator<Item = usize> {
        let group = self.grounds.draft.doors[door].interlock.as_ref();
        let others = (0..DOORS.len()).filter(move |other| *other != door && group.is_some());
        others.filter(move |other| self.grounds.draft.doors[*other].interlock.as_ref() == group)
    }

    /// Whether the exit button of a door does nothing because another door of its interlock is a way out already.
    pub(crate) fn exit_is_held_back(&self, door: usize) -> bool {
        let is_in_use = |other: usize| {
            let state = &self.doors[other];
            state.passage != Passage::Idle || (state.online && !state.shut) || self.standing(other).is_unlocked()
        };
        self.interlocked_with(door).any(is_in_use)
    }

    // 9
    fn interlock(&self, door: usize) -> Option<&'static str> {
        let mut others = self.interlocked_with(door);
        others
            .any(|other| !self.doors[other].is_known_shut_and_idle() || self.standing(other).is_unlocked())
            .then_some("P04")
    }

    // 10
    fn asks_pin(&self, point: usize) -> bool {
        let asked = self.grounds.level(point);
        let by_time = asked.by_time.as_ref().filter(|(schedule, _)| self.schedule_holds(schedule, self.now));
        by_time.map_or(asked.level, |(_, level)| *level) == Level::CardAndPin
    }

    // 11
    fn two_people(&self, person: u32, leads: &Leads) -> bool {
        if self.grounds.draft.doors[leads.door].two_person == TwoPerson::Required {
            return true;
        }
        let company = |area: &usize| self.grounds.draft.areas[*area].company == Company::Required;
        let enters_empty = leads.entered().into_iter().filter(company).any(|area| self.all_in(area).is_empty());
        let leaves_one_alone = leads.left().into_iter().filter(company).any(|area| {
            let inside = self.all_in(area);
            inside.len() == 2 && inside.contains(&person)
        });
        enters_empty || leaves_one_alone
    }

    // 12
    fn answered_for(&self, person: u32, door: usize) -> bool {
        let behind = DOORS[door].1;
        let area = if is_rack(door) { AREAS[behind].2.unwrap() } else { behind };
        self.all_in(area).into_iter().any(|host| host != person && self.may_host(host, door))
    }

    /// Whether somebody holds a right to a door without an escort.
    fn may_host(&self, host: u32, door: usize) -> bool {
        self.person(host).status == Status::Enabled
            && self.right_to(host, door, self.now).is_ok_and(|grant| !grant.escort)
    }

    /// How many others must approve a right to these doors: the strictest of the areas behind them.
    pub(crate) fn approvals_for(&self, doors: &[usize]) -> u8 {
        let area = |area: &usize| self.grounds.draft.areas[*area].approval;
        let asked = doors.iter().filter_map(|door| Grounds::around(DOORS[*door].1).iter().find_map(area));
        asked
            .map(|approval| match approval {
                Approval::None => 0,
                Approval::One => 1,
                Approval::Two => 2,
            })
            .max()
            .unwrap_or(0)
    }
}
