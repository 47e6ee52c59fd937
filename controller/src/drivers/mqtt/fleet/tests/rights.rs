//! Rights lists, receipts, the log of a device on its own, and certificates.

use rackward_core::engine::input;
use rackward_core::id::Generation;
use rackward_core::rights_list::{self, ListedCard, RightsList};
use rackward_protocol::mqtt::{
    CardHash, Decision, Keeper, ListNumber, LogRecord, Logged, RightsOutcome, RightsRefusal, RightsReport, SignedList,
};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::*;

const CARD: [u8; 16] = [9; 16];

fn list(number: u64) -> RightsList {
    let windows = [rights_list::Window { from: 1_700_000_000, to: 1_700_003_600 }].into();
    RightsList {
        number: rights_list::ListNumber(number),
        generation: Generation::new(7),
        issued: Wall::from_seconds(1_700_000_000),
        expires: Wall::from_seconds(1_700_028_800),
        release_time: Duration::from_secs(10),
        cards: [ListedCard { card: CredentialKey::from_keyed_hash(CARD), windows }].into(),
    }
}

/// A list as the device opens it, under the public key that it got when it was enrolled.
fn open(settings: &MqttSettings, bytes: &[u8], device: &str) -> Result<SignedList, RightsRefusal> {
    let key = UnparsedPublicKey::new(&ED25519, settings.identity.authority.list_key());
    let (site, device) = (SiteId::parse("lon1").unwrap(), mqtt::DeviceId::parse(device).unwrap());
    SignedList::open(bytes, &site, &device, |text, signature| key.verify(text, signature).is_ok())
}

fn put(world: &mut World, number: u64) -> Vec<u8> {
    world.orders(Task::PutRights(Box::new(list(number))));
    let told = world.told();
    let [Received::Rights(bytes)] = &told[..] else { panic!("{told:?}") };
    bytes.clone()
}

#[test]
fn a_list_arrives_signed_and_its_receipt_is_the_list_that_was_meant() {
    let settings = settings();
    let mut world = world_of(&settings);
    world.born();
    let bytes = put(&mut world, 40);
    let mut keeper = Keeper::new(500, None);
    let now = world.device_time();
    let report = keeper.put(now, open(&settings, &bytes, "r01-front"));
    world.says(UpBody::Rights(report));
    let expect =
        input::RightsReport { held: Some(list(40).held("lon1", "r01-front")), outcome: input::RightsOutcome::Applied };
    assert_eq!(world.hears(), [DeviceReport::Rights(expect)]);
    assert!(matches!(keeper.decide(now, CardHash(CARD)), Decision::Admit { .. }));
}

#[test]
fn a_list_of_another_device_or_signature_is_refused_and_the_refusal_told() {
    let (settings, foreign) = (settings(), settings());
    let mut world = world_of(&settings);
    world.born();
    let bytes = put(&mut world, 40);
    let mut flipped = bytes.clone();
    flipped[20] ^= 1;
    let check = |world: &mut World, opened, refusal| {
        let report = Keeper::new(500, None).put(world.device_time(), opened);
        world.says(UpBody::Rights(report));
        let outcome = input::RightsOutcome::Refused(refusal);
        assert_eq!(world.hears(), [DeviceReport::Rights(input::RightsReport { held: None, outcome })]);
    };
    check(&mut world, open(&foreign, &bytes, "r01-front"), rights_list::ListRefusal::Signature);
    check(&mut world, open(&settings, &flipped, "r01-front"), rights_list::ListRefusal::Signature);
    check(&mut world, open(&settings, &bytes, "r01-rear"), rights_list::ListRefusal::Device);
}

#[test]
fn what_a_device_says_that_it_holds_is_told_as_it_says() {
    let mut world = world();
    let held = mqtt::HeldRights {
        number: ListNumber(40),
        generation: 7,
        digest: [0xEE; 32],
        expires: UnixMillis(1_700_028_800_000),
    };
    world.says(UpBody::Birth(Birth { held: Some(held), ..described() }));
    let expect = input::RightsReport {
        held: Some(rights_list::HeldList {
            number: rights_list::ListNumber(40),
            generation: Generation::new(7),
            digest: rights_list::ListDigest([0xEE; 32]),
            expires: Wall::from_seconds(1_700_028_800),
        }),
        outcome: input::RightsOutcome::Holding,
    };
    assert!(world.hears().contains(&DeviceReport::Rights(expect)));
    world.says(UpBody::Rights(RightsReport { held: None, outcome: RightsOutcome::Holding }));
    let nothing = input::RightsReport { held: None, outcome: input::RightsOutcome::Holding };
    assert_eq!(world.hears(), [DeviceReport::Rights(nothing)]);
}

