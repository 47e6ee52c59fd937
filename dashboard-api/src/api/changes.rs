//! Several changes that are carried out together or not at all. Each is read by the body of the route that does it alone, and
//! all that is wrong with any of them is told at once, with the number of its change. Whether they may be carried out, and
//! that all of them are or none, is the engine's (`engine/change_set.rs` of the core).

use std::collections::BTreeMap;

use axum::extract::State;
use rackward_core::engine::command::{CHANGES_MAX_COUNT, ChangeSet, GrantWish, RegisterCommand, SetMode, made_by};
use rackward_core::entry::ReasonText;
use rackward_core::id::{CalendarId, Generation, OrganisationId, PersonId, ProfileId, ScheduleId};
use rackward_core::people::{Person, PersonDetails, Validity};
use rackward_core::site::Organisation;
use rackward_core::site::draft::{CalendarDraft, ScheduleDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Answer, Caller, Command, Query, Reply};
use serde_json::{Map, Value};

use super::lookup::{self, Sight};
use super::receipts::{self, Stored};
use super::{Api, calendars, people, profiles, reason, rights, schedules, wrong_shape};
use crate::body::{self, Read};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::Names;
use crate::wire::change_set::ChangesDone;
use crate::wire::problem::{FieldProblem, Problem};
use crate::wire::request::{
    Body, CarryOutChanges, ChangeGrantEnd, ChangePersonDetails, CreateCalendar, CreateGrant, CreatePerson,
    CreateProfile, CreateSchedule, EndOne, MakeAgreement, RenamePerson, SetExternalId, SetPersonStatus,
};

/// The members in which a change may refer to what an earlier one makes.
const REFERRING: [&str; 6] = ["person", "grant", "profile", "schedule", "calendar", "agreement"];

/// The longest name under which a later change refers to what one makes.
const AS_MAX_CHARS: usize = 64;

/// `POST /api/v1/changes`
pub(super) async fn carry_out(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CarryOutChanges>,
) -> Result<Stored<ChangesDone>, Refusal> {
    let words = wanted.changes.iter().map(word_of).collect::<Vec<String>>();
    let set = read(&api, asking.caller, wanted).await?;
    match api.submit(asking.caller, set.into()).await? {
        Reply::Set(done) => {
            let generation = done.generation;
            receipts::changed(&api, &asking, ChangesDone::of(&done, &words), generation).await
        }
        _ => Err(wrong_shape()),
    }
}

/// The set that is wanted, or all that is wrong with it.
pub(super) async fn read(api: &Api, caller: Caller, wanted: CarryOutChanges) -> Result<ChangeSet, Refusal> {
    let why = reason("reason", &wanted.reason)?;
    if wanted.changes.is_empty() || wanted.changes.len() > CHANGES_MAX_COUNT as usize {
        let detail = format!("changes has 1 to {CHANGES_MAX_COUNT} of them; make several sets of more");
        return Err(FieldProblem::of("changes", detail).into());
    }
    let mut reader = Reader::of(api, caller, &wanted).await?;
    let (mut changes, mut errors) = (Vec::new(), Vec::new());
    for (index, change) in (0..).zip(wanted.changes) {
        match reader.read(index, change).await {
            Ok(command) => changes.push(command),
            Err(problems) => errors.extend(problems),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors));
    }
    let base = wanted.base_generation.map(Generation::new);
    Ok(ChangeSet { base, reason: why, changes: changes.into(), tests: Box::default(), files: None })
}

fn word_of(change: &Map<String, Value>) -> String {
    change.get("do").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What changes are read by.
struct Reader<'a> {
    api: &'a Api,
    caller: Caller,
    reason: String,
    sight: Sight,
    names: Names,
    calendars: BTreeMap<CalendarId, String>,
    organisations: Vec<Organisation>,
    people: BTreeMap<PersonId, Person>,
    /// What stands for what changes make, by the names that they give it.
    made: BTreeMap<String, String>,
}

/// What is wrong with a change, member by member, from its own beginning.
type Wrong = Vec<FieldProblem>;

