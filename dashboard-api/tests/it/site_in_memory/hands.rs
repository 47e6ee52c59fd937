//! What devices of the site in memory report, and what is held to them.

use std::time::Duration;

use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{Identity, PinOutcome, RightsOutcome, RightsReport};
use rackward_core::entry::ReasonText;
use rackward_core::facts::HandlePosition;
use rackward_core::id::PersonId;
use rackward_core::inventory::Description;
use rackward_core::job::{FirstKey, JobOutcome, JobWish};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::Role;
use rackward_core::{Caller, Command, DeviceReport, Input};
use rackward_dashboard::{Backend as _, CardBits};

use super::{SiteInMemory, closed, premises};

impl SiteInMemory {
    pub(crate) fn report(&self, device: &str, report: DeviceReport) {
        let device = self.device(device);
        let mut inside = self.lock();
        inside.engine.handle(self.now(), Input::Device { device, report });
        self.settle(&mut inside);
    }

    /// Every device answers, every door is closed and locked.
    pub(crate) fn all_quiet(&self) {
        let devices: Vec<(String, Role)> =
            self.site.devices().map(|device| (device.name.clone(), device.role.clone())).collect();
        for (name, role) in devices {
            let identity = Identity { model: "Sim R-20".into(), serial: "0007".into(), firmware: "1.4.2".into() };
            self.report(&name, DeviceReport::Online(identity));
            match role {
                Role::Lock { .. } => self.report(&name, DeviceReport::Facts(closed(None))),
                Role::Handle { .. } => self.report(&name, DeviceReport::Facts(closed(Some(HandlePosition::Closed)))),
                Role::Reader { .. } | Role::Inputs { .. } => {}
            }
        }
    }

    /// A handle keeps rights lists from now on.
    pub(crate) fn keep_lists(&self, name: &str) {
        let able = Description { list_room: Some(100), ..Description::default() };
        self.report(name, DeviceReport::Described(able));
    }

    /// A handle acknowledges the list that was sent to it last.
    pub(crate) fn acknowledge(&self, name: &str) {
        let device = self.device(name);
        let list = self.lock().lists.get(&device).unwrap_or_else(|| panic!("{name} was sent no list")).clone();
        let held = Some(list.held(self.site.name(), name));
        self.report(name, DeviceReport::Rights(RightsReport { held, outcome: RightsOutcome::Applied }));
    }

    /// A card is held to a reader.
    pub(crate) fn badge(&self, device: &str, card: &CardBits) {
        self.report(device, DeviceReport::Card(premises::key_of(card)));
    }

    /// What comparing typed digits with a person's hashes gave.
    pub(crate) fn pin_checked(&self, device: &str, person: u32, outcome: PinOutcome) {
        let (device, person) = (self.device(device), PersonId::new(person));
        let mut inside = self.lock();
        inside.engine.handle(self.now(), Input::PinChecked { person, device, outcome });
        self.settle(&mut inside);
    }

    /// A device is commissioned as this one.
    pub(crate) fn know(&self, name: &str, identity: &Identity) {
        let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
        let limit = Duration::from_secs(60);
        let job = JobWish::Commission { first: FirstKey::Published, limit };
        let reason = ReasonText::parse("New").unwrap();
        self.command(caller, Command::StartJob { device: self.device(name), job, reason }).unwrap();
        self.report(name, DeviceReport::Online(identity.clone()));
        self.end_job(name, JobOutcome::Done);
    }

    /// A driver reports the end of the job under way.
    pub(crate) fn end_job(&self, name: &str, outcome: JobOutcome) {
        let device = self.device(name);
        let command = self.lock().engine.records().devices[&device].job.unwrap().command;
        self.report(name, DeviceReport::JobEnded(command, outcome));
    }
}
