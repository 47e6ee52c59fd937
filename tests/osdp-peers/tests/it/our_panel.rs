//! Our panel and libosdp's device.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use libosdp::{
    OsdpCommand, OsdpCommandMfg, OsdpError, OsdpEvent, OsdpEventCardRead, OsdpEventKeyPress, OsdpFileOps, OsdpFlag,
    OsdpStatusReport, OsdpStatusReportType, PdCapEntity, PdCapability, PdId, PdInfoBuilder, PeripheralDevice,
};
use rackward_osdp_peers::Clock;
use rackward_osdp_peers::pty::Pty;
use rackward_osdp_peers::theirs::{Terminal, wait_for_bytes};
use rackward_protocol::osdp::{
    Address, Baud, Bus, BusConfig, BusEvent, BuzzerRecord, BuzzerTone, CommandTag, DeviceConfig, DeviceIdentity,
    DeviceRole, Failure, Job, JobEvent, LedColour, LedPermanent, LedRecord, LedTemporary, Micros, NoEntropy,
    OutputAction, PanelCommand, ProvenKey, Rhythm, Scbk, SecurityTrouble, Sensitive, TextDuration, TextRecord, Ticks,
    Urgency,
};

use crate::table::{Table, Way, same, text_of, until};

const KEY: [u8; 16] = [0x5A, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const FRESH: [u8; 16] = [0xC3, 16, 2, 30, 4, 50, 6, 70, 8, 90, 10, 110, 12, 130, 14, 150];
const ADDRESS: u8 = 5;
const IDENTITY: DeviceIdentity =
    DeviceIdentity { oui: [0xA0, 0xB2, 0xFE], model: 0x23, version: 0x74, serial: 0x0102_0304, firmware: [1, 2, 3] };

/// What their device was told, and what it has.
type Told = Receiver<OsdpCommand>;

/// Our panel and their device on one line, turned by hand.
struct Rig {
    clock: Clock,
    bus: Bus,
    pty: Pty,
    ear: std::os::fd::OwnedFd,
    device: PeripheralDevice,
    told: Told,
    events: VecDeque<BusEvent>,
    /// So many replies are lost on the way.
    lose: u32,
    file: Arc<Mutex<Vec<u8>>>,
    tag: u64,
}

pub(crate) fn run(table: &mut Table) {
    let rows: [(&str, fn() -> Result<(), String>); 19] = [
        ("Secure Channel, own key; ID, CAP, states", identity_and_states),
        ("POLL, for two seconds", polls),
        ("OUT with timer", output),
        ("LED, temporary and permanent", led),
        ("BUZ", buzzer),
        ("TEXT", text),
        ("LSTAT, tamper", local),
        ("ISTAT", inputs),
        ("OSTAT", outputs),
        ("RSTAT", readers),
        ("RAW, 26 bits of Wiegand", card),
        ("RAW, 40 bits unformatted", long_card),
        ("KEYPAD", keypad),
        ("MFG", manufacturer),
        ("KEYSET, proven by a new session", key_roll),
        ("COMSET, another address", line_settings),
        ("FILETRANSFER", file),
        ("a lost reply: nobody offline, nothing twice", lost_reply),
        ("another key: no session", wrong_key),
    ];
    for (message, row) in rows {
        table.row(message, Way::OurPanel, row());
    }
}

impl Rig {
    fn start(panel_key: [u8; 16]) -> Result<Self, String> {
        let pty = Pty::make().map_err(text_of)?;
        let terminal = Terminal::open(1, &pty.path).map_err(text_of)?;
        let ear = terminal.ear().map_err(text_of)?;
        let (device, told, file) = device(terminal).map_err(text_of)?;
        let entropy = |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy);
        let clock = Clock::start();
        let mut bus = Bus::new(BusConfig::new(Baud::B115200), entropy);
        let key = Scbk::parse(panel_key).map_err(text_of)?;
        let address = Address::parse(ADDRESS).map_err(text_of)?;
        bus.add(Micros(0), address, DeviceConfig::new(key, DeviceRole::Reader));
        Ok(Self { clock, bus, pty, ear, device, told, events: VecDeque::new(), lose: 0, file, tag: 0 })
    }

    fn online() -> Result<Self, String> {
        let mut rig = Self::start(KEY)?;
        rig.event("Online", |event| matches!(event, BusEvent::Online { .. }))?;
        // The states that are read then are told right after.
        rig.turn_for(Duration::from_millis(200))?;
        rig.events.clear();
        while rig.told.try_recv().is_ok() {}
        Ok(rig)
    }

    fn now(&self) -> Micros {
        Micros(self.clock.nanos() / 1_000)
    }

    fn turn(&mut self) -> Result<(), String> {
        let mut buffer = [0; 2048];
        match rustix::io::read(&self.pty.controller, &mut buffer) {
            Ok(count) if self.lose > 0 && count > 0 => self.lose -= 1,
            Ok(count) => self.bus.handle_bytes(self.now(), &buffer[..count]),
            Err(rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(text_of(error)),
        }
        self.bus.handle_timeout(self.now());
        while let Some(frame) = self.bus.poll_transmit(self.now()) {
            rustix::io::write(&self.pty.controller, &frame).map_err(text_of)?;
        }
        while let Some((_, event)) = self.bus.poll_event() {
            self.events.push_back(event);
        }
        self.device.refresh();
        wait_for_bytes(&self.ear).map_err(text_of)
    }

    fn turn_for(&mut self, span: Duration) -> Result<(), String> {
        let end = self.clock.nanos() + span.as_nanos() as u64;
        while self.clock.nanos() < end {
            self.turn()?;
        }
        Ok(())
    }

    /// The next event of this kind; others are passed over.
    fn event(&mut self, what: &str, wanted: impl Fn(&BusEvent) -> bool) -> Result<BusEvent, String> {
        let seen = RefCell::new(Vec::new());
        let found = until(what, || {
            self.turn()?;
            while let Some(event) = self.events.pop_front() {
                if wanted(&event) {
                    return Ok(Some(event));
                }
                seen.borrow_mut().push(event);
            }
            Ok(None)
        });
        found.map_err(|why| format!("{why}; seen {:?}", seen.into_inner()))
    }

    /// What their device is told next, once our panel has heard that it was carried out.
    fn carried_out(&mut self, command: PanelCommand) -> Result<Option<OsdpCommand>, String> {
        self.tag += 1;
        let (now, tag) = (self.now(), CommandTag(self.tag));
        let address = Address::parse(ADDRESS).map_err(text_of)?;
        self.bus.send(now, address, command, tag, Urgency::Normal, None).map_err(text_of)?;
        let fate = self.event(
            "answer",
            |event| matches!(event, BusEvent::Done { tag: done } | BusEvent::Failed { tag: done, .. } if *done == tag),
        )?;
        match fate {
            BusEvent::Done { .. } => Ok(self.told.try_recv().ok()),
            other => Err(format!("{other:?}")),
        }
    }

    /// The state that is told in answer to a question.
    fn asked(&mut self, command: PanelCommand, wanted: impl Fn(&BusEvent) -> bool) -> Result<BusEvent, String> {
        self.tag += 1;
        let (now, tag) = (self.now(), CommandTag(self.tag));
        let address = Address::parse(ADDRESS).map_err(text_of)?;
        self.bus.send(now, address, command, tag, Urgency::Normal, None).map_err(text_of)?;
        self.event("state", wanted)
    }

    fn job(&mut self, job: Job) -> Result<(), String> {
        let address = Address::parse(ADDRESS).map_err(text_of)?;
        self.bus.begin_job(self.now(), address, job).map_err(text_of)
    }

    fn job_done(&mut self) -> Result<Address, String> {
        let is_end = |event: &BusEvent| matches!(event, BusEvent::Job(JobEvent::Done { .. } | JobEvent::Failed(_)));
        match self.event("end of the job", is_end)? {
            BusEvent::Job(JobEvent::Done { address, .. }) => Ok(address),
            other => Err(format!("{other:?}")),
        }
    }
}

/// Their device, what it is told, and the file it receives.
fn device(terminal: Terminal) -> Result<(PeripheralDevice, Told, Arc<Mutex<Vec<u8>>>), OsdpError> {
    let one = || PdCapEntity::new(1, 1);
    let capabilities = [
        PdCapability::ContactStatusMonitoring(PdCapEntity::new(1, 2)),
        PdCapability::OutputControl(PdCapEntity::new(4, 2)),
        PdCapability::CardDataFormat(one()),
        PdCapability::LedControl(PdCapEntity::new(4, 1)),
        PdCapability::AudibleOutput(PdCapEntity::new(2, 1)),
        PdCapability::TextOutput(one()),
        PdCapability::CheckCharacterSupport(PdCapEntity::new(1, 0)),
        PdCapability::CommunicationSecurity(one()),
        PdCapability::Readers(PdCapEntity::new(0, 1)),
    ];
    let id = PdId {
        version: IDENTITY.version,
        model: IDENTITY.model,
        vendor_code: (0xA0, 0xB2, 0xFE),
        serial_number: [4, 3, 2, 1],
        firmware_version: (3, 2, 1),
    };
    let info = PdInfoBuilder::new().address(i32::from(ADDRESS))?.baud_rate(115_200)?;
    let info = info.flag(OsdpFlag::EnforceSecure).secure_channel_key(KEY).id(&id).capabilities(&capabilities);
    let mut device = PeripheralDevice::new(info, Box::new(terminal))?;
    let (tell, told) = channel();
    device.set_command_callback(move |command: &mut OsdpCommand| match command {
        OsdpCommand::Status(report) => {
            *report = status_of(report.type_);
            0
        }
        OsdpCommand::Mfg(message) => {
            let _nobody_asks = tell.send(OsdpCommand::Mfg(message.clone()));
            message.data = vec![0xBE, 0xEF];
            1
        }
        other => {
            let _nobody_asks = tell.send(other.clone());
            0
        }
    });
    let file = Arc::new(Mutex::new(Vec::new()));
    device.register_file_ops(Box::new(Shelf(Arc::clone(&file))))?;
    Ok((device, told, file))
}

fn status_of(kind: OsdpStatusReportType) -> OsdpStatusReport {
    let (nr_entries, first): (usize, [u8; 2]) = match kind {
        OsdpStatusReportType::Input => (2, [1, 0]),
        OsdpStatusReportType::Output => (2, [0, 1]),
        OsdpStatusReportType::Remote => (1, [1, 0]),
        OsdpStatusReportType::Local => (2, [1, 0]),
    };
    let mut report = [0; 64];
    report[..2].copy_from_slice(&first);
    OsdpStatusReport { type_: kind, nr_entries, report }
}

/// Where their device puts a file.
struct Shelf(Arc<Mutex<Vec<u8>>>);

impl OsdpFileOps for Shelf {
    fn open(&mut self, _id: i32, _read_only: bool) -> Result<usize, OsdpError> {
        Ok(0)
    }

    fn offset_read(&self, _into: &mut [u8], _offset: u64) -> Result<usize, OsdpError> {
        Err(OsdpError::FileTransfer("write only"))
    }

    fn offset_write(&self, bytes: &[u8], offset: u64) -> Result<usize, OsdpError> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, to) = (offset as usize, offset as usize + bytes.len());
        if file.len() < to {
            file.resize(to, 0);
        }
        file[from..to].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn close(&mut self) -> Result<(), OsdpError> {
        Ok(())
    }
}

