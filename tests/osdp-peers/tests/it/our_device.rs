//! libosdp's panel and our device.

use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libosdp::{
    ControlPanel, ControlPanelBuilder, OsdpComSet, OsdpCommand, OsdpCommandBuzzer, OsdpCommandFileTx,
    OsdpCommandKeyset, OsdpCommandLed, OsdpCommandMfg, OsdpCommandOutput, OsdpCommandText, OsdpError, OsdpEvent,
    OsdpFileOps, OsdpFlag, OsdpLedColor, OsdpLedParams, OsdpStatusReport, OsdpStatusReportType, PdInfoBuilder,
};
use rackward_osdp_peers::Clock;
use rackward_osdp_peers::pty::Pty;
use rackward_osdp_peers::theirs::{Terminal, wait_for_bytes};
use rackward_protocol::osdp::{
    Action, Address, Baud, BuzzerTone, DeviceIdentity, FileIntake, FileVerdict, LedColour, LedPermanent, LedTemporary,
    ManufacturerMessages, Micros, NoEntropy, Peripheral, PeripheralConfig, Scbk, TextDuration,
};
use rustix::termios::QueueSelector;

use crate::table::{Table, Way, same, text_of, until};

const KEY: [u8; 16] = [0x5A, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const FRESH: [u8; 16] = [0xC3, 16, 2, 30, 4, 50, 6, 70, 8, 90, 10, 110, 12, 130, 14, 150];
const ADDRESS: u8 = 5;
const FILE_BYTES: usize = 3_000;

/// Their panel and our device on one line, turned by hand.
struct Rig {
    clock: Clock,
    panel: ControlPanel,
    told: Receiver<OsdpEvent>,
    ear: OwnedFd,
    pty: Pty,
    device: Peripheral,
    /// So many answers are lost on the way.
    lose: u32,
    /// What our device said last.
    said: Vec<Vec<u8>>,
}

pub(crate) fn run(table: &mut Table) {
    let rows: [(&str, fn() -> Result<(), String>); 19] = [
        ("Secure Channel, own key, enforced; ID, CAP", identity),
        ("POLL, for two seconds", polls),
        ("OUT with timer", output),
        ("LED, temporary and permanent", led),
        ("BUZ", buzzer),
        ("TEXT", text),
        ("LSTAT and unsolicited LSTATR, tamper", local),
        ("ISTAT and unsolicited ISTATR", inputs),
        ("OSTAT", outputs),
        ("RSTAT", readers),
        ("RAW, 26 bits of Wiegand", card),
        ("KEYPAD", keypad),
        ("MFG", manufacturer),
        ("KEYSET, proven by a new session", key_roll),
        ("COMSET, another address", line_settings),
        ("FILETRANSFER", file),
        ("a lost reply: the same bytes again", lost_reply),
        ("another key: no session, nothing told", wrong_key),
        ("the published key: refused", published_key),
    ];
    for (message, row) in rows {
        table.row(message, Way::TheirPanel, row());
    }
}

impl Rig {
    fn start(panel_key: Option<[u8; 16]>) -> Result<Self, String> {
        let pty = Pty::make().map_err(text_of)?;
        let terminal = Terminal::open(1, &pty.path).map_err(text_of)?;
        let ear = terminal.ear().map_err(text_of)?;
        let (panel, told) = panel(terminal, panel_key, ADDRESS).map_err(text_of)?;
        let (address, key) = (Address::parse(ADDRESS).map_err(text_of)?, Scbk::parse(KEY).map_err(text_of)?);
        let identity =
            DeviceIdentity { oui: [2, 0x52, 0x57], model: 7, version: 8, serial: 0x0102_0304, firmware: [1, 2, 3] };
        let mut config = PeripheralConfig::new(address, key, identity, 2, 2, 1);
        config.files = Some(FileIntake { limit_bytes: 100_000, delay: Duration::ZERO });
        config.manufacturer_messages = ManufacturerMessages::Taken;
        let device = Peripheral::new(config, |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy));
        Ok(Self { clock: Clock::start(), panel, told, ear, pty, device, lose: 0, said: Vec::new() })
    }

    fn online() -> Result<Self, String> {
        let mut rig = Self::start(Some(KEY))?;
        rig.until_online()?;
        rig.turn_for(Duration::from_millis(200))?;
        while rig.told.try_recv().is_ok() {}
        while rig.device.poll_action().is_some() {}
        Ok(rig)
    }

    fn until_online(&mut self) -> Result<(), String> {
        until("secure session", || {
            self.turn()?;
            Ok((self.panel.is_online(0) && self.panel.is_sc_active(0)).then_some(()))
        })
    }

    fn now(&self) -> Micros {
        Micros(self.clock.nanos() / 1_000)
    }

    fn turn(&mut self) -> Result<(), String> {
        self.panel.refresh();
        let mut buffer = [0; 2048];
        match rustix::io::read(&self.pty.controller, &mut buffer) {
            Ok(count) => self.device.handle_bytes(self.now(), &buffer[..count]),
            Err(rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(text_of(error)),
        }
        self.device.handle_timeout(self.now());
        if let Some(reply) = self.device.poll_transmit(self.now()) {
            if self.lose > 0 {
                self.lose -= 1;
            } else {
                rustix::io::write(&self.pty.controller, &reply).map_err(text_of)?;
            }
            self.said.push(reply);
        }
        wait_for_bytes(&self.ear).map_err(text_of)
    }

    fn turn_for(&mut self, span: Duration) -> Result<(), String> {
        let end = self.clock.nanos() + span.as_nanos() as u64;
        while self.clock.nanos() < end {
            self.turn()?;
        }
        Ok(())
    }

    /// What our device does next, of this kind.
    fn action(&mut self, what: &str, wanted: impl Fn(&Action) -> bool) -> Result<Action, String> {
        until(what, || {
            self.turn()?;
            Ok(std::iter::from_fn(|| self.device.poll_action()).find(|action| wanted(action)))
        })
    }

    /// What our device does about a command.
    fn commanded(&mut self, command: OsdpCommand, wanted: impl Fn(&Action) -> bool) -> Result<Action, String> {
        self.panel.send_command(0, command).map_err(text_of)?;
        self.action("action", wanted)
    }

    /// What their panel is told next, of this kind.
    fn event<T>(&mut self, what: &str, wanted: impl Fn(OsdpEvent) -> Option<T>) -> Result<T, String> {
        until(what, || {
            self.turn()?;
            Ok(self.told.try_iter().find_map(&wanted))
        })
    }

    fn status(&mut self, kind: OsdpStatusReportType) -> Result<Vec<u8>, String> {
        self.event("status", |event| match event {
            OsdpEvent::Status(report) if report.type_ == kind => Some(report.report[..report.nr_entries].to_vec()),
            _ => None,
        })
    }

    fn asked(&mut self, kind: OsdpStatusReportType) -> Result<Vec<u8>, String> {
        let question = OsdpStatusReport { type_: kind, nr_entries: 0, report: [0; 64] };
        self.panel.send_command(0, OsdpCommand::Status(question)).map_err(text_of)?;
        self.status(kind)
    }
}

fn panel(
    terminal: Terminal,
    key: Option<[u8; 16]>,
    address: u8,
) -> Result<(ControlPanel, Receiver<OsdpEvent>), OsdpError> {
    let info = PdInfoBuilder::new().address(i32::from(address))?.baud_rate(115_200)?;
    let info = match key {
        Some(key) => info.flag(OsdpFlag::EnforceSecure).secure_channel_key(key),
        None => info.flag(OsdpFlag::InstallMode),
    };
    let mut panel = ControlPanelBuilder::new().add_channel(Box::new(terminal), vec![info]).build()?;
    let (tell, told) = channel();
    panel.set_event_callback(move |_device, event| {
        let _nobody_asks = tell.send(event);
        0
    });
    panel.register_file_ops(0, Box::new(Source))?;
    Ok((panel, told))
}

/// The file their panel sends.
struct Source;

fn file_byte(place: usize) -> u8 {
    (place * 13 % 251) as u8
}

impl OsdpFileOps for Source {
    fn open(&mut self, _id: i32, _read_only: bool) -> Result<usize, OsdpError> {
        Ok(FILE_BYTES)
    }

    fn offset_read(&self, into: &mut [u8], offset: u64) -> Result<usize, OsdpError> {
        let left = FILE_BYTES.saturating_sub(offset as usize).min(into.len());
        into.iter_mut().take(left).enumerate().for_each(|(place, byte)| *byte = file_byte(offset as usize + place));
        Ok(left)
    }

    fn offset_write(&self, _bytes: &[u8], _offset: u64) -> Result<usize, OsdpError> {
        Err(OsdpError::FileTransfer("read only"))
    }

    fn close(&mut self) -> Result<(), OsdpError> {
        Ok(())
    }
}

fn identity() -> Result<(), String> {
    let rig = Rig::online()?;
    let id = rig.panel.get_pd_id(0).map_err(text_of)?;
    same((id.vendor_code, id.model, id.version), ((2, 0x52, 0x57), 7, 8))
}

fn polls() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.turn_for(Duration::from_secs(2))?;
    same((rig.panel.is_online(0), rig.panel.is_sc_active(0)), (true, true))
}

