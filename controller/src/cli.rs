//! The command line: `rackward NOUN VERB`. It asks the daemon, of this machine over its local socket or another one at its
//! console, or acts on the simulated world, and prints what came of it; it decides nothing about who may pass. What can be
//! typed is in `arguments.rs`, which daemon is asked in `settings.rs`, what each verb asks in `verbs.rs`, what answers look
//! like in `output.rs`, how it all ends in `failure.rs`.

mod arguments;
mod client;
mod completion;
mod connection;
mod contexts;
mod doctor;
mod evidence;
mod failure;
mod firmware;
mod login;
mod manual;
mod netbox;
mod output;
mod place;
mod prompt;
mod roster;
mod settings;
mod sim;
mod sse;
mod verbs;
mod watch;
mod when;

use std::io::{ErrorKind, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser as _, ValueEnum as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::config::ConfigError;
use crate::demo::options::{Banner, DemoOptions, Place, Walking};
use crate::drivers::DriverError;
use crate::store::verify::Verified;
use arguments::{
    AlarmVerb, AuditVerb, BusVerb, CommandLine, ContextVerb, DemoArgs, EventVerb, Form, Global, Noun, RackImport,
    RackVerb, TimeStyle, WaitFor, WebhookVerb,
};
use client::{Client, Intent, Narration};
use failure::{Exit, Failure};
use output::{Headings, Paint, Report, Screen};
use prompt::Prompting;
use settings::{Settings, Surroundings};
use verbs::{Consent, Progress, Session};
use watch::Voice;
use when::Calendar;

/// Runs the program as it was called, and says how it ended.
pub fn run() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return misunderstood(&explained(error)),
    };
    let CommandLine { mut global, noun } = line;
    let Some(mut noun) = noun else {
        return finish(&global, output::print(arguments::GREETING).map(|_| Exit::Done));
    };
    if let Noun::Rack(RackVerb::Import(RackImport::Netbox(args))) = &mut noun
        && args.url.is_some()
        && args.netbox_token_file.is_none()
    {
        // Beside another's address a token is that one's; it must not be shown to the daemon.
        args.netbox_token_file = global.token_file.take();
    }
    if let Err(failure) = sensible(&global, &noun) {
        return finish(&global, Err(failure));
    }
    match noun {
        Noun::Run(args) => program(&global, crate::daemon::run(&args.config), Exit::Failed),
        Noun::Demo(args) => program(&global, crate::demo::run(demo_options(&global, &args)), Exit::Failed),
        Noun::Audit(AuditVerb::Verify { evidence: Some(file), key: Some(key), .. }) => {
            let checked = evidence::verify(&file, &key);
            finish(&global, checked.and_then(|report| show(&report, &screen(&global, TimeZone::UTC))))
        }
        Noun::Audit(AuditVerb::Verify { config, .. }) => verify(&global, config),
        noun => {
            let ended = converse(&mut global, &noun);
            finish(&global, ended)
        }
    }
}

/// Refuses flags that a verb could only ignore: whoever typed them expects something of them.
fn sensible(global: &Global, noun: &Noun) -> Result<(), Failure> {
    let names_server = global.server.is_some() || global.context.is_some() || global.token_file.is_some();
    match noun {
        Noun::Run(_) | Noun::Demo(_) | Noun::Audit(AuditVerb::Verify { .. }) | Noun::Sim(_) if names_server => {
            let problem = "this verb acts on this machine; --server, --context and --token-file are for verbs that ask a \
                           daemon";
            Err(Failure::usage("the command line", &problem))
        }
        Noun::Audit(AuditVerb::Verify { evidence: Some(_), .. }) if global.dir.is_some() => {
            let problem = "evidence is checked by itself, without a journal; leave --dir out, or leave --evidence and --key out to \
                           check the journal there";
            Err(Failure::usage("--dir", &problem))
        }
        Noun::Login(_) | Noun::Logout | Noun::Context(ContextVerb::Use { .. }) if global.dry_run => {
            Err(Failure::usage("--dry-run", &"signing in and out and choosing a context cannot be rehearsed"))
        }
        Noun::Doctor(_) if global.dry_run => {
            let problem = "doctor changes nothing, and lists a bundle before it is written";
            Err(Failure::usage("--dry-run", &problem))
        }
        _ => Ok(()),
    }
}

