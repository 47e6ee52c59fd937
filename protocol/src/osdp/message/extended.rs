//! Who a device says it is, in words: `osdp_EXT_PDID`, a message in parts (OSDP 2.2, 5.10 and 7.4).
//!
//! Decides how the parts are cut and put together, strictly in order, and how the words are read. Information only: who a
//! device is held to be is its short identity, told inside a session.
//!
//! Vocabulary: a *part* is one frame's share of a message that is longer than a frame.

use alloc::string::String;
use alloc::vec::Vec;

const PART_HEAD_BYTES: usize = 6;
const ENTRY_HEAD_BYTES: usize = 3;
/// Longest message put together from parts. The words of a name plate fit many times over; a device that announces more
/// is not listened to.
const MESSAGE_LIMIT_BYTES: usize = 2_048;

/// One frame's share of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    total: u16,
    offset: u16,
    data: Vec<u8>,
}

impl Part {
    pub(super) fn encode(&self) -> Vec<u8> {
        let length = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
        let mut out = Vec::with_capacity(PART_HEAD_BYTES + self.data.len());
        [self.total, self.offset, length].iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        out.extend_from_slice(&self.data);
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let ([t1, t2, o1, o2, l1, l2], data) = bytes.split_first_chunk::<PART_HEAD_BYTES>()?;
        let data = data.get(..usize::from(u16::from_le_bytes([*l1, *l2])))?.to_vec();
        Some(Self { total: u16::from_le_bytes([*t1, *t2]), offset: u16::from_le_bytes([*o1, *o2]), data })
    }
}

/// Cuts a message into parts whose DATA is at most `longest_data` bytes.
pub(crate) fn cut(message: &[u8], longest_data: usize) -> Vec<Part> {
    let piece = longest_data.saturating_sub(PART_HEAD_BYTES).max(1);
    let total = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let part = |(at, data): (usize, &[u8])| Part { total, offset: (at * piece) as u16, data: data.to_vec() };
    message.chunks(piece).enumerate().map(part).collect()
}

/// Puts a message together from its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembly {
    held: Vec<u8>,
}

impl Assembly {
    /// Takes the next part; gives the message once it is whole. A part that does not follow the last one, or announces
    /// more than 2048 bytes, starts over; a first part always begins a new message.
    pub fn take(&mut self, part: &Part) -> Option<Vec<u8>> {
        if part.offset == 0 {
            self.held.clear();
        }
        let total = usize::from(part.total);
        let end = self.held.len() + part.data.len();
        if usize::from(part.offset) != self.held.len() || end > total || total > MESSAGE_LIMIT_BYTES {
            self.held.clear();
            return None;
        }
        self.held.extend_from_slice(&part.data);
        (total > 0 && end == total).then(|| core::mem::take(&mut self.held))
    }
}

/// One line of a device's name plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PlateLine {
    Manufacturer,
    Product,
    Serial,
    /// May come several times, once for each processor.
    Firmware,
    Hardware,
    Url,
    Configuration,
    /// Not of the standard.
    Other(u8),
}

impl PlateLine {
    const NAMED: [Self; 7] = [
        Self::Manufacturer,
        Self::Product,
        Self::Serial,
        Self::Firmware,
        Self::Hardware,
        Self::Url,
        Self::Configuration,
    ];

    fn from_number(number: u8) -> Self {
        Self::NAMED.get(usize::from(number)).copied().unwrap_or(Self::Other(number))
    }

    fn number(self) -> u8 {
        match self {
            Self::Manufacturer => 0,
            Self::Product => 1,
            Self::Serial => 2,
            Self::Firmware => 3,
            Self::Hardware => 4,
            Self::Url => 5,
            Self::Configuration => 6,
            Self::Other(number) => number,
        }
    }
}

/// A device's name plate: lines of text in the device's own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamePlate(pub Vec<(PlateLine, String)>);

impl NamePlate {
    /// The message that tells it. Texts of more than 65535 bytes are cut.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (line, text) in &self.0 {
            let text = text.as_bytes();
            let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
            out.push(line.number());
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(text.get(..usize::from(length)).unwrap_or_default());
        }
        out
    }

    /// Reads a message. Bytes that are no text are replaced, a cut off last line is dropped.
    pub fn decode(mut bytes: &[u8]) -> Self {
        let mut lines = Vec::new();
        while let Some(([tag, low, high], rest)) = bytes.split_first_chunk::<ENTRY_HEAD_BYTES>() {
            let Some((text, rest)) = rest.split_at_checked(usize::from(u16::from_le_bytes([*low, *high]))) else {
                break;
            };
            lines.push((PlateLine::from_number(*tag), String::from_utf8_lossy(text).into_owned()));
            bytes = rest;
        }
        Self(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plate_has_tags_lengths_and_text() {
        let plate = NamePlate(alloc::vec![
            (PlateLine::Manufacturer, "Test".into()),
            (PlateLine::Firmware, "1.2".into()),
            (PlateLine::Other(99), String::new()),
        ]);
        assert_eq!(plate.encode(), b"\x00\x04\x00Test\x03\x03\x001.2\x63\x00\x00");
        assert_eq!(NamePlate::decode(&plate.encode()), plate);
        assert_eq!(NamePlate::decode(b"\x00\x04\x00Test\x03\x09\x001.2").0.len(), 1, "a cut off line is dropped");
    }

    #[test]
    fn parts_out_of_order_make_no_message() {
        let parts = cut(&[7; 100], 40);
        let mut assembly = Assembly::default();
        assert_eq!(assembly.take(&parts[0]), None);
        assert_eq!(assembly.take(&parts[2]), None);
        assert_eq!(assembly.take(&parts[1]), None, "what came before is forgotten");
        let whole: Vec<_> = parts.iter().filter_map(|part| assembly.take(part)).collect();
        assert_eq!(whole, [[7; 100]]);
        let lie = Part { total: 5_000, offset: 0, data: alloc::vec![1] };
        assert_eq!(assembly.take(&lie), None);
        assert_eq!(assembly, Assembly::default());
    }

    proptest! {
        #[test]
        fn a_message_survives_being_cut(message in prop::collection::vec(any::<u8>(), 1..2_000), longest in 8..400_usize) {
            let mut assembly = Assembly::default();
            let mut whole = None;
            for part in cut(&message, longest) {
                prop_assert!(whole.is_none() && part.encode().len() <= longest);
                prop_assert_eq!(Part::decode(&part.encode()), Some(part.clone()));
                whole = assembly.take(&part);
            }
            prop_assert_eq!(whole, Some(message));
        }

        #[test]
        fn any_parts_are_survived(parts in prop::collection::vec((any::<u16>(), any::<u16>(), prop::collection::vec(any::<u8>(), 0..64)), 0..80)) {
            let mut assembly = Assembly::default();
            for (total, offset, data) in parts {
                assembly.take(&Part { total, offset, data });
                prop_assert!(assembly.held.len() <= MESSAGE_LIMIT_BYTES);
            }
        }
    }
}
