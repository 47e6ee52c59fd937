//! What one operator does not do alone: whatever the verb, it says what waits and how it is confirmed, and ends with 8.

use super::*;
use crate::cli::failure::Exit;

fn waits(body: &str) -> String {
    let length = body.len();
    let place = "location: /api/v1/proposals/prp-4";
    format!("HTTP/1.1 202 X\r\n{place}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn whatever_waits_for_a_second_operator_is_told_alike() {
    let check = async |line: &str, body: &str, expect: &str| {
        let far = FarEnd::answering(&[waits(body)]);
        let session = far.session();
        let ended = ask(&session, line).await;
        assert_eq!(ended.unwrap_err().exit, Exit::Waiting, "{line}");
        let report = verbs::waiting(session.client.waiting().unwrap());
        assert_eq!((report.exit(), report.render(&plain(Form::Table)).trim_end()), (Exit::Waiting, expect), "{line}");
    };
    let usual = r#"{"proposal":"prp-4","until_at":"2026-07-24T12:10:00.000Z"}"#;
    let told = "prp-4 waits for a second operator; nothing was done\nnext: rackward proposal confirm prp-4";
    for line in [
        "door open main-entrance --reason x",
        "area lockdown lon1/hall --reason x",
        "person disable p-1 --reason x",
        "grant revoke g-1 --reason x",
        "device accept lobby-lock --reason x",
        "operator disable eve --reason x",
        "alarm out-of-service alm-1 --for 2h --work-order WO-1",
    ] {
        check(line, usual, told).await;
    }
    let secret = r#"{"proposal":"prp-4","secret":"AAAA-BBBB"}"#;
    let told = "prp-4 waits for a second operator; nothing was done\nIts secret, which is not shown again and counts when \
                it is confirmed: AAAA-BBBB\nnext: rackward proposal confirm prp-4";
    check("device enrol lobby-lock --reason x", secret, told).await;
}

/// A change of rights that devices have yet to learn of is done.
#[tokio::test]
async fn what_devices_have_yet_to_learn_waits_for_nobody() {
    let body = r#"{"id":"g-4"}"#;
    let place = "location: /api/v1/operations/op-12";
    let length = body.len();
    let answer = format!("HTTP/1.1 202 X\r\n{place}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let far = FarEnd::answering(&[answer]);
    let session = far.session();
    assert!(ask(&session, "person disable p-1 --reason x").await.is_ok());
    assert_eq!(session.client.waiting(), None);
}
