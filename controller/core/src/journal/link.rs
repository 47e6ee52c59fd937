//! One entry as it is bound into the journal: its bytes between two hashes of the chain. Whoever holds one can compute that
//! nobody changed a byte of it; that the hashes are those of the journal is seen where the whole chain is checked.

use super::{Chain, canonical};
use crate::id::Seq;

/// An entry as it is bound into the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub seq: Seq,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The hash before it.
    pub before: [u8; 32],
    /// The hash after it.
    pub after: [u8; 32],
}

impl Link {
    /// Whether the bytes are that entry's and lead from one hash to the other.
    pub fn holds(&self) -> bool {
        let is_it = canonical::decode(&self.bytes).is_ok_and(|stamped| stamped.seq == self.seq);
        is_it && Chain::new(self.before).extend(&self.bytes) == self.after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Stamped};
    use crate::time::Wall;

    #[test]
    fn a_changed_byte_breaks_a_link() {
        let stamped = Stamped { seq: Seq::new(7), at: Wall::from_seconds(9), entry: Entry::Stopped };
        let bytes = canonical::encode(&stamped);
        let after = Chain::new([3; 32]).extend(&bytes);
        let link = Link { seq: stamped.seq, bytes, before: [3; 32], after };
        assert!(link.holds());
        for place in 0..link.bytes.len() {
            let mut changed = link.clone();
            changed.bytes[place] ^= 1;
            assert!(!changed.holds(), "byte {place}");
        }
        assert!(!Link { seq: Seq::new(8), ..link.clone() }.holds());
        assert!(!Link { before: [4; 32], ..link }.holds());
    }
}