impl<'a> Reader<'a> {
    async fn of(api: &'a Api, caller: Caller, wanted: &CarryOutChanges) -> Result<Self, Refusal> {
        let Answer::Organisations(organisations) = api.ask(caller, Query::Organisations).await? else {
            return Err(wrong_shape());
        };
        let changed = wanted.changes.iter().filter(|change| word_of(change) == "change_person_details");
        let ids = changed.filter_map(|change| change.get("person")?.as_str()?.parse().ok()).collect();
        let people = lookup::people(api, caller, ids).await?.into_iter().map(|person| (person.id, person)).collect();
        let calendars = calendars::current(api, caller).await?;
        Ok(Self {
            api,
            caller,
            reason: wanted.reason.clone(),
            sight: Sight::of(api, caller).await?,
            names: lookup::names(api, caller).await?,
            calendars: calendars.into_iter().map(|(id, (row, _))| (id, row.name)).collect(),
            organisations,
            people,
            made: BTreeMap::new(),
        })
    }

    /// The command of one change, or all that is wrong with it.
    async fn read(&mut self, index: u32, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let at = |wrong: Wrong| -> Wrong {
            let placed =
                |one: FieldProblem| FieldProblem { pointer: format!("/changes/{index}{}", one.pointer), ..one };
            wrong.into_iter().map(placed).collect()
        };
        let word = word_of(&change);
        change.remove("do");
        let name = self.name_of(change.remove("as")).map_err(|wrong| at(vec![wrong]))?;
        self.refer(&mut change).map_err(at)?;
        let command = self.read_one(&word, change).await.map_err(at)?;
        self.note(index, name, &command);
        Ok(command)
    }

    fn name_of(&self, given: Option<Value>) -> Result<Option<String>, FieldProblem> {
        let Some(given) = given else { return Ok(None) };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let name = given.as_str().filter(|name| (1..=AS_MAX_CHARS).contains(&name.len()) && name.chars().all(plain));
        match name {
            Some(name) if self.made.contains_key(name) => {
                Err(FieldProblem::of("as", "an earlier change has this name; choose another"))
            }
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(FieldProblem::of("as", "as has 1 to 64 of a-z, 0-9, -, _ and .")),
        }
    }

