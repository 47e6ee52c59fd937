//! Two dozen handles at one broker that is killed again and again in the middle of their work: at Mosquitto, which dies without
//! a word, and at the broker inside, which dies with its daemon. Every card is counted: which were answered, which the handles
//! decided by themselves, and that none was lost and none told twice.
//!
//! Vocabulary: a *sweep* is one card at every handle, in an order that is drawn. Who holds the cards says when: a stranger while
//! everything works, p-3 while the broker dies, p-2 while the handles are on their own. None of them may pass.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use super::hands::find;
use super::killed::{Draw, read_to_the_end, seed};
use super::outside::Mosquitto;
use super::site::{Broker, Daemon, Hardware, Plan, Site};
use super::stream::{Event, Stream};

/// How many handles there are beside the one that every site here has.
const MORE_HANDLES: u32 = 24;

/// Kills in one run.
const ROUNDS: usize = 3;

/// The racks of all handles at the broker, from the second on.
fn racks() -> impl Iterator<Item = u32> {
    2..=2 + MORE_HANDLES
}

fn door(rack: u32) -> String {
    format!("lon1/hall/r{rack:02}/c01/front")
}

fn name(rack: u32) -> String {
    format!("r{rack:02}-handle")
}

/// The racks and handles that the usual site has not, as lines of the site file.
fn more() -> &'static str {
    let mut text = String::new();
    for rack in racks().skip(1) {
        let (name, door) = (name(rack), door(rack));
        let path = door.trim_end_matches("/front");
        let _ = write!(text, "[[rack]]\npath = \"{path}\"\narea = \"lon1/hall\"\nfaces = [\"front\"]\n");
        let _ = write!(text, "[[device]]\nname = \"{name}\"\nrole = \"handle\"\ndoor = \"{door}\"\nmqtt = true\n");
    }
    text.leak()
}

/// Has a code made for each of these handles, and tells their hardware.
#[track_caller]
fn tell_codes(site: &Site) {
    site.tell_code();
    let mut world = fs::read_to_string(site.path("world.toml")).unwrap();
    for rack in racks().skip(1) {
        let (name, door) = (name(rack), door(rack));
        let offered = site.cli(&["device", "enrol", &name, "--reason", "mounted today", "-o", "json"]).json();
        let code = offered["code"].as_str().unwrap();
        let _ = write!(world, "[[door]]\npath = \"{door}\"\nkind = \"rack\"\n");
        let _ = write!(world, "[[device]]\nname = \"{name}\"\nkind = \"handle\"\nserves = \"{door}\"\n");
        let _ = write!(world, "[device.mqtt]\nenrolment_code = \"{code}\"\n");
    }
    fs::write(site.path("world.toml"), world).unwrap();
}

/// What is killed.
enum Middle {
    /// A broker of its own.
    Outside(Mosquitto),
    /// The broker inside, and its daemon with it.
    Inside,
}

/// A site with all its handles at work.
struct Swarm {
    site: Site,
    hardware: Hardware,
    middle: Middle,
    /// None while it is dead.
    daemon: Option<Daemon>,
    stream: Option<Stream>,
    /// What the streams told that are over.
    told: Vec<Event>,
    draw: Draw,
    sweeps: usize,
}

/// What the journal has of one handle.
#[derive(Debug, Default)]
struct Counted {
    /// Cards that were answered, by who held them.
    answered: BTreeMap<Option<String>, usize>,
    /// The handle's own records by their number, and how often each is there.
    records: BTreeMap<u64, usize>,
}

impl Counted {
    fn of(&self, person: Option<&str>) -> usize {
        self.answered.get(&person.map(str::to_owned)).copied().unwrap_or_default()
    }
}

#[test]
fn another_broker_killed_under_the_load_of_many_handles_loses_and_doubles_nothing() {
    let site = Site::lay_out(&Plan { broker: Broker::Outside, more: more(), ..Plan::default() });
    let daemon = site.daemon();
    tell_codes(&site);
    let middle = Middle::Outside(Mosquitto::lay_out(&site));
    Swarm::at_work(site, daemon, middle).die_and_come_back();
}

