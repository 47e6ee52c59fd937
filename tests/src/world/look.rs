//! How the simulated site is shown to checkers: the hardware as it truly stands beside what the daemon believes.

use rackward_core::engine::command::Scope;
use rackward_core::engine::query::JournalHealth;
use rackward_core::id::{DeviceId, Generation};
use rackward_core::rights_list::{HeldList, ListDigest, ListNumber};
use rackward_core::site::{Device, Door};
use rackward_core::{Answer, Query, Stamped, Wall};
use rackward_firmware_sim::device::Cable;
use rackward_firmware_sim::world::{Barrier, HandlePosition, KeyPosition};
use rackward_protocol::mqtt::HeldRights;

use super::line::{Adapter, SerialLine};
use super::{BEGIN, World, premises};
use crate::checkers::{self, Belief, DeviceSight, DoorSight, Sight};

/// How many entries somebody is shown who reads why a run failed.
const TAIL_ENTRIES: usize = 25;

impl World {
    /// Compares belief and truth, once there was time enough.
    pub fn differences(&self) -> Vec<String> {
        let (doors, devices) = (self.door_sights(), self.device_sights());
        checkers::convergence::differences(&self.sight(&doors, &devices))
    }

    /// Shows everything to every checker.
    pub(super) fn look(&mut self) {
        self.count_listed();
        let (doors, devices) = (self.door_sights(), self.device_sights());
        let mut checkers = std::mem::take(&mut self.checkers);
        for checker in &mut checkers {
            if let Err(violation) = checker.look(&self.sight(&doors, &devices)) {
                let (name, tail) = (checker.name(), self.tail());
                panic!("{:?}\n{name}: {violation}\n{tail}", self.parameters);
            }
        }
        self.checkers = checkers;
        self.looked_at = self.disk.journal().len();
        self.sent.clear();
        self.pressed.clear();
        self.presented.clear();
    }

    /// Counts whenever a handle begins to unlock although nothing told it to: then it goes by its list, or is wrong.
    fn count_listed(&mut self) {
        for sight in self.door_sights() {
            let name = self.site.device(sight.lock).map(|lock| lock.name.as_str()).unwrap_or_default();
            let was_told = self.broker.was_told_to_release(name, self.now.monotonic);
            let listed = self.listed.entry(sight.door).or_default();
            let begins = sight.is_motor_on && !listed.is_motor_on;
            listed.is_motor_on = sight.is_motor_on;
            if begins && was_told == Some(false) {
                (listed.is_by_list, listed.count) = (true, listed.count + 1);
            } else if begins || !sight.is_motor_on {
                listed.is_by_list = false;
            }
        }
    }

    fn sight<'a>(&'a self, doors: &'a [DoorSight], devices: &'a [DeviceSight]) -> Sight<'a> {
        let daemon = self.daemon.as_ref().map(|daemon| Belief {
            records: daemon.engine().records(),
            is_writable: self.health() == Some(JournalHealth::Writable),
        });
        Sight {
            now: self.now,
            site: &self.site,
            doors,
            devices,
            disk: &self.disk,
            fresh: self.entries_since(self.looked_at),
            sent: &self.sent,
            pressed: &self.pressed,
            presented: &self.presented,
            daemon,
        }
    }

    /// Every door as it truly stands.
    pub fn door_sights(&self) -> Vec<DoorSight> {
        let sight = |door: &Door| {
            let passage = self.installation.passage(&door.path).unwrap();
            let (seated, turned) = match &passage.barrier {
                Barrier::Door(_) => (None, None),
                Barrier::Rack(rack) => {
                    (Some(rack.handle() == HandlePosition::Home), Some(rack.key() == KeyPosition::Turned))
                }
            };
            DoorSight {
                door: door.id,
                lock: door.lock,
                is_motor_on: passage.is_motor_on(),
                is_by_list: self.listed.get(&door.id).is_some_and(|listed| listed.is_by_list),
                unlocked_by_list: self.listed.get(&door.id).map_or(0, |listed| listed.count),
                is_held: passage.barrier.bolt().holds(),
                is_closed: passage.barrier.leaf().is_closed(),
                is_seated: seated,
                is_latched: seated
                    .filter(|_| self.is_at_broker(door.lock))
                    .map(|seated| seated && passage.barrier.leaf().is_closed()),
                is_key_turned: turned,
            }
        };
        self.site.doors().map(sight).collect()
    }

    /// A latch is told by messages, not on a bus.
    fn is_at_broker(&self, device: DeviceId) -> bool {
        let name = self.site.device(device).map(|device| device.name.as_str());
        premises::network_devices().any(|at_broker| Some(at_broker) == name)
    }

    /// Every device as it truly stands.
    pub fn device_sights(&self) -> Vec<DeviceSight> {
        let believed = match self.daemon.as_ref().map(|d| d.engine().answer(self.now, Scope::Site, &Query::Devices)) {
            Some(Answer::Devices(devices)) => devices,
            _ => Vec::new(),
        };
        let sight = |device: &Device| {
            let index = self.installation.device_named(&device.name).unwrap();
            let hardware = self.installation.device(index).unwrap();
            let line = self.lines.iter().find(|line| premises::is_on_bus(&device.name, line.name()));
            DeviceSight {
                device: device.id,
                is_connected: hardware.cable() == Cable::Connected
                    && line.is_none_or(|line| line.adapter() == Adapter::Plugged),
                is_cover_open: hardware.is_cover_open(),
                disturbed_at: line.map_or(self.broker.disturbed_at(), SerialLine::disturbed_at),
                held: self.broker.held(&device.name).map(as_recorded),
                is_believed_online: believed.iter().any(|b| b.device == device.id && b.online == Some(true)),
            }
        };
        self.site.devices().map(sight).collect()
    }

    /// The last entries, for whoever reads why a run failed.
    pub fn tail(&self) -> String {
        let journal = self.disk.journal();
        let first = journal.len().saturating_sub(TAIL_ENTRIES);
        let line = |s: &Stamped| format!("{:>8} ms {} {:?}", s.at.since(BEGIN).as_millis(), s.seq, s.entry);
        let lines: Vec<String> = journal[first..].iter().map(line).collect();
        format!("now {} ms; the last entries:\n{}", self.now.wall.since(BEGIN).as_millis(), lines.join("\n"))
    }
}

/// A list as the core names it.
fn as_recorded(held: HeldRights) -> HeldList {
    HeldList {
        number: ListNumber(held.number.0),
        generation: Generation::new(held.generation),
        digest: ListDigest(held.digest),
        expires: Wall::from_micros(i64::try_from(held.expires.0).unwrap() * 1_000),
    }
}
