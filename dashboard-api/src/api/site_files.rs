//! Site files over the API: planned, applied, written down, undone. Comparing objects with what there is is `site_files.rs`;
//! whether what comes of it may be done, what it widens and whether its tests hold is the engine's.

mod faults;

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use data_encoding::HEXLOWER;
use rackward_core::engine::command::{ChangeSet, Command, Expectation, Scope, SetDone};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::Governed;
use rackward_core::entry::ReasonText;
use rackward_core::id::{CalendarId, Generation, ScheduleId};
use rackward_core::permission::{Denied, Permission};
use rackward_core::site_files::{FileRecord, FilesWish};
use rackward_core::widening::Cause;
use rackward_core::{Answer, Caller, CommandError, Query, Reply};
use serde_json::{Map, Value};

use super::receipts::{self, Stored};
use super::{Api, reason, wrong_shape};
use crate::body::Read;
use crate::params::{Holds, Parameter, Params};
use crate::past::Moment;
use crate::preconditions::Terms;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::site_files::{self, Current, Manner, Planned, TakenOver};
use crate::wire::at::At;
use crate::wire::change_set::Widened;
use crate::wire::names::actor_words;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};
use crate::wire::request::{ApplyFiles, PlanFiles, Reason};
use crate::wire::sentence::denial_words;
use crate::wire::site_file::{Applied, Drift, Drifted, Exported, Object, POLICY_VERSION, Plan, PlanCounts, TestResult};

/// How many deletions an apply may do when nobody says.
const USUAL_DELETES: u64 = 5;

/// `POST /api/v1/site-files/plan`
pub(super) async fn plan(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<PlanFiles>,
) -> Result<Json<Plan>, Refusal> {
    let governed = governed(&api, asking.caller).await?;
    let objects = objects(wanted.objects)?;
    let manner = Manner { unread: wanted.unread, ..Manner::of(wanted.prune, wanted.adopt) };
    // Of a plan nothing is recorded; what is, says why itself.
    let why = reason("reason", "a plan of site files")?;
    let mut found = faults::absent_people(&api, asking.caller, &objects).await?;
    if manner.unread.is_empty() {
        match prepared(&api, &governed, &objects, manner.clone(), &why, false) {
            Ok(prepared) if found.is_empty() => {
                let done = tried(&api, asking.caller, &prepared).await?;
                return Ok(Json(prepared.told(&api, &governed, &done)));
            }
            Ok(_) => {}
            Err(refused) => found.extend(refused.into_problem().errors),
        }
    }
    Err(faults::all_of(&api, asking.caller, &governed, &objects, manner, &why, found).await)
}

/// `POST /api/v1/site-files/apply`
pub(super) async fn apply(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<ApplyFiles>,
) -> Result<Stored<Applied>, Refusal> {
    let why = reason("reason", &wanted.reason)?;
    let governed = governed(&api, asking.caller).await?;
    let objects = objects(wanted.objects)?;
    check_plan(&governed, &objects, wanted.base_generation, wanted.digest.as_deref(), wanted.policy_version)?;
    let manner = Manner::of(wanted.prune, wanted.adopt);
    let prepared = prepared(&api, &governed, &objects, manner, &why, false)?;
    let site = api.backend.site();
    let is_confirmed = wanted.confirm.as_deref() == Some(site.name());
    check_deletes(&prepared, wanted.max_deletes.unwrap_or(USUAL_DELETES), is_confirmed, site.name())?;
    carry_out(&api, &asking, &governed, prepared).await
}

/// `POST /api/v1/site-files/undo`
pub(super) async fn undo(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<Applied>, Refusal> {
    let why = reason("reason", &wanted.reason)?;
    let mut governed = governed(&api, asking.caller).await?;
    let last = governed.files.last.as_ref();
    let former = last.and_then(|last| site_files::read_former(&last.before));
    let Some(former) = former else {
        let detail = "there is no apply that can be undone: none was done, it was undone already, or it was too large to keep \
                      what was before";
        return Err(Refusal::new(ProblemKind::Conflict, detail));
    };
    let only: BTreeSet<(String, String)> = former.absent.into_iter().collect();
    // What the apply took over is its operators' again: it goes by no name of the files, whichever were to go.
    for record in former.taken_over.iter().flat_map(TakenOver::records) {
        governed.files.claims.remove(&record);
    }
    let manner = Manner { adopt: true, only: Some(only), released: former.taken_over, ..Manner::default() };
    let prepared = prepared(&api, &governed, &former.objects, manner, &why, true)?;
    carry_out(&api, &asking, &governed, prepared).await
}

/// `GET /api/v1/site-files`
pub(super) async fn export(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Exported>, Refusal> {
    Params::of(&uri, &[])?;
    let governed = governed(&api, asking.caller).await?;
    let site = api.backend.site();
    let items = site_files::objects(&Current::of(&site, &governed));
    Ok(Json(Exported { generation: governed.generation.get(), site: site.name().to_owned(), items }))
}

/// `GET /api/v1/site-files/schema`
pub(super) async fn schema(uri: Uri, _asking: Asking) -> Result<Json<Value>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(site_files::schema()))
}

