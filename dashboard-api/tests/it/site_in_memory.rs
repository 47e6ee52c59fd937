//! The daemon's outside, in memory: a real engine whose entries go into a list instead of a database, and whose clock is
//! turned by hand. What the API sees through it is what it sees of the daemon; there are no rules of its own here.

#![allow(dead_code, reason = "each user of this file (tests, example) needs another part of it")]

#[path = "site_in_memory/archive.rs"]
mod archive;
#[path = "site_in_memory/hands.rs"]
mod hands;
#[path = "site_in_memory/operators.rs"]
mod operators;
#[path = "site_in_memory/premises.rs"]
pub(crate) mod premises;
#[path = "site_in_memory/signing_in.rs"]
pub(crate) mod signing_in;
#[path = "site_in_memory/stills.rs"]
pub(crate) mod stills;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use rackward_core::engine::command::{PinHash, PinPurpose, Scope};
use rackward_core::engine::input::Digits;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::JournalHealth;
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::entry::ReasonText;
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::id::{DeviceId, OperatorId, PersonId, Seq, VisitorId};
use rackward_core::people::{CredentialKey, PersonKeyHash};
use rackward_core::review::LastUses;
use rackward_core::rights_list::RightsList;
use rackward_core::site::draft::CameraDraft;
use rackward_core::visitor::VisitorName;
use rackward_core::{
    Answer, Caller, Command, CommandError, CommandTicket, Engine, Entry, Input, Monotonic, Now, Output, Query,
    RecordChange, Records, Reply, Site, Stamped, Wall,
};
use rackward_dashboard::PagingKey;
use rackward_dashboard::archive::Archive;
use rackward_dashboard::backend::{PinRefused, Vitals};
use rackward_dashboard::bus::{
    BusFinding, BusInspection, BusStatus, FirmwareImage, FirmwareRefused, InspectionRefused,
};
use rackward_dashboard::enrolment::{BrokerDuty, BrokerFiles, EnrolmentCode, EnrolmentRefused, HiddenCode, Offered};
use rackward_dashboard::idempotency::{Begun, Fingerprint, KeptAnswer, RequestKey, Settled};
use rackward_dashboard::past::{PastRefused, SimulationNews, SimulationRefused};
use rackward_dashboard::plan::Drawings;
use rackward_dashboard::proofs::Proofs;
use rackward_dashboard::query::{Found, Search, SearchRefused};
use rackward_dashboard::still::Stills;
use rackward_dashboard::webhook::{WebhookAnswer, WebhookRefused, WebhookWish};
use rackward_dashboard::wire::support::Account;
use rackward_dashboard::{Backend, CardBits, Pending, StreamEvent, Unavailable};
use tokio::sync::{RwLock, broadcast, mpsc, watch};

use archive::{Kept, Sheets};
use premises::{FIRMWARE, account, draft, webhook};
/// Small, so that readers fall behind quickly.
const RING_EVENTS: usize = 8;

/// 2026-07-24T13:03:22Z, a Friday afternoon in summer time.
const START_SECONDS: i64 = 1_784_898_202;

pub(crate) struct SiteInMemory {
    inside: Mutex<Inside>,
    site: Arc<Site>,
    head: watch::Sender<Seq>,
    live: broadcast::Sender<Arc<StreamEvent>>,
    health: watch::Sender<JournalHealth>,
    now_micros: AtomicU64,
    unavailable: AtomicBool,
    /// How often the engine was given something or asked.
    turns: AtomicU64,
    /// Closed while answers are held back.
    gate: Arc<RwLock<()>>,
    drawings: Arc<Sheets>,
    pub(crate) stills: Arc<stills::Album>,
    /// Who knows the operators, where there are any.
    proofs: OnceLock<Arc<dyn Proofs>>,
}

struct Inside {
    vitals: Vitals,
    /// What was looked at, and by whom it is still.
    inspections: Vec<(String, BusInspection)>,
    looking: Vec<mpsc::Sender<BusFinding>>,
    /// Requests with a key, and how they were answered.
    answers: BTreeMap<RequestKey, (Fingerprint, Option<KeptAnswer>)>,
    engine: Engine,
    journal: Vec<Stamped>,
    names: Vec<(PersonId, String)>,
    operator_names: Vec<(OperatorId, String)>,
    person_keys: BTreeMap<PersonId, String>,
    visitor_names: Vec<(VisitorId, VisitorName)>,
    replies: Vec<(CommandTicket, Result<Reply, CommandError>)>,
    last_ticket: u64,
    /// The rights list sent last to each device.
    lists: BTreeMap<DeviceId, RightsList>,
}

