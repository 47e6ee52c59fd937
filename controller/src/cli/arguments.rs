//! The shape of the command line: nouns, verbs and flags, as people type them. It decides what is well formed and nothing
//! else; what a verb does is in `verbs.rs`, what its answer looks like in `output.rs`. Times are kept as typed, because
//! reading `tomorrow 08:00` needs the site's time zone (`when.rs`). The verbs about rights, about what they rest on and about
//! places have files of their own below.

mod alarms;
mod alerts;
mod audit;
mod cameras;
mod completion;
mod contexts;
mod desk;
mod devices;
mod doctor;
mod events;
mod figures;
mod files;
mod handles;
mod listing;
mod moments;
mod operators;
mod places;
mod readers;
mod reviews;
mod rights;
mod rules;
mod webhooks;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::when::parse_span;
use crate::demo::options::Lifetime;

pub(crate) use alarms::{AlarmVerb, OutOfServiceArgs, ShelveArgs};
pub(crate) use alerts::{AlertCreate, AlertVerb};
pub(crate) use audit::{AuditExport, AuditVerb};
pub(crate) use cameras::{CameraVerb, EventStills};
pub(crate) use completion::{ManArgs, ShellWord};
pub(crate) use contexts::{ContextVerb, LoginArgs};
pub(crate) use desk::{InsideArgs, MusterMarkArgs, MusterVerb, ShiftVerb, VisitorEnter, VisitorVerb};
pub(crate) use devices::{BusVerb, DeviceChange, DeviceCommission, DeviceJob, DeviceVerb, FirmwareSign, FirmwareVerb};
#[cfg(test)]
pub(crate) use devices::{Oui, Version};
pub(crate) use doctor::DoctorArgs;
pub(crate) use events::{EventOrder, EventSearch, EventVerb};
pub(crate) use figures::{FiguresArgs, PeriodArgs};
pub(crate) use files::{ApplyArgs, DriftArgs, ExportVerb, PlanArgs, TestArgs, UndoArgs};
pub(crate) use handles::{CanaryVerb, LocateArgs, LocateHow, MqttVerb, RackLocate, ReceiptVerb};
pub(crate) use listing::{ListArgs, PastArgs, PastListArgs};
pub(crate) use moments::{ExplainArgs, SimulateArgs, WhatCanArgs, WhoCanArgs};
pub(crate) use operators::{
    OperatorBind, OperatorCertificate, OperatorChange, OperatorCreate, OperatorEdit, OperatorLink, OperatorVerb,
    PermissionVerb, ProposalVerb, RoleWord, TokenCreate, TokenVerb,
};
pub(crate) use places::{
    AreaOrder, AreaVerb, DoorOrder, DoorVerb, NetboxImport, PointVerb, PresenceVerb, RackImport, RackVerb, SiteVerb,
};
pub(crate) use readers::{ReaderVerb, TestPattern};
pub(crate) use reviews::{DecisionWord, ReviewCreate, ReviewDecide, ReviewShow, ReviewVerb};
pub(crate) use rights::{
    BreakGlassOpen, BreakGlassVerb, CredentialAssign, CredentialChange, CredentialReplace, CredentialVerb, GrantChange,
    GrantCreate, GrantDiff, GrantEnd, GrantVerb, Joining, PersonChange, PersonCreate, PersonEdit, PersonVerb,
    RequestVerb, RosterImport, RosterKeyWord, RosterModeWord, TicketVerb,
};
pub(crate) use rules::{
    AgreementCreate, AgreementVerb, CalendarVerb, Import, Named, NamedThen, OrganisationVerb, ProfileShape,
    ProfileVerb, ScheduleShape, ScheduleVerb,
};
pub(crate) use webhooks::WebhookVerb;

/// What `rackward` alone prints: ten lines with three examples.
pub(crate) const GREETING: &str = "\
rackward: access control for a data centre, from the fence to the rack door
usage: rackward [FLAGS] NOUN VERB [OBJECT]               (rackward help NOUN)

  rackward demo                                         a simulated data centre with the real daemon
  rackward event watch                                  what happens, as it happens
  rackward explain --person p-1 --point main-entrance   why somebody would or would not pass

