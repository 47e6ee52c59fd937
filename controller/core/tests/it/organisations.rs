//! Tenants: what an admin of one organisation sees and changes, of its own, of what is shared with it, and of others'; and
//! the life of an agreement.

use std::time::Duration;

use crate::commands::{
    MARY, MARY_RACK, ROYAL, STREET, admin, agreement, area, ask, asked, check, check_as, check_replay, create, desk,
    doors, hours, later, member, office, organisation, profile, set_profile,
};
use crate::site::{Desk, card, open, reason, usual_details};
use rackward_core::engine::command::{
    BusName, GrantWish, PinHash, PinPurpose, Scope, SetMode, WebhookCommand, WebhookName, WebhookOrder,
};
use rackward_core::engine::query::{GrantFilter, Page, Through};
use rackward_core::entry::Inspected;
use rackward_core::id::{
    AgreementId, AlarmId, AreaId, CalendarId, CredentialId, DeviceId, DoorId, GrantId, OrganisationId, PersonId,
    ScheduleId,
};
use rackward_core::job::JobWish;
use rackward_core::mode::ModeOrder;
use rackward_core::people::{
    CredentialState, EndCause, GrantRight, GrantState, PersonDetails, PersonStatus, Place, ThreatLevel, Validity,
    Whereabouts,
};
use rackward_core::site::draft::CalendarDraft;
use rackward_core::{Answer, Caller, Command, Query, Reply};

const OK: &str = "ok";
const HIDDEN: &str = "not found";
const NO: &str = "forbidden";

/// An admin of st-marys.
pub(crate) fn mary(desk: &Desk) -> Caller {
    Caller { scope: Scope::Organisation(organisation(desk, "st-marys")), ..admin(5) }
}

/// One person with a card and a grant that waits, of st-marys, the-royal and the operator; st-marys is let into the cage of
/// the-royal.
struct Tenants {
    desk: Desk,
    own: PersonId,
    royal: PersonId,
    ours: PersonId,
}

fn tenants() -> Tenants {
    let mut desk = desk();
    let [own, royal, ours] = ["st-marys", "the-royal", "lon1"].map(|name| member(&mut desk, name));
    for (number, person) in (1..).zip([own, royal, ours]) {
        let validity = hours(&desk, 24);
        desk.command(Command::AssignCredential { person, key: card(number), validity }).unwrap();
    }
    let share = agreement(&desk, "the-royal", "st-marys", &["lon1/hall/royal"], hours(&desk, 24));
    desk.command(share).unwrap();
    let backward = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary/r1"], hours(&desk, 24));
    desk.command(backward).unwrap();
    Tenants { desk, own, royal, ours }
}

type Build = fn(&Tenants, Whose) -> Command;
#[derive(Clone, Copy)]
struct Whose {
    person: PersonId,
    credential: u32,
    door: &'static str,
    area: &'static str,
    owner: &'static str,
}

/// A command, for each of whose things, and what comes of it: own, shared, other.
type Row = (&'static str, Build, [&'static str; 3]);

fn over_people() -> Vec<Row> {
    vec![
        ("create person", |t, w| create(PersonStatus::Enabled, of(&t.desk, w.owner)), [OK, HIDDEN, HIDDEN]),
        ("suspend", |_, w| status(w.person, PersonStatus::Suspended), [OK, HIDDEN, HIDDEN]),
        ("leave", |_, w| status(w.person, PersonStatus::Left), [OK, HIDDEN, HIDDEN]),
        ("details", |t, w| details(w.person, of(&t.desk, w.owner)), [OK, HIDDEN, HIDDEN]),
        ("pin", |_, w| pin(w.person), [OK, HIDDEN, HIDDEN]),
        (
            "assign",
            |t, w| Command::AssignCredential { person: w.person, key: card(9), validity: hours(&t.desk, 1) },
            [OK, HIDDEN, HIDDEN],
        ),
        ("credential", |_, w| lost(w.credential), [OK, HIDDEN, HIDDEN]),
        (
            "lock-out",
            |_, w| Command::EndLockout { credential: CredentialId::new(w.credential) },
            ["conflict: & not locked out", HIDDEN, HIDDEN],
        ),
    ]
}

