//! How the program ends by what the daemon answers: one line for each exit code that an answer can come to. What ends it without
//! an answer (2, 3, 13 and 130) is tried with real programs.

use super::*;

fn problem(status: u16, slug: &str) -> String {
    let kind = format!("https://rackward.invalid/problems/{slug}");
    answer(status, &json!({ "type": kind, "title": "no", "status": status, "detail": "because" }).to_string())
}

/// The exit code of a line that is answered so.
async fn ends(line: &str, answers: &[String]) -> u8 {
    let far = FarEnd::answering(answers);
    match ask(&far.session(), line).await {
        Ok(report) => report.exit().code(),
        Err(failure) => failure.exit.code(),
    }
}

#[tokio::test]
async fn each_answer_has_its_exit_code() {
    const OPEN: &str = "door open main --reason x";
    let check = async |line: &str, answers: &[String], code: u8| {
        assert_eq!(ends(line, answers).await, code, "{line}: {answers:?}");
    };
    check("grant list", &[answer(200, r#"{"items":[]}"#)], 0).await;
    check(OPEN, &[problem(500, "internal")], 1).await;
    check(OPEN, &[problem(401, "sign-in-required")], 4).await;
    check(OPEN, &[problem(403, "sign-in-failed")], 4).await;
    check(OPEN, &[problem(403, "forbidden")], 5).await;
    check(OPEN, &[problem(423, "locked-down")], 5).await;
    check(OPEN, &[problem(409, "conflict")], 6).await;
    check(OPEN, &[problem(412, "stale")], 6).await;
    check(OPEN, &[problem(428, "revision-missing")], 6).await;
    check(OPEN, &[problem(422, "idempotency-key-reused")], 6).await;
    check(OPEN, &[problem(422, "invalid")], 7).await;
    check(OPEN, &[problem(400, "malformed")], 7).await;
    check(OPEN, &[problem(413, "body-too-large")], 7).await;
    check(OPEN, &[problem(429, "too-many-requests")], 11).await;
    check(OPEN, &[problem(503, "journal-unwritable")], 11).await;
    check(OPEN, &[problem(404, "not-found")], 12).await;
    check(OPEN, &[problem(422, "unknown-name")], 12).await;
    let waits = answer(202, r#"{"id":"g-1","state":"requested","person":"p-1","doors":[]}"#);
    check("grant create --person p-1 --door main --for 4h --reason x", &[waits], 8).await;
}

#[tokio::test]
async fn a_daemon_that_is_not_there_has_one_as_well() {
    let far = FarEnd::answering(&[]);
    let session = far.session();
    drop(far);
    assert_eq!(ask(&session, "door list").await.unwrap_err().exit.code(), 11);
}
