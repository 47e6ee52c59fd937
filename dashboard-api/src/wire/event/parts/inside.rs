//! How musters, visitors and hand-overs are written into an event's data. People are ids here as everywhere.

use rackward_core::Wall;
use rackward_core::entry::{LongText, ReasonText};
use rackward_core::id::{MusterId, VisitorId};
use rackward_core::muster::{Listed, Mark as Said, MusterKind, Somebody};
use rackward_core::shift::ShiftAnswer;
use serde_json::{Value, json};

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};
use crate::wire::at::At;
use crate::wire::sentence::inside::first_line;

parts! {
    MusterId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::word(Field::Note, &value.to_string()));
    Option<MusterId>: (value, field, _context) => format!("{field}_id"), value.map(|id| id.to_string())
        => value.map(|id| Mark::word(Field::Note, &id.to_string()));
    VisitorId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::word(Field::Note, &value.to_string()));
    MusterKind: (value, field, _context) => field, value.word();
    Option<Wall>: (value, field, _context) => format!("{field}_at"), value.map(|at| At(at).to_string());
}

/// All of it can be found, and what of it stands in the sentence is no part of that sentence's wording.
impl Part for LongText {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.as_str());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        for text in [self.as_str(), first_line(self).as_str()] {
            marks.add(Mark::word(Field::Note, text), context.site);
        }
    }
}

impl Part for ShiftAnswer {
    fn put(&self, _field: &str, _context: Context<'_>, members: &mut Members) {
        members.add("accepted", *self == Self::Accepted);
        if let Self::Rejected(why) = self {
            members.add("reason", why.as_str());
        }
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        if let Self::Rejected(why) = self {
            marks.add(Mark::word(Field::Reason, why.as_str()), context.site);
        }
    }
}

/// A list can be found by so many of those who are on it: with more, the entry would be found by everybody and cost as much.
const FOUND_BY_MAX_PEOPLE: usize = 1_000;

/// Who is on a list: where each was, the muster itself tells.
impl Part for Box<[Listed]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.iter().map(|listed| listed.who.to_string().into()).collect::<Vec<Value>>());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().take(FOUND_BY_MAX_PEOPLE).for_each(|listed| find(listed.who, context, marks));
    }
}

impl Part for Box<[Said]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let row = |mark: &Said| {
            json!({
                "id": mark.who.to_string(),
                "status": mark.status.word(),
                "where": mark.place.as_ref().map(ReasonText::as_str),
                "note": mark.note.as_ref().map(ReasonText::as_str),
                "at": At(mark.at).to_string(),
            })
        };
        members.add(field, self.iter().map(row).collect::<Vec<Value>>());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        for said in self.iter().take(FOUND_BY_MAX_PEOPLE) {
            find(said.who, context, marks);
            for text in [&said.place, &said.note].into_iter().flatten() {
                marks.add(Mark::word(Field::Note, text.as_str()), context.site);
            }
        }
    }
}

impl Part for Box<[Somebody]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.iter().map(|who| who.to_string().into()).collect::<Vec<Value>>());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().take(FOUND_BY_MAX_PEOPLE).for_each(|who| find(*who, context, marks));
    }
}

/// What is said of somebody is found by who they are.
fn find(who: Somebody, context: Context<'_>, marks: &mut Marks) {
    match who {
        Somebody::Person(person) => person.mark("person", context, marks),
        Somebody::Visitor(visitor) => visitor.mark("visitor", context, marks),
    }
}
