//! How a device answers one frame.
//!
//! Decides what is a repeat, what is believed and what goes back; `execute` carries commands out. A repeat gets the stored
//! bytes and is not carried out again; what is not believed gets a refusal, or silence where a refusal would help somebody who has
//! no business on the line. Timers and what the firmware says are in `peripheral`.

use alloc::vec::Vec;

use super::execute::{Effect, Outcome};
use super::{Action, Afterwards, Heard, LastExchange, Outgoing, Peripheral, PeripheralKey};
use crate::osdp::line::Micros;
use crate::osdp::message::{DeviceCommand, IdentityForm, NakCode, Question, Refusal, Reply, code, reply_code};
use crate::osdp::secure::{DeviceChannel, KeyInUse, Unlocked};
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
                    if *command == frame.raw {
                        let bytes = reply.clone();
                        return self.reply_again(now, bytes);
                    }
                    let bytes = self.refuse(frame, NakCode::SEQUENCE);
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
        self.end_session();
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
        self.end_session();
        // The device number is its identity's first eight bytes, as the standard suggests for cUID.
        let mut number = [0; 8];
        number.iter_mut().zip(self.config.identity.encode()).for_each(|(to, from)| *to = from);
        let keys = self.config.key.provable();
        let bytes = match self.channel.state.challenge(frame, &keys, number, &mut self.nonces) {
            Ok((ccrypt, key)) => {
                let envelope = self.reply_envelope(frame);
                wire::handshake(envelope, block::CHALLENGE_REPLY, key.block_data(), reply_code::CCRYPT, &ccrypt)
            }
            Err(code) => self.refuse(frame, code),
        };
        self.answer(now, frame, bytes);
    }

    fn take_proof(&mut self, now: Micros, frame: &Frame) {
        let bytes = match self.channel.state.conclude(frame) {
            Ok((seed, key)) => {
                self.begin_session(now, key);
                let envelope = self.reply_envelope(frame);
                wire::handshake(envelope, block::PROOF_REPLY, block::ACCEPTED, reply_code::RMAC_I, &seed)
            }
            Err(code) => self.refuse(frame, code),
        };
        self.answer(now, frame, bytes);
    }

    /// A panel that comes after a silence, or is another one than before, reads all states itself; what changed before it
    /// came is history.
    fn begin_session(&mut self, now: Micros, key: KeyInUse) {
        let before = self.channel.heard.replace(Heard { at: now, key });
        if before.is_none_or(|before| before.key != key) {
            self.events.forget();
        }
        self.act(Action::SecureUp);
    }

    fn take_command(&mut self, now: Micros, frame: &Frame) {
        let was_open = self.channel.state.is_open();
        match self.channel.state.unlock(frame) {
            Unlocked::Secured(data) => self.take_secured(now, frame, &data),
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

    /// A believed command: carried out, and answered in the session it came in, even where it ends that session.
    fn take_secured(&mut self, now: Micros, frame: &Frame, data: &[u8]) {
        let Some(heard) = &mut self.channel.heard else { return };
        heard.at = now;
        let key = heard.key;
        self.events.delivered();
        let outcome = DeviceCommand::decode(frame.code, data).and_then(|command| self.execute(now, key, command));
        let Outcome { reply, effect } = outcome.unwrap_or_else(Outcome::refused);
        let (code, data) = self.fitted(reply).encode();
        let envelope = self.reply_envelope(frame);
        let bytes = match &mut self.channel.state {
            DeviceChannel::Open(session) => session.seal(envelope, code, &data),
            DeviceChannel::Closed | DeviceChannel::Challenged(..) => return,
        };
        self.answer(now, frame, bytes);
        self.take_effect(effect);
    }

    /// What a command changes once its reply is written.
    fn take_effect(&mut self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Key(key) => {
                // The old key is forgotten, and with it the session that stood on it (OSDP 2.2, 6.17). The reply waits for
                // repeats.
                self.end_session();
                self.config.key = PeripheralKey::Own(key.clone());
                self.act(Action::KeyChanged(key));
            }
            Effect::Afterwards(then) => {
                if let Some(outgoing) = &mut self.outgoing {
                    outgoing.then = then;
                }
            }
        }
    }

    /// A reply that the panel has no room for is none; the panel is told that this was one.
    fn fitted(&self, reply: Reply) -> Reply {
        let (_, data) = reply.encode();
        if data.len() <= wire::longest_secured_data(self.reply_limit_bytes) {
            return reply;
        }
        Reply::Nak(NakCode::RECORD, Vec::new())
    }

    /// Without a session, a panel may find out that somebody is here and who it is, and nothing else.
    fn answer_in_plaintext(&self, frame: &Frame) -> Vec<u8> {
        let reply = match DeviceCommand::decode(frame.code, &frame.data) {
            Ok(DeviceCommand::Poll) => Reply::Ack,
            Ok(DeviceCommand::Read(Question::Identity(IdentityForm::Short))) => Reply::Identity(self.config.identity),
            Ok(DeviceCommand::Read(Question::Capabilities)) => Reply::Capabilities(self.config.capabilities.clone()),
            Err(Refusal(NakCode::UNKNOWN_COMMAND)) => Reply::Nak(NakCode::UNKNOWN_COMMAND, Vec::new()),
            // What else there is needs a session, and so does being told what is wrong with it.
            Ok(
                DeviceCommand::Read(
                    Question::Identity(IdentityForm::NamePlate)
                    | Question::Local
                    | Question::Inputs
                    | Question::Outputs
                    | Question::Readers,
                )
                | DeviceCommand::Outputs(_)
                | DeviceCommand::Leds(_)
                | DeviceCommand::Buzzer(_)
                | DeviceCommand::Text(_)
                | DeviceCommand::SetKey(_)
                | DeviceCommand::SetLine(_)
                | DeviceCommand::SetReceiveSize(_)
                | DeviceCommand::File(_)
                | DeviceCommand::KeepActive(_)
                | DeviceCommand::Abort
                | DeviceCommand::Manufacturer { .. },
            )
            | Err(Refusal(_)) => Reply::Nak(NakCode::SECURITY_CONDITION, Vec::new()),
        };
        let (code, data) = reply.encode();
        wire::plain(self.reply_envelope(frame), code, &data)
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

    /// The last reply once more. What was to follow it still follows, if it has not been on the line at all.
    fn reply_again(&mut self, now: Micros, bytes: Vec<u8>) {
        let then = self.outgoing.take().map_or(Afterwards::Nothing, |outgoing| outgoing.then);
        self.outgoing = Some(Outgoing { at: now + self.config.turnaround, bytes, then });
    }

    fn reply_with(&mut self, now: Micros, bytes: Vec<u8>) {
        self.outgoing = Some(Outgoing { at: now + self.config.turnaround, bytes, then: Afterwards::Nothing });
    }
}

/// The number that follows `sequence`.
fn next(sequence: u8) -> u8 {
    (0..sequence).fold(Sequence::START.next(), |number, _| number.next()).number()
}