nouns: status doctor event alarm alert site area door rack point device camera reader locate bus firmware mqtt canary receipt presence inside visitor muster shift
       person credential grant request ticket breakglass schedule calendar profile organisation agreement explain who-can what-can
       simulate review plan apply undo test drift export schema operator token proposal permission session login logout whoami context \
webhook console audit sim run demo completion man version exit-codes
";

/// The exit codes, as `help exit-codes` prints them; the numbers themselves are [`super::failure::Exit`].
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done; also an empty list
  1    failed, unclassified
  2    usage error
  3    cancelled at a prompt
  4    not signed in, a session or token that does not count, or no right to use the socket
  5    refused by policy or rights
  6    conflict: the object changed or its state does not allow this
  7    input invalid; all problems are listed
  8    accepted, and waits for approval
  9    stored, but not every device has acknowledged it (--wait)
  10   something differs or would change (--detailed-exitcode)
  11   daemon or simulator unreachable, a time-out, or a server with the wrong certificate
  12   not found
  13   verification failed (audit verify), or a test of site files does not hold
  130  interrupted
";

/// Everything after the word `rackward`.
#[derive(Debug, Parser)]
#[command(name = "rackward", version, max_term_width = 100)]
#[command(about = "Access control for a data centre, from the fence to the rack door.")]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) noun: Option<Noun>,
}

/// Flags that count for every verb, before or after it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Flags for every verb")]
pub(crate) struct Global {
    /// Where the daemon of this machine keeps its state and sockets; also `RACKWARD_DIR`.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Which site to ask (`rackward context list`); also `RACKWARD_CONTEXT`.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The console of a daemon to ask, as https://host:port; also `RACKWARD_SERVER`.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A file with the token to show to the server; also `RACKWARD_TOKEN_FILE`.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,
    /// The form of the answer; `table` on a terminal, `plain` otherwise.
    #[arg(short, long, global = true, value_name = "FORM", env = "RACKWARD_OUTPUT")]
    pub(crate) output: Option<Form>,
    /// Short for `-o json`.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Only these members of each thing, joined by commas.
    #[arg(long, global = true, value_name = "MEMBERS")]
    pub(crate) fields: Option<String>,
    /// No line of headings, in tables and CSV.
    #[arg(long, global = true)]
    pub(crate) no_headers: bool,
    /// The version of the JSON forms that is expected; another one than this program speaks is refused.
    #[arg(long, global = true, value_name = "VERSION", value_parser = api_version)]
    pub(crate) api_version: Option<String>,
    /// No notes while watching; one JSON line from the demo.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say on the error stream what is done.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Say on the error stream also who is asked and why, how long each answer took and what identifies it.
    #[arg(long, global = true)]
    pub(crate) debug: bool,
    /// No colours; also `NO_COLOR`, `TERM=dumb`, or no terminal.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Never ask; fail where an answer would be needed.
    #[arg(long, global = true, env = "RACKWARD_NO_INPUT", value_parser = FalseyValueParser::new())]
    pub(crate) no_input: bool,
    /// Take questions that are asked before something is done as answered with yes.
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Say what would happen, and change nothing.
    #[arg(short = 'n', long, global = true)]
    pub(crate) dry_run: bool,
    /// The key of a change: a repetition under the same key is not done twice. Made up if left out.
    #[arg(long, global = true, value_name = "KEY", value_parser = super::client::Key::parse)]
    pub(crate) idempotency_key: Option<super::client::Key>,
    /// Wait until every device has acknowledged a change of rights; with exit code 9 it names those that have not. The word
    /// may be left out.
    #[arg(long, global = true, value_name = "FOR", num_args = 0..=1, require_equals = true,
        default_missing_value = "all-controllers")]
    pub(crate) wait: Option<WaitFor>,
    /// For how long to wait: with --wait, 30s if left out; for an operator who lets `login` in, ten minutes.
    #[arg(long, global = true, value_name = "SPAN", value_parser = parse_span)]
    pub(crate) timeout: Option<Duration>,
    /// How times are shown; `relative` in tables, `utc` otherwise.
    #[arg(long, global = true, value_name = "STYLE")]
    pub(crate) time: Option<TimeStyle>,
}

