//! A small site to tell stories about: a street door, a mantrap, a plant room with PIN, one rack, a fence; and a desk that
//! gives the engine commands, presses its hardware and reads what comes out.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::Verdict;
use rackward_core::door::DoorRecord;
use rackward_core::engine::command::{AlarmCommand, AlarmOrder, GrantWish, PinHash, PinPurpose, Scope};
use rackward_core::engine::input::{Digits, Identity, OfflineCause, PinOutcome};
use rackward_core::engine::output::ReleaseCause;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::id::{AlarmId, DeviceId, DoorId, GrantId, PersonId, PointId};
use rackward_core::people::{
    CredentialKey, EscortNeed, ExtendedTime, GrantRight, PersonDetails, PersonStatus, ThreatLevel, Uses, Validity, When,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::records::{DamagedRow, RecordChange};
use rackward_core::site::draft::{
    AreaDraft, DeviceDraft, DoorDraft, InputDraft, LevelDraft, RoleDraft, Side, SiteDraft,
};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level, OPERATOR, TicketPolicy};
use rackward_core::{
    Answer, Caller, Command, CommandError, CommandTicket, DeviceReport, Engine, Entry, Input, Monotonic, Now, Output,
    Query, Records, Reply, Stamped, Wall,
};

/// Monday 2026-08-03 09:00 in London, British Summer Time.
pub(crate) const MONDAY_NINE: Wall = Wall::from_seconds(1_785_744_000);
pub(crate) const FRONT: &str = "lon1/hall/r1/c1/front";

pub(crate) fn draft() -> SiteDraft {
    let door = |path: &str, kind, area: &str, interlock: Option<&str>| DoorDraft {
        interlock: interlock.map(Into::into),
        ..DoorDraft::new(path, kind, area)
    };
    let device = |name: &str, role| DeviceDraft { name: name.into(), role };
    let reader = |door: &str, level: Level| reader(door, Side::In, level);
    let lock = |door: &str| RoleDraft::Lock { door: door.into() };
    SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![
            AreaDraft::new("lon1/lobby", AreaKind::Hall),
            AreaDraft { ticket: Some(TicketPolicy::Required), ..AreaDraft::new("lon1/hall", AreaKind::Hall) },
        ],
        doors: vec![
            door("lon1/street", DoorKind::Door, "lon1/lobby", None),
            door("lon1/outer", DoorKind::Door, "lon1/lobby", Some("mantrap")),
            door("lon1/inner", DoorKind::Door, "lon1/lobby", Some("mantrap")),
            door("lon1/plant", DoorKind::Door, "lon1/lobby", None),
            door(FRONT, DoorKind::RackDoor, "lon1/hall", None),
        ],
        devices: vec![
            device("street-reader", reader("lon1/street", Level::Card)),
            device("street-lock", lock("lon1/street")),
            device("outer-reader", reader("lon1/outer", Level::Card)),
            device("outer-lock", lock("lon1/outer")),
            device("inner-reader", reader("lon1/inner", Level::Card)),
            device("inner-lock", lock("lon1/inner")),
            device("plant-reader", reader("lon1/plant", Level::CardAndPin)),
            device("plant-lock", lock("lon1/plant")),
            device("c1-front", RoleDraft::Handle { door: FRONT.into(), level: Level::Card.into() }),
            device("fence", RoleDraft::Inputs { uses: vec![InputDraft::Zone("lon1/fence-north".into())] }),
        ],
        ..SiteDraft::default()
    }
}

/// A reader on one side of a door.
pub(crate) fn reader(door: &str, side: Side, level: impl Into<LevelDraft>) -> RoleDraft {
    RoleDraft::Reader { door: door.into(), side, level: level.into() }
}

pub(crate) fn card(number: u8) -> CredentialKey {
    CredentialKey::from_keyed_hash([number; 16])
}

/// The engine and everything around it, on one clock.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
    pub(crate) outputs: Vec<Output>,
    pub(crate) journal: Vec<Stamped>,
    tickets: u64,
}

/// How many commands of a story are rehearsed.
const REHEARSED_COMMANDS: u64 = 12;

impl Desk {
    /// A fresh site on a Monday at nine, all devices online, all doors closed and locked.
    pub(crate) fn open() -> Self {
        let mut desk =
            Self::restart(Records::default(), Now { monotonic: Monotonic::from_micros(0), wall: MONDAY_NINE });
        desk.all_online();
        desk
    }

    /// Another site on that Monday at nine.
    pub(crate) fn of(draft: &SiteDraft) -> Self {
        let now = Now { monotonic: Monotonic::from_micros(0), wall: MONDAY_NINE };
        let mut desk = Self::restart_of(draft, Records::default(), now);
        desk.all_online();
        desk
    }

