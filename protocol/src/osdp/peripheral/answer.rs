//! How a device answers one frame.
//!
//! Decides what is a repeat, what is believed, what is carried out and what goes back. A repeat gets the stored bytes and
//! is not carried out again; what is not believed gets a refusal, or silence where a refusal would help somebody who has
//! no business on the line. Timers and what the firmware says are in `peripheral`.

use alloc::vec::Vec;

use super::{Action, LastExchange, Outgoing, Peripheral};
use crate::osdp::line::Micros;
use crate::osdp::message::{DeviceCommand, NakCode, Refusal, Reply, code, reply_code};
use crate::osdp::secure::{DeviceChannel, Unlocked};
use crate::osdp::transaction::Sequence;
use crate::osdp::wire::{self, Direction, Envelope, Frame, block};

impl Peripheral {
    /// One whole command frame on the line.
    pub(super) fn hear(&mut self, now: Micros, frame: &Frame) {
        if frame.envelope.address != self.config.address.number() {
            return;
        }
        let sequence = frame.envelope.sequence;
        let is_open = self.channel.state.is_open();
        if sequence != 0 && frame.block.is_none() && is_open {
            // A panel that lost its session starts over at 0. Anything else in the clear is somebody else's, and even a
            // refusal would disturb the panel, who could take it for the answer to a command of its own.
            return;
        }
        if sequence == 0 {
            self.start_over();
        } else {
            match &self.last {
                LastExchange::Answered { sequence: last, command, reply } if *last == sequence => {
                    // The same bytes ask for the last reply again and are not executed again (OSDP 2.2, 5.7).
                    let bytes =
                        if *command == frame.raw { reply.clone() } else { self.refuse(frame, NakCode::SEQUENCE) };
                    return self.reply_with(now, bytes);
                }
                LastExchange::Answered { sequence: last, .. } if next(*last) == sequence => {}
                LastExchange::Answered { .. } | LastExchange::None => {
                    let bytes = self.refuse(frame, NakCode::SEQUENCE);
                    return self.reply_with(now, bytes);
                }
            }
        }
        self.take(now, frame);
    }

    /// Sequence 0: the panel starts over. The last reply is forgotten; what it told is told again, since nobody knows
    /// whether it arrived.
    fn start_over(&mut self) {
        self.last = LastExchange::None;
        self.events.return_undelivered();
        if self.channel.state.is_open() {
            self.act(Action::SecureDown);
        }
        self.channel.state = DeviceChannel::Closed;
    }

    /// A command that is no repeat.
    fn take(&mut self, now: Micros, frame: &Frame) {
        match frame.code {
            code::CHLNG if frame.block.is_some() => self.take_challenge(now, frame),
            code::SCRYPT if frame.block.is_some() => self.take_proof(now, frame),
            _ => self.take_command(now, frame),
        }
    }

    fn take_challenge(&mut self, now: Micros, frame: &Frame) {
        if self.channel.state.is_open() {
            self.act(Action::SecureDown);
        }
        // The device number is its identity's first eight bytes, as the standard suggests for cUID.
        let mut number = [0; 8];
        number.iter_mut().zip(self.config.identity.encode()).for_each(|(to, from)| *to = from);
        let bytes = match self.channel.state.challenge(frame, &self.config.key, number, &mut self.nonces) {
            Ok(ccrypt) => {
                let envelope = self.reply_envelope(frame);
                wire::handshake(envelope, block::CHALLENGE_REPLY, block::OWN_KEY, reply_code::CCRYPT, &ccrypt)
            }
            Err(code) => self.refuse(frame, code),
        };
        self.answer(now, frame, bytes);
    }

    fn take_proof(&mut self, now: Micros, frame: &Frame) {
        let bytes = match self.channel.state.conclude(frame) {
            Ok(seed) => {
                // A panel that comes after a silence reads all states itself; what changed before it came is history.
                if self.channel.heard_at.replace(now).is_none() {
                    self.events.forget();
                }
                self.act(Action::SecureUp);
                let envelope = self.reply_envelope(frame);
                wire::handshake(envelope, block::PROOF_REPLY, block::ACCEPTED, reply_code::RMAC_I, &seed)
            }
            Err(code) => self.refuse(frame, code),
        };
        self.answer(now, frame, bytes);
    }

    fn take_command(&mut self, now: Micros, frame: &Frame) {
        let was_open = self.channel.state.is_open();
        match self.channel.state.unlock(frame) {
            Unlocked::Secured(data) => {
                self.channel.heard_at = Some(now);
                self.events.delivered();
                let reply = DeviceCommand::decode(frame.code, &data).and_then(|command| self.execute(now, command));
                let (code, data) = reply.unwrap_or_else(|Refusal(code)| Reply::Nak(code)).encode();
                let envelope = self.reply_envelope(frame);
                let bytes = match &mut self.channel.state {
                    DeviceChannel::Open(session) => session.seal(envelope, code, &data),
                    DeviceChannel::Closed | DeviceChannel::Challenged(_) => return,
                };
                self.answer(now, frame, bytes);
            }
            Unlocked::Plaintext => {
                let bytes = self.answer_in_plaintext(frame);
                self.answer(now, frame, bytes);
            }
            // A frame that was not believed is not remembered either: the real one with this number may still come.
            Unlocked::Refused(code) => {
                if was_open && !self.channel.state.is_open() {
                    self.act(Action::SecureDown);
                }
                let bytes = self.refuse(frame, code);
                self.reply_with(now, bytes);
            }
        }
    }