fn over_places() -> Vec<Row> {
    vec![
        ("grant", |t, w| Command::CreateGrant(ask(&t.desk, t.own, &[w.door])), [OK, OK, HIDDEN]),
        ("grant to", |t, w| Command::CreateGrant(ask(&t.desk, w.person, &[MARY])), [OK, HIDDEN, HIDDEN]),
        ("break-glass", |t, w| glass(&t.desk, t.own, w.door), [OK, OK, HIDDEN]),
        ("profile", |t, w| set_profile(&t.desk, "cage", "st-marys", &[w.door], false), [OK, OK, HIDDEN]),
        ("profile of", |t, w| set_profile(&t.desk, "cage", w.owner, &[MARY], false), [OK, HIDDEN, HIDDEN]),
        (
            "agreement of",
            |t, w| agreement(&t.desk, w.owner, "lon1", &[w.area], hours(&t.desk, 1)),
            ["invalid 1 guest", HIDDEN, HIDDEN],
        ),
        (
            "agreement on",
            |t, w| agreement(&t.desk, "st-marys", "the-royal", &[w.area], hours(&t.desk, 1)),
            [OK, NO, HIDDEN],
        ),
        ("forgive one", |_, w| forgive(Some(w.person), None), [OK, HIDDEN, HIDDEN]),
        ("forgive area", |t, w| forgive(None, Some(area(&t.desk, w.area))), [OK, NO, HIDDEN]),
        ("forgive all", |_, _| forgive(None, None), [NO, NO, NO]),
        (
            "open",
            |t, w| Command::OpenDoor {
                lasting: None,
                door: t.desk.door(w.door),
                reason: reason("x"),
                not_after: t.desk.now.wall,
            },
            [OK, NO, HIDDEN],
        ),
        (
            "mode",
            |t, w| Command::SetDoorMode { door: t.desk.door(w.door), order: ModeOrder::Lock, reason: reason("x") },
            [OK, NO, HIDDEN],
        ),
        ("lock down", |t, w| Command::LockDownArea { area: area(&t.desk, w.area), reason: reason("x") }, [NO, NO, NO]),
        ("release", |t, w| Command::ReleaseArea { area: area(&t.desk, w.area), reason: reason("x") }, [NO, NO, NO]),
        ("threat", |_, _| Command::SetThreatLevel { level: ThreatLevel::High, reason: reason("x") }, [NO, NO, NO]),
        ("alarm", |_, _| crate::site::acknowledge(AlarmId::new(1), "seen and looked at"), [NO, NO, NO]),
        ("review", |_, _| Command::ReviewBreakGlass { grant: GrantId::new(1), note: reason("x") }, [NO, NO, NO]),
        ("schedule", |_, _| Command::SetSchedule { draft: office("x", "Mon"), mode: SetMode::Create }, [NO, NO, NO]),
        ("remove schedule", |_, _| Command::RemoveSchedule { schedule: ScheduleId::new(1) }, [NO, NO, NO]),
        (
            "calendar",
            |_, _| Command::SetCalendar {
                draft: CalendarDraft { name: "x".into(), days: vec![] },
                mode: SetMode::Create,
            },
            [NO, NO, NO],
        ),
        ("remove calendar", |_, _| Command::RemoveCalendar { calendar: CalendarId::new(1) }, [NO, NO, NO]),
        ("accept device", |_, _| Command::AcceptDevice { device: DeviceId::new(1), reason: reason("x") }, [NO, NO, NO]),
        (
            "job",
            |_, _| Command::StartJob { device: DeviceId::new(1), job: JobWish::RollKey, reason: reason("x") },
            [NO, NO, NO],
        ),
        ("stop job", |_, _| Command::StopJob { device: DeviceId::new(1), reason: reason("x") }, [NO, NO, NO]),
        (
            "bus",
            |_, _| Command::InspectBus {
                bus: BusName::parse("hall-a").unwrap(),
                what: Inspected::Scan,
                reason: reason("x"),
            },
            [NO, NO, NO],
        ),
        (
            "webhook",
            |_, _| {
                Command::Webhook(WebhookCommand {
                    webhook: WebhookName::parse("desk").unwrap(),
                    order: WebhookOrder::Enable,
                })
            },
            [NO, NO, NO],
        ),
    ]
}

