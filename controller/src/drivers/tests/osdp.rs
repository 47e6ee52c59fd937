//! The OSDP driver against simulated devices on a pseudo-terminal.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rackward_core::engine::input::{FailureCause, OfflineCause, SecurityTrouble};
use rackward_core::engine::output::PointState;
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_protocol::osdp::{
    Action, Address, Baud, BuzzerTone, DeviceIdentity, LedColour, LedPermanent, LedTemporary, Micros, NoEntropy,
    Peripheral, PeripheralConfig, Scbk,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_serial::{SerialPort, SerialStream};

use super::*;
use crate::drivers::{BusDevice, BusSettings, Profile};

const READER: DeviceId = DeviceId::new(1);
const LOCK: DeviceId = DeviceId::new(2);
const HANDLE: DeviceId = DeviceId::new(3);
const FENCE: DeviceId = DeviceId::new(4);
const BAUD: u32 = 115_200;

type Hand = Box<dyn FnOnce(&mut Peripheral) + Send>;

/// Four devices on one line, driven by a task that plays their firmware.
struct Hardware {
    hands: mpsc::Sender<(DeviceId, Hand)>,
    actions: mpsc::Receiver<(DeviceId, Action)>,
    unplugged: CancellationToken,
    player: tokio::task::JoinHandle<()>,
}

fn address(device: DeviceId) -> u8 {
    device.get() as u8
}

fn key(device: DeviceId) -> [u8; 16] {
    std::array::from_fn(|i| address(device) * 50 + i as u8)
}

fn peripheral(device: DeviceId, key: [u8; 16]) -> Peripheral {
    let (inputs, outputs, readers) = match device {
        READER => (0, 0, 1),
        LOCK => (3, 1, 0),
        HANDLE => (4, 1, 1),
        _ => (2, 0, 0),
    };
    let serial = device.get();
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial, firmware: [1, 2, 3] };
    let address = Address::parse(address(device)).unwrap();
    let config = PeripheralConfig::new(address, Scbk::parse(key).unwrap(), identity, inputs, outputs, readers);
    let mut peripheral = Peripheral::new(config, |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy));
    for input in 0..inputs.min(3) {
        // Closed, locked, handle home; exit button and zones at rest.
        let rests = device == FENCE || (device == LOCK && input == 2);
        peripheral.set_input(input, u8::from(!rests));
    }
    peripheral
}

/// Plugs the devices in at the far end of a new pseudo-terminal and makes `path` lead to the near end.
fn plug(path: &Path, wrong_key: Option<DeviceId>) -> Hardware {
    let (far, near) = SerialStream::pair().unwrap();
    let _ = std::fs::remove_file(path);
    symlink(near.name().unwrap(), path).unwrap();
    let devices = [READER, LOCK, HANDLE, FENCE].map(|device| {
        let key =
            if wrong_key == Some(device) { [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6] } else { key(device) };
        (device, peripheral(device, key))
    });
    let (hands, told) = mpsc::channel(16);
    let (acted, actions) = mpsc::channel(1024);
    let unplugged = CancellationToken::new();
    let player = tokio::spawn(play(far, near, Vec::from(devices), told, acted, unplugged.clone()));
    Hardware { hands, actions, unplugged, player }
}

