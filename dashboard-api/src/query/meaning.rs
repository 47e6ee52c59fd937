//! What the words of a query mean at a site: which doors a path with a `*` stands for, which moment is `-24h`. Everything
//! that means nothing is said, each with its column.

use core::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use rackward_core::alarm::AlarmKind;
use rackward_core::id::{AlarmId, AreaId, CredentialId, DeviceId, DoorId, GrantId, PersonId, PointId, Seq, ZoneId};
use rackward_core::site::draft::suggest::nearest;
use rackward_core::{Entry, Site, Wall};

use super::{Band, Clause, Field, Given, Marks, Mistake, Order, Pattern, Query, Search, Term, Test, What, moment};

/// How many words a mistaken one is said to be near to.
const NEAR_MAX_WORDS: usize = 4;

/// The shortest text that is looked for inside of words: shorter ones are in too many.
const SHORTEST_PART_CHARS: usize = 4;

/// The shortest text that is looked for in names of places: shorter ones are in too many.
const SHORTEST_PLACE_CHARS: usize = 3;

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
                search.clauses.push(Clause { sense, any: self.anywhere(text) });
            }
            // Of two beginnings the later holds, of two ends the earlier.
            What::From(text) => search.from = search.from.max(Some(self.moment(text)?)),
            What::To(text) => {
                let to = self.moment(text)?;
                search.to = Some(search.to.map_or(to, |before| before.min(to)));
            }
            What::During(text) => {
                search.during.push((sense, Band::meant(text)?));
            }
            What::Field(field, values) => {
                let any = values.iter().map(|value| self.test(*field, value)).collect::<Result<_, _>>()?;
                search.clauses.push(Clause { sense, any });
            }
        }
        Ok(())
    }

    /// Where a text without a field can stand in what people are shown of an entry: in its wording and what somebody wrote, in
    /// the name of the event or in the words for its alarm, in ids, in names of places.
    fn anywhere(&self, text: &str) -> Vec<Test> {
        let text = text.trim().to_lowercase();
        let kinds = AlarmKind::ALL
            .into_iter()
            .filter(|kind| kind.word().contains(&text) || kind.words().to_lowercase().contains(&text));
        let names = Entry::all_event_names().filter(|name| name.contains(&text));
        let exactly = |field, word: &str| Test::Word(field, Pattern::exact(word));
        let mut any = vec![Test::Contains(text.clone()), exactly(Field::By, &text)];
        any.extend(kinds.map(|kind| exactly(Field::Kind, kind.word())));
        any.extend(names.map(|name| exactly(Field::Type, name)));
        any.extend(self.id_anywhere(&text));
        any.extend(self.places_anywhere(&text));
        any
    }

    fn id_anywhere(&self, text: &str) -> Option<Test> {
        fn of<Id: FromStr>(text: &str, field: Field, number: impl Fn(Id) -> u32) -> Option<Test> {
            text.parse().ok().map(|id| Test::Ids(field, vec![number(id)]))
        }
        of(text, Field::Person, PersonId::get)
            .or_else(|| of(text, Field::Credential, CredentialId::get))
            .or_else(|| of(text, Field::Grant, GrantId::get))
            .or_else(|| of(text, Field::Alarm, AlarmId::get))
            .or_else(|| of(text, Field::Door, DoorId::get))
            .or_else(|| of(text, Field::Point, PointId::get))
            .or_else(|| of(text, Field::Device, DeviceId::get))
            .or_else(|| of(text, Field::Zone, ZoneId::get))
            .or_else(|| of(text, Field::Area, AreaId::get))
    }

    /// Places with a text in their name. What lies in an area that is meant is not looked for by itself: a path begins with
    /// that of the area around it, and a part of the site's name would stand for everything in it.
    fn places_anywhere(&self, text: &str) -> Vec<Test> {
        if text.chars().count() < SHORTEST_PLACE_CHARS {
            return Vec::new();
        }
        let site = self.site;
        let has = |name: &str| name.to_lowercase().contains(text);
        let mut areas: Vec<u32> = Vec::new();
        for area in site.areas().filter(|area| has(&area.path)) {
            // The areas around one are told before it or after: of both only the outer one is needed.
            if !area.inside.is_some_and(|around| site.area(around).is_some_and(|around| has(&around.path))) {
                areas.push(area.id.get());
            }
        }
        let outside = |field: Field, number: u32| !Marks::of_place(field, number, site).are_in(&areas);
        let of = |field: Field, named: Vec<u32>| -> Vec<u32> {
            named.into_iter().filter(|number| outside(field, *number)).collect()
        };
        let doors = of(Field::Door, site.doors().filter(|one| has(&one.path)).map(|one| one.id.get()).collect());
        let points = of(Field::Point, site.points().filter(|one| has(&one.path)).map(|one| one.id.get()).collect());
        let devices = of(Field::Device, site.devices().filter(|one| has(&one.name)).map(|one| one.id.get()).collect());
        let zones = site.zones().filter(|one| has(&one.path)).map(|one| one.id.get()).collect();
        let all = [
            (Field::Door, doors),
            (Field::Point, points),
            (Field::Device, devices),
            (Field::Zone, zones),
            (Field::Area, areas),
        ];
        all.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(field, ids)| Test::Ids(field, ids)).collect()
    }

    fn test(&self, field: Field, given: &Given) -> Result<Test, String> {
        let ids = match field {
            Field::By | Field::Reason | Field::Ticket | Field::Note | Field::Wording => {
                return Ok(Test::Word(field, pattern(given)));
            }
            // Of what there is only so much of, a word that is none of it would find nothing and say nothing.
            Field::Type => return word(field, given, "event", &Entry::all_event_names().collect::<Vec<_>>()),
            Field::Kind => return word(field, given, "kind of alarm", &AlarmKind::ALL.map(AlarmKind::word)),
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
pub(crate) fn is_place(pattern: &Pattern, path: &str) -> bool {
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

/// A word of those that there are, or a pattern that one of them is like.
fn word(field: Field, given: &Given, what: &str, known: &[&str]) -> Result<Test, String> {
    let wanted = pattern(given);
    if known.iter().any(|known| wanted.matches(known)) {
        return Ok(Test::Word(field, wanted));
    }
    let (Given::Exact(text) | Given::Wild(text)) = given;
    let near = near(text, known);
    let advice = if near.is_empty() {
        format!("there are such as {}", known.get(..3).unwrap_or(known).join(", "))
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Err(format!("no {what} is called \"{text}\"; {advice}"))
}

/// Those that a mistaken word may stand for: what a slip of the finger explains, what holds the word or is held by it, and
/// what begins with the same part.
fn near<'k>(text: &str, known: &[&'k str]) -> Vec<&'k str> {
    let text = text.to_lowercase().replace('*', "");
    let slip = nearest(&text, known.iter().copied());
    let first = |word: &str| word.split(['.', '_', '-']).next().unwrap_or_default().to_owned();
    let holds = |word: &&&str| text.len() >= SHORTEST_PART_CHARS && (word.contains(&text) || text.contains(**word));
    let begins = |word: &&&str| !text.is_empty() && first(word) == first(&text);
    let mut found: Vec<&str> = Vec::new();
    let all = slip.into_iter().chain(known.iter().filter(holds).copied()).chain(known.iter().filter(begins).copied());
    for word in all {
        if found.len() < NEAR_MAX_WORDS && !found.contains(&word) {
            found.push(word);
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_none_is_refused_with_those_that_are_near() {
        let check = |field: Field, text: &str, expect: &str| {
            let given = if text.contains('*') { Given::Wild(text.to_owned()) } else { Given::Exact(text.to_owned()) };
            let known: Vec<&str> = match field {
                Field::Kind => AlarmKind::ALL.map(AlarmKind::word).to_vec(),
                _ => Entry::all_event_names().collect(),
            };
            let got = word(field, &given, "word", &known).map_or_else(|error| error, |_| "ok".to_owned());
            assert!(got.contains(expect), "{text}: {got}");
        };
        check(Field::Kind, "door_forced_open", "ok");
        check(Field::Kind, "Door_*", "ok");
        check(Field::Kind, "door_forced", "did you mean door_forced_open");
        check(Field::Kind, "xyz", "no word is called \"xyz\"; there are such as");
        check(Field::Kind, "x*z", "no word is called");
        check(Field::Type, "access.denied", "ok");
        check(Field::Type, "operator.*", "ok");
        check(Field::Type, "alarm.shelved", "ok");
        check(Field::Type, "acess.denied", "did you mean access.denied");
        check(Field::Type, "alarm.acked", "did you mean alarm.");
        check(Field::Type, "rights", "did you mean rights.changed");
    }

    #[test]
    fn every_name_of_an_event_stands_once() {
        let mut names: Vec<&str> = Entry::all_event_names().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(
            ["site.started", "device.replaced", "rights.issued", "alarm.noted", "token.issued"]
                .iter()
                .all(|name| names.contains(name))
        );
    }
}
