//! A device's life on the bus: commissioned, moved, given other firmware; and what it knows when its supply comes back.

use std::sync::Arc;
use std::time::Duration;

use rackward_firmware_sim::image::image;
use rackward_firmware_sim::memory::Memory;
use rackward_protocol::osdp::{
    Address, Baud, BusEvent, DeviceConfig, DeviceKeys, DeviceRole, FirstKey, Job, JobEvent, JobFailure, Scbk,
};

use crate::service::Site;
use crate::site_on_bus::WORLD;

const HANDLE: u8 = 4;
const HANDLE_KEY: &str = "key = \"404142434445464748494a4b4c4d4e4f\"";

fn address(number: u8) -> Address {
    Address::parse(number).unwrap()
}

fn fresh() -> Scbk {
    Scbk::parse(std::array::from_fn(|at| 0x91 ^ (at as u8).wrapping_mul(37))).unwrap()
}

fn keyless() -> DeviceConfig {
    DeviceConfig { keys: DeviceKeys::default(), ..DeviceConfig::new(fresh(), DeviceRole::Handle) }
}

impl Site {
    fn job(&mut self, job: Job) -> Option<JobEvent> {
        self.events.clear();
        self.bus.begin_job(self.now.uptime, address(HANDLE), job).unwrap();
        self.run(30);
        self.events.iter().rev().find_map(|event| match event {
            BusEvent::Job(event) => Some(*event),
            _ => None,
        })
    }

    fn commission(&mut self) -> Option<JobEvent> {
        let until = self.now.uptime + Duration::from_secs(60);
        self.job(Job::Commission { first: FirstKey::Published, fresh: fresh(), until })
    }

    fn last_memory(&mut self) -> Option<Memory> {
        std::iter::from_fn(|| self.memory()).last()
    }

    fn firmware(&self) -> Option<[u8; 3]> {
        self.events.iter().rev().find_map(|event| match event {
            BusEvent::Online { identity, .. } => Some(identity.firmware),
            _ => None,
        })
    }
}

#[test]
fn a_device_in_install_mode_is_given_a_key_and_knows_it_after_its_supply_failed() {
    let world = WORLD.replacen(HANDLE_KEY, "install = true", 1);
    let mut site = Site::with(&world, HANDLE, keyless());
    assert!(matches!(site.commission(), Some(JobEvent::Done { .. })), "{:?}", site.events);
    let memory = site.last_memory().unwrap();
    site.events.clear();
    site.hand("restart", &["r1-c1-front"]).unwrap();
    site.run(10);
    assert!(site.is_online());
    // Another process, another panel: the key is the one that was given.
    let mut later = Site::with(&world, HANDLE, DeviceConfig::new(fresh(), DeviceRole::Handle));
    let device = later.installation.device_named("r1-c1-front").unwrap();
    later.line.recall(device, &memory);
    later.run(5);
    assert!(later.is_online(), "{:?}", later.events);
}

#[test]
fn a_device_in_service_is_not_commissioned_over_its_own_key() {
    let mut site = Site::with(WORLD, HANDLE, keyless());
    let until = site.now.uptime + Duration::from_secs(20);
    let job = Job::Commission { first: FirstKey::Published, fresh: fresh(), until };
    let end = site.job(job);
    assert!(matches!(end, Some(JobEvent::Failed(JobFailure::NotInInstallMode | JobFailure::TimedOut))), "{end:?}");
    assert_eq!(site.last_memory(), None);
}

#[test]
fn a_device_moves_and_is_there_after_its_supply_failed() {
    let mut site = Site::new(WORLD, HANDLE);
    site.keeps_speed = true;
    site.run(2);
    let end = site.job(Job::SetLine { address: address(9), baud: Baud::B38400 });
    assert_eq!(end, Some(JobEvent::Done { address: address(9), baud: Baud::B38400 }), "{:?}", site.events);
    let memory = site.last_memory().unwrap();
    assert_eq!((memory.address, memory.baud), (9, 38_400));
    site.events.clear();
    site.hand("restart", &["r1-c1-front"]).unwrap();
    site.run(10);
    assert!(site.is_online());
}

#[test]
fn an_image_is_taken_and_its_version_told_after_the_restart() {
    let mut site = Site::new(WORLD, HANDLE);
    site.run(2);
    let contents: Arc<[u8]> = image([2, 4, 6], 5_000).into();
    let end = site.job(Job::SendFile { kind: 1, contents });
    assert!(matches!(end, Some(JobEvent::Done { .. })), "{end:?}");
    assert_eq!(site.firmware(), Some([2, 4, 6]));
    assert_eq!(site.last_memory().unwrap().firmware, [2, 4, 6]);
    let end = site.job(Job::SendFile { kind: 1, contents: vec![7; 500].into() });
    assert_eq!(end, Some(JobEvent::Failed(JobFailure::Aborted(-2))), "that is no image");
}
