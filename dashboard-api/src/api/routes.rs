//! Every route of the API, once: the router and the document are both made from this table, and so is what each route takes of
//! an operator. What a handler does is in the file of its subject.

mod alerts;
mod desk;
mod drawings;
mod inside;
mod moments;
mod own;
mod patterns;
mod registers;
mod reviews;
mod site_files;
mod stills;
mod support;
mod two;
mod webhooks;

use rackward_core::permission::Permission::{
    GiveRights, Guard, GuardSite, Locate, ManageDevices, ManageOperators, ManageSelf, OpenDoors, Reveal,
    ReviewEmergencies, SetSchedules, TryCanaries, ViewHealth, ViewJournal, ViewMetrics, ViewOperators, ViewPeople,
    ViewSite,
};

use super::{
    areas, buses, calendars, changes, credentials, devices, doors, emergency, enrolment, entitled, events, explain,
    export, grants, health, history, locate, metrics, operators, organisations, patches, people, profiles, proposals,
    receipts, schedules, singles, status, tokens, views,
};
use crate::body::{MAX_CHANGES_BYTES, MAX_FIRMWARE_BYTES};
use crate::lists::resources::{self, PERMISSIONS};
use crate::openapi::table::{Routes, Table, delete, get, patch, post, put};
use crate::past::PAST;

use crate::openapi::operation::ZIP;

/// Every route of the API. The router is made from this table, and so is the API's document.
pub(crate) fn table() -> Table {
    Table(vec![
        of_places(),
        drawings::of_plans(),
        registers::of_racks(),
        desk::of_alarms(),
        alerts::of_alerts(),
        stills::of_cameras(),
        of_people(),
        of_rights(),
        moments::of_moments(),
        reviews::of_reviews(),
        site_files::of_site_files(),
        of_schedules(),
        of_devices(),
        patterns::of_patterns(),
        two::with_proposals(reviews::with_links(of_operators())),
        webhooks::of_webhooks(),
        of_the_site(),
        support::of_support(),
        inside::of_those_inside(),
        inside::of_the_shift(),
        own::of_certificates(),
        own::signing_in(),
        own::of_sessions(),
        own::of_accounts(),
        open(),
    ])
}

fn of_places() -> Routes {
    Routes::about("places", "Doors, access points and areas: how they are, and what is ordered of them.")
        .at("/api/v1/doors", [get(doors::list, "Doors, as they stand").lists(&resources::DOORS).takes(ViewSite)])
        .at("/api/v1/doors/{id}", [get(doors::show, "One door, as it stands").takes(ViewSite)])
        .at(
            "/api/v1/doors/{id}/who",
            [get(entitled::at_door, "Who may open a door").lists(&resources::MAY_OPEN).takes(ViewPeople)],
        )
        .at("/api/v1/doors/open", [post(doors::open, "Release a door once").takes(OpenDoors)])
        .at("/api/v1/doors/mode", [post(doors::order_mode, "Put a door into another mode").takes(OpenDoors)])
        .at("/api/v1/points", [get(doors::points, "Access points").lists(&resources::POINTS).takes(ViewSite)])
        .at("/api/v1/areas", [get(areas::list, "Areas, as they stand").lists(&resources::AREAS).takes(ViewSite)])
        .at(
            "/api/v1/areas/occupancy",
            [get(areas::occupancy, "Who is in an area").takes(ViewPeople).lists(&resources::OCCUPANTS)],
        )
        .at("/api/v1/areas/{id}", [get(areas::show, "One area, as it stands").takes(ViewSite)])
        .at("/api/v1/areas/lockdown", [post(areas::lock_down, "Lock an area down").takes(GuardSite)])
        .at("/api/v1/areas/release", [post(areas::release, "End an area's lockdown").takes(GuardSite)])
        .at("/api/v1/presence/forgive", [post(areas::forgive, "Forget where somebody, or everybody, is").takes(Guard)])
        .at("/api/v1/threat-level", [post(areas::set_threat_level, "Set the site's threat level").takes(GuardSite)])
}

