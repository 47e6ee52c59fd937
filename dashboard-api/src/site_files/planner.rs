//! Compares objects with what there is: which commands make it so, told line by line, and all that is wrong with the objects at
//! once. It touches only what files look after; whatever else has a name that files use is theirs only when they take it over.

mod kinds;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::Wall;
use rackward_core::engine::command::{CHANGES_MAX_COUNT, Command, Expectation, RightsTest, SetMode, made_by};
use rackward_core::entry::ReasonText;
use rackward_core::id::{DoorId, OrganisationId, PersonId, PointId};
use rackward_core::people::Grant;
use rackward_core::site_files::{FileRecord, NAME_MAX_CHARS};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::{Former, TakenOver};
use super::{Current, glob};
use crate::wire::problem::FieldProblem;
use crate::wire::request::Unread;
use crate::wire::site_file::{API_VERSION, KINDS, Object, PlanLine, Test, rank};

/// How objects are compared with what there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// What files look after and no object says any more, goes.
    pub(crate) prune: bool,
    /// What has a name of an object's and is nobody's files' is taken over.
    pub(crate) adopt: bool,
    /// Of these alone the rest goes, whatever files look after.
    pub(crate) only: Option<BTreeSet<(String, String)>>,
    /// What files do not look after any more, by kind and name: what an apply took over that is undone.
    pub(crate) released: Vec<TakenOver>,
    /// Objects of the same files that could not be read.
    pub(crate) unread: Vec<Unread>,
}

impl Manner {
    /// As somebody asked for it; what they left out they did not.
    pub(crate) fn of(prune: Option<bool>, adopt: Option<bool>) -> Self {
        Self { prune: prune.unwrap_or(false), adopt: adopt.unwrap_or(false), ..Self::default() }
    }

    /// Whether an object of this name is known to be there and could not be read.
    fn lacks(&self, kind: &str, name: &str) -> bool {
        let is_it = |one: &Unread| one.kind.as_deref() == Some(kind) && one.name.as_deref() == Some(name);
        self.unread.iter().any(is_it)
    }

    /// Whether an object that could not be read may be of this name.
    fn may_lack(&self, kind: &str, name: &str) -> bool {
        let fits = |known: &Option<String>, wanted: &str| known.as_deref().is_none_or(|known| known == wanted);
        self.unread.iter().any(|one| fits(&one.kind, kind) && fits(&one.name, name))
    }
}

/// What would have to be done.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) changes: Vec<Command>,
    pub(crate) lines: Vec<Line>,
    pub(crate) claims: Vec<(FileRecord, String)>,
    pub(crate) released: Vec<FileRecord>,
    pub(crate) former: Former,
    pub(crate) tests: Vec<RightsTest>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) unchanged: u32,
    /// Kinds and names that files look after and no object says any more.
    pub(crate) left: Vec<(&'static str, String)>,
    pub(crate) deletes: u32,
}

/// One line of a plan, and the numbers of its commands.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) told: PlanLine,
    pub(crate) changes: core::ops::Range<usize>,
}

/// A test as it was written.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Where it is written.
    pub(crate) pointer: String,
    pub(crate) object: u32,
    pub(crate) person: String,
    pub(crate) point: String,
    pub(crate) expect: Expectation,
}

