//! Decides one request. The rules run top to bottom in [`settle`], the first that objects settles it, and this is the only
//! place that can say Admit. Nothing is changed here: the engine acts on the verdict. Each rule has its own file and
//! returns the evidence that the next one needs; `explain` runs the same rules and writes down what each found.

mod antipassback;
pub(crate) mod credential;
mod device_trust;
mod door;
mod entitlement;
mod escort;
pub mod explain;
mod factors;
pub(crate) mod interlock;
mod lockdown;
mod lockout;
mod occupancy;
mod path;
mod two_person;
pub(crate) mod unasked;

use core::time::Duration;
use std::collections::BTreeMap;

pub use antipassback::PassbackFinding;

use crate::decide::explain::{Finding, Step};
use crate::door::DoorRecord;
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::id::{AreaId, CredentialId, DeviceId, DoorId, GrantId, PersonId, PointId};
use crate::mode::DoorMode;
use crate::people::index::{OpenSchedules, People, Row};
use crate::people::{CredentialKey, EscortNeed, ExtendedTime, ThreatLevel};
use crate::presence::Presence;
use crate::site::{Demands, Site, Way};
use crate::time::Wall;

/// A wish to pass.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where.
    pub point: PointId,
    /// What was presented.
    pub presented: Presented<'a>,
    /// Whether the PIN was typed and found right.
    pub pin: PinEvidence,
    /// Who stands at the same point already and passed every rule but the one that asks for a second person.
    pub companion: Option<Companion>,
}

/// What was presented.
#[derive(Debug, Clone, Copy)]
pub enum Presented<'a> {
    /// A card.
    Card(CredentialKey),
    /// Nothing: somebody asks whether this person could pass, alone or not, with the right PIN.
    Nothing(Row<'a>),
}

/// Whether the PIN was typed and found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinEvidence {
    /// Not yet typed.
    Missing,
    /// Found right.
    Right,
    /// The duress PIN: decided exactly as the right one; what else follows is the engine's and never shows at the door.
    Duress,
}

/// Somebody who passed every rule at a point but the one that asks for a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Companion {
    /// Who.
    pub person: PersonId,
    /// Whether that person must be escorted too.
    pub escort: EscortNeed,
}

/// How the site stands while a request is decided.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Every door.
    pub doors: &'a BTreeMap<DoorId, DoorRecord>,
    /// The mode in force of each door, by number.
    pub modes: &'a [DoorMode],
    /// Which devices answer, by number.
    pub online: &'a [bool],
    /// Points whose reader or lock is trusted too little, by number.
    pub untrusted: &'a [bool],
    /// Whether the journal can be written.
    pub journal: JournalHealth,
    /// How threatened the site is.
    pub threat: ThreatLevel,
    /// Who is where.
    pub presence: &'a Presence,
    /// Credentials locked out, and until when.
    pub lockouts: &'a BTreeMap<CredentialId, Wall>,
}

impl Situation<'_> {
    fn is_online(&self, device: DeviceId) -> bool {
        self.online.get(device.get() as usize).copied().unwrap_or(false)
    }

    fn is_untrusted(&self, point: PointId) -> bool {
        self.untrusted.get(point.get() as usize).copied().unwrap_or(false)
    }

    fn mode(&self, door: DoorId) -> DoorMode {
        self.modes.get(door.get() as usize).copied().unwrap_or(DoorMode::Locked)
    }
}

/// What nobody objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let the person pass.
    Admit(Admission),
    /// Ask for the PIN.
    AwaitPin {
        /// Of whom.
        person: PersonId,
    },
    /// Ask for a second person.
    AwaitCompanion(Admission),
}

/// Who may pass, by what and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// Who.
    pub person: PersonId,
    /// By what.
    pub credential: CredentialId,
    /// The grant that allows it.
    pub grant: GrantId,
    /// Whether the person must be escorted.
    pub escort: EscortNeed,
    /// Through which door.
    pub door: DoorId,
    /// How long the lock is released.
    pub release_time: Duration,
    /// Whether the person entered again without having left, where that is only recorded.
    pub passback: PassbackFinding,
}

/// Who was refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Who, where known.
    pub person: Option<PersonId>,
    /// By what, where known.
    pub credential: Option<CredentialId>,
    /// Why.
    pub reason: Denial,
}

