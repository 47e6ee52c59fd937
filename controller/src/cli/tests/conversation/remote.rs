//! Conversations with a console at an address: as whom a request goes out, and what is said of its refusals. TLS, and a
//! daemon that means it, are in the tests of whole processes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::net::TcpListener;

use super::*;
use crate::cli::connection::address::ServerAddress;
use crate::cli::connection::caller::Caller;
use crate::cli::connection::{Link, Server};

const AGAIN: &str = r#"{"type":"https://rackward.invalid/problems/step-up-required","title":"Prove yourself again for this",
    "status":403,"detail":"prove yourself again first"}"#;
const NOBODY: &str =
    r#"{"type":"https://rackward.invalid/problems/sign-in-required","title":"Sign in first","status":401}"#;

/// A console on this machine, which answers so one request after the other, and the client of it.
async fn console(caller: Caller, answers: &[String]) -> (Session, String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let answers = answers.to_vec();
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            asked.push(request(&mut stream).await);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        asked
    });
    let address = ServerAddress::parse(&format!("http://{authority}")).unwrap();
    let sign_in = "rackward login --context lon1".to_owned();
    let link = Link::Server(std::sync::Arc::new(Server { address, tls: None, sign_in }));
    let client = Client::at(link, caller, Prompting::Forbidden, Narration::Silent);
    (Session::new(client, Timestamp::UNIX_EPOCH, Prompting::Forbidden, &[]), authority, asked)
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn line<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_request_says_whom_it_is_for_and_who_asks() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    private(&file, "rwt_abc\n");
    let caller = Caller::with_token(&file).unwrap();
    let (session, authority, asked) = console(caller, &[answer(200, "{\"items\":[]}")]).await;
    ask(&session, "door list").await.unwrap();
    let asked = asked.await.unwrap();
    assert_eq!(line(&asked[0], "authorization"), Some("Bearer rwt_abc"));
    assert_eq!(line(&asked[0], "host"), Some(authority.as_str()));
    assert_eq!(line(&asked[0], "user-agent"), Some("rackward command line"));
}

#[tokio::test]
async fn whoever_does_not_count_is_told_how_to_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    private(&file, "rwt_abc\n");
    let check = async |caller: Caller, help: &str| {
        let (session, _, asked) = console(caller, &[answer(401, NOBODY)]).await;
        let failure = ask(&session, "door list").await.unwrap_err();
        assert_eq!(failure.exit, Exit::NotSignedIn);
        assert!(failure.text().lines().last().unwrap().contains(help), "{}", failure.text());
        assert_eq!(asked.await.unwrap().len(), 1);
    };
    check(Caller::Unnamed, "help: sign in with: rackward login --context lon1").await;
    check(Caller::with_session(&dir.path().join("none")).unwrap(), "rackward login --context lon1").await;
    check(Caller::with_token(&file).unwrap(), "rackward token create").await;
}

#[tokio::test]
async fn a_cookie_that_another_run_has_changed_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("lon1");
    private(&file, "rackward_session=old");
    let caller = Caller::with_session(&file).unwrap();
    private(&file, "rackward_session=new");
    let answers = [answer(401, NOBODY), answer(200, "{\"items\":[]}"), answer(401, NOBODY)];
    let (session, _, asked) = console(caller, &answers).await;
    ask(&session, "door list").await.unwrap();
    assert_eq!(ask(&session, "door list").await.unwrap_err().exit, Exit::NotSignedIn);
    let asked = asked.await.unwrap();
    let cookies: Vec<_> = asked.iter().map(|asked| line(asked, "cookie").unwrap()).collect();
    assert_eq!(cookies, ["rackward_session=old", "rackward_session=new", "rackward_session=new"]);
}

#[tokio::test]
async fn without_a_terminal_no_fresh_proof_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("lon1");
    private(&file, "rackward_session=a");
    let (session, _, asked) = console(Caller::with_session(&file).unwrap(), &[answer(403, AGAIN)]).await;
    let failure = ask(&session, "door open main-entrance --reason x").await.unwrap_err();
    assert_eq!(failure.exit, Exit::Refused);
    assert!(failure.text().contains("help: run it at a terminal"), "{}", failure.text());
    assert_eq!(asked.await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_shows_the_way_elsewhere_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    private(&file, "rwt_abc\n");
    let moved = "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/api/v1/doors\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (session, _, asked) = console(Caller::with_token(&file).unwrap(), &[moved]).await;
    assert_eq!(ask(&session, "door list").await.unwrap_err().exit, Exit::Failed);
    assert_eq!(asked.await.unwrap().len(), 1);
}