impl Global {
    /// The form that was asked for, if one was.
    pub(crate) fn form(&self) -> Option<Form> {
        if self.json { Some(Form::Json) } else { self.output }
    }
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Aligned columns, cut to the terminal's width.
    Table,
    /// Aligned columns, none of them cut, with whole times.
    Wide,
    /// Tabs and full values, for `cut` and `awk`.
    Plain,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// The JSON document as YAML.
    Yaml,
    /// Comma-separated values for spreadsheets; no cell is a formula.
    Csv,
    /// The bare name of each object.
    Name,
}

impl Form {
    /// Whether a program reads it as one document, problems among them.
    pub(crate) const fn is_document(self) -> bool {
        match self {
            Self::Json | Self::Ndjson | Self::Yaml => true,
            Self::Table | Self::Wide | Self::Plain | Self::Csv | Self::Name => false,
        }
    }
}

/// Whose receipts are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitFor {
    /// Every device that holds rights of its own.
    AllControllers,
}

/// Takes the version of the JSON forms, of which there is one.
fn api_version(text: &str) -> Result<String, String> {
    match text {
        super::output::API_VERSION | "v1" => Ok(text.to_owned()),
        _ => Err(format!("this program speaks {} alone", super::output::API_VERSION)),
    }
}

/// How times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeStyle {
    /// RFC 3339 in UTC.
    Utc,
    /// In the site's time zone.
    Site,
    /// In this machine's time zone.
    Local,
    /// Before or after now.
    Relative,
}

