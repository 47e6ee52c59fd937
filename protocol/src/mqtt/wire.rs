//! The bytes of the messages: one CBOR array (RFC 8949) each, `[version, kind, ...]`, definite lengths only.
//!
//! Up: `[2, kind, boot, sequence, at, ...]` with kind 1 birth, 2 state, 3 card, 4 keypad, 5 ack, 6 gone, 7 rights, 8 log, 9 csr.
//! Down: `[2, kind, ...]` with kind 16 release, 17 relock, 18 read state, 19 feedback, 20 decide online, 21 canary, 22 note log,
//! 23 certificate. A rights list is no CBOR; its bytes are in `rights`.
//! What the fields mean and may hold is in `message`, `state` and `feedback`. The same checks run on both ways, so that what
//! one end writes the other always takes. A change here needs a new version.

use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::Encoder;

use super::feedback::{Buzzer, Feedback, Led, Rhythm};
use super::message::{
    Boot, BootCause, Command, CommandId, CommandKind, Der, Down, Event, HEARTBEAT_SECS, Keypad, Legend, LogRecord,
    Logged, MAX_MESSAGE_BYTES, MAX_RELEASE_MS, MAX_TEXT_CHARS, MAX_UNIX_MS, MIN_RELEASE_MS, MessageError, Outcome,
    RightsOutcome, Sequence, Stamp, UnixMillis, Up, UpBody,
};
use super::rights::HeldRights;
use super::state::{MAX_MOTOR_MA, MAX_SUPPLY_MV, MAX_TEMPERATURE_C10, MAX_TRAVEL_MS, MIN_TEMPERATURE_C10, State};
use super::topic::{DownLeaf, UpLeaf};

use reader::Reader;

mod reader;

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
            return sized(list, DownLeaf::Rights.max_bytes()).map(Vec::from);
        }
        check_down(self)?;
        finish(|e| write_down(e, self))
    }

    /// Reads a payload that came on `leaf`. Never panics; refuses whatever is not exactly one message of that leaf.
    pub fn decode(leaf: DownLeaf, payload: &[u8]) -> Read<Self> {
        if leaf == DownLeaf::Rights {
            return sized(payload, leaf.max_bytes()).map(|list| Self::Rights(Vec::from(list)));
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

fn sized(payload: &[u8], max: usize) -> Read<&[u8]> {
    let bytes = payload.len();
    if bytes <= max { Ok(payload) } else { Err(MessageError::Oversize { bytes, max }) }
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
            within(record.at.0 <= MAX_UNIX_MS, "at")?;
            match record.what {
                Logged::Admitted { card: _, list } => within(list.0 > 0, "list"),
                Logged::Overflowed { lost } => within(lost > 0, "lost"),
                Logged::Refused { .. } | Logged::Opened | Logged::Closed | Logged::KeyTurned | Logged::Tampered => {
                    Ok(())
                }
            }
        }
        UpBody::Ack(ack) => within(ack.at.0 <= MAX_UNIX_MS, "at"),
        UpBody::Event(Event::Card(_) | Event::Keypad(_)) | UpBody::Csr(_) | UpBody::Gone => Ok(()),
    }
}

fn check_held(held: Option<&HeldRights>) -> Read<()> {
    within(held.is_none_or(|held| held.number.0 > 0), "number")?;
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
    sized(&payload, MAX_MESSAGE_BYTES)?;
    Ok(payload)
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
