//! Site files: read here, judged by the daemon. What is wrong with their form is told before anything is sent; what the daemon
//! says of an object is told by the file, line and column where it stands.

use std::path::Path;

use rackward_dashboard::wire::request::{ApplyFiles, PlanFiles, Reason, Unread};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::moments::{moment, told_then};
use super::{Session, screens, single};
use crate::cli::arguments::{ApplyArgs, DriftArgs, ExportVerb, Form, PlanArgs, TestArgs, UndoArgs};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{Report, print};
use crate::cli::watch::NDJSON_HEAD;
use crate::policy::{Faulty, FileProblem, Places, SiteFiles, file_names, files_of, is_ours};

/// From so many objects on it is said that reading and planning them is under way.
const MANY_OBJECTS: usize = 1_000;

/// A plan as it is kept in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptPlan {
    kind: String,
    base_generation: u64,
    digest: String,
    policy_version: u64,
    prune: bool,
    adopt: bool,
    objects: Vec<Map<String, Value>>,
    /// Where the parts of each object stood; nothing in a plan of an earlier version.
    #[serde(default)]
    places: Vec<Places>,
    items: Value,
    risks: Value,
}

const PLAN_KIND: &str = "SitePlan";

/// What would change.
///
/// # Errors
/// The files are wrong, or the daemon does not answer or says no.
pub(super) async fn plan(session: &Session, args: &PlanArgs) -> Result<Report, Failure> {
    let files = read(session, &args.files, args.adopt).await?;
    let document = planned(session, &files, args.prune, args.adopt).await?;
    if let Some(out) = &args.out {
        keep(out, &files, &document, args)?;
    }
    let changes = document["items"].as_array().is_some_and(|items| !items.is_empty());
    let exit = match (tests_fail(&document), args.detailed_exitcode && changes) {
        (true, _) => Exit::NotVerified,
        (false, true) => Exit::Differs,
        (false, false) => Exit::Done,
    };
    let document = with_files(document, &files);
    let text = if args.show_unchanged { screens::plan_whole } else { screens::plan };
    Ok(Report::Single { kind: "Plan", document, text, exit })
}

/// Carries files or a plan of them out.
///
/// # Errors
/// The files are wrong, the plan is stale, or the daemon does not answer or says no.
pub(super) async fn apply(session: &Session, args: &ApplyArgs, form: Form) -> Result<Report, Failure> {
    let progress = Progress(form);
    progress.begin()?;
    let (body, files) = match (&args.plan, &args.files) {
        (Some(plan), _) => kept(plan, args)?,
        (None, Some(path)) => {
            let files = read(session, path, args.adopt).await?;
            progress.tell(&json!({ "type": "read", "objects": files.objects.len() }))?;
            let plan = planned(session, &files, args.prune, args.adopt).await?;
            progress.tell(
                &json!({ "type": "planned", "base_generation": plan["base_generation"], "counts": plan["counts"] }),
            )?;
            let base_generation = plan["base_generation"].as_u64().unwrap_or_default();
            let body = ApplyFiles {
                objects: objects(&files),
                prune: Some(args.prune),
                adopt: Some(args.adopt),
                base_generation,
                digest: plan["digest"].as_str().map(str::to_owned),
                policy_version: plan["policy_version"].as_u64(),
                max_deletes: Some(args.max_deletes.into()),
                confirm: args.confirm.clone(),
                reason: args.reason.clone(),
            };
            (body, files)
        }
        (None, None) => return Err(Failure::usage("PLAN", &"name a plan, or a directory with -f")),
    };
    let answered = session.post(&["site-files", "apply"], &body).await.map_err(|failure| told(failure, &files));
    let document = with_files(answered?, &files);
    let document = if form == Form::Ndjson { super::with(document, "type", json!("applied")) } else { document };
    Ok(single("Applied", document, screens::applied))
}

/// How far an apply is, in lines of JSON for whoever reads them as they come; in other forms nothing is said. That nobody reads
/// them any more stops nothing.
struct Progress(Form);

impl Progress {
    fn begin(&self) -> Result<(), Failure> {
        if self.0 == Form::Ndjson { print(NDJSON_HEAD).map(drop) } else { Ok(()) }
    }

    fn tell(&self, line: &Value) -> Result<(), Failure> {
        if self.0 == Form::Ndjson { print(&format!("{line}\n")).map(drop) } else { Ok(()) }
    }
}

/// Undoes the last apply.
///
/// # Errors
/// There is none, or the daemon does not answer or says no.
pub(super) async fn undo(session: &Session, args: &UndoArgs) -> Result<Report, Failure> {
    let body = Reason { reason: args.reason.clone() };
    Ok(single("Applied", session.post(&["site-files", "undo"], &body).await?, screens::applied))
}

