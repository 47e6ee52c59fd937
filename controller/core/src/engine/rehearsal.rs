//! A command is rehearsed: authorised, looked at and carried out in every respect but one: nothing comes of it. While a
//! rehearsal goes on, an entry that would be recorded is only noted down ([`Engine::record`]), so no record, index or row
//! changes; what a command touches directly (deadlines, outputs, what is on its way to devices) is put aside before and put
//! back after. Two entries of one command are each what they would be, but the second does not see the first.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::commands::{Order, Outcome};
use super::devices::DeviceRuntime;
use super::timers::Timers;
use crate::engine::command::{Caller, Command, CommandError, Reply};
use crate::engine::output::PointState;
use crate::engine::preconditions::{Preconditions, Subject};
use crate::entry::{Stamped, ZoneState};
use crate::id::{CommandId, CredentialId, DeviceId, DoorId, PointId, ZoneId};
use crate::mode::DoorMode;
use crate::time::Now;

/// What a command would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The reply. Its generation of rights is that in force, because rights did not change.
    pub reply: Reply,
    /// What would be recorded, numbered from the newest entry on.
    pub entries: Vec<Stamped>,
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
        let (result, entries) =
            self.rehearsing(&command.clone(), |engine| engine.obey(now, caller, command, preconditions));
        result.map(|reply| Rehearsal { reply, entries })
    }

    /// Whether something could be done now, without doing it; also while a rehearsal goes on.
    pub(super) fn try_out(&mut self, order: Order, command: Command) -> Outcome {
        self.rehearsing(&command.clone(), |engine| engine.do_at_once(order, command)).0
    }

    fn rehearsing(&mut self, command: &Command, scene: impl FnOnce(&mut Self) -> Outcome) -> (Outcome, Vec<Stamped>) {
        let aside = Aside::put(self, command);
        let outer = self.rehearsed.replace(Vec::new());
        let result = scene(self);
        let entries = core::mem::replace(&mut self.rehearsed, outer).unwrap_or_default();
        aside.back(self);
        (result, entries)
    }
}

/// What a command may touch beside the records, as it was before. What only [`Engine::record`] touches is not here, and
/// neither is what grows with the number of people.
struct Aside {
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
    next_command: u64,
    outputs: usize,
    changes: usize,
}

/// What is known of doors and devices by number, and who is expected where.
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
    fn put(engine: &Engine, command: &Command) -> Self {
        Self {
            // Lists of cards are many; only what is ordered about a device reaches them past the records.
            offline: reaches_lists(engine.subject(engine.meant(command))).then(|| engine.offline.clone()),
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
            next_command: engine.next_command,
            outputs: engine.outputs.len(),
            changes: engine.batch.changes.len(),
        }
    }

    fn back(self, engine: &mut Engine) {
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
