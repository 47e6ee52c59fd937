//! The table of lists: what the items of each can be searched by, in which orders they come, and by what each is known. Words
//! are the names that members have in JSON, as far as there is one.

use super::{By, Key, Listed, Member, Nature, Resource, Sort, Way};
use crate::api::{ALARM_PARAMETERS, GRANT_PARAMETERS, OCCUPANCY_PARAMETERS, PEOPLE_PARAMETERS};
use crate::past::PAST;
use crate::wire::alarm::Alarm;
use crate::wire::area::{Area, Occupant};
use crate::wire::bus::Bus;
use crate::wire::card::CardFormat;
use crate::wire::device::Device;
use crate::wire::grant::{Grant, MayOpen};
use crate::wire::operator::{Operator, PermissionRow, Token};
use crate::wire::organisation::{Agreement, Organisation, Profile};
use crate::wire::person::{Credential, Person};
use crate::wire::place::{Door, Point};
use crate::wire::plan::Plan;
use crate::wire::proposal::Proposal;
use crate::wire::rack::Rack;
use crate::wire::schedule::{Calendar, Schedule};
use crate::wire::session::Session;
use crate::wire::still::Camera;
use crate::wire::view::View;
use crate::wire::webhook::{GivenUp, Webhook};

macro_rules! known_by {
    ($($item:ty: $item_name:ident => $key:expr;)*) => {$(
        impl Listed for $item {
            fn key(&self) -> Key {
                let $item_name = self;
                $key
            }
        }
    )*};
}

mod alerts;
mod cameras;
mod inside;
mod past;
mod registers;
mod reviews;

pub(crate) use alerts::ALERTS;
pub(crate) use cameras::CAMERAS;
pub(crate) use inside::{AREA_COUNTS, INSIDERS, MUSTERS, VISITORS};
pub(crate) use past::{MAY_OPEN, MAY_PASS};
pub(crate) use registers::RACKS;
pub(crate) use reviews::{REVIEW_LINES, REVIEWS};

known_by! {
    Agreement: agreement => Key::of_id(&agreement.id);
    Alarm: alarm => Key::of_id(&alarm.id);
    Area: area => Key::of_id(&area.id);
    Bus: bus => Key::Text(bus.name.clone());
    Calendar: calendar => Key::of_id(&calendar.id);
    Camera: camera => Key::of_id(&camera.id);
    CardFormat: format => Key::Text(format.name.clone());
    Credential: credential => Key::of_id(&credential.id);
    Device: device => Key::of_id(&device.id);
    Door: door => Key::of_id(&door.id);
    GivenUp: message => Key::Number(message.seq);
    Grant: grant => Key::of_id(&grant.id);
    MayOpen: row => Key::of_id(&row.grant);
    Occupant: occupant => Key::of_id(&occupant.person);
    Operator: operator => Key::of_id(&operator.id);
    Organisation: organisation => Key::of_id(&organisation.id);
    PermissionRow: row => Key::Text(row.permission.clone());
    Person: person => Key::of_id(&person.id);
    Plan: plan => Key::Text(plan.id.clone());
    Point: point => Key::of_id(&point.id);
    Rack: rack => Key::of_id(&rack.id);
    Profile: profile => Key::of_id(&profile.id);
    Proposal: proposal => Key::of_id(&proposal.id);
    Schedule: schedule => Key::of_id(&schedule.id);
    Session: session => Key::of_id(&session.id);
    Token: token => Key::of_id(&token.id);
    View: view => Key::Number(view.entry);
    Webhook: webhook => Key::Text(webhook.name.clone());
}

const fn word(word: &'static str) -> Member {
    Member::new(word, Nature::Word)
}

const fn text(word: &'static str) -> Member {
    Member::new(word, Nature::Text)
}

const fn place(word: &'static str) -> Member {
    Member::new(word, Nature::Place)
}

