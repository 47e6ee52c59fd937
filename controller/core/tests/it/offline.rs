//! Stories about rights on devices, in virtual time: a hall of racks whose handles keep lists, as small as the rules of
//! `rackward_protocol::mqtt` let a handle be. Each story ends by replaying its journal, which must give the records it left.

mod canary;
mod convergence;
mod doubt;
mod listing;
mod log;
mod receipts;
mod scale;

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::certificate::{Certificate, CertificateSerial};
use rackward_core::engine::command::{Caller, Scope};
use rackward_core::engine::input::{Identity, OfflineCause, RightsOutcome, RightsReport};
use rackward_core::engine::query::{Behind, Receipts};
use rackward_core::entry::OfflineEntry;
use rackward_core::id::{DeviceId, GrantId, PersonId};
use rackward_core::inventory::{CanaryAbility, CanaryAnswer, Description};
use rackward_core::people::{CredentialKey, Validity};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::records::DamagedRow;
use rackward_core::rights_list::{HeldList, ListNumber, ListRefusal, RightsList};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::{Answer, Command, DeviceReport, Entry, Input, Monotonic, Now, Output, Query, Records, Wall};

use crate::site::{Desk, MONDAY_NINE, closed, reason};

/// A handle that keeps a list.
#[derive(Debug, Default)]
struct Handle {
    name: String,
    reached: bool,
    /// Whether it does as it is told and says nothing.
    mute: bool,
    /// Whether its answers are on their way until [`Hall::arrive`], and which are.
    slow: bool,
    on_the_way: Vec<RightsReport>,
    held: Option<(HeldList, RightsList)>,
    highest: Option<ListNumber>,
    /// What it refuses every list with.
    refuses: Option<ListRefusal>,
    noted: u64,
    /// How often it was asked to tell its log again.
    told_again: u32,
    canary: Option<CanaryAnswer>,
    /// What it was told, in order, by first letter: list, forget.
    told: String,
}

impl Handle {
    fn put(&mut self, site: &str, list: RightsList) -> RightsOutcome {
        let refusal = self.refuses.or((self.highest >= Some(list.number)).then_some(ListRefusal::Replayed));
        if let Some(refusal) = refusal {
            return RightsOutcome::Refused(refusal);
        }
        self.highest = Some(list.number);
        self.held = Some((list.held(site, &self.name), list));
        RightsOutcome::Applied
    }

    /// Whether it opens for a card while it is on its own.
    fn opens(&self, card: CredentialKey, at: Wall) -> bool {
        let second = u32::try_from(at.as_seconds()).unwrap();
        self.held.as_ref().is_some_and(|(_, list)| {
            let listed = list.cards.iter().filter(|listed| listed.card == card);
            let mut windows = listed.flat_map(|listed| listed.windows.iter());
            list.issued <= at && at < list.expires && windows.any(|window| window.from <= second && second < window.to)
        })
    }
}

/// A desk and the handles around it.
struct Hall {
    desk: Desk,
    draft: SiteDraft,
    handles: BTreeMap<DeviceId, Handle>,
    /// The journals of all starts.
    journal: Vec<rackward_core::Stamped>,
    /// Whether records were taken away that the journal still tells of.
    robbed: bool,
}

fn rack_path(number: usize) -> String {
    format!("lon1/hall/r{number}/front")
}

fn racks(count: usize) -> SiteDraft {
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        organisations: vec!["tenant".into()],
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        ..SiteDraft::default()
    };
    for number in 0..count {
        let area = AreaDraft {
            inside: Some("lon1/hall".into()),
            ..AreaDraft::new(format!("lon1/hall/r{number}"), AreaKind::Rack)
        };
        draft.areas.push(area);
        draft.doors.push(DoorDraft::new(rack_path(number), DoorKind::RackDoor, format!("lon1/hall/r{number}")));
        let role = RoleDraft::Handle { door: rack_path(number), level: Level::Card.into() };
        draft.devices.push(DeviceDraft { name: format!("h{number}"), role });
    }
    draft
}

fn able(room: u16) -> Description {
    Description { list_room: Some(room), canary: CanaryAbility::Able, ..Description::default() }
}

impl Hall {
    /// A hall of racks; all handles are reached and hold what they should.
    fn of(count: usize) -> Self {
        Self::with(racks(count))
    }

