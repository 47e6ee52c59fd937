//! What holds entries against alerts, beside the engine itself and a journal in memory: every entry that matches is heard once,
//! whatever is lost of answers, of places, of whole files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::alert::{AlertPlace, AlertPriority, Forecast};
use rackward_core::engine::command::{AlertWish, CommandTicket, FloodWish, PersonName};
use rackward_core::entry::{LongText, ReasonText};
use rackward_core::people::{ExtendedTime, PersonDetails, PersonStatus, ThreatLevel};
use rackward_core::site::OPERATOR;
use rackward_core::site::draft::SiteDraft;
use rackward_core::{CommandError, Engine, Input, Monotonic, Now, Output, Reply, Wall};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::cursor::{Cursors, Position, Positions, Source};

const PEOPLE: &str = "type:person.created";

fn now() -> Now {
    Now { monotonic: Monotonic::from_micros(0), wall: Wall::from_seconds(1_784_900_000) }
}

fn site() -> Site {
    let draft = SiteDraft { name: "lon1".into(), time_zone: "Europe/London".into(), ..SiteDraft::default() };
    draft.build(&BTreeMap::new()).unwrap()
}

/// The engine with its journal, as the loop has them.
struct House {
    engine: Mutex<(Engine, u64)>,
    journal: Mutex<Vec<Stamped>>,
    head: watch::Sender<Seq>,
    /// So many answers are lost on their way, though what they tell is durable.
    lost_answers: Mutex<u32>,
}

/// The house as a cursor reads it.
#[derive(Clone)]
struct Shared(Arc<House>);

impl Source for Shared {
    async fn entries_after(&self, after: Seq, limit: u32) -> Result<Vec<Stamped>, Failure> {
        let journal = self.0.journal.lock().unwrap();
        Ok(journal.iter().skip(usize::try_from(after.get()).unwrap()).take(limit as usize).cloned().collect())
    }
}

impl House {
    fn open() -> Shared {
        let engine = Engine::new(site(), Records::default(), &[], "test", now());
        let (head, lost_answers) = (watch::Sender::new(Seq::new(0)), Mutex::new(0));
        let house = Self { engine: Mutex::new((engine, 0)), journal: Mutex::default(), head, lost_answers };
        house.settle(&mut house.engine.lock().unwrap().0);
        Shared(Arc::new(house))
    }

    fn settle(&self, engine: &mut Engine) {
        let mut journal = self.journal.lock().unwrap();
        journal.extend(engine.take_batch().entries);
        self.head.send_replace(Seq::new(journal.len() as u64));
    }

    fn command(&self, caller: Caller, command: Command) -> Result<Reply, CommandError> {
        let mut inside = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        inside.1 += 1;
        let mine = CommandTicket(inside.1);
        let preconditions = Preconditions::default();
        inside.0.handle(now(), Input::Command { ticket: mine, caller, command, preconditions });
        self.settle(&mut inside.0);
        let mut reply = None;
        while let Some(output) = inside.0.poll() {
            if let Output::Reply { ticket, result } = output
                && ticket == mine
            {
                reply = Some(result);
            }
        }
        reply.unwrap()
    }

