//! Questions about who may pass, at any moment: why somebody would, who could and where.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::ListArgs;
use crate::cli::when::parse_span;

/// Who, where and when.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Who: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: String,
    /// The point's path, or the end of it; a door means its way in.
    #[arg(long, value_name = "POINT")]
    pub(crate) point: String,
    /// For which moment, past or to come; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
}

/// Where and when.
#[derive(Debug, Args)]
pub(crate) struct WhoCanArgs {
    /// The point's path, or the end of it; a door means its way in.
    pub(crate) point: String,
    /// At which moment, past or to come; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) part: ListArgs,
}

/// Who and when.
#[derive(Debug, Args)]
pub(crate) struct WhatCanArgs {
    /// Who: id, or a unique part of the name.
    pub(crate) person: String,
    /// At which moment, past or to come; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) part: ListArgs,
}

/// What is tried on what happened.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// A directory of site files, one of them, or a `.json` file with a set of changes as `POST /api/v1/changes` takes it.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) file: PathBuf,
    /// As if what files look after and no longer say were gone.
    #[arg(long)]
    pub(crate) prune: bool,
    /// As if what has a name that the files use were taken over.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// How far back is looked.
    #[arg(long, value_name = "SPAN", value_parser = parse_span, default_value = "30d")]
    pub(crate) replay: Duration,
}
