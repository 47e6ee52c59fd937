//! Sign-in links and sessions in virtual time: what opens one, what it stands, what ends it.

use super::*;

const START: Now = Now { monotonic: Monotonic::from_micros(1_000_000), wall: Wall::from_seconds(1_784_898_202) };

fn after(span: Duration) -> Now {
    Now { monotonic: START.monotonic.after(span), wall: START.wall.after(span) }
}

fn desk() -> Client {
    Client::of("192.0.2.7".parse().ok(), "browser")
}

fn opening(id: u32, role: OperatorRole) -> Opening {
    let (holder, scope, method) = (Holder::Machine, Scope::Site, SignInMethod::Link);
    let assurance = Assurance::Fresh;
    Opening { id: SessionId::new(id), holder, role, scope, method, client: desk(), assurance }
}

fn opened(sessions: &Sessions, id: u32, now: Now) -> Token {
    opened_as(sessions, opening(id, OperatorRole::Admin), now).0
}

fn opened_as(sessions: &Sessions, opening: Opening, now: Now) -> (Token, Duration) {
    let cookie = Token::draw().unwrap();
    let lasts = sessions.open(&cookie, opening, now);
    (cookie, lasts)
}

fn token_of(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

fn causes(sessions: &Sessions) -> Vec<SessionEnd> {
    sessions.lock().ended.all().map(|ended| ended.cause).collect()
}

#[test]
fn a_link_is_taken_once_and_dies_of_age() {
    let sessions = Sessions::new("http://127.0.0.1:8080/");
    let new = |whom| sessions.new_link_for(whom, START.monotonic).unwrap();
    let link = new(LinkFor::FirstAdmin);
    assert!(link.starts_with("http://127.0.0.1:8080/login?token="), "the address is whole");
    assert_eq!(token_of(&link).len(), 43, "32 bytes");
    assert_eq!(sessions.take_link(token_of(&link), START.monotonic).unwrap().whom, LinkFor::FirstAdmin);
    assert!(sessions.take_link(token_of(&link), START.monotonic).is_none(), "a second use finds nothing");

    let operator = OperatorId::new(3);
    let check = |whom, life: Duration| {
        for (age, works) in [(life - Duration::from_micros(1), true), (life, false)] {
            let link = new(whom);
            assert_eq!(sessions.take_link(token_of(&link), START.monotonic.after(age)).is_some(), works, "{whom:?}");
        }
    };
    check(LinkFor::Operator(operator), Duration::from_secs(15 * 60));
    check(LinkFor::Invitation(operator), Duration::from_secs(24 * 3600));

    let (first, second) = (new(LinkFor::FirstAdmin), new(LinkFor::FirstAdmin));
    assert!(sessions.take_link(token_of(&first), START.monotonic).is_none(), "a newer one took its place");
    assert!(sessions.take_link(token_of(&second), START.monotonic).is_some());
}

#[test]
fn sessions_end_by_time_and_a_use_puts_that_off() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let check = |role: OperatorRole, uses: &[Duration], then: Duration, expect: Option<SessionEnd>| {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let (cookie, lasts) = opened_as(&sessions, opening(1, role), START);
        let found = sessions.find(cookie.reveal(), &desk(), None, START).unwrap();
        assert_eq!(found.lease.remaining(), Some(lasts), "the browser keeps the cookie for as long as it counts");
        for used in uses {
            assert!(sessions.find(cookie.reveal(), &desk(), None, after(*used)).is_some(), "{used:?}");
        }
        assert_eq!(sessions.find(cookie.reveal(), &desk(), None, after(then)).is_none(), expect.is_some(), "{then:?}");
        assert_eq!(causes(&sessions), Vec::from_iter(expect), "{uses:?} then {then:?}");
    };
    let almost = |span: Duration| span - Duration::from_micros(1);
    let busy: Vec<Duration> = (0..72).map(|ten| minutes(10 * ten)).collect();
    check(OperatorRole::Admin, &[], almost(minutes(15)), None);
    check(OperatorRole::Admin, &[], minutes(15), Some(SessionEnd::Idle));
    check(OperatorRole::Admin, &[minutes(14)], minutes(28), None);
    check(OperatorRole::Admin, &busy, almost(minutes(12 * 60)), None);
    check(OperatorRole::Admin, &busy, minutes(12 * 60), Some(SessionEnd::TimeOver));
    check(OperatorRole::WallScreen, &[], minutes(60 * 24 * 90), Some(SessionEnd::TimeOver));
    check(OperatorRole::WallScreen, &[], minutes(60 * 24 * 89), None);
}