fn of_devices() -> Routes {
    let devices = Routes::about("devices", "Readers, locks and handles, and the lines they hang on.")
        .at(
            "/api/v1/devices",
            [get(devices::list, "Devices, as they stand").lists(&resources::DEVICES).takes(ViewHealth)],
        )
        .at("/api/v1/devices/{device}", [get(devices::show, "One device, as it stands").takes(ViewHealth)])
        .at(
            "/api/v1/devices/{device}/job",
            [
                post(devices::start_job, "Begin work with a device").takes(ManageDevices).begins(),
                delete(devices::stop_job, "Stop the work with a device").takes(ManageDevices).begins(),
            ],
        )
        .at(
            "/api/v1/devices/{device}/accept",
            [post(devices::accept, "Accept a device that answers for another").takes(ManageDevices)],
        )
        .at(
            "/api/v1/devices/{device}/enrol",
            [post(enrolment::enrol, "Make a code with which a device enrols once")
                .takes(ManageDevices)
                .makes()
                .secret()],
        )
        .at(
            "/api/v1/devices/{device}/certificates/revoke",
            [post(enrolment::revoke, "Take a device's certificates out of use").takes(ManageDevices)],
        )
        .at(
            "/api/v1/devices/{device}/exposure",
            [get(receipts::exposure, "For whom a device opens by itself if its link dies now").takes(ViewPeople)],
        );
    with_lines(devices)
}

/// What devices are reached by: brokers, firmware, buses.
fn with_lines(routes: Routes) -> Routes {
    const NDJSON: &str = "application/x-ndjson";
    routes
        .at("/api/v1/locate", [post(locate::locate, "Let handles show where they are").takes(Locate)])
        .at(
            "/api/v1/canaries",
            [post(locate::try_canaries, "Try a card that nobody has on every device").takes(TryCanaries).begins()],
        )
        .at(
            "/api/v1/mqtt/acl",
            [get(enrolment::acl, "Topic rules for an external broker")
                .exports()
                .takes(ManageDevices)
                .media("text/plain")
                .also(409)],
        )
        .at(
            "/api/v1/mqtt/authority",
            [get(enrolment::authority, "The certificate of the site's authority")
                .exports()
                .takes(ManageDevices)
                .media("application/pem-certificate-chain")
                .also(409)],
        )
        .at(
            "/api/v1/mqtt/crl",
            [get(enrolment::crl, "The certificates that no longer count")
                .exports()
                .takes(ManageDevices)
                .media("application/x-pem-file")
                .also(409)],
        )
        .at(
            "/api/v1/firmware",
            [put(devices::keep_firmware, "Keep a signed firmware image for jobs")
                .takes(ManageDevices)
                .makes()
                // An image is larger than any other body.
                .body_bytes(MAX_FIRMWARE_BYTES)],
        )
        .at(
            "/api/v1/buses",
            [get(buses::list, "Serial buses, as they stand").lists(&resources::BUSES).takes(ViewHealth)],
        )
        .at(
            "/api/v1/buses/{bus}/scan",
            [post(buses::scan, "Search a bus for devices, line by line").takes(ManageDevices).media(NDJSON)],
        )
        .at(
            "/api/v1/buses/{bus}/trace",
            [post(buses::trace, "Watch a bus, line by line").takes(ManageDevices).media(NDJSON)],
        )
}