fn output() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let command = OsdpCommandOutput { output_no: 1, control_code: 5, timer_count: 10 };
    let told = rig.commanded(OsdpCommand::Output(command), |action| matches!(action, Action::Output { .. }))?;
    same(told, Action::Output { index: 1, on: true })?;
    let ended = rig.action("end of the timer", |action| matches!(action, Action::Output { .. }))?;
    same(ended, Action::Output { index: 1, on: false })
}

fn led() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let params = |control_code, on_count, off_count, on_color, timer_count| OsdpLedParams {
        control_code,
        on_count,
        off_count,
        on_color,
        off_color: OsdpLedColor::None,
        timer_count,
    };
    let command = OsdpCommandLed {
        reader: 0,
        led_number: 0,
        temporary: params(2, 2, 1, OsdpLedColor::Green, 30),
        permanent: params(1, 1, 49, OsdpLedColor::Blue, 0),
    };
    let told = rig.commanded(OsdpCommand::Led(command), |action| matches!(action, Action::Led(_)))?;
    let Action::Led(record) = told else { return Err(format!("{told:?}")) };
    match (record.temporary, record.permanent) {
        (LedTemporary::Show { rhythm, timer }, LedPermanent::Show(then)) => {
            same((rhythm.on, rhythm.off, rhythm.on_colour, timer.get()), (2, 1, LedColour::Green, 30))?;
            same((then.on, then.off, then.on_colour), (1, 49, LedColour::Blue))
        }
        other => Err(format!("{other:?}")),
    }
}

