//! People from a file: the file is read (`cli/roster.rs`), compared with those on record by the core's rule
//! (`people/roster.rs`), and what it comes to is tried at the daemon or, with `--apply`, done there: all of it or nothing.

use std::path::Path;

use hyper::Method;
use rackward_core::id::PersonId;
use rackward_core::people::roster::{
    OnRecord, RosterChange, RosterFault, RosterKey, RosterLine, RosterMode, RosterPlan, plan,
};
use rackward_core::people::{ExtendedTime, PersonStatus, ThreatLevel};
use rackward_dashboard::wire::person_status_word;
use serde_json::{Map as Members, Value, json};

use super::{Consent, Session, number, pages, read_file, screens, single, with};
use crate::cli::arguments::{RosterImport, RosterKeyWord, RosterModeWord};
use crate::cli::client::{Intent, Target};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::prompt;
use crate::cli::roster::{MAX_FILE_BYTES, Map, Mistake, Roster};

/// How many changes the daemon takes at once.
const CHANGES_MAX_COUNT: usize = 10_000;

/// Takes people from a file.
///
/// # Errors
/// Something is wrong with the file or map, more people would be stopped than may be, or the daemon does not answer or says no.
pub(super) async fn import(session: &Session, args: &RosterImport) -> Result<Report, Failure> {
    if (args.key, args.mode) == (RosterKeyWord::Name, RosterModeWord::Sync) {
        let why = "names are no keys: with --key name the mode is create or update";
        return Err(Failure::usage("--key name", &why));
    }
    let map = args.map.as_deref().map_or_else(|| Ok(Map::default()), Map::read)?;
    let bytes = read_file(&args.file, "the file", MAX_FILE_BYTES)?;
    let status = session.get(Target::new(&["status"])).await?;
    let site = status.get("site").and_then(Value::as_str).unwrap_or_default();
    let organisation = args.organisation.as_deref().or(map.organisation.as_deref()).unwrap_or(site);
    let roster = Roster::read(&bytes, &map, organisation);
    if roster.lines.is_empty() {
        return Err(Roster::refusal(&args.file, &roster.mistakes, ""));
    }
    let on_record = on_record(session).await?;
    let planned = plan(&roster.lines, &on_record, mode_of(args.mode), key_of(args.key));
    let mut mistakes = roster.mistakes;
    mistakes.extend(planned.problems.iter().map(|problem| Mistake::of_line(problem.line, told(problem.what))));
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    if !mistakes.is_empty() {
        return Err(Roster::refusal(&args.file, &mistakes, &format!("{}, ", counts(&planned))));
    }
    within_limits(&planned, args)?;
    let document = document(&planned, args, &roster.ignored);
    carry_out(session, args, &planned, number(&status, "/generation"), document).await
}

const fn mode_of(word: RosterModeWord) -> RosterMode {
    match word {
        RosterModeWord::Create => RosterMode::Create,
        RosterModeWord::Update => RosterMode::Update,
        RosterModeWord::Sync => RosterMode::Sync,
    }
}

const fn key_of(word: RosterKeyWord) -> RosterKey {
    match word {
        RosterKeyWord::ExternalId => RosterKey::Key,
        RosterKeyWord::Name => RosterKey::Name,
    }
}

/// Everybody on record. Where names are hidden from whoever asks, nothing can be compared.
async fn on_record(session: &Session) -> Result<Vec<OnRecord>, Failure> {
    let names = session.get(Target::new(&["sessions", "names"])).await?;
    if names.get("shown").and_then(Value::as_bool) == Some(false) {
        let detail = "the list is compared with what people are called, and you are shown no names";
        let help = "use a token made for this, or run it on the daemon's machine";
        return Err(Failure::new(Exit::Refused, "names-hidden", "names are hidden from you", detail, help));
    }
    let people = pages(session, Target::new(&["people"])).await?;
    let items = people.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = items.iter().map(|item| {
        person_of(item)
            .ok_or_else(|| session.client.unreachable("it tells of a person in words that are not known here"))
    });
    read.collect()
}

