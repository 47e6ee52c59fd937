//! Orders about visitors: coming in with a host, being found in a muster without one, leaving. A visitor has no card and passes
//! no door: what is kept is that they are inside, so that they are counted.

use super::{Order, Outcome, conflict, instant, invalid, not_found, numbered, problem};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply};
use crate::entry::{DeskEntry, ReasonText};
use crate::headcount::holds_people;
use crate::id::{AreaId, MusterId, PersonId, VisitorId};
use crate::muster::Somebody;
use crate::people::PersonStatus;
use crate::records::RecordChange;
use crate::time::Wall;
use crate::visitor::VisitorName;

/// The longest visit: whoever comes for longer is a person with a card.
const LONGEST_VISIT: core::time::Duration = core::time::Duration::from_secs(7 * 24 * 3_600);

/// So many visitors are inside at once at most; a hall of an open day. It trades memory (some 300 bytes each).
const INSIDE_MAX_VISITORS: usize = 5_000;

impl Engine {
    pub(super) fn enter_visitor(
        &mut self,
        order: Order,
        name: VisitorName,
        (host, area): (PersonId, AreaId),
        reason: ReasonText,
        until: Wall,
    ) -> Outcome {
        let latest = order.now.wall.after(LONGEST_VISIT);
        let mut problems: Vec<Problem> = self.area_problem(area).into_iter().collect();
        problems.extend(self.host_problem(host));
        if until <= order.now.wall {
            problems.push(problem("until_at", "the visit is over before it begins; choose an end in the future"));
        } else if until > latest {
            let message = format!("a visit lasts until {} at most; make somebody who stays a person", instant(latest));
            problems.push(problem("until_at", message));
        }
        invalid(problems)?;
        let visitor = self.next_visitor()?;
        let (host, until, reason, by) = (Some(host), Some(until), Some(reason), order.by);
        self.record(order.now, DeskEntry::VisitorCame { visitor, host, area, until, reason, muster: None, by });
        self.batch.changes.push(RecordChange::VisitorName(visitor, Some(name)));
        self.join_musters(order.now, Somebody::Visitor(visitor), area, None);
        Ok(Reply::Visitor(visitor))
    }

    pub(super) fn find_visitor(&mut self, order: Order, muster: MusterId, name: VisitorName, area: AreaId) -> Outcome {
        let row = self.known_muster(muster)?;
        if !row.is_running() {
            return Err(conflict(format!("{muster} has ended; enter the visitor by themselves")));
        }
        let around = row.area;
        let mut problems: Vec<Problem> = self.area_problem(area).into_iter().collect();
        if problems.is_empty() && !self.site.lies_in(area, around) {
            problems.push(problem("area", "it lies outside the area of the muster"));
        }
        invalid(problems)?;
        let visitor = self.next_visitor()?;
        let (muster, by) = (Some(muster), order.by);
        let (host, until, reason) = (None, None, None);
        self.record(order.now, DeskEntry::VisitorCame { visitor, host, area, until, reason, muster, by });
        self.batch.changes.push(RecordChange::VisitorName(visitor, Some(name)));
        self.join_musters(order.now, Somebody::Visitor(visitor), area, muster);
        Ok(Reply::Visitor(visitor))
    }

    pub(super) fn let_visitor_go(&mut self, order: Order, visitor: VisitorId) -> Outcome {
        let row = self.records.visitors.get(&visitor).ok_or_else(|| not_found(visitor))?;
        if let Some(left) = row.left {
            return Err(conflict(format!("{visitor} left at {} already", instant(left.at))));
        }
        self.record(order.now, DeskEntry::VisitorLeft { visitor, by: order.by });
        self.review_visits(order.now);
        Ok(Reply::Done)
    }

    fn next_visitor(&self) -> Result<VisitorId, CommandError> {
        if self.records.visitors.values().filter(|row| row.is_inside()).count() >= INSIDE_MAX_VISITORS {
            return Err(conflict(format!("{INSIDE_MAX_VISITORS} visitors are inside already; let those go who left")));
        }
        let last = self.records.visitors.last_key_value().map(|(id, _)| id.get());
        numbered(self.next_number("visitor", last)).map(VisitorId::new)
    }

    fn area_problem(&self, area: AreaId) -> Option<Problem> {
        match self.site.area(area) {
            Some(row) if holds_people(row.kind) => None,
            Some(row) => Some(problem("area", format!("{} is a rack, and nobody is in a rack", row.path))),
            None => Some(problem("area", format!("{area} does not exist"))),
        }
    }

    /// Whoever answers for a visitor must be somebody who comes here.
    fn host_problem(&self, host: PersonId) -> Option<Problem> {
        match self.records.persons.get(&host).map(|row| row.status) {
            Some(PersonStatus::Enabled) => None,
            Some(PersonStatus::Suspended | PersonStatus::Expected | PersonStatus::Left) => {
                Some(problem("host", format!("{host} passes nowhere now and can answer for nobody; name another host")))
            }
            None => Some(problem("host", format!("{host} does not exist"))),
        }
    }
}