    /// Puts what stands for what was made in the place of the names that refer to it.
    fn refer(&self, change: &mut Map<String, Value>) -> Result<(), Wrong> {
        let mut wrong = Vec::new();
        self.refer_in("", change, &mut wrong);
        if let Some(Value::Array(policies)) = change.get_mut("policies") {
            for (place, policy) in policies.iter_mut().enumerate() {
                if let Value::Object(policy) = policy {
                    self.refer_in(&format!("/policies/{place}"), policy, &mut wrong);
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn refer_in(&self, at: &str, object: &mut Map<String, Value>, wrong: &mut Wrong) {
        for member in REFERRING {
            let Some(name) = object.get(member).and_then(Value::as_str).and_then(|text| text.strip_prefix('@')) else {
                continue;
            };
            match self.made.get(name) {
                Some(stands_in) => drop(object.insert(member.to_owned(), stands_in.clone().into())),
                None => {
                    let detail = "no earlier change has this name; name what it makes with \"as\"".to_owned();
                    wrong.push(FieldProblem { pointer: format!("{at}/{member}"), detail });
                }
            }
        }
    }

    /// Remembers what a change makes, for those after it.
    fn note(&mut self, index: u32, name: Option<String>, command: &Command) {
        let number = made_by(index);
        let stands_in = match command {
            Command::CreatePerson { .. } => PersonId::new(number).to_string(),
            Command::CreateGrant(_) => rackward_core::id::GrantId::new(number).to_string(),
            Command::SetProfile { name, mode: SetMode::Create, .. } => {
                self.names.profiles.insert(ProfileId::new(number), name.trim().to_owned());
                ProfileId::new(number).to_string()
            }
            Command::SetSchedule { draft, mode: SetMode::Create } => {
                self.names.schedules.insert(ScheduleId::new(number), draft.name.trim().to_owned());
                ScheduleId::new(number).to_string()
            }
            Command::SetCalendar { draft, mode: SetMode::Create } => {
                self.calendars.insert(CalendarId::new(number), draft.name.trim().to_owned());
                CalendarId::new(number).to_string()
            }
            Command::MakeAgreement { .. } => rackward_core::id::AgreementId::new(number).to_string(),
            _ => return,
        };
        if let Some(name) = name {
            self.made.insert(name, stands_in);
        }
    }

    /// The one list of what a change can be.
    async fn read_one(&self, word: &str, change: Map<String, Value>) -> Result<Command, Wrong> {
        match word {
            "create_person" => self.create_person(&self.body(change)?),
            "set_person_status" => self.set_person_status(change).await,
            "change_person_details" => self.change_person_details(change),
            "rename_person" => self.rename_person(change).await,
            "set_external_id" => self.set_external_id(change).await,
            "create_grant" => self.create_grant(&self.body(change)?).await,
            "change_grant_end" => self.change_grant_end(change),
            "set_profile" => self.set_profile(self.body(change)?),
            "set_schedule" => self.set_schedule(self.body(change)?),
            "set_calendar" => self.set_calendar(self.body(change)?),
            "make_agreement" => self.make_agreement(&self.body(change)?),
            "revoke_grant" | "end_agreement" | "remove_profile" | "remove_schedule" | "remove_calendar" => {
                self.end_one(word, &self.body(change)?)
            }
            _ => Err(vec![FieldProblem::of(
                "do",
                "do is create_person, set_person_status, change_person_details, rename_person, set_external_id, create_grant, revoke_grant, \
                 change_grant_end, set_profile, remove_profile, set_schedule, remove_schedule, set_calendar, \
                 remove_calendar, make_agreement or end_agreement",
            )]),
        }
    }

    /// A change as the body of its own route, with the reason of the set where it has none.
    fn body<T: Body>(&self, mut change: Map<String, Value>) -> Result<T, Wrong> {
        let asks_why = T::MEMBERS.iter().any(|member| member.name == "reason");
        if asks_why && !change.contains_key("reason") {
            change.insert("reason".to_owned(), self.reason.clone().into());
        }
        body::of_members(change, self.api.backend.now().wall).map_err(wrong)
    }

    fn organisation(&self, field: &str, text: Option<&str>) -> Result<OrganisationId, FieldProblem> {
        let Some(text) = text else { return Ok(lookup::own_organisation(self.caller)) };
        let found = lookup::named(self.organisations.iter().map(|row| (row.id, row.name.as_str())), text);
        found.ok_or_else(|| FieldProblem::of(field, "no organisation is called so; the site file names them"))
    }

    async fn person(&self, text: &str) -> Result<PersonId, Wrong> {
        lookup::person(self.api, self.caller, "/person", text).await.map_err(wrong)
    }

    fn create_person(&self, wanted: &CreatePerson) -> Result<Command, Wrong> {
        if wanted.pin.is_some() {
            return Err(vec![FieldProblem::of("pin", "a PIN is set by itself, when the person is there")]);
        }
        let (name, key) = (people::name_of(&wanted.name), people::key_of(self.api, wanted.external_id.as_deref()));
        let status = people::status_named(wanted.status.as_deref().unwrap_or("enabled"));
        let clearance = people::clearance_named(wanted.clearance.as_deref().unwrap_or("normal"));
        let organisation = self.organisation("organisation", wanted.organisation.as_deref());
        match (name, key, status, clearance, organisation) {
            (Ok(name), Ok(key), Ok(status), Ok(clearance), Ok(organisation)) => {
                let extended_time = people::extended(wanted.extended_time.unwrap_or(false));
                let details = PersonDetails { organisation, clearance, extended_time };
                Ok(Command::CreatePerson { name, status, details, key })
            }
            (name, key, status, clearance, organisation) => {
                Err([name.err(), key.err(), status.err(), clearance.err(), organisation.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }

    async fn rename_person(&self, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let whom = whom(&mut change)?;
        let wanted: RenamePerson = self.body(change)?;
        let name = people::name_of(&wanted.name).map_err(|wrong| vec![wrong])?;
        let person = self.person(&whom).await?;
        Ok(Command::Register(RegisterCommand::Rename { person, name }))
    }

    async fn set_external_id(&self, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let whom = whom(&mut change)?;
        let wanted: SetExternalId = self.body(change)?;
        let key = people::key_of(self.api, wanted.external_id.as_deref()).map_err(|wrong| vec![wrong])?;
        let person = self.person(&whom).await?;
        Ok(Command::Register(RegisterCommand::SetKey { person, key }))
    }

    async fn set_person_status(&self, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let whom = whom(&mut change)?;
        let wanted: SetPersonStatus = self.body(change)?;
        let (status, why) = (people::status_named(&wanted.status), reason("reason", &wanted.reason));
        match (status, why) {
            (Ok(status), Ok(reason)) => {
                Ok(Command::SetPersonStatus { person: self.person(&whom).await?, status, reason })
            }
            (status, why) => Err([status.err(), why.err()].into_iter().flatten().collect()),
        }
    }

    fn change_person_details(&self, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let id: PersonId = whom(&mut change)?.parse().map_err(|_| of_person("name them by id, such as p-12"))?;
        let before = self.people.get(&id).map(|person| person.details);
        let before = before.ok_or_else(|| of_person("nobody has this id; say what is to hold where they are made"))?;
        let wanted: ChangePersonDetails = self.body(change)?;
        let clearance = wanted.clearance.as_deref().map(people::clearance_named).transpose();
        let organisation = match wanted.organisation.as_deref() {
            Some(text) => self.organisation("organisation", Some(text)),
            None => Ok(before.organisation),
        };
        match (clearance, organisation, reason("reason", &wanted.reason)) {
            (Ok(clearance), Ok(organisation), Ok(reason)) => {
                let details = PersonDetails {
                    organisation,
                    clearance: clearance.unwrap_or(before.clearance),
                    extended_time: wanted.extended_time.map_or(before.extended_time, people::extended),
                };
                Ok(Command::ChangePersonDetails { person: id, details, reason })
            }
            (clearance, organisation, why) => {
                Err([clearance.err(), organisation.err(), why.err()].into_iter().flatten().collect())
            }
        }
    }

    async fn create_grant(&self, wanted: &CreateGrant) -> Result<Command, Wrong> {
        let terms = rights::terms(wanted);
        let person = self.person(&wanted.person).await;
        let weekly = terms.as_ref().map_or_else(|_| Weekly::always(), |terms| terms.weekly.clone());
        let right = rights::right(wanted, weekly, &self.sight, &self.names).map_err(wrong);
        match (terms, person, right) {
            (Ok(terms), Ok(person), Ok(right)) => {
                let from = wanted.from_at.map_or_else(|| self.api.backend.now().wall, |at| at.0);
                let validity = Validity { from, to: wanted.to_at.0 };
                let (reason, ticket, uses, escort) = (terms.reason, terms.ticket, terms.uses, terms.escort);
                Ok(Command::CreateGrant(GrantWish { person, right, validity, reason, ticket, uses, escort }))
            }
            (terms, person, right) => {
                Err([terms.err(), person.err(), right.err()].into_iter().flatten().flatten().collect())
            }
        }
    }

    fn change_grant_end(&self, mut change: Map<String, Value>) -> Result<Command, Wrong> {
        let grant = change.remove("grant");
        let grant = grant.as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok());
        let wanted: ChangeGrantEnd = self.body(change)?;
        let grant = grant.ok_or_else(|| vec![FieldProblem::of("grant", "grant must be an id such as g-88")])?;
        let reason = reason("reason", &wanted.reason).map_err(|wrong| vec![wrong])?;
        Ok(Command::ChangeGrantEnd { grant, to: wanted.to_at.0, reason })
    }

    fn set_profile(&self, wanted: CreateProfile) -> Result<Command, Wrong> {
        let reason = why(&wanted.reason)?;
        let owner = self.organisation("organisation", wanted.organisation.as_deref()).map_err(|wrong| vec![wrong])?;
        let policies = profiles::policies(&wanted.policies, &self.sight, &self.names).map_err(wrong)?;
        let mode = mode(self.names.profiles.values(), &wanted.name);
        Ok(Command::SetProfile { name: wanted.name, owner, policies, reason, mode })
    }

    fn set_schedule(&self, wanted: CreateSchedule) -> Result<Command, Wrong> {
        let windows = wanted.windows.as_deref().unwrap_or_default();
        let (weekly, special) = schedules::read(windows, wanted.special.as_deref().unwrap_or_default())?;
        let mode = mode(self.names.schedules.values(), &wanted.name);
        let draft = ScheduleDraft { name: wanted.name, time_zone: wanted.time_zone, weekly, special };
        Ok(Command::SetSchedule { draft, mode })
    }

    fn set_calendar(&self, wanted: CreateCalendar) -> Result<Command, Wrong> {
        let days = calendars::days(&wanted.days)?;
        let mode = mode(self.calendars.values(), &wanted.name);
        Ok(Command::SetCalendar { draft: CalendarDraft { name: wanted.name, days }, mode })
    }

    fn make_agreement(&self, wanted: &MakeAgreement) -> Result<Command, Wrong> {
        let reason = why(&wanted.reason)?;
        let owner = self.organisation("owner", Some(&wanted.owner)).map_err(|wrong| vec![wrong])?;
        let guest = lookup::any_organisation(self.api, "/guest", &wanted.guest).map_err(wrong)?;
        let find = |(place, text): (usize, &String)| self.sight.area(&format!("/areas/{place}"), text);
        let areas = wanted.areas.iter().enumerate().map(find).collect::<Result<Vec<_>, Refusal>>().map_err(wrong)?;
        let from = wanted.from_at.map_or_else(|| self.api.backend.now().wall, |at| at.0);
        Ok(Command::MakeAgreement { owner, guest, areas, validity: Validity { from, to: wanted.to_at.0 }, reason })
    }

    fn end_one(&self, word: &str, wanted: &EndOne) -> Result<Command, Wrong> {
        let reason = why(&wanted.reason)?;
        let none = |field: &str, what: &str| vec![FieldProblem::of(field, format!("{field} must name {what}"))];
        let id = |text: &Option<String>| text.clone().unwrap_or_default();
        match word {
            "revoke_grant" => {
                let grant = id(&wanted.grant).parse().map_err(|_| none("grant", "a grant by its id, such as g-88"))?;
                Ok(Command::RevokeGrant { grant, reason })
            }
            "end_agreement" => {
                let what = "an agreement by its id, such as agr-5";
                let agreement = id(&wanted.agreement).parse().map_err(|_| none("agreement", what))?;
                Ok(Command::EndAgreement { agreement, reason })
            }
            "remove_profile" => {
                let profile = self.names.profile_named("/profile", &id(&wanted.profile)).map_err(wrong)?;
                Ok(Command::RemoveProfile { profile, reason })
            }
            "remove_schedule" => {
                let schedule = self.names.schedule_named("/schedule", &id(&wanted.schedule)).map_err(wrong)?;
                Ok(Command::RemoveSchedule { schedule })
            }
            _ => {
                let rows = self.calendars.iter().map(|(id, name)| (*id, name.as_str()));
                let calendar = lookup::named(rows, &id(&wanted.calendar));
                let calendar = calendar.ok_or_else(|| none("calendar", "a calendar that there is"))?;
                Ok(Command::RemoveCalendar { calendar })
            }
        }
    }
}

/// What is called so is changed, and made where nothing is.
fn mode<'n>(mut names: impl Iterator<Item = &'n String>, name: &str) -> SetMode {
    if names.any(|known| known == name.trim()) { SetMode::Edit } else { SetMode::Create }
}

fn why(text: &str) -> Result<ReasonText, Wrong> {
    reason("reason", text).map_err(|wrong| vec![wrong])
}

/// Who is meant, taken out of the members that the body of the route has.
fn whom(change: &mut Map<String, Value>) -> Result<String, Wrong> {
    let text = change.remove("person").and_then(|given| given.as_str().map(str::to_owned));
    text.ok_or_else(|| of_person("person must say who: an id such as p-12, or a name"))
}

fn of_person(detail: &str) -> Wrong {
    vec![FieldProblem::of("person", detail)]
}

/// A refusal as what is wrong with the members of one change.
fn wrong(refusal: Refusal) -> Wrong {
    let problem: Problem = refusal.into_problem();
    if problem.errors.is_empty() {
        return vec![FieldProblem { pointer: String::new(), detail: problem.detail }];
    }
    problem.errors
}
