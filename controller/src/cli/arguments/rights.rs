//! Verbs about who may pass: people, credentials, grants, requests, tickets and emergency rights.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::{ListArgs, PastArgs, PastListArgs, Threat};
use crate::cli::when::parse_span;

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonVerb {
    /// Lists people.
    List {
        /// Only those whose name contains this.
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        #[command(flatten)]
        part: PastListArgs,
    },
    /// Shows a person with all that is known of them.
    Show {
        /// The person's id, or a unique part of the name.
        person: String,
        #[command(flatten)]
        past: PastArgs,
    },
    /// Creates a person.
    Create(PersonCreate),
    /// Moves a person to another organisation, or changes clearance or times.
    Edit(PersonEdit),
    /// Sets a person's PIN, read from standard input.
    Pin {
        /// The person's id, or a unique part of the name.
        person: String,
        /// The PIN that opens as the usual one does and silently calls for help.
        #[arg(long)]
        duress: bool,
        /// Read the PIN as one line from standard input.
        #[arg(long, required = true)]
        pin_stdin: bool,
    },
    /// The person may pass nowhere from now on.
    Disable(PersonChange),
    /// The person's grants count again.
    Enable(PersonChange),
    /// The person has left: every right ends, every credential goes out of use.
    Leave(PersonChange),
    /// The person will join: rights may be prepared and do not count yet.
    Expect(PersonChange),
    /// Says what a person is called from now on.
    Rename {
        /// The person's id, or a unique part of the name.
        person: String,
        /// The name, 1 to 64 characters.
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Takes people from a CSV file; says what would be done, and does it with --apply.
    Import(RosterImport),
}

/// Which file with people, and what is wanted of it.
#[derive(Debug, Args)]
pub(crate) struct RosterImport {
    /// A CSV file in UTF-8, with a heading: `external_id`, name, and what else is to be set.
    #[arg(value_name = "FILE")]
    pub(crate) file: std::path::PathBuf,
    /// A TOML file that says what the CSV file calls its columns and words.
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<std::path::PathBuf>,
    /// By what people are found; `name` gives keys to people who were there before.
    #[arg(long, value_name = "COLUMN", value_enum, default_value_t = RosterKeyWord::ExternalId)]
    pub(crate) key: RosterKeyWord,
    /// What is done.
    #[arg(long, value_enum, default_value_t = RosterModeWord::Sync)]
    pub(crate) mode: RosterModeWord,
    /// How many people may be stopped by it; if left out one in twenty, or up to five that are no more than half.
    #[arg(long, value_name = "N")]
    pub(crate) max_disable: Option<usize>,
    /// Whose people they are where the file does not say; the operator of the site if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// Do it.
    #[arg(long)]
    pub(crate) apply: bool,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT", default_value = "as the list of personnel says")]
    pub(crate) reason: String,
}

/// By what people are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RosterKeyWord {
    /// By the key that the list of personnel has for them.
    #[value(name = "external_id")]
    ExternalId,
    /// By their name, exactly.
    Name,
}

/// What is done with people of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RosterModeWord {
    /// Whoever is new is created; nobody else is touched.
    Create,
    /// Whoever is known is changed; nobody is created or disabled.
    Update,
    /// Both, and whoever has a key and is not in the file is disabled.
    Sync,
}

/// Who is created.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("naming").required(true).args(["positional", "name"]))]
pub(crate) struct PersonCreate {
    /// The person's name, 1 to 64 characters.
    #[arg(value_name = "NAME")]
    positional: Option<String>,
    /// The person's name, 1 to 64 characters.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What another register knows the person by, such as a personnel number.
    #[arg(long, value_name = "KEY")]
    pub(crate) external_id: Option<String>,
    /// Whether rights count at once; enabled if left out.
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<Joining>,
    /// Whose person it is; the operator of the site if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// Up to which threat level the person is admitted everywhere.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) clearance: Option<Threat>,
    /// The person needs longer at doors.
    #[arg(long)]
    pub(crate) extended_time: bool,
    /// Read a PIN as one line from standard input.
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

impl PersonCreate {
    /// The name, however it was given.
    pub(crate) fn given_name(&self) -> &str {
        self.positional.as_deref().or(self.name.as_deref()).unwrap_or_default()
    }
}

/// Where a new person begins in the life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Joining {
    /// Rights count.
    Enabled,
    /// Rights may be prepared and do not count yet.
    Expected,
}

/// What changes about a person; what is left out stays as it is.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true)
    .args(["organisation", "clearance", "extended_time", "no_extended_time"]))]