/// Writes down what rules find, or does not.
pub trait Trace {
    /// A rule found something; `finding` is made only where it is kept.
    fn found(&mut self, rule: &'static str, finding: impl FnOnce() -> Finding);
}

/// Keeps nothing: the way doors decide.
#[derive(Debug)]
pub struct NoTrace;

impl Trace for NoTrace {
    fn found(&mut self, _rule: &'static str, _finding: impl FnOnce() -> Finding) {}
}

impl Trace for Vec<Step> {
    fn found(&mut self, rule: &'static str, finding: impl FnOnce() -> Finding) {
        self.push(Step { rule, finding: finding() });
    }
}

/// Everything a decision looks at besides the request. Without a `situation` only what does not depend on the moment's state
/// is asked: what `explain` does for a time to come. A situation whose presence is unrecorded is one of the past: modes, lockdowns
/// and lock-outs count, and what nobody wrote down is left out.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What exists.
    pub site: &'a Site,
    /// Persons and rights, compiled.
    pub people: &'a People,
    /// Which schedules hold at `at`.
    pub open: &'a OpenSchedules,
    /// How the site stands.
    pub situation: Option<Situation<'a>>,
    /// The instant to decide for.
    pub at: Wall,
}

impl View<'_> {
    /// What the areas on both sides of a way ask, while it is known where people are.
    fn demands(&self, way: &Way) -> Option<(Situation<'_>, &Demands)> {
        Some((self.moment()?, self.site.demands(way)?))
    }

    /// How the site stands, as far as it is more than records say: who is where, which devices answer, how other doors are.
    fn moment(&self) -> Option<Situation<'_>> {
        self.situation.filter(|situation| !situation.presence.is_unrecorded())
    }
}

/// Decides one request.
///
/// # Errors
/// The first rule's objection.
pub fn settle<'a>(view: &View<'a>, request: &Request<'a>, trace: &mut impl Trace) -> Result<Verdict, Refusal> {
    // The point and its door are looked up before the card, so that memory is waited for once and not one after the other.
    let known = view.site.way(request.point).map(|way| (way, view.people.reach(way.door)));
    let bearer = credential::identify(view, request, trace)?;
    // Nobody is their own second person; without the first they are judged as if they came alone.
    let waits_already = request.companion.is_some_and(|companion| companion.person == bearer.row.person());
    let request = &Request { companion: request.companion.filter(|_| !waits_already), ..*request };
    lockout::check(view, &bearer, trace)?;
    let (way, reach) = door::find(view, request, known, &bearer, trace)?;
    device_trust::check(view, &bearer, request, trace)?;
    lockdown::check(view, &bearer, way, trace)?;
    let right = entitlement::find(view, &bearer, way, reach, trace)?;
    let passback = antipassback::check(view, &bearer, way, trace)?;
    path::check(view, &bearer, way, trace)?;
    occupancy::check(view, &bearer, way, request, trace)?;
    interlock::check(view, &bearer, way, trace)?;
    if factors::check(view, &bearer, way, request, trace)? == factors::Found::PinMissing {
        return Ok(Verdict::AwaitPin { person: bearer.row.person() });
    }
    let alone = two_person::check(view, &bearer, way, request, trace);
    let unescorted = escort::check(view, &bearer, way, &right, request, trace)?;
    let release_time = match bearer.row.extended_time() {
        ExtendedTime::No => way.release_millis,
        ExtendedTime::Yes => way.extended_release_millis,
    };
    let release_time = Duration::from_millis(release_time.into());
    let admission = Admission {
        person: bearer.row.person(),
        credential: bearer.row.credential(),
        grant: right.grant,
        escort: right.escort,
        door: way.door,
        release_time,
        passback,
    };
    match (alone, unescorted) {
        (Company::Enough, Company::Enough) => Ok(Verdict::Admit(admission)),
        (Company::Wanted, _) | (_, Company::Wanted) if waits_already => {
            let why = || format!("{} is the first person already", bearer.row.person());
            Err(object(trace, two_person::RULE, &bearer, Denial::SecondPersonWrong, why))
        }
        (Company::Wanted, _) | (_, Company::Wanted) => Ok(Verdict::AwaitCompanion(admission)),
    }
}

/// Whether a rule that asks for a second person has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Enough,
    Wanted,
}

/// Evidence that somebody known presented something that counts.
#[derive(Debug)]
struct Bearer<'a> {
    row: Row<'a>,
}

/// Writes an objection down and makes the refusal.
fn object(
    trace: &mut impl Trace,
    rule: &'static str,
    bearer: &Bearer<'_>,
    reason: Denial,
    why: impl FnOnce() -> String,
) -> Refusal {
    trace.found(rule, || Finding::Objected(reason, why()));
    Refusal { person: Some(bearer.row.person()), credential: Some(bearer.row.credential()), reason }
}

/// Writes down that a rule does not object.
fn pass(trace: &mut impl Trace, rule: &'static str, why: impl FnOnce() -> String) {
    trace.found(rule, || Finding::Passed(why()));
}

/// The path of a door, for a sentence.
fn door_path(site: &Site, door: DoorId) -> String {
    site.door(door).map_or_else(|| door.to_string(), |door| door.path.clone())
}

/// The path of an area, for a sentence.
fn area_path(site: &Site, area: AreaId) -> String {
    site.area(area).map_or_else(|| area.to_string(), |area| area.path.clone())
}