    fn with(draft: SiteDraft) -> Self {
        let now = Now { monotonic: Monotonic::from_micros(0), wall: MONDAY_NINE };
        let desk = Desk::restart_of(&draft, Records::default(), now);
        let mut hall = Self { desk, draft, handles: BTreeMap::new(), journal: Vec::new(), robbed: false };
        let devices: Vec<(DeviceId, String)> =
            hall.desk.engine.site().devices().map(|device| (device.id, device.name.clone())).collect();
        for (device, name) in devices {
            hall.handles.insert(device, Handle { name, ..Handle::default() });
            hall.come(device);
        }
        hall
    }

    fn device(&self, number: usize) -> DeviceId {
        self.desk.device(&format!("h{number}"))
    }

    fn handle(&mut self, number: usize) -> &mut Handle {
        let device = self.device(number);
        self.handles.get_mut(&device).unwrap()
    }

    /// A handle is reached: it says who it is, what it can, how its door is, what it holds.
    fn come(&mut self, device: DeviceId) {
        let handle = self.handles.get_mut(&device).unwrap();
        handle.reached = true;
        let held = handle.held.as_ref().map(|(held, _)| *held);
        let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
        self.desk.report(device, DeviceReport::Online(identity));
        self.desk.report(device, DeviceReport::Described(able(100)));
        self.desk.report(device, DeviceReport::Facts(closed(true)));
        self.desk.report(device, DeviceReport::Rights(RightsReport { held, outcome: RightsOutcome::Holding }));
        self.carry();
    }

    fn go(&mut self, device: DeviceId) {
        self.handles.get_mut(&device).unwrap().reached = false;
        self.desk.report(device, DeviceReport::Offline(OfflineCause::ConnectionLost));
        self.carry();
    }

    /// Carries out what the engine asks for, until it asks for nothing more.
    fn carry(&mut self) {
        while !self.desk.outputs.is_empty() {
            for output in core::mem::take(&mut self.desk.outputs) {
                self.carry_one(output);
            }
        }
    }

    fn carry_one(&mut self, output: Output) {
        let (Output::PutRights { device, .. }
        | Output::DecideOnline { device, .. }
        | Output::NoteLog { device, .. }
        | Output::TryCanary { device, .. }) = &output
        else {
            return;
        };
        let device = *device;
        let handle = self.handles.get_mut(&device).unwrap();
        if !handle.reached {
            return;
        }
        let outcome = match output {
            Output::PutRights { list, .. } => {
                handle.told.push('l');
                handle.put("lon1", *list)
            }
            Output::DecideOnline { .. } => {
                handle.told.push('f');
                handle.held = None;
                RightsOutcome::Holding
            }
            Output::NoteLog { through, again, .. } => {
                handle.noted = through;
                handle.told_again += u32::from(again);
                return;
            }
            Output::TryCanary { command, .. } => {
                if let Some(answer) = handle.canary {
                    self.desk.report(device, DeviceReport::Canary(command, answer));
                }
                return;
            }
            _ => return,
        };
        let held = handle.held.as_ref().map(|(held, _)| *held);
        let report = RightsReport { held, outcome };
        if handle.slow {
            handle.on_the_way.push(report);
        } else if !handle.mute {
            self.desk.report(device, DeviceReport::Rights(report));
        }
    }

    /// The oldest answer of a slow handle arrives.
    fn arrive(&mut self, number: usize) {
        let device = self.device(number);
        let report = self.handle(number).on_the_way.remove(0);
        self.desk.report(device, DeviceReport::Rights(report));
        self.carry();
    }

    fn wait(&mut self, seconds: u64) {
        let end = self.desk.now.after(Duration::from_secs(seconds));
        while let Some(due) = self.desk.engine.next_deadline().filter(|due| *due <= end.monotonic) {
            self.desk.now = self.desk.now.after(due.since(self.desk.now.monotonic));
            self.desk.input(Input::Tick);
            self.carry();
        }
        self.desk.now = end;
        self.desk.input(Input::Tick);
        self.carry();
    }

    /// A person with card `number` who may pass these racks for the next ten days.
    fn person(&mut self, number: u8, racks: &[usize]) -> (PersonId, GrantId) {
        let person = self.desk.person(number);
        (person, self.grant(person, racks))
    }

