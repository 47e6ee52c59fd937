//! What people and fate do at random: a run of the site in which anything may fail, and then one in which nothing does and
//! the daemon must come to believe what is true. Both draw from the world's seed alone.
//!
//! Decides only what happens next; what must hold meanwhile is in `checkers`.

use std::time::Duration;

use rackward_core::Command;
use rackward_core::engine::command::{AlarmCommand, AlarmOrder};
use rackward_core::id::{AlarmId, GrantId};
use rackward_core::people::GrantState;

use super::broker::{Keeping, Weather};
use super::daemon::{CrashPoint, Doom};
use super::disk::Space;
use super::line::{Adapter, Noise};
use super::{World, premises, reason};

/// How long the daemon is given to believe what is true: an offline device is tried every eight seconds at the slowest, a
/// rack may be held open for forty.
const HEALING: Duration = Duration::from_secs(60);

/// One thing that may happen.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Badge,
    Pin,
    Open,
    Close,
    Lift,
    Seat,
    Force,
    Key,
    Exit,
    Tamper,
    Cut,
    Restore,
    Fence,
    Revoke,
    Grant,
    OpenByOperator,
    Acknowledge,
    Noise,
    Unplug,
    Weather,
    Replay,
    RestartBroker,
    Reconnect,
    Crash,
    Start,
    FillDisk,
}

/// What happens how often: people's doing first, then fate's.
const ODDS: [(Deed, u64); 26] = [
    (Deed::Badge, 30),
    (Deed::Pin, 4),
    (Deed::Open, 12),
    (Deed::Close, 16),
    (Deed::Lift, 5),
    (Deed::Seat, 6),
    (Deed::Force, 3),
    (Deed::Key, 3),
    (Deed::Exit, 4),
    (Deed::Tamper, 1),
    (Deed::Cut, 2),
    (Deed::Restore, 5),
    (Deed::Fence, 1),
    (Deed::Revoke, 1),
    (Deed::Grant, 1),
    (Deed::OpenByOperator, 2),
    (Deed::Acknowledge, 3),
    (Deed::Noise, 4),
    (Deed::Unplug, 1),
    (Deed::Weather, 2),
    (Deed::Replay, 3),
    (Deed::RestartBroker, 1),
    (Deed::Reconnect, 1),
    (Deed::Crash, 2),
    (Deed::Start, 5),
    (Deed::FillDisk, 2),
];

impl World {
    /// Lets anything happen for so long.
    pub fn suffer(&mut self, span: Duration) {
        let end = self.now.monotonic.after(span);
        while self.now.monotonic < end {
            let deed = self.draw_deed();
            self.commit(deed);
            // Mostly people's pace, sometimes everything at once.
            let pause = if self.dice.one_in(4) { self.dice.between(0, 60) } else { self.dice.between(100, 1_500) };
            self.run(Duration::from_millis(pause));
        }
    }

    /// Ends all faults, leaves the hardware as it stands, and lets enough time pass.
    pub fn heal(&mut self) {
        self.disk.set_space(Space::Free);
        self.broker.set_weather(Weather::default());
        self.broker.set_keeping(Keeping::AsAsked);
        for bus in 0..self.lines.len() {
            self.lines[bus].set_noise(Noise::Quiet);
            self.set_adapter(bus, Adapter::Plugged);
        }
        self.doom(Doom::None);
        self.start();
        self.run(HEALING);
    }

    fn draw_deed(&mut self) -> Deed {
        let mut left = self.dice.between(1, ODDS.iter().map(|(_, odds)| odds).sum());
        for (deed, odds) in ODDS {
            match left.checked_sub(odds) {
                None | Some(0) => return deed,
                Some(rest) => left = rest,
            }
        }
        Deed::Badge
    }

    fn commit(&mut self, deed: Deed) {
        match deed {
            Deed::Badge => {
                let person = format!("p-{}", self.dice.between(1, premises::PEOPLE.len() as u64));
                self.try_at_door("badge", Some(&person));
            }
            Deed::Pin => self.try_at("pin", &["p-1", "lon1/plant-room/in"]),
            Deed::Open => self.try_at_door("open", None),
            Deed::Close => self.try_at_door("close", None),
            Deed::Lift => self.try_at_door("lift", None),
            Deed::Seat => self.try_at_door("seat", None),
            Deed::Force => self.try_at_door("force", None),
            Deed::Key => self.try_at_door("key", None),
            Deed::Exit => self.try_at_door("rex", None),
            Deed::Tamper => self.try_at_device("tamper"),
            Deed::Cut => self.try_at_device("cut"),
            Deed::Restore => self.try_at_device("restore"),
            Deed::Fence => self.try_at("fence", &[premises::FENCE]),
            Deed::Revoke | Deed::Grant | Deed::OpenByOperator | Deed::Acknowledge => self.operate(deed),
            Deed::Noise
            | Deed::Unplug
            | Deed::Weather
            | Deed::Replay
            | Deed::RestartBroker
            | Deed::Reconnect
            | Deed::Crash
            | Deed::Start
            | Deed::FillDisk => self.strike(deed),
        }
    }

