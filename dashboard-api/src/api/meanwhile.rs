//! What was done with an alarm since somebody looked at it: of two who answer it at the same time the second is told who was
//! first, with what and when, so that they need not ask each other. That the second is refused is the core's; what each entry
//! says in words is `wire/event.rs`'s.

use rackward_core::alarm::life::UnshelveCause;
use rackward_core::entry::AlarmEntry;
use rackward_core::id::{AlarmId, Seq};
use rackward_core::permission::{Actor, Permission, may};
use rackward_core::{Answer, Caller, Entry, Query, Stamped};

use super::Api;
use crate::query::{Clause, Field, Order, Search, Sense, Test};
use crate::refusal::Refusal;
use crate::wire::actor_words;
use crate::wire::at::At;
use crate::wire::event::CloudEvent;
use crate::wire::problem::{Meanwhile, Problem, ProblemKind};

/// How many entries about an alarm are looked through, the newest first. What the daemon itself writes of an alarm lies
/// between; beyond so much of it the change is long ago.
const LOOKED_THROUGH_ENTRIES: u16 = 50;

/// The refusal of an order about an alarm that was changed meanwhile, with who changed it last and how; any other as it is.
pub(super) async fn told(api: &Api, caller: Caller, alarm: AlarmId, refusal: Refusal) -> Refusal {
    if !refusal.is(ProblemKind::Stale) {
        return refusal;
    }
    let Some(meanwhile) = last_change(api, caller, alarm).await else { return refusal };
    let problem = refusal.into_problem();
    let detail = format!("{}, at {}: {}", problem.detail, meanwhile.at, words(&meanwhile));
    Problem { detail, meanwhile: Some(meanwhile), ..problem }.into()
}

/// What was done, with a name beside the id where there is one.
fn words(meanwhile: &Meanwhile) -> String {
    let Meanwhile { by, name, done, .. } = meanwhile;
    match (name, done.strip_prefix(by.as_str())) {
        (Some(name), Some(rest)) => format!("{name} ({by}){rest}"),
        (Some(name), None) => format!("{name} ({by}): {done}"),
        (None, _) => done.clone(),
    }
}

async fn last_change(api: &Api, caller: Caller, alarm: AlarmId) -> Option<Meanwhile> {
    let Ok(Answer::Alarm(Some(status))) = api.ask(caller, Query::Alarm(alarm)).await else { return None };
    // Where it began again since, nobody has touched what it is now.
    let by = status.alarm.life.touched_by?;
    let of_it = Clause { sense: Sense::With, any: vec![Test::Ids(Field::Alarm, vec![alarm.get()])] };
    let site = api.backend.site();
    let search = Search {
        clauses: vec![of_it],
        from: None,
        to: None,
        during: Vec::new(),
        local: site.local_time().clone(),
        after: Seq::new(0),
        order: Order::NewestFirst,
        past: None,
        limit: LOOKED_THROUGH_ENTRIES,
    };
    // The refusal stands without it while the index is made anew.
    let found = api.backend.search(search).await.ok()?;
    let change: &Stamped = found.entries.iter().find(|stamped| changed_by(&stamped.entry) == Some(by))?;
    Some(Meanwhile {
        by: actor_words(by),
        name: name(api, caller, by),
        at: At(change.at),
        done: CloudEvent::of(change, &site).sentence().to_owned(),
        entry: change.seq.get(),
    })
}

/// Who changed an alarm by hand, where an entry says that somebody did.
const fn changed_by(entry: &Entry) -> Option<Actor> {
    match entry {
        Entry::AlarmAcknowledged { by, .. }
        | Entry::Alarm(
            AlarmEntry::Noted { by, .. }
            | AlarmEntry::Shelved { by, .. }
            | AlarmEntry::Unshelved { cause: UnshelveCause::Operator(by), .. }
            | AlarmEntry::TakenOutOfService { by, .. }
            | AlarmEntry::ReturnedToService { by, .. }
            | AlarmEntry::Assigned { by, .. }
            | AlarmEntry::Escalated { by, .. }
            | AlarmEntry::Closed { by, .. }
            | AlarmEntry::StepDone { by, .. },
        ) => Some(*by),
        _ => None,
    }
}

/// What somebody is called, for those who may know it. A token is called as its owner.
fn name(api: &Api, caller: Caller, by: Actor) -> Option<String> {
    let knows = [Permission::AnswerAlarms, Permission::ViewJournal, Permission::ViewPeople];
    if !knows.into_iter().any(|permission| may(&caller, permission).is_ok()) {
        return None;
    }
    let operator = match by {
        Actor::Operator(operator) => operator,
        Actor::Token(token) => api.proofs.as_ref()?.issued_token(token)?.owner,
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) => return None,
    };
    api.backend.operator_name(operator)
}
