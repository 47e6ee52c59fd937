//! Grants as the API shows them. A weekly schedule is a list of stretches in the site's time zone, each from a day and a
//! minute to a day and a minute, because that is what was granted, whatever short form it was written in.

use rackward_core::Site;
use rackward_core::people::{Grant as CoreGrant, GrantState};
use rackward_core::site::schedule::{Day, WEEK_MINUTES, Weekly};
use serde::{Deserialize, Serialize};

use super::at::At;
use super::names::Places;

/// A time-boxed right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The id, such as `g-88`.
    pub id: String,
    /// Who may pass.
    pub person: String,
    /// Paths of the doors.
    pub doors: Vec<String>,
    /// First instant at which it counts.
    pub from_at: At,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// When in the week it counts, in the site's time zone; empty means always.
    pub weekly: Vec<Stretch>,
    /// Why.
    pub reason: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// `active` or `revoked`; whether it is over by time, `to_at` says.
    pub state: String,
}

/// A stretch of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its first minute, such as `Mon 08:00`.
    pub from: String,
    /// The minute after its last, such as `Mon 18:00`.
    pub to: String,
}

/// A grant after a change, with the generation of rights it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantChanged {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// The generation of rights this made.
    pub generation: u64,
}

impl Grant {
    /// A grant of the core.
    pub fn of(grant: &CoreGrant, site: &Site) -> Self {
        let state = match grant.state {
            GrantState::Active => "active",
            GrantState::Revoked => "revoked",
        };
        Self {
            id: grant.id.to_string(),
            person: grant.person.to_string(),
            doors: grant.doors.iter().map(|door| Places(site).door(*door)).collect(),
            from_at: At(grant.validity.from),
            to_at: At(grant.validity.to),
            weekly: stretches(&grant.weekly),
            reason: grant.reason.clone(),
            ticket: grant.ticket.clone(),
            state: state.to_owned(),
        }
    }
}

fn stretches(weekly: &Weekly) -> Vec<Stretch> {
    match weekly.stretches() {
        [(0, WEEK_MINUTES)] => Vec::new(),
        some => some.iter().map(|(from, to)| Stretch { from: minute_words(*from), to: minute_words(*to) }).collect(),
    }
}

/// `Mon 08:00`; the end of the week is `Sun 24:00`, so that an end never looks like a beginning.
fn minute_words(minute: u16) -> String {
    const DAY: u16 = 24 * 60;
    let (day, in_day) = if minute == WEEK_MINUTES { (6, DAY) } else { (minute / DAY, minute % DAY) };
    let day = Day::ALL.get(usize::from(day)).map_or("?", |day| day.word());
    format!("{day} {:02}:{:02}", in_day / 60, in_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_reads_as_stretches_of_the_week() {
        let check = |weekly: &Weekly, expect: &[&str]| {
            let got: Vec<String> = stretches(weekly).iter().map(|s| format!("{}-{}", s.from, s.to)).collect();
            assert_eq!(got, expect);
        };
        check(&Weekly::always(), &[]);
        check(
            &Weekly::on_days(&[Day::Mon, Day::Fri], 480, 1080).unwrap(),
            &["Mon 08:00-Mon 18:00", "Fri 08:00-Fri 18:00"],
        );
        check(&Weekly::on_days(&[Day::Sun], 1320, 360).unwrap(), &["Mon 00:00-Mon 06:00", "Sun 22:00-Sun 24:00"]);
    }
}
