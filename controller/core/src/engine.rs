//! The engine: everything that happens goes in through [`Engine::handle`], everything to do comes out of [`Engine::poll`],
//! everything settled comes out of [`Engine::take_batch`]. It decides nothing that has a file of its own (`decide.rs`,
//! `door.rs`, `permission.rs`): it calls them, records what they say and turns it into outputs. The only place where
//! records change is `engine/apply.rs`.

mod access;
mod alarms;
mod alerts;
mod answers;
mod apply;
mod cameras;
mod canary;
mod certificates;
mod change_set;
pub mod command;
mod commands;
mod damage;
mod devices;
mod doors;
mod holdings;
pub mod input;
mod inventory;
mod jobs;
mod levels;
mod line;
mod locating;
mod measurements;
mod modes;
mod neighbours;
mod notices;
mod offline;
mod operators;
pub mod output;
mod overstay;
pub mod past;
pub mod preconditions;
mod presence;
mod proposals;
pub mod query;
mod reach;
pub mod rehearsal;
mod reviews;
mod seen;
mod sharing;
mod slide;
mod timers;
mod trials;
mod trust;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::alarm::{AlarmKind, AlarmSource, Condition};
use crate::decide::{Situation, View};
use crate::door::DoorRecord;
use crate::engine::devices::DeviceRuntime;
use crate::engine::holdings::Holdings;
use crate::engine::input::Input;
use crate::engine::output::{Output, PointState};
use crate::engine::query::JournalHealth;
use crate::engine::timers::{TimerKey, Timers};
use crate::entry::{Entry, Stamped, ZoneState};
use crate::id::{AlarmId, CommandId, CredentialId, DeviceId, DoorId, GrantId, PersonId, PointId, ScheduleId, ZoneId};
use crate::mode::DoorMode;
use crate::nuisance::Trails;
use crate::people::index::{OpenSchedules, People};
use crate::presence::Presence;
use crate::records::{Batch, DamagedRow, RecordChange, Records};
use crate::site::Site;
use crate::site::schedule::{Schedule, Timetable};
use crate::time::{Monotonic, Now, Wall};

/// Decides everything for one site. See the file's head.
#[derive(Debug)]
pub struct Engine {
    site: Site,
    records: Records,
    people: People,
    /// Which schedules hold in the minute of the last input.
    open: OpenSchedules,
    presence: Presence,
    /// Where people were seen last.
    seen: seen::Seen,
    offline: offline::Offline,
    canaries: canary::Canaries,
    alerting: alerts::Alerting,
    cameras: cameras::Cameras,
    /// Who was admitted through which door and has not opened it yet.
    expected: BTreeMap<DoorId, Vec<presence::Expected>>,
    /// Doors that stand open because somebody opened them by right.
    open_doors: BTreeSet<DoorId>,
    /// Who waits for a second person, by point.
    first_comers: BTreeMap<PointId, access::FirstComer>,
    /// The mode in force of each door, by number: what `decide` looks at.
    standing: Vec<DoorMode>,
    modes: modes::Modes,
    /// Doors whose record was damaged: closed until an operator orders a mode.
    damaged_doors: BTreeSet<DoorId>,
    /// Devices whose record was damaged: whoever answers is not believed until an operator accepts it.
    damaged_devices: BTreeSet<DeviceId>,
    /// Tables and numbers of rows that were damaged.
    lost_numbers: BTreeSet<(String, u32)>,
    /// Wrong PINs of late.
    tries: BTreeMap<CredentialId, access::Tries>,
    grants_of: BTreeMap<PersonId, Vec<GrantId>>,
    holdings: Holdings,
    active_alarms: BTreeMap<(AlarmSource, AlarmKind), AlarmId>,
    roll: alarms::Roll,
    lines: alarms::Lines,
    denials: alarms::Denials,
    staff: alarms::Staff,
    site_clock: alarms::SiteClock,
    unlocks: alarms::Unlocks,
    expiring: alarms::Expiring,
    /// What happened of late at each door, as far as it explains alarms.
    trails: Trails,
    devices: BTreeMap<DeviceId, DeviceRuntime>,
    /// Which devices answer, by number: what `decide` looks at.
    online: Vec<bool>,
    /// Points whose reader or lock is trusted too little, by number: what `decide` looks at.
    untrusted: Vec<bool>,
    /// Handles that show where they are.
    locating: locating::Locating,
    neighbours: neighbours::Neighbours,
    /// How often in a row each door was released for somebody and not opened.
    unopened: BTreeMap<DoorId, u8>,
    zones: BTreeMap<ZoneId, ZoneState>,
    /// Where a door's state is shown.
    readers: BTreeMap<DoorId, Vec<DeviceId>>,
    shown: BTreeMap<DoorId, PointState>,
    awaiting: BTreeMap<DeviceId, access::Awaiting>,
    notices: notices::Notices,
    releases: BTreeMap<CommandId, access::Sent>,
    operators: operators::Operators,
    proposals: proposals::Proposals,
    looks: commands::Looks<PersonId>,
    person_keys: commands::KeyIndex,
    timers: Timers,
    journal: Journal,
    next_command: u64,
    /// Who changed what of late.
    last_changes: preconditions::LastChanges,
    /// What would be recorded, while a command is only rehearsed.
    rehearsed: Option<rehearsal::Scene>,
    /// What a set of changes that is being carried out replaces.
    former: Option<Box<change_set::Former>>,
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
    ///
    /// Rows in `damaged` could not be read and are not in `records`: each is recorded and alarmed, and what it governs is
    /// closed until it is made anew.
    pub fn new(site: Site, records: Records, damaged: &[DamagedRow], version: &str, now: Now) -> Self {
        let mut engine = Self::compile(site, records, now);
        engine.begin(version, damaged, now);
        engine
    }

