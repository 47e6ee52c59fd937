//! Whoever can be inside: a person known to the site, or a visitor. Their ids print as those of each.

use core::fmt;
use core::str::FromStr;

use crate::id::{PersonId, VisitorId};

/// Somebody who can be inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Somebody {
    /// A person known to the site.
    Person(PersonId),
    /// A visitor.
    Visitor(VisitorId),
}

/// Why a text is nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither a person id such as p-1042 nor a visitor id such as vis-3")]
pub struct ParseSomebodyError(String);

impl fmt::Display for Somebody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Visitor(visitor) => visitor.fmt(f),
        }
    }
}

impl FromStr for Somebody {
    type Err = ParseSomebodyError;

    fn from_str(text: &str) -> Result<Self, ParseSomebodyError> {
        let person = text.parse().map(Self::Person).ok();
        person.or_else(|| text.parse().map(Self::Visitor).ok()).ok_or_else(|| ParseSomebodyError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_prints_what_they_parse() {
        for (text, who) in
            [("p-7", Somebody::Person(PersonId::new(7))), ("vis-3", Somebody::Visitor(VisitorId::new(3)))]
        {
            assert_eq!(text.parse(), Ok(who));
            assert_eq!(who.to_string(), text);
        }
        for nobody in ["", "7", "p-", "vis-", "cred-1", "p-7 "] {
            assert!(nobody.parse::<Somebody>().is_err(), "{nobody}");
        }
    }
}
