//! The whole way of a badge without wire time: card at the simulated reader, over Secure Channel to the panel, decision,
//! durable entry, release back over Secure Channel to the simulated lock; beside an interleaved `fdatasync` of as many bytes
//! on the same disk. Then the same at sixteen doors at once. Reader, line and lock run in virtual time, so that waiting for
//! a wire costs nothing and every byte is still made, sealed, sent and checked; loop, engine and store are the daemon's.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use rackward::clock;
use rackward::drivers::{Detached, Drivers};
use rackward::operators::Operators;
use rackward::pin::{PinWorker, Pins};
use rackward::run::{Heard, Inbox, LIVE_EVENTS, Loop, Published};
use rackward::secrets::SiteKey;
use rackward::store::Store;
use rackward_core::engine::input::Identity;
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::Entry;
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{CredentialId, DoorId, Generation, GrantId, PersonId};
use rackward_core::people::{
    Approval, CredentialKey, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, Validity, When,
};
use rackward_core::permission::Actor;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level, Site};
use rackward_core::{DeviceReport, Engine, Records, Stamped, Wall};
use rackward_protocol::osdp::{
    Action, Address, Baud, Bus, BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceIdentity, DeviceRole, Micros,
    NoEntropy, OutputAction, PanelCommand, Peripheral, PeripheralConfig, Scbk, Ticks, Urgency,
};
use rackward_tests::bench::{Floor, Rounds, at_most, build_dir, microseconds};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Doors of the bench, each with a reader and a lock on a bus of its own.
const DOORS: u32 = 16;
/// Badges at one door, each beside one floor.
const TURNS: u32 = 3_000;
/// Rounds of sixteen badges at once.
const CROWDS: u32 = 400;
/// The first turns warm caches and are not counted.
const WARM_TURNS: u32 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::Builder::new().prefix("bench-badge-").tempdir_in(build_dir())?;
    let floor = Floor::new(dir.path())?;
    let mut rig = Rig::start(dir.path())?;
    let (mut one, mut many, mut synced) = (Rounds::default(), Rounds::default(), Rounds::default());
    for turn in 0..TURNS + WARM_TURNS {
        let door = turn % DOORS;
        let way = rig.badge(&[door]);
        let floor_took = floor.sync(turn as usize)?;
        if turn >= WARM_TURNS {
            synced.add(floor_took);
            way.into_iter().for_each(|span| one.add(microseconds(span)));
        }
    }
    let everywhere: Vec<u32> = (0..DOORS).collect();
    for turn in 0..CROWDS {
        let ways = rig.badge(&everywhere);
        synced.add(floor.sync(turn as usize)?);
        ways.into_iter().for_each(|span| many.add(microseconds(span)));
    }
    rig.stop();
    let row = |name: &str, rounds: &Rounds| {
        let (low, high) = rounds.spread();
        let (p50, p99) = (rounds.median(), rounds.quantile(0.99));
        println!("{name:<28} p50 {p50:>8.1} us   p99 {p99:>8.1} us   from {low:.1} to {high:.1}");
    };
    println!("badge to release without wire time, {TURNS} badges at one door at a time, {CROWDS} crowds of {DOORS}");
    row("fdatasync, interleaved", &synced);
    row("one badge", &one);
    row("sixteen badges at once", &many);
    at_most("badge-to-release/fdatasync-p50", one.median() / synced.median(), 2.5);
    at_most("badge-to-release/fdatasync-p99", one.quantile(0.99) / synced.quantile(0.99), 4.0);
    at_most("16-badges-to-release/fdatasync-p50", many.median() / synced.median(), 8.0);
    Ok(())
}

/// One door's bus: panel, reader and lock, in virtual time.
struct DoorLine {
    now: Micros,
    panel: Bus,
    devices: [Peripheral; 2],
}

const READER: usize = 0;
const LOCK: usize = 1;

