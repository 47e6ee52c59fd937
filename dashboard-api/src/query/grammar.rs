//! How a query is written, read and printed. Nothing here knows the site: what the words mean is `meaning.rs` for entries of
//! the journal, `lists/filter.rs` for the items of lists. Whatever is given, reading ends and says everything that is wrong,
//! each with its column.

use core::fmt;
use core::iter::Peekable;
use core::str::Chars;

use super::Field;

/// The longest query: longer ones do not fit into an address.
pub const MAX_FILTER_CHARS: usize = 2_000;

/// The most terms of a query. Each costs a look into the index.
const MAX_TERMS: usize = 50;

/// Something that a query can ask for under a word of its own.
pub trait Named: Copy {
    /// The word.
    fn word(self) -> &'static str;
}

impl Named for Field {
    fn word(self) -> &'static str {
        Self::word(self)
    }
}

/// The words of terms about time, for what has a time.
pub(crate) const TIME_WORDS: &[&str] = &["from", "to", "during"];

/// A query as it was written, about things that have fields `F`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<F = Field> {
    /// What must hold, all of it.
    pub terms: Vec<Term<F>>,
}

/// One part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<F = Field> {
    /// Where it begins, from 1, in characters.
    pub column: usize,
    /// Whether it must hold or must not.
    pub sense: Sense,
    /// What it asks.
    pub what: What<F>,
}

/// Whether something must hold or must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// It must.
    With,
    /// It must not.
    Without,
}

/// What a term asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What<F = Field> {
    /// One of these values of a field.
    Field(F, Vec<Given>),
    /// A text somewhere in what is shown.
    Text(String),
    /// At or after a moment.
    From(String),
    /// Before a moment.
    To(String),
    /// At a time of day or on a day of the week.
    During(String),
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// This text.
    Exact(String),
    /// A text in which `*` stands for any text.
    Wild(String),
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {detail}")]
pub struct Mistake {
    /// Where, from 1, in characters.
    pub column: usize,
    /// What, and what to do.
    pub detail: String,
}

impl Query {
    /// Reads a query about entries: the terms that could be read, and everything that is wrong with the others.
    pub fn read(text: &str) -> (Self, Vec<Mistake>) {
        Self::read_of(text, &Field::ALL, TIME_WORDS)
    }
}

impl<F: Named> Query<F> {
    /// Reads a query about things that have these fields, and a time where `times` has the words for it.
    pub(crate) fn read_of(text: &str, fields: &[F], times: &[&str]) -> (Self, Vec<Mistake>) {
        let chars = text.chars().count();
        if chars > MAX_FILTER_CHARS {
            let detail = format!("a query has at most {MAX_FILTER_CHARS} characters, this one has {chars}");
            return (Self { terms: Vec::new() }, vec![Mistake { column: MAX_FILTER_CHARS + 1, detail }]);
        }
        let mut reader = Reader { rest: text.chars().peekable(), column: 1, mistakes: Vec::new(), fields, times };
        let mut terms = Vec::new();
        while reader.skip_spaces() {
            let column = reader.column;
            if terms.len() == MAX_TERMS {
                reader.wrong(column, format!("a query has at most {MAX_TERMS} terms; leave some out"));
                break;
            }
            terms.extend(reader.term());
        }
        (Self { terms }, reader.mistakes)
    }
}

/// Reads from left to right.
struct Reader<'a, F> {
    rest: Peekable<Chars<'a>>,
    column: usize,
    mistakes: Vec<Mistake>,
    fields: &'a [F],
    times: &'a [&'a str],
}