/// In which order, or whether at all, an entry is made known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Telling {
    HeadThenLive,
    LiveThenHead,
    HeadAlone,
    LiveTwice,
}

impl SiteInMemory {
    pub(crate) fn start() -> Arc<Self> {
        Self::start_at(START_SECONDS)
    }

    pub(crate) fn start_at(seconds: i64) -> Arc<Self> {
        Self::start_of(draft().build(&BTreeMap::new()).unwrap(), Records::default(), seconds)
    }

    /// The same site with two cameras: one at the main entrance, one that does not answer over the hall.
    pub(crate) fn start_watched() -> Arc<Self> {
        let camera = |name: &str, covers: &str| CameraDraft {
            name: name.to_owned(),
            covers: vec![covers.to_owned()],
            ..CameraDraft::default()
        };
        let mut draft = draft();
        draft.cameras = vec![camera("entrance", "lon1/main-entrance"), camera("hall", "lon1/hall-a")];
        Self::start_of(draft.build(&BTreeMap::new()).unwrap(), Records::default(), START_SECONDS)
    }

    fn start_of(site: Site, records: Records, seconds: i64) -> Arc<Self> {
        let micros = seconds.unsigned_abs() * 1_000_000;
        let now = Now { monotonic: Monotonic::from_micros(micros), wall: Wall::from_seconds(seconds) };
        let memory = Self {
            site: Arc::new(site.clone()),
            inside: Mutex::new(Inside {
                engine: Engine::new(site, records, &[], "0.1.0", now),
                journal: Vec::new(),
                names: Vec::new(),
                operator_names: Vec::new(),
                person_keys: BTreeMap::new(),
                visitor_names: Vec::new(),
                replies: Vec::new(),
                last_ticket: 0,
                lists: BTreeMap::new(),
                inspections: Vec::new(),
                looking: Vec::new(),
                answers: BTreeMap::new(),
                vitals: Vitals::default(),
            }),
            head: watch::Sender::new(Seq::new(0)),
            live: broadcast::Sender::new(RING_EVENTS),
            health: watch::Sender::new(JournalHealth::Writable),
            now_micros: AtomicU64::new(micros),
            unavailable: AtomicBool::new(false),
            turns: AtomicU64::new(0),
            gate: Arc::default(),
            drawings: Arc::default(),
            stills: Arc::default(),
            proofs: OnceLock::new(),
        };
        memory.settle(&mut memory.lock());
        Arc::new(memory)
    }

