//! Mosquitto in the middle: it is killed under load and nothing is lost by it, and it lets nobody in and nothing through that
//! the files from the command line do not allow.
//!
//! What a handle is told to show says not for which card: whoever holds a card before the light of the one before is out takes
//! that light for theirs. People look at the light, and so does everybody here.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd};
use rumqttc::mqttbytes::v5::PubAckReason;

use super::PATIENCE;
use super::guest::Guest;
use super::hands::find;
use super::killed::{Draw, seed};
use super::outside::{Mosquitto, authority};
use super::program::{Said, command};
use super::site::{Broker, Daemon, Hardware, Plan, Site};
use super::stream::{Event, Stream};

const HANDLE: &str = "r02-handle";
const RACK: &str = "r02/c01/front";
const NEIGHBOUR: &str = "r03-handle";

/// Kills in one run.
const ROUNDS: u32 = 3;

/// The leaves of a device's topics, up and down, and one that there is not.
const LEAVES: [&str; 13] = [
    "up/birth",
    "up/state",
    "up/gone",
    "up/event",
    "up/ack",
    "up/rights",
    "up/log",
    "up/csr",
    "down/cmd",
    "down/feedback",
    "down/rights",
    "down/cert",
    "side/cmd",
];

fn outside() -> Plan {
    Plan {
        broker: Broker::Outside,
        more: "[[rack]]\npath = \"lon1/hall/r03/c01\"\narea = \"lon1/hall\"\nfaces = [\"front\"]\n\
               [[device]]\nname = \"r03-handle\"\nrole = \"handle\"\ndoor = \"lon1/hall/r03/c01/front\"\nmqtt = true\n",
        ..Plan::default()
    }
}

/// What a kill of the broker happens in the middle of.
struct Rounds<'a> {
    site: &'a Site,
    daemon: &'a Daemon,
    hardware: &'a Hardware,
    draw: Draw,
    /// Cards that were held before the handle while it was on its own.
    alone: usize,
    /// All cards that were held before it.
    held: usize,
}

#[test]
fn a_broker_that_is_killed_under_load_loses_nothing() {
    let site = Site::lay_out(&Plan { broker: Broker::Outside, ..Plan::default() });
    let daemon = site.daemon();
    let mut broker = Mosquitto::for_the_handle_of(&site);
    let hardware = site.hardware();
    let mut stream = Stream::open(&daemon.api, Some(0));
    daemon.whole(&mut stream);
    site.enrol();
    let mut rounds =
        Rounds { site: &site, daemon: &daemon, hardware: &hardware, draw: Draw(seed()), alone: 0, held: 0 };
    for _ in 0..ROUNDS {
        rounds.work_and_kill(&mut stream, &mut broker);
        rounds.come_back(&mut stream, &mut broker);
    }
    let since = daemon.api.head();
    hardware.hands.badge("p-1", RACK);
    stream.find(since, "the badge after all that", |event| event.is("access.granted", RACK));
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
    daemon.program.interrupt();
}

