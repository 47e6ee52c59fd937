//! Alarms as lists, by views, and one with what it explains. What is ordered of them is `alarm_actions.rs`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::alarm::life::{Assignee, Suppression};
use rackward_core::alarm::{Alarm as CoreAlarm, AlarmSource};
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::AlarmStatus;
use rackward_core::entry::AlarmEntry;
use rackward_core::id::{AlarmId, AreaId, DeviceId, Seq};
use rackward_core::permission::{Actor, Permission, may, may_know_of};
use rackward_core::site::Role;
use rackward_core::{Answer, Caller, Entry, Query, Site};

use super::lookup::Sight;
use super::{Api, Page, lookup, wrong_shape};
use crate::lists::{Asked, resources};
use crate::params::{Holds, Parameter, Params};
use crate::preconditions;
use crate::query::{Clause, Field, Order, Pattern, Search, Sense, Test};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::actor_words;
use crate::wire::alarm::{Alarm, AlarmCounts, AlarmDetail, AlarmNoted};
use crate::wire::at::At;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// How many notes of an alarm are shown with it; the journal has all of them.
const NOTES_SHOWN: u16 = 50;

/// The views of the list, by their words.
const VIEWS: [(&str, View); 8] = [
    ("open", View::Open),
    ("active", View::Active),
    ("mine", View::Mine),
    ("returned", View::Returned),
    ("shelved", View::Shelved),
    ("out_of_service", View::OutOfService),
    ("suppressed", View::Suppressed),
    ("closed_today", View::ClosedToday),
];

const VIEW_WORDS: [&str; 8] =
    ["open", "active", "mine", "returned", "shelved", "out_of_service", "suppressed", "closed_today"];

/// What the list of alarms may be asked for beside what every list may.
pub(crate) const OWN: &[Parameter] = &[
    Parameter::optional(
        "view",
        Holds::OneOf(&VIEW_WORDS),
        "Which alarms: those that are open and not put aside if left out",
    ),
    Parameter::optional("prio", Holds::Text, "Only these priorities, such as 1,2"),
    Parameter::optional("area", Holds::Text, "Only alarms in this area or in an area within it, by path"),
];

/// A part of all alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Open,
    Active,
    Mine,
    Returned,
    Shelved,
    OutOfService,
    Suppressed,
    ClosedToday,
}

impl View {
    /// What the engine is asked for it.
    const fn query(self) -> Query {
        match self {
            Self::Open | Self::Active | Self::Mine | Self::Returned | Self::Shelved | Self::OutOfService => {
                Query::OpenAlarms
            }
            Self::Suppressed => Query::AlarmsBehind(None),
            Self::ClosedToday => Query::ClosedAlarms,
        }
    }

    fn has(self, alarm: &CoreAlarm, by: Actor) -> bool {
        // What another alarm explains is among the open ones only for whoever does not see that other alarm.
        let stands = matches!(alarm.life.suppression, Suppression::None | Suppression::ByDesign { .. });
        match self {
            Self::Open => stands,
            Self::Active => stands && alarm.is_active(),
            Self::Mine => match alarm.life.assignee {
                Assignee::Desk => false,
                Assignee::Operator(operator) => by == Actor::Operator(operator),
            },
            Self::Returned => stands && !alarm.is_active(),
            Self::Shelved => matches!(alarm.life.suppression, Suppression::Shelved(_)),
            Self::OutOfService => matches!(alarm.life.suppression, Suppression::OutOfService { .. }),
            Self::Suppressed | Self::ClosedToday => true,
        }
    }
}