const fn flag(word: &'static str) -> Member {
    Member::new(word, Nature::Flag)
}

const fn number(word: &'static str) -> Member {
    Member::new(word, Nature::Number)
}

/// Only in the order of ids: the list is read part by part in it.
const WALKED: &[Sort] = &[Sort::by_key("id", Way::Up)];

/// By id, and the other way round.
const BY_ID: &[Sort] = &[Sort::by_key("id", Way::Up), Sort::by_key("-id", Way::Down)];

/// For what is known by its name.
const KNOWN_BY_NAME: &[Sort] = &[Sort::by_key("name", Way::Up), Sort::by_key("-name", Way::Down)];

/// For what has an id and a name.
const BY_ID_OR_NAME: &[Sort] = &[
    Sort::by_key("id", Way::Up),
    Sort::by_key("-id", Way::Down),
    Sort::by("name", &[By::value("name", Way::Up)], Way::Up),
    Sort::by("-name", &[By::value("name", Way::Down)], Way::Up),
];

/// For what has an id and a path.
const BY_ID_OR_PATH: &[Sort] = &[
    Sort::by_key("id", Way::Up),
    Sort::by_key("-id", Way::Down),
    Sort::by("path", &[By::value("path", Way::Up)], Way::Up),
    Sort::by("-path", &[By::value("path", Way::Down)], Way::Up),
];

/// For what ends.
const BY_ID_OR_END: &[Sort] = &[
    Sort::by_key("id", Way::Up),
    Sort::by_key("-id", Way::Down),
    Sort::by("to_at", &[By::value("to_at", Way::Up)], Way::Up),
    Sort::by("-to_at", &[By::value("to_at", Way::Down)], Way::Down),
];

/// The doors.
pub(crate) static DOORS: Resource = Resource {
    members: &[
        word("id"),
        place("path"),
        word("kind"),
        Member::new("area", Nature::Area),
        word("mode"),
        word("contact"),
        word("lock"),
        word("handle"),
        word("key"),
        word("alarm"),
        word("secured"),
        text("words"),
        Member::lying("point", "points", Nature::Place),
    ],
    time: None,
    sorts: BY_ID_OR_PATH,
    own: &[],
    example: "area:hall-a -secured:secured",
};

/// Floor plans.
pub(crate) static PLANS: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        Member::new("area", Nature::Area),
        flag("generated"),
        word("floor"),
        word("revision"),
    ],
    time: Some("uploaded_at"),
    sorts: BY_ID_OR_NAME,
    own: &[],
    example: "area:hall-a generated:no",
};

/// Access points.
pub(crate) static POINTS: Resource = Resource {
    members: &[word("id"), place("path"), place("door"), word("level")],
    time: None,
    sorts: BY_ID_OR_PATH,
    own: &[],
    example: "level:card+pin",
};

/// Areas.
pub(crate) static AREAS: Resource = Resource {
    members: &[
        word("id"),
        place("path"),
        word("kind"),
        number("class"),
        text("owner"),
        Member::new("inside", Nature::Area),
        flag("ticket_required"),
        word("passback"),
        flag("path_proof"),
        flag("two_person"),
        word("threat_limit"),
        number("occupancy"),
        flag("locked_down"),
    ],
    time: None,
    sorts: BY_ID_OR_PATH,
    own: &[],
    example: "locked_down:yes",
};

/// Who is in an area.
pub(crate) static OCCUPANTS: Resource = Resource {
    members: &[Member::new("person", Nature::Person), text("name"), Member::new("place", Nature::Area)],
    time: Some("since_at"),
    sorts: &[
        Sort::by_key("person", Way::Up),
        Sort::by_key("-person", Way::Down),
        Sort::by("since_at", &[By::value("since_at", Way::Up)], Way::Up),
        Sort::by("-since_at", &[By::value("since_at", Way::Down)], Way::Down),
    ],
    own: OCCUPANCY_PARAMETERS,
    example: "to:-12h",
};

