//! The engine: everything that happens goes in through [`Engine::handle`], everything to do comes out of [`Engine::poll`],
//! everything settled comes out of [`Engine::take_batch`]. It decides nothing that has a file of its own (`decide.rs`,
//! `door.rs`, `permission.rs`): it calls them, records what they say and turns it into outputs. The only place where
//! records change is `engine/apply.rs`.

mod access;
mod alarms;
mod answers;
mod apply;
pub mod command;
mod commands;
mod devices;
mod doors;
pub mod input;
pub mod output;
pub mod query;
mod timers;

use std::collections::{BTreeMap, VecDeque};

use crate::alarm::{AlarmKind, AlarmSource, Condition};
use crate::door::DoorRecord;
use crate::engine::devices::DeviceRuntime;
use crate::engine::input::Input;
use crate::engine::output::{Output, PointState};
use crate::engine::query::JournalHealth;
use crate::engine::timers::{TimerKey, Timers};
use crate::entry::{Entry, Stamped, ZoneState};
use crate::id::{AlarmId, CommandId, DeviceId, DoorId, GrantId, PersonId, ZoneId};
use crate::people::index::People;
use crate::records::{Batch, RecordChange, Records};
use crate::site::Site;
use crate::time::{Monotonic, Now, Wall};

/// Decides everything for one site. See the file's head.
#[derive(Debug)]
pub struct Engine {
    site: Site,
    records: Records,
    people: People,
    grants_of: BTreeMap<PersonId, Vec<GrantId>>,
    active_alarms: BTreeMap<(AlarmSource, AlarmKind), AlarmId>,
    devices: BTreeMap<DeviceId, DeviceRuntime>,
    /// Which devices answer, by number: what `decide` looks at.
    online: Vec<bool>,
    zones: BTreeMap<ZoneId, ZoneState>,
    shown: BTreeMap<DoorId, PointState>,
    awaiting: BTreeMap<DeviceId, access::Awaiting>,
    releases: BTreeMap<CommandId, access::Sent>,
    timers: Timers,
    journal: Journal,
    next_command: u64,
    batch: Batch,
    outputs: VecDeque<Output>,
}

/// Whether the journal can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Journal {
    Writable,
    Unwritable { since: Wall, kept: u32, dropped: u64 },
}

/// Entries that may wait for the journal to be writable again: about 20 MiB, a quiet week of a site. Beyond them facts are
/// neither recorded nor believed, only counted; exits go on.
const KEPT_ENTRIES: u32 = 100_000;

impl Engine {
    /// Starts at `now` from what survived. The first batch says that the daemon started and names new places. Facts of
    /// hardware count as unknown until devices report; a passage that was under way goes on.
    pub fn new(site: Site, records: Records, version: &str, now: Now) -> Self {
        let people = People::compile(records.persons.values(), records.credentials.values(), records.grants.values());
        let mut grants_of: BTreeMap<PersonId, Vec<GrantId>> = BTreeMap::new();
        records.grants.values().for_each(|grant| grants_of.entry(grant.person).or_default().push(grant.id));
        let active = records.alarms.values().filter(|alarm| alarm.condition == Condition::Active);
        let active_alarms = active.map(|alarm| ((alarm.source, alarm.kind), alarm.id)).collect();
        let mut engine = Self {
            people,
            grants_of,
            active_alarms,
            devices: BTreeMap::new(),
            online: Vec::new(),
            zones: BTreeMap::new(),
            shown: BTreeMap::new(),
            awaiting: BTreeMap::new(),
            releases: BTreeMap::new(),
            timers: Timers::default(),
            journal: Journal::Writable,
            next_command: now.wall.as_micros().unsigned_abs(),
            batch: Batch::default(),
            outputs: VecDeque::new(),
            site,
            records,
        };
        engine.begin(version, now);
        engine
    }

    fn begin(&mut self, version: &str, now: Now) {
        self.record(now, Entry::Started { version: version.to_owned() });
        for name in core::mem::take(&mut self.site.named) {
            self.record(now, Entry::PlaceNamed { kind: name.kind, number: name.number, path: name.path });
        }
        self.end_alarm(now, AlarmKind::JournalUnwritable, AlarmSource::Site);
        self.end_orphaned_alarms(now);
        self.begin_devices(now);
        self.begin_doors(now);
    }

