//! Signing in to a daemon elsewhere, and choosing among those that one has signed in to.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::connection::trust::Fingerprint;

/// `login`
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Shows a code and waits until an operator types it at the console and lets this program in; the usual way over HTTPS.
    #[arg(long, conflicts_with_all = ["sso", "pki", "password", "name"])]
    pub(crate) device: bool,
    /// The same, by an address that leads straight to the site's outside provider.
    #[arg(long, conflicts_with_all = ["pki", "password", "name"])]
    pub(crate) sso: bool,
    /// Shows a certificate that an admin has bound to an operator; the files are remembered for the next time.
    #[arg(long, conflicts_with_all = ["password", "name"])]
    pub(crate) pki: bool,
    /// The certificate, with those that signed it behind it (PEM).
    #[arg(long, value_name = "PEM", requires = "pki", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its key (PEM), which only you may read.
    #[arg(long, value_name = "PEM", requires = "pki", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// Asks for name, password and code here, at this terminal.
    #[arg(long)]
    pub(crate) password: bool,
    /// Who you are, for signing in by password and code; asked for if left out.
    #[arg(long, value_name = "OPERATOR")]
    pub(crate) name: Option<String>,
    /// The SHA-256 of the certificate of the site's authority, instead of being asked whether it is right.
    #[arg(long, value_name = "SHA256", value_parser = Fingerprint::parse)]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// The certificate of the site's authority itself (authority.pem of the daemon's storage directory).
    #[arg(long, value_name = "PEM", conflicts_with = "fingerprint")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// `context ...`
#[derive(Debug, Subcommand)]
pub(crate) enum ContextVerb {
    /// Lists the sites that can be asked.
    List,
    /// Has verbs ask this one from now on; `local` is the daemon of this machine.
    Use {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Shows one: where it is, whose certificate counts, as whom it is asked.
    Show {
        /// Which; the one that verbs ask now if left out.
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}