fn buzzer() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let command = OsdpCommandBuzzer { reader: 0, control_code: 2, on_count: 2, off_count: 3, rep_count: 4 };
    let told = rig.commanded(OsdpCommand::Buzzer(command), |action| matches!(action, Action::Buzzer(_)))?;
    let Action::Buzzer(record) = told else { return Err(format!("{told:?}")) };
    same((record.tone, record.on, record.off, record.count), (BuzzerTone::Default, 2, 3, 4))
}

fn text() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let command = OsdpCommandText {
        reader: 0,
        control_code: 3,
        temp_time: 4,
        offset_row: 1,
        offset_col: 1,
        data: b"OPEN 5s".to_vec(),
    };
    let told = rig.commanded(OsdpCommand::Text(command), |action| matches!(action, Action::Text(_)))?;
    let Action::Text(record) = told else { return Err(format!("{told:?}")) };
    same((record.duration, record.row, record.column), (TextDuration::Seconds(4), 1, 1))?;
    same(record.text.as_slice(), &b"OPEN 5s"[..])
}

fn local() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.device.set_local(true, false);
    same(rig.status(OsdpStatusReportType::Local)?, vec![1, 0])?;
    same(rig.asked(OsdpStatusReportType::Local)?, vec![1, 0])
}

fn inputs() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.device.set_input(1, 1);
    same(rig.status(OsdpStatusReportType::Input)?, vec![0, 1])?;
    same(rig.asked(OsdpStatusReportType::Input)?, vec![0, 1])
}

fn outputs() -> Result<(), String> {
    let mut rig = Rig::online()?;
    same(rig.asked(OsdpStatusReportType::Output)?, vec![0, 0])
}

fn readers() -> Result<(), String> {
    let mut rig = Rig::online()?;
    same(rig.asked(OsdpStatusReportType::Remote)?, vec![0])
}

fn card() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let bits = [0x9F, 0x8D, 0x2C, 0x00];
    rig.device.card(0, 26, &bits).map_err(text_of)?;
    let told = rig.event("card", |event| match event {
        OsdpEvent::CardRead(card) => Some((card.nr_bits, card.data)),
        _ => None,
    })?;
    same((told.0, told.1.get(..4)), (26, Some(&bits[..])))
}

fn keypad() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.device.keypad(0, &[0x31, 0x32, 0x0D]).map_err(text_of)?;
    let told = rig.event("keys", |event| match event {
        OsdpEvent::KeyPress(keys) => Some(keys.data),
        _ => None,
    })?;
    same(told.get(..3), Some(&[0x31, 0x32, 0x0D][..]))
}