#[test]
fn a_session_that_is_followed_does_not_idle_and_one_that_is_over_stays_over() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let cookie = opened(&sessions, 1, START);
    let minutes = |minutes: u64| after(Duration::from_secs(60 * minutes));
    for time in [14, 28, 42] {
        sessions.touch(SessionId::new(1), minutes(time));
    }
    assert!(sessions.find(cookie.reveal(), &desk(), None, minutes(56)).is_some());
    sessions.touch(SessionId::new(1), minutes(56 + 15));
    assert!(sessions.find(cookie.reveal(), &desk(), None, minutes(56 + 15)).is_none(), "it came too late");
    assert_eq!(causes(&sessions), [SessionEnd::Idle]);
    sessions.touch(SessionId::new(9), minutes(0));
}

#[test]
fn a_desk_where_nobody_does_anything_is_idle_until_somebody_proves_themselves() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let id = SessionId::new(1);
    let cookie = opened(&sessions, 1, START);
    let minutes = |minutes: u64| after(Duration::from_secs(60 * minutes));
    let look = |cookie: &Token, time: u64| {
        let found = sessions.find(cookie.reveal(), &desk(), None, minutes(time));
        found.map(|found| found.caller.assurance)
    };
    assert_eq!(look(&cookie, 6), Some(Assurance::Standing));
    assert_eq!(look(&cookie, 14), Some(Assurance::Standing), "it was looked at, and nothing was done");
    sessions.acts(id, minutes(14));
    assert_eq!(look(&cookie, 28), Some(Assurance::Standing));
    assert_eq!(look(&cookie, 29), Some(Assurance::Idle));
    sessions.acts(id, minutes(29));
    assert_eq!(look(&cookie, 30), Some(Assurance::Idle), "what is tried there does not make it anybody's again");
    let (next, _) = sessions.prove_again(id, minutes(31)).unwrap().unwrap();
    assert_eq!(look(&next, 31), Some(Assurance::Fresh));
    assert_eq!(look(&next, 40), Some(Assurance::Standing));
}

#[test]
fn an_end_waits_until_it_is_recorded() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let ended = |id: u32, cause| Ended { id: SessionId::new(id), operator: None, cause };
    let (one, two) = (opened(&sessions, 1, START), opened(&sessions, 2, START));
    sessions.close(one.reveal(), &desk());
    sessions.close(two.reveal(), &desk());
    let first = ended(1, SessionEnd::SignedOut);
    assert_eq!(sessions.first_ended(), Some(first));
    assert_eq!(sessions.first_ended(), Some(first), "looking at it does not take it away");
    sessions.end_is_recorded(first);
    assert_eq!(sessions.first_ended(), Some(ended(2, SessionEnd::SignedOut)));
    sessions.end_is_recorded(ended(2, SessionEnd::SignedOut));
    assert_eq!(sessions.first_ended(), None);

    let cookies: Vec<Token> = (0..=1_024).map(|id| opened(&sessions, id, START)).collect();
    cookies.iter().for_each(|cookie| sessions.close(cookie.reveal(), &desk()));
    assert_eq!(causes(&sessions).len(), ended::MAX_ENDED, "while nothing can be recorded, the newest are kept");
    assert_eq!(sessions.first_ended().unwrap().id, SessionId::new(1));
}

#[test]
fn a_new_way_in_takes_the_place_of_those_before() {
    let (one, other) = (OperatorId::new(3), OperatorId::new(4));
    let machine = LinkFor::Machine { role: OperatorRole::Admin, scope: Scope::Site };
    let check = |first: LinkFor, second: LinkFor, stays: bool| {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let link = sessions.new_link_for(first, START.monotonic).unwrap();
        sessions.new_link_for(second, START.monotonic).unwrap();
        let found = sessions.take_link(token_of(&link), START.monotonic).is_some();
        assert_eq!(found, stays, "{first:?}, then {second:?}");
    };
    check(LinkFor::FirstAdmin, LinkFor::FirstAdmin, false);
    check(LinkFor::Invitation(one), LinkFor::Invitation(one), false);
    check(LinkFor::Invitation(one), LinkFor::Operator(one), false);
    check(LinkFor::Operator(one), LinkFor::Invitation(one), false);
    check(LinkFor::Invitation(one), LinkFor::Invitation(other), true);
    check(LinkFor::Operator(one), machine, true);
    check(machine, machine, true);
    check(LinkFor::FirstAdmin, machine, true);
}