    /// How the loop and the buses are from now on.
    pub(crate) fn set_vitals(&self, vitals: Vitals) {
        self.lock().vitals = vitals;
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub(crate) fn pass(&self, span: Duration) {
        self.now_micros.fetch_add(u64::try_from(span.as_micros()).unwrap(), Ordering::Relaxed);
        let mut inside = self.lock();
        inside.engine.handle(self.now(), Input::Tick);
        self.settle(&mut inside);
    }

    /// Gives a command and waits for its reply.
    pub(crate) fn command(&self, caller: Caller, command: Command) -> Result<Reply, CommandError> {
        self.command_on(Preconditions::default(), caller, command)
    }

    fn command_on(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Result<Reply, CommandError> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let mut inside = self.lock();
        inside.last_ticket += 1;
        let ticket = CommandTicket(inside.last_ticket);
        inside.engine.handle(self.now(), Input::Command { ticket, caller, command, preconditions });
        self.settle(&mut inside);
        let place = inside.replies.iter().position(|(answered, _)| *answered == ticket).unwrap();
        inside.replies.remove(place).1
    }

    pub(crate) fn device(&self, name: &str) -> DeviceId {
        self.site.device_named(name).unwrap_or_else(|| panic!("no device {name}")).id
    }

    /// Everything that was recorded.
    pub(crate) fn entries(&self) -> Vec<Stamped> {
        self.lock().journal.clone()
    }

    /// Adds an entry behind the engine's back, for stories about the stream alone.
    pub(crate) fn append(&self, entry: Entry, telling: Telling) -> Seq {
        let mut inside = self.lock();
        let seq = inside.journal.last().map_or(Seq::new(1), |last| last.seq.next());
        let stamped = Stamped { seq, at: self.now().wall, entry };
        inside.journal.push(stamped.clone());
        self.tell(&stamped, telling);
        seq
    }

    fn tell(&self, stamped: &Stamped, telling: Telling) {
        let event = Arc::new(StreamEvent::encode(stamped, &self.site));
        // Nobody listening is no failure.
        let live = || drop(self.live.send(Arc::clone(&event)));
        let head = || self.head.send_replace(stamped.seq);
        match telling {
            Telling::HeadThenLive => {
                head();
                live();
            }
            Telling::LiveThenHead => {
                live();
                head();
            }
            Telling::HeadAlone => {
                head();
            }
            Telling::LiveTwice => {
                head();
                live();
                live();
            }
        }
    }

    fn settle(&self, inside: &mut Inside) {
        while let Some(output) = inside.engine.poll() {
            match output {
                Output::Reply { ticket, result } => inside.replies.push((ticket, result)),
                Output::PutRights { device, list } => drop(inside.lists.insert(device, *list)),
                Output::CheckPin { .. }
                | Output::Release { .. }
                | Output::Relock { .. }
                | Output::StartJob { .. }
                | Output::StopJob { .. }
                | Output::DecideOnline { .. }
                | Output::NoteLog { .. }
                | Output::TryCanary { .. }
                | Output::Certificates { .. }
                | Output::IssueCertificate { .. }
                | Output::Feedback { .. }
                | Output::TakeStill(_)
                | Output::TakeStillsAgain(_)
                | Output::NoteStill(_) => {}
            }
        }
        let batch = inside.engine.take_batch();
        for change in batch.changes {
            match change {
                RecordChange::PersonName(person, name) => {
                    inside.names.retain(|(known, _)| *known != person);
                    inside.names.push((person, name.reveal().to_owned()));
                }
                RecordChange::PersonKeyText(person, Some(key)) => {
                    inside.person_keys.insert(person, key.reveal().to_owned());
                }
                RecordChange::PersonKeyText(person, None) => drop(inside.person_keys.remove(&person)),
                RecordChange::OperatorName(id, name) => inside.operator_names.push((id, name.reveal().to_owned())),
                RecordChange::VisitorName(id, Some(name)) => inside.visitor_names.push((id, name)),
                _ => {}
            }
        }
        for stamped in batch.entries {
            inside.journal.push(stamped.clone());
            self.tell(&stamped, Telling::HeadThenLive);
        }
    }

    pub(crate) fn set_health(&self, health: JournalHealth) {
        self.health.send_replace(health);
    }

    pub(crate) fn set_unavailable(&self, unavailable: bool) {
        self.unavailable.store(unavailable, Ordering::Relaxed);
    }

    pub(crate) fn head_now(&self) -> Seq {
        *self.head.borrow()
    }

    /// The looks at buses that were begun.
    pub(crate) fn inspections(&self) -> Vec<(String, BusInspection)> {
        self.lock().inspections.clone()
    }

    /// Whether anybody still reads an endless look.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.lock().looking.iter().any(|sender| !sender.is_closed())
    }

    /// How often the engine was given something or asked by the API.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Forgets that a request was answered, as a crash between the two does.
    pub(crate) fn lose_answers(&self) {
        self.lock().answers.values_mut().for_each(|(_, answer)| *answer = None);
    }

    /// Everything the engine holds, as text, to see that nothing changed.
    pub(crate) fn engine_text(&self) -> String {
        format!("{:?}", self.lock().engine)
    }

    /// Everything the journal holds, as text, to look for what must not be in it.
    pub(crate) fn journal_text(&self) -> String {
        format!("{:?}", self.lock().journal)
    }
}

impl Backend for SiteInMemory {
    fn now(&self) -> Now {
        let micros = self.now_micros.load(Ordering::Relaxed);
        Now { monotonic: Monotonic::from_micros(micros), wall: Wall::from_micros(i64::try_from(micros).unwrap()) }
    }