#[test]
fn the_broker_inside_killed_under_the_load_of_many_handles_loses_and_doubles_nothing() {
    let site = Site::lay_out(&Plan { more: more(), ..Plan::default() });
    let daemon = site.daemon();
    tell_codes(&site);
    Swarm::at_work(site, daemon, Middle::Inside).die_and_come_back();
}

#[test]
#[should_panic(expected = "answered once each")]
fn a_card_that_is_told_twice_is_noticed() {
    let mut counted = Counted::default();
    counted.answered.insert(None, 2);
    counted.check("r02-handle", 1);
}

#[test]
#[should_panic(expected = "once and without a gap")]
fn a_record_that_is_lost_is_noticed() {
    let mut counted = Counted { records: BTreeMap::from([(1, 1), (3, 1)]), ..Counted::default() };
    counted.answered.insert(None, 1);
    counted.check("r02-handle", 1);
}

impl Swarm {
    #[track_caller]
    fn at_work(site: Site, daemon: Daemon, middle: Middle) -> Self {
        let hardware = site.hardware();
        let mut stream = Stream::open(&daemon.api, Some(0));
        daemon.whole(&mut stream);
        site.enrol();
        let (daemon, stream) = (Some(daemon), Some(stream));
        Self { site, hardware, middle, daemon, stream, told: Vec::new(), draw: Draw(seed()), sweeps: 0 }
    }

