//! Decides one request. The rules run top to bottom in [`settle`], the first that objects settles it, and this is the only
//! place that can say Admit. Nothing is changed here: the engine acts on the verdict. Each rule has its own file and
//! returns the evidence that the next one needs; `explain` runs the same rules and writes down what each found.

mod credential;
mod door;
mod entitlement;
pub mod explain;
mod factors;
pub(crate) mod interlock;

use std::collections::BTreeMap;

use crate::decide::explain::{Finding, Step};
use crate::door::DoorRecord;
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::id::{CredentialId, DeviceId, DoorId, GrantId, PersonId, PointId};
use crate::people::CredentialKey;
use crate::people::index::People;
use crate::site::Site;
use crate::time::Wall;
use core::time::Duration;

/// A wish to pass.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Where.
    pub point: PointId,
    /// What was presented.
    pub presented: Presented,
    /// Whether the PIN was typed and found right.
    pub pin: PinEvidence,
}

/// What was presented.
#[derive(Debug, Clone, Copy)]
pub enum Presented {
    /// A card.
    Card(CredentialKey),
    /// Nothing: somebody asks whether this person could pass, with any good credential.
    Nothing(PersonId),
}

/// Whether the PIN was typed and found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinEvidence {
    /// Not yet typed.
    Missing,
    /// Found right.
    Right,
}

/// How the site stands while a request is decided.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Every door.
    pub doors: &'a BTreeMap<DoorId, DoorRecord>,
    /// Which devices answer, by number.
    pub online: &'a [bool],
    /// Whether the journal can be written.
    pub journal: JournalHealth,
}

impl Situation<'_> {
    fn is_online(&self, device: DeviceId) -> bool {
        self.online.get(device.get() as usize).copied().unwrap_or(false)
    }
}

/// What nobody objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let the person pass.
    Admit {
        /// Who.
        person: PersonId,
        /// By what; `None` when nothing was presented.
        credential: Option<CredentialId>,
        /// The grant that allows it.
        grant: GrantId,
        /// Through which door.
        door: DoorId,
        /// How long the lock is released.
        release_time: Duration,
    },
    /// Ask for the PIN.
    AwaitPin {
        /// Of whom.
        person: PersonId,
    },
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

/// Decides one request at `at`. Without a `situation` only what does not depend on the moment's state is asked: what
/// `explain` does for another time.
///
/// # Errors
/// The first rule's objection.
pub fn settle(
    site: &Site,
    people: &People,
    situation: Option<&Situation<'_>>,
    request: &Request,
    at: Wall,
    trace: &mut impl Trace,
) -> Result<Verdict, Refusal> {
    let bearer = credential::identify(people, request, at, trace)?;
    let way = door::find(site, situation, request, &bearer, trace)?;
    let grant = entitlement::find(site, people, &bearer, way, at, trace)?;
    interlock::check(site, situation, &bearer, way, trace)?;
    if factors::check(&bearer, way, request, trace)? == factors::Found::PinMissing {
        return Ok(Verdict::AwaitPin { person: bearer.person });
    }
    Ok(Verdict::Admit {
        person: bearer.person,
        credential: bearer.credential,
        grant,
        door: way.door,
        release_time: way.release_time,
    })
}

/// Writes an objection down and makes the refusal.
fn object(
    trace: &mut impl Trace,
    rule: &'static str,
    bearer: Option<&credential::Bearer<'_>>,
    reason: Denial,
    why: impl FnOnce() -> String,
) -> Refusal {
    trace.found(rule, || Finding::Objected(reason, why()));
    Refusal { person: bearer.map(|b| b.person), credential: bearer.and_then(|b| b.credential), reason }
}
