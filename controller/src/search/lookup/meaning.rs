//! What the words of a query are in the index: the numbers that they have there. All words of a query are asked for at once,
//! because going to the database costs more than what is asked; a word that was found keeps its number for as long as the file
//! is not begun anew, so the usual ones are not asked for again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rackward_dashboard::query::{Clause, Field, Pattern, Test};
use serde_json::json;
use sqlx::{Row as _, SqliteConnection};

use super::super::{IndexError, SearchIndex, term};
use super::{TERMS_MAX_COUNT, Wanted, literal};

/// How many words are remembered; a site has some dozens of types and reasons.
const REMEMBERED_MAX_WORDS: usize = 512;

/// Numbers of words by field and word.
type Numbers = BTreeMap<(i64, String), i64>;

/// Numbers of words that were found, in one of the file's beginnings.
#[derive(Debug, Default)]
pub(in crate::search) struct Remembered(Mutex<(u64, Numbers)>);

impl Remembered {
    fn of(&self, beginning: u64, field: Field, text: &str) -> Option<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, words) = &*known;
        words.get(&(field.number().into(), text.to_owned())).copied().filter(|_| *of == beginning)
    }

    fn keep(&self, beginning: u64, field: Field, text: &str, number: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, words) = &mut *known;
        if *of != beginning || words.len() >= REMEMBERED_MAX_WORDS {
            words.clear();
        }
        *of = beginning;
        words.insert((field.number().into(), text.to_owned()), number);
    }
}

/// A word that the index is asked for, or a pattern of words.
struct Asked<'a> {
    clause: usize,
    field: Field,
    /// The word itself where there is no pattern.
    exact: Option<&'a str>,
    text: String,
}

impl SearchIndex {
    /// What the clauses mean in terms of the index.
    pub(super) async fn resolve(
        &self,
        connection: &mut SqliteConnection,
        clauses: &[Clause],
    ) -> Result<Vec<Wanted>, IndexError> {
        // Before anything is read: a number of a file that is begun anew meanwhile is not kept for the next one.
        let beginning = *self.file.beginnings().borrow();
        let mut all: Vec<Wanted> =
            clauses.iter().map(|Clause { sense, .. }| Wanted { sense: *sense, terms: Vec::new() }).collect();
        let mut asked = Vec::new();
        for (number, clause) in clauses.iter().enumerate() {
            let Some(wanted) = all.get_mut(number) else { continue };
            for test in &clause.any {
                self.known(beginning, number, test, wanted, &mut asked);
            }
        }
        if !asked.is_empty() {
            self.ask(connection, beginning, &asked, &mut all).await?;
        }
        let count: usize = all.iter().map(|wanted| wanted.terms.len()).sum();
        for wanted in &mut all {
            wanted.terms.sort_unstable();
            wanted.terms.dedup();
        }
        if count > TERMS_MAX_COUNT { Err(IndexError::TooWide { most: TERMS_MAX_COUNT }) } else { Ok(all) }
    }

    /// What a test means as far as that is known already; the rest is to be asked for.
    fn known<'a>(
        &self,
        beginning: u64,
        clause: usize,
        test: &'a Test,
        wanted: &mut Wanted,
        asked: &mut Vec<Asked<'a>>,
    ) {
        match test {
            Test::Ids(field, ids) => wanted.terms.extend(ids.iter().map(|id| term(*field, *id))),
            Test::Word(field, Pattern::Exact(text)) => match self.remembered.of(beginning, *field, text) {
                Some(number) => wanted.terms.push(number),
                None => asked.push(Asked { clause, field: *field, exact: Some(text), text: text.clone() }),
            },
            Test::Word(field, Pattern::Wild(text)) => {
                asked.push(Asked { clause, field: *field, exact: None, text: literal(text).replace('*', "%") });
            }
            Test::Contains(text) => {
                let like = format!("%{}%", literal(text));
                asked.extend(Field::TEXTS.map(|field| Asked { clause, field, exact: None, text: like.clone() }));
            }
        }
    }

    async fn ask(
        &self,
        connection: &mut SqliteConnection,
        beginning: u64,
        asked: &[Asked<'_>],
        all: &mut [Wanted],
    ) -> Result<(), IndexError> {
        let rows = |is_exact: bool| {
            let rows = asked.iter().enumerate().filter(|(_, one)| one.exact.is_some() == is_exact);
            json!(rows.map(|(number, one)| json!([number, one.field.number(), one.text])).collect::<Vec<_>>())
                .to_string()
        };
        // Taken apart before the words are gone through, and not once for each of them.
        let select = "WITH exact AS MATERIALIZED (SELECT value ->> 0 AS number, value ->> 1 AS field, \
                      value ->> 2 AS text FROM json_each(?)), alike AS MATERIALIZED (SELECT value ->> 0 AS number, \
                      value ->> 1 AS field, value ->> 2 AS text FROM json_each(?)) \
                      SELECT group_concat(number), group_concat(id) FROM ( \
                      SELECT number, id FROM exact CROSS JOIN word \
                      ON word.field = exact.field AND word.text = exact.text UNION ALL \
                      SELECT number, id FROM alike CROSS JOIN word \
                      ON word.field = alike.field AND word.text LIKE alike.text ESCAPE '\\' LIMIT ?)";
        let row = sqlx::query(select)
            .bind(rows(true))
            .bind(rows(false))
            // One more than may be meant, to notice that there are too many.
            .bind(i64::try_from(TERMS_MAX_COUNT).unwrap_or(i64::MAX).saturating_add(1))
            .fetch_one(connection)
            .await
            .map_err(self.failed())?;
        let column = |number: usize| row.try_get::<Option<&str>, _>(number).map_err(self.failed());
        let (Some(numbers), Some(ids)) = (column(0)?, column(1)?) else { return Ok(()) };
        for (number, id) in numbers.split(',').zip(ids.split(',')) {
            let one = number.parse::<usize>().ok().and_then(|number| asked.get(number));
            let (Some(one), Ok(id)) = (one, id.parse::<u32>()) else {
                return Err(IndexError::Nonsense { path: self.path() });
            };
            let number = term(one.field, id);
            if let Some(text) = one.exact {
                self.remembered.keep(beginning, one.field, text, number);
            }
            if let Some(wanted) = all.get_mut(one.clause) {
                wanted.terms.push(number);
            }
        }
        Ok(())
    }
}
