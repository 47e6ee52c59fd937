//! The messages of the MQTT link: their fields, their ranges, and what is wrong with a payload that is not one.
//!
//! The bytes are in `wire`; which message may follow which is in `link` and `device`. A rights list has a form of its own, in
//! `rights`. Card data and key presses are secrets: their `Debug` shows lengths only.
//!
//! Vocabulary: see the head of [`mqtt`](super).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use super::feedback::Feedback;
use super::rights::{CardHash, HeldRights, ListNumber, RightsRefusal};
use super::state::State;
use super::topic::{DownLeaf, UpLeaf};

/// Longest payload of every leaf but the rights list, in bytes. Small enough for a handle's receive buffer; a longer one is
/// refused unread.
pub const MAX_MESSAGE_BYTES: usize = 1024;
/// Longest certificate or request for one, in bytes of DER; with its head it fits a message.
pub const MAX_DER_BYTES: usize = 960;
/// Shortest and longest promise of a device to say something, in seconds.
pub const HEARTBEAT_SECS: core::ops::RangeInclusive<u16> = 5..=3_600;
/// Longest card number, in bits; the longest in use (a 200-bit PIV identifier) fits twice.
pub const MAX_CARD_BITS: u16 = 512;
/// Most key presses in one event.
pub const MAX_KEYPAD_DIGITS: usize = 16;
/// Longest text of a birth, in characters.
pub const MAX_TEXT_CHARS: usize = 64;
/// Shortest release a device may be asked for, in milliseconds; a slide cannot travel faster.
pub const MIN_RELEASE_MS: u32 = 100;
/// Longest release a device may be asked for, in milliseconds; a lost relock can never leave a rack open longer.
pub const MAX_RELEASE_MS: u32 = 300_000;
/// Latest moment a message may name, in milliseconds since 1970: the end of the year 9999.
pub const MAX_UNIX_MS: u64 = 253_402_300_799_999;

/// One start of a device: a number it draws at random at power-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Boot(pub u64);

/// The place of a message within its boot, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u32);

impl Sequence {
    /// The first message of a boot.
    pub const FIRST: Self = Self(1);

    /// A sequence from its number; 0 is none.
    pub fn new(number: u32) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// The number, 1 or more.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The one after, or `None` when the device must start anew to go on.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// Which message of which boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The boot it was sent in.
    pub boot: Boot,
    /// Its place there.
    pub sequence: Sequence,
}

/// A moment in milliseconds since 1970-01-01T00:00:00Z, up to [`MAX_UNIX_MS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

/// Names one command, so that its acknowledgement is told from others and a repeat is not carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

/// A message from a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Up {
    /// Which message it is. A [`UpBody::Gone`] carries the stamp of the birth whose connection it ends.
    pub stamp: Stamp,
    /// When it was said, by the device's clock; of a will, when the connection began.
    pub at: UnixMillis,
    /// What it says.
    pub body: UpBody,
}

/// What a device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpBody {
    /// Who it is.
    Birth(Birth),
    /// What its sensors read.
    State(State),
    /// Someone presented something.
    Event(Event),
    /// What became of a command.
    Ack(Ack),
    /// Which rights it holds, or why it refused some.
    Rights(RightsReport),
    /// What happened while it was on its own.
    Log(LogRecord),
    /// A request (PKCS #10, DER) for the certificate after the one it has.
    Csr(Der),
    /// Its connection is over: its last will, or its farewell when it disconnects by itself.
    Gone,
}

impl UpBody {
    /// The topic leaf this body belongs on.
    pub fn leaf(&self) -> UpLeaf {
        match self {
            Self::Birth(_) => UpLeaf::Birth,
            Self::State(_) => UpLeaf::State,
            Self::Event(_) => UpLeaf::Event,
            Self::Ack(_) => UpLeaf::Ack,
            Self::Rights(_) => UpLeaf::Rights,
            Self::Log(_) => UpLeaf::Log,
            Self::Csr(_) => UpLeaf::Csr,
            Self::Gone => UpLeaf::Gone,
        }
    }
}

