//! What people see of each kind of thing, column by column. The order of columns in `plain` output is a promise to
//! scripts: new ones come last.

use super::{Column, Shape};

const fn column(head: &'static str, member: &'static str, shape: Shape) -> Column {
    Column { head, member, shape }
}

/// Alarms.
pub(crate) const ALARMS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PRIO", "priority", Shape::Priority),
    column("SINCE", "raised_at", Shape::Instant),
    column("WHAT", "kind", Shape::Text),
    column("WHERE", "source", Shape::Text),
    column("CONDITION", "active", Shape::Presence("active", "returned")),
    column("ACKNOWLEDGED BY", "acked.acked_by", Shape::Text),
    column("REVISION", "revision", Shape::Text),
];

/// Sessions.
pub(crate) const SESSIONS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("OPERATOR", "operator", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("BY", "method", Shape::Text),
    column("FROM", "network", Shape::Text),
    column("SINCE", "began_at", Shape::Instant),
    column("USED", "used_at", Shape::Instant),
    column("BROWSER", "agent", Shape::Text),
];

/// Contexts.
pub(crate) const CONTEXTS: &[Column] = &[
    column("CONTEXT", "name", Shape::Text),
    column("CURRENT", "current", Shape::Presence("yes", "no")),
    column("SERVER", "server", Shape::Text),
    column("BY", "signed_in_by", Shape::Text),
];

/// Doors.
pub(crate) const DOORS: &[Column] = &[
    column("DOOR", "path", Shape::Text),
    column("KIND", "kind", Shape::Text),
    column("SECURED", "secured", Shape::Text),
    column("MODE", "mode", Shape::Text),
    column("CONTACT", "contact", Shape::Text),
    column("LOCK", "lock", Shape::Text),
    column("HANDLE", "handle", Shape::Text),
    column("ALARM", "alarm", Shape::Text),
];

/// Cameras.
pub(crate) const CAMERAS: &[Column] = &[
    column("CAMERA", "name", Shape::Text),
    column("ID", "id", Shape::Text),
    column("ANSWERS", "health", Shape::Text),
    column("EVIDENCE", "evidence", Shape::Presence("yes", "no")),
    column("LAST PICTURE", "last_picture_at", Shape::Instant),
    column("PAST", "past", Shape::Text),
    column("TROUBLE", "trouble_words", Shape::Text),
];