fn manufacturer() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let message = OsdpCommandMfg { vendor_code: (2, 0x52, 0x57), data: vec![0x55, 0xAA] };
    let told = rig.commanded(OsdpCommand::Mfg(message), |action| matches!(action, Action::Manufacturer(_)))?;
    let Action::Manufacturer(data) = told else { return Err(format!("{told:?}")) };
    same(data.expose().ends_with(&[0x55, 0xAA]), true)
}

fn key_roll() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let keyset = OsdpCommand::KeySet(OsdpCommandKeyset::new_scbk(FRESH));
    let told = rig.commanded(keyset, |action| matches!(action, Action::KeyChanged(_)))?;
    same(told, Action::KeyChanged(Scbk::parse(FRESH).map_err(text_of)?))?;
    rig.action("a new session", |action| *action == Action::SecureUp)?;
    rig.until_online()
}

/// Our device goes on at its new place with whoever goes on there; a panel that begins anew finds it as well.
fn line_settings() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let settings = OsdpCommand::ComSet(OsdpComSet { address: 9, baud_rate: 115_200 });
    let told = rig.commanded(settings, |action| matches!(action, Action::LineChanged { .. }))?;
    let address = Address::parse(9).map_err(text_of)?;
    same(told, Action::LineChanged { address, baud: Baud::B115200 })?;
    // What the panel that goes has still to hear or to say is nothing for the one that comes.
    rig.turn_for(Duration::from_millis(300))?;
    rustix::termios::tcflush(&rig.ear, QueueSelector::IOFlush).map_err(text_of)?;
    rustix::termios::tcflush(&rig.pty.controller, QueueSelector::IOFlush).map_err(text_of)?;
    let terminal = Terminal::open(2, &rig.pty.path).map_err(text_of)?;
    rig.ear = terminal.ear().map_err(text_of)?;
    (rig.panel, rig.told) = panel(terminal, Some(KEY), 9).map_err(text_of)?;
    rig.action("a new session at the new address", |action| *action == Action::SecureUp)?;
    rig.until_online()
}

fn file() -> Result<(), String> {
    let mut rig = Rig::online()?;
    let transfer = OsdpCommand::FileTx(OsdpCommandFileTx { id: 1, flags: 0 });
    let told = rig.commanded(transfer, |action| matches!(action, Action::File { .. }))?;
    rig.device.judge_file(FileVerdict::Processed);
    let Action::File { kind, contents } = told else { return Err(format!("{told:?}")) };
    let expect: Vec<u8> = (0..FILE_BYTES).map(file_byte).collect();
    same((kind, contents.expose() == expect), (1, true))?;
    rig.turn_for(Duration::from_secs(1))?;
    same((rig.panel.is_online(0), rig.panel.is_sc_active(0)), (true, true))
}

/// Their panel repeats its command after a lost answer; our device must say the very same again and do nothing twice.
fn lost_reply() -> Result<(), String> {
    let mut rig = Rig::online()?;
    rig.device.card(0, 26, &[0x9F, 0x8D, 0x2C, 0x00]).map_err(text_of)?;
    rig.said.clear();
    // The answer that carries the card is the first one longer than an acknowledgement.
    until("card on the wire", || {
        rig.lose = 1;
        rig.turn()?;
        Ok(rig.said.iter().any(|said| said.len() > 14).then_some(()))
    })?;
    rig.lose = 0;
    let told = rig.event("card", |event| matches!(event, OsdpEvent::CardRead(_)).then_some(()));
    told?;
    let carried: Vec<&Vec<u8>> = rig.said.iter().filter(|said| said.len() > 14).collect();
    same(carried.len() >= 2 && carried.windows(2).all(|pair| pair[0] == pair[1]), true)
}

fn wrong_key() -> Result<(), String> {
    refused(Some(FRESH))
}

fn published_key() -> Result<(), String> {
    refused(None)
}

/// No session, no card, no output, whatever their panel tries.
fn refused(key: Option<[u8; 16]>) -> Result<(), String> {
    let mut rig = Rig::start(key)?;
    let output = OsdpCommandOutput { output_no: 0, control_code: 2, timer_count: 0 };
    for _ in 0..4 {
        rig.turn_for(Duration::from_millis(500))?;
        let _refused_by_their_panel = rig.panel.send_command(0, OsdpCommand::Output(output.clone()));
        let _nobody_to_tell = rig.device.card(0, 26, &[0x9F, 0x8D, 0x2C, 0x00]);
    }
    let acted = std::iter::from_fn(|| rig.device.poll_action()).next();
    same(acted, None)?;
    same(rig.told.try_iter().any(|event| matches!(event, OsdpEvent::CardRead(_))), false)?;
    same(rig.panel.is_sc_active(0), false)
}