    fn die_and_come_back(mut self) {
        for round in 1..=ROUNDS {
            self.work();
            self.die_in_the_middle();
            self.be_alone();
            self.come_back(round);
        }
        let verified = self.site.cli(&["audit", "verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        self.daemon.take().unwrap().program.interrupt();
    }

    /// A sweep while everything works, each card of which is answered; and rights that every handle must hear of.
    fn work(&mut self) {
        self.sweeps += 1;
        for rack in self.shuffled() {
            self.hardware.hands.badge("stranger", &door(rack));
        }
        // A light says not for which card it is: whoever holds the next one first waits until it has come and gone.
        let shows = |state: &Value, rack| find(&state["devices"], "name", &name(rack))["light"]["result_shows"] == true;
        let lit = RefCell::new(BTreeSet::new());
        self.hardware.hands.eventually("every light to come", |state| {
            lit.borrow_mut().extend(racks().filter(|rack| shows(state, *rack)));
            lit.borrow().len() == racks().count()
        });
        self.hardware.hands.eventually("every light to be out", |state| !racks().any(|rack| shows(state, rack)));
        let sweeps = self.sweeps;
        self.wait_until("every card to be answered", |counted| counted.of(None) >= sweeps);
        self.hand_out_and_take_back();
    }

    /// A sweep in the middle of which the broker dies.
    fn die_in_the_middle(&mut self) {
        let order = self.shuffled();
        let until = self.draw.below(order.len() as u64) as usize;
        for (place, rack) in order.into_iter().enumerate() {
            if place == until {
                self.kill();
            }
            self.hardware.hands.badge("p-3", &door(rack));
        }
        let online = |state: &Value, rack| find(&state["devices"], "name", &name(rack))["online"] == true;
        self.hardware.hands.eventually("every handle to be alone", |state| !racks().any(|rack| online(state, rack)));
    }

    fn kill(&mut self) {
        match &mut self.middle {
            Middle::Outside(broker) => broker.kill(),
            Middle::Inside => {
                self.daemon.take().unwrap().program.kill();
                self.told.extend(read_to_the_end(self.stream.take().unwrap()));
            }
        }
    }

    /// A sweep that only the handles know of; and rights that change meanwhile, where somebody is there to change them.
    fn be_alone(&mut self) {
        for rack in self.shuffled() {
            self.hardware.hands.badge("p-2", &door(rack));
        }
        if self.daemon.is_some() {
            self.hand_out_and_take_back();
        }
    }

    /// Everybody finds each other again: every receipt comes, and every record of every handle, once and in order.
    fn come_back(&mut self, round: usize) {
        match &mut self.middle {
            Middle::Outside(broker) => broker.start(),
            Middle::Inside => {
                let daemon = self.site.daemon();
                let last = self.told.iter().filter_map(|event| event.id).next_back();
                self.stream = Some(Stream::open(&daemon.api, last));
                self.daemon = Some(daemon);
            }
        }
        self.daemon.as_ref().unwrap().whole(self.stream.as_mut().unwrap());
        let sweeps = self.sweeps;
        // A card of the sweep in which the broker died was answered, or decided by its handle, or both.
        self.wait_until("every card to be known", |counted| {
            let records = counted.records.len();
            records >= sweeps && records + counted.of(Some("p-3")) >= 2 * sweeps
        });
        self.wait_for_receipts();
        for (rack, counted) in self.counted() {
            counted.check(&name(rack), sweeps);
        }
        println!("round {round}: {} entries seen", self.events().count());
    }

    /// Somebody is let in at every handle and out again.
    #[track_caller]
    fn hand_out_and_take_back(&self) {
        let doors: Vec<String> = racks().map(door).collect();
        let mut grant = vec!["grant", "create", "--person", "p-2", "--for", "4h", "--reason", "a fan", "-o", "json"];
        grant.extend(doors.iter().flat_map(|door| ["--door", door.as_str()]));
        let id = self.site.cli(&grant).json()["id"].as_str().unwrap().to_owned();
        self.site.cli(&["grant", "revoke", &id, "--reason", "done", "-o", "json"]).json();
    }

    fn shuffled(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = racks().collect();
        for last in (1..order.len()).rev() {
            order.swap(last, self.draw.below(last as u64 + 1) as usize);
        }
        order
    }

    /// Everything that was told, each entry once: a stream goes on where the one before was over.
    fn events(&self) -> impl Iterator<Item = &Event> {
        self.told.iter().chain(self.stream.iter().flat_map(|stream| &stream.seen))
    }

    fn counted(&self) -> BTreeMap<u32, Counted> {
        let by_door: BTreeMap<String, u32> = racks().map(|rack| (door(rack), rack)).collect();
        let mut counted: BTreeMap<u32, Counted> = racks().map(|rack| (rack, Counted::default())).collect();
        for event in self.events().filter(|event| ["access.denied", "access.offline"].contains(&event.name.as_str())) {
            let Some(counted) = by_door.get(&event.subject()).and_then(|rack| counted.get_mut(rack)) else { continue };
            if event.name == "access.denied" {
                let person = event.says("person_id").as_str().map(str::to_owned);
                *counted.answered.entry(person).or_default() += 1;
            } else {
                *counted.records.entry(event.says("number").as_u64().unwrap()).or_default() += 1;
            }
        }
        counted
    }

    /// Follows the stream until every handle's count is as wanted.
    #[track_caller]
    fn wait_until(&mut self, what: &str, wanted: impl Fn(&Counted) -> bool) {
        while !self.counted().values().all(&wanted) {
            self.stream.as_mut().unwrap().wait_for(what, |event| event.id.is_some());
        }
    }

    #[track_caller]
    fn wait_for_receipts(&mut self) {
        let api = self.daemon.as_ref().unwrap().api.clone();
        loop {
            let receipts = api.document("/api/v1/receipts");
            if receipts["pending"] == json!(0) {
                return;
            }
            let applied = |event: &Event| event.name == "rights.applied" || event.name == "rights.issued";
            let stream = self.stream.as_mut().unwrap();
            stream.read_to(api.head());
            if api.document("/api/v1/receipts")["pending"] != json!(0) {
                stream.wait_for("the receipts of every handle", applied);
            }
        }
    }
}

impl Counted {
    /// What must hold of a handle after so many sweeps of each kind.
    #[track_caller]
    fn check(&self, handle: &str, sweeps: usize) {
        let (stranger, dying, alone) = (self.of(None), self.of(Some("p-3")), self.of(Some("p-2")));
        assert_eq!(stranger, sweeps, "{handle}: what was held while all was well is answered once each: {self:?}");
        assert!(dying <= sweeps, "{handle}: a card was told twice: {self:?}");
        assert_eq!(alone, 0, "{handle}: on its own it asked nobody: {self:?}");
        let in_order = self.records.iter().zip(1..).all(|((number, times), place)| (*number, *times) == (place, 1));
        assert!(in_order, "{handle}: its records come once and without a gap: {self:?}");
        let records = self.records.len();
        let known = sweeps..=2 * sweeps;
        assert!(known.contains(&records), "{handle}: {records} records of {known:?} cards: {self:?}");
        assert!(records + dying >= 2 * sweeps, "{handle}: a card is lost: {self:?}");
    }
}