/// Who a device is and what it can do. Texts are 1 to 64 printable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// Maker's model name.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Firmware version.
    pub firmware: String,
    /// What the test at power-up found.
    pub self_test: SelfTest,
    /// Why it started.
    pub cause: BootCause,
    /// What it can do.
    pub capabilities: Capabilities,
    /// How its light speaks.
    pub legend: Legend,
    /// It says something at least so often, in seconds, within [`HEARTBEAT_SECS`]; whoever does not is gone.
    pub heartbeat_secs: u16,
    /// The rights list it holds.
    pub held: Option<HeldRights>,
}

/// What a device found when it tested itself at power-up: a word with one bit for each part that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct SelfTest(pub u32);

impl SelfTest {
    /// Nothing wrong.
    pub const PASSED: Self = Self(0);
    /// The slide did not move or was not seen to.
    pub const SLIDE: u32 = 1;
    /// A sensor of leaf, handle or latch.
    pub const SENSORS: u32 = 1 << 1;
    /// The card reader.
    pub const READER: u32 = 1 << 2;
    /// The memory for rights and log.
    pub const MEMORY: u32 = 1 << 3;
    /// The clock.
    pub const CLOCK: u32 = 1 << 4;
    /// The supply.
    pub const SUPPLY: u32 = 1 << 5;

    /// Whether every part passed.
    pub const fn is_passed(self) -> bool {
        self.0 == 0
    }
}

/// Why a device started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum BootCause {
    /// It does not know.
    #[default]
    Unknown,
    /// Power came.
    PowerOn,
    /// It was told to.
    Commanded,
    /// New firmware.
    Update,
    /// Its watchdog.
    Watchdog,
    /// The supply sank too far.
    Brownout,
}

/// What a device can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Capabilities {
    /// One bit each, by the constants here; bits without a name are kept and mean nothing.
    pub bits: u32,
    /// Cards that its rights list can hold; 0 where it keeps none.
    pub rights_cards: u16,
}

impl Capabilities {
    /// It has a card reader.
    pub const READER: u32 = 1;
    /// It has a keypad.
    pub const KEYPAD: u32 = 1 << 1;
    /// It has a latch sensor.
    pub const LATCH: u32 = 1 << 2;
    /// It has a key cylinder with a sensor.
    pub const KEY_CYLINDER: u32 = 1 << 3;
    /// It has a second, mechanical slide with a sensor.
    pub const MECHANICAL_SLIDE: u32 = 1 << 4;
    /// It measures the motor's current.
    pub const MOTOR_CURRENT: u32 = 1 << 5;
    /// It measures humidity.
    pub const HUMIDITY: u32 = 1 << 6;
    /// It can be asked whether it would open for a card ([`CommandKind::Canary`]).
    pub const CANARY: u32 = 1 << 7;
    /// It keeps a log while it is on its own.
    pub const LOG: u32 = 1 << 8;
    /// It asks for a new certificate by itself.
    pub const RENEWAL: u32 = 1 << 9;

    /// Whether it has what a constant stands for.
    pub const fn has(self, bit: u32) -> bool {
        self.bits & bit != 0
    }
}

/// How the light of a device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Legend {
    /// It has none.
    None,
    /// One colour.
    OneColour,
    /// Red and green, and amber from both.
    RedGreen,
    /// Every colour.
    #[default]
    Full,
}

/// Which rights a device holds, and why it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsReport {
    /// What it holds now; `None` is nothing, so that it opens for nobody by itself.
    pub held: Option<HeldRights>,
    /// Why it says so.
    pub outcome: RightsOutcome,
}

/// What became of a rights list, or that nothing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RightsOutcome {
    /// It was asked, or was told to decide online only.
    Holding,
    /// The list it was sent is in force.
    Applied,
    /// The list it was sent is not.
    Refused(RightsRefusal),
}

