//! The generated site that everybody answers for, and the day of requests that everybody is asked. It decides nothing:
//! what the right answers are is `reference.rs`. The numbers are the same on every machine.
//!
//! Shape: doors, fifty schedules, access profiles of five doors with a schedule each, people who hold four profiles and the
//! one of everybody that opens the front gate: 20 rights and the gate. Some memberships are over and some have not begun,
//! some cards are lost, some people suspended, and some cards in the trace belong to nobody.

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Weekday};

/// How many doors the site has.
pub const DOORS: u32 = 10_000;

/// How many requests its day has.
pub const REQUESTS: usize = 200_000;

/// The zone whose walls the schedules follow.
pub const TIME_ZONE: &str = "Europe/London";

/// How many profiles a person holds besides the one of everybody.
pub const PROFILES_EACH: usize = 4;

/// The profile of everybody.
pub const EVERYBODY: u32 = 0;

/// The door that everybody may pass at any time.
pub const FRONT_GATE: u32 = 1;

/// How many profiles there are besides the one of everybody.
const PROFILES: u32 = 4_000;

/// How many doors a profile has.
const DOORS_EACH: usize = 5;

/// How many schedules there are; number 0 always holds.
const SCHEDULES: u16 = 50;

/// Monday 2026-08-03 00:00 in London. Memberships begin and end at this hour of some day.
const MIDNIGHT: i64 = 1_785_711_600;

const DAY_SECONDS: i64 = 86_400;

/// A small generator whose numbers are the same on every machine (SplitMix64).
#[derive(Debug)]
pub struct Numbers(u64);

/// Everything that exists.
#[derive(Debug)]
pub struct Site {
    /// How many doors; they are numbered from 1.
    pub doors: u32,
    /// Windows of each schedule: minutes of the local week from Monday 00:00, the end exclusive.
    pub schedules: Vec<Vec<(u16, u16)>>,
    /// Doors of each profile and the schedule of each, sorted by door.
    pub profiles: Vec<Vec<(u32, u16)>>,
    /// Everybody; the person at place n has number n + 1.
    pub people: Vec<Person>,
}

/// A person with a card.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the card reads as.
    pub card: u64,
    /// Whether the card counts.
    pub card_state: CardState,
    /// Whether the person counts.
    pub status: Status,
    /// The profiles held; the last is the one of everybody.
    pub memberships: [Membership; PROFILES_EACH + 1],
}

/// Whether a card counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardState {
    /// It does.
    Usable,
    /// It was lost.
    Lost,
}

/// Whether a person counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Yes.
    Enabled,
    /// Not for now.
    Suspended,
}

/// A profile held for a time.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    /// Which profile.
    pub profile: u32,
    /// First second, since 1970.
    pub from: i64,
    /// First second after it.
    pub to: i64,
}

/// A card at a door.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// What the card reads as.
    pub card: u64,
    /// The door.
    pub door: u32,
    /// Second since 1970.
    pub at: i64,
    /// The same moment as a minute of the local week.
    pub minute: u16,
}

impl Numbers {
    /// A generator that starts at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u32) -> u32 {
        (self.any() % end as u64) as u32
    }

    /// Whether a chance of `percent` in a hundred came true.
    pub const fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

impl Membership {
    /// Whether it holds at a second since 1970.
    pub const fn holds(&self, at: i64) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether it holds on the day of the trace, all day: memberships begin and end at midnight.
    pub const fn holds_today(&self) -> bool {
        self.holds(MIDNIGHT)
    }
}

impl Site {
    /// A site of so many people and doors.
    pub fn generate(people: u32, doors: u32) -> Self {
        let schedules = (0..SCHEDULES).map(schedule).collect();
        let mut numbers = Numbers::new(11);
        let mut profiles = vec![vec![(FRONT_GATE, 0)]];
        profiles.extend((0..PROFILES).map(|_| profile(doors, &mut numbers)));
        let people = (1..=people).map(person).collect();
        Self { doors, schedules, profiles, people }
    }