/// Devices.
pub(crate) const DEVICES: &[Column] = &[
    column("DEVICE", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("COVER", "tamper", Shape::Known("open", "closed")),
    column("WHERE", "places", Shape::Paths),
    column("MODEL", "model", Shape::Text),
    column("SERIAL", "serial", Shape::Text),
    column("FIRMWARE", "firmware", Shape::Text),
    column("BUS", "line.bus", Shape::Text),
    column("ADDRESS", "line.address", Shape::Text),
    column("KEY", "line.has_key", Shape::Known("yes", "no")),
    column("TRUST", "trust", Shape::Text),
    column("JOB", "job.task", Shape::Text),
    column("GRADE", "grade", Shape::Text),
    column("BECAUSE", "misgivings", Shape::Texts),
    column("CERTIFICATE UNTIL", "certificate.until_at", Shape::Instant),
    column("RIGHTS OF", "rights.held.generation", Shape::Generation),
    column("RIGHTS UNTIL", "rights.held.until_at", Shape::Instant),
    column("CLOCK MS", "clock_offset_ms", Shape::Text),
    column("IDENTITY", "enrolment", Shape::Text),
];

/// Devices that have not yet applied the rights they should hold.
pub(crate) const BEHIND: &[Column] = &[
    column("DEVICE", "device", Shape::Text),
    column("WHERE", "place", Shape::Text),
    column("STILL HONOURS UNTIL", "honours_until_at", Shape::Instant),
    column("BEHIND SINCE", "since_at", Shape::Instant),
    column("GENERATION", "generation", Shape::Generation),
];

/// Cards that a device opens for by itself.
pub(crate) const EXPOSED: &[Column] = &[
    column("PERSON", "person", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("CARD", "credential", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("WHEN", "windows", Shape::Windows),
];

/// Buses.
pub(crate) const BUSES: &[Column] = &[
    column("BUS", "name", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("PORT", "port", Shape::Text),
    column("SPEED", "baud", Shape::Text),
    column("DEVICES", "devices", Shape::Count),
    column("FRAMES", "frames", Shape::Text),
    column("FALSE STARTS", "false_starts", Shape::Text),
    column("CUT OFF", "cut_off", Shape::Text),
    column("ECHOES", "echoes", Shape::Text),
];

/// Webhooks.
pub(crate) const WEBHOOKS: &[Column] = &[
    column("WEBHOOK", "name", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("WHERE", "origin", Shape::Text),
    column("EVENTS", "events", Shape::Texts),
    column("WAITING", "waiting", Shape::Text),
    column("GIVEN UP", "failures", Shape::Text),
    column("LAST TAKEN", "last_delivery_at", Shape::Instant),
    column("LAST FAILURE", "last_failure", Shape::Text),
];

/// Messages that a webhook did not take.
pub(crate) const GIVEN_UP: &[Column] = &[
    column("ENTRY", "seq", Shape::Text),
    column("GIVEN UP", "given_up_at", Shape::Instant),
    column("ATTEMPTS", "attempts", Shape::Text),
    column("WHY", "cause", Shape::Text),
];

/// The devices of one bus.
pub(crate) const BUS_DEVICES: &[Column] = &[
    column("ADDRESS", "address", Shape::Text),
    column("DEVICE", "name", Shape::Text),
    column("STATE", "online", Shape::Presence("online", "offline")),
    column("KEY", "has_key", Shape::Presence("yes", "no")),
    column("SPEED", "baud", Shape::Text),
    column("ANSWER US", "answer_us", Shape::Text),
    column("FAILURES", "failures", Shape::Text),
    column("SENT", "transfer.sent_bytes", Shape::Text),
    column("OF", "transfer.total_bytes", Shape::Text),
];

/// Whom a search of a bus found.
pub(crate) const SCAN: &[Column] = &[
    column("ADDRESS", "address", Shape::Text),
    column("SPEED", "baud", Shape::Text),
    column("WHO", "identity", Shape::Text),
];

/// Entries of the journal, as CloudEvents.
pub(crate) const EVENTS: &[Column] = &[
    column("SEQ", "id", Shape::Text),
    column("TIME", "time", Shape::Instant),
    column("EVENT", "type", Shape::EventName),
    column("WHERE", "subject", Shape::Text),
    column("WHAT", "data.sentence", Shape::Text),
];

/// People.
pub(crate) const PEOPLE: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("STATUS", "status", Shape::Text),
    column("PIN", "pin_set", Shape::Presence("set", "not set")),
    column("ORGANISATION", "organisation", Shape::Text),
    column("PLACE", "place", Shape::Text),
    column("SINCE", "since_at", Shape::Instant),
];

/// Credentials.
pub(crate) const CREDENTIALS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("FROM", "valid_from_at", Shape::Instant),
    column("TO", "valid_to_at", Shape::Instant),
    column("LOCKED OUT UNTIL", "locked_out_until_at", Shape::Instant),
];

/// Card formats.
pub(crate) const CARD_FORMATS: &[Column] = &[
    column("FORMAT", "name", Shape::Text),
    column("BITS", "bits", Shape::Text),
    column("FACILITY", "facility", Shape::Text),
    column("ISSUE", "issue", Shape::Text),
    column("NUMBER", "number", Shape::Text),
    column("DEFINED", "defined", Shape::Text),
];

/// Grants.
pub(crate) const GRANTS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("STATE", "standing", Shape::Text),
    column("FROM", "from_at", Shape::Instant),
    column("TO", "to_at", Shape::Instant),
    column("WEEK", "weekly", Shape::When),
    column("TICKET", "ticket", Shape::Text),
    column("DOORS", "doors", Shape::Right),
    column("REASON", "reason", Shape::Text),
    column("USES LEFT", "uses_left", Shape::Text),
    column("ESCORT", "escort", Shape::Presence("needed", "no")),
];

/// Who may pass somewhere.
pub(crate) const MAY_OPEN: &[Column] = &[
    column("PERSON", "person.id", Shape::Text),
    column("NAME", "person.name", Shape::Text),
    column("GRANT", "grant", Shape::Text),
    column("PROFILE", "profile", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("TICKET", "ticket", Shape::Text),
    column("REASON", "reason", Shape::Text),
    column("ESCORT", "escort", Shape::Presence("needed", "no")),
];

/// The same for the doors of a rack.
pub(crate) const MAY_OPEN_OF_RACK: &[Column] = &[
    column("DOOR", "door", Shape::Text),
    column("PERSON", "person.id", Shape::Text),
    column("NAME", "person.name", Shape::Text),
    column("GRANT", "grant", Shape::Text),
    column("PROFILE", "profile", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("TICKET", "ticket", Shape::Text),
    column("REASON", "reason", Shape::Text),
    column("ESCORT", "escort", Shape::Presence("needed", "no")),
];

/// Where somebody may pass.
pub(crate) const MAY_PASS: &[Column] = &[
    column("POINT", "point", Shape::Text),
    column("GRANT", "grant", Shape::Text),
    column("PROFILE", "profile", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("TICKET", "ticket", Shape::Text),
    column("REASON", "reason", Shape::Text),
    column("ESCORT", "escort", Shape::Presence("needed", "no")),
];

/// Whom changes would treat differently.
pub(crate) const SIMULATED: &[Column] = &[
    column("PERSON", "person.id", Shape::Text),
    column("NAME", "person.name", Shape::Text),
    column("POINT", "point", Shape::Text),
    column("NOW", "before.treatment", Shape::Text),
    column("THEN", "after.treatment", Shape::Text),
    column("WHY", "after.reason", Shape::Text),
    column("TIMES", "times", Shape::Text),
    column("LAST", "last_at", Shape::Instant),
    column("EVENT", "example", Shape::Text),
];

/// Grants that wait for approval.
pub(crate) const REQUESTS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("ASKED BY", "requested_by", Shape::Text),
    column("WANTED", "approvals_wanted", Shape::Text),
    column("APPROVED BY", "approved_by", Shape::Texts),
    column("FROM", "from_at", Shape::Instant),
    column("TO", "to_at", Shape::Instant),
    column("TICKET", "ticket", Shape::Text),
    column("DOORS", "doors", Shape::Right),
    column("REASON", "reason", Shape::Text),
];

/// Emergency rights that nobody has reviewed.
pub(crate) const UNREVIEWED: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("OPENED BY", "requested_by", Shape::Text),
    column("REVIEW DUE", "review.due_at", Shape::Instant),
    column("STATE", "standing", Shape::Text),
    column("TO", "to_at", Shape::Instant),
    column("DOORS", "doors", Shape::Right),
    column("REASON", "reason", Shape::Text),
];

/// Schedules.
pub(crate) const SCHEDULES: &[Column] = &[
    column("NAME", "name", Shape::Text),
    column("ZONE", "time_zone", Shape::Text),
    column("WINDOWS", "windows", Shape::Texts),
    column("SPECIAL DAYS", "special", Shape::SpecialDays),
    column("MANAGED BY", "managed", Shape::Text),
];

/// When a schedule opens and closes.
pub(crate) const PREVIEW: &[Column] = &[
    column("LOCAL TIME", "local", Shape::Local),
    column("SCHEDULE", "change", Shape::Text),
    column("INSTANT", "at", Shape::Instant),
];

/// Calendars of special days.
pub(crate) const CALENDARS: &[Column] = &[
    column("NAME", "name", Shape::Text),
    column("DAYS", "days", Shape::Texts),
    column("MANAGED BY", "managed", Shape::Text),
];

/// Access profiles.
pub(crate) const PROFILES: &[Column] = &[
    column("NAME", "name", Shape::Text),
    column("ORGANISATION", "organisation", Shape::Text),
    column("DOORS", "policies", Shape::PolicyDoors),
    column("SCHEDULES", "policies", Shape::PolicySchedules),
];

/// Organisations.
pub(crate) const ORGANISATIONS: &[Column] = &[column("ID", "id", Shape::Text), column("NAME", "name", Shape::Text)];

/// Agreements.
pub(crate) const AGREEMENTS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("OWNER", "owner", Shape::Text),
    column("GUEST", "guest", Shape::Text),
    column("AREAS", "areas", Shape::Texts),
    column("FROM", "from_at", Shape::Instant),
    column("TO", "to_at", Shape::Instant),
    column("REASON", "reason", Shape::Text),
];

/// Areas.
pub(crate) const AREAS: &[Column] = &[
    column("AREA", "path", Shape::Text),
    column("KIND", "kind", Shape::Text),
    column("CLASS", "class", Shape::Text),
    column("OWNER", "owner", Shape::Text),
    column("INSIDE NOW", "occupancy", Shape::Text),
    column("LOCKDOWN", "locked_down", Shape::Presence("locked down", "no")),
    column("TICKET", "ticket_required", Shape::Presence("required", "no")),
    column("APPROVALS", "approvals", Shape::Text),
    column("PASSBACK", "passback", Shape::Text),
    column("PATH PROOF", "path_proof", Shape::Presence("required", "no")),
    column("AT MOST", "max_occupancy", Shape::Text),
    column("TWO PERSONS", "two_person", Shape::Presence("required", "no")),
    column("THREAT LIMIT", "threat_limit", Shape::Text),
];

/// Who is inside an area.
pub(crate) const OCCUPANCY: &[Column] = &[
    column("ID", "person", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("PLACE", "place", Shape::Text),
    column("SINCE", "since_at", Shape::Instant),
];

/// Racks.
pub(crate) const RACKS: &[Column] = &[
    column("RACK", "path", Shape::Text),
    column("OWNER", "owner", Shape::Text),
    column("DOORS", "doors", Shape::Paths),
    column("SECURED", "secured", Shape::Text),
    column("LOCKDOWN", "locked_down", Shape::Presence("locked down", "no")),
];

/// Racks as an asset register has them.
pub(crate) const RACK_ASSETS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("RACK", "rack", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("SITE", "site", Shape::Text),
    column("LOCATION", "location", Shape::Text),
    column("STATUS", "status", Shape::Text),
    column("TENANT", "tenant", Shape::Text),
    column("SERIAL", "serial", Shape::Text),
    column("ASSET TAG", "asset_tag", Shape::Text),
    column("GONE SINCE", "gone_at", Shape::Instant),
];

/// Access points.
pub(crate) const POINTS: &[Column] = &[
    column("POINT", "path", Shape::Text),
    column("DOOR", "door", Shape::Text),
    column("LEVEL", "level", Shape::Text),
    column("ELSE", "by_schedule.level", Shape::Text),
    column("WHILE", "by_schedule.schedule", Shape::Text),
];
/// The people of the simulated world.
pub(crate) const SIMULATED_PEOPLE: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("CARD", "card", Shape::Text),
    column("MAY", "may", Shape::Text),
];

/// Who runs the site.
pub(crate) const OPERATORS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("ORGANISATION", "organisation", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("CAN SIGN IN", "factors.complete", Shape::Known("yes", "not yet")),
    column("LOCKED OUT UNTIL", "locked_out_until_at", Shape::Instant),
];

/// Tokens of programs.
pub(crate) const TOKENS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("OWNER", "owner", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("UNTIL", "to_at", Shape::Instant),
    column("FOR", "permissions", Shape::Texts),
];

/// What waits for a second operator.
pub(crate) const PROPOSALS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("WHAT", "words", Shape::Text),
    column("BY", "by", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("REASON", "reason", Shape::Text),
    column("TAKES", "permission", Shape::Text),
];

/// Which role may do what.
pub(crate) const PERMISSIONS: &[Column] = &[
    column("PERMISSION", "permission", Shape::Text),
    column("STEP-UP", "step_up", Shape::Known("yes", "no")),
    column("REACH", "whole_site", Shape::Known("whole site", "own")),
    column("OPERATORS", "two_operators", Shape::Known("two", "one")),
    column("ROLES", "roles", Shape::Texts),
];

/// Who is inside.
pub(crate) const INSIDERS: &[Column] = &[
    column("WHO", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("WHERE", "area", Shape::Text),
    column("SINCE", "since_at", Shape::Instant),
    column("BY", "entered_by", Shape::Text),
    column("SURE", "confidence", Shape::Text),
    column("LAST SEEN", "last_seen.place", Shape::Text),
    column("SEEN", "last_seen.at", Shape::Instant),
    column("ESCORT", "escort.id", Shape::Text),
    column("COMPANY", "company", Shape::Text),
    column("DISABLED", "disabled_words", Shape::Text),
];

/// How many are in each area.
pub(crate) const AREA_COUNTS: &[Column] = &[
    column("AREA", "area", Shape::Text),
    column("INSIDE", "count", Shape::Text),
    column("SURE", "confidence", Shape::Text),
    column("BECAUSE", "confidence_words", Shape::Text),
    column("WRONG SINCE", "wrong_since_at", Shape::Instant),
    column("DOUBT", "wrong_words", Shape::Text),
];

/// Visitors.
pub(crate) const VISITORS: &[Column] = &[
    column("VISITOR", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("COMPANY", "company", Shape::Text),
    column("HOST", "host.id", Shape::Text),
    column("WHERE", "area", Shape::Text),
    column("SINCE", "since_at", Shape::Instant),
    column("UNTIL", "until_at", Shape::Instant),
    column("LEFT", "left_at", Shape::Instant),
    column("REASON", "reason", Shape::Text),
];

/// Musters.
pub(crate) const MUSTERS: &[Column] = &[
    column("MUSTER", "id", Shape::Text),
    column("KIND", "kind", Shape::Text),
    column("WHERE", "area", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("STARTED", "started_at", Shape::Instant),
    column("MISSING", "counts.missing", Shape::Text),
    column("UNSURE", "counts.unsure", Shape::Text),
    column("SAFE", "counts.safe", Shape::Text),
    column("REASON", "reason", Shape::Text),
];

/// People on the list of a muster.
pub(crate) const MUSTER_PEOPLE: &[Column] = &[
    column("WHO", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("WAS IN", "area", Shape::Text),
    column("SURE", "confidence", Shape::Text),
    column("LAST SEEN", "last_seen.place", Shape::Text),
    column("SEEN", "last_seen.at", Shape::Instant),
    column("SAID BY", "said.by", Shape::Text),
    column("AT", "said.where", Shape::Text),
    column("NOTE", "said.note", Shape::Text),
];

/// Doors that are in another mode than by themselves.
pub(crate) const SHIFT_DOORS: &[Column] =
    &[column("DOOR", "path", Shape::Text), column("MODE", "mode", Shape::Text), column("IS", "words", Shape::Text)];

/// Access reviews.
pub(crate) const REVIEWS: &[Column] = &[
    column("REVIEW", "id", Shape::Text),
    column("SCOPE", "scope", Shape::Texts),
    column("STATE", "state", Shape::Text),
    column("DUE", "due_at", Shape::Instant),
    column("LINES", "counts.lines", Shape::Text),
    column("UNDECIDED", "counts.undecided", Shape::Text),
    column("AT THE END", "undecided", Shape::Text),
    column("REASON", "reason", Shape::Text),
];

/// Alerts.
pub(crate) const ALERTS: &[Column] = &[
    column("ALERT", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("P", "priority", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("OWNER", "owner", Shape::Text),
    column("UNTIL", "until_at", Shape::Instant),
    column("MATCHES", "matches", Shape::Text),
    column("LAST", "matched_at", Shape::Instant),
    column("QUERY", "query", Shape::Text),
];

/// Lines of an access review.
pub(crate) const REVIEW_LINES: &[Column] = &[
    column("LINE", "line", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("PERSON", "person.id", Shape::Text),
    column("NAME", "person.name", Shape::Text),
    column("GRANT", "grant", Shape::Text),
    column("RIGHT", "doors", Shape::Right),
    column("BY", "given_by", Shape::Text),
    column("TICKET", "ticket", Shape::Text),
    column("WHY", "reason", Shape::Text),
    column("USED", "used_at", Shape::Instant),
    column("UNTIL", "to_at", Shape::Instant),
    column("SINCE LAST", "since_last", Shape::Text),
    column("REVIEWER", "reviewer", Shape::Text),
    column("NOTE", "decided.note", Shape::Text),
];