/// What objects want that is not there, or otherwise.
pub(super) struct Planner<'a> {
    current: &'a Current<'a>,
    manner: &'a Manner,
    reason: &'a ReasonText,
    now: Wall,
    planned: Planned,
    wrong: Vec<FieldProblem>,
    /// Names of schedules and profiles that are made here, with the changes that make them.
    made: BTreeMap<(&'static str, String), u32>,
    said: BTreeSet<(&'static str, String)>,
    taken: BTreeSet<FileRecord>,
    /// What an apply took over that is undone.
    given_back: BTreeSet<FileRecord>,
    /// Grants that nobody's files look after, by person.
    free: BTreeMap<PersonId, Vec<&'a Grant>>,
}

/// What makes what there is to what `objects` say.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn plan(
    current: &Current<'_>,
    objects: &[Object],
    manner: &Manner,
    reason: &ReasonText,
    now: Wall,
) -> Result<Planned, Vec<FieldProblem>> {
    let mut planner = Planner {
        current,
        manner,
        reason,
        now,
        planned: Planned::default(),
        wrong: Vec::new(),
        made: BTreeMap::new(),
        said: BTreeSet::new(),
        taken: BTreeSet::new(),
        given_back: manner.released.iter().flat_map(TakenOver::records).collect(),
        free: BTreeMap::new(),
    };
    for row in current.unclaimed_grants() {
        planner.free.entry(row.person).or_default().push(row);
    }
    let mut order: Vec<(u32, &Object)> = (0..).zip(objects).collect();
    order.sort_by_key(|(index, object)| (rank(&object.kind), *index));
    for (index, object) in order {
        planner.object(index, object);
    }
    planner.remove_the_rest();
    planner.planned.released.extend(current.gone.iter().copied());
    planner.give_back();
    if planner.planned.changes.len() > CHANGES_MAX_COUNT as usize {
        let detail = format!(
            "{} changes at once are more than {CHANGES_MAX_COUNT}; apply the files in parts",
            planner.planned.changes.len()
        );
        planner.wrong.push(FieldProblem { pointer: "/objects".to_owned(), detail });
    }
    if planner.wrong.is_empty() { Ok(planner.planned) } else { Err(planner.wrong) }
}

/// An object that is being looked at.
#[derive(Clone, Copy)]
pub(super) struct About<'o> {
    index: u32,
    kind: &'static str,
    name: &'o str,
}

