//! The figures of alarm management, and what rehearsing the past proposes: entries of the journal, page by page, into a fold of
//! the core (`nuisance.rs` there). Nothing is kept between two requests, and no more than a page and the fold in one.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::alarm::AlarmSource;
use rackward_core::id::{DoorId, PersonId, Seq};
use rackward_core::nuisance::{Period, Recorder, Rehearsal, Wanted};
use rackward_core::permission::{Permission, may};
use rackward_core::site::Role;
use rackward_core::{Answer, Caller, CommandError, Entry, Query, Site, Stamped, Wall};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::lookup::{self, Sight};
use super::{Api, operators, wrong_shape};
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::figures::{AlarmFigures, AlarmProposals};
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// How many entries are read at once: some 300 kB, and a few milliseconds of a thread that answers others as well.
const PAGE_ENTRIES: u32 = 1000;

/// How long reading a period may take: less than a request may, so that whoever asks for too much is told so.
const READ_FOR: Duration = Duration::from_secs(12);

/// How many periods are read at once. Each takes the disk from the live stream and from other readers; whoever comes third
/// waits.
const READERS: usize = 2;

/// Who reads a period now.
static READING: Semaphore = Semaphore::const_new(READERS);

/// The longest period: beyond, the present doors and timings say little about the past.
const LONGEST_DAYS: u32 = 92;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The period of figures when nobody says: a week.
const FIGURES_DAYS: u32 = 7;

/// The period of proposals when nobody says: enough for something to come again.
const PROPOSALS_DAYS: u32 = 30;

/// What `GET /api/v1/alarms/figures` takes.
pub(super) const SHOW: &[Parameter] = &[
    Parameter::optional("from", Holds::Time, "The first instant of the period; 7 days before its end if left out"),
    Parameter::optional("to", Holds::Time, "The first instant after it; now if left out"),
    Parameter::optional("area", Holds::Text, "Only alarms about this area, its doors and their devices; its path"),
    Parameter::optional("door", Holds::Text, "Only alarms about this door and its devices; its path"),
    Parameter::optional(
        "operator",
        Holds::Text,
        "Of operators, only this one, by id or name or as events name them, such as uid:0",
    ),
];

/// What `GET /api/v1/alarms/proposals` takes.
pub(super) const PROPOSE: &[Parameter] = &[
    Parameter::optional("from", Holds::Time, "The first instant of the period; 30 days before its end if left out"),
    Parameter::optional("to", Holds::Time, "The first instant after it; now if left out"),
];

/// `GET /api/v1/alarms/figures?from=&to=&area=&door=&operator=`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<AlarmFigures>, Refusal> {
    may(&asking.caller, Permission::ViewFigures).map_err(CommandError::Denied)?;
    let params = Params::declared(&uri, SHOW)?;
    let period = period(&params, api.backend.now().wall, FIGURES_DAYS)?;
    let wanted = wanted(&api, asking.caller, &params).await?;
    let operator = match params.text("operator") {
        Some(text) => Some(somebody(&api, asking.caller, text).await?),
        None => None,
    };
    let mut recorder = Recorder::new(period, wanted);
    // Asked before the journal is read: what is raised in between, its entries tell.
    let Answer::Alarms(open) = api.ask(asking.caller, Query::OpenAlarms).await? else { return Err(wrong_shape()) };
    open.iter().for_each(|status| recorder.stands(&status.alarm));
    let mut reading = Reading::begin(&api, period).await?;
    while let Some(page) = reading.next().await? {
        page.iter().for_each(|stamped| recorder.take(stamped));
    }
    let mut figures = AlarmFigures::of(&recorder.finish(api.backend.now().wall), &api.backend.site());
    if let Some(operator) = operator {
        figures.operators.retain(|each| each.operator == operator);
    }
    Ok(Json(figures))
}

