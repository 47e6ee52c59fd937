//! The bytes of the messages: one CBOR array (RFC 8949) each, `[version, kind, ...]`, definite lengths only.
//!
//! Up: `[2, kind, boot, sequence, at, ...]` with kind 1 birth, 2 state, 3 card, 4 keypad, 5 ack, 6 gone, 7 rights, 8 log, 9 csr.
//! Down: `[2, kind, ...]` with kind 16 release, 17 relock, 18 read state, 19 feedback, 20 decide online, 21 canary, 22 note log,
//! 23 certificate. A rights list is no CBOR; its bytes are in `rights`.
//! What the fields mean and may hold is in `message`, `state` and `feedback`. The same checks run on both ways, so that what
//! one end writes the other always takes. A change here needs a new version.

use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::feedback::{Buzzer, Colour, Feedback, Led, Rhythm};
use super::message::{
    Ack, Birth, Boot, BootCause, Capabilities, CardRead, Command, CommandId, CommandKind, Der, Down, Event,
    HEARTBEAT_SECS, Keypad, Legend, LogRecord, Logged, MAX_MESSAGE_BYTES, MAX_RELEASE_MS, MAX_TEXT_CHARS, MAX_UNIX_MS,
    MIN_RELEASE_MS, MessageError, Outcome, RightsOutcome, RightsReport, SelfTest, Sequence, Stamp, UnixMillis, Up,
    UpBody,
};
use super::rights::{CardHash, HeldRights, ListNumber, MAX_LIST_BYTES, RightsRefusal};
use super::state::{
    MAX_MOTOR_MA, MAX_SUPPLY_MV, MAX_TEMPERATURE_C10, MAX_TRAVEL_MS, MIN_TEMPERATURE_C10, Reading, State, UnlockCause,
};
use super::topic::{DownLeaf, UpLeaf};

/// The one version spoken here.
pub(super) const VERSION: u8 = 2;

const BIRTH: u8 = 1;
const STATE: u8 = 2;
const CARD: u8 = 3;
const KEYPAD: u8 = 4;
const ACK: u8 = 5;
const GONE: u8 = 6;
const RIGHTS: u8 = 7;
const LOG: u8 = 8;
const CSR: u8 = 9;
const RELEASE: u8 = 16;
const RELOCK: u8 = 17;
const READ_STATE: u8 = 18;
const FEEDBACK: u8 = 19;
const DECIDE_ONLINE: u8 = 20;
const CANARY: u8 = 21;
const NOTE_LOG: u8 = 22;
const CERTIFICATE: u8 = 23;

/// The fields every up message begins with: version, kind, boot, sequence, time.
const UP_HEAD_FIELDS: u64 = 5;

type Written = Result<(), minicbor::encode::Error<Infallible>>;
type Read<T> = Result<T, MessageError>;

impl Up {
    /// The payload of this message, or which field of it is out of range.
    pub fn encode(&self) -> Read<Vec<u8>> {
        check_up(self)?;
        finish(|e| write_up(e, self))
    }

    /// Reads a payload that came on `leaf`. Never panics; refuses whatever is not exactly one message of that leaf.
    pub fn decode(leaf: UpLeaf, payload: &[u8]) -> Read<Self> {
        let mut reader = Reader::open(payload)?;
        let kind = reader.kind;
        let stamp =
            Stamp { boot: Boot(reader.u64()?), sequence: Sequence::new(reader.u32()?).ok_or(range("sequence"))? };
        let at = UnixMillis(reader.u64()?);
        let body = match (leaf, kind) {
            (UpLeaf::Birth, BIRTH) => UpBody::Birth(reader.birth()?),
            (UpLeaf::State, STATE) => UpBody::State(reader.state()?),
            (UpLeaf::Event, CARD) => UpBody::Event(Event::Card(reader.card()?)),
            (UpLeaf::Event, KEYPAD) => UpBody::Event(Event::Keypad(Keypad::new(reader.str()?)?)),
            (UpLeaf::Ack, ACK) => UpBody::Ack(reader.ack()?),
            (UpLeaf::Rights, RIGHTS) => UpBody::Rights(reader.rights()?),
            (UpLeaf::Log, LOG) => UpBody::Log(reader.log()?),
            (UpLeaf::Csr, CSR) => UpBody::Csr(Der::new(reader.bytes()?)?),
            (UpLeaf::Gone, GONE) => UpBody::Gone,
            (_, found) => return Err(MessageError::Kind { found }),
        };
        reader.close()?;
        let up = Self { stamp, at, body };
        check_up(&up)?;
        Ok(up)
    }
}