#[test]
fn every_command_over_own_shared_and_others() {
    for (name, build, expect) in over_people().into_iter().chain(over_places()) {
        for (column, expect) in expect.into_iter().enumerate() {
            let mut t = tenants();
            let whose = [
                Whose { person: t.own, credential: 1, door: MARY, area: "lon1/hall/mary", owner: "st-marys" },
                Whose { person: t.royal, credential: 2, door: ROYAL, area: "lon1/hall/royal", owner: "the-royal" },
                Whose { person: t.ours, credential: 3, door: STREET, area: "lon1/lobby", owner: "lon1" },
            ][column];
            let (caller, command) = (mary(&t.desk), build(&t, whose));
            println!("{name}, {}: {expect}", ["own", "shared", "other"][column]);
            drop(check_as(&mut t.desk, caller, command, expect));
        }
    }
}

fn of(desk: &Desk, name: &str) -> PersonDetails {
    PersonDetails { organisation: organisation(desk, name), ..usual_details() }
}

fn status(person: PersonId, status: PersonStatus) -> Command {
    Command::SetPersonStatus { person, status, reason: reason("as asked") }
}

fn details(person: PersonId, details: PersonDetails) -> Command {
    Command::ChangePersonDetails { person, details, reason: reason("as asked") }
}

fn pin(person: PersonId) -> Command {
    Command::SetPin { person, purpose: PinPurpose::Usual, hash: PinHash::from_phc(String::new()), digits: 6 }
}

fn lost(credential: u32) -> Command {
    let credential = CredentialId::new(credential);
    Command::SetCredentialState { credential, state: CredentialState::Lost, reason: reason("as asked") }
}

fn glass(desk: &Desk, person: PersonId, door: &str) -> Command {
    Command::BreakGlass { person, doors: vec![desk.door(door)], to: later(desk, 1), reason: reason("flood") }
}

fn forgive(person: Option<PersonId>, area: Option<rackward_core::id::AreaId>) -> Command {
    Command::ForgivePassback { person, area, reason: reason("drill") }
}

#[test]
fn grants_of_own_people_are_ended_anywhere_and_widened_where_the_doors_are_ones_own() {
    let mut t = tenants();
    let (own, street) = (asked(&mut t.desk, t.own, &[MARY]), asked(&mut t.desk, t.own, &[STREET]));
    let waits = asked(&mut t.desk, t.own, &[crate::commands::PLANT]);
    let other = asked(&mut t.desk, t.royal, &[ROYAL]);
    let caller = mary(&t.desk);
    let (half, longer) = (t.desk.now.wall.after(Duration::from_secs(1800)), later(&t.desk, 2));
    let text = || reason("as asked");
    let end = |grant, to| Command::ChangeGrantEnd { grant, to, reason: text() };
    check_as(&mut t.desk, caller, end(own, longer), OK).unwrap();
    check_as(&mut t.desk, caller, end(street, longer), NO).unwrap_err();
    check_as(&mut t.desk, caller, end(street, half), OK).unwrap();
    check_as(&mut t.desk, caller, end(other, half), HIDDEN).unwrap_err();
    check_as(&mut t.desk, caller, Command::ApproveGrant { grant: waits, reason: text() }, NO).unwrap_err();
    check_as(&mut t.desk, caller, Command::ApproveGrant { grant: other, reason: text() }, HIDDEN).unwrap_err();
    check_as(&mut t.desk, caller, Command::DenyGrant { grant: waits, reason: text() }, OK).unwrap();
    check_as(&mut t.desk, caller, Command::DenyGrant { grant: other, reason: text() }, HIDDEN).unwrap_err();
    check_as(&mut t.desk, caller, Command::RevokeGrant { grant: other, reason: text() }, HIDDEN).unwrap_err();
    check_as(&mut t.desk, caller, Command::RevokeGrant { grant: street, reason: text() }, OK).unwrap();
    check_as(&mut t.desk, caller, Command::CloseTicket { ticket: reason("CHG-1"), reason: text() }, OK).unwrap();
    let state = |grant| t.desk.engine.records().grants[&grant].state;
    assert_eq!(state(own), GrantState::Ended(EndCause::TicketClosed));
    assert_eq!(state(other), GrantState::Active, "the ticket's other grants are not theirs to end");
}

