//! The right answers, found in the slow and obvious way: look at every membership and at every door of its profile. It is
//! written from the question alone and knows none of those that are compared with it.

use std::collections::HashMap;

use crate::site::{CardState, Person, Request, Site, Status};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The person may pass.
    Admit,
    /// Nobody holds this card.
    UnknownCard,
    /// Card or person do not count.
    Disabled,
    /// Nothing the person holds names the door.
    NoRight,
    /// What names the door does not hold at this time: outside its schedule, over, or not begun.
    NotNow,
}

/// The answers to a trace, in its order.
pub fn answers(site: &Site, trace: &[Request]) -> Vec<Answer> {
    let people: HashMap<u64, &Person> = site.people.iter().map(|person| (person.card, person)).collect();
    trace.iter().map(|request| answer(site, people.get(&request.card).copied(), request)).collect()
}

fn answer(site: &Site, person: Option<&Person>, request: &Request) -> Answer {
    let Some(person) = person else { return Answer::UnknownCard };
    if person.card_state == CardState::Lost || person.status == Status::Suspended {
        return Answer::Disabled;
    }
    let mut named = false;
    for membership in &person.memberships {
        for (door, schedule) in &site.profiles[membership.profile as usize] {
            if *door == request.door {
                named = true;
                if membership.holds(request.at) && is_open(&site.schedules[usize::from(*schedule)], request.minute) {
                    return Answer::Admit;
                }
            }
        }
    }
    if named { Answer::NotNow } else { Answer::NoRight }
}

fn is_open(windows: &[(u16, u16)], minute: u16) -> bool {
    windows.iter().any(|(from, to)| *from <= minute && minute < *to)
}
