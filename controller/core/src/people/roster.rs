//! What a list of personnel means for the people on record: who is new, who is otherwise than before, who is on it no more.
//! Pure: it says what should be changed and by how much that is too much; the changes are ordinary commands, authorised and
//! checked like any others. Nobody is ever let in again by being on a list: whoever was stopped here stays so unless the list
//! itself says otherwise.
//!
//! Vocabulary: a *roster* is the list, a *line* one person of it; a *key* is what the register behind it knows a person by.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::PersonId;
use crate::people::{ExtendedTime, PersonStatus, ThreatLevel};

/// So many people may be stopped by a roster however few there are, as long as they are not more than half of them: a short
/// list that was cut off takes nearly everybody away.
const ALWAYS_ALLOWED_COUNT: usize = 5;

/// Beyond them, one in so many of those who have keys: a file that was cut off says that far more have gone.
const ALLOWED_PART: usize = 20;

/// What is wanted of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterMode {
    /// Who is new is created; nobody else is touched.
    Create,
    /// Who is known is changed; nobody is created or stopped.
    Update,
    /// Both, and whoever has a key and is on the roster no more is stopped.
    Sync,
}

/// By what a line finds its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterKey {
    /// By the key.
    Key,
    /// By the name, exactly: to give keys to people who were there before.
    Name,
}

/// One line, as far as it says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterLine {
    /// Where it stands.
    pub line: u64,
    /// The key.
    pub key: String,
    /// The name.
    pub name: String,
    /// The organisation, by name.
    pub organisation: String,
    /// Where in the life cycle.
    pub status: Option<PersonStatus>,
    /// The clearance.
    pub clearance: Option<ThreatLevel>,
    /// Whether the person needs longer at doors.
    pub extended_time: Option<ExtendedTime>,
}

/// Somebody on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// Who.
    pub id: PersonId,
    /// The key, if there is one.
    pub key: Option<String>,
    /// The name, if it was not erased.
    pub name: Option<String>,
    /// The organisation, by name.
    pub organisation: String,
    /// Where in the life cycle.
    pub status: PersonStatus,
    /// The clearance.
    pub clearance: ThreatLevel,
    /// Whether the person needs longer at doors.
    pub extended_time: ExtendedTime,
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterChange {
    /// Somebody is new.
    Create(RosterLine),
    /// Somebody is otherwise than before: what is `None` stays.
    Change {
        /// Which line says so.
        line: u64,
        /// Who.
        person: PersonId,
        /// The name from now on.
        name: Option<String>,
        /// The key from now on.
        key: Option<String>,
        /// The organisation from now on.
        organisation: Option<String>,
        /// The clearance from now on.
        clearance: Option<ThreatLevel>,
        /// Whether the person needs longer from now on.
        extended_time: Option<ExtendedTime>,
        /// Where in the life cycle from now on.
        status: Option<PersonStatus>,
    },
    /// Somebody is on the roster no more.
    Stop {
        /// Who.
        person: PersonId,
    },
}

/// What a roster comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterPlan {
    /// What would be done, in order of line; those who are stopped last.
    pub changes: Vec<RosterChange>,
    /// How many are as the roster says.
    pub unchanged: usize,
    /// Lines of people who are not known, where nobody is to be created.
    pub unknown: Vec<u64>,
    /// People who are stopped here although the roster has them; they stay so.
    pub stay_stopped: Vec<PersonId>,
    /// What keeps the plan from being carried out.
    pub problems: Vec<RosterProblem>,
    /// How many would be stopped.
    pub stopped: usize,
    /// How many may be without anybody's word.
    pub may_stop: usize,
}

impl RosterPlan {
    /// Whether more would be stopped than may be: of a list that was cut off, nearly everybody.
    pub fn stops_too_many(&self, allowed: Option<usize>) -> bool {
        self.stopped > allowed.unwrap_or(self.may_stop)
    }
}

/// Why a line has no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterProblem {
    /// Which line.
    pub line: u64,
    /// What is wrong with it.
    pub what: RosterFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterFault {
    /// Another line has its key, in the same organisation.
    KeyOfLine(u64),
    /// Several people on record are called so.
    SeveralOfName,
    /// Whoever it finds has left; coming back takes an operator's word.
    HasLeft(PersonId),
    /// A new person begins as enabled or expected.
    NotToBeginWith,
}

/// Says what a roster means for those on record.
pub fn plan(lines: &[RosterLine], on_record: &[OnRecord], mode: RosterMode, by: RosterKey) -> RosterPlan {
    let index = Index::of(on_record, by);
    let mut plan = RosterPlan::default();
    let mut seen: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for line in lines {
        if let Some(first) = seen.insert((&line.organisation, &line.key), line.line) {
            plan.problems.push(RosterProblem { line: line.line, what: RosterFault::KeyOfLine(first) });
            continue;
        }
        match index.find(line, by) {
            Found::Nobody if mode == RosterMode::Update => plan.unknown.push(line.line),
            Found::Nobody => match line.status {
                None | Some(PersonStatus::Enabled | PersonStatus::Expected) => {
                    plan.changes.push(RosterChange::Create(line.clone()));
                }
                Some(PersonStatus::Suspended | PersonStatus::Left) => {
                    plan.problems.push(RosterProblem { line: line.line, what: RosterFault::NotToBeginWith });
                }
            },
            Found::Several => {
                plan.problems.push(RosterProblem { line: line.line, what: RosterFault::SeveralOfName });
            }
            Found::One(person) => {
                listed.insert(person.id);
                if mode == RosterMode::Create { plan.unchanged += 1 } else { plan.compare(line, person) }
            }
        }
    }
    plan.count_stops(lines, on_record, &listed, mode);
    plan
}

