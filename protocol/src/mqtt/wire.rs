//! The bytes of the messages: one CBOR array (RFC 8949) each, `[version, kind, ...]`, definite lengths only.
//!
//! Up: `[1, kind, boot, sequence, ...]` with kind 1 birth, 2 state, 3 card, 4 keypad, 5 ack, 6 gone.
//! Down: `[1, kind, ...]` with kind 16 release, 17 relock, 18 read state, 19 feedback.
//! What the fields mean and may hold is in `message`, `state` and `feedback`. The same checks run on both ways, so that what
//! one end writes the other always takes. A change here needs a new version.

use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::feedback::{Buzzer, Colour, Feedback, Led, Rhythm};
use super::message::{
    Ack, Birth, Boot, CardRead, Command, CommandId, CommandKind, Down, Event, Keypad, MAX_MESSAGE_BYTES,
    MAX_RELEASE_MS, MAX_TEXT_CHARS, MAX_UNIX_MS, MIN_RELEASE_MS, MessageError, Outcome, SelfTest, Sequence, Stamp,
    UnixMillis, Up, UpBody,
};
use super::state::{MAX_SUPPLY_MV, MAX_TEMPERATURE_C10, MIN_TEMPERATURE_C10, Reading, State};
use super::topic::{DownLeaf, UpLeaf};

/// The one version spoken here.
pub(super) const VERSION: u8 = 1;

const BIRTH: u8 = 1;
const STATE: u8 = 2;
const CARD: u8 = 3;
const KEYPAD: u8 = 4;
const ACK: u8 = 5;
const GONE: u8 = 6;
const RELEASE: u8 = 16;
const RELOCK: u8 = 17;
const READ_STATE: u8 = 18;
const FEEDBACK: u8 = 19;

/// The fields every up message begins with: version, kind, boot, sequence.
const UP_HEAD_FIELDS: u64 = 4;

type Written = Result<(), minicbor::encode::Error<Infallible>>;
type Read<T> = Result<T, MessageError>;

impl Up {
    /// The payload of this message, or which field of it is out of range.
    pub fn encode(&self) -> Read<Vec<u8>> {
        check_up(&self.body)?;
        finish(|e| write_up(e, self))
    }

    /// Reads a payload that came on `leaf`. Never panics; refuses whatever is not exactly one message of that leaf.
    pub fn decode(leaf: UpLeaf, payload: &[u8]) -> Read<Self> {
        let mut reader = Reader::open(payload)?;
        let kind = reader.kind;
        let stamp =
            Stamp { boot: Boot(reader.u64()?), sequence: Sequence::new(reader.u32()?).ok_or(range("sequence"))? };
        let body = match (leaf, kind) {
            (UpLeaf::Birth, BIRTH) => UpBody::Birth(reader.birth()?),
            (UpLeaf::State, STATE) => UpBody::State(reader.state()?),
            (UpLeaf::Event, CARD) => UpBody::Event(Event::Card(reader.card()?)),
            (UpLeaf::Event, KEYPAD) => UpBody::Event(Event::Keypad(Keypad::new(reader.str()?)?)),
            (UpLeaf::Ack, ACK) => UpBody::Ack(reader.ack()?),
            (UpLeaf::Gone, GONE) => UpBody::Gone,
            (_, found) => return Err(MessageError::Kind { found }),
        };
        reader.close()?;
        check_up(&body)?;
        Ok(Self { stamp, body })
    }
}

impl Down {
    /// The payload of this message, or which field of it is out of range.
    pub fn encode(&self) -> Read<Vec<u8>> {
        check_down(self)?;
        finish(|e| write_down(e, self))
    }

    /// Reads a payload that came on `leaf`. Never panics; refuses whatever is not exactly one message of that leaf.
    pub fn decode(leaf: DownLeaf, payload: &[u8]) -> Read<Self> {
        let mut reader = Reader::open(payload)?;
        let message = match (leaf, reader.kind) {
            (DownLeaf::Cmd, RELEASE) => reader.release()?,
            (DownLeaf::Cmd, RELOCK) => reader.bare_command(CommandKind::Relock)?,
            (DownLeaf::Cmd, READ_STATE) => reader.bare_command(CommandKind::ReadState)?,
            (DownLeaf::Feedback, FEEDBACK) => Self::Feedback(reader.feedback()?),
            (_, found) => return Err(MessageError::Kind { found }),
        };
        reader.close()?;
        check_down(&message)?;
        Ok(message)
    }
}

fn range(field: &'static str) -> MessageError {
    MessageError::OutOfRange { field }
}

fn within(holds: bool, field: &'static str) -> Read<()> {
    if holds { Ok(()) } else { Err(range(field)) }
}

