//! The daemon as the API sees it: channels to the loop, the journal's reader, and what the loop publishes. It decides
//! nothing and keeps nothing of its own.

mod archive;
mod checking;
mod enrolment;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rackward_core::engine::command::{PinHash, PinPurpose, Scope};
use rackward_core::engine::input::Digits;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::JournalHealth;
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::entry::ReasonText;
use rackward_core::id::{DeviceId, PersonId, Seq, VisitorId};
use rackward_core::people::{CredentialKey, PersonKeyHash};
use rackward_core::review::LastUses;
use rackward_core::{Answer, Caller, Command, CommandError, Now, Query, Reply, Site, Stamped, Wall};
use rackward_dashboard::PagingKey;
use rackward_dashboard::archive::Archive;
use rackward_dashboard::backend::{Backend, Pending, PinRefused, Unavailable, Vitals};
use rackward_dashboard::bus::{
    BusFinding, BusInspection, BusStatus, FirmwareImage, FirmwareRefused, InspectionRefused,
};
use rackward_dashboard::enrolment::{BrokerFiles, EnrolmentRefused, Offered};
use rackward_dashboard::idempotency::{Begun, Fingerprint, RequestKey, Settled};
use rackward_dashboard::past::{PastRefused, SimulationNews, SimulationRefused};
use rackward_dashboard::plan::Drawings;
use rackward_dashboard::proofs::Proofs;
use rackward_dashboard::query::{Found, Search, SearchRefused};
use rackward_dashboard::still::Stills;
use rackward_dashboard::webhook::{WebhookAnswer, WebhookRefused, WebhookWish};
use rackward_dashboard::wire::support::Account;
use rackward_dashboard::{CardBits, StreamEvent};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::account::Accounts;
use crate::answers::{Answers, AnswersError};
use crate::cameras::Cameras;
use crate::clock;
use crate::cursor::Cursors;
use crate::drawings::KeptDrawings;
use crate::drivers::{BrokerLink, BusHandle};
use crate::firmware::{ImageError, Manifest, PublicKey, Shelf, ShelfError, Verified};
use crate::metrics::{Counters, Meter};
use crate::past::Historian;
use crate::pin;
use crate::run::{Published, Wanted};
use crate::search::Searcher;
use crate::secrets::SiteKey;
use crate::store::Reader;
use crate::vitals;
use crate::webhooks::Webhooks;

pub(crate) use archive::Attestation;
use archive::Shelves;
pub(crate) use enrolment::Enrolment;

/// The daemon's [`Backend`].
#[derive(Debug, Clone)]
pub struct DaemonBackend {
    pub(crate) site: Arc<Site>,
    pub(crate) site_key: Arc<SiteKey>,
    pub(crate) wanted: mpsc::Sender<Wanted>,
    pub(crate) reader: Reader,
    pub(crate) published: Published,
    pub(crate) pins: pin::Pins,
    pub(crate) pin_worker: pin::PinWorker,
    pub(crate) handed_in: HandedIn,
    pub(crate) buses: Vec<BusHandle>,
    pub(crate) broker: Option<BrokerLink>,
    pub(crate) answers: Answers,
    pub(crate) mqtt: Option<Enrolment>,
    pub(crate) searcher: Searcher,
    pub(crate) historian: Historian,
    pub(crate) paging_key: PagingKey,
    pub(crate) counters: Arc<Counters>,
    pub(crate) meter: Arc<Meter>,
    /// What the daemon says of itself for whoever helps from outside.
    pub(crate) accounts: Accounts,
    pub(crate) cursors: Cursors,
    /// Those who are told over HTTP.
    pub(crate) webhooks: Webhooks,
    /// Cameras with the stills that are kept; none where the site never had one.
    pub(crate) cameras: Option<Cameras>,
    /// How the journal is checked, and what is said of it signed.
    pub(crate) attestation: Attestation,
}

/// What operators handed in as files.
#[derive(Debug, Clone)]
pub(crate) struct HandedIn {
    shelf: Shelf,
    drawings: KeptDrawings,
}

impl HandedIn {
    /// Firmware of whom the site trusts, and drawings, in `storage`. Touches nothing.
    pub(crate) fn in_dir(storage: &Path, trusted: Vec<PublicKey>) -> Self {
        Self { shelf: Shelf::new(storage, trusted), drawings: KeptDrawings::new(storage) }
    }
}