    fn grant(&mut self, person: PersonId, racks: &[usize]) -> GrantId {
        let from = self.desk.now.wall;
        let validity = Validity { from, to: from.after(Duration::from_secs(10 * 86_400)) };
        let doors: Vec<String> = racks.iter().map(|number| rack_path(*number)).collect();
        let doors: Vec<&str> = doors.iter().map(String::as_str).collect();
        let grant = self.desk.grant_when(person, &doors, Weekly::always(), validity);
        self.carry();
        grant
    }

    fn revoke(&mut self, grant: GrantId) {
        self.desk.command(Command::RevokeGrant { grant, reason: reason("over") }).unwrap();
        self.carry();
    }

    /// Somebody redeems a code for the device's certificate.
    fn enrol(&mut self, device: DeviceId) {
        let (code, from) = ([7; 32], self.desk.now.wall);
        self.desk.command(Command::OfferEnrolment { device, code, reason: reason("new") }).unwrap();
        let until = from.after(Duration::from_secs(365 * 86_400));
        let certificate = Certificate { serial: CertificateSerial([1; 16]), key: [1; 32], from, until };
        let system = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        self.desk.command_of(system, Command::RedeemEnrolment { device, code, certificate }).unwrap();
    }

    fn receipts(&self) -> Receipts {
        let query = Query::Receipts { through: None };
        let Answer::Receipts(receipts) = self.desk.engine.answer(self.desk.now, Scope::Site, &query) else { panic!() };
        receipts
    }

    fn behind(&self) -> Vec<Behind> {
        self.receipts().behind
    }

    /// The daemon ends and starts again on what survived; no handle has answered yet.
    fn restart(&mut self) {
        let records = self.desk.engine.records().clone();
        self.restart_with(records, &[]);
    }

    /// The same on other records than survived, and without the damaged ones.
    fn restart_with(&mut self, records: Records, damaged: &[DamagedRow]) {
        let now = self.desk.now.after(Duration::from_secs(2));
        let before = core::mem::replace(&mut self.desk, Desk::restart_without(&self.draft, records, damaged, now));
        self.journal.extend(before.journal);
        self.carry();
    }

    fn all_come(&mut self) {
        let reached: Vec<DeviceId> =
            self.handles.iter().filter(|(_, handle)| handle.reached).map(|(device, _)| *device).collect();
        reached.into_iter().for_each(|device| self.come(device));
    }

    /// Entries about rights on devices since `mark`, by event name.
    fn since(&self, mark: usize) -> Vec<&'static str> {
        let ours = |stamped: &&rackward_core::Stamped| {
            matches!(stamped.entry, Entry::Offline(_) | Entry::AlarmRaised { .. } | Entry::AlarmReturned { .. })
        };
        self.desk.journal[mark..].iter().filter(ours).map(|stamped| stamped.entry.event_name()).collect()
    }

    fn mark(&self) -> usize {
        self.desk.journal.len()
    }

    fn count(&self, is: impl Fn(&OfflineEntry) -> bool) -> usize {
        let all = self.journal.iter().chain(&self.desk.journal);
        all.filter(|stamped| matches!(&stamped.entry, Entry::Offline(entry) if is(entry))).count()
    }

    /// Every reached handle holds what its door's rights say now.
    fn check_converged(&self) {
        for (device, handle) in self.handles.iter().filter(|(_, handle)| handle.reached) {
            let record = &self.desk.engine.records().rights.get(device);
            let applied = record.and_then(|record| record.applied);
            // One that is over opens for nobody.
            let held = handle.held.as_ref().map(|(held, _)| *held).filter(|held| self.desk.now.wall < held.expires);
            assert_eq!(held, applied.filter(|list| self.desk.now.wall < list.expires), "{}", handle.name);
        }
        assert_eq!(self.behind(), []);
    }
}

impl Drop for Hall {
    /// Every story ends here: its journal, replayed, must give the records that it left.
    fn drop(&mut self) {
        if std::thread::panicking() || self.robbed {
            return;
        }
        let mut records = Records::default();
        let all = self.journal.iter().chain(&self.desk.journal);
        all.for_each(|stamped| records.apply(stamped, &mut Vec::new()));
        assert!(records == *self.desk.engine.records(), "replay differs");
    }
}