#[test]
fn what_an_organisation_may_not_decide() {
    let mut t = tenants();
    let caller = mary(&t.desk);
    let exempt = PersonDetails { clearance: ThreatLevel::High, ..of(&t.desk, "st-marys") };
    check_as(&mut t.desk, caller, create(PersonStatus::Enabled, exempt), NO).unwrap_err();
    check_as(&mut t.desk, caller, details(t.own, exempt), NO).unwrap_err();
    check(&mut t.desk, details(t.own, exempt), OK).unwrap();
    check_as(&mut t.desk, caller, details(t.own, exempt), OK).unwrap();
    let elsewhere = PersonDetails { organisation: OrganisationId::new(9), ..usual_details() };
    check_as(&mut t.desk, caller, details(t.own, elsewhere), "not found: org-9").unwrap_err();
    let taken = Command::AssignCredential { person: t.own, key: card(2), validity: hours(&t.desk, 1) };
    let result = check_as(&mut t.desk, caller, taken, "conflict: & another organisation");
    assert!(!format!("{result:?}").contains("p-2"), "a stranger's number is not told");
    let end = |agreement| Command::EndAgreement { agreement: AgreementId::new(agreement), reason: reason("x") };
    check_as(&mut t.desk, caller, end(1), NO).unwrap_err();
    check_as(&mut t.desk, caller, end(3), HIDDEN).unwrap_err();
    check_as(&mut t.desk, caller, end(2), OK).unwrap();
    profile(&mut t.desk, "theirs", "the-royal", &[ROYAL]);
    let theirs = rackward_core::id::ProfileId::new(1);
    let joined = GrantWish { right: GrantRight::Member(theirs), ..ask(&t.desk, t.own, &[MARY]) };
    check_as(&mut t.desk, caller, Command::CreateGrant(joined), "not found: prof-1").unwrap_err();
    check_as(&mut t.desk, caller, Command::RemoveProfile { profile: theirs, reason: reason("x") }, HIDDEN).unwrap_err();
    let edit = set_profile(&t.desk, "theirs", "st-marys", &[MARY], true);
    check_as(&mut t.desk, caller, edit, "not found: profile \"theirs\"").unwrap_err();
    let again = set_profile(&t.desk, "theirs", "st-marys", &[MARY], false);
    check_as(&mut t.desk, caller, again, "conflict: this name is taken").unwrap_err();
}

#[test]
fn an_agreement_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let good = hours(&desk, 1);
    let [lon1, mary, royal] = ["lon1", "st-marys", "the-royal"].map(|name| organisation(&desk, name));
    let (cage, hall) = (area(&desk, "lon1/hall/mary"), area(&desk, "lon1/hall"));
    let mut row = |owner, guest, areas: &[rackward_core::id::AreaId], validity, expect: &str| {
        let reason = reason("joint venture");
        drop(check(&mut desk, Command::MakeAgreement { owner, guest, areas: areas.into(), validity, reason }, expect));
    };
    let nobody = OrganisationId::new(9);
    let nowhere = rackward_core::id::AreaId::new(99);
    let long = Validity { to: good.from.after(Duration::from_secs(367 * 86_400)), ..good };
    row(mary, mary, &[cage], good, "invalid 1 guest: an organisation needs no agreement with itself");
    row(mary, lon1, &[cage], good, "invalid 1 guest: the operator of the site needs no agreement");
    row(nobody, royal, &[cage], good, "invalid 2 owner: org-9 does not & areas: lon1/hall/mary belongs to st-marys");
    row(mary, nobody, &[cage], good, "invalid 1 guest: org-9 does not");
    row(mary, royal, &[], good, "invalid 1 areas: name at least one");
    row(mary, royal, &[nowhere, hall, cage], good, "invalid 2 areas: & lon1/hall belongs to lon1 & area-99");
    row(mary, royal, &[cage], Validity { from: good.to, to: good.from }, "invalid 1 valid_to_at: it ends before");
    row(mary, royal, &[cage], long, "invalid 1 valid_to_at: an agreement lasts 366 days");
    row(
        nobody,
        nobody,
        &[],
        Validity { from: good.to, to: good.to },
        "invalid 5 owner: & guest: & areas: & valid_to_at:",
    );
    row(mary, royal, &[cage, cage], good, "ok");
    row(lon1, royal, &[hall], good, "ok");
}

