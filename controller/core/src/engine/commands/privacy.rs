//! Who looked at whom: recorded before anything is shown, once for a while for each who looks and whom they look at.

use std::collections::VecDeque;

use super::{Order, Outcome};
use crate::engine::Engine;
use crate::engine::command::{PrivacyCommand, Reply};
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::PersonId;
use crate::permission::Actor;
use crate::privacy::{NAMES_SHOWN_FOR, ONE_LOOK, is_recorded};
use crate::time::Monotonic;

/// How many looks are remembered: of a busy half-hour. One that is forgotten is recorded once more.
const LOOKS_MAX_COUNT: usize = 4_096;

/// Looks of late, the oldest first: at persons, or through cameras.
#[derive(Debug)]
pub(in crate::engine) struct Looks<T>(VecDeque<(Actor, T, Monotonic)>);

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: PartialEq> Looks<T> {
    pub(in crate::engine) fn knows(&self, by: Actor, at: &T, now: Monotonic) -> bool {
        let mut of_late = self.0.iter().filter(|(_, _, when)| when.after(ONE_LOOK) > now);
        of_late.any(|(known, what, _)| *known == by && what == at)
    }

    pub(in crate::engine) fn remember(&mut self, by: Actor, what: T, now: Monotonic) {
        let is_over = |(_, _, at): &(Actor, T, Monotonic)| at.after(ONE_LOOK) <= now;
        while self.0.front().is_some_and(is_over) || self.0.len() >= LOOKS_MAX_COUNT {
            self.0.pop_front();
        }
        self.0.push_back((by, what, now));
    }
}

impl Engine {
    pub(super) fn privacy_command(&mut self, order: Order, command: PrivacyCommand) -> Outcome {
        let by = order.by;
        match command {
            PrivacyCommand::Look { person, reason } => self.look(order, person, reason)?,
            PrivacyCommand::ShowNames { session, reason, ticket } => {
                let until = order.now.wall.after(NAMES_SHOWN_FOR);
                self.record(order.now, OperatorEntry::NamesShown { session, until, reason, ticket, by });
            }
            PrivacyCommand::HideNames { session } => {
                self.record(order.now, OperatorEntry::NamesHidden { session, by });
            }
        }
        Ok(Reply::Done)
    }

    fn look(&mut self, order: Order, person: PersonId, reason: Option<ReasonText>) -> Result<(), crate::CommandError> {
        self.known_person(person)?;
        let by = order.by;
        if !is_recorded(by) || self.looks.knows(by, &person, order.now.monotonic) {
            return Ok(());
        }
        // What is only tried is no look.
        if self.rehearsed.is_none() {
            self.looks.remember(by, person, order.now.monotonic);
        }
        self.record(order.now, OperatorEntry::Viewed { person, reason, by });
        Ok(())
    }
}