    fn order(&self, command: Command) -> Reply {
        self.command(Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site), command).unwrap()
    }

    fn alert(&self, name: &str, query: &str) -> AlertId {
        let wish = AlertWish {
            name: name.to_owned(),
            query: query.to_owned(),
            priority: AlertPriority::Low,
            response: LongText::parse("Look.").unwrap(),
            reason: ReasonText::parse("x").unwrap(),
            owner: None,
            organisation: None,
            until: now().wall.after(std::time::Duration::from_secs(86_400)),
            forecast: Forecast::default(),
            flood: FloodWish::Refuse,
        };
        match self.order(Command::Alert(AlertCommand::Create(Box::new(wish)))) {
            Reply::Alert(alert) => alert,
            other => panic!("{other:?}"),
        }
    }

    fn person(&self) {
        let details =
            PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::Normal, extended_time: ExtendedTime::No };
        let (name, status) = (PersonName::parse("Somebody").unwrap(), PersonStatus::Enabled);
        self.order(Command::CreatePerson { name, status, details, key: None });
    }

    fn records(&self) -> Records {
        self.engine.lock().unwrap().0.records().clone()
    }

    /// The entries that an alert is on record to have matched, each as often as that.
    fn heard(&self, of: AlertId) -> Vec<u64> {
        let journal = self.journal.lock().unwrap();
        let heard = journal.iter().filter_map(|stamped| match &stamped.entry {
            Entry::Alert(AlertEntry::Matched { alert, matched, .. }) if *alert == of => Some(matched.get()),
            _ => None,
        });
        heard.collect()
    }

    /// Every person that was created after an alert was made.
    fn people_since(&self, alert: AlertId) -> Vec<u64> {
        let journal = self.journal.lock().unwrap();
        let made = |stamped: &&Stamped| matches!(&stamped.entry, Entry::Alert(AlertEntry::Created { alert: of, .. }) if *of == alert);
        let made = journal.iter().find(made).unwrap().seq;
        let people = journal.iter().filter(|stamped| matches!(stamped.entry, Entry::PersonCreated { .. }));
        people.map(|stamped| stamped.seq).filter(|seq| *seq > made).map(Seq::get).collect()
    }
}

/// A daemon that runs: the loop, and the follower.
struct Running {
    house: Shared,
    cursors: Cursors,
    ending: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

async fn serve(house: Shared, mut wanted: mpsc::Receiver<Wanted>, ending: CancellationToken) {
    loop {
        let wanted = tokio::select! {
            () = ending.cancelled() => return,
            wanted = wanted.recv() => wanted,
        };
        match wanted {
            Some(Wanted::Command { caller, command, reply, .. }) => {
                let result = house.0.command(caller, command);
                let mut lost = house.0.lost_answers.lock().unwrap();
                match lost.checked_sub(1) {
                    Some(left) => *lost = left,
                    None => drop(reply.send(result)),
                }
            }
            Some(Wanted::Ask { scope, query, reply }) => {
                let answer = house.0.engine.lock().unwrap().0.answer(now(), scope, &query);
                drop(reply.send(answer));
            }
            Some(_) => panic!("nothing else is asked for"),
            None => return,
        }
    }
}

fn run(house: &Shared, dir: &Path) -> Running {
    let (engine, wanted) = mpsc::channel(8);
    let ending = CancellationToken::new();
    let serving = tokio::spawn(serve(house.clone(), wanted, ending.clone()));
    let cursors = Cursors::new(Positions::in_dir(dir), house.0.head.subscribe(), now);
    let lookout = Lookout::new(Arc::new(site()), engine, unheard(&house.0.records()));
    let name = CursorName::parse(CURSOR).unwrap();
    let following = tokio::spawn(cursors.follow(name, house.clone(), lookout, ending.clone()));
    Running { house: house.clone(), cursors, ending, tasks: [serving, following] }
}

impl Running {
    /// Waits until everything was held against alerts, and what followed from that as well.
    async fn settled(&self) {
        let mut status = self.cursors.watch(&CursorName::parse(CURSOR).unwrap()).unwrap();
        loop {
            let head = *self.house.0.head.borrow();
            status.wait_for(|status| status.position >= head).await.unwrap();
            if *self.house.0.head.borrow() == head {
                return;
            }
        }
    }