    /// What deciding needs, from the records alone: nothing is recorded, begun or told.
    fn compile(site: Site, records: Records, now: Now) -> Self {
        let people = People::compile(&records, site.local_time());
        let mut grants_of: BTreeMap<PersonId, Vec<GrantId>> = BTreeMap::new();
        records.grants.values().for_each(|grant| grants_of.entry(grant.person).or_default().push(grant.id));
        let active = records.alarms.values().filter(|alarm| alarm.condition == Condition::Active);
        let active_alarms = active.map(|alarm| ((alarm.source, alarm.kind), alarm.id)).collect();
        Self {
            open: people.open_at(now.wall),
            presence: Presence::compile(&site, &records.presence),
            seen: seen::Seen::default(),
            offline: offline::Offline::default(),
            canaries: canary::Canaries::default(),
            alerting: alerts::Alerting::default(),
            cameras: cameras::Cameras::default(),
            expected: BTreeMap::new(),
            open_doors: BTreeSet::new(),
            first_comers: BTreeMap::new(),
            standing: Vec::new(),
            modes: modes::Modes::default(),
            damaged_doors: BTreeSet::new(),
            damaged_devices: BTreeSet::new(),
            lost_numbers: BTreeSet::new(),
            tries: BTreeMap::new(),
            people,
            holdings: Holdings::compile(&records),
            grants_of,
            active_alarms,
            roll: alarms::Roll::compile(&records),
            lines: alarms::Lines::of(&site),
            denials: alarms::Denials::default(),
            staff: alarms::Staff::default(),
            site_clock: alarms::SiteClock::default(),
            unlocks: alarms::Unlocks::default(),
            expiring: alarms::Expiring::default(),
            trails: Trails::default(),
            devices: BTreeMap::new(),
            online: Vec::new(),
            untrusted: Vec::new(),
            locating: locating::Locating::default(),
            neighbours: neighbours::Neighbours::of(&site),
            unopened: BTreeMap::new(),
            zones: BTreeMap::new(),
            readers: BTreeMap::new(),
            shown: BTreeMap::new(),
            awaiting: BTreeMap::new(),
            notices: notices::Notices::default(),
            releases: BTreeMap::new(),
            operators: operators::Operators::default(),
            proposals: proposals::Proposals::default(),
            looks: commands::Looks::default(),
            person_keys: commands::KeyIndex::of(records.person_keys.iter().map(|(person, key)| (*person, *key))),
            timers: Timers::default(),
            journal: Journal::Writable,
            next_command: now.wall.as_micros().unsigned_abs(),
            last_changes: preconditions::LastChanges::default(),
            rehearsed: None,
            former: None,
            batch: Batch::default(),
            outputs: VecDeque::new(),
            site,
            records,
        }
    }