    /// The daemon started on what survived; no device has answered yet.
    pub(crate) fn restart(records: Records, now: Now) -> Self {
        Self::restart_of(&draft(), records, now)
    }

    pub(crate) fn restart_of(draft: &SiteDraft, records: Records, now: Now) -> Self {
        Self::restart_without(draft, records, &[], now)
    }

    /// The same where some rows could not be read.
    pub(crate) fn restart_without(draft: &SiteDraft, records: Records, damaged: &[DamagedRow], now: Now) -> Self {
        let site = draft.build(&records.places).unwrap();
        let engine = Engine::new(site, records, damaged, "test", now);
        let mut desk = Self { engine, now, outputs: Vec::new(), journal: Vec::new(), tickets: 0 };
        desk.collect();
        desk
    }

    pub(crate) fn all_online(&mut self) {
        let devices: Vec<(DeviceId, bool, bool)> = {
            let site = self.engine.site();
            let lock = |id| site.doors().any(|door| door.lock == id);
            let rack = |id| site.doors().any(|door| door.lock == id && door.kind == DoorKind::RackDoor);
            site.devices().map(|device| (device.id, lock(device.id), rack(device.id))).collect()
        };
        for (device, locks, rack) in devices {
            let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
            self.report(device, DeviceReport::Online(identity));
            if locks {
                self.report(device, DeviceReport::Facts(closed(rack)));
            }
        }
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.collect();
    }

    pub(crate) fn report(&mut self, device: DeviceId, report: DeviceReport) {
        self.input(Input::Device { device, report });
    }

