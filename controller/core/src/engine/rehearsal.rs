//! A command is rehearsed: authorised, looked at and carried out in every respect but one: nothing comes of it. While a
//! rehearsal goes on, an entry that would be recorded is only noted down ([`Engine::record`]), so no record, index or row
//! changes; what a command touches directly (deadlines, outputs, what is on its way to devices) is put aside before and put
//! back after. What the entries would make of the records is told all the same: they are applied to an excerpt, which has the
//! one record that the command is about, since records are too many to copy. Two entries of one command are each what they
//! would be, but the second does not see the first.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::change_set::Undone;
use super::commands::{Order, Outcome};
use super::devices::DeviceRuntime;
use super::timers::Timers;
use crate::engine::command::{Caller, Command, CommandError, Reply};
use crate::engine::output::PointState;
use crate::engine::preconditions::{Preconditions, Subject};
use crate::entry::{Entry, Stamped, ZoneState};
use crate::id::{CommandId, CredentialId, DeviceId, DoorId, Generation, PointId, Seq, ZoneId};
use crate::mode::DoorMode;
use crate::records::{RecordChange, Records};
use crate::time::{Now, Wall};

/// What a command would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The reply, with the numbers that would come next.
    pub reply: Reply,
    /// What would be recorded, numbered from the newest entry on.
    pub entries: Vec<Stamped>,
    /// The rows that would be written, as far as they are about what the command is about or about something new.
    pub rows: Vec<RecordChange>,
    /// The modes that doors would be in.
    pub modes: Vec<(DoorId, DoorMode)>,
    /// The devices, of those that the caller sees, that may have to learn of it and do not answer now.
    pub unreached: Vec<DeviceId>,
}

/// How far a rehearsal is.
#[derive(Debug, Default)]
pub(super) struct Scene {
    entries: Vec<Stamped>,
    rows: Vec<RecordChange>,
    /// The records, as far as the command is about them.
    excerpt: Records,
}

impl Scene {
    /// A scene in which nothing has happened yet.
    fn of(records: &Records, subject: Option<Subject>) -> Self {
        let mut excerpt = Records {
            head: records.head,
            generation: records.generation,
            last_alarm: records.last_alarm,
            last_session: records.last_session,
            last_proposal: records.last_proposal,
            standing: records.standing,
            ..Records::default()
        };
        match subject {
            Some(Subject::Person(id)) => excerpt.persons.extend(records.persons.get(&id).map(|row| (id, row.clone()))),
            Some(Subject::Credential(id)) => {
                excerpt.credentials.extend(records.credentials.get(&id).map(|row| (id, row.clone())));
            }
            Some(Subject::Grant(id)) => excerpt.grants.extend(records.grants.get(&id).map(|row| (id, row.clone()))),
            Some(Subject::Alarm(id)) => excerpt.alarms.extend(records.alarms.get(&id).map(|row| (id, row.clone()))),
            Some(Subject::Operator(id)) => {
                excerpt.operators.extend(records.operators.get(&id).map(|row| (id, row.clone())));
            }
            Some(Subject::Muster(id)) => {
                excerpt.musters.extend(records.musters.get(&id).map(|row| (id, row.clone())));
            }
            Some(Subject::Visitor(id)) => {
                excerpt.visitors.extend(records.visitors.get(&id).map(|row| (id, row.clone())));
            }
            Some(Subject::Shift) => excerpt.shift = records.shift.clone(),
            Some(Subject::Token(id)) => excerpt.tokens.extend(records.tokens.get(&id).map(|row| (id, row.clone()))),
            Some(Subject::Review(id)) => {
                excerpt.reviews.extend(records.reviews.get(&id).map(|row| (id, row.clone())));
                let lines = records.lines_of(id).map(|(line, row)| ((id, line), row.clone()));
                excerpt.review_lines.extend(lines);
            }
            Some(Subject::Alert(id)) => excerpt.alerts.extend(records.alerts.get(&id).map(|row| (id, row.clone()))),
            Some(Subject::Plan(id)) => excerpt.plans.extend(records.plans.get(&id).map(|row| (id, row.clone()))),
            // What is set or removed whole needs no row to begin with; of the others only the reply is told.
            Some(
                Subject::Profile(_)
                | Subject::Schedule(_)
                | Subject::Calendar(_)
                | Subject::Agreement(_)
                | Subject::Door(_)
                | Subject::Area(_)
                | Subject::ThreatLevel
                | Subject::Device(_),
            )
            | None => {}
        }
        Self { excerpt, ..Self::default() }
    }

