//! Lines about handles: letting them blink, the canary, receipts, and what an external broker must know.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};

use crate::cli::when::parse_span;

/// For how long handles blink, and why.
#[derive(Debug, Args)]
pub(crate) struct LocateHow {
    /// For how long: 30s, 2m.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span, default_value = "30s")]
    pub(crate) lasting: Duration,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT", default_value = "somebody looks for it")]
    pub(crate) reason: String,
}

/// Which rack blinks.
#[derive(Debug, Args)]
pub(crate) struct RackLocate {
    /// The rack's path, or the end of it.
    pub(crate) rack: String,
    #[command(flatten)]
    pub(crate) how: LocateHow,
}

/// Which handles blink.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["grant", "ticket", "door"]))]
pub(crate) struct LocateArgs {
    /// Those that this grant covers now, such as g-3.
    #[arg(long, value_name = "GRANT")]
    pub(crate) grant: Option<String>,
    /// Those that the grants of this change ticket cover now.
    #[arg(long, value_name = "TICKET")]
    pub(crate) ticket: Option<String>,
    /// The one of this door, by path or the end of it.
    #[arg(long, value_name = "DOOR")]
    pub(crate) door: Option<String>,
    #[command(flatten)]
    pub(crate) how: LocateHow,
}

/// What can be done with the canary.
#[derive(Debug, Subcommand)]
pub(crate) enum CanaryVerb {
    /// Tries it now on every device that can be asked; one that would not refuse it is an alarm.
    Run {
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What an external broker must know.
#[derive(Debug, Subcommand)]
pub(crate) enum MqttVerb {
    /// Prints the topic rules of every device that is enrolled or has a code, for Mosquitto's acl_file.
    Acl,
    /// Prints the certificate of the site's authority.
    Authority,
    /// Prints the list of certificates that no longer count.
    Crl,
}

/// What can be asked about receipts.
#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptVerb {
    /// Lists the devices that have not yet applied the rights they should hold.
    List {
        /// Only by changes up to this generation, such as gen-12.
        #[arg(long, value_name = "GENERATION")]
        through: Option<String>,
    },
}