    /// Without a session, a panel may find out that somebody is here and who it is, and nothing else.
    fn answer_in_plaintext(&self, frame: &Frame) -> Vec<u8> {
        let reply = match DeviceCommand::decode(frame.code, &frame.data) {
            Ok(DeviceCommand::Poll) => Reply::Ack,
            Ok(DeviceCommand::Identify) => Reply::Identity(self.config.identity),
            Ok(DeviceCommand::ListCapabilities) => Reply::Capabilities(self.config.capabilities.clone()),
            Err(Refusal(code)) => Reply::Nak(code),
            Ok(
                DeviceCommand::ReadLocal
                | DeviceCommand::ReadInputs
                | DeviceCommand::ReadOutputs
                | DeviceCommand::ReadReaders
                | DeviceCommand::Outputs(_)
                | DeviceCommand::Leds(_)
                | DeviceCommand::Buzzer(_)
                | DeviceCommand::Text(_),
            ) => Reply::Nak(NakCode::SECURITY_CONDITION),
        };
        let (code, data) = reply.encode();
        wire::plain(self.reply_envelope(frame), code, &data)
    }

    /// Carries out a believed command. All records are checked before the first is carried out.
    fn execute(&mut self, now: Micros, command: DeviceCommand) -> Result<Reply, Refusal> {
        Ok(match command {
            DeviceCommand::Poll => self.events.next(),
            DeviceCommand::Identify => Reply::Identity(self.config.identity),
            DeviceCommand::ListCapabilities => Reply::Capabilities(self.config.capabilities.clone()),
            DeviceCommand::ReadLocal => self.events.local(),
            DeviceCommand::ReadInputs => require(self.config.inputs > 0, self.events.inputs())?,
            DeviceCommand::ReadOutputs => require(self.config.outputs > 0, Reply::Outputs(self.outputs.levels()))?,
            DeviceCommand::ReadReaders => Reply::Readers(alloc::vec![0; usize::from(self.config.readers)]),
            DeviceCommand::Outputs(records) => {
                let changes = self.outputs.drive(now, &records)?;
                if !changes.is_empty() {
                    self.events.outputs_changed(self.outputs.levels());
                }
                changes.into_iter().for_each(|(index, on)| self.act(Action::Output { index, on }));
                Reply::Ack
            }
            DeviceCommand::Leds(records) => {
                records.iter().try_for_each(|record| self.require_reader(record.reader))?;
                records.into_iter().for_each(|record| self.act(Action::Led(record)));
                Reply::Ack
            }
            DeviceCommand::Buzzer(record) => {
                self.require_reader(record.reader)?;
                self.act(Action::Buzzer(record));
                Reply::Ack
            }
            DeviceCommand::Text(record) => {
                self.require_reader(record.reader)?;
                self.act(Action::Text(record));
                Reply::Ack
            }
        })
    }

    fn require_reader(&self, reader: u8) -> Result<(), Refusal> {
        require(reader < self.config.readers, ()).map_err(|_| Refusal(NakCode::RECORD))
    }

    fn refuse(&self, frame: &Frame, NakCode(code): NakCode) -> Vec<u8> {
        wire::plain(self.reply_envelope(frame), reply_code::NAK, &[code])
    }

    fn reply_envelope(&self, frame: &Frame) -> Envelope {
        let address = self.config.address.number();
        Envelope { address, direction: Direction::ToPanel, sequence: frame.envelope.sequence }
    }

    /// Replies, and remembers the reply for a repeat of the command.
    fn answer(&mut self, now: Micros, frame: &Frame, bytes: Vec<u8>) {
        self.last = LastExchange::Answered {
            sequence: frame.envelope.sequence,
            command: frame.raw.clone(),
            reply: bytes.clone(),
        };
        self.reply_with(now, bytes);
    }

    fn reply_with(&mut self, now: Micros, bytes: Vec<u8>) {
        self.outgoing = Some(Outgoing { at: now + self.config.turnaround, bytes });
    }
}

/// The number that follows `sequence`.
fn next(sequence: u8) -> u8 {
    (0..sequence).fold(Sequence::START.next(), |number, _| number.next()).number()
}

/// A question about something the device does not have is a command it does not know.
fn require<T>(exists: bool, reply: T) -> Result<T, Refusal> {
    if exists { Ok(reply) } else { Err(Refusal(NakCode::UNKNOWN_COMMAND)) }
}