    fn collect(&mut self) {
        self.journal.extend(self.engine.take_batch().entries);
        while let Some(output) = self.engine.poll() {
            self.outputs.push(output);
        }
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn wait(&mut self, span: Duration) {
        let end = self.now.after(span);
        while let Some(due) = self.engine.next_deadline().filter(|due| *due <= end.monotonic) {
            self.now = self.now.after(due.since(self.now.monotonic));
            self.input(Input::Tick);
        }
        self.now = end;
        self.input(Input::Tick);
    }

    pub(crate) fn wait_secs(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    pub(crate) fn door(&self, path: &str) -> DoorId {
        self.engine.site().find_door(path).unwrap().id
    }

    pub(crate) fn point(&self, path: &str) -> PointId {
        self.engine.site().find_point(path).unwrap().id
    }

    pub(crate) fn device(&self, name: &str) -> DeviceId {
        self.engine.site().device_named(name).unwrap().id
    }

    pub(crate) fn badge(&mut self, reader: &str, card: CredentialKey) {
        let reader = self.device(reader);
        self.report(reader, DeviceReport::Card(card));
    }

    pub(crate) fn facts(&mut self, device: &str, facts: Facts) {
        let device = self.device(device);
        self.report(device, DeviceReport::Facts(facts));
    }

    pub(crate) fn record(&self, path: &str) -> DoorRecord {
        self.engine.records().doors.get(&self.door(path)).copied().unwrap_or_default()
    }

    pub(crate) fn cut(&mut self, device: &str) {
        let device = self.device(device);
        self.report(device, DeviceReport::Offline(OfflineCause::Silent));
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<Reply, CommandError> {
        let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
        self.command_of(caller, command)
    }

    pub(crate) fn command_of(&mut self, caller: Caller, command: Command) -> Result<Reply, CommandError> {
        self.command_on(Preconditions::default(), caller, command)
    }

    /// Gives a command on preconditions. Every one is rehearsed first, as long as a story is short: that must change nothing
    /// and come to what the command comes to.
    pub(crate) fn command_on(
        &mut self,
        preconditions: Preconditions,
        caller: Caller,
        command: Command,
    ) -> Result<Reply, CommandError> {
        const LARGEST_SITE_DOORS: usize = 16;
        self.tickets += 1;
        let is_small = self.engine.site().doors().count() <= LARGEST_SITE_DOORS;
        let rehearsed = (self.tickets <= REHEARSED_COMMANDS && is_small).then(|| {
            self.input(Input::Tick);
            self.foretell(caller, command.clone(), &preconditions)
        });
        // An agreement takes grants with it that rest on it, which is only seen when it is over.
        let is_told_whole = !matches!(command, Command::EndAgreement { .. });
        let ticket = CommandTicket(self.tickets);
        self.input(Input::Command { ticket, caller, command, preconditions });
        let result = self.reply_to(ticket);
        if let Some(rehearsed) = rehearsed {
            let reply = rehearsed.as_ref().map(|rehearsal| rehearsal.reply.clone()).map_err(CommandError::clone);
            assert_eq!(kind_of(&reply), kind_of(&result), "a rehearsal came to something else");
            if let (Ok(rehearsal), Ok(reply), true) = (&rehearsed, &result, is_told_whole) {
                assert_eq!(&rehearsal.reply, reply, "what is foretold is what is replied");
                self.assert_foretold(rehearsal);
            }
        }
        result
    }

    /// Commands from here on are given without being rehearsed first.
    pub(crate) fn rehearse_no_more(&mut self) {
        self.tickets = self.tickets.max(REHEARSED_COMMANDS);
    }

    /// What a command would come to; everything stays as it is.
    pub(crate) fn rehearse(
        &mut self,
        caller: Caller,
        command: Command,
        preconditions: &Preconditions,
    ) -> Result<Reply, CommandError> {
        self.foretell(caller, command, preconditions).map(|rehearsal| rehearsal.reply)
    }

    /// The rows that were foretold are there now.
    fn assert_foretold(&self, rehearsal: &Rehearsal) {
        let records = self.engine.records();
        let mut last: BTreeMap<String, bool> = BTreeMap::new();
        for row in &rehearsal.rows {
            let (key, is_there) = match row {
                RecordChange::Person(row) => (format!("{}", row.id), records.persons.get(&row.id) == Some(row)),
                RecordChange::Credential(row) => (format!("{}", row.id), records.credentials.get(&row.id) == Some(row)),
                RecordChange::Grant(row) => (format!("{}", row.id), records.grants.get(&row.id) == Some(row)),
                RecordChange::Operator(row) => (format!("{}", row.id), records.operators.get(&row.id) == Some(row)),
                RecordChange::Token(row) => (format!("{}", row.id), records.tokens.get(&row.id) == Some(row)),
                RecordChange::Profile(id, row) => (format!("{id}"), records.profiles.get(id) == row.as_ref()),
                RecordChange::Schedule(id, row) => (format!("{id}"), records.schedules.get(id) == row.as_ref()),
                RecordChange::Calendar(id, row) => (format!("{id}"), records.calendars.get(id) == row.as_ref()),
                RecordChange::Agreement(id, row) => (format!("{id}"), records.agreements.get(id) == row.as_ref()),
                _ => continue,
            };
            last.insert(key, is_there);
        }
        assert!(last.values().all(|is_there| *is_there), "{last:?} of {:?}", rehearsal.rows);
    }

    /// All that the engine holds. A set of changes is carried out and put back, after which what is compiled of people may lie
    /// elsewhere: room that was made for it stays. That it says the same is asked of its decisions (`commands/change_sets.rs`).
    fn looks(&self, without_people: bool) -> String {
        let all = format!("{:#?}", self.engine);
        if !without_people {
            return all;
        }
        let (before, rest) = all.split_once("\n    people: ").unwrap();
        // Which schedules hold now is told by the places of what is compiled, and goes with it.
        let (_, after) = rest.split_once("\n    presence: ").unwrap();
        format!("{before}\n    presence: {after}")
    }

    fn foretell(
        &mut self,
        caller: Caller,
        command: Command,
        preconditions: &Preconditions,
    ) -> Result<Rehearsal, CommandError> {
        let is_set = matches!(command, Command::ChangeSet(_));
        let before = self.looks(is_set);
        let said = format!("{command:?}");
        let result = self.engine.rehearse(self.now, caller, command, preconditions);
        let after = self.looks(is_set);
        assert!(before == after, "rehearsing {said} changed something");
        assert!(self.engine.poll().is_none(), "rehearsing {said} sends something");
        result
    }

    fn reply_to(&mut self, ticket: CommandTicket) -> Result<Reply, CommandError> {
        let is_reply = |output: &Output| matches!(output, Output::Reply { ticket: t, .. } if *t == ticket);
        let index = self.outputs.iter().position(is_reply).unwrap();
        match self.outputs.remove(index) {
            Output::Reply { result, .. } => result,
            _ => unreachable!(),
        }
    }

    /// A person with card `number`.
    pub(crate) fn person(&mut self, number: u8) -> PersonId {
        let name = rackward_core::engine::command::PersonName::parse("Somebody").unwrap();
        let create = Command::CreatePerson { name, status: PersonStatus::Enabled, details: usual_details(), key: None };
        let Ok(Reply::Person(person)) = self.command(create) else { panic!() };
        let validity = Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(400 * 86_400)) };
        self.command(Command::AssignCredential { person, key: card(number), validity }).unwrap();
        person
    }

    /// Sets a PIN whose hash nobody looks at here; typed digits are judged by the test.
    pub(crate) fn set_pin(&mut self, person: PersonId, purpose: PinPurpose) {
        let hash = PinHash::from_phc("$argon2id$".into());
        self.command(Command::SetPin { person, purpose, hash, digits: 6 }).unwrap();
    }

    /// Digits typed at a reader and found to be what `outcome` says.
    pub(crate) fn type_pin(&mut self, reader: &str, person: PersonId, outcome: PinOutcome) {
        let device = self.device(reader);
        self.report(device, DeviceReport::Pin(Digits::parse("471100").unwrap()));
        self.input(Input::PinChecked { person, device, outcome });
    }

    /// A grant from now for an hour.
    pub(crate) fn grant(&mut self, person: PersonId, doors: &[&str]) -> GrantId {
        let validity = Validity { from: self.now.wall, to: self.now.wall.after(Duration::from_secs(3600)) };
        self.grant_when(person, doors, Weekly::always(), validity)
    }

    pub(crate) fn grant_when(
        &mut self,
        person: PersonId,
        doors: &[&str],
        weekly: Weekly,
        validity: Validity,
    ) -> GrantId {
        let doors = doors.iter().map(|door| self.door(door)).collect();
        let wish = GrantWish { validity, ..wish(person, GrantRight::Doors { doors, when: When::Weekly(weekly) }) };
        match self.command(Command::CreateGrant(wish)) {
            Ok(Reply::Grant(grant, _)) => grant,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn last(&self) -> &Entry {
        &self.journal.last().unwrap().entry
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.journal.iter().map(|stamped| stamped.entry.event_name()).collect()
    }

    /// What happened since `mark`, by event name.
    pub(crate) fn since(&self, mark: usize) -> Vec<&'static str> {
        self.journal[mark..].iter().map(|stamped| stamped.entry.event_name()).collect()
    }

    pub(crate) fn raised(&self, kind: AlarmKind) -> usize {
        let is = |entry: &Entry| matches!(entry, Entry::AlarmRaised { kind: k, .. } if *k == kind);
        self.journal.iter().filter(|stamped| is(&stamped.entry)).count()
    }

    pub(crate) fn active(&self, kind: AlarmKind) -> bool {
        let Answer::Alarms(alarms) = self.engine.answer(self.now, Scope::Site, &Query::OpenAlarms) else { panic!() };
        alarms.iter().any(|a| a.alarm.kind == kind && a.alarm.is_active())
    }

    pub(crate) fn releases(&self, device: &str) -> usize {
        let wanted = self.device(device);
        self.outputs.iter().filter(|o| matches!(o, Output::Release { device, .. } if *device == wanted)).count()
    }

    pub(crate) fn life_safety_releases(&self) -> usize {
        self.outputs.iter().filter(|o| matches!(o, Output::Release { cause: ReleaseCause::LifeSafety, .. })).count()
    }
}

/// Says what an alarm was.
pub(crate) fn close(alarm: AlarmId, verdict: Verdict) -> Command {
    order_of(alarm, AlarmOrder::Close { verdict, note: "guard looked at it".into() })
}

/// An order about an alarm, whatever its revision.
pub(crate) fn order_of(alarm: AlarmId, order: AlarmOrder) -> Command {
    Command::Alarm(AlarmCommand { alarm, seen: None, order })
}

/// A wish for the next hour of that Monday, to be changed where a test cares.
pub(crate) fn wish(person: PersonId, right: GrantRight) -> GrantWish {
    GrantWish {
        person,
        right,
        validity: Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(3600)) },
        reason: reason("work"),
        ticket: Some(reason("CHG-1")),
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
    }
}