#[test]
fn lists_and_the_order_to_forget_them_arrive_in_the_order_given_and_after_what_people_wait_for() {
    let mut world = world();
    world.born();
    world.orders(Task::PutRights(Box::new(list(40))));
    world.orders(Task::DecideOnline { command: CommandId::new(5) });
    world.orders(Task::PutRights(Box::new(list(41))));
    world.orders(Task::NoteLog { through: 12, again: false });
    world.release(6);
    let told = world.told();
    let [release, Received::Rights(_), forget, Received::Rights(_), note] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(release, Received::Execute(Command { kind: CommandKind::Release { .. }, .. })));
    assert!(matches!(forget, Received::Execute(Command { kind: CommandKind::DecideOnline, id }) if id.0 == 5));
    assert!(matches!(note, Received::Execute(Command { kind: CommandKind::NoteLog { through: 12 }, .. })));
}

#[test]
fn a_device_whose_records_are_missing_is_asked_to_tell_them_again() {
    let mut world = world();
    world.born();
    world.passes(5_000);
    world.told();
    world.orders(Task::NoteLog { through: 1, again: true });
    let told = world.told();
    let [Received::Execute(note), question] = &told[..] else { panic!("{told:?}") };
    assert_eq!(note.kind, CommandKind::NoteLog { through: 1 });
    assert!(is_question(question), "{question:?}");
}

#[test]
fn a_device_that_is_away_is_sent_no_list_and_nothing_waits_for_it() {
    let mut world = world();
    world.orders(Task::PutRights(Box::new(list(40))));
    world.orders(Task::DecideOnline { command: CommandId::new(5) });
    world.orders(Task::NoteLog { through: 1, again: false });
    assert_eq!((world.told(), world.hears()), (vec![], vec![]));
    world.born();
    world.orders(Task::PutRights(Box::new(list(40))));
    world.fleet.lost();
    assert!(!world.fleet.has_message());
}

#[test]
fn a_list_that_is_none_is_not_sent() {
    let mut world = world();
    world.born();
    let broken = RightsList { release_time: Duration::ZERO, ..list(40) };
    world.orders(Task::PutRights(Box::new(broken)));
    assert_eq!((world.told(), world.hears()), (vec![], vec![]));
}

#[test]
fn a_record_of_the_log_is_told_by_our_clock() {
    let mut world = world();
    world.ahead_ms = 60_000;
    world.says(birth());
    world.hears();
    let (card, list) = (CardHash(CARD), ListNumber(40));
    let at = UnixMillis(1_700_000_000_000 + 60_000 - 3_600_000);
    world.says(UpBody::Log(LogRecord { number: 3, at, what: Logged::Admitted { card, list } }));
    let what =
        rights_list::Logged::Admitted { card: CredentialKey::from_keyed_hash(CARD), list: rights_list::ListNumber(40) };
    let an_hour_ago = Wall::from_seconds(1_700_000_000 - 3_600);
    assert_eq!(world.hears(), [DeviceReport::Logged(input::LogRecord { number: 3, at: an_hour_ago, what })]);
}

#[test]
fn a_whole_log_comes_through_beside_a_babbling_sensor() {
    let mut world = world();
    world.born();
    for _ in 0..500 {
        world.says(secured());
    }
    world.reports();
    for number in 1..=1_024 {
        let at = world.device_time();
        world.says(UpBody::Log(LogRecord { number, at, what: Logged::Opened }));
    }
    let logged = |(_, report): &(DeviceId, DeviceReport)| matches!(report, DeviceReport::Logged(_));
    assert_eq!(world.reports().iter().filter(|report| logged(report)).count(), 1_024);
}

#[test]
fn a_request_for_a_certificate_waits_once_for_each_device_and_the_newest_counts() {
    let mut world = world();
    world.born();
    for byte in [1, 2, 3] {
        world.says(UpBody::Csr(Der::new(&[byte]).unwrap()));
    }
    assert_eq!(world.fleet.take_request(), Some((HANDLE, Der::new(&[3]).unwrap())));
    assert_eq!(world.fleet.take_request(), None);
    world.fleet.give_certificate(HANDLE, Der::new(&[4]).unwrap());
    assert_eq!(world.told(), [Received::Certificate(Der::new(&[4]).unwrap())]);
    world.fleet.give_certificate(OTHER, Der::new(&[4]).unwrap());
    assert_eq!(world.told(), []);
}
