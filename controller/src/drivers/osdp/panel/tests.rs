//! Stories of one bus in virtual time: the panel at one end, simulated devices at the other, no port between them.

mod jobs;

use std::sync::Arc;
use std::time::Duration;

use rackward_core::Feedback;
use rackward_core::engine::input::{LineFault, OfflineCause as CoreOffline};
use rackward_core::engine::output::PointState;
use rackward_core::people::CredentialKey;
use rackward_protocol::osdp::{
    Action, FileIntake, FileVerdict, LedColour, LedPermanent, NoEntropy, Peripheral, PeripheralConfig, PeripheralKey,
};

use super::*;
use rackward_protocol::osdp::{Baud, Scbk};

const READER: DeviceId = DeviceId::new(1);
const LOCK: DeviceId = DeviceId::new(2);

/// The panel, two devices, one clock; bytes take no time.
struct Line {
    panel: Panel,
    devices: Vec<Peripheral>,
    now: Monotonic,
    reports: Vec<(DeviceId, DeviceReport)>,
    actions: Vec<(DeviceId, Action)>,
    /// Whether nothing gets through.
    is_cut: bool,
}

/// Different on every draw, and the same in every run.
fn entropy(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> {
    let mut state = seed;
    move |out| {
        for byte in out {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 33) as u8;
        }
        Ok(())
    }
}

fn key(device: DeviceId) -> [u8; 16] {
    std::array::from_fn(|i| device.get() as u8 * 50 + i as u8)
}

fn peripheral(device: DeviceId, serial: u32) -> Peripheral {
    peripheral_with(device, serial, Scbk::parse(key(device)).unwrap().into())
}

fn peripheral_with(device: DeviceId, serial: u32, key: PeripheralKey) -> Peripheral {
    let (inputs, outputs, readers) = if device == READER { (0, 0, 1) } else { (3, 1, 0) };
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial, firmware: [1, 2, 3] };
    let address = Address::parse(device.get() as u8).unwrap();
    let config = PeripheralConfig {
        files: Some(FileIntake { limit_bytes: 1 << 20, delay: Duration::ZERO }),
        ..PeripheralConfig::new(address, key, identity, inputs, outputs, readers)
    };
    Peripheral::new(config, entropy(u64::from(serial)))
}

fn settings() -> BusSettings {
    let device = |device: DeviceId, name: &str, profile| {
        let address = Address::parse(device.get() as u8).unwrap();
        BusDevice::new(device, name, address, Scbk::parse(key(device)).unwrap(), profile)
    };
    BusSettings {
        name: "hall".to_owned(),
        port: "/dev/null".into(),
        baud: Baud::parse(115_200).unwrap(),
        rs485: crate::drivers::Rs485::default(),
        sharing: rackward_protocol::osdp::Sharing::ByUse,
        devices: vec![device(READER, "reader", Profile::Reader), device(LOCK, "lock", Profile::Lock)],
    }
}

fn card_key() -> CardKey {
    Arc::new(|_, _: &[u8]| CredentialKey::from_keyed_hash([0; 16]))
}

fn line() -> Line {
    let now = Monotonic::from_micros(1_000_000);
    let panel = Panel::new(settings(), now, entropy(99), card_key()).unwrap();
    let devices = vec![peripheral(READER, 1), peripheral(LOCK, 2)];
    Line { panel, devices, now, reports: Vec::new(), actions: Vec::new(), is_cut: false }
}