pub(crate) fn usual_details() -> PersonDetails {
    PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::Normal, extended_time: ExtendedTime::No }
}

pub(crate) fn reason(text: &str) -> rackward_core::entry::ReasonText {
    rackward_core::entry::ReasonText::parse(text).unwrap()
}

pub(crate) fn closed(rack: bool) -> Facts {
    Facts {
        contact: Contact::Closed,
        lock: Lock::Locked,
        handle: rack.then_some(HandlePosition::Closed),
        key: rack.then_some(Key::Home),
        latch: None,
    }
}

pub(crate) fn open(rack: bool) -> Facts {
    Facts {
        contact: Contact::Open,
        lock: Lock::Unlocked,
        handle: rack.then_some(HandlePosition::Open),
        key: rack.then_some(Key::Home),
        latch: None,
    }
}

/// Takes an alarm.
pub(crate) fn acknowledge(alarm: AlarmId, note: &str) -> Command {
    let order = AlarmOrder::Acknowledge { note: note.to_owned() };
    Command::Alarm(AlarmCommand { alarm, seen: None, order })
}

/// What a reply is, whatever its numbers.
fn kind_of(result: &Result<Reply, CommandError>) -> Result<core::mem::Discriminant<Reply>, CommandError> {
    result.as_ref().map(core::mem::discriminant).map_err(Clone::clone)
}
