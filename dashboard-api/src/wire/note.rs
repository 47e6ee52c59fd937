//! What a file that proves something says of the journal: entries with the hashes they lie between, where the chain stood, and
//! what the site signs of it all. How it is signed is the daemon's.

use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

use data_encoding::HEXLOWER;
use rackward_core::id::Seq;
use rackward_core::journal::Link;
use serde_json::{Value, json};

use super::at::At;
use crate::archive::ChainHead;

/// The first line, which no other text that is signed has.
const TITLE: &str = "rackward evidence";

/// What a note about evidence says. As text: six lines, each a word and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceNote {
    /// The site's short name.
    pub site: String,
    /// What the evidence is of, such as `access-review rv-1`: on one line.
    pub of: String,
    /// When it was made, by the site's clock.
    pub made_at: At,
    /// SHA-256 of what is signed.
    pub sha256: [u8; 32],
    /// Where the journal's chain stood.
    pub head: ChainHead,
}

/// A text that is no [`EvidenceNote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the note is not about evidence")]
pub struct NotEvidence;

impl Display for EvidenceNote {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}\nsite {}\nof {}\nmade {}", self.site, self.of, self.made_at)?;
        writeln!(f, "sha256 {}", HEXLOWER.encode(&self.sha256))?;
        writeln!(f, "journal {} {}", self.head.seq.get(), HEXLOWER.encode(&self.head.hash))
    }
}

impl FromStr for EvidenceNote {
    type Err = NotEvidence;

    fn from_str(text: &str) -> Result<Self, NotEvidence> {
        let read = || {
            let mut lines = text.strip_prefix(TITLE)?.strip_prefix('\n')?.lines();
            let mut next = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
            let (site, of) = (next("site")?.to_owned(), next("of")?.to_owned());
            let made_at = At::parse(next("made")?)?;
            let sha256 = digest(next("sha256")?)?;
            let (seq, hash) = next("journal")?.split_once(' ')?;
            let head = ChainHead { seq: Seq::new(seq.parse().ok()?), hash: digest(hash)? };
            Some(Self { site, of, made_at, sha256, head })
        };
        // What reads the same and is written otherwise, or goes on, was not made by us.
        read().filter(|note| note.to_string() == text).ok_or(NotEvidence)
    }
}

/// The hash that stands for the journal up to an entry.
pub fn head_json(head: &ChainHead) -> Value {
    json!({ "sequence": head.seq.get(), "hash": HEXLOWER.encode(&head.hash) })
}

/// An entry as evidence has it: `after` is SHA-256 over 02, `before` and the leaf, which is SHA-256 over 00 and the bytes.
pub fn link_json(link: &Link) -> Value {
    json!({
        "sequence": link.seq.get(),
        "before": HEXLOWER.encode(&link.before),
        "bytes": HEXLOWER.encode(&link.bytes),
        "after": HEXLOWER.encode(&link.after),
    })
}

/// The entry of [`link_json`], whether it holds or not; `None` where a member is missing or of another form.
pub fn link_of(told: &Value) -> Option<Link> {
    let word = |name: &str| told[name].as_str();
    let bytes = HEXLOWER.decode(word("bytes")?.as_bytes()).ok()?;
    let (before, after) = (digest(word("before")?)?, digest(word("after")?)?);
    Some(Link { seq: Seq::new(told["sequence"].as_u64()?), bytes, before, after })
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use rackward_core::Wall;

    use super::*;

    #[test]
    fn a_note_reads_as_it_was_written_and_no_other_way() {
        let head = ChainHead { seq: Seq::new(1234), hash: [0xab; 32] };
        let (site, of) = ("lon1".to_owned(), "access-review rv-1".to_owned());
        let note = EvidenceNote { site, of, made_at: At(Wall::from_seconds(1_000)), sha256: [1; 32], head };
        let text = note.to_string();
        assert_eq!(text.parse(), Ok(note));
        assert_eq!(text.lines().nth(3), Some("made 1970-01-01T00:16:40.000Z"));
        for wrong in [
            String::new(),
            text.replace("rackward", "other"),
            text.replace("1234", "01234"),
            text.replace("ab", "AB"),
            text.replace(".000Z", "Z"),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!("{text}more\n"),
        ] {
            assert_eq!(wrong.parse::<EvidenceNote>(), Err(NotEvidence), "{wrong}");
        }
    }
}