fn person_of(item: &Value) -> Option<OnRecord> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let statuses = [PersonStatus::Enabled, PersonStatus::Suspended, PersonStatus::Expected, PersonStatus::Left];
    let levels = [ThreatLevel::Normal, ThreatLevel::Guarded, ThreatLevel::High, ThreatLevel::Severe];
    let longer = item.get("extended_time").and_then(Value::as_bool)?;
    Some(OnRecord {
        id: text("id")?.parse::<PersonId>().ok()?,
        key: text("external_id").map(str::to_owned),
        name: text("name").map(str::to_owned),
        organisation: text("organisation")?.to_owned(),
        status: statuses.into_iter().find(|status| Some(person_status_word(*status)) == text("status"))?,
        clearance: levels.into_iter().find(|level| Some(level.word()) == text("clearance"))?,
        extended_time: if longer { ExtendedTime::Yes } else { ExtendedTime::No },
    })
}

fn told(fault: RosterFault) -> String {
    match fault {
        RosterFault::KeyOfLine(line) => format!("the key of line {line} once more; a key is one person's"),
        RosterFault::SeveralOfName => {
            "several people on record are called so; give the key to one of them by hand".to_owned()
        }
        RosterFault::HasLeft(person) => {
            format!("{person} has left; let them come back with: rackward person expect {person} --reason TEXT")
        }
        RosterFault::NotToBeginWith => "is new, and a new person is enabled or expected".to_owned(),
    }
}

/// `142 create, 12 change, 3 disable`
fn counts(plan: &RosterPlan) -> String {
    let count = |of: fn(&RosterChange) -> bool| plan.changes.iter().filter(|change| of(change)).count();
    let created = count(|change| matches!(change, RosterChange::Create(_)));
    let changed = plan.changes.len() - created - plan.stopped;
    format!("{created} create, {changed} change, {} disable", plan.stopped)
}

/// Whether the plan may be carried out as far as that can be said here.
fn within_limits(plan: &RosterPlan, args: &RosterImport) -> Result<(), Failure> {
    if plan.stops_too_many(args.max_disable) {
        let (stopped, may) = (plan.stopped, args.max_disable.unwrap_or(plan.may_stop));
        let title = format!("{stopped} people would be disabled, and {may} may be; nothing was changed");
        let detail = format!("{}; a list that was cut off looks like this", counts(plan));
        let help = format!("look whether the file is whole; if it is right, add --max-disable {stopped}");
        return Err(Failure::new(Exit::Invalid, "too-many-disabled", &title, detail, help));
    }
    let changes: usize = plan.changes.iter().map(|change| wishes(change).len()).sum();
    if changes > CHANGES_MAX_COUNT {
        let detail = format!("the file comes to {changes} changes, and {CHANGES_MAX_COUNT} are done at once");
        let help = "split the file and take the parts with --mode create and --mode update";
        return Err(Failure::new(Exit::Invalid, "too-many-changes", "the file is too long", detail, help));
    }
    Ok(())
}

/// Tries the plan at the daemon, or has it done.
async fn carry_out(
    session: &Session,
    args: &RosterImport,
    plan: &RosterPlan,
    generation: u64,
    document: Value,
) -> Result<Report, Failure> {
    if plan.changes.is_empty() {
        return Ok(single("PersonImport", with(document, "applied", json!(false)), screens::roster));
    }
    let (places, changes): (Vec<String>, Vec<Value>) =
        plan.changes.iter().flat_map(|change| wishes(change).into_iter().map(|wish| (place(change), wish))).unzip();
    let body = json!({ "reason": args.reason, "base_generation": generation, "changes": changes });
    let target = Target::new(&["changes"]);
    let does = args.apply && session.client.intent() == Intent::CarryOut;
    if !does {
        let tried = session.client.rehearsing().change(Method::POST, &target, &body).await;
        return match tried {
            Err(failure) if failure.is("rehearsed") => {
                Ok(single("PersonImport", with(document, "applied", json!(false)), screens::roster))
            }
            Err(failure) => Err(by_line(failure, &args.file, &places)),
            Ok(_) => Err(session.client.unreachable("it did not say that this was tried")),
        };
    }
    if session.consent == Consent::Asked && session.prompting.reaches_somebody() {
        let question = format!("{}. Do it?", counts(plan));
        if !prompt::agreed(&question).await? {
            return Err(Failure::new(Exit::Cancelled, "cancelled", "nothing was done", "you did not say yes", ""));
        }
    }
    let done = session.client.change(Method::POST, &target, &body).await;
    let done = done.map_err(|failure| by_line(failure, &args.file, &places))?;
    let document = with(document, "applied", json!(true));
    let document = with(document, "generation", done.get("generation").cloned().unwrap_or_default());
    Ok(single("PersonImport", document, screens::roster))
}