/// Alarms. The usual order is that in which they want an answer, as the desk shows it.
pub(crate) static ALARMS: Resource = Resource {
    members: &[
        word("id"),
        word("kind"),
        text("words"),
        number("priority"),
        word("source_kind"),
        place("source"),
        place("door"),
        flag("active"),
        word("state"),
        word("isa_state"),
        Member::lying("acked_by", "acked/acked_by", Nature::Word),
        word("assignee"),
        word("level"),
        word("label"),
        Member::lying("suppression", "suppression/kind", Nature::Word),
        flag("awaits_verdict"),
        Member::lying("verdict", "judgement/verdict", Nature::Word),
    ],
    time: Some("raised_at"),
    sorts: &[
        Sort::by("urgency", &[By::presence("acked", Way::Up), By::value("priority", Way::Up)], Way::Down),
        Sort::by_key("id", Way::Up),
        Sort::by_key("-id", Way::Down),
        Sort::by("raised_at", &[By::value("raised_at", Way::Up)], Way::Up),
        Sort::by("-raised_at", &[By::value("raised_at", Way::Down)], Way::Down),
        Sort::by("closed_at", &[By::value("closed_at", Way::Up)], Way::Up),
        Sort::by("-closed_at", &[By::value("closed_at", Way::Down)], Way::Down),
    ],
    own: ALARM_PARAMETERS,
    example: "forced priority:1,2 from:-24h",
};

/// Devices.
pub(crate) static DEVICES: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        word("role"),
        Member::lying("place", "places", Nature::Place),
        word("state"),
        flag("tamper"),
        text("model"),
        word("serial"),
        word("firmware"),
        word("trust"),
        word("grade"),
        Member::lying("misgiving", "misgivings", Nature::Word),
        word("enrolment"),
        Member::lying("bus", "line/bus", Nature::Word),
        Member::lying("job", "job/task", Nature::Word),
    ],
    time: None,
    sorts: BY_ID_OR_NAME,
    own: &[],
    example: "role:reader -state:online",
};

/// Serial buses.
pub(crate) static BUSES: Resource = Resource {
    members: &[
        word("name"),
        text("port"),
        number("baud"),
        word("state"),
        Member::lying("device", "devices/name", Nature::Text),
    ],
    time: None,
    sorts: KNOWN_BY_NAME,
    own: &[],
    example: "-state:up",
};

/// Persons.
pub(crate) static PEOPLE: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        word("status"),
        text("organisation"),
        word("clearance"),
        flag("extended_time"),
        flag("pin_set"),
        Member::new("place", Nature::Area),
    ],
    time: None,
    sorts: WALKED,
    own: PEOPLE_PARAMETERS,
    example: "name:rossi -status:left",
};

/// The credentials of one person.
pub(crate) static CREDENTIALS: Resource = Resource {
    members: &[word("id"), word("state"), word("valid_from_at"), word("valid_to_at"), word("locked_out_until_at")],
    time: None,
    sorts: BY_ID,
    own: PAST,
    example: "-state:enabled",
};

/// Card formats.
pub(crate) static CARD_FORMATS: Resource = Resource {
    members: &[word("name"), number("bits"), word("defined")],
    time: None,
    sorts: KNOWN_BY_NAME,
    own: &[],
    example: "bits:26",
};

/// Organisations.
pub(crate) static ORGANISATIONS: Resource =
    Resource { members: &[word("id"), text("name")], time: None, sorts: BY_ID_OR_NAME, own: &[], example: "name:bank" };

/// Agreements between organisations.
pub(crate) static AGREEMENTS: Resource = Resource {
    members: &[
        word("id"),
        text("owner"),
        text("guest"),
        Member::lying("area", "areas", Nature::Area),
        word("from_at"),
        word("to_at"),
        text("reason"),
    ],
    time: None,
    sorts: BY_ID_OR_END,
    own: PAST,
    example: "guest:bank area:hall-a",
};

