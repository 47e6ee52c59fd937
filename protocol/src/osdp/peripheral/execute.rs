//! What a believed command does.
//!
//! Decides which command is carried out for whom, and how. Whether it is believed was decided before (`answer`,
//! `secure`). Somebody who has proven the published key only may look around, and give the device a key and a place.

use alloc::vec::Vec;

use super::intake::{Next, Taken};
use super::{Action, Afterwards, ManufacturerMessages, Peripheral};
use crate::osdp::key::Scbk;
use crate::osdp::line::{Address, Baud, Micros};
use crate::osdp::message::{
    DeviceCommand, FileFragment, IdentityForm, LineSettings, NakCode, OutputRecord, Question, Refusal, Reply,
    Sensitive, cut,
};
use crate::osdp::secure::KeyInUse;
use crate::osdp::wire;

/// The least a panel may say it takes: a frame with one block of data. Less, and no event could be told.
const LEAST_REPLY_BYTES: u16 = 30;

/// A reply, and what the command changes once it is written.
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) effect: Effect,
}

/// What a command changes beyond what it did already.
pub(super) enum Effect {
    None,
    /// This key from now on.
    Key(Scbk),
    /// This, once the reply is on its way.
    Afterwards(Afterwards),
}

impl Outcome {
    fn new(reply: Reply) -> Self {
        Self { reply, effect: Effect::None }
    }

    fn done() -> Self {
        Self::new(Reply::Ack)
    }

    pub(super) fn refused(Refusal(code): Refusal) -> Self {
        Self::new(Reply::Nak(code, Vec::new()))
    }
}

impl Peripheral {
    /// Carries out a believed command of somebody who has proven `key`.
    pub(super) fn execute(&mut self, now: Micros, key: KeyInUse, command: DeviceCommand) -> Result<Outcome, Refusal> {
        match key {
            KeyInUse::Own => self.serve(now, command),
            KeyInUse::Published => self.install(command),
        }
    }

    /// Install mode: what a person needs to put the device into service, and nothing that moves a lock.
    fn install(&mut self, command: DeviceCommand) -> Result<Outcome, Refusal> {
        match command {
            // Events are for a panel that knows the device's own key.
            DeviceCommand::Poll => Ok(Outcome::done()),
            DeviceCommand::Read(question) => self.tell(question),
            DeviceCommand::SetKey(key) => Ok(Outcome { reply: Reply::Ack, effect: Effect::Key(key) }),
            DeviceCommand::SetLine(settings) => Ok(self.set_line(settings)),
            DeviceCommand::SetReceiveSize(bytes) => self.set_receive_size(bytes),
            DeviceCommand::Outputs(_)
            | DeviceCommand::Leds(_)
            | DeviceCommand::Buzzer(_)
            | DeviceCommand::Text(_)
            | DeviceCommand::File(_)
            | DeviceCommand::KeepActive(_)
            | DeviceCommand::Abort
            | DeviceCommand::Manufacturer { .. } => Err(Refusal(NakCode::SECURITY_CONDITION)),
        }
    }

    /// All records of a command are checked before the first is carried out.
    fn serve(&mut self, now: Micros, command: DeviceCommand) -> Result<Outcome, Refusal> {
        match command {
            DeviceCommand::Poll => return Ok(Outcome::new(self.events.next())),
            DeviceCommand::Read(question) => return self.tell(question),
            DeviceCommand::Outputs(records) => self.drive(now, &records)?,
            DeviceCommand::Leds(records) => {
                records.iter().try_for_each(|record| self.require_reader(record.reader))?;
                records.into_iter().for_each(|record| self.act(Action::Led(record)));
            }
            DeviceCommand::Buzzer(record) => {
                self.require_reader(record.reader)?;
                self.act(Action::Buzzer(record));
            }
            DeviceCommand::Text(record) => {
                self.require_reader(record.reader)?;
                self.act(Action::Text(record));
            }
            DeviceCommand::SetKey(key) => return Ok(Outcome { reply: Reply::Ack, effect: Effect::Key(key) }),
            DeviceCommand::SetLine(settings) => return Ok(self.set_line(settings)),
            DeviceCommand::SetReceiveSize(bytes) => return self.set_receive_size(bytes),
            DeviceCommand::File(fragment) => return self.take_fragment(&fragment),
            DeviceCommand::KeepActive(span) => {
                require(self.config.readers > 0)?;
                self.act(Action::KeepActive(span));
            }
            DeviceCommand::Abort => self.intake.abort(),
            DeviceCommand::Manufacturer { oui, data } => self.take_own_message(oui, data)?,
        }
        Ok(Outcome::done())
    }