impl Line {
    fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.panel.handle_timeout(self.now);
            while let Some(frame) = self.panel.poll_transmit(self.now) {
                self.carry(&frame);
            }
            while self.panel.has_report(self.now) {
                self.reports.extend(self.panel.take_report());
            }
            self.now = self.now.after(Duration::from_millis(1));
        }
    }

    fn carry(&mut self, frame: &[u8]) {
        if self.is_cut {
            return;
        }
        let now = micros(self.now);
        for (device, peripheral) in [READER, LOCK].into_iter().zip(&mut self.devices) {
            peripheral.handle_bytes(now, frame);
            peripheral.handle_timeout(now);
            while let Some(answer) = peripheral.poll_transmit(now) {
                self.panel.handle_bytes(self.now, &answer);
            }
            while let Some(action) = peripheral.poll_action() {
                if let Action::File { .. } = action {
                    peripheral.judge_file(FileVerdict::Processed);
                }
                self.actions.push((device, action));
            }
        }
    }

    /// A line whose devices are online and whose first reports are forgotten.
    fn online() -> Self {
        let mut line = line();
        line.run(1_000);
        for device in [READER, LOCK] {
            let online = |(from, report): &(DeviceId, DeviceReport)| {
                *from == device && matches!(report, DeviceReport::Online(_))
            };
            assert!(line.reports.iter().any(online), "{:?}", line.reports);
        }
        line.reports.clear();
        line.actions.clear();
        line
    }

    fn order(&mut self, device: DeviceId, task: Task) {
        self.panel.order(self.now, Order { device, task });
    }

    fn release(&mut self, number: u64) {
        let not_after = self.now.after(Duration::from_secs(5));
        let command = CommandId::new(number);
        self.order(LOCK, Task::Release { command, duration: Duration::from_secs(5), not_after });
    }
}

#[test]
fn a_release_overtakes_all_the_lights_that_wait() {
    let mut line = Line::online();
    for _ in 0..4 {
        line.order(READER, Task::Show(Feedback::EnterPin));
    }
    line.release(1);
    line.run(1_000);
    let strike = line.actions.iter().position(|(_, action)| *action == Action::Output { index: 0, on: true });
    let lights = line.actions.iter().filter(|(_, action)| matches!(action, Action::Led(_))).count();
    assert_eq!((lights, line.reports), (4, vec![(LOCK, DeviceReport::Done(CommandId::new(1)))]));
    assert!(strike.is_some_and(|at| at <= 1), "{:?}", line.actions);
}

#[test]
fn a_lasting_state_that_found_the_queue_full_is_shown_when_there_is_room() {
    let mut line = Line::online();
    for _ in 0..40 {
        line.order(READER, Task::Show(Feedback::EnterPin));
    }
    line.order(READER, Task::Show(Feedback::State(PointState::OutOfService)));
    line.run(2_000);
    let shown = line.actions.iter().rev().find_map(|(_, action)| match action {
        Action::Led(record) => Some(record.permanent),
        _ => None,
    });
    let Some(LedPermanent::Show(rhythm)) = shown else { panic!("{shown:?}") };
    assert_eq!(rhythm.on_colour, LedColour::Magenta);
}

#[test]
fn a_result_that_came_too_late_is_not_shown_and_a_lasting_state_is() {
    let granted = Feedback::Granted { release_time: Duration::from_secs(10), place: None };
    let shown_after = |away: u64| {
        let mut line = Line::online();
        line.is_cut = true;
        line.order(READER, Task::Show(granted));
        line.order(READER, Task::Show(Feedback::State(PointState::Blocked)));
        line.run(away);
        line.is_cut = false;
        line.run(4_000);
        let lights = line.actions.iter().filter_map(|(_, action)| match action {
            Action::Led(record) => Some((record.temporary, record.permanent)),
            _ => None,
        });
        let lights: Vec<_> = lights.collect();
        let is_green =
            |(temporary, _): &(_, _)| matches!(temporary, rackward_protocol::osdp::LedTemporary::Show { .. });
        let is_blocked = |(_, permanent): &(_, _)| matches!(permanent, LedPermanent::Show(_));
        (lights.iter().any(is_green), lights.iter().any(is_blocked))
    };
    assert_eq!(shown_after(300), (true, true));
    assert_eq!(shown_after(3_000), (false, true), "a green light would outlast the lock");
}