impl RosterPlan {
    fn compare(&mut self, line: &RosterLine, person: &OnRecord) {
        match (person.status, line.status) {
            (PersonStatus::Left, Some(PersonStatus::Left)) => {
                self.unchanged += 1;
                return;
            }
            (PersonStatus::Left, _) => {
                self.problems.push(RosterProblem { line: line.line, what: RosterFault::HasLeft(person.id) });
                return;
            }
            (PersonStatus::Suspended, None) => self.stay_stopped.push(person.id),
            _ => {}
        }
        let differs = |wanted: &String, is: Option<&String>| (Some(wanted) != is).then(|| wanted.clone());
        let change = RosterChange::Change {
            line: line.line,
            person: person.id,
            name: differs(&line.name, person.name.as_ref()),
            key: differs(&line.key, person.key.as_ref()),
            organisation: differs(&line.organisation, Some(&person.organisation)),
            clearance: line.clearance.filter(|wanted| *wanted != person.clearance),
            extended_time: line.extended_time.filter(|wanted| *wanted != person.extended_time),
            status: line.status.filter(|wanted| *wanted != person.status),
        };
        if change.is_nothing() { self.unchanged += 1 } else { self.changes.push(change) }
    }

    /// Stops whoever is on the roster no more, in the organisations that it has, and counts everybody who is stopped by it.
    fn count_stops(
        &mut self,
        lines: &[RosterLine],
        on_record: &[OnRecord],
        listed: &BTreeSet<PersonId>,
        mode: RosterMode,
    ) {
        let organisations: BTreeSet<&str> = lines.iter().map(|line| line.organisation.as_str()).collect();
        let concerns = |person: &&OnRecord| {
            let counts = matches!(person.status, PersonStatus::Enabled | PersonStatus::Expected);
            counts && person.key.is_some() && organisations.contains(person.organisation.as_str())
        };
        let concerned = on_record.iter().filter(concerns).count();
        if mode == RosterMode::Sync {
            let missing = on_record.iter().filter(concerns).filter(|person| !listed.contains(&person.id));
            self.changes.extend(missing.map(|person| RosterChange::Stop { person: person.id }));
        }
        self.stopped = self.changes.iter().filter(|change| change.stops()).count();
        self.may_stop = ALWAYS_ALLOWED_COUNT.min(concerned / 2).max(concerned / ALLOWED_PART);
    }
}

impl RosterChange {
    fn is_nothing(&self) -> bool {
        matches!(
            self,
            Self::Change {
                name: None,
                key: None,
                organisation: None,
                clearance: None,
                extended_time: None,
                status: None,
                ..
            }
        )
    }

    /// Whether somebody passes no more by it.
    pub fn stops(&self) -> bool {
        match self {
            Self::Stop { .. } => true,
            Self::Change { status, .. } => matches!(status, Some(PersonStatus::Suspended | PersonStatus::Left)),
            Self::Create(_) => false,
        }
    }
}

/// Whom a line finds.
enum Found<'a> {
    Nobody,
    One(&'a OnRecord),
    Several,
}

/// Those on record by what they are found by, within their organisation; whoever changes it is found by a key that nobody else
/// has.
struct Index<'a> {
    in_organisation: BTreeMap<(&'a str, &'a str), Vec<&'a OnRecord>>,
    anywhere: BTreeMap<&'a str, Vec<&'a OnRecord>>,
}

impl<'a> Index<'a> {
    fn of(on_record: &'a [OnRecord], by: RosterKey) -> Self {
        let mut index = Self { in_organisation: BTreeMap::new(), anywhere: BTreeMap::new() };
        for person in on_record {
            let word = match by {
                RosterKey::Key => person.key.as_deref(),
                RosterKey::Name => person.name.as_deref(),
            };
            let Some(word) = word else { continue };
            index.in_organisation.entry((&person.organisation, word)).or_default().push(person);
            index.anywhere.entry(word).or_default().push(person);
        }
        index
    }

    fn find(&self, line: &RosterLine, by: RosterKey) -> Found<'a> {
        let word = match by {
            RosterKey::Key => line.key.as_str(),
            RosterKey::Name => line.name.as_str(),
        };
        let own = self.in_organisation.get(&(line.organisation.as_str(), word)).map(Vec::as_slice).unwrap_or_default();
        match (own, by) {
            ([person], _) => Found::One(person),
            ([], RosterKey::Name) => Found::Nobody,
            ([], RosterKey::Key) => match self.anywhere.get(word).map(Vec::as_slice).unwrap_or_default() {
                [person] => Found::One(person),
                _ => Found::Nobody,
            },
            (_, _) => Found::Several,
        }
    }
}

#[cfg(test)]
mod tests;