/// What `GET /api/v1/site-files/drift` takes.
pub(super) const DRIFT: &[Parameter] =
    &[Parameter::optional("since", Holds::Time, "Leave out what was as it is now at this moment of the past already")];

/// `GET /api/v1/site-files/drift`
pub(super) async fn drift(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Drift>, Refusal> {
    let params = Params::declared(&uri, DRIFT)?;
    let mut governed = governed(&api, asking.caller).await?;
    if let moment @ Moment::Past(since) = Moment::named(&api, &params, "since")? {
        let before = governed_at(&api, asking.caller, moment).await?;
        governed.drifted = governed.drifted_since(since, &before);
    }
    let site = api.backend.site();
    let current = Current::of(&site, &governed);
    let items = governed.drifted.iter().map(|record| drifted(&current, &governed, *record)).collect();
    let last = governed.files.last.as_ref();
    let devices = receipts::behind(&api, asking.caller).await?;
    Ok(Json(Drift {
        applied_at: last.map(|last| At(last.at)),
        applied_by: last.map(|last| actor_words(last.by)),
        items,
        devices,
    }))
}

fn drifted(current: &Current<'_>, governed: &Governed, record: FileRecord) -> Drifted {
    let name = governed.files.claims.get(&record).map(|(name, _)| name.clone()).unwrap_or_default();
    let (kind, id) = match record {
        FileRecord::Schedule(id) => ("Schedule", id.to_string()),
        FileRecord::Calendar(id) => ("Calendar", id.to_string()),
        FileRecord::Profile(id) => ("AccessProfile", id.to_string()),
        FileRecord::Grant(id) => ("Grant", id.to_string()),
        FileRecord::Agreement(id) => ("Agreement", id.to_string()),
    };
    let state = if current.is_gone(record) { "gone" } else { "changed" };
    Drifted { kind: kind.to_owned(), name, id, state: state.to_owned() }
}

/// What files can look after. It is about the whole site, so a session for one organisation is told that.
async fn governed(api: &Api, caller: Caller) -> Result<Box<Governed>, Refusal> {
    governed_at(api, caller, Moment::Now).await
}

/// The same at a moment.
async fn governed_at(api: &Api, caller: Caller, moment: Moment) -> Result<Box<Governed>, Refusal> {
    if caller.scope != Scope::Site {
        return Err(Denied::WholeSite(Permission::SetSchedules).into());
    }
    match api.ask_at(caller, moment, Query::Governed).await? {
        Answer::Governed(governed) => Ok(governed),
        _ => Err(wrong_shape()),
    }
}

fn objects(given: Vec<Map<String, Value>>) -> Result<Vec<Object>, Refusal> {
    let (mut objects, mut errors) = (Vec::with_capacity(given.len()), Vec::new());
    for (index, one) in given.into_iter().enumerate() {
        match serde_json::from_value(Value::Object(one)) {
            Ok(object) => objects.push(object),
            Err(error) => {
                errors.push(FieldProblem { pointer: format!("/objects/{index}"), detail: error.to_string() });
            }
        }
    }
    if errors.is_empty() { Ok(objects) } else { Err(Refusal::invalid(errors)) }
}

/// Whether a plan is still the one that was looked at.
fn check_plan(
    governed: &Governed,
    objects: &[Object],
    base: u64,
    digest: Option<&str>,
    version: Option<u64>,
) -> Result<(), Refusal> {
    let stale = |detail: String| Err(Refusal::new(ProblemKind::Stale, detail));
    if base != governed.generation.get() {
        let now = governed.generation.get();
        return stale(format!(
            "the plan rests on generation {base} of rights, and {now} is in force; plan again. Nothing was done"
        ));
    }
    if digest.is_some_and(|digest| digest != HEXLOWER.encode(&site_files::digest(objects))) {
        return stale("the objects are not those that the plan was made of; plan again. Nothing was done".to_owned());
    }
    if version.is_some_and(|version| version != u64::from(POLICY_VERSION)) {
        return stale("the plan was made by another version of Rackward; plan again. Nothing was done".to_owned());
    }
    Ok(())
}

fn check_deletes(prepared: &Prepared, most: u64, is_confirmed: bool, site: &str) -> Result<(), Refusal> {
    let count = u64::from(prepared.planned.deletes);
    if count <= most || is_confirmed {
        return Ok(());
    }
    let detail = format!(
        "{count} rights or objects would be deleted, and {most} may be; look at the plan, then raise max_deletes or confirm \
         with the name of the site, {site}. Nothing was done"
    );
    Err(Refusal::new(ProblemKind::Conflict, detail))
}

/// A set of changes, and what it was made of.
struct Prepared {
    planned: Planned,
    set: ChangeSet,
    digest: [u8; 32],
}

fn prepared(
    api: &Api,
    governed: &Governed,
    objects: &[Object],
    manner: Manner,
    why: &ReasonText,
    undoes: bool,
) -> Result<Prepared, Refusal> {
    let site = api.backend.site();
    let current = Current::of(&site, governed);
    let now = api.backend.now().wall;
    let mut planned = site_files::plan(&current, objects, &manner, why, now).map_err(Refusal::invalid)?;
    let digest = site_files::digest(objects);
    let former = std::mem::take(&mut planned.former);
    let before = if undoes { Vec::new() } else { site_files::former_parts(&former) };
    let files = FilesWish {
        digest,
        claims: std::mem::take(&mut planned.claims),
        released: std::mem::take(&mut planned.released),
        before,
        undoes,
    };
    let set = ChangeSet {
        base: Some(Generation::new(governed.generation.get())),
        reason: why.clone(),
        changes: std::mem::take(&mut planned.changes).into(),
        tests: planned.tests.as_slice().into(),
        files: Some(Box::new(files)),
    };
    Ok(Prepared { planned, set, digest })
}

/// What the objects of site files come to, to be tried on what happened: without their tests, and whatever is in force meanwhile.
pub(super) async fn set_of(
    api: &Api,
    caller: Caller,
    given: Vec<Map<String, Value>>,
    manner: Manner,
) -> Result<ChangeSet, Refusal> {
    let governed = governed(api, caller).await?;
    let objects = objects(given)?;
    let why = reason("reason", "a simulation of site files")?;
    let prepared = prepared(api, &governed, &objects, manner, &why, false)?;
    Ok(ChangeSet { base: None, tests: Box::default(), files: None, ..prepared.set })
}

/// What a set would come to; nothing is done.
async fn tried(api: &Api, caller: Caller, prepared: &Prepared) -> Result<SetDone, Refusal> {
    let command = Command::from(prepared.set.clone());
    let rehearsed = api.backend.rehearse(Preconditions::default(), caller, command).await;
    match rehearsed.map_err(|error| prepared.refusal(error))?.reply {
        Reply::Set(done) => Ok(*done),
        _ => Err(wrong_shape()),
    }
}

async fn carry_out(
    api: &Api,
    asking: &SignedIn,
    governed: &Governed,
    prepared: Prepared,
) -> Result<Stored<Applied>, Refusal> {
    let caller = asking.caller;
    // An undo is recorded whatever it comes to: otherwise it could be done again.
    let is_idle = |files: &FilesWish| !files.undoes && files.claims.is_empty() && files.released.is_empty();
    let nothing = prepared.set.changes.is_empty() && prepared.set.files.as_deref().is_none_or(is_idle);
    // What would be refused is told by objects, not by the changes that they come to.
    let would = tried(api, caller, &prepared).await?;
    prepared.check_tests(&would)?;
    let done = if nothing && !Terms::is_tried() {
        would
    } else {
        match api.submit(caller, prepared.set.clone().into()).await? {
            Reply::Set(done) => *done,
            _ => return Err(wrong_shape()),
        }
    };
    let generation = done.generation.get();
    let applied = Applied { plan: prepared.told(api, governed, &done), generation };
    receipts::changed(api, asking, applied, done.generation).await
}

impl Prepared {
    /// A refusal by the engine, told by the objects that led to it.
    fn refusal(&self, error: CommandError) -> Refusal {
        let CommandError::SetRefused(refused) = error else { return error.into() };
        let line_of = |change: u32| {
            let change = usize::try_from(change).unwrap_or(usize::MAX);
            self.planned.lines.iter().find(|line| line.changes.contains(&change))
        };
        let mut errors = Vec::new();
        for one in refused {
            let pointer = match line_of(one.change).and_then(|line| line.told.object) {
                Some(object) => format!("/objects/{object}"),
                None => "/objects".to_owned(),
            };
            let detail = match line_of(one.change) {
                Some(line) => format!("{} \"{}\": {}", line.told.kind, line.told.name, one.error),
                None => one.error.to_string(),
            };
            if let CommandError::Forbidden | CommandError::Denied(_) = one.error {
                return one.error.into();
            }
            errors.push(FieldProblem { pointer, detail });
        }
        Refusal::invalid(errors)
    }

    /// Refuses what has tests that do not hold, each where it is written.
    fn check_tests(&self, would: &SetDone) -> Result<(), Refusal> {
        let failed = self.planned.asked.iter().zip(self.tests(would)).filter(|(_, test)| !test.holds);
        let told = |(asked, test): (&site_files::Asked, TestResult)| FieldProblem {
            pointer: asked.pointer.clone(),
            detail: format!("{} at {}, {}: expected {}, {}", test.person, test.point, test.at, test.expect, test.found),
        };
        let errors: Vec<FieldProblem> = failed.map(told).collect();
        if errors.is_empty() {
            return Ok(());
        }
        let detail = format!("{} of {} tests do not hold. Nothing was done", errors.len(), would.tests.len());
        Err(Problem { errors, ..Problem::new(ProblemKind::TestsFailed, detail) }.into())
    }

    fn told(&self, api: &Api, governed: &Governed, done: &SetDone) -> Plan {
        let site = api.backend.site();
        let current = Current::of(&site, governed);
        let mut counts = PlanCounts::default();
        let mut items = Vec::new();
        for line in &self.planned.lines {
            let mut told = line.told.clone();
            told.widens = line.changes.clone().map(|change| self.widens(governed, change, done)).sum();
            match told.mark.as_str() {
                "+" => counts.create += 1,
                "~" => counts.change += 1,
                "-" => counts.delete += 1,
                _ if self.undoes() => {}
                _ => counts.adopt += 1,
            }
            items.push(told);
        }
        Plan {
            base_generation: governed.generation.get(),
            digest: HEXLOWER.encode(&self.digest),
            policy_version: POLICY_VERSION,
            items,
            unchanged: self.planned.unchanged,
            counts,
            widening: Widened::from(&done.widening),
            narrowing: Widened::from(&done.narrowing),
            risks: site_files::risks(&current, &self.planned, &self.set.changes, done),
            tests: self.tests(done),
            takes_two: done.takes_two,
            site: site.name().to_owned(),
        }
    }

    /// By how much the record of one change widens who may pass. What a calendar does, it does by schedules.
    fn widens(&self, governed: &Governed, change: usize, done: &SetDone) -> u64 {
        let cause = match (done.replies.get(change), self.set.changes.get(change)) {
            (Some(Reply::Calendar(id, _)), _) => return widens_by_calendar(governed, *id, done),
            (Some(Reply::Grant(id, _) | Reply::Requested(id, _)), _) => Cause::Grant(*id),
            (Some(Reply::Profile(id, _)), _) => Cause::Profile(*id),
            (Some(Reply::Schedule(id, _)), _) => Cause::Schedule(*id),
            (_, Some(Command::ChangeGrantEnd { grant, .. })) => Cause::Grant(*grant),
            _ => return 0,
        };
        done.widening.causes.get(&cause).copied().unwrap_or(0)
    }

    fn undoes(&self) -> bool {
        self.set.files.as_ref().is_some_and(|files| files.undoes)
    }

    fn tests(&self, done: &SetDone) -> Vec<TestResult> {
        let one = |((asked, found), test): (
            (&site_files::Asked, &rackward_core::engine::command::TestFinding),
            &rackward_core::engine::command::RightsTest,
        )| TestResult {
            object: asked.object,
            person: asked.person.clone(),
            point: asked.point.clone(),
            at: At(test.at),
            expect: match asked.expect {
                Expectation::Open => "open".to_owned(),
                Expectation::Denied => "denied".to_owned(),
            },
            holds: found.holds,
            found: match &found.outcome {
                None => "nobody has this id".to_owned(),
                Some(Ok(grant)) => format!("opens, by {grant}"),
                Some(Err(denial)) => format!("denied: {}", denial_words(*denial)),
            },
            pointer: asked.pointer.clone(),
        };
        self.planned.asked.iter().zip(&done.tests).zip(&self.set.tests).map(one).collect()
    }
}

/// By how much the schedules that name a calendar widen who may pass, as far as they have no line of their own.
fn widens_by_calendar(governed: &Governed, calendar: CalendarId, done: &SetDone) -> u64 {
    let is_told =
        |id: ScheduleId| done.replies.iter().any(|reply| matches!(reply, Reply::Schedule(own, _) if *own == id));
    let naming = governed
        .schedules
        .iter()
        .map(|(row, _)| row)
        .filter(|row| row.special.iter().any(|special| special.calendar == calendar) && !is_told(row.id));
    naming.filter_map(|row| done.widening.causes.get(&Cause::Schedule(row.id))).sum()
}