fn of_people() -> Routes {
    let people = Routes::about("people", "Persons, what they present, and the organisations they belong to.")
        .at(
            "/api/v1/people",
            [
                get(people::list, "Persons, page by page").takes(ViewPeople).lists(&resources::PEOPLE),
                post(people::create, "Add a person").takes(GiveRights).makes(),
            ],
        )
        .at(
            "/api/v1/people/{id}",
            [
                get(people::show, "One person").takes(ViewPeople).query(PAST),
                patch(patches::person, "Change some of what is known of a person").takes(GiveRights),
            ],
        )
        .at(
            "/api/v1/people/{id}/views",
            [get(views::list, "Who looked at a person's record").lists(&resources::VIEWS).takes(ViewPeople)],
        )
        .at("/api/v1/people/{id}/name", [put(people::rename, "Say what a person is called").takes(GiveRights)])
        .at(
            "/api/v1/people/{id}/external-id",
            [put(people::set_key, "Say what another register knows a person by").takes(GiveRights)],
        )
        .at("/api/v1/people/{id}/pin", [put(people::set_pin, "Set a person's PIN").takes(GiveRights)])
        .at(
            "/api/v1/people/{id}/duress-pin",
            [put(people::set_duress_pin, "Set the PIN that calls for help").takes(GiveRights)],
        )
        .at(
            "/api/v1/people/{id}/status",
            [post(people::set_status, "Say how a person stands with the site").takes(Guard)],
        )
        .at("/api/v1/people/{id}/disable", [post(people::disable, "Stop a person at every door").takes(Guard)])
        .at("/api/v1/people/{id}/enable", [post(people::enable, "Let a stopped person pass again").takes(GiveRights)])
        .at(
            "/api/v1/people/{id}/details",
            [put(people::change_details, "Change what is known of a person").takes(GiveRights)],
        )
        .at(
            "/api/v1/people/{id}/credentials",
            [get(credentials::list, "A person's credentials").lists(&resources::CREDENTIALS).takes(ViewPeople)],
        )
        .at(
            "/api/v1/credentials",
            [post(credentials::assign, "Give a card to a person").takes(GiveRights).makes().places()],
        )
        .at("/api/v1/credentials/{id}", [get(credentials::show, "One credential").takes(ViewPeople)])
        .at("/api/v1/credentials/{id}/state", [post(credentials::set_state, "Say what became of a card").takes(Guard)])
        .at(
            "/api/v1/credentials/{id}/end-lockout",
            [post(credentials::end_lockout, "End the lock-out after wrong tries").takes(Guard)],
        )
        .at(
            "/api/v1/card-formats",
            [get(credentials::formats, "Card formats that are known here")
                .lists(&resources::CARD_FORMATS)
                .takes(ViewSite)],
        );
    with_organisations(people)
}

fn with_organisations(people: Routes) -> Routes {
    people
        .at(
            "/api/v1/organisations",
            [get(organisations::list, "Organisations").lists(&resources::ORGANISATIONS).takes(ViewSite)],
        )
        .at(
            "/api/v1/agreements",
            [
                get(organisations::agreements, "Agreements that are not over")
                    .lists(&resources::AGREEMENTS)
                    .takes(ViewPeople),
                post(organisations::agree, "Let an organisation share areas with another")
                    .takes(GiveRights)
                    .makes()
                    .places(),
            ],
        )
        .at("/api/v1/agreements/{id}", [get(singles::agreement, "One agreement").takes(ViewPeople)])
        .at("/api/v1/agreements/{id}/end", [post(organisations::end_agreement, "End an agreement").takes(GiveRights)])
}