    /// Takes in one thing that happened at `now`. Whatever was due before is done first, in order of time.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.run_due(now);
        match input {
            Input::Device { device, report } => self.device_report(now, device, report),
            Input::PinChecked { person, device, outcome } => self.pin_checked(now, person, device, outcome),
            Input::Command { ticket, caller, command } => self.command(now, ticket, caller, command),
            Input::StoreFailed { withheld } => self.store_failed(now, &withheld),
            Input::StoreRecovered => self.store_recovered(now),
            Input::Shutdown => self.record(now, Entry::Stopped),
            Input::Tick => {}
        }
    }

    /// The next thing to do, in order; `None` when there is nothing.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Everything settled since the last call; must become durable before the outputs polled since then are carried out,
    /// except those that act first.
    pub fn take_batch(&mut self) -> Batch {
        core::mem::take(&mut self.batch)
    }

    /// The moment at which [`Input::Tick`] is wanted if nothing else comes before.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.timers.next()
    }

    /// What exists.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What would survive a restart; what a checker compares with the store and with a replay.
    pub fn records(&self) -> &Records {
        &self.records
    }

    fn run_due(&mut self, now: Now) {
        while let Some(key) = self.timers.take_due(now.monotonic) {
            match key {
                TimerKey::Condition(door, kind) => self.condition_lasted(now, door, kind),
                TimerKey::ReleaseOver(door) => self.release_over(now, door),
                TimerKey::Closing(door) => self.closing(door),
                TimerKey::PinTimeout(device) => self.pin_timeout(now, device),
                TimerKey::FirstContact(device) => self.no_first_contact(now, device),
            }
        }
    }

    /// Settles a fact: the one way by which anything durable changes.
    fn record(&mut self, now: Now, entry: Entry) {
        if let Journal::Unwritable { kept, dropped, .. } = &mut self.journal {
            if *kept == KEPT_ENTRIES {
                *dropped += 1;
                return;
            }
            *kept += 1;
        }
        let stamped = Stamped { seq: self.records.head.next(), at: now.wall, entry };
        let first_change = self.batch.changes.len();
        self.records.apply(&stamped, &mut self.batch.changes);
        self.batch.entries.push(stamped);
        for index in first_change..self.batch.changes.len() {
            self.follow(index);
        }
    }

    /// Keeps what is compiled from the records in step with the change at `index` of the batch.
    fn follow(&mut self, index: usize) {
        match &self.batch.changes[index] {
            RecordChange::Person(person) => self.people.put_person(person),
            RecordChange::Credential(credential) => self.people.put_credential(credential),
            RecordChange::Grant(grant) => {
                let ids = self.grants_of.entry(grant.person).or_default();
                if !ids.contains(&grant.id) {
                    ids.push(grant.id);
                }
                let grants = ids.iter().filter_map(|id| self.records.grants.get(id));
                self.people.put_grants(grant.person, grants);
            }
            RecordChange::Alarm(alarm) => match alarm.condition {
                Condition::Active => drop(self.active_alarms.insert((alarm.source, alarm.kind), alarm.id)),
                Condition::Returned(_) => drop(self.active_alarms.remove(&(alarm.source, alarm.kind))),
            },
            RecordChange::AlarmClosed(alarm) => self.active_alarms.retain(|_, id| id != alarm),
            RecordChange::Counters { .. }
            | RecordChange::Place(..)
            | RecordChange::PersonName(..)
            | RecordChange::Pin(..)
            | RecordChange::Door(..) => {}
        }
    }

    fn door_record(&self, door: DoorId) -> DoorRecord {
        self.records.doors.get(&door).copied().unwrap_or_default()
    }

    fn journal_health(&self) -> JournalHealth {
        match self.journal {
            Journal::Writable => JournalHealth::Writable,
            Journal::Unwritable { .. } => JournalHealth::Unwritable,
        }
    }

    fn new_command(&mut self) -> CommandId {
        self.next_command += 1;
        CommandId::new(self.next_command)
    }
}