fn identity_and_states() -> Result<(), String> {
    let mut rig = Rig::start(KEY)?;
    let online = rig.event("Online", |event| matches!(event, BusEvent::Online { .. }))?;
    let BusEvent::Online { identity, capabilities } = online else { return Err("not online".into()) };
    same((identity.oui, identity.model, identity.version), (IDENTITY.oui, IDENTITY.model, IDENTITY.version))?;
    same(capabilities.iter().any(|able| able.function == 2 && able.level == 4 && able.count == 2), true)?;
    same(rig.device.is_sc_active(), true)
}

fn polls() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let before = rig.bus.line_counts().frames;
    rig.turn_for(Duration::from_secs(2))?;
    let lost = rig.events.iter().any(|event| matches!(event, BusEvent::Offline { .. } | BusEvent::Security(_)));
    same(lost, false)?;
    let polled = rig.bus.line_counts().frames - before;
    if polled > 100 { Ok(()) } else { Err(format!("only {polled} answers in two seconds")) }
}

fn output() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let action = OutputAction::OnFor(Ticks::covering(Duration::from_secs(5)));
    match rig.carried_out(PanelCommand::Output { index: 1, action })? {
        Some(OsdpCommand::Output(told)) => same((told.output_no, told.control_code, told.timer_count), (1, 5, 50)),
        other => Err(format!("{other:?}")),
    }
}