fn of_rights() -> Routes {
    Routes::about("rights", "Who may pass where and when, and which devices know it.")
        .at(
            "/api/v1/grants",
            [
                get(grants::list, "Grants, page by page").takes(ViewPeople).lists(&resources::GRANTS),
                post(grants::create, "Grant a right, or ask for one that others approve")
                    .takes(GiveRights)
                    .makes()
                    .places(),
            ],
        )
        .at(
            "/api/v1/changes",
            [post(changes::carry_out, "Carry several changes out, all of them or none")
                .takes(GiveRights)
                .large_body(MAX_CHANGES_BYTES)],
        )
        .at("/api/v1/grants/{id}", [get(grants::show, "One grant").takes(ViewPeople).query(PAST)])
        .at(
            "/api/v1/grants/{id}/approve",
            [post(grants::approve, "Approve a right that was asked for").takes(GiveRights)],
        )
        .at("/api/v1/grants/{id}/deny", [post(grants::deny, "Deny a right that was asked for").takes(GiveRights)])
        .at("/api/v1/grants/{id}/revoke", [post(grants::revoke, "Take a right away").takes(GiveRights)])
        .at("/api/v1/grants/{id}/end", [post(grants::change_end, "Let a right end earlier or later").takes(GiveRights)])
        .at(
            "/api/v1/grants/{id}/review",
            [post(emergency::review, "Review an emergency right").takes(ReviewEmergencies)],
        )
        .at(
            "/api/v1/tickets/close",
            [post(grants::close_ticket, "End every right of a change ticket").takes(GiveRights)],
        )
        .at(
            "/api/v1/break-glass",
            [post(emergency::break_glass, "Take an emergency right").takes(GiveRights).makes().places()],
        )
        .at(
            "/api/v1/profiles",
            [
                get(profiles::list, "Access profiles").lists(&resources::PROFILES).takes(ViewPeople),
                post(profiles::create, "Make an access profile").takes(GiveRights).makes().places(),
            ],
        )
        .at(
            "/api/v1/profiles/{name}",
            [
                get(singles::profile, "One access profile").takes(ViewPeople),
                put(profiles::change, "Change an access profile").takes(GiveRights),
                patch(patches::profile, "Change a part of an access profile").takes(GiveRights),
                delete(profiles::remove, "Remove an access profile, and every right by it").takes(GiveRights),
            ],
        )
        .at(
            "/api/v1/explain",
            [get(explain::show, "Why somebody would or would not pass").takes(ViewPeople).query(explain::SHOW)],
        )
        .at(
            "/api/v1/operations/{id}",
            [get(crate::operations::show, "How far a change of rights is").takes(ViewSite).patiently()],
        )
        .at(
            "/api/v1/receipts",
            [get(receipts::show, "Which devices do not know every change yet")
                .takes(ViewSite)
                .query(receipts::SHOW)
                .patiently()],
        )
}

fn of_schedules() -> Routes {
    const ICAL: &str = "text/calendar";
    Routes::about("schedules", "Windows of the week, and calendars of special days.")
        .at(
            "/api/v1/schedules",
            [
                get(schedules::list, "Schedules").lists(&resources::SCHEDULES).takes(ViewSite),
                post(schedules::create, "Make a schedule").takes(SetSchedules).makes().places(),
            ],
        )
        .at(
            "/api/v1/schedules/{name}",
            [
                get(schedules::show, "One schedule").takes(ViewSite),
                put(schedules::change, "Change a schedule").takes(SetSchedules),
                patch(patches::schedule, "Change a part of a schedule").takes(SetSchedules),
                delete(schedules::remove, "Remove a schedule").takes(SetSchedules),
            ],
        )
        .at(
            "/api/v1/schedules/{name}/preview",
            [get(schedules::preview, "When a schedule opens and closes").takes(ViewSite).query(schedules::PREVIEW)],
        )
        .at(
            "/api/v1/schedules/{name}/ical",
            [
                get(schedules::to_ical, "A schedule as iCalendar").exports().takes(ViewSite).media(ICAL),
                put(schedules::from_ical, "Make or change a schedule by iCalendar")
                    .takes(SetSchedules)
                    .also(201)
                    .places(),
            ],
        )
        .at(
            "/api/v1/calendars",
            [
                get(calendars::list, "Calendars").lists(&resources::CALENDARS).takes(ViewSite),
                post(calendars::create, "Make a calendar").takes(SetSchedules).makes().places(),
            ],
        )
        .at(
            "/api/v1/calendars/{name}",
            [
                get(calendars::show, "One calendar").takes(ViewSite),
                put(calendars::change, "Change a calendar").takes(SetSchedules),
                patch(patches::calendar, "Change a part of a calendar").takes(SetSchedules),
                delete(calendars::remove, "Remove a calendar").takes(SetSchedules),
            ],
        )
        .at(
            "/api/v1/calendars/{name}/ical",
            [
                get(calendars::to_ical, "A calendar as iCalendar").exports().takes(ViewSite).media(ICAL),
                put(calendars::from_ical, "Make or change a calendar by iCalendar")
                    .takes(SetSchedules)
                    .also(201)
                    .places(),
            ],
        )
}

