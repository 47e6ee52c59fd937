//! Alerts in virtual time: what a match raises, what it counts on, what floods, what ends, what must never be heard, and that all
//! of it is in the journal. Which entries match is told here as the follower of the journal tells it.

use std::sync::Arc;
use std::time::Duration;

use crate::commands::{admin, check, check_as, check_replay, desk as tenants, organisation};
use crate::organisations::mary;
use crate::site::{Desk, acknowledge, card, reason};
use rackward_core::alarm::life::EscalationLevel;
use rackward_core::alarm::{Acknowledged, AlarmKind, AlarmSource};
use rackward_core::alert::{
    ALERTS_MAX_IN_FORCE, AlertMatch, AlertPlace, AlertPriority, Forecast, RATE_MATCHES, RATE_WITHIN,
};
use rackward_core::engine::command::{AlertCommand, AlertWish, FloodWish, Scope};
use rackward_core::engine::query::{AlarmStatus, AlertStatus};
use rackward_core::entry::LongText;
use rackward_core::id::{AlarmId, AlertId, OperatorId, OrganisationId, Seq};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Answer, Caller, Command, Entry, Query, Reply, Stamped};

const DAY: Duration = Duration::from_secs(86_400);

fn wish(desk: &Desk, name: &str) -> AlertWish {
    AlertWish {
        name: name.to_owned(),
        query: "type:access.denied".to_owned(),
        priority: AlertPriority::High,
        response: LongText::parse("Look at the door.").unwrap(),
        reason: reason("Badges were tried"),
        owner: None,
        organisation: None,
        until: desk.now.wall.after(DAY * 30),
        forecast: Forecast::default(),
        flood: FloodWish::Refuse,
    }
}

fn create(wish: AlertWish) -> Command {
    Command::Alert(AlertCommand::Create(Box::new(wish)))
}

fn make(desk: &mut Desk, wish: AlertWish) -> AlertId {
    match desk.command(create(wish)) {
        Ok(Reply::Alert(alert)) => alert,
        other => panic!("{other:?}"),
    }
}

/// A desk with one alert about refused badges.
fn watched() -> (Desk, AlertId) {
    let mut desk = Desk::open();
    desk.rehearse_no_more();
    let asked = wish(&desk, "refused");
    let alert = make(&mut desk, asked);
    (desk, alert)
}

/// What the follower gives: each entry at its place.
fn tell(desk: &mut Desk, alert: AlertId, found: &[(Arc<Stamped>, AlertPlace)]) {
    let of =
        |(entry, place): &(Arc<Stamped>, AlertPlace)| AlertMatch { alert, entry: Arc::clone(entry), place: *place };
    let system = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
    let command = Command::Alert(AlertCommand::Matched(found.iter().map(of).collect()));
    assert_eq!(desk.command_of(system, command), Ok(Reply::Done));
}

fn newest(desk: &Desk, is: impl Fn(&Entry) -> bool) -> Arc<Stamped> {
    Arc::new(desk.journal.iter().rev().find(|stamped| is(&stamped.entry)).unwrap().clone())
}

/// A badge that nobody knows is refused at the street door, and the follower finds that.
fn refuse(desk: &mut Desk, alert: AlertId) -> (Arc<Stamped>, AlertPlace) {
    desk.badge("street-reader", card(99));
    let refused = newest(desk, |entry| matches!(entry, Entry::AccessDenied { .. }));
    let found = (refused, AlertPlace::Door(desk.door("lon1/street")));
    tell(desk, alert, core::slice::from_ref(&found));
    found
}

fn status(desk: &Desk, alert: AlertId) -> AlertStatus {
    let Answer::Alerts(rows) = desk.engine.answer(desk.now, Scope::Site, &Query::Alerts) else { panic!() };
    rows.into_iter().find(|row| row.alert.id == alert).unwrap()
}

fn open_of(desk: &Desk, scope: Scope, kind: AlarmKind) -> Vec<AlarmStatus> {
    let Answer::Alarms(rows) = desk.engine.answer(desk.now, scope, &Query::OpenAlarms) else { panic!() };
    rows.into_iter().filter(|row| row.alarm.kind == kind).collect()
}

