//! Everything the model knows, as plain lists that are searched from end to end. What an order or a step of somebody does to
//! them is here; who may pass is `rules.rs`, what goes on at doors and readers is `doors.rs`.

use rackward_core::Wall;

use super::calendar::{Dates, Times};
use super::doors::{Door, Typing, Waiting};
use super::grounds::{DOORS, Grounds};

/// What the model says happened; the runner reads the same from the journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    Admitted { point: usize, person: u32, grant: u32 },
    Along { point: usize, person: u32, grant: u32, with: u32 },
    Refused { point: usize, person: Option<u32>, code: &'static str },
    AskedForPin { point: usize, person: u32 },
    AskedForSecond { point: usize, person: u32 },
    Violated { point: usize, person: u32 },
    Moved { person: u32, area: Option<usize> },
    LockedOut { card: u32 },
}

impl Said {
    /// What it is, in a word; a refusal by its code.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Admitted { .. } => "admitted",
            Self::Along { .. } => "along",
            Self::Refused { code, .. } => code,
            Self::AskedForPin { .. } => "pin",
            Self::AskedForSecond { .. } => "second",
            Self::Violated { .. } => "violated",
            Self::Moved { .. } => "moved",
            Self::LockedOut { .. } => "locked out",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Enabled,
    Suspended,
    Expected,
    Left,
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: u32,
    pub(crate) status: Status,
    pub(crate) clearance: u8,
    pub(crate) tenant: bool,
    pub(crate) longer: bool,
    pub(crate) pin: bool,
}

/// A card in somebody's hands; `state` is the code it is refused with, if any.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: u32,
    pub(crate) person: u32,
    pub(crate) key: u8,
    pub(crate) state: Option<&'static str>,
    pub(crate) from: Wall,
    pub(crate) to: Wall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Requested,
    Over,
}

#[derive(Debug, Clone)]
pub(crate) enum Right {
    Always(Vec<usize>),
    Weekly(Vec<usize>, Times),
    Named(Vec<usize>, String),
    Member(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) id: u32,
    pub(crate) person: u32,
    pub(crate) right: Right,
    pub(crate) from: Wall,
    pub(crate) to: Wall,
    pub(crate) ticket: u8,
    pub(crate) uses: Option<u16>,
    pub(crate) escort: bool,
    pub(crate) state: State,
    pub(crate) approvals_missing: u8,
}

impl Grant {
    /// Whether it may still let anybody pass.
    pub(crate) fn is_live(&self, now: Wall) -> bool {
        self.state != State::Over && now < self.to && self.uses != Some(0)
    }
}

/// A profile: its name, and which doors while which schedule.
pub(crate) type Profile = (String, Vec<(usize, Option<String>)>);

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) grounds: Grounds,
    pub(crate) now: Wall,
    pub(crate) calendars: Vec<Dates>,
    pub(crate) schedules: Vec<(String, Times)>,
    pub(crate) persons: Vec<Person>,
    pub(crate) cards: Vec<Card>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) doors: Vec<Door>,
    /// Who is known to be where, and since when; nowhere in the list is not known.
    pub(crate) presence: Vec<(u32, Option<usize>, Wall)>,
    /// Cards locked out, and until when.
    pub(crate) lockouts: Vec<(u32, Wall)>,
    /// Cards with wrong PINs: when the series began, how many.
    pub(crate) tries: Vec<(u32, Wall, u8)>,
    pub(crate) lockdowns: Vec<usize>,
    pub(crate) fire: bool,
    /// Whether the lockdown button is held pressed.
    pub(crate) button: bool,
    pub(crate) threat: u8,
    pub(crate) writable: bool,
    pub(crate) typing: Vec<Typing>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) said: Vec<Said>,
}

impl World {
    pub(crate) fn of(grounds: &Grounds, now: Wall) -> Self {
        let mut world = Self {
            now,
            calendars: grounds.calendars.clone(),
            schedules: grounds.schedules.clone(),
            persons: Vec::new(),
            cards: Vec::new(),
            grants: Vec::new(),
            profiles: Vec::new(),
            doors: vec![Door::default(); DOORS.len()],
            presence: Vec::new(),
            lockouts: Vec::new(),
            tries: Vec::new(),
            lockdowns: Vec::new(),
            fire: false,
            button: false,
            threat: 0,
            writable: true,
            typing: Vec::new(),
            waiting: Vec::new(),
            said: Vec::new(),
            grounds: grounds.clone(),
        };
        world.openings_at_start();
        world
    }