#[test]
fn a_cookie_from_elsewhere_ends_the_session_for_everybody() {
    let check = |address: &str, agent: &str, stays: bool| {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let cookie = opened(&sessions, 1, START);
        let lease = sessions.find(cookie.reveal(), &desk(), None, START).unwrap().lease;
        let elsewhere = Client::of(address.parse().ok(), agent);
        assert_eq!(sessions.find(cookie.reveal(), &elsewhere, None, START).is_some(), stays, "{address} {agent}");
        assert_eq!(lease.is_over(), !stays, "what it started ends with it");
        assert_eq!(sessions.find(cookie.reveal(), &desk(), None, START).is_some(), stays, "at its own desk");
        assert_eq!(causes(&sessions), if stays { vec![] } else { vec![SessionEnd::Moved] });
    };
    check("192.0.2.7", "browser", true);
    check("192.0.2.99", "browser", true);
    check("198.51.100.7", "browser", false);
    check("192.0.2.7", "another", false);
}

#[test]
fn a_proof_is_fresh_for_five_minutes_and_another_changes_the_cookie() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let cookie = opened(&sessions, 1, START);
    let assurance = |cookie: &Token, seconds: u64| {
        let found = sessions.find(cookie.reveal(), &desk(), None, after(Duration::from_secs(seconds)));
        found.map(|found| found.caller.assurance)
    };
    assert_eq!(assurance(&cookie, 299), Some(Assurance::Fresh));
    assert_eq!(assurance(&cookie, 300), Some(Assurance::Standing));
    let lease = sessions.find(cookie.reveal(), &desk(), None, after(Duration::from_secs(400))).unwrap().lease;
    let at = after(Duration::from_secs(400));
    let (next, lasts) = sessions.prove_again(SessionId::new(1), at).unwrap().unwrap();
    assert_eq!(lasts, ABSOLUTE_LIFE - Duration::from_secs(400), "a new cookie is no new session");
    assert_eq!(assurance(&next, 401), Some(Assurance::Fresh));
    assert_eq!(assurance(&cookie, 401), None, "the old cookie opens nothing");
    assert!(!lease.is_over(), "streams go on");
    assert!(sessions.prove_again(SessionId::new(2), at).unwrap().is_none());
}

#[test]
fn closing_or_revoking_a_session_ends_what_it_started() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let (one, two) = (opened(&sessions, 1, START), opened(&sessions, 2, START));
    let lease = |cookie: &Token| sessions.find(cookie.reveal(), &desk(), None, START).unwrap().lease;
    let (first, second) = (lease(&one), lease(&two));
    sessions.close(one.reveal(), &desk());
    assert!(first.is_over() && !second.is_over());
    assert!(sessions.revoke(SessionId::new(2)));
    assert!(second.is_over());
    assert!(!sessions.revoke(SessionId::new(2)));
    assert_eq!(causes(&sessions), [SessionEnd::SignedOut, SessionEnd::Revoked]);
    assert!(sessions.list(START.monotonic).is_empty());
}

#[test]
fn whoever_leaves_from_elsewhere_is_not_the_holder() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let cookie = opened(&sessions, 1, START);
    let lease = sessions.find(cookie.reveal(), &desk(), None, START).unwrap().lease;
    sessions.close(cookie.reveal(), &Client::of("192.0.2.7".parse().ok(), "another browser"));
    assert!(lease.is_over());
    assert_eq!(causes(&sessions), [SessionEnd::Moved]);
}

#[test]
fn links_and_sessions_are_bounded() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let first = sessions.new_link(OperatorRole::Admin, START.monotonic).unwrap();
    for _ in 0..links::MAX_LINKS {
        sessions.new_link(OperatorRole::Admin, START.monotonic).unwrap();
    }
    assert!(sessions.take_link(token_of(&first), START.monotonic).is_none(), "the oldest link made room");

    let second = |number: u32| after(Duration::from_secs(number.into()));
    let count = u32::try_from(MAX_SESSIONS).unwrap();
    let cookies: Vec<Token> = (0..=count).map(|number| opened(&sessions, number, second(number))).collect();
    let found = |cookie: &Token| sessions.find(cookie.reveal(), &desk(), None, second(count)).is_some();
    assert!(!found(&cookies[0]), "the one that was idle longest made room");
    assert!(found(&cookies[1]));
    assert_eq!(sessions.lock().sessions.len(), MAX_SESSIONS);
    assert_eq!(causes(&sessions), [SessionEnd::Crowded]);
}