/// What a command is about.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// The state of everything on one screen.
    Status,
    /// Looks why something does not work: clock, certificate, reachability, versions, disk.
    Doctor(DoctorArgs),
    /// What happened, and what happens.
    #[command(subcommand)]
    Event(EventVerb),
    /// Conditions that need an answer.
    #[command(subcommand)]
    Alarm(AlarmVerb),
    /// Doors, gates and rack doors.
    #[command(subcommand)]
    Door(DoorVerb),
    /// Areas, who is inside and their lockdown.
    #[command(subcommand)]
    Area(AreaVerb),
    /// Racks and who may open them.
    #[command(subcommand)]
    Rack(RackVerb),
    /// Access points: one direction through one door.
    #[command(subcommand)]
    Point(PointVerb),
    /// The site as a whole.
    #[command(subcommand)]
    Site(SiteVerb),
    /// What is known of where people are.
    #[command(subcommand)]
    Presence(PresenceVerb),
    /// Who is inside, and how sure that is.
    Inside(InsideArgs),
    /// Visitors, entered by hand.
    #[command(subcommand)]
    Visitor(VisitorVerb),
    /// Counting people at a safe place.
    #[command(subcommand)]
    Muster(MusterVerb),
    /// What one shift hands over to the next.
    #[command(subcommand)]
    Shift(ShiftVerb),
    /// Readers, locks, swinghandles and input modules.
    #[command(subcommand)]
    Device(DeviceVerb),
    /// What readers and handles show.
    #[command(subcommand)]
    Reader(ReaderVerb),
    /// Handles that blink where a grant or ticket allows something.
    Locate(LocateArgs),
    /// The card that nobody has, which every device must refuse.
    #[command(subcommand)]
    Canary(CanaryVerb),
    /// What an external MQTT broker must know.
    #[command(subcommand)]
    Mqtt(MqttVerb),
    /// Which devices have applied the rights they should hold.
    #[command(subcommand)]
    Receipt(ReceiptVerb),
    /// Cameras: which there are, what they cover, whether they answer.
    #[command(subcommand)]
    Camera(CameraVerb),
    /// Serial buses: how they are, who answers, what passes on them.
    #[command(subcommand)]
    Bus(BusVerb),
    /// Signed firmware for devices.
    #[command(subcommand)]
    Firmware(FirmwareVerb),
    /// Programs that are told over HTTP what happens.
    #[command(subcommand)]
    Webhook(WebhookVerb),
    /// People who may hold credentials and grants.
    #[command(subcommand, alias = "p")]
    Person(PersonVerb),
    /// Cards.
    #[command(subcommand)]
    Credential(CredentialVerb),
    /// Time-boxed rights to pass, each with its reason.
    #[command(subcommand, alias = "g")]
    Grant(GrantVerb),
    /// Grants that wait for approval.
    #[command(subcommand)]
    Request(RequestVerb),
    /// Change tickets.
    #[command(subcommand)]
    Ticket(TicketVerb),
    /// Emergency rights, each an alarm and a review.
    #[command(subcommand, name = "breakglass")]
    BreakGlass(BreakGlassVerb),
    /// Times of the week with their exceptions.
    #[command(subcommand)]
    Schedule(ScheduleVerb),
    /// Special days, such as holidays.
    #[command(subcommand)]
    Calendar(CalendarVerb),
    /// Doors with schedules, given to many.
    #[command(subcommand)]
    Profile(ProfileVerb),
    /// Who owns areas and people.
    #[command(subcommand)]
    Organisation(OrganisationVerb),
    /// Areas that one organisation shares with another, for a time.
    #[command(subcommand)]
    Agreement(AgreementVerb),
    /// Who runs the site, with which role.
    #[command(subcommand)]
    Operator(OperatorVerb),
    /// Tokens with which programs ask.
    #[command(subcommand)]
    Token(TokenVerb),
    /// What waits for a second operator.
    #[command(subcommand)]
    Proposal(ProposalVerb),
    /// Which role may do what.
    #[command(subcommand)]
    Permission(PermissionVerb),
    /// Why a person would or would not pass a point, step by step.
    Explain(ExplainArgs),
    /// Who may pass a point, by which grant, at any moment.
    WhoCan(WhoCanArgs),
    /// Where a person may pass, by which grant, at any moment.
    WhatCan(WhatCanArgs),
    /// Alerts: queries over the journal that raise an alarm for what they match.
    #[command(subcommand)]
    Alert(AlertVerb),
    /// Access reviews: rights listed as they were, and decided one by one.
    #[command(subcommand)]
    Review(ReviewVerb),
    /// Tries changes on what happened: who would have been treated differently. Nothing is changed.
    Simulate(SimulateArgs),
    /// What would change if site files were applied.
    Plan(PlanArgs),
    /// Makes what there is what site files, or a plan of them, say.
    Apply(ApplyArgs),
    /// Undoes the last apply of site files.
    Undo(UndoArgs),
    /// Runs the tests of site files.
    Test(TestArgs),
    /// What differs from what site files said when they were applied.
    Drift(DriftArgs),
    /// Writes site files that say what there is.
    #[command(subcommand)]
    Export(ExportVerb),
    /// The form of site files, as JSON Schema.
    Schema,
    /// The web console.
    #[command(subcommand)]
    Console(ConsoleVerb),
    /// Who is signed in.
    #[command(subcommand)]
    Session(SessionVerb),
    /// Signs in to a daemon elsewhere, and remembers it as a context: let in by an operator at the console, by password and
    /// code, or with a token.
    Login(LoginArgs),
    /// Signs out: ends the session at the daemon and forgets it here.
    Logout,
    /// The daemons that can be asked.
    #[command(subcommand)]
    Context(ContextVerb),
    /// Who you are to the daemon.
    Whoami {
        /// With everything that you may do, one to a line.
        #[arg(long)]
        rights: bool,
    },
    /// The journal's evidence.
    #[command(subcommand)]
    Audit(AuditVerb),
    /// The hands of the simulated world: they move hardware, nothing else.
    Sim(SimArgs),
    /// Runs the daemon.
    Run(RunArgs),
    /// Runs a simulated data centre and the real daemon for it.
    Demo(DemoArgs),
    /// Prints what a shell needs to complete lines, names of the site among them.
    Completion {
        /// Which shell.
        shell: ShellWord,
    },
    /// What could stand next in a line; shells ask it.
    #[command(name = "__complete", hide = true)]
    Complete {
        /// The words so far, the one that is typed last.
        #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Prints the manual's page of this program, or writes every page into a directory.
    Man(ManArgs),
    /// The version of this program.
    Version,
    /// What the exit codes mean.
    #[command(after_help = EXIT_CODES)]
    ExitCodes,
}

