//! Words and their numbers: what filling needs of the table of words. A bounded part of it is kept in memory.

use std::collections::HashMap;

use rackward_dashboard::query::Field;
use sqlx::{Row as _, SqliteConnection};

/// How many words are remembered: some 10 MB. With fewer, words that occur often are looked up again and again.
const REMEMBERED_MAX_WORDS: usize = 50_000;

/// The numbers of words.
#[derive(Debug, Default)]
pub(super) struct Words {
    remembered: HashMap<(Field, String), u32>,
}

impl Words {
    /// The number of a word, given to it now where it has none.
    pub(super) async fn number(
        &mut self,
        connection: &mut SqliteConnection,
        field: Field,
        text: &str,
    ) -> Result<u32, sqlx::Error> {
        let word = (field, text.to_owned());
        if let Some(number) = self.remembered.get(&word) {
            return Ok(*number);
        }
        let insert = "INSERT INTO word (field, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = text RETURNING id";
        let row = sqlx::query(insert).bind(field.number()).bind(text).fetch_one(connection).await?;
        let number: u32 = row.try_get(0)?;
        if self.remembered.len() >= REMEMBERED_MAX_WORDS {
            self.remembered.clear();
        }
        self.remembered.insert(word, number);
        Ok(number)
    }

    /// Forgets everything, as after a transaction that did not come about.
    pub(super) fn forget(&mut self) {
        self.remembered.clear();
    }
}