/// Grants.
pub(crate) static GRANTS: Resource = Resource {
    members: &[
        word("id"),
        Member::new("person", Nature::Person),
        Member::lying("door", "doors", Nature::Place),
        text("profile"),
        text("schedule"),
        word("from_at"),
        word("to_at"),
        text("reason"),
        word("ticket"),
        number("uses_left"),
        flag("escort"),
        word("kind"),
        Member::lying("review", "review/state", Nature::Word),
        word("requested_by"),
        word("approved_by"),
        word("state"),
        word("standing"),
    ],
    time: None,
    sorts: WALKED,
    own: GRANT_PARAMETERS,
    example: "person:rossi door:hall-a/* standing:active",
};

/// Access profiles.
pub(crate) static PROFILES: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        text("organisation"),
        Member::lying("door", "policies/door", Nature::Place),
        Member::lying("schedule", "policies/schedule", Nature::Text),
    ],
    time: None,
    sorts: BY_ID_OR_NAME,
    own: PAST,
    example: "door:hall-a/*",
};

/// Schedules.
pub(crate) static SCHEDULES: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        word("time_zone"),
        Member::lying("window", "windows", Nature::Text),
        Member::lying("calendar", "special/calendar", Nature::Text),
        word("managed"),
    ],
    time: None,
    sorts: BY_ID_OR_NAME,
    own: PAST,
    example: "calendar:holidays managed:operator",
};

/// Calendars of special days.
pub(crate) static CALENDARS: Resource = Resource {
    members: &[word("id"), text("name"), Member::lying("day", "days", Nature::Text), word("managed")],
    time: None,
    sorts: BY_ID_OR_NAME,
    own: PAST,
    example: "day:2026-12-25",
};

/// Operators. Their names can be erased, so no order goes by them: it would stand in cursors.
pub(crate) static OPERATORS: Resource = Resource {
    members: &[
        word("id"),
        text("name"),
        word("role"),
        text("organisation"),
        word("state"),
        Member::lying("complete", "factors/complete", Nature::Flag),
        word("locked_out_until_at"),
    ],
    time: None,
    sorts: BY_ID,
    own: &[],
    example: "role:admin state:enabled",
};

/// Tokens.
pub(crate) static TOKENS: Resource = Resource {
    members: &[
        word("id"),
        word("owner"),
        word("made_by"),
        Member::lying("permission", "permissions", Nature::Word),
        word("from_at"),
        word("to_at"),
        word("state"),
    ],
    time: None,
    sorts: BY_ID_OR_END,
    own: &[],
    example: "state:counts permission:open_doors",
};

/// What waits for a second operator.
pub(crate) static PROPOSALS: Resource = Resource {
    members: &[word("id"), text("words"), word("permission"), text("reason"), word("by"), word("until_at")],
    time: None,
    sorts: BY_ID,
    own: &[],
    example: "-by:opr-2",
};

/// What each role may do.
pub(crate) static PERMISSIONS: Resource = Resource {
    members: &[
        word("permission"),
        flag("whole_site"),
        flag("step_up"),
        flag("two_operators"),
        Member::lying("role", "roles", Nature::Word),
    ],
    time: None,
    sorts: &[Sort::by_key("permission", Way::Up), Sort::by_key("-permission", Way::Down)],
    own: &[],
    example: "role:auditor",
};

/// Who looked at a person's record.
pub(crate) static VIEWS: Resource = Resource {
    members: &[number("entry"), word("by"), word("what"), text("reason")],
    time: Some("at"),
    sorts: &[Sort::by_key("-entry", Way::Down), Sort::by_key("entry", Way::Up)],
    own: &[],
    example: "what:revealed from:-24h",
};

