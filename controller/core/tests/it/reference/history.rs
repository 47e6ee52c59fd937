//! What may happen in a history, in small numbers that mean something whatever else is left out, and random histories made
//! of it. Numbers of persons, cards and grants are taken modulo how many there are when the step is reached.

use super::calendar::{Dates, Times, Window};
use super::chance::Chance;
use super::doors::Typed;
use super::grounds::{AREAS, DOORS, POINTS, ZONES};

/// When a right is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    Always(Vec<usize>),
    Weekly(Vec<usize>, Vec<Window>),
    Named(Vec<usize>, u8),
    Member(u8),
}

/// The rest of a wish for a grant: who asks, from and for how many minutes, how often, with an escort, on which ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) by: u32,
    pub(crate) from_minutes: i64,
    pub(crate) minutes: i64,
    pub(crate) uses: Option<u16>,
    pub(crate) escort: bool,
    pub(crate) ticket: u8,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Join { expected: bool, clearance: u8, longer: bool },
    Status { person: usize, status: u8 },
    Clearance { person: usize, clearance: u8, longer: bool },
    Move { person: usize },
    Pin { person: usize },
    GiveCard { person: usize, key: u8, from_minutes: i64, minutes: i64 },
    CardState { card: usize, state: u8 },
    EndLockout { card: usize },
    Grant { person: usize, wish: Wish, terms: Terms },
    BreakGlass { person: usize, door: usize, minutes: i64 },
    Approve { grant: usize, by: u32 },
    Deny { grant: usize },
    Revoke { grant: usize },
    End { grant: usize, minutes: i64 },
    CloseTicket(u8),
    Profile { name: u8, policies: Vec<(usize, Option<u8>)> },
    RemoveProfile(u8),
    Schedule { name: u8, times: Times },
    RemoveSchedule(u8),
    Calendar(Dates),
    Order { door: usize, order: usize },
    LockDown(usize),
    Release(usize),
    Panel { fire: bool, button: bool },
    Threat(u8),
    Journal { fails: bool },
    Withhold { door: usize },
    Badge { key: u8, point: usize },
    Typed { point: usize, typed: Typed },
    Exit(usize),
    Operator(usize),
    Open(usize),
    Shut(usize),
    Cut(usize),
    Return(usize),
    Forgive { person: Option<usize>, area: Option<usize> },
    Wait { millis: u64 },
    Restart { seconds: u64 },
}

/// The way from outside to each area that people can be in, by in-points.
const WAYS: [&[usize]; 5] = [&[0], &[0, 2], &[0, 2, 6], &[0, 2, 8], &[0, 2, 6, 12]];

/// A random history of about this many steps, set up with some people and rights first.
pub(crate) fn history(chance: &mut Chance, steps: usize) -> Vec<Step> {
    let mut history = Vec::new();
    for number in 0..2u8 {
        history.push(Step::Schedule { name: number, times: times(chance) });
        history.push(Step::Profile { name: number, policies: policies(chance) });
    }
    for person in 0..4 {
        let clearance = chance.byte(4);
        history.push(Step::Join { expected: false, clearance, longer: chance.percent(20) });
        history.push(Step::GiveCard { person, key: 1 + person as u8, from_minutes: 0, minutes: 200 * 1440 });
        if chance.percent(80) {
            history.push(Step::Pin { person });
        }
        let escort = person == 3 && chance.percent(60);
        let uses = (person == 2 && chance.percent(20)).then_some(3);
        let terms = Terms { by: 0, from_minutes: 0, minutes: 200 * 1440, uses, escort, ticket: person as u8 };
        let doors = (0..DOORS.len()).collect();
        let wish = match chance.below(10) {
            0 if person > 0 => Wish::Weekly(doors, windows(chance)),
            1 if person > 0 => Wish::Named(doors, chance.byte(3)),
            2 if person > 0 => Wish::Member(chance.byte(2)),
            _ => Wish::Always(doors),
        };
        history.push(Step::Grant { person, wish, terms });
        history.push(Step::Approve { grant: person, by: 1 });
        history.push(Step::Approve { grant: person, by: 2 });
    }
    while history.len() < steps {
        match chance.below(100) {
            0..35 => passing(chance, &mut history),
            35..50 => tour(chance, &mut history),
            50..58 => history.push(waiting(chance)),
            58..74 => rights(chance, &mut history),
            74..82 => people(chance, &mut history),
            _ => places(chance, &mut history),
        }
    }
    history
}

fn key(chance: &mut Chance) -> u8 {
    if chance.percent(85) { 1 + chance.byte(4) } else { 1 + chance.byte(9) }
}

fn pin(chance: &mut Chance) -> Typed {
    match chance.below(10) {
        0..6 => Typed::Right,
        6 => Typed::Duress,
        7..9 => Typed::Wrong,
        _ => Typed::Unavailable,
    }
}

