//! The daemon, as the API sees it: submit a command, ask, read the journal, follow it. This file decides nothing; the
//! daemon implements [`Backend`] over its engine thread and its store, the tests over a journal in memory.
//!
//! Vocabulary: a *live* event is a hint that the journal has grown; the journal alone is the truth (`stream.rs`).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::{PinHash, PinPurpose, Scope};
use rackward_core::engine::input::Digits;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::JournalHealth;
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::entry::ReasonText;
use rackward_core::id::{DeviceId, OperatorId, PersonId, Seq, VisitorId};
use rackward_core::people::{CredentialKey, PersonKeyHash};
use rackward_core::review::LastUses;
use rackward_core::{Answer, Caller, Command, CommandError, Now, Query, Reply, Site, Stamped, Wall};
use tokio::sync::{broadcast, mpsc, watch};

use crate::archive::Archive;
use crate::bus::{BusFinding, BusInspection, BusStatus, FirmwareImage, FirmwareRefused, InspectionRefused};
use crate::enrolment::{BrokerFiles, EnrolmentRefused, Offered};
use crate::idempotency::{Begun, Fingerprint, RequestKey, Settled};
use crate::paging::PagingKey;
use crate::past::{PastRefused, SimulationNews, SimulationRefused};
use crate::plan::Drawings;
use crate::proofs::Proofs;
use crate::query::{Found, Search, SearchRefused};
use crate::still::Stills;
use crate::stream::StreamEvent;
use crate::webhook::{WebhookAnswer, WebhookRefused, WebhookWish};
use crate::wire::card::CardBits;
use crate::wire::support::Account;

/// An answer that is still on its way.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The daemon cannot answer now: it is stopping, or its queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the daemon is stopping or overloaded; try again in a few seconds")]
pub struct Unavailable;

/// Why a PIN was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinRefused {
    /// The daemon cannot hash it now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is the person's other PIN: nobody could tell which of the two was meant.
    #[error("the usual PIN and the duress PIN must differ; choose another")]
    SameAsOther,
}

/// Whether the daemon's parts work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vitals {
    /// How long ago the loop that decides last turned; it does so every second even when nothing happens.
    pub since_turn: Duration,
    /// Buses whose port is away, by name. Their doors are unknown, and the daemon is as well as it can be.
    pub away: Vec<String>,
    /// What the daemon needs or feeds beside its doors and its journal.
    pub parts: Vec<PartVitals>,
}

/// How one part of the daemon is, or one that it speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartVitals {
    /// Which.
    pub part: Part,
    /// How it is.
    pub state: PartState,
    /// How many entries of the journal it has not taken yet; none for what takes none.
    pub behind_entries: Option<u64>,
}

/// A part of the daemon, or one that it speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The MQTT broker inside the daemon.
    EmbeddedBroker,
    /// Somebody else's MQTT broker.
    ExternalBroker,
    /// The search index.
    SearchIndex,
    /// A webhook, by name.
    Webhook(String),
    /// Another reader of the journal, by the name of its cursor.
    Reader(String),
}

/// How a part is. None of these keeps a door from being decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// As it should be.
    Working,
    /// It has some way to go through the journal.
    CatchingUp,
    /// It is not there, or does not take what it should.
    Failing,
}