pub(crate) struct PersonEdit {
    /// The person's id, or a unique part of the name.
    pub(crate) person: String,
    /// Whose person it is from now on; the rights given in the old organisation end.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// Up to which threat level the person is admitted everywhere.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) clearance: Option<Threat>,
    /// The person needs longer at doors.
    #[arg(long, conflicts_with = "no_extended_time")]
    extended_time: bool,
    /// The usual times at doors.
    #[arg(long)]
    no_extended_time: bool,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

impl PersonEdit {
    /// Whether the person needs longer, if that was said.
    pub(crate) fn extended_time(&self) -> Option<bool> {
        (self.extended_time || self.no_extended_time).then_some(self.extended_time)
    }
}

/// Whose status changes, and why.
#[derive(Debug, Args)]
pub(crate) struct PersonChange {
    /// The person's id, or a unique part of the name.
    pub(crate) person: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialVerb {
    /// Lists the credentials of a person; numbers are never shown.
    List {
        /// The person's id, or a unique part of the name.
        #[arg(long, value_name = "PERSON")]
        person: String,
        #[command(flatten)]
        part: PastListArgs,
    },
    /// Shows a credential; its number is never shown.
    Show {
        /// The credential, such as cred-5.
        credential: String,
    },
    /// Gives a card to a person.
    Assign(CredentialAssign),
    /// Gives the same person a new card for the same time, and takes the old one out of use first.
    Replace(CredentialReplace),
    /// Lists the card formats that --format takes, and which numbers they hold.
    Formats,
    /// The card is reported lost.
    Lost(CredentialChange),
    /// The card is reported stolen; its use is an alarm.
    Stolen(CredentialChange),
    /// The card is damaged.
    Damaged(CredentialChange),
    /// The card was handed back.
    Return(CredentialChange),
    /// The card was destroyed and never counts again.
    Destroy(CredentialChange),
    /// The card no longer counts.
    Disable(CredentialChange),
    /// The card counts again.
    Enable(CredentialChange),
    /// Ends a lock-out after wrong tries before its time.
    Unlock {
        /// The credential, such as cred-5.
        credential: String,
    },
}

/// Who gets which card.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["card", "format"]))]
pub(crate) struct CredentialAssign {
    /// The person's id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: String,
    /// The card: 26:FACILITY:NUMBER, or raw:BITS:HEX; with --format its parity is checked.
    #[arg(long, value_name = "CARD", conflicts_with_all = ["facility", "issue", "number"])]
    pub(crate) card: Option<String>,
    /// The card's format, such as h10301 (see: credential formats).
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// The facility code on the card, for formats that have one.
    #[arg(long, value_name = "N", requires = "format")]
    pub(crate) facility: Option<String>,
    /// The issue on the card, for formats that have one.
    #[arg(long, value_name = "N", requires = "format")]
    pub(crate) issue: Option<String>,
    /// The number on the card; hexadecimal after 0x.
    #[arg(long, value_name = "N", requires = "format", required_unless_present = "card")]
    pub(crate) number: Option<String>,
    /// First moment at which it counts; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) valid_from: Option<String>,
    /// First moment at which it no longer counts.
    #[arg(long, value_name = "TIME")]
    pub(crate) valid_to: Option<String>,
}

/// Which card takes the place of which.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["card", "format"]))]
pub(crate) struct CredentialReplace {
    /// The credential that is replaced, such as cred-5.
    pub(crate) credential: String,
    /// The new card: 26:FACILITY:NUMBER, or raw:BITS:HEX; with --format its parity is checked.
    #[arg(long, value_name = "CARD", conflicts_with_all = ["facility", "issue", "number"])]
    pub(crate) card: Option<String>,
    /// The new card's format, such as h10301 (see: credential formats).
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// The facility code on the new card, for formats that have one.
    #[arg(long, value_name = "N", requires = "format")]
    pub(crate) facility: Option<String>,
    /// The issue on the new card, for formats that have one.
    #[arg(long, value_name = "N", requires = "format")]
    pub(crate) issue: Option<String>,
    /// The number on the new card; hexadecimal after 0x.
    #[arg(long, value_name = "N", requires = "format", required_unless_present = "card")]
    pub(crate) number: Option<String>,
    /// What became of the old card.
    #[arg(long, value_name = "STATE", value_enum, default_value_t = OldCard::Damaged)]
    pub(crate) old: OldCard,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What became of a card that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OldCard {
    /// It is damaged.
    Damaged,
    /// It is lost.
    Lost,
    /// It was stolen; its use is an alarm.
    Stolen,
    /// It was handed back.
    Returned,
    /// It was destroyed.
    Destroyed,
    /// It only counts no longer.
    Disabled,
}

impl OldCard {
    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Returned => "returned",
            Self::Destroyed => "destroyed",
            Self::Disabled => "disabled",
        }
    }
}

/// Which credential changes, and why.
#[derive(Debug, Args)]
pub(crate) struct CredentialChange {
    /// The credential, such as cred-5.
    pub(crate) credential: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with grants.
#[derive(Debug, Subcommand)]
pub(crate) enum GrantVerb {
    /// Lists grants, ended ones too.
    List {
        /// Only those of this person: id, or a unique part of the name.
        #[arg(long, value_name = "PERSON")]
        person: Option<String>,
        #[command(flatten)]
        part: PastListArgs,
    },
    /// Shows a grant with all that is known of it.
    Show {
        /// The grant, such as g-3.
        grant: String,
        #[command(flatten)]
        past: PastArgs,
    },
    /// Says how grants differ between two moments: which were given, which no longer count, which are otherwise.
    Diff(GrantDiff),
    /// Lets a person pass certain doors for a time; asks for it where a policy wants an approval.
    Create(Box<GrantCreate>),
    /// Lets a grant end later.
    Extend(GrantEnd),
    /// Lets a grant end earlier.
    Shorten(GrantEnd),
    /// Takes a grant back, at once.
    Revoke(GrantChange),
}

/// Between which moments grants are compared.
#[derive(Debug, Args)]
pub(crate) struct GrantDiff {
    /// The earlier moment.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: String,
    /// The later moment; now if left out.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// Only those of this person: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// End with 10 where something differs.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// A grant to be.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).multiple(true).args(["rack", "row", "door", "profile"]))]
#[command(group = ArgGroup::new("until").required(true).args(["lasting", "to"]))]
pub(crate) struct GrantCreate {
    /// Who: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: String,
    /// A rack, front and rear, by path or the end of it; may be repeated.
    #[arg(long, value_name = "RACK", conflicts_with_all = ["door", "profile"])]
    pub(crate) rack: Vec<String>,
    /// Every rack of a row as it is today, by the row's path or the end of it; may be repeated.
    #[arg(long, value_name = "ROW", conflicts_with_all = ["door", "profile"])]
    pub(crate) row: Vec<String>,
    /// A door, by path or the end of it; may be repeated.
    #[arg(long, value_name = "DOOR", conflicts_with = "profile")]
    pub(crate) door: Vec<String>,
    /// An access profile: its doors at its schedules.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["schedule", "days", "between"])]
    pub(crate) profile: Option<String>,
    /// First moment; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// First moment at which it no longer counts.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// How long it counts: 90m, 4h, 2d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// At the times of this schedule.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["days", "between"])]
    pub(crate) schedule: Option<String>,
    /// On which days of the week: Mon-Fri, Sat,Sun.
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<String>,
    /// At which times of the day, in the site's time zone: 08:00-18:00.
    #[arg(long, value_name = "HH:MM-HH:MM")]
    pub(crate) between: Option<String>,
    /// How often it may be used; without limit if left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) uses: Option<u16>,
    /// Somebody who has the right without an escort must come along.
    #[arg(long)]
    pub(crate) escort: bool,
    /// The change ticket, where the area's policy asks for one.
    #[arg(long, value_name = "ID")]
    pub(crate) ticket: Option<String>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which grant ends when, and why.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("until").required(true).args(["lasting", "to"]))]
pub(crate) struct GrantEnd {
    /// The grant, such as g-3.
    pub(crate) grant: String,
    /// First moment at which it no longer counts.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// How long it counts from now on: 90m, 4h, 2d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which grant changes, and why.
#[derive(Debug, Args)]
pub(crate) struct GrantChange {
    /// The grant, such as g-3.
    pub(crate) grant: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with requests: grants that wait for approval.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestVerb {
    /// Asks for a grant; where no policy wants an approval it is given at once, as by grant create.
    Create(Box<GrantCreate>),
    /// Lists the grants that wait for approval.
    List(ListArgs),
    /// Shows one with all that is known of it.
    Show {
        /// The grant, such as g-3.
        grant: String,
    },
    /// Waits until it is approved, denied or taken back; ends with 5 if it was denied, with 3 if it was taken back or nobody
    /// settled it in time.
    Watch {
        /// The grant, such as g-3.
        grant: String,
        /// For how long; until it is settled if left out.
        #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
        lasting: Option<Duration>,
    },
    /// Approves it; nobody approves what they asked for themselves.
    Approve(GrantChange),
    /// Refuses it.
    Deny(GrantChange),
    /// Takes it back.
    Cancel(GrantChange),
}

/// What can be done with change tickets.
#[derive(Debug, Subcommand)]
pub(crate) enum TicketVerb {
    /// Ends every grant that names the ticket.
    Close {
        /// The ticket, such as CHG-48213.
        ticket: String,
        /// Why, or what was done; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What can be done with emergency rights.
#[derive(Debug, Subcommand)]
pub(crate) enum BreakGlassVerb {
    /// Lets a person pass at once, past the approval policy: an alarm now, a review within a day.
    Open(BreakGlassOpen),
    /// Lists the emergency rights that nobody has reviewed.
    List(ListArgs),
    /// Says what a review of an emergency right found.
    Review {
        /// The grant, such as g-3.
        grant: String,
        /// What was found.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// An emergency right to be.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).args(["rack", "door"]))]
pub(crate) struct BreakGlassOpen {
    /// Who: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: String,
    /// A rack, front and rear, by path or the end of it.
    #[arg(long, value_name = "RACK")]
    pub(crate) rack: Option<String>,
    /// A door, by path or the end of it; may be repeated.
    #[arg(long, value_name = "DOOR")]
    pub(crate) door: Vec<String>,
    /// How long it counts; an hour if left out.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}