fn check_up(body: &UpBody) -> Read<()> {
    match body {
        UpBody::Birth(birth) => {
            check_text(&birth.model, "model")?;
            check_text(&birth.serial, "serial")?;
            check_text(&birth.firmware, "firmware")
        }
        UpBody::State(state) => {
            within(state.supply_mv.is_none_or(|mv| mv <= MAX_SUPPLY_MV), "supply_mv")?;
            let sane = |c10| (MIN_TEMPERATURE_C10..=MAX_TEMPERATURE_C10).contains(&c10);
            within(state.temperature_c10.is_none_or(sane), "temperature_c10")
        }
        UpBody::Ack(ack) => within(ack.at.0 <= MAX_UNIX_MS, "at"),
        UpBody::Event(Event::Card(_) | Event::Keypad(_)) | UpBody::Gone => Ok(()),
    }
}

fn check_text(text: &str, field: &'static str) -> Read<()> {
    let printable = !text.chars().any(char::is_control);
    within(printable && (1..=MAX_TEXT_CHARS).contains(&text.chars().count()), field)
}

fn check_down(message: &Down) -> Read<()> {
    match message {
        Down::Command(Command { kind: CommandKind::Release { duration_ms, not_after }, .. }) => {
            within((MIN_RELEASE_MS..=MAX_RELEASE_MS).contains(duration_ms), "duration_ms")?;
            within(not_after.0 <= MAX_UNIX_MS, "not_after")
        }
        Down::Command(Command { kind: CommandKind::Relock | CommandKind::ReadState, .. }) => Ok(()),
        Down::Feedback(Feedback { led, buzzer }) => {
            match led {
                Some(Led::Permanent(rhythm)) => check_rhythm(rhythm)?,
                Some(Led::Temporary { rhythm, ticks }) => {
                    check_rhythm(rhythm)?;
                    within(*ticks > 0, "ticks")?;
                }
                Some(Led::Cancel) | None => {}
            }
            match buzzer {
                Some(Buzzer::Sound { on_ticks, .. }) => within(*on_ticks > 0, "buzzer"),
                Some(Buzzer::Silence) | None => Ok(()),
            }
        }
    }
}

fn check_rhythm(rhythm: &Rhythm) -> Read<()> {
    within(rhythm.on_ticks > 0 || rhythm.off_ticks > 0, "rhythm")
}

fn finish(write: impl FnOnce(&mut Encoder<Vec<u8>>) -> Written) -> Read<Vec<u8>> {
    let mut encoder = Encoder::new(Vec::with_capacity(64));
    write(&mut encoder).map_err(|_| MessageError::Malformed)?;
    let payload = encoder.into_writer();
    if payload.len() > MAX_MESSAGE_BYTES { Err(MessageError::Oversize { bytes: payload.len() }) } else { Ok(payload) }
}

fn head(e: &mut Encoder<Vec<u8>>, stamp: Stamp, kind: u8, fields: u64) -> Written {
    e.array(UP_HEAD_FIELDS + fields)?.u8(VERSION)?.u8(kind)?.u64(stamp.boot.0)?.u32(stamp.sequence.number())?.ok()
}

fn write_up(e: &mut Encoder<Vec<u8>>, up: &Up) -> Written {
    match &up.body {
        UpBody::Birth(birth) => {
            head(e, up.stamp, BIRTH, 4)?;
            e.str(&birth.model)?.str(&birth.serial)?.str(&birth.firmware)?;
            e.bool(birth.self_test == SelfTest::Passed)?.ok()
        }
        UpBody::State(state) => {
            head(e, up.stamp, STATE, 8)?;
            write_state(e, state)
        }
        UpBody::Event(Event::Card(card)) => {
            head(e, up.stamp, CARD, 2)?;
            e.u16(card.bit_count())?.bytes(card.data())?.ok()
        }
        UpBody::Event(Event::Keypad(keypad)) => {
            head(e, up.stamp, KEYPAD, 1)?;
            e.str(keypad.digits())?.ok()
        }
        UpBody::Ack(ack) => {
            head(e, up.stamp, ACK, 3)?;
            e.u64(ack.command.0)?.u8(outcome_code(ack.outcome))?.u64(ack.at.0)?.ok()
        }
        UpBody::Gone => head(e, up.stamp, GONE, 0),
    }
}