#[test]
fn what_is_kept_reads_back_without_the_freshness_and_holds_no_cookie() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let cookie = opened(&sessions, 7, START);
    let bytes = sessions.lock().written();
    assert!(!String::from_utf8_lossy(&bytes).contains(cookie.reveal()));
    let check = |minutes: u64, stays: bool| {
        // A daemon that was restarted, on a machine that was too.
        let wall = START.wall.after(Duration::from_secs(60 * minutes));
        let now = Now { monotonic: Monotonic::from_micros(5), wall };
        let restarted = Sessions::new("http://127.0.0.1:1");
        let read = kept::read(&bytes, IDLE_LIFE_DEFAULT, now);
        let idle = Ended { id: SessionId::new(7), operator: None, cause: SessionEnd::Idle };
        assert_eq!(read.ended, if stays { vec![] } else { vec![idle] });
        restarted.lock().sessions = read.sessions;
        let found = restarted.find(cookie.reveal(), &desk(), None, now);
        assert_eq!(found.as_ref().is_some(), stays, "after {minutes} minutes");
        if let Some(found) = found {
            assert_eq!(found.caller.assurance, Assurance::Standing);
            assert_eq!(found.caller.actor, Actor::Session(7));
            let left = Duration::from_secs(12 * 3600 - 60 * minutes);
            assert_eq!(found.lease.remaining(), Some(left), "the time before counts");
        }
    };
    check(0, true);
    check(14, true);
    check(15, false);
    for damaged in [&b"not json"[..], b"[{\"id\":1}]", b"{}"] {
        let read = kept::read(damaged, IDLE_LIFE_DEFAULT, START);
        assert!(read.sessions.is_empty() && read.ended.is_empty());
    }
}

#[test]
fn what_was_kept_and_does_not_last_is_told_as_over() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    for number in 1..=3 {
        opened(&sessions, number, START);
    }
    let bytes = sessions.lock().written();
    let mut rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    rows[0]["operator"] = 4.into();
    rows[0]["digest"] = "no digest".into();
    rows[1]["operator"] = 5.into();
    rows[1]["used_s"] = (START.wall.as_seconds() - 3600).into();
    rows[2]["operator"] = 6.into();
    let read = kept::read(&serde_json::to_vec(&rows).unwrap(), IDLE_LIFE_DEFAULT, START);
    let over = |id, operator, cause| Ended { id: SessionId::new(id), operator: Some(OperatorId::new(operator)), cause };
    assert_eq!(read.ended, [over(1, 4, SessionEnd::Lost), over(2, 5, SessionEnd::Idle)]);
    let restarted = Sessions::new("http://127.0.0.1:1");
    restarted.lock().sessions = read.sessions;
    assert_eq!(restarted.lasting(), [(SessionId::new(3), OperatorId::new(6))]);
}

#[test]
fn an_end_that_is_not_recorded_outlives_a_restart_and_its_session_does_not() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let (stays, goes) = (opened(&sessions, 7, START), opened(&sessions, 8, START));
    sessions.revoke(SessionId::new(8));
    let bytes = sessions.lock().written();
    let restarted = kept::read(&bytes, IDLE_LIFE_DEFAULT, START);
    assert_eq!(restarted.ended, [Ended { id: SessionId::new(8), operator: None, cause: SessionEnd::Revoked }]);
    let again = Sessions::new("http://127.0.0.1:1");
    again.lock().sessions = restarted.sessions;
    assert!(again.find(stays.reveal(), &desk(), None, START).is_some());
    assert!(again.find(goes.reveal(), &desk(), None, START).is_none());
}

#[test]
fn nothing_prints_a_token() {
    let sessions = Sessions::new("http://127.0.0.1:1");
    let cookie = opened(&sessions, 1, START);
    assert_eq!(format!("{cookie:?} {sessions:?}"), "Token(..) Sessions { console: \"http://127.0.0.1:1\", .. }");
}
