//! How the simulated site is shown to checkers: the hardware as it truly stands beside what the daemon believes.

use rackward_core::engine::command::Scope;
use rackward_core::engine::query::JournalHealth;
use rackward_core::site::{Device, Door};
use rackward_core::{Answer, Query, Stamped};
use rackward_firmware_sim::device::Cable;
use rackward_firmware_sim::world::{Barrier, HandlePosition, KeyPosition};

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
                is_held: passage.barrier.bolt().holds(),
                is_closed: passage.barrier.leaf().is_closed(),
                is_seated: seated,
                is_key_turned: turned,
            }
        };
        self.site.doors().map(sight).collect()
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