/// What can be done about the console.
#[derive(Debug, Subcommand)]
pub(crate) enum ConsoleVerb {
    /// Makes a new sign-in link, good once and for 15 minutes: for the first admin while there is nobody, then for an
    /// operator; without one for whoever is at the machine, which raises an alarm.
    Login {
        /// Whom it signs in, by name or id.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
    },
    /// Makes a sign-in link for somebody with another role, or of an organisation that sees only its own.
    Link {
        /// What they may do; admin if left out.
        #[arg(long, value_name = "ROLE")]
        role: Option<RoleWord>,
        /// Whose people, doors and grants they see; the whole site if left out.
        #[arg(long, value_name = "NAME")]
        organisation: Option<String>,
    },
}

/// `session ...`
#[derive(Debug, Subcommand)]
pub(crate) enum SessionVerb {
    /// Lists who is signed in, from where and since when.
    List(ListArgs),
    /// Ends a session at once, with everything that it follows.
    Revoke {
        /// Which.
        #[arg(value_name = "SESSION")]
        session: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// How threatened a site is, and up to which level a person is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Threat {
    /// As every day.
    Normal,
    /// Watchful.
    Guarded,
    /// An attack is likely.
    High,
    /// An attack is under way.
    Severe,
}

impl Threat {
    /// The word in the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Guarded => "guarded",
            Self::High => "high",
            Self::Severe => "severe",
        }
    }
}

/// A verb for the simulated world, passed on as typed.
#[derive(Debug, Args)]
#[command(after_help = SIM_VERBS)]
pub(crate) struct SimArgs {
    /// What to do.
    #[arg(value_name = "VERB")]
    pub(crate) verb: String,
    /// To what.
    #[arg(value_name = "ARG")]
    pub(crate) args: Vec<String>,
}

const SIM_VERBS: &str = "\
Verbs:
  people                     who lives in the simulated world
  badge PERSON POINT         presents the person's card at a reader
  pin PERSON POINT [DIGITS]  types the person's PIN, or these digits
  open DOOR                  opens the leaf, if the lock lets it
  close DOOR                 closes the leaf
  force DOOR                 moves the leaf although the lock holds
  rex DOOR                   presses the exit button
  lift RACKDOOR              lifts the swinghandle, if the lock lets it
  seat RACKDOOR              pushes the swinghandle home
  key RACKDOOR               turns the mechanical key
  tamper DEVICE              opens the device's cover
  cut DEVICE                 cuts its cable or network
  restore DEVICE             mends its cable and closes its cover
  restart DEVICE             takes its power away and gives it back
  reset DEVICE               resets it to how it left the factory: install mode
  replace DEVICE             puts another one in its place, with the same key
  input DEVICE INDEX WIRE    makes an input normal, alarm, short, cut or off-band
  fence ZONE                 crosses a perimeter zone
  fire on|off                trips the fire panel, or resets it
  state                      how the hardware stands
";

/// How the daemon is run.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The site file.
    #[arg(long, value_name = "FILE", default_value = "/etc/rackward/rackward.toml")]
    pub(crate) config: PathBuf,
}

/// How the demo is run; `--dir` keeps its state, `--quiet` prints one JSON line.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The console's address; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) http: std::net::SocketAddr,
    /// Nobody walks about by themselves.
    #[arg(long)]
    pub(crate) still: bool,
    /// End by itself after this long: 60s, 10m.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_lifetime, default_value = "forever", hide_default_value = true)]
    pub(crate) lifetime: Lifetime,
    /// The seed of what the simulated people do; drawn if left out.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// So many times the usual allowance of requests, for a demo that is measured or tested.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), hide = true)]
    pub(crate) allowances: u32,
}

fn parse_lifetime(text: &str) -> Result<Lifetime, super::when::SpanError> {
    if text == "forever" { Ok(Lifetime::UntilStopped) } else { parse_span(text).map(Lifetime::Span) }
}