impl<F: Named> Reader<'_, F> {
    fn wrong(&mut self, column: usize, detail: String) {
        self.mistakes.push(Mistake { column, detail });
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.column += usize::from(next.is_some());
        next
    }

    /// Whether there is something behind the spaces.
    fn skip_spaces(&mut self) -> bool {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {
            self.column += 1;
        }
        self.rest.peek().is_some()
    }

    /// Takes characters up to one of `ends` or a space.
    fn word(&mut self, ends: &[char]) -> String {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| !c.is_whitespace() && !ends.contains(c)) {
            self.column += 1;
            word.push(c);
        }
        word
    }

    fn takes(&mut self, wanted: char) -> bool {
        let is_there = self.rest.peek() == Some(&wanted);
        if is_there {
            self.next();
        }
        is_there
    }

    fn term(&mut self) -> Option<Term<F>> {
        let column = self.column;
        let sense = if self.takes('-') { Sense::Without } else { Sense::With };
        if self.rest.peek() == Some(&'"') {
            return self.quoted().map(|text| Term { column, sense, what: What::Text(text) });
        }
        let word = self.word(&[':', '"']);
        if self.takes(':') {
            return self.field(column, sense, &word);
        }
        if word.is_empty() {
            self.wrong(column, "- needs something behind it that must not hold".to_owned());
            return None;
        }
        Some(Term { column, sense, what: What::Text(word) })
    }

    fn field(&mut self, column: usize, sense: Sense, word: &str) -> Option<Term<F>> {
        let values = self.values();
        let word = word.to_lowercase();
        let field = self.fields.iter().find(|field| field.word() == word);
        let what = match (self.times.contains(&word.as_str()), field) {
            (true, _) => self.time_term(column, sense, &word, values?)?,
            (false, Some(field)) => What::Field(*field, values?),
            (false, None) => {
                let known = listed(self.fields, self.times);
                self.wrong(column, format!("no field is called \"{word}\"; there is {known}"));
                return None;
            }
        };
        Some(Term { column, sense, what })
    }

    fn time_term(&mut self, column: usize, sense: Sense, word: &str, values: Vec<Given>) -> Option<What<F>> {
        let mut values = values.into_iter();
        let (Some(Given::Exact(text)), None) = (values.next(), values.next()) else {
            self.wrong(column, format!("{word} takes one value, without *"));
            return None;
        };
        match word {
            "during" => Some(What::During(text)),
            _ if sense == Sense::Without => {
                self.wrong(column, format!("{word} cannot be turned round; use from for to and to for from"));
                None
            }
            "from" => Some(What::From(text)),
            _ => Some(What::To(text)),
        }
    }

    /// The values of a field, joined by commas; `None` where one of them is wrong.
    fn values(&mut self) -> Option<Vec<Given>> {
        let (mut values, mut whole) = (Vec::new(), true);
        loop {
            let column = self.column;
            let value = if self.rest.peek() == Some(&'"') {
                self.quoted().map(Given::Exact)
            } else {
                let word = self.word(&[',', '"']);
                if word.is_empty() {
                    self.wrong(column, "a value is missing here".to_owned());
                    None
                } else {
                    Some(if word.contains('*') { Given::Wild(word) } else { Given::Exact(word) })
                }
            };
            whole &= value.is_some();
            values.extend(value);
            if !self.takes(',') {
                return whole.then_some(values);
            }
        }
    }

    /// A text in quotation marks, in which `\"` and `\\` stand for themselves.
    fn quoted(&mut self) -> Option<String> {
        let column = self.column;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    self.wrong(column, "this quotation mark is never closed".to_owned());
                    return None;
                }
                Some('"') if text.trim().is_empty() => {
                    self.wrong(column, "there is nothing between the quotation marks".to_owned());
                    return None;
                }
                Some('"') => return Some(text),
                Some('\\') => text.extend(self.next()),
                Some(c) => text.push(c),
            }
        }
    }
}

/// The words that a term can begin with, as a list in a sentence.
pub(crate) fn listed<F: Named>(fields: &[F], times: &[&str]) -> String {
    let words: Vec<&str> = fields.iter().map(|field| field.word()).chain(times.iter().copied()).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}

impl<F: Named> fmt::Display for Query<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, term) in self.terms.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{term}")?;
        }
        Ok(())
    }
}

impl<F: Named> fmt::Display for Term<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sense == Sense::Without {
            f.write_str("-")?;
        }
        match &self.what {
            What::Text(text) if text.contains(':') || text.starts_with('-') => quote(f, text),
            What::Text(text) => value(f, text),
            What::From(text) => value(f.by("from:")?, text),
            What::To(text) => value(f.by("to:")?, text),
            What::During(text) => value(f.by("during:")?, text),
            What::Field(field, values) => {
                write!(f, "{}:", field.word())?;
                for (place, given) in values.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { "," })?;
                    match given {
                        Given::Exact(text) => value(f, text)?,
                        Given::Wild(text) => f.write_str(text)?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// Writes a word and goes on.
trait By: Sized {
    fn by(self, word: &str) -> Result<Self, fmt::Error>;
}

impl By for &mut fmt::Formatter<'_> {
    fn by(self, word: &str) -> Result<Self, fmt::Error> {
        self.write_str(word)?;
        Ok(self)
    }
}

/// A text as it must be written to be read as it is.
fn value(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | ',' | '*');
    if !text.is_empty() && text.chars().all(plain) { f.write_str(text) } else { quote(f, text) }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
