//! The journal's form: the canonical bytes of an entry, and the chain of hashes over them. Each entry is hashed as a leaf of
//! RFC 6962 would be (§2.1: a zero byte, then the bytes), so a Merkle tree can later stand on the same leaves; the chain
//! binds each leaf to all before it. Where entries are kept is the store's business.

pub mod canonical;
mod link;

pub use link::Link;

use sha2::{Digest, Sha256};

/// The running hash over all entries so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    head: [u8; 32],
}

impl Chain {
    /// The head before the first entry.
    pub const GENESIS: [u8; 32] = [0; 32];

    /// Goes on from `head`.
    pub const fn new(head: [u8; 32]) -> Self {
        Self { head }
    }

    /// The hash that stands for everything so far.
    pub const fn head(&self) -> [u8; 32] {
        self.head
    }

    /// Adds one entry's canonical bytes and returns the new head.
    pub fn extend(&mut self, canonical: &[u8]) -> [u8; 32] {
        /// Separates a link of the chain from leaves (0) and tree nodes (1) of RFC 6962.
        const LINK: u8 = 2;
        let link = Sha256::new_with_prefix([LINK]).chain_update(self.head).chain_update(leaf_hash(canonical));
        self.head = link.finalize().into();
        self.head
    }
}

/// The hash of one entry as a leaf of RFC 6962 §2.1.
pub fn leaf_hash(canonical: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix([0]).chain_update(canonical).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_and_their_order_change_the_head() {
        let head = |entries: &[&[u8]]| {
            let mut chain = Chain::new(Chain::GENESIS);
            for entry in entries {
                chain.extend(entry);
            }
            chain.head()
        };
        let all = [head(&[]), head(&[b"a"]), head(&[b"b"]), head(&[b"a", b"b"]), head(&[b"b", b"a"]), head(&[b"ab"])];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(one, other);
            }
        }
    }
}