/// Webhooks.
pub(crate) static WEBHOOKS: Resource = Resource {
    members: &[
        word("name"),
        text("origin"),
        Member::lying("event", "events", Nature::Word),
        word("content"),
        word("state"),
        text("last_failure"),
    ],
    time: None,
    sorts: KNOWN_BY_NAME,
    own: &[],
    example: "-state:open",
};

/// Messages that a webhook did not take.
pub(crate) static FAILURES: Resource = Resource {
    members: &[number("seq"), number("attempts"), text("cause")],
    time: Some("given_up_at"),
    sorts: &[Sort::by_key("seq", Way::Up)],
    own: &[],
    example: "\"answered 500\" from:-24h",
};

/// Sessions.
pub(crate) static SESSIONS: Resource = Resource {
    members: &[
        word("id"),
        word("operator"),
        text("name"),
        word("role"),
        text("organisation"),
        word("method"),
        word("network"),
        text("agent"),
        flag("current"),
    ],
    time: Some("began_at"),
    sorts: BY_ID,
    own: &[],
    example: "role:admin to:-8h",
};

/// Every list, with its items' kind by name.
#[cfg(test)]
pub(crate) fn all() -> Vec<(&'static Resource, crate::openapi::members::Known)> {
    use crate::openapi::members::Known;
    vec![
        (&AGREEMENTS, Known::members_of::<Agreement>()),
        (&ALARMS, Known::members_of::<Alarm>()),
        (&AREAS, Known::members_of::<Area>()),
        (&BUSES, Known::members_of::<Bus>()),
        (&CALENDARS, Known::members_of::<Calendar>()),
        (&CARD_FORMATS, Known::members_of::<CardFormat>()),
        (&CREDENTIALS, Known::members_of::<Credential>()),
        (&DEVICES, Known::members_of::<Device>()),
        (&DOORS, Known::members_of::<Door>()),
        (&FAILURES, Known::members_of::<GivenUp>()),
        (&GRANTS, Known::members_of::<Grant>()),
        (&MAY_OPEN, Known::members_of::<MayOpen>()),
        (&MAY_PASS, Known::members_of::<crate::wire::past::MayPass>()),
        (&OCCUPANTS, Known::members_of::<Occupant>()),
        (&OPERATORS, Known::members_of::<Operator>()),
        (&ORGANISATIONS, Known::members_of::<Organisation>()),
        (&PEOPLE, Known::members_of::<Person>()),
        (&PERMISSIONS, Known::members_of::<PermissionRow>()),
        (&PLANS, Known::members_of::<Plan>()),
        (&POINTS, Known::members_of::<Point>()),
        (&PROFILES, Known::members_of::<Profile>()),
        (&RACKS, Known::members_of::<Rack>()),
        (&PROPOSALS, Known::members_of::<Proposal>()),
        (&SCHEDULES, Known::members_of::<Schedule>()),
        (&SESSIONS, Known::members_of::<Session>()),
        (&TOKENS, Known::members_of::<Token>()),
        (&VIEWS, Known::members_of::<View>()),
        (&WEBHOOKS, Known::members_of::<Webhook>()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    #[test]
    fn everything_in_the_table_is_a_member_of_its_items() {
        for (place, (resource, known)) in all().into_iter().enumerate() {
            let is_there = |at: &str| {
                let path: Vec<String> = at.split('/').map(str::to_owned).collect();
                assert_eq!(known.without(&path), None, "list {place}: {at}");
            };
            resource.members.iter().for_each(|member| is_there(member.at));
            resource.time.into_iter().for_each(is_there);
            resource.sorts.iter().flat_map(Sort::members).for_each(is_there);
            let members: Vec<&Member> = resource.members.iter().collect();
            let (query, mistakes) = Query::read_of(resource.example, &members, resource.time_words());
            assert!(mistakes.is_empty() && !query.terms.is_empty(), "list {place}: {mistakes:?}");
            let mut words: Vec<&str> = members.iter().map(|member| member.word).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), members.len(), "list {place} has a word twice");
        }
    }
}