impl Down {
    /// The payload of this message, or which field of it is out of range.
    pub fn encode(&self) -> Read<Vec<u8>> {
        if let Self::Rights(list) = self {
            let fits = list.len() <= MAX_LIST_BYTES;
            return if fits { Ok(list.clone()) } else { Err(MessageError::Oversize { bytes: list.len() }) };
        }
        check_down(self)?;
        finish(|e| write_down(e, self))
    }

    /// Reads a payload that came on `leaf`. Never panics; refuses whatever is not exactly one message of that leaf.
    pub fn decode(leaf: DownLeaf, payload: &[u8]) -> Read<Self> {
        if leaf == DownLeaf::Rights {
            let fits = payload.len() <= MAX_LIST_BYTES;
            return if fits {
                Ok(Self::Rights(Vec::from(payload)))
            } else {
                Err(MessageError::Oversize { bytes: payload.len() })
            };
        }
        let mut reader = Reader::open(payload)?;
        let message = match (leaf, reader.kind) {
            (DownLeaf::Cmd, RELEASE) => reader.release()?,
            (DownLeaf::Cmd, RELOCK) => reader.bare_command(CommandKind::Relock)?,
            (DownLeaf::Cmd, READ_STATE) => reader.bare_command(CommandKind::ReadState)?,
            (DownLeaf::Cmd, DECIDE_ONLINE) => reader.bare_command(CommandKind::DecideOnline)?,
            (DownLeaf::Cmd, CANARY) => {
                let id = CommandId(reader.u64()?);
                Self::Command(Command { id, kind: CommandKind::Canary { card: reader.card()? } })
            }
            (DownLeaf::Cmd, NOTE_LOG) => {
                let id = CommandId(reader.u64()?);
                Self::Command(Command { id, kind: CommandKind::NoteLog { through: reader.u64()? } })
            }
            (DownLeaf::Certificate, CERTIFICATE) => Self::Certificate(Der::new(reader.bytes()?)?),
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

fn check_up(up: &Up) -> Read<()> {
    within(up.at.0 <= MAX_UNIX_MS, "at")?;
    match &up.body {
        UpBody::Birth(birth) => {
            within(HEARTBEAT_SECS.contains(&birth.heartbeat_secs), "heartbeat_secs")?;
            check_held(birth.held.as_ref())?;
            check_text(&birth.model, "model")?;
            check_text(&birth.serial, "serial")?;
            check_text(&birth.firmware, "firmware")
        }
        UpBody::State(state) => {
            within(state.supply_mv.is_none_or(|mv| mv <= MAX_SUPPLY_MV), "supply_mv")?;
            let sane = |c10| (MIN_TEMPERATURE_C10..=MAX_TEMPERATURE_C10).contains(&c10);
            within(state.temperature_c10.is_none_or(sane), "temperature_c10")?;
            within(state.humidity_percent.is_none_or(|percent| percent <= 100), "humidity_percent")?;
            within(state.motor_ma.is_none_or(|ma| ma <= MAX_MOTOR_MA), "motor_ma")?;
            within(state.travel_ms.is_none_or(|ms| ms <= MAX_TRAVEL_MS), "travel_ms")
        }
        UpBody::Rights(report) => check_held(report.held.as_ref()),
        UpBody::Log(record) => {
            within(record.number > 0, "number")?;
            within(record.at.0 <= MAX_UNIX_MS, "at")
        }
        UpBody::Ack(ack) => within(ack.at.0 <= MAX_UNIX_MS, "at"),
        UpBody::Event(Event::Card(_) | Event::Keypad(_)) | UpBody::Csr(_) | UpBody::Gone => Ok(()),
    }
}

fn check_held(held: Option<&HeldRights>) -> Read<()> {
    within(held.is_none_or(|held| held.expires.0 <= MAX_UNIX_MS), "expires")
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
        Down::Command(Command { .. }) | Down::Certificate(_) | Down::Rights(_) => Ok(()),
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

fn head(e: &mut Encoder<Vec<u8>>, up: &Up, kind: u8, fields: u64) -> Written {
    e.array(UP_HEAD_FIELDS + fields)?.u8(VERSION)?.u8(kind)?;
    e.u64(up.stamp.boot.0)?.u32(up.stamp.sequence.number())?.u64(up.at.0)?.ok()
}

fn write_up(e: &mut Encoder<Vec<u8>>, up: &Up) -> Written {
    match &up.body {
        UpBody::Birth(birth) => {
            head(e, up, BIRTH, 10)?;
            e.str(&birth.model)?.str(&birth.serial)?.str(&birth.firmware)?;
            e.u32(birth.self_test.0)?.u8(boot_cause_code(birth.cause))?;
            e.u32(birth.capabilities.bits)?.u16(birth.capabilities.rights_cards)?;
            e.u8(legend_code(birth.legend))?.u16(birth.heartbeat_secs)?;
            write_held(e, birth.held.as_ref())
        }
        UpBody::State(state) => {
            head(e, up, STATE, 14)?;
            write_state(e, state)
        }
        UpBody::Event(Event::Card(card)) => {
            head(e, up, CARD, 2)?;
            e.u16(card.bit_count())?.bytes(card.data())?.ok()
        }
        UpBody::Event(Event::Keypad(keypad)) => {
            head(e, up, KEYPAD, 1)?;
            e.str(keypad.digits())?.ok()
        }
        UpBody::Ack(ack) => {
            head(e, up, ACK, 3)?;
            e.u64(ack.command.0)?.u8(outcome_code(ack.outcome))?.u64(ack.at.0)?.ok()
        }
        UpBody::Rights(report) => {
            head(e, up, RIGHTS, 2)?;
            e.u8(rights_outcome_code(report.outcome))?;
            write_held(e, report.held.as_ref())
        }
        UpBody::Log(record) => write_log(e, up, record),
        UpBody::Csr(der) => {
            head(e, up, CSR, 1)?;
            e.bytes(der.bytes())?.ok()
        }
        UpBody::Gone => head(e, up, GONE, 0),
    }
}

/// `null` is nothing held, else `[number, generation, digest, expires]`.
fn write_held(e: &mut Encoder<Vec<u8>>, held: Option<&HeldRights>) -> Written {
    match held {
        None => e.null()?.ok(),
        Some(HeldRights { number, generation, digest, expires }) => {
            e.array(4)?.u64(number.0)?.u64(*generation)?.bytes(digest)?.u64(expires.0)?.ok()
        }
    }
}

/// `number, at, what, ...` with what 0 admitted (card, list), 1 refused (card), 2 opened, 3 closed, 4 key turned, 5 tampered,
/// 6 overflowed (lost).
fn write_log(e: &mut Encoder<Vec<u8>>, up: &Up, record: &LogRecord) -> Written {
    let (code, fields) = match record.what {
        Logged::Admitted { .. } => (0, 2),
        Logged::Refused { .. } => (1, 1),
        Logged::Opened => (2, 0),
        Logged::Closed => (3, 0),
        Logged::KeyTurned => (4, 0),
        Logged::Tampered => (5, 0),
        Logged::Overflowed { .. } => (6, 1),
    };
    head(e, up, LOG, 3 + fields)?;
    e.u64(record.number)?.u64(record.at.0)?.u8(code)?;
    match &record.what {
        Logged::Admitted { card, list } => e.bytes(&card.0)?.u64(list.0)?.ok(),
        Logged::Refused { card } => e.bytes(&card.0)?.ok(),
        Logged::Overflowed { lost } => e.u32(*lost)?.ok(),
        Logged::Opened | Logged::Closed | Logged::KeyTurned | Logged::Tampered => Ok(()),
    }
}

fn boot_cause_code(cause: BootCause) -> u8 {
    match cause {
        BootCause::Unknown => 0,
        BootCause::PowerOn => 1,
        BootCause::Commanded => 2,
        BootCause::Update => 3,
        BootCause::Watchdog => 4,
        BootCause::Brownout => 5,
    }
}

fn legend_code(legend: Legend) -> u8 {
    match legend {
        Legend::None => 0,
        Legend::OneColour => 1,
        Legend::RedGreen => 2,
        Legend::Full => 3,
    }
}

/// 0 holding, 1 applied, 16 and more refused, by the refusal's own number.
fn rights_outcome_code(outcome: RightsOutcome) -> u8 {
    match outcome {
        RightsOutcome::Holding => 0,
        RightsOutcome::Applied => 1,
        RightsOutcome::Refused(refusal) => FIRST_REFUSAL + refusal.code(),
    }
}

/// See [`rights_outcome_code`].
const FIRST_REFUSAL: u8 = 16;

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
        Some(c10) => e.i16(c10)?,
        None => e.null()?,
    };
    match state.humidity_percent {
        Some(percent) => e.u8(percent)?,
        None => e.null()?,
    };
    match state.slide_locked {
        Some(locked) => e.u8(locked.code())?,
        None => e.null()?,
    };
    e.u8(state.stalled.code())?;
    for number in [state.motor_ma, state.travel_ms] {
        match number {
            Some(number) => e.u16(number)?,
            None => e.null()?,
        };
    }
    match state.unlocked_by {
        Some(cause) => e.u8(cause.code())?.ok(),
        None => e.null()?.ok(),
    }
}

fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::Expired => 1,
        Outcome::Refused => 2,
        Outcome::Failed => 3,
        Outcome::WouldRefuse => 4,
        Outcome::WouldAdmit => 5,
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
        Down::Command(Command { id, kind: CommandKind::DecideOnline }) => {
            e.array(3)?.u8(VERSION)?.u8(DECIDE_ONLINE)?.u64(id.0)?.ok()
        }
        Down::Command(Command { id, kind: CommandKind::Canary { card } }) => {
            e.array(5)?.u8(VERSION)?.u8(CANARY)?.u64(id.0)?.u16(card.bit_count())?.bytes(card.data())?.ok()
        }
        Down::Command(Command { id, kind: CommandKind::NoteLog { through } }) => {
            e.array(4)?.u8(VERSION)?.u8(NOTE_LOG)?.u64(id.0)?.u64(*through)?.ok()
        }
        Down::Certificate(der) => e.array(3)?.u8(VERSION)?.u8(CERTIFICATE)?.bytes(der.bytes())?.ok(),
        // Its bytes are its own; it never comes here.
        Down::Rights(_) => Ok(()),
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
        Ok(Birth {
            model,
            serial,
            firmware,
            self_test: SelfTest(self.u32()?),
            cause: self.boot_cause()?,
            capabilities: Capabilities { bits: self.u32()?, rights_cards: self.u16()? },
            legend: self.legend()?,
            heartbeat_secs: self.u16()?,
            held: self.optional(|r| r.nested(Self::held))?,
        })
    }

