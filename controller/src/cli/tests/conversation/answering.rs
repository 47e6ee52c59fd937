//! Answering alarms: an order says which revision somebody has seen.

use super::*;

const ALARM: &str = r#"{"id":"alm-7","priority":1,"words":"door forced open","source":"lon1/main-entrance",
    "state":"unacknowledged","raised_at":"2026-07-24T11:58:00.000Z","revision":5}"#;

/// The revision that a request says was seen.
fn seen(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("if-match: "))
}

#[tokio::test]
async fn what_was_seen_is_what_was_typed_or_what_is_shown_first() {
    for verb in ["ack alm-7 --note seen", "close alm-7 --verdict benign"] {
        let far = FarEnd::answering(&[answer(200, "{}")]);
        ask(&far.session(), &format!("alarm {verb} --revision 4")).await.unwrap();
        let asked = far.asked().await;
        assert_eq!((asked.len(), seen(&asked[0])), (1, Some("\"4\"")), "{verb}");

        let far = FarEnd::answering(&[answer(200, ALARM), answer(200, "{}")]);
        ask(&far.session(), &format!("alarm {verb}")).await.unwrap();
        let asked = far.asked().await;
        assert!(asked[0].starts_with("GET /api/v1/alarms/alm-7 "), "{}", asked[0]);
        assert_eq!(seen(&asked[1]), Some("\"5\""), "{verb}: the revision of what was shown, and no later one");
    }
}

#[tokio::test]
async fn an_alarm_that_became_another_one_is_not_answered_unseen() {
    let stale = r#"{"type":"https://rackward.invalid/problems/stale","title":"It was changed meanwhile","status":412}"#;
    let far = FarEnd::answering(&[answer(412, stale)]);
    let failure = ask(&far.session(), "alarm ack alm-7 --revision 4").await.unwrap_err();
    let help = "help: see what it is now with: rackward alarm show alm-7";
    assert_eq!((failure.exit, failure.text().lines().last()), (Exit::Conflict, Some(help)));
    let far = FarEnd::answering(&[answer(404, "{\"title\":\"No such thing\"}")]);
    assert_eq!(ask(&far.session(), "alarm ack alm-9").await.unwrap_err().exit, Exit::NotFound);
}

#[tokio::test]
async fn a_rehearsed_answer_rests_on_the_same_revision() {
    let far = FarEnd::answering(&[answer(200, "{}")]);
    let mut session = far.session();
    session.client = session.client.with(Intent::Rehearse, None);
    ask(&session, "alarm ack alm-7 --revision 4").await.unwrap_err();
    assert!(session.client.rehearsed().is_some());
    let asked = far.asked().await;
    assert!(asked[0].starts_with("POST /api/v1/alarms/alm-7/acknowledge?dry_run=true "), "{}", asked[0]);
    assert_eq!(seen(&asked[0]), Some("\"4\""));
}