/// Somebody badges, perhaps types, perhaps with a second person, perhaps walks.
fn passing(chance: &mut Chance, history: &mut Vec<Step>) {
    let point = chance.below(POINTS.len());
    for _ in 0..1 + chance.below(3) {
        history.push(Step::Badge { key: key(chance), point });
        if chance.percent(8) {
            // Something changes while a PIN is typed or somebody waits.
            match chance.below(4) {
                3 => {
                    let card = chance.below(4);
                    history.push(Step::CardState { card, state: 6 });
                    let key = 1 + card as u8;
                    history.push(Step::GiveCard { person: chance.below(4), key, from_minutes: 0, minutes: 100_000 });
                }
                0 => rights(chance, history),
                1 => people(chance, history),
                _ => history.push(Step::Order { door: POINTS[point].0, order: chance.below(8) }),
            }
        }
        if chance.percent(70) {
            history.push(Step::Typed { point, typed: pin(chance) });
        }
        if chance.percent(30) {
            history.push(Step::Wait { millis: chance.pick(&[500, 1000, 3000, 9000, 10_000, 15_000]) });
        }
    }
    let door = POINTS[point].0;
    if chance.percent(6) {
        // Another door opens, perhaps of the same interlock, and somebody presses the exit button.
        history.push(Step::Open((door + 1) % DOORS.len()));
        history.push(Step::Exit(door));
    }
    if chance.percent(4) {
        history.push(Step::Exit(door));
    }
    if chance.percent(70) {
        history.push(Step::Open(door));
        if chance.percent(80) {
            history.push(Step::Shut(door));
        }
    } else if chance.percent(20) {
        history.push(Step::Withhold { door });
    }
    if chance.percent(6) {
        for _ in 0..5 {
            history.push(Step::Badge { key: 1, point });
            history.push(Step::Typed { point, typed: Typed::Wrong });
            history.push(Step::Wait { millis: chance.pick(&[0, 500, 12_000, 15_000]) });
        }
    }
}

/// One or two people walk in, or out, as the rules want them to.
fn tour(chance: &mut Chance, history: &mut Vec<Step>) {
    let keys = [key(chance), key(chance)];
    let people = 1 + chance.below(2);
    let mut points: Vec<usize> = WAYS[chance.below(WAYS.len())].to_vec();
    if chance.percent(40) {
        points = points.into_iter().rev().map(|point| point + 1).collect();
    } else if chance.percent(50) {
        points.push(chance.pick(&[10, 11, 14, 15]));
    }
    for point in points {
        for key in &keys[..people] {
            history.push(Step::Badge { key: *key, point });
            history.push(Step::Typed { point, typed: Typed::Right });
        }
        history.push(Step::Open(POINTS[point].0));
        history.push(Step::Shut(POINTS[point].0));
    }
}

fn waiting(chance: &mut Chance) -> Step {
    const HOUR: u64 = 3_600_000;
    let millis = match chance.below(12) {
        0..5 => 1000 * (1 + chance.below(30) as u64),
        5..8 => 60_000 * (1 + chance.below(50) as u64),
        8..10 => 900_000 * (1 + chance.below(8) as u64),
        10 => HOUR * (1 + chance.below(30) as u64),
        _ => 24 * HOUR * (1 + chance.below(3) as u64),
    };
    Step::Wait { millis }
}

fn doors(chance: &mut Chance) -> Vec<usize> {
    let few = (0..DOORS.len()).filter(|_| chance.percent(40)).collect::<Vec<_>>();
    if few.is_empty() { vec![0] } else { few }
}

fn windows(chance: &mut Chance) -> Vec<Window> {
    let mut windows = Vec::new();
    let quarter = |chance: &mut Chance| 15 * chance.below(96) as u16;
    let (from, to) = (quarter(chance), quarter(chance));
    windows.extend((0..7).filter(|_| chance.percent(70)).map(|day| (day, from, to)));
    windows.push((chance.byte(7), quarter(chance), quarter(chance)));
    windows
}

fn times(chance: &mut Chance) -> Times {
    let special = if chance.percent(50) {
        let (from, to) = (15 * chance.below(48) as u16, 720 + 15 * (1 + chance.below(48)) as u16);
        let days = if chance.percent(40) { Vec::new() } else { vec![(from, to)] };
        vec![("holidays".to_owned(), days)]
    } else {
        Vec::new()
    };
    Times { zone: chance.pick(&ZONES).to_owned(), week: windows(chance), special }
}

fn policies(chance: &mut Chance) -> Vec<(usize, Option<u8>)> {
    doors(chance).into_iter().map(|door| (door, chance.percent(50).then(|| chance.byte(3)))).collect()
}

