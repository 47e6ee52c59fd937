//! Commands about alerts: making one, ending one, and what the follower of the journal found. What becomes of a match is
//! `engine/alerts.rs`.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, whole_second};
use crate::alert::{ALERT_LONGEST, ALERTS_MAX_IN_FORCE, Alert, AlertTerms, QUERY_MAX_CHARS, RATE_MATCHES};
use crate::engine::Engine;
use crate::engine::command::{AlertCommand, AlertWish, CommandError, FloodWish, Problem, Reply, disguises};
use crate::entry::{AlertEntry, ReasonText};
use crate::id::AlertId;
use crate::operator::OperatorState;
use crate::permission::Actor;
use crate::time::Wall;

/// The longest name (ONVIF: names up to 64 characters).
const NAME_MAX_CHARS: usize = 64;

impl Engine {
    pub(super) fn alert_command(&mut self, order: Order, command: AlertCommand) -> Outcome {
        match command {
            AlertCommand::Create(wish) => self.create_alert(order, *wish),
            AlertCommand::End { alert, reason } => self.end_alert_by_order(order, alert, reason),
            // How fast an alert matches is counted beside the records, so what is only tried is not heard.
            AlertCommand::Matched(_) if self.rehearsed.is_some() => Ok(Reply::Done),
            AlertCommand::Matched(matches) => {
                for one in &matches {
                    self.alert_matched(order.now, one);
                }
                Ok(Reply::Done)
            }
            AlertCommand::Read { void } => {
                self.alerts_read(order.now, &void);
                Ok(Reply::Done)
            }
        }
    }

    fn create_alert(&mut self, order: Order, wish: AlertWish) -> Outcome {
        let (by, until) = (order.by, whole_second(wish.until));
        let (name, query) = (wish.name.trim().to_owned(), wish.query.trim().to_owned());
        let mut problems = self.alert_problems(&name, &query, until, order.now.wall);
        problems.extend(self.belonging_problems(&wish));
        if wish.forecast.is_flood() && wish.flood == FloodWish::Refuse {
            let busiest = wish.forecast.busiest;
            problems.push(problem(
                "query",
                format!(
                    "it would have matched {busiest} times within ten minutes of the last seven days, and more than \
                     {RATE_MATCHES} are a flood; narrow it, or say accept_flood to have the rest only counted"
                ),
            ));
        }
        invalid(problems)?;
        if self.records.alerts.values().filter(|row| row.is_in_force()).count() >= ALERTS_MAX_IN_FORCE {
            return Err(conflict(format!("{ALERTS_MAX_IN_FORCE} alerts are in force already; end one first")));
        }
        let last = self.records.alerts.last_key_value().map(|(id, _)| id.get());
        let alert = AlertId::new(numbered(self.next_number("alert", last))?);
        let AlertWish { priority, response, reason, organisation, .. } = wish;
        let owner = wish.owner.map_or(by, Actor::Operator);
        let terms = Box::new(AlertTerms { name, query, priority, response, reason, owner, organisation, until });
        self.record(order.now, AlertEntry::Created { alert, terms, by });
        Ok(Reply::Alert(alert))
    }

    fn alert_problems(&self, name: &str, query: &str, until: Wall, now: Wall) -> Vec<Problem> {
        let mut problems = Vec::new();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || disguises(name) {
            problems.push(problem("name", "a name has 1 to 64 characters, none that nobody sees"));
        }
        let is_taken = |row: &Alert| row.is_in_force() && row.terms.name == name;
        if let Some(row) = self.records.alerts.values().find(|row| is_taken(row)) {
            problems.push(problem("name", format!("{} is called so already; choose another name", row.id)));
        }
        if query.is_empty() || query.chars().count() > QUERY_MAX_CHARS || disguises(query) {
            let message = format!("a query has 1 to {QUERY_MAX_CHARS} characters, none that nobody sees");
            problems.push(problem("query", message));
        }
        if until <= now {
            problems.push(problem("until_at", "it would be over before it is made; choose an end in the future"));
        }
        if until.since(now) > ALERT_LONGEST {
            problems.push(problem("until_at", "an alert is in force 366 days at most; choose an earlier end"));
        }
        problems
    }

    fn belonging_problems(&self, wish: &AlertWish) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(organisation) = wish.organisation
            && !self.site.organisations().iter().any(|row| row.id == organisation)
        {
            problems.push(problem("organisation", format!("{organisation} does not exist")));
        }
        if let Some(owner) = wish.owner {
            let enabled = |state| state == OperatorState::Enabled;
            if !self.records.operators.get(&owner).is_some_and(|row| enabled(row.state)) {
                let message = format!("{owner} runs nothing here; name an operator who can sign in");
                problems.push(problem("owner", message));
            }
        }
        problems
    }

    fn end_alert_by_order(&mut self, order: Order, alert: AlertId, reason: ReasonText) -> Outcome {
        let row = self.records.alerts.get(&alert).ok_or_else(|| not_found(alert))?;
        if !row.is_in_force() {
            return Err(CommandError::Conflict(format!("{alert} has ended already")));
        }
        self.end_alert(order.now, alert, Some(reason), order.by);
        Ok(Reply::Done)
    }
}