fn only(desk: &Desk, kind: AlarmKind) -> AlarmStatus {
    let mut open = open_of(desk, Scope::Site, kind);
    assert_eq!(open.len(), 1, "{kind:?}");
    open.remove(0)
}

/// The daemon starts again on what survived; the journal goes on.
fn restarted(desk: Desk) -> Desk {
    let mut again = Desk::restart(desk.engine.records().clone(), desk.now);
    again.journal.splice(..0, desk.journal);
    again.all_online();
    again.rehearse_no_more();
    again
}

#[test]
fn a_match_is_one_alarm_at_its_place_with_the_response_and_counts_there() {
    let (mut desk, alert) = watched();
    refuse(&mut desk, alert);
    let row = only(&desk, AlarmKind::AlertHigh);
    let place = AlertPlace::Door(desk.door("lon1/street"));
    assert_eq!(row.alarm.source, AlarmSource::Alert { alert, place });
    assert_eq!(row.alert.as_ref().unwrap().response.as_str(), "Look at the door.");
    assert!(!row.alarm.is_active() && row.alarm.is_open(), "it has no condition that lasts, and waits to be seen");

    desk.wait_secs(30);
    refuse(&mut desk, alert);
    let again = only(&desk, AlarmKind::AlertHigh).alarm;
    assert_eq!((again.id, again.life.raised_times), (row.alarm.id, 2));
    assert_eq!(status(&desk, alert).alert.matches, 2);

    // At another place it is another cause.
    let refused = newest(&desk, |entry| matches!(entry, Entry::AccessDenied { .. }));
    desk.badge("street-reader", card(99));
    let later = newest(&desk, |entry| matches!(entry, Entry::AccessDenied { .. }));
    assert!(later.seq > refused.seq);
    tell(&mut desk, alert, &[(later, AlertPlace::Site)]);
    assert_eq!(open_of(&desk, Scope::Site, AlarmKind::AlertHigh).len(), 2);

    // Seen is done with; what comes after that is new.
    desk.command(acknowledge(again.id, "a guard went to look")).unwrap();
    refuse(&mut desk, alert);
    let third = open_of(&desk, Scope::Site, AlarmKind::AlertHigh);
    assert!(third.iter().any(|row| row.alarm.id > again.id && row.alarm.acknowledged == Acknowledged::No));
    check_replay(&desk);
}

#[test]
fn what_nobody_sees_is_carried_up_as_other_alarms_of_its_priority_are() {
    let (mut desk, alert) = watched();
    refuse(&mut desk, alert);
    desk.wait(DAY / 24);
    assert!(only(&desk, AlarmKind::AlertHigh).alarm.life.level > EscalationLevel::Desk);
}

/// What the follower gives again after a crash is heard once, whatever happened in between.
#[test]
fn what_is_told_twice_counts_once_over_restarts_as_well() {
    for restarts in [false, true] {
        let (mut desk, alert) = watched();
        let first = refuse(&mut desk, alert);
        let second = refuse(&mut desk, alert);
        desk = if restarts { restarted(desk) } else { desk };
        let before = desk.journal.len();
        tell(&mut desk, alert, &[first.clone(), second.clone()]);
        assert_eq!(desk.journal.len(), before, "restarts: {restarts}");
        // One that is new is heard behind them.
        desk.badge("street-reader", card(99));
        let third = (newest(&desk, |entry| matches!(entry, Entry::AccessDenied { .. })), first.1);
        tell(&mut desk, alert, &[first, second, third]);
        assert_eq!(status(&desk, alert).alert.matches, 3);
    }
}

#[test]
fn what_was_before_the_alert_is_not_its_business() {
    let mut desk = Desk::open();
    desk.rehearse_no_more();
    desk.badge("street-reader", card(99));
    let before = newest(&desk, |entry| matches!(entry, Entry::AccessDenied { .. }));
    let asked = wish(&desk, "refused");
    let alert = make(&mut desk, asked);
    tell(&mut desk, alert, &[(before, AlertPlace::Site)]);
    assert_eq!(status(&desk, alert).alert.matches, 0);
    assert!(!desk.names().contains(&"alert.matched"));
}

