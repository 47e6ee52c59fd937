//! Jobs with everything real but the wire: panel, bus, devices, and the vault and the shelf on a disk.

use rackward_core::engine::input::OfflineCause;
use rackward_core::job::{DeviceTask, FirstKey, JobOutcome};
use rackward_protocol::osdp::{DeviceKeys, PeripheralKey};

use super::*;
use crate::drivers::Stock;
use crate::firmware::{Manifest, Shelf, SigningKey, sign};
use crate::secrets::{DeviceKey, SiteKey, Unproven, Vault};

const COMMAND: CommandId = CommandId::new(40);

/// A site's storage directory, opened anew for every look: what is seen is what would be there after a power cut.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        let keys =
            [("reader", READER), ("lock", LOCK)].map(|(name, device)| (name, DeviceKey::parse(key(device)).unwrap()));
        assert!(disk.vault().import(&keys).is_empty());
        disk
    }

    fn vault(&self) -> Vault {
        Vault::open(self.0.path(), &SiteKey::open(self.0.path(), 0).unwrap())
    }

    fn shelf(&self) -> Shelf {
        Shelf::new(self.0.path(), vec![self.signing_key().public()])
    }

    fn signing_key(&self) -> SigningKey {
        let path = self.0.path().join("signing.key");
        SigningKey::open(&path).or_else(|_| SigningKey::create(&path)).unwrap()
    }

    fn stock(&self) -> Stock {
        Stock::new(self.vault(), self.shelf())
    }

    fn keys(&self) -> DeviceKeys {
        self.vault().keys_of("lock")
    }
}

impl Line {
    /// Runs on, and meets every need at once.
    fn run_with(&mut self, stock: &Stock, millis: u64) {
        for _ in 0..millis {
            while let Some(need) = self.panel.poll_need() {
                let met = stock.meet(need);
                self.panel.met(self.now, met);
            }
            self.run(1);
        }
    }

    fn start(&mut self, task: DeviceTask) {
        self.order(LOCK, Task::StartJob { command: COMMAND, task });
    }

    fn outcome(&self) -> Option<JobOutcome> {
        let ends = self.reports.iter().filter_map(|(device, report)| match report {
            DeviceReport::JobEnded(COMMAND, outcome) if *device == LOCK => Some(*outcome),
            _ => None,
        });
        let ends: Vec<JobOutcome> = ends.collect();
        assert!(ends.len() <= 1, "a job ends once: {ends:?}");
        ends.first().copied()
    }

    /// The daemon starts anew, with what the disk has; the devices go on.
    fn restart_daemon(&mut self, disk: &Disk) {
        let mut settings = settings();
        let first_key = Some(Scbk::parse(key(LOCK)).unwrap());
        for device in &mut settings.devices {
            device.keys = disk.vault().keys_of(&device.name);
            device.key_since = disk.vault().active_since(&device.name);
            device.first_key.clone_from(&first_key);
        }
        self.panel = Panel::new(settings, self.now, entropy(self.now.as_micros()), card_key()).unwrap();
        self.reports.clear();
    }

    fn is_online(&self) -> bool {
        self.reports.iter().any(|(device, report)| *device == LOCK && matches!(report, DeviceReport::Online(_)))
    }
}

fn commission(first: FirstKey) -> DeviceTask {
    DeviceTask::Commission { first, limit: Duration::from_secs(60) }
}

#[test]
fn a_roll_over_gives_the_device_a_key_that_the_vault_has() {
    let (disk, mut line) = (Disk::new(), Line::online());
    let before = disk.keys();
    line.start(DeviceTask::RollKey);
    line.run_with(&disk.stock(), 5_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
    let after = disk.keys();
    assert!(after.pending.is_none() && after.active.is_some() && after.active != before.active);
    line.restart_daemon(&disk);
    line.run(2_000);
    assert!(line.is_online(), "the device knows the key that is on the disk: {:?}", line.reports);
}

/// The daemon dies so many milliseconds into a roll-over, and the device goes on.
#[test]
fn a_roll_over_that_was_cut_anywhere_loses_no_device() {
    let mut settled_as = [0, 0];
    for cut_after in 0..160 {
        let (disk, mut line) = (Disk::new(), Line::online());
        let before = disk.keys();
        line.start(DeviceTask::RollKey);
        line.run_with(&disk.stock(), cut_after);
        line.restart_daemon(&disk);
        line.run_with(&disk.stock(), 20_000);
        assert!(line.is_online(), "cut after {cut_after} ms: {:?}", line.reports);
        let after = disk.keys();
        assert!(after.pending.is_none(), "cut after {cut_after} ms: it is settled which key the device has");
        settled_as[usize::from(after.active != before.active)] += 1;
    }
    assert!(settled_as.iter().all(|count| *count > 0), "the cuts lay on both sides of the change: {settled_as:?}");
}

#[test]
fn the_key_is_on_the_disk_before_anything_is_sent_and_the_end_is_told_after() {
    let (disk, mut line) = (Disk::new(), Line::online());
    line.start(DeviceTask::RollKey);
    let need = line.panel.poll_need().unwrap();
    assert_eq!((need.device(), line.panel.poll_need()), (LOCK, None));
    line.run(1_000);
    assert!(!line.actions.iter().any(|(_, action)| matches!(action, Action::KeyChanged(_))), "the disk is slow");
    line.panel.met(line.now, disk.stock().meet(need));
    line.run(3_000);
    assert!(line.actions.iter().any(|(_, action)| matches!(action, Action::KeyChanged(_))));
    assert_eq!(line.outcome(), None, "the disk is slow again");
    let need = line.panel.poll_need().unwrap();
    line.panel.met(line.now, disk.stock().meet(need));
    line.run(10);
    assert_eq!(line.outcome(), Some(JobOutcome::Done));
}

#[test]
fn a_disk_that_fails_gives_no_key() {
    let mut line = Line::online();
    line.start(DeviceTask::RollKey);
    line.run_with(&Stock::default(), 1_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Interrupted));
    assert!(!line.actions.iter().any(|(_, action)| matches!(action, Action::KeyChanged(_))));
}