    /// Physics may say no; that is no failure of the site.
    fn try_at(&mut self, verb: &str, args: &[&str]) {
        drop(self.hand(verb, args));
    }

    fn try_at_door(&mut self, verb: &str, person: Option<&str>) {
        let door = *self.dice.pick(&premises::DOORS);
        let args: Vec<&str> = person.into_iter().chain([door]).collect();
        self.try_at(verb, &args);
    }

    fn try_at_device(&mut self, verb: &str) {
        let names: Vec<&str> = premises::device_names().collect();
        let name = *self.dice.pick(&names);
        self.try_at(verb, &[name]);
    }

    fn operate(&mut self, deed: Deed) {
        if self.daemon.is_none() {
            return;
        }
        let ada = "p-1".parse().unwrap();
        let command = match deed {
            Deed::Revoke => self.some_grant().map(|grant| Command::RevokeGrant { grant, reason: reason("drawn") }),
            Deed::OpenByOperator => {
                let path = *self.dice.pick(&premises::DOORS);
                let door = self.door(path);
                let not_after = self.now.wall.after(Duration::from_secs(1));
                Some(Command::OpenDoor { lasting: None, door, reason: reason("let in by hand"), not_after })
            }
            Deed::Acknowledge => self.some_alarm().map(|alarm| {
                let note = "looked at it, all is well".to_owned();
                Command::Alarm(AlarmCommand { alarm, seen: None, order: AlarmOrder::Acknowledge { note } })
            }),
            _ => {
                // The engine may refuse, and the daemon may die of it.
                drop(self.grant(ada, &premises::DOORS));
                None
            }
        };
        if let Some(command) = command {
            drop(self.command(command));
        }
    }

    fn some_grant(&mut self) -> Option<GrantId> {
        let active = self.disk.tables().grants.values().filter(|grant| grant.state == GrantState::Active);
        let ids: Vec<GrantId> = active.map(|grant| grant.id).collect();
        // Somebody must still be able to pass.
        (ids.len() > 1).then(|| *self.dice.pick(&ids))
    }

    fn some_alarm(&mut self) -> Option<AlarmId> {
        let ids: Vec<AlarmId> = self.disk.tables().alarms.keys().copied().collect();
        (!ids.is_empty()).then(|| *self.dice.pick(&ids))
    }

    fn strike(&mut self, deed: Deed) {
        let bus = self.dice.between(0, self.lines.len() as u64 - 1) as usize;
        match deed {
            Deed::Noise => {
                let noise = *self.dice.pick(&[Noise::Quiet, Noise::Quiet, Noise::OneIn(20), Noise::OneIn(3)]);
                self.lines[bus].set_noise(noise);
            }
            Deed::Unplug => {
                let is_in = self.lines[bus].adapter() == Adapter::Plugged;
                self.set_adapter(bus, if is_in { Adapter::Unplugged } else { Adapter::Plugged });
            }
            Deed::Weather => {
                let mut odds = || *self.dice.pick(&[0, 0, 4, 12]);
                let weather =
                    Weather { twice_one_in: odds(), late_one_in: odds(), lost_one_in: odds(), behind_one_in: odds() };
                self.broker.set_weather(weather);
                let keeping = *self.dice.pick(&[Keeping::AsAsked, Keeping::AsAsked, Keeping::Everything]);
                self.broker.set_keeping(keeping);
            }
            Deed::Replay => _ = self.broker.replay(self.now.monotonic, &mut self.dice),
            Deed::RestartBroker => self.restart_broker(),
            Deed::Reconnect => self.reconnect_daemon(),
            Deed::Crash => self.draw_doom(),
            Deed::FillDisk => {
                let space = *self.dice.pick(&[Space::Free, Space::Full]);
                self.disk.set_space(space);
            }
            // Also ends whatever kept it from running well.
            _ => {
                self.set_adapter(bus, Adapter::Plugged);
                self.disk.set_space(Space::Free);
                self.start();
            }
        }
    }

    fn draw_doom(&mut self) {
        let outputs = self.dice.between(0, 3) as usize;
        let points = [CrashPoint::BeforeCommit, CrashPoint::AfterCommit, CrashPoint::AfterOutputs(outputs)];
        let point = *self.dice.pick(&points);
        match self.dice.between(0, 2) {
            0 => self.kill(),
            1 => self.doom(Doom::NextLoad(point)),
            _ => self.doom(Doom::NextRelease(point)),
        }
    }
}