/// The same; where a moment was named to a verb that cannot tell of one, with the word that this is why.
fn explained(mut error: clap::Error) -> clap::Error {
    let is_moment = |value: &ContextValue| matches!(value, ContextValue::String(flag) if flag == "--at");
    let is_unknown = error.kind() == clap::error::ErrorKind::UnknownArgument;
    if is_unknown && error.get(ContextKind::InvalidArg).is_some_and(is_moment) {
        let why = "this verb tells of now alone; the past is told by explain, who-can, what-can, rack who, and by list and show of \
                   people, grants, profiles, schedules, calendars and agreements";
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![why.into()]));
    }
    error
}

/// Help, the version, or what is wrong with the line, which programs get as a problem document as well.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let of_environment = std::env::var("RACKWARD_OUTPUT").ok();
    // A settings file that cannot be read asks for no form; whoever types a line that is one is told of it.
    let of_files = || Settings::load(&Global::default(), &Surroundings::of_process()).ok()?.output();
    let wanted = form_wanted(&words, of_environment.as_deref(), of_files);
    if let Some(form) = wanted.filter(|form| error.use_stderr() && form.is_document()) {
        let failure = usage_failure(error);
        // What cannot be printed is told below, on the error stream.
        let _ = output::print(&output::document(failure.document(), form));
    }
    // A stream that takes no help text is nobody's news.
    if !words.iter().any(|word| word == "--no-color") {
        let _ = error.print();
    } else if error.use_stderr() {
        eprint!("{}", error.render());
    } else {
        let _ = output::print(&error.render().to_string());
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// What is wrong with a line, whole: what was typed or is missing by name, what could stand there, how the verb is used.
fn usage_failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let (text, _) = text.split_once("\nFor more information").unwrap_or((&text, ""));
    let (detail, help) = text.split_once("\nUsage:").unwrap_or((text, ""));
    let words = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let detail = words(detail);
    let usage = words(help);
    let help = if usage.is_empty() { "see: rackward help".to_owned() } else { format!("usage: {usage}") };
    let title = "the command line was not understood";
    let failure = Failure::new(Exit::Usage, "usage", title, detail.trim_start_matches("error: "), help);
    let values = error.context().find_map(|(kind, value)| match (kind, value) {
        (ContextKind::ValidValue | ContextKind::ValidSubcommand, ContextValue::Strings(values)) => Some(values.clone()),
        _ => None,
    });
    match values {
        Some(values) => failure.with("possible_values", json!(values)),
        None => failure,
    }
}

/// The form that a line which was not understood asked for, as far as can be told: by a flag, else in the environment, else in
/// a settings file.
fn form_wanted(
    words: &[String],
    of_environment: Option<&str>,
    of_files: impl FnOnce() -> Option<Form>,
) -> Option<Form> {
    if words.iter().any(|word| word == "--json") {
        return Some(Form::Json);
    }
    let named = |word: &str| Form::from_str(word, false).ok();
    let beside = |word: &String| match word.strip_prefix("--output=") {
        Some(form) => named(form),
        None => word.strip_prefix("-o").and_then(|form| named(form.strip_prefix('=').unwrap_or(form))),
    };
    let behind = |pair: &[String]| matches!(pair[0].as_str(), "-o" | "--output").then(|| named(&pair[1])).flatten();
    let typed = words.iter().find_map(beside).or_else(|| words.windows(2).find_map(behind));
    typed.or_else(|| of_environment.and_then(named)).or_else(of_files)
}

/// Where the journal to verify is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalPlace {
    /// Where this site file says.
    OfSiteFile(PathBuf),
    /// In this directory.
    InDirectory(PathBuf),
}

fn journal_of(global: &Global, config: Option<PathBuf>) -> JournalPlace {
    match config {
        Some(file) => JournalPlace::OfSiteFile(file),
        None => JournalPlace::InDirectory(place::state_dir(&directory(global))),
    }
}