impl DoorLine {
    fn new(door: u32) -> Self {
        let baud = Baud::parse(115_200).expect("a rate of OSDP");
        let mut seed = u64::from(door);
        let entropy = move |out: &mut [u8]| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            out.iter_mut().zip(seed.to_le_bytes().into_iter().cycle()).for_each(|(byte, random)| *byte = random);
            Ok::<(), NoEntropy>(())
        };
        let now = Micros(1);
        let mut panel = Bus::new(BusConfig::new(baud), entropy);
        let device = |number: u8, role: DeviceRole, panel: &mut Bus| {
            let address = Address::parse(number).expect("an address");
            let key = || Scbk::parse(std::array::from_fn(|i| number * 31 + i as u8 * 7)).expect("a key");
            panel.add(now, address, DeviceConfig::new(key(), role));
            let identity =
                DeviceIdentity { oui: [2, 0x52, 0x57], model: 1, version: 1, serial: 7, firmware: [1, 0, 0] };
            Peripheral::new(PeripheralConfig::new(address, key(), identity, 3, 1, 1), entropy)
        };
        let devices = [device(1, DeviceRole::Reader, &mut panel), device(2, DeviceRole::Lock, &mut panel)];
        let mut line = Self { now, panel, devices };
        let mut online = 0;
        line.until(|event, _| {
            online += u32::from(matches!(event, Some(BusEvent::Online { .. })));
            (online == 2).then_some(())
        });
        line
    }

    /// Lets virtual time pass until `wanted` finds what it wants in an event of the panel or an action of the lock.
    fn until<T>(&mut self, mut wanted: impl FnMut(Option<&BusEvent>, Option<&Action>) -> Option<T>) -> T {
        loop {
            while let Some(frame) = self.panel.poll_transmit(self.now) {
                self.devices.iter_mut().for_each(|device| device.handle_bytes(self.now, &frame));
            }
            for index in [READER, LOCK] {
                while let Some(reply) = self.devices[index].poll_transmit(self.now) {
                    self.panel.handle_bytes(self.now, &reply);
                }
                while let Some(action) = self.devices[index].poll_action() {
                    if let Some(found) = wanted(None, Some(&action)) {
                        return found;
                    }
                }
            }
            while let Some((_, event)) = self.panel.poll_event() {
                if let Some(found) = wanted(Some(&event), None) {
                    return found;
                }
            }
            let deadlines = self.devices.iter().filter_map(Peripheral::next_deadline).chain(self.panel.next_deadline());
            let next = deadlines.min().unwrap_or(self.now);
            self.now = next.max(self.now + Duration::from_micros(1));
            self.panel.handle_timeout(self.now);
            self.devices.iter_mut().for_each(|device| device.handle_timeout(self.now));
        }
    }

    /// A card at the reader, as far as the panel's report of it.
    fn card(&mut self, door: u32, site_key: &SiteKey) -> CredentialKey {
        self.devices[READER].card(0, 26, &card_bits(door)).expect("the reader takes a card");
        self.until(|event, _| match event {
            Some(BusEvent::Card { bit_count, data, .. }) => Some(site_key.credential_key(*bit_count, data.expose())),
            _ => None,
        })
    }

    /// A release, as far as the lock's motor.
    fn release(&mut self, tag: u64) {
        let action = OutputAction::OnFor(Ticks::covering(Duration::from_secs(5)));
        let command = PanelCommand::Output { index: 0, action };
        let lock = Address::parse(2).expect("an address");
        self.panel.send(self.now, lock, command, CommandTag(tag), Urgency::Release, None).expect("room for a release");
        self.until(|_, action| matches!(action, Some(Action::Output { on: true, .. })).then_some(()));
        // The next release must switch the motor on again.
        let off = PanelCommand::Output { index: 0, action: OutputAction::Off };
        self.panel.send(self.now, lock, off, CommandTag(tag + 1), Urgency::Release, None).expect("room for a command");
        self.until(|_, action| matches!(action, Some(Action::Output { on: false, .. })).then_some(()));
    }
}

/// The daemon's loop on its thread, and the lines before it.
struct Rig {
    site: Site,
    site_key: SiteKey,
    lines: Vec<DoorLine>,
    reports: mpsc::Sender<Heard>,
    released: Detached,
    shutdown: CancellationToken,
    thread: std::thread::JoinHandle<()>,
}

fn card_bits(door: u32) -> [u8; 4] {
    [0x9f, 0x8d, door as u8, 0x40]
}