    fn submit_on(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Reply, CommandError>> {
        let (result, gate) = (self.command_on(preconditions, caller, command), Arc::clone(&self.gate));
        Box::pin(async move {
            let _open = gate.read().await;
            result
        })
    }

    fn rehearse(
        &self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<Rehearsal, CommandError>> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let result = self.lock().engine.rehearse(self.now(), caller, command, &preconditions);
        Box::pin(async move { result })
    }

    fn begin_answer(&self, key: RequestKey, request: Fingerprint) -> Pending<Result<Begun, Unavailable>> {
        let mut inside = self.lock();
        let begun = match inside.answers.get(&key) {
            Some((known, _)) if *known != request => Begun::OtherRequest,
            Some((_, Some(answer))) => Begun::Answered(answer.clone()),
            Some((_, None)) => Begun::Unanswered(self.now().wall),
            None => {
                inside.answers.insert(key, (request, None));
                Begun::New
            }
        };
        Box::pin(async move { Ok(begun) })
    }

    fn keep_answer(&self, key: RequestKey, settled: Settled) -> Pending<Result<(), Unavailable>> {
        let mut inside = self.lock();
        match settled {
            Settled::NotDone => drop(inside.answers.remove(&key)),
            Settled::Answered(answer) => {
                if let Some((_, kept)) = inside.answers.get_mut(&key) {
                    *kept = Some(answer);
                }
            }
        }
        Box::pin(async { Ok(()) })
    }

    fn ask(&self, scope: Scope, query: Query) -> Pending<Result<Answer, Unavailable>> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let answer = self.lock().engine.answer(self.now(), scope, &query);
        let answer = if self.unavailable.load(Ordering::Relaxed) { Err(Unavailable) } else { Ok(answer) };
        Box::pin(async move { answer })
    }

    fn entries_after(&self, after: Seq, limit_entries: u32) -> Pending<Result<Vec<Stamped>, Unavailable>> {
        let inside = self.lock();
        let later = inside.journal.iter().filter(|stamped| stamped.seq > after);
        Box::pin(std::future::ready(Ok(later.take(limit_entries as usize).cloned().collect())))
    }

    fn ask_past(&self, at: Wall, scope: Scope, query: Query) -> Pending<Result<Answer, PastRefused>> {
        let past = archive::past(&self.lock().journal, &self.site, at);
        Box::pin(std::future::ready(Ok(past.answer(at, scope, &query))))
    }

    fn simulate(
        &self,
        since: Wall,
        caller: Caller,
        command: Command,
    ) -> Pending<Result<mpsc::Receiver<SimulationNews>, SimulationRefused>> {
        let tried = archive::simulated(&self.lock().journal, &self.site, self.now().wall, since, caller, command);
        Box::pin(std::future::ready(tried))
    }

    fn last_uses(&self) -> Pending<Result<LastUses, PastRefused>> {
        let mut uses = LastUses::default();
        self.lock().journal.iter().for_each(|stamped| uses.take(stamped));
        Box::pin(std::future::ready(Ok(uses)))
    }

    fn search(&self, search: Search) -> Pending<Result<Found, SearchRefused>> {
        let found = archive::found(&self.lock().journal, &search, &self.site);
        Box::pin(async move { Ok(found) })
    }

    fn archive(&self) -> Arc<dyn Archive> {
        Arc::new(Kept { journal: self.lock().journal.clone(), site: Arc::clone(&self.site) })
    }

    fn drawings(&self) -> Arc<dyn Drawings> {
        Arc::clone(&self.drawings) as Arc<dyn Drawings>
    }

    fn stills(&self) -> Option<Arc<dyn Stills>> {
        Some(Arc::clone(&self.stills) as Arc<dyn Stills>)
    }

    fn paging_key(&self) -> PagingKey {
        PagingKey::new([3; 32])
    }

