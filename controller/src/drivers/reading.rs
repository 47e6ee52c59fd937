//! A card that a reader sent, as a report: its keyed hash, and whether its bits look like a good read.
//!
//! Decides only that: bits of a usual length that no usual format accepts may be a bad read. Whose card it is, and what
//! follows from a doubt, is the core's. No card number leaves this file.

use std::sync::LazyLock;

use rackward_core::DeviceReport;
use rackward_core::card::{CardBits, FormatCatalogue};

use super::CardKey;

/// The usual formats; a site's own may have the length of one of them and other parities, so this is never the last word.
static USUAL: LazyLock<FormatCatalogue> = LazyLock::new(FormatCatalogue::built_in);

/// What a reader's card is reported as: `bit_count` bits, left aligned in `data`.
pub(super) fn card(key: &CardKey, bit_count: u16, data: &[u8]) -> DeviceReport {
    if bit_count == 0 {
        return DeviceReport::BadRead;
    }
    let hash = key(bit_count, data);
    if is_doubtful(bit_count, data) { DeviceReport::DoubtfulCard(hash) } else { DeviceReport::Card(hash) }
}

fn is_doubtful(bit_count: u16, data: &[u8]) -> bool {
    let Ok(bits) = CardBits::new(bit_count, data) else { return false };
    let mut of_length = USUAL.iter().map(|(format, _)| format).filter(|f| f.length_bits() == bit_count).peekable();
    of_length.peek().is_some() && of_length.all(|format| format.decode(&bits).is_err())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rackward_core::people::CredentialKey;

    use super::*;

    #[test]
    fn a_doubt_is_a_broken_parity_of_every_usual_format_of_that_length() {
        let key: CardKey = Arc::new(|_, _: &[u8]| CredentialKey::from_keyed_hash([7; 16]));
        let hash = CredentialKey::from_keyed_hash([7; 16]);
        let check = |bit_count: u16, data: &[u8], expect: DeviceReport| {
            assert_eq!(card(&key, bit_count, data), expect, "{bit_count} bits");
        };
        check(0, &[], DeviceReport::BadRead);
        // 26 bits: the first parity even over twelve zeros, the last odd over twelve zeros.
        check(26, &[0, 0, 0, 0b0100_0000], DeviceReport::Card(hash));
        check(26, &[0, 0, 0, 0], DeviceReport::DoubtfulCard(hash));
        check(26, &[0b1000_0000, 0, 0, 0b0100_0000], DeviceReport::DoubtfulCard(hash));
        // A serial number has no parity, and nothing is known of 27 bits.
        check(32, &[1, 2, 3, 4], DeviceReport::Card(hash));
        check(27, &[1, 2, 3, 0], DeviceReport::Card(hash));
    }
}
