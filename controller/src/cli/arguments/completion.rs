//! Verbs that make this program at home on a machine: what shells need to complete lines, and the pages of the manual.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A shell whose lines are completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellWord {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell.
    #[value(name = "powershell")]
    PowerShell,
}

/// Which pages of the manual are made.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write every page into man1, man5, man7 and man8 below this directory, such as /usr/share/man; without it the page of the
    /// program is printed.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