    /// Answers a question; a question about something the device does not have is a command it does not know.
    fn tell(&mut self, question: Question) -> Result<Outcome, Refusal> {
        let reply = match question {
            Question::Identity(IdentityForm::Short) => Reply::Identity(self.config.identity),
            Question::Identity(IdentityForm::NamePlate) => self.name_plate()?,
            Question::Capabilities => Reply::Capabilities(self.config.capabilities.clone()),
            Question::Local => self.events.local(),
            Question::Inputs => {
                require(self.config.inputs > 0)?;
                self.events.inputs()
            }
            Question::Outputs => {
                require(self.config.outputs > 0)?;
                Reply::Outputs(self.outputs.levels())
            }
            Question::Readers => {
                require(self.config.readers > 0)?;
                self.events.readers()
            }
        };
        Ok(Outcome::new(reply))
    }

    /// The first part of the name plate; the others answer the polls that follow (OSDP 2.2, 5.10).
    fn name_plate(&mut self) -> Result<Reply, Refusal> {
        let longest = wire::longest_secured_data(self.reply_limit_bytes);
        let mut parts = cut(&self.config.name_plate.encode(), longest).into_iter();
        let first = parts.next().ok_or(Refusal(NakCode::UNKNOWN_COMMAND))?;
        self.events.parts(parts);
        Ok(Reply::NamePlate(first))
    }

    fn drive(&mut self, now: Micros, records: &[OutputRecord]) -> Result<(), Refusal> {
        let changes = self.outputs.drive(now, records)?;
        if !changes.is_empty() {
            self.events.outputs_changed(self.outputs.levels());
        }
        changes.into_iter().for_each(|(index, on)| self.act(Action::Output { index, on }));
        Ok(())
    }

    /// Answers with the values the device will really use: what it cannot use, it leaves as it was (OSDP 2.2, 6.13).
    fn set_line(&self, wanted: LineSettings) -> Outcome {
        let address = Address::parse(wanted.address).unwrap_or(self.config.address);
        let baud = Baud::parse(wanted.baud).unwrap_or(self.config.baud);
        let moves = (address, baud) != (self.config.address, self.config.baud);
        let effect = if moves { Effect::Afterwards(Afterwards::Move { address, baud }) } else { Effect::None };
        let reply = Reply::Line(LineSettings { address: address.number(), baud: baud.bits_per_second() });
        Outcome { reply, effect }
    }

    fn set_receive_size(&mut self, bytes: u16) -> Result<Outcome, Refusal> {
        if bytes < LEAST_REPLY_BYTES {
            return Err(Refusal(NakCode::RECORD));
        }
        self.reply_limit_bytes = usize::from(bytes).min(wire::LONGEST_FRAME_BYTES);
        Ok(Outcome::done())
    }

    fn take_fragment(&mut self, fragment: &FileFragment) -> Result<Outcome, Refusal> {
        let intake = self.config.files.ok_or(Refusal(NakCode::UNKNOWN_COMMAND))?;
        let Taken { status, then } = self.intake.take(intake, fragment);
        let effect = match then {
            Next::Nothing => Effect::None,
            Next::Judge { kind, contents } => {
                self.act(Action::File { kind, contents });
                Effect::None
            }
            Next::Restart => Effect::Afterwards(Afterwards::Restart),
        };
        Ok(Outcome { reply: Reply::FileStatus(status.with_event(self.events.has_event())), effect })
    }

    fn take_own_message(&mut self, oui: [u8; 3], data: Sensitive) -> Result<(), Refusal> {
        let taken = self.config.manufacturer_messages == ManufacturerMessages::Taken;
        require(taken && oui == self.config.identity.oui)?;
        self.act(Action::Manufacturer(data));
        Ok(())
    }

    fn require_reader(&self, reader: u8) -> Result<(), Refusal> {
        if reader < self.config.readers { Ok(()) } else { Err(Refusal(NakCode::RECORD)) }
    }
}

/// What the device does not have, it does not know.
fn require(exists: bool) -> Result<(), Refusal> {
    if exists { Ok(()) } else { Err(Refusal(NakCode::UNKNOWN_COMMAND)) }
}
