//! Lines about webhooks.

use std::path::PathBuf;

use clap::Subcommand;

use super::ListArgs;

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookVerb {
    /// Lists every webhook and how it is.
    List(ListArgs),
    /// Shows one webhook: what it wants, what waits, what failed last.
    Show {
        /// The webhook, by name.
        webhook: String,
    },
    /// Lists the messages that were given up.
    Failures {
        /// The webhook, by name.
        webhook: String,
        #[command(flatten)]
        part: ListArgs,
    },
    /// Sends messages again that were given up.
    Replay {
        /// The webhook, by name.
        webhook: String,
        /// About entries from this one on.
        #[arg(long, value_name = "SEQ")]
        from: Option<u32>,
        /// To this one.
        #[arg(long, value_name = "SEQ")]
        to: Option<u32>,
    },
    /// Sends a message that says nothing, to see whether messages arrive.
    Test {
        /// The webhook, by name.
        webhook: String,
    },
    /// Sends messages again to a webhook that answered 410.
    Enable {
        /// The webhook, by name.
        webhook: String,
    },
    /// Makes a secret in a new private file, without the daemon.
    Keygen {
        /// The file; it must not exist yet.
        file: PathBuf,
        /// A key pair, whose public half the receiver checks with, instead of a secret that both have.
        #[arg(long)]
        key_pair: bool,
    },
}