    /// Notes down what would be recorded, and says which generation of rights that makes.
    pub(super) fn note(&mut self, at: Wall, entry: Entry) -> Generation {
        let stamped = Stamped { seq: self.excerpt.head.next(), at, entry };
        self.excerpt.apply(&stamped, &mut self.rows);
        self.entries.push(stamped);
        self.excerpt.generation
    }

    /// The newest entry that would be.
    const fn newest(&self) -> Seq {
        self.excerpt.head
    }

    /// Takes over what was recorded in earnest and put back: a set of changes rests on itself, so an excerpt does not do for it.
    pub(super) fn take_over(&mut self, undone: Undone) {
        self.excerpt.generation = undone.generation;
        if let Some(last) = undone.entries.last() {
            self.excerpt.head = last.seq;
        }
        self.entries.extend(undone.entries);
        self.rows.extend(undone.rows);
    }

    /// The reply as it would be: an alarm counts its revisions itself, and the reply is read off it.
    fn reply(&self, reply: Reply, subject: Option<Subject>) -> Reply {
        let (Reply::Alarm { revision, .. }, Some(Subject::Alarm(id))) = (&reply, subject) else { return reply };
        match self.excerpt.alarms.get(&id) {
            Some(row) => Reply::Alarm { revision: row.life.revision, active: row.is_active() },
            None => Reply::Alarm { revision: revision.saturating_add(1), active: false },
        }
    }
}

impl Engine {
    /// What a command would come to at `now`, for this caller and on these preconditions. Everything is as it was before:
    /// nothing is recorded, nothing is to be sent.
    ///
    /// # Errors
    /// Those of the command itself.
    pub fn rehearse(
        &mut self,
        now: Now,
        caller: Caller,
        command: Command,
        preconditions: &Preconditions,
    ) -> Result<Rehearsal, CommandError> {
        let about = command.clone();
        let (result, scene, modes) = self.rehearsing(&about, |engine| {
            let outcome = engine.obey(now, caller, command, preconditions);
            (outcome, engine.modes_foretold())
        });
        let reply = scene.reply(result?, self.subject(self.meant(&about)));
        let unreached = self.unreached_by(now, caller.scope, &scene.rows);
        Ok(Rehearsal { reply, entries: scene.entries, rows: scene.rows, modes, unreached })
    }

    /// The newest entry, or the one that would be while a rehearsal goes on.
    pub(super) fn newest_entry(&self) -> Seq {
        self.rehearsed.as_ref().map_or(self.records.head, Scene::newest)
    }

    /// Whether something could be done now, without doing it; also while a rehearsal goes on.
    pub(super) fn try_out(&mut self, order: Order, command: Command) -> Outcome {
        self.rehearsing(&command.clone(), |engine| (engine.do_at_once(order, command), ())).0
    }

    fn rehearsing<T>(
        &mut self,
        command: &Command,
        scene: impl FnOnce(&mut Self) -> (Outcome, T),
    ) -> (Outcome, Scene, T) {
        // Lists of cards are many; only what is ordered about a device reaches them past the records.
        let aside = Aside::put(self, reaches_lists(self.subject(self.meant(command))));
        let begun = Scene::of(&self.records, self.subject(self.meant(command)));
        let outer = self.rehearsed.replace(begun);
        let (result, found) = scene(self);
        let ended = core::mem::replace(&mut self.rehearsed, outer).unwrap_or_default();
        aside.back(self);
        (result, ended, found)
    }

    /// The modes that doors would be in by what was noted down.
    fn modes_foretold(&mut self) -> Vec<(DoorId, DoorMode)> {
        let rows = self.rehearsed.iter().flat_map(|scene| &scene.rows);
        let moved: Vec<_> = rows
            .filter_map(|row| if let RecordChange::Mode(door, mode) = row { Some((*door, *mode)) } else { None })
            .collect();
        let mut modes = Vec::new();
        for (door, mode) in moved {
            let before = self.records.modes.insert(door, mode);
            let was_damaged = self.damaged_doors.remove(&door);
            let shown = |mode: DoorMode| (door, mode.with(self.door_record(door).passage));
            modes.extend(self.site.door(door).map(|row| shown(self.mode_in_force(row))));
            match before {
                Some(before) => drop(self.records.modes.insert(door, before)),
                None => drop(self.records.modes.remove(&door)),
            }
            if was_damaged {
                self.damaged_doors.insert(door);
            }
        }
        modes
    }
}

