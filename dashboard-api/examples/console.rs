//! The console over a made-up site in memory, for looking at it while working on it: prints a sign-in link and serves
//! until Ctrl-C. `cargo run -p rackward-dashboard --example console [ADDR:PORT]`. Every few seconds somebody
//! badges. The whole product with simulated devices is `rackward demo`.

#![allow(clippy::unwrap_used, reason = "a tool for developers: where it fails, the place is what they need")]

#[path = "../tests/it/site_in_memory.rs"]
mod site_in_memory;

use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::{GrantWish, PersonName, Scope};
use rackward_core::engine::input::OfflineCause;
use rackward_core::entry::ReasonText;
use rackward_core::facts::{HandlePosition, Lock};
use rackward_core::id::PersonId;
use rackward_core::mode::ModeOrder;
use rackward_core::people::{
    EscortNeed, ExtendedTime, GrantRight, PersonDetails, PersonStatus, ThreatLevel, Uses, Validity, When,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::OPERATOR;
use rackward_core::site::schedule::Weekly;
use rackward_core::{Caller, Command, DeviceReport, Wall};
use rackward_dashboard::wire::card::CardNumber;
use rackward_dashboard::{Backend, CardBits, Origin, Sessions, router, serve_tcp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::site_in_memory::{SiteInMemory, closed, open};

const ADMIN: Caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address).await.unwrap();
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let site = SiteInMemory::start_at(i64::try_from(seconds).unwrap() - 1178);
    let story = Story { site: Arc::clone(&site) };
    story.morning();
    let sessions = Arc::new(Sessions::new(format!("http://{}", listener.local_addr().unwrap())));
    println!("{}", sessions.new_link(OperatorRole::Admin, site.now().monotonic).unwrap());
    let closing = CancellationToken::new();
    let on_interrupt = closing.clone();
    tokio::spawn(async move {
        tokio::signal::ctrl_c().await.unwrap();
        on_interrupt.cancel();
    });
    tokio::spawn(story.afternoon());
    serve_tcp(listener, router(site, sessions, Origin::Browser), closing).await.unwrap();
}

struct Story {
    site: Arc<SiteInMemory>,
}

impl Story {
    fn wait(&self, seconds: u64) {
        self.site.pass(Duration::from_secs(seconds));
    }

    fn morning(&self) {
        self.site.all_quiet();
        for (number, name) in ["Ada Byrne", "Bruno Costa", "Chidi Okafor"].into_iter().enumerate() {
            let person = PersonId::new(number as u32 + 1);
            let name = PersonName::parse(name).unwrap();
            let details = PersonDetails {
                organisation: OPERATOR,
                clearance: ThreatLevel::Normal,
                extended_time: ExtendedTime::No,
            };
            let create = Command::CreatePerson { name, status: PersonStatus::Enabled, details, key: None };
            self.site.command(ADMIN, create).unwrap();
            self.assign(person, number as u16);
        }
        // Two handles keep lists; the one of the rack that somebody gets has not said so yet.
        for handle in ["r01-c03-front", "r01-c04-front"] {
            self.site.keep_lists(handle);
        }
        self.grant(PersonId::new(1), &["main-entrance", "data-hall", "r01/c03/front"], Some("CHG-48213"));
        self.grant(PersonId::new(2), &["main-entrance"], None);
        self.wait(600);
        self.site.badge("main-entrance-reader-in", &card(0));
        self.swing("main-entrance-lock");
        self.wait(180);
        self.site.badge("main-entrance-reader-in", &card(2));
        self.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
        self.wait(45);
        self.site.report("r02-c05-rear", DeviceReport::Offline(OfflineCause::ConnectionLost));
        self.wait(120);
        self.site.badge("r01-c03-front", &card(0));
        self.site.report("r01-c03-front", DeviceReport::Facts(open(Some(HandlePosition::Open), Lock::Unlocked)));
        self.wait(200);
        self.site.report("mantrap-inner-reader-in", DeviceReport::Tamper(true));
        self.wait(1);
        self.site.report("mantrap-inner-reader-in", DeviceReport::Tamper(false));
        self.site.report("vehicle-gate-lock", DeviceReport::PowerFault(true));
        self.site.report("r02-c02-front", DeviceReport::Facts(closed(Some(HandlePosition::Open))));
        self.wait(30);
        let held = self.site.site().find_door("mantrap-outer").unwrap().id;
        let reason = ReasonText::parse("Visitor from the fire brigade").unwrap();
        let not_after = self.site.now().wall.after(Duration::from_secs(10));
        self.site.command(ADMIN, Command::OpenDoor { lasting: None, door: held, reason, not_after }).unwrap();
        self.stand_guarded();
    }

    /// A threat, a rack locked down and a blocked door, to see how they are drawn.
    fn stand_guarded(&self) {
        let site = self.site.site();
        let reason = || ReasonText::parse("Warning by the police").unwrap();
        let area = site.find_area("r02/c02").unwrap().id;
        let door = site.find_door("data-hall").unwrap().id;
        let orders = [
            Command::SetThreatLevel { level: ThreatLevel::Guarded, reason: reason() },
            Command::LockDownArea { area, reason: reason() },
            Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason() },
        ];
        for order in orders {
            self.site.command(ADMIN, order).unwrap();
        }
    }

    async fn afternoon(self) {
        let mut step: u64 = 0;
        loop {
            tokio::time::sleep(Duration::from_secs(3)).await;
            self.wait(3);
            self.site.badge("main-entrance-reader-in", &card(step as u16 % 4));
            if step.is_multiple_of(4) {
                self.swing("main-entrance-lock");
            }
            step += 1;
        }
    }

    fn swing(&self, lock: &str) {
        self.site.report(lock, DeviceReport::Facts(open(None, Lock::Unlocked)));
        self.wait(2);
        self.site.report(lock, DeviceReport::Facts(closed(None)));
    }

    fn assign(&self, person: PersonId, number: u16) {
        let validity =
            Validity { from: self.site.now().wall, to: self.site.now().wall.after(Duration::from_secs(86_400)) };
        let key = self.site.card_key(&card(number));
        self.site.command(ADMIN, Command::AssignCredential { person, key, validity }).unwrap();
    }

    fn grant(&self, person: PersonId, doors: &[&str], ticket: Option<&str>) {
        let from: Wall = self.site.now().wall;
        let site = self.site.site();
        let doors = doors.iter().map(|door| site.find_door(door).unwrap().id).collect();
        let wish = GrantWish {
            person,
            right: GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) },
            validity: Validity { from, to: from.after(Duration::from_secs(14_400)) },
            reason: ReasonText::parse("Swap power supply 2").unwrap(),
            ticket: ticket.and_then(ReasonText::parse),
            uses: Uses::Unlimited,
            escort: EscortNeed::No,
        };
        self.site.command(ADMIN, Command::CreateGrant(wish)).unwrap();
    }
}

fn card(number: u16) -> CardBits {
    CardNumber::parse(&format!("26:12:{}", 34_000 + number)).unwrap().bits
}