/// One thing that happened while a device was on its own. It is kept, and told again after every connect, until the daemon has
/// said that it has it ([`CommandKind::NoteLog`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogRecord {
    /// Its number, from 1, over all boots.
    pub number: u64,
    /// When it happened, by the device's clock.
    pub at: UnixMillis,
    /// What.
    pub what: Logged,
}

/// What can happen to a device on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logged {
    /// It opened for a card.
    Admitted {
        /// Which.
        card: CardHash,
        /// By which list.
        list: ListNumber,
    },
    /// It did not open for a card.
    Refused {
        /// Which.
        card: CardHash,
    },
    /// The door was opened.
    Opened,
    /// The door was closed and is secured.
    Closed,
    /// The mechanical key was turned.
    KeyTurned,
    /// Cover or mounting was opened.
    Tampered,
    /// So many records found no room.
    Overflowed {
        /// How many.
        lost: u32,
    },
}

/// A certificate or a request for one, 1 to [`MAX_DER_BYTES`] bytes. What is in it is not looked at here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Der(Vec<u8>);

impl Der {
    /// Takes the bytes as they are.
    pub fn new(bytes: &[u8]) -> Result<Self, MessageError> {
        let fits = (1..=MAX_DER_BYTES).contains(&bytes.len());
        if fits { Ok(Self(Vec::from(bytes))) } else { Err(MessageError::OutOfRange { field: "der" }) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Someone presented something at the device's own reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A card.
    Card(CardRead),
    /// Key presses.
    Keypad(Keypad),
}

/// The bits of a card, most significant first, left aligned, the rest of the last byte zero.
#[derive(Clone, PartialEq, Eq)]
pub struct CardRead {
    bit_count: u16,
    data: Vec<u8>,
}

impl CardRead {
    /// A card of `bit_count` bits, 1 to [`MAX_CARD_BITS`], in exactly as many bytes as they need.
    pub fn new(bit_count: u16, data: &[u8]) -> Result<Self, MessageError> {
        let whole = usize::from(bit_count).div_ceil(8) == data.len();
        let spare = (8 - bit_count % 8) % 8;
        let padding_clear = data.last().is_some_and(|last| last & !(0xFFu8 << spare) == 0);
        if !(1..=MAX_CARD_BITS).contains(&bit_count) || !whole || !padding_clear {
            return Err(MessageError::OutOfRange { field: "card" });
        }
        Ok(Self { bit_count, data: Vec::from(data) })
    }

    /// How many bits.
    pub fn bit_count(&self) -> u16 {
        self.bit_count
    }

    /// The bits, most significant first, left aligned.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

impl fmt::Debug for CardRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardRead({} bits, redacted)", self.bit_count)
    }
}

/// Key presses: `0-9`, `*` and `#`, 1 to [`MAX_KEYPAD_DIGITS`] of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Keypad(String);

impl Keypad {
    /// The keys as pressed.
    pub fn new(digits: &str) -> Result<Self, MessageError> {
        let keys_only = digits.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
        if !keys_only || !(1..=MAX_KEYPAD_DIGITS).contains(&digits.len()) {
            return Err(MessageError::OutOfRange { field: "digits" });
        }
        Ok(Self(String::from(digits)))
    }

    /// The keys, in the order pressed.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keypad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keypad({} keys, redacted)", self.0.len())
    }
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Which command.
    pub command: CommandId,
    /// What became of it.
    pub outcome: Outcome,
    /// When, by the device's clock.
    pub at: UnixMillis,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The device has done it.
    Done,
    /// It came after its `not_after`; nothing was done.
    Expired,
    /// The device does not do that; nothing was done.
    Refused,
    /// The device tried and its hardware did not follow.
    Failed,
    /// To a [`CommandKind::Canary`]: it would not open.
    WouldRefuse,
    /// To a [`CommandKind::Canary`]: it would open.
    WouldAdmit,
}