/// What a command may touch beside the records, as it was before. What only [`Engine::record`] touches is not here, and
/// neither is what grows with the number of people.
#[derive(Debug)]
pub(super) struct Aside {
    offline: Option<super::offline::Offline>,
    canaries: super::canary::Canaries,
    devices: BTreeMap<DeviceId, DeviceRuntime>,
    doors: DoorsAside,
    roll: super::alarms::Roll,
    lines: super::alarms::Lines,
    denials: super::alarms::Denials,
    staff: super::alarms::Staff,
    modes: super::modes::Modes,
    locating: super::locating::Locating,
    neighbours: super::neighbours::Neighbours,
    notices: super::notices::Notices,
    tries: BTreeMap<CredentialId, super::access::Tries>,
    awaiting: BTreeMap<DeviceId, super::access::Awaiting>,
    releases: BTreeMap<CommandId, super::access::Sent>,
    operators: super::operators::Operators,
    proposals: super::proposals::Proposals,
    timers: Timers,
    generation: Generation,
    next_command: u64,
    outputs: usize,
    changes: usize,
}

/// What is known of doors and devices by number, and who is expected where.
#[derive(Debug)]
struct DoorsAside {
    expected: BTreeMap<DoorId, Vec<super::presence::Expected>>,
    open_doors: BTreeSet<DoorId>,
    first_comers: BTreeMap<PointId, super::access::FirstComer>,
    standing: Vec<DoorMode>,
    damaged_doors: BTreeSet<DoorId>,
    damaged_devices: BTreeSet<DeviceId>,
    online: Vec<bool>,
    untrusted: Vec<bool>,
    unopened: BTreeMap<DoorId, u8>,
    zones: BTreeMap<ZoneId, ZoneState>,
    shown: BTreeMap<DoorId, PointState>,
}

impl Aside {
    pub(super) fn put(engine: &Engine, with_lists: bool) -> Self {
        Self {
            offline: with_lists.then(|| engine.offline.clone()),
            canaries: engine.canaries.clone(),
            devices: engine.devices.clone(),
            doors: DoorsAside::put(engine),
            roll: engine.roll.clone(),
            lines: engine.lines.clone(),
            denials: engine.denials.clone(),
            staff: engine.staff.clone(),
            modes: engine.modes.clone(),
            locating: engine.locating.clone(),
            neighbours: engine.neighbours.clone(),
            notices: engine.notices.clone(),
            tries: engine.tries.clone(),
            awaiting: engine.awaiting.clone(),
            releases: engine.releases.clone(),
            operators: engine.operators.clone(),
            proposals: engine.proposals.clone(),
            timers: engine.timers.clone(),
            generation: engine.records.generation,
            next_command: engine.next_command,
            outputs: engine.outputs.len(),
            changes: engine.batch.changes.len(),
        }
    }

    pub(super) fn back(self, engine: &mut Engine) {
        if let Some(offline) = self.offline {
            engine.offline = offline;
        }
        engine.canaries = self.canaries;
        engine.devices = self.devices;
        self.doors.back(engine);
        engine.roll = self.roll;
        engine.lines = self.lines;
        engine.denials = self.denials;
        engine.staff = self.staff;
        engine.modes = self.modes;
        engine.locating = self.locating;
        engine.neighbours = self.neighbours;
        engine.notices = self.notices;
        engine.tries = self.tries;
        engine.awaiting = self.awaiting;
        engine.releases = self.releases;
        engine.operators = self.operators;
        engine.proposals = self.proposals;
        engine.timers = self.timers;
        engine.records.generation = self.generation;
        engine.next_command = self.next_command;
        engine.outputs.truncate(self.outputs);
        engine.batch.changes.truncate(self.changes);
    }
}

impl DoorsAside {
    fn put(engine: &Engine) -> Self {
        Self {
            expected: engine.expected.clone(),
            open_doors: engine.open_doors.clone(),
            first_comers: engine.first_comers.clone(),
            standing: engine.standing.clone(),
            damaged_doors: engine.damaged_doors.clone(),
            damaged_devices: engine.damaged_devices.clone(),
            online: engine.online.clone(),
            untrusted: engine.untrusted.clone(),
            unopened: engine.unopened.clone(),
            zones: engine.zones.clone(),
            shown: engine.shown.clone(),
        }
    }

    fn back(self, engine: &mut Engine) {
        engine.expected = self.expected;
        engine.open_doors = self.open_doors;
        engine.first_comers = self.first_comers;
        engine.standing = self.standing;
        engine.damaged_doors = self.damaged_doors;
        engine.damaged_devices = self.damaged_devices;
        engine.online = self.online;
        engine.untrusted = self.untrusted;
        engine.unopened = self.unopened;
        engine.zones = self.zones;
        engine.shown = self.shown;
    }
}

fn reaches_lists(subject: Option<Subject>) -> bool {
    matches!(subject, Some(Subject::Device(_)))
}