    fn begin(&mut self, version: &str, damaged: &[DamagedRow], now: Now) {
        self.record(now, Entry::Started { version: version.to_owned() });
        for name in core::mem::take(&mut self.site.named) {
            self.record(now, Entry::PlaceNamed { kind: name.kind, number: name.number, path: name.path });
        }
        self.end_alarm(now, AlarmKind::JournalUnwritable, AlarmSource::Site);
        self.end_alarm(now, AlarmKind::SinkFailing, AlarmSource::Site);
        self.begin_alarms(now);
        self.begin_alerts(now);
        self.begin_cameras(now);
        self.begin_musters(now);
        self.close_damaged(now, damaged);
        self.adopt_file_schedules(now);
        self.resolve_levels();
        self.begin_inputs(now);
        self.recompute_modes();
        self.begin_devices(now);
        self.begin_jobs(now);
        self.begin_lines(now);
        self.begin_inventory(now);
        self.begin_certificates(now);
        self.begin_offline(now);
        self.begin_canaries(now);
        self.carry_modes_out(now);
        self.begin_doors(now);
        self.begin_people(now);
        self.door_ids().into_iter().for_each(|door| self.follow_opener(door));
        self.minute(now);
        self.carry_modes_out(now);
        self.carry_rights_out(now);
    }

    /// Looks up anew which schedules points go by.
    fn resolve_levels(&mut self) {
        levels::resolve(&mut self.site, &self.records, &self.people);
    }