/// The daemon, as the API sees it.
pub trait Backend: Send + Sync + 'static {
    /// The two times of this moment; the API reads no clock of its own.
    fn now(&self) -> Now;

    /// Gives a command that rests on nothing. What it answers is durable when it answers.
    fn submit(&self, caller: Caller, command: Command) -> Pending<Result<Reply, CommandError>> {
        self.submit_on(Preconditions::default(), caller, command)
    }

    /// Gives a command on these preconditions.
    fn submit_on(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Reply, CommandError>>;

    /// What a command would come to; nothing is changed by asking.
    fn rehearse(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Rehearsal, CommandError>>;

    /// Makes it durably known that a request with a key has begun, or says what is known of the key.
    fn begin_answer(&self, key: RequestKey, request: Fingerprint) -> Pending<Result<Begun, Unavailable>>;

    /// Keeps for a day what became of a request that has begun.
    fn keep_answer(&self, key: RequestKey, settled: Settled) -> Pending<Result<(), Unavailable>>;

    /// Asks a question that changes nothing, for somebody whose rights reach `scope`.
    fn ask(&self, scope: Scope, query: Query) -> Pending<Result<Answer, Unavailable>>;

    /// Answers a question as of a moment that is over, from what the journal kept of it, for somebody whose rights reached
    /// `scope` then.
    fn ask_past(&self, at: Wall, scope: Scope, query: Query) -> Pending<Result<Answer, PastRefused>>;

    /// Tries what a command would make of the rules on the passages since `since`, for whoever gives it; nothing is changed.
    fn simulate(
        &self,
        since: Wall,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<mpsc::Receiver<SimulationNews>, SimulationRefused>>;

    /// When rights were used last, as the journal tells.
    fn last_uses(&self) -> Pending<Result<LastUses, PastRefused>>;

    /// At most `limit_entries` durable entries after `after`, oldest first, without gaps.
    fn entries_after(&self, after: Seq, limit_entries: u32) -> Pending<Result<Vec<Stamped>, Unavailable>>;

    /// Searches the journal, as far as it is durable now.
    fn search(&self, search: Search) -> Pending<Result<Found, SearchRefused>>;

    /// The journal as a whole, as far as it is durable now.
    fn archive(&self) -> Arc<dyn Archive>;

    /// The drawings of floor plans.
    fn drawings(&self) -> Arc<dyn Drawings>;

    /// The stills of cameras; none where the site has no camera and never had one.
    fn stills(&self) -> Option<Arc<dyn Stills>> {
        None
    }

    /// What cursors of long lists are signed under.
    fn paging_key(&self) -> PagingKey;

    /// Makes a code with which an MQTT device can be enrolled once.
    fn offer_enrolment(
        &self,
        caller: Caller,
        device: DeviceId,
        reason: ReasonText,
    ) -> Pending<Result<Offered, EnrolmentRefused>>;

    /// What an external broker must know; `None` where the site has no MQTT side.
    fn broker_files(&self) -> Pending<Result<Option<BrokerFiles>, Unavailable>>;

    /// The newest durable entry. It moves on before the entry goes to [`Backend::live`], so that a reader who subscribes in
    /// between finds the entry in the journal at once.
    fn head(&self) -> watch::Receiver<Seq>;

    /// Durable entries as they come, encoded once for all readers. Bounded: a reader that lags reads the journal instead.
    fn live(&self) -> broadcast::Receiver<Arc<StreamEvent>>;

    /// Whether the journal can be written.
    fn journal_health(&self) -> watch::Receiver<JournalHealth>;

    /// How each serial bus is, in the order of the site file.
    fn buses(&self) -> Vec<BusStatus>;

    /// Looks at a bus. Who may is decided, and recorded, by the command that comes before.
    ///
    /// # Errors
    /// Nothing is looked at.
    fn inspect(&self, bus: &str, inspection: BusInspection) -> Result<mpsc::Receiver<BusFinding>, InspectionRefused>;

    /// Checks a signed firmware image and keeps it for a job.
    fn keep_firmware(&self, image: Vec<u8>) -> Pending<Result<FirmwareImage, FirmwareRefused>>;

    /// What the signed manifest of a kept image says; `None` where no such image is kept, or it no longer reads.
    fn firmware(&self, digest: [u8; 32]) -> Pending<Option<FirmwareImage>>;

    /// What exists.
    fn site(&self) -> Arc<Site>;

    /// A person's name, if it was not erased.
    fn person_name(&self, person: PersonId) -> Option<String>;

    /// What another register knows a person by, if it was not erased.
    fn person_key(&self, person: PersonId) -> Option<String>;

    /// Whom another register knows by exactly this, in order of id: one person of each organisation at most.
    fn people_keyed(&self, key: &str) -> Vec<PersonId>;

    /// What a key of another register hashes to under the site's key.
    fn person_key_hash(&self, text: &str) -> PersonKeyHash;

    /// What a visitor is called and for whom they work, if it was not erased.
    fn visitor_name(&self, visitor: VisitorId) -> Option<(String, Option<String>)>;

    /// Persons whose name contains `part`, whatever the case, in order of id.
    fn people_named(&self, part: &str) -> Vec<(PersonId, String)>;

    /// The name an operator signs in with, if it was not erased.
    fn operator_name(&self, operator: OperatorId) -> Option<String> {
        self.proofs().and_then(|proofs| proofs.name_of(operator))
    }

    /// Whose name this is.
    fn operator_named(&self, name: &str) -> Option<OperatorId> {
        self.proofs().and_then(|proofs| proofs.named(name))
    }

    /// What a card's bits hash to under the site's key.
    fn card_key(&self, bits: &CardBits) -> CredentialKey;

    /// Who checks the proofs of operators; none where nobody signs in but by links of the machine's.
    fn proofs(&self) -> Option<Arc<dyn Proofs>> {
        None
    }

    /// Hashes a new PIN, away from the asynchronous threads; refuses it where it is the other PIN of `person`.
    fn hash_pin(
        &self,
        person: Option<PersonId>,
        purpose: PinPurpose,
        digits: Digits,
    ) -> Pending<Result<PinHash, PinRefused>>;

    /// Whether its parts work, without asking the loop: a loop that is stuck could not answer.
    fn vitals(&self) -> Vitals;

    /// Measurements, in the text form of Prometheus.
    fn metrics(&self) -> Pending<Result<Arc<str>, Unavailable>>;

    /// What the daemon says of itself for whoever helps from outside, without asking the engine.
    fn account(&self) -> Pending<Result<Account, Unavailable>>;

    /// Answers what an operator wants of webhooks. Who may is decided before.
    fn webhook(&self, wish: WebhookWish) -> Pending<Result<WebhookAnswer, WebhookRefused>>;
}
