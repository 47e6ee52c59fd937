//! The daemon tells a receiver what happens, over the receiver's ill will, a kill and a restart; and it tells a supervisor
//! that its loop turns.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;

use super::PATIENCE;
use super::site::{Plan, Site};

/// A receiver on loopback: it tells what it was sent, and answers the first message so, all others that they were taken.
fn receiver(first: &'static str) -> (u16, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, received) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let answer = if number == 0 { first } else { "204 No Content" };
            converse(stream.unwrap(), answer, &told);
        }
    });
    (port, received)
}

fn converse(stream: TcpStream, answer: &str, told: &Sender<(String, Value)>) {
    let mut reader = BufReader::new(&stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some(("webhook-id", value)) => value.clone_into(&mut id),
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    write!(&stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").unwrap();
    let _ = told.send((id, serde_json::from_slice(&body).unwrap()));
}

fn site_with_webhook(port: u16) -> Site {
    let more = format!(
        "[webhooks]\nallow_internal = [\"127.0.0.1/32\"]\n[[webhook]]\nname = \"desk\"\nsecret_file = \"keys/desk\"\n\
         url = \"http://127.0.0.1:{port}/hook?token=hidden\"\nevents = [\"person.created\"]\n"
    );
    let site = Site::lay_out(&Plan { more: more.leak(), ..Plan::default() });
    let key = site.path("keys/desk");
    site.cli(&["webhook", "keygen", key.to_str().unwrap(), "--json"]).json();
    site
}

#[test]
fn a_receiver_is_told_what_happens_over_a_redirect_a_kill_and_a_restart() {
    let (port, received) = receiver("302 Found\r\nLocation: http://127.0.0.1:1/");
    let site = site_with_webhook(port);
    let next = || received.recv_timeout(PATIENCE).unwrap();
    let create = |name: &str| site.cli(&["person", "create", name, "-o", "json"]).json();
    let daemon = site.daemon();
    // The first message is not followed to where it was sent; the same one comes again.
    create("Ann");
    let (first, again) = (next(), next());
    assert_eq!(first, again, "the same message, under the same id");
    assert_eq!((&first.1["type"], &first.1["data"]["subject"]), (&"person.created".into(), &"p-1".into()));
    assert!(!first.1.to_string().contains("Ann"), "{}", first.1);
    let shown = site.cli(&["webhook", "show", "desk"]);
    assert!(shown.out.contains("redirects are not followed") && !shown.out.contains("hidden"), "{shown:?}");
    daemon.program.kill();
    let daemon = site.daemon();
    create("Bob");
    let (_, told) = next();
    assert_eq!(told["data"]["subject"], "p-2", "nothing that was taken comes again: {told}");
    let tested = site.cli(&["webhook", "test", "desk", "--json"]).json();
    assert_eq!((&tested["taken"], &next().1["type"]), (&true.into(), &"webhook.test".into()));
    let metrics = daemon.api.get("/metrics");
    assert_eq!(metrics.status, 200);
    daemon.program.interrupt();
}

/// What does not get out is the desk's business too, and who did what about it is in the journal.
#[test]
fn a_receiver_that_wants_no_more_is_alarmed_until_somebody_enables_it() {
    let (port, received) = receiver("410 Gone");
    let site = site_with_webhook(port);
    let daemon = site.daemon();
    let mut stream = daemon.stream();
    site.cli(&["person", "create", "Ann", "-o", "json"]).json();
    stream.wait_for("the alarm", |event| event.is("alarm.raised", "lon1") && event.says("kind") == "sink_failing");
    received.recv_timeout(PATIENCE).unwrap();
    let shown = site.cli(&["webhook", "show", "desk"]);
    assert!(shown.out.contains("resume with: rackward webhook enable desk"), "{shown:?}");
    let ready = daemon.api.get("/readyz");
    assert_eq!(ready.status, 200);
    let parts = ready.json()["parts"].clone();
    let part = |name: &str| parts.as_array().unwrap().iter().find(|part| part["part"] == name).cloned();
    assert_eq!(part("webhook").unwrap()["state"], "failing", "{parts}");
    assert!(part("mqtt_broker").is_some() && part("search_index").is_some(), "{parts}");
    let refused = site.cli(&["webhook", "replay", "desk"]);
    assert!(refused.err.contains("disabled"), "{refused:?}");
    site.cli(&["webhook", "enable", "desk", "--json"]).json();
    stream.wait_for("its end", |event| event.is("alarm.returned", "lon1") && event.says("kind") == "sink_failing");
    received.recv_timeout(PATIENCE).unwrap();
    let found = site.cli(&["event", "search", "type:webhook.*", "-o", "plain"]).out;
    let told = [
        "Webhook desk wants no more messages and is sent none",
        "Messages to webhook desk do not arrive",
        "Local user",
        "enabled webhook desk",
        "Messages to webhook desk arrive again",
    ];
    for part in told {
        assert!(found.contains(part), "{part}: {found}");
    }
    daemon.program.interrupt();
}

#[test]
fn a_supervisor_is_told_that_the_daemon_is_ready_and_that_its_loop_turns() {
    let site = Site::lay_out(&Plan::default());
    let path = site.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = site.daemon_command();
    command.env("NOTIFY_SOCKET", &path);
    let daemon = site.daemon_by(command);
    let heard = || {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let first: Vec<String> = (0..4).map(|_| heard()).collect();
    assert_eq!(first.iter().filter(|said| *said == "READY=1").count(), 1, "{first:?}");
    assert_eq!(first.iter().filter(|said| *said == "WATCHDOG=1").count(), 3, "{first:?}");
    assert_eq!(daemon.api.get("/healthz").status, 200);
    daemon.program.interrupt();
    while heard() != "STOPPING=1" {}
}
