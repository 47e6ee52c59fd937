//! How values of the core stand in columns and are read back with suspicion: a file on a disk can hold anything. Small
//! numbers are the journal's own (`journal/canonical`), so that there is one dictionary; what a table's columns are is in
//! `schema/`.

use rackward_core::id::Seq;
use rackward_core::journal::canonical::{Field, record_bytes, record_from_bytes};
use rackward_core::people::PinStatus;
use rackward_core::time::Wall;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::StoreError;
use super::error::RowDamage;

/// The journal's number for a value that takes one byte there.
pub(super) fn number_of<T: Field>(value: &T) -> i64 {
    record_bytes(value).first().copied().map_or(-1, i64::from)
}

/// Whether a PIN is set; the journal has no number for it, because only the change is a fact there.
pub(super) fn pin_number(pin: PinStatus) -> i64 {
    match pin {
        PinStatus::Unset => 0,
        PinStatus::Set => 1,
    }
}

/// A sequence number as SQLite's signed integer. Numbers beyond it would take a million entries a second for 292,000 years.
pub(super) fn seq_number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

/// One row being read; errors name its table and key.
pub(super) struct Columns<'a> {
    row: &'a SqliteRow,
    table: &'static str,
    key: &'static str,
}

impl<'a> Columns<'a> {
    /// A row of `table`, known by its integer column `key`.
    pub(super) fn new(row: &'a SqliteRow, table: &'static str, key: &'static str) -> Self {
        Self { row, table, key }
    }

    /// The error that names this row.
    pub(super) fn damaged(&self, cause: RowDamage) -> StoreError {
        let key = self.row.try_get::<i64, _>(self.key).map_or_else(|_| "?".to_owned(), |key| key.to_string());
        StoreError::DamagedRow { table: self.table, key, cause }
    }

    /// An integer.
    pub(super) fn integer(&self, column: &'static str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|_| self.damaged(RowDamage::Unreadable(column)))
    }

    /// An integer that fits `N`.
    pub(super) fn within<N: TryFrom<i64>>(&self, column: &'static str) -> Result<N, StoreError> {
        N::try_from(self.integer(column)?).map_err(|_| self.damaged(RowDamage::OutOfRange(column)))
    }

    /// An instant.
    pub(super) fn wall(&self, column: &'static str) -> Result<Wall, StoreError> {
        self.integer(column).map(Wall::from_micros)
    }

    /// A text.
    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|_| self.damaged(RowDamage::Unreadable(column)))
    }

    /// Bytes.
    pub(super) fn bytes(&self, column: &'static str) -> Result<&'a [u8], StoreError> {
        self.row.try_get(column).map_err(|_| self.damaged(RowDamage::Unreadable(column)))
    }

    /// Exactly `N` bytes.
    pub(super) fn array<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes(column)?;
        bytes.try_into().map_err(|_| self.damaged(RowDamage::OutOfRange(column)))
    }

    /// A record in the journal's encoding.
    pub(super) fn record<T: Field>(&self, column: &'static str) -> Result<T, StoreError> {
        record_from_bytes(self.bytes(column)?).map_err(|cause| self.damaged(cause.into()))
    }

    /// A value that takes one byte in the journal, from its number there.
    pub(super) fn numbered<T: Field>(&self, column: &'static str) -> Result<T, StoreError> {
        let number: u8 = self.within(column)?;
        record_from_bytes(&[number]).map_err(|cause| self.damaged(cause.into()))
    }

    /// Whether a PIN is set.
    pub(super) fn pin(&self, column: &'static str) -> Result<PinStatus, StoreError> {
        match self.integer(column)? {
            0 => Ok(PinStatus::Unset),
            1 => Ok(PinStatus::Set),
            _ => Err(self.damaged(RowDamage::OutOfRange(column))),
        }
    }
}
