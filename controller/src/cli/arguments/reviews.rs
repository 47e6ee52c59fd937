//! Lines about access reviews: making one, saying who decides, deciding, closing, and the file that proves it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::ListArgs;
use crate::cli::when::parse_span;

/// What can be done with access reviews.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewVerb {
    /// Lists every right in a scope as it is now, to be decided one by one until a day.
    Create(ReviewCreate),
    /// Lists reviews that run and those that ended last.
    List(ListArgs),
    /// Shows one review with its lines.
    Show(ReviewShow),
    /// Says who is to decide of lines.
    Assign {
        /// The review, such as rv-1.
        review: String,
        /// Who, by id or name.
        #[arg(long, value_name = "OPERATOR")]
        reviewer: String,
        /// Which lines, such as 1-20,25; all that are undecided if left out.
        #[arg(long, value_name = "LINES", value_parser = parse_lines)]
        lines: Option<Lines>,
    },
    /// Decides of lines, all of them or none.
    Decide(ReviewDecide),
    /// Closes a review of which everything is decided.
    Close {
        /// The review, such as rv-1.
        review: String,
        /// Give it up: what is undecided stays as it is.
        #[arg(long)]
        abandon: bool,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Writes what was decided: an archive with every line and the entries of the journal that prove it as records (NDJSON), the same
    /// lines on a sheet to sign (PDF), and the site's signature over both.
    Evidence {
        /// The review, such as rv-1.
        review: String,
        /// The archive into this file, which must not be there; if left out, the records alone to standard output.
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// A new review.
#[derive(Debug, Args)]
pub(crate) struct ReviewCreate {
    /// What it is about, as area=PATH or area=PATH/*: rights at doors into that area and what lies in it.
    #[arg(long, value_name = "SCOPE", required = true, value_parser = parse_scope)]
    pub(crate) scope: Vec<String>,
    /// When it is due: a span such as 14d, or a time.
    #[arg(long, value_name = "SPAN|TIME")]
    pub(crate) due: String,
    /// Only rights that were not used for so long, in whole days.
    #[arg(long, value_name = "SPAN", value_parser = parse_days)]
    pub(crate) unused_for: Option<u16>,
    /// What becomes then of what nobody decided.
    #[arg(long, value_enum, default_value_t = UndecidedWord::Revoke)]
    pub(crate) undecided: UndecidedWord,
    /// What for; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which review, and which of its lines.
#[derive(Debug, Args)]
pub(crate) struct ReviewShow {
    /// The review, such as rv-1.
    pub(crate) review: String,
    /// End with 10 where lines are undecided.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) part: ListArgs,
}

/// What is decided of which lines.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["positional_lines", "lines"]))]
#[command(group = ArgGroup::new("what").required(true).args(["positional_decision", "decision"]))]
pub(crate) struct ReviewDecide {
    /// The review, such as rv-1.
    pub(crate) review: String,
    /// Which lines; --lines says the same.
    #[arg(value_name = "LINES", value_parser = parse_lines, hide = true)]
    positional_lines: Option<Lines>,
    /// What; --decision says the same.
    #[arg(value_name = "DECISION", value_enum, hide = true)]
    positional_decision: Option<DecisionWord>,
    /// Which lines, such as 3 or 1-20,25.
    #[arg(long, value_name = "LINES", value_parser = parse_lines)]
    lines: Option<Lines>,
    /// What.
    #[arg(long, value_name = "DECISION", value_enum)]
    decision: Option<DecisionWord>,
    /// When the right ends, with shorten.
    #[arg(long, value_name = "TIME",
        required_if_eq_any([("decision", "shorten"), ("positional_decision", "shorten")]))]
    pub(crate) until: Option<String>,
    /// Who is to decide, by id or name, with reassign.
    #[arg(long, value_name = "OPERATOR",
        required_if_eq_any([("decision", "reassign"), ("positional_decision", "reassign")]))]
    pub(crate) to: Option<String>,
    /// Why; it goes into the journal, and is the reason of every right that ends by it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
}

impl ReviewDecide {
    /// The lines, however they were given.
    pub(crate) fn lines(&self) -> &[u32] {
        self.lines.as_ref().or(self.positional_lines.as_ref()).map(|lines| lines.0.as_slice()).unwrap_or_default()
    }

    /// The decision, however it was given.
    pub(crate) fn decision(&self) -> DecisionWord {
        // One of them is there: the group asks for it.
        self.decision.or(self.positional_decision).unwrap_or(DecisionWord::Keep)
    }
}

/// What becomes of what nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UndecidedWord {
    /// It is revoked.
    Revoke,
    /// It stays.
    Keep,
}

impl UndecidedWord {
    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Keep => "keep",
        }
    }
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecisionWord {
    /// The right stays.
    Keep,
    /// It is revoked.
    Revoke,
    /// It ends earlier.
    Shorten,
    /// Somebody else decides.
    Reassign,
}

impl DecisionWord {
    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Revoke => "revoke",
            Self::Shorten => "shorten",
            Self::Reassign => "reassign",
        }
    }
}

/// The most lines that are named at once: more than a review has are named by mistake.
const LINES_MAX_COUNT: usize = 10_000;

const DAY: Duration = Duration::from_secs(86_400);

/// Lines of a review, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lines(pub(crate) Vec<u32>);

fn parse_lines(text: &str) -> Result<Lines, String> {
    let wrong = || format!("{text} names no lines; write them as 3 or 1-20,25");
    let mut lines = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0).ok_or_else(wrong);
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(wrong());
        }
        if (last - first) as usize >= LINES_MAX_COUNT - lines.len() {
            return Err(format!("{text} names more than {LINES_MAX_COUNT} lines"));
        }
        lines.extend(first..=last);
    }
    Ok(Lines(lines))
}

fn parse_scope(text: &str) -> Result<String, String> {
    let path = text.strip_prefix("area=").filter(|path| !path.is_empty());
    path.map(str::to_owned).ok_or_else(|| "write it as area=PATH, such as area=lon1/hall-a/*".to_owned())
}

fn parse_days(text: &str) -> Result<u16, String> {
    let span = parse_span(text).map_err(|error| error.to_string())?;
    let days = span.as_secs() / DAY.as_secs();
    let whole = span.as_secs() % DAY.as_secs() == 0 && span.subsec_nanos() == 0;
    match u16::try_from(days) {
        Ok(days) if whole && days > 0 => Ok(days),
        _ => Err("rights are unused for whole days, such as 90d".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_days_as_people_type_them() {
        let lines = |text| parse_lines(text).map(|lines| lines.0);
        assert_eq!(lines("3"), Ok(vec![3]));
        assert_eq!(lines("1-3,7, 9-9"), Ok(vec![1, 2, 3, 7, 9]));
        for wrong in ["", "0", "3-1", "1-", "-2", "a", "1,,2", "1-4294967295"] {
            assert!(parse_lines(wrong).is_err(), "{wrong}");
        }
        assert_eq!((parse_days("90d"), parse_days("2w").ok()), (Ok(90), parse_days("14d").ok()));
        for wrong in ["90", "12h", "0d", "99999d", "1d12h"] {
            assert!(parse_days(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_scope("area=lon1/*"), Ok("lon1/*".to_owned()));
        assert!(parse_scope("lon1").is_err() && parse_scope("area=").is_err());
    }
}