    async fn stop(self) {
        self.ending.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

async fn check_once(running: &Running, alert: AlertId) {
    running.settled().await;
    assert_eq!(running.house.0.heard(alert), running.house.0.people_since(alert));
}

#[tokio::test]
async fn what_happens_from_then_on_is_heard_once_until_the_end() {
    let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
    house.0.person();
    let running = run(&house, dir.path());
    running.settled().await;
    let alert = house.0.alert("people", PEOPLE);
    house.0.person();
    house.0.person();
    check_once(&running, alert).await;
    assert_eq!(house.0.heard(alert).len(), 2);
    house.0.order(Command::Alert(AlertCommand::End { alert, reason: ReasonText::parse("x").unwrap() }));
    house.0.person();
    running.settled().await;
    assert_eq!(house.0.heard(alert).len(), 2, "it has ended");
    running.stop().await;
}

#[tokio::test]
async fn what_happened_while_it_was_down_is_heard_and_nothing_twice() {
    let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
    let alert = house.0.alert("people", PEOPLE);
    let running = run(&house, dir.path());
    house.0.person();
    house.0.person();
    check_once(&running, alert).await;
    running.stop().await;
    house.0.person();
    // It went down before the place was kept that it had come to.
    let back = house.0.journal.lock().unwrap()[1].clone();
    let name = CursorName::parse(CURSOR).unwrap();
    Positions::in_dir(dir.path()).set(&name, Position::of(&back)).await.unwrap();
    let running = run(&house, dir.path());
    house.0.person();
    check_once(&running, alert).await;
    assert_eq!(house.0.heard(alert).len(), 4);
    running.stop().await;
}

#[tokio::test]
async fn a_place_that_is_lost_or_damaged_costs_nothing() {
    for damage in ["gone", "nonsense"] {
        let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
        let quiet = house.0.alert("quiet", "type:device.offline");
        let alert = house.0.alert("people", PEOPLE);
        let running = run(&house, dir.path());
        house.0.person();
        house.0.person();
        check_once(&running, alert).await;
        running.stop().await;
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let path = file.unwrap().path();
            match damage {
                "gone" => std::fs::remove_file(path).unwrap(),
                _ => std::fs::write(path, "this was never a database, and is long enough to be looked at".repeat(99))
                    .unwrap(),
            }
        }
        house.0.person();
        let running = run(&house, dir.path());
        house.0.person();
        check_once(&running, alert).await;
        assert_eq!((house.0.heard(alert).len(), house.0.heard(quiet).len()), (4, 0), "{damage}");
        running.stop().await;
    }
}

/// What is durable and was not answered is given again, and is nothing new then.
#[tokio::test]
async fn an_answer_that_is_lost_doubles_nothing() {
    let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
    let alert = house.0.alert("people", PEOPLE);
    let running = run(&house, dir.path());
    running.settled().await;
    *house.0.lost_answers.lock().unwrap() = 2;
    house.0.person();
    house.0.person();
    check_once(&running, alert).await;
    assert_eq!((house.0.heard(alert).len(), *house.0.lost_answers.lock().unwrap()), (2, 0));
    running.stop().await;
}

#[tokio::test]
async fn an_alert_whose_query_means_nothing_here_is_told_and_keeps_no_other_from_its_work() {
    let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
    let void = house.0.alert("moved away", "door:hall-a/front type:door.*");
    let alert = house.0.alert("people", PEOPLE);
    let running = run(&house, dir.path());
    house.0.person();
    check_once(&running, alert).await;
    let source = AlarmSource::Alert { alert: void, place: AlertPlace::Site };
    let raised = |house: &Shared| {
        let alarms = house.0.records().alarms;
        let mut alarms = alarms.values().filter(|row| row.kind == AlarmKind::AlertVoid && row.is_active());
        alarms.any(|row| row.source == source)
    };
    assert!(raised(&house));
    house.0.order(Command::Alert(AlertCommand::End { alert: void, reason: ReasonText::parse("x").unwrap() }));
    running.settled().await;
    assert!(!raised(&house));
    running.stop().await;
}

/// What alerts themselves bring about is held against them as well, and is let go: this comes to an end.
#[tokio::test]
async fn alerts_that_ask_for_everything_do_not_feed_each_other() {
    let (dir, house) = (tempfile::tempdir().unwrap(), House::open());
    let alerts = ["one", "two", "three"].map(|name| house.0.alert(name, "-type:alarm.shelved"));
    let running = run(&house, dir.path());
    for _ in 0..3 {
        house.0.person();
    }
    running.settled().await;
    for alert in alerts {
        assert_eq!(house.0.heard(alert).len(), 3, "{alert}");
    }
    running.stop().await;
}