/// `GET /api/v1/alarms/proposals?from=&to=`
pub(super) async fn propose(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<AlarmProposals>, Refusal> {
    may(&asking.caller, Permission::ViewFigures).map_err(CommandError::Denied)?;
    let params = Params::declared(&uri, PROPOSE)?;
    let period = period(&params, api.backend.now().wall, PROPOSALS_DAYS)?;
    let site = api.backend.site();
    let mut rehearsal = Rehearsal::new(&site, period);
    let mut met = BTreeSet::new();
    let mut reading = Reading::begin(&api, period).await?;
    while let Some(page) = reading.next().await? {
        meet(&api, asking.caller, &page, &mut met, &mut rehearsal).await?;
        page.iter().for_each(|stamped| rehearsal.take(stamped));
    }
    Ok(Json(AlarmProposals::of(period, &rehearsal.finish(), &site)))
}

/// Tells the rehearsal who of those admitted on a page needs longer at doors. Whoever changed in the period is known by that
/// from then on; before, as now.
async fn meet(
    api: &Api,
    caller: Caller,
    page: &[Stamped],
    met: &mut BTreeSet<PersonId>,
    rehearsal: &mut Rehearsal<'_>,
) -> Result<(), Refusal> {
    let admitted = page.iter().filter_map(|stamped| match &stamped.entry {
        Entry::AccessGranted { person, .. } | Entry::PersonDetailsChanged { person, .. } => Some(*person),
        _ => None,
    });
    let new: Vec<PersonId> = admitted.filter(|person| met.insert(*person)).collect();
    if new.is_empty() {
        return Ok(());
    }
    for person in lookup::people(api, caller, new).await? {
        rehearsal.meet(person.id, person.details.extended_time);
    }
    Ok(())
}

/// Who is meant, as events name them: an operator by id or name, or somebody who is none.
async fn somebody(api: &Api, caller: Caller, text: &str) -> Result<String, Refusal> {
    let numbered = |prefix: &str| {
        let number = text.strip_prefix(prefix)?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
    };
    if text == "system" || ["uid:", "session:", "tok-"].into_iter().any(|prefix| numbered(prefix).is_some()) {
        return Ok(text.to_owned());
    }
    let unknown = |_| Problem::unknown_name("?operator", "operator", Vec::new());
    let found = operators::one(api, caller, text).await.map_err(unknown)?;
    Ok(found.id.to_string())
}

/// The period that is meant; it ends now at the latest.
fn period(params: &Params, now: Wall, usual_days: u32) -> Result<Period, Refusal> {
    // What happened in this very instant belongs to it.
    let now = now.after(Duration::from_micros(1));
    let to = params.time("to")?.map_or(now, |to| to.0.min(now));
    let usual = before(to, DAY * usual_days);
    let from = params.time("from")?.map_or(usual, |from| from.0);
    let wrong = |detail: String| {
        let errors = vec![FieldProblem { pointer: "?from".to_owned(), detail }];
        Err(Refusal::from(Problem::invalid(errors)))
    };
    let period = Period { from, to };
    if from >= to {
        return wrong("from must be before to, and before now".to_owned());
    }
    if period.length() > DAY * LONGEST_DAYS {
        return wrong(format!("the period must not be longer than {LONGEST_DAYS} days"));
    }
    Ok(period)
}

fn before(at: Wall, span: Duration) -> Wall {
    Wall::from_micros(at.as_micros().saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
}

/// Which alarms are meant by a door or an area.
async fn wanted(api: &Api, caller: Caller, params: &Params) -> Result<Wanted, Refusal> {
    let sight = Sight::of(api, caller).await?;
    let (mut doors, mut about): (Option<BTreeSet<DoorId>>, BTreeSet<AlarmSource>) = (None, BTreeSet::new());
    if let Some(text) = params.text("area") {
        let area = sight.area("?area", text)?;
        let inside = sight.site().doors().filter(|door| sight.site().lies_in(door.area, area));
        doors = Some(inside.map(|door| door.id).collect());
        let areas = sight.site().areas().filter(|each| sight.site().lies_in(each.id, area));
        about.extend(areas.map(|each| AlarmSource::Area(each.id)));
    }
    if let Some(text) = params.text("door") {
        let door = sight.door("?door", text)?;
        let is_inside = doors.is_none_or(|inside| inside.contains(&door));
        doors = Some(is_inside.then_some(door).into_iter().collect());
        about.clear();
    }
    let Some(doors) = doors else { return Ok(Wanted::Everything) };
    about.extend(doors.iter().map(|door| AlarmSource::Door(*door)));
    about.extend(devices_at(sight.site(), &doors));
    Ok(Wanted::About(about))
}

fn devices_at(site: &Site, doors: &BTreeSet<DoorId>) -> impl Iterator<Item = AlarmSource> {
    site.devices().filter_map(|device| {
        let door = match &device.role {
            Role::Reader { point } => site.point(*point)?.door,
            Role::Lock { door } | Role::Handle { door, .. } => *door,
            Role::Inputs { .. } => return None,
        };
        doors.contains(&door).then_some(AlarmSource::Device(device.id))
    })
}

/// Reads the entries of a period and its lead-in, page by page.
struct Reading<'a> {
    api: &'a Api,
    /// The lead-in and the period.
    span: Period,
    after: Seq,
    last: Seq,
    until: Instant,
    /// While it is held, few others read.
    _turn: tokio::sync::SemaphorePermit<'static>,
}

impl<'a> Reading<'a> {
    /// Waits for a turn and finds the first entry.
    async fn begin(api: &'a Api, period: Period) -> Result<Self, Refusal> {
        let until = Instant::now() + READ_FOR;
        let busy = || Refusal::new(ProblemKind::Unavailable, "others ask for figures now; try again in a few seconds");
        let turn = timeout_at(until, READING.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
        let span = Period { from: period.lead_in_from(), to: period.to };
        let head = *api.backend.head().borrow();
        let after = last_before(api, span.from, head).await?;
        let last = last_before(api, span.to, head).await?;
        Ok(Self { api, span, after, last, until, _turn: turn })
    }

    /// The next page; `None` when the period is over.
    async fn next(&mut self) -> Result<Option<Vec<Stamped>>, Refusal> {
        if self.after >= self.last {
            return Ok(None);
        }
        if Instant::now() > self.until {
            return Err(self.too_long());
        }
        let mut page = self.api.backend.entries_after(self.after, PAGE_ENTRIES).await?;
        // An entry may be damaged and left out; what was asked for is over when nothing more comes.
        self.after = page.last().map_or(self.last, |entry| entry.seq);
        // The clock may have been set back in between, so a time alone does not end the reading.
        page.retain(|stamped| stamped.seq <= self.last && self.span.from <= stamped.at && stamped.at < self.span.to);
        // Where pages are at hand at once, others would never have their turn.
        tokio::task::yield_now().await;
        Ok(Some(page))
    }

    fn too_long(&self) -> Refusal {
        let seconds = READ_FOR.as_secs();
        let left = self.last.get().saturating_sub(self.after.get());
        let detail = format!(
            "the period holds more than can be read in {seconds} s: {left} entries are left; ask for a shorter one"
        );
        Problem::invalid(vec![FieldProblem { pointer: "?from".to_owned(), detail }]).into()
    }
}

/// The last entry before `at`, up to `head`: entries are in order of time as long as nobody sets the clock, so halving finds it
/// in a few steps.
async fn last_before(api: &Api, at: Wall, head: Seq) -> Result<Seq, Refusal> {
    let (mut low, mut high) = (0, head.get());
    while low < high {
        let middle = low + (high - low) / 2;
        let next = api.backend.entries_after(Seq::new(middle), 1).await?;
        match next.first() {
            Some(stamped) if stamped.at < at && stamped.seq.get() > middle => low = stamped.seq.get().min(high),
            Some(_) | None => high = middle,
        }
    }
    Ok(Seq::new(low))
}
