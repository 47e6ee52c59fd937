//! What the words of a query mean at a site: which doors a path with a `*` stands for, which moment is `-24h`. Everything
//! that means nothing is said, each with its column.

use core::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use rackward_core::id::{AlarmId, AreaId, CredentialId, DeviceId, DoorId, GrantId, PersonId, PointId, Seq, ZoneId};
use rackward_core::{Site, Wall};

use super::{Band, Clause, Field, Given, Mistake, Order, Pattern, Query, Search, Term, Test, What, moment};

/// What words are understood by.
pub struct Meaning<'a> {
    /// What exists.
    pub site: &'a Site,
    /// What `now` is.
    pub now: Wall,
    /// Persons whose name contains a text.
    pub people: &'a dyn Fn(&str) -> Vec<PersonId>,
}

/// The search that a query means, oldest entries first and from the first one on; or all that is wrong with it, of the
/// mistakes in writing that reading found, too.
///
/// # Errors
/// All mistakes, in order of column; never none.
pub fn meant(text: &str, meaning: &Meaning<'_>, limit: u16) -> Result<Search, Vec<Mistake>> {
    let (query, mut mistakes) = Query::read(text);
    let local = meaning.site.local_time().clone();
    let (order, after) = (Order::OldestFirst, Seq::new(0));
    let during = Vec::new();
    let mut search =
        Search { clauses: Vec::new(), from: None, to: None, during, local, after, order, past: None, limit };
    for term in &query.terms {
        let understood = meaning.add(term, &mut search);
        mistakes.extend(understood.err().map(|detail| Mistake { column: term.column, detail }));
    }
    mistakes.sort_by_key(|mistake| mistake.column);
    if mistakes.is_empty() { Ok(search) } else { Err(mistakes) }
}

impl Meaning<'_> {
    /// The moment that a text stands for.
    ///
    /// # Errors
    /// What forms there are.
    pub fn moment(&self, text: &str) -> Result<Wall, String> {
        let zone = TimeZoneDatabase::bundled().get(self.site.local_time().name());
        moment(text, self.now, &zone.unwrap_or(TimeZone::UTC))
    }

    fn add(&self, term: &Term, search: &mut Search) -> Result<(), String> {
        let sense = term.sense;
        match &term.what {
            What::Text(text) => {
                let any = vec![Test::Contains(text.to_lowercase())];
                search.clauses.push(Clause { sense, any });
            }
            // Of two beginnings the later holds, of two ends the earlier.
            What::From(text) => search.from = search.from.max(Some(self.moment(text)?)),
            What::To(text) => {
                let to = self.moment(text)?;
                search.to = Some(search.to.map_or(to, |before| before.min(to)));
            }
            What::During(text) => {
                let forms = "write night, day, weekday, weekend, a day such as monday, or 22:00-06:00";
                let band =
                    Band::named(text).ok_or_else(|| format!("\"{text}\" is no time of the day or week; {forms}"))?;
                search.during.push((sense, band));
            }
            What::Field(field, values) => {
                let any = values.iter().map(|value| self.test(*field, value)).collect::<Result<_, _>>()?;
                search.clauses.push(Clause { sense, any });
            }
        }
        Ok(())
    }

    fn test(&self, field: Field, given: &Given) -> Result<Test, String> {
        let ids = match field {
            Field::Type | Field::By | Field::Reason | Field::Ticket | Field::Note | Field::Kind => {
                return Ok(Test::Word(field, pattern(given)));
            }
            Field::Person => self.people(given)?,
            Field::Credential => vec![id(given, CredentialId::get)?],
            Field::Grant => vec![id(given, GrantId::get)?],
            Field::Alarm => vec![id(given, AlarmId::get)?],
            Field::Door => {
                self.places(field, given, DoorId::get, self.site.doors().map(|one| (one.id.get(), &*one.path)))?
            }
            Field::Point => {
                self.places(field, given, PointId::get, self.site.points().map(|one| (one.id.get(), &*one.path)))?
            }
            Field::Device => {
                self.places(field, given, DeviceId::get, self.site.devices().map(|one| (one.id.get(), &*one.name)))?
            }
            Field::Zone => {
                self.places(field, given, ZoneId::get, self.site.zones().map(|one| (one.id.get(), &*one.path)))?
            }
            Field::Area => {
                self.places(field, given, AreaId::get, self.site.areas().map(|one| (one.id.get(), &*one.path)))?
            }
        };
        Ok(Test::Ids(field, ids))
    }

    /// Persons by id, or by a part of their name.
    fn people(&self, given: &Given) -> Result<Vec<u32>, String> {
        let Given::Exact(text) = given else {
            return Err("a person is meant by an id such as p-1042 or by a part of the name, without *".to_owned());
        };
        if let Ok(person) = text.parse::<PersonId>() {
            return Ok(vec![person.get()]);
        }
        let found = (self.people)(text);
        if found.is_empty() {
            return Err(format!("nobody is called \"{text}\" and no id is written so; write an id such as p-1042"));
        }
        Ok(found.into_iter().map(PersonId::get).collect())
    }

    /// Places by id, by path, by the end of a path, or by a pattern for one of these.
    fn places<'a, Id: FromStr>(
        &self,
        field: Field,
        given: &Given,
        number: impl Fn(Id) -> u32,
        all: impl Iterator<Item = (u32, &'a str)>,
    ) -> Result<Vec<u32>, String> {
        let pattern = pattern(given);
        let found: Vec<u32> = all.filter(|(_, path)| is_place(&pattern, path)).map(|(id, _)| id).collect();
        match given {
            Given::Exact(text) if found.is_empty() => match text.parse::<Id>() {
                Ok(id) => Ok(vec![number(id)]),
                Err(_) => {
                    Err(format!("no {} is called \"{text}\"; write a path, an id, or * for a part of it", field.word()))
                }
            },
            Given::Exact(_) | Given::Wild(_) => Ok(found),
        }
    }
}

/// Whether a path, or what is left of it behind a `/`, is like the pattern.
fn is_place(pattern: &Pattern, path: &str) -> bool {
    let path = path.to_lowercase();
    let ends = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
    core::iter::once(path.as_str()).chain(ends).any(|end| pattern.matches(end))
}

fn pattern(given: &Given) -> Pattern {
    match given {
        Given::Exact(text) => Pattern::exact(text),
        Given::Wild(text) => Pattern::wild(text),
    }
}

fn id<Id>(given: &Given, number: impl Fn(Id) -> u32) -> Result<u32, String>
where
    Id: FromStr,
    Id::Err: core::fmt::Display,
{
    match given {
        Given::Exact(text) => text.parse().map(number).map_err(|error: Id::Err| error.to_string()),
        Given::Wild(_) => Err("an id is written in full, without *".to_owned()),
    }
}

impl Search {
    /// Narrows the search by moments given beside the query.
    pub fn within(&mut self, from: Option<Wall>, to: Option<Wall>) {
        self.from = self.from.max(from);
        self.to = match (self.to, to) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}
