//! Verbs about places and how they stand: doors and their modes, areas, racks, points, the site and who is inside.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};

use super::{ListArgs, RackLocate, Threat};
use crate::cli::when::parse_span;

/// What can be done with doors.
#[derive(Debug, Subcommand)]
pub(crate) enum DoorVerb {
    /// Lists every door with its mode and what its sensors say.
    List(ListArgs),
    /// Shows a door with its mode and what its sensors say.
    Show {
        /// The door's path, or the end of it.
        door: String,
    },
    /// Releases a door once, for its release time or as long as is said.
    Open {
        #[command(flatten)]
        order: DoorOrder,
        /// For how long, 3s up to the longest that the door is released for anybody; its release time if left out.
        #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
        lasting: Option<Duration>,
    },
    /// Locks a door; also ends a block or a double lock.
    Lock(DoorOrder),
    /// Unlocks a door for everybody.
    Unlock(DoorOrder),
    /// Keeps a door locked and refuses everybody.
    Block(DoorOrder),
    /// Ends a block: the door is locked and cards count again.
    Unblock(DoorOrder),
    /// Locks a door with everything there is.
    DoubleLock(DoorOrder),
    /// Locks a door down: it takes nothing but its release.
    Lockdown(DoorOrder),
    /// Releases a lockdown.
    LockdownRelease(DoorOrder),
    /// Locks a door open: it takes nothing but its release.
    LockOpen(DoorOrder),
    /// Releases a door that was locked open.
    LockOpenRelease(DoorOrder),
}

/// Which door, and why.
#[derive(Debug, Args)]
pub(crate) struct DoorOrder {
    /// The door's path, or the end of it.
    pub(crate) door: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with areas.
#[derive(Debug, Subcommand)]
pub(crate) enum AreaVerb {
    /// Lists every area with its policy, how many are inside and whether it is locked down.
    List(ListArgs),
    /// Shows an area with its policy, how many are inside and whether it is locked down.
    Show {
        /// The area's path, or the end of it.
        area: String,
    },
    /// Lists who is known to be inside an area or in one within it.
    Occupancy {
        /// The area's path, or the end of it.
        area: String,
        #[command(flatten)]
        part: ListArgs,
    },
    /// Locks an area down, with all inside it.
    Lockdown(AreaOrder),
    /// Releases an area's lockdown.
    Release(AreaOrder),
}

/// Which area, and why.
#[derive(Debug, Args)]
pub(crate) struct AreaOrder {
    /// The area's path, or the end of it.
    pub(crate) area: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with racks.
#[derive(Debug, Subcommand)]
pub(crate) enum RackVerb {
    /// Lists every rack with its doors.
    List {
        /// Racks as the asset register has them instead, those that are gone from it among them.
        #[arg(long)]
        register: bool,
    },
    /// Shows a rack with its doors and what the asset register says of it.
    Show {
        /// The rack's path, or the end of it.
        rack: String,
    },
    /// Lists the grants that name a rack, by themselves or by a profile.
    Who {
        /// The rack's path, or the end of it.
        rack: String,
        /// Who may open its doors at this moment, past or to come, instead.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        at: Option<String>,
    },
    /// Lets the handles of a rack blink.
    Locate(RackLocate),
    /// Takes over what an asset register says of racks; nobody's rights change by it.
    #[command(subcommand)]
    Import(RackImport),
}

/// Of which asset register.
#[derive(Debug, Subcommand)]
pub(crate) enum RackImport {
    /// NetBox, asked at its API or read from a file that it exported; says what would be done, and does it with --apply.
    Netbox(NetboxImport),
}

/// Where NetBox is, or which file it exported.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["file", "url"]))]
pub(crate) struct NetboxImport {
    /// What NetBox exported, as JSON or CSV.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// NetBox's address, as https://host or https://host/path.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A file with a token of NetBox's that may read racks; with --url also --token-file, where a context says how Rackward is asked.
    #[arg(long, value_name = "PATH")]
    pub(crate) netbox_token_file: Option<PathBuf>,
    /// The certificate of NetBox's authority, where it is no public one.
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Only this site of NetBox's, by slug.
    #[arg(long, value_name = "SLUG")]
    pub(crate) site: Option<String>,
    /// Only racks of this status, such as active; one that has another is flagged as gone.
    #[arg(long, value_name = "WORD", conflicts_with = "file")]
    pub(crate) status: Option<String>,
    /// A TOML file that says what NetBox's places are called here.
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Write the lines that the site file would need for racks that it lacks into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) site_lines: Option<PathBuf>,
    /// Do it.
    #[arg(long)]
    pub(crate) apply: bool,
}

/// What can be asked about access points.
#[derive(Debug, Subcommand)]
pub(crate) enum PointVerb {
    /// Lists every point and what it asks for.
    List(ListArgs),
}

/// What can be done with the whole site.
#[derive(Debug, Subcommand)]
pub(crate) enum SiteVerb {
    /// Says how threatened the site is: higher levels close more areas.
    ThreatLevel {
        /// The level from now on.
        level: Threat,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What can be done with what is known of where people are.
#[derive(Debug, Subcommand)]
pub(crate) enum PresenceVerb {
    /// Forgets where people are, which forgives anti-passback.
    Forgive(Forgive),
}

/// Whose place is forgotten.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("who").required(true).multiple(true).args(["person", "area", "everybody"]))]
pub(crate) struct Forgive {
    /// Who: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// Those inside this area.
    #[arg(long, value_name = "AREA")]
    pub(crate) area: Option<String>,
    /// Everybody, everywhere.
    #[arg(long, conflicts_with_all = ["person", "area"])]
    pub(crate) everybody: bool,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}
