//! What a filter means for the items of a list: the language of the journal's search, over the members that items have as they
//! are shown. Pure but for what words mean at the site.

use rackward_core::Wall;
use rackward_core::id::PersonId;
use rackward_core::site::local_time::LocalTime;
use serde_json::Value;

use super::Resource;
use crate::api::Api;
use crate::query::{Band, Given, Meaning, Mistake, Named, Pattern, Query, Sense, Term, What, is_place};
use crate::wire::at::At;

/// A member by which items can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its word in a filter.
    pub(crate) word: &'static str,
    /// Where it is: names joined by `/`; what lies in arrays on the way, or is one, is each looked at.
    pub(crate) at: &'static str,
    /// What its values are like.
    pub(crate) nature: Nature,
}

/// What the values of a member are like, and so what it means to ask for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// An id, a word of few, a time: the whole of it must be as asked.
    Word,
    /// A text of somebody's: what is asked must be in it.
    Text,
    /// A path: all of it, or what is left of it behind a `/`.
    Place,
    /// The path of an area: it, or an area around it, is what is asked.
    Area,
    /// The id of a person, who may be asked for by a part of the name as well. Only for lists that take the right to see
    /// persons.
    Person,
    /// Yes or no.
    Flag,
    /// A number.
    Number,
}

impl Member {
    /// A member of the items themselves, whose word is its name.
    pub(crate) const fn new(word: &'static str, nature: Nature) -> Self {
        Self { word, at: word, nature }
    }

    /// A member that lies deeper, or is called otherwise.
    pub(crate) const fn lying(word: &'static str, at: &'static str, nature: Nature) -> Self {
        Self { word, at, nature }
    }
}

impl Named for &'static Member {
    fn word(self) -> &'static str {
        self.word
    }
}

/// What a filter means.
#[derive(Debug)]
pub(super) struct Filter {
    clauses: Vec<Clause>,
    /// At or after this moment.
    pub(super) from: Option<Wall>,
    /// Before this moment.
    pub(super) to: Option<Wall>,
    during: Vec<(Sense, Band)>,
    local: LocalTime,
    resource: &'static Resource,
}

#[derive(Debug)]
struct Clause {
    sense: Sense,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// One of these is what a member says.
    One(&'static Member, Vec<Wanted>),
    /// This text, which is in lower case, is in one of the members.
    Anywhere(String),
}

/// A value as it is looked for.
#[derive(Debug)]
enum Wanted {
    /// A text like this.
    Like(Pattern),
    /// A text with this in it, which is in lower case.
    With(String),
    /// One of these persons.
    People(Vec<String>),
}

impl Filter {
    /// Reads a filter, or says everything that is wrong with it.
    pub(super) fn read(text: &str, resource: &'static Resource, api: &Api) -> Result<Self, Vec<String>> {
        let members: Vec<&'static Member> = resource.members.iter().collect();
        let (query, mut mistakes) = Query::read_of(text, &members, resource.time_words());
        let site = api.backend.site();
        let people = |part: &str| api.people_named(part).into_iter().map(|(id, _)| id).collect();
        let meaning = Meaning { site: &site, now: api.backend.now().wall, people: &people };
        let local = site.local_time().clone();
        let mut filter = Self { clauses: Vec::new(), from: None, to: None, during: Vec::new(), local, resource };
        for Term { column, sense, what } in &query.terms {
            let understood = filter.add(*sense, what, &meaning);
            mistakes.extend(understood.err().map(|detail| Mistake { column: *column, detail }));
        }
        mistakes.sort_by_key(|mistake| mistake.column);
        if mistakes.is_empty() { Ok(filter) } else { Err(mistakes.iter().map(Mistake::to_string).collect()) }
    }

    fn add(&mut self, sense: Sense, what: &What<&'static Member>, meaning: &Meaning<'_>) -> Result<(), String> {
        match what {
            What::Text(text) => self.clauses.push(Clause { sense, test: Test::Anywhere(text.to_lowercase()) }),
            // Of two beginnings the later holds, of two ends the earlier.
            What::From(text) => self.from = self.from.max(Some(meaning.moment(text)?)),
            What::To(text) => {
                let to = meaning.moment(text)?;
                self.to = Some(self.to.map_or(to, |before| before.min(to)));
            }
            What::During(text) => self.during.push((sense, Band::meant(text)?)),
            What::Field(member, values) => {
                let values = values.iter().map(|value| wanted(member, value, meaning)).collect::<Result<_, _>>()?;
                self.clauses.push(Clause { sense, test: Test::One(member, values) });
            }
        }
        Ok(())
    }

    /// Whether everything is meant.
    pub(super) fn is_empty(&self) -> bool {
        self.clauses.is_empty() && !self.is_about_time()
    }

    fn is_about_time(&self) -> bool {
        self.from.is_some() || self.to.is_some() || !self.during.is_empty()
    }