impl DaemonBackend {
    fn names(&self) -> std::sync::RwLockReadGuard<'_, HashMap<PersonId, String>> {
        let names: &RwLock<_> = &self.published.names;
        names.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for DaemonBackend {
    fn now(&self) -> Now {
        clock::now()
    }

    fn submit_on(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Reply, CommandError>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.wanted.try_send(Wanted::Command { caller, command, preconditions, reply });
        Box::pin(async move {
            sent.map_err(|_| CommandError::Overloaded)?;
            answer.await.map_err(|_| CommandError::Unanswered)?
        })
    }

    fn rehearse(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Rehearsal, CommandError>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.wanted.try_send(Wanted::Rehearse { caller, command, preconditions, reply });
        Box::pin(async move {
            sent.map_err(|_| CommandError::Overloaded)?;
            // Nothing was to be done, so nothing can be in doubt.
            answer.await.map_err(|_| CommandError::Overloaded)?
        })
    }

    fn begin_answer(&self, key: RequestKey, request: Fingerprint) -> Pending<Result<Begun, Unavailable>> {
        let answers = self.answers.clone();
        Box::pin(async move { answers.begin(&key, request, clock::now().wall).await.map_err(not_kept) })
    }

    fn keep_answer(&self, key: RequestKey, settled: Settled) -> Pending<Result<(), Unavailable>> {
        let answers = self.answers.clone();
        Box::pin(async move { answers.keep(&key, settled).await.map_err(not_kept) })
    }

    fn ask(&self, scope: Scope, query: Query) -> Pending<Result<Answer, Unavailable>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.wanted.try_send(Wanted::Ask { scope, query, reply });
        Box::pin(async move {
            sent.map_err(|_| Unavailable)?;
            answer.await.map_err(|_| Unavailable)
        })
    }

    fn ask_past(&self, at: Wall, scope: Scope, query: Query) -> Pending<Result<Answer, PastRefused>> {
        let (historian, head) = (self.historian.clone(), *self.published.head.borrow());
        Box::pin(async move { historian.answer(at, scope, query, head).await })
    }