impl Rounds<'_> {
    /// Cards, each answered, then one more whose answer the kill may take, then some that only the handle knows of.
    fn work_and_kill(&mut self, stream: &mut Stream, broker: &mut Mosquitto) {
        let (hands, before) = (&self.hardware.hands, self.alone);
        for _ in 0..self.draw.below(4) {
            let since = self.daemon.api.head();
            self.held += 1;
            hands.badge(self.draw.of(&["p-3", "stranger"]), RACK);
            stream.find(since, "an answered card", |event| event.is("access.denied", RACK));
            for shows in [true, false] {
                hands.eventually("the light of the card", |state| {
                    find(&state["devices"], "name", HANDLE)["light"]["result_shows"] == shows
                });
            }
        }
        let since = self.daemon.api.head();
        self.hand_out_and_take_back();
        hands.badge("p-3", RACK);
        self.held += 1;
        for _ in 0..self.draw.below(4) {
            hands.state();
        }
        broker.kill();
        let is_alone = |state: &serde_json::Value| find(&state["devices"], "name", HANDLE)["online"] == false;
        hands.eventually("the handle to be on its own", is_alone);
        for _ in 0..=self.draw.below(4) {
            hands.badge("p-3", RACK);
            self.alone += 1;
        }
        self.held += self.alone - before;
        self.hand_out_and_take_back();
        stream.find(since, "the handle to be missed", is_missed);
    }

    /// Somebody is let in and out again: rights that the handle must hear of.
    #[track_caller]
    fn hand_out_and_take_back(&self) {
        let door = ["--door", RACK, "--for", "4h", "--reason", "a fan", "-o", "json"];
        let granted = self.site.cli(&[["grant", "create", "--person", "p-2"].as_slice(), &door].concat()).json();
        let id = granted["id"].as_str().unwrap();
        let revoked = self.site.cli(&["grant", "revoke", id, "--reason", "done", "-o", "json"]);
        revoked.json();
    }

    /// The broker is back at its old place: every receipt comes, and every record of the handle, once and in order.
    fn come_back(&mut self, stream: &mut Stream, broker: &mut Mosquitto) {
        broker.start();
        self.daemon.whole(stream);
        loop {
            let records = self.records(stream).len();
            let is_told = records >= self.alone && records + answered(stream) >= self.held;
            let receipts = self.daemon.api.document("/api/v1/receipts");
            if is_told && receipts["pending"] == 0 {
                break;
            }
            stream.wait_for("every record and receipt", |event| event.id.is_some());
        }
        for (at, (number, times)) in self.records(stream).into_iter().enumerate() {
            assert_eq!((number, times), (at as u64 + 1, 1), "the handle's records come once and without a gap");
        }
    }

    /// The numbers of the handle's records that the journal has, and how often.
    fn records(&self, stream: &Stream) -> BTreeMap<u64, usize> {
        let mut numbers = BTreeMap::new();
        for event in stream.seen.iter().filter(|event| event.is("access.offline", RACK)) {
            *numbers.entry(event.says("number").as_u64().unwrap()).or_default() += 1;
        }
        numbers
    }
}

/// How many cards the daemon has answered.
fn answered(stream: &Stream) -> usize {
    stream.seen.iter().filter(|event| event.is("access.denied", RACK)).count()
}

fn is_missed(event: &Event) -> bool {
    event.name == "device.offline" && event.data.contains(HANDLE)
}

/// Two handles' papers and what a broker takes for theirs.
struct Papers {
    authority: String,
    handle: String,
    neighbour: String,
}

impl Papers {
    /// Has both enrolled by hand, with the program that a simulated handle has for it.
    #[track_caller]
    fn enrol(site: &Site, codes: [String; 2]) -> Self {
        let authority = site.cli(&["mqtt", "authority"]).out;
        let [handle, neighbour] = [HANDLE, NEIGHBOUR].map(|name| site.path("papers").join(name));
        for ((to, name), code) in [(&handle, HANDLE), (&neighbour, NEIGHBOUR)].into_iter().zip(codes) {
            let mut enrol = command("firmware-sim");
            enrol.args(["enrol", "--code", &code, "--host", "127.0.0.1", "--port", &site.enrol_port.to_string()]);
            enrol.args(["--site", "lon1", "--device", name, "--to"]).arg(to);
            let said = Said::of(enrol.output().unwrap());
            assert_eq!(said.code, Some(0), "{said:?}");
        }
        let read = |home: &std::path::Path| fs::read_to_string(home.join("identity.pem")).unwrap();
        Self { authority, handle: read(&handle), neighbour: read(&neighbour) }
    }
}

#[track_caller]
fn code(site: &Site, device: &str) -> String {
    let offered = site.cli(&["device", "enrol", device, "--reason", "mounted today", "-o", "json"]).json();
    assert_eq!(offered["broker"], "rules", "a broker that is not ours has to be told of a new device");
    offered["code"].as_str().unwrap().to_owned()
}