    /// Whether an item that is written so is meant.
    pub(super) fn holds(&self, item: &Value) -> bool {
        let clause = |clause: &Clause| self.passes(&clause.test, item) == (clause.sense == Sense::With);
        self.clauses.iter().all(clause) && (!self.is_about_time() || self.is_in_time(item))
    }

    fn passes(&self, test: &Test, item: &Value) -> bool {
        let says = |member: &Member, fits: &dyn Fn(&str) -> bool| {
            values(item, member.at).into_iter().filter_map(text_of).any(|text| fits(&text))
        };
        match test {
            Test::One(member, wanted) => {
                says(member, &|text| wanted.iter().any(|wanted| wanted.fits(member.nature, text)))
            }
            Test::Anywhere(part) => {
                let mut members = self.resource.members.iter().filter(|member| member.nature.has_words());
                members.any(|member| says(member, &|text| text.contains(part.as_str())))
            }
        }
    }

    /// What has no time is at no time.
    fn is_in_time(&self, item: &Value) -> bool {
        let at = self.resource.time.and_then(|time| values(item, time).first().and_then(|value| value.as_str()));
        let Some(At(at)) = at.and_then(At::parse) else { return false };
        let in_band = |(sense, band): &(Sense, Band)| band.holds(at, &self.local) == (*sense == Sense::With);
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to) && self.during.iter().all(in_band)
    }

    /// The texts of which one must stand in the member with this word, where the filter asks for that.
    pub(super) fn texts_of(&self, word: &str) -> Option<Vec<&str>> {
        self.clauses.iter().find_map(|clause| match (&clause.test, clause.sense) {
            (Test::One(member, wanted), Sense::With) if member.word == word => {
                wanted.iter().map(Wanted::text).collect()
            }
            (Test::One(..) | Test::Anywhere(_), Sense::With | Sense::Without) => None,
        })
    }
}

impl Nature {
    /// Whether a text without a field is looked for in it.
    const fn has_words(self) -> bool {
        match self {
            Self::Word | Self::Text | Self::Place | Self::Area | Self::Person => true,
            Self::Flag | Self::Number => false,
        }
    }
}

impl Wanted {
    /// The text that must stand in the member, where that is what is looked for.
    fn text(&self) -> Option<&str> {
        match self {
            Self::With(text) => Some(text),
            Self::Like(_) | Self::People(_) => None,
        }
    }

    /// Whether `text`, which is in lower case, is what is looked for.
    fn fits(&self, nature: Nature, text: &str) -> bool {
        match (self, nature) {
            (Self::With(part), _) => text.contains(part.as_str()),
            (Self::People(ids), _) => ids.iter().any(|id| id == text),
            (Self::Like(pattern), Nature::Place) => is_place(pattern, text),
            (Self::Like(pattern), Nature::Area) => {
                let around = text.match_indices('/').filter_map(|(at, _)| text.get(..at));
                around.chain([text]).any(|path| is_place(pattern, path))
            }
            (Self::Like(pattern), Nature::Word | Nature::Text | Nature::Person | Nature::Flag | Nature::Number) => {
                pattern.matches(text)
            }
        }
    }
}

/// What a value that was given means for a member.
fn wanted(member: &Member, given: &Given, meaning: &Meaning<'_>) -> Result<Wanted, String> {
    let (text, pattern) = match given {
        Given::Exact(text) => (text, Pattern::exact(text)),
        Given::Wild(text) => (text, Pattern::wild(text)),
    };
    let word = member.word;
    match (member.nature, given) {
        (Nature::Text, Given::Exact(text)) => Ok(Wanted::With(text.to_lowercase())),
        (Nature::Person, Given::Exact(text)) if text.parse::<PersonId>().is_err() => {
            // That nobody is called so finds nothing, whoever else there may be outside the caller's sight.
            Ok(Wanted::People((meaning.people)(text).iter().map(ToString::to_string).collect()))
        }
        (Nature::Flag, _) => match text.to_lowercase().as_str() {
            "true" | "yes" => Ok(Wanted::Like(Pattern::exact("true"))),
            "false" | "no" => Ok(Wanted::Like(Pattern::exact("false"))),
            _ => Err(format!("{word} is true or false, not \"{text}\"")),
        },
        (Nature::Number, Given::Exact(text)) if text.parse::<f64>().is_err() => {
            Err(format!("{word} is a number, not \"{text}\""))
        }
        (Nature::Word | Nature::Text | Nature::Place | Nature::Area | Nature::Person | Nature::Number, _) => {
            Ok(Wanted::Like(pattern))
        }
    }
}

/// What an item has at a place: nothing, one value, or one for each item of the arrays on the way.
pub(super) fn values<'a>(item: &'a Value, at: &str) -> Vec<&'a Value> {
    let mut here = vec![item];
    for name in at.split('/') {
        here = here.into_iter().flat_map(each).filter_map(|value| value.get(name)).collect();
    }
    here.into_iter().flat_map(each).collect()
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => core::slice::from_ref(one),
    }
}

/// A value as it is compared; nothing is like nothing.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