/// A query that is too wide does not flood the desk: it says so once and is counted.
#[test]
fn an_alert_over_its_rate_says_so_once_and_is_counted() {
    for restarts in [false, true] {
        let (mut desk, alert) = watched();
        for _ in 0..RATE_MATCHES {
            refuse(&mut desk, alert);
        }
        assert_eq!(desk.raised(AlarmKind::AlertHigh), RATE_MATCHES);
        assert!(!desk.active(AlarmKind::AlertOverRate));
        for _ in 0..40 {
            desk.wait_secs(1);
            refuse(&mut desk, alert);
        }
        assert_eq!((desk.raised(AlarmKind::AlertHigh), desk.raised(AlarmKind::AlertOverRate)), (RATE_MATCHES, 1));
        assert!(status(&desk, alert).is_over_rate);
        desk.wait_secs(60);
        let row = status(&desk, alert).alert;
        assert_eq!((row.matches, row.withheld), (50, 40));
        let counts = desk.names().iter().filter(|name| **name == "alert.counted").count();
        assert!(counts <= 3, "one entry for the first and one a minute, not one for each: {counts}");
        desk = if restarts { restarted(desk) } else { desk };
        assert!(desk.active(AlarmKind::AlertOverRate), "a restart does not forget it");
        refuse(&mut desk, alert);
        assert_eq!(desk.raised(AlarmKind::AlertHigh), RATE_MATCHES, "restarts: {restarts}");

        desk.wait(RATE_WITHIN + Duration::from_secs(61));
        assert!(!desk.active(AlarmKind::AlertOverRate));
        refuse(&mut desk, alert);
        assert_eq!(desk.raised(AlarmKind::AlertHigh), RATE_MATCHES + 1);
        assert_eq!(status(&desk, alert).alert.matches, 52);
        if !restarts {
            check_replay(&desk);
        }
    }
}

#[test]
fn an_alert_warns_before_its_end_and_ends() {
    for restarts in [false, true] {
        let (mut desk, alert) = watched();
        refuse(&mut desk, alert);
        desk.wait(DAY * 22);
        assert!(!desk.active(AlarmKind::AlertEnding));
        desk.wait(DAY * 2);
        desk = if restarts { restarted(desk) } else { desk };
        assert!(desk.active(AlarmKind::AlertEnding));
        desk.wait(DAY * 7);
        let row = status(&desk, alert).alert;
        assert_eq!(row.end.map(|end| (end.reason, end.by)), Some((None, Actor::System)));
        assert!(!desk.active(AlarmKind::AlertEnding));
        assert_eq!(desk.raised(AlarmKind::AlertEnding), 1);
        let before = desk.journal.len();
        desk.badge("street-reader", card(99));
        refuse(&mut desk, alert);
        assert!(!desk.since(before).contains(&"alert.matched"));
        // What it raised is still there with what is to be done.
        assert!(only(&desk, AlarmKind::AlertHigh).alert.is_some());
    }
}

#[test]
fn a_supervisor_ends_one_with_a_reason_and_with_what_was_counted() {
    let (mut desk, alert) = watched();
    for _ in 0..=RATE_MATCHES {
        refuse(&mut desk, alert);
    }
    refuse(&mut desk, alert);
    let end = |text| Command::Alert(AlertCommand::End { alert, reason: reason(text) });
    check(&mut desk, end("found him"), "ok").unwrap();
    let row = status(&desk, alert).alert;
    assert_eq!((row.matches, row.withheld), (12, 2));
    assert!(!desk.active(AlarmKind::AlertOverRate));
    let _ = check(&mut desk, end("again"), "alr-1 has ended already");
    let unknown = Command::Alert(AlertCommand::End { alert: AlertId::new(9), reason: reason("x") });
    let _ = check(&mut desk, unknown, "not found");
    check_replay(&desk);
}

