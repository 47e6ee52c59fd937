//! How the values of entries about alerts, and what alarms are about, are written. A query is told as it was written; an entry is not found by what it asks for.

use rackward_core::alarm::AlarmSource;
use rackward_core::alert::{AlertPlace, AlertTerms};
use rackward_core::id::AlertId;

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};
use crate::wire::at::At;
use crate::wire::names::{Places, actor_words, source_word};

parts! {
    AlertId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::word(Field::Note, &value.to_string()));
}

impl Part for Box<AlertTerms> {
    fn put(&self, _field: &str, context: Context<'_>, members: &mut Members) {
        let organisation = self.organisation.map(|organisation| Places(context.site).organisation(organisation));
        members.add("name", self.name.as_str());
        members.add("query", self.query.as_str());
        members.add("priority", self.priority.kind().priority().number());
        members.add("owner", actor_words(self.owner));
        members.add("organisation", organisation);
        members.add("until_at", At(self.until).to_string());
        self.response.put("response", context, members);
        self.reason.put("reason", context, members);
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, &self.name), context.site);
        marks.add(Mark::word(Field::By, &actor_words(self.owner)), context.site);
        self.response.mark("response", context, marks);
        self.reason.mark("reason", context, marks);
    }
}

impl Part for AlarmSource {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        members.add(format!("{field}_kind"), source_word(*self));
        if let Self::Alert { alert, .. } = self {
            alert.put("alert", context, members);
        }
        members.add(field, Places(context.site).source(*self));
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        match self {
            Self::Site => {}
            Self::Door(id) => id.mark("source", context, marks),
            Self::Device(id) => id.mark("source", context, marks),
            Self::Zone(id) => id.mark("source", context, marks),
            Self::Area(id) => id.mark("source", context, marks),
            Self::Grant(id) => id.mark("source", context, marks),
            Self::Credential(id) => id.mark("source", context, marks),
            Self::Line(id) => marks.add(Mark::word(Field::Note, &Places(context.site).line(*id)), context.site),
            Self::Point(id) => id.mark("source", context, marks),
            Self::Operator(id) => marks.add(Mark::word(Field::By, &id.to_string()), context.site),
            Self::Camera(id) => id.mark("source", context, marks),
            Self::Alert { alert, place } => {
                alert.mark("alert", context, marks);
                place.mark("source", context, marks);
            }
        }
    }
}

impl Part for AlertPlace {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        members.add(field, Places(context.site).source(self.source()));
    }

    fn mark(&self, field: &str, context: Context<'_>, marks: &mut Marks) {
        self.source().mark(field, context, marks);
    }
}