/// Runs the tests of files alone.
///
/// # Errors
/// The files are wrong, or the daemon does not answer or says no.
pub(super) async fn test(session: &Session, args: &TestArgs) -> Result<Report, Failure> {
    let files = read(session, &args.files, true).await?;
    let document = with_files(planned(session, &files, false, true).await?, &files);
    let exit = if tests_fail(&document) { Exit::NotVerified } else { Exit::Done };
    let document = json!({ "items": document["tests"] });
    Ok(Report::Single { kind: "TestList", document, text: screens::tests, exit })
}

/// What differs from what files said.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn drift(session: &Session, args: &DriftArgs) -> Result<Report, Failure> {
    let since = moment(session, args.since.as_deref()).await?;
    let target = Target::new(&["site-files", "drift"]).maybe("since", since.as_deref());
    let mut document = told_then(session, since.as_deref(), session.get(target)).await?;
    if let Some(since) = since {
        document = super::with(document, "since_at", json!(since));
    }
    let some = |name: &str| document[name].as_array().is_some_and(|items| !items.is_empty());
    let exit = if args.detailed_exitcode && (some("items") || some("devices")) { Exit::Differs } else { Exit::Done };
    Ok(Report::Single { kind: "Drift", document, text: screens::drift, exit })
}

/// Writes files that say what there is.
///
/// # Errors
/// The daemon does not answer or says no, or a file cannot be written.
pub(super) async fn export(session: &Session, verb: &ExportVerb) -> Result<Report, Failure> {
    let ExportVerb::Site { files } = verb;
    let document = session.get(Target::new(&["site-files"])).await?;
    let objects = document["items"].as_array().cloned().unwrap_or_default();
    let site = document["site"].as_str().unwrap_or_default().to_owned();
    let written = files_of(&objects, &site).map_err(|error| not_written(Path::new("the files"), &error))?;
    let Some(dir) = files else {
        let text: Vec<&str> = written.iter().map(|file| file.text.as_str()).collect();
        let document = super::with(document, "toml", json!(text.join("\n")));
        return Ok(single("SiteFiles", document, screens::exported_text));
    };
    std::fs::create_dir_all(dir).map_err(|error| not_written(dir, &error))?;
    let kept: Vec<&str> = written.iter().map(|file| file.name).collect();
    let mut names = Vec::new();
    for file in &written {
        let path = dir.join(file.name);
        std::fs::write(&path, &file.text).map_err(|error| not_written(&path, &error))?;
        names.push(path.display().to_string());
    }
    let document = json!({
        "files": names,
        "removed": remove_others(dir, &kept)?,
        "objects": objects.len(),
        "generation": document["generation"],
        "site": site,
    });
    Ok(single("Exported", document, screens::exported))
}

/// Removes what an earlier export wrote of kinds of which there is nothing any more: the next apply would make it anew. Whatever
/// somebody else wrote stays.
fn remove_others(dir: &Path, kept: &[&str]) -> Result<Vec<String>, Failure> {
    let mut removed = Vec::new();
    for name in file_names().filter(|name| !kept.contains(name)) {
        let path = dir.join(name);
        let is_file = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        // One that cannot be read as text is nobody's of ours.
        if is_file && std::fs::read_to_string(&path).is_ok_and(|text| is_ours(name, &text)) {
            std::fs::remove_file(&path).map_err(|error| not_written(&path, &error))?;
            removed.push(path.display().to_string());
        }
    }
    Ok(removed)
}

/// The form of files.
pub(super) fn schema() -> Report {
    single("Schema", rackward_dashboard::site_file_schema(), screens::schema)
}

async fn planned(session: &Session, files: &SiteFiles, prune: bool, adopt: bool) -> Result<Value, Failure> {
    if files.objects.len() >= MANY_OBJECTS {
        session.tell(&format!("comparing {} objects with what there is", files.objects.len()));
    }
    let body = PlanFiles { objects: objects(files), prune: Some(prune), adopt: Some(adopt), unread: Vec::new() };
    let answered = session.client.question(&Target::new(&["site-files", "plan"]), &body).await;
    answered.map_err(|failure| told(failure, files))
}

/// The objects of files, as the daemon takes them.
pub(super) fn objects(files: &SiteFiles) -> Vec<Map<String, Value>> {
    files.objects.iter().filter_map(|object| object.as_object().cloned()).collect()
}

/// A refusal by file and line, as far as they are known.
pub(super) fn told(failure: Failure, files: &SiteFiles) -> Failure {
    failure.placed(|pointer| files.place_of(pointer))
}

/// An answer with the places of its objects and tests.
fn with_files(mut document: Value, files: &SiteFiles) -> Value {
    for list in ["items", "tests"] {
        for item in document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let object = || item["object"].as_u64().map(|number| format!("/objects/{number}"));
            let pointer = item["pointer"].as_str().map(str::to_owned).or_else(object);
            let place = pointer.and_then(|pointer| files.place_of(&pointer));
            if let (Some(place), Some(item)) = (place, item.as_object_mut()) {
                item.insert("place".to_owned(), json!(place));
            }
        }
    }
    document
}