    pub(crate) fn person(&self, id: u32) -> &Person {
        self.persons.iter().find(|person| person.id == id).unwrap()
    }

    pub(crate) fn person_mut(&mut self, id: u32) -> &mut Person {
        self.persons.iter_mut().find(|person| person.id == id).unwrap()
    }

    pub(crate) fn card_mut(&mut self, id: u32) -> &mut Card {
        self.cards.iter_mut().find(|card| card.id == id).unwrap()
    }

    pub(crate) fn grant_mut(&mut self, id: u32) -> &mut Grant {
        self.grants.iter_mut().find(|grant| grant.id == id).unwrap()
    }

    /// The card that a reader's bytes mean: the one given out last.
    pub(crate) fn card_with(&self, key: u8) -> Option<&Card> {
        self.cards.iter().rev().find(|card| card.key == key)
    }

    /// Where somebody is known to be: nothing, an area, or outside.
    pub(crate) fn place(&self, person: u32) -> Option<Option<usize>> {
        self.presence.iter().find(|known| known.0 == person).map(|known| known.1)
    }

    /// Whether somebody is known to be in an area or one inside it.
    pub(crate) fn is_in(&self, person: u32, area: usize) -> bool {
        self.place(person).flatten().is_some_and(|place| Grounds::around(place).contains(&area))
    }

    /// Everybody known to be in an area or one inside it.
    pub(crate) fn all_in(&self, area: usize) -> Vec<u32> {
        let inside = |known: &&(u32, Option<usize>, Wall)| self.is_in(known.0, area);
        self.presence.iter().filter(inside).map(|known| known.0).collect()
    }

    pub(crate) fn set_status(&mut self, person: u32, status: Status) {
        self.person_mut(person).status = status;
        if status == Status::Left {
            self.end_grants(|grant| grant.person == person);
            for card in self.cards.iter_mut().filter(|card| card.person == person && card.state.is_none()) {
                card.state = Some("N07");
            }
            self.presence.retain(|known| known.0 != person);
        }
    }

    pub(crate) fn move_to(&mut self, person: u32, tenant: bool) {
        if self.person(person).tenant != tenant {
            self.person_mut(person).tenant = tenant;
            self.end_grants(|grant| grant.person == person);
        }
    }

    /// The end of those grants that may still let anybody pass.
    pub(crate) fn end_grants(&mut self, which: impl Fn(&Grant) -> bool) {
        let now = self.now;
        for grant in self.grants.iter_mut().filter(|grant| which(grant) && grant.is_live(now)) {
            grant.state = State::Over;
        }
    }

    pub(crate) fn approve(&mut self, grant: u32) {
        let grant = self.grant_mut(grant);
        grant.approvals_missing -= 1;
        if grant.approvals_missing == 0 {
            grant.state = State::Active;
        }
    }

    pub(crate) fn set_profile(&mut self, profile: Profile) {
        self.profiles.retain(|known| known.0 != profile.0);
        self.profiles.push(profile);
    }

    pub(crate) fn remove_profile(&mut self, name: &str) {
        self.end_grants(|grant| matches!(&grant.right, Right::Member(profile) if profile == name));
        self.profiles.retain(|known| known.0 != name);
    }

    pub(crate) fn set_schedule(&mut self, name: &str, times: Times) {
        self.schedules.retain(|known| known.0 != name);
        self.schedules.push((name.to_owned(), times));
    }

    pub(crate) fn set_calendar(&mut self, dates: Dates) {
        self.calendars.retain(|known| known.0 != dates.0);
        self.calendars.push(dates);
    }

    pub(crate) fn forgive(&mut self, person: Option<u32>, area: Option<usize>) {
        let meant = |known: &(u32, Option<usize>, Wall)| {
            person.is_none_or(|person| person == known.0)
                && area.is_none_or(|area| known.1.is_some_and(|inner| Grounds::around(inner).contains(&area)))
        };
        self.presence.retain(|known| !meant(known));
    }

    /// Whether the schedule of this name holds now.
    pub(crate) fn schedule_holds(&self, name: &str, at: Wall) -> bool {
        self.schedules.iter().any(|(known, times)| known == name && times.hold(&self.calendars, at))
    }
}
