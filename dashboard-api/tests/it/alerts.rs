//! Alerts by the API: tried and made with a forecast, refused with every mistake, shown to whoever may see alarms, ended on what was
//! seen; and what an alarm of one tells.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use rackward_core::alert::{AlertMatch, AlertPlace};
use rackward_core::engine::command::AlertCommand;
use rackward_core::id::AlertId;
use rackward_core::operator::OperatorRole;
use rackward_core::permission::Permission;
use rackward_core::{Command, Stamped};
use rackward_dashboard::Backend as _;
use rackward_dashboard::query::{matched, standing};
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const ALERTS: &str = "/api/v1/alerts";
const CARD: &str = "26:12:34567";

fn wanted() -> Value {
    json!({
        "name": "Refused", "query": "type:access.denied door:main-entrance", "priority": 3,
        "response": "Look at the door.\nCall whoever is on duty.", "reason": "Badges were tried", "until_at": "PT720H",
    })
}

fn but(member: &str, value: Value) -> Value {
    let mut body = wanted();
    body[member] = value;
    body
}

#[track_caller]
fn check(answered: &Answered, expect: u16) -> Value {
    assert_eq!(answered.status.as_u16(), expect, "{}", answered.text());
    answered.json()
}

/// Somebody tries a card that nobody knows, so often and so fast.
fn refuse(desk: &Desk, times: u32, every: Duration) {
    let card = CardNumber::parse(CARD).unwrap().bits;
    for _ in 0..times {
        desk.site.badge("main-entrance-reader-in", &card);
        desk.site.pass(every);
    }
}

/// What the daemon's follower does with the journal as it is.
async fn follow(desk: &Desk, alert: AlertId, query: &str) {
    let (site, search) = (desk.site.site(), standing(query, &desk.site.site()).unwrap());
    let entries: Vec<Stamped> = desk.site.entries_after(rackward_core::id::Seq::new(0), 100_000).await.unwrap();
    let of = |stamped: &Stamped| -> Option<AlertMatch> {
        let place: AlertPlace = matched([((), &search)], stamped, &site).first()?.1;
        Some(AlertMatch { alert, entry: std::sync::Arc::new(stamped.clone()), place })
    };
    let found = entries.iter().filter_map(of).collect();
    desk.site.command_of_the_daemon(Command::Alert(AlertCommand::Matched(found)));
}

#[tokio::test]
async fn a_query_is_tried_left_standing_and_raises_an_alarm_that_says_what_to_do() {
    let desk = Desk::open();
    desk.site.all_quiet();
    refuse(&desk, 3, Duration::from_secs(900));
    let tried = check(&desk.post(&ROOT, &format!("{ALERTS}?dry_run=true"), wanted()).await, 201);
    let forecast = json!({
        "days": 7, "matches": 3, "counted_all": true, "most_in_10_min": 1, "flood": false, "rate_limit": 10,
    });
    assert_eq!(tried["forecast"], forecast, "{tried}");
    assert_eq!(check(&desk.get(&ROOT, ALERTS).await, 200)["items"], json!([]));

    let made = desk.post(&ROOT, ALERTS, wanted()).await;
    let told = check(&made, 201);
    assert_eq!((made.header("location"), &told["forecast"]), ("/api/v1/alerts/alr-1", &forecast));
    let expect = ("alr-1", "in_force", "uid:0", 3);
    let got = (&told["id"], &told["state"], &told["owner"], &told["priority"]);
    assert_eq!(got, (&json!(expect.0), &json!(expect.1), &json!(expect.2), &json!(expect.3)), "{told}");

    // What was before is nothing to it; what comes is an alarm at the door.
    let query = told["query"].as_str().unwrap();
    follow(&desk, AlertId::new(1), query).await;
    assert_eq!(check(&desk.get(&ROOT, "/api/v1/alarms").await, 200)["items"], json!([]));
    refuse(&desk, 2, Duration::from_secs(30));
    follow(&desk, AlertId::new(1), query).await;
    let alarms = check(&desk.get(&ROOT, "/api/v1/alarms").await, 200);
    let alarm = &alarms["items"][0];
    assert_eq!((&alarm["kind"], &alarm["raised_times"]), (&json!("alert_medium"), &json!(2)), "{alarms}");
    assert_eq!((&alarm["source"], &alarm["source_kind"]), (&json!("lon1/main-entrance"), &json!("alert")));
    assert_eq!(alarm["response"], "Look at the door.\nCall whoever is on duty.");
    assert_eq!((&alarm["steps"][0]["words"], &alarm["words"]), (&alarm["response"], &json!("Refused")));
    assert_eq!(alarm["alert"], json!({ "id": "alr-1", "name": "Refused", "query": query }));
    let shown = check(&desk.get(&ROOT, &format!("{ALERTS}/alr-1")).await, 200);
    assert_eq!((&shown["matches"], &shown["withheld"]), (&json!(2), &json!(0)), "{shown}");
}

#[tokio::test]
async fn what_would_have_been_a_flood_is_refused_until_somebody_says_so() {
    let desk = Desk::open();
    desk.site.all_quiet();
    refuse(&desk, 11, Duration::from_secs(30));
    for path in [ALERTS.to_owned(), format!("{ALERTS}?dry_run=true")] {
        let refused = desk.post(&ROOT, &path, wanted()).await;
        check(&refused, 422);
        assert_eq!(refused.pointers(), ["/query"]);
        assert!(refused.text().contains("it would have matched 11 times within ten minutes"), "{}", refused.text());
    }
    let made = check(&desk.post(&ROOT, ALERTS, but("accept_flood", json!(true))).await, 201);
    assert_eq!((&made["forecast"]["flood"], &made["forecast"]["most_in_10_min"]), (&json!(true), &json!(11)));
}