/// Where a change comes from, as people find it in the file.
fn place(change: &RosterChange) -> String {
    match change {
        RosterChange::Create(line) => format!("line {}", line.line),
        RosterChange::Change { line, .. } => format!("line {line}"),
        RosterChange::Stop { person } => format!("{person}, who is not in the file"),
    }
}

/// The daemon's refusal of single changes, with the lines of the file they come from.
fn by_line(failure: Failure, file: &Path, places: &[String]) -> Failure {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    failure.pointing(|pointer| {
        let rest = pointer.trim_start_matches('#').strip_prefix("/changes/")?;
        let (index, field) = rest.split_once('/').unwrap_or((rest, ""));
        let place = places.get(index.parse::<usize>().ok()?)?;
        Some(format!("{name}, {place} {field}").trim_end().to_owned())
    })
}

/// What the daemon is asked for, for one change of the plan.
fn wishes(change: &RosterChange) -> Vec<Value> {
    match change {
        RosterChange::Create(line) => vec![creation(line)],
        RosterChange::Stop { person } => {
            vec![json!({"do": "set_person_status", "person": person.to_string(), "status": "suspended"})]
        }
        RosterChange::Change { person, name, key, organisation, clearance, extended_time, status, .. } => {
            let person = person.to_string();
            let mut wishes = Vec::new();
            if let Some(name) = name {
                wishes.push(json!({"do": "rename_person", "person": person, "name": name}));
            }
            let mut details = Members::new();
            details.extend(organisation.clone().map(|name| ("organisation".to_owned(), json!(name))));
            details.extend(clearance.map(|level| ("clearance".to_owned(), json!(level.word()))));
            details
                .extend(extended_time.map(|longer| ("extended_time".to_owned(), json!(longer == ExtendedTime::Yes))));
            if !details.is_empty() {
                details.insert("do".to_owned(), json!("change_person_details"));
                details.insert("person".to_owned(), json!(person));
                wishes.push(Value::Object(details));
            }
            if let Some(key) = key {
                wishes.push(json!({"do": "set_external_id", "person": person, "external_id": key}));
            }
            if let Some(status) = status {
                let status = person_status_word(*status);
                wishes.push(json!({"do": "set_person_status", "person": person, "status": status}));
            }
            wishes
        }
    }
}

fn creation(line: &RosterLine) -> Value {
    let mut wish = Members::new();
    wish.insert("do".to_owned(), json!("create_person"));
    wish.insert("name".to_owned(), json!(line.name));
    wish.insert("external_id".to_owned(), json!(line.key));
    wish.insert("organisation".to_owned(), json!(line.organisation));
    wish.extend(line.status.map(|status| ("status".to_owned(), json!(person_status_word(status)))));
    wish.extend(line.clearance.map(|level| ("clearance".to_owned(), json!(level.word()))));
    wish.extend(line.extended_time.map(|longer| ("extended_time".to_owned(), json!(longer == ExtendedTime::Yes))));
    Value::Object(wish)
}

/// What the plan comes to, as a document.
fn document(plan: &RosterPlan, args: &RosterImport, ignored: &[String]) -> Value {
    let changes: Vec<Value> = plan.changes.iter().map(|change| {
        let (action, line, person) = match change {
            RosterChange::Create(line) => ("create", Some(line.line), None),
            RosterChange::Change { line, person, .. } if change.stops() => ("disable", Some(*line), Some(person)),
            RosterChange::Change { line, person, .. } => ("change", Some(*line), Some(person)),
            RosterChange::Stop { person } => ("disable", None, Some(person)),
        };
        json!({"action": action, "line": line, "person": person.map(ToString::to_string), "changes": wishes(change)})
    }).collect();
    let stay: Vec<String> = plan.stay_stopped.iter().map(ToString::to_string).collect();
    json!({
        "file": args.file.display().to_string(),
        "summary": format!("{}, 0 errors", counts(plan)),
        "unchanged": plan.unchanged,
        "unknown_lines": plan.unknown,
        "stay_disabled": stay,
        "columns_ignored": ignored,
        "changes": changes,
    })
}

#[cfg(test)]
mod tests;
