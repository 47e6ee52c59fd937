//! Changes of which it is not known whether they were done: what is told, and the key under which they can be repeated.

use super::*;

const OPEN: &str = "door open main-entrance --reason visitor";

/// The key of a request, without its quotes.
fn key(request: &str) -> &str {
    request.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap().trim_matches('"')
}

#[tokio::test]
async fn a_change_whose_answer_breaks_off_can_be_repeated_under_its_key() {
    for (answer, what) in [
        (String::new(), "no answer at all"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":".to_owned(), "half of one"),
        (answer(200, "{half"), "one that cannot be read"),
        ("HTTP/1.1 503 X\r\ncontent-length: 50\r\n\r\n{".to_owned(), "half of a problem that passes"),
    ] {
        let far = FarEnd::answering(&[answer]);
        let failure = ask(&far.session(), OPEN).await.unwrap_err();
        let asked = far.asked().await;
        let help = format!(
            "help: whether this was done is not known; repeated with --idempotency-key '{}' it is done once at most",
            key(&asked[0])
        );
        assert_eq!((failure.exit, failure.text().lines().last()), (Exit::Unreachable, Some(help.as_str())), "{what}");
        assert_eq!(failure.document()["idempotency_key"], json!(key(&asked[0])), "{what}");
    }
}

#[tokio::test]
async fn a_refusal_whose_reasons_are_lost_is_a_refusal() {
    let far = FarEnd::answering(&["HTTP/1.1 403 X\r\ncontent-length: 50\r\n\r\n{".to_owned()]);
    let failure = ask(&far.session(), OPEN).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Refused);
    assert!(!failure.text().contains("idempotency-key"), "nothing was done: {}", failure.text());
}

#[tokio::test]
async fn a_daemon_that_may_do_it_yet_is_asked_again_under_the_same_key() {
    let problem = json!({"type": "https://rackward.invalid/problems/timed-out", "title": "no", "status": 503});
    let far = FarEnd::answering(&[answer(503, &problem.to_string())]);
    let mut session = far.session();
    session.client = session.client.with(Intent::CarryOut, Some(client::Key::parse("k-1").unwrap()));
    let failure = ask(&session, OPEN).await.unwrap_err();
    let help = "help: repeated with --idempotency-key 'k-1' it is done once at most";
    assert_eq!((failure.exit, failure.text().lines().last()), (Exit::Unreachable, Some(help)));
    assert_eq!(key(&far.asked().await[0]), "k-1");
}

#[tokio::test]
async fn a_verb_of_two_changes_is_repeated_as_a_whole() {
    // A person who is made with a card: the first change is done, of the second nobody knows.
    let far = FarEnd::answering(&[answer(201, "{\"id\":\"p-3\"}"), String::new()]);
    let session = far.session();
    let change = async |segments: &[&str]| {
        session.client.change(hyper::Method::POST, &client::Target::new(segments), &json!({})).await
    };
    change(&["people"]).await.unwrap();
    let failure = change(&["people", "p-3", "credentials"]).await.unwrap_err();
    let asked = far.asked().await;
    assert_eq!(key(&asked[1]), format!("{} 2", key(&asked[0])));
    assert_eq!(failure.document()["idempotency_key"], json!(key(&asked[0])), "the key of the first");
}

#[tokio::test]
async fn what_was_never_sent_was_not_done() {
    let nowhere = Client::new(PathBuf::from("/nonexistent/rackward.sock"), Narration::Silent);
    let session = Session::new(nowhere, Timestamp::UNIX_EPOCH, Prompting::Forbidden, &[]);
    let failure = ask(&session, OPEN).await.unwrap_err();
    assert!(failure.text().contains("help: start it") && !failure.text().contains("key"), "{}", failure.text());
}