fn of_operators() -> Routes {
    Routes::about("operators", "Who runs the site, the tokens of their programs, and what takes two of them.")
        .at(
            "/api/v1/operators",
            [
                get(operators::list, "Operators").lists(&resources::OPERATORS).takes(ViewOperators),
                post(operators::create, "Add an operator").takes(ManageOperators).makes().secret(),
            ],
        )
        .at(
            "/api/v1/operators/{id}",
            [
                get(operators::show, "One operator").takes(ViewOperators),
                put(operators::change, "Give an operator another role or reach").takes(ManageOperators),
                patch(patches::operator, "Change an operator's role or reach").takes(ManageOperators),
            ],
        )
        .at(
            "/api/v1/operators/{id}/disable",
            [post(operators::disable, "Let an operator sign in no more").takes(ManageOperators)],
        )
        .at(
            "/api/v1/operators/{id}/enable",
            [post(operators::enable, "Let an operator sign in again").takes(ManageOperators)],
        )
        .at(
            "/api/v1/operators/{id}/reset",
            [post(operators::reset, "Take away what an operator signs in with").takes(ManageOperators).secret()],
        )
        .at(
            "/api/v1/operators/{id}/bind",
            [post(operators::bind, "Give an operator an account at the outside provider").takes(ManageOperators)],
        )
        .at(
            "/api/v1/operators/{id}/unbind",
            [post(operators::unbind, "Take an operator's account at the outside provider away").takes(ManageOperators)],
        )
        .at(
            "/api/v1/operators/{id}/end-lockout",
            [post(operators::end_lockout, "End an operator's lock-out").takes(ManageOperators)],
        )
        .at(
            "/api/v1/tokens",
            [
                get(tokens::list, "Tokens: one's own, or everybody's").lists(&resources::TOKENS).takes(ManageSelf),
                post(tokens::create, "Issue a token, whose secret is shown once")
                    .takes(ManageSelf)
                    .waits()
                    .makes()
                    .secret(),
            ],
        )
        .at("/api/v1/tokens/{id}", [get(tokens::show, "One token, without its secret").takes(ManageSelf)])
        .at("/api/v1/tokens/{id}/revoke", [post(tokens::revoke, "Revoke a token").takes(ManageSelf).waits()])
        .at(
            "/api/v1/people/{id}/reveal",
            [post(proposals::reveal, "Show what is kept hidden of a person").takes(Reveal).secret()],
        )
        .at("/api/v1/permissions", [get(operators::permissions, "Who may do what").lists(&PERMISSIONS).takes(ViewSite)])
}

fn of_the_site() -> Routes {
    Routes::about("site", "The state of everything, the journal, and signing in.")
        .at("/api/v1/status", [get(status::show, "The state of everything in one screen").takes(ViewHealth)])
        .at(
            "/api/v1/events",
            [get(events::list, "Entries of the journal, searched and page by page")
                .exports()
                .takes(ViewJournal)
                .query(events::LIST)],
        )
        .at(
            "/api/v1/events/histogram",
            [get(history::histogram, "How much happened when").takes(ViewJournal).query(history::HISTOGRAM)],
        )
        .at(
            "/api/v1/events/facets",
            [get(history::facets, "Which values the newest events have most")
                .takes(ViewJournal)
                .query(history::FACETS)],
        )
        .at(
            "/api/v1/events/export",
            [get(export::events, "Every event that a query means, as a file")
                .takes(ViewJournal)
                .query(export::EXPORT)
                .media(ZIP)
                .in_pieces()],
        )
        .at(
            "/api/v1/audit/check",
            [get(history::check, "Whether the journal is whole, looked through from its first entry")
                .takes(ViewJournal)
                .query(history::CHECK)],
        )
        .at(
            "/api/v1/audit/key",
            [get(history::key, "By what the site's signatures under evidence are checked").takes(ViewJournal)],
        )
        .at("/api/v1/events/{seq}", [get(events::show, "One entry of the journal").takes(ViewJournal)])
        .at(
            "/api/v1/stream",
            [get(crate::stream::follow, "Entries of the journal as they happen")
                .takes(ViewJournal)
                .or_one_of(crate::stream::WITHOUT_THE_JOURNAL)
                .query(crate::stream::FOLLOW)
                .header(crate::stream::LAST_EVENT_ID)
                .media("text/event-stream")],
        )
        .at(
            "/metrics",
            [get(metrics::show, "Measurements, as Prometheus reads them").media("text/plain").takes(ViewMetrics)],
        )
        .at(
            "/api/v1/sessions/link",
            [post(status::new_link, "Make a sign-in link, on the machine itself")
                .takes(ManageOperators)
                .makes()
                .secret()],
        )
}