/// Whatever follows from an alert raises none, and what tells of duress never shows as one.
#[test]
fn an_alert_is_not_fed_by_alerts_nor_by_duress() {
    let (mut desk, alert) = watched();
    refuse(&mut desk, alert);
    let alarm = only(&desk, AlarmKind::AlertHigh).alarm.id;
    desk.command(acknowledge(alarm, "a guard went to look")).unwrap();
    let mut made: Vec<(Arc<Stamped>, AlertPlace)> = Vec::new();
    for is_it in [
        (|entry: &Entry| matches!(entry, Entry::Alert(_))) as fn(&Entry) -> bool,
        |entry| matches!(entry, Entry::AlarmRaised { kind: AlarmKind::AlertHigh, .. }),
        |entry| matches!(entry, Entry::AlarmReturned { kind: AlarmKind::AlertHigh, .. }),
        |entry| matches!(entry, Entry::AlarmAcknowledged { kind: AlarmKind::AlertHigh, .. }),
    ] {
        made.push((newest(&desk, is_it), AlertPlace::Site));
    }
    let mut seq = desk.journal.last().unwrap().seq;
    let mut invented = |entry: Entry| {
        seq = seq.next();
        (Arc::new(Stamped { seq, at: desk.now.wall, entry }), AlertPlace::Site)
    };
    let noted = |alarm| rackward_core::entry::AlarmEntry::Noted { alarm, note: reason("x"), by: Actor::System };
    let point = desk.engine.site().points().next().unwrap().id;
    made.push(invented(noted(alarm).into()));
    // Of an alarm that nobody knows any more it cannot be told.
    made.push(invented(noted(AlarmId::new(7_000)).into()));
    made.push(invented(Entry::DuressSignalled { point, person: rackward_core::id::PersonId::new(1) }));
    let duress = (AlarmId::new(8), AlarmKind::Duress, AlarmSource::Point(point));
    made.push(invented(Entry::AlarmRaised { alarm: duress.0, kind: duress.1, source: duress.2 }));
    made.sort_by_key(|(stamped, _)| stamped.seq);
    let before = desk.journal.len();
    for one in made {
        let name = one.0.entry.event_name();
        tell(&mut desk, alert, &[one]);
        assert_eq!(desk.journal.len(), before, "{name}");
    }
}

#[test]
fn an_alert_that_asks_for_what_there_is_not_says_so() {
    let (mut desk, alert) = watched();
    let system = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
    let read = |void: &[AlertId]| Command::Alert(AlertCommand::Read { void: void.into() });
    desk.command_of(system, read(&[alert, AlertId::new(40)])).unwrap();
    assert_eq!(only(&desk, AlarmKind::AlertVoid).alarm.source, AlarmSource::Alert { alert, place: AlertPlace::Site });
    desk.command_of(system, read(&[])).unwrap();
    assert!(!desk.active(AlarmKind::AlertVoid));
    check_replay(&desk);
}

#[test]
fn what_an_alert_cannot_be_is_said_all_at_once() {
    let (mut desk, _) = watched();
    let of = |desk: &Desk, change: &dyn Fn(&mut AlertWish)| {
        let mut asked = wish(desk, "another");
        change(&mut asked);
        create(asked)
    };
    let now = desk.now.wall;
    type Change = Box<dyn Fn(&mut AlertWish)>;
    let rows: Vec<(Change, &str)> = vec![
        (Box::new(|wish| wish.name = " ".to_owned()), "name: a name has 1 to 64"),
        (Box::new(|wish| wish.name = "a\u{202e}b".to_owned()), "name: a name has 1 to 64"),
        (Box::new(|wish| wish.name = "refused".to_owned()), "name: alr-1 is called so already"),
        (Box::new(|wish| wish.query = String::new()), "query: a query has 1 to 1000"),
        (Box::new(|wish| wish.query = "x".repeat(1_001)), "query: a query has 1 to 1000"),
        (Box::new(|wish| wish.query = "a\u{200b}".to_owned()), "query: a query has 1 to 1000"),
        (Box::new(move |wish| wish.until = now), "until_at: it would be over"),
        (Box::new(move |wish| wish.until = now.after(DAY * 367)), "until_at: an alert is in force 366 days"),
        (Box::new(|wish| wish.organisation = Some(OrganisationId::new(77))), "organisation: org-77 does not exist"),
        (Box::new(|wish| wish.owner = Some(OperatorId::new(77))), "owner: opr-77 runs nothing here"),
        (
            Box::new(|wish| wish.forecast = Forecast { matches: 12, busiest: 11 }),
            "query: it would have matched 11 times within ten minutes",
        ),
        (
            Box::new(move |wish| (wish.name, wish.query, wish.until) = (String::new(), String::new(), now)),
            "invalid 3 & name & query & until_at",
        ),
    ];
    for (change, expect) in rows {
        let command = of(&desk, &*change);
        let _ = check(&mut desk, command, expect);
    }
    let flood = of(&desk, &|wish| {
        wish.forecast = Forecast { matches: 12, busiest: 11 };
        wish.flood = FloodWish::Accept;
    });
    check(&mut desk, flood, "ok").unwrap();
    let mut made = 2;
    while made < ALERTS_MAX_IN_FORCE {
        made += 1;
        let asked = wish(&desk, &format!("number {made}"));
        make(&mut desk, asked);
    }
    let one_more = create(wish(&desk, "one more"));
    let _ = check(&mut desk, one_more, "64 alerts are in force already");
}