/// `GET /api/v1/alarms`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Alarm> {
    let asked = Asked::of::<Alarm>(&api, &asking, &uri, &resources::ALARMS)?;
    let params = &asked.params;
    let view =
        match params.text("view") {
            None => View::Open,
            Some(word) => VIEWS.iter().find(|(known, _)| *known == word).map(|(_, view)| *view).ok_or_else(|| {
                parameter("?view", format!("there is no such view; there are {}", VIEW_WORDS.join(", ")))
            })?,
        };
    let priorities = priorities(params.text("prio"))?;
    let area = match params.text("area") {
        Some(text) => Some(Sight::of(&api, asking.caller).await?.area("?area", text)?),
        None => None,
    };
    let site = api.backend.site();
    let wanted = |alarm: &CoreAlarm| {
        view.has(alarm, asking.caller.actor)
            && priorities.as_ref().is_none_or(|wanted| wanted.contains(&alarm.kind.priority().number()))
            && area.is_none_or(|area| area_of(alarm.source, &site).is_some_and(|inner| site.lies_in(inner, area)))
    };
    let alarms = ask(&api, asking.caller, view.query()).await?;
    let shown = alarms.iter().filter(|status| wanted(&status.alarm));
    let shown = shown.map(|status| for_caller(status, &asking.caller, &site));
    let shown = shown.collect();
    Ok(asked.page(shown))
}

fn priorities(text: Option<&str>) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let read = |word: &str| word.trim().parse().ok().filter(|number| (1..=4).contains(number));
    let numbers: Option<Vec<u8>> = text.split(',').map(read).collect();
    numbers.map(Some).ok_or_else(|| parameter("?prio", "must be priorities from 1 to 4, such as 1,2".to_owned()))
}

fn parameter(pointer: &str, detail: String) -> Refusal {
    let errors = vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.clone() }];
    Problem { errors, ..Problem::new(ProblemKind::Malformed, format!("{pointer} {detail}")) }.into()
}

/// Where in the site something is; what is nowhere in particular is in no area.
fn area_of(source: AlarmSource, site: &Site) -> Option<AreaId> {
    let of_door = |door| site.door(door).map(|door| door.area);
    let of_point = |point| site.point(point).and_then(|point| of_door(point.door));
    let of_device = |device: DeviceId| match site.device(device)?.role {
        Role::Reader { point } => of_point(point),
        Role::Lock { door } | Role::Handle { door, .. } => of_door(door),
        Role::Inputs { .. } => None,
    };
    match source {
        AlarmSource::Door(door) => of_door(door),
        AlarmSource::Device(device) => of_device(device),
        AlarmSource::Area(area) => Some(area),
        AlarmSource::Point(point) => of_point(point),
        AlarmSource::Site
        | AlarmSource::Zone(_)
        | AlarmSource::Grant(_)
        | AlarmSource::Credential(_)
        | AlarmSource::Line(_)
        | AlarmSource::Operator(_)
        | AlarmSource::Camera(_) => None,
        AlarmSource::Alert { place, .. } => area_of(place.source(), site),
    }
}

/// Alarms that are on the list and not put aside, in the engine's order: unacknowledged first, then by priority, then the newest.
pub(crate) async fn current(api: &Api, caller: Caller) -> Result<Vec<Alarm>, Refusal> {
    let site = api.backend.site();
    let alarms = ask(api, caller, Query::OpenAlarms).await?;
    let shown = alarms.iter().filter(|status| View::Open.has(&status.alarm, caller.actor));
    Ok(shown.map(|status| for_caller(status, &caller, &site)).collect())
}

/// Whether a caller may know who did what with an alarm.
pub(super) fn sees_persons(caller: &Caller) -> bool {
    let any = [Permission::AnswerAlarms, Permission::ViewJournal, Permission::ViewPeople];
    any.into_iter().any(|permission| may(caller, permission).is_ok())
}

/// Whoever answers alarms, reads the journal or sees people is told who did what with an alarm; a screen on a wall is not.
pub(super) fn for_caller(status: &AlarmStatus, caller: &Caller, site: &Site) -> Alarm {
    let alarm = Alarm::of(status, site);
    if sees_persons(caller) { alarm } else { alarm.without_persons() }
}

async fn ask(api: &Api, caller: Caller, query: Query) -> Result<Vec<AlarmStatus>, Refusal> {
    match api.ask(caller, query).await? {
        Answer::Alarms(mut alarms) => {
            alarms.retain(|status| may_know_of(&caller, status.alarm.kind));
            Ok(alarms)
        }
        _ => Err(wrong_shape()),
    }
}