    fn boot_cause(&mut self) -> Read<BootCause> {
        Ok(match self.u8()? {
            0 => BootCause::Unknown,
            1 => BootCause::PowerOn,
            2 => BootCause::Commanded,
            3 => BootCause::Update,
            4 => BootCause::Watchdog,
            5 => BootCause::Brownout,
            _ => return Err(range("cause")),
        })
    }

    fn legend(&mut self) -> Read<Legend> {
        Ok(match self.u8()? {
            0 => Legend::None,
            1 => Legend::OneColour,
            2 => Legend::RedGreen,
            3 => Legend::Full,
            _ => return Err(range("legend")),
        })
    }

    fn held(&mut self) -> Read<HeldRights> {
        Ok(HeldRights {
            number: ListNumber(self.u64()?),
            generation: self.u64()?,
            digest: self.array_of()?,
            expires: UnixMillis(self.u64()?),
        })
    }

    fn rights(&mut self) -> Read<RightsReport> {
        let outcome = match self.u8()? {
            0 => RightsOutcome::Holding,
            1 => RightsOutcome::Applied,
            code => {
                let refusal = code.checked_sub(FIRST_REFUSAL).and_then(RightsRefusal::from_code);
                RightsOutcome::Refused(refusal.ok_or(range("outcome"))?)
            }
        };
        Ok(RightsReport { outcome, held: self.optional(|r| r.nested(Self::held))? })
    }

