//! Two operators with the real daemon: what one proposes and the other confirms in time, what a reset leaves of somebody's
//! sessions, and who is given an alarm back after a restart.

use std::time::Duration;

use rackward_core::alarm::life::Assignee;
use rackward_core::engine::command::{AlarmCommand, AlarmOrder, OperatorCommand, OperatorName, Scope};
use rackward_core::id::{AlarmId, OperatorId};
use rackward_core::operator::OperatorRole;
use rackward_core::permission::Actor;
use rackward_core::{Answer, Caller, Command, Query, Reply};
use rackward_dashboard::{Backend as _, LinkFor};
use serde_json::{Value, json};

use super::browser::{Browser, PATIENCE, Site};
use super::set_up;
use crate::clock;

/// The first admin, and another operator, both signed in.
async fn two(site: &Site, role: OperatorRole) -> (Browser, Browser, OperatorId) {
    let mut ann = site.browser();
    set_up(&mut ann, &site.link(LinkFor::FirstAdmin), Some("ann")).await;
    let name = OperatorName::parse("ben").unwrap();
    let made = site.daemon.tell(OperatorCommand::Create { name, role, scope: Scope::Site }).await.unwrap();
    let Reply::Operator(operator) = made else { panic!("{made:?}") };
    let mut ben = site.browser();
    set_up(&mut ben, &site.link(LinkFor::Invitation(operator)), None).await;
    (ann, ben, operator)
}

/// So many seconds from now, as the API writes it.
fn later(seconds: u64) -> String {
    let at = clock::now().wall.after(Duration::from_secs(seconds));
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_for_locks_is_confirmed_in_time_or_not_at_all() {
    let site = Site::start_with("[operators]\ntwo_operators = [\"guard_site\"]\n").await;
    let (mut ann, mut ben, _) = two(&site, OperatorRole::Security).await;
    let order = json!({ "area": "lon1/lobby", "reason": "drill", "not_after_at": later(60) });
    let proposed = ann.change("/api/v1/areas/lockdown", &order).await;
    assert!(proposed.status < 300, "{}", proposed.text);
    let waiting = ben.get("/api/v1/proposals").await.json();
    let id = waiting["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/proposals/{id}/confirm");
    let untimed = ben.change(&path, &json!({})).await;
    assert_eq!(untimed.status, 422, "{}", untimed.text);
    assert!(untimed.text.contains("/not_after_at"), "{}", untimed.text);
    let late = ben.change(&path, &json!({ "not_after_at": "2020-01-01T00:00:00Z" })).await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert_eq!(ben.get("/api/v1/proposals").await.json()["items"].as_array().map(Vec::len), Some(1));
    let in_time = ben.change(&path, &json!({ "not_after_at": later(60) })).await;
    assert_eq!(in_time.status, 200, "{}", in_time.text);
    let events = ben.get("/api/v1/events?limit=1000").await.text;
    assert!(events.contains("area.locked-down") && events.contains("proposal.confirmed"), "{events}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_reset_is_out_at_once_and_begins_anew() {
    let site = Site::start().await;
    let (mut ann, mut ben, operator) = two(&site, OperatorRole::Security).await;
    let stream = ben.stream("/api/v1/stream").await;
    let path = format!("/api/v1/operators/{operator}/reset");
    let reset = ann.change(&path, &json!({ "reason": "lost the phone" })).await;
    assert_eq!(reset.status, 200, "{}", reset.text);
    stream.ended().await;
    assert_eq!(ben.get("/api/v1/status").await.status, 401);
    let link = reset.json()["login"].as_str().unwrap().to_owned();
    let mut anew = site.browser();
    set_up(&mut anew, &link, None).await;
    assert_eq!(anew.get("/api/v1/status").await.status, 200, "a session of after counts");
    // The first admin is the last who could let anybody in again.
    let last = anew.get("/api/v1/sessions/current").await.json()["name"].clone();
    assert_eq!(last, Value::from("ben"));
    let alone = site.daemon.tell(OperatorCommand::Reset { operator: OperatorId::new(1), reason: reason() }).await;
    assert!(alone.unwrap_err().to_string().contains("the last admin"));
    site.stop().await;
}

fn reason() -> rackward_core::entry::ReasonText {
    rackward_core::entry::ReasonText::parse("lost the phone").unwrap()
}

async fn assignee(site: &Site, alarm: AlarmId) -> Assignee {
    let answer = site.daemon.backend.ask(Scope::Site, Query::Alarm(alarm)).await.unwrap();
    let Answer::Alarm(Some(status)) = answer else { panic!("{answer:?}") };
    status.alarm.life.assignee
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_of_somebody_whose_session_a_restart_did_not_keep_is_the_desks_again() {
    let mut site = Site::start().await;
    let (_, _, operator) = two(&site, OperatorRole::Security).await;
    // A link of nobody's is used although there are operators.
    let link = site.link(LinkFor::Machine { role: OperatorRole::Admin, scope: Scope::Site });
    let token = link.split_once("token=").unwrap().1;
    site.browser().post_form("/login", &[("token", token)]).await;
    let Answer::Alarms(alarms) = site.daemon.backend.ask(Scope::Site, Query::OpenAlarms).await.unwrap() else {
        panic!()
    };
    let (alarm, to) = (alarms[0].alarm.id, Assignee::Operator(operator));
    let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
    let assign = AlarmCommand { alarm, seen: None, order: AlarmOrder::Assign { to } };
    site.daemon.backend.submit(caller, Command::Alarm(assign)).await.unwrap();
    site = site.restart().await;
    assert_eq!(assignee(&site, alarm).await, to, "their session outlived the restart");
    site = site.restart_without(super::super::SESSIONS_FILE).await;
    let given_back = async {
        while assignee(&site, alarm).await != Assignee::Desk {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, given_back).await.unwrap();
    site.stop().await;
}