#[test]
fn a_line_that_is_lost_fails_what_waits_and_says_so_once() {
    let mut line = Line::online();
    line.release(1);
    line.panel.line_lost(line.now);
    while line.panel.has_report(line.now) {
        line.reports.extend(line.panel.take_report());
    }
    let down = DeviceReport::Offline(CoreOffline::LinkDown);
    let failed = DeviceReport::Failed(CommandId::new(1), FailureCause::Offline);
    assert_eq!(line.reports, [(LOCK, failed), (READER, down.clone()), (LOCK, down)]);
    assert!(line.panel.releases_waiting.is_empty());
}

#[test]
fn a_release_to_a_line_that_is_lost_fails_at_once() {
    let mut line = Line::online();
    line.panel.line_lost(line.now);
    while line.panel.has_report(line.now) {
        line.panel.take_report();
    }
    line.release(2);
    assert!(line.panel.has_report(line.now));
    let failed = DeviceReport::Failed(CommandId::new(2), FailureCause::Offline);
    assert_eq!(line.panel.take_report(), Some((LOCK, failed)));
}

#[test]
fn an_exit_button_that_is_found_pressed_when_the_line_returns_opens_nothing() {
    let mut line = Line::online();
    line.devices[1].set_input(2, 1);
    line.run(500);
    assert!(line.reports.contains(&(LOCK, DeviceReport::ExitRequested)));
    line.panel.line_lost(line.now);
    line.panel.restart(line.now);
    line.reports.clear();
    line.run(2_000);
    assert!(line.reports.iter().any(|(from, report)| *from == LOCK && matches!(report, DeviceReport::Online(_))));
    assert!(!line.reports.contains(&(LOCK, DeviceReport::ExitRequested)), "{:?}", line.reports);
}

/// Whether it is the right one is the core's to say, by who it says it is.
#[test]
fn another_device_in_the_place_of_the_old_one_is_reported_as_who_it_is() {
    let mut line = Line::online();
    line.panel.line_lost(line.now);
    line.devices[1] = peripheral(LOCK, 77);
    line.panel.restart(line.now);
    line.reports.clear();
    line.run(2_000);
    let serials = line.reports.iter().filter_map(|(from, report)| match report {
        DeviceReport::Online(identity) if *from == LOCK => Some(identity.serial.as_str()),
        _ => None,
    });
    assert_eq!(serials.collect::<Vec<_>>(), ["0000004d"]);
    assert!(!line.reports.iter().any(|(_, report)| matches!(report, DeviceReport::Security(_))), "{:?}", line.reports);
}

#[test]
fn faults_of_input_lines_are_told_when_they_change() {
    let mut line = Line::online();
    let supervision = |line: &mut Line, inputs: [u8; 3]| {
        line.reports.clear();
        (0..).zip(inputs).for_each(|(index, value)| line.devices[1].set_input(index, value));
        line.run(1_000);
        let told = line.reports.iter().filter_map(|(from, report)| match report {
            DeviceReport::Supervision(faults) if *from == LOCK => Some(faults.clone()),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let fault = |input, fault| InputFault { input, fault };
    assert!(supervision(&mut line, [1, 1, 0]).is_empty());
    let last = supervision(&mut line, [3, 1, 2]).pop();
    assert_eq!(last, Some(vec![fault(0, LineFault::Cut), fault(2, LineFault::Short)]));
    assert!(supervision(&mut line, [3, 1, 2]).is_empty());
    assert_eq!(supervision(&mut line, [1, 1, 0]).pop(), Some(vec![]));
}

#[test]
fn more_releases_than_a_lock_can_use_are_refused() {
    let mut line = Line::online();
    for number in 1..=9 {
        line.release(number);
    }
    line.run(500);
    let fates: Vec<&DeviceReport> = line.reports.iter().map(|(_, report)| report).collect();
    let refused = fates.iter().filter(|fate| matches!(fate, DeviceReport::Failed(_, FailureCause::Overload))).count();
    let done = fates.iter().filter(|fate| matches!(fate, DeviceReport::Done(_))).count();
    assert_eq!(refused + done, 9, "{fates:?}");
    assert!(refused > 0 && done > 0, "{fates:?}");
}