#[test]
fn another_broker_lets_a_handle_touch_its_own_topics_only() {
    let site = Site::lay_out(&outside());
    let daemon = site.daemon();
    let codes = [HANDLE, NEIGHBOUR].map(|name| code(&site, name));
    let _broker = Mosquitto::lay_out(&site);
    let papers = Papers::enrol(&site, codes);
    let come =
        |identity: &str, name: &str| Guest::connect(site.broker_port, &papers.authority, Some(identity), name).unwrap();
    let (mut handle, mut neighbour) = (come(&papers.handle, HANDLE), come(&papers.neighbour, NEIGHBOUR));

    for filter in ["#", "rackward/v1/lon1/dev/+/up/+", "rackward/v1/lon1/dev/r03-handle/down/+", "homeassistant/#"] {
        handle.subscribe(filter);
    }
    neighbour.subscribe("rackward/v1/lon1/dev/r03-handle/down/+");
    for leaf in LEAVES {
        let refused = handle.publish(&format!("rackward/v1/lon1/dev/{NEIGHBOUR}/{leaf}"));
        assert_eq!(refused, PubAckReason::NotAuthorized, "{leaf} of the neighbour");
        let is_own = leaf.starts_with("up/");
        let taken = handle.publish(&format!("rackward/v1/lon1/dev/{HANDLE}/{leaf}"));
        assert_eq!(taken == PubAckReason::NotAuthorized, !is_own, "{leaf} of its own: {taken:?}");
    }
    for topic in ["rackward/v1/lon1/door/main/state", "rackward/v1/lon1/server/main/availability", "homeassistant/x"] {
        assert_eq!(handle.publish(topic), PubAckReason::NotAuthorized, "{topic}");
    }
    // Under the neighbour's client id it is still itself, and the neighbour stays connected.
    let mut posing = come(&papers.handle, NEIGHBOUR);
    assert_eq!(posing.publish("rackward/v1/lon1/dev/r03-handle/up/event"), PubAckReason::NotAuthorized);
    let said = neighbour.publish("rackward/v1/lon1/dev/r03-handle/up/event");
    assert_ne!(said, PubAckReason::NotAuthorized);
    neighbour.ping();
    assert!(neighbour.overheard.is_empty(), "{:?}", neighbour.overheard);
    posing.subscribe("rackward/v1/lon1/dev/+/up/+");
    neighbour.publish("rackward/v1/lon1/dev/r03-handle/up/event");
    posing.ping();
    assert!(posing.overheard.is_empty(), "{:?}", posing.overheard);
    daemon.program.interrupt();
}

#[test]
fn another_broker_lets_nobody_in_whose_certificate_does_not_count() {
    let site = Site::lay_out(&outside());
    let daemon = site.daemon();
    let codes = [HANDLE, NEIGHBOUR].map(|name| code(&site, name));
    let broker = Mosquitto::lay_out(&site);
    let papers = Papers::enrol(&site, codes);
    let come = |identity: Option<&str>| {
        let name = HANDLE;
        Guest::connect(site.broker_port, &papers.authority, identity, name).map(|mut guest| guest.ping())
    };
    let ours = authority(&papers.authority, &site);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "rackward lon1");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let strange = Issuer::new(params, key);
    let check = |what: &str, identity: Option<&str>, expect: bool| {
        let came = come(identity);
        assert_eq!(came.is_ok(), expect, "{what}: {came:?}");
    };
    check("the handle's own", Some(&papers.handle), true);
    check("one of today", Some(&signed(&ours, HANDLE, 4_000)), true);
    check("one that is over", Some(&signed(&ours, HANDLE, 2_021)), false);
    check("one of another authority", Some(&signed(&strange, HANDLE, 4_000)), false);
    check("none", None, false);

    let mut open = Guest::connect(site.broker_port, &papers.authority, Some(&papers.handle), HANDLE).unwrap();
    let revoked = site.cli(&["device", "revoke-certificate", HANDLE, "--reason", "stolen", "-o", "json"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    // An open connection stays, but nobody hears it any more.
    let until = Instant::now() + PATIENCE;
    broker.reload(&site);
    while open.publish(&format!("rackward/v1/lon1/dev/{HANDLE}/up/event")) != PubAckReason::NotAuthorized {
        assert!(Instant::now() < until, "a revoked handle is heard");
    }
    // A list counts for newer than another when it is of another second.
    while come(Some(&papers.handle)).is_ok() {
        assert!(Instant::now() < until, "a revoked certificate is let in");
        broker.reload(&site);
    }
    check("the neighbour's", Some(&papers.neighbour), true);
    // With another certificate of its own the device has its topics back, and so has whoever kept the old connection.
    let again = site.cli(&["device", "enrol", HANDLE, "--reason", "replaced", "-o", "json"]).json();
    assert_eq!(again["broker"], "restart", "{again}");
    let words = site.cli(&["device", "enrol", HANDLE, "--reason", "replaced"]).out;
    assert!(words.contains("rackward mqtt crl") && words.contains("end that connection"), "{words}");
    daemon.program.interrupt();
}

/// A device's certificate with its key, from 2020 until a year.
fn signed(issuer: &Issuer<'_, KeyPair>, device: &str, until_year: i32) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, device);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until_year, 1, 1);
    key.serialize_pem() + &params.signed_by(&key, issuer).unwrap().pem()
}
