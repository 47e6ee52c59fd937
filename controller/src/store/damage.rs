//! What can be wrong with what is stored, in words for the person who has to put it right: entries of the journal that are
//! not the ones that were written, rows that cannot be read. No message holds what a row says, only which row it is: rows
//! hold names and hashes. What is done about it is the engine's business; nothing here keeps a daemon from starting.

use std::fmt;

use rackward_core::id::Seq;
use rackward_core::journal::canonical::DecodeError;
use rackward_core::records::DamagedRow;

/// The journal's name where a damaged row is named by its table.
pub(super) const ENTRY_TABLE: &str = "entry";

/// How many findings are put into words, in a log or an error; the rest is counted. A reader acts on the first few, and a
/// disk that went bad has millions.
const WORDED_FINDINGS: usize = 50;

/// One thing wrong with what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Entries are missing.
    Missing {
        /// The first of them.
        first: Seq,
        /// The entry that comes next.
        next: Seq,
    },
    /// An entry is not the one that was written, or not in its place; or one just before it.
    Chain {
        /// The first entry that does not fit.
        seq: Seq,
    },
    /// An entry cannot be read.
    Entry {
        /// Which.
        seq: Seq,
        /// Why.
        cause: EntryDamage,
    },
    /// A row stands in the journal at a place where no entry can be.
    Stray {
        /// The number it has.
        number: i64,
    },
    /// A row of a table cannot be read.
    Row {
        /// Which table.
        table: &'static str,
        /// Its key there; negative keys, which no record has, as the two's complement.
        key: u64,
        /// Why.
        cause: RowDamage,
    },
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryDamage {
    /// Its bytes are no entry.
    #[error("{0}")]
    Encoding(#[from] DecodeError),
    /// A column is missing or of another type.
    #[error("column \"{0}\" cannot be read")]
    Unreadable(&'static str),
    /// A column says something else than the bytes.
    #[error("column \"{0}\" contradicts its bytes")]
    Contradiction(&'static str),
    /// The page of the file that it stands on is broken.
    #[error("the page of the file that it stands on is broken")]
    Page,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowDamage {
    /// Its record is missing or of another type.
    #[error("its record cannot be read")]
    Unreadable,
    /// Its record was changed, cut or moved from another row.
    #[error("its record does not fit its seal")]
    Seal,
    /// Its record is sealed, but is none of this table.
    #[error("its record says nonsense: {0}")]
    Encoding(#[from] DecodeError),
    /// Its key is not that of a record, or of another one.
    #[error("its key is not that of its record")]
    Key,
    /// The page of the file that it stands on is broken.
    #[error("the page of the file that it stands on is broken")]
    Page,
}

impl Damage {
    /// A row of a table that cannot be read.
    pub(super) fn row(table: &'static str, key: i64, cause: RowDamage) -> Self {
        Self::Row { table, key: key.cast_unsigned(), cause }
    }

    /// The row, as the engine wants it named.
    pub(super) fn named(&self) -> DamagedRow {
        let (table, key) = match self {
            Self::Missing { first: seq, .. } | Self::Chain { seq } | Self::Entry { seq, .. } => {
                (ENTRY_TABLE, seq.get())
            }
            Self::Stray { number } => (ENTRY_TABLE, number.cast_unsigned()),
            Self::Row { table, key, .. } => (*table, *key),
        };
        DamagedRow { table: table.to_owned(), key }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { first, next } => write!(f, "the journal has no entry {first} (the next one is {next})"),
            Self::Chain { seq } => {
                write!(f, "journal entry {seq} does not fit the hash chain: it or the one before it was changed")
            }
            Self::Entry { seq, cause } => write!(f, "journal entry {seq} is damaged: {cause}"),
            Self::Stray { number } => write!(f, "row {number} of table \"{ENTRY_TABLE}\" is no entry of a journal"),
            Self::Row { table, key, cause } => write!(f, "row {key} of table \"{table}\" is damaged: {cause}"),
        }
    }
}

/// Everything found, a line each as far as somebody reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings(pub Vec<Damage>);

impl Findings {
    /// Tells the log, which is read by whoever wonders about the alarm.
    pub(super) fn log(&self) {
        for damage in self.0.iter().take(WORDED_FINDINGS) {
            tracing::error!("{damage}");
        }
        if self.0.len() > WORDED_FINDINGS {
            tracing::error!(more = self.0.len() - WORDED_FINDINGS, "further rows are damaged");
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for damage in self.0.iter().take(WORDED_FINDINGS) {
            writeln!(f, "  {damage}")?;
        }
        if self.0.len() > WORDED_FINDINGS {
            writeln!(f, "  and {} more", self.0.len() - WORDED_FINDINGS)?;
        }
        Ok(())
    }
}
