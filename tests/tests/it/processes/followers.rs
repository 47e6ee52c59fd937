//! Many who follow the live stream at once: over kills and restarts under load each of them sees every entry once, in order,
//! and all see the same; and whoever loses the right to it is told nothing more.

use std::collections::BTreeMap;
use std::thread;

use serde_json::json;

use super::PATIENCE;
use super::hands::Hands;
use super::http::Api;
use super::killed::{Draw, read_to_the_end, seed};
use super::site::{Daemon, POINTS, Plan, Site};
use super::stream::{Event, Over, Stream};

/// Who follows. Every other one comes over the console with a token.
const READERS: usize = 50;

/// Starts in one run; the daemon is killed and told to stop in turn.
const ROUNDS: usize = 4;

/// How many change things meanwhile.
const CLERKS: usize = 3;

/// Fewest and most badges in a round.
const BADGES: std::ops::Range<u64> = 10..60;

/// What the readers have seen, each by itself.
type Seen = Vec<Vec<Event>>;

#[test]
fn fifty_readers_see_everything_once_and_in_order_over_kills_and_restarts() {
    let mut draw = Draw(seed());
    let site = Site::lay_out(&Plan::default());
    let hardware = site.hardware();
    let daemon = site.daemon();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    make_reader(&site);
    let (token, _) = reader_token(&site);
    let first = daemon.api.head();
    daemon.program.kill();
    let mut seen: Seen = vec![Vec::new(); READERS];
    for round in 0..ROUNDS {
        let daemon = site.daemon();
        let streams = open_all(&daemon, &token, first, &seen);
        let program = daemon.program;
        thread::scope(|scope| {
            let readers: Vec<_> =
                streams.into_iter().map(|stream| scope.spawn(move || read_to_the_end(stream))).collect();
            (0..CLERKS).for_each(|_| drop(scope.spawn(|| change_until_the_end(&daemon.api))));
            badge_about(&hardware.hands, &mut draw);
            if round % 2 == 0 {
                program.kill();
            } else {
                program.interrupt();
            }
            for (seen, reader) in seen.iter_mut().zip(readers) {
                seen.append(&mut reader.join().unwrap().into_iter().filter(|event| event.id.is_some()).collect());
            }
        });
        let counts: Vec<usize> = seen.iter().map(Vec::len).collect();
        println!("round {round}: from {:?} to {:?} entries seen", counts.iter().min(), counts.iter().max());
    }
    let daemon = site.daemon();
    let head = daemon.api.head();
    let streams = open_all(&daemon, &token, first, &seen);
    for (seen, mut stream) in seen.iter_mut().zip(streams) {
        stream.read_to(head);
        seen.extend(stream.seen.into_iter().filter(|event| event.id.is_some_and(|id| id <= head)));
    }
    check_same(&daemon, first, head, &seen);
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

/// Everybody where they were. That numbers follow each other, within a stream and over its beginning, the stream itself sees.
fn open_all(daemon: &Daemon, token: &str, first: u64, seen: &[Vec<Event>]) -> Vec<Stream> {
    let program = daemon.api.with_token(token);
    let open = |(number, seen): (usize, &Vec<Event>)| {
        let last = seen.last().and_then(|event| event.id).unwrap_or(first);
        Stream::open(if number % 2 == 0 { &program } else { &daemon.api }, Some(last))
    };
    seen.iter().enumerate().map(open).collect()
}

fn check_same(daemon: &Daemon, first: u64, head: u64, seen: &[Vec<Event>]) {
    let mut journal = Stream::open(&daemon.api, Some(first));
    journal.read_to(head);
    let kept: BTreeMap<u64, Event> =
        journal.seen.into_iter().filter_map(|event| Some((event.id.filter(|id| *id <= head)?, event))).collect();
    assert!(
        kept.len() as u64 == head - first && kept.len() > 100,
        "{} entries after {first}, up to {head}",
        kept.len()
    );
    for (number, seen) in seen.iter().enumerate() {
        let numbers: Vec<u64> = seen.iter().filter_map(|event| event.id).collect();
        assert!(numbers.iter().copied().eq(first + 1..=head), "reader {number}: {numbers:?}");
        for event in seen {
            assert_eq!(kept.get(&event.id.unwrap()), Some(event), "reader {number} was told something else");
        }
    }
}

fn badge_about(hands: &Hands, draw: &mut Draw) {
    for _ in 0..BADGES.start + draw.below(BADGES.end - BADGES.start) {
        hands.badge(draw.of(&["p-1", "p-2", "stranger"]), draw.of(&POINTS));
    }
}

/// Changes something as fast as the daemon answers, until it is gone or going.
fn change_until_the_end(api: &Api) {
    let body = json!({ "name": "A Visitor" }).to_string();
    while api.try_change("/api/v1/people", &body).is_ok_and(|answer| answer.status == 201) {}
}

/// An operator who may do little but follow.
#[track_caller]
fn make_reader(site: &Site) {
    site.cli(&["operator", "create", "reader", "--role", "auditor", "-o", "json"]).json();
}

/// A token of theirs that is for following alone: its secret and its id.
#[track_caller]
fn reader_token(site: &Site) -> (String, String) {
    let wanted = ["token", "create", "--owner", "reader", "--permission", "view_journal", "--for", "4h"];
    let made = site.cli(&[wanted.as_slice(), &["--reason", "a display", "-o", "json"]].concat()).json();
    let tokens = site.cli(&["token", "list", "-o", "json"]).json();
    let id = tokens["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    (made["token"].as_str().unwrap().to_owned(), id)
}

/// Makes something happen that whoever follows would be told, and reads what they are.
#[track_caller]
fn check_over(site: &Site, mut stream: Stream, what: &str) {
    site.cli(&["person", "create", "After", "-o", "json"]).json();
    loop {
        match stream.next(PATIENCE) {
            Ok(event) => assert_ne!(event.name, "person.created", "{what}: it is told what happened afterwards"),
            Err(Over::Closed) => return,
            Err(Over::Silence) => panic!("{what}: the stream goes on"),
        }
    }
}

#[test]
fn whoever_loses_the_right_to_follow_is_told_nothing_more() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    let follow = |token: &str| Stream::open(&daemon.api.with_token(token), None);
    let done = |args: &[&str]| {
        let said = site.cli(args);
        assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
    };
    make_reader(&site);
    let (token, id) = reader_token(&site);
    let stream = follow(&token);
    done(&["token", "revoke", &id, "--reason", "lost"]);
    check_over(&site, stream, "a revoked token");

    let stream = follow(&reader_token(&site).0);
    done(&["operator", "edit", "reader", "--role", "facilities", "--reason", "new duties"]);
    check_over(&site, stream, "an owner with another role");

    done(&["operator", "edit", "reader", "--role", "auditor", "--reason", "old duties"]);
    let stream = follow(&reader_token(&site).0);
    done(&["operator", "disable", "reader", "--reason", "on leave"]);
    check_over(&site, stream, "an owner who is disabled");

    let link = site.cli(&["console", "login", "-o", "json"]).json();
    let link = link["login"].as_str().unwrap().to_owned();
    let console = Api::console(link.split_once("/login").unwrap().0);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let signed_in = console.send("POST", "/login", form, &format!("token={}", link.split_once("token=").unwrap().1));
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let Api::Console { address, .. } = console else { unreachable!("it is a console") };
    let session = Api::Console { address, cookie: Some(cookie) };
    let id = session.document("/api/v1/sessions/current")["session"].as_str().unwrap().to_owned();
    let stream = Stream::open(&session, None);
    done(&["session", "revoke", &id, "--reason", "left the desk"]);
    check_over(&site, stream, "a revoked session");
    daemon.program.interrupt();
}
