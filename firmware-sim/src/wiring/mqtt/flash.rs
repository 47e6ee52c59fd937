//! What a handle keeps over a power cut: the highest list number it has seen, the list in force, and its log.
//!
//! Decided here: the bytes. That the number is kept together with its list, and before the list is acknowledged, is decided
//! where it is kept (`run`, or nowhere in virtual time). Not decided here: whether a list that was kept still counts.
//!
//! ```text
//! flash = "RWFL" 01 | highest: u8 0 or 1, then u64 | list length u32, 0 for none | list | log
//! ```

use std::fmt;

use rackward_protocol::mqtt::ListNumber;

const MAGIC: &[u8; 5] = b"RWFL\x01";

/// What survives a power cut.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Flash {
    /// The highest list number ever seen.
    pub highest: Option<ListNumber>,
    /// The list in force, as it came.
    pub list: Option<Vec<u8>>,
    /// The log, in the bytes of the protocol's `logbook`.
    pub log: Vec<u8>,
}

impl fmt::Debug for Flash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.list.as_ref().map(Vec::len);
        write!(f, "Flash({:?}, list of {list:?} bytes, log of {} bytes)", self.highest, self.log.len())
    }
}

impl Flash {
    /// The bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(u8::from(self.highest.is_some()));
        bytes.extend_from_slice(&self.highest.map_or(0, |number| number.0).to_be_bytes());
        let list = self.list.as_deref().unwrap_or_default();
        // A list is no longer than its bound, which four bytes can say.
        bytes.extend_from_slice(&u32::try_from(list.len()).unwrap_or(0).to_be_bytes());
        bytes.extend_from_slice(list);
        bytes.extend_from_slice(&self.log);
        bytes
    }

    /// What was kept; `None` of bytes that are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (&[has_number], rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (list, log) = rest.split_at_checked(length)?;
        Some(Self {
            highest: (has_number == 1).then_some(ListNumber(u64::from_be_bytes(*number))),
            list: (length > 0).then(|| list.to_vec()),
            log: log.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_comes_back(
            highest in proptest::option::of(any::<u64>()),
            list in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..64)),
            log in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let flash = Flash { highest: highest.map(ListNumber), list, log };
            prop_assert_eq!(Flash::from_bytes(&flash.to_bytes()), Some(flash));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64), cut in 0usize..18) {
            let _ = Flash::from_bytes(&bytes);
            let whole = Flash { highest: Some(ListNumber(1)), list: None, log: Vec::new() }.to_bytes();
            prop_assert_eq!(Flash::from_bytes(&whole[..cut.min(whole.len() - 1)]), None);
        }
    }
}