/// `GET /api/v1/alarms/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<AlarmDetail>, Refusal> {
    Params::of(&uri, &[])?;
    let id: AlarmId = lookup::id(&id)?;
    preconditions::tag(&api, asking.caller, Subject::Alarm(id)).await?;
    let Answer::Alarm(found) = api.ask(asking.caller, Query::Alarm(id)).await? else { return Err(wrong_shape()) };
    let found = found.filter(|status| may_know_of(&asking.caller, status.alarm.kind));
    let status = found.ok_or_else(|| lookup::absent(id))?;
    Ok(Json(detail(&api, asking.caller, &status).await?))
}

/// An alarm with those that it explains and what was noted of it.
pub(super) async fn detail(api: &Api, caller: Caller, status: &AlarmStatus) -> Result<AlarmDetail, Refusal> {
    let (site, id) = (api.backend.site(), status.alarm.id);
    let children = match status.behind {
        0 => Vec::new(),
        _ => ask(api, caller, Query::AlarmsBehind(Some(id))).await?,
    };
    let shown = |status: &AlarmStatus| for_caller(status, &caller, &site);
    let children = children.iter().map(shown).collect();
    let notes = notes(api, caller, id).await;
    Ok(AlarmDetail { alarm: shown(status), children, notes })
}

/// What was noted of an alarm, for those who answer alarms or read the journal.
async fn notes(api: &Api, caller: Caller, alarm: AlarmId) -> Option<Vec<AlarmNoted>> {
    let reads = [Permission::AnswerAlarms, Permission::ViewJournal].into_iter().any(|one| may(&caller, one).is_ok());
    if !reads {
        return None;
    }
    let with = |test| Clause { sense: Sense::With, any: vec![test] };
    let of_it = with(Test::Ids(Field::Alarm, vec![alarm.get()]));
    let clauses = vec![of_it, with(Test::Word(Field::Type, Pattern::exact("alarm.noted")))];
    let (local, after) = (api.backend.site().local_time().clone(), Seq::new(0));
    let (order, during) = (Order::NewestFirst, Vec::new());
    let search = Search { clauses, from: None, to: None, during, local, after, order, past: None, limit: NOTES_SHOWN };
    // An alarm is shown all the same while the index is made anew.
    let found = api.backend.search(search).await.ok()?;
    let noted = found.entries.iter().rev().filter_map(|stamped| match &stamped.entry {
        Entry::Alarm(AlarmEntry::Noted { note, by, .. }) => Some(AlarmNoted {
            entry: stamped.seq.get(),
            at: At(stamped.at),
            by: actor_words(*by),
            note: note.as_str().to_owned(),
        }),
        _ => None,
    });
    Some(noted.collect())
}

/// `GET /api/v1/alarms/counts`
pub(super) async fn counts(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<AlarmCounts>, Refusal> {
    Params::of(&uri, &[])?;
    let (caller, mut counts) = (asking.caller, AlarmCounts::default());
    for (_, view) in VIEWS {
        // Each question is answered from memory; asking thrice would cost more than counting the same list again.
        if view != View::Open && view.query() == Query::OpenAlarms {
            continue;
        }
        let alarms = ask(&api, caller, view.query()).await?;
        let count = |view: View| {
            let of_view = alarms.iter().filter(|status| view.has(&status.alarm, caller.actor));
            u32::try_from(of_view.count()).unwrap_or(u32::MAX)
        };
        match view {
            View::Suppressed => counts.suppressed = count(view),
            View::ClosedToday => counts.closed_today = count(view),
            View::Open | View::Active | View::Mine | View::Returned | View::Shelved | View::OutOfService => {
                counts.open = count(View::Open);
                counts.active = count(View::Active);
                counts.mine = count(View::Mine);
                counts.returned = count(View::Returned);
                counts.shelved = count(View::Shelved);
                counts.out_of_service = count(View::OutOfService);
            }
        }
    }
    Ok(Json(counts))
}