#[test]
fn the_life_of_an_agreement() {
    let mut desk = desk();
    let guest = desk.person(1);
    let royal = of(&desk, "the-royal");
    desk.command(details(guest, royal)).unwrap();
    let (begin, end) = (later(&desk, 1), later(&desk, 5));
    let command = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], Validity { from: begin, to: end });
    desk.command(command).unwrap();
    let wish = |desk: &Desk, paths: &[&str], hours: u64| GrantWish {
        validity: Validity { from: desk.now.wall, to: later(desk, hours) },
        ..ask(desk, guest, paths)
    };
    let early = wish(&desk, &[MARY], 2);
    check(&mut desk, Command::CreateGrant(early), "invalid 1 doors: & by no agreement in force").unwrap_err();
    desk.wait_secs(3600);
    let beyond = wish(&desk, &[MARY_RACK, MARY, STREET], 5);
    check(&mut desk, Command::CreateGrant(beyond), "invalid 2 to_at: & agr-1 until 2026-08-03T13:00:00Z").unwrap_err();
    let within = wish(&desk, &[MARY, STREET], 4);
    let Ok(Reply::Grant(cage, _)) = check(&mut desk, Command::CreateGrant(within), OK) else { panic!() };
    let within = wish(&desk, &[MARY_RACK], 2);
    let Ok(Reply::Grant(rack, _)) = check(&mut desk, Command::CreateGrant(within), OK) else { panic!() };
    let street = asked(&mut desk, guest, &[STREET]);
    let emergency = glass(&desk, guest, MARY);
    let Ok(Reply::Grant(emergency, _)) = desk.command(emergency) else { panic!() };
    let second = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary/r1"], hours(&desk, 3));
    desk.command(second).unwrap();
    let first = AgreementId::new(1);
    let mark = desk.journal.len();
    check(&mut desk, Command::EndAgreement { agreement: first, reason: reason("fell out") }, OK).unwrap();
    assert_eq!(desk.since(mark), ["agreement.ended", "grant.ended", "grant.ended"]);
    let state = |desk: &Desk, grant| desk.engine.records().grants[&grant].state;
    assert_eq!(state(&desk, cage), GrantState::Ended(EndCause::AgreementEnded));
    assert_eq!(state(&desk, rack), GrantState::Active, "another agreement shares the rack as long");
    assert_eq!(state(&desk, street), GrantState::Active);
    assert_eq!(state(&desk, emergency), GrantState::Ended(EndCause::AgreementEnded));
    check(&mut desk, Command::EndAgreement { agreement: first, reason: reason("x") }, "not found: agr-1").unwrap_err();
    desk.wait_secs(3 * 3600);
    let second = AgreementId::new(2);
    check(&mut desk, Command::EndAgreement { agreement: second, reason: reason("x") }, "conflict: agr-2 is over")
        .unwrap_err();
    let late = wish(&desk, &[MARY_RACK], 1);
    check(&mut desk, Command::CreateGrant(late), "invalid 1 doors: & no agreement in force").unwrap_err();
    check_replay(&desk);
}

#[test]
fn memberships_rest_on_agreements_too() {
    let mut desk = desk();
    let guest = member(&mut desk, "the-royal");
    let share = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 2));
    desk.command(share).unwrap();
    let id = profile(&mut desk, "visits", "lon1", &[STREET, MARY]);
    let wish = GrantWish { right: GrantRight::Member(id), ..ask(&desk, guest, &[STREET]) };
    let Ok(Reply::Grant(grant, _)) = desk.command(Command::CreateGrant(wish)) else { panic!() };
    desk.command(Command::EndAgreement { agreement: AgreementId::new(1), reason: reason("x") }).unwrap();
    assert_eq!(desk.engine.records().grants[&grant].state, GrantState::Ended(EndCause::AgreementEnded));
}

