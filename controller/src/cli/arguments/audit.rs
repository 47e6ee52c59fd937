//! Lines about the journal as evidence: its entries, exports that others can check, and the check itself.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::EventSearch;
use crate::note::VerifierKey;

/// What can be done with the evidence.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Lists entries of the journal, searched like events.
    List(EventSearch),
    /// Shows one entry.
    Show {
        /// Its journal sequence number.
        #[arg(value_name = "SEQ")]
        seq: u64,
    },
    /// Writes every entry that a query means, however many: for another program, or with --sign as an archive with the site's
    /// signature, which `audit verify --evidence` checks.
    Export(AuditExport),
    /// Checks the whole journal on disk: its hash chain, and the tables against a replay. Or evidence that somebody handed on,
    /// which needs no daemon and no journal: the site's signature, and every entry in it.
    Verify {
        /// The site file whose journal it is, instead of --dir.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Evidence instead of the journal: an archive (of a review, an alarm or events), the manifest.json of one that was unpacked, or
        /// the records of a review.
        #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "config")]
        evidence: Option<PathBuf>,
        /// By what the site signs, as `audit key` shows it there.
        #[arg(long, value_name = "KEY", requires = "evidence")]
        key: Option<VerifierKey>,
    },
    /// Shows the key by which the site's signatures under evidence are checked: give it to auditors before they need it.
    Key,
}

/// Which entries are written, how and where.
#[derive(Debug, Args)]
pub(crate) struct AuditExport {
    /// What must hold, such as type:access.denied door:hall-a/*; everything if left out.
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) query: Option<String>,
    /// How entries are written.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ExportFormat::Ndjson)]
    pub(crate) format: ExportFormat,
    /// At or after this time: RFC 3339, -24h, "today 14:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// The whole archive: entries, a manifest with their hashes and the head of the chain, the site's signature over it.
    #[arg(long, requires = "file")]
    pub(crate) sign: bool,
    /// Into this file, which must not be there; to standard output if left out.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// CloudEvents, one JSON document a line.
    Ndjson,
    /// Comma-separated values with a heading.
    Csv,
    /// OCSF events, one JSON document a line.
    Ocsf,
    /// ArcSight Common Event Format, one event a line.
    Cef,
}

impl ExportFormat {
    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Ocsf => "ocsf",
            Self::Cef => "cef",
        }
    }
}
