//! Commands about grants: asking for one, taking it back, letting it end earlier or later, closing its ticket. Approval is
//! `approval.rs`, emergency rights are `emergency.rs`. The states of a grant are drawn at the head of `people/grant.rs`.

use super::credentials::left_problem;
use super::terms::{LONGEST_GRANT, SharingFields};
use super::{
    Order, Outcome, conflict, instant, invalid, not_a_second, not_found, numbered, problem, validity_problem,
    whole_second, whole_seconds,
};
use crate::engine::Engine;
use crate::engine::command::{CommandError, GrantWish, Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::GrantId;
use crate::people::{Approval, EndCause, Grant, GrantKind, GrantRight, GrantState, PersonStatus, Uses, Validity};
use crate::site::SitePolicy;
use crate::time::{Now, Wall};

/// What the API calls the doors and the end of a grant.
const FIELDS: SharingFields = SharingFields { doors: "doors", to: "to_at" };

impl Engine {
    pub(super) fn create_grant(&mut self, order: Order, mut wish: GrantWish) -> Outcome {
        wish.validity = whole_seconds(wish.validity);
        if let GrantRight::Doors { doors, .. } = &mut wish.right {
            let mut sorted = core::mem::take(doors).into_vec();
            sorted.sort_unstable();
            sorted.dedup();
            *doors = sorted.into_boxed_slice();
        }
        invalid(self.grant_problems(order.now, &wish))?;
        let approval = self.demands(self.doors_of(&wish.right)).approval;
        let state = if approval == Approval::None { GrantState::Active } else { GrantState::Requested };
        let grant = Grant {
            id: self.next_grant()?,
            person: wish.person,
            right: wish.right,
            validity: wish.validity,
            reason: wish.reason.as_str().to_owned(),
            ticket: wish.ticket.map(|ticket| ticket.as_str().to_owned()),
            uses: wish.uses,
            escort: wish.escort,
            kind: GrantKind::Ordinary,
            state,
            requested_by: order.by,
            approval,
            approved_by: Vec::new(),
        };
        let (id, by, generation) = (grant.id, order.by, self.next_generation());
        if state == GrantState::Requested {
            self.record(order.now, Entry::GrantRequested { grant, by, generation });
            return Ok(Reply::Requested(id, approval));
        }
        self.record(order.now, Entry::GrantCreated { grant, by, generation });
        Ok(Reply::Grant(id, generation))
    }

    /// Everything wrong with a wish for a grant.
    fn grant_problems(&self, now: Now, wish: &GrantWish) -> Vec<Problem> {
        let mut problems = self.right_problems(&wish.right);
        match self.records.persons.get(&wish.person) {
            None => {
                problems.push(problem("person", format!("{} does not exist; create the person first", wish.person)))
            }
            Some(person) if person.status == PersonStatus::Left => problems.push(left_problem(person.id)),
            Some(person) => {
                let (guest, doors) = (person.details.organisation, self.doors_of(&wish.right));
                problems.extend(self.sharing_problems(now.wall, guest, doors, wish.validity.to, FIELDS));
            }
        }
        if wish.uses == Uses::Left(0) {
            problems.push(problem("uses", "it could never be used; allow at least one use, or any number"));
        }
        if let (Some(door), None) = (self.demands(self.doors_of(&wish.right)).ticket, &wish.ticket) {
            problems.push(self.ticket_problem(door));
        }
        problems.extend(validity_problem("to_at", wish.validity, now).or_else(|| too_long(wish.validity)));
        problems
    }

    fn ticket_problem(&self, door: crate::id::DoorId) -> Problem {
        let area = self.site.door(door).and_then(|door| self.site.area(door.area)).map(|area| area.path.clone());
        let lies_in = area.as_deref().unwrap_or("an area");
        let message =
            format!("{} lies in {lies_in}, whose policy asks for a change ticket; name one", self.door_name(door));
        Problem { policy: area.map(SitePolicy::Ticket), ..problem("ticket", message) }
    }

    pub(super) fn next_grant(&self) -> Result<GrantId, CommandError> {
        numbered(self.next_number("grants", self.records.grants.last_key_value().map(|(id, _)| id.get())))
            .map(GrantId::new)
    }

    pub(super) fn known_grant(&self, grant: GrantId) -> Result<&Grant, CommandError> {
        self.records.grants.get(&grant).ok_or_else(|| not_found(grant))
    }

    pub(super) fn revoke_grant(&mut self, order: Order, grant: GrantId, reason: ReasonText) -> Outcome {
        match self.known_grant(grant)?.state {
            GrantState::Active | GrantState::Requested => {}
            state @ (GrantState::Revoked | GrantState::Denied | GrantState::Ended(_)) => {
                return Err(conflict(format!("{grant} {}; there is nothing to revoke", state_sentence(state))));
            }
        }
        let (by, generation) = (order.by, self.next_generation());
        self.record(order.now, Entry::GrantRevoked { grant, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    pub(super) fn change_grant_end(&mut self, order: Order, grant: GrantId, to: Wall, reason: ReasonText) -> Outcome {
        let to = whole_second(to);
        let row = self.known_grant(grant)?;
        still_live(row, order.now.wall)?;
        if to == row.validity.to {
            return Err(conflict(format!("{grant} ends at {} already", instant(to))));
        }
        if to > row.validity.to {
            self.may_extend(order, row)?;
        }
        invalid(self.end_problems(order, row, to))?;
        let (by, generation) = (order.by, self.next_generation());
        self.record(order.now, Entry::GrantEndChanged { grant, to, reason, by, generation });
        Ok(Reply::Rights(generation))
    }

    fn end_problems(&self, order: Order, row: &Grant, to: Wall) -> Vec<Problem> {
        let at = order.now.wall;
        if to <= at {
            return vec![problem("to_at", "this end is not in the future; revoke the grant instead")];
        }
        let validity = Validity { from: row.validity.from, to };
        let mut problems: Vec<Problem> =
            validity_problem("to_at", validity, order.now).or_else(|| too_long(validity)).into_iter().collect();
        let person = self.records.persons.get(&row.person);
        if let Some(person) = person.filter(|_| to > row.validity.to) {
            let (guest, doors) = (person.details.organisation, self.doors_of(&row.right));
            problems.extend(self.sharing_problems(at, guest, doors, to, FIELDS));
        }
        problems
    }

    /// More time is more right: it takes as many people as the right itself took, and never fewer than the areas ask for now.
    fn may_extend(&self, order: Order, row: &Grant) -> Result<(), CommandError> {
        if let GrantKind::BreakGlass(_) = row.kind {
            return Err(conflict(format!("{} is an emergency right, which is not extended; ask for a grant", row.id)));
        }
        let approval = row.approval.max(self.demands(self.doors_of(&row.right)).approval);
        match approval {
            Approval::None => Ok(()),
            Approval::One if self.is_somebody_else(order.by, row.requested_by) => Ok(()),
            Approval::One => {
                let done = not_a_second(order.by, row.requested_by, "asked for this grant", "extend it");
                Err(conflict(format!("{done}; or ask for a new grant")))
            }
            Approval::Two => Err(conflict("two people must approve a right like this; ask for a new grant")),
        }
    }

    pub(super) fn close_ticket(&mut self, order: Order, ticket: ReasonText, reason: ReasonText) -> Outcome {
        let Order { now, by, scope, .. } = order;
        let reach = self.reach(now.wall, scope);
        let names_it = |grant: &Grant| grant.ticket.as_deref().map(str::trim) == Some(ticket.as_str());
        let ending = self.live_grants(now, |grant| names_it(grant) && reach.sees_person(grant.person));
        if ending.is_empty() {
            let message = "no live grant names this ticket; check its spelling, large and small letters differ";
            return Err(conflict(message));
        }
        self.record(now, Entry::TicketClosed { ticket, reason, by });
        self.end_grants(now, ending.clone(), EndCause::TicketClosed);
        Ok(Reply::Ended(ending, self.records.generation))
    }
}

fn too_long(validity: Validity) -> Option<Problem> {
    let message = "a grant lasts 366 days at most; choose an earlier end and renew it after review";
    (validity.to.since(validity.from) > LONGEST_GRANT).then(|| problem("to_at", message))
}

/// Whether a grant may still let anybody pass.
///
/// # Errors
/// It may not, and why.
pub(super) fn still_live(grant: &Grant, at: Wall) -> Result<(), CommandError> {
    if grant.is_live(at) {
        return Ok(());
    }
    let why = match grant.state {
        GrantState::Active | GrantState::Requested if grant.uses == Uses::Left(0) => "is used up",
        GrantState::Active | GrantState::Requested => "is over",
        state @ (GrantState::Revoked | GrantState::Denied | GrantState::Ended(_)) => state_sentence(state),
    };
    Err(conflict(format!("{} {why}; ask for a new grant", grant.id)))
}

pub(super) const fn state_sentence(state: GrantState) -> &'static str {
    match state {
        GrantState::Active => "counts already",
        GrantState::Requested => "waits for approval",
        GrantState::Revoked => "was revoked",
        GrantState::Denied => "was denied",
        GrantState::Ended(EndCause::TicketClosed) => "ended with its ticket",
        GrantState::Ended(EndCause::PersonLeft) => "ended when its holder left",
        GrantState::Ended(EndCause::PersonMoved) => "ended when its holder moved",
        GrantState::Ended(EndCause::AgreementEnded) => "ended with the agreement it rested on",
        GrantState::Ended(EndCause::ProfileRemoved) => "ended with its profile",
    }
}