    fn head(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    fn vitals(&self) -> Vitals {
        self.lock().vitals.clone()
    }

    fn metrics(&self) -> Pending<Result<Arc<str>, Unavailable>> {
        let here = !self.unavailable.load(Ordering::Relaxed);
        Box::pin(async move { if here { Ok("rackward_build_info 1\n".into()) } else { Err(Unavailable) } })
    }

    fn account(&self) -> Pending<Result<Account, Unavailable>> {
        Box::pin(std::future::ready(Ok(account(self.now().wall))))
    }

    fn webhook(&self, wish: WebhookWish) -> Pending<Result<WebhookAnswer, WebhookRefused>> {
        Box::pin(std::future::ready(webhook(wish)))
    }

    fn live(&self) -> broadcast::Receiver<Arc<StreamEvent>> {
        self.live.subscribe()
    }

    fn journal_health(&self) -> watch::Receiver<JournalHealth> {
        self.health.subscribe()
    }

    fn offer_enrolment(
        &self,
        caller: Caller,
        device: DeviceId,
        reason: ReasonText,
    ) -> Pending<Result<Offered, EnrolmentRefused>> {
        let offered = self.submit(caller, Command::OfferEnrolment { device, code: [7; 32], reason });
        let until = self.now().wall.after(Duration::from_secs(3_600));
        Box::pin(async move {
            let code = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH".to_owned();
            let address = "127.0.0.1:8883".to_owned();
            Ok(match offered.await? {
                Reply::Proposed(proposal) => Offered::Waits { proposal, code: HiddenCode(code) },
                _ => Offered::Made(EnrolmentCode { code, until, address, broker: BrokerDuty::Restart }),
            })
        })
    }

    fn broker_files(&self) -> Pending<Result<Option<BrokerFiles>, Unavailable>> {
        Box::pin(async { Ok(Some(BrokerFiles { acl: "acl".into(), authority: "ca".into(), revoked: "crl".into() })) })
    }

    fn buses(&self) -> Vec<BusStatus> {
        premises::buses(|name| self.device(name))
    }

    fn inspect(&self, bus: &str, inspection: BusInspection) -> Result<mpsc::Receiver<BusFinding>, InspectionRefused> {
        if bus == "busy" {
            return Err(InspectionRefused::Busy);
        }
        let (sender, receiver) = mpsc::channel(8);
        premises::findings(&inspection).into_iter().for_each(|finding| sender.try_send(finding).unwrap());
        let mut inside = self.lock();
        inside.inspections.push((bus.to_owned(), inspection));
        // One that nobody ends goes on.
        if bus == "endless" {
            inside.looking.push(sender);
        }
        Ok(receiver)
    }

    fn keep_firmware(&self, image: Vec<u8>) -> Pending<Result<FirmwareImage, FirmwareRefused>> {
        let refused = match image.first() {
            None => Some(FirmwareRefused::Malformed("it is empty".to_owned())),
            Some(b'F') => None,
            Some(_) => Some(FirmwareRefused::NotTrusted),
        };
        Box::pin(async move { refused.map_or(Ok(FIRMWARE), Err) })
    }

    fn firmware(&self, digest: [u8; 32]) -> Pending<Option<FirmwareImage>> {
        Box::pin(async move { (digest == FIRMWARE.digest).then_some(FIRMWARE) })
    }

    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site)
    }

    fn person_name(&self, person: PersonId) -> Option<String> {
        self.lock().names.iter().find(|(id, _)| *id == person).map(|(_, name)| name.clone())
    }

    fn person_key(&self, person: PersonId) -> Option<String> {
        self.lock().person_keys.get(&person).cloned()
    }

    fn people_keyed(&self, key: &str) -> Vec<PersonId> {
        let inside = self.lock();
        inside.person_keys.iter().filter(|(_, known)| *known == key).map(|(id, _)| *id).collect()
    }

    fn person_key_hash(&self, text: &str) -> PersonKeyHash {
        let mut hash = [0; 16];
        text.bytes().enumerate().for_each(|(at, byte)| hash[at % 16] ^= byte.rotate_left((at / 16) as u32));
        PersonKeyHash::from_keyed_hash(hash)
    }

    fn visitor_name(&self, visitor: VisitorId) -> Option<(String, Option<String>)> {
        let inside = self.lock();
        let found = inside.visitor_names.iter().find(|(id, _)| *id == visitor).map(|(_, name)| name);
        found.map(|name| (name.reveal().to_owned(), name.company().map(ToOwned::to_owned)))
    }

    fn people_named(&self, part: &str) -> Vec<(PersonId, String)> {
        let part = part.to_lowercase();
        let inside = self.lock();
        inside.names.iter().filter(|(_, name)| name.to_lowercase().contains(&part)).cloned().collect()
    }

    fn operator_name(&self, operator: OperatorId) -> Option<String> {
        let inside = self.lock();
        inside.operator_names.iter().find(|(id, _)| *id == operator).map(|(_, name)| name.clone())
    }

    fn operator_named(&self, name: &str) -> Option<OperatorId> {
        let inside = self.lock();
        inside.operator_names.iter().find(|(_, known)| known == name).map(|(id, _)| *id)
    }

    fn proofs(&self) -> Option<Arc<dyn Proofs>> {
        self.proofs.get().cloned()
    }

    fn card_key(&self, bits: &CardBits) -> CredentialKey {
        premises::key_of(bits)
    }

    fn hash_pin(&self, _: Option<PersonId>, _: PinPurpose, _: Digits) -> Pending<Result<PinHash, PinRefused>> {
        Box::pin(async { Ok(PinHash::from_phc("$argon2id$made-up".to_owned())) })
    }
}

pub(crate) fn closed(handle: Option<HandlePosition>) -> Facts {
    Facts { contact: Contact::Closed, lock: Lock::Locked, handle, key: handle.map(|_| Key::Home), latch: None }
}

pub(crate) fn open(handle: Option<HandlePosition>, lock: Lock) -> Facts {
    Facts { contact: Contact::Open, lock, handle, key: handle.map(|_| Key::Home), latch: None }
}