    /// Takes in one thing that happened at `now`. Whatever was due before is done first, in order of time.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.people.refresh(&mut self.open, now.wall);
        self.follow_clock(now);
        self.run_due(now);
        match input {
            Input::Device { device, report } => self.device_report(now, device, report),
            Input::PinChecked { person, device, outcome } => self.pin_checked(now, person, device, outcome),
            Input::Command { ticket, caller, command, preconditions } => {
                self.command(now, ticket, caller, command, &preconditions);
            }
            Input::StoreFailed { withheld, jobs } => self.store_failed(now, &withheld, &jobs),
            Input::StoreRecovered => self.store_recovered(now),
            Input::Sink { name, health } => self.sink_said(now, name, health),
            Input::Storage(room) => self.storage_measured(now, room),
            Input::Still { order, outcome } => self.still_said(now, order, outcome),
            Input::Camera { camera, health } => self.camera_said(now, camera, health),
            Input::Shutdown => self.record(now, Entry::Stopped),
            Input::Tick => {}
        }
        self.carry_modes_out(now);
        self.carry_rights_out(now);
    }

    /// The next thing to do, in order; `None` when there is nothing.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Everything settled since the last call; must become durable before the outputs polled since then are carried out,
    /// except those that act first.
    pub fn take_batch(&mut self) -> Batch {
        self.operators.count_secrets(&self.batch.changes);
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
                TimerKey::Refusal(device) => self.refusal_due(device),
                TimerKey::NotLatchedAgain(door) => self.not_latched_again(now, door),
                TimerKey::PinTimeout(device) => self.pin_timeout(now, device),
                TimerKey::FirstContact(device) => self.no_first_contact(now, device),
                TimerKey::Missed(device) => self.raise_offline(now, device),
                TimerKey::CompanionTimeout(point) => self.companion_timeout(now, point),
                TimerKey::Hold(door) => self.hold_due(now, door),
                TimerKey::Minute => self.minute(now),
                TimerKey::Job(device) => self.job_timeout(now, device),
                TimerKey::Inputs(device) => self.inputs_settled(now, device),
                TimerKey::LineQuiet(device) => self.line_quiet(now, device),
                TimerKey::SecurityQuiet(device) => self.security_quiet(now, device),
                TimerKey::Locate(device) => self.locate_due(now, device),
                TimerKey::Trial(device) => drop(self.forget_trial(device)),
                TimerKey::Offline => self.offline_due(now),
                TimerKey::Canary => self.canaries_due(now),
                TimerKey::Alarm(alarm) => self.alarm_due(now, alarm),
                TimerKey::Label(alarm) => self.label_alarm(now, alarm),
                TimerKey::LineBack(line) => self.line_settled(now, line),
                TimerKey::Denials(point) => self.denials_over(now, point),
                TimerKey::Proposal(proposal) => self.proposal_lapsed(now, proposal),
                TimerKey::SiteClock => self.review_site_clock(now),
                TimerKey::Supply(device) => self.supply_lasts(now, device),
                TimerKey::Alone(area) => self.still_alone(now, area),
                TimerKey::Camera(camera) => self.camera_lost(now, camera),
            }
        }
    }

    /// What depends on the calendar is looked at in each minute of the wall clock, whatever happened to that clock.
    fn minute(&mut self, now: Now) {
        const MINUTE_MICROS: i64 = 60_000_000;
        let left = MINUTE_MICROS - now.wall.as_micros().rem_euclid(MINUTE_MICROS);
        let next = Duration::from_micros(left.unsigned_abs());
        self.timers.set(TimerKey::Minute, now.monotonic.after(next));
        self.review_openings(now);
        self.review_emergency_rights(now);
        self.time_reviews(now);
        self.time_alerts(now);
        self.review_tries(now);
        self.review_overstays(now);
        self.review_certificates(now);
        self.review_health(now);
        self.review_alarms(now);
    }

    /// What a decision at `at` looks at.
    fn view(&self, at: Wall) -> View<'_> {
        let situation = Situation {
            doors: &self.records.doors,
            modes: &self.standing,
            online: &self.online,
            untrusted: &self.untrusted,
            journal: self.journal_health(),
            threat: self.records.standing.threat,
            presence: &self.presence,
            lockouts: &self.records.lockouts,
        };
        View { site: &self.site, people: &self.people, open: &self.open, situation: Some(situation), at }
    }

    /// Settles a fact: the one way by which anything durable changes.
    fn record(&mut self, now: Now, entry: impl Into<Entry>) {
        if let Some(scene) = &mut self.rehearsed {
            // What is told of the change carries the number that it would make; it is put back with everything else.
            self.records.generation = scene.note(now.wall, entry.into());
            return;
        }
        if let Journal::Unwritable { kept, dropped, .. } = &mut self.journal {
            if *kept == KEPT_ENTRIES {
                *dropped += 1;
                return;
            }
            *kept += 1;
        }
        let stamped = Stamped { seq: self.records.head.next(), at: now.wall, entry: entry.into() };
        let first_change = self.batch.changes.len();
        let (unlocked, raised) = (alarms::unlocked_by_order(&stamped.entry), self.raised_by(&stamped.entry));
        let stills = self.stills_wanted(now, &stamped);
        self.holdings.before(&self.records, &stamped.entry);
        if let Some(former) = &mut self.former {
            former.note(&self.records, &self.seen, &stamped.entry);
        }
        self.records.apply(&stamped, &mut self.batch.changes);
        self.follow_trust(&stamped.entry);
        self.trails.take(&stamped);
        self.seen.follow(&stamped.entry, stamped.at);
        let about_operators = if let Entry::Operator(entry) = &stamped.entry { Some(entry.clone()) } else { None };
        self.batch.entries.push(stamped);
        self.outputs.extend(stills.into_iter().map(Output::TakeStill));
        for index in first_change..self.batch.changes.len() {
            self.follow(index);
        }
        self.time_alarms(now);
        if let Some(entry) = about_operators {
            self.follow_staff(now, &entry);
        }
        if let Some(door) = unlocked {
            self.door_unlocked_by_order(now, door);
        }
        if let Some(operator) = raised {
            self.flash_alarm(now, AlarmKind::RightsRaised, AlarmSource::Operator(operator));
        }
    }

    /// Keeps what is compiled from the records in step with the change at `index` of the batch.
    fn follow(&mut self, index: usize) {
        self.holdings.follow(&self.records, &self.batch.changes[index]);
        self.follow_rights(index);
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
            RecordChange::Profile(id, profile) => {
                let policies = profile.as_ref().map_or(&[][..], |profile| &profile.policies);
                self.people.put_profile(*id, policies);
            }
            RecordChange::Schedule(id, _) => {
                let id = *id;
                self.follow_schedules(&[id]);
            }
            RecordChange::Calendar(id, _) => {
                let id = *id;
                let uses_it = |schedule: &Schedule| schedule.special.iter().any(|special| special.calendar == id);
                let schedules = self.records.schedules.values().map(|(schedule, _)| schedule);
                let users: Vec<ScheduleId> = schedules.filter(|row| uses_it(row)).map(|row| row.id).collect();
                self.follow_schedules(&users);
            }
            RecordChange::Door(door, _) => {
                let door = *door;
                self.follow_opener(door);
            }
            RecordChange::Presence(person, whereabouts) => self.presence.put(&self.site, *person, *whereabouts),
            RecordChange::Alarm(alarm) => {
                match alarm.condition {
                    Condition::Active => drop(self.active_alarms.insert((alarm.source, alarm.kind), alarm.id)),
                    Condition::Returned(_) => drop(self.active_alarms.remove(&(alarm.source, alarm.kind))),
                }
                self.roll.put(alarm);
            }
            // What it was last is the change before it (`apply/alarms.rs`).
            RecordChange::AlarmClosed(_) => {
                if let Some(RecordChange::Alarm(alarm)) = index.checked_sub(1).map(|last| &self.batch.changes[last]) {
                    self.roll.forget(alarm.id, (alarm.source, alarm.kind));
                }
            }
            RecordChange::PersonKey(person, key) => self.person_keys.follow(*person, *key),
            RecordChange::Mode(door, _) => {
                let door = *door;
                self.damaged_doors.remove(&door);
                self.recompute_mode(door);
            }
            RecordChange::Lockdown(..) | RecordChange::Standing(_) => self.recompute_modes(),
            RecordChange::ClosedAlarm(..)
            | RecordChange::ClosedAlarmGone(..)
            | RecordChange::Operator(_)
            | RecordChange::OperatorName(..)
            | RecordChange::OperatorSecret(..)
            | RecordChange::OperatorSecretUsed(..)
            | RecordChange::Token(_)
            | RecordChange::LastSession(_)
            | RecordChange::LastProposal(_)
            | RecordChange::Counters { .. }
            | RecordChange::Place(..)
            | RecordChange::Rights(..)
            | RecordChange::Certificates(..)
            | RecordChange::Device(..)
            | RecordChange::PersonName(..)
            | RecordChange::PersonKeyText(..)
            | RecordChange::RackAsset(_)
            | RecordChange::Pin(..)
            | RecordChange::Agreement(..)
            | RecordChange::Plan(..)
            | RecordChange::Lockout(..)
            | RecordChange::Muster(..)
            | RecordChange::Visitor(..)
            | RecordChange::VisitorName(..)
            | RecordChange::Shift(_)
            | RecordChange::Review(..)
            | RecordChange::ReviewLine(..)
            | RecordChange::Alert(..)
            | RecordChange::FileClaim(..)
            | RecordChange::FilesApplied(_) => {}
        }
    }

    /// Compiles these schedules anew.
    fn follow_schedules(&mut self, changed: &[ScheduleId]) {
        let calendars = self.records.known_calendars();
        for id in changed {
            let row = self.records.schedules.get(id);
            let timetable = row.and_then(|(schedule, _)| Timetable::compile(schedule, &calendars));
            self.people.put_schedule(*id, timetable);
        }
        let at = self.batch.entries.last().map_or(Wall::from_seconds(0), |stamped| stamped.at);
        self.open = self.people.open_at(at);
        self.resolve_levels();
        self.modes.schedules_changed();
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