impl<'a> Planner<'a> {
    fn object(&mut self, index: u32, object: &Object) {
        let at = format!("/objects/{index}");
        if object.api_version != API_VERSION {
            self.note(format!("{at}/api_version"), format!("api_version must be \"{API_VERSION}\""));
        }
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == object.kind) else {
            let detail = format!(
                "kind is one of {}; doors, devices and organisations are the daemon's site file's",
                KINDS.join(", ")
            );
            self.note(format!("{at}/kind"), detail);
            return;
        };
        let name = object.metadata.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
            self.note(format!("{at}/metadata/name"), format!("a name has 1 to {NAME_MAX_CHARS} characters"));
        }
        if !self.said.insert((kind, name.to_owned())) {
            self.note(
                format!("{at}/metadata/name"),
                format!("another {kind} of these files is called so; one name, one object"),
            );
            return;
        }
        let about = About { index, kind, name };
        match kind {
            "Calendar" => self.calendar(about, object),
            "Schedule" => self.schedule(about, object),
            "Agreement" => self.agreement(about, object),
            "AccessProfile" => self.profile(about, object),
            "Membership" => self.membership(about, object),
            _ => self.grant(about, object),
        }
        object.tests.iter().enumerate().for_each(|(place, test)| self.test(index, place, test));
    }

    fn note(&mut self, pointer: String, detail: impl Into<String>) {
        self.wrong.push(FieldProblem { pointer, detail: detail.into() });
    }

    /// What an object says, in the form of its kind.
    fn spec<T: DeserializeOwned>(&mut self, about: About<'_>, object: &Object, known: &[&str]) -> Option<T> {
        let at = format!("/objects/{}/spec", about.index);
        let unknown: Vec<&String> = object.spec.keys().filter(|key| !known.contains(&key.as_str())).collect();
        for key in &unknown {
            let key: String = key.chars().take(64).collect();
            self.note(format!("{at}/{key}"), format!("no member is called so here; there is {}", known.join(", ")));
        }
        match serde_json::from_value(Value::Object(object.spec.clone())) {
            Ok(spec) if unknown.is_empty() => Some(spec),
            Ok(_) => None,
            Err(error) => {
                if unknown.is_empty() {
                    self.note(at, format!("it has not the form of a {}: {error}", about.kind));
                }
                None
            }
        }
    }

    fn test(&mut self, object: u32, place: usize, test: &Test) {
        let at = format!("/objects/{object}/tests/{place}");
        let person = test.person.parse();
        if person.is_err() {
            self.note(
                format!("{at}/person"),
                "a person stands here by id, such as p-1042; files hold no names of people",
            );
        }
        for (member, points, expect) in
            [("open", &test.open, Expectation::Open), ("denied", &test.denied, Expectation::Denied)]
        {
            for (number, text) in points.iter().enumerate() {
                match (self.point(text), &person) {
                    (Some(point), Ok(person)) => {
                        self.planned.tests.push(RightsTest { person: *person, point, at: test.at.0, expect });
                        let (person, point) = (test.person.clone(), text.clone());
                        let pointer = format!("{at}/{member}/{number}");
                        self.planned.asked.push(Asked { pointer, object, person, point, expect });
                    }
                    (Some(_), Err(_)) => {}
                    (None, _) => self.note(format!("{at}/{member}/{number}"), self.no_such("access point", text)),
                }
            }
        }
    }

    /// The access point that a text names: its path, or the door's, whose way in it is then.
    fn point(&self, text: &str) -> Option<PointId> {
        if let Ok(point) = self.current.site.find_point(text) {
            return Some(point.id);
        }
        let door = self.current.site.find_door(text).ok()?.id;
        self.current.site.points().find(|point| point.door == door).map(|point| point.id)
    }

    /// Whether nothing is to be said against a name that stands for nothing: the object of this name is there, and what is wrong
    /// with it is told already.
    fn is_told_elsewhere(&self, kind: &'static str, name: &str) -> bool {
        self.said.contains(&(kind, name.to_owned())) || self.manner.may_lack(kind, name)
    }

    fn no_such(&self, what: &str, text: &str) -> String {
        let paths = self.current.site.doors().map(|door| door.path.as_str());
        match rackward_core::site::draft::suggest::nearest(text, paths) {
            Some(near) => format!("there is no {what} \"{}\"; did you mean \"{near}\"?", shown(text)),
            None => format!("there is no {what} \"{}\"; doors are the daemon's site file's", shown(text)),
        }
    }

    /// The doors that patterns mean, sorted, each once.
    fn doors(&mut self, at: &str, points: &[String]) -> Vec<DoorId> {
        let mut doors = BTreeSet::new();
        if points.is_empty() {
            self.note(at.to_owned(), "name at least one door");
        }
        for (place, text) in points.iter().enumerate() {
            let before = doors.len();
            if glob::is_pattern(text) {
                let fitting = self.current.site.doors().filter(|door| glob::fits(text, &door.path));
                doors.extend(fitting.map(|door| door.id));
                let any = doors.len() > before || self.current.site.doors().any(|door| glob::fits(text, &door.path));
                if !any {
                    self.note(format!("{at}/{place}"), format!("no door fits \"{}\"", shown(text)));
                }
            } else {
                match self.current.site.find_door(text) {
                    Ok(door) => drop(doors.insert(door.id)),
                    Err(_) => self.note(format!("{at}/{place}"), self.no_such("door", text)),
                }
            }
        }
        doors.into_iter().collect()
    }

    fn organisation(&mut self, at: String, name: &str) -> Option<OrganisationId> {
        let rows = self.current.site.organisations();
        let found = rows.iter().find(|row| row.name == name.trim()).map(|row| row.id);
        if found.is_none() {
            let near = rackward_core::site::draft::suggest::nearest(name, rows.iter().map(|row| row.name.as_str()));
            let near = near.map_or_else(
                || "the daemon's site file names them".to_owned(),
                |near| format!("did you mean \"{near}\"?"),
            );
            self.note(at, format!("there is no organisation \"{}\"; {near}", shown(name)));
        }
        found
    }

    /// Whether an object may be compared with a record of its name; says what stands against it.
    fn may_have(&mut self, about: About<'_>, record: FileRecord, from_site_file: bool, is_same: bool) -> bool {
        let is_theirs = self.current.is_claimed(record);
        if is_same || (is_theirs && !from_site_file) || (self.manner.adopt && !from_site_file) {
            return true;
        }
        let detail = if from_site_file {
            format!("the daemon's site file says what {} \"{}\" is; change it there", about.kind, about.name)
        } else {
            format!(
                "operators look after {} \"{}\"; plan with --adopt to take it over, or choose another name",
                about.kind, about.name
            )
        };
        self.note(format!("/objects/{}/metadata/name", about.index), detail);
        false
    }

    /// What is there as it is said: nothing to do, or only to look after it from now on.
    fn unchanged(&mut self, about: About<'_>, record: FileRecord, from_site_file: bool) {
        if from_site_file || !self.takes_over(record) {
            self.planned.unchanged += 1;
            return;
        }
        self.claim_known(about, record);
        self.line("=", about, "files look after it from now on".to_owned(), self.planned.changes.len());
    }

    /// Whether a record that stays as it is becomes the files'.
    fn takes_over(&self, record: FileRecord) -> bool {
        self.manner.adopt && !self.current.is_claimed(record) && !self.given_back.contains(&record)
    }

    fn claim(&mut self, record: FileRecord, name: &str) {
        self.taken.insert(record);
        self.planned.claims.push((record, name.to_owned()));
    }

    /// The same for a record that is there; that it was nobody's files' before is remembered.
    fn claim_known(&mut self, about: About<'_>, record: FileRecord) {
        if self.given_back.contains(&record) {
            self.taken.insert(record);
            return;
        }
        if !self.current.is_claimed(record) {
            self.planned.former.took_over(about.kind, about.name, record);
        }
        self.claim(record, about.name);
    }

    /// Lets go of what an apply took over that is undone.
    fn give_back(&mut self) {
        self.planned.released.extend(&self.given_back);
        let line_of = |line: &Line| (line.told.kind.clone(), line.told.name.clone());
        let told: BTreeSet<(String, String)> = self.planned.lines.iter().map(line_of).collect();
        let is_told = |taken: &&TakenOver| told.contains(&(taken.kind.clone(), taken.name.clone()));
        for taken in self.manner.released.iter().filter(|taken| !is_told(taken)) {
            let told = PlanLine {
                mark: "=".to_owned(),
                kind: taken.kind.clone(),
                name: taken.name.clone(),
                what: "files look after it no longer".to_owned(),
                widens: 0,
                object: None,
            };
            let end = self.planned.changes.len();
            self.planned.lines.push(Line { told, changes: end..end });
        }
    }

    /// Adds a command; gives the number of its change.
    fn give(&mut self, command: Command) -> u32 {
        let number = u32::try_from(self.planned.changes.len()).unwrap_or(u32::MAX);
        self.planned.changes.push(command);
        number
    }

    /// Tells what the commands from `from` on do.
    fn line(&mut self, mark: &str, about: About<'_>, what: String, from: usize) {
        let told = PlanLine {
            mark: mark.to_owned(),
            kind: about.kind.to_owned(),
            name: about.name.to_owned(),
            what,
            widens: 0,
            object: (mark != "-").then_some(about.index),
        };
        self.planned.lines.push(Line { told, changes: from..self.planned.changes.len() });
    }

    /// Remembers that an object was not there before.
    fn was_absent(&mut self, about: About<'_>) {
        self.planned.former.absent.push((about.kind.to_owned(), about.name.to_owned()));
    }
}

/// The number that stands for what a change makes.
fn stand_in(change: u32) -> u32 {
    made_by(change)
}

/// How a record is set that may be there.
const fn mode(is_there: bool) -> SetMode {
    if is_there { SetMode::Edit } else { SetMode::Create }
}

/// A text of an object as it is told again: not too long, and nothing in it that disguises.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