#[test]
fn supervisors_and_admins_of_the_site_leave_alerts_standing_and_nobody_else() {
    for role in [
        OperatorRole::WallScreen,
        OperatorRole::Auditor,
        OperatorRole::Facilities,
        OperatorRole::Security,
        OperatorRole::SecuritySupervisor,
        OperatorRole::Admin,
    ] {
        let mut desk = Desk::open();
        let may = matches!(role, OperatorRole::SecuritySupervisor | OperatorRole::Admin);
        let command = create(wish(&desk, "refused"));
        let _ = check_as(&mut desk, Caller { role, ..admin(3) }, command, if may { "ok" } else { "forbidden" });
    }
    let mut desk = tenants();
    let (caller, command) = (mary(&desk), create(wish(&desk, "refused")));
    let _ = check_as(&mut desk, caller, command, "forbidden");
}

/// An alert of an organisation matches where that one may look, and is shown to nobody else's operators but the site's.
#[test]
fn an_alert_belongs_to_its_organisation() {
    let mut desk = tenants();
    desk.rehearse_no_more();
    let [own, other] = ["st-marys", "the-royal"].map(|name| Scope::Organisation(organisation(&desk, name)));
    let mut asked = wish(&desk, "cage");
    asked.organisation = Some(organisation(&desk, "st-marys"));
    let alert = make(&mut desk, asked);
    let sites = wish(&desk, "everywhere");
    let of_site = make(&mut desk, sites);
    let alarms = |desk: &Desk, scope| open_of(desk, scope, AlarmKind::AlertHigh).len();

    let [theirs, streets] = ["lon1/mary", "lon1/street"].map(|path| {
        let door = desk.engine.site().doors().find(|door| door.path == path);
        AlertPlace::Door(door.unwrap_or_else(|| panic!("{path}")).id)
    });
    let mut seq = Seq::new(desk.journal.len() as u64 + 1_000);
    for (place, expect) in [(streets, 0), (AlertPlace::Site, 0), (theirs, 1)] {
        seq = seq.next();
        let entry = Arc::new(Stamped { seq, at: desk.now.wall, entry: Entry::Stopped });
        tell(&mut desk, alert, &[(Arc::clone(&entry), place)]);
        assert_eq!(alarms(&desk, own), expect, "{place:?}");
        tell(&mut desk, of_site, &[(entry, place)]);
        assert_eq!((alarms(&desk, own), alarms(&desk, other)), (expect, 0), "{place:?}");
    }
    let seen = |desk: &Desk, scope| {
        let Answer::Alerts(rows) = desk.engine.answer(desk.now, scope, &Query::Alerts) else { panic!() };
        rows.iter().map(|row| row.alert.id).collect::<Vec<_>>()
    };
    assert_eq!((seen(&desk, own), seen(&desk, other)), (vec![alert], vec![]));
    assert_eq!(seen(&desk, Scope::Site), [of_site, alert]);
}

/// Those that ended last stay, no number is given twice.
#[test]
fn ended_alerts_go_in_the_end() {
    let mut desk = Desk::open();
    desk.rehearse_no_more();
    for number in 1..=70 {
        let asked = wish(&desk, "again");
        let alert = make(&mut desk, asked);
        assert_eq!(alert, AlertId::new(number));
        desk.command(Command::Alert(AlertCommand::End { alert, reason: reason("x") })).unwrap();
    }
    let kept: Vec<u32> = desk.engine.records().alerts.keys().map(|id| id.get()).collect();
    assert_eq!(kept, (7..=70).collect::<Vec<_>>());
    check_replay(&desk);
}