    /// A working day of `count` requests from 06:00 to 20:00, in order: half of them at a door that one of the person's
    /// profiles names, and one in a hundred with a card that nobody holds.
    ///
    /// # Errors
    /// The zone is not in the database of zones.
    pub fn trace(&self, count: usize) -> Result<Vec<Request>> {
        let zone = TimeZone::get(TIME_ZONE).context("look up the site's time zone")?;
        let mut numbers = Numbers::new(7);
        let (opens, hours) = (MIDNIGHT + 6 * 3600, 14 * 3600);
        let request = |n: usize| {
            let at = opens + hours * n as i64 / count as i64;
            let person = &self.people[numbers.below(self.people.len() as u32) as usize];
            let door =
                if numbers.chance(50) { self.door_of(person, &mut numbers) } else { 1 + numbers.below(self.doors) };
            let card = if numbers.chance(1) { stranger(n) } else { person.card };
            Ok(Request { card, door, at, minute: week_minute(at, &zone)? })
        };
        (0..count).map(request).collect()
    }

    /// One of the 21 doors that the person's profiles name, today or not.
    fn door_of(&self, person: &Person, numbers: &mut Numbers) -> u32 {
        let nth = numbers.below((PROFILES_EACH * DOORS_EACH) as u32 + 1) as usize;
        let profile = &self.profiles[person.memberships[nth / DOORS_EACH].profile as usize];
        profile[nth % DOORS_EACH].0
    }
}

fn week_minute(at: i64, zone: &TimeZone) -> Result<u16> {
    let local = Timestamp::from_second(at)?.to_zoned(zone.clone());
    let day = local.weekday().since(Weekday::Monday) as u16;
    Ok(day * 1440 + local.hour() as u16 * 60 + local.minute() as u16)
}

/// Always, office hours of many kinds, nights, and weekends.
fn schedule(n: u16) -> Vec<(u16, u16)> {
    let on = |days: core::ops::Range<u16>, from: u16, to: u16| -> Vec<(u16, u16)> {
        days.map(|day| (day * 1440 + from, day * 1440 + to)).collect()
    };
    match n {
        0 => vec![(0, 7 * 1440)],
        1..40 => on(0..5, 300 + n % 8 * 30, 900 + n % 10 * 30),
        40..46 => [on(0..7, 0, 300 + n), on(0..7, 1200 + n, 1440)].concat(),
        _ => on(5..7, 480, 960 + n),
    }
}

/// Five doors but never the front gate, which is everybody's.
fn profile(doors: u32, numbers: &mut Numbers) -> Vec<(u32, u16)> {
    let mut policies = Vec::with_capacity(DOORS_EACH);
    while policies.len() < DOORS_EACH {
        let door = FRONT_GATE + 1 + numbers.below(doors - 1);
        if policies.iter().all(|(other, _)| *other != door) {
            policies.push((door, numbers.below(u32::from(SCHEDULES)) as u16));
        }
    }
    policies.sort_unstable();
    policies
}

fn person(number: u32) -> Person {
    let mut numbers = Numbers::new(u64::from(number) << 24);
    let card = numbers.any();
    let card_state = if numbers.chance(2) { CardState::Lost } else { CardState::Usable };
    let status = if numbers.chance(1) { Status::Suspended } else { Status::Enabled };
    let mut profiles = [EVERYBODY; PROFILES_EACH];
    for n in 0..PROFILES_EACH {
        while profiles[n] == EVERYBODY || profiles[..n].contains(&profiles[n]) {
            profiles[n] = 1 + numbers.below(PROFILES);
        }
    }
    let [a, b, c, d] = profiles.map(|profile| membership(profile, &mut numbers));
    let everybody = Membership { profile: EVERYBODY, from: days(-180), to: days(180) };
    Person { card, card_state, status, memberships: [a, b, c, d, everybody] }
}

/// One in ten is over, one in twenty has not begun, and none is longer than a year.
fn membership(profile: u32, numbers: &mut Numbers) -> Membership {
    let span = 1 + i64::from(numbers.below(180));
    let (from, to) = match numbers.below(20) {
        0 | 1 => (-span - 100, -span),
        2 => (span, span + 100),
        _ => (-span, 1 + i64::from(numbers.below(180))),
    };
    Membership { profile, from: days(from), to: days(to) }
}

const fn days(count: i64) -> i64 {
    MIDNIGHT + count * DAY_SECONDS
}

/// A card that nobody holds: drawn from numbers that no person starts from.
fn stranger(n: usize) -> u64 {
    Numbers::new((n as u64) << 24 | 1 << 60).any()
}