fn write_state(e: &mut Encoder<Vec<u8>>, state: &State) -> Written {
    e.u8(state.closed.code())?.u8(state.locked.code())?.u8(state.handle_home.code())?;
    match state.latched {
        Some(latched) => e.u8(latched.code())?,
        None => e.null()?,
    };
    e.u8(state.key_turned.code())?.u8(state.tampered.code())?;
    match state.supply_mv {
        Some(mv) => e.u32(mv)?,
        None => e.null()?,
    };
    match state.temperature_c10 {
        Some(c10) => e.i16(c10)?.ok(),
        None => e.null()?.ok(),
    }
}

fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::Expired => 1,
        Outcome::Refused => 2,
        Outcome::Failed => 3,
    }
}

fn write_down(e: &mut Encoder<Vec<u8>>, message: &Down) -> Written {
    match message {
        Down::Command(Command { id, kind: CommandKind::Release { duration_ms, not_after } }) => {
            e.array(5)?.u8(VERSION)?.u8(RELEASE)?.u64(id.0)?.u32(*duration_ms)?.u64(not_after.0)?.ok()
        }
        Down::Command(Command { id, kind: CommandKind::Relock }) => {
            e.array(3)?.u8(VERSION)?.u8(RELOCK)?.u64(id.0)?.ok()
        }
        Down::Command(Command { id, kind: CommandKind::ReadState }) => {
            e.array(3)?.u8(VERSION)?.u8(READ_STATE)?.u64(id.0)?.ok()
        }
        Down::Feedback(feedback) => {
            e.array(4)?.u8(VERSION)?.u8(FEEDBACK)?;
            write_led(e, feedback.led)?;
            write_buzzer(e, feedback.buzzer)
        }
    }
}

/// `null` leaves the light as it is, `[]` cancels, `[on, off, c, c]` is permanent and `[on, off, c, c, ticks]` temporary.
fn write_led(e: &mut Encoder<Vec<u8>>, led: Option<Led>) -> Written {
    let (rhythm, ticks) = match led {
        None => return e.null()?.ok(),
        Some(Led::Cancel) => return e.array(0)?.ok(),
        Some(Led::Permanent(rhythm)) => (rhythm, None),
        Some(Led::Temporary { rhythm, ticks }) => (rhythm, Some(ticks)),
    };
    e.array(4 + u64::from(ticks.is_some()))?.u8(rhythm.on_ticks)?.u8(rhythm.off_ticks)?;
    e.u8(rhythm.on_colour.code())?.u8(rhythm.off_colour.code())?;
    match ticks {
        Some(ticks) => e.u16(ticks)?.ok(),
        None => Ok(()),
    }
}

/// `null` leaves the sounder as it is, `[]` silences it, `[on, off, count]` sounds it.
fn write_buzzer(e: &mut Encoder<Vec<u8>>, buzzer: Option<Buzzer>) -> Written {
    match buzzer {
        None => e.null()?.ok(),
        Some(Buzzer::Silence) => e.array(0)?.ok(),
        Some(Buzzer::Sound { on_ticks, off_ticks, count }) => e.array(3)?.u8(on_ticks)?.u8(off_ticks)?.u8(count)?.ok(),
    }
}

/// A payload being read; counts the fields left in its outer array, so that a message of another length is refused.
struct Reader<'b> {
    decoder: Decoder<'b>,
    kind: u8,
    left: u64,
}

impl<'b> Reader<'b> {
    fn open(payload: &'b [u8]) -> Read<Self> {
        if payload.len() > MAX_MESSAGE_BYTES {
            return Err(MessageError::Oversize { bytes: payload.len() });
        }
        let mut reader = Self { decoder: Decoder::new(payload), kind: 0, left: 0 };
        reader.left = reader.array()?;
        // The version comes first and alone, because what follows may have any shape in another version.
        let version = reader.u8()?;
        if version != VERSION {
            return Err(MessageError::Version { found: version });
        }
        reader.kind = reader.u8()?;
        Ok(reader)
    }

    fn close(self) -> Read<()> {
        if self.left != 0 {
            return Err(MessageError::Malformed);
        }
        let at_end = self.decoder.position() == self.decoder.input().len();
        if at_end { Ok(()) } else { Err(MessageError::Trailing) }
    }

    /// Takes one field off the outer array.
    fn field(&mut self) -> Read<()> {
        self.left = self.left.checked_sub(1).ok_or(MessageError::Malformed)?;
        Ok(())
    }

    fn array(&mut self) -> Read<u64> {
        self.decoder.array().ok().flatten().ok_or(MessageError::Malformed)
    }

    fn u8(&mut self) -> Read<u8> {
        self.field()?;
        self.decoder.u8().map_err(|_| MessageError::Malformed)
    }

    fn u16(&mut self) -> Read<u16> {
        self.field()?;
        self.decoder.u16().map_err(|_| MessageError::Malformed)
    }