/// Checks the journal on disk, without the daemon.
fn verify(global: &Global, config: Option<PathBuf>) -> ExitCode {
    match crate::daemon::verify(&journal_of(global, config)) {
        Ok(verified) => finish(global, show(&whole(&verified), &screen(global, TimeZone::UTC))),
        Err(error) if error.is::<ConfigError>() => program(global, Err(error), Exit::NotVerified),
        Err(error) => {
            let help = "keep the directory as it is; compare it with a backup";
            let title = "the journal does not hold";
            finish(global, Err(Failure::new(Exit::NotVerified, "not-verified", title, told_once(&error), help)))
        }
    }
}

fn whole(verified: &Verified) -> Report {
    let document = json!({
        "head": verified.head.seq.get(),
        "chain": data_encoding::HEXLOWER.encode(&verified.head.chain),
        "text": verified.to_string(),
    });
    let text = |document: &serde_json::Value, _: &Screen| document["text"].as_str().unwrap_or_default().to_owned();
    Report::Single { kind: "JournalVerified", document, text, exit: Exit::Done }
}

/// How a program of its own (daemon, demo) ended. Its errors are told whole: one of them may be a list.
fn program(global: &Global, ended: anyhow::Result<()>, otherwise: Exit) -> ExitCode {
    let Err(error) = ended else { return Exit::Done.into() };
    let text = told_once(&error);
    if form(global).is_document() {
        return finish(global, Err(not_run(&error, &text, otherwise)));
    }
    let lead = if text.starts_with("error") { "" } else { "error: " };
    eprintln!("{lead}{text}");
    exit_of(&error, otherwise).into()
}

/// What kept a program from starting or going on, as a document.
fn not_run(error: &anyhow::Error, text: &str, otherwise: Exit) -> Failure {
    let (slug, title) = match error.is::<ConfigError>() {
        true => ("site-file", "the site file cannot be used"),
        false => ("not-run", "it cannot run"),
    };
    Failure::new(exit_of(error, otherwise), slug, title, text.trim_start_matches("error: "), "")
}

/// The exit code of what kept a program from starting. A port that another program has is something unreachable.
fn exit_of(error: &anyhow::Error, otherwise: Exit) -> Exit {
    match error.downcast_ref::<ConfigError>() {
        Some(ConfigError::Problems(_) | ConfigError::Unreadable { .. }) => return Exit::Invalid,
        None => {}
    }
    let taken = |cause: &(dyn std::error::Error + 'static)| {
        let port = cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::AddrInUse);
        port || matches!(cause.downcast_ref::<DriverError>(), Some(DriverError::Broker { .. }))
    };
    if error.chain().any(taken) { Exit::Unreachable } else { otherwise }
}

/// An error and its causes, without a cause that the error before it has told already.
fn told_once(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        before if before.contains(&cause) => told,
        before => format!("{before}: {cause}"),
    })
}

/// Tells a failure, in the form that was asked for, and turns it into an exit code.
fn finish(global: &Global, ended: Result<Exit, Failure>) -> ExitCode {
    let failure = match ended {
        Ok(exit) => return exit.into(),
        Err(failure) => failure,
    };
    let text = match form(global) {
        // The document says all of it to programs; people get one line beside it.
        form if form.is_document() => {
            let printed = output::document(failure.document(), form);
            if output::print(&printed).is_ok() { failure.headline() } else { failure.text() }
        }
        _ => failure.text(),
    };
    eprintln!("{}", paint_errors(global, &text));
    failure.exit.into()
}