fn tests_fail(document: &Value) -> bool {
    document["tests"].as_array().is_some_and(|tests| tests.iter().any(|test| test["holds"] == json!(false)))
}

/// Files, or all that is wrong with them: with their form, and what the daemon says of the objects that have theirs.
pub(super) async fn read(session: &Session, path: &Path, adopt: bool) -> Result<SiteFiles, Failure> {
    let files = match SiteFiles::read(path) {
        Ok(files) => files,
        Err(faulty) => return Err(wrong(session, &faulty, adopt).await),
    };
    if files.objects.len() >= MANY_OBJECTS {
        session.tell(&format!("read {} objects", files.objects.len()));
    }
    Ok(files)
}

/// Everything that is wrong with files, of which some objects could not be read. What could be is never planned as if it were
/// all there is; a daemon that does not answer adds nothing.
async fn wrong(session: &Session, faulty: &Faulty, adopt: bool) -> Failure {
    let error = |problem: &FileProblem| json!({ "pointer": problem.place, "detail": format!("{}; {}", problem.message, problem.help) });
    let mut errors: Vec<Value> = faulty.problems.iter().map(error).collect();
    if !faulty.rest.objects.is_empty() {
        errors.extend(judged(session, &faulty.rest, faulty.unread.clone(), adopt).await);
    }
    let count = errors.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    let title = format!("{count} {noun} in the files; nothing was done");
    let help = "the form of files is told by: rackward schema";
    Failure::new(Exit::Invalid, "invalid-files", &title, "", help).with("errors", json!(errors))
}

/// What the daemon finds wrong with some objects of files, each where it stands.
async fn judged(session: &Session, files: &SiteFiles, unread: Vec<Unread>, adopt: bool) -> Vec<Value> {
    let body = PlanFiles { objects: objects(files), prune: Some(false), adopt: Some(adopt), unread };
    let answered = session.client.question(&Target::new(&["site-files", "plan"]), &body).await;
    let Err(refused) = answered else { return Vec::new() };
    let about_objects = |error: &&Value| error["pointer"].as_str().is_some_and(|at| at.starts_with("#/objects/"));
    let errors = refused.document()["errors"].as_array().cloned().unwrap_or_default();
    let placed = |mut error: Value| {
        if let Some(place) = error["pointer"].as_str().and_then(|pointer| files.place_of(pointer)) {
            error["pointer"] = json!(place);
        }
        error
    };
    errors.iter().filter(about_objects).cloned().map(placed).collect()
}

fn keep(out: &Path, files: &SiteFiles, document: &Value, args: &PlanArgs) -> Result<(), Failure> {
    let plan = KeptPlan {
        kind: PLAN_KIND.to_owned(),
        base_generation: document["base_generation"].as_u64().unwrap_or_default(),
        digest: document["digest"].as_str().unwrap_or_default().to_owned(),
        policy_version: document["policy_version"].as_u64().unwrap_or_default(),
        prune: args.prune,
        adopt: args.adopt,
        objects: objects(files),
        places: files.places().to_vec(),
        items: document["items"].clone(),
        risks: document["risks"].clone(),
    };
    let text = serde_json::to_string_pretty(&plan).map_err(|error| not_written(out, &error))?;
    std::fs::write(out, text + "\n").map_err(|error| not_written(out, &error))
}

fn kept(path: &Path, args: &ApplyArgs) -> Result<(ApplyFiles, SiteFiles), Failure> {
    let shown = path.display().to_string();
    let wrong = |detail: String| {
        let help = "make one with: rackward plan -f DIR --out FILE";
        Failure::new(Exit::Invalid, "no-plan", "the plan cannot be read", format!("{shown}: {detail}"), help)
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let plan: KeptPlan = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if plan.kind != PLAN_KIND {
        return Err(wrong(format!("it is no {PLAN_KIND}")));
    }
    let objects = plan.objects.iter().cloned().map(Value::Object).collect();
    let body = ApplyFiles {
        objects: plan.objects,
        prune: Some(plan.prune),
        adopt: Some(plan.adopt),
        base_generation: plan.base_generation,
        digest: Some(plan.digest),
        policy_version: Some(plan.policy_version),
        max_deletes: Some(args.max_deletes.into()),
        confirm: args.confirm.clone(),
        reason: args.reason.clone(),
    };
    Ok((body, SiteFiles::kept(objects, plan.places)))
}

fn not_written(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let detail = format!("{}: {error}", path.display());
    Failure::new(Exit::Failed, "not-written", "a file could not be written", detail, "name a place that can be written")
}