/// A message to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// Do something.
    Command(Command),
    /// Show something.
    Feedback(Feedback),
    /// Decide by this list from now on when the daemon cannot be asked: a signed list, as [`SignedList`](super::rights::SignedList) opens it.
    Rights(Vec<u8>),
    /// The certificate (DER) that was asked for.
    Certificate(Der),
}

impl Down {
    /// The topic leaf this message belongs on.
    pub fn leaf(&self) -> DownLeaf {
        match self {
            Self::Command(_) => DownLeaf::Cmd,
            Self::Feedback(_) => DownLeaf::Feedback,
            Self::Rights(_) => DownLeaf::Rights,
            Self::Certificate(_) => DownLeaf::Certificate,
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name in the acknowledgement.
    pub id: CommandId,
    /// What to do.
    pub kind: CommandKind,
}

/// What a device can be told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Unlock, and lock again by the device's own timer.
    Release {
        /// For how long, in milliseconds, [`MIN_RELEASE_MS`] to [`MAX_RELEASE_MS`].
        duration_ms: u32,
        /// From this moment on, by the device's clock, the command does nothing.
        not_after: UnixMillis,
    },
    /// Lock now.
    Relock,
    /// Say what the sensors read, and which rights are held.
    ReadState,
    /// Forget the rights list and open for nobody without being told.
    DecideOnline,
    /// Say whether this card would open the lock if the daemon could not be asked; move nothing.
    Canary {
        /// The card.
        card: CardRead,
    },
    /// The records of the log up to this number are safe and need not be kept.
    NoteLog {
        /// The last of them.
        through: u64,
    },
}

/// What is wrong with a payload, or with a message that shall become one. Holds nothing of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// Longer than its leaf allows ([`Leaf::max_bytes`](super::topic::Leaf::max_bytes)).
    #[error("the message has {bytes} bytes, more than the {max} of its topic; split or shorten it")]
    Oversize {
        /// Its length in bytes.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// Not of the one version spoken here.
    #[error("the message has version {found}, this side speaks only {}; update the older side", super::wire::VERSION)]
    Version {
        /// The version it claims.
        found: u8,
    },
    /// A message of another leaf than the topic it came on.
    #[error("a message of kind {found} does not belong on this topic")]
    Kind {
        /// The kind it claims.
        found: u8,
    },
    /// Not CBOR, cut short, or of another shape than its kind has.
    #[error("the message is not CBOR of the shape its topic asks for")]
    Malformed,
    /// Bytes after the end of the message.
    #[error("the message has bytes after its end")]
    Trailing,
    /// A field holds a value that it must not hold.
    #[error("field `{field}` of the message is out of range")]
    OutOfRange {
        /// The field.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_exactly_the_bytes_its_bits_need() {
        let rows: [(u16, &[u8], bool); 8] = [
            (26, &[1, 2, 3, 0x40], true),
            (26, &[1, 2, 3, 0x41], false),
            (26, &[1, 2, 3], false),
            (26, &[1, 2, 3, 0, 0], false),
            (8, &[0xFF], true),
            (0, &[], false),
            (512, &[0xFF; 64], true),
            (513, &[0; 65], false),
        ];
        for (bits, data, expect) in rows {
            assert_eq!(CardRead::new(bits, data).is_ok(), expect, "{bits} bits");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let card = alloc::format!("{:?}", Event::Card(CardRead::new(16, &[0xAB, 0xCD]).unwrap()));
        let keys = alloc::format!("{:?}", Event::Keypad(Keypad::new("4711#").unwrap()));
        assert_eq!(
            (card.as_str(), keys.as_str()),
            ("Card(CardRead(16 bits, redacted))", "Keypad(Keypad(5 keys, redacted))")
        );
    }

    #[test]
    fn only_keys_are_key_presses() {
        for (digits, expect) in [("1", true), ("*0#", true), ("", false), ("12a", false), ("12345678901234567", false)]
        {
            assert_eq!(Keypad::new(digits).is_ok(), expect, "{digits}");
        }
    }
}