impl Rig {
    fn start(dir: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let site = site();
        let site_key = SiteKey::open(dir, 0)?;
        let records = records(&site, &site_key);
        let (shutdown, inbox) = (CancellationToken::new(), Inbox::new());
        let reports = inbox.reports();
        let (drivers, released) = Drivers::detached(site.devices().map(|device| device.id));
        let published = Published {
            head: watch::Sender::new(records.head),
            health: watch::Sender::new(JournalHealth::Writable),
            live: broadcast::Sender::new(LIVE_EVENTS),
            names: Arc::new(RwLock::default()),
            person_keys: Arc::new(RwLock::default()),
            visitor_names: Arc::new(RwLock::default()),
            operators: Operators::default(),
        };
        let engine = Engine::new(site.clone(), records, &[], "bench", clock::now());
        let (ending, dir) = (shutdown.clone(), dir.to_owned());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let (store, _) = Store::open(&dir).await.expect("a store");
                Loop::new(engine, store, drivers, Pins::default(), PinWorker::new(), published)
                    .run(inbox, ending)
                    .await;
            });
        });
        let lines = (0..DOORS).map(DoorLine::new).collect();
        let rig = Self { site, site_key, lines, reports, released, shutdown, thread };
        rig.all_online()?;
        Ok(rig)
    }

    fn all_online(&self) -> Result<(), Box<dyn std::error::Error>> {
        for device in self.site.devices() {
            let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
            self.reports.blocking_send((clock::now(), device.id, DeviceReport::Online(identity)))?;
        }
        for door in self.site.doors() {
            let facts = Facts { contact: Contact::Closed, lock: Lock::Unlocked, handle: None, key: None, latch: None };
            self.reports.blocking_send((clock::now(), door.lock, DeviceReport::Facts(facts)))?;
        }
        Ok(())
    }

    /// Badges at each of these doors at once; how long each took from the card to the motor.
    fn badge(&mut self, doors: &[u32]) -> Vec<Duration> {
        let start = Instant::now();
        for door in doors {
            let key = self.lines[*door as usize].card(*door, &self.site_key);
            let reader = self.site.device_named(&format!("reader-{door}")).expect("a reader").id;
            self.reports.blocking_send((clock::now(), reader, DeviceReport::Card(key))).expect("the loop runs");
        }
        let mut took = Vec::with_capacity(doors.len());
        for _ in doors {
            let (lock, command) = self.released.next_release().expect("the loop runs");
            let door =
                doors.iter().find(|door| self.site.device_named(&format!("lock-{door}")).is_some_and(|d| d.id == lock));
            let door = *door.expect("a lock of these doors");
            self.lines[door as usize].release(command.get());
            took.push(start.elapsed());
        }
        took
    }

    fn stop(self) {
        self.shutdown.cancel();
        self.thread.join().expect("the loop ends in good order");
    }
}

fn site() -> Site {
    let path = |n: u32| format!("lon1/d{n}");
    let door = |n: u32| DoorDraft::new(path(n), DoorKind::Door, "lon1/hall");
    let devices = |n: u32| {
        let reader = RoleDraft::Reader { door: path(n), side: Side::In, level: Level::Card.into() };
        [
            DeviceDraft { name: format!("reader-{n}"), role: reader },
            DeviceDraft { name: format!("lock-{n}"), role: RoleDraft::Lock { door: path(n) } },
        ]
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        doors: (0..DOORS).map(door).collect(),
        devices: (0..DOORS).flat_map(devices).collect(),
        ..SiteDraft::default()
    };
    draft.build(&std::collections::BTreeMap::new()).expect("the site is whole")
}

/// One person for each door, with a grant for it.
fn records(site: &Site, site_key: &SiteKey) -> Records {
    let (by, generation) = (Actor::System, Generation::new(1));
    let validity = Validity { from: Wall::from_seconds(1_700_000_000), to: Wall::from_seconds(4_000_000_000) };
    let mut records = Records::default();
    for n in 0..DOORS {
        let person = PersonId::new(n + 1);
        let door: DoorId = site.find_door(&format!("lon1/d{n}")).expect("a door").id;
        let grant = Grant {
            id: GrantId::new(n + 1),
            person,
            right: GrantRight::Doors { doors: Box::new([door]), when: When::Weekly(Weekly::always()) },
            validity,
            reason: "bench".into(),
            ticket: None,
            uses: Uses::Unlimited,
            escort: EscortNeed::No,
            kind: GrantKind::Ordinary,
            state: GrantState::Active,
            requested_by: by,
            approval: Approval::None,
            approved_by: Vec::new(),
        };
        let credential = CredentialId::new(n + 1);
        let entries = [
            Entry::PersonCreated { person, by },
            Entry::CredentialAssigned {
                credential,
                person,
                key: site_key.credential_key(26, &card_bits(n)),
                validity,
                by,
                generation,
            },
            Entry::GrantCreated { grant, by, generation },
        ];
        for entry in entries {
            // The store starts empty, so these rows exist in memory alone and the journal begins after them.
            let stamped = Stamped { seq: records.head, at: Wall::from_seconds(1_700_000_000), entry };
            records.apply(&stamped, &mut Vec::new());
        }
    }
    records
}