#[test]
fn a_new_device_is_commissioned_and_then_known() {
    let (disk, mut line) = (Disk::new(), line());
    // Nobody has given it a key yet, and the site has none for it.
    line.panel = {
        let mut settings = settings();
        settings.devices[1].keys = DeviceKeys::default();
        Panel::new(settings, line.now, entropy(98), card_key()).unwrap()
    };
    line.devices[1] = peripheral_with(LOCK, 77, PeripheralKey::Install);
    line.run(10_000);
    let offline = DeviceReport::Offline(OfflineCause::NotTrusted);
    assert_eq!(line.reports.iter().filter(|(device, report)| *device == LOCK && *report == offline).count(), 1);
    assert!(!line.is_online(), "the published key is used for no device without an order");
    line.start(commission(FirstKey::Published));
    line.run_with(&disk.stock(), 10_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
    assert!(line.is_online());
    let keys = disk.keys();
    assert!(keys.active.is_some() && keys.pending.is_none());
    assert_ne!(keys.active, Some(Scbk::parse(key(LOCK)).unwrap()));
    line.restart_daemon(&disk);
    line.run(2_000);
    assert!(line.is_online());
}

#[test]
fn a_device_with_the_key_of_its_key_file_is_commissioned_with_it() {
    let (disk, mut line) = (Disk::new(), Line::online());
    // The vault has another key than the device, as after the restore of an old backup.
    disk.vault().draw_pending("lock", Unproven::Stays).unwrap();
    disk.vault().promote("lock").unwrap();
    line.restart_daemon(&disk);
    line.run(20_000);
    assert!(!line.is_online());
    assert!(
        line.reports.contains(&(LOCK, DeviceReport::Security(input::SecurityTrouble::WrongKey))),
        "{:?}",
        line.reports
    );
    line.start(commission(FirstKey::FromFile));
    line.run_with(&disk.stock(), 10_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
    assert!(line.is_online());
}

#[test]
fn a_device_that_is_not_in_install_mode_keeps_its_key() {
    let (disk, mut line) = (Disk::new(), Line::online());
    let before = disk.keys();
    line.start(commission(FirstKey::Published));
    line.run_with(&disk.stock(), 70_000);
    let outcome = line.outcome();
    assert!(matches!(outcome, Some(JobOutcome::NotInInstallMode | JobOutcome::TimedOut)), "{outcome:?}");
    line.run_with(&disk.stock(), 20_000);
    assert_eq!(disk.keys(), before, "what was never sent is forgotten");
    assert!(line.is_online());
}

#[test]
fn firmware_is_sent_as_it_was_signed() {
    let (disk, mut line) = (Disk::new(), Line::online());
    let payload: Vec<u8> = (0..3_000_u32).flat_map(u32::to_le_bytes).collect();
    let manifest = Manifest { oui: [1, 2, 3], model: 4, version: [2, 0, 0], least_hardware: 5 };
    let kept = disk.shelf().keep(&sign(&payload, manifest, &disk.signing_key()).unwrap()).unwrap();
    line.start(DeviceTask::SendFirmware { image: kept.digest, version: [2, 0, 0] });
    line.run_with(&disk.stock(), 60_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
    let file = line.actions.iter().find_map(|(device, action)| match action {
        Action::File { contents, .. } if *device == LOCK => Some(contents.expose().to_vec()),
        _ => None,
    });
    assert!(file == Some(payload), "the device got another file");
}

#[test]
fn a_device_with_a_new_address_goes_on_under_it() {
    let (disk, mut line) = (Disk::new(), Line::online());
    line.start(DeviceTask::SetLine { address: 9, baud: 115_200 });
    line.run_with(&disk.stock(), 20_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
    assert_eq!(line.panel.addresses.get(&LOCK).map(|address| address.number()), Some(9));
    line.reports.clear();
    line.release(1);
    line.run(1_000);
    assert!(line.reports.contains(&(LOCK, DeviceReport::Done(CommandId::new(1)))), "{:?}", line.reports);
}

#[test]
fn a_job_ends_when_the_line_is_lost() {
    let (disk, mut line) = (Disk::new(), Line::online());
    line.start(DeviceTask::RollKey);
    line.run_with(&disk.stock(), 1);
    line.panel.line_lost(line.now);
    line.run_with(&disk.stock(), 1);
    assert_eq!(line.outcome(), Some(JobOutcome::Lost));
    line.panel.restart(line.now);
    line.reports.clear();
    line.run_with(&disk.stock(), 20_000);
    assert!(line.is_online());
    assert!(disk.keys().pending.is_none(), "which key the device has is settled");
}

/// A roll-over was cut after the device took the key, then somebody takes the device for a new one while it has no power.
#[test]
fn a_key_that_was_taken_and_not_proven_survives_a_commissioning_of_nobody() {
    for end in [None, Some(Task::StopJob { command: COMMAND })] {
        let (disk, mut line) = (Disk::new(), Line::online());
        let taken = disk.vault().draw_pending("lock", Unproven::Stays).unwrap().pending.unwrap();
        line.devices[1] = peripheral_with(LOCK, 2, taken.clone().into());
        line.is_cut = true;
        line.restart_daemon(&disk);
        line.run_with(&disk.stock(), 10_000);
        line.start(commission(FirstKey::Published));
        line.run_with(&disk.stock(), 5_000);
        if let Some(stop) = end {
            line.order(LOCK, stop);
        }
        line.run_with(&disk.stock(), 80_000);
        assert!(line.outcome().is_some(), "the job ends");
        line.is_cut = false;
        line.run_with(&disk.stock(), 30_000);
        assert!(line.is_online(), "{:?}", line.reports);
        assert_eq!(disk.keys(), DeviceKeys { active: Some(taken), pending: None });
    }
}

#[test]
fn a_commissioning_of_nobody_whose_line_is_lost_keeps_every_key() {
    let (disk, mut line) = (Disk::new(), Line::online());
    let taken = disk.vault().draw_pending("lock", Unproven::Stays).unwrap().pending.unwrap();
    line.devices[1] = peripheral_with(LOCK, 2, taken.clone().into());
    line.is_cut = true;
    line.restart_daemon(&disk);
    line.start(commission(FirstKey::Published));
    line.run_with(&disk.stock(), 5_000);
    line.panel.line_lost(line.now);
    line.run_with(&disk.stock(), 5_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Lost));
    line.is_cut = false;
    line.panel.restart(line.now);
    line.run_with(&disk.stock(), 30_000);
    assert!(line.is_online(), "{:?}", line.reports);
    assert_eq!(disk.keys(), DeviceKeys { active: Some(taken), pending: None });
}

#[test]
fn a_roll_over_that_was_stopped_before_it_was_sent_can_be_begun_again() {
    let (disk, mut line) = (Disk::new(), Line::online());
    let before = disk.keys();
    line.start(DeviceTask::RollKey);
    let need = line.panel.poll_need().unwrap();
    line.panel.met(line.now, disk.stock().meet(need));
    line.order(LOCK, Task::StopJob { command: COMMAND });
    line.run_with(&disk.stock(), 5_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Stopped));
    assert_eq!(disk.keys(), before);
    line.reports.clear();
    line.start(DeviceTask::RollKey);
    line.run_with(&disk.stock(), 5_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
}

#[test]
fn a_job_begun_while_the_line_is_away_ends_as_lost_when_it_is_back() {
    let (disk, mut line) = (Disk::new(), Line::online());
    line.panel.line_lost(line.now);
    line.start(commission(FirstKey::Published));
    while let Some(need) = line.panel.poll_need() {
        line.panel.met(line.now, disk.stock().meet(need));
    }
    line.panel.restart(line.now);
    line.run_with(&disk.stock(), 20_000);
    assert_eq!(line.outcome(), Some(JobOutcome::Lost), "nobody stopped it");
    assert!(line.is_online());
}

#[test]
fn a_second_order_leaves_the_job_that_is_under_way_alone() {
    let (disk, mut line) = (Disk::new(), Line::online());
    line.start(DeviceTask::RollKey);
    let need = line.panel.poll_need().unwrap();
    line.panel.met(line.now, disk.stock().meet(need));
    line.order(LOCK, Task::StartJob { command: CommandId::new(41), task: DeviceTask::RollKey });
    line.run_with(&disk.stock(), 5_000);
    assert!(line.reports.contains(&(LOCK, DeviceReport::JobEnded(CommandId::new(41), JobOutcome::Refused))));
    assert_eq!(line.outcome(), Some(JobOutcome::Done), "{:?}", line.reports);
}
