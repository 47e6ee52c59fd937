//! The messages of the MQTT link: their fields, their ranges, and what is wrong with a payload that is not one.
//!
//! The bytes are in `wire`; which message may follow which is in `link` and `device`. Card data and key presses are secrets:
//! their `Debug` shows lengths only.
//!
//! Vocabulary: see the head of [`mqtt`](super).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use super::feedback::Feedback;
use super::state::State;
use super::topic::{DownLeaf, UpLeaf};

/// Longest payload, in bytes. Small enough for a handle's receive buffer; a longer one is refused unread.
pub const MAX_MESSAGE_BYTES: usize = 1024;
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
    /// Its connection is over.
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
            Self::Gone => UpLeaf::Gone,
        }
    }
}

/// Who a device is. Texts are 1 to 64 printable characters.
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
}

/// What a device found when it tested itself at power-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelfTest {
    /// Nothing wrong.
    Passed,
    /// Something wrong; the readings say what.
    Failed,
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
}

/// A message to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// Do something.
    Command(Command),
    /// Show something.
    Feedback(Feedback),
}

impl Down {
    /// The topic leaf this message belongs on.
    pub fn leaf(&self) -> DownLeaf {
        match self {
            Self::Command(_) => DownLeaf::Cmd,
            Self::Feedback(_) => DownLeaf::Feedback,
        }
    }
}

/// One command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name in the acknowledgement.
    pub id: CommandId,
    /// What to do.
    pub kind: CommandKind,
}

/// What a device can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Say what the sensors read.
    ReadState,
}

/// What is wrong with a payload, or with a message that shall become one. Holds nothing of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// Longer than [`MAX_MESSAGE_BYTES`].
    #[error("the message has {bytes} bytes, more than {MAX_MESSAGE_BYTES}; split or shorten it")]
    Oversize {
        /// Its length in bytes.
        bytes: usize,
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
