//! Query parameters: each known by name and given once. Unknown ones are refused, all at once, because a misspelt `after`
//! that is silently ignored gives a wrong answer that looks right.

use axum::extract::Query;
use axum::http::Uri;
use rackward_core::id::Seq;

use crate::lists::{Resource, Sort};
use crate::refusal::Refusal;
use crate::wire::at::At;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};
use crate::wire::request::Presence;

/// One parameter that a route takes. It is declared once: the route reads by it, and the API's document tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) presence: Presence,
    /// What it is for, as the document tells it.
    pub(crate) words: &'static str,
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A name, an id, a path: what it means is found out by the route.
    Text,
    /// A time, RFC 3339 with an offset.
    Time,
    /// A sequence number of the journal.
    Seq,
    /// A number from 1 to the largest that is taken.
    Count {
        /// The largest.
        most: u32,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A query about the items of a list.
    Filter(&'static Resource),
    /// The word of one of these orders.
    Sort(&'static [Sort]),
}

impl Parameter {
    /// A parameter that may be left out.
    pub(crate) const fn optional(name: &'static str, holds: Holds, words: &'static str) -> Self {
        Self { name, holds, presence: Presence::Optional, words }
    }

    /// A parameter that must be given.
    pub(crate) const fn required(name: &'static str, holds: Holds, words: &'static str) -> Self {
        Self { name, holds, presence: Presence::Required, words }
    }
}

/// The parameters of one request.
#[derive(Clone)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the parameters of `uri`, of which only those declared are accepted.
    pub(crate) fn declared(uri: &Uri, known: &[Parameter]) -> Result<Self, Refusal> {
        let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
        Self::of(uri, &names)
    }

    /// Reads the parameters of `uri`, of which only `known` are accepted.
    pub(crate) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
            return Err(Refusal::new(
                ProblemKind::Malformed,
                "the query cannot be read; write it as name=value&name=value",
            ));
        };
        let mut errors = Vec::new();
        for (place, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                errors.push(parameter(name, format!("no parameter is called so here; there is {}", listed(known))));
            } else if pairs.iter().take(place).any(|(earlier, _)| earlier == name) {
                errors.push(parameter(name, "is given twice; give it once".to_owned()));
            }
        }
        if errors.is_empty() { Ok(Self(pairs)) } else { Err(malformed(errors)) }
    }

    /// A parameter's text, if it was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be given.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| malformed(vec![parameter(name, "is missing".to_owned())]))
    }

    /// A sequence number, if it was given.
    pub(crate) fn seq(&self, name: &str) -> Result<Option<Seq>, Refusal> {
        self.read(name, "a sequence number", |text| text.parse().ok())
    }

    /// An id of the kind wanted, if it was given; `example` shows one.
    pub(crate) fn id<T: std::str::FromStr>(&self, name: &str, example: &str) -> Result<Option<T>, Refusal> {
        self.read(name, &format!("an id such as {example}"), |text| text.parse().ok())
    }

    /// A count from 1 to `largest`, if it was given.
    pub(crate) fn count(&self, name: &str, largest: u32) -> Result<Option<u32>, Refusal> {
        let expected = format!("a number from 1 to {largest}");
        self.read(name, &expected, |text| text.parse().ok().filter(|count| (1..=largest).contains(count)))
    }

    /// A time, if it was given.
    pub(crate) fn time(&self, name: &str) -> Result<Option<At>, Refusal> {
        self.read(name, "a time as RFC 3339 with an offset, such as 2026-07-24T14:03:22Z", At::parse)
    }

    /// A refusal of what stands in a parameter.
    pub(crate) fn refused(&self, name: &str, detail: String) -> Refusal {
        malformed(vec![parameter(name, detail)])
    }

    /// A refusal of what stands in a parameter, with everything that is wrong with it.
    pub(crate) fn refused_all(&self, name: &str, details: &[String]) -> Refusal {
        malformed(details.iter().map(|detail| parameter(name, detail.clone())).collect())
    }

    fn read<T>(&self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let wrong = || malformed(vec![parameter(name, format!("must be {expected}"))]);
        parse(text).map(Some).ok_or_else(wrong)
    }
}

fn parameter(name: &str, detail: String) -> FieldProblem {
    FieldProblem { pointer: format!("?{name}"), detail }
}

fn malformed(errors: Vec<FieldProblem>) -> Refusal {
    let said: Vec<String> = errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
    Problem { errors, ..Problem::new(ProblemKind::Malformed, said.join("; ")) }.into()
}

fn listed(known: &[&str]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_repeated_parameters_are_all_named() {
        let check = |query: &str, expect: &[&str]| {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            let got = match Params::of(&uri, &["after", "limit"]) {
                Ok(_) => Vec::new(),
                Err(refusal) => refusal.into_problem().errors.into_iter().map(|error| error.pointer).collect(),
            };
            assert_eq!(got, expect, "{query}");
        };
        check("", &[]);
        check("after=3&limit=4", &[]);
        check("afer=3&lmit=4&after=1", &["?afer", "?lmit"]);
        check("after=3&after=4", &["?after"]);
    }

    #[test]
    fn values_must_be_what_they_are_to_be() {
        let params =
            |query: &str| Params::of(&format!("/x?{query}").parse().unwrap(), &["after", "limit", "at"]).unwrap();
        assert_eq!(params("after=12").seq("after").unwrap(), Some(Seq::new(12)));
        assert!(params("after=-1").seq("after").is_err());
        assert!(params("after=").seq("after").is_err());
        assert_eq!(params("limit=1000").count("limit", 1000).unwrap(), Some(1000));
        assert!(params("limit=0").count("limit", 1000).is_err());
        assert!(params("limit=1001").count("limit", 1000).is_err());
        assert!(params("at=yesterday").time("at").is_err());
        assert_eq!(params("").time("at").unwrap(), None);
    }
}