fn led() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let rhythm = |on, off, on_colour| Rhythm { on, off, on_colour, off_colour: LedColour::Off };
    let record = LedRecord {
        reader: 0,
        led: 0,
        temporary: LedTemporary::Show {
            rhythm: rhythm(2, 1, LedColour::Green),
            timer: Ticks::parse(30).ok_or("ticks")?,
        },
        permanent: LedPermanent::Show(rhythm(1, 49, LedColour::Blue)),
    };
    match rig.carried_out(PanelCommand::Led(record))? {
        Some(OsdpCommand::Led(told)) => {
            let (now, then) = (told.temporary, told.permanent);
            same((now.control_code, now.on_count, now.off_count, now.timer_count), (2, 2, 1, 30))?;
            same((u8::from(now.on_color), then.control_code, then.on_count, then.off_count), (2, 1, 1, 49))?;
            same(u8::from(then.on_color), 4)
        }
        other => Err(format!("{other:?}")),
    }
}

fn buzzer() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let record = BuzzerRecord { reader: 0, tone: BuzzerTone::Default, on: 2, off: 3, count: 4 };
    match rig.carried_out(PanelCommand::Buzzer(record))? {
        Some(OsdpCommand::Buzzer(told)) => {
            same((told.control_code, told.on_count, told.off_count, told.rep_count), (2, 2, 3, 4))
        }
        other => Err(format!("{other:?}")),
    }
}