/// The words `error:` and `help:` in colour, where the error stream is a terminal.
fn paint_errors(global: &Global, text: &str) -> String {
    let paint = paint(global, std::io::stderr().is_terminal());
    let line = |line: &str| {
        let words = [("error:", anstyle::AnsiColor::Red), ("help:", anstyle::AnsiColor::Cyan)];
        let found =
            words.into_iter().find_map(|(word, colour)| line.strip_prefix(word).map(|rest| (word, colour, rest)));
        found.map_or_else(|| line.to_owned(), |(word, colour, rest)| paint.colour(colour, word) + rest)
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Does what `noun` asks for and prints what came of it. What the settings' files say of its form is in `global` then.
fn converse(global: &mut Global, noun: &Noun) -> Result<Exit, Failure> {
    let dir = directory(global);
    match noun {
        Noun::Version => return show(&version(), &screen(global, TimeZone::UTC)),
        Noun::ExitCodes => return show(&exit_codes(), &screen(global, TimeZone::UTC)),
        Noun::Completion { shell } => return show(&completion::script(*shell), &screen(global, TimeZone::UTC)),
        Noun::Complete { words } => return completion::complete(words),
        Noun::Man(args) => return show(&manual::pages(args)?, &screen(global, TimeZone::UTC)),
        Noun::Webhook(WebhookVerb::Keygen { file, key_pair }) => {
            let made = if global.dry_run { verbs::keygen_tried(file)? } else { verbs::keygen(file, *key_pair)? };
            return show(&made, &screen(global, TimeZone::system()));
        }
        Noun::Firmware(verb) => return show(&firmware::act(verb)?, &screen(global, TimeZone::system())),
        Noun::Sim(args) => {
            return show(&sim::act(&place::sim_socket(&dir), args)?, &screen(global, TimeZone::system()));
        }
        _ => {}
    }
    let settings = Settings::load(global, &Surroundings::of_process())?;
    global.output = global.form().or(settings.output());
    global.no_input |= settings.no_input();
    let global = &*global;
    if let Noun::Context(verb) = noun {
        return show(&contexts::context(&settings, verb)?, &screen(global, TimeZone::system()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(Exit::Failed, "runtime", "cannot start", error.to_string(), ""))?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = serve(&settings, global, noun) => ended,
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    });
    // Whoever was asked something and pressed Ctrl-C is waited for no longer.
    runtime.shutdown_background();
    ended
}

/// How long `--wait` waits for devices if nothing else is said.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(30);

/// Signs in or out, looks why something does not work, or asks the daemon that the settings name.
async fn serve(settings: &Settings, global: &Global, noun: &Noun) -> Result<Exit, Failure> {
    let narration = match (global.debug, global.verbose) {
        (true, _) => Narration::Whole,
        (false, true) => Narration::Told,
        (false, false) => Narration::Silent,
    };
    let prompting = if global.no_input { Prompting::Forbidden } else { Prompting::Allowed };
    let apart = match noun {
        Noun::Login(args) => Some(login::login(settings, args, global.timeout, prompting, narration).await?),
        Noun::Logout => Some(login::logout(settings, narration).await?),
        Noun::Doctor(args) => {
            let consent = if global.yes { Consent::Given } else { Consent::Asked };
            Some(doctor::doctor(settings, args, doctor::Manner { prompting, narration, consent }).await?)
        }
        _ => None,
    };
    if let Some(report) = apart {
        return show(&report, &screen(global, TimeZone::system()));
    }
    let intent = if global.dry_run { Intent::Rehearse } else { Intent::CarryOut };
    let (way, layer) = settings.way()?;
    let (link, caller) = settings.connection(&way)?;
    if global.debug {
        eprintln!("debug: asking {link}, as {layer} says");
    }
    let client = Client::at(link, caller, prompting, narration).with(intent, global.idempotency_key.clone());
    let line: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut session = Session::new(client, Timestamp::now(), prompting, &line);
    session.patience = global.wait.map(|WaitFor::AllControllers| global.timeout.unwrap_or(DELIVERY_PATIENCE));
    session.fields.clone_from(&global.fields);
    session.consent = if global.yes { Consent::Given } else { Consent::Asked };
    session.progress = if global.quiet { Progress::Silent } else { Progress::Told };
    talk(&session, global, noun).await
}

async fn talk(session: &Session, global: &Global, noun: &Noun) -> Result<Exit, Failure> {
    let form = form(global);
    let report = match Box::pin(verbs::ask(session, noun, form)).await {
        Some(answered) => match (session.client.rehearsed(), session.client.waiting()) {
            (Some(rehearsed), _) => Some(verbs::rehearsed(rehearsed)),
            (None, Some(proposal)) => Some(verbs::waiting(proposal)),
            (None, None) => Some(answered?),
        },
        None => None,
    };
    let zone = if global.time == Some(TimeStyle::Site) { session.zone().await? } else { TimeZone::system() };
    let screen = screen(global, zone);
    let mut tell = |note: &str| {
        if !global.quiet {
            eprintln!("{note}");
        }
    };
    match (report, noun) {
        (Some(report), _) => {
            // Of nothing a program gets no line; whoever reads along is told that there is nothing.
            report.nothing(&screen).into_iter().for_each(&mut tell);
            let exit = report.exit();
            let report = match global.fields.as_deref() {
                Some(fields) => report.only(fields)?,
                None => report,
            };
            show(&report, &screen).map(|_| exit)
        }
        (None, Noun::Event(EventVerb::Watch { after })) => {
            let mut voice = Voice { show: &mut output::print, tell: &mut tell };
            watch::follow(&session.client, *after, "", &screen, &mut voice).await
        }
        (None, Noun::Alarm(AlarmVerb::Watch { after })) => {
            let mut voice = Voice { show: &mut output::print, tell: &mut tell };
            watch::follow(&session.client, *after, "alarm.", &screen, &mut voice).await
        }
        (None, Noun::Bus(verb @ BusVerb::Trace { .. })) => {
            verbs::trace(session, verb, &mut Voice { show: &mut output::print, tell: &mut tell }).await
        }
        (None, _) => Ok(Exit::Done),
    }
}

fn show(report: &Report, screen: &Screen) -> Result<Exit, Failure> {
    output::print(&report.render(screen)).map(|_| report.exit())
}

fn exit_codes() -> Report {
    let rows = arguments::EXIT_CODES.lines().filter_map(|line| line.trim().split_once(' '));
    let rows =
        rows.filter_map(|(code, means)| Some(json!({ "code": code.parse::<u8>().ok()?, "means": means.trim() })));
    let document = json!({ "exit_codes": rows.collect::<Vec<_>>() });
    let text = |_: &serde_json::Value, _: &Screen| arguments::EXIT_CODES.trim_end().to_owned();
    Report::Single { kind: "ExitCodes", document, text, exit: Exit::Done }
}

fn version() -> Report {
    let document = json!({ "version": env!("CARGO_PKG_VERSION") });
    let text = |_: &serde_json::Value, _: &Screen| concat!("rackward ", env!("CARGO_PKG_VERSION")).to_owned();
    Report::Single { kind: "Version", document, text, exit: Exit::Done }
}

fn directory(global: &Global) -> PathBuf {
    named_directory(global).unwrap_or_else(|| place::Environment::of_process().default_dir())
}

/// The directory that a flag or the environment names.
fn named_directory(global: &Global) -> Option<PathBuf> {
    let variable = || std::env::var_os("RACKWARD_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    global.dir.clone().or_else(variable)
}

fn form(global: &Global) -> Form {
    let usual = if std::io::stdout().is_terminal() { Form::Table } else { Form::Plain };
    global.form().unwrap_or(usual)
}

/// Colours only on a terminal that has them, and only if nobody objects (no-color.org).
fn paint(global: &Global, terminal: bool) -> Paint {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if terminal && !global.no_color && !set("NO_COLOR") && !dumb { Paint::Coloured } else { Paint::Plain }
}

fn screen(global: &Global, zone: TimeZone) -> Screen {
    let terminal = std::io::stdout().is_terminal();
    let width = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col);
    let form = form(global);
    let usual = if form == Form::Table { TimeStyle::Relative } else { TimeStyle::Utc };
    let headings = if global.no_headers { Headings::Hidden } else { Headings::Shown };
    let calendar = Calendar { now: Timestamp::now(), style: global.time.unwrap_or(usual), zone };
    let width_columns = width.filter(|columns| *columns > 0);
    Screen { form, calendar, paint: paint(global, terminal), width_columns, headings }
}

fn demo_options(global: &Global, args: &DemoArgs) -> DemoOptions {
    let fresh = || Place::Fresh(place::Environment::of_process().default_dir());
    DemoOptions {
        place: named_directory(global).map_or_else(fresh, Place::Kept),
        http: args.http,
        banner: if global.quiet { Banner::OneLine } else { Banner::Full },
        walking: if args.still { Walking::Still } else { Walking::Alive },
        lifetime: args.lifetime,
        seed: args.seed,
        allowances: args.allowances,
    }
}

#[cfg(test)]
mod tests;
