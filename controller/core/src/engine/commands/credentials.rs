//! Commands about what people present: cards and PINs. A card has one holder; a PIN is long enough for how many are issued.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, validity_problem, whole_seconds};
use crate::engine::Engine;
use crate::engine::command::{CommandError, PinHash, PinPurpose, Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::{CredentialId, PersonId};
use crate::people::{CredentialKey, CredentialState, Person, PersonStatus, PinStatus, Validity};
use crate::records::RecordChange;

/// The fewest digits of a PIN.
const SHORTEST_PIN_DIGITS: u8 = 4;

/// The most digits of a PIN: what a keypad buffers.
const LONGEST_PIN_DIGITS: u8 = 12;

/// Codes that must be possible for each one issued, so that a guess seldom hits (IEC 60839-11-1, PIN-only recognition).
const CODES_PER_PIN: u64 = 1000;

impl Engine {
    pub(super) fn set_pin(
        &mut self,
        order: Order,
        person: PersonId,
        purpose: PinPurpose,
        hash: PinHash,
        digits: u8,
    ) -> Outcome {
        let row = self.known_person(person)?;
        invalid(self.pin_problems(row, purpose, digits))?;
        let Order { now, by, .. } = order;
        self.record(
            now,
            match purpose {
                PinPurpose::Usual => Entry::PinChanged { person, by },
                PinPurpose::Duress => Entry::DuressPinChanged { person, by },
            },
        );
        self.batch.changes.push(RecordChange::Pin(person, purpose, hash));
        Ok(Reply::Done)
    }

    /// The fewest digits that one more PIN may have.
    pub(in crate::engine) fn least_pin_digits(&self) -> u8 {
        least_digits(self.holdings.issued_pins.saturating_add(1))
    }

    fn pin_problems(&self, person: &Person, purpose: PinPurpose, digits: u8) -> Vec<Problem> {
        let mut problems = Vec::new();
        if person.status == PersonStatus::Left {
            problems.push(left_problem(person.id));
        }
        let before = match purpose {
            PinPurpose::Usual => person.pin,
            PinPurpose::Duress => person.duress_pin,
        };
        if purpose == PinPurpose::Duress && person.pin == PinStatus::Unset {
            problems.push(problem("purpose", format!("{} has no usual PIN yet; set that one first", person.id)));
        }
        let issued = self.holdings.issued_pins.saturating_add(u32::from(before == PinStatus::Unset));
        let least = least_digits(issued);
        if digits < least {
            let message = format!(
                "with {issued} PINs issued a PIN needs at least {least} digits, 1000 possible codes for each; choose a longer one"
            );
            problems.push(problem("pin", message));
        } else if digits > LONGEST_PIN_DIGITS {
            let message = format!("a PIN has {LONGEST_PIN_DIGITS} digits at most; choose a shorter one");
            problems.push(problem("pin", message));
        }
        problems
    }

    pub(super) fn assign(&mut self, order: Order, person: PersonId, key: CredentialKey, validity: Validity) -> Outcome {
        let Order { now, by, .. } = order;
        let status = self.known_person(person)?.status;
        let validity = whole_seconds(validity);
        let mut problems: Vec<Problem> = validity_problem("valid_to_at", validity, now).into_iter().collect();
        if status == PersonStatus::Left {
            problems.push(left_problem(person));
        }
        invalid(problems)?;
        self.unheld(order, &key)?;
        let last = self.records.credentials.last_key_value().map(|(id, _)| id.get());
        let credential = CredentialId::new(numbered(self.next_number("credential", last))?);
        let generation = self.next_generation();
        self.record(now, Entry::CredentialAssigned { credential, person, key, validity, by, generation });
        Ok(Reply::Credential(credential))
    }

    /// A card that somebody holds is nobody else's, whatever state it is in, until it was returned or destroyed.
    fn unheld(&self, order: Order, key: &CredentialKey) -> Result<(), CommandError> {
        let Some(row) = self.people.bearer(key).filter(|row| !is_final(row.state())) else { return Ok(()) };
        if !self.reach(order.now.wall, order.scope).sees_person(row.person()) {
            return Err(conflict("this card belongs to somebody of another organisation; take another card"));
        }
        let (credential, holder) = (row.credential(), row.person());
        Err(conflict(format!(
            "this card is already {credential} of {holder}; return it there first, or take another card"
        )))
    }

    pub(super) fn set_credential_state(
        &mut self,
        order: Order,
        credential: CredentialId,
        state: CredentialState,
        reason: ReasonText,
    ) -> Outcome {
        let row = self.records.credentials.get(&credential).ok_or_else(|| not_found(credential))?;
        if is_final(row.state) {
            let word = state_word(row.state);
            return Err(conflict(format!("{credential} was {word}, which is final; assign the card anew instead")));
        }
        let has_left = |person: &Person| person.status == PersonStatus::Left;
        if state == CredentialState::Enabled && self.records.persons.get(&row.person).is_some_and(has_left) {
            let message =
                format!("{} has left; set {credential} to returned, or take the person back first", row.person);
            return Err(conflict(message));
        }
        let Order { now, by, .. } = order;
        let generation = self.next_generation();
        self.record(now, Entry::CredentialStateChanged { credential, state, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    pub(super) fn forgive_lockout(&mut self, order: Order, credential: CredentialId) -> Outcome {
        if !self.records.credentials.contains_key(&credential) {
            return Err(not_found(credential));
        }
        let Order { now, by, .. } = order;
        if self.records.lockouts.get(&credential).is_none_or(|until| *until <= now.wall) {
            return Err(conflict(format!("{credential} is not locked out")));
        }
        self.end_lockout(now, credential, by);
        Ok(Reply::Done)
    }
}

/// The fewest digits that leave a thousand possible codes for each PIN issued.
fn least_digits(issued: u32) -> u8 {
    let wanted = CODES_PER_PIN * u64::from(issued);
    (SHORTEST_PIN_DIGITS..LONGEST_PIN_DIGITS)
        .find(|digits| 10_u64.pow(u32::from(*digits)) >= wanted)
        .unwrap_or(LONGEST_PIN_DIGITS)
}

pub(super) fn left_problem(person: PersonId) -> Problem {
    problem("person", format!("{person} has left; take the person back as expected first"))
}

/// Whether a state is the end of a credential.
const fn is_final(state: CredentialState) -> bool {
    match state {
        CredentialState::Returned | CredentialState::Destroyed => true,
        CredentialState::Enabled
        | CredentialState::Disabled
        | CredentialState::Lost
        | CredentialState::Stolen
        | CredentialState::Damaged => false,
    }
}

const fn state_word(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Enabled => "enabled",
        CredentialState::Disabled => "disabled",
        CredentialState::Lost => "lost",
        CredentialState::Stolen => "stolen",
        CredentialState::Damaged => "damaged",
        CredentialState::Returned => "returned",
        CredentialState::Destroyed => "destroyed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_codes_for_each_pin() {
        let check = |issued, expect| assert_eq!(least_digits(issued), expect, "{issued} issued");
        check(0, 4);
        check(10, 4);
        check(11, 5);
        check(100, 5);
        check(101, 6);
        check(1_000, 6);
        check(1_001, 7);
        check(1_000_000, 9);
        check(u32::MAX, 12);
    }
}
