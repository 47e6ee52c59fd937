//! Verbs about what rights rest on: schedules, calendars of special days, access profiles, organisations and what they
//! share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};

use super::{ListArgs, PastArgs, PastListArgs};
use crate::cli::when::parse_span;

/// What can be done with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleVerb {
    /// Lists the schedules.
    List(PastListArgs),
    /// Shows one.
    Show(NamedThen),
    /// Makes one.
    Create(ScheduleShape),
    /// Changes one; what is left out stays as it is.
    Edit(ScheduleShape),
    /// Removes one that nothing uses.
    Delete(Named),
    /// Shows when it opens and closes, with the zone's offset, so that changes of the clocks can be seen.
    Preview {
        /// Its name.
        name: String,
        /// From when; now if left out.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Until when; two weeks later if left out.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
    },
    /// Takes its weekly windows from an iCalendar file.
    Import(Import),
    /// Prints it as iCalendar.
    Export(Named),
}

/// Which thing, by its name.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Its name.
    pub(crate) name: String,
}

/// Which thing, by the name that it has or had.
#[derive(Debug, Args)]
pub(crate) struct NamedThen {
    /// Its name.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) past: PastArgs,
}

/// What a schedule says.
#[derive(Debug, Args)]
pub(crate) struct ScheduleShape {
    /// Its name.
    pub(crate) name: String,
    /// The IANA time zone it is meant in; the site's if left out.
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// A window of the week: "Mon-Fri 08:00-18:00"; may be repeated.
    #[arg(long, value_name = "WINDOW")]
    pub(crate) window: Vec<String>,
    /// What holds on the days of a calendar instead: holidays=09:00-12:00,13:00-14:00, or holidays= for closed.
    #[arg(long, value_name = "CALENDAR=WINDOWS", value_parser = parse_special)]
    pub(crate) special: Vec<(String, Vec<String>)>,
}

/// Why a special day was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write CALENDAR=09:00-12:00, several windows with commas between them, or CALENDAR= for closed")]
pub(crate) struct SpecialError;

fn parse_special(text: &str) -> Result<(String, Vec<String>), SpecialError> {
    let (calendar, windows) = text.split_once('=').ok_or(SpecialError)?;
    if calendar.is_empty() {
        return Err(SpecialError);
    }
    let windows = windows.split(',').map(str::trim).filter(|window| !window.is_empty());
    Ok((calendar.to_owned(), windows.map(str::to_owned).collect()))
}

/// What is imported, under which name.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The iCalendar file; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The name it gets; the file's without its ending if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// What can be done with calendars of special days.
#[derive(Debug, Subcommand)]
pub(crate) enum CalendarVerb {
    /// Lists the calendars.
    List(PastListArgs),
    /// Shows one with its days.
    Show(NamedThen),
    /// Makes one.
    Create(CalendarDays),
    /// Gives one other days.
    Edit(CalendarDays),
    /// Removes one that no schedule uses.
    Delete(Named),
    /// Takes its days from an iCalendar file.
    Import(Import),
    /// Prints it as iCalendar.
    Export(Named),
}

/// The days of a calendar, all of them.
#[derive(Debug, Args)]
pub(crate) struct CalendarDays {
    /// Its name.
    pub(crate) name: String,
    /// A special day: 2026-12-25; may be repeated.
    #[arg(long, value_name = "DATE", required = true)]
    pub(crate) day: Vec<String>,
}

/// What can be done with access profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileVerb {
    /// Lists the profiles.
    List(PastListArgs),
    /// Shows one with its doors and schedules.
    Show(NamedThen),
    /// Makes one.
    Create(ProfileShape),
    /// Gives one other doors and schedules; who holds it gains or loses them at once.
    Edit(ProfileShape),
    /// Removes one and ends every membership of it.
    Delete {
        /// Its name.
        name: String,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What a profile allows, all of it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).multiple(true).args(["door", "rack", "area"]))]
pub(crate) struct ProfileShape {
    /// Its name.
    pub(crate) name: String,
    /// Whose profile it is; the operator of the site if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// A door, at a schedule if one follows: plant-room=office-hours; may be repeated.
    #[arg(long, value_name = "DOOR[=SCHEDULE]")]
    pub(crate) door: Vec<String>,
    /// A rack, front and rear, in the same way.
    #[arg(long, value_name = "RACK[=SCHEDULE]")]
    pub(crate) rack: Vec<String>,
    /// Every door into an area and inside it, in the same way.
    #[arg(long, value_name = "AREA[=SCHEDULE]")]
    pub(crate) area: Vec<String>,
    /// The schedule of those that name none; at any time if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) schedule: Option<String>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with organisations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganisationVerb {
    /// Lists the organisations.
    List(ListArgs),
}

/// What can be done with agreements.
#[derive(Debug, Subcommand)]
pub(crate) enum AgreementVerb {
    /// Lists the agreements that are not over.
    List(PastListArgs),
    /// One organisation shares areas with another, for a time.
    Create(AgreementCreate),
    /// Ends an agreement, and the grants that rest on it.
    End {
        /// The agreement, such as agr-2.
        agreement: String,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// An agreement to be.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("until").required(true).args(["lasting", "to"]))]
pub(crate) struct AgreementCreate {
    /// Who shares.
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// With whom.
    #[arg(long, value_name = "NAME")]
    pub(crate) guest: String,
    /// An area, with all inside it; may be repeated.
    #[arg(long, value_name = "AREA", required = true)]
    pub(crate) area: Vec<String>,
    /// First moment; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// First moment at which it no longer counts.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// How long it counts: 4h, 30d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}