/// What a scope sees of everything, as counts and numbers.
fn seen(desk: &Desk, scope: Scope, query: Query) -> String {
    let list = |items: Vec<String>| items.join(" ");
    match desk.engine.answer(desk.now, scope, &query) {
        Answer::Status(status) => format!("{:?} {:?} {:?}", status.alarms[0], status.doors, status.devices),
        Answer::Alarms(rows) => list(rows.iter().map(|row| format!("{:?}", row.alarm.source)).collect()),
        Answer::Doors(rows) => list(rows.iter().map(|row| row.door.to_string()).collect()),
        Answer::Devices(rows) => list(rows.iter().map(|row| row.device.to_string()).collect()),
        Answer::People(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Credentials(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Grant(row) => list(row.iter().map(|row| row.id.to_string()).collect()),
        Answer::Grants(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Organisations(rows) => list(rows.iter().map(|row| row.name.clone()).collect()),
        Answer::Areas(rows) => list(rows.iter().map(|row| format!("{}:{}", row.area.path, row.inside)).collect()),
        Answer::Schedules(rows) => list(rows.iter().map(|row| row.0.name.clone()).collect()),
        Answer::Calendars(rows) => list(rows.iter().map(|row| row.0.name.clone()).collect()),
        Answer::Profiles(rows) => list(rows.iter().map(|row| row.name.clone()).collect()),
        Answer::Agreements(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Occupancy(rows) => list(rows.iter().map(|row| row.0.to_string()).collect()),
        Answer::Count(count) => count.to_string(),
        Answer::LeastPinDigits(digits) => digits.to_string(),
        Answer::Receipts(receipts) => format!("{} {}", receipts.total, receipts.behind.len()),
        Answer::Exposure(exposure) => exposure.map_or_else(String::new, |exposure| exposure.cards.len().to_string()),
        Answer::Lockouts(rows) => list(rows.iter().map(|row| row.0.to_string()).collect()),
        Answer::Names(names) => list(
            names
                .profiles
                .into_iter()
                .map(|(_, name)| name)
                .chain(names.schedules.into_iter().map(|(_, name)| name))
                .collect(),
        ),
        Answer::Revision(revision) => format!("{revision:?}"),
        Answer::Alarm(row) => list(row.iter().map(|row| row.alarm.id.to_string()).collect()),
        Answer::Operators(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Tokens(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Proposals(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Insiders(rows) => list(rows.iter().map(|row| row.who.to_string()).collect()),
        Answer::Headcounts(rows) => list(rows.iter().map(|row| format!("{}:{}", row.area, row.count)).collect()),
        Answer::Visitors(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Musters(rows) => list(rows.iter().map(|row| row.id.to_string()).collect()),
        Answer::Muster(row) => list(row.iter().map(|row| row.muster.id.to_string()).collect()),
        Answer::Reviews(rows) => list(rows.iter().map(|row| row.review.id.to_string()).collect()),
        Answer::Alerts(rows) => list(rows.iter().map(|row| row.alert.id.to_string()).collect()),
        Answer::ReviewLines(rows) => list(rows.iter().map(|row| row.number.to_string()).collect()),
        Answer::Shift(row) => format!("{} {}", row.alarms.len(), row.doors.len()),
        Answer::SignInBar(until) => format!("{until:?}"),
        Answer::NamedPersons(rows) => list(rows.iter().map(ToString::to_string).collect()),
        Answer::Racks(rows) => list(rows.iter().map(|row| row.facts.id.to_string()).collect()),
        Answer::Governed(rows) => list(rows.profiles.iter().map(|row| row.name.clone()).collect()),
        Answer::Plans(rows) => list(rows.iter().map(|row| row.slug.to_string()).collect()),
        Answer::Entitled(part) => {
            list(part.entitled.iter().map(|row| format!("{}:{}", row.grant.id, row.is_own)).collect())
        }
        Answer::Passable(part) => part.map_or_else(
            || "nothing".into(),
            |part| list(part.points.iter().map(|row| format!("{}:{}", row.0, row.1.id)).collect()),
        ),
        Answer::Explain(row) => row.map_or_else(|| "nothing".into(), |row| format!("{:?}", row.outcome)),
    }
}

/// Tenants with grants, profiles, people inside and a forced door: something to see of every kind.
fn busy_tenants() -> (Tenants, AreaId) {
    let mut t = tenants();
    let grants = [
        asked(&mut t.desk, t.own, &[MARY]),
        asked(&mut t.desk, t.royal, &[ROYAL]),
        asked(&mut t.desk, t.ours, &[crate::commands::PLANT]),
        asked(&mut t.desk, t.own, &[STREET, crate::commands::VAULT]),
    ];
    assert_eq!(grants.map(GrantId::get), [1, 2, 3, 4]);
    let emergency = glass(&t.desk, t.royal, ROYAL);
    t.desk.command(emergency).unwrap();
    profile(&mut t.desk, "own", "st-marys", &[MARY]);
    profile(&mut t.desk, "theirs", "the-royal", &[ROYAL]);
    let cage = area(&t.desk, "lon1/hall/mary");
    let mut records = t.desk.engine.records().clone();
    for person in [t.own, t.royal] {
        records.presence.insert(person, Whereabouts { place: Place::Inside(cage), since: t.desk.now.wall });
    }
    t.desk = Desk::restart_of(&crate::commands::tenants(), records, t.desk.now);
    t.desk.all_online();
    t.desk.facts("lock-0", open(false));
    t.desk.wait_secs(2);
    (t, cage)
}

#[test]
fn who_may_open_a_door_by_scope() {
    let (t, _) = busy_tenants();
    let door = t.desk.engine.site().point(t.desk.point(MARY)).unwrap().door;
    let check = |query: Query, site: &str, own: &str| {
        assert_eq!(seen(&t.desk, Scope::Site, query.clone()), site, "{query:?}");
        assert_eq!(seen(&t.desk, mary(&t.desk).scope, query.clone()), own, "{query:?}");
    };
    check(Query::Entitled { through: Through::Door(door), at: None, after: None }, "g-1:true", "g-1:true");
    check(Query::Entitled { through: Through::Door(door), at: None, after: Some(GrantId::new(1)) }, "", "");
    check(Query::Entitled { through: Through::Door(DoorId::new(99)), at: None, after: None }, "", "");
    let passable = |person| Query::Passable { person, at: None, after: None };
    let own = format!("{}:g-1", t.desk.point(MARY));
    check(passable(t.own), &own, &own);
    check(passable(t.royal), "pt-6:g-2", "nothing");
    check(passable(PersonId::new(99)), "nothing", "nothing");
    check(Query::NamedPersons, "p-1 p-2", "p-1");
}

#[test]
fn every_question_by_scope() {
    let (t, cage) = busy_tenants();
    let (hall, lobby) = (area(&t.desk, "lon1/hall"), area(&t.desk, "lon1/lobby"));
    let scope = mary(&t.desk).scope;
    let check = |query: Query, site: &str, own: &str| {
        assert_eq!(seen(&t.desk, Scope::Site, query.clone()), site, "{query:?}");
        assert_eq!(seen(&t.desk, scope, query.clone()), own, "{query:?}");
    };
    fn page<Id>(after: Option<Id>, limit: u16) -> Page<Id> {
        Page { after, limit }
    }
    let grants = |person, only, after: Option<u32>, limit| Query::Grants {
        person,
        only,
        page: page(after.map(GrantId::new), limit),
    };
    let point = t.desk.point(MARY);
    check(Query::Insiders(None), "p-1 p-2", "p-1");
    check(Query::Insiders(Some(hall)), "p-1 p-2", "");
    check(Query::Shift, "3 0", "1 0");
    check(Query::Status, "(2, 2) [5, 1, 0] [10, 0]", "(0, 0) [4, 0, 0] [6, 0]");
    // Of the credentials that end the site has one alarm; whoever sees only their own has one of each.
    check(Query::OpenAlarms, "Door(DoorId(1)) Grant(GrantId(5)) Site", "Credential(CredentialId(1))");
    check(Query::Doors, "door-1 door-2 door-3 door-4 door-5 door-6", "door-3 door-4 door-5 door-6");
    check(Query::Door(DoorId::new(1)), "door-1", "");
    check(Query::Door(DoorId::new(3)), "door-3", "door-3");
    check(Query::Door(DoorId::new(99)), "", "");
    check(Query::Device(DeviceId::new(99)), "", "");
    check(Query::People(page(None, 10)), "p-1 p-2 p-3", "p-1");
    check(Query::People(page(None, 2)), "p-1 p-2", "p-1");
    check(Query::People(page(Some(PersonId::new(1)), 10)), "p-2 p-3", "");
    check(Query::People(page(Some(PersonId::new(u32::MAX)), 10)), "", "");
    check(Query::Organisations, "lon1 st-marys the-royal", "lon1 st-marys the-royal");
    check(
        Query::Areas,
        "lon1/lobby:0 lon1/plant-room:0 lon1/hall:2 lon1/hall/mary:2 lon1/hall/mary/r1:0 lon1/hall/mary/vault:0 lon1/hall/royal:0",
        "lon1/hall/mary:2 lon1/hall/mary/r1:0 lon1/hall/mary/vault:0 lon1/hall/royal:0",
    );
    check(Query::Schedules, "office", "office");
    check(Query::Calendars, "holidays", "holidays");
    check(Query::Profiles, "own theirs", "own");
    check(Query::Agreements, "agr-1 agr-2", "agr-1 agr-2");
    check(Query::Occupancy(hall), "p-1 p-2", "");
    check(Query::Occupancy(cage), "p-1 p-2", "p-1");
    check(Query::Occupancy(lobby), "", "");
    check(Query::Credentials(t.own), "cred-1", "cred-1");
    check(Query::Credentials(t.royal), "cred-2", "");
    check(Query::Grant(GrantId::new(1)), "g-1", "g-1");
    check(Query::Grant(GrantId::new(2)), "g-2", "");
    check(Query::Grant(GrantId::new(9)), "", "");
    check(grants(None, GrantFilter::All, None, 10), "g-1 g-2 g-3 g-4 g-5", "g-1 g-4");
    check(grants(None, GrantFilter::All, None, 1), "g-1", "g-1");
    check(grants(None, GrantFilter::All, Some(1), 2), "g-2 g-3", "g-4");
    check(grants(None, GrantFilter::Requested, None, 10), "g-3 g-4", "g-4");
    check(grants(None, GrantFilter::Requested, Some(3), 10), "g-4", "g-4");
    check(grants(None, GrantFilter::Unreviewed, None, 10), "g-5", "");
    check(grants(Some(t.own), GrantFilter::All, None, 10), "g-1 g-4", "g-1 g-4");
    check(grants(Some(t.own), GrantFilter::Requested, Some(1), 10), "g-4", "g-4");
    check(grants(Some(t.royal), GrantFilter::All, None, 10), "g-2 g-5", "");
    check(Query::PeopleCount, "3", "1");
    let count = |person, only| Query::GrantCount { person, only };
    check(count(None, GrantFilter::All), "5", "2");
    check(count(None, GrantFilter::Requested), "2", "1");
    check(count(None, GrantFilter::Unreviewed), "1", "0");
    check(count(Some(t.own), GrantFilter::All), "2", "2");
    check(count(Some(t.own), GrantFilter::Requested), "1", "1");
    check(count(Some(t.royal), GrantFilter::All), "2", "0");
    check(Query::Explain { person: t.own, point, at: None }, "Granted(GrantId(1))", "Granted(GrantId(1))");
    check(Query::Explain { person: t.royal, point, at: None }, "Denied(NotAuthorisedPoint)", "nothing");
}

#[test]
fn an_organisation_without_agreements_sees_itself_and_the_operator() {
    let desk = desk();
    let scope = mary(&desk).scope;
    assert_eq!(seen(&desk, scope, Query::Organisations), "lon1 st-marys");
    assert_eq!(seen(&desk, scope, Query::Doors), "door-3 door-4 door-5");
}

#[test]
fn the_next_moment_of_a_right_follows_its_schedule() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let office = crate::commands::schedule_named(&desk, "office");
    let GrantRight::Doors { doors, .. } = doors(&desk, &[STREET]) else { panic!() };
    let right = GrantRight::Doors { doors, when: rackward_core::people::When::Schedule(office) };
    let validity = Validity { from: desk.now.wall, to: later(&desk, 24 * 200) };
    desk.command(Command::CreateGrant(GrantWish { right, validity, ..ask(&desk, person, &[STREET]) })).unwrap();
    let next = |at: i64| {
        let at = rackward_core::Wall::from_seconds(at);
        let query = Query::Explain { person, point: desk.point(STREET), at: Some(at) };
        match desk.engine.answer(desk.now, Scope::Site, &query) {
            Answer::Explain(Some(explanation)) => explanation.next_permitted.map(|at| at.as_seconds()),
            other => panic!("{other:?}"),
        }
    };
    let friday_evening = 1_785_744_000 + 4 * 86_400 + 10 * 3600;
    assert_eq!(next(friday_evening), Some(1_785_744_000 + 7 * 86_400 - 3600), "Monday at eight");
    // Friday 2026-12-25 is a holiday: from Thursday evening to Monday morning.
    let christmas_eve_night = 1_798_138_800;
    assert_eq!(next(christmas_eve_night), Some(1_798_444_800));
}

#[test]
fn the_owner_of_a_door_knows_of_rights_to_it_and_ends_them() {
    let mut desk = desk();
    let guest = member(&mut desk, "the-royal");
    let share = agreement(&desk, "st-marys", "the-royal", &["lon1/hall/mary"], hours(&desk, 2));
    desk.command(share).unwrap();
    let wish = GrantWish { validity: hours(&desk, 1), ..ask(&desk, guest, &[MARY]) };
    let Ok(Reply::Grant(grant, _)) = desk.command(Command::CreateGrant(wish)) else { panic!() };
    let owner = mary(&desk);
    assert_eq!(seen(&desk, owner.scope, Query::Grant(grant)), grant.to_string());
    check_as(&mut desk, owner, Command::RevokeGrant { grant, reason: reason("not in my rack") }, OK).unwrap();
}