    fn simulate(
        &self,
        since: Wall,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<mpsc::Receiver<SimulationNews>, SimulationRefused>> {
        let (historian, head) = (self.historian.clone(), *self.published.head.borrow());
        let now = clock::now().wall;
        Box::pin(async move { historian.simulate(now, since, caller, command, head).await })
    }

    fn last_uses(&self) -> Pending<Result<LastUses, PastRefused>> {
        let (historian, head) = (self.historian.clone(), *self.published.head.borrow());
        Box::pin(async move { historian.last_uses(head).await })
    }

    fn entries_after(&self, after: Seq, limit_entries: u32) -> Pending<Result<Vec<Stamped>, Unavailable>> {
        let reader = self.reader.clone();
        Box::pin(async move {
            reader.entries_after(after, limit_entries).await.map_err(|error| {
                tracing::error!(%error, "the journal could not be read");
                Unavailable
            })
        })
    }

    fn search(&self, search: Search) -> Pending<Result<Found, SearchRefused>> {
        let (searcher, head) = (self.searcher.clone(), *self.published.head.borrow());
        Box::pin(async move { searcher.find(&search, head).await })
    }

    fn archive(&self) -> Arc<dyn Archive> {
        Arc::new(Shelves::of(self))
    }

    fn drawings(&self) -> Arc<dyn Drawings> {
        Arc::new(self.handed_in.drawings.clone())
    }

    fn stills(&self) -> Option<Arc<dyn Stills>> {
        self.cameras.clone().map(|cameras| Arc::new(cameras) as Arc<dyn Stills>)
    }

    fn paging_key(&self) -> PagingKey {
        self.paging_key.clone()
    }

    fn head(&self) -> watch::Receiver<Seq> {
        self.published.head.subscribe()
    }

    fn live(&self) -> broadcast::Receiver<Arc<StreamEvent>> {
        self.published.live.subscribe()
    }

    fn journal_health(&self) -> watch::Receiver<JournalHealth> {
        self.published.health.subscribe()
    }

    fn offer_enrolment(
        &self,
        caller: Caller,
        device: DeviceId,
        reason: ReasonText,
    ) -> Pending<Result<Offered, EnrolmentRefused>> {
        let Some(enrolment) = self.mqtt.clone() else {
            return Box::pin(async { Err(EnrolmentRefused::NoMqtt) });
        };
        let known = self.site.device(device).map(|device| device.name.clone());
        if let Some(name) = known.filter(|name| !enrolment.is_for(name)) {
            return Box::pin(async { Err(EnrolmentRefused::NotMqtt { device: name }) });
        }
        let backend = self.clone();
        Box::pin(async move { enrolment.offer(&backend, caller, device, reason).await })
    }

    fn broker_files(&self) -> Pending<Result<Option<BrokerFiles>, Unavailable>> {
        let Some(enrolment) = self.mqtt.clone() else { return Box::pin(async { Ok(None) }) };
        let backend = self.clone();
        Box::pin(async move { enrolment.broker_files(&backend).await.map(Some) })
    }

    fn buses(&self) -> Vec<BusStatus> {
        self.buses.iter().map(BusHandle::status).collect()
    }

    fn inspect(&self, bus: &str, inspection: BusInspection) -> Result<mpsc::Receiver<BusFinding>, InspectionRefused> {
        let named = self.buses.iter().find(|handle| handle.name() == bus);
        named.ok_or(InspectionRefused::UnknownBus)?.inspect(inspection)
    }

    fn keep_firmware(&self, image: Vec<u8>) -> Pending<Result<FirmwareImage, FirmwareRefused>> {
        let shelf = self.handed_in.shelf.clone();
        Box::pin(async move {
            let kept = tokio::task::spawn_blocking(move || shelf.keep(&image)).await;
            let kept = kept.map_err(|_| FirmwareRefused::NotKept("the daemon is stopping".into()))?;
            kept.map(|kept| image_of(&kept)).map_err(firmware_refused)
        })
    }

    fn firmware(&self, digest: [u8; 32]) -> Pending<Option<FirmwareImage>> {
        let shelf = self.handed_in.shelf.clone();
        Box::pin(async move {
            let kept = tokio::task::spawn_blocking(move || shelf.load(digest)).await.ok()?;
            kept.map(|kept| image_of(&kept))
                .map_err(|error| tracing::warn!(%error, "firmware was asked for in vain"))
                .ok()
        })
    }

    fn vitals(&self) -> Vitals {
        let away = self.buses().into_iter().filter(|bus| !bus.is_up).map(|bus| bus.name).collect();
        let since_turn = self.counters.since_turn(clock::now().monotonic);
        let parts = vitals::parts(self.broker.as_ref(), &self.cursors.statuses(), &self.webhooks);
        Vitals { since_turn, away, parts }
    }

    fn metrics(&self) -> Pending<Result<Arc<str>, Unavailable>> {
        let backend = self.clone();
        Box::pin(async move { backend.meter.text(&backend).await })
    }

    fn account(&self) -> Pending<Result<Account, Unavailable>> {
        let accounts = self.accounts.clone();
        let (now, verified) = (self.now(), self.counters.last_verified());
        Box::pin(async move { accounts.now(now, verified).await })
    }

    fn webhook(&self, wish: WebhookWish) -> Pending<Result<WebhookAnswer, WebhookRefused>> {
        let webhooks = self.webhooks.clone();
        Box::pin(async move { webhooks.answer(wish).await })
    }

    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site)
    }

    fn person_name(&self, person: PersonId) -> Option<String> {
        self.names().get(&person).cloned()
    }

    fn person_key(&self, person: PersonId) -> Option<String> {
        let keys = self.published.person_keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&person).cloned()
    }

    fn people_keyed(&self, key: &str) -> Vec<PersonId> {
        let keys = self.published.person_keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<PersonId> = keys.iter().filter(|(_, known)| *known == key).map(|(id, _)| *id).collect();
        found.sort_unstable();
        found
    }

    fn person_key_hash(&self, text: &str) -> PersonKeyHash {
        self.site_key.person_key_hash(text)
    }

    fn visitor_name(&self, visitor: VisitorId) -> Option<(String, Option<String>)> {
        let names = self.published.visitor_names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(&visitor).map(|name| (name.reveal().to_owned(), name.company().map(ToOwned::to_owned)))
    }

    fn people_named(&self, part: &str) -> Vec<(PersonId, String)> {
        let part = part.to_lowercase();
        let names = self.names();
        let mut found: Vec<_> = names
            .iter()
            .filter(|(_, name)| name.to_lowercase().contains(&part))
            .map(|(id, name)| (*id, name.clone()))
            .collect();
        found.sort_unstable();
        found
    }

    fn card_key(&self, bits: &CardBits) -> CredentialKey {
        self.site_key.credential_key(bits.bit_count(), bits.data())
    }

    fn proofs(&self) -> Option<Arc<dyn Proofs>> {
        Some(Arc::new(self.published.operators.clone()))
    }

    fn hash_pin(
        &self,
        person: Option<PersonId>,
        purpose: PinPurpose,
        digits: Digits,
    ) -> Pending<Result<PinHash, PinRefused>> {
        let worker = self.pin_worker.clone();
        let other = person.and_then(|person| self.pins.of(person).other(purpose).cloned());
        Box::pin(async move {
            let pin = pin::Pin::parse(digits.reveal()).ok_or(Unavailable)?;
            worker.hash_beside(pin, other).await.map_err(|error| match error {
                pin::PinError::SameAsOther => PinRefused::SameAsOther,
                pin::PinError::Overloaded | pin::PinError::Unavailable => Unavailable.into(),
            })
        })
    }
}

fn not_kept(error: AnswersError) -> Unavailable {
    tracing::error!(%error, "requests with a key cannot be answered");
    Unavailable
}

fn image_of(kept: &Verified) -> FirmwareImage {
    let Manifest { oui, model, version, least_hardware: _ } = kept.manifest;
    FirmwareImage { digest: kept.digest, oui, model, version }
}

fn firmware_refused(error: ShelfError) -> FirmwareRefused {
    match error {
        ShelfError::Image(ImageError::NotTrusted) => FirmwareRefused::NotTrusted,
        ShelfError::Image(malformed) => FirmwareRefused::Malformed(malformed.to_string()),
        ShelfError::Missing { .. }
        | ShelfError::Exchanged { .. }
        | ShelfError::Full { .. }
        | ShelfError::NotWritten(_)
        | ShelfError::Io { .. } => FirmwareRefused::NotKept(error.to_string()),
    }
}