async fn play(
    mut far: SerialStream,
    // Held open, so that the line is there before the driver opens it; never read.
    near: SerialStream,
    mut devices: Vec<(DeviceId, Peripheral)>,
    mut told: mpsc::Receiver<(DeviceId, Hand)>,
    acted: mpsc::Sender<(DeviceId, Action)>,
    unplugged: CancellationToken,
) {
    let now = || Micros(clock().monotonic.as_micros());
    let mut buffer = [0; 512];
    loop {
        for (device, peripheral) in &mut devices {
            peripheral.handle_timeout(now());
            while let Some(bytes) = peripheral.poll_transmit(now()) {
                far.write_all(&bytes).await.unwrap();
            }
            while let Some(action) = peripheral.poll_action() {
                acted.try_send((*device, action)).unwrap();
            }
        }
        let deadline = devices.iter().filter_map(|(_, peripheral)| peripheral.next_deadline()).min();
        let pause = deadline.map_or(Duration::from_secs(1), |at| at.since(now()));
        tokio::select! {
            () = unplugged.cancelled() => break,
            read = far.read(&mut buffer) => {
                let count = read.unwrap();
                for (_, peripheral) in &mut devices {
                    peripheral.handle_bytes(now(), &buffer[..count]);
                }
            }
            Some((device, hand)) = told.recv() => {
                let (_, peripheral) = devices.iter_mut().find(|(id, _)| *id == device).unwrap();
                hand(peripheral);
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
    drop(near);
}

impl Hardware {
    async fn hand(&self, device: DeviceId, hand: impl FnOnce(&mut Peripheral) + Send + 'static) {
        self.hands.send((device, Box::new(hand))).await.unwrap();
    }

    async fn until(&mut self, device: DeviceId, what: &str, is_wanted: impl Fn(&Action) -> bool) -> Action {
        in_time(what, async {
            loop {
                let (from, action) = self.actions.recv().await.unwrap();
                if from == device && is_wanted(&action) {
                    return action;
                }
            }
        })
        .await
    }

    async fn unplug(self) {
        self.unplugged.cancel();
        self.player.await.unwrap();
    }
}

fn settings(path: &Path) -> Settings {
    let device = |device: DeviceId, name: &str, profile| {
        BusDevice::new(
            device,
            name,
            Address::parse(address(device)).unwrap(),
            Scbk::parse(key(device)).unwrap(),
            profile,
        )
    };
    let devices = vec![
        device(READER, "reader", Profile::Reader),
        device(LOCK, "lock", Profile::Lock),
        device(HANDLE, "handle", Profile::Handle),
        device(FENCE, "fence", Profile::Inputs { zones: 2 }),
    ];
    let bus = BusSettings {
        name: "hall".to_owned(),
        port: path.to_path_buf(),
        baud: Baud::parse(BAUD).unwrap(),
        rs485: crate::drivers::Rs485::default(),
        sharing: rackward_protocol::osdp::Sharing::ByUse,
        devices,
    };
    Settings { buses: vec![bus], ..Settings::default() }
}

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("port");
    (dir, path)
}

fn lock_facts(contact: Contact) -> DeviceReport {
    DeviceReport::Facts(Facts { contact, lock: Lock::Locked, handle: None, key: None, latch: None })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_come_online_and_report_all_there_is() {
    let (_dir, path) = place();
    let hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    let first = rig.until(LOCK, "online", |report| matches!(report, DeviceReport::Online(_))).await;
    let DeviceReport::Online(identity) = first else { unreachable!() };
    assert_eq!((identity.serial.as_str(), identity.firmware.as_str()), ("00000002", "1.2.3"));
    rig.expect(LOCK, lock_facts(Contact::Closed)).await;

    hardware.hand(LOCK, |lock| lock.set_input(0, 0)).await;
    rig.expect(LOCK, lock_facts(Contact::Open)).await;
    hardware.hand(LOCK, |lock| lock.set_input(0, 7)).await;
    rig.expect(LOCK, lock_facts(Contact::Fault)).await;
    hardware.hand(LOCK, |lock| lock.set_input(2, 1)).await;
    rig.expect(LOCK, DeviceReport::ExitRequested).await;
    hardware.hand(LOCK, |lock| lock.set_local(true, false)).await;
    rig.expect(LOCK, DeviceReport::Tamper(true)).await;
    hardware.hand(LOCK, |lock| lock.set_local(false, true)).await;
    rig.expect(LOCK, DeviceReport::PowerFault(true)).await;
    hardware.hand(FENCE, |fence| fence.set_input(1, 1)).await;
    rig.expect(FENCE, DeviceReport::Inputs(vec![false, true])).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_and_a_pin_come_from_a_reader_and_from_a_handle() {
    let (_dir, path) = place();
    let hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    rig.online(READER).await;
    hardware.hand(READER, |reader| reader.card(0, 26, &[0x81, 2, 3, 0]).unwrap()).await;
    rig.expect(READER, card_report(26, &[0x81, 2, 3, 0])).await;
    hardware.hand(READER, |reader| reader.keypad(0, b"47").unwrap()).await;
    hardware.hand(READER, |reader| reader.keypad(0, b"11\r").unwrap()).await;
    let typed = rig.until(READER, "digits", |report| matches!(report, DeviceReport::Pin(_))).await;
    let DeviceReport::Pin(digits) = typed else { unreachable!() };
    assert_eq!(digits.reveal(), "4711");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_drives_the_lock_until_its_own_timer_or_a_relock_ends_it() {
    let (_dir, path) = place();
    let mut hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    rig.online(LOCK).await;
    let is = |wanted| move |action: &Action| *action == Action::Output { index: 0, on: wanted };

    rig.release(LOCK, 1, 1).unwrap();
    hardware.until(LOCK, "strike released", is(true)).await;
    rig.expect(LOCK, DeviceReport::Done(CommandId::new(1))).await;
    hardware.until(LOCK, "strike locked by its timer", is(false)).await;

    rig.release(LOCK, 2, 3_000).unwrap();
    hardware.until(LOCK, "strike released", is(true)).await;
    rig.drivers.dispatch(Output::Relock { device: LOCK, command: CommandId::new(3) }).unwrap();
    rig.expect(LOCK, DeviceReport::Done(CommandId::new(3))).await;
    hardware.until(LOCK, "strike locked by order", is(false)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_cannot_be_carried_out_fails_at_once() {
    let (_dir, path) = place();
    let _hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    rig.online(LOCK).await;
    let failed = |number, cause| DeviceReport::Failed(CommandId::new(number), cause);
    rig.drivers
        .dispatch(Output::Release {
            device: LOCK,
            command: CommandId::new(1),
            duration: Duration::from_secs(5),
            not_after: Monotonic::from_micros(0),
            cause: ReleaseCause::Admitted,
        })
        .unwrap();
    rig.expect(LOCK, failed(1, FailureCause::Expired)).await;
    rig.release(READER, 2, 5).unwrap();
    rig.expect(READER, failed(2, FailureCause::Refused)).await;
    let nowhere = DeviceId::new(99);
    let undelivered = rig.release(nowhere, 3, 5).unwrap_err();
    assert_eq!(undelivered.report(), Some((nowhere, failed(3, FailureCause::Offline))));
    // The engine would wait for half a day for the end of a transfer that nobody has begun.
    let command = CommandId::new(4);
    let task = DeviceTask::SendFirmware { image: [0; 32], version: [1, 0, 0] };
    let undelivered = rig.drivers.dispatch(Output::StartJob { device: nowhere, command, task }).unwrap_err();
    assert_eq!(undelivered.report(), Some((nowhere, DeviceReport::JobEnded(command, JobOutcome::Lost))));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feedback_is_shown_where_people_look() {
    let (_dir, path) = place();
    let mut hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    rig.online(READER).await;
    rig.show(READER, Feedback::State(PointState::Ready));
    let shown = hardware.until(READER, "the ready light", |action| matches!(action, Action::Led(_))).await;
    let Action::Led(record) = shown else { unreachable!() };
    let LedPermanent::Show(rhythm) = record.permanent else { panic!("{record:?}") };
    assert_eq!((rhythm.on, rhythm.off, rhythm.on_colour), (1, 49, LedColour::Blue));
    hardware
        .until(
            READER,
            "silence",
            |action| matches!(action, Action::Buzzer(buzzer) if buzzer.tone == BuzzerTone::Silent),
        )
        .await;

    rig.show(READER, Feedback::Granted { release_time: Duration::from_secs(5), place: None });
    let shown = hardware.until(READER, "the go light", |action| matches!(action, Action::Led(_))).await;
    let Action::Led(record) = shown else { unreachable!() };
    let LedTemporary::Show { rhythm, timer } = record.temporary else { panic!("{record:?}") };
    assert_eq!((rhythm.on_colour, timer.get(), record.permanent), (LedColour::Green, 20, LedPermanent::Keep));
    let sounded = hardware.until(READER, "the go sound", |action| matches!(action, Action::Buzzer(_))).await;
    let Action::Buzzer(buzzer) = sounded else { unreachable!() };
    assert_eq!((buzzer.on, buzzer.off, buzzer.count), (2, 0, 1));
    hardware.until(READER, "the text", |action| matches!(action, Action::Text(text) if text.text == b"OPEN 5s")).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_vanishes_takes_its_devices_along_and_brings_them_back() {
    let (_dir, path) = place();
    let hardware = plug(&path, None);
    let mut rig = start(settings(&path)).await;
    rig.online(LOCK).await;
    hardware.unplug().await;
    let down = DeviceReport::Offline(OfflineCause::LinkDown);
    rig.expect(LOCK, down.clone()).await;
    rig.release(LOCK, 1, 5).unwrap();
    rig.expect(LOCK, DeviceReport::Failed(CommandId::new(1), FailureCause::Offline)).await;

    let hardware = plug(&path, None);
    rig.online(LOCK).await;
    rig.expect(LOCK, lock_facts(Contact::Closed)).await;
    hardware.hand(HANDLE, |handle| handle.set_input(2, 0)).await;
    let lifted = Facts {
        contact: Contact::Closed,
        lock: Lock::Locked,
        handle: Some(HandlePosition::Open),
        key: Some(Key::Home),
        latch: None,
    };
    rig.expect(HANDLE, DeviceReport::Facts(lifted)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_not_there_yet_is_waited_for() {
    let (_dir, path) = place();
    let mut rig = start(settings(&path)).await;
    rig.expect(READER, DeviceReport::Offline(OfflineCause::LinkDown)).await;
    let _hardware = plug(&path, None);
    rig.online(READER).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_with_the_wrong_key_is_not_believed_and_does_not_disturb_the_others() {
    let (_dir, path) = place();
    let hardware = plug(&path, Some(READER));
    let mut rig = start(settings(&path)).await;
    rig.expect(READER, DeviceReport::Security(SecurityTrouble::WrongKey)).await;
    rig.online(LOCK).await;
    hardware.hand(LOCK, |lock| lock.set_input(0, 0)).await;
    rig.expect(LOCK, lock_facts(Contact::Open)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_engine_loses_no_report() {
    let (_dir, path) = place();
    let hardware = plug(&path, None);
    let mut rig = try_start(settings(&path), 1).await.unwrap();
    rig.online(FENCE).await;
    rig.expect(FENCE, DeviceReport::Inputs(vec![false, false])).await;
    hardware.hand(FENCE, |fence| fence.set_input(0, 1)).await;
    hardware.hand(READER, |_| {}).await;
    hardware.hand(FENCE, |fence| fence.set_input(1, 1)).await;
    rig.expect(FENCE, DeviceReport::Inputs(vec![true, true])).await;
    rig.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let (_dir, path) = place();
    let check = async |spoil: fn(&mut BusSettings), expect: &str| {
        let mut settings = settings(&path);
        spoil(&mut settings.buses[0]);
        let refused = try_start(settings, 1).await.err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some(expect));
    };
    check(
        |bus| bus.devices[1].address = Address::parse(1).unwrap(),
        "devices \"reader\" and \"lock\" have the same address on bus \"hall\"; give each its own",
    )
    .await;
}