fn text() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let record =
        TextRecord { reader: 0, duration: TextDuration::Seconds(4), row: 1, column: 1, text: b"OPEN 5s".to_vec() };
    match rig.carried_out(PanelCommand::Text(record))? {
        Some(OsdpCommand::Text(told)) => {
            same((told.temp_time, told.offset_row, told.offset_col), (4, 1, 1))?;
            same(told.data.get(..7), Some(&b"OPEN 5s"[..]))
        }
        other => Err(format!("{other:?}")),
    }
}

fn local() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let told = rig.asked(PanelCommand::ReadLocal, |event| matches!(event, BusEvent::Local { .. }))?;
    same(told, BusEvent::Local { tamper: true, power_failed: false })
}

fn inputs() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let told = rig.asked(PanelCommand::ReadInputs, |event| matches!(event, BusEvent::Inputs(_)))?;
    same(told, BusEvent::Inputs(vec![1, 0]))
}

fn outputs() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let told = rig.asked(PanelCommand::ReadOutputs, |event| matches!(event, BusEvent::Outputs(_)))?;
    same(told, BusEvent::Outputs(vec![0, 1]))
}

fn readers() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let told = rig.asked(PanelCommand::ReadReaders, |event| matches!(event, BusEvent::Readers(_)))?;
    same(told, BusEvent::Readers(vec![1]))
}

fn shown(event: OsdpEvent) -> Result<(u16, Vec<u8>), String> {
    let mut rig = Rig::online()?;
    rig.device.notify_event(event).map_err(text_of)?;
    match rig.event("card", |event| matches!(event, BusEvent::Card { .. }))? {
        BusEvent::Card { bit_count, data, .. } => Ok((bit_count, data.expose().to_vec())),
        other => Err(format!("{other:?}")),
    }
}

fn card() -> Result<(), String> {
    let bits = vec![0x9F, 0x8D, 0x2C, 0x00];
    let event = OsdpEventCardRead::new_wiegand(26, bits.clone()).map_err(text_of)?;
    same(shown(OsdpEvent::CardRead(event))?, (26, bits))
}

fn long_card() -> Result<(), String> {
    let bits = vec![0x12, 0x34, 0x56, 0x78, 0x98];
    let event = OsdpEventCardRead::new_raw(bits.clone());
    same(shown(OsdpEvent::CardRead(event))?, (40, bits))
}

