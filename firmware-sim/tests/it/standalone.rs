//! Stories of a handle on its own in virtual time: what its rights list lets it do, and what it tells when it is back.

use rackward_firmware_sim::wiring::mqtt::{ANSWER_LIMIT, SiteKeys, card_hash};
use rackward_protocol::mqtt::rights::SIGNATURE_BYTES;
use rackward_protocol::mqtt::{
    CardHash, CardRead, Colour, CommandKind, DeviceId, Down, Feedback, Led, LinkEvent, ListNumber, LogRecord, Logged,
    Outcome, Reading, Rhythm, RightsEntry, RightsList, RightsOutcome, RightsRefusal, RightsReport, SiteId, UnixMillis,
    UnlockCause, Window,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::rack_at_broker::Story;

const RACK: &str = "r2/c1/front";
const DEVICE: &str = "r2-c1-front";
const CARD_KEY: [u8; 32] = [0x0b; 32];
const HOUR_MS: u64 = 3_600_000;

/// The site's end: whom it signs lists for.
pub(crate) struct Site {
    signer: Ed25519KeyPair,
}

impl Site {
    fn new(seed: u8) -> Self {
        Self { signer: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap() }
    }

    fn keys(&self) -> SiteKeys {
        let list_key = self.signer.public_key().as_ref().try_into().unwrap();
        SiteKeys { site: SiteId::parse("lon1").unwrap(), list_key, card_key: Some(CARD_KEY) }
    }

    fn sign(&self, list: &RightsList) -> Vec<u8> {
        let sign = |text: &[u8]| -> [u8; SIGNATURE_BYTES] { self.signer.sign(text).as_ref().try_into().unwrap() };
        RightsList::sign(list.body().unwrap(), sign)
    }
}

/// The cards of the world file: p-1's and p-2's.
fn card(person: &str) -> CardRead {
    match person {
        "p-1" => rackward_firmware_sim::card::wiegand_26(12, 34567).unwrap(),
        _ => rackward_firmware_sim::card::raw(32, "deadbeef").unwrap(),
    }
}

fn hash(person: &str) -> CardHash {
    card_hash(&CARD_KEY, &card(person))
}

/// A list from `issued` for eight hours, on which these people may open all the time.
fn list(number: u64, issued: UnixMillis, people: &[&str]) -> RightsList {
    let whole = Window { from: (issued.0 / 1_000) as u32, to: ((issued.0 + 8 * HOUR_MS) / 1_000) as u32 };
    let mut entries: Vec<RightsEntry> =
        people.iter().map(|person| RightsEntry { card: hash(person), windows: vec![whole] }).collect();
    entries.sort_by_key(|entry| entry.card);
    RightsList {
        site: SiteId::parse("lon1").unwrap(),
        device: DeviceId::parse(DEVICE).unwrap(),
        number: ListNumber(number),
        generation: number * 10,
        issued,
        expires: UnixMillis(issued.0 + 8 * HOUR_MS),
        release_ms: 5_000,
        entries,
    }
}

/// An enrolled handle that is connected and holds list 1, by which `people` may open.
fn begin(people: &[&str]) -> (Story, Site) {
    let (mut story, site) = (Story::begin(), Site::new(1));
    story.client.equip(&story.site, site.keys());
    story.run(100);
    let signed = site.sign(&list(1, story.now.wall, people));
    story.give(&Down::Rights(signed));
    story.run(10);
    assert!(matches!(last_report(&story).outcome, RightsOutcome::Applied));
    (story, site)
}

fn last_report(story: &Story) -> RightsReport {
    let report = |event: &LinkEvent| match event {
        LinkEvent::Rights(report) => Some(report.clone()),
        _ => None,
    };
    story.events.iter().rev().find_map(report).unwrap()
}

fn records(story: &Story) -> Vec<LogRecord> {
    let record = |event: &LinkEvent| match event {
        LinkEvent::Logged(record) => Some(*record),
        _ => None,
    };
    story.events.iter().filter_map(record).collect()
}

fn logged(story: &Story) -> Vec<Logged> {
    records(story).into_iter().map(|record| record.what).collect()
}

fn is_locked(story: &Story) -> bool {
    !story.site.passage("lon1/hall/r2/c1/front").unwrap().is_motor_on()
}

/// Cards at the handle, and whether it opened.
fn opens(story: &mut Story, person: &str) -> bool {
    story.hand("badge", &[person, RACK]);
    story.run(1_000);
    let opened = !is_locked(story);
    story.run(6_000);
    assert!(is_locked(story), "it locks again by itself");
    opened
}

fn admitted(person: &str, list: u64) -> Logged {
    Logged::Admitted { card: hash(person), list: ListNumber(list) }
}

fn refused(person: &str) -> Logged {
    Logged::Refused { card: hash(person) }
}

#[test]
fn an_hour_without_a_link_is_told_in_order_when_it_is_back_and_a_revocation_counts_from_then_on() {
    let (mut story, site) = begin(&["p-1"]);
    story.hand("cut", &[DEVICE]);
    story.run(10 * 60_000);
    let first_at = story.now.wall;
    assert!(opens(&mut story, "p-1"));
    assert!(!opens(&mut story, "p-2"), "who is not on the list stays out");
    story.hand("badge", &["p-1", RACK]);
    story.run(1_000);
    story.hand("lift", &[RACK]);
    story.hand("open", &[RACK]);
    story.run(20 * 60_000);
    story.hand("close", &[RACK]);
    story.hand("seat", &[RACK]);
    // The right is taken away while nobody can tell the handle: by its list it still opens.
    story.run(30 * 60_000);
    assert!(opens(&mut story, "p-1"));
    assert_eq!(records(&story), [], "nothing is told over a cut network");

    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    let told =
        [admitted("p-1", 1), refused("p-2"), admitted("p-1", 1), Logged::Opened, Logged::Closed, admitted("p-1", 1)];
    assert_eq!(logged(&story), told);
    let numbers: Vec<u64> = records(&story).iter().map(|record| record.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let first = records(&story)[0].at;
    assert!(first.0 - first_at.0 < 100, "told with the time it happened");
    assert_eq!(last_report(&story).held.unwrap().number, ListNumber(1));

    let without = site.sign(&list(2, story.now.wall, &[]));
    story.give(&Down::Rights(without));
    story.command(1, CommandKind::NoteLog { through: 6 });
    story.run(100);
    let report = last_report(&story);
    assert_eq!((report.outcome, report.held.unwrap().generation), (RightsOutcome::Applied, 20));
    story.hand("cut", &[DEVICE]);
    story.run(1_000);
    assert!(!opens(&mut story, "p-1"), "the right is gone from here on");
    story.events.clear();
    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    assert_eq!(logged(&story), [refused("p-1")], "what was noted is not told again");
    assert_eq!(story.troubles, []);
}

#[test]
fn with_a_link_the_list_is_asked_only_when_nobody_answers() {
    let (mut story, _site) = begin(&["p-1"]);
    let green = Rhythm { on_ticks: 1, off_ticks: 0, on_colour: Colour::Green, off_colour: Colour::Off };
    let answer = Feedback { led: Some(Led::Temporary { rhythm: green, ticks: 10 }), buzzer: None };
    story.hand("badge", &["p-1", RACK]);
    story.run(500);
    story.give(&Down::Feedback(answer));
    story.run(10_000);
    assert!(is_locked(&story) && logged(&story).is_empty(), "an answer is an answer, whatever it says");

    story.hand("badge", &["p-1", RACK]);
    story.run(u64::try_from(ANSWER_LIMIT.as_millis()).unwrap() - 50);
    assert!(is_locked(&story));
    story.run(100);
    assert_eq!(logged(&story), [admitted("p-1", 1)]);
    story.run(1_000);
    assert!(!is_locked(&story));
    assert_eq!(unlocked_by(&story), Some(UnlockCause::RightsList));
}

fn unlocked_by(story: &Story) -> Option<UnlockCause> {
    let state = |event: &LinkEvent| match event {
        LinkEvent::State(state) => Some(state.unlocked_by),
        _ => None,
    };
    story.events.iter().rev().find_map(state).unwrap()
}

#[test]
fn a_list_that_does_not_count_is_refused_and_the_old_one_stays() {
    let wall = UnixMillis(1_784_901_802_527);
    let good = list(2, wall, &["p-2"]);
    let site = Site::new(1);
    let mut cut_short = site.sign(&good);
    cut_short.truncate(cut_short.len() - 1);
    let mut flipped = site.sign(&good);
    flipped[60] ^= 1;
    let rows = [
        (Site::new(2).sign(&good), RightsRefusal::Signature),
        (cut_short, RightsRefusal::Signature),
        (flipped, RightsRefusal::Signature),
        (site.sign(&RightsList { site: SiteId::parse("lon2").unwrap(), ..good.clone() }), RightsRefusal::Site),
        (site.sign(&RightsList { device: DeviceId::parse("r9").unwrap(), ..good.clone() }), RightsRefusal::Device),
        (site.sign(&list(1, wall, &["p-2"])), RightsRefusal::Replayed),
    ];
    for (bytes, expect) in rows {
        let (mut story, _site) = begin(&["p-1"]);
        story.give(&Down::Rights(bytes));
        story.run(10);
        let report = last_report(&story);
        assert_eq!(report.outcome, RightsOutcome::Refused(expect));
        assert_eq!(report.held.unwrap().number, ListNumber(1));
        story.hand("cut", &[DEVICE]);
        story.run(100);
        assert!(opens(&mut story, "p-1") && !opens(&mut story, "p-2"), "{expect:?}");
    }
}

#[test]
fn a_list_ends_by_itself_and_a_clock_behind_its_issue_opens_nothing() {
    let (mut story, _site) = begin(&["p-1"]);
    story.hand("cut", &[DEVICE]);
    story.run(1_000);
    assert!(opens(&mut story, "p-1"));
    story.hand("clock-offset", &[DEVICE, "-3600"]);
    assert!(!opens(&mut story, "p-1"));
    story.hand("clock-offset", &[DEVICE, "28800"]);
    assert!(!opens(&mut story, "p-1"));
    story.hand("clock-offset", &[DEVICE, "28000"]);
    assert!(opens(&mut story, "p-1"));
}

#[test]
fn told_to_decide_online_it_opens_for_nobody_until_a_newer_list_comes() {
    let (mut story, site) = begin(&["p-1"]);
    let first = site.sign(&list(1, story.now.wall, &["p-1"]));
    story.command(1, CommandKind::DecideOnline);
    story.run(10);
    assert_eq!((last_report(&story).held, story.acks()), (None, vec![(1, Outcome::Done)]));
    story.give(&Down::Rights(first));
    story.run(10);
    assert_eq!(last_report(&story).outcome, RightsOutcome::Refused(RightsRefusal::Replayed));
    story.hand("cut", &[DEVICE]);
    story.run(1_000);
    assert!(!opens(&mut story, "p-1"));
    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    let next = site.sign(&list(2, story.now.wall, &["p-1"]));
    story.give(&Down::Rights(next));
    story.hand("cut", &[DEVICE]);
    story.run(1_000);
    assert!(opens(&mut story, "p-1"));
}

#[test]
fn a_canary_is_asked_exactly_as_a_card_and_moves_nothing() {
    let (mut story, _site) = begin(&["p-1"]);
    story.command(1, CommandKind::Canary { card: card("p-1") });
    story.command(2, CommandKind::Canary { card: card("p-2") });
    story.run(2_000);
    assert_eq!(story.acks(), [(1, Outcome::WouldAdmit), (2, Outcome::WouldRefuse)]);
    assert!(is_locked(&story) && logged(&story).is_empty());
}

#[test]
fn list_number_and_log_outlive_a_restart_and_a_forgotten_list_does_not_come_back() {
    let (mut story, site) = begin(&["p-1"]);
    let first = site.sign(&list(1, story.now.wall, &["p-1"]));
    story.hand("cut", &[DEVICE]);
    story.run(1_000);
    assert!(opens(&mut story, "p-1"));
    story.hand("power", &[DEVICE, "off"]);
    story.run(60_000);
    story.hand("power", &[DEVICE, "on"]);
    story.run(1_000);
    assert!(opens(&mut story, "p-1"), "the list is there after the power cut");
    story.hand("restore", &[DEVICE]);
    story.run(3_000);
    assert_eq!(logged(&story), [admitted("p-1", 1), admitted("p-1", 1)]);
    story.give(&Down::Rights(first));
    story.command(5, CommandKind::DecideOnline);
    story.hand("reboot", &[DEVICE, "watchdog"]);
    story.run(3_000);
    assert_eq!(last_report(&story).held, None);
    let flash = story.client.poll_flash().unwrap();
    assert_eq!((flash.highest, flash.list), (Some(ListNumber(1)), None));
}

#[test]
fn without_keys_of_the_site_it_takes_no_list_and_opens_for_nobody() {
    let mut story = Story::begin();
    story.run(100);
    let signed = Site::new(1).sign(&list(1, story.now.wall, &["p-1"]));
    story.give(&Down::Rights(signed));
    story.run(10);
    assert_eq!(last_report(&story).outcome, RightsOutcome::Refused(RightsRefusal::Signature));
    story.hand("cut", &[DEVICE]);
    story.run(100);
    assert!(!opens(&mut story, "p-1"));
    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    assert_eq!(logged(&story), [], "a card without a name cannot be written down");
}

#[test]
fn a_long_log_is_told_in_pieces_as_it_is_noted() {
    let (mut story, _site) = begin(&["p-1"]);
    story.hand("cut", &[DEVICE]);
    story.run(100);
    for _ in 0..40 {
        story.hand("badge", &["p-2", RACK]);
        story.run(20);
    }
    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    assert_eq!(records(&story).len(), 16);
    story.command(1, CommandKind::NoteLog { through: 16 });
    story.run(100);
    assert_eq!(records(&story).len(), 32);
    // A daemon that was gone asks anew, and hears again what it has not noted.
    story.events.clear();
    story.command(2, CommandKind::ReadState);
    story.run(100);
    assert_eq!(records(&story).iter().map(|record| record.number).collect::<Vec<_>>(), Vec::from_iter(17..=32));
    story.command(3, CommandKind::NoteLog { through: 32 });
    story.run(100);
    assert_eq!(records(&story).last().unwrap().number, 40);
}

#[test]
fn keys_turned_and_covers_opened_alone_are_written_down() {
    let (mut story, _site) = begin(&[]);
    story.hand("cut", &[DEVICE]);
    story.run(100);
    story.hand("key", &[RACK]);
    story.run(100);
    story.hand("tamper", &[DEVICE]);
    story.run(100);
    story.hand("restore", &[DEVICE]);
    story.run(2_000);
    assert_eq!(logged(&story), [Logged::KeyTurned, Logged::Tampered]);
    assert_eq!(story.last_state().0, Reading::Yes);
}