fn open() -> Routes {
    Routes::about("open", "What anybody may ask who reaches the port.")
        .at("/healthz", [get(health::alive, "Whether the daemon lives").tells_with(503)])
        .at("/livez", [get(health::live, "The same as /healthz, by another name").tells_with(503)])
        .at("/readyz", [get(health::ready, "Whether the daemon decides and can record").tells_with(503)])
        .at("/api/v1/openapi.json", [get(crate::openapi::show, "This document").document()])
        .at("/api/v1/asyncapi.json", [get(crate::asyncapi::show, "What goes over MQTT, as AsyncAPI").document()])
        .for_everybody()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::idempotency::Keeping;
    use crate::openapi::Components;
    use crate::openapi::operation::{Access, Content, Operation};

    /// Answers that are shown once: with a secret in them, or what nobody sees without a record of it, or what is only true
    /// at the moment.
    const SHOWN_ONCE: [&str; 10] = [
        "AppOffered",
        "Ceremony",
        "Confirmed",
        "Enrolment",
        "Link",
        "OperatorInvited",
        "RecoveryCodes",
        "Revealed",
        "SteppedUp",
        "TokenMade",
    ];

    /// What a secret in an answer is called.
    const SECRET_MEMBERS: [&str; 7] = ["code", "codes", "login", "password", "secret", "token", "totp"];

    /// The types that an answer is made of, with those of their members that are texts.
    fn answered_with(operation: &Operation) -> Vec<(String, Vec<String>)> {
        let mut components = Components::default();
        if let Content::Json(schema) = operation.content {
            schema(&mut components);
        }
        let Value::Object(types) = components.into_json() else { panic!("components are an object") };
        // Whether somebody has a password is no secret: the password itself would be a text.
        let is_text = |schema: &Value| ["string", "array"].iter().any(|kind| schema["type"].to_string().contains(kind));
        let members = |schema: &Value| -> Vec<String> {
            let members = schema["properties"].as_object().into_iter().flatten();
            members.filter(|(_, schema)| is_text(schema)).map(|(name, _)| name.clone()).collect()
        };
        types.iter().map(|(name, schema)| (name.clone(), members(schema))).collect()
    }

    #[test]
    fn no_secret_is_kept_for_a_repetition() {
        let mut found = 0;
        let table = table();
        let operations = table.0.iter().flat_map(|routes| routes.operations());
        for operation in operations.filter(|operation| operation.access == Access::SignedIn) {
            let (method, path) = (operation.method, operation.path);
            for (name, members) in answered_with(operation) {
                let once = SHOWN_ONCE.contains(&name.as_str());
                // Nothing is made by reading: a code there is the code of a refusal.
                let is_named = members.iter().any(|member| SECRET_MEMBERS.contains(&member.as_str()));
                let has_secret = is_named && !operation.is_safe();
                assert!(
                    once || !has_secret,
                    "{method} {path}: {name} holds a secret and is not among those shown once"
                );
                assert!(!once || !operation.is_safe(), "{method} {path}: {name} is shown as often as it is asked for");
                assert!(!once || operation.keeping == Keeping::Secret, "{method} {path}: {name} is kept");
                found += usize::from(once);
            }
        }
        assert!(found >= 11, "only {found}");
    }
}
