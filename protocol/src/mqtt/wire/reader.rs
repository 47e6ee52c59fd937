//! Reading a payload field by field: each in its turn, of its type and range, and none left over.
//!
//! Decides nothing of its own: the layout is said at the head of `wire`, the ranges that a type does not carry are checked there.

use alloc::string::String;

use minicbor::Decoder;
use minicbor::data::Type;

use super::{FIRST_REFUSAL, Read, VERSION, range, sized};
use crate::mqtt::feedback::{Buzzer, Colour, Feedback, Led, Rhythm};
use crate::mqtt::message::{
    Ack, Birth, BootCause, Capabilities, CardRead, Command, CommandId, CommandKind, Down, Legend, LogRecord, Logged,
    MAX_MESSAGE_BYTES, MessageError, Outcome, RightsOutcome, RightsReport, SelfTest, UnixMillis,
};
use crate::mqtt::rights::{CardHash, HeldRights, ListNumber, RightsRefusal};
use crate::mqtt::state::{Reading, State, UnlockCause};

/// A payload being read; counts the fields left in its outer array, so that a message of another length is refused.
pub(super) struct Reader<'b> {
    decoder: Decoder<'b>,
    pub(super) kind: u8,
    left: u64,
}

impl<'b> Reader<'b> {
    pub(super) fn open(payload: &'b [u8]) -> Read<Self> {
        sized(payload, MAX_MESSAGE_BYTES)?;
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

    pub(super) fn close(self) -> Read<()> {
        if self.left != 0 {
            return Err(MessageError::Malformed);
        }
        let at_end = self.decoder.position() == self.decoder.input().len();
        if at_end { Ok(()) } else { Err(MessageError::Trailing) }
    }

    /// Takes one field off the outer array.
    pub(super) fn field(&mut self) -> Read<()> {
        self.left = self.left.checked_sub(1).ok_or(MessageError::Malformed)?;
        Ok(())
    }

    pub(super) fn array(&mut self) -> Read<u64> {
        self.decoder.array().ok().flatten().ok_or(MessageError::Malformed)
    }

    pub(super) fn u8(&mut self) -> Read<u8> {
        self.field()?;
        self.decoder.u8().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn u16(&mut self) -> Read<u16> {
        self.field()?;
        self.decoder.u16().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.field()?;
        self.decoder.u32().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.field()?;
        self.decoder.u64().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn str(&mut self) -> Read<&'b str> {
        self.field()?;
        self.decoder.str().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn text(&mut self) -> Read<String> {
        self.str().map(String::from)
    }

    /// Takes a `null` if one is next.
    pub(super) fn absent(&mut self) -> Read<bool> {
        if !matches!(self.decoder.datatype(), Ok(Type::Null)) {
            return Ok(false);
        }
        self.field()?;
        self.decoder.null().map_err(|_| MessageError::Malformed)?;
        Ok(true)
    }

    pub(super) fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.absent()? { Ok(None) } else { read(self).map(Some) }
    }

    pub(super) fn reading(&mut self, field: &'static str) -> Read<Reading> {
        Reading::from_code(self.u8()?).ok_or(range(field))
    }

    pub(super) fn birth(&mut self) -> Read<Birth> {
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

    pub(super) fn boot_cause(&mut self) -> Read<BootCause> {
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

    pub(super) fn legend(&mut self) -> Read<Legend> {
        Ok(match self.u8()? {
            0 => Legend::None,
            1 => Legend::OneColour,
            2 => Legend::RedGreen,
            3 => Legend::Full,
            _ => return Err(range("legend")),
        })
    }

    pub(super) fn held(&mut self) -> Read<HeldRights> {
        Ok(HeldRights {
            number: ListNumber(self.u64()?),
            generation: self.u64()?,
            digest: self.array_of()?,
            expires: UnixMillis(self.u64()?),
        })
    }

    pub(super) fn rights(&mut self) -> Read<RightsReport> {
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

    pub(super) fn log(&mut self) -> Read<LogRecord> {
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

    pub(super) fn bytes(&mut self) -> Read<&'b [u8]> {
        self.field()?;
        self.decoder.bytes().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn array_of<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn state(&mut self) -> Read<State> {
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

    pub(super) fn i16(&mut self) -> Read<i16> {
        self.field()?;
        self.decoder.i16().map_err(|_| MessageError::Malformed)
    }

    pub(super) fn card(&mut self) -> Read<CardRead> {
        let bit_count = self.u16()?;
        CardRead::new(bit_count, self.bytes()?)
    }

    pub(super) fn ack(&mut self) -> Read<Ack> {
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

    pub(super) fn release(&mut self) -> Read<Down> {
        let id = CommandId(self.u64()?);
        let duration_ms = self.u32()?;
        let not_after = UnixMillis(self.u64()?);
        Ok(Down::Command(Command { id, kind: CommandKind::Release { duration_ms, not_after } }))
    }

    pub(super) fn bare_command(&mut self, kind: CommandKind) -> Read<Down> {
        Ok(Down::Command(Command { id: CommandId(self.u64()?), kind }))
    }

    pub(super) fn feedback(&mut self) -> Read<Feedback> {
        let led = self.optional(|r| r.nested(Self::led))?;
        let buzzer = self.optional(|r| r.nested(Self::buzzer))?;
        Ok(Feedback { led, buzzer })
    }

    /// Reads one field that is an array of its own; the callee takes as many fields as `left` then says.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
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

    pub(super) fn led(&mut self) -> Read<Led> {
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

    pub(super) fn buzzer(&mut self) -> Read<Buzzer> {
        if self.left == 0 {
            return Ok(Buzzer::Silence);
        }
        Ok(Buzzer::Sound { on_ticks: self.u8()?, off_ticks: self.u8()?, count: self.u8()? })
    }
}