    fn log(&mut self) -> Read<LogRecord> {
        let (number, at) = (self.u64()?, UnixMillis(self.u64()?));
        let what = match self.u8()? {
            0 => Logged::Admitted { card: CardHash(self.array_of()?), list: ListNumber(self.u64()?) },
            1 => Logged::Refused { card: CardHash(self.array_of()?) },
            2 => Logged::Opened,
            3 => Logged::Closed,
            4 => Logged::KeyTurned,
            5 => Logged::Tampered,
            6 => Logged::Overflowed { lost: self.u32()? },
            _ => return Err(range("what")),
        };
        Ok(LogRecord { number, at, what })
    }

    fn bytes(&mut self) -> Read<&'b [u8]> {
        self.field()?;
        self.decoder.bytes().map_err(|_| MessageError::Malformed)
    }

    fn array_of<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| MessageError::Malformed)
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
            humidity_percent: self.optional(Self::u8)?,
            slide_locked: self.optional(|r| r.reading("slide_locked"))?,
            stalled: self.reading("stalled")?,
            motor_ma: self.optional(Self::u16)?,
            travel_ms: self.optional(Self::u16)?,
            unlocked_by: self.optional(|r| UnlockCause::from_code(r.u8()?).ok_or(range("unlocked_by")))?,
        })
    }

    fn i16(&mut self) -> Read<i16> {
        self.field()?;
        self.decoder.i16().map_err(|_| MessageError::Malformed)
    }

    fn card(&mut self) -> Read<CardRead> {
        let bit_count = self.u16()?;
        CardRead::new(bit_count, self.bytes()?)
    }

    fn ack(&mut self) -> Read<Ack> {
        let command = CommandId(self.u64()?);
        let outcome = match self.u8()? {
            0 => Outcome::Done,
            1 => Outcome::Expired,
            2 => Outcome::Refused,
            3 => Outcome::Failed,
            4 => Outcome::WouldRefuse,
            5 => Outcome::WouldAdmit,
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
