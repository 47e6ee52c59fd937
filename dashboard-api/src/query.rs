//! What is searched for in the journal: the language in which people write it, what its words mean at a site, and whether an
//! entry is one that was meant. Pure: finding entries fast is the search index's work, which has to agree with
//! [`Search::matches`].
//!
//! ```text
//! type:access.denied -reason:n12 point:hall-a/* by:op-3,op-4 during:night from:-24h "lost card"
//! ```
//!
//! Terms that stand side by side must all hold; values joined by commas are alternatives; `-` before a term turns it round;
//! `*` stands for any text; a text without a field is looked for in what the console shows of an entry: the words of its
//! sentence, reasons, tickets, notes, places and ids. Upper and lower case are the same.
//!
//! Vocabulary: a *field* is what an entry can be searched by; a *mark* is one value of a field that an entry has; a *term* is
//! one part of a query; a *mistake* is what is wrong with one, with its column.

mod facets;
mod field;
mod grammar;
mod marks;
mod meaning;
mod moment;
mod pattern;
mod search;
mod standing;
mod wording;

pub(crate) use facets::Facets;
pub use field::Field;
pub use grammar::{Given, MAX_FILTER_CHARS, Mistake, Named, Query, Sense, Term, What};
pub(crate) use grammar::{TIME_WORDS, listed};
pub use marks::{Mark, Marks, Value};
pub(crate) use meaning::is_place;
pub use meaning::{Meaning, meant};
pub use moment::moment;
pub use pattern::Pattern;
pub use search::{Band, Clause, Found, Order, Search, SearchRefused, Test, Total};
pub use standing::{matched, standing};

#[cfg(test)]
mod tests;