    fn u32(&mut self) -> Read<u32> {
        self.field()?;
        self.decoder.u32().map_err(|_| MessageError::Malformed)
    }

    fn u64(&mut self) -> Read<u64> {
        self.field()?;
        self.decoder.u64().map_err(|_| MessageError::Malformed)
    }

    fn bool(&mut self) -> Read<bool> {
        self.field()?;
        self.decoder.bool().map_err(|_| MessageError::Malformed)
    }

    fn str(&mut self) -> Read<&'b str> {
        self.field()?;
        self.decoder.str().map_err(|_| MessageError::Malformed)
    }

    fn text(&mut self) -> Read<String> {
        self.str().map(String::from)
    }

    /// Takes a `null` if one is next.
    fn absent(&mut self) -> Read<bool> {
        if !matches!(self.decoder.datatype(), Ok(Type::Null)) {
            return Ok(false);
        }
        self.field()?;
        self.decoder.null().map_err(|_| MessageError::Malformed)?;
        Ok(true)
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.absent()? { Ok(None) } else { read(self).map(Some) }
    }

    fn reading(&mut self, field: &'static str) -> Read<Reading> {
        Reading::from_code(self.u8()?).ok_or(range(field))
    }

    fn birth(&mut self) -> Read<Birth> {
        let (model, serial, firmware) = (self.text()?, self.text()?, self.text()?);
        let self_test = if self.bool()? { SelfTest::Passed } else { SelfTest::Failed };
        Ok(Birth { model, serial, firmware, self_test })
    }

    fn state(&mut self) -> Read<State> {
        Ok(State {
            closed: self.reading("closed")?,
            locked: self.reading("locked")?,
            handle_home: self.reading("handle_home")?,
            latched: self.optional(|r| r.reading("latched"))?,
            key_turned: self.reading("key_turned")?,
            tampered: self.reading("tampered")?,
            supply_mv: self.optional(Self::u32)?,
            temperature_c10: self.optional(Self::i16)?,
        })
    }

    fn i16(&mut self) -> Read<i16> {
        self.field()?;
        self.decoder.i16().map_err(|_| MessageError::Malformed)
    }

    fn card(&mut self) -> Read<CardRead> {
        let bit_count = self.u16()?;
        self.field()?;
        let data = self.decoder.bytes().map_err(|_| MessageError::Malformed)?;
        CardRead::new(bit_count, data)
    }

    fn ack(&mut self) -> Read<Ack> {
        let command = CommandId(self.u64()?);
        let outcome = match self.u8()? {
            0 => Outcome::Done,
            1 => Outcome::Expired,
            2 => Outcome::Refused,
            3 => Outcome::Failed,
            _ => return Err(range("outcome")),
        };
        Ok(Ack { command, outcome, at: UnixMillis(self.u64()?) })
    }

    fn release(&mut self) -> Read<Down> {
        let id = CommandId(self.u64()?);
        let duration_ms = self.u32()?;
        let not_after = UnixMillis(self.u64()?);
        Ok(Down::Command(Command { id, kind: CommandKind::Release { duration_ms, not_after } }))
    }

    fn bare_command(&mut self, kind: CommandKind) -> Read<Down> {
        Ok(Down::Command(Command { id: CommandId(self.u64()?), kind }))
    }

    fn feedback(&mut self) -> Read<Feedback> {
        let led = self.optional(|r| r.nested(Self::led))?;
        let buzzer = self.optional(|r| r.nested(Self::buzzer))?;
        Ok(Feedback { led, buzzer })
    }

    /// Reads one field that is an array of its own; the callee takes as many fields as `left` then says.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.field()?;
        let outer = self.left;
        self.left = self.array()?;
        let found = read(self)?;
        if self.left != 0 {
            return Err(MessageError::Malformed);
        }
        self.left = outer;
        Ok(found)
    }

    fn led(&mut self) -> Read<Led> {
        if self.left == 0 {
            return Ok(Led::Cancel);
        }
        let rhythm = Rhythm {
            on_ticks: self.u8()?,
            off_ticks: self.u8()?,
            on_colour: Colour::from_code(self.u8()?).ok_or(range("on_colour"))?,
            off_colour: Colour::from_code(self.u8()?).ok_or(range("off_colour"))?,
        };
        if self.left == 0 {
            return Ok(Led::Permanent(rhythm));
        }
        Ok(Led::Temporary { rhythm, ticks: self.u16()? })
    }

    fn buzzer(&mut self) -> Read<Buzzer> {
        if self.left == 0 {
            return Ok(Buzzer::Silence);
        }
        Ok(Buzzer::Sound { on_ticks: self.u8()?, off_ticks: self.u8()?, count: self.u8()? })
    }
}
