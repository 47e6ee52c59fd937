//! The statements that make one batch durable, as one text with its values: each round trip to the database thread costs
//! about a third of a sync, so an everyday batch is one. Entries alone are one statement, which is its own transaction;
//! entries with row changes stand between BEGIN and COMMIT. Which rows change is the core's decision.

use std::collections::BTreeSet;

use rackward_core::RecordChange;
use rackward_core::id::Seq;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use super::journal::seq_number;
use super::{Head, StoreError, rows, sealed};

/// Entries in one INSERT. Each number of rows is a text of its own to prepare and keep, so their count is bounded.
const INSERT_MAX_ROWS: usize = 64;

/// Statements in one round trip. All of them are prepared at once, so a larger part trades memory against trips; only a
/// first start and the backlog after a full disk have more than one part.
const PART_MAX_STATEMENTS: usize = 64;

/// Parts up to this many statements are kept prepared: the everyday ones. Longer ones would push those out.
const KEPT_MAX_STATEMENTS: usize = 8;

/// One entry ready to write.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) seq: Seq,
    pub(super) at_micros: i64,
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) chain: [u8; 32],
}

impl Link {
    /// The head once this entry is durable.
    pub(super) fn head(&self) -> Head {
        Head { seq: self.seq, chain: self.chain }
    }
}

/// A batch as SQL.
pub(super) struct Script {
    parts: Vec<Part>,
    payload_bytes: usize,
}

/// What goes in one round trip.
#[derive(Default)]
struct Part {
    text: String,
    values: SqliteArguments,
    statements: usize,
}

impl Script {
    /// The statements that write `links` and `changes`, in order.
    pub(super) fn of(links: &[Link], changes: &[RecordChange]) -> Result<Self, StoreError> {
        let mut script = Self { parts: vec![Part::default()], payload_bytes: 0 };
        let alone = changes.is_empty() && links.len() <= INSERT_MAX_ROWS;
        if !alone {
            script.statement("BEGIN IMMEDIATE");
        }
        for rows in links.chunks(INSERT_MAX_ROWS) {
            script.entries(rows)?;
        }
        for change in newest(changes) {
            script.change(change)?;
        }
        if !alone {
            script.statement("COMMIT");
        }
        Ok(script)
    }

    /// The statements that write `changes` inside a transaction that is under way.
    pub(super) fn inside(changes: &[RecordChange]) -> Result<Self, StoreError> {
        let mut script = Self { parts: vec![Part::default()], payload_bytes: 0 };
        changes.iter().try_for_each(|change| script.change(change))?;
        Ok(script)
    }

    /// Bytes of entries and records to write, for judging how much the log grows.
    pub(super) fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    /// Runs all statements. After an error, or dropped half-way, the connection may be inside a transaction and must be
    /// closed.
    pub(super) async fn run(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for Part { text, values, statements } in self.parts {
            // The text is put together from the literals of this file alone; every value is bound.
            let query = sqlx::query_with(AssertSqlSafe(text), values).persistent(statements <= KEPT_MAX_STATEMENTS);
            query.execute(&mut *connection).await.map_err(StoreError::database("write a batch"))?;
        }
        Ok(())
    }

    fn entries(&mut self, rows: &[Link]) -> Result<(), StoreError> {
        let mut text = String::from("INSERT INTO entry (seq, at, kind, bytes, chain) VALUES (?,?,?,?,?)");
        for _ in 1..rows.len() {
            text.push_str(",(?,?,?,?,?)");
        }
        self.statement(&text);
        for link in rows {
            self.payload_bytes += link.bytes.len() + link.chain.len();
            self.value(seq_number(link.seq))?;
            self.value(link.at_micros)?;
            self.value(link.kind)?;
            self.value(link.bytes.clone())?;
            self.value(link.chain.to_vec())?;
        }
        Ok(())
    }

    fn change(&mut self, change: &RecordChange) -> Result<(), StoreError> {
        let (table, key) = rows::row_of(change);
        let Some(bytes) = rows::bytes_of(change) else {
            self.statement(table.delete());
            return self.value(key);
        };
        let record = sealed::seal(table, key, bytes);
        self.statement(table.put());
        self.value(key)?;
        self.payload_bytes += record.len();
        self.value(record)
    }

    fn statement(&mut self, text: &str) {
        if self.parts.last().is_none_or(|part| part.statements == PART_MAX_STATEMENTS) {
            self.parts.push(Part::default());
        }
        let Some(part) = self.parts.last_mut() else { return };
        if part.statements > 0 {
            part.text.push(';');
        }
        part.text.push_str(text);
        part.statements += 1;
    }

    fn value<'v, T: Encode<'v, Sqlite> + Type<Sqlite> + 'v>(&mut self, value: T) -> Result<(), StoreError> {
        let Some(part) = self.parts.last_mut() else { return Ok(()) };
        let added = part.values.add(value);
        added.map_err(|cause| StoreError::database("encode a value")(sqlx::Error::Encode(cause)))
    }
}

/// The last change of each row, in order: the earlier ones would be written only to be written over.
fn newest(changes: &[RecordChange]) -> Vec<&RecordChange> {
    let mut seen = BTreeSet::new();
    let mut newest: Vec<&RecordChange> =
        changes.iter().rev().filter(|change| seen.insert(rows::row_of(change))).collect();
    newest.reverse();
    newest
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::entry::PlaceKind;
    use rackward_core::id::AlarmId;

    #[test]
    fn only_the_last_change_of_a_row_is_written() {
        let place = |kind, number, path: &str| RecordChange::Place(kind, number, path.to_owned());
        let changes = [
            place(PlaceKind::Door, 1, "old"),
            RecordChange::AlarmClosed(AlarmId::new(1)),
            place(PlaceKind::Point, 1, "other kind"),
            place(PlaceKind::Door, 2, "other number"),
            place(PlaceKind::Door, 1, "new"),
        ];
        assert_eq!(newest(&changes), changes[1..].iter().collect::<Vec<_>>());
    }

    #[test]
    fn long_batches_go_in_parts_inside_one_transaction() {
        let places =
            |count| (0..count).map(|n| RecordChange::Place(PlaceKind::Door, n, n.to_string())).collect::<Vec<_>>();
        let check = |changes: u32, expect: &[usize]| {
            let script = Script::of(&[], &places(changes)).unwrap();
            assert_eq!(script.parts.iter().map(|part| part.statements).collect::<Vec<_>>(), expect);
            assert!(script.parts[0].text.starts_with("BEGIN IMMEDIATE"));
            assert!(script.parts.last().unwrap().text.ends_with("COMMIT"));
        };
        check(1, &[3]);
        check(62, &[64]);
        check(63, &[64, 1]);
        check(200, &[64, 64, 64, 10]);
    }
}
