//! Lines about who is inside: counts, visitors, musters, and the hand-over of the desk.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::ListArgs;
use crate::cli::when::parse_span;

/// Who is inside.
#[derive(Debug, Args)]
pub(crate) struct InsideArgs {
    /// Only in this area or in an area within it, by path or the end of it.
    pub(crate) area: Option<String>,
    /// How many are in each area instead of who they are.
    #[arg(long, conflicts_with = "area")]
    pub(crate) areas: bool,
    #[command(flatten)]
    pub(crate) part: ListArgs,
}

/// What can be done with musters.
#[derive(Debug, Subcommand)]
pub(crate) enum MusterVerb {
    /// Starts a muster: everybody known to be in the area is on its list.
    Start {
        /// The area, by path or the end of it.
        area: String,
        /// Whether people are in danger: a real one is a critical alarm while it runs.
        #[arg(long, value_name = "KIND")]
        kind: MusterKindWord,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Lists musters that run and those that ended last.
    List(ListArgs),
    /// Shows one muster with everybody on its list, those who are missing first.
    Show {
        /// The muster, such as mus-4.
        muster: String,
    },
    /// Says how people on the list are.
    Mark(MusterMarkArgs),
    /// Puts somebody on the list whom the site does not know.
    Visitor {
        /// The muster, such as mus-4.
        muster: String,
        /// What they are called.
        name: String,
        /// For whom they work.
        #[arg(long, value_name = "NAME")]
        company: Option<String>,
        /// Where they were, by path or the end of it.
        #[arg(long, value_name = "AREA")]
        area: String,
    },
    /// Ends a muster with a report.
    End {
        /// The muster, such as mus-4.
        muster: String,
        /// What there is to report; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        report: String,
    },
}

/// Who is how, and who saw them where.
#[derive(Debug, Args)]
pub(crate) struct MusterMarkArgs {
    /// The muster, such as mus-4.
    pub(crate) muster: String,
    /// Who, such as p-7 or vis-3; several at once where the same holds for all.
    #[arg(required = true)]
    pub(crate) who: Vec<String>,
    /// How they are.
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: MusterStatusWord,
    /// Where they were seen.
    #[arg(long, value_name = "TEXT")]
    pub(crate) r#where: Option<String>,
    /// What else there is to say.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// When it was true; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
}

/// What can be done with visitors.
#[derive(Debug, Subcommand)]
pub(crate) enum VisitorVerb {
    /// Lists visitors who are inside or left of late.
    List(ListArgs),
    /// Enters a visitor by hand, so that they are counted.
    Enter(VisitorEnter),
    /// Says that a visitor has left.
    Leave {
        /// The visitor, such as vis-3.
        visitor: String,
    },
}

/// Who comes, to whom, where and for how long.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("end").required(true).args(["lasting", "to"]))]
pub(crate) struct VisitorEnter {
    /// What they are called.
    pub(crate) name: String,
    /// For whom they work.
    #[arg(long, value_name = "NAME")]
    pub(crate) company: Option<String>,
    /// Who answers for them, by id or a part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) host: String,
    /// Where they are, by path or the end of it.
    #[arg(long, value_name = "AREA")]
    pub(crate) area: String,
    /// For how long: 4h, 30m.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Why they are here; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with the hand-over of the desk.
#[derive(Debug, Subcommand)]
pub(crate) enum ShiftVerb {
    /// Shows what there is to take over.
    Show,
    /// Leaves a note for whoever comes.
    Note {
        /// What they are to know, in one line or several.
        note: String,
    },
    /// Takes the desk over.
    Accept,
    /// Says why the desk is not taken over.
    Reject {
        /// Why not.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// Whether people are in danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MusterKindWord {
    /// Nobody is: it is practised.
    Drill,
    /// It is one.
    Real,
}

impl MusterKindWord {
    /// The word in the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Real => "real",
        }
    }
}

/// How somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MusterStatusWord {
    /// Nobody has seen them.
    Missing,
    /// Seen and well.
    Safe,
    /// Something was said that is not enough.
    Unsure,
    /// Not on the site at all.
    NotOnSite,
}

impl MusterStatusWord {
    /// The word in the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Safe => "safe",
            Self::Unsure => "unsure",
            Self::NotOnSite => "not_on_site",
        }
    }
}
