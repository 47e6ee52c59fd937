//! Records as they stand in a table: their bytes and a seal of four bytes over table, key and bytes, so that a record that
//! was damaged, cut or moved is noticed when it is read. A seal guards against decay, not against hands: who can write the
//! file can seal, and is found by replaying the journal (`verify.rs`).

use super::damage::RowDamage;
use super::table::Table;

/// The length of a seal in bytes.
const SEAL_BYTES: usize = 4;

/// Seals a record for its place.
pub(super) fn seal(table: Table, key: i64, mut bytes: Vec<u8>) -> Vec<u8> {
    let seal = seal_of(table, key, &bytes);
    bytes.extend_from_slice(&seal);
    bytes
}

/// The bytes of a sealed record, if they are whole and in their place.
pub(super) fn open(table: Table, key: i64, record: &[u8]) -> Result<&[u8], RowDamage> {
    let (bytes, seal) = record.split_last_chunk::<SEAL_BYTES>().ok_or(RowDamage::Seal)?;
    if *seal == seal_of(table, key, bytes) { Ok(bytes) } else { Err(RowDamage::Seal) }
}

fn seal_of(table: Table, key: i64, bytes: &[u8]) -> [u8; SEAL_BYTES] {
    /// Where FNV starts.
    const OFFSET_BASIS: u32 = 0x811c_9dc5;
    let sum = fnv_1a(OFFSET_BASIS, table.name().as_bytes());
    let sum = fnv_1a(sum, &key.to_be_bytes());
    fnv_1a(sum, bytes).to_be_bytes()
}

/// The hash of Fowler, Noll and Vo, variant 1a, 32 bits. Every step is one-to-one in what came before, so a single byte
/// that changed always shows; anything else stays unseen once in four thousand million times. It costs about a nanosecond
/// a byte, which matters because all records are checked at every start.
fn fnv_1a(sum: u32, bytes: &[u8]) -> u32 {
    const PRIME: u32 = 0x0100_0193;
    bytes.iter().fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_published_one() {
        // From the authors' table of test vectors.
        let check = |text: &str, expect: u32| assert_eq!(fnv_1a(0x811c_9dc5, text.as_bytes()), expect, "{text}");
        check("", 0x811c_9dc5);
        check("a", 0xe40c_292c);
        check("foobar", 0xbf9c_f968);
    }

    #[test]
    fn a_record_opens_only_whole_and_in_its_place() {
        let sealed = seal(Table::Door, 7, vec![1, 2, 3]);
        assert_eq!(open(Table::Door, 7, &sealed), Ok(&[1, 2, 3][..]));
        assert_eq!(open(Table::Door, 8, &sealed), Err(RowDamage::Seal));
        assert_eq!(open(Table::Mode, 7, &sealed), Err(RowDamage::Seal));
        for length in 0..sealed.len() {
            assert_eq!(open(Table::Door, 7, &sealed[..length]), Err(RowDamage::Seal), "cut to {length}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(Table::Door, 7, &flipped), Err(RowDamage::Seal), "bit {bit}");
        }
    }
}