#[tokio::test]
async fn every_mistake_is_named_with_its_member() {
    let desk = Desk::open();
    let rows = [
        ("query", json!("type:acess.denied"), "did you mean access.denied"),
        ("query", json!("from:-24h type:access.denied"), "column 1: an alert matches what happens from now on"),
        ("query", json!("type:door.* to:now"), "column 13: an alert matches what happens from now on"),
        ("query", json!("person:Ada"), "the journal, which holds no names"),
        ("query", json!("-person:p-1,Ada*"), "the journal, which holds no names"),
        ("query", json!(""), "say what it is to match"),
        ("query", json!("   "), "say what it is to match"),
        ("query", json!("x ".repeat(600)), "at most 50 terms"),
        ("query", json!("\"unended"), "column 1"),
        ("query", json!("type:access.denied \u{202e}x"), "none that nobody sees"),
        ("name", json!(""), "a name has 1 to 64"),
        ("priority", json!(1), "priority must be 2 (high), 3 (medium) or 4 (low)"),
        ("priority", json!(300), "priority must be 2"),
        ("response", json!(" "), "response must have 1 to 4000"),
        ("response", json!("a\u{200b}b"), "response must have 1 to 4000"),
        ("reason", json!(""), "reason must have 1 to 256"),
        ("until_at", json!("2020-01-01T00:00:00Z"), "choose an end in the future"),
        ("until_at", json!("PT8808H"), "366 days at most"),
        ("owner", json!("nobody"), ""),
        ("organisation", json!("nobody"), ""),
        ("colour", json!("red"), ""),
    ];
    for (member, value, said) in rows {
        let answered = desk.post(&ROOT, ALERTS, but(member, value.clone())).await;
        assert_eq!(answered.status.as_u16(), 422, "{member} {value}: {}", answered.text());
        assert_eq!(answered.pointers(), [format!("/{member}")], "{value}: {}", answered.text());
        let detail = answered.json()["errors"][0]["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(said), "{member} {value}: {detail}");
    }
    let all = json!({
        "name": "x", "query": "person:Ada to:now", "priority": 1, "response": "", "reason": "", "until_at": "PT1H",
        "organisation": "nobody",
    });
    let answered = desk.post(&ROOT, ALERTS, all).await;
    let pointers = answered.pointers();
    for member in ["/query", "/priority", "/response", "/reason", "/organisation"] {
        assert!(pointers.iter().any(|pointer| pointer == member), "{member}: {pointers:?}");
    }
}

#[tokio::test]
async fn an_alert_is_ended_on_what_was_seen_and_once() {
    let desk = Desk::open();
    check(&desk.post(&ROOT, ALERTS, wanted()).await, 201);
    let path = format!("{ALERTS}/alr-1");
    let seen = desk.get(&ROOT, &path).await;
    let end = async |tag: Option<&str>| {
        let mut request = Request::delete(&path).header("content-type", "application/json");
        request = match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        };
        desk.send(ROOT, request.body(Body::from(json!({ "reason": "caught" }).to_string())).unwrap()).await
    };
    check(&end(None).await, 428);
    check(&end(Some("\"77\"")).await, 412);
    // What it matches meanwhile changes nothing of what whoever ends it has seen.
    desk.site.all_quiet();
    refuse(&desk, 1, Duration::from_secs(1));
    follow(&desk, AlertId::new(1), wanted()["query"].as_str().unwrap()).await;
    let ended = check(&end(Some(seen.header("etag"))).await, 200);
    let got = (&ended["state"], &ended["ended_by"], &ended["end_reason"], &ended["matches"]);
    assert_eq!(got, (&json!("ended"), &json!("uid:0"), &json!("caught"), &json!(1)), "{ended}");
    let again = desk.get(&ROOT, &path).await;
    check(&end(Some(again.header("etag"))).await, 409);
    check(&desk.get(&ROOT, &format!("{ALERTS}/alr-9")).await, 404);
}

/// What an alert would have matched tells of the journal, so it takes both permissions; a screen on a wall is told of an alert, and
/// not of whom.
#[tokio::test]
async fn who_may_see_what() {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    check(&desk.post(&ROOT, ALERTS, but("query", json!("person:p-7 type:access.*"))).await, 201);
    let owner = desk.site.operator("a.khan", OperatorRole::SecuritySupervisor);
    let narrow = Who::Program(desk.site.token(owner, &[Permission::SetAlerts]));
    check(&desk.post(&narrow, ALERTS, but("name", json!("other"))).await, 403);
    let both = Who::Program(desk.site.token(owner, &[Permission::SetAlerts, Permission::ViewJournal]));
    check(&desk.post(&both, &format!("{ALERTS}?dry_run=true"), but("name", json!("other"))).await, 201);

    let wall = desk.site.operator("wall", OperatorRole::WallScreen);
    let wall = Who::Program(desk.site.token(wall, &[Permission::ViewAlarms]));
    let shown = check(&desk.get(&wall, ALERTS).await, 200);
    let alert = &shown["items"][0];
    assert_eq!((&alert["name"], &alert["query"], &alert["owner"]), (&json!("Refused"), &json!(""), &json!("somebody")));
    assert!(!shown.to_string().contains("p-7"), "{shown}");
}
