//! The form of objects in files: which members each kind has, and in which shape. What they mean is the daemon's to say; a member
//! that nobody knows, a shape that is another, a kind that there is not, are told here with their place.

use rackward_core::site::draft::suggest::nearest;
use rackward_dashboard::wire::request::Unread;
use rackward_dashboard::wire::site_file::{API_VERSION, KINDS};
use serde_json::{Map, Value, json};
use toml::de::DeTable;

use crate::config::report::Problems;
use crate::config::table::{Span, Table};

/// What is written in the daemon's own site file and not here.
const ELSEWHERE: [&str; 9] = ["Door", "Rack", "Area", "Row", "Device", "Reader", "Handle", "Point", "Organisation"];

/// What a member holds.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Moment,
    Flag,
    Texts,
    Tables(&'static [Member]),
}

/// A member of a kind.
struct Member {
    name: &'static str,
    shape: Shape,
    needed: bool,
}

const fn needed(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, needed: true }
}

const fn optional(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, needed: false }
}

const SPECIAL: &[Member] = &[needed("calendar", Shape::Text), needed("windows", Shape::Texts)];
const POLICY: &[Member] = &[needed("points", Shape::Texts), optional("schedule", Shape::Text)];
const MEMBER: &[Member] = &[
    needed("person", Shape::Text),
    optional("from_at", Shape::Moment),
    needed("to_at", Shape::Moment),
    needed("reason", Shape::Text),
    optional("ticket", Shape::Text),
    optional("escort", Shape::Flag),
];
const TEST: &[Member] = &[
    needed("person", Shape::Text),
    needed("at", Shape::Moment),
    optional("open", Shape::Texts),
    optional("denied", Shape::Texts),
];

/// The members of a kind's `spec`.
fn members(kind: &str) -> &'static [Member] {
    match kind {
        "Calendar" => &const { [needed("days", Shape::Texts)] },
        "Schedule" => {
            &const {
                [
                    optional("time_zone", Shape::Text),
                    optional("windows", Shape::Texts),
                    optional("special", Shape::Tables(SPECIAL)),
                ]
            }
        }
        "Agreement" => {
            &const {
                [
                    needed("owner", Shape::Text),
                    needed("guest", Shape::Text),
                    needed("areas", Shape::Texts),
                    optional("from_at", Shape::Moment),
                    needed("to_at", Shape::Moment),
                    needed("reason", Shape::Text),
                ]
            }
        }
        "AccessProfile" => {
            &const {
                [
                    optional("organisation", Shape::Text),
                    optional("points", Shape::Texts),
                    optional("schedule", Shape::Text),
                    optional("policies", Shape::Tables(POLICY)),
                ]
            }
        }
        "Membership" => &const { [needed("profile", Shape::Text), needed("members", Shape::Tables(MEMBER))] },
        _ => {
            &const {
                [
                    needed("points", Shape::Texts),
                    optional("schedule", Shape::Text),
                    optional("windows", Shape::Texts),
                    needed("person", Shape::Text),
                    optional("from_at", Shape::Moment),
                    needed("to_at", Shape::Moment),
                    needed("reason", Shape::Text),
                    optional("ticket", Shape::Text),
                    optional("escort", Shape::Flag),
                ]
            }
        }
    }
}

/// What a file says, as far as it has the form.
#[derive(Default)]
pub(super) struct Read {
    /// Objects, and where their parts stand.
    pub(super) objects: Vec<(Value, Vec<(String, Span)>)>,
    /// Those with something wrong with them.
    pub(super) unread: Vec<Unread>,
}

/// The objects of a file: one, or those under `[[objects]]`.
pub(super) fn objects(root: &DeTable<'_>, problems: &mut Problems) -> Read {
    let mut read = Read::default();
    let mut whole = Table::new("the file".to_owned(), 0..0, root);
    if !whole.has("objects") {
        read.take(whole, problems);
        return read;
    }
    let tables = whole.tables("objects", "{ api_version = \"...\", kind = \"...\" }", problems).unwrap_or_default();
    whole.finish(problems);
    if !problems.is_empty() {
        // What stands there besides tables could be anything.
        read.unread.push(Unread::default());
    }
    tables.into_iter().for_each(|table| read.take(table, problems));
    read
}

impl Read {
    fn take(&mut self, table: Table<'_>, problems: &mut Problems) {
        let before = problems.count();
        let mut named = Unread::default();
        match object(table, &mut named, problems) {
            Some(object) if problems.count() == before => self.objects.push(object),
            Some(_) | None => self.unread.push(named),
        }
    }
}