fn keypad() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let keys = OsdpEventKeyPress::new(vec![0x31, 0x32, 0x0D]);
    rig.device.notify_event(OsdpEvent::KeyPress(keys)).map_err(text_of)?;
    match rig.event("keys", |event| matches!(event, BusEvent::Keypad { .. }))? {
        BusEvent::Keypad { digits, .. } => same(digits.expose(), &[0x31, 0x32, 0x0D][..]),
        other => Err(format!("{other:?}")),
    }
}

fn manufacturer() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let message = PanelCommand::Manufacturer { oui: [0xA0, 0xB2, 0xFE], data: Sensitive::new(vec![0x55, 0xAA]) };
    match rig.carried_out(message)? {
        Some(OsdpCommand::Mfg(OsdpCommandMfg { vendor_code, data })) => {
            same((vendor_code, data.get(..2)), ((0xA0, 0xB2, 0xFE), Some(&[0x55, 0xAA][..])))
        }
        other => Err(format!("{other:?}")),
    }
}

fn key_roll() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.job(Job::RollKey { fresh: Scbk::parse(FRESH).map_err(text_of)? })?;
    rig.event("proof of the new key", |event| matches!(event, BusEvent::KeyProven(ProvenKey::Pending)))?;
    rig.job_done()?;
    let told = rig.told.try_iter().find_map(|command| match command {
        OsdpCommand::KeySet(key) => Some(key.data.get(..16).map(<[u8]>::to_vec)),
        _ => None,
    });
    same(told, Some(Some(FRESH.to_vec())))?;
    rig.event("Online under the new key", |event| matches!(event, BusEvent::Online { .. }))?;
    same(rig.device.is_sc_active(), true)
}

fn line_settings() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let address = Address::parse(9).map_err(text_of)?;
    rig.job(Job::SetLine { address, baud: Baud::B115200 })?;
    same(rig.job_done()?, address)?;
    rig.event("Online at the new address", |event| matches!(event, BusEvent::Online { .. })).map(|_| ())
}

fn file() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let contents: Arc<[u8]> = (0..5_000_u32).map(|place| (place * 7 % 251) as u8).collect();
    rig.job(Job::SendFile { kind: 1, contents: Arc::clone(&contents) })?;
    rig.job_done()?;
    let arrived = rig.file.lock().unwrap_or_else(PoisonError::into_inner).clone();
    same(arrived.len(), contents.len())?;
    same(arrived.as_slice() == &*contents, true)
}

/// Their device keeps no answer for a repeat and ends the session instead; ours then makes a new one at once.
fn lost_reply() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let address = Address::parse(ADDRESS).map_err(text_of)?;
    let action = OutputAction::OnFor(Ticks::covering(Duration::from_secs(5)));
    // The answer to the command itself is lost: what arrives next from the device.
    rig.bus
        .send(rig.now(), address, PanelCommand::Output { index: 0, action }, CommandTag(77), Urgency::Release, None)
        .map_err(text_of)?;
    let carried_out = until("OUT at the device", || {
        rig.turn()?;
        Ok(rig.told.try_recv().ok().filter(|told| matches!(told, OsdpCommand::Output(_))))
    });
    carried_out?;
    rig.lose = 1;
    rig.turn_for(Duration::from_secs(4))?;
    let offline = rig.events.iter().any(|event| matches!(event, BusEvent::Offline { .. }));
    same(offline, false)?;
    let fate = rig.events.iter().find(|event| matches!(event, BusEvent::Done { .. } | BusEvent::Failed { .. }));
    match fate {
        Some(BusEvent::Done { .. } | BusEvent::Failed { why: Failure::Unconfirmed, .. }) => {}
        other => return Err(format!("{other:?}")),
    }
    same(rig.device.is_sc_active(), true)
}

fn wrong_key() -> Result<(), String> {
    let mut rig = Rig::start(FRESH)?;
    let told = rig.event("refusal", |event| matches!(event, BusEvent::Security(_) | BusEvent::Online { .. }))?;
    match told {
        BusEvent::Security(SecurityTrouble::WrongKey | SecurityTrouble::DefaultKey) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}