fn rights(chance: &mut Chance, history: &mut Vec<Step>) {
    let grant = chance.below(30);
    history.push(match chance.below(20) {
        0..8 => {
            let wish = match chance.below(4) {
                0 => Wish::Always(doors(chance)),
                1 => Wish::Weekly(doors(chance), windows(chance)),
                2 => Wish::Named(doors(chance), chance.byte(3)),
                _ => Wish::Member(chance.byte(2)),
            };
            let terms = Terms {
                by: chance.below(3) as u32,
                from_minutes: chance.pick(&[-60, 0, 0, 0, 5, 600]),
                minutes: chance.pick(&[61, 75, 700, 3000, 100_000]),
                uses: chance.percent(30).then(|| 1 + chance.below(3) as u16),
                escort: chance.percent(25),
                ticket: chance.byte(5),
            };
            Step::Grant { person: chance.below(6), wish, terms }
        }
        8..11 => Step::Approve { grant, by: chance.below(3) as u32 },
        11 => Step::Deny { grant },
        12..14 => Step::Revoke { grant },
        14..16 => Step::End { grant, minutes: chance.pick(&[1, 10, 500, 5000, 100_000]) },
        16 => Step::CloseTicket(chance.byte(5)),
        17 => Step::Profile { name: chance.byte(2), policies: policies(chance) },
        18 => match chance.below(3) {
            0 => Step::RemoveProfile(chance.byte(2)),
            1 => Step::RemoveSchedule(chance.byte(3)),
            _ => Step::Calendar(("own".into(), vec![(2026, 8, 3), (2026, 10, 25)])),
        },
        _ => {
            let mut times = times(chance);
            if history.iter().any(|step| matches!(step, Step::Calendar(_))) && chance.percent(50) {
                times.special.insert(0, ("own".into(), vec![(0, 600)]));
            }
            Step::Schedule { name: chance.byte(3), times }
        }
    });
}

fn people(chance: &mut Chance, history: &mut Vec<Step>) {
    let person = chance.below(6);
    let step = match chance.below(16) {
        0..2 => Step::Join { expected: chance.percent(30), clearance: chance.byte(4), longer: chance.percent(30) },
        2..5 => Step::Status { person, status: chance.pick(&[0, 0, 0, 0, 0, 1, 1, 2, 3, 3]) },
        5 => Step::Clearance { person, clearance: chance.byte(4), longer: chance.percent(50) },
        6 => Step::Move { person },
        7 => Step::Pin { person },
        8..11 => {
            let from_minutes = chance.pick(&[0, 0, 0, 3, -10]);
            let minutes = chance.pick(&[15, 60, 1500, 100_000]);
            let key = 5 + chance.byte(5);
            history.push(Step::GiveCard { person, key, from_minutes, minutes });
            history.push(Step::Badge { key, point: chance.below(POINTS.len()) });
            waiting(chance)
        }
        11..14 => Step::CardState { card: chance.below(9), state: chance.pick(&[0, 0, 0, 1, 2, 3, 4, 5, 6]) },
        _ if chance.percent(10) => {
            // A card that may be in other hands is given out anew.
            Step::GiveCard { person, key: 1 + chance.byte(4), from_minutes: 0, minutes: 100_000 }
        }
        14 => Step::BreakGlass { person, door: chance.below(DOORS.len()), minutes: 30 },
        _ => Step::EndLockout { card: chance.below(5) },
    };
    history.push(step);
}

fn places(chance: &mut Chance, history: &mut Vec<Step>) {
    let (door, area) = (chance.below(DOORS.len()), chance.below(AREAS.len()));
    history.push(match chance.below(22) {
        0..4 => Step::Order { door, order: chance.pick(&[0, 0, 1, 2, 3, 4, 4, 5, 6, 6, 7]) },
        4 => Step::LockDown(area),
        5..8 => Step::Release(area),
        8..10 => Step::Panel { fire: chance.percent(40), button: chance.percent(20) },
        10..12 => Step::Threat(chance.pick(&[0, 0, 1, 2, 3])),
        12 => Step::Journal { fails: true },
        13 => Step::Journal { fails: false },
        14 => Step::Exit(door),
        15 if chance.percent(50) => Step::Operator(door),
        15 => Step::Open(door),
        16 => Step::Shut(door),
        17 => Step::Cut(door),
        18 => Step::Return(door),
        19 => Step::Restart { seconds: chance.pick(&[0, 0, 2, 20, 7200, 90_000]) },
        _ => {
            let person = chance.percent(60).then(|| chance.below(6));
            Step::Forgive { person, area: chance.percent(50).then_some(area) }
        }
    });
    // What closes the site is soon over, or there is nothing left to see.
    match history.last() {
        Some(Step::Journal { fails: true }) => {
            passing(chance, history);
            history.push(Step::Journal { fails: false });
        }
        Some(Step::LockDown(area)) => {
            let area = *area;
            passing(chance, history);
            history.push(Step::Release(area));
        }
        Some(Step::Cut(door)) => {
            let door = *door;
            passing(chance, history);
            history.push(Step::Return(door));
        }
        _ => {}
    }
}