fn object(mut table: Table<'_>, named: &mut Unread, problems: &mut Problems) -> Option<(Value, Vec<(String, Span)>)> {
    let mut spans = vec![(String::new(), table.header())];
    let version = table.required("api_version", problems);
    if let Some(version) = &version
        && version.value != API_VERSION
    {
        let message = "this version of the form is not known".to_owned();
        problems.add(version.span.clone(), message, format!("write api_version = \"{API_VERSION}\""));
    }
    let kind = kind(&mut table, problems);
    named.kind = kind.map(str::to_owned);
    if table.has("kind") {
        spans.push(("/kind".to_owned(), table.span_of("kind")));
    }
    let name = match table.table("metadata", "{ name = \"...\" }", problems) {
        Some(mut metadata) => {
            let name = metadata.required("name", problems);
            spans.push(("/metadata/name".to_owned(), metadata.span_of("name")));
            metadata.finish(problems);
            named.name = name.map(|name| name.value.trim().to_owned());
            named.name.clone()
        }
        None => {
            if !table.has("metadata") {
                problems.add(table.header(), "the object has no name", "add metadata = { name = \"...\" }");
            }
            None
        }
    };
    let tests = tables(&mut table, "tests", TEST, "", &mut spans, problems);
    let Some(kind) = kind else {
        table.pass_over(&["spec"]);
        table.finish(problems);
        return None;
    };
    let spec = match table.table("spec", "{ ... }", problems) {
        Some(mut spec) => {
            spans.push(("/spec".to_owned(), spec.header()));
            let read = read_members(&mut spec, members(kind), "/spec", &mut spans, problems);
            spec.finish(problems);
            read
        }
        None => {
            if !table.has("spec") {
                problems.add(table.header(), format!("the {kind} says nothing"), "add a table [spec]");
            }
            return None;
        }
    };
    table.finish(problems);
    let mut object = json!({ "api_version": API_VERSION, "kind": kind, "metadata": { "name": name? }, "spec": spec });
    if let Some(tests) = tests {
        object["tests"] = tests;
    }
    Some((object, spans))
}

fn kind(table: &mut Table<'_>, problems: &mut Problems) -> Option<&'static str> {
    let written = table.required("kind", problems)?;
    let known = KINDS.into_iter().find(|kind| *kind == written.value);
    if known.is_none() {
        let help = match written.value {
            "Person" => "people come from a list of people (rackward person import), or are made by hand".to_owned(),
            elsewhere if ELSEWHERE.contains(&elsewhere) => {
                "places, devices and organisations stand in the daemon's own site file".to_owned()
            }
            other => match nearest(other, KINDS) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("it is one of {}", KINDS.join(", ")),
            },
        };
        problems.add(written.span, "there is no such kind of object here", help);
    }
    known
}

fn read_members(
    table: &mut Table<'_>,
    members: &'static [Member],
    at: &str,
    spans: &mut Vec<(String, Span)>,
    problems: &mut Problems,
) -> Map<String, Value> {
    let mut read = Map::new();
    for Member { name, shape, needed } in members {
        let here = format!("{at}/{name}");
        if table.has(name) {
            // Of a hundred thousand members the line of each is enough.
            if !at.starts_with("/spec/members/") {
                spans.push((here.clone(), table.span_of(name)));
            }
        } else if *needed {
            table.pass_over(&[name]);
            problems.add(table.header(), format!("\"{name}\" is missing"), format!("add {name} = ..."));
            continue;
        }
        let value = match shape {
            Shape::Text => table.text(name, problems).map(|text| json!(text.value)),
            Shape::Moment => table.moment(name, problems).map(|moment| json!(moment.value)),
            Shape::Flag => table.has(name).then(|| table.flag(name, problems)).flatten().map(Value::Bool),
            Shape::Texts => table.texts_or_none(name, problems).map(|texts| {
                for (place, text) in texts.iter().enumerate() {
                    spans.push((format!("{here}/{place}"), text.span.clone()));
                }
                texts.iter().map(|text| text.value).collect()
            }),
            Shape::Tables(members) => tables(table, name, members, at, spans, problems),
        };
        table.pass_over(&[name]);
        read.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    read
}

fn tables(
    table: &mut Table<'_>,
    name: &'static str,
    members: &'static [Member],
    at: &str,
    spans: &mut Vec<(String, Span)>,
    problems: &mut Problems,
) -> Option<Value> {
    let inner = table.tables(name, "{ ... }", problems)?;
    let mut read = Vec::with_capacity(inner.len());
    for (place, mut one) in inner.into_iter().enumerate() {
        let here = format!("{at}/{name}/{place}");
        spans.push((here.clone(), one.header()));
        read.push(Value::Object(read_members(&mut one, members, &here, spans, problems)));
        one.finish(problems);
    }
    Some(Value::Array(read))
}
